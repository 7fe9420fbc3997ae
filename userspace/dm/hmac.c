// SPDX-License-Identifier: BSD-3-Clause
/*
 * Text form of the MAC of a message. The value comes from the peer: names and lengths are checked,
 * parameters that are not known are skipped, one that is there twice makes it invalid.
 */
#include "dm/hmac.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dm/base64.h"
#include "mo/hex.h"

int dm_hmac_format(const struct dm_hmac *h, char *buf, size_t room)
{
	char quoted[2 * DM_HMAC_USER_MAX], mac[DM_MD5_B64_LEN + 1];
	char *out = quoted;
	const char *p;

	for (p = h->user; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return -EINVAL;
		if (*p == '"' || *p == '\\')
			*out++ = '\\';
		*out++ = *p;
	}
	*out = '\0';
	dm_b64_encode(h->mac, sizeof(h->mac), mac);
	if (snprintf(buf, room, "algorithm=MD5, username=\"%s\", mac=%s", quoted, mac) >= (int)room)
		return -EMSGSIZE;
	return 0;
}

static const char *skip_blank(const char *p)
{
	return p + strspn(p, " \t");
}

/* A quoted string or a token at p; NULL if it does not end or is longer than room. */
static const char *get_value(const char *p, char *out, size_t room)
{
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p; p++) {
		if (quoted ? *p == '"' : *p == ',' || *p == ' ' || *p == '\t')
			break;
		if (quoted && *p == '\\' && p[1])
			p++;
		if (n + 1 >= room)
			return NULL;
		out[n++] = *p;
	}
	if (quoted && *p++ != '"')
		return NULL;
	out[n] = '\0';
	return skip_blank(p);
}

static bool get_mac(const char *text, uint8_t mac[DM_MD5_LEN])
{
	uint8_t bytes[2 * DM_MD5_LEN];
	ssize_t n = dm_b64_decode(text, strlen(text), bytes, sizeof(bytes));
	unsigned int i;

	if (n == DM_MD5_LEN) {
		memcpy(mac, bytes, DM_MD5_LEN);
		return true;
	}
	if (n != 2 * DM_MD5_LEN)
		return false;
	/* the sample printed in the literature is base64 of hexadecimal text */
	for (i = 0; i < DM_MD5_LEN; i++) {
		int hi = mo_hex_digit((char)bytes[2 * i]);
		int lo = mo_hex_digit((char)bytes[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		mac[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

enum { HAS_ALGORITHM = 1, HAS_USER = 2, HAS_MAC = 4 };

/* One parameter; false if it is wrong or there twice. */
static bool take(struct dm_hmac *h, const char *name, const char *value, unsigned int *seen)
{
	unsigned int which;

	if (!strcasecmp(name, "algorithm"))
		which = HAS_ALGORITHM;
	else if (!strcasecmp(name, "username"))
		which = HAS_USER;
	else if (!strcasecmp(name, "mac"))
		which = HAS_MAC;
	else
		return true;
	if (*seen & which)
		return false;
	*seen |= which;
	switch (which) {
	case HAS_ALGORITHM:
		return !strcasecmp(value, "MD5");
	case HAS_USER:
		if (strlen(value) >= sizeof(h->user))
			return false;
		strcpy(h->user, value);
		return true;
	default:
		return get_mac(value, h->mac);
	}
}

int dm_hmac_parse(const char *value, struct dm_hmac *h)
{
	char name[32], text[2 * DM_HMAC_USER_MAX];
	const char *p = skip_blank(value);
	unsigned int seen = 0;

	memset(h, 0, sizeof(*h));
	while (*p) {
		size_t n = strcspn(p, "=, \t\"");

		if (!n || n >= sizeof(name))
			return -EBADMSG;
		memcpy(name, p, n);
		name[n] = '\0';
		p = skip_blank(p + n);
		if (*p != '=')
			return -EBADMSG;
		p = get_value(skip_blank(p + 1), text, sizeof(text));
		if (!p || !take(h, name, text, &seen))
			return -EBADMSG;
		if (*p && *p != ',')
			return -EBADMSG;
		if (*p)
			p = skip_blank(p + 1);
	}
	return (seen & (HAS_USER | HAS_MAC)) == (HAS_USER | HAS_MAC) ? 0 : -EBADMSG;
}
