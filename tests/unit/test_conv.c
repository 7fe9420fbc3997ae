// SPDX-License-Identifier: BSD-3-Clause
/*
 * Convention: the translation of all 256 characters, and TS.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vectors/conv.h"

static void direct_changes_nothing(void **state)
{
	for (unsigned int b = 0; b < 256; b++)
		assert_int_equal(iso7816_conv_byte(ISO7816_CONV_DIRECT, (u8)b), b);
}

static void inverse_known_values(void **state)
{
	for (size_t i = 0; i < sizeof(conv_vectors) / sizeof(conv_vectors[0]); i++) {
		const u8 *v = conv_vectors[i];

		assert_int_equal(iso7816_conv_byte(ISO7816_CONV_INVERSE, v[0]), v[1]);
		assert_int_equal(iso7816_conv_byte(ISO7816_CONV_INVERSE, v[1]), v[0]);
	}
}

/* Bit n of the line is bit 7 - n of the card, and H is 0 */
static void inverse_bit_by_bit(void **state)
{
	for (unsigned int b = 0; b < 256; b++) {
		u8 got = iso7816_conv_byte(ISO7816_CONV_INVERSE, (u8)b);

		for (unsigned int n = 0; n < 8; n++)
			assert_int_not_equal(b >> n & 1, got >> (7 - n) & 1);
	}
}

static void ts(void **state)
{
	for (unsigned int b = 0; b < 256; b++) {
		enum iso7816_convention conv = (enum iso7816_convention)77;
		bool is_ts = iso7816_conv_from_ts((u8)b, &conv);

		if (b == 0x3b) {
			assert_true(is_ts);
			assert_int_equal(conv, ISO7816_CONV_DIRECT);
		} else if (b == 0x03) {
			assert_true(is_ts);
			assert_int_equal(conv, ISO7816_CONV_INVERSE);
		} else {
			assert_false(is_ts);
			assert_int_equal(conv, 77);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(direct_changes_nothing),
		cmocka_unit_test(inverse_known_values),
		cmocka_unit_test(inverse_bit_by_bit),
		cmocka_unit_test(ts),
	};

	return cmocka_run_group_tests_name("conv", tests, NULL, NULL);
}
