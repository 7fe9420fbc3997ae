// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card on its line: ATRs, PPS, rates and pace, faults of the line, timing checks. */
#include <errno.h>

#include "vuicc-reader.h"
#include "vuicc/t1-block.h"

#define UICC		"3B9F96801FC78031A073BE21136743200718000001A5"
/* T=0, then T=1; TA1 = 18 */
#define TWO		"3B9018800109"
/* TA2 = 81: specific, T=1, TA1 = 12, IFSC 124 */
#define SPECIFIC	"3BF01200FF9181B17C451F0399"

static int setup(void **state)
{
	struct reader *r = calloc(1, sizeof(*r));

	uicc_options_default(&r->opt);
	reader_open(r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	reader_close(*state);
	free(*state);
	return 0;
}

static void set_atr(struct reader *r, const char *hex)
{
	r->card.atr_len = uicc_hex_parse(hex, r->card.atr, sizeof(r->card.atr));
}

static void power(struct reader *r)
{
	reader_off(r);
	reader_power(r);
	reader_hex(r);
}

static struct reader *on(void **state)
{
	power(*state);
	return *state;
}

static unsigned int violations(struct reader *r)
{
	return r->card.trace.violations;
}

static void arm(struct reader *r, const char *spec)
{
	assert_int_equal(uicc_fault_arm(&r->card.faults, spec), 0);
}

/* Sends and gives what comes back at once. */
static const char *talk(struct reader *r, const char *hex)
{
	reader_send(r, hex);
	return reader_hex(r);
}

static void expect_link(struct reader *r, unsigned int protocol, unsigned int f, unsigned int d)
{
	assert_int_equal(r->card.link.protocol, protocol);
	assert_int_equal(r->card.link.f, f);
	assert_int_equal(r->card.link.d, d);
}

/* --- ATR --- */

static void warm_reset_has_its_own_atr(void **state)
{
	struct reader *r = *state;

	r->opt.atr_warm_len = uicc_hex_parse("3F0114", r->opt.atr_warm, sizeof(r->opt.atr_warm));
	reader_power(r);
	assert_string_equal(reader_hex(r), UICC);
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	reader_power(r);
	/* in the convention of its own TS */
	assert_string_equal(reader_hex(r), "037FD7");
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), UICC);
	assert_int_equal(violations(r), 0);
}

static void another_class_is_wanted(void **state)
{
	struct reader *r = *state;
	int i;

	r->opt.mute_activations = 2;
	for (i = 0; i < 4; i++) {
		reader_power(r);
		assert_string_equal(reader_hex(r), i < 2 ? "" : UICC);
		/* a warm reset is no activation */
		uicc_line_changed(&r->card, UICC_LINE_RST, false);
		reader_power(r);
		assert_string_equal(reader_hex(r), i < 2 ? "" : UICC);
		reader_off(r);
	}
	assert_int_equal(violations(r), 0);
}

static void it_answers_only_in_its_classes(void **state)
{
	static const char *const answer[] = { UICC, "", UICC, "" };	/* not told, C, B, A */
	struct reader *r = *state;
	unsigned int i;

	r->card.classes = UICC_CLASS_B;
	for (i = 0; i < 4; i++) {
		r->card.lines.voltage = i;
		reader_power(r);
		assert_string_equal(reader_hex(r), answer[i]);
		assert_int_equal(violations(r), 0);
		if (i == 3)
			uicc_voltage_changed(&r->card);
		reader_off(r);
	}
	assert_int_equal(violations(r), 1);
}

/* TC1 = 254: 266 etu, 27.7 ms at 9600 bit/s, from one character to the next. */
static void extra_guard_time_is_kept(void **state)
{
	static const char *const header[] = { "80", "F2", "00", "0C", "00" };
	struct reader *r = *state;
	size_t i;

	set_atr(r, "3B40FE");
	on(state);
	for (i = 0; i < 5; i++) {
		uicc_skip_time(27710000);
		reader_send(r, header[i]);
	}
	assert_string_equal(reader_hex(r), "9000");
	assert_int_equal(violations(r), 0);
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	assert_int_equal(violations(r), 1);
	/* two at once are no evidence */
	uicc_skip_time(30000000);
	reader_send(r, "80F2");
	assert_int_equal(violations(r), 1);
	/* 255 asks for none */
	set_atr(r, "3B40FF");
	power(r);
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	assert_int_equal(violations(r), 1);
}

