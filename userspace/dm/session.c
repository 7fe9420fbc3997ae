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

#include "dm/syncml.h"

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

static enum dm_next set_state(struct dm_session *s, enum dm_state state)
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

static void drop_message(struct dm_session *s)
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
	drop_message(s);
	dm_object_drop(s);
	dm_queue_clear(&s->queue);
	dm_queue_clear(&s->leftovers);
	dm_queue_clear(&s->alerts);
	dm_queue_clear(&s->unacked);
	dm_buf_free(&s->out);
	s->outcome = outcome;
	dm_log(s, outcome == DM_OUTCOME_OK ? LOG_INFO : LOG_ERR, "session %s ended: %s: %s", s->id,
	       dm_outcome_name(outcome), s->reason);
	return set_state(s, DM_STATE_DONE);
}

__attribute__((format(printf, 3, 4)))
static enum dm_next end(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, fmt, ap);
	va_end(ap);
	return end_as(s, outcome);
}

static enum dm_next send_message(struct dm_session *s, enum dm_state state)
{
	int ret;

	if (s->no_memory)
		return end(s, DM_OUTCOME_INTERNAL, "out of memory");
	if (s->msg_id >= DM_MAX_MESSAGES)
		return end(s, DM_OUTCOME_PROTOCOL, "no end after %d messages", DM_MAX_MESSAGES);
	set_state(s, state);	/* the last message is built differently */
	ret = dm_package_build(s);
	if (ret)
		return end(s, DM_OUTCOME_INTERNAL, "cannot build message %lu: %s", s->msg_id,
			   strerror(-ret));
	return set_state(s, state);
}

/* Sends a last message; whatever comes back, the session ends with this outcome. */
__attribute__((format(printf, 3, 4)))
static enum dm_next close_with(struct dm_session *s, enum dm_outcome outcome, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, fmt, ap);
	va_end(ap);
	s->closing = outcome;
	drop_message(s);
	return send_message(s, DM_STATE_CLOSING);
}

/* --------------------------------------------------------------------- body */

static bool has_alert(const struct dm_cmd *cmd, unsigned int code)
{
	for (; cmd; cmd = cmd->next) {
		if (dm_alert_is(cmd, code))
			return true;
	}
	return false;
}

/* Does it hold anything but requests for the next message? */
static bool has_work(const struct dm_cmd *cmd)
{
	for (; cmd; cmd = cmd->next) {
		if (!dm_alert_is(cmd, 1222))
			return true;
	}
	return false;
}

/*
 * What is left of earlier messages comes behind the answers to this one, but nothing may come
 * between the chunks of an object.
 */
static void queue_leftovers(struct dm_session *s)
{
	struct dm_queue results;
	struct dm_queue statuses;
	struct dm_out *out;

	if (!s->leftovers.head || !s->leftovers.head->sent) {
		dm_queue_join(&s->queue, &s->leftovers);
		return;
	}
	dm_queue_init(&results);
	dm_queue_init(&statuses);
	while ((out = dm_queue_take(&s->queue)))
		dm_queue_put(out->kind == DM_OUT_RESULTS ? &results : &statuses, out);
	dm_queue_join(&s->queue, &statuses);
	dm_queue_join(&s->queue, &s->leftovers);
	dm_queue_join(&s->queue, &results);
}

/* All commands of the message are done: answer, or end. */
static enum dm_next finish_message(struct dm_session *s)
{
	bool quiet = !s->msg->cmds && !s->send_setup && !s->alerts.head;
	bool idle = !has_work(s->msg->cmds) && !s->send_setup && !s->leftovers.head;

	dm_object_end_of_message(s);
	if (s->msg->final)
		s->server_final = true;
	queue_leftovers(s);
	quiet = quiet && !s->queue.head;
	drop_message(s);
	if (quiet && s->server_final)
		return end(s, DM_OUTCOME_OK, "ended by the server");
	s->idle = idle ? s->idle + 1 : 0;
	if (s->idle > DM_MAX_IDLE)
		return end(s, DM_OUTCOME_PROTOCOL, "%u messages without a command or an end",
			   s->idle);
	return send_message(s, s->send_setup ? DM_STATE_SETUP : DM_STATE_MANAGEMENT);
}

static enum dm_next run_message(struct dm_session *s)
{
	if (!dm_commands_run(s))
		return set_state(s, DM_STATE_USER);
	return finish_message(s);
}

