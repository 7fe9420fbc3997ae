/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fuzz targets share: reading the input, and one step of a protocol
 * machine together with all that must be true of it whatever the event.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iso7816/step.h>

/* The entry of every target, called by libFuzzer and by the replay program */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(), whatever the compiler's options */
#define CHECK(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
void fuzz_fail(const char *condition, const char *file, int line) __attribute__((noreturn));

/* ------------------------------------------------------------------------- the input */

struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

/* The next byte or two; 0 when there are no more */
uint8_t fuzz_u8(struct fuzz_input *in);
uint16_t fuzz_u16(struct fuzz_input *in);
/* Exactly @n bytes of heap, from the input as long as there is some, then a pattern */
uint8_t *fuzz_bytes(struct fuzz_input *in, size_t n);
/* @n bytes of heap that nothing was written to */
uint8_t *fuzz_room(size_t n);

/* ------------------------------------------------------------------------ the machine */

/*
 * A machine under test and the line it is on.
 * @machine, @size: its state; nobody else changes it
 * @step: its step function
 * @deadline_ns: no wait for the card may go beyond it
 * @out: what it wanted last
 * @now_ns: the time
 * @sending: what it sends is still on the line
 * @sent: characters sent
 * @steps: steps so far
 * @storm: the card has said the same thing very often already, or shall not
 */
struct fuzz_run {
	void *machine;
	size_t size;
	void (*step)(void *machine, const struct iso7816_in *in, struct iso7816_out *out);
	uint64_t deadline_ns;
	struct iso7816_out out;
	uint64_t now_ns;
	bool sending;
	uint64_t sent;
	uint64_t steps;
	bool storm;
};

/* Takes the first action, which is in @run->out, up */
void fuzz_begin(struct fuzz_run *run);
/* One event.  A machine that is done must say so again and leave itself as it is. */
void fuzz_event(struct fuzz_run *run, enum iso7816_input what, uint8_t byte, uint8_t flags);
/* A character without error */
void fuzz_byte(struct fuzz_run *run, uint8_t byte);
/* If something is on the line: it has left */
void fuzz_settle(struct fuzz_run *run);
/* The card says nothing more: the machine must come to an end within @limit steps */
void fuzz_silence(struct fuzz_run *run, unsigned int limit);

#endif /* FUZZ_FUZZ_H */
