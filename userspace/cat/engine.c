// SPDX-License-Identifier: BSD-3-Clause
/*
 * The proactive session (TS 102 223, 4): one state machine that owns the APDUs to
 * the card.  SELECT MF and TERMINAL PROFILE after a reset, then FETCH, execution and
 * TERMINAL RESPONSE as long as the card has commands, envelopes in between.
 *
 * 91xx is a level: it stays until FETCH or a reset, whatever status words follow.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "cat/internal.h"

#define CLA_CAT			0x80
#define INS_TERMINAL_PROFILE	0x10
#define INS_FETCH		0x12
#define INS_TERMINAL_RESPONSE	0x14
#define INS_ENVELOPE		0xc2

/* The driver bounds every exchange; this is for one that forgets to answer. */
#define ANSWER_TIMEOUT_MS	120000
/* An answer to an APDU of before the reset that did not come by then never will. */
#define SETTLE_TIMEOUT_MS	2000
/* Someone else uses the reader: how often and how long to ask again */
#define SUBMIT_RETRY_MS		50
#define SUBMIT_RETRIES		100
/* The reader keeps its word of a pending command until it was fetched; so after failures: */
#define HOLD_FIRST_MS		1000
#define HOLD_DOUBLINGS		6
/* A card that only asks for more time is let wait after so many commands */
#define MORE_TIME_FREE		8
#define MORE_TIME_DELAY_MS	100

static const char * const state_names[] = {
	[CAT_OFF] = "off",
	[CAT_SETTLE] = "settle",
	[CAT_SELECT] = "select",
	[CAT_PROFILE] = "profile",
	[CAT_IDLE] = "idle",
	[CAT_ENVELOPE] = "envelope",
	[CAT_FETCH] = "fetch",
	[CAT_EXECUTE] = "execute",
	[CAT_RESPOND] = "respond",
};

