// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who a bootstrap document is from: the Content-Type says how it is protected (SEC) and carries the
 * MAC, HMAC-SHA1 over the document as it is (spec/oma-dm.md 10.2, 10.3).
 *
 *	NETWPIN, NETWORKID	key: secret of the network
 *	USERPIN			key: PIN
 *	USERNETWPIN (CP)	key: secret of the network, PIN behind it
 *	USERPIN_NETWORKID (DM)	key: PIN, colon, secret of the network
 *	USERPINMAC (CP)		the PIN is a key and, in its second half, digits of the MAC
 */
#include "dm/bootstrap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dm/auth.h"

#define KEY_MAX		(DM_PIN_MAX + DM_NETWORK_KEY_MAX + 1)
#define PIN_MAC_MIN	10	/* digits of a PIN that has the MAC in it */

static const struct {
	const char *name;
	enum dm_profile profile;
	bool wbxml;
} types[] = {
	{ "application/vnd.syncml.dm+wbxml", DM_PROFILE_DM, true },
	{ "application/vnd.syncml.dm+xml", DM_PROFILE_DM, false },
	{ "application/vnd.syncml.dmtnds+wbxml", DM_PROFILE_DM, true },
	{ "application/vnd.syncml.dmtnds+xml", DM_PROFILE_DM, false },
	{ "application/vnd.wap.connectivity-wbxml", DM_PROFILE_CP, true },
	{ "text/vnd.wap.connectivity-xml", DM_PROFILE_CP, false },
	{ "application/xml", DM_PROFILE_ANY, false },
	{ "text/xml", DM_PROFILE_ANY, false },
};

/* Names of either profile, and the numbers that CP has for them. */
static const struct {
	const char *name;
	enum dm_security security;
	enum dm_profile profile;
} securities[] = {
	{ "NETWPIN", DM_SECURITY_NETWORK, DM_PROFILE_CP },
	{ "0", DM_SECURITY_NETWORK, DM_PROFILE_CP },
	{ "USERPIN", DM_SECURITY_PIN, DM_PROFILE_ANY },
	{ "1", DM_SECURITY_PIN, DM_PROFILE_CP },
	{ "USERNETWPIN", DM_SECURITY_PIN_NETWORK, DM_PROFILE_CP },
	{ "2", DM_SECURITY_PIN_NETWORK, DM_PROFILE_CP },
	{ "USERPINMAC", DM_SECURITY_PIN_MAC, DM_PROFILE_CP },
	{ "3", DM_SECURITY_PIN_MAC, DM_PROFILE_CP },
	{ "NETWORKID", DM_SECURITY_NETWORK, DM_PROFILE_DM },
	{ "USERPIN_NETWORKID", DM_SECURITY_PIN_NETWORK, DM_PROFILE_DM },
};

const char *dm_security_name(enum dm_security s)
{
	switch (s) {
	case DM_SECURITY_NONE:
		return "none";
	case DM_SECURITY_NETWORK:
		return "network";
	case DM_SECURITY_PIN:
		return "PIN";
	case DM_SECURITY_PIN_NETWORK:
		return "PIN and network";
	case DM_SECURITY_PIN_MAC:
		return "PIN with MAC";
	}
	return "?";
}

/* --------------------------------------------------------------- the Content-Type */

static bool is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(text, word, len);
}

static int read_security(struct dm_bootstrap_type *type, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(securities) / sizeof(securities[0]); i++) {
		if (!is(text, len, securities[i].name))
			continue;
		if (securities[i].profile != DM_PROFILE_ANY &&
		    securities[i].profile != type->profile)
			return -EBADMSG;
		type->security = securities[i].security;
		return 0;
	}
	return -EBADMSG;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_mac(struct dm_bootstrap_type *type, const char *text, size_t len)
{
	size_t i;

	if (len != 2 * sizeof(type->mac))
		return -EBADMSG;
	for (i = 0; i < sizeof(type->mac); i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		type->mac[i] = (uint8_t)(high << 4 | low);
	}
	type->has_mac = true;
	return 0;
}

/* NAME=VALUE, VALUE perhaps in quotes. */
static int read_parameter(struct dm_bootstrap_type *type, const char *part, size_t len, char *why,
			  size_t why_len)
{
	const char *value = memchr(part, '=', len);
	size_t name_len = value ? (size_t)(value - part) : len, n;
	int err = 0;

	if (!value)
		return 0;
	n = len - name_len - 1;
	value++;
	if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		value++;
		n -= 2;
	}
	if (is(part, name_len, "SEC"))
		err = read_security(type, value, n);
	else if (is(part, name_len, "MAC"))
		err = read_mac(type, value, n);
	if (err)
		snprintf(why, why_len, "Content-Type: %.*s is not one of this profile", (int)name_len,
			 part);
	return err;
}

/* The next part up to a semicolon, without the blanks around it. */
static const char *next_part(const char **p, size_t *len)
{
	const char *start = *p + strspn(*p, " \t;"), *end = start + strcspn(start, ";");

	*p = end;
	while (end > start && strchr(" \t\r\n", end[-1]))
		end--;
	*len = (size_t)(end - start);
	return start;
}

