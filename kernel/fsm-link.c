// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an ATR to a link that carries commands (ISO/IEC 7816-3, 6.3 and 9): is the
 * card one for us, which protocol, which rate, and the PPS that gets it there.
 *
 * The rates of a negotiable card are a ladder (iso7816/pps.h).  A rung that the
 * line cannot do is passed over; one that the card does not confirm costs a warm
 * reset and is not asked for again.  The last one needs no PPS, unless the protocol
 * does.  A rate that the card confirms, and at which no command ever comes through,
 * is given up at the recovery: then the line does not do what it says.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>

#include "fsm.h"

/* Leading edges of characters in opposite directions, at least (etu) */
#define TURNAROUND_ETU	16
/* A TC1 of 255 asks for the shortest guard time: one stop bit on T=1 */
#define TC1_SHORTEST	255
#define GUARD_SHORT_ETU	11
/* A PPS and its response must be over after so long: five waits, at most */
#define PPS_ETU		(5 * ISO7816_IWT_ETU)
#define TA2_PROTOCOL	0x0f
#define TA2_FIXED	BIT(7)

static bool implicit_default;
module_param(implicit_default, bool, 0644);
MODULE_PARM_DESC(implicit_default, "Talk at 372/1 to cards in specific mode with F and D that are not in the ATR (default: refuse them)");

/* Sets the line, and says with -ERANGE that it does not do this rate. */
static int fsm_set_line(struct iso7816_reader *reader, u32 f, u32 d, u16 guard_etu,
			u32 *achieved)
{
	struct iso7816_line line = {
		.baud = iso7816_baud(f, d, reader->phy.clock_hz),
		.odd_parity = reader->fsm->conv == ISO7816_CONV_INVERSE,
		.guard_etu = guard_etu,
	};
	int ret;

	*achieved = 0;
	ret = reader->phy.ops->config(reader, &line, achieved);
	if (ret)
		return ret;
	if (iso7816_baud_usable(line.baud, *achieved))
		return 0;
	dev_dbg(&reader->dev, "line does %u bit/s for %u\n", *achieved, line.baud);
	return -ERANGE;
}

/* The line works so from now on. */
int fsm_config(struct iso7816_reader *reader, u32 f, u32 d, u16 guard_etu)
{
	struct iso7816_fsm *fsm = reader->fsm;
	unsigned long flags;
	u32 achieved;
	int ret;

	ret = fsm_set_line(reader, f, d, guard_etu, &achieved);
	if (ret)
		return ret;
	fsm->turnaround_ns = iso7816_etu_to_ns(max_t(u16, TURNAROUND_ETU, guard_etu) -
					       ISO7816_REPORT_ETU, f, d,
					       reader->phy.clock_hz);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->st.op_class = fsm->class;
	reader->st.fi = f;
	reader->st.di = d;
	reader->st.baud = achieved;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return 0;
}

/* Guard time for what we send, in etu of the F and D in force. */
static u16 fsm_guard_etu(const struct iso7816_atr_info *info, u8 protocol, u32 f, u32 d)
{
	if (info->extra_guard == TC1_SHORTEST)
		return protocol == 1 ? GUARD_SHORT_ETU : FSM_GUARD_ETU;
	if (!info->has_t15)
		return FSM_GUARD_ETU + info->extra_guard;
	return FSM_GUARD_ETU +
	       DIV_ROUND_UP(info->extra_guard * info->fi * d, info->di * f);
}

/* ------------------------------------------------------------- the link */

