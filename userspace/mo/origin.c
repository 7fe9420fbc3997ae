// SPDX-License-Identifier: BSD-3-Clause
/*
 * Where the objects came from that a bootstrap document put into the tree: so that those of a card
 * can go with the card, and so that nobody's objects are taken for another's.
 *
 * The row hangs on the node: it survives a renaming, and goes with it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define MAX_OBJECTS	32
#define ID_LEN		sizeof(((struct mo_account *)0)->server_id)

/* An object that was added: the outermost node of it. */
struct object {
	int64_t id;
	bool account, alone;		/* alone: where objects are kept, beside others */
	bool has_acl;
	char server[ID_LEN];		/* account: its ServerID */
	bool has_addr;
};

struct objects {
	unsigned int n, accounts;
	struct object list[MAX_OBJECTS];
};

static sqlite3_stmt *prepare(struct mo_tree *t, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(t->db, sql, -1, &stmt, NULL) == SQLITE_OK)
		return stmt;
	mo_db_failed(t);
	return NULL;
}

/* 0 if step is one that a statement may end with. */
static int finish(struct mo_tree *t, sqlite3_stmt *stmt, int step)
{
	int err = 0;

	if (step != SQLITE_ROW && step != SQLITE_DONE) {
		mo_db_failed(t);
		err = mo_db_errno(t->db);
	}
	sqlite3_finalize(stmt);
	return err;
}

int mo_origin_get(struct mo_tree *t, const char *origin, const uint8_t digest[MO_DIGEST_LEN])
{
	sqlite3_stmt *stmt = prepare(t, "SELECT digest FROM origin WHERE origin = ?1 LIMIT 1");
	int step, err, state = MO_ORIGIN_NONE;

	if (!stmt)
		return -EIO;
	sqlite3_bind_text(stmt, 1, origin, -1, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		state = sqlite3_column_bytes(stmt, 0) == MO_DIGEST_LEN &&
			!memcmp(sqlite3_column_blob(stmt, 0), digest, MO_DIGEST_LEN) ?
			MO_ORIGIN_SAME : MO_ORIGIN_OTHER;
	err = finish(t, stmt, step);
	return err ? err : state;
}

/* ------------------------------------------------------------- what was added */

int mo_origin_begin(struct mo_tree *t, int64_t *mark)
{
	sqlite3_stmt *stmt = prepare(t, "SELECT max(id) FROM node");
	int step;

	if (!stmt)
		return -EIO;
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		*mark = sqlite3_column_int64(stmt, 0);
	return finish(t, stmt, step);
}

/* All nodes that are new below a node that is not. */
static int find_objects(struct mo_tree *t, int64_t mark, struct objects *o)
{
	sqlite3_stmt *stmt = prepare(t, "SELECT n.id, n.acl, p.flags, p.parent, p.name FROM node n"
				     " JOIN node p ON n.parent = p.id"
				     " WHERE n.id > ?1 AND p.id <= ?1 ORDER BY n.id");
	int step, err;

	if (!stmt)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, mark);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW && o->n < MAX_OBJECTS) {
		struct object *one = &o->list[o->n++];

		memset(one, 0, sizeof(*one));
		one->id = sqlite3_column_int64(stmt, 0);
		one->has_acl = sqlite3_column_bytes(stmt, 1) > 0;
		one->alone = sqlite3_column_int(stmt, 2) & MO_NODE_PERMANENT;
		one->account = sqlite3_column_int64(stmt, 3) == MO_ROOT_ID &&
			       !strcmp((const char *)sqlite3_column_text(stmt, 4), "DMAcc");
	}
	err = finish(t, stmt, step);
	return err ? err : step == SQLITE_ROW ? -EMSGSIZE : 0;
}

static int look_at(void *arg, const struct mo_row *row)
{
	struct object *one = arg;

	if (row->depth == 1 && !strcmp(row->name, "ServerID") && row->data && row->len < ID_LEN)
		snprintf(one->server, sizeof(one->server), "%.*s", (int)row->len,
			 (const char *)row->data);
	if (row->depth == 3 && !strcmp(row->name, "Addr") && row->len)
		one->has_addr = true;
	return 0;
}

/* Is each object one that a document may bring? */
static int check_objects(struct mo_tree *t, struct objects *o, char *why, size_t why_len)
{
	unsigned int i;
	int err;

	for (i = 0; i < o->n; i++) {
		struct object *one = &o->list[i];

		if (!one->alone) {
			snprintf(why, why_len, "it would change what is in the tree already");
			return -EPERM;
		}
		if (!one->account)
			continue;
		o->accounts++;
		err = mo_walk(t, one->id, look_at, one);
		if (err)
			return err;
		if (!*one->server || !one->has_addr) {
			snprintf(why, why_len, "an account without %s",
				 *one->server ? "an address (AppAddr/<x>/Addr)" : "ServerID");
			return -EBADMSG;
		}
	}
	if (o->accounts)
		return 0;
	snprintf(why, why_len, "no account of a DM server in it");
	return -ENOENT;
}

/* Who may see and change it: nobody but the server that it is for (spec/oma-dm.md 10.2). */
static int give_acl(struct mo_tree *t, const struct objects *o, const struct object *one, char *why,
		    size_t why_len)
{
	const struct object *owner = one;
	char acl[MO_MAX_ACL + 1];
	unsigned int i;

	if (one->has_acl || (!one->account && o->accounts > 1))
		return 0;
	for (i = 0; !owner->account; i++)
		owner = &o->list[i];
	/* an id that means something in an ACL would give rights to others */
	if (!mo_acl_own(owner->server, false, acl)) {
		snprintf(why, why_len, "its ServerID cannot stand in an ACL");
		return -EBADMSG;
	}
	return mo_status_errno(mo_node_set_acl(t, one->id, acl));
}

