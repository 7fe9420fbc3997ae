// SPDX-License-Identifier: BSD-3-Clause
/*
 * The eight timers of the card (TS 102 223, 4.10 and 6.6.21): real time, kept by
 * the event loop; an expiry becomes an envelope of its own.
 */
#include <syslog.h>

#include "cat/internal.h"

#define TIMER_MAX_S	(24 * 3600 - 1)

static void expired(void *arg)
{
	struct cat_timer *t = arg;
	struct cat_envelope env = { .kind = CAT_ENVELOPE_TIMER, .id = t->id };

	if (!t->running)
		return;
	t->running = false;
	cat_log(t->cat, LOG_INFO, "timer %u of the card expired after %u s", t->id,
		cat_timer_elapsed(t));
	cat_envelope_queue(t->cat, &env);
	cat_step(t->cat, CAT_EV_WORK);
}

void cat_timers_init(struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_TIMERS; i++)
		cat->timers[i] = (struct cat_timer){ .cat = cat, .id = (uint8_t)(i + 1) };
}

void cat_timers_reset(struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_TIMERS; i++)
		cat_timer_stop(&cat->timers[i]);
}

/* Swapped-nibble BCD */
static bool from_bcd(uint8_t byte, unsigned int *value)
{
	unsigned int tens = byte & 0x0f, units = byte >> 4;

	*value = tens * 10 + units;
	return tens < 10 && units < 10;
}

static uint8_t to_bcd(unsigned int value)
{
	return (uint8_t)(value % 10 << 4 | value / 10);
}

bool cat_timer_decode(const uint8_t value[3], unsigned int *seconds)
{
	unsigned int h, m, s;

	if (!from_bcd(value[0], &h) || !from_bcd(value[1], &m) || !from_bcd(value[2], &s))
		return false;
	if (h > 23 || m > 59 || s > 59)
		return false;
	*seconds = (h * 60 + m) * 60 + s;
	return *seconds > 0;
}

void cat_timer_encode(unsigned int seconds, uint8_t value[3])
{
	if (seconds > TIMER_MAX_S)
		seconds = TIMER_MAX_S;
	value[0] = to_bcd(seconds / 3600);
	value[1] = to_bcd(seconds / 60 % 60);
	value[2] = to_bcd(seconds % 60);
}

int cat_timer_start(struct cat *cat, uint8_t id, unsigned int seconds)
{
	struct cat_timer *t = &cat->timers[id - 1];
	int64_t ms = (int64_t)seconds * 1000;
	int err;

	/* an expiry the card was not told of yet belongs to the earlier start */
	cat_envelope_forget(cat, CAT_ENVELOPE_TIMER, id);
	err = cat->ops.timer(cat->ctx, ms, expired, t);
	t->running = !err;
	t->started_ms = cat->now();
	t->expires_ms = t->started_ms + ms;
	t->start_value_s = seconds;
	return err;
}

void cat_timer_stop(struct cat_timer *t)
{
	if (!t->running)
		return;
	t->running = false;
	t->cat->ops.timer(t->cat->ctx, -1, expired, t);
}

unsigned int cat_timer_remaining(const struct cat_timer *t)
{
	int64_t left = t->expires_ms - t->cat->now();

	return left <= 0 ? 0 : (unsigned int)((left + 999) / 1000);
}

unsigned int cat_timer_elapsed(const struct cat_timer *t)
{
	int64_t s = (t->cat->now() - t->started_ms) / 1000;

	/* an event loop that is a tick early must not report less than was asked */
	return s < (int64_t)t->start_value_s ? t->start_value_s : (unsigned int)s;
}
