// SPDX-License-Identifier: BSD-3-Clause
/* WBXML to a document; strict, since what comes is a client's to be judged. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parserInternals.h>
#include <openssl/evp.h>

#include "vuicc/dm-server.h"
#include "vuicc/dm-wbxml.h"

#define DEPTH_MAX	32
#define UTF_8		106	/* IANA's number of the character set */
#define TAG_CONTENT	0x40
#define TAG_ATTRIBUTES	0x80
#define TAG_CODE	0x3F

enum {
	SWITCH_PAGE = 0x00, END = 0x01, ENTITY = 0x02, STR_I = 0x03, LITERAL = 0x04,
	STR_T = 0x83, OPAQUE = 0xC3,
};

struct decoder {
	const uint8_t *p, *end;
	const uint8_t *table;
	size_t table_len;
	unsigned int page, depth;
	xmlDoc *doc;
	xmlNode *at;		/* the open element, NULL outside of the root */
	struct vdm_buf text;	/* of the open element since its last child */
	const char *wrong;
};

static bool wrong(struct decoder *d, const char *what)
{
	if (!d->wrong)
		d->wrong = what;
	return false;
}

static bool get_byte(struct decoder *d, unsigned int *ret)
{
	if (d->p == d->end)
		return wrong(d, "it ends too early");
	*ret = *d->p++;
	return true;
}

/* mb_u_int32: 7 bits a byte, at most 32 bits in all. */
static bool get_number(struct decoder *d, uint32_t *ret)
{
	unsigned int byte, i;

	*ret = 0;
	for (i = 0; i < 5; i++) {
		if (!get_byte(d, &byte))
			return false;
		if (*ret > UINT32_MAX >> 7)
			break;
		*ret = *ret << 7 | (byte & 0x7F);
		if (!(byte & 0x80))
			return true;
	}
	return wrong(d, "a number of more than 32 bits");
}

/* Text of the string table that ends within it. */
static const char *table_text(struct decoder *d, uint32_t offset)
{
	if (offset >= d->table_len ||
	    !memchr(d->table + offset, 0, d->table_len - offset)) {
		wrong(d, "a string outside of the string table");
		return NULL;
	}
	return (const char *)d->table + offset;
}

