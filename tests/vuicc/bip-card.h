/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bearer Independent Protocol, card side (TS 102 223, clause 6.4.27 to 6.4.31): the card's
 * server channels with the application above them, and the local trigger:
 * a timer, then a datagram to the DM client through a client channel.
 */
#ifndef VUICC_BIP_CARD_H
#define VUICC_BIP_CARD_H

#include "app.h"
#include "cat-card.h"

#define UICC_CHANNELS		7
#define UICC_BIP_BUFFER		1500
#define UICC_PUSH_PORT		2948	/* WAP push, connectionless */

struct uicc_bip_config {
	uint16_t port;			/* of the card's HTTP server */
	unsigned int servers;		/* channels opened on that port */
	unsigned int poll_interval_s;	/* asked for by POLL INTERVAL, 0 = not */
	unsigned int local_trigger_s;	/* timer of the local trigger, 0 = none */
	size_t send_max;		/* channel data in one SEND DATA */
};

enum uicc_channel_state {
	UICC_CHANNEL_CLOSED,
	UICC_CHANNEL_LISTEN,		/* waits for a client for ever, that is what it is for */
	UICC_CHANNEL_ESTABLISHED,	/* until either side closes; the terminal keeps the time */
	UICC_CHANNEL_CLIENT,		/* ours, of the local trigger */
};

struct uicc_channel {
	enum uicc_channel_state state;
	size_t size;			/* of the terminal's buffer */
	uint8_t *tx;			/* bytes not yet taken by the terminal */
	size_t tx_len;
	size_t stored;			/* bytes in the terminal's buffer, not sent yet */
	bool closing;			/* close once tx is empty */
	bool rx_wanted;			/* the terminal has data for us */
	unsigned int tries;		/* of the command that the terminal puts off */
};

struct uicc_bip {
	struct uicc_bip_config cfg;
	struct uicc_cat *cat;
	struct uicc_trace *trace;
	struct vuicc_app *app;
	struct uicc_channel ch[UICC_CHANNELS + 1];	/* by channel number */
	bool started;			/* the channels were asked for */
	unsigned int open_due;		/* channels to be opened again */
	uint64_t open_at;		/* when */
	unsigned int open_tries;
	bool timer_started;
	bool timer_runs;
	unsigned int trigger_tries;
};

/* What the CAT calls. */
extern const struct uicc_cat_ops uicc_bip_cat_ops;
/* What the application calls. */
extern const struct vuicc_app_ops uicc_bip_app_ops;

void uicc_bip_init(struct uicc_bip *b, const struct uicc_bip_config *cfg, struct uicc_cat *cat,
		   struct uicc_trace *trace);
/* The card was reset. */
void uicc_bip_reset(struct uicc_bip *b);
/* "closed", "listen" or "established": the best of the server channels. */
const char *uicc_bip_state(const struct uicc_bip *b);

#endif /* VUICC_BIP_CARD_H */
