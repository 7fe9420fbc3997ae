// SPDX-License-Identifier: BSD-3-Clause
/*
 * PPS: what is asked for, and what becomes of each way not to confirm it.  The card
 * itself confirms; its response is spoilt on the line, character by character.
 */
#include "guest.h"

/* TA1 = 96: the rungs are 96 95 94 18 13 12, and 372/1 without a PPS */
#define ATR_USIM	"3B9F96801FC78031A073BE21136743200718000001A5"
#define USIM_LEN	22
#define USIM_RUNGS	6
/* TA1 = 18, T=0 first and T=1: the rungs are 18 13 12, and 11, where T=1 needs a PPS too */
#define ATR_BOTH	"3B961880018051006110309F"
#define BOTH_LEN	12
#define BOTH_RUNGS	4
/* Characters of the response, after the ATR */
#define PPSS		1
#define PPS0		2
#define PPS1		3
#define PCK		4

static int fd = -1;

static enum ktap_result begin(const char *atr)
{
	if (fd < 0)
		fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr %s", atr), 0);
	return KTAP_PASS;
}

/* The card is on at @fi/@di and answers; the line does that rate, as it says */
static enum ktap_result works_at(uint32_t fi, uint32_t di, uint32_t protocol)
{
	struct iso7816_state state = { 0 };
	uint32_t baud;

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.fi, fi);
	CHECK_EQ(state.di, di);
	CHECK_EQ(state.protocol, protocol);
	baud = (uint64_t)state.clock_hz * di / fi;
	CHECK(state.baud >= baud - baud / 50 && state.baud <= baud + baud / 50,
	      "%u bit/s, should be %u", state.baud, baud);
	CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result limited(void)
{
	struct iso7816_power_on on = { .max_baud = 120000 };
	struct iso7816_power_on least = { .max_baud = 1 };

	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	CHECK_PASS(works_at(512, 16, 0));
	CHECK(on.max_baud <= 120000, "%u bit/s", on.max_baud);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &least), 0);
	return works_at(372, 1, 0);
}

static enum ktap_result no_pps(void)
{
	struct iso7816_power_on on = { .flags = ISO7816_POWER_NO_PPS };
	struct iso7816_power_on t1 = { .flags = ISO7816_POWER_NO_PPS, .protocols = 2 };

	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	CHECK_PASS(works_at(372, 1, 0));
	/* a protocol that only a PPS brings */
	CHECK_EQ(card("atr " ATR_BOTH), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &t1), -EOPNOTSUPP);
	return KTAP_PASS;
}

static enum ktap_result after_reset(void)
{
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };
	struct iso7816_reset cold = { .type = ISO7816_RESET_COLD };

	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(works_at(512, 32, 0));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &warm), 0);
	CHECK_PASS(works_at(512, 32, 0));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &cold), 0);
	return works_at(512, 32, 0);
}

/* The next rung, after one reset more */
static enum ktap_result next_rung(void)
{
	CHECK_EQ(power_on(fd, NULL), 0);
	return works_at(512, 16, 0);
}

static enum ktap_result no_response(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault stop@out:%d", USIM_LEN + PPSS), 0);
	return next_rung();
}

static enum ktap_result cut_short(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault stop@out:%d", USIM_LEN + PCK), 0);
	return next_rung();
}

static enum ktap_result wrong_pck(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault alter@out:%d", USIM_LEN + PCK), 0);
	return next_rung();
}

/* 97 for 96, with the PCK that belongs to it */
static enum ktap_result altered(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault alter@out:%d", USIM_LEN + PPS1), 0);
	CHECK_EQ(card("fault alter@out:%d", USIM_LEN + PCK), 0);
	return next_rung();
}

static enum ktap_result other_protocol(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault alter@out:%d", USIM_LEN + PPS0), 0);
	CHECK_EQ(card("fault alter@out:%d", USIM_LEN + PCK), 0);
	return next_rung();
}

/* PPS2 = 20, announced in PPS0 (bit 6): the PCK stays right */
static enum ktap_result unasked_pps2(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("fault alter@out:%d:5", USIM_LEN + PPS0), 0);
	CHECK_EQ(card("fault noise@out:%d:32", USIM_LEN + PCK), 0);
	return next_rung();
}

/* FF 00 FF: nothing but the protocol is confirmed, the defaults stay */
static enum ktap_result fewer_parameters(void)
{
	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("pps reduce:1"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	return works_at(372, 1, 0);
}

/* Down the whole ladder, each rung with a response that is wrong */
static enum ktap_result never_confirmed(void)
{
	int i;

	CHECK_PASS(begin(ATR_USIM));
	for (i = 1; i <= USIM_RUNGS; i++)
		CHECK_EQ(card("fault alter@out:%d", i * (USIM_LEN + PCK)), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	return works_at(372, 1, 0);
}

static enum ktap_result protocol_refused(void)
{
	struct iso7816_power_on on = { .protocols = 2 };
	/* FF 01 FE has no PPS1 */
	int i, at = 0;

	CHECK_PASS(begin(ATR_BOTH));
	for (i = 1; i <= BOTH_RUNGS; i++) {
		at += BOTH_LEN + (i < BOTH_RUNGS ? PCK : PCK - 1);
		CHECK_EQ(card("fault alter@out:%d", at), 0);
	}
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), -EPROTO);
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	return works_at(372, 12, 1);
}

/*
 * A line that stays at 9600 bit/s whatever it is set to: each rung is confirmed, and
 * no command comes through, until it is the last one's turn.
 */
static enum ktap_result stuck_line(void)
{
	/* the rungs are 94 13 12, and 372/1 */
	struct iso7816_power_on on = { .max_baud = 60000 };
	int i;

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	for (i = 0; i < 3; i++)
		CHECK_EQ(sw_of(fd, "80F2000C00"), -ETIMEDOUT);
	return works_at(372, 1, 0);
}

static enum ktap_result line_that_lies(void)
{
	enum ktap_result result;

	CHECK_PASS(begin(ATR_USIM));
	CHECK_EQ(card("baud 9600"), 0);
	result = stuck_line();
	CHECK_EQ(card("baud 0"), 0);
	CHECK_PASS(result);
	CHECK_EQ(power_on(fd, NULL), 0);
	return works_at(512, 32, 0);
}

static const struct ktap_test tests[] = {
	{ "POWER_ON limits the rate", limited },
	{ "POWER_ON without PPS", no_pps },
	{ "warm and cold reset negotiate again", after_reset },
	{ "no response: next rung", no_response },
	{ "response cut short: next rung", cut_short },
	{ "wrong PCK: next rung", wrong_pck },
	{ "altered PPS1: next rung", altered },
	{ "another protocol: next rung", other_protocol },
	{ "PPS2 that nobody asked for: next rung", unasked_pps2 },
	{ "fewer parameters: the defaults stay", fewer_parameters },
	{ "never confirmed: no PPS in the end", never_confirmed },
	{ "protocol never confirmed: EPROTO", protocol_refused },
	{ "a rate that the line does not do is given up", line_that_lies },
};

KTAP_MAIN(tests)
