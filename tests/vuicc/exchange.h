/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole command APDU (ISO/IEC 7816-3, 12.1), as T=1 carries it: short and extended lengths, the
 * four cases, and what UICCs answer when the response does not fit: 61xx with GET
 * RESPONSE, 6Cxx.
 */
#ifndef VUICC_EXCHANGE_H
#define VUICC_EXCHANGE_H

#include "apdu.h"

/* Header, three bytes of Lc, data, two bytes of Le */
#define UICC_APDU_MAX	(4 + 3 + 65535 + 2)

struct uicc_exchange {
	const struct uicc_apdu_ops *ops;
	void *ctx;
	struct uicc_rsp rsp;
	size_t pos;		/* of rsp.data that GET RESPONSE gives next */
	bool waits;		/* there is something for GET RESPONSE */
	/* the answer to the last command */
	const uint8_t *data;
	size_t len;
	uint16_t sw;
};

/* Takes a command APDU apart: false if it is none. */
bool uicc_apdu_parse(struct uicc_cmd *cmd, const uint8_t *apdu, size_t len);

void uicc_exchange_init(struct uicc_exchange *x, const struct uicc_apdu_ops *ops, void *ctx);
/* Forgets what waits for GET RESPONSE. */
void uicc_exchange_reset(struct uicc_exchange *x);
/* Carries out a command; the answer is in data, len and sw until the next call. */
void uicc_exchange_run(struct uicc_exchange *x, const uint8_t *apdu, size_t len);

#endif /* VUICC_EXCHANGE_H */
