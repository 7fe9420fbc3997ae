// SPDX-License-Identifier: BSD-3-Clause
/*
 * XML read into a document; the only file of the engine that knows libxml2.
 *
 * The parser fetches nothing, expands no entities and reads no DTD. It tells of elements and text
 * as it meets them, so that no tree of its own has to be wiped; what it frees is wiped, too.
 */
#include "dm/node.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include "dm/buf.h"
#include "dm/syncml.h"

struct reader {
	struct dm_document *doc;
	xmlParserCtxt *ctxt;
	struct dm_buf text;	/* not yet in the document */
	bool cdata;		/* some of it was */
	unsigned int skipped;	/* lines before what the parser saw */
};

/* ------------------------------------------------------ memory: values may be secrets */

static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t len)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *bigger;

	if (p && len <= old)
		return p;
	bigger = malloc(len);
	if (bigger && p) {
		memcpy(bigger, p, old);
		wiping_free(p);
	}
	return bigger;
}

/* For all of the process, which has nothing against it. */
static void wipe_what_is_freed(void)
{
	static bool done;

	if (!done)
		done = !xmlMemSetup(wiping_free, malloc, wiping_realloc, strdup);
}

/* ------------------------------------------------------------- what the parser meets */

static void stop(struct reader *r)
{
	if (r->doc->err)
		xmlStopParser(r->ctxt);
}

static void fail(struct reader *r, int err, const char *what)
{
	dm_document_fail(r->doc, err, what);
	stop(r);
}

static void note_line(struct reader *r)
{
	r->doc->where = (unsigned int)xmlSAX2GetLineNumber(r->ctxt) + r->skipped;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_blank(const struct dm_buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++) {
		if (!is_space(b->data[i]))
			return false;
	}
	return true;
}

/* Moves collected text into the document; blanks between elements only where they may matter. */
static void flush_text(struct reader *r, bool between)
{
	struct dm_node *node;
	char *copy;

	if (r->text.failed)
		fail(r, -ENOMEM, NULL);
	if (r->text.len && !(between && !dm_document_in_data(r->doc) && is_blank(&r->text))) {
		copy = dm_message_strndup(r->doc->msg, r->text.data, r->text.len);
		node = copy ? dm_document_text(r->doc, copy, r->text.len) : NULL;
		if (node)
			node->verbatim = r->cdata;
		else
			fail(r, -ENOMEM, NULL);
	}
	dm_buf_truncate(&r->text, 0);
	r->cdata = false;
}

/* What SAX2 tells of an attribute is five pointers. */
enum { ATTR_NAME, ATTR_PREFIX, ATTR_SPACE, ATTR_VALUE, ATTR_END, ATTR_PARTS };

/* Declares the namespace of an attribute's prefix, where it is the first that has it. */
static void put_prefix(struct dm_buf *b, const char **attrs, int i)
{
	const char **attr = attrs + ATTR_PARTS * i;
	int k;

	if (!attr[ATTR_PREFIX] || !strcmp(attr[ATTR_PREFIX], "xml"))
		return;
	for (k = 0; k < i; k++) {
		const char *other = attrs[ATTR_PARTS * k + ATTR_PREFIX];

		if (other && !strcmp(other, attr[ATTR_PREFIX]))
			return;
	}
	dm_buf_printf(b, " xmlns:%s=\"", attr[ATTR_PREFIX]);
	dm_xml_attribute(b, attr[ATTR_SPACE]);
	dm_buf_put(b, "\"", 1);
}

static void put_attribute(struct dm_buf *b, const char **attr)
{
	char *text = strndup(attr[ATTR_VALUE], (size_t)(attr[ATTR_END] - attr[ATTR_VALUE]));

	if (!text) {
		b->failed = true;
		return;
	}
	if (attr[ATTR_PREFIX])
		dm_buf_printf(b, " %s:%s=\"", attr[ATTR_PREFIX], attr[ATTR_NAME]);
	else
		dm_buf_printf(b, " %s=\"", attr[ATTR_NAME]);
	dm_xml_attribute(b, text);
	dm_buf_put(b, "\"", 1);
	explicit_bzero(text, strlen(text));
	free(text);
}

static const char *take_attributes(struct reader *r, int n, const char **attrs)
{
	struct dm_buf b = { NULL, 0, 0, false };
	const char *copy = NULL;
	int i;

	if (n <= 0)
		return NULL;
	for (i = 0; i < n; i++) {
		const char **attr = attrs + ATTR_PARTS * i;

		/* a prefix that nobody declared means nothing */
		if (attr[ATTR_PREFIX] && !attr[ATTR_SPACE])
			continue;
		put_prefix(&b, attrs, i);
		put_attribute(&b, attr);
	}
	if (!b.failed)
		copy = dm_message_strndup(r->doc->msg, b.data ? b.data : "", b.len);
	if (!copy)
		fail(r, -ENOMEM, NULL);
	dm_buf_free(&b);
	return copy;
}

/* The namespace as a string that outlives the parser. */
static const char *keep_space(struct reader *r, const char *uri)
{
	unsigned int page;
	const char *copy;

	if (!uri)
		return NULL;
	for (page = 0; page < DM_PAGES; page++) {
		if (!strcmp(uri, dm_page_namespace(page)))
			return dm_page_namespace(page);
	}
	copy = dm_message_strndup(r->doc->msg, uri, strlen(uri));
	if (!copy)
		fail(r, -ENOMEM, NULL);
	return copy;
}

