// SPDX-License-Identifier: BSD-3-Clause
/*
 * A message of the server: whether it belongs to the session and who sent it, what comes of its
 * commands, and whether it is answered or was the last.
 */
#include "dm/engine.h"

#include <errno.h>
#include <string.h>

#include "dm/syncml.h"

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
	dm_drop_message(s);
	if (quiet && s->server_final)
		return dm_end(s, DM_OUTCOME_OK, "ended by the server");
	s->idle = idle ? s->idle + 1 : 0;
	if (s->idle > DM_MAX_IDLE)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "%u messages without a command or an end",
			      s->idle);
	return dm_send(s, s->send_setup ? DM_STATE_SETUP : DM_STATE_MANAGEMENT);
}

enum dm_next dm_receive_go_on(struct dm_session *s)
{
	if (!dm_commands_run(s))
		return dm_set_state(s, DM_STATE_USER);
	return finish_message(s);
}

/* It had its second chance: its commands get the status they deserve, then it is over. */
static enum dm_next give_up_server(struct dm_session *s, int code, const char *what)
{
	if (!s->msg->cmds)
		return dm_end(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s again",
			      what);
	s->hdr.code = code;
	s->send_setup = false;
	s->send_abort = true;
	dm_commands_begin(s, code);
	dm_commands_run(s);
	return dm_close_with(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s again", what);
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
		return dm_end(s, DM_OUTCOME_AUTH_SERVER, "credentials of the server are %s", what);
	if (dm_server_challenge(s))
		return dm_end(s, DM_OUTCOME_INTERNAL, "no random bytes for a nonce");
	dm_log(s, LOG_WARNING, "credentials of the server are %s, it is challenged", what);
	s->hdr.code = code;
	dm_commands_begin(s, code);
	return dm_receive_go_on(s);
}

/* Turns a message down as a whole, as its frame is not one we can talk in. */
static enum dm_next refuse_message(struct dm_session *s, int code, const char *what)
{
	s->hdr.code = code;
	dm_commands_begin(s, code);
	dm_commands_run(s);
	return dm_close_with(s, DM_OUTCOME_PROTOCOL, "message %lu of the server: %s not supported",
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
		return dm_end(s, DM_OUTCOME_ABORTED, "aborted by the server (alert 1223)");
	dm_header_take_limits(s, &hdr->meta);
	auth = dm_server_check(s, hdr);
	if (auth != DM_AUTH_GOOD && s->server_authenticated)
		/* a MAC has to be right from the first to the last message */
		return dm_end(s, DM_OUTCOME_AUTH_SERVER, "the MAC of message %lu of the server is %s",
			      s->peer_msg_id, auth == DM_AUTH_MISSING ? "missing" : "wrong");
	client = dm_client_check(s, why, sizeof(why));
	if (client == DM_CLIENT_REFUSED)
		return dm_end(s, DM_OUTCOME_AUTH_CLIENT, "%s", why);
	if (client == DM_CLIENT_BROKEN)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "%s", why);
	if (client == DM_CLIENT_RETRY)
		dm_answers_send_again(s);
	else if (auth == DM_AUTH_GOOD)
		dm_answers_take(s);
	if (auth == DM_AUTH_GOOD) {
		if (dm_server_accept(s))
			return dm_end(s, DM_OUTCOME_INTERNAL, "no random bytes for a nonce");
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
	return dm_receive_go_on(s);
}

static enum dm_next receive_empty(struct dm_session *s)
{
	if (s->state == DM_STATE_SETUP)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "the server answers package 1 with nothing");
	if (s->queue.head)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "the server ended before it had all results");
	if (s->server_authenticated)
		dm_journal_delivered(s, &s->unacked, NULL);
	return dm_end(s, DM_OUTCOME_OK, "ended by the server with an empty answer");
}

enum dm_next dm_receive(struct dm_session *s, const char *content_type,
			const struct dm_received *in)
{
	size_t len = in->len;
	enum dm_encoding encoding;
	unsigned long msg_id = 0;
	char why[160] = "";
	int ret;

	if (!len)
		return receive_empty(s);
	s->counts.messages_in++;
	if (len > s->max_msg)
		return dm_end(s, DM_OUTCOME_PROTOCOL,
			      "message of %zu bytes, MaxMsgSize of the client is %zu", len,
			      s->max_msg);
	ret = dm_syncml_encoding(content_type, in->body, len, &encoding, why, sizeof(why));
	if (!ret)
		ret = dm_syncml_parse(encoding, in->body, len, &s->msg, why, sizeof(why));
	if (ret == -EBADMSG)
		return dm_end(s, DM_OUTCOME_MALFORMED, "answer to message %lu: %s", s->msg_id, why);
	if (ret)
		return dm_end(s, DM_OUTCOME_INTERNAL, "out of memory");
	s->encoding = encoding;		/* the server answers in what it can read */
	if (!dm_header_same_session(s->id, s->msg->hdr.session_id))
		return dm_end(s, DM_OUTCOME_PROTOCOL, "message of another session than %s", s->id);
	if (!dm_parse_number(s->msg->hdr.msg_id, ~0UL, &msg_id) || msg_id <= s->peer_msg_id)
		return dm_end(s, DM_OUTCOME_PROTOCOL, "MsgID does not follow the last one, %lu",
			      s->peer_msg_id);
	s->peer_msg_id = msg_id;
	s->in = *in;
	return handle_message(s);
}
