// SPDX-License-Identifier: BSD-3-Clause
/*
 * The proactive session: start, commands and their responses, REFRESH, and every event in every
 * state of the engine.
 */
#include "unit/cat-session-rig.h"

/* ---- start ---- */

static void starts_with_profile(void **state)
{
	assert_false(cat_starting(rig.cat));
	cat_card_reset(rig.cat);
	assert_true(cat_starting(rig.cat));
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "910B");
	assert_true(cat_starting(rig.cat));
	exchange("801200000B", "D009810301020082028182 9000");
	exchange("801400000C" MORE_TIME_OK, "9000");
	assert_false(cat_starting(rig.cat));
	assert_idle();
	assert_int_equal(rig.poll_ms, 30000);
}

static void profile_tells_what_is_missing(void **state)
{
	struct cat_ops ops = rig_ops();
	struct cat_config cfg;

	cat_config_defaults(&cfg);
	ops.show_text = NULL;
	ops.reset_card = NULL;
	rig_new(&cfg, &ops);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange("80100000112101680001 0C0003 00000 01FE0600000 1C", "9000");
	command(DISPLAY_TEXT, TEXT_TR("830130"));
	command("D009810301010482028182", "810301010482028281830130");
	assert_int_equal(rig.resets, 0);
}

static void refuses_bad_configuration(void **state)
{
	struct cat_ops ops = rig_ops();
	struct cat_config cfg;
	struct cat *cat = NULL;

	cat_config_defaults(&cfg);
	cfg.channel_buffer_max = 65536;
	assert_int_equal(cat_new(&cfg, &ops, NULL, &cat), -EINVAL);
	cfg.channel_buffer_max = 0;
	assert_int_equal(cat_new(&cfg, &ops, NULL, &cat), -EINVAL);
	cat_config_defaults(&cfg);
	cfg.command_timeout_ms = 0;
	assert_int_equal(cat_new(&cfg, &ops, NULL, &cat), -EINVAL);
	cat_config_defaults(&cfg);
	ops.timer = NULL;
	assert_int_equal(cat_new(&cfg, &ops, NULL, &cat), -EINVAL);
	assert_null(cat);
	cat_free(NULL);
}

static void goes_on_when_select_is_refused(void **state)
{
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "6A82");
	exchange(PROFILE_WITH_ALL, "6D00");
	assert_idle();
	assert_false(cat_starting(rig.cat));
}

static void gives_up_a_mute_card(void **state)
{
	cat_card_reset(rig.cat);
	answer_error(-ETIMEDOUT);
	assert_false(rig.waiting);
	assert_int_equal(rig.cat->state, CAT_OFF);
	assert_false(cat_starting(rig.cat));
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	answer_error(-EPROTO);
	assert_int_equal(rig.cat->state, CAT_OFF);
}

/* ---- commands of section 7 of the test sequences ---- */

