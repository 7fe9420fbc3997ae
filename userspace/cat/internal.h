/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the CAT engine share: the engine's state and the functions
 * between its parts.
 *
 *	engine.c	APDUs and the proactive session
 *	execute.c	what each proactive command does
 *	execute-bip.c	the same for commands of channels
 *	profile.c	TERMINAL PROFILE
 *	response.c	TERMINAL RESPONSE
 *	envelope.c	queue of envelopes
 *	timers.c	the eight timers of the card
 *	polling.c	how often the card is asked
 *	channel.c	BIP channels: states and buffers
 *	bip-server.c	UICC server mode: the gateway to the card's server
 *	bip-client.c	local connections of the card to services of the device
 */
#ifndef CAT_INTERNAL_H
#define CAT_INTERNAL_H

#include <limits.h>

#include "cat/cat.h"
#include "cat/command.h"

#define CAT_CHANNELS		7
#define CAT_TIMERS		8
#define CAT_ENVELOPE_RETRIES	5
#define CAT_POLL_UNKNOWN	UINT_MAX
#define CAT_APDU_MAX		(5 + CAT_BODY_MAX)
/* Longest proactive command: FETCH brings 256 bytes at most */
#define CAT_FETCH_MAX		256

/* Event codes (TS 102 223, 8.25) that we can report */
#define CAT_EVENT_DATA_AVAILABLE	0x09
#define CAT_EVENT_CHANNEL_STATUS	0x0a

/* ---- proactive session ---- */

enum cat_state {
	CAT_OFF,	/* no card, or none that can be talked to: waits for cat_card_reset() */
	CAT_SETTLE,	/* reset; the answer to an APDU of before is still to come */
	CAT_SELECT,	/* SELECT MF is with the card */
	CAT_PROFILE,	/* TERMINAL PROFILE is with the card */
	CAT_IDLE,	/* nothing to do: waits for the card, a timer or a socket */
	CAT_ENVELOPE,	/* an ENVELOPE is with the card */
	CAT_FETCH,	/* FETCH is with the card */
	CAT_EXECUTE,	/* a command waits for the user or for a socket */
	CAT_RESPOND,	/* TERMINAL RESPONSE is with the card */
};

enum cat_event {
	CAT_EV_RESET,		/* the card was activated or reset */
	CAT_EV_LOST,		/* the card is gone */
	CAT_EV_ANSWER,		/* answer to the outstanding APDU: cat->answer */
	CAT_EV_FAILED,		/* the APDU could not be exchanged: cat->answer.err */
	CAT_EV_WORK,		/* something may be due: 91xx, an envelope */
	CAT_EV_EXECUTED,	/* the command that waited is done: cat->response is set */
	CAT_EV_TIMEOUT,		/* the timer of the state expired */
};

/* What a command in CAT_EXECUTE waits for. */
enum cat_wait {
	CAT_WAIT_NONE,
	CAT_WAIT_USER,		/* cat_text_answer() */
	CAT_WAIT_CONNECT,	/* a TCP connection of the card */
	CAT_WAIT_DRAIN,		/* bytes on their way to the peer of a channel to be closed */
};

struct cat_apdu_answer {
	const uint8_t *data;	/* without SW1 SW2 */
	size_t len;
	uint16_t sw;
	int err;
};

/* ---- envelopes ---- */

enum cat_envelope_kind {
	CAT_ENVELOPE_TIMER,	/* id: timer */
	CAT_ENVELOPE_STATUS,	/* id: channel */
	CAT_ENVELOPE_DATA,	/* id: channel */
};

struct cat_envelope {
	enum cat_envelope_kind kind;
	uint8_t id;
	uint8_t status[2];	/* CAT_ENVELOPE_STATUS: as it was when it changed */
};

/*
 * Room for all that can be queued: one expiry a timer, one data available and two
 * status changes (connected, gone again) a channel; no further client is accepted
 * before these were told.
 */
#define CAT_ENVELOPES	(CAT_TIMERS + 3 * CAT_CHANNELS)

struct cat_envelopes {
	struct cat_envelope item[CAT_ENVELOPES];
	unsigned int n;
	unsigned int attempts;	/* of item[0] */
	bool backing_off;
};

/* ---- timers ---- */

struct cat_timer {
	struct cat *cat;
	uint8_t id;
	bool running;
	int64_t started_ms, expires_ms;
	unsigned int start_value_s;
};

