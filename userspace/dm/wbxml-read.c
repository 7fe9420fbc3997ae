// SPDX-License-Identifier: BSD-3-Clause
/*
 * WBXML 1.1 to 1.3 read into a document (spec/oma-dm.md section 7).
 *
 * One loop over the tokens, no recursion: what is open is on the document's own stack. Lengths and
 * offsets are checked where they are read; after an error nothing more is. Extension tokens are
 * skipped, and so are attributes, which SyncML does not have, unless the vocabulary is another.
 */
#include "dm/wbxml.h"

#include <errno.h>
#include <string.h>

#include "dm/node.h"
#include "dm/writer.h"

/* What the strings of a document may add up to: references make much of little. */
#define TEXT_MAX	(4U << 20)

struct reader {
	struct dm_document *doc;
	const uint8_t *start, *p, *end;
	char *table;		/* string table, with a NUL behind it */
	size_t table_len;
	unsigned int page, attribute_page;
	bool ascii;
	size_t text_len;	/* all text so far */
};

static void fail(struct reader *r, const char *what)
{
	dm_document_fail(r->doc, -EBADMSG, what);
	r->p = r->end;
}

static size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->p);
}

static uint8_t read_byte(struct reader *r)
{
	if (r->p == r->end) {
		fail(r, "the document is cut off");
		return 0;
	}
	return *r->p++;
}

static uint32_t read_number(struct reader *r)
{
	uint32_t number = 0;
	uint8_t byte;
	int i;

	for (i = 0; i < 5; i++) {
		byte = read_byte(r);
		if (number > UINT32_MAX >> 7)
			break;
		number = number << 7 | (byte & 0x7f);
		if (!(byte & 0x80))
			return number;
	}
	fail(r, "a number of more than 32 bits");
	return 0;
}

/* ------------------------------------------------------------------------ strings */

/* Is this text in the document's charset? */
static bool check_text(struct reader *r, const char *text, size_t len)
{
	size_t i;

	if (!dm_text_is_safe(text, len)) {
		fail(r, "a string is not UTF-8, or has control characters");
		return false;
	}
	for (i = 0; r->ascii && i < len; i++) {
		if ((unsigned char)text[i] >= 0x80) {
			fail(r, "a string is not US-ASCII");
			return false;
		}
	}
	return true;
}

/* Counts what is going to be text; false if that is too much. */
static bool take_text(struct reader *r, size_t len)
{
	if (len > TEXT_MAX - r->text_len) {
		fail(r, "too much text");
		return false;
	}
	r->text_len += len;
	return true;
}

/* An inline string; NULL after an error. Its length is that up to the NUL. */
static const char *inline_string(struct reader *r, size_t *len)
{
	const char *text = (const char *)r->p;
	const uint8_t *nul = left(r) ? memchr(r->p, 0, left(r)) : NULL;

	if (!nul) {
		fail(r, "a string without an end");
		return NULL;
	}
	*len = (size_t)(nul - r->p);
	r->p = nul + 1;
	return text;
}

/* A string of the table, read as offset; it ends at a NUL or with the table. */
static char *table_string(struct reader *r, size_t *len)
{
	uint32_t offset = read_number(r);

	if (r->doc->err)
		return NULL;
	if (offset >= r->table_len) {
		fail(r, "a string is not in the string table");
		return NULL;
	}
	*len = strlen(r->table + offset);
	return r->table + offset;
}

static void add_copy(struct reader *r, const void *text, size_t len, bool opaque)
{
	struct dm_node *node;
	char *copy;

	if (!len || !take_text(r, len))
		return;
	copy = dm_message_strndup(r->doc->msg, text, len);
	if (!copy) {
		dm_document_fail(r->doc, -ENOMEM, NULL);
		return;
	}
	node = dm_document_text(r->doc, copy, len);
	if (node) {
		node->opaque = opaque;
		node->verbatim = opaque;
	}
}

static void read_inline(struct reader *r)
{
	size_t len;
	const char *text = inline_string(r, &len);

	if (text && check_text(r, text, len))
		add_copy(r, text, len, false);
}

static void read_reference(struct reader *r)
{
	struct dm_node *node;
	size_t len;
	char *text = table_string(r, &len);

	if (!text || !len || !check_text(r, text, len) || !take_text(r, len))
		return;
	node = dm_document_text(r->doc, text, len);
	if (node)
		node->shared = true;
}

