/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The value of the transport header x-syncml-hmac (spec/oma-dm.md 6.7):
 * algorithm=MD5, username="client01", mac=base64.
 */
#ifndef DM_HMAC_H
#define DM_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "dm/auth.h"
#include "dm/dm.h"

#define DM_HMAC_USER_MAX	128

struct dm_hmac {
	char user[DM_HMAC_USER_MAX];
	uint8_t mac[DM_MD5_LEN];
};

/* Writes the value. 0, -EINVAL: the name cannot stand in a header; -EMSGSIZE. */
int dm_hmac_format(const struct dm_hmac *h, char *buf, size_t room);
/* Reads it: quoted or not, the MAC as base64 of its bytes or of their hexadecimal text. 0 or -EBADMSG. */
int dm_hmac_parse(const char *value, struct dm_hmac *h);

#endif /* DM_HMAC_H */
