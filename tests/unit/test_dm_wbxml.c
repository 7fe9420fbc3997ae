// SPDX-License-Identifier: BSD-3-Clause
/*
 * WBXML read (spec/oma-dm.md section 7): the prolog in all its forms, strings, pages, what is
 * skipped, subtrees in Data, and documents that are none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dm-bytes.h"
#include "dm/node.h"
#include "dm/syncml.h"

#define ADD_BEGIN	"45 4B 03 '2' 00 01 54 6E 57 03 './N/a' 00 01 01 "
#define META_XML	"5A 00 01 47 03 'xml' 00 01 53 03 'application/vnd.syncml.dmtnds+xml' 00 01 01 00 00 "
#define META_WBXML	"5A 00 01 47 03 'xml' 00 01 53 03 'application/vnd.syncml.dmtnds+wbxml' 00 01 01 00 00 "
#define ADD_END		"01 01 "
#define ADD_DATA(data)	ADD_BEGIN "4F " data " 01 " ADD_END

/* The subtree of 7.6 and what it means */
#define TREE_HEADER	"02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 "
#define TREE_TAGS	"00 02 60 77 03 '1.2' 00 01 64 66 03 'A' 00 01 6F 5C 0B 01 75 61 03 " \
			"'text/plain' 00 01 01 01 76 03 'v' 00 01 01 01 "
#define TREE_XML	"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node>" \
			"<NodeName>A</NodeName><RTProperties><Format><chr/></Format><Type>" \
			"<MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node>" \
			"</MgmtTree>"

static char why[160];

static struct dm_message *read_wbxml(const char *text)
{
	struct bytes b = bytes_of(text);
	struct dm_message *msg = NULL;
	int ret;

	why[0] = '\0';
	ret = dm_syncml_parse(DM_ENCODING_WBXML, b.p, b.len, &msg, why, sizeof(why));
	free(b.p);
	assert_true(ret == 0 || ret == -EBADMSG);
	assert_true(!ret == !!msg);
	return msg;
}

static void refused(const char *text, const char *reason)
{
	struct dm_message *msg = read_wbxml(text);

	if (msg)
		fail_msg("taken: %s", text);
	if (!strstr(why, reason))
		fail_msg("\"%s\" does not hold \"%s\"", why, reason);
}

/* A message with an Add of this content; the Add. */
static struct dm_cmd *add(struct dm_message **msg, const char *prolog, const char *data)
{
	char text[4000];

	snprintf(text, sizeof(text), "%s" WBXML_BEGIN ADD_BEGIN "%s " ADD_END WBXML_FINISH, prolog,
		 data);
	*msg = read_wbxml(text);
	if (!*msg)
		fail_msg("%s", why);
	assert_true((*msg)->final);
	assert_non_null((*msg)->cmds);
	assert_string_equal((*msg)->cmds->name, "Add");
	assert_string_equal((*msg)->cmds->items->target, "./N/a");
	return (*msg)->cmds;
}

static void data_is(const char *prolog, const char *data, const char *wanted, size_t len)
{
	struct dm_message *msg;
	struct dm_cmd *cmd = add(&msg, prolog, data);

	assert_null(cmd->defect);
	assert_non_null(cmd->items->data);
	assert_int_equal(cmd->items->data_len, len);
	assert_memory_equal(cmd->items->data, wanted, len);
	dm_message_free(msg);
}

static void defect_is(const char *content, const char *wanted)
{
	struct dm_message *msg;
	struct dm_cmd *cmd = add(&msg, WBXML_HEADER, content);

	assert_non_null(cmd->defect);
	assert_string_equal(cmd->defect, wanted);
	dm_message_free(msg);
}

/* ------------------------------------------------------------------------- prolog */

static void versions(void **state)
{
	data_is("01 A4 01 6A 00 ", "4F 03 'x' 00 01", "x", 1);
	data_is("02 A4 01 6A 00 ", "4F 03 'x' 00 01", "x", 1);
	data_is("03 A4 01 6A 00 ", "4F 03 'x' 00 01", "x", 1);
	refused("00 A4 01 6A 00 " WBXML_BEGIN WBXML_FINISH, "no WBXML");
	refused("04 A4 01 6A 00 " WBXML_BEGIN WBXML_FINISH, "no WBXML");
	refused("", "cut off");
}

