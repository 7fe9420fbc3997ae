// SPDX-License-Identifier: BSD-3-Clause
/*
 * Times: the figures of the standard, rounding up, and the edges of the types.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <iso7816/timing.h>

#define NS_MAX UINT64_MAX

static void clocks(void **state)
{
	static const struct {
		u64 clocks;
		u32 hz;
		u64 ns;
	} rows[] = {
		{ 0, 5000000, 0 },
		{ 1, 1000000, 1000 },
		{ 400, 1000000, 400000 },
		{ 400, 3571200, 112008 },		/* 112 007.17 rounded up */
		{ 40000, 4000000, 10000000 },
		{ 40000, 3571200, 11200717 },
		{ 1, 3, 333333334 },
		{ 2, 3, 666666667 },
		{ 3, 3, 1000000000 },
		{ 18446744072ULL, 1, 18446744072000000000ULL },
		{ 18446744073ULL, 1, NS_MAX },
		{ UINT64_MAX, 1, NS_MAX },
		{ UINT64_MAX, UINT32_MAX, 4294967297000000000ULL },
		{ UINT64_MAX - 1, UINT32_MAX, 4294967297000000000ULL },
		{ 5, 0, NS_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(iso7816_clocks_to_ns(rows[i].clocks, rows[i].hz), rows[i].ns);
}

static void etu(void **state)
{
	static const struct {
		u64 etu;
		u32 f, d, hz;
		u64 ns;
	} rows[] = {
		{ 1, 372, 1, 1000000, 372000 },
		{ 1, 372, 1, 4000000, 93000 },
		{ 1, 372, 8, 4000000, 11625 },		/* 46.5 clocks */
		{ 9600, 372, 1, 3571200, 1000000000 },
		{ 9600, 372, 1, 4000000, 892800000 },
		{ 12, 512, 32, 5000000, 38400 },
		{ 0, 372, 1, 4000000, 0 },
		{ 7, 0, 1, 4000000, 0 },
		{ 7, 372, 0, 4000000, NS_MAX },
		{ 7, 372, 1, 0, NS_MAX },
		{ UINT64_MAX / 372, 372, 64, 20000000, 14411518807585587188ULL },
		{ UINT64_MAX / 372 + 1, 372, 64, 20000000, NS_MAX },
		{ 1, 1, 4, UINT32_MAX, 1 },
		{ 1, 1, 8, 0x80000000, 1 },		/* d * f = 2^34 */
		{ 1, 1, 5, UINT32_MAX, NS_MAX },	/* d * f > 2^34 */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(iso7816_etu_to_ns(rows[i].etu, rows[i].f, rows[i].d, rows[i].hz),
				 rows[i].ns);
}

static void waiting_time(void **state)
{
	static const struct {
		u8 wi;
		u32 fi, hz;
		u64 ns;
	} rows[] = {
		{ 10, 372, 3571200, 1000000000 },
		{ 0, 372, 3571200, 1000000000 },
		{ 10, 372, 4000000, 892800000 },
		{ 10, 512, 4000000, 1228800000 },
		{ 1, 372, 5000000, 71424000 },
		{ 20, 372, 3571200, 2000000000 },
		{ 255, 372, 1000000, 91065600000ULL },
		{ 255, 372, 5000000, 18213120000ULL },
		{ 1, 372, 1000000, 357120000 },
		{ 255, 512, 5000000, 25067520000ULL },
		{ 255, 2048, 1000000, 501350400000ULL },
		{ 255, UINT32_MAX, 1000000, 1051407993816000000ULL },
		{ 10, 372, 0, NS_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(iso7816_wt_ns(rows[i].wi, rows[i].fi, rows[i].hz), rows[i].ns);
}

/* 11 + 2^CWI etu, at both ends of the clock and at the highest rate */
static void character_waiting_time(void **state)
{
	static const u32 etu[] = {
		12, 13, 15, 19, 27, 43, 75, 139, 267, 523, 1035, 2059, 4107, 8203, 16395, 32779,
	};

	for (u8 cwi = 0; cwi < 16; cwi++) {
		assert_int_equal(iso7816_cwt_ns(cwi, 372, 1, 1000000), etu[cwi] * 372000ULL);
		assert_int_equal(iso7816_cwt_ns(cwi, 372, 1, 5000000), etu[cwi] * 74400ULL);
		assert_int_equal(iso7816_cwt_ns(cwi, 512, 64, 5000000), etu[cwi] * 1600ULL);
		/* higher bits are not a part of it */
		assert_int_equal(iso7816_cwt_ns(cwi | 0xf0, 372, 1, 1000000),
				 etu[cwi] * 372000ULL);
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
	static const struct {
		u32 f, d, hz, baud;
	} rows[] = {
		{ 372, 1, 3571200, 9600 },
		{ 372, 1, 4000000, 10753 },
		{ 372, 1, 5000000, 13441 },
		{ 372, 2, 5000000, 26882 },
		{ 372, 12, 4000000, 129032 },
		{ 512, 64, 5000000, 625000 },
		{ 2, 1, 3, 2 },			/* 1.5 */
		{ 3, 1, 4, 1 },			/* 1.33 */
		{ 3, 1, 5, 2 },			/* 1.67 */
		{ 0, 1, 5, 0 },
		{ 372, 0, 5, 0 },
		{ 1, 1, UINT32_MAX, UINT32_MAX },
		{ 1, 2, UINT32_MAX, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(iso7816_baud(rows[i].f, rows[i].d, rows[i].hz), rows[i].baud);
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
