// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * T=0 at TPDU level: five header bytes go out, then the card leads with its
 * procedure bytes.  Which way the data move is not on the line; the caller knows.
 */
#include <iso7816/t0.h>

#define T0_NULL		0x60

static void finish(struct iso7816_t0 *m, enum iso7816_result result,
		   struct iso7816_out *out)
{
	m->state = ISO7816_T0_DONE;
	m->result = result;
	out->done = result;
}

/* Wait for the card: the waiting time again, but not beyond the deadline */
static void await_card(struct iso7816_t0 *m, const struct iso7816_in *in,
		       struct iso7816_out *out)
{
	u64 left;

	if (in->now_ns >= m->deadline_ns) {
		finish(m, ISO7816_RES_DEADLINE, out);
		return;
	}
	left = m->deadline_ns - in->now_ns;
	out->timer_ns = m->wt_ns < left ? m->wt_ns : left;
	out->expect = m->state == ISO7816_T0_RECEIVING ? m->chunk : 1;
}

static void begin(struct iso7816_t0 *m, const u8 header[5], u64 wt_ns,
		  u64 deadline_ns, struct iso7816_out *out)
{
	memset(m, 0, sizeof(*m));
	memset(out, 0, sizeof(*out));
	memcpy(m->header, header, sizeof(m->header));
	m->wt_ns = wt_ns;
	m->deadline_ns = deadline_ns;
	if (!iso7816_apdu_header_valid(header)) {
		finish(m, ISO7816_RES_INVALID, out);
		return;
	}
	m->state = ISO7816_T0_HEADER;
	out->send = m->header;
	out->send_len = sizeof(m->header);
	out->timer_ns = wt_ns;
	out->expect = 1;
}

void iso7816_t0_send(struct iso7816_t0 *m, const u8 header[5], const u8 *data,
		     u64 wt_ns, u64 deadline_ns, struct iso7816_out *out)
{
	begin(m, header, wt_ns, deadline_ns, out);
	m->data = data;
	m->data_len = header[4];
	if (out->done == ISO7816_RES_NONE && m->data_len && !data) {
		memset(out, 0, sizeof(*out));
		finish(m, ISO7816_RES_INVALID, out);
	}
}

void iso7816_t0_receive(struct iso7816_t0 *m, const u8 header[5], u8 *buf,
			size_t room, u64 wt_ns, u64 deadline_ns,
			struct iso7816_out *out)
{
	begin(m, header, wt_ns, deadline_ns, out);
	m->buf = buf;
	m->room = room;
	m->want = header[4] ? header[4] : 256;
}

/* Data bytes the card has not called for yet; they move one way only */
static size_t data_left(const struct iso7816_t0 *m)
{
	return m->data_len - m->data_pos + m->want - m->got - m->dropped;
}

/* The card called for @n of the data bytes */
static void transfer(struct iso7816_t0 *m, size_t n, const struct iso7816_in *in,
		     struct iso7816_out *out)
{
	m->chunk = n;
	m->state = m->want ? ISO7816_T0_RECEIVING : ISO7816_T0_SENDING;
	await_card(m, in, out);
	if (m->state == ISO7816_T0_SENDING) {
		out->send = m->data + m->data_pos;
		out->send_len = n;
	}
}

/* INS or ~INS: the card wants all or one of the data bytes that are left */
static void acknowledged(struct iso7816_t0 *m, const struct iso7816_in *in,
			 struct iso7816_out *out)
{
	size_t left = data_left(m);

	if (left && in->byte == m->header[1]) {
		transfer(m, left, in, out);
	} else if (left) {
		m->counters.single++;
		transfer(m, 1, in, out);
	} else if (!m->data_len && !m->want && !m->acked &&
		   in->byte == m->header[1]) {
		m->acked = true;
		await_card(m, in, out);
	} else {
		finish(m, ISO7816_RES_PROTO, out);
	}
}

static void procedure_byte(struct iso7816_t0 *m, const struct iso7816_in *in,
			   struct iso7816_out *out)
{
	u8 ins = m->header[1];
	u8 high = in->byte & 0xf0;

	if (in->byte == T0_NULL) {
		m->counters.nulls++;
		await_card(m, in, out);
	} else if (high == 0x60 || high == 0x90) {
		m->sw1 = in->byte;
		m->state = ISO7816_T0_SW2;
		await_card(m, in, out);
	} else if (in->byte == ins || (in->byte ^ ins) == 0xff) {
		acknowledged(m, in, out);
	} else {
		finish(m, ISO7816_RES_PROTO, out);
	}
}

static void data_byte(struct iso7816_t0 *m, const struct iso7816_in *in,
		      struct iso7816_out *out)
{
	if (m->got < m->room)
		m->buf[m->got++] = in->byte;
	else
		m->dropped++;
	if (!--m->chunk)
		m->state = ISO7816_T0_PROCEDURE;
	await_card(m, in, out);
}

static void byte_in(struct iso7816_t0 *m, const struct iso7816_in *in,
		    struct iso7816_out *out)
{
	if (in->flags) {
		finish(m, ISO7816_RES_PROTO, out);
		return;
	}
	switch (m->state) {
	case ISO7816_T0_PROCEDURE:
		procedure_byte(m, in, out);
		break;
	case ISO7816_T0_RECEIVING:
		data_byte(m, in, out);
		break;
	case ISO7816_T0_SW2:
		m->sw2 = in->byte;
		finish(m, m->dropped ? ISO7816_RES_TOO_LONG : ISO7816_RES_OK, out);
		break;
	default:	/* the card speaks while we do */
		finish(m, ISO7816_RES_PROTO, out);
		break;
	}
}

static void sent(struct iso7816_t0 *m, const struct iso7816_in *in,
		 struct iso7816_out *out)
{
	if (m->state == ISO7816_T0_SENDING) {
		m->data_pos += m->chunk;
		m->chunk = 0;
	}
	if (m->state == ISO7816_T0_HEADER || m->state == ISO7816_T0_SENDING)
		m->state = ISO7816_T0_PROCEDURE;
	await_card(m, in, out);
}

void iso7816_t0_step(struct iso7816_t0 *m, const struct iso7816_in *in,
		     struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	if (m->state == ISO7816_T0_IDLE || m->state == ISO7816_T0_DONE) {
		out->done = m->result;
		return;
	}
	switch (in->what) {
	case ISO7816_IN_BYTE:
		byte_in(m, in, out);
		break;
	case ISO7816_IN_TX_DONE:
		sent(m, in, out);
		break;
	case ISO7816_IN_TIMEOUT:
		finish(m, in->now_ns >= m->deadline_ns ? ISO7816_RES_DEADLINE :
		       ISO7816_RES_MUTE, out);
		break;
	case ISO7816_IN_REMOVED:
	default:
		finish(m, ISO7816_RES_REMOVED, out);
		break;
	}
}
