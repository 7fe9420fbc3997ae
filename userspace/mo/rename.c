// SPDX-License-Identifier: BSD-3-Clause
/*
 * Renaming a node: what is below moves along, so its URIs must stay within the limits and the
 * provider must like all of them.
 */
#include <errno.h>
#include <string.h>
#include "mo/private.h"

struct move {
	struct mo_tree *t;
	const struct mo_where *w;
	const struct mo_path *to;		/* the new path of the node itself */
	unsigned int len[MO_MAX_DEPTH + 1];	/* characters of the URI up to each depth */
	const char *seg[MO_MAX_DEPTH + 1];
	char names[MO_MAX_DEPTH + 1][4 * MO_MAX_SEGMENT + 1];
	int status;
};

static int ask(struct move *m, const struct mo_row *row)
{
	struct mo_path p = *m->to;
	struct mo_value v;
	unsigned int i;

	for (i = 1; i <= row->depth; i++)
		p.seg[p.n++] = m->names[i];
	m->status = mo_row_value(m->t, row, &v);
	if (m->status != MO_OK)
		return 1;
	m->status = mo_ask_provider(m->w, &p, MO_OP_RENAME, &v);
	mo_value_clear(&v);
	return m->status != MO_OK;
}

static int visit(void *arg, const struct mo_row *row)
{
	struct move *m = arg;

	if (row->depth + m->to->n > MO_MAX_DEPTH || strlen(row->name) > 4 * MO_MAX_SEGMENT)
		return -EUCLEAN;
	if (row->depth) {
		strcpy(m->names[row->depth], row->name);
		m->len[row->depth] = m->len[row->depth - 1] + 1 +
				     (unsigned int)mo_encoded_len(row->name);
		if (m->len[row->depth] > MO_MAX_URI) {
			m->status = MO_URI_TOO_LONG;
			return 1;
		}
	}
	return m->w->mount && m->w->mount->ops->check ? ask(m, row) : 0;
}

/* Is there room for the subtree at its new place? */
static int check_move(struct mo_tree *t, const struct mo_where *w, const struct mo_path *to)
{
	struct move m = { .t = t, .w = w, .to = to, .status = MO_FAILED };
	char rel[MO_URI_BUF];
	unsigned int i;
	size_t len = 0;

	for (i = 0; i < to->n; i++)
		len += mo_encoded_len(to->seg[i]) + 1;
	if (len - 1 > MO_MAX_URI)
		return MO_URI_TOO_LONG;
	mo_path_format(to, 0, rel);
	m.len[0] = (unsigned int)strlen(rel);
	return mo_walk(t, w->node.id, visit, &m) ? m.status : MO_OK;
}

int mo_rename(struct mo_tree *t, const char *server, const struct mo_path *p,
	      const struct mo_where *w, const char *name, struct mo_mount **changed)
{
	struct mo_path to = *p;
	struct mo_where there;
	int status;

	if (p->n == 0 || (w->node.flags & MO_NODE_PERMANENT) ||
	    (w->ddf && w->ddf->described && *w->ddf->name))
		return MO_NOT_ALLOWED;
	status = mo_permitted(w, server, MO_ACCESS_REPLACE, "Replace");
	if (status == MO_OK)
		status = mo_name_check(name);
	if (status != MO_OK)
		return status;
	to.seg[to.n - 1] = name;
	status = mo_node_resolve(t, &to, &there);
	if (status != MO_OK)
		return status;
	if (there.found == to.n && there.node.id != w->node.id)
		return MO_EXISTS;
	/* another name may mean another thing */
	if (there.found < to.n && w->ddf != mo_ddf_child(there.ddf, name))
		return MO_NOT_ALLOWED;
	status = check_move(t, w, &to);
	if (status != MO_OK)
		return status;
	*changed = w->mount;
	return mo_node_rename(t, w->node.id, name);
}
