// SPDX-License-Identifier: BSD-3-Clause
/*
 * The load: processes that use a reader in every way there is, and know what may
 * come of each call while cards and readers come and go.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"
#include "nl.h"
#include "stress.h"

#define COMMAND_MS	500

static const uint8_t status_cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 };

static struct worker *self;

int stress_open(int reader, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/iso7816-%d", reader);
	fd = open(path, O_RDWR | O_CLOEXEC | flags);
	return fd < 0 ? -errno : fd;
}

/* ------------------------------------------------------- calls, watched */

static void begin(const char *call)
{
	self->call = call;
	self->since_ms = now_ms();
}

static int end(int ret)
{
	uint64_t took = now_ms() - self->since_ms;

	if (took > self->longest_ms) {
		self->longest_ms = took;
		self->longest = self->call;
	}
	self->since_ms = 0;
	self->calls++;
	return ret;
}

static void complain(const char *what, long long value)
{
	if (!self->complaint[0])
		snprintf(self->complaint, sizeof(self->complaint), "%s: %s: %lld", self->load,
			 what, value);
}

/* What any call may come to in a world like this */
static bool documented(int ret)
{
	switch (-ret) {
	case ENODEV: case ENOMEDIUM: case ENOTCONN: case EPROTO: case ETIMEDOUT:
	case EBUSY: case ECANCELED: case EAGAIN: case ESTALE: case EALREADY:
	case ENOLCK: case ENOENT:
		return true;
	default:
		return ret >= 0;
	}
}

static int watched(int fd, const char *name, unsigned long cmd, void *arg)
{
	int ret;

	begin(name);
	ret = end(reader_ioctl(fd, cmd, arg));
	if (!documented(ret))
		complain(name, ret);
	return ret;
}

static int watched_xfer(int fd)
{
	uint8_t resp[300];
	struct iso7816_xfer x = {
		.command = (uintptr_t)status_cmd,
		.command_len = sizeof(status_cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
		.timeout_ms = COMMAND_MS,
	};
	int ret = watched(fd, "XFER", ISO7816_IOC_XFER, &x);

	if (!ret && (x.response_len < 2 || x.sw != (resp[x.response_len - 2] << 8 |
						      resp[x.response_len - 1])))
		complain("XFER gave a response of length", x.response_len);
	return ret;
}

static int watched_power_on(int fd)
{
	struct iso7816_power_on on = { 0 };

	return watched(fd, "POWER_ON", ISO7816_IOC_POWER_ON, &on);
}

static unsigned int some(unsigned int n)
{
	return rand_r(&self->seed) % n;
}

/* ----------------------------------------------------------------- loads */

static int load_xfer(int fd)
{
	int ret = watched_xfer(fd);

	if (ret == -ENOTCONN)
		ret = watched_power_on(fd);
	if (ret)
		sleep_ms(1);
	return ret;
}

/* write, poll, read, of a non-blocking file */
static int load_read_write(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLERR };
	uint8_t resp[300];
	int ret;

	begin("write");
	ret = end(write(fd, status_cmd, sizeof(status_cmd)) < 0 ? -errno : 0);
	if (!documented(ret))
		complain("write", ret);
	if (ret) {
		sleep_ms(1);
		return ret;
	}
	begin("poll for the answer");
	do {
		poll(&p, 1, 50);
	} while (!(p.revents & (POLLIN | POLLERR)) && now_ms() - self->since_ms < PATIENCE_MS);
	end(0);
	if (!(p.revents & (POLLIN | POLLERR)))
		complain("no answer to a write, poll gave", p.revents);
	begin("read");
	ret = end(read(fd, resp, sizeof(resp)) < 0 ? -errno : 0);
	if (!documented(ret) || ret == -EAGAIN)
		complain("read", ret);
	return ret;
}

/* The numbers of events only grow. */
static int load_events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	struct iso7816_event e;
	uint64_t seq = 0;
	bool gone = false;
	int ret;

	begin("poll for events");
	poll(&p, 1, 20);
	end(0);
	while (!(ret = watched(fd, "GET_EVENT", ISO7816_IOC_GET_EVENT, &e))) {
		if (e.seq <= seq || gone)
			complain("event out of order", e.seq);
		seq = e.seq;
		gone = e.type == ISO7816_EVENT_READER_GONE;
	}
	if (p.revents & POLLHUP)
		return -ENODEV;
	return ret == -EAGAIN ? 0 : ret;
}

static int load_netlink(int fd)
{
	static struct nl nl = { .fd = -1 };
	int ret;

	(void)fd;
	begin("netlink");
	if (nl.fd < 0) {
		ret = nl_open(&nl);
		if (ret) {
			complain("netlink family", ret);
			return end(ret);
		}
	}
	ret = nl_call(&nl, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0);
	if (ret && ret != -EINTR)
		complain("netlink dump", ret);
	ret = nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0);
	if (!documented(ret))
		complain("netlink get", ret);
	end(0);
	return some(8) ? 0 : -ENODEV;
}

/* All files of one folder of sysfs */
static int read_folder(const char *path)
{
	char file[600], text[4096];
	struct dirent *entry;
	DIR *dir = opendir(path);
	int one, ret;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_REG)
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		one = open(file, O_RDONLY | O_CLOEXEC);
		if (one < 0)
			continue;
		begin("read");
		ret = end(read(one, text, sizeof(text)) < 0 ? -errno : 0);
		if (ret && ret != -ENODEV)
			complain(entry->d_name, ret);
		close(one);
	}
	closedir(dir);
	return 0;
}

