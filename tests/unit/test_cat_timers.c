// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the engine does by the clock: polling, the card's timers, and the envelopes that tell of
 * them, repeated while the card is busy.
 */
#include "unit/cat-session-rig.h"

/* ---- polling ---- */

static void polls_as_agreed(void **state)
{
	int i;

	assert_int_equal(rig.poll_ms, 30000);
	command("D00D81030103008202818284020114", "81030103008202828183010084020114");
	assert_int_equal(rig.poll_ms, 20000);
	command("D00D81030103008202818284020205", "81030103008202828183010084020205");
	assert_int_equal(rig.poll_ms, 500);
	command("D009810301040082028182", "810301040082028281830100");
	assert_int_equal(rig.poll_ms, 0);
	command("D00D81030103008202818284020002", "81030103008202828183010084020002");
	assert_int_equal(rig.poll_ms, 120000);
	/* a reader that cannot */
	rig.poll_err = -EOPNOTSUPP;
	command("D00D81030103008202818284020114", "8103010300820282818302 2000");
	rig.poll_err = 0;
	command(MORE_TIME, MORE_TIME_OK);
	assert_int_equal(rig.poll_ms, 120000);
	command("D009810301040082028182", "810301040082028281830100");
	rig.poll_err = -EOPNOTSUPP;
	command("D00D81030103008202818284020114", "8103010300820282818302 2000");
	rig.poll_err = 0;
	command(MORE_TIME, MORE_TIME_OK);
	assert_int_equal(rig.poll_ms, 0);
	/* a reset ends all agreements, and the driver is told again even if nothing changed */
	for (i = 0; i < 2; i++) {
		cat_card_reset(rig.cat);
		exchange("00A4000C023F00", "9000");
		exchange(PROFILE_WITH_ALL, "9000");
		assert_int_equal(rig.poll_ms, 30000);
		rig.poll_ms = 1;
	}
}

/* ---- timers ---- */

static void runs_timers(void **state)
{
	command("D011810301270082028182A40101A503005000", TIMER_1_STARTED);
	advance(61500);
	command("D00C810301270282028182A40101", "810301270282028281830100A40101A503003095");
	command("D00C810301270182028182A40101", "810301270182028281830100A40101A503003095");
	command("D00C810301270182028182A40101", "810301270182028281830124A40101");
	command("D00C810301270282028182A40108", "810301270282028281830124A40108");
	advance(3600000);
	assert_idle();
}

static void reports_expiry(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(999);
	assert_idle();
	advance(1);
	exchange(EXPIRY_1("000010"), "9000");
	assert_idle();
	command("D00C810301270282028182A40101", "810301270282028281830124A40101");
}

static void restarts_a_running_timer(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(900);
	command(TIMER_1_START("000020"), TIMER_1_STARTED);
	advance(1999);
	assert_idle();
	advance(1);
	exchange(EXPIRY_1("000020"), "9000");
}

static void refuses_bad_timers(void **state)
{
	command("D00C810301270082028182A40101", "810301270082028281830136");
	command("D011810301270082028182A40100A503000010", "810301270082028281830132");
	command("D011810301270082028182A40109A503000010", "810301270082028281830132");
	command("D011810301270082028182A40101A503000000", "810301270082028281830132");
	command("D011810301270082028182A40101A503420000", "810301270082028281830132");
	command("D011810301270082028182A40101A503000600", "810301270082028281830132");
	command("D011810301270082028182A40101A5030000A0", "810301270082028281830132");
	command("D01181030127008202818 2A40101A50300000A", "810301270082028281830132");
	command("D011810301270382028182A40101A503000010", "810301270382028281830132");
	command("D011810301270082028182A40108A503329595", "810301270082028281830100A40108");
	assert_int_equal(cat_timer_remaining(&rig.cat->timers[7]), 24 * 3600 - 1);
}

static void queues_expiries(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	command("D011810301270082028182A40102A503000010", "810301270082028281830100A40102");
	deliver_command(DISPLAY_TEXT);
	advance(3000);
	/* not before the command that waits for the user is answered */
	assert_false(rig.waiting);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	expect_response(TEXT_TR("830100"));
	answer("910B");
	/* nor before the command that is pending */
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9000");
	exchange(EXPIRY_1("000030"), "9000");
	exchange("80C200000ED70C82028281A40102A503000030", "9000");
	assert_idle();
}

static void local_trigger(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(1000);
	exchange(EXPIRY_1("000010"), "910B");
	exchange("801200000B", "D009810301020082028182 9000");
	expect_response(MORE_TIME_OK);
	answer("9000");
	assert_idle();
}

/* ---- envelopes the card is too busy for ---- */

static void retries_envelopes(void **state)
{
	static const int64_t pause[] = { 100, 200, 400, 800, 1600 };
	static const char * const value[] = {
		"000010", "000010", "000010", "000010", "000020", "000040"
	};
	char apdu[128];
	size_t i;

	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(1000);
	for (i = 0; i < 5; i++) {
		snprintf(apdu, sizeof(apdu), EXPIRY_1("%s"), value[i]);
		exchange(apdu, "9300");
		assert_idle();
		advance(pause[i] - 1);
		assert_idle();
		advance(1);
	}
	snprintf(apdu, sizeof(apdu), EXPIRY_1("%s"), value[i]);
	exchange(apdu, "9300");
	assert_idle();
	advance(3600000);
	assert_idle();
	assert_non_null(strstr(rig.all_logs, "given up"));
}

static void retried_envelope_arrives(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	command("D011810301270082028182A40102A503000010", "810301270082028281830100A40102");
	advance(1000);
	exchange(EXPIRY_1("000010"), "9300");
	/* commands go on meanwhile */
	command(MORE_TIME, MORE_TIME_OK);
	assert_idle();
	advance(100);
	exchange(EXPIRY_1("000010"), "9000");
	/* the count starts anew for the next one */
	exchange("80C200000ED70C82028281A40102A503000010", "9300");
	advance(100);
	exchange("80C200000ED70C82028281A40102A503000010", "9000");
	assert_idle();
}

static void drops_refused_envelopes(void **state)
{
	static const char * const sw[] = { "6F00", "6200", "6300", "6A80" };
	size_t i;

	for (i = 0; i < sizeof(sw) / sizeof(sw[0]); i++) {
		command(TIMER_1_START("000010"), TIMER_1_STARTED);
		advance(1000);
		exchange(EXPIRY_1("000010"), sw[i]);
		assert_idle();
	}
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	advance(1000);
	answer_error(-EPROTO);
	assert_idle();
}

static void restart_forgets_the_earlier_expiry(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	deliver_command(DISPLAY_TEXT);
	advance(1000);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	deliver_command(TIMER_1_START("000020"));
	expect_response(TIMER_1_STARTED);
	answer("9000");
	assert_idle();
	advance(2000);
	exchange(EXPIRY_1("000020"), "9000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDLE(polls_as_agreed),
		IDLE(runs_timers),
		IDLE(reports_expiry),
		IDLE(restarts_a_running_timer),
		IDLE(refuses_bad_timers),
		IDLE(queues_expiries),
		IDLE(local_trigger),
		IDLE(retries_envelopes),
		IDLE(retried_envelope_arrives),
		IDLE(drops_refused_envelopes),
		IDLE(restart_forgets_the_earlier_expiry),
	};

	return cmocka_run_group_tests_name("cat timers", tests, NULL, NULL);
}
