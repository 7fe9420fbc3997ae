// SPDX-License-Identifier: BSD-3-Clause
/*
 * LOCK and UNLOCK: who has the reader, who has to wait and for how long, and what
 * releases it: the owner, its close, its death.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
static const uint8_t STATUS_BYTES[] = { 0x80, 0xf2, 0, 0x0c, 0 };

static int fd = -1, other = -1;

static int unlock_reader(int file)
{
	return reader_ioctl(file, ISO7816_IOC_UNLOCK, NULL);
}

/* LOCK in a thread of its own */
struct waiter {
	int fd;
	uint32_t timeout_ms;
	pthread_t thread;
	int ret;
	uint64_t took_ms;
	uint64_t done_ms;
};

static void *wait_for_lock(void *arg)
{
	struct waiter *w = arg;
	uint64_t start = now_ms();

	w->ret = lock_reader(w->fd, w->timeout_ms);
	w->done_ms = now_ms();
	w->took_ms = w->done_ms - start;
	return NULL;
}

static enum ktap_result waiter_begin(struct waiter *w, int file, uint32_t timeout_ms)
{
	w->fd = file;
	w->timeout_ms = timeout_ms;
	CHECK_EQ(pthread_create(&w->thread, NULL, wait_for_lock, w), 0);
	sleep_ms(100);
	return KTAP_PASS;
}

static int waiter_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->ret;
}

/* Two files, an active card, nobody has the lock */
static enum ktap_result begin(void)
{
	if (fd < 0)
		fd = reader_open(0);
	if (other < 0)
		other = reader_open(O_NONBLOCK);
	CHECK(fd >= 0 && other >= 0, "open: %d, %d", fd, other);
	unlock_reader(fd);
	unlock_reader(other);
	CHECK_PASS(active_card(fd));
	forget_events(other);
	return KTAP_PASS;
}

static enum ktap_result unlocked(void)
{
	struct iso7816_info info = { 0 };

	CHECK_PASS(begin());
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK(info.features & ISO7816_FEATURE_LOCK, "no lock");
	CHECK_EQ(state_of(fd).lock_owner, 0);
	CHECK_EQ(unlock_reader(fd), -ENOLCK);
	return KTAP_PASS;
}

static enum ktap_result owner_is_known(void)
{
	struct iso7816_lock lock = { 0 };
	struct iso7816_event event;

	CHECK_PASS(begin());
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_LOCK, &lock), 0);
	CHECK_EQ(lock.generation, state_of(fd).generation);
	CHECK_EQ(state_of(fd).lock_owner, getpid());
	CHECK_EQ(state_of(other).lock_owner, getpid());
	CHECK_EQ(event_of(other, ISO7816_EVENT_LOCK_CHANGED, &event), 0);
	CHECK_EQ(event.value, getpid());
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(state_of(other).lock_owner, 0);
	CHECK_EQ(event_of(other, ISO7816_EVENT_LOCK_CHANGED, &event), 0);
	CHECK_EQ(event.value, 0);
	return KTAP_PASS;
}

static enum ktap_result twice(void)
{
	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_EQ(lock_reader(fd, 0), -EALREADY);
	CHECK_EQ(lock_reader(fd, 1000), -EALREADY);
	CHECK_EQ(unlock_reader(other), -ENOLCK);
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(unlock_reader(fd), -ENOLCK);
	return KTAP_PASS;
}

