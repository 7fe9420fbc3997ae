// SPDX-License-Identifier: BSD-3-Clause
/*
 * The event loop: epoll for file descriptors, a small array of deadlines for timers.
 */
#include "agent/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_WAIT	16

struct watch {
	loop_fd_fn fn;
	void *arg;
	/* Tells an event for an earlier owner of the same fd from one for this owner */
	uint32_t serial;
};

struct timer {
	loop_timer_fn fn;
	void *arg;
	int64_t deadline;
};

struct loop {
	int epfd;
	struct watch *watches;		/* indexed by fd */
	size_t n_watches;
	struct timer *timers;
	size_t n_timers, room_timers;
	uint32_t serial;
	bool quit;
	int result;
};

int64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int loop_new(struct loop **ret)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd < 0) {
		int err = -errno;

		free(l);
		return err;
	}
	*ret = l;
	return 0;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	close(l->epfd);
	free(l->watches);
	free(l->timers);
	free(l);
}

static int room_for_fd(struct loop *l, int fd)
{
	size_t want = (size_t)fd + 1;
	struct watch *w;

	if (want <= l->n_watches)
		return 0;
	if (want < l->n_watches * 2)
		want = l->n_watches * 2;
	w = reallocarray(l->watches, want, sizeof(*w));
	if (!w)
		return -ENOMEM;
	memset(w + l->n_watches, 0, (want - l->n_watches) * sizeof(*w));
	l->watches = w;
	l->n_watches = want;
	return 0;
}

int loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn fn, void *arg)
{
	struct epoll_event ev = { .events = events };
	int ret;

	if (fd < 0)
		return -EBADF;
	if (!events) {
		if ((size_t)fd < l->n_watches)
			memset(&l->watches[fd], 0, sizeof(l->watches[fd]));
		if (epoll_ctl(l->epfd, EPOLL_CTL_DEL, fd, NULL) && errno != ENOENT)
			return -errno;
		return 0;
	}
	ret = room_for_fd(l, fd);
	if (ret)
		return ret;
	ev.data.u64 = (uint64_t)++l->serial << 32 | (uint32_t)fd;
	if (epoll_ctl(l->epfd, EPOLL_CTL_MOD, fd, &ev) &&
	    (errno != ENOENT || epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &ev)))
		return -errno;
	l->watches[fd] = (struct watch){ fn, arg, l->serial };
	return 0;
}

int loop_timer(struct loop *l, int64_t ms, loop_timer_fn fn, void *arg)
{
	struct timer *t;
	size_t i;

	for (i = 0; i < l->n_timers; i++)
		if (l->timers[i].fn == fn && l->timers[i].arg == arg)
			break;
	if (ms < 0) {
		if (i < l->n_timers)
			l->timers[i] = l->timers[--l->n_timers];
		return 0;
	}
	if (i == l->room_timers) {
		size_t room = l->room_timers ? l->room_timers * 2 : 16;

		t = reallocarray(l->timers, room, sizeof(*t));
		if (!t)
			return -ENOMEM;
		l->timers = t;
		l->room_timers = room;
	}
	if (i == l->n_timers)
		l->n_timers++;
	l->timers[i] = (struct timer){ fn, arg, loop_now() + ms };
	return 0;
}

static int wait_ms(const struct loop *l)
{
	int64_t next = INT64_MAX, now;

	for (size_t i = 0; i < l->n_timers; i++)
		if (l->timers[i].deadline < next)
			next = l->timers[i].deadline;
	if (next == INT64_MAX)
		return -1;
	now = loop_now();
	if (next <= now)
		return 0;
	return next - now > INT32_MAX ? INT32_MAX : (int)(next - now);
}

/* One at a time: a callback may set or cancel any timer. */
static void run_timers(struct loop *l)
{
	int64_t now = loop_now();
	size_t budget = l->n_timers;

	while (budget-- && !l->quit) {
		struct timer due;
		size_t best = l->n_timers;

		for (size_t i = 0; i < l->n_timers; i++)
			if (l->timers[i].deadline <= now &&
			    (best == l->n_timers ||
			     l->timers[i].deadline < l->timers[best].deadline))
				best = i;
		if (best == l->n_timers)
			return;
		due = l->timers[best];
		l->timers[best] = l->timers[--l->n_timers];
		due.fn(due.arg);
	}
}

static void dispatch(struct loop *l, const struct epoll_event *ev)
{
	int fd = (int)(uint32_t)ev->data.u64;
	struct watch w;

	if ((size_t)fd >= l->n_watches)
		return;
	w = l->watches[fd];
	if (!w.fn || w.serial != ev->data.u64 >> 32)
		return;
	w.fn(w.arg, fd, ev->events);
}

int loop_run(struct loop *l)
{
	struct epoll_event ev[EVENTS_PER_WAIT];

	l->quit = false;
	while (!l->quit) {
		int n = epoll_wait(l->epfd, ev, EVENTS_PER_WAIT, wait_ms(l));

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !l->quit; i++)
			dispatch(l, &ev[i]);
		if (!l->quit)
			run_timers(l);
	}
	return l->result;
}

void loop_quit(struct loop *l, int result)
{
	l->quit = true;
	l->result = result;
}
