// SPDX-License-Identifier: BSD-3-Clause
/*
 * CANCEL: each call that can wait is let go, nobody else is, and the card is in order
 * afterwards.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
/* T=1, 372/4, IFSC 254 */
#define ATR_T1		"3BFD13000081" "31FE158073C021C057597562694B657940"
/* How long a call that is let go may take to return, on a slow machine (ms) */
#define AT_ONCE_MS	700

static const uint8_t STATUS_BYTES[] = { 0x80, 0xf2, 0, 0x0c, 0 };

static int fd = -1, other = -1;

static int cancel(int file)
{
	return reader_ioctl(file, ISO7816_IOC_CANCEL, NULL);
}

static enum ktap_result begin(void)
{
	if (fd < 0)
		fd = reader_open(0);
	if (other < 0)
		other = reader_open(O_NONBLOCK);
	CHECK(fd >= 0 && other >= 0, "open: %d, %d", fd, other);
	return active_card(fd);
}

/* A blocking call in a thread of its own */
struct waiter {
	int (*call)(int file);
	int fd;
	pthread_t thread;
	int ret;
	uint64_t done_ms;
};

static void *waiter_thread(void *arg)
{
	struct waiter *w = arg;

	w->ret = w->call(w->fd);
	w->done_ms = now_ms();
	return NULL;
}

static enum ktap_result waiter_begin(struct waiter *w, int (*call)(int file), int file)
{
	w->call = call;
	w->fd = file;
	CHECK_EQ(pthread_create(&w->thread, NULL, waiter_thread, w), 0);
	sleep_ms(100);
	return KTAP_PASS;
}

/* CANCEL by @file; the waiter has to be back at once */
static enum ktap_result waiter_cancel(struct waiter *w, int file)
{
	uint64_t start = now_ms();

	CHECK_EQ(cancel(file), 0);
	pthread_join(w->thread, NULL);
	CHECK_EQ(w->ret, -ECANCELED);
	CHECK(w->done_ms - start < AT_ONCE_MS, "%llu ms",
	      (unsigned long long)(w->done_ms - start));
	return KTAP_PASS;
}

static int call_xfer(int file)
{
	return sw_of(file, STATUS);
}

static int call_write(int file)
{
	return write(file, STATUS_BYTES, sizeof(STATUS_BYTES)) < 0 ? -errno : 0;
}

static int call_lock(int file)
{
	return lock_reader(file, 60000);
}

static int call_reset(int file)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };

	return reader_ioctl(file, ISO7816_IOC_RESET, &reset);
}

static enum ktap_result nothing(void)
{
	struct slow_xfer slow = { 0 };

	CHECK_PASS(begin());
	CHECK_EQ(cancel(fd), -ENOENT);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(cancel(fd), -ENOENT);
	/* the command of another file is none of ours */
	CHECK_PASS(slow_begin(&slow, fd, 800));
	CHECK_EQ(cancel(other), -ENOENT);
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(sw_of(other, STATUS), 0x9000);
	return KTAP_PASS;
}

/* The caller is back at once; the command goes on to its bound */
static enum ktap_result under_way(void)
{
	struct iso7816_stats before;
	struct slow_xfer slow = { 0 };
	uint64_t start;

	CHECK_PASS(begin());
	before = stats_of(fd);
	CHECK_PASS(slow_begin(&slow, fd, 2000));
	start = now_ms();
	CHECK_EQ(cancel(fd), 0);
	CHECK_EQ(slow_end(&slow), -ECANCELED);
	CHECK(now_ms() - start < AT_ONCE_MS, "%llu ms", (unsigned long long)(now_ms() - start));
	CHECK_EQ(cancel(fd), -ENOENT);
	CHECK_EQ(stats_of(fd).canceled, before.canceled + 1);
	/* waits for the end of it, and of the reset that it needs */
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK(now_ms() - start >= 1000, "%llu ms", (unsigned long long)(now_ms() - start));
	return KTAP_PASS;
}

/* A call that waits for its turn; and the one before it is not touched */
static enum ktap_result waiting(int (*call)(int file))
{
	struct slow_xfer slow = { 0 };
	struct waiter waiter = { 0 };
	int third = reader_open(0);

	CHECK(third >= 0, "open: %d", third);
	CHECK_PASS(begin());
	CHECK_PASS(slow_begin(&slow, fd, 2000));
	CHECK_PASS(waiter_begin(&waiter, call, third));
	CHECK_PASS(waiter_cancel(&waiter, third));
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(sw_of(third, STATUS), 0x9000);
	CHECK_EQ(state_of(fd).lock_owner, 0);
	close(third);
	return KTAP_PASS;
}

static enum ktap_result queued_xfer(void)
{
	return waiting(call_xfer);
}

static enum ktap_result blocking_write(void)
{
	return waiting(call_write);
}

static enum ktap_result queued_reset(void)
{
	return waiting(call_reset);
}

