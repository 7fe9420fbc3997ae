// SPDX-License-Identifier: BSD-3-Clause
/*
 * T=0: every event in every situation.  A situation is reached once and then
 * copied for each event that is tried on it.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "vectors/t0.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define WT		1000000ULL
#define DEADLINE	50000000ULL
#define NOW		7000000ULL
#define INS		T0_INS

static const u8 data[8] = { 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38 };
static u8 buf[300];

static struct iso7816_out step(struct iso7816_t0 *m, enum iso7816_input what, u8 byte,
			       u8 flags, u64 now)
{
	const struct iso7816_in in = {
		.what = what, .byte = byte, .flags = flags, .now_ns = now,
	};
	struct iso7816_out out;

	memset(&out, 0xa5, sizeof(out));
	iso7816_t0_step(m, &in, &out);
	/* alive with a timer, or over with none; never both, never neither */
	if (m->state != ISO7816_T0_IDLE)
		assert_int_equal(out.done != ISO7816_RES_NONE, out.timer_ns == 0);
	if (out.done != ISO7816_RES_NONE) {
		assert_null(out.send);
		assert_int_equal(out.send_len, 0);
	}
	return out;
}

static struct iso7816_out step_byte(struct iso7816_t0 *m, u8 byte)
{
	return step(m, ISO7816_IN_BYTE, byte, 0, NOW);
}

static void reach(struct iso7816_t0 *m, const struct t0_vector *s)
{
	const u8 header[5] = { 0x00, INS, 0x00, 0x01, s->p3 };
	const char *p = s->path;
	struct iso7816_out out;
	unsigned int byte;

	memset(m, 0xa5, sizeof(*m));
	memset(buf, 0xee, sizeof(buf));
	if (s->receive)
		iso7816_t0_receive(m, header, buf, sizeof(buf), WT, DEADLINE, &out);
	else
		iso7816_t0_send(m, header, s->p3 ? data : NULL, WT, DEADLINE, &out);
	assert_int_equal(out.done, ISO7816_RES_NONE);
	assert_int_equal(out.send_len, 5);
	assert_memory_equal(out.send, header, 5);
	assert_int_equal(out.timer_ns, WT);
	while (*p) {
		if (!strncmp(p, "TX", 2)) {
			out = step(m, ISO7816_IN_TX_DONE, 0, 0, NOW);
		} else {
			assert_int_equal(sscanf(p, "%2x", &byte), 1);
			out = step_byte(m, (u8)byte);
		}
		p += 2;
		p += *p == ' ';
	}
	assert_int_equal(out.done != ISO7816_RES_NONE, s->kind == T0_OVER);
	assert_int_equal(m->data_pos + m->got, s->moved);
}

static bool is_sw1(unsigned int b)
{
	return (b >= 0x61 && b <= 0x6f) || (b >= 0x90 && b <= 0x9f);
}

static void check_procedure(const struct t0_vector *s, struct iso7816_t0 *m, unsigned int b,
			    const struct iso7816_out *out, u32 nulls)
{
	size_t n = 0;

	if (s->left && b == INS)
		n = s->left;
	else if (s->left && b == 0xff - INS)
		n = 1;
	if (n) {
		assert_int_equal(out->done, ISO7816_RES_NONE);
		assert_int_equal(m->chunk, n);
		if (s->receive) {
			assert_null(out->send);
			assert_int_equal(out->expect, n);
		} else {
			assert_ptr_equal(out->send, data + s->moved);
			assert_int_equal(out->send_len, n);
		}
	} else if (b == 0x60 || (b == INS && s->may_ack) || is_sw1(b)) {
		assert_int_equal(out->done, ISO7816_RES_NONE);
		assert_null(out->send);
		assert_int_equal(out->expect, 1);
		assert_int_equal(m->counters.nulls, nulls + (b == 0x60));
		assert_int_equal(m->state == ISO7816_T0_SW2, is_sw1(b));
	} else {
		assert_int_equal(out->done, ISO7816_RES_PROTO);
	}
}

static void check_byte(const struct t0_vector *s, const struct iso7816_t0 *from, unsigned int b)
{
	struct iso7816_t0 m = *from;
	struct iso7816_out out = step_byte(&m, (u8)b);

	switch (s->kind) {
	case T0_TALKING:
		assert_int_equal(out.done, ISO7816_RES_PROTO);
		break;
	case T0_PROCEDURE:
		check_procedure(s, &m, b, &out, from->counters.nulls);
		break;
	case T0_DATA:
		assert_int_equal(out.done, ISO7816_RES_NONE);
		assert_int_equal(m.got, from->got + 1);
		assert_int_equal(buf[from->got], b);
		assert_int_equal(m.state == ISO7816_T0_PROCEDURE, s->left == 1);
		assert_int_equal(out.expect, s->left == 1 ? 1 : s->left - 1);
		break;
	case T0_SECOND_SW:
		assert_int_equal(out.done, ISO7816_RES_OK);
		assert_int_equal(m.sw1, from->sw1);
		assert_int_equal(m.sw2, b);
		break;
	case T0_OVER:
		assert_int_equal(out.done, from->result);
		assert_memory_equal(&m, from, sizeof(m));
		break;
	}
	if (out.done == ISO7816_RES_NONE)
		assert_int_equal(out.timer_ns, WT);
}

