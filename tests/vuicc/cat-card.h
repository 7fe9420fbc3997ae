/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Card Application Toolkit, card side (TS 102 223): terminal profile, the queue of proactive
 * commands with FETCH and TERMINAL RESPONSE, envelopes.  What the commands
 * are for is the business of bip-card.c.
 */
#ifndef VUICC_CAT_CARD_H
#define VUICC_CAT_CARD_H

#include "apdu.h"
#include "ctlv.h"
#include "fault.h"
#include "trace.h"

#define UICC_CAT_QUEUE		16
/* Commands that a person may queue; the rest is for the card's own */
#define UICC_CAT_CONTROL	6
#define UICC_PROFILE_MAX	40
/* Most channel data in one SEND DATA that a FETCH of 256 bytes can carry */
#define UICC_SEND_MAX		241
/* Most channel data that a TERMINAL RESPONSE can carry */
#define UICC_RECEIVE_MAX	237

enum uicc_proactive {
	UICC_POLL_INTERVAL = 0x03,
	UICC_SET_UP_EVENT_LIST = 0x05,
	UICC_DISPLAY_TEXT = 0x21,
	UICC_TIMER_MANAGEMENT = 0x27,
	UICC_OPEN_CHANNEL = 0x40,
	UICC_CLOSE_CHANNEL = 0x41,
	UICC_RECEIVE_DATA = 0x42,
	UICC_SEND_DATA = 0x43,
};

enum uicc_device {
	UICC_DEV_DISPLAY = 0x02,
	UICC_DEV_CHANNEL = 0x20,	/* plus the channel's number */
	UICC_DEV_UICC = 0x81,
	UICC_DEV_TERMINAL = 0x82,
};

/* Who queued the command. */
enum uicc_cat_owner {
	UICC_OWNER_SETUP,	/* event list, poll interval */
	UICC_OWNER_SERVER,	/* server channel: open, receive, send, close */
	UICC_OWNER_TRIGGER,	/* timer, client channel */
	UICC_OWNER_CONTROL,	/* a person at the control socket */
};

struct uicc_cat_cmd {
	uint8_t buf[256];
	size_t len;
	bool has_details;
	uint8_t details[3];	/* number, type, qualifier */
	enum uicc_cat_owner owner;
	int channel;		/* 0 = none */
	size_t payload;		/* channel data in it */
};

struct uicc_cat_result {
	uint8_t general;
	uint8_t info;		/* additional information, 0 if none */
	const uint8_t *tlv;	/* all objects of the TERMINAL RESPONSE */
	size_t len;
};

enum uicc_cat_state {
	UICC_CAT_IDLE,		/* nothing fetched; a command may be pending */
	UICC_CAT_FETCHED,	/* waits for the TERMINAL RESPONSE; as long as the terminal likes */
};

struct uicc_cat;

struct uicc_cat_ops {
	/* The terminal told its profile. */
	void (*profile)(void *ctx);
	void (*result)(void *ctx, const struct uicc_cat_cmd *cmd, const struct uicc_cat_result *r);
	/* An event of the current event list, or an expired timer (event = -1, tag D7). */
	void (*event)(void *ctx, int event, const uint8_t *tlv, size_t len);
	/* Chance to queue commands before a command ends. */
	void (*pump)(void *ctx);
};

struct uicc_cat {
	const struct uicc_cat_ops *ops;
	void *ctx;
	struct uicc_trace *trace;
	struct uicc_faults *faults;
	enum uicc_cat_state state;
	uint8_t profile[UICC_PROFILE_MAX];
	size_t profile_len;		/* 0 = the terminal told none: no command of our own */
	uint8_t number;			/* of the last command */
	struct uicc_cat_cmd queue[UICC_CAT_QUEUE];
	size_t count;			/* queue[0] is the next, or the fetched one */
	uint8_t events[8];		/* event list in force */
	size_t event_count;
};

void uicc_cat_init(struct uicc_cat *c, const struct uicc_cat_ops *ops, void *ctx,
		   struct uicc_trace *trace, struct uicc_faults *faults);
void uicc_cat_reset(struct uicc_cat *c);

/* The APDUs 10, 12, 14 and C2. */
void uicc_cat_command(struct uicc_cat *c, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);
/* 9000, or 91xx if a command is pending. */
uint16_t uicc_cat_status(struct uicc_cat *c, uint8_t ins);

/* Bit b (1 to 8) of byte n (from 1) of the terminal profile. */
bool uicc_cat_profile_bit(const struct uicc_cat *c, unsigned int byte, unsigned int bit);

/*
 * Queues a command of our own: details and devices, then the objects in tlv. 0, -ENOSPC,
 * -EMSGSIZE, or -ENOTCONN without a profile.
 */
int uicc_cat_queue(struct uicc_cat *c, enum uicc_cat_owner owner, int channel,
		   enum uicc_proactive type, uint8_t qualifier, uint8_t device,
		   const uint8_t *tlv, size_t tlv_len, size_t payload);
/*
 * Queues bytes as they are if they begin with D0, else wraps them in a D0; even for a terminal that
 * told no profile.
 */
int uicc_cat_queue_raw(struct uicc_cat *c, const uint8_t *buf, size_t len);
/* DISPLAY TEXT of UTF-8, high priority, cleared by the user. */
int uicc_cat_display(struct uicc_cat *c, const char *text);
/* Forgets the commands for a channel that were not fetched yet. */
void uicc_cat_forget(struct uicc_cat *c, int channel);
/* Is this one queued or fetched? */
bool uicc_cat_has(const struct uicc_cat *c, int channel, enum uicc_proactive type);
/* SET UP EVENT LIST was carried out. */
void uicc_cat_set_events(struct uicc_cat *c, const uint8_t *events, size_t count);

#endif /* VUICC_CAT_CARD_H */
