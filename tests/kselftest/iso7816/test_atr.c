// SPDX-License-Identifier: BSD-3-Clause
/*
 * Activation, resets and the ATR: what comes out, what is refused.
 */
#include <stdlib.h>

#include "guest.h"

/* sysmoUSIM; an old GSM SIM, inverse convention; T=14 only; T=0 with implicit F and D */
#define ATR_USIM	"3B9F96801FC78031A073BE21136743200718000001A5"
#define ATR_INVERSE	"3F2F0036AF690204018000000A0E833E9F16"
/* specific mode: T=0 at once, at F = 372 and D = 4, N = 2, inverse convention */
#define ATR_SPECIFIC	"3FFD13250250000F33B00F69FF4A50D00000535902"
#define ATR_T14		"3B9F210E49524445544F20414353038395008055"
#define ATR_IMPLICIT	"3BDF9600" "90103F07008031E0677377696363000073FE210006"

static int fd = -1;

static enum ktap_result get_atr(struct iso7816_atr *atr)
{
	memset(atr, 0, sizeof(*atr));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, atr), 0);
	return KTAP_PASS;
}

static enum ktap_result check_atr(const char *hex, uint32_t convention)
{
	struct iso7816_atr atr;
	uint8_t want[64];
	unsigned int n = unhex(hex, want, sizeof(want));

	CHECK_PASS(get_atr(&atr));
	CHECK_EQ(atr.len, n);
	CHECK(!memcmp(atr.atr, want, n), "another ATR");
	CHECK_EQ(atr.convention, convention);
	return KTAP_PASS;
}

static enum ktap_result not_powered(void)
{
	struct iso7816_atr atr;
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };

	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), -ENOTCONN);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), -ENOTCONN);
	CHECK_EQ(sw_of(fd, "80F2000C00"), -ENOTCONN);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	return KTAP_PASS;
}

static enum ktap_result activation(void)
{
	struct iso7816_power_on on = { 0 };
	struct iso7816_state state = { 0 };
	struct iso7816_event event;

	CHECK_EQ(card("atr " ATR_USIM), 0);
	forget_events(fd);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	CHECK_PASS(check_atr(ATR_USIM, ISO7816_CONVENTION_DIRECT));
	CHECK_EQ(on.protocols, 1);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_POWER_ON);
	CHECK_EQ(event.generation, on.generation);

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.state, ISO7816_STATE_ACTIVE);
	CHECK_EQ(state.generation, on.generation);
	CHECK_EQ(state.op_class, switches_vcc(fd) ? ISO7816_CLASS_B : 0);
	CHECK_EQ(state.protocol, 0);
	CHECK_EQ(state.fi, 512);
	CHECK_EQ(state.di, 32);
	CHECK_EQ(state.baud, on.max_baud);
	CHECK(state.clock_hz >= 1000000 && state.clock_hz <= 5000000, "%u", state.clock_hz);
	return KTAP_PASS;
}

static enum ktap_result resets(void)
{
	static const struct {
		uint32_t type;
		uint32_t reason;
	} kinds[] = {
		{ ISO7816_RESET_WARM, ISO7816_RESET_REASON_WARM },
		{ ISO7816_RESET_COLD, ISO7816_RESET_REASON_COLD },
	};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct iso7816_reset reset = { .type = kinds[i].type };
		struct iso7816_state before = { 0 };
		struct iso7816_event event;

		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &before), 0);
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), 0);
		CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
		CHECK_EQ(event.value, kinds[i].reason);
		CHECK(reset.generation != before.generation, "same generation");
		CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	}
	return KTAP_PASS;
}

static enum ktap_result inverse_convention(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_EQ(card("atr " ATR_INVERSE), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(check_atr(ATR_INVERSE, ISO7816_CONVENTION_INVERSE));
	CHECK_EQ(xfer(fd, "80EE0000 03 010280 00", resp, &len), 0);
	CHECK_EQ(len, 5);
	CHECK(!memcmp(resp, "\x01\x02\x80\x90\x00", 5), "another answer");
	return KTAP_PASS;
}

static enum ktap_result specific_mode(void)
{
	struct iso7816_state state = { 0 };
	struct iso7816_power_on slow = { .max_baud = 9600 };

	CHECK_EQ(card("atr " ATR_SPECIFIC), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.fi, 372);
	CHECK_EQ(state.di, 4);
	CHECK(state.baud > 37000 && state.baud < 40000, "%u bit/s", state.baud);
	CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	/* the card does not ask, and we may not */
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &slow), -EPROTO);
	CHECK_EQ(power_on(fd, NULL), 0);
	return KTAP_PASS;
}

