// SPDX-License-Identifier: BSD-3-Clause
/*
 * The application w7 of a Client Provisioning document as an account (spec/oma-dm.md 10.2).
 */
#include "dm/cp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dm/base64.h"

/* An application that is being read. */
struct reading {
	struct mo_tree *t;
	struct dm_message *msg;
	const struct dm_node *app;
	const struct dm_cp_connections *connections;
	struct dm_cp_result *result;
	struct mo_account acc;
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct reading *r, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->result->why, sizeof(r->result->why), fmt, ap);
	va_end(ap);
	return err;
}

/* A parameter as text of the account; it may be missing. */
static int take(struct reading *r, const struct dm_node *in, const char *parm, char *dst, size_t room)
{
	const char *text = dm_cp_parm(r->msg, in, parm);

	if (!text)
		return 0;
	if (strlen(text) >= room)
		return refuse(r, -EBADMSG, "parameter %s: more than %zu bytes", parm, room - 1);
	strcpy(dst, text);
	return 0;
}

/* The first of several (with commas between) that the client can do; the last one otherwise. */
static void choose_type(char *type)
{
	static const char *const known[] = { "HMAC", "DIGEST", "BASIC" };
	char *part, *rest = type;

	if (!strchr(type, ','))
		return;
	while ((part = strsep(&rest, ","))) {
		size_t i;

		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (!strcmp(part, known[i])) {
				memmove(type, part, strlen(part) + 1);
				return;
			}
		}
	}
}

/* AAUTHDATA is the nonce, as base64; some write it as it is. */
static int take_nonce(struct reading *r, const struct dm_node *auth, struct mo_credential *c)
{
	const char *text = dm_cp_parm(r->msg, auth, "AAUTHDATA");
	ssize_t n;

	if (!text)
		return 0;
	n = dm_b64_decode(text, strlen(text), c->nonce, sizeof(c->nonce));
	if (n < 0 && strlen(text) <= sizeof(c->nonce)) {
		n = (ssize_t)strlen(text);
		memcpy(c->nonce, text, (size_t)n);
	}
	if (n < 0)
		return refuse(r, -EBADMSG, "parameter AAUTHDATA: more than %d bytes", MO_NONCE_LEN);
	c->nonce_len = (size_t)n;
	return 0;
}

static int take_credential(struct reading *r, const struct dm_node *auth)
{
	const char *level = dm_cp_parm(r->msg, auth, "AAUTHLEVEL");
	struct mo_credential *c;
	char type[64] = "";
	int err;

	/* those for HTTP and OBEX are of no use to the client */
	if (!level || (strcmp(level, "APPSRV") && strcmp(level, "CLIENT")))
		return 0;
	c = strcmp(level, "CLIENT") ? &r->acc.client : &r->acc.server;
	err = take(r, auth, "AAUTHTYPE", type, sizeof(type));
	if (!err)
		err = take(r, auth, "AAUTHNAME", c->name, sizeof(c->name));
	if (!err)
		err = take(r, auth, "AAUTHSECRET", c->secret, sizeof(c->secret));
	if (!err)
		err = take_nonce(r, auth, c);
	choose_type(type);
	if (!err && strlen(type) >= sizeof(c->type))
		err = refuse(r, -EBADMSG, "AAUTHTYPE \"%.40s\" is not known", type);
	if (!err)
		strcpy(c->type, type);
	return err;
}

static int take_account(struct reading *r)
{
	struct mo_account *a = &r->acc;
	const struct dm_node *addr = dm_cp_first(r->msg, r->app, "APPADDR"), *auth;
	int err = take(r, r->app, "PROVIDER-ID", a->server_id, sizeof(a->server_id));

	if (!err)
		err = take(r, r->app, "NAME", a->name, sizeof(a->name));
	/* short documents have the address without an APPADDR around it */
	if (!err)
		err = take(r, addr ? addr : r->app, "ADDR", a->addr, sizeof(a->addr));
	for (auth = dm_cp_first(r->msg, r->app, "APPAUTH"); auth && !err;
	     auth = dm_cp_next(r->msg, auth, "APPAUTH"))
		err = take_credential(r, auth);
	if (err)
		return err;
	if (!*a->server_id)
		return refuse(r, -EBADMSG, "application w7 without PROVIDER-ID");
	if (!*a->addr)
		return refuse(r, -EBADMSG, "application w7 without ADDR");
	if (!*a->client.type)
		strcpy(a->client.type, "DIGEST");
	if (!*a->server.type)
		strcpy(a->server.type, "DIGEST");
	if (!*a->server.name)
		snprintf(a->server.name, sizeof(a->server.name), "%s", a->server_id);
	return 0;
}

