// SPDX-License-Identifier: BSD-3-Clause
/* Bootstrap documents of the DM profile: what they may do, and what stays when they may not. */
#include "bootstrap-fixture.h"

#define TNDS	"application/vnd.syncml.dmtnds+xml"

static char text[4096];

/* A message with these commands. */
static const char *message(const char *body)
{
	snprintf(text, sizeof(text), "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
		 "<VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>x"
		 "</LocURI></Target><Source><LocURI>y</LocURI></Source></SyncHdr><SyncBody>%s<Final/>"
		 "</SyncBody></SyncML>", body);
	return text;
}

#define ADD(uri, meta, data) "<Add><CmdID>1</CmdID><Meta>" meta "</Meta><Item><Target><LocURI>" uri \
	"</LocURI></Target><Data>" data "</Data></Item></Add>"
#define LEAF(name, value) "<Node><NodeName>" name "</NodeName><Value>" value "</Value></Node>"
#define ACCOUNT(id, props) "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties>" \
	props "<Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>" \
	LEAF("AppID", "w7") LEAF("ServerID", id) "<Node><NodeName>AppAddr</NodeName><Node><NodeName>1" \
	"</NodeName>" LEAF("Addr", "http://127.0.0.1/") "</Node></Node></Node></MgmtTree>"
#define ADD_ACCOUNT(id) ADD("./Inbox", "<Format>xml</Format><Type>" TNDS "</Type>", ACCOUNT(id, ""))

static void expect_nothing(const char *doc, int err, const char *why)
{
	char *before = picture(), *after;

	assert_int_equal(apply_text(doc), err);
	if (!strstr(result.why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, result.why);
	assert_int_equal(result.n, 0);
	after = picture();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void expect_from(const char *file)
{
	assert_int_equal(apply_file(file, "card:1"), 0);
	assert_int_equal(result.profile, DM_PROFILE_DM);
	assert_int_equal(result.n, 1);
	assert_string_equal(result.server[0], SERVER);
	assert_true(result.start);
	expect_account();
	expect_leaf("./DMAcc/Card/PrefConRef", "./NAP/Net");
	expect_leaf("./NAP/Net/Addr", "apn.example");
}

static void dm_profile_in_wbxml(void **state)
{
	expect_from("dm.wbxml");
}

static void dm_profile_in_xml(void **state)
{
	expect_from("dm.xml");
}

static void a_bare_tnds_document(void **state)
{
	expect_from("tnds.xml");
}

static void the_account_is_its_server_s(void **state)
{
	struct mo_value v;

	assert_int_equal(apply_file("dm.wbxml", "card:1"), 0);
	expect_leaf("./DMAcc/Card?prop=ACL", "Delete=dmsc.example&Get=dmsc.example&Replace=dmsc.example");
	expect_leaf("./NAP/Net?prop=ACL", "Delete=dmsc.example&Get=dmsc.example&Replace=dmsc.example");
	assert_int_equal(mo_tree_get(tree, "other", "./DMAcc/Card/Name", &v), MO_PERMISSION_DENIED);
	mo_value_clear(&v);
	assert_int_equal(mo_tree_get(tree, SERVER, "./DMAcc/Card/Name", &v), MO_OK);
	mo_value_clear(&v);
}

static void expect_nothing(const char *doc, int err, const char *why);

static void an_id_gives_no_rights_to_others(void **state)
{
	static const char *const ids[] = { "*", "a+b", "a&amp;Get=*", "a=b" };
	char doc[2048];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(doc, sizeof(doc), ACCOUNT("%s", ""), ids[i]);
		expect_nothing(doc, -EBADMSG, "");
	}
}

static void an_acl_in_the_document_counts(void **state)
{
	assert_int_equal(apply_text(ACCOUNT("srv", "<ACL>Get=*</ACL>")), 0);
	expect_leaf("./DMAcc/A?prop=ACL", "Get=*");
}

static void containers_and_alerts_are_nothing_special(void **state)
{
	assert_int_equal(apply_text(message("<Alert><CmdID>1</CmdID><Data>1200</Data></Alert><Sequence>"
					    "<CmdID>2</CmdID><Atomic><CmdID>3</CmdID>" ADD_ACCOUNT("srv")
					    "</Atomic></Sequence>")), 0);
	assert_string_equal(result.server[0], "srv");
}

/* Node by node, as old servers do it. */
static void an_account_node_by_node(void **state)
{
	assert_int_equal(apply_text(message(
		ADD("./DMAcc/old", "<Format>node</Format>", "") ADD("./DMAcc/old/AppID", "", "w7")
		ADD("./DMAcc/old/ServerID", "", "srv")
		ADD("./DMAcc/old/AppAddr/1/Addr", "", "http://127.0.0.1/")
		ADD("./DMAcc/old/AppAuth/1/AAuthLevel", "", "CLCRED")
		ADD("./DMAcc/old/AppAuth/1/AAuthType", "", "BASIC")
		ADD("./DMAcc/old/AppAuth/1/AAuthData", "<Format>b64</Format>", "AAEC"))), 0);
	expect_leaf("./DMAcc/old/AppAuth/1/AAuthType", "BASIC");
	assert_string_equal(result.server[0], "srv");
}

static void an_object_of_no_known_kind_is_left_out(void **state)
{
	assert_int_equal(apply_text(message(
		ADD("./Inbox", "<Format>xml</Format><Type>" TNDS "</Type>",
		    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>x</NodeName><RTProperties><Type><DDFName>"
		    "urn:x:never-heard:1.0</DDFName></Type></RTProperties></Node></MgmtTree>")
		ADD_ACCOUNT("srv"))), 0);
	assert_int_equal(result.skipped, 1);
	assert_int_equal(result.n, 1);
}

static void only_adds(void **state)
{
	static const char *const commands[] = { "Replace", "Delete", "Get", "Exec", "Copy" };
	char body[2048];

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		snprintf(body, sizeof(body), ADD_ACCOUNT("srv") "<%s><CmdID>2</CmdID><Item><Target><LocURI>"
			 "./DevInfo/Lang</LocURI></Target><Data>de</Data></Item></%s>", commands[i],
			 commands[i]);
		expect_nothing(message(body), -EPERM, "bootstrap only adds");
	}
}

