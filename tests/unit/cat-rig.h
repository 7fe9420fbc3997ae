/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A card, a clock and an event loop for the tests of the CAT engine: the test plays
 * the card APDU by APDU, time only passes when it says so, sockets are real.
 */
#ifndef TESTS_CAT_RIG_H
#define TESTS_CAT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cat/internal.h"

#define RIG_TIMERS	64
#define RIG_WATCHES	32
#define PROFILE_WITH_ALL	"801000001221C1E900010C0003010000" "1FE00000001C01"

struct rig_timer {
	cat_timer_fn fn;
	void *arg;
	int64_t at;
};

struct rig_watch {
	int fd;
	uint32_t events;
	cat_fd_fn fn;
	void *arg;
};

struct rig {
	struct cat *cat;
	int64_t now;
	struct rig_timer timers[RIG_TIMERS];
	struct rig_watch watches[RIG_WATCHES];
	uint8_t apdu[300];
	size_t apdu_len;
	bool waiting;		/* an APDU waits for the card's answer */
	int submit_err;		/* what submit() is to fail with */
	int watch_err;
	int timer_fails;	/* counts down with each timer set; the one at 1 fails */
	unsigned int submits;
	unsigned int poll_ms;
	int poll_err;
	char text[1100];
	struct cat_text last_text;
	int answer_within;	/* enum cat_answer given from within show_text(), -1 = none */
	unsigned int shown, hidden, resets;
	bool reset_within;
	char log[256];
	char all_logs[65536];
};

static struct rig rig;

/* ---- ops ---- */

static int rig_submit(void *ctx, const uint8_t *apdu, size_t len)
{
	rig.submits++;
	if (rig.submit_err)
		return rig.submit_err;
	assert_false(rig.cat->outstanding);	/* one APDU at a time */
	if (rig.waiting)
		return -EBUSY;	/* with one of before a reset */
	assert_in_range(len, 4, sizeof(rig.apdu));
	memcpy(rig.apdu, apdu, len);
	rig.apdu_len = len;
	rig.waiting = true;
	return 0;
}

static int rig_watch(void *ctx, int fd, uint32_t events, cat_fd_fn fn, void *arg)
{
	struct rig_watch *w, *free_slot = NULL;

	if (rig.watch_err && events)
		return rig.watch_err;
	for (w = rig.watches; w < rig.watches + RIG_WATCHES; w++) {
		if (w->fn && w->fd == fd)
			break;
		if (!w->fn && !free_slot)
			free_slot = w;
	}
	if (w == rig.watches + RIG_WATCHES)
		w = free_slot;
	assert_non_null(w);
	*w = (struct rig_watch){ .fd = fd, .events = events, .fn = events ? fn : NULL, .arg = arg };
	return 0;
}

static int rig_timer(void *ctx, int64_t ms, cat_timer_fn fn, void *arg)
{
	struct rig_timer *t, *free_slot = NULL;

	for (t = rig.timers; t < rig.timers + RIG_TIMERS; t++) {
		if (t->fn == fn && t->arg == arg)
			break;
		if (!t->fn && !free_slot)
			free_slot = t;
	}
	if (t == rig.timers + RIG_TIMERS)
		t = free_slot;
	assert_non_null(t);
	*t = (struct rig_timer){ 0 };
	if (ms >= 0 && rig.timer_fails && !--rig.timer_fails)
		return -ENOMEM;
	if (ms >= 0)
		*t = (struct rig_timer){ .fn = fn, .arg = arg, .at = rig.now + ms };
	return 0;
}

static int rig_set_poll(void *ctx, unsigned int ms)
{
	if (rig.poll_err)
		return rig.poll_err;
	rig.poll_ms = ms;
	return 0;
}

static void rig_show_text(void *ctx, const struct cat_text *text)
{
	rig.shown++;
	rig.last_text = *text;
	snprintf(rig.text, sizeof(rig.text), "%s", text->text);
	if (rig.answer_within >= 0)
		cat_text_answer(rig.cat, (enum cat_answer)rig.answer_within);
}

static void rig_hide_text(void *ctx)
{
	rig.hidden++;
}

static void rig_reset_card(void *ctx)
{
	rig.resets++;
	if (rig.reset_within)
		cat_card_reset(rig.cat);
}

