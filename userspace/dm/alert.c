// SPDX-License-Identifier: BSD-3-Clause
/*
 * Alerts of the server: questions to the user (spec/oma-dm.md 5.4) and the bare ones.
 *
 * The wait for the user is not bounded here: whoever asks him knows MAXDT and a limit of its own.
 */
#include "dm/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dm/question.h"

#define ALERT_NEXT_MESSAGE	1222
#define ALERT_SESSION_ABORT	1223

#define USER_SAID_NO		304
#define USER_CANCELED		214
#define USER_TIMEOUT		408
#define NOT_DISPLAYABLE		416

bool dm_alert_is(const struct dm_cmd *cmd, unsigned int code)
{
	unsigned long n;

	return cmd->type == DM_CMD_ALERT && dm_parse_number(cmd->data, 9999, &n) && n == code;
}

static int ask(struct dm_session *s, const struct dm_cmd *cmd, enum dm_alert type)
{
	struct dm_question *q = &s->question;
	int code = dm_question_read(s->msg, cmd, type, q, s->choices);

	if (code)
		return code;
	q->id = ++s->questions;
	if (!s->ops.ask || s->ops.ask(s->ctx, q))
		return MO_UNSUPPORTED_FEATURE;
	return 0;
}

bool dm_alert_run(struct dm_session *s, const struct dm_cmd *cmd, int *code)
{
	unsigned long alert;

	if (!dm_parse_number(cmd->data, 9999, &alert)) {
		*code = MO_BAD_COMMAND;
	} else if (alert >= DM_ALERT_DISPLAY && alert <= DM_ALERT_MULTIPLE_CHOICE) {
		*code = ask(s, cmd, (enum dm_alert)alert);
	} else if (alert == ALERT_NEXT_MESSAGE || alert == ALERT_SESSION_ABORT) {
		/* 1223 ends the session before commands are looked at, see session.c */
		*code = MO_OK;
	} else {
		*code = MO_UNSUPPORTED_FEATURE;
	}
	if (*code)
		return true;
	/* its place in the order of the statuses */
	s->asking = dm_status_add(s, cmd, NULL, USER_CANCELED);
	s->asking_cmd = cmd;
	return false;
}

static int answer_code(enum dm_alert type, enum dm_answer answer)
{
	switch (answer) {
	case DM_ANSWER_ACCEPT:
		return MO_OK;
	case DM_ANSWER_REJECT:
		return type == DM_ALERT_CONFIRM ? USER_SAID_NO : USER_CANCELED;
	case DM_ANSWER_TIMEOUT:
		return USER_TIMEOUT;
	case DM_ANSWER_NO_UI:
		return MO_UNSUPPORTED_FEATURE;
	case DM_ANSWER_UNDISPLAYABLE:
		return NOT_DISPLAYABLE;
	case DM_ANSWER_CANCEL:
		break;
	}
	return USER_CANCELED;
}

static void finish(struct dm_session *s, int code)
{
	const struct dm_cmd *cmd = s->asking_cmd;

	dm_log(s, LOG_INFO, "Alert %s: %d", cmd->data, code);
	if (s->asking)
		s->asking->code = code;
	s->asking = NULL;
	s->asking_cmd = NULL;
	memset(&s->question, 0, sizeof(s->question));
	dm_commands_member_done(s, cmd, code);
}

/* One Item of the answer. */
static void add_answer(struct dm_session *s, const char *text)
{
	struct dm_out_item *item = dm_out_item_add(s, s->asking, NULL, NULL);

	if (!item)
		return;
	item->value.data = strdup(text);
	item->value.len = strlen(text);
	if (!item->value.data) {
		item->value.len = 0;
		s->no_memory = true;
	}
}

static void add_choices(struct dm_session *s, uint64_t chosen)
{
	char number[12];
	unsigned int i;

	for (i = 0; i < s->question.n_choices; i++) {
		if (!(chosen >> i & 1))
			continue;
		snprintf(number, sizeof(number), "%u", i + 1);
		add_answer(s, number);
	}
}

/* Does what comes with the answer fit the question? What is missing is taken from its default. */
static bool complete(const struct dm_question *q, struct dm_reply *r)
{
	switch (q->type) {
	case DM_ALERT_INPUT:
		if (!r->text)
			r->text = q->default_response;
		return !r->has_chosen && r->text && !dm_input_check(q->input, q->max_len, r->text);
	case DM_ALERT_SINGLE_CHOICE:
	case DM_ALERT_MULTIPLE_CHOICE:
		if (!r->has_chosen)
			r->chosen = q->chosen;
		if (r->text || (q->n_choices < DM_MAX_CHOICES && r->chosen >> q->n_choices))
			return false;
		return q->type == DM_ALERT_MULTIPLE_CHOICE ||
		       (r->chosen && !(r->chosen & (r->chosen - 1)));
	case DM_ALERT_DISPLAY:
	case DM_ALERT_CONFIRM:
		break;
	}
	return !r->text && !r->has_chosen;
}

/*
 * An answer comes with the Items of 5.4. So does a timeout of a question with a default response:
 * nobody agreed to it, hence 408, but the server learns what stood there.
 */
bool dm_alert_answer(struct dm_session *s, const struct dm_reply *reply)
{
	const struct dm_question *q = &s->question;
	struct dm_reply r = *reply;
	bool with_default = r.answer == DM_ANSWER_TIMEOUT && q->default_response;

	if (r.answer == DM_ANSWER_ACCEPT && !complete(q, &r)) {
		dm_log(s, LOG_WARNING, "the answer to question %u does not fit it", q->id);
		return false;
	}
	if (with_default) {
		r.text = q->default_response;
		r.chosen = q->chosen;
	}
	if (s->asking && (r.answer == DM_ANSWER_ACCEPT || with_default)) {
		if (q->type == DM_ALERT_INPUT)
			add_answer(s, r.text);
		else if (q->type == DM_ALERT_SINGLE_CHOICE || q->type == DM_ALERT_MULTIPLE_CHOICE)
			add_choices(s, r.chosen);
	}
	finish(s, answer_code(q->type, r.answer));
	return true;
}

void dm_alert_withdraw(struct dm_session *s, int code)
{
	if (!s->asking_cmd)
		return;
	if (s->ops.withdraw)
		s->ops.withdraw(s->ctx, s->question.id);
	finish(s, code);
}
