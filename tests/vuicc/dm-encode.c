// SPDX-License-Identifier: BSD-3-Clause
/* A document to WBXML. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"
#include "vuicc/dm-wbxml.h"

#define VERSION		0x02	/* 1.2 */
#define SYNCML_1_2	0x1201
#define UTF_8		106
#define TAG_CONTENT	0x40
#define TNDS_WBXML	"application/vnd.syncml.dmtnds+wbxml"

enum {
	SWITCH_PAGE = 0x00, END = 0x01, STR_I = 0x03, LITERAL = 0x04, STR_T = 0x83, OPAQUE = 0xC3,
};

struct encoder {
	struct vdm_buf body, table;
	enum vdm_text style;
	unsigned int page;
};

static void put_byte(struct vdm_buf *b, unsigned int byte)
{
	char c = (char)byte;

	vdm_buf_add(b, &c, 1);
}

static void put_number(struct vdm_buf *b, size_t n)
{
	unsigned int shift = 28;

	while (shift && !(n >> shift))
		shift -= 7;
	for (; shift; shift -= 7)
		put_byte(b, 0x80 | (n >> shift & 0x7F));
	put_byte(b, n & 0x7F);
}

/* Where the text is in the string table; it is put there unless it is there already. */
static size_t table_offset(struct encoder *e, const char *text)
{
	size_t at = 0, len = strlen(text) + 1;

	while (at < e->table.len && strcmp(e->table.p + at, text))
		at += strlen(e->table.p + at) + 1;
	if (at == e->table.len)
		vdm_buf_add(&e->table, text, len);
	return at;
}

static void put_opaque(struct encoder *e, const void *bytes, size_t len)
{
	put_byte(&e->body, OPAQUE);
	put_number(&e->body, len);
	vdm_buf_add(&e->body, bytes, len);
}

static void put_text(struct encoder *e, const char *text)
{
	switch (e->style) {
	case VDM_TEXT_TABLE:
		put_byte(&e->body, STR_T);
		put_number(&e->body, table_offset(e, text));
		break;
	case VDM_TEXT_OPAQUE:
		put_opaque(e, text, strlen(text));
		break;
	case VDM_TEXT_INLINE:
		put_byte(&e->body, STR_I);
		vdm_buf_add(&e->body, text, strlen(text) + 1);
		break;
	}
}

static void put_tag(struct encoder *e, const char *name, unsigned int page, bool content)
{
	int code = vdm_tag_code(page, name);

	if (code >= 0 && e->page != page) {
		put_byte(&e->body, SWITCH_PAGE);
		put_byte(&e->body, page);
		e->page = page;
	}
	put_byte(&e->body, (unsigned int)(code < 0 ? LITERAL : code) | (content ? TAG_CONTENT : 0));
	if (code < 0)
		put_number(&e->body, table_offset(e, name));
}

/* A property in the Meta of the Item, else of its command. */
static void meta_of(const xmlNode *data, const char *path, char *buf, size_t room)
{
	const xmlNode *up;

	for (up = data->parent; up && up->type == XML_ELEMENT_NODE; up = up->parent)
		if (vdm_path_text(up, path, buf, room) > 0)
			return;
	buf[0] = '\0';
}

static const xmlNode *first_element(const xmlNode *n)
{
	const xmlNode *c = n->children;

	while (c && c->type != XML_ELEMENT_NODE)
		c = c->next;
	return c;
}

static int put_element(struct encoder *e, const xmlNode *n, unsigned int page);

/* MgmtTree as a document of its own: its public identifier has no number, so it is text. */
static int put_document(struct encoder *e, const xmlNode *tree)
{
	static const char fpi[] = "-//OMA//DTD-DM-DDF 1.2//EN";
	struct encoder inner = { .style = VDM_TEXT_INLINE };
	struct vdm_buf doc = { .p = NULL };
	int ret;

	vdm_buf_add(&inner.table, fpi, sizeof(fpi));
	ret = put_element(&inner, tree, VDM_PAGE_DMDDF);
	put_byte(&doc, VERSION);
	put_number(&doc, 0);
	put_number(&doc, 0);
	put_number(&doc, UTF_8);
	put_number(&doc, inner.table.len);
	vdm_buf_add(&doc, inner.table.p, inner.table.len);
	vdm_buf_add(&doc, inner.body.p ? inner.body.p : "", inner.body.len);
	if (!ret && (inner.table.failed || inner.body.failed || doc.failed))
		ret = -ENOMEM;
	if (!ret)
		put_opaque(e, doc.p, doc.len);
	vdm_buf_clear(&inner.body);
	vdm_buf_clear(&inner.table);
	vdm_buf_clear(&doc);
	return ret;
}

static int put_data(struct encoder *e, const xmlNode *data)
{
	const xmlNode *tree = first_element(data);
	struct vdm_buf bytes = { .p = NULL };
	char format[16], type[64];
	xmlChar *text;
	int ret = 0;

	meta_of(data, "Meta/Format", format, sizeof(format));
	meta_of(data, "Meta/Type", type, sizeof(type));
	if (tree)
		return strcmp(type, TNDS_WBXML) ? put_element(e, tree, VDM_PAGE_DMDDF) :
						  put_document(e, tree);
	text = xmlNodeGetContent(data);
	if (!text)
		return -ENOMEM;
	if (!strcmp(format, "bin")) {
		ret = vdm_b64_decode((const char *)text, &bytes);
		put_opaque(e, bytes.p ? bytes.p : "", bytes.len);
		vdm_buf_clear(&bytes);
	} else if (*text) {
		put_text(e, (const char *)text);
	}
	xmlFree(text);
	return ret;
}

static int put_content(struct encoder *e, const xmlNode *n, unsigned int page)
{
	const xmlNode *c;
	xmlChar *text;
	int ret = 0;

	if (page == VDM_PAGE_SYNCML && vdm_is(n, "Data"))
		return put_data(e, n);
	if (!first_element(n)) {
		text = xmlNodeGetContent(n);
		if (!text)
			return -ENOMEM;
		if (*text)
			put_text(e, (const char *)text);
		xmlFree(text);
		return 0;
	}
	if (vdm_is(n, "Meta"))
		page = VDM_PAGE_METINF;
	for (c = n->children; c && !ret; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			ret = put_element(e, c, page);
	return ret;
}

static int put_element(struct encoder *e, const xmlNode *n, unsigned int page)
{
	bool content = n->children;
	int ret = 0;

	put_tag(e, (const char *)n->name, page, content);
	if (content) {
		ret = put_content(e, n, page);
		put_byte(&e->body, END);
	}
	return ret;
}

int vdm_wbxml_encode(const xmlDoc *doc, enum vdm_text style, struct vdm_buf *out)
{
	struct encoder e = { .style = style };
	int ret = put_element(&e, xmlDocGetRootElement(doc), VDM_PAGE_SYNCML);

	put_byte(out, VERSION);
	put_number(out, SYNCML_1_2);
	put_number(out, UTF_8);
	put_number(out, e.table.len);
	vdm_buf_add(out, e.table.p ? e.table.p : "", e.table.len);
	vdm_buf_add(out, e.body.p ? e.body.p : "", e.body.len);
	out->failed |= e.table.failed | e.body.failed;
	vdm_buf_clear(&e.table);
	vdm_buf_clear(&e.body);
	return ret ? ret : out->failed ? -ENOMEM : 0;
}
