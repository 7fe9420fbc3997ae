// SPDX-License-Identifier: BSD-3-Clause
/* Whole subtrees: ?list=, TNDS in and out, the Inbox. */
#include <errno.h>
#include "mo-rig.h"

#define HEAD	"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>"
#define TAIL	"</MgmtTree>"
#define RT(format)	"<RTProperties><Format><" format "/></Format><Type><MIME>text/plain</MIME></Type>" \
	"</RTProperties>"
#define LEAF(name, value)	"<Node><NodeName>" name "</NodeName>" RT("chr") "<Value>" value \
	"</Value></Node>"
#define NODE(name, inner)	"<Node><NodeName>" name "</NodeName>" inner "</Node>"

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

static struct mo_value tnds(const char *xml)
{
	struct mo_value v = { .data = (char *)xml, .len = strlen(xml), .format = "xml",
			      .type = MO_TNDS_XML };

	return v;
}

static int add_tnds(struct world *w, const char *uri, const char *xml)
{
	struct mo_value v = tnds(xml);

	return mo_tree_add(w->t, SRV, uri, &v);
}

static int replace_tnds(struct world *w, const char *uri, const char *xml)
{
	struct mo_value v = tnds(xml);

	return mo_tree_replace(w->t, SRV, uri, &v);
}

/* ------------------------------------------------------------------------- ?list= */

static int note(void *arg, const char *uri, const struct mo_value *v)
{
	char *s = arg;
	size_t n = strlen(s);

	snprintf(s + n, 4096 - n, "%s %s %s%s%s;", uri, v->format, v->type, v->data ? " = " : "",
		 v->data ? v->data : "");
	return 0;
}

static void fill(struct world *w)
{
	assert_int_equal(add(w, "./Settings/a/b", "int", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/a/c d", "", "two"), MO_OK);
	assert_int_equal(add(w, "./Settings/e", "null", ""), MO_OK);
}

static void list_struct(void **state)
{
	struct world *w = *state;
	char s[4096] = "";

	fill(w);
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings?list=Struct", note, s), MO_OK);
	assert_string_equal(s, "./Settings node ;./Settings/a node ;./Settings/a/b int text/plain;"
			       "./Settings/a/c%20d chr text/plain;./Settings/e null text/plain;");
	s[0] = '\0';
	assert_int_equal(mo_tree_list(w->t, SRV, ".?list=Struct", note, s), MO_OK);
	assert_memory_equal(s, ". node ;./DMAcc node ;", 22);
}

static void list_struct_data(void **state)
{
	struct world *w = *state;
	char s[4096] = "";

	fill(w);
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings/a?list=StructData", note, s), MO_OK);
	assert_string_equal(s, "./Settings/a node ;./Settings/a/b int text/plain = 1;"
			       "./Settings/a/c%20d chr text/plain = two;");
	s[0] = '\0';
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings/a/b?list=StructData", note, s), MO_OK);
	assert_string_equal(s, "./Settings/a/b int text/plain = 1;");
	assert_int_equal(mo_tree_list(w->t, SRV, "./Nope?list=Struct", note, s), MO_NOT_FOUND);
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings?list=Tree", note, s),
			 MO_UNSUPPORTED_FEATURE);
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings", note, s), MO_UNSUPPORTED_FEATURE);
}

/* What the server may not Get is left out with what is below it. */
static void list_without_right(void **state)
{
	struct world *w = *state;
	struct mo_value v;
	char s[4096] = "";

	fill(w);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=other"), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a/b", "Get=*"), 0);
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings?list=Struct", note, s), MO_OK);
	assert_string_equal(s, "./Settings node ;./Settings/e null text/plain;");
	assert_int_equal(mo_tree_list(w->t, SRV, "./Settings/a?list=Struct", note, s),
			 MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_get(w->t, SRV, "./Settings?list=TNDS", &v), MO_OK);
	assert_null(strstr(v.data, ">b<"));
	assert_non_null(strstr(v.data, ">e<"));
	mo_value_clear(&v);
	assert_int_equal(get(w, SRV, "./Settings/a?list=TNDS"), MO_PERMISSION_DENIED);
	assert_int_equal(get(w, "other", "./Settings/a?list=TNDS"), MO_OK);
}

static void expect_tnds(struct world *w, const char *uri, const char *xml)
{
	struct mo_value v;

	assert_int_equal(mo_tree_get(w->t, SRV, uri, &v), MO_OK);
	assert_string_equal(v.data, xml);
	assert_string_equal(v.format, "xml");
	assert_string_equal(v.type, "application/vnd.syncml.dmtnds+xml");
	mo_value_clear(&v);
}