int dm_bootstrap_type_parse(const char *content_type, struct dm_bootstrap_type *type, char *why,
			    size_t why_len)
{
	const char *part;
	size_t i, len;
	int err = 0;

	memset(type, 0, sizeof(*type));
	part = next_part(&content_type, &len);
	for (i = 0; i < sizeof(types) / sizeof(types[0]) && !type->known; i++) {
		if (!is(part, len, types[i].name))
			continue;
		type->known = true;
		type->profile = types[i].profile;
		type->wbxml = types[i].wbxml;
	}
	if (!type->known) {
		snprintf(why, why_len, "Content-Type \"%.*s\" is none of a bootstrap document",
			 len > 60 ? 60 : (int)len, part);
		return -EBADMSG;
	}
	while (*content_type && !err) {
		part = next_part(&content_type, &len);
		err = read_parameter(type, part, len, why, why_len);
	}
	if (!err && type->has_mac && type->security == DM_SECURITY_NONE) {
		snprintf(why, why_len, "Content-Type: a MAC, but no SEC that says by what key");
		err = -EBADMSG;
	}
	return err;
}

/* -------------------------------------------------------------------------- the MAC */

int dm_bootstrap_imsi(const char *digits, struct dm_bootstrap_keys *keys)
{
	size_t n = strlen(digits), i;
	char text[20];

	if (n < 6 || n > 15 || strspn(digits, "0123456789") != n)
		return -EINVAL;
	/* a nibble that says odd or even, the digits, a filler if they are even */
	snprintf(text, sizeof(text), "%c%s%s", n % 2 ? '9' : '1', digits, n % 2 ? "" : "F");
	keys->network_len = strlen(text) / 2;
	for (i = 0; i < keys->network_len; i++)
		keys->network[i] = (uint8_t)(digit(text[2 * i + 1]) << 4 | digit(text[2 * i]));
	explicit_bzero(text, sizeof(text));
	return 0;
}

struct key {
	uint8_t bytes[KEY_MAX];
	size_t len;
};

static void append(struct key *k, const void *bytes, size_t len)
{
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

/* What is missing, NULL if nothing. */
static const char *make_key(const struct dm_bootstrap_type *type,
			    const struct dm_bootstrap_keys *keys, struct key *k)
{
	bool pin = type->security != DM_SECURITY_NETWORK;
	bool network = type->security == DM_SECURITY_NETWORK ||
		       type->security == DM_SECURITY_PIN_NETWORK;
	bool pin_first = type->profile == DM_PROFILE_DM;

	if (pin && (!keys || !*keys->pin))
		return "the PIN that the user was told";
	if (network && (!keys || !keys->network_len))
		return "the secret of the network (its IMSI)";
	if (pin && (pin_first || !network))
		append(k, keys->pin, strlen(keys->pin));
	if (pin && network && pin_first)
		append(k, ":", 1);
	if (network)
		append(k, keys->network, keys->network_len);
	if (pin && network && !pin_first)
		append(k, keys->pin, strlen(keys->pin));
	return NULL;
}

/* The second half of the PIN is what the bytes of the MAC leave when divided by ten. */
static int check_pin_mac(const char *pin, const void *doc, size_t len)
{
	size_t half = strlen(pin) / 2, i;
	uint8_t mac[DM_SHA1_LEN], digits[DM_SHA1_LEN];

	if (strlen(pin) < PIN_MAC_MIN || strlen(pin) % 2 || half > sizeof(mac) ||
	    strspn(pin, "0123456789") != strlen(pin))
		return -EACCES;
	if (dm_auth_hmac_sha1(pin, half, doc, len, mac))
		return -EIO;
	for (i = 0; i < half; i++)
		digits[i] = (uint8_t)('0' + mac[i] % 10);
	return dm_auth_equal(digits, (const uint8_t *)pin + half, half) ? 0 : -EACCES;
}

static int check_mac(const struct dm_bootstrap_type *type, const struct key *k, const void *doc,
		     size_t len)
{
	uint8_t mac[DM_SHA1_LEN];

	if (!type->has_mac)
		return -EACCES;
	if (dm_auth_hmac_sha1(k->bytes, k->len, doc, len, mac))
		return -EIO;
	return dm_auth_equal(mac, type->mac, sizeof(mac)) ? 0 : -EACCES;
}

int dm_bootstrap_verify(const struct dm_bootstrap_type *type, const struct dm_bootstrap_keys *keys,
			const void *doc, size_t len, char *why, size_t why_len)
{
	struct key k = { .len = 0 };
	const char *missing;
	int err;

	if (type->security == DM_SECURITY_NONE)
		return 0;
	if (type->security != DM_SECURITY_PIN_MAC && !type->has_mac) {
		snprintf(why, why_len, "it says how it is protected (SEC), but has no MAC");
		return -EACCES;
	}
	missing = make_key(type, keys, &k);
	if (missing) {
		snprintf(why, why_len, "%s is needed to check it", missing);
		err = -ENOKEY;
	} else if (type->security == DM_SECURITY_PIN_MAC) {
		err = check_pin_mac(keys->pin, doc, len);
	} else {
		err = check_mac(type, &k, doc, len);
	}
	if (err == -EACCES)
		snprintf(why, why_len, "its MAC is wrong: another %s, or not from whom it says",
			 type->security == DM_SECURITY_NETWORK ? "network" : "PIN");
	dm_auth_wipe(&k, sizeof(k));
	return err;
}
