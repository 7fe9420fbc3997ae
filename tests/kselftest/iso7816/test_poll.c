// SPDX-License-Identifier: BSD-3-Clause
/*
 * poll(2) and proactive commands: 91xx is a level, FETCH or a reset ends it, and
 * STATUS on an idle line brings it to light.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

/* MORE TIME and another command, as a card would have them */
#define MORE_TIME	"D009810301020082028182"
#define MORE_TIME_LEN	11
#define FETCH		"801200000B"
#define STATUS		"80F2000C00"

static int fd = -1;

static uint32_t pending(void)
{
	struct iso7816_state state = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state) ? 9999 : state.proactive_len;
}

/* Fetches the pending command and says that it was done. */
static enum ktap_result fetch_and_respond(void)
{
	char hex[64];
	uint8_t resp[300];
	uint32_t len = sizeof(resp), at;
	int sw;

	snprintf(hex, sizeof(hex), "80120000 %02x", pending() & 0xff);
	CHECK_EQ(xfer(fd, hex, resp, &len), 0);
	/* D0, a length of one byte or two, then the command details */
	at = resp[1] == 0x81 ? 3 : 2;
	CHECK(len >= at + 7, "FETCH: %u bytes", len);
	snprintf(hex, sizeof(hex), "80140000 0C 8103%02x%02x%02x 02028281 030100",
		 resp[at + 2], resp[at + 3], resp[at + 4]);
	sw = sw_of(fd, hex);
	CHECK(sw >> 8 == 0x90 || sw >> 8 == 0x91, "TERMINAL RESPONSE: %04x", sw);
	return KTAP_PASS;
}

/* A card that has said all it wants to say of its own accord */
static enum ktap_result quiet_card(void)
{
	int sw, i;

	CHECK_PASS(active_card(fd));
	sw = sw_of(fd, "80100000 08 FFFFFFFF7F000000");
	CHECK(sw >> 8 == 0x90 || sw >> 8 == 0x91, "TERMINAL PROFILE: %04x", sw);
	for (i = 0; pending() && i < 20; i++)
		CHECK_PASS(fetch_and_respond());
	CHECK_EQ(pending(), 0);
	forget_events(fd);
	return KTAP_PASS;
}

static enum ktap_result quiet(void)
{
	fd = reader_open(O_NONBLOCK);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(quiet_card());
	CHECK_EQ(poll_for(fd, POLLIN | POLLPRI | POLLERR | POLLHUP, 100), 0);
	CHECK_EQ(poll_for(fd, POLLOUT, 100), POLLOUT);
	return KTAP_PASS;
}

static enum ktap_result pending_command(void)
{
	struct iso7816_event event;

	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9100 | MORE_TIME_LEN);
	CHECK_EQ(pending(), MORE_TIME_LEN);
	CHECK(poll_for(fd, POLLPRI, 100) & POLLPRI, "no POLLPRI");
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_PENDING, &event), 0);
	CHECK_EQ(event.value, MORE_TIME_LEN);
	/* a level: with an empty ring, and for other files too */
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event), -EAGAIN);
	CHECK(poll_for(fd, POLLPRI, 100) & POLLPRI, "no POLLPRI without events");
	return KTAP_PASS;
}

static enum ktap_result level_stays(void)
{
	struct iso7816_event event;
	int other = reader_open(0);

	CHECK(other >= 0, "open: %d", other);
	CHECK(poll_for(other, POLLPRI, 100) & POLLPRI, "new file: no POLLPRI");
	close(other);
	CHECK_EQ(sw_of(fd, "00AA000000") >> 12, 6);
	CHECK_EQ(pending(), MORE_TIME_LEN);
	/* the same 91xx again is no news */
	CHECK_EQ(sw_of(fd, STATUS), 0x9100 | MORE_TIME_LEN);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event), -EAGAIN);
	return KTAP_PASS;
}

static enum ktap_result fetched(void)
{
	uint8_t resp[300], want[32];
	uint32_t len = sizeof(resp);

