// SPDX-License-Identifier: BSD-3-Clause
/*
 * sysfs and uevents: each attribute says what the ioctls say, in every state of the
 * card; a card that comes or goes makes a uevent.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define CLASS	"/sys/class/iso7816"

static int fd = -1;

/* iso7816-N */
static const char *reader_name(void)
{
	return strrchr(reader_path(), '/') + 1;
}

/* The attribute without the line's end; "?" if it cannot be read */
static const char *attribute(const char *name)
{
	static char text[256];
	char path[300];
	ssize_t n = -1;
	int file;

	snprintf(path, sizeof(path), CLASS "/%s/%s", reader_name(), name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file >= 0) {
		n = read(file, text, sizeof(text) - 1);
		close(file);
	}
	if (n < 1 || text[n - 1] != '\n')
		return "?";
	text[n - 1] = 0;
	return text;
}

static enum ktap_result check_text(const char *name, const char *want)
{
	const char *text = attribute(name);

	CHECK(!strcmp(text, want), "%s: \"%s\", want \"%s\"", name, text, want);
	return KTAP_PASS;
}

static enum ktap_result check_number(const char *name, unsigned long long want)
{
	const char *text = attribute(name);
	char *end;

	CHECK(isdigit(text[0]), "%s: \"%s\"", name, text);
	CHECK(strtoull(text, &end, 10) == want && !*end, "%s: \"%s\", want %llu", name, text,
	      want);
	return KTAP_PASS;
}

/* All attributes that are numbers of GET_STATE */
static enum ktap_result check_numbers(void)
{
	struct iso7816_state st = { 0 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_PASS(check_number("fi", st.fi));
	CHECK_PASS(check_number("di", st.di));
	CHECK_PASS(check_number("clock_hz", st.clock_hz));
	CHECK_PASS(check_number("baud", st.baud));
	CHECK_PASS(check_number("generation", st.generation));
	return KTAP_PASS;
}

static enum ktap_result names(void)
{
	struct iso7816_info info = { 0 };

	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK_PASS(check_text("name", info.name));
	CHECK_PASS(check_text("phy", info.phy));
	return KTAP_PASS;
}

static enum ktap_result unpowered(void)
{
	CHECK_PASS(fresh_card(fd));
	CHECK_PASS(check_text("state", "present"));
	CHECK_PASS(check_text("present", "1"));
	CHECK_PASS(check_text("atr", ""));
	CHECK_PASS(check_text("protocol", ""));
	CHECK_PASS(check_text("voltage", "0"));
	CHECK_PASS(check_text("baud", "0"));
	return check_numbers();
}

static enum ktap_result active(void)
{
	struct iso7816_atr atr = { 0 };
	char hex[2 * ISO7816_ATR_LEN + 1];
	unsigned int i;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), 0);
	for (i = 0; i < atr.len; i++)
		sprintf(hex + 2 * i, "%02x", atr.atr[i]);
	CHECK_PASS(check_text("state", "active"));
	CHECK_PASS(check_text("present", "1"));
	CHECK_PASS(check_text("atr", hex));
	CHECK_PASS(check_text("protocol", "T=0"));
	CHECK_PASS(check_text("voltage", switches_vcc(fd) ? "3000" : "0"));
	return check_numbers();
}

static enum ktap_result failed(void)
{
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(power_on(fd, NULL), -ETIMEDOUT);
	CHECK_EQ(card("mute off"), 0);
	CHECK_PASS(check_text("state", "failed"));
	CHECK_PASS(check_text("present", "1"));
	CHECK_PASS(check_text("atr", ""));
	return check_numbers();
}

static enum ktap_result absent(void)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	CHECK_EQ(card("remove"), 0);
	while (card_state(fd) != ISO7816_STATE_ABSENT && now_ms() < end)
		sleep_ms(5);
	CHECK_PASS(check_text("state", "absent"));
	CHECK_PASS(check_text("present", "0"));
	CHECK_PASS(check_text("atr", ""));
	return check_numbers();
}

static enum ktap_result inverse_t1(void)
{
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr 3FFD1300008131FE158073C021C05759756269" "4B657940"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(check_text("protocol", "T=1"));
	CHECK(!strncmp(attribute("atr"), "3f", 2), "TS");
	CHECK_PASS(check_numbers());
	return active_card(fd);
}

