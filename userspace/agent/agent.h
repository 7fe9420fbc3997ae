/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agent put together: who owns what, and the wiring between the parts.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/card.h"
#include "agent/config.h"
#include "agent/control.h"
#include "agent/enrolment.h"
#include "agent/loop.h"
#include "agent/push.h"
#include "agent/session.h"
#include "agent/transport.h"
#include "agent/ui-script.h"
#include "agent/ui.h"
#include "dmsc.h"
#include "mo/mo.h"

#define AGENT_WATCHERS	8

struct agent {
	struct config cfg;
	struct loop *loop;
	struct mo_tree *tree;
	struct enrolment *enrolment;
	unsigned int n_new;				/* servers to be told of their new account */
	char new_server[DM_BOOTSTRAP_ACCOUNTS][128];
	struct ui *ui;
	struct ui_script *script;
	struct transport *transport;
	struct sessions *sessions;
	struct push *push;
	struct card *card;
	struct control *control;
	struct control_peer *ui_peer;			/* the registered UI agent */
	struct control_peer *watcher[AGENT_WATCHERS];	/* told when a session ends */
};

/* Starts everything; logs what fails. 0 or -errno; agent_stop() in either case. */
int agent_start(struct agent *a);
void agent_stop(struct agent *a);

/* methods.c: the control socket's side */
extern const struct control_handler agent_methods;
void agent_tell_watchers(struct agent *a, const struct session_report *report);

#endif /* AGENT_AGENT_H */
