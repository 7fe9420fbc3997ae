// SPDX-License-Identifier: BSD-3-Clause
/*
 * Units of work: what was changed between begin and commit is durable in the tree
 * and in force with every provider concerned, or it never was.
 *
 *	prepare all -> commit all -> COMMIT of the database -> finish all
 *
 * A crash before COMMIT leaves the old tree, after it the new one; either way the mount at
 * the next start brings the provider into agreement with the tree.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "mo/private.h"

static void forget_changes(struct mo_tree *t)
{
	struct mo_mount *m;

	for (m = t->mounts; m; m = m->next)
		m->dirty = false;
}

int mo_tree_begin(struct mo_tree *t)
{
	int status;

	if (t->unit != MO_UNIT_NONE) {
		mo_set_error(t, "a unit of work is open already");
		return MO_FAILED;
	}
	t->error[0] = '\0';
	status = mo_stmt_exec(t, MO_STMT_BEGIN);
	if (status == MO_OK)
		t->unit = MO_UNIT_OPEN;
	return status;
}

void mo_tree_rollback(struct mo_tree *t)
{
	char error[sizeof(t->error)];

	if (t->unit == MO_UNIT_NONE)
		return;
	/* keep the reason of the failure, not that of the clean-up */
	memcpy(error, t->error, sizeof(error));
	if (!sqlite3_get_autocommit(t->db) && mo_stmt_exec(t, MO_STMT_ROLLBACK) != MO_OK)
		mo_log(t, LOG_ERR, "tree: cannot roll back: %s", t->error);
	memcpy(t->error, error, sizeof(error));
	t->unit = MO_UNIT_NONE;
	forget_changes(t);
}

/* All of the unit is gone, so nothing of it may be answered with success. */
static void lose(struct mo_tree *t, int status)
{
	if (t->unit == MO_UNIT_LOST)
		return;
	t->unit = MO_UNIT_LOST;
	t->lost = status == MO_OK ? MO_FAILED : status;
}

int mo_op_begin(struct mo_tree *t, bool *own)
{
	t->failed[0] = '\0';
	*own = t->unit == MO_UNIT_NONE;
	if (*own)
		return mo_tree_begin(t);
	/* without a transaction a savepoint would begin one, and its release commit it */
	if (sqlite3_get_autocommit(t->db))
		lose(t, MO_FAILED);
	if (t->unit == MO_UNIT_LOST)
		return t->lost;
	return mo_stmt_exec(t, MO_STMT_SAVEPOINT);
}

int mo_op_end(struct mo_tree *t, bool own, int status, struct mo_mount *changed)
{
	int ret;

	if (status == MO_OK && changed)
		changed->dirty = true;
	if (own) {
		if (status == MO_OK)
			return mo_tree_commit(t);
		mo_tree_rollback(t);
		return status;
	}
	if (sqlite3_get_autocommit(t->db)) {
		lose(t, status);
		return t->lost;
	}
	if (status != MO_OK && mo_stmt_exec(t, MO_STMT_ROLLBACK_TO) != MO_OK)
		lose(t, MO_FAILED);
	ret = mo_stmt_exec(t, MO_STMT_RELEASE);
	return status == MO_OK ? ret : status;
}

/* A provider's answer as a mo_status; anything that is no error code is one. */
static int provider_status(struct mo_tree *t, const struct mo_mount *m, int status,
			   const char *msg)
{
	if (status == MO_OK)
		return MO_OK;
	mo_set_error(t, "%s: %s", m->uri, msg[0] ? msg : "refused");
	return status >= 400 && status < 600 ? status : MO_FAILED;
}

static int prepare(struct mo_tree *t, struct mo_mount *m)
{
	char msg[400] = "";
	int status = MO_OK;

	if (m->ops->prepare)
		status = provider_status(t, m, m->ops->prepare(m->ctx, t, m->uri, msg,
							     sizeof(msg)), msg);
	if (status == MO_OK)
		m->phase = MO_PHASE_PREPARED;
	return status;
}

