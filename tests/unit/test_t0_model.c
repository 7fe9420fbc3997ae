// SPDX-License-Identifier: BSD-3-Clause
/*
 * Model check of T=0: the machine and a model written from the standard's table of
 * procedure bytes go side by side through everything that can happen: every byte, good
 * and in error, and every other event in every state that can be reached.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/t0.h>

#define INS		0x20
#define P3_MAX		4
#define PAIRS_MAX	100000
#define WT		1000
#define DEADLINE	1000000
#define NOW		5

enum what { OUR_TURN, PROCEDURE, CARD_DATA, STATUS, ENDED };

/*
 * struct model - what the standard says of a command under way
 * @what: who is to send what
 * @burst: data bytes that move before the next procedure byte
 * @left: data bytes that the card has not called for
 * @moved: data bytes that went over
 * @lost: of these, those that found no room
 * @ack: an INS for a transfer of nothing was let pass
 * @sw1: first byte of the status
 * @end: result, if it has ended
 */
struct model {
	enum what what;
	u8 burst, left, moved, lost;
	bool ack;
	u8 sw1;
	enum iso7816_result end;
};

struct pair {
	struct iso7816_t0 m;
	struct model model;
};

struct command {
	bool receive;
	u8 p3;
	u8 room;
};

static const u8 data[P3_MAX] = { 0x31, 0x32, 0x33, 0x34 };
static u8 buf[P3_MAX];
static struct pair *pairs;
static size_t n_pairs, transitions;

/* ------------------------------------------------------------------- model */

static void ended(struct model *s, enum iso7816_result result)
{
	s->what = ENDED;
	s->end = result;
}

static void model_procedure(struct model *s, const struct command *c, u8 byte)
{
	bool all = byte == INS, one = byte == (INS ^ 0xff);

	if (byte == 0x60)
		return;
	if ((byte > 0x60 && byte < 0x70) || (byte >= 0x90 && byte <= 0x9f)) {
		s->what = STATUS;
		s->sw1 = byte;
	} else if ((all || one) && s->left) {
		s->burst = all ? s->left : 1;
		s->left = (u8)(s->left - s->burst);
		s->what = c->receive ? CARD_DATA : OUR_TURN;
	} else if (all && !c->p3 && !s->ack) {
		s->ack = true;
	} else {
		ended(s, ISO7816_RES_PROTO);
	}
}

static void model_data(struct model *s, const struct command *c)
{
	if (s->moved >= c->room)
		s->lost++;
	s->moved++;
	if (!--s->burst)
		s->what = PROCEDURE;
}

static void model_byte(struct model *s, const struct command *c, u8 byte, bool bad)
{
	if (bad || s->what == OUR_TURN)
		ended(s, ISO7816_RES_PROTO);
	else if (s->what == PROCEDURE)
		model_procedure(s, c, byte);
	else if (s->what == CARD_DATA)
		model_data(s, c);
	else
		ended(s, s->lost ? ISO7816_RES_TOO_LONG : ISO7816_RES_OK);
}

static void model_event(struct model *s, const struct command *c, const struct iso7816_in *in)
{
	if (s->what == ENDED)
		return;
	switch (in->what) {
	case ISO7816_IN_BYTE:
		model_byte(s, c, in->byte, in->flags);
		break;
	case ISO7816_IN_TX_DONE:
		if (s->what == OUR_TURN) {
			s->moved = (u8)(s->moved + s->burst);
			s->burst = 0;
			s->what = PROCEDURE;
		}
		break;
	case ISO7816_IN_TIMEOUT:
		ended(s, ISO7816_RES_MUTE);
		break;
	default:
		ended(s, ISO7816_RES_REMOVED);
		break;
	}
}

/* ------------------------------------------------------------- exploration */

/* A pair that was never seen before is kept, to be gone on from */
static void keep(const struct pair *p)
{
	for (size_t i = 0; i < n_pairs; i++)
		if (pairs[i].m.state == p->m.state && pairs[i].m.got == p->m.got &&
		    pairs[i].m.dropped == p->m.dropped && pairs[i].m.data_pos == p->m.data_pos &&
		    pairs[i].m.chunk == p->m.chunk && pairs[i].m.acked == p->m.acked &&
		    pairs[i].m.sw1 == p->m.sw1 && pairs[i].m.result == p->m.result &&
		    !memcmp(&pairs[i].model, &p->model, sizeof(p->model)))
			return;
	assert_true(n_pairs < PAIRS_MAX);
	pairs[n_pairs++] = *p;
}

