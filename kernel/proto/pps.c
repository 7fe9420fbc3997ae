// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * PPS: the ladder of rates below what the card offers, and the request with its
 * response, which is checked character by character.
 */
#include <iso7816/pps.h>
#include <iso7816/timing.h>

#define PPSS			0xff
#define PPS0_T			0x0f
#define PPS0_PPS1		0x10
#define TA1_DEFAULT		0x11
#define TA2_IMPLICIT		0x10
/* Leading edges of characters in opposite directions, at least (etu) */
#define TURNAROUND_ETU		16

#define T0_T1			0x03

/*
 * Rates below TA1 that cards and lines are known to do: those with the F of most UICCs
 * first.  Nothing is faster than 97.
 */
static const struct {
	u8 ta1;
	u16 f;
	u8 d;
} ladder[] = {
	{ 0x96, 512, 32 }, { 0x95, 512, 16 }, { 0x94, 512, 8 },
	{ 0x18, 372, 12 }, { 0x13, 372, 4 }, { 0x12, 372, 2 }, { TA1_DEFAULT, 372, 1 },
};

static void add_rung(struct iso7816_pps_plan *plan, u8 ta1, u16 f, u8 d, u32 clock_hz)
{
	struct iso7816_rung *rung = &plan->rung[plan->count++];

	rung->ta1 = ta1;
	rung->f = f;
	rung->d = d;
	rung->baud = iso7816_baud(f, d, clock_hz);
}

/* Between the defaults and the card's, slower than the card's own, and as wanted */
static bool allowed(const struct iso7816_atr_info *info, u16 f, u8 d, u32 max_baud,
		    u32 clock_hz)
{
	if (f > info->fi || d > info->di)
		return false;
	if ((u32)d * info->fi >= (u32)info->di * f)
		return false;
	return !max_baud || iso7816_baud(f, d, clock_hz) <= max_baud;
}

/*
 * TA1 first, then what is below it; 372/1 last, whatever the limit, and alone if the
 * card offers nothing faster.
 */
static void add_ladder(const struct iso7816_atr_info *info, u32 max_baud, u32 clock_hz,
		       struct iso7816_pps_plan *plan)
{
	size_t i;

	if ((u32)info->di * ISO7816_FD <= (u32)info->fi * ISO7816_DD) {
		add_rung(plan, TA1_DEFAULT, ISO7816_FD, ISO7816_DD, clock_hz);
		return;
	}
	if (!max_baud || iso7816_baud(info->fi, info->di, clock_hz) <= max_baud)
		add_rung(plan, info->ta1, info->fi, info->di, clock_hz);
	for (i = 0; ladder[i].ta1 != TA1_DEFAULT; i++)
		if (allowed(info, ladder[i].f, ladder[i].d, max_baud, clock_hz))
			add_rung(plan, ladder[i].ta1, ladder[i].f, ladder[i].d, clock_hz);
	add_rung(plan, TA1_DEFAULT, ISO7816_FD, ISO7816_DD, clock_hz);
}

/* The first protocol if it may be, else the lowest that both know */
static bool choose_protocol(const struct iso7816_atr_info *info, u16 protocols,
			    struct iso7816_pps_plan *plan)
{
	u16 usable = info->protocols & protocols & T0_T1;

	if (plan->specific) {
		plan->protocol = info->ta2 & PPS0_T;
		plan->first_protocol = plan->protocol;
		return usable & 1U << plan->protocol;
	}
	plan->first_protocol = info->first_protocol;
	if (usable & 1U << info->first_protocol)
		plan->protocol = info->first_protocol;
	else
		plan->protocol = usable & 1 ? 0 : 1;
	return usable;
}

void iso7816_pps_plan(const struct iso7816_atr_info *info, u16 protocols,
		      u32 max_baud, u32 clock_hz, struct iso7816_pps_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->specific = info->has_ta2;
	if (!choose_protocol(info, protocols, plan))
		plan->choice = ISO7816_PPS_NO_PROTOCOL;
	else if (!plan->specific)
		add_ladder(info, max_baud, clock_hz, plan);
	else if (info->ta2 & TA2_IMPLICIT)
		plan->choice = ISO7816_PPS_IMPLICIT;
	else if (info->lenient & ISO7816_ATR_LENIENT_RFU_TA1)
		plan->choice = ISO7816_PPS_UNKNOWN_RATE;
	else
		add_rung(plan, info->ta1, info->fi, info->di, clock_hz);
}

bool iso7816_pps_needed(const struct iso7816_pps_plan *plan,
			const struct iso7816_rung *rung)
{
	if (plan->specific)
		return false;
	return rung->ta1 != TA1_DEFAULT || plan->protocol != plan->first_protocol;
}

