// SPDX-License-Identifier: BSD-3-Clause
/* Bearer Independent Protocol, card side: channels and the data on them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bip-card.h"
#include "bip-trigger.h"

#define EVENT_DATA_AVAILABLE	0x09
#define EVENT_CHANNEL_STATUS	0x0a

/* How often, and when, a command is tried again that the terminal refused. */
#define RETRIES		3
#define REOPEN_NS	2000000000ULL
/* More than this for one client is a mistake of the application. */
#define TX_MAX		(1024 * 1024)

void uicc_bip_init(struct uicc_bip *b, const struct uicc_bip_config *cfg, struct uicc_cat *cat,
		   struct uicc_trace *trace)
{
	memset(b, 0, sizeof(*b));
	b->cfg = *cfg;
	b->cat = cat;
	b->trace = trace;
}

static void channel_clear(struct uicc_channel *ch, enum uicc_channel_state state)
{
	size_t size = state == UICC_CHANNEL_CLOSED ? 0 : ch->size;

	free(ch->tx);
	memset(ch, 0, sizeof(*ch));
	ch->state = state;
	ch->size = size;
}

void uicc_bip_reset(struct uicc_bip *b)
{
	size_t i;

	for (i = 1; i <= UICC_CHANNELS; i++)
		channel_clear(&b->ch[i], UICC_CHANNEL_CLOSED);
	b->started = false;
	b->open_due = 0;
	b->open_tries = 0;
	b->timer_started = false;
	b->timer_runs = false;
	b->trigger_tries = 0;
	vuicc_app_reset(b->app);
}

const char *uicc_bip_state(const struct uicc_bip *b)
{
	const char *state = "closed";
	size_t i;

	for (i = 1; i <= UICC_CHANNELS; i++) {
		if (b->ch[i].state == UICC_CHANNEL_ESTABLISHED)
			return "established";
		if (b->ch[i].state == UICC_CHANNEL_LISTEN)
			state = "listen";
	}
	return state;
}

/* Result codes 0x: carried out, perhaps not quite as asked. */
static bool carried_out(const struct uicc_cat_result *r)
{
	return r->general < 0x10;
}

/* Result codes 2x: to be tried again later. */
static bool put_off(const struct uicc_cat_result *r)
{
	return (r->general & 0xf0) == 0x20;
}

static void say_refused(struct uicc_bip *b, const char *what, const struct uicc_cat_result *r)
{
	uicc_step(b->trace, "%s refused: result %02X %02X", what, r->general, r->info);
}

/* --- starting --- */

static void queue_open(struct uicc_bip *b)
{
	uint8_t tlv[16];
	struct uicc_tlv_out o = { .buf = tlv, .room = sizeof(tlv) };
	uint8_t size[2] = { UICC_BIP_BUFFER >> 8, UICC_BIP_BUFFER & 0xff };
	uint8_t transport[3] = { 0x03, b->cfg.port >> 8, b->cfg.port };

	uicc_ctlv_put(&o, UICC_TAG_BUFFER_SIZE, size, sizeof(size));
	uicc_ctlv_put(&o, UICC_TAG_TRANSPORT, transport, sizeof(transport));
	uicc_cat_queue(b->cat, UICC_OWNER_SERVER, 0, UICC_OPEN_CHANNEL, 0, UICC_DEV_TERMINAL, tlv,
		       o.len, 0);
}

static void queue_event_list(struct uicc_bip *b)
{
	static const uint8_t tlv[] = {
		UICC_TAG_EVENT_LIST | UICC_CR, 2, EVENT_DATA_AVAILABLE, EVENT_CHANNEL_STATUS,
	};

	uicc_cat_queue(b->cat, UICC_OWNER_SETUP, 0, UICC_SET_UP_EVENT_LIST, 0, UICC_DEV_TERMINAL,
		       tlv, sizeof(tlv), 0);
}

static void queue_poll_interval(struct uicc_bip *b)
{
	uint8_t tlv[4] = { UICC_TAG_DURATION | UICC_CR, 2, 0x01, b->cfg.poll_interval_s };

	uicc_cat_queue(b->cat, UICC_OWNER_SETUP, 0, UICC_POLL_INTERVAL, 0, UICC_DEV_TERMINAL, tlv,
		       sizeof(tlv), 0);
}

