// SPDX-License-Identifier: BSD-3-Clause
/*
 * A card that falls silent: bounded waits, recovery by a warm reset, errors told
 * once, interrupted callers.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"

static int fd = -1;

/* The card may be heard again by the time that the reader resets it */
static void *heal_later(void *arg)
{
	sleep_ms(*(unsigned int *)arg);
	card("mute off");
	return NULL;
}

/* Mute for a whole waiting time, then well: the reset brings it back */
static enum ktap_result recovery(void)
{
	struct iso7816_event event;
	struct iso7816_state before = { 0 }, after = { 0 };
	unsigned int heal_ms = 500;
	pthread_t thread;
	uint64_t begin;

	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &before), 0);
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(pthread_create(&thread, NULL, heal_later, &heal_ms), 0);
	begin = now_ms();
	CHECK_EQ(sw_of(fd, STATUS), -ETIMEDOUT);
	/* WT is 1 s at WI = 10, and 9600 bit/s */
	CHECK(now_ms() - begin >= 900, "%llu ms", (unsigned long long)(now_ms() - begin));
	CHECK(now_ms() - begin < 5000, "%llu ms", (unsigned long long)(now_ms() - begin));
	pthread_join(thread, NULL);

	CHECK_EQ(event_of(fd, ISO7816_EVENT_ERROR, &event), 0);
	CHECK_EQ(event.value, ETIMEDOUT);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_RECOVERY);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &after), 0);
	CHECK_EQ(after.state, ISO7816_STATE_ACTIVE);
	CHECK(after.generation != before.generation, "same generation");
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

/* Mute for good: failed, but not for ever */
static enum ktap_result dead_card(void)
{
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(sw_of(fd, STATUS), -ETIMEDOUT);
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	CHECK_EQ(sw_of(fd, STATUS), -ENOTCONN);
	CHECK_EQ(card("mute off"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result short_cap(void)
{
	uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 }, resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = sizeof(cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
		.timeout_ms = 100,
	};
	uint64_t begin;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("mute on"), 0);
	begin = now_ms();
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -ETIMEDOUT);
	CHECK(now_ms() - begin < 900, "%llu ms", (unsigned long long)(now_ms() - begin));
	return active_card(fd);
}

/* A queued write fails: POLLERR, told once by read() */
static enum ktap_result told_once(void)
{
	int other = reader_open(O_NONBLOCK);
	uint8_t resp[16];

	CHECK(other >= 0, "open: %d", other);
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(write(other, "\x80\xf2\x00\x0c\x00", 5), 5);
	CHECK(read(other, resp, sizeof(resp)) < 0 && errno == EAGAIN, "not yet");
	CHECK(poll_for(other, POLLERR, PATIENCE_MS) & POLLERR, "no POLLERR");
	CHECK(read(other, resp, sizeof(resp)) < 0 && errno == ETIMEDOUT, "read: %d", errno);
	CHECK_EQ(poll_for(other, POLLERR, 50), 0);
	CHECK_EQ(read(other, resp, sizeof(resp)), 0);
	close(other);
	return active_card(fd);
}

/* Protocol broken: a reset of the reader's own, and all is well again */
static enum ktap_result broken(const char *fault, const char *command)
{
	struct iso7816_event event;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("fault %s", fault), 0);
	CHECK_EQ(sw_of(fd, command), -EPROTO);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_RECOVERY);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

#define ECHO		"80EE0000 03 010203 00"

/* In the command, of 8 bytes, and in the GET RESPONSE after it */
static enum ktap_result wrong_procedure_byte(void)
{
	CHECK_PASS(broken("bad-procedure@1", ECHO));
	return broken("bad-procedure@9", ECHO);
}

/* NULLs buy time, but not more than the caller has */
static enum ktap_result endless_nulls(void)
{
	uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 }, resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = sizeof(cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
		.timeout_ms = 3000,
	};
	uint64_t begin;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("fault null-storm@1"), 0);
	begin = now_ms();
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -ETIMEDOUT);
	/* longer than a waiting time, or the NULLs bought nothing */
	CHECK(now_ms() - begin >= 2900, "%llu ms", (unsigned long long)(now_ms() - begin));
	CHECK(now_ms() - begin < 5000, "%llu ms", (unsigned long long)(now_ms() - begin));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* A signal: the caller is let go, the card's command comes to its own end */
static enum ktap_result interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	unsigned int heal_ms = 500;
	pthread_t thread;
	uint64_t begin;
	sigset_t set;

	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	CHECK_EQ(card("mute on"), 0);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	CHECK_EQ(pthread_create(&thread, NULL, heal_later, &heal_ms), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	ualarm(100000, 0);
	begin = now_ms();
	CHECK_EQ(sw_of(fd, STATUS), -EINTR);
	CHECK_EQ(alarms, 1);
	CHECK(now_ms() - begin < 900, "%llu ms", (unsigned long long)(now_ms() - begin));
	pthread_join(thread, NULL);
	/* comes after the end of the lost one and the reset that it needed */
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "a mute card is reset", recovery },
	{ "a dead card is ENOTCONN until it is powered on", dead_card },
	{ "the caller's own limit", short_cap },
	{ "an error of a queued write is told once", told_once },
	{ "a wrong procedure byte is EPROTO, and the card is reset", wrong_procedure_byte },
	{ "endless NULLs end", endless_nulls },
	{ "a signal ends the wait, not the command", interrupted },
};

KTAP_MAIN(tests)
