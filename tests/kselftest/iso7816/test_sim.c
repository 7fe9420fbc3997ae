// SPDX-License-Identifier: BSD-3-Clause
/*
 * The virtual reader from both sides: this program is the card and the user.  What
 * the driver does at the contacts is seen record by record here, so that this is also
 * where its order, its times, its parity and its rates are checked.
 */
#include "slot.h"

/* Readers that the driver has numbers for */
#define READERS		32
/* 400 clock cycles, rounded down */
#define RESET_NS	112000

/* --------------------------------------------------------- the tests */

static enum ktap_result no_reader_yet(void)
{
	struct iso7816_sim_record r = { .type = ISO7816_SIM_CHAR };
	struct iso7816_sim_setup bad;
	struct slot s;
	int fd;

	CHECK_EQ(slot_open(&s, &usual), 0);
	CHECK_EQ(ioctl(s.card, ISO7816_SIM_IOC_SETUP, &s.setup), -1);
	CHECK_EQ(errno, EBUSY);
	slot_close(&s);

	fd = open(SIM, O_RDWR | O_NONBLOCK);
	CHECK(fd >= 0, "open");
	CHECK(read(fd, &r, sizeof(r)) < 0 && errno == ENOTCONN, "read: %d", errno);
	CHECK(write(fd, &r, sizeof(r)) < 0 && errno == ENOTCONN, "write: %d", errno);
	CHECK_EQ(poll_for(fd, POLLIN | POLLOUT, 50), 0);
	CHECK(ioctl(fd, ISO7816_IOC_POWER_OFF) < 0 && errno == ENOTTY, "ioctl: %d", errno);
	bad = usual;
	bad.reserved = 1;
	CHECK(ioctl(fd, ISO7816_SIM_IOC_SETUP, &bad) < 0 && errno == EINVAL, "reserved");
	bad = usual;
	bad.flags = 1U << 31;
	CHECK(ioctl(fd, ISO7816_SIM_IOC_SETUP, &bad) < 0 && errno == EINVAL, "flags");
	bad = usual;
	bad.caps = 1ULL << 63;
	CHECK(ioctl(fd, ISO7816_SIM_IOC_SETUP, &bad) < 0 && errno == EINVAL, "caps");
	bad = usual;
	bad.clock_hz = 5000001;
	CHECK(ioctl(fd, ISO7816_SIM_IOC_SETUP, &bad) < 0 && errno == EINVAL, "clock");
	close(fd);
	return KTAP_PASS;
}

static enum ktap_result records(void)
{
	struct iso7816_sim_record r[2] = { { .type = ISO7816_SIM_CHAR, .value = 0x3b } };
	struct slot s;

	CHECK_EQ(slot_open(&s, &usual), 0);
	CHECK(read(s.card, r, sizeof(r[0]) - 1) < 0 && errno == EINVAL, "short read");
	CHECK(write(s.card, r, sizeof(r[0]) - 1) < 0 && errno == EINVAL, "short write");
	CHECK(read(s.card, r, sizeof(r)) < 0 && errno == EAGAIN, "empty: %d", errno);
	CHECK_EQ(write(s.card, r, sizeof(r[0]) + 1), (int)sizeof(r[0]));
	r[0].value = 0x100;
	CHECK(write(s.card, r, sizeof(r[0])) < 0 && errno == EINVAL, "value");
	r[0].value = 0;
	r[0].time_ns = 1;
	CHECK(write(s.card, r, sizeof(r[0])) < 0 && errno == EINVAL, "time");
	r[0].time_ns = 0;
	r[0].type = ISO7816_SIM_POWER;
	CHECK(write(s.card, r, sizeof(r[0])) < 0 && errno == EINVAL, "type");
	slot_close(&s);
	return KTAP_PASS;
}

static enum ktap_result numbers(void)
{
	static struct slot slots[READERS + 1];
	unsigned int i, n = 0;
	int ret = 0;

