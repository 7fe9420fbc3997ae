// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card's T=1: blocks, chaining, whole APDUs, checks on the reader. */
#include "vuicc-t1-reader.h"

/* the same with a CRC, IFSC 32 */
#define ATR_CRC		"3B80817120450100"
#define ECHO_ABC	"80EE0000 03 414243 00"

/* --- the link without errors --- */

static void blocks_of_the_standard(void **state)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "00C101FE3E", "00E101FE1E" },
		{ "0000 07 00A4000C023F00 92", "00000290 0092" },
		{ "0040 04 80F2000C 3A", "0040 02 9000 D2" },
	};
	struct reader *r = *state;
	uint8_t b[64];
	char want[64];
	size_t i;

	power(r);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		send_raw(r, b, uicc_hex_parse(table[i].in, b, sizeof(b)));
		uicc_hex_format(want, sizeof(want), b,
				uicc_hex_parse(table[i].out, b, sizeof(b)));
		assert_string_equal(reader_hex(r), want);
	}
	assert_int_equal(violations(r), 0);
	assert_int_equal(r->card.apdus, 2);
}

static void crc_of_the_standard(void **state)
{
	struct reader *r = *state;
	uint8_t b[16];

	/* check value of the CRC: 906E over "123456789" */
	memcpy(b, "123456789", 9);
	b[9] = 0x6e;
	b[10] = 0x90;
	assert_true(uicc_t1_edc_good(b, 11, true));
	b[3] ^= 0x01;
	assert_false(uicc_t1_edc_good(b, 11, true));
	crc = true;
	on(state);
	assert_true(r->card.t1.params.crc);
	expect_block(r, "00" ECHO_ABC, "00 414243 9000");
	expect_block(r, "40 80F2000C", "40 9000");
	put(r, "00 80F2000C", true);
	assert_string_equal(get(r), "81");
	assert_int_equal(violations(r), 1);
}

static int setup_crc(void **state)
{
	struct reader *r = fresh(state, ATR_CRC);
	uint8_t tck = 0;
	size_t i;

	for (i = 1; i < r->opt.atr_len - 1; i++)
		tck ^= r->opt.atr[i];
	r->opt.atr[i] = tck;
	reader_open(r);
	return 0;
}

static void chaining_both_ways(void **state)
{
	struct reader *r = *state;

	power(r);
	expect_block(r, "C120", "E120");
	/* the reader may take pieces as it likes; an empty one is allowed */
	expect_block(r, "20 80EE", "90");
	expect_block(r, "60 ", "80");
	expect_block(r, "20 0200", "90");
	expect_block(r, "40 28", "20 000102030405060708090A0B0C0D0E0F"
				 "101112131415161718191A1B1C1D1E1F");
	expect_block(r, "90", "40 2021222324252627 9000");
	expect_block(r, "00 80F2000C", "00 9000");
	/* the wish of 254 is counted as missing, nothing else is wrong */
	assert_int_equal(violations(r), 1);
}

static void long_echo(struct reader *r, size_t nc)
{
	size_t len = 7 + nc + 2, sent = 0, got = 0, i;
	uint8_t *cmd = malloc(len), *resp = malloc(nc + 2), b[UICC_T1_BLOCK_MAX];
	uint8_t ns = 0, nr = 0;
	ssize_t n;

	memcpy(cmd, "\x80\xee\x00\x00\x00", 5);
	cmd[5] = nc >> 8;
	cmd[6] = nc;
	for (i = 0; i < nc; i++)
		cmd[7 + i] = i * 7 + (i >> 8);
	cmd[len - 2] = cmd[len - 1] = 0;
	r->card.link.d = 64;
	while (sent < len) {
		uint8_t chunk = len - sent < 254 ? len - sent : 254;
		bool more = sent + chunk < len;

		n = uicc_t1_build(b, ns << 6 | more << 5, cmd + sent, chunk, false);
		send_raw(r, b, n);
		sent += chunk;
		ns ^= 1;
		n = recv(r->fd, b, sizeof(b), MSG_DONTWAIT);
		assert_true(n >= 4 && uicc_t1_edc_good(b, n, false));
		if (more)
			assert_int_equal(b[1], 0x80 | ns << 4);
	}
	for (;;) {
		assert_int_equal(b[1] & ~0x20, nr << 6);
		assert_true(got + b[2] <= nc + 2);
		memcpy(resp + got, b + 3, b[2]);
		got += b[2];
		nr ^= 1;
		if (!(b[1] & 0x20))
			break;
		n = uicc_t1_build(b, 0x80 | nr << 4, NULL, 0, false);
		send_raw(r, b, n);
		n = recv(r->fd, b, sizeof(b), MSG_DONTWAIT);
		assert_true(n >= 4 && uicc_t1_edc_good(b, n, false));
	}
	assert_int_equal(got, nc + 2);
	assert_memory_equal(resp, cmd + 7, nc);
	assert_memory_equal(resp + nc, "\x90\x00", 2);
	free(cmd);
	free(resp);
}

