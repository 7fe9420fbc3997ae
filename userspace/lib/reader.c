// SPDX-License-Identifier: BSD-3-Clause
/*
 * A reader: finding and opening /dev/iso7816-N, the ioctls, and APDUs both ways
 * (XFER for callers that wait, write and read for event loops).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/libiso7816.h"

#define DEV_DIR		"/dev"
#define DEV_PREFIX	"iso7816-"
#define DEV_PATH_MAX	(sizeof(DEV_DIR "/" DEV_PREFIX) + 20)

struct iso7816_reader {
	int fd;
	char path[];
};

/* ioctl that is repeated if a signal came before it did anything; 0 or -errno */
static int reader_ioctl(const struct iso7816_reader *r, unsigned long request, void *arg)
{
	int res;

	do {
		res = ioctl(r->fd, request, arg);
	} while (res < 0 && errno == EINTR);
	return res < 0 ? -errno : 0;
}

static int open_path(const char *path, struct iso7816_reader **ret)
{
	size_t size = strlen(path) + 1;
	struct iso7816_reader *r;
	int err;

	r = malloc(sizeof(*r) + size);
	if (!r)
		return -ENOMEM;
	do {
		r->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	} while (r->fd < 0 && errno == EINTR);
	if (r->fd < 0) {
		err = -errno;
		free(r);
		return err;
	}
	memcpy(r->path, path, size);
	*ret = r;
	return 0;
}

/* N of "iso7816-N", or -1 */
static long reader_number(const char *name)
{
	size_t prefix = strlen(DEV_PREFIX), digits;

	if (strncmp(name, DEV_PREFIX, prefix))
		return -1;
	name += prefix;
	digits = strspn(name, "0123456789");
	if (!digits || digits > 9 || name[digits])
		return -1;
	return strtol(name, NULL, 10);
}

/* The smallest number above after that a device node has, or -1 */
static long next_number(DIR *dir, long after)
{
	struct dirent *e;
	long best = -1, n;

	rewinddir(dir);
	while ((e = readdir(dir))) {
		n = reader_number(e->d_name);
		if (n > after && (best < 0 || n < best))
			best = n;
	}
	return best;
}

/* The first reader that can be opened; else the error of the first one there is. */
static int open_first(struct iso7816_reader **ret)
{
	char path[DEV_PATH_MAX];
	int err, first_err = -ENODEV;
	long n = -1;
	DIR *dir;

	dir = opendir(DEV_DIR);
	if (!dir)
		return -errno;
	while ((n = next_number(dir, n)) >= 0) {
		snprintf(path, sizeof(path), DEV_DIR "/" DEV_PREFIX "%ld", n);
		err = open_path(path, ret);
		if (!err) {
			closedir(dir);
			return 0;
		}
		if (first_err == -ENODEV)
			first_err = err;
	}
	closedir(dir);
	return first_err;
}

int iso7816_reader_open(const char *path, struct iso7816_reader **ret)
{
	return path ? open_path(path, ret) : open_first(ret);
}

void iso7816_reader_close(struct iso7816_reader *r)
{
	if (!r)
		return;
	close(r->fd);
	free(r);
}

int iso7816_reader_fd(const struct iso7816_reader *r)
{
	return r->fd;
}

const char *iso7816_reader_path(const struct iso7816_reader *r)
{
	return r->path;
}

int iso7816_get_info(struct iso7816_reader *r, struct iso7816_info *info)
{
	memset(info, 0, sizeof(*info));
	return reader_ioctl(r, ISO7816_IOC_GET_INFO, info);
}

int iso7816_get_state(struct iso7816_reader *r, struct iso7816_state *state)
{
	memset(state, 0, sizeof(*state));
	return reader_ioctl(r, ISO7816_IOC_GET_STATE, state);
}

int iso7816_get_atr(struct iso7816_reader *r, struct iso7816_atr *atr)
{
	memset(atr, 0, sizeof(*atr));
	return reader_ioctl(r, ISO7816_IOC_GET_ATR, atr);
}

int iso7816_power_on(struct iso7816_reader *r, struct iso7816_power_on *req)
{
	struct iso7816_power_on any = { 0 };

	return reader_ioctl(r, ISO7816_IOC_POWER_ON, req ? req : &any);
}