#define MAX_CONNECTIONS	8

/* What the account may be reached over: proxies before access points. */
static unsigned int connections_of(struct reading *r, const char *uris[MAX_CONNECTIONS])
{
	static const char *const parms[] = { "TO-PROXY", "TO-NAPID" };
	unsigned int kind, i, n = 0;
	const char *id;

	for (kind = 0; kind < 2; kind++) {
		for (i = 0; n < MAX_CONNECTIONS; i++) {
			id = dm_cp_parm_nth(r->msg, r->app, parms[kind], i);
			if (!id)
				break;
			uris[n++] = dm_cp_reference(r->connections, id);
		}
	}
	return n;
}

static int put_connections(struct reading *r, const char *node)
{
	const char *uris[MAX_CONNECTIONS];
	unsigned int i, n = connections_of(r, uris);
	char leaf[48];
	int err = 0;

	if (n == 1)
		return dm_cp_put(r->t, node, "PrefConRef", uris[0]);
	for (i = 0; i < n && !err; i++) {
		snprintf(leaf, sizeof(leaf), "ToConRef/%u/ConRef", i + 1);
		err = dm_cp_put(r->t, node, leaf, uris[i]);
	}
	return err;
}

/* The leaves that struct mo_account does not have. */
static int put_rest(struct reading *r, const char *node)
{
	const struct dm_node *addr = dm_cp_first(r->msg, r->app, "APPADDR");
	const struct dm_node *port = dm_cp_first(r->msg, addr, "PORT");
	const char *type = dm_cp_parm(r->msg, addr, "ADDRTYPE");
	struct mo_value v = { .format = "chr" };
	char uri[MO_MAX_URI];
	int err = dm_cp_put(r->t, node, "AppAddr/1/Port/1/PortNbr",
			    dm_cp_parm(r->msg, port, "PORTNBR"));

	/* CP writes IPV4, the object IPv4 */
	if (!err && type && !strncmp(type, "IPV", 3)) {
		snprintf(uri, sizeof(uri), "%s/AppAddr/1/AddrType", node);
		v.data = strcmp(type, "IPV6") ? "IPv4" : "IPv6";
		v.len = strlen(v.data);
		err = mo_tree_replace(r->t, NULL, uri, &v) == MO_OK ? 0 : -EIO;
	}
	return err ? err : put_connections(r, node);
}

static int add_account(struct reading *r)
{
	const char *init = dm_cp_parm(r->msg, r->app, "INIT");
	char node[64];
	int err = take_account(r);

	if (!err)
		err = dm_cp_free_name(r->t, "./DMAcc", node, sizeof(node));
	if (err)
		return err;
	err = mo_account_create(r->t, node + strlen("./DMAcc/"), &r->acc);
	if (err == -EEXIST)
		return refuse(r, err, "there is an account of server %.80s already", r->acc.server_id);
	if (!err)
		err = put_rest(r, node);
	/* what mo_origin_end() gives it is less */
	if (!err)
		err = mo_tree_set_acl(r->t, node, "");
	if (init && strcmp(init, "0"))
		r->result->init = true;
	return err;
}

int dm_cp_apply(struct mo_tree *t, struct dm_message *msg, const struct dm_node *root,
		struct dm_cp_result *result)
{
	struct dm_cp_connections connections = { 0 };
	struct reading r = { .t = t, .msg = msg, .connections = &connections, .result = result };
	unsigned int n = 0;
	int err;

	memset(result, 0, sizeof(*result));
	if (!root || strcmp(root->name, "wap-provisioningdoc"))
		return refuse(&r, -EBADMSG, "the root element is not wap-provisioningdoc");
	err = dm_cp_connections_add(t, msg, root, &connections);
	if (err)
		return refuse(&r, err, "an access point or a proxy of it cannot be taken");
	for (r.app = dm_cp_first(msg, root, "APPLICATION"); r.app && !err;
	     r.app = dm_cp_next(msg, r.app, "APPLICATION")) {
		const char *id = dm_cp_parm(msg, r.app, "APPID");

		if (!id || strcmp(id, "w7"))
			continue;
		if (n++ == DM_CP_MAX_ACCOUNTS)
			err = refuse(&r, -EBADMSG, "more than %d accounts", DM_CP_MAX_ACCOUNTS);
		else
			err = add_account(&r);
		mo_account_wipe(&r.acc);
	}
	if (!err && !n)
		err = refuse(&r, -ENOENT, "no application w7 (OMA DM) in it");
	return err;
}
