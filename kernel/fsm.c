// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life cycle of the card: states, and what each event does in each of them.
 *
 *   ABSENT --card in--> PRESENT --POWER_ON--> DISCHARGE -> POWERING -> RST_LOW -> ATR
 *   [-> PPS] -> ACTIVE; a failed PPS: RST_LOW (warm), and a lower rate
 *   ACTIVE --XFER--> EXCHANGE -> ACTIVE; a failed one: RST_LOW (warm) -> ATR ...
 *   POWER_ON, a cold reset and the next class begin in DISCHARGE, so that VCC has been
 *   off for a while; no usable ATR in any class ends in FAILED, unpowered
 *   card pulled: from anywhere to ABSENT
 *
 * POWERING, DISCHARGE, RST_LOW, ATR, PPS and EXCHANGE always have the timer running.
 * ABSENT, PRESENT, FAILED and, unless STATUS polling is on, ACTIVE wait without
 * limit: nobody waits for them.
 */
#include <linux/build_bug.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "fsm.h"
#include "trace.h"

/* Events handled in a row; then others get their turn on the locks */
#define EVENT_BUDGET	256

static_assert(ISO7816_RX_PARITY == ISO7816_CHAR_PARITY);
static_assert(ISO7816_RX_FRAME == ISO7816_CHAR_FRAME);
static_assert(ISO7816_RX_OVERRUN == ISO7816_CHAR_OVERRUN);

enum fsm_event {
	FSM_EV_NONE,
	FSM_EV_REMOVED,
	FSM_EV_INSERTED,
	FSM_EV_BYTE,
	FSM_EV_TIMER,
	FSM_EV_CANCELED,
	FSM_EV_POLL_CHANGED,
	FSM_EV_REQUEST,
};

/**
 * struct fsm_input - one event
 * @event: what
 * @c: BYTE: the character
 * @req: REQUEST: the request, whose reference the machine now owns
 */
struct fsm_input {
	enum fsm_event event;
	struct iso7816_rx_char c;
	struct iso7816_request *req;
};

/* ------------------------------------------------------------ state */

static const struct {
	const char *name;
	u32 uapi;
	bool powered;
	bool idle;
} fsm_states[] = {
	[FSM_ABSENT]	= { "absent",	 ISO7816_STATE_ABSENT,	  false, true },
	[FSM_PRESENT]	= { "present",	 ISO7816_STATE_PRESENT,	  false, true },
	[FSM_DISCHARGE]	= { "discharge", ISO7816_STATE_RESETTING, false, false },
	[FSM_POWERING]	= { "powering",	 ISO7816_STATE_RESETTING, true,	 false },
	[FSM_RST_LOW]	= { "rst-low",	 ISO7816_STATE_RESETTING, true,	 false },
	[FSM_ATR]	= { "atr",	 ISO7816_STATE_RESETTING, true,	 false },
	[FSM_PPS]	= { "pps",	 ISO7816_STATE_RESETTING, true,	 false },
	[FSM_ACTIVE]	= { "active",	 ISO7816_STATE_ACTIVE,	  true,	 true },
	[FSM_EXCHANGE]	= { "exchange",	 ISO7816_STATE_ACTIVE,	  true,	 false },
	[FSM_FAILED]	= { "failed",	 ISO7816_STATE_FAILED,	  false, true },
};

/* The only place that changes the state. */
void fsm_enter(struct iso7816_reader *reader, enum fsm_state state)
{
	struct iso7816_fsm *fsm = reader->fsm;
	unsigned long flags;

	dev_dbg(&reader->dev, "%s -> %s\n", fsm_states[fsm->state].name,
		fsm_states[state].name);
	if (fsm->state == FSM_EXCHANGE)
		fsm_count_exchange(reader);
	trace_iso7816_state(reader->id, fsm->state, state, reader->st.generation);
	fsm->state = state;

	spin_lock_irqsave(&reader->state_lock, flags);
	reader->st.state = fsm_states[state].uapi;
	if (!fsm_states[state].powered) {
		reader->st.op_class = 0;
		reader->st.fi = 0;
		reader->st.di = 0;
		reader->st.baud = 0;
		reader->st.protocol = 0;
		reader->st.ifsc = 0;
		reader->st.ifsd = 0;
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
}

/* @counter: one of reader->stats */
void fsm_count(struct iso7816_reader *reader, u64 *counter)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	++*counter;
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

bool fsm_powered(const struct iso7816_reader *reader)
{
	return fsm_states[reader->fsm->state].powered;
}

/* What users knew of the card is no longer so. */
void fsm_new_generation(struct iso7816_reader *reader)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (!++reader->st.generation)
		reader->st.generation = 1;
	memset(&reader->atr, 0, sizeof(reader->atr));
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_proactive_forget(reader);
}

