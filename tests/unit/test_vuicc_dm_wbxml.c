// SPDX-License-Identifier: BSD-3-Clause
/* The card's WBXML against published bytes, there and back, and against damage. */
#include "vuicc-dm-client.h"
#include "dm-bytes.h"

#include "vectors/dm-wbxml.h"
#include "vuicc/dm-wbxml.h"

/* The document in the message of spec/oma-dm.md 7.7. */
#define EXAMPLE_XML \
	"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>" \
	"<SessionID>1A</SessionID><MsgID>1</MsgID><Target><LocURI>http://s/dm</LocURI></Target>" \
	"<Source><LocURI>IMEI:1</LocURI></Source><Meta><MaxMsgSize" MI ">4096</MaxMsgSize></Meta>" \
	"</SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>"

#define TREE	"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName>" \
		"<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>" \
		"<Value>v</Value></Node></MgmtTree>"
#define ITEM(meta, data) \
	"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><Add><Item><Meta>" meta "</Meta><Data>" data "</Data></Item>" \
	"</Add></SyncML>"
#define TYPE(t)	"<Type" MI ">" t "</Type>"

/* Sets b to the encoded text. */
static void encode(const char *xml, enum vdm_text style, struct vdm_buf *b)
{
	char why[128] = "";
	xmlDoc *doc = vdm_xml_parse(xml, strlen(xml), why, sizeof(why));

	assert_string_equal(why, "");
	memset(b, 0, sizeof(*b));
	assert_int_equal(vdm_wbxml_encode(doc, style, b), 0);
	xmlFreeDoc(doc);
}

/* The document as text without its first line, or NULL with a reason. */
static char *decode(const void *bytes, size_t len, char why[128])
{
	xmlChar *text = NULL;
	xmlDoc *doc;
	int n;
	char *ret;

	why[0] = '\0';
	if (vdm_wbxml_decode(bytes, len, &doc, why, 128))
		return NULL;
	xmlDocDumpMemory(doc, &text, &n);
	ret = strdup(strchr((char *)text, '\n') + 1);
	ret[strcspn(ret, "\n")] = '\0';
	xmlFree(text);
	xmlFreeDoc(doc);
	return ret;
}

/* The same of bytes written as tests write them. */
static char *decode_text(const char *bytes, char why[128])
{
	struct bytes b = bytes_of(bytes);
	char *ret = decode(b.p, b.len, why);

	free(b.p);
	return ret;
}

static void worked_example(void **state)
{
	char why[128], *text = decode(dm_wbxml_example, sizeof(dm_wbxml_example), why);
	struct vdm_buf b;

	assert_string_equal(why, "");
	assert_string_equal(text, EXAMPLE_XML);
	free(text);
	encode(EXAMPLE_XML, VDM_TEXT_INLINE, &b);
	assert_int_equal(b.len, sizeof(dm_wbxml_example));
	assert_memory_equal(b.p, dm_wbxml_example, sizeof(dm_wbxml_example));
	vdm_buf_clear(&b);
}

/* Strings in a table or in opaques are other bytes for the same document. */
static void all_text_styles(void **state)
{
	enum vdm_text style;

	for (style = VDM_TEXT_INLINE; style <= VDM_TEXT_OPAQUE; style++) {
		struct vdm_buf b;
		char why[128], *text;

		encode(EXAMPLE_XML, style, &b);
		if (style != VDM_TEXT_INLINE)
			assert_null(memmem(b.p, b.len, "\x03http", 5));
		text = decode(b.p, b.len, why);
		assert_string_equal(why, "");
		assert_string_equal(text, EXAMPLE_XML);
		free(text);
		vdm_buf_clear(&b);
	}
}

static void assert_bytes(const char *xml, const char *bytes)
{
	struct bytes want = bytes_of(bytes);
	struct vdm_buf b;

	encode(xml, VDM_TEXT_INLINE, &b);
	if (!memmem(b.p, b.len, want.p, want.len)) {
		size_t i;

		for (i = 0; i < b.len; i++)
			fprintf(stderr, "%02X ", (uint8_t)b.p[i]);
		fail_msg("\n%s: no %s", xml, bytes);
	}
	free(want.p);
	vdm_buf_clear(&b);
}

/* spec/oma-dm.md 7.6: three forms of a subtree, chosen by how the file has it. */
static void subtrees(void **state)
{
	assert_bytes(ITEM(TYPE("application/vnd.syncml.dmtnds+wbxml"), TREE),
		     "00 00 4F C3 4C 02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' "
		     "00 01 64 66 03 'A' 00 01 6F 5C 0B 01 75 61 03 'text/plain' 00 01 01 01 "
		     "76 03 'v' 00 01 01 01 01");
	assert_bytes(ITEM(TYPE("application/vnd.syncml.dmtnds+xml"), TREE),
		     "00 00 4F 00 02 60 77 03 '1.2' 00 01 64 66 03 'A' 00 01 6F 5C 0B 01 75 61 03 "
		     "'text/plain' 00 01 01 01 76 03 'v' 00 01 01 01 01 01 01");
	assert_bytes(ITEM(TYPE("application/vnd.syncml.dmtnds+xml"), "&lt;MgmtTree/>"),
		     "00 00 4F 03 '<MgmtTree/>' 00 01");
}

