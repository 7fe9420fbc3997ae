/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the management tree share with each other and with nobody else.
 */
#ifndef MO_PRIVATE_H
#define MO_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mo/mo.h"

#define MO_MAX_ACL	1024
#define MO_ACL_ALL	"Add=*&Delete=*&Exec=*&Get=*&Replace=*"
#define MO_ACL_ROOT	"Add=*&Get=*"
#define MO_ROOT_ID	1
#define MO_NODE_PERMANENT	(1U << 0)

/* --------------------------------------------------------------- db.c: SQLite */

/* Statements that are prepared once and kept; the SQL is in db.c. */
enum mo_stmt {
	MO_STMT_BEGIN,
	MO_STMT_COMMIT,
	MO_STMT_ROLLBACK,
	MO_STMT_SAVEPOINT,
	MO_STMT_ROLLBACK_TO,
	MO_STMT_RELEASE,
	MO_STMT_ROOT,
	MO_STMT_CHILD,
	MO_STMT_CHILDREN,
	MO_STMT_INSERT,
	MO_STMT_UPDATE,
	MO_STMT_PROTECT,
	MO_STMT_SET_ACL,
	MO_STMT_DELETE,
	MO_STMT_VALUE,
	MO_STMT_SEEN_ADD,
	MO_STMT_SEEN_TRIM,
	MO_STMT_TRUST_GET,
	MO_STMT_TRUST_AUTH,
	MO_STMT_TRUST_PREVIOUS,
	MO_STMT_TRUST_DROP,
	MO_STMT_MAX
};

/* Phase of a provider within one commit. */
enum mo_phase { MO_PHASE_IDLE, MO_PHASE_PREPARED, MO_PHASE_IN_FORCE };

struct mo_mount {
	struct mo_mount *next;
	int64_t node;
	char *uri;				/* canonical: "./Settings" */
	const struct mo_provider_ops *ops;
	void *ctx;
	bool dirty;				/* its subtree changed in this unit */
	enum mo_phase phase;
};

/* LOST: SQLite gave the transaction up by itself (disk full, I/O error). */
enum mo_unit { MO_UNIT_NONE, MO_UNIT_OPEN, MO_UNIT_LOST };

struct mo_tree {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *stmt[MO_STMT_MAX];
	enum mo_unit unit;
	int lost;				/* LOST: what the operation answered that did it */
	struct mo_mount *mounts;
	char error[512];
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
};

