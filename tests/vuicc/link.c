// SPDX-License-Identifier: BSD-3-Clause
/* From the reset to a protocol. */
#include <string.h>

#include <iso7816/timing.h>

#include "card.h"

#define TA2_IMPLICIT	0x10
/* How late a character of a block may come, for the host's sake: a quarter of BWT within these. */
#define SLACK_MIN_NS	100000000ULL
#define SLACK_MAX_NS	500000000ULL

uint64_t uicc_link_etu(const struct uicc *u, unsigned int n)
{
	return iso7816_etu_to_ns(n, u->link.f, u->link.d, u->opt->clock_hz);
}

bool uicc_link_rate_fits(const struct uicc *u)
{
	const struct uicc_link *l = &u->link;
	unsigned int baud = l->baud_given ? l->baud_given : l->baud;

	return !baud || iso7816_baud_usable(iso7816_baud(l->f, l->d, u->opt->clock_hz), baud);
}

/* A character with its guard time, and what the turn of the line costs. */
static void set_rate(struct uicc *u, uint16_t f, uint8_t d)
{
	bool t1 = u->link.protocol == 1;
	unsigned int character = t1 && u->link.atr.extra_guard == 255 ? 11 : 12;

	u->link.f = f;
	u->link.d = d;
	u->wire.char_ns = uicc_link_etu(u, character);
	u->wire.turn_ns = t1 ? uicc_link_etu(u, ISO7816_BGT_ETU - character) : 0;
}

/* TA2 without a rate that is known leaves the default. */
static void read_atr(struct uicc *u)
{
	struct uicc_link *l = &u->link;
	struct iso7816_atr_info *atr = &l->atr;
	uint16_t f = ISO7816_FD;
	uint8_t d = ISO7816_DD;

	iso7816_atr_parse(uicc_atr(u), uicc_atr_len(u), atr);
	if (!atr->protocols)
		atr->protocols = 1;
	l->protocol = atr->first_protocol;
	if (atr->has_ta2) {
		l->protocol = atr->ta2 & 15;
		if (!(atr->ta2 & TA2_IMPLICIT))
			uicc_pps_rate(atr->ta1, &f, &d);
	}
	/* the ATR itself comes at the initial rate */
	set_rate(u, ISO7816_FD, ISO7816_DD);
	l->f = f;
	l->d = d;
}

static void begin_reset(struct uicc *u)
{
	struct uicc_link *l = &u->link;

	l->state = UICC_LINK_ATR;
	l->pps.len = 0;
	read_atr(u);
	uicc_t0_step(&u->t0, UICC_T0_EV_RESET, 0);
}

/* Silence that ends a block; the reader must still be waiting for the answer then. */
static uint64_t silence_ns(const struct uicc *u, uint16_t f, uint8_t d)
{
	const struct iso7816_atr_info *atr = &u->link.atr;
	uint64_t slack = iso7816_bwt_ns(atr->bwi, f, d, u->opt->clock_hz) / 4;

	if (slack < SLACK_MIN_NS)
		slack = SLACK_MIN_NS;
	if (slack > SLACK_MAX_NS)
		slack = SLACK_MAX_NS;
	return iso7816_cwt_ns(atr->cwi, f, d, u->opt->clock_hz) + slack;
}

static void begin_protocol(struct uicc *u, uint8_t protocol, uint16_t f, uint8_t d)
{
	struct uicc_link *l = &u->link;
	struct uicc_t1_params params = { .ifsc = l->atr.ifsc, .crc = l->atr.crc };

	l->protocol = protocol;
	set_rate(u, f, d);
	if (protocol != 1) {
		l->state = protocol ? UICC_LINK_MUTE : UICC_LINK_T0;
		return;
	}
	params.silence_ns = silence_ns(u, f, d);
	uicc_t1_start(&u->t1, &params);
	if (u->wire.struck)
		uicc_t1_hurt(&u->t1);
	l->state = UICC_LINK_T1;
}

static bool pps_byte(struct uicc *u, uint8_t byte)
{
	struct uicc_link *l = &u->link;

	l->state = UICC_LINK_PPS;
	switch (uicc_pps_byte(&l->pps, &l->atr, byte)) {
	case UICC_PPS_MORE:
		return false;
	case UICC_PPS_AGREED:
		uicc_apdu_ops.send(u, l->pps.buf, l->pps.len);
		begin_protocol(u, l->pps.protocol, l->pps.f, l->pps.d);
		uicc_step(&u->trace, "PPS: T=%u, F=%u, D=%u", l->protocol, l->f, l->d);
		return true;
	case UICC_PPS_SPOILT:
		uicc_apdu_ops.send(u, l->pps.buf, l->pps.len);
		l->state = UICC_LINK_SPOILT;
		return true;
	case UICC_PPS_SILENT:
		if (l->pps.defect && !u->wire.struck)
			uicc_violation(&u->trace, "%s", l->pps.defect);
		l->state = UICC_LINK_MUTE;
		return false;
	}
	return false;
}

static bool protocol_byte(struct uicc *u, uint8_t byte)
{
	switch (u->link.state) {
	case UICC_LINK_T0:
		return uicc_t0_step(&u->t0, UICC_T0_EV_BYTE, byte);
	case UICC_LINK_T1:
		return uicc_t1_step(&u->t1, UICC_T1_EV_BYTE, byte, uicc_now());
	default:
		return false;
	}
}

static bool take_byte(struct uicc *u, uint8_t byte)
{
	struct uicc_link *l = &u->link;

	switch (l->state) {
	case UICC_LINK_FIRST:
		if (byte == UICC_PPSS)
			return pps_byte(u, byte);
		begin_protocol(u, l->protocol, l->f, l->d);
		return protocol_byte(u, byte);
	case UICC_LINK_PPS:
		return pps_byte(u, byte);
	case UICC_LINK_T0:
	case UICC_LINK_T1:
		return protocol_byte(u, byte);
	case UICC_LINK_SPOILT:
		uicc_violation(&u->trace, "the reader goes on after a wrong PPS response");
		l->state = UICC_LINK_MUTE;
		return false;
	case UICC_LINK_OFF:
	case UICC_LINK_ATR:
	case UICC_LINK_MUTE:
		break;
	}
	return false;
}

bool uicc_link_step(struct uicc *u, enum uicc_link_event event, uint8_t byte)
{
	struct uicc_link *l = &u->link;

	switch (event) {
	case UICC_LINK_EV_OFF:
		l->state = UICC_LINK_OFF;
		uicc_t0_step(&u->t0, UICC_T0_EV_RESET, 0);
		uicc_t1_step(&u->t1, UICC_T1_EV_RESET, 0, 0);
		return false;
	case UICC_LINK_EV_RESET:
		begin_reset(u);
		return false;
	case UICC_LINK_EV_ATR_SENT:
		if (l->state == UICC_LINK_ATR)
			l->state = UICC_LINK_FIRST;
		return false;
	case UICC_LINK_EV_BYTE:
		return take_byte(u, byte);
	case UICC_LINK_EV_MUTE:
		if (l->state != UICC_LINK_OFF)
			l->state = UICC_LINK_MUTE;
		return false;
	}
	return false;
}

bool uicc_link_in_secret(const struct uicc *u)
{
	switch (u->link.state) {
	case UICC_LINK_T0:
		return uicc_t0_in_secret(&u->t0);
	case UICC_LINK_T1:
		return uicc_t1_in_secret(&u->t1);
	default:
		return false;
	}
}