/* Characters that XML can hold, in UTF-8. */
static bool is_xml_text(const uint8_t *p, size_t len)
{
	while (len) {
		int n = (int)(len < 4 ? len : 4);
		int c = xmlGetUTF8Char(p, &n);

		if (c < 0 || !xmlIsCharQ((unsigned int)c))
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool add_opaque(struct decoder *d)
{
	size_t room = (d->text.len + 2) / 3 * 4 + 1;
	char *b64 = malloc(room);
	bool ok;

	if (!b64)
		return wrong(d, "out of memory");
	EVP_EncodeBlock((unsigned char *)b64, (const unsigned char *)d->text.p, (int)d->text.len);
	ok = xmlNewProp(d->at, BAD_CAST "opaque", BAD_CAST "b64");
	xmlNodeAddContent(d->at, BAD_CAST b64);
	free(b64);
	return ok || wrong(d, "out of memory");
}

/* The text collected so far becomes content of the open element. */
static bool flush_text(struct decoder *d)
{
	bool ok = true;

	if (d->text.failed)
		return wrong(d, "out of memory");
	if (!d->text.len)
		return true;
	if (!d->at)
		return wrong(d, "text outside of the root element");
	if (is_xml_text((const uint8_t *)d->text.p, d->text.len)) {
		xmlNodeAddContentLen(d->at, BAD_CAST d->text.p, (int)d->text.len);
	} else if (d->at->children) {
		ok = wrong(d, "binary data between elements");
	} else if (!vdm_is(d->at, "Data")) {
		ok = wrong(d, "text that is not UTF-8 or has control characters");
	} else {
		ok = add_opaque(d);
	}
	d->text.len = 0;
	return ok;
}

/* Each page is a namespace, which the pages imply and the document has to say. */
static bool set_namespace(struct decoder *d, xmlNode *n)
{
	static const char *const uri[VDM_PAGE_COUNT] = {
		[VDM_PAGE_SYNCML] = VDM_NS_SYNCML, [VDM_PAGE_METINF] = VDM_NS_METINF,
		[VDM_PAGE_DMDDF] = VDM_NS_DMDDF,
	};
	const xmlNode *up = n->parent;

	if (up->type == XML_ELEMENT_NODE && up->ns && !strcmp((const char *)up->ns->href, uri[d->page]))
		n->ns = up->ns;
	else
		n->ns = xmlNewNs(n, BAD_CAST uri[d->page], NULL);
	return n->ns || wrong(d, "out of memory");
}

static bool open_element(struct decoder *d, const char *name, bool content)
{
	xmlNode *n;

	if (!flush_text(d))
		return false;
	if (!d->at && xmlDocGetRootElement(d->doc))
		return wrong(d, "a second root element");
	n = xmlNewDocNode(d->doc, NULL, BAD_CAST name, NULL);
	if (!n)
		return wrong(d, "out of memory");
	if (d->at)
		xmlAddChild(d->at, n);
	else
		xmlDocSetRootElement(d->doc, n);
	if (!set_namespace(d, n))
		return false;
	if (!content)
		return true;
	if (++d->depth > DEPTH_MAX)
		return wrong(d, "nested too deeply");
	d->at = n;
	return true;
}

static bool close_element(struct decoder *d)
{
	if (!flush_text(d))
		return false;
	if (!d->at)
		return wrong(d, "an END without its element");
	d->depth--;
	d->at = d->at->parent && d->at->parent->type == XML_ELEMENT_NODE ? d->at->parent : NULL;
	return true;
}

static bool inline_text(struct decoder *d)
{
	const uint8_t *nul = memchr(d->p, 0, (size_t)(d->end - d->p));

	if (!nul)
		return wrong(d, "a string without its end");
	vdm_buf_add(&d->text, (const char *)d->p, (size_t)(nul - d->p));
	d->p = nul + 1;
	return true;
}

static bool opaque(struct decoder *d)
{
	uint32_t len;

	if (!get_number(d, &len))
		return false;
	if (len > (size_t)(d->end - d->p))
		return wrong(d, "an opaque that is longer than the message");
	vdm_buf_add(&d->text, (const char *)d->p, len);
	d->p += len;
	return true;
}

static bool entity(struct decoder *d)
{
	xmlChar utf8[5];
	uint32_t c;

	if (!get_number(d, &c))
		return false;
	if (!xmlIsCharQ(c))
		return wrong(d, "an entity that is no character");
	vdm_buf_add(&d->text, (const char *)utf8, (size_t)xmlCopyCharMultiByte(utf8, (int)c));
	return true;
}

static bool tag(struct decoder *d, unsigned int byte)
{
	const char *name;
	uint32_t offset;

	if (byte & TAG_ATTRIBUTES)
		return wrong(d, "an element with attributes, or a token that is not known");
	if ((byte & TAG_CODE) == LITERAL) {
		if (!get_number(d, &offset))
			return false;
		name = table_text(d, offset);
		if (!name || xmlValidateNCName(BAD_CAST name, 0))
			return wrong(d, "a literal that is no name");
	} else {
		name = vdm_tag_name(d->page, byte & TAG_CODE);
		if (!name)
			return wrong(d, "a tag that its code page does not have");
	}
	return open_element(d, name, byte & TAG_CONTENT);
}

static bool step(struct decoder *d)
{
	unsigned int byte;
	const char *text;
	uint32_t offset;

	if (!get_byte(d, &byte))
		return false;
	switch (byte) {
	case SWITCH_PAGE:
		return get_byte(d, &d->page) &&
		       (d->page < VDM_PAGE_COUNT || wrong(d, "a code page that is not known"));
	case END:
		return close_element(d);
	case ENTITY:
		return entity(d);
	case STR_I:
		return inline_text(d);
	case STR_T:
		text = get_number(d, &offset) ? table_text(d, offset) : NULL;
		if (text)
			vdm_buf_add(&d->text, text, strlen(text));
		return text;
	case OPAQUE:
		return opaque(d);
	default:
		return tag(d, byte);
	}
}

static bool header(struct decoder *d)
{
	uint32_t version, public_id, charset, len;

	if (!get_byte(d, &version) || !get_number(d, &public_id))
		return false;
	if (version < 1 || version > 3)
		return wrong(d, "a version that is none of 1.1 to 1.3");
	if (!public_id && !get_number(d, &public_id))
		return false;
	if (!get_number(d, &charset) || !get_number(d, &len))
		return false;
	if (charset != UTF_8)
		return wrong(d, "a character set other than UTF-8");
	if (len > (size_t)(d->end - d->p))
		return wrong(d, "a string table that is longer than the message");
	d->table = d->p;
	d->table_len = len;
	d->p += len;
	return true;
}

int vdm_wbxml_decode(const void *buf, size_t len, xmlDoc **ret, char *why, size_t why_len)
{
	struct decoder d = { .p = buf, .end = (const uint8_t *)buf + len };

	d.doc = xmlNewDoc(BAD_CAST "1.0");
	if (!d.doc)
		return -ENOMEM;
	if (header(&d)) {
		do {
			if (!step(&d))
				break;
		} while (d.at || !xmlDocGetRootElement(d.doc));
	}
	if (!d.wrong && d.p != d.end)
		wrong(&d, "something behind the root element");
	vdm_buf_clear(&d.text);
	if (!d.wrong) {
		*ret = d.doc;
		return 0;
	}
	snprintf(why, why_len, "malformed WBXML: byte %zu: %s",
		 (size_t)(d.p - (const uint8_t *)buf), d.wrong);
	xmlFreeDoc(d.doc);
	return -EBADMSG;
}