static void protocol_of_the_atr(void **state)
{
	struct reader *r = *state;

	set_atr(r, TWO);
	on(state);
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	expect_link(r, 0, 372, 1);
	set_atr(r, SPECIFIC);
	power(r);
	expect_link(r, 1, 372, 2);
	assert_string_equal(talk(r, "00C101FE3E"), "00E101FE1E");
	assert_int_equal(r->card.t1.ifsc, 124);
	/* no PPS in specific mode */
	power(r);
	assert_string_equal(talk(r, "FF01FE"), "");
	assert_int_equal(violations(r), 1);
}

/* --- PPS --- */

static void pps_accepted(void **state)
{
	struct reader *r = *state;

	set_atr(r, TWO);
	on(state);
	assert_string_equal(talk(r, "FF1118F6"), "FF1118F6");
	expect_link(r, 1, 372, 12);
	uicc_skip_time(2000000);
	assert_string_equal(talk(r, "00C101FE3E"), "00E101FE1E");
	power(r);
	assert_string_equal(talk(r, "FF00FF"), "FF00FF");
	expect_link(r, 0, 372, 1);
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	power(r);
	/* less than TA1 says is allowed */
	assert_string_equal(talk(r, "FF1013FC"), "FF1013FC");
	expect_link(r, 0, 372, 4);
	assert_int_equal(violations(r), 0);
}

static void pps_wrong(void **state)
{
	static const char *const requests[] = {
		"FF1118F7",	/* PCK */
		"FF8079",	/* RFU bit; PCK is wrong too */
		"FF807F",
		"FF02FD",	/* not offered */
		"FF101AF5",	/* RFU D */
		"FF1096" "79",	/* F and D above those of TA1 */
	};
	struct reader *r = *state;
	size_t i;

	set_atr(r, TWO);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		power(r);
		assert_string_equal(talk(r, requests[i]), "");
		assert_string_equal(talk(r, "80F2000C00"), "");
		assert_int_equal(violations(r), i + 1);
	}
}

static void pps_answered_wrongly(void **state)
{
	static const struct {
		enum uicc_pps_mode mode;
		const char *answer;
		unsigned int violations;
	} table[] = {
		{ UICC_PPS_REFUSE, "", 0 },
		{ UICC_PPS_ALTER, "FF109579", 1 },
		{ UICC_PPS_BAD_PCK, "FF109678", 1 },
		{ UICC_PPS_EXTRA, "FF30960059", 1 },
	};
	struct reader *r = *state;
	unsigned int before;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char want[16];

		r->card.link.pps.mode = table[i].mode;
		power(r);
		before = violations(r);
		snprintf(want, sizeof(want), "%s", table[i].answer);
		/* the altered answer has a PCK that matches */
		if (table[i].mode == UICC_PPS_ALTER)
			snprintf(want, sizeof(want), "FF10957A");
		assert_string_equal(talk(r, "FF109679"), want);
		/* a reader that goes on all the same is told off, once, and gets no answer */
		assert_string_equal(talk(r, "80F2000C00"), "");
		assert_int_equal(violations(r), before + table[i].violations);
		expect_link(r, 0, 372, 1);
	}
}

static void pps_reduced_and_limited(void **state)
{
	struct reader *r = *state;

	r->card.link.pps.mode = UICC_PPS_REDUCE;
	on(state);
	assert_string_equal(talk(r, "FF109679"), "FF00FF");
	expect_link(r, 0, 372, 1);
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	/* the first two get no answer, then all is well */
	r->card.link.pps.mode = UICC_PPS_REFUSE;
	r->card.link.pps.times = 2;
	power(r);
	assert_string_equal(talk(r, "FF109679"), "");
	power(r);
	assert_string_equal(talk(r, "FF109679"), "");
	power(r);
	assert_string_equal(talk(r, "FF10957A"), "FF10957A");
	expect_link(r, 0, 512, 16);
	assert_int_equal(violations(r), 0);
}