static void list_tnds(void **state)
{
	struct world *w = *state;
	struct mo_value bin = { .data = "\x01\x02\x00", .len = 3, .format = "bin" };

	fill(w);
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings/a/x", &bin), MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=*&Replace=srv"), 0);
	expect_tnds(w, "./Settings/a?list=TNDS+ACL+Format+Value", HEAD
		"<Node><NodeName>a</NodeName><RTProperties><ACL>Get=*&amp;Replace=srv</ACL><Format><node/>"
		"</Format><Type><DDFName></DDFName></Type></RTProperties>"
		"<Node><NodeName>b</NodeName><RTProperties><Format><int/></Format><Type><MIME>text/plain"
		"</MIME></Type></RTProperties><Value>1</Value></Node>"
		"<Node><NodeName>c%20d</NodeName><RTProperties><Format><chr/></Format><Type><MIME>"
		"text/plain</MIME></Type></RTProperties><Value>two</Value></Node>"
		"<Node><NodeName>x</NodeName><RTProperties><Format><bin/></Format><Type><MIME>text/plain"
		"</MIME></Type></RTProperties><Value>AQIA</Value></Node></Node>" TAIL "\n");
	expect_tnds(w, "./Settings/a/b?list=TNDS+Value", HEAD
		"<Node><NodeName>b</NodeName><Value>1</Value></Node>" TAIL "\n");
	expect_tnds(w, "./Settings/a/b?list=TNDS-ACL-Format-Name-Size-Title-TStamp-Type-VerNo", HEAD
		"<Node><NodeName>b</NodeName><Value>1</Value></Node>" TAIL "\n");
	expect_tnds(w, "./Settings/a/b?list=TNDS-ACL-TStamp", HEAD
		"<Node><NodeName>b</NodeName><RTProperties><Format><int/></Format><Name>b</Name>"
		"<Size>1</Size><Type><MIME>text/plain</MIME></Type><VerNo>0</VerNo></RTProperties>"
		"<Value>1</Value></Node>" TAIL "\n");
}