/* It had its second chance: its commands get the status they deserve, then it is over. */
static enum dm_next give_up_server(struct dm_session *s, int code, const char *what)
{
	if (!s->msg->cmds)
		return end(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s again", what);
	s->hdr.code = code;
	s->send_setup = false;
	s->send_abort = true;
	dm_commands_begin(s, code);
	dm_commands_run(s);
	return close_with(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s again", what);
}

/* The server did not prove who it is: nothing of this message is executed. */
static enum dm_next challenge_server(struct dm_session *s, enum dm_auth_result auth, bool retry)
{
	int code = auth == DM_AUTH_MISSING ? 407 : 401;
	const char *what = auth == DM_AUTH_MISSING ? "missing" : "wrong";

	/* while it refuses us, a server need not have tried yet */
	if (auth == DM_AUTH_WRONG || !retry)
		s->server_failures++;
	if (s->server_failures >= DM_MAX_SERVER_FAILURES)
		return give_up_server(s, code, what);
	if (!retry && !s->msg->cmds && s->msg->final)
		return end(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s", what);
	if (dm_server_challenge(s))
		return end(s, DM_OUTCOME_INTERNAL, "no random bytes for a nonce");
	dm_log(s, LOG_WARNING, "credentials of the server are %s, it is challenged", what);
	s->hdr.code = code;
	dm_commands_begin(s, code);
	return run_message(s);
}

/* Turns a message down as a whole, as its frame is not one we can talk in. */
static enum dm_next refuse_message(struct dm_session *s, int code, const char *what)
{
	s->hdr.code = code;
	dm_commands_begin(s, code);
	dm_commands_run(s);
	return close_with(s, DM_OUTCOME_PROTOCOL, "message %lu of the server: %s not supported",
			  s->peer_msg_id, what);
}

static enum dm_next handle_message(struct dm_session *s)
{
	const struct dm_header *hdr = &s->msg->hdr;
	enum dm_auth_result auth;
	enum dm_client_result client;
	const char *what;
	char why[200];
	int code;

	if (!hdr->source || strcmp(hdr->source, s->uri))
		dm_log(s, LOG_DEBUG, "Source of the message is not the address of the server");
	dm_header_prepare_status(s, hdr);
	dm_queue_join(&s->leftovers, &s->queue);
	code = dm_header_refusal(hdr, &what);
	if (code)
		return refuse_message(s, code, what);
	if (has_alert(s->msg->cmds, 1223))
		return end(s, DM_OUTCOME_ABORTED, "aborted by the server (alert 1223)");
	dm_header_take_limits(s, &hdr->meta);
	auth = dm_server_check(s, hdr);
	if (auth != DM_AUTH_GOOD && s->server_authenticated)
		/* a MAC has to be right from the first to the last message */
		return end(s, DM_OUTCOME_AUTH_SERVER, "the MAC of message %lu of the server is %s",
			   s->peer_msg_id, auth == DM_AUTH_MISSING ? "missing" : "wrong");
	client = dm_client_check(s, why, sizeof(why));
	if (client == DM_CLIENT_REFUSED)
		return end(s, DM_OUTCOME_AUTH_CLIENT, "%s", why);
	if (client == DM_CLIENT_BROKEN)
		return end(s, DM_OUTCOME_PROTOCOL, "%s", why);
	if (client == DM_CLIENT_RETRY)
		dm_answers_send_again(s);
	else if (auth == DM_AUTH_GOOD)
		dm_answers_take(s);
	if (auth == DM_AUTH_GOOD) {
		if (dm_server_accept(s))
			return end(s, DM_OUTCOME_INTERNAL, "no random bytes for a nonce");
		dm_client_remember(s);
	}
	if (hdr->resp_uri)
		dm_header_take_resp_uri(s, hdr->resp_uri);
	if (client == DM_CLIENT_RETRY) {
		dm_log(s, LOG_NOTICE, "the server wants other credentials, trying once more");
		s->send_setup = true;
		s->send_cred = true;
	}
	if (auth != DM_AUTH_GOOD)
		return challenge_server(s, auth, client == DM_CLIENT_RETRY);
	/* a server that does not know us yet has nothing to command */
	dm_commands_begin(s, client == DM_CLIENT_RETRY ? 215 : 0);
	return run_message(s);
}

static enum dm_next receive_empty(struct dm_session *s)
{
	if (s->state == DM_STATE_SETUP)
		return end(s, DM_OUTCOME_PROTOCOL, "the server answers package 1 with nothing");
	if (s->queue.head)
		return end(s, DM_OUTCOME_PROTOCOL, "the server ended before it had all results");
	if (s->server_authenticated)
		dm_journal_delivered(s, &s->unacked, NULL);
	return end(s, DM_OUTCOME_OK, "ended by the server with an empty answer");
}

static enum dm_next receive(struct dm_session *s, const struct event_data *e)
{
	const void *body = e->in.body;
	size_t len = e->in.len;
	enum dm_encoding encoding;
	unsigned long msg_id = 0;
	char why[160] = "";
	int ret;

	if (!len)
		return receive_empty(s);
	s->counts.messages_in++;
	if (len > s->max_msg)
		return end(s, DM_OUTCOME_PROTOCOL,
			   "message of %zu bytes, MaxMsgSize of the client is %zu", len,
			   s->max_msg);
	ret = dm_syncml_encoding(e->content_type, body, len, &encoding, why, sizeof(why));
	if (!ret)
		ret = dm_syncml_parse(encoding, body, len, &s->msg, why, sizeof(why));
	if (ret == -EBADMSG)
		return end(s, DM_OUTCOME_MALFORMED, "answer to message %lu: %s", s->msg_id, why);
	if (ret)
		return end(s, DM_OUTCOME_INTERNAL, "out of memory");
	s->encoding = encoding;		/* the server answers in what it can read */
	if (!dm_header_same_session(s->id, s->msg->hdr.session_id))
		return end(s, DM_OUTCOME_PROTOCOL, "message of another session than %s", s->id);
	if (!dm_parse_number(s->msg->hdr.msg_id, ~0UL, &msg_id) || msg_id <= s->peer_msg_id)
		return end(s, DM_OUTCOME_PROTOCOL, "MsgID does not follow the last one, %lu",
			   s->peer_msg_id);
	s->peer_msg_id = msg_id;
	s->in = e->in;
	return handle_message(s);
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
		return end(s, DM_OUTCOME_INTERNAL, "./DevInfo/DevId is missing or empty");
	while (!id[0] && !id[1]) {
		if (dm_auth_random(id, sizeof(id)))
			return end(s, DM_OUTCOME_INTERNAL, "no random bytes for a session id");
	}
	snprintf(s->id, sizeof(s->id), "%X", (unsigned int)(id[0] << 8 | id[1]));
	dm_client_begin(s);
	s->send_setup = true;
	if (dm_journal_load(s))
		dm_log(s, LOG_ERR, "cannot read what is to be told of earlier sessions");
	return send_message(s, DM_STATE_SETUP);
}

/* Everything that was said about the message so far, the rest is not run. */
static enum dm_next abort_while_asking(struct dm_session *s)
{
	dm_alert_withdraw(s, 214);
	s->stopped = true;	/* also where the cancellation stays inside of an Atomic */
	dm_commands_run(s);
	dm_queue_join(&s->queue, &s->leftovers);
	s->send_abort = true;
	return close_with(s, DM_OUTCOME_ABORTED, "aborted by the device");
}

static enum dm_next abort_while_waiting(struct dm_session *s)
{
	s->send_abort = true;
	return close_with(s, DM_OUTCOME_ABORTED, "aborted by the device");
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
	return run_message(s);
}

static enum dm_next step_waiting(struct dm_session *s, enum event event, const struct event_data *e)
{
	switch (event) {
	case EVENT_MESSAGE:
		return receive(s, e);
	case EVENT_LOST:
		return end(s, DM_OUTCOME_TRANSPORT, "no answer to message %lu", s->msg_id);
	case EVENT_ABORT:
		if (s->state == DM_STATE_MANAGEMENT)
			return abort_while_waiting(s);
		return end(s, DM_OUTCOME_ABORTED, "aborted by the device");
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
		return end(s, DM_OUTCOME_TRANSPORT, "transport lost while the user was asked");
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
			return end(s, DM_OUTCOME_TRANSPORT, "transport lost before the start");
		if (event == EVENT_ABORT)
			return end(s, DM_OUTCOME_ABORTED, "aborted before the start");
		return end(s, DM_OUTCOME_INTERNAL, "used before it was started");
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
	drop_message(s);
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