	CHECK_EQ(xfer(fd, FETCH, resp, &len), 0);
	CHECK_EQ(len, MORE_TIME_LEN + 2);
	CHECK_EQ(unhex(MORE_TIME, want, sizeof(want)), MORE_TIME_LEN);
	CHECK(!memcmp(resp, want, MORE_TIME_LEN), "another command");
	CHECK_EQ(pending(), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_NONE, NULL), 0);
	CHECK_EQ(poll_for(fd, POLLPRI, 100) & POLLPRI, 0);
	return quiet_card();
}

static enum ktap_result forgotten_by_reset(void)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };

	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(sw_of(fd, STATUS) >> 8, 0x91);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), 0);
	CHECK_EQ(pending(), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_NONE, NULL), 0);
	return quiet_card();
}

/* Nobody sends a command, and yet the card is heard */
static enum ktap_result status_polling(void)
{
	struct iso7816_poll on = { .interval_ms = 30 }, off = { 0 };
	struct iso7816_state state = { 0 };
	struct iso7816_event event;

	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(poll_for(fd, POLLPRI, 300) & POLLPRI, 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &on), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.poll_ms, 30);
	CHECK(poll_for(fd, POLLPRI, PATIENCE_MS) & POLLPRI, "no POLLPRI");
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_PENDING, &event), 0);
	CHECK_EQ(event.value, MORE_TIME_LEN);
	CHECK_PASS(fetch_and_respond());
	forget_events(fd);

	/* goes on after a command, and after another activation */
	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_PENDING, NULL), 0);
	CHECK_PASS(quiet_card());
	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_PROACTIVE_PENDING, NULL), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &off), 0);
	return quiet_card();
}

static enum ktap_result polling_ends_with_its_file(void)
{
	struct iso7816_poll on = { .interval_ms = 30 };
	struct iso7816_state state = { 0 };
	int other = reader_open(0);

	CHECK(other >= 0, "open: %d", other);
	CHECK_EQ(reader_ioctl(other, ISO7816_IOC_SET_POLL, &on), 0);
	close(other);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.poll_ms, 0);
	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(poll_for(fd, POLLPRI, 300) & POLLPRI, 0);
	return quiet_card();
}

/* More events than the ring holds: the newest stay, the gap shows */
static enum ktap_result full_ring(void)
{
	struct iso7816_state state = { 0 };
	struct iso7816_event event;
	uint64_t last = 0, first = 0;
	int i, n = 0;

	for (i = 0; i < 50; i++) {
		CHECK_EQ(power_on(fd, NULL), 0);
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	}
	while (!reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event)) {
		CHECK(!last || event.seq == last + 1, "gap inside the ring");
		first = first ?: event.seq;
		last = event.seq;
		n++;
	}
	CHECK(n >= 32 && n < 100, "%d events", n);
	CHECK_EQ(last - first + 1, n);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.event_seq, last);
	return KTAP_PASS;
}

/* ------------------------------------------------- each bit, set and cleared */

