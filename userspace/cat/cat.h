/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Card Application Toolkit engine, terminal side (TS 102 223): TERMINAL PROFILE,
 * FETCH / TERMINAL RESPONSE, timers, event list, polling, BIP channels, and the
 * gateway that puts the card's HTTP server (SCWS) behind a TCP port.
 *
 * One engine serves one card.  It never blocks: APDUs go out through
 * ops->submit(), their answers come back through cat_response().  At most one
 * APDU is outstanding.  It runs in one thread, from the event loop of its caller.
 */
#ifndef CAT_CAT_H
#define CAT_CAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cat;

/* Called by the event loop: fd is ready (events: EPOLL*). */
typedef void (*cat_fd_fn)(void *arg, int fd, uint32_t events);
/* Called by the event loop, once, when a timer of ops->timer expires. */
typedef void (*cat_timer_fn)(void *arg);

/* A text the card wants shown (DISPLAY TEXT). */
struct cat_text {
	const char *text;		/* UTF-8 */
	bool high_priority;
	bool wait_for_user;		/* user must clear it; else cleared after a delay */
	unsigned int duration_ms;	/* 0 = the terminal's own choice */
};

/* How the user dealt with it. */
enum cat_answer {
	CAT_ANSWER_OK,
	CAT_ANSWER_CANCEL,		/* session ended by the user */
	CAT_ANSWER_BACK,
	CAT_ANSWER_TIMEOUT,		/* no response from the user */
	CAT_ANSWER_BUSY,		/* screen busy, nothing shown */
	CAT_ANSWER_NO_UI,
};

struct cat_ops {
	/*
	 * Starts the exchange of one command APDU; its answer comes through
	 * cat_response(), never from within the call.  0 or -errno.
	 */
	int (*submit)(void *ctx, const uint8_t *apdu, size_t len);
	/*
	 * (Re)registers fd with the event loop for EPOLL* events; events = 0 forgets it
	 * (before the engine closes it).  0 or -errno.
	 */
	int (*watch)(void *ctx, int fd, uint32_t events, cat_fd_fn fn, void *arg);
	/*
	 * One-shot timer, identified by (fn, arg): sets it to expire in ms milliseconds,
	 * replacing an earlier setting; -1 cancels it.  0 or -errno.
	 */
	int (*timer)(void *ctx, int64_t ms, cat_timer_fn fn, void *arg);
	/* Sets the driver's proactive polling; 0 = off. */
	int (*set_poll)(void *ctx, unsigned int interval_ms);
	/*
	 * Shows a text; the answer comes through cat_text_answer(), possibly from
	 * within the call.  The engine itself bounds the wait.  NULL = no user.
	 */
	void (*show_text)(void *ctx, const struct cat_text *text);
	/* The engine gave up waiting, or the card went away: take the text down. */
	void (*hide_text)(void *ctx);
	/* REFRESH with reset (mode 04): reset the card, then call cat_card_reset(). May be NULL. */
	void (*reset_card)(void *ctx);
	/* A line for the person watching; never contains payload. Level as syslog. */
	void (*log)(void *ctx, int level, const char *line);
};

struct cat_config {
	uint16_t scws_port;		/* port the card may serve; 0 = any the card asks for */
	unsigned int poll_ms;		/* proactive polling until the card asks for another */
	unsigned int poll_busy_ms;	/* while a channel is established */
	size_t channel_buffer_max;	/* largest BIP buffer granted, default 1500 */
	unsigned int command_timeout_ms; /* deadline of a proactive command that waits for a user */
};

void cat_config_defaults(struct cat_config *cfg);

int cat_new(const struct cat_config *cfg, const struct cat_ops *ops, void *ctx,
	    struct cat **ret);
/* Closes all channels and forgets all timers; no APDU is sent. */
void cat_free(struct cat *cat);

/* The card was activated or reset: starts over with SELECT MF and TERMINAL PROFILE. */
void cat_card_reset(struct cat *cat);
/* The card is gone or mute: channels and timers are dropped, an open text is taken down. */
void cat_card_lost(struct cat *cat);

/*
 * Answer to the outstanding APDU: len bytes with SW1 SW2, or err = -errno and
 * resp = NULL.
 */
void cat_response(struct cat *cat, const uint8_t *resp, size_t len, int err);
/* The driver says that a proactive command of len bytes is pending (POLLPRI). */
void cat_proactive_pending(struct cat *cat, unsigned int len);
void cat_text_answer(struct cat *cat, enum cat_answer answer);

/* Is a channel of the SCWS gateway listening (the card can be spoken to by HTTP)? */
bool cat_scws_ready(const struct cat *cat);
/* Is the engine between TERMINAL PROFILE and the end of the first proactive session? */
bool cat_starting(const struct cat *cat);

struct cat_stats {
	uint64_t apdus;
	uint64_t fetches;
	uint64_t envelopes;
	uint64_t bytes_up;	/* from sockets to the card */
	uint64_t bytes_down;	/* from the card to sockets */
};

void cat_get_stats(const struct cat *cat, struct cat_stats *stats);

#endif /* CAT_CAT_H */
