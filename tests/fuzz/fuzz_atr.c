// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: Answer To Reset, whole and character by character, and its text.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "lib/atr-text.h"

#define SILENCE_STEPS	4

static const uint32_t clocks[] = { 0, 1, 1000000, 3571200, 5000000, 20000000, UINT32_MAX };

static void step(void *machine, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_atr_step(machine, in, out);
}

static void check_info(const struct iso7816_atr_info *info)
{
	CHECK(info->len <= ISO7816_ATR_MAX);
	CHECK(info->historical + info->historical_len <= info->len);
	CHECK(info->fi >= 372 && info->di >= 1 && info->fmax_khz >= 4000);
	CHECK(info->wi && info->ifsc && info->ifsc < 255 && info->bwi <= 9 && info->cwi <= 15);
}

static void check_text(const struct atr_text *t, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < t->n_items; i++) {
		CHECK(t->items[i].at == at && t->items[i].len);
		CHECK(strlen(t->items[i].text) < sizeof(t->items[i].text) - 1);
		at += t->items[i].len;
	}
	CHECK(at == len);
	CHECK((t->defect == ISO7816_ATR_OK) == (t->verdict != ATR_VERDICT_DEFECTIVE));
	CHECK(t->defect == ISO7816_ATR_OK || t->reason.at <= len);
	for (size_t i = 0; i < t->n_lenient; i++)
		CHECK(t->lenient[i].at < len);
	for (size_t i = 0; i < t->n_notes; i++)
		CHECK(t->notes[i].at < len);
}

static void begin(struct fuzz_run *run, struct iso7816_atr_machine *m, uint32_t clock_hz)
{
	memset(run, 0, sizeof(*run));
	run->machine = m;
	run->size = sizeof(*m);
	run->step = step;
	iso7816_atr_init(m, clock_hz, &run->out);
	fuzz_begin(run);
}

/* What the decoder and the machine say of the same characters */
static void compare(const struct fuzz_run *run, const struct iso7816_atr_machine *m,
		    const uint8_t *raw, size_t len)
{
	enum iso7816_atr_defect defect;
	struct iso7816_atr_info info;

	if (m->defect == ISO7816_ATR_BAD_TS || m->defect == ISO7816_ATR_TOO_LONG)
		return;
	defect = iso7816_atr_parse(raw, len, &info);
	if (run->out.done == ISO7816_RES_NONE) {
		/* it waits for more */
		CHECK(defect == ISO7816_ATR_SHORT || defect == ISO7816_ATR_MUTE);
		return;
	}
	CHECK(m->defect == defect);
	CHECK((run->out.done == ISO7816_RES_OK) == (defect == ISO7816_ATR_OK));
	CHECK(!memcmp(&m->info, &info, sizeof(info)));
}

/* A faultless line: what is in @raw, in the card's own convention */
static void clean(const uint8_t *raw, size_t len, uint32_t clock_hz)
{
	struct iso7816_atr_machine m;
	struct fuzz_run run;
	enum iso7816_convention conv = len && raw[0] == ISO7816_TS_INVERSE ?
		ISO7816_CONV_INVERSE : ISO7816_CONV_DIRECT;
	size_t n;

	begin(&run, &m, clock_hz);
	for (n = 0; n < len && run.out.done == ISO7816_RES_NONE; n++)
		fuzz_byte(&run, iso7816_conv_byte(conv, raw[n]));
	CHECK(n <= ISO7816_ATR_MAX);
	compare(&run, &m, raw, n);
	fuzz_silence(&run, SILENCE_STEPS);
	check_info(&m.info);
}

/* Any events: the character, then what the UART says of it */
static void dirty(struct fuzz_input *in, uint32_t clock_hz)
{
	struct iso7816_atr_machine m;
	struct fuzz_run run;

	begin(&run, &m, clock_hz);
	while (in->left) {
		uint8_t byte = fuzz_u8(in);
		uint8_t how = fuzz_u8(in);

		if (how < 0xf0)
			fuzz_event(&run, ISO7816_IN_BYTE, byte, how < 0xc0 ? 0 : how & 7);
		else
			fuzz_event(&run, (enum iso7816_input)(how & 7), byte, 0);
	}
	fuzz_silence(&run, SILENCE_STEPS);
	check_info(&m.info);
	CHECK((run.out.done == ISO7816_RES_OK) == (m.defect == ISO7816_ATR_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t mode = fuzz_u8(&in);
	uint32_t clock_hz = clocks[(mode >> 1) % (sizeof(clocks) / sizeof(*clocks))];
	struct atr_text t;
	size_t len = in.left;
	uint8_t *raw;

	if (mode & 1) {
		dirty(&in, clock_hz);
		return 0;
	}
	raw = fuzz_bytes(&in, len);
	memset(&t, 0xa5, sizeof(t));
	atr_text_decode(&t, raw, len);
	check_text(&t, len);
	check_info(&t.info);
	/* 03 is the TS of an inverse card as the UART has it, not as the card means it */
	if (!len || raw[0] != ISO7816_TS_INVERSE_RAW)
		clean(raw, len, clock_hz);
	free(raw);
	return 0;
}
