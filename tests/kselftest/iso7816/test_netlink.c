// SPDX-License-Identifier: BSD-3-Clause
/*
 * Netlink, what is asked for: readers, counters, settings, resets and power; who may,
 * and what is refused.  Notifications are in test_netlink_events.c.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "nl.h"

#define NOBODY	65534

static struct nl nl;
static int fd = -1;

static enum ktap_result family(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_EQ(nl_open(&nl), 0);
	CHECK(nl.family > GENL_MIN_ID, "family %d", nl.family);
	CHECK(nl.group[0] && nl.group[1] && nl.group[0] != nl.group[1], "groups %u, %u",
	      nl.group[0], nl.group[1]);
	return KTAP_PASS;
}

/* --------------------------------------------------------------- readers */

/* What netlink said last against what the ioctls say */
static enum ktap_result same_as_ioctls(bool admin)
{
	const struct nlmsghdr *h = &nl.reply.h;
	struct iso7816_state st = { 0 };
	struct iso7816_info info = { 0 };
	struct iso7816_atr atr = { 0 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), 0);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_ID), nl_reader_id());
	CHECK(nl_attr(h, ISO7816_A_READER_NAME) &&
	      !strcmp(nl_data(nl_attr(h, ISO7816_A_READER_NAME)), info.name), "name");
	CHECK(nl_attr(h, ISO7816_A_READER_PHY) &&
	      !strcmp(nl_data(nl_attr(h, ISO7816_A_READER_PHY)), info.phy), "phy");
	CHECK_EQ(nl_number(h, ISO7816_A_READER_FEATURES), info.features);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_PHY_CAPS), info.phy_caps);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_MAX_COMMAND), info.max_command);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_MAX_RESPONSE), info.max_response);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_MAX_BAUD), info.max_baud);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_SEQ), st.event_seq);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_STATE), st.state);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_CLASS), st.op_class);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_PROTOCOL), st.protocol);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_FI), st.fi);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_DI), st.di);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_CLOCK_HZ), st.clock_hz);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_BAUD), st.baud);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_IFSC), st.ifsc);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_IFSD), st.ifsd);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_GENERATION), st.generation);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_LOCK_OWNER), (uint32_t)st.lock_owner);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_POLL_MS), st.poll_ms);
	CHECK(nl_attr(h, ISO7816_A_READER_ATR), "no ATR");
	CHECK_EQ(nl_attr(h, ISO7816_A_READER_ATR)->nla_len, NLA_HDRLEN + atr.len);
	CHECK(!memcmp(nl_data(nl_attr(h, ISO7816_A_READER_ATR)), atr.atr, atr.len), "ATR");
	CHECK_EQ(nl_number(h, ISO7816_A_READER_CONVENTION), atr.convention);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_PROACTIVE_LEN),
		 admin ? (long long)st.proactive_len : -1);
	return KTAP_PASS;
}

static enum ktap_result reader_get(void)
{
	CHECK_PASS(active_card(fd));
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0), 0);
	CHECK_EQ(nl.replies, 1);
	CHECK_EQ(nl_cmd(&nl.reply.h), ISO7816_CMD_READER_GET);
	return same_as_ioctls(true);
}

static enum ktap_result reader_dump(void)
{
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0), 0);
	CHECK_EQ(nl.replies, 1);
	CHECK(nl.flags & NLM_F_MULTI, "flags %x", nl.flags);
	CHECK(!(nl.flags & NLM_F_DUMP_INTR), "interrupted");
	return same_as_ioctls(true);
}

static enum ktap_result same_stats(void)
{
	const size_t n = sizeof(struct iso7816_stats) / sizeof(uint64_t);
	union {
		struct iso7816_stats s;
		uint64_t counters[sizeof(struct iso7816_stats) / sizeof(uint64_t)];
	} stats = { 0 };
	size_t i;

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATS, &stats.s), 0);
	CHECK_EQ(ISO7816_A_STATS_MAX - ISO7816_A_STATS_PAD, (long long)n);
	CHECK_EQ(nl_number(&nl.reply.h, ISO7816_A_STATS_ID), nl_reader_id());
	for (i = 0; i < n; i++)
		CHECK_EQ(nl_number(&nl.reply.h, ISO7816_A_STATS_PAD + 1 + i),
			 stats.counters[i]);
	CHECK(stats.s.commands && stats.s.tx_bytes && stats.s.rx_bytes, "nothing counted");
	return KTAP_PASS;
}

