// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each proactive command does, but for those of channels (execute-bip.c).
 * A handler either sets cat->response, or says in cat->wait what it waits for and
 * arms the timer of the state: every command has a deadline and one response.
 */
#include <errno.h>
#include <syslog.h>

#include "cat/internal.h"
#include "cat/text.h"

/* How long a text stays that nobody has to clear, if the card does not say */
#define TEXT_SHOWN_MS	5000

/* ---- polling, events ---- */

static void poll_interval(struct cat *cat)
{
	const struct cat_object *d = cat_object(&cat->cmd, CAT_TAG_DURATION);
	static const unsigned int unit_ms[] = { 60000, 1000, 100 };
	bool was_polling = cat->polling;
	unsigned int was_ms = cat->poll_ms;

	if (d->value[0] >= sizeof(unit_ms) / sizeof(unit_ms[0]) || !d->value[1]) {
		cat_respond(cat, CAT_RESULT_DATA_UNKNOWN);
		return;
	}
	cat->polling = true;
	cat->poll_ms = unit_ms[d->value[0]] * d->value[1];
	if (cat_polling_update(cat) < 0) {
		cat->polling = was_polling;
		cat->poll_ms = was_ms;
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_NO_CAUSE);
		return;
	}
	/* every duration can be kept, so the answer is what was asked */
	cat_respond(cat, CAT_RESULT_OK);
	cat_body_add(&cat->response, CAT_TAG_DURATION | CAT_TAG_CR, d->value, d->len);
}

static void polling_off(struct cat *cat)
{
	/* takes effect when the card has the response */
	cat->polling = false;
	cat_respond(cat, CAT_RESULT_OK);
}

static void set_up_event_list(struct cat *cat)
{
	const struct cat_object *list = cat_object(&cat->cmd, CAT_TAG_EVENT_LIST);
	uint32_t events = 0;
	size_t i;

	for (i = 0; i < list->len; i++) {
		switch (list->value[i]) {
		case CAT_EVENT_DATA_AVAILABLE:
		case CAT_EVENT_CHANNEL_STATUS:
			events |= 1u << list->value[i];
			break;
		default:
			cat_log(cat, LOG_NOTICE, "card asks for event %02X, which we cannot report",
				list->value[i]);
			cat_respond(cat, CAT_RESULT_BEYOND);
			return;
		}
	}
	cat->events = events;
	cat_respond(cat, CAT_RESULT_OK);
}

/* ---- timers ---- */

enum timer_qualifier { TIMER_START = 0, TIMER_DEACTIVATE = 1, TIMER_GET_VALUE = 2 };

static void respond_timer(struct cat *cat, enum cat_result result, uint8_t id,
			  const unsigned int *seconds)
{
	uint8_t value[3];

	cat_respond(cat, result);
	cat_body_add(&cat->response, CAT_TAG_TIMER_ID | CAT_TAG_CR, &id, 1);
	if (!seconds)
		return;
	cat_timer_encode(*seconds, value);
	cat_body_add(&cat->response, CAT_TAG_TIMER_VALUE | CAT_TAG_CR, value, sizeof(value));
}

static void start_timer(struct cat *cat, uint8_t id)
{
	const struct cat_object *value = cat_object(&cat->cmd, CAT_TAG_TIMER_VALUE);
	unsigned int seconds;

	if (!value) {
		cat_respond(cat, CAT_RESULT_VALUE_MISSING);
	} else if (!cat_timer_decode(value->value, &seconds)) {
		cat_respond(cat, CAT_RESULT_DATA_UNKNOWN);
	} else if (cat_timer_start(cat, id, seconds)) {
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_NO_CAUSE);
	} else {
		cat_log(cat, LOG_INFO, "card starts timer %u: %u s", id, seconds);
		respond_timer(cat, CAT_RESULT_OK, id, NULL);
	}
}

