// SPDX-License-Identifier: BSD-3-Clause
/*
 * Questions to the user: one open question an asker, each with a deadline.
 */
#include "agent/ui.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long a text without an answer stays with the front end before the asker goes on */
#define DISPLAY_MS	2000

struct open_question {
	struct ui *ui;
	bool open, shown;
	unsigned int id;
	struct ui_question q;
	char *texts;		/* all its texts, one after the other */
	const char **choices;
	ui_answer_fn fn;
	void *arg;
	/* Set when the answer is known but must come from the loop */
	enum ui_answer early;
};

struct ui {
	struct loop *loop;
	unsigned int timeout_s;
	unsigned int last_id;
	bool has_agent, has_script;
	struct ui_frontend agent, script;
	struct open_question slot[UI_N_ASKERS];
};

static void on_deadline(void *arg);
static void on_early(void *arg);
static void show_next(struct ui *u);

const char *ui_kind_name(enum ui_kind kind)
{
	switch (kind) {
	case UI_KIND_DISPLAY: return "display";
	case UI_KIND_ACKNOWLEDGE: return "acknowledge";
	case UI_KIND_CONFIRM: return "confirm";
	case UI_KIND_INPUT: return "input";
	case UI_KIND_CHOICE: return "choice";
	case UI_KIND_CHOICES: return "choices";
	}
	return "?";
}

int ui_new(struct loop *loop, unsigned int timeout_s, struct ui **ret)
{
	struct ui *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->loop = loop;
	u->timeout_s = timeout_s;
	for (int i = 0; i < UI_N_ASKERS; i++)
		u->slot[i].ui = u;
	*ret = u;
	return 0;
}

static const struct ui_frontend *front_of(const struct ui *u)
{
	return u->has_agent ? &u->agent : u->has_script ? &u->script : NULL;
}

/* --------------------------------------------------------------------------------- copies */

static const char *copy_text(char **room, const char *text)
{
	const char *copy = *room;
	size_t len = strlen(text) + 1;

	memcpy(*room, text, len);
	*room += len;
	return copy;
}

static int copy_question(struct open_question *o, const struct ui_question *q)
{
	size_t len = strlen(q->text) + 1 + (q->initial ? strlen(q->initial) + 1 : 0);
	char *room;

	for (unsigned int i = 0; i < q->n_choices; i++)
		len += strlen(q->choices[i]) + 1;
	room = o->texts = malloc(len);
	o->choices = calloc(q->n_choices + 1, sizeof(*o->choices));
	if (!o->texts || !o->choices)
		return -ENOMEM;
	o->q = *q;
	o->q.text = copy_text(&room, q->text);
	if (q->initial)
		o->q.initial = copy_text(&room, q->initial);
	for (unsigned int i = 0; i < q->n_choices; i++)
		o->choices[i] = copy_text(&room, q->choices[i]);
	o->q.choices = o->choices;
	return 0;
}

/* ----------------------------------------------------------------------------------- ends */

static void drop(struct open_question *o)
{
	const struct ui_frontend *front = front_of(o->ui);
	struct ui *u = o->ui;

	loop_timer(u->loop, -1, on_deadline, o);
	loop_timer(u->loop, -1, on_early, o);
	if (o->shown && front && front->hide)
		front->hide(front->arg, o->id);
	o->open = o->shown = false;
	free(o->texts);
	free(o->choices);
	o->texts = NULL;
	o->choices = NULL;
}

static void settle(struct open_question *o, const struct ui_reply *reply)
{
	ui_answer_fn fn = o->fn;
	void *arg = o->arg;

	drop(o);
	fn(arg, reply);
}

static void on_deadline(void *arg)
{
	struct open_question *o = arg;
	const struct ui_reply reply = {
		o->q.kind == UI_KIND_DISPLAY ? UI_ACCEPT : UI_TIMEOUT, NULL, 0
	};
	struct ui *u = o->ui;

	settle(o, &reply);
	show_next(u);
}

static void on_early(void *arg)
{
	struct open_question *o = arg;
	const struct ui_reply reply = { o->early, NULL, 0 };
	struct ui *u = o->ui;

	settle(o, &reply);
	show_next(u);
}

/* -------------------------------------------------------------------------------- asking */

