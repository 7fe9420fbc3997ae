// SPDX-License-Identifier: BSD-3-Clause
/*
 * GET_STATS: what happens is counted, once, and nothing else is.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
#define ECHO		"80EE0000 04 01020304 00"
/* T=1, 372/4, IFSC 254, a block waiting time of 0.2 s */
#define ATR_T1		"3BFD13000081" "31FE158073C021C057597562694B657940"
#define LONG_ANSWER	"80EE020000"

static int fd = -1;
static struct iso7816_stats before;

static enum ktap_result begin(const char *atr)
{
	char line[100];

	if (fd < 0)
		fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	if (atr) {
		snprintf(line, sizeof(line), "atr %s", atr);
		CHECK_EQ(card("%s", line), 0);
	}
	CHECK_EQ(power_on(fd, NULL), 0);
	before = stats_of(fd);
	return KTAP_PASS;
}

/* How much a counter has gone up since begin() */
#define GREW(member)	((long long)(stats_of(fd).member - before.member))

static enum ktap_result commands(void)
{
	CHECK_PASS(begin(NULL));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(GREW(commands), 1);
	CHECK_EQ(GREW(tx_bytes), 5);
	CHECK_EQ(GREW(rx_bytes), 2);
	CHECK_EQ(GREW(failures), 0);
	CHECK_EQ(GREW(polls), 0);
	CHECK_EQ(GREW(resets), 0);
	/* a header and its data, GET RESPONSE: 9 + 5 out; INS, 61xx, INS, data, 9000 in */
	CHECK_EQ(sw_of(fd, ECHO), 0x9000);
	CHECK_EQ(GREW(commands), 2);
	CHECK_EQ(GREW(tx_bytes), 5 + 14);
	CHECK_EQ(GREW(rx_bytes), 2 + 1 + 2 + 1 + 4 + 2);
	/* a command that is none does not get to the card */
	CHECK_EQ(sw_of(fd, "80EE0000 05 0102"), -EINVAL);
	CHECK_EQ(GREW(tx_bytes), 5 + 14);
	return KTAP_PASS;
}

static enum ktap_result by_write(void)
{
	uint8_t resp[16];

	CHECK_PASS(begin(NULL));
	CHECK_EQ(write(fd, "\x80\xf2\x00\x0c\x00", 5), 5);
	CHECK_EQ(read(fd, resp, sizeof(resp)), 2);
	CHECK_EQ(GREW(commands), 1);
	return KTAP_PASS;
}

static enum ktap_result resets(void)
{
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };

	CHECK_PASS(begin(NULL));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &warm), 0);
	CHECK_EQ(GREW(resets), 1);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(GREW(resets), 2);
	CHECK_EQ(GREW(recoveries), 0);
	CHECK_EQ(GREW(atr_errors), 0);
	CHECK_EQ(GREW(timeouts), 0);
	CHECK_EQ(GREW(insertions), 0);
	CHECK_PASS(active_card(fd));
	CHECK_EQ(GREW(insertions), reader_sees_presence());
	return KTAP_PASS;
}

static enum ktap_result bad_atr(void)
{
	CHECK_PASS(begin(NULL));
	CHECK_EQ(card("fault bad-atr@1"), 0);
	power_on(fd, NULL);
	CHECK(GREW(atr_errors) >= 1, "%lld", GREW(atr_errors));
	CHECK(GREW(resets) >= 2, "%lld", GREW(resets));
	return KTAP_PASS;
}

static enum ktap_result no_atr(void)
{
	CHECK_PASS(begin(NULL));
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(power_on(fd, NULL), -ETIMEDOUT);
	CHECK(GREW(timeouts) >= 1, "%lld", GREW(timeouts));
	CHECK_EQ(GREW(atr_errors), 0);
	return KTAP_PASS;
}

static enum ktap_result nulls(void)
{
	struct slow_xfer slow = { 0 };

	CHECK_PASS(begin(NULL));
	CHECK_EQ(GREW(nulls), 0);
	CHECK_PASS(slow_begin(&slow, fd, 1000));
	CHECK_EQ(slow_end(&slow), -ETIMEDOUT);
	CHECK(GREW(nulls) >= 1, "%lld", GREW(nulls));
	CHECK_EQ(GREW(timeouts), 1);
	CHECK_EQ(GREW(failures), 1);
	CHECK_EQ(GREW(recoveries), 1);
	CHECK_EQ(GREW(resets), 1);
	return KTAP_PASS;
}

static enum ktap_result polls(void)
{
	struct iso7816_poll on = { .interval_ms = 20 }, off = { 0 };

	CHECK_PASS(begin(NULL));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &on), 0);
	sleep_ms(500);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &off), 0);
	CHECK(GREW(polls) >= 3, "%lld", GREW(polls));
	CHECK_EQ(GREW(commands), 0);
	return KTAP_PASS;
}

/* T=1: a fault on the line, and what it took to get over it */
static enum ktap_result bad_block(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_PASS(begin(ATR_T1));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(GREW(bad_blocks), 0);
	CHECK_EQ(GREW(retransmits), 0);
	CHECK_EQ(card("fault bad-edc@3"), 0);
	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), 0);
	CHECK_EQ(GREW(bad_blocks), 1);
	CHECK_EQ(GREW(retransmits), 1);
	CHECK_EQ(GREW(failures), 0);
	CHECK_EQ(GREW(recoveries), 0);
	CHECK_EQ(GREW(nulls), 0);
	return KTAP_PASS;
}

static enum ktap_result wtx(void)
{
	static const uint8_t cmd[] = { 0x80, 0xee, 0x02, 0x00, 0x00 };
	uint32_t len = 300;
	uint8_t resp[300];

	CHECK_PASS(begin(ATR_T1));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(card("fault wtx-storm@1"), 0);
	CHECK_EQ(xfer_bytes(fd, cmd, sizeof(cmd), resp, &len, 700), -ETIMEDOUT);
	CHECK(GREW(wtx) >= 1, "%lld", GREW(wtx));
	CHECK_EQ(GREW(recoveries), 1);
	return KTAP_PASS;
}

static enum ktap_result resynchs(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_PASS(begin(ATR_T1));
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	CHECK_EQ(card("fault stop@out:1"), 0);
	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), -ETIMEDOUT);
	CHECK(GREW(resynchs) >= 1, "%lld", GREW(resynchs));
	CHECK(GREW(timeouts) >= 3, "%lld", GREW(timeouts));
	CHECK(GREW(retransmits) >= 2, "%lld", GREW(retransmits));
	return KTAP_PASS;
}

/* A card that speaks when it is not its turn */
static enum ktap_result unexpected(void)
{
	CHECK_PASS(begin(NULL));
	CHECK_EQ(card("fault noise@1"), 0);
	sw_of(fd, STATUS);
	sleep_ms(100);
	sw_of(fd, STATUS);
	CHECK(GREW(unexpected) + GREW(recoveries) >= 1, "%lld and %lld", GREW(unexpected),
	      GREW(recoveries));
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "commands and bytes", commands },
	{ "write is a command too", by_write },
	{ "resets and insertions", resets },
	{ "corrupt ATR", bad_atr },
	{ "mute card", no_atr },
	{ "NULL bytes, timeout, recovery", nulls },
	{ "STATUS of the reader itself", polls },
	{ "T=1: bad block, retransmission", bad_block },
	{ "T=1: waiting time extension", wtx },
	{ "T=1: resynchronisation", resynchs },
	{ "characters that were not due", unexpected },
};

KTAP_MAIN(tests)
