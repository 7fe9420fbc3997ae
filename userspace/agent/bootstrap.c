// SPDX-License-Identifier: BSD-3-Clause
/*
 * The bootstrap file: DM accounts given at install time, one [account NAME] a section, and the keys
 * [security] that documents are checked with. Secrets pass through here once; they are wiped from memory and never quoted in errors.
 */
#include "agent/config.h"

#include <errno.h>
#include <ini.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct reading {
	char name[64];
	struct mo_account acc;
	int (*fn)(void *arg, const char *name, const struct mo_account *acc);
	void *arg;
	struct dm_bootstrap_keys *keys;
	int result;
	char *err;
	size_t err_len;
};

/* Base64 as AAuthData is given, at most MO_NONCE_LEN bytes; -1 if it is not. */
static int decode_nonce(const char *b64, uint8_t nonce[MO_NONCE_LEN], size_t *len)
{
	unsigned char buf[MO_NONCE_LEN * 2 + 4];
	size_t n = strlen(b64), pad = 0;
	int out;

	*len = 0;
	if (!n)
		return 0;
	if (n % 4 || n / 4 * 3 > sizeof(buf))
		return -1;
	while (pad < 2 && b64[n - 1 - pad] == '=')
		pad++;
	out = EVP_DecodeBlock(buf, (const unsigned char *)b64, (int)n);
	if (out < 0 || (size_t)out - pad > MO_NONCE_LEN)
		return -1;
	*len = (size_t)out - pad;
	memcpy(nonce, buf, *len);
	return 0;
}

static int flush(struct reading *r)
{
	if (!*r->name)
		return 0;
	if (!*r->acc.server_id || !*r->acc.addr) {
		snprintf(r->err, r->err_len, "[account %s]: server_id and addr are needed", r->name);
		return -EINVAL;
	}
	if (!*r->acc.client.type)
		strcpy(r->acc.client.type, "DIGEST");
	if (!*r->acc.server.type)
		strcpy(r->acc.server.type, "DIGEST");
	if (!*r->acc.server.name)
		snprintf(r->acc.server.name, sizeof(r->acc.server.name), "%s", r->acc.server_id);
	return r->fn(r->arg, r->name, &r->acc);
}

static bool set_text(struct reading *r, char *dst, size_t size, const char *name,
		     const char *value)
{
	if (strlen(value) < size) {
		strcpy(dst, value);
		return true;
	}
	snprintf(r->err, r->err_len, "[account %s] %s: too long (at most %zu characters)", r->name,
		 name, size - 1);
	return false;
}

static bool set_nonce(struct reading *r, struct mo_credential *c, const char *name,
		      const char *value)
{
	if (!decode_nonce(value, c->nonce, &c->nonce_len))
		return true;
	snprintf(r->err, r->err_len, "[account %s] %s: not base64 of at most %d bytes", r->name,
		 name, MO_NONCE_LEN);
	return false;
}

static bool set_key(struct reading *r, const char *name, const char *value)
{
	struct mo_account *a = &r->acc;
	const struct { const char *name; char *dst; size_t size; } text[] = {
		{ "server_id", a->server_id, sizeof(a->server_id) },
		{ "name", a->name, sizeof(a->name) },
		{ "addr", a->addr, sizeof(a->addr) },
		{ "auth_pref", a->auth_pref, sizeof(a->auth_pref) },
		{ "encoding", a->encoding, sizeof(a->encoding) },
		{ "client_name", a->client.name, sizeof(a->client.name) },
		{ "client_secret", a->client.secret, sizeof(a->client.secret) },
		{ "client_auth", a->client.type, sizeof(a->client.type) },
		{ "server_name", a->server.name, sizeof(a->server.name) },
		{ "server_secret", a->server.secret, sizeof(a->server.secret) },
		{ "server_auth", a->server.type, sizeof(a->server.type) },
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		if (!strcmp(name, text[i].name))
			return set_text(r, text[i].dst, text[i].size, name, value);
	if (!strcmp(name, "client_nonce"))
		return set_nonce(r, &a->client, name, value);
	if (!strcmp(name, "server_nonce"))
		return set_nonce(r, &a->server, name, value);
	snprintf(r->err, r->err_len, "[account %s] %s: unknown key", r->name, name);
	return false;
}

/* "hex:" and bytes, or text as it is. */
static bool set_network(struct dm_bootstrap_keys *keys, const char *value)
{
	size_t n = strlen(value), i;
	unsigned int octet;

	if (strncmp(value, "hex:", 4)) {
		if (!n || n > sizeof(keys->network))
			return false;
		memcpy(keys->network, value, n);
		keys->network_len = n;
		return true;
	}
	value += 4;
	n -= 4;
	if (!n || n % 2 || n / 2 > sizeof(keys->network) ||
	    strspn(value, "0123456789abcdefABCDEF") != n)
		return false;
	for (i = 0; i < n / 2; i++) {
		sscanf(value + 2 * i, "%2x", &octet);
		keys->network[i] = (uint8_t)octet;
	}
	keys->network_len = n / 2;
	return true;
}

static int set_security(struct reading *r, const char *name, const char *value)
{
	struct dm_bootstrap_keys unused, *keys = r->keys ? r->keys : &unused;
	const char *wants = NULL;

	if (!strcmp(name, "pin")) {
		if (!*value || strlen(value) >= sizeof(keys->pin))
			wants = "1 to 63 characters";
		else
			strcpy(keys->pin, value);
	} else if (!strcmp(name, "imsi")) {
		if (dm_bootstrap_imsi(value, keys))
			wants = "6 to 15 digits";
	} else if (!strcmp(name, "network_secret")) {
		if (!set_network(keys, value))
			wants = "1 to 64 bytes, as text or hex:...";
	} else {
		wants = "unknown key";
	}
	if (wants)
		snprintf(r->err, r->err_len, "[security] %s: %s", name, wants);
	OPENSSL_cleanse(&unused, sizeof(unused));
	return !wants;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (!strcmp(section, "security"))
		return set_security(r, name, value);
	if (strncmp(section, "account ", 8) || !section[8] || strlen(section + 8) >= sizeof(r->name)) {
		snprintf(r->err, r->err_len, "section [%s] is not [account NAME] or [security]",
			 section);
		return 0;
	}
	if (strcmp(r->name, section + 8)) {
		r->result = flush(r);
		mo_account_wipe(&r->acc);
		if (r->result)
			return 0;
		strcpy(r->name, section + 8);
	}
	return set_key(r, name, value);
}

int bootstrap_read(const char *file, int (*fn)(void *arg, const char *name,
					       const struct mo_account *acc),
		   void *arg, struct dm_bootstrap_keys *keys, char *err, size_t err_len)
{
	char why[200] = "";
	struct reading r = { .fn = fn, .arg = arg, .keys = keys, .err = why,
			     .err_len = sizeof(why) };
	int line, ret = 0;

	errno = 0;
	line = ini_parse(file, on_key, &r);
	if (line == -1)
		ret = errno ? -errno : -EIO;
	else if (line)
		ret = r.result ? r.result : -EINVAL;
	else
		ret = flush(&r);
	if (ret < 0 && line > 0)
		snprintf(err, err_len, "%s:%d: %s", file, line, *why ? why : "not an INI line");
	else if (ret < 0)
		snprintf(err, err_len, "%s: %s", file, *why ? why : strerror(-ret));
	mo_account_wipe(&r.acc);
	OPENSSL_cleanse(&r, sizeof(r));
	return ret;
}
