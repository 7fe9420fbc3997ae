// SPDX-License-Identifier: BSD-3-Clause
/* Commands that become durable together: how often that is, in which order, and when it fails. */
#include "dm-fixture.h"

#include "mo/private.h"

static unsigned int commits, refuse_from;

/* Non-zero makes a ROLLBACK of the COMMIT. */
static int on_commit(void *arg)
{
	commits++;
	return refuse_from && commits >= refuse_from;
}

/* A place of no provider's. */
static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state))
		return -1;
	f = *state;
	return mo_tree_define(f->tree, "./P", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD) ||
	       mo_tree_set_acl(f->tree, "./P", MO_ACL_ALL);
}

/* How many transactions the commands take, beside what a session needs anyway. */
static unsigned int count(struct fixture *f, const char *commands)
{
	commits = 0;
	refuse_from = 0;
	sqlite3_commit_hook(f->tree->db, on_commit, NULL);
	assert_int_equal(run_commands(f, commands), DM_NEXT_SEND);
	sqlite3_commit_hook(f->tree->db, NULL, NULL);
	return commits;
}

/* The same for each session: nonces, and what was told before. */
static unsigned int base(void)
{
	static unsigned int n;
	struct fixture *other;

	if (n)
		return n;
	assert_int_equal(setup((void **)&other), 0);
	n = count(other, GET("4", "./DevInfo/Man"));
	fixture_teardown((void **)&other);
	return n;
}

static void plain_commands_share_a_commit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count(f, ADD("4", "./P/a", "1") ADD("5", "./P/b", "2") REPLACE("6", "./P/a", "3")
			       DELETE("7", "./P/b") ADD("8", "./P/a", "4")), base() + 1);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 200);
	assert_int_equal(status(f, "8"), 418);
	assert_string_equal(leaf(f, "./P/a"), "3");
}

static void nothing_done_is_not_committed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count(f, REPLACE("4", "./P/none", "1") DELETE("5", "./P/none")), base());
	assert_int_equal(status(f, "4"), 404);
	assert_false(mo_tree_busy(f->tree));
}

static void a_provider_s_commands_are_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(count(f, ADD("4", "./P/a", "1") ADD("5", "./NAP/a", "2") ADD("6", "./NAP/b", "3")
			       ADD("7", "./P/b", "4")), base() + 4);
	assert_int_equal(f->committed, 2);
	assert_int_equal(status(f, "7"), 200);
}

/* Its refusal is nobody else's. */
static void a_provider_that_refuses_takes_nothing_along(void **state)
{
	struct fixture *f = *state;

	f->prepare_status = 500;
	assert_int_equal(run_commands(f, ADD("4", "./P/a", "1") ADD("5", "./NAP/a", "2")
				      ADD("6", "./P/b", "3")), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 500);
	assert_int_equal(status(f, "6"), 200);
	assert_string_equal(leaf(f, "./P/b"), "3");
}

static void what_is_read_or_run_is_durable_before(void **state)
{
	struct fixture *f = *state;

	/* Add | Get | Add | Sequence: Add | Add */
	assert_int_equal(count(f, ADD("4", "./P/a", "1") GET("5", "./P/a") ADD("6", "./P/b", "1")
			       "<Sequence><CmdID>7</CmdID>" ADD("8", "./P/c", "1") "</Sequence>"
			       ADD("9", "./P/d", "1")), base() + 4);
	assert_true(says(f, "<Data>1</Data></Item></Results>"));
}

static void a_commit_that_fails_fails_all_of_it(void **state)
{
	struct fixture *f = *state;

	base();
	refuse_from = 1;
	commits = 0;
	/* the first one of the message is a nonce's, or the commands': all are refused */
	sqlite3_commit_hook(f->tree->db, on_commit, NULL);
	assert_int_equal(run_commands(f, ADD("4", "./P/a", "1") REPLACE("5", "./P/none", "1")
				      ADD("6", "./P/b", "1")), DM_NEXT_SEND);
	sqlite3_commit_hook(f->tree->db, NULL, NULL);
	assert_int_equal(status(f, "4"), 500);
	assert_int_equal(status(f, "5"), 404);
	assert_int_equal(status(f, "6"), 500);
	assert_non_null(strstr(f->log, "not committed"));
	assert_false(mo_tree_busy(f->tree));
	assert_int_equal(mo_tree_delete(f->tree, NULL, "./P/a"), MO_NOT_FOUND);
}

#undef T
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(plain_commands_share_a_commit),
		T(nothing_done_is_not_committed),
		T(a_provider_s_commands_are_alone),
		T(a_provider_that_refuses_takes_nothing_along),
		T(what_is_read_or_run_is_durable_before),
		T(a_commit_that_fails_fails_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
