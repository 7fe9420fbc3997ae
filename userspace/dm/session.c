// SPDX-License-Identifier: BSD-3-Clause
/*
 * The state machine of a DM session. Events are: start, a message of the server, an answer of the
 * user, the loss of the transport, an abort; step() answers each of them in each state.
 *
 * There is no clock in the engine: the transport bounds the wait for a message and says "lost",
 * whoever shows a question bounds the wait for the user and says "timeout".
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum event { EVENT_START, EVENT_MESSAGE, EVENT_ANSWER, EVENT_LOST, EVENT_ABORT };

struct event_data {
	bool server_initiated;		/* start */
	uint16_t session_id;
	const char *content_type;	/* message */
	struct dm_received in;
	unsigned int id;		/* answer */
	struct dm_reply reply;
};

void dm_log(struct dm_session *s, int level, const char *fmt, ...)
{
	char line[320];
	va_list ap;
	size_t i;

	if (!s->ops.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (i = 0; line[i]; i++) {
		/* parts come from the server */
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
	s->ops.log(s->ctx, level, line);
}

static const char *state_name(enum dm_state state)
{
	switch (state) {
	case DM_STATE_NEW:
		return "new";
	case DM_STATE_SETUP:
		return "setup";
	case DM_STATE_MANAGEMENT:
		return "management";
	case DM_STATE_USER:
		return "user";
	case DM_STATE_CLOSING:
		return "closing";
	case DM_STATE_DONE:
		return "done";
	}
	return "?";
}

enum dm_next dm_set_state(struct dm_session *s, enum dm_state state)
{
	if (s->state != state)
		dm_log(s, LOG_DEBUG, "session %s: %s -> %s", s->id, state_name(s->state),
		       state_name(state));
	s->state = state;
	switch (state) {
	case DM_STATE_SETUP:
	case DM_STATE_MANAGEMENT:
	case DM_STATE_CLOSING:
		return DM_NEXT_SEND;
	case DM_STATE_USER:
		return DM_NEXT_WAIT_UI;
	case DM_STATE_NEW:
	case DM_STATE_DONE:
		break;
	}
	return DM_NEXT_DONE;
}

void dm_drop_message(struct dm_session *s)
{
	dm_message_free(s->msg);
	s->msg = NULL;
}

__attribute__((format(printf, 2, 0)))
static void set_reason(struct dm_session *s, const char *fmt, va_list ap)
{
	size_t i;

	vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
	for (i = 0; s->reason[i]; i++) {
		if ((unsigned char)s->reason[i] < 0x20 || s->reason[i] == 0x7f)
			s->reason[i] = '?';
	}
}

static enum dm_next end_as(struct dm_session *s, enum dm_outcome outcome)
{
	dm_alert_withdraw(s, 214);
	dm_commands_drop(s);
	dm_journal_keep(s);
	dm_drop_message(s);
	dm_object_drop(s);
	dm_queue_clear(&s->queue);
	dm_queue_clear(&s->leftovers);
	dm_queue_clear(&s->alerts);
	dm_queue_clear(&s->unacked);
	dm_buf_free(&s->out);
	s->outcome = outcome;
	dm_log(s, outcome == DM_OUTCOME_OK ? LOG_INFO : LOG_ERR, "session %s ended: %s: %s", s->id,
	       dm_outcome_name(outcome), s->reason);
	return dm_set_state(s, DM_STATE_DONE);
}

enum dm_next dm_end(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, fmt, ap);
	va_end(ap);
	return end_as(s, outcome);
}

enum dm_next dm_send(struct dm_session *s, enum dm_state state)
{
	int ret;

	if (s->no_memory)
		return dm_end(s, DM_OUTCOME_INTERNAL, "out of memory");
	if (s->msg_id >= DM_MAX_MESSAGES)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "no end after %d messages", DM_MAX_MESSAGES);
	dm_set_state(s, state);	/* the last message is built differently */
	ret = dm_package_build(s);
	if (ret)
		return dm_end(s, DM_OUTCOME_INTERNAL, "cannot build message %lu: %s", s->msg_id,
			      strerror(-ret));
	return dm_set_state(s, state);
}

enum dm_next dm_close_with(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, fmt, ap);
	va_end(ap);
	s->closing = outcome;
	dm_drop_message(s);
	return dm_send(s, DM_STATE_CLOSING);
}

/* ------------------------------------------------------------- other events */

/* DevId names the device in every message. */
static int read_dev_id(struct dm_session *s)
{
	struct mo_value v = { 0 };
	int code = mo_tree_get(s->tree, NULL, "./DevInfo/DevId", &v);

	if (code == MO_OK && (!v.len || v.len >= sizeof(s->dev_id)))
		code = MO_NOT_FOUND;
	if (code == MO_OK)
		memcpy(s->dev_id, v.data, v.len);
	mo_value_clear(&v);
	return code == MO_OK ? 0 : -ENOENT;
}

static enum dm_next start(struct dm_session *s, const struct event_data *e)
{
	uint8_t id[2] = { (uint8_t)(e->session_id >> 8), (uint8_t)e->session_id };

