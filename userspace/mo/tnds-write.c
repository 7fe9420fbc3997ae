// SPDX-License-Identifier: BSD-3-Clause
/*
 * The tree as XML: TNDS, the serialisation of the DM standard.  What no server may
 * read (AccessType without Get: secrets) is left out.
 */
#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define NAMESPACE	"syncml:dmddf1.2"

/* What is written of each node besides its name. */
enum part {
	PART_ACL = 1 << 0,
	PART_FORMAT = 1 << 1,
	PART_NAME = 1 << 2,
	PART_SIZE = 1 << 3,
	PART_TITLE = 1 << 4,
	PART_TSTAMP = 1 << 5,
	PART_TYPE = 1 << 6,
	PART_VERNO = 1 << 7,
	PART_VALUE = 1 << 8,
	PART_ALL = (1 << 9) - 1,
	/* what a tree is made from again */
	PART_EXPORT = PART_ACL | PART_FORMAT | PART_TITLE | PART_TYPE | PART_VALUE,
};

struct writer {
	struct mo_tree *t;
	xmlTextWriterPtr x;
	xmlBufferPtr buf;
	unsigned int parts;
	const char *path;		/* URI of the parent of where the walk began, NULL = none */
	unsigned int first;		/* depth of the outermost Nodes: the root has no name */
	unsigned int open;		/* Nodes that are open */
	unsigned int skip;		/* below this depth nothing is written, 0 = all */
	bool failed;
	int status;
};

/* libxml2 tells of failed allocations by -1; noticed once, at the end. */
static void check(struct writer *w, int n)
{
	if (n < 0)
		w->failed = true;
}

static void element(struct writer *w, const char *name, const char *text)
{
	check(w, xmlTextWriterWriteElement(w->x, BAD_CAST name, BAD_CAST text));
}

static void number(struct writer *w, const char *name, unsigned long n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", n);
	element(w, name, text);
}

static void begin(struct writer *w, const char *name)
{
	check(w, xmlTextWriterStartElement(w->x, BAD_CAST name));
}

static void end(struct writer *w)
{
	check(w, xmlTextWriterEndElement(w->x));
}

static void empty(struct writer *w, const char *name)
{
	begin(w, name);
	end(w);
}

/* Type is what RTProperties cannot be without. */
static void properties(struct writer *w, const struct mo_row *row, const char *name)
{
	bool interior = !strcmp(row->format, "node");
	char tstamp[MO_TSTAMP_LEN];

	if (!(w->parts & ~(unsigned int)PART_VALUE))
		return;
	begin(w, "RTProperties");
	if ((w->parts & PART_ACL) && row->acl[0])
		element(w, "ACL", row->acl);
	if (w->parts & PART_FORMAT) {
		begin(w, "Format");
		empty(w, row->format);
		end(w);
	}
	if (w->parts & PART_NAME)
		element(w, "Name", name);
	if ((w->parts & PART_SIZE) && !interior)
		number(w, "Size", row->len);
	if ((w->parts & PART_TITLE) && row->title[0])
		element(w, "Title", row->title);
	if (w->parts & PART_TSTAMP) {
		mo_tstamp_text(row->tstamp, tstamp);
		element(w, "TStamp", tstamp);
	}
	begin(w, "Type");
	element(w, interior ? "DDFName" : "MIME", row->type);
	end(w);
	if (w->parts & PART_VERNO)
		number(w, "VerNo", row->verno);
	end(w);
}

static void value(struct writer *w, const struct mo_row *row)
{
	struct mo_value v;

	w->status = mo_row_value(w->t, row, &v);
	if (w->status != MO_OK)
		return;
	begin(w, "Value");
	if (strcmp(v.format, "bin"))
		check(w, xmlTextWriterWriteString(w->x, BAD_CAST v.data));
	else if (v.len)
		check(w, xmlTextWriterWriteBase64(w->x, v.data, 0, (int)v.len));
	end(w);
	mo_value_clear(&v);
}

static void close_nodes(struct writer *w, unsigned int depth)
{
	while (w->open > depth) {
		end(w);
		w->open--;
	}
}