static void rig_log(void *ctx, int level, const char *line)
{
	size_t used = strlen(rig.all_logs);

	snprintf(rig.log, sizeof(rig.log), "%s", line);
	snprintf(rig.all_logs + used, sizeof(rig.all_logs) - used, "%s\n", line);
}

static int64_t rig_now(void)
{
	return rig.now;
}

/* ---- bytes ---- */

static inline size_t unhex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	int digit, high = -1;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		digit = *hex <= '9' ? *hex - '0' : (*hex | 0x20) - 'a' + 10;
		assert_in_range(digit, 0, 15);
		if (high < 0) {
			high = digit;
			continue;
		}
		assert_true(n < room);
		out[n++] = (uint8_t)(high << 4 | digit);
		high = -1;
	}
	assert_int_equal(high, -1);
	return n;
}

static inline const char *to_hex(const uint8_t *p, size_t len)
{
	static char buf[1024];
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < len && i * 2 + 3 < sizeof(buf); i++)
		sprintf(buf + i * 2, "%02X", p[i]);
	return buf;
}

/* ---- the card ---- */

/* The APDU that is with the card, as hex without spaces */
static inline void expect_apdu(const char *hex)
{
	uint8_t want[300];
	size_t len = unhex(hex, want, sizeof(want));
	char want_hex[1024];

	snprintf(want_hex, sizeof(want_hex), "%s", to_hex(want, len));
	assert_true(rig.waiting);
	assert_string_equal(to_hex(rig.apdu, rig.apdu_len), want_hex);
}

static inline void answer_bytes(const uint8_t *resp, size_t len)
{
	/* a heap copy of the exact size: one byte over-read is seen */
	uint8_t *copy = malloc(len);

	assert_non_null(copy);
	assert_true(rig.waiting);
	memcpy(copy, resp, len);
	rig.waiting = false;
	cat_response(rig.cat, copy, len, 0);
	free(copy);
}

static inline void answer(const char *hex)
{
	uint8_t resp[300];

	answer_bytes(resp, unhex(hex, resp, sizeof(resp)));
}

static inline void answer_error(int err)
{
	assert_true(rig.waiting);
	rig.waiting = false;
	cat_response(rig.cat, NULL, 0, err);
}

static inline void exchange(const char *want, const char *resp)
{
	expect_apdu(want);
	answer(resp);
}

static inline void assert_idle(void)
{
	assert_false(rig.waiting);
	assert_int_equal(rig.cat->state, CAT_IDLE);
}

/* Answers the APDU under way with 91xx, takes the FETCH and answers it with the command. */
static inline void deliver_command(const char *hex)
{
	uint8_t cmd[300];
	size_t len = unhex(hex, cmd, sizeof(cmd) - 2);
	char text[64];

	if (rig.waiting) {
		snprintf(text, sizeof(text), "91%02X", (unsigned int)(len & 0xff));
		answer(text);
	} else {
		cat_proactive_pending(rig.cat, (unsigned int)len);
	}
	snprintf(text, sizeof(text), "80120000%02X", (unsigned int)(len & 0xff));
	expect_apdu(text);
	cmd[len] = 0x90;
	cmd[len + 1] = 0x00;
	answer_bytes(cmd, len + 2);
}

/* The TERMINAL RESPONSE that is with the card, body as hex */
static inline void expect_response(const char *body)
{
	uint8_t b[255];
	size_t len = unhex(body, b, sizeof(b));
	char apdu[1100];

	snprintf(apdu, sizeof(apdu), "80140000%02X%s", (unsigned int)len, to_hex(b, len));
	expect_apdu(apdu);
}

/* One whole command out of idle: command, response body, 9000. */
static inline void command(const char *cmd, const char *response)
{
	deliver_command(cmd);
	expect_response(response);
	answer("9000");
}

/* ---- time and sockets ---- */

static inline bool run_due_timer(void)
{
	struct rig_timer *t, *first = NULL;
	struct rig_timer due;

	for (t = rig.timers; t < rig.timers + RIG_TIMERS; t++) {
		if (t->fn && t->at <= rig.now && (!first || t->at < first->at))
			first = t;
	}
	if (!first)
		return false;
	due = *first;
	*first = (struct rig_timer){ 0 };
	due.fn(due.arg);
	return true;
}

static inline void run_due(void)
{
	while (run_due_timer())
		;
}

