// SPDX-License-Identifier: BSD-3-Clause
/*
 * Provider: a subtree as a key=value file, with a hook that puts it into use.
 *
 *	prepare		FILE.dmsc-old (what is), FILE.dmsc-new (what shall be, durable)
 *	commit		FILE.dmsc-new becomes FILE, hook
 *	undo		FILE.dmsc-old becomes FILE, hook
 *	finish		FILE.dmsc-old goes
 *
 * A crash leaves at most the two files besides: the first round after it makes FILE
 * from the tree, runs the hook if that changed it, and sweeps up.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "integrate/file.h"
#include "integrate/hook.h"
#include "integrate/integrate.h"
#include "integrate/kvtext.h"

#define HOOK_TIMEOUT_MS	10000
#define DEFAULT_MODE	0644
#define MAX_FILE	(4U << 20)

struct keyvalue {
	char *file, *hook;
	char *path;			/* file, or where it points to */
	char *new, *saved, *orig;	/* beside path */
	unsigned int timeout_ms;
	unsigned int mode;
	struct file_text old;		/* the round: what was there, */
	bool changed;			/* whether it differs from what shall be, */
	bool settled;			/* a round was finished: there is a state to go back to */
	bool keep_orig;			/* a copy of the imported file is still due */
};

__attribute__((format(printf, 4, 5)))
static int failed(int err, char *msg, size_t msg_len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(msg, msg_len, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < msg_len)
		snprintf(msg + n, msg_len - (size_t)n, ": %s", file_strerror(err));
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG ? MO_DEVICE_FULL : MO_FAILED;
}

/* ------------------------------------------------------------------------- names */

static void forget_names(struct keyvalue *kv)
{
	free(kv->path);
	free(kv->new);
	free(kv->saved);
	free(kv->orig);
	kv->path = kv->new = kv->saved = kv->orig = NULL;
}

/*
 * A rename would replace a symbolic link by a file, so the link is followed first: at
 * every round, since it may be made to point elsewhere.
 */
static int resolve_names(struct keyvalue *kv)
{
	struct stat st;

	forget_names(kv);
	if (lstat(kv->file, &st) == 0 && S_ISLNK(st.st_mode)) {
		kv->path = realpath(kv->file, NULL);
		if (!kv->path)
			return -errno;
	} else {
		kv->path = strdup(kv->file);
		if (!kv->path)
			return -ENOMEM;
	}
	if (asprintf(&kv->new, "%s.dmsc-new", kv->path) < 0)
		kv->new = NULL;
	if (asprintf(&kv->saved, "%s.dmsc-old", kv->path) < 0)
		kv->saved = NULL;
	if (asprintf(&kv->orig, "%s.orig", kv->path) < 0)
		kv->orig = NULL;
	return kv->new && kv->saved && kv->orig ? 0 : -ENOMEM;
}

static int read_old(struct keyvalue *kv, char *msg, size_t msg_len)
{
	int err;

	file_text_clear(&kv->old);
	err = resolve_names(kv);
	if (!err)
		err = file_read(kv->path, MAX_FILE, &kv->old);
	return err ? failed(err, msg, msg_len, "cannot read %s", kv->file) : MO_OK;
}

/* ------------------------------------------------------------------------- check */

static int keyvalue_check(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v)
{
	/* a leaf in place of the whole file has no key */
	if ((op == MO_OP_ADD || op == MO_OP_RENAME) && !*rel)
		return MO_NOT_ALLOWED;
	if ((op == MO_OP_ADD || op == MO_OP_REPLACE || op == MO_OP_RENAME) && strcmp(v->format, "bin") &&
	    memchr(v->data, '\0', v->len))
		return MO_UNSUPPORTED_FORMAT;
	return MO_OK;
}

/* ------------------------------------------------------------------------- rounds */

static int add_line(void *arg, const char *rel, const struct mo_value *v)
{
	return kvtext_add(arg, rel, v);
}

