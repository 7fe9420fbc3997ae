// SPDX-License-Identifier: BSD-3-Clause
/* The key=value provider's hook: when it runs, and in what, what it refuses, how it fails. */
#include <signal.h>
#include <time.h>
#include "integrate/hook.h"
#include "keyvalue-fixture.h"

static void test_hook_runs(void **state)
{
	struct world *w = *state;

	make_hook(w, "exit 0");
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	assert_int_equal(access(w->log, F_OK), -1);
	assert_int_equal(put_text(w, "./Settings/a", "1"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/a", "2"), MO_OK);
	/* the same value again is no change */
	assert_int_equal(put_text(w, "./Settings/a", "2"), MO_OK);
	expect_file(w->log, "a=1\na=2\n");
	/* one unit, one run */
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(put_text(w, "./Settings/a", "3"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/a", "4"), MO_OK);
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	expect_file(w->log, "a=1\na=2\na=4\n");
}

static void test_hook_refuses(void **state)
{
	struct world *w = *state;

	make_hook(w, "! grep -sq bad \"$1\"");
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	/* no file before, none after */
	assert_int_equal(put_text(w, "./Settings/a", "bad"), MO_FAILED);
	expect_folder(w, "hook hook.log ");
	assert_non_null(strstr(mo_tree_error(w->t), "ended with status 1"));
	assert_non_null(strstr(mo_tree_error(w->t), w->hook));
	assert_int_equal(put_text(w, "./Settings/a", "good"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/a", "bad"), MO_FAILED);
	expect_value_of(w, "./Settings/a", "good");
	expect_file(w->file, "a=good\n");
	expect_folder(w, "hook hook.log settings.conf ");
	/* the hook saw the old state again after each refusal */
	expect_file(w->log, "a=bad\nnone\na=good\na=bad\na=good\n");
}

static void test_hook_dies(void **state)
{
	struct world *w = *state;

	make_hook(w, "kill -KILL $$");
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	expect_refused(w, MO_FAILED, "ended by signal 9");
}

static void test_hook_missing(void **state)
{
	struct world *w = *state;

	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	expect_refused(w, MO_FAILED, "cannot run hook");
	expect_refused(w, MO_FAILED, "No such file");
	write_file(w->hook, "#!/bin/sh\n", 0644);
	expect_refused(w, MO_FAILED, "Permission denied");
	expect_folder(w, "hook ");
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A hook that hangs, and a child of it, are gone after the limit. */
static void test_hook_hangs(void **state)
{
	struct world *w = *state;
	char then[200], pids[96];
	double start = now();
	long a, b;
	FILE *f;
	int i;

	snprintf(pids, sizeof(pids), "%s/pids", w->dir);
	snprintf(then, sizeof(then), "sleep 60 &\necho $$ $! >%s\nwait", pids);
	make_hook(w, then);
	assert_int_equal(mount_kv(w, w->file, w->hook, 300), 0);
	expect_refused(w, MO_FAILED, "did not end within 300 ms");
	assert_true(now() - start < 5);
	f = fopen(pids, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &a, &b), 2);
	fclose(f);
	assert_int_equal(kill((pid_t)a, 0), -1);
	/* the grandchild is reaped by init, which may take a moment */
	for (i = 0; i < 200 && kill((pid_t)b, 0) == 0; i++) {
		char path[64], state_line[128] = "";

		snprintf(path, sizeof(path), "/proc/%ld/stat", b);
		f = fopen(path, "r");
		if (!f || !fgets(state_line, sizeof(state_line), f) || strstr(state_line, ") Z ")) {
			if (f)
				fclose(f);
			break;
		}
		fclose(f);
		usleep(10000);
	}
	assert_true(i < 200);
}

static void test_hook_environment(void **state)
{
	struct world *w = *state;
	char text[512], msg[200], log[128];
	int fd;

	snprintf(log, sizeof(log), "%s/env", w->dir);
	snprintf(text, sizeof(text),
		 "#!/bin/sh\nexec >%s 2>&1\necho \"$#:$1\"; pwd; echo ${SECRET:-unset}; cat\n"
		 "ls /proc/$$/fd | grep -c .\n", log);
	write_file(w->hook, text, 0755);
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	fd = dup(1);	/* not close-on-exec */
	assert_int_equal(hook_run(w->hook, "a; b $c", 5000, msg, sizeof(msg)), 0);
	close(fd);
	/* 0, 1, 2 and the script itself */
	expect_file(log, "1:a; b $c\n/\nunset\n4\n");
}

/* What we block or ignore is not blocked or ignored in the hook. */
static void test_hook_signals(void **state)
{
	struct world *w = *state;
	sigset_t set, old;
	char msg[200];
	int ret;

	write_file(w->hook, "#!/bin/sh\nkill -TERM $$\nexit 0\n", 0755);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	ret = hook_run(w->hook, "x", 5000, msg, sizeof(msg));
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(ret, -ECANCELED);
	assert_non_null(strstr(msg, "signal 15"));
	signal(SIGTERM, SIG_IGN);
	ret = hook_run(w->hook, "x", 5000, msg, sizeof(msg));
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(ret, -ECANCELED);
}

/* At the start the tree is right, even if the hook does not like it. */
static void test_start_with_refusing_hook(void **state)
{
	struct world *w = *state;
	char db[64];

	snprintf(db, sizeof(db), "%s/tree.db", w->dir);
	mo_tree_close(w->t);
	assert_int_equal(mo_tree_open(db, &w->t), 0);
	make_hook(w, "exit 0");
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	assert_int_equal(put_text(w, "./Settings/a", "1"), MO_OK);
	mo_tree_close(w->t);
	write_file(w->file, "a=by hand\n", 0644);
	make_hook(w, "exit 3");
	assert_int_equal(mo_tree_open(db, &w->t), 0);
	mo_tree_set_log(w->t, note_log, w);
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	assert_non_null(strstr(w->logged, "ended with status 3"));
	expect_file(w->file, "a=1\n");
	/* later changes are refused as ever, and go back to that */
	assert_int_equal(put_text(w, "./Settings/a", "2"), MO_FAILED);
	expect_file(w->file, "a=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_hook_runs), T(test_hook_refuses), T(test_hook_dies), T(test_hook_missing),
		T(test_hook_hangs), T(test_hook_environment), T(test_hook_signals),
		T(test_start_with_refusing_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
