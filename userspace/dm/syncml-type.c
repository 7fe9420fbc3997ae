// SPDX-License-Identifier: BSD-3-Clause
/*
 * The Content-Type of a message: which encoding it means. Parameters (charset, verproto, verdtd)
 * may follow; case does not matter.
 */
#include "dm/syncml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dm/dm.h"

static const struct {
	const char *type;
	enum dm_encoding encoding;
} types[] = {
	{ DM_CONTENT_TYPE_XML, DM_ENCODING_XML },
	{ DM_CONTENT_TYPE_WBXML, DM_ENCODING_WBXML },
	/* said by servers that do both enablers, or take the types of files */
	{ "application/vnd.syncml+xml", DM_ENCODING_XML },
	{ "application/vnd.syncml+wbxml", DM_ENCODING_WBXML },
	{ "application/xml", DM_ENCODING_XML },
	{ "text/xml", DM_ENCODING_XML },
};

static bool is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(text, word, len);
}

/* The next part of the header, up to a semicolon outside of quotes, without blanks around it. */
static const char *next_part(const char **p, size_t *len)
{
	const char *start = *p + strspn(*p, " \t;"), *end = start;
	bool quoted = false;

	for (; *end && (quoted || *end != ';'); end++)
		quoted ^= *end == '"';
	*p = end;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	*len = (size_t)(end - start);
	return start;
}

/* NAME=VALUE, VALUE perhaps in quotes: is it this name? */
static bool is_parameter(const char *part, size_t len, const char *name, const char **value,
			 size_t *value_len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(part, name, n) || part[n] != '=')
		return false;
	*value = part + n + 1;
	*value_len = len - n - 1;
	if (*value_len >= 2 && (*value)[0] == '"' && (*value)[*value_len - 1] == '"') {
		++*value;
		*value_len -= 2;
	}
	return true;
}

static bool known_charset(const char *name, size_t len)
{
	return is(name, len, "utf-8") || is(name, len, "utf8") || is(name, len, "us-ascii");
}

int dm_syncml_encoding(const char *content_type, const void *body, size_t len,
		       enum dm_encoding *encoding, char *why, size_t why_len)
{
	const char *part, *value;
	size_t i, n, value_len;

	if (!content_type || !*content_type) {
		/* XML cannot begin with the version of WBXML */
		*encoding = len && *(const uint8_t *)body >= 1 && *(const uint8_t *)body <= 3 ?
			    DM_ENCODING_WBXML : DM_ENCODING_XML;
		return 0;
	}
	part = next_part(&content_type, &n);
	for (i = 0; i < sizeof(types) / sizeof(types[0]) && !is(part, n, types[i].type); i++)
		;
	if (i == sizeof(types) / sizeof(types[0])) {
		snprintf(why, why_len, "a message of type %.*s", n < 60 ? (int)n : 60, part);
		return -EBADMSG;
	}
	*encoding = types[i].encoding;
	while (*content_type) {
		part = next_part(&content_type, &n);
		if (is_parameter(part, n, "charset", &value, &value_len) &&
		    !known_charset(value, value_len)) {
			snprintf(why, why_len, "charset %.*s is not supported",
				 value_len < 40 ? (int)value_len : 40, value);
			return -EBADMSG;
		}
	}
	return 0;
}
