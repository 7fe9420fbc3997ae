// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card at its contacts: activation, ATR, T=0, PPS, files, PIN, faults. */
#include "vuicc-reader.h"

#define ATR	"3B9F96801FC78031A073BE21136743200718000001A5"

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

static struct reader *on(void **state)
{
	struct reader *r = *state;

	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	return r;
}

static void atr_needs_vcc_and_rising_rst(void **state)
{
	struct reader *r = *state;
	uint64_t later = uicc_now() + 1000000000ULL;

	uicc_line_changed(&r->card, UICC_LINE_VCC, true);
	assert_int_equal(uicc_due(&r->card, later), 0);
	assert_string_equal(reader_hex(r), "");
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	/* 400 clocks at least before the ATR: not at once */
	assert_true(uicc_due(&r->card, uicc_now()) > uicc_now());
	assert_string_equal(reader_hex(r), "");
	uicc_due(&r->card, later);
	assert_string_equal(reader_hex(r), ATR);
	/* warm reset */
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	uicc_due(&r->card, later);
	assert_string_equal(reader_hex(r), ATR);
	assert_int_equal(r->card.trace.violations, 0);
}

static void wrong_order_is_a_violation(void **state)
{
	struct reader *r = *state;

	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	assert_int_equal(r->card.trace.violations, 1);
	uicc_line_changed(&r->card, UICC_LINE_VCC, true);
	assert_int_equal(r->card.trace.violations, 2);
	uicc_line_changed(&r->card, UICC_LINE_VCC, false);
	assert_int_equal(r->card.trace.violations, 3);
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	reader_send(r, "00");
	assert_int_equal(r->card.trace.violations, 4);
	uicc_line_changed(&r->card, UICC_LINE_VCC, true);
	reader_send(r, "00");
	assert_int_equal(r->card.trace.violations, 5);
	uicc_line_changed(&r->card, UICC_LINE_RST, true);
	reader_send(r, "00");
	assert_int_equal(r->card.trace.violations, 6);
	uicc_due(&r->card, uicc_now() + 1000000000ULL);
	assert_string_equal(reader_hex(r), ATR);
	/* a header and data in one go: the procedure byte was not waited for */
	reader_send(r, "00A40004023F00");
	assert_int_equal(r->card.trace.violations, 7);
	assert_string_equal(reader_hex(r), "A4");
}

static void wire_bytes_of_the_standard(void **state)
{
	struct reader *r = on(state);

	reader_send(r, "00A4000402");
	assert_string_equal(reader_hex(r), "A4");
	reader_send(r, "3F");
	assert_string_equal(reader_hex(r), "");
	reader_send(r, "00");
	assert_string_equal(reader_hex(r), "611A");
	reader_send(r, "00C000001A");
	assert_string_equal(reader_hex(r), "C0"
		"62188202782183023F00A5038001718A0105C606900180830101" "9000");
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "9000");
}

/* What was under way when the line dropped was sent to a card that ran. */
static void bytes_before_a_reset_are_lost(void **state)
{
	struct reader *r = on(state);
	uint8_t b;

	assert_int_equal(send(r->fd, "\x80\xf2", 2, 0), 2);
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	assert_int_equal(uicc_conn_read(&r->card.uart.conn, &b, 1), 0);
	assert_int_equal(r->card.trace.violations, 0);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	expect(r, "80F2000C00", "9000");
}

static void single_bytes_and_nulls(void **state)
{
	struct reader *r = on(state);

	r->card.t0.nulls = 2;
	r->card.t0.ack = UICC_ACK_MIXED;
	reader_send(r, "0020000108");
	assert_string_equal(reader_hex(r), "6060DF");
	reader_send(r, "31");
	assert_string_equal(reader_hex(r), "606020");
	reader_send(r, "323334FFFFFFFF");
	assert_string_equal(reader_hex(r), "60609000");
	r->card.t0.ack = UICC_ACK_SINGLE;
	reader_send(r, "80EE020003");
	assert_string_equal(reader_hex(r), "606011006060110160601102" "60609000");
}

