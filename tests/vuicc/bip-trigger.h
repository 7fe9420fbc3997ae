/* SPDX-License-Identifier: BSD-3-Clause */
/* The local trigger: a CAT timer, and on its expiry a push to the DM client. */
#ifndef VUICC_BIP_TRIGGER_H
#define VUICC_BIP_TRIGGER_H

#include "bip-card.h"

/* A server channel listens: starts the timer, once after each reset. */
void uicc_trigger_start(struct uicc_bip *b);
/* ENVELOPE (TIMER EXPIRATION). */
void uicc_trigger_expired(struct uicc_bip *b, const uint8_t *tlv, size_t len);
void uicc_trigger_result(struct uicc_bip *b, const struct uicc_cat_cmd *cmd,
			 const struct uicc_cat_result *r);
/* The datagram was taken, or cannot be sent. */
void uicc_trigger_done(struct uicc_bip *b);
void uicc_trigger_failed(struct uicc_bip *b);

/* From bip-card.c: appends bytes to what waits for the terminal. 0 or -errno. */
int uicc_bip_put(struct uicc_bip *b, int nr, const uint8_t *buf, size_t len);

#endif /* VUICC_BIP_TRIGGER_H */
