// SPDX-License-Identifier: BSD-3-Clause
/*
 * Alerts that ask the user (spec/oma-dm.md 5.4): Items, options, the statuses and Items that answer
 * them, and what an answer means for the other commands. Each row is a test.
 */
#include "dm-fixture.h"

#define OPTIONS(text)	"<Item><Data>" text "</Data></Item>"
#define TEXT(text)	"<Item><Data>" text "</Data></Item>"
#define ALERT(id, code, items)	"<Alert><CmdID>" id "</CmdID><Data>" code "</Data>" items "</Alert>"
#define CHOICES		TEXT("red") TEXT("green") TEXT("blue")
#define SEQUENCE(id, members)	"<Sequence><CmdID>" id "</CmdID>" members "</Sequence>"
#define ATOMIC(id, members)	"<Atomic><CmdID>" id "</CmdID>" members "</Atomic>"

static void ask(struct fixture *f, const char *commands)
{
	assert_int_equal(run_commands(f, commands), DM_NEXT_WAIT_UI);
}

static void answer(struct fixture *f, enum dm_answer a)
{
	assert_int_equal(dm_session_answer(f->s, f->question, a), DM_NEXT_SEND);
}

static enum dm_next enter(struct fixture *f, const char *text)
{
	return dm_session_answer_text(f->s, f->question, text);
}

static enum dm_next choose(struct fixture *f, uint64_t chosen)
{
	return dm_session_answer_choices(f->s, f->question, chosen);
}

static void restart(struct fixture *f)
{
	dm_session_free(f->s);
	mo_account_load(f->tree, "dmsc.example", &f->acc);
	fixture_session(f);
}

/* The Status of CmdRef 4 as it has to be, from its Data on */
static void assert_says(struct fixture *f, const char *data_and_items)
{
	char want[400];

	snprintf(want, sizeof(want), "<CmdRef>4</CmdRef><Cmd>Alert</Cmd>%s</Status>", data_and_items);
	if (!says(f, want))
		print_error("not in: %s\n", output(f));
	assert_true(says(f, want));
}

/* ---------------------------------------------------------------------------------- Items */

static void items_missing(void **state)
{
	static const char *const alerts[] = {
		ALERT("4", "1100", ""),
		ALERT("4", "1100", OPTIONS("")),
		ALERT("4", "1101", OPTIONS("") "<Item></Item>"),
		ALERT("4", "1101", OPTIONS("") TEXT("")),
		ALERT("4", "1102", OPTIONS("IT=N")),
		ALERT("4", "1103", OPTIONS("") TEXT("Which?")),
		ALERT("4", "1104", OPTIONS("") TEXT("Which?")),
		ALERT("4", "1103", OPTIONS("") TEXT("Which?") TEXT("red") "<Item></Item>"),
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		restart(f);
		assert_int_equal(run_commands(f, alerts[i]), DM_NEXT_SEND);
		assert_int_equal(status(f, "4"), 412);
	}
	assert_int_equal(f->asked, 0);
}

static void options_may_be_empty(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1101", "<Item></Item>" TEXT("Go on?")));
	assert_string_equal(f->last_text, "Go on?");
	assert_int_equal(f->last.max_display_s, 0);
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data>");
}

static void choices_keep_their_order(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1103", OPTIONS("") TEXT("Which?") CHOICES));
	assert_int_equal(f->last.n_choices, 3);
	assert_string_equal(f->last.choices[0], "red");
	assert_string_equal(f->last.choices[1], "green");
	assert_string_equal(f->last.choices[2], "blue");
}

