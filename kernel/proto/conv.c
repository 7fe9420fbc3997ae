// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Direct and inverse convention.  An inverse card sends the high bit first with
 * H = 0; a UART that is LSB first with H = 1 gets each of its characters
 * mirrored and complemented, which is its own inverse operation.
 */
#include <iso7816/conv.h>

static u8 mirror(u8 byte)
{
	byte = (u8)((byte & 0xf0) >> 4 | (byte & 0x0f) << 4);
	byte = (u8)((byte & 0xcc) >> 2 | (byte & 0x33) << 2);
	return (u8)((byte & 0xaa) >> 1 | (byte & 0x55) << 1);
}

u8 iso7816_conv_byte(enum iso7816_convention conv, u8 byte)
{
	if (conv == ISO7816_CONV_INVERSE)
		return (u8)~mirror(byte);
	return byte;
}

bool iso7816_conv_from_ts(u8 raw, enum iso7816_convention *conv)
{
	switch (raw) {
	case ISO7816_TS_DIRECT:
		*conv = ISO7816_CONV_DIRECT;
		return true;
	case ISO7816_TS_INVERSE_RAW:
		*conv = ISO7816_CONV_INVERSE;
		return true;
	default:
		return false;
	}
}
