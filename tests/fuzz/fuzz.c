// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the fuzz targets share; see fuzz.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
	abort();
}

uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint8_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

uint8_t *fuzz_room(size_t n)
{
	uint8_t *p = malloc(n);

	CHECK(p || !n);
	return p;
}

uint8_t *fuzz_bytes(struct fuzz_input *in, size_t n)
{
	uint8_t *p = fuzz_room(n);
	size_t given = n < in->left ? n : in->left;

	if (given)
		memcpy(p, in->p, given);
	in->p += given;
	in->left -= given;
	for (size_t i = given; i < n; i++)
		p[i] = (uint8_t)i;
	return p;
}

/* Whoever sends reads all of it: an over-read is seen */
static void transmit(struct fuzz_run *run)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < run->out.send_len; i++)
		sum ^= *(const volatile uint8_t *)&run->out.send[i];
	(void)sum;
	run->sending = true;
	run->sent += run->out.send_len;
}

/* What is true of every action */
static void check_out(struct fuzz_run *run)
{
	const struct iso7816_out *out = &run->out;

	CHECK(!out->send == !out->send_len);
	CHECK(out->done <= ISO7816_RES_ABORTED);
	if (out->done != ISO7816_RES_NONE) {
		CHECK(!out->send && !out->timer_ns);
		run->sending = false;
	} else {
		CHECK(out->timer_ns);	/* no wait without an end */
		if (out->send)
			transmit(run);
	}
}

void fuzz_begin(struct fuzz_run *run)
{
	run->sending = false;
	check_out(run);
}

void fuzz_event(struct fuzz_run *run, enum iso7816_input what, uint8_t byte, uint8_t flags)
{
	struct iso7816_in in = {
		.what = what, .byte = byte, .flags = flags, .now_ns = run->now_ns,
	};
	enum iso7816_result before = run->out.done;
	void *copy = NULL;

	if (before != ISO7816_RES_NONE) {
		copy = fuzz_room(run->size);
		memcpy(copy, run->machine, run->size);
	}
	memset(&run->out, 0xa5, sizeof(run->out));
	if (what == ISO7816_IN_TX_DONE)
		run->sending = false;
	run->step(run->machine, &in, &run->out);
	run->steps++;
	check_out(run);
	if (copy) {
		CHECK(run->out.done == before);
		CHECK(!memcmp(copy, run->machine, run->size));
		free(copy);
	} else if (run->out.done == ISO7816_RES_NONE && run->deadline_ns) {
		CHECK(run->now_ns < run->deadline_ns);
		/* while sending, the timer looks after the line, not after the card */
		CHECK(run->out.send ||
		      run->out.timer_ns <= run->deadline_ns - run->now_ns);
	}
}

void fuzz_byte(struct fuzz_run *run, uint8_t byte)
{
	fuzz_event(run, ISO7816_IN_BYTE, byte, 0);
}

void fuzz_settle(struct fuzz_run *run)
{
	if (run->sending)
		fuzz_event(run, ISO7816_IN_TX_DONE, 0, 0);
}

void fuzz_silence(struct fuzz_run *run, unsigned int limit)
{
	while (run->out.done == ISO7816_RES_NONE) {
		CHECK(limit--);
		if (run->sending) {
			fuzz_settle(run);
			continue;
		}
		run->now_ns += run->out.timer_ns;
		fuzz_event(run, ISO7816_IN_TIMEOUT, 0, 0);
	}
	/* done once: whatever comes now changes nothing */
	for (int what = ISO7816_IN_BYTE; what <= ISO7816_IN_REMOVED; what++)
		fuzz_event(run, (enum iso7816_input)what, 0x60, 0);
}
