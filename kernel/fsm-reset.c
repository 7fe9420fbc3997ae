// SPDX-License-Identifier: GPL-2.0-only
/*
 * From VCC to an ATR (ISO/IEC 7816-3, 6.2 and 8): activation class by class, warm
 * and cold reset, and what is tried again when no ATR comes of it.  What the
 * ATR says is the matter of fsm-link.c.
 *
 * A class that brings a corrupt ATR ATR_TRIES times, or none, is followed by the
 * next after a full deactivation.  A recovery whose warm reset does not help gets
 * one cold reset.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "fsm.h"
#include "trace.h"

/* Resets in a class that may bring no usable ATR (ETSI TS 102 221, 6.3.2) */
#define ATR_TRIES	3
/* A whole ATR must be there after so long, however the card spreads it */
#define ATR_ETU		(4 * ISO7816_IWT_ETU)
/* RST is L for so long: the first edition asked for more than later ones */
#define RST_LOW_CLOCKS	40000
/* Unpowered between a deactivation and the next activation: 10 ms, and some more */
#define DISCHARGE_NS	(12 * NSEC_PER_MSEC)
/* The shortest wait for VCC, whatever the phy says */
#define VCC_MIN_NS	NSEC_PER_MSEC

/* The reset brought no card to talk to: @error. */
void fsm_reset_failed(struct iso7816_reader *reader, int error)
{
	struct iso7816_fsm *fsm = reader->fsm;

	fsm_power_down(reader);
	fsm_enter(reader, FSM_FAILED);
	iso7816_event(reader, ISO7816_EVENT_ERROR, -error);
	fsm_complete(reader, fsm->failure ?: error);
}

/* Waits until VCC has been off for long enough, since whatever switched it off. */
static void fsm_discharge(struct iso7816_reader *reader)
{
	s64 left;

	fsm_power_down(reader);
	fsm_enter(reader, FSM_DISCHARGE);
	left = reader->fsm->off_ns + DISCHARGE_NS - ktime_get_ns();
	iso7816_timer_arm(reader, max_t(s64, left, 1));
}

/* No usable ATR in this class: the next one, if there is any. */
void fsm_class_failed(struct iso7816_reader *reader, int error)
{
	struct iso7816_fsm *fsm = reader->fsm;

	/* a card that said something wrong is there: worth more than silence */
	if (!fsm->error || error != -ETIMEDOUT)
		fsm->error = error;
	fsm->tries = 0;
	if (fsm->cold_left) {
		fsm->cold_left = false;
		fsm->untried = fsm->class;
		fsm_discharge(reader);
	} else if (fsm->untried) {
		fsm_discharge(reader);
	} else {
		fsm_reset_failed(reader, fsm->error);
	}
}

/* RST is L: hold it, with the line as it is before an ATR. */
void fsm_hold_reset(struct iso7816_reader *reader)
{
	int ret;

	reader->fsm->conv = ISO7816_CONV_DIRECT;
	ret = fsm_config(reader, ISO7816_FD, ISO7816_DD, FSM_GUARD_ETU);
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

void fsm_warm_reset(struct iso7816_reader *reader)
{
	int ret = iso7816_contacts_rst(reader, true);

	if (ret)
		fsm_reset_failed(reader, ret);
	else
		fsm_hold_reset(reader);
}

/* A reset without success: once more if it may help. */
void fsm_retry_reset(struct iso7816_reader *reader, bool hope)
{
	if (hope && ++reader->fsm->tries < ATR_TRIES)
		fsm_warm_reset(reader);
	else
		fsm_class_failed(reader, -EPROTO);
}

/* The lowest voltage goes first (ETSI TS 102 221, 6.2.0): C, B, A. */
static void fsm_take_class(struct iso7816_fsm *fsm)
{
	if (!fsm->untried)
		return;
	fsm->class = BIT(fls(fsm->untried) - 1);
	fsm->untried &= ~fsm->class;
}

void fsm_power_up(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u64 delay_ns = (u64)reader->phy.vcc_delay_us * NSEC_PER_USEC;
	int ret;

	fsm_take_class(fsm);
	fsm_enter(reader, FSM_POWERING);
	ret = iso7816_contacts_vcc_on(reader, fsm->class);
	if (ret)
		fsm_reset_failed(reader, ret);
	else
		iso7816_timer_arm(reader, max_t(u64, delay_ns, VCC_MIN_NS));
}

/* Only an activation chooses the class, all others stay in it. */
void fsm_begin_reset(struct iso7816_reader *reader, u32 reason)
{
	struct iso7816_fsm *fsm = reader->fsm;

	fsm->reason = reason;
	fsm->tries = 0;
	fsm->error = 0;
	fsm->untried = 0;
	fsm->cold_left = reason == ISO7816_RESET_REASON_RECOVERY;
	if (reason == ISO7816_RESET_REASON_POWER_ON) {
		fsm->class = 0;
		fsm->first_rung = 0;
		fsm->untried = reader->phy.classes & (fsm->wish.classes ?: U32_MAX);
	}
	fsm->rung = fsm->first_rung;
	iso7816_timer_stop(reader);
	fsm_new_generation(reader);
	trace_iso7816_reset(reader->id, reason, reader->st.generation);
	if (reason == ISO7816_RESET_REASON_WARM ||
	    reason == ISO7816_RESET_REASON_RECOVERY)
		fsm_warm_reset(reader);
	else
		fsm_discharge(reader);
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
	fsm_count(reader, &reader->stats.resets);
	ret = iso7816_contacts_rst(reader, false);
	if (ret)
		fsm_reset_failed(reader, ret);
	else
		fsm_arm(reader, out.timer_ns);
}

/*
 * After TS of an inverse card: parity is odd on the line.  A phy that does not tell
 * of parity errors passes all characters on whatever their parity, but reports them
 * late, out of a FIFO: a change now would fall into the middle of one.  There
 * the change waits for the end of the ATR.
 */
static int fsm_switch_parity(struct iso7816_reader *reader)
{
	struct iso7816_fsm *fsm = reader->fsm;

	if (fsm->conv == fsm->atr.info.conv ||
	    !(reader->phy.caps & ISO7816_PHY_CHAR_ERRORS))
		return 0;
	fsm->conv = fsm->atr.info.conv;
	return fsm_config(reader, ISO7816_FD, ISO7816_DD, FSM_GUARD_ETU);
}

void fsm_atr_step(struct iso7816_reader *reader, const struct iso7816_in *in)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_out out;
	int ret;

	iso7816_atr_step(&fsm->atr, in, &out);
	switch (out.done) {
	case ISO7816_RES_NONE:
		ret = fsm_switch_parity(reader);
		if (ret)
			fsm_reset_failed(reader, ret);
		else
			fsm_arm(reader, out.timer_ns);
		break;
	case ISO7816_RES_OK:
		iso7816_timer_stop(reader);
		fsm_adopt_atr(reader);
		break;
	case ISO7816_RES_MUTE:
		dev_dbg(&reader->dev, "card is mute\n");
		fsm_count(reader, &reader->stats.timeouts);
		fsm_class_failed(reader, -ETIMEDOUT);
		break;
	default:
		iso7816_timer_stop(reader);
		dev_warn_ratelimited(&reader->dev, "ATR: %s\n",
				     iso7816_atr_defect_name(fsm->atr.defect));
		fsm_count(reader, &reader->stats.atr_errors);
		fsm_retry_reset(reader, true);
		break;
	}
}
