/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the management tree share with each other and with nobody else.
 */
#ifndef MO_PRIVATE_H
#define MO_PRIVATE_H

#include <libxml/tree.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mo/mo.h"

#define MO_MAX_ACL	1024
#define MO_MAX_TITLE	255		/* bytes */
#define MO_ACL_ALL	"Add=*&Delete=*&Exec=*&Get=*&Replace=*"
#define MO_ACL_ROOT	"Add=*&Get=*"
#define MO_ROOT_ID	1
/* What a server may do to a node that was created at run time. */
#define MO_ACCESS_DYNAMIC	(MO_ACCESS_GET | MO_ACCESS_REPLACE | MO_ACCESS_ADD | \
				 MO_ACCESS_DELETE | MO_ACCESS_COPY)
#define MO_NODE_PERMANENT	(1U << 0)
#define MO_NODE_ANY_CASE	(1U << 1)	/* its name is compared without case */
#define MO_NODE_MOUNTED		(1U << 2)	/* a provider took it over */

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
	MO_STMT_CHILD_ANY_CASE,
	MO_STMT_CHILDREN,
	MO_STMT_INSERT,
	MO_STMT_UPDATE,
	MO_STMT_TOUCH,
	MO_STMT_TOUCH_PARENT,
	MO_STMT_PROTECT,
	MO_STMT_SET_ACL,
	MO_STMT_SET_TITLE,
	MO_STMT_RENAME,
	MO_STMT_DELETE,
	MO_STMT_VALUE,
	MO_STMT_PROPERTIES,
	MO_STMT_SEEN_ADD,
	MO_STMT_SEEN_TRIM,
	MO_STMT_TRUST_GET,
	MO_STMT_TRUST_AUTH,
	MO_STMT_TRUST_PREVIOUS,
	MO_STMT_TRUST_DROP,
	MO_STMT_TRUST_FORGET,
	MO_STMT_PENDING_ADD,
	MO_STMT_PENDING_TRIM,
	MO_STMT_PENDING_DROP,
	MO_STMT_PENDING_FORGET,
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
	struct mo_ddf *ddf;			/* of the root; NULL: nothing is described */
	char failed[MO_MAX_URI + 16];		/* mo_tree_failed_uri() */
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
};

/* The statement, reset and without bindings; NULL: t->error says why. */
sqlite3_stmt *mo_stmt(struct mo_tree *t, enum mo_stmt which);
/* Steps a statement that returns no rows, then resets it. A mo_status. */
int mo_stmt_run(struct mo_tree *t, sqlite3_stmt *stmt);
/* Runs a statement without parameters. A mo_status. */
int mo_stmt_exec(struct mo_tree *t, enum mo_stmt which);
/* schema.c: settings, integrity, tables, those of older versions made new. 0 or -errno. */
int mo_db_set_up(struct mo_tree *t, char *why, size_t why_len);
int mo_db_errno(sqlite3 *db);
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
	char buf[MO_MAX_URI + MO_MAX_DEPTH + 128];
};

#define MO_URI_BUF	(MO_MAX_URI + 8)	/* "./", NUL, and room for one more %XX */

/* A mo_status: 404 for a URI that cannot name a node, 414 beyond the limits. */
int mo_path_parse(const char *uri, struct mo_path *p);
/* Canonical text of segments from..n-1 without "./"; never too long for MO_URI_BUF. */
void mo_path_format(const struct mo_path *p, unsigned int from, char buf[MO_URI_BUF]);
/* Appends a percent-encoded segment. The new length, or 0 if it does not fit. */
size_t mo_segment_encode(const char *name, char *buf, size_t room);
bool mo_utf8_valid(const char *s, size_t len, size_t *chars);
/* Can text, as it is, be the name of a node? A mo_status. */
int mo_name_check(const char *text);
/* Characters that a name has in a URI. */
size_t mo_encoded_len(const char *name);

/* ------------------------------------------------------------- value.c: values */

/*
 * Checks v as the value of a new node or, old not NULL, of an existing one, and gives what is to be
 * stored: defaults filled in, blanks around numbers left out. out->data points into v. A mo_status.
 */
int mo_value_check(const struct mo_value *v, const char *old_format, const char *old_type,
		   struct mo_value *out);
/* A copy with a NUL behind it; data NULL: room for it. 0 or -ENOMEM. */
int mo_value_set(struct mo_value *v, const void *data, size_t len, const char *format,
		 const char *type);
/* Leaves out the blanks around it, in place. */
void mo_value_trim(struct mo_value *v);
/* UTF-8 that XML 1.0 can carry. */
bool mo_text_valid(const char *s, size_t len);
/* Decodes base64, blanks allowed. The length, or -1. */
long mo_base64_decode(const char *text, size_t len, uint8_t *out, size_t room);

/* ------------------------------------------------------------------ acl.c: ACL */