static void rate_of_the_reader(void **state)
{
	struct reader *r = on(state);
	char line[32], answer[400];

	strcpy(line, "baud 9600");
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	assert_string_equal(answer, "OK the reader's rate");
	assert_string_equal(talk(r, "FF10957A"), "FF10957A");
	/* the card has switched, the reader has not */
	assert_string_equal(talk(r, "80F2000C00"), "");
	/* but that was a fault of the line */
	assert_int_equal(violations(r), 0);
	strcpy(line, "baud 0");
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	/* 111 600 is meant, 115 200 is too far off */
	r->card.link.baud = 115200;
	assert_string_equal(talk(r, "80F2000C00"), "");
	assert_int_equal(violations(r), 1);
	r->card.link.baud = 111500;
	assert_string_equal(talk(r, "80F2000C00"), "9000");
	assert_int_equal(violations(r), 1);
}

/* --- pace --- */

/*
 * Lets time pass, as far as the card can tell, until it has sent n bytes, and no further. Returns
 * that time.
 */
static uint64_t run(struct reader *r, uint64_t n)
{
	uint64_t now = uicc_now(), want = r->card.wire.written + n;

	while (r->card.wire.written < want) {
		uint64_t due = uicc_due(&r->card, now);

		assert_true(due || r->card.wire.written == want);
		if (due)
			now = due;
	}
	assert_int_equal(r->card.wire.written, want);
	return now;
}

static void pace_is_that_of_the_line(void **state)
{
	struct reader *r = *state;
	uint64_t start, etu;

	r->card.wire.pace = true;
	uicc_line_changed(&r->card, UICC_LINE_VCC, true);
	start = uicc_now();
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	/* 22 characters of 12 etu */
	assert_true(run(r, 22) - start >= 22 * uicc_link_etu(&r->card, 12));
	assert_string_equal(reader_hex(r), UICC);
	reader_send(r, "FF109679");
	run(r, 4);
	assert_string_equal(reader_hex(r), "FF109679");
	/* now 512/32: header and answer are 264 characters */
	etu = uicc_link_etu(&r->card, 1000);
	assert_in_range(etu, 4480286, 4480288);
	start = r->card.wire.free_at;
	reader_send(r, "80EE020000");
	assert_in_range(run(r, 259) - start, 264 * 12 * etu / 1000,
			264 * 12 * etu / 1000 + 1000);
	assert_int_equal(recv(r->fd, (uint8_t[300]){ 0 }, 300, MSG_DONTWAIT), 259);
	assert_int_equal(violations(r), 0);
}

static void pace_of_t1(void **state)
{
	struct reader *r = *state;
	uint64_t start;

	/* TC1 = FF: 11 etu a character */
	set_atr(r, SPECIFIC);
	on(state);
	r->card.wire.pace = true;
	assert_string_equal(talk(r, "00C101FE3E"), "");
	run(r, 5);
	assert_string_equal(reader_hex(r), "00E101FE1E");
	start = r->card.wire.free_at;
	reader_send(r, "00C101FE3E");
	/* 10 characters, and the turn costs 11 etu more */
	assert_in_range(run(r, 5) - start, uicc_link_etu(&r->card, 10 * 11 + 11),
			uicc_link_etu(&r->card, 10 * 11 + 11) + 20);
}

static void talking_into_the_card_s_answer(void **state)
{
	struct reader *r = on(state);

	r->card.wire.pace = true;
	reader_send(r, "80EE020010");
	run(r, 3);
	reader_send(r, "80F2000C00");
	assert_int_equal(violations(r), 1);
	/* lost, and the answer goes on */
	run(r, 16);
	assert_string_equal(reader_hex(r), "EE000102030405060708090A0B0C0D0E0F9000");
	assert_int_equal(uicc_due(&r->card, uicc_now()), 0);
}

