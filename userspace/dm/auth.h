/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Digests and nonces of OMA DM authentication (spec/oma-dm.md 3.2 and 6.1).
 */
#ifndef DM_AUTH_H
#define DM_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DM_MD5_LEN		16
#define DM_MD5_B64_LEN		24	/* without the NUL */
#define DM_BASIC_MAX	256	/* user:secret */
#define DM_BASIC_B64_LEN	((DM_BASIC_MAX + 2) / 3 * 4)
#define DM_NONCE_LEN		16	/* of the nonces that we issue */

/* B64(H(B64(H(user:secret)):nonce)), the Data of a Cred. 0 or -EIO. */
int dm_auth_md5(const char *user, const char *secret, const uint8_t *nonce, size_t nonce_len,
		char cred[DM_MD5_B64_LEN + 1]);
/* Does the Data of a Cred match? Constant time. */
bool dm_auth_md5_check(const char *user, const char *secret, const uint8_t *nonce,
		       size_t nonce_len, const char *cred);
/* B64(user:secret), the Data of a Cred. 0 or -EMSGSIZE. */
int dm_auth_basic(const char *user, const char *secret, char cred[DM_BASIC_B64_LEN + 1]);
bool dm_auth_basic_check(const char *user, const char *secret, const char *cred);
/*
 * H(B64(H(user:secret)):nonce:B64(H(body))): the MAC of a message, and with the ServerID as user and
 * the trigger as body the head of package #0. 0 or -EIO.
 */
int dm_auth_mac(const char *user, const char *secret, const uint8_t *nonce, size_t nonce_len,
		const void *body, size_t len, uint8_t mac[DM_MD5_LEN]);
#define DM_SHA1_LEN		20
#define DM_SHA256_LEN		32
/* HMAC-SHA1, the MAC of a bootstrap document. 0 or -EIO. */
int dm_auth_hmac_sha1(const void *key, size_t key_len, const void *body, size_t len,
		      uint8_t mac[DM_SHA1_LEN]);
int dm_auth_sha256(const void *body, size_t len, uint8_t digest[DM_SHA256_LEN]);
bool dm_auth_equal(const uint8_t *a, const uint8_t *b, size_t len);
void dm_auth_wipe(void *p, size_t len);

/* Where random bytes come from: 0 or -EIO. A test may put a known sequence here. */
extern int (*dm_auth_random)(uint8_t *buf, size_t len);

#endif /* DM_AUTH_H */