/* Each command once, "*" instead of a list with it. 400 malformed, 420 too long. */
int mo_acl_normalise(const char *text, char acl[MO_MAX_ACL + 1]);
/* The ACL without a server; false if it is not in it. */
bool mo_acl_strip(const char *text, const char *server, char acl[MO_MAX_ACL + 1]);
/* right: "Add" "Delete" "Exec" "Get" "Replace". */
bool mo_acl_allows(const char *acl, const char *right, const char *server);
/* ACL of an interior node created by a server that has no Replace on the parent; "" if none. */
void mo_acl_creator(const char *server, char acl[MO_MAX_ACL + 1]);
/* ACL of what is one server's own; false: that ServerID cannot stand in an ACL. */
bool mo_acl_own(const char *server, bool may_add, char acl[MO_MAX_ACL + 1]);

/* ------------------------------------------ ddf-match.c: device descriptions (DDF) */

/*
 * A node of the device description.  In all functions d may be NULL: nothing is known of the
 * node then, and everything is open below it.
 */
struct mo_ddf {
	struct mo_ddf *next, *child;
	char *name;			/* "" = given at run time */
	bool described;			/* false: it only leads to others */
	unsigned int access;
	char format[MO_FORMAT_LEN];
	char *type;			/* MO identifier, or MIME types joined by blanks */
	char *value;			/* DefaultValue, NULL = none */
	unsigned int min, max;		/* Occurrence */
	bool permanent, any_case;
};

/* ddf.c, ddf-dtd.c: reading. 0 or -errno, why says where. */
int mo_ddf_parse(const char *file, const char *xml, size_t len, struct mo_ddf *root, char *why,
		 size_t why_len);
bool mo_ddf_valid(xmlDocPtr doc);
void mo_ddf_free(struct mo_ddf *d);

const struct mo_ddf *mo_ddf_child(const struct mo_ddf *d, const char *name);
/* Nothing may be below but what is described. */
bool mo_ddf_closed(const struct mo_ddf *d);
bool mo_ddf_is_leaf(const struct mo_ddf *d);
/* AccessType; stored: that of the node itself, for where nothing is described. */
unsigned int mo_ddf_access(const struct mo_ddf *d, unsigned int stored);
unsigned int mo_ddf_flags(const struct mo_ddf *d);
/* Type of a new interior node. */
void mo_ddf_set_type(const struct mo_ddf *d, struct mo_value *v);
/* Fills in Format and Type where they are missing; 415 if they are wrong. */
int mo_ddf_value(const struct mo_ddf *d, const struct mo_value *v, const char *old_type,
		 struct mo_value *out);

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
	const struct mo_ddf *ddf;	/* description of node */
	unsigned int access;		/* what the description lets servers do, or the node */
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
int mo_node_protect(struct mo_tree *t, int64_t id, unsigned int access, unsigned int flags);
int mo_node_set_acl(struct mo_tree *t, int64_t id, const char *acl);
int mo_node_set_title(struct mo_tree *t, int64_t id, const char *title);
int mo_node_rename(struct mo_tree *t, int64_t id, const char *name);
int mo_node_delete(struct mo_tree *t, int64_t id);
int mo_node_value(struct mo_tree *t, int64_t id, const char *format, const char *type,
		  struct mo_value *v);
int mo_node_children(struct mo_tree *t, int64_t id, struct mo_value *v);
/* Occurrence: is there room for one more child d, may w be missing? 405, 420. */
int mo_ddf_may_add(struct mo_tree *t, int64_t parent, const struct mo_ddf *above,
		   const struct mo_ddf *d);
int mo_ddf_may_delete(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w);

/* --------------------------------------------------------------- walk.c: subtrees */

struct mo_row {
	unsigned int depth;		/* 0 = where the walk began */
	int64_t id;
	const char *name, *format, *type, *acl, *title;
	unsigned int access, flags, verno;
	int64_t tstamp;			/* seconds since 1970 */
	size_t len;			/* of the value, which mo_row_value() gives */
	const void *data;		/* only if it is small */
};

#define MO_TSTAMP_LEN	20		/* 20010711T163817Z */
void mo_tstamp_text(int64_t tstamp, char text[MO_TSTAMP_LEN]);
int mo_row_value(struct mo_tree *t, const struct mo_row *row, struct mo_value *v);

/* Depth first, siblings in byte order. 0, fn's non-zero result, or -errno. */
int mo_walk(struct mo_tree *t, int64_t id, int (*fn)(void *arg, const struct mo_row *row),
	    void *arg);

/* ------------------------------------------------ view.c: what a server may see */

struct mo_view_node {
	const struct mo_row *row;
	const char *uri;		/* "./A/B" */
	const struct mo_ddf *ddf;
	unsigned int access;		/* without MO_ACCESS_GET only if server is NULL */
};

/* 0, fn's non-zero result, or -errno; -EACCES: not even where it begins. */
int mo_view(struct mo_tree *t, const char *server, const struct mo_path *p,
	    const struct mo_where *w, int (*fn)(void *arg, const struct mo_view_node *n),
	    void *arg);

/* ------------------------------------------------------------- tree.c: operations */

int mo_locate(struct mo_tree *t, const char *uri, struct mo_path *p, struct mo_where *w);
/* AccessType and ACL; server NULL is the device, which may do all. */
int mo_permitted(const struct mo_where *w, const char *server, unsigned int access,
		 const char *right);