static void list_tnds_modifiers(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, SRV, "./Settings?list=TNDS"), MO_OK);
	assert_int_equal(get(w, SRV, "./Settings?list=TNDS+ACL-Value"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Settings?list=TNDS+Nope"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Settings?list=TNDS+"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Settings?list=TNDSx"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Nope?list=TNDS"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/x?list=TNDS", "", "x"), MO_UNSUPPORTED_FEATURE);
}

static void secrets_stay_inside(void **state)
{
	struct world *w = *state;
	struct mo_account acc = { .server_id = SRV, .addr = "http://127.0.0.1/" };
	char s[4096] = "", *xml;
	struct mo_value v;
	size_t len;

	strcpy(acc.client.secret, "TopSecret");
	strcpy(acc.server.secret, "TopSecret");
	memcpy(acc.client.nonce, "NoncE", 5);
	acc.client.nonce_len = 5;
	assert_int_equal(mo_account_create(w->t, "Card", &acc), 0);
	assert_int_equal(mo_tree_get(w->t, SRV, "./DMAcc?list=TNDS", &v), MO_OK);
	assert_null(strstr(v.data, "TopSecret"));
	assert_null(strstr(v.data, "AAuthSecret"));
	assert_null(strstr(v.data, "AAuthData"));
	assert_non_null(strstr(v.data, "AAuthName"));
	mo_value_clear(&v);
	assert_int_equal(mo_tree_list(w->t, SRV, "./DMAcc?list=StructData", note, s), MO_OK);
	assert_null(strstr(s, "TopSecret"));
	assert_null(strstr(s, "AAuthData"));
	assert_int_equal(mo_tree_to_xml(w->t, ".", &xml, &len), 0);
	assert_null(strstr(xml, "TopSecret"));
	assert_null(strstr(xml, "TnIuY0U"));
	free(xml);
	/* nor can they be copied to where they could be read */
	assert_int_equal(mo_tree_copy(w->t, SRV, "./DMAcc/Card/AppAuth/1/AAuthSecret",
				      "./Settings/x"), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./DMAcc/Card/AppAuth/1/AAuthSecret");
}

/* --------------------------------------------------------------------------- Add */

static void add_subtree(void **state)
{
	struct world *w = *state;

	assert_int_equal(add_tnds(w, "./Settings", HEAD
		NODE("n", "<RTProperties><Format><node/></Format><Type><DDFName>urn:x:1</DDFName></Type>"
		     "</RTProperties>" LEAF("leaf", "1 &lt; 2") NODE("inner", LEAF("x", ""))
		     "<Node><NodeName>bin</NodeName>" RT("bin") "<Value>AQIA\n</Value></Node>"
		     "<Node><NodeName>i</NodeName>" RT("int") "<Value> 7 </Value></Node>"
		     "<Node><NodeName>b%2Fc</NodeName><Value><![CDATA[<v>]]></Value></Node>")
		TAIL), MO_OK);
	expect_get(w, "./Settings/n", "node", "b%2Fc/bin/i/inner/leaf");
	expect_get(w, "./Settings/n?prop=Type", "", "urn:x:1");
	expect_get(w, "./Settings/n/leaf", "chr", "1 < 2");
	expect_get(w, "./Settings/n/inner/x", "chr", "");
	expect_get(w, "./Settings/n/i", "int", "7");
	expect_get(w, "./Settings/n/bin?prop=Size", "", "3");
	expect_get(w, "./Settings/n/b%2fc", "chr", "<v>");
	assert_int_equal(w->f.committed, 1);
}

/* Where the outermost node goes, by NodeName, Path and Target. */
static void add_places(void **state)
{
	struct world *w = *state;

	assert_int_equal(add_tnds(w, "./Settings/t1", HEAD LEAF("", "v") TAIL), MO_OK);
	expect_get(w, "./Settings/t1", "chr", "v");
	assert_int_equal(add_tnds(w, "./Settings/t2", HEAD LEAF("t2", "v") TAIL), MO_OK);
	expect_get(w, "./Settings/t2", "chr", "v");
	assert_int_equal(add_tnds(w, "./Settings/t3", HEAD LEAF("x", "v") TAIL), MO_OK);
	expect_get(w, "./Settings/t3/x", "chr", "v");
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>x</NodeName><Path>p/q</Path>"
				  "<Value>v</Value></Node>" TAIL), MO_OK);
	expect_get(w, "./Settings/p/q/x", "chr", "v");
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>y</NodeName><Path>./Settings/p"
				  "</Path><Value>v</Value></Node>" TAIL), MO_OK);
	expect_get(w, "./Settings/p/y", "chr", "v");
	/* two of them */
	assert_int_equal(add_tnds(w, "./Settings", HEAD LEAF("m1", "1") LEAF("m2", "2") TAIL), MO_OK);
	expect_get(w, "./Settings/m2", "chr", "2");
	/* not out of the target */
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>x</NodeName><Path>../DMAcc"
				  "</Path><Value>v</Value></Node>" TAIL), MO_NOT_FOUND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("a/b", LEAF("x", "")) TAIL), MO_OK);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("k", NODE("a/b", "")) TAIL),
			 MO_BAD_COMMAND);
}

static void add_fails_as_a_whole(void **state)
{
	struct world *w = *state;
	char big[800];

	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("n", LEAF("a", "1")
		"<Node><NodeName>i</NodeName>" RT("int") "<Value>seven</Value></Node>") TAIL),
		MO_UNSUPPORTED_FORMAT);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/n/i");
	assert_int_equal(get(w, SRV, "./Settings/n"), MO_NOT_FOUND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("n", LEAF("a", "1") LEAF("a", "2")) TAIL),
			 MO_EXISTS);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/n/a");
	/* late in the document */
	assert_int_equal(add_tnds(w, "./Settings", HEAD LEAF("a", "1") "<Node>"), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD LEAF("a", "1") TAIL "<x/>"), MO_BAD_COMMAND);
	assert_int_equal(get(w, SRV, "./Settings/a"), MO_NOT_FOUND);
	snprintf(big, sizeof(big), HEAD "<Node><NodeName>a</NodeName><RTProperties><Title>%0300d"
		 "</Title><Type><MIME/></Type></RTProperties></Node>" TAIL, 1);
	assert_int_equal(add_tnds(w, "./Settings", big), MO_TOO_LARGE);
	assert_int_equal(add(w, "./Settings/e", "", ""), MO_OK);
	assert_int_equal(add_tnds(w, "./Settings", HEAD LEAF("e", "1") TAIL), MO_EXISTS);
	assert_int_equal(add_tnds(w, "./Foo", HEAD LEAF("e", "1") TAIL), MO_NOT_ALLOWED);
	expect_get(w, "./Settings", "node", "e");
	assert_string_equal(w->f.leaves, "e=;");
}

