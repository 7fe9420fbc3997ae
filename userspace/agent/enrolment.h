/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How accounts get into the tree: files at install time, documents that a person gives, the card's own
 * file; and how they go with the card they came from.
 */
#ifndef AGENT_ENROLMENT_H
#define AGENT_ENROLMENT_H

#include "agent/card-file.h"
#include "agent/config.h"
#include "dm/bootstrap.h"

/* Wrong PINs before none is listened to for a while. */
#define ENROLMENT_TRIES		3
#define ENROLMENT_PAUSE_MS	(10 * 60 * 1000)

struct enrolment;

struct enrolment_hooks {
	/* This server has a new account and wants a session. */
	void (*wants_session)(void *arg, const char *server_id);
	int64_t (*now)(void *arg);	/* ms; NULL = loop_now() */
	void *arg;
};

int enrolment_new(const struct config *cfg, struct mo_tree *tree, const struct enrolment_hooks *hooks,
		  struct enrolment **ret);
void enrolment_free(struct enrolment *e);

/*
 * [state] bootstrap: a file with accounts or a document, or a folder of them (*.conf first, then
 * the others, by name).  0, or -errno: the accounts of a .conf file are not all there.  A document
 * that is refused is logged, and the others are taken.
 */
int enrolment_install(struct enrolment *e);

/* A document from the control socket; pin may be NULL. As dm_bootstrap_apply(); -EAGAIN: too many tries. */
int enrolment_document(struct enrolment *e, const struct dm_bootstrap *doc, const char *pin,
		       struct dm_bootstrap_result *r);

/*
 * The card is there, and this is what it says of itself.  If it has no bootstrap file, what came
 * from it goes; accounts of other cards go in any case, unless the configuration keeps them.
 */
void enrolment_card(struct enrolment *e, const struct card_file *file);

#endif /* AGENT_ENROLMENT_H */
