// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * T=1 blocks: error detection codes, and the form that each kind of block must have.
 */
#include <iso7816/block.h>

#define PROLOGUE	3
/* ISO/IEC 13239, 16 bit: x^16 + x^12 + x^5 + 1, least significant bit first */
#define CRC_POLYNOMIAL	0x8408
#define CRC_INITIAL	0xffff
/* Remainder over a block and its CRC */
#define CRC_GOOD	0xf0b8

static u8 lrc(const u8 *p, size_t len)
{
	u8 sum = 0;

	while (len--)
		sum ^= *p++;
	return sum;
}

static u16 crc16(const u8 *p, size_t len)
{
	u16 crc = CRC_INITIAL;
	u8 bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = (u16)(crc & 1 ? crc >> 1 ^ CRC_POLYNOMIAL : crc >> 1);
	}
	return crc;
}

size_t iso7816_block_build(u8 *buf, u8 pcb, const u8 *inf, u8 len, bool crc)
{
	size_t n = PROLOGUE + len;
	u16 sum;

	buf[0] = 0x00;
	buf[1] = pcb;
	buf[2] = len;
	if (len)
		memcpy(buf + PROLOGUE, inf, len);
	if (!crc) {
		buf[n] = lrc(buf, n);
		return n + 1;
	}
	sum = (u16)~crc16(buf, n);
	buf[n] = (u8)sum;
	buf[n + 1] = (u8)(sum >> 8);
	return n + 2;
}

static bool edc_matches(const struct iso7816_block *b)
{
	return b->crc ? crc16(b->buf, b->len) == CRC_GOOD : lrc(b->buf, b->len) == 0;
}

/* S-blocks for IFS and WTX carry one value; 00 is none, and FF is no IFS */
static bool s_block_valid(u8 pcb, u8 len, u8 value)
{
	switch (pcb & (u8)~ISO7816_PCB_S_RESPONSE) {
	case ISO7816_PCB_S_RESYNCH:
	case ISO7816_PCB_S_ABORT:
		return len == 0;
	case ISO7816_PCB_S_IFS:
		return len == 1 && value != 0x00 && value != 0xff;
	case ISO7816_PCB_S_WTX:
		return len == 1 && value != 0x00;
	default:
		return false;
	}
}

/* Is a block of this PCB known, and does the rest go with it */
static bool form_valid(const struct iso7816_block *b)
{
	u8 pcb = b->buf[1];
	u8 len = b->buf[2];

	if (!(pcb & 0x80))
		return !(pcb & 0x1f);
	if (pcb & 0x40)
		return s_block_valid(pcb, len, b->buf[PROLOGUE]);
	return !(pcb & 0x2c) && (pcb & 0x03) != 0x03 && len == 0;
}

void iso7816_block_init(struct iso7816_block *b, u8 inf_max, bool crc)
{
	memset(b, 0, sizeof(*b));
	b->inf_max = inf_max;
	b->crc = crc;
	b->need = PROLOGUE + (crc ? 2 : 1);
}

static enum iso7816_block_verdict complete(struct iso7816_block *b)
{
	if (!b->error && !edc_matches(b))
		b->error = ISO7816_BLOCK_EDC;
	if (!b->error && !form_valid(b))
		b->error = ISO7816_BLOCK_OTHER;
	return b->error ? ISO7816_BLOCK_BAD : ISO7816_BLOCK_GOOD;
}

enum iso7816_block_verdict iso7816_block_byte(struct iso7816_block *b, u8 byte, u8 flags)
{
	if (!b->len && byte != 0x00) {
		if (b->noise++ < ISO7816_BLOCK_NOISE_MAX)
			return ISO7816_BLOCK_MORE;
		b->error = ISO7816_BLOCK_OTHER;
		return ISO7816_BLOCK_BAD;
	}
	if (flags)
		b->error = ISO7816_BLOCK_EDC;
	b->buf[b->len++] = byte;
	if (b->len == PROLOGUE) {
		if (byte > b->inf_max) {
			if (!b->error)
				b->error = ISO7816_BLOCK_OTHER;
			return ISO7816_BLOCK_BAD;
		}
		b->need += byte;
	}
	return b->len == b->need ? complete(b) : ISO7816_BLOCK_MORE;
}
