// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: T=1.  A link with parameters from the input carries one exchange after
 * another; the card sends whole blocks with a right EDC (what the rules want where the
 * exchange stands, or anything else), damaged ones, and single characters.
 */
#include <stdlib.h>
#include <string.h>

#include <iso7816/t1.h>
#include <iso7816/timing.h>

#include "fuzz/fuzz.h"

/*
 * Silence: three attempts of what is under way, then three of RESYNCH, each of them
 * sent and timed out; what is left of a chain to be aborted, and a cut-off block.
 */
#define SILENCE_STEPS	24
#define EXCHANGES_MAX	8
/* How often: more than the machine puts up with */
#define STORM		10100

/* Bits of the first byte */
#define MODE_CRC	0x01
#define MODE_IFSD_32	0x02	/* the default IFSD, so no S(IFS request) */
#define MODE_LONG	0x04	/* long commands and much room */
#define MODE_RAW	0x08
#define MODE_DEADLINE	0x10	/* near deadlines */
#define MODE_STORM	0xe0	/* all of them: see storm(); seldom, because it takes long */

/* What the card does */
enum card_op {
	CARD_BYTE, CARD_I, CARD_I_MORE, CARD_ACK, CARD_R, CARD_S_RESPONSE, CARD_WTX, CARD_IFS,
	CARD_ABORT, CARD_BLOCK, CARD_TIMEOUT, CARD_FLAGS, CARD_EVENT, CARD_TIME, CARD_CANCEL,
	CARD_NEXT,
};

/*
 * A link under test.
 * @m: the machine
 * @run: what happens to it
 * @mode: MODE_*
 * @cmd, @resp, @room: buffers of the exchange under way
 * @exchanges: how many there have been
 */
struct link {
	struct iso7816_t1 m;
	struct fuzz_run run;
	uint8_t mode;
	uint8_t *cmd, *resp;
	size_t room;
	unsigned int exchanges;
};

static void step(void *machine, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_t1_step(machine, in, out);
}

/* What is on the line has left it, and nothing follows a block of the card */
static void settle(struct link *l)
{
	struct fuzz_run *run = &l->run;

	if (run->out.done == ISO7816_RES_NONE && l->m.line == ISO7816_T1_TURNING) {
		run->now_ns += run->out.timer_ns;
		fuzz_event(run, ISO7816_IN_TIMEOUT, 0, 0);
	}
	fuzz_settle(run);
}

/* ------------------------------------------------------------------------- exchanges */

/* Whatever the exchange came to, sent blocks included */
static void check_end(const struct link *l)
{
	const struct iso7816_t1 *m = &l->m;

	CHECK(m->ns <= 1 && m->nr <= 1 && m->rx.len <= ISO7816_BLOCK_MAX);
	CHECK(m->ifsc && m->ifsc <= ISO7816_T1_IFS_MAX && m->ifsd >= 32 &&
	      m->ifsd <= ISO7816_T1_IFS_MAX);
	CHECK(m->i_tries <= ISO7816_T1_TRIES && m->s_tries <= ISO7816_T1_TRIES &&
	      m->r_tries <= ISO7816_T1_TRIES && m->resynchs <= ISO7816_T1_RESYNCHS);
	CHECK(m->rounds <= ISO7816_APDU_ROUNDS);
	if (l->run.out.done == ISO7816_RES_OK)
		CHECK(m->resp_len >= 2 && m->resp_len <= l->room);
	else
		CHECK(!m->resp_len);
}

static void end(struct link *l)
{
	fuzz_silence(&l->run, SILENCE_STEPS);
	check_end(l);
	free(l->cmd);
	free(l->resp);
	l->cmd = NULL;
	l->resp = NULL;
}

static void begin(struct link *l, struct fuzz_input *in)
{
	size_t len = l->mode & MODE_LONG ? fuzz_u16(in) : fuzz_u8(in) % 64;
	struct fuzz_input head;
	struct iso7816_apdu_req req = {
		.cmd_len = len, .raw = l->mode & MODE_RAW, .deadline_ns = UINT64_MAX,
	};

	l->room = l->mode & MODE_LONG ? fuzz_u16(in) : fuzz_u8(in);
	if (l->mode & MODE_DEADLINE)
		req.deadline_ns = l->run.now_ns + 1 + ((uint64_t)fuzz_u8(in) << 28);
	head.p = in->p;
	head.left = in->left < len ? in->left : len;
	if (head.left > 9)		/* header and lengths: the rest is for the card */
		head.left = 9;
	in->p += head.left;
	in->left -= head.left;
	l->cmd = fuzz_bytes(&head, len);
	l->resp = fuzz_room(l->room);
	req.cmd = l->cmd;
	req.resp = l->resp;
	req.room = l->room;
	l->run.deadline_ns = req.deadline_ns;
	iso7816_t1_start(&l->m, &req, &l->run.out);
	fuzz_begin(&l->run);
	l->exchanges++;
}