	s->server_initiated = e->server_initiated;
	if (read_dev_id(s))
		return dm_end(s, DM_OUTCOME_INTERNAL, "./DevInfo/DevId is missing or empty");
	while (!id[0] && !id[1]) {
		if (dm_auth_random(id, sizeof(id)))
			return dm_end(s, DM_OUTCOME_INTERNAL, "no random bytes for a session id");
	}
	snprintf(s->id, sizeof(s->id), "%X", (unsigned int)(id[0] << 8 | id[1]));
	dm_client_begin(s);
	s->send_setup = true;
	if (dm_journal_load(s))
		dm_log(s, LOG_ERR, "cannot read what is to be told of earlier sessions");
	return dm_send(s, DM_STATE_SETUP);
}

/* Everything that was said about the message so far, the rest is not run. */
static enum dm_next abort_while_asking(struct dm_session *s)
{
	dm_alert_withdraw(s, 214);
	s->stopped = true;	/* also where the cancellation stays inside of an Atomic */
	dm_commands_run(s);
	dm_queue_join(&s->queue, &s->leftovers);
	s->send_abort = true;
	return dm_close_with(s, DM_OUTCOME_ABORTED, "aborted by the device");
}

static enum dm_next abort_while_waiting(struct dm_session *s)
{
	s->send_abort = true;
	return dm_close_with(s, DM_OUTCOME_ABORTED, "aborted by the device");
}

static enum dm_next answer(struct dm_session *s, unsigned int id, const struct dm_reply *reply)
{
	if (id != s->question.id) {
		dm_log(s, LOG_WARNING, "answer to question %u, but %u is asked", id,
		       s->question.id);
		return DM_NEXT_WAIT_UI;
	}
	if (!dm_alert_answer(s, reply))
		return DM_NEXT_WAIT_UI;
	return dm_receive_go_on(s);
}

static enum dm_next step_waiting(struct dm_session *s, enum event event, const struct event_data *e)
{
	switch (event) {
	case EVENT_MESSAGE:
		return dm_receive(s, e->content_type, &e->in);
	case EVENT_LOST:
		return dm_end(s, DM_OUTCOME_TRANSPORT, "no answer to message %lu", s->msg_id);
	case EVENT_ABORT:
		if (s->state == DM_STATE_MANAGEMENT)
			return abort_while_waiting(s);
		return dm_end(s, DM_OUTCOME_ABORTED, "aborted by the device");
	case EVENT_START:
	case EVENT_ANSWER:	/* late */
		break;
	}
	return DM_NEXT_SEND;
}

static enum dm_next step_user(struct dm_session *s, enum event event, const struct event_data *e)
{
	switch (event) {
	case EVENT_ANSWER:
		return answer(s, e->id, &e->reply);
	case EVENT_LOST:
		return dm_end(s, DM_OUTCOME_TRANSPORT, "transport lost while the user was asked");
	case EVENT_ABORT:
		return abort_while_asking(s);
	case EVENT_START:
	case EVENT_MESSAGE:	/* nothing is out that it could answer */
		break;
	}
	return DM_NEXT_WAIT_UI;
}

/* The one transition function. */
static enum dm_next step(struct dm_session *s, enum event event, const struct event_data *e)
{
	switch (s->state) {
	case DM_STATE_NEW:
		if (event == EVENT_START)
			return start(s, e);
		if (event == EVENT_LOST)
			return dm_end(s, DM_OUTCOME_TRANSPORT, "transport lost before the start");
		if (event == EVENT_ABORT)
			return dm_end(s, DM_OUTCOME_ABORTED, "aborted before the start");
		return dm_end(s, DM_OUTCOME_INTERNAL, "used before it was started");
	case DM_STATE_SETUP:
	case DM_STATE_MANAGEMENT:
		return step_waiting(s, event, e);
	case DM_STATE_USER:
		return step_user(s, event, e);
	case DM_STATE_CLOSING:
		if (event == EVENT_START || event == EVENT_ANSWER)
			return DM_NEXT_SEND;
		return end_as(s, s->closing);
	case DM_STATE_DONE:
		break;
	}
	return DM_NEXT_DONE;
}

/* ---------------------------------------------------------------------- API */

int dm_session_new(const struct mo_account *acc, struct mo_tree *tree, const struct dm_ops *ops,
		   void *ctx, struct dm_session **ret)
{
	struct dm_session *s;

	if (!dm_scheme_usable(&acc->client) || !dm_scheme_usable(&acc->server))
		return -EOPNOTSUPP;
	if (!dm_header_usable_uri(acc->addr))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->acc = *acc;
	s->encoding = strcasecmp(acc->encoding, "wbxml") ? DM_ENCODING_XML : DM_ENCODING_WBXML;
	s->tree = tree;
	if (ops)
		s->ops = *ops;
	s->ctx = ctx;
	if (!strcmp(acc->client.type, "TRANSPORT"))
		s->acc.client.name[0] = '\0';
	strcpy(s->uri, acc->addr);	/* measured by dm_header_usable_uri() */
	dm_queue_init(&s->queue);
	dm_queue_init(&s->leftovers);
	dm_queue_init(&s->alerts);
	dm_queue_init(&s->unacked);
	s->max_msg = DM_MAX_MSG_SIZE;
	s->max_obj = DM_MAX_OBJ_SIZE;
	*ret = s;
	return 0;
}