static int put_in_force(struct mo_tree *t, struct mo_mount *m)
{
	char msg[400] = "";
	int status = MO_OK;

	if (m->ops->commit)
		status = provider_status(t, m, m->ops->commit(m->ctx, msg, sizeof(msg)), msg);
	if (status == MO_OK)
		m->phase = MO_PHASE_IN_FORCE;
	return status;
}

static void finish(struct mo_mount *m)
{
	if (m->phase != MO_PHASE_IDLE && m->ops->finish)
		m->ops->finish(m->ctx);
	m->phase = MO_PHASE_IDLE;
}

/* In the reverse order of the mounts; the list is short, so recursion does it. */
static int undo_from(struct mo_tree *t, struct mo_mount *m)
{
	int err, ret = 0;

	if (!m)
		return 0;
	err = undo_from(t, m->next);
	if (m->phase == MO_PHASE_IN_FORCE && m->ops->undo)
		ret = m->ops->undo(m->ctx);
	if (ret)
		mo_log(t, LOG_ERR, "tree: %s: the old state is not back in force: %s", m->uri,
		       strerror(-ret));
	finish(m);
	return err ? err : ret;
}

int mo_tree_commit(struct mo_tree *t)
{
	struct mo_mount *m;
	int status = t->unit == MO_UNIT_LOST ? t->lost : MO_OK;

	if (t->unit == MO_UNIT_NONE) {
		mo_set_error(t, "no unit of work is open");
		return MO_FAILED;
	}
	for (m = t->mounts; m && status == MO_OK; m = m->next)
		if (m->dirty)
			status = prepare(t, m);
	for (m = t->mounts; m && status == MO_OK; m = m->next)
		if (m->phase == MO_PHASE_PREPARED)
			status = put_in_force(t, m);
	if (status == MO_OK)
		status = mo_stmt_exec(t, MO_STMT_COMMIT);
	if (status != MO_OK) {
		mo_log(t, LOG_ERR, "tree: change refused: %s", t->error);
		if (undo_from(t, t->mounts))
			status = MO_ROLLBACK_FAILED;
		mo_tree_rollback(t);
		return status;
	}
	for (m = t->mounts; m; m = m->next)
		finish(m);
	t->unit = MO_UNIT_NONE;
	forget_changes(t);
	return MO_OK;
}

/* --------------------------------------------------------------------- mounting */

/* A provider within another's subtree would leave open whose business a node is. */
static bool overlaps(const struct mo_tree *t, const char *uri)
{
	const struct mo_mount *m;

	for (m = t->mounts; m; m = m->next) {
		size_t a = strlen(m->uri), b = strlen(uri), n = a < b ? a : b;
		char next = a < b ? uri[n] : m->uri[n];

		if (!memcmp(m->uri, uri, n) && (next == '/' || next == '\0'))
			return true;
	}
	return false;
}

/* At a mount point, below or above it; case does not matter, as some nodes are found without it. */
bool mo_tree_is_provided(const struct mo_tree *t, const char *uri)
{
	const struct mo_mount *m;
	struct mo_path p;
	char rel[MO_URI_BUF];

	if (mo_path_parse(uri, &p) != MO_OK)
		return false;
	mo_path_format(&p, 0, rel);
	for (m = t->mounts; m; m = m->next) {
		const char *mount = m->uri + 2;
		size_t a = strlen(mount), b = strlen(rel), n = a < b ? a : b;
		char next = a < b ? rel[n] : mount[n];

		if ((m->ops->prepare || m->ops->commit) && !strncasecmp(mount, rel, n) &&
		    (next == '/' || next == '\0' || !b))
			return true;
	}
	return false;
}

