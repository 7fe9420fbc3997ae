// SPDX-License-Identifier: BSD-3-Clause
/*
 * The session manager.  One transition function (enter) per state change; every state has a
 * deadline: the user's, the gateway's, the transport's, the back-off's, and above them
 * all the session's own.
 */
#include "agent/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/log.h"

#define WAITING_MAX	8
#define RETRY_MS	1000

struct sessions {
	struct loop *loop;
	const struct config *cfg;
	struct mo_tree *tree;
	struct ui *ui;
	struct transport *transport;
	struct session_hooks hooks;
	enum session_state state;
	struct session_request req;		/* of the session under way */
	struct dm_session *dm;
	unsigned int question;			/* id of the engine's open question */
	enum ui_kind question_kind;
	unsigned int tries;			/* of the message under way */
	int64_t started;
	struct session_request waiting[WAITING_MAX];
	unsigned int n_waiting;
	struct session_report last;
};

static void follow(struct sessions *s, enum dm_next next);
static void post(struct sessions *s);
static void begin(void *arg);
static void on_session_deadline(void *arg);
static void on_gateway_deadline(void *arg);
static void on_retry(void *arg);

const char *session_state_name(enum session_state st)
{
	switch (st) {
	case SESSION_IDLE: return "idle";
	case SESSION_WAIT_USER: return "asking the user";
	case SESSION_WAIT_GATEWAY: return "waiting for the card's server";
	case SESSION_EXCHANGE: return "message under way";
	case SESSION_WAIT_RETRY: return "waiting before the next try";
	case SESSION_QUESTION: return "question with the user";
	}
	return "?";
}

/* The one place where the state changes: timers of the state left behind are stopped here. */
static void enter(struct sessions *s, enum session_state st)
{
	log_line(LOG_DEBUG, "session: %s -> %s", session_state_name(s->state),
		 session_state_name(st));
	switch (s->state) {
	case SESSION_WAIT_GATEWAY:
		loop_timer(s->loop, -1, on_gateway_deadline, s);
		break;
	case SESSION_WAIT_RETRY:
		loop_timer(s->loop, -1, on_retry, s);
		break;
	case SESSION_EXCHANGE:
		s->transport->ops->cancel(s->transport);
		break;
	case SESSION_WAIT_USER:
	case SESSION_QUESTION:
		ui_withdraw(s->ui, UI_ASKER_SESSION);
		break;
	case SESSION_IDLE:
		break;
	}
	s->state = st;
}

static void start_next(struct sessions *s)
{
	if (s->n_waiting)
		loop_timer(s->loop, 0, begin, s);
}

static void record(struct sessions *s, enum dm_outcome outcome, const char *reason)
{
	struct session_report *r = &s->last;

	r->number++;
	r->outcome = outcome;
	r->duration_ms = loop_now() - s->started;
	snprintf(r->server_id, sizeof(r->server_id), "%s", s->req.server_id);
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	memset(&r->counts, 0, sizeof(r->counts));
	if (s->dm) {
		snprintf(r->id, sizeof(r->id), "%s", dm_session_id(s->dm));
		dm_session_get_counts(s->dm, &r->counts);
	} else {
		snprintf(r->id, sizeof(r->id), "%X", s->req.session_id);
	}
}

/* reason may belong to the DM session, which ends here */
static void end(struct sessions *s, enum dm_outcome outcome, const char *reason)
{
	record(s, outcome, reason);
	enter(s, SESSION_IDLE);
	loop_timer(s->loop, -1, on_session_deadline, s);
	dm_session_free(s->dm);
	s->dm = NULL;
	explicit_bzero(&s->req.resync_nonce, sizeof(s->req.resync_nonce));
	if (outcome == DM_OUTCOME_OK)
		log_line(LOG_NOTICE, "session %s with %s: complete, %u commands, %u statuses other than ok, %lld ms",
			 s->last.id, s->last.server_id, s->last.counts.commands,
			 s->last.counts.statuses_other, (long long)s->last.duration_ms);
	else
		log_line(LOG_ERR, "session %s with %s: %s: %s", s->last.id, s->last.server_id,
			 dm_outcome_name(outcome),
			 *s->last.reason ? s->last.reason : "no reason given");
	if (s->hooks.ended)
		s->hooks.ended(s->hooks.arg, &s->last);
	start_next(s);
}

