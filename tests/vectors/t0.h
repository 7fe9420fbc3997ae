/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * T=0: a command and what happened to it so far, and what the machine then waits for.
 */
#ifndef VECTORS_T0_H
#define VECTORS_T0_H

#include <iso7816/t0.h>

#define T0_INS	0x20

/* What the machine has to be waiting for */
enum t0_kind {
	T0_TALKING,	/* its own characters are on the line */
	T0_PROCEDURE,
	T0_DATA,
	T0_SECOND_SW,
	T0_OVER,
};

/*
 * A command and what happened to it so far, in hex, TX = sent.  P3 is 8 to
 * send, 4 to receive, 0 for a command without data.
 */
static const struct t0_vector {
	const char *path;
	bool receive;
	u8 p3;
	enum t0_kind kind;
	size_t left;		/* data bytes the card has not called for, or of the chunk */
	size_t moved;		/* data bytes that went over */
	bool may_ack;		/* one INS without data is let pass */
} t0_vectors[] = {
	{ "", false, 8, T0_TALKING, 8, 0, false },
	{ "TX", false, 8, T0_PROCEDURE, 8, 0, false },
	{ "TX 60 60", false, 8, T0_PROCEDURE, 8, 0, false },
	{ "TX DF", false, 8, T0_TALKING, 7, 0, false },
	{ "TX DF TX", false, 8, T0_PROCEDURE, 7, 1, false },
	{ "TX DF TX DF TX", false, 8, T0_PROCEDURE, 6, 2, false },
	{ "TX DF TX 20", false, 8, T0_TALKING, 0, 1, false },
	{ "TX 20", false, 8, T0_TALKING, 0, 0, false },
	{ "TX 20 TX", false, 8, T0_PROCEDURE, 0, 8, false },
	{ "TX 20 TX 60", false, 8, T0_PROCEDURE, 0, 8, false },
	{ "TX 90", false, 8, T0_SECOND_SW, 0, 0, false },
	{ "TX DF TX 6A", false, 8, T0_SECOND_SW, 0, 1, false },
	{ "TX 20 TX 91", false, 8, T0_SECOND_SW, 0, 8, false },
	{ "TX 90 00", false, 8, T0_OVER, 0, 0, false },
	{ "TX 21", false, 8, T0_OVER, 0, 0, false },
	{ "", false, 0, T0_TALKING, 0, 0, false },
	{ "TX", false, 0, T0_PROCEDURE, 0, 0, true },
	{ "TX 60", false, 0, T0_PROCEDURE, 0, 0, true },
	{ "TX 20", false, 0, T0_PROCEDURE, 0, 0, false },
	{ "TX 90", false, 0, T0_SECOND_SW, 0, 0, false },
	{ "", true, 4, T0_TALKING, 4, 0, false },
	{ "TX", true, 4, T0_PROCEDURE, 4, 0, false },
	{ "TX DF", true, 4, T0_DATA, 1, 0, false },
	{ "TX DF 55", true, 4, T0_PROCEDURE, 3, 1, false },
	{ "TX 20", true, 4, T0_DATA, 4, 0, false },
	{ "TX 20 60", true, 4, T0_DATA, 3, 1, false },
	{ "TX 20 60 20 DF", true, 4, T0_DATA, 1, 3, false },
	{ "TX 20 60 20 DF 90", true, 4, T0_PROCEDURE, 0, 4, false },
	{ "TX 20 60 20 DF 90 60", true, 4, T0_PROCEDURE, 0, 4, false },
	{ "TX 6C", true, 4, T0_SECOND_SW, 0, 0, false },
	{ "TX 20 60 20 DF 90 90", true, 4, T0_SECOND_SW, 0, 4, false },
	{ "TX 20 60 20 DF 90 90 00", true, 4, T0_OVER, 0, 4, false },
	{ "TX", true, 0, T0_PROCEDURE, 256, 0, false },
	{ "TX 20", true, 0, T0_DATA, 256, 0, false },
};

#endif /* VECTORS_T0_H */
