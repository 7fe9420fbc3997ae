// SPDX-License-Identifier: BSD-3-Clause
/*
 * SyncML 1.2 in XML, written: text and elements. What messages consist of is in package.c.
 */
#include "dm/syncml.h"

#include <stdint.h>
#include <string.h>

/*
 * The length of the character at p if it is well-formed UTF-8 and an XML 1.0 Char, else 0.
 */
static size_t xml_char(const char *data, size_t len)
{
	const uint8_t *p = (const uint8_t *)data;
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (p[0] < 0x80)
		return p[0] >= 0x20 || p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
	if (p[0] >= 0xf8 || p[0] < 0xc0)
		return 0;
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (n > len)
		return 0;
	c = p[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe ||
	    c == 0xffff)
		return 0;
	return n;
}

bool dm_xml_safe(const char *data, size_t len)
{
	size_t n;

	for (; len; data += n, len -= n) {
		n = xml_char(data, len);
		if (!n)
			return false;
	}
	return true;
}

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':	/* a reader would make a line feed of it */
		return "&#13;";
	default:
		return NULL;
	}
}

void dm_xml_text(struct dm_buf *b, const char *data, size_t len)
{
	size_t n;

	for (; len; data += n, len -= n) {
		const char *escape = escape_of(*data);

		n = xml_char(data, len);
		if (escape)
			dm_buf_puts(b, escape);
		else if (n)
			dm_buf_put(b, data, n);
		else
			dm_buf_put(b, "?", 1);
		if (!n)
			n = 1;
	}
}

void dm_xml_element(struct dm_buf *b, const char *name, const char *text)
{
	if (!text)
		return;
	dm_buf_printf(b, "<%s>", name);
	dm_xml_text(b, text, strlen(text));
	dm_buf_printf(b, "</%s>", name);
}

void dm_xml_meta_element(struct dm_buf *b, const char *name, const char *text)
{
	if (!text)
		return;
	dm_buf_printf(b, "<%s xmlns=\"syncml:metinf\">", name);
	dm_xml_text(b, text, strlen(text));
	dm_buf_printf(b, "</%s>", name);
}
