// SPDX-License-Identifier: BSD-3-Clause
/* Device descriptions: what the files say, what is wrong with a file, what servers may do by them. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mo-rig.h"



static int setup_standard(void **state)
{
	struct world *w;
	char why[300];

	setup(state);
	w = *state;
	if (mo_ddf_load(w->t, DDF_DIR, why, sizeof(why)))
		fail_msg("%s", why);
	return 0;
}

/* A description from a text; its URI is ./T. */
static int load(struct world *w, const char *nodes, char *why, size_t room)
{
	char file[] = "/tmp/mo-ddf-XXXXXX";
	int fd = mkstemp(file), err;
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fprintf(f, "<MgmtTree xmlns='syncml:dmddf1.2'>\n<VerDTD>1.2</VerDTD>\n%s\n</MgmtTree>\n",
		nodes);
	fclose(f);
	err = mo_ddf_load(w->t, file, why, room);
	unlink(file);
	return err;
}

#define PROPS(access, format, rest)	"<DFProperties><AccessType>" access "</AccessType><DFFormat><" \
	format "/></DFFormat>" rest "<DFType><MIME>text/plain</MIME></DFType></DFProperties>"
#define ALL	"<Add/><Copy/><Delete/><Get/><Replace/>"
#define ROOT(rest, inner)	"<Node><NodeName>T</NodeName><DFProperties><AccessType><Add/><Get/>" \
	"</AccessType><DFFormat><node/></DFFormat>" rest "<Scope><Permanent/></Scope><DFType><DDFName/>" \
	"</DFType></DFProperties>" inner "</Node>"

static void expect_bad(struct world *w, const char *nodes, int line, const char *part)
{
	const struct mo_ddf *before = w->t->ddf;
	char why[300], at[16];

	snprintf(at, sizeof(at), ":%d: ", line);
	assert_int_equal(load(w, nodes, why, sizeof(why)), -EINVAL);
	if (!strstr(why, at) || !strstr(why, part))
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", why, at, part);
	assert_ptr_equal(w->t->ddf, before);
}

static void files_with_errors(void **state)
{
	struct world *w = *state;
	char why[300], deep[4000] = "";
	int i;

	expect_bad(w, "<Node>", 4, "");
	expect_bad(w, "<Foo/>", 1, "MgmtTree");
	expect_bad(w, "<Node><NodeName>x</NodeName></Node>", 3, "DFProperties");
	expect_bad(w, "<Node><NodeName>x</NodeName>" PROPS("<Get/>", "integer", "") "</Node>", 3,
		   "integer");
	expect_bad(w, "<Node><NodeName>x/y</NodeName>" PROPS("<Get/>", "chr", "") "</Node>", 3,
		   "not a name");
	expect_bad(w, "<Node><NodeName>..</NodeName>" PROPS("<Get/>", "chr", "") "</Node>", 3,
		   "not a URI");
	expect_bad(w, ROOT("", "\n<Node><NodeName/>" PROPS(ALL, "chr", "") "</Node>"
			   "\n<Node><NodeName/>" PROPS(ALL, "chr", "") "</Node>"), 5, "already");
	expect_bad(w, ROOT("", "\n<Node><NodeName/>" PROPS(ALL, "chr", "")
			   "\n<Node><NodeName>a</NodeName>" PROPS(ALL, "chr", "") "</Node></Node>"),
		   5, "below a leaf");
	expect_bad(w, ROOT("\n<Occurrence><ZeroOrN>1</ZeroOrN></Occurrence>", ""), 4,
		   "2 to 65536");
	expect_bad(w, ROOT("", "\n<Node><NodeName>a</NodeName><DFProperties><AccessType/>"
			   "\n<DefaultValue>x</DefaultValue><DFFormat><int/></DFFormat>"
			   "<DFType><MIME/></DFType></DFProperties></Node>"), 5, "no int");
	for (i = 0; i < MO_MAX_DEPTH + 1; i++)
		strcat(deep, "<Node><NodeName>a</NodeName><DFProperties><AccessType/><DFFormat><node/>"
			     "</DFFormat><DFType><DDFName/></DFType></DFProperties>\n");
	for (i = 0; i < MO_MAX_DEPTH + 1; i++)
		strcat(deep, "</Node>");
	expect_bad(w, deep, 3 + MO_MAX_DEPTH, "levels");
	assert_int_equal(mo_ddf_load(w->t, "/nonexistent/ddf", why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "/nonexistent/ddf"));
	/* not in the middle of a unit of work */
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(load(w, ROOT("", ""), why, sizeof(why)), -EIO);
	assert_non_null(strstr(why, "unit of work"));
	mo_tree_rollback(w->t);
	/* and one that is right */
	assert_int_equal(load(w, ROOT("", ""), why, sizeof(why)), 0);
	expect_get(w, "./T", "node", "");
}