int mo_may_get(const struct mo_where *w, const struct mo_path *p, const char *server);
int mo_ask_provider(const struct mo_where *w, const struct mo_path *p, enum mo_op op,
		    const struct mo_value *v);
/* Notes the node of the first n segments for mo_tree_failed_uri(). */
void mo_note_failed(struct mo_tree *t, const struct mo_path *p, unsigned int n);
/* The node p, with missing parents; own_acl may be NULL. */
int mo_add_node(struct mo_tree *t, const char *server, const struct mo_path *p,
		const struct mo_where *w, const struct mo_value *v, const char *own_acl,
		struct mo_mount **changed);
int mo_replace_value(struct mo_tree *t, const char *server, unsigned int access,
		     const struct mo_path *p, const struct mo_where *w, const struct mo_value *v,
		     struct mo_mount **changed);

/* --------------------------------------------------------------------- tnds-*.c */

/* A node of a TNDS document. */
struct mo_tnds_node {
	unsigned int depth;		/* 0 = outermost */
	int line;
	const char *name, *path, *acl, *title;	/* NULL = not given */
	const char *format, *type;	/* type: "" = not given */
	const char *value;		/* as it is in the document: bin is base64 */
	size_t value_len;
};

/* Parents first; ends with fn's status if that is not 200. A mo_status. */
int mo_tnds_read(const char *xml, size_t len,
		 int (*fn)(void *arg, const struct mo_tnds_node *n), void *arg);
bool mo_is_tnds(const struct mo_value *v);
/* subtree.c: Add or Replace of the node p by a document. */
int mo_subtree_put(struct mo_tree *t, const char *server, const struct mo_path *p,
		   const struct mo_where *w, const struct mo_value *v, bool replace,
		   struct mo_mount **changed);

/* inbox.c; *ret is NULL if p is not in the Inbox. */
struct mo_inbox;
bool mo_in_inbox(const struct mo_where *w);
int mo_inbox_open(const struct mo_where *w, const struct mo_path *p, struct mo_inbox **ret);
void mo_inbox_close(struct mo_inbox *inbox);
/* Where an outermost node of the document goes. */
int mo_inbox_place(struct mo_tree *t, struct mo_inbox *inbox, const struct mo_tnds_node *n,
		   char *uri, size_t room);
int mo_inbox_finish(struct mo_tree *t, struct mo_inbox *inbox);

/* The answer to ?list=TNDS. */
int mo_tnds_get(struct mo_tree *t, const char *server, const struct mo_path *p,
		const struct mo_where *where, struct mo_value *v);

/* ----------------------------------------------------- props.c, rename.c: properties */

/* Is there such a property, and does this node have it? */
bool mo_property_known(const struct mo_path *p, const struct mo_where *w);
int mo_property_get(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		    struct mo_value *v);
int mo_property_replace(struct mo_tree *t, const char *server, const struct mo_path *p,
			const struct mo_where *w, const struct mo_value *v,
			struct mo_mount **changed);
int mo_property_set_acl(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
			const char *server, const char *text);
int mo_rename(struct mo_tree *t, const char *server, const struct mo_path *p,
	      const struct mo_where *w, const char *name, struct mo_mount **changed);

/* ------------------------------------------------------------------ unit.c: units */

/* Brackets one operation: a unit of its own, or a savepoint in the open one. */
int mo_op_begin(struct mo_tree *t, bool *own);
int mo_op_end(struct mo_tree *t, bool own, int status, struct mo_mount *changed);
void mo_unmount_all(struct mo_tree *t);

/* ------------------------------------------------------------------- account.c */

/* Makes ./DMAcc known to a tree just opened. 0 or -errno. */
int mo_account_mount(struct mo_tree *t);
/* Closes ./DMAcc and the accounts in it to other servers than their own, if it was open. 0 or -errno. */
int mo_account_close_all(struct mo_tree *t);
/*
 * Access of a node below ./DMAcc, whatever a description says: secrets cannot be read, identities
 * cannot be changed.
 */
unsigned int mo_account_access(unsigned int depth, const char *name, unsigned int access);

/* define.c: a permanent node as it is described, whether it is there or not. 0 or -errno. */
int mo_define_described(struct mo_tree *t, const char *uri, const struct mo_ddf *d);

/* ------------------------------------------------------------------ forget.c */

/* The ServerIDs of all accounts, before some are deleted; caller frees. */
struct mo_ids;
int mo_account_ids(struct mo_tree *t, struct mo_ids **ret);
/* Takes those that have no account any more out of all ACLs. */
int mo_account_forget(struct mo_tree *t, const struct mo_ids *before);

/* ------------------------------------------------------------------ trust.c */

/* Fills in what is remembered of acc->server_id. 0 or -errno. */
int mo_trust_load(struct mo_tree *t, struct mo_account *acc);
/* address.c: the address as a URI, by what AddrType and PortNbr say; "" if it makes none. */
void mo_address_complete(char *addr, size_t room, const char *type, const char *port);
/* What is remembered of a server, alerts that wait for it too. A mo_status. */
int mo_trust_forget(struct mo_tree *t, const char *server_id);

#endif /* MO_PRIVATE_H */