void fsm_complete(struct iso7816_reader *reader, int error)
{
	struct iso7816_request *req = reader->fsm->cur;

	if (req && req->type == ISO7816_REQ_XFER && req->start_ns)
		trace_iso7816_xfer_end(reader->id, error, req->resp_len, req->sw,
				       ktime_get_ns() - req->start_ns);
	reader->fsm->cur = NULL;
	reader->fsm->failure = 0;
	if (req)
		iso7816_complete(reader, req, error);
}

void fsm_power_down(struct iso7816_reader *reader)
{
	iso7816_timer_stop(reader);
	if (!fsm_powered(reader))
		return;
	iso7816_contacts_off(reader);
	reader->fsm->off_ns = ktime_get_ns();
}

/* Waits for the card: @ns, or until the deadline of what is under way. */
void fsm_arm(struct iso7816_reader *reader, u64 ns)
{
	s64 left = max_t(s64, reader->fsm->deadline_ns - ktime_get_ns(), 1);

	iso7816_timer_arm(reader, min_not_zero(ns, (u64)left));
}

/* The line is idle from now on: STATUS is due after the interval, if wanted. */
void fsm_idle(struct iso7816_reader *reader)
{
	u64 ns = iso7816_proactive_interval(reader);

	if (ns)
		iso7816_timer_arm(reader, ns);
	else
		iso7816_timer_stop(reader);
}

/* -------------------------------------------------------------- events */

/* The card was pulled, or with -ENODEV the reader. */
static void fsm_card_lost(struct iso7816_reader *reader, int error)
{
	bool known = reader->fsm->state != FSM_ABSENT;

	fsm_power_down(reader);
	iso7816_contacts_flush(reader);
	fsm_enter(reader, FSM_ABSENT);
	if (known) {
		fsm_new_generation(reader);
		iso7816_event(reader, ISO7816_EVENT_CARD_REMOVED, 0);
	}
	fsm_complete(reader, error);
}

static void fsm_card_found(struct iso7816_reader *reader)
{
	fsm_new_generation(reader);
	fsm_enter(reader, FSM_PRESENT);
	fsm_count(reader, &reader->stats.insertions);
	iso7816_event(reader, ISO7816_EVENT_CARD_INSERTED, 0);
}

static void fsm_deactivate(struct iso7816_reader *reader, u32 reason)
{
	fsm_power_down(reader);
	fsm_enter(reader, FSM_PRESENT);
	fsm_new_generation(reader);
	iso7816_event(reader, ISO7816_EVENT_CARD_RESET, reason);
}

static void fsm_power_off(struct iso7816_reader *reader)
{
	if (fsm_powered(reader))
		fsm_deactivate(reader, ISO7816_RESET_REASON_POWER_OFF);
	fsm_complete(reader, 0);
}

static void fsm_power_on(struct iso7816_reader *reader)
{
	reader->fsm->wish = reader->fsm->cur->wish;
	fsm_begin_reset(reader, ISO7816_RESET_REASON_POWER_ON);
}

/* A request to a card that is there but unpowered. */
static void fsm_request_unpowered(struct iso7816_reader *reader,
				  struct iso7816_request *req)
{
	reader->fsm->cur = req;
	switch (req->type) {
	case ISO7816_REQ_POWER_ON:
		fsm_power_on(reader);
		break;
	case ISO7816_REQ_POWER_OFF:
		fsm_power_off(reader);
		break;
	case ISO7816_REQ_RESET:
	case ISO7816_REQ_XFER:
	case ISO7816_REQ_LOCK:	/* not seen here */
		fsm_complete(reader, -ENOTCONN);
		break;
	}
}

