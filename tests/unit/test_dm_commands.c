// SPDX-License-Identifier: BSD-3-Clause
/*
 * What commands do and what is said about them: statuses, Atomic and Sequence
 * (spec/oma-dm.md 8.4), and what the answers of the user mean for other commands (5.4).
 */
#include "dm-fixture.h"

#define SEQUENCE(id, members)	"<Sequence><CmdID>" id "</CmdID>" members "</Sequence>"
#define ATOMIC(id, members)	"<Atomic><CmdID>" id "</CmdID>" members "</Atomic>"

static void answer(struct fixture *f, const char *commands, enum dm_answer a)
{
	assert_int_equal(run_commands(f, commands), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, a), DM_NEXT_SEND);
}

static void execute(struct fixture *f, const char *commands)
{
	assert_int_equal(run_commands(f, commands), DM_NEXT_SEND);
}

/* ------------------------------------------------------------ plain commands */

static void add_replace_delete_get(void **state)
{
	struct fixture *f = *state;

	execute(f, ADD("4", "./NAP/a", "one") ADD("5", "NAP/b", "two") REPLACE("6", "./NAP/a", "three")
		DELETE("7", "./NAP/b") GET("8", "./NAP/a") GET("9", "./NAP") GET("10", "./NAP/b"));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 200);
	assert_int_equal(status(f, "8"), 200);
	assert_int_equal(status(f, "9"), 200);
	assert_int_equal(status(f, "10"), 404);
	assert_true(says(f, "<CmdRef>8</CmdRef><Item><Source><LocURI>./NAP/a</LocURI></Source>"));
	assert_true(says(f, "<Data>three</Data></Item></Results>"));
	assert_true(says(f, "<Format" METINF ">node</Format><Type" METINF ">text/plain</Type></Meta>"
			 "<Data>a</Data></Item></Results>"));
	assert_false(says(f, "<Results><CmdID>13</CmdID>"));
	assert_int_equal(f->committed, 4);	/* each a unit of work of its own */
}