/* Entities of a file are not expanded: it is refused. */
static void file_with_entities(void **state)
{
	static const char xml[] =
		"<!DOCTYPE MgmtTree [<!ENTITY a 'x'>]>\n<MgmtTree><VerDTD>1.2</VerDTD>&a;</MgmtTree>";
	struct mo_ddf root = { .name = NULL };
	char why[300];

	assert_int_equal(mo_ddf_parse("f.xml", xml, sizeof(xml) - 1, &root, why, sizeof(why)),
			 -EINVAL);
	assert_non_null(strstr(why, "f.xml:1"));
	mo_ddf_free(root.child);
}

static int add_typed(struct world *w, const char *uri, const char *format, const char *type,
		     const char *data)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) };

	strcpy(v.format, format);
	strcpy(v.type, type);
	return mo_tree_add(w->t, SRV, uri, &v);
}

/* ------------------------------------------------------------ what a description means */

static void access_types(void **state)
{
	struct world *w = *state;
	struct mo_value arg = { .data = "1", .len = 1 };
	char why[300];

	assert_int_equal(load(w, ROOT("",
		"<Node><NodeName>ro</NodeName>" PROPS("<Get/>", "chr", "") "</Node>"
		"<Node><NodeName>wo</NodeName>" PROPS("<Replace/><Delete/>", "chr", "<Occurrence><ZeroOrOne/></Occurrence>") "</Node>"
		"<Node><NodeName>in</NodeName>" PROPS("<Get/>", "node", "")
		"<Node><NodeName>x</NodeName>" PROPS(ALL, "chr", "") "</Node></Node>"),
		why, sizeof(why)), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./T", MO_ACL_ALL), 0);
	assert_int_equal(add(w, "./T/ro", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/wo", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/in", "node", ""), MO_OK);
	expect_get(w, "./T/ro", "chr", "1");
	assert_int_equal(replace(w, "./T/ro", "2"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/ro"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, SRV, "./T/wo"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, SRV, "./T/wo?prop=Size"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, "./T/wo", "2"), MO_OK);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./T/ro", "./T/wo"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/wo"), MO_OK);
	assert_int_equal(add(w, "./T/in/x", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./T/ro", &arg), MO_NOT_ALLOWED);
	/* both the AccessType and the ACL have to allow it */
	assert_int_equal(mo_tree_set_acl(w->t, "./T", "Add=*"), 0);
	assert_int_equal(get(w, SRV, "./T/ro"), MO_PERMISSION_DENIED);
	/* the device may do all */
	assert_int_equal(mo_tree_replace(w->t, NULL, "./T/ro", &arg), MO_OK);
}

static void names_formats_types(void **state)
{
	struct world *w = *state;
	char why[300];

	assert_int_equal(load(w, ROOT("",
		"<Node><NodeName>n</NodeName>" PROPS(ALL, "int", "") "</Node>"
		"<Node><NodeName>open</NodeName>" PROPS(ALL, "node", "") "</Node>"
		"<Node><NodeName>cert</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat>"
		"<b64/></DFFormat><DFType><MIME>a/b</MIME><MIME>c/d</MIME></DFType></DFProperties></Node>"),
		why, sizeof(why)), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./T", MO_ACL_ALL), 0);
	assert_int_equal(add(w, "./T/other", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./T/n/below", "", "1"), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./T/n");
	assert_int_equal(add(w, "./T/n", "chr", "1"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add(w, "./T/n", "", "x"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add(w, "./T/n", "", "1"), MO_OK);
	expect_get(w, "./T/n", "int", "1");
	assert_int_equal(add_typed(w, "./T/cert", "b64", "x/y", "AA=="), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add_typed(w, "./T/cert", "", "C/D", "AA=="), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, NULL, "./T/cert"), MO_OK);
	assert_int_equal(add(w, "./T/cert", "", "AA=="), MO_OK);
	expect_get(w, "./T/cert?prop=Type", "", "a/b");
	/* Add without a described child: any subtree */
	assert_int_equal(add(w, "./T/open/a/b/c", "bool", "true"), MO_OK);
	expect_get(w, "./T/open/a/b/c", "bool", "true");
}

static void occurrence(void **state)
{
	struct world *w = *state;
	char why[300];

	assert_int_equal(load(w, ROOT("",
		"<Node><NodeName/>" PROPS(ALL, "chr", "<Occurrence><OneOrN>2</OneOrN></Occurrence>") "</Node>"
		"<Node><NodeName>named</NodeName>" PROPS(ALL, "chr", "<Occurrence><ZeroOrOne/></Occurrence>") "</Node>"
		"<Node><NodeName>one</NodeName>" PROPS(ALL, "chr", "<Occurrence><One/></Occurrence>") "</Node>"),
		why, sizeof(why)), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./T", MO_ACL_ALL), 0);
	assert_int_equal(add(w, "./T/a", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/named", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/one", "", "1"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/a"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./T/b", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/c", "", "1"), MO_DEVICE_FULL);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/a"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/one"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/named"), MO_OK);
}

static void case_sense(void **state)
{
	struct world *w = *state;
	char why[300];

	assert_int_equal(load(w, ROOT("",
		"<Node><NodeName>Any</NodeName><DFProperties><AccessType>" ALL "</AccessType><DFFormat><node/>"
		"</DFFormat><DFType><DDFName/></DFType><CaseSense><CIS/></CaseSense></DFProperties>"
		"<Node><NodeName>Leaf</NodeName>" PROPS(ALL, "chr", "<Occurrence><ZeroOrOne/></Occurrence>") "</Node>"
		"</Node>"
		"<Node><NodeName>Exact</NodeName>" PROPS(ALL, "chr", "") "</Node>"), why, sizeof(why)), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./T", MO_ACL_ALL), 0);
	assert_int_equal(add(w, "./T/Any/Leaf", "", "1"), MO_OK);
	assert_int_equal(add(w, "./T/Exact", "", "1"), MO_OK);
	expect_get(w, "./T/ANY/leaf", "chr", "1");
	assert_int_equal(add(w, "./T/any/LEAF", "", "1"), MO_EXISTS);
	assert_int_equal(replace(w, "./T/any/lEAF", "2"), MO_OK);
	expect_get(w, "./T/Any", "node", "Leaf");
	assert_int_equal(get(w, SRV, "./T/exact"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./T/exact", "", "1"), MO_NOT_ALLOWED);
}

static void scope_and_default(void **state)
{
	static const char nodes[] = ROOT("",
		"<Node><NodeName>p</NodeName><DFProperties><AccessType>" ALL "</AccessType>"
		"<DefaultValue>7</DefaultValue><DFFormat><int/></DFFormat><Scope><Permanent/></Scope>"
		"<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>"
		"<Node><NodeName/><DFProperties><AccessType>" ALL "</AccessType>"
		"<DFFormat><chr/></DFFormat><Occurrence><ZeroOrMore/></Occurrence><DFType><MIME/></DFType>"
		"</DFProperties></Node>");
	struct world *w = *state;
	struct mo_value v = { .data = "x", .len = 1, .format = "chr" };
	char why[300];

	assert_int_equal(load(w, nodes, why, sizeof(why)), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./T", MO_ACL_ALL), 0);
	expect_get(w, "./T/p", "int", "7");
	assert_int_equal(replace(w, "./T/p", "8"), MO_OK);
	/* permanent: no Delete, no rename, no other Format */
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/p"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, "./T/p?prop=Name", "q"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_replace(w->t, SRV, "./T/p", &v), MO_UNSUPPORTED_FORMAT);
	/* dynamic: all of it, but a name that is described is fixed */
	assert_int_equal(add(w, "./T/d", "", "1"), MO_OK);
	assert_int_equal(replace(w, "./T/d?prop=Name", "e"), MO_OK);
	assert_int_equal(replace(w, "./T/e?prop=Name", "p"), MO_EXISTS);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./T/e"), MO_OK);
	/* a new start keeps the value */
	assert_int_equal(load(w, nodes, why, sizeof(why)), 0);
	expect_get(w, "./T/p", "int", "8");
}

/* ---------------------------------------------------------------- the standard objects */

static const struct mo_account card = {
	.server_id = "dmsc.example", .name = "Card", .addr = "http://127.0.0.1:3516/dm",
	.auth_pref = "DIGEST", .encoding = "wbxml",
	.client = { .type = "DIGEST", .name = "c", .secret = "pw-client", .nonce_len = 4 },
	.server = { .type = "DIGEST", .name = "s", .secret = "pw-server" },
};

static void standard_accounts(void **state)
{
	struct world *w = *state;
	struct mo_account acc;

	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_string_equal(acc.encoding, "wbxml");
	/* what is asked here is the description, not the ACL of the account */
	assert_int_equal(mo_tree_set_acl(w->t, "./DMAcc/Card", MO_ACL_ALL), 0);
	expect_get(w, "./DMAcc/Card?prop=Type", "", "urn:oma:mo:oma-dm-dmacc:1.0");
	expect_get(w, "./DMAcc/Card/AppID", "chr", "w7");
	assert_int_equal(get(w, SRV, "./DMAcc/Card/AppAuth/1/AAuthSecret"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, SRV, "./DMAcc/Card/AppAuth/1/AAuthData"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, SRV, "./DMAcc/Card/AppAuth/1/AAuthSecret?prop=Size"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, "./DMAcc/Card/AppAuth/1/AAuthSecret", "new"), MO_OK);
	assert_int_equal(replace(w, "./DMAcc/Card/ServerID", "x"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./DMAcc/Card/AppAddr"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./DMAcc/Card/Foo", "", "x"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./DMAcc/Card/AppAddr/1/Port/1/PortNbr", "", "3516"), MO_OK);
	assert_int_equal(add(w, "./DMAcc/Card/ToConRef/1/ConRef", "", "./NAP/1"), MO_OK);
	assert_int_equal(add(w, "./DMAcc/Card/Ext/Vendor/deep/er", "", "x"), MO_OK);
	/* one account a server */
	assert_int_equal(add(w, "./DMAcc/A/ServerID", "", "dmsc.example"), MO_EXISTS);
	assert_int_equal(add(w, "./DMAcc/A/ServerID", "", "other"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./DMAcc/A"), MO_OK);
}

static void standard_device(void **state)
{
	struct world *w = *state;
	struct mo_device dev = { .dev_id = "urn:x:1", .man = "ACME", .mod = "G1" };

	assert_int_equal(mo_device_define(w->t, &dev), 0);
	expect_get(w, "./DevInfo", "node", "DevId/DmV/Lang/Man/Mod");
	expect_get(w, "./DevInfo?prop=Type", "", "urn:oma:mo:oma-dm-devinfo:1.0");
	expect_get(w, "./DevDetail?prop=Type", "", "urn:oma:mo:oma-dm-devdetail:1.0");
	expect_get(w, "./DevDetail", "node", "DevTyp/FwV/HwV/LrgObj/OEM/SwV/URI");
	expect_get(w, "./DevInfo/Man", "chr", "ACME");
	assert_int_equal(replace(w, "./DevInfo/Man", "x"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./DevInfo/Man"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./DevInfo/New", "", "x"), MO_NOT_ALLOWED);
}

static void standard_inbox(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, SRV, "./Inbox"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, SRV, "./Inbox?list=TNDS"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Inbox"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, "./Inbox", "x"), MO_NOT_ALLOWED);
}

static void standard_connectivity(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./NAP/Card1", "node", ""), MO_OK);
	expect_get(w, "./NAP/Card1?prop=Type", "", "urn:oma:mo:oma-connmo-nap:1.0");
	assert_int_equal(add(w, "./NAP/Card1/AddrType", "", "APN"), MO_OK);
	assert_int_equal(add(w, "./NAP/Card1/Addr", "", "internet"), MO_OK);
	assert_int_equal(add(w, "./NAP/Card1/BearerParams/3GPP/PS/PDPType", "", "IP"), MO_OK);
	assert_int_equal(add(w, "./NAP/Card1/AuthInfo/AuthSecret", "", "s3cret"), MO_OK);
	assert_int_equal(get(w, SRV, "./NAP/Card1/AuthInfo/AuthSecret"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./NAP/Card1/Nonsense", "", "1"), MO_NOT_ALLOWED);
	/* who made it may go on with it, others may only read */
	expect_get(w, "./NAP/Card1?prop=ACL", "", "Add=srv&Delete=srv&Get=*&Replace=srv");
	assert_int_equal(get(w, "other", "./NAP/Card1/Addr"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, "other", "./NAP/Card1"), MO_PERMISSION_DENIED);
	assert_int_equal(add(w, "./WLAN/home/SSList/1/SSID", "", "net"), MO_OK);
	assert_int_equal(add(w, "./WLAN/home/PSK", "", "passphrase"), MO_OK);
	assert_int_equal(get(w, SRV, "./WLAN/home/PSK"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Proxy/p/AddrFQDN", "", "proxy.example"), MO_OK);
	assert_int_equal(add(w, "./Proxy/p/Ports/1/PortNbr", "", "8080"), MO_OK);
	assert_int_equal(add(w, "./Proxy/p/ConRefs/1/ConRef", "", "./NAP/Card1"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./NAP/Card1"), MO_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define S(name)	cmocka_unit_test_setup_teardown(name, setup_standard, teardown)
		T(files_with_errors), T(file_with_entities), T(access_types),
		T(names_formats_types), T(occurrence), T(case_sense), T(scope_and_default),
		S(standard_accounts), S(standard_device), S(standard_inbox),
		S(standard_connectivity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
