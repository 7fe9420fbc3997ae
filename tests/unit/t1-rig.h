/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bench for the T=1 machine: blocks written and read in the notation of the
 * standard's scenarios, with codes of its own for EDC and PCB, so that nothing is
 * checked against itself.
 *
 *	>I(0,1)	the reader must send this I-block: N(S), M
 *	<R(1)	the card sends this R-block: N(R)
 *	>R(1)	the reader must send it; error bits: see struct t1_rig.error
 *	<IFS?	S(IFS request), <IFS! S(IFS response); WTX ABORT RESYNCH likewise
 *	...x	on a block of the card: lost or corrupted, in the way of the run; on one
 *		of the reader: says that the card did not get it, and does nothing
 *	<-	the card stays silent
 *	=MUTE	the exchange is over, with this result
 *	|	the exchange is over, with success; the next begins
 *	cancel	iso7816_t1_cancel()
 */
#ifndef T1_RIG_H
#define T1_RIG_H

#ifdef __KERNEL__
#include "kunit/cmocka.h"
#else
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#endif

#include <iso7816/t1.h>

#define RIG_CWT_NS	1000ULL
#define RIG_BWT_NS	100000ULL
#define RIG_SLACK_NS	10ULL
#define RIG_BGT_NS	77ULL
#define RIG_DEADLINE_NS	1000000000000ULL
#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* How a block of the card is lost */
enum t1_loss { LOSS_EDC, LOSS_SILENCE, LOSS_PARITY, LOSS_TRUNCATED, LOSS_KINDS };

/*
 * struct t1_rig - the machine and what the bench knows
 * @m: the machine
 * @out: its last action
 * @now: clock
 * @loss: how blocks with an x are lost
 * @error: error bits that R-blocks of the reader must have
 * @wait: waiting time that the reader must arm after its next block
 * @last_ns: N(S) of the reader's last I-block, -1 none in this exchange
 * @pos: where in the command that block begins
 * @len: bytes of the command in it
 */
struct t1_rig {
	struct iso7816_t1 m;
	struct iso7816_out out;
	u64 now;
	enum t1_loss loss;
	u8 error;
	u64 wait;
	int last_ns;
	size_t pos;
	size_t len;
	const u8 *cmd;
	size_t cmd_len;
	u8 resp[512];
	size_t room;
};

static inline struct iso7816_t1_params rig_params(u8 ifsc, u8 ifsd)
{
	return (struct iso7816_t1_params){
		.ifsc = ifsc, .ifsd = ifsd, .cwt_ns = RIG_CWT_NS, .bwt_ns = RIG_BWT_NS,
		.slack_ns = RIG_SLACK_NS, .bgt_ns = RIG_BGT_NS,
	};
}

/* CRC of ISO/IEC 13239 by long division, most significant bit first */
static inline u16 rig_crc(const u8 *p, size_t len)
{
	u16 reg = 0xffff, out = 0;

	for (size_t i = 0; i < len * 8; i++) {
		int bit = p[i / 8] >> (i % 8) & 1;
		int top = reg >> 15;

		reg = (u16)(reg << 1);
		if (bit ^ top)
			reg ^= 0x1021;
	}
	for (int i = 0; i < 16; i++)
		if (!(reg >> i & 1))
			out |= (u16)(0x8000 >> i);
	return out;
}

static inline size_t rig_block(u8 *buf, u8 nad, u8 pcb, const u8 *inf, size_t len, bool crc)
{
	u16 sum;

	buf[0] = nad;
	buf[1] = pcb;
	buf[2] = (u8)len;
	for (size_t i = 0; i < len; i++)
		buf[3 + i] = inf[i];
	if (crc) {
		sum = rig_crc(buf, 3 + len);
		buf[3 + len] = (u8)(sum & 0xff);
		buf[4 + len] = (u8)(sum >> 8);
		return 5 + len;
	}
	buf[3 + len] = 0;
	for (size_t i = 0; i < 3 + len; i++)
		buf[3 + len] ^= buf[i];
	return 4 + len;
}

static inline void rig_event(struct t1_rig *r, enum iso7816_input what, u8 byte, u8 flags)
{
	struct iso7816_in in = { .what = what, .byte = byte, .flags = flags, .now_ns = r->now };

	iso7816_t1_step(&r->m, &in, &r->out);
	if (r->out.done == ISO7816_RES_NONE)
		assert_true(r->out.timer_ns > 0);
	else
		assert_null(r->out.send);
}

/* Time passes until the timer that the machine has armed expires */
static inline void rig_expire(struct t1_rig *r)
{
	assert_true(r->out.timer_ns > 0);
	r->now += r->out.timer_ns;
	rig_event(r, ISO7816_IN_TIMEOUT, 0, 0);
}

