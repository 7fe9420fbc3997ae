// SPDX-License-Identifier: BSD-3-Clause
/*
 * The operations on the tree: Add, Replace, Delete, Get, Exec on behalf of a server,
 * and what only the device itself may do (define, ACL).
 *
 * Checks come in the order: form of the URI (404, 414), feature (406), existence (404, 418),
 * kind of node and AccessType (405), ACL (425), value (400, 415, 413), the provider, execution
 * (500, 420).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

/* What a server may do to a node that was created at run time. */
#define ACCESS_DYNAMIC	(MO_ACCESS_GET | MO_ACCESS_REPLACE | MO_ACCESS_ADD | MO_ACCESS_DELETE)

static const struct mo_value no_value = { .format = "" };
static const struct mo_value interior = { .format = "node", .type = "" };

/* Parses and looks up. A wrong command on a property is 405, a property that is not there 406. */
static int locate(struct mo_tree *t, const char *uri, bool property_ok, struct mo_path *p,
		  struct mo_where *w)
{
	int status = mo_path_parse(uri, p);

	if (status != MO_OK)
		return status;
	if (p->query == MO_QUERY_PROP && !property_ok)
		return MO_NOT_ALLOWED;
	if (p->query != MO_QUERY_NONE)
		return MO_UNSUPPORTED_FEATURE;
	return mo_node_resolve(t, p, w);
}

/* AccessType and ACL; server NULL is the device, which may do all. */
static int permitted(const struct mo_where *w, const char *server, unsigned int access,
		     const char *right)
{
	if (!server)
		return MO_OK;
	if (!(w->node.access & access))
		return MO_NOT_ALLOWED;
	return mo_acl_allows(w->acl, right, server) ? MO_OK : MO_PERMISSION_DENIED;
}

static int ask_provider(const struct mo_where *w, const struct mo_path *p, enum mo_op op,
			const struct mo_value *v)
{
	char rel[MO_URI_BUF];
	int status;

	if (!w->mount || !w->mount->ops->check)
		return MO_OK;
	mo_path_format(p, w->mount_depth, rel);
	status = w->mount->ops->check(w->mount->ctx, op, rel, v);
	return status >= 200 && status < 300 ? MO_OK : status;
}

/*
 * ACL of the interior nodes about to be created: a server that could not Replace
 * what it creates, because the ACL it inherits does not let it, gets one of its own.
 */
static void inherited_acl(const struct mo_where *w, const char *server, char acl[MO_MAX_ACL + 1])
{
	acl[0] = '\0';
	if (server && !mo_acl_allows(w->acl, "Replace", server))
		mo_acl_creator(server, acl);
}

/* Creates the missing interior nodes of p down to segment last (not included). */
static int create_parents(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
			  unsigned int last, unsigned int access, unsigned int flags,
			  const char *acl, int64_t *parent)
{
	unsigned int i;
	int status = MO_OK;

	*parent = w->node.id;
	for (i = w->found; i < last && status == MO_OK; i++) {
		status = mo_node_insert(t, *parent, p->seg[i], &interior, access, flags, acl,
					parent);
		/* below the first new node its ACL is inherited */
		acl = "";
	}
	return status;
}

static int do_add(struct mo_tree *t, const char *server, const char *uri,
		  const struct mo_value *v, struct mo_mount **changed)
{
	char acl[MO_MAX_ACL + 1];
	struct mo_value value;
	struct mo_where w;
	struct mo_path p;
	int64_t parent, id;
	int status;

	status = locate(t, uri, false, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found == p.n)
		return MO_EXISTS;
	if (!mo_is_interior(&w.node))
		return MO_NOT_ALLOWED;
	status = permitted(&w, server, MO_ACCESS_ADD, "Add");
	if (status == MO_OK)
		status = mo_value_check(v ? v : &no_value, NULL, NULL, &value);
	if (status == MO_OK)
		status = ask_provider(&w, &p, MO_OP_ADD, &value);
	if (status != MO_OK)
		return status;

	inherited_acl(&w, server, acl);
	status = create_parents(t, &p, &w, p.n - 1, ACCESS_DYNAMIC, 0, acl, &parent);
	if (status != MO_OK)
		return status;
	if (strcmp(value.format, "node") || w.found < p.n - 1)
		acl[0] = '\0';
	*changed = w.mount;
	return mo_node_insert(t, parent, p.seg[p.n - 1], &value,
			      mo_account_access(&p, ACCESS_DYNAMIC), 0, acl, &id);
}