static void fsm_request_active(struct iso7816_reader *reader, struct iso7816_request *req)
{
	reader->fsm->cur = req;
	switch (req->type) {
	case ISO7816_REQ_POWER_ON:
		fsm_power_on(reader);
		break;
	case ISO7816_REQ_POWER_OFF:
		fsm_power_off(reader);
		break;
	case ISO7816_REQ_RESET:
		fsm_begin_reset(reader, req->cold ? ISO7816_RESET_REASON_COLD :
				ISO7816_RESET_REASON_WARM);
		break;
	case ISO7816_REQ_XFER:
		/* only the worker changes the generation */
		if (req->want_generation &&
		    req->want_generation != reader->st.generation)
			fsm_complete(reader, -ESTALE);
		else
			fsm_exchange_begin(reader, req);
		break;
	case ISO7816_REQ_LOCK:	/* not seen here */
		fsm_complete(reader, -EINVAL);
		break;
	}
}

static void fsm_request(struct iso7816_reader *reader, struct iso7816_request *req)
{
	/* of the reader, not of the card */
	if (req->type == ISO7816_REQ_LOCK) {
		iso7816_lock_taken(reader, req);
		return;
	}
	switch (reader->fsm->state) {
	case FSM_PRESENT:
	case FSM_FAILED:
		fsm_request_unpowered(reader, req);
		break;
	case FSM_ACTIVE:
		fsm_request_active(reader, req);
		break;
	default:	/* ABSENT; other states leave it in the queue */
		iso7816_complete(reader, req, -ENOMEDIUM);
		break;
	}
}

static void fsm_byte(struct iso7816_reader *reader, struct iso7816_rx_char c)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_in in = {
		.what = ISO7816_IN_BYTE,
		.byte = c.byte,
		.flags = c.flags,
		.now_ns = ktime_get_ns(),
	};

	switch (fsm->state) {
	case FSM_ATR:
		fsm_atr_step(reader, &in);
		break;
	case FSM_PPS:
		in.byte = iso7816_conv_byte(fsm->conv, c.byte);
		fsm_pps_step(reader, &in);
		break;
	case FSM_EXCHANGE:
		in.byte = iso7816_conv_byte(fsm->conv, c.byte);
		fsm_exchange_step(reader, &in);
		break;
	default:
		fsm_count(reader, &reader->stats.unexpected);
		break;
	}
}

static void fsm_timer(struct iso7816_reader *reader)
{
	struct iso7816_in in = {
		.what = ISO7816_IN_TIMEOUT,
		.now_ns = ktime_get_ns(),
	};

	switch (reader->fsm->state) {
	case FSM_DISCHARGE:
		fsm_power_up(reader);
		break;
	case FSM_POWERING:
		fsm_hold_reset(reader);
		break;
	case FSM_RST_LOW:
		fsm_release_reset(reader);
		break;
	case FSM_ATR:
		fsm_atr_step(reader, &in);
		break;
	case FSM_PPS:
		fsm_pps_step(reader, &in);
		break;
	case FSM_EXCHANGE:
		fsm_exchange_step(reader, &in);
		break;
	case FSM_ACTIVE:
		if (iso7816_proactive_interval(reader))
			fsm_poll_begin(reader);
		break;
	case FSM_ABSENT:
	case FSM_PRESENT:
	case FSM_FAILED:
		break;
	}
}

/* The transition function: every event in every state comes through here. */
static void fsm_event(struct iso7816_reader *reader, const struct fsm_input *in)
{
	switch (in->event) {
	case FSM_EV_NONE:
		break;
	case FSM_EV_REMOVED:
		fsm_card_lost(reader, -ENOMEDIUM);
		break;
	case FSM_EV_INSERTED:
		if (reader->fsm->state == FSM_ABSENT)
			fsm_card_found(reader);
		break;
	case FSM_EV_BYTE:
		fsm_byte(reader, in->c);
		break;
	case FSM_EV_TIMER:
		fsm_timer(reader);
		break;
	case FSM_EV_CANCELED:
		if (reader->fsm->state == FSM_EXCHANGE)
			fsm_exchange_cancel(reader);
		break;
	case FSM_EV_POLL_CHANGED:
		if (reader->fsm->state == FSM_ACTIVE)
			fsm_idle(reader);
		break;
	case FSM_EV_REQUEST:
		fsm_request(reader, in->req);
		break;
	}
}

