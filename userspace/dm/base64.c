// SPDX-License-Identifier: BSD-3-Clause
/*
 * Base64 with a strict decoder: wrong characters, missing padding and left-over bits are refused.
 */
#include "dm/base64.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void dm_b64_encode(const uint8_t *in, size_t len, char *out)
{
	size_t i;

	for (i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			v |= in[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[v >> 12 & 63];
		*out++ = i + 1 < len ? alphabet[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? alphabet[v & 63] : '=';
	}
	*out = '\0';
}

/* One group of four characters, pad of them '='. */
static int decode_group(const uint8_t v[4], unsigned int pad, uint8_t bytes[3])
{
	if (pad == 1 && v[2] & 3)
		return -EBADMSG;
	if (pad == 2 && v[1] & 15)
		return -EBADMSG;
	bytes[0] = (uint8_t)(v[0] << 2 | v[1] >> 4);
	bytes[1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
	bytes[2] = (uint8_t)(v[2] << 6 | v[3]);
	return 0;
}

ssize_t dm_b64_decode(const char *in, size_t len, uint8_t *out, size_t room)
{
	uint8_t group[4] = { 0 }, bytes[3];
	unsigned int n = 0, pad = 0;
	size_t done = 0, i;

	for (i = 0; i < len; i++) {
		const char *p;

		if (strchr(" \t\r\n", in[i]) && in[i])
			continue;
		if (in[i] == '=') {
			if (n < 2)
				return -EBADMSG;
			group[n] = 0;
			pad++;
		} else {
			p = in[i] ? strchr(alphabet, in[i]) : NULL;
			if (!p || pad)
				return -EBADMSG;
			group[n] = (uint8_t)(p - alphabet);
		}
		if (++n < 4)
			continue;
		if (decode_group(group, pad, bytes))
			return -EBADMSG;
		if (done + 3 - pad > room)
			return -EMSGSIZE;
		memcpy(out + done, bytes, 3 - pad);
		done += 3 - pad;
		n = 0;
	}
	return n ? -EBADMSG : (ssize_t)done;
}
