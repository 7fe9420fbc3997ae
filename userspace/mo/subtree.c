// SPDX-License-Identifier: BSD-3-Clause
/*
 * Add and Replace of whole subtrees (TNDS).  All of a document is done or nothing; the node that
 * made it fail can be asked for.
 *
 * Who may Add the outermost node may add what is below it, and who may Replace a node may replace
 * what is below it: ACLs of nodes that get created or replaced are not asked.  What nodes there
 * may be, and what the provider says, counts for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define URI_ROOM	(2 * MO_URI_BUF)

struct apply {
	struct mo_tree *t;
	const char *server;
	bool replace;
	struct mo_path target;
	struct mo_where at;			/* of the target */
	char base[MO_URI_BUF + 2];		/* URI of the target */
	struct mo_inbox *inbox;			/* the target is the Inbox */
	size_t end[MO_MAX_DEPTH + 1];		/* where the URI of each depth ends */
	char uri[URI_ROOM];			/* of the node being done */
	struct mo_mount **changed;
};

/* Appends a segment (or several) to the URI that ends at from. */
static int extend(struct apply *a, size_t from, const char *more, size_t *end)
{
	int n = snprintf(a->uri + from, URI_ROOM - from, "/%s", more);

	if (n < 0 || (size_t)n >= URI_ROOM - from)
		return MO_URI_TOO_LONG;
	*end = from + (size_t)n;
	return MO_OK;
}

static int start_at(struct apply *a, const char *uri, size_t *end)
{
	int n = snprintf(a->uri, URI_ROOM, "%s", uri);

	if (n < 0 || n >= URI_ROOM)
		return MO_URI_TOO_LONG;
	*end = (size_t)n;
	return MO_OK;
}

static const char *last_segment(const char *uri)
{
	const char *slash = strrchr(uri, '/');

	return slash ? slash + 1 : uri;
}

/* Is uri the target or below it? */
static bool within_target(const struct apply *a, const char *uri)
{
	size_t n = strlen(a->base);

	return !strncmp(uri, a->base, n) && (uri[n] == '/' || uri[n] == '\0');
}

/*
 * Where an outermost node goes.  Its Path is relative to the target, but also understood if it is
 * the full one and leads into the target, as in what ?list=TNDS and the export give.
 * No NodeName, or that of the target: the target itself.
 */
static int place(struct apply *a, const struct mo_tnds_node *n)
{
	const char *name = n->name ? n->name : "", *path = n->path ? n->path : "";
	size_t end = 0;
	int status;

	if (!strcmp(path, ".") || !strncmp(path, "./", 2)) {
		status = start_at(a, path, &end);
		if (status == MO_OK && *name)
			status = extend(a, end, name, &end);
		if (status != MO_OK || within_target(a, a->uri)) {
			a->end[0] = end;
			return status;
		}
		path += path[1] ? 2 : 1;
	}
	status = start_at(a, a->base, &end);
	if (status == MO_OK && *path)
		status = extend(a, end, path, &end);
	/* the target by its own name: on Replace, or if it is what is to be created */
	if (!*path && !strcmp(name, last_segment(a->base)) &&
	    (a->replace || a->at.found < a->target.n))
		name = "";
	if (status == MO_OK && *name)
		status = extend(a, end, name, &end);
	a->end[0] = end;
	return status;
}

/* ------------------------------------------------------------------------- one node */

static int value_of(const struct mo_tnds_node *n, struct mo_value *v)
{
	long len;

	if (strlen(n->type) >= MO_TYPE_LEN)
		return MO_UNSUPPORTED_FORMAT;
	if (strcmp(n->format, "bin"))
		return mo_value_set(v, n->value, n->value_len, n->format, n->type) ? MO_FAILED :
										      MO_OK;
	len = mo_base64_decode(n->value, n->value_len, NULL, 0);
	if (len < 0)
		return MO_UNSUPPORTED_FORMAT;
	if (mo_value_set(v, NULL, (size_t)len, n->format, n->type))
		return MO_FAILED;
	mo_base64_decode(n->value, n->value_len, (uint8_t *)v->data, (size_t)len);
	return MO_OK;
}