/* Every counter by its name, against GET_STATS */
static enum ktap_result counters(void)
{
#define COUNTER(name)	{ #name, offsetof(struct iso7816_stats, name) }
	static const struct {
		const char *name;
		size_t offset;
	} all[] = {
		COUNTER(commands), COUNTER(polls), COUNTER(failures), COUNTER(canceled),
		COUNTER(resets), COUNTER(recoveries), COUNTER(insertions),
		COUNTER(atr_errors), COUNTER(pps_errors), COUNTER(tx_bytes),
		COUNTER(rx_bytes), COUNTER(parity_errors), COUNTER(frame_errors),
		COUNTER(overruns), COUNTER(unexpected), COUNTER(collisions),
		COUNTER(timeouts), COUNTER(nulls), COUNTER(wtx), COUNTER(bad_blocks),
		COUNTER(retransmits), COUNTER(resynchs), COUNTER(aborts),
		COUNTER(events_lost),
	};
	struct iso7816_stats stats = { 0 };
	char path[64];
	uint64_t want;
	size_t i;

	CHECK_EQ(sizeof(all) / sizeof(all[0]), sizeof(stats) / sizeof(uint64_t));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATS, &stats), 0);
	CHECK(stats.insertions && stats.tx_bytes && stats.rx_bytes, "nothing counted");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(path, sizeof(path), "stats/%s", all[i].name);
		memcpy(&want, (char *)&stats + all[i].offset, sizeof(want));
		CHECK_PASS(check_number(path, want));
	}
	return KTAP_PASS;
}

/* ----------------------------------------------------- what may be done */

/* Nothing can be written: neither attributes nor counters. */
static enum ktap_result read_only(void)
{
	static const char *const folders[] = { "", "/stats" };
	struct dirent *entry;
	char path[128];
	int i, n = 0;
	DIR *dir;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), CLASS "/%s%s", reader_name(), folders[i]);
		dir = opendir(path);
		CHECK(dir, "%s", path);
		while ((entry = readdir(dir))) {
			if (entry->d_type != DT_REG || !strcmp(entry->d_name, "uevent"))
				continue;
			n++;
			CHECK(openat(dirfd(dir), entry->d_name, O_WRONLY) < 0,
			      "%s can be written", entry->d_name);
		}
		closedir(dir);
	}
	CHECK(n >= 36, "only %d attributes", n);
	return KTAP_PASS;
}

/* ---------------------------------------------------------------- uevents */

static int uevents = -1;

static enum ktap_result listen_to_uevents(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	uevents = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	CHECK(uevents >= 0, "socket");
	CHECK_EQ(bind(uevents, (struct sockaddr *)&self, sizeof(self)), 0);
	return KTAP_PASS;
}

/* The value of @key= in a uevent, or "" */
static const char *uevent_value(const char *text, size_t len, const char *key)
{
	size_t at, n = strlen(key);

	for (at = 0; at < len; at += strlen(text + at) + 1)
		if (!strncmp(text + at, key, n) && text[at + n] == '=')
			return text + at + n + 1;
	return "";
}

/* Waits for a uevent of readers, and checks what it says. */
static enum ktap_result uevent(const char *action, const char *what)
{
	static char text[4096];
	ssize_t n;

	do {
		CHECK(poll_for(uevents, POLLIN, PATIENCE_MS) & POLLIN, "no uevent");
		n = recv(uevents, text, sizeof(text) - 1, 0);
		CHECK(n > 0, "recv");
		text[n] = 0;
	} while (strcmp(uevent_value(text, n, "SUBSYSTEM"), "iso7816"));
	CHECK(!strcmp(uevent_value(text, n, "ACTION"), action), "%s",
	      uevent_value(text, n, "ACTION"));
	CHECK(!strcmp(uevent_value(text, n, "CARD"), what), "CARD=%s",
	      uevent_value(text, n, "CARD"));
	CHECK(!strcmp(uevent_value(text, n, "DEVNAME"), reader_name()), "DEVNAME=%s",
	      uevent_value(text, n, "DEVNAME"));
	return KTAP_PASS;
}

static enum ktap_result card_uevents(void)
{
	int i;

	if (!reader_sees_presence())
		return KTAP_SKIP;
	CHECK_PASS(listen_to_uevents());
	for (i = 0; i < 3; i++) {
		CHECK_PASS(fresh_card(fd));
		CHECK_PASS(uevent("change", "removed"));
		CHECK_PASS(uevent("change", "inserted"));
	}
	CHECK_PASS(active_card(fd));
	CHECK_PASS(uevent("change", "removed"));
	CHECK_PASS(uevent("change", "inserted"));
	/* a reset is none of udev's business */
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(poll_for(uevents, POLLIN, 200), 0);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "name and phy", names },
	{ "an unpowered card", unpowered },
	{ "an active card", active },
	{ "a card that failed", failed },
	{ "no card", absent },
	{ "T=1 and inverse convention", inverse_t1 },
	{ "counters", counters },
	{ "nothing can be written", read_only },
	{ "uevents when a card comes and goes", card_uevents },
};

KTAP_MAIN(tests)
