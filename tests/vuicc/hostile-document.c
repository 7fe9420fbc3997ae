// SPDX-License-Identifier: BSD-3-Clause
/*
 * Spoils the elements of a SyncML message, one thing at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/hostile.h"

#define ELEMENTS_MAX	4096	/* of a message; behind them nothing is spoiled */
#define LONG_TEXT	20000
#define NESTING		40

static const char *const numbers[] = {
	"0", "-1", "1", "2", "999", "4096", "65535", "65536", "2147483647", "2147483648", "4294967295",
	"4294967296", "18446744073709551615", "18446744073709551616", "00000000000000000001", "1e9",
	"0x10", " 7 ", "+1", "",
};

static const char *const uris[] = {
	".", "./", "", "/", "./..", "../DevInfo", "./NAP/../DevInfo/DevId", "./NAP//x", "./NAP/", "./%",
	"./NAP/%00", "./NAP/%2e%2e", "./NAP/%2F", "./NAP/a%zz", "./\xc3\xa4", "./NAP?prop=ACL",
	"./NAP?prop=", "./NAP?list=TNDS", "./NAP?list=Struct", "./NAP?list=TNDS-Value+ACL",
	"./NAP?x=1?y=2", "./DevInfo/DevId", "./DMAcc", "./Inbox", "./Inbox/x",
	"./a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t", "http://other.example/", "./NAP/Open#x",
	"./DMAcc/Card/AppAuth/1/AAuthSecret", "./NAP/%n%s%x",
};

static const char *const odd_texts[] = {
	"%s%n%x", "]]>", "<x/>", "\xc2\x80\xef\xbf\xbd", "\t\n\r ", "&#0;", "YQ==YQ==", "====", "AAAA",
	"true", "3.4e39", "99999999999", "Get=*&Replace=*", "Add=&Get=", "*=*", "a/b", "..", "MAXDT=-1",
	"DR=9-9-9&MAXLEN=0&IT=Z", "syncml:auth-md5", "application/vnd.syncml.dmtnds+wbxml",
};

static const char *const names[] = {
	"Add", "Alert", "Atomic", "Chal", "Cmd", "CmdID", "CmdRef", "Copy", "Cred", "Data", "Delete",
	"Exec", "Final", "Get", "Item", "LocName", "LocURI", "Map", "Meta", "MoreData", "MsgRef", "Put",
	"Replace", "Results", "Search", "Sequence", "Source", "Status", "Sync", "SyncBody", "SyncHdr",
	"Target", "TargetRef", "Correlator", "Format", "Type", "Size", "MgmtTree", "Node", "x",
};

static const char *const formats[] = { "b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date",
				       "float", "time", "x", "" };
static const char *const types[] = {
	"text/plain", "application/vnd.syncml.dmtnds+xml", "application/vnd.syncml.dmtnds+wbxml",
	"urn:oma:mo:oma-dm-dmacc:1.0", "syncml:auth-basic", "syncml:auth-md5", "syncml:auth-MAC", "",
};
static const char *const codes[] = {
	"100", "200", "202", "212", "213", "214", "304", "401", "407", "412", "500", "508", "1100", "1101",
	"1104", "1200", "1201", "1222", "1223", "1224", "1225", "1226", "99999", "-200", "2OO", "",
};

#define ONE_OF(h, list)	((list)[hostile_random(h, sizeof(list) / sizeof((list)[0]))])

/* ------------------------------------------------------------ finding something to spoil */

struct list {
	xmlNode *node[ELEMENTS_MAX];
	unsigned int n;
};

static void collect(struct list *list, xmlNode *n, const char *wanted)
{
	for (; n && list->n < ELEMENTS_MAX; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (!wanted || strstr(wanted, (const char *)n->name))
			list->node[list->n++] = n;
		collect(list, n->children, wanted);
	}
}

/* One of the elements below the root with a name that is in wanted; NULL = any. */
static xmlNode *pick(struct hostile *h, xmlDoc *doc, const char *wanted)
{
	struct list *list = calloc(1, sizeof(*list));
	xmlNode *root = xmlDocGetRootElement(doc), *found = NULL;

	if (list && root)
		collect(list, root->children, wanted);
	if (list && list->n)
		found = list->node[hostile_random(h, list->n)];
	free(list);
	return found;
}

static xmlNode *first(xmlDoc *doc, const char *name)
{
	struct list *list = calloc(1, sizeof(*list));
	xmlNode *root = xmlDocGetRootElement(doc), *found;

	if (list && root)
		collect(list, root->children, name);
	found = list && list->n ? list->node[0] : NULL;
	free(list);
	return found;
}

static bool has_elements(const xmlNode *n)
{
	return xmlFirstElementChild((xmlNode *)n);
}

static bool set_text(xmlNode *n, const char *text)
{
	xmlNode *t;

	if (!n || has_elements(n))
		return false;
	xmlNodeSetContent(n, NULL);
	t = xmlNewText((const xmlChar *)text);
	return t && xmlAddChild(n, t);
}

