// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the reset of a card to a usable ATR (ISO/IEC 7816-3, 6.2 and 8), with the
 * retries, and the choice of what the ATR leaves to us.
 */
#include <linux/ktime.h>

#include "fsm.h"

/* Resets in a row that may bring no usable ATR (ETSI TS 102 221, 6.3.2) */
#define ATR_TRIES	3
/* A whole ATR must be there after so long, however the card spreads it */
#define ATR_ETU		(4 * ISO7816_IWT_ETU)
/* RST is L for so long: the first edition asked for more than later ones */
#define RST_LOW_CLOCKS	40000
/* Unpowered between a deactivation and the next activation */
#define DISCHARGE_NS	(10 * NSEC_PER_MSEC)
/* The shortest wait for VCC, whatever the phy says */
#define VCC_MIN_NS	NSEC_PER_MSEC
/*
 * From the end of a character of the card, 10 etu after its leading edge, to the
 * first one of ours: at least 16 etu between leading edges.
 */
#define TURNAROUND_ETU	6
#define GUARD_ETU	12
/* A TC1 of 255 asks for the shortest guard time */
#define TC1_SHORTEST	255

/* The reset brought no card to talk to: @error. */
static void fsm_reset_failed(struct iso7816_reader *reader, int error)
{
	struct iso7816_fsm *fsm = reader->fsm;

	fsm_power_down(reader);
	fsm_enter(reader, FSM_FAILED);
	iso7816_event(reader, ISO7816_EVENT_ERROR, -error);
	fsm_complete(reader, fsm->failure ?: error);
}

static int fsm_config(struct iso7816_reader *reader, u32 f, u32 d, u16 guard_etu)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_line line = {
		.baud = iso7816_baud(f, d, reader->phy.clock_hz),
		.odd_parity = fsm->conv == ISO7816_CONV_INVERSE,
		.guard_etu = guard_etu,
	};
	unsigned long flags;
	u32 achieved = 0;
	int ret;

	ret = reader->phy.ops->config(reader, &line, &achieved);
	if (ret)
		return ret;
	if (!iso7816_baud_usable(line.baud, achieved)) {
		dev_warn_ratelimited(&reader->dev, "line does %u bit/s for %u\n",
				     achieved, line.baud);
		return -ERANGE;
	}
	fsm->turnaround_ns = iso7816_etu_to_ns(TURNAROUND_ETU, f, d,
					       reader->phy.clock_hz);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->st.class = reader->phy.class;
	reader->st.fi = f;
	reader->st.di = d;
	reader->st.baud = achieved;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return 0;
}

/* RST is L: hold it, with the line as it is before an ATR. */
void fsm_hold_reset(struct iso7816_reader *reader)
{
	int ret;

	reader->fsm->conv = ISO7816_CONV_DIRECT;
	ret = fsm_config(reader, ISO7816_FD, ISO7816_DD, GUARD_ETU);
	if (!ret)
		ret = iso7816_contacts_clock_on(reader);
	if (ret) {
		fsm_reset_failed(reader, ret);
		return;
	}
	fsm_enter(reader, FSM_RST_LOW);
	iso7816_timer_arm(reader, iso7816_clocks_to_ns(RST_LOW_CLOCKS,
						       reader->phy.clock_hz));
}

static void fsm_warm_reset(struct iso7816_reader *reader)
{
	int ret = iso7816_contacts_rst(reader, true);

	if (ret)
		fsm_reset_failed(reader, ret);
	else
		fsm_hold_reset(reader);
}

void fsm_power_up(struct iso7816_reader *reader)
{
	u64 delay_ns = (u64)reader->phy.vcc_delay_us * NSEC_PER_USEC;
	int ret;

	fsm_enter(reader, FSM_POWERING);
	ret = iso7816_contacts_vcc_on(reader);
	if (ret)
		fsm_reset_failed(reader, ret);
	else
		iso7816_timer_arm(reader, max_t(u64, delay_ns, VCC_MIN_NS));
}

void fsm_begin_reset(struct iso7816_reader *reader, u32 reason)
{
	struct iso7816_fsm *fsm = reader->fsm;

	fsm->reason = reason;
	fsm->tries = 0;
	iso7816_timer_stop(reader);
	fsm_new_generation(reader);
	if (!fsm_powered(reader)) {
		fsm_power_up(reader);
	} else if (reason == ISO7816_RESET_REASON_WARM ||
		   reason == ISO7816_RESET_REASON_RECOVERY) {
		fsm_warm_reset(reader);
	} else {
		fsm_power_down(reader);
		fsm_enter(reader, FSM_DISCHARGE);
		iso7816_timer_arm(reader, DISCHARGE_NS);
	}
}