void cat_log(struct cat *cat, int level, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	if (!cat->ops.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	cat->ops.log(cat->ctx, level, line);
}

/* ---- the timer of the state ---- */

static void state_timeout(void *arg)
{
	cat_step(arg, CAT_EV_TIMEOUT);
}

int cat_state_timer(struct cat *cat, int64_t ms)
{
	return cat->ops.timer(cat->ctx, ms, state_timeout, cat);
}

static void enter(struct cat *cat, enum cat_state state)
{
	if (cat->state != state)
		cat_log(cat, LOG_DEBUG, "card session: %s -> %s", state_names[cat->state],
			state_names[state]);
	cat->state = state;
	cat_state_timer(cat, -1);
}

/* ---- APDUs ---- */

static bool reader_busy(const struct cat *cat)
{
	return cat->submit_err == -EBUSY || cat->submit_err == -EAGAIN;
}

/* Hands the APDU to the reader; what goes wrong is looked at when the timer expires. */
static void submit(struct cat *cat)
{
	int64_t ms = ANSWER_TIMEOUT_MS;

	cat->submits++;
	cat->submit_err = cat->ops.submit(cat->ctx, cat->apdu, cat->apdu_len);
	if (!cat->submit_err) {
		cat->outstanding = true;
		cat->stats.apdus++;
	} else {
		ms = reader_busy(cat) ? SUBMIT_RETRY_MS : 0;
	}
	if (cat_state_timer(cat, ms) < 0) {
		cat_log(cat, LOG_ERR, "event loop takes no timer, card is given up");
		cat_step(cat, CAT_EV_LOST);
	}
}

static void send_apdu(struct cat *cat, enum cat_state state)
{
	enter(cat, state);
	cat->submits = 0;
	submit(cat);
}

static void send_command(struct cat *cat, enum cat_state state, uint8_t ins,
			 const uint8_t *data, size_t len)
{
	const uint8_t header[] = { CLA_CAT, ins, 0x00, 0x00, (uint8_t)len };

	memcpy(cat->apdu, header, sizeof(header));
	memcpy(cat->apdu + sizeof(header), data, len);
	cat->apdu_len = sizeof(header) + len;
	send_apdu(cat, state);
}

static void send_select(struct cat *cat)
{
	static const uint8_t select_mf[] = { 0x00, 0xa4, 0x00, 0x0c, 0x02, 0x3f, 0x00 };

	memcpy(cat->apdu, select_mf, sizeof(select_mf));
	cat->apdu_len = sizeof(select_mf);
	send_apdu(cat, CAT_SELECT);
}

static void send_profile(struct cat *cat)
{
	uint8_t profile[CAT_BODY_MAX];
	size_t len = cat_profile(cat, profile, sizeof(profile));

	send_command(cat, CAT_PROFILE, INS_TERMINAL_PROFILE, profile, len);
}

static void send_fetch(struct cat *cat, unsigned int len)
{
	const uint8_t fetch[] = { CLA_CAT, INS_FETCH, 0x00, 0x00, (uint8_t)len };

	memcpy(cat->apdu, fetch, sizeof(fetch));
	cat->apdu_len = sizeof(fetch);
	cat->pending = 0;
	cat->in_session = true;
	cat->stats.fetches++;
	send_apdu(cat, CAT_FETCH);
}

static unsigned int pending_len(uint16_t sw)
{
	return sw & 0xff ? sw & 0xffu : 256;
}

/* ---- FETCH that fails ---- */

static void hold_over(void *arg)
{
	struct cat *cat = arg;

	cat->holding = false;
	if (cat->held)
		cat_note_pending(cat, cat->held);
}

static void end_hold(struct cat *cat)
{
	if (cat->holding)
		cat->ops.timer(cat->ctx, -1, hold_over, cat);
	cat->holding = false;
	cat->held = 0;
}

/* The reader would have us fetch again at once, and again. */
static void hold(struct cat *cat)
{
	unsigned int n = cat->fetch_failures < HOLD_DOUBLINGS ? cat->fetch_failures : HOLD_DOUBLINGS;

	cat->fetch_failures++;
	cat->held = 0;
	cat->holding = !cat->ops.timer(cat->ctx, HOLD_FIRST_MS << n, hold_over, cat);
}

void cat_note_pending(struct cat *cat, unsigned int len)
{
	if (cat->holding) {
		cat->held = len;
		return;
	}
	cat->held = 0;
	cat->pending = len;
	cat_step(cat, CAT_EV_WORK);
}

/* ---- what to do next ---- */

static void look_for_work(struct cat *cat)
{
	struct cat_body body;

	if (cat->pending) {
		cat->fetch_repeated = false;
		send_fetch(cat, cat->pending);
	} else if (cat_envelope_next(cat, &body)) {
		cat->stats.envelopes++;
		send_command(cat, CAT_ENVELOPE, INS_ENVELOPE, body.data, body.len);
	}
}

/* Back to idle; what is due is done from there. */
static void go_idle(struct cat *cat)
{
	enter(cat, CAT_IDLE);
	cat_polling_update(cat);
	if (!cat->pending) {
		cat->starting = false;
		cat->more_time = 0;
	}
	if (cat->more_time > MORE_TIME_FREE && !cat_state_timer(cat, MORE_TIME_DELAY_MS))
		return;
	look_for_work(cat);
}

static void end_session(struct cat *cat)
{
	unsigned int i;

	if (cat->in_session)
		cat_log(cat, LOG_DEBUG, "end of the proactive session");
	cat->in_session = false;
	/* the card may have refused to hear of these data, or not have asked for it yet */
	for (i = 0; i < CAT_CHANNELS; i++)
		cat_channel_announce(&cat->channels[i]);
}

/* Nothing of a fetched command or its response is kept: both carry what users and servers say. */
static void wipe(struct cat *cat)
{
	explicit_bzero(cat->apdu, sizeof(cat->apdu));
	explicit_bzero(cat->fetched, sizeof(cat->fetched));
	explicit_bzero(&cat->cmd, sizeof(cat->cmd));
	explicit_bzero(&cat->response, sizeof(cat->response));
}

/* Forgets everything that a reset of the card ends. */
static void forget_card(struct cat *cat)
{
	/* first of all: what follows may call back, and must find the engine at rest */
	enter(cat, CAT_OFF);
	if (cat->outstanding && !cat->stale) {
		cat->stale = true;
		cat->stale_since = cat->now();
	}
	cat_execute_abort(cat);
	cat->events = 0;
	cat->pending = 0;
	cat->more_time = 0;
	cat->fetch_failures = 0;
	cat->starting = false;
	cat->in_session = false;
	cat->reset_after = false;
	cat_channels_reset(cat);
	cat_timers_reset(cat);
	cat_envelope_reset(cat);
	end_hold(cat);
	cat_polling_reset(cat);
	wipe(cat);
}

/* No answer of before the reset is to be expected any more. */
static void settle(struct cat *cat)
{
	cat->outstanding = false;
	cat->stale = false;
	send_select(cat);
}

static void start_over(struct cat *cat)
{
	forget_card(cat);
	cat->starting = true;
	if (cat->outstanding) {
		int64_t waited = cat->now() - cat->stale_since;

		enter(cat, CAT_SETTLE);
		if (waited < SETTLE_TIMEOUT_MS &&
		    !cat_state_timer(cat, SETTLE_TIMEOUT_MS - waited))
			return;
	}
	settle(cat);
}

/* ---- fetched commands ---- */

static void send_response(struct cat *cat)
{
	if (cat->response.overflow) {
		cat_log(cat, LOG_ERR, "response to %s is too long",
			cat_command_name(cat->cmd.type));
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_NO_CAUSE);
	}
	send_command(cat, CAT_RESPOND, INS_TERMINAL_RESPONSE, cat->response.data,
		     cat->response.len);
}

