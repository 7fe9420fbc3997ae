// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * APDU on T=0: one command of the application becomes one or more TPDUs.  The
 * status words that only drive this are consumed here; the list of what is
 * consumed and what is not stands in the header.
 */
#include <iso7816/tpdu.h>

#define INS_ENVELOPE		0xc2
#define CLA_GSM			0xa0
#define SHORT_NC_MAX		255
#define SW_OK			0x9000

static u16 sw_of(const struct iso7816_tpdu *m)
{
	return (u16)(m->t0.sw1 << 8 | m->t0.sw2);
}

/* Room left for data: SW1 SW2 come last */
static size_t room_left(const struct iso7816_tpdu *m)
{
	return m->req.room - 2 - m->got;
}

static size_t still_expected(const struct iso7816_tpdu *m)
{
	return m->apdu.ne - m->got;
}

static void finish(struct iso7816_tpdu *m, enum iso7816_result result,
		   struct iso7816_out *out)
{
	m->phase = ISO7816_TPDU_DONE;
	m->result = result;
	memset(out, 0, sizeof(*out));
	out->done = result;
}

static void finish_sw(struct iso7816_tpdu *m, u16 sw, struct iso7816_out *out)
{
	m->req.resp[m->got] = (u8)(sw >> 8);
	m->req.resp[m->got + 1] = (u8)sw;
	m->resp_len = m->got + 2;
	finish(m, ISO7816_RES_OK, out);
}

static void send_tpdu(struct iso7816_tpdu *m, const u8 *data, struct iso7816_out *out)
{
	iso7816_t0_send(&m->t0, m->header, data, m->req.wt_ns, m->req.deadline_ns, out);
}

/* What the application did not ask for, and what has no room, is let fall */
static void receive_tpdu(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	size_t room = room_left(m);

	if (room > still_expected(m))
		room = still_expected(m);
	iso7816_t0_receive(&m->t0, m->header, m->req.resp + m->got, room,
			   m->req.wt_ns, m->req.deadline_ns, out);
}

static void set_header(struct iso7816_tpdu *m, u8 cla, u8 ins, u8 p3)
{
	m->header[0] = cla;
	m->header[1] = ins;
	m->header[2] = 0;
	m->header[3] = 0;
	m->header[4] = p3;
}

/* The next piece of a command that is too long for one TPDU; last an empty one */
static void send_envelope(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	size_t n = m->req.cmd_len - m->env_pos;

	if (n > SHORT_NC_MAX)
		n = SHORT_NC_MAX;
	set_header(m, iso7816_apdu_transport_cla(m->apdu.header[0]), INS_ENVELOPE, (u8)n);
	send_tpdu(m, n ? m->req.cmd + m->env_pos : NULL, out);
}

/* Ask for @n bytes: 0 if the card is to name the number, 256 at most */
static void get_response(struct iso7816_tpdu *m, size_t n, struct iso7816_out *out)
{
	if (m->rounds == ISO7816_APDU_ROUNDS) {
		finish(m, ISO7816_RES_PROTO, out);
		return;
	}
	if (m->phase != ISO7816_TPDU_GET_RESPONSE)
		set_header(m, iso7816_apdu_transport_cla(m->apdu.header[0]),
			   ISO7816_INS_GET_RESPONSE, 0);
	m->header[4] = (u8)n;
	m->phase = ISO7816_TPDU_GET_RESPONSE;
	m->rounds++;
	m->repeated = false;
	receive_tpdu(m, out);
}

/* 6Cxx: the same TPDU again, with the P3 it should have had; once */
static bool repeat_length(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	if (m->t0.sw1 != 0x6c || m->repeated)
		return false;
	m->header[4] = m->t0.sw2;
	if (m->phase == ISO7816_TPDU_COMMAND)
		m->phase = ISO7816_TPDU_REPEAT;
	m->repeats++;
	m->repeated = true;
	receive_tpdu(m, out);
	return true;
}

/* 6D00, 6E00: the first GET RESPONSE again in the command's own class; once */
static bool repeat_class(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	u16 sw = sw_of(m);

	if ((sw != 0x6d00 && sw != 0x6e00) || m->rounds != 1 ||
	    m->header[0] == m->apdu.header[0])
		return false;
	m->header[0] = m->apdu.header[0];
	m->repeats++;
	receive_tpdu(m, out);
	return true;
}

/* Returns false if the data of the TPDU do not fit the caller's buffer */
static bool take_data(struct iso7816_tpdu *m)
{
	size_t sent = m->t0.got + m->t0.dropped;
	size_t wanted = still_expected(m);

	if (sent < wanted)
		wanted = sent;
	if (wanted > room_left(m))
		return false;
	m->got += m->t0.got;
	return true;
}

/* Does the status say how many bytes wait for GET RESPONSE */
static bool data_wait(const struct iso7816_tpdu *m)
{
	if (m->t0.sw1 == 0x61)
		return true;
	return m->apdu.header[0] == CLA_GSM && (m->t0.sw1 == 0x9f || m->t0.sw1 == 0x9e);
}

