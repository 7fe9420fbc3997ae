// SPDX-License-Identifier: BSD-3-Clause
/*
 * Values: what each Format allows, and their safe handling (a value may be a secret).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

void mo_value_clear(struct mo_value *v)
{
	if (v->data) {
		explicit_bzero(v->data, v->len);
		free(v->data);
	}
	memset(v, 0, sizeof(*v));
}

int mo_value_set(struct mo_value *v, const void *data, size_t len, const char *format,
		 const char *type)
{
	memset(v, 0, sizeof(*v));
	v->data = malloc(len + 1);
	if (!v->data)
		return -ENOMEM;
	if (data && len)
		memcpy(v->data, data, len);
	v->data[len] = '\0';
	v->len = len;
	strncpy(v->format, format, sizeof(v->format) - 1);
	strncpy(v->type, type, sizeof(v->type) - 1);
	return 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void mo_value_trim(struct mo_value *v)
{
	size_t from = 0, to = v->len;

	while (from < to && blank(v->data[from]))
		from++;
	while (to > from && blank(v->data[to - 1]))
		to--;
	memmove(v->data, v->data + from, to - from);
	v->len = to - from;
	v->data[v->len] = '\0';
}

/* Digits of s up to the first other character. */
static size_t digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

/* Decimal, 32 bits with sign. */
static bool valid_int(const char *s, size_t len)
{
	bool negative = len && s[0] == '-';
	int64_t value = 0;
	size_t i;

	if (len && (s[0] == '-' || s[0] == '+'))
		s++, len--;
	if (!len || digits(s, len) != len)
		return false;
	for (i = 0; i < len; i++) {
		value = value * 10 + (s[i] - '0');
		if (value > (int64_t)INT32_MAX + negative)
			return false;
	}
	return true;
}

static bool is_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(s, word, len);
}

static bool valid_bool(const char *s, size_t len)
{
	return is_word(s, len, "true") || is_word(s, len, "false");
}

/* XML Schema float: [+-]digits[.digits][(e|E)[+-]digits], INF, -INF, NaN. */
static bool valid_float(const char *s, size_t len)
{
	size_t whole, fraction = 0;

	if (is_word(s, len, "INF") || is_word(s, len, "-INF") || is_word(s, len, "NaN"))
		return true;
	if (len && (s[0] == '-' || s[0] == '+'))
		s++, len--;
	whole = digits(s, len);
	s += whole, len -= whole;
	if (len && s[0] == '.') {
		s++, len--;
		fraction = digits(s, len);
		s += fraction, len -= fraction;
	}
	if (!whole && !fraction)
		return false;
	if (!len)
		return true;
	if (s[0] != 'e' && s[0] != 'E')
		return false;
	s++, len--;
	if (len && (s[0] == '-' || s[0] == '+'))
		s++, len--;
	return len && digits(s, len) == len;
}

/* Only the alphabet of ISO 8601: its many forms are the business of who uses the value. */
static bool valid_time(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!s[i] || !strchr("0123456789-+:.,TZW", s[i]))
			return false;
	return len > 0;
}

/* So that what was accepted can also be reported. */
bool mo_text_valid(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
		/* U+FFFE and U+FFFF */
		if (c == 0xef && len - i >= 3 && (unsigned char)s[i + 1] == 0xbf &&
		    (unsigned char)s[i + 2] >= 0xbe)
			return false;
	}
	return mo_utf8_valid(s, len, NULL);
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long mo_base64_decode(const char *text, size_t len, uint8_t *out, size_t room)
{
	unsigned int bits = 0, count = 0, pad = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		int d;

		if (blank(text[i]))
			continue;
		if (text[i] == '=') {
			pad++;
			continue;
		}
		d = base64_digit(text[i]);
		if (d < 0 || pad)
			return -1;
		bits = bits << 6 | (unsigned int)d;
		if (++count % 4 == 1)
			continue;
		if (out) {
			if (n == room)
				return -1;
			out[n] = (uint8_t)(bits >> (6 - 2 * ((count - 1) % 4)));
		}
		n++;
	}
	if (count % 4 == 1 || pad > 2 || (pad && (count + pad) % 4))
		return -1;
	return (long)n;
}

static bool valid_base64(const char *s, size_t len)
{
	return mo_base64_decode(s, len, NULL, 0) >= 0;
}

static bool valid_any(const char *s, size_t len)
{
	return true;
}

static bool valid_empty(const char *s, size_t len)
{
	return len == 0;
}

static const struct format {
	const char *name;
	bool trim;		/* blanks around it are not part of the value */
	bool (*valid)(const char *s, size_t len);
} formats[] = {
	{ "chr", false, mo_text_valid },
	{ "int", true, valid_int },
	{ "bool", true, valid_bool },
	{ "bin", false, valid_any },
	{ "b64", false, valid_base64 },
	{ "float", true, valid_float },
	{ "date", true, valid_time },
	{ "time", true, valid_time },
	{ "xml", false, mo_text_valid },
	{ "null", true, valid_empty },
	{ "node", true, valid_empty },
};

int mo_value_check(const struct mo_value *v, const char *old_format, const char *old_type,
		   struct mo_value *out)
{
	const char *format = v->format[0] ? v->format : old_format ? old_format : "chr";
	const char *type = v->type;
	size_t i;

	*out = *v;
	if (!out->data)
		out->data = "", out->len = 0;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, format))
			break;
	if (i == sizeof(formats) / sizeof(formats[0]))
		return MO_UNSUPPORTED_FORMAT;
	while (formats[i].trim && out->len && blank(out->data[0]))
		out->data++, out->len--;
	while (formats[i].trim && out->len && blank(out->data[out->len - 1]))
		out->len--;
	if (!formats[i].valid(out->data, out->len))
		return formats[i].valid == valid_empty ? MO_BAD_COMMAND : MO_UNSUPPORTED_FORMAT;
	if (out->len > MO_MAX_VALUE)
		return MO_TOO_LARGE;
	/* a subtree as one value (TNDS) is not a value */
	if (!strncmp(type, "application/vnd.syncml.dmtnds", 29))
		return MO_UNSUPPORTED_FORMAT;
	if (!type[0] && strcmp(format, "node"))
		type = old_type && old_type[0] ? old_type : "text/plain";
	memmove(out->format, format, strlen(format) + 1);
	memmove(out->type, type, strlen(type) + 1);
	return MO_OK;
}
