// SPDX-License-Identifier: BSD-3-Clause
/*
 * PKCS#15 directories as issuers code them, which is not as one standard has it: an entry is looked
 * through for the OID, at any depth, and the last octet string of it is the path.
 */
#include "agent/pkcs15.h"

#include <string.h>

#define TAG_OCTET_STRING	0x04
#define TAG_OID			0x06
#define TAG_DATA_OBJECTS	0xa7
#define CONSTRUCTED		0x20
#define MAX_DEPTH		8

struct tlv {
	uint8_t tag;
	const uint8_t *value;
	size_t len;
};

/* Takes one object off; false at the end, at padding (00, FF), and at what is none. */
static bool next(const uint8_t **p, const uint8_t *end, struct tlv *t)
{
	size_t left = (size_t)(end - *p), len, n = 0;

	if (left < 2 || !**p || **p == 0xff || (**p & 0x1f) == 0x1f)
		return false;
	t->tag = *(*p)++;
	len = *(*p)++;
	if (len & 0x80) {
		n = len & 0x7f;
		if (!n || n > 2 || n > (size_t)(end - *p))
			return false;
		for (len = 0; n; n--)
			len = len << 8 | *(*p)++;
	}
	if (len > (size_t)(end - *p))
		return false;
	t->value = *p;
	t->len = len;
	*p += len;
	return true;
}

struct search {
	const uint8_t *oid;
	size_t oid_len;
	bool found;
	const uint8_t *path;		/* the last octet string */
	size_t path_len;
};

/* Some cards have the OID within another one. */
static bool is_oid(const struct search *s, const struct tlv *t)
{
	const uint8_t *value = t->value;
	size_t len = t->len;

	if (len > 2 && value[0] == TAG_OID && value[1] == len - 2) {
		value += 2;
		len -= 2;
	}
	return s->oid && len == s->oid_len && !memcmp(value, s->oid, len);
}

/* Recursive, as the objects are: to MAX_DEPTH. */
static void look(struct search *s, const uint8_t *p, size_t len, unsigned int depth)
{
	const uint8_t *end = p + len;
	struct tlv t;

	while (next(&p, end, &t)) {
		if (t.tag & CONSTRUCTED && depth < MAX_DEPTH) {
			look(s, t.value, t.len, depth + 1);
		} else if (t.tag == TAG_OID) {
			s->found |= is_oid(s, &t);
		} else if (t.tag == TAG_OCTET_STRING) {
			s->path = t.value;
			s->path_len = t.len;
		}
	}
}

static bool take_path(const struct search *s, struct pkcs15_path *path)
{
	if (!s->path_len || s->path_len % 2 || s->path_len > sizeof(path->fid))
		return false;
	memcpy(path->fid, s->path, s->path_len);
	path->len = s->path_len;
	return true;
}

bool pkcs15_dodf(const uint8_t *odf, size_t len, unsigned int n, struct pkcs15_path *path)
{
	const uint8_t *end = odf + len;
	struct tlv t;

	while (next(&odf, end, &t)) {
		struct search s = { .oid = NULL };

		if (t.tag != TAG_DATA_OBJECTS)
			continue;
		look(&s, t.value, t.len, 0);
		if (take_path(&s, path) && !n--)
			return true;
	}
	return false;
}

bool pkcs15_object(const uint8_t *dodf, size_t len, const uint8_t *oid, size_t oid_len,
		   struct pkcs15_path *path)
{
	const uint8_t *end = dodf + len;
	struct tlv t;

	while (next(&dodf, end, &t)) {
		struct search s = { .oid = oid, .oid_len = oid_len };

		if (!(t.tag & CONSTRUCTED))
			continue;
		look(&s, t.value, t.len, 0);
		if (s.found && take_path(&s, path))
			return true;
	}
	return false;
}