static int write_files(struct keyvalue *kv, const struct kvtext *text, char *msg, size_t msg_len)
{
	unsigned int old_mode = kv->old.mode & 0777;
	int err = 0;

	if (kv->keep_orig && kv->old.exists && access(kv->orig, F_OK) < 0)
		err = file_write(kv->orig, kv->old.data, kv->old.len, old_mode, &kv->old, true);
	if (err)
		return failed(err, msg, msg_len, "cannot write %s", kv->orig);
	kv->keep_orig = false;
	/* needed while we live; after a crash the tree is what the file is made from */
	if (kv->old.exists)
		err = file_write(kv->saved, kv->old.data, kv->old.len, old_mode, &kv->old, false);
	if (!err)
		err = file_write(kv->new, text->data, text->len, kv->mode, &kv->old, true);
	if (err) {
		unlink(kv->saved);
		return failed(err, msg, msg_len, "cannot write %s", kv->file);
	}
	return MO_OK;
}

static int keyvalue_prepare(void *ctx, struct mo_tree *t, const char *uri, char *msg,
			    size_t msg_len)
{
	struct keyvalue *kv = ctx;
	struct kvtext text = { 0 };
	int status, err;

	status = read_old(kv, msg, msg_len);
	if (status != MO_OK)
		return status;
	err = mo_tree_each_leaf(t, uri, add_line, &text);
	if (err)
		status = failed(err, msg, msg_len, "cannot read the tree for %s", kv->file);
	/* no file and no leaf is the same; so an unused provider writes nothing */
	kv->changed = text.len != kv->old.len ||
		      (text.len && memcmp(text.data, kv->old.data, text.len));
	if (status == MO_OK && kv->changed)
		status = write_files(kv, &text, msg, msg_len);
	kvtext_clear(&text);
	if (status != MO_OK)
		file_text_clear(&kv->old);
	return status;
}

/* The old file again, as a file or as none. */
static int put_back(struct keyvalue *kv)
{
	return kv->old.exists ? file_rename(kv->saved, kv->path) : file_remove(kv->path);
}

static int run_hook(struct keyvalue *kv, char *msg, size_t msg_len)
{
	return kv->hook ? hook_run(kv->hook, kv->path, kv->timeout_ms, msg, msg_len) : 0;
}

static int keyvalue_commit(void *ctx, char *msg, size_t msg_len)
{
	struct keyvalue *kv = ctx;
	char ignored[200];
	int err, back;

	if (!kv->changed)
		return MO_OK;
	err = file_rename(kv->new, kv->path);
	if (err) {
		put_back(kv);
		return failed(err, msg, msg_len, "cannot replace %s", kv->file);
	}
	err = run_hook(kv, msg, msg_len);
	if (!err)
		return MO_OK;
	/*
	 * In the first round the file is made to agree with the tree: what it was
	 * before is nothing to go back to.
	 */
	if (!kv->settled)
		return MO_FAILED;
	back = put_back(kv);
	if (back)
		return failed(back, msg, msg_len, "cannot put back %s", kv->file);
	/* whoever refused the new file may have stopped over it; what hangs would hang again */
	if (err == -ECANCELED)
		run_hook(kv, ignored, sizeof(ignored));
	return MO_FAILED;
}

static int keyvalue_undo(void *ctx)
{
	struct keyvalue *kv = ctx;
	char ignored[200];
	int ret = kv->changed ? put_back(kv) : 0;

	if (kv->changed && !ret)
		run_hook(kv, ignored, sizeof(ignored));
	return ret;
}

static void keyvalue_finish(void *ctx)
{
	struct keyvalue *kv = ctx;

	unlink(kv->new);
	unlink(kv->saved);
	file_text_clear(&kv->old);
	kv->settled = true;
}

/* ------------------------------------------------------------------------- import */

struct importer {
	struct mo_tree *t;
	const char *uri;
	unsigned int taken, refused;
};

