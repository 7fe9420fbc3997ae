/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults of the line, at single characters.  DIR is "out" (the card's characters) or "in" (the
 * reader's); N counts the characters in that direction from when the fault is armed, ATRs included:
 *
 *   drop@DIR:N			character N is lost
 *   duplicate@DIR:N		comes twice
 *   flip@DIR:N[:BIT]		comes with a bit inverted (0 to 7, default 0)
 *   alter@DIR:N[:BIT]		the same, with its parity right: no UART sees that
 *   noise@DIR:N[:VALUE]	a stray character before it (default 0x55)
 *   delay@DIR:N:MS		the line stands still for MS milliseconds before it
 *   stop@DIR:N			the card falls silent for good, until a reset
 *   remove@DIR:N		the card is pulled
 *   random:SEED:PERMILLE[:COUNT]
 *				one of the first four, or a delay of 1 to 50 ms, at each character
 *				in either direction with that probability, COUNT times at most
 *   flips:SEED:PERMILLE[:COUNT]
 *				the same, but a flip each time
 */
#ifndef VUICC_FAULT_BYTE_H
#define VUICC_FAULT_BYTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UICC_BYTE_FAULTS	64

enum uicc_byte_fault {
	UICC_BYTE_NONE,
	UICC_BYTE_DROP,
	UICC_BYTE_DUPLICATE,
	UICC_BYTE_FLIP,
	UICC_BYTE_NOISE,
	UICC_BYTE_DELAY,
	UICC_BYTE_STOP,
	UICC_BYTE_REMOVE,
	UICC_BYTE_ALTER,
	UICC_BYTE_FAULT_MAX,
};

struct uicc_byte_fault_at {
	enum uicc_byte_fault fault;	/* UICC_BYTE_NONE = free */
	bool in;
	unsigned long left;		/* characters until it strikes */
	unsigned int arg;		/* bit, value or ms */
};

struct uicc_byte_faults {
	struct uicc_byte_fault_at armed[UICC_BYTE_FAULTS];
	unsigned int permille;		/* random ones: 0 = none */
	bool flips;			/* they are all flips */
	unsigned long random_left;
	uint64_t random;		/* state of the generator */
};

bool uicc_is_byte_fault(const char *spec);
/* 0, -EINVAL, or -ENOSPC if too many are armed. */
int uicc_byte_fault_arm(struct uicc_byte_faults *f, const char *spec);
void uicc_byte_faults_clear(struct uicc_byte_faults *f);
/* What happens to the next character; *arg is its bit, value or ms. */
enum uicc_byte_fault uicc_byte_fault_next(struct uicc_byte_faults *f, bool in, unsigned int *arg);
const char *uicc_byte_fault_name(enum uicc_byte_fault fault);

#endif /* VUICC_FAULT_BYTE_H */
