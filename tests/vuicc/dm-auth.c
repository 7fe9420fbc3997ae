// SPDX-License-Identifier: BSD-3-Clause
/* syncml:auth-md5 on the server's side: digests, nonces, base64 (OpenSSL). */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "vuicc/dm-server.h"

int vdm_md5(const void *buf, size_t len, uint8_t ret[16])
{
	unsigned int n = 0;

	return EVP_Digest(buf, len, ret, &n, EVP_md5(), NULL) == 1 && n == 16 ? 0 : -EIO;
}

/* B64(MD5(a ":" b)) */
static int hash_pair(const void *a, size_t a_len, const void *b, size_t b_len,
		     char ret[VDM_B64_LEN])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t raw[16];
	unsigned int n = 0;
	bool ok;

	if (!md)
		return -ENOMEM;
	ok = EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1 && EVP_DigestUpdate(md, a, a_len) == 1 &&
	     EVP_DigestUpdate(md, ":", 1) == 1 && EVP_DigestUpdate(md, b, b_len) == 1 &&
	     EVP_DigestFinal_ex(md, raw, &n) == 1 && n == sizeof(raw);
	EVP_MD_CTX_free(md);
	if (ok)
		EVP_EncodeBlock((unsigned char *)ret, raw, sizeof(raw));
	OPENSSL_cleanse(raw, sizeof(raw));
	return ok ? 0 : -EIO;
}

int vdm_auth_hash(const char *user, const char *secret, char ret[VDM_B64_LEN])
{
	return hash_pair(user, strlen(user), secret, strlen(secret), ret);
}

/* The inner hash goes in as base64 text, the nonce as raw bytes. */
int vdm_auth_digest(const char *hash, const struct vdm_nonce *nonce, char ret[VDM_B64_LEN])
{
	return hash_pair(hash, strlen(hash), nonce->b, nonce->len, ret);
}

bool vdm_auth_match(const char *hash, const struct vdm_nonce *nonce, const char *cred)
{
	char expected[VDM_B64_LEN];
	bool ok;

	if (vdm_auth_digest(hash, nonce, expected) || strlen(cred) != VDM_B64_LEN - 1)
		return false;
	ok = !CRYPTO_memcmp(expected, cred, VDM_B64_LEN - 1);
	OPENSSL_cleanse(expected, sizeof(expected));
	return ok;
}

int vdm_nonce_fresh(struct vdm_nonce *n)
{
	n->len = 16;
	return RAND_bytes(n->b, (int)n->len) == 1 ? 0 : -EIO;
}

/* Padded standard base64, decoded exactly once; "" is the empty nonce. */
int vdm_nonce_decode(const char *b64, struct vdm_nonce *n)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t raw[VDM_NONCE_MAX + 3];
	size_t len = strlen(b64), body = strspn(b64, alphabet);
	int got;

	if (len % 4 || len / 4 * 3 > sizeof(raw) || len - body > 2 ||
	    strspn(b64 + body, "=") != len - body)
		return -EINVAL;
	got = EVP_DecodeBlock(raw, (const unsigned char *)b64, (int)len);
	if (got < 0)
		return -EINVAL;
	got -= (int)(len - body);
	if (got > VDM_NONCE_MAX)
		return -EINVAL;
	memcpy(n->b, raw, (size_t)got);
	n->len = (size_t)got;
	return 0;
}

int vdm_nonce_encode(const struct vdm_nonce *n, char *b64, size_t room)
{
	if (room < (n->len + 2) / 3 * 4 + 1)
		return -EMSGSIZE;
	return EVP_EncodeBlock((unsigned char *)b64, n->b, (int)n->len);
}