/* Takes the next note; a character goes before a timer that ran out meanwhile. */
static void fsm_next(struct iso7816_reader *reader, struct fsm_input *in)
{
	enum fsm_state state = reader->fsm->state;

	memset(in, 0, sizeof(*in));
	spin_lock_irq(&reader->state_lock);
	if (reader->pulled) {
		reader->pulled = false;
		in->event = FSM_EV_REMOVED;
	} else if (reader->present && state == FSM_ABSENT) {
		in->event = FSM_EV_INSERTED;
	} else if (reader->canceled) {
		reader->canceled = false;
		in->event = FSM_EV_CANCELED;
	} else if (kfifo_get(&reader->rx, &in->c)) {
		in->event = FSM_EV_BYTE;
	} else if (reader->timer_fired) {
		reader->timer_fired = false;
		in->event = FSM_EV_TIMER;
	} else if (reader->poll_changed) {
		reader->poll_changed = false;
		in->event = FSM_EV_POLL_CHANGED;
	} else if (fsm_states[state].idle) {
		in->req = iso7816_request_next_locked(reader);
		if (in->req)
			in->event = FSM_EV_REQUEST;
	}
	spin_unlock_irq(&reader->state_lock);
}

void iso7816_fsm_work(struct work_struct *work)
{
	struct iso7816_reader *reader = container_of(work, struct iso7816_reader, work);
	unsigned int budget = EVENT_BUDGET;
	struct fsm_input in;

	down_read(&reader->ops_lock);
	while (!reader->gone && !reader->asleep) {
		fsm_next(reader, &in);
		if (in.event == FSM_EV_NONE)
			break;
		fsm_event(reader, &in);
		if (!--budget) {
			iso7816_kick(reader);
			break;
		}
	}
	up_read(&reader->ops_lock);
}

/* Last use of the phy: ends the request under way and those that wait. */
void iso7816_fsm_unplug(struct iso7816_reader *reader)
{
	lockdep_assert_held_write(&reader->ops_lock);

	fsm_card_lost(reader, -ENODEV);
	iso7816_request_refuse_all(reader, -ENODEV);
}

/* Out of turn: a request under way ends with -ENOTCONN, one that waits goes on waiting. */
void iso7816_fsm_deactivate(struct iso7816_reader *reader, u32 reason)
{
	lockdep_assert_held_write(&reader->ops_lock);

	if (fsm_powered(reader) || reader->fsm->state == FSM_DISCHARGE)
		fsm_deactivate(reader, reason);
	fsm_complete(reader, -ENOTCONN);
}

/* The reader slept, and who knows which card is there now. */
void iso7816_fsm_wake(struct iso7816_reader *reader)
{
	lockdep_assert_held_write(&reader->ops_lock);

	if (reader->fsm->state != FSM_ABSENT)
		fsm_new_generation(reader);
}

/* Something is under way, at a user's or the reader's own wish. */
bool iso7816_fsm_busy(const struct iso7816_reader *reader)
{
	lockdep_assert_held_write(&reader->ops_lock);

	return !fsm_states[reader->fsm->state].idle;
}

int iso7816_fsm_init(struct iso7816_reader *reader)
{
	struct iso7816_request *poll;

	reader->fsm = kzalloc(sizeof(*reader->fsm), GFP_KERNEL);
	if (!reader->fsm)
		return -ENOMEM;
	poll = iso7816_request_alloc(ISO7816_REQ_XFER, ISO7816_PROACTIVE_STATUS_LEN,
				     256 + 2);
	if (!poll)
		return -ENOMEM;
	memcpy(poll->cmd, iso7816_proactive_status, ISO7816_PROACTIVE_STATUS_LEN);
	reader->fsm->poll = poll;
	return 0;
}

void iso7816_fsm_destroy(struct iso7816_reader *reader)
{
	if (!reader->fsm)
		return;
	if (reader->fsm->poll)
		iso7816_request_put(reader->fsm->poll);
	kfree_sensitive(reader->fsm);
}