static void public_identifiers(void **state)
{
	data_is("02 A4 01 6A 00 ", "4F 03 'x' 00 01", "x", 1);
	data_is("02 01 6A 00 ", "4F 03 'x' 00 01", "x", 1);
	data_is("02 00 00 6A 1E '-//SYNCML//DTD SyncML 1.2//EN' 00 ", "4F 03 'x' 00 01", "x", 1);
	refused("02 00 05 6A 05 'abcd' 00 " WBXML_BEGIN WBXML_FINISH, "public identifier");
	refused("02 00 00 6A 00 " WBXML_BEGIN WBXML_FINISH, "public identifier");
}

static void charsets(void **state)
{
	data_is("02 A4 01 6A 00 ", "4F 03 C3 A4 00 01", "\xc3\xa4", 2);
	data_is("02 A4 01 03 00 ", "4F 03 'x' 00 01", "x", 1);
	data_is("02 A4 01 00 00 ", "4F 03 'x' 00 01", "x", 1);
	refused("02 A4 01 04 00 " WBXML_BEGIN WBXML_FINISH, "charset");
	refused("02 A4 01 87 E8 00 " WBXML_BEGIN WBXML_FINISH, "charset");	/* UTF-16 */
	refused("02 A4 01 03 00 " WBXML_BEGIN ADD_DATA("03 C3 A4 00") WBXML_FINISH, "US-ASCII");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("03 C3 00") WBXML_FINISH, "UTF-8");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("03 E4 ' ' 00") WBXML_FINISH, "UTF-8");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("03 01 00") WBXML_FINISH, "control");
}

static void string_table(void **state)
{
#define TABLE "02 A4 01 6A 08 'abc' 00 'wxyz' "
	data_is(TABLE, "4F 83 00 01", "abc", 3);
	data_is(TABLE, "4F 83 01 01", "bc", 2);
	data_is(TABLE, "4F 83 04 01", "wxyz", 4);	/* the table ends it */
	data_is(TABLE, "4F 83 03 01", "", 0);
	/* one string for several: what is done to one does not show in the other */
	data_is("02 A4 01 6A 06 ' x ' 00 'y' 00 ", "4F 83 00 83 00 83 04 01", " x  x y", 7);
	refused(TABLE WBXML_BEGIN ADD_DATA("83 08") WBXML_FINISH, "not in the string table");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("83 00") WBXML_FINISH, "not in the string table");
	refused("02 A4 01 6A 90 00 'abc' ", "string table beyond the end");
	refused(TABLE WBXML_BEGIN ADD_DATA("83 90 80 80 80 80 00") WBXML_FINISH, "32 bits");
	refused(TABLE WBXML_BEGIN ADD_DATA("83 9F FF FF FF 7F") WBXML_FINISH, "32 bits");
}

/* --------------------------------------------------------------------------- text */

static void text_in_parts(void **state)
{
	data_is("02 A4 01 6A 04 'tab' 00 ", "4F 03 'in' 00 83 00 C3 02 'op' 02 21 03 'x' 00 01",
		"intabop!x", 9);
	data_is(WBXML_HEADER, "4F C3 00 01", "", 0);
	data_is(WBXML_HEADER, "4F 03 00 01", "", 0);
	data_is(WBXML_HEADER, "4F 01", "", 0);
	data_is(WBXML_HEADER, "0F", "", 0);
}

static void entities(void **state)
{
	/* & U+00E4 U+20AC U+1F600 */
	data_is(WBXML_HEADER, "4F 02 26 02 81 64 02 C1 2C 02 87 EC 00 01",
		"&\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10);
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("02 00") WBXML_FINISH, "entity");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("02 83 B0 00") WBXML_FINISH, "entity"); /* D800 */
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("02 C4 80 00") WBXML_FINISH, "entity"); /* 110000 */
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("02 8F FF FF FF 7F") WBXML_FINISH, "entity");
}

