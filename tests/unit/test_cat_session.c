// SPDX-License-Identifier: BSD-3-Clause
/*
 * The proactive session: start, commands and their responses, timers, texts,
 * envelopes, and everything that can go wrong between the engine and the card.
 */
#include "unit/cat-rig.h"

#define MORE_TIME		"D009810301020082028182"
#define MORE_TIME_OK		"810301020082028281830100"
#define DISPLAY_TEXT		"D01A8103012180820281028D0F04546F6F6C6B697420546573742031"
#define TEXT_TR(result)		"810301218082028281" result
#define TIMER_1_START(hms)	"D011810301270082028182A40101A503" hms
#define TIMER_1_STARTED		"810301270082028281830100A40101"
#define EXPIRY_1(hms)		"80C200000ED70C82028281A40101A503" hms

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

/* ---- DISPLAY TEXT ---- */

static void shows_text(void **state)
{
	deliver_command(DISPLAY_TEXT);
	assert_false(rig.waiting);
	assert_string_equal(rig.text, "Toolkit Test 1");
	assert_true(rig.last_text.wait_for_user);
	assert_false(rig.last_text.high_priority);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	expect_response(TEXT_TR("830100"));
	/* a second answer changes nothing */
	cat_text_answer(rig.cat, CAT_ANSWER_CANCEL);
	answer("9000");
	cat_text_answer(rig.cat, CAT_ANSWER_CANCEL);
	assert_idle();

	deliver_command("D0198103012181820281028D0E00D4F79BBD4ED341D4F29C0E9A01");
	assert_string_equal(rig.text, "Toolkit Test 3");
	assert_true(rig.last_text.high_priority);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	expect_response("81030121818202828183 0100");
	answer("9000");
	deliver_command("D0248103012180820281028D190804170414042004100412042104220412"
			"04230419042204 15");
	assert_string_equal(rig.text, "\u0417\u0414\u0420\u0410\u0412\u0421\u0422\u0412"
			    "\u0423\u0419\u0422\u0415");
}

static void tells_what_the_user_did(void **state)
{
	static const struct {
		enum cat_answer answer;
		const char *response;
	} t[] = {
		{ CAT_ANSWER_OK, TEXT_TR("830100") },
		{ CAT_ANSWER_CANCEL, TEXT_TR("830110") },
		{ CAT_ANSWER_BACK, TEXT_TR("830111") },
		{ CAT_ANSWER_TIMEOUT, TEXT_TR("830112") },
		{ CAT_ANSWER_BUSY, TEXT_TR("83022001") },
		{ CAT_ANSWER_NO_UI, TEXT_TR("83022000") },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* later, and from within show_text() */
		deliver_command(DISPLAY_TEXT);
		cat_text_answer(rig.cat, t[i].answer);
		expect_response(t[i].response);
		answer("9000");
		rig.answer_within = (int)t[i].answer;
		command(DISPLAY_TEXT, t[i].response);
		rig.answer_within = -1;
	}
	assert_int_equal(rig.hidden, 1);	/* at the reset */
}

static void text_has_a_deadline(void **state)
{
	unsigned int hidden = rig.hidden;

	deliver_command(DISPLAY_TEXT);
	advance(59999);
	assert_false(rig.waiting);
	advance(1);
	expect_response(TEXT_TR("830112"));
	assert_int_equal(rig.hidden, hidden + 1);
	answer("9000");

	/* the card's own */
	deliver_command("D0198103012180820281028D0A043130205365636F6E64 8402010A");
	assert_int_equal(rig.last_text.duration_ms, 10000);
	advance(9999);
	assert_false(rig.waiting);
	advance(1);
	expect_response(TEXT_TR("830112"));
	answer("9000");

	/* one that nobody has to clear was shown, and that is all */
	deliver_command("D0108103012100820281028D05044142 4344");
	assert_false(rig.waiting);
	advance(5000);
	expect_response("810301210082028281830100");
	answer("9000");
	rig.answer_within = CAT_ANSWER_TIMEOUT;
	command("D0108103012100820281028D050441424344", "810301210082028281830100");
}

static void sustained_text_is_answered_at_once(void **state)
{
	unsigned int hidden = rig.hidden;

	command("D0128103012180820281028D050441424344AB00", TEXT_TR("830100"));
	assert_string_equal(rig.text, "ABCD");
	cat_text_answer(rig.cat, CAT_ANSWER_CANCEL);
	assert_idle();
	advance(120000);
	assert_int_equal(rig.hidden, hidden);
	rig.answer_within = CAT_ANSWER_NO_UI;
	command("D0128103012180820281028D050441424344AB00", TEXT_TR("83022000"));
}

static void text_details(void **state)
{
	rig.answer_within = CAT_ANSWER_OK;
	/* icon: not shown; unknown object: partial; coding unknown: not understood */
	command("D0148103012180820281028D0504414243441E020001", TEXT_TR("830104"));
	command("D0138103012180820281028D050441424344700100", TEXT_TR("830101"));
	command("D0108103012180820281028D050C41424344", TEXT_TR("830132"));
	command("D0108103012180820281028D050841424344", TEXT_TR("830100"));
	command("D00F8103012180820281028D0408414243", TEXT_TR("830132"));
	/* addressed to the terminal instead of its display */
	command("D0108103012180820281828D050441424344", TEXT_TR("830132"));
}

static void no_text_in_the_log(void **state)
{
	deliver_command(DISPLAY_TEXT);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	answer("9000");
	assert_non_null(strstr(rig.all_logs, "DISPLAY TEXT"));
	assert_null(strstr(rig.all_logs, "Toolkit"));
	/* nor anywhere in memory that is kept */
	assert_null(memmem((const void *)rig.cat, sizeof(*rig.cat), "Toolkit", 7));
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

#define IDLE(test)	cmocka_unit_test_setup_teardown(test, setup_idle, teardown)
#define NEW(test)	cmocka_unit_test_setup_teardown(test, setup, teardown)

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
		IDLE(shows_text),
		IDLE(tells_what_the_user_did),
		IDLE(text_has_a_deadline),
		IDLE(sustained_text_is_answered_at_once),
		IDLE(text_details),
		IDLE(no_text_in_the_log),
		IDLE(resets_the_card_when_asked),
		cmocka_unit_test(any_two_events_in_any_state),
		cmocka_unit_test(loss_in_any_state),
	};

	return cmocka_run_group_tests_name("cat session", tests, NULL, NULL);
}
