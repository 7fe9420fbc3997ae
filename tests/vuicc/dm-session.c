// SPDX-License-Identifier: BSD-3-Clause
/*
 * The DM server's session: one message of the client in, one answer out.
 *
 *	SETUP	package 1 with good credentials is awaited; bad ones are challenged
 *	MANAGE	commands are with the client, its package 3 is awaited
 *	OVER	the last package was sent; late messages get a Status and nothing else
 *
 * SETUP and MANAGE have no timeout of their own: the card's application has no clock and
 * only ever answers.  They end with the next package 1 of anybody, and with a reset.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "vuicc/dm-server.h"

static const char *const state_names[] = { "SETUP", "MANAGE", "OVER" };

static size_t count_commands(const struct vdm_session *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->sent_count; i++)
		n += !s->sent[i].internal;
	return n;
}

static void log_end(struct vdm_session *s)
{
	struct json_object *f = json_object_new_object();
	size_t commands = count_commands(s);

	if (!s->why && commands != s->statuses)
		s->why = "a Status is missing";
	json_object_object_add(f, "complete", json_object_new_boolean(!s->why));
	json_object_object_add(f, "commands", json_object_new_int64((int64_t)commands));
	json_object_object_add(f, "statuses", json_object_new_int64(s->statuses));
	if (s->why)
		json_object_object_add(f, "why", json_object_new_string(s->why));
	vdm_log_event(s, "end", f);
	if (s->why)
		vdm_step(s->srv, "session %s not complete: %s", s->id, s->why);
	else
		vdm_step(s->srv, "session %s complete", s->id);
}

/* The only place where a session's state changes. */
static void transition(struct vdm_session *s, enum vdm_event ev)
{
	static const enum vdm_state next[][VDM_EV_COUNT] = {
		[VDM_SETUP] = {
			[VDM_EV_CHALLENGED] = VDM_SETUP,
			[VDM_EV_NEXT_MESSAGE] = VDM_SETUP,
			[VDM_EV_COMMANDS] = VDM_MANAGE,
			[VDM_EV_END] = VDM_OVER,
		},
		[VDM_MANAGE] = {
			/* an authenticated client is not challenged again: an error of ours */
			[VDM_EV_CHALLENGED] = VDM_OVER,
			[VDM_EV_NEXT_MESSAGE] = VDM_MANAGE,
			[VDM_EV_COMMANDS] = VDM_MANAGE,
			[VDM_EV_END] = VDM_OVER,
		},
		[VDM_OVER] = {
			[VDM_EV_CHALLENGED] = VDM_OVER,
			[VDM_EV_NEXT_MESSAGE] = VDM_OVER,
			[VDM_EV_COMMANDS] = VDM_OVER,
			[VDM_EV_END] = VDM_OVER,
		},
	};
	enum vdm_state old = s->state;

	s->state = next[old][ev];
	if (s->state != VDM_OVER || old == VDM_OVER)
		return;
	log_end(s);
	s->srv->ended = true;
	s->srv->ended_complete = !s->why;
}

