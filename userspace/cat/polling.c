// SPDX-License-Identifier: BSD-3-Clause
/*
 * Proactive polling (TS 102 223, 4.2): the driver sends STATUS, the engine says
 * how often.
 */
#include <syslog.h>

#include "cat/internal.h"

static bool busy(const struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_CHANNELS; i++) {
		if (cat->channels[i].state == CAT_CHANNEL_ESTABLISHED)
			return true;
	}
	return false;
}

/* Interval in force, 0 = off; POLLING OFF holds even while a channel is in use. */
static unsigned int interval(const struct cat *cat)
{
	unsigned int ms = cat->poll_ms;

	if (!cat->polling)
		return 0;
	if (busy(cat) && cat->cfg.poll_busy_ms && (!ms || cat->cfg.poll_busy_ms < ms))
		ms = cat->cfg.poll_busy_ms;
	return ms;
}

int cat_polling_update(struct cat *cat)
{
	unsigned int ms = interval(cat);
	int err;

	/* before TERMINAL PROFILE the card has nothing to say, without a card nobody has */
	if (cat->state < CAT_IDLE || ms == cat->poll_set_ms)
		return 0;
	err = cat->ops.set_poll(cat->ctx, ms);
	if (err) {
		cat_log(cat, LOG_WARNING, "reader does not poll the card every %u ms: error %d",
			ms, -err);
		return err;
	}
	cat->poll_set_ms = ms;
	return 0;
}

void cat_polling_reset(struct cat *cat)
{
	cat->polling = true;
	cat->poll_ms = cat->cfg.poll_ms;
	cat->poll_set_ms = CAT_POLL_UNKNOWN;
}
