/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event loop of the agent: file descriptors and one-shot timers, one thread.
 */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdint.h>

struct loop;

typedef void (*loop_fd_fn)(void *arg, int fd, uint32_t events);
typedef void (*loop_timer_fn)(void *arg);

int loop_new(struct loop **ret);
void loop_free(struct loop *l);

/*
 * Calls fn when fd has one of the EPOLL* events; replaces an earlier registration of fd.
 * events = 0 forgets fd (before it is closed).  Safe from within callbacks.  0 or -errno.
 */
int loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn fn, void *arg);

/*
 * One-shot timer identified by (fn, arg): expires in ms milliseconds, -1 cancels it.
 * 0 or -errno.
 */
int loop_timer(struct loop *l, int64_t ms, loop_timer_fn fn, void *arg);

/* Runs until loop_quit(); returns what was given to it, or -errno. */
int loop_run(struct loop *l);
void loop_quit(struct loop *l, int result);

/* CLOCK_MONOTONIC in milliseconds */
int64_t loop_now(void);

#endif /* AGENT_LOOP_H */
