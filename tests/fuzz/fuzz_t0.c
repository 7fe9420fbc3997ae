// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: T=0, one TPDU and whole APDUs.  The command comes from the input, and
 * so does all that the card says: single characters, or what a card would say where
 * the exchange stands, so that the fuzzer gets past the first procedure byte.
 */
#include <stdlib.h>
#include <string.h>

#include <iso7816/tpdu.h>

#include "fuzz/fuzz.h"

#define SILENCE_STEPS	4

/* Bits of the first byte */
#define MODE_RAW	0x01	/* raw mode of the APDU level */
#define MODE_TPDU	0x02	/* one TPDU only */
#define MODE_SEND	0x04	/* it sends data */
#define MODE_LONG	0x08	/* long command and much room */
#define MODE_DEADLINE	0x10	/* a near deadline */
#define MODE_EXTENDED	0x20	/* a long command is well-formed: case 3 */
#define MODE_LE		0x40	/* or case 4 */
#define MODE_STORM	0x80	/* see storm() */

/* Rounds of GET RESPONSE in one go: more than the machine puts up with */
#define STORM		1100

/* What the card does */
enum card_op {
	CARD_BYTE, CARD_ACK, CARD_ACK_ONE, CARD_NULL, CARD_OK, CARD_61, CARD_6C, CARD_SW,
	CARD_DATA, CARD_FLAGS, CARD_TX_DONE, CARD_TIMEOUT, CARD_EVENT, CARD_TIME, CARD_ANSWER,
	CARD_91,
};

static void tpdu_step(void *machine, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_tpdu_step(machine, in, out);
}

static void t0_step(void *machine, const struct iso7816_in *in, struct iso7816_out *out)
{
	iso7816_t0_step(machine, in, out);
}

static void sw(struct fuzz_run *run, uint8_t sw1, uint8_t sw2)
{
	fuzz_byte(run, sw1);
	fuzz_byte(run, sw2);
}

static void data(struct fuzz_run *run, size_t n)
{
	while (n--)
		fuzz_byte(run, (uint8_t)n);
}

/* Takes or gives all data and says that it is content */
static void answer(struct fuzz_run *run, const struct iso7816_t0 *t0, uint8_t sw1, uint8_t sw2)
{
	size_t want = t0->want;

	if (want || t0->data_len)
		fuzz_byte(run, t0->header[1]);
	fuzz_settle(run);
	data(run, want);
	sw(run, sw1, sw2);
}

/* Promises more data for ever; once in a run, because it takes long */
static void storm(struct fuzz_run *run, const struct iso7816_t0 *t0, uint8_t sw2)
{
	run->storm = true;
	for (unsigned int i = 0; i < STORM && run->out.done == ISO7816_RES_NONE; i++) {
		fuzz_settle(run);
		answer(run, t0, 0x61, sw2);
	}
	CHECK(run->out.done != ISO7816_RES_NONE);
}

static void card(struct fuzz_input *in, struct fuzz_run *run, const struct iso7816_t0 *t0)
{
	uint8_t op = fuzz_u8(in);

	if (!(op & 0x80))
		fuzz_settle(run);
	switch ((enum card_op)(op & 0x0f)) {
	case CARD_BYTE:
		fuzz_byte(run, fuzz_u8(in));
		break;
	case CARD_ACK:
		fuzz_byte(run, t0->header[1]);
		break;
	case CARD_ACK_ONE:
		fuzz_byte(run, t0->header[1] ^ 0xff);
		break;
	case CARD_NULL:
		fuzz_byte(run, 0x60);
		break;
	case CARD_OK:
		sw(run, 0x90, 0x00);
		break;
	case CARD_61:
		sw(run, 0x61, fuzz_u8(in));
		break;
	case CARD_6C:
		sw(run, 0x6c, fuzz_u8(in));
		break;
	case CARD_SW:
		fuzz_byte(run, fuzz_u8(in));
		fuzz_byte(run, fuzz_u8(in));
		break;
	case CARD_DATA:
		data(run, fuzz_u8(in) + 1U);
		break;
	case CARD_FLAGS:
		fuzz_event(run, ISO7816_IN_BYTE, fuzz_u8(in), op >> 4 & 7);
		break;
	case CARD_TX_DONE:
		fuzz_event(run, ISO7816_IN_TX_DONE, 0, 0);
		break;
	case CARD_TIMEOUT:
		run->now_ns += run->out.timer_ns;
		fuzz_event(run, ISO7816_IN_TIMEOUT, 0, 0);
		break;
	case CARD_EVENT:
		fuzz_event(run, (enum iso7816_input)(op >> 4 & 7), 0, 0);
		break;
	case CARD_TIME:
		run->now_ns += (uint64_t)fuzz_u8(in) << 20;
		break;
	case CARD_ANSWER:
		if (op & 0x20 && !run->storm)
			storm(run, t0, fuzz_u8(in));
		answer(run, t0, op & 0x40 ? 0x61 : 0x90, op & 0x40 ? fuzz_u8(in) : 0x00);
		break;
	case CARD_91:
		sw(run, 0x91, fuzz_u8(in));
		break;
	}
}