static enum ktap_result stats_get(void)
{
	CHECK_EQ(sw_of(fd, "80F2000C00") >> 12, 9);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_STATS_GET, 0, 0, 0), 0);
	CHECK_EQ(nl_cmd(&nl.reply.h), ISO7816_CMD_STATS_GET);
	CHECK_PASS(same_stats());
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_STATS_GET, NLM_F_DUMP, 0, 0), 0);
	CHECK_EQ(nl.replies, 1);
	return same_stats();
}

static enum ktap_result no_card(void)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	CHECK_EQ(card("remove"), 0);
	while (card_state(fd) != ISO7816_STATE_ABSENT && now_ms() < end)
		sleep_ms(5);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0), 0);
	CHECK_EQ(nl_number(&nl.reply.h, ISO7816_A_READER_STATE), ISO7816_STATE_ABSENT);
	CHECK(!nl_attr(&nl.reply.h, ISO7816_A_READER_ATR), "an ATR without a card");
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_RESET, 0, ISO7816_A_CARD_RESET_TYPE,
			 ISO7816_RESET_WARM), -ENOMEDIUM);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_ON), -ENOMEDIUM);
	return active_card(fd);
}

/* ----------------------------------------------------- what is not right */

/* The error, and a text that says why */
static enum ktap_result refused(struct nl_msg *m, int error)
{
	CHECK_EQ(nl_ask(&nl, m), error);
	CHECK_EQ(nl.replies, 0);
	CHECK(nl.text[0], "no text for error %d", error);
	return KTAP_PASS;
}

static enum ktap_result bad_reader(void)
{
	static const uint8_t cmds[] = {
		ISO7816_CMD_READER_GET, ISO7816_CMD_READER_SET, ISO7816_CMD_CARD_RESET,
		ISO7816_CMD_CARD_POWER, ISO7816_CMD_STATS_GET,
	};
	struct nl_msg m;
	size_t i;

	for (i = 0; i < sizeof(cmds); i++) {
		nl_begin(&m, nl.family, cmds[i], 0);
		CHECK_PASS(refused(&m, -EINVAL));
	}
	for (i = 0; i < sizeof(cmds); i += 4) {
		nl_begin(&m, nl.family, cmds[i], 0);
		nl_put_u32(&m, ISO7816_A_READER_ID, nl_reader_id() + 1 + i * 12345);
		CHECK_PASS(refused(&m, -ENODEV));
		nl_begin(&m, nl.family, cmds[i], 0);
		nl_put_u32(&m, ISO7816_A_READER_ID, UINT32_MAX);
		CHECK_PASS(refused(&m, -ENODEV));
	}
	return KTAP_PASS;
}

static enum ktap_result bad_attributes(void)
{
	struct nl_msg m;

	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, 0);
	nl_put_u32(&m, ISO7816_A_READER_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_READER_MAX + 1, 0);
	CHECK_PASS(refused(&m, -EINVAL));
	/* known, but no part of this request */
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, 0);
	nl_put_u32(&m, ISO7816_A_READER_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_READER_STATE, 0);
	CHECK_PASS(refused(&m, -EINVAL));
	/* of another length */
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, 0);
	nl_put(&m, ISO7816_A_READER_ID, "\0\0", 2);
	CHECK_PASS(refused(&m, -EINVAL));
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, 0);
	nl_put(&m, ISO7816_A_READER_ID, "\0\0\0\0\0\0\0\0", 8);
	CHECK_PASS(refused(&m, -EINVAL));
	/* out of range */
	nl_begin(&m, nl.family, ISO7816_CMD_CARD_RESET, 0);
	nl_put_u32(&m, ISO7816_A_CARD_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_CARD_RESET_TYPE, 2);
	CHECK_PASS(refused(&m, -ERANGE));
	nl_begin(&m, nl.family, ISO7816_CMD_CARD_POWER, 0);
	nl_put_u32(&m, ISO7816_A_CARD_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_CARD_POWER, 1);
	nl_put_u32(&m, ISO7816_A_CARD_CLASSES, 8);
	return refused(&m, -ERANGE);
}

static enum ktap_result cut_off(void)
{
	struct nl_msg m;

