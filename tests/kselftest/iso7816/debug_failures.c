// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every allocation and every copy from or to user space fails once: in probe, open
 * and each call. A call is made with its first one failing, then the second, until
 * it gets through without; each failure has to be reported as one, and the next
 * try has to work. Needs fail-nth (CONFIG_FAULT_INJECTION); leaks are looked for
 * afterwards, by kmemleak.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define DRIVER		"/sys/bus/serial/drivers/iso7816-serdev"
#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FAIL_PAGE	"/sys/kernel/debug/fail_page_alloc/"
#define STATUS		"80F2000C00"
/* No call has so many; one that never gets through has to end */
#define NTH_MAX		2000

static int fd = -1;
static int fail_nth = -1;
static char device[64];

static int put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (file < 0)
		return -errno;
	if (write(file, text, strlen(text)) < 0)
		ret = -errno;
	close(file);
	return ret;
}

static int bind(const char *how)
{
	char path[100];

	snprintf(path, sizeof(path), DRIVER "/%s", how);
	return put(path, device);
}

/* ------------------------------------------------------------ the faults */

static int arm(unsigned int nth)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fail_nth, text, len, 0) == len ? 0 : -errno;
}

/* Was the fault met? The copy of the answer may be what it hits, if not. */
static bool disarm(void)
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
 */
struct operation {
	const char *name;
	int (*prepare)(void);
	int (*run)(void);
	int (*mend)(void);
};

static bool is_honest(int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT;
}

static enum ktap_result usable(void)
{
	int ret = sw_of(fd, STATUS);

	if (ret == -ENOTCONN) {
		CHECK_EQ(power_on(fd, NULL), 0);
		ret = sw_of(fd, STATUS);
	}
	CHECK_EQ(ret, 0x9000);
	return KTAP_PASS;
}

static enum ktap_result walk(const struct operation *op)
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
		CHECK_PASS(usable());
	}
	CHECK(!met, "%s does not get through", op->name);
	printf("# %s: %u faults, %u reported\n", op->name, nth - 2, reported);
	CHECK(reported > 0, "%s has nothing that can fail", op->name);
	return KTAP_PASS;
}

/* -------------------------------------------------------------- the calls */

static int run_open(void)
{
	int file = open("/dev/iso7816-0", O_RDWR | O_CLOEXEC);

	if (file < 0)
		return -errno;
	close(file);
	return 0;
}

static int run_info(void)
{
	struct iso7816_info info = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info);
}

static int run_state(void)
{
	struct iso7816_state state = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);
}

static int run_atr(void)
{
	struct iso7816_atr atr = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr);
}

static int run_stats(void)
{
	struct iso7816_stats stats = { 0 };

	return reader_ioctl(fd, ISO7816_IOC_GET_STATS, &stats);
}

static int run_power_on(void)
{
	return power_on(fd, NULL);
}

static int run_power_off(void)
{
	return reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL);
}

static int run_reset(void)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };

	return reader_ioctl(fd, ISO7816_IOC_RESET, &reset);
}

static int run_xfer(void)
{
	int ret = sw_of(fd, STATUS);

	return ret < 0 ? ret : 0;
}

static int run_lock(void)
{
	struct iso7816_lock lock = { .timeout_ms = 100 };

	return reader_ioctl(fd, ISO7816_IOC_LOCK, &lock);
}

/* given, although the answer did not get to user space; or not given */
static int mend_lock(void)
{
	int ret = reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL);

	return ret == -EPERM || ret == -ENOLCK ? 0 : ret;
}

static int run_mask(void)
{
	struct iso7816_event_mask mask = { .mask = ISO7816_EVENT_MASK_ALL };

	return reader_ioctl(fd, ISO7816_IOC_SET_EVENT_MASK, &mask);
}

static int prepare_event(void)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_COLD };

	return reader_ioctl(fd, ISO7816_IOC_RESET, &reset);
}

static int run_event(void)
{
	struct iso7816_event event;

	return reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event);
}

static int run_poll(void)
{
	struct iso7816_poll poll = { .interval_ms = 0 };

	return reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll);
}

static int run_write_read(void)
{
	uint8_t buf[16];

	if (write(fd, "\x80\xf2\x00\x0c\x00", 5) < 0)
		return -errno;
	return read(fd, buf, sizeof(buf)) < 0 ? -errno : 0;
}

