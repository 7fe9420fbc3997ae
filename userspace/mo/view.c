// SPDX-License-Identifier: BSD-3-Clause
/*
 * A subtree as one server may see it: node by node, parents first, siblings in byte order.
 *
 * A node that the server may not Get is left out together with what is below it, whatever the ACL
 * there: in a TNDS document a node has no place without its parent, and the other
 * forms tell the same story.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

struct view {
	const char *server;
	int (*fn)(void *arg, const struct mo_view_node *n);
	void *arg;
	unsigned int base;			/* segments of where the walk began */
	unsigned int skip;			/* nothing below this depth is shown, 0 = all */
	bool in_accounts;
	size_t start[MO_MAX_DEPTH + 2];		/* where in uri the name of a depth begins */
	unsigned int acl_at[MO_MAX_DEPTH + 2];	/* whose ACL is in force at a depth */
	const struct mo_ddf *ddf[MO_MAX_DEPTH + 2];
	char acl[MO_MAX_DEPTH + 1][MO_MAX_ACL + 1];
	char uri[MO_URI_BUF + 2];
};

/* Puts the URI together. The name of depth 0 is in it from the beginning. */
static int note_name(struct view *v, const struct mo_row *row)
{
	size_t n, encoded;

	if (row->depth == 0) {
		v->start[1] = v->base ? strlen(v->uri) : 1;
		return 0;
	}
	n = v->start[row->depth];
	v->uri[n++] = '/';
	encoded = mo_segment_encode(row->name, v->uri + n, sizeof(v->uri) - n);
	if (!encoded || n + encoded >= sizeof(v->uri))
		return -EUCLEAN;
	v->start[row->depth + 1] = n + encoded;
	return 0;
}

static void note_acl(struct view *v, const struct mo_row *row)
{
	if (row->depth == 0)
		return;
	v->acl_at[row->depth] = v->acl_at[row->depth - 1];
	if (!row->acl[0] || strlen(row->acl) > MO_MAX_ACL)
		return;
	strcpy(v->acl[row->depth], row->acl);
	v->acl_at[row->depth] = row->depth;
}

static int visit(void *arg, const struct mo_row *row)
{
	struct view *v = arg;
	struct mo_view_node n = { .row = row, .uri = v->uri };
	int ret;

	if (row->depth + v->base > MO_MAX_DEPTH)
		return -EUCLEAN;
	if (v->skip && row->depth > v->skip)
		return 0;
	v->skip = 0;
	ret = note_name(v, row);
	if (ret)
		return ret;
	note_acl(v, row);
	if (row->depth)
		v->ddf[row->depth] = mo_ddf_child(v->ddf[row->depth - 1], row->name);
	if (row->depth + v->base == 1)
		v->in_accounts = !strcmp(row->name, "DMAcc");
	n.ddf = v->ddf[row->depth];
	n.access = mo_ddf_access(n.ddf, row->access);
	if (v->in_accounts)
		n.access = mo_account_access(row->depth + v->base, row->name, n.access);
	if (v->server && (!(n.access & MO_ACCESS_GET) ||
			  !mo_acl_allows(v->acl[v->acl_at[row->depth]], "Get", v->server))) {
		v->skip = row->depth;
		return row->depth ? 0 : -EACCES;
	}
	return v->fn(v->arg, &n);
}

int mo_view(struct mo_tree *t, const char *server, const struct mo_path *p,
	    const struct mo_where *w, int (*fn)(void *arg, const struct mo_view_node *n), void *arg)
{
	struct view *v = calloc(1, sizeof(*v));
	int ret;

	if (!v)
		return -ENOMEM;
	v->server = server;
	v->fn = fn;
	v->arg = arg;
	v->base = p->n;
	v->ddf[0] = w->ddf;
	v->in_accounts = p->n && !strcmp(p->seg[0], "DMAcc");
	strcpy(v->acl[0], w->acl);
	v->uri[0] = '.';
	if (p->n) {
		v->uri[1] = '/';
		mo_path_format(p, 0, v->uri + 2);
	}
	ret = mo_walk(t, w->node.id, visit, v);
	free(v);
	return ret;
}

/* ------------------------------------------------------------ ?list=Struct, StructData */

struct list {
	struct mo_tree *t;
	bool data;
	int (*fn)(void *arg, const char *uri, const struct mo_value *v);
	void *arg;
	int status;
};

static int tell(void *arg, const struct mo_view_node *n)
{
	const struct mo_row *row = n->row;
	struct list *l = arg;
	struct mo_value v = { .data = NULL };
	int ret;

	if (l->data && strcmp(row->format, "node")) {
		l->status = mo_row_value(l->t, row, &v);
		if (l->status != MO_OK)
			return 1;
	} else {
		strncpy(v.format, row->format, sizeof(v.format) - 1);
		strncpy(v.type, row->type, sizeof(v.type) - 1);
	}
	ret = l->fn(l->arg, n->uri, &v);
	mo_value_clear(&v);
	return ret;
}

int mo_tree_list(struct mo_tree *t, const char *server, const char *uri,
		 int (*fn)(void *arg, const char *uri, const struct mo_value *v), void *arg)
{
	struct list l = { .t = t, .fn = fn, .arg = arg, .status = MO_FAILED };
	struct mo_where w;
	struct mo_path p;
	int ret, status;

	status = mo_locate(t, uri, &p, &w);
	if (status != MO_OK)
		return status;
	if (p.query != MO_QUERY_LIST ||
	    (strcmp(p.query_arg, "Struct") && strcmp(p.query_arg, "StructData")))
		return MO_UNSUPPORTED_FEATURE;
	status = mo_may_get(&w, &p, server);
	if (status != MO_OK)
		return status;
	l.data = !strcmp(p.query_arg, "StructData");
	ret = mo_view(t, server, &p, &w, tell, &l);
	return ret ? l.status : MO_OK;
}

/* ------------------------------------------------------------- the device's own view */

struct entries {
	struct mo_tree *t;
	bool values;
	int (*fn)(void *arg, const struct mo_entry *e);
	void *arg;
};

static int tell_entry(void *arg, const struct mo_view_node *n)
{
	const struct mo_row *row = n->row;
	struct entries *all = arg;
	char tstamp[MO_TSTAMP_LEN];
	struct mo_entry e = {
		.uri = n->uri, .format = row->format, .type = row->type, .acl = row->acl,
		.title = row->title, .tstamp = tstamp, .verno = row->verno,
		.access = n->access, .permanent = row->flags & MO_NODE_PERMANENT,
		.secret = strcmp(row->format, "node") && !(n->access & MO_ACCESS_GET),
	};
	int ret;

	mo_tstamp_text(row->tstamp, tstamp);
	if (all->values && !e.secret && strcmp(row->format, "node") &&
	    mo_row_value(all->t, row, &e.value) != MO_OK)
		return -EIO;
	ret = all->fn(all->arg, &e);
	mo_value_clear(&e.value);
	return ret;
}

int mo_tree_each_node(struct mo_tree *t, const char *uri, bool values,
		      int (*fn)(void *arg, const struct mo_entry *e), void *arg)
{
	struct entries all = { t, values, fn, arg };
	struct mo_where w;
	struct mo_path p;
	int status = mo_locate(t, uri, &p, &w);

	if (status == MO_OK && p.query != MO_QUERY_NONE)
		status = MO_UNSUPPORTED_FEATURE;
	if (status == MO_OK && w.found < p.n)
		status = MO_NOT_FOUND;
	return status == MO_OK ? mo_view(t, NULL, &p, &w, tell_entry, &all) :
				 mo_status_errno(status);
}
