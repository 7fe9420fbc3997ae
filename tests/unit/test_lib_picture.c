// SPDX-License-Identifier: BSD-3-Clause
/*
 * The picture that a listener has of the readers: dumps and notifications that overlap,
 * that have gaps, and that come in the wrong order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/picture.h"

static struct picture p;

static struct iso7816_nl_reader reader(uint32_t id, uint64_t seq, uint32_t state)
{
	return (struct iso7816_nl_reader){
		.id = id,
		.info.name = "iso7816-N",
		.st.event_seq = seq,
		.st.state = state,
		.st.generation = (uint32_t)seq + 1,
	};
}

static void dump(uint32_t id, uint64_t seq, uint32_t state)
{
	struct iso7816_nl_reader r = reader(id, seq, state);

	picture_add(&p, &r);
}

static enum picture_verdict told(enum iso7816_nl_kind kind, uint32_t id, uint64_t prev,
				 uint64_t seq, uint32_t state)
{
	struct iso7816_nl_event e = {
		.kind = kind,
		.reader = reader(id, seq, state),
		.ev.seq = seq,
		.prev_seq = prev,
	};

	e.reader.info.name[0] = '\0';	/* events have no names */
	return picture_apply(&p, &e);
}

static enum picture_verdict card(uint64_t prev, uint64_t seq, uint32_t state)
{
	return told(ISO7816_NL_CARD, 0, prev, seq, state);
}

static int setup(void **state)
{
	picture_clear(&p);
	return 0;
}

