// SPDX-License-Identifier: BSD-3-Clause
/*
 * The proactive session when something goes wrong between the engine and the card: a FETCH that
 * fails, news that come late, a reader that is busy or silent, an event loop without timers.
 */
#include "unit/cat-session-rig.h"

/* ---- FETCH and status words ---- */

static void repeats_fetch_once(void **state)
{
	cat_proactive_pending(rig.cat, 5);
	exchange("8012000005", "6C0B");
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9105");
	exchange("8012000005", "6C0B");
	exchange("801200000B", "6C0B");
	assert_idle();
}

static void drops_a_fetch_that_fails(void **state)
{
	static const char * const sw[] = { "6F00", "6985", "9000", "6C00" };
	size_t i;

	for (i = 0; i < sizeof(sw) / sizeof(sw[0]); i++) {
		cat_proactive_pending(rig.cat, 11);
		exchange("801200000B", sw[i]);
		if (rig.waiting)
			exchange("8012000000", "6F00");
		assert_idle();
		advance(120000);
	}
	cat_proactive_pending(rig.cat, 11);
	answer_error(-EPROTO);
	assert_idle();
	/* the reader's level is still up */
	cat_proactive_pending(rig.cat, 11);
	assert_idle();
	advance(120000);
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9000");
	command(MORE_TIME, MORE_TIME_OK);
}

/* The reader's level stays up while FETCH fails: it must not make the engine spin. */
static void does_not_spin_on_a_stuck_level(void **state)
{
	unsigned int fetches = 0, i;

	for (i = 0; i < 1000; i++) {
		cat_proactive_pending(rig.cat, 11);
		if (rig.waiting) {
			fetches++;
			answer("6F00");
		}
		advance(10);
	}
	assert_in_range(fetches, 2, 5);
	advance(120000);
	answer("6F00");
	advance(120000);
	assert_idle();

	/* the card's own word counts at once */
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(500);
	cat_proactive_pending(rig.cat, 11);
	answer("6F00");
	cat_proactive_pending(rig.cat, 11);
	assert_idle();
	advance(500);
	exchange(EXPIRY_1("000010"), "910B");
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9000");
	/* and makes the reader's old one void */
	advance(120000);
	assert_idle();
}

