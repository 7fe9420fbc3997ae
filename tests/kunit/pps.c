// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: protocol and rates that are tried for the ATRs of tests/vectors.
 */
#include <iso7816/timing.h>

#include "kunit.h"
#include "vectors/pps.h"

static void describe(const struct pps_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s on %#x up to %u", v->atr, v->protocols,
		 v->max_baud);
}

KUNIT_ARRAY_PARAM(pps, pps_vectors, describe);

static void plan(struct kunit *test)
{
	const struct pps_vector *v = test->param_value;
	struct iso7816_atr_info info;
	struct iso7816_pps_plan p;
	u8 atr[64], rungs[ISO7816_RUNGS_MAX];
	size_t len = kunit_unhex(test, v->atr, atr, sizeof(atr));
	size_t i, n = kunit_unhex(test, v->rungs, rungs, sizeof(rungs));

	KUNIT_ASSERT_EQ(test, (int)iso7816_atr_parse(atr, len, &info), (int)ISO7816_ATR_OK);
	iso7816_pps_plan(&info, v->protocols, v->max_baud, PPS_CLOCK_HZ, &p);
	KUNIT_EXPECT_EQ(test, (int)p.choice, (int)v->choice);
	KUNIT_EXPECT_EQ(test, p.specific, v->specific);
	if (v->choice == ISO7816_PPS_CHOSEN)
		KUNIT_EXPECT_EQ(test, p.protocol, v->protocol);
	KUNIT_ASSERT_EQ(test, (size_t)p.count, n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, p.rung[i].ta1, rungs[i]);
		KUNIT_EXPECT_EQ(test, p.rung[i].baud,
				iso7816_baud(p.rung[i].f, p.rung[i].d, PPS_CLOCK_HZ));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(plan, pps_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "iso7816-pps",
	.test_cases = cases,
};

kunit_test_suite(suite);