static void refusals(void **state)
{
	struct fixture *f = *state;

	execute(f, ADD("4", "./NAP/a", "1") ADD("5", "./NAP/a", "1") REPLACE("6", "./NAP/none", "1")
		DELETE("7", "./DevInfo/Man") DELETE("8", ".") ADD("9", "./NAP/a/b", "1")
		GET("10", "./DMAcc/Card/AppAuth/1/AAuthSecret") EXEC("11", "./DevInfo/Man")
		GET("12", "./NAP/a?prop=Nope") ADD("13", "./NAP/"
		"12345678901234567890123456789012345678901234567890123456789012345", "1")
		ADD("14", "./NAP/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "1"));
	assert_int_equal(status(f, "5"), 418);
	assert_int_equal(status(f, "6"), 404);
	assert_int_equal(status(f, "7"), 405);
	assert_int_equal(status(f, "8"), 405);
	assert_int_equal(status(f, "9"), 405);
	assert_int_equal(status(f, "10"), 405);
	assert_int_equal(status(f, "11"), 405);
	assert_int_equal(status(f, "12"), 406);
	assert_int_equal(status(f, "13"), 414);
	assert_int_equal(status(f, "14"), 414);
	assert_int_equal(f->committed, 1);
	assert_false(says(f, "ClientSecret1"));
}

static void items_that_come_out_alike(void **state)
{
	struct fixture *f = *state;

	execute(f, "<Add><CmdID>4</CmdID>" ITEM("./NAP/a", "1") ITEM("./NAP/b", "2") "</Add>");
	assert_int_equal(nth_status(f, "4", 0), 200);
	assert_int_equal(nth_status(f, "4", 1), 0);
	assert_int_equal(f->committed, 1);
}

static void items_that_differ(void **state)
{
	struct fixture *f = *state;

	execute(f, "<Add><CmdID>4</CmdID>" ITEM("./NAP/a", "1") ITEM("./NAP/a", "2")
		ITEM("./NAP/c", "3") "</Add>"
		"<Get><CmdID>5</CmdID><Item><Target><LocURI>./NAP/c</LocURI></Target></Item>"
		"<Item><Target><LocURI>./NAP/x</LocURI></Target></Item></Get>");
	assert_int_equal(nth_status(f, "4", 0), 200);
	assert_int_equal(nth_status(f, "4", 1), 418);
	assert_int_equal(nth_status(f, "4", 2), 200);
	assert_int_equal(nth_status(f, "5", 0), 200);
	assert_int_equal(nth_status(f, "5", 1), 404);
	assert_true(says(f, "<TargetRef>./NAP/x</TargetRef><Data>404</Data></Status><Results>"));
	assert_string_equal(leaf(f, "./NAP/a"), "1");
	assert_string_equal(leaf(f, "./NAP/c"), "3");
}

static void provider_refuses_commit(void **state)
{
	struct fixture *f = *state;

	f->prepare_status = MO_DEVICE_FULL;
	execute(f, ADD("4", "./NAP/a", "1") GET("5", "./DevDetail/SwV"));
	assert_int_equal(status(f, "4"), 420);
	assert_int_equal(status(f, "5"), 200);
	assert_string_equal(leaf(f, "./NAP/a"), "-");
	assert_int_equal(f->committed, 0);
	assert_non_null(strstr(f->log, "refused by the test"));
}

static void provider_refuses_value(void **state)
{
	struct fixture *f = *state;

	f->check_status = MO_UNSUPPORTED_FORMAT;
	execute(f, ADD("4", "./NAP/a", "1"));
	assert_int_equal(status(f, "4"), 415);
	assert_string_equal(leaf(f, "./NAP/a"), "-");
	assert_int_equal(f->prepared, 0);
}

static void exec_is_passed_on(void **state)
{
	struct fixture *f = *state;

	execute(f, ADD("4", "./NAP/a", "1") EXEC("5", "./NAP/a") "<Exec><CmdID>6</CmdID>"
		ITEM("./NAP/a", "1") ITEM("./NAP/a", "2") "</Exec>");
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(f->execs, 1);
	assert_int_equal(status(f, "6"), 400);
}

static void values(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };

	execute(f, "<Add><CmdID>4</CmdID><Meta><Format" METINF ">b64</Format></Meta>"
		ITEM("./NAP/bin", "AAEC/w==") ITEM("./NAP/bad", "A") "</Add>"
		ADD("5", "./NAP/spaces", "  kept  ") ADD("6", "./NAP/lines", "\n\t  laid out\n\t")
		ADD("7", "./NAP/pem", "line\n") ADD("8", "./NAP/cdata", "<![CDATA[\n<a>&amp;\n]]>")
		"<Add><CmdID>9</CmdID><Meta><Format" METINF ">int</Format></Meta>"
		ITEM("./NAP/int", " 42 ") ITEM("./NAP/noint", "x") "</Add>"
		ADD("10", "./NAP/amp", "a&amp;b&lt;c") ADD("11", "./NAP/empty", "")
		"<Add><CmdID>12</CmdID><Item><Target><LocURI>./NAP/nodata</LocURI></Target></Item></Add>"
		"<Add><CmdID>13</CmdID><Meta><Format>colour</Format></Meta>" ITEM("./NAP/f", "1") "</Add>"
		"<Add><CmdID>14</CmdID><Meta><Format>muchtoolong</Format></Meta>" ITEM("./NAP/f", "1")
		"</Add>" ADD("15", "./NAP/u", "&#xe4;&#x20ac;")
		GET("16", "./NAP/bin") GET("17", "./NAP/amp"));
	assert_int_equal(nth_status(f, "4", 0), 200);
	assert_int_equal(nth_status(f, "4", 1), 400);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/bin", &v), 200);
	assert_int_equal(v.len, 4);
	assert_memory_equal(v.data, "\0\1\2\377", 4);
	assert_string_equal(v.format, "bin");
	mo_value_clear(&v);
	assert_string_equal(leaf(f, "./NAP/spaces"), "  kept  ");
	assert_string_equal(leaf(f, "./NAP/lines"), "laid out");
	assert_string_equal(leaf(f, "./NAP/pem"), "line\n");
	assert_string_equal(leaf(f, "./NAP/cdata"), "\n<a>&amp;\n");
	assert_string_equal(leaf(f, "./NAP/int"), "42");
	assert_int_equal(nth_status(f, "9", 1), 415);
	assert_string_equal(leaf(f, "./NAP/amp"), "a&b<c");
	assert_string_equal(leaf(f, "./NAP/empty"), "");
	assert_int_equal(status(f, "12"), 400);
	assert_int_equal(status(f, "13"), 415);
	assert_int_equal(status(f, "14"), 415);
	assert_string_equal(leaf(f, "./NAP/u"), "\xc3\xa4\xe2\x82\xac");
	assert_true(says(f, "<Format" METINF ">b64</Format>"));
	assert_true(says(f, "<Data>AAEC/w==</Data>"));
	assert_true(says(f, "<Data>a&amp;b&lt;c</Data>"));
}

static void item_meta_before_command_meta(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };

	execute(f, "<Add><CmdID>4</CmdID><Meta><Type" METINF ">text/html</Type></Meta><Item><Target>"
		"<LocURI>./NAP/a</LocURI></Target><Meta><Type" METINF ">text/x-own</Type></Meta>"
		"<Data>1</Data></Item>" ITEM("./NAP/b", "2") "</Add>");
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/a", &v), 200);
	assert_string_equal(v.type, "text/x-own");
	mo_value_clear(&v);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/b", &v), 200);
	assert_string_equal(v.type, "text/html");
	mo_value_clear(&v);
}

