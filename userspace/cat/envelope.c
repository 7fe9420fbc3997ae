// SPDX-License-Identifier: BSD-3-Clause
/*
 * ENVELOPE (TS 102 223, 7): a queue, because an envelope may only go out between
 * proactive commands, and because the card may be busy (9300) and has to be asked
 * again.
 */
#include <string.h>
#include <syslog.h>

#include "cat/internal.h"

#define BACK_OFF_FIRST_MS	100

static void back_off_over(void *arg)
{
	struct cat *cat = arg;

	cat->envelopes.backing_off = false;
	cat_step(cat, CAT_EV_WORK);
}

static void stop_back_off(struct cat *cat)
{
	if (cat->envelopes.backing_off)
		cat->ops.timer(cat->ctx, -1, back_off_over, cat);
	cat->envelopes.backing_off = false;
	cat->envelopes.attempts = 0;
}

static void remove_at(struct cat *cat, unsigned int i)
{
	struct cat_envelopes *q = &cat->envelopes;

	q->n--;
	memmove(&q->item[i], &q->item[i + 1], (q->n - i) * sizeof(q->item[0]));
	if (i == 0)
		stop_back_off(cat);
}

bool cat_envelope_queued(const struct cat *cat, enum cat_envelope_kind kind, uint8_t id)
{
	unsigned int i;

	for (i = 0; i < cat->envelopes.n; i++) {
		if (cat->envelopes.item[i].kind == kind && cat->envelopes.item[i].id == id)
			return true;
	}
	return false;
}

void cat_envelope_forget(struct cat *cat, enum cat_envelope_kind kind, uint8_t id)
{
	unsigned int i;

	/* the first one is with the card already: its answer will remove it */
	for (i = cat->envelopes.n; i-- > (cat->state == CAT_ENVELOPE ? 1 : 0); ) {
		if (cat->envelopes.item[i].kind == kind && cat->envelopes.item[i].id == id)
			remove_at(cat, i);
	}
}

static bool in_event_list(const struct cat *cat, enum cat_envelope_kind kind)
{
	switch (kind) {
	case CAT_ENVELOPE_TIMER:
		return true;
	case CAT_ENVELOPE_STATUS:
		return cat->events & 1u << CAT_EVENT_CHANNEL_STATUS;
	case CAT_ENVELOPE_DATA:
		return cat->events & 1u << CAT_EVENT_DATA_AVAILABLE;
	}
	return false;
}

void cat_envelope_queue(struct cat *cat, const struct cat_envelope *env)
{
	struct cat_envelopes *q = &cat->envelopes;

	if (!in_event_list(cat, env->kind))
		return;
	if (q->n == CAT_ENVELOPES) {
		cat_log(cat, LOG_ERR, "event for the card is lost: queue is full");
		return;
	}
	q->item[q->n++] = *env;
}

static void build_timer(struct cat *cat, const struct cat_envelope *env, struct cat_body *body)
{
	const uint8_t devices[] = { CAT_DEV_TERMINAL, CAT_DEV_UICC };
	uint8_t value[3];

	/* at the time of sending: a card that was busy learns how late it is */
	cat_timer_encode(cat_timer_elapsed(&cat->timers[env->id - 1]), value);
	cat_body_add(body, CAT_TAG_DEVICES | CAT_TAG_CR, devices, sizeof(devices));
	cat_body_add(body, CAT_TAG_TIMER_ID | CAT_TAG_CR, &env->id, 1);
	cat_body_add(body, CAT_TAG_TIMER_VALUE | CAT_TAG_CR, value, sizeof(value));
	cat_body_wrap(body, CAT_BER_TIMER);
}

static void build_event(uint8_t event, const uint8_t status[2], const uint8_t *data_len,
			struct cat_body *body)
{
	const uint8_t devices[] = { CAT_DEV_TERMINAL, CAT_DEV_UICC };