static bool spoil_text(struct hostile *h, xmlDoc *doc, const char *wanted, const char *text)
{
	unsigned int tries;

	for (tries = 0; tries < 8; tries++) {
		if (set_text(pick(h, doc, wanted), text))
			return true;
	}
	return false;
}

/* -------------------------------------------------------------------------- elements */

static bool drop(xmlNode *n)
{
	if (!n)
		return false;
	xmlUnlinkNode(n);
	xmlFreeNode(n);
	return true;
}

static bool duplicate(xmlNode *n)
{
	xmlNode *copy = n ? xmlCopyNode(n, 1) : NULL;

	return copy && xmlAddNextSibling(n, copy);
}

static bool swap(xmlNode *n)
{
	xmlNode *next = n ? xmlNextElementSibling(n) : NULL;

	if (!next)
		return false;
	xmlUnlinkNode(next);
	return xmlAddPrevSibling(n, next);
}

static bool is_below(const xmlNode *n, const xmlNode *top)
{
	for (; n; n = n->parent) {
		if (n == top)
			return true;
	}
	return false;
}

static bool move(xmlNode *n, xmlNode *to)
{
	if (!n || !to || is_below(to, n))
		return false;
	xmlUnlinkNode(n);
	return xmlAddChild(to, n);
}

static bool rename_to(xmlNode *n, const char *name)
{
	if (n)
		xmlNodeSetName(n, (const xmlChar *)name);
	return n;
}

static bool add_foreign(struct hostile *h, xmlNode *n)
{
	return n && xmlNewChild(n, NULL, (const xmlChar *)(hostile_chance(h, 2) ? "Foreign" : ONE_OF(h, names)),
				hostile_chance(h, 2) ? (const xmlChar *)"1" : NULL);
}

/* Puts it into many others, a command into containers and a part of one into its like. */
static bool nest(struct hostile *h, xmlNode *n)
{
	bool command = n && n->parent && !strcmp((const char *)n->parent->name, "SyncBody");
	unsigned int levels = 1 + hostile_random(h, NESTING), i;
	const char *container = hostile_chance(h, 2) ? "Sequence" : "Atomic";
	xmlNode *around;
	char id[16];

	if (!n || !n->parent || n->parent->type != XML_ELEMENT_NODE)
		return false;
	for (i = 0; i < levels; i++) {
		around = xmlNewNode(n->ns, command ? (const xmlChar *)container : n->name);
		if (!around)
			return false;
		xmlReplaceNode(n, around);
		snprintf(id, sizeof(id), "%u", 100 + i);
		if (command)
			xmlNewChild(around, NULL, (const xmlChar *)"CmdID", (const xmlChar *)id);
		xmlAddChild(around, n);
		n = around;
	}
	return true;
}

static bool put_in_namespace(struct hostile *h, xmlNode *n)
{
	static const char *const spaces[] = { "syncml:metinf", "SYNCML:SYNCML1.2", "SYNCML:SYNCML1.1",
					      "syncml:dmddf1.2", "urn:x" };

	if (n)
		xmlSetNs(n, xmlNewNs(n, (const xmlChar *)ONE_OF(h, spaces), NULL));
	return n;
}

static bool long_text(struct hostile *h, xmlDoc *doc)
{
	char *text = malloc(LONG_TEXT + 1);
	bool good;

	if (!text)
		return false;
	memset(text, hostile_chance(h, 2) ? 'A' : '/', LONG_TEXT);
	text[1 + hostile_random(h, LONG_TEXT)] = '\0';
	good = spoil_text(h, doc, NULL, text);
	free(text);
	return good;
}

/* An element that is there goes, one that is not comes. */
static bool toggle(xmlNode *found, xmlNode *parent, const char *name)
{
	if (found)
		return drop(found);
	return parent && xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
}

static bool spoil_meta(struct hostile *h, xmlDoc *doc)
{
	if (hostile_chance(h, 2))
		return set_text(pick(h, doc, "Format"), ONE_OF(h, formats));
	return set_text(pick(h, doc, "Type"), ONE_OF(h, types));
}

static bool spoil_resp_uri(struct hostile *h, xmlDoc *doc)
{
	static const char *const places[] = {
		"http://evil.example/dm", "http://127.0.0.1:3516/dm?s=2", "http://127.0.0.1:3517/dm",
		"http://127.0.0.1:3516@evil.example/dm", "http://127.0.0.1:3516.evil.example/", "file:///etc/passwd",
		"", "http://", "http:///x", "dm", "http://a b/", "HTTP://127.0.0.1:3516/DM",
	};
	xmlNode *found = first(doc, "RespURI"), *source = first(doc, "Source"), *n;

	if (found)
		return set_text(found, ONE_OF(h, places));
	if (!source)
		return false;
	n = xmlNewNode(source->ns, (const xmlChar *)"RespURI");
	return n && xmlAddNextSibling(source, n) && set_text(n, ONE_OF(h, places));
}

