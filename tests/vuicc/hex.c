// SPDX-License-Identifier: BSD-3-Clause
/* Hexadecimal text to bytes and back. */
#include <ctype.h>
#include <errno.h>

#include "hex.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ssize_t uicc_hex_parse(const char *text, uint8_t *buf, size_t room)
{
	size_t n = 0;

	while (*text) {
		int hi, lo;

		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		hi = digit(text[0]);
		lo = hi < 0 ? -1 : digit(text[1]);
		if (lo < 0)
			return -EINVAL;
		if (n == room)
			return -EMSGSIZE;
		buf[n++] = hi << 4 | lo;
		text += 2;
	}
	return n;
}

char *uicc_hex_format(char *text, size_t room, const uint8_t *buf, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i, n = 0;

	for (i = 0; i < len && n + 2 < room; i++) {
		text[n++] = digits[buf[i] >> 4];
		text[n++] = digits[buf[i] & 15];
	}
	text[n] = '\0';
	return text;
}
