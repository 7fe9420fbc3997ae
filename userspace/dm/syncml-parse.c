// SPDX-License-Identifier: BSD-3-Clause
/*
 * SyncML 1.2 in XML, read; the only file of the engine that knows libxml2.
 *
 * Element order and namespaces are taken liberally, since peers differ; what is not understood
 * inside a command makes that command defective, what breaks the frame makes the message
 * malformed. The parser fetches nothing, expands no entities and reads no DTD.
 */
#include "dm/syncml.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

struct reader {
	struct dm_message *msg;
	char *why;
	size_t why_len;
	long skipped;		/* lines before what the parser saw */
};

typedef int (*element_fn)(struct reader *r, xmlNode *node, void *arg);

struct element {
	const char *name;
	element_fn read;	/* NULL: known, of no use to DM */
	size_t offset;		/* into the structure that is being filled */
};

static const char spaces[] = " \t\r\n";

static int malformed(struct reader *r, const xmlNode *node, const char *what)
{
	snprintf(r->why, r->why_len, "line %ld: %s",
		 (node ? xmlGetLineNo((xmlNode *)node) : 1L) + r->skipped, what);
	return -EBADMSG;
}

static bool is_space(char c)
{
	return c && strchr(spaces, c);
}

static const char *name_of(const xmlNode *node)
{
	return (const char *)node->name;
}

/* The next element from node on, node included. */
static xmlNode *element_from(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

/* Joins text and CDATA below node. has_markup: there are elements or entities in between. */
static char *join_text(struct reader *r, xmlNode *node, size_t *len, bool *has_cdata,
		       bool *has_markup)
{
	size_t total = 0, pos = 0;
	xmlNode *n;
	char *text;

	*has_cdata = false;
	*has_markup = false;
	for (n = node->children; n; n = n->next) {
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			total += n->content ? strlen((const char *)n->content) : 0;
		else if (n->type == XML_ELEMENT_NODE || n->type == XML_ENTITY_REF_NODE)
			*has_markup = true;
		if (n->type == XML_CDATA_SECTION_NODE)
			*has_cdata = true;
	}
	text = dm_message_alloc(r->msg, total + 1);
	if (!text)
		return NULL;
	for (n = node->children; n; n = n->next) {
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content) {
			size_t part = strlen((const char *)n->content);

			memcpy(text + pos, n->content, part);
			pos += part;
		}
	}
	*len = total;
	return text;
}

/* Text without the white space around it. */
static int read_text(struct reader *r, xmlNode *node, void *arg)
{
	const char **ret = arg;
	bool cdata, markup;
	size_t len;
	char *text = join_text(r, node, &len, &cdata, &markup);

	if (!text)
		return -ENOMEM;
	while (len && is_space(text[len - 1]))
		text[--len] = '\0';
	*ret = text + strspn(text, spaces);
	return 0;
}

static int read_flag(struct reader *r, xmlNode *node, void *arg)
{
	*(bool *)arg = true;
	return 0;
}