static int visit(void *arg, const struct mo_view_node *n)
{
	const struct mo_row *row = n->row;
	struct writer *w = arg;

	if (row->depth < w->first)
		return 0;
	if (w->skip && row->depth > w->skip)
		return 0;
	w->skip = 0;
	close_nodes(w, row->depth - w->first);
	if (!(n->access & MO_ACCESS_GET)) {
		w->skip = row->depth;
		return 0;
	}
	begin(w, "Node");
	w->open++;
	element(w, "NodeName", strrchr(n->uri, '/') + 1);
	if (row->depth == w->first && w->path)
		element(w, "Path", w->path);
	properties(w, row, row->name);
	if ((w->parts & PART_VALUE) && strcmp(row->format, "node") && strcmp(row->format, "null"))
		value(w, row);
	if ((size_t)xmlBufferLength(w->buf) > MO_MAX_VALUE)
		w->status = MO_TOO_LARGE;
	return w->status != MO_OK;
}

static int write_tree(struct writer *w, const char *server, const struct mo_path *p,
		      const struct mo_where *where)
{
	int ret;

	begin(w, "MgmtTree");
	check(w, xmlTextWriterWriteAttribute(w->x, BAD_CAST "xmlns", BAD_CAST NAMESPACE));
	element(w, "VerDTD", "1.2");
	ret = mo_view(w->t, server, p, where, visit, w);
	check(w, xmlTextWriterEndDocument(w->x));
	if (w->status != MO_OK)
		return w->status;
	return ret || w->failed ? MO_FAILED : MO_OK;
}

/* The text becomes the value. */
static int to_value(struct writer *w, const char *server, const struct mo_path *p,
		    const struct mo_where *where, bool document, struct mo_value *v)
{
	int status = MO_FAILED;

	w->status = MO_OK;
	w->first = p->n == 0;
	w->buf = xmlBufferCreate();
	w->x = w->buf ? xmlNewTextWriterMemory(w->buf, 0) : NULL;
	if (w->x) {
		if (document) {
			check(w, xmlTextWriterSetIndent(w->x, 1));
			check(w, xmlTextWriterStartDocument(w->x, NULL, "UTF-8", NULL));
		}
		status = write_tree(w, server, p, where);
		xmlFreeTextWriter(w->x);
	}
	if (status == MO_OK && mo_value_set(v, xmlBufferContent(w->buf),
					    (size_t)xmlBufferLength(w->buf), "xml", MO_TNDS_XML))
		status = MO_FAILED;
	xmlBufferFree(w->buf);
	return status;
}

int mo_tree_to_xml(struct mo_tree *t, const char *uri, char **xml, size_t *len)
{
	struct writer w = { .t = t, .parts = PART_EXPORT, .path = "." };
	char path[MO_URI_BUF + 2];
	struct mo_where where;
	struct mo_value v;
	struct mo_path p, up;
	int status;

	status = mo_locate(t, uri, &p, &where);
	if (status == MO_OK && p.query != MO_QUERY_NONE)
		status = MO_UNSUPPORTED_FEATURE;
	if (status == MO_OK && where.found < p.n)
		status = MO_NOT_FOUND;
	if (status != MO_OK)
		return mo_status_errno(status);
	if (p.n > 1) {
		up = p;
		up.n--;
		memcpy(path, "./", 2);
		mo_path_format(&up, 0, path + 2);
		w.path = path;
	}
	status = to_value(&w, NULL, &p, &where, true, &v);
	if (status != MO_OK)
		return mo_status_errno(status);
	*xml = v.data;
	*len = v.len;
	return 0;
}

/* --------------------------------------------------------------------- ?list=TNDS */

/* "TNDS", "TNDS+Name+Name" (only these), "TNDS-Name-Name" (all but these). */
static bool parse_parts(const char *arg, unsigned int *parts)
{
	static const char *const names[] = {
		"ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo", "Value",
	};
	const char sign = strncmp(arg, "TNDS", 4) ? '\0' : arg[4];
	unsigned int i, named = 0;
	size_t n;

	*parts = PART_ALL;
	if (!sign)
		return !strcmp(arg, "TNDS");
	for (arg += 4; *arg; arg += n + 1) {
		n = strcspn(arg + 1, "+-");
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i]) == n && !memcmp(names[i], arg + 1, n))
				break;
		if (*arg != sign || i == sizeof(names) / sizeof(names[0]))
			return false;
		named |= 1U << i;
	}
	*parts = sign == '+' ? named : PART_ALL & ~named;
	return true;
}

int mo_tnds_get(struct mo_tree *t, const char *server, const struct mo_path *p,
		const struct mo_where *where, struct mo_value *v)
{
	struct writer w = { .t = t };
	int status;

	if (!parse_parts(p->query_arg, &w.parts))
		return MO_UNSUPPORTED_FEATURE;
	status = mo_may_get(where, p, server);
	return status == MO_OK ? to_value(&w, server, p, where, false, v) : status;
}
