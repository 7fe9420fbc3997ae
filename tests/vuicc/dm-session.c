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

#define WRONG_MAX	2	/* wrong credentials: one more challenge, since the nonce may be stale */
#define ATTEMPTS_MAX	3	/* wrong or missing */

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

static void session_free(struct vdm_session *s)
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
	session_free(srv->session);
	srv->session = s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->srv = srv;
	s->state = VDM_SETUP;
	s->server_nonce = srv->server_nonce;
	strcpy(s->id, in->session);
	strcpy(s->device, in->source);
	vdm_step(srv, "session %s: opened by %s", s->id, s->device);
	f = json_object_new_object();
	json_object_object_add(f, "device", json_object_new_string(s->device));
	vdm_log_event(s, "start", f);
	return s;
}

/* ------------------------------------------------------------- authentication */

static void log_auth(struct vdm_session *s, const char *who, const char *how)
{
	struct json_object *f = json_object_new_object();

	json_object_object_add(f, who, json_object_new_string(how));
	vdm_log_event(s, "auth", f);
}

/* 0, 401 (wrong) or 407 (missing). */
static int check_credentials(struct vdm_session *s, const struct vdm_in *in)
{
	const struct vdm_server *srv = s->srv;
	const struct vdm_nonce *nonce = s->challenged ? &s->challenge : &srv->client_nonce;

	if (!in->has_cred)
		return 407;
	if (strcmp(in->cred_format, "b64"))
		vdm_violation(s, "Cred of format '%s'", in->cred_format);
	if (srv->fault == VDM_FAULT_REFUSE_CLIENT ||
	    (srv->fault == VDM_FAULT_CHALLENGE_FIRST && !s->challenged))
		return 401;
	if (strcmp(in->cred_type, "syncml:auth-md5") || strcmp(in->name, srv->client_id) ||
	    !vdm_auth_match(srv->client_hash, nonce, in->cred_data))
		return 401;
	return 0;
}

/*
 * Is the client who it says?  Sets what the Status for its SyncHdr says.  Returns the code for
 * its commands: 0 if it is known, else 401 or 407 (500 if no nonce can be made).
 */
static int authenticate(struct vdm_session *s, const struct vdm_in *in, struct vdm_status *hdr,
			bool *give_up)
{
	struct vdm_server *srv = s->srv;
	int code;

	hdr->code = 212;
	if (s->client_ok)
		return 0;
	code = check_credentials(s, in);
	s->wrong += code == 401;
	s->missing += code == 407;
	log_auth(s, "client", code == 401 ? "wrong" : code ? "missing" : "ok");
	*give_up = s->wrong >= WRONG_MAX || s->wrong + s->missing >= ATTEMPTS_MAX;
	if (vdm_nonce_fresh(&s->challenge)) {
		*give_up = true;
		return hdr->code = 500;
	}
	hdr->chal = &s->challenge;
	if (!code) {
		/* from now on in the card's memory, as it will be in the client's */
		srv->client_nonce = s->challenge;
		s->client_ok = true;
		vdm_step(srv, "session %s: %s authenticated (md5)", s->id, in->name);
		return 0;
	}
	s->challenged = true;
	hdr->code = code;
	/* a challenge asks for another message, so there is none when it is over */
	if (*give_up)
		hdr->chal = NULL;
	vdm_step(srv, "session %s: %s: credentials %s, %s", s->id, *in->name ? in->name : "client",
		 code == 401 ? "wrong" : "missing", *give_up ? "given up" : "challenged");
	return code;
}

/* What the client thinks of our credentials. */
static void note_verdict(struct vdm_session *s, const struct vdm_verdict *v)
{
	if (v->refusal) {
		s->refusal = v->refusal;
		log_auth(s, "server", "refused");
		vdm_step(s->srv, "session %s: the client refuses our credentials (%d)", s->id,
			 v->refusal);
	} else if (v->server_ok && !s->server_ok) {
		s->server_ok = true;
		log_auth(s, "server", "ok");
		vdm_step(s->srv, "session %s: the client accepts our credentials (md5)", s->id);
	}
	if (!v->has_nonce)
		return;
	s->server_nonce = v->nonce;
	/* a nonce that comes with a refusal is for this session only, the client does not keep it */
	if (!v->refusal)
		s->srv->server_nonce = v->nonce;
}

