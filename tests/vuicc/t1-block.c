// SPDX-License-Identifier: BSD-3-Clause
/* Blocks of T=1 as the card builds, spoils and reads them. */
#include <string.h>

#include "t1-block.h"

static uint8_t sum8(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	while (n--)
		x ^= *p++;
	return x;
}

/* CRC of ISO/IEC 13239: bits go least significant first, sent inverted. */
static uint16_t sum16(const uint8_t *p, size_t n)
{
	uint32_t x = 0xffff;
	unsigned int bit;

	while (n--) {
		for (bit = 0; bit < 8; bit++) {
			bool odd = (x ^ *p >> bit) & 1;

			x >>= 1;
			if (odd)
				x ^= 0x8408;
		}
		p++;
	}
	return x ^ 0xffff;
}

static void seal(uint8_t *block, size_t n, bool crc)
{
	if (crc) {
		uint16_t sum = sum16(block, n);

		block[n] = sum & 0xff;
		block[n + 1] = sum >> 8;
	} else {
		block[n] = sum8(block, n);
	}
}

size_t uicc_t1_build(uint8_t *block, uint8_t pcb, const uint8_t *inf, uint8_t len, bool crc)
{
	block[0] = 0x00;
	block[1] = pcb;
	block[2] = len;
	if (len)
		memcpy(block + 3, inf, len);
	seal(block, 3 + len, crc);
	return 3 + len + (crc ? 2 : 1);
}

bool uicc_t1_edc_good(const uint8_t *block, size_t len, bool crc)
{
	uint16_t sum;

	if (!crc)
		return !sum8(block, len);
	sum = sum16(block, len - 2);
	return block[len - 2] == (sum & 0xff) && block[len - 1] == sum >> 8;
}

static const char *s_defect(uint8_t pcb, const uint8_t *block)
{
	uint8_t len = block[2];

	switch (pcb) {
	case UICC_T1_RESYNCH:
	case UICC_T1_ABORT:
	case UICC_T1_ABORT | UICC_T1_RESPONSE:
		return len ? "S-block with data" : NULL;
	case UICC_T1_IFS:
	case UICC_T1_IFS | UICC_T1_RESPONSE:
		if (len != 1)
			return "S(IFS) without its one byte";
		return !block[3] || block[3] == 0xff ? "S(IFS) of no valid size" : NULL;
	case UICC_T1_WTX | UICC_T1_RESPONSE:
		return len != 1 ? "S(WTX response) without its one byte" : NULL;
	}
	return "S-block that only the card may send, or nobody";
}

const char *uicc_t1_defect(const uint8_t *block, size_t len, bool crc)
{
	uint8_t pcb = block[1];

	if (!uicc_t1_edc_good(block, len, crc))
		return "block with wrong EDC";
	if (!(pcb & 0x80))
		return pcb & 0x1f ? "I-block with RFU bits in PCB" : NULL;
	if ((pcb & 0xc0) == UICC_T1_R) {
		if (pcb & 0x20 || (pcb & 0x0f) > UICC_T1_OTHER)
			return "R-block with RFU bits in PCB";
		return block[2] ? "R-block with data" : NULL;
	}
	return s_defect(pcb, block);
}

static void spoil(enum uicc_fault fault, uint8_t *block, size_t len, bool crc)
{
	size_t n = len - (crc ? 2 : 1);

	switch (fault) {
	case UICC_FAULT_BAD_EDC:
		block[len - 1] ^= 0x01;
		return;
	case UICC_FAULT_BAD_SEQ:
		block[1] ^= block[1] & 0x80 ? UICC_T1_R_NR : UICC_T1_I_NS;
		break;
	case UICC_FAULT_BAD_PCB:
		block[1] = 0xdf;
		break;
	case UICC_FAULT_BAD_LEN:
		block[2]++;
		break;
	case UICC_FAULT_BAD_NAD:
		block[0] = 0x21;
		break;
	default:
		return;
	}
	seal(block, n, crc);
}

bool uicc_t1_spoil(struct uicc_faults *f, unsigned int n, uint8_t *block, size_t len, bool crc)
{
	enum uicc_fault i;

	for (i = UICC_FAULT_BAD_EDC; i <= UICC_FAULT_BAD_NAD; i++) {
		if (uicc_fault_fires(f, i, n))
			spoil(i, block, len, crc);
	}
	return !uicc_fault_fires(f, UICC_FAULT_LOSE_BLOCK, n);
}
