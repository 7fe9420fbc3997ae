/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Digests and nonces of OMA DM authentication (spec/oma-dm.md 3.2 and 6.1).
 */
#ifndef DM_AUTH_H
#define DM_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DM_AUTH_MD5_TYPE	"syncml:auth-md5"
#define DM_MD5_LEN		16
#define DM_MD5_B64_LEN		24	/* without the NUL */
#define DM_NONCE_LEN		16	/* of the nonces that we issue */

/* B64(H(B64(H(user:secret)):nonce)), the Data of a Cred. 0 or -EIO. */
int dm_auth_md5(const char *user, const char *secret, const uint8_t *nonce, size_t nonce_len,
		char cred[DM_MD5_B64_LEN + 1]);
/* Does the Data of a Cred match? Constant time. */
bool dm_auth_md5_check(const char *user, const char *secret, const uint8_t *nonce,
		       size_t nonce_len, const char *cred);
/* H(B64(H(server_id:secret)):nonce:B64(H(trigger))), the head of package #0. 0 or -EIO. */
int dm_auth_notification(const char *server_id, const char *secret, const uint8_t *nonce,
			 size_t nonce_len, const uint8_t *trigger, size_t trigger_len,
			 uint8_t digest[DM_MD5_LEN]);
bool dm_auth_equal(const uint8_t *a, const uint8_t *b, size_t len);
void dm_auth_wipe(void *p, size_t len);

/* Where random bytes come from: 0 or -EIO. A test may put a known sequence here. */
extern int (*dm_auth_random)(uint8_t *buf, size_t len);

#endif /* DM_AUTH_H */
