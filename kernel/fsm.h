/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The card's life cycle from inside: what fsm.c (states and events),
 * fsm-reset.c (from RST to the ATR) and fsm-exchange.c (a command and its
 * response) share.  Run by the worker only, so that nothing in struct
 * iso7816_fsm needs a lock.
 */
#ifndef ISO7816_FSM_H
#define ISO7816_FSM_H

#include <iso7816/atr.h>
#include <iso7816/timing.h>
#include <iso7816/tpdu.h>

#include "iso7816-core.h"

/* The most that T=0 sends without waiting for the card */
#define ISO7816_FSM_TX_MAX	256

enum fsm_state {
	FSM_ABSENT,
	FSM_PRESENT,
	FSM_DISCHARGE,
	FSM_POWERING,
	FSM_RST_LOW,
	FSM_ATR,
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
 * @tries: resets so far without a usable ATR
 * @max_baud: limit of the last POWER_ON
 * @conv: convention of the card
 * @wt_ns: waiting time in force, with slack
 * @turnaround_ns: end of the card's character to the begin of ours
 * @deadline_ns: absolute end of the exchange, or of the ATR
 * @atr: the ATR being received
 * @tpdu: the exchange under way
 * @tx: characters as they go on the line
 */
struct iso7816_fsm {
	enum fsm_state state;
	struct iso7816_request *cur;
	struct iso7816_request *poll;
	u32 reason;
	int failure;
	u8 tries;
	u32 max_baud;
	enum iso7816_convention conv;
	u64 wt_ns;
	u64 turnaround_ns;
	u64 deadline_ns;
	struct iso7816_atr_machine atr;
	struct iso7816_tpdu tpdu;
	u8 tx[ISO7816_FSM_TX_MAX];
};

/* fsm.c */
void fsm_enter(struct iso7816_reader *reader, enum fsm_state state);
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

/* fsm-exchange.c */
void fsm_exchange_begin(struct iso7816_reader *reader, struct iso7816_request *req);
void fsm_exchange_step(struct iso7816_reader *reader, const struct iso7816_in *in);
void fsm_poll_begin(struct iso7816_reader *reader);

#endif /* ISO7816_FSM_H */
