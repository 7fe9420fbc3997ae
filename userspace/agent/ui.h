/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The user, as far as the agent knows one: questions of the DM session and of the card go to a
 * front end: a UI agent that registered on the control socket, else the script.  At most one
 * question an asker; the front end sees them one after the other.  Nothing here waits: what
 * needs time comes back through the event loop.
 */
#ifndef AGENT_UI_H
#define AGENT_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/loop.h"
#include "dm/dm.h"

struct ui;

enum ui_asker {
	UI_ASKER_SESSION,	/* alerts 1100 to 1104, ui-mode of package #0 */
	UI_ASKER_CARD,		/* CAT DISPLAY TEXT */
	UI_ASKER_NOTICE,	/* what the user is told while a session goes on */
	UI_N_ASKERS,
};

enum ui_kind {
	UI_KIND_DISPLAY,	/* shown, no answer needed */
	UI_KIND_ACKNOWLEDGE,	/* shown until the user clears it */
	UI_KIND_CONFIRM,	/* yes or no */
	UI_KIND_INPUT,		/* a line of text */
	UI_KIND_CHOICE,		/* one of a list */
	UI_KIND_CHOICES,	/* any number of a list */
};

enum ui_answer {
	UI_ACCEPT,
	UI_REJECT,
	UI_CANCEL,
	UI_TIMEOUT,
	UI_NOBODY,		/* there is no front end */
	UI_BUSY,		/* another question of the same asker is open */
	UI_UNABLE,		/* the front end cannot show this */
};

struct ui_question {
	enum ui_kind kind;
	const char *text;	/* UTF-8 */
	unsigned int min_ms;	/* shown at least so long, 0 = no matter */
	unsigned int max_ms;	/* wait for an answer at most so long, 0 = the agent's own limit */
	int default_accept;	/* CONFIRM: 1 yes is highlighted, 0 no, -1 neither */
	/* INPUT */
	enum dm_input input;
	bool hidden;		/* not to be shown while it is typed */
	unsigned int max_len;	/* characters */
	const char *initial;	/* NULL = none */
	/* CHOICE, CHOICES: the first is number 1 */
	const char *const *choices;
	unsigned int n_choices;
	uint64_t chosen;	/* highlighted: bit n - 1 is choice n */
};

struct ui_reply {
	enum ui_answer answer;
	/* With UI_ACCEPT */
	const char *text;	/* INPUT; during the call only, not to be kept */
	uint64_t chosen;	/* CHOICE, CHOICES */
};

/* Called exactly once for each ui_ask(), from the event loop, unless withdrawn. */
typedef void (*ui_answer_fn)(void *arg, const struct ui_reply *reply);

/* What the front end has to be told; NULL members are not called. Answers are not given from within. */
struct ui_frontend {
	void (*show)(void *arg, unsigned int id, const struct ui_question *q);
	void (*hide)(void *arg, unsigned int id);
	void *arg;
};

int ui_new(struct loop *loop, unsigned int timeout_s, struct ui **ret);
void ui_free(struct ui *u);

/* The question is copied. */
void ui_ask(struct ui *u, enum ui_asker asker, const struct ui_question *q, ui_answer_fn fn,
	    void *arg);
/* Takes the asker's question down, if it has one; its ui_answer_fn is not called. */
void ui_withdraw(struct ui *u, enum ui_asker asker);

/* A UI agent registers (front != NULL, replaces the one before) or leaves (NULL). */
void ui_set_frontend(struct ui *u, const struct ui_frontend *front);
/* Answers as long as no UI agent is there. */
void ui_set_script(struct ui *u, const struct ui_frontend *front);
bool ui_has_frontend(const struct ui *u);
/* The front end answers. 0, -ENOENT: no such question (any more); -EINVAL: that does not fit it, *why says. */
int ui_answered(struct ui *u, unsigned int id, const struct ui_reply *reply, const char **why);

const char *ui_kind_name(enum ui_kind kind);

#endif /* AGENT_UI_H */