static bool spoil_limit(struct hostile *h, xmlDoc *doc)
{
	xmlNode *hdr = first(doc, "SyncHdr"), *meta, *n;

	if (!hdr)
		return false;
	meta = xmlNewChild(hdr, NULL, (const xmlChar *)"Meta", NULL);
	n = meta ? xmlNewChild(meta, NULL, (const xmlChar *)(hostile_chance(h, 2) ? "MaxMsgSize" :
			       "MaxObjSize"), (const xmlChar *)ONE_OF(h, numbers)) : NULL;
	if (n)
		xmlSetNs(n, xmlNewNs(n, (const xmlChar *)"syncml:metinf", NULL));
	return n;
}

/* The size of an object, which may have had none. */
static bool spoil_size(struct hostile *h, xmlDoc *doc)
{
	xmlNode *item, *meta, *n;

	if (hostile_chance(h, 2) && set_text(pick(h, doc, "Size"), ONE_OF(h, numbers)))
		return true;
	item = pick(h, doc, "Item");
	meta = item ? xmlNewChild(item, NULL, (const xmlChar *)"Meta", NULL) : NULL;
	n = meta ? xmlNewChild(meta, NULL, (const xmlChar *)"Size", (const xmlChar *)ONE_OF(h, numbers)) :
		   NULL;
	if (n)
		xmlSetNs(n, xmlNewNs(n, (const xmlChar *)"syncml:metinf", NULL));
	return n;
}

bool hostile_document(struct hostile *h, enum hostile_mutation m, xmlDoc *doc)
{
	switch (m) {
	case HOSTILE_DROP:
		return drop(pick(h, doc, NULL));
	case HOSTILE_DUPLICATE:
		return duplicate(pick(h, doc, NULL));
	case HOSTILE_SWAP:
		return swap(pick(h, doc, NULL));
	case HOSTILE_MOVE:
		return move(pick(h, doc, NULL), pick(h, doc, NULL));
	case HOSTILE_RENAME:
		return rename_to(pick(h, doc, NULL), ONE_OF(h, names));
	case HOSTILE_FOREIGN:
		return add_foreign(h, pick(h, doc, NULL));
	case HOSTILE_NEST:
		return nest(h, pick(h, doc, NULL));
	case HOSTILE_NAMESPACE:
		return put_in_namespace(h, pick(h, doc, NULL));
	case HOSTILE_EMPTY_TEXT:
		return spoil_text(h, doc, NULL, "");
	case HOSTILE_LONG_TEXT:
		return long_text(h, doc);
	case HOSTILE_ODD_TEXT:
		return spoil_text(h, doc, NULL, ONE_OF(h, odd_texts));
	case HOSTILE_NUMBER:
		return spoil_text(h, doc, "CmdID MsgID MsgRef CmdRef Size Data MaxMsgSize MaxObjSize",
				  ONE_OF(h, numbers));
	case HOSTILE_URI:
		return spoil_text(h, doc, "LocURI", ONE_OF(h, uris));
	case HOSTILE_REFERENCE:
		return spoil_text(h, doc, "MsgRef CmdRef TargetRef SourceRef Cmd",
				  hostile_chance(h, 2) ? ONE_OF(h, numbers) : ONE_OF(h, names));
	case HOSTILE_CMD_ID:
		return set_text(pick(h, doc, "CmdID"), hostile_chance(h, 3) ? ONE_OF(h, numbers) : "4");
	case HOSTILE_CODE:
		return spoil_text(h, doc, "Data", ONE_OF(h, codes));
	case HOSTILE_SIZE:
		return spoil_size(h, doc);
	case HOSTILE_LIMIT:
		return spoil_limit(h, doc);
	case HOSTILE_META:
		return spoil_meta(h, doc);
	case HOSTILE_NONCE:
		return set_text(pick(h, doc, "NextNonce"), ONE_OF(h, odd_texts));
	case HOSTILE_SESSION:
		return spoil_text(h, doc, "SessionID MsgID VerDTD VerProto", ONE_OF(h, numbers));
	case HOSTILE_RESP_URI:
		return spoil_resp_uri(h, doc);
	case HOSTILE_FINAL:
		return toggle(first(doc, "Final"), first(doc, "SyncBody"), "Final");
	case HOSTILE_MORE_DATA:
		return toggle(first(doc, "MoreData"), pick(h, doc, "Item"), "MoreData");
	default:
		return false;
	}
}

void hostile_any_of_document(struct hostile *h, xmlDoc *doc)
{
	unsigned int tries;

	for (tries = 0; tries < 16; tries++) {
		enum hostile_mutation m = (enum hostile_mutation)hostile_random(h, HOSTILE_OF_BYTES);

		if (hostile_document(h, m, doc)) {
			h->applied[m]++;
			return;
		}
	}
}
