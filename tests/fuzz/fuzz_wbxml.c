// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: WBXML, as a message and as a subtree, and the writer: a document that was read is
 * written as XML, and the reader of XML finds the same commands in it.
 */
#include "fuzz/fuzz_message.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Header and shape; text may differ in what white space XML keeps. */
static void compare(const struct dm_cmd *a, const struct dm_cmd *b)
{
	const struct dm_item *i, *k;

	for (; a && b; a = a->next, b = b->next) {
		CHECK(!strcmp(a->name, b->name));
		CHECK(same_text(a->cmd_id, b->cmd_id));
		for (i = a->items, k = b->items; i && k; i = i->next, k = k->next)
			CHECK(same_text(i->target, k->target));
		CHECK(!i && !k);
		compare(a->members, b->members);
	}
	CHECK(!a && !b);
}

/* All text of the document can be XML: only opaque data cannot. */
static bool is_text(const struct dm_node *node)
{
	for (; node; node = node->next) {
		if (node->name ? !is_text(node->first) :
		    (node->opaque && !dm_text_is_safe(node->text, node->len)))
			return false;
	}
	return true;
}

static void through_xml(const struct dm_message *msg, const uint8_t *data, size_t size)
{
	struct dm_message *arena = dm_message_new(), *again;
	struct dm_node around = { .name = "Data" };
	struct dm_document doc;
	size_t len;
	char *xml;

	CHECK(arena);
	dm_document_init(&doc, arena);
	dm_wbxml_read(&doc, data, size);
	CHECK(!doc.err);
	if (is_text(doc.root)) {
		around.first = doc.root;
		CHECK(!dm_node_to_xml(arena, &around, &xml, &len));
		again = fuzz_read(DM_ENCODING_XML, (const uint8_t *)xml, len);
		CHECK(again);
		compare(msg->cmds, again->cmds);
		dm_message_free(again);
	}
	dm_message_free(arena);
}

/* The same bytes as the value of a node. */
static void as_subtree(const uint8_t *data, size_t size)
{
	struct mo_value v = { .data = malloc(size + 1), .len = size, .format = "bin" };

	CHECK(v.data);
	if (size)
		memcpy(v.data, data, size);
	v.data[size] = '\0';
	if (!dm_tnds_to_xml(&v)) {
		CHECK(dm_text_is_safe(v.data, v.len));
		CHECK(!strcmp(v.format, "xml") && !strcmp(v.type, DM_TNDS_XML));
	}
	mo_value_clear(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dm_message *msg = fuzz_read(DM_ENCODING_WBXML, data, size);

	if (msg)
		through_xml(msg, data, size);
	dm_message_free(msg);
	as_subtree(data, size);
	return 0;
}