static int do_replace(struct mo_tree *t, const char *server, const char *uri,
		      const struct mo_value *v, struct mo_mount **changed)
{
	struct mo_value value;
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, true, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (mo_is_interior(&w.node))
		return MO_NOT_ALLOWED;
	status = permitted(&w, server, MO_ACCESS_REPLACE, "Replace");
	if (status == MO_OK)
		status = mo_value_check(v ? v : &no_value, w.node.format, w.node.type, &value);
	if (status == MO_OK && !strcmp(value.format, "node"))
		status = MO_NOT_ALLOWED;
	/* Format and Type of a permanent node are fixed */
	if (status == MO_OK && server && (w.node.flags & MO_NODE_PERMANENT) &&
	    (strcmp(value.format, w.node.format) || strcmp(value.type, w.node.type)))
		status = MO_NOT_ALLOWED;
	if (status == MO_OK)
		status = ask_provider(&w, &p, MO_OP_REPLACE, &value);
	if (status != MO_OK)
		return status;
	*changed = w.mount;
	return mo_node_update(t, &w.node, &value);
}

static int do_delete(struct mo_tree *t, const char *server, const char *uri,
		     struct mo_mount **changed)
{
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, false, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (w.node.flags & MO_NODE_PERMANENT)
		return MO_NOT_ALLOWED;
	status = permitted(&w, server, MO_ACCESS_DELETE, "Delete");
	if (status == MO_OK)
		status = ask_provider(&w, &p, MO_OP_DELETE, NULL);
	if (status != MO_OK)
		return status;
	*changed = w.mount;
	return mo_node_delete(t, w.node.id);
}

int mo_tree_add(struct mo_tree *t, const char *server, const char *uri, const struct mo_value *v)
{
	struct mo_mount *changed = NULL;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return status;
	status = do_add(t, server, uri, v, &changed);
	return mo_op_end(t, own, status, changed);
}

int mo_tree_replace(struct mo_tree *t, const char *server, const char *uri,
		    const struct mo_value *v)
{
	struct mo_mount *changed = NULL;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return status;
	status = do_replace(t, server, uri, v, &changed);
	return mo_op_end(t, own, status, changed);
}

int mo_tree_delete(struct mo_tree *t, const char *server, const char *uri)
{
	struct mo_mount *changed = NULL;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return status;
	status = do_delete(t, server, uri, &changed);
	return mo_op_end(t, own, status, changed);
}

