// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every allocation and every copy from or to user space fails once: in probe, open
 * and each call.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "failures.h"

#define DRIVER		"/sys/bus/serial/drivers/iso7816-serdev"

static char device[64];

static int bind(const char *how)
{
	char path[100];

	snprintf(path, sizeof(path), DRIVER "/%s", how);
	return file_put(path, device);
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
	return fd < 0 ? fd : run_info();
}

static const struct operation operations[] = {
	{ "open", NULL, run_open, NULL, false },
	{ "GET_INFO", NULL, run_info, NULL, false },
	{ "GET_STATE", NULL, run_state, NULL, false },
	{ "GET_ATR", NULL, run_atr, NULL, false },
	{ "GET_STATS", NULL, run_stats, NULL, false },
	{ "POWER_ON", NULL, run_power_on, NULL, false },
	{ "POWER_OFF", NULL, run_power_off, NULL, false },
	{ "RESET", NULL, run_reset, NULL, false },
	{ "XFER", NULL, run_xfer, NULL, false },
	{ "LOCK", NULL, run_lock, mend_lock, false },
	{ "SET_EVENT_MASK", NULL, run_mask, NULL, false },
	{ "GET_EVENT", prepare_event, run_event, NULL, false },
	{ "SET_POLL", NULL, run_poll, NULL, false },
	{ "write and read", NULL, run_write_read, mend_write_read, false },
	{ "write without waiting", NULL, run_nonblocking, mend_write_read, false },
	{ "probe", prepare_bind, run_bind, mend_bind, .slow = true },
};

int main(void)
{
	return walk_all(operations, sizeof(operations) / sizeof(operations[0]), find_device);
}
