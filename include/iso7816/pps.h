/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Protocol and parameters selection (ISO/IEC 7816-3, 6.3 and 9): what to ask the
 * card for, and the machine that asks.
 *
 * The way of a driver after an ATR: iso7816_pps_plan(); for each rung, best first,
 * see whether the line achieves its rate (iso7816_baud_usable()); take the first
 * that it does.  In specific mode that rate is set at once.  Otherwise, if
 * iso7816_pps_needed(), run the machine; after a failure reset the card (warm)
 * and go on with the next rung.
 */
#ifndef ISO7816_PPS_H
#define ISO7816_PPS_H

#include <iso7816/atr.h>

/* TA1 of the card and the rungs below it */
#define ISO7816_RUNGS_MAX	9
/* Gap between the response and the next character, at the old rate (etu) */
#define ISO7816_PPS_SETTLE_ETU	16

/**
 * struct iso7816_rung - one rate
 * @ta1: Fi and Di index, coded as in TA1
 * @f: clock rate conversion integer
 * @d: baud rate adjustment integer
 * @baud: the rate that comes of it, bit/s
 */
struct iso7816_rung {
	u8 ta1;
	u16 f;
	u8 d;
	u32 baud;
};

/**
 * enum iso7816_pps_choice - can the card be talked to
 * @ISO7816_PPS_CHOSEN: yes
 * @ISO7816_PPS_NO_PROTOCOL: no protocol that both sides know
 * @ISO7816_PPS_IMPLICIT: specific mode with F and D that are not in the ATR: not
 *	talked to at a guessed rate; a warm reset may bring the negotiable mode
 * @ISO7816_PPS_UNKNOWN_RATE: specific mode with RFU values of F or D: the same
 */
enum iso7816_pps_choice {
	ISO7816_PPS_CHOSEN,
	ISO7816_PPS_NO_PROTOCOL,
	ISO7816_PPS_IMPLICIT,
	ISO7816_PPS_UNKNOWN_RATE,
};

/**
 * struct iso7816_pps_plan - protocol and rates to try, best first
 * @choice: whether the rest is valid
 * @protocol: T
 * @first_protocol: T that is in force without a PPS
 * @specific: specific mode: the one rung is in force at once, no PPS
 * @count: rungs at @rung; the last of a negotiable card is the default, 372/1
 * @rung: the rates
 */
struct iso7816_pps_plan {
	enum iso7816_pps_choice choice;
	u8 protocol;
	u8 first_protocol;
	bool specific;
	u8 count;
	struct iso7816_rung rung[ISO7816_RUNGS_MAX];
};

/**
 * iso7816_pps_plan() - choose protocol and rates
 * @info: the ATR
 * @protocols: bit n = T=n may be used
 * @max_baud: highest rate wanted, 0 = no limit; never rules out 372/1 nor the
 *	rate of a card in specific mode
 * @clock_hz: card clock in Hz
 * @plan: the result
 *
 * The first protocol that the card offers is taken if it may be.  A rung has F and
 * D between the defaults and what the card offers, and no more than its rate.
 */
void iso7816_pps_plan(const struct iso7816_atr_info *info, u16 protocols,
		      u32 max_baud, u32 clock_hz, struct iso7816_pps_plan *plan);

/**
 * iso7816_pps_needed() - must the card be asked to get to this rung
 * @plan: the plan
 * @rung: one of its rungs
 * Return: false in specific mode, and for 372/1 with the first protocol
 */
bool iso7816_pps_needed(const struct iso7816_pps_plan *plan,
			const struct iso7816_rung *rung);

enum iso7816_pps_state {
	ISO7816_PPS_IDLE,
	ISO7816_PPS_SENDING,		/* request on the line */
	ISO7816_PPS_WAIT_PPSS,
	ISO7816_PPS_WAIT_PPS0,
	ISO7816_PPS_WAIT_PPS1,
	ISO7816_PPS_WAIT_PCK,
	ISO7816_PPS_DONE,
};

/**
 * struct iso7816_pps - one request and its response; copyable
 * @state: where it stands
 * @req: the request
 * @req_len: bytes at @req
 * @check: exclusive or of the response so far
 * @wt_ns: initial waiting time, slack included
 * @protocol: T in force when done
 * @f: F in force when done
 * @d: D in force when done
 * @rung: what is asked for
 * @result: how it ended, ISO7816_RES_NONE until then
 */
struct iso7816_pps {
	enum iso7816_pps_state state;
	u8 req[4];
	u8 req_len;
	u8 check;
	u64 wt_ns;
	u8 protocol;
	u16 f;
	u8 d;
	struct iso7816_rung rung;
	enum iso7816_result result;
};

/**
 * iso7816_pps_start() - ask the card
 * @m: the machine
 * @protocol: T to ask for
 * @rung: rate to ask for
 * @clock_hz: card clock in Hz
 * @out: the first action; out->send_delay_ns counts from the end of the ATR
 *
 * The whole runs at 372/1.
 */
void iso7816_pps_start(struct iso7816_pps *m, u8 protocol,
		       const struct iso7816_rung *rung, u32 clock_hz,
		       struct iso7816_out *out);

/**
 * iso7816_pps_step() - take one event
 * @m: the machine
 * @in: the event
 * @out: what to do.  Done with ISO7816_RES_OK: @m->protocol, @m->f and @m->d are
 *	in force from the next character on, which comes ISO7816_PPS_SETTLE_ETU
 *	later; F and D are 372 and 1 if the card took fewer parameters than
 *	asked.  ISO7816_RES_MUTE: no response; ISO7816_RES_PROTO: a response that
 *	is not one.  After both the card must be reset.
 */
void iso7816_pps_step(struct iso7816_pps *m, const struct iso7816_in *in,
		      struct iso7816_out *out);

#endif /* ISO7816_PPS_H */
