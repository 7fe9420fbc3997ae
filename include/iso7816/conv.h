/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Direct and inverse convention on a UART that always works LSB first with
 * H = 1 (ISO/IEC 7816-3, 8.1).
 */
#ifndef ISO7816_CONV_H
#define ISO7816_CONV_H

#include <iso7816/env.h>

#define ISO7816_TS_DIRECT	0x3b
#define ISO7816_TS_INVERSE	0x3f
/* How an even-parity UART reports the TS of an inverse card (with parity error) */
#define ISO7816_TS_INVERSE_RAW	0x03

enum iso7816_convention {
	ISO7816_CONV_DIRECT = 0,
	ISO7816_CONV_INVERSE = 1,
};

/**
 * iso7816_conv_byte() - translate a character between line and card
 * @conv: convention in force
 * @byte: as the UART has it, or as the card means it (its own inverse)
 */
u8 iso7816_conv_byte(enum iso7816_convention conv, u8 byte);

/**
 * iso7816_conv_from_ts() - tell the convention from the first character
 * @raw: the character as the UART reports it
 * @conv: set on success
 * Return: true if @raw is a TS
 */
bool iso7816_conv_from_ts(u8 raw, enum iso7816_convention *conv);

#endif /* ISO7816_CONV_H */
