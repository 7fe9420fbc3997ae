// SPDX-License-Identifier: BSD-3-Clause
/*
 * The writer and its two back ends: the bytes of spec/oma-dm.md 7.7, what is taken back, what fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dm-model.h"
#include "dm/writer.h"

/* The message of 7.7. */
static void put_message(struct dm_writer *w)
{
	const struct dm_out_meta meta = { .max_msg_size = 4096 };

	dm_writer_open(w, DM_TAG_SYNCML);
	dm_writer_open(w, DM_TAG_SYNC_HDR);
	dm_writer_element(w, DM_TAG_VER_DTD, "1.2");
	dm_writer_element(w, DM_TAG_VER_PROTO, "DM/1.2");
	dm_writer_element(w, DM_TAG_SESSION_ID, "1A");
	dm_writer_number(w, DM_TAG_MSG_ID, 1);
	dm_writer_location(w, DM_TAG_TARGET, "http://s/dm", NULL);
	dm_writer_location(w, DM_TAG_SOURCE, "IMEI:1", NULL);
	dm_writer_meta(w, &meta);
	dm_writer_close(w);
	dm_writer_open(w, DM_TAG_SYNC_BODY);
	dm_writer_open(w, DM_TAG_ALERT);
	dm_writer_number(w, DM_TAG_CMD_ID, 1);
	dm_writer_element(w, DM_TAG_DATA, "1201");
	dm_writer_close(w);
	dm_writer_empty(w, DM_TAG_FINAL);
	dm_writer_close(w);
	dm_writer_close(w);
}

static void whole_message_wbxml(void **state)
{
	static const uint8_t wanted[98] = {
		0x02, 0xa4, 0x01, 0x6a, 0x00, 0x6d, 0x6c, 0x71, 0x03, 0x31, 0x2e, 0x32, 0x00, 0x01,
		0x72, 0x03, 0x44, 0x4d, 0x2f, 0x31, 0x2e, 0x32, 0x00, 0x01, 0x65, 0x03, 0x31, 0x41,
		0x00, 0x01, 0x5b, 0x03, 0x31, 0x00, 0x01, 0x6e, 0x57, 0x03, 0x68, 0x74, 0x74, 0x70,
		0x3a, 0x2f, 0x2f, 0x73, 0x2f, 0x64, 0x6d, 0x00, 0x01, 0x01, 0x67, 0x57, 0x03, 0x49,
		0x4d, 0x45, 0x49, 0x3a, 0x31, 0x00, 0x01, 0x01, 0x5a, 0x00, 0x01, 0x4c, 0x03, 0x34,
		0x30, 0x39, 0x36, 0x00, 0x01, 0x01, 0x01, 0x00, 0x00, 0x6b, 0x46, 0x4b, 0x03, 0x31,
		0x00, 0x01, 0x4f, 0x03, 0x31, 0x32, 0x30, 0x31, 0x00, 0x01, 0x01, 0x12, 0x01, 0x01,
	};
	struct dm_buf b = { NULL, 0, 0, false };
	struct dm_writer w;

	dm_writer_start(&w, DM_ENCODING_WBXML, &b);
	put_message(&w);
	assert_false(b.failed);
	assert_int_equal(b.len, sizeof(wanted));
	assert_memory_equal(b.data, wanted, sizeof(wanted));
	dm_buf_free(&b);
}

static void whole_message_xml(void **state)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct dm_writer w;

	dm_writer_start(&w, DM_ENCODING_XML, &b);
	put_message(&w);
	assert_string_equal(b.data, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
		"<VerProto>DM/1.2</VerProto><SessionID>1A</SessionID><MsgID>1</MsgID>"
		"<Target><LocURI>http://s/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source>"
		"<Meta><MaxMsgSize xmlns=\"syncml:metinf\">4096</MaxMsgSize></Meta></SyncHdr>"
		"<SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>");
	dm_buf_free(&b);
}