/* Fills what arg points to from the children of node in the table. *unknown: one was not there. */
static int read_children(struct reader *r, xmlNode *node, const struct element *table, void *arg,
			 bool *unknown)
{
	const struct element *e;
	xmlNode *n;
	int ret;

	for (n = element_from(node->children); n; n = element_from(n->next)) {
		for (e = table; e->name && strcmp(e->name, name_of(n)); e++)
			;
		if (!e->name) {
			*unknown = true;
		} else if (e->read) {
			ret = e->read(r, n, (char *)arg + e->offset);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int read_meta(struct reader *r, xmlNode *node, void *arg)
{
	static const struct element table[] = {
		{ "Format", read_text, offsetof(struct dm_meta, format) },
		{ "Type", read_text, offsetof(struct dm_meta, type) },
		{ "NextNonce", read_text, offsetof(struct dm_meta, next_nonce) },
		{ "MaxMsgSize", read_text, offsetof(struct dm_meta, max_msg_size) },
		{ "MaxObjSize", read_text, offsetof(struct dm_meta, max_obj_size) },
		{ NULL, NULL, 0 }
	};
	bool ignored;	/* Meta is open: EMI, Mark, Size and what peers add */

	return read_children(r, node, table, arg, &ignored);
}

/* Target and Source: the LocURI, and for the header the LocName. */
struct location {
	const char *uri, *name;
};

static int read_location(struct reader *r, xmlNode *node, struct location *loc)
{
	static const struct element table[] = {
		{ "LocURI", read_text, offsetof(struct location, uri) },
		{ "LocName", read_text, offsetof(struct location, name) },
		{ NULL, NULL, 0 }
	};
	bool ignored;

	return read_children(r, node, table, loc, &ignored);
}

static int read_uri(struct reader *r, xmlNode *node, void *arg)
{
	struct location loc = { NULL, NULL };
	int ret = read_location(r, node, &loc);

	*(const char **)arg = loc.uri;
	return ret;
}

/* --------------------------------------------------------------- commands */

/*
 * Data is taken as it stands, with one exception: a value that was put on lines of its own
 * (line breaks before and after it) was laid out by a pretty-printer and is trimmed.
 */
static int read_data(struct reader *r, struct dm_item *item, xmlNode *node, const char **defect)
{
	bool cdata, markup;
	size_t len, head, tail;
	char *text = join_text(r, node, &len, &cdata, &markup);

	if (!text)
		return -ENOMEM;
	if (markup)
		*defect = "markup inside Data is not escaped";
	head = strspn(text, spaces);
	for (tail = len; tail > head && is_space(text[tail - 1]); tail--)
		;
	if (!cdata && memchr(text, '\n', head) && memchr(text + tail, '\n', len - tail)) {
		text[tail] = '\0';
		text += head;
		len = tail - head;
	}
	item->data = text;
	item->data_len = len;
	return 0;
}

static int read_item(struct reader *r, struct dm_cmd *cmd, struct dm_item ***end, xmlNode *node)
{
	static const struct element table[] = {
		{ "Target", read_uri, offsetof(struct dm_item, target) },
		{ "Source", read_uri, offsetof(struct dm_item, source) },
		{ "Meta", read_meta, offsetof(struct dm_item, meta) },
		{ "MoreData", read_flag, offsetof(struct dm_item, more_data) },
		{ "SourceParent", NULL, 0 },
		{ "TargetParent", NULL, 0 },
		{ "Data", NULL, 0 },
		{ NULL, NULL, 0 }
	};
	struct dm_item *item = dm_message_alloc(r->msg, sizeof(*item));
	bool unknown = false;
	xmlNode *n;
	int ret;

	if (!item)
		return -ENOMEM;
	**end = item;
	*end = &item->next;
	ret = read_children(r, node, table, item, &unknown);
	for (n = element_from(node->children); n && !ret; n = element_from(n->next)) {
		if (!strcmp(name_of(n), "Data"))
			ret = read_data(r, item, n, &cmd->defect);
	}
	if (unknown)
		cmd->defect = "unknown element inside Item";
	return ret;
}

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

static int read_command(struct reader *r, xmlNode *node, struct dm_cmd ***end);

/* What only a container may hold is read as its member, whether it is known or not. */
static bool is_container(const struct dm_cmd *cmd)
{
	return cmd->type == DM_CMD_ATOMIC || cmd->type == DM_CMD_SEQUENCE;
}

/* Children of a command beyond the plain ones: Item, and the members of a container. */
static int read_command_child(struct reader *r, xmlNode *n, struct dm_cmd *cmd,
			      struct dm_item ***item_end, struct dm_cmd ***member_end)
{
	static const char *const plain[] = { "CmdID", "Meta", "Data", "Correlator", "NoResp",
					     "Cred", "Lang", "Archive", "SftDel", NULL };
	size_t i;

	for (i = 0; plain[i]; i++) {
		if (!strcmp(plain[i], name_of(n)))
			return 0;
	}
	if (is_container(cmd))
		return read_command(r, n, member_end);
	if (!strcmp(name_of(n), "Item"))
		return read_item(r, cmd, item_end, n);
	if (cmd->type != DM_CMD_FOREIGN && cmd->type != DM_CMD_UNKNOWN)
		cmd->defect = "unknown element inside the command";
	return 0;
}

static int read_command(struct reader *r, xmlNode *node, struct dm_cmd ***end)
{
	static const struct element table[] = {
		{ "CmdID", read_text, offsetof(struct dm_cmd, cmd_id) },
		{ "Meta", read_meta, offsetof(struct dm_cmd, meta) },
		{ "Data", read_text, offsetof(struct dm_cmd, data) },
		{ "Correlator", read_text, offsetof(struct dm_cmd, correlator) },
		{ NULL, NULL, 0 }
	};
	struct dm_cmd *cmd = dm_message_alloc(r->msg, sizeof(*cmd));
	struct dm_cmd **member_end;
	struct dm_item **item_end;
	bool others = false;
	xmlNode *n;
	int ret;

	if (!cmd)
		return -ENOMEM;
	**end = cmd;
	*end = &cmd->next;
	member_end = &cmd->members;
	item_end = &cmd->items;
	cmd->type = cmd_type(name_of(node));
	cmd->line = (unsigned int)(xmlGetLineNo(node) + r->skipped);
	cmd->name = dm_message_strndup(r->msg, name_of(node), strlen(name_of(node)));
	if (!cmd->name)
		return -ENOMEM;
	ret = read_children(r, node, table, cmd, &others);
	for (n = element_from(node->children); n && !ret; n = element_from(n->next))
		ret = read_command_child(r, n, cmd, &item_end, &member_end);
	return ret;
}

/* ----------------------------------------------------------- header and body */

static int read_chal(struct reader *r, xmlNode *node, void *arg)
{
	static const struct element table[] = {
		{ "Meta", read_meta, offsetof(struct dm_in_status, chal) },
		{ NULL, NULL, 0 }
	};
	struct dm_in_status *status = arg;
	bool ignored;

	status->has_chal = true;
	return read_children(r, node, table, status, &ignored);
}

static int read_status(struct reader *r, xmlNode *node, struct dm_in_status ***end)
{
	static const struct element table[] = {
		{ "MsgRef", read_text, offsetof(struct dm_in_status, msg_ref) },
		{ "CmdRef", read_text, offsetof(struct dm_in_status, cmd_ref) },
		{ "Cmd", read_text, offsetof(struct dm_in_status, cmd) },
		{ "Data", read_text, offsetof(struct dm_in_status, data) },
		{ "Chal", read_chal, 0 },
		{ NULL, NULL, 0 }
	};
	struct dm_in_status *status = dm_message_alloc(r->msg, sizeof(*status));
	bool ignored;

	if (!status)
		return -ENOMEM;
	**end = status;
	*end = &status->next;
	return read_children(r, node, table, status, &ignored);
}

static int read_cred(struct reader *r, xmlNode *node, void *arg)
{
	static const struct element table[] = {
		{ "Meta", read_meta, offsetof(struct dm_cred, meta) },
		{ "Data", read_text, offsetof(struct dm_cred, data) },
		{ NULL, NULL, 0 }
	};
	struct dm_cred *cred = arg;
	bool ignored;

	cred->present = true;
	return read_children(r, node, table, cred, &ignored);
}

static int read_source(struct reader *r, xmlNode *node, void *arg)
{
	struct dm_header *hdr = arg;
	struct location loc = { NULL, NULL };
	int ret = read_location(r, node, &loc);

	hdr->source = loc.uri;
	hdr->source_name = loc.name;
	return ret;
}

static int read_header(struct reader *r, xmlNode *node)
{
	static const struct element table[] = {
		{ "VerDTD", read_text, offsetof(struct dm_header, ver_dtd) },
		{ "VerProto", read_text, offsetof(struct dm_header, ver_proto) },
		{ "SessionID", read_text, offsetof(struct dm_header, session_id) },
		{ "MsgID", read_text, offsetof(struct dm_header, msg_id) },
		{ "Target", read_uri, offsetof(struct dm_header, target) },
		{ "Source", read_source, 0 },
		{ "RespURI", read_text, offsetof(struct dm_header, resp_uri) },
		{ "Cred", read_cred, offsetof(struct dm_header, cred) },
		{ "Meta", read_meta, offsetof(struct dm_header, meta) },
		{ NULL, NULL, 0 }
	};
	struct dm_header *hdr = &r->msg->hdr;
	bool ignored;
	int ret = read_children(r, node, table, hdr, &ignored);

	if (ret)
		return ret;
	if (!hdr->ver_dtd || !hdr->ver_proto || !hdr->session_id || !hdr->msg_id)
		return malformed(r, node, "SyncHdr without VerDTD, VerProto, SessionID or MsgID");
	return 0;
}

static int read_body(struct reader *r, xmlNode *node)
{
	struct dm_in_status **status_end = &r->msg->statuses;
	struct dm_cmd **cmd_end = &r->msg->cmds;
	xmlNode *n;
	int ret = 0;

	for (n = element_from(node->children); n && !ret; n = element_from(n->next)) {
		if (!strcmp(name_of(n), "Status"))
			ret = read_status(r, n, &status_end);
		else if (!strcmp(name_of(n), "Final"))
			r->msg->final = true;
		else if (strcmp(name_of(n), "Results"))	/* we sent no Get */
			ret = read_command(r, n, &cmd_end);
	}
	return ret;
}

static int read_document(struct reader *r, xmlNode *root)
{
	xmlNode *hdr, *body;
	int ret;

	if (!root || strcmp(name_of(root), "SyncML"))
		return malformed(r, root, "the root element is not SyncML");
	hdr = element_from(root->children);
	if (!hdr || strcmp(name_of(hdr), "SyncHdr"))
		return malformed(r, hdr ? hdr : root, "SyncML does not start with SyncHdr");
	body = element_from(hdr->next);
	if (!body || strcmp(name_of(body), "SyncBody"))
		return malformed(r, body ? body : root, "SyncHdr is not followed by SyncBody");
	if (element_from(body->next))
		return malformed(r, element_from(body->next), "element after SyncBody");
	ret = read_header(r, hdr);
	return ret ? ret : read_body(r, body);
}

/* ------------------------------------------------------------- the document */

/* The node after n in document order, n's own children first; *depth follows. NULL at the end. */
static xmlNode *next_node(xmlNode *n, unsigned int *depth)
{
	if (n->type == XML_ELEMENT_NODE && n->children) {
		++*depth;
		return n->children;
	}
	while (n && !n->next) {
		n = n->parent;
		if (!n || n->type != XML_ELEMENT_NODE)
			return NULL;
		--*depth;
	}
	return n ? n->next : NULL;
}

/* The readers recurse along the document: refuse what is nested deeper than messages are. */
static int check_depth(struct reader *r, xmlNode *root)
{
	unsigned int depth = 1;
	xmlNode *n;

	for (n = root; n; n = next_node(n, &depth)) {
		if (depth > DM_XML_MAX_DEPTH)
			return malformed(r, n, "elements nested too deep");
	}
	return 0;
}

/* Values may be secrets: do not leave them behind in freed memory. */
static void wipe_document(xmlDoc *doc)
{
	unsigned int depth = 1;
	xmlNode *n;

	for (n = xmlDocGetRootElement(doc); n; n = next_node(n, &depth)) {
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && n->content &&
		    !(doc->dict && xmlDictOwns(doc->dict, n->content)))
			explicit_bzero(n->content, strlen((const char *)n->content));
	}
	xmlFreeDoc(doc);
}

/* An internal subset could declare entities: not even parsed. */
static bool has_internal_subset(const char *xml, size_t len)
{
	const char *doctype = memmem(xml, len, "<!DOCTYPE", 9);
	const char *end = xml + len;

	for (; doctype && doctype < end && *doctype != '>'; doctype++) {
		if (*doctype == '[')
			return true;
	}
	return false;
}

/* What libxml2 says, on one line. */
static int xml_error(struct reader *r, const xmlError *error)
{
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "%s", error && error->message ? error->message : "not XML");
	for (i = 0; text[i]; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	}
	while (i && text[i - 1] == ' ')
		text[--i] = '\0';
	snprintf(r->why, r->why_len, "line %ld: %s", (error ? error->line : 1) + r->skipped, text);
	return -EBADMSG;
}

static int parse_xml(struct reader *r, const char *xml, size_t len, xmlDoc **ret)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			    XML_PARSE_COMPACT;
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	int err = 0;

	if (!ctxt)
		return -ENOMEM;
	*ret = xmlCtxtReadMemory(ctxt, xml, (int)len, NULL, "UTF-8", options);
	if (!*ret)
		err = ctxt->errNo == XML_ERR_NO_MEMORY ? -ENOMEM :
		      xml_error(r, xmlCtxtGetLastError(ctxt));
	xmlFreeParserCtxt(ctxt);
	return err;
}