static void four_cases(void **state)
{
	struct reader *r = on(state);
	uint8_t cmd[5] = { 0x80, 0xee, 0x02, 0x00, 0x00 }, resp[256];
	size_t n, i;

	expect(r, "80EE000000", "9000");
	expect(r, "80EE0200 05", "0001020304 9000");
	assert_int_equal(reader_tpdu(r, cmd, 5, resp, &n), 0x9000);
	assert_int_equal(n, 256);
	for (i = 0; i < n; i++)
		assert_int_equal(resp[i], i);
	expect(r, "80EE0100 03 414243", "9000");
	expect(r, "80EE0000 03 414243", "6103");
	expect(r, "80C00000 03", "414243 9000");
	assert_int_equal(r->card.apdus, 5);
}

/* A command of more than 255 bytes comes in ENVELOPEs, the response goes in pieces of 256. */
static void long_command_in_envelopes(void **state)
{
	struct reader *r = on(state);
	uint8_t cmd[1009] = { 0x80, 0xee, 0x00, 0x00, 0x00, 0x03, 0xe8 }, tpdu[260], resp[1100];
	size_t pos, i, n, got = 0;
	uint16_t sw;

	for (i = 0; i < 1000; i++)
		cmd[7 + i] = i * 3;
	for (pos = 0; pos < sizeof(cmd); pos += n) {
		n = sizeof(cmd) - pos < 255 ? sizeof(cmd) - pos : 255;
		memcpy(tpdu, "\x00\xc2\x00\x00", 4);
		tpdu[4] = n;
		memcpy(tpdu + 5, cmd + pos, n);
		assert_int_equal(reader_tpdu(r, tpdu, 5 + n, resp, &i), 0x9000);
	}
	expect(r, "00C2000000", "6100");
	do {
		memcpy(tpdu, "\x00\xc0\x00\x00", 4);
		tpdu[4] = got == 768 ? 232 : 0;
		sw = reader_tpdu(r, tpdu, 5, resp + got, &n);
		got += n;
	} while (sw == 0x6100 || sw == 0x61e8);
	assert_int_equal(sw, 0x9000);
	assert_int_equal(got, 1000);
	assert_memory_equal(resp, cmd + 7, 1000);
	/* nothing, a part, and what another command interrupts */
	expect(r, "00C2000000", "6700");
	expect(r, "00C20000 03 80EE00", "9000");
	expect(r, "00C2000000", "6700");
	expect(r, "00C20000 04 80EE0100", "9000");
	expect(r, "80F2000C00", "9000");
	expect(r, "00C2000000", "6700");
	expect(r, "00C20000 04 80EE0100", "9000");
	expect(r, "00C2000000", "9000");
	/* none in another, and the toolkit's is another command */
	expect(r, "00C20000 04 00C20000", "9000");
	expect(r, "00C2000000", "6700");
	expect(r, "80C2000001 00", "6A80");
}

static void get_response_only_directly_after(void **state)
{
	struct reader *r = on(state);

	expect(r, "00C0000005", "6F00");
	expect(r, "80EE0000 03 414243", "6103");
	expect(r, "80F2000C00", "9000");
	expect(r, "80C0000003", "6F00");
	/* in two pieces, and with a wrong length */
	expect(r, "80EE0000 03 414243", "6103");
	expect(r, "80C0000000", "6C03");
	expect(r, "80C0000004", "6C03");
	expect(r, "80C0000002", "4142 6101");
	expect(r, "80C0000001", "43 9000");
	expect(r, "80C0000001", "6F00");
}

static void longest_data(void **state)
{
	struct reader *r = on(state);
	char cmd[1100], answer[1100];

	snprintf(cmd, sizeof(cmd), "80EE0000FF%s", hex_run(0x5a, 255));
	expect(r, cmd, "61FF");
	snprintf(answer, sizeof(answer), "%s9000", hex_run(0x5a, 255));
	expect(r, "80C00000FF", answer);
}

static void refusals(void **state)
{
	struct reader *r = on(state);

	expect(r, "A0A4000002", "6E00");
	expect(r, "20B0000001", "6E00");
	expect(r, "80B0000001", "6E00");
	expect(r, "00F2000C00", "6E00");
	expect(r, "00DA000000", "6D00");
	expect(r, "01B0000001", "6881");
	expect(r, "04B0000001", "6882");
	expect(r, "0070000001", "6881");
}