static int import_line(void *arg, const char *key, char *value, size_t len)
{
	struct mo_value v = { .data = value, .len = len, .format = "chr", .type = "text/plain" };
	struct importer *im = arg;
	char *uri;
	int status;

	if (asprintf(&uri, "%s/%s", im->uri, key) < 0)
		return -ENOMEM;
	status = mo_tree_add(im->t, NULL, uri, &v);
	if (status == MO_EXISTS)	/* the last of equal keys is the one that readers see */
		status = mo_tree_replace(im->t, NULL, uri, &v);
	free(uri);
	if (status == MO_OK)
		im->taken++;
	else
		im->refused++;
	return status == MO_DEVICE_FULL || status == MO_FAILED ? status : 0;
}

/* The lines become leaves; comments and what is no key=value line stay behind in FILE.orig. */
static int keyvalue_import(void *ctx, struct mo_tree *t, const char *uri, char *msg, size_t msg_len)
{
	struct importer im = { .t = t, .uri = uri };
	struct keyvalue *kv = ctx;
	struct file_text copy;
	int status, err;

	status = read_old(kv, msg, msg_len);
	if (status != MO_OK || !kv->old.len) {
		file_text_clear(&kv->old);
		return status;
	}
	/* the folder may not be writable yet; then the copy is made before the first change */
	kv->keep_orig = access(kv->orig, F_OK) < 0 &&
			file_write(kv->orig, kv->old.data, kv->old.len, kv->old.mode & 0777,
				   &kv->old, true);
	copy = kv->old;
	memset(&kv->old, 0, sizeof(kv->old));
	err = kvtext_parse(copy.data, copy.len, import_line, &im, &im.refused);
	file_text_clear(&copy);
	if (!err && !im.refused)
		return MO_OK;
	snprintf(msg, msg_len, "%u lines of %s taken over, %u not", im.taken, kv->file, im.refused);
	return err > 0 ? err : MO_FAILED;
}

/* -------------------------------------------------------------------------- making */

static void keyvalue_free(void *ctx)
{
	struct keyvalue *kv = ctx;

	forget_names(kv);
	file_text_clear(&kv->old);
	free(kv->file);
	free(kv->hook);
	free(kv);
}

static const struct mo_provider_ops keyvalue_ops = {
	.name = "keyvalue",
	.check = keyvalue_check,
	.prepare = keyvalue_prepare,
	.commit = keyvalue_commit,
	.undo = keyvalue_undo,
	.finish = keyvalue_finish,
	.import = keyvalue_import,
	.free = keyvalue_free,
};

/* The hook runs in another folder, so its argument must not be relative. */
static char *absolute(const char *path)
{
	char *folder, *ret;

	if (path[0] == '/')
		return strdup(path);
	folder = getcwd(NULL, 0);
	if (!folder)
		return NULL;
	if (asprintf(&ret, "%s/%s", folder, path) < 0)
		ret = NULL;
	free(folder);
	return ret;
}

int keyvalue_new(const struct keyvalue_config *cfg, const struct mo_provider_ops **ops, void **ctx)
{
	struct keyvalue *kv;

	if (!cfg->file || !*cfg->file || (cfg->hook && !*cfg->hook) || cfg->mode > 0777)
		return -EINVAL;
	kv = calloc(1, sizeof(*kv));
	if (!kv)
		return -ENOMEM;
	kv->file = absolute(cfg->file);
	kv->hook = cfg->hook ? absolute(cfg->hook) : NULL;
	kv->timeout_ms = cfg->hook_timeout_ms ? cfg->hook_timeout_ms : HOOK_TIMEOUT_MS;
	kv->mode = cfg->mode ? cfg->mode : DEFAULT_MODE;
	if (!kv->file || (cfg->hook && !kv->hook)) {
		keyvalue_free(kv);
		return -ENOMEM;
	}
	*ops = &keyvalue_ops;
	*ctx = kv;
	return 0;
}
