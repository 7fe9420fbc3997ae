// SPDX-License-Identifier: BSD-3-Clause
/*
 * Text of the card to UTF-8: default alphabet of 23.038 (packed and one a byte)
 * and UCS2.
 */
#include <errno.h>
#include <stdbool.h>

#include "cat/text.h"

#define REPLACEMENT	0xfffd
#define ESCAPE		0x1b

/* Default alphabet (TS 23.038, 6.2.1); the code of ESCAPE is never looked up. */
static const uint16_t alphabet[128] = {
	'@', 0xa3, '$', 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, '\n', 0xd8, 0xf8, '\r', 0xc5, 0xe5,
	0x394, '_', 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, ' ',
	0xc6, 0xe6, 0xdf, 0xc9,
	' ', '!', '"', '#', 0xa4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1, 0xdc, 0xa7,
	0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
};

/* Extension table (TS 23.038, 6.2.1.1) */
static const struct {
	uint8_t code;
	uint16_t ucs;
} extension[] = {
	{ 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2f, '\\' }, { 0x3c, '[' },
	{ 0x3d, '~' }, { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac },
};

struct writer {
	char *out;
	size_t len, room;
	bool overflow;
};

static void put_byte(struct writer *w, unsigned int byte)
{
	if (w->len + 1 < w->room)
		w->out[w->len++] = (char)byte;
	else
		w->overflow = true;
}

static void put_char(struct writer *w, uint32_t c)
{
	/* a card must not be able to move a terminal's cursor or end our string */
	if (c == '\r')
		c = '\n';
	if ((c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0))
		c = ' ';

	if (c < 0x80) {
		put_byte(w, c);
	} else if (c < 0x800) {
		put_byte(w, 0xc0 | c >> 6);
		put_byte(w, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		put_byte(w, 0xe0 | c >> 12);
		put_byte(w, 0x80 | (c >> 6 & 0x3f));
		put_byte(w, 0x80 | (c & 0x3f));
	} else {
		put_byte(w, 0xf0 | c >> 18);
		put_byte(w, 0x80 | (c >> 12 & 0x3f));
		put_byte(w, 0x80 | (c >> 6 & 0x3f));
		put_byte(w, 0x80 | (c & 0x3f));
	}
}

/* One code of the default alphabet; *escaped carries an ESCAPE to the next one. */
static void put_default(struct writer *w, uint8_t code, bool *escaped)
{
	size_t i;

	if (!*escaped && code == ESCAPE) {
		*escaped = true;
		return;
	}
	if (*escaped) {
		*escaped = false;
		for (i = 0; i < sizeof(extension) / sizeof(extension[0]); i++) {
			if (extension[i].code == code) {
				put_char(w, extension[i].ucs);
				return;
			}
		}
	}
	put_char(w, code < 0x80 ? alphabet[code] : REPLACEMENT);
}

static void put_packed(struct writer *w, const uint8_t *p, size_t len)
{
	size_t septets = len * 8 / 7, i;
	bool escaped = false;

	for (i = 0; i < septets; i++) {
		size_t bit = i * 7, byte = bit / 8, shift = bit % 8;
		unsigned int v = p[byte] >> shift;

		if (shift > 1)
			v |= (unsigned int)p[byte + 1] << (8 - shift);
		v &= 0x7f;
		/* seven spare bits at the end are padding, not an '@' */
		if (i == septets - 1 && len % 7 == 0 && v == 0)
			break;
		put_default(w, (uint8_t)v, &escaped);
	}
}

static void put_ucs2(struct writer *w, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2) {
		uint32_t c = (uint32_t)p[i] << 8 | p[i + 1];

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
			uint32_t low = (uint32_t)p[i + 2] << 8 | p[i + 3];

			if (low >= 0xdc00 && low < 0xe000) {
				put_char(w, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
				i += 2;
				continue;
			}
		}
		put_char(w, c >= 0xd800 && c < 0xe000 ? REPLACEMENT : c);
	}
}

enum coding { CODING_7BIT, CODING_8BIT, CODING_UCS2, CODING_UNKNOWN };

/* Coding groups of TS 23.038, clause 4, that a text string may use */
static enum coding coding_of(uint8_t dcs)
{
	if ((dcs & 0xf0) == 0xf0)
		return dcs & 0x08 ? CODING_UNKNOWN : dcs & 0x04 ? CODING_8BIT : CODING_7BIT;
	if (dcs & 0xe0)		/* other groups, or compressed */
		return CODING_UNKNOWN;
	return (enum coding)(dcs >> 2 & 3);
}

int cat_text_to_utf8(const uint8_t *value, size_t len, char *out, size_t room)
{
	struct writer w = { .out = out, .room = room };
	bool escaped = false;
	size_t i;

	if (!room)
		return -ENOBUFS;
	out[0] = '\0';
	if (!len)
		return -EBADMSG;

	switch (coding_of(value[0])) {
	case CODING_7BIT:
		put_packed(&w, value + 1, len - 1);
		break;
	case CODING_8BIT:
		for (i = 1; i < len; i++)
			put_default(&w, value[i], &escaped);
		break;
	case CODING_UCS2:
		if ((len - 1) % 2)
			return -EBADMSG;
		put_ucs2(&w, value + 1, len - 1);
		break;
	case CODING_UNKNOWN:
		return -EOPNOTSUPP;
	}
	out[w.len] = '\0';
	return w.overflow ? -ENOBUFS : 0;
}