/* A Replace without Meta leaves Format and Type as they are. */
static void replace_keeps_the_type(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };

	execute(f, "<Add><CmdID>4</CmdID><Meta><Format" METINF ">int</Format></Meta>"
		ITEM("./NAP/a", "1") "</Add>" REPLACE("5", "./NAP/a", "2"));
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/a", &v), 200);
	assert_string_equal(v.format, "int");
	mo_value_clear(&v);
}

static void commands_we_do_not_know(void **state)
{
	struct fixture *f = *state;

	execute(f, "<Put><CmdID>4</CmdID><Item><Data>1</Data></Item></Put>"
		"<Search><CmdID>5</CmdID></Search><Sync><CmdID>6</CmdID><Add><CmdID>60</CmdID></Add></Sync>"
		"<Wipe><CmdID>7</CmdID><Item><Target><LocURI>./NAP</LocURI></Target></Item></Wipe>"
		"<Copy><CmdID>8</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target><Source>"
		"<LocURI>./NAP/b</LocURI></Source></Item></Copy>"
		"<Add><CmdID>9</CmdID><Colour/>" ITEM("./NAP/a", "1") "</Add>"
		"<Add><CmdID>10</CmdID><Item><Target><LocURI>./NAP/b</LocURI></Target><Colour/>"
		"<Data>1</Data></Item></Add>" ADD("11", "./NAP/c", "<b>1</b>")
		"<Add><CmdID>12</CmdID></Add><Add>" ITEM("./NAP/d", "1") "</Add>" ADD("0", "./NAP/e", "1")
		"<add><CmdID>13</CmdID>" ITEM("./NAP/f", "1") "</add>" ATOMIC("14", "")
		ADD("15", "./NAP/last", "1"));
	assert_int_equal(status(f, "4"), 501);
	assert_int_equal(status(f, "5"), 501);
	assert_int_equal(status(f, "6"), 501);
	assert_int_equal(status(f, "7"), 400);
	assert_true(says(f, "<CmdRef>7</CmdRef><Cmd>Wipe</Cmd>"));
	assert_int_equal(status(f, "8"), 404);
	assert_int_equal(status(f, "9"), 400);
	assert_int_equal(status(f, "10"), 400);
	assert_int_equal(status(f, "11"), 400);
	assert_int_equal(status(f, "12"), 400);
	assert_int_equal(status(f, ""), 400);		/* no CmdID to refer to */
	assert_true(says(f, "<CmdRef>0</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/e</TargetRef>"
			 "<Data>400</Data>"));
	assert_int_equal(status(f, "13"), 400);
	assert_int_equal(status(f, "14"), 400);
	assert_int_equal(status(f, "15"), 200);
	assert_string_equal(leaf(f, "./NAP"), "last");
}

