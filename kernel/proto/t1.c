// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * T=1: who may send what next.  The phase says what the exchange is about, the line
 * what the wires do; blocks are taken in by block.c.  Rule numbers are those of
 * ISO/IEC 7816-3, 11.6.2.3 and 11.6.3.2.
 *
 * A block counts when the block guard time is over and nothing has followed it.  The
 * reader may not send before that anyway; and a character too many shows an error in
 * LEN, or a shifted block, that the one byte of an LRC misses once in 256 times.
 */
#include <iso7816/t1.h>
#include <iso7816/timing.h>

void iso7816_t1_params_init(struct iso7816_t1_params *p,
			    const struct iso7816_atr_info *info, u16 f, u8 d,
			    u32 clock_hz, u64 slack_ns)
{
	memset(p, 0, sizeof(*p));
	p->ifsc = info->ifsc;
	p->ifsd = ISO7816_T1_IFS_MAX;
	p->crc = info->crc;
	p->slack_ns = iso7816_wtx_ns(iso7816_etu_to_ns(ISO7816_WT_SLACK_ETU, f, d, clock_hz),
				     1, slack_ns);
	p->cwt_ns = iso7816_wtx_ns(iso7816_cwt_ns(info->cwi, f, d, clock_hz), 1, p->slack_ns);
	p->bwt_ns = iso7816_bwt_ns(info->bwi, f, d, clock_hz);
	p->bgt_ns = iso7816_etu_to_ns(ISO7816_BGT_ETU - ISO7816_REPORT_ETU, f, d, clock_hz);
}

/* ------------------------------------------------------------- sending */

static void finish(struct iso7816_t1 *m, enum iso7816_result result,
		   struct iso7816_out *out)
{
	m->phase = ISO7816_T1_DONE;
	m->result = result;
	memset(out, 0, sizeof(*out));
	out->done = result;
}

/* The link is in disorder */
static void give_up(struct iso7816_t1 *m, enum iso7816_result result,
		    struct iso7816_out *out)
{
	m->lost = true;
	finish(m, result, out);
}

static void send_block(struct iso7816_t1 *m, u8 pcb, const u8 *inf, u8 len,
		       struct iso7816_out *out)
{
	m->line = ISO7816_T1_SENDING;
	out->send = m->tx;
	out->send_len = iso7816_block_build(m->tx, pcb, inf, len, m->params.crc);
	out->send_delay_ns = m->params.bgt_ns;
}

/* The S-request of the phase; the caller looks after the tries */
static void send_request(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->s_tries++;
	if (m->phase == ISO7816_T1_RESYNCH)
		send_block(m, ISO7816_PCB_S_RESYNCH, NULL, 0, out);
	else if (m->phase == ISO7816_T1_IFS)
		send_block(m, ISO7816_PCB_S_IFS, &m->params.ifsd, 1, out);
	else
		send_block(m, ISO7816_PCB_S_ABORT, NULL, 0, out);
}

static void begin_request(struct iso7816_t1 *m, enum iso7816_t1_phase phase,
			  struct iso7816_out *out)
{
	m->phase = phase;
	m->s_tries = 0;
	m->failures = 0;
	send_request(m, out);
}

/* Three attempts were in vain: rules 6.4, 7.4.1 and 7.4.2 */
static void resynch(struct iso7816_t1 *m, struct iso7816_out *out)
{
	if (!m->alive || m->phase == ISO7816_T1_RESYNCH) {
		give_up(m, m->heard ? ISO7816_RES_PROTO : ISO7816_RES_MUTE, out);
	} else if (m->resynchs == ISO7816_T1_RESYNCHS) {
		give_up(m, ISO7816_RES_PROTO, out);
	} else {
		m->resynchs++;
		m->counters.resynchs++;
		m->heard = false;
		begin_request(m, ISO7816_T1_RESYNCH, out);
	}
}

static bool more(const struct iso7816_t1 *m)
{
	return m->pos + m->chunk < m->cmd_len;
}

/* The I-block under way; what the card takes may have changed since the last time */
static void send_i(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 pcb = m->ns ? ISO7816_PCB_I_NS : 0;

	if (m->i_tries == ISO7816_T1_TRIES) {
		resynch(m, out);
		return;
	}
	m->i_tries++;
	m->chunk = m->cmd_len - m->pos;
	if (m->chunk > m->ifsc)
		m->chunk = m->ifsc;
	if (more(m))
		pcb |= ISO7816_PCB_I_MORE;
	send_block(m, pcb, m->cmd + m->pos, (u8)m->chunk, out);
}