static void compare(const struct pair *from, const struct pair *to, const struct command *c,
		    const struct iso7816_in *in, const struct iso7816_out *out)
{
	const struct model *s = &to->model;
	bool calls = from->model.what == PROCEDURE && s->what == OUR_TURN;

	assert_int_equal(out->done, s->end);
	assert_int_equal(to->m.result, s->end);
	assert_int_equal(out->timer_ns, s->what == ENDED ? 0 : WT);
	assert_int_equal(out->send != NULL, calls);
	if (calls) {
		assert_ptr_equal(out->send, data + s->moved);
		assert_int_equal(out->send_len, s->burst);
	}
	if (c->receive) {
		assert_int_equal(to->m.got + to->m.dropped, s->moved);
		assert_int_equal(to->m.dropped, s->lost);
		if (to->m.got > from->m.got)
			assert_int_equal(buf[from->m.got], in->byte);
		for (size_t i = c->room; i < sizeof(buf); i++)
			assert_int_equal(buf[i], 0xee);
	} else {
		assert_int_equal(to->m.data_pos, s->moved);
	}
	if (s->what == STATUS)
		assert_int_equal(to->m.sw1, s->sw1);
	if (s->end == ISO7816_RES_OK || s->end == ISO7816_RES_TOO_LONG)
		assert_int_equal(to->m.sw2, from->m.state == ISO7816_T0_SW2 ? in->byte : to->m.sw2);
}

static void try(const struct pair *from, const struct command *c, struct iso7816_in in)
{
	struct pair to = *from;
	struct iso7816_out out;

	in.now_ns = NOW;
	iso7816_t0_step(&to.m, &in, &out);
	model_event(&to.model, c, &in);
	compare(from, &to, c, &in, &out);
	transitions++;
	/* ends are alike: the bytes of the status do not make states */
	if (to.model.what == ENDED)
		to.model.sw1 = to.m.sw1 = 0;
	keep(&to);
}

static void explore(const struct command *c)
{
	const u8 header[5] = { 0x00, INS, 0x00, 0x00, c->p3 };
	struct pair first = { .model = { .what = OUR_TURN, .left = c->p3 } };
	struct iso7816_out out;

	memset(buf, 0xee, sizeof(buf));
	if (c->receive)
		iso7816_t0_receive(&first.m, header, buf, c->room, WT, DEADLINE, &out);
	else
		iso7816_t0_send(&first.m, header, data, WT, DEADLINE, &out);
	assert_int_equal(out.send_len, 5);
	n_pairs = 0;
	keep(&first);
	for (size_t i = 0; i < n_pairs; i++) {
		const struct pair *from = &pairs[i];

		for (unsigned int b = 0; b < 256; b++) {
			try(from, c, (struct iso7816_in){ .what = ISO7816_IN_BYTE, .byte = (u8)b });
			try(from, c, (struct iso7816_in){ .what = ISO7816_IN_BYTE, .byte = (u8)b,
							  .flags = ISO7816_CHAR_PARITY });
		}
		for (enum iso7816_input what = ISO7816_IN_TX_DONE; what <= ISO7816_IN_REMOVED; what++)
			try(from, c, (struct iso7816_in){ .what = what });
	}
}

static void every_byte_in_every_state(void **state)
{
	size_t states = 0;
	struct command c;

	pairs = malloc(PAIRS_MAX * sizeof(*pairs));
	assert_non_null(pairs);
	transitions = 0;
	for (c.p3 = 0; c.p3 <= P3_MAX; c.p3++) {
		c.receive = false;
		c.room = 0;
		explore(&c);
		states += n_pairs;
		c.receive = true;
		for (c.room = 0; c.p3 && c.room <= c.p3; c.room++) {
			explore(&c);
			states += n_pairs;
		}
	}
	print_message("# figures: %zu states explored, %zu transitions\n", states, transitions);
	assert_true(states > 500);
	free(pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_in_every_state),
	};

	return cmocka_run_group_tests_name("t0_model", tests, NULL, NULL);
}
