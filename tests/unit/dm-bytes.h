/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * WBXML as tests write it: bytes in hexadecimal and 'text', blanks between them.
 */
#ifndef DM_BYTES_H
#define DM_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t *p;	/* of exactly that size, so that an over-read is seen */
	size_t len;
};

static inline struct bytes bytes_of(const char *text)
{
	struct bytes b = { malloc(strlen(text) + 1), 0 };
	unsigned int value;

	while (*text) {
		if (*text == '\'') {
			for (text++; *text != '\''; text++)
				b.p[b.len++] = (uint8_t)*text;
			text++;
		} else if (sscanf(text, "%2x", &value) == 1 && *text != ' ') {
			b.p[b.len++] = (uint8_t)value;
			text += 2;
		} else {
			text++;
		}
	}
	b.p = realloc(b.p, b.len ? b.len : 1);
	return b;
}

#define WBXML_HEADER	"02 A4 01 6A 00 "
/* SyncHdr of a message 1 in session 2A; SyncBody is open after it */
#define WBXML_BEGIN	"6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '2A' 00 01 " \
			"5B 03 '1' 00 01 6E 57 03 'd' 00 01 01 67 57 03 's' 00 01 01 01 6B "
#define WBXML_FINISH	"12 01 01"

#endif /* DM_BYTES_H */