	/* the attribute ends after the message does */
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, NLM_F_ACK);
	nl_put_u32(&m, ISO7816_A_READER_ID, nl_reader_id());
	m.h.nlmsg_len -= 2;
	CHECK_EQ(nl_ask_raw(&nl, &m.h, m.h.nlmsg_len), -EINVAL);
	/* no room for the header of an attribute */
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, NLM_F_ACK);
	m.h.nlmsg_len += 2;
	CHECK_EQ(nl_ask_raw(&nl, &m.h, m.h.nlmsg_len), -EINVAL);
	/* no room for the generic header */
	nl_begin(&m, nl.family, ISO7816_CMD_READER_GET, NLM_F_ACK);
	m.h.nlmsg_len = NLMSG_LENGTH(2);
	CHECK_EQ(nl_ask_raw(&nl, &m.h, NLMSG_LENGTH(4)), -EINVAL);
	return KTAP_PASS;
}

static enum ktap_result unknown_commands(void)
{
	CHECK_EQ(nl_call(&nl, 0, 0, 0, 0), -EOPNOTSUPP);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_NTF, 0, 0, 0), -EOPNOTSUPP);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_MAX + 1, 0, 0, 0), -EOPNOTSUPP);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_RESET, NLM_F_DUMP, 0, 0), -EOPNOTSUPP);
	return KTAP_PASS;
}

/* ------------------------------------------------------ settings and cards */

static enum ktap_result reader_set(void)
{
	struct iso7816_state st = { 0 };

	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_SET, 0, ISO7816_A_READER_POLL_MS, 5000), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_EQ(st.poll_ms, 5000);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_SET, 0, ISO7816_A_READER_POLL_MS,
			 ISO7816_POLL_MIN_MS - 1), -EINVAL);
	CHECK(nl.text[0], "no text");
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_SET, 0, 0, 0), -EINVAL);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_SET, 0, ISO7816_A_READER_POLL_MS, 0), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_EQ(st.poll_ms, 0);
	return KTAP_PASS;
}

static enum ktap_result power_and_reset(void)
{
	static const uint32_t types[] = { ISO7816_RESET_WARM, ISO7816_RESET_COLD };
	struct iso7816_state st = { 0 };
	struct iso7816_event event;
	size_t i;

	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_OFF), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_RESET, 0, ISO7816_A_CARD_RESET_TYPE,
			 ISO7816_RESET_WARM), -ENOTCONN);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_ON), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	CHECK_EQ(sw_of(fd, "80F2000C00") >> 8 & 0xf0, 0x90);
	for (i = 0; i < 2; i++) {
		forget_events(fd);
		CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_RESET, 0, ISO7816_A_CARD_RESET_TYPE,
				 types[i]), 0);
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
		CHECK_EQ(nl.replies, 1);
		CHECK_EQ(nl_number(&nl.reply.h, ISO7816_A_CARD_GENERATION), st.generation);
		CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
		CHECK_EQ(event.value, i ? ISO7816_RESET_REASON_COLD : ISO7816_RESET_REASON_WARM);
	}
	return KTAP_PASS;
}

static enum ktap_result power_on_wishes(void)
{
	struct iso7816_state st = { 0 };
	struct nl_msg m;

	nl_begin(&m, nl.family, ISO7816_CMD_CARD_POWER, 0);
	nl_put_u32(&m, ISO7816_A_CARD_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_CARD_POWER, ISO7816_POWER_ON);
	nl_put(&m, ISO7816_A_CARD_NO_PPS, "", 0);
	CHECK_EQ(nl_ask(&nl, &m), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_EQ(st.di, 1);
	/* the supply of this machine has 3 V only, if any */
	if (!switches_vcc(fd))
		return active_card(fd);
	nl_begin(&m, nl.family, ISO7816_CMD_CARD_POWER, 0);
	nl_put_u32(&m, ISO7816_A_CARD_ID, nl_reader_id());
	nl_put_u32(&m, ISO7816_A_CARD_POWER, ISO7816_POWER_ON);
	nl_put_u32(&m, ISO7816_A_CARD_CLASSES, ISO7816_CLASS_A);
	CHECK_PASS(refused(&m, -EOPNOTSUPP));
	return active_card(fd);
}

/* Three corrupt ATRs take longer than a request may wait: it goes on alone. */
static enum ktap_result in_progress(void)
{
	uint64_t start = now_ms();
	struct iso7816_event event;

	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr 3B9F00801FC78031A073BE21136743200718000001"), 0);
	forget_events(fd);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_ON), -EINPROGRESS);
	CHECK(nl.text[0], "no text");
	CHECK(now_ms() - start < PATIENCE_MS, "%llu ms", (unsigned long long)(now_ms() - start));
	CHECK_EQ(event_of(fd, ISO7816_EVENT_ERROR, &event), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	return active_card(fd);
}

