// SPDX-License-Identifier: BSD-3-Clause
/*
 * Killed in the middle of a change: after the next start tree, file and what the hook
 * saw last agree, and what was answered with 200 is there.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "integrate/integrate.h"
#include "unit/scratch.h"

#define ROUNDS	25

struct world {
	char dir[SCRATCH_LEN], db[64], file[64], hook[64], log[64];
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	scratch_make(w->dir);
	snprintf(w->db, sizeof(w->db), "%s/tree.db", w->dir);
	snprintf(w->file, sizeof(w->file), "%s/settings.conf", w->dir);
	snprintf(w->hook, sizeof(w->hook), "%s/hook", w->dir);
	snprintf(w->log, sizeof(w->log), "%s/hook.log", w->dir);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	scratch_remove(w->dir);
	free(w);
	return 0;
}

static void make_hook(struct world *w, const char *then)
{
	FILE *f = fopen(w->hook, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncat \"$1\" >>%s\n%s\n", w->log, then);
	fclose(f);
	assert_int_equal(chmod(w->hook, 0755), 0);
}

/* --------------------------------------- the provider, with places to die in between */

enum place {
	NOWHERE, IN_CHECK, BEFORE_PREPARE, AFTER_PREPARE, AFTER_COMMIT, BEFORE_FINISH, AFTER_FINISH,
	IN_HOOK,
};

static struct {
	const struct mo_provider_ops *ops;
	void *ctx;
	enum place die;
} inner;

static void here(enum place p)
{
	if (inner.die == p)
		kill(getpid(), SIGKILL);
}

static int check(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v)
{
	here(IN_CHECK);
	return inner.ops->check(inner.ctx, op, rel, v);
}

static int prepare(void *ctx, struct mo_tree *t, const char *uri, char *msg, size_t msg_len)
{
	int ret;

	here(BEFORE_PREPARE);
	ret = inner.ops->prepare(inner.ctx, t, uri, msg, msg_len);
	here(AFTER_PREPARE);
	return ret;
}

static int commit(void *ctx, char *msg, size_t msg_len)
{
	int ret = inner.ops->commit(inner.ctx, msg, msg_len);

	here(AFTER_COMMIT);
	return ret;
}

static int undo(void *ctx)
{
	return inner.ops->undo(inner.ctx);
}

static void finish(void *ctx)
{
	here(BEFORE_FINISH);
	inner.ops->finish(inner.ctx);
	here(AFTER_FINISH);
}

static void release(void *ctx)
{
	inner.ops->free(inner.ctx);
}

static const struct mo_provider_ops mortal = {
	.name = "mortal", .check = check, .prepare = prepare, .commit = commit, .undo = undo,
	.finish = finish, .free = release,
};

static struct mo_tree *start(struct world *w)
{
	struct keyvalue_config cfg = { .file = w->file, .hook = w->hook };
	struct mo_tree *t;

	inner.die = NOWHERE;
	assert_int_equal(mo_tree_open(w->db, &t), 0);
	assert_int_equal(keyvalue_new(&cfg, &inner.ops, &inner.ctx), 0);
	assert_int_equal(mo_tree_mount(t, "./Settings", &mortal, NULL), 0);
	return t;
}

static int set(struct mo_tree *t, const char *text)
{
	struct mo_value v = { .data = (char *)text, .len = strlen(text) };
	int status = mo_tree_replace(t, "srv", "./Settings/a", &v);

	return status == 404 ? mo_tree_add(t, "srv", "./Settings/a", &v) : status;
}

/* ------------------------------------------------------------------------ what is left */

static void read_text(const char *path, char *buf, size_t len, bool last_line)
{
	FILE *f = fopen(path, "r");
	char line[64];

	buf[0] = '\0';
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (last_line)
			buf[0] = '\0';
		snprintf(buf + strlen(buf), len - strlen(buf), "%s", line);
	}
	fclose(f);
}

/* Starts again and compares. The value in the tree, "" if the node is not there. */
static void expect_agreement(struct world *w, char *value, size_t len)
{
	char line[80] = "", text[256], left[128];
	struct mo_tree *t = start(w);
	struct mo_value v;
	int status = mo_tree_get(t, "srv", "./Settings/a", &v);

	snprintf(value, len, "%s", status == 200 ? v.data : "");
	if (status == 200)
		snprintf(line, sizeof(line), "a=%s\n", v.data);
	mo_value_clear(&v);
	read_text(w->file, text, sizeof(text), false);
	assert_string_equal(text, line);
	read_text(w->log, text, sizeof(text), true);
	if (*line)
		assert_string_equal(text, line);
	snprintf(left, sizeof(left), "%s.dmsc-old", w->file);
	assert_int_equal(access(left, F_OK), -1);
	snprintf(left, sizeof(left), "%s.dmsc-new", w->file);
	assert_int_equal(access(left, F_OK), -1);
	/* and goes on as if nothing had been */
	assert_int_equal(set(t, "after"), 200);
	read_text(w->file, text, sizeof(text), false);
	assert_string_equal(text, "a=after\n");
	mo_tree_close(t);
}

