// SPDX-License-Identifier: BSD-3-Clause
/*
 * See guest.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define CONTROL_PORT	"vuicc.control"
#define PORTS		"/sys/class/virtio-ports"
#define DRIVER		"/sys/bus/serial/drivers/iso7816-serdev"

int file_put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), ret = 0;

	if (file < 0)
		return -errno;
	if (write(file, text, strlen(text)) < 0)
		ret = -errno;
	close(file);
	return ret;
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

/* Does the port in this folder of sysfs have our name? */
static bool is_control(const char *port)
{
	char path[300], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), PORTS "/%s/name", port);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	name[strcspn(name, "\n")] = 0;
	return !strcmp(name, CONTROL_PORT);
}

/* A card in this machine, behind a UNIX socket */
static int connect_control(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The port that leads to a card outside this machine */
static int open_port(void)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;
	char path[300];
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (!is_control(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* One line, without its end; false if none comes */
static bool read_line(int fd, char *line, size_t room)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	size_t n = 0;

	while (n + 1 < room && now_ms() < end) {
		if (!poll_for(fd, POLLIN, 100) || read(fd, &line[n], 1) != 1)
			continue;
		if (line[n] == '\n') {
			line[n] = 0;
			return true;
		}
		n++;
	}
	return false;
}

static char said[512];

const char *card_said(void)
{
	return said;
}

bool reader_sees_presence(void)
{
	const char *presence = getenv("DMSC_PRESENCE");

	return !presence || strcmp(presence, "0");
}

static bool changes_presence(const char *line)
{
	return !strncmp(line, "remove", 6) || !strncmp(line, "insert", 6) ||
	       !strncmp(line, "fault remove", 12);
}

jmp_buf ktap_skip;
bool ktap_running;
static bool unplugged;		/* by reader_unbind() */

/* Leaves the test; the next one finds the reader where it was. */
static void skip(void)
{
	if (unplugged)
		reader_bind();
	if (!ktap_running)
		exit(KTAP_SKIP);
	longjmp(ktap_skip, 1);
}

int card(const char *format, ...)
{
	const char *path = getenv("DMSC_CARD");
	static int fd = -1;
	char line[512];
	va_list ap;
	int n;

	if (fd < 0)
		fd = path ? connect_control(path) : open_port();
	if (fd < 0) {
		printf("1..0 # SKIP no %s\n", path ? path : "virtio port " CONTROL_PORT);
		exit(KTAP_SKIP);
	}
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(line) - 1)
		return -EMSGSIZE;
	if (changes_presence(line) && !reader_sees_presence())
		skip();
	line[n++] = '\n';
	if (write(fd, line, n) != n)
		return -EIO;
	if (!read_line(fd, said, sizeof(said)))
		return -ETIME;
	if (!strncmp(said, "OK", 2))
		return 0;
	printf("# card: %s\n", said);
	return -EPROTO;
}

const char *reader_path(void)
{
	const char *path = getenv("DMSC_READER");

	return path ? path : "/dev/iso7816-0";
}

int reader_open(int flags)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	int fd;

	do {
		fd = open(reader_path(), O_RDWR | O_CLOEXEC | flags);
		if (fd >= 0)
			return fd;
		sleep_ms(20);
	} while (now_ms() < end);
	return -errno;
}

int reader_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

bool switches_vcc(int fd)
{
	struct iso7816_info info = { 0 };

	reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info);
	return info.features & ISO7816_FEATURE_VCC;
}

int card_state(int fd)
{
	struct iso7816_state state = { 0 };
	int ret = reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);

	return ret ? ret : (int)state.state;
}

enum ktap_result fresh_card(int fd)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	CHECK_EQ(card("reset"), 0);
	if (!reader_sees_presence()) {
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
		return KTAP_PASS;
	}
	CHECK_EQ(card("remove"), 0);
	while (card_state(fd) != ISO7816_STATE_ABSENT && now_ms() < end)
		sleep_ms(5);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	CHECK_EQ(card("insert"), 0);
	while (card_state(fd) != ISO7816_STATE_PRESENT && now_ms() < end)
		sleep_ms(5);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	return KTAP_PASS;
}

enum ktap_result active_card(int fd)
{
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(power_on(fd, NULL), 0);
	forget_events(fd);
	return KTAP_PASS;
}

int power_on(int fd, uint32_t *generation)
{
	struct iso7816_power_on on = { 0 };
	int ret = reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on);

	if (!ret && generation)
		*generation = on.generation;
	return ret;
}

unsigned int unhex(const char *hex, uint8_t *buf, unsigned int room)
{
	unsigned int n = 0, value;

	while (n < room && sscanf(hex, " %2x", &value) == 1) {
		buf[n++] = value;
		hex += strspn(hex, " ") + 2;
	}
	return n;
}

