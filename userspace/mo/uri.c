// SPDX-License-Identifier: BSD-3-Clause
/*
 * URIs of the tree: taking them apart, percent-encoding, and the limits that
 * DevDetail publishes.
 *
 * A name may hold any UTF-8 text without control characters; what RFC 2396 does not allow in a
 * segment is percent-encoded on the way out, text outside ASCII stays as it is.
 */
#include <stdbool.h>
#include <string.h>
#include "mo/hex.h"
#include "mo/private.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Bytes of the UTF-8 sequence at s, 0 if it is none (overlong, surrogate, cut off). */
static unsigned int utf8_len(const unsigned char *s, size_t len)
{
	unsigned int n, i, min;
	uint32_t c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2, c = s[0] & 0x1f, min = 0x80;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3, c = s[0] & 0x0f, min = 0x800;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4, c = s[0] & 0x07, min = 0x10000;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

bool mo_utf8_valid(const char *s, size_t len, size_t *chars)
{
	size_t i = 0, count = 0;

	while (i < len) {
		unsigned int n = utf8_len((const unsigned char *)s + i, len - i);

		if (!n)
			return false;
		i += n;
		count++;
	}
	if (chars)
		*chars = count;
	return true;
}

/* Decodes one segment into out (room for len + 1). Its length, -1 if malformed. */
static int segment_decode(const char *s, size_t len, char *out)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '%') {
			if (len - i < 3 || mo_hex_digit(s[i + 1]) < 0 || mo_hex_digit(s[i + 2]) < 0)
				return -1;
			c = (unsigned char)(mo_hex_digit(s[i + 1]) << 4 | mo_hex_digit(s[i + 2]));
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return -1;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return (int)n;
}

/* What may stand in a segment as it is: RFC 2396 pchar, and text outside ASCII. */
static bool plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c >= 0x80 || (c && strchr("-_.!~*'():@&=+$,", c));
}

size_t mo_segment_encode(const char *name, char *buf, size_t room)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (n + 4 > room)
			return 0;
		if (plain(c)) {
			buf[n++] = (char)c;
			continue;
		}
		buf[n++] = '%';
		buf[n++] = digits[c >> 4];
		buf[n++] = digits[c & 15];
	}
	if (n < room)
		buf[n] = '\0';
	return n;
}

size_t mo_encoded_len(const char *name)
{
	size_t n = 0;

	for (; *name; name++)
		n += plain((unsigned char)*name) ? 1 : 3;
	return n;
}

void mo_path_format(const struct mo_path *p, unsigned int from, char buf[MO_URI_BUF])
{
	size_t n = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = from; i < p->n; i++) {
		if (i > from)
			buf[n++] = '/';
		/* fits: mo_path_parse() measured the canonical form */
		n += mo_segment_encode(p->seg[i], buf + n, MO_URI_BUF - n);
		buf[n] = '\0';
	}
}

int mo_name_check(const char *text)
{
	size_t chars, i;

	for (i = 0; text[i]; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return MO_BAD_COMMAND;
	if (!i || !strcmp(text, ".") || !strcmp(text, "..") || !mo_utf8_valid(text, i, &chars))
		return MO_BAD_COMMAND;
	return chars > MO_MAX_SEGMENT ? MO_URI_TOO_LONG : MO_OK;
}

static int parse_query(struct mo_path *p, const char *s, size_t len, char *out)
{
	if (len > 5 && !memcmp(s, "prop=", 5))
		p->query = MO_QUERY_PROP;
	else if (len > 5 && !memcmp(s, "list=", 5))
		p->query = MO_QUERY_LIST;
	else
		return MO_NOT_FOUND;
	if (len - 5 > 100)
		return MO_UNSUPPORTED_FEATURE;
	if (segment_decode(s + 5, len - 5, out) <= 0)
		return MO_NOT_FOUND;
	p->query_arg = out;
	return MO_OK;
}

static int parse_segments(struct mo_path *p, const char *s, size_t len, char **end)
{
	size_t total = 0, chars, n;
	char *out = p->buf;
	int decoded;

	for (;;) {
		const char *slash = memchr(s, '/', len);

		n = slash ? (size_t)(slash - s) : len;
		if (p->n == MO_MAX_DEPTH)
			return MO_URI_TOO_LONG;
		decoded = segment_decode(s, n, out);
		if (decoded <= 0 || !strcmp(out, ".") || !strcmp(out, "..") ||
		    !mo_utf8_valid(out, (size_t)decoded, &chars))
			return MO_NOT_FOUND;
		total += mo_encoded_len(out) + 1;
		if (chars > MO_MAX_SEGMENT || total - 1 > MO_MAX_URI)
			return MO_URI_TOO_LONG;
		p->seg[p->n++] = out;
		out += decoded + 1;
		if (!slash)
			break;
		s += n + 1;
		len -= n + 1;
	}
	*end = out;
	return MO_OK;
}

int mo_path_parse(const char *uri, struct mo_path *p)
{
	const char *stop = uri + strlen(uri), *question;
	char *end = p->buf;
	size_t n;
	int status;

	p->n = 0;
	p->query = MO_QUERY_NONE;
	p->query_arg = NULL;
	/* indented XML puts blanks around the text */
	while (uri < stop && blank(*uri))
		uri++;
	while (uri < stop && blank(stop[-1]))
		stop--;
	question = memchr(uri, '?', (size_t)(stop - uri));
	n = (size_t)((question ? question : stop) - uri);

	if (n == 0)
		return MO_NOT_FOUND;
	if (n > 1 || (uri[0] != '.' && uri[0] != '/')) {
		if (n >= 2 && uri[0] == '.' && uri[1] == '/')
			uri += 2, n -= 2;
		else if (uri[0] == '/')
			uri++, n--;
		if (n > MO_MAX_URI)
			return MO_URI_TOO_LONG;
		status = parse_segments(p, uri, n, &end);
		if (status != MO_OK)
			return status;
	}
	if (!question)
		return MO_OK;
	return parse_query(p, question + 1, (size_t)(stop - question - 1), end);
}