static void documents_refused(void **state)
{
	struct world *w = *state;
	char deep[2000] = HEAD;
	struct mo_value v = tnds(HEAD LEAF("a", "1") TAIL);
	int i;

	assert_int_equal(add_tnds(w, "./Settings", ""), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", "text"), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD TAIL), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", "<Foo/>"), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", "<MgmtTree><VerDTD>1.1</VerDTD>" LEAF("a", "1") TAIL),
			 MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add_tnds(w, "./Settings", "<!DOCTYPE MgmtTree [<!ENTITY e 'x'>]><MgmtTree>"
				  LEAF("a", "&e;") TAIL), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>a</NodeName><Value><b/></Value>"
				  "</Node>" TAIL), MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("a", "<Value>1</Value>" LEAF("b", "")) TAIL),
			 MO_BAD_COMMAND);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("a", RT("wrong") ) TAIL),
			 MO_UNSUPPORTED_FORMAT);
	for (i = 0; i < 20; i++)
		strcat(deep, "<Node><NodeName>d</NodeName>");
	assert_int_equal(add_tnds(w, "./Settings", deep), MO_URI_TOO_LONG);
	strcpy(v.type, "application/vnd.syncml.dmtnds+wbxml");
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings", &v), MO_UNSUPPORTED_FORMAT);
	strcpy(v.type, MO_TNDS_XML);
	strcpy(v.format, "chr");
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings", &v), MO_UNSUPPORTED_FORMAT);
	expect_get(w, "./Settings", "node", "");
	/* as base64, which was decoded on the way */
	strcpy(v.format, "bin");
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings", &v), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/a"), MO_OK);
	/* without namespace and with another prefix */
	assert_int_equal(add_tnds(w, "./Settings", "<MgmtTree><VerDTD>1.2</VerDTD>" LEAF("a", "1") TAIL),
			 MO_OK);
	assert_int_equal(add_tnds(w, "./Settings", "<?xml version='1.0'?><!-- c --><d:MgmtTree xmlns:d="
		"'syncml:dmddf1.2'><d:VerDTD>1.2</d:VerDTD><d:Node><d:NodeName> b </d:NodeName><d:Value>1"
		"</d:Value></d:Node></d:MgmtTree>"), MO_OK);
	expect_get(w, "./Settings", "node", "a/b");
}

static void properties_in_documents(void **state)
{
	struct world *w = *state;

	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>n</NodeName><RTProperties><ACL>"
		"Get=*&amp;Get=a&amp;Replace=srv</ACL><Format><node/></Format><Title>A title</Title><Type>"
		"<DDFName/></Type></RTProperties>" LEAF("x", "1") "</Node>" TAIL), MO_OK);
	expect_get(w, "./Settings/n?prop=ACL", "", "Get=*&Replace=srv");
	expect_get(w, "./Settings/n?prop=Title", "", "A title");
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>m</NodeName><RTProperties><ACL>"
		"Fly=*</ACL><Type><DDFName/></Type></RTProperties></Node>" TAIL), MO_BAD_COMMAND);
	/* Add alone: the ACL of an interior node is its creator's, that of a leaf is not */
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Add=*&Get=*"), 0);
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>own</NodeName><RTProperties><ACL>"
		"Get=srv</ACL><Type><DDFName/></Type></RTProperties>" LEAF("x", "1") "</Node>" TAIL), MO_OK);
	expect_get(w, "./Settings/own?prop=ACL", "", "Get=srv");
	assert_int_equal(add_tnds(w, "./Settings", HEAD "<Node><NodeName>leaf</NodeName><RTProperties><ACL>"
		"Get=srv</ACL><Type><MIME/></Type></RTProperties><Value>1</Value></Node>" TAIL),
		MO_PERMISSION_DENIED);
	assert_int_equal(add_tnds(w, "./Settings", HEAD NODE("by", LEAF("x", "1")) TAIL), MO_OK);
	expect_get(w, "./Settings/by?prop=ACL", "", "Add=srv&Delete=srv&Get=*&Replace=srv");
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Get=*"), 0);
	assert_int_equal(add_tnds(w, "./Settings", HEAD LEAF("z", "1") TAIL), MO_PERMISSION_DENIED);
}

/* ------------------------------------------------------------------------ Replace */

