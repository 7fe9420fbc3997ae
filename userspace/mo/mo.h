/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The management tree (OMA DM 1.2 Tree and Description): nodes in SQLite, subtrees
 * owned by providers.
 *
 * Operations return an OMA DM status code (200, 404, 405 ...; enum mo_status), or,
 * where they say so, 0 or a negative errno.  URIs are "./A/B", "A/B" or ".".
 */
#ifndef MO_MO_H
#define MO_MO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Status codes as used on the wire (spec/oma-dm.md section 5.1). */
enum mo_status {
	MO_OK = 200,
	MO_BAD_COMMAND = 400,
	MO_FORBIDDEN = 403,
	MO_NOT_FOUND = 404,
	MO_NOT_ALLOWED = 405,
	MO_UNSUPPORTED_FEATURE = 406,
	MO_TOO_LARGE = 413,
	MO_URI_TOO_LONG = 414,
	MO_UNSUPPORTED_FORMAT = 415,
	MO_EXISTS = 418,
	MO_DEVICE_FULL = 420,
	MO_PERMISSION_DENIED = 425,
	MO_FAILED = 500,
	MO_ROLLBACK_FAILED = 516,
};

#define MO_FORMAT_LEN	8
#define MO_TYPE_LEN	128

/* The largest value of a leaf, in bytes; 413 above it. */
#define MO_MAX_VALUE	(4U << 20)

/* A subtree as one value: XML text, Format xml. */
#define MO_TNDS_XML	"application/vnd.syncml.dmtnds+xml"

/* Limits published in DevDetail/URI; a breach is 414. */
#define MO_MAX_DEPTH	16
#define MO_MAX_URI	512
#define MO_MAX_SEGMENT	64

/* A value with its Format and Type; its length is len, but a NUL follows it. */
struct mo_value {
	char *data;
	size_t len;
	char format[MO_FORMAT_LEN];	/* chr int bool bin b64 null node ... */
	char type[MO_TYPE_LEN];		/* MIME type, or MO identifier of an interior node */
};

void mo_value_clear(struct mo_value *v);	/* wipes and frees data */

struct mo_tree;

/*
 * A provider owns a subtree and puts it into the configuration of the system.
 * It sees a change before it is committed, in two phases.  An op that is not needed is NULL.
 * MO_OP_RENAME: a node that is there already, under the URI that it would have.
 */
enum mo_op { MO_OP_ADD, MO_OP_REPLACE, MO_OP_RENAME, MO_OP_DELETE, MO_OP_EXEC };

/* On whose behalf an Exec is done. */
struct mo_job {
	const char *server_id;		/* NULL = the device itself */
	const char *uri;
	char correlator[64];		/* "" = none */
};

struct mo_provider_ops {
	const char *name;
	/*
	 * May this be done?  Validates only.  Returns a mo_status. rel is the URI below the mount
	 * point ("a/b", "" = itself).
	 */
	int (*check)(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v);
	/*
	 * Makes the new state of the subtree ready and durable beside the old one (temporary
	 * file, fsync), without touching the old one.  Enumerate with mo_tree_each_leaf() below
	 * uri, the mount point.  Returns a mo_status; on failure msg says what and where.
	 */
	int (*prepare)(void *ctx, struct mo_tree *t, const char *uri, char *msg,
		       size_t msg_len);
	/*
	 * Puts the prepared state into force; keeps what undo needs.  If it fails it has put the
	 * old state back itself.  mo_status.
	 */
	int (*commit)(void *ctx, char *msg, size_t msg_len);
	/*
	 * After commit: the tree could not be committed, go back to the old state. 0, or -errno
	 * if that failed, which the next mount will repair.
	 */
	int (*undo)(void *ctx);
	/*
	 * The end of every round that prepare began with success, whatever came of it: drop
	 * what was prepared and not used, forget what undo needed.
	 */
	void (*finish)(void *ctx);
	/*
	 * At the first mount of all, before the provider is made to follow the tree: adds what
	 * the target already holds with mo_tree_add(t, NULL, ...) below uri.  NULL = nothing to
	 * take over. mo_status.
	 */
	int (*import)(void *ctx, struct mo_tree *t, const char *uri, char *msg, size_t msg_len);
	/* Exec on a node of the subtree; NULL = 405. mo_status. */
	int (*exec)(void *ctx, const char *rel, const struct mo_value *arg);
	/*
	 * The same, instead of exec, for what may take long: 202 = begun, its end will be told by
	 * mo_pending_add() with the server and the Correlator of the job.
	 */
	int (*exec_job)(void *ctx, const struct mo_job *job, const char *rel,
			const struct mo_value *arg);
	void (*free)(void *ctx);
};

