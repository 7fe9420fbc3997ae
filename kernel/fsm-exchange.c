// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command and its response: runs the machine of the protocol in force, does what
 * it wants, and recovers by a warm reset if the card broke the protocol or fell
 * silent, after all that the protocol itself has for this was in vain.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "fsm.h"
#include "trace.h"

static unsigned int exchange_cap_ms = 60000;
module_param(exchange_cap_ms, uint, 0644);
MODULE_PARM_DESC(exchange_cap_ms, "Longest time that a card may take for one command (ms, up to 600000)");

/* What the machine of the protocol has counted since this was last called. */
void fsm_count_exchange(struct iso7816_reader *reader)
{
	struct iso7816_t1_counters *t1 = &reader->fsm->t1.counters;
	struct iso7816_t0_counters *t0 = &reader->fsm->tpdu.counters;
	struct iso7816_stats *stats = &reader->stats;
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->fsm->protocol == 1) {
		stats->wtx += t1->wtx;
		stats->bad_blocks += t1->bad_blocks;
		stats->timeouts += t1->timeouts;
		stats->retransmits += t1->retransmits;
		stats->resynchs += t1->resynchs;
		stats->aborts += t1->aborts;
		memset(t1, 0, sizeof(*t1));
	} else {
		stats->nulls += t0->nulls;
		memset(t0, 0, sizeof(*t0));
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

static void fsm_recover(struct iso7816_reader *reader, int error)
{
	struct iso7816_fsm *fsm = reader->fsm;

	dev_warn_ratelimited(&reader->dev, "exchange failed (%d), warm reset\n", error);
	fsm->failure = error;
	fsm_count(reader, &reader->stats.failures);
	fsm_count(reader, &reader->stats.recoveries);
	if (!fsm->proven && !fsm->plan.specific && fsm->rung + 1 < fsm->plan.count)
		fsm->first_rung = fsm->rung + 1;
	iso7816_event(reader, ISO7816_EVENT_ERROR, -error);
	fsm_begin_reset(reader, ISO7816_RESET_REASON_RECOVERY);
}

static void fsm_exchange_over(struct iso7816_reader *reader, int error)
{
	fsm_publish_link(reader);
	fsm_enter(reader, FSM_ACTIVE);
	if (error)
		fsm_count(reader, &reader->stats.failures);
	fsm_complete(reader, error);
	fsm_idle(reader);
}

/* The card has answered; the answer may have been too long. */
static void fsm_answered(struct iso7816_reader *reader, int error)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_request *req = fsm->cur;
	u16 pending_sw;

	fsm->proven = true;
	req->duration_ns = ktime_get_ns() - req->start_ns;
	if (fsm->protocol == 1) {
		req->resp_len = fsm->t1.resp_len;
		req->sw = fsm->t1.sw;
		pending_sw = fsm->t1.pending_sw;
	} else {
		req->resp_len = fsm->tpdu.resp_len;
		req->sw = fsm->tpdu.t0.sw1 << 8 | fsm->tpdu.t0.sw2;
		pending_sw = fsm->tpdu.pending_sw;
	}
	if (req->resp_len >= 2)
		req->sw = req->resp[req->resp_len - 2] << 8 |
			  req->resp[req->resp_len - 1];
	dev_dbg(&reader->dev, "command %zu, response %zu, SW %04x, %d\n",
		req->cmd_len, req->resp_len, req->sw, error);
	iso7816_proactive_response(reader, req, pending_sw ?: req->sw);
	fsm_exchange_over(reader, error);
}

static void fsm_exchange_done(struct iso7816_reader *reader, enum iso7816_result result)
{
	switch (result) {
	case ISO7816_RES_OK:
		fsm_answered(reader, 0);
		break;
	case ISO7816_RES_TOO_LONG:
		fsm_answered(reader, -EMSGSIZE);
		break;
	case ISO7816_RES_ABORTED:
		fsm_exchange_over(reader, -ECANCELED);
		break;
	case ISO7816_RES_INVALID:
		fsm_exchange_over(reader, -EINVAL);
		break;
	case ISO7816_RES_MUTE:
	case ISO7816_RES_DEADLINE:
		/* T=1 counts its own, but not the end of all patience */
		if (reader->fsm->protocol != 1 || result == ISO7816_RES_DEADLINE)
			fsm_count(reader, &reader->stats.timeouts);
		fsm_recover(reader, -ETIMEDOUT);
		break;
	default:
		fsm_recover(reader, -EPROTO);
		break;
	}
}

