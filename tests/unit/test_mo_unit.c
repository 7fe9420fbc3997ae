// SPDX-License-Identifier: BSD-3-Clause
/* Units of work: all or nothing, in the tree and with the providers; mounting. */
#include <errno.h>
#include "mo-rig.h"

static void test_unit(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(mo_tree_begin(w->t), MO_FAILED);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	/* one that fails leaves nothing behind, not even the parents it created */
	assert_int_equal(add(w, "./Settings/a/x", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Settings/p/q", "int", "x"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(get(w, SRV, "./Settings/p"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Vendor/Other/b", "", "2"), MO_OK);
	assert_int_equal(w->f.prepared, 0);
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	assert_int_equal(w->f.prepared, 1);
	assert_int_equal(w->f.committed, 1);
	assert_int_equal(w->g.committed, 1);
	assert_int_equal(w->f.finished, 1);
	assert_int_equal(mo_tree_commit(w->t), MO_FAILED);

	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_OK);
	assert_int_equal(add(w, "./Settings/b", "", "2"), MO_OK);
	expect_get(w, "./Settings/a", "chr", "2");
	mo_tree_rollback(w->t);
	expect_get(w, "./Settings", "node", "a");
	expect_get(w, "./Settings/a", "chr", "1");
	assert_int_equal(w->f.prepared, 1);
	/* nothing changed: no provider is asked */
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	assert_int_equal(w->f.prepared, 1);
}

static void test_refusing_provider(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	fake_reset(&w->f);
	w->f.check_status = MO_UNSUPPORTED_FORMAT;
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_UNSUPPORTED_FORMAT);
	w->f.check_status = MO_OK;
	w->f.prepare_status = MO_DEVICE_FULL;
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_DEVICE_FULL);
	assert_string_equal(mo_tree_error(w->t), "./Settings: cannot prepare");
	expect_get(w, "./Settings/a", "chr", "1");
	assert_int_equal(w->f.finished, 0);
	w->f.prepare_status = MO_OK;
	w->f.commit_status = 12345;	/* nonsense is a failure, too */
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_FAILED);
	assert_string_equal(mo_tree_error(w->t), "./Settings: cannot commit");
	expect_get(w, "./Settings/a", "chr", "1");
	assert_int_equal(w->f.undone, 0);
	assert_int_equal(w->f.finished, 1);
	w->f.commit_status = MO_OK;
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_OK);
	assert_string_equal(mo_tree_error(w->t), "");
}

/* Two providers: what one could do is undone if the other cannot. */
static void test_two_providers(void **state)
{
	struct world *w = *state;

	/* the one mounted last comes first */
	w->f.commit_status = MO_FAILED;
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Vendor/Other/b", "", "1"), MO_OK);
	assert_int_equal(mo_tree_commit(w->t), MO_FAILED);
	assert_int_equal(w->g.committed, 1);
	assert_int_equal(w->g.undone, 1);
	assert_int_equal(w->g.finished, 1);
	assert_int_equal(w->f.undone, 0);
	assert_int_equal(w->f.finished, 1);
	expect_get(w, "./Vendor/Other", "node", "");

	fake_reset(&w->f);
	fake_reset(&w->g);
	w->f.prepare_status = MO_FAILED;
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Vendor/Other/b", "", "1"), MO_OK);
	assert_int_equal(mo_tree_commit(w->t), MO_FAILED);
	assert_int_equal(w->g.prepared, 1);
	assert_int_equal(w->g.committed, 0);
	assert_int_equal(w->g.finished, 1);
	assert_int_equal(w->f.finished, 0);
}

