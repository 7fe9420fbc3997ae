// SPDX-License-Identifier: BSD-3-Clause
/*
 * The WBXML back end of the writer: no string table, text inline, bytes opaque.
 */
#include "dm/wbxml.h"

#include <string.h>

#include "dm/writer.h"

#define NUMBER_MAX	5	/* bytes of an mb_u_int32 */

static void put_byte(struct dm_buf *b, unsigned int byte)
{
	uint8_t c = (uint8_t)byte;

	dm_buf_put(b, &c, 1);
}

/* mb_u_int32: seven bits a byte, the highest first; all but the last have the top bit. */
static size_t encode_number(uint32_t number, uint8_t out[NUMBER_MAX])
{
	size_t n = 1, i;
	uint32_t rest;

	for (rest = number >> 7; rest; rest >>= 7)
		n++;
	for (i = n; i; i--, number >>= 7)
		out[i - 1] = (uint8_t)((number & 0x7f) | (i < n ? 0x80 : 0));
	return n;
}

static void put_number(struct dm_buf *b, uint32_t number)
{
	uint8_t bytes[NUMBER_MAX];

	dm_buf_put(b, bytes, encode_number(number, bytes));
}

static void wbxml_prolog(struct dm_writer *w)
{
	put_byte(w->b, WBXML_VERSION);
	put_number(w->b, WBXML_PUBLIC_ID);
	put_number(w->b, WBXML_CHARSET_UTF8);
	put_number(w->b, 0);	/* string table */
	w->page = 0;
}

static void wbxml_open(struct dm_writer *w, enum dm_tag tag, enum dm_tag parent)
{
	if (w->page != DM_TAG_PAGE(tag)) {
		put_byte(w->b, WBXML_SWITCH_PAGE);
		put_byte(w->b, DM_TAG_PAGE(tag));
		w->page = DM_TAG_PAGE(tag);
	}
	put_byte(w->b, DM_TAG_TOKEN(tag));
}

/* The byte of the tag is the last one that was written. */
static void wbxml_content(struct dm_writer *w)
{
	if (!w->b->failed)
		w->b->data[w->b->len - 1] |= WBXML_CONTENT;
}

static void wbxml_close(struct dm_writer *w, enum dm_tag tag, bool empty)
{
	if (!empty)
		put_byte(w->b, WBXML_END);
}

static size_t wbxml_close_len(enum dm_tag tag)
{
	return 1;
}

static void wbxml_text(struct dm_writer *w, const char *data, size_t len)
{
	put_byte(w->b, WBXML_STR_I);
	while (len) {
		size_t i = 0, n;

		for (; i < len && (n = dm_text_char(data + i, len - i)); i += n)
			;
		dm_buf_put(w->b, data, i);
		if (i < len) {
			dm_buf_put(w->b, "?", 1);
			i++;
		}
		data += i;
		len -= i;
	}
	put_byte(w->b, 0);
}

static size_t wbxml_text_fit(const char *data, size_t len, size_t room)
{
	size_t i = 0, n;

	if (room < 2)
		return 0;
	for (room -= 2; i < len; i += n) {
		n = dm_text_char(data + i, len - i);
		if (!n)
			n = 1;
		if (i + n > room)
			break;
	}
	return i;
}

static void wbxml_binary(struct dm_writer *w, const uint8_t *data, size_t len)
{
	if (len > UINT32_MAX) {
		w->b->failed = true;
		return;
	}
	put_byte(w->b, WBXML_OPAQUE);
	put_number(w->b, (uint32_t)len);
	dm_buf_put(w->b, data, len);
}

/* The length takes part of the room, and its own length depends on it. */
static size_t wbxml_binary_fit(size_t len, size_t room)
{
	size_t digits, best = 0;

	for (digits = 1; digits <= NUMBER_MAX && room > 1 + digits; digits++) {
		size_t most = digits < NUMBER_MAX ? ((size_t)1 << 7 * digits) - 1 : UINT32_MAX;

		if (most > room - 1 - digits)
			most = room - 1 - digits;
		if (best < most)
			best = most;
	}
	return len < best ? len : best;
}

static void wbxml_rewind(struct dm_writer *w)
{
	if (w->empty && w->b->len)
		w->b->data[w->b->len - 1] &= ~WBXML_CONTENT;
}

const struct dm_writer_ops dm_wbxml_writer = {
	.binary_format = "bin",
	.content_len = 0,
	.prolog = wbxml_prolog,
	.open = wbxml_open,
	.content = wbxml_content,
	.close = wbxml_close,
	.text = wbxml_text,
	.binary = wbxml_binary,
	.rewind = wbxml_rewind,
	.close_len = wbxml_close_len,
	.text_fit = wbxml_text_fit,
	.binary_fit = wbxml_binary_fit,
};