static void delay_before_answers(void **state)
{
	struct reader *r = on(state);
	uint64_t start = uicc_now();

	r->card.wire.delay_ns = 3000000;
	assert_string_equal(talk(r, "80F2000C00"), "");
	assert_true(run(r, 2) - start >= 3000000);
	assert_string_equal(reader_hex(r), "9000");
	/* a reset drops what was to come */
	assert_string_equal(talk(r, "80F2000C00"), "");
	reader_off(r);
	assert_int_equal(uicc_due(&r->card, uicc_now() + 1000000000ULL), 0);
	assert_string_equal(reader_hex(r), "");
}

/* --- faults of the line --- */

static void faults_of_single_characters(void **state)
{
	static const struct {
		const char *spec, *answer;
	} table[] = {
		{ "drop@out:2", "EE0102039000" },
		{ "duplicate@out:2", "EE0000010203" "9000" },
		{ "flip@out:2", "EE0101020390" "00" },
		{ "flip@out:1:7", "6E0001020390" "00" },
		{ "noise@out:2", "EE5500010203" "9000" },
		{ "noise@out:2:0x11", "EE1100010203" "9000" },
		{ "stop@out:3", "EE00" },
		{ "remove@out:3", "EE00" },
		{ "drop@in:3", "" },
		{ "flip@in:5:0", "EE0001020304" "9000" },
		{ "noise@in:5:1", "EE009000" },
		{ "stop@in:5", "" },
		{ "remove@in:5", "" },
	};
	struct reader *r = *state;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uicc_set_present(&r->card, true);
		power(r);
		arm(r, table[i].spec);
		assert_string_equal(talk(r, "80EE020004"), table[i].answer);
		assert_int_equal(r->card.faults.struck, i + 1);
		assert_int_equal(r->card.lines.present, !strstr(table[i].spec, "remove"));
		/* each strikes once */
		uicc_set_present(&r->card, true);
		power(r);
		assert_string_equal(talk(r, "80EE020004"), "EE000102039000");
	}
	assert_int_equal(violations(r), 0);
}

static void faults_in_the_atr_and_by_time(void **state)
{
	struct reader *r = *state;
	uint64_t start;

	arm(r, "flip@out:1:2");
	arm(r, "drop@out:22");
	reader_power(r);
	assert_string_equal(reader_hex(r), "3F9F96801FC78031A073BE211367432007180000" "01");
	power(r);
	arm(r, "delay@out:2:5");
	start = uicc_now();
	assert_string_equal(talk(r, "80EE020001"), "EE");
	assert_true(run(r, 3) - start >= 5000000);
	assert_string_equal(reader_hex(r), "009000");
	arm(r, "delay@in:1:5");
	start = uicc_now();
	assert_string_equal(talk(r, "80F2000C00"), "");
	assert_true(run(r, 2) - start >= 5000000);
	/* two at one character: one after the other */
	power(r);
	arm(r, "drop@out:1");
	arm(r, "flip@out:1:0");
	assert_string_equal(talk(r, "80EE020002"), "01019000");
}

/* What a card gives with faults by chance, over some commands. */
static const char *by_chance(struct reader *r, const char *spec, unsigned int *struck)
{
	static char all[4][16384];
	static unsigned int turn;
	char *text = all[turn++ % 4];
	int i;

	uicc_faults_clear(&r->card.faults);
	r->card.faults.struck = 0;
	arm(r, spec);
	text[0] = '\0';
	for (i = 0; i < 40; i++) {
		power(r);
		strcat(text, talk(r, "80EE020010"));
		uicc_due(&r->card, uicc_now() + 1000000000ULL);
		strcat(text, reader_hex(r));
	}
	*struck = r->card.faults.struck;
	return text;
}

