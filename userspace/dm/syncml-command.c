// SPDX-License-Identifier: BSD-3-Clause
/*
 * Commands of a received message with their Items, and the members of Sequence and Atomic.
 */
#include "dm/syncml.h"

#include <errno.h>
#include <string.h>

#include "dm/syncml-read.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* --------------------------------------------------------------------------- Data */

/*
 * A value that was put on lines of its own (line breaks before and after it) was laid out by a
 * pretty-printer.
 */
static void trim_layout(struct dm_node_text *t)
{
	size_t head, tail = t->len;

	for (head = 0; head < t->len && is_space(t->text[head]); head++)
		;
	while (tail > head && is_space(t->text[tail - 1]))
		tail--;
	if (!memchr(t->text, '\n', head) || !memchr(t->text + tail, '\n', t->len - tail))
		return;
	t->text[tail] = '\0';
	t->text += head;
	t->len = tail - head;
}

/* Can markup in Data be meant? Otherwise it is text that was not escaped. */
static bool wants_markup(const struct dm_meta *meta)
{
	return (meta->format && !strcmp(meta->format, "xml")) ||
	       (meta->type && dm_tnds_is_type(meta->type));
}

/* Data is taken as it stands; inline markup becomes the text that it would have been. */
static int read_data(struct dm_read *r, struct dm_item *item, const struct dm_node *node,
		     const struct dm_meta *meta)
{
	struct dm_node_text t;
	char *xml;

	if (dm_node_get_text(r->msg, node, &t))
		return -ENOMEM;
	if (t.markup) {
		if (!wants_markup(meta))
			dm_read_defect(r, "markup inside Data is not escaped");
		if (dm_node_to_xml(r->msg, node, &xml, &t.len))
			return -ENOMEM;
		t.text = xml;
	}
	if (!t.verbatim)
		trim_layout(&t);
	item->data = t.text;
	item->data_len = t.len;
	return 0;
}

/* Meta of an Item comes before that of its command. */
static struct dm_meta effective_meta(const struct dm_cmd *cmd, const struct dm_item *item)
{
	struct dm_meta meta = item->meta;

	if (!meta.format)
		meta.format = cmd->meta.format;
	if (!meta.type)
		meta.type = cmd->meta.type;
	return meta;
}

static int read_item(struct dm_read *r, struct dm_cmd *cmd, struct dm_item ***end,
		     const struct dm_node *node)
{
	static const struct dm_element table[] = {
		DM_ELEMENT("Target", dm_read_uri, struct dm_item, target),
		DM_ELEMENT("Source", dm_read_uri, struct dm_item, source),
		DM_ELEMENT("Meta", dm_read_meta, struct dm_item, meta),
		DM_ELEMENT("MoreData", dm_read_flag, struct dm_item, more_data),
		DM_UNUSED("SourceParent"),
		DM_UNUSED("TargetParent"),
		DM_UNUSED("Data"),
		DM_END
	};
	struct dm_item *item = dm_message_alloc(r->msg, sizeof(*item));
	const struct dm_node *n;
	struct dm_meta meta;
	int ret;

	if (!item)
		return -ENOMEM;
	**end = item;
	*end = &item->next;
	ret = dm_read_children(r, node, table, item);
	/* what Data means is said in Meta, wherever that stands */
	meta = effective_meta(cmd, item);
	for (n = dm_node_element(node->first); n && !ret; n = dm_node_element(n->next)) {
		if (!strcmp(n->name, "Data"))
			ret = read_data(r, item, n, &meta);
	}
	return ret;
}

/* ----------------------------------------------------------------------- commands */

static enum dm_cmd_type cmd_type(const char *name)
{
	static const struct {
		const char *name;
		enum dm_cmd_type type;
	} names[] = {
		{ "Add", DM_CMD_ADD },		 { "Replace", DM_CMD_REPLACE },
		{ "Delete", DM_CMD_DELETE },	 { "Get", DM_CMD_GET },
		{ "Copy", DM_CMD_COPY },	 { "Exec", DM_CMD_EXEC },
		{ "Alert", DM_CMD_ALERT },	 { "Atomic", DM_CMD_ATOMIC },
		{ "Sequence", DM_CMD_SEQUENCE }, { "Put", DM_CMD_FOREIGN },
		{ "Search", DM_CMD_FOREIGN },	 { "Sync", DM_CMD_FOREIGN },
		{ "Map", DM_CMD_FOREIGN },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, name))
			return names[i].type;
	}
	return DM_CMD_UNKNOWN;
}

static bool is_container(const struct dm_cmd *cmd)
{
	return cmd->type == DM_CMD_ATOMIC || cmd->type == DM_CMD_SEQUENCE;
}

/*
 * What stands in a command besides what is a part of it: Items, and in a container commands,
 * which are read whether they are known or not, so that each gets a Status.
 */
static int read_content(struct dm_read *r, const struct dm_node *node, struct dm_cmd *cmd,
			struct dm_item ***items, struct dm_cmd ***members)
{
	if (is_container(cmd))
		return dm_read_command(r, node, members);
	if (!strcmp(node->name, "Item"))
		return read_item(r, cmd, items, node);
	if (cmd->type != DM_CMD_FOREIGN && cmd->type != DM_CMD_UNKNOWN)
		dm_read_defect(r, "unknown element inside the command");
	return 0;
}

/* The parts of a command, in any order, and then its content, which they may concern. */
static int fill_command(struct dm_read *r, const struct dm_node *node, struct dm_cmd *cmd)
{
	static const struct dm_element parts[] = {
		DM_TEXT("CmdID", struct dm_cmd, cmd_id),
		DM_ELEMENT("Meta", dm_read_meta, struct dm_cmd, meta),
		DM_TEXT("Data", struct dm_cmd, data),
		DM_TEXT("Correlator", struct dm_cmd, correlator),
		DM_UNUSED("NoResp"), DM_UNUSED("Cred"), DM_UNUSED("Lang"), DM_UNUSED("Archive"), DM_UNUSED("SftDel"),
		DM_END
	};
	struct dm_item **items = &cmd->items;
	struct dm_cmd **members = &cmd->members;
	const struct dm_node *n;
	int ret = dm_read_parts(r, node, parts, cmd);

	for (n = dm_node_element(node->first); n && !ret; n = dm_node_element(n->next)) {
		if (!dm_read_find(parts, n->name))
			ret = read_content(r, n, cmd, &items, &members);
	}
	return ret;
}

int dm_read_command(struct dm_read *outer, const struct dm_node *node, struct dm_cmd ***end)
{
	struct dm_cmd *cmd = dm_message_alloc(outer->msg, sizeof(*cmd));
	struct dm_read r = { .msg = outer->msg };
	int ret;

	if (!cmd)
		return -ENOMEM;
	**end = cmd;
	*end = &cmd->next;
	cmd->type = cmd_type(node->name);
	cmd->name = node->name;
	cmd->where = node->where;
	ret = fill_command(&r, node, cmd);	/* the depth of the document bounds the recursion */
	cmd->defect = r.defect;
	return ret;
}