static void only_where_accounts_belong(void **state)
{
	assert_int_equal(mo_tree_define(tree, "./Settings", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD), 0);
	expect_nothing(message(ADD_ACCOUNT("srv") ADD("./Settings/x", "", "1")), -EPERM, "./Settings/x");
	expect_nothing(message(ADD_ACCOUNT("srv") ADD("./Inboxes", "", "1")), -EPERM, "./Inboxes");
	expect_nothing(message(ADD_ACCOUNT("srv") ADD("./DMAcc", "", "1")), -EPERM, "./DMAcc");
	expect_nothing(message(ADD_ACCOUNT("srv") ADD("./DMAcc/A?prop=ACL", "", "Get=*")), -EPERM, "prop");
	expect_nothing(message(ADD_ACCOUNT("srv") "<Add><CmdID>9</CmdID><Item><Data>1</Data></Item></Add>"),
		       -EPERM, "nothing");
}

static void an_account_that_is_there_stays(void **state)
{
	const struct mo_account acc = { .server_id = "srv", .addr = "http://127.0.0.1:1/" };

	assert_int_equal(mo_account_create(tree, "Mine", &acc), 0);
	expect_nothing(message(ADD_ACCOUNT("new") ADD_ACCOUNT("srv")), -EEXIST, "stays");
	/* nor can one be made larger, or its node be taken */
	expect_nothing(message(ADD_ACCOUNT("new") ADD("./DMAcc/Mine/AppAuth/7/AAuthSecret", "", "x")), -EPERM,
		       "in the tree already");
	expect_nothing(message(ADD_ACCOUNT("new") ADD("./DMAcc/Mine/Name", "", "x")), -EEXIST, "stays");
}

static void accounts_have_to_be_whole(void **state)
{
	expect_nothing(message(ADD("./DMAcc/a/AppID", "", "w7")), -EBADMSG, "without ServerID");
	expect_nothing(message(ADD("./DMAcc/a/ServerID", "", "s")), -EBADMSG, "without an address");
	expect_nothing(message(""), -ENOENT, "no account");
	expect_nothing(message("<Add><CmdID>1</CmdID></Add>"), -ENOENT, "no account");
}