static void *long_command(void *arg)
{
	static const uint8_t status[] = { 0x80, 0xf2, 0x00, 0x0c, 0x00 };
	uint8_t resp[16];
	uint32_t len = sizeof(resp);

	*(int *)arg = xfer_bytes(fd, status, sizeof(status), resp, &len, 4000);
	return NULL;
}

/* Behind a command that takes longer than a request may wait: nothing is done. */
static enum ktap_result busy(void)
{
	struct iso7816_lock lock = { 0 };
	pthread_t thread;
	int result = 0;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("fault null-storm@1"), 0);
	CHECK_EQ(pthread_create(&thread, NULL, long_command, &result), 0);
	sleep_ms(300);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_OFF), -EBUSY);
	CHECK(nl.text[0], "no text");
	pthread_join(thread, NULL);
	CHECK_EQ(result, -ETIMEDOUT);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_LOCK, &lock), 0);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER,
			 ISO7816_POWER_OFF), -EBUSY);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0), 0);
	CHECK_EQ(nl_number(&nl.reply.h, ISO7816_A_READER_LOCK_OWNER), getpid());
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL), 0);
	return active_card(fd);
}

/* ------------------------------------------------------------ permissions */

/* Runs @test as a user without rights. */
static enum ktap_result as_nobody(enum ktap_result (*test)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			_exit(KTAP_FAIL);
		status = test();
		fflush(stdout);
		_exit(status);
	}
	CHECK(pid > 0, "fork");
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status), "status %x", status);
	return WEXITSTATUS(status);
}

static enum ktap_result nobody_looks(void)
{
	CHECK_EQ(nl_open(&nl), 0);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, 0, 0, 0), 0);
	CHECK_PASS(same_as_ioctls(false));
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0), 0);
	CHECK_PASS(same_as_ioctls(false));
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_STATS_GET, 0, 0, 0), 0);
	CHECK_EQ(nl_join(&nl, 0), 0);
	return KTAP_PASS;
}

static enum ktap_result nobody_acts(void)
{
	CHECK_EQ(nl_open(&nl), 0);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_READER_SET, 0, ISO7816_A_READER_POLL_MS, 0), -EPERM);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_RESET, 0, ISO7816_A_CARD_RESET_TYPE, 0), -EPERM);
	CHECK_EQ(nl_call(&nl, ISO7816_CMD_CARD_POWER, 0, ISO7816_A_CARD_POWER, 0), -EPERM);
	CHECK_EQ(nl_join(&nl, 1), -EPERM);
	return KTAP_PASS;
}

static enum ktap_result may_look(void)
{
	return as_nobody(nobody_looks);
}

static enum ktap_result may_not_act(void)
{
	CHECK_PASS(as_nobody(nobody_acts));
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "the family has its two groups", family },
	{ "READER_GET says what the ioctls say", reader_get },
	{ "a dump has the reader once", reader_dump },
	{ "STATS_GET says what GET_STATS says", stats_get },
	{ "no card: no ATR, resets are ENOMEDIUM", no_card },
	{ "no reader, or one that is not there", bad_reader },
	{ "attributes that are unknown, misplaced, of a wrong size or value", bad_attributes },
	{ "messages that are cut off", cut_off },
	{ "unknown commands are EOPNOTSUPP", unknown_commands },
	{ "READER_SET sets the polling interval", reader_set },
	{ "CARD_POWER and CARD_RESET", power_and_reset },
	{ "CARD_POWER heeds wishes", power_on_wishes },
	{ "what takes long goes on without its caller", in_progress },
	{ "requests wait for others, but not for long", busy },
	{ "anybody may look, but for proactive commands", may_look },
	{ "others need CAP_NET_ADMIN", may_not_act },
};

KTAP_MAIN(tests)