static void binary(void **state)
{
	data_is(WBXML_HEADER, "5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 05 00 01 FF 0A 80 01",
		"\0\x01\xff\n\x80", 5);
	/* white space of bytes is not layout */
	data_is(WBXML_HEADER, "4F C3 05 0A 'x' 0A 'y' 0A 01", "\nx\ny\n", 5);
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("C3 90 00 'abc'") WBXML_FINISH, "opaque data");
	refused(WBXML_HEADER WBXML_BEGIN ADD_DATA("C3 8F FF FF FF 7F") WBXML_FINISH, "opaque data");
	/* text of other elements is text, even if it comes as bytes */
	defect_is("4F 03 'x' 00 01 01 54 67 57 C3 03 'a' 00 'b' 01 01", "text with a NUL");
}

/* -------------------------------------------------------------------- tags and pages */

static void pages(void **state)
{
	struct dm_message *msg;
	struct dm_cmd *cmd = add(&msg, WBXML_HEADER,
		"5A 00 01 47 03 'chr' 00 01 53 03 't/p' 00 01 00 01 52 03 '9' 00 01 01 00 00 0F");

	/* the page stays switched until it is switched back; twice to the same is no harm */
	assert_null(cmd->defect);
	assert_string_equal(cmd->items->meta.format, "chr");
	assert_string_equal(cmd->items->meta.type, "t/p");
	assert_string_equal(cmd->items->meta.size, "9");
	dm_message_free(msg);
	/* without switching back 0F is no Data, but MetInf's Next */
	defect_is("5A 00 01 47 03 'chr' 00 01 01 0F 00 00", "unknown element inside a known one");
	/* each document begins on page 0 */
	cmd = add(&msg, WBXML_HEADER, "0F");
	assert_null(cmd->defect);
	dm_message_free(msg);
}

static void unknown_tags(void **state)
{
	struct dm_message *msg;

	/* page 0 has no 3F, there is no page 7 */
	defect_is("0F 7F 03 'x' 00 01", "unknown element inside a known one");
	defect_is("0F 00 07 45 46 03 'x' 00 01 01 00 00", "unknown element inside a known one");
	/* as a command of its own it gets an answer of its own */
	msg = read_wbxml(WBXML_HEADER WBXML_BEGIN "7F 4B 03 '7' 00 01 01 " ADD_DATA("03 'x' 00")
			 WBXML_FINISH);
	assert_non_null(msg);
	assert_int_equal(msg->cmds->type, DM_CMD_UNKNOWN);
	assert_string_equal(msg->cmds->name, "token-003F");
	assert_string_equal(msg->cmds->cmd_id, "7");
	assert_null(msg->cmds->next->defect);
	dm_message_free(msg);
}

static void literal_tags(void **state)
{
	struct dm_message *msg = read_wbxml("02 A4 01 6A 09 'Get' 00 'Wipe' 00 " WBXML_BEGIN
		"44 00 4B 03 '5' 00 01 54 6E 57 03 './N' 00 01 01 01 01 "
		"C4 04 05 03 'v' 00 01 4B 03 '6' 00 01 01 04 04 84 04 05 01 " WBXML_FINISH);

	assert_non_null(msg);
	assert_int_equal(msg->cmds->type, DM_CMD_GET);
	assert_string_equal(msg->cmds->items->target, "./N");
	assert_string_equal(msg->cmds->next->name, "Wipe");
	assert_string_equal(msg->cmds->next->cmd_id, "6");
	assert_non_null(msg->cmds->next->next->next);
	dm_message_free(msg);
	refused("02 A4 01 6A 04 'a b' 00 " WBXML_BEGIN "44 00 01 " WBXML_FINISH, "literal");
	refused("02 A4 01 6A 02 '1' 00 " WBXML_BEGIN "44 00 01 " WBXML_FINISH, "literal");
	refused(WBXML_HEADER WBXML_BEGIN "44 00 01 " WBXML_FINISH, "not in the string table");
}