/* ---- channels ---- */

enum cat_channel_state {
	CAT_CHANNEL_CLOSED,
	CAT_CHANNEL_LISTEN,		/* server: waits for a client */
	CAT_CHANNEL_CONNECTING,		/* TCP client: OPEN CHANNEL is not answered yet */
	CAT_CHANNEL_ESTABLISHED,
	CAT_CHANNEL_DROPPED,		/* client: the peer is gone, the card has not closed yet */
};

enum cat_channel_event {
	CAT_CHANNEL_EV_OPENED,		/* server is listening, or UDP client is bound */
	CAT_CHANNEL_EV_CONNECTING,
	CAT_CHANNEL_EV_CONNECTED,
	CAT_CHANNEL_EV_PEER_GONE,
	CAT_CHANNEL_EV_CARD_HANGS_UP,	/* CLOSE CHANNEL back to LISTEN */
	CAT_CHANNEL_EV_CARD_CLOSES,
	CAT_CHANNEL_EV_CARD_LOST,
};

/* UICC/terminal interface transport level (TS 102 223, 8.59) */
enum cat_transport {
	CAT_TRANSPORT_TCP_SERVER	= 0x03,
	CAT_TRANSPORT_UDP_CLIENT_LOCAL	= 0x04,
	CAT_TRANSPORT_TCP_CLIENT_LOCAL	= 0x05,
};

struct cat_channel {
	struct cat *cat;
	uint8_t id;		/* 1 to 7 */
	enum cat_channel_state state;
	enum cat_transport transport;
	uint16_t port;
	bool known;		/* was open since the reset: "closed" rather than "invalid" */
	int listen_fd, fd;	/* -1 = none */
	uint32_t listen_watched, watched;	/* EPOLL* events asked of the event loop */

	size_t size;		/* of each buffer, as granted to the card */
	uint8_t *rx, *tx;
	size_t rx_len, tx_len;
	size_t tx_flush;	/* leading bytes of tx that are to be sent */

	bool eof;		/* the peer will not send any more */
	bool unanswered;	/* the peer sent something since the card last did */
	bool announced;		/* the card knows that there are bytes in rx */
	bool accept_paused;	/* out of descriptors: the listener rests */
};

struct cat {
	struct cat_config cfg;
	struct cat_ops ops;
	void *ctx;
	int64_t (*now)(void);	/* monotonic ms; the tests bring their own */

	enum cat_state state;
	bool outstanding;	/* an APDU was submitted and not answered yet */
	bool stale;		/* its answer belongs to a card before the reset */
	int64_t stale_since;
	bool starting;
	bool in_session;	/* from 91xx to the 9000 that ends it */
	bool reset_after;	/* REFRESH: reset the card once it was answered */
	unsigned int pending;	/* length of the proactive command to fetch, 0 = none */
	unsigned int more_time;	/* MORE TIME commands in a row */
	bool fetch_repeated;	/* FETCH was repeated after 6Cxx */
	unsigned int fetch_failures;	/* in a row */
	bool holding;		/* after a failed FETCH: the reader's word is not enough */
	unsigned int held;	/* what the reader said meanwhile, as pending */

	uint8_t apdu[CAT_APDU_MAX];
	size_t apdu_len;
	unsigned int submits;	/* attempts to submit it */
	int submit_err;
	struct cat_apdu_answer answer;

	uint8_t fetched[CAT_FETCH_MAX];
	struct cat_command cmd;		/* points into fetched */
	struct cat_body response;
	enum cat_wait wait;
	struct cat_channel *wait_channel;

	uint32_t events;		/* current event list, one bit a code */
	struct cat_envelopes envelopes;
	struct cat_timer timers[CAT_TIMERS];
	struct cat_channel channels[CAT_CHANNELS];

	bool polling;			/* false after POLLING OFF */
	unsigned int poll_ms;		/* agreed with the card */
	unsigned int poll_set_ms;	/* what the driver was told, or CAT_POLL_UNKNOWN */

	struct cat_stats stats;
};

