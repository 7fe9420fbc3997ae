/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites share: hex into bytes, as the vectors have them.
 */
#ifndef ISO7816_KUNIT_H
#define ISO7816_KUNIT_H

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/string.h>

static inline size_t kunit_unhex(struct kunit *test, const char *hex, u8 *out, size_t room)
{
	size_t n = strlen(hex) / 2;

	KUNIT_ASSERT_LE(test, n, room);
	KUNIT_ASSERT_EQ(test, hex2bin(out, hex, n), 0);
	return n;
}

#endif /* ISO7816_KUNIT_H */
