// SPDX-License-Identifier: BSD-3-Clause
/*
 * The tree's database: one SQLite file, its schema, its prepared statements, and
 * what its errors mean.
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

#define APPLICATION_ID	0x646d7363	/* "dmsc" */
#define SCHEMA_VERSION	1
#define MAX_PAGES	16384		/* of 4 KiB: a server cannot fill the disk */
#define BUSY_MS		2000

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
	[MO_STMT_CHILDREN] = "SELECT name FROM node WHERE parent = ?1 ORDER BY name",
	[MO_STMT_INSERT] = "INSERT INTO node(parent, name, format, type, access, flags, acl, value)"
			   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[MO_STMT_UPDATE] = "UPDATE node SET format = ?2, type = ?3, value = ?4 WHERE id = ?1",
	[MO_STMT_PROTECT] = "UPDATE node SET access = ?2, flags = flags | 1 WHERE id = ?1"
			    " AND (access <> ?2 OR flags & 1 = 0)",
	[MO_STMT_SET_ACL] = "UPDATE node SET acl = ?2 WHERE id = ?1",
	[MO_STMT_DELETE] = "DELETE FROM node WHERE id = ?1",
	[MO_STMT_VALUE] = "SELECT value FROM node WHERE id = ?1",
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
};

static const char schema[] =
	"BEGIN;"
	"CREATE TABLE node("
	" id INTEGER PRIMARY KEY,"
	" parent INTEGER REFERENCES node(id) ON DELETE CASCADE,"
	" name TEXT NOT NULL,"
	" format TEXT NOT NULL,"
	" type TEXT NOT NULL,"
	" access INTEGER NOT NULL,"
	" flags INTEGER NOT NULL,"
	" acl TEXT NOT NULL,"
	" value BLOB,"
	" UNIQUE(parent, name));"
	"CREATE TABLE seen("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" server TEXT NOT NULL,"
	" session INTEGER NOT NULL,"
	" UNIQUE(server, session));"
	"INSERT INTO node VALUES(1, NULL, '', 'node', '', 1, 1, '" MO_ACL_ROOT "', NULL);"
	"PRAGMA user_version = 1;"
	"PRAGMA application_id = 0x646d7363;"
	"COMMIT;";

/* Came later; a program that does not know it leaves it alone, so that the version stays. */
static const char trust_schema[] =
	"CREATE TABLE IF NOT EXISTS trust("
	" server TEXT PRIMARY KEY,"
	" last_auth TEXT NOT NULL DEFAULT '',"
	" previous BLOB);";

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

static int open_errno(sqlite3 *db)
{
	int err = db ? sqlite3_system_errno(db) : 0;

	switch (db ? sqlite3_errcode(db) : SQLITE_NOMEM) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	default:
		return err > 0 ? -err : -EIO;
	}
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

/* Runs sql; the first column of its first row goes to text, if there is one. */
static int query(sqlite3 *db, const char *sql, char *text, size_t len)
{
	sqlite3_stmt *stmt;
	int rc;

	text[0] = '\0';
	rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && sqlite3_column_text(stmt, 0))
		snprintf(text, len, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA foreign_keys = ON",
	"PRAGMA secure_delete = ON",
	"PRAGMA temp_store = MEMORY",
};

/* Settings, integrity, schema. 0 or -errno. */
static int set_up(struct mo_tree *t, char *why, size_t why_len)
{
	sqlite3 *db = t->db;
	char text[256], app[32], tables[32], max_pages[64];
	long version;
	size_t i;

	sqlite3_busy_timeout(db, BUSY_MS);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (query(db, settings[i], text, sizeof(text)) != SQLITE_OK)
			goto failed;
	snprintf(max_pages, sizeof(max_pages), "PRAGMA max_page_count = %d", MAX_PAGES);
	if (query(db, max_pages, text, sizeof(text)) != SQLITE_OK ||
	    query(db, "PRAGMA quick_check(1)", text, sizeof(text)) != SQLITE_OK)
		goto failed;
	if (strcmp(text, "ok")) {
		snprintf(why, why_len, "the tree %s is damaged: %s", t->path, text);
		return -EUCLEAN;
	}
	if (query(db, "PRAGMA user_version", text, sizeof(text)) != SQLITE_OK ||
	    query(db, "PRAGMA application_id", app, sizeof(app)) != SQLITE_OK ||
	    query(db, "SELECT count(*) FROM sqlite_master", tables, sizeof(tables)) != SQLITE_OK)
		goto failed;
	version = strtol(text, NULL, 10);
	if (version == 0 && !strcmp(app, "0") && !strcmp(tables, "0")) {
		if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(db, trust_schema, NULL, NULL, NULL) != SQLITE_OK)
			goto failed;
		return 0;
	}
	if (strtol(app, NULL, 10) != APPLICATION_ID) {
		snprintf(why, why_len, "%s is a database of another program", t->path);
		return -EUCLEAN;
	}
	if (version != SCHEMA_VERSION) {
		snprintf(why, why_len, "the tree %s has schema %ld, this program knows %d",
			 t->path, version, SCHEMA_VERSION);
		return -ENOTSUP;
	}
	if (sqlite3_exec(db, trust_schema, NULL, NULL, NULL) != SQLITE_OK)
		goto failed;
	return 0;
failed:
	snprintf(why, why_len, "cannot use the tree %s: %s", t->path, sqlite3_errmsg(db));
	return open_errno(db);
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
		err = open_errno(t->db);
		snprintf(why, why_len, "cannot open the tree %s: %s", path,
			 t->db ? sqlite3_errmsg(t->db) : strerror(ENOMEM));
		goto fail;
	}
	err = set_up(t, why, why_len);
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
	for (i = 0; i < MO_STMT_MAX; i++)
		sqlite3_finalize(t->stmt[i]);
	sqlite3_close(t->db);
	free(t->path);
	free(t);
}