/* ---------------------------------------------------------------------------- blocks */

/* With a bit of @op set one of its characters is damaged */
static void block(struct link *l, struct fuzz_input *in, uint8_t op, uint8_t pcb,
		  const uint8_t *inf, uint8_t len)
{
	uint8_t buf[ISO7816_BLOCK_MAX];
	size_t n = iso7816_block_build(buf, pcb, inf, len, l->mode & MODE_CRC);
	size_t bad = op & 0x40 ? fuzz_u8(in) % n : n;

	for (size_t i = 0; i < n; i++)
		fuzz_byte(&l->run, i == bad ? buf[i] ^ 0x11 : buf[i]);
}

/* Data, and in the last block a status word */
static void i_block(struct link *l, struct fuzz_input *in, uint8_t op, uint8_t pcb)
{
	static const uint8_t sw1[] = { 0x90, 0x61, 0x6c, 0x91, 0x62, 0x6d, 0x6e, 0x9f };
	uint8_t inf[ISO7816_INF_MAX] = { 0 };
	unsigned int len = fuzz_u8(in) % (l->m.ifsd + 1U);
	uint8_t sw = fuzz_u8(in);

	if (len >= 2) {
		inf[len - 2] = sw1[sw & 7];
		inf[len - 1] = sw >> 3;
	}
	if (l->m.nr)
		pcb |= ISO7816_PCB_I_NS;
	block(l, in, op, pcb, inf, (uint8_t)len);
}

/* The response to the S-request that is under way */
static void s_response(struct link *l, struct fuzz_input *in, uint8_t op)
{
	switch (l->m.phase) {
	case ISO7816_T1_IFS:
		block(l, in, op, ISO7816_PCB_S_IFS | ISO7816_PCB_S_RESPONSE, &l->m.params.ifsd, 1);
		break;
	case ISO7816_T1_ABORT:
		block(l, in, op, ISO7816_PCB_S_ABORT | ISO7816_PCB_S_RESPONSE, NULL, 0);
		break;
	default:
		block(l, in, op, ISO7816_PCB_S_RESYNCH | ISO7816_PCB_S_RESPONSE, NULL, 0);
		break;
	}
}

/* LEN = FF: longer than any block may be */
static void long_block(struct link *l, uint8_t pcb)
{
	fuzz_byte(&l->run, 0x00);
	fuzz_byte(&l->run, pcb);
	fuzz_byte(&l->run, 0xff);
	for (unsigned int i = 0; i < 257; i++)
		fuzz_byte(&l->run, (uint8_t)i);
}

static void any_block(struct link *l, struct fuzz_input *in, uint8_t op)
{
	uint8_t pcb = fuzz_u8(in);
	uint8_t len = fuzz_u8(in);
	uint8_t *inf;

	if (len > ISO7816_INF_MAX) {
		long_block(l, pcb);
		return;
	}
	if (len > in->left)
		len = 0;
	inf = fuzz_bytes(in, len);
	block(l, in, op, pcb, inf, len);
	free(inf);
}

static void r_block(struct link *l, struct fuzz_input *in, uint8_t op, uint8_t nr)
{
	uint8_t error = op & 0x30 ? fuzz_u8(in) & 3 : 0;

	block(l, in, op, ISO7816_PCB_R | (nr ? ISO7816_PCB_R_NR : 0) | error, NULL, 0);
}

static void s_value(struct link *l, struct fuzz_input *in, uint8_t op, uint8_t pcb)
{
	uint8_t value = fuzz_u8(in);

	block(l, in, op, pcb, &value, 1);
}

/*
 * The same again and again; once in a run: more time is asked for, a block without
 * data sent, or more data promised.
 */