/* Without these a terminal cannot carry an HTTP server on the card. */
static bool profile_has_server_mode(struct uicc_bip *b)
{
	static const struct {
		uint8_t byte, bit;
	} needed[] = {
		{ 6, 3 }, { 6, 4 }, { 12, 1 }, { 12, 2 }, { 12, 3 }, { 12, 4 }, { 12, 5 },
		{ 17, 3 },
	};
	char missing[64] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!uicc_cat_profile_bit(b->cat, needed[i].byte, needed[i].bit))
			n += snprintf(missing + n, sizeof(missing) - n, " %u.%u", needed[i].byte,
				      needed[i].bit);
	}
	if (n)
		uicc_step(b->trace, "terminal profile lacks%s: no channel opened", missing);
	return !n;
}

static void on_profile(void *ctx)
{
	struct uicc_bip *b = ctx;
	unsigned int i;

	if (b->started || !profile_has_server_mode(b))
		return;
	uicc_step(b->trace, "terminal profile: %zu bytes, BIP with UICC server mode",
		  b->cat->profile_len);
	b->started = true;
	queue_event_list(b);
	if (b->cfg.poll_interval_s)
		queue_poll_interval(b);
	for (i = 0; i < b->cfg.servers; i++)
		queue_open(b);
}

static void open_refused(struct uicc_bip *b, const struct uicc_cat_result *r)
{
	say_refused(b, "OPEN CHANNEL", r);
	if (b->open_tries++ == RETRIES)
		return;
	b->open_due++;
	b->open_at = uicc_now() + REOPEN_NS;
}

static void opened(struct uicc_bip *b, const struct uicc_cat_result *r)
{
	struct uicc_channel *ch;
	struct uicc_tlv tlv;
	unsigned int nr;

	if (!carried_out(r)) {
		open_refused(b, r);
		return;
	}
	if (!uicc_ctlv_find(r->tlv, r->len, UICC_TAG_CHANNEL_STATUS, 2, &tlv)) {
		uicc_violation(b->trace, "OPEN CHANNEL answered without channel status");
		return;
	}
	nr = tlv.value[0] & 7;
	if (!nr || b->ch[nr].state != UICC_CHANNEL_CLOSED || (tlv.value[0] & 0xc0) != 0x40) {
		uicc_violation(b->trace, "OPEN CHANNEL answered with channel status %02X %02X",
			       tlv.value[0], tlv.value[1]);
		return;
	}
	ch = &b->ch[nr];
	ch->state = UICC_CHANNEL_LISTEN;
	ch->size = UICC_BIP_BUFFER;
	if (uicc_ctlv_find(r->tlv, r->len, UICC_TAG_BUFFER_SIZE, 2, &tlv))
		ch->size = tlv.value[0] << 8 | tlv.value[1];
	if (ch->size > UICC_BIP_BUFFER || !ch->size) {
		uicc_violation(b->trace, "buffer of %zu bytes granted", ch->size);
		ch->size = UICC_BIP_BUFFER;
	}
	b->open_tries = 0;
	uicc_step(b->trace, "channel %u listens on port %u, buffer %zu", nr, b->cfg.port, ch->size);
	uicc_trigger_start(b);
}

/* --- data --- */

static void queue_receive(struct uicc_bip *b, int nr)
{
	static const uint8_t tlv[] = { UICC_TAG_DATA_LENGTH | UICC_CR, 1, UICC_RECEIVE_MAX };

	uicc_cat_queue(b->cat, UICC_OWNER_SERVER, nr, UICC_RECEIVE_DATA, 0, UICC_DEV_CHANNEL + nr,
		       tlv, sizeof(tlv), 0);
}

/* The next piece: kept in the terminal's buffer, or sent with all that is there. */
static void queue_send(struct uicc_bip *b, int nr)
{
	struct uicc_channel *ch = &b->ch[nr];
	size_t max = b->cfg.send_max;
	size_t n = ch->tx_len < max ? ch->tx_len : max;
	bool now = n == ch->tx_len || ch->stored + n + max > ch->size;
	uint8_t tlv[UICC_SEND_MAX + 3];
	struct uicc_tlv_out o = { .buf = tlv, .room = sizeof(tlv) };

	if (n > ch->size)
		n = ch->size;
	uicc_ctlv_put(&o, UICC_TAG_CHANNEL_DATA | UICC_CR, ch->tx, n);
	uicc_cat_queue(b->cat, UICC_OWNER_SERVER, nr, UICC_SEND_DATA, now, UICC_DEV_CHANNEL + nr,
		       tlv, o.len, n);
}