/* --------------------------------------------------------------- machine */

static void finish(struct iso7816_pps *m, enum iso7816_result result)
{
	m->state = ISO7816_PPS_DONE;
	m->result = result;
}

void iso7816_pps_start(struct iso7816_pps *m, u8 protocol,
		       const struct iso7816_rung *rung, u32 clock_hz,
		       struct iso7816_out *out)
{
	u8 i;

	memset(m, 0, sizeof(*m));
	memset(out, 0, sizeof(*out));
	m->state = ISO7816_PPS_SENDING;
	m->rung = *rung;
	m->protocol = protocol & PPS0_T;
	m->f = ISO7816_FD;
	m->d = ISO7816_DD;
	m->wt_ns = iso7816_wtx_ns(iso7816_etu_to_ns(ISO7816_IWT_ETU + ISO7816_WT_SLACK_ETU,
						    ISO7816_FD, ISO7816_DD, clock_hz),
				  1, ISO7816_HOST_SLACK_NS);
	m->req[m->req_len++] = PPSS;
	m->req[m->req_len++] = m->protocol;
	if (rung->ta1 != TA1_DEFAULT) {
		m->req[1] |= PPS0_PPS1;
		m->req[m->req_len++] = rung->ta1;
	}
	for (i = 0; i < m->req_len; i++)
		m->check ^= m->req[i];
	m->req[m->req_len++] = m->check;
	m->check = 0;
	out->send = m->req;
	out->send_len = m->req_len;
	out->send_delay_ns = iso7816_etu_to_ns(TURNAROUND_ETU - ISO7816_REPORT_ETU,
					       ISO7816_FD, ISO7816_DD, clock_hz);
	out->timer_ns = m->wt_ns;
}

/*
 * What the response may be: the request, or the request without PPS1, then the
 * defaults stay.  The state moves on, or to DONE if it is anything else.
 */
static enum iso7816_pps_state judge(struct iso7816_pps *m, u8 byte)
{
	switch (m->state) {
	case ISO7816_PPS_WAIT_PPSS:
		return byte == PPSS ? ISO7816_PPS_WAIT_PPS0 : ISO7816_PPS_DONE;
	case ISO7816_PPS_WAIT_PPS0:
		if (byte == m->protocol)
			return ISO7816_PPS_WAIT_PCK;
		return byte == m->req[1] ? ISO7816_PPS_WAIT_PPS1 : ISO7816_PPS_DONE;
	case ISO7816_PPS_WAIT_PPS1:
		m->f = m->rung.f;
		m->d = m->rung.d;
		return byte == m->rung.ta1 ? ISO7816_PPS_WAIT_PCK : ISO7816_PPS_DONE;
	default:	/* PCK; nor may the card speak while we do */
		return ISO7816_PPS_DONE;
	}
}

static void byte_in(struct iso7816_pps *m, const struct iso7816_in *in)
{
	enum iso7816_pps_state before = m->state;

	m->check ^= in->byte;
	m->state = in->flags ? ISO7816_PPS_DONE : judge(m, in->byte);
	if (m->state != ISO7816_PPS_DONE)
		return;
	if (before == ISO7816_PPS_WAIT_PCK && !in->flags && !m->check)
		finish(m, ISO7816_RES_OK);
	else
		finish(m, ISO7816_RES_PROTO);
}

static void step(struct iso7816_pps *m, const struct iso7816_in *in)
{
	switch (in->what) {
	case ISO7816_IN_BYTE:
		byte_in(m, in);
		break;
	case ISO7816_IN_TX_DONE:
		if (m->state == ISO7816_PPS_SENDING)
			m->state = ISO7816_PPS_WAIT_PPSS;
		break;
	case ISO7816_IN_TIMEOUT:
		/* a response that ends too early is none either, but not silence */
		finish(m, m->state > ISO7816_PPS_WAIT_PPSS ? ISO7816_RES_PROTO :
		       ISO7816_RES_MUTE);
		break;
	case ISO7816_IN_REMOVED:
	default:
		finish(m, ISO7816_RES_REMOVED);
		break;
	}
}

void iso7816_pps_step(struct iso7816_pps *m, const struct iso7816_in *in,
		      struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	if (m->state != ISO7816_PPS_IDLE && m->state != ISO7816_PPS_DONE)
		step(m, in);
	if (m->state == ISO7816_PPS_IDLE || m->state == ISO7816_PPS_DONE) {
		out->done = m->result;
		return;
	}
	out->timer_ns = m->wt_ns;
	out->expect = m->state == ISO7816_PPS_WAIT_PPS1 ? 2 : 1;
}