static void send_r(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 nr = m->nr ? ISO7816_PCB_R_NR : 0;

	if (m->r_tries == ISO7816_T1_TRIES) {
		resynch(m, out);
		return;
	}
	m->r_tries++;
	send_block(m, ISO7816_PCB_R | nr | (u8)m->error, NULL, 0, out);
}

static void begin_command(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->phase = ISO7816_T1_COMMAND;
	m->pos = 0;
	m->got = m->base;
	m->failures = 0;
	m->i_tries = 0;
	m->r_tries = 0;
	send_i(m, out);
}

/* IFSD comes first, once, if it is to be another than the default */
static void begin_apdu(struct iso7816_t1 *m, struct iso7816_out *out)
{
	if (m->ifsd_settled || m->params.ifsd == ISO7816_T1_IFS_DEFAULT)
		begin_command(m, out);
	else
		begin_request(m, ISO7816_T1_IFS, out);
}

/* What the phase wants, again: rules 7.1 to 7.3 */
static void repeat(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->counters.retransmits++;
	switch (m->phase) {
	case ISO7816_T1_RESYNCH:
	case ISO7816_T1_IFS:
	case ISO7816_T1_ABORT:
		if (m->s_tries < ISO7816_T1_TRIES) {
			send_request(m, out);
		} else if (m->phase == ISO7816_T1_IFS && !m->failures) {
			/* it talks, but not about this: the default it is */
			m->ifsd_settled = true;
			begin_command(m, out);
		} else {
			resynch(m, out);
		}
		break;
	default:
		send_r(m, out);
		break;
	}
}

/* An attempt that brought no error-free block */
static void failed(struct iso7816_t1 *m, enum iso7816_block_error error,
		   struct iso7816_out *out)
{
	m->error = error;
	if (++m->failures == ISO7816_T1_TRIES)
		resynch(m, out);
	else
		repeat(m, out);
}

/* An error-free block that the rules do not allow here */
static void unexpected(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->error = ISO7816_BLOCK_OTHER;
	m->counters.bad_blocks++;
	repeat(m, out);
}

/* ------------------------------------------------------- APDU is through */

static void finish_ok(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->resp_len = m->got;
	finish(m, ISO7816_RES_OK, out);
}

static void begin_sub(struct iso7816_t1 *m, size_t base, struct iso7816_out *out)
{
	m->base = base;
	m->cmd = m->sub;
	m->cmd_len = sizeof(m->sub);
	begin_command(m, out);
}

/* 6Cxx of a command without data: the same with the right Le, once */
static void repeat_length(struct iso7816_t1 *m, struct iso7816_out *out)
{
	if (!m->rounds)
		memcpy(m->sub, m->apdu.header, sizeof(m->apdu.header));
	m->sub[4] = (u8)m->sw;
	m->repeated = true;
	begin_sub(m, m->base, out);
}

/* 61xx: SW1 SW2 give way to the data that GET RESPONSE brings */
static void get_response(struct iso7816_t1 *m, size_t left, struct iso7816_out *out)
{
	size_t n = m->sw & 0xff ? m->sw & 0xff : ISO7816_SHORT_NE_MAX;

	/* promises without data would go on for ever */
	if (m->rounds == ISO7816_APDU_ROUNDS || (m->rounds && m->got == m->base + 2)) {
		give_up(m, ISO7816_RES_PROTO, out);
		return;
	}
	m->rounds++;
	m->repeated = false;
	m->sub[0] = iso7816_apdu_transport_cla(m->apdu.header[0]);
	m->sub[1] = ISO7816_INS_GET_RESPONSE;
	m->sub[2] = 0;
	m->sub[3] = 0;
	m->sub[4] = (u8)(n < left ? n : left);
	begin_sub(m, m->got - 2, out);
}