static void storm(struct link *l, enum card_op op)
{
	static const uint8_t one = 1, promise[] = { 0x00, 0x61, 0x01 };

	l->run.storm = true;
	for (unsigned int i = 0; i < STORM && l->run.out.done == ISO7816_RES_NONE; i++) {
		uint8_t ns;

		settle(l);
		ns = l->m.nr ? ISO7816_PCB_I_NS : 0;
		if (op == CARD_WTX)
			block(l, NULL, 0, ISO7816_PCB_S_WTX, &one, 1);
		else if (op == CARD_I_MORE)
			block(l, NULL, 0, ISO7816_PCB_I_MORE | ns, NULL, 0);
		else
			block(l, NULL, 0, ns, promise, sizeof(promise));
	}
	settle(l);
	CHECK(l->run.out.done != ISO7816_RES_NONE);
}

static void card(struct link *l, struct fuzz_input *in)
{
	struct fuzz_run *run = &l->run;
	uint8_t op = fuzz_u8(in);

	if (!(op & 0x80))
		settle(l);
	switch ((enum card_op)(op & 0x0f)) {
	case CARD_BYTE:
		fuzz_byte(run, fuzz_u8(in));
		break;
	case CARD_I:
		if (op & 0x20 && !l->run.storm)
			storm(l, CARD_I);
		i_block(l, in, op, 0);
		break;
	case CARD_I_MORE:
		if (op & 0x20 && !l->run.storm)
			storm(l, CARD_I_MORE);
		i_block(l, in, op, ISO7816_PCB_I_MORE);
		break;
	case CARD_ACK:
		r_block(l, in, op, !l->m.ns);
		break;
	case CARD_R:
		r_block(l, in, op, l->m.ns);
		break;
	case CARD_S_RESPONSE:
		s_response(l, in, op);
		break;
	case CARD_WTX:
		if (op & 0x20 && !l->run.storm)
			storm(l, CARD_WTX);
		s_value(l, in, op, ISO7816_PCB_S_WTX);
		break;
	case CARD_IFS:
		s_value(l, in, op, ISO7816_PCB_S_IFS);
		break;
	case CARD_ABORT:
		block(l, in, op, ISO7816_PCB_S_ABORT, NULL, 0);
		break;
	case CARD_BLOCK:
		any_block(l, in, op);
		break;
	case CARD_TIMEOUT:
		run->now_ns += run->out.timer_ns;
		fuzz_event(run, ISO7816_IN_TIMEOUT, 0, 0);
		break;
	case CARD_FLAGS:
		fuzz_event(run, ISO7816_IN_BYTE, fuzz_u8(in), op >> 4 & 7);
		break;
	case CARD_EVENT:
		fuzz_event(run, (enum iso7816_input)(op >> 4 & 7), 0, 0);
		break;
	case CARD_TIME:
		run->now_ns += (uint64_t)fuzz_u8(in) << 24;
		break;
	case CARD_CANCEL:
		if (run->out.done == ISO7816_RES_NONE)
			iso7816_t1_cancel(&l->m);
		break;
	case CARD_NEXT:
		if (run->out.done == ISO7816_RES_NONE || l->exchanges == EXCHANGES_MAX)
			break;
		end(l);
		begin(l, in);
		break;
	}
}

static void params(struct iso7816_t1_params *p, struct fuzz_input *in, uint8_t mode)
{
	static const uint8_t d[] = { 1, 2, 4, 8, 16, 32, 64, 12, 20 };
	struct iso7816_atr_info info;

	memset(&info, 0, sizeof(info));
	info.ifsc = (uint8_t)(fuzz_u8(in) % ISO7816_T1_IFS_MAX + 1);
	info.bwi = fuzz_u8(in) % 10;
	info.cwi = fuzz_u8(in) & 15;
	info.crc = mode & MODE_CRC;
	iso7816_t1_params_init(p, &info, 372, d[fuzz_u8(in) % sizeof(d)], 4000000,
			       ISO7816_HOST_SLACK_NS);
	if (mode & MODE_IFSD_32)
		p->ifsd = ISO7816_T1_IFS_DEFAULT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct iso7816_t1_params p;
	struct link l;

	memset(&l, 0, sizeof(l));
	memset(&l.m, 0xa5, sizeof(l.m));
	l.mode = fuzz_u8(&in);
	l.run.storm = (l.mode & MODE_STORM) != MODE_STORM;
	l.run.machine = &l.m;
	l.run.size = sizeof(l.m);
	l.run.step = step;
	l.run.now_ns = 1;
	params(&p, &in, l.mode);
	iso7816_t1_init(&l.m, &p);
	begin(&l, &in);
	while (in.left)
		card(&l, &in);
	end(&l);
	return 0;
}
