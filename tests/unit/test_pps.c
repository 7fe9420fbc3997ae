// SPDX-License-Identifier: BSD-3-Clause
/*
 * PPS: which rates are tried for which ATR, and every response a card can give.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/timing.h>

#include "vectors/pps.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define CLOCK_HZ	PPS_CLOCK_HZ

static size_t unhex(const char *hex, u8 *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (u8)strtoul(digits, NULL, 16);
	}
	return n;
}

/* An ATR; TCK is made right where T says that there is one */
static void parse(const char *hex, enum iso7816_atr_defect defect,
		  struct iso7816_atr_info *info)
{
	u8 atr[33];
	size_t len = unhex(hex, atr);

	assert_int_equal(iso7816_atr_parse(atr, len, info), defect);
}

/* -------------------------------------------------------------------- plan */

static void plan_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(pps_vectors); i++) {
		const struct pps_vector *row = &pps_vectors[i];
		struct iso7816_atr_info info;
		struct iso7816_pps_plan plan;
		u8 rungs[ISO7816_RUNGS_MAX];
		size_t n = unhex(row->rungs, rungs);

		parse(row->atr, ISO7816_ATR_OK, &info);
		memset(&plan, 0xa5, sizeof(plan));
		iso7816_pps_plan(&info, row->protocols, row->max_baud, CLOCK_HZ, &plan);
		assert_int_equal(plan.choice, row->choice);
		assert_int_equal(plan.specific, row->specific);
		assert_int_equal(plan.count, n);
		if (row->choice == ISO7816_PPS_CHOSEN)
			assert_int_equal(plan.protocol, row->protocol);
		assert_int_equal(plan.first_protocol, row->specific ? info.ta2 & 0x0f :
				 info.first_protocol);
		for (size_t k = 0; k < n; k++) {
			const struct iso7816_rung *rung = &plan.rung[k];

			assert_int_equal(rung->ta1, rungs[k]);
			assert_int_equal(rung->baud, iso7816_baud(rung->f, rung->d, CLOCK_HZ));
		}
	}
}

/* For every TA1: F and D in the card's range, not faster than the card's own, 372/1 last */
static void every_ta1(void **state)
{
	for (unsigned int ta1 = 0; ta1 < 256; ta1++) {
		u8 atr[] = { 0x3b, 0x10, (u8)ta1 };
		struct iso7816_atr_info info;
		struct iso7816_pps_plan plan;

		assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_OK);
		iso7816_pps_plan(&info, T0, 0, CLOCK_HZ, &plan);
		assert_in_range(plan.count, 1, ISO7816_RUNGS_MAX);
		for (u8 k = 0; k < plan.count; k++) {
			const struct iso7816_rung *rung = &plan.rung[k];

			assert_in_range(rung->f, 372, info.fi);
			assert_in_range(rung->d, 1, info.di);
			assert_true(k + 1 == plan.count ||
				    rung->d * info.fi <= info.di * rung->f);
			assert_true(!k || rung->ta1 != plan.rung[0].ta1);
			assert_true(k + 1 == plan.count || rung->f < 372 * rung->d);
		}
		assert_int_equal(plan.rung[plan.count - 1].ta1, 0x11);
		assert_int_equal(plan.rung[plan.count - 1].f, 372);
		assert_int_equal(plan.rung[plan.count - 1].d, 1);
	}
}

static void when_a_pps_is_needed(void **state)
{
	struct iso7816_atr_info info;
	struct iso7816_pps_plan plan;

	parse(SIM96, ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T0, 0, CLOCK_HZ, &plan);
	assert_true(iso7816_pps_needed(&plan, &plan.rung[0]));
	assert_false(iso7816_pps_needed(&plan, &plan.rung[plan.count - 1]));
	/* another protocol than the first has to be asked for, at any rate */
	parse(T0_T1_CARD, ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T1, 0, CLOCK_HZ, &plan);
	assert_true(iso7816_pps_needed(&plan, &plan.rung[plan.count - 1]));
	parse("3BF01200FF9181B17C451F0399", ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T1, 0, CLOCK_HZ, &plan);
	assert_false(iso7816_pps_needed(&plan, &plan.rung[0]));
}

