/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * T=1, card side (ISO/IEC 7816-3, 11): blocks, chaining both ways, S-blocks, and the card's part of
 * error recovery.  A step machine: it is fed characters in the card's own convention and sends
 * through its ops; it knows neither sockets nor files.  It also holds the reader to the
 * rules of the protocol.
 */
#ifndef VUICC_CARD_T1_H
#define VUICC_CARD_T1_H

#include "exchange.h"
#include "fault.h"
#include "trace.h"

#define UICC_T1_INF_MAX		254
#define UICC_T1_BLOCK_MAX	(3 + UICC_T1_INF_MAX + 2)

/* What an ATR says of the link. */
struct uicc_t1_params {
	uint8_t ifsc;
	bool crc;
	uint64_t silence_ns;	/* inside a block: it will not be completed */
};

enum uicc_t1_state {
	UICC_T1_COMMAND,	/* the reader's turn: a command, or its next part; for ever */
	UICC_T1_CHAINING,	/* sent a chained I-block: an R-block has to come; for ever */
	UICC_T1_ASKED,		/* sent an S(request), waits for the response; for ever */
	UICC_T1_STORM,		/* fault: S(WTX request)s without end; the next at its time */
	UICC_T1_MUTE,		/* fault: silent until the reset */
};

enum uicc_t1_event {
	UICC_T1_EV_RESET,
	UICC_T1_EV_BYTE,
	UICC_T1_EV_TIME,	/* due_at has come */
};

struct uicc_t1 {
	struct uicc_exchange exchange;
	struct uicc_trace *trace;
	struct uicc_faults *faults;
	/* how it behaves */
	unsigned int wtx;	/* S(WTX request)s before each answer */
	uint8_t wtx_factor;
	uint8_t ifs;		/* S(IFS request) with this before the first answer, 0 = none */
	bool fault_storm;	/* the next command is answered by S(WTX request)s for ever */
	/* the link */
	struct uicc_t1_params params;
	enum uicc_t1_state state;
	uint8_t ifsc, ifsd;
	uint8_t ns, nr;		/* N(S) of my I-block, and of the reader's next one */
	bool unacknowledged;	/* my I-block with that N(S) was sent */
	bool hurt;		/* a fault struck the line since all was well last */
	bool ifs_seen;		/* the reader has sent S(IFS request) */
	bool told;		/* that it did not */
	bool ifs_done;		/* mine was answered */
	uint8_t asked, asked_inf;	/* S(request) under way */
	unsigned int invalid;	/* invalid blocks in a row */
	unsigned int blocks;	/* sent since the reset */
	uint64_t due_at;	/* end of the silence, or next of a storm; 0 = nothing is due */
	/* the block that comes */
	uint8_t rx[UICC_T1_BLOCK_MAX];
	size_t rx_len;
	bool drain;		/* its end cannot be known: wait for silence */
	bool doubt;		/* a fault struck it: it is only taken after a silence */
	/* the command */
	uint8_t apdu[UICC_APDU_MAX];
	size_t apdu_len;
	bool complete;
	unsigned int wtx_left;
	/* the response */
	size_t pos, total, chunk;
};

void uicc_t1_init(struct uicc_t1 *t, const struct uicc_apdu_ops *ops, void *ctx,
		  struct uicc_trace *trace, struct uicc_faults *faults);
/* After a reset; takes its parameters from the ATR. */
void uicc_t1_start(struct uicc_t1 *t, const struct uicc_t1_params *params);
/* One event.  Returns true if it completed a block, which the card has answered or not. */
bool uicc_t1_step(struct uicc_t1 *t, enum uicc_t1_event event, uint8_t byte, uint64_t now);
/* Is the next byte from the reader part of a PIN? */
bool uicc_t1_in_secret(const struct uicc_t1 *t);
/* Would the next byte from the reader begin a block? */
bool uicc_t1_between_blocks(const struct uicc_t1 *t);
/* A fault struck the line: what the reader does now may look wrong without being so. */
void uicc_t1_hurt(struct uicc_t1 *t);
/* The same, and it struck what the reader sends: the EDC may be right by chance. */
void uicc_t1_struck(struct uicc_t1 *t);

#endif /* VUICC_CARD_T1_H */
