// SPDX-License-Identifier: BSD-3-Clause
/*
 * A document taken as a SyncML message: header, statuses, and the list of commands.
 *
 * Element order and namespaces are taken liberally, since peers differ; what is not understood
 * inside a command makes that command defective, what breaks the frame makes the message
 * malformed.
 */
#include "dm/syncml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dm/syncml-read.h"

static const char spaces[] = " \t\r\n";

static bool is_space(char c)
{
	return c && strchr(spaces, c);
}

/* ------------------------------------------------------------- elements and text */

void dm_read_defect(struct dm_read *r, const char *what)
{
	if (!r->defect)
		r->defect = what;
}

const struct dm_element *dm_read_find(const struct dm_element *table, const char *name)
{
	for (; table->name; table++) {
		if (!strcmp(table->name, name))
			return table;
	}
	return NULL;
}

int dm_read_parts(struct dm_read *r, const struct dm_node *node, const struct dm_element *table,
		  void *arg)
{
	const struct dm_element *e;
	const struct dm_node *n;
	unsigned int seen = 0;
	int ret;

	for (n = dm_node_element(node->first); n; n = dm_node_element(n->next)) {
		e = dm_read_find(table, n->name);
		if (!e)
			continue;
		if (!e->many && seen & 1U << (e - table))
			dm_read_defect(r, "an element that may be there once is there twice");
		seen |= 1U << (e - table);
		ret = e->read ? e->read(r, n, (char *)arg + e->offset) : 0;
		if (ret)
			return ret;
	}
	return 0;
}

int dm_read_children(struct dm_read *r, const struct dm_node *node, const struct dm_element *table,
		     void *arg)
{
	const struct dm_node *n;

	for (n = dm_node_element(node->first); n; n = dm_node_element(n->next)) {
		if (!dm_read_find(table, n->name))
			dm_read_defect(r, "unknown element inside a known one");
	}
	return dm_read_parts(r, node, table, arg);
}

/* Text without the white space around it. */
int dm_read_text(struct dm_read *r, const struct dm_node *node, void *arg)
{
	const char **ret = arg;
	struct dm_node_text t;

	if (dm_node_get_text(r->msg, node, &t))
		return -ENOMEM;
	if (t.markup)
		dm_read_defect(r, "element where text is expected");
	if (t.nul)
		dm_read_defect(r, "text with a NUL");
	while (t.len && is_space(t.text[t.len - 1]))
		t.text[--t.len] = '\0';
	*ret = t.text + strspn(t.text, spaces);
	return 0;
}

int dm_read_flag(struct dm_read *r, const struct dm_node *node, void *arg)
{
	*(bool *)arg = true;
	return 0;
}

int dm_read_meta(struct dm_read *r, const struct dm_node *node, void *arg)
{
	static const struct dm_element table[] = {
		DM_TEXT("Format", struct dm_meta, format),
		DM_TEXT("Type", struct dm_meta, type),
		DM_TEXT("Size", struct dm_meta, size),
		DM_TEXT("Mark", struct dm_meta, mark),
		DM_TEXT("NextNonce", struct dm_meta, next_nonce),
		DM_TEXT("MaxMsgSize", struct dm_meta, max_msg_size),
		DM_TEXT("MaxObjSize", struct dm_meta, max_obj_size),
		DM_UNUSED("Anchor"), DM_UNUSED("Version"), DM_UNUSED("FieldLevel"), DM_UNUSED("Mem"),
		DM_MANY("EMI"),
		/* seen as a wrapper of its own around these */
		{ .name = "MetInf", .read = dm_read_meta },
		DM_END
	};

	return dm_read_children(r, node, table, arg);
}

/* Target and Source: the LocURI, and for the header the LocName. */
struct location {
	const char *uri, *name;
};

static int read_location(struct dm_read *r, const struct dm_node *node, struct location *loc)
{
	static const struct dm_element table[] = {
		DM_TEXT("LocURI", struct location, uri),
		DM_TEXT("LocName", struct location, name),
		DM_END
	};

	return dm_read_children(r, node, table, loc);
}

int dm_read_uri(struct dm_read *r, const struct dm_node *node, void *arg)
{
	struct location loc = { NULL, NULL };
	int ret = read_location(r, node, &loc);

	*(const char **)arg = loc.uri;
	return ret;
}

/* ----------------------------------------------------------------------- statuses */

static int read_chal(struct dm_read *r, const struct dm_node *node, void *arg)
{
	static const struct dm_element table[] = {
		DM_ELEMENT("Meta", dm_read_meta, struct dm_in_status, chal),
		DM_END
	};
	struct dm_in_status *status = arg;

	status->has_chal = true;
	return dm_read_children(r, node, table, status);
}

/* A Status is never answered, so that nothing is said about defects in it. */
static int read_status(struct dm_read *r, const struct dm_node *node, struct dm_in_status ***end)
{
	static const struct dm_element table[] = {
		DM_TEXT("MsgRef", struct dm_in_status, msg_ref),
		DM_TEXT("CmdRef", struct dm_in_status, cmd_ref),
		DM_TEXT("Cmd", struct dm_in_status, cmd),
		DM_TEXT("Data", struct dm_in_status, data),
		{ .name = "Chal", .read = read_chal },
		DM_END
	};
	struct dm_in_status *status = dm_message_alloc(r->msg, sizeof(*status));
	struct dm_read own = { .msg = r->msg };

	if (!status)
		return -ENOMEM;
	**end = status;
	*end = &status->next;
	return dm_read_children(&own, node, table, status);
}