/* Refused with data on the way: the status comes after the data. */
static void refusals_after_data(void **state)
{
	struct reader *r = on(state);

	expect(r, "00A40004 02 1234", "6A82");
	expect(r, "00A4FF04 02 3F00", "6A86");
	expect(r, "00A40070 02 3F00", "6A86");
	expect(r, "00A40004 01 3F", "6700");
	expect(r, "80AA0000 02 0000", "6A80");
	expect(r, "80AA0000 02 A900", "9000");
	expect(r, "00B0000001", "6986");
	expect(r, "80EE7700 01 00", "6A86");
}

static void pps(void **state)
{
	struct reader *r = on(state);

	reader_send(r, "FF1096");
	assert_string_equal(reader_hex(r), "");
	reader_send(r, "79");
	assert_string_equal(reader_hex(r), "FF109679");
	expect(r, "80F2000C00", "9000");
	/* later FF is a class byte, and a wrong one */
	expect(r, "FF10967900", "6E00");
}

static void bad_pps_gets_no_answer(void **state)
{
	struct reader *r = on(state);

	reader_send(r, "FF109678");
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "");
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	/* T=1 is not offered */
	reader_send(r, "FF01FE");
	assert_string_equal(reader_hex(r), "");
}

static void inverse_convention(void **state)
{
	struct reader *r = *state;
	uint8_t raw[64];
	ssize_t n, i;

	r->card.atr[0] = 0x3f;
	reader_power(r);
	n = recv(r->fd, raw, sizeof(raw), MSG_DONTWAIT);
	assert_int_equal(n, 22);
	assert_int_equal(raw[0], 0x03);
	for (i = 0; i < n; i++)
		assert_int_equal(iso7816_conv_byte(ISO7816_CONV_INVERSE, raw[i]), r->card.atr[i]);
	/* 80 F2 00 0C 00 and 90 00, all bits turned round and inverted */
	reader_send(r, "FEB0FFCFFF");
	assert_string_equal(reader_hex(r), "F6FF");
}

static void echo_comes_before_the_answer(void **state)
{
	struct reader *r = *state;

	r->opt.echo = true;
	on(state);
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "80F2000C009000");
}

static void files(void **state)
{
	struct reader *r = on(state);

	expect(r, "00A40004 02 2FE2", "6114");
	expect(r, "00B0000000", "6C0A");
	expect(r, "00B000000A", "989400000000002143F5 9000");
	expect(r, "00B0000802", "43F5 9000");
	expect(r, "00B0000803", "6C02");
	expect(r, "00B0000A01", "6B00");
	expect(r, "00B0820001", "98 9000");
	expect(r, "00B2010420", "6981");
	expect(r, "00A4000C 02 2F00", "9000");
	expect(r, "00B0000001", "6981");
	expect(r, "00B2010400", "6C20");
	expect(r, "00B2010420", "61184F10A0000000871002FFFFFFFF890709000050045553494D"
				"FFFFFFFFFFFF 9000");
	expect(r, "00B2020420", "6A83");
	expect(r, "00B2000220", "61184F10A0000000871002FFFFFFFF890709000050045553494D"
				"FFFFFFFFFFFF 9000");
	expect(r, "00B2000220", "6A83");
	/* not reachable by FID from the MF; by name, by path */
	expect(r, "00A40004 02 6FAD", "6A82");
	expect(r, "00A40004 02 7FFF", "6A82");
	expect(r, "00A4080C 04 7FFF6F38", "6A82");
	expect(r, "00A40404 07 A0000000871002", "6127");
	expect(r, "00A4000C 02 6FAD", "9000");
	expect(r, "00B0000004", "00000002 9000");
	expect(r, "80F2000100", "6C12");
	expect(r, "80F2000112", "8410A0000000871002FFFFFFFF8907090000 9000");
	expect(r, "00A4080C 02 2F05", "9000");
	expect(r, "00B0000002", "656E 9000");
	expect(r, "00A4080C 04 7FFF6F38", "9000");
	expect(r, "00A4040C 07 A0000000871004", "6A82");
	expect(r, "00A4040C 04 A0000000", "6A82");
	/* STATUS keeps the current directory, a reset does not */
	expect(r, "80F2000000", "6C27");
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	expect(r, "80F2000000", "6C1A");
}

