/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Session transport: carries one DM message to the server and brings the answer back.  An
 * interface, so that another way to the card (an APDU tunnel, say) can take the place of
 * HTTP without a change above or below.
 */
#ifndef AGENT_TRANSPORT_H
#define AGENT_TRANSPORT_H

#include <stddef.h>

#include "agent/loop.h"

struct transport;

/* How an exchange ended. */
enum transport_result {
	TRANSPORT_OK,		/* the answer is valid during the call */
	TRANSPORT_RETRY,	/* may work later: server busy, connection lost before the answer */
	TRANSPORT_FAILED,	/* no use to try again */
};

/* A message and what goes with it, in either direction. */
struct transport_message {
	const char *content_type;	/* received: "" if the server says none */
	const char *hmac;		/* value of x-syncml-hmac, NULL = none */
	const void *body;
	size_t len;
};

/* why is NULL on success, else one line */
typedef void (*transport_done_fn)(void *arg, enum transport_result result,
				  const struct transport_message *answer, const char *why);

struct transport_ops {
	/*
	 * Sends a message to uri; done is called exactly once, never from within the call, unless
	 * cancel() comes first.  The body must stay valid until then, the rest during the
	 * call.  0 or -errno.
	 */
	int (*post)(struct transport *t, const char *uri, const struct transport_message *message,
		    transport_done_fn done, void *arg);
	void (*cancel)(struct transport *t);
	void (*free)(struct transport *t);
};

struct transport {
	const struct transport_ops *ops;
};

/*
 * HTTP to the card's web server (libcurl); only http://127.0.0.1 or http://localhost with the given port is
 * spoken to.  An answer longer than max_body ends in TRANSPORT_FAILED.
 */
int transport_http_new(struct loop *loop, unsigned int port, unsigned int timeout_s,
		       size_t max_body, struct transport **ret);

#endif /* AGENT_TRANSPORT_H */