/* Refused, and the reader is as good as before */
static enum ktap_result refused(const char *hex, int error)
{
	CHECK_EQ(card("atr %s", hex), 0);
	forget_events(fd);
	CHECK_EQ(power_on(fd, NULL), error);
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_ERROR, NULL), 0);
	CHECK_EQ(sw_of(fd, "80F2000C00"), -ENOTCONN);
	CHECK_EQ(card("atr " ATR_USIM), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result corrupt_tck(void)
{
	return refused("3B9F96801FC78031A073BE21136743200718000001A4", -EPROTO);
}

static enum ktap_result corrupt_ts(void)
{
	return refused("009F96801FC78031A073BE21136743200718000001A5", -EPROTO);
}

static enum ktap_result truncated(void)
{
	return refused("3B9F96801FC780", -EPROTO);
}

static enum ktap_result other_protocol(void)
{
	return refused(ATR_T14, -EPROTO);
}

static enum ktap_result implicit_parameters(void)
{
	return refused(ATR_IMPLICIT, -EPROTO);
}

static int implicit_default(const char *value)
{
	return file_put("/sys/module/iso7816/parameters/implicit_default", value);
}

/* The override: 372/1, with the protocol that TA2 names; and without it, refused again */
static enum ktap_result implicit_override(void)
{
	struct iso7816_state state;

	CHECK_EQ(card("atr %s", ATR_IMPLICIT), 0);
	CHECK_EQ(implicit_default("1"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(implicit_default("0"), 0);
	state = state_of(fd);
	CHECK_EQ(state.protocol, 0);
	CHECK_EQ(state.fi, 372);
	CHECK_EQ(state.di, 1);
	CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	return refused(ATR_IMPLICIT, -EPROTO);
}

static enum ktap_result mute(void)
{
	uint64_t begin;

	CHECK_EQ(card("mute on"), 0);
	begin = now_ms();
	CHECK_EQ(power_on(fd, NULL), -ETIMEDOUT);
	CHECK(now_ms() - begin < 2000, "%llu ms", (unsigned long long)(now_ms() - begin));
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	CHECK_EQ(card("mute off"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	return KTAP_PASS;
}

static enum ktap_result power_off(void)
{
	struct iso7816_event event;
	struct iso7816_atr atr;
	uint32_t generation;

	CHECK_EQ(power_on(fd, &generation), 0);
	forget_events(fd);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_OFF, NULL), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_POWER_OFF);
	CHECK(event.generation != generation, "same generation");
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), -ENOTCONN);
	return KTAP_PASS;
}

static enum ktap_result wishes(void)
{
	struct iso7816_power_on t14 = { .protocols = 1 << 14 };
	struct iso7816_power_on t1 = { .protocols = 2 };
	struct iso7816_power_on class_c = { .classes = ISO7816_CLASS_C };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &t14), -EOPNOTSUPP);
	if (switches_vcc(fd))
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &class_c), -EOPNOTSUPP);
	/* nor has this card */
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &t1), -EOPNOTSUPP);
	CHECK_EQ(power_on(fd, NULL), 0);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "an unpowered card is ENOTCONN", not_powered },
	{ "activation gives the ATR", activation },
	{ "warm and cold reset", resets },
	{ "inverse convention", inverse_convention },
	{ "specific mode", specific_mode },
	{ "wrong TCK", corrupt_tck },
	{ "wrong TS", corrupt_ts },
	{ "ATR that breaks off", truncated },
	{ "T=14 only", other_protocol },
	{ "specific mode with implicit parameters", implicit_parameters },
	{ "the same, talked to at 372/1 by implicit_default", implicit_override },
	{ "mute card", mute },
	{ "power off", power_off },
	{ "protocol or class that reader or card has not", wishes },
};

KTAP_MAIN(tests)
