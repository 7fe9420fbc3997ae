// SPDX-License-Identifier: BSD-3-Clause
/*
 * The text of a key=value file: writing lines and reading them.
 *
 * Ordinary values stand as they are.  Escapes are those that printf %b of a POSIX
 * shell undoes: \\ \n \r \0ooo.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "integrate/kvtext.h"

void kvtext_clear(struct kvtext *t)
{
	if (t->data) {
		explicit_bzero(t->data, t->len);
		free(t->data);
	}
	memset(t, 0, sizeof(*t));
}

static int reserve(struct kvtext *t, size_t more)
{
	size_t room = t->room ? t->room : 1024;
	char *p;

	while (room - t->len < more)
		room *= 2;
	if (room == t->room)
		return 0;
	/* not realloc: it may leave a copy of a secret behind */
	p = malloc(room);
	if (!p)
		return -ENOMEM;
	if (t->len)
		memcpy(p, t->data, t->len);
	if (t->data) {
		explicit_bzero(t->data, t->len);
		free(t->data);
	}
	t->data = p;
	t->room = room;
	return 0;
}

static void put(struct kvtext *t, const char *s, size_t len)
{
	memcpy(t->data + t->len, s, len);
	t->len += len;
}

/* '=' is allowed in a name, but ends the key in a line. */
static void put_key(struct kvtext *t, const char *rel)
{
	for (; *rel; rel++) {
		if (*rel == '=')
			put(t, "%3D", 3);
		else
			put(t, rel, 1);
	}
}

static void put_octal(struct kvtext *t, unsigned char c)
{
	char esc[5] = { '\\', '0', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
			(char)('0' + (c & 7)) };

	put(t, esc, sizeof(esc));
}

/* Blanks only at the ends: a reader may strip them there. */
static void put_text(struct kvtext *t, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool end = i == 0 || i == len - 1;

		if (c == '\\')
			put(t, "\\\\", 2);
		else if (c == '\n')
			put(t, "\\n", 2);
		else if (c == '\r')
			put(t, "\\r", 2);
		else if ((c < 0x20 && c != '\t') || c == 0x7f || (end && (c == ' ' || c == '\t')))
			put_octal(t, c);
		else
			put(t, s + i, 1);
	}
}

/* Binary values have no text of their own: base64. */
static void put_base64(struct kvtext *t, const uint8_t *s, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)s[i] << 16;
		char out[4];

		if (len - i > 1)
			bits |= (uint32_t)s[i + 1] << 8;
		if (len - i > 2)
			bits |= s[i + 2];
		out[0] = digits[bits >> 18];
		out[1] = digits[bits >> 12 & 63];
		out[2] = len - i > 1 ? digits[bits >> 6 & 63] : '=';
		out[3] = len - i > 2 ? digits[bits & 63] : '=';
		put(t, out, 4);
	}
}

int kvtext_add(struct kvtext *t, const char *rel, const struct mo_value *v)
{
	/* worst cases: every '=' of the key as %3D, every byte of the value as \0ooo */
	if (reserve(t, 3 * strlen(rel) + 5 * v->len + 8))
		return -ENOMEM;
	put_key(t, rel);
	put(t, "=", 1);
	if (!strcmp(v->format, "bin"))
		put_base64(t, (const uint8_t *)v->data, v->len);
	else
		put_text(t, v->data, v->len);
	put(t, "\n", 1);
	return 0;
}

/* Decodes in place. The new length. */
static size_t unescape(char *s, size_t len)
{
	size_t i = 0, n = 0;

	while (i < len) {
		char c = s[i++];
		unsigned int value = 0, k;

		if (c != '\\' || i == len || !strchr("\\nr0", s[i])) {
			s[n++] = c;
			continue;
		}
		c = s[i++];
		if (c == 'n') {
			c = '\n';
		} else if (c == 'r') {
			c = '\r';
		} else if (c == '0') {
			for (k = 0; k < 3 && i < len && s[i] >= '0' && s[i] <= '7'; k++)
				value = value * 8 + (unsigned int)(s[i++] - '0');
			c = (char)value;
		}
		s[n++] = c;
	}
	return n;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(char **s, size_t *len)
{
	while (*len && blank((*s)[0]))
		(*s)++, (*len)--;
	while (*len && blank((*s)[*len - 1]))
		(*len)--;
}

int kvtext_parse(char *text, size_t len, int (*fn)(void *arg, const char *key, char *value,
						    size_t value_len),
		 void *arg, unsigned int *unknown)
{
	int ret = 0;

	while (len && !ret) {
		char *newline = memchr(text, '\n', len), *line = text, *value;
		size_t n = newline ? (size_t)(newline - text) : len, key_len, value_len;

		text += newline ? n + 1 : n;
		len -= newline ? n + 1 : n;
		trim(&line, &n);
		if (!n || line[0] == '#')
			continue;
		value = memchr(line, '=', n);
		if (!value || memchr(line, '\0', n)) {
			(*unknown)++;
			continue;
		}
		key_len = (size_t)(value - line);
		value_len = n - key_len - 1;
		*value++ = '\0';
		trim(&line, &key_len);
		line[key_len] = '\0';
		trim(&value, &value_len);
		ret = fn(arg, line, value, unescape(value, value_len));
	}
	return ret;
}