static void every_byte_everywhere(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(t0_vectors); i++) {
		struct iso7816_t0 m;

		reach(&m, &t0_vectors[i]);
		for (unsigned int b = 0; b < 256; b++)
			check_byte(&t0_vectors[i], &m, b);
	}
}

static void characters_in_error(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(t0_vectors); i++) {
		struct iso7816_t0 m;

		reach(&m, &t0_vectors[i]);
		for (unsigned int flags = 1; flags < 8; flags++) {
			for (unsigned int b = 0; b < 256; b++) {
				struct iso7816_t0 fork = m;
				struct iso7816_out out = step(&fork, ISO7816_IN_BYTE, (u8)b,
							      (u8)flags, NOW);

				assert_int_equal(out.done, m.state == ISO7816_T0_DONE ? m.result :
						 ISO7816_RES_PROTO);
				assert_int_equal(fork.got, m.got);
			}
		}
	}
}

static void other_events_everywhere(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(t0_vectors); i++) {
		const struct t0_vector *s = &t0_vectors[i];
		struct iso7816_t0 m, fork;
		struct iso7816_out out;

		reach(&m, s);
		if (s->kind == T0_OVER) {
			for (int what = ISO7816_IN_BYTE; what <= ISO7816_IN_REMOVED; what++) {
				fork = m;
				out = step(&fork, (enum iso7816_input)what, 0x60, 0, DEADLINE);
				assert_int_equal(out.done, m.result);
				assert_memory_equal(&m, &fork, sizeof(m));
			}
			continue;
		}
		fork = m;
		assert_int_equal(step(&fork, ISO7816_IN_TIMEOUT, 0, 0, NOW).done, ISO7816_RES_MUTE);
		fork = m;
		assert_int_equal(step(&fork, ISO7816_IN_TIMEOUT, 0, 0, DEADLINE).done,
				 ISO7816_RES_DEADLINE);
		fork = m;
		assert_int_equal(step(&fork, ISO7816_IN_REMOVED, 0, 0, NOW).done,
				 ISO7816_RES_REMOVED);
		assert_int_equal(step(&fork, ISO7816_IN_BYTE, 0x60, 0, NOW).done,
				 ISO7816_RES_REMOVED);
		fork = m;
		assert_int_equal(step(&fork, (enum iso7816_input)99, 0, 0, NOW).done,
				 ISO7816_RES_REMOVED);
		fork = m;
		out = step(&fork, ISO7816_IN_TX_DONE, 0, 0, NOW);
		assert_int_equal(out.done, ISO7816_RES_NONE);
		assert_int_equal(out.timer_ns, WT);
		if (s->kind == T0_TALKING)
			assert_int_equal(fork.state, ISO7816_T0_PROCEDURE);
		else
			assert_int_equal(fork.state, m.state);
	}
}

static void the_deadline_ends_all(void **state)
{
	static const u8 harmless[] = { 0x60, INS, 0xff - INS, 0x90, 0x55 };

	for (size_t i = 0; i < ARRAY_LEN(t0_vectors); i++) {
		struct iso7816_t0 m, fork;
		struct iso7816_out out;

		reach(&m, &t0_vectors[i]);
		if (t0_vectors[i].kind == T0_OVER)
			continue;
		fork = m;
		assert_int_equal(step(&fork, ISO7816_IN_TX_DONE, 0, 0, DEADLINE).done,
				 ISO7816_RES_DEADLINE);
		fork = m;
		out = step(&fork, ISO7816_IN_TX_DONE, 0, 0, DEADLINE - 10);
		assert_int_equal(out.timer_ns, 10);
		for (size_t b = 0; b < ARRAY_LEN(harmless); b++) {
			fork = m;
			out = step_byte(&fork, harmless[b]);
			if (out.done != ISO7816_RES_NONE)
				continue;	/* never harmless here, or the last one due */
			fork = m;
			out = step(&fork, ISO7816_IN_BYTE, harmless[b], 0, DEADLINE - 1);
			assert_int_equal(out.timer_ns, 1);
			fork = m;
			out = step(&fork, ISO7816_IN_BYTE, harmless[b], 0, DEADLINE);
			assert_int_equal(out.done, ISO7816_RES_DEADLINE);
		}
	}
}

static void endless_nulls(void **state)
{
	struct iso7816_t0 m;
	struct iso7816_out out;
	u64 now = NOW;
	u32 n = 0;

	reach(&m, &t0_vectors[1]);
	do {
		out = step(&m, ISO7816_IN_BYTE, 0x60, 0, now);
		assert_true(out.timer_ns <= WT);
		now += WT / 2;
		assert_true(++n < 1000);
	} while (out.done == ISO7816_RES_NONE);
	assert_int_equal(out.done, ISO7816_RES_DEADLINE);
	assert_true(now >= DEADLINE);
	assert_int_equal(m.counters.nulls, n);
}

