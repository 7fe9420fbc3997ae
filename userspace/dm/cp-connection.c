// SPDX-License-Identifier: BSD-3-Clause
/*
 * Access points (NAPDEF) and proxies (PXLOGICAL) of a Client Provisioning document as objects of the
 * tree, so that an account can refer to them.
 */
#include "dm/cp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int dm_cp_put(struct mo_tree *t, const char *base, const char *leaf, const char *text)
{
	struct mo_value v = { .data = (char *)text, .format = "chr" };
	char uri[MO_MAX_URI];
	int status;

	if (!text)
		return 0;
	v.len = strlen(text);
	if (snprintf(uri, sizeof(uri), "%s/%s", base, leaf) >= (int)sizeof(uri))
		return -ENAMETOOLONG;
	status = mo_tree_add(t, NULL, uri, &v);
	if (status == MO_OK)
		return 0;
	return status == MO_EXISTS ? -EEXIST : status == MO_DEVICE_FULL ? -ENOSPC :
	       status == MO_FAILED ? -EIO : -EBADMSG;
}

/* Is there such a node? */
static int there(struct mo_tree *t, const char *uri)
{
	struct mo_value v = { .data = NULL };
	int status = mo_tree_get(t, NULL, uri, &v);

	mo_value_clear(&v);
	return status == MO_NOT_FOUND ? 0 : status == MO_FAILED ? -EIO : 1;
}

int dm_cp_free_name(struct mo_tree *t, const char *base, char *uri, size_t room)
{
	unsigned int i;
	int ret;

	for (i = 1; i < 1000; i++) {
		if (snprintf(uri, room, "%s/%u", base, i) >= (int)room)
			return -ENAMETOOLONG;
		ret = there(t, uri);
		if (ret <= 0)
			return ret;
	}
	return -ENOSPC;
}

/* Which parameter becomes which leaf. */
struct leaf {
	const char *parm, *uri;
};

static int put_leaves(struct mo_tree *t, struct dm_message *msg, const struct dm_node *in,
		      const char *base, const struct leaf *leaves)
{
	int err = 0;

	for (; leaves->parm && !err; leaves++)
		err = dm_cp_put(t, base, leaves->uri, dm_cp_parm(msg, in, leaves->parm));
	return err;
}

static int add_object(struct mo_tree *t, const char *place, const char *type, char *uri, size_t room)
{
	struct mo_value v = { .format = "node" };
	int err = dm_cp_free_name(t, place, uri, room);

	snprintf(v.type, sizeof(v.type), "%s", type);
	return err ? err : mo_tree_add(t, NULL, uri, &v) == MO_OK ? 0 : -EIO;
}

static int add_access_point(struct mo_tree *t, struct dm_message *msg, const struct dm_node *nap,
			    const char *uri)
{
	static const struct leaf leaves[] = {
		{ "NAPID", "NAPID" }, { "NAME", "Name" }, { "NAP-ADDRTYPE", "AddrType" },
		{ "NAP-ADDRESS", "Addr" }, { "BEARER", "Bearer/1/BearerType" }, { NULL, NULL },
	};
	static const struct leaf login[] = {
		{ "AUTHTYPE", "AuthInfo/AuthType" }, { "AUTHNAME", "AuthInfo/AuthName" },
		{ "AUTHSECRET", "AuthInfo/AuthSecret" }, { NULL, NULL },
	};
	const struct dm_node *auth = dm_cp_first(msg, nap, "NAPAUTHINFO");
	int err = put_leaves(t, msg, nap, uri, leaves);

	return err || !auth ? err : put_leaves(t, msg, auth, uri, login);
}

static int add_proxy(struct mo_tree *t, struct dm_message *msg, const struct dm_node *proxy,
		     const char *uri, const struct dm_cp_connections *c)
{
	static const struct leaf leaves[] = {
		{ "PROXY-ID", "ProxyID" }, { "NAME", "Name" }, { NULL, NULL },
	};
	static const struct leaf physical[] = {
		{ "PXADDRTYPE", "AddrType" }, { "PXADDR", "Addr" }, { "PXADDR-FQDN", "AddrFQDN" },
		{ NULL, NULL },
	};
	const struct dm_node *px = dm_cp_first(msg, proxy, "PXPHYSICAL"), *port;
	const char *nap = dm_cp_parm(msg, px, "TO-NAPID");
	int err = put_leaves(t, msg, proxy, uri, leaves);

	if (!err)
		err = put_leaves(t, msg, px, uri, physical);
	if (!err && nap)
		err = dm_cp_put(t, uri, "ConRefs/1/ConRef", dm_cp_reference(c, nap));
	port = dm_cp_first(msg, px, "PORT");
	if (!port)
		port = dm_cp_first(msg, proxy, "PORT");
	return err ? err : dm_cp_put(t, uri, "Ports/1/PortNbr", dm_cp_parm(msg, port, "PORTNBR"));
}

const char *dm_cp_reference(const struct dm_cp_connections *c, const char *id)
{
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		if (!strcmp(c->list[i].id, id))
			return c->list[i].uri;
	}
	return id;
}

/* All of one kind; access points first, since proxies refer to them. */
static int add_all(struct mo_tree *t, struct dm_message *msg, const struct dm_node *root,
		   struct dm_cp_connections *c, bool proxies)
{
	const char *type = proxies ? "PXLOGICAL" : "NAPDEF", *place = proxies ? "./Proxy" : "./NAP";
	const struct dm_node *n;
	int err = there(t, place);

	if (err <= 0)
		return err;
	err = 0;
	for (n = dm_cp_first(msg, root, type); n && !err; n = dm_cp_next(msg, n, type)) {
		const char *id = dm_cp_parm(msg, n, proxies ? "PROXY-ID" : "NAPID");
		size_t i = c->n;

		if (!id || !*id || strlen(id) >= sizeof(c->list[0].id) ||
		    i == sizeof(c->list) / sizeof(c->list[0]))
			return -EBADMSG;
		err = add_object(t, place, proxies ? "urn:oma:mo:oma-connmo-proxy:1.0" :
				 "urn:oma:mo:oma-connmo-nap:1.0", c->list[i].uri,
				 sizeof(c->list[i].uri));
		if (err)
			return err;
		strcpy(c->list[i].id, id);
		c->n++;
		err = proxies ? add_proxy(t, msg, n, c->list[i].uri, c) :
		      add_access_point(t, msg, n, c->list[i].uri);
	}
	return err;
}

int dm_cp_connections_add(struct mo_tree *t, struct dm_message *msg, const struct dm_node *root,
			  struct dm_cp_connections *c)
{
	int err = add_all(t, msg, root, c, false);

	return err ? err : add_all(t, msg, root, c, true);
}
