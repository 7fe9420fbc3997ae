/* SPDX-License-Identifier: BSD-3-Clause */
/* PPS, card side (ISO/IEC 7816-3, 9): the request, and the right or wrong answer to it. */
#ifndef VUICC_PPS_CARD_H
#define VUICC_PPS_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iso7816/atr.h>

#define UICC_PPSS	0xff
#define UICC_PPS_MAX	6

/* How the card answers a request that it could accept. */
enum uicc_pps_mode {
	UICC_PPS_ACCEPT,
	UICC_PPS_REFUSE,	/* not at all */
	UICC_PPS_ALTER,		/* with another PPS1; the reader has to refuse that */
	UICC_PPS_REDUCE,	/* without PPS1: 372/1 stays */
	UICC_PPS_BAD_PCK,
	UICC_PPS_EXTRA,		/* with PPS2, which nobody asked for */
};

enum uicc_pps_result {
	UICC_PPS_MORE,		/* the request is not complete */
	UICC_PPS_AGREED,	/* answered; protocol, f and d are set */
	UICC_PPS_SPOILT,	/* answered, but so that the reader has to reset the card */
	UICC_PPS_SILENT,	/* no answer; defect says why if the reader is to blame */
};

struct uicc_pps {
	enum uicc_pps_mode mode;
	unsigned int times;	/* requests that get that mode, 0 = all; then they are accepted */
	uint8_t buf[UICC_PPS_MAX];
	size_t len;
	/* the result */
	uint8_t protocol;
	uint16_t f;
	uint8_t d;
	const char *defect;
};

/* Takes a byte of the request; the answer is then in buf and len. */
enum uicc_pps_result uicc_pps_byte(struct uicc_pps *p, const struct iso7816_atr_info *atr,
				   uint8_t byte);
/* Fi and Di of a TA1: false if one is RFU. */
bool uicc_pps_rate(uint8_t ta1, uint16_t *f, uint8_t *d);

#endif /* VUICC_PPS_CARD_H */
