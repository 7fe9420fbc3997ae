// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sessions in either encoding: which one is spoken when, and that a subtree arrives in the tree in
 * every form it may be sent in.
 */
#include "dm-fixture.h"

#include "dm-bytes.h"
#include "dm/base64.h"
#include "dm/node.h"

#define TYPE_XML	"<Type" METINF ">application/vnd.syncml.dmtnds+xml</Type>"
#define TYPE_WBXML	"<Type" METINF ">application/vnd.syncml.dmtnds+wbxml</Type>"
#define FORMAT(f)	"<Format" METINF ">" f "</Format>"
#define TREE		"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>t" \
			"</NodeName><RTProperties><Format><node/></Format></RTProperties><Node>" \
			"<NodeName>v</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain" \
			"</MIME></Type></RTProperties><Value>hello</Value></Node></Node></MgmtTree>"
/* The same on page 2, and as a document */
#define TREE_TAGS	"00 02 60 77 03 '1.2' 00 01 64 66 03 't' 00 01 6F 5C 25 01 01 64 66 03 'v' 00 01 " \
			"6F 5C 0B 01 75 61 03 'text/plain' 00 01 01 01 76 03 'hello' 00 01 01 01 01 "
#define TREE_HEADER	"02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 "

#define STATUS_1	"69 4B 03 '1' 00 01 5C 03 '1' 00 01 4C 03 '0' 00 01 4A 03 'SyncHdr' 00 01 4F 03 " \
			"'200' 00 01 01 "
#define ADD_TREE(type, data) \
	"45 4B 03 '4' 00 01 54 6E 57 03 './NAP/t' 00 01 01 5A 00 01 47 03 'xml' 00 01 53 03 '" type \
	"' 00 01 01 00 00 4F " data " 01 01 01 "

/* A server that need not prove itself, so that its messages can be written down. */
static int setup(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_open(f);
	strcpy(f->acc.server.type, "TRANSPORT");
	*state = f;
	return 0;
}

static void begin(struct fixture *f, const char *encoding)
{
	strcpy(f->acc.encoding, encoding);
	fixture_session(f);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
}

static const char *out_type(struct fixture *f)
{
	dm_session_output(f->s, &f->out_uri, &f->out_type, &f->out, &f->out_len);
	return f->out_type;
}

/* The message that is due, which is WBXML, as XML. */
static const char *out_as_xml(struct fixture *f)
{
	struct dm_node around = { .name = "Data" };
	struct dm_document doc;
	struct dm_message *arena = dm_message_new();
	char why[200], *xml;
	size_t len;

	assert_string_equal(out_type(f), DM_CONTENT_TYPE_WBXML);
	if (!dm_model_holds(DM_ENCODING_WBXML, f->out, f->out_len, why, sizeof(why)))
		fail_msg("%s", why);
	dm_document_init(&doc, arena);
	dm_wbxml_read(&doc, f->out, f->out_len);
	around.first = doc.root;
	assert_int_equal(dm_node_to_xml(arena, &around, &xml, &len), 0);
	assert_true(len < sizeof(f->message));
	strcpy(f->message, xml);
	dm_message_free(arena);
	return f->message;
}

static enum dm_next say_wbxml(struct fixture *f, const char *content_type, const char *text)
{
	struct bytes b = bytes_of(text);
	enum dm_next next = dm_session_input(f->s, content_type, b.p, b.len);

	free(b.p);
	return next;
}

/* ------------------------------------------------------------- which one is spoken */

static void xml_unless_told(void **state)
{
	struct fixture *f = *state;

	begin(f, "");
	assert_string_equal(out_type(f), DM_CONTENT_TYPE_XML);
	assert_int_equal(server_says(f, 1, "", ACCEPT_1 GET("4", "./DevDetail/SwV") "<Final/>"),
			 DM_NEXT_SEND);
	assert_string_equal(out_type(f), DM_CONTENT_TYPE_XML);
	assert_int_equal(status(f, "4"), 200);
}

static void wbxml_by_account(void **state)
{
	struct fixture *f = *state;
	const char *xml;

	begin(f, "wbxml");
	xml = out_as_xml(f);
	assert_non_null(strstr(xml, "<SessionID>2A</SessionID><MsgID>1</MsgID>"));
	assert_non_null(strstr(xml, "<Alert><CmdID>1</CmdID><Data>1200</Data></Alert>"));
	assert_non_null(strstr(xml, "./DevInfo/DevId"));
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, WBXML_HEADER WBXML_BEGIN STATUS_1
				   "53 4B 03 '4' 00 01 54 6E 57 03 './DevDetail/SwV' 00 01 01 01 01 "
				   WBXML_FINISH), DM_NEXT_SEND);
	xml = out_as_xml(f);
	assert_non_null(strstr(xml, "<CmdRef>4</CmdRef><Cmd>Get</Cmd>"));
	assert_non_null(strstr(xml, "<Data>1.4.2</Data>"));
}

