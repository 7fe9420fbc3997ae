// SPDX-License-Identifier: BSD-3-Clause
/*
 * The tree as XML: TNDS, the serialisation of the DM standard.  What no server may
 * read (AccessType without Get: secrets) is left out.
 */
#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define NAMESPACE	"syncml:dmddf1.2"

struct writer {
	xmlTextWriterPtr x;
	const char *path;		/* URI of the parent of where the walk began */
	unsigned int first;		/* depth of the outermost Nodes: the root has no name */
	unsigned int open;		/* Nodes that are open */
	unsigned int skip;		/* below this depth nothing is written, 0 = all */
	bool failed;
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

static void properties(struct writer *w, const struct mo_row *row)
{
	begin(w, "RTProperties");
	if (row->acl[0])
		element(w, "ACL", row->acl);
	begin(w, "Format");
	empty(w, row->format);
	end(w);
	begin(w, "Type");
	element(w, strcmp(row->format, "node") ? "MIME" : "DDFName", row->type);
	end(w);
	end(w);
}

static void value(struct writer *w, const struct mo_row *row)
{
	begin(w, "Value");
	if (!strcmp(row->format, "bin")) {
		if (row->len)
			check(w, xmlTextWriterWriteBase64(w->x, row->data, 0, (int)row->len));
	} else {
		char *text = strndup(row->data ? row->data : "", row->len);

		check(w, text ? xmlTextWriterWriteString(w->x, BAD_CAST text) : -1);
		free(text);
	}
	end(w);
}

static void close_nodes(struct writer *w, unsigned int depth)
{
	while (w->open > depth) {
		end(w);
		w->open--;
	}
}

static int visit(void *arg, const struct mo_row *row)
{
	struct writer *w = arg;

	if (row->depth < w->first)
		return 0;
	if (w->skip && row->depth > w->skip)
		return 0;
	w->skip = 0;
	close_nodes(w, row->depth - w->first);
	if (!(row->access & MO_ACCESS_GET)) {
		w->skip = row->depth;
		return 0;
	}
	begin(w, "Node");
	w->open++;
	element(w, "NodeName", row->name);
	if (row->depth == w->first)
		element(w, "Path", w->path);
	properties(w, row);
	if (strcmp(row->format, "node") && strcmp(row->format, "null"))
		value(w, row);
	return w->failed ? -ENOMEM : 0;
}

static int write_tree(struct mo_tree *t, int64_t id, struct writer *w)
{
	int err;

	check(w, xmlTextWriterSetIndent(w->x, 1));
	check(w, xmlTextWriterStartDocument(w->x, NULL, "UTF-8", NULL));
	begin(w, "MgmtTree");
	check(w, xmlTextWriterWriteAttribute(w->x, BAD_CAST "xmlns", BAD_CAST NAMESPACE));
	element(w, "VerDTD", "1.2");
	err = mo_walk(t, id, visit, w);
	check(w, xmlTextWriterEndDocument(w->x));
	return err ? err : w->failed ? -ENOMEM : 0;
}

static int to_xml(struct mo_tree *t, int64_t id, struct writer *w, char **xml, size_t *len)
{
	xmlBufferPtr buf = xmlBufferCreate();
	int err = -ENOMEM;

	if (!buf)
		return -ENOMEM;
	w->x = xmlNewTextWriterMemory(buf, 0);
	if (w->x) {
		err = write_tree(t, id, w);
		xmlFreeTextWriter(w->x);
	}
	if (!err) {
		*len = (size_t)xmlBufferLength(buf);
		*xml = malloc(*len + 1);
		if (*xml)
			memcpy(*xml, xmlBufferContent(buf), *len + 1);
		else
			err = -ENOMEM;
	}
	xmlBufferFree(buf);
	return err;
}

int mo_tree_to_xml(struct mo_tree *t, const char *uri, char **xml, size_t *len)
{
	struct writer w = { .path = "." };
	char path[MO_URI_BUF + 2];
	struct mo_where where;
	struct mo_path p;
	int status;

	status = mo_path_parse(uri, &p);
	if (status == MO_OK && p.query != MO_QUERY_NONE)
		status = MO_UNSUPPORTED_FEATURE;
	if (status == MO_OK)
		status = mo_node_resolve(t, &p, &where);
	if (status == MO_OK && where.found < p.n)
		status = MO_NOT_FOUND;
	if (status != MO_OK)
		return mo_status_errno(status);
	w.first = p.n == 0;
	if (p.n > 1) {
		p.n--;
		memcpy(path, "./", 2);
		mo_path_format(&p, 0, path + 2);
		w.path = path;
	}
	return to_xml(t, where.node.id, &w, xml, len);
}