/* Opens (creates) the tree. path ":memory:" for tests. 0 or -errno. */
int mo_tree_open(const char *path, struct mo_tree **ret);
/* The same; on failure why says what is wrong with which file. */
int mo_tree_open_why(const char *path, struct mo_tree **ret, char *why, size_t why_len);
void mo_tree_close(struct mo_tree *t);

/* Where the tree tells of failures that a status code alone cannot explain; line has no payload. */
void mo_tree_set_log(struct mo_tree *t, void (*log)(void *ctx, int level, const char *line),
		     void *ctx);

/*
 * Loads the device description: one DDF file, or all *.xml of a folder.  It takes the place of the one
 * before; permanent nodes that are missing are created.  0 or -errno; why says file, line and
 * reason, and nothing has changed.
 */
int mo_ddf_load(struct mo_tree *t, const char *path, char *why, size_t why_len);

/*
 * Mounts a provider on uri (an interior node, created as a permanent one if missing).
 * Nodes below are dynamic: any leaf is created on Add, with missing parents.
 * Then brings the provider into agreement with the tree (prepare and commit), so that
 * a crash between the two is repaired.  A target that cannot be written is logged and does
 * not make the mount fail.  The tree takes over ctx, also on failure.  0 or -errno.
 */
int mo_tree_mount(struct mo_tree *t, const char *uri, const struct mo_provider_ops *ops, void *ctx);

/*
 * Defines a permanent node for the device itself (DevInfo ...), creating parents; overwrites
 * its value. 0 or -errno.
 */
int mo_tree_define(struct mo_tree *t, const char *uri, const char *format, const char *value,
		   unsigned int access);
/* access bits of mo_tree_define */
#define MO_ACCESS_GET		(1U << 0)
#define MO_ACCESS_REPLACE	(1U << 1)
#define MO_ACCESS_ADD		(1U << 2)	/* interior: children may be added */
#define MO_ACCESS_DELETE	(1U << 3)
#define MO_ACCESS_EXEC		(1U << 4)
#define MO_ACCESS_COPY		(1U << 5)

/* Gives a node an ACL, "" = inherit. 0 or -errno. */
int mo_tree_set_acl(struct mo_tree *t, const char *uri, const char *acl);

/*
 * Units of work.  begin .. commit is durable and accepted by the providers concerned,
 * or it never was: commit runs prepare and commit of every provider whose subtree
 * changed; a failure rolls all back and returns its mo_status (516: not all providers could go back).  Units do not nest.  An
 * operation that fails within a unit changes nothing; whether the unit goes on is the
 * caller's business.
 */
int mo_tree_begin(struct mo_tree *t);		/* mo_status */
int mo_tree_commit(struct mo_tree *t);		/* mo_status */
void mo_tree_rollback(struct mo_tree *t);
/* What made the last commit (or operation of its own) fail, "" if nothing. */
const char *mo_tree_error(const struct mo_tree *t);
/* A unit is open: what is written now belongs to it. */
bool mo_tree_busy(const struct mo_tree *t);
/*
 * The node that made the last operation fail, if it was not the target: a parent that could not
 * be created, a node of a TNDS document, the source of a Copy.  "" = the target.
 */
const char *mo_tree_failed_uri(const struct mo_tree *t);

/* Would a change of this node have to be put into force by a provider? */
bool mo_tree_is_provided(const struct mo_tree *t, const char *uri);

/*
 * Operations on behalf of a server (its ServerID; NULL = the device itself, which may
 * do all).  mo_status.  Without a begin each is a unit of work of its own.
 */
/* A value of type MO_TNDS_XML is a subtree that is put at uri (./Inbox: where its MO belongs). */
int mo_tree_add(struct mo_tree *t, const char *server, const char *uri, const struct mo_value *v);
/* Also uri?prop=ACL, Name, Title.  MO_TNDS_XML: the whole subtree gets replaced. */
int mo_tree_replace(struct mo_tree *t, const char *server, const char *uri,
		    const struct mo_value *v);
