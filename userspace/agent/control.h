/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: varlink (JSON objects, each ended by a NUL byte) on a UNIX stream
 * socket.  This file knows connections and framing; what the methods do is in methods.c.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <json-c/json.h>
#include <stdbool.h>

#include "agent/loop.h"
#include "dmsc.h"

struct control;
struct control_peer;

/* One call. The reply goes out through control_reply() or control_error(), once (or more with "more"). */
struct control_call {
	struct control_peer *peer;
	const char *method;		/* full name */
	struct json_object *parameters;	/* an object, never NULL */
	bool more;
};

struct control_handler {
	void (*call)(void *arg, const struct control_call *call);
	/* The peer went away; drop what refers to it. */
	void (*closed)(void *arg, struct control_peer *peer);
	void *arg;
};

int control_new(struct loop *loop, const char *path, unsigned int mode,
		const struct control_handler *handler, struct control **ret);
void control_free(struct control *c);

/*
 * Takes over parameters (may be NULL).  continues: more replies to the same call will follow.
 * A peer that does not read is dropped.
 */
void control_reply(struct control_peer *peer, struct json_object *parameters, bool continues);
/* name: "Busy" (of our interface) or a full varlink error name with a dot. */
void control_error(struct control_peer *peer, const char *name, struct json_object *parameters);

#endif /* AGENT_CONTROL_H */