static void pin(void **state)
{
	struct reader *r = on(state);

	expect(r, "00A4040C 07 A0000000871002", "9000");
	expect(r, "00A4000C 02 6F07", "9000");
	expect(r, "00B0000009", "6982");
	expect(r, "0020000100", "63C3");
	expect(r, "00200001 08 30303030FFFFFFFF", "63C2");
	expect(r, "00200001 08 31323334FFFFFFFF", "9000");
	expect(r, "00B0000009", "080910101032547698 9000");
	expect(r, "0020000100", "63C3");
	/* verified until the reset */
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	expect(r, "00A4040C 07 A0000000871002", "9000");
	expect(r, "00A4000C 02 6F07", "9000");
	expect(r, "00B0000009", "6982");
	expect(r, "00240001 10 31323334FFFFFFFF 35363738FFFFFFFF", "9000");
	expect(r, "00200001 08 31323334FFFFFFFF", "63C2");
	expect(r, "00B0000009", "6982");
	expect(r, "00200001 08 31323334FFFFFFFF", "63C1");
	expect(r, "00200001 08 31323334FFFFFFFF", "63C0");
	expect(r, "00200001 08 35363738FFFFFFFF", "6983");
	expect(r, "0020000100", "6983");
	/* blocked beyond a reset, until the PUK comes */
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	expect(r, "0020000100", "6983");
	expect(r, "002C0001 10 3030303030303030 31323334FFFFFFFF", "63C9");
	expect(r, "002C0001 10 3132333435363738 31323334FFFFFFFF", "9000");
	expect(r, "00200001 08 31323334FFFFFFFF", "9000");
	expect(r, "00200081 08 31323334FFFFFFFF", "6A88");
	expect(r, "00200001 04 31323334", "6700");
}

static void pin_is_wiped_and_masked(void **state)
{
	struct reader *r = *state;
	char apdu[4096] = "", wire[4096] = "";

	r->card.trace.apdu = fmemopen(apdu, sizeof(apdu) - 1, "w");
	r->card.trace.wire = fmemopen(wire, sizeof(wire) - 1, "w");
	on(state);
	expect(r, "00200001 08 31323334FFFFFFFF", "9000");
	assert_null(memmem(&r->card.t0, sizeof(r->card.t0), "1234", 4));
	expect(r, "00240001 10 31323334FFFFFFFF 31323334FFFFFFFF", "9000");
	expect(r, "002C0001 10 3132333435363738 31323334FFFFFFFF", "9000");
	expect(r, "80EE0000 02 4142", "6102");
	uicc_trace_close(&r->card.trace);
	assert_non_null(strstr(apdu, "> 0020000108 len=8 ****************\n"));
	assert_non_null(strstr(apdu, "< len=0 sw=9000\n"));
	assert_non_null(strstr(apdu, "> 80EE000002 len=2 4142\n"));
	assert_null(strstr(apdu, "31323334"));
	assert_non_null(strstr(wire, "reader> ** ** ** ** ** ** ** **\n"));
	assert_non_null(strstr(wire, "reader> 00 20 00 01 08\n"));
	assert_non_null(strstr(wire, "line    RST 1\n"));
	assert_null(strstr(wire, "31 32 33 34"));
}

static void faults_at_bytes(void **state)
{
	struct reader *r = on(state);

	assert_int_equal(uicc_fault_arm(&r->card.faults, "mute@7"), 0);
	reader_send(r, "00A4000402");
	assert_string_equal(reader_hex(r), "A4");
	reader_send(r, "3F00");
	assert_string_equal(reader_hex(r), "");
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "");
	/* a reset heals it, and the count starts anew */
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	assert_int_equal(uicc_fault_arm(&r->card.faults, "noise@2"), 0);
	reader_send(r, "80");
	assert_string_equal(reader_hex(r), "");
	reader_send(r, "F2000C00");
	assert_string_equal(reader_hex(r), "559000");
	assert_int_equal(uicc_fault_arm(&r->card.faults, "bad-procedure@1"), 0);
	reader_send(r, "80EE020001");
	assert_string_equal(reader_hex(r), "55");
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "");
}

