// SPDX-License-Identifier: BSD-3-Clause
/*
 * Each code that a command can get (spec/oma-dm.md 5.2), one test a code, named after both.
 */
#include "dm-fixture.h"

#define ATOMIC(id, members)	"<Atomic><CmdID>" id "</CmdID>" members "</Atomic>"
#define SEQUENCE(id, members)	"<Sequence><CmdID>" id "</CmdID>" members "</Sequence>"
#define COPY(id, from, to)	"<Copy><CmdID>" id "</CmdID><Item><Target><LocURI>" to \
				"</LocURI></Target><Source><LocURI>" from "</LocURI></Source></Item></Copy>"
#define CHUNK(cmd, id, uri, size, data) \
	"<" cmd "><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target><Meta><Size" \
	METINF ">" size "</Size></Meta><Data>" data "</Data><MoreData/></Item></" cmd ">"
#define FORMAT(cmd, id, uri, format) \
	"<" cmd "><CmdID>" id "</CmdID><Meta><Format" METINF ">" format "</Format></Meta>" \
	ITEM(uri, "x") "</" cmd ">"
#define LONG	"12345678901234567890123456789012345678901234567890123456789012345"
#define FAILS(id)	DELETE(id, "./NAP/never")	/* 404 */

static int exec_code;

static int job_exec(void *ctx, const struct mo_job *job, const char *rel, const struct mo_value *arg)
{
	return exec_code;
}

static const struct mo_provider_ops job_ops = { .name = "job", .exec_job = job_exec };

/* Two leaves, a and b, and something to Exec. */
static int setup(void **state)
{
	struct mo_value v = { .data = (char *)"old", .len = 3, .format = "chr" };
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/b", &v), 200);
	assert_int_equal(mo_tree_mount(f->tree, "./Job", &job_ops, NULL), 0);
	exec_code = 200;
	return 0;
}

static struct fixture *expect(void **state, const char *commands, const char *ref, int code)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, commands), DM_NEXT_SEND);
	assert_int_equal(status(f, ref), code);
	return f;
}

#define EXPECT(name, commands, code) \
	static void name(void **state) { expect(state, commands, "4", code); }
/* The provider does not like it. */
#define CHECK(name, commands, code) \
	static void name(void **state) \
	{ ((struct fixture *)*state)->check_status = code; expect(state, commands, "4", code); }
#define PREPARE(name, commands, code) \
	static void name(void **state) \
	{ ((struct fixture *)*state)->prepare_status = code; expect(state, commands, "4", code); }
/* A right is missing. */
#define DENIED(name, uri, acl, commands) \
	static void name(void **state) \
	{ assert_int_equal(mo_tree_set_acl(((struct fixture *)*state)->tree, uri, acl), 0); \
	  expect(state, commands, "4", 425); }
/* A provider says it at the Exec itself. */
#define EXEC_CODE(code) \
	static void exec_##code(void **state) \
	{ exec_code = code; expect(state, EXEC("4", "./Job"), "4", code); }

/* A server without proof, or with a wrong one. */
static void unproved(void **state, const char *commands, const char *secret, int code)
{
	struct fixture *f = *state;
	char cred[400] = "", body[3000];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(body, sizeof(body), ACCEPT_1 "%s<Final/>", commands);
	if (secret)
		server_cred(cred, f->acc.server.nonce, 16, secret);
	assert_int_equal(server_says(f, 1, cred, body), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), code);
	assert_int_equal(status(f, "4"), code);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	assert_string_equal(leaf(f, "./NAP"), "a/b");
	assert_int_equal(f->asked, 0);
}

#define UNPROVED(name, commands) \
	static void name##_401(void **state) { unproved(state, commands, "wrong", 401); } \
	static void name##_407(void **state) { unproved(state, commands, NULL, 407); }

UNPROVED(add, ADD("4", "./NAP/c", "x"))
UNPROVED(replace, REPLACE("4", "./NAP/a", "x"))
UNPROVED(delete, DELETE("4", "./NAP/a"))
UNPROVED(get, GET("4", "./NAP/a"))
UNPROVED(copy, COPY("4", "./NAP/b", "./NAP/a"))
UNPROVED(exec, EXEC("4", "./Job"))
UNPROVED(alert, ASK("4", "1101"))
UNPROVED(atomic, ATOMIC("4", REPLACE("5", "./NAP/a", "x")))
UNPROVED(sequence, SEQUENCE("4", REPLACE("5", "./NAP/a", "x")))

