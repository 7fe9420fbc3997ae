// SPDX-License-Identifier: BSD-3-Clause
/*
 * DMAcc: the accounts of DM servers, kept in the tree in the w7 layout.
 *
 *	./DMAcc/<name>/AppID=w7 ServerID Name AAuthPref AppAddr/<x>/Addr AppAuth/<x>/...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "mo/private.h"

#define DMACC	"./DMAcc"

/* ---------------------------------------------------------- finding an account */

struct finder {
	const char *server_id;		/* wanted, or NULL: the skip-th */
	unsigned int skip;
	char name[MO_URI_BUF];		/* found: the account's node */
	char id[sizeof(((struct mo_account *)0)->server_id)];
};

/* Stops (1) at the account looked for. */
static int find(void *arg, const char *rel, const struct mo_value *v)
{
	struct finder *f = arg;
	const char *slash = strchr(rel, '/');

	if (!slash || strcmp(slash, "/ServerID") || v->len >= sizeof(f->id))
		return 0;
	if (f->server_id ? strcmp(f->server_id, v->data) : f->skip-- != 0)
		return 0;
	snprintf(f->name, sizeof(f->name), "%.*s", (int)(slash - rel), rel);
	memcpy(f->id, v->data, v->len + 1);
	return 1;
}

/* 0 or -errno; -ENOENT: no such account. */
static int find_account(struct mo_tree *t, struct finder *f)
{
	int ret = mo_tree_each_leaf(t, "./DMAcc", find, f);

	return ret == 1 ? 0 : ret == 0 ? -ENOENT : ret;
}

/* ------------------------------------------------- rules for what servers write */

/* Leaves that mo_account_load() reads, and how long they may be. */
static const struct limit {
	const char *name;
	unsigned int parents;	/* segments above it, the account's name included */
	size_t max;
} limits[] = {
	{ "ServerID", 1, sizeof(((struct mo_account *)0)->server_id) - 1 },
	{ "Name", 1, sizeof(((struct mo_account *)0)->name) - 1 },
	{ "AAuthPref", 1, sizeof(((struct mo_account *)0)->auth_pref) - 1 },
	{ "Encoding", 2, sizeof(((struct mo_account *)0)->encoding) - 1 },
	{ "Addr", 3, sizeof(((struct mo_account *)0)->addr) - 1 },
	{ "AAuthType", 3, sizeof(((struct mo_credential *)0)->type) - 1 },
	{ "AAuthName", 3, sizeof(((struct mo_credential *)0)->name) - 1 },
	{ "AAuthSecret", 3, MO_SECRET_LEN - 1 },
	{ "AAuthData", 3, MO_NONCE_LEN },
};

static long native_len(const struct mo_value *v)
{
	return strcmp(v->format, "b64") ? (long)v->len : mo_base64_decode(v->data, v->len, NULL, 0);
}

/*
 * One account a server: who could make a second one with the id of another could give itself that
 * one's rights, with a password of its own.
 */
static int check_id(struct mo_tree *t, const char *rel, const struct mo_value *v)
{
	char id[sizeof(((struct mo_account *)0)->server_id)];
	struct finder f = { .server_id = id };
	size_t n = strcspn(rel, "/");
	int err;

	if (!v->len)
		return MO_OK;
	snprintf(id, sizeof(id), "%.*s", (int)v->len, v->data);
	err = find_account(t, &f);
	if (err == -ENOENT || (!err && strlen(f.name) == n && !strncmp(f.name, rel, n)))
		return MO_OK;
	return err ? MO_FAILED : MO_EXISTS;
}

/* Refuses what would make the account unreadable, before it is stored. */
static int account_check(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v)
{
	unsigned int parents = 0;
	const char *name = rel, *slash;
	size_t i;

	if (op != MO_OP_ADD && op != MO_OP_REPLACE && op != MO_OP_RENAME)
		return MO_OK;
	while ((slash = strchr(name, '/'))) {
		name = slash + 1;
		parents++;
	}
	if (parents == 0 && strcmp(v->format, "node"))
		return MO_NOT_ALLOWED;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].parents != parents || strcmp(limits[i].name, name))
			continue;
		if (native_len(v) > (long)limits[i].max)
			return MO_TOO_LARGE;
		if (strcmp(name, "AAuthData") && memchr(v->data, '\0', v->len))
			return MO_UNSUPPORTED_FORMAT;
	}
	/* under another name it is the same account, and has its id */
	return op != MO_OP_RENAME && parents == 1 && !strcmp(name, "ServerID") ? check_id(ctx, rel, v) : MO_OK;
}

