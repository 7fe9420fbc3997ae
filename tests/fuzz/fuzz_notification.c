// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: package #0. What is accepted is built again and has to be the same to the bit;
 * a digest is good with the secret it was made with only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dm/dm.h"
#include "fuzz/fuzz.h"

static const uint8_t nonce[] = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7 };

static void check_fields(const struct dm_notification *n, const uint8_t *buf, size_t len)
{
	CHECK(strlen(n->server_id) < sizeof(n->server_id));
	CHECK(n->ui_mode <= DM_UI_INTERACTION);
	CHECK(n->session_id);
	CHECK(n->trigger == buf + DM_DIGEST_LEN && n->trigger_len == len - DM_DIGEST_LEN);
	CHECK(!memcmp(n->digest, buf, DM_DIGEST_LEN));
}

/* What a management system would send for the same session. */
static void rebuild(const struct dm_notification *n)
{
	uint8_t pdu[DM_NOTIFICATION_MAX];
	struct dm_notification again;
	const uint8_t *body = NULL;
	const char *why = NULL;
	size_t body_len = 0;
	int len = dm_notification_build(n, "secret", nonce, sizeof(nonce), pdu, sizeof(pdu));

	if (len < 0)
		return;	/* an identifier that nobody would give out */
	CHECK(!dm_wsp_unwrap(pdu, (size_t)len, &body, &body_len));
	CHECK(!dm_notification_parse(body, body_len, &again, &why));
	CHECK(!strcmp(again.server_id, n->server_id));
	CHECK(again.session_id == n->session_id && again.ui_mode == n->ui_mode);
	CHECK(again.server_initiated == n->server_initiated);
	CHECK(dm_notification_check(&again, "secret", nonce, sizeof(nonce)));
	CHECK(!dm_notification_check(&again, "secreT", nonce, sizeof(nonce)));
	CHECK(!dm_notification_check(&again, "secret", nonce, sizeof(nonce) - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *buf = malloc(size ? size : 1);
	struct dm_notification n;
	const char *why = NULL;
	int ret;

	CHECK(buf);
	if (size)
		memcpy(buf, data, size);
	memset(&n, 0xa5, sizeof(n));
	ret = dm_notification_parse(buf, size, &n, &why);
	CHECK(ret == 0 || ret == -EBADMSG);
	if (ret) {
		CHECK(why);
	} else {
		check_fields(&n, buf, size);
		CHECK(!dm_notification_check(&n, "secret", nonce, sizeof(nonce)));
		rebuild(&n);
	}
	free(buf);
	return 0;
}
