// SPDX-License-Identifier: BSD-3-Clause
/*
 * The card in its reader.  All APDUs go out by write() and come back by read() when poll() says
 * so: the agent never waits for the card, except while activating it.
 */
#include "agent/card.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "agent/log.h"

#define REOPEN_MS		2000
#define REACTIVATE_MIN_MS	1000
#define REACTIVATE_MAX_MS	60000
/* A CAT response fits 258 bytes; room for what a card may send all the same */
#define RESPONSE_ROOM		4096

struct card {
	struct loop *loop;
	const struct config *cfg;
	struct ui *ui;
	struct card_listener listener;
	struct iso7816_reader *reader;
	struct cat *cat;
	struct card_file file;		/* READING: how far that is */
	bool spare_file;		/* this card failed when it was read: go without */
	enum card_state state;
	uint32_t generation;		/* of the activation the CAT engine works with */
	bool in_flight;
	bool discard;			/* the answer on its way is to a card that was lost */
	bool gateway;			/* as last told to the listener */
	unsigned int backoff_ms;
	uint64_t event_seq;		/* of the newest event seen, 0 = none */
	char error[256];
	uint8_t response[RESPONSE_ROOM];
};

static void try_open(void *arg);
static void try_activate(void *arg);
static void check_gateway(struct card *c);

const char *card_state_name(enum card_state s)
{
	switch (s) {
	case CARD_NO_READER: return "no reader";
	case CARD_ABSENT: return "absent";
	case CARD_FAILED: return "failed";
	case CARD_READING: return "reading its file";
	case CARD_ACTIVE: return "active";
	}
	return "?";
}

static void set_state(struct card *c, enum card_state s)
{
	if (c->state == s)
		return;
	log_line(LOG_DEBUG, "card: %s -> %s", card_state_name(c->state), card_state_name(s));
	if (s == CARD_ABSENT || s == CARD_NO_READER)
		c->spare_file = false;
	c->state = s;
}

/* Power and clock are on. */
static bool is_activated(const struct card *c)
{
	return c->state == CARD_ACTIVE || c->state == CARD_READING;
}

/* ------------------------------------------------------------- operations of the CAT engine */

static int op_submit(void *ctx, const uint8_t *apdu, size_t len)
{
	struct card *c = ctx;
	int ret;

	if (!c->reader || c->state != CARD_ACTIVE)
		return -ENOMEDIUM;
	if (c->discard)
		return -EBUSY;
	ret = iso7816_submit(c->reader, apdu, len);
	if (!ret)
		c->in_flight = true;
	return ret;
}

static int op_watch(void *ctx, int fd, uint32_t events, cat_fd_fn fn, void *arg)
{
	struct card *c = ctx;

	return loop_watch(c->loop, fd, events, fn, arg);
}

static int op_timer(void *ctx, int64_t ms, cat_timer_fn fn, void *arg)
{
	struct card *c = ctx;

	return loop_timer(c->loop, ms, fn, arg);
}

static int op_set_poll(void *ctx, unsigned int interval_ms)
{
	struct card *c = ctx;

	return c->reader ? iso7816_set_poll(c->reader, interval_ms) : -ENODEV;
}

static void text_answered(void *arg, const struct ui_reply *reply)
{
	static const enum cat_answer map[] = {
		[UI_ACCEPT] = CAT_ANSWER_OK,
		[UI_REJECT] = CAT_ANSWER_CANCEL,
		[UI_CANCEL] = CAT_ANSWER_CANCEL,
		[UI_TIMEOUT] = CAT_ANSWER_TIMEOUT,
		[UI_NOBODY] = CAT_ANSWER_NO_UI,
		[UI_BUSY] = CAT_ANSWER_BUSY,
		[UI_UNABLE] = CAT_ANSWER_NO_UI,
	};
	struct card *c = arg;

	if (c->cat)
		cat_text_answer(c->cat, map[reply->answer]);
}

static void op_show_text(void *ctx, const struct cat_text *text)
{
	struct card *c = ctx;
	struct ui_question q = {
		.kind = text->wait_for_user ? UI_KIND_ACKNOWLEDGE : UI_KIND_DISPLAY,
		.text = text->text,
		.min_ms = text->duration_ms,
		.max_ms = text->duration_ms,
	};

	ui_ask(c->ui, UI_ASKER_CARD, &q, text_answered, c);
}

