// SPDX-License-Identifier: BSD-3-Clause
/*
 * The properties of a node: what ?prop= reads and writes.
 *
 *	ACL Name Title		Get and Replace
 *	Format Type TStamp VerNo	Get
 *	Size			Get, of leaves
 */
#include <stdio.h>
#include <string.h>
#include "mo/private.h"

enum property { ACL, FORMAT, NAME, SIZE, TITLE, TSTAMP, TYPE, VERNO, UNKNOWN };

static enum property find(const char *name)
{
	static const char *const names[] = {
		"ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			break;
	return (enum property)i;
}

bool mo_property_known(const struct mo_path *p, const struct mo_where *w)
{
	enum property prop = find(p->query_arg);

	/* a size is what interior nodes do not have */
	return prop != UNKNOWN && (prop != SIZE || w->found < p->n || !mo_is_interior(&w->node));
}

static int column_of(enum property prop)
{
	switch (prop) {
	case ACL: return 0;
	case NAME: return 1;
	case TITLE: return 2;
	case TSTAMP: return 3;
	case VERNO: return 4;
	default: return 5;
	}
}

int mo_property_get(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		    struct mo_value *v)
{
	enum property prop = find(p->query_arg);
	sqlite3_stmt *stmt;
	const char *text;
	int status = MO_OK;

	if (prop == FORMAT || prop == TYPE) {
		text = prop == FORMAT ? w->node.format : w->node.type;
		return mo_value_set(v, text, strlen(text), "", "") ? MO_FAILED : MO_OK;
	}
	stmt = mo_stmt(t, MO_STMT_PROPERTIES);
	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_int64(stmt, 1, w->node.id);
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		status = mo_db_failed(t);
	} else {
		text = (const char *)sqlite3_column_text(stmt, column_of(prop));
		if (!text)
			text = prop == SIZE ? "0" : "";
		if (mo_value_set(v, text, strlen(text), "", ""))
			status = MO_FAILED;
	}
	sqlite3_reset(stmt);
	return status;
}

/* --------------------------------------------------------------------- Replace */

/* ACL of the parent; the root is its own parent. */
static int parent_allows(struct mo_tree *t, const struct mo_path *p, const char *server,
			 bool *allows)
{
	struct mo_path up = *p;
	struct mo_where w;
	int status;

	if (up.n)
		up.n--;
	status = mo_node_resolve(t, &up, &w);
	if (status == MO_OK)
		*allows = mo_acl_allows(w.acl, "Replace", server);
	return status;
}

/* Who may change an ACL: of a leaf only who may Replace its parent. */
static int may_set_acl(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		       const char *server)
{
	bool allows = false;
	int status;

	if (!server)
		return MO_OK;
	if (mo_is_interior(&w->node) && mo_acl_allows(w->acl, "Replace", server))
		return MO_OK;
	status = parent_allows(t, p, server, &allows);
	if (status != MO_OK)
		return status;
	return allows ? MO_OK : MO_PERMISSION_DENIED;
}

int mo_property_set_acl(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
			const char *server, const char *text)
{
	char acl[MO_MAX_ACL + 1];
	int status;

	if (p->n == 0 && !*text)	/* the root always has one */
		return MO_NOT_ALLOWED;
	status = may_set_acl(t, p, w, server);
	if (status == MO_OK)
		status = mo_acl_normalise(text, acl);
	return status == MO_OK ? mo_node_set_acl(t, w->node.id, acl) : status;
}

static int set_title(struct mo_tree *t, const struct mo_path *p, const struct mo_where *w,
		     const char *server, const struct mo_value *v)
{
	int status = mo_permitted(w, server, MO_ACCESS_REPLACE, "Replace");

	if (status != MO_OK)
		return status;
	if (v->len > MO_MAX_TITLE)
		return MO_TOO_LARGE;
	if (!mo_text_valid(v->data, v->len))
		return MO_UNSUPPORTED_FORMAT;
	return mo_node_set_title(t, w->node.id, v->data);
}

int mo_property_replace(struct mo_tree *t, const char *server, const struct mo_path *p,
			const struct mo_where *w, const struct mo_value *v,
			struct mo_mount **changed)
{
	struct mo_value text;
	int status;

	/* as text with an end, without the blanks that an indented document puts around it */
	if (v->format[0] && strcmp(v->format, "chr"))
		return MO_UNSUPPORTED_FORMAT;
	if (mo_value_set(&text, v->data, v->data ? v->len : 0, "", ""))
		return MO_FAILED;
	if (strlen(text.data) != text.len) {
		mo_value_clear(&text);
		return MO_BAD_COMMAND;
	}
	switch (find(p->query_arg)) {
	case ACL:
		mo_value_trim(&text);
		status = mo_property_set_acl(t, p, w, server, text.data);
		break;
	case NAME:
		mo_value_trim(&text);
		status = mo_rename(t, server, p, w, text.data, changed);
		break;
	case TITLE:
		status = set_title(t, p, w, server, &text);
		break;
	default:
		status = MO_NOT_ALLOWED;
	}
	mo_value_clear(&text);
	return status;
}
