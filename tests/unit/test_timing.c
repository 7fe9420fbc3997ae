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
		{ 255, 512, 5000000, 25067520000ULL },
		{ 255, 2048, 1000000, 501350400000ULL },
		{ 255, UINT32_MAX, 1000000, 1051407993816000000ULL },
		{ 10, 372, 0, NS_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(iso7816_wt_ns(rows[i].wi, rows[i].fi, rows[i].hz), rows[i].ns);
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
		cmocka_unit_test(baud),
		cmocka_unit_test(two_percent),
	};

	return cmocka_run_group_tests_name("timing", tests, NULL, NULL);
}