static enum ktap_result lock(void)
{
	struct waiter waiter = { 0 };

	CHECK_PASS(waiting(call_lock));
	/* and one that waits for an owner, not for a command */
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_PASS(waiter_begin(&waiter, call_lock, other));
	CHECK_PASS(waiter_cancel(&waiter, other));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL), 0);
	sleep_ms(50);
	CHECK_EQ(state_of(fd).lock_owner, 0);
	return KTAP_PASS;
}

/* A write that nobody waits for: POLLERR, and read() says why, once */
static enum ktap_result write_ends(void)
{
	uint8_t resp[16];

	CHECK_EQ(cancel(other), 0);
	CHECK(poll_for(other, POLLERR, AT_ONCE_MS) & POLLERR, "no POLLERR");
	CHECK(read(other, resp, sizeof(resp)) < 0 && errno == ECANCELED, "read: %d", errno);
	CHECK_EQ(read(other, resp, sizeof(resp)), 0);
	CHECK_EQ(cancel(other), -ENOENT);
	return KTAP_PASS;
}

static enum ktap_result queued_write(void)
{
	struct slow_xfer slow = { 0 };

	CHECK_PASS(begin());
	CHECK_PASS(slow_begin(&slow, fd, 1500));
	CHECK_EQ(write(other, STATUS_BYTES, sizeof(STATUS_BYTES)), sizeof(STATUS_BYTES));
	CHECK_PASS(write_ends());
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	return KTAP_PASS;
}

static enum ktap_result write_under_way(void)
{
	uint8_t resp[16];

	CHECK_PASS(begin());
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(write(other, STATUS_BYTES, sizeof(STATUS_BYTES)), sizeof(STATUS_BYTES));
	sleep_ms(100);
	CHECK_PASS(write_ends());
	CHECK_EQ(card("mute off"), 0);
	/* its answer, if there is one, is not taken for that of the next */
	CHECK_EQ(write(other, "\x80\xee\x00\x00\x02\x12\x34\x00", 8), 8);
	CHECK(poll_for(other, POLLIN, PATIENCE_MS) & POLLIN, "no POLLIN");
	CHECK_EQ(read(other, resp, sizeof(resp)), 4);
	CHECK(!memcmp(resp, "\x12\x34\x90\x00", 4), "another answer");
	return KTAP_PASS;
}

/* A file that is closed takes its commands along: those that have not begun */
static enum ktap_result closed(void)
{
	struct slow_xfer slow = { 0 };
	int third = reader_open(O_NONBLOCK);
	uint64_t commands;

	CHECK_PASS(begin());
	CHECK_PASS(slow_begin(&slow, fd, 1000));
	commands = stats_of(fd).commands;
	CHECK_EQ(write(third, STATUS_BYTES, sizeof(STATUS_BYTES)), sizeof(STATUS_BYTES));
	close(third);
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(stats_of(fd).commands, commands + 1);
	return KTAP_PASS;
}

/* 20 000 bytes to the card and back, at some 3 kB/s */
static int call_long(int file)
{
	static uint8_t cmd[7 + 20000 + 2] = { 0x80, 0xee, 0, 0, 0, 20000 >> 8, 20000 & 0xff };
	static uint8_t resp[20002];
	uint32_t len = sizeof(resp);

	return xfer_bytes(file, cmd, sizeof(cmd), resp, &len, 0);
}

/* T=1 has a word for it: the chain is given up, by S(ABORT request), without a reset */
static enum ktap_result chain(void)
{
	struct iso7816_stats before, after;
	struct waiter waiter = { 0 };
	uint32_t generation;
	uint64_t start;

	CHECK_PASS(begin());
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr " ATR_T1), 0);
	CHECK_EQ(power_on(fd, &generation), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	before = stats_of(fd);
	CHECK_PASS(waiter_begin(&waiter, call_long, fd));
	start = now_ms();
	CHECK_PASS(waiter_cancel(&waiter, fd));
	CHECK_EQ(sw_of(other, STATUS), 0x9000);
	CHECK(now_ms() - start < 3000, "%llu ms", (unsigned long long)(now_ms() - start));
	after = stats_of(fd);
	CHECK_EQ(after.aborts, before.aborts + 1);
	CHECK_EQ(after.recoveries, before.recoveries);
	CHECK_EQ(state_of(fd).generation, generation);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "nothing to cancel is ENOENT", nothing },
	{ "XFER under way", under_way },
	{ "XFER that waits for its turn", queued_xfer },
	{ "RESET that waits for its turn", queued_reset },
	{ "blocking write", blocking_write },
	{ "write without blocking that waits for its turn", queued_write },
	{ "write without blocking under way", write_under_way },
	{ "LOCK that waits", lock },
	{ "close withdraws what has not begun", closed },
	{ "T=1: the chain is aborted, no reset", chain },
};

KTAP_MAIN(tests)
