/* SPDX-License-Identifier: BSD-3-Clause */
/* From the reset to a protocol: ATR, PPS, then T=0 or T=1, at the rate that was agreed. */
#ifndef VUICC_LINK_H
#define VUICC_LINK_H

#include <iso7816/atr.h>

#include "pps-card.h"

struct uicc;

enum uicc_link_state {
	UICC_LINK_OFF,		/* no power or in reset; left by the reset only */
	UICC_LINK_ATR,		/* ATR owed; its time is kept by the caller */
	UICC_LINK_FIRST,	/* ATR sent: PPS or a command may come; waits for ever */
	UICC_LINK_PPS,		/* in a PPS request; waits for ever */
	UICC_LINK_T0,
	UICC_LINK_T1,
	UICC_LINK_SPOILT,	/* the PPS was answered wrongly: the reader has to reset */
	UICC_LINK_MUTE,		/* fault or no answer to a PPS: silent until the reset */
};

enum uicc_link_event {
	UICC_LINK_EV_OFF,	/* RST low or VCC gone */
	UICC_LINK_EV_RESET,	/* RST rises with VCC on */
	UICC_LINK_EV_ATR_SENT,
	UICC_LINK_EV_BYTE,
	UICC_LINK_EV_MUTE,
};

struct uicc_link {
	enum uicc_link_state state;
	struct iso7816_atr_info atr;	/* of the reset under way */
	struct uicc_pps pps;
	uint8_t protocol;
	uint16_t f;			/* in force */
	uint8_t d;
	unsigned int baud;		/* of the reader, if it tells; 0 = it does not */
	unsigned int baud_given;	/* what a test says it is, whatever it tells; 0 = nothing */
};

/*
 * One event.  Returns true if the card has taken a whole request, and answered it or not: the
 * reader must not have sent anything more yet.
 */
bool uicc_link_step(struct uicc *u, enum uicc_link_event event, uint8_t byte);
/* Is the next byte from the reader part of a PIN? */
bool uicc_link_in_secret(const struct uicc *u);
/* n etu at the rate in force. */
uint64_t uicc_link_etu(const struct uicc *u, unsigned int n);
/* Can the card understand the reader, as far as its rate is known? */
bool uicc_link_rate_fits(const struct uicc *u);

#endif /* VUICC_LINK_H */
