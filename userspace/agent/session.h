/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One DM session at a time: waits for the gateway, moves messages between the DM engine and the
 * transport, brings the engine's questions to the user, retries, and keeps what came of it.
 */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/loop.h"
#include "agent/transport.h"
#include "agent/ui.h"
#include "dm/dm.h"

struct sessions;

enum session_state {
	SESSION_IDLE,
	SESSION_WAIT_USER,	/* package #0 wants the user asked before */
	SESSION_WAIT_GATEWAY,	/* the card's server is not there yet */
	SESSION_EXCHANGE,	/* a message is on its way */
	SESSION_WAIT_RETRY,
	SESSION_QUESTION,	/* the engine waits for the user */
};

/* Who asked for a session and how. */
struct session_request {
	char server_id[128];
	bool server_initiated;		/* by package #0: alert 1200 */
	uint16_t session_id;
	bool resync;			/* package #0 was made with the resync nonce */
	uint8_t resync_nonce[16];
	size_t resync_nonce_len;
	enum dm_ui_mode ui_mode;
	char origin[64];		/* for people: "push from 10.0.2.2:4711" */
};

/* What became of the last session. */
struct session_report {
	unsigned int number;		/* sessions ended since start */
	char id[16];
	char server_id[128];
	enum dm_outcome outcome;
	char reason[256];
	struct dm_counts counts;
	int64_t duration_ms;
};

struct session_hooks {
	bool (*gateway_ready)(void *arg);
	/* A session ended; may be NULL. */
	void (*ended)(void *arg, const struct session_report *report);
	void *arg;
};

int sessions_new(struct loop *loop, const struct config *cfg, struct mo_tree *tree, struct ui *ui,
		 struct transport *transport, const struct session_hooks *hooks,
		 struct sessions **ret);
void sessions_free(struct sessions *s);

/*
 * Starts a session, or queues the request while another one runs.  0, -ENOENT: no such
 * account, -EBUSY: too many are waiting.
 */
int sessions_request(struct sessions *s, const struct session_request *req);
void sessions_gateway_changed(struct sessions *s);
/* The card is gone: the session with it cannot go on. */
void sessions_card_lost(struct sessions *s, const char *why);

enum session_state sessions_get_state(const struct sessions *s);
const char *session_state_name(enum session_state st);
/* "" when idle */
const char *sessions_current_id(const struct sessions *s);
unsigned int sessions_waiting(const struct sessions *s);
/* No further request can be queued. */
bool sessions_full(const struct sessions *s);
/* NULL before the first one ended */
const struct session_report *sessions_last(const struct sessions *s);

#endif /* AGENT_SESSION_H */