/* What GET_STATE says of the protocol; sizes may change with every exchange. */
void fsm_publish_link(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	bool t1 = fsm->protocol == 1;
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	reader->st.protocol = fsm->protocol;
	reader->st.ifsc = t1 ? fsm->t1.ifsc : 0;
	reader->st.ifsd = t1 ? fsm->t1.ifsd : 0;
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

static void fsm_publish_atr(struct iso7816_reader *reader,
			    const struct iso7816_atr_info *info)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	memcpy(reader->atr.atr, info->raw, info->len);
	reader->atr.len = info->len;
	reader->atr.convention = info->conv;
	reader->atr.generation = reader->st.generation;
	iso7816_event_locked(reader, ISO7816_EVENT_CARD_RESET, reader->fsm->reason);
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

static void fsm_init_protocol(struct iso7816_reader *reader, u32 f, u32 d)
{
	const struct iso7816_atr_info *info = &reader->fsm->atr.info;
	struct iso7816_fsm *fsm = reader->fsm;
	u32 clock_hz = reader->phy.clock_hz;
	struct iso7816_t1_params params;

	if (fsm->protocol == 1) {
		iso7816_t1_params_init(&params, info, f, d, clock_hz,
				       ISO7816_HOST_SLACK_NS);
		iso7816_t1_init(&fsm->t1, &params);
	} else {
		fsm->wt_ns = iso7816_wt_ns(info->wi, info->fi, clock_hz) +
			     iso7816_etu_to_ns(ISO7816_WT_SLACK_ETU, f, d, clock_hz) +
			     ISO7816_HOST_SLACK_NS;
	}
}

/* F and D are in force on the card's side: so they are on ours, and we are done. */
static int fsm_establish(struct iso7816_reader *reader, u8 protocol, u32 f, u32 d)
{
	struct iso7816_fsm *fsm = reader->fsm;
	const struct iso7816_atr_info *info = &fsm->atr.info;
	int ret;

	ret = fsm_config(reader, f, d, fsm_guard_etu(info, protocol, f, d));
	if (ret)
		return ret;
	fsm->protocol = protocol;
	fsm->proven = false;
	fsm_init_protocol(reader, f, d);
	fsm_publish_link(reader);
	fsm_enter(reader, FSM_ACTIVE);
	fsm_publish_atr(reader, info);
	fsm_complete(reader, fsm->failure);
	fsm_idle(reader);
	return 0;
}

/* ------------------------------------------------------------------ PPS */

/* The card did not confirm this rate. */
static void fsm_pps_failed(struct iso7816_reader *reader, const char *why)
{
	struct iso7816_fsm *fsm = reader->fsm;

	dev_info_ratelimited(&reader->dev, "PPS for T=%u, %u/%u: %s\n", fsm->pps.protocol,
			     fsm->pps.rung.f, fsm->pps.rung.d, why);
	iso7816_timer_stop(reader);
	fsm_count(reader, &reader->stats.pps_errors);
	fsm->rung++;
	fsm_warm_reset(reader);
}

static void fsm_pps_done(struct iso7816_reader *reader, enum iso7816_result result)
{
	struct iso7816_fsm *fsm = reader->fsm;

	if (result == ISO7816_RES_MUTE) {
		fsm_count(reader, &reader->stats.timeouts);
		fsm_pps_failed(reader, "no response");
		return;
	}
	if (result != ISO7816_RES_OK) {
		fsm_pps_failed(reader, "not confirmed");
		return;
	}
	iso7816_timer_stop(reader);
	fsm->settle_ns = iso7816_etu_to_ns(ISO7816_PPS_SETTLE_ETU, ISO7816_FD, ISO7816_DD,
					   reader->phy.clock_hz);
	if (fsm_establish(reader, fsm->pps.protocol, fsm->pps.f, fsm->pps.d))
		fsm_pps_failed(reader, "the line cannot do it");
}

/* Does what the machine wants, until it waits for the card or is done. */
static void fsm_pps_act(struct iso7816_reader *reader, struct iso7816_out *out)
{
	struct iso7816_in in = { .what = ISO7816_IN_TX_DONE };

	while (out->done == ISO7816_RES_NONE && out->send) {
		if (fsm_send(reader, out)) {
			out->done = ISO7816_RES_PROTO;
			break;
		}
		in.now_ns = ktime_get_ns();
		iso7816_pps_step(&reader->fsm->pps, &in, out);
	}
	if (out->done != ISO7816_RES_NONE)
		fsm_pps_done(reader, out->done);
	else
		fsm_arm(reader, out->timer_ns);
}

void fsm_pps_step(struct iso7816_reader *reader, const struct iso7816_in *in)
{
	struct iso7816_out out;

	iso7816_pps_step(&reader->fsm->pps, in, &out);
	fsm_pps_act(reader, &out);
}

static void fsm_pps_begin(struct iso7816_reader *reader, const struct iso7816_rung *rung)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u32 clock_hz = reader->phy.clock_hz;
	struct iso7816_out out;
	int ret;

	/* N = 255 shortens the guard time of a protocol, which this is not yet */
	ret = fsm_config(reader, ISO7816_FD, ISO7816_DD,
			 max_t(u16, FSM_GUARD_ETU,
			       fsm_guard_etu(&fsm->atr.info, fsm->plan.first_protocol,
					     ISO7816_FD, ISO7816_DD)));
	if (ret) {
		fsm_reset_failed(reader, ret);
		return;
	}
	fsm->deadline_ns = ktime_get_ns() + ISO7816_HOST_SLACK_NS +
			   iso7816_etu_to_ns(PPS_ETU, ISO7816_FD, ISO7816_DD, clock_hz);
	fsm_enter(reader, FSM_PPS);
	iso7816_pps_start(&fsm->pps, fsm->plan.protocol, rung, clock_hz, &out);
	fsm_pps_act(reader, &out);
}

/* --------------------------------------------------------------- choice */

static void fsm_refuse(struct iso7816_reader *reader, const char *why, bool hope)
{
	fsm_count(reader, &reader->stats.atr_errors);
	dev_warn_ratelimited(&reader->dev, "card refused: %s\n", why);
	fsm_retry_reset(reader, hope);
}