/* Whatever we began with, the server's last message decides. */
static void answered_in_the_other(void **state)
{
	struct fixture *f = *state;

	begin(f, "wbxml");
	assert_string_equal(out_type(f), DM_CONTENT_TYPE_WBXML);
	assert_int_equal(server_says(f, 1, "", ACCEPT_1 GET("4", "./DevDetail/SwV") "<Final/>"),
			 DM_NEXT_SEND);
	assert_string_equal(out_type(f), DM_CONTENT_TYPE_XML);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(say_wbxml(f, "application/VND.syncml.dm+WBXML; charset=utf-8", WBXML_HEADER
		"6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '2A' 00 01 5B 03 '2' 00 01 6E 57 03 'd' "
		"00 01 01 67 57 03 's' 00 01 01 01 6B "
		"69 4B 03 '1' 00 01 5C 03 '2' 00 01 4C 03 '0' 00 01 4A 03 'SyncHdr' 00 01 4F 03 '200' 00 01 01 "
		"53 4B 03 '5' 00 01 54 6E 57 03 './NAP' 00 01 01 01 01 " WBXML_FINISH), DM_NEXT_SEND);
	assert_non_null(strstr(out_as_xml(f), "<CmdRef>5</CmdRef><Cmd>Get</Cmd>"));
}

static void not_a_type_of_ours(void **state)
{
	struct fixture *f = *state;

	begin(f, "");
	assert_int_equal(dm_session_input(f->s, "text/html", "<html/>", 7), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_MALFORMED);
	assert_non_null(strstr(dm_session_reason(f->s), "text/html"));
}

static void position_in_bytes(void **state)
{
	struct fixture *f = *state;

	begin(f, "wbxml");
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, WBXML_HEADER "6D 6C 71 03 31 2E 32"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_MALFORMED);
	assert_non_null(strstr(dm_session_reason(f->s), "byte 8: a string without an end"));
}

/* An element that no table has costs its command, not the message. */
static void unknown_token_is_400(void **state)
{
	struct fixture *f = *state;
	const char *xml;

	begin(f, "wbxml");
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, WBXML_HEADER WBXML_BEGIN STATUS_1
		"45 4B 03 '4' 00 01 7F 01 54 6E 57 03 './NAP/a' 00 01 01 4F 03 'x' 00 01 01 01 "
		"45 4B 03 '5' 00 01 54 6E 57 03 './NAP/b' 00 01 01 4F 03 'x' 00 01 01 01 " WBXML_FINISH),
		DM_NEXT_SEND);
	xml = out_as_xml(f);
	assert_non_null(strstr(xml, "<CmdRef>4</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/a</TargetRef><Data>400<"));
	assert_non_null(strstr(xml, "<CmdRef>5</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/b</TargetRef><Data>200<"));
	assert_string_equal(leaf(f, "./NAP"), "b");
}

/* Bytes: OPAQUE and bin one way, base64 and b64 the other; the node is the same. */
static void bytes_both_ways(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };
	const uint8_t *found;

	begin(f, "wbxml");
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, WBXML_HEADER WBXML_BEGIN STATUS_1
		"45 4B 03 '4' 00 01 54 6E 57 03 './NAP/a' 00 01 01 5A 00 01 47 03 'bin' 00 01 01 00 00 "
		"4F C3 03 00 FF 0A 01 01 01 53 4B 03 '5' 00 01 54 6E 57 03 './NAP/a' 00 01 01 01 01 "
		WBXML_FINISH), DM_NEXT_SEND);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/a", &v), MO_OK);
	assert_int_equal(v.len, 3);
	assert_memory_equal(v.data, "\0\xff\n", 3);
	assert_string_equal(v.format, "bin");
	mo_value_clear(&v);
	assert_string_equal(out_type(f), DM_CONTENT_TYPE_WBXML);
	found = memmem(f->out, f->out_len, "\x4f\xc3\x03\0\xff\n\x01", 7);
	assert_non_null(found);
	assert_non_null(memmem(f->out, f->out_len, "\x47\x03" "bin\0", 6));
}

/* ------------------------------------------------------------------------ subtrees */

static void arrived(struct fixture *f)
{
	assert_string_equal(leaf(f, "./NAP/t/v"), "hello");
	assert_string_equal(leaf(f, "./NAP/t"), "v");
}

