/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of the key=value provider: a folder with a file and a hook, a tree
 * in memory, and what is expected of them.
 */
#ifndef KEYVALUE_FIXTURE_H
#define KEYVALUE_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "integrate/integrate.h"
#include "mo/private.h"

#define SRV	"srv"

struct world {
	char dir[32], file[96], hook[96], log[96];
	struct mo_tree *t;
	char logged[1024];
};

static inline void note_log(void *ctx, int level, const char *line)
{
	struct world *w = ctx;

	snprintf(w->logged, sizeof(w->logged), "%s", line);
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	strcpy(w->dir, "/tmp/kv-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->file, sizeof(w->file), "%s/settings.conf", w->dir);
	snprintf(w->hook, sizeof(w->hook), "%s/hook", w->dir);
	snprintf(w->log, sizeof(w->log), "%s/hook.log", w->dir);
	assert_int_equal(mo_tree_open(":memory:", &w->t), 0);
	mo_tree_set_log(w->t, note_log, w);
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;
	char cmd[64];

	mo_tree_close(w->t);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
	assert_int_equal(system(cmd), 0);
	free(w);
	return 0;
}

static inline int mount_kv(struct world *w, const char *file, const char *hook,
			   unsigned int timeout_ms)
{
	struct keyvalue_config cfg = { .file = file, .hook = hook, .hook_timeout_ms = timeout_ms };
	const struct mo_provider_ops *ops;
	void *ctx;

	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), 0);
	return mo_tree_mount(w->t, "./Settings", ops, ctx);
}

static inline void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The hook appends the first line of the file, or "none", to a log, then runs what is given. */
static inline void make_hook(struct world *w, const char *then)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "#!/bin/sh\nline=none\n[ ! -e \"$1\" ] || read -r line <\"$1\"\n"
		 "echo \"$line\" >>%s\n%s\n", w->log, then);
	write_file(w->hook, text, 0755);
}

static inline void expect_file(const char *path, const char *text)
{
	char buf[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	assert_string_equal(buf, text);
}

/* Nothing but these names is in the folder: no temporary file was left. */
static inline void expect_folder(struct world *w, const char *names)
{
	char cmd[64], buf[256] = "";
	size_t n;
	FILE *p;

	snprintf(cmd, sizeof(cmd), "ls %s | tr '\\n' ' '", w->dir);
	p = popen(cmd, "r");
	assert_non_null(p);
	n = fread(buf, 1, sizeof(buf) - 1, p);
	buf[n] = '\0';
	pclose(p);
	assert_string_equal(buf, names);
}

static inline int put(struct world *w, const char *uri, const char *format, const char *data,
		      size_t len)
{
	struct mo_value v = { .data = (char *)data, .len = len };
	int status;

	strcpy(v.format, format);
	status = mo_tree_add(w->t, SRV, uri, &v);
	return status == MO_EXISTS ? mo_tree_replace(w->t, SRV, uri, &v) : status;
}

static inline int put_text(struct world *w, const char *uri, const char *data)
{
	return put(w, uri, "chr", data, strlen(data));
}

static inline void expect_value_of(struct world *w, const char *uri, const char *data)
{
	struct mo_value v;
	int status = mo_tree_get(w->t, SRV, uri, &v);

	if (status != MO_OK)
		fail_msg("%s: %d", uri, status);
	assert_string_equal(v.data, data);
	mo_value_clear(&v);
}

static inline int status_of(struct world *w, const char *uri)
{
	struct mo_value v;
	int status = mo_tree_get(w->t, SRV, uri, &v);

	mo_value_clear(&v);
	return status;
}

/* A change is refused, says why, and leaves the tree as it was. */
static inline void expect_refused(struct world *w, int status, const char *reason)
{
	int ret = put_text(w, "./Settings/new/leaf", "x");

	if (ret != status || !strstr(mo_tree_error(w->t), reason))
		fail_msg("%d \"%s\" instead of %d \"%s\"", ret, mo_tree_error(w->t), status,
			 reason);
	assert_non_null(strstr(w->logged, reason));
	assert_int_equal(status_of(w, "./Settings/new"), MO_NOT_FOUND);
}

#endif /* KEYVALUE_FIXTURE_H */
