// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the scenarios of the standard for T=1, on the bench of the host tests.
 */
#include "kunit.h"
#include "unit/t1-rig.h"
#include "vectors/t1.h"

static void describe(const struct t1_vector *v, char *name)
{
	strscpy(name, v->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(t1, t1_vectors, describe);

static void scenario(struct kunit *test)
{
	const struct t1_vector *v = test->param_value;
	struct iso7816_t1_params params = rig_params(v->ifsc ?: 32, v->ifsd ?: 32);
	struct t1_rig *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	enum t1_loss loss;

	KUNIT_ASSERT_TRUE(test, r);
	for (params.crc = 0;; params.crc = 1) {
		for (loss = 0; loss < LOSS_KINDS; loss++) {
			rig_init(r, &params, t1_command, sizeof(t1_command));
			r->loss = loss;
			rig_play(r, v->name, v->script);
		}
		if (params.crc)
			break;
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(scenario, t1_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "iso7816-t1",
	.test_cases = cases,
};

kunit_test_suite(suite);