static void what_cannot_be_read_changes_nothing(void **state)
{
	expect_nothing("", -EBADMSG, "no XML");
	expect_nothing("<SyncML/>", -EBADMSG, "SyncHdr");
	expect_nothing("<html/>", -EBADMSG, "root element is html");
	expect_nothing("\x03", -EBADMSG, "cut off");
	expect_nothing("<!DOCTYPE a [<!ENTITY b 'c'>]><SyncML/>", -EBADMSG, "DOCTYPE");
	expect_nothing(message(ADD("./Inbox", "<Format>xml</Format><Type>" TNDS "</Type>", "<MgmtTree/>")),
		       -EBADMSG, "status 400");
	expect_nothing(message(ADD("./DMAcc/a/AppAuth/1/AAuthData", "<Format>b64</Format>", "%")), -EBADMSG,
		       "cannot be read");
}

static void too_long_is_refused(void **state)
{
	char *big = malloc(DM_BOOTSTRAP_MAX + 1);

	assert_non_null(big);
	memset(big, ' ', DM_BOOTSTRAP_MAX + 1);
	assert_int_equal(apply_bytes(big, DM_BOOTSTRAP_MAX + 1, "x"), -EBADMSG);
	free(big);
}

/* ------------------------------------------------------------------- where it came from */

static void the_same_document_changes_nothing(void **state)
{
	char *before, *after;

	assert_int_equal(apply_file("dm.wbxml", "card:1"), 0);
	before = picture();
	assert_int_equal(apply_file("dm.wbxml", "card:1"), 0);
	assert_true(result.unchanged);
	assert_int_equal(result.n, 0);
	after = picture();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_source_may_renew_what_is_from_it(void **state)
{
	const uint8_t nonce[2] = { 1, 2 };
	struct mo_account acc;

	assert_int_equal(apply_bytes(ACCOUNT("srv", ""), strlen(ACCOUNT("srv", "")), "card:1"), 0);
	assert_int_equal(mo_account_next_nonce(tree, "srv", nonce, sizeof(nonce)), -ENOENT);
	assert_int_equal(mo_account_set_last_auth(tree, "srv", "BASIC"), 0);
	assert_int_equal(apply_bytes(ACCOUNT("srv", "<ACL>Get=*</ACL>"),
				     strlen(ACCOUNT("srv", "<ACL>Get=*</ACL>")), "card:1"), 0);
	assert_false(result.unchanged);
	expect_leaf("./DMAcc/A?prop=ACL", "Get=*");
	/* what was remembered of the old one is gone with it */
	assert_int_equal(mo_account_load(tree, "srv", &acc), 0);
	assert_string_equal(acc.last_auth, "");
	/* a document that is refused leaves the old one in place */
	assert_int_equal(apply_bytes("<SyncML/>", 9, "card:1"), -EBADMSG);
	assert_int_equal(mo_account_load(tree, "srv", &acc), 0);
}

static void no_other_source_may(void **state)
{
	char origin[MO_ORIGIN_LEN];

	assert_int_equal(apply_file("dm.wbxml", "card:1"), 0);
	assert_int_equal(apply_file("dm.wbxml", "card:2"), -EEXIST);
	assert_int_equal(mo_account_origin(tree, SERVER, origin, sizeof(origin)), 0);
	assert_string_equal(origin, "card:1");
}

static void what_came_with_a_card_goes_with_it(void **state)
{
	const struct mo_account acc = { .server_id = "mine", .addr = "http://127.0.0.1:1/" };
	char origin[MO_ORIGIN_LEN];
	struct mo_value name = { .data = "Other", .len = 5 };

	assert_int_equal(mo_account_create(tree, "Mine", &acc), 0);
	assert_int_equal(apply_file("dm.wbxml", "card:1"), 0);
	assert_int_equal(apply_bytes(ACCOUNT("two", ""), strlen(ACCOUNT("two", "")), "card:2"), 0);
	assert_int_equal(apply_bytes(ACCOUNT("file", ""), strlen(ACCOUNT("file", "")), "file:card:"), 0);
	assert_int_equal(mo_tree_set_acl(tree, "./DevInfo", "Get=dmsc.example+two"), 0);
	/* whatever it is called now */
	assert_int_equal(mo_tree_replace(tree, NULL, "./NAP/Net?prop=Name", &name), MO_OK);
	assert_int_equal(mo_origin_drop_others(tree, "card:", "card:2"), 2);
	expect_none("./DMAcc/Card");
	expect_none("./NAP/Other");
	expect_leaf("./DevInfo?prop=ACL", "Get=two");
	assert_int_equal(mo_account_origin(tree, SERVER, origin, sizeof(origin)), -ENOENT);
	assert_int_equal(mo_account_origin(tree, "two", origin, sizeof(origin)), 0);
	assert_int_equal(mo_account_origin(tree, "mine", origin, sizeof(origin)), 0);
	assert_string_equal(origin, "");
	assert_int_equal(mo_origin_drop(tree, "card:2"), 1);
	assert_int_equal(mo_origin_drop(tree, "card:2"), 0);
	assert_int_equal(mo_account_origin(tree, "two", origin, sizeof(origin)), -ENOENT);
	assert_int_equal(mo_account_origin(tree, "file", origin, sizeof(origin)), 0);
	assert_string_equal(origin, "file:card:");
}

static void a_dry_run_leaves_nothing(void **state)
{
	struct doc d = load("dm.wbxml");
	struct dm_bootstrap b = { .data = d.data, .len = d.len, .origin = "x", .dry_run = true };
	char *before = picture(), *after;

	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), 0);
	assert_int_equal(result.n, 1);
	after = picture();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* --------------------------------------------------------------------------- the head */

