// SPDX-License-Identifier: BSD-3-Clause
/*
 * The Inbox: a management object that is added to ./Inbox goes to where objects with its
 * identifier belong by the device description.
 *
 * If the name is taken there it gets another one.  References within the document
 * (./Inbox/<name>/...) are turned into what they mean at the new place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define INBOX_MO	"urn:oma:mo:oma-dm-inbox:1.0"
#define MAX_OBJECTS	32
#define MAX_REFERENCES	256
#define PREFIX		"./Inbox/"

struct mo_inbox {
	char name[MO_URI_BUF];			/* of the target: ./Inbox/<name>, "" = none */
	unsigned int n;
	struct {
		char from[MO_URI_BUF];		/* its name in the document */
		char to[MO_URI_BUF + 2];	/* its URI */
	} object[MAX_OBJECTS];
};

bool mo_in_inbox(const struct mo_where *w)
{
	return w->ddf && w->ddf->described && !strcmp(w->ddf->type, INBOX_MO);
}

int mo_inbox_open(const struct mo_where *w, const struct mo_path *p, struct mo_inbox **ret)
{
	*ret = NULL;
	if (!mo_in_inbox(w))
		return MO_OK;
	if (p->n > w->found + 1)
		return MO_NOT_ALLOWED;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return MO_FAILED;
	if (p->n > w->found)
		mo_path_format(p, w->found, (*ret)->name);
	return MO_OK;
}

void mo_inbox_close(struct mo_inbox *inbox)
{
	free(inbox);
}

/* Finds the description of an object and the URI that it has there, without its own name. */
static const struct mo_ddf *find(const struct mo_ddf *d, const char *id, char *uri, size_t len,
				 size_t room)
{
	const struct mo_ddf *c, *found;

	for (c = d ? d->child : NULL; c; c = c->next) {
		if (c->described && !strcmp(c->format, "node") && !strcmp(c->type, id)) {
			uri[len] = '\0';
			return c;
		}
		if (!*c->name || room - len < 2)
			continue;
		uri[len] = '/';
		if (!mo_segment_encode(c->name, uri + len + 1, room - len - 1))
			continue;
		found = find(c, id, uri, strlen(uri), room);
		if (found)
			return found;
	}
	return NULL;
}

static bool taken(struct mo_tree *t, const char *uri)
{
	struct mo_where w;
	struct mo_path p;

	return mo_locate(t, uri, &p, &w) == MO_OK && w.found == p.n;
}

int mo_inbox_place(struct mo_tree *t, struct mo_inbox *inbox, const struct mo_tnds_node *n,
		   char *uri, size_t room)
{
	const char *name = n->name && *n->name ? n->name : *inbox->name ? inbox->name : "1";
	const struct mo_ddf *d;
	unsigned int i;
	size_t len;

	strcpy(uri, ".");
	d = *n->type ? find(t->ddf, n->type, uri, 1, MO_URI_BUF) : NULL;
	if (!d || !strcmp(d->type, INBOX_MO))
		return MO_UNSUPPORTED_FORMAT;
	if (inbox->n == MAX_OBJECTS)
		return MO_TOO_LARGE;
	if (strchr(name, '/') || strlen(name) >= MO_URI_BUF)
		return MO_BAD_COMMAND;
	len = strlen(uri);
	/* a name that is described is the only one */
	if (snprintf(uri + len, room - len, "/%s", *d->name ? d->name : name) >= (int)(room - len))
		return MO_URI_TOO_LONG;
	for (i = 2; !*d->name && i < 100 && taken(t, uri); i++)
		if (snprintf(uri + len, room - len, "/%s-%u", name, i) >= (int)(room - len))
			return MO_URI_TOO_LONG;
	if (strlen(uri) >= sizeof(inbox->object[0].to))
		return MO_URI_TOO_LONG;
	strcpy(inbox->object[inbox->n].from, name);
	strcpy(inbox->object[inbox->n++].to, uri);
	return MO_OK;
}

/* ------------------------------------------------------------------- references */

struct references {
	struct mo_tree *t;
	unsigned int n;
	struct {
		int64_t id;
		char type[MO_TYPE_LEN];
	} leaf[MAX_REFERENCES];
	int status;
};

static int collect(void *arg, const struct mo_row *row)
{
	struct references *r = arg;
	struct mo_value v;

	if (strcmp(row->format, "chr") || row->len < strlen(PREFIX) || row->len > MO_MAX_URI)
		return 0;
	r->status = mo_row_value(r->t, row, &v);
	if (r->status != MO_OK)
		return 1;
	if (!strncmp(v.data, PREFIX, strlen(PREFIX))) {
		if (r->n == MAX_REFERENCES) {
			r->status = MO_TOO_LARGE;
		} else {
			r->leaf[r->n].id = row->id;
			strcpy(r->leaf[r->n++].type, v.type);
		}
	}
	mo_value_clear(&v);
	return r->status != MO_OK;
}

static int rewrite(struct mo_tree *t, const struct mo_inbox *inbox, int64_t id, const char *type)
{
	struct mo_node node = { .id = id };
	struct mo_value v, out;
	char uri[2 * MO_URI_BUF];
	const char *name, *rest;
	unsigned int i;
	int status = mo_node_value(t, id, "chr", type, &v);

	if (status != MO_OK)
		return status;
	name = v.data + strlen(PREFIX);
	rest = name + strcspn(name, "/");
	for (i = 0; i < inbox->n; i++) {
		const char *from = inbox->object[i].from;

		if (strlen(from) != (size_t)(rest - name) ||
		    strncmp(from, name, (size_t)(rest - name)))
			continue;
		snprintf(uri, sizeof(uri), "%s%s", inbox->object[i].to, rest);
		out = (struct mo_value){ .data = uri, .len = strlen(uri), .format = "chr" };
		strcpy(out.type, v.type);
		status = mo_node_update(t, &node, &out);
		break;
	}
	mo_value_clear(&v);
	return status;
}

int mo_inbox_finish(struct mo_tree *t, struct mo_inbox *inbox)
{
	struct references *r = calloc(1, sizeof(*r));
	struct mo_where w;
	struct mo_path p;
	unsigned int i;
	int status = r ? MO_OK : MO_FAILED;

	for (i = 0; i < inbox->n && status == MO_OK; i++) {
		status = mo_locate(t, inbox->object[i].to, &p, &w);
		if (status != MO_OK)
			break;
		r->t = t;
		r->status = MO_FAILED;
		if (mo_walk(t, w.node.id, collect, r))
			status = r->status == MO_OK ? MO_FAILED : r->status;
	}
	for (i = 0; status == MO_OK && i < r->n; i++)
		status = rewrite(t, inbox, r->leaf[i].id, r->leaf[i].type);
	free(r);
	return status;
}