/* The bits of a file right now */
static int bits_of(int file)
{
	struct pollfd p = { .fd = file, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int write_status(int file)
{
	return write(file, "\x80\xf2\x00\x0c\x00", 5) < 0 ? -errno : 0;
}

static enum ktap_result pollin(void)
{
	uint8_t resp[4];

	CHECK_PASS(active_card(fd));
	CHECK_EQ(bits_of(fd) & POLLIN, 0);
	CHECK_EQ(write_status(fd), 0);
	CHECK(poll_for(fd, POLLIN, PATIENCE_MS) & POLLIN, "an answer");
	CHECK_EQ(read(fd, resp, 1), 1);
	CHECK_EQ(bits_of(fd) & POLLIN, POLLIN);
	CHECK_EQ(read(fd, resp, sizeof(resp)), 1);
	CHECK_EQ(bits_of(fd) & POLLIN, 0);
	return KTAP_PASS;
}

static enum ktap_result pollout_of_the_file(void)
{
	uint8_t resp[4];
	int other = reader_open(O_NONBLOCK);

	CHECK_PASS(active_card(fd));
	CHECK_EQ(bits_of(fd) & POLLOUT, POLLOUT);
	/* a command under way is none of another file's business */
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(write_status(fd), 0);
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	CHECK_EQ(bits_of(other) & POLLOUT, POLLOUT);
	CHECK(poll_for(fd, POLLERR, PATIENCE_MS) & POLLERR, "a mute card");
	CHECK_PASS(active_card(fd));
	/* an error that nobody took hinders no command, an answer does */
	CHECK_EQ(bits_of(fd) & POLLOUT, POLLOUT);
	CHECK_EQ(write_status(fd), 0);
	CHECK(poll_for(fd, POLLIN, PATIENCE_MS) & POLLIN, "an answer");
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	CHECK_EQ(read(fd, resp, sizeof(resp)), 2);
	CHECK_EQ(bits_of(fd) & POLLOUT, POLLOUT);
	close(other);
	return KTAP_PASS;
}

static enum ktap_result pollout_in_xfer(void)
{
	struct slow_xfer slow = { 0 };

	CHECK_PASS(active_card(fd));
	CHECK_PASS(slow_begin(&slow, fd, 500));
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(bits_of(fd) & POLLOUT, POLLOUT);
	return KTAP_PASS;
}

static enum ktap_result pollout_of_the_card(void)
{
	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(bits_of(fd) & POLLOUT, POLLOUT);
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	return active_card(fd);
}

static enum ktap_result pollerr(void)
{
	uint8_t resp[4];

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(bits_of(fd) & POLLERR, 0);
	CHECK_EQ(write_status(fd), 0);
	CHECK(poll_for(fd, POLLERR, PATIENCE_MS) & POLLERR, "no error");
	CHECK(read(fd, resp, sizeof(resp)) < 0 && errno == ENOTCONN, "read: %d", errno);
	CHECK_EQ(bits_of(fd) & POLLERR, 0);
	/* or the next command clears it */
	CHECK_EQ(write_status(fd), 0);
	CHECK(poll_for(fd, POLLERR, PATIENCE_MS) & POLLERR, "no error");
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(write_status(fd), 0);
	CHECK_EQ(bits_of(fd) & POLLERR, 0);
	CHECK(poll_for(fd, POLLIN, PATIENCE_MS) & POLLIN, "an answer");
	CHECK_EQ(read(fd, resp, sizeof(resp)), 2);
	return KTAP_PASS;
}

/* The card goes: an event, not the end.  The reader goes: the end. */
static enum ktap_result pollhup(void)
{
	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("remove"), 0);
	CHECK(poll_for(fd, POLLPRI, PATIENCE_MS) & POLLPRI, "no POLLPRI");
	CHECK_EQ(bits_of(fd) & POLLHUP, 0);
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(bits_of(fd) & POLLHUP, POLLHUP);
	CHECK_EQ(bits_of(fd) & POLLOUT, 0);
	/* READER_GONE waits to be taken; the end stays */
	CHECK_EQ(bits_of(fd) & POLLPRI, POLLPRI);
	forget_events(fd);
	CHECK_EQ(bits_of(fd) & (POLLPRI | POLLHUP), POLLHUP);
	close(fd);
	CHECK_EQ(reader_bind(), 0);
	fd = reader_open(O_NONBLOCK);
	CHECK(fd >= 0, "open: %d", fd);
	return active_card(fd);
}

static const struct ktap_test tests[] = {
	{ "an active card is POLLOUT and nothing else", quiet },
	{ "91xx is POLLPRI", pending_command },
	{ "pending is a level", level_stays },
	{ "FETCH ends it", fetched },
	{ "a reset ends it", forgotten_by_reset },
	{ "STATUS polling", status_polling },
	{ "polling ends with its file", polling_ends_with_its_file },
	{ "a full ring loses its oldest events", full_ring },
	{ "POLLIN: until the answer is read to its end", pollin },
	{ "POLLOUT: no command under way, no answer unread", pollout_of_the_file },
	{ "POLLOUT: not in XFER", pollout_in_xfer },
	{ "POLLOUT: only with an active card", pollout_of_the_card },
	{ "POLLERR: until read, or the next command", pollerr },
	{ "POLLHUP: the reader is gone, not the card", pollhup },
};

KTAP_MAIN(tests)