static void the_same_cmd_id_twice(void **state)
{
	struct fixture *f = *state;

	execute(f, ADD("4", "./NAP/a", "1")
		SEQUENCE("5", ADD("4", "./NAP/b", "1") ADD("6", "./NAP/c", "1"))
		ADD("6", "./NAP/d", "1"));
	assert_int_equal(nth_status(f, "4", 0), 200);
	assert_int_equal(nth_status(f, "4", 1), 400);
	assert_int_equal(nth_status(f, "6", 0), 200);
	assert_int_equal(nth_status(f, "6", 1), 400);
	assert_string_equal(leaf(f, "./NAP"), "a/c");
}

/* ------------------------------------------------------- Atomic and Sequence */

static void atomic_succeeds(void **state)
{
	struct fixture *f = *state;

	execute(f, ATOMIC("4", ADD("5", "./NAP/a", "1") ADD("6", "./NAP/b", "2") DELETE("7", "./NAP/a")));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 200);
	assert_string_equal(leaf(f, "./NAP"), "b");
	assert_int_equal(f->committed, 1);	/* as one unit */
}

static void atomic_fails(void **state)
{
	struct fixture *f = *state;

	execute(f, ADD("4", "./NAP/z", "old")
		ATOMIC("5", ADD("6", "./NAP/a", "1")
		       "<Replace><CmdID>7</CmdID>" ITEM("./NAP/z", "new") ITEM("./NAP/no", "1")
		       ITEM("./NAP/z", "newer") "</Replace>" ADD("8", "./NAP/c", "1"))
		ADD("9", "./NAP/d", "1"));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 507);
	assert_int_equal(status(f, "6"), 216);
	assert_int_equal(nth_status(f, "7", 0), 216);
	assert_int_equal(nth_status(f, "7", 1), 404);
	assert_int_equal(nth_status(f, "7", 2), 215);
	assert_int_equal(status(f, "8"), 215);
	assert_int_equal(status(f, "9"), 200);
	assert_string_equal(leaf(f, "./NAP"), "d/z");
	assert_string_equal(leaf(f, "./NAP/z"), "old");
	assert_int_equal(f->committed, 2);
}

static void atomic_refused_by_provider(void **state)
{
	struct fixture *f = *state;

	f->prepare_status = MO_FAILED;
	execute(f, ATOMIC("4", ADD("5", "./NAP/a", "1") ADD("6", "./NAP/b", "1")));
	assert_int_equal(status(f, "4"), 507);
	assert_int_equal(status(f, "5"), 216);
	assert_int_equal(status(f, "6"), 216);
	assert_string_equal(leaf(f, "./NAP"), "");
}