int dm_session_set_limits(struct dm_session *s, size_t max_msg_size, size_t max_obj_size)
{
	if (s->state != DM_STATE_NEW || max_msg_size < DM_MIN_MSG_SIZE || !max_obj_size)
		return -EINVAL;
	s->max_msg = max_msg_size;
	s->max_obj = max_obj_size;
	return 0;
}

void dm_session_free(struct dm_session *s)
{
	if (!s)
		return;
	dm_alert_withdraw(s, 214);
	dm_commands_drop(s);
	dm_drop_message(s);
	dm_object_drop(s);
	dm_queue_clear(&s->queue);
	dm_queue_clear(&s->leftovers);
	dm_queue_clear(&s->alerts);
	dm_queue_clear(&s->unacked);
	dm_buf_free(&s->out);
	mo_account_wipe(&s->acc);
	dm_auth_wipe(s, sizeof(*s));
	free(s);
}

enum dm_next dm_session_start(struct dm_session *s, bool server_initiated, uint16_t session_id)
{
	const struct event_data e = {
		.server_initiated = server_initiated, .session_id = session_id,
	};

	return step(s, EVENT_START, &e);
}

enum dm_next dm_session_input(struct dm_session *s, const char *content_type, const void *body,
			      size_t len)
{
	return dm_session_input_hmac(s, content_type, NULL, body, len);
}

enum dm_next dm_session_input_hmac(struct dm_session *s, const char *content_type, const char *hmac,
				   const void *body, size_t len)
{
	const struct event_data e = { .content_type = content_type, .in = { hmac, body, len } };

	return step(s, EVENT_MESSAGE, &e);
}

enum dm_next dm_session_answer(struct dm_session *s, unsigned int id, enum dm_answer a)
{
	const struct event_data e = { .id = id, .reply = { .answer = a } };

	return step(s, EVENT_ANSWER, &e);
}

enum dm_next dm_session_answer_text(struct dm_session *s, unsigned int id, const char *text)
{
	const struct event_data e = { .id = id, .reply = { DM_ANSWER_ACCEPT, .text = text } };

	return step(s, EVENT_ANSWER, &e);
}

enum dm_next dm_session_answer_choices(struct dm_session *s, unsigned int id, uint64_t chosen)
{
	const struct event_data e = {
		.id = id,
		.reply = { DM_ANSWER_ACCEPT, .has_chosen = true, .chosen = chosen },
	};

	return step(s, EVENT_ANSWER, &e);
}

void dm_session_lost(struct dm_session *s)
{
	const struct event_data e = { 0 };

	step(s, EVENT_LOST, &e);
}

enum dm_next dm_session_abort(struct dm_session *s)
{
	const struct event_data e = { 0 };

	return step(s, EVENT_ABORT, &e);
}

void dm_session_output(struct dm_session *s, const char **uri, const char **content_type,
		       const void **body, size_t *len)
{
	*uri = s->uri;
	*content_type = s->out_encoding == DM_ENCODING_WBXML ? DM_CONTENT_TYPE_WBXML :
							       DM_CONTENT_TYPE_XML;
	*body = s->out.data ? s->out.data : "";
	*len = s->out.len;
}

const char *dm_session_output_hmac(struct dm_session *s, char buf[DM_HMAC_MAX])
{
	if (!s->send_cred || s->client_scheme != DM_SCHEME_MAC || !s->out.len)
		return NULL;
	if (!dm_client_mac(s, buf, DM_HMAC_MAX))
		return buf;
	dm_log(s, LOG_ERR, "the message cannot be given its MAC");
	return NULL;
}

enum dm_outcome dm_session_get_outcome(const struct dm_session *s)
{
	return s->outcome;
}

const char *dm_outcome_name(enum dm_outcome o)
{
	switch (o) {
	case DM_OUTCOME_RUNNING:
		return "running";
	case DM_OUTCOME_OK:
		return "ok";
	case DM_OUTCOME_AUTH_CLIENT:
		return "client-not-authenticated";
	case DM_OUTCOME_AUTH_SERVER:
		return "server-not-authenticated";
	case DM_OUTCOME_MALFORMED:
		return "malformed";
	case DM_OUTCOME_PROTOCOL:
		return "protocol";
	case DM_OUTCOME_ABORTED:
		return "aborted";
	case DM_OUTCOME_TRANSPORT:
		return "transport";
	case DM_OUTCOME_INTERNAL:
		return "internal";
	}
	return "unknown";
}

const char *dm_session_reason(const struct dm_session *s)
{
	return s->outcome == DM_OUTCOME_RUNNING ? "" : s->reason;
}

const char *dm_session_id(const struct dm_session *s)
{
	return s->id;
}

void dm_session_get_counts(const struct dm_session *s, struct dm_counts *c)
{
	*c = s->counts;
}
