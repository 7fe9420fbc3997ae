// SPDX-License-Identifier: BSD-3-Clause
/*
 * Netlink, what is told without being asked for: the same events as in the ring of
 * an open file, in the same order and with the same numbers; and what a listener
 * sees that was too slow.
 */
#include <fcntl.h>

#include "nl.h"

/* MORE TIME: any command will do */
#define MORE_TIME	"D009810301020082028182"
#define STATUS		"80F2000C00"

static struct nl events, proactive, asker;
static int fd = -1;
static uint64_t last_event, last_proactive;

static bool is_proactive(uint32_t type)
{
	return type == ISO7816_EVENT_PROACTIVE_PENDING || type == ISO7816_EVENT_PROACTIVE_NONE;
}

/* Takes in what has been told so far. */
static void forget_notices(void)
{
	uint64_t seq = 0;

	sleep_ms(50);
	while (!nl_notice(&events, 0)) {
		seq = nl_number(&events.reply.h, ISO7816_A_READER_SEQ);
		last_event = seq > last_event ? seq : last_event;
	}
	while (!nl_notice(&proactive, 0)) {
		seq = nl_number(&proactive.reply.h, ISO7816_A_READER_SEQ);
		last_proactive = seq > last_proactive ? seq : last_proactive;
	}
	forget_events(fd);
}

static enum ktap_result join(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_EQ(nl_open(&events), 0);
	CHECK_EQ(nl_open(&proactive), 0);
	CHECK_EQ(nl_open(&asker), 0);
	CHECK_EQ(nl_join(&events, 0), 0);
	CHECK_EQ(nl_join(&proactive, 1), 0);
	return active_card(fd);
}

/* The next notification is this event, and follows the one before it. */
static enum ktap_result same_event(struct nl *nl, const struct iso7816_event *event,
				   uint64_t *last)
{
	const struct nlmsghdr *h = &nl->reply.h;

	CHECK_EQ(nl_notice(nl, PATIENCE_MS), 0);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_ID), nl_reader_id());
	CHECK_EQ(nl_number(h, ISO7816_A_READER_SEQ), event->seq);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_PREV_SEQ), *last);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT), event->type);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT_VALUE), event->value);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT_TIME), event->time_ns);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_GENERATION), event->generation);
	*last = event->seq;
	return KTAP_PASS;
}

/* All that is in the ring, against what was told. */
static enum ktap_result same_as_ring(int *count)
{
	struct iso7816_event event;

	for (*count = 0; !reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &event); (*count)++) {
		if (is_proactive(event.type)) {
			CHECK_PASS(same_event(&proactive, &event, &last_proactive));
			CHECK_EQ(nl_cmd(&proactive.reply.h), ISO7816_CMD_PROACTIVE_NTF);
		} else {
			CHECK_PASS(same_event(&events, &event, &last_event));
			CHECK_EQ(nl_cmd(&events.reply.h), ISO7816_CMD_CARD_NTF);
			CHECK(!nl_attr(&events.reply.h, ISO7816_A_READER_PROACTIVE_LEN),
			      "proactive length for everybody");
		}
	}
	sleep_ms(20);
	CHECK_EQ(nl_notice(&events, 0), -ETIME);
	CHECK_EQ(nl_notice(&proactive, 0), -ETIME);
	return KTAP_PASS;
}

static enum ktap_result card_events(void)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };
	int count;

	forget_notices();
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), 0);
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(same_as_ring(&count));
	/* fresh_card() pulls the card and puts it back, or powers it off */
	CHECK_EQ(count, reader_sees_presence() ? 6 : 5);
	return KTAP_PASS;
}

/* What a notification says of the reader is how it was right after the event. */
static enum ktap_result state_in_events(void)
{
	forget_notices();
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_number(&events.reply.h, ISO7816_A_READER_STATE), ISO7816_STATE_PRESENT);
	CHECK_EQ(nl_number(&events.reply.h, ISO7816_A_READER_BAUD), 0);
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_number(&events.reply.h, ISO7816_A_READER_STATE), ISO7816_STATE_ACTIVE);
	CHECK(nl_number(&events.reply.h, ISO7816_A_READER_BAUD) > 0, "no rate");
	return KTAP_PASS;
}

