// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: PPS.  An ATR, what the reader can do, then the card's response.
 */
#include <stdlib.h>
#include <string.h>

#include <iso7816/pps.h>
#include <iso7816/timing.h>

#include "fuzz/fuzz.h"

#define SILENCE_STEPS	4

static const uint32_t clocks[] = { 1000000, 3571200, 4000000, 5000000, 20000000 };

static void step(void *machine, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_pps_step(machine, in, out);
}

static bool default_rate(const struct iso7816_rung *rung)
{
	return rung->f == ISO7816_FD && rung->d == ISO7816_DD;
}

/* Only what the card offers and the caller allows is chosen; the last resort is 372/1 */
static void check_plan(const struct iso7816_pps_plan *plan, const struct iso7816_atr_info *info,
		       uint16_t protocols, uint32_t max_baud, uint32_t clock_hz)
{
	CHECK(plan->count <= ISO7816_RUNGS_MAX);
	if (plan->choice != ISO7816_PPS_CHOSEN)
		return;
	CHECK(plan->count);
	CHECK(plan->protocol <= 1 && protocols & info->protocols & 1U << plan->protocol);
	CHECK(plan->specific == info->has_ta2);
	for (unsigned int i = 0; i < plan->count; i++) {
		const struct iso7816_rung *rung = &plan->rung[i];

		CHECK(rung->f && rung->d && rung->f <= info->fi && rung->d <= info->di);
		CHECK(rung->baud == iso7816_baud(rung->f, rung->d, clock_hz));
		CHECK(rung->baud <= iso7816_baud(info->fi, info->di, clock_hz) ||
		      default_rate(rung));
		CHECK(!max_baud || rung->baud <= max_baud || plan->specific || default_rate(rung));
	}
	CHECK(plan->specific || default_rate(&plan->rung[plan->count - 1]));
}

static void respond(struct fuzz_input *in, struct fuzz_run *run, const struct iso7816_pps *m)
{
	unsigned int echoed = 0;

	while (in->left) {
		uint8_t op = fuzz_u8(in);

		if (!(op & 0x80))
			fuzz_settle(run);
		switch (op & 7) {
		case 0:		/* as it should be */
		case 1:
			fuzz_byte(run, m->req[echoed++ % m->req_len]);
			break;
		case 2:		/* fewer parameters */
			fuzz_byte(run, 0xff);
			fuzz_byte(run, m->protocol);
			fuzz_byte(run, 0xff ^ m->protocol);
			break;
		case 3:
		case 4:
			fuzz_byte(run, fuzz_u8(in));
			break;
		case 5:
			fuzz_event(run, ISO7816_IN_BYTE, m->req[echoed++ % m->req_len],
				   op >> 4 & 7);
			break;
		case 6:
			fuzz_event(run, ISO7816_IN_TX_DONE, 0, 0);
			break;
		default:
			fuzz_event(run, (enum iso7816_input)(op >> 4 & 7), 0, 0);
			break;
		}
	}
}

/* The whole request at once, and what may be in force afterwards */
static void ask(struct fuzz_input *in, uint8_t protocol, const struct iso7816_rung *rung,
		uint32_t clock_hz)
{
	struct iso7816_pps m;
	struct fuzz_run run = { .machine = &m, .size = sizeof(m), .step = step };
	uint8_t sum = 0;

	memset(&m, 0xa5, sizeof(m));
	iso7816_pps_start(&m, protocol, rung, clock_hz, &run.out);
	CHECK(run.out.send_len == 3 || run.out.send_len == 4);
	for (size_t i = 0; i < run.out.send_len; i++)
		sum ^= run.out.send[i];
	CHECK(!sum);
	fuzz_begin(&run);
	respond(in, &run, &m);
	fuzz_silence(&run, SILENCE_STEPS);
	if (run.out.done != ISO7816_RES_OK)
		return;
	CHECK(m.protocol == protocol);
	CHECK((m.f == rung->f && m.d == rung->d) || (m.f == ISO7816_FD && m.d == ISO7816_DD));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t mode = fuzz_u8(&in);
	uint32_t clock_hz = clocks[(mode & 0x0f) % (sizeof(clocks) / sizeof(*clocks))];
	uint16_t protocols = mode >> 4 & 3;
	uint32_t max_baud = mode & 0x40 ? fuzz_u16(&in) * 16U : 0;
	uint8_t which = fuzz_u8(&in);
	size_t len = fuzz_u8(&in) % (ISO7816_ATR_MAX + 1);
	uint8_t *raw = fuzz_bytes(&in, len);
	struct iso7816_pps_plan plan;
	struct iso7816_atr_info info;
	enum iso7816_atr_defect defect = iso7816_atr_parse(raw, len, &info);

	free(raw);
	/* a check character is no hurdle for the fuzzer */
	if (defect != ISO7816_ATR_OK && defect != ISO7816_ATR_BAD_TCK)
		return 0;
	memset(&plan, 0xa5, sizeof(plan));
	iso7816_pps_plan(&info, protocols, max_baud, clock_hz, &plan);
	check_plan(&plan, &info, protocols, max_baud, clock_hz);
	if (plan.choice != ISO7816_PPS_CHOSEN)
		return 0;
	which %= plan.count;
	if (iso7816_pps_needed(&plan, &plan.rung[which]))
		ask(&in, plan.protocol, &plan.rung[which], clock_hz);
	return 0;
}