/* engine.c */
void cat_step(struct cat *cat, enum cat_event ev);
/* The reader says that a command of len bytes is pending. */
void cat_note_pending(struct cat *cat, unsigned int len);
void cat_log(struct cat *cat, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Arms the one timer of the state; -1 stops it.  -errno if the event loop does not take it. */
int cat_state_timer(struct cat *cat, int64_t ms);

/* execute.c */

/*
 * Runs cat->cmd.  Afterwards cat->response is set, or cat->wait says what it waits
 * for; the answer to that (CAT_EV_EXECUTED) may come from within.
 */
void cat_execute(struct cat *cat);
/* The waiting command's time is over: sets cat->response. */
void cat_execute_timeout(struct cat *cat);

/*
 * Something happened to a channel that the command may wait for: connected (err = 0)
 * or not, all sent or peer gone.  Ignored if the command waits for something else.
 */
void cat_execute_channel(struct cat_channel *ch, int err);
/* The card is gone: nothing is waited for any more, an open text is taken down. */
void cat_execute_abort(struct cat *cat);

/* execute-bip.c */
void cat_execute_bip(struct cat *cat);
void cat_execute_bip_timeout(struct cat *cat, enum cat_wait wait);

/* profile.c */

/* Writes the body of TERMINAL PROFILE, without trailing zeros; returns its length. */
size_t cat_profile(const struct cat *cat, uint8_t *buf, size_t room);

/* response.c */
void cat_respond(struct cat *cat, enum cat_result result);
void cat_respond_info(struct cat *cat, enum cat_result result, uint8_t info);
void cat_respond_bip(struct cat *cat, enum cat_bip_error error);

/* envelope.c */
void cat_envelope_queue(struct cat *cat, const struct cat_envelope *env);
void cat_envelope_forget(struct cat *cat, enum cat_envelope_kind kind, uint8_t id);
bool cat_envelope_queued(const struct cat *cat, enum cat_envelope_kind kind, uint8_t id);
/* The body of the next envelope; false if none is due. */
bool cat_envelope_next(struct cat *cat, struct cat_body *body);
/* The card's answer to it. */
void cat_envelope_answered(struct cat *cat, uint16_t sw);
void cat_envelope_failed(struct cat *cat);
void cat_envelope_reset(struct cat *cat);

/* timers.c */
void cat_timers_init(struct cat *cat);
void cat_timers_reset(struct cat *cat);
/* false: value is not a time from 00:00:01 to 23:59:59 */
bool cat_timer_decode(const uint8_t value[3], unsigned int *seconds);
void cat_timer_encode(unsigned int seconds, uint8_t value[3]);
int cat_timer_start(struct cat *cat, uint8_t id, unsigned int seconds);
void cat_timer_stop(struct cat_timer *timer);
unsigned int cat_timer_remaining(const struct cat_timer *timer);
unsigned int cat_timer_elapsed(const struct cat_timer *timer);

/* polling.c */
void cat_polling_reset(struct cat *cat);
int cat_polling_update(struct cat *cat);

/* channel.c */
void cat_channels_init(struct cat *cat);
void cat_channels_reset(struct cat *cat);
struct cat_channel *cat_channel_free(struct cat *cat);
int cat_channel_alloc(struct cat_channel *ch, enum cat_transport transport, uint16_t port,
		      size_t size);
void cat_channel_step(struct cat_channel *ch, enum cat_channel_event ev);
void cat_channel_status(const struct cat_channel *ch, uint8_t status[2]);
/* Tells the event loop what the channel waits for now; -errno if it does not take it. */
int cat_channel_watch(struct cat_channel *ch);
/* Bytes for the card arrived in rx: tell it, if it does not know. */
void cat_channel_announce(struct cat_channel *ch);
size_t cat_channel_receive(struct cat_channel *ch, uint8_t *buf, size_t room);
/* 0, -ENOBUFS: does not fit, -EPIPE: the peer is gone */
int cat_channel_send(struct cat_channel *ch, const uint8_t *buf, size_t len, bool now);
/* Event loop callback of an established connection. */
void cat_channel_ready(void *arg, int fd, uint32_t events);

/* bip-server.c */
int cat_server_open(struct cat_channel *ch);
/* Event loop callback of a listener. */
void cat_server_accept(void *arg, int fd, uint32_t events);
/* The listener is about to be closed: no timer of it may be left. */
void cat_server_forget(struct cat_channel *ch);

/* bip-client.c */
int cat_client_open(struct cat_channel *ch);
/* The outcome of connect() on a channel that is CONNECTING. */
void cat_client_connected(struct cat_channel *ch);

#endif /* CAT_INTERNAL_H */
