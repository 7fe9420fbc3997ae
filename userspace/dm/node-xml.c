// SPDX-License-Identifier: BSD-3-Clause
/*
 * Part of a document written as XML: what stood inside of Data without being escaped, or was
 * WBXML there, becomes the text that the management tree takes.
 */
#include "dm/node.h"

#include <errno.h>
#include <string.h>

#include "dm/base64.h"
#include "dm/buf.h"
#include "dm/syncml.h"
#include "dm/writer.h"

/*
 * Below MgmtTree there is DMDDF only: a peer that forgot to declare it left the elements in the
 * namespace of SyncML.
 */
static const char *space_of(const struct dm_node *node, bool in_tree)
{
	return in_tree ? dm_page_namespace(DM_PAGE_DMDDF) : node->space;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The name of the only element in node/RTProperties/Format: bin, chr ... */
static const char *node_format(const struct dm_node *node)
{
	static const char *const path[] = { "RTProperties", "Format" };
	const struct dm_node *n = node;
	size_t i;

	for (i = 0; i < 2 && n; i++) {
		n = dm_node_element(n->first);
		while (n && strcmp(n->name, path[i]))
			n = dm_node_element(n->next);
	}
	n = n ? dm_node_element(n->first) : NULL;
	return n ? n->name : "";
}

static void put_base64(struct dm_buf *b, const struct dm_node *text)
{
	char part[DM_B64_LEN(384) + 1];
	size_t i, n;

	for (i = 0; i < text->len; i += n) {
		n = text->len - i < 384 ? text->len - i : 384;
		dm_b64_encode((const uint8_t *)text->text + i, n, part);
		dm_buf_puts(b, part);
	}
	explicit_bzero(part, sizeof(part));
}

/* Bytes that came as such are base64 in the text of a tree. */
static void put_text(struct dm_buf *b, const struct dm_node *text, const struct dm_node *parent,
		     const struct dm_node *grandparent)
{
	bool value = grandparent && !strcmp(parent->name, "Value");
	bool opaque = value && text->opaque && !strcmp(node_format(grandparent), "bin");

	if (opaque || (value && !dm_text_is_safe(text->text, text->len)))
		put_base64(b, text);
	else
		dm_xml_text(b, text->text, text->len);
}

static void put_node(struct dm_buf *b, const struct dm_node *node, const struct dm_node *parent,
		     const char *outer, bool in_tree)
{
	const char *space;
	const struct dm_node *n;

	in_tree = in_tree || !strcmp(node->name, "MgmtTree");
	space = space_of(node, in_tree);
	dm_buf_printf(b, "<%s", node->name);
	if (!same(space, outer)) {
		dm_buf_puts(b, " xmlns=\"");
		dm_xml_attribute(b, space ? space : "");
		dm_buf_put(b, "\"", 1);
	}
	if (node->attributes)
		dm_buf_puts(b, node->attributes);
	if (!node->first) {
		dm_buf_put(b, "/>", 2);
		return;
	}
	dm_buf_put(b, ">", 1);
	for (n = node->first; n; n = n->next) {
		if (n->name)
			put_node(b, n, node, space, in_tree);	/* no deeper than DM_DOCUMENT_DEPTH */
		else
			put_text(b, n, node, parent);
	}
	dm_buf_printf(b, "</%s>", node->name);
}

int dm_node_to_xml(struct dm_message *msg, const struct dm_node *node, char **xml, size_t *len)
{
	struct dm_buf b = { NULL, 0, 0, false };
	const struct dm_node *n;

	for (n = node->first; n; n = n->next) {
		if (n->name)
			put_node(&b, n, NULL, NULL, false);
		else
			dm_xml_text(&b, n->text, n->len);
	}
	*len = b.len;
	*xml = b.failed ? NULL : dm_message_strndup(msg, b.data ? b.data : "", b.len);
	dm_buf_free(&b);
	return *xml ? 0 : -ENOMEM;
}