static void faults_of_the_atr(void **state)
{
	struct reader *r = *state;
	static const char spoilt[] = "3B9F96801FC78031A073BE21136743200718000001A4";
	static const char *const answers[] = { "", "", spoilt, ATR };
	size_t i;

	assert_int_equal(uicc_fault_arm(&r->card.faults, "no-atr@2"), 0);
	assert_int_equal(uicc_fault_arm(&r->card.faults, "bad-atr"), 0);
	for (i = 0; i < 4; i++) {
		reader_power(r);
		assert_string_equal(reader_hex(r), answers[i]);
		reader_off(r);
	}
	assert_int_equal(r->card.trace.violations, 0);
}

static void null_storm_lasts_until_the_reset(void **state)
{
	struct reader *r = on(state);
	uint64_t now = uicc_now();
	int i;

	assert_int_equal(uicc_fault_arm(&r->card.faults, "null-storm"), 0);
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "60");
	for (i = 1; i <= 20; i++) {
		uicc_due(&r->card, now + i * 1000000000ULL);
		assert_string_equal(reader_hex(r), "60");
	}
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
	expect(r, "80F2000C00", "9000");
	assert_int_equal(uicc_due(&r->card, now + 60000000000ULL), 0);
}

static void removal(void **state)
{
	struct reader *r = on(state);

	assert_int_equal(uicc_fault_arm(&r->card.faults, "remove@6"), 0);
	reader_send(r, "00A4000402");
	assert_string_equal(reader_hex(r), "A4");
	reader_send(r, "3F00");
	assert_string_equal(reader_hex(r), "");
	assert_false(r->card.lines.present);
	/* nobody there: no answer, but no rule is broken either */
	reader_send(r, "00");
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), "");
	assert_int_equal(r->card.trace.violations, 0);
	/* inserted under power it waits for a reset */
	uicc_set_present(&r->card, true);
	uicc_due(&r->card, uicc_now() + 1000000000ULL);
	assert_string_equal(reader_hex(r), "");
	reader_off(r);
	reader_power(r);
	assert_string_equal(reader_hex(r), ATR);
}

static void control_commands(void **state)
{
	static const struct {
		const char *line, *answer;
	} table[] = {
		{ "mute on", "OK mute" },
		{ "mute", "ERR mute on|off" },
		{ "mute off", "OK answers after the next reset" },
		{ "fault nonsense", "ERR unknown fault" },
		{ "fault mute@x", "ERR unknown fault" },
		{ "fault mute@0", "ERR unknown fault" },
		{ "fault mute@3", "OK armed" },
		{ "remove-after 0", "ERR remove-after N, N from 1" },
		{ "remove-after 3x", "ERR remove-after N, N from 1" },
		{ "remove-after 3", "OK armed" },
		{ "atr 3B0", "ERR 1 to 64 bytes in hex" },
		{ "atr 3B 00", "OK from the next reset on" },
		{ "proactive", "ERR 1 to 256 bytes in hex" },
		{ "proactive D009810301210082028102", "OK queued" },
		{ "display", "ERR no text" },
		{ "display x", "ERR no TERMINAL PROFILE yet" },
		{ "frobnicate", "ERR unknown command" },
		{ "remove", "OK removed" },
		{ "insert", "OK inserted" },
		{ "reset", "OK all faults off" },
	};
	struct reader *r = *state;
	char line[128], answer[512];
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(line, sizeof(line), "%s", table[i].line);
		uicc_control_command(&r->card, line, answer, sizeof(answer));
		assert_string_equal(answer, table[i].answer);
	}
	on(state);
	expect(r, "80F2000C00", "910B");
	strcpy(line, "status");
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	assert_string_equal(answer, "OK apdus=1 rx=5 tx=24 violations=0 vcc=1 rst=1 present=1 "
				    "mute=0 channel=closed queued=1 faults=0 protocol=0 f=372 d=1 "
				    "command=f0676e3b");
	strcpy(line, "quit");
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	assert_true(r->card.quit);
}

static void remove_after_counts_from_now(void **state)
{
	struct reader *r = on(state);
	char line[] = "remove-after 5", answer[64];

	expect(r, "80F2000C00", "9000");
	uicc_control_command(&r->card, line, answer, sizeof(answer));
	reader_send(r, "80F2000C");
	assert_true(r->card.lines.present);
	reader_send(r, "00");
	assert_false(r->card.lines.present);
	assert_string_equal(reader_hex(r), "");
}

