// SPDX-License-Identifier: BSD-3-Clause
/*
 * APDUs on T=0: whole conversations, written as they look on the line, and the
 * response the application gets out of each.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/tpdu.h>

/* what a row of a table does not say is 0 */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define WT		1000000ULL
#define DEADLINE	1000000000000ULL
#define ROOM_MAX	65538

/*
 * Hex, where "A5*30" is thirty times A5.  In a conversation ">" comes before
 * what we send, in the pieces we send it in, "<" before what the card sends.
 */
struct row {
	const char *name;
	const char *command;
	const char *conversation;
	const char *response;		/* with SW1 SW2; ignored if not OK */
	enum iso7816_result result;	/* 0 = ISO7816_RES_OK */
	bool raw;
	size_t room;			/* 0 = as much as there can be */
	u16 pending_sw;
};

static size_t unhex(const char **text, u8 *out, size_t room)
{
	const char *p = *text;
	size_t n = 0;

	for (;;) {
		unsigned int byte, times = 1;
		int used;

		while (*p == ' ')
			p++;
		if (sscanf(p, "%2x%n", &byte, &used) != 1 || used != 2)
			break;
		p += 2;
		if (*p == '*')
			times = (unsigned int)strtoul(p + 1, (char **)&p, 10);
		while (times--) {
			assert_true(n < room);
			out[n++] = (u8)byte;
		}
	}
	*text = p;
	return n;
}

static void show(const struct row *row, const char *at)
{
	print_message("in \"%s\" before \"%.40s\"\n", row->name, at);
}

/* Plays the card's part; returns how many characters crossed the line */
static size_t converse(const struct row *row, struct iso7816_tpdu *m, struct iso7816_out *out)
{
	static u8 text[70000];
	const char *p = row->conversation;
	struct iso7816_in in = { .now_ns = 5 };
	size_t crossed = 0;

	while (*p) {
		const char *at = p;
		char who = *p++;
		size_t n = unhex(&p, text, sizeof(text));

		if (who == '>') {
			if (!out->send || out->send_len != n || memcmp(out->send, text, n))
				show(row, at);
			assert_int_equal(out->done, ISO7816_RES_NONE);
			assert_non_null(out->send);
			assert_int_equal(out->send_len, n);
			assert_memory_equal(out->send, text, n);
			assert_true(out->timer_ns > 0);
			in.what = ISO7816_IN_TX_DONE;
			iso7816_tpdu_step(m, &in, out);
			crossed += n;
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			if (out->send || out->done != ISO7816_RES_NONE)
				show(row, at);
			assert_int_equal(out->done, ISO7816_RES_NONE);
			assert_null(out->send);
			in.what = ISO7816_IN_BYTE;
			in.byte = text[i];
			in.now_ns++;
			iso7816_tpdu_step(m, &in, out);
			crossed++;
		}
	}
	return crossed;
}

static void run(const struct row *row)
{
	static u8 command[70000], expected[70000];
	const char *c = row->command, *r = row->response ? row->response : "";
	enum iso7816_result result = row->result ? row->result : ISO7816_RES_OK;
	size_t room = row->room ? row->room : ROOM_MAX;
	struct iso7816_apdu_req req = {
		.cmd = command,
		.cmd_len = unhex(&c, command, sizeof(command)),
		.resp = malloc(room),
		.room = room,
		.wt_ns = WT,
		.deadline_ns = DEADLINE,
		.raw = row->raw,
	};
	size_t expected_len = unhex(&r, expected, sizeof(expected));
	struct iso7816_tpdu m;
	struct iso7816_out out;

	assert_non_null(req.resp);
	memset(&m, 0xa5, sizeof(m));
	iso7816_tpdu_start(&m, &req, &out);
	converse(row, &m, &out);
	if (out.done != result)
		show(row, "the end");
	assert_int_equal(out.done, result);
	assert_null(out.send);
	assert_int_equal(out.timer_ns, 0);
	if (result == ISO7816_RES_OK) {
		if (m.resp_len != expected_len || memcmp(req.resp, expected, expected_len))
			show(row, "the response");
		assert_int_equal(m.resp_len, expected_len);
		assert_memory_equal(req.resp, expected, expected_len);
	} else {
		assert_int_equal(m.resp_len, 0);
	}
	assert_int_equal(m.pending_sw, row->pending_sw);
	free(req.resp);
}