int iso7816_reset(struct iso7816_reader *r, uint32_t type, uint32_t *generation)
{
	struct iso7816_reset req = { .type = type };
	int err = reader_ioctl(r, ISO7816_IOC_RESET, &req);

	if (!err && generation)
		*generation = req.generation;
	return err;
}

int iso7816_power_off(struct iso7816_reader *r)
{
	return reader_ioctl(r, ISO7816_IOC_POWER_OFF, NULL);
}

int iso7816_set_poll(struct iso7816_reader *r, uint32_t interval_ms)
{
	struct iso7816_poll req = { .interval_ms = interval_ms };

	if (interval_ms && interval_ms < ISO7816_POLL_MIN_MS)
		req.interval_ms = ISO7816_POLL_MIN_MS;
	return reader_ioctl(r, ISO7816_IOC_SET_POLL, &req);
}

int iso7816_lock(struct iso7816_reader *r, uint32_t timeout_ms, uint32_t *generation)
{
	struct iso7816_lock req = { .timeout_ms = timeout_ms };

	/* a signal ends the wait: a repetition would begin the timeout anew */
	if (ioctl(r->fd, ISO7816_IOC_LOCK, &req) < 0)
		return -errno;
	if (generation)
		*generation = req.generation;
	return 0;
}

int iso7816_unlock(struct iso7816_reader *r)
{
	return reader_ioctl(r, ISO7816_IOC_UNLOCK, NULL);
}

int iso7816_cancel(struct iso7816_reader *r)
{
	return reader_ioctl(r, ISO7816_IOC_CANCEL, NULL);
}

int iso7816_set_event_mask(struct iso7816_reader *r, uint64_t mask)
{
	struct iso7816_event_mask req = { .mask = mask };

	return reader_ioctl(r, ISO7816_IOC_SET_EVENT_MASK, &req);
}

int iso7816_get_stats(struct iso7816_reader *r, struct iso7816_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return reader_ioctl(r, ISO7816_IOC_GET_STATS, stats);
}

int iso7816_get_event(struct iso7816_reader *r, struct iso7816_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	return reader_ioctl(r, ISO7816_IOC_GET_EVENT, ev);
}

/*
 * A signal ends the wait with -EINTR: the card may have executed the command, so
 * only the caller can tell whether to repeat it.
 */
int iso7816_transmit(struct iso7816_reader *r, const uint8_t *cmd, size_t cmd_len,
		     uint8_t *resp, size_t *resp_len, uint32_t generation)
{
	struct iso7816_xfer xfer = {
		.command = (uintptr_t)cmd,
		.response = (uintptr_t)resp,
		.generation = generation,
	};

	if (cmd_len > ISO7816_COMMAND_MAX)
		return -EMSGSIZE;
	xfer.command_len = (uint32_t)cmd_len;
	xfer.response_len = *resp_len > UINT32_MAX ? UINT32_MAX : (uint32_t)*resp_len;
	if (ioctl(r->fd, ISO7816_IOC_XFER, &xfer) < 0)
		return -errno;
	if (xfer.response_len < 2 || xfer.response_len > *resp_len)
		return -EPROTO;
	*resp_len = xfer.response_len;
	return 0;
}

int iso7816_submit(struct iso7816_reader *r, const uint8_t *cmd, size_t cmd_len)
{
	ssize_t n;

	if (cmd_len > ISO7816_COMMAND_MAX)
		return -EMSGSIZE;
	do {
		n = write(r->fd, cmd, cmd_len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	/* the driver takes a command whole or not at all */
	return (size_t)n == cmd_len ? 0 : -EIO;
}

static ssize_t reader_read(const struct iso7816_reader *r, uint8_t *buf, size_t room)
{
	ssize_t n;

	do {
		n = read(r->fd, buf, room);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int iso7816_collect(struct iso7816_reader *r, uint8_t *resp, size_t *resp_len)
{
	ssize_t n = reader_read(r, resp, *resp_len);
	uint8_t rest[256];
	bool more = false;

	if (n < 0)
		return (int)n;
	/* end of file: nothing was submitted, or its answer was collected already */
	if (!n)
		return -EAGAIN;
	/* the rest of an answer that was too long must not be taken for the next one */
	if ((size_t)n == *resp_len) {
		while (reader_read(r, rest, sizeof(rest)) > 0)
			more = true;
		explicit_bzero(rest, sizeof(rest));
	}
	if (more)
		return -EMSGSIZE;
	if (n < 2)
		return -EPROTO;
	*resp_len = (size_t)n;
	return 0;
}
