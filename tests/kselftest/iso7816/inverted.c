// SPDX-License-Identifier: BSD-3-Clause
/*
 * A presence contact that the devicetree calls active low, on a machine whose card
 * drives it high: the reader has to see the opposite of what the card does.
 */
#include <fcntl.h>

#include "guest.h"

static int fd = -1;

static enum ktap_result opened_contact(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	sleep_ms(200);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	CHECK_EQ(power_on(fd, NULL), -ENOMEDIUM);
	return KTAP_PASS;
}

static enum ktap_result closed_contact(void)
{
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_INSERTED, NULL), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(card("insert"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	return KTAP_PASS;
}

/* Also what the driver looks at when it comes */
static enum ktap_result at_probe(void)
{
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(reader_bind(), 0);
	fd = open("/dev/iso7816-1", O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0, "open: %d", errno);
	sleep_ms(200);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(stats_of(fd).insertions, 1);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "a contact at H: no card", opened_contact },
	{ "a contact at L: a card", closed_contact },
	{ "the driver finds it so", at_probe },
};

KTAP_MAIN(tests)