static void begin(struct dm_writer *w, enum dm_encoding encoding, struct dm_buf *b)
{
	memset(b, 0, sizeof(*b));
	dm_writer_start(w, encoding, b);
	dm_writer_open(w, DM_TAG_SYNCML);
	dm_writer_open(w, DM_TAG_SYNC_BODY);
}

/* What was written and taken back leaves no trace, at every depth and on either page. */
static void taken_back(enum dm_encoding encoding)
{
	const struct dm_out_meta meta = { .format = "chr", .has_size = true };
	struct dm_writer with, without;
	struct dm_buf a, b;
	struct dm_mark mark;
	unsigned int i;

	begin(&with, encoding, &a);
	begin(&without, encoding, &b);
	for (i = 0; i < 3; i++) {
		dm_writer_mark(&with, &mark);	/* the first time SyncBody is empty */
		dm_writer_open(&with, DM_TAG_ITEM);
		dm_writer_meta(&with, &meta);
		dm_writer_open(&with, DM_TAG_DATA);
		if (i)
			dm_writer_text(&with, "taken back", 10);
		dm_writer_rewind(&with, &mark);
		assert_int_equal(dm_writer_size(&with), dm_writer_size(&without));
		if (i == 1) {
			dm_writer_meta(&with, &meta);
			dm_writer_meta(&without, &meta);
		}
	}
	while (with.depth) {
		dm_writer_close(&with);
		dm_writer_close(&without);
	}
	assert_false(a.failed || b.failed);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	dm_buf_free(&a);
	dm_buf_free(&b);
}

static void rewind_xml(void **state)
{
	taken_back(DM_ENCODING_XML);
}

static void rewind_wbxml(void **state)
{
	taken_back(DM_ENCODING_WBXML);
}

/* The size that is told is that of the finished message. */
static void size_is_known(void **state)
{
	enum dm_encoding encoding;
	struct dm_writer w;
	struct dm_buf b;
	size_t told;

	for (encoding = DM_ENCODING_XML; encoding <= DM_ENCODING_WBXML; encoding++) {
		begin(&w, encoding, &b);
		dm_writer_open(&w, DM_TAG_ITEM);
		dm_writer_open(&w, DM_TAG_DATA);
		told = dm_writer_size(&w);
		dm_writer_text(&w, "<", 1);
		assert_int_equal(dm_writer_size(&w), told + (encoding == DM_ENCODING_XML ? 4 : 3));
		told = dm_writer_size(&w);
		while (w.depth)
			dm_writer_close(&w);
		assert_int_equal(told, b.len);
		dm_buf_free(&b);
	}
}

/* As much as fits is as much as fits: not a byte more would have. */
static void check_fit(enum dm_encoding encoding, const char *data, size_t len, bool binary)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct dm_writer w;
	size_t room, n, before, more;

	dm_writer_start(&w, encoding, &b);
	dm_writer_open(&w, DM_TAG_DATA);
	dm_writer_text(&w, "-", 1);
	before = b.len;
	for (room = 0; room < 200; room++) {
		n = binary ? dm_writer_binary_fit(&w, len, room) :
			     dm_writer_text_fit(&w, data, len, room);
		assert_true(n <= len);
		(binary ? dm_writer_binary(&w, data, n) : dm_writer_text(&w, data, n));
		assert_true(b.len - before <= room);
		dm_buf_truncate(&b, before);
		if (n == len)
			continue;
		more = binary ? 1 : dm_text_char(data + n, len - n);
		more = n + (more ? more : 1);
		(binary ? dm_writer_binary(&w, data, more) : dm_writer_text(&w, data, more));
		assert_true(b.len - before > room);
		dm_buf_truncate(&b, before);
	}
	assert_int_equal(n, len);
	dm_buf_free(&b);
}

