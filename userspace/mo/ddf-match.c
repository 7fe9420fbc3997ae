// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the device description says of a node.
 *
 * Descriptions are found by name from the root down, together with the nodes; they are not stored
 * with them, so a new description holds for an old tree.  An interior node that is described with
 * Add and without children takes any subtree (Ext).
 */
#include <string.h>
#include <strings.h>
#include "mo/private.h"

static bool same_name(const struct mo_ddf *d, const char *name)
{
	return d->any_case ? !strcasecmp(d->name, name) : !strcmp(d->name, name);
}

const struct mo_ddf *mo_ddf_child(const struct mo_ddf *d, const char *name)
{
	const struct mo_ddf *c, *any = NULL;

	for (c = d ? d->child : NULL; c; c = c->next) {
		if (!*c->name)
			any = c;
		else if (same_name(c, name))
			return c;
	}
	return any;
}

bool mo_ddf_is_leaf(const struct mo_ddf *d)
{
	return d && d->described && strcmp(d->format, "node");
}

bool mo_ddf_closed(const struct mo_ddf *d)
{
	return d && d->described && (d->child || !(d->access & MO_ACCESS_ADD));
}

unsigned int mo_ddf_access(const struct mo_ddf *d, unsigned int stored)
{
	return d && d->described ? d->access : stored;
}

unsigned int mo_ddf_flags(const struct mo_ddf *d)
{
	if (!d || !d->described)
		return 0;
	return d->any_case ? MO_NODE_ANY_CASE : 0;
}

void mo_ddf_set_type(const struct mo_ddf *d, struct mo_value *v)
{
	v->type[0] = '\0';
	if (d && d->described && !strcmp(d->format, "node"))
		strncpy(v->type, d->type, sizeof(v->type) - 1);
}

/* Is type one of a list joined by blanks? */
static bool listed(const char *list, const char *type)
{
	size_t len = strlen(type);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !strncasecmp(list, type, n))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

static bool same_format(const struct mo_ddf *d, const char *format)
{
	/* base64 is how XML carries bytes: they were decoded on the way */
	return !strcmp(d->format, format) || (!strcmp(d->format, "b64") && !strcmp(format, "bin"));
}

int mo_ddf_value(const struct mo_ddf *d, const struct mo_value *v, const char *old_type,
		 struct mo_value *out)
{
	size_t first;

	*out = *v;
	if (!d || !d->described)
		return MO_OK;
	if (!out->format[0])
		strcpy(out->format, d->format);
	else if (!same_format(d, out->format))
		return MO_UNSUPPORTED_FORMAT;
	if (out->type[0])
		return !*d->type || listed(d->type, out->type) ? MO_OK : MO_UNSUPPORTED_FORMAT;
	if (*old_type)
		return MO_OK;
	first = strcspn(d->type, " ");
	if (first < sizeof(out->type)) {
		memcpy(out->type, d->type, first);
		out->type[first] = '\0';
	}
	return MO_OK;
}

/* ------------------------------------------------------------------ Occurrence */

/* How many children of parent are a d. */
static int count(struct mo_tree *t, int64_t parent, const struct mo_ddf *above,
		 const struct mo_ddf *d, unsigned int *n)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_CHILDREN);
	int rc;

	*n = 0;
	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, parent);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		if (name && mo_ddf_child(above, name) == d)
			++*n;
	}
	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? MO_OK : mo_db_failed(t);
}

int mo_ddf_may_add(struct mo_tree *t, int64_t parent, const struct mo_ddf *above,
		   const struct mo_ddf *d)
{
	unsigned int n;
	int status;

	if (!d || !d->described || *d->name || !d->max)
		return MO_OK;
	status = count(t, parent, above, d, &n);
	if (status != MO_OK)
		return status;
	return n < d->max ? MO_OK : MO_DEVICE_FULL;
}

int mo_ddf_may_delete(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w)
{
	struct mo_path up = *p;
	struct mo_where parent;
	unsigned int n;
	int status;

	if (!w->ddf || !w->ddf->described || !w->ddf->min)
		return MO_OK;
	up.n--;
	status = mo_node_resolve(t, &up, &parent);
	if (status == MO_OK)
		status = count(t, parent.node.id, parent.ddf, w->ddf, &n);
	if (status != MO_OK)
		return status;
	return n > w->ddf->min ? MO_OK : MO_NOT_ALLOWED;
}
