/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The user, as far as the agent knows one: questions of the DM session and of the card go to a
 * UI agent that registered on the control socket.  At most one question an asker; the UI
 * agent sees them one after the other.
 */
#ifndef AGENT_UI_H
#define AGENT_UI_H

#include <stdbool.h>

#include "agent/loop.h"

struct ui;

enum ui_asker {
	UI_ASKER_SESSION,	/* alerts 1100 to 1104, ui-mode of package #0 */
	UI_ASKER_CARD,		/* CAT DISPLAY TEXT */
	UI_N_ASKERS,
};

enum ui_kind {
	UI_KIND_DISPLAY,	/* shown, no answer needed */
	UI_KIND_ACKNOWLEDGE,	/* shown until the user clears it */
	UI_KIND_CONFIRM,	/* yes or no */
};

enum ui_answer {
	UI_ACCEPT,
	UI_REJECT,
	UI_CANCEL,
	UI_TIMEOUT,
	UI_NOBODY,		/* no UI agent is registered */
	UI_BUSY,		/* another question of the same asker is open */
};

struct ui_question {
	enum ui_kind kind;
	const char *text;	/* UTF-8, copied */
	unsigned int min_ms;	/* shown at least so long, 0 = no matter */
	unsigned int max_ms;	/* wait for an answer at most so long, 0 = the agent's own limit */
	int default_accept;	/* 1 yes is highlighted, 0 no, -1 neither */
};

/* Called exactly once for each ui_ask(), from the event loop, unless withdrawn. */
typedef void (*ui_answer_fn)(void *arg, enum ui_answer answer);

/* What the UI agent's side has to be told; NULL members are not called. */
struct ui_frontend {
	void (*show)(void *arg, unsigned int id, const struct ui_question *q);
	void (*hide)(void *arg, unsigned int id);
	void *arg;
};

int ui_new(struct loop *loop, unsigned int timeout_s, struct ui **ret);
void ui_free(struct ui *u);

void ui_ask(struct ui *u, enum ui_asker asker, const struct ui_question *q, ui_answer_fn fn,
	    void *arg);
/* Takes the asker's question down, if it has one; its ui_answer_fn is not called. */
void ui_withdraw(struct ui *u, enum ui_asker asker);

/* A UI agent registers (front != NULL, replaces the one before) or leaves (NULL). */
void ui_set_frontend(struct ui *u, const struct ui_frontend *front);
bool ui_has_frontend(const struct ui *u);
/* The UI agent answers; false if there is no such question (any more). */
bool ui_answered(struct ui *u, unsigned int id, enum ui_answer answer);

const char *ui_kind_name(enum ui_kind kind);

#endif /* AGENT_UI_H */
