/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The card in its reader: opens the device, activates the card when it is there, runs the CAT
 * engine on it, and tells when it comes and goes.
 */
#ifndef AGENT_CARD_H
#define AGENT_CARD_H

#include <stdbool.h>

#include "agent/card-file.h"
#include "agent/config.h"
#include "agent/loop.h"
#include "agent/ui.h"
#include "cat/cat.h"
#include "lib/libiso7816.h"

struct card;

enum card_state {
	CARD_NO_READER,		/* device not there; tried again every few seconds */
	CARD_ABSENT,		/* reader there, no card */
	CARD_FAILED,		/* card there, cannot be used; tried again with back-off */
	CARD_READING,		/* activated, its bootstrap file is being read */
	CARD_ACTIVE,		/* activated, CAT engine running */
};

struct card_listener {
	/* The gateway may have become ready, or stopped being so. */
	void (*gateway_changed)(void *arg);
	/* The card was pulled, reset or lost: a session with it cannot go on. why: one line. */
	void (*lost)(void *arg, const char *why);
	/* What the card has for DM clients was read, or could not be; NULL = nobody wants it. */
	void (*file)(void *arg, const struct card_file *file);
	void *arg;
};

int card_new(struct loop *loop, const struct config *cfg, struct ui *ui,
	     const struct card_listener *listener, struct card **ret);
/* Deactivates the card. */
void card_free(struct card *c);

enum card_state card_get_state(const struct card *c);
const char *card_state_name(enum card_state s);
/* Can the card be spoken to by HTTP now? */
bool card_gateway_ready(const struct card *c);
/* Path of the reader's device, "" if none is open. */
const char *card_device(const struct card *c);
/* What stopped the card from working last, "" if nothing did. */
const char *card_last_error(const struct card *c);
/* 0, or -errno if no reader is open. */
int card_get_reader_state(struct card *c, struct iso7816_state *st);
int card_get_reader_atr(struct card *c, struct iso7816_atr *atr);
void card_get_cat_stats(const struct card *c, struct cat_stats *stats);

#endif /* AGENT_CARD_H */
