// SPDX-License-Identifier: BSD-3-Clause
/*
 * Looking into a Client Provisioning document: characteristics by type, parameters by name.
 *
 * Types and names count exactly as they are written; what nobody asks for is ignored.
 */
#include "dm/cp.h"

#include <string.h>

/* The value of an attribute, which was read as an element inside of the one that has it. */
static const char *attribute(struct dm_message *msg, const struct dm_node *node, const char *name)
{
	const struct dm_node *n;
	struct dm_node_text text;

	for (n = dm_node_element(node->first); n; n = dm_node_element(n->next)) {
		if (strcmp(n->name, name))
			continue;
		if (dm_node_get_text(msg, n, &text) || text.nul || text.markup)
			return NULL;
		return text.text;
	}
	return NULL;
}

static const struct dm_node *from(struct dm_message *msg, const struct dm_node *node,
				  const char *type)
{
	for (node = dm_node_element(node); node; node = dm_node_element(node->next)) {
		const char *is = strcmp(node->name, "characteristic") ? NULL :
				 attribute(msg, node, "type");

		if (is && !strcmp(is, type))
			return node;
	}
	return NULL;
}

const struct dm_node *dm_cp_first(struct dm_message *msg, const struct dm_node *parent,
				  const char *type)
{
	return parent ? from(msg, parent->first, type) : NULL;
}

const struct dm_node *dm_cp_next(struct dm_message *msg, const struct dm_node *after,
				 const char *type)
{
	return from(msg, after->next, type);
}

const char *dm_cp_parm_nth(struct dm_message *msg, const struct dm_node *in, const char *name,
			   unsigned int n)
{
	const struct dm_node *node;

	for (node = in ? dm_node_element(in->first) : NULL; node;
	     node = dm_node_element(node->next)) {
		const char *is = strcmp(node->name, "parm") ? NULL : attribute(msg, node, "name");
		const char *value;

		if (!is || strcmp(is, name) || n--)
			continue;
		/* a parameter without a value is there all the same: INIT */
		value = attribute(msg, node, "value");
		return value ? value : "";
	}
	return NULL;
}

const char *dm_cp_parm(struct dm_message *msg, const struct dm_node *in, const char *name)
{
	return dm_cp_parm_nth(msg, in, name, 0);
}
