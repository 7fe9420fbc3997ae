// SPDX-License-Identifier: BSD-3-Clause
/*
 * The operations on the tree: Add, Replace, Delete, Get, Copy, Exec on behalf of a
 * server.
 *
 * Checks come in the order: form of the URI (404, 414), feature (406), existence (404, 418),
 * kind of node and AccessType (405), ACL (425), value (400, 415, 413), the provider, execution
 * (500, 420).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

static const struct mo_value no_value = { .format = "" };

int mo_locate(struct mo_tree *t, const char *uri, struct mo_path *p, struct mo_where *w)
{
	int status = mo_path_parse(uri, p);

	return status == MO_OK ? mo_node_resolve(t, p, w) : status;
}

/* For commands that take a node only: 405 for a property, 406 for a list. */
static int locate_node(struct mo_tree *t, const char *uri, struct mo_path *p, struct mo_where *w)
{
	int status = mo_locate(t, uri, p, w);

	if (status != MO_OK)
		return status;
	if (p->query == MO_QUERY_PROP)
		return MO_NOT_ALLOWED;
	return p->query == MO_QUERY_NONE ? MO_OK : MO_UNSUPPORTED_FEATURE;
}

void mo_note_failed(struct mo_tree *t, const struct mo_path *p, unsigned int n)
{
	struct mo_path up = *p;
	char rel[MO_URI_BUF];

	up.n = n;
	mo_path_format(&up, 0, rel);
	snprintf(t->failed, sizeof(t->failed), "./%s", rel);
}

int mo_permitted(const struct mo_where *w, const char *server, unsigned int access,
		 const char *right)
{
	if (!server)
		return MO_OK;
	if (!(w->access & access))
		return MO_NOT_ALLOWED;
	return mo_acl_allows(w->acl, right, server) ? MO_OK : MO_PERMISSION_DENIED;
}

int mo_may_get(const struct mo_where *w, const struct mo_path *p, const char *server)
{
	if (w->found < p->n)
		return MO_NOT_FOUND;
	return mo_permitted(w, server, MO_ACCESS_GET, "Get");
}

