/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * T=0, card side (ISO/IEC 7816-3, 9 and 10): PPS, header, procedure bytes, data, 61xx and
 * GET RESPONSE, 6Cxx.  A step machine: it is fed characters in the card's own
 * convention and sends through its ops; it knows neither sockets nor files.
 */
#ifndef VUICC_CARD_T0_H
#define VUICC_CARD_T0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which way the data of a command goes: T=0 does not say, the card has to know. */
enum uicc_data {
	UICC_DATA_REFUSED,	/* none: the status comes at once */
	UICC_DATA_IN,		/* P3 bytes from the reader */
	UICC_DATA_OUT,		/* up to P3 bytes to the reader */
};

/* How the card takes and gives data. */
enum uicc_ack {
	UICC_ACK_ALL,		/* INS: everything at once */
	UICC_ACK_SINGLE,	/* INS ^ FF: byte by byte */
	UICC_ACK_MIXED,		/* the first byte alone, then the rest */
};

struct uicc_cmd {
	uint8_t header[5];
	const uint8_t *data;
	size_t nc;
	size_t ne;		/* room the reader has for data (DATA_OUT), 1 to 256 */
};

struct uicc_rsp {
	uint8_t data[256];
	size_t len;
	uint16_t sw;
	bool no_procedure;	/* fault: data without procedure byte */
	bool mute;		/* fault: nothing more after this response */
};

struct uicc_t0_ops {
	void (*send)(void *ctx, const uint8_t *buf, size_t len);
	/* Looks at a header; sets *sw if it is refused. */
	enum uicc_data (*direction)(void *ctx, const uint8_t header[5], uint16_t *sw);
	/* Executes a command; rsp is zeroed but for sw = 9000. */
	void (*execute)(void *ctx, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
	/* Last word on a status of 9000: it may be 91xx. */
	uint16_t (*finish)(void *ctx, const uint8_t header[5]);
	/* A command is complete; a response is about to leave. */
	void (*command)(void *ctx, const struct uicc_cmd *cmd);
	void (*response)(void *ctx, const uint8_t *data, size_t len, uint16_t sw);
};

enum uicc_t0_state {
	UICC_T0_OFF,		/* no power or in reset; left by the reset only */
	UICC_T0_ATR,		/* ATR owed; its time is kept by the caller */
	UICC_T0_FIRST,		/* ATR sent: PPS or header may come; waits for ever */
	UICC_T0_PPS,		/* in a PPS request; waits as above, as do the next two */
	UICC_T0_HEADER,		/* in a header, or none yet */
	UICC_T0_DATA,		/* command data coming */
	UICC_T0_STORM,		/* fault: NULLs until the reset */
	UICC_T0_MUTE,		/* fault or bad PPS: silent until the reset */
};

enum uicc_t0_event {
	UICC_T0_EV_OFF,		/* RST low or VCC gone */
	UICC_T0_EV_RESET,	/* RST rises with VCC on */
	UICC_T0_EV_ATR_SENT,
	UICC_T0_EV_BYTE,
	UICC_T0_EV_TICK,	/* time for a NULL in a storm */
	UICC_T0_EV_MUTE,
};

struct uicc_t0 {
	const struct uicc_t0_ops *ops;
	void *ctx;
	/* how it behaves */
	enum uicc_ack ack;
	unsigned int nulls;	/* before every procedure byte */
	bool fault_procedure;	/* once: a wrong procedure byte */
	bool fault_storm;	/* once: NULLs without end */
	/* what it is doing */
	enum uicc_t0_state state;
	uint8_t header[5];
	uint8_t data[255];	/* of the command, or the PPS request */
	size_t pos;
	size_t chunk;		/* bytes the last procedure byte allowed */
	struct uicc_rsp rsp;	/* what GET RESPONSE gives */
	size_t rsp_pos;
	bool rsp_waits;
};

void uicc_t0_init(struct uicc_t0 *t, const struct uicc_t0_ops *ops, void *ctx);
/*
 * One event.  Returns true if the card gave an answer: the reader must not have
 * sent anything more yet.
 */
bool uicc_t0_step(struct uicc_t0 *t, enum uicc_t0_event event, uint8_t byte);
/* Is the next byte from the reader part of a PIN? */
bool uicc_t0_in_secret(const struct uicc_t0 *t);
/* Does the card expect a new command (or owe nothing)? */
bool uicc_t0_idle(const struct uicc_t0 *t);

#endif /* VUICC_CARD_T0_H */
