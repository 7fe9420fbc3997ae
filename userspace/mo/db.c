// SPDX-License-Identifier: BSD-3-Clause
/*
 * The tree's database: one SQLite file, its prepared statements, and what its errors
 * mean.
 *
 * The file is held exclusively, so there is no second writer and no shared memory;
 * WAL with synchronous=FULL makes a COMMIT durable when it returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "mo/private.h"

#define TOUCH	"tstamp = strftime('%s', 'now') + 0, verno = (verno + 1) & 65535"

static const char *const statements[MO_STMT_MAX] = {
	[MO_STMT_BEGIN] = "BEGIN IMMEDIATE",
	[MO_STMT_COMMIT] = "COMMIT",
	[MO_STMT_ROLLBACK] = "ROLLBACK",
	[MO_STMT_SAVEPOINT] = "SAVEPOINT op",
	[MO_STMT_ROLLBACK_TO] = "ROLLBACK TO op",
	[MO_STMT_RELEASE] = "RELEASE op",
	[MO_STMT_ROOT] = "SELECT id, format, type, access, flags, acl FROM node WHERE id = 1",
	[MO_STMT_CHILD] = "SELECT id, format, type, access, flags, acl FROM node"
			  " WHERE parent = ?1 AND name = ?2",
	[MO_STMT_CHILD_ANY_CASE] = "SELECT id, format, type, access, flags, acl FROM node"
				   " WHERE parent = ?1 AND name = ?2 COLLATE NOCASE"
				   " AND flags & 2",
	[MO_STMT_CHILDREN] = "SELECT name FROM node WHERE parent = ?1 ORDER BY name",
	[MO_STMT_INSERT] = "INSERT INTO node VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, '',"
			   " strftime('%s', 'now') + 0, 0, ?8)",
	[MO_STMT_UPDATE] = "UPDATE node SET format = ?2, type = ?3, value = ?4, " TOUCH
			   " WHERE id = ?1",
	[MO_STMT_TOUCH] = "UPDATE node SET " TOUCH " WHERE id = ?1",
	[MO_STMT_TOUCH_PARENT] = "UPDATE node SET " TOUCH
				 " WHERE id = (SELECT parent FROM node WHERE id = ?1)",
	[MO_STMT_PROTECT] = "UPDATE node SET access = ?2, flags = flags | ?3 WHERE id = ?1"
			    " AND (access <> ?2 OR flags & ?3 <> ?3)",
	[MO_STMT_SET_ACL] = "UPDATE node SET acl = ?2, " TOUCH " WHERE id = ?1",
	[MO_STMT_SET_TITLE] = "UPDATE node SET title = ?2, " TOUCH " WHERE id = ?1",
	[MO_STMT_RENAME] = "UPDATE node SET name = ?2, " TOUCH " WHERE id = ?1",
	[MO_STMT_DELETE] = "DELETE FROM node WHERE id = ?1",
	[MO_STMT_VALUE] = "SELECT length(value), CASE WHEN length(value) < ?2 THEN value END"
			  " FROM node WHERE id = ?1",
	[MO_STMT_PROPERTIES] = "SELECT acl, name, title, strftime('%Y%m%dT%H%M%SZ', tstamp,"
			       " 'unixepoch'), verno, length(value) FROM node WHERE id = ?1",
	[MO_STMT_SEEN_ADD] = "INSERT OR IGNORE INTO seen(server, session) VALUES(?1, ?2)",
	[MO_STMT_SEEN_TRIM] = "DELETE FROM seen WHERE server = ?1 AND seq <= (SELECT seq FROM seen"
			      " WHERE server = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
	[MO_STMT_TRUST_GET] = "SELECT last_auth, previous FROM trust WHERE server = ?1",
	[MO_STMT_TRUST_AUTH] = "INSERT INTO trust(server, last_auth) VALUES(?1, ?2)"
			       " ON CONFLICT(server) DO UPDATE SET last_auth = ?2",
	[MO_STMT_TRUST_PREVIOUS] = "INSERT INTO trust(server, previous) VALUES(?1, ?2)"
				   " ON CONFLICT(server) DO UPDATE SET previous = ?2",
	[MO_STMT_TRUST_DROP] = "UPDATE trust SET previous = NULL WHERE server = ?1"
			       " AND previous IS NOT NULL",
	[MO_STMT_TRUST_FORGET] = "DELETE FROM trust WHERE server = ?1",
	[MO_STMT_PENDING_ADD] = "INSERT INTO pending VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[MO_STMT_PENDING_TRIM] = "DELETE FROM pending WHERE server = ?1 AND id <= (SELECT id FROM"
				 " pending WHERE server = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
	[MO_STMT_PENDING_FORGET] = "DELETE FROM pending WHERE server = ?1",
	[MO_STMT_PENDING_DROP] = "DELETE FROM pending WHERE id = ?1",
};

void mo_set_error(struct mo_tree *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->error, sizeof(t->error), fmt, ap);
	va_end(ap);
}

void mo_log(struct mo_tree *t, int level, const char *fmt, ...)
{
	char line[600];
	va_list ap;

	if (!t->log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	t->log(t->log_ctx, level, line);
}

void mo_tree_set_log(struct mo_tree *t, void (*log)(void *ctx, int level, const char *line),
		     void *ctx)
{
	t->log = log;
	t->log_ctx = ctx;
}

const char *mo_tree_error(const struct mo_tree *t)
{
	return t->error;
}

const char *mo_tree_failed_uri(const struct mo_tree *t)
{
	return t->failed;
}

bool mo_tree_busy(const struct mo_tree *t)
{
	return t->unit != MO_UNIT_NONE;
}

int mo_db_failed(struct mo_tree *t)
{
	mo_set_error(t, "%s: %s", t->path, sqlite3_errmsg(t->db));
	switch (sqlite3_errcode(t->db)) {
	case SQLITE_FULL:
		return MO_DEVICE_FULL;
	case SQLITE_TOOBIG:
		return MO_TOO_LARGE;
	default:
		return MO_FAILED;
	}
}

int mo_status_errno(int status)
{
	switch (status) {
	case MO_OK:
		return 0;
	case MO_NOT_FOUND:
		return -ENOENT;
	case MO_EXISTS:
		return -EEXIST;
	case MO_NOT_ALLOWED:
	case MO_FORBIDDEN:
		return -EPERM;
	case MO_PERMISSION_DENIED:
		return -EACCES;
	case MO_URI_TOO_LONG:
		return -ENAMETOOLONG;
	case MO_TOO_LARGE:
		return -EMSGSIZE;
	case MO_DEVICE_FULL:
		return -ENOSPC;
	case MO_BAD_COMMAND:
	case MO_UNSUPPORTED_FORMAT:
	case MO_UNSUPPORTED_FEATURE:
		return -EINVAL;
	default:
		return -EIO;
	}
}

sqlite3_stmt *mo_stmt(struct mo_tree *t, enum mo_stmt which)
{
	sqlite3_stmt **stmt = &t->stmt[which];

	if (!*stmt) {
		if (sqlite3_prepare_v3(t->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
				       stmt, NULL) != SQLITE_OK) {
			mo_db_failed(t);
			return NULL;
		}
		return *stmt;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	return *stmt;
}

int mo_stmt_run(struct mo_tree *t, sqlite3_stmt *stmt)
{
	int status = MO_OK;

	if (!stmt)
		return MO_FAILED;
	if (sqlite3_step(stmt) != SQLITE_DONE)
		status = mo_db_failed(t);
	sqlite3_reset(stmt);
	/* the statement must not keep a secret that was bound to it */
	sqlite3_clear_bindings(stmt);
	return status;
}