static void execute_fetched(struct cat *cat)
{
	const struct cat_apdu_answer *a = &cat->answer;
	enum cat_result res;
	size_t len = a->len < sizeof(cat->fetched) ? a->len : sizeof(cat->fetched);

	memcpy(cat->fetched, a->data, len);
	res = cat_command_decode(cat->fetched, len, &cat->cmd);
	enter(cat, CAT_EXECUTE);
	cat->wait = CAT_WAIT_NONE;
	cat->response.len = 0;
	cat->more_time = cat->cmd.type == CAT_CMD_MORE_TIME ? cat->more_time + 1 : 0;

	if (res != CAT_RESULT_OK) {
		cat_log(cat, LOG_NOTICE, "proactive command %02X (%s) answered %02X", cat->cmd.type,
			cat_command_name(cat->cmd.type), (unsigned int)res);
		cat_respond(cat, res);
	} else {
		cat_log(cat, LOG_DEBUG, "proactive command %u: %s", cat->cmd.number,
			cat_command_name(cat->cmd.type));
		cat_execute(cat);
	}
	/* a command that waits is answered later, unless its answer came from within */
	if (cat->state == CAT_EXECUTE && cat->wait == CAT_WAIT_NONE)
		send_response(cat);
}

static void fetch_answered(struct cat *cat)
{
	uint16_t sw = cat->answer.sw;

	if (sw >> 8 == 0x6c && !cat->fetch_repeated) {
		cat->fetch_repeated = true;
		send_fetch(cat, pending_len(sw));
		return;
	}
	if (sw >> 8 == 0x91)
		cat->pending = pending_len(sw);
	if ((sw == 0x9000 || sw >> 8 == 0x91) && cat->answer.len) {
		cat->fetch_failures = 0;
		end_hold(cat);
		execute_fetched(cat);
		return;
	}
	cat_log(cat, LOG_NOTICE, "card has no proactive command to fetch: %04X", sw);
	hold(cat);
	if (!cat->pending)
		end_session(cat);
	go_idle(cat);
}

static void response_answered(struct cat *cat)
{
	bool reset = cat->reset_after;

	wipe(cat);
	if (cat->answer.sw != 0x9000 && cat->answer.sw >> 8 != 0x91)
		cat_log(cat, LOG_WARNING, "card refused a TERMINAL RESPONSE: %04X", cat->answer.sw);
	if (reset) {
		cat_log(cat, LOG_NOTICE, "card asks to be reset");
		forget_card(cat);
		cat->ops.reset_card(cat->ctx);
		return;
	}
	if (!cat->pending)
		end_session(cat);
	go_idle(cat);
}

/* ---- one function a kind of event ---- */

