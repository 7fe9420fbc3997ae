// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card's T=1: blocks, chaining, the scenarios of recovery, checks on the reader. */
#include "vuicc-reader.h"
#include "vuicc/t1-block.h"

/* T=1 only, IFSC 254, BWI 4, CWI 5 */
#define ATR		"3BD096FF81B1FE451F072A"
/* the same with a CRC, IFSC 32 */
#define ATR_CRC		"3B80817120450100"
#define ECHO_ABC	"80EE0000 03 414243 00"

static bool crc;

static struct reader *fresh(void **state, const char *atr)
{
	struct reader *r = calloc(1, sizeof(*r));

	crc = false;
	uicc_options_default(&r->opt);
	r->opt.atr_len = uicc_hex_parse(atr, r->opt.atr, sizeof(r->opt.atr));
	*state = r;
	return r;
}

static int setup(void **state)
{
	reader_open(fresh(state, ATR));
	return 0;
}

static int teardown(void **state)
{
	reader_close(*state);
	free(*state);
	return 0;
}

/* What a good reader leaves between the card's last character and its own first. */
static void guard(struct reader *r)
{
	uicc_skip_time(uicc_link_etu(&r->card, 13));
}

static void send_raw(struct reader *r, const uint8_t *block, size_t n)
{
	guard(r);
	uicc_take(&r->card, block, n);
}

/* A block from hex: PCB, then INF. */
static void put(struct reader *r, const char *hex, bool spoilt)
{
	uint8_t in[256], block[UICC_T1_BLOCK_MAX];
	ssize_t n = uicc_hex_parse(hex, in, sizeof(in));
	size_t len;

	assert_true(n >= 1);
	len = uicc_t1_build(block, in[0], in + 1, n - 1, crc);
	if (spoilt)
		block[len - 1] ^= 0x10;
	send_raw(r, block, len);
}

/* The block that the card sent, as hex of PCB and INF; "" if none. */
static const char *get(struct reader *r)
{
	static char text[600];
	uint8_t b[UICC_T1_BLOCK_MAX + 1];
	ssize_t n = recv(r->fd, b, sizeof(b), MSG_DONTWAIT);

	if (n <= 0)
		return "";
	assert_int_equal(n, 3 + b[2] + (crc ? 2 : 1));
	assert_int_equal(b[0], 0x00);
	assert_true(uicc_t1_edc_good(b, n, crc));
	b[2] = b[1];
	return uicc_hex_format(text, sizeof(text), b + 2, n - 2 - (crc ? 2 : 1));
}

static void power(struct reader *r)
{
	reader_power(r);
	assert_true(strlen(reader_hex(r)) > 10);
}

static struct reader *on(void **state)
{
	struct reader *r = *state;

	power(r);
	put(r, "C1FE", false);
	assert_string_equal(get(r), "E1FE");
	return r;
}

#define expect_block(r, in, out)	expect_block_at(r, in, out, __LINE__)
static void expect_block_at(struct reader *r, const char *in, const char *out, int line)
{
	char want[600];
	uint8_t b[300];

	put(r, in, false);
	uicc_hex_format(want, sizeof(want), b, uicc_hex_parse(out, b, sizeof(b)));
	_assert_string_equal(get(r), want, __FILE__, line);
}

static unsigned int violations(struct reader *r)
{
	return r->card.trace.violations;
}

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

/* --- recovery: Annex A, from the card's side --- */

/*
 * ">" and a block to the card, ">x" a spoilt one; "<" a block of the card, "<x" one that the reader
 * does not get.
 */
static void play(struct reader *r, const char *const *steps)
{
	char want[600];
	uint8_t b[300];

	for (; *steps; steps++) {
		const char *s = *steps;
		bool bad = s[1] == 'x';

		if (s[0] == '>') {
			/* an error on the way is no fault of the reader's */
			if (bad)
				uicc_t1_hurt(&r->card.t1);
			put(r, s + 1 + bad, bad);
			continue;
		}
		uicc_hex_format(want, sizeof(want), b, uicc_hex_parse(s + 1 + bad, b, sizeof(b)));
		assert_string_equal(get(r), want);
	}
	assert_string_equal(get(r), "");
	assert_int_equal(violations(r), 0);
}

#define CMD	"80F2000C"
#define CMD40	"80EE0200 28"
#define PART1	"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
#define PART2	"2021222324252627 9000"
#define SCENARIO(name, prepare, ...)						\
static void name(void **state)							\
{										\
	static const char *const steps[] = { __VA_ARGS__, NULL };		\
	struct reader *r = on(state);						\
										\
	prepare;								\
	play(r, steps);								\
}

SCENARIO(scenario_01_plain_exchange, (void)0,
	 ">00" CMD, "<00 9000", ">40" CMD, "<40 9000", ">00" CMD, "<00 9000")
SCENARIO(scenario_02_wtx, (r->card.t1.wtx = 1, r->card.t1.wtx_factor = 3),
	 ">00" CMD, "<C3 03", ">E3 03", "<00 9000", ">40" CMD, "<C3 03", ">E3 03", "<40 9000")