static const struct mo_provider_ops account_ops = {
	.name = "dmacc",
	.check = account_check,
};

/* Its own server may change it, nobody else: the ACL of ./DMAcc lets all of them make new ones. */
static int close_account(struct mo_tree *t, const char *node, const char *server_id)
{
	char acl[MO_MAX_ACL + 1];

	if (!mo_acl_own(server_id, true, acl))
		return -EINVAL;
	return mo_tree_set_acl(t, node, acl);
}

/*
 * What is mounted is open to all servers at first. Here that would let each of them give itself the
 * password, and so the rights, of another.
 */
int mo_account_close_all(struct mo_tree *t)
{
	struct mo_value acl = { 0 };
	bool open = mo_tree_get(t, NULL, DMACC "?prop=ACL", &acl) == MO_OK && !strcmp(acl.data, MO_ACL_ALL);
	struct finder f = { .skip = 0 };
	char node[MO_URI_BUF + 16];
	unsigned int n;
	int err = 0;

	mo_value_clear(&acl);
	for (n = 0; open && !(err = find_account(t, &f)); f = (struct finder){ .skip = ++n }) {
		snprintf(node, sizeof(node), DMACC "/%s", f.name);
		err = close_account(t, node, f.id);
		if (err)
			mo_log(t, LOG_WARNING, "tree: %s: no ACL for its ServerID: %s", node, strerror(-err));
	}
	if (!open)
		return 0;
	return err == -ENOENT ? mo_tree_set_acl(t, DMACC, "Add=*&Get=*") : err;
}

int mo_account_mount(struct mo_tree *t)
{
	int err = mo_tree_mount(t, DMACC, &account_ops, t);

	return err ? err : mo_account_close_all(t);
}

unsigned int mo_account_access(unsigned int depth, const char *name, unsigned int access)
{
	if (!strcmp(name, "AAuthSecret") || !strcmp(name, "AAuthData"))
		return access & ~MO_ACCESS_GET;
	if (depth == 3 && (!strcmp(name, "AppID") || !strcmp(name, "ServerID")))
		return access & MO_ACCESS_GET;
	return access;
}

/* --------------------------------------------------------------------- reading */

struct loader {
	struct mo_account *acc;
	struct mo_credential cred;	/* of the AppAuth node being read */
	char level[16];
	char x[MO_URI_BUF];		/* its name */
	char addr_type[8], port[8];	/* of the first address */
};

static void take(char *dst, size_t room, const struct mo_value *v)
{
	size_t n = v->len < room ? v->len : room - 1;

	memcpy(dst, v->data, n);
	dst[n] = '\0';
}

/* Leaves come in byte order, so AAuthLevel is not the first: decide when the node is complete. */
static void credential_end(struct loader *l)
{
	if (!strcmp(l->level, "CLCRED"))
		l->acc->client = l->cred;
	else if (!strcmp(l->level, "SRVCRED"))
		l->acc->server = l->cred;
	explicit_bzero(&l->cred, sizeof(l->cred));
	l->level[0] = '\0';
}

static void take_nonce(struct mo_credential *c, const struct mo_value *v)
{
	long n;

	if (!strcmp(v->format, "b64")) {
		n = mo_base64_decode(v->data, v->len, c->nonce, sizeof(c->nonce));
		c->nonce_len = n > 0 ? (size_t)n : 0;
	} else if (v->len <= sizeof(c->nonce)) {
		memcpy(c->nonce, v->data, v->len);
		c->nonce_len = v->len;
	}
}

static void load_credential(struct loader *l, const char *rel, const struct mo_value *v)
{
	const char *slash = strchr(rel, '/');
	size_t n = slash ? (size_t)(slash - rel) : 0;

	if (!slash || strchr(slash + 1, '/'))
		return;
	if (strncmp(l->x, rel, n) || l->x[n]) {
		credential_end(l);
		snprintf(l->x, sizeof(l->x), "%.*s", (int)n, rel);
	}
	if (!strcmp(slash, "/AAuthLevel"))
		take(l->level, sizeof(l->level), v);
	else if (!strcmp(slash, "/AAuthType"))
		take(l->cred.type, sizeof(l->cred.type), v);
	else if (!strcmp(slash, "/AAuthName"))
		take(l->cred.name, sizeof(l->cred.name), v);
	else if (!strcmp(slash, "/AAuthSecret"))
		take(l->cred.secret, sizeof(l->cred.secret), v);
	else if (!strcmp(slash, "/AAuthData"))
		take_nonce(&l->cred, v);
}

