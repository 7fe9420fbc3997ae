/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trigger source: package #0 in a WSP push.  One UDP listener (port 2948) serves the
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

/*
 * Takes one WSP push PDU.  0: a session was asked for; -EALREADY: duplicate; -EBADMSG,
 * -ENOMSG: not a package #0; -ENOENT: unknown server; -EACCES: wrong digest; -EBUSY.
 */
int push_deliver(struct push *p, const uint8_t *pdu, size_t len, const char *origin);

struct push_counts {
	unsigned int received, accepted, duplicates, refused;
};

void push_get_counts(const struct push *p, struct push_counts *c);

#endif /* AGENT_PUSH_H */