static void replace_subtree(void **state)
{
	struct world *w = *state;

	fill(w);
	assert_int_equal(replace_tnds(w, "./Settings/nope", HEAD LEAF("", "x") TAIL), MO_NOT_FOUND);
	assert_int_equal(replace_tnds(w, "./Settings/a", HEAD NODE("a", LEAF("b", "new") LEAF("n", "3"))
				      TAIL), MO_OK);
	expect_get(w, "./Settings/a", "node", "b/n");
	expect_get(w, "./Settings/a/b", "chr", "new");
	assert_string_equal(w->f.leaves, "a/b=new;a/n=3;e=;");
	/* a leaf, by an empty name */
	assert_int_equal(replace_tnds(w, "./Settings/a/b", HEAD LEAF("", "newer") TAIL), MO_OK);
	expect_get(w, "./Settings/a/b", "chr", "newer");
	/* only with the right to it, and all or nothing */
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=*&Add=*"), 0);
	assert_int_equal(replace_tnds(w, "./Settings/a", HEAD NODE("", "") TAIL), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", ""), 0);
	assert_int_equal(replace_tnds(w, "./Settings/a", HEAD NODE("", LEAF("q", "1")
		"<Node><NodeName>i</NodeName>" RT("int") "<Value>x</Value></Node>") TAIL),
		MO_UNSUPPORTED_FORMAT);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/a/i");
	expect_get(w, "./Settings/a", "node", "b/n");
	assert_int_equal(replace_tnds(w, "./Settings", HEAD NODE("", "") TAIL), MO_NOT_ALLOWED);
}

/* What ?list=TNDS gives, Replace takes. */
static void replace_with_what_was_read(void **state)
{
	struct world *w = *state;
	struct mo_value v, again;
	char *xml;
	size_t len;

	fill(w);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Add=*&Get=*&Replace=*"), 0);
	assert_int_equal(mo_tree_get(w->t, SRV, "./Settings/a?list=TNDS-TStamp-VerNo", &v), MO_OK);
	assert_int_equal(mo_tree_replace(w->t, SRV, "./Settings/a", &v), MO_OK);
	assert_int_equal(mo_tree_get(w->t, SRV, "./Settings/a?list=TNDS-TStamp-VerNo", &again), MO_OK);
	assert_string_equal(v.data, again.data);
	mo_value_clear(&again);
	mo_value_clear(&v);
	/* and so for the export of the device */
	assert_int_equal(mo_tree_to_xml(w->t, "./Settings", &xml, &len), 0);
	v = tnds(xml);
	assert_int_equal(mo_tree_replace(w->t, NULL, "./Settings", &v), MO_OK);
	free(xml);
	expect_get(w, "./Settings", "node", "a/e");
	expect_get(w, "./Settings/a", "node", "b/c%20d");
	expect_get(w, "./Settings/a?prop=ACL", "", "Add=*&Get=*&Replace=*");
}

static void replace_keeps_permanent(void **state)
{
	struct world *w = *state;
	struct mo_value v = tnds(HEAD NODE("", LEAF("P", "1") LEAF("d", "2")) TAIL);

	assert_int_equal(mo_tree_define(w->t, "./X/P", "chr", "1", MO_ACCESS_GET), 0);
	assert_int_equal(mo_tree_define(w->t, "./X", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD |
					MO_ACCESS_REPLACE), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./X", MO_ACL_ALL), 0);
	assert_int_equal(add(w, "./X/old", "", "1"), MO_OK);
	assert_int_equal(mo_tree_replace(w->t, SRV, "./X", &v), MO_OK);
	expect_get(w, "./X", "node", "P/d");
	v = tnds(HEAD NODE("", LEAF("P", "2")) TAIL);
	assert_int_equal(mo_tree_replace(w->t, SRV, "./X", &v), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./X/P");
	expect_get(w, "./X", "node", "P/d");
}

/* -------------------------------------------------------------------------- Inbox */

/* The worked example of the standard, to the byte. */
static const char worked_example[] =
	"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>\n"
	"  <Node><NodeName>Card</NodeName>\n"
	"   <RTProperties><ACL>Get=dmsc.example&amp;Replace=dmsc.example&amp;Delete=dmsc.example</ACL>"
	"<Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>\n"
	"   <Node><NodeName>AppID</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain"
	"</MIME></Type></RTProperties><Value>w7</Value></Node>\n"
	"   <Node><NodeName>ServerID</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain"
	"</MIME></Type></RTProperties><Value>dmsc.example</Value></Node>\n"
	"  </Node></MgmtTree>";

static void inbox_worked_example(void **state)
{
	struct world *w = *state;
	struct mo_account acc;

	assert_int_equal(add_tnds(w, "./Inbox", worked_example), MO_OK);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_string_equal(acc.node, "./DMAcc/Card");
	assert_int_equal(get(w, SRV, "./DMAcc/Card"), MO_PERMISSION_DENIED);
	assert_int_equal(get(w, "dmsc.example", "./DMAcc/Card/AppID"), MO_OK);
	assert_int_equal(get(w, SRV, "./Inbox"), MO_NOT_ALLOWED);
	/* a second account of the same server */
	assert_int_equal(add_tnds(w, "./Inbox", worked_example), MO_EXISTS);
	assert_string_equal(mo_tree_failed_uri(w->t), "./DMAcc/Card-2/ServerID");
}

#define NAP(name, inner)	"<Node><NodeName>" name "</NodeName><RTProperties><Format><node/></Format>" \
	"<Type><DDFName>urn:oma:mo:oma-connmo-nap:1.0</DDFName></Type></RTProperties>" inner "</Node>"
#define PROXY(name, inner)	"<Node><NodeName>" name "</NodeName><RTProperties><Format><node/></Format>" \
	"<Type><DDFName>urn:oma:mo:oma-connmo-proxy:1.0</DDFName></Type></RTProperties>" inner "</Node>"

static void inbox_places_and_names(void **state)
{
	struct world *w = *state;

	assert_int_equal(add_tnds(w, "./Inbox", HEAD NAP("Net", LEAF("Addr", "a"))
		PROXY("Px", NODE("ConRefs", NODE("1", LEAF("ConRef", "./Inbox/Net"))) LEAF("Name", "./Inboxes"))
		TAIL), MO_OK);
	expect_get(w, "./NAP/Net/Addr", "chr", "a");
	expect_get(w, "./Proxy/Px/ConRefs/1/ConRef", "chr", "./NAP/Net");
	expect_get(w, "./Proxy/Px/Name", "chr", "./Inboxes");
	/* the name is taken: another one, and the reference follows */
	assert_int_equal(add_tnds(w, "./Inbox", HEAD NAP("Net", LEAF("Addr", "b")
		LEAF("Name", "./Inbox/Net/Addr")) TAIL), MO_OK);
	expect_get(w, "./NAP/Net-2/Name", "chr", "./NAP/Net-2/Addr");
	/* the name from the target */
	assert_int_equal(add_tnds(w, "./Inbox/Named", HEAD NAP("", LEAF("Addr", "c")) TAIL), MO_OK);
	expect_get(w, "./NAP/Named/Addr", "chr", "c");
	assert_int_equal(add_tnds(w, "./Inbox/a/b", HEAD NAP("x", "") TAIL), MO_NOT_ALLOWED);
}

static void inbox_refuses(void **state)
{
	struct world *w = *state;

	assert_int_equal(add_tnds(w, "./Inbox", HEAD NODE("x", LEAF("y", "1")) TAIL),
			 MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add_tnds(w, "./Inbox", HEAD "<Node><NodeName>x</NodeName><RTProperties><Type>"
		"<DDFName>urn:none:1.0</DDFName></Type></RTProperties></Node>" TAIL), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add(w, "./Inbox/x", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(replace_tnds(w, "./Inbox", HEAD NAP("x", "") TAIL), MO_NOT_ALLOWED);
	/* what is described counts here too */
	assert_int_equal(add_tnds(w, "./Inbox", HEAD NAP("x", LEAF("Nope", "1")) TAIL), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./NAP/x/Nope");
	/* and the right to add there */
	assert_int_equal(mo_tree_set_acl(w->t, "./NAP", "Get=*"), 0);
	assert_int_equal(add_tnds(w, "./Inbox", HEAD NAP("x", LEAF("Addr", "1")) TAIL),
			 MO_PERMISSION_DENIED);
	expect_get(w, "./NAP", "node", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define S(name)	cmocka_unit_test_setup_teardown(name, setup_standard, teardown)
		T(list_struct), T(list_struct_data), T(list_without_right), T(list_tnds),
		T(list_tnds_modifiers), T(secrets_stay_inside), S(secrets_stay_inside),
		T(add_subtree), T(add_places), T(add_fails_as_a_whole), T(documents_refused),
		T(properties_in_documents), T(replace_subtree), T(replace_with_what_was_read),
		T(replace_keeps_permanent), S(inbox_worked_example), S(inbox_places_and_names),
		S(inbox_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