static inline void advance(int64_t ms)
{
	int64_t end = rig.now + ms, next;
	struct rig_timer *t;

	for (;;) {
		run_due();
		next = end;
		for (t = rig.timers; t < rig.timers + RIG_TIMERS; t++) {
			if (t->fn && t->at < next)
				next = t->at;
		}
		if (next >= end && rig.now == end)
			return;
		rig.now = next;
	}
}

static inline unsigned int timers_armed(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < RIG_TIMERS; i++)
		n += rig.timers[i].fn != NULL;
	return n;
}

static inline unsigned int watches_armed(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < RIG_WATCHES; i++)
		n += rig.watches[i].fn != NULL;
	return n;
}

/* One round of the event loop, waiting up to ms for a socket; false: none was ready. */
static inline bool pump_once(int ms)
{
	struct pollfd p[RIG_WATCHES];
	unsigned int i;
	bool any = false;

	for (i = 0; i < RIG_WATCHES; i++) {
		p[i].fd = rig.watches[i].fn ? rig.watches[i].fd : -1;
		p[i].events = (short)(rig.watches[i].events & (EPOLLIN | EPOLLOUT));
	}
	if (poll(p, RIG_WATCHES, ms) <= 0)
		return false;
	for (i = 0; i < RIG_WATCHES; i++) {
		struct rig_watch w = rig.watches[i];

		if (p[i].fd < 0 || !p[i].revents || w.fn == NULL || w.fd != p[i].fd)
			continue;
		w.fn(w.arg, w.fd, (uint32_t)p[i].revents);
		any = true;
	}
	return any;
}

/* Runs the event loop until an APDU is with the card; fails if none comes. */
static inline void pump_until_apdu(void)
{
	int rounds = 1000;

	while (!rig.waiting && rounds-- && pump_once(1000))
		;
	assert_true(rig.waiting);
}

/* Runs what is ready on loopback; for the cases in which nothing is to come of it. */
static inline void pump_quiet(void)
{
	int rounds = 100;

	while (rounds-- && pump_once(20))
		;
}

static inline struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A socket bound to a port of the system's choice; listening if it is a stream. */
static inline int bound_socket(int type, uint16_t *port)
{
	struct sockaddr_in sa = loopback(0);
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static inline uint16_t free_port(void)
{
	uint16_t port;
	int fd = bound_socket(SOCK_STREAM, &port);

	close(fd);
	return port;
}

static inline int connect_client(uint16_t port)
{
	struct sockaddr_in sa = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* Exactly len bytes must come, within a second each */
static inline void expect_bytes(int fd, const void *want, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t got[4096];
	size_t n = 0;
	ssize_t r;

	assert_true(len <= sizeof(got));
	while (n < len) {
		assert_int_equal(poll(&p, 1, 1000), 1);
		r = recv(fd, got + n, len - n, 0);
		assert_true(r > 0);
		n += (size_t)r;
	}
	assert_memory_equal(got, want, len);
}

static inline void expect_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_int_equal(recv(fd, &c, 1, 0), 0);
}

/* ---- life ---- */

static inline struct cat_ops rig_ops(void)
{
	return (struct cat_ops){
		.submit = rig_submit,
		.watch = rig_watch,
		.timer = rig_timer,
		.set_poll = rig_set_poll,
		.show_text = rig_show_text,
		.hide_text = rig_hide_text,
		.reset_card = rig_reset_card,
		.log = rig_log,
	};
}

static inline void rig_new(const struct cat_config *cfg, const struct cat_ops *ops)
{
	memset(&rig, 0, sizeof(rig));
	rig.answer_within = -1;
	rig.now = 1000000;
	assert_int_equal(cat_new(cfg, ops, NULL, &rig.cat), 0);
	rig.cat->now = rig_now;
}

static inline int setup(void **state)
{
	struct cat_ops ops = rig_ops();
	struct cat_config cfg;

	cat_config_defaults(&cfg);
	rig_new(&cfg, &ops);
	return 0;
}

/* As above, and the card is there and has nothing to say */
static inline int setup_idle(void **state)
{
	setup(state);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();
	return 0;
}

static inline int teardown(void **state)
{
	cat_free(rig.cat);
	rig.cat = NULL;
	/* nothing of the engine is left with the event loop */
	if (timers_armed() || watches_armed())
		return -1;
	return 0;
}

#define EVENTS_BOTH "D00D81030105008202818299" "02090A"
#define EVENTS_BOTH_OK "810301050082028281830100"

#endif /* TESTS_CAT_RIG_H */