SCENARIO(scenario_03_ifs_by_the_card, r->card.t1.ifs = 7,
	 ">00" CMD, "<C1 07", ">E1 07", "<00 9000", ">60 80EE0000020102", "<80",
	 ">00 00", "<40 0102 9000")
SCENARIO(scenario_04_ifs_by_the_reader, (void)0,
	 ">00" CMD, "<00 9000", ">C1 20", "<E1 20", ">40" CMD40, "<60" PART1, ">80", "<00" PART2)
SCENARIO(scenario_05_reader_chains, (void)0,
	 ">20 80F2", "<90", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_06_card_chains, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">90", "<40" PART2, ">40" CMD, "<00 9000")
SCENARIO(scenario_08_command_bad, (void)0,
	 ">x00" CMD, "<81", ">00" CMD, "<00 9000")
SCENARIO(scenario_09_response_bad, (void)0,
	 ">00" CMD, "<x00 9000", ">81", "<00 9000", ">40" CMD, "<40 9000")
SCENARIO(scenario_10_both_bad, (void)0,
	 ">x00" CMD, "<x81", ">81", "<80", ">00" CMD, "<00 9000")
SCENARIO(scenario_11_response_and_r_bad, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_12_and_the_card_s_r, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<x91", ">81", "<00 9000")
SCENARIO(scenario_13_and_again, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<x91", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_14_wtx_request_bad, r->card.t1.wtx = 1,
	 ">00" CMD, "<xC3 01", ">81", "<C3 01", ">E3 01", "<00 9000")
SCENARIO(scenario_15_and_r_bad, r->card.t1.wtx = 1,
	 ">00" CMD, "<xC3 01", ">x81", "<C3 01", ">E3 01", "<00 9000")
SCENARIO(scenario_16_ifs_request_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<xC1 40", ">81", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_17_and_r_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<xC1 40", ">x81", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_18_ifs_response_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">xE1 40", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_19_i_after_ifs_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">E1 40", "<x00 9000", ">81", "<00 9000")
SCENARIO(scenario_20_and_r_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">E1 40", "<x00 9000", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_21_acknowledgement_bad, (void)0,
	 ">20 80F2", "<x90", ">81", "<90", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_22_and_r_bad, (void)0,
	 ">20 80F2", "<x90", ">x81", "<91", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_23_reader_s_acknowledgement_bad, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">x90", "<91", ">90", "<40" PART2)
SCENARIO(scenario_24_and_the_card_s_r, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">x90", "<x91", ">90", "<40" PART2)
SCENARIO(scenario_25_reader_aborts_its_chain, (void)0,
	 ">20 80F2", "<90", ">C2", "<E2", ">40" CMD, "<00 9000")
SCENARIO(scenario_26_card_aborts_its_chain,
	 (r->card.t1.ifsd = 32, uicc_fault_arm(&r->card.faults, "abort@3")),
	 ">00" CMD40, "<20" PART1, ">90", "<C2", ">E2", "<90", ">40" CMD, "<40 9000")
SCENARIO(scenario_27_card_aborts_the_reader_s_chain,
	 uicc_fault_arm(&r->card.faults, "abort@3"),
	 ">20 80F2", "<90", ">60 00", "<C2", ">E2", "<80", ">00" CMD, "<00 9000")
SCENARIO(scenario_28_reader_aborts_the_card_s_chain, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">C2", "<E2", ">40" CMD, "<00 9000")
SCENARIO(scenario_29_resynch, (void)0,
	 ">00" CMD, "<00 9000", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_30_resynch_response_bad, (void)0,
	 ">00" CMD, "<00 9000", ">C0", "<xE0", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_31_resynch_request_bad, (void)0,
	 ">00" CMD, "<00 9000", ">xC0", "<91", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_33_never_gets_through, (void)0,
	 ">x00" CMD, "<81", ">x00" CMD, "<81", ">x00" CMD, "<81", ">C0", "<E0",
	 ">C1 FE", "<E1 FE", ">00" CMD, "<00 9000")

static void resynch_brings_back_the_sizes(void **state)
{
	struct reader *r = *state;

	r->card.t1.ifs = 8;
	on(state);
	expect_block(r, "00" CMD, "C1 08");
	expect_block(r, "E1 08", "00 9000");
	assert_int_equal(r->card.t1.ifsc, 8);
	expect_block(r, "C0", "E0");
	assert_int_equal(r->card.t1.ifsc, 254);
	assert_int_equal(r->card.t1.ifsd, 32);
	expect_block(r, "00" CMD40, "20" PART1);
}

/* After some invalid blocks the card only listens. */
static void patience_ends(void **state)
{
	struct reader *r = on(state);
	int i;

	uicc_t1_hurt(&r->card.t1);
	for (i = 0; i < 5; i++) {
		put(r, "00" CMD, true);
		assert_string_equal(get(r), i < 3 ? "81" : "");
	}
	expect_block(r, "C0", "E0");
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

/* --- faults of the card --- */

static void spoilt_blocks(void **state)
{
	static const struct {
		const char *spec, *answer;
	} table[] = {
		{ "bad-edc@2", "000002900093" },
		{ "bad-seq@2", "0040029000D2" },
		{ "bad-pcb@2", "00DF0290004D" },
		{ "bad-len@2", "000003900093" },
		{ "bad-nad@2", "2100029000B3" },
		{ "lose-block@2", "" },
	};
	struct reader *r = *state;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		on(state);
		assert_int_equal(uicc_fault_arm(&r->card.faults, table[i].spec), 0);
		put(r, "00" CMD, false);
		assert_string_equal(reader_hex(r), table[i].answer);
		expect_block(r, "81", "00 9000");
		assert_int_equal(r->card.faults.struck, i + 1);
		reader_off(r);
	}
	assert_int_equal(violations(r), 0);
}

static void wtx_storm_lasts_until_the_reset(void **state)
{
	struct reader *r = on(state);
	uint64_t now = uicc_now();
	int i;

	assert_int_equal(uicc_fault_arm(&r->card.faults, "wtx-storm"), 0);
	expect_block(r, "00" CMD, "C3 01");
	for (i = 1; i <= 20; i++) {
		expect_block(r, "E3 01", "");
		uicc_due(&r->card, now + i * 1000000000ULL);
		assert_string_equal(get(r), "C301");
	}
	reader_off(r);
	on(state);
	expect_block(r, "00" CMD, "00 9000");
	assert_int_equal(violations(r), 0);
}

static void mute_after_fetch(void **state)
{
	struct reader *r = on(state);

	expect_block(r, "00 80100000 11 2B01E800010C00072800001F8060000004", "00 910F");
	uicc_fault_arm(&r->card.faults, "mute-fetched");
	expect_block(r, "40 80120000 0F", "40 D00D8103010500820281829902090A 9000");
	expect_block(r, "00" CMD, "");
	expect_block(r, "C0", "");
	reader_off(r);
	on(state);
	expect_block(r, "00" CMD, "00 9000");
}

/* No stream of bytes takes the card out of bounds, and a reset always brings it back. */
static void random_bytes(void **state)
{
	struct reader *r = on(state);
	uint64_t later = uicc_now();
	unsigned int i, j;

	srand(78163);
	for (i = 0; i < 200; i++) {
		for (j = 0; j < 200; j++) {
			uint8_t b[UICC_T1_BLOCK_MAX];
			size_t n = 1;

			b[0] = rand();
			if (rand() % 4) {
				uint8_t inf[254];
				uint8_t len = rand() % 8 ? rand() % 8 : rand() % 255;

				memset(inf, rand(), sizeof(inf));
				n = uicc_t1_build(b, rand() % 3 ? (rand() & 0xe3) : rand(), inf,
						  len, false);
			}
			uicc_take(&r->card, b, n);
			later += 300000000ULL;
			if (!(rand() % 4))
				uicc_due(&r->card, later);
			assert_in_range(r->card.t1.state, UICC_T1_COMMAND, UICC_T1_MUTE);
			reader_hex(r);
		}
		reader_off(r);
		on(state);
		expect_block(r, "00" CMD, "00 9000");
	}
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		CASE(scenario_01_plain_exchange),
		CASE(scenario_02_wtx),
		CASE(scenario_03_ifs_by_the_card),
		CASE(scenario_04_ifs_by_the_reader),
		CASE(scenario_05_reader_chains),
		CASE(scenario_06_card_chains),
		CASE(scenario_08_command_bad),
		CASE(scenario_09_response_bad),
		CASE(scenario_10_both_bad),
		CASE(scenario_11_response_and_r_bad),
		CASE(scenario_12_and_the_card_s_r),
		CASE(scenario_13_and_again),
		CASE(scenario_14_wtx_request_bad),
		CASE(scenario_15_and_r_bad),
		CASE(scenario_16_ifs_request_bad),
		CASE(scenario_17_and_r_bad),
		CASE(scenario_18_ifs_response_bad),
		CASE(scenario_19_i_after_ifs_bad),
		CASE(scenario_20_and_r_bad),
		CASE(scenario_21_acknowledgement_bad),
		CASE(scenario_22_and_r_bad),
		CASE(scenario_23_reader_s_acknowledgement_bad),
		CASE(scenario_24_and_the_card_s_r),
		CASE(scenario_25_reader_aborts_its_chain),
		CASE(scenario_26_card_aborts_its_chain),
		CASE(scenario_27_card_aborts_the_reader_s_chain),
		CASE(scenario_28_reader_aborts_the_card_s_chain),
		CASE(scenario_29_resynch),
		CASE(scenario_30_resynch_response_bad),
		CASE(scenario_31_resynch_request_bad),
		CASE(scenario_33_never_gets_through),
		CASE(resynch_brings_back_the_sizes),
		CASE(patience_ends),
		CASE(violations_of_the_rules),
		CASE(violations_of_sizes_and_order),
		CASE(block_guard_time),
		CASE(blocks_that_do_not_end),
		CASE(spoilt_blocks),
		CASE(wtx_storm_lasts_until_the_reset),
		CASE(mute_after_fetch),
		CASE(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