	for (i = 0; i <= READERS && !ret; i++) {
		ret = slot_open(&slots[i], &usual);
		n += !ret;
	}
	for (i = 0; i < n + !!ret; i++)
		slot_close(&slots[i]);
	CHECK_EQ(ret, -ENOSPC);
	/* one may be that of the machine */
	CHECK(n >= READERS - 2, "%u readers", n);
	ret = slot_open(&slots[0], &usual);
	slot_close(&slots[0]);
	CHECK_EQ(ret, 0);
	return KTAP_PASS;
}

/* What phy and core say of themselves */
static enum ktap_result what_it_is(void)
{
	struct iso7816_sim_setup setup = usual;
	struct iso7816_info info = { 0 };
	struct slot s;

	setup.flags &= ~(ISO7816_SIM_PRESENCE | ISO7816_SIM_VCC);
	setup.caps |= ISO7816_PHY_ECHO;
	setup.max_baud = 115200;
	CHECK_EQ(slot_open(&s, &setup), 0);
	CHECK_EQ(reader_ioctl(s.fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK_EQ(info.phy_caps, CAPS | ISO7816_PHY_ECHO);
	CHECK_EQ(info.features & (ISO7816_FEATURE_PRESENCE | ISO7816_FEATURE_VCC), 0);
	CHECK_EQ(info.max_baud, 115200);
	CHECK(!strcmp(info.name, s.setup.name), "%s", info.name);
	CHECK_EQ(s.setup.clock_hz, CLOCK_HZ);
	/* nobody can tell: a card is taken to be there */
	CHECK_EQ(card_state(s.fd), ISO7816_STATE_PRESENT);
	slot_close(&s);
	return KTAP_PASS;
}

/* VCC, CLK, RST up in this order and with time between, and down the other way round */
static enum ktap_result order(void)
{
	struct iso7816_sim_setup setup = usual;
	struct iso7816_sim_record r;
	struct user u;
	struct slot s;

	setup.classes = ISO7816_CLASS_B;
	CHECK_EQ(slot_open(&s, &setup), 0);
	begin_power_on(&u, &s);
	do
		CHECK(next_record(&s, &r), "nothing comes");
	while (r.type == ISO7816_SIM_LINE);
	CHECK_EQ(r.type, ISO7816_SIM_POWER);
	CHECK_EQ(r.value, ISO7816_CLASS_B);
	do
		CHECK(next_record(&s, &r), "no CLK");
	while (r.type == ISO7816_SIM_LINE);
	CHECK_EQ(r.type, ISO7816_SIM_CLOCK);
	CHECK(!s.rst, "RST is high already");
	CHECK(answer(&s, "3B00", 0), "no reset");
	CHECK(s.rst_at - s.clk_at >= RESET_NS, "RST low for %llu ns",
	      (unsigned long long)(s.rst_at - s.clk_at));
	CHECK_EQ(end_power_on(&u), 0);
	CHECK_EQ(u.on.classes, ISO7816_CLASS_B);

	CHECK_EQ(reader_ioctl(s.fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK(await(&s, ISO7816_SIM_RESET, 0, NULL), "RST stays high");
	CHECK(next_record(&s, &r) && r.type == ISO7816_SIM_CLOCK && !r.value, "no CLK");
	CHECK(next_record(&s, &r) && r.type == ISO7816_SIM_POWER && !r.value, "no VCC");
	slot_close(&s);
	return KTAP_PASS;
}

/* Each of the errors that a UART tells spoils an ATR; after three it is given up */
static enum ktap_result flagged(uint8_t flags, uint64_t caps, int want)
{
	struct iso7816_sim_setup setup = usual;
	struct user u;
	struct slot s;
	int i;

	setup.caps = caps;
	CHECK_EQ(slot_open(&s, &setup), 0);
	begin_power_on(&u, &s);
	for (i = 0; i < (want ? 3 : 1); i++)
		CHECK(answer(&s, "3B00", flags), "reset %d", i);
	CHECK_EQ(end_power_on(&u), want);
	slot_close(&s);
	return KTAP_PASS;
}

static enum ktap_result character_errors(void)
{
	CHECK_PASS(flagged(ISO7816_SIM_ODD, CAPS, -EPROTO));
	CHECK_PASS(flagged(ISO7816_SIM_FRAME, CAPS, -EPROTO));
	CHECK_PASS(flagged(ISO7816_SIM_OVERRUN, CAPS, -EPROTO));
	CHECK_PASS(flagged(0, CAPS, 0));
	/* a line that cannot tell takes it as it is */
	return flagged(ISO7816_SIM_ODD, CAPS & ~ISO7816_PHY_CHAR_ERRORS, 0);
}

static void *status_thread(void *arg)
{
	struct user *u = arg;
	uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 }, resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd, .command_len = sizeof(cmd),
		.response = (uintptr_t)resp, .response_len = sizeof(resp),
	};

	u->ret = reader_ioctl(u->slot->fd, ISO7816_IOC_XFER, &x);
	if (!u->ret)
		u->ret = resp[0] << 8 | resp[1];
	return NULL;
}

/* 80 F2 00 0C 00 as an inverse card has it on the line: mirrored, complemented */
static const uint8_t inverse_status[] = { 0xfe, 0xb0, 0xff, 0xcf, 0xff };

/*
 * Parity is odd on the line of an inverse card, and must be so before the second
 * character: from then on each character counts, in both directions.
 */
static enum ktap_result parity_switch(void)
{
	struct iso7816_stats stats = { 0 };
	struct iso7816_sim_record r;
	struct user u;
	struct slot s;
	unsigned int i;

	CHECK_EQ(slot_open(&s, &usual), 0);
	begin_power_on(&u, &s);
	CHECK(await(&s, ISO7816_SIM_RESET, 1, NULL), "no reset");
	CHECK(!s.odd, "odd before TS");
	/* TS 3F, T0 00 */
	CHECK(put(&s, 0x03, ISO7816_SIM_ODD), "write");
	while (!s.odd)
		CHECK(next_record(&s, &r), "the parity is not switched after TS");
	CHECK(put(&s, 0xff, ISO7816_SIM_ODD), "write");
	CHECK_EQ(end_power_on(&u), 0);

	CHECK_EQ(pthread_create(&u.thread, NULL, status_thread, &u), 0);
	for (i = 0; i < sizeof(inverse_status); i++) {
		CHECK(await(&s, ISO7816_SIM_CHAR, inverse_status[i], &r), "character %u", i);
		CHECK(r.flags & ISO7816_SIM_ODD, "character %u with even parity", i);
	}
	/* 90 00 */
	CHECK(put(&s, 0xf6, ISO7816_SIM_ODD) && put(&s, 0xff, ISO7816_SIM_ODD), "write");
	pthread_join(u.thread, NULL);
	CHECK_EQ(u.ret, 0x9000);
	/* but for that of TS, which was even then */
	CHECK_EQ(reader_ioctl(s.fd, ISO7816_IOC_GET_STATS, &stats), 0);
	CHECK_EQ(stats.parity_errors, 1);
	slot_close(&s);
	return KTAP_PASS;
}

/* Too early: the rest of an ATR that came before the switch has the wrong parity */
static enum ktap_result parity_too_late(void)
{
	struct user u;
	struct slot s;

	CHECK_EQ(slot_open(&s, &usual), 0);
	begin_power_on(&u, &s);
	CHECK(await(&s, ISO7816_SIM_RESET, 1, NULL), "no reset");
	CHECK(put(&s, 0x03, ISO7816_SIM_ODD) && put(&s, 0xff, ISO7816_SIM_ODD), "write");
	CHECK_EQ(end_power_on(&u), 0);
	slot_close(&s);
	return KTAP_PASS;
}

/* A rate that is off by more than 2 % is not used, not even the first */
static enum ktap_result rate_off(int ppm, int want)
{
	struct iso7816_sim_setup setup = usual;
	struct iso7816_state state = { 0 };
	struct user u;
	struct slot s;

	setup.error_ppm = ppm;
	CHECK_EQ(slot_open(&s, &setup), 0);
	begin_power_on(&u, &s);
	if (!want)
		CHECK(answer(&s, "3B00", 0), "no reset");
	CHECK_EQ(end_power_on(&u), want);
	CHECK_EQ(reader_ioctl(s.fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.baud, want ? 0 : 9600 * (1000000LL + ppm) / 1000000);
	slot_close(&s);
	return KTAP_PASS;
}

static enum ktap_result two_percent(void)
{
	CHECK_PASS(rate_off(19000, 0));
	CHECK_PASS(rate_off(-19000, 0));
	CHECK_PASS(rate_off(21000, -ERANGE));
	return rate_off(-21000, -ERANGE);
}

/* Of the rates of TA1 = 96 a UART of 1.8432 MHz can do 512/8 and no faster one */
static enum ktap_result ladder(void)
{
	static const uint8_t pps[] = { 0xff, 0x10, 0x94, 0x7b };
	struct iso7816_sim_setup setup = usual;
	struct iso7816_state state = { 0 };
	struct user u;
	struct slot s;
	unsigned int i;

	setup.divisor_hz = 1843200;
	CHECK_EQ(slot_open(&s, &setup), 0);
	begin_power_on(&u, &s);
	CHECK(answer(&s, "3B1096", 0), "no reset");
	for (i = 0; i < sizeof(pps); i++)
		CHECK(await(&s, ISO7816_SIM_CHAR, pps[i], NULL), "PPS request, character %u", i);
	for (i = 0; i < sizeof(pps); i++)
		CHECK(put(&s, pps[i], 0), "write");
	CHECK_EQ(end_power_on(&u), 0);
	CHECK_EQ(reader_ioctl(s.fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.fi, 512);
	CHECK_EQ(state.di, 8);
	CHECK_EQ(state.baud, 1843200 / 33);
	slot_close(&s);
	return KTAP_PASS;
}

/* The card program goes away: at rest, and while a command waits */
static enum ktap_result unplug(bool busy)
{
	struct user u = { .ret = 0 };
	struct slot s;
	uint64_t begin;

	CHECK_EQ(slot_open(&s, &usual), 0);
	begin_power_on(&u, &s);
	CHECK(answer(&s, "3B00", 0), "no reset");
	CHECK_EQ(end_power_on(&u), 0);
	if (busy) {
		CHECK_EQ(pthread_create(&u.thread, NULL, status_thread, &u), 0);
		CHECK(await(&s, ISO7816_SIM_CHAR, 0x80, NULL), "no command");
	}
	begin = now_ms();
	close(s.card);
	s.card = -1;
	if (busy) {
		pthread_join(u.thread, NULL);
		CHECK_EQ(u.ret, -ENODEV);
	}
	CHECK(now_ms() - begin < 500, "%llu ms", (unsigned long long)(now_ms() - begin));
	CHECK(poll_for(s.fd, POLLHUP, 1000) & POLLHUP, "no POLLHUP");
	CHECK_EQ(event_of(s.fd, ISO7816_EVENT_READER_GONE, NULL), 0);
	CHECK_EQ(sw_of(s.fd, "80F2000C00"), -ENODEV);
	slot_close(&s);
	return KTAP_PASS;
}

static enum ktap_result unplug_at_rest(void)
{
	return unplug(false);
}

static enum ktap_result unplug_busy(void)
{
	return unplug(true);
}

static const struct ktap_test tests[] = {
	{ "before the setup there is no reader", no_reader_yet },
	{ "whole records, and only those that are known", records },
	{ "as many readers as there are numbers: ENOSPC", numbers },
	{ "the reader is what the setup says", what_it_is },
	{ "VCC, CLK, RST, and back", order },
	{ "a character with an error spoils the ATR", character_errors },
	{ "inverse card: parity is switched between TS and T0", parity_switch },
	{ "inverse card that does not wait for it", parity_too_late },
	{ "a rate more than 2 % off is refused", two_percent },
	{ "rates that the line cannot do are passed over", ladder },
	{ "card program gone at rest", unplug_at_rest },
	{ "card program gone in a command", unplug_busy },
};

KTAP_MAIN(tests)