static void not_in_atomic(void **state)
{
	static const struct {
		const char *member;
		int code;
	} members[] = {
		{ GET("6", "./DevDetail/SwV"), 500 },
		{ EXEC("6", "./NAP"), 500 },
		{ ATOMIC("6", ADD("60", "./NAP/b", "1")), 500 },
		{ SEQUENCE("6", ADD("60", "./NAP/b", "1")), 500 },
		{ "<Wipe><CmdID>6</CmdID></Wipe>", 400 },
		{ "<Put><CmdID>6</CmdID></Put>", 501 },
		{ "<Copy><CmdID>6</CmdID>" ITEM("./NAP/b", "") "</Copy>", 400 },
		{ "<Alert><CmdID>6</CmdID><Data>1226</Data></Alert>", 406 },
		{ "<Alert><CmdID>6</CmdID><Data>1101</Data></Alert>", 412 },
		{ "<Item><CmdID>6</CmdID></Item>", 400 },
	};
	struct fixture *f = *state;
	char commands[1000];
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(commands, sizeof(commands), ATOMIC("4", ADD("5", "./NAP/a", "1") "%s"
			 ADD("7", "./NAP/c", "1")) ADD("8", "./NAP/d%zu", "1"), members[i].member, i);
		execute(f, commands);
		assert_int_equal(status(f, "4"), 507);
		assert_int_equal(status(f, "5"), 216);
		assert_int_equal(status(f, "6"), members[i].code);
		assert_int_equal(status(f, "7"), 215);
		assert_int_equal(status(f, "8"), 200);
		if (strstr(members[i].member, ">60<"))
			assert_int_equal(status(f, "60"), 215);
		assert_string_equal(leaf(f, "./NAP/a"), "-");
		assert_string_equal(leaf(f, "./NAP/b"), "-");
		assert_int_equal(f->execs, 0);
		dm_session_free(f->s);
		fixture_session(f);
	}
}

static void sequence_goes_on_after_an_error(void **state)
{
	struct fixture *f = *state;

	execute(f, SEQUENCE("4", ADD("5", "./NAP/a", "1") REPLACE("6", "./NAP/no", "1")
			    ADD("7", "./NAP/c", "1") GET("8", "./NAP/c")));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 404);
	assert_int_equal(status(f, "7"), 200);
	assert_int_equal(status(f, "8"), 200);
	assert_string_equal(leaf(f, "./NAP"), "a/c");
}

static void atomic_in_sequence(void **state)
{
	struct fixture *f = *state;

	execute(f, SEQUENCE("4", ATOMIC("5", ADD("6", "./NAP/a", "1") REPLACE("7", "./NAP/no", "1"))
			    ATOMIC("8", ADD("9", "./NAP/b", "1"))));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 507);
	assert_int_equal(status(f, "6"), 216);
	assert_int_equal(status(f, "7"), 404);
	assert_int_equal(status(f, "8"), 200);
	assert_int_equal(status(f, "9"), 200);
	assert_string_equal(leaf(f, "./NAP"), "b");
}

static void nested_too_deep(void **state)
{
	struct fixture *f = *state;

	execute(f, SEQUENCE("4", SEQUENCE("5", SEQUENCE("6", SEQUENCE("7", ADD("8", "./NAP/a", "1")
		SEQUENCE("9", ADD("10", "./NAP/b", "1") SEQUENCE("11", ADD("12", "./NAP/c", "1"))))))));
	assert_int_equal(status(f, "7"), 200);
	assert_int_equal(status(f, "8"), 200);
	assert_int_equal(status(f, "9"), 500);
	assert_int_equal(status(f, "10"), 215);
	assert_int_equal(status(f, "11"), 215);
	assert_int_equal(status(f, "12"), 215);
	assert_string_equal(leaf(f, "./NAP"), "a");
}

/* ------------------------------------------------------------ user interaction */

static void options(void **state)
{
	struct fixture *f = *state;

	answer(f, "<Alert><CmdID>4</CmdID><Data>1102</Data><Item><Data> DR=a+b%26c%3d%41%00%zz&amp;"
	       "MAXDT=x&amp;MINDT=3&amp;NO&amp;MAXDT=99999999999</Data></Item>"
	       "<Item><Data>Text</Data></Item></Alert>", DM_ANSWER_ACCEPT);
	assert_string_equal(f->last_dr, "a b&c=A%00%zz");
	assert_int_equal(f->last.min_display_s, 3);
	assert_int_equal(f->last.max_display_s, 0);
	assert_int_equal(status(f, "4"), 200);
}

static void display(void **state)
{
	struct fixture *f = *state;

	answer(f, ASK("4", "1100") ADD("5", "./NAP/a", "1"), DM_ANSWER_ACCEPT);
	assert_int_equal(f->last.type, DM_ALERT_DISPLAY);
	assert_string_equal(f->last_text, "Install <it>?");
	assert_string_equal(f->last_dr, "-");
	assert_int_equal(f->last.min_display_s, 2);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
}

