// SPDX-License-Identifier: BSD-3-Clause
/*
 * Package #0, the notification that asks for a session (spec/oma-dm.md 3.1, 3.2). What carries it is
 * in wsp.c. Pure functions over bytes.
 */
#include "dm/dm.h"

#include <errno.h>
#include <string.h>

#include "dm/auth.h"
#include "dm/wsp.h"

/* Bits behind the digest: version 10, ui-mode 2, initiator 1, reserved 27, session 16, length 8. */
#define FIXED_LEN	(DM_DIGEST_LEN + 8)
#define VERSION_1_0	10
#define VERSION_1_2	12
#define VERSION		11

int dm_notification_parse(const uint8_t *buf, size_t len, struct dm_notification *n,
			  const char **why)
{
	size_t id_len;

	memset(n, 0, sizeof(*n));
	*why = "";
	if (len < FIXED_LEN) {
		*why = "shorter than the fixed part of a notification";
		return -EBADMSG;
	}
	memcpy(n->digest, buf, DM_DIGEST_LEN);
	n->version = (uint16_t)(buf[16] << 2 | buf[17] >> 6);
	n->ui_mode = (enum dm_ui_mode)(buf[17] >> 4 & 3);
	n->server_initiated = buf[17] & 0x08;
	n->session_id = (uint16_t)(buf[21] << 8 | buf[22]);
	id_len = buf[23];
	if (n->version < VERSION_1_0 || n->version > VERSION_1_2) {
		*why = "unknown version of the notification";
		return -EBADMSG;
	}
	if (!n->session_id) {
		*why = "session id is 0";
		return -EBADMSG;
	}
	if (!id_len || id_len > len - FIXED_LEN) {
		*why = "length of the server identifier does not fit the notification";
		return -EBADMSG;
	}
	if (memchr(buf + FIXED_LEN, 0, id_len)) {
		*why = "server identifier contains a NUL";
		return -EBADMSG;
	}
	memcpy(n->server_id, buf + FIXED_LEN, id_len);
	n->vendor = buf + FIXED_LEN + id_len;
	n->vendor_len = len - FIXED_LEN - id_len;
	n->trigger = buf + DM_DIGEST_LEN;
	n->trigger_len = len - DM_DIGEST_LEN;
	return 0;
}

bool dm_notification_check_as(const struct dm_notification *n, const char *name,
			      const char *password, const uint8_t *nonce, size_t nonce_len)
{
	uint8_t want[DM_MD5_LEN];
	bool good;

	if (dm_auth_mac(name, password, nonce, nonce_len, n->trigger, n->trigger_len, want))
		return false;
	good = dm_auth_equal(want, n->digest, sizeof(want));
	dm_auth_wipe(want, sizeof(want));
	return good;
}

bool dm_notification_check(const struct dm_notification *n, const char *password,
			   const uint8_t *nonce, size_t nonce_len)
{
	return dm_notification_check_as(n, n->server_id, password, nonce, nonce_len);
}

int dm_notification_build(const struct dm_notification *n, const char *password,
			  const uint8_t *nonce, size_t nonce_len, uint8_t *buf, size_t room)
{
	unsigned int version = n->version ? n->version : VERSION;
	size_t id_len = strnlen(n->server_id, sizeof(n->server_id));
	size_t head = dm_wsp_push_head(buf, room);
	uint8_t *p = buf + head;

	if (!id_len || id_len > 255 || (unsigned int)n->ui_mode > DM_UI_INTERACTION ||
	    version > 0x3ff)
		return -EINVAL;
	if (!head || n->vendor_len > room || room - n->vendor_len < head + FIXED_LEN + id_len)
		return -EMSGSIZE;
	memset(p, 0, FIXED_LEN);
	p[16] = (uint8_t)(version >> 2);
	p[17] = (uint8_t)((version & 3) << 6 | n->ui_mode << 4 | (n->server_initiated ? 0x08 : 0));
	p[21] = (uint8_t)(n->session_id >> 8);
	p[22] = (uint8_t)n->session_id;
	p[23] = (uint8_t)id_len;
	memcpy(p + FIXED_LEN, n->server_id, id_len);
	if (n->vendor_len)
		memcpy(p + FIXED_LEN + id_len, n->vendor, n->vendor_len);
	if (dm_auth_mac(n->server_id, password, nonce, nonce_len, p + DM_DIGEST_LEN,
			FIXED_LEN - DM_DIGEST_LEN + id_len + n->vendor_len, p))
		return -EINVAL;
	return (int)(head + FIXED_LEN + id_len + n->vendor_len);
}