void vdm_session_free(struct vdm_session *s)
{
	if (!s)
		return;
	vdm_track_cut(s, 0);
	free(s->sent);
	vdm_buf_clear(&s->chunks.data);
	vdm_buf_clear(&s->answer);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

void vdm_server_abort(struct vdm_server *srv, const char *why)
{
	struct vdm_session *s = srv->session;

	if (!s || s->state == VDM_OVER)
		return;
	vdm_track_close(s);
	s->why = why;
	transition(s, VDM_EV_END);
	/* told at once: there is no answer to wait for, and another session may follow */
	srv->ended = false;
	if (srv->ops->session_ended)
		srv->ops->session_ended(srv->ctx, false);
}

static struct vdm_session *session_new(struct vdm_server *srv, const struct vdm_in *in)
{
	struct vdm_session *s;
	struct json_object *f;

	vdm_server_abort(srv, "another session was started");
	vdm_session_free(srv->session);
	srv->session = s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->srv = srv;
	s->state = VDM_SETUP;
	s->server_nonce = srv->server_nonce;
	s->server_auth = srv->options.server;
	s->may_final = true;
	strcpy(s->id, in->session);
	strcpy(s->device, in->source);
	vdm_step(srv, "session %s: opened by %s", s->id, s->device);
	f = json_object_new_object();
	json_object_object_add(f, "device", json_object_new_string(s->device));
	json_object_object_add(f, "encoding", json_object_new_string(
		in->encoding == VDM_WBXML ? "wbxml" : "xml"));
	vdm_log_event(s, "start", f);
	return s;
}

/* -------------------------------------------------------------- what is sent next */

static void skip_command(struct vdm_session *s, const xmlNode *cmd)
{
	struct json_object *f = json_object_new_object();
	const char *name = (const char *)cmd->name;
	char target[VDM_TEXT];

	vdm_path_text(cmd, "Item/Target/LocURI", target, sizeof(target));
	vdm_step(s->srv, "session %s: %s %s does not fit the client's MaxMsgSize of %lu bytes, not sent",
		 s->id, name, target, s->max_msg);
	json_object_object_add(f, "what", json_object_new_string("does not fit MaxMsgSize"));
	json_object_object_add(f, "cmd", json_object_new_string(name));
	json_object_object_add(f, "target", json_object_new_string(target));
	vdm_log_event(s, "error", f);
	s->why = "a command does not fit the client's MaxMsgSize";
}

/* Alert 1223 in the provisioning file ends the session as it would from any server. */
static bool is_abort(const xmlNode *cmd)
{
	return vdm_is(cmd, "Alert") && vdm_number(vdm_child(cmd, "Data")) == 1223;
}

/* The next command, whole or in chunks; 0, 1 (a chunk that ends the message) or -errno. */
static int send_command(struct vdm_session *s, struct vdm_out *o, const xmlNode *cmd)
{
	bool fits_any = s->srv->fault == VDM_FAULT_HUGE && !s->next;
	int ret = -EMSGSIZE;

	if (!s->object.active)
		ret = vdm_out_command(o, cmd, fits_any ? 0 : s->max_msg);
	if (ret != -EMSGSIZE || (o->commands && !s->object.active))
		return ret;
	/* alone it may fit, so it is not cut before it is alone */
	return vdm_object_is_possible(cmd) ? vdm_object_send(o, cmd, s->max_msg) : ret;
}

static bool is_full(const struct vdm_session *s, const struct vdm_out *o)
{
	return s->srv->options.batch && s->next - s->batch >= s->srv->options.batch && o->commands;
}

static void say_sent(struct vdm_session *s, const struct vdm_out *o)
{
	if (s->object.active)
		vdm_step(s->srv, "session %s: sent a chunk in message %u, up to byte %zu", s->id,
			 s->msg_out, s->object.sent);
	if (o->commands)
		vdm_step(s->srv, "session %s: sent %u command%s in message %u%s", s->id, o->commands,
			 o->commands == 1 ? "" : "s", s->msg_out,
			 s->encoding == VDM_WBXML ? " (WBXML)" : "");
}

/* As many commands as fit the client's messages. */
static enum vdm_event send_commands(struct vdm_session *s, struct vdm_out *o, bool *final)
{
	const xmlNode *cmd;
	bool aborted = false;

	s->batch = s->next;
	while (!aborted && !is_full(s, o) && (cmd = vdm_server_command(s->srv, s->next))) {
		int ret = send_command(s, o, cmd);

		if (ret == 1 || (ret == -EMSGSIZE && o->commands))
			break;
		if (ret == -EMSGSIZE) {
			s->object.active = false;
			skip_command(s, cmd);
		} else if (ret) {
			o->buf.failed = true;
			break;
		}
		aborted = !ret && is_abort(cmd);
		s->next++;
	}
	say_sent(s, o);
	if (aborted)
		s->why = "the server aborted it";
	*final = !s->object.active && (aborted || !s->srv->options.open_packages ||
				       !vdm_server_command(s->srv, s->next));
	s->open = !*final;
	return (o->commands || s->object.active) && !aborted ? VDM_EV_COMMANDS : VDM_EV_END;
}

/* The client has answered all that it was sent. */
static enum vdm_event next_package(struct vdm_session *s, struct vdm_out *o, bool *final)
{
	int refusal = s->refusal;
	size_t open = vdm_track_open(s);

	s->refusal = 0;
	vdm_track_close(s);
	if (open)
		return VDM_EV_END;
	if (refusal) {
		if (s->refused++) {
			s->why = "the client does not accept our credentials";
			return VDM_EV_END;
		}
		s->next = s->batch;
		memset(&s->object, 0, sizeof(s->object));
	}
	return send_commands(s, o, final);
}

/* In the middle of our package the client has no Final to say that it has answered. */
static bool is_settled(const struct vdm_session *s)
{
	return s->open && !vdm_track_open(s) && !vdm_track_results_due(s) && !s->chunks.active;
}

/* Chooses what follows the Statuses, and whether this is the end of our package. */
static enum vdm_event go_on(struct vdm_session *s, const struct vdm_in *in, int code, bool give_up,
			    bool abort, struct vdm_out *o, bool *final)
{
	*final = true;
	if (code) {
		s->package1_seen = false;
		if (!give_up)
			return VDM_EV_CHALLENGED;
		s->why = "the client is not authenticated";
		return VDM_EV_END;
	}
	if (abort) {
		vdm_track_close(s);
		s->why = "the client aborted it";
		return VDM_EV_END;
	}
	if (s->state == VDM_OVER)
		return VDM_EV_END;
	if ((!in->final && !is_settled(s)) || s->srv->fault == VDM_FAULT_ENDLESS) {
		*final = false;
		vdm_out_alert(o, 1222);
		return VDM_EV_NEXT_MESSAGE;
	}
	return next_package(s, o, final);
}

/* ----------------------------------------------------------------- one exchange */

/* A version we do not speak: nothing of the message counts. */
static int check_version(const struct vdm_in *in)
{
	if (strcmp(in->ver_dtd, "1.2"))
		return 505;
	return strcmp(in->ver_proto, "DM/1.2") ? 513 : 0;
}

/* What the header of the client's message says of it. */
static void take_header(struct vdm_session *s, const struct vdm_in *in)
{
	s->msg_out++;
	vdm_header_check(s, in);
	s->msg_in = in->msg;
	if (in->max_msg)
		s->max_msg = in->max_msg;
	if (in->max_obj)
		s->max_obj = in->max_obj;
	if (s->state == VDM_OVER)
		vdm_violation(s, "message %u after the end of the session", in->msg);
	s->encoding = s->srv->options.encoding == VDM_AS_CLIENT ? in->encoding :
								  s->srv->options.encoding;
}

/* The body of the client's message, answered in o; what has to follow. */
static enum vdm_event take_body(struct vdm_session *s, const struct vdm_in *in,
				struct vdm_out *statuses, struct vdm_out *o, bool *final)
{
	struct vdm_status hdr = {
		.msg_ref = in->msg, .cmd_ref = "0", .cmd = "SyncHdr",
		.target_ref = in->target, .source_ref = in->source,
	};
	bool give_up = false, abort = false;
	struct vdm_verdict v;
	int code;

	hdr.code = check_version(in);
	code = hdr.code ? hdr.code : vdm_identity_check(s, in, &hdr, &give_up);
	if (s->srv->fault != VDM_FAULT_NO_STATUS)
		vdm_out_status(statuses, &hdr);
	if (check_version(in))
		give_up = true;
	vdm_header_verdict(s, in, &v);
	if (!code)
		vdm_identity_note(s, &v);
	vdm_inbound_body(s, in, code, statuses, &abort);
	if (in->final)
		s->may_final = false;

	/* the header is written last, since our Cred depends on what the client thought of it */
	vdm_out_header(o);
	vdm_buf_add(&o->buf, statuses->buf.p ? statuses->buf.p : "", statuses->buf.len);
	o->buf.failed |= statuses->buf.failed;
	o->next_cmdid = statuses->next_cmdid;
	return go_on(s, in, code, give_up, abort, o, final);
}

static void exchange(struct vdm_session *s, const struct vdm_in *in)
{
	struct vdm_out statuses = { .s = s, .next_cmdid = 1 }, o = { .s = s };
	bool final = true;
	enum vdm_event ev;

	take_header(s, in);
	ev = take_body(s, in, &statuses, &o, &final);
	vdm_out_end(&o, final);
	s->last_final = final;
	s->may_final |= final;
	vdm_buf_clear(&statuses.buf);
	if (o.buf.failed) {
		s->why = "out of memory, or too many commands";
		ev = VDM_EV_END;
	}
	vdm_buf_clear(&s->answer);
	s->answer = o.buf;
	if (!s->answer.failed)
		vdm_identity_mac(s);
	transition(s, ev);
}

/* A message that cannot be read ends the session it was addressed to, if it says which. */
static int unreadable(struct vdm_server *srv, const char *query, const char *why)
{
	struct vdm_session *s = srv->session;

	if (s && s->state != VDM_OVER && !strncmp(query, "s=", 2) && !strcmp(query + 2, s->id)) {
		vdm_violation(s, "%s", why);
		vdm_server_abort(srv, "an unreadable message");
	} else {
		vdm_step(srv, "unreadable message: %s", why);
	}
	return 400;
}

/* The session a message belongs to; NULL and an HTTP status if there is none. */
static struct vdm_session *find_session(struct vdm_server *srv, const struct vdm_in *in,
					int *status)
{
	struct vdm_session *s = srv->session;

	if (in->msg != 1 && s && !strcmp(s->id, in->session))
		return s;
	if (in->msg == 1) {
		*status = 503;
		return session_new(srv, in);
	}
	vdm_step(srv, "message %u of session %s, which does not exist (state %s)", in->msg,
		 in->session, s ? state_names[s->state] : "none");
	*status = 404;
	return NULL;
}

/* A request that comes again because our answer was lost gets the same answer again. */
static bool is_repeated(const struct vdm_session *s, const struct vdm_in *in,
			const uint8_t digest[16])
{
	return s && s->msg_in == in->msg && !strcmp(s->id, in->session) && s->answer.p &&
	       !memcmp(s->request_digest, digest, 16);
}

static void fill_reply(struct vdm_session *s, struct vdm_reply *reply)
{
	reply->content_type = s->encoding == VDM_WBXML ? VDM_TYPE_WBXML : VDM_TYPE_XML;
	if (s->srv->fault == VDM_FAULT_WRONG_TYPE)
		reply->content_type = "text/plain";
	reply->hmac = *s->answer_mac ? s->answer_mac : NULL;
	reply->body = s->answer.p;
	reply->len = s->answer.len;
}

int vdm_server_post(struct vdm_server *srv, const struct vdm_request *req, struct vdm_reply *reply)
{
	struct vdm_session *s = srv->session;
	uint8_t digest[16];
	char why[256];
	struct vdm_in in;
	int status = 200, ret;

	ret = vdm_in_parse(&in, req, why, sizeof(why));
	if (ret)
		return ret == -EBADMSG ? unreadable(srv, req->query, why) : 503;
	if (vdm_md5(req->body, req->len, digest)) {
		status = 500;
	} else if (is_repeated(s, &in, digest)) {
		vdm_step(srv, "session %s: message %u again, answered as before", s->id, in.msg);
	} else {
		s = find_session(srv, &in, &status);
		if (s) {
			status = 200;
			exchange(s, &in);
			memcpy(s->request_digest, digest, sizeof(digest));
		}
	}
	vdm_in_clear(&in);
	if (status != 200)
		return status;
	if (s->answer.failed)
		return 500;
	fill_reply(s, reply);
	return 200;
}

bool vdm_server_ended(struct vdm_server *srv, bool *complete)
{
	bool ret = srv->ended;

	*complete = srv->ended_complete;
	srv->ended = false;
	return ret;
}
