// SPDX-License-Identifier: BSD-3-Clause
/*
 * The part of writing that both encodings have in common: which elements are open, and the
 * groups of elements that messages are made of, in the order of the DTD.
 */
#include "dm/writer.h"

#include <stdio.h>
#include <string.h>

void dm_writer_start(struct dm_writer *w, enum dm_encoding encoding, struct dm_buf *b)
{
	memset(w, 0, sizeof(*w));
	w->ops = encoding == DM_ENCODING_WBXML ? &dm_wbxml_writer : &dm_xml_writer;
	w->b = b;
	w->ops->prolog(w);
}

static enum dm_tag innermost(const struct dm_writer *w)
{
	return w->depth ? w->open[w->depth - 1] : DM_TAG_NONE;
}

static void begin_content(struct dm_writer *w)
{
	if (w->empty)
		w->ops->content(w);
	w->empty = false;
}

void dm_writer_open(struct dm_writer *w, enum dm_tag tag)
{
	if (w->depth == DM_WRITER_DEPTH || !dm_tag_name(DM_TAG_PAGE(tag), DM_TAG_TOKEN(tag))) {
		w->b->failed = true;
		return;
	}
	begin_content(w);
	w->ops->open(w, tag, innermost(w));
	w->open[w->depth++] = tag;
	w->empty = true;
}

void dm_writer_close(struct dm_writer *w)
{
	if (!w->depth) {
		w->b->failed = true;
		return;
	}
	w->depth--;
	w->ops->close(w, w->open[w->depth], w->empty);
	w->empty = false;
}

void dm_writer_text(struct dm_writer *w, const char *data, size_t len)
{
	if (!len)
		return;
	begin_content(w);
	w->ops->text(w, data, len);
}

void dm_writer_binary(struct dm_writer *w, const void *data, size_t len)
{
	if (!len)
		return;
	begin_content(w);
	w->ops->binary(w, data, len);
}

const char *dm_writer_binary_format(const struct dm_writer *w)
{
	return w->ops->binary_format;
}

void dm_writer_element(struct dm_writer *w, enum dm_tag tag, const char *text)
{
	if (!text)
		return;
	dm_writer_open(w, tag);
	dm_writer_text(w, text, strlen(text));
	dm_writer_close(w);
}

void dm_writer_number(struct dm_writer *w, enum dm_tag tag, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", number);
	dm_writer_element(w, tag, text);
}

void dm_writer_empty(struct dm_writer *w, enum dm_tag tag)
{
	dm_writer_open(w, tag);
	dm_writer_close(w);
}

void dm_writer_mark(const struct dm_writer *w, struct dm_mark *mark)
{
	mark->len = w->b->len;
	mark->depth = w->depth;
	mark->page = w->page;
	mark->empty = w->empty;
}

void dm_writer_rewind(struct dm_writer *w, const struct dm_mark *mark)
{
	dm_buf_truncate(w->b, mark->len);
	w->depth = mark->depth;
	w->page = mark->page;
	w->empty = mark->empty;
	w->ops->rewind(w);
}

size_t dm_writer_size(const struct dm_writer *w)
{
	size_t len = w->b->len + (w->empty ? w->ops->content_len : 0);
	unsigned int i;

	for (i = 0; i < w->depth; i++)
		len += w->ops->close_len(w->open[i]);
	return len;
}

size_t dm_writer_text_fit(const struct dm_writer *w, const char *data, size_t len, size_t room)
{
	return w->ops->text_fit(data, len, room);
}

size_t dm_writer_binary_fit(const struct dm_writer *w, size_t len, size_t room)
{
	return w->ops->binary_fit(len, room);
}

/* ------------------------------------------------------------ groups of elements */

void dm_writer_meta(struct dm_writer *w, const struct dm_out_meta *meta)
{
	struct dm_mark before;

	dm_writer_mark(w, &before);
	dm_writer_open(w, DM_TAG_META);
	dm_writer_element(w, DM_TAG_FORMAT, meta->format);
	dm_writer_element(w, DM_TAG_TYPE, meta->type);
	dm_writer_element(w, DM_TAG_MARK, meta->mark);
	if (meta->size || meta->has_size)
		dm_writer_number(w, DM_TAG_SIZE, meta->size);
	dm_writer_element(w, DM_TAG_NEXT_NONCE, meta->next_nonce);
	if (meta->max_msg_size)
		dm_writer_number(w, DM_TAG_MAX_MSG_SIZE, meta->max_msg_size);
	if (meta->max_obj_size)
		dm_writer_number(w, DM_TAG_MAX_OBJ_SIZE, meta->max_obj_size);
	if (w->empty && !w->b->failed)
		dm_writer_rewind(w, &before);
	else
		dm_writer_close(w);
}

void dm_writer_location(struct dm_writer *w, enum dm_tag tag, const char *uri, const char *name)
{
	dm_writer_open(w, tag);
	dm_writer_element(w, DM_TAG_LOC_URI, uri);
	dm_writer_element(w, DM_TAG_LOC_NAME, name);
	dm_writer_close(w);
}

/* ------------------------------------------------------------------- characters */

size_t dm_text_char(const char *data, size_t len)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)data;
	uint32_t c;
	size_t n, i;

	if (!len)
		return 0;
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

bool dm_text_is_safe(const char *data, size_t len)
{
	size_t n;

	for (; len; data += n, len -= n) {
		n = dm_text_char(data, len);
		if (!n)
			return false;
	}
	return true;
}