int mo_stmt_exec(struct mo_tree *t, enum mo_stmt which)
{
	return mo_stmt_run(t, mo_stmt(t, which));
}

/* The file holds secrets: nobody but the owner may read it, from its first byte on. */
static int claim_file(const char *path, char *why, size_t why_len)
{
	struct stat st;
	int fd, err = 0;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0) {
		err = -errno;
		snprintf(why, why_len, "cannot open the tree %s: %s", path, strerror(-err));
		return err;
	}
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
		err = -errno;
	if (err)
		snprintf(why, why_len, "cannot use %s for the tree: %s", path,
			 err == -EINVAL ? "not a regular file" : strerror(-err));
	close(fd);
	return err;
}

/* What ends a unit of work must not fail later for lack of memory. */
static int prepare_unit_statements(struct mo_tree *t)
{
	int which;

	for (which = MO_STMT_BEGIN; which <= MO_STMT_RELEASE; which++)
		if (!mo_stmt(t, which))
			return -ENOMEM;
	return 0;
}

int mo_tree_open_why(const char *path, struct mo_tree **ret, char *why, size_t why_len)
{
	struct mo_tree *t;
	int err;

	if (why_len)
		why[0] = '\0';
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->path = strdup(path);
	if (!t->path) {
		free(t);
		return -ENOMEM;
	}
	err = strcmp(path, ":memory:") ? claim_file(path, why, why_len) : 0;
	if (err)
		goto fail;
	if (sqlite3_open_v2(path, &t->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK) {
		err = mo_db_errno(t->db);
		snprintf(why, why_len, "cannot open the tree %s: %s", path,
			 t->db ? sqlite3_errmsg(t->db) : strerror(ENOMEM));
		goto fail;
	}
	err = mo_db_set_up(t, why, why_len);
	if (err)
		goto fail;
	err = prepare_unit_statements(t);
	if (!err)
		err = mo_account_mount(t);
	if (err) {
		snprintf(why, why_len, "%s", t->error);
		goto fail;
	}
	*ret = t;
	return 0;
fail:
	mo_tree_close(t);
	return err;
}

int mo_tree_open(const char *path, struct mo_tree **ret)
{
	char why[1];

	return mo_tree_open_why(path, ret, why, sizeof(why));
}

void mo_tree_close(struct mo_tree *t)
{
	size_t i;

	if (!t)
		return;
	if (t->unit != MO_UNIT_NONE)
		mo_tree_rollback(t);
	mo_unmount_all(t);
	mo_ddf_free(t->ddf);
	for (i = 0; i < MO_STMT_MAX; i++)
		sqlite3_finalize(t->stmt[i]);
	sqlite3_close(t->db);
	free(t->path);
	free(t);
}
