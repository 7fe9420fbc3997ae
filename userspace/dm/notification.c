// SPDX-License-Identifier: BSD-3-Clause
/*
 * Package #0, the notification that asks for a session (spec/oma-dm.md section 3), and the
 * connectionless WSP push that carries it (3.4). Pure functions over bytes.
 */
#include "dm/dm.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "dm/auth.h"

enum {
	WSP_PUSH = 0x06,		/* PDU type */
	WSP_NOTIFICATION = 0x44,	/* content type application/vnd.syncml.notification */
	WSP_LENGTH_QUOTE = 31,		/* a uintvar length follows */
	WSP_APP_ID = 0x2f,		/* field name X-Wap-Application-Id */
	WSP_APP_SYNCML_DM = 0x07,
};

/* Bits behind the digest: version 10, ui-mode 2, initiator 1, reserved 27, session 16, length 8. */
#define FIXED_LEN	(DM_DIGEST_LEN + 8)
#define VERSION_1_0	10
#define VERSION_1_2	12
#define VERSION		11

static const char text_type[] = "application/vnd.syncml.notification";

/* A WSP variable length integer at *pos; false if it runs out or exceeds 28 bits. */
static bool get_uintvar(const uint8_t *p, size_t len, size_t *pos, size_t *value)
{
	unsigned int i;

	*value = 0;
	for (i = 0; i < 4 && *pos < len; i++) {
		uint8_t byte = p[(*pos)++];

		*value = *value << 7 | (byte & 0x7f);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Is the text at p (NUL within len) this type, parameters aside? *used: its length with the NUL. */
static bool is_text_type(const uint8_t *p, size_t len, size_t *used)
{
	const uint8_t *end = memchr(p, 0, len);
	size_t n = sizeof(text_type) - 1;

	if (!end)
		return false;
	*used = (size_t)(end - p) + 1;
	return (size_t)(end - p) >= n && !strncasecmp((const char *)p, text_type, n) &&
	       (p[n] == '\0' || p[n] == ';' || p[n] == ' ');
}

/* The media at the start of a general form: code, long integer or text. */
static bool is_general_media(const uint8_t *p, size_t len)
{
	size_t used;

	if (!len)
		return false;
	if (p[0] & 0x80)
		return p[0] == (WSP_NOTIFICATION | 0x80);
	if (p[0] == 1 && len >= 2)
		return p[1] == WSP_NOTIFICATION;
	return p[0] >= 0x20 && is_text_type(p, len, &used);
}

/*
 * The Content-Type at the start of the headers: -EBADMSG if it cannot be read, -ENOMSG if it is
 * another one, else its length.
 */
static int content_type(const uint8_t *p, size_t len)
{
	size_t pos = 1, value, used;

	if (!len)
		return -EBADMSG;
	if (p[0] & 0x80)
		return p[0] == (WSP_NOTIFICATION | 0x80) ? 1 : -ENOMSG;
	if (p[0] > WSP_LENGTH_QUOTE) {
		if (!memchr(p, 0, len))
			return -EBADMSG;
		return is_text_type(p, len, &used) ? (int)used : -ENOMSG;
	}
	value = p[0];
	if (p[0] == WSP_LENGTH_QUOTE && !get_uintvar(p, len, &pos, &value))
		return -EBADMSG;
	if (!value || value > len - pos)
		return -EBADMSG;
	return is_general_media(p + pos, value) ? (int)(pos + value) : -ENOMSG;
}

/* The length of a header value at p, 0 if it runs out. */
static size_t value_length(const uint8_t *p, size_t len)
{
	size_t pos = 1, value;
	const uint8_t *end;

	if (!len)
		return 0;
	if (p[0] & 0x80)
		return 1;
	if (p[0] > WSP_LENGTH_QUOTE) {
		end = memchr(p, 0, len);
		return end ? (size_t)(end - p) + 1 : 0;
	}
	value = p[0];
	if (p[0] == WSP_LENGTH_QUOTE && !get_uintvar(p, len, &pos, &value))
		return 0;
	return value <= len - pos ? pos + value : 0;
}

/* Application ids of DM: the short integer 07, the long integers 07 and 905B, and the names. */
static bool is_dm_application(const uint8_t *p, size_t len)
{
	const char *name = (const char *)p;

	if (p[0] & 0x80)
		return p[0] == (WSP_APP_SYNCML_DM | 0x80);
	if (p[0] == 1)
		return len == 2 && p[1] == WSP_APP_SYNCML_DM;
	if (p[0] == 2)
		return len == 3 && p[1] == 0x90 && p[2] == 0x5b;
	return p[0] > WSP_LENGTH_QUOTE && (!strcasecmp(name, "x-wap-application:syncml.dm") ||
					   !strcasecmp(name, "syncml.dm"));
}

/* Walks the headers behind the Content-Type; an application id other than ours is another push. */
static int check_headers(const uint8_t *p, size_t len)
{
	static const char app_id[] = "x-wap-application-id";
	size_t pos = 0, n;

	while (pos < len) {
		bool app;

		if (p[pos] & 0x80) {
			app = p[pos++] == (WSP_APP_ID | 0x80);
		} else {
			n = p[pos] >= 0x20 ? value_length(p + pos, len - pos) : 0;
			if (!n)
				return -EBADMSG;
			app = n == sizeof(app_id) && !strcasecmp((const char *)p + pos, app_id);
			pos += n;
		}
		n = value_length(p + pos, len - pos);
		if (!n)
			return -EBADMSG;
		if (app && !is_dm_application(p + pos, n))
			return -ENOMSG;
		pos += n;
	}
	return 0;
}

int dm_wsp_unwrap(const uint8_t *pdu, size_t len, const uint8_t **body, size_t *body_len)
{
	size_t pos = 2, headers;
	int used, ret;

	if (len < 3)
		return -EBADMSG;
	if (pdu[1] != WSP_PUSH)		/* pdu[0]: transaction id, of no use to us */
		return -ENOMSG;
	if (!get_uintvar(pdu, len, &pos, &headers) || headers > len - pos)
		return -EBADMSG;
	used = content_type(pdu + pos, headers);
	if (used < 0)
		return used;
	ret = check_headers(pdu + pos + used, headers - (size_t)used);
	if (ret)
		return ret;
	*body = pdu + pos + headers;
	*body_len = len - pos - headers;
	return 0;
}

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
	n->trigger = buf + DM_DIGEST_LEN;
	n->trigger_len = len - DM_DIGEST_LEN;
	return 0;
}

bool dm_notification_check(const struct dm_notification *n, const char *password,
			   const uint8_t *nonce, size_t nonce_len)
{
	uint8_t want[DM_MD5_LEN];
	bool good;

	if (dm_auth_mac(n->server_id, password, nonce, nonce_len, n->trigger,
				 n->trigger_len, want))
		return false;
	good = dm_auth_equal(want, n->digest, sizeof(want));
	dm_auth_wipe(want, sizeof(want));
	return good;
}

int dm_notification_build(const struct dm_notification *n, const char *password,
			  const uint8_t *nonce, size_t nonce_len, uint8_t *buf, size_t room)
{
	static const uint8_t push[] = {
		0x01, WSP_PUSH, 3, WSP_NOTIFICATION | 0x80, WSP_APP_ID | 0x80,
		WSP_APP_SYNCML_DM | 0x80,
	};
	size_t id_len = strnlen(n->server_id, sizeof(n->server_id));
	uint8_t *p = buf + sizeof(push);

	if (!id_len || id_len > 255 || (unsigned int)n->ui_mode > DM_UI_INTERACTION)
		return -EINVAL;
	if (room < sizeof(push) + FIXED_LEN + id_len)
		return -EMSGSIZE;
	memcpy(buf, push, sizeof(push));
	memset(p, 0, FIXED_LEN);
	p[16] = VERSION >> 2;
	p[17] = (uint8_t)((VERSION & 3) << 6 | n->ui_mode << 4 | (n->server_initiated ? 0x08 : 0));
	p[21] = (uint8_t)(n->session_id >> 8);
	p[22] = (uint8_t)n->session_id;
	p[23] = (uint8_t)id_len;
	memcpy(p + FIXED_LEN, n->server_id, id_len);
	if (dm_auth_mac(n->server_id, password, nonce, nonce_len, p + DM_DIGEST_LEN,
				 FIXED_LEN - DM_DIGEST_LEN + id_len, p))
		return -EINVAL;
	return (int)(sizeof(push) + FIXED_LEN + id_len);
}
