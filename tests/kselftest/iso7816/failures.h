/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call is made again and again, with its first allocation or copy from or to user
 * space failing, then the second, until it gets through without. Each failure has to
 * be reported as one, and the next try has to work. Needs fail-nth of the kernel
 * (CONFIG_FAULT_INJECTION); leaks are looked for afterwards, by kmemleak.
 */
#ifndef FAILURES_H
#define FAILURES_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FAIL_PAGE	"/sys/kernel/debug/fail_page_alloc/"
#define STATUS		"80F2000C00"
/* No call has so many; one that never gets through has to end */
#define NTH_MAX		2000

/* The reader, and /proc/self/fail-nth */
static int fd = -1;
static int fail_nth = -1;

static inline int arm(unsigned int nth)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fail_nth, text, len, 0) == len ? 0 : -errno;
}

/* Was the fault met? The copy of the answer may be what it hits, if not. */
static inline bool disarm(void)
{
	char left[12] = "";
	bool met = pread(fail_nth, left, sizeof(left) - 1, 0) > 0 && atoi(left) == 0;

	arm(0);
	return met;
}

/**
 * struct operation - a call that is made again and again
 * @name: for the reader of the results
 * @prepare: before each try, without faults; may be NULL
 * @run: the call: 0 or a negative errno
 * @mend: after each try, without faults: the reader is usable again; may be NULL
 * @slow: a command to the card only after the last try: there are hundreds of them
 */
struct operation {
	const char *name;
	int (*prepare)(void);
	int (*run)(void);
	int (*mend)(void);
	bool slow;
};

static inline bool is_honest(int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT || ret == -ENOBUFS;
}

static inline enum ktap_result usable(void)
{
	int ret = sw_of(fd, STATUS);

	if (ret == -ENOTCONN) {
		CHECK_EQ(power_on(fd, NULL), 0);
		ret = sw_of(fd, STATUS);
	}
	CHECK_EQ(ret, 0x9000);
	return KTAP_PASS;
}

static inline enum ktap_result walk(const struct operation *op)
{
	unsigned int nth, reported = 0;
	bool met = true;
	int ret;

	for (nth = 1; met && nth < NTH_MAX; nth++) {
		ret = op->prepare ? op->prepare() : 0;
		CHECK(!ret, "%s, fault %u: prepare: %d", op->name, nth, ret);
		ret = arm(nth);
		CHECK(!ret, "fail-nth: %d", ret);
		ret = op->run();
		met = disarm();
		CHECK(is_honest(ret), "%s, fault %u: %d (%s)", op->name, nth, ret, strerror(-ret));
		CHECK(met || !ret, "%s fails without a fault: %d", op->name, ret);
		reported += met && ret;
		ret = op->mend ? op->mend() : 0;
		CHECK(!ret, "%s, fault %u: afterwards: %d", op->name, nth, ret);
		if (!op->slow || !met)
			CHECK_PASS(usable());
	}
	CHECK(!met, "%s does not get through", op->name);
	printf("# %s: %u faults, %u reported\n", op->name, nth - 2, reported);
	CHECK(reported > 0, "%s has nothing that can fail", op->name);
	return KTAP_PASS;
}

static inline bool set_up_failures(void)
{
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0 || file_put(FAILSLAB "ignore-gfp-wait", "N") ||
	    file_put(FAIL_PAGE "ignore-gfp-wait", "N") || file_put(FAIL_PAGE "min-order", "0"))
		return false;
	/* a backtrace for each of some hundred faults would bury all else */
	file_put(FAILSLAB "verbose", "0");
	file_put(FAIL_PAGE "verbose", "0");
	file_put("/sys/kernel/debug/fail_usercopy/verbose", "0");
	fd = reader_open(0);
	return fd >= 0 && active_card(fd) == KTAP_PASS;
}

/* The program: its exit status.  @ready: what else has to be there */
static inline int walk_all(const struct operation *ops, size_t n, bool (*ready)(void))
{
	size_t i, failed = 0;

	printf("TAP version 13\n1..%zu\n", n);
	if (!set_up_failures() || !ready()) {
		printf("not ok 1 - no fault injection, or no reader\n");
		return KTAP_FAIL;
	}
	for (i = 0; i < n; i++) {
		enum ktap_result result = walk(&ops[i]);

		printf("%sok %zu - each failure in %s\n", result == KTAP_PASS ? "" : "not ",
		       i + 1, ops[i].name);
		fflush(stdout);
		failed += result != KTAP_PASS;
	}
	return failed ? KTAP_FAIL : KTAP_PASS;
}

#endif /* FAILURES_H */