static void binary(void **state)
{
	struct vdm_buf b;
	char why[128], *text;

	assert_bytes(ITEM("<Format" MI ">bin</Format>", "AAH/"), "4F C3 03 00 01 FF 01");
	/* what XML cannot hold comes back in base64, what it can as it is */
	encode(ITEM("<Format" MI ">bin</Format>", "AAH/"), VDM_TEXT_INLINE, &b);
	text = decode(b.p, b.len, why);
	assert_non_null(strstr(text, "<Data opaque=\"b64\">AAH/</Data>"));
	free(text);
	vdm_buf_clear(&b);
	encode(ITEM("<Format" MI ">bin</Format>", "YWJj"), VDM_TEXT_INLINE, &b);
	text = decode(b.p, b.len, why);
	assert_non_null(strstr(text, "<Data>abc</Data>"));
	free(text);
	vdm_buf_clear(&b);
}

/* A command that no code page has. */
static void literal(void **state)
{
	static const char xml[] = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><Frobnicate><Data>1</Data>"
				  "</Frobnicate><Frobnicate/></SyncML>";
	struct vdm_buf b;
	char why[128], *text;

	assert_bytes(xml, "02 A4 01 6A 0B 'Frobnicate' 00 6D 44 00 4F 03 '1' 00 01 01 04 00 01");
	encode(xml, VDM_TEXT_INLINE, &b);
	text = decode(b.p, b.len, why);
	assert_string_equal(text, xml);
	free(text);
	vdm_buf_clear(&b);
}

/* Forms that the card does not write, but a client may. */
static void foreign_forms(void **state)
{
	static const char *const same[] = {
		"01 A4 01 6A 00 6D 4F 03 'ab' 00 01 01", "03 A4 01 6A 00 6D 4F 03 'ab' 00 01 01",
		"02 01 6A 00 6D 4F 03 'a' 00 03 'b' 00 01 01",
		"02 00 00 6A 03 'b' 00 00 6D 4F C3 01 'a' 83 00 01 01",
		"02 A4 01 6A 00 6D 4F 02 61 02 62 01 01",
		"02 A4 01 6A 00 00 00 6D 00 00 4F 03 'ab' 00 01 01",
		"02 A4 01 6A 00 6D 4F C3 81 80 80 02 01 01",
	};
	char why[128], *text;
	size_t i;

	for (i = 0; i < 6; i++) {
		text = decode_text(same[i], why);
		if (!text || strcmp(text, "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><Data>ab</Data></SyncML>"))
			fail_msg("%s: %s %s", same[i], text ? text : "", why);
		free(text);
	}
	assert_null(decode_text(same[6], why));
	assert_non_null(strstr(why, "longer than the message"));
}

static void refused(void **state)
{
	static const struct {
		const char *bytes, *why;
	} v[] = {
		{ "", "ends too early" },
		{ "04 A4 01 6A 00 6D 01", "version" },
		{ "02 A4 01 04 00 6D 01", "character set" },
		{ "02 A4 01 6A 05 6D 01", "string table that is longer" },
		{ "02 A4 01 6A 00 6D 01 01", "behind the root" },
		{ "02 A4 01 6A 00 2D 2D", "behind the root" },
		{ "02 A4 01 6A 00 6D", "ends too early" },
		{ "02 A4 01 6A 00 01", "an END without" },
		{ "02 A4 01 6A 00 03 'x' 00 6D 01", "outside of the root" },
		{ "02 A4 01 6A 00 ED 01", "attributes" },
		{ "02 A4 01 6A 00 7F 01", "does not have" },
		{ "02 A4 01 6A 00 6D 70 01 01", "does not have" },
		{ "02 A4 01 6A 00 00 03 6D 01", "code page" },
		{ "02 A4 01 6A 00 6D 83 00 01", "outside of the string table" },
		{ "02 A4 01 6A 01 'a' 6D 83 00 01", "outside of the string table" },
		{ "02 A4 01 6A 02 '1' 00 44 00 01", "no name" },
		{ "02 A4 01 6A 00 6D C3 01 FF 01", "not UTF-8" },
		{ "02 A4 01 6A 00 6D 02 00 01", "no character" },
		{ "02 A4 01 6A 00 6D 03 'x'", "without its end" },
		{ "02 A4 01 6A 00 6D C3 8F FF FF FF 7F 01", "longer than the message" },
		{ "02 A4 01 6A 00 6D C3 9F FF FF FF 7F 01", "more than 32 bits" },
		{ "02 A4 01 6A 00 6D 4F 12 C3 01 FF 01 01", "between elements" },
	};
	char why[128];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char *text = decode_text(v[i].bytes, why);

		if (text || !strstr(why, v[i].why))
			fail_msg("%s: %s %s", v[i].bytes, text ? text : "", why);
	}
}

/* No cut and no changed byte does harm; a cut is always noticed. */
static void damaged(void **state)
{
	uint8_t bytes[sizeof(dm_wbxml_example)];
	char why[128], *text;
	size_t i, bit;

	for (i = 0; i < sizeof(dm_wbxml_example); i++)
		assert_null(decode(dm_wbxml_example, i, why));
	for (i = 0; i < sizeof(dm_wbxml_example); i++) {
		for (bit = 0; bit < 8; bit++) {
			memcpy(bytes, dm_wbxml_example, sizeof(dm_wbxml_example));
			bytes[i] ^= (uint8_t)(1 << bit);
			text = decode(bytes, sizeof(bytes), why);
			assert_true(text || *why);
			free(text);
		}
	}
	/* 33 elements in each other */
	memcpy(bytes, dm_wbxml_example, 5);
	memset(bytes + 5, 0x6D, sizeof(bytes) - 5);
	assert_null(decode(bytes, sizeof(bytes), why));
	assert_non_null(strstr(why, "nested too deeply"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example), cmocka_unit_test(all_text_styles),
		cmocka_unit_test(subtrees), cmocka_unit_test(binary), cmocka_unit_test(literal),
		cmocka_unit_test(foreign_forms), cmocka_unit_test(refused), cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests_name("vuicc_dm_wbxml", tests, NULL, NULL);
}