static void trap_01_implicit_parameters(void **state)
{
	struct iso7816_atr_info info;
	struct iso7816_pps_plan plan;

	/* TA2 = 10: F and D are not those of TA1, and nobody says which */
	parse("3BDF960090103F07008031E06773776963630000" "73FE210006", ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T0 | T1, 0, CLOCK_HZ, &plan);
	assert_int_equal(plan.choice, ISO7816_PPS_IMPLICIT);
	assert_true(plan.specific);
	assert_int_equal(plan.count, 0);
	/* after a warm reset the same card may offer the choice */
	parse(SIM96, ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T0 | T1, 0, CLOCK_HZ, &plan);
	assert_int_equal(plan.choice, ISO7816_PPS_CHOSEN);
	/* reserved values in TA1 are no better */
	parse("3BDE86FF9101F1FB34001F074445534669726553414D56312E305D", ISO7816_ATR_BAD_VALUE,
	      &info);
	iso7816_pps_plan(&info, T0 | T1, 0, CLOCK_HZ, &plan);
	assert_int_equal(plan.choice, ISO7816_PPS_UNKNOWN_RATE);
	assert_int_equal(plan.count, 0);
}

static void trap_04_less_than_ta1(void **state)
{
	struct iso7816_atr_info info;
	struct iso7816_pps_plan plan;
	struct iso7816_pps m;
	struct iso7816_out out;
	u8 request[4];

	/* a real phone takes 95 from a card that offers 96 */
	parse(SIM96, ISO7816_ATR_OK, &info);
	iso7816_pps_plan(&info, T0, 0, CLOCK_HZ, &plan);
	assert_int_equal(plan.rung[1].ta1, 0x95);
	iso7816_pps_start(&m, plan.protocol, &plan.rung[1], CLOCK_HZ, &out);
	assert_int_equal(out.send_len, unhex("FF10957A", request));
	assert_memory_equal(out.send, request, out.send_len);
}

/* ----------------------------------------------------------------- machine */

static const struct iso7816_rung rung96 = { 0x96, 512, 32, 250000 };
static const struct iso7816_rung rung11 = { 0x11, 372, 1, 10753 };

static enum iso7816_result event(struct iso7816_pps *m, enum iso7816_input what, u8 byte,
				 u8 flags, size_t *expect)
{
	struct iso7816_in in = { .what = what, .byte = byte, .flags = flags };
	struct iso7816_out out;

	memset(&out, 0xa5, sizeof(out));
	iso7816_pps_step(m, &in, &out);
	assert_null(out.send);
	assert_int_equal(out.send_len, 0);
	if (out.done == ISO7816_RES_NONE) {
		/* 9612 etu of 93 us, and what the host may be late */
		assert_int_equal(out.timer_ns, 9612 * 93000ULL + ISO7816_HOST_SLACK_NS);
		assert_in_range(out.expect, 1, 4);
	} else {
		assert_int_equal(out.timer_ns, 0);
	}
	if (expect)
		*expect = out.expect;
	return out.done;
}

static void begin(struct iso7816_pps *m, u8 protocol, const struct iso7816_rung *rung)
{
	struct iso7816_out out;

	memset(m, 0xa5, sizeof(*m));
	iso7816_pps_start(m, protocol, rung, CLOCK_HZ, &out);
	assert_non_null(out.send);
	assert_int_equal(out.done, ISO7816_RES_NONE);
	assert_int_equal(out.send_delay_ns, 7 * 93000ULL);
	assert_int_equal(out.timer_ns, 9612 * 93000ULL + ISO7816_HOST_SLACK_NS);
	assert_int_equal(event(m, ISO7816_IN_TX_DONE, 0, 0, NULL), ISO7816_RES_NONE);
}

static enum iso7816_result feed(struct iso7816_pps *m, const char *hex)
{
	u8 bytes[8];
	size_t n = unhex(hex, bytes);
	enum iso7816_result result = ISO7816_RES_NONE;