static int with_head(const char *head, const char *file)
{
	struct doc d = load(file);
	static char all[9000], origin[16];
	static unsigned int count;
	size_t n = strlen(head);

	memcpy(all, head, n);
	memcpy(all + n, d.data, d.len);
	snprintf(origin, sizeof(origin), "file:%u", count++);
	return apply_bytes(all, n + d.len, origin);
}

static void a_head_says_the_type(void **state)
{
	assert_int_equal(with_head("Content-Type: application/vnd.syncml.dm+wbxml\r\n"
				   "X-Other: 1\r\n\r\n", "dm.wbxml"), 0);
	expect_account();
	assert_int_equal(with_head("content-type: text/vnd.wap.connectivity-xml\n\n", "dm.xml"), -EBADMSG);
	assert_non_null(strstr(result.why, "not of the one"));
	assert_int_equal(with_head("Content-Type: application/vnd.syncml.dm+xml\n\n", "dm.wbxml"), -EBADMSG);
	assert_non_null(strstr(result.why, "says XML"));
	assert_int_equal(with_head("Content-Type: text/plain\n\n", "dm.xml"), -EBADMSG);
	assert_int_equal(with_head("Content-Type: text/xml\n", "dm.xml"), -EBADMSG);
	assert_int_equal(apply_text("Hello"), -EBADMSG);
	assert_int_equal(apply_text("Content-Type: text/xml\n\n"), -EBADMSG);
}

static void the_profile_may_be_asked_for(void **state)
{
	struct doc d = load("dm.wbxml");
	struct dm_bootstrap b = { .data = d.data, .len = d.len, .origin = "x", .profile = DM_PROFILE_CP };

	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), -EBADMSG);
	b.profile = DM_PROFILE_DM;
	assert_int_equal(dm_bootstrap_apply(tree, &b, &result), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(dm_profile_in_wbxml),
		T(dm_profile_in_xml),
		T(a_bare_tnds_document),
		T(the_account_is_its_server_s),
		T(an_id_gives_no_rights_to_others),
		T(an_acl_in_the_document_counts),
		T(containers_and_alerts_are_nothing_special),
		T(an_account_node_by_node),
		T(an_object_of_no_known_kind_is_left_out),
		T(only_adds),
		T(only_where_accounts_belong),
		T(an_account_that_is_there_stays),
		T(accounts_have_to_be_whole),
		T(what_cannot_be_read_changes_nothing),
		T(too_long_is_refused),
		T(the_same_document_changes_nothing),
		T(a_source_may_renew_what_is_from_it),
		T(no_other_source_may),
		T(what_came_with_a_card_goes_with_it),
		T(a_dry_run_leaves_nothing),
		T(a_head_says_the_type),
		T(the_profile_may_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