/* Makes a change in a child that dies on the way. */
static void die_changing(struct world *w, const char *to, enum place place)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct mo_tree *t = start(w);

		inner.die = place;
		if (place == IN_HOOK)
			make_hook(w, "kill -KILL $PPID");
		set(t, to);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	make_hook(w, "");
}

static void test_places(void **state)
{
	static const enum place places[] = {
		IN_CHECK, BEFORE_PREPARE, AFTER_PREPARE, IN_HOOK, AFTER_COMMIT, BEFORE_FINISH,
		AFTER_FINISH,
	};
	struct world *w = *state;
	char value[64], to[32];
	size_t i;

	make_hook(w, "");
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(to, sizeof(to), "new%zu", i);
		die_changing(w, to, places[i]);
		expect_agreement(w, value, sizeof(value));
		/* before COMMIT of the database it never was, after it it is */
		if (places[i] == BEFORE_FINISH || places[i] == AFTER_FINISH)
			assert_string_equal(value, to);
		else
			assert_string_equal(value, i ? "after" : "");
	}
}

/* The first change of all: there is no old file to go back to. */
static void test_first_change(void **state)
{
	struct world *w = *state;
	char value[64];

	make_hook(w, "");
	die_changing(w, "new", AFTER_COMMIT);
	expect_agreement(w, value, sizeof(value));
	assert_string_equal(value, "");
}

/* Dies while the start repairs what an earlier death left. */
static void test_twice(void **state)
{
	struct world *w = *state;
	char value[64];
	int status;
	pid_t pid;

	make_hook(w, "");
	mo_tree_close(start(w));
	die_changing(w, "one", AFTER_FINISH);
	die_changing(w, "two", AFTER_COMMIT);
	make_hook(w, "kill -KILL $PPID");
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		start(w);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	make_hook(w, "");
	expect_agreement(w, value, sizeof(value));
	assert_string_equal(value, "one");
}

/* ------------------------------------------------------------------ at any moment */

static unsigned int now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned int)(ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* Counts up until killed; tells how long a change takes here, then each number answered with 200.
 */
static void count(struct world *w, int report, unsigned int from)
{
	struct mo_tree *t = start(w);
	unsigned int us = now_us();
	char text[16];

	if (set(t, "begun") != 200)
		_exit(1);
	us = now_us() - us;
	if (write(report, &us, sizeof(us)) != sizeof(us))
		_exit(1);
	for (;; from++) {
		snprintf(text, sizeof(text), "%u", from);
		if (set(t, text) != 200 || write(report, &from, sizeof(from)) != sizeof(from))
			_exit(1);
	}
}

static void test_any_moment(void **state)
{
	struct world *w = *state;
	unsigned int round, acked = 0, n, seed = (unsigned int)time(NULL), found;
	char value[64];

	print_message("# seed %u\n", seed);
	make_hook(w, "");
	for (round = 0; round < ROUNDS; round++) {
		int report[2], status;
		pid_t pid;

		assert_int_equal(pipe(report), 0);
		fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			count(w, report[1], acked + 1);
		close(report[1]);
		assert_int_equal(read(report[0], &found, sizeof(found)), sizeof(found));
		usleep((unsigned int)rand_r(&seed) % (3 * found + 1));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		n = 0;
		while (read(report[0], &found, sizeof(found)) == sizeof(found))
			n = found;
		close(report[0]);
		expect_agreement(w, value, sizeof(value));
		/* the last that was answered, or the one that was on its way */
		if (n) {
			found = (unsigned int)strtoul(value, NULL, 10);
			assert_in_range(found, n, n + 1);
			acked = n;
		} else {
			assert_true(!strcmp(value, "begun") ||
				    strtoul(value, NULL, 10) == acked + 1);
		}
	}
	print_message("# %u changes in %u rounds\n", acked, ROUNDS);
	assert_true(acked > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_places), T(test_first_change), T(test_twice), T(test_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
