// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each call says in each state of reader and card; a case a state and call.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

static const uint8_t STATUS[] = { 0x80, 0xf2, 0, 0x0c, 0 };

static int fd = -1;

static int call_xfer(void)
{
	int sw = sw_of(fd, "80F2000C00");

	return sw < 0 ? sw : 0;
}

static int call_stale_xfer(void)
{
	uint8_t resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)STATUS,
		.command_len = sizeof(STATUS),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
		.generation = state_of(fd).generation - 1,
	};

	return reader_ioctl(fd, ISO7816_IOC_XFER, &x);
}

static int call_long_xfer(void)
{
	static uint8_t cmd[ISO7816_COMMAND_MAX + 1];
	uint8_t resp[16];
	uint32_t len = sizeof(resp);

	return xfer_bytes(fd, cmd, sizeof(cmd), resp, &len, 0);
}

static int call_write(void)
{
	uint8_t resp[16];

	if (write(fd, STATUS, sizeof(STATUS)) < 0)
		return -errno;
	return read(fd, resp, sizeof(resp)) == 2 ? 0 : -EIO;
}

static int call_read(void)
{
	uint8_t resp[16];
	ssize_t n = read(fd, resp, sizeof(resp));

	return n < 0 ? -errno : (int)n;
}

static int call_short_write(void)
{
	return write(fd, STATUS, 3) < 0 ? -errno : 0;
}

static int call_power_off(void)
{
	return reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL);
}

static int call_power_on(void)
{
	return power_on(fd, NULL);
}

static int call_reset(void)
{
	struct iso7816_reset reset = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_RESET, &reset);
}

static int call_get_info(void)
{
	struct iso7816_info info;

	return reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info);
}

static int call_get_state(void)
{
	struct iso7816_state state;

	return reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);
}

static int call_get_atr(void)
{
	struct iso7816_atr atr;

	return reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr);
}

static int call_get_stats(void)
{
	struct iso7816_stats stats;

	return reader_ioctl(fd, ISO7816_IOC_GET_STATS, &stats);
}

/* With nothing left in the ring */
static int call_get_event(void)
{
	struct iso7816_event event;

	forget_events(fd);
	return reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event);
}

static int call_set_poll(void)
{
	struct iso7816_poll poll = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll);
}

static int call_set_mask(void)
{
	struct iso7816_event_mask mask = { .mask = ISO7816_EVENT_MASK_ALL };

	return reader_ioctl(fd, ISO7816_IOC_SET_EVENT_MASK, &mask);
}

static int call_lock(void)
{
	return lock_reader(fd, 0);
}

static int call_unlock(void)
{
	return reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL);
}

static int call_cancel(void)
{
	return reader_ioctl(fd, ISO7816_IOC_CANCEL, NULL);
}

enum state {
	NO_CARD,
	UNPOWERED,
	ACTIVE,
	GONE,
	STATES,
};

static const char *const state_names[STATES] = {
	"no card", "card unpowered", "card active", "reader gone",
};

/* In an order in which no call spoils the state for the next */
static const struct {
	const char *name;
	int (*call)(void);
	int ret[STATES];
} calls[] = {
	{ "GET_INFO",	call_get_info,	  { 0, 0, 0, -ENODEV } },
	{ "GET_STATE",	call_get_state,	  { 0, 0, 0, -ENODEV } },
	{ "GET_STATS",	call_get_stats,	  { 0, 0, 0, -ENODEV } },
	{ "GET_ATR",	call_get_atr,	  { -ENOMEDIUM, -ENOTCONN, 0, -ENODEV } },
	{ "XFER",	call_xfer,	  { -ENOMEDIUM, -ENOTCONN, 0, -ENODEV } },
	{ "XFER, stale", call_stale_xfer, { -ENOMEDIUM, -ENOTCONN, -ESTALE, -ENODEV } },
	{ "XFER, too long", call_long_xfer, { -EMSGSIZE, -EMSGSIZE, -EMSGSIZE, -EMSGSIZE } },
	{ "write",	call_write,	  { -ENOMEDIUM, -ENOTCONN, 0, -ENODEV } },
	{ "write, too short", call_short_write, { -EINVAL, -EINVAL, -EINVAL, -ENODEV } },
	{ "read",	call_read,	  { 0, 0, 0, -ENODEV } },
	{ "RESET",	call_reset,	  { -ENOMEDIUM, -ENOTCONN, 0, -ENODEV } },
	{ "LOCK",	call_lock,	  { 0, 0, 0, -ENODEV } },
	{ "UNLOCK",	call_unlock,	  { 0, 0, 0, -ENODEV } },
	{ "CANCEL",	call_cancel,	  { -ENOENT, -ENOENT, -ENOENT, -ENODEV } },
	{ "SET_POLL",	call_set_poll,	  { 0, 0, 0, -ENODEV } },
	{ "SET_EVENT_MASK", call_set_mask, { 0, 0, 0, -ENODEV } },
	{ "GET_EVENT",	call_get_event,	  { -EAGAIN, -EAGAIN, -EAGAIN, -ENODEV } },
	{ "POWER_OFF",	call_power_off,	  { -ENOMEDIUM, 0, 0, -ENODEV } },
	{ "POWER_ON",	call_power_on,	  { -ENOMEDIUM, 0, 0, -ENODEV } },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static enum ktap_result enter(enum state state)
{
	if (fd < 0)
		fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	switch (state) {
	case NO_CARD:
		CHECK_PASS(fresh_card(fd));
		CHECK_EQ(card("remove"), 0);
		while (card_state(fd) != ISO7816_STATE_ABSENT)
			sleep_ms(5);
		break;
	case UNPOWERED:
		return fresh_card(fd);
	case ACTIVE:
		return active_card(fd);
	default:
		CHECK_PASS(active_card(fd));
		CHECK_EQ(reader_unbind(), 0);
		CHECK(poll_for(fd, POLLHUP, PATIENCE_MS) & POLLHUP, "no POLLHUP");
		break;
	}
	return KTAP_PASS;
}

static enum ktap_result call(size_t i, enum state state)
{
	int ret = calls[i].call();

	CHECK(ret == calls[i].ret[state], "%s, want %s", strerror(-ret),
	      strerror(-calls[i].ret[state]));
	return KTAP_PASS;
}

/* For those who come after us */
static enum ktap_result back(void)
{
	close(fd);
	fd = -1;
	CHECK_EQ(reader_bind(), 0);
	return enter(ACTIVE);
}

int main(void)
{
	struct ktap_totals totals = { 0 };
	char name[80];
	unsigned int state;
	size_t i;

	if (!reader_sees_presence()) {
		printf("1..0 # SKIP the states cannot all be had\n");
		return KTAP_SKIP;
	}
	ktap_begin(STATES * (1 + COUNT(calls)) + 1);
	for (state = 0; state < STATES; state++) {
		ktap_report(&totals, state_names[state], enter(state));
		for (i = 0; i < COUNT(calls); i++) {
			snprintf(name, sizeof(name), "%s: %s: %s", state_names[state],
				 calls[i].name, calls[i].ret[state] ?
				 strerrorname_np(-calls[i].ret[state]) : "works");
			ktap_report(&totals, name, call(i, state));
		}
	}
	ktap_report(&totals, "a new reader", back());
	return ktap_end(&totals);
}