static void more_than_can_be_shown(void **state)
{
	struct fixture *f = *state;
	char alert[8000] = "<Alert><CmdID>4</CmdID><Data>1104</Data><Item></Item>" TEXT("Which?");
	unsigned int i;

	for (i = 0; i < DM_MAX_CHOICES; i++)
		strcat(alert, TEXT("x"));
	strcat(alert, "</Alert>");
	ask(f, alert);
	assert_int_equal(f->last.n_choices, DM_MAX_CHOICES);
	assert_int_equal(choose(f, UINT64_C(1) << 63), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>64</Data></Item>");
	restart(f);
	strcpy(strstr(alert, "</Alert>"), TEXT("x") "</Alert>");
	assert_int_equal(run_commands(f, alert), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 416);
	restart(f);
	snprintf(alert, sizeof(alert), ALERT("4", "1100", "<Item></Item>" "<Item><Data>%04100d</Data></Item>"),
		 1);
	assert_int_equal(run_commands(f, alert), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 416);
}

/* -------------------------------------------------------------------------------- options */

static void option_times(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1101", OPTIONS("MINDT=10&amp;MAXDT=90&amp;Colour=red&amp;&amp;DR") TEXT("?")));
	assert_int_equal(f->last.min_display_s, 10);
	assert_int_equal(f->last.max_display_s, 90);
	assert_string_equal(f->last_dr, "-");
	restart(f);
	/* no numbers, or absurd ones: as if they were not there */
	ask(f, ALERT("4", "1101", OPTIONS("MINDT=-1&amp;MAXDT=99999999999") TEXT("?")));
	assert_int_equal(f->last.min_display_s, 0);
	assert_int_equal(f->last.max_display_s, 0);
}

static void option_default(void **state)
{
	static const struct {
		const char *type, *dr, *want;
		uint64_t chosen;
	} v[] = {
		{ "1101", "1", "1", 0 }, { "1101", "0", "0", 0 }, { "1101", "2", "-", 0 },
		{ "1102", "John+Doe%2B", "John Doe+", 0 }, { "1102", "a%26b%3Dc", "a&b=c", 0 },
		{ "1102", "%FF%FE", "-", 0 }, { "1102", "12345678901", "-", 0 },
		{ "1103", "2", "2", 2 }, { "1103", "4", "-", 0 }, { "1103", "0", "-", 0 },
		{ "1103", "1-2", "-", 0 }, { "1103", "x", "-", 0 },
		{ "1104", "2-3", "2-3", 6 }, { "1104", "1", "1", 1 }, { "1104", "1-", "-", 0 },
		{ "1104", "1-4", "-", 0 }, { "1100", "1", "-", 0 },
	};
	struct fixture *f = *state;
	char alert[600];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		restart(f);
		snprintf(alert, sizeof(alert), "<Alert><CmdID>4</CmdID><Data>%s</Data><Item><Data>"
			 "MAXLEN=10&amp;DR=%s</Data></Item>" TEXT("?") CHOICES "</Alert>", v[i].type,
			 v[i].dr);
		ask(f, alert);
		if (strcmp(f->last_dr, v[i].want))
			print_error("%s DR=%s: %s\n", v[i].type, v[i].dr, f->last_dr);
		assert_string_equal(f->last_dr, v[i].want);
		assert_int_equal(f->last.chosen, v[i].chosen);
	}
}

static void option_maxlen(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1102", OPTIONS("MAXLEN=4") TEXT("Name?")));
	assert_int_equal(f->last.max_len, 4);
	assert_int_equal(enter(f, "abcde"), DM_NEXT_WAIT_UI);
	/* characters, not bytes */
	assert_int_equal(enter(f, "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac"), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac</Data></Item>");
	restart(f);
	/* more than we can do */
	ask(f, ALERT("4", "1102", OPTIONS("MAXLEN=100000") TEXT("Name?")));
	assert_int_equal(f->last.max_len, DM_MAX_INPUT);
}

static void option_input_types(void **state)
{
	static const struct {
		const char *it;
		enum dm_input input;
	} v[] = {
		{ "IT=A", DM_INPUT_TEXT }, { "IT=N", DM_INPUT_NUMBER }, { "IT=D", DM_INPUT_DATE },
		{ "IT=T", DM_INPUT_TIME }, { "IT=P", DM_INPUT_PHONE }, { "IT=I", DM_INPUT_IPV4 },
		{ "", DM_INPUT_TEXT }, { "IT=X", DM_INPUT_TEXT }, { "IT=NN", DM_INPUT_TEXT },
		{ "IT=", DM_INPUT_TEXT },
	};
	struct fixture *f = *state;
	char alert[300];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		restart(f);
		snprintf(alert, sizeof(alert), "<Alert><CmdID>4</CmdID><Data>1102</Data><Item><Data>%s"
			 "</Data></Item>" TEXT("?") "</Alert>", v[i].it);
		ask(f, alert);
		assert_int_equal(f->last.input, v[i].input);
	}
}

