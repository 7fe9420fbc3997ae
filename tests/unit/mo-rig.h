/* SPDX-License-Identifier: BSD-3-Clause */
/* A tree in memory with two providers that note what they are asked and fail where told to. */
#ifndef TESTS_UNIT_MO_RIG_H
#define TESTS_UNIT_MO_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "mo/private.h"

#define SRV	"srv"

/* A provider that notes what it is asked and fails where it is told to. */
struct fake {
	int check_status, prepare_status, commit_status;
	int prepared, committed, undone, finished, execs;
	char last_rel[MO_URI_BUF];
	char leaves[4096];	/* what prepare saw */
};

struct world {
	struct mo_tree *t;
	struct fake f, g;
};

static inline int fake_check(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v)
{
	struct fake *f = ctx;

	snprintf(f->last_rel, sizeof(f->last_rel), "%s", rel);
	return f->check_status;
}

static inline int collect(void *arg, const char *rel, const struct mo_value *v)
{
	char *s = arg;
	size_t n = strlen(s);

	snprintf(s + n, 4096 - n, "%s=%s;", rel, v->data);
	return 0;
}

static inline int fake_prepare(void *ctx, struct mo_tree *t, const char *uri, char *msg, size_t msg_len)
{
	struct fake *f = ctx;

	f->leaves[0] = '\0';
	assert_int_equal(mo_tree_each_leaf(t, uri, collect, f->leaves), 0);
	if (f->prepare_status != MO_OK)
		snprintf(msg, msg_len, "cannot prepare");
	else
		f->prepared++;
	return f->prepare_status;
}

static inline int fake_commit(void *ctx, char *msg, size_t msg_len)
{
	struct fake *f = ctx;

	if (f->commit_status != MO_OK)
		snprintf(msg, msg_len, "cannot commit");
	else
		f->committed++;
	return f->commit_status;
}

static inline int fake_undo(void *ctx)
{
	((struct fake *)ctx)->undone++;
	return 0;
}

static inline void fake_finish(void *ctx)
{
	((struct fake *)ctx)->finished++;
}

static inline int fake_exec(void *ctx, const char *rel, const struct mo_value *arg)
{
	struct fake *f = ctx;

	f->execs++;
	snprintf(f->last_rel, sizeof(f->last_rel), "%s", rel);
	return MO_OK;
}

static const struct mo_provider_ops fake_ops = {
	.name = "fake", .check = fake_check, .prepare = fake_prepare, .commit = fake_commit,
	.undo = fake_undo, .finish = fake_finish, .exec = fake_exec,
};

static const struct mo_provider_ops no_exec_ops = {
	.name = "no exec", .check = fake_check, .prepare = fake_prepare, .commit = fake_commit,
	.undo = fake_undo, .finish = fake_finish,
};

static inline void fake_reset(struct fake *f)
{
	*f = (struct fake){.check_status = MO_OK, .prepare_status = MO_OK, .commit_status = MO_OK};
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	fake_reset(&w->f);
	fake_reset(&w->g);
	assert_int_equal(mo_tree_open(":memory:", &w->t), 0);
	assert_int_equal(mo_tree_mount(w->t, "./Settings", &fake_ops, &w->f), 0);
	assert_int_equal(mo_tree_mount(w->t, "./Vendor/Other", &no_exec_ops, &w->g), 0);
	fake_reset(&w->f);
	fake_reset(&w->g);
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	mo_tree_close(w->t);
	free(w);
	return 0;
}

static inline int add(struct world *w, const char *uri, const char *format, const char *data)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) };

	strcpy(v.format, format);
	return mo_tree_add(w->t, SRV, uri, &v);
}

static inline int replace(struct world *w, const char *uri, const char *data)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) };

	return mo_tree_replace(w->t, SRV, uri, &v);
}

static inline void expect_get(struct world *w, const char *uri, const char *format, const char *data)
{
	struct mo_value v;
	int status = mo_tree_get(w->t, SRV, uri, &v);

	if (status != MO_OK)
		fail_msg("Get %s: %d", uri, status);
	assert_string_equal(v.data, data);
	assert_int_equal(v.len, strlen(data));
	assert_string_equal(v.format, format);
	mo_value_clear(&v);
}

static inline int get(struct world *w, const char *server, const char *uri)
{
	struct mo_value v;
	int status = mo_tree_get(w->t, server, uri, &v);

	mo_value_clear(&v);
	return status;
}

#endif /* TESTS_UNIT_MO_RIG_H */