static void hears_late_news_only_once(void **state)
{
	cat_proactive_pending(rig.cat, 11);
	cat_proactive_pending(rig.cat, 11);
	expect_apdu("801200000B");
	cat_proactive_pending(rig.cat, 11);
	answer("D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	cat_proactive_pending(rig.cat, 11);
	answer("9000");
	assert_idle();
}

static void keeps_pending_over_other_status_words(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(1000);
	expect_apdu(EXPIRY_1("000010"));
	cat_proactive_pending(rig.cat, 11);
	answer("9000");
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
}

static void slows_down_a_card_that_asks_for_time(void **state)
{
	unsigned int i, immediate = 0;

	cat_proactive_pending(rig.cat, 11);
	for (i = 0; i < 50; i++) {
		if (!rig.waiting) {
			/* what the reader knows of it does not cut the wait short */
			cat_proactive_pending(rig.cat, 11);
			assert_false(rig.waiting);
			advance(100);
		} else {
			immediate++;
		}
		exchange("801200000B", "D009810301020082028182 9000");
		expect_response(MORE_TIME_OK);
		answer("910B");
	}
	assert_in_range(immediate, 5, 15);
	advance(100);
	exchange("801200000B", "D009810301020082028182 9000");
	answer("9000");
	assert_idle();
}

static void survives_a_lost_response(void **state)
{
	deliver_command(MORE_TIME);
	expect_response(MORE_TIME_OK);
	answer_error(-EPROTO);
	assert_idle();
	deliver_command(MORE_TIME);
	answer("6F00");
	assert_idle();
	/* an answer that is no answer */
	deliver_command(MORE_TIME);
	rig.waiting = false;
	cat_response(rig.cat, (const uint8_t *)"\x90", 1, 0);
	assert_idle();
	cat_response(rig.cat, (const uint8_t *)"\x91\x0b", 2, 0);
	assert_idle();
}

/* ---- the reader ---- */

static void asks_a_busy_reader_again(void **state)
{
	unsigned int before = rig.submits;

	rig.submit_err = -EBUSY;
	cat_proactive_pending(rig.cat, 11);
	assert_false(rig.waiting);
	advance(60);
	assert_false(rig.waiting);
	rig.submit_err = 0;
	advance(50);
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9000");

	/* not for ever */
	before = rig.submits;
	rig.submit_err = -EBUSY;
	cat_proactive_pending(rig.cat, 11);
	advance(3600000);
	assert_idle();
	assert_in_range(rig.submits - before, 50, 200);
}

static void gives_up_what_the_reader_refuses(void **state)
{
	rig.submit_err = -ENOMEDIUM;
	cat_proactive_pending(rig.cat, 11);
	advance(1);
	assert_idle();
	cat_card_reset(rig.cat);
	advance(1);
	assert_int_equal(rig.cat->state, CAT_OFF);
}

static void gives_up_a_reader_that_does_not_answer(void **state)
{
	cat_proactive_pending(rig.cat, 11);
	advance(119000);
	assert_int_equal(rig.cat->state, CAT_FETCH);
	advance(2000);
	assert_int_equal(rig.cat->state, CAT_OFF);
	/* the answer that comes after all is not taken for one of the next card */
	cat_card_reset(rig.cat);
	answer("D009810301020082028182 9000");
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();
}

static void waits_for_the_answer_of_before_the_reset(void **state)
{
	cat_proactive_pending(rig.cat, 11);
	cat_card_lost(rig.cat);
	cat_card_reset(rig.cat);
	expect_apdu("801200000B");
	answer_error(-ESTALE);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");

	/* nor does it wait for ever */
	cat_proactive_pending(rig.cat, 11);
	cat_card_reset(rig.cat);
	rig.waiting = false;
	advance(1999);
	assert_false(rig.waiting);
	advance(1);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();

	/* one that comes between loss and reset is done with, too */
	cat_proactive_pending(rig.cat, 11);
	cat_card_lost(rig.cat);
	answer("D009810301020082028182 9000");
	assert_int_equal(rig.cat->state, CAT_OFF);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();

	/* the time since the loss counts */
	cat_proactive_pending(rig.cat, 11);
	cat_card_lost(rig.cat);
	rig.waiting = false;
	advance(2000);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();
}

/* ---- an event loop without timers ---- */

static void no_timer_no_wait(void **state)
{
	/* the first timer set after FETCH is the command's own */
	cat_proactive_pending(rig.cat, 19);
	rig.timer_fails = 1;
	answer(TIMER_1_START("000010") "9000");
	expect_response("81030127008202828183022000");
	answer("9000");

	cat_proactive_pending(rig.cat, 28);
	rig.timer_fails = 1;
	answer(DISPLAY_TEXT "9000");
	expect_response(TEXT_TR("83022000"));
	assert_int_equal(rig.shown, 0);
	answer("9000");

	/* an envelope that cannot be repeated later is given up */
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(1000);
	rig.timer_fails = 1;
	exchange(EXPIRY_1("000010"), "9300");
	assert_idle();
	assert_int_equal(rig.cat->envelopes.n, 0);

	/* an APDU whose end nobody would notice is not waited for */
	rig.timer_fails = 1;
	cat_proactive_pending(rig.cat, 11);
	assert_int_equal(rig.cat->state, CAT_OFF);
}

static void any_timer_may_fail(void **state)
{
	int n;

	for (n = 1; n < 20; n++) {
		setup_idle(NULL);
		rig.timer_fails = n;
		cat_proactive_pending(rig.cat, 19);
		if (rig.waiting)
			answer(TIMER_1_START("000010") "9000");
		if (rig.waiting)
			answer("911C");
		if (rig.waiting)
			answer(DISPLAY_TEXT "9000");
		advance(60000);
		while (rig.waiting) {
			answer("9300");
			advance(1600);
		}
		rig.timer_fails = 0;
		cat_card_reset(rig.cat);
		if (rig.cat->state == CAT_SETTLE) {
			rig.waiting = false;
			advance(2000);
		}
		exchange("00A4000C023F00", "9000");
		exchange(PROFILE_WITH_ALL, "9000");
		command(MORE_TIME, MORE_TIME_OK);
		assert_int_equal(teardown(NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDLE(repeats_fetch_once),
		IDLE(drops_a_fetch_that_fails),
		IDLE(does_not_spin_on_a_stuck_level),
		IDLE(hears_late_news_only_once),
		IDLE(keeps_pending_over_other_status_words),
		IDLE(slows_down_a_card_that_asks_for_time),
		IDLE(survives_a_lost_response),
		IDLE(asks_a_busy_reader_again),
		IDLE(gives_up_what_the_reader_refuses),
		IDLE(gives_up_a_reader_that_does_not_answer),
		IDLE(waits_for_the_answer_of_before_the_reset),
		IDLE(no_timer_no_wait),
		cmocka_unit_test(any_timer_may_fail),
	};

	return cmocka_run_group_tests_name("cat trouble", tests, NULL, NULL);
}