	for (size_t i = 0; i < n && result == ISO7816_RES_NONE; i++)
		result = event(m, ISO7816_IN_BYTE, bytes[i], 0, NULL);
	return result;
}

static void requests(void **state)
{
	static const struct {
		u8 protocol;
		struct iso7816_rung rung;
		const char *request;
	} rows[] = {
		{ 0, { 0x11, 372, 1, 0 }, "FF00FF" },
		{ 1, { 0x11, 372, 1, 0 }, "FF01FE" },
		{ 0, { 0x94, 512, 8, 0 }, "FF10947B" },
		{ 0, { 0x95, 512, 16, 0 }, "FF10957A" },
		{ 0, { 0x96, 512, 32, 0 }, "FF109679" },
		{ 0, { 0x97, 512, 64, 0 }, "FF109778" },
		{ 0, { 0x13, 372, 4, 0 }, "FF1013FC" },
		{ 1, { 0x18, 372, 12, 0 }, "FF1118F6" },
		{ 1, { 0x96, 512, 32, 0 }, "FF119678" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct iso7816_pps m;
		struct iso7816_out out;
		u8 request[4];
		size_t n = unhex(rows[i].request, request);

		iso7816_pps_start(&m, rows[i].protocol, &rows[i].rung, CLOCK_HZ, &out);
		assert_int_equal(out.send_len, n);
		assert_memory_equal(out.send, request, n);
		/* echoed: taken */
		assert_int_equal(event(&m, ISO7816_IN_TX_DONE, 0, 0, NULL), ISO7816_RES_NONE);
		assert_int_equal(feed(&m, rows[i].request), ISO7816_RES_OK);
		assert_int_equal(m.protocol, rows[i].protocol);
		assert_int_equal(m.f, rows[i].rung.f);
		assert_int_equal(m.d, rows[i].rung.d);
	}
}

static void trap_02_fewer_parameters(void **state)
{
	struct iso7816_pps m;

	begin(&m, 0, &rung96);
	assert_int_equal(feed(&m, "FF00FF"), ISO7816_RES_OK);
	assert_int_equal(m.protocol, 0);
	assert_int_equal(m.f, 372);
	assert_int_equal(m.d, 1);
	begin(&m, 1, &rung96);
	assert_int_equal(feed(&m, "FF01FE"), ISO7816_RES_OK);
	assert_int_equal(m.protocol, 1);
	assert_int_equal(m.f, 372);
}

static void trap_03_parameters_not_asked_for(void **state)
{
	static const char *const answers[] = {
		"FF309600" "59", "FF509600" "39", "FF7096000019", "FF20" "00DF", "FF4000BF",
	};
	struct iso7816_pps m;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		begin(&m, 0, &rung96);
		assert_int_equal(feed(&m, answers[i]), ISO7816_RES_PROTO);
	}
	/* nor PPS1, when nothing but the protocol was asked for */
	begin(&m, 0, &rung11);
	assert_int_equal(feed(&m, "FF1011FE"), ISO7816_RES_PROTO);
}

/* Every value of every character: only the right ones lead on */
static void every_character(void **state)
{
	static const u8 right[] = { 0xff, 0x10, 0x96, 0x79 };

	for (size_t pos = 0; pos < sizeof(right); pos++) {
		for (unsigned int b = 0; b < 256; b++) {
			struct iso7816_pps m;
			enum iso7816_result result;
			bool shorter = pos == 1 && b == 0x00;
			size_t expect;

			begin(&m, 0, &rung96);
			for (size_t i = 0; i < pos; i++)
				assert_int_equal(event(&m, ISO7816_IN_BYTE, right[i], 0, NULL),
						 ISO7816_RES_NONE);
			result = event(&m, ISO7816_IN_BYTE, (u8)b, 0, &expect);
			if (b != right[pos] && !shorter)
				assert_int_equal(result, ISO7816_RES_PROTO);
			else if (pos == 3)
				assert_int_equal(result, ISO7816_RES_OK);
			else
				assert_int_equal(result, ISO7816_RES_NONE);
			if (result == ISO7816_RES_NONE)
				assert_int_equal(expect, pos == 1 && !shorter ? 2 : 1);
			/* over is over */
			if (result != ISO7816_RES_NONE)
				assert_int_equal(event(&m, ISO7816_IN_BYTE, 0xff, 0, NULL), result);
		}
	}
}

