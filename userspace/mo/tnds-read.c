// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reading TNDS: a document becomes a series of nodes, parents first.
 *
 * The document comes from a server.  It is read as a stream, so that what it takes is its
 * largest value and not a tree of it; there is no DOCTYPE, no entity but those of XML, no
 * network.  Elements are told by their local names: some peers forget the namespace.
 */
#include <libxml/xmlreader.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

/* What is collected of one Node before it can be told. */
struct frame {
	struct mo_value name, path, acl, type, title, value;
	char format[MO_FORMAT_LEN];
	bool has_value, told;
};

struct reader {
	xmlTextReaderPtr x;
	int (*fn)(void *arg, const struct mo_tnds_node *n);
	void *arg;
};

static void ignore_error(void *arg, const char *msg, xmlParserSeverities severity,
			 xmlTextReaderLocatorPtr locator)
{
}

/* Goes to the next piece that means something. Its type, or -1. */
static int next(struct reader *r)
{
	int type;

	for (;;) {
		if (xmlTextReaderRead(r->x) != 1)
			return -1;
		type = xmlTextReaderNodeType(r->x);
		switch (type) {
		case XML_READER_TYPE_ELEMENT:
		case XML_READER_TYPE_END_ELEMENT:
		case XML_READER_TYPE_TEXT:
		case XML_READER_TYPE_CDATA:
		case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
		case XML_READER_TYPE_WHITESPACE:
			return type;
		case XML_READER_TYPE_COMMENT:
		case XML_READER_TYPE_PROCESSING_INSTRUCTION:
		case XML_READER_TYPE_XML_DECLARATION:
			continue;
		default:	/* DOCTYPE, references to entities */
			return -1;
		}
	}
}

static bool is(struct reader *r, const char *name)
{
	const xmlChar *local = xmlTextReaderConstLocalName(r->x);

	return local && !strcmp((const char *)local, name);
}

static bool empty(struct reader *r)
{
	return xmlTextReaderIsEmptyElement(r->x) == 1;
}

/* The next child element of the one entered: 1, 0 at its end, -1 if there is text between. */
static int child(struct reader *r)
{
	const xmlChar *text;
	int type;

	for (;;) {
		type = next(r);
		if (type == XML_READER_TYPE_ELEMENT)
			return 1;
		if (type == XML_READER_TYPE_END_ELEMENT)
			return 0;
		text = type < 0 ? NULL : xmlTextReaderConstValue(r->x);
		if (!text || text[strspn((const char *)text, " \t\r\n")])
			return -1;
	}
}

static int append(struct mo_value *v, const char *text, size_t len)
{
	char *p;

	if (len > MO_MAX_VALUE * 2 - v->len)	/* base64 is longer than what it stands for */
		return MO_TOO_LARGE;
	p = malloc(v->len + len + 1);
	if (!p)
		return MO_FAILED;
	if (v->len)
		memcpy(p, v->data, v->len);
	memcpy(p + v->len, text, len);
	p[v->len + len] = '\0';
	len += v->len;
	mo_value_clear(v);
	v->data = p;
	v->len = len;
	return MO_OK;
}

/* The text of the element. */
static int text(struct reader *r, struct mo_value *v)
{
	int type, status;

	if (v->data)			/* twice */
		return MO_BAD_COMMAND;
	status = append(v, "", 0);
	if (empty(r))
		return status;
	while (status == MO_OK) {
		type = next(r);
		if (type == XML_READER_TYPE_END_ELEMENT)
			break;
		if (type < 0 || type == XML_READER_TYPE_ELEMENT)
			return MO_BAD_COMMAND;
		status = append(v, (const char *)xmlTextReaderConstValue(r->x),
				strlen((const char *)xmlTextReaderConstValue(r->x)));
	}
	return status;
}

static int word(struct reader *r, struct mo_value *v)
{
	int status = text(r, v);

	if (status == MO_OK)
		mo_value_trim(v);
	return status;
}

/* Passes over an element that says nothing to us. */
static int skip(struct reader *r)
{
	int depth = xmlTextReaderDepth(r->x);

	if (empty(r))
		return MO_OK;
	do {
		if (next(r) < 0)
			return MO_BAD_COMMAND;
	} while (xmlTextReaderDepth(r->x) > depth);
	return MO_OK;
}

/* <Format><chr/></Format> */
static int format(struct reader *r, struct frame *f)
{
	const char *name;
	int status = MO_OK, more;

	if (empty(r))
		return MO_OK;
	while ((more = child(r)) > 0 && status == MO_OK) {
		name = (const char *)xmlTextReaderConstLocalName(r->x);
		if (f->format[0] || strlen(name) >= sizeof(f->format))
			return MO_UNSUPPORTED_FORMAT;
		strcpy(f->format, name);
		status = skip(r);
	}
	return more < 0 ? MO_BAD_COMMAND : status;
}