static void timer_management(struct cat *cat)
{
	uint8_t id = cat_object(&cat->cmd, CAT_TAG_TIMER_ID)->value[0];
	struct cat_timer *timer;
	unsigned int left;

	if (id < 1 || id > CAT_TIMERS || cat->cmd.qualifier > TIMER_GET_VALUE) {
		cat_respond(cat, CAT_RESULT_DATA_UNKNOWN);
		return;
	}
	if (cat->cmd.qualifier == TIMER_START) {
		start_timer(cat, id);
		return;
	}
	timer = &cat->timers[id - 1];
	if (!timer->running) {
		respond_timer(cat, CAT_RESULT_TIMER_STATE, id, NULL);
		return;
	}
	left = cat_timer_remaining(timer);
	if (cat->cmd.qualifier == TIMER_DEACTIVATE)
		cat_timer_stop(timer);
	respond_timer(cat, CAT_RESULT_OK, id, &left);
}

/* ---- REFRESH ---- */

enum refresh_mode {
	REFRESH_INIT_FULL_CHANGE = 0, REFRESH_FILE_CHANGE = 1, REFRESH_INIT_FILE_CHANGE = 2,
	REFRESH_INIT = 3, REFRESH_UICC_RESET = 4, REFRESH_APPLICATION_RESET = 5,
	REFRESH_SESSION_RESET = 6,
};

static void refresh(struct cat *cat)
{
	switch (cat->cmd.qualifier) {
	case REFRESH_FILE_CHANGE:
		/* no file of the card is kept here: nothing to read again */
		if (!cat_object(&cat->cmd, CAT_TAG_FILE_LIST))
			cat_respond(cat, CAT_RESULT_VALUE_MISSING);
		else
			cat_respond(cat, CAT_RESULT_OK);
		break;
	case REFRESH_UICC_RESET:
		cat->reset_after = true;
		cat_respond(cat, CAT_RESULT_OK);
		break;
	case REFRESH_INIT_FULL_CHANGE:
	case REFRESH_INIT_FILE_CHANGE:
	case REFRESH_INIT:
	case REFRESH_APPLICATION_RESET:
	case REFRESH_SESSION_RESET:
		/* the engine never activates a network access application */
		cat_respond(cat, CAT_RESULT_NAA_NOT_ACTIVE);
		break;
	default:
		cat_respond(cat, CAT_RESULT_BEYOND);
		break;
	}
}

/* ---- DISPLAY TEXT ---- */

#define TEXT_HIGH_PRIORITY	0x01
#define TEXT_WAIT_FOR_USER	0x80

static unsigned int text_duration_ms(const struct cat *cat)
{
	const struct cat_object *d = cat_object(&cat->cmd, CAT_TAG_DURATION);
	static const unsigned int unit_ms[] = { 60000, 1000, 100 };

	if (!d || d->value[0] >= sizeof(unit_ms) / sizeof(unit_ms[0]))
		return 0;
	return unit_ms[d->value[0]] * d->value[1];
}

static enum cat_result text_shown(const struct cat *cat)
{
	return cat_object(&cat->cmd, CAT_TAG_ICON) ? CAT_RESULT_NO_ICON : CAT_RESULT_OK;
}

static void display_text(struct cat *cat)
{
	const struct cat_object *o = cat_object(&cat->cmd, CAT_TAG_TEXT);
	bool sustained = cat_object(&cat->cmd, CAT_TAG_IMMEDIATE);
	char utf8[CAT_TEXT_ROOM];
	struct cat_text text = {
		.text = utf8,
		.high_priority = cat->cmd.qualifier & TEXT_HIGH_PRIORITY,
		.wait_for_user = cat->cmd.qualifier & TEXT_WAIT_FOR_USER,
		.duration_ms = text_duration_ms(cat),
	};
	unsigned int deadline = text.duration_ms;

	if (cat_text_to_utf8(o->value, o->len, utf8, sizeof(utf8))) {
		cat_respond(cat, CAT_RESULT_DATA_UNKNOWN);
		return;
	}
	if (!deadline)
		deadline = text.wait_for_user ? cat->cfg.command_timeout_ms : TEXT_SHOWN_MS;
	if (cat_state_timer(cat, deadline) < 0) {
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_NO_CAUSE);
		return;
	}
	cat->wait = CAT_WAIT_USER;
	/* may answer from within */
	cat->ops.show_text(cat->ctx, &text);
	if (sustained && cat->wait == CAT_WAIT_USER) {
		/* the text stays until the user or the next one replaces it */
		cat->wait = CAT_WAIT_NONE;
		cat_respond(cat, text_shown(cat));
	}
}

