// SPDX-License-Identifier: BSD-3-Clause
/*
 * The tables of the tree's database, and how those of older versions become new.
 *
 * The value is the last column of its row: a large one can then be written in place, without
 * a second copy in memory (see node.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define APPLICATION_ID	0x646d7363	/* "dmsc" */
#define SCHEMA_VERSION	3
#define MAX_PAGES	16384		/* of 4 KiB: a server cannot fill the disk */
#define BUSY_MS		2000

#define NODE_COLUMNS \
	"(id INTEGER PRIMARY KEY," \
	" parent INTEGER REFERENCES node(id) ON DELETE CASCADE," \
	" name TEXT NOT NULL," \
	" format TEXT NOT NULL," \
	" type TEXT NOT NULL," \
	" access INTEGER NOT NULL," \
	" flags INTEGER NOT NULL," \
	" acl TEXT NOT NULL," \
	" title TEXT NOT NULL," \
	" tstamp INTEGER NOT NULL," \
	" verno INTEGER NOT NULL," \
	" value BLOB," \
	" UNIQUE(parent, name));"

#define PENDING_TABLE \
	"CREATE TABLE pending(" \
	" id INTEGER PRIMARY KEY AUTOINCREMENT," \
	" server TEXT NOT NULL," \
	" correlator TEXT NOT NULL," \
	" source TEXT NOT NULL," \
	" type TEXT NOT NULL," \
	" mark TEXT NOT NULL," \
	" format TEXT NOT NULL," \
	" data BLOB NOT NULL);" \
	"CREATE INDEX pending_server ON pending(server, id);"

/* Files of version 1 may have it already. */
#define TRUST_TABLE \
	"CREATE TABLE IF NOT EXISTS trust(" \
	" server TEXT PRIMARY KEY," \
	" last_auth TEXT NOT NULL DEFAULT ''," \
	" previous BLOB);"

/* Which nodes came by bootstrap, and from where. */
#define ORIGIN_TABLE \
	"CREATE TABLE origin(" \
	" node INTEGER PRIMARY KEY REFERENCES node(id) ON DELETE CASCADE," \
	" origin TEXT NOT NULL," \
	" digest BLOB NOT NULL);"

#define VERSION_DONE	"PRAGMA user_version = 3; COMMIT;"

static const char tables[] =
	"BEGIN;"
	"CREATE TABLE node" NODE_COLUMNS
	"CREATE TABLE seen("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" server TEXT NOT NULL,"
	" session INTEGER NOT NULL,"
	" UNIQUE(server, session));"
	PENDING_TABLE
	TRUST_TABLE
	ORIGIN_TABLE
	"INSERT INTO node VALUES(1, NULL, '', 'node', '', 1, 1, '" MO_ACL_ROOT "', '',"
	" CAST(strftime('%s', 'now') AS INTEGER), 0, NULL);"
	"PRAGMA application_id = 0x646d7363;"
	VERSION_DONE;

/*
 * Version 1 had no Title, TStamp and VerNo, did not know Copy, and did not note which nodes are
 * mount points: they were those permanent interior nodes that have an ACL.
 */
static const char from_1[] =
	"BEGIN;"
	"CREATE TABLE node_new" NODE_COLUMNS
	"INSERT INTO node_new SELECT id, parent, name, format, type,"
	" CASE WHEN access & 2 THEN access | 32 ELSE access END,"
	" CASE WHEN flags & 1 AND format = 'node' AND acl <> '' AND id <> 1"
	"  THEN flags | 4 ELSE flags END,"
	" acl, '', CAST(strftime('%s', 'now') AS INTEGER), 0, value FROM node;"
	"DROP TABLE node;"
	"ALTER TABLE node_new RENAME TO node;"
	PENDING_TABLE
	TRUST_TABLE
	ORIGIN_TABLE
	VERSION_DONE;

static const char from_2[] =
	"BEGIN;"
	ORIGIN_TABLE
	VERSION_DONE;

int mo_db_errno(sqlite3 *db)
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

/* Foreign keys come last: a table that is made anew must not take its rows' children along. */
static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA secure_delete = ON",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA cache_size = -512",
};

static int set_up_tables(struct mo_tree *t, char *why, size_t why_len)
{
	sqlite3 *db = t->db;
	char text[32], app[32], count[32];
	const char *sql = NULL;
	long version;

	if (query(db, "PRAGMA user_version", text, sizeof(text)) != SQLITE_OK ||
	    query(db, "PRAGMA application_id", app, sizeof(app)) != SQLITE_OK ||
	    query(db, "SELECT count(*) FROM sqlite_master", count, sizeof(count)) != SQLITE_OK)
		goto failed;
	version = strtol(text, NULL, 10);
	if (version == 0 && !strcmp(app, "0") && !strcmp(count, "0")) {
		sql = tables;
	} else if (strtol(app, NULL, 10) != APPLICATION_ID) {
		snprintf(why, why_len, "%s is a database of another program", t->path);
		return -EUCLEAN;
	} else if (version == 1) {
		sql = from_1;
	} else if (version == 2) {
		sql = from_2;
	} else if (version != SCHEMA_VERSION) {
		snprintf(why, why_len, "the tree %s has schema %ld, this program knows %d",
			 t->path, version, SCHEMA_VERSION);
		return -ENOTSUP;
	}
	if (sql && sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		goto failed;
	if (query(db, "PRAGMA foreign_keys = ON", text, sizeof(text)) != SQLITE_OK)
		goto failed;
	return 0;
failed:
	snprintf(why, why_len, "cannot use the tree %s: %s", t->path, sqlite3_errmsg(db));
	return mo_db_errno(db);
}

int mo_db_set_up(struct mo_tree *t, char *why, size_t why_len)
{
	sqlite3 *db = t->db;
	char text[256], max_pages[64];
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
	return set_up_tables(t, why, why_len);
failed:
	snprintf(why, why_len, "cannot use the tree %s: %s", t->path, sqlite3_errmsg(db));
	return mo_db_errno(db);
}