static void what_fits(void **state)
{
	static const char text[] = "a<&\r>\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \x01 \xff plain and long";
	char bytes[140];

	memset(bytes, 0xa5, sizeof(bytes));
	check_fit(DM_ENCODING_XML, text, sizeof(text) - 1, false);
	check_fit(DM_ENCODING_WBXML, text, sizeof(text) - 1, false);
	check_fit(DM_ENCODING_XML, bytes, sizeof(bytes), true);
	check_fit(DM_ENCODING_WBXML, bytes, sizeof(bytes), true);
}

static void bytes_and_text(void **state)
{
	uint8_t bytes[1000];
	struct dm_writer w;
	struct dm_buf b = { NULL, 0, 0, false };
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	dm_writer_start(&w, DM_ENCODING_WBXML, &b);
	assert_string_equal(dm_writer_binary_format(&w), "bin");
	dm_writer_open(&w, DM_TAG_DATA);
	dm_writer_binary(&w, bytes, sizeof(bytes));
	dm_writer_text(&w, "a\0b\xff", 4);
	dm_writer_close(&w);
	assert_memory_equal(b.data + 5, "\x4f\xc3\x87\x68", 4);	/* 1000 = 7 * 128 + 104 */
	assert_memory_equal(b.data + 9, bytes, sizeof(bytes));
	assert_int_equal(b.len, 9 + 1000 + 7);
	assert_memory_equal(b.data + 1009, "\x03" "a?b?\0\x01", 7);
	dm_buf_free(&b);
	dm_writer_start(&w, DM_ENCODING_XML, &b);
	assert_string_equal(dm_writer_binary_format(&w), "b64");
	dm_writer_open(&w, DM_TAG_DATA);
	dm_writer_binary(&w, bytes, sizeof(bytes));
	dm_writer_close(&w);
	/* in one piece: padding at the end only */
	assert_ptr_equal(strchr(b.data + 60, '='), b.data + b.len - 9);
	assert_non_null(strstr(b.data, ">AAECAwQFBgc"));
	dm_buf_free(&b);
}

static void wrong_use_is_an_error(void **state)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct dm_writer w;
	unsigned int i;

	dm_writer_start(&w, DM_ENCODING_WBXML, &b);
	dm_writer_close(&w);
	assert_true(b.failed);
	dm_buf_free(&b);
	dm_writer_start(&w, DM_ENCODING_XML, &b);
	dm_writer_open(&w, (enum dm_tag)DM_TAG(DM_PAGE_SYNCML, 0x30));
	assert_true(b.failed);
	dm_buf_free(&b);
	dm_writer_start(&w, DM_ENCODING_XML, &b);
	for (i = 0; i < DM_WRITER_DEPTH; i++)
		dm_writer_open(&w, DM_TAG_ITEM);
	assert_false(b.failed);
	dm_writer_open(&w, DM_TAG_ITEM);
	assert_true(b.failed);
	dm_buf_free(&b);
}

/* Every name leads to itself, and no token is taken twice. */
static void names(void **state)
{
	unsigned int page, token, n = 0;

	for (page = 0; page < DM_PAGES; page++) {
		for (token = 0; token < 0x40; token++) {
			const char *name = dm_tag_name(page, token);

			if (!name)
				continue;
			assert_string_equal(dm_tag_find(name), name);
			n++;
		}
		assert_non_null(dm_page_namespace(page));
	}
	assert_int_equal(n, 55 + 18 + 56);
	assert_null(dm_tag_find("Nope"));
	assert_null(dm_tag_name(DM_PAGE_NONE, 5));
	assert_null(dm_page_namespace(DM_PAGE_NONE));
	assert_string_equal(dm_tag_name(DM_PAGE_SYNCML, 0x3c), "Correlator");
	assert_string_equal(dm_tag_name(DM_PAGE_METINF, 0x15), "MaxObjSize");
	assert_string_equal(dm_tag_name(DM_PAGE_DMDDF, 0x20), "MgmtTree");
}