int mo_tree_delete(struct mo_tree *t, const char *server, const char *uri);
/* Value of one leaf to another, which is created if it is not there. */
int mo_tree_copy(struct mo_tree *t, const char *server, const char *source, const char *target);
/*
 * Interior nodes: format "node", data = names of the children joined by '/', percent-encoded.
 * uri?prop=X: the property as text, format and type empty.  uri?list=TNDS (+Name, -Name): MO_TNDS_XML.
 */
int mo_tree_get(struct mo_tree *t, const char *server, const char *uri, struct mo_value *v);
int mo_tree_exec(struct mo_tree *t, const char *server, const char *uri,
		 const struct mo_value *arg);
/* The same, so that the provider can tell later; 202 where it does. */
int mo_tree_exec_job(struct mo_tree *t, const struct mo_job *job, const struct mo_value *arg);

/*
 * uri?list=Struct or StructData: calls fn for each node that the server may Get, parents first;
 * v->data is NULL where there is no value to tell.  What is below a node that is left out is left
 * out too.  Stops at fn's non-zero, which is MO_FAILED then.  A mo_status.
 */
int mo_tree_list(struct mo_tree *t, const char *server, const char *uri,
		 int (*fn)(void *arg, const char *uri, const struct mo_value *v), void *arg);

/*
 * Calls fn for each leaf below uri, depth first, siblings in byte order; rel is relative to
 * uri, percent-encoded where needed. Stops and returns fn's non-zero.
 */
int mo_tree_each_leaf(struct mo_tree *t, const char *uri,
		      int (*fn)(void *arg, const char *rel, const struct mo_value *v), void *arg);

/* A node as the device itself sees it. */
struct mo_entry {
	const char *uri;		/* "./A/B" */
	const char *format, *type, *acl, *title, *tstamp;
	unsigned int verno, access;	/* access: MO_ACCESS_ bits */
	bool permanent;
	bool secret;			/* no server may Get it; its value is not told either */
	struct mo_value value;		/* data NULL: interior, secret, or not asked for */
};

/* Calls fn for each node, parents first. 0, fn's non-zero, or -errno. */
int mo_tree_each_node(struct mo_tree *t, const char *uri, bool values,
		      int (*fn)(void *arg, const struct mo_entry *e), void *arg);

/* The tree below uri as XML (TNDS: MgmtTree), secrets left out; caller frees. 0 or -errno. */
int mo_tree_to_xml(struct mo_tree *t, const char *uri, char **xml, size_t *len);

/* ------------------------------------------- DevInfo and DevDetail (9.2, 9.3) */

/* NULL members get the value "" ("1.2" for dmv, "en" for lang). */
struct mo_device {
	const char *dev_id, *man, *mod, *dmv, *lang;			/* ./DevInfo */
	const char *dev_typ, *oem, *fwv, *swv, *hwv;			/* ./DevDetail */
};

/* Defines ./DevInfo and ./DevDetail (URI limits and LrgObj included). 0 or -errno. */
int mo_device_define(struct mo_tree *t, const struct mo_device *dev);

/* ------------------------------------------------------------------ DMAcc (w7) */

#define MO_SECRET_LEN	128
#define MO_NONCE_LEN	64

/* One set of credentials of an account. */
struct mo_credential {
	char type[16];			/* AAuthType: DIGEST, BASIC, HMAC */
	char name[128];			/* AAuthName */
	char secret[MO_SECRET_LEN];	/* AAuthSecret */
	uint8_t nonce[MO_NONCE_LEN];	/* AAuthData, raw */
	size_t nonce_len;
};

struct mo_account {
	char node[MO_MAX_URI + 24];	/* "./DMAcc/Card" */
	char server_id[128];
	char name[128];
	char addr[256];			/* http://127.0.0.1:3516/dm */
	char auth_pref[16];
	bool has_auth_pref;		/* AAuthPref is there, maybe empty */
	char encoding[8];		/* Ext/Encoding: "" = XML, "wbxml" */
	struct mo_credential client;	/* CLCRED: client to server; nonce issued by the server */
	struct mo_credential server;	/* SRVCRED: server to client; nonce issued by the client */
	/* What the client remembers beside the tree */
	char last_auth[16];		/* AAuthType of the last session, "" = none */
	bool has_previous;		/* nonce of server before its present one, still valid */
	uint8_t previous[MO_NONCE_LEN];
	size_t previous_len;
};

