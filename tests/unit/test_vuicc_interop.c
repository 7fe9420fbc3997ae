// SPDX-License-Identifier: BSD-3-Clause
/*
 * The driver's protocol code against the virtual card, characters being all that passes between
 * them: PPS and T=1, errors of every kind at every block, and errors by chance.  The card holds the
 * reader to the rules while it recovers.  Time is made to pass, nobody waits for it.
 */
#include "vuicc-reader.h"

#include <iso7816/pps.h>
#include <iso7816/t1.h>
#include <iso7816/timing.h>
#include <iso7816/tpdu.h>

#define CLOCK		3571200
/* T=1; the last byte becomes the TCK */
#define ATR_96		"3BD096FF8131FE4500"	/* TA1 = 96, N = 255, IFSC 254, CWI 5 */
#define ATR_254		"3B808131FE4500"	/* IFSC 254, CWI 5 */
#define ATR_64		"3B808131404500"
#define ATR_1		"3B808131010000"	/* IFSC 1, CWI 0, BWI 0 */
#define ATR_CRC		"3B80817120450100"	/* IFSC 32, CRC */
#define ATR_PLAIN	"3B800100"		/* all defaults: IFSC 32 */
#define BIG		70000
#define STEPS_MAX	2000000

struct pair {
	struct reader r;
	struct iso7816_atr_info atr;
	struct iso7816_t1 t1;
	uint8_t cmd[BIG], resp[BIG];
	uint64_t timer;		/* when the machine's timer expires, 0 = off */
};

static void set_atr(struct pair *p, const char *hex)
{
	uint8_t *atr = p->r.opt.atr, tck = 0;
	ssize_t i, n = uicc_hex_parse(hex, atr, UICC_ATR_ROOM);

	/* the last byte is the TCK to be */
	for (i = 1; i < n - 1; i++)
		tck ^= atr[i];
	atr[n - 1] = tck;
	p->r.opt.atr_len = n;
	assert_int_equal(iso7816_atr_parse(atr, n, &p->atr), ISO7816_ATR_OK);
}

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	uicc_options_default(&p->r.opt);
	set_atr(p, ATR_96);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	reader_close(&p->r);
	free(p);
	return 0;
}

static void power(struct pair *p)
{
	reader_off(&p->r);
	reader_power(&p->r);
	assert_true(strlen(reader_hex(&p->r)) >= 4);
}

static void init_t1(struct pair *p)
{
	struct iso7816_t1_params params;

	iso7816_t1_params_init(&params, &p->atr, p->r.card.link.f, p->r.card.link.d, CLOCK,
			       ISO7816_HOST_SLACK_NS);
	iso7816_t1_init(&p->t1, &params);
}

static struct pair *on_with(void **state, const char *atr)
{
	struct pair *p = *state;

	if (atr)
		set_atr(p, atr);
	reader_open(&p->r);
	power(p);
	init_t1(p);
	return p;
}

typedef void (*step_fn)(struct pair *p, const struct iso7816_in *in, struct iso7816_out *out);

static void step_t1(struct pair *p, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_t1_step(&p->t1, in, out);
}

/* What the machine wants done; the line is the card's socket. */
static void act(struct pair *p, struct iso7816_out *out, step_fn step)
{
	struct iso7816_in in = { .what = ISO7816_IN_TX_DONE };
	uint8_t buf[300];

	while (out->send) {
		size_t i, n = out->send_len;

		assert_true(n <= sizeof(buf));
		for (i = 0; i < n; i++)
			buf[i] = iso7816_conv_byte(p->r.card.conv, out->send[i]);
		uicc_skip_time(out->send_delay_ns);
		p->timer = out->timer_ns ? uicc_now() + out->timer_ns : 0;
		uicc_take(&p->r.card, buf, n);
		if (out->done)
			return;
		in.now_ns = uicc_now();
		step(p, &in, out);
	}
	p->timer = out->timer_ns ? uicc_now() + out->timer_ns : 0;
}

/* Runs a machine to its end. */
static enum iso7816_result drive(struct pair *p, struct iso7816_out *out, step_fn step)
{
	unsigned int steps = 0;

