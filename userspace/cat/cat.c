// SPDX-License-Identifier: BSD-3-Clause
/*
 * The public face of the engine: life, and what the event loop reports.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "cat/internal.h"

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void cat_config_defaults(struct cat_config *cfg)
{
	*cfg = (struct cat_config){
		.scws_port = 0,
		.poll_ms = 30000,
		.poll_busy_ms = 500,
		.channel_buffer_max = 1500,
		.command_timeout_ms = 60000,
	};
}

int cat_new(const struct cat_config *cfg, const struct cat_ops *ops, void *ctx, struct cat **ret)
{
	struct cat *cat;

	if (!ops->submit || !ops->watch || !ops->timer || !ops->set_poll)
		return -EINVAL;
	/* the buffer size travels in two bytes; a wait for the user must have an end */
	if (!cfg->channel_buffer_max || cfg->channel_buffer_max > 0xffff ||
	    !cfg->command_timeout_ms)
		return -EINVAL;
	cat = calloc(1, sizeof(*cat));
	if (!cat)
		return -ENOMEM;
	cat->cfg = *cfg;
	cat->ops = *ops;
	cat->ctx = ctx;
	cat->now = monotonic_ms;
	cat->state = CAT_OFF;
	cat_channels_init(cat);
	cat_timers_init(cat);
	cat_polling_reset(cat);
	*ret = cat;
	return 0;
}

void cat_free(struct cat *cat)
{
	if (!cat)
		return;
	cat_step(cat, CAT_EV_LOST);
	free(cat);
}

void cat_card_reset(struct cat *cat)
{
	cat_step(cat, CAT_EV_RESET);
}

void cat_card_lost(struct cat *cat)
{
	cat_step(cat, CAT_EV_LOST);
}

void cat_response(struct cat *cat, const uint8_t *resp, size_t len, int err)
{
	if (!cat->outstanding) {
		cat_log(cat, LOG_DEBUG, "answer to no APDU ignored");
		return;
	}
	cat->outstanding = false;
	if (cat->stale) {
		/* it was for the card before the reset */
		cat->stale = false;
		if (cat->state == CAT_SETTLE)
			cat_step(cat, CAT_EV_TIMEOUT);
		return;
	}
	if (!err && (!resp || len < 2))
		err = -EPROTO;
	cat->answer = (struct cat_apdu_answer){ .err = err };
	if (!err) {
		cat->answer.data = resp;
		cat->answer.len = len - 2;
		cat->answer.sw = (uint16_t)(resp[len - 2] << 8 | resp[len - 1]);
	}
	cat_step(cat, err ? CAT_EV_FAILED : CAT_EV_ANSWER);
	cat->answer.data = NULL;
}

void cat_proactive_pending(struct cat *cat, unsigned int len)
{
	switch (cat->state) {
	case CAT_SELECT:
	case CAT_PROFILE:
	case CAT_IDLE:
	case CAT_ENVELOPE:
		cat_note_pending(cat, len && len <= CAT_FETCH_MAX ? len : CAT_FETCH_MAX);
		break;
	case CAT_FETCH:
	case CAT_EXECUTE:
	case CAT_RESPOND:
		/*
		 * Late news of the command that is being dealt with; a further one is
		 * announced in the answer to TERMINAL RESPONSE.
		 */
	case CAT_OFF:
	case CAT_SETTLE:
		break;
	}
}

bool cat_scws_ready(const struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_CHANNELS; i++) {
		const struct cat_channel *ch = &cat->channels[i];

		if (ch->listen_fd >= 0 &&
		    (!cat->cfg.scws_port || ch->port == cat->cfg.scws_port))
			return true;
	}
	return false;
}

bool cat_starting(const struct cat *cat)
{
	return cat->starting;
}

void cat_get_stats(const struct cat *cat, struct cat_stats *stats)
{
	*stats = cat->stats;
}
