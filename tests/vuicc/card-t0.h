/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * T=0, card side (ISO/IEC 7816-3, 10): header, procedure bytes, data, 61xx and GET RESPONSE,
 * 6Cxx.  A step machine: it is fed characters in the card's own
 * convention and sends through its ops; it knows neither sockets nor files.
 */
#ifndef VUICC_CARD_T0_H
#define VUICC_CARD_T0_H

#include "apdu.h"

/* How the card takes and gives data. */
enum uicc_ack {
	UICC_ACK_ALL,		/* INS: everything at once */
	UICC_ACK_SINGLE,	/* INS ^ FF: byte by byte */
	UICC_ACK_MIXED,		/* the first byte alone, then the rest */
};

enum uicc_t0_state {
	UICC_T0_HEADER,		/* in a header, or none yet; waits for ever, as does the next */
	UICC_T0_DATA,		/* command data coming */
	UICC_T0_STORM,		/* fault: NULLs until the reset */
	UICC_T0_MUTE,		/* fault: silent until the reset */
};

enum uicc_t0_event {
	UICC_T0_EV_RESET,
	UICC_T0_EV_BYTE,
	UICC_T0_EV_TICK,	/* time for a NULL in a storm */
};

struct uicc_t0 {
	const struct uicc_apdu_ops *ops;
	void *ctx;
	/* how it behaves */
	enum uicc_ack ack;
	unsigned int nulls;	/* before every procedure byte */
	bool fault_procedure;	/* once: a wrong procedure byte */
	bool fault_storm;	/* once: NULLs without end */
	/* what it is doing */
	enum uicc_t0_state state;
	uint8_t header[5];
	uint8_t data[255];	/* of the command */
	size_t pos;
	size_t chunk;		/* bytes the last procedure byte allowed */
	struct uicc_rsp rsp;	/* what GET RESPONSE gives */
	size_t rsp_pos;
	bool rsp_waits;
};

void uicc_t0_init(struct uicc_t0 *t, const struct uicc_apdu_ops *ops, void *ctx);
/*
 * One event.  Returns true if the card gave an answer: the reader must not have
 * sent anything more yet.
 */
bool uicc_t0_step(struct uicc_t0 *t, enum uicc_t0_event event, uint8_t byte);
/* Is the next byte from the reader part of a PIN? */
bool uicc_t0_in_secret(const struct uicc_t0 *t);

#endif /* VUICC_CARD_T0_H */