static void queue_close(struct uicc_bip *b, int nr)
{
	/* a server goes back to listening, a client closes for good */
	bool server = b->ch[nr].state == UICC_CHANNEL_ESTABLISHED;

	uicc_cat_queue(b->cat, UICC_OWNER_SERVER, nr, UICC_CLOSE_CHANNEL, server,
		       UICC_DEV_CHANNEL + nr, NULL, 0, 0);
}

static void pump_channel(struct uicc_bip *b, int nr)
{
	struct uicc_channel *ch = &b->ch[nr];

	if (ch->state != UICC_CHANNEL_ESTABLISHED && ch->state != UICC_CHANNEL_CLIENT)
		return;
	if (ch->rx_wanted && !uicc_cat_has(b->cat, nr, UICC_RECEIVE_DATA))
		queue_receive(b, nr);
	if (ch->tx_len && !uicc_cat_has(b->cat, nr, UICC_SEND_DATA))
		queue_send(b, nr);
	if (ch->closing && !ch->tx_len && !uicc_cat_has(b->cat, nr, UICC_CLOSE_CHANNEL))
		queue_close(b, nr);
}

static void pump(void *ctx)
{
	struct uicc_bip *b = ctx;
	int nr;

	if (b->open_due && uicc_now() >= b->open_at) {
		b->open_due--;
		queue_open(b);
	}
	for (nr = 1; nr <= UICC_CHANNELS; nr++)
		pump_channel(b, nr);
}

/* The client of a channel is gone, or the channel itself is. */
static void lost(struct uicc_bip *b, int nr, enum uicc_channel_state state)
{
	bool client = b->ch[nr].state == UICC_CHANNEL_ESTABLISHED;
	bool told = b->ch[nr].closing;

	uicc_cat_forget(b->cat, nr);
	channel_clear(&b->ch[nr], state);
	if (client) {
		uicc_step(b->trace, "client left channel %d", nr);
		if (!told)
			vuicc_app_disconnected(b->app, nr);
	}
}

static enum uicc_channel_state rest_state(const struct uicc_channel *ch)
{
	return ch->state == UICC_CHANNEL_CLIENT ? UICC_CHANNEL_CLOSED : UICC_CHANNEL_LISTEN;
}

/* BIP error "channel closed" or "channel identifier not valid". */
static bool channel_gone(const struct uicc_cat_result *r)
{
	return r->general == 0x3a && (r->info == 0x02 || r->info == 0x03);
}

/* A command on a channel failed: again later, or the connection is given up. */
static void failed(struct uicc_bip *b, int nr, const char *what, const struct uicc_cat_result *r)
{
	struct uicc_channel *ch = &b->ch[nr];

	say_refused(b, what, r);
	if (put_off(r) && ch->tries++ < RETRIES)
		return;
	if (ch->state == UICC_CHANNEL_CLIENT)
		uicc_trigger_failed(b);
	if (channel_gone(r)) {
		lost(b, nr, rest_state(ch));
		return;
	}
	if (ch->state == UICC_CHANNEL_ESTABLISHED && !ch->closing)
		vuicc_app_disconnected(b->app, nr);
	ch->rx_wanted = false;
	ch->tx_len = 0;
	ch->closing = true;
}

static void sent(struct uicc_bip *b, const struct uicc_cat_cmd *cmd,
		 const struct uicc_cat_result *r)
{
	struct uicc_channel *ch = &b->ch[cmd->channel];
	struct uicc_tlv tlv;

	if (!carried_out(r)) {
		failed(b, cmd->channel, "SEND DATA", r);
		return;
	}
	if (!uicc_ctlv_find(r->tlv, r->len, UICC_TAG_DATA_LENGTH, 1, &tlv))
		uicc_violation(b->trace, "SEND DATA answered without channel data length");
	if (cmd->payload > ch->tx_len)
		return;
	ch->tries = 0;
	ch->stored = cmd->details[2] & 1 ? 0 : ch->stored + cmd->payload;
	ch->tx_len -= cmd->payload;
	memmove(ch->tx, ch->tx + cmd->payload, ch->tx_len);
	if (!ch->tx_len && ch->state == UICC_CHANNEL_CLIENT)
		uicc_trigger_done(b);
}