static const struct row rows[] = {
	/* the wire examples of the standard's four cases */
	{ "select", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 611E > 00C000001E < C0 A5*30 9000", "A5*30 9000" },
	{ "read, wrong length", "00B0000000",
	  "> 00B0000000 < 6C0A > 00B000000A < B0 11*10 9000", "11*10 9000" },
	{ "status, proactive command pending", "80F2000C",
	  "> 80F2000C00 < 6060 9112", "9112", .pending_sw = 0x9112 },
	{ "status as case 2", "80F2000C00",
	  "> 80F2000C00 < 6060 9112", "9112", .pending_sw = 0x9112 },
	{ "verify, one and then the rest", "0020000108 31323334FFFFFFFF",
	  "> 0020000108 < DF > 31 < 20 > 323334FFFFFFFF < 9000", "9000" },

	/* case 1 */
	{ "case 1", "00700000", "> 0070000000 < 9000", "9000" },
	{ "case 1, empty acknowledge", "00700000", "> 0070000000 < 70 9000", "9000" },
	{ "case 1, 61xx", "00700000", "> 0070000000 < 6104", "6104" },
	{ "case 1, 6Cxx", "00700000", "> 0070000000 < 6C04", "6C04" },

	/* case 2 */
	{ "case 2", "0070000001", "> 0070000001 < 70 01 9000", "01 9000" },
	{ "case 2, byte by byte", "0084000003",
	  "> 0084000003 < 7B 01 60 7B 02 84 03 9000", "010203 9000" },
	{ "case 2, 256", "00B0000000", "> 00B0000000 < B0 77*256 9000", "77*256 9000" },
	{ "case 2, 6C00 is 256", "00B0000004",
	  "> 00B0000004 < 6C00 > 00B0000000 < B0 5A*256 9000", "5A*4 9000" },
	{ "case 2, 6Cxx longer than asked for", "00B0000004",
	  "> 00B0000004 < 6C06 > 00B0000006 < B0 010203040506 9000", "01020304 9000" },
	{ "case 2, 6Cxx twice", "00B0000004",
	  "> 00B0000004 < 6C06 > 00B0000006 < 6C07", "6C07" },
	{ "case 2, 6700", "00B0000004", "> 00B0000004 < 6700", "6700" },
	{ "case 2, 61xx", "00CA000000",
	  "> 00CA000000 < 6103 > 00C0000003 < C0 010203 9000", "010203 9000" },
	{ "case 2, 6Cxx then 61xx", "00CA000000",
	  "> 00CA000000 < 6C05 > 00CA000005 < CA 0102 03 04 05 6102 > 00C0000002 < C0 0607 9000",
	  "01020304050607 9000" },
	{ "case 2, 61xx after all", "00CA000002", "> 00CA000002 < CA 0102 6102", "0102 6102" },
	{ "case 2, warning with data", "00B0000002", "> 00B0000002 < B0 0102 6282", "0102 6282" },
	{ "case 2, warning without data", "00B0000002", "> 00B0000002 < 6282", "6282" },
	{ "fetch without procedure byte", "8012000005", "> 8012000005 < D0", NULL,
	  ISO7816_RES_PROTO },
	{ "fetch", "8012000003", "> 8012000003 < 12 D00100 9000", "D00100 9000" },

	/* case 3 */
	{ "case 3", "00D6000002 AABB", "> 00D6000002 < D6 > AABB < 9000", "9000" },
	{ "case 3, refused", "00D6000002 AABB", "> 00D6000002 < 6982", "6982" },
	{ "case 3, 61xx", "00A4000402 3F00", "> 00A4000402 < A4 > 3F00 < 611E", "611E" },
	{ "case 3, warning", "00A4000402 3F00", "> 00A4000402 < A4 > 3F00 < 6283", "6283" },
	{ "case 3, 6Cxx", "00A4000402 3F00", "> 00A4000402 < A4 > 3F00 < 6C05", "6C05" },
	{ "case 3, 255", "00D60000FF AA*255", "> 00D60000FF < D6 > AA*255 < 9000", "9000" },

	/* case 4 */
	{ "case 4, 9000 is the end", "00A40004023F0000", "> 00A4000402 < A4 > 3F00 < 9000", "9000" },
	{ "case 4, error", "00A40004023F0000", "> 00A4000402 < A4 > 3F00 < 6A82", "6A82" },
	{ "case 4, less than there is", "00A40004023F0005",
	  "> 00A4000402 < A4 > 3F00 < 611E > 00C0000005 < C0 A5*5 6119", "A5*5 6119" },
	{ "case 4, 6100 is 256", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6100 > 00C0000000 < C0 A5*256 9000", "A5*256 9000" },
	{ "case 4, chain", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < C0 0102 6101 > 00C0000001 < C0 03 9000",
	  "010203 9000" },
	{ "case 4, chain ends in an error", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < C0 0102 6101 > 00C0000001 < 6F00",
	  "0102 6F00" },
	{ "case 4, GET RESPONSE of the wrong length", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < 6C03 > 00C0000003 < C0 010203 9000",
	  "010203 9000" },
	{ "case 4, GET RESPONSE wrong twice", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < 6C03 > 00C0000003 < 6C04", "6C04" },
	{ "case 4, GET RESPONSE wrong in each round", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < 6C01 > 00C0000001 < C0 01 6102"
	  "> 00C0000002 < 6C01 > 00C0000001 < C0 02 9000", "0102 9000" },
	{ "case 4, promise without data", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < 6102", NULL, ISO7816_RES_PROTO },
	{ "case 4, 91xx after data", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6102 > 00C0000002 < C0 0102 910B", "0102 910B",
	  .pending_sw = 0x910b },
	{ "case 4, 91xx at once", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 910B", "910B", .pending_sw = 0x910b },

	/* warnings that may have data */
	{ "warning with data", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 6282 > 00C0000000 < 6C02 > 00C0000002 < C0 0102 9000",
	  "0102 6282" },
	{ "warning without data", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 63C2 > 00C0000000 < 6F00", "63C2" },
	{ "warning, length wrong twice", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 63C2 > 00C0000000 < 6C02 > 00C0000002 < 6C03", "63C2" },
	{ "warning, all at once", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 9300 > 00C0000000 < C0 33*256 9000", "33*256 9300" },
	{ "warning, chain", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 9001 > 00C0000000 < 6C01 > 00C0000001 < C0 01 6101"
	  "> 00C0000001 < C0 02 9000", "0102 9001" },
	{ "warning, then 91xx", "00A2010401 41 00",
	  "> 00A2010401 < A2 > 41 < 6282 > 00C0000000 < 6C01 > 00C0000001 < C0 01 9120",
	  "01 6282", .pending_sw = 0x9120 },
	{ "warning, less asked for", "00A2010401 41 01",
	  "> 00A2010401 < A2 > 41 < 6282 > 00C0000000 < 6C02 > 00C0000002 < C0 0102 9000",
	  "01 6282" },
	{ "the last 91xx counts", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6101 > 00C0000001 < 9105", "9105", .pending_sw = 0x9105 },

	/* class */
	{ "channel", "03A40004023F0000",
	  "> 03A4000402 < A4 > 3F00 < 6101 > 03C0000001 < C0 01 9000", "01 9000" },
	{ "secure messaging and chaining", "1EA40004023F0000",
	  "> 1EA4000402 < A4 > 3F00 < 6101 > 02C0000001 < C0 01 9000", "01 9000" },
	{ "high channel with secure messaging", "65A40004023F0000",
	  "> 65A4000402 < A4 > 3F00 < 6101 > 45C0000001 < C0 01 9000", "01 9000" },
	{ "ETSI class, channel 1", "81C2000001 D6 00",
	  "> 81C2000001 < C2 > D6 < 6101 > 01C0000001 < C0 01 9000", "01 9000" },
	{ "ETSI class, high channel", "C3C2000001 D6 00",
	  "> C3C2000001 < C2 > D6 < 6101 > 43C0000001 < C0 01 9000", "01 9000" },
	{ "instruction that looks like SW1", "9060000001 D6 00", "", NULL, ISO7816_RES_INVALID },
	{ "class of unknown layout", "90C2000001 D6 00",
	  "> 90C2000001 < C2 > D6 < 6101 > 90C0000001 < C0 01 9000", "01 9000" },
	{ "reserved class", "20C2000001 D6 00",
	  "> 20C2000001 < C2 > D6 < 6101 > 20C0000001 < C0 01 9000", "01 9000" },
	{ "class refused, own class accepted", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6101 > 00C0000001 < 6E00 > 80C0000001 < C0 01 9000", "01 9000" },
	{ "class refused, instruction unknown, then wrong length", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6282 > 00C0000000 < 6D00 > 80C0000000 < 6C01"
	  "> 80C0000001 < C0 01 6101 > 80C0000001 < C0 02 9000", "0102 6282" },
	{ "both classes refused", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6101 > 00C0000001 < 6E00 > 80C0000001 < 6E00", "6E00" },
	{ "same class refused", "00C2000001 D6 00",
	  "> 00C2000001 < C2 > D6 < 6101 > 00C0000001 < 6E00", "6E00" },
	{ "refused later", "80C2000001 D6 00",
	  "> 80C2000001 < C2 > D6 < 6101 > 00C0000001 < C0 01 6101 > 00C0000001 < 6D00", "01 6D00" },

	/* GSM 11.11 */
	{ "GSM select", "A0A40000023F0000",
	  "> A0A4000002 < A4 > 3F00 < 9F16 > A0C0000016 < C0 47*22 9000", "47*22 9000" },
	{ "GSM select, case 3", "A0A40000023F00", "> A0A4000002 < A4 > 3F00 < 9F16", "9F16" },
	{ "GSM data download error", "A0C2000001 D1 00",
	  "> A0C2000001 < C2 > D1 < 9E02 > A0C0000002 < C0 0102 9000", "0102 9E02" },
	{ "GSM error", "A0A40000026F0700", "> A0A4000002 < A4 > 6F07 < 9404", "9404" },
	{ "9F elsewhere is a warning", "00A40000023F0000",
	  "> 00A4000002 < A4 > 3F00 < 9F16 > 00C0000000 < 6A86", "9F16" },
	{ "GSM knows no long commands", "A0DC0000 000100 11*256", "", NULL, ISO7816_RES_INVALID },

	/* extended lengths that fit short TPDUs */
	{ "2E as 2S", "00B00000 00000A", "> 00B000000A < B0 11*10 9000", "11*10 9000" },
	{ "2E, 256", "00B00000 000100", "> 00B0000000 < B0 11*256 9000", "11*256 9000" },
	{ "3E as 3S", "00D60000 000002 AABB", "> 00D6000002 < D6 > AABB < 9000", "9000" },
	{ "4E as 4S", "00A40004 000002 3F00 0100",
	  "> 00A4000402 < A4 > 3F00 < 6101 > 00C0000001 < C0 01 9000", "01 9000" },

	/* and some that do not */
	{ "2E", "00B00000 00012C",
	  "> 00B0000000 < B0 11*256 612C > 00C000002C < C0 22*44 9000", "11*256 22*44 9000" },
	{ "2E, more than asked for", "00B00000 000101",
	  "> 00B0000000 < B0 11*256 612C > 00C0000001 < C0 22 612B", "11*256 22 612B" },
	{ "2E, 6Cxx", "00B00000 000000",
	  "> 00B0000000 < 6C05 > 00B0000005 < B0 0102030405 9000", "0102030405 9000" },
	{ "3E", "00D60000 000100 D0*256",
	  "> 00C20000FF < C2 > 00D60000000100 D0*248 < 9000"
	  "> 00C2000008 < C2 > D0*8 < 9000 > 00C2000000 < 9000", "9000" },
	{ "3E on a channel of the ETSI class, proactive command pending", "81DB0000 000100 D0*256",
	  "> 01C20000FF < C2 > 81DB0000000100 D0*248 < 9107"
	  "> 01C2000008 < C2 > D0*8 < 9000 > 01C2000000 < 6A80", "6A80", .pending_sw = 0x9107 },
	{ "3E, ENVELOPE unknown", "00D60000 000100 D0*256", "> 00C20000FF < 6D00", "6D00" },
	{ "3E, refused half way", "00D60000 000100 D0*256",
	  "> 00C20000FF < C2 > 00D60000000100 D0*248 < 9000 > 00C2000008 < 6F00", "6F00" },
	{ "4E", "00D60000 000100 D0*256 012C",
	  "> 00C20000FF < C2 > 00D60000000100 D0*248 < 9000 > 00C200000A < C2 > D0*8 012C < 9000"
	  "> 00C2000000 < 6100 > 00C0000000 < C0 11*256 612C > 00C000002C < C0 22*44 9000",
	  "11*256 22*44 9000" },
	{ "4E, warning", "00D60000 000100 D0*256 0000",
	  "> 00C20000FF < C2 > 00D60000000100 D0*248 < 9000 > 00C200000A < C2 > D0*8 0000 < 9000"
	  "> 00C2000000 < 6282 > 00C0000000 < 6C01 > 00C0000001 < C0 01 9000", "01 6282" },

	/* raw: one TPDU, whatever comes back */
	{ "raw 61xx", "00A40004023F0000", "> 00A4000402 < A4 > 3F00 < 611E", "611E", .raw = true },
	{ "raw 6Cxx", "00B0000000", "> 00B0000000 < 6C0A", "6C0A", .raw = true },
	{ "raw warning", "00A2010401 41 00", "> 00A2010401 < A2 > 41 < 6282", "6282", .raw = true },
	{ "raw data", "00B0000002", "> 00B0000002 < B0 0102 9000", "0102 9000", .raw = true },
	{ "raw too long", "00D60000 000100 D0*256", "", NULL, ISO7816_RES_INVALID, .raw = true },

	/* room */
	{ "room for the status only", "00D6000002 AABB", "> 00D6000002 < D6 > AABB < 9000", "9000",
	  .room = 2 },
	{ "no room for the status", "00D6000002 AABB", "", NULL, ISO7816_RES_INVALID, .room = 1 },
	{ "room just enough", "00B0000002", "> 00B0000002 < B0 0102 9000", "0102 9000", .room = 4 },
	{ "room one too small", "00B0000002", "> 00B0000002 < B0 0102 9105", NULL,
	  ISO7816_RES_TOO_LONG, .room = 3, .pending_sw = 0x9105 },
	{ "no room, nothing came", "00B0000002", "> 00B0000002 < 6A82", "6A82", .room = 2 },
	{ "room for what is asked for, more comes", "00B0000002",
	  "> 00B0000002 < 6C04 > 00B0000004 < B0 01020304 9000", "0102 9000", .room = 4 },
	{ "no room for what is asked for, more comes", "00B0000002",
	  "> 00B0000002 < 6C04 > 00B0000004 < B0 01020304 9000", NULL, ISO7816_RES_TOO_LONG,
	  .room = 3 },
	{ "chain just fits", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < C0 0102 6101 > 00C0000001 < C0 03 9000",
	  "010203 9000", .room = 5 },
	{ "chain one too long", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < C0 0102 6101 > 00C0000001 < C0 03 9000",
	  NULL, ISO7816_RES_TOO_LONG, .room = 4 },
	{ "a repetition does not count twice", "00B0000002",
	  "> 00B0000002 < B0 0102 6C02 > 00B0000002 < B0 0304 9000", "0304 9000", .room = 4 },

	/* what ends it */
	{ "bad procedure byte", "00B0000002", "> 00B0000002 < B1", NULL, ISO7816_RES_PROTO },
	{ "bad procedure byte of GET RESPONSE", "00A40004023F0000",
	  "> 00A4000402 < A4 > 3F00 < 6102 > 00C0000002 < A4", NULL, ISO7816_RES_PROTO },
	{ "not an APDU", "00B000", "", NULL, ISO7816_RES_INVALID },
	{ "PPS", "FF10967900", "", NULL, ISO7816_RES_INVALID },
};

static void conversations(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run(&rows[i]);
}

/* Counts the events of a conversation, or stops before number @stop */
static void interrupted(const struct row *row, size_t stop, enum iso7816_input what,
			u64 now, enum iso7816_result result)
{
	static u8 command[70000], text[70000];
	u8 resp[600];
	const char *c = row->command, *p = row->conversation;
	struct iso7816_apdu_req req = {
		.cmd = command,
		.cmd_len = unhex(&c, command, sizeof(command)),
		.resp = resp,
		.room = sizeof(resp),
		.wt_ns = WT,
		.deadline_ns = DEADLINE,
	};
	struct iso7816_in in = { .now_ns = 5 };
	struct iso7816_tpdu m;
	struct iso7816_out out;

	iso7816_tpdu_start(&m, &req, &out);
	while (stop) {
		char who = *p++;
		size_t n = unhex(&p, text, sizeof(text));

		in.what = who == '>' ? ISO7816_IN_TX_DONE : ISO7816_IN_BYTE;
		for (size_t i = 0; i < (who == '>' ? 1 : n) && stop; i++, stop--) {
			in.byte = text[i];
			iso7816_tpdu_step(&m, &in, &out);
		}
	}
	assert_int_equal(out.done, ISO7816_RES_NONE);
	in.what = what;
	in.now_ns = now;
	for (int again = 0; again < 3; again++) {
		iso7816_tpdu_step(&m, &in, &out);
		assert_int_equal(out.done, result);
		assert_null(out.send);
		assert_int_equal(out.timer_ns, 0);
		assert_int_equal(m.resp_len, 0);
		in.what = ISO7816_IN_BYTE;
	}
}

static size_t count_events(const char *p)
{
	static u8 text[70000];
	size_t events = 0;

	while (*p) {
		char who = *p++;
		size_t n = unhex(&p, text, sizeof(text));

		events += who == '>' ? 1 : n;
	}
	return events;
}

/* The card is pulled, falls silent, or is too slow, before each event */
static void interruptions(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t events = count_events(rows[i].conversation);

		if (rows[i].raw || rows[i].room)
			continue;
		for (size_t stop = 0; stop < events; stop++) {
			interrupted(&rows[i], stop, ISO7816_IN_REMOVED, 9, ISO7816_RES_REMOVED);
			interrupted(&rows[i], stop, ISO7816_IN_TIMEOUT, 9, ISO7816_RES_MUTE);
			interrupted(&rows[i], stop, ISO7816_IN_TIMEOUT, DEADLINE,
				    ISO7816_RES_DEADLINE);
		}
	}
}

static void parse(void **state)
{
	static const struct {
		const char *hex;
		bool good;
		size_t nc, ne;
		size_t data;		/* offset */
		bool extended;
	} cases[] = {
		{ "", false }, { "00", false }, { "00A4", false }, { "00A400", false },
		{ "00A40000", true, 0, 0, 0, false },
		{ "00A4000000", true, 0, 256, 0, false },
		{ "00A4000001", true, 0, 1, 0, false },
		{ "00A40000FF", true, 0, 255, 0, false },
		{ "00A400000111", true, 1, 0, 5, false },
		{ "00A40000011100", true, 1, 256, 5, false },
		{ "00A40000011122", true, 1, 0x22, 5, false },
		{ "00A4000001112200", false },
		{ "00A400000211", false },
		{ "00A40000021122", true, 2, 0, 5, false },
		{ "00A40000FF 11*254", false },
		{ "00A40000FF 11*255", true, 255, 0, 5, false },
		{ "00A40000FF 11*256", true, 255, 0x11, 5, false },
		{ "00A40000FF 11*257", false },
		{ "00A400000000", false },
		{ "00A40000000000", true, 0, 65536, 0, true },
		{ "00A40000000001", true, 0, 1, 0, true },
		{ "00A4000000FFFF", true, 0, 65535, 0, true },
		{ "00A4000000000000", false },
		{ "00A400000000000000", false },
		{ "00A40000000001 11", true, 1, 0, 7, true },
		{ "00A40000000001 1122", false },
		{ "00A40000000001 110000", true, 1, 65536, 7, true },
		{ "00A40000000001 110102", true, 1, 258, 7, true },
		{ "00A40000000001 11010203", false },
		{ "00A40000000100 11*255", false },
		{ "00A40000000100 11*256", true, 256, 0, 7, true },
		{ "00A4000000FFFF 11*65535", true, 65535, 0, 7, true },
		{ "00A4000000FFFF 11*65537", true, 65535, 0x1111, 7, true },
		{ "FFA40000", false }, { "0060000000", false }, { "009F000000", false },
	};
	static u8 buf[70000];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *p = cases[i].hex;
		size_t len = unhex(&p, buf, sizeof(buf));
		u8 *exact = malloc(len + 1);	/* an over-read is seen by ASan */
		struct iso7816_apdu apdu;

		assert_non_null(exact);
		memcpy(exact + 1, buf, len);
		assert_int_equal(iso7816_apdu_parse(exact + 1, len, &apdu), cases[i].good);
		if (cases[i].good) {
			assert_memory_equal(apdu.header, buf, 4);
			assert_int_equal(apdu.nc, cases[i].nc);
			assert_int_equal(apdu.ne, cases[i].ne);
			assert_int_equal(apdu.extended, cases[i].extended);
			assert_ptr_equal(apdu.data, cases[i].nc ? exact + 1 + cases[i].data : NULL);
		}
		free(exact);
	}
}

static u8 ignored[2 * 65536];

static struct iso7816_apdu_req request(const u8 *cmd, size_t len, u8 *resp, size_t room)
{
	return (struct iso7816_apdu_req){
		.cmd = cmd, .cmd_len = len, .resp = resp, .room = room,
		.wt_ns = WT, .deadline_ns = DEADLINE,
	};
}

/* A card that has always one byte more: the number of rounds is bounded */
static void endless_get_response(void **state)
{
	const u8 cmd[] = { 0x00, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const u8 answer[] = { 0xc0, 0x55, 0x61, 0x01 };
	struct iso7816_apdu_req req = request(cmd, sizeof(cmd), ignored, ROOM_MAX);
	struct iso7816_in in = { .now_ns = 1 };
	struct iso7816_tpdu m;
	struct iso7816_out out;
	u32 sent = 0;

	iso7816_tpdu_start(&m, &req, &out);
	while (out.done == ISO7816_RES_NONE) {
		assert_non_null(out.send);
		assert_int_equal(out.send_len, 5);
		in.what = ISO7816_IN_TX_DONE;
		iso7816_tpdu_step(&m, &in, &out);
		in.what = ISO7816_IN_BYTE;
		for (size_t i = sent ? 0 : 2; i < sizeof(answer); i++) {
			in.byte = answer[i];
			iso7816_tpdu_step(&m, &in, &out);
		}
		sent++;
	}
	assert_int_equal(out.done, ISO7816_RES_PROTO);
	assert_int_equal(sent, 1 + ISO7816_APDU_ROUNDS);
	assert_int_equal(m.got, ISO7816_APDU_ROUNDS);
}

/* The longest response there is */
static void all_of_64k(void **state)
{
	const u8 cmd[] = { 0x00, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00 };
	struct iso7816_apdu_req req = request(cmd, sizeof(cmd), ignored, ROOM_MAX);
	struct iso7816_in in = { .now_ns = 1 };
	struct iso7816_tpdu m;
	struct iso7816_out out;
	u32 total = 0;

	iso7816_tpdu_start(&m, &req, &out);
	while (out.done == ISO7816_RES_NONE) {
		u8 ins = out.send[1];

		in.what = ISO7816_IN_TX_DONE;
		iso7816_tpdu_step(&m, &in, &out);
		in.what = ISO7816_IN_BYTE;
		in.byte = ins;
		iso7816_tpdu_step(&m, &in, &out);
		assert_int_equal(out.expect, 256);
		for (int i = 0; i < 256; i++) {
			in.byte = (u8)(total++ * 7 >> 3);
			iso7816_tpdu_step(&m, &in, &out);
		}
		in.byte = total < 65536 ? 0x61 : 0x90;
		iso7816_tpdu_step(&m, &in, &out);
		in.byte = 0;
		iso7816_tpdu_step(&m, &in, &out);
	}
	assert_int_equal(out.done, ISO7816_RES_OK);
	assert_int_equal(m.resp_len, 65538);
	for (u32 i = 0; i < 65536; i++)
		assert_int_equal(ignored[i], (u8)(i * 7 >> 3));
	assert_int_equal(ignored[65536], 0x90);
}

static void counters_add_up(void **state)
{
	const u8 cmd[] = { 0x00, 0xa4, 0x00, 0x04, 0x02, 0x3f, 0x00, 0x00 };
	struct iso7816_apdu_req req = request(cmd, sizeof(cmd), ignored, ROOM_MAX);
	const struct row row = {
		"counters", "", "> 00A4000402 < 60 5B > 3F < 60 5B > 00 < 60 6102"
		"> 00C0000002 < 3F 01 60 C0 02 6102 > 00C0000002 < 6C01 > 00C0000001 < C0 03 9000",
	};
	struct iso7816_tpdu m;
	struct iso7816_out out;

	iso7816_tpdu_start(&m, &req, &out);
	converse(&row, &m, &out);
	assert_int_equal(out.done, ISO7816_RES_OK);
	assert_int_equal(m.counters.nulls, 4);
	assert_int_equal(m.counters.single, 3);
	assert_int_equal(m.rounds, 2);
	assert_int_equal(m.repeats, 1);
}

static void refused_class_counts_as_repeat(void **state)
{
	const u8 cmd[] = { 0x80, 0xc2, 0x00, 0x00, 0x01, 0xd6, 0x00 };
	struct iso7816_apdu_req req = request(cmd, sizeof(cmd), ignored, ROOM_MAX);
	const struct row row = {
		"class refused", "", "> 80C2000001 < C2 > D6 < 6102 > 00C0000002 < 6E00"
		"> 80C0000002 < C0 0102 9000",
	};
	struct iso7816_tpdu m;
	struct iso7816_out out;

	iso7816_tpdu_start(&m, &req, &out);
	converse(&row, &m, &out);
	assert_int_equal(out.done, ISO7816_RES_OK);
	assert_int_equal(m.rounds, 1);
	assert_int_equal(m.repeats, 1);
}

/*
 * A card of pure malice: answers are drawn from what can get the machine
 * somewhere.  Each exchange ends, and within its buffers.
 */
static void malice(void **state)
{
	static const char *const commands[] = {
		"00700000", "00B0000000", "00B0000007", "00A40004023F00", "80C2000002D10000",
		"00B00000000200", "00D60000 000100 D0*256", "00D60000 000100 D0*256 0000",
		"A0A40000023F0000",
	};
	static const u8 spice[] = { 0x61, 0x6c, 0x91, 0x90, 0x62, 0x9f, 0x9e, 0x6e, 0x00, 0x60 };
	u32 seed = 7;

	for (unsigned int round = 0; round < 60000; round++) {
		u8 command[300];
		const char *p = commands[round % ARRAY_LEN(commands)];
		size_t len = unhex(&p, command, sizeof(command));
		size_t room = 2 + round % 61 * 9;
		u8 *resp = malloc(room);
		struct iso7816_apdu_req req = request(command, len, resp, room);
		struct iso7816_in in = { .now_ns = 1 };
		struct iso7816_tpdu m;
		struct iso7816_out out;
		u8 ins = 0;

		assert_non_null(resp);
		req.raw = round % 7 == 0 && len < 256;
		iso7816_tpdu_start(&m, &req, &out);
		for (u32 steps = 0; out.done == ISO7816_RES_NONE; steps++) {
			u32 dice;

			assert_true(steps < 500000);
			assert_true(out.timer_ns > 0 && out.timer_ns <= WT);
			seed = seed * 1664525 + 1013904223;
			dice = seed >> 16;
			in.what = ISO7816_IN_BYTE;
			if (out.send) {
				if (out.send_len == 5)
					ins = out.send[1];
				in.what = ISO7816_IN_TX_DONE;
			} else if (dice & 1) {
				in.byte = ins;
			} else if (dice & 2) {
				in.byte = spice[dice / 4 % ARRAY_LEN(spice)];
			} else {
				in.byte = dice & 4 ? (u8)~ins : (u8)(dice >> 3);
			}
			in.now_ns += WT / 2;
			iso7816_tpdu_step(&m, &in, &out);
		}
		assert_int_not_equal(out.done, ISO7816_RES_INVALID);
		assert_true(m.resp_len <= room);
		assert_int_equal(out.done == ISO7816_RES_OK, m.resp_len >= 2);
		assert_true(m.got <= m.apdu.ne);
		free(resp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(interruptions),
		cmocka_unit_test(parse),
		cmocka_unit_test(endless_get_response),
		cmocka_unit_test(all_of_64k),
		cmocka_unit_test(counters_add_up),
		cmocka_unit_test(refused_class_counts_as_repeat),
		cmocka_unit_test(malice),
	};

	return cmocka_run_group_tests_name("tpdu", tests, NULL, NULL);
}