	act(p, out, step);
	while (!out->done) {
		struct iso7816_in in = { .what = ISO7816_IN_BYTE };
		uint64_t now = uicc_now();
		uint8_t byte;

		assert_true(++steps < STEPS_MAX);
		if (recv(p->r.fd, &byte, 1, MSG_DONTWAIT) == 1) {
			in.byte = iso7816_conv_byte(p->r.card.conv, byte);
		} else {
			uint64_t due = uicc_due(&p->r.card, now);

			/* it may have sent something just now */
			if (recv(p->r.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1)
				continue;
			assert_true(due || p->timer);
			if (due && (!p->timer || due < p->timer)) {
				uicc_skip_time(due > now ? due - now : 0);
				continue;
			}
			uicc_skip_time(p->timer > now ? p->timer - now : 0);
			in.what = ISO7816_IN_TIMEOUT;
		}
		in.now_ns = uicc_now();
		step(p, &in, out);
		act(p, out, step);
	}
	return out->done;
}

/* An exchange over T=1; the response is in p->resp. */
static enum iso7816_result exchange(struct pair *p, size_t len)
{
	struct iso7816_apdu_req req = {
		.cmd = p->cmd, .cmd_len = len, .resp = p->resp, .room = sizeof(p->resp),
		.deadline_ns = uicc_now() + 100 * ISO7816_NSEC_PER_SEC,
	};
	struct iso7816_out out;