static void end_lost(struct sessions *s, const char *why)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "%.255s", why);
	if (s->dm)
		dm_session_lost(s->dm);
	end(s, DM_OUTCOME_TRANSPORT, reason);
}

static void on_session_deadline(void *arg)
{
	struct sessions *s = arg;

	end_lost(s, "took longer than [session] timeout_s allows");
}

/* ----------------------------------------------------------------- questions of the engine */

static enum dm_next tell_engine(struct sessions *s, unsigned int id, const struct ui_reply *r)
{
	static const enum dm_answer map[] = {
		[UI_ACCEPT] = DM_ANSWER_ACCEPT,
		[UI_REJECT] = DM_ANSWER_REJECT,
		[UI_CANCEL] = DM_ANSWER_CANCEL,
		[UI_TIMEOUT] = DM_ANSWER_TIMEOUT,
		[UI_NOBODY] = DM_ANSWER_NO_UI,
		[UI_BUSY] = DM_ANSWER_NO_UI,
		[UI_UNABLE] = DM_ANSWER_UNDISPLAYABLE,
	};

	if (r->answer == UI_ACCEPT && s->question_kind == UI_KIND_INPUT)
		return dm_session_answer_text(s->dm, id, r->text);
	if (r->answer == UI_ACCEPT &&
	    (s->question_kind == UI_KIND_CHOICE || s->question_kind == UI_KIND_CHOICES))
		return dm_session_answer_choices(s->dm, id, r->chosen);
	return dm_session_answer(s->dm, id, map[r->answer]);
}

static void question_answered(void *arg, const struct ui_reply *r)
{
	static const char *const words[] = {
		[UI_ACCEPT] = "yes", [UI_REJECT] = "no", [UI_CANCEL] = "cancelled",
		[UI_TIMEOUT] = "no answer in time", [UI_NOBODY] = "no user interface",
		[UI_BUSY] = "user interface busy", [UI_UNABLE] = "cannot be shown",
	};
	struct sessions *s = arg;
	unsigned int id = s->question;
	enum dm_next next;

	log_line(LOG_INFO, "session %s: user: %s", dm_session_id(s->dm), words[r->answer]);
	enter(s, SESSION_EXCHANGE);
	next = tell_engine(s, id, r);
	/* the engine is as strict as ui_answered(); if it refuses all the same, it may not wait on */
	if (next == DM_NEXT_WAIT_UI && s->question == id)
		next = dm_session_answer(s->dm, id, DM_ANSWER_CANCEL);
	follow(s, next);
}

static enum ui_kind kind_of(enum dm_alert type)
{
	switch (type) {
	case DM_ALERT_DISPLAY: return UI_KIND_DISPLAY;
	case DM_ALERT_CONFIRM: return UI_KIND_CONFIRM;
	case DM_ALERT_INPUT: return UI_KIND_INPUT;
	case DM_ALERT_SINGLE_CHOICE: return UI_KIND_CHOICE;
	case DM_ALERT_MULTIPLE_CHOICE: return UI_KIND_CHOICES;
	}
	return UI_KIND_CONFIRM;
}

static int op_ask(void *ctx, const struct dm_question *q)
{
	struct sessions *s = ctx;
	struct ui_question uq = {
		.kind = kind_of(q->type),
		.text = q->text,
		.min_ms = q->min_display_s * 1000,
		.max_ms = q->max_display_s * 1000,
		.default_accept = q->default_response ? *q->default_response == '1' : -1,
		.input = q->input,
		.hidden = q->hidden,
		.max_len = q->max_len,
		.initial = q->default_response,
		.choices = q->choices,
		.n_choices = q->n_choices,
		.chosen = q->chosen,
	};

	if (!ui_has_frontend(s->ui))
		return -ENOENT;
	log_line(LOG_INFO, "session %s: asking the user (alert %d)", dm_session_id(s->dm), q->type);
	s->question = q->id;
	s->question_kind = uq.kind;
	ui_ask(s->ui, UI_ASKER_SESSION, &uq, question_answered, s);
	return 0;
}

static void op_withdraw(void *ctx, unsigned int id)
{
	struct sessions *s = ctx;

	ui_withdraw(s->ui, UI_ASKER_SESSION);
}

static void op_log(void *ctx, int level, const char *line)
{
	log_from_layer("dm", level, line);
}