static void answers_commands(void **state)
{
	static const struct {
		const char *cmd, *response;
	} t[] = {
		{ MORE_TIME, MORE_TIME_OK },
		{ "D00D81030103008202818284020114", "8103010300820282818301008402 0114" },
		{ "D00D8103010300820281828402000 1", "81030103008202828183010084020001" },
		{ "D011810301030082028182840201148402 0115", "81030103008202828183010084020114" },
		{ "D009810301040082028182", "810301040082028281830100" },
		/* REFRESH: file change, initialisation, application reset, steering */
		{ "D0108103010101820281829205013F002FE2", "810301010182028281830100" },
		{ "D009810301010182028182", "810301010182028281830136" },
		{ "D009810301010082028182", "810301010082028281830108" },
		{ "D009810301010382028182", "810301010382028281830108" },
		{ "D009810301010582028182", "810301010582028281830108" },
		{ "D009810301010782028182", "810301010782028281830130" },
		/* events: two that we have not, one that we have, none */
		{ "D00C810301050082028182990104", "810301050082028281830130" },
		{ "D00D81030105008202818299020507", "810301050082028281830130" },
		{ EVENTS_BOTH, EVENTS_BOTH_OK },
		{ "D00B8103010500820281829900", "810301050082028281830100" },
		/* no user interaction beyond DISPLAY TEXT */
		{ "D0158103012200820281828D0A04456E74657220222B22", "810301220082028281830130" },
		{ "D0118103012203820281828D0604456E746572", "810301220382028281830130" },
		{ "D01B8103012300820281828D0C04456E746572203132333435 91020505",
		  "810301230082028281830130" },
		{ "D01A8103012308820281828D0B004537BD2C07D96EAAD10A91020505",
		  "810301230882028281830130" },
		{ "D022810301240082028182850B53656C656374204974656D8F04114F6E658F041254776F",
		  "810301240082028281830130" },
		{ "D023810301250082028182850C546F6F6C6B6974204D656E758F04114F6E658F041254776F",
		  "810301250082028281830130" },
		{ "D00D81030125008202818285008F00", "810301250082028281830130" },
		{ "D009810301260382028182", "810301260382028281830130" },
		{ "D01F8103011500820281823112687474703A2F2F7878782E7979792E7A7A7A0500",
		  "810301150082028281830130" },
		{ "D00D810301350182028182AD027365", "810301350182028281830130" },
		{ "D0168103012000820281038504426565708E0110 84020101", "810301200082028281830130" },
		{ "D0188103012800820281828D0D04546F6F6C6B69742054657374",
		  "810301280082028281830130" },
		{ "D02E8103011300820281838609911122334455667 7F88B1801000991103254 76F840F40C"
		  "54657374204D657373616765", "810301130082028281830130" },
		{ "D012810301340082028182A80741542B43474D49", "810301340082028281830130" },
		/* channels of the network */
		{ "D036810301400182028182350702030403041F0239020578 0D08F4557365724C6F67"
		  "0D08F4557365725077643C0301AD9C3E052101010101", "810301400182028281830130" },
		{ "D042810301400182028182350702030403041F023902057847 0A06546573744770027273"
		  "0D08F4557365724C6F670D08F4557365725077643C0301AD9C3E052101010101",
		  "810301400182028281830130" },
		/* channels that are not there */
		{ "D009810301410082028121", "81030141008202828183023A03" },
		{ "D00C810301420082028121B701C8", "81030142008202828183023A03" },
		{ "D013810301430182028121B6080001020304050607", "81030143018202828183023A03" },
		{ "D009810301440082028182", "810301440082028281830100B8020000" },
		/* malformed */
		{ "D009810301990082028182", "810301990082028281830131" },
		{ "D00C810301030082028182 8402 0114", "810301030082028281830132" },
		{ "D00D81030103008202818284020100", "810301030082028281830132" },
		{ "D00D81030103008202818284020314", "810301030082028281830132" },
		{ "D009810301030082028182", "810301030082028281830136" },
		{ "D00C810301020082028182F00100", "810301020082028281830132" },
		{ "D00C810301020082028182700100", "810301020082028281830101" },
		{ "D009810301430082028121", "810301430082028281830136" },
		{ "D009810301020082028183", "810301020082028281830132" },
		{ "D00482028182", "810300000082028281830132" },
		{ "D009810300020082028182", "810300020082028281830100" },
		{ "D0098103FF020082028182", "8103FF020082028281830100" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		command(t[i].cmd, t[i].response);
		assert_idle();
	}
}

static void follows_chains_of_commands(void **state)
{
	struct cat_stats stats;

	deliver_command(MORE_TIME);
	expect_response(MORE_TIME_OK);
	deliver_command(EVENTS_BOTH);
	expect_response(EVENTS_BOTH_OK);
	answer("9000");
	assert_idle();
	cat_get_stats(rig.cat, &stats);
	assert_int_equal(stats.fetches, 2);
	assert_int_equal(stats.apdus, 6);
}

static void takes_a_256_byte_command(void **state)
{
	uint8_t cmd[258];
	size_t head = unhex("D081FD81030143008202812136 81F1", cmd, sizeof(cmd));

	memset(cmd + head, 0x55, 0xf1);
	cmd[256] = 0x90;
	cmd[257] = 0x00;
	cat_proactive_pending(rig.cat, 256);
	expect_apdu("8012000000");
	answer_bytes(cmd, sizeof(cmd));
	expect_response("81030143008202828183023A03");
	answer("9100");
	expect_apdu("8012000000");
	answer("6F00");
	assert_idle();
}

/* ---- REFRESH ---- */

static void resets_the_card_when_asked(void **state)
{
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	deliver_command("D009810301010482028182");
	assert_int_equal(rig.resets, 0);
	expect_response("810301010482028281830100");
	answer("910B");
	assert_int_equal(rig.resets, 1);
	assert_false(rig.waiting);
	assert_int_equal(rig.cat->state, CAT_OFF);
	advance(10000);
	assert_false(rig.waiting);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();

	/* a card that left before it had the response is not reset when it comes back */
	deliver_command("D009810301010482028182");
	cat_card_lost(rig.cat);
	answer_error(-ENOMEDIUM);
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	command(MORE_TIME, MORE_TIME_OK);
	assert_int_equal(rig.resets, 1);

	rig.reset_within = true;
	deliver_command("D009810301010482028182");
	answer("9000");
	assert_int_equal(rig.resets, 2);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();
}

/* ---- every event in every state ---- */

static void into_state(enum cat_state s)
{
	setup(NULL);
	if (s == CAT_OFF)
		return;
	cat_card_reset(rig.cat);
	if (s == CAT_SELECT)
		return;
	if (s == CAT_SETTLE) {
		cat_card_reset(rig.cat);
		return;
	}
	answer("9000");
	if (s == CAT_PROFILE)
		return;
	answer("9000");
	command(TIMER_1_START("000010"), TIMER_1_STARTED);
	switch (s) {
	case CAT_ENVELOPE:
		advance(1000);
		break;
	case CAT_FETCH:
		cat_proactive_pending(rig.cat, 11);
		break;
	case CAT_EXECUTE:
		deliver_command(DISPLAY_TEXT);
		break;
	case CAT_RESPOND:
		deliver_command(MORE_TIME);
		break;
	default:
		break;
	}
}

enum outer_event {
	EV_RESET, EV_LOST, EV_ANSWER_OK, EV_ANSWER_91, EV_ANSWER_BUSY, EV_ANSWER_BAD, EV_ERROR,
	EV_PENDING, EV_TEXT, EV_TIME, EV_WORK_, EV_EXECUTED_, EV_TIMEOUT_, EV_SHORT, EV_COUNT,
};

static void fire(enum outer_event ev)
{
	static const char * const sw[] = {
		[EV_ANSWER_OK] = "9000", [EV_ANSWER_91] = "910B", [EV_ANSWER_BUSY] = "9300",
		[EV_ANSWER_BAD] = "6F00", [EV_SHORT] = "90",
	};
	uint8_t resp[2];
	size_t len;

	switch (ev) {
	case EV_RESET:
		cat_card_reset(rig.cat);
		break;
	case EV_LOST:
		cat_card_lost(rig.cat);
		break;
	case EV_ANSWER_OK:
	case EV_ANSWER_91:
	case EV_ANSWER_BUSY:
	case EV_ANSWER_BAD:
	case EV_SHORT:
		len = unhex(sw[ev], resp, sizeof(resp));
		rig.waiting = false;
		cat_response(rig.cat, resp, len, 0);
		break;
	case EV_ERROR:
		rig.waiting = false;
		cat_response(rig.cat, NULL, 0, -ENOMEDIUM);
		break;
	case EV_PENDING:
		cat_proactive_pending(rig.cat, 11);
		break;
	case EV_TEXT:
		cat_text_answer(rig.cat, CAT_ANSWER_OK);
		break;
	case EV_TIME:
		/* by then the reader has long dropped the command of before the reset */
		if (rig.cat->state == CAT_SETTLE)
			rig.waiting = false;
		advance(300000);
		break;
	case EV_WORK_:
		cat_step(rig.cat, CAT_EV_WORK);
		break;
	case EV_EXECUTED_:
		/* only ever raised once a response was set */
		if (rig.cat->state != CAT_EXECUTE)
			cat_step(rig.cat, CAT_EV_EXECUTED);
		break;
	case EV_TIMEOUT_:
		if (rig.cat->state == CAT_SETTLE)
			rig.waiting = false;
		cat_step(rig.cat, CAT_EV_TIMEOUT);
		break;
	case EV_COUNT:
		break;
	}
}

/* Whatever happened, after a reset the engine serves the card again. */
static void assert_serves(void)
{
	bool old = rig.waiting;

	cat_card_reset(rig.cat);
	if (old) {
		rig.waiting = false;
		advance(2050);
	}
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	assert_idle();
	assert_int_equal(rig.poll_ms, 30000);
	command(MORE_TIME, MORE_TIME_OK);
	assert_idle();
}

static void any_two_events_in_any_state(void **state)
{
	int s, a, b;

	for (s = CAT_OFF; s <= CAT_RESPOND; s++) {
		for (a = 0; a < EV_COUNT; a++) {
			for (b = 0; b < EV_COUNT; b++) {
				into_state((enum cat_state)s);
				assert_int_equal(rig.cat->state, s);
				fire((enum outer_event)a);
				fire((enum outer_event)b);
				assert_serves();
				assert_int_equal(teardown(NULL), 0);
			}
		}
	}
}

static void loss_in_any_state(void **state)
{
	int s;

	for (s = CAT_OFF; s <= CAT_RESPOND; s++) {
		into_state((enum cat_state)s);
		cat_card_lost(rig.cat);
		assert_int_equal(rig.cat->state, CAT_OFF);
		assert_false(cat_starting(rig.cat));
		assert_int_equal(timers_armed(), 0);
		assert_int_equal(watches_armed(), 0);
		if (s == CAT_EXECUTE)
			assert_in_range(rig.hidden, 2, 3);
		/* nothing wakes it but a reset */
		cat_proactive_pending(rig.cat, 11);
		cat_text_answer(rig.cat, CAT_ANSWER_OK);
		if (rig.waiting)
			answer("910B");
		advance(3600000);
		assert_false(rig.waiting);
		assert_int_equal(rig.cat->state, CAT_OFF);
		assert_serves();
		teardown(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NEW(starts_with_profile),
		cmocka_unit_test_teardown(profile_tells_what_is_missing, teardown),
		cmocka_unit_test(refuses_bad_configuration),
		NEW(goes_on_when_select_is_refused),
		NEW(gives_up_a_mute_card),
		IDLE(answers_commands),
		IDLE(follows_chains_of_commands),
		IDLE(takes_a_256_byte_command),
		IDLE(resets_the_card_when_asked),
		cmocka_unit_test(any_two_events_in_any_state),
		cmocka_unit_test(loss_in_any_state),
	};

	return cmocka_run_group_tests_name("cat session", tests, NULL, NULL);
}