static inline void rig_bytes(struct t1_rig *r, const u8 *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(r->out.done, ISO7816_RES_NONE);
		r->now += 10;
		rig_event(r, ISO7816_IN_BYTE, p[i], 0);
	}
}

/* After a block that is good so far: nothing follows it, and our turn begins */
static inline void rig_turn(struct t1_rig *r)
{
	if (r->m.line != ISO7816_T1_TURNING || r->out.done != ISO7816_RES_NONE)
		return;
	assert_null(r->out.send);
	rig_expire(r);
}

static inline void rig_card(struct t1_rig *r, u8 pcb, const u8 *inf, size_t len)
{
	u8 block[300];

	rig_bytes(r, block, rig_block(block, 0, pcb, inf, len, r->m.params.crc));
	rig_turn(r);
}

/* The same, but it does not arrive as it should; afterwards the line is silent */
static inline void rig_card_lost(struct t1_rig *r, u8 pcb, const u8 *inf, size_t len)
{
	u8 block[300];
	size_t n = rig_block(block, 0, pcb, inf, len, r->m.params.crc);

	switch (r->loss) {
	case LOSS_EDC:
		block[n - 1] ^= 0x10;
		rig_bytes(r, block, n);
		r->error = 1;
		break;
	case LOSS_PARITY:
		rig_bytes(r, block, 1);
		rig_event(r, ISO7816_IN_BYTE, block[1], ISO7816_CHAR_PARITY);
		rig_bytes(r, block + 2, n - 2);
		r->error = 1;
		break;
	case LOSS_TRUNCATED:
		rig_bytes(r, block, n - 1);
		r->error = 2;
		break;
	default:
		assert_int_equal(r->out.timer_ns, r->wait);
		r->error = 2;
		break;
	}
	if (r->loss != LOSS_SILENCE)
		assert_int_equal(r->out.timer_ns, RIG_CWT_NS);
	assert_null(r->out.send);
	rig_expire(r);
}

/* The machine must send exactly this; it then leaves the line */
static inline void rig_sends(struct t1_rig *r, u8 pcb, const u8 *inf, size_t len)
{
	u8 block[300];
	size_t n = rig_block(block, 0, pcb, inf, len, r->m.params.crc);

	assert_non_null(r->out.send);
	assert_int_equal(r->out.send_len, n);
	assert_memory_equal(r->out.send, block, n);
	assert_int_equal(r->out.send_delay_ns, RIG_BGT_NS);
	assert_int_equal(r->out.done, ISO7816_RES_NONE);
	r->now += 10 * n;
	rig_event(r, ISO7816_IN_TX_DONE, 0, 0);
	assert_null(r->out.send);
	assert_int_equal(r->out.timer_ns, r->wait);
}

static inline void rig_begin(struct t1_rig *r, bool raw)
{
	struct iso7816_apdu_req req = {
		.cmd = r->cmd, .cmd_len = r->cmd_len, .resp = r->resp, .room = r->room,
		.deadline_ns = r->now + RIG_DEADLINE_NS, .raw = raw,
	};

	r->last_ns = -1;
	r->pos = 0;
	r->len = 0;
	r->error = 0;
	r->wait = RIG_BWT_NS + RIG_SLACK_NS;
	memset(r->resp, 0xee, sizeof(r->resp));
	iso7816_t1_start(&r->m, &req, &r->out);
}

static inline void rig_init(struct t1_rig *r, const struct iso7816_t1_params *params,
			    const u8 *cmd, size_t cmd_len)
{
	memset(r, 0, sizeof(*r));
	memset(&r->m, 0xa5, sizeof(r->m));
	iso7816_t1_init(&r->m, params);
	r->now = 5000;
	r->cmd = cmd;
	r->cmd_len = cmd_len;
	r->room = sizeof(r->resp);
}

#ifndef __KERNEL__
/* Hex into bytes */
static inline size_t unhex(const char *hex, u8 *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (u8)strtoul(digits, NULL, 16);
	}
	return n;
}
#endif

/* A link at its begin, and the command to come */
static inline void set_up(struct t1_rig *r, u8 ifsc, u8 ifsd, const u8 *cmd, size_t len)
{
	struct iso7816_t1_params params = rig_params(ifsc, ifsd);

	rig_init(r, &params, cmd, len);
}

/* What the reader sends leaves the line, whatever it is */
static inline void let_go(struct t1_rig *r)
{
	assert_non_null(r->out.send);
	r->now += 10 * r->out.send_len;
	rig_event(r, ISO7816_IN_TX_DONE, 0, 0);
}

/* ----------------------------------------------------------- the notation */