static const struct dm_ops dm_ops = {
	.ask = op_ask,
	.withdraw = op_withdraw,
	.log = op_log,
};

/* ------------------------------------------------------------------------------- messages */

static void on_retry(void *arg)
{
	post(arg);
}

static void on_answer(void *arg, enum transport_result result,
		      const struct transport_message *m, const char *why)
{
	struct sessions *s = arg;

	switch (result) {
	case TRANSPORT_OK:
		log_line(LOG_DEBUG, "session %s: answer of %zu bytes", dm_session_id(s->dm),
			 m->len);
		s->tries = 0;
		follow(s, dm_session_input_hmac(s->dm, m->content_type, m->hmac, m->body, m->len));
		return;
	case TRANSPORT_RETRY:
		if (s->tries <= s->cfg->retries) {
			log_line(LOG_WARNING, "session %s: %s; next try in %u ms",
				 dm_session_id(s->dm), why, RETRY_MS << (s->tries - 1));
			enter(s, SESSION_WAIT_RETRY);
			loop_timer(s->loop, RETRY_MS << (s->tries - 1), on_retry, s);
			return;
		}
		break;
	case TRANSPORT_FAILED:
		break;
	}
	end_lost(s, why);
}

static void post(struct sessions *s)
{
	struct transport_message m;
	char why[320], hmac[DM_HMAC_MAX];
	const char *uri;
	int ret;

	dm_session_output(s->dm, &uri, &m.content_type, &m.body, &m.len);
	m.hmac = dm_session_output_hmac(s->dm, hmac);
	s->tries++;
	enter(s, SESSION_EXCHANGE);
	ret = s->transport->ops->post(s->transport, uri, &m, on_answer, s);
	if (!ret)
		return;
	if (ret == -EACCES)
		snprintf(why, sizeof(why), "refused to contact %.200s: not the card's server", uri);
	else
		snprintf(why, sizeof(why), "cannot send: %s", strerror(-ret));
	end_lost(s, why);
}

static void follow(struct sessions *s, enum dm_next next)
{
	switch (next) {
	case DM_NEXT_SEND:
		s->tries = 0;
		post(s);
		return;
	case DM_NEXT_WAIT_UI:
		enter(s, SESSION_QUESTION);
		return;
	case DM_NEXT_DONE:
		break;
	}
	end(s, dm_session_get_outcome(s->dm), dm_session_reason(s->dm));
}

/* --------------------------------------------------------------------------------- start */

static void open_session(struct sessions *s)
{
	struct session_request *r = &s->req;
	struct mo_account acc;
	enum dm_next next;
	char why[192];
	int ret = mo_account_load(s->tree, r->server_id, &acc);

	if (!ret && r->resync) {
		/* spec/oma-dm.md 3.3: both sides use the resync nonce for this session */
		memcpy(acc.client.nonce, r->resync_nonce, r->resync_nonce_len);
		memcpy(acc.server.nonce, r->resync_nonce, r->resync_nonce_len);
		acc.client.nonce_len = acc.server.nonce_len = r->resync_nonce_len;
	}
	if (!ret)
		ret = dm_session_new(&acc, s->tree, &dm_ops, s, &s->dm);
	/* the configuration was checked against the same bounds */
	if (!ret)
		ret = dm_session_set_limits(s->dm, s->cfg->max_msg_size, s->cfg->max_obj_size);
	mo_account_wipe(&acc);
	if (ret) {
		snprintf(why, sizeof(why), "account %.100s: %s", r->server_id, strerror(-ret));
		end(s, DM_OUTCOME_INTERNAL, why);
		return;
	}
	log_line(LOG_NOTICE, "session with %s starts (%s)", r->server_id, r->origin);
	next = dm_session_start(s->dm, r->server_initiated, r->session_id);
	/* the engine chose the id: a package #0 with the same would ask for what runs already */
	if (!r->server_initiated && *dm_session_id(s->dm))
		mo_session_seen(s->tree, r->server_id,
				(uint16_t)strtoul(dm_session_id(s->dm), NULL, 16));
	follow(s, next);
}

static void on_gateway_deadline(void *arg)
{
	end_lost(arg, "the card did not open its server port; does it support a Smartcard Web Server?");
}

