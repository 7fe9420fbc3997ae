// SPDX-License-Identifier: BSD-3-Clause
/*
 * Going through a subtree, depth first, siblings in byte order of their names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "mo/private.h"

/*
 * The recursive query takes the deepest node that waits first: that is depth first.
 * All columns come from within: SQLite drops the ORDER BY of a query that is joined.  Large
 * values do not, since all the children that wait would be held in memory with theirs.
 */
static const char walk_sql[] =
	"WITH RECURSIVE sub(id, depth, name, format, type, acl, access, flags, title, tstamp,"
	" verno, len, value)"
	" AS (SELECT id, 0, name, format, type, acl, access, flags, title, tstamp, verno,"
	" length(value), CASE WHEN length(value) < 1024 THEN value END FROM node WHERE id = ?1"
	" UNION ALL"
	" SELECT n.id, sub.depth + 1, n.name, n.format, n.type, n.acl, n.access, n.flags,"
	" n.title, n.tstamp, n.verno, length(n.value),"
	" CASE WHEN length(n.value) < 1024 THEN n.value END"
	" FROM sub JOIN node n ON n.parent = sub.id"
	" ORDER BY 2 DESC, 3)"
	"SELECT id, depth, name, format, type, acl, access, flags, title, tstamp, verno, len, value"
	" FROM sub";

static const char *column(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i);
}

int mo_walk(struct mo_tree *t, int64_t id, int (*fn)(void *arg, const struct mo_row *row),
	    void *arg)
{
	sqlite3_stmt *stmt;
	int rc, ret = 0;

	/* prepared anew each time: fn may walk again */
	if (sqlite3_prepare_v2(t->db, walk_sql, -1, &stmt, NULL) != SQLITE_OK) {
		mo_db_failed(t);
		return -EIO;
	}
	sqlite3_bind_int64(stmt, 1, id);
	while (!ret && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct mo_row row = {
			.id = sqlite3_column_int64(stmt, 0),
			.depth = (unsigned int)sqlite3_column_int(stmt, 1),
			.name = column(stmt, 2),
			.format = column(stmt, 3),
			.type = column(stmt, 4),
			.acl = column(stmt, 5),
			.access = (unsigned int)sqlite3_column_int(stmt, 6),
			.flags = (unsigned int)sqlite3_column_int(stmt, 7),
			.title = column(stmt, 8),
			.tstamp = sqlite3_column_int64(stmt, 9),
			.verno = (unsigned int)sqlite3_column_int(stmt, 10),
			.len = (size_t)sqlite3_column_int64(stmt, 11),
			.data = sqlite3_column_blob(stmt, 12),
		};

		if (!row.name || !row.format || !row.type || !row.acl || !row.title)
			ret = -ENOMEM;
		else
			ret = fn(arg, &row);
	}
	if (!ret && rc != SQLITE_DONE) {
		mo_db_failed(t);
		ret = -EIO;
	}
	sqlite3_finalize(stmt);
	return ret;
}

int mo_row_value(struct mo_tree *t, const struct mo_row *row, struct mo_value *v)
{
	if (!row->data)
		return mo_node_value(t, row->id, row->format, row->type, v);
	return mo_value_set(v, row->data, row->len, row->format, row->type) ? MO_FAILED : MO_OK;
}

void mo_tstamp_text(int64_t tstamp, char text[MO_TSTAMP_LEN])
{
	time_t t = (time_t)tstamp;
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&t, &tm))
		strftime(text, MO_TSTAMP_LEN, "%Y%m%dT%H%M%SZ", &tm);
}

/* Puts rel together while walking: where the name of each depth begins. */
struct leaf_walk {
	struct mo_tree *t;
	int (*fn)(void *arg, const char *rel, const struct mo_value *v);
	void *arg;
	size_t start[MO_MAX_DEPTH + 2];
	char rel[MO_URI_BUF];
};

static int visit(void *arg, const struct mo_row *row)
{
	struct leaf_walk *w = arg;
	struct mo_value v;
	size_t n, encoded;
	int ret;

	if (row->depth > MO_MAX_DEPTH)
		return -EUCLEAN;
	if (row->depth == 0) {
		n = 0;
		w->rel[0] = '\0';
	} else {
		n = w->start[row->depth];
		if (row->depth > 1)
			w->rel[n++] = '/';
		encoded = mo_segment_encode(row->name, w->rel + n, sizeof(w->rel) - n);
		if (!encoded)
			return -EUCLEAN;
		n += encoded;
	}
	w->start[row->depth + 1] = n;
	if (!strcmp(row->format, "node"))
		return 0;
	ret = mo_status_errno(mo_row_value(w->t, row, &v));
	if (ret)
		return ret;
	ret = w->fn(w->arg, w->rel, &v);
	mo_value_clear(&v);
	return ret;
}

int mo_tree_each_leaf(struct mo_tree *t, const char *uri,
		      int (*fn)(void *arg, const char *rel, const struct mo_value *v), void *arg)
{
	struct leaf_walk w = { .t = t, .fn = fn, .arg = arg };
	struct mo_where where;
	struct mo_path p;
	int status;

	status = mo_path_parse(uri, &p);
	if (status == MO_OK && p.query != MO_QUERY_NONE)
		status = MO_UNSUPPORTED_FEATURE;
	if (status == MO_OK)
		status = mo_node_resolve(t, &p, &where);
	if (status == MO_OK && where.found != p.n)
		status = MO_NOT_FOUND;
	if (status != MO_OK)
		return mo_status_errno(status);
	return mo_walk(t, where.node.id, visit, &w);
}