static void extended_echo(void **state)
{
	struct reader *r = on(state);

	long_echo(r, 65535);
	assert_int_equal(violations(r), 0);
}

static void cases_and_lengths(void **state)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "80EE0000", "9000" },
		{ "80EE0200 05", "0001020304 9000" },
		{ "80EE0200 000003", "000102 9000" },
		{ "80EE0100 03 414243", "9000" },
		{ "80EE0100 000003 414243", "9000" },
		{ "80EE0000 000003 414243 0003", "414243 9000" },
		{ ECHO_ABC, "414243 9000" },
		/* more than fits: GET RESPONSE */
		{ "80EE0000 03 414243", "6103" },
		{ "00C00000 02", "4142 6101" },
		{ "00C00000 00", "43 9000" },
		{ "00C00000 00", "6F00" },
		{ "80EE0000 03 414243 01", "41 6102" },
		{ "80F20000 05", "6C1A" },
		/* no APDU */
		{ "80EE00", "6700" },
		{ "80EE0000 03 4142", "6700" },
		{ "80EE0000 03 41424344 45", "6700" },
		{ "80EE0000 0000", "6700" },
		{ "80EE0000 000000 00", "6700" },
		{ "80EE0000 000002 414243", "6700" },
		{ "80EE0200 01 41 00", "6700" },
		{ "A0A40000", "6E00" },
		{ "00DA0000 00", "6D00" },
	};
	struct reader *r = on(state);
	char in[600], out[600];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *pcb = i & 1 ? "40" : "00";

		snprintf(in, sizeof(in), "%s%s", pcb, table[i].in);
		snprintf(out, sizeof(out), "%s%s", pcb, table[i].out);
		expect_block(r, in, out);
	}
	assert_int_equal(violations(r), 0);
}

/* Files and the toolkit are the same card's. */
static void the_whole_card(void **state)
{
	struct reader *r = on(state);

	expect_block(r, "00 00A40004 02 2FE2 00", "00 62128202412183022FE28A01058002000A880110 9000");
	expect_block(r, "40 00B00000 00", "40 989400000000002143F5 9000");
	expect_block(r, "00 80100000 11 2B01E800010C00072800001F8060000004", "00 910F");
	expect_block(r, "40 80120000 0F", "40 D00D8103010500820281829902090A 9000");
	expect_block(r, "00 80140000 0C 810301050082028281830100", "00 9114");
	assert_int_equal(violations(r), 0);
}

static void pin_is_masked(void **state)
{
	struct reader *r = *state;
	char wire[4096] = "", apdu[4096] = "";

	r->card.trace.wire = fmemopen(wire, sizeof(wire) - 1, "w");
	r->card.trace.apdu = fmemopen(apdu, sizeof(apdu) - 1, "w");
	on(state);
	expect_block(r, "20 0020", "90");
	expect_block(r, "60 0001083132", "80");
	expect_block(r, "00 3334FFFFFFFF", "00 9000");
	assert_null(memmem(&r->card.t1, sizeof(r->card.t1), "12", 2));
	assert_null(memmem(&r->card.t1, sizeof(r->card.t1), "34\xff", 3));
	uicc_trace_close(&r->card.trace);
	assert_non_null(strstr(wire, "00 60 05 00 01 08 ** ** **\n"));
	assert_null(strstr(wire, " 33 34 "));
	assert_non_null(strstr(apdu, "> 0020000108 len=8 ****************\n"));
}

/* --- checks on the reader --- */

