// SPDX-License-Identifier: BSD-3-Clause
/* DISPLAY TEXT: what is shown, what the user does, and that no text is kept or logged. */
#include "unit/cat-session-rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDLE(shows_text),
		IDLE(tells_what_the_user_did),
		IDLE(text_has_a_deadline),
		IDLE(sustained_text_is_answered_at_once),
		IDLE(text_details),
		IDLE(no_text_in_the_log),
	};

	return cmocka_run_group_tests_name("cat text", tests, NULL, NULL);
}