#define IN_BODY	ADD("4", "./NAP/a", "1") ASK("5", "1101") ADD("6", "./NAP/b", "1") \
		SEQUENCE("7", ADD("8", "./NAP/c", "1")) ATOMIC("9", ADD("10", "./NAP/d", "1"))

static void no_in_the_body(void **state)
{
	struct fixture *f = *state;

	answer(f, IN_BODY, DM_ANSWER_REJECT);
	assert_int_equal(status(f, "5"), 304);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "8"), 200);
	assert_int_equal(status(f, "10"), 200);
}

static void stop_in_the_body(struct fixture *f, enum dm_answer a, int code)
{
	answer(f, IN_BODY, a);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), code);
	assert_int_equal(status(f, "6"), 215);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(status(f, "8"), 215);
	assert_int_equal(status(f, "9"), 215);
	assert_int_equal(status(f, "10"), 215);
	assert_string_equal(leaf(f, "./NAP"), "a");
}

static void cancel_in_the_body(void **state)
{
	stop_in_the_body(*state, DM_ANSWER_CANCEL, 214);
}

static void timeout_in_the_body(void **state)
{
	stop_in_the_body(*state, DM_ANSWER_TIMEOUT, 408);
}

#define IN_SEQUENCE	SEQUENCE("4", ADD("5", "./NAP/a", "1") ASK("6", "1101") \
				 ADD("7", "./NAP/b", "1") GET("8", "./NAP/a")) ADD("9", "./NAP/c", "1")

static void no_in_a_sequence(void **state)
{
	struct fixture *f = *state;

	answer(f, IN_SEQUENCE, DM_ANSWER_REJECT);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 304);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(status(f, "8"), 215);
	assert_int_equal(status(f, "9"), 200);
	assert_false(says(f, "<Results>"));
	assert_string_equal(leaf(f, "./NAP"), "a/c");
}

static void stop_in_a_sequence(struct fixture *f, enum dm_answer a, int code)
{
	answer(f, IN_SEQUENCE, a);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "6"), code);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(status(f, "9"), 215);
	assert_string_equal(leaf(f, "./NAP"), "a");
}

static void cancel_in_a_sequence(void **state)
{
	stop_in_a_sequence(*state, DM_ANSWER_CANCEL, 214);
}

static void timeout_in_a_sequence(void **state)
{
	stop_in_a_sequence(*state, DM_ANSWER_TIMEOUT, 408);
}

/* Who cannot be asked has not agreed. */
static void no_user_in_a_sequence(void **state)
{
	struct fixture *f = *state;

	f->no_user = true;
	execute(f, IN_SEQUENCE SEQUENCE("10", ASK("11", "1100") ADD("12", "./NAP/d", "1")));
	assert_int_equal(status(f, "6"), 406);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(status(f, "9"), 200);
	assert_int_equal(status(f, "11"), 406);
	assert_int_equal(status(f, "12"), 200);	/* was to be shown only */
}

#define IN_ATOMIC	ATOMIC("4", ADD("5", "./NAP/a", "1") ASK("6", "1101") \
			       ADD("7", "./NAP/b", "1")) ADD("8", "./NAP/c", "1")

static void yes_in_an_atomic(void **state)
{
	struct fixture *f = *state;

	answer(f, IN_ATOMIC, DM_ANSWER_ACCEPT);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "6"), 200);
	assert_string_equal(leaf(f, "./NAP"), "a/b/c");
}

static void refused_in_an_atomic(struct fixture *f, enum dm_answer a, int code)
{
	answer(f, IN_ATOMIC, a);
	assert_int_equal(status(f, "4"), 507);
	assert_int_equal(status(f, "5"), 216);
	assert_int_equal(status(f, "6"), code);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(status(f, "8"), 200);
	assert_string_equal(leaf(f, "./NAP"), "c");
}