/* Not executed, undone: the same for all that may stand in an Atomic. */
EXPECT(add_215, ATOMIC("3", FAILS("2") ADD("4", "./NAP/c", "x")), 215)
EXPECT(replace_215, ATOMIC("3", FAILS("2") REPLACE("4", "./NAP/a", "x")), 215)
EXPECT(delete_215, ATOMIC("3", FAILS("2") DELETE("4", "./NAP/a")), 215)
EXPECT(copy_215, ATOMIC("3", FAILS("2") COPY("4", "./NAP/b", "./NAP/a")), 215)
EXPECT(alert_215, ATOMIC("3", FAILS("2") ASK("4", "1101")), 215)
EXPECT(get_215, ATOMIC("3", FAILS("2") GET("4", "./NAP/a")), 215)
EXPECT(add_216, ATOMIC("3", ADD("4", "./NAP/c", "x") FAILS("5")), 216)
EXPECT(replace_216, ATOMIC("3", REPLACE("4", "./NAP/a", "x") FAILS("5")), 216)
EXPECT(delete_216, ATOMIC("3", DELETE("4", "./NAP/a") FAILS("5")), 216)
EXPECT(copy_216, ATOMIC("3", COPY("4", "./NAP/b", "./NAP/a") FAILS("5")), 216)

EXPECT(add_200, ADD("4", "./NAP/c", "x"), 200)
EXPECT(add_213, CHUNK("Add", "4", "./NAP/c", "9", "x"), 213)
EXPECT(add_404, ADD("4", "./NAP/../c", "x"), 404)
EXPECT(add_405, ADD("4", "./NAP/a/c", "x"), 405)
EXPECT(add_413, CHUNK("Add", "4", "./NAP/c", "9999999", "x"), 413)
EXPECT(add_414, ADD("4", "./NAP/" LONG, "x"), 414)
EXPECT(add_415, FORMAT("Add", "4", "./NAP/c", "colour"), 415)
EXPECT(add_418, ADD("4", "./NAP/a", "x"), 418)
PREPARE(add_420, ADD("4", "./NAP/c", "x"), 420)
EXPECT(add_424, CHUNK("Add", "4", "./NAP/c", "2", "xyz"), 424)
DENIED(add_425, "./NAP", "Get=*", ADD("4", "./NAP/c", "x"))
PREPARE(add_500, ADD("4", "./NAP/c", "x"), 500)
EXPECT(add_411, "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/c</LocURI></Target><Data>x</Data>"
       "<MoreData/></Item></Add>", 411)
EXPECT(add_400, "<Add><CmdID>4</CmdID><Item><Data>x</Data></Item></Add>", 400)

EXPECT(replace_200, REPLACE("4", "./NAP/a", "x"), 200)
EXPECT(replace_213, CHUNK("Replace", "4", "./NAP/a", "9", "x"), 213)
EXPECT(replace_404, REPLACE("4", "./NAP/c", "x"), 404)
EXPECT(replace_405, REPLACE("4", "./NAP", "x"), 405)
EXPECT(replace_413, CHUNK("Replace", "4", "./NAP/a", "9999999", "x"), 413)
EXPECT(replace_414, REPLACE("4", "./NAP/" LONG, "x"), 414)
EXPECT(replace_415, FORMAT("Replace", "4", "./NAP/a", "int"), 415)
EXPECT(replace_418, REPLACE("4", "./NAP/a?prop=Name", "b"), 418)
PREPARE(replace_420, REPLACE("4", "./NAP/a", "x"), 420)
EXPECT(replace_424, CHUNK("Replace", "4", "./NAP/a", "2", "xyz"), 424)
DENIED(replace_425, "./NAP", "Get=*", REPLACE("4", "./NAP/a", "x"))
PREPARE(replace_500, REPLACE("4", "./NAP/a", "x"), 500)

EXPECT(delete_200, DELETE("4", "./NAP/a"), 200)
CHECK(delete_403, DELETE("4", "./NAP/a"), 403)
EXPECT(delete_404, DELETE("4", "./NAP/c"), 404)
EXPECT(delete_405, DELETE("4", "."), 405)
EXPECT(delete_414, DELETE("4", "./NAP/" LONG), 414)
DENIED(delete_425, "./NAP", "Get=*", DELETE("4", "./NAP/a"))
PREPARE(delete_500, DELETE("4", "./NAP/a"), 500)

EXPECT(get_200, GET("4", "./NAP/a"), 200)
EXPECT(get_404, GET("4", "./NAP/c"), 404)
EXPECT(get_405, GET("4", "./DMAcc/Card/AppAuth/1/AAuthSecret"), 405)
EXPECT(get_406, GET("4", "./NAP/a?prop=Colour"), 406)
EXPECT(get_414, GET("4", "./NAP/" LONG), 414)
DENIED(get_425, "./NAP", "Add=*", GET("4", "./NAP/a"))
EXPECT(get_500, ATOMIC("3", GET("4", "./NAP/a")), 500)

EXPECT(copy_200, COPY("4", "./NAP/a", "./NAP/c"), 200)
EXPECT(copy_403, COPY("4", "./NAP", "./NAP/c"), 403)
EXPECT(copy_404, COPY("4", "./NAP/c", "./NAP/a"), 404)
EXPECT(copy_405, COPY("4", "./NAP/a", "./NAP/b/c"), 405)
EXPECT(copy_414, COPY("4", "./NAP/a", "./NAP/" LONG), 414)
PREPARE(copy_420, COPY("4", "./NAP/a", "./NAP/c"), 420)
DENIED(copy_425, "./NAP", "Get=*", COPY("4", "./NAP/a", "./NAP/b"))
PREPARE(copy_500, COPY("4", "./NAP/a", "./NAP/c"), 500)
PREPARE(copy_510, COPY("4", "./NAP/a", "./NAP/c"), 510)
EXPECT(copy_400, "<Copy><CmdID>4</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target></Item></Copy>",
       400)

