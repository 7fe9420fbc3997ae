/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The card's life cycle from inside: what fsm.c (states and events),
 * fsm-reset.c (from VCC to the ATR), fsm-link.c (from the ATR to a link that
 * carries commands) and fsm-exchange.c (a command and its response) share.  Run
 * by the worker only, so that nothing in struct iso7816_fsm needs a lock.
 */
#ifndef ISO7816_FSM_H
#define ISO7816_FSM_H

#include <iso7816/atr.h>
#include <iso7816/pps.h>
#include <iso7816/t1.h>
#include <iso7816/timing.h>
#include <iso7816/tpdu.h>

#include "iso7816-core.h"

/* Two stop bits */
#define FSM_GUARD_ETU	12

enum fsm_state {
	FSM_ABSENT,
	FSM_PRESENT,
	FSM_DISCHARGE,
	FSM_POWERING,
	FSM_RST_LOW,
	FSM_ATR,
	FSM_PPS,
	FSM_ACTIVE,
	FSM_EXCHANGE,
	FSM_FAILED,
};

/**
 * struct iso7816_fsm - what only the worker knows
 * @state: where the card stands
 * @cur: the request under way, NULL if none
 * @poll: the worker's own STATUS
 * @reason: why the reset under way was begun, ISO7816_RESET_REASON_*
 * @failure: error of the exchange that the reset under way recovers from, or 0
 * @wish: of the last POWER_ON
 * @class: operating class tried or in force, 0 = not known
 * @untried: classes to be tried if this one brings no usable ATR
 * @cold_left: a recovery may still try a cold reset
 * @off_ns: when VCC was last switched off, 0 = never
 * @error: why the classes so far brought nothing
 * @tries: resets so far without a usable ATR, in this class
 * @conv: convention of the card
 * @plan: protocol and rates that the ATR allows
 * @rung: first rate of @plan that has not yet failed
 * @first_rung: first rate to ask for after a reset of this card
 * @proven: a command came through since the rate is in force
 * @protocol: T in force
 * @settle_ns: the first character after a PPS comes so late
 * @turnaround_ns: report of the card's character to the begin of ours, at least
 * @wt_ns: T=0: waiting time in force, with slack
 * @deadline_ns: absolute end of the exchange, of the PPS, or of the ATR
 * @atr: the ATR being received
 * @pps: the PPS under way
 * @tpdu: T=0: the exchange under way
 * @t1: T=1: the link
 * @tx: characters as they go on the line
 */
struct iso7816_fsm {
	enum fsm_state state;
	struct iso7816_request *cur;
	struct iso7816_request *poll;
	u32 reason;
	int failure;
	struct iso7816_wish wish;
	u32 class;
	u32 untried;
	bool cold_left;
	u64 off_ns;
	int error;
	u8 tries;
	enum iso7816_convention conv;
	struct iso7816_pps_plan plan;
	u8 rung;
	u8 first_rung;
	bool proven;
	u8 protocol;
	u64 settle_ns;
	u64 turnaround_ns;
	u64 wt_ns;
	u64 deadline_ns;
	struct iso7816_atr_machine atr;
	struct iso7816_pps pps;
	struct iso7816_tpdu tpdu;
	struct iso7816_t1 t1;
	u8 tx[ISO7816_SEND_MAX];
};

/* fsm.c */
void fsm_enter(struct iso7816_reader *reader, enum fsm_state state);
void fsm_count(struct iso7816_reader *reader, u64 *counter);
bool fsm_powered(const struct iso7816_reader *reader);
void fsm_new_generation(struct iso7816_reader *reader);
void fsm_complete(struct iso7816_reader *reader, int error);
void fsm_power_down(struct iso7816_reader *reader);
void fsm_arm(struct iso7816_reader *reader, u64 ns);
void fsm_idle(struct iso7816_reader *reader);

/* fsm-reset.c */
void fsm_begin_reset(struct iso7816_reader *reader, u32 reason);
void fsm_power_up(struct iso7816_reader *reader);
void fsm_hold_reset(struct iso7816_reader *reader);
void fsm_release_reset(struct iso7816_reader *reader);
void fsm_atr_step(struct iso7816_reader *reader, const struct iso7816_in *in);
void fsm_reset_failed(struct iso7816_reader *reader, int error);
void fsm_class_failed(struct iso7816_reader *reader, int error);
void fsm_retry_reset(struct iso7816_reader *reader, bool hope);
void fsm_warm_reset(struct iso7816_reader *reader);

/* fsm-link.c */
int fsm_config(struct iso7816_reader *reader, u32 f, u32 d, u16 guard_etu);
void fsm_adopt_atr(struct iso7816_reader *reader);
void fsm_pps_step(struct iso7816_reader *reader, const struct iso7816_in *in);
void fsm_publish_link(struct iso7816_reader *reader);

/* fsm-exchange.c */
int fsm_send(struct iso7816_reader *reader, const struct iso7816_out *out);
void fsm_exchange_begin(struct iso7816_reader *reader, struct iso7816_request *req);
void fsm_exchange_step(struct iso7816_reader *reader, const struct iso7816_in *in);
void fsm_exchange_cancel(struct iso7816_reader *reader);
void fsm_count_exchange(struct iso7816_reader *reader);
void fsm_poll_begin(struct iso7816_reader *reader);

#endif /* ISO7816_FSM_H */
