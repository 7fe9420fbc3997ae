/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trigger source: package #0, the notification.  One UDP listener (port 2948) serves the
 * management system outside and the card (BIP, local connection) alike; other bearers hand
 * their PDU over through the control socket.
 */
#ifndef AGENT_PUSH_H
#define AGENT_PUSH_H

#include "agent/config.h"
#include "agent/loop.h"
#include "agent/session.h"

struct push;

/* cfg->push_listen "" = no listener, only push_deliver(). 0 or -errno (logged). */
int push_new(struct loop *loop, const struct config *cfg, struct mo_tree *tree,
	     struct sessions *sessions, struct push **ret);
void push_free(struct push *p);

enum push_form {
	PUSH_WSP,		/* a connectionless WSP push, as it comes over UDP */
	PUSH_SMS,		/* user data of a short message: header, then the WSP push */
	PUSH_NOTIFICATION,	/* package #0 itself: OBEX, HTTP and SIP name its type elsewhere */
	PUSH_N_FORMS,
};

const char *push_form_name(enum push_form form);

struct push_message {
	enum push_form form;
	const uint8_t *data;
	size_t len;
	bool remote;		/* from the network; the card and the control socket are not */
	const char *origin;	/* for people */
};

/*
 * Takes one notification.  0: a session was asked for; -EALREADY: duplicate; -EBADMSG,
 * -ENOMSG, -EOPNOTSUPP: not a package #0; -ENOENT: unknown server; -EACCES: wrong digest; -EBUSY: too
 * many sessions wait; -EAGAIN: too many notifications in a short time, this one was not looked at.
 */
int push_deliver(struct push *p, const struct push_message *m);

struct push_counts {
	unsigned int received, accepted, duplicates, refused, throttled;
};

void push_get_counts(const struct push *p, struct push_counts *c);

#endif /* AGENT_PUSH_H */
