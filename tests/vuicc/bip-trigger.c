// SPDX-License-Identifier: BSD-3-Clause
/* The local trigger: a CAT timer, and on its expiry a push to the DM client. */
#include "bip-trigger.h"

#define TIMER		1
#define START		0x00
/* Attempts in all, the timer running anew before each. */
#define ATTEMPTS	3
#define PUSH_MAX	512

static uint8_t swapped_bcd(unsigned int n)
{
	return n % 10 << 4 | n / 10 % 10;
}

static void queue_timer(struct uicc_bip *b)
{
	unsigned int s = b->cfg.local_trigger_s;
	uint8_t tlv[] = {
		UICC_TAG_TIMER_ID | UICC_CR, 1, TIMER,
		UICC_TAG_TIMER_VALUE | UICC_CR, 3,
		swapped_bcd(s / 3600), swapped_bcd(s / 60 % 60), swapped_bcd(s % 60),
	};

	uicc_cat_queue(b->cat, UICC_OWNER_TRIGGER, 0, UICC_TIMER_MANAGEMENT, START,
		       UICC_DEV_TERMINAL, tlv, sizeof(tlv), 0);
}

void uicc_trigger_start(struct uicc_bip *b)
{
	if (!b->cfg.local_trigger_s || b->timer_started)
		return;
	b->timer_started = true;
	queue_timer(b);
}

static void queue_open(struct uicc_bip *b)
{
	static const uint8_t tlv[] = {
		UICC_TAG_BUFFER_SIZE, 2, UICC_BIP_BUFFER >> 8, UICC_BIP_BUFFER & 0xff,
		UICC_TAG_TRANSPORT, 3, 0x04, UICC_PUSH_PORT >> 8, UICC_PUSH_PORT & 0xff,
		UICC_TAG_OTHER_ADDRESS, 5, 0x21, 127, 0, 0, 1,
	};

	uicc_cat_queue(b->cat, UICC_OWNER_TRIGGER, 0, UICC_OPEN_CHANNEL, 1, UICC_DEV_TERMINAL, tlv,
		       sizeof(tlv), 0);
}

void uicc_trigger_expired(struct uicc_bip *b, const uint8_t *tlv, size_t len)
{
	struct uicc_tlv id, value;

	if (!uicc_ctlv_find(tlv, len, UICC_TAG_TIMER_ID, 1, &id) ||
	    !uicc_ctlv_find(tlv, len, UICC_TAG_TIMER_VALUE, 3, &value)) {
		uicc_violation(b->trace, "timer expiration without timer or value");
		return;
	}
	if (id.value[0] != TIMER || !b->timer_runs) {
		uicc_violation(b->trace, "timer %u expired, which does not run", id.value[0]);
		return;
	}
	b->timer_runs = false;
	uicc_step(b->trace, "timer %u expired", id.value[0]);
	queue_open(b);
}

void uicc_trigger_failed(struct uicc_bip *b)
{
	if (++b->trigger_tries < ATTEMPTS)
		queue_timer(b);
	else
		uicc_step(b->trace, "local trigger given up after %u attempts", b->trigger_tries);
}

void uicc_trigger_done(struct uicc_bip *b)
{
	b->trigger_tries = 0;
	uicc_step(b->trace, "package #0 sent to the DM client");
}

static void opened(struct uicc_bip *b, const struct uicc_cat_result *r)
{
	uint8_t push[PUSH_MAX];
	struct uicc_channel *ch;
	struct uicc_tlv tlv;
	unsigned int nr;
	int len;

	if (!uicc_ctlv_find(r->tlv, r->len, UICC_TAG_CHANNEL_STATUS, 2, &tlv)) {
		uicc_violation(b->trace, "OPEN CHANNEL answered without channel status");
		return;
	}
	nr = tlv.value[0] & 7;
	if (!nr || b->ch[nr].state != UICC_CHANNEL_CLOSED || !(tlv.value[0] & 0x80)) {
		uicc_violation(b->trace, "OPEN CHANNEL answered with channel status %02X %02X",
			       tlv.value[0], tlv.value[1]);
		return;
	}
	ch = &b->ch[nr];
	ch->state = UICC_CHANNEL_CLIENT;
	ch->size = UICC_BIP_BUFFER;
	if (uicc_ctlv_find(r->tlv, r->len, UICC_TAG_BUFFER_SIZE, 2, &tlv))
		ch->size = tlv.value[0] << 8 | tlv.value[1];
	uicc_step(b->trace, "channel %u opened to 127.0.0.1:%u (UDP)", nr, UICC_PUSH_PORT);
	len = vuicc_app_notification(b->app, push, sizeof(push));
	/* a datagram is sent from the terminal's buffer in one go */
	if (len < 0 || (size_t)len > ch->size || uicc_bip_put(b, nr, push, len))
		uicc_step(b->trace, "no package #0 to send");
	ch->closing = true;
}

void uicc_trigger_result(struct uicc_bip *b, const struct uicc_cat_cmd *cmd,
			 const struct uicc_cat_result *r)
{
	bool timer = cmd->details[1] == UICC_TIMER_MANAGEMENT;

	if (r->general >= 0x10) {
		uicc_step(b->trace, "%s refused: result %02X %02X",
			  timer ? "TIMER MANAGEMENT" : "OPEN CHANNEL", r->general, r->info);
		if (!timer)
			uicc_trigger_failed(b);
		return;
	}
	if (timer) {
		b->timer_runs = true;
		uicc_step(b->trace, "timer %u started: %u s", TIMER, b->cfg.local_trigger_s);
	} else {
		opened(b, r);
	}
}