/* An attribute that counts, as an element with its value as text. */
static void open_attribute(struct reader *r, const char **attr)
{
	size_t len = (size_t)(attr[ATTR_END] - attr[ATTR_VALUE]);
	char *copy = dm_message_strndup(r->doc->msg, attr[ATTR_VALUE], len);

	if (!copy) {
		fail(r, -ENOMEM, NULL);
		return;
	}
	if (!dm_document_open(r->doc, attr[ATTR_NAME], strlen(attr[ATTR_NAME]), NULL))
		return;
	dm_document_text(r->doc, copy, len);
	dm_document_close(r->doc);
}

static void on_open(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		    int n_spaces, const xmlChar **spaces, int n_attrs, int n_defaulted,
		    const xmlChar **attrs)
{
	struct reader *r = ctx;
	struct dm_node *node;
	bool in_data;
	int i;

	note_line(r);
	flush_text(r, true);
	in_data = dm_document_in_data(r->doc);
	node = dm_document_open(r->doc, (const char *)name, strlen((const char *)name),
				keep_space(r, (const char *)uri));
	if (node && in_data)
		node->attributes = take_attributes(r, n_attrs, (const char **)attrs);
	for (i = 0; node && r->doc->vocabulary && i < n_attrs; i++)
		open_attribute(r, (const char **)attrs + ATTR_PARTS * i);
	stop(r);
}

static void on_close(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader *r = ctx;

	note_line(r);
	flush_text(r, false);
	dm_document_close(r->doc);
	stop(r);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;

	dm_buf_put(&r->text, text, (size_t)len);
}

static void on_cdata(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;

	dm_buf_put(&r->text, text, (size_t)len);
	r->cdata = true;
}

/* &lt; and the like come as text. */
static void on_entity(void *ctx, const xmlChar *name)
{
	struct reader *r = ctx;

	note_line(r);
	fail(r, -EBADMSG, "entity that is not declared");
}

/* ------------------------------------------------------------------ the document */

/* What libxml2 says, on one line. */
static void xml_error(struct reader *r, const xmlError *error, char *why, size_t why_len)
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
	snprintf(why, why_len, "line %u: %s",
		 (error ? (unsigned int)error->line : 1) + r->skipped, text);
}

static void parse(struct reader *r, const char *xml, size_t len, char *why, size_t why_len)
{
	/*
	 * NOENT: without it &amp; in an attribute is told as a reference. Nobody declares others, as
	 * there is neither an internal subset nor a handler that would fetch an external one.
	 */
	const int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR |
			    XML_PARSE_NOWARNING;
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_open, .endElementNs = on_close,
		.characters = on_text, .ignorableWhitespace = on_text, .cdataBlock = on_cdata,
		.reference = on_entity,
	};
	xmlDoc *none;

	r->ctxt = xmlNewParserCtxt();
	if (!r->ctxt) {
		dm_document_fail(r->doc, -ENOMEM, NULL);
		return;
	}
	*r->ctxt->sax = sax;
	r->ctxt->userData = r;
	none = xmlCtxtReadMemory(r->ctxt, xml, (int)len, NULL, "UTF-8", options);
	if (none)	/* a handler of ours is missing: nothing builds a tree */
		xmlFreeDoc(none);
	if (!r->doc->err && !r->ctxt->wellFormed) {
		if (r->ctxt->errNo == XML_ERR_NO_MEMORY) {
			dm_document_fail(r->doc, -ENOMEM, NULL);
		} else {
			xml_error(r, xmlCtxtGetLastError(r->ctxt), why, why_len);
			dm_document_fail(r->doc, -EBADMSG, NULL);
		}
	}
	xmlFreeParserCtxt(r->ctxt);
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

/* Behind the next occurrence of end. */
static const char *behind(const char *p, const char *limit, const char *end)
{
	const char *found = memmem(p, (size_t)(limit - p), end, strlen(end));

	return found ? found + strlen(end) : limit;
}

static bool begins(const char *p, const char *limit, const char *with)
{
	return (size_t)(limit - p) >= strlen(with) && !memcmp(p, with, strlen(with));
}

/* An internal subset could declare entities: the parser does not get to see one. */
static bool has_internal_subset(const char *xml, size_t len)
{
	const char *p = xml, *limit = xml + len;

	while (p < limit) {
		if (begins(p, limit, "<?")) {
			p = behind(p, limit, "?>");
		} else if (begins(p, limit, "<!--")) {
			p = behind(p, limit, "-->");
		} else if (begins(p, limit, "<!DOCTYPE")) {
			for (; p < limit && *p != '>'; p++) {
				if (*p == '[')
					return true;
				if (*p == '"' || *p == '\'')
					p = memchr(p + 1, *p, (size_t)(limit - p) - 1);
				if (!p)
					return true;	/* a quote without an end */
			}
			return false;
		} else if (is_space(*p)) {
			p++;
		} else {
			break;
		}
	}
	return false;
}

void dm_xml_read(struct dm_document *doc, const char *xml, size_t len, char *why, size_t why_len)
{
	struct reader r = { .doc = doc };

	skip_prefix(&r, &xml, &len);
	doc->where = 1;
	if (!len || len > INT_MAX) {
		dm_document_fail(doc, -EBADMSG, "no XML document");
	} else if (has_internal_subset(xml, len)) {
		dm_document_fail(doc, -EBADMSG, "DOCTYPE with an internal subset is refused");
	} else {
		wipe_what_is_freed();
		parse(&r, xml, len, why, why_len);
	}
	dm_buf_free(&r.text);
}