static enum ktap_result proactive_events(void)
{
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };
	int count;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(sw_of(fd, STATUS) >> 12, 9);
	forget_notices();
	CHECK_EQ(card("proactive " MORE_TIME), 0);
	CHECK_EQ(sw_of(fd, STATUS) >> 8, 0x91);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), 0);
	CHECK_PASS(same_as_ring(&count));
	CHECK_EQ(count, 3);
	return KTAP_PASS;
}

/* ------------------------------------------------------- slow listeners */

static enum ktap_result storm(int rounds)
{
	while (rounds--) {
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
		CHECK_EQ(power_on(fd, NULL), 0);
	}
	sleep_ms(50);
	return KTAP_PASS;
}

static enum ktap_result enobufs(void)
{
	struct iso7816_state st = { 0 };
	uint64_t seen = 0, prev;
	struct nl slow;
	int tiny = 1, lost = 0, ret;

	CHECK_EQ(nl_open(&slow), 0);
	CHECK_EQ(setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
	CHECK_EQ(nl_join(&slow, 0), 0);
	CHECK_PASS(storm(10));
	while ((ret = nl_notice(&slow, 100)) != -ETIME) {
		if (ret == -ENOBUFS) {
			lost++;
			continue;
		}
		CHECK_EQ(ret, 0);
		seen = nl_number(&slow.reply.h, ISO7816_A_READER_SEQ);
	}
	CHECK(lost, "never ENOBUFS");
	CHECK(seen, "nothing at all");

	/* how it stands now can be asked for, and is newer than what was seen */
	CHECK_EQ(nl_call(&asker, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &st), 0);
	CHECK_EQ(nl_number(&asker.reply.h, ISO7816_A_READER_SEQ), st.event_seq);
	CHECK(st.event_seq > seen, "seq %llu", (unsigned long long)seen);

	/* the next event tells of the gap too, and follows the dump */
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(nl_notice(&slow, PATIENCE_MS), 0);
	prev = nl_number(&slow.reply.h, ISO7816_A_READER_PREV_SEQ);
	CHECK(prev > seen, "previous %llu", (unsigned long long)prev);
	CHECK_EQ(nl_number(&slow.reply.h, ISO7816_A_READER_SEQ), st.event_seq + 1);
	nl_close(&slow);
	return active_card(fd);
}

/* ------------------------------------------------- readers that come and go */

static enum ktap_result readers(void)
{
	const struct nlmsghdr *h = &events.reply.h;

	forget_notices();
	close(fd);
	CHECK_EQ(nl_notice(&events, 100), -ETIME);
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_cmd(h), ISO7816_CMD_CARD_NTF);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT), ISO7816_EVENT_CARD_REMOVED);
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_cmd(h), ISO7816_CMD_READER_DEL_NTF);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT), ISO7816_EVENT_READER_GONE);
	CHECK_EQ(nl_call(&asker, ISO7816_CMD_READER_GET, 0, 0, 0), -ENODEV);
	CHECK_EQ(nl_call(&asker, ISO7816_CMD_READER_GET, NLM_F_DUMP, 0, 0), 0);
	CHECK_EQ(asker.replies, 0);

	CHECK_EQ(reader_bind(), 0);
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_cmd(h), ISO7816_CMD_READER_ADD_NTF);
	CHECK(nl_attr(h, ISO7816_A_READER_NAME) &&
	      !strcmp(nl_data(nl_attr(h, ISO7816_A_READER_NAME)), strrchr(reader_path(), '/') + 1),
	      "name");
	CHECK_EQ(nl_number(h, ISO7816_A_READER_SEQ), 0);
	CHECK(!nl_attr(h, ISO7816_A_READER_PROACTIVE_LEN), "proactive length for everybody");
	CHECK_EQ(nl_notice(&events, PATIENCE_MS), 0);
	CHECK_EQ(nl_cmd(h), ISO7816_CMD_CARD_NTF);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_EVENT), ISO7816_EVENT_CARD_INSERTED);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_SEQ), 1);
	CHECK_EQ(nl_number(h, ISO7816_A_READER_PREV_SEQ), 0);
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	return active_card(fd);
}

static const struct ktap_test tests[] = {
	{ "join the groups", join },
	{ "events have the numbers and the order of the ring", card_events },
	{ "events say how the reader stood", state_in_events },
	{ "events of proactive commands have a group of their own", proactive_events },
	{ "a slow listener gets ENOBUFS, and sees the gap", enobufs },
	{ "readers that come and go", readers },
};

KTAP_MAIN(tests)
