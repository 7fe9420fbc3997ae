// SPDX-License-Identifier: BSD-3-Clause
/*
 * A dump of so many readers that it comes in parts: all are in it once, and one that
 * goes or comes between two parts is told of, so that the listener asks again.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/iso7816_sim.h>

#include "nl.h"

/* As many as the driver has numbers for; fewer if there are other readers */
#define READERS		32
/* A receiver with so much room gets a dump in parts of a page */
#define PART_ROOM	4096

static int slots[READERS];
static unsigned int n_slots;
static struct nl nl;

static int slot_open(void)
{
	struct iso7816_sim_setup setup = { .flags = ISO7816_SIM_CARD_IN };
	int slot = open("/dev/iso7816-sim", O_RDWR | O_CLOEXEC);

	if (slot >= 0 && ioctl(slot, ISO7816_SIM_IOC_SETUP, &setup)) {
		close(slot);
		return -1;
	}
	return slot;
}

static void close_all(void)
{
	while (n_slots)
		close(slots[--n_slots]);
}

/* The kernel makes parts as large as what a socket has once had room for: a new one */
static int socket_open(void)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int ret = nl_open(&nl);

	nl_close(&nl);
	if (ret)
		return ret;
	nl.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl.fd < 0 || bind(nl.fd, (struct sockaddr *)&self, sizeof(self)) ||
	    setsockopt(nl.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	return 0;
}

static enum ktap_result many_readers(void)
{
	while (n_slots < READERS) {
		slots[n_slots] = slot_open();
		if (slots[n_slots] < 0)
			break;
		n_slots++;
	}
	if (!n_slots)
		return KTAP_SKIP;
	CHECK(n_slots >= READERS / 2, "only %u readers", n_slots);
	if (!nl.fd)
		CHECK_EQ(socket_open(), 0);
	return KTAP_PASS;
}

static int dump_begin(uint8_t cmd)
{
	struct nl_msg m;

	nl_begin(&m, nl.family, cmd, NLM_F_DUMP);
	m.h.nlmsg_seq = ++nl.seq;
	nl.replies = 0;
	nl.flags = 0;
	return send(nl.fd, &m, m.h.nlmsg_len, 0) == (ssize_t)m.h.nlmsg_len ? 0 : -errno;
}

/* The next part; 1 = there is more, 0 = that was all, or a negative errno */
static int dump_part(void)
{
	static union {
		struct nlmsghdr h;
		char bytes[PART_ROOM];
	} in;
	const struct nlmsghdr *p;
	int ret = 1, n = recv(nl.fd, &in, sizeof(in), 0);

	if (n < 0)
		return -errno;
	for (p = &in.h; ret > 0 && NLMSG_OK(p, (unsigned int)n); p = NLMSG_NEXT(p, n))
		ret = nl_take(&nl, p);
	return ret;
}

/* All of it; what happens after its first part.  Number of parts, or a negative errno */
static int dump(uint8_t cmd, void (*change)(void))
{
	int ret = dump_begin(cmd), parts = 0;

	while (!ret || ret == 1) {
		if (parts && !ret)
			return parts;
		ret = dump_part();
		parts++;
		if (parts == 1 && change)
			change();
	}
	return ret;
}

static void one_goes(void)
{
	close(slots[--n_slots]);
}

static void one_comes(void)
{
	slots[n_slots] = slot_open();
	n_slots += slots[n_slots] >= 0;
}

static enum ktap_result in_parts(uint8_t cmd)
{
	int parts;

	CHECK_PASS(many_readers());
	parts = dump(cmd, NULL);
	CHECK(parts >= 3, "%d parts", parts);
	CHECK(nl.replies >= (int)n_slots, "%d of %u readers", nl.replies, n_slots);
	CHECK_EQ(nl.flags & NLM_F_DUMP_INTR, 0);
	parts = dump(cmd, one_goes);
	CHECK(parts >= 3, "%d parts", parts);
	CHECK_EQ(nl.flags & NLM_F_DUMP_INTR, NLM_F_DUMP_INTR);
	parts = dump(cmd, one_comes);
	CHECK(parts >= 3, "%d parts", parts);
	CHECK_EQ(nl.flags & NLM_F_DUMP_INTR, NLM_F_DUMP_INTR);
	/* one that asks again gets an answer that holds together */
	CHECK(dump(cmd, NULL) >= 3, "parts");
	CHECK_EQ(nl.flags & NLM_F_DUMP_INTR, 0);
	return KTAP_PASS;
}

static enum ktap_result readers(void)
{
	enum ktap_result ret = in_parts(ISO7816_CMD_READER_GET);

	close_all();
	return ret;
}

static enum ktap_result stats(void)
{
	enum ktap_result ret = in_parts(ISO7816_CMD_STATS_GET);

	close_all();
	return ret;
}

static const struct ktap_test tests[] = {
	{ "a dump of readers that changes meanwhile says so", readers },
	{ "a dump of counters that changes meanwhile says so", stats },
};

KTAP_MAIN(tests)
