// SPDX-License-Identifier: BSD-3-Clause
/* Package #0 of the card itself: a WSP connectionless push with the DM notification. */
#include <errno.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define DIGEST_LEN	16
#define VERSION		11	/* 1.1, the version of the notification, not of DM */
#define BY_SERVER	1

int vdm_push(struct vdm_server *srv, uint8_t *buf, size_t room)
{
	/* TID, Push, headers length, Content-Type 44, X-Wap-Application-Id 07 */
	static const uint8_t wsp[] = { 0x01, 0x06, 0x03, 0xC4, 0xAF, 0x87 };
	size_t id_len = strlen(srv->server_id);
	size_t len = sizeof(wsp) + DIGEST_LEN + 8 + id_len;
	uint8_t *digest = buf + sizeof(wsp), *trigger = digest + DIGEST_LEN;
	struct vdm_nonce text = { .len = 0 };
	uint8_t md5[16];
	char b64[VDM_B64_LEN];
	uint8_t in[VDM_B64_LEN + VDM_NONCE_MAX + VDM_B64_LEN + 2];
	size_t n = 0;
	int ret;

	if (id_len > 255)
		return -EINVAL;
	if (room < len)
		return -EMSGSIZE;
	memcpy(buf, wsp, sizeof(wsp));
	trigger[0] = VERSION >> 2;
	trigger[1] = (uint8_t)(VERSION << 6 | (srv->ui_mode & 3) << 4 | BY_SERVER << 3);
	memset(trigger + 2, 0, 3);
	trigger[5] = (uint8_t)(srv->session_id >> 8);
	trigger[6] = (uint8_t)srv->session_id;
	trigger[7] = (uint8_t)id_len;
	memcpy(trigger + 8, srv->server_id, id_len);

	/* MD5(B64(MD5(id:secret)) : nonce : B64(MD5(trigger))) */
	ret = vdm_md5(trigger, 8 + id_len, md5);
	if (ret)
		return ret;
	memcpy(text.b, md5, sizeof(md5));
	text.len = sizeof(md5);
	ret = vdm_nonce_encode(&text, b64, sizeof(b64));
	if (ret < 0)
		return ret;
	memcpy(in, srv->server_hash, VDM_B64_LEN - 1);
	n += VDM_B64_LEN - 1;
	in[n++] = ':';
	memcpy(in + n, srv->server_nonce.b, srv->server_nonce.len);
	n += srv->server_nonce.len;
	in[n++] = ':';
	memcpy(in + n, b64, VDM_B64_LEN - 1);
	n += VDM_B64_LEN - 1;
	ret = vdm_md5(in, n, digest);
	explicit_bzero(in, sizeof(in));
	if (ret)
		return ret;
	if (srv->fault == VDM_FAULT_WRONG_DIGEST)
		digest[0] ^= 0x01;
	return (int)len;
}
