// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the ATRs of tests/vectors, as a whole and character by character.
 */
#include <iso7816/conv.h>

#include "kunit.h"
#include "vectors/atr.h"

#define CLOCK_HZ	3571200

static void describe(const struct atr_vector *v, char *name)
{
	strscpy(name, v->hex, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(atr, atr_vectors, describe);

static void check(struct kunit *test, const struct iso7816_atr_info *info,
		  const struct atr_vector *v, const u8 *atr, size_t len)
{
	KUNIT_EXPECT_EQ(test, (size_t)info->len, len);
	KUNIT_EXPECT_EQ(test, memcmp(info->raw, atr, len), 0);
	KUNIT_EXPECT_EQ(test, (int)info->conv, atr[0] == 0x3f);
	KUNIT_EXPECT_EQ(test, info->protocols, v->protocols);
	KUNIT_EXPECT_EQ(test, info->first_protocol, v->first);
	KUNIT_EXPECT_EQ(test, info->fi, v->fi);
	KUNIT_EXPECT_EQ(test, info->di, v->di);
	KUNIT_EXPECT_EQ(test, info->extra_guard, v->n);
	KUNIT_EXPECT_EQ(test, info->has_ta2, v->ta2 >= 0);
	KUNIT_EXPECT_EQ(test, (int)info->ta2, v->ta2 >= 0 ? v->ta2 : 0);
	KUNIT_EXPECT_EQ(test, info->wi, v->wi);
	KUNIT_EXPECT_EQ(test, info->ifsc, v->ifsc);
	KUNIT_EXPECT_EQ(test, info->bwi, v->bwi);
	KUNIT_EXPECT_EQ(test, info->cwi, v->cwi);
	KUNIT_EXPECT_EQ(test, info->has_t15, v->t15 != -1);
	KUNIT_EXPECT_EQ(test, (int)info->clock_stop, v->t15 >= 0 ? v->t15 >> 6 : 0);
	KUNIT_EXPECT_EQ(test, (int)info->classes, v->t15 >= 0 ? v->t15 & 0x3f : 0);
	KUNIT_EXPECT_EQ(test, info->historical_len, v->historical_len);
	KUNIT_EXPECT_EQ(test, info->lenient, v->lenient);
}

static void as_a_whole(struct kunit *test)
{
	const struct atr_vector *v = test->param_value;
	struct iso7816_atr_info info;
	u8 atr[64];
	size_t len = kunit_unhex(test, v->hex, atr, sizeof(atr));

	KUNIT_EXPECT_EQ(test, (int)iso7816_atr_parse(atr, len, &info), (int)v->defect);
	check(test, &info, v, atr, len);
}

static void by_character(struct kunit *test)
{
	const struct atr_vector *v = test->param_value;
	struct iso7816_in in = { .what = ISO7816_IN_BYTE };
	enum iso7816_convention conv;
	struct iso7816_atr_machine m;
	struct iso7816_out out;
	u8 atr[64];
	size_t i, len = kunit_unhex(test, v->hex, atr, sizeof(atr));

	conv = atr[0] == 0x3f ? ISO7816_CONV_INVERSE : ISO7816_CONV_DIRECT;
	iso7816_atr_init(&m, CLOCK_HZ, &out);
	for (i = 0; i < len; i++) {
		KUNIT_ASSERT_EQ(test, (int)out.done, (int)ISO7816_RES_NONE);
		in.byte = iso7816_conv_byte(conv, atr[i]);
		iso7816_atr_step(&m, &in, &out);
	}
	KUNIT_EXPECT_EQ(test, (int)out.done,
			(int)(v->defect ? ISO7816_RES_PROTO : ISO7816_RES_OK));
	KUNIT_EXPECT_EQ(test, (int)m.defect, (int)v->defect);
	check(test, &m.info, v, atr, len);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(as_a_whole, atr_gen_params),
	KUNIT_CASE_PARAM(by_character, atr_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "iso7816-atr",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("KUnit tests of the smart card protocols");
MODULE_LICENSE("GPL");