/* I-block of the reader: the next piece if N(S) is another, else the same */
static inline void rig_sends_i(struct t1_rig *r, int ns, bool more)
{
	if (r->last_ns >= 0 && ns != r->last_ns)
		r->pos += r->len;
	r->last_ns = ns;
	r->len = r->cmd_len - r->pos;
	if (r->len > r->m.ifsc)
		r->len = r->m.ifsc;
	assert_int_equal(more, r->pos + r->len < r->cmd_len);
	rig_sends(r, (u8)(ns << 6 | more << 5), r->cmd + r->pos, r->len);
	r->error = 0;
}

static inline u8 rig_s_code(const char *name)
{
	static const char *const names[] = { "RESYNCH", "IFS", "ABORT", "WTX" };

	for (u8 i = 0; i < ARRAY_LEN(names); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return 0xc0 | i | (name[strlen(names[i])] == '!' ? 0x20 : 0);
	fail_msg("what is %s", name);
	return 0;
}

#define RIG_CARD_IFSC	20
#define RIG_CARD_WTX	3

/* Value in an S-block */
static inline u8 rig_s_value(const struct t1_rig *r, bool reader, u8 code)
{
	if ((code & 0x0f) == 3)
		return RIG_CARD_WTX;
	return reader == !(code & 0x20) ? r->m.params.ifsd : RIG_CARD_IFSC;
}

static inline void rig_block_token(struct t1_rig *r, const char *t)
{
	bool reader = *t++ == '>';
	bool lost = t[strlen(t) - 1] == 'x';
	static const u8 data[] = { 0xd0, 0x90, 0x00 };
	u8 pcb, value, len = 0;
	const u8 *inf = NULL;

	if (*t == 'I' && t[1] == '(') {
		pcb = (u8)((t[2] - '0') << 6 | (t[4] - '0') << 5);
		if (reader) {
			rig_sends_i(r, t[2] - '0', t[4] != '0');
			return;
		}
		inf = t[4] == '1' ? data : data + 1;
		len = t[4] == '1' ? 1 : 2;
		if (t[6] == 'e')	/* an I-block without data */
			len = 0;
	} else if (*t == 'R' && t[1] == '(') {
		pcb = (u8)(0x80 | (t[2] - '0') << 4 | (reader ? r->error : 0));
		if (!reader && t[4] == '1')
			pcb |= 1;
	} else {
		pcb = rig_s_code(t);
		value = rig_s_value(r, reader, pcb);
		len = pcb & 1;
		inf = &value;
		if (pcb == 0xe0) {	/* all begins anew */
			r->last_ns = -1;
			r->pos = 0;
			r->len = 0;
			r->error = 0;
		}
		if (pcb == 0xe3)
			r->wait = RIG_BWT_NS * RIG_CARD_WTX + RIG_SLACK_NS;
	}
	if (reader)
		rig_sends(r, pcb, inf, len);
	else if (lost)
		rig_card_lost(r, pcb, inf, len);
	else
		rig_card(r, pcb, inf, len);
	/* an extension is for one block only; progress needs no error bits */
	if (!reader)
		r->wait = RIG_BWT_NS + RIG_SLACK_NS;
	if (!reader && !lost && !(pcb & 0x80))
		r->error = 0;
}

static inline enum iso7816_result rig_result(const char *name)
{
	static const struct { const char *name; enum iso7816_result result; } names[] = {
		{ "OK", ISO7816_RES_OK }, { "MUTE", ISO7816_RES_MUTE },
		{ "PROTO", ISO7816_RES_PROTO }, { "ABORTED", ISO7816_RES_ABORTED },
		{ "TOO_LONG", ISO7816_RES_TOO_LONG },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].result;
	fail_msg("what is %s", name);
	return ISO7816_RES_NONE;
}

static inline void rig_token(struct t1_rig *r, const char *t)
{
	if (*t == '=') {
		assert_int_equal(r->out.done, rig_result(t + 1));
	} else if (!strcmp(t, "|")) {
		rig_begin(r, false);
	} else if (!strcmp(t, "cancel")) {
		iso7816_t1_cancel(&r->m);
	} else if (!strcmp(t, "<-")) {
		assert_int_equal(r->out.timer_ns, r->wait);
		rig_expire(r);
		r->error = 2;
		r->wait = RIG_BWT_NS + RIG_SLACK_NS;
	} else {
		rig_block_token(r, t);
	}
}

/* Plays a script; says where it went wrong, if it does */
static inline void rig_play(struct t1_rig *r, const char *name, const char *script)
{
	char token[16];
	size_t n;

	for (; *script; script += n, script += strspn(script, " ")) {
		n = strcspn(script, " ");
		assert_true(n < sizeof(token));
		memcpy(token, script, n);
		token[n] = 0;
#ifndef __KERNEL__
		if (getenv("T1_TRACE"))
			fprintf(stderr, "%s: loss %d, %s\n", name, r->loss, token);
#endif
		rig_token(r, token);
	}
}

#endif /* T1_RIG_H */