static void received(struct uicc_bip *b, const struct uicc_cat_cmd *cmd,
		     const struct uicc_cat_result *r)
{
	struct uicc_channel *ch = &b->ch[cmd->channel];
	struct uicc_tlv data, rest;

	if (!carried_out(r)) {
		failed(b, cmd->channel, "RECEIVE DATA", r);
		return;
	}
	ch->tries = 0;
	ch->rx_wanted = false;
	if (!uicc_ctlv_find(r->tlv, r->len, UICC_TAG_CHANNEL_DATA, 0, &data) ||
	    !uicc_ctlv_find(r->tlv, r->len, UICC_TAG_DATA_LENGTH, 1, &rest)) {
		uicc_violation(b->trace, "RECEIVE DATA answered without data or length");
		return;
	}
	if (data.len > UICC_RECEIVE_MAX)
		uicc_violation(b->trace, "RECEIVE DATA answered with more than was asked for");
	ch->rx_wanted = rest.value[0] && data.len;
	if (data.len && ch->state == UICC_CHANNEL_ESTABLISHED && !ch->closing)
		vuicc_app_data(b->app, cmd->channel, data.value, data.len);
}

static void closed(struct uicc_bip *b, const struct uicc_cat_cmd *cmd,
		   const struct uicc_cat_result *r)
{
	struct uicc_channel *ch = &b->ch[cmd->channel];

	if (!carried_out(r)) {
		say_refused(b, "CLOSE CHANNEL", r);
		if (put_off(r) && ch->tries++ < RETRIES)
			return;
	}
	/* the application asked for it, it need not be told */
	channel_clear(ch, rest_state(ch));
}

static void on_result(void *ctx, const struct uicc_cat_cmd *cmd, const struct uicc_cat_result *r)
{
	struct uicc_bip *b = ctx;
	static const uint8_t events[] = { EVENT_DATA_AVAILABLE, EVENT_CHANNEL_STATUS };

	if (cmd->owner == UICC_OWNER_CONTROL) {
		uicc_step(b->trace, "command %02X %02X: result %02X %02X", cmd->details[1],
			  cmd->details[2], r->general, r->info);
		return;
	}
	if (cmd->owner == UICC_OWNER_TRIGGER) {
		uicc_trigger_result(b, cmd, r);
		return;
	}
	switch (cmd->details[1]) {
	case UICC_SET_UP_EVENT_LIST:
		if (carried_out(r))
			uicc_cat_set_events(b->cat, events, sizeof(events));
		else
			say_refused(b, "SET UP EVENT LIST", r);
		break;
	case UICC_POLL_INTERVAL:
		if (!carried_out(r))
			say_refused(b, "POLL INTERVAL", r);
		break;
	case UICC_OPEN_CHANNEL:
		opened(b, r);
		break;
	case UICC_SEND_DATA:
		sent(b, cmd, r);
		break;
	case UICC_RECEIVE_DATA:
		received(b, cmd, r);
		break;
	case UICC_CLOSE_CHANNEL:
		closed(b, cmd, r);
		break;
	}
}

/* --- events --- */

static void connected(struct uicc_bip *b, int nr)
{
	channel_clear(&b->ch[nr], UICC_CHANNEL_ESTABLISHED);
	uicc_step(b->trace, "client connected to channel %d", nr);
	vuicc_app_connected(b->app, nr);
}

