/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unplugging under load: what the processes that use the reader (stress-load.c) and
 * the one that takes card and reader away (test_stress.c, stress-way.c) share.
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STRESS_WORKERS	32

/**
 * struct worker - one process of the load
 * @pid: the process
 * @load: what it does
 * @since_ms: when the call under way began, 0 = none is
 * @call: its name
 * @calls: calls so far
 * @longest_ms: the longest of them
 * @longest: its name
 * @gone: files whose reader went
 * @gone_longest_ms: how long after that a call found out, at most
 * @seed: of its random numbers
 * @complaint: what was not as documented, "" = nothing
 */
struct worker {
	pid_t pid;
	const char *load;
	_Atomic uint64_t since_ms;
	const char *_Atomic call;
	_Atomic uint64_t calls;
	_Atomic uint64_t longest_ms;
	const char *_Atomic longest;
	_Atomic uint64_t gone;
	_Atomic uint64_t gone_longest_ms;
	unsigned int seed;
	char complaint[320];
};

/**
 * struct stress - the memory that all processes share
 * @stop: the load shall end
 * @reader: N of iso7816-N, -1 = there is none now
 * @gone_ms: when the newest reader that went began to go
 * @worker: the processes
 */
struct stress {
	atomic_bool stop;
	atomic_int reader;
	_Atomic uint64_t gone_ms;
	struct worker worker[STRESS_WORKERS];
};

extern struct stress *stress;

/* The load of process number @n; returns when it shall stop, or has to complain. */
void stress_load(unsigned int n);

/* Names of the loads, one process each; more processes begin again with the first */
extern const char *const stress_loads[];
extern const unsigned int stress_n_loads;

/**
 * struct stress_way - something that can be taken away and put back
 * @name: of the way
 * @what: what a cycle is
 * @reader_goes: the reader goes, not only its card
 * @cycles: as many in a run of every day
 * @begin: makes ready; number of the reader, -ENOENT if there is nothing to take
 *	away here, or another negative errno
 * @pull: takes it away
 * @push: puts it back; number of the reader
 * @end: may be NULL
 */
struct stress_way {
	const char *name;
	const char *what;
	bool reader_goes;
	unsigned int cycles;
	int (*begin)(void);
	int (*pull)(void);
	int (*push)(void);
	void (*end)(void);
};

extern const struct stress_way stress_ways[];
extern const unsigned int stress_n_ways;

/* Opens iso7816-@reader; a negative errno on failure */
int stress_open(int reader, int flags);

#endif /* STRESS_H */
