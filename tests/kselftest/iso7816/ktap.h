/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Just enough KTAP: a table of tests, one line a result, the exit status that
 * kselftest expects.  A test returns KTAP_PASS, KTAP_FAIL or KTAP_SKIP; CHECK()
 * says what was wrong and returns KTAP_FAIL.
 */
#ifndef KTAP_H
#define KTAP_H

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum ktap_result {
	KTAP_PASS = 0,
	KTAP_FAIL = 1,
	KTAP_SKIP = 4,
};

struct ktap_test {
	const char *name;
	enum ktap_result (*run)(void);
};

/* Fails the test unless @cond; the rest is for printf() */
#define CHECK(cond, ...)							\
	do {									\
		if (!(cond)) {							\
			printf("# %s:%d: %s:", __func__, __LINE__, #cond);	\
			printf(" " __VA_ARGS__);					\
			printf("\n");						\
			return KTAP_FAIL;					\
		}								\
	} while (0)

/* Fails the test unless the integers are equal; shows both */
#define CHECK_EQ(have, want)							\
	do {									\
		long long have_ = (have), want_ = (want);			\
										\
		CHECK(have_ == want_, "%s is %lld, want %lld", #have, have_, want_); \
	} while (0)

/* Passes on a failure of a function that returns a ktap_result */
#define CHECK_PASS(call)							\
	do {									\
		enum ktap_result result_ = (call);				\
										\
		if (result_ != KTAP_PASS)					\
			return result_;						\
	} while (0)

struct ktap_totals {
	size_t run;
	size_t failed;
	size_t skipped;
};

static inline void ktap_begin(size_t plan)
{
	printf("TAP version 13\n1..%zu\n", plan);
}

static inline void ktap_report(struct ktap_totals *t, const char *name,
			       enum ktap_result result)
{
	printf("%sok %zu - %s%s\n", result == KTAP_FAIL ? "not " : "", ++t->run, name,
	       result == KTAP_SKIP ? " # SKIP" : "");
	fflush(stdout);
	t->failed += result == KTAP_FAIL;
	t->skipped += result == KTAP_SKIP;
}

/* Exit status of the program */
static inline int ktap_end(const struct ktap_totals *t)
{
	if (t->failed)
		return KTAP_FAIL;
	return t->skipped == t->run ? KTAP_SKIP : KTAP_PASS;
}

/* The way out of a test of ktap_run() from inside a helper, which skips it; in guest.c */
extern jmp_buf ktap_skip;
extern bool ktap_running;

static inline int ktap_run(const struct ktap_test *tests, size_t n)
{
	struct ktap_totals totals = { 0 };
	volatile size_t i;

	ktap_begin(n);
	ktap_running = true;
	for (i = 0; i < n; i++) {
		if (setjmp(ktap_skip))
			ktap_report(&totals, tests[i].name, KTAP_SKIP);
		else
			ktap_report(&totals, tests[i].name, tests[i].run());
	}
	return ktap_end(&totals);
}

#define KTAP_MAIN(tests)							\
	int main(void)								\
	{									\
		return ktap_run(tests, sizeof(tests) / sizeof((tests)[0]));	\
	}

#endif /* KTAP_H */