static void status_event(struct uicc_bip *b, int nr, uint8_t status, uint8_t info)
{
	struct uicc_channel *ch = &b->ch[nr];

	switch (ch->state) {
	case UICC_CHANNEL_CLOSED:
		uicc_violation(b->trace, "event on channel %d, which is closed", nr);
		return;
	case UICC_CHANNEL_CLIENT:
		if (!(status & 0x80)) {
			uicc_trigger_failed(b);
			lost(b, nr, UICC_CHANNEL_CLOSED);
		}
		return;
	case UICC_CHANNEL_LISTEN:
	case UICC_CHANNEL_ESTABLISHED:
		break;
	}
	switch (status & 0xc0) {
	case 0x80:
		if (ch->state == UICC_CHANNEL_ESTABLISHED) {
			uicc_violation(b->trace, "channel %d established twice", nr);
			lost(b, nr, UICC_CHANNEL_LISTEN);
		}
		connected(b, nr);
		break;
	case 0x40:
		lost(b, nr, UICC_CHANNEL_LISTEN);
		break;
	default:
		uicc_step(b->trace, "channel %d closed by the terminal (%02X)", nr, info);
		lost(b, nr, UICC_CHANNEL_CLOSED);
		b->open_due++;
		b->open_at = uicc_now() + REOPEN_NS;
	}
}

static void data_event(struct uicc_bip *b, int nr)
{
	if (b->ch[nr].state == UICC_CHANNEL_LISTEN) {
		uicc_violation(b->trace, "data available on channel %d before its status", nr);
		connected(b, nr);
	}
	if (b->ch[nr].state == UICC_CHANNEL_ESTABLISHED)
		b->ch[nr].rx_wanted = true;
	else if (b->ch[nr].state == UICC_CHANNEL_CLOSED)
		uicc_violation(b->trace, "data available on channel %d, which is closed", nr);
}

static void on_event(void *ctx, int event, const uint8_t *tlv, size_t len)
{
	struct uicc_bip *b = ctx;
	struct uicc_tlv status, length;
	int nr;

	if (event < 0) {
		uicc_trigger_expired(b, tlv, len);
		return;
	}
	if (!uicc_ctlv_find(tlv, len, UICC_TAG_CHANNEL_STATUS, 2, &status) ||
	    !(status.value[0] & 7)) {
		uicc_violation(b->trace, "event %02X without a channel", event);
		return;
	}
	nr = status.value[0] & 7;
	if (event == EVENT_CHANNEL_STATUS) {
		status_event(b, nr, status.value[0], status.value[1]);
		return;
	}
	if (!uicc_ctlv_find(tlv, len, UICC_TAG_DATA_LENGTH, 1, &length))
		uicc_violation(b->trace, "data available without a length");
	data_event(b, nr);
}

const struct uicc_cat_ops uicc_bip_cat_ops = {
	.profile = on_profile,
	.result = on_result,
	.event = on_event,
	.pump = pump,
};

/* --- the application above --- */

int uicc_bip_put(struct uicc_bip *b, int nr, const uint8_t *buf, size_t len)
{
	struct uicc_channel *ch = &b->ch[nr];
	uint8_t *tx;

	if (!len)
		return 0;
	if (len > TX_MAX - ch->tx_len)
		return -ENOBUFS;
	tx = realloc(ch->tx, ch->tx_len + len);
	if (!tx)
		return -ENOMEM;
	memcpy(tx + ch->tx_len, buf, len);
	ch->tx = tx;
	ch->tx_len += len;
	return 0;
}

static int app_send(void *ctx, int channel, const uint8_t *buf, size_t len)
{
	struct uicc_bip *b = ctx;

	if (channel < 1 || channel > UICC_CHANNELS ||
	    b->ch[channel].state != UICC_CHANNEL_ESTABLISHED || b->ch[channel].closing)
		return -ENOTCONN;
	return uicc_bip_put(b, channel, buf, len);
}

static void app_close(void *ctx, int channel)
{
	struct uicc_bip *b = ctx;

	if (channel >= 1 && channel <= UICC_CHANNELS &&
	    b->ch[channel].state == UICC_CHANNEL_ESTABLISHED)
		b->ch[channel].closing = true;
}

static void app_session_ended(void *ctx, bool complete)
{
	struct uicc_bip *b = ctx;

	uicc_step(b->trace, "DM session ended, %s", complete ? "complete" : "not complete");
}

static void app_step(void *ctx, const char *line)
{
	struct uicc_bip *b = ctx;

	uicc_step(b->trace, "%s", line);
}

const struct vuicc_app_ops uicc_bip_app_ops = {
	.send = app_send,
	.close = app_close,
	.session_ended = app_session_ended,
	.step = app_step,
};
