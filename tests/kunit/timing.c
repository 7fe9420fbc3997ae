// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: convention, times and rates of tests/vectors; what 64 bit divisions come to
 * on the machine at hand.
 */
#include "kunit.h"
#include "vectors/conv.h"
#include "vectors/timing.h"

static void convention(struct kunit *test)
{
	enum iso7816_convention conv;
	size_t i;

	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, (size_t)iso7816_conv_byte(ISO7816_CONV_DIRECT, i), i);
	for (i = 0; i < ARRAY_SIZE(conv_vectors); i++) {
		KUNIT_EXPECT_EQ(test, iso7816_conv_byte(ISO7816_CONV_INVERSE, conv_vectors[i][0]),
				conv_vectors[i][1]);
		KUNIT_EXPECT_EQ(test, iso7816_conv_byte(ISO7816_CONV_INVERSE, conv_vectors[i][1]),
				conv_vectors[i][0]);
	}
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, iso7816_conv_from_ts(i, &conv), i == 0x3b || i == 0x03);
}

static void describe_clocks(const struct clocks_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%llu clocks at %u Hz", v->clocks, v->hz);
}

KUNIT_ARRAY_PARAM(clocks, clocks_vectors, describe_clocks);

static void clocks(struct kunit *test)
{
	const struct clocks_vector *v = test->param_value;

	KUNIT_EXPECT_EQ(test, iso7816_clocks_to_ns(v->clocks, v->hz), v->ns);
}

static void describe_etu(const struct etu_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%llu etu of %u/%u at %u Hz", v->etu, v->f, v->d,
		 v->hz);
}

KUNIT_ARRAY_PARAM(etu, etu_vectors, describe_etu);

static void etu(struct kunit *test)
{
	const struct etu_vector *v = test->param_value;

	KUNIT_EXPECT_EQ(test, iso7816_etu_to_ns(v->etu, v->f, v->d, v->hz), v->ns);
}

static void describe_wt(const struct wt_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "WI %u, F %u, %u Hz", v->wi, v->fi, v->hz);
}

KUNIT_ARRAY_PARAM(wt, wt_vectors, describe_wt);

static void waiting_time(struct kunit *test)
{
	const struct wt_vector *v = test->param_value;

	KUNIT_EXPECT_EQ(test, iso7816_wt_ns(v->wi, v->fi, v->hz), v->ns);
}

static void character_waiting_time(struct kunit *test)
{
	u8 cwi;

	for (cwi = 0; cwi < ARRAY_SIZE(cwt_vectors); cwi++)
		KUNIT_EXPECT_EQ(test, iso7816_cwt_ns(cwi, 372, 1, 1000000),
				cwt_vectors[cwi] * 372000ULL);
}

static void describe_baud(const struct baud_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u/%u at %u Hz", v->f, v->d, v->hz);
}

KUNIT_ARRAY_PARAM(baud, baud_vectors, describe_baud);

static void baud(struct kunit *test)
{
	const struct baud_vector *v = test->param_value;

	KUNIT_EXPECT_EQ(test, iso7816_baud(v->f, v->d, v->hz), v->baud);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(convention),
	KUNIT_CASE_PARAM(clocks, clocks_gen_params),
	KUNIT_CASE_PARAM(etu, etu_gen_params),
	KUNIT_CASE_PARAM(waiting_time, wt_gen_params),
	KUNIT_CASE(character_waiting_time),
	KUNIT_CASE_PARAM(baud, baud_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "iso7816-timing",
	.test_cases = cases,
};

kunit_test_suite(suite);
