/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Inverse convention: what is on the line, and what the card means; either way round.
 */
#ifndef VECTORS_CONV_H
#define VECTORS_CONV_H

#include <iso7816/conv.h>

static const u8 conv_vectors[][2] = {
	{ 0x00, 0xff }, { 0xff, 0x00 }, { 0x3f, 0x03 }, { 0x60, 0xf9 },
	{ 0x61, 0x79 }, { 0x6c, 0xc9 }, { 0x90, 0xf6 }, { 0x9f, 0x06 },
	{ 0x80, 0xfe }, { 0x18, 0xe7 }, { 0x96, 0x96 }, { 0x2f, 0x0b },
};

#endif /* VECTORS_CONV_H */