/* The last I-block of the response is there */
static void answered(struct iso7816_t1 *m, struct iso7816_out *out)
{
	size_t len = m->got - m->base;
	size_t left;

	if (m->verdict != ISO7816_RES_NONE) {
		finish(m, m->verdict, out);
		return;
	}
	if (len < 2) {
		give_up(m, ISO7816_RES_PROTO, out);
		return;
	}
	m->sw = (u16)(m->req.resp[m->got - 2] << 8 | m->req.resp[m->got - 1]);
	if (m->sw >> 8 == 0x91)
		m->pending_sw = m->sw;
	left = m->apdu.ne > m->got - 2 ? m->apdu.ne - (m->got - 2) : 0;
	if (m->req.raw || !left)
		finish_ok(m, out);
	else if (m->sw >> 8 == 0x6c && len == 2 && !m->repeated &&
		 (m->rounds || !m->apdu.nc))
		repeat_length(m, out);
	else if (m->sw >> 8 == 0x61)
		get_response(m, left, out);
	else
		finish_ok(m, out);
}

/* ------------------------------------------------------ blocks of the card */

static void take_inf(struct iso7816_t1 *m)
{
	size_t len = m->rx.buf[2];

	if (len > m->req.room - m->got) {
		m->verdict = ISO7816_RES_TOO_LONG;
		return;
	}
	memcpy(m->req.resp + m->got, m->rx.buf + 3, len);
	m->got += len;
}

/*
 * Nothing says whether a block of the card's chain that is answered by an ABORT counts
 * as acknowledged: taken the wrong way, the next response would lose its first block.
 * So the next exchange settles that by a RESYNCH.
 */
static void begin_abort(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->lost = m->phase == ISO7816_T1_RESPONSE;
	if (m->verdict == ISO7816_RES_NONE)
		m->verdict = ISO7816_RES_ABORTED;
	m->counters.aborts++;
	begin_request(m, ISO7816_T1_ABORT, out);
}

/* Is the card's patience with requests and empty blocks to be ended */
static bool too_many(struct iso7816_t1 *m, struct iso7816_out *out)
{
	if (m->requests++ < ISO7816_T1_REQUESTS_MAX)
		return false;
	give_up(m, ISO7816_RES_PROTO, out);
	return true;
}

static void i_block(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 pcb = m->rx.buf[1];
	bool answer = m->phase == ISO7816_T1_RESPONSE ||
		      (m->phase == ISO7816_T1_COMMAND && !more(m));

	if (!answer || !(pcb & ISO7816_PCB_I_NS) != !m->nr) {
		unexpected(m, out);
		return;
	}
	if (m->phase == ISO7816_T1_COMMAND)	/* it acknowledges ours */
		m->ns ^= 1;
	m->phase = ISO7816_T1_RESPONSE;
	m->nr ^= 1;
	m->r_tries = 0;
	m->error = ISO7816_BLOCK_OK;
	take_inf(m);
	if (!(pcb & ISO7816_PCB_I_MORE))
		answered(m, out);
	else if (m->verdict != ISO7816_RES_NONE || m->cancelled)
		begin_abort(m, out);
	else if (m->rx.buf[2] || !too_many(m, out))
		send_r(m, out);
}

/* The card asks for N(S) = @nr; rule 8 */
static void command_acknowledged(struct iso7816_t1 *m, u8 nr, struct iso7816_out *out)
{
	if (nr == m->ns) {
		m->counters.retransmits++;
		send_i(m, out);
	} else if (!more(m)) {		/* it has all, and heard our R-block badly */
		repeat(m, out);
	} else {
		m->ns ^= 1;
		m->pos += m->chunk;
		m->i_tries = 0;
		m->r_tries = 0;
		if (m->cancelled)
			begin_abort(m, out);
		else
			send_i(m, out);
	}
}

static void r_block(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 nr = m->rx.buf[1] & ISO7816_PCB_R_NR ? 1 : 0;

	switch (m->phase) {
	case ISO7816_T1_COMMAND:
		command_acknowledged(m, nr, out);
		break;
	case ISO7816_T1_ABORTED:	/* the turn is ours again */
		m->ns = nr;
		finish(m, m->verdict, out);
		break;
	case ISO7816_T1_RESPONSE:
		repeat(m, out);
		break;
	default:
		unexpected(m, out);
		break;
	}
}