static struct mo_mount *mount_new(const struct mo_path *p, const struct mo_provider_ops *ops,
				  void *ctx)
{
	struct mo_mount *m = calloc(1, sizeof(*m));
	char rel[MO_URI_BUF];

	if (!m)
		return NULL;
	mo_path_format(p, 0, rel);
	if (asprintf(&m->uri, "./%s", rel) < 0) {
		free(m);
		return NULL;
	}
	m->ops = ops;
	m->ctx = ctx;
	return m;
}

static void mount_free(struct mo_mount *m)
{
	if (m->ops->free)
		m->ops->free(m->ctx);
	free(m->uri);
	free(m);
}

/* The mount point as a permanent interior node; *first: it was not there before. */
static int mount_point(struct mo_tree *t, struct mo_mount *m, const struct mo_path *p, bool *first)
{
	struct mo_where w;
	int status, err;

	status = mo_node_resolve(t, p, &w);
	if (status != MO_OK)
		return mo_status_errno(status);
	*first = w.found < p->n || !(w.node.flags & MO_NODE_MOUNTED);
	err = mo_tree_define(t, m->uri, "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD);
	if (!err && *first)
		err = mo_tree_set_acl(t, m->uri, MO_ACL_ALL);
	if (err)
		return err;
	status = mo_node_resolve(t, p, &w);
	if (status == MO_OK && *first)
		status = mo_node_protect(t, w.node.id, w.node.access, MO_NODE_MOUNTED);
	m->node = w.node.id;
	return mo_status_errno(status);
}

/* Takes over what the provider's target already holds; if it cannot be read, goes on without. */
static void import(struct mo_tree *t, struct mo_mount *m)
{
	char msg[400] = "";

	if (!m->ops->import || m->ops->import(m->ctx, t, m->uri, msg, sizeof(msg)) == MO_OK)
		return;
	mo_log(t, LOG_WARNING, "tree: %s: import: %s", m->uri, msg);
}

/*
 * The tree is right, the provider follows.  If it cannot (the target is not writable), the
 * mount stands nevertheless: what the servers want to change is refused until it can.
 */
static void reconcile(struct mo_tree *t, struct mo_mount *m)
{
	int status = prepare(t, m);

	if (status == MO_OK)
		status = put_in_force(t, m);
	if (status != MO_OK)
		mo_log(t, LOG_ERR, "tree: %s", t->error);
	finish(m);
}

/* Node, ACL and import are one unit: after a crash the next start begins anew. */
static int mount_in_unit(struct mo_tree *t, struct mo_mount *m, const struct mo_path *p)
{
	bool first = false;
	int err = mo_status_errno(mo_tree_begin(t));

	if (err)
		return err;
	err = mount_point(t, m, p, &first);
	if (err) {
		mo_tree_rollback(t);
		return err;
	}
	m->next = t->mounts;
	t->mounts = m;
	if (first)
		import(t, m);
	/* reconcile() comes after COMMIT, so that the target is never ahead of the tree */
	forget_changes(t);
	err = mo_status_errno(mo_tree_commit(t));
	if (err)
		t->mounts = m->next;
	return err;
}

int mo_tree_mount(struct mo_tree *t, const char *uri, const struct mo_provider_ops *ops, void *ctx)
{
	struct mo_mount *m = NULL;
	struct mo_path p;
	int err = mo_status_errno(mo_path_parse(uri, &p));

	if (!err && (p.n == 0 || p.query != MO_QUERY_NONE))
		err = -EINVAL;
	if (!err && t->unit != MO_UNIT_NONE)
		err = -EBUSY;
	if (!err) {
		m = mount_new(&p, ops, ctx);
		err = !m ? -ENOMEM : overlaps(t, m->uri) ? -EEXIST : mount_in_unit(t, m, &p);
	}
	if (!err) {
		reconcile(t, m);
		return 0;
	}
	if (m)
		mount_free(m);
	else if (ops->free)
		ops->free(ctx);
	return err;
}

void mo_unmount_all(struct mo_tree *t)
{
	while (t->mounts) {
		struct mo_mount *m = t->mounts;

		t->mounts = m->next;
		mount_free(m);
	}
}