static void input_types(void **state)
{
	static const struct {
		enum dm_input input;
		const char *good[6], *bad[12];
	} v[] = {
		{ DM_INPUT_TEXT, { "", "abc 12", "\xc3\xa4", "a&b<c" }, { "a\tb", "\xff", "a\x7f" } },
		{ DM_INPUT_NUMBER, { "0", "-12.5", "+3", ".5", "7." },
		  { "", "-", ".", "1.2.3", "1-", "abc", "1,5", "1e3", " 1" } },
		{ DM_INPUT_DATE, { "01012026", "29022024", "31122026", "29022000" },
		  { "", "32012026", "00012026", "01132026", "01002026", "29022023", "29021900", "31042026",
		    "0101202", "010120260", "01.01.26", "2026-1-1" } },
		{ DM_INPUT_TIME, { "000000", "235959" },
		  { "", "240000", "006000", "000060", "12345", "1234567", "12:34" } },
		{ DM_INPUT_PHONE, { "+4930123", "0123p1w2s3", "112" },
		  { "", "+", "49+30", "030-123", "(030)", "123x" } },
		{ DM_INPUT_IPV4, { "192.168.0.1", "0.0.0.0", "255.255.255.255", "010.001.002.003" },
		  { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1..2.3", "1.2.3.", "1234.1.1.1", "a.b.c.d",
		    "1.2.3.4 ", "::1" } },
	};
	size_t i, n;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (n = 0; n < 6 && v[i].good[n]; n++)
			assert_null(dm_input_check(v[i].input, 256, v[i].good[n]));
		for (n = 0; n < 12 && v[i].bad[n]; n++) {
			if (!dm_input_check(v[i].input, 256, v[i].bad[n]))
				print_error("type %zu takes '%s'\n", i, v[i].bad[n]);
			assert_non_null(dm_input_check(v[i].input, 256, v[i].bad[n]));
		}
	}
	assert_non_null(dm_input_check((enum dm_input)99, 256, "a"));
}