static void take_preference(struct mo_account *acc, const struct mo_value *v)
{
	acc->has_auth_pref = true;
	take(acc->auth_pref, sizeof(acc->auth_pref), v);
}

/* Leaves come in byte order: Addr is the first of an address. */
static void load_address(struct loader *l, const char *rel, const struct mo_value *v)
{
	const char *leaf = strchr(rel, '/'), *end = strrchr(rel, '/');

	if (!leaf)
		return;
	if (!strcmp(leaf, "/Addr") && !l->acc->addr[0]) {
		take(l->acc->addr, sizeof(l->acc->addr), v);
		snprintf(l->x, sizeof(l->x), "%.*s", (int)(leaf - rel), rel);
	}
	if (strncmp(l->x, rel, (size_t)(leaf - rel)) || l->x[leaf - rel])
		return;
	if (!strcmp(leaf, "/AddrType"))
		take(l->addr_type, sizeof(l->addr_type), v);
	else if (!strncmp(leaf, "/Port/", 6) && !strcmp(end, "/PortNbr") && !l->port[0])
		take(l->port, sizeof(l->port), v);
}

static int load(void *arg, const char *rel, const struct mo_value *v)
{
	struct loader *l = arg;
	struct mo_account *acc = l->acc;

	if (!strcmp(rel, "ServerID"))
		take(acc->server_id, sizeof(acc->server_id), v);
	else if (!strcmp(rel, "Name"))
		take(acc->name, sizeof(acc->name), v);
	else if (!strcmp(rel, "AAuthPref"))
		take_preference(acc, v);
	else if (!strncmp(rel, "AppAddr/", 8))
		load_address(l, rel + 8, v);
	else if (!strcmp(rel, "Ext/Encoding"))
		take(acc->encoding, sizeof(acc->encoding), v);
	else if (!strncmp(rel, "AppAuth/", 8))
		load_credential(l, rel + 8, v);
	return 0;
}

int mo_account_load(struct mo_tree *t, const char *server_id, struct mo_account *acc)
{
	struct finder f = { .server_id = server_id };
	struct loader l = { .acc = acc };
	int err = find_account(t, &f);

	memset(acc, 0, sizeof(*acc));
	if (err)
		return err;
	snprintf(acc->node, sizeof(acc->node), "./DMAcc/%s", f.name);
	err = mo_tree_each_leaf(t, acc->node, load, &l);
	credential_end(&l);
	mo_address_complete(acc->addr, sizeof(acc->addr), l.addr_type, l.port);
	if (!err)
		err = mo_trust_load(t, acc);
	if (err)
		mo_account_wipe(acc);
	return err;
}

int mo_account_nth(struct mo_tree *t, unsigned int n, char *server_id, size_t len)
{
	struct finder f = { .skip = n };
	int err = find_account(t, &f);

	if (err)
		return err;
	if (strlen(f.id) >= len)
		return -EMSGSIZE;
	strcpy(server_id, f.id);
	return 0;
}

void mo_account_wipe(struct mo_account *acc)
{
	explicit_bzero(acc, sizeof(*acc));
}

/* --------------------------------------------------------------------- writing */

/* Adds or replaces base/leaf. A mo_status. */
static int put(struct mo_tree *t, const char *base, const char *leaf, const char *format,
	       const void *data, size_t len)
{
	struct mo_value v = { .data = (char *)data, .len = len };
	char uri[MO_URI_BUF + 64];
	int status;

	strcpy(v.format, format);
	snprintf(uri, sizeof(uri), "%s/%s", base, leaf);
	status = mo_tree_add(t, NULL, uri, &v);
	return status == MO_EXISTS ? mo_tree_replace(t, NULL, uri, &v) : status;
}

static int put_text(struct mo_tree *t, const char *base, const char *leaf, const char *text)
{
	return put(t, base, leaf, "chr", text, strlen(text));
}

static int put_credential(struct mo_tree *t, const char *node, const char *x, const char *level,
			  const struct mo_credential *c)
{
	char base[MO_URI_BUF + 32];
	int status;

	snprintf(base, sizeof(base), "%s/AppAuth/%s", node, x);
	status = put_text(t, base, "AAuthLevel", level);
	if (status == MO_OK)
		status = put_text(t, base, "AAuthType", c->type);
	if (status == MO_OK)
		status = put_text(t, base, "AAuthName", c->name);
	if (status == MO_OK)
		status = put_text(t, base, "AAuthSecret", c->secret);
	if (status == MO_OK)
		status = put(t, base, "AAuthData", "bin", c->nonce, c->nonce_len);
	return status;
}