	iso7816_t1_start(&p->t1, &req, &out);
	return drive(p, &out, step_t1);
}

static void set_cmd(struct pair *p, const char *hex, size_t *len)
{
	*len = uicc_hex_parse(hex, p->cmd, sizeof(p->cmd));
}

#define expect_apdu(p, cmd, resp)	expect_apdu_at(p, cmd, resp, __LINE__)
static void expect_apdu_at(struct pair *p, const char *cmd, const char *resp, int line)
{
	char got[2000], want[2000];
	uint8_t b[1000];
	size_t len;

	set_cmd(p, cmd, &len);
	_assert_int_equal(exchange(p, len), ISO7816_RES_OK, __FILE__, line);
	_assert_string_equal(uicc_hex_format(got, sizeof(got), p->resp, p->t1.resp_len),
			     uicc_hex_format(want, sizeof(want), b,
					     uicc_hex_parse(resp, b, sizeof(b))), __FILE__, line);
}

/* The data comes back as it was. */
static void echo(struct pair *p, size_t nc)
{
	bool extended = nc > 255;
	size_t i, at = extended ? 7 : 5;
	size_t len = at + nc + (extended ? 2 : 1);

	memcpy(p->cmd, "\x80\xee\x00\x00\x00", 5);
	if (extended) {
		p->cmd[5] = nc >> 8;
		p->cmd[6] = nc;
	} else {
		p->cmd[4] = nc;
	}
	for (i = 0; i < nc; i++)
		p->cmd[at + i] = i * 5 + (i >> 8);
	memset(p->cmd + at + nc, 0, extended ? 2 : 1);
	assert_int_equal(exchange(p, len), ISO7816_RES_OK);
	assert_int_equal(p->t1.resp_len, nc + 2);
	assert_memory_equal(p->resp, p->cmd + at, nc);
	assert_memory_equal(p->resp + nc, "\x90\x00", 2);
}

static unsigned int violations(struct pair *p)
{
	return p->r.card.trace.violations;
}

/* --- T=1 --- */

static void all_sizes(void **state)
{
	static const char *const atrs[] = {
		ATR_96, ATR_254, ATR_64, ATR_1, ATR_CRC, ATR_PLAIN,
	};
	static const size_t sizes[] = { 1, 2, 31, 32, 60, 64, 247, 248, 249, 255, 256, 257, 4000 };
	struct pair *p = *state;
	size_t i, j;

	reader_open(&p->r);
	for (i = 0; i < sizeof(atrs) / sizeof(atrs[0]); i++) {
		set_atr(p, atrs[i]);
		memcpy(p->r.card.atr, p->r.opt.atr, p->r.opt.atr_len);
		p->r.card.atr_len = p->r.opt.atr_len;
		power(p);
		init_t1(p);
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			echo(p, sizes[j]);
	}
	assert_int_equal(violations(p), 0);
	assert_int_equal(p->t1.counters.retransmits, 0);
}

static void longest_apdu(void **state)
{
	struct pair *p = on_with(state, ATR_254);

	echo(p, 65535);
	expect_apdu(p, "80F2000C", "9000");
	assert_int_equal(violations(p), 0);
}

static void inverse_convention(void **state)
{
	struct pair *p = on_with(state, "3F808131FE4500");

	assert_int_equal(p->r.card.conv, ISO7816_CONV_INVERSE);
	echo(p, 300);
	assert_int_equal(violations(p), 0);
}

static void requests_of_the_card(void **state)
{
	struct pair *p = *state;

	p->r.opt.wtx = 3;
	p->r.opt.wtx_factor = 255;
	p->r.opt.ifs = 5;
	on_with(state, NULL);
	expect_apdu(p, "80EE0000 03 414243 00", "414243 9000");
	assert_int_equal(p->t1.ifsc, 5);
	assert_int_equal(p->t1.counters.wtx, 3);
	echo(p, 40);
	assert_int_equal(violations(p), 0);
}

static void commands_of_a_uicc(void **state)
{
	struct pair *p = on_with(state, NULL);

	expect_apdu(p, "00A40004 02 2FE2 00", "62128202412183022FE28A01058002000A880110 9000");
	expect_apdu(p, "00B00000 00", "989400000000002143F5 9000");
	/* 61xx and 6Cxx are the machine's business */
	expect_apdu(p, "80F20000 05", "6218820278218302" "3F00A5038001718A0105C606900180830101" "9000");
	expect_apdu(p, "80100000 11 2B01E800010C00072800001F8060000004", "910F");
	assert_int_equal(p->t1.pending_sw, 0x910f);
	assert_int_equal(violations(p), 0);
}

/* --- errors: one of each kind at each block, three blocks either way --- */

static const char *const block_faults[] = {
	"bad-edc", "bad-seq", "bad-pcb", "bad-len", "bad-nad", "lose-block",
};

static void one_fault_at_every_block(void **state)
{
	struct pair *p = on_with(state, ATR_PLAIN);
	unsigned int n, i, tried = 0;
	char spec[32];

	for (i = 0; i < sizeof(block_faults) / sizeof(block_faults[0]); i++) {
		for (n = 1; n <= 7; n++) {
			power(p);
			init_t1(p);
			snprintf(spec, sizeof(spec), "%s@%u", block_faults[i], n);
			assert_int_equal(uicc_fault_arm(&p->r.card.faults, spec), 0);
			echo(p, 300);
			assert_int_equal(p->r.card.faults.struck, ++tried);
			echo(p, 20);
			assert_int_equal(p->t1.counters.resynchs, 0);
		}
	}
	assert_int_equal(violations(p), 0);
	print_message("%u faults, each recovered from\n", tried);
}

static void two_faults_at_every_two_blocks(void **state)
{
	struct pair *p = on_with(state, ATR_PLAIN);
	unsigned int n, m, i, j, tried = 0;
	char spec[32];

	for (i = 0; i < 36; i++) {
		for (n = 1; n <= 6; n++) {
			for (m = n + 1; m <= 8; m++) {
				power(p);
				init_t1(p);
				for (j = 0; j < 2; j++) {
					snprintf(spec, sizeof(spec), "%s@%u",
						 block_faults[j ? i / 6 : i % 6], j ? m : n);
					uicc_fault_arm(&p->r.card.faults, spec);
				}
				echo(p, 100);
				uicc_faults_clear(&p->r.card.faults);
				echo(p, 20);
				tried++;
			}
		}
	}
	assert_int_equal(violations(p), 0);
	print_message("%u pairs of faults, each recovered from\n", tried);
}

/* One character either way dropped, doubled, spoilt, preceded by noise: anywhere. */
static void one_fault_at_every_character(void **state)
{
	static const char *const kinds[] = { "drop", "duplicate", "flip", "noise" };
	struct pair *p = on_with(state, ATR_PLAIN);
	unsigned int k, dir, n, ok = 0, failed = 0;
	char spec[40];
	size_t len;

	for (k = 0; k < 4; k++) {
		for (dir = 0; dir < 2; dir++) {
			for (n = 1; n <= 60; n++) {
				enum iso7816_result ret;

				power(p);
				init_t1(p);
				snprintf(spec, sizeof(spec), "%s@%s:%u", kinds[k],
					 dir ? "in" : "out", n);
				assert_int_equal(uicc_fault_arm(&p->r.card.faults, spec), 0);
				set_cmd(p, "80EE0000 14 000102030405060708090A0B0C0D0E0F10111213 00",
					&len);
				ret = exchange(p, len);
				if (ret == ISO7816_RES_OK) {
					assert_int_equal(p->t1.resp_len, 22);
					assert_memory_equal(p->resp, p->cmd + 5, 20);
					ok++;
				} else {
					assert_true(ret == ISO7816_RES_MUTE ||
						    ret == ISO7816_RES_PROTO);
					failed++;
				}
				uicc_faults_clear(&p->r.card.faults);
			}
		}
	}
	assert_int_equal(violations(p), 0);
	print_message("%u of %u recovered from without a reset\n", ok, ok + failed);
	/* at the start of the link three attempts in vain end it; else all is recovered */
	assert_true(ok * 100 >= (ok + failed) * 95);
}

static void faults_by_chance(void **state)
{
	struct pair *p = on_with(state, ATR_64);
	unsigned int seed, ok = 0, wrong = 0, failed = 0, struck = 0;
	char spec[40];

	for (seed = 1; seed <= 500; seed++) {
		size_t len = 5 + 100 + 1, i;
		enum iso7816_result ret;

		power(p);
		init_t1(p);
		memcpy(p->cmd, "\x80\xee\x00\x00\x64", 5);
		for (i = 0; i < 100; i++)
			p->cmd[5 + i] = i + seed;
		p->cmd[105] = 0;
		snprintf(spec, sizeof(spec), "random:%u:8", seed);
		p->r.card.faults.struck = 0;
		assert_int_equal(uicc_fault_arm(&p->r.card.faults, spec), 0);
		ret = exchange(p, len);
		struck += p->r.card.faults.struck;
		if (ret == ISO7816_RES_OK && p->t1.resp_len == 102 &&
		    !memcmp(p->resp, p->cmd + 5, 100))
			ok++;
		else if (ret == ISO7816_RES_OK)
			wrong++;
		else
			failed++;
		uicc_faults_clear(&p->r.card.faults);
		/* whatever it was, a reset makes all well */
		power(p);
		init_t1(p);
		echo(p, 50);
	}
	assert_int_equal(violations(p), 0);
	print_message("%u faults: %u right, %u wrong unnoticed, %u failed of 500 exchanges\n",
		      struck, ok, wrong, failed);
	/* an LRC does not see two errors in one column */
	assert_true(wrong <= 5);
	assert_true(ok >= 450);
}

static void storms_and_silence_end(void **state)
{
	struct pair *p = on_with(state, NULL);
	size_t len;

	expect_apdu(p, "80F2000C", "9000");
	uicc_fault_arm(&p->r.card.faults, "wtx-storm");
	set_cmd(p, "80F2000C", &len);
	assert_int_equal(exchange(p, len), ISO7816_RES_DEADLINE);
	power(p);
	init_t1(p);
	expect_apdu(p, "80F2000C", "9000");
	uicc_fault_arm(&p->r.card.faults, "stop@in:3");
	set_cmd(p, "80F2000C", &len);
	assert_int_equal(exchange(p, len), ISO7816_RES_MUTE);
	power(p);
	init_t1(p);
	expect_apdu(p, "80F2000C", "9000");
	assert_int_equal(violations(p), 0);
}

static void aborts_of_the_card(void **state)
{
	struct pair *p = on_with(state, ATR_PLAIN);
	size_t len;

	memset(p->cmd, 0, 106);
	memcpy(p->cmd, "\x80\xee\x00\x00\x64", 5);
	len = 106;
	uicc_fault_arm(&p->r.card.faults, "abort@3");
	assert_int_equal(exchange(p, len), ISO7816_RES_ABORTED);
	/* no reset is needed */
	echo(p, 100);
	assert_int_equal(violations(p), 0);
}

/* --- T=0: long commands go in ENVELOPEs --- */

static struct iso7816_tpdu tpdu;

static void step_tpdu(struct pair *p, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_tpdu_step(&tpdu, in, out);
}

static void echo_t0(struct pair *p, size_t nc)
{
	struct iso7816_apdu_req req = {
		.cmd = p->cmd, .cmd_len = 7 + nc + 2, .resp = p->resp, .room = sizeof(p->resp),
		.wt_ns = ISO7816_NSEC_PER_SEC,
		.deadline_ns = uicc_now() + 100 * ISO7816_NSEC_PER_SEC,
	};
	struct iso7816_out out;
	size_t i;

	memcpy(p->cmd, "\x80\xee\x00\x00\x00", 5);
	p->cmd[5] = nc >> 8;
	p->cmd[6] = nc;
	for (i = 0; i < nc; i++)
		p->cmd[7 + i] = i * 11 + (i >> 8);
	memset(p->cmd + 7 + nc, 0, 2);
	iso7816_tpdu_start(&tpdu, &req, &out);
	assert_int_equal(drive(p, &out, step_tpdu), ISO7816_RES_OK);
	assert_int_equal(tpdu.resp_len, nc + 2);
	assert_memory_equal(p->resp, p->cmd + 7, nc);
	assert_memory_equal(p->resp + nc, "\x90\x00", 2);
}

static void long_commands_over_t0(void **state)
{
	struct pair *p = on_with(state, "3B00");

	echo_t0(p, 256);
	echo_t0(p, 4000);
	echo_t0(p, 65535);
	assert_int_equal(violations(p), 0);
}

/* --- PPS --- */

static struct iso7816_pps pps;

static void step_pps(struct pair *p, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_pps_step(&pps, in, out);
}

/* What a driver does: down the rungs, a warm reset between. Returns how many failed. */
static unsigned int negotiate(struct pair *p)
{
	struct iso7816_pps_plan plan;
	struct iso7816_out out;
	unsigned int i;

	iso7816_pps_plan(&p->atr, 0x3, 0, CLOCK, &plan);
	assert_int_equal(plan.choice, ISO7816_PPS_CHOSEN);
	for (i = 0; i < plan.count; i++) {
		uicc_line_changed(&p->r.card, UICC_LINE_RST, false);
		power(p);
		if (!iso7816_pps_needed(&plan, &plan.rung[i]))
			return i;
		iso7816_pps_start(&pps, plan.protocol, &plan.rung[i], CLOCK, &out);
		if (drive(p, &out, step_pps) == ISO7816_RES_OK)
			break;
	}
	assert_true(i < plan.count);
	assert_int_equal(pps.protocol, p->r.card.link.protocol);
	assert_int_equal(pps.f, p->r.card.link.f);
	assert_int_equal(pps.d, p->r.card.link.d);
	uicc_skip_time(2000000);
	return i;
}

static void pps_of_every_kind(void **state)
{
	static const struct {
		enum uicc_pps_mode mode;
		unsigned int times, failed, d;
	} table[] = {
		{ UICC_PPS_ACCEPT, 0, 0, 32 },
		{ UICC_PPS_REDUCE, 0, 0, 1 },
		{ UICC_PPS_REFUSE, 1, 1, 16 },
		{ UICC_PPS_ALTER, 1, 1, 16 },
		{ UICC_PPS_BAD_PCK, 1, 1, 16 },
		{ UICC_PPS_EXTRA, 1, 1, 16 },
		{ UICC_PPS_EXTRA, 2, 2, 8 },
		{ UICC_PPS_REFUSE, 0, 99, 1 },
	};
	struct pair *p = on_with(state, NULL);
	unsigned int failed;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		p->r.card.link.pps.mode = table[i].mode;
		p->r.card.link.pps.times = table[i].times;
		failed = negotiate(p);
		if (table[i].failed < 99)
			assert_int_equal(failed, table[i].failed);
		init_t1(p);
		echo(p, 300);
		assert_int_equal(p->r.card.link.d, table[i].d);
		assert_int_equal(violations(p), 0);
	}
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_sizes),
		CASE(longest_apdu),
		CASE(inverse_convention),
		CASE(requests_of_the_card),
		CASE(commands_of_a_uicc),
		CASE(one_fault_at_every_block),
		CASE(two_faults_at_every_two_blocks),
		CASE(one_fault_at_every_character),
		CASE(faults_by_chance),
		CASE(storms_and_silence_end),
		CASE(aborts_of_the_card),
		CASE(long_commands_over_t0),
		CASE(pps_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