/* Everything else that can happen, before every character */
static void other_events(void **state)
{
	static const u8 right[] = { 0xff, 0x10, 0x96, 0x79 };
	struct iso7816_pps m;

	for (size_t pos = 0; pos < sizeof(right); pos++) {
		struct iso7816_pps at, copy;

		begin(&at, 0, &rung96);
		for (size_t i = 0; i < pos; i++)
			event(&at, ISO7816_IN_BYTE, right[i], 0, NULL);
		copy = at;
		assert_int_equal(event(&copy, ISO7816_IN_TIMEOUT, 0, 0, NULL),
				 pos ? ISO7816_RES_PROTO : ISO7816_RES_MUTE);
		copy = at;
		assert_int_equal(event(&copy, ISO7816_IN_REMOVED, 0, 0, NULL),
				 ISO7816_RES_REMOVED);
		copy = at;
		assert_int_equal(event(&copy, (enum iso7816_input)99, 0, 0, NULL),
				 ISO7816_RES_REMOVED);
		copy = at;
		assert_int_equal(event(&copy, ISO7816_IN_BYTE, right[pos], ISO7816_CHAR_PARITY,
				       NULL), ISO7816_RES_PROTO);
		copy = at;
		assert_int_equal(event(&copy, ISO7816_IN_TX_DONE, 0, 0, NULL), ISO7816_RES_NONE);
		assert_int_equal(copy.state, at.state);
	}
	/* a card that speaks into the request */
	iso7816_pps_start(&m, 0, &rung96, CLOCK_HZ, &(struct iso7816_out){ 0 });
	assert_int_equal(event(&m, ISO7816_IN_BYTE, 0xff, 0, NULL), ISO7816_RES_PROTO);
	/* a line that does not get rid of it */
	iso7816_pps_start(&m, 0, &rung96, CLOCK_HZ, &(struct iso7816_out){ 0 });
	assert_int_equal(event(&m, ISO7816_IN_TIMEOUT, 0, 0, NULL), ISO7816_RES_MUTE);
	/* nothing was begun */
	memset(&m, 0, sizeof(m));
	for (enum iso7816_input what = ISO7816_IN_BYTE; what <= ISO7816_IN_REMOVED; what++) {
		struct iso7816_in in = { .what = what };
		struct iso7816_out out;

		iso7816_pps_step(&m, &in, &out);
		assert_int_equal(out.done, ISO7816_RES_NONE);
		assert_int_equal(out.timer_ns, 0);
	}
}

static void altered_answers(void **state)
{
	static const char *const answers[] = {
		"FF11967A", "FF10957A", "FF10967B", "FF10977A", "FF1196" "78", "FF019E",
		"FF1E9679", "3B109679", "FF909679",
	};
	struct iso7816_pps m;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		begin(&m, 0, &rung96);
		assert_int_equal(feed(&m, answers[i]), ISO7816_RES_PROTO);
	}
	/* the check character of the short form */
	begin(&m, 0, &rung96);
	assert_int_equal(feed(&m, "FF00FE"), ISO7816_RES_PROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_table),
		cmocka_unit_test(every_ta1),
		cmocka_unit_test(when_a_pps_is_needed),
		cmocka_unit_test(trap_01_implicit_parameters),
		cmocka_unit_test(trap_04_less_than_ta1),
		cmocka_unit_test(requests),
		cmocka_unit_test(trap_02_fewer_parameters),
		cmocka_unit_test(trap_03_parameters_not_asked_for),
		cmocka_unit_test(every_character),
		cmocka_unit_test(other_events),
		cmocka_unit_test(altered_answers),
	};

	return cmocka_run_group_tests_name("pps", tests, NULL, NULL);
}