/* A permanent node stays what it is; another value needs the right to change it. */
static int renew(struct apply *a, const struct mo_path *p, const struct mo_where *w,
		 const struct mo_value *v)
{
	bool is_target = p->n == a->target.n;
	struct mo_value old;
	bool same;
	int status;

	if (mo_is_interior(&w->node) != !strcmp(v->format, "node"))
		return MO_NOT_ALLOWED;
	if (mo_is_interior(&w->node)) {
		if ((w->node.flags & MO_NODE_PERMANENT) || !*v->type)
			return MO_OK;
		return mo_node_update(a->t, &w->node, v);
	}
	status = mo_node_value(a->t, w->node.id, w->node.format, w->node.type, &old);
	if (status != MO_OK)
		return status;
	same = old.len == v->len && !memcmp(old.data, v->data, v->len) &&
	       !strcmp(old.format, v->format);
	mo_value_clear(&old);
	if (same)
		return MO_OK;
	if (!is_target && a->server && !(w->access & MO_ACCESS_REPLACE))
		return MO_NOT_ALLOWED;
	return mo_replace_value(a->t, is_target ? a->server : NULL, MO_ACCESS_REPLACE, p, w, v,
				a->changed);
}

/* ACL and Title, where they are given. */
static int set_properties(struct apply *a, const struct mo_path *p, const struct mo_tnds_node *n,
			  bool fresh)
{
	const char *server = n->depth == 0 ? a->server : NULL;
	struct mo_where w;
	int status = MO_OK;

	if (!n->title && !n->acl)
		return MO_OK;
	status = mo_node_resolve(a->t, p, &w);
	if (status != MO_OK || w.found < p->n)
		return status == MO_OK ? MO_FAILED : status;
	if (n->title) {
		if (strlen(n->title) > MO_MAX_TITLE)
			return MO_TOO_LARGE;
		status = mo_node_set_title(a->t, w.node.id, n->title);
	}
	/* what the server just made is its own, unless it is a leaf: that is its parent's */
	if (fresh && mo_is_interior(&w.node))
		server = NULL;
	if (status == MO_OK && n->acl)
		status = mo_property_set_acl(a->t, p, &w, server, n->acl);
	return status;
}

static int do_node(struct apply *a, const struct mo_tnds_node *n, const struct mo_value *v)
{
	struct mo_where w;
	struct mo_path p;
	bool fresh;
	int status = mo_locate(a->t, a->uri, &p, &w);

	if (status != MO_OK)
		return status;
	if (p.query != MO_QUERY_NONE)
		return MO_BAD_COMMAND;
	fresh = w.found < p.n;
	if (!fresh && a->replace)
		status = renew(a, &p, &w, v);
	else
		status = mo_add_node(a->t, n->depth == 0 && !a->replace ? a->server : NULL, &p, &w,
				     v, NULL, a->changed);
	return status == MO_OK ? set_properties(a, &p, n, fresh) : status;
}

static int visit(void *arg, const struct mo_tnds_node *n)
{
	struct apply *a = arg;
	struct mo_value v;
	int status;

	if (n->depth) {
		/* several segments in one name would be nodes that nobody described */
		if (!n->name || !*n->name || strchr(n->name, '/'))
			return MO_BAD_COMMAND;
		status = extend(a, a->end[n->depth - 1], n->name, &a->end[n->depth]);
	} else if (a->inbox) {
		status = mo_inbox_place(a->t, a->inbox, n, a->uri, URI_ROOM);
		a->end[0] = strlen(a->uri);
	} else {
		status = place(a, n);
	}
	if (status == MO_OK)
		status = value_of(n, &v);
	if (status != MO_OK)
		return status;
	status = do_node(a, n, &v);
	mo_value_clear(&v);
	if (status != MO_OK && !a->t->failed[0] && strcmp(a->uri, a->base))
		snprintf(a->t->failed, sizeof(a->t->failed), "%.*s",
			 (int)sizeof(a->t->failed) - 1, a->uri);
	return status;
}