/* -------------------------------------------------------------- what is sent next */

const xmlNode *vdm_server_command(const struct vdm_server *srv, size_t index)
{
	if (index < srv->fault_program.count)
		return srv->fault_program.command[index];
	index -= srv->fault_program.count;
	return index < srv->program.count ? srv->program.command[index] : NULL;
}

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

/* As many commands as fit the client's messages. */
static enum vdm_event send_commands(struct vdm_session *s, struct vdm_out *o)
{
	const xmlNode *cmd;
	bool aborted = false;

	s->batch = s->next;
	while (!aborted && (cmd = vdm_server_command(s->srv, s->next))) {
		bool fits_any = s->srv->fault == VDM_FAULT_HUGE && !s->next;
		int ret = vdm_out_command(o, cmd, fits_any ? 0 : s->max_msg);

		if (ret == -EMSGSIZE && o->commands)
			break;
		if (ret == -EMSGSIZE) {
			skip_command(s, cmd);
		} else if (ret) {
			o->buf.failed = true;
			break;
		}
		aborted = !ret && is_abort(cmd);
		s->next++;
	}
	if (o->commands)
		vdm_step(s->srv, "session %s: sent %u command%s in message %u", s->id, o->commands,
			 o->commands == 1 ? "" : "s", s->msg_out);
	if (aborted)
		s->why = "the server aborted it";
	return o->commands && !aborted ? VDM_EV_COMMANDS : VDM_EV_END;
}

/* The client's package is complete. */
static enum vdm_event next_package(struct vdm_session *s, struct vdm_out *o)
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
	}
	return send_commands(s, o);
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
	if (!in->final) {
		*final = false;
		vdm_out_alert(o, 1222);
		return VDM_EV_NEXT_MESSAGE;
	}
	return next_package(s, o);
}

/* ----------------------------------------------------------------- one exchange */

/* A version we do not speak: nothing of the message counts. */
static int check_version(const struct vdm_in *in)
{
	if (strcmp(in->ver_dtd, "1.2"))
		return 505;
	return strcmp(in->ver_proto, "DM/1.2") ? 513 : 0;
}