/* Attributes of every kind, extension tokens and instructions: nothing of them is seen. */
static void skipped(void **state)
{
	data_is("02 A4 01 6A 04 'abc' 00 ",
		"CF 05 03 'v' 00 83 00 02 41 C3 02 FF 01 00 03 40 'e' 00 80 05 C0 04 00 85 06 01 "
		"40 'ext' 00 80 07 C1 03 'x' 00 43 05 03 'pi' 00 01 82 00 42 00 C2 01", "x", 1);
	data_is(WBXML_HEADER, "8F 05 01", "", 0);
	refused(WBXML_HEADER WBXML_BEGIN "C5 05 03 'never'", "without an end");
	refused(WBXML_HEADER WBXML_BEGIN "C5 05 C3 90 00", "opaque data");
	refused(WBXML_HEADER WBXML_BEGIN "C5 05", "cut off");
}

/* ------------------------------------------------------------------------ subtrees */

/* The value of an Item as the engine hands it to the tree. */
static struct mo_value value_of(const struct dm_item *item)
{
	struct mo_value v = { .data = malloc(item->data_len + 1), .len = item->data_len };

	memcpy(v.data, item->data, item->data_len + 1);
	snprintf(v.format, sizeof(v.format), "%s", item->meta.format ? item->meta.format : "");
	snprintf(v.type, sizeof(v.type), "%s", item->meta.type);
	return v;
}

static void subtree_is(const char *content, const char *wanted)
{
	struct dm_message *msg;
	struct dm_cmd *cmd = add(&msg, WBXML_HEADER, content);
	struct mo_value v = value_of(cmd->items);

	assert_null(cmd->defect);
	assert_true(dm_tnds_is_type(v.type));
	assert_int_equal(dm_tnds_to_xml(&v), 0);
	assert_string_equal(v.data, wanted);
	assert_int_equal(v.len, strlen(wanted));
	assert_string_equal(v.type, DM_TNDS_XML);
	assert_string_equal(v.format, "xml");
	mo_value_clear(&v);
	dm_message_free(msg);
}

static void tnds_embedded_document(void **state)
{
	subtree_is(META_WBXML "4F C3 4C " TREE_HEADER TREE_TAGS "01", TREE_XML);
	/* the page of the message is not that of the document in it, nor the other way round */
	subtree_is("5A 00 01 53 03 'application/vnd.syncml.dmtnds+wbxml' 00 01 00 00 01 "
		   "4F C3 4C " TREE_HEADER TREE_TAGS "01", TREE_XML);
	/* whatever the type says */
	subtree_is(META_XML "4F C3 4C " TREE_HEADER TREE_TAGS "01", TREE_XML);
}

static void tnds_inline(void **state)
{
	subtree_is(META_XML "4F " TREE_TAGS "00 00 01", TREE_XML);
	/* laid out by somebody */
	subtree_is(META_XML "4F 03 0A 00 " TREE_TAGS "00 00 03 0A 00 01", TREE_XML);
}

static void tnds_text(void **state)
{
	subtree_is(META_XML "4F 03 '<MgmtTree/>' 00 01", "<MgmtTree/>");
	subtree_is(META_XML "4F C3 0B '<MgmtTree/>' 01", "<MgmtTree/>");
	/* the type that libwbxml gives to everything */
	subtree_is(META_WBXML "4F C3 0B '<MgmtTree/>' 01", "<MgmtTree/>");
}

/* Bytes of a value become base64, as XML needs them; text that came as bytes stays text. */
static void tnds_values(void **state)
{
	subtree_is(META_XML "4F 00 02 60 64 66 03 'A' 00 01 6F 5C 09 01 01 76 C3 03 00 FF 'x' 01 01 01 00 00 01",
		   "<MgmtTree xmlns=\"syncml:dmddf1.2\"><Node><NodeName>A</NodeName><RTProperties>"
		   "<Format><bin/></Format></RTProperties><Value>AP94</Value></Node></MgmtTree>");
	subtree_is(META_XML "4F 00 02 60 64 6F 5C 0B 01 01 76 C3 03 'a<b' 01 01 01 00 00 01",
		   "<MgmtTree xmlns=\"syncml:dmddf1.2\"><Node><RTProperties><Format><chr/></Format>"
		   "</RTProperties><Value>a&lt;b</Value></Node></MgmtTree>");
}