/* ----------------------------------------------------------------- header and body */

static int read_cred(struct dm_read *r, const struct dm_node *node, void *arg)
{
	static const struct dm_element table[] = {
		DM_ELEMENT("Meta", dm_read_meta, struct dm_cred, meta),
		DM_TEXT("Data", struct dm_cred, data),
		DM_END
	};
	struct dm_cred *cred = arg;

	cred->present = true;
	return dm_read_children(r, node, table, cred);
}

static int read_source(struct dm_read *r, const struct dm_node *node, void *arg)
{
	struct dm_header *hdr = arg;
	struct location loc = { NULL, NULL };
	int ret = read_location(r, node, &loc);

	hdr->source = loc.uri;
	hdr->source_name = loc.name;
	return ret;
}

static int malformed(struct dm_document *doc, const struct dm_node *node, const char *what)
{
	if (node)
		doc->where = node->where;
	dm_document_fail(doc, -EBADMSG, what);
	return -EBADMSG;
}

static int read_header(struct dm_document *doc, const struct dm_node *node)
{
	static const struct dm_element table[] = {
		DM_TEXT("VerDTD", struct dm_header, ver_dtd),
		DM_TEXT("VerProto", struct dm_header, ver_proto),
		DM_TEXT("SessionID", struct dm_header, session_id),
		DM_TEXT("MsgID", struct dm_header, msg_id),
		DM_ELEMENT("Target", dm_read_uri, struct dm_header, target),
		{ .name = "Source", .read = read_source },
		DM_TEXT("RespURI", struct dm_header, resp_uri),
		DM_UNUSED("NoResp"),
		DM_ELEMENT("Cred", read_cred, struct dm_header, cred),
		DM_ELEMENT("Meta", dm_read_meta, struct dm_header, meta),
		DM_END
	};
	struct dm_read r = { .msg = doc->msg };
	struct dm_header *hdr = &doc->msg->hdr;
	int ret = dm_read_children(&r, node, table, hdr);

	if (ret)
		return ret;
	if (r.defect)
		return malformed(doc, node, r.defect);
	if (!hdr->ver_dtd || !hdr->ver_proto || !hdr->session_id || !hdr->msg_id)
		return malformed(doc, node, "SyncHdr without VerDTD, VerProto, SessionID or MsgID");
	return 0;
}

static int read_body(struct dm_document *doc, const struct dm_node *node)
{
	struct dm_read r = { .msg = doc->msg };
	struct dm_in_status **status_end = &doc->msg->statuses;
	struct dm_cmd **cmd_end = &doc->msg->cmds;
	const struct dm_node *n;
	int ret = 0;

	for (n = dm_node_element(node->first); n && !ret; n = dm_node_element(n->next)) {
		if (!strcmp(n->name, "Status"))
			ret = read_status(&r, n, &status_end);
		else if (!strcmp(n->name, "Final"))
			doc->msg->final = true;
		else if (strcmp(n->name, "Results"))	/* we sent no Get */
			ret = dm_read_command(&r, n, &cmd_end);
	}
	return ret;
}

static int read_document(struct dm_document *doc)
{
	const struct dm_node *root = doc->root, *hdr, *body;
	int ret;

	if (!root || strcmp(root->name, "SyncML"))
		return malformed(doc, root, "the root element is not SyncML");
	hdr = dm_node_element(root->first);
	if (!hdr || strcmp(hdr->name, "SyncHdr"))
		return malformed(doc, hdr ? hdr : root, "SyncML does not start with SyncHdr");
	body = dm_node_element(hdr->next);
	if (!body || strcmp(body->name, "SyncBody"))
		return malformed(doc, body ? body : root, "SyncHdr is not followed by SyncBody");
	if (dm_node_element(body->next))
		return malformed(doc, dm_node_element(body->next), "element after SyncBody");
	ret = read_header(doc, hdr);
	return ret ? ret : read_body(doc, body);
}

int dm_syncml_parse(enum dm_encoding encoding, const void *body, size_t len,
		    struct dm_message **ret, char *why, size_t why_len)
{
	struct dm_message *msg = dm_message_new();
	struct dm_document doc;
	int err;

	if (!msg)
		return -ENOMEM;
	msg->unit = encoding == DM_ENCODING_WBXML ? "byte" : "line";
	dm_document_init(&doc, msg);
	if (encoding == DM_ENCODING_WBXML)
		dm_wbxml_read(&doc, body, len);
	else
		dm_xml_read(&doc, body, len, why, why_len);
	err = doc.err ? doc.err : read_document(&doc);
	if (err) {
		if (err == -EBADMSG && doc.what)
			snprintf(why, why_len, "%s %u: %s", msg->unit, doc.where, doc.what);
		dm_message_free(msg);
		return err;
	}
	*ret = msg;
	return 0;
}
