// SPDX-License-Identifier: BSD-3-Clause
/*
 * Nodes as rows of the database, and the way from a URI to a row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

bool mo_is_interior(const struct mo_node *n)
{
	return !strcmp(n->format, "node");
}

static const char *column(sqlite3_stmt *stmt, int i)
{
	const char *s = (const char *)sqlite3_column_text(stmt, i);

	return s ? s : "";
}

/*
 * Steps a lookup: 200 and w->node filled, 404, or 500.  The node's own ACL, if it has one,
 * takes the place of what was in force above: ACLs are inherited whole, never merged.
 */
static int fetch(struct mo_tree *t, sqlite3_stmt *stmt, struct mo_where *w)
{
	const char *acl;
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_DONE)
		return MO_NOT_FOUND;
	if (rc != SQLITE_ROW)
		return mo_db_failed(t);
	w->node.id = sqlite3_column_int64(stmt, 0);
	snprintf(w->node.format, sizeof(w->node.format), "%s", column(stmt, 1));
	snprintf(w->node.type, sizeof(w->node.type), "%s", column(stmt, 2));
	w->node.access = (unsigned int)sqlite3_column_int64(stmt, 3);
	w->node.flags = (unsigned int)sqlite3_column_int64(stmt, 4);
	acl = column(stmt, 5);
	if (*acl)
		snprintf(w->acl, sizeof(w->acl), "%s", acl);
	return MO_OK;
}

static int fetch_child(struct mo_tree *t, enum mo_stmt which, const char *name,
		       struct mo_where *w)
{
	sqlite3_stmt *stmt = mo_stmt(t, which);
	int status;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, w->node.id);
	sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
	status = fetch(t, stmt, w);
	sqlite3_reset(stmt);
	return status;
}

static void note_mount(struct mo_tree *t, struct mo_where *w, unsigned int depth)
{
	struct mo_mount *m;

	for (m = t->mounts; m; m = m->next) {
		if (m->node == w->node.id) {
			w->mount = m;
			w->mount_depth = depth;
		}
	}
}

int mo_node_resolve(struct mo_tree *t, const struct mo_path *p, struct mo_where *w)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_ROOT);
	unsigned int i;
	int status;

	memset(w, 0, sizeof(*w));
	if (!stmt)
		return MO_FAILED;
	status = fetch(t, stmt, w);
	sqlite3_reset(stmt);
	if (status != MO_OK)
		return MO_FAILED;
	w->ddf = t->ddf;
	for (i = 0; i < p->n; i++) {
		status = fetch_child(t, MO_STMT_CHILD, p->seg[i], w);
		if (status == MO_NOT_FOUND)
			status = fetch_child(t, MO_STMT_CHILD_ANY_CASE, p->seg[i], w);
		if (status == MO_NOT_FOUND)
			break;
		if (status != MO_OK)
			return status;
		note_mount(t, w, i + 1);
		w->ddf = mo_ddf_child(w->ddf, p->seg[i]);
	}
	w->found = i;
	w->access = mo_ddf_access(w->ddf, w->node.access);
	if (i == p->n && i > 0 && !strcmp(p->seg[0], "DMAcc"))
		w->access = mo_account_access(i, p->seg[i - 1], w->access);
	return MO_OK;
}

/* A value from this length on goes to and from the file without a copy within SQLite. */
#define LARGE_VALUE	32768

static void bind_value(sqlite3_stmt *stmt, int i, const struct mo_value *v)
{
	if (!strcmp(v->format, "node") || !strcmp(v->format, "null"))
		sqlite3_bind_null(stmt, i);
	else if (v->len >= LARGE_VALUE)
		sqlite3_bind_zeroblob(stmt, i, (int)v->len);
	else
		sqlite3_bind_blob(stmt, i, v->len ? v->data : "", (int)v->len, SQLITE_STATIC);
}

static int large_value(struct mo_tree *t, int64_t id, void *data, size_t len, bool store)
{
	sqlite3_blob *blob;
	int rc = sqlite3_blob_open(t->db, "main", "node", "value", id, store, &blob);

	if (rc == SQLITE_OK && store)
		rc = sqlite3_blob_write(blob, data, (int)len, 0);
	else if (rc == SQLITE_OK)
		rc = sqlite3_blob_read(blob, data, (int)len, 0);
	if (rc != SQLITE_OK) {
		int status = mo_db_failed(t);

		sqlite3_blob_close(blob);
		return status;
	}
	return sqlite3_blob_close(blob) == SQLITE_OK ? MO_OK : mo_db_failed(t);
}

/* Fills what bind_value() only made room for. */
static int store_large(struct mo_tree *t, int64_t id, const struct mo_value *v)
{
	if (v->len < LARGE_VALUE || !strcmp(v->format, "node") || !strcmp(v->format, "null"))
		return MO_OK;
	return large_value(t, id, v->data, v->len, true);
}