/* A warning that may have data: see 4S in ISO/IEC 7816-3, 12.2.4 */
static bool warning(const struct iso7816_tpdu *m)
{
	if (m->apdu.header[0] == CLA_GSM)	/* says 9F, or has none */
		return false;
	if (m->t0.sw1 == 0x62 || m->t0.sw1 == 0x63)
		return true;
	return m->t0.sw1 >= 0x90 && m->t0.sw1 != 0x91 && sw_of(m) != SW_OK;
}

/* The card has answered the command itself, or the last ENVELOPE */
static void command_done(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	size_t left = still_expected(m);
	size_t n = m->t0.sw2 ? m->t0.sw2 : ISO7816_SHORT_NE_MAX;

	if (m->req.raw || !left) {
		finish_sw(m, sw_of(m), out);
	} else if (data_wait(m)) {
		if (m->t0.sw1 == 0x9e)
			m->warn_sw = sw_of(m);
		get_response(m, n < left ? n : left, out);
	} else if (m->apdu.nc && warning(m)) {
		m->warn_sw = sw_of(m);
		get_response(m, 0, out);
	} else {
		finish_sw(m, sw_of(m), out);
	}
}

static void command_answered(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	bool case2 = !m->apdu.nc && m->apdu.ne;

	if (case2 && !m->req.raw && repeat_length(m, out))
		return;
	if (!take_data(m))
		finish(m, ISO7816_RES_TOO_LONG, out);
	else
		command_done(m, out);
}

static void response_answered(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	size_t left, n;

	if (repeat_length(m, out) || repeat_class(m, out))
		return;
	if (!take_data(m)) {
		finish(m, ISO7816_RES_TOO_LONG, out);
		return;
	}
	left = still_expected(m);
	if (m->t0.sw1 != 0x61 || !left) {
		finish_sw(m, m->warn_sw ? m->warn_sw : sw_of(m), out);
		return;
	}
	/* promises without data would go on for ever */
	if (!m->t0.got) {
		finish(m, ISO7816_RES_PROTO, out);
		return;
	}
	n = m->t0.sw2 ? m->t0.sw2 : ISO7816_SHORT_NE_MAX;
	get_response(m, n < left ? n : left, out);
}

static void envelope_answered(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	if (!m->header[4]) {
		command_done(m, out);
	} else if (sw_of(m) != SW_OK && m->t0.sw1 != 0x91) {
		finish_sw(m, sw_of(m), out);
	} else {
		m->env_pos += m->header[4];
		send_envelope(m, out);
	}
}

/* One TPDU is over, with SW1 SW2: what next */
static void answered(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	if (m->t0.sw1 == 0x91)
		m->pending_sw = sw_of(m);
	switch (m->phase) {
	case ISO7816_TPDU_ENVELOPE:
		envelope_answered(m, out);
		break;
	case ISO7816_TPDU_GET_RESPONSE:
		response_answered(m, out);
		break;
	default:
		command_answered(m, out);
		break;
	}
}

/* The command's own TPDU; P3 of a response of more than 256 bytes is 00 */
static void send_command(struct iso7816_tpdu *m, struct iso7816_out *out)
{
	const struct iso7816_apdu *apdu = &m->apdu;

	memcpy(m->header, apdu->header, sizeof(apdu->header));
	if (apdu->nc || !apdu->ne) {
		m->header[4] = (u8)apdu->nc;
		send_tpdu(m, apdu->data, out);
	} else {
		m->header[4] = apdu->ne < ISO7816_SHORT_NE_MAX ? (u8)apdu->ne : 0;
		receive_tpdu(m, out);
	}
}

void iso7816_tpdu_start(struct iso7816_tpdu *m, const struct iso7816_apdu_req *req,
			struct iso7816_out *out)
{
	memset(m, 0, sizeof(*m));
	memset(out, 0, sizeof(*out));
	m->req = *req;
	if (req->room < 2 || !iso7816_apdu_parse(req->cmd, req->cmd_len, &m->apdu)) {
		finish(m, ISO7816_RES_INVALID, out);
	} else if (m->apdu.nc <= SHORT_NC_MAX) {
		send_command(m, out);
	} else if (req->raw || m->apdu.header[0] == CLA_GSM) {
		/* A0 C2 is something else */
		finish(m, ISO7816_RES_INVALID, out);
	} else {
		m->phase = ISO7816_TPDU_ENVELOPE;
		send_envelope(m, out);
	}
}

void iso7816_tpdu_step(struct iso7816_tpdu *m, const struct iso7816_in *in,
		       struct iso7816_out *out)
{
	if (m->phase == ISO7816_TPDU_DONE) {
		memset(out, 0, sizeof(*out));
		out->done = m->result;
		return;
	}
	iso7816_t0_step(&m->t0, in, out);
	if (out->done == ISO7816_RES_NONE)
		return;
	m->counters.nulls += m->t0.counters.nulls;
	m->counters.single += m->t0.counters.single;
	if (out->done == ISO7816_RES_OK || out->done == ISO7816_RES_TOO_LONG)
		answered(m, out);
	else
		finish(m, out->done, out);
}