static void no_in_an_atomic(void **state)
{
	refused_in_an_atomic(*state, DM_ANSWER_REJECT, 304);
}

static void cancel_in_an_atomic(void **state)
{
	refused_in_an_atomic(*state, DM_ANSWER_CANCEL, 214);
}

static void timeout_in_an_atomic(void **state)
{
	refused_in_an_atomic(*state, DM_ANSWER_TIMEOUT, 408);
}

static void no_ui_in_an_atomic(void **state)
{
	refused_in_an_atomic(*state, DM_ANSWER_NO_UI, 406);
}

static void alerts_without_a_question(void **state)
{
	struct fixture *f = *state;

	execute(f, "<Alert><CmdID>4</CmdID><Data>1101</Data><Item/></Alert>"
		"<Alert><CmdID>5</CmdID><Data>1101</Data><Item/><Item><Data></Data></Item></Alert>"
		ASK("6", "1105") ASK("7", "1103") ASK("8", "1104") ASK("9", "1226") ASK("10", "x")
		"<Alert><CmdID>11</CmdID></Alert><Alert><CmdID>12</CmdID><Data>1222</Data></Alert>");
	assert_int_equal(status(f, "4"), 412);
	assert_int_equal(status(f, "5"), 412);
	assert_int_equal(status(f, "6"), 406);
	assert_int_equal(status(f, "7"), 412);
	assert_int_equal(status(f, "8"), 412);
	assert_int_equal(status(f, "9"), 406);
	assert_int_equal(status(f, "10"), 400);
	assert_int_equal(status(f, "11"), 400);
	assert_int_equal(status(f, "12"), 200);
	assert_int_equal(f->asked, 0);
}

/* While the user thinks, the tree belongs to others. */
static void no_unit_open_while_asking(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, IN_SEQUENCE), DM_NEXT_WAIT_UI);
	assert_int_equal(mo_tree_begin(f->tree), 200);
	mo_tree_rollback(f->tree);
	assert_string_equal(leaf(f, "./NAP/a"), "1");
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
}

static void two_questions(void **state)
{
	struct fixture *f = *state;
	unsigned int first;

	assert_int_equal(run_commands(f, ASK("4", "1101") ASK("5", "1101")), DM_NEXT_WAIT_UI);
	first = f->question;
	assert_int_equal(dm_session_answer(f->s, first, DM_ANSWER_REJECT), DM_NEXT_WAIT_UI);
	assert_int_not_equal(f->question, first);
	assert_int_equal(dm_session_answer(f->s, first, DM_ANSWER_REJECT), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 304);
	assert_int_equal(status(f, "5"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(add_replace_delete_get),
		T(refusals),
		T(items_that_come_out_alike),
		T(items_that_differ),
		T(provider_refuses_commit),
		T(provider_refuses_value),
		T(exec_is_passed_on),
		T(values),
		T(item_meta_before_command_meta),
		T(replace_keeps_the_type),
		T(commands_we_do_not_know),
		T(the_same_cmd_id_twice),
		T(atomic_succeeds),
		T(atomic_fails),
		T(atomic_refused_by_provider),
		T(not_in_atomic),
		T(sequence_goes_on_after_an_error),
		T(atomic_in_sequence),
		T(nested_too_deep),
		T(options),
		T(display),
		T(no_in_the_body),
		T(cancel_in_the_body),
		T(timeout_in_the_body),
		T(no_in_a_sequence),
		T(cancel_in_a_sequence),
		T(timeout_in_a_sequence),
		T(no_user_in_a_sequence),
		T(yes_in_an_atomic),
		T(no_in_an_atomic),
		T(cancel_in_an_atomic),
		T(timeout_in_an_atomic),
		T(no_ui_in_an_atomic),
		T(alerts_without_a_question),
		T(no_unit_open_while_asking),
		T(two_questions),
	};

	return cmocka_run_group_tests_name("dm_commands", tests, NULL, NULL);
}
