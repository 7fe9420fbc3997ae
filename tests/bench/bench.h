/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the measurements share: figures that one process gives to another, time and memory.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_FIGURES	16

struct figure {
	char name[64], unit[16];
	double value;
	double target;			/* 0 = none; else the value has to be below it */
};

struct figures {
	unsigned int n;
	bool failed;
	char why[160];
	struct figure list[BENCH_FIGURES];
};

struct bench {
	const char *folder;		/* where the databases go: on a disk */
	bool quick;			/* a few rounds, to see that it works */
};

void bench_add(struct figures *f, const char *name, double value, const char *unit, double target);
__attribute__((format(printf, 2, 3)))
void bench_fail(struct figures *f, const char *fmt, ...);

double bench_cpu_ms(void);		/* of this process, user and system */
double bench_wall_ms(void);
double bench_rss_kib(void);
double bench_private_kib(void);		/* without pages of files, as those of libraries */
/* From now on the peak is counted; false where the kernel cannot. */
bool bench_peak_begin(void);
double bench_peak_kib(void);

/* The measurements; each in a process of its own. */
void bench_message_xml(const struct bench *b, struct figures *f);
void bench_message_wbxml(const struct bench *b, struct figures *f);
void bench_large_object(const struct bench *b, struct figures *f);
void bench_sessions(const struct bench *b, struct figures *f);

/* server.c: the card's DM server on a TCP port of the loopback; the id of its process, or -1. */
int bench_server_start(const struct bench *b, unsigned int *port);
void bench_server_stop(int pid);

#endif /* BENCH_BENCH_H */