static void op_hide_text(void *ctx)
{
	struct card *c = ctx;

	ui_withdraw(c->ui, UI_ASKER_CARD);
}

static void op_reset_card(void *ctx)
{
	struct card *c = ctx;

	/* from the loop, not from within the engine */
	loop_timer(c->loop, 0, try_activate, c);
}

static void op_log(void *ctx, int level, const char *line)
{
	log_from_layer("cat", level, line);
}

static const struct cat_ops cat_ops = {
	.submit = op_submit,
	.watch = op_watch,
	.timer = op_timer,
	.set_poll = op_set_poll,
	.show_text = op_show_text,
	.hide_text = op_hide_text,
	.reset_card = op_reset_card,
	.log = op_log,
};

/* --------------------------------------------------------------------- card comes and goes */

static void check_gateway(struct card *c)
{
	bool ready = card_gateway_ready(c);

	if (ready == c->gateway)
		return;
	c->gateway = ready;
	log_line(LOG_INFO, ready ? "gateway: the card's server can be reached at http://127.0.0.1:%u" :
		 "gateway: port %u closed", c->cfg->scws_port);
	c->listener.gateway_changed(c->listener.arg);
}

static void lose_card(struct card *c, enum card_state next, const char *why)
{
	bool had = is_activated(c), active = c->state == CARD_ACTIVE;

	set_state(c, next);
	snprintf(c->error, sizeof(c->error), "%s", why);
	if (!had)
		return;
	log_line(LOG_NOTICE, "card: %s", why);
	card_file_clear(&c->file);
	if (c->in_flight) {
		c->in_flight = false;
		c->discard = true;
		if (active)
			cat_response(c->cat, NULL, 0, -ENOMEDIUM);
	}
	if (!active)
		return;
	cat_card_lost(c->cat);
	check_gateway(c);
	c->listener.lost(c->listener.arg, why);
}

static void retry_later(struct card *c)
{
	loop_timer(c->loop, c->backoff_ms, try_activate, c);
	c->backoff_ms = c->backoff_ms * 2 > REACTIVATE_MAX_MS ? REACTIVATE_MAX_MS :
			c->backoff_ms * 2;
}

/* Now the card may be proactive: what it wanted to say while it was being read waits as a level. */
static void start_cat(struct card *c)
{
	struct iso7816_state st;

	set_state(c, CARD_ACTIVE);
	cat_card_reset(c->cat);
	if (!iso7816_get_state(c->reader, &st) && st.generation == c->generation && st.proactive_len)
		cat_proactive_pending(c->cat, st.proactive_len);
}

/* The next command of those that read the card's file; after the last one the CAT engine begins. */
static void read_on(struct card *c)
{
	const uint8_t *apdu;
	size_t len;
	int ret;

	while ((apdu = card_file_next(&c->file, &len))) {
		ret = c->discard ? -EBUSY : iso7816_submit(c->reader, apdu, len);
		if (!ret) {
			c->in_flight = true;
			return;
		}
		card_file_response(&c->file, NULL, 0, ret);
	}
	if (c->listener.file)
		c->listener.file(c->listener.arg, &c->file);
	card_file_clear(&c->file);
	start_cat(c);
}

static void activated(struct card *c, const struct iso7816_power_on *req)
{
	struct iso7816_atr atr;
	char hex[2 * ISO7816_ATR_LEN + 1] = "?";

	if (!iso7816_get_atr(c->reader, &atr))
		for (uint32_t i = 0; i < atr.len && i < ISO7816_ATR_LEN; i++)
			sprintf(hex + 2 * i, "%02X", atr.atr[i]);
	c->generation = req->generation;
	c->backoff_ms = REACTIVATE_MIN_MS;
	c->error[0] = 0;
	log_line(LOG_INFO, "card: activated, ATR %s, %u bit/s", hex, req->max_baud);
	if (!c->cfg->bootstrap_card || c->spare_file) {
		start_cat(c);
		return;
	}
	set_state(c, CARD_READING);
	card_file_start(&c->file);
	read_on(c);
}