/* An S-request of the card; none has a place in a RESYNCH */
static void s_request(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 pcb = m->rx.buf[1];
	bool running = m->phase == ISO7816_T1_COMMAND || m->phase == ISO7816_T1_RESPONSE ||
		       m->phase == ISO7816_T1_ABORTED;

	if (pcb == ISO7816_PCB_S_RESYNCH || m->phase == ISO7816_T1_RESYNCH ||
	    (pcb == ISO7816_PCB_S_ABORT && !running)) {
		unexpected(m, out);
		return;
	}
	if (too_many(m, out))
		return;
	if (pcb == ISO7816_PCB_S_IFS) {
		m->ifsc = m->rx.buf[3];
	} else if (pcb == ISO7816_PCB_S_WTX) {
		m->wtx = m->rx.buf[3];
		m->counters.wtx++;
	} else if (m->phase != ISO7816_T1_ABORTED) {
		m->phase = ISO7816_T1_ABORTED;
		m->r_tries = 0;
		m->counters.aborts++;
		m->verdict = ISO7816_RES_ABORTED;
	}
	send_block(m, pcb | ISO7816_PCB_S_RESPONSE, m->rx.buf + 3, m->rx.buf[2], out);
}

/* Both sides begin anew; what was under way did not happen (rule 6) */
static void resynched(struct iso7816_t1 *m, struct iso7816_out *out)
{
	m->ns = 0;
	m->nr = 0;
	m->ifsc = m->params.ifsc;
	m->ifsd = ISO7816_T1_IFS_DEFAULT;
	m->ifsd_settled = false;
	m->lost = false;
	if (m->verdict != ISO7816_RES_NONE)
		finish(m, m->verdict, out);
	else
		begin_apdu(m, out);
}

static void s_response(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 pcb = m->rx.buf[1] & (u8)~ISO7816_PCB_S_RESPONSE;

	if (m->phase == ISO7816_T1_RESYNCH && pcb == ISO7816_PCB_S_RESYNCH) {
		resynched(m, out);
	} else if (m->phase == ISO7816_T1_IFS && pcb == ISO7816_PCB_S_IFS &&
		   m->rx.buf[3] == m->params.ifsd) {
		m->ifsd = m->params.ifsd;
		m->ifsd_settled = true;
		begin_command(m, out);
	} else if (m->phase == ISO7816_T1_ABORT && pcb == ISO7816_PCB_S_ABORT) {
		finish(m, m->verdict, out);
	} else {
		unexpected(m, out);
	}
}

static void good_block(struct iso7816_t1 *m, struct iso7816_out *out)
{
	u8 pcb = m->rx.buf[1];

	m->alive = true;
	m->failures = 0;
	if (!(pcb & 0x80))
		i_block(m, out);
	else if (!(pcb & 0x40))
		r_block(m, out);
	else if (pcb & ISO7816_PCB_S_RESPONSE)
		s_response(m, out);
	else
		s_request(m, out);
}

/* ------------------------------------------------------------------ events */

/* The line must become silent before there is an answer to a bad block */
static void drain(struct iso7816_t1 *m)
{
	m->counters.bad_blocks++;
	m->drained = 0;
	m->line = ISO7816_T1_DRAINING;
}

static void block_byte(struct iso7816_t1 *m, const struct iso7816_in *in)
{
	switch (iso7816_block_byte(&m->rx, in->byte, in->flags)) {
	case ISO7816_BLOCK_GOOD:
		m->line = ISO7816_T1_TURNING;
		break;
	case ISO7816_BLOCK_BAD:
		drain(m);
		break;
	default:
		if (m->rx.len)
			m->line = ISO7816_T1_RECEIVING;
		break;
	}
}

static void byte_in(struct iso7816_t1 *m, const struct iso7816_in *in,
		    struct iso7816_out *out)
{
	m->heard = true;
	switch (m->line) {
	case ISO7816_T1_SENDING:	/* lost in what we send */
		break;
	case ISO7816_T1_TURNING:	/* so the block did not end where LEN says */
		m->rx.error = ISO7816_BLOCK_OTHER;
		drain(m);
		break;
	case ISO7816_T1_DRAINING:
		if (++m->drained == ISO7816_T1_DRAIN_MAX)
			give_up(m, ISO7816_RES_PROTO, out);
		break;
	default:
		block_byte(m, in);
		break;
	}
}

static u64 block_wait(const struct iso7816_t1 *m)
{
	return iso7816_wtx_ns(m->params.bwt_ns, m->wtx ? m->wtx : 1, m->params.slack_ns);
}

static void sent(struct iso7816_t1 *m, const struct iso7816_in *in)
{
	if (m->line != ISO7816_T1_SENDING)
		return;
	m->line = ISO7816_T1_WAITING;
	m->until_ns = iso7816_wtx_ns(in->now_ns, 1, block_wait(m));
	m->wtx = 0;
	iso7816_block_init(&m->rx, m->ifsd, m->params.crc);
}