	cat_body_add(body, CAT_TAG_EVENT_LIST | CAT_TAG_CR, &event, 1);
	cat_body_add(body, CAT_TAG_DEVICES | CAT_TAG_CR, devices, sizeof(devices));
	cat_body_add(body, CAT_TAG_CHANNEL_STATUS | CAT_TAG_CR, status, 2);
	if (data_len)
		cat_body_add(body, CAT_TAG_CHANNEL_DATA_LENGTH | CAT_TAG_CR, data_len, 1);
	cat_body_wrap(body, CAT_BER_EVENT);
}

/* false: no longer worth sending (event list changed, data were taken meanwhile) */
static bool build(struct cat *cat, const struct cat_envelope *env, struct cat_body *body)
{
	const struct cat_channel *ch;
	uint8_t status[2], len;

	memset(body, 0, sizeof(*body));
	if (!in_event_list(cat, env->kind))
		return false;
	switch (env->kind) {
	case CAT_ENVELOPE_TIMER:
		build_timer(cat, env, body);
		return true;
	case CAT_ENVELOPE_STATUS:
		build_event(CAT_EVENT_CHANNEL_STATUS, env->status, NULL, body);
		return true;
	case CAT_ENVELOPE_DATA:
		ch = &cat->channels[env->id - 1];
		if (!ch->rx_len)
			return false;
		len = ch->rx_len > 0xff ? 0xff : (uint8_t)ch->rx_len;
		cat_channel_status(ch, status);
		build_event(CAT_EVENT_DATA_AVAILABLE, status, &len, body);
		return true;
	}
	return false;
}

bool cat_envelope_next(struct cat *cat, struct cat_body *body)
{
	struct cat_envelopes *q = &cat->envelopes;
	struct cat_envelope env;

	while (q->n && !q->backing_off) {
		if (build(cat, &q->item[0], body))
			return true;
		env = q->item[0];
		remove_at(cat, 0);
		if (env.kind != CAT_ENVELOPE_TIMER)
			cat_channel_watch(&cat->channels[env.id - 1]);
	}
	return false;
}

/* The first envelope is done with, one way or the other. */
static void finish(struct cat *cat, bool told)
{
	struct cat_envelope env = cat->envelopes.item[0];
	struct cat_channel *ch;

	remove_at(cat, 0);
	if (env.kind == CAT_ENVELOPE_TIMER)
		return;
	ch = &cat->channels[env.id - 1];
	if (env.kind == CAT_ENVELOPE_DATA && !told)
		ch->announced = false;
	/* a listener that waited for the card to learn of the last client goes on */
	cat_channel_watch(ch);
}

void cat_envelope_answered(struct cat *cat, uint16_t sw)
{
	struct cat_envelopes *q = &cat->envelopes;
	uint8_t sw1 = (uint8_t)(sw >> 8);

	if (!q->n)
		return;
	if (sw == 0x9300 && q->attempts < CAT_ENVELOPE_RETRIES) {
		int64_t ms = BACK_OFF_FIRST_MS << q->attempts;

		if (!cat->ops.timer(cat->ctx, ms, back_off_over, cat)) {
			q->attempts++;
			q->backing_off = true;
			return;
		}
	}
	if (sw == 0x9000 || sw1 == 0x91) {
		finish(cat, true);
	} else if (sw1 == 0x62 || sw1 == 0x63) {
		cat_log(cat, LOG_NOTICE, "card took an event with warning %04X", sw);
		finish(cat, true);
	} else {
		cat_log(cat, LOG_WARNING, "card refused an event: %04X%s", sw,
			sw == 0x9300 ? " (busy, given up)" : "");
		finish(cat, false);
	}
}

void cat_envelope_failed(struct cat *cat)
{
	if (cat->envelopes.n)
		finish(cat, false);
}

void cat_envelope_reset(struct cat *cat)
{
	cat->envelopes.n = 0;
	stop_back_off(cat);
}