int mo_tree_get(struct mo_tree *t, const char *server, const char *uri, struct mo_value *v)
{
	struct mo_where w;
	struct mo_path p;
	int status;

	memset(v, 0, sizeof(*v));
	status = locate(t, uri, true, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	status = permitted(&w, server, MO_ACCESS_GET, "Get");
	if (status != MO_OK)
		return status;
	if (mo_is_interior(&w.node))
		return mo_node_children(t, w.node.id, v);
	return mo_node_value(t, &w.node, v);
}

/* Runs at once, also within a unit of work: what it does cannot be taken back. */
int mo_tree_exec(struct mo_tree *t, const char *server, const char *uri,
		 const struct mo_value *arg)
{
	char rel[MO_URI_BUF];
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, false, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (!w.mount || !w.mount->ops->exec)
		return MO_NOT_ALLOWED;
	if (server && !mo_acl_allows(w.acl, "Exec", server))
		return MO_PERMISSION_DENIED;
	status = ask_provider(&w, &p, MO_OP_EXEC, arg);
	if (status != MO_OK)
		return status;
	mo_path_format(&p, w.mount_depth, rel);
	return w.mount->ops->exec(w.mount->ctx, rel, arg);
}

/* ------------------------------------------------------- the device's own nodes */

/* Parents of a permanent node are permanent too. */
static int protect_parents(struct mo_tree *t, const struct mo_path *p)
{
	struct mo_path up = { .n = 0 };
	struct mo_where w;
	unsigned int i;
	int status = MO_OK;

	for (i = 0; i + 1 < p->n && status == MO_OK; i++) {
		up.seg[i] = p->seg[i];
		up.n = i + 1;
		status = mo_node_resolve(t, &up, &w);
		if (status == MO_OK)
			status = mo_node_protect(t, w.node.id, w.node.access);
	}
	return status;
}

/* Writes the value only if it differs: DevInfo is defined at every start. */
static int redefine(struct mo_tree *t, const struct mo_where *w, const struct mo_value *v)
{
	struct mo_value old;
	bool same;
	int status;

	if (mo_is_interior(&w->node) != !strcmp(v->format, "node"))
		return MO_EXISTS;
	status = mo_node_value(t, &w->node, &old);
	if (status != MO_OK)
		return status;
	same = !strcmp(old.format, v->format) && !strcmp(old.type, v->type) &&
	       old.len == v->len && !memcmp(old.data, v->data, v->len);
	mo_value_clear(&old);
	return same ? MO_OK : mo_node_update(t, &w->node, v);
}

static int do_define(struct mo_tree *t, const char *uri, const struct mo_value *v,
		     unsigned int access, struct mo_mount **changed)
{
	struct mo_value value;
	struct mo_where w;
	struct mo_path p;
	int64_t parent, id;
	int status;

	status = locate(t, uri, false, &p, &w);
	if (status == MO_OK)
		status = mo_value_check(v, NULL, NULL, &value);
	if (status != MO_OK)
		return status;
	if (w.found < p.n && !mo_is_interior(&w.node))
		return MO_NOT_ALLOWED;
	*changed = w.mount;
	if (w.found == p.n) {
		status = redefine(t, &w, &value);
		if (status == MO_OK)
			status = mo_node_protect(t, w.node.id, access);
	} else {
		status = create_parents(t, &p, &w, p.n - 1, MO_ACCESS_GET, MO_NODE_PERMANENT, "",
					&parent);
		if (status == MO_OK)
			status = mo_node_insert(t, parent, p.seg[p.n - 1], &value, access,
						MO_NODE_PERMANENT, "", &id);
	}
	return status == MO_OK ? protect_parents(t, &p) : status;
}

int mo_tree_define(struct mo_tree *t, const char *uri, const char *format, const char *value,
		   unsigned int access)
{
	struct mo_value v = { .data = (char *)value, .len = value ? strlen(value) : 0 };
	struct mo_mount *changed = NULL;
	bool own;
	int status;

	if (strlen(format) >= sizeof(v.format))
		return -EINVAL;
	strcpy(v.format, format);
	status = mo_op_begin(t, &own);
	if (status != MO_OK)
		return mo_status_errno(status);
	status = do_define(t, uri, &v, access, &changed);
	return mo_status_errno(mo_op_end(t, own, status, changed));
}

static int do_set_acl(struct mo_tree *t, const char *uri, const char *acl)
{
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, false, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (p.n == 0 && !*acl)		/* the root always has one */
		return MO_NOT_ALLOWED;
	return mo_node_set_acl(t, w.node.id, acl);
}

int mo_tree_set_acl(struct mo_tree *t, const char *uri, const char *acl)
{
	bool own;
	int status;

	if (!mo_acl_valid(acl))
		return -EINVAL;
	status = mo_op_begin(t, &own);
	if (status != MO_OK)
		return mo_status_errno(status);
	status = do_set_acl(t, uri, acl);
	return mo_status_errno(mo_op_end(t, own, status, NULL));
}
