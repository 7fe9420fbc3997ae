// SPDX-License-Identifier: BSD-3-Clause
/*
 * Questions to the user: one open question an asker, each with a deadline.
 */
#include "agent/ui.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long a text without an answer stays with the UI agent before the asker goes on */
#define DISPLAY_MS	2000

struct open_question {
	struct ui *ui;
	bool open, shown;
	unsigned int id;
	struct ui_question q;
	char *text;
	ui_answer_fn fn;
	void *arg;
	/* Set when the answer is known but must come from the loop */
	enum ui_answer early;
};

struct ui {
	struct loop *loop;
	unsigned int timeout_s;
	unsigned int last_id;
	bool has_front;
	struct ui_frontend front;
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

static void drop(struct open_question *o)
{
	struct ui *u = o->ui;

	loop_timer(u->loop, -1, on_deadline, o);
	loop_timer(u->loop, -1, on_early, o);
	if (o->shown && u->has_front && u->front.hide)
		u->front.hide(u->front.arg, o->id);
	o->open = o->shown = false;
	free(o->text);
	o->text = NULL;
}

static void settle(struct open_question *o, enum ui_answer answer)
{
	ui_answer_fn fn = o->fn;
	void *arg = o->arg;

	drop(o);
	fn(arg, answer);
}

static void on_deadline(void *arg)
{
	struct open_question *o = arg;
	struct ui *u = o->ui;

	settle(o, o->q.kind == UI_KIND_DISPLAY ? UI_ACCEPT : UI_TIMEOUT);
	show_next(u);
}

static void on_early(void *arg)
{
	struct open_question *o = arg;
	struct ui *u = o->ui;

	settle(o, o->early);
	show_next(u);
}

/* The UI agent sees one question at a time: the first that is open. */
static void show_next(struct ui *u)
{
	if (!u->has_front)
		return;
	for (int i = 0; i < UI_N_ASKERS; i++)
		if (u->slot[i].shown)
			return;
	for (int i = 0; i < UI_N_ASKERS; i++) {
		struct open_question *o = &u->slot[i];

		if (!o->open)
			continue;
		o->shown = true;
		u->front.show(u->front.arg, o->id, &o->q);
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

	if (o->open) {
		fn(arg, UI_BUSY);
		return;
	}
	*o = (struct open_question){
		.ui = u, .open = true, .id = ++u->last_id, .q = *q, .fn = fn, .arg = arg,
	};
	o->text = strdup(q->text);
	o->q.text = o->text ? o->text : "";
	if (!u->has_front || !o->text) {
		answer_soon(o, UI_NOBODY);
		return;
	}
	if (loop_timer(u->loop, limit_ms(u, q), on_deadline, o)) {
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

void ui_set_frontend(struct ui *u, const struct ui_frontend *front)
{
	u->has_front = false;
	for (int i = 0; i < UI_N_ASKERS; i++)
		u->slot[i].shown = false;
	if (!front)
		return;		/* open questions wait for the next UI agent until their deadline */
	u->front = *front;
	u->has_front = true;
	show_next(u);
}

bool ui_has_frontend(const struct ui *u)
{
	return u->has_front;
}

bool ui_answered(struct ui *u, unsigned int id, enum ui_answer answer)
{
	for (int i = 0; i < UI_N_ASKERS; i++) {
		struct open_question *o = &u->slot[i];

		if (!o->open || !o->shown || o->id != id)
			continue;
		o->shown = false;	/* it took it down itself */
		settle(o, answer);
		show_next(u);
		return true;
	}
	return false;
}

void ui_free(struct ui *u)
{
	if (!u)
		return;
	u->has_front = false;
	for (int i = 0; i < UI_N_ASKERS; i++)
		if (u->slot[i].open)
			drop(&u->slot[i]);
	free(u);
}
