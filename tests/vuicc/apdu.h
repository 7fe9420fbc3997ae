/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Command and response as the card's applications see them, whichever protocol carried them, and
 * what a protocol asks of them.
 */
#ifndef VUICC_APDU_H
#define VUICC_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most data bytes in an extended response; one more than Lc can say */
#define UICC_DATA_MAX	65536

/* Which way the data of a command goes: T=0 does not say, the card has to know. */
enum uicc_data {
	UICC_DATA_REFUSED,	/* none: the status comes at once */
	UICC_DATA_IN,		/* P3 bytes from the reader */
	UICC_DATA_OUT,		/* up to P3 bytes to the reader */
};

struct uicc_cmd {
	uint8_t header[5];	/* P3 as T=0 would have it */
	const uint8_t *data;
	size_t nc;
	size_t ne;		/* room the reader has for data; T=0: DATA_OUT only, 1 to 256 */
};

struct uicc_rsp {
	uint8_t data[UICC_DATA_MAX];
	size_t len;
	uint16_t sw;
	bool no_procedure;	/* fault: data without procedure byte */
	bool mute;		/* fault: nothing more after this response */
};

struct uicc_apdu_ops {
	void (*send)(void *ctx, const uint8_t *buf, size_t len);
	/* Looks at a header; sets *sw if it is refused. */
	enum uicc_data (*direction)(void *ctx, const uint8_t header[5], uint16_t *sw);
	/* Executes a command; rsp is clear but for sw = 9000. */
	void (*execute)(void *ctx, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
	/* Last word on a status of 9000: it may be 91xx. */
	uint16_t (*finish)(void *ctx, const uint8_t header[5]);
	/* A command is complete; a response is about to leave. */
	void (*command)(void *ctx, const struct uicc_cmd *cmd);
	void (*response)(void *ctx, const uint8_t *data, size_t len, uint16_t sw);
};

/* Wipes what was in it and makes it a 9000. */
void uicc_rsp_clear(struct uicc_rsp *rsp);

/* The commands of this card (apdu.c); ctx is its struct uicc. */
extern const struct uicc_apdu_ops uicc_apdu_ops;

#endif /* VUICC_APDU_H */