static struct mo_value value(const char *format, const void *data, size_t len)
{
	struct mo_value v = { .data = malloc(len + 1), .len = len };

	memcpy(v.data, data, len);
	v.data[len] = '\0';
	strcpy(v.format, format);
	strcpy(v.type, DM_TNDS_WBXML);
	return v;
}

static void becomes(const char *format, const void *data, size_t len, const char *wanted)
{
	struct mo_value v = value(format, data, len);

	assert_int_equal(dm_tnds_to_xml(&v), 0);
	assert_string_equal(v.data, wanted);
	mo_value_clear(&v);
}

/* What is no subtree stays as it is, for the tree to refuse. */
static void stays(const char *format, const void *data, size_t len)
{
	struct mo_value v = value(format, data, len);

	assert_int_equal(dm_tnds_to_xml(&v), -EBADMSG);
	assert_int_equal(v.len, len);
	assert_memory_equal(v.data, data, len);
	assert_string_equal(v.format, format);
	assert_string_equal(v.type, DM_TNDS_WBXML);
	mo_value_clear(&v);
}

static void tnds_as_value(void **state)
{
	struct bytes tree = bytes_of(TREE_HEADER TREE_TAGS);
	struct bytes message = bytes_of("02 A4 01 6A 00 2D");

	becomes("bin", tree.p, tree.len, TREE_XML);
	becomes("b64", "PE1nbXRUcmVlLz4=", 16, "<MgmtTree/>");
	becomes("chr", "<MgmtTree/>", 11, "<MgmtTree/>");
	stays("bin", tree.p, tree.len - 1);
	stays("bin", message.p, message.len);
	stays("b64", "?", 1);
	stays("b64", "/w==", 4);
	stays("xml", "\xff", 1);
	free(tree.p);
	free(message.p);
	assert_true(dm_tnds_is_type("application/vnd.syncml.dmtnds+xml"));
	assert_true(dm_tnds_is_type("Application/vnd.SyncML.dmtnds+WBXML"));
	assert_false(dm_tnds_is_type("application/vnd.syncml.dmtnds"));
	assert_false(dm_tnds_is_type("application/vnd.syncml.dmtnds+xmlx"));
	assert_false(dm_tnds_is_type("text/plain"));
}

/* ---------------------------------------------------------------------- no documents */

static void frames(void **state)
{
	refused(WBXML_HEADER, "cut off");
	refused(WBXML_HEADER "6D", "cut off");
	refused(WBXML_HEADER "2D", "does not start with SyncHdr");
	refused(WBXML_HEADER "45 01", "root element is not SyncML");
	refused(WBXML_HEADER "01 01 01 03 'x' 00", "cut off");
	refused(WBXML_HEADER WBXML_BEGIN WBXML_FINISH " 00", "after the root");
	refused(WBXML_HEADER WBXML_BEGIN WBXML_FINISH " 2D", "after the root");
	refused(WBXML_HEADER "6D 6C 65 03 '2A' 00 01 01 2B 01", "SyncHdr without");
	refused(WBXML_HEADER "6D 6C 65 03 '2A' 00 01 65 03 '2B' 00 01 01 2B 01", "there twice");
	refused(WBXML_HEADER "6D 6C 65 7F 01 01 01 2B 01", "element where text");
}

static void end_instruction_is_fine(void **state)
{
	struct dm_message *msg = read_wbxml(WBXML_HEADER WBXML_BEGIN WBXML_FINISH " 43 05 01");

	assert_non_null(msg);
	dm_message_free(msg);
}

static void nested(unsigned int levels, const char *reason)
{
	char text[3000] = WBXML_HEADER WBXML_BEGIN;
	unsigned int i;

	for (i = 0; i < levels; i++)
		strcat(text, "64 ");
	for (i = 0; i < levels; i++)
		strcat(text, "01 ");
	strcat(text, WBXML_FINISH);
	if (reason) {
		refused(text, reason);
	} else {
		struct dm_message *msg = read_wbxml(text);

		assert_non_null(msg);
		dm_message_free(msg);
	}
}