/* Input that does not fit is refused, and the question stays open. */
static void input_that_does_not_fit(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1102", OPTIONS("IT=N") TEXT("How many?")));
	assert_int_equal(enter(f, "many"), DM_NEXT_WAIT_UI);
	assert_int_equal(enter(f, ""), DM_NEXT_WAIT_UI);
	assert_int_equal(choose(f, 1), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_WAIT_UI);
	assert_int_equal(f->asked, 1);
	assert_int_equal(enter(f, "12"), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>12</Data></Item>");
}

/* What is typed hidden is in the message and nowhere else. */
static void option_echo(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1102", OPTIONS("ET=P&amp;IT=N&amp;MAXLEN=8") TEXT("PIN?")));
	assert_true(f->last.hidden);
	assert_int_equal(enter(f, "9071x"), DM_NEXT_WAIT_UI);
	assert_int_equal(enter(f, "90713524"), DM_NEXT_SEND);
	assert_true(says(f, "90713524"));
	assert_null(strstr(f->log, "9071"));
	restart(f);
	ask(f, ALERT("4", "1102", OPTIONS("ET=T") TEXT("Name?")));
	assert_false(f->last.hidden);
}

/* -------------------------------------------------------------------------------- answers */

static void display_shown(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1100", OPTIONS("MINDT=5") TEXT("Hello")));
	assert_int_equal(f->last.type, DM_ALERT_DISPLAY);
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data>");
}

static void confirm_yes(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1101", OPTIONS("") TEXT("Go on?")) ADD("5", "./NAP/a", "1"));
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data>");
	assert_int_equal(status(f, "5"), 200);
}

static void confirm_no(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1101", OPTIONS("") TEXT("Go on?")) ADD("5", "./NAP/a", "1"));
	answer(f, DM_ANSWER_REJECT);
	assert_says(f, "<Data>304</Data>");
	assert_int_equal(status(f, "5"), 200);
}

static void text_entered(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1102", OPTIONS("") TEXT("Name?")));
	assert_int_equal(enter(f, "a&b <c>"), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>a&amp;b &lt;c&gt;</Data></Item>");
	restart(f);
	ask(f, ALERT("4", "1102", OPTIONS("DR=box") TEXT("Name?")));
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data><Item><Data>box</Data></Item>");
}

static void one_chosen(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1103", OPTIONS("DR=3") TEXT("Which?") CHOICES));
	assert_int_equal(choose(f, 0), DM_NEXT_WAIT_UI);
	assert_int_equal(choose(f, 3), DM_NEXT_WAIT_UI);
	assert_int_equal(choose(f, 8), DM_NEXT_WAIT_UI);
	assert_int_equal(enter(f, "2"), DM_NEXT_WAIT_UI);
	assert_int_equal(choose(f, 2), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>2</Data></Item>");
	restart(f);
	ask(f, ALERT("4", "1103", OPTIONS("DR=3") TEXT("Which?") CHOICES));
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data><Item><Data>3</Data></Item>");
}

static void some_chosen(void **state)
{
	struct fixture *f = *state;

	ask(f, ALERT("4", "1104", OPTIONS("DR=2-3") TEXT("Which?") CHOICES));
	assert_int_equal(choose(f, 9), DM_NEXT_WAIT_UI);
	assert_int_equal(choose(f, 5), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data><Item><Data>1</Data></Item><Item><Data>3</Data></Item>");
	restart(f);
	ask(f, ALERT("4", "1104", OPTIONS("DR=2-3") TEXT("Which?") CHOICES));
	answer(f, DM_ANSWER_ACCEPT);
	assert_says(f, "<Data>200</Data><Item><Data>2</Data></Item><Item><Data>3</Data></Item>");
	restart(f);
	ask(f, ALERT("4", "1104", OPTIONS("DR=2-3") TEXT("Which?") CHOICES));
	assert_int_equal(choose(f, 0), DM_NEXT_SEND);
	assert_says(f, "<Data>200</Data>");
}

static const char *const all_kinds[] = {
	ALERT("4", "1100", OPTIONS("") TEXT("Hello")),
	ALERT("4", "1101", OPTIONS("DR=1") TEXT("Go on?")),
	ALERT("4", "1102", OPTIONS("") TEXT("Name?")),
	ALERT("4", "1103", OPTIONS("") TEXT("Which?") CHOICES),
	ALERT("4", "1104", OPTIONS("") TEXT("Which?") CHOICES),
};

#define N_KINDS	(sizeof(all_kinds) / sizeof(all_kinds[0]))

static void every_kind(struct fixture *f, enum dm_answer a, const char *want)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++) {
		restart(f);
		ask(f, all_kinds[i]);
		answer(f, a);
		assert_says(f, want);
	}
}

static void user_cancels(void **state)
{
	every_kind(*state, DM_ANSWER_CANCEL, "<Data>214</Data>");
}

static void user_is_silent(void **state)
{
	every_kind(*state, DM_ANSWER_TIMEOUT, "<Data>408</Data>");
}

static void question_cannot_be_shown(void **state)
{
	every_kind(*state, DM_ANSWER_UNDISPLAYABLE, "<Data>416</Data>");
}

static void no_user(void **state)
{
	struct fixture *f = *state;
	size_t i;

	every_kind(f, DM_ANSWER_NO_UI, "<Data>406</Data>");
	f->no_user = true;
	for (i = 0; i < N_KINDS; i++) {
		restart(f);
		assert_int_equal(run_commands(f, all_kinds[i]), DM_NEXT_SEND);
		assert_says(f, "<Data>406</Data>");
	}
}

/* Nobody agreed, so it stays 408; but the server learns what the default would have been. */
static void silence_with_a_default(void **state)
{
	static const struct {
		const char *alert, *items;
	} v[] = {
		{ ALERT("4", "1101", OPTIONS("MAXDT=5&amp;DR=1") TEXT("?")), "" },
		{ ALERT("4", "1102", OPTIONS("MAXDT=5&amp;DR=box") TEXT("?")), "<Item><Data>box</Data></Item>" },
		{ ALERT("4", "1103", OPTIONS("MAXDT=5&amp;DR=2") TEXT("?") CHOICES),
		  "<Item><Data>2</Data></Item>" },
		{ ALERT("4", "1104", OPTIONS("MAXDT=5&amp;DR=1-3") TEXT("?") CHOICES),
		  "<Item><Data>1</Data></Item><Item><Data>3</Data></Item>" },
	};
	struct fixture *f = *state;
	char want[200];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		restart(f);
		ask(f, v[i].alert);
		answer(f, DM_ANSWER_TIMEOUT);
		snprintf(want, sizeof(want), "<Data>408</Data>%s", v[i].items);
		assert_says(f, want);
	}
}

static void codes_that_are_reserved(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ALERT("4", "1105", OPTIONS("") TEXT("?"))
				      ALERT("5", "1199", "") ALERT("6", "1099", "") ALERT("7", "abc", "")),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 406);
	assert_int_equal(status(f, "5"), 406);
	assert_int_equal(status(f, "6"), 406);
	assert_int_equal(status(f, "7"), 400);
	assert_int_equal(f->asked, 0);
}

