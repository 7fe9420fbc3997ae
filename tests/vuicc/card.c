// SPDX-License-Identifier: BSD-3-Clause
/* The card at its contacts: power, reset, bytes, and the faults that sit there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <iso7816/timing.h>

#include "card.h"

/* Between the NULLs of a storm: well within any waiting time. */
#define STORM_NS	50000000ULL
#define STRAY_BYTE	0x55

static bool powered(const struct uicc *u)
{
	return u->vcc && u->lines.present;
}

/* Everything that lives in volatile memory is lost. */
static void forget_session(struct uicc *u)
{
	uicc_fs_reset(&u->fs);
	u->pin.verified = false;
	uicc_cat_reset(&u->cat);
	uicc_bip_reset(&u->bip);
}

static void switch_off(struct uicc *u)
{
	bool was_on = u->t0.state != UICC_T0_OFF;

	uicc_t0_step(&u->t0, UICC_T0_EV_OFF, 0);
	u->atr_at = 0;
	u->null_at = 0;
	if (was_on)
		forget_session(u);
}

static void begin_reset(struct uicc *u)
{
	u->conv = u->atr[0] == ISO7816_TS_INVERSE ? ISO7816_CONV_INVERSE : ISO7816_CONV_DIRECT;
	u->rx_after_atr = 0;
	uicc_t0_step(&u->t0, UICC_T0_EV_RESET, 0);
	u->atr_at = uicc_now() + iso7816_clocks_to_ns(u->opt->atr_delay, u->opt->clock_hz);
}

/* Bytes that were on their way when the line dropped were sent to a card that ran. */
static void drain_uart(struct uicc *u)
{
	uint8_t buf[256];

	while (uicc_conn_read(&u->uart.conn, buf, sizeof(buf)) > 0)
		;
}

static void rst_changed(struct uicc *u)
{
	if (!u->rst) {
		drain_uart(u);
		switch_off(u);
		return;
	}
	if (!u->vcc)
		uicc_violation(&u->trace, "RST high without VCC");
	else if (powered(u))
		begin_reset(u);
}

static void vcc_changed(struct uicc *u)
{
	if (u->rst)
		uicc_violation(&u->trace, "VCC switched %s while RST is high",
			       u->vcc ? "on" : "off");
	if (!u->vcc) {
		drain_uart(u);
		switch_off(u);
	}
}

void uicc_line_changed(void *ctx, enum uicc_line line, bool level)
{
	struct uicc *u = ctx;
	bool *now = line == UICC_LINE_RST ? &u->rst : &u->vcc;

	if (*now == level)
		return;
	*now = level;
	uicc_wire_log_line(&u->trace, uicc_line_name(line), level);
	if (line == UICC_LINE_RST)
		rst_changed(u);
	else
		vcc_changed(u);
}

void uicc_set_present(struct uicc *u, bool present)
{
	if (u->lines.present == present)
		return;
	uicc_wire_log_line(&u->trace, uicc_line_name(UICC_LINE_PRESENT), present);
	uicc_step(&u->trace, "%s", present ? "inserted" : "removed");
	/* the contacts open before the switch tells the reader; a new card waits for its reset */
	if (!present)
		switch_off(u);
	uicc_lines_set_present(&u->lines, present);
}

void uicc_set_mute(struct uicc *u, bool mute)
{
	u->mute = mute;
	if (!mute)
		return;
	u->atr_at = 0;
	uicc_t0_step(&u->t0, UICC_T0_EV_MUTE, 0);
}

static void send_atr(struct uicc *u)
{
	uint8_t atr[UICC_ATR_ROOM];

	u->atr_at = 0;
	if (u->mute || uicc_fault_countdown(&u->faults, UICC_FAULT_NO_ATR)) {
		uicc_t0_step(&u->t0, UICC_T0_EV_MUTE, 0);
		return;
	}
	memcpy(atr, u->atr, u->atr_len);
	if (uicc_fault_countdown(&u->faults, UICC_FAULT_BAD_ATR))
		atr[u->atr_len - 1] ^= 0x01;
	uicc_apdu_ops.send(u, atr, u->atr_len);
	uicc_t0_step(&u->t0, UICC_T0_EV_ATR_SENT, 0);
	uicc_step(&u->trace, "ATR sent, %zu bytes", u->atr_len);
}