static void faults_by_chance(void **state)
{
	struct reader *r = *state;
	unsigned int n, m;
	const char *a, *b;

	a = by_chance(r, "random:1:20", &n);
	assert_in_range(n, 10, 80);
	b = by_chance(r, "random:1:20", &m);
	/* the same seed, the same faults */
	assert_string_equal(a, b);
	assert_int_equal(n, m);
	b = by_chance(r, "random:2:20", &m);
	assert_string_not_equal(a, b);
	by_chance(r, "random:3:1000:7", &n);
	assert_int_equal(n, 7);
	assert_int_equal(violations(r), 0);
}

static void specs(void **state)
{
	static const char *const wrong[] = {
		"drop@out:", "drop@out:0", "drop@out:x", "drop@up:1", "drop@out:1:2", "drop@in",
		"flip@in:1:8", "flip@in:1:x", "noise@out:1:256", "delay@out:1", "delay@out:1:",
		"bogus@out:1", "none@out:1", "random:", "random:1", "random:1:0", "random:1:1001",
		"random:1:5:0", "random:1:5:6:7", "stop@out:1:1", "@out:1", "bad-edc@0",
	};
	struct uicc_faults f = { .struck = 0 };
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(uicc_fault_arm(&f, wrong[i]), -EINVAL);
	for (i = 0; i < UICC_BYTE_FAULTS; i++)
		assert_int_equal(uicc_fault_arm(&f, "drop@out:9"), 0);
	assert_int_equal(uicc_fault_arm(&f, "drop@out:9"), -ENOSPC);
	uicc_faults_clear(&f);
	assert_int_equal(uicc_fault_arm(&f, "drop@out:9"), 0);
}

static void script_of_faults(void **state)
{
	struct uicc_faults f = { .struck = 0 };
	char path[] = "/tmp/vuicc-faults-XXXXXX";
	int fd = mkstemp(path);
	unsigned int line;
	FILE *file = fdopen(fd, "w");

	fputs("# a script\n\n  drop@out:9 # the ninth\nbad-edc@3\r\nrandom:7:5\n", file);
	fflush(file);
	assert_int_equal(uicc_faults_load(&f, path, &line), 0);
	assert_int_equal(f.at[UICC_FAULT_BAD_EDC], 3);
	assert_int_equal(f.bytes.armed[0].left, 9);
	assert_int_equal(f.bytes.permille, 5);
	fputs("nonsense\n", file);
	fclose(file);
	assert_int_equal(uicc_faults_load(&f, path, &line), -EINVAL);
	assert_int_equal(line, 6);
	unlink(path);
	assert_int_equal(uicc_faults_load(&f, path, &line), -ENOENT);
}

static void faults_are_logged_and_counted(void **state)
{
	struct reader *r = *state;
	char wire[4096] = "", line[] = "status", answer[400];

	r->card.trace.wire = fmemopen(wire, sizeof(wire) - 1, "w");
	on(state);
	arm(r, "flip@out:1:3");
	arm(r, "bad-procedure@1");
	talk(r, "80EE020001");
	uicc_trace_close(&r->card.trace);
	assert_non_null(strstr(wire, " fault   flip out 3\n"));
	assert_non_null(strstr(wire, " fault   bad-procedure\n"));
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	assert_non_null(strstr(answer, " faults=2 "));
}

/* --- timing of the lines --- */

static void reset_by_the_reader_s_clock(void **state)
{
	struct reader *r = on(state);
	uint64_t t = 5000000;

	/* 400 clocks are 112 us */
	r->card.lines.at = t;
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	r->card.lines.at = t + 113000;
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	assert_int_equal(violations(r), 0);
	r->card.lines.at = t;
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	r->card.lines.at = t + 111000;
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	assert_int_equal(violations(r), 1);
}

static void reset_by_the_card_s_clock(void **state)
{
	struct reader *r = on(state);

	/* seen high just before it rises again: too short for sure */
	uicc_check_quiet_lines(&r->card, uicc_now());
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	assert_int_equal(violations(r), 1);
	/* how long it was low before the card looked, nobody knows */
	uicc_check_quiet_lines(&r->card, uicc_now() - 1000000);
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	assert_int_equal(violations(r), 1);
}