/* Every event in every state has an answer: no crash, and a state that exists. */
static void every_event_in_every_state(void **state)
{
	struct reader *r = on(state);
	enum uicc_t0_state s;
	enum uicc_t0_event e;
	unsigned int byte;

	for (s = UICC_T0_HEADER; s <= UICC_T0_MUTE; s++) {
		for (e = UICC_T0_EV_RESET; e <= UICC_T0_EV_TICK; e++) {
			for (byte = 0; byte < 256; byte++) {
				struct uicc_t0 *t = &r->card.t0;

				t->state = s;
				t->pos = 0;
				t->chunk = s == UICC_T0_DATA ? 1 : 0;
				memcpy(t->header, "\x80\xee\x01\x00\x02", 5);
				uicc_t0_step(t, e, byte);
				assert_in_range(t->state, UICC_T0_HEADER, UICC_T0_MUTE);
				if (e == UICC_T0_EV_RESET)
					assert_int_equal(t->state, UICC_T0_HEADER);
				if (e == UICC_T0_EV_BYTE && s >= UICC_T0_STORM)
					assert_int_equal(t->state, s);
			}
			reader_hex(r);
		}
	}
}

static void every_event_in_every_state_of_the_link(void **state)
{
	struct reader *r = on(state);
	enum uicc_link_state s;
	enum uicc_link_event e;
	unsigned int byte;

	for (s = UICC_LINK_OFF; s <= UICC_LINK_MUTE; s++) {
		for (e = UICC_LINK_EV_OFF; e <= UICC_LINK_EV_MUTE; e++) {
			for (byte = 0; byte < 256; byte++) {
				struct uicc_link *l = &r->card.link;

				l->state = s;
				l->pps.len = s == UICC_LINK_PPS ? 1 : 0;
				l->pps.buf[0] = 0xff;
				uicc_link_step(&r->card, e, byte);
				assert_in_range(l->state, UICC_LINK_OFF, UICC_LINK_MUTE);
				if (e == UICC_LINK_EV_OFF)
					assert_int_equal(l->state, UICC_LINK_OFF);
				if (e == UICC_LINK_EV_RESET)
					assert_int_equal(l->state, UICC_LINK_ATR);
				if (e == UICC_LINK_EV_BYTE &&
				    (s <= UICC_LINK_ATR || s == UICC_LINK_MUTE))
					assert_int_equal(l->state, s);
			}
			reader_hex(r);
		}
	}
}

/* No stream of bytes takes the card out of bounds, and a reset always brings it back. */
static void random_bytes(void **state)
{
	struct reader *r = on(state);
	unsigned int i, j;

	srand(7816);
	for (i = 0; i < 300; i++) {
		for (j = 0; j < 100; j++) {
			uint8_t b = rand() % 4 ? rand() : (const uint8_t[]){ 0x00, 0x80, 0xa4, 0xc2,
				0x14, 0x10, 0xee, 0xb0 }[rand() % 8];

			uicc_take(&r->card, &b, 1);
			reader_hex(r);
		}
		reader_off(r);
		reader_power(r);
		assert_string_equal(reader_hex(r), ATR);
	}
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(atr_needs_vcc_and_rising_rst),
		CASE(wrong_order_is_a_violation),
		CASE(wire_bytes_of_the_standard),
		CASE(bytes_before_a_reset_are_lost),
		CASE(single_bytes_and_nulls),
		CASE(four_cases),
		CASE(long_command_in_envelopes),
		CASE(get_response_only_directly_after),
		CASE(longest_data),
		CASE(refusals),
		CASE(refusals_after_data),
		CASE(pps),
		CASE(bad_pps_gets_no_answer),
		CASE(inverse_convention),
		CASE(echo_comes_before_the_answer),
		CASE(files),
		CASE(pin),
		CASE(pin_is_wiped_and_masked),
		CASE(faults_at_bytes),
		CASE(faults_of_the_atr),
		CASE(null_storm_lasts_until_the_reset),
		CASE(removal),
		CASE(control_commands),
		CASE(remove_after_counts_from_now),
		CASE(every_event_in_every_state),
		CASE(every_event_in_every_state_of_the_link),
		CASE(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