static void singles_are_counted(void **state)
{
	struct iso7816_t0 m;

	reach(&m, &t0_vectors[5]);
	assert_int_equal(m.counters.single, 2);
	assert_int_equal(m.counters.nulls, 0);
	reach(&m, &t0_vectors[2]);
	assert_int_equal(m.counters.nulls, 2);
}

/* The card sends P3 bytes; what has no room is counted, not written */
static void room_too_small(void **state)
{
	for (unsigned int p3 = 0; p3 < 256; p3++) {
		const u8 header[5] = { 0x00, INS, 0x00, 0x00, (u8)p3 };
		size_t n = p3 ? p3 : 256;

		for (size_t room = n > 3 ? n - 3 : 0; room <= n + 1; room++) {
			struct iso7816_t0 m;
			struct iso7816_out out;

			memset(buf, 0xee, sizeof(buf));
			iso7816_t0_receive(&m, header, buf, room, WT, DEADLINE, &out);
			step(&m, ISO7816_IN_TX_DONE, 0, 0, NOW);
			out = step_byte(&m, INS);
			assert_int_equal(out.expect, n);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(step_byte(&m, 0x11).done, ISO7816_RES_NONE);
			step_byte(&m, 0x91);
			out = step_byte(&m, 0x0b);
			assert_int_equal(out.done, room < n ? ISO7816_RES_TOO_LONG : ISO7816_RES_OK);
			assert_int_equal(m.got, room < n ? room : n);
			assert_int_equal(m.got + m.dropped, n);
			assert_int_equal(m.sw1, 0x91);
			assert_int_equal(m.sw2, 0x0b);
			for (size_t i = 0; i < sizeof(buf); i++)
				assert_int_equal(buf[i], i < m.got ? 0x11 : 0xee);
		}
	}
}

/* What was dropped has come, and is not called for again */
static void dropped_is_not_left(void **state)
{
	const u8 header[5] = { 0x00, INS, 0x00, 0x00, 4 };
	struct iso7816_t0 m;
	struct iso7816_out out;

	iso7816_t0_receive(&m, header, buf, 1, WT, DEADLINE, &out);
	step(&m, ISO7816_IN_TX_DONE, 0, 0, NOW);
	for (int i = 0; i < 3; i++) {
		step_byte(&m, 0xff - INS);
		step_byte(&m, 0x44);
	}
	assert_int_equal(m.got, 1);
	assert_int_equal(m.dropped, 2);
	out = step_byte(&m, INS);
	assert_int_equal(out.expect, 1);
	step_byte(&m, 0x44);
	assert_int_equal(step_byte(&m, INS).done, ISO7816_RES_PROTO);
}

static void headers(void **state)
{
	for (unsigned int cla = 0; cla < 256; cla++) {
		for (unsigned int ins = 0; ins < 256; ins++) {
			const u8 header[5] = { (u8)cla, (u8)ins, 0, 0, 1 };
			bool valid = cla != 0xff && ins >> 4 != 6 && ins >> 4 != 9;
			struct iso7816_t0 m;
			struct iso7816_out out;

			assert_int_equal(iso7816_apdu_header_valid(header), valid);
			iso7816_t0_send(&m, header, data, WT, DEADLINE, &out);
			assert_int_equal(out.done, valid ? ISO7816_RES_NONE : ISO7816_RES_INVALID);
			assert_int_equal(out.send_len, valid ? 5 : 0);
			iso7816_t0_receive(&m, header, buf, 1, WT, DEADLINE, &out);
			assert_int_equal(out.done, valid ? ISO7816_RES_NONE : ISO7816_RES_INVALID);
			iso7816_t0_send(&m, header, NULL, WT, DEADLINE, &out);
			assert_int_equal(out.done, ISO7816_RES_INVALID);
			assert_null(out.send);
			assert_int_equal(step_byte(&m, 0x90).done, ISO7816_RES_INVALID);
		}
	}
}

static void nothing_begun(void **state)
{
	static const struct iso7816_t0 none;
	struct iso7816_t0 m = none;

	for (int what = ISO7816_IN_BYTE; what <= ISO7816_IN_REMOVED; what++) {
		struct iso7816_out out = step(&m, (enum iso7816_input)what, 0x90, 0, NOW);

		assert_int_equal(out.done, ISO7816_RES_NONE);
		assert_null(out.send);
		assert_int_equal(out.timer_ns, 0);
		assert_memory_equal(&m, &none, sizeof(m));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_everywhere),
		cmocka_unit_test(characters_in_error),
		cmocka_unit_test(other_events_everywhere),
		cmocka_unit_test(the_deadline_ends_all),
		cmocka_unit_test(endless_nulls),
		cmocka_unit_test(singles_are_counted),
		cmocka_unit_test(room_too_small),
		cmocka_unit_test(dropped_is_not_left),
		cmocka_unit_test(headers),
		cmocka_unit_test(nothing_begun),
	};

	return cmocka_run_group_tests_name("t0", tests, NULL, NULL);
}