static void lines_with_times_and_rates(void **state)
{
	struct reader *r = *state;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	r->card.lines.end.conn.fd = sv[0];
	dprintf(sv[1], "VCC 1 1000\nRST 1 5000000\nBAUD 19200\nRST 0 6000000\nRST 1 6001000\n");
	uicc_lines_read(&r->card.lines);
	assert_true(r->card.vcc && r->card.rst);
	assert_int_equal(r->card.link.baud, 19200);
	assert_int_equal(violations(r), 1);
	/* not understood, each of them */
	dprintf(sv[1], "RST 2\nRST\nRST 0 x\nRST 0 1 2\nBAUD\nBAUD 1 2\nRST0\n");
	uicc_lines_read(&r->card.lines);
	assert_true(r->card.rst);
	assert_int_equal(r->card.link.baud, 19200);
	close(sv[1]);
}

static void command_line(void **state)
{
	static char *const wrong[][2] = {
		{ "--pps", "bogus" }, { "--pps", "refuse:" }, { "--pps", "refuse:0" },
		{ "--wtx", "x" }, { "--wtx", "1:0" }, { "--wtx", "1:256" }, { "--wtx", "256" },
		{ "--ifs", "0" }, { "--ifs", "255" }, { "--delay", "-1" },
		{ "--mute-activations", "x" }, { "--corrupt-atrs", "" }, { "--atr-warm", "3" },
		{ "--faults-from", "/nonexistent" }, { "--fault", "drop@out:0" },
	};
	char *right[] = { "vuicc", "--uart", "u", "--lines", "l", "--pps", "refuse:3", "--wtx",
			  "2:7", "--ifs", "64", "--delay", "5", "--pace", "--mute-activations",
			  "1", "--corrupt-atrs", "2", "--atr-warm", "3B00", "--inverse",
			  "--fault", "drop@in:4", NULL };
	struct uicc_options o;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *argv[] = { "vuicc", "--uart", "u", "--lines", "l", wrong[i][0], wrong[i][1],
				 NULL };

		uicc_options_default(&o);
		assert_int_equal(uicc_options_parse(&o, 7, argv), UICC_OPTIONS_WRONG);
	}
	uicc_options_default(&o);
	assert_int_equal(uicc_options_parse(&o, sizeof(right) / sizeof(right[0]) - 1, right),
			 UICC_OPTIONS_RUN);
	assert_int_equal(o.pps, UICC_PPS_REFUSE);
	assert_int_equal(o.pps_times, 3);
	assert_int_equal(o.wtx, 2);
	assert_int_equal(o.wtx_factor, 7);
	assert_int_equal(o.ifs, 64);
	assert_int_equal(o.delay_ns, 5);
	assert_true(o.pace);
	assert_int_equal(o.mute_activations, 1);
	assert_int_equal(o.faults.at[UICC_FAULT_BAD_ATR], 2);
	assert_int_equal(o.atr_warm_len, 2);
	assert_int_equal(o.atr_warm[0], 0x3f);
	assert_int_equal(o.faults.bytes.armed[0].fault, UICC_BYTE_DROP);
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(warm_reset_has_its_own_atr),
		CASE(another_class_is_wanted),
		CASE(it_answers_only_in_its_classes),
		CASE(extra_guard_time_is_kept),
		CASE(protocol_of_the_atr),
		CASE(pps_accepted),
		CASE(pps_wrong),
		CASE(pps_answered_wrongly),
		CASE(pps_reduced_and_limited),
		CASE(rate_of_the_reader),
		CASE(pace_is_that_of_the_line),
		CASE(pace_of_t1),
		CASE(talking_into_the_card_s_answer),
		CASE(delay_before_answers),
		CASE(faults_of_single_characters),
		CASE(faults_in_the_atr_and_by_time),
		CASE(faults_by_chance),
		cmocka_unit_test(specs),
		cmocka_unit_test(script_of_faults),
		CASE(faults_are_logged_and_counted),
		CASE(reset_by_the_reader_s_clock),
		CASE(reset_by_the_card_s_clock),
		CASE(lines_with_times_and_rates),
		cmocka_unit_test(command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
