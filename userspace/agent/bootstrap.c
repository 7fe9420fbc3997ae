// SPDX-License-Identifier: BSD-3-Clause
/*
 * The bootstrap file: DM accounts given at install time, one [account NAME] a section.
 * Secrets pass through here once; they are wiped from memory and never quoted in errors.
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

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (strncmp(section, "account ", 8) || !section[8] || strlen(section + 8) >= sizeof(r->name)) {
		snprintf(r->err, r->err_len, "section [%s] is not [account NAME]", section);
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
		   void *arg, char *err, size_t err_len)
{
	char why[200] = "";
	struct reading r = { .fn = fn, .arg = arg, .err = why, .err_len = sizeof(why) };
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