/* The front end sees one question at a time: the first that is open. */
static void show_next(struct ui *u)
{
	const struct ui_frontend *front = front_of(u);

	if (!front)
		return;
	for (int i = 0; i < UI_N_ASKERS; i++)
		if (u->slot[i].shown)
			return;
	for (int i = 0; i < UI_N_ASKERS; i++) {
		struct open_question *o = &u->slot[i];

		if (!o->open)
			continue;
		o->shown = true;
		front->show(front->arg, o->id, &o->q);
		return;
	}
}

static void answer_soon(struct open_question *o, enum ui_answer answer)
{
	o->early = answer;
	loop_timer(o->ui->loop, 0, on_early, o);
}

static unsigned int limit_ms(const struct ui *u, const struct ui_question *q)
{
	unsigned int own = u->timeout_s * 1000;

	if (q->kind == UI_KIND_DISPLAY)
		return q->min_ms > own ? own : q->min_ms ? q->min_ms : DISPLAY_MS;
	return q->max_ms && q->max_ms < own ? q->max_ms : own;
}

void ui_ask(struct ui *u, enum ui_asker asker, const struct ui_question *q, ui_answer_fn fn,
	    void *arg)
{
	struct open_question *o = &u->slot[asker];
	static const struct ui_reply busy = { UI_BUSY, NULL, 0 };

	if (o->open) {
		fn(arg, &busy);
		return;
	}
	*o = (struct open_question){ .ui = u, .open = true, .id = ++u->last_id, .fn = fn, .arg = arg };
	if (!front_of(u) || copy_question(o, q) ||
	    loop_timer(u->loop, limit_ms(u, q), on_deadline, o)) {
		answer_soon(o, UI_NOBODY);
		return;
	}
	show_next(u);
}

void ui_withdraw(struct ui *u, enum ui_asker asker)
{
	if (!u->slot[asker].open)
		return;
	drop(&u->slot[asker]);
	show_next(u);
}

/* ----------------------------------------------------------------------------- front ends */

/* Open questions go to the front end that is there now, or wait for one until their deadline. */
static void front_changed(struct ui *u)
{
	for (int i = 0; i < UI_N_ASKERS; i++)
		u->slot[i].shown = false;
	show_next(u);
}

void ui_set_frontend(struct ui *u, const struct ui_frontend *front)
{
	if (front && !u->has_agent && u->has_script) {
		/* what the script is about to answer is asked of a person now */
		for (int i = 0; i < UI_N_ASKERS; i++)
			if (u->slot[i].shown)
				u->script.hide(u->script.arg, u->slot[i].id);
	}
	u->has_agent = front;
	if (front)
		u->agent = *front;
	front_changed(u);
}

void ui_set_script(struct ui *u, const struct ui_frontend *front)
{
	u->has_script = true;
	u->script = *front;
	if (!u->has_agent)
		front_changed(u);
}

bool ui_has_frontend(const struct ui *u)
{
	return front_of(u);
}

/* Why the answer does not fit the question; NULL if it does. */
static const char *misfit(const struct ui_question *q, const struct ui_reply *r)
{
	if (r->answer != UI_ACCEPT)
		return NULL;
	switch (q->kind) {
	case UI_KIND_INPUT:
		return r->text ? dm_input_check(q->input, q->max_len, r->text) : "text is missing";
	case UI_KIND_CHOICE:
		if (!r->chosen || r->chosen & (r->chosen - 1))
			return "one choice is needed";
		__attribute__((fallthrough));
	case UI_KIND_CHOICES:
		if (q->n_choices < DM_MAX_CHOICES && r->chosen >> q->n_choices)
			return "there is no such choice";
		return NULL;
	case UI_KIND_DISPLAY:
	case UI_KIND_ACKNOWLEDGE:
	case UI_KIND_CONFIRM:
		break;
	}
	return NULL;
}

int ui_answered(struct ui *u, unsigned int id, const struct ui_reply *reply, const char **why)
{
	for (int i = 0; i < UI_N_ASKERS; i++) {
		struct open_question *o = &u->slot[i];

		if (!o->open || !o->shown || o->id != id)
			continue;
		*why = misfit(&o->q, reply);
		if (*why)
			return -EINVAL;
		o->shown = false;	/* it took it down itself */
		settle(o, reply);
		show_next(u);
		return 0;
	}
	*why = "no such question (any more)";
	return -ENOENT;
}

void ui_free(struct ui *u)
{
	if (!u)
		return;
	u->has_agent = u->has_script = false;
	for (int i = 0; i < UI_N_ASKERS; i++)
		if (u->slot[i].open)
			drop(&u->slot[i]);
	free(u);
}
