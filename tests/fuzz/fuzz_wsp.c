// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: WSP pushes, and what is inside of them if it is a notification.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dm/dm.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *pdu = malloc(size ? size : 1);
	struct dm_notification n;
	const char *why = NULL;
	const uint8_t *body = NULL;
	size_t len = 0;
	int ret;

	CHECK(pdu);
	if (size)
		memcpy(pdu, data, size);
	ret = dm_wsp_unwrap(pdu, size, &body, &len);
	CHECK(ret == 0 || ret == -EBADMSG || ret == -ENOMSG);
	if (!ret) {
		CHECK(body >= pdu && body + len == pdu + size);
		ret = dm_notification_parse(body, len, &n, &why);
		CHECK(ret == 0 || ret == -EBADMSG);
		CHECK(!ret || why);
	}
	free(pdu);
	return 0;
}