/* ------------------------------------------------------------------------- documents */

/* Takes away all that can go from below p. */
static int clear(struct apply *a, const struct mo_path *p, const struct mo_where *w)
{
	struct mo_path below = *p;
	struct mo_where child;
	struct mo_value names;
	int status = mo_node_children(a->t, w->node.id, &names);
	char *name, *save = NULL, uri[MO_URI_BUF];
	struct mo_path one;

	if (status != MO_OK)
		return status;
	for (name = strtok_r(names.data, "/", &save); name && status == MO_OK;
	     name = strtok_r(NULL, "/", &save)) {
		snprintf(uri, sizeof(uri), "%s", name);
		status = p->n == MO_MAX_DEPTH ? MO_FAILED : mo_path_parse(uri, &one);
		if (status != MO_OK)
			break;
		below.n = p->n;
		below.seg[below.n++] = one.seg[0];
		status = mo_node_resolve(a->t, &below, &child);
		if (status != MO_OK)
			break;
		if (child.node.flags & MO_NODE_PERMANENT) {
			status = mo_is_interior(&child.node) ? clear(a, &below, &child) : MO_OK;
			continue;
		}
		status = mo_ask_provider(&child, &below, MO_OP_DELETE, NULL);
		if (status == MO_OK)
			status = mo_node_delete(a->t, child.node.id);
	}
	mo_value_clear(&names);
	return status;
}

static int prepare_replace(struct apply *a)
{
	int status;

	if (a->inbox)
		return MO_NOT_ALLOWED;
	if (a->at.found < a->target.n)
		return MO_NOT_FOUND;
	status = mo_permitted(&a->at, a->server, MO_ACCESS_REPLACE, "Replace");
	if (status != MO_OK)
		return status;
	*a->changed = a->at.mount;
	return mo_is_interior(&a->at.node) ? clear(a, &a->target, &a->at) : MO_OK;
}

static int apply(struct apply *a, const struct mo_value *v)
{
	struct mo_ids *before = NULL;
	int status = MO_OK;

	if (a->replace && a->target.n && !strcmp(a->target.seg[0], "DMAcc"))
		status = mo_account_ids(a->t, &before);
	if (status == MO_OK && a->replace)
		status = prepare_replace(a);
	if (status == MO_OK)
		status = mo_tnds_read(v->data, v->len, visit, a);
	if (status == MO_OK && before)
		status = mo_account_forget(a->t, before);
	if (status == MO_OK && a->inbox)
		status = mo_inbox_finish(a->t, a->inbox);
	free(before);
	return status;
}

bool mo_is_tnds(const struct mo_value *v)
{
	return v && !strncmp(v->type, "application/vnd.syncml.dmtnds", 29);
}

int mo_subtree_put(struct mo_tree *t, const char *server, const struct mo_path *p,
		   const struct mo_where *w, const struct mo_value *v, bool replace,
		   struct mo_mount **changed)
{
	struct apply *a;
	int status;

	/* bin: what came as base64 */
	if (strcmp(v->type, MO_TNDS_XML) ||
	    (v->format[0] && strcmp(v->format, "xml") && strcmp(v->format, "bin")))
		return MO_UNSUPPORTED_FORMAT;
	if (!v->data)
		return MO_BAD_COMMAND;
	a = calloc(1, sizeof(*a));
	if (!a)
		return MO_FAILED;
	a->t = t;
	a->server = server;
	a->replace = replace;
	a->target = *p;
	a->at = *w;
	a->changed = changed;
	strcpy(a->base, ".");
	if (p->n) {
		strcpy(a->base, "./");
		mo_path_format(p, 0, a->base + 2);
	}
	status = mo_inbox_open(w, p, &a->inbox);
	if (status == MO_OK)
		status = apply(a, v);
	mo_inbox_close(a->inbox);
	free(a);
	return status;
}
