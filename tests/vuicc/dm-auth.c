// SPDX-License-Identifier: BSD-3-Clause
/* syncml:auth-basic, auth-md5 and auth-MAC on the server's side: digests, nonces, base64 (OpenSSL). */
#include <errno.h>
#include <stdlib.h>
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

bool vdm_equal(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && !CRYPTO_memcmp(a, b, strlen(a));
}

bool vdm_auth_match(const char *hash, const struct vdm_nonce *nonce, const char *cred)
{
	char expected[VDM_B64_LEN];
	bool ok;

	if (vdm_auth_digest(hash, nonce, expected))
		return false;
	ok = vdm_equal(expected, cred);
	OPENSSL_cleanse(expected, sizeof(expected));
	return ok;
}

int vdm_auth_basic(const char *user, const char *secret, struct vdm_buf *ret)
{
	struct vdm_buf both = { .p = NULL };

	vdm_buf_printf(&both, "%s:%s", user, secret);
	if (!both.failed)
		vdm_b64_encode(both.p, both.len, ret);
	ret->failed |= both.failed;
	vdm_buf_clear(&both);
	return ret->failed ? -ENOMEM : 0;
}

/* H(B64(H(user:secret)) : nonce : B64(H(body))) */
int vdm_auth_mac(const char *hash, const struct vdm_nonce *nonce, const void *body, size_t len,
		 char ret[VDM_B64_LEN])
{
	uint8_t raw[16], rest[VDM_NONCE_MAX + 1 + VDM_B64_LEN];
	size_t n = nonce->len;
	int err = vdm_md5(body, len, raw);

	if (err)
		return err;
	memcpy(rest, nonce->b, n);
	rest[n++] = ':';
	EVP_EncodeBlock(rest + n, raw, sizeof(raw));
	err = hash_pair(hash, strlen(hash), rest, n + VDM_B64_LEN - 1, ret);
	OPENSSL_cleanse(rest, sizeof(rest));
	return err;
}

void vdm_b64_encode(const void *bytes, size_t len, struct vdm_buf *ret)
{
	char *text = malloc((len + 2) / 3 * 4 + 1);

	if (!text) {
		ret->failed = true;
		return;
	}
	vdm_buf_add(ret, text, (size_t)EVP_EncodeBlock((unsigned char *)text, bytes, (int)len));
	free(text);
}

int vdm_b64_decode(const char *b64, struct vdm_buf *ret)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	unsigned char *raw = malloc(strlen(b64) + 1);
	int n = 0, rest = 0, err = -ENOMEM;

	if (ctx && raw) {
		EVP_DecodeInit(ctx);
		err = EVP_DecodeUpdate(ctx, raw, &n, (const unsigned char *)b64,
				       (int)strlen(b64)) < 0 ||
		      EVP_DecodeFinal(ctx, raw + n, &rest) < 0 ? -EINVAL : 0;
	}
	if (!err)
		vdm_buf_add(ret, (const char *)raw, (size_t)(n + rest));
	EVP_ENCODE_CTX_free(ctx);
	free(raw);
	return err ? err : ret->failed ? -ENOMEM : 0;
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