static void applies_what_is_newer(void **state)
{
	dump(0, 5, ISO7816_STATE_PRESENT);
	assert_int_equal(card(3, 4, ISO7816_STATE_ABSENT), PICTURE_OLD);
	assert_int_equal(card(4, 5, ISO7816_STATE_PRESENT), PICTURE_OLD);
	assert_int_equal(picture_reader(&p, 0)->st.state, ISO7816_STATE_PRESENT);
	assert_int_equal(card(5, 6, ISO7816_STATE_ACTIVE), PICTURE_NEWS);
	assert_int_equal(picture_reader(&p, 0)->st.state, ISO7816_STATE_ACTIVE);
	assert_int_equal(picture_reader(&p, 0)->st.event_seq, 6);
	assert_string_equal(picture_reader(&p, 0)->info.name, "iso7816-N");
	assert_int_equal(card(6, 7, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	/* again: it was seen */
	assert_int_equal(card(6, 7, ISO7816_STATE_ABSENT), PICTURE_OLD);
}

static void sees_gaps(void **state)
{
	dump(0, 5, ISO7816_STATE_PRESENT);
	assert_int_equal(card(6, 7, ISO7816_STATE_ACTIVE), PICTURE_LOST);
	assert_int_equal(card(5, 6, ISO7816_STATE_ACTIVE), PICTURE_NEWS);
	assert_int_equal(card(8, 9, ISO7816_STATE_ABSENT), PICTURE_LOST);
	/* a new dump makes it whole */
	picture_clear(&p);
	dump(0, 9, ISO7816_STATE_ABSENT);
	assert_int_equal(card(8, 9, ISO7816_STATE_ABSENT), PICTURE_OLD);
	assert_int_equal(card(9, 10, ISO7816_STATE_PRESENT), PICTURE_NEWS);
}

/* Numbers of the other group leave holes that are none. */
static void keeps_groups_apart(void **state)
{
	dump(0, 5, ISO7816_STATE_ACTIVE);
	assert_int_equal(told(ISO7816_NL_PROACTIVE, 0, 2, 6, 0), PICTURE_NEWS);
	assert_int_equal(told(ISO7816_NL_PROACTIVE, 0, 6, 7, 0), PICTURE_NEWS);
	assert_int_equal(picture_reader(&p, 0)->st.state, ISO7816_STATE_ACTIVE);
	assert_true(picture_reader(&p, 0)->proactive_known);
	assert_int_equal(card(5, 8, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	/* 9 was of "proactive", and lost: only the next one of that group can tell */
	assert_int_equal(card(8, 10, ISO7816_STATE_PRESENT), PICTURE_NEWS);
	assert_int_equal(told(ISO7816_NL_PROACTIVE, 0, 9, 11, 0), PICTURE_LOST);
}

/* The dump may be newer than what is still on its way in both groups. */
static void one_group_behind_the_dump(void **state)
{
	dump(0, 8, ISO7816_STATE_ACTIVE);
	assert_int_equal(told(ISO7816_NL_PROACTIVE, 0, 0, 7, 0), PICTURE_OLD);
	assert_int_equal(card(6, 8, ISO7816_STATE_ACTIVE), PICTURE_OLD);
	assert_int_equal(told(ISO7816_NL_PROACTIVE, 0, 7, 9, 0), PICTURE_NEWS);
	assert_int_equal(card(8, 10, ISO7816_STATE_ABSENT), PICTURE_NEWS);
}

static void readers_come_and_go(void **state)
{
	assert_null(picture_reader(&p, 1));
	/* of one that nobody has spoken of */
	assert_int_equal(told(ISO7816_NL_CARD, 1, 0, 1, 0), PICTURE_LOST);
	assert_int_equal(told(ISO7816_NL_READER_ADDED, 1, 0, 0, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	assert_non_null(picture_reader(&p, 1));
	assert_int_equal(told(ISO7816_NL_CARD, 1, 0, 1, ISO7816_STATE_PRESENT), PICTURE_NEWS);
	assert_int_equal(told(ISO7816_NL_READER_GONE, 1, 1, 2, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	assert_null(picture_reader(&p, 1));
	/* the next one of that number begins anew */
	assert_int_equal(told(ISO7816_NL_READER_ADDED, 1, 0, 0, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	assert_int_equal(told(ISO7816_NL_CARD, 1, 0, 1, ISO7816_STATE_PRESENT), PICTURE_NEWS);
}

static void a_reader_of_the_dump_is_added_once_more(void **state)
{
	dump(2, 1, ISO7816_STATE_PRESENT);
	assert_int_equal(told(ISO7816_NL_READER_ADDED, 2, 0, 0, ISO7816_STATE_ABSENT), PICTURE_OLD);
	assert_int_equal(told(ISO7816_NL_CARD, 2, 0, 1, ISO7816_STATE_PRESENT), PICTURE_OLD);
	assert_int_equal(picture_reader(&p, 2)->st.state, ISO7816_STATE_PRESENT);
	assert_int_equal(told(ISO7816_NL_CARD, 2, 1, 2, ISO7816_STATE_ABSENT), PICTURE_NEWS);
	/* that the first one went was never told */
	assert_int_equal(told(ISO7816_NL_READER_ADDED, 2, 0, 0, ISO7816_STATE_ABSENT), PICTURE_LOST);
}

/* The reader went and came while its end was on the way. */
static void the_end_of_a_former_reader(void **state)
{
	dump(0, 1, ISO7816_STATE_PRESENT);
	assert_int_equal(told(ISO7816_NL_READER_GONE, 0, 57, 58, ISO7816_STATE_ABSENT),
			 PICTURE_LOST);
}

static void forgets_the_atr_of_another_generation(void **state)
{
	struct iso7816_nl_reader r = reader(0, 5, ISO7816_STATE_ACTIVE);

	r.atr.len = 3;
	r.atr.generation = r.st.generation;
	picture_add(&p, &r);
	assert_int_equal(picture_reader(&p, 0)->atr.len, 3);
	assert_int_equal(card(5, 6, ISO7816_STATE_PRESENT), PICTURE_NEWS);
	assert_int_equal(picture_reader(&p, 0)->atr.len, 0);
}

static void numbers_that_are_too_high(void **state)
{
	dump(PICTURE_READERS, 1, ISO7816_STATE_PRESENT);
	assert_null(picture_reader(&p, PICTURE_READERS));
	assert_int_equal(told(ISO7816_NL_CARD, UINT32_MAX, 1, 2, 0), PICTURE_OLD);
	assert_int_equal(told(ISO7816_NL_READER_ADDED, PICTURE_READERS, 0, 0, 0), PICTURE_OLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(applies_what_is_newer, setup),
		cmocka_unit_test_setup(sees_gaps, setup),
		cmocka_unit_test_setup(keeps_groups_apart, setup),
		cmocka_unit_test_setup(one_group_behind_the_dump, setup),
		cmocka_unit_test_setup(readers_come_and_go, setup),
		cmocka_unit_test_setup(a_reader_of_the_dump_is_added_once_more, setup),
		cmocka_unit_test_setup(the_end_of_a_former_reader, setup),
		cmocka_unit_test_setup(forgets_the_atr_of_another_generation, setup),
		cmocka_unit_test_setup(numbers_that_are_too_high, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