/* -------------------------------------------------------------- effect on other commands */

#define INPUT(id)	ALERT(id, "1102", OPTIONS("") TEXT("Name?"))
#define CONFIRM(id)	ALERT(id, "1101", OPTIONS("") TEXT("Go on?"))

static void cancel_in_the_body(void **state)
{
	static const enum dm_answer a[] = { DM_ANSWER_CANCEL, DM_ANSWER_TIMEOUT };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		restart(f);
		ask(f, REPLACE("3", "./DMAcc/Card/PrefConRef", "x") INPUT("4") ADD("5", "./NAP/a", "1")
		    SEQUENCE("6", ADD("7", "./NAP/b", "1")) GET("8", "./DevDetail/SwV"));
		answer(f, a[i]);
		assert_int_equal(status(f, "3"), 200);
		assert_int_equal(status(f, "4"), i ? 408 : 214);
		assert_int_equal(status(f, "5"), 215);
		assert_int_equal(status(f, "6"), 215);
		assert_int_equal(status(f, "7"), 215);
		assert_int_equal(status(f, "8"), 215);
		assert_false(says(f, "<Results>"));
	}
}

static void no_in_a_sequence(void **state)
{
	struct fixture *f = *state;

	ask(f, SEQUENCE("3", CONFIRM("4") ADD("5", "./NAP/a", "1")) ADD("6", "./NAP/b", "1"));
	answer(f, DM_ANSWER_REJECT);
	assert_int_equal(status(f, "3"), 200);
	assert_int_equal(status(f, "4"), 304);
	assert_int_equal(status(f, "5"), 215);
	assert_int_equal(status(f, "6"), 200);
}

static void cancel_in_a_sequence(void **state)
{
	static const enum dm_answer a[] = { DM_ANSWER_CANCEL, DM_ANSWER_TIMEOUT };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		restart(f);
		ask(f, SEQUENCE("3", INPUT("4") ADD("5", "./NAP/a", "1")) ADD("6", "./NAP/b", "1"));
		answer(f, a[i]);
		assert_int_equal(status(f, "3"), 200);
		assert_int_equal(status(f, "4"), i ? 408 : 214);
		assert_int_equal(status(f, "5"), 215);
		assert_int_equal(status(f, "6"), 215);
	}
}

