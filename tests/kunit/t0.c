// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: T=0, each situation of tests/vectors with every character that can come.
 */
#include "kunit.h"
#include "vectors/t0.h"

#define WT		1000000ULL
#define DEADLINE	50000000ULL

static const u8 data[8] = { 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38 };

struct bench {
	struct iso7816_t0 m;
	struct iso7816_out out;
	u8 buf[300];
};

static void describe(const struct t0_vector *v, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s %u: %s", v->receive ? "receive" : "send", v->p3,
		 *v->path ? v->path : "begin");
}

KUNIT_ARRAY_PARAM(t0, t0_vectors, describe);

static void step(struct bench *b, enum iso7816_input what, u8 byte)
{
	const struct iso7816_in in = { .what = what, .byte = byte, .now_ns = 7000000 };

	iso7816_t0_step(&b->m, &in, &b->out);
}

static void reach(struct kunit *test, struct bench *b, const struct t0_vector *v)
{
	const u8 header[5] = { 0x00, T0_INS, 0x00, 0x01, v->p3 };
	const char *p = v->path;
	u8 byte;

	memset(b, 0xa5, sizeof(*b));
	if (v->receive)
		iso7816_t0_receive(&b->m, header, b->buf, sizeof(b->buf), WT, DEADLINE, &b->out);
	else
		iso7816_t0_send(&b->m, header, v->p3 ? data : NULL, WT, DEADLINE, &b->out);
	for (; *p; p += 2, p += *p == ' ') {
		if (!strncmp(p, "TX", 2)) {
			step(b, ISO7816_IN_TX_DONE, 0);
			continue;
		}
		KUNIT_ASSERT_EQ(test, hex2bin(&byte, p, 1), 0);
		step(b, ISO7816_IN_BYTE, byte);
	}
}

static void situation(struct kunit *test)
{
	const struct t0_vector *v = test->param_value;
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, b);
	reach(test, b, v);
	KUNIT_EXPECT_EQ(test, b->out.done != ISO7816_RES_NONE, v->kind == T0_OVER);
	KUNIT_EXPECT_EQ(test, b->m.data_pos + b->m.got, v->moved);
}

/* Alive with a timer, or over with none; talking over the reader is an error. */
static void every_character(struct kunit *test)
{
	const struct t0_vector *v = test->param_value;
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	enum iso7816_result before;
	unsigned int byte;

	KUNIT_ASSERT_TRUE(test, b);
	for (byte = 0; byte < 256; byte++) {
		reach(test, b, v);
		before = b->out.done;
		step(b, ISO7816_IN_BYTE, byte);
		KUNIT_EXPECT_EQ(test, b->out.done != ISO7816_RES_NONE, b->out.timer_ns == 0);
		if (v->kind == T0_TALKING)
			KUNIT_EXPECT_EQ(test, (int)b->out.done, (int)ISO7816_RES_PROTO);
		else if (v->kind == T0_SECOND_SW)
			KUNIT_EXPECT_EQ(test, (int)b->out.done, (int)ISO7816_RES_OK);
		else if (v->kind == T0_OVER)
			KUNIT_EXPECT_EQ(test, (int)b->out.done, (int)before);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(situation, t0_gen_params),
	KUNIT_CASE_PARAM(every_character, t0_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "iso7816-t0",
	.test_cases = cases,
};

kunit_test_suite(suite);