static void fault_shown(struct uicc *u, enum uicc_fault fault)
{
	uicc_step(&u->trace, "fault %s shown", uicc_fault_name(fault));
}

/* Faults that come at a byte. */
static void show_faults(struct uicc *u)
{
	unsigned int n = u->rx_after_atr;
	enum uicc_fault i;

	if (u->faults.remove_after && !--u->faults.remove_after)
		uicc_set_present(u, false);
	for (i = UICC_FAULT_MUTE; i <= UICC_FAULT_NULL_STORM; i++) {
		if (!uicc_fault_fires(&u->faults, i, n))
			continue;
		fault_shown(u, i);
		switch (i) {
		case UICC_FAULT_MUTE:
			uicc_t0_step(&u->t0, UICC_T0_EV_MUTE, 0);
			break;
		case UICC_FAULT_REMOVE:
			uicc_set_present(u, false);
			break;
		case UICC_FAULT_NOISE:
			uicc_apdu_ops.send(u, &(const uint8_t){ STRAY_BYTE }, 1);
			break;
		case UICC_FAULT_BAD_PROCEDURE:
			u->t0.fault_procedure = true;
			break;
		case UICC_FAULT_NULL_STORM:
			u->t0.fault_storm = true;
			break;
		default:
			break;
		}
	}
}

/* What is wrong with sending to the card just now, NULL if nothing. */
static const char *untimely(const struct uicc *u)
{
	if (!powered(u))
		return u->lines.present ? "without VCC" : NULL;
	if (!u->rst)
		return "while RST is low";
	if (u->t0.state == UICC_T0_ATR)
		return "before the ATR";
	return NULL;
}

static void echo(struct uicc *u, const uint8_t *raw, size_t n)
{
	if (u->opt->echo && u->uart.conn.fd >= 0 && uicc_conn_write(&u->uart.conn, raw, n))
		u->quit = true;
}

void uicc_take(struct uicc *u, const uint8_t *raw, size_t n)
{
	const char *wrong = untimely(u);
	bool answered = false;
	size_t i;

	if (wrong)
		uicc_violation(&u->trace, "%zu bytes from the reader %s", n, wrong);
	for (i = 0; i < n; i++) {
		/* the rest came before the answer could be seen: a collision, lost */
		if (answered) {
			uicc_violation(&u->trace,
				       "%zu bytes from the reader while the card is sending", n - i);
			wrong = "lost";
			answered = false;
		}
		u->rx++;
		echo(u, raw + i, 1);
		uicc_wire_log_byte(&u->trace, true, raw[i], uicc_t0_in_secret(&u->t0));
		if (wrong || u->t0.state == UICC_T0_OFF)
			continue;
		u->rx_after_atr++;
		show_faults(u);
		answered = uicc_t0_step(&u->t0, UICC_T0_EV_BYTE,
					iso7816_conv_byte(u->conv, raw[i]));
		if (u->t0.state == UICC_T0_STORM && answered)
			u->null_at = uicc_now() + STORM_NS;
	}
}

uint64_t uicc_due(struct uicc *u, uint64_t now)
{
	if (u->atr_at && now >= u->atr_at)
		send_atr(u);
	if (u->null_at && now >= u->null_at)
		u->null_at = uicc_t0_step(&u->t0, UICC_T0_EV_TICK, 0) ? now + STORM_NS : 0;
	if (u->atr_at && u->null_at)
		return u->atr_at < u->null_at ? u->atr_at : u->null_at;
	return u->atr_at ? u->atr_at : u->null_at;
}
