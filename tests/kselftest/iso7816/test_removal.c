// SPDX-License-Identifier: BSD-3-Clause
/*
 * Card and reader pulled: at rest, at every byte of a command, and the reader
 * unbound while files are open.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
#define ECHO		"80EE0000 04 01020304 00"

static int fd = -1;

static enum ktap_result at_rest(void)
{
	struct iso7816_event event;
	struct iso7816_atr atr;

	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("remove"), 0);
	CHECK(poll_for(fd, POLLPRI, PATIENCE_MS) & POLLPRI, "no POLLPRI");
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, &event), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	CHECK_EQ(sw_of(fd, STATUS), -ENOMEDIUM);
	CHECK_EQ(power_on(fd, NULL), -ENOMEDIUM);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), -ENOMEDIUM);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), -ENOMEDIUM);
	CHECK_EQ(poll_for(fd, POLLHUP | POLLOUT, 50), 0);
	return KTAP_PASS;
}

static enum ktap_result back_again(void)
{
	struct iso7816_event event;
	uint32_t generation;

	CHECK_EQ(card("insert"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_INSERTED, &event), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(power_on(fd, &generation), 0);
	CHECK(generation > event.generation, "generation %u", generation);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

/* The ECHO above is 5 + 4 bytes of ours, and 5 of GET RESPONSE */
static enum ktap_result at_every_byte(void)
{
	unsigned int n;

	for (n = 1; n <= 14; n++) {
		CHECK_PASS(active_card(fd));
		CHECK_EQ(card("remove-after %u", n), 0);
		CHECK_EQ(sw_of(fd, ECHO), -ENOMEDIUM);
		CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	}
	return active_card(fd);
}

static enum ktap_result during_reset(void)
{
	int i;

	for (i = 0; i < 5; i++) {
		int ret;

		CHECK_PASS(fresh_card(fd));
		CHECK_EQ(card("mute on"), 0);
		CHECK_EQ(card("remove"), 0);
		ret = power_on(fd, NULL);
		CHECK(ret == -ENOMEDIUM || ret == -ETIMEDOUT, "%d", ret);
	}
	return active_card(fd);
}

/* A swap that no command was there to notice */
static enum ktap_result swapped(void)
{
	uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 }, resp[16];
	struct iso7816_state state = { 0 };
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = sizeof(cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
	};

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_PASS(active_card(fd));
	x.generation = state.generation;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -ESTALE);
	return KTAP_PASS;
}

/* ---------------------------------------------------------- the reader */

static void *lasting_command(void *arg)
{
	*(int *)arg = sw_of(fd, STATUS);
	return NULL;
}

/* Unbound at rest and while the card is silent in a command */
static enum ktap_result unbind(bool busy)
{
	struct iso7816_state state;
	uint8_t resp[16];
	pthread_t thread;
	int result = 0, other;

	CHECK_PASS(active_card(fd));
	if (busy) {
		CHECK_EQ(card("mute on"), 0);
		CHECK_EQ(pthread_create(&thread, NULL, lasting_command, &result), 0);
		sleep_ms(200);
	}
	CHECK_EQ(reader_unbind(), 0);
	if (busy) {
		pthread_join(thread, NULL);
		CHECK_EQ(result, -ENODEV);
	}
	CHECK(poll_for(fd, POLLHUP, 1000) & POLLHUP, "no POLLHUP");
	CHECK_EQ(event_of(fd, ISO7816_EVENT_READER_GONE, NULL), 0);
	CHECK_EQ(sw_of(fd, STATUS), -ENODEV);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), -ENODEV);
	CHECK(write(fd, "\x80\xf2\x00\x0c\x00", 5) < 0 && errno == ENODEV, "write");
	CHECK(read(fd, resp, sizeof(resp)) < 0 && errno == ENODEV, "read");
	CHECK(open("/dev/iso7816-0", O_RDWR) < 0, "the old node is still there");

	CHECK_EQ(reader_bind(), 0);
	other = open("/dev/iso7816-0", O_RDWR);
	if (other < 0)	/* the old reader keeps its number while it is open */
		other = open("/dev/iso7816-1", O_RDWR);
	CHECK(other >= 0, "no new reader");
	CHECK_PASS(active_card(other));
	CHECK_EQ(sw_of(other, STATUS), 0x9000);
	CHECK_EQ(sw_of(fd, STATUS), -ENODEV);
	close(fd);
	close(other);

	/* for those who come after us: number 0 is free again */
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(reader_bind(), 0);
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	return active_card(fd);
}

static enum ktap_result unbind_at_rest(void)
{
	return unbind(false);
}

static enum ktap_result unbind_in_command(void)
{
	return unbind(true);
}

static const struct ktap_test tests[] = {
	{ "card pulled at rest", at_rest },
	{ "card put in again, file still open", back_again },
	{ "card pulled at every byte", at_every_byte },
	{ "card pulled during the reset", during_reset },
	{ "another card has another generation", swapped },
	{ "reader unbound at rest", unbind_at_rest },
	{ "reader unbound in a command", unbind_in_command },
};

KTAP_MAIN(tests)