static void violations_of_the_rules(void **state)
{
	static const struct {
		const char *before, *block, *answer;
	} table[] = {
		{ "00" CMD, "00" CMD, "92" },		/* wrong N(S) */
		{ NULL, "01" CMD, "82" },		/* RFU bit in PCB */
		{ NULL, "A0", "82" },
		{ NULL, "83", "82" },
		{ NULL, "80 00", "82" },		/* R-block with data */
		{ NULL, "90", "82" },			/* N(R) of nothing */
		{ NULL, "E3 01", "82" },		/* a response to nothing */
		{ NULL, "C3 01", "82" },		/* WTX is the card's */
		{ NULL, "C1", "82" },
		{ NULL, "C1 00", "82" },
		{ NULL, "C1 FF", "82" },
		{ NULL, "C0 01", "82" },
		{ NULL, "DF", "82" },
	};
	struct reader *r = *state;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		on(state);
		if (table[i].before) {
			put(r, table[i].before, false);
			get(r);
		}
		assert_int_equal(violations(r), i);
		expect_block(r, table[i].block, table[i].answer);
		assert_int_equal(violations(r), i + 1);
		reader_off(r);
	}
}

static void violations_of_sizes_and_order(void **state)
{
	struct reader *r = on(state);
	char text[1100];

	r->card.t1.ifsc = 16;
	snprintf(text, sizeof(text), "00%s", hex_run(0x80, 17));
	expect_block(r, text, "82");
	assert_int_equal(violations(r), 1);
	/* I-block while the card is chaining */
	r->card.t1.ifsd = 32;
	expect_block(r, "00" CMD40, "20" PART1);
	expect_block(r, "40" CMD, "92");
	assert_int_equal(violations(r), 2);
	/* anything but the response to a request */
	reader_off(r);
	on(state);
	r->card.t1.wtx = 1;
	expect_block(r, "00" CMD, "C3 01");
	expect_block(r, "E3 02", "C3 01");
	expect_block(r, "40" CMD, "C3 01");
	expect_block(r, "C1 20", "C3 01");
	assert_int_equal(violations(r), 5);
	/* no S(IFS request) at the start, or one for little */
	reader_off(r);
	power(r);
	expect_block(r, "00" CMD, "C3 01");
	assert_int_equal(violations(r), 6);
	reader_off(r);
	power(r);
	expect_block(r, "C1 20", "E1 20");
	assert_int_equal(violations(r), 7);
}

static void block_guard_time(void **state)
{
	struct reader *r = on(state);
	uint8_t b[16];
	size_t n = uicc_hex_parse("0000 04 80F2000C 7A", b, sizeof(b));

	uicc_take(&r->card, b, n);
	assert_int_equal(violations(r), 1);
	assert_string_equal(get(r), "009000");
	/* more than a block at once */
	reader_off(r);
	on(state);
	put(r, "C1 FE", false);
	get(r);
	n = uicc_hex_parse("0000 04 80F2000C 7A 0040 04 80F2000C 3A", b, sizeof(b));
	send_raw(r, b, n);
	assert_int_equal(violations(r), 2);
	assert_string_equal(get(r), "009000");
}

static void blocks_that_do_not_end(void **state)
{
	static const struct {
		const char *bytes, *answer;
		unsigned int violations;
	} table[] = {
		/* the host may be to blame */
		{ "0000 04 80F2", "81", 0 },
		{ "0000 FF", "82", 1 },
		{ "2100 02", "82", 2 },
	};
	struct reader *r = *state;
	uint8_t b[16];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		on(state);
		send_raw(r, b, uicc_hex_parse(table[i].bytes, b, sizeof(b)));
		assert_string_equal(get(r), "");
		assert_true(uicc_due(&r->card, uicc_now()) > uicc_now());
		uicc_due(&r->card, uicc_now() + 1000000000ULL);
		assert_string_equal(get(r), table[i].answer);
		/* what still comes of it is let pass, until all is well again */
		send_raw(r, b, uicc_hex_parse("0C00", b, sizeof(b)));
		uicc_due(&r->card, uicc_now() + 1000000000ULL);
		assert_string_equal(get(r), "82");
		expect_block(r, "00" CMD, "00 9000");
		assert_int_equal(violations(r), table[i].violations);
		expect_block(r, "40" CMD, "40 9000");
		expect_block(r, "40" CMD, "82");
		assert_int_equal(violations(r), table[i].violations + 1);
		r->card.trace.violations--;
		assert_int_equal(uicc_due(&r->card, uicc_now()), 0);
		reader_off(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(blocks_of_the_standard),
		cmocka_unit_test_setup_teardown(crc_of_the_standard, setup_crc, teardown),
		CASE(chaining_both_ways),
		CASE(extended_echo),
		CASE(cases_and_lengths),
		CASE(the_whole_card),
		CASE(pin_is_masked),
		CASE(violations_of_the_rules),
		CASE(violations_of_sizes_and_order),
		CASE(block_guard_time),
		CASE(blocks_that_do_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
