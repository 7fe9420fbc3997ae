// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * APDU: the four cases in short and extended form, and what can be told from a
 * header.
 */
#include <iso7816/apdu.h>

bool iso7816_apdu_header_valid(const u8 *header)
{
	u8 high = header[1] & 0xf0;

	return header[0] != 0xff && high != 0x60 && high != 0x90;
}

/* Lc or Le in two bytes, high byte first */
static size_t length2(const u8 *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static bool parse_short(const u8 *buf, size_t len, struct iso7816_apdu *apdu)
{
	size_t n = buf[4];

	if (len == 5) {
		apdu->ne = n ? n : ISO7816_SHORT_NE_MAX;
		return true;
	}
	if (len != 5 + n && len != 6 + n)
		return false;
	apdu->data = buf + 5;
	apdu->nc = n;
	if (len == 6 + n)
		apdu->ne = buf[5 + n] ? buf[5 + n] : ISO7816_SHORT_NE_MAX;
	return true;
}

static bool parse_extended(const u8 *buf, size_t len, struct iso7816_apdu *apdu)
{
	size_t n;

	if (len < 7)
		return false;
	apdu->extended = true;
	n = length2(buf + 5);
	if (len == 7) {
		apdu->ne = n ? n : 65536;
		return true;
	}
	if (!n || (len != 7 + n && len != 9 + n))
		return false;
	apdu->data = buf + 7;
	apdu->nc = n;
	if (len == 9 + n) {
		n = length2(buf + len - 2);
		apdu->ne = n ? n : 65536;
	}
	return true;
}

bool iso7816_apdu_parse(const u8 *buf, size_t len, struct iso7816_apdu *apdu)
{
	memset(apdu, 0, sizeof(*apdu));
	if (len < 4 || !iso7816_apdu_header_valid(buf))
		return false;
	memcpy(apdu->header, buf, sizeof(apdu->header));
	if (len == 4)
		return true;
	if (len > 5 && !buf[4])
		return parse_extended(buf, len, apdu);
	return parse_short(buf, len, apdu);
}

u8 iso7816_apdu_transport_cla(u8 cla)
{
	if ((cla & 0xe0) == 0x00 || (cla & 0xf0) == 0x80)
		return cla & 0x03;
	if (cla & 0x40)
		return 0x40 | (cla & 0x0f);
	return cla;
}