static int create(struct mo_tree *t, const char *node, const struct mo_account *acc)
{
	static const struct mo_value type = {
		.format = "node", .type = "urn:oma:mo:oma-dm-dmacc:1.0",
	};
	int status = mo_tree_add(t, NULL, node, &type);

	if (status == MO_OK && close_account(t, node, acc->server_id))
		status = MO_FAILED;
	if (status == MO_OK)
		status = put_text(t, node, "AppID", "w7");
	if (status == MO_OK)
		status = put_text(t, node, "ServerID", acc->server_id);
	if (status == MO_OK)
		status = put_text(t, node, "Name", acc->name);
	if (status == MO_OK)
		status = put_text(t, node, "AppAddr/1/Addr", acc->addr);
	if (status == MO_OK)
		status = put_text(t, node, "AppAddr/1/AddrType", "URI");
	if (status == MO_OK)
		status = put_text(t, node, "AAuthPref", acc->auth_pref);
	if (status == MO_OK && acc->encoding[0])
		status = put_text(t, node, "Ext/Encoding", acc->encoding);
	if (status == MO_OK)
		status = put_credential(t, node, "1", "CLCRED", &acc->client);
	if (status == MO_OK)
		status = put_credential(t, node, "2", "SRVCRED", &acc->server);
	return status;
}

/* Runs in the open unit, or in one of its own. */
static int end_unit(struct mo_tree *t, bool own, int status)
{
	if (!own)
		return mo_status_errno(status);
	if (status == MO_OK)
		return mo_status_errno(mo_tree_commit(t));
	mo_tree_rollback(t);
	return mo_status_errno(status);
}

int mo_account_create(struct mo_tree *t, const char *name, const struct mo_account *acc)
{
	struct finder f = { .server_id = acc->server_id };
	char node[MO_URI_BUF + 16], enc[3 * MO_MAX_SEGMENT * 4 + 8];
	bool own = t->unit == MO_UNIT_NONE;
	char acl[MO_MAX_ACL + 1];
	int err;

	if (!mo_acl_own(acc->server_id, true, acl) || !*name || acc->client.nonce_len > MO_NONCE_LEN ||
	    acc->server.nonce_len > MO_NONCE_LEN)
		return -EINVAL;
	if (strlen(name) > MO_MAX_SEGMENT * 4)
		return -ENAMETOOLONG;
	err = find_account(t, &f);
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	if (!mo_segment_encode(name, enc, sizeof(enc)) ||
	    snprintf(node, sizeof(node), "./DMAcc/%s", enc) >= (int)sizeof(node))
		return -ENAMETOOLONG;
	if (own) {
		err = mo_status_errno(mo_tree_begin(t));
		if (err)
			return err;
	}
	return end_unit(t, own, create(t, node, acc));
}

/* The AppAuth node of a level; stops (1) when found. */
static int find_level(void *arg, const char *rel, const struct mo_value *v)
{
	struct finder *f = arg;
	const char *slash = strchr(rel, '/');

	if (!slash || strcmp(slash, "/AAuthLevel") || strcmp(v->data, f->server_id))
		return 0;
	snprintf(f->name, sizeof(f->name), "%.*s", (int)(slash - rel), rel);
	return 1;
}

int mo_account_set_nonce(struct mo_tree *t, const char *server_id, enum mo_cred_side side,
			 const uint8_t *nonce, size_t len)
{
	struct finder account = { .server_id = server_id };
	struct finder level = { .server_id = side == MO_CRED_CLIENT ? "CLCRED" : "SRVCRED" };
	char base[2 * MO_URI_BUF + 32];
	int err;

	if (len > MO_NONCE_LEN)
		return -EMSGSIZE;
	err = find_account(t, &account);
	if (err)
		return err;
	snprintf(base, sizeof(base), "./DMAcc/%s/AppAuth", account.name);
	err = mo_tree_each_leaf(t, base, find_level, &level);
	if (err <= 0)
		return err ? err : -ENOENT;
	snprintf(base, sizeof(base), "./DMAcc/%s/AppAuth/%s", account.name, level.name);
	return mo_status_errno(put(t, base, "AAuthData", "bin", nonce, len));
}
