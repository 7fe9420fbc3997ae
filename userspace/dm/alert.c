// SPDX-License-Identifier: BSD-3-Clause
/*
 * Alerts of the server: questions to the user (spec/oma-dm.md 5.4) and the bare ones.
 *
 * The wait for the user is not bounded here: whoever asks him knows MAXDT and a limit of its own.
 */
#include "dm/engine.h"

#include <stdlib.h>
#include <string.h>

#define ALERT_NEXT_MESSAGE	1222
#define ALERT_SESSION_ABORT	1223
#define MAX_SECONDS		86400UL

#define USER_SAID_NO		304
#define USER_CANCELED		214
#define USER_TIMEOUT		408
#define INCOMPLETE		412

bool dm_alert_is(const struct dm_cmd *cmd, unsigned int code)
{
	unsigned long n;

	return cmd->type == DM_CMD_ALERT && dm_parse_number(cmd->data, 9999, &n) && n == code;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undoes '+' and %xx in place; a NUL or a broken escape is left as it stands. */
static void url_decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int hi = *text == '%' ? hex_digit(text[1]) : -1;
		int lo = hi >= 0 ? hex_digit(text[2]) : -1;

		if (lo >= 0 && (hi || lo)) {
			*out++ = (char)(hi << 4 | lo);
			text += 2;
		} else {
			*out++ = *text == '+' ? ' ' : *text;
		}
	}
	*out = '\0';
}

static void set_seconds(unsigned int *ret, const char *value)
{
	unsigned long n;

	if (dm_parse_number(value, MAX_SECONDS, &n))
		*ret = (unsigned int)n;
}

/* One name=value; unknown ones and senseless values are skipped. */
static void set_option(struct dm_question *q, char *option)
{
	char *value = strchr(option, '=');

	if (!value)
		return;
	*value++ = '\0';
	option += strspn(option, " \t\r\n");
	url_decode(value);
	if (!strcmp(option, "MINDT"))
		set_seconds(&q->min_display_s, value);
	else if (!strcmp(option, "MAXDT"))
		set_seconds(&q->max_display_s, value);
	else if (!strcmp(option, "DR"))
		q->default_response = value;
}

/* Splits first, decodes then. The options text stays with the message. */
static void parse_options(struct dm_question *q, char *options)
{
	char *option, *save = NULL;

	for (option = strtok_r(options, "&", &save); option; option = strtok_r(NULL, "&", &save))
		set_option(q, option);
}

static int ask(struct dm_session *s, const struct dm_cmd *cmd, enum dm_alert type)
{
	const struct dm_item *options = cmd->items, *text = options ? options->next : NULL;
	struct dm_question *q = &s->question;
	char *copy;

	if (!text || !text->data || !text->data_len)
		return INCOMPLETE;
	memset(q, 0, sizeof(*q));
	q->id = ++s->questions;
	q->type = type;
	q->text = text->data;
	copy = dm_message_strndup(s->msg, options->data ? options->data : "",
				  options->data ? options->data_len : 0);
	if (!copy)
		return MO_FAILED;
	parse_options(q, copy);
	if (type == DM_ALERT_DISPLAY)
		q->default_response = NULL;
	if (!s->ops.ask || s->ops.ask(s->ctx, q))
		return MO_UNSUPPORTED_FEATURE;
	return 0;
}

bool dm_alert_run(struct dm_session *s, const struct dm_cmd *cmd, int *code)
{
	unsigned long alert;

	if (!dm_parse_number(cmd->data, 9999, &alert)) {
		*code = MO_BAD_COMMAND;
	} else if (alert == DM_ALERT_DISPLAY || alert == DM_ALERT_CONFIRM) {
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

void dm_alert_answer(struct dm_session *s, enum dm_answer answer)
{
	finish(s, answer_code(s->question.type, answer));
}

void dm_alert_withdraw(struct dm_session *s, int code)
{
	if (!s->asking_cmd)
		return;
	if (s->ops.withdraw)
		s->ops.withdraw(s->ctx, s->question.id);
	finish(s, code);
}
