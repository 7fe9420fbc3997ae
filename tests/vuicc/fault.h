/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults the card can be told to show.  SPEC is NAME or NAME@N, once each, here, or
 * one of fault-byte.h:
 *
 *   mute@N		stops answering at byte N from the reader after the ATR, until a reset
 *   remove@N		is pulled at that byte
 *   noise@N		sends a stray byte at that byte
 *   bad-procedure@N	from that byte on, the next procedure byte is a wrong one (T=0)
 *   null-storm@N	from that byte on, answers the next command with NULLs for ever (T=0)
 *   wtx-storm@N	the same with S(WTX request)s (T=1)
 *   wrong-fetch	sends the data of the next FETCH without the procedure byte (T=0)
 *   mute-fetched	goes mute after the next FETCH, before the TERMINAL RESPONSE
 *   busy-envelope@N	refuses the next N ENVELOPEs with 9300
 *   no-atr@N		stays mute after the next N resets
 *   bad-atr@N		spoils the last byte of the next N ATRs (TCK, where there is one)
 *   late-91		announces proactive commands on STATUS only (until all faults are reset)
 *
 * At block N that the card sends since the reset, or the next after it (T=1):
 *
 *   bad-edc@N bad-seq@N bad-pcb@N bad-len@N bad-nad@N
 *			spoils that field; all but the first with an EDC that matches
 *   lose-block@N	does not send it
 *   abort@N		S(ABORT request) instead of it, where the card has the choice
 */
#ifndef VUICC_FAULT_H
#define VUICC_FAULT_H

#include <stdbool.h>

#include "fault-byte.h"

enum uicc_fault {
	UICC_FAULT_MUTE,
	UICC_FAULT_REMOVE,
	UICC_FAULT_NOISE,
	UICC_FAULT_BAD_PROCEDURE,
	UICC_FAULT_NULL_STORM,
	UICC_FAULT_WTX_STORM,
	UICC_FAULT_WRONG_FETCH,
	UICC_FAULT_MUTE_FETCHED,
	UICC_FAULT_BUSY_ENVELOPE,
	UICC_FAULT_NO_ATR,
	UICC_FAULT_BAD_ATR,
	UICC_FAULT_LATE_91,
	UICC_FAULT_BAD_EDC,
	UICC_FAULT_BAD_SEQ,
	UICC_FAULT_BAD_PCB,
	UICC_FAULT_BAD_LEN,
	UICC_FAULT_BAD_NAD,
	UICC_FAULT_LOSE_BLOCK,
	UICC_FAULT_ABORT,
	UICC_FAULT_MAX,
};

struct uicc_faults {
	unsigned int at[UICC_FAULT_MAX];	/* N of the spec; 0 = not armed */
	unsigned int remove_after;		/* bytes left until the card is pulled, 0 = off */
	struct uicc_byte_faults bytes;
	unsigned int struck;			/* faults shown so far */
	/* Told of each fault that strikes, with what it is; may be NULL. */
	void (*tell)(void *ctx, const char *what);
	void *ctx;
};

/* 0 or -EINVAL, -ENOSPC. */
int uicc_fault_arm(struct uicc_faults *f, const char *spec);
/* Specs from a file, one a line, "#" begins a comment. 0 or -errno; *line = where it failed. */
int uicc_faults_load(struct uicc_faults *f, const char *path, unsigned int *line);
void uicc_faults_clear(struct uicc_faults *f);
/* Is it armed, and the count reached?  Disarms it. */
bool uicc_fault_fires(struct uicc_faults *f, enum uicc_fault fault, unsigned int count);
/* Is it armed?  Takes one off its number. */
bool uicc_fault_countdown(struct uicc_faults *f, enum uicc_fault fault);
/* Counts and tells of a fault that strikes. */
void uicc_fault_strikes(struct uicc_faults *f, const char *what);
const char *uicc_fault_name(enum uicc_fault fault);

#endif /* VUICC_FAULT_H */