/* Also the reset that a REFRESH asks for: POWER_ON is a cold reset. */
static void try_activate(void *arg)
{
	struct card *c = arg;
	struct iso7816_power_on req = { 0 };
	int ret;

	if (!c->reader)
		return;
	if (is_activated(c))
		lose_card(c, CARD_FAILED, "reset at its own request");
	ret = iso7816_power_on(c->reader, &req);
	switch (ret) {
	case 0:
		activated(c, &req);
		return;
	case -ENOMEDIUM:
		set_state(c, CARD_ABSENT);
		c->error[0] = 0;
		log_line(LOG_INFO, "card: none in the reader %s, waiting for one",
			 iso7816_reader_path(c->reader));
		return;
	case -ENODEV:
		return;		/* POLLHUP tells the rest */
	default:
		set_state(c, CARD_FAILED);
		snprintf(c->error, sizeof(c->error), "cannot activate: %s", iso7816_strerror(ret));
		log_line(LOG_ERR, "card in %s: %s; next try in %u ms",
			 iso7816_reader_path(c->reader), c->error, c->backoff_ms);
		retry_later(c);
	}
}

static void lose_reader(struct card *c)
{
	lose_card(c, CARD_NO_READER, "reader is gone");
	loop_watch(c->loop, iso7816_reader_fd(c->reader), 0, NULL, NULL);
	loop_timer(c->loop, -1, try_activate, c);
	iso7816_reader_close(c->reader);
	c->reader = NULL;
	c->discard = false;
	log_line(LOG_ERR, "reader is gone, looking for it every %d s", REOPEN_MS / 1000);
	loop_timer(c->loop, REOPEN_MS, try_open, c);
}

/* ------------------------------------------------------------------- events of the driver */

static void collect(struct card *c)
{
	size_t len = sizeof(c->response);
	int ret;

	if (!c->in_flight && !c->discard)
		return;
	ret = iso7816_collect(c->reader, c->response, &len);
	if (ret == -EAGAIN)
		return;
	if (c->discard) {
		c->discard = false;
		explicit_bzero(c->response, sizeof(c->response));
		return;
	}
	c->in_flight = false;
	if (ret)
		log_line(LOG_WARNING, "card: command failed: %s", iso7816_strerror(ret));
	if (c->state == CARD_READING) {
		/* one that takes no unknown command may still be a good card otherwise */
		c->spare_file = c->spare_file || (ret && ret != -ENOMEDIUM);
		card_file_response(&c->file, c->response, ret ? 0 : len, ret);
		read_on(c);
	} else {
		cat_response(c->cat, ret ? NULL : c->response, ret ? 0 : len, ret);
	}
	explicit_bzero(c->response, sizeof(c->response));
	check_gateway(c);
}

static void on_reset_event(struct card *c, const struct iso7816_event *ev)
{
	if (ev->generation == c->generation || !is_activated(c))
		return;
	switch (ev->value) {
	case ISO7816_RESET_REASON_RECOVERY:
		lose_card(c, CARD_FAILED, "reset by the reader after an error on the line");
		break;
	case ISO7816_RESET_REASON_POWER_OFF:
		lose_card(c, CARD_FAILED, "powered off by another program");
		break;
	default:
		lose_card(c, CARD_FAILED, "reset by another program");
	}
	loop_timer(c->loop, c->backoff_ms, try_activate, c);
}

static void on_event(struct card *c, const struct iso7816_event *ev)
{
	switch (ev->type) {
	case ISO7816_EVENT_CARD_INSERTED:
		log_line(LOG_INFO, "card: inserted");
		c->backoff_ms = REACTIVATE_MIN_MS;
		loop_timer(c->loop, 0, try_activate, c);
		break;
	case ISO7816_EVENT_CARD_REMOVED:
		loop_timer(c->loop, -1, try_activate, c);
		lose_card(c, CARD_ABSENT, "removed");
		break;
	case ISO7816_EVENT_CARD_RESET:
		on_reset_event(c, ev);
		break;
	case ISO7816_EVENT_PROACTIVE_PENDING:
		if (c->state == CARD_ACTIVE && ev->generation == c->generation)
			cat_proactive_pending(c->cat, ev->value);
		break;
	default:
		break;
	}
}

/* Events were lost when the ring overflowed: the state tells what matters. */
static void resynchronise(struct card *c)
{
	struct iso7816_state st;

	if (iso7816_get_state(c->reader, &st))
		return;
	if (is_activated(c) && st.generation != c->generation) {
		lose_card(c, CARD_FAILED, "reset or exchanged");
		loop_timer(c->loop, 0, try_activate, c);
	} else if (c->state == CARD_ACTIVE && st.proactive_len) {
		cat_proactive_pending(c->cat, st.proactive_len);
	}
}