static int load_sysfs(int fd)
{
	char path[64];
	int reader = stress->reader;

	(void)fd;
	if (reader < 0)
		return -ENODEV;
	snprintf(path, sizeof(path), "/sys/class/iso7816/iso7816-%d", reader);
	read_folder(path);
	snprintf(path, sizeof(path), "/sys/class/iso7816/iso7816-%d/stats", reader);
	read_folder(path);
	return some(8) ? 0 : -ENODEV;
}

static void *cancel_soon(void *arg)
{
	int *fd = arg, ret;

	sleep_ms(1);
	ret = reader_ioctl(*fd, ISO7816_IOC_CANCEL, NULL);
	if (ret && ret != -ENOENT && ret != -ENODEV)
		complain("CANCEL", ret);
	return NULL;
}

static int load_lock(int fd)
{
	struct iso7816_lock lock = { .timeout_ms = some(40) };
	pthread_t thread;
	int ret;

	if (pthread_create(&thread, NULL, cancel_soon, &fd)) {
		complain("thread", errno);
		return -EAGAIN;
	}
	ret = watched(fd, "LOCK", ISO7816_IOC_LOCK, &lock);
	if (!ret) {
		watched_xfer(fd);
		ret = watched(fd, "UNLOCK", ISO7816_IOC_UNLOCK, NULL);
		if (ret && ret != -ENODEV)
			complain("UNLOCK of a lock that was given", ret);
	}
	pthread_join(thread, NULL);
	return ret;
}

static int load_power(int fd)
{
	struct iso7816_reset reset = { .type = some(2) };
	struct iso7816_poll poll = { .interval_ms = some(2) * 20 };

	sleep_ms(some(20));
	switch (some(4)) {
	case 0:
		return watched(fd, "RESET", ISO7816_IOC_RESET, &reset);
	case 1:
		return watched(fd, "POWER_OFF", ISO7816_IOC_POWER_OFF, NULL);
	case 2:
		return watched(fd, "SET_POLL", ISO7816_IOC_SET_POLL, &poll);
	default:
		return watched_power_on(fd);
	}
}

/* Looks at everything, and asks for a new file each time, by saying it is gone. */
static int load_open(int fd)
{
	struct iso7816_event_mask mask = { .mask = ISO7816_EVENT_MASK_ALL };
	struct iso7816_state state;
	struct iso7816_stats stats;
	struct iso7816_info info;
	struct iso7816_atr atr;

	watched(fd, "GET_INFO", ISO7816_IOC_GET_INFO, &info);
	watched(fd, "GET_STATE", ISO7816_IOC_GET_STATE, &state);
	watched(fd, "GET_ATR", ISO7816_IOC_GET_ATR, &atr);
	watched(fd, "GET_STATS", ISO7816_IOC_GET_STATS, &stats);
	watched(fd, "SET_EVENT_MASK", ISO7816_IOC_SET_EVENT_MASK, &mask);
	sleep_ms(some(3));
	return -ENODEV;
}

static const struct {
	int (*step)(int fd);
	int flags;
	bool own_file;	/* what is below holds for its file */
} loads[] = {
	{ load_xfer, 0, true },
	{ load_read_write, O_NONBLOCK, true },
	{ load_events, 0, true },
	{ load_netlink, 0, false },
	{ load_sysfs, 0, false },
	{ load_lock, 0, true },
	{ load_power, 0, true },
	{ load_open, 0, false },
};

const char *const stress_loads[] = {
	"xfer", "write and read", "events", "netlink", "sysfs", "lock and cancel", "power", "open",
};

const unsigned int stress_n_loads = sizeof(loads) / sizeof(loads[0]);

/* ------------------------------------------------------------ the process */

/* A file whose reader is gone: it stays so, and everybody can see it. */
static void check_gone(int fd)
{
	/* in this order: the next one may go meanwhile */
	uint64_t since = stress->gone_ms, took = now_ms() - since;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct iso7816_state state;
	int ret;

	if (took > self->gone_longest_ms)
		self->gone_longest_ms = took;
	self->gone++;
	poll(&p, 1, 0);
	if (!(p.revents & POLLHUP))
		complain("reader gone, but poll gives", p.revents);
	ret = reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);
	if (ret != -ENODEV)
		complain("reader gone, but GET_STATE gives", ret);
	ret = write(fd, status_cmd, sizeof(status_cmd)) < 0 ? -errno : 0;
	if (ret != -ENODEV)
		complain("reader gone, but write gives", ret);
}

/* The reader that is there now; it may be gone before we have it. */
static int open_reader(int flags)
{
	int reader = stress->reader, fd;

	if (reader < 0)
		return -ENODEV;
	begin("open");
	fd = end(stress_open(reader, flags));
	if (fd < 0 && fd != -ENOENT && fd != -ENODEV && fd != -ENXIO)
		complain("open", fd);
	return fd;
}

void stress_load(unsigned int n)
{
	unsigned int kind = n % stress_n_loads;
	int fd = -1, ret;

	self = &stress->worker[n];
	while (!stress->stop && !self->complaint[0]) {
		if (fd < 0)
			fd = open_reader(loads[kind].flags);
		if (fd < 0) {
			sleep_ms(1);
			continue;
		}
		ret = loads[kind].step(fd);
		if (ret != -ENODEV)
			continue;
		if (loads[kind].own_file)
			check_gone(fd);
		begin("close");
		close(fd);
		end(0);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
}
