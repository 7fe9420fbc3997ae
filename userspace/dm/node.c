// SPDX-License-Identifier: BSD-3-Clause
/*
 * Building a document node by node, within the limits of depth and number.
 */
#include "dm/node.h"

#include <errno.h>
#include <string.h>

void dm_document_init(struct dm_document *doc, struct dm_message *msg)
{
	memset(doc, 0, sizeof(*doc));
	doc->msg = msg;
}

void dm_document_fail(struct dm_document *doc, int err, const char *what)
{
	if (doc->err)
		return;
	doc->err = err;
	doc->what = what;
}

static struct dm_node *add_node(struct dm_document *doc)
{
	struct dm_node *node, *parent;

	if (doc->err)
		return NULL;
	if (doc->nodes == DM_DOCUMENT_NODES) {
		dm_document_fail(doc, -EBADMSG, "too many elements");
		return NULL;
	}
	node = dm_message_alloc(doc->msg, sizeof(*node));
	if (!node) {
		dm_document_fail(doc, -ENOMEM, NULL);
		return NULL;
	}
	doc->nodes++;
	node->where = doc->where;
	if (!doc->depth) {
		doc->root = node;
		return node;
	}
	parent = doc->open[doc->depth - 1];
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

static const char *element_name(struct dm_message *msg, const char *name, size_t len)
{
	const char *known = NULL;
	char text[32];

	if (len < sizeof(text)) {
		memcpy(text, name, len);
		text[len] = '\0';
		known = dm_tag_find(text);
	}
	return known ? known : dm_message_strndup(msg, name, len);
}

struct dm_node *dm_document_open(struct dm_document *doc, const char *name, size_t len,
				 const char *space)
{
	struct dm_node *node;

	if (!doc->depth && doc->root)
		dm_document_fail(doc, -EBADMSG, "more than one root element");
	if (doc->depth == DM_DOCUMENT_DEPTH)
		dm_document_fail(doc, -EBADMSG, "elements nested too deep");
	node = add_node(doc);
	if (!node)
		return NULL;
	node->name = element_name(doc->msg, name, len);
	if (!node->name) {
		dm_document_fail(doc, -ENOMEM, NULL);
		return NULL;
	}
	node->space = space;
	doc->open[doc->depth++] = node;
	if (!doc->data_depth && !strcmp(node->name, "Data"))
		doc->data_depth = doc->depth;
	return node;
}

void dm_document_close(struct dm_document *doc)
{
	if (doc->err || !doc->depth)
		return;
	if (doc->data_depth == doc->depth)
		doc->data_depth = 0;
	doc->depth--;
}

struct dm_node *dm_document_text(struct dm_document *doc, char *text, size_t len)
{
	struct dm_node *node;

	if (!len || !doc->depth)
		return NULL;
	node = add_node(doc);
	if (!node)
		return NULL;
	node->text = text;
	node->len = len;
	return node;
}

bool dm_document_in_data(const struct dm_document *doc)
{
	return doc->data_depth;
}

/* ---------------------------------------------------------------------- looking */

const struct dm_node *dm_node_element(const struct dm_node *node)
{
	while (node && !node->name)
		node = node->next;
	return node;
}

/* Puts the texts below node one behind the other; t->len tells how much that is. */
static int join(struct dm_message *msg, const struct dm_node *node, struct dm_node_text *t)
{
	const struct dm_node *n;
	size_t pos = 0;

	t->text = dm_message_alloc(msg, t->len + 1);
	if (!t->text)
		return -ENOMEM;
	for (n = node->first; n; n = n->next) {
		if (!n->name) {
			memcpy(t->text + pos, n->text, n->len);
			pos += n->len;
		}
	}
	return 0;
}

int dm_node_get_text(struct dm_message *msg, const struct dm_node *node, struct dm_node_text *t)
{
	const struct dm_node *n, *only = NULL;
	unsigned int texts = 0;

	memset(t, 0, sizeof(*t));
	for (n = node->first; n; n = n->next) {
		if (n->name) {
			t->markup = true;
			continue;
		}
		only = n;
		texts++;
		t->len += n->len;	/* the readers bound the sum */
		t->verbatim |= n->verbatim;
		t->opaque |= n->opaque;
		t->nul |= memchr(n->text, 0, n->len) != NULL;
	}
	if (texts != 1 || only->shared)
		return join(msg, node, t);
	t->text = only->text;
	return 0;
}