/* Byte order mark and white space before the declaration: seen from peers, no harm. */
static void skip_prefix(struct reader *r, const char **xml, size_t *len)
{
	for (;;) {
		size_t n = 0;

		if (*len >= 3 && !memcmp(*xml, "\xef\xbb\xbf", 3))
			n = 3;
		else if (*len && is_space(**xml))
			n = 1;
		if (!n)
			return;
		r->skipped += **xml == '\n';
		*xml += n;
		*len -= n;
	}
}

int dm_syncml_parse(const void *body, size_t len, struct dm_message **ret, char *why,
		    size_t why_len)
{
	struct reader r = { NULL, why, why_len, 0 };
	const char *xml = body;
	xmlDoc *doc = NULL;
	int err;

	skip_prefix(&r, &xml, &len);
	if (!len || len > INT_MAX)
		return malformed(&r, NULL, "no XML document");
	if (has_internal_subset(xml, len))
		return malformed(&r, NULL, "DOCTYPE with an internal subset is refused");
	r.msg = dm_message_new();
	if (!r.msg)
		return -ENOMEM;
	err = parse_xml(&r, xml, len, &doc);
	if (!err) {
		xmlNode *root = xmlDocGetRootElement(doc);

		err = check_depth(&r, root);
		if (!err)
			err = read_document(&r, root);
		wipe_document(doc);
	}
	if (err) {
		dm_message_free(r.msg);
		return err;
	}
	*ret = r.msg;
	return 0;
}