static void exchange(struct vdm_session *s, const struct vdm_in *in, const char *query)
{
	struct vdm_out statuses = { .s = s, .next_cmdid = 1 }, o = { .s = s };
	struct vdm_status hdr = {
		.msg_ref = in->msg, .cmd_ref = "0", .cmd = "SyncHdr",
		.target_ref = in->target, .source_ref = in->source,
	};
	bool give_up = false, abort = false, final = true;
	struct vdm_verdict v;
	enum vdm_event ev;
	int code;

	s->msg_out++;
	vdm_inbound_header(s, in, query);
	s->msg_in = in->msg;
	if (in->max_msg)
		s->max_msg = in->max_msg;
	if (s->state == VDM_OVER)
		vdm_violation(s, "message %u after the end of the session", in->msg);

	hdr.code = check_version(in);
	code = hdr.code ? hdr.code : authenticate(s, in, &hdr, &give_up);
	if (s->srv->fault != VDM_FAULT_NO_STATUS)
		vdm_out_status(&statuses, &hdr);
	if (check_version(in))
		give_up = true;
	vdm_inbound_verdict(s, in, &v);
	if (!code)
		note_verdict(s, &v);
	vdm_inbound_body(s, in, code, &statuses, &abort);

	/* the header is written last, since our Cred depends on what the client thought of it */
	vdm_out_header(&o);
	vdm_buf_add(&o.buf, statuses.buf.p ? statuses.buf.p : "", statuses.buf.len);
	o.buf.failed |= statuses.buf.failed;
	o.next_cmdid = statuses.next_cmdid;
	ev = go_on(s, in, code, give_up, abort, &o, &final);
	vdm_out_end(&o, final);
	vdm_buf_clear(&statuses.buf);
	if (o.buf.failed) {
		s->why = "out of memory, or too many commands";
		ev = VDM_EV_END;
	}
	vdm_buf_clear(&s->answer);
	s->answer = o.buf;
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

int vdm_server_post(struct vdm_server *srv, const char *query, const void *buf, size_t len,
		    const char **answer, size_t *answer_len)
{
	struct vdm_session *s = srv->session;
	uint8_t digest[16];
	char why[256];
	struct vdm_in in;
	int status = 200, ret;

	ret = vdm_in_parse(&in, buf, len, why, sizeof(why));
	if (ret)
		return ret == -EBADMSG ? unreadable(srv, query, why) : 503;
	if (vdm_md5(buf, len, digest)) {
		status = 500;
	} else if (is_repeated(s, &in, digest)) {
		vdm_step(srv, "session %s: message %u again, answered as before", s->id, in.msg);
	} else {
		s = find_session(srv, &in, &status);
		if (s) {
			status = 200;
			exchange(s, &in, query);
			memcpy(s->request_digest, digest, sizeof(digest));
		}
	}
	vdm_in_clear(&in);
	if (status != 200)
		return status;
	if (s->answer.failed)
		return 500;
	*answer = s->answer.p;
	*answer_len = s->answer.len;
	return 200;
}

bool vdm_server_ended(struct vdm_server *srv, bool *complete)
{
	bool ret = srv->ended;

	*complete = srv->ended_complete;
	srv->ended = false;
	return ret;
}

/* --------------------------------------------------------------------- set-up */

static int set_nonce(struct vdm_nonce *n, const char *b64, const char *whose)
{
	int ret = b64 ? vdm_nonce_decode(b64, n) : 0;

	if (ret)
		fprintf(stderr, "DM server: the nonce of the %s is not base64 of up to %d bytes\n",
			whose, VDM_NONCE_MAX);
	return ret;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static int load_programs(struct vdm_server *srv, const struct vuicc_app_config *cfg)
{
	struct vdm_buf b = { .p = NULL };
	int ret = 0;

	vdm_fault_commands(srv->fault, &b);
	if (b.failed)
		ret = -ENOMEM;
	else if (b.len)
		ret = vdm_program_parse(&srv->fault_program, "fault", b.p, b.len);
	vdm_buf_clear(&b);
	if (!ret && cfg->provision)
		ret = vdm_program_load(&srv->program, cfg->provision);
	return ret;
}

static int configure(struct vdm_server *srv, const struct vuicc_app_config *cfg)
{
	const char *secret = text(cfg->server_secret);
	int ret;

	srv->path = strdup(text(cfg->path));
	srv->url = strdup(text(cfg->url));
	srv->server_id = strdup(text(cfg->server_id));
	srv->client_id = strdup(text(cfg->client_id));
	if (!srv->path || !srv->url || !srv->server_id || !srv->client_id)
		return -ENOMEM;
	srv->session_id = cfg->session_id;
	srv->ui_mode = cfg->ui_mode;
	ret = vdm_fault_find(cfg->fault, &srv->fault);
	if (ret)
		return ret;
	ret = set_nonce(&srv->server_nonce, cfg->server_nonce, "server");
	if (!ret)
		ret = set_nonce(&srv->client_nonce, cfg->client_nonce, "client");
	/* the hashes are all that is needed of the passwords */
	if (!ret)
		ret = vdm_auth_hash(srv->server_id, secret, srv->server_hash);
	if (!ret)
		ret = vdm_auth_hash(srv->client_id, text(cfg->client_secret), srv->client_hash);
	if (!ret)
		ret = load_programs(srv, cfg);
	return ret ? ret : vdm_log_open(&srv->log, cfg->results);
}

int vdm_server_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		   struct vdm_server **ret)
{
	struct vdm_server *srv = calloc(1, sizeof(*srv));
	int err;

	if (!srv)
		return -ENOMEM;
	srv->ops = ops;
	srv->ctx = ctx;
	err = configure(srv, cfg);
	if (err)
		vdm_server_free(srv);
	else
		*ret = srv;
	return err;
}

void vdm_server_free(struct vdm_server *srv)
{
	if (!srv)
		return;
	session_free(srv->session);
	vdm_program_clear(&srv->fault_program);
	vdm_program_clear(&srv->program);
	vdm_log_close(&srv->log);
	free(srv->path);
	free(srv->url);
	free(srv->server_id);
	free(srv->client_id);
	OPENSSL_cleanse(srv, sizeof(*srv));
	free(srv);
}