int mo_ask_provider(const struct mo_where *w, const struct mo_path *p, enum mo_op op,
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

/* ------------------------------------------------------------------------- Add */

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

/* What the new nodes of a path are by the device description, where there is one. */
struct plan {
	const struct mo_ddf *ddf[MO_MAX_DEPTH];
};

/* May there be nodes with these names, and one more of them? */
static int plan(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		struct plan *plan)
{
	const struct mo_ddf *above = w->ddf;
	unsigned int i;
	int status = MO_OK;

	for (i = w->found; i < p->n && status == MO_OK; i++) {
		plan->ddf[i] = mo_ddf_child(above, p->seg[i]);
		if (mo_ddf_closed(above) && !plan->ddf[i])
			status = MO_NOT_ALLOWED;
		else if (i == w->found)
			status = mo_ddf_may_add(t, w->node.id, above, plan->ddf[i]);
		if (status == MO_OK && i + 1 < p->n && mo_ddf_is_leaf(plan->ddf[i]))
			status = MO_NOT_ALLOWED;
		above = plan->ddf[i];
	}
	if (status != MO_OK && i < p->n)
		mo_note_failed(t, p, i);
	return status;
}

static int create(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		  const struct plan *plan, const struct mo_value *v, const char *acl)
{
	struct mo_value inner = { .format = "node" };
	int64_t id = w->node.id;
	unsigned int i;
	int status = MO_OK;

	for (i = w->found; i < p->n && status == MO_OK; i++) {
		const struct mo_ddf *d = plan->ddf[i];
		bool last = i + 1 == p->n;

		mo_ddf_set_type(d, &inner);
		status = mo_node_insert(t, id, p->seg[i], last ? v : &inner,
					mo_ddf_access(d, MO_ACCESS_DYNAMIC), mo_ddf_flags(d), acl,
					&id);
		/* below the first new node its ACL is inherited */
		acl = "";
	}
	return status;
}

int mo_add_node(struct mo_tree *t, const char *server, const struct mo_path *p,
		const struct mo_where *w, const struct mo_value *v, const char *own_acl,
		struct mo_mount **changed)
{
	char acl[MO_MAX_ACL + 1];
	struct mo_value value;
	struct plan the_plan;
	int status = MO_OK;

	if (w->found == p->n)
		return MO_EXISTS;
	if (!mo_is_interior(&w->node))
		status = MO_NOT_ALLOWED;
	if (status == MO_OK)
		status = mo_permitted(w, server, MO_ACCESS_ADD, "Add");
	if (status == MO_OK)
		status = plan(t, p, w, &the_plan);
	else if (w->found + 1 < p->n)
		mo_note_failed(t, p, w->found + 1);
	if (status == MO_OK)
		status = mo_ddf_value(the_plan.ddf[p->n - 1], v ? v : &no_value, "", &value);
	if (status == MO_OK)
		status = mo_value_check(&value, NULL, NULL, &value);
	if (status == MO_OK)
		status = mo_ask_provider(w, p, MO_OP_ADD, &value);
	if (status != MO_OK)
		return status;
	inherited_acl(w, server, acl);
	if (own_acl && *own_acl && w->found + 1 == p->n)
		snprintf(acl, sizeof(acl), "%s", own_acl);
	else if (strcmp(value.format, "node") && w->found + 1 == p->n)
		acl[0] = '\0';
	*changed = w->mount;
	return create(t, p, w, &the_plan, &value, acl);
}

static int do_add(struct mo_tree *t, const char *server, const char *uri,
		  const struct mo_value *v, struct mo_mount **changed)
{
	struct mo_where w;
	struct mo_path p;
	int status = locate_node(t, uri, &p, &w);

	if (status != MO_OK)
		return status;
	if (mo_is_tnds(v))
		return mo_subtree_put(t, server, &p, &w, v, false, changed);
	/* one node alone does not tell what object it belongs to */
	if (w.found < p.n && mo_in_inbox(&w))
		return MO_NOT_ALLOWED;
	return mo_add_node(t, server, &p, &w, v, NULL, changed);
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

/* --------------------------------------------------------------------- Replace */

int mo_replace_value(struct mo_tree *t, const char *server, unsigned int access,
		     const struct mo_path *p, const struct mo_where *w, const struct mo_value *v,
		     struct mo_mount **changed)
{
	struct mo_value value;
	int status;

	if (w->found < p->n)
		return MO_NOT_FOUND;
	if (mo_is_interior(&w->node))
		return MO_NOT_ALLOWED;
	status = mo_permitted(w, server, access, "Replace");
	if (status == MO_OK)
		status = mo_ddf_value(w->ddf, v, w->node.type, &value);
	if (status == MO_OK)
		status = mo_value_check(&value, w->node.format, w->node.type, &value);
	if (status == MO_OK && !strcmp(value.format, "node"))
		status = MO_NOT_ALLOWED;
	/* Format and Type of a permanent node are fixed */
	if (status == MO_OK && server && (w->node.flags & MO_NODE_PERMANENT) &&
	    (strcmp(value.format, w->node.format) || strcmp(value.type, w->node.type)))
		status = MO_NOT_ALLOWED;
	if (status == MO_OK)
		status = mo_ask_provider(w, p, MO_OP_REPLACE, &value);
	if (status != MO_OK)
		return status;
	*changed = w->mount;
	return mo_node_update(t, &w->node, &value);
}

static int do_replace(struct mo_tree *t, const char *server, const char *uri,
		      const struct mo_value *v, struct mo_mount **changed)
{
	struct mo_where w;
	struct mo_path p;
	int status = mo_locate(t, uri, &p, &w);

	if (status != MO_OK)
		return status;
	if (p.query == MO_QUERY_LIST)
		return MO_UNSUPPORTED_FEATURE;
	if (p.query == MO_QUERY_PROP) {
		if (!mo_property_known(&p, &w))
			return MO_UNSUPPORTED_FEATURE;
		if (w.found < p.n)
			return MO_NOT_FOUND;
		return mo_property_replace(t, server, &p, &w, v, changed);
	}
	if (mo_is_tnds(v))
		return mo_subtree_put(t, server, &p, &w, v, true, changed);
	return mo_replace_value(t, server, MO_ACCESS_REPLACE, &p, &w, v, changed);
}

int mo_tree_replace(struct mo_tree *t, const char *server, const char *uri,
		    const struct mo_value *v)
{
	struct mo_mount *changed = NULL;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return status;
	status = do_replace(t, server, uri, v ? v : &no_value, &changed);
	return mo_op_end(t, own, status, changed);
}

/* ---------------------------------------------------------------- Delete, Copy */

/* A server whose account goes is forgotten. */
static int delete_node(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w)
{
	struct mo_ids *before = NULL;
	int status = MO_OK;

	if (!strcmp(p->seg[0], "DMAcc"))
		status = mo_account_ids(t, &before);
	if (status == MO_OK)
		status = mo_node_delete(t, w->node.id);
	if (status == MO_OK && before)
		status = mo_account_forget(t, before);
	free(before);
	return status;
}

static int do_delete(struct mo_tree *t, const char *server, const char *uri,
		     struct mo_mount **changed)
{
	struct mo_where w;
	struct mo_path p;
	int status = locate_node(t, uri, &p, &w);

	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (w.node.flags & MO_NODE_PERMANENT)
		return MO_NOT_ALLOWED;
	status = mo_permitted(&w, server, MO_ACCESS_DELETE, "Delete");
	if (status == MO_OK && server)
		status = mo_ddf_may_delete(t, &p, &w);
	if (status == MO_OK)
		status = mo_ask_provider(&w, &p, MO_OP_DELETE, NULL);
	if (status != MO_OK)
		return status;
	*changed = w.mount;
	return delete_node(t, &p, &w);
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

/* The value to be copied. */
static int copy_source(struct mo_tree *t, const char *server, const char *uri, struct mo_value *v)
{
	struct mo_where w;
	struct mo_path p;
	int status = locate_node(t, uri, &p, &w);

	if (status == MO_OK)
		status = mo_may_get(&w, &p, server);
	if (status == MO_OK && mo_is_interior(&w.node))
		status = MO_FORBIDDEN;
	if (status == MO_OK)
		status = mo_node_value(t, w.node.id, w.node.format, w.node.type, v);
	if (status != MO_OK)
		snprintf(t->failed, sizeof(t->failed), "%s", uri);
	return status;
}

static int do_copy(struct mo_tree *t, const char *server, const char *source, const char *target,
		   struct mo_mount **changed)
{
	struct mo_value v;
	struct mo_where w;
	struct mo_path p;
	int status = locate_node(t, target, &p, &w);

	if (status != MO_OK)
		return status;
	status = copy_source(t, server, source, &v);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		status = mo_add_node(t, server, &p, &w, &v, NULL, changed);
	else
		status = mo_replace_value(t, server, MO_ACCESS_COPY, &p, &w, &v, changed);
	mo_value_clear(&v);
	return status;
}

int mo_tree_copy(struct mo_tree *t, const char *server, const char *source, const char *target)
{
	struct mo_mount *changed = NULL;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return status;
	status = do_copy(t, server, source, target, &changed);
	return mo_op_end(t, own, status, changed);
}

/* ------------------------------------------------------------------- Get, Exec */

int mo_tree_get(struct mo_tree *t, const char *server, const char *uri, struct mo_value *v)
{
	struct mo_where w;
	struct mo_path p;
	int status;

	memset(v, 0, sizeof(*v));
	t->failed[0] = '\0';
	status = mo_locate(t, uri, &p, &w);
	if (status != MO_OK)
		return status;
	if (p.query == MO_QUERY_PROP && !mo_property_known(&p, &w))
		return MO_UNSUPPORTED_FEATURE;
	if (p.query == MO_QUERY_LIST)
		return mo_tnds_get(t, server, &p, &w, v);
	status = mo_may_get(&w, &p, server);
	if (status != MO_OK)
		return status;
	if (p.query == MO_QUERY_PROP)
		return mo_property_get(t, &p, &w, v);
	if (mo_is_interior(&w.node))
		return mo_node_children(t, w.node.id, v);
	return mo_node_value(t, w.node.id, w.node.format, w.node.type, v);
}

/* Runs at once, also within a unit of work: what it does cannot be taken back. */
int mo_tree_exec_job(struct mo_tree *t, const struct mo_job *job, const struct mo_value *arg)
{
	const char *server = job->server_id;
	char rel[MO_URI_BUF];
	struct mo_where w;
	struct mo_path p;
	int status;

	t->failed[0] = '\0';
	status = locate_node(t, job->uri, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (!w.mount || (!w.mount->ops->exec && !w.mount->ops->exec_job) ||
	    !(mo_ddf_access(w.ddf, MO_ACCESS_EXEC) & MO_ACCESS_EXEC))
		return MO_NOT_ALLOWED;
	if (server && !mo_acl_allows(w.acl, "Exec", server))
		return MO_PERMISSION_DENIED;
	status = mo_ask_provider(&w, &p, MO_OP_EXEC, arg);
	if (status != MO_OK)
		return status;
	mo_path_format(&p, w.mount_depth, rel);
	if (w.mount->ops->exec_job)
		return w.mount->ops->exec_job(w.mount->ctx, job, rel, arg);
	return w.mount->ops->exec(w.mount->ctx, rel, arg);
}

int mo_tree_exec(struct mo_tree *t, const char *server, const char *uri,
		 const struct mo_value *arg)
{
	const struct mo_job job = { .server_id = server, .uri = uri };

	return mo_tree_exec_job(t, &job, arg);
}