static void on_answer(struct cat *cat)
{
	uint16_t sw = cat->answer.sw;

	if (sw >> 8 == 0x91 && cat->state != CAT_FETCH)
		cat->pending = pending_len(sw);

	switch (cat->state) {
	case CAT_SELECT:
		if (sw != 0x9000 && sw >> 8 != 0x91)
			cat_log(cat, LOG_WARNING, "card refused SELECT MF: %04X", sw);
		send_profile(cat);
		break;
	case CAT_PROFILE:
		if (sw != 0x9000 && sw >> 8 != 0x91)
			cat_log(cat, LOG_ERR, "card refused TERMINAL PROFILE: %04X; it will not start a session",
				sw);
		go_idle(cat);
		break;
	case CAT_ENVELOPE:
		cat_envelope_answered(cat, sw);
		go_idle(cat);
		break;
	case CAT_FETCH:
		fetch_answered(cat);
		break;
	case CAT_RESPOND:
		response_answered(cat);
		break;
	case CAT_OFF:
	case CAT_SETTLE:
	case CAT_IDLE:
	case CAT_EXECUTE:
		break;
	}
}

/* The APDU was not exchanged: whatever it was for is given up, the session goes on. */
static void on_failed(struct cat *cat)
{
	if (cat->state == CAT_OFF || cat->state == CAT_SETTLE || cat->state == CAT_IDLE ||
	    cat->state == CAT_EXECUTE)
		return;
	cat_log(cat, LOG_WARNING, "%s was not exchanged with the card: %s",
		cat->state == CAT_RESPOND ? "TERMINAL RESPONSE" : state_names[cat->state],
		strerror(-cat->answer.err));

	switch (cat->state) {
	case CAT_SELECT:
	case CAT_PROFILE:
		forget_card(cat);
		break;
	case CAT_ENVELOPE:
		cat_envelope_failed(cat);
		go_idle(cat);
		break;
	case CAT_FETCH:
		hold(cat);
		end_session(cat);
		go_idle(cat);
		break;
	case CAT_RESPOND:
		cat->answer.sw = 0x9000;
		response_answered(cat);
		break;
	case CAT_OFF:
	case CAT_SETTLE:
	case CAT_IDLE:
	case CAT_EXECUTE:
		break;
	}
}

/* An APDU state whose timer expired: ask the reader again, or give up. */
static void on_apdu_timeout(struct cat *cat)
{
	if (cat->outstanding) {
		cat_log(cat, LOG_ERR, "reader does not answer, card is given up");
		forget_card(cat);
		return;
	}
	if (reader_busy(cat) && cat->submits < SUBMIT_RETRIES) {
		submit(cat);
		return;
	}
	cat->answer = (struct cat_apdu_answer){ .err = cat->submit_err };
	on_failed(cat);
}

static void on_timeout(struct cat *cat)
{
	switch (cat->state) {
	case CAT_SELECT:
	case CAT_PROFILE:
	case CAT_ENVELOPE:
	case CAT_FETCH:
	case CAT_RESPOND:
		on_apdu_timeout(cat);
		break;
	case CAT_SETTLE:
		settle(cat);
		break;
	case CAT_EXECUTE:
		cat_execute_timeout(cat);
		send_response(cat);
		break;
	case CAT_IDLE:
		look_for_work(cat);
		break;
	case CAT_OFF:
		break;
	}
}

void cat_step(struct cat *cat, enum cat_event ev)
{
	switch (ev) {
	case CAT_EV_RESET:
		start_over(cat);
		break;
	case CAT_EV_LOST:
		forget_card(cat);
		break;
	case CAT_EV_ANSWER:
		on_answer(cat);
		break;
	case CAT_EV_FAILED:
		on_failed(cat);
		break;
	case CAT_EV_WORK:
		if (cat->state == CAT_IDLE && cat->more_time <= MORE_TIME_FREE)
			look_for_work(cat);
		break;
	case CAT_EV_EXECUTED:
		if (cat->state == CAT_EXECUTE)
			send_response(cat);
		break;
	case CAT_EV_TIMEOUT:
		on_timeout(cat);
		break;
	}
}
