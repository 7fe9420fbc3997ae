/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of cmocka that the benches of the host tests use, on top of KUnit.
 */
#ifndef KUNIT_CMOCKA_H
#define KUNIT_CMOCKA_H

#include <kunit/test.h>
#include <linux/string.h>

#define assert_true(x)		KUNIT_ASSERT_TRUE(current->kunit_test, x)
#define assert_non_null(p)	KUNIT_ASSERT_TRUE(current->kunit_test, !!(p))
#define assert_null(p)		KUNIT_ASSERT_FALSE(current->kunit_test, !!(p))
#define assert_int_equal(a, b)	KUNIT_ASSERT_EQ(current->kunit_test, (u64)(a), (u64)(b))
#define assert_memory_equal(a, b, n) \
	KUNIT_ASSERT_EQ(current->kunit_test, memcmp(a, b, n), 0)
#define fail_msg(...)		KUNIT_FAIL(current->kunit_test, __VA_ARGS__)

#endif /* KUNIT_CMOCKA_H */
