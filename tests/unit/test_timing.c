// SPDX-License-Identifier: BSD-3-Clause
/*
 * Times: the figures of the standard, rounding up, and the edges of the types.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vectors/timing.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void clocks(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(clocks_vectors); i++) {
		const struct clocks_vector *v = &clocks_vectors[i];

		assert_int_equal(iso7816_clocks_to_ns(v->clocks, v->hz), v->ns);
	}
}

static void etu(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(etu_vectors); i++) {
		const struct etu_vector *v = &etu_vectors[i];

		assert_int_equal(iso7816_etu_to_ns(v->etu, v->f, v->d, v->hz),
				 v->ns);
	}
}

static void waiting_time(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wt_vectors); i++) {
		const struct wt_vector *v = &wt_vectors[i];

		assert_int_equal(iso7816_wt_ns(v->wi, v->fi, v->hz), v->ns);
	}
}

/* 11 + 2^CWI etu, at both ends of the clock and at the highest rate */
static void character_waiting_time(void **state)
{
	for (u8 cwi = 0; cwi < 16; cwi++) {
		assert_int_equal(iso7816_cwt_ns(cwi, 372, 1, 1000000), cwt_vectors[cwi] * 372000ULL);
		assert_int_equal(iso7816_cwt_ns(cwi, 372, 1, 5000000), cwt_vectors[cwi] * 74400ULL);
		assert_int_equal(iso7816_cwt_ns(cwi, 512, 64, 5000000), cwt_vectors[cwi] * 1600ULL);
		/* higher bits are not a part of it */
		assert_int_equal(iso7816_cwt_ns(cwi | 0xf0, 372, 1, 1000000),
				 cwt_vectors[cwi] * 372000ULL);
	}
	assert_int_equal(iso7816_cwt_ns(15, 372, 1, 0), NS_MAX);
	/* 1.4 * 10^23 ns */
	assert_int_equal(iso7816_cwt_ns(15, UINT32_MAX, 1, 1), NS_MAX);
}

static void block_waiting_time(void **state)
{
	for (u8 bwi = 0; bwi < 10; bwi++) {
		/* 960 * 372 clocks are 357.12 ms at 1 MHz; the 11 etu follow the rate */
		assert_int_equal(iso7816_bwt_ns(bwi, 372, 1, 1000000),
				 11 * 372000ULL + (357120000ULL << bwi));
		assert_int_equal(iso7816_bwt_ns(bwi, 372, 1, 5000000),
				 11 * 74400ULL + (71424000ULL << bwi));
		assert_int_equal(iso7816_bwt_ns(bwi, 512, 64, 5000000),
				 11 * 1600ULL + (71424000ULL << bwi));
	}
	/* reserved: as the highest */
	assert_int_equal(iso7816_bwt_ns(10, 372, 1, 1000000), iso7816_bwt_ns(9, 372, 1, 1000000));
	assert_int_equal(iso7816_bwt_ns(255, 372, 1, 1000000), iso7816_bwt_ns(9, 372, 1, 1000000));
	assert_int_equal(iso7816_bwt_ns(9, 372, 1, 0), NS_MAX);
	assert_int_equal(iso7816_bwt_ns(0, 372, 0, 1000000), NS_MAX);
}

static void waiting_time_extension(void **state)
{
	u64 longest = iso7816_bwt_ns(9, 372, 1, 1000000);

	/* 13 hours: BWI 9, WTX 255, 1 MHz */
	assert_int_equal(iso7816_wtx_ns(longest, 255, 1000), longest * 255 + 1000);
	assert_int_equal(longest * 255 / 1000000000, 46626);
	assert_int_equal(iso7816_wtx_ns(1000, 1, 5), 1005);
	assert_int_equal(iso7816_wtx_ns(1000, 0, 5), 5);
	assert_int_equal(iso7816_wtx_ns(NS_MAX / 255, 255, 0), NS_MAX / 255 * 255);
	assert_int_equal(iso7816_wtx_ns(NS_MAX / 255 + 1, 255, 0), NS_MAX);
	assert_int_equal(iso7816_wtx_ns(NS_MAX / 254, 254, 0), NS_MAX / 254 * 254);
	assert_int_equal(iso7816_wtx_ns(NS_MAX, 1, 0), NS_MAX);
	assert_int_equal(iso7816_wtx_ns(NS_MAX, 1, 1), NS_MAX);
	assert_int_equal(iso7816_wtx_ns(1, 1, NS_MAX), NS_MAX);
	assert_int_equal(iso7816_wtx_ns(1, 1, NS_MAX - 1), NS_MAX);
	assert_int_equal(iso7816_wtx_ns(1, 1, NS_MAX - 2), NS_MAX - 1);
}

static void baud(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(baud_vectors); i++) {
		const struct baud_vector *v = &baud_vectors[i];

		assert_int_equal(iso7816_baud(v->f, v->d, v->hz), v->baud);
	}
}

static void two_percent(void **state)
{
	assert_true(iso7816_baud_usable(10000, 10000));
	assert_true(iso7816_baud_usable(10000, 10200));
	assert_false(iso7816_baud_usable(10000, 10201));
	assert_true(iso7816_baud_usable(10000, 9800));
	assert_false(iso7816_baud_usable(10000, 9799));
	assert_true(iso7816_baud_usable(10753, 10700));
	assert_false(iso7816_baud_usable(10753, 9600));
	assert_false(iso7816_baud_usable(10000, 0));
	assert_false(iso7816_baud_usable(0, 0));
	assert_false(iso7816_baud_usable(0, 9600));
	assert_false(iso7816_baud_usable(UINT32_MAX, 1));
	assert_false(iso7816_baud_usable(1, UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
		cmocka_unit_test(etu),
		cmocka_unit_test(waiting_time),
		cmocka_unit_test(character_waiting_time),
		cmocka_unit_test(block_waiting_time),
		cmocka_unit_test(waiting_time_extension),
		cmocka_unit_test(baud),
		cmocka_unit_test(two_percent),
	};

	return cmocka_run_group_tests_name("timing", tests, NULL, NULL);
}