static void drain_events(struct card *c)
{
	struct iso7816_event ev;
	int ret;

	while (c->reader && !(ret = iso7816_get_event(c->reader, &ev))) {
		if (c->event_seq && ev.seq != c->event_seq + 1)
			resynchronise(c);
		c->event_seq = ev.seq;
		on_event(c, &ev);
	}
}

static void on_reader(void *arg, int fd, uint32_t events)
{
	struct card *c = arg;

	/* the answer first: it was on the line before what the events tell of */
	collect(c);
	drain_events(c);
	check_gateway(c);
	if (events & EPOLLHUP)
		lose_reader(c);
}

static void try_open(void *arg)
{
	struct card *c = arg;
	const char *path = *c->cfg->device ? c->cfg->device : NULL;
	int ret = iso7816_reader_open(path, &c->reader);

	if (!ret) {
		/* edge-triggered: a pending proactive command is a level that may last */
		ret = loop_watch(c->loop, iso7816_reader_fd(c->reader),
				 EPOLLIN | EPOLLPRI | EPOLLET, on_reader, c);
		if (ret) {
			iso7816_reader_close(c->reader);
			c->reader = NULL;
		}
	}
	if (ret) {
		if (c->state != CARD_NO_READER || !*c->error)
			log_line(LOG_ERR, "reader %s: %s; looking for it every %d s",
				 path ? path : "/dev/iso7816-*", iso7816_strerror(ret),
				 REOPEN_MS / 1000);
		snprintf(c->error, sizeof(c->error), "no reader: %s", iso7816_strerror(ret));
		loop_timer(c->loop, REOPEN_MS, try_open, c);
		return;
	}
	log_line(LOG_INFO, "reader %s opened", iso7816_reader_path(c->reader));
	set_state(c, CARD_ABSENT);
	c->event_seq = 0;
	c->backoff_ms = REACTIVATE_MIN_MS;
	try_activate(c);
}

/* ---------------------------------------------------------------------------- interface */

int card_new(struct loop *loop, const struct config *cfg, struct ui *ui,
	     const struct card_listener *listener, struct card **ret)
{
	struct cat_config cc;
	struct card *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->loop = loop;
	c->cfg = cfg;
	c->ui = ui;
	c->listener = *listener;
	c->backoff_ms = REACTIVATE_MIN_MS;
	cat_config_defaults(&cc);
	cc.scws_port = (uint16_t)cfg->scws_port;
	cc.poll_ms = cfg->poll_ms;
	cc.poll_busy_ms = cfg->poll_busy_ms;
	cc.command_timeout_ms = cfg->ui_timeout_s * 1000;
	err = cat_new(&cc, &cat_ops, c, &c->cat);
	if (!err)
		err = loop_timer(loop, 0, try_open, c);
	if (err) {
		cat_free(c->cat);
		free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void card_free(struct card *c)
{
	if (!c)
		return;
	loop_timer(c->loop, -1, try_open, c);
	loop_timer(c->loop, -1, try_activate, c);
	if (c->reader) {
		loop_watch(c->loop, iso7816_reader_fd(c->reader), 0, NULL, NULL);
		if (is_activated(c))
			iso7816_power_off(c->reader);
	}
	card_file_clear(&c->file);
	cat_free(c->cat);
	iso7816_reader_close(c->reader);
	explicit_bzero(c->response, sizeof(c->response));
	free(c);
}

enum card_state card_get_state(const struct card *c)
{
	return c->state;
}

bool card_gateway_ready(const struct card *c)
{
	return c->state == CARD_ACTIVE && cat_scws_ready(c->cat);
}

const char *card_device(const struct card *c)
{
	return c->reader ? iso7816_reader_path(c->reader) : "";
}

const char *card_last_error(const struct card *c)
{
	return c->error;
}

int card_get_reader_state(struct card *c, struct iso7816_state *st)
{
	return c->reader ? iso7816_get_state(c->reader, st) : -ENODEV;
}

int card_get_reader_atr(struct card *c, struct iso7816_atr *atr)
{
	return c->reader ? iso7816_get_atr(c->reader, atr) : -ENODEV;
}

void card_get_cat_stats(const struct card *c, struct cat_stats *stats)
{
	cat_get_stats(c->cat, stats);
}
