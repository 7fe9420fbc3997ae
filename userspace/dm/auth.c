// SPDX-License-Identifier: BSD-3-Clause
/*
 * Digests and nonces of OMA DM authentication; the only file of the engine that knows OpenSSL.
 *
 * The inner hash enters the outer one as base64 text, the nonce as raw bytes.
 */
#include "dm/auth.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "dm/base64.h"

struct chunk {
	const void *data;
	size_t len;
};

static int random_bytes(uint8_t *buf, size_t len)
{
	if (len > INT_MAX || RAND_bytes(buf, (int)len) != 1)
		return -EIO;
	return 0;
}

int (*dm_auth_random)(uint8_t *buf, size_t len) = random_bytes;

/* MD5 over the chunks joined by ':'. */
static int hash_joined(const struct chunk *chunks, unsigned int n, uint8_t out[DM_MD5_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int i, len = 0;
	int ok;

	if (!ctx)
		return -EIO;
	ok = EVP_DigestInit_ex(ctx, EVP_md5(), NULL);
	for (i = 0; ok && i < n; i++) {
		if (i)
			ok = EVP_DigestUpdate(ctx, ":", 1);
		if (ok && chunks[i].len)
			ok = EVP_DigestUpdate(ctx, chunks[i].data, chunks[i].len);
	}
	ok = ok && EVP_DigestFinal_ex(ctx, out, &len) && len == DM_MD5_LEN;
	EVP_MD_CTX_free(ctx);	/* wipes its state */
	return ok ? 0 : -EIO;
}

static int hash_b64(const struct chunk *chunks, unsigned int n, char out[DM_MD5_B64_LEN + 1])
{
	uint8_t digest[DM_MD5_LEN];
	int ret = hash_joined(chunks, n, digest);

	if (!ret)
		dm_b64_encode(digest, sizeof(digest), out);
	OPENSSL_cleanse(digest, sizeof(digest));
	return ret;
}

static int hash_user(const char *user, const char *secret, char out[DM_MD5_B64_LEN + 1])
{
	const struct chunk c[] = { { user, strlen(user) }, { secret, strlen(secret) } };

	return hash_b64(c, 2, out);
}

int dm_auth_md5(const char *user, const char *secret, const uint8_t *nonce, size_t nonce_len,
		char cred[DM_MD5_B64_LEN + 1])
{
	char inner[DM_MD5_B64_LEN + 1];
	int ret = hash_user(user, secret, inner);

	if (!ret) {
		const struct chunk c[] = { { inner, DM_MD5_B64_LEN }, { nonce, nonce_len } };

		ret = hash_b64(c, 2, cred);
	}
	OPENSSL_cleanse(inner, sizeof(inner));
	return ret;
}

bool dm_auth_md5_check(const char *user, const char *secret, const uint8_t *nonce,
		       size_t nonce_len, const char *cred)
{
	char want_b64[DM_MD5_B64_LEN + 1];
	uint8_t want[DM_MD5_LEN + 2], got[DM_MD5_LEN + 2];
	bool good = false;

	if (dm_auth_md5(user, secret, nonce, nonce_len, want_b64))
		return false;
	if (dm_b64_decode(want_b64, DM_MD5_B64_LEN, want, sizeof(want)) == DM_MD5_LEN &&
	    dm_b64_decode(cred, strlen(cred), got, sizeof(got)) == DM_MD5_LEN)
		good = dm_auth_equal(want, got, DM_MD5_LEN);
	OPENSSL_cleanse(want_b64, sizeof(want_b64));
	OPENSSL_cleanse(want, sizeof(want));
	return good;
}

int dm_auth_basic(const char *user, const char *secret, char cred[DM_BASIC_B64_LEN + 1])
{
	size_t user_len = strlen(user), len = user_len + 1 + strlen(secret);
	uint8_t text[DM_BASIC_MAX];

	if (len > sizeof(text))
		return -EMSGSIZE;
	memcpy(text, user, user_len);
	text[user_len] = ':';
	memcpy(text + user_len + 1, secret, len - user_len - 1);
	dm_b64_encode(text, len, cred);
	OPENSSL_cleanse(text, sizeof(text));
	return 0;
}

/* Both as they would be sent, in rooms of the same size: the time tells no length either. */
bool dm_auth_basic_check(const char *user, const char *secret, const char *cred)
{
	char want[DM_BASIC_B64_LEN + 1] = "", got[DM_BASIC_B64_LEN + 1] = "";
	uint8_t text[DM_BASIC_MAX];
	ssize_t n = dm_b64_decode(cred, strlen(cred), text, sizeof(text));
	bool good = n >= 0 && !dm_auth_basic(user, secret, want);

	if (good) {
		dm_b64_encode(text, (size_t)n, got);
		good = CRYPTO_memcmp(want, got, sizeof(want)) == 0;
	}
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(want, sizeof(want));
	OPENSSL_cleanse(got, sizeof(got));
	return good;
}

/* MAC and notification are one formula: the hash of the credentials, a nonce, the hash of bytes. */
int dm_auth_mac(const char *user, const char *secret, const uint8_t *nonce, size_t nonce_len,
		const void *body, size_t len, uint8_t mac[DM_MD5_LEN])
{
	const struct chunk whole = { body, len };
	char inner[DM_MD5_B64_LEN + 1], tail[DM_MD5_B64_LEN + 1];
	int ret = hash_user(user, secret, inner);

	if (!ret)
		ret = hash_b64(&whole, 1, tail);
	if (!ret) {
		const struct chunk c[] = {
			{ inner, DM_MD5_B64_LEN }, { nonce, nonce_len }, { tail, DM_MD5_B64_LEN },
		};

		ret = hash_joined(c, 3, mac);
	}
	OPENSSL_cleanse(inner, sizeof(inner));
	return ret;
}

int dm_auth_hmac_sha1(const void *key, size_t key_len, const void *body, size_t len,
		      uint8_t mac[DM_SHA1_LEN])
{
	unsigned int mac_len = 0;

	if (key_len > INT_MAX ||
	    !HMAC(EVP_sha1(), key, (int)key_len, body, len, mac, &mac_len) || mac_len != DM_SHA1_LEN)
		return -EIO;
	return 0;
}

int dm_auth_sha256(const void *body, size_t len, uint8_t digest[DM_SHA256_LEN])
{
	return EVP_Digest(body, len, digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

bool dm_auth_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void dm_auth_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}
