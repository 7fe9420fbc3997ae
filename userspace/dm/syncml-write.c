// SPDX-License-Identifier: BSD-3-Clause
/*
 * The XML back end of the writer. What messages consist of is in package.c.
 */
#include "dm/syncml.h"

#include <string.h>

#include "dm/base64.h"
#include "dm/writer.h"

static const char *tag_name(enum dm_tag tag)
{
	return dm_tag_name(DM_TAG_PAGE(tag), DM_TAG_TOKEN(tag));
}

static void xml_prolog(struct dm_writer *w)
{
	dm_buf_puts(w->b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
}

/* A namespace is declared where it changes, so that each element of MetInf has its own. */
static void xml_open(struct dm_writer *w, enum dm_tag tag, enum dm_tag parent)
{
	unsigned int page = DM_TAG_PAGE(tag);

	dm_buf_put(w->b, "<", 1);
	dm_buf_puts(w->b, tag_name(tag));
	if (parent == DM_TAG_NONE || DM_TAG_PAGE(parent) != page) {
		dm_buf_puts(w->b, " xmlns=\"");
		dm_buf_puts(w->b, dm_page_namespace(page));
		dm_buf_put(w->b, "\"", 1);
	}
}

static void xml_content(struct dm_writer *w)
{
	dm_buf_put(w->b, ">", 1);
}

static void xml_close(struct dm_writer *w, enum dm_tag tag, bool empty)
{
	if (empty) {
		dm_buf_put(w->b, "/>", 2);
		return;
	}
	dm_buf_put(w->b, "</", 2);
	dm_buf_puts(w->b, tag_name(tag));
	dm_buf_put(w->b, ">", 1);
}

static size_t xml_close_len(enum dm_tag tag)
{
	return strlen(tag_name(tag)) + 3;
}

/* What a character has to be written as, NULL = as it is. */
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

/* How much of the text can be taken over as it is. */
static size_t plain_run(const char *data, size_t len)
{
	size_t i = 0, n;

	for (; i < len; i += n) {
		n = escape_of(data[i]) ? 0 : dm_text_char(data + i, len - i);
		if (!n)
			break;
	}
	return i;
}

void dm_xml_text(struct dm_buf *b, const char *data, size_t len)
{
	while (len) {
		size_t n = plain_run(data, len);

		if (n) {
			dm_buf_put(b, data, n);
		} else {
			const char *escape = escape_of(*data);

			dm_buf_puts(b, escape ? escape : "?");
			n = 1;
		}
		data += n;
		len -= n;
	}
}

void dm_xml_attribute(struct dm_buf *b, const char *text)
{
	for (; *text; text++) {
		/* white space would be read as blanks */
		if (strchr("\"\t\n", *text))
			dm_buf_printf(b, "&#%d;", *text);
		else if (escape_of(*text))
			dm_buf_puts(b, escape_of(*text));
		else
			dm_buf_put(b, text, 1);
	}
}

static void xml_text(struct dm_writer *w, const char *data, size_t len)
{
	dm_xml_text(w->b, data, len);
}

static size_t xml_text_fit(const char *data, size_t len, size_t room)
{
	size_t i = 0, n;

	for (; i < len; i += n) {
		const char *escape = escape_of(data[i]);
		size_t cost;

		n = escape ? 1 : dm_text_char(data + i, len - i);
		cost = escape ? strlen(escape) : n;
		if (!n)		/* becomes a question mark */
			n = cost = 1;
		if (cost > room)
			break;
		room -= cost;
	}
	return i;
}

static void xml_binary(struct dm_writer *w, const uint8_t *data, size_t len)
{
	char text[DM_B64_LEN(384) + 1];

	while (len) {
		size_t n = len < 384 ? len : 384;

		dm_b64_encode(data, n, text);
		dm_buf_put(w->b, text, DM_B64_LEN(n));
		data += n;
		len -= n;
	}
	explicit_bzero(text, sizeof(text));
}

static size_t xml_binary_fit(size_t len, size_t room)
{
	size_t most = room / 4 * 3;

	return len < most ? len : most;
}

static void xml_rewind(struct dm_writer *w)
{
}

const struct dm_writer_ops dm_xml_writer = {
	.binary_format = "b64",
	.content_len = 1,
	.prolog = xml_prolog,
	.open = xml_open,
	.content = xml_content,
	.close = xml_close,
	.text = xml_text,
	.binary = xml_binary,
	.rewind = xml_rewind,
	.close_len = xml_close_len,
	.text_fit = xml_text_fit,
	.binary_fit = xml_binary_fit,
};