/* The statement, reset and without bindings; NULL: t->error says why. */
sqlite3_stmt *mo_stmt(struct mo_tree *t, enum mo_stmt which);
/* Steps a statement that returns no rows, then resets it. A mo_status. */
int mo_stmt_run(struct mo_tree *t, sqlite3_stmt *stmt);
/* Runs a statement without parameters. A mo_status. */
int mo_stmt_exec(struct mo_tree *t, enum mo_stmt which);
/* Notes the last error of SQLite in t->error and turns it into a mo_status. */
int mo_db_failed(struct mo_tree *t);
int mo_status_errno(int status);
__attribute__((format(printf, 2, 3)))
void mo_set_error(struct mo_tree *t, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void mo_log(struct mo_tree *t, int level, const char *fmt, ...);

/* ----------------------------------------------------------------- uri.c: URIs */

enum mo_query { MO_QUERY_NONE, MO_QUERY_PROP, MO_QUERY_LIST };

/* A URI taken apart; the segments are decoded and point into buf. */
struct mo_path {
	unsigned int n;
	const char *seg[MO_MAX_DEPTH];
	enum mo_query query;
	const char *query_arg;
	char buf[MO_MAX_URI + MO_MAX_DEPTH + 64];
};

#define MO_URI_BUF	(MO_MAX_URI + 8)	/* "./", NUL, and room for one more %XX */

/* A mo_status: 404 for a URI that cannot name a node, 414 beyond the limits. */
int mo_path_parse(const char *uri, struct mo_path *p);
/* Canonical text of segments from..n-1 without "./"; never too long for MO_URI_BUF. */
void mo_path_format(const struct mo_path *p, unsigned int from, char buf[MO_URI_BUF]);
/* Appends a percent-encoded segment. The new length, or 0 if it does not fit. */
size_t mo_segment_encode(const char *name, char *buf, size_t room);
bool mo_utf8_valid(const char *s, size_t len, size_t *chars);

/* ------------------------------------------------------------- value.c: values */

#define MO_MAX_VALUE	65536

/*
 * Checks v as the value of a new node or, old not NULL, of an existing one, and gives what is to be
 * stored: defaults filled in, blanks around numbers left out. out->data points into v. A mo_status.
 */
int mo_value_check(const struct mo_value *v, const char *old_format, const char *old_type,
		   struct mo_value *out);
/* A copy with a NUL behind it. 0 or -ENOMEM. */
int mo_value_set(struct mo_value *v, const void *data, size_t len, const char *format,
		 const char *type);
/* Decodes base64, blanks allowed. The length, or -1. */
long mo_base64_decode(const char *text, size_t len, uint8_t *out, size_t room);

/* ------------------------------------------------------------------ acl.c: ACL */

bool mo_acl_valid(const char *acl);
/* right: "Add" "Delete" "Exec" "Get" "Replace". */
bool mo_acl_allows(const char *acl, const char *right, const char *server);
/* ACL of an interior node created by a server that has no Replace on the parent; "" if none. */
void mo_acl_creator(const char *server, char acl[MO_MAX_ACL + 1]);

/* ----------------------------------------------------------------- node.c: rows */

struct mo_node {
	int64_t id;
	char format[MO_FORMAT_LEN];
	char type[MO_TYPE_LEN];
	unsigned int access;
	unsigned int flags;
};

/* How far a path exists. */
struct mo_where {
	struct mo_node node;		/* the deepest node that exists */
	unsigned int found;		/* segments found; all of them: node is the target */
	char acl[MO_MAX_ACL + 1];	/* in force at node: its own, or the nearest ancestor's */
	struct mo_mount *mount;		/* provider at or above node */
	unsigned int mount_depth;
};

bool mo_is_interior(const struct mo_node *n);
/* A mo_status; a path that does not exist is success with w->found below p->n. */
int mo_node_resolve(struct mo_tree *t, const struct mo_path *p, struct mo_where *w);
/* Creates name below parent; *id is the new row. mo_status. */
int mo_node_insert(struct mo_tree *t, int64_t parent, const char *name, const struct mo_value *v,
		   unsigned int access, unsigned int flags, const char *acl, int64_t *id);
int mo_node_update(struct mo_tree *t, const struct mo_node *n, const struct mo_value *v);
int mo_node_protect(struct mo_tree *t, int64_t id, unsigned int access);
int mo_node_set_acl(struct mo_tree *t, int64_t id, const char *acl);
int mo_node_delete(struct mo_tree *t, int64_t id);
int mo_node_value(struct mo_tree *t, const struct mo_node *n, struct mo_value *v);
int mo_node_children(struct mo_tree *t, int64_t id, struct mo_value *v);

/* --------------------------------------------------------------- walk.c: subtrees */

struct mo_row {
	unsigned int depth;		/* 0 = where the walk began */
	const char *name, *format, *type, *acl;
	unsigned int access;
	const void *data;
	size_t len;
};

/* Depth first, siblings in byte order. 0, fn's non-zero result, or -errno. */
int mo_walk(struct mo_tree *t, int64_t id, int (*fn)(void *arg, const struct mo_row *row),
	    void *arg);

/* ------------------------------------------------------------------ unit.c: units */

/* Brackets one operation: a unit of its own, or a savepoint in the open one. */
int mo_op_begin(struct mo_tree *t, bool *own);
int mo_op_end(struct mo_tree *t, bool own, int status, struct mo_mount *changed);
void mo_unmount_all(struct mo_tree *t);

/* ------------------------------------------------------------------- account.c */

/* Makes ./DMAcc known to a tree just opened. 0 or -errno. */
int mo_account_mount(struct mo_tree *t);
/* Access of a dynamic node: secrets cannot be read, identities cannot be changed. */
unsigned int mo_account_access(const struct mo_path *p, unsigned int access);

/* ------------------------------------------------------------------ trust.c */

/* Fills in what is remembered of acc->server_id. 0 or -errno. */
int mo_trust_load(struct mo_tree *t, struct mo_account *acc);

#endif /* MO_PRIVATE_H */