/* The database cannot commit: all providers go back. */
static void test_database_full(void **state)
{
	struct world *w = *state;
	char *big = calloc(1, 60001);

	assert_non_null(big);
	memset(big, 'x', 60000);
	assert_int_equal(sqlite3_exec(w->t->db, "PRAGMA max_page_count = 12", NULL, NULL, NULL), 0);
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(add(w, "./Settings/small", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/parent/big", "", big), MO_DEVICE_FULL);
	assert_int_equal(get(w, SRV, "./Settings/parent"), MO_NOT_FOUND);
	/* SQLite gives up the whole transaction: the rest of the unit says so */
	assert_int_equal(add(w, "./Settings/small2", "", "1"), MO_DEVICE_FULL);
	assert_int_equal(mo_tree_commit(w->t), MO_DEVICE_FULL);
	assert_int_equal(w->f.prepared, 0);
	expect_get(w, "./Settings", "node", "");
	assert_int_equal(add(w, "./Settings/big3", "", big), MO_DEVICE_FULL);
	assert_non_null(strstr(mo_tree_error(w->t), "full"));
	assert_int_equal(sqlite3_exec(w->t->db, "PRAGMA max_page_count = 2000", NULL, NULL, NULL),
			 0);
	assert_int_equal(add(w, "./Settings/big3", "", big), MO_OK);
	free(big);
}

/* An operation that fails half way, within a unit and alone. */
static void test_half_way(void **state)
{
	struct world *w = *state;

	assert_int_equal(
		sqlite3_exec(w->t->db,
			     "CREATE TEMP TRIGGER bomb BEFORE INSERT ON node"
			     " WHEN NEW.name = 'bomb' BEGIN SELECT RAISE(ABORT, 'boom'); END",
			     NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/parent/bomb", "", "1"), MO_FAILED);
	assert_string_equal(mo_tree_error(w->t), ":memory:: boom");
	assert_int_equal(get(w, SRV, "./Settings/parent"), MO_NOT_FOUND);
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	expect_get(w, "./Settings", "node", "a");
	assert_int_equal(add(w, "./Settings/parent/bomb", "", "1"), MO_FAILED);
	expect_get(w, "./Settings", "node", "a");
}

static int refuse_commit(void *arg)
{
	return 1;
}

static void test_commit_refused(void **state)
{
	struct world *w = *state;

	sqlite3_commit_hook(w->t->db, refuse_commit, NULL);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_FAILED);
	assert_int_equal(w->f.committed, 1);
	assert_int_equal(w->f.undone, 1);
	assert_int_equal(w->f.finished, 1);
	sqlite3_commit_hook(w->t->db, NULL, NULL);
	assert_int_equal(get(w, SRV, "./Settings/a"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
}

static void test_transaction_lost(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	/* as SQLite does by itself on some I/O errors */
	assert_int_equal(sqlite3_exec(w->t->db, "ROLLBACK", NULL, NULL, NULL), 0);
	assert_int_not_equal(add(w, "./Settings/b", "", "1"), MO_OK);
	assert_int_not_equal(add(w, "./Settings/c", "", "1"), MO_OK);
	assert_int_not_equal(mo_tree_commit(w->t), MO_OK);
	expect_get(w, "./Settings", "node", "");
	assert_int_equal(add(w, "./Settings/b", "", "1"), MO_OK);
}

static void test_mount_errors(void **state)
{
	struct world *w = *state;
	struct fake f;

	fake_reset(&f);
	assert_int_equal(mo_tree_mount(w->t, "./Settings", &fake_ops, &f), -EEXIST);
	assert_int_equal(mo_tree_mount(w->t, "./Settings/x", &fake_ops, &f), -EEXIST);
	assert_int_equal(mo_tree_mount(w->t, "./Vendor", &fake_ops, &f), -EEXIST);
	assert_int_equal(mo_tree_mount(w->t, "./Set", &fake_ops, &f), 0);
	assert_int_equal(mo_tree_mount(w->t, ".", &fake_ops, &f), -EINVAL);
	assert_int_equal(mo_tree_mount(w->t, "./a//b", &fake_ops, &f), -ENOENT);
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(mo_tree_mount(w->t, "./Y", &fake_ops, &f), -EBUSY);
	mo_tree_rollback(w->t);
	/* the target refuses at the start: the mount stands */
	fake_reset(&f);
	f.prepare_status = MO_FAILED;
	assert_int_equal(mo_tree_mount(w->t, "./Y", &fake_ops, &f), 0);
	assert_int_equal(add(w, "./Y/a", "", "1"), MO_FAILED);
	f.prepare_status = MO_OK;
	assert_int_equal(add(w, "./Y/a", "", "1"), MO_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_unit),
		T(test_refusing_provider),
		T(test_two_providers),
		T(test_database_full),
		T(test_half_way),
		T(test_commit_refused),
		T(test_transaction_lost),
		T(test_mount_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
