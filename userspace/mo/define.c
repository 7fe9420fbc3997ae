// SPDX-License-Identifier: BSD-3-Clause
/*
 * What only the device itself does: permanent nodes and their values, and ACLs without
 * asking whose right it is.
 */
#include <errno.h>
#include <string.h>
#include "mo/private.h"

static int locate(struct mo_tree *t, const char *uri, struct mo_path *p, struct mo_where *w)
{
	int status = mo_locate(t, uri, p, w);

	return status != MO_OK || p->query == MO_QUERY_NONE ? status : MO_UNSUPPORTED_FEATURE;
}

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
			status = mo_node_protect(t, w.node.id, w.node.access, MO_NODE_PERMANENT);
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
	/* what object an interior node is, the description says */
	if (mo_is_interior(&w->node) && !v->type[0])
		return MO_OK;
	status = mo_node_value(t, w->node.id, w->node.format, w->node.type, &old);
	if (status != MO_OK)
		return status;
	same = !strcmp(old.format, v->format) && !strcmp(old.type, v->type) &&
	       old.len == v->len && !memcmp(old.data, v->data, v->len);
	mo_value_clear(&old);
	return same ? MO_OK : mo_node_update(t, &w->node, v);
}

/* Creates the missing nodes of a path as permanent ones. */
static int create(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		  const struct mo_value *v, unsigned int access)
{
	struct mo_value inner = { .format = "node" };
	const struct mo_ddf *d = w->ddf;
	int64_t id = w->node.id;
	unsigned int i;
	int status = MO_OK;

	for (i = w->found; i < p->n && status == MO_OK; i++) {
		bool last = i + 1 == p->n;

		d = mo_ddf_child(d, p->seg[i]);
		mo_ddf_set_type(d, &inner);
		if (last && !strcmp(v->format, "node") && !v->type[0])
			v = &inner;
		status = mo_node_insert(t, id, p->seg[i], last ? v : &inner,
					last ? access : MO_ACCESS_GET,
					mo_ddf_flags(d) | MO_NODE_PERMANENT, "", &id);
	}
	return status;
}

static int do_define(struct mo_tree *t, const char *uri, const struct mo_value *v,
		     unsigned int access, struct mo_mount **changed)
{
	struct mo_value value;
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, &p, &w);
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
			status = mo_node_protect(t, w.node.id, access, MO_NODE_PERMANENT);
	} else {
		status = create(t, &p, &w, &value, access);
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

int mo_define_described(struct mo_tree *t, const char *uri, const struct mo_ddf *d)
{
	struct mo_value v = { .format = "node" };
	struct mo_where w;
	struct mo_path p;
	int status = locate(t, uri, &p, &w);

	if (status != MO_OK)
		return mo_status_errno(status);
	if (w.found < p.n)
		return mo_tree_define(t, uri, d->format, d->value, d->access);
	status = mo_node_protect(t, w.node.id, d->access, MO_NODE_PERMANENT | mo_ddf_flags(d));
	if (status != MO_OK || !mo_is_interior(&w.node))
		return mo_status_errno(status);
	mo_ddf_set_type(d, &v);
	if (v.type[0] && strcmp(v.type, w.node.type))
		status = mo_node_update(t, &w.node, &v);
	return mo_status_errno(status);
}

static int do_set_acl(struct mo_tree *t, const char *uri, const char *text)
{
	char acl[MO_MAX_ACL + 1];
	struct mo_where w;
	struct mo_path p;
	int status;

	status = locate(t, uri, &p, &w);
	if (status != MO_OK)
		return status;
	if (w.found < p.n)
		return MO_NOT_FOUND;
	if (p.n == 0 && !*text)		/* the root always has one */
		return MO_NOT_ALLOWED;
	status = mo_acl_normalise(text, acl);
	return status == MO_OK ? mo_node_set_acl(t, w.node.id, acl) : status;
}

int mo_tree_set_acl(struct mo_tree *t, const char *uri, const char *acl)
{
	bool own;
	int status;

	status = mo_op_begin(t, &own);
	if (status != MO_OK)
		return mo_status_errno(status);
	status = do_set_acl(t, uri, acl);
	return mo_status_errno(mo_op_end(t, own, status, NULL));
}