static int touch(struct mo_tree *t, enum mo_stmt which, int64_t id)
{
	sqlite3_stmt *stmt = mo_stmt(t, which);

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	return mo_stmt_run(t, stmt);
}

int mo_node_insert(struct mo_tree *t, int64_t parent, const char *name, const struct mo_value *v,
		   unsigned int access, unsigned int flags, const char *acl, int64_t *id)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_INSERT);
	int status;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, parent);
	sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, v->format, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, v->type, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 5, access);
	sqlite3_bind_int64(stmt, 6, flags);
	sqlite3_bind_text(stmt, 7, acl, -1, SQLITE_STATIC);
	bind_value(stmt, 8, v);
	status = mo_stmt_run(t, stmt);
	if (status != MO_OK)
		return status;
	*id = sqlite3_last_insert_rowid(t->db);
	status = store_large(t, *id, v);
	return status == MO_OK ? touch(t, MO_STMT_TOUCH, parent) : status;
}

int mo_node_update(struct mo_tree *t, const struct mo_node *n, const struct mo_value *v)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_UPDATE);
	int status;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, n->id);
	sqlite3_bind_text(stmt, 2, v->format, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, v->type, -1, SQLITE_STATIC);
	bind_value(stmt, 4, v);
	status = mo_stmt_run(t, stmt);
	return status == MO_OK ? store_large(t, n->id, v) : status;
}

/* Sets the access and adds flags; a node that already is as wanted costs no write. */
int mo_node_protect(struct mo_tree *t, int64_t id, unsigned int access, unsigned int flags)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_PROTECT);

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, access);
	sqlite3_bind_int64(stmt, 3, flags);
	return mo_stmt_run(t, stmt);
}

static int set_text(struct mo_tree *t, enum mo_stmt which, int64_t id, const char *text)
{
	sqlite3_stmt *stmt = mo_stmt(t, which);

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_text(stmt, 2, text, -1, SQLITE_STATIC);
	return mo_stmt_run(t, stmt);
}

int mo_node_set_acl(struct mo_tree *t, int64_t id, const char *acl)
{
	return set_text(t, MO_STMT_SET_ACL, id, acl);
}

int mo_node_set_title(struct mo_tree *t, int64_t id, const char *title)
{
	return set_text(t, MO_STMT_SET_TITLE, id, title);
}

/* The names of the children are the value of the parent: it changes too. */
int mo_node_rename(struct mo_tree *t, int64_t id, const char *name)
{
	int status = set_text(t, MO_STMT_RENAME, id, name);

	return status == MO_OK ? touch(t, MO_STMT_TOUCH_PARENT, id) : status;
}

/* The schema takes the children along. */
int mo_node_delete(struct mo_tree *t, int64_t id)
{
	sqlite3_stmt *stmt;
	int status = touch(t, MO_STMT_TOUCH_PARENT, id);

	if (status != MO_OK)
		return status;
	stmt = mo_stmt(t, MO_STMT_DELETE);
	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	return mo_stmt_run(t, stmt);
}

static int no_memory(struct mo_tree *t)
{
	mo_set_error(t, "out of memory");
	return MO_FAILED;
}

int mo_node_value(struct mo_tree *t, int64_t id, const char *format, const char *type,
		  struct mo_value *v)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_VALUE);
	int rc, status = MO_OK;
	size_t len;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, LARGE_VALUE);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW) {
		status = rc == SQLITE_DONE ? MO_NOT_FOUND : mo_db_failed(t);
		sqlite3_reset(stmt);
		return status;
	}
	len = (size_t)sqlite3_column_int64(stmt, 0);
	if (mo_value_set(v, len < LARGE_VALUE ? sqlite3_column_blob(stmt, 1) : NULL, len, format,
			 type))
		status = no_memory(t);
	sqlite3_reset(stmt);
	if (status == MO_OK && len >= LARGE_VALUE) {
		status = large_value(t, id, v->data, len, false);
		if (status != MO_OK)
			mo_value_clear(v);
	}
	return status;
}

/* Appends name, encoded, and a '/' before it if it is not the first. */
static bool append_name(char **list, size_t *len, size_t *room, const char *name)
{
	size_t need = *len + 3 * strlen(name) + 8, n;

	if (need > *room) {
		char *p = realloc(*list, need * 2);

		if (!p)
			return false;
		*list = p;
		*room = need * 2;
	}
	if (*len)
		(*list)[(*len)++] = '/';
	n = mo_segment_encode(name, *list + *len, *room - *len);
	*len += n;
	return true;
}

int mo_node_children(struct mo_tree *t, int64_t id, struct mo_value *v)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_CHILDREN);
	size_t len = 0, room = 0;
	char *list = NULL;
	int rc, status = MO_OK;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (!append_name(&list, &len, &room, column(stmt, 0)))
			break;
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		status = mo_db_failed(t);
	} else if (rc == SQLITE_ROW || mo_value_set(v, list, len, "node", "text/plain")) {
		status = no_memory(t);
	}
	sqlite3_reset(stmt);
	free(list);
	return status;
}