static void wait_for_gateway(struct sessions *s)
{
	if (s->hooks.gateway_ready(s->hooks.arg)) {
		open_session(s);
		return;
	}
	log_line(LOG_INFO, "session: waiting for the card's server");
	enter(s, SESSION_WAIT_GATEWAY);
	loop_timer(s->loop, (int64_t)s->cfg->gateway_timeout_s * 1000, on_gateway_deadline, s);
}

static void start_confirmed(void *arg, const struct ui_reply *reply)
{
	struct sessions *s = arg;

	if (reply->answer == UI_ACCEPT) {
		wait_for_gateway(s);
		return;
	}
	end(s, DM_OUTCOME_ABORTED, "the user did not agree to the session");
}

static void notice_gone(void *arg, const struct ui_reply *reply)
{
	/* nobody waits for it */
}

/* ui-mode of package #0: 11 asks the user first, 10 tells him (spec/oma-dm.md 3.3). */
static void begin(void *arg)
{
	static const struct ui_question ask = {
		.kind = UI_KIND_CONFIRM,
		.text = "Your card wants to manage this device. Start now?",
		.default_accept = -1,
	};
	static const struct ui_question tell = {
		.kind = UI_KIND_DISPLAY,
		.text = "Your card manages this device now.",
	};
	struct sessions *s = arg;

	if (s->state != SESSION_IDLE || !s->n_waiting)
		return;
	s->req = s->waiting[0];
	memmove(s->waiting, s->waiting + 1, --s->n_waiting * sizeof(*s->waiting));
	s->started = loop_now();
	loop_timer(s->loop, (int64_t)s->cfg->session_timeout_s * 1000, on_session_deadline, s);
	if (s->req.ui_mode == DM_UI_INTERACTION) {
		enter(s, SESSION_WAIT_USER);
		ui_ask(s->ui, UI_ASKER_SESSION, &ask, start_confirmed, s);
		return;
	}
	if (s->req.ui_mode == DM_UI_INFORMATIVE) {
		log_line(LOG_NOTICE, "the card manages this device now");
		ui_ask(s->ui, UI_ASKER_NOTICE, &tell, notice_gone, NULL);
	}
	wait_for_gateway(s);
}

/* ----------------------------------------------------------------------------- interface */

int sessions_new(struct loop *loop, const struct config *cfg, struct mo_tree *tree, struct ui *ui,
		 struct transport *transport, const struct session_hooks *hooks,
		 struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->cfg = cfg;
	s->tree = tree;
	s->ui = ui;
	s->transport = transport;
	s->hooks = *hooks;
	*ret = s;
	return 0;
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	enter(s, SESSION_IDLE);
	loop_timer(s->loop, -1, on_session_deadline, s);
	loop_timer(s->loop, -1, begin, s);
	dm_session_free(s->dm);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

int sessions_request(struct sessions *s, const struct session_request *req)
{
	struct mo_account acc;
	int ret = mo_account_load(s->tree, req->server_id, &acc);

	mo_account_wipe(&acc);
	if (ret)
		return ret;
	if (sessions_full(s))
		return -EBUSY;
	s->waiting[s->n_waiting++] = *req;
	if (s->state == SESSION_IDLE)
		start_next(s);
	return 0;
}

void sessions_gateway_changed(struct sessions *s)
{
	if (s->state != SESSION_WAIT_GATEWAY || !s->hooks.gateway_ready(s->hooks.arg))
		return;
	open_session(s);
}

void sessions_card_lost(struct sessions *s, const char *why)
{
	char reason[256];

	switch (s->state) {
	case SESSION_IDLE:
	case SESSION_WAIT_USER:
	case SESSION_WAIT_GATEWAY:
		return;		/* nothing was said to this card yet */
	case SESSION_EXCHANGE:
	case SESSION_WAIT_RETRY:
	case SESSION_QUESTION:
		snprintf(reason, sizeof(reason), "card %s during the session", why);
		end_lost(s, reason);
	}
}

enum session_state sessions_get_state(const struct sessions *s)
{
	return s->state;
}

const char *sessions_current_id(const struct sessions *s)
{
	return s->dm ? dm_session_id(s->dm) : "";
}

unsigned int sessions_waiting(const struct sessions *s)
{
	return s->n_waiting;
}

bool sessions_full(const struct sessions *s)
{
	return s->n_waiting == WAITING_MAX;
}

const struct session_report *sessions_last(const struct sessions *s)
{
	return s->last.number ? &s->last : NULL;
}