/* An answer that was not fetched would keep the next command out */
static int mend_write_read(void)
{
	uint8_t buf[16];

	return read(fd, buf, sizeof(buf)) < 0 ? -errno : 0;
}

static int run_nonblocking(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t buf[16];
	int ret = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (write(fd, "\x80\xf2\x00\x0c\x00", 5) < 0)
		ret = -errno;
	fcntl(fd, F_SETFL, 0);
	if (!ret && (poll(&p, 1, PATIENCE_MS) < 0 || read(fd, buf, sizeof(buf)) < 0))
		ret = -errno;
	return ret;
}

/* ------------------------------------------------------------------ probe */

static bool find_device(void)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;

	while (dir && !device[0] && (entry = readdir(dir)))
		if (entry->d_type == DT_LNK && strcmp(entry->d_name, "module") &&
		    strlen(entry->d_name) < sizeof(device))
			strcpy(device, entry->d_name);
	if (dir)
		closedir(dir);
	return device[0];
}

static bool is_bound(void)
{
	char path[200];

	snprintf(path, sizeof(path), DRIVER "/%s", device);
	return !access(path, F_OK);
}

static int prepare_bind(void)
{
	close(fd);
	fd = -1;
	return is_bound() ? bind("unbind") : 0;
}

static int run_bind(void)
{
	int ret = bind("bind");

	/* a fault in open(2) or write(2) themselves, before the driver is asked */
	return ret == -EAGAIN ? -ENOMEM : ret;
}

static int mend_bind(void)
{
	int ret = is_bound() ? 0 : bind("bind");

	if (ret)
		return ret;
	fd = reader_open(0);
	return fd < 0 ? fd : active_card(fd) == KTAP_PASS ? 0 : -EIO;
}

static const struct operation operations[] = {
	{ "open", NULL, run_open, NULL },
	{ "GET_INFO", NULL, run_info, NULL },
	{ "GET_STATE", NULL, run_state, NULL },
	{ "GET_ATR", NULL, run_atr, NULL },
	{ "GET_STATS", NULL, run_stats, NULL },
	{ "POWER_ON", NULL, run_power_on, NULL },
	{ "POWER_OFF", NULL, run_power_off, NULL },
	{ "RESET", NULL, run_reset, NULL },
	{ "XFER", NULL, run_xfer, NULL },
	{ "LOCK", NULL, run_lock, mend_lock },
	{ "SET_EVENT_MASK", NULL, run_mask, NULL },
	{ "GET_EVENT", prepare_event, run_event, NULL },
	{ "SET_POLL", NULL, run_poll, NULL },
	{ "write and read", NULL, run_write_read, mend_write_read },
	{ "write without waiting", NULL, run_nonblocking, mend_write_read },
	{ "probe", prepare_bind, run_bind, mend_bind },
};

#define N_OPERATIONS	(sizeof(operations) / sizeof(operations[0]))

static bool set_up(void)
{
	fail_nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0 || put(FAILSLAB "ignore-gfp-wait", "N") ||
	    put(FAIL_PAGE "ignore-gfp-wait", "N") || put(FAIL_PAGE "min-order", "0"))
		return false;
	/* a backtrace for each of some hundred faults would bury all else */
	put(FAILSLAB "verbose", "0");
	put(FAIL_PAGE "verbose", "0");
	put("/sys/kernel/debug/fail_usercopy/verbose", "0");
	fd = reader_open(0);
	return fd >= 0 && find_device() && active_card(fd) == KTAP_PASS;
}

int main(void)
{
	size_t i, failed = 0;

	printf("TAP version 13\n1..%zu\n", N_OPERATIONS);
	if (!set_up()) {
		printf("not ok 1 - no fault injection, or no reader\n");
		return KTAP_FAIL;
	}
	for (i = 0; i < N_OPERATIONS; i++) {
		enum ktap_result result = walk(&operations[i]);

		printf("%sok %zu - each failure in %s\n", result == KTAP_PASS ? "" : "not ",
		       i + 1, operations[i].name);
		fflush(stdout);
		failed += result != KTAP_PASS;
	}
	return failed ? KTAP_FAIL : KTAP_PASS;
}
