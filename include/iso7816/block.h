/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One block of T=1 (ISO/IEC 7816-3, 11.3): NAD PCB LEN, INF, EDC.  Building one, and
 * taking one in character by character; what a block means is told in t1.h.
 */
#ifndef ISO7816_BLOCK_H
#define ISO7816_BLOCK_H

#include <iso7816/env.h>

#define ISO7816_INF_MAX		254
#define ISO7816_BLOCK_MAX	(3 + ISO7816_INF_MAX + 2)
/* Characters before a NAD that are taken for noise */
#define ISO7816_BLOCK_NOISE_MAX	16

/* PCB */
#define ISO7816_PCB_I_NS	0x40	/* I-block: N(S) */
#define ISO7816_PCB_I_MORE	0x20	/* I-block: another one follows */
#define ISO7816_PCB_R		0x80	/* R-block, error bits 0 */
#define ISO7816_PCB_R_NR	0x10	/* R-block: N(R) */
#define ISO7816_PCB_R_ERROR	0x0f
#define ISO7816_PCB_S_RESYNCH	0xc0	/* S(... request) */
#define ISO7816_PCB_S_IFS	0xc1
#define ISO7816_PCB_S_ABORT	0xc2
#define ISO7816_PCB_S_WTX	0xc3
#define ISO7816_PCB_S_RESPONSE	0x20	/* added to the request */

/* Error bits of an R-block */
enum iso7816_block_error {
	ISO7816_BLOCK_OK = 0,
	ISO7816_BLOCK_EDC = 1,		/* parity or EDC */
	ISO7816_BLOCK_OTHER = 2,
};

/**
 * iso7816_block_build() - write a block
 * @buf: ISO7816_BLOCK_MAX bytes of room
 * @pcb: PCB
 * @inf: information field, NULL if there is none
 * @len: bytes at @inf, ISO7816_INF_MAX at most
 * @crc: EDC is a CRC, otherwise an LRC
 * Return: length of the block; its NAD is 00
 */
size_t iso7816_block_build(u8 *buf, u8 pcb, const u8 *inf, u8 len, bool crc);

/**
 * struct iso7816_block - a block that comes in; copyable
 * @buf: its characters
 * @len: characters so far, 0 = not begun
 * @need: characters in all, as far as known
 * @noise: characters let fall before the NAD
 * @inf_max: longest information field allowed (IFSD)
 * @crc: EDC is a CRC
 * @error: what is wrong with it so far
 */
struct iso7816_block {
	u8 buf[ISO7816_BLOCK_MAX];
	u16 len;
	u16 need;
	u8 noise;
	u8 inf_max;
	bool crc;
	enum iso7816_block_error error;
};

enum iso7816_block_verdict {
	ISO7816_BLOCK_MORE,	/* characters are still to come */
	ISO7816_BLOCK_GOOD,	/* complete and error-free */
	ISO7816_BLOCK_BAD,	/* in error: see struct iso7816_block.error */
};

/**
 * iso7816_block_init() - get ready for a block
 * @b: the block
 * @inf_max: IFSD
 * @crc: EDC is a CRC
 */
void iso7816_block_init(struct iso7816_block *b, u8 inf_max, bool crc);

/**
 * iso7816_block_byte() - take a character
 * @b: the block, neither good nor bad yet
 * @byte: the character
 * @flags: ISO7816_CHAR_*
 *
 * Characters other than 00 before the NAD, which is always 00, are noise.  A block
 * whose end cannot be known is bad at once, others when they are complete.
 */
enum iso7816_block_verdict iso7816_block_byte(struct iso7816_block *b, u8 byte, u8 flags);

#endif /* ISO7816_BLOCK_H */