int xfer(int fd, const char *hex, uint8_t *resp, uint32_t *len)
{
	uint8_t cmd[300];

	return xfer_bytes(fd, cmd, unhex(hex, cmd, sizeof(cmd)), resp, len, 0);
}

int xfer_bytes(int fd, const uint8_t *cmd, uint32_t cmd_len, uint8_t *resp, uint32_t *len,
	       uint32_t timeout_ms)
{
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = cmd_len,
		.response = (uintptr_t)resp,
		.response_len = *len,
		.timeout_ms = timeout_ms,
	};
	int ret = reader_ioctl(fd, ISO7816_IOC_XFER, &x);

	if (!ret)
		*len = x.response_len;
	return ret;
}

int sw_of(int fd, const char *hex)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);
	int ret = xfer(fd, hex, resp, &len);

	return ret ? ret : resp[len - 2] << 8 | resp[len - 1];
}

int poll_for(int fd, short events, int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;
	struct pollfd p = { .fd = fd, .events = events };

	do {	/* once at least, however slow the machine is */
		if (poll(&p, 1, 20) < 0 && errno != EINTR)
			return -errno;
		/* POLLHUP and POLLERR come unasked, and often */
		if (p.revents & events)
			return p.revents;
		if (p.revents)
			sleep_ms(5);
	} while (now_ms() <= end);
	return 0;
}

int event_of(int fd, uint32_t type, struct iso7816_event *event)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	struct iso7816_event e;
	int ret;

	do {
		ret = reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &e);
		if (!ret && e.type == type) {
			if (event)
				*event = e;
			return 0;
		}
		if (ret == -EAGAIN)
			sleep_ms(5);
		else if (ret)
			return ret;
	} while (now_ms() < end);
	return -ETIME;
}

void forget_events(int fd)
{
	struct iso7816_event e;

	while (!reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &e))
		;
}

/* ------------------------------------------------- several files at once */

static void *slow_thread(void *arg)
{
	static const uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 };
	struct slow_xfer *slow = arg;
	uint64_t start = now_ms();
	uint8_t resp[16];
	uint32_t len = sizeof(resp);

	slow->ret = xfer_bytes(slow->fd, cmd, sizeof(cmd), resp, &len, slow->timeout_ms);
	slow->took_ms = now_ms() - start;
	return NULL;
}

enum ktap_result slow_begin(struct slow_xfer *slow, int fd, uint32_t timeout_ms)
{
	uint64_t before = stats_of(fd).commands, end = now_ms() + PATIENCE_MS;

	slow->fd = fd;
	slow->timeout_ms = timeout_ms;
	CHECK_EQ(card("fault null-storm@1"), 0);
	CHECK_EQ(pthread_create(&slow->thread, NULL, slow_thread, slow), 0);
	while (stats_of(fd).commands == before && now_ms() < end)
		sleep_ms(5);
	CHECK_EQ(stats_of(fd).commands, before + 1);
	return KTAP_PASS;
}

int slow_end(struct slow_xfer *slow)
{
	pthread_join(slow->thread, NULL);
	return slow->ret;
}

int lock_reader(int fd, uint32_t timeout_ms)
{
	struct iso7816_lock lock = { .timeout_ms = timeout_ms };

	return reader_ioctl(fd, ISO7816_IOC_LOCK, &lock);
}

struct iso7816_state state_of(int fd)
{
	struct iso7816_state state = { 0 };

	reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);
	return state;
}

struct iso7816_stats stats_of(int fd)
{
	struct iso7816_stats stats = { 0 };

	reader_ioctl(fd, ISO7816_IOC_GET_STATS, &stats);
	return stats;
}

/* ------------------------------------------------------ driver and device */

/* The name of the device that is bound to the driver */
static bool bound_device(char *name, size_t room)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "serial", 6))
			continue;
		found = snprintf(name, room, "%s", entry->d_name) < (int)room;
	}
	if (dir)
		closedir(dir);
	return found;
}

static char device[NAME_MAX + 1];

static int driver_write(const char *how)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DRIVER "/%s", how);
	return file_put(path, device);
}

/* A reader of which the card program is a part goes and comes with it. */
int reader_unbind(void)
{
	unplugged = true;
	if (getenv("DMSC_READER"))
		return card("unplug");
	if (!bound_device(device, sizeof(device)))
		return -ENXIO;
	return driver_write("unbind");
}

/* Until there is a node: an old reader keeps its number while it is open. */
static int await_reader(void)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (access("/dev/iso7816-0", F_OK) && access("/dev/iso7816-1", F_OK)) {
		if (now_ms() > end)
			return -ENODEV;
		sleep_ms(10);
	}
	return 0;
}

int reader_bind(void)
{
	int ret;

	unplugged = false;
	if (getenv("DMSC_READER")) {
		ret = card("plug");
		return ret ? ret : await_reader();
	}
	return driver_write("bind");
}