static enum ktap_result others_are_out(void)
{
	struct iso7816_reset reset = { 0 };
	struct iso7816_poll poll = { 0 };
	int blocking = reader_open(0);

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_EQ(sw_of(other, STATUS), -EBUSY);
	CHECK_EQ(power_on(other, NULL), -EBUSY);
	CHECK_EQ(reader_ioctl(other, ISO7816_IOC_RESET, &reset), -EBUSY);
	CHECK_EQ(reader_ioctl(other, ISO7816_IOC_POWER_OFF, NULL), -EBUSY);
	CHECK(write(other, STATUS_BYTES, 5) < 0 && errno == EBUSY, "write without blocking");
	CHECK(write(blocking, STATUS_BYTES, 5) < 0 && errno == EBUSY, "write");
	/* what does not touch the card is no business of the lock */
	CHECK_EQ(card_state(other), ISO7816_STATE_ACTIVE);
	CHECK_EQ(reader_ioctl(other, ISO7816_IOC_SET_POLL, &poll), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(write(fd, STATUS_BYTES, 5), 5);
	close(blocking);
	CHECK_EQ(read(fd, &reset, sizeof(reset)), 2);
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(sw_of(other, STATUS), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result pollout(void)
{
	CHECK_PASS(begin());
	CHECK_EQ(poll_for(other, POLLOUT, 100) & POLLOUT, POLLOUT);
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_EQ(poll_for(other, POLLOUT, 100) & POLLOUT, 0);
	CHECK_EQ(poll_for(fd, POLLOUT, 100) & POLLOUT, POLLOUT);
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(poll_for(other, POLLOUT, 100) & POLLOUT, POLLOUT);
	return KTAP_PASS;
}

static enum ktap_result bounded(void)
{
	uint64_t start;

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	start = now_ms();
	CHECK_EQ(lock_reader(other, 0), -EBUSY);
	CHECK(now_ms() - start < 200, "%llu ms", (unsigned long long)(now_ms() - start));
	start = now_ms();
	CHECK_EQ(lock_reader(other, 300), -EBUSY);
	CHECK(now_ms() - start >= 290, "%llu ms", (unsigned long long)(now_ms() - start));
	CHECK(now_ms() - start < 2000, "%llu ms", (unsigned long long)(now_ms() - start));
	/* who has given up does not get it later */
	CHECK_EQ(unlock_reader(fd), 0);
	sleep_ms(50);
	CHECK_EQ(state_of(fd).lock_owner, 0);
	return KTAP_PASS;
}

static enum ktap_result first_come(void)
{
	struct waiter first = { 0 }, second = { 0 };
	int third = reader_open(0);

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_PASS(waiter_begin(&first, third, PATIENCE_MS));
	CHECK_PASS(waiter_begin(&second, other, PATIENCE_MS));
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(waiter_end(&first), 0);
	CHECK_EQ(sw_of(fd, STATUS), -EBUSY);
	sleep_ms(100);
	CHECK_EQ(unlock_reader(third), 0);
	CHECK_EQ(waiter_end(&second), 0);
	CHECK(second.done_ms >= first.done_ms + 90, "both had it");
	CHECK_EQ(unlock_reader(other), 0);
	close(third);
	return KTAP_PASS;
}

static enum ktap_result close_releases(void)
{
	struct waiter waiter = { 0 };
	int third = reader_open(0);

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(third, 0), 0);
	CHECK_PASS(waiter_begin(&waiter, fd, PATIENCE_MS));
	close(third);
	CHECK_EQ(waiter_end(&waiter), 0);
	CHECK_EQ(unlock_reader(fd), 0);
	return KTAP_PASS;
}

/* A process that locks the reader and then only waits to be killed */
static pid_t locking_process(void)
{
	int ready[2], file;
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		file = reader_open(0);
		if (lock_reader(file, 0) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static enum ktap_result death_releases(void)
{
	struct waiter waiter = { 0 };
	pid_t pid;

	CHECK_PASS(begin());
	pid = locking_process();
	CHECK(pid > 0, "no process");
	CHECK_EQ(state_of(fd).lock_owner, pid);
	CHECK_EQ(sw_of(fd, STATUS), -EBUSY);
	CHECK_PASS(waiter_begin(&waiter, fd, PATIENCE_MS));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_EQ(waiter_end(&waiter), 0);
	CHECK_EQ(state_of(fd).lock_owner, getpid());
	CHECK_EQ(unlock_reader(fd), 0);
	return KTAP_PASS;
}

/* LOCK returns when nothing of others is under way */
static enum ktap_result waits_for_commands(void)
{
	struct slow_xfer slow = { 0 };
	uint64_t start;

	CHECK_PASS(begin());
	CHECK_PASS(slow_begin(&slow, other, 1000));
	CHECK_EQ(lock_reader(fd, 0), -EBUSY);
	start = now_ms();
	CHECK_EQ(lock_reader(fd, PATIENCE_MS), 0);
	CHECK(now_ms() - start >= 500, "%llu ms", (unsigned long long)(now_ms() - start));
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(unlock_reader(fd), 0);
	return KTAP_PASS;
}

static void *late_command(void *arg)
{
	*(int *)arg = sw_of(other, STATUS);
	return NULL;
}

/* A command that came after a LOCK which had to wait */
static enum ktap_result too_late(void)
{
	struct slow_xfer slow = { 0 };
	struct waiter waiter = { 0 };
	int third = reader_open(0), result = 0;
	pthread_t thread;

	CHECK_PASS(begin());
	CHECK_PASS(slow_begin(&slow, third, 1000));
	CHECK_PASS(waiter_begin(&waiter, fd, PATIENCE_MS));
	CHECK_EQ(pthread_create(&thread, NULL, late_command, &result), 0);
	CHECK_EQ(waiter_end(&waiter), 0);
	pthread_join(thread, NULL);
	CHECK_EQ(result, -EBUSY);
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK_EQ(unlock_reader(fd), 0);
	close(third);
	return KTAP_PASS;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static enum ktap_result interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	uint64_t start;

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(other, 0), 0);
	sigaction(SIGALRM, &sa, NULL);
	ualarm(100000, 0);
	start = now_ms();
	CHECK_EQ(lock_reader(fd, PATIENCE_MS), -EINTR);
	CHECK(now_ms() - start < 2000, "%llu ms", (unsigned long long)(now_ms() - start));
	CHECK_EQ(unlock_reader(other), 0);
	return KTAP_PASS;
}

/* The lock is of the reader, not of the card */
static enum ktap_result outlives_the_card(void)
{
	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_PASS(active_card(fd));
	CHECK_EQ(state_of(fd).lock_owner, getpid());
	CHECK_EQ(sw_of(other, STATUS), -EBUSY);
	/* and can be had without a card */
	CHECK_EQ(unlock_reader(fd), 0);
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	CHECK_EQ(lock_reader(other, 0), 0);
	CHECK_EQ(unlock_reader(other), 0);
	return begin();
}

/* Reader gone: so is the lock, and who waits for it hears of it */
static enum ktap_result reader_gone(void)
{
	struct waiter waiter = { 0 };

	CHECK_PASS(begin());
	CHECK_EQ(lock_reader(fd, 0), 0);
	CHECK_PASS(waiter_begin(&waiter, other, PATIENCE_MS));
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(waiter_end(&waiter), -ENODEV);
	CHECK_EQ(lock_reader(other, 0), -ENODEV);
	CHECK_EQ(unlock_reader(fd), -ENODEV);
	CHECK_EQ(event_of(other, ISO7816_EVENT_LOCK_CHANGED, NULL), 0);
	CHECK_EQ(event_of(other, ISO7816_EVENT_READER_GONE, NULL), 0);
	close(fd);
	close(other);
	CHECK_EQ(reader_bind(), 0);
	fd = -1;
	other = -1;
	return begin();
}

static const struct ktap_test tests[] = {
	{ "a reader is not locked", unlocked },
	{ "the owner is in the state and in LOCK_CHANGED", owner_is_known },
	{ "LOCK and UNLOCK twice", twice },
	{ "XFER, write, RESET, POWER_ON, POWER_OFF of others are EBUSY", others_are_out },
	{ "POLLOUT of others goes and comes back", pollout },
	{ "LOCK waits no longer than its timeout", bounded },
	{ "who waits longest gets it", first_come },
	{ "close releases it", close_releases },
	{ "death of the owner releases it", death_releases },
	{ "LOCK waits for a command under way", waits_for_commands },
	{ "a command behind a LOCK is EBUSY", too_late },
	{ "a signal ends the wait: EINTR", interrupted },
	{ "it outlives the card", outlives_the_card },
	{ "it ends with the reader", reader_gone },
};

KTAP_MAIN(tests)