static void tree_in_wbxml(struct fixture *f, const char *add)
{
	char text[3000];

	begin(f, "wbxml");
	snprintf(text, sizeof(text), WBXML_HEADER WBXML_BEGIN STATUS_1 "%s" WBXML_FINISH, add);
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, text), DM_NEXT_SEND);
	assert_non_null(strstr(out_as_xml(f), "<CmdRef>4</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/t</TargetRef>"
					      "<Data>200</Data>"));
	arrived(f);
}

static void tree_embedded(void **state)
{
	tree_in_wbxml(*state, ADD_TREE("application/vnd.syncml.dmtnds+wbxml", "C3 5C " TREE_HEADER TREE_TAGS));
}

static void tree_inline(void **state)
{
	tree_in_wbxml(*state, ADD_TREE("application/vnd.syncml.dmtnds+xml", TREE_TAGS "00 00"));
}

static void tree_text(void **state)
{
	tree_in_wbxml(*state, ADD_TREE("application/vnd.syncml.dmtnds+xml", "03 '" TREE "' 00"));
}

static void tree_in_xml(struct fixture *f, const char *meta, const char *data)
{
	char body[4000];

	begin(f, "");
	snprintf(body, sizeof(body), ACCEPT_1 "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/t</LocURI>"
		 "</Target><Meta>%s</Meta><Data>%s</Data></Item></Add><Final/>", meta, data);
	assert_int_equal(server_says(f, 1, "", body), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	arrived(f);
}

static void tree_markup(void **state)
{
	tree_in_xml(*state, FORMAT("xml") TYPE_XML, TREE);
}

static void tree_cdata(void **state)
{
	tree_in_xml(*state, FORMAT("xml") TYPE_XML, "<![CDATA[" TREE "]]>");
}

static char *base64(const void *data, size_t len)
{
	char *text = malloc(DM_B64_LEN(len) + 1);

	dm_b64_encode(data, len, text);
	return text;
}

static void tree_base64(void **state)
{
	char *text = base64(TREE, strlen(TREE));

	tree_in_xml(*state, FORMAT("b64") TYPE_XML, text);
	free(text);
}

static void tree_base64_of_wbxml(void **state)
{
	struct bytes b = bytes_of(TREE_HEADER TREE_TAGS);
	char *text = base64(b.p, b.len);

	tree_in_xml(*state, FORMAT("b64") TYPE_WBXML, text);
	free(text);
	free(b.p);
}

/* No chunk of it means anything alone, though each can be decoded. */
static void tree_in_chunks(void **state)
{
	struct fixture *f = *state;
	struct bytes b = bytes_of(TREE_HEADER TREE_TAGS);
	char *text = base64(b.p, b.len), body[2000];
	int len = (int)strlen(text), cut = 80;

	begin(f, "");
	snprintf(body, sizeof(body), ACCEPT_1 "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/t</LocURI>"
		 "</Target><Meta>" FORMAT("b64") TYPE_WBXML "<Size" METINF ">%d</Size></Meta><Data>%.*s</Data>"
		 "<MoreData/></Item></Add>", len, cut, text);
	assert_int_equal(server_says(f, 1, "", body), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 213);
	snprintf(body, sizeof(body), "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/t</LocURI></Target>"
		 "<Meta>" FORMAT("b64") TYPE_WBXML "</Meta><Data>%s</Data></Item></Add><Final/>", text + cut);
	assert_int_equal(server_says(f, 2, "", body), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	arrived(f);
	free(text);
	free(b.p);
}

static void no_tree(void **state)
{
	struct fixture *f = *state;

	begin(f, "wbxml");
	assert_int_equal(say_wbxml(f, DM_CONTENT_TYPE_WBXML, WBXML_HEADER WBXML_BEGIN STATUS_1
		ADD_TREE("application/vnd.syncml.dmtnds+wbxml", "C3 05 02 00 00 6A 1B") WBXML_FINISH),
		DM_NEXT_SEND);
	assert_null(strstr(out_as_xml(f), "<Cmd>Add</Cmd><TargetRef>./NAP/t</TargetRef><Data>200</Data>"));
	assert_string_equal(leaf(f, "./NAP"), "");
}

#define S(name)	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		S(xml_unless_told),
		S(wbxml_by_account),
		S(answered_in_the_other),
		S(not_a_type_of_ours),
		S(position_in_bytes),
		S(unknown_token_is_400),
		S(bytes_both_ways),
		S(tree_embedded),
		S(tree_inline),
		S(tree_text),
		S(tree_markup),
		S(tree_cdata),
		S(tree_base64),
		S(tree_base64_of_wbxml),
		S(tree_in_chunks),
		S(no_tree),
	};

	return cmocka_run_group_tests_name("dm_encodings", tests, NULL, NULL);
}