static int note(struct mo_tree *t, int64_t id, const char *origin,
		const uint8_t digest[MO_DIGEST_LEN])
{
	sqlite3_stmt *stmt = prepare(t, "INSERT INTO origin VALUES(?1, ?2, ?3)");

	if (!stmt)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_text(stmt, 2, origin, -1, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 3, digest, MO_DIGEST_LEN, SQLITE_STATIC);
	return finish(t, stmt, sqlite3_step(stmt));
}

int mo_origin_end(struct mo_tree *t, int64_t mark, const char *origin,
		  const uint8_t digest[MO_DIGEST_LEN], char *why, size_t why_len)
{
	struct objects *o = calloc(1, sizeof(*o));
	unsigned int i;
	int err;

	if (!o)
		return -ENOMEM;
	err = find_objects(t, mark, o);
	if (err == -EMSGSIZE)
		snprintf(why, why_len, "more than %d objects in it", MAX_OBJECTS);
	if (!err)
		err = check_objects(t, o, why, why_len);
	for (i = 0; i < o->n && !err; i++) {
		err = give_acl(t, o, &o->list[i], why, why_len);
		if (!err)
			err = note(t, o->list[i].id, origin, digest);
	}
	free(o);
	return err;
}

/* ------------------------------------------------------------- taking it away */

/* The node as the tree's operations name it. */
static int uri_of(struct mo_tree *t, int64_t id, char *uri, size_t room)
{
	sqlite3_stmt *stmt = prepare(t, "WITH RECURSIVE up(id, parent, name, far) AS ("
				     " SELECT id, parent, name, 0 FROM node WHERE id = ?1 UNION ALL"
				     " SELECT n.id, n.parent, n.name, far + 1 FROM node n"
				     " JOIN up ON n.id = up.parent WHERE far < 64)"
				     " SELECT name FROM up WHERE parent IS NOT NULL ORDER BY far DESC");
	size_t len = 1;
	int step, err;

	if (!stmt)
		return -EIO;
	strcpy(uri, ".");
	sqlite3_bind_int64(stmt, 1, id);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW && room - len > 2) {
		uri[len++] = '/';
		if (!mo_segment_encode((const char *)sqlite3_column_text(stmt, 0), uri + len,
				       room - len))
			break;
		len += strlen(uri + len);
	}
	err = finish(t, stmt, step);
	return err ? err : step == SQLITE_ROW ? -ENAMETOOLONG : 0;
}

/* The first object whose origin begins with prefix and is not keep; 0 = there is none. */
static int first_of(struct mo_tree *t, const char *prefix, const char *keep, bool whole,
		    int64_t *id)
{
	sqlite3_stmt *stmt = prepare(t, "SELECT node FROM origin WHERE"
				     " (CASE WHEN ?3 THEN origin ELSE substr(origin, 1, length(?1)) END)"
				     " = ?1 AND origin IS NOT ?2 LIMIT 1");
	int step;

	*id = 0;
	if (!stmt)
		return -EIO;
	sqlite3_bind_text(stmt, 1, prefix, -1, SQLITE_STATIC);
	if (keep)
		sqlite3_bind_text(stmt, 2, keep, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 3, whole);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		*id = sqlite3_column_int64(stmt, 0);
	return finish(t, stmt, step);
}

static int drop_all(struct mo_tree *t, const char *prefix, const char *keep, bool whole)
{
	char uri[2 * MO_URI_BUF];
	int64_t id;
	int err, n = 0;

	for (;;) {
		err = first_of(t, prefix, keep, whole, &id);
		if (err || !id)
			return err ? err : n;
		err = uri_of(t, id, uri, sizeof(uri));
		if (!err)
			err = mo_status_errno(mo_tree_delete(t, NULL, uri));
		if (err)
			return err;
		n++;
	}
}

static int drop(struct mo_tree *t, const char *prefix, const char *keep, bool whole)
{
	bool own = t->unit == MO_UNIT_NONE;
	int err, n;

	if (!own)
		return drop_all(t, prefix, keep, whole);
	err = mo_status_errno(mo_tree_begin(t));
	if (err)
		return err;
	n = drop_all(t, prefix, keep, whole);
	if (n <= 0) {
		mo_tree_rollback(t);
		return n;
	}
	err = mo_status_errno(mo_tree_commit(t));
	return err ? err : n;
}

int mo_origin_drop(struct mo_tree *t, const char *origin)
{
	return drop(t, origin, NULL, true);
}

int mo_origin_drop_others(struct mo_tree *t, const char *prefix, const char *keep)
{
	return drop(t, prefix, keep, false);
}

int mo_account_origin(struct mo_tree *t, const char *server_id, char *origin, size_t len)
{
	sqlite3_stmt *stmt = prepare(t, "SELECT coalesce(o.origin, '') FROM node a"
				     " JOIN node p ON a.parent = p.id AND p.parent = 1 AND p.name = 'DMAcc'"
				     " JOIN node s ON s.parent = a.id AND s.name = 'ServerID'"
				     " LEFT JOIN origin o ON o.node = a.id"
				     " WHERE s.value = CAST(?1 AS BLOB)");
	int step, err;

	if (!stmt)
		return -EIO;
	sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		snprintf(origin, len, "%s", (const char *)sqlite3_column_text(stmt, 0));
	err = finish(t, stmt, step);
	return err ? err : step == SQLITE_ROW ? 0 : -ENOENT;
}