static void timed_out(struct iso7816_t1 *m, const struct iso7816_in *in,
		      struct iso7816_out *out)
{
	if (in->now_ns >= m->req.deadline_ns)
		return;		/* arm() says so */
	switch (m->line) {
	case ISO7816_T1_SENDING:
		give_up(m, ISO7816_RES_MUTE, out);
		break;
	case ISO7816_T1_TURNING:
		good_block(m, out);
		break;
	case ISO7816_T1_DRAINING:
		failed(m, m->rx.error, out);
		break;
	default:
		m->counters.timeouts++;
		failed(m, ISO7816_BLOCK_OTHER, out);
		break;
	}
}

/* Sets the timer: for what the line does, but not beyond the deadline */
static void arm(struct iso7816_t1 *m, u64 now_ns, struct iso7816_out *out)
{
	u64 left = m->req.deadline_ns - now_ns;

	if (now_ns >= m->req.deadline_ns) {
		give_up(m, ISO7816_RES_DEADLINE, out);
		return;
	}
	switch (m->line) {
	case ISO7816_T1_SENDING:
		out->timer_ns = block_wait(m);
		break;
	case ISO7816_T1_WAITING:
		out->timer_ns = m->until_ns > now_ns ? m->until_ns - now_ns : 1;
		out->expect = m->rx.need;
		break;
	case ISO7816_T1_RECEIVING:
		out->timer_ns = m->params.cwt_ns;
		out->expect = m->rx.need - m->rx.len;
		break;
	case ISO7816_T1_TURNING:
		out->timer_ns = m->params.bgt_ns;
		break;
	default:	/* DRAINING */
		out->timer_ns = m->params.cwt_ns;
		out->expect = 1;
		break;
	}
	if (out->timer_ns > left)
		out->timer_ns = left;
}

void iso7816_t1_step(struct iso7816_t1 *m, const struct iso7816_in *in,
		     struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	if (m->phase == ISO7816_T1_IDLE || m->phase == ISO7816_T1_DONE) {
		out->done = m->result;
		return;
	}
	switch (in->what) {
	case ISO7816_IN_BYTE:
		byte_in(m, in, out);
		break;
	case ISO7816_IN_TX_DONE:
		sent(m, in);
		break;
	case ISO7816_IN_TIMEOUT:
		timed_out(m, in, out);
		break;
	case ISO7816_IN_REMOVED:
	default:
		give_up(m, ISO7816_RES_REMOVED, out);
		break;
	}
	if (m->phase != ISO7816_T1_DONE)
		arm(m, in->now_ns, out);
}

void iso7816_t1_init(struct iso7816_t1 *m, const struct iso7816_t1_params *params)
{
	memset(m, 0, sizeof(*m));
	m->params = *params;
	m->ifsc = params->ifsc;
	m->ifsd = ISO7816_T1_IFS_DEFAULT;
}

/* Forgets the exchange before, but not the link */
static void new_exchange(struct iso7816_t1 *m, const struct iso7816_apdu_req *req)
{
	m->req = *req;
	m->cmd = req->cmd;
	m->cmd_len = req->cmd_len;
	m->base = 0;
	m->resp_len = 0;
	m->sw = 0;
	m->pending_sw = 0;
	m->rounds = 0;
	m->repeated = false;
	m->cancelled = false;
	m->resynchs = 0;
	m->requests = 0;
	m->heard = false;
	m->wtx = 0;
	m->error = ISO7816_BLOCK_OK;
	m->verdict = ISO7816_RES_NONE;
	m->result = ISO7816_RES_NONE;
}

void iso7816_t1_start(struct iso7816_t1 *m, const struct iso7816_apdu_req *req,
		      struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	new_exchange(m, req);
	if (req->room < 2 || !iso7816_apdu_parse(req->cmd, req->cmd_len, &m->apdu)) {
		finish(m, ISO7816_RES_INVALID, out);
		return;
	}
	/* a card that has never answered has nothing to come back to */
	if (m->lost && m->alive)
		resynch(m, out);
	else
		begin_apdu(m, out);
	out->timer_ns = block_wait(m);
}

void iso7816_t1_cancel(struct iso7816_t1 *m)
{
	m->cancelled = true;
}
