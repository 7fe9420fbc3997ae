// SPDX-License-Identifier: BSD-3-Clause
/*
 * The scenarios of ISO/IEC 7816-3, annex A, each with every way in which a block can
 * be lost; notation: see t1-rig.h.
 */
#include "t1-rig.h"
#include "vectors/t1.h"

static void play(void **state)
{
	const struct t1_vector *row = *state;
	struct iso7816_t1_params params = rig_params(row->ifsc ? row->ifsc : 32,
						     row->ifsd ? row->ifsd : 32);
	struct t1_rig r;

	for (int crc = 0; crc < 2; crc++) {
		params.crc = crc;
		for (enum t1_loss loss = 0; loss < LOSS_KINDS; loss++) {
			rig_init(&r, &params, t1_command, sizeof(t1_command));
			r.loss = loss;
			rig_play(&r, row->name, row->script);
			assert_int_equal(r.m.result, r.out.done);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(t1_vectors)];

	for (size_t i = 0; i < ARRAY_LEN(t1_vectors); i++)
		tests[i] = (struct CMUnitTest){
			.name = t1_vectors[i].name, .test_func = play,
			.initial_state = (void *)&t1_vectors[i],
		};
	return _cmocka_run_group_tests("t1_scenarios", tests, ARRAY_LEN(tests), NULL, NULL);
}