/* The checker that all messages of the tests go through is able to say no. */
static void models_refuse(void **state)
{
#define HDR "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>" \
	    "<MsgID>1</MsgID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>"
#define ALERT "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"
#define MESSAGE(hdr, body) "<SyncML xmlns=\"SYNCML:SYNCML1.2\">" hdr "<SyncBody>" body "</SyncBody></SyncML>"
	static const struct {
		const char *xml, *why;
	} cases[] = {
		{ MESSAGE(HDR, ALERT "<Final/>"), NULL },
		{ MESSAGE(HDR, ALERT "<Alert><CmdID>2</CmdID></Alert>"), NULL },
		{ MESSAGE(HDR, ""), "<SyncBody>: a child is missing" },
		{ MESSAGE(HDR, "<Final/>" ALERT), "<SyncBody>: Final" },
		{ MESSAGE(HDR, "<Get><CmdID>1</CmdID></Get>"), "<SyncBody>: Get" },
		{ MESSAGE("<SyncHdr/>", ALERT), "<SyncHdr>: a child is missing" },
		{ MESSAGE(HDR, "<Alert><Data>1</Data><CmdID>1</CmdID></Alert>"), "<Alert>: Data" },
		{ MESSAGE(HDR, "<Alert><CmdID>0</CmdID></Alert>"), "<CmdID>: does not count" },
		{ MESSAGE(HDR, ALERT ALERT), "<CmdID>: does not count" },
		{ MESSAGE(HDR, "<Alert><CmdID>1</CmdID><Data>1</Data><Data>1</Data></Alert>"), "<Alert>: Data" },
		{ MESSAGE(HDR, "<Alert><CmdID>1</CmdID><Item><Meta/></Item></Alert>"), "<Meta>: empty" },
		{ MESSAGE(HDR, "<Alert><CmdID>1</CmdID><Item><Meta><Type>x</Type></Meta></Item></Alert>"),
		  "<Type>: not in the namespace" },
		{ MESSAGE(HDR, "<Alert><CmdID>1</CmdID><Item><Meta><Typ xmlns='syncml:metinf'>x</Typ></Meta>"
			  "</Item></Alert>"), "<Meta>: Typ" },
		{ MESSAGE(HDR, "<Alert><CmdID>1</CmdID><Item><Source/></Item></Alert>"), "<Source>: a child" },
		{ MESSAGE(HDR, "<Alert>x<CmdID>1</CmdID></Alert>"), "<Alert>: text between" },
		{ MESSAGE(HDR, "<Status><CmdID>1</CmdID><MsgRef/><CmdRef>0</CmdRef><Cmd>A</Cmd><Data>200"
			  "</Data></Status>"), "<MsgRef>: empty" },
		{ MESSAGE(HDR, "<Results><CmdID>1</CmdID><CmdRef>0</CmdRef></Results>"), "<Results>: a child" },
		{ "<SyncML>" HDR "<SyncBody>" ALERT "</SyncBody></SyncML>", "<SyncML>: not in the namespace" },
		{ "<SyncML", "line 1" },
	};
	char why[200];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *xml = cases[i].xml;
		bool good = dm_model_holds(DM_ENCODING_XML, xml, strlen(xml), why, sizeof(why));

		assert_int_equal(good, !cases[i].why);
		if (!good && !strstr(why, cases[i].why))
			fail_msg("\"%s\" does not hold \"%s\"", why, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_message_wbxml),
		cmocka_unit_test(whole_message_xml),
		cmocka_unit_test(rewind_xml),
		cmocka_unit_test(rewind_wbxml),
		cmocka_unit_test(size_is_known),
		cmocka_unit_test(what_fits),
		cmocka_unit_test(bytes_and_text),
		cmocka_unit_test(wrong_use_is_an_error),
		cmocka_unit_test(names),
		cmocka_unit_test(models_refuse),
	};

	return cmocka_run_group_tests_name("dm_encoder", tests, NULL, NULL);
}
