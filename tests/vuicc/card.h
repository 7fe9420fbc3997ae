/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The card as a whole: power and reset, the wire, the protocol, files, toolkit and application,
 * and what is injected into them.  Everything happens in one thread, in the loop of
 * uicc_run(); nothing in it waits for a peer.
 */
#ifndef VUICC_CARD_H
#define VUICC_CARD_H

#include <iso7816/conv.h>

#include "bip-card.h"
#include "card-t0.h"
#include "card-t1.h"
#include "cat-card.h"
#include "check.h"
#include "control.h"
#include "fs.h"
#include "lines.h"
#include "link.h"
#include "options.h"
#include "pin.h"
#include "port.h"
#include "wire.h"

struct uicc {
	const struct uicc_options *opt;
	struct uicc_trace trace;
	struct uicc_faults faults;
	struct uicc_lines lines;
	struct uicc_endpoint uart;
	struct uicc_port port;
	struct uicc_control control;
	struct uicc_wire wire;
	struct uicc_check check;
	struct uicc_link link;
	struct uicc_t0 t0;
	struct uicc_t1 t1;
	struct uicc_fs fs;
	struct uicc_pin pin;
	struct uicc_cat cat;
	struct uicc_bip bip;
	uint8_t enveloped[UICC_APDU_MAX];	/* command that comes in ENVELOPEs */
	size_t enveloped_len;
	struct vuicc_app *app;
	char url[256];			/* of the DM server, unless given */
	uint8_t atr[UICC_ATR_ROOM];	/* of the next reset, if that is not warm */
	size_t atr_len;
	unsigned int classes;		/* UICC_CLASS_* in which it works */
	enum iso7816_convention conv;
	bool vcc;			/* levels at the contacts, as the reader drives them */
	bool rst;
	bool mute;
	bool rate_asked;		/* of the reader's UART, since the reset */
	bool warm;			/* an ATR was sent since VCC is on */
	unsigned int activations;	/* VCC was switched on so often */
	uint64_t atr_at;		/* when the ATR is due, 0 = no */
	uint64_t null_at;		/* when the next NULL of a storm is due, 0 = no */
	unsigned int rx_after_atr;	/* bytes from the reader since the ATR */
	uint64_t rx;			/* bytes from the reader, in all */
	uint64_t apdus;			/* commands, GET RESPONSE not counted */
	uint32_t command;		/* the last of them: FNV-1a of header and data */
	bool quit;
	int status;			/* of the process */
};

/* 0 or -errno, said on stderr. */
int uicc_new(struct uicc *u, const struct uicc_options *opt);
void uicc_free(struct uicc *u);
/* Runs until the UART's peer goes away; the exit status of the process. */
int uicc_run(struct uicc *u);

/* card.c */
void uicc_voltage_changed(void *ctx);
void uicc_rate_told(void *ctx, unsigned int rate);
void uicc_line_changed(void *ctx, enum uicc_line line, bool level);
void uicc_set_present(struct uicc *u, bool present);
void uicc_set_mute(struct uicc *u, bool mute);
/* Takes bytes from the UART. */
void uicc_take(struct uicc *u, const uint8_t *raw, size_t n);
/* Does what is due by now; the time of the next thing to do, 0 = nothing. */
uint64_t uicc_due(struct uicc *u, uint64_t now);

/* The ATR of the reset under way, or of the next. */
const uint8_t *uicc_atr(const struct uicc *u);
size_t uicc_atr_len(const struct uicc *u);

#endif /* VUICC_CARD_H */
