// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a reader costs that nobody uses: nothing.  Counts the timers that the driver
 * starts and the work that it queues, as the kernel's own tracepoints show them.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

#include "guest.h"

#define TRACING		"/sys/kernel/tracing"
#define STATUS		"80F2000C00"
#define WATCH_MS	3000

static int fd = -1;

static int put(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), TRACING "/%s", name);
	return file_put(path, text);
}

/* Lines of the trace that name the driver's functions or its queue; -errno */
static int count_lines(void)
{
	FILE *trace = fopen(TRACING "/trace", "re");
	char line[1024];
	int n = 0;

	if (!trace)
		return -errno;
	while (fgets(line, sizeof(line), trace)) {
		if (line[0] == '#' || !strstr(line, "iso7816"))
			continue;
		/* a few, for those who wonder */
		if (n++ < 3)
			printf("# %s", line);
	}
	fclose(trace);
	return n;
}

/* How often the driver wants to be woken while a file waits for something to happen */
static int wakeups(void)
{
	static const char *const events[] = {
		"events/timer/hrtimer_start/enable",
		"events/timer/timer_start/enable",
		"events/workqueue/workqueue_queue_work/enable",
	};
	size_t i;
	int ret;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		ret = put(events[i], "1");
		if (ret)
			return ret;
	}
	put("trace", "");
	poll_for(fd, POLLIN | POLLERR | POLLHUP, WATCH_MS);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		put(events[i], "0");
	return count_lines();
}

static enum ktap_result count_works(void)
{
	struct iso7816_poll poll = { .interval_ms = 200 };
	int n;

	/* may be mounted already */
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), 0);
	n = wakeups();
	CHECK(n >= WATCH_MS / 400, "%d", n);
	printf("# with STATUS every 200 ms: %d timers and work items in %d s\n", n,
	       WATCH_MS / 1000);
	poll.interval_ms = 0;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), 0);
	return KTAP_PASS;
}

static enum ktap_result idle(const char *what)
{
	int n;

	forget_events(fd);
	/* what came before it was idle is over */
	sleep_ms(200);
	n = wakeups();
	CHECK_EQ(n, 0);
	printf("# %s: 0 timers and work items in %d s\n", what, WATCH_MS / 1000);
	return KTAP_PASS;
}

static enum ktap_result idle_active(void)
{
	CHECK_PASS(active_card(fd));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return idle("card powered, on T=0 or T=1");
}

static enum ktap_result idle_unpowered(void)
{
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	return idle("card unpowered");
}

static enum ktap_result idle_empty(void)
{
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	return idle("no card");
}

static const struct ktap_test tests[] = {
	{ "a reader that polls its card is seen to wake up", count_works },
	{ "a powered card that nobody uses wakes nobody up", idle_active },
	{ "nor does an unpowered one", idle_unpowered },
	{ "nor an empty reader", idle_empty },
};

KTAP_MAIN(tests)