/* Sends what a machine wants sent, in the card's convention and not too early. */
int fsm_send(struct iso7816_reader *reader, const struct iso7816_out *out)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u64 delay_ns = max3(out->send_delay_ns, fsm->turnaround_ns, fsm->settle_ns);
	size_t i;
	int ret;

	if (out->send_len > sizeof(fsm->tx))
		return -EMSGSIZE;
	for (i = 0; i < out->send_len; i++)
		fsm->tx[i] = iso7816_conv_byte(fsm->conv, out->send[i]);
	iso7816_timer_stop(reader);
	fsm->settle_ns = 0;
	ret = iso7816_contacts_send(reader, fsm->tx, out->send_len, delay_ns);
	memzero_explicit(fsm->tx, sizeof(fsm->tx));
	if (ret)
		dev_dbg(&reader->dev, "send: %d\n", ret);
	return ret;
}

static void fsm_protocol_step(struct iso7816_fsm *fsm, const struct iso7816_in *in,
			      struct iso7816_out *out)
{
	if (fsm->protocol == 1)
		iso7816_t1_step(&fsm->t1, in, out);
	else
		iso7816_tpdu_step(&fsm->tpdu, in, out);
}

/*
 * Does what the machine wants, until it waits for the card or is done.  A block of
 * T=1 that collided with something is one that the card will ask for again.
 */
static void fsm_exchange_act(struct iso7816_reader *reader, struct iso7816_out *out)
{
	struct iso7816_fsm *fsm = reader->fsm;
	struct iso7816_in in = { .what = ISO7816_IN_TX_DONE };
	int ret;

	while (out->done == ISO7816_RES_NONE && out->send) {
		if (fsm->protocol == 1)
			trace_iso7816_t1_block(reader->id, true, out->send);
		ret = fsm_send(reader, out);
		if (ret && !(ret == -EIO && fsm->protocol == 1)) {
			out->done = ISO7816_RES_PROTO;
			break;
		}
		in.now_ns = ktime_get_ns();
		fsm_protocol_step(fsm, &in, out);
	}
	if (out->done != ISO7816_RES_NONE) {
		iso7816_timer_stop(reader);
		fsm_exchange_done(reader, out->done);
		return;
	}
	fsm_arm(reader, out->timer_ns);
}

void fsm_exchange_step(struct iso7816_reader *reader, const struct iso7816_in *in)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u16 received = fsm->t1.rx.len;
	struct iso7816_out out;

	fsm_protocol_step(fsm, in, &out);
	if (fsm->protocol == 1 && in->what == ISO7816_IN_BYTE &&
	    fsm->t1.rx.len != received && fsm->t1.rx.len == fsm->t1.rx.need)
		trace_iso7816_t1_block(reader->id, false, fsm->t1.rx.buf);
	fsm_exchange_act(reader, &out);
}

/* @req becomes the current request. */
void fsm_exchange_begin(struct iso7816_reader *reader, struct iso7816_request *req)
{
	struct iso7816_fsm *fsm = reader->fsm;
	u32 cap_ms = clamp(READ_ONCE(exchange_cap_ms), 1U, ISO7816_EXCHANGE_CAP_MAX_MS);
	struct iso7816_apdu_req apdu = {
		.cmd = req->cmd,
		.cmd_len = req->cmd_len,
		.resp = req->resp,
		.room = req->room,
		.wt_ns = fsm->wt_ns,
		.raw = req->raw,
	};
	struct iso7816_out out;

	fsm_count(reader, req == fsm->poll ? &reader->stats.polls :
		  &reader->stats.commands);
	cap_ms = min_not_zero(req->timeout_ms, cap_ms);
	fsm->cur = req;
	req->start_ns = ktime_get_ns();
	fsm->deadline_ns = req->start_ns + (u64)cap_ms * NSEC_PER_MSEC;
	apdu.deadline_ns = fsm->deadline_ns;
	fsm_enter(reader, FSM_EXCHANGE);
	trace_iso7816_xfer_begin(reader->id, fsm->protocol, req->cmd, req->cmd_len,
				 req->room, req->raw);
	if (fsm->protocol == 1)
		iso7816_t1_start(&fsm->t1, &apdu, &out);
	else
		iso7816_tpdu_start(&fsm->tpdu, &apdu, &out);
	fsm_exchange_act(reader, &out);
}

/*
 * Nobody waits for the answer any more.  T=1 can give a chain of blocks up, all else
 * goes on to its end.
 */
void fsm_exchange_cancel(struct iso7816_reader *reader)
{
	if (reader->fsm->protocol == 1)
		iso7816_t1_cancel(&reader->fsm->t1);
}

void fsm_poll_begin(struct iso7816_reader *reader)
{
	struct iso7816_request *req = reader->fsm->poll;

	kref_get(&req->ref);
	reinit_completion(&req->done);
	req->over = false;
	fsm_exchange_begin(reader, req);
}