EXEC_CODE(200)
EXEC_CODE(202)
EXEC_CODE(403)
EXEC_CODE(420)
EXEC_CODE(500)
EXEC_CODE(510)
EXPECT(exec_404, EXEC("4", "./Job/none"), 404)
EXPECT(exec_405, EXEC("4", "./DevInfo/Man"), 405)
EXPECT(exec_406, EXEC("4", "./Job?list=TNDS"), 406)
EXPECT(exec_414, EXEC("4", "./Job/" LONG), 414)
DENIED(exec_425, "./Job", "Get=*", EXEC("4", "./Job"))

EXPECT(alert_412, "<Alert><CmdID>4</CmdID><Data>1101</Data><Item/></Alert>", 412)
EXPECT(alert_406, "<Alert><CmdID>4</CmdID><Data>1226</Data></Alert>", 406)
EXPECT(alert_400, "<Alert><CmdID>4</CmdID><Data>soon</Data></Alert>", 400)

static void answered(void **state, const char *commands, enum dm_answer answer, int code)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, commands), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, answer), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), code);
}

#define ANSWERED(name, commands, answer, code) \
	static void name(void **state) { answered(state, commands, answer, code); }

ANSWERED(alert_200, ASK("4", "1101"), DM_ANSWER_ACCEPT, 200)
ANSWERED(alert_304, ASK("4", "1101"), DM_ANSWER_REJECT, 304)
ANSWERED(alert_214, ASK("4", "1101"), DM_ANSWER_CANCEL, 214)
ANSWERED(alert_408, ASK("4", "1101"), DM_ANSWER_TIMEOUT, 408)
ANSWERED(alert_216, ATOMIC("3", ASK("4", "1101") FAILS("5")), DM_ANSWER_ACCEPT, 216)
ANSWERED(atomic_215, ASK("3", "1101") ATOMIC("4", ADD("5", "./NAP/c", "x")), DM_ANSWER_CANCEL, 215)

EXPECT(atomic_200, ATOMIC("4", ADD("5", "./NAP/c", "x")), 200)
EXPECT(atomic_500, ATOMIC("3", ATOMIC("4", ADD("5", "./NAP/c", "x"))), 500)
EXPECT(atomic_507, ATOMIC("4", FAILS("5")), 507)
EXPECT(sequence_200, SEQUENCE("4", FAILS("5")), 200)
EXPECT(sequence_500, ATOMIC("3", SEQUENCE("4", ADD("5", "./NAP/c", "x"))), 500)
EXPECT(put_501, "<Put><CmdID>4</CmdID><Item><Data>x</Data></Item></Put>", 501)

#define C(name)	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		C(add_200), C(add_213), C(add_215), C(add_216), C(add_400), C(add_401), C(add_404),
		C(add_405), C(add_407), C(add_411), C(add_413), C(add_414), C(add_415), C(add_418),
		C(add_420), C(add_424), C(add_425), C(add_500),
		C(replace_200), C(replace_213), C(replace_215), C(replace_216), C(replace_401),
		C(replace_404), C(replace_405), C(replace_407), C(replace_413), C(replace_414),
		C(replace_415), C(replace_418), C(replace_420), C(replace_424), C(replace_425),
		C(replace_500),
		C(delete_200), C(delete_215), C(delete_216), C(delete_401), C(delete_403),
		C(delete_404), C(delete_405), C(delete_407), C(delete_414), C(delete_425),
		C(delete_500),
		C(get_200), C(get_215), C(get_401), C(get_404), C(get_405), C(get_406), C(get_407),
		C(get_414), C(get_425), C(get_500),
		C(copy_200), C(copy_215), C(copy_216), C(copy_400), C(copy_401), C(copy_403),
		C(copy_404), C(copy_405), C(copy_407), C(copy_414), C(copy_420), C(copy_425),
		C(copy_500), C(copy_510),
		C(exec_200), C(exec_202), C(exec_401), C(exec_403), C(exec_404), C(exec_405),
		C(exec_406), C(exec_407), C(exec_414), C(exec_420), C(exec_425), C(exec_500),
		C(exec_510),
		C(alert_200), C(alert_214), C(alert_215), C(alert_216), C(alert_304), C(alert_400),
		C(alert_401), C(alert_406), C(alert_407), C(alert_408), C(alert_412),
		C(atomic_200), C(atomic_215), C(atomic_401), C(atomic_407), C(atomic_500),
		C(atomic_507),
		C(sequence_200), C(sequence_401), C(sequence_407), C(sequence_500), C(put_501),
	};

	return cmocka_run_group_tests_name("dm_codes", tests, NULL, NULL);
}