static void finish_text(struct cat *cat, enum cat_answer answer)
{
	bool asked = cat->cmd.qualifier & TEXT_WAIT_FOR_USER;

	switch (answer) {
	case CAT_ANSWER_OK:
		cat_respond(cat, text_shown(cat));
		break;
	case CAT_ANSWER_CANCEL:
		cat_respond(cat, CAT_RESULT_USER_ENDED);
		break;
	case CAT_ANSWER_BACK:
		cat_respond(cat, CAT_RESULT_USER_BACK);
		break;
	case CAT_ANSWER_TIMEOUT:
		/* without a question there is no answer to miss */
		cat_respond(cat, asked ? CAT_RESULT_USER_TIMEOUT : text_shown(cat));
		break;
	case CAT_ANSWER_BUSY:
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_SCREEN_BUSY);
		break;
	case CAT_ANSWER_NO_UI:
	default:
		cat_respond_info(cat, CAT_RESULT_UNABLE, CAT_UNABLE_NO_CAUSE);
		break;
	}
}

void cat_text_answer(struct cat *cat, enum cat_answer answer)
{
	/* a late answer, or one to a text that was answered at once */
	if (cat->wait != CAT_WAIT_USER)
		return;
	cat->wait = CAT_WAIT_NONE;
	finish_text(cat, answer);
	cat_step(cat, CAT_EV_EXECUTED);
}

/* ---- all of them ---- */

void cat_execute(struct cat *cat)
{
	switch ((enum cat_command_type)cat->cmd.type) {
	case CAT_CMD_REFRESH:
		if (cat->ops.reset_card)
			refresh(cat);
		else
			cat_respond(cat, CAT_RESULT_BEYOND);
		break;
	case CAT_CMD_MORE_TIME:
		cat_respond(cat, CAT_RESULT_OK);
		break;
	case CAT_CMD_POLL_INTERVAL:
		poll_interval(cat);
		break;
	case CAT_CMD_POLLING_OFF:
		polling_off(cat);
		break;
	case CAT_CMD_SET_UP_EVENT_LIST:
		set_up_event_list(cat);
		break;
	case CAT_CMD_DISPLAY_TEXT:
		if (cat->ops.show_text)
			display_text(cat);
		else
			cat_respond(cat, CAT_RESULT_BEYOND);
		break;
	case CAT_CMD_TIMER_MANAGEMENT:
		timer_management(cat);
		break;
	case CAT_CMD_OPEN_CHANNEL:
	case CAT_CMD_CLOSE_CHANNEL:
	case CAT_CMD_RECEIVE_DATA:
	case CAT_CMD_SEND_DATA:
	case CAT_CMD_GET_CHANNEL_STATUS:
		cat_execute_bip(cat);
		break;
	default:
		cat_respond(cat, CAT_RESULT_BEYOND);
		break;
	}
}

void cat_execute_timeout(struct cat *cat)
{
	enum cat_wait wait = cat->wait;

	cat->wait = CAT_WAIT_NONE;
	if (wait == CAT_WAIT_USER) {
		if (cat->ops.hide_text)
			cat->ops.hide_text(cat->ctx);
		finish_text(cat, CAT_ANSWER_TIMEOUT);
	} else {
		cat_execute_bip_timeout(cat, wait);
	}
}

void cat_execute_abort(struct cat *cat)
{
	cat->wait = CAT_WAIT_NONE;
	cat->wait_channel = NULL;
	if (cat->ops.hide_text)
		cat->ops.hide_text(cat->ctx);
}
