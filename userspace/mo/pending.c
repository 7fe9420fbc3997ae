// SPDX-License-Identifier: BSD-3-Clause
/*
 * Generic alerts that wait for the next session with their server.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "mo/private.h"

static int insert(struct mo_tree *t, const struct mo_pending *p)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_PENDING_ADD);
	int status;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_text(stmt, 1, p->server_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, p->correlator, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, p->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, p->type, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 5, p->mark, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 6, p->format, -1, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 7, p->len ? p->data : "", (int)p->len, SQLITE_STATIC);
	status = mo_stmt_run(t, stmt);
	if (status != MO_OK)
		return status;
	stmt = mo_stmt(t, MO_STMT_PENDING_TRIM);
	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_text(stmt, 1, p->server_id, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 2, MO_PENDING_MAX);
	status = mo_stmt_run(t, stmt);
	if (status == MO_OK && sqlite3_changes(t->db) > 0)
		mo_log(t, LOG_WARNING, "tree: too many alerts wait for %s: the oldest is dropped",
		       p->server_id);
	return status;
}

int mo_pending_add(struct mo_tree *t, const struct mo_pending *p)
{
	bool own;
	int status;

	if (p->len > MO_PENDING_DATA)
		return -EMSGSIZE;
	status = mo_op_begin(t, &own);
	if (status == MO_OK)
		status = mo_op_end(t, own, insert(t, p), NULL);
	return mo_status_errno(status);
}

int64_t mo_pending_last(const struct mo_tree *t)
{
	return sqlite3_last_insert_rowid(t->db);
}

static void take(char *dst, size_t room, sqlite3_stmt *stmt, int column)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	snprintf(dst, room, "%s", s ? s : "");
}

static int tell(sqlite3_stmt *stmt, struct mo_pending *p,
		int (*fn)(void *arg, const struct mo_pending *p), void *arg)
{
	struct mo_value v;
	int ret;

	p->id = sqlite3_column_int64(stmt, 0);
	take(p->server_id, sizeof(p->server_id), stmt, 1);
	take(p->correlator, sizeof(p->correlator), stmt, 2);
	take(p->source, sizeof(p->source), stmt, 3);
	take(p->type, sizeof(p->type), stmt, 4);
	take(p->mark, sizeof(p->mark), stmt, 5);
	take(p->format, sizeof(p->format), stmt, 6);
	ret = mo_value_set(&v, sqlite3_column_blob(stmt, 7), (size_t)sqlite3_column_bytes(stmt, 7),
			   "", "");
	if (ret)
		return ret;
	p->data = v.data;
	p->len = v.len;
	ret = fn(arg, p);
	mo_value_clear(&v);
	return ret;
}

int mo_pending_each(struct mo_tree *t, const char *server_id,
		    int (*fn)(void *arg, const struct mo_pending *p), void *arg)
{
	static const char sql[] =
		"SELECT id, server, correlator, source, type, mark, format, data FROM pending"
		" WHERE server = ?1 AND id > ?2 ORDER BY id LIMIT 1";
	struct mo_pending p = { .id = 0 };
	sqlite3_stmt *stmt;
	int rc, ret = 0;

	if (sqlite3_prepare_v2(t->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		mo_db_failed(t);
		return -EIO;
	}
	/* one at a time, so that fn may change the table */
	do {
		sqlite3_reset(stmt);
		sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 2, p.id);
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW)
			ret = tell(stmt, &p, fn, arg);
	} while (rc == SQLITE_ROW && !ret);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		mo_db_failed(t);
		ret = -EIO;
	}
	sqlite3_finalize(stmt);
	return ret;
}

static int drop(struct mo_tree *t, int64_t id)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_PENDING_DROP);

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, id);
	return mo_stmt_run(t, stmt);
}

int mo_pending_drop(struct mo_tree *t, int64_t id)
{
	bool own;
	int status = mo_op_begin(t, &own);

	if (status == MO_OK)
		status = mo_op_end(t, own, drop(t, id), NULL);
	return mo_status_errno(status);
}