/* 0, -ENOENT if there is no such account, or -errno. */
int mo_account_load(struct mo_tree *t, const char *server_id, struct mo_account *acc);
/* The n-th account's ServerID (n from 0); -ENOENT past the end. */
int mo_account_nth(struct mo_tree *t, unsigned int n, char *server_id, size_t len);
/* Creates ./DMAcc/<name>; -EEXIST if an account of that ServerID is there. */
int mo_account_create(struct mo_tree *t, const char *name, const struct mo_account *acc);
enum mo_cred_side { MO_CRED_CLIENT, MO_CRED_SERVER };
/* Stores a nonce durably. 0 or -errno. */
int mo_account_set_nonce(struct mo_tree *t, const char *server_id, enum mo_cred_side side,
			 const uint8_t *nonce, size_t len);
/*
 * A new nonce for the server, sent to it but maybe never received: the one before stays valid until
 * mo_account_drop_previous(). 0 or -errno.
 */
int mo_account_next_nonce(struct mo_tree *t, const char *server_id, const uint8_t *nonce,
			  size_t len);
int mo_account_drop_previous(struct mo_tree *t, const char *server_id);
int mo_account_set_last_auth(struct mo_tree *t, const char *server_id, const char *type);
void mo_account_wipe(struct mo_account *acc);

/* ------------------------------------------- bootstrap: what came from where */

#define MO_ORIGIN_LEN	128
#define MO_DIGEST_LEN	32

/* What is known of a source of bootstrap documents ("card:ICCID", "file:NAME"). */
enum mo_origin {
	MO_ORIGIN_NONE,		/* nothing in the tree came from it */
	MO_ORIGIN_SAME,		/* something did, from a document with this digest */
	MO_ORIGIN_OTHER,	/* something did, from another document */
};

/* An enum mo_origin, or -errno. */
int mo_origin_get(struct mo_tree *t, const char *origin, const uint8_t digest[MO_DIGEST_LEN]);
/*
 * In an open unit, around the adding of what a document has: begin gives a mark, end notes where all
 * that was added since came from.  An object without an ACL of its own then belongs to its server: that
 * of the account itself, or the only one that was added.  end: 0; -EPERM: something was added to what
 * was there before; -EBADMSG: an account without ServerID or address; -ENOENT: no account; or -errno.
 * why says which.
 */
int mo_origin_begin(struct mo_tree *t, int64_t *mark);
int mo_origin_end(struct mo_tree *t, int64_t mark, const char *origin,
		  const uint8_t digest[MO_DIGEST_LEN], char *why, size_t why_len);
/* Takes away what came from there; in the open unit, or in one of its own. How much, or -errno. */
int mo_origin_drop(struct mo_tree *t, const char *origin);
/* The same for each origin that begins with prefix, but not for keep (NULL = none). */
int mo_origin_drop_others(struct mo_tree *t, const char *prefix, const char *keep);
/* Where the account came from, "" if not by a document. 0, -ENOENT or -errno. */
int mo_account_origin(struct mo_tree *t, const char *server_id, char *origin, size_t len);

/*
 * Notification SessionIDs seen, so that a duplicate does nothing. 1 = seen before, 0 = new
 * (and now noted), -errno.
 */
int mo_session_seen(struct mo_tree *t, const char *server_id, uint16_t session_id);

/* -------------------------------------------- alerts for the next session (1226) */

#define MO_PENDING_MAX	1024		/* alerts kept of a server; the oldest go */
#define MO_PENDING_DATA	65536

/* A generic alert that waits for a session with its server. */
struct mo_pending {
	int64_t id;
	char server_id[128];
	char correlator[64];		/* "" = none */
	char source[MO_MAX_URI];
	char type[128];
	char mark[16];			/* "" = none */
	char format[MO_FORMAT_LEN];
	char *data;			/* a NUL follows */
	size_t len;
};

/* Keeps it durably: with the commit of the open unit, or at once.  id is not used. 0 or -errno. */
int mo_pending_add(struct mo_tree *t, const struct mo_pending *p);
/* The id of the one that was added last. */
int64_t mo_pending_last(const struct mo_tree *t);
/* The oldest first; fn may drop the one it is given.  Stops and returns fn's non-zero; -errno. */
int mo_pending_each(struct mo_tree *t, const char *server_id,
		    int (*fn)(void *arg, const struct mo_pending *p), void *arg);
/* 0, also if it is not there (any more), or -errno. */
int mo_pending_drop(struct mo_tree *t, int64_t id);

#endif /* MO_MO_H */