void fsm_release_reset(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_out out;
	int ret;

	iso7816_atr_init(&fsm->atr, reader->phy.clock_hz, &out);
	fsm->deadline_ns = ktime_get_ns() + ISO7816_HOST_SLACK_NS +
			   iso7816_etu_to_ns(ATR_ETU, ISO7816_FD, ISO7816_DD,
					     reader->phy.clock_hz);
	iso7816_contacts_flush(reader);
	fsm_enter(reader, FSM_ATR);
	ret = iso7816_contacts_rst(reader, false);
	if (ret)
		fsm_reset_failed(reader, ret);
	else
		fsm_arm(reader, out.timer_ns);
}

/* Guard time for what we send, in etu of the F and D in force. */
static u16 fsm_guard_etu(const struct iso7816_atr_info *info, u32 f, u32 d)
{
	if (!info->extra_guard || info->extra_guard == TC1_SHORTEST)
		return GUARD_ETU;
	if (!info->has_t15)
		return GUARD_ETU + info->extra_guard;
	return GUARD_ETU + DIV_ROUND_UP(info->extra_guard * info->fi * d, info->di * f);
}

/* Why a card with this ATR cannot be used; NULL if it can, at @f and @d. */
static const char *fsm_refusal(const struct iso7816_reader *reader,
			       const struct iso7816_atr_info *info, u32 *f, u32 *d)
{
	u32 limit = min_not_zero(reader->phy.max_baud, reader->fsm->max_baud);

	*f = ISO7816_FD;
	*d = ISO7816_DD;
	if (info->classes && reader->phy.class && !(info->classes & reader->phy.class))
		return "not for this voltage";
	if (!info->has_ta2)
		return info->first_protocol || !(info->protocols & BIT(0)) ?
		       "first protocol is not T=0" : NULL;

	if (info->ta2 & 0x0f)
		return "specific mode, not T=0";
	if (info->ta2 & BIT(4))
		return "specific mode with implicit F and D";
	if (info->lenient & ISO7816_ATR_LENIENT_RFU_TA1)
		return "specific mode with unknown F or D";
	*f = info->fi;
	*d = info->di;
	if (limit && iso7816_baud(*f, *d, reader->phy.clock_hz) > limit)
		return "specific mode faster than allowed";
	return NULL;
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

/* A reset without success: once more if it may help. */
static void fsm_retry_reset(struct iso7816_reader *reader, bool hope)
{
	if (hope && ++reader->fsm->tries < ATR_TRIES)
		fsm_warm_reset(reader);
	else
		fsm_reset_failed(reader, -EPROTO);
}

/*
 * The ATR is complete.  The line changes parity only now: a UART that does not
 * tell of parity errors passes the characters on in any case, and a change in the
 * middle of the ATR might cost one.
 */
static void fsm_adopt_atr(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	const struct iso7816_atr_info *info = &fsm->atr.info;
	u32 clock_hz = reader->phy.clock_hz;
	const char *why;
	u32 f, d;

	fsm->conv = info->conv;
	why = fsm_refusal(reader, info, &f, &d);
	if (!why && fsm_config(reader, f, d, fsm_guard_etu(info, f, d)))
		why = "the line cannot do its rate";
	if (why) {
		dev_warn_ratelimited(&reader->dev, "card refused: %s\n", why);
		fsm_retry_reset(reader, info->has_ta2 && !(info->ta2 & BIT(7)));
		return;
	}
	fsm->wt_ns = iso7816_wt_ns(info->wi, info->fi, clock_hz) +
		     iso7816_etu_to_ns(ISO7816_WT_SLACK_ETU, f, d, clock_hz) +
		     ISO7816_HOST_SLACK_NS;
	fsm_enter(reader, FSM_ACTIVE);
	fsm_publish_atr(reader, info);
	fsm_complete(reader, fsm->failure);
	fsm_idle(reader);
}

void fsm_atr_step(struct iso7816_reader *reader, const struct iso7816_in *in)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_out out;

	iso7816_atr_step(&fsm->atr, in, &out);
	switch (out.done) {
	case ISO7816_RES_NONE:
		fsm_arm(reader, out.timer_ns);
		break;
	case ISO7816_RES_OK:
		iso7816_timer_stop(reader);
		fsm_adopt_atr(reader);
		break;
	case ISO7816_RES_MUTE:
		dev_dbg(&reader->dev, "card is mute\n");
		fsm_reset_failed(reader, -ETIMEDOUT);
		break;
	default:
		iso7816_timer_stop(reader);
		dev_warn_ratelimited(&reader->dev, "ATR: %s\n",
				     iso7816_atr_defect_name(fsm->atr.defect));
		fsm_retry_reset(reader, true);
		break;
	}
}