/* A character by its number. */
static void read_entity(struct reader *r)
{
	uint32_t c = read_number(r);
	char text[4];
	size_t n, i;

	if (r->doc->err)
		return;
	n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (i = n; i > 1; i--, c >>= 6)
		text[i - 1] = (char)(0x80 | (c & 0x3f));
	text[0] = (char)(n == 1 ? c : (0xf00U >> n & 0xff) | c);
	if (c > 0x7fU >> (n == 1 ? 0 : n) || dm_text_char(text, n) != n)
		fail(r, "an entity is no character");
	else
		add_copy(r, text, n, false);
}

static void read_opaque(struct reader *r)
{
	uint32_t len = read_number(r);

	if (r->doc->err)
		return;
	if (len > left(r)) {
		fail(r, "opaque data beyond the end");
		return;
	}
	add_copy(r, r->p, len, true);
	r->p += len;
}

/* --------------------------------------------------------------------------- tags */

/*
 * Attributes and processing instructions end with END and hold no elements: names and values
 * are tokens, strings and bytes, on pages of their own.
 */
static void skip_attributes(struct reader *r)
{
	size_t len;

	while (!r->doc->err) {
		switch (read_byte(r)) {
		case WBXML_END:
			return;
		case WBXML_SWITCH_PAGE:
			read_byte(r);
			break;
		case WBXML_STR_I:
		case WBXML_EXT_I_0:
		case WBXML_EXT_I_0 + 1:
		case WBXML_EXT_I_2:
			inline_string(r, &len);
			break;
		case WBXML_ENTITY:
		case WBXML_STR_T:
		case WBXML_LITERAL:
		case WBXML_EXT_T_0:
		case WBXML_EXT_T_0 + 1:
		case WBXML_EXT_T_2:
			read_number(r);
			break;
		case WBXML_OPAQUE:
			len = read_number(r);
			if (len > left(r))
				fail(r, "opaque data beyond the end");
			else
				r->p += len;
			break;
		default:	/* the start of an attribute, or of a value */
			break;
		}
	}
}

/* XML could not say it otherwise. */
static bool is_name(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i && ((c >= '0' && c <= '9') || c == '-' || c == '.'))))
			return false;
	}
	return len > 0;
}

/* One that is in no table keeps no name: whoever looks for it does not find it. */
static void open_attribute(struct reader *r, unsigned int token)
{
	const char *start = NULL, *name;
	size_t len;

	if (token == WBXML_LITERAL) {
		name = table_string(r, &len);
		if (name && !is_name(name, len))
			fail(r, "a literal attribute without a name");
	} else {
		name = r->doc->vocabulary->attribute(r->attribute_page, token, &start);
		name = name ? name : "unknown";
		len = strlen(name);
	}
	if (r->doc->err)
		return;
	dm_document_open(r->doc, name, len, NULL);
	if (start)
		add_copy(r, start, strlen(start), false);
}

static void read_attribute_value(struct reader *r, unsigned int token)
{
	const char *value = r->doc->vocabulary->value(r->attribute_page, token);

	if (value)
		add_copy(r, value, strlen(value), false);
	else
		fail(r, "the value of an attribute is in no table");
}

/* Attributes that count: each opens an element, which ends where the next one begins. */
static void read_attributes(struct reader *r)
{
	unsigned int outside = r->doc->depth;
	uint8_t byte;

	while (!r->doc->err) {
		byte = read_byte(r);
		switch (byte) {
		case WBXML_SWITCH_PAGE:
			r->attribute_page = read_byte(r);
			continue;
		case WBXML_STR_I:
			read_inline(r);
			break;
		case WBXML_STR_T:
			read_reference(r);
			break;
		case WBXML_ENTITY:
			read_entity(r);
			break;
		case WBXML_OPAQUE:
			read_opaque(r);
			break;
		case WBXML_END:
		default:
			if (byte != WBXML_END && byte & 0x80) {
				read_attribute_value(r, byte);
				break;
			}
			if (r->doc->depth > outside)
				dm_document_close(r->doc);
			if (byte == WBXML_END)
				return;
			open_attribute(r, byte);
			continue;
		}
		if (r->doc->depth == outside)
			fail(r, "a value without its attribute");
	}
}

/* An element that is in no table keeps its number as name: the reader of the message refuses it. */
static void open_unknown(struct reader *r, unsigned int token)
{
	static const char hex[] = "0123456789ABCDEF";
	char name[] = "token-0000";

	name[6] = hex[r->page >> 4 & 0xf];
	name[7] = hex[r->page & 0xf];
	name[8] = hex[token >> 4];
	name[9] = hex[token & 0xf];
	dm_document_open(r->doc, name, sizeof(name) - 1, NULL);
}