/* -------------------------------------------------------------------------- one TPDU */

static void tpdu(struct fuzz_input *in, struct fuzz_run *run, uint8_t mode)
{
	uint8_t *header = fuzz_bytes(in, 5);
	size_t room = mode & MODE_LONG ? 256 : fuzz_u8(in);
	uint8_t *buf = fuzz_room(room);
	uint8_t *send = fuzz_bytes(in, header[4]);
	struct iso7816_t0 m;

	memset(&m, 0xa5, sizeof(m));
	run->machine = &m;
	run->size = sizeof(m);
	run->step = t0_step;
	if (mode & MODE_SEND)
		iso7816_t0_send(&m, header, send, 1000000000, run->deadline_ns, &run->out);
	else
		iso7816_t0_receive(&m, header, buf, room, 1000000000, run->deadline_ns, &run->out);
	free(header);		/* it was copied */
	fuzz_begin(run);
	while (in->left)
		card(in, run, &m);
	fuzz_silence(run, SILENCE_STEPS);
	CHECK(m.got <= room && m.got + m.dropped <= m.want && m.data_pos <= m.data_len);
	CHECK(!m.dropped || m.got == room);
	CHECK(run->out.done != ISO7816_RES_OK || !m.dropped);
	free(send);
	free(buf);
}

/* -------------------------------------------------------------------------- one APDU */

/* Lengths that go with the rest; the fuzzer alone seldom gets there */
static void shape(uint8_t *cmd, size_t len, uint8_t mode)
{
	size_t overhead = mode & MODE_LE ? 9 : 7;

	if (!(mode & MODE_EXTENDED) || len <= overhead)
		return;
	cmd[4] = 0;
	cmd[5] = (uint8_t)((len - overhead) >> 8);
	cmd[6] = (uint8_t)(len - overhead);
}

static void check_response(const struct fuzz_run *run, const struct iso7816_tpdu *m, size_t room)
{
	if (run->out.done != ISO7816_RES_OK) {
		CHECK(!m->resp_len);
		return;
	}
	CHECK(m->resp_len >= 2 && m->resp_len <= room);
	CHECK(m->resp_len - 2 <= m->apdu.ne);
	CHECK(!m->pending_sw || m->pending_sw >> 8 == 0x91);
}

static void apdu(struct fuzz_input *in, struct fuzz_run *run, uint8_t mode)
{
	size_t len = mode & MODE_LONG ? fuzz_u16(in) : fuzz_u8(in);
	size_t room = mode & MODE_LONG ? fuzz_u16(in) : fuzz_u8(in);
	struct iso7816_apdu_req req = {
		.cmd_len = len, .room = room, .wt_ns = 1000000000,
		.deadline_ns = run->deadline_ns, .raw = mode & MODE_RAW,
	};
	uint8_t *resp = fuzz_room(room);
	struct iso7816_tpdu m;
	uint8_t *cmd;

	/* all of a short command, the head and the first data of a long one */
	if (len > in->left / 2) {
		struct fuzz_input head = { in->p, in->left / 2 };

		in->p += head.left;
		in->left -= head.left;
		cmd = fuzz_bytes(&head, len);
	} else {
		cmd = fuzz_bytes(in, len);
	}
	shape(cmd, len, mode);
	req.cmd = cmd;
	req.resp = resp;
	memset(&m, 0xa5, sizeof(m));
	run->machine = &m;
	run->size = sizeof(m);
	run->step = tpdu_step;
	iso7816_tpdu_start(&m, &req, &run->out);
	fuzz_begin(run);
	while (in->left)
		card(in, run, &m.t0);
	fuzz_silence(run, SILENCE_STEPS);
	check_response(run, &m, room);
	free(cmd);
	free(resp);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input in = { bytes, size };
	uint8_t mode = fuzz_u8(&in);
	struct fuzz_run run = { .now_ns = 1, .deadline_ns = UINT64_MAX };

	run.storm = !(mode & MODE_STORM);
	if (mode & MODE_DEADLINE)
		run.deadline_ns = 1 + ((uint64_t)fuzz_u8(&in) << 24);
	if (mode & MODE_TPDU)
		tpdu(&in, &run, mode);
	else
		apdu(&in, &run, mode);
	return 0;
}
