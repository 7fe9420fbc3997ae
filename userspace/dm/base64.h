/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Base64 (RFC 4648, standard alphabet with padding), as SyncML carries nonces and binary values.
 */
#ifndef DM_BASE64_H
#define DM_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DM_B64_LEN(n)	(((n) + 2) / 3 * 4)	/* without the NUL */

/* out has room for DM_B64_LEN(len) + 1. */
void dm_b64_encode(const uint8_t *in, size_t len, char *out);
/* White space is skipped. The length, or -EBADMSG (not base64) or -EMSGSIZE (does not fit). */
ssize_t dm_b64_decode(const char *in, size_t len, uint8_t *out, size_t room);

#endif /* DM_BASE64_H */