static void open_literal(struct reader *r)
{
	size_t len;
	const char *name = table_string(r, &len);

	if (!name)
		return;
	if (!is_name(name, len))
		fail(r, "a literal element without a name");
	else if (take_text(r, len))
		dm_document_open(r->doc, name, len, dm_page_namespace(r->page));
}

static void read_tag(struct reader *r, uint8_t byte)
{
	const struct dm_vocabulary *other = r->doc->vocabulary;
	unsigned int token = byte & WBXML_TOKEN;
	const char *name = other ? other->tag(r->page, token) : dm_tag_name(r->page, token);

	if (token == WBXML_LITERAL)
		open_literal(r);
	else if (name)
		dm_document_open(r->doc, name, strlen(name), dm_page_namespace(r->page));
	else
		open_unknown(r, token);
	if (byte & WBXML_ATTRIBUTES && other)
		read_attributes(r);
	else if (byte & WBXML_ATTRIBUTES)
		skip_attributes(r);
	if (!(byte & WBXML_CONTENT))
		dm_document_close(r->doc);
}

static void read_token(struct reader *r)
{
	uint8_t byte;
	size_t len;

	r->doc->where = (unsigned int)(r->p - r->start);
	byte = read_byte(r);
	switch (byte) {
	case WBXML_SWITCH_PAGE:
		r->page = read_byte(r);
		break;
	case WBXML_END:
		dm_document_close(r->doc);
		break;
	case WBXML_ENTITY:
		read_entity(r);
		break;
	case WBXML_STR_I:
		read_inline(r);
		break;
	case WBXML_STR_T:
		read_reference(r);
		break;
	case WBXML_OPAQUE:
		read_opaque(r);
		break;
	case WBXML_PI:
		skip_attributes(r);
		break;
	case WBXML_EXT_I_0:
	case WBXML_EXT_I_0 + 1:
	case WBXML_EXT_I_2:
		inline_string(r, &len);
		break;
	case WBXML_EXT_T_0:
	case WBXML_EXT_T_0 + 1:
	case WBXML_EXT_T_2:
		read_number(r);
		break;
	case WBXML_EXT_0:
	case WBXML_EXT_0 + 1:
	case WBXML_EXT_2:
		break;
	default:
		read_tag(r, byte);
	}
}

/* ------------------------------------------------------------------- the document */

static void read_table(struct reader *r)
{
	uint32_t len = read_number(r);

	if (r->doc->err)
		return;
	if (len > left(r)) {
		fail(r, "string table beyond the end");
		return;
	}
	r->table = dm_message_strndup(r->doc->msg, (const char *)r->p, len);
	r->table_len = len;
	r->p += len;
	if (!r->table)
		dm_document_fail(r->doc, -ENOMEM, NULL);
}

/* Version, public identifier, charset, string table. */
static void read_prolog(struct reader *r)
{
	uint8_t version = read_byte(r);
	bool indexed;
	uint32_t id, charset, index = 0;

	if (version < 0x01 || version > 0x03) {
		fail(r, "no WBXML of version 1.1 to 1.3");
		return;
	}
	id = read_number(r);
	indexed = !id;
	if (indexed)
		index = read_number(r);
	charset = read_number(r);
	if (charset && charset != WBXML_CHARSET_UTF8 && charset != WBXML_CHARSET_ASCII) {
		fail(r, "charset is neither UTF-8 nor US-ASCII");
		return;
	}
	r->ascii = charset == WBXML_CHARSET_ASCII;
	read_table(r);
	/* what it names is known from the root element; it has to be there, though */
	if (indexed && index >= r->table_len)
		fail(r, "the public identifier is not in the string table");
}

void dm_wbxml_read(struct dm_document *doc, const uint8_t *wbxml, size_t len)
{
	struct reader r = { .doc = doc, .start = wbxml, .p = wbxml, .end = wbxml + len };

	read_prolog(&r);
	while (!doc->err && (doc->depth || !doc->root))
		read_token(&r);
	/* after the root there may be instructions, which mean nothing to us, and nothing else */
	while (!doc->err && left(&r)) {
		doc->where = (unsigned int)(r.p - r.start);
		if (read_byte(&r) == WBXML_PI)
			skip_attributes(&r);
		else
			fail(&r, "something after the root element");
	}
}