static void depth(void **state)
{
	nested(30, NULL);
	nested(31, "nested too deep");
	nested(400, "nested too deep");
}

/* Little that claims to be much: elements of a byte each, one string a thousand times. */
static void bombs(void **state)
{
	size_t n = DM_DOCUMENT_NODES + 100, table = 60000, i;
	struct bytes head = bytes_of(WBXML_HEADER WBXML_BEGIN), body = bytes_of(WBXML_BEGIN);
	struct dm_message *msg = NULL;
	uint8_t *p = calloc(1, head.len + n + table + 400);
	size_t len;

	memcpy(p, head.p, head.len);
	memset(p + head.len, 0x12, n);
	len = head.len + n;
	p[len++] = 0x01;
	p[len++] = 0x01;
	assert_int_equal(dm_syncml_parse(DM_ENCODING_WBXML, p, len, &msg, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(why, "too many elements"));

	memcpy(p, "\x02\xa4\x01\x6a\x83\xd4\x60", 7);	/* a table of 60000 */
	len = 7;
	memset(p + len, 'x', table);
	len += table;
	memcpy(p + len, body.p, body.len);
	len += body.len;
	for (i = 0; i < 100; i++) {
		p[len++] = 0x83;
		p[len++] = 0;
	}
	p[len++] = 0x01;
	p[len++] = 0x01;
	assert_int_equal(dm_syncml_parse(DM_ENCODING_WBXML, p, len, &msg, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(why, "too much text"));
	free(p);
	free(head.p);
	free(body.p);
}

/* Cut at every byte and changed at every byte: an answer each time. */
static void cut_and_changed(void **state)
{
	struct bytes b = bytes_of("02 A4 01 6A 04 'abc' 00 " WBXML_BEGIN
				  ADD_DATA("83 00 02 41 C3 02 'op' 03 'x' 00") ADD_BEGIN META_WBXML
				  "4F C3 4C " TREE_HEADER TREE_TAGS "01 " ADD_END
				  "44 00 4B 03 '5' 00 01 01 " WBXML_FINISH);
	struct dm_message *msg;
	size_t i, value;

	for (i = 0; i < b.len; i++) {
		uint8_t *copy = malloc(i ? i : 1);

		memcpy(copy, b.p, i);
		assert_int_equal(dm_syncml_parse(DM_ENCODING_WBXML, copy, i, &msg, why, sizeof(why)),
				 -EBADMSG);
		free(copy);
	}
	for (i = 0; i < b.len; i++) {
		uint8_t kept = b.p[i];

		for (value = 0; value < 256; value++) {
			b.p[i] = (uint8_t)value;
			msg = NULL;
			if (!dm_syncml_parse(DM_ENCODING_WBXML, b.p, b.len, &msg, why, sizeof(why)))
				dm_message_free(msg);
		}
		b.p[i] = kept;
	}
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(public_identifiers),
		cmocka_unit_test(charsets),
		cmocka_unit_test(string_table),
		cmocka_unit_test(text_in_parts),
		cmocka_unit_test(entities),
		cmocka_unit_test(binary),
		cmocka_unit_test(pages),
		cmocka_unit_test(unknown_tags),
		cmocka_unit_test(literal_tags),
		cmocka_unit_test(skipped),
		cmocka_unit_test(tnds_embedded_document),
		cmocka_unit_test(tnds_inline),
		cmocka_unit_test(tnds_text),
		cmocka_unit_test(tnds_values),
		cmocka_unit_test(tnds_as_value),
		cmocka_unit_test(frames),
		cmocka_unit_test(end_instruction_is_fine),
		cmocka_unit_test(depth),
		cmocka_unit_test(bombs),
		cmocka_unit_test(cut_and_changed),
	};

	return cmocka_run_group_tests_name("dm_wbxml", tests, NULL, NULL);
}
