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
	explicit_bzero(u->enveloped, u->enveloped_len);
	u->enveloped_len = 0;
	uicc_fs_reset(&u->fs);
	u->pin.verified = false;
	uicc_cat_reset(&u->cat);
	uicc_bip_reset(&u->bip);
}

const uint8_t *uicc_atr(const struct uicc *u)
{
	return u->warm && u->opt->atr_warm_len ? u->opt->atr_warm : u->atr;
}

size_t uicc_atr_len(const struct uicc *u)
{
	return u->warm && u->opt->atr_warm_len ? u->opt->atr_warm_len : u->atr_len;
}

static void switch_off(struct uicc *u)
{
	bool was_on = u->link.state != UICC_LINK_OFF;

	uicc_link_step(u, UICC_LINK_EV_OFF, 0);
	uicc_wire_reset(&u->wire);
	u->atr_at = 0;
	u->null_at = 0;
	if (was_on)
		forget_session(u);
}

static void begin_reset(struct uicc *u)
{
	u->rate_asked = false;
	uicc_lines_forget_rate(&u->lines);
	u->conv = uicc_atr(u)[0] == ISO7816_TS_INVERSE ? ISO7816_CONV_INVERSE :
							 ISO7816_CONV_DIRECT;
	u->rx_after_atr = 0;
	uicc_link_step(u, UICC_LINK_EV_RESET, 0);
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

/* The class that the supply says it is in, 0 = it does not say. */
static unsigned int class_now(const struct uicc *u)
{
	static const unsigned int classes[] = { 0, UICC_CLASS_C, UICC_CLASS_B, UICC_CLASS_A };

	return classes[u->lines.voltage];
}

/* A card of another class gets too little, or too much, to answer. */
static bool works_at_this_voltage(const struct uicc *u)
{
	unsigned int now = class_now(u);

	return !now || now & u->classes;
}

void uicc_voltage_changed(void *ctx)
{
	struct uicc *u = ctx;

	if (u->vcc)
		uicc_violation(&u->trace, "voltage switched over while VCC is on");
}

static void vcc_changed(struct uicc *u)
{
	if (u->rst)
		uicc_violation(&u->trace, "VCC switched %s while RST is high",
			       u->vcc ? "on" : "off");
	if (u->vcc) {
		u->activations++;
		if (u->lines.voltage)
			uicc_step(&u->trace, "VCC on, class %c", "?CBA"[u->lines.voltage]);
		return;
	}
	u->warm = false;
	drain_uart(u);
	switch_off(u);
}

void uicc_line_changed(void *ctx, enum uicc_line line, bool level)
{
	struct uicc *u = ctx;
	bool *now = line == UICC_LINE_RST ? &u->rst : &u->vcc;

	if (*now == level)
		return;
	*now = level;
	uicc_wire_log_line(&u->trace, uicc_line_name(line), level);
	if (line == UICC_LINE_RST) {
		uicc_check_rst(u, uicc_now());
		rst_changed(u);
	} else {
		vcc_changed(u);
	}
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
	uicc_link_step(u, UICC_LINK_EV_MUTE, 0);
}

static void send_atr(struct uicc *u)
{
	size_t len = uicc_atr_len(u);
	uint8_t atr[UICC_ATR_ROOM];

	u->atr_at = 0;
	if (u->mute || !works_at_this_voltage(u) || u->activations <= u->opt->mute_activations ||
	    uicc_fault_countdown(&u->faults, UICC_FAULT_NO_ATR)) {
		uicc_link_step(u, UICC_LINK_EV_MUTE, 0);
		return;
	}
	memcpy(atr, uicc_atr(u), len);
	if (uicc_fault_countdown(&u->faults, UICC_FAULT_BAD_ATR))
		atr[len - 1] ^= 0x01;
	/* a UART that knows of parity errors takes the convention from TS: that takes a moment */
	if (u->wire.parity) {
		uicc_apdu_ops.send(u, atr, 1);
		uicc_wire_rest(&u->wire, uicc_link_etu(u, 12), uicc_now());
		uicc_apdu_ops.send(u, atr + 1, len - 1);
	} else {
		uicc_apdu_ops.send(u, atr, len);
	}
	uicc_link_step(u, UICC_LINK_EV_ATR_SENT, 0);
	u->warm = true;
	uicc_step(&u->trace, "ATR sent, %zu bytes", len);
}

/* Faults that come at a byte. */
static void show_faults(struct uicc *u)
{
	unsigned int n = u->rx_after_atr;
	enum uicc_fault i;

	if (u->faults.remove_after && !--u->faults.remove_after)
		uicc_set_present(u, false);
	for (i = UICC_FAULT_MUTE; i <= UICC_FAULT_WTX_STORM; i++) {
		if (!uicc_fault_fires(&u->faults, i, n))
			continue;
		switch (i) {
		case UICC_FAULT_MUTE:
			uicc_link_step(u, UICC_LINK_EV_MUTE, 0);
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
		case UICC_FAULT_WTX_STORM:
			u->t1.fault_storm = true;
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
	if (u->link.state == UICC_LINK_ATR)
		return "before the ATR";
	if (!uicc_link_rate_fits(u))
		return "at another rate than the card's";
	return NULL;
}

/*
 * The card cannot see how fast the reader's UART is set, as bytes on a socket have no rate: it
 * asks the machine, once the reader has begun to speak the protocol.
 */
static void ask_rate(struct uicc *u)
{
	if (u->rate_asked || (u->link.state != UICC_LINK_T0 && u->link.state != UICC_LINK_T1))
		return;
	u->rate_asked = true;
	uicc_lines_ask_rate(&u->lines);
}

void uicc_rate_told(void *ctx, unsigned int rate)
{
	struct uicc *u = ctx;
	unsigned int want = iso7816_baud(u->link.f, u->link.d, u->opt->clock_hz);

	/* a response that a fault has changed may have agreed on something else */
	if (iso7816_baud_usable(want, rate) || u->wire.struck)
		uicc_step(&u->trace, "the reader's UART is set to %u bit/s, %u agreed", rate, want);
	else
		uicc_violation(&u->trace, "the reader's UART is set to %u bit/s, %u agreed", rate,
			       want);
}

/* A character as it arrives at the card; true if the reader had to wait after it. */
static bool take_char(struct uicc *u, uint8_t raw)
{
	enum uicc_link_state before = u->link.state;
	bool answered;

	u->rx_after_atr++;
	show_faults(u);
	answered = uicc_link_step(u, UICC_LINK_EV_BYTE, iso7816_conv_byte(u->conv, raw));
	/* the end of a PPS request still comes at the old rate */
	if (before != UICC_LINK_PPS)
		ask_rate(u);
	if (u->t0.state == UICC_T0_STORM && answered)
		u->null_at = uicc_now() + STORM_NS;
	return answered;
}

/* A character as it is on the line, with what faults make of it. */
static bool hear_char(struct uicc *u, uint8_t raw)
{
	unsigned int before = u->faults.struck;
	bool struck, answered = false;
	uint8_t arrived[2];
	size_t i, n = uicc_wire_arrives(&u->wire, raw, arrived);

	struck = u->faults.struck != before;
	for (i = 0; i < n; i++) {
		if (struck)
			uicc_t1_struck(&u->t1);
		answered |= take_char(u, arrived[i]);
	}
	/* what it left behind is not over with the block that it struck */
	if (struck)
		uicc_t1_struck(&u->t1);
	return answered;
}

/* The rest of what the reader sent after the card had answered, true if it was to be lost. */
static bool ran_on(struct uicc *u, const uint8_t *raw, size_t n)
{
	/* a reader that has waited in vain asks again by an R- or S-block; the host was slow */
	if (u->link.state == UICC_LINK_T1 && n >= 2 &&
	    iso7816_conv_byte(u->conv, raw[1]) & 0x80)
		return true;
	if (!uicc_disturbed(u))
		uicc_violation(&u->trace, "%zu bytes from the reader while the card is sending",
			       n);
	return true;
}

/* Faults that were found in the middle of something. */
static void show_late_faults(struct uicc *u)
{
	if (u->wire.stopped && u->link.state != UICC_LINK_OFF)
		uicc_link_step(u, UICC_LINK_EV_MUTE, 0);
	if (u->wire.pulled) {
		u->wire.pulled = false;
		uicc_set_present(u, false);
	}
}

void uicc_take(struct uicc *u, const uint8_t *raw, size_t n)
{
	const char *wrong = untimely(u);
	bool answered = false, lost;
	uint64_t now = uicc_now();
	size_t i;

	/* a line that a test has spoilt is not the reader's fault */
	if (wrong && (!u->link.baud_given || uicc_link_rate_fits(u)))
		uicc_violation(&u->trace, "%zu bytes from the reader %s", n, wrong);
	lost = wrong || uicc_check_collision(u, n, now);
	if (!lost) {
		uicc_check_turn(u, now);
		uicc_check_guard(u, n, now);
	}
	for (i = 0; i < n; i++) {
		if (answered && !lost)
			lost = ran_on(u, raw + i, n - i);
		u->rx++;
		uicc_wire_log_byte(&u->trace, true, raw[i], uicc_link_in_secret(u));
		if (uicc_wire_heard(&u->wire, raw[i], u->opt->echo, now))
			u->quit = true;
		if (lost || u->link.state == UICC_LINK_OFF)
			continue;
		if (u->opt->echo && uicc_wire_flush(&u->wire, now))
			u->quit = true;
		answered = hear_char(u, raw[i]);
		show_late_faults(u);
	}
	if (uicc_wire_flush(&u->wire, now))
		u->quit = true;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

uint64_t uicc_due(struct uicc *u, uint64_t now)
{
	if (u->atr_at && now >= u->atr_at)
		send_atr(u);
	if (u->null_at && now >= u->null_at)
		u->null_at = uicc_t0_step(&u->t0, UICC_T0_EV_TICK, 0) ? now + STORM_NS : 0;
	if (u->link.state == UICC_LINK_T1 && u->t1.due_at && now >= u->t1.due_at)
		uicc_t1_step(&u->t1, UICC_T1_EV_TIME, 0, now);
	if (uicc_wire_flush(&u->wire, now))
		u->quit = true;
	show_late_faults(u);
	return earlier(earlier(u->atr_at, u->null_at),
		       earlier(u->link.state == UICC_LINK_T1 ? u->t1.due_at : 0,
			       uicc_wire_due(&u->wire)));
}