/* <Type><MIME>text/plain</MIME></Type>, <Type><DDFName>urn:...</DDFName></Type> */
static int type_of(struct reader *r, struct frame *f)
{
	int status = MO_OK, more = 0;

	if (empty(r))
		return MO_OK;
	while (status == MO_OK && (more = child(r)) > 0)
		status = is(r, "MIME") || is(r, "DDFName") ? word(r, &f->type) : skip(r);
	return more < 0 ? MO_BAD_COMMAND : status;
}

static int properties(struct reader *r, struct frame *f)
{
	int status = MO_OK, more = 0;

	if (empty(r))
		return MO_OK;
	while (status == MO_OK && (more = child(r)) > 0) {
		if (is(r, "ACL"))
			status = word(r, &f->acl);
		else if (is(r, "Format"))
			status = format(r, f);
		else if (is(r, "Type"))
			status = type_of(r, f);
		else if (is(r, "Title"))
			status = text(r, &f->title);
		else
			status = skip(r);
	}
	return more < 0 ? MO_BAD_COMMAND : status;
}

/* Without a Format a node with a Value is text, one without is interior. */
static int tell(struct reader *r, struct frame *f, unsigned int depth, bool interior)
{
	struct mo_tnds_node n = {
		.depth = depth, .name = f->name.data, .path = f->path.data, .acl = f->acl.data,
		.title = f->title.data, .type = f->type.data ? f->type.data : "",
		.format = f->format, .line = xmlTextReaderGetParserLineNumber(r->x),
		.value = f->value.data ? f->value.data : "", .value_len = f->value.len,
	};

	if (f->told)
		return MO_OK;
	f->told = true;
	if (!f->format[0])
		n.format = f->has_value ? "chr" : "node";
	if (interior && (f->has_value || strcmp(n.format, "node")))
		return MO_BAD_COMMAND;
	return r->fn(r->arg, &n);
}

static int node(struct reader *r, unsigned int depth);

static int member(struct reader *r, struct frame *f, unsigned int depth)
{
	int status;

	if (is(r, "Node")) {
		status = tell(r, f, depth, true);
		return status == MO_OK ? node(r, depth + 1) : status;
	}
	if (f->told)		/* what a node is comes before what is below it */
		return MO_BAD_COMMAND;
	if (is(r, "NodeName"))
		return word(r, &f->name);
	if (is(r, "Path"))
		return word(r, &f->path);
	if (is(r, "RTProperties"))
		return properties(r, f);
	if (is(r, "Value")) {
		f->has_value = true;
		return text(r, &f->value);
	}
	return skip(r);
}

/* Recursive, as Nodes are: to MO_MAX_DEPTH. */
static int node(struct reader *r, unsigned int depth)
{
	struct frame f = { .told = false };
	int status = MO_OK, more = 0;

	if (depth >= MO_MAX_DEPTH)
		return MO_URI_TOO_LONG;
	if (!empty(r))
		while (status == MO_OK && (more = child(r)) > 0)
			status = member(r, &f, depth);
	if (more < 0)
		status = MO_BAD_COMMAND;
	if (status == MO_OK)
		status = tell(r, &f, depth, false);
	mo_value_clear(&f.name);
	mo_value_clear(&f.path);
	mo_value_clear(&f.acl);
	mo_value_clear(&f.type);
	mo_value_clear(&f.title);
	mo_value_clear(&f.value);
	return status;
}

static int document(struct reader *r)
{
	struct mo_value version = { .data = NULL };
	int status = MO_OK, more = 0;
	unsigned int nodes = 0;

	if (next(r) != XML_READER_TYPE_ELEMENT || !is(r, "MgmtTree") || empty(r))
		return MO_BAD_COMMAND;
	while (status == MO_OK && (more = child(r)) > 0) {
		if (is(r, "VerDTD")) {
			status = word(r, &version);
			if (status == MO_OK && strcmp(version.data, "1.2"))
				status = MO_UNSUPPORTED_FORMAT;
		} else if (is(r, "Node")) {
			nodes++;
			status = node(r, 0);
		} else {
			status = skip(r);
		}
	}
	mo_value_clear(&version);
	if (status != MO_OK)
		return status;
	/* what comes behind the root: nothing */
	return more < 0 || !nodes || next(r) >= 0 ||
	       xmlTextReaderReadState(r->x) != XML_TEXTREADER_MODE_EOF ? MO_BAD_COMMAND : MO_OK;
}

int mo_tnds_read(const char *xml, size_t len,
		 int (*fn)(void *arg, const struct mo_tnds_node *n), void *arg)
{
	struct reader r = { .fn = fn, .arg = arg };
	int status;

	if (len > INT_MAX)
		return MO_TOO_LARGE;
	/* another encoding, told or guessed, is none that a value can have */
	if (!mo_text_valid(xml, len))
		return MO_BAD_COMMAND;
	r.x = xmlReaderForMemory(xml, (int)len, NULL, "UTF-8",
				 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
				 XML_PARSE_IGNORE_ENC);
	if (!r.x)
		return MO_FAILED;
	xmlTextReaderSetErrorHandler(r.x, ignore_error, NULL);
	status = document(&r);
	xmlFreeTextReader(r.x);
	return status;
}