static void no_in_an_atomic(void **state)
{
	static const struct {
		enum dm_answer answer;
		int code;
	} v[] = {
		{ DM_ANSWER_REJECT, 304 }, { DM_ANSWER_CANCEL, 214 }, { DM_ANSWER_TIMEOUT, 408 },
	};
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		restart(f);
		ask(f, ATOMIC("2", ADD("3", "./NAP/a", "1") CONFIRM("4") ADD("5", "./NAP/b", "1")));
		answer(f, v[i].answer);
		assert_int_equal(status(f, "2"), 507);
		assert_int_equal(status(f, "3"), 216);
		assert_int_equal(status(f, "4"), v[i].code);
		assert_int_equal(status(f, "5"), 215);
		assert_string_equal(leaf(f, "./NAP/a"), "-");
	}
}

/* An answer with Items in an Atomic that succeeds, and one that is undone */
static void answers_in_an_atomic(void **state)
{
	struct fixture *f = *state;

	ask(f, ATOMIC("2", INPUT("4") ADD("5", "./NAP/a", "1")));
	assert_int_equal(enter(f, "x"), DM_NEXT_SEND);
	assert_int_equal(status(f, "2"), 200);
	assert_says(f, "<Data>200</Data><Item><Data>x</Data></Item>");
	assert_int_equal(status(f, "5"), 200);
}

/* Several questions come one after the other, whatever the answers are. */
static void several_questions(void **state)
{
	struct fixture *f = *state;

	ask(f, CONFIRM("4") INPUT("5") ALERT("6", "1103", OPTIONS("") TEXT("Which?") CHOICES));
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_REJECT), DM_NEXT_WAIT_UI);
	assert_int_equal(f->last.type, DM_ALERT_INPUT);
	assert_int_equal(enter(f, "abc"), DM_NEXT_WAIT_UI);
	assert_int_equal(f->last.type, DM_ALERT_SINGLE_CHOICE);
	assert_int_equal(choose(f, 1), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 304);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(f->asked, 3);
}

/* Answers come to the question that is open, or to none. */
static void late_answers(void **state)
{
	struct fixture *f = *state;
	unsigned int first;

	ask(f, INPUT("4") INPUT("5"));
	first = f->question;
	assert_int_equal(enter(f, "one"), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer_text(f->s, first, "again"), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer_choices(f->s, first, 1), DM_NEXT_WAIT_UI);
	assert_int_equal(enter(f, "two"), DM_NEXT_SEND);
	assert_int_equal(enter(f, "three"), DM_NEXT_SEND);
	assert_true(says(f, "<Data>one</Data>"));
	assert_true(says(f, "<Data>two</Data>"));
	assert_false(says(f, "again"));
	assert_false(says(f, "three"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(items_missing),
		T(options_may_be_empty),
		T(choices_keep_their_order),
		T(more_than_can_be_shown),
		T(option_times),
		T(option_default),
		T(option_maxlen),
		T(option_input_types),
		T(input_types),
		T(input_that_does_not_fit),
		T(option_echo),
		T(display_shown),
		T(confirm_yes),
		T(confirm_no),
		T(text_entered),
		T(one_chosen),
		T(some_chosen),
		T(user_cancels),
		T(user_is_silent),
		T(question_cannot_be_shown),
		T(no_user),
		T(silence_with_a_default),
		T(codes_that_are_reserved),
		T(cancel_in_the_body),
		T(no_in_a_sequence),
		T(cancel_in_a_sequence),
		T(no_in_an_atomic),
		T(answers_in_an_atomic),
		T(several_questions),
		T(late_answers),
	};

	return cmocka_run_group_tests_name("dm_alert", tests, NULL, NULL);
}