/* In common with the card, but not allowed by who powered it on? */
static void fsm_refuse_protocol(struct iso7816_reader *reader)
{
	const struct iso7816_atr_info *info = &reader->fsm->atr.info;
	bool known = info->protocols & (BIT(0) | BIT(1));

	fsm_count(reader, &reader->stats.atr_errors);
	dev_warn_ratelimited(&reader->dev, "card refused: no protocol in common\n");
	fsm_reset_failed(reader, known && !info->has_ta2 ? -EOPNOTSUPP : -EPROTO);
}

/* Can the line do this rate?  It is tried out, while it is the card's turn to wait. */
static bool fsm_rung_usable(struct iso7816_reader *reader, const struct iso7816_rung *rung)
{
	u32 achieved;

	return !fsm_set_line(reader, rung->f, rung->d, FSM_GUARD_ETU, &achieved);
}

static void fsm_negotiate(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	const struct iso7816_pps_plan *plan = &fsm->plan;
	const struct iso7816_rung *rung;

	if (fsm->wish.no_pps)
		fsm->rung = max_t(u8, fsm->rung, plan->count - 1);
	while (fsm->rung < plan->count && !fsm_rung_usable(reader, &plan->rung[fsm->rung]))
		fsm->rung++;
	if (fsm->rung >= plan->count) {
		fsm_refuse(reader, "no PPS was confirmed", false);
		return;
	}
	rung = &plan->rung[fsm->rung];
	if (iso7816_pps_needed(plan, rung)) {
		if (fsm->wish.no_pps)
			fsm_refuse_protocol(reader);
		else
			fsm_pps_begin(reader, rung);
	} else if (fsm_establish(reader, plan->protocol, rung->f, rung->d)) {
		fsm_reset_failed(reader, -ERANGE);
	}
}

/* Specific mode: the rate is in force, it can only be taken or left. */
static void fsm_take_specific(struct iso7816_reader *reader, u32 limit)
{
	const struct iso7816_rung *rung = &reader->fsm->plan.rung[0];
	u32 least = iso7816_baud(ISO7816_FD, ISO7816_DD, reader->phy.clock_hz);
	bool hope = !(reader->fsm->atr.info.ta2 & TA2_FIXED);

	if (limit && rung->baud > max(limit, least))
		fsm_refuse(reader, "specific mode faster than allowed", hope);
	else if (fsm_establish(reader, reader->fsm->plan.protocol, rung->f, rung->d))
		fsm_refuse(reader, "the line cannot do its rate", hope);
}

/* F and D are not in the ATR, or not in the standard: not talked to at a guessed rate. */
static void fsm_unknown_rate(struct iso7816_reader *reader, const char *why)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u8 protocol = fsm->atr.info.ta2 & TA2_PROTOCOL;

	if (!READ_ONCE(implicit_default)) {
		fsm_refuse(reader, why, !(fsm->atr.info.ta2 & TA2_FIXED));
		return;
	}
	dev_info_ratelimited(&reader->dev, "%s: 372/1 as implicit_default says\n", why);
	if (fsm_establish(reader, protocol, ISO7816_FD, ISO7816_DD))
		fsm_reset_failed(reader, -ERANGE);
}

/* True if the card wants another class; then it gets one of those, or none. */
static bool fsm_wrong_class(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u32 offered = fsm->atr.info.classes;

	if (!offered || !fsm->class || offered & fsm->class)
		return false;
	dev_info_ratelimited(&reader->dev, "card is not for class %#x but %#x\n",
			     fsm->class, offered);
	fsm->untried &= offered;
	fsm->cold_left = false;
	fsm_class_failed(reader, -EPROTO);
	return true;
}

/*
 * The ATR is complete.  All before it came at 372/1, so that the line is as it was,
 * but perhaps for its parity.
 */
void fsm_adopt_atr(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u32 limit = min_not_zero(reader->phy.max_baud, fsm->wish.max_baud);

	fsm->conv = fsm->atr.info.conv;
	fsm->settle_ns = 0;
	if (fsm_wrong_class(reader))
		return;
	iso7816_pps_plan(&fsm->atr.info, fsm->wish.protocols, limit, reader->phy.clock_hz,
			 &fsm->plan);
	switch (fsm->plan.choice) {
	case ISO7816_PPS_CHOSEN:
		if (fsm->plan.specific)
			fsm_take_specific(reader, limit);
		else
			fsm_negotiate(reader);
		break;
	case ISO7816_PPS_NO_PROTOCOL:
		fsm_refuse_protocol(reader);
		break;
	case ISO7816_PPS_IMPLICIT:
		fsm_unknown_rate(reader, "specific mode with implicit F and D");
		break;
	case ISO7816_PPS_UNKNOWN_RATE:
		fsm_unknown_rate(reader, "specific mode with unknown F or D");
		break;
	}
}
