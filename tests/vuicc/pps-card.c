// SPDX-License-Identifier: BSD-3-Clause
/* PPS, card side. */
#include <string.h>

#include <iso7816/timing.h>

#include "pps-card.h"

#define PPS1	0x10
#define PPS2	0x20
#define PPS3	0x40

/* ISO/IEC 7816-3, tables 7 and 8; 0 = RFU */
static const uint16_t fi[16] = {
	372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0,
};
static const uint8_t di[16] = { 0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0 };

bool uicc_pps_rate(uint8_t ta1, uint16_t *f, uint8_t *d)
{
	if (!fi[ta1 >> 4] || !di[ta1 & 15])
		return false;
	*f = fi[ta1 >> 4];
	*d = di[ta1 & 15];
	return true;
}

static uint8_t check(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	while (n--)
		x ^= *p++;
	return x;
}

/* What is wrong with the request, NULL if nothing. */
static const char *request_defect(struct uicc_pps *p, const struct iso7816_atr_info *atr)
{
	uint8_t pps0 = p->buf[1];
	uint16_t f;
	uint8_t d;

	if (check(p->buf, p->len))
		return "PPS with wrong PCK";
	if (pps0 & 0x80)
		return "PPS with RFU bit in PPS0";
	if (atr->has_ta2)
		return "PPS in specific mode";
	if (!(atr->protocols & 1U << (pps0 & 15)))
		return "PPS for a protocol that was not offered";
	if (!(pps0 & PPS1))
		return NULL;
	if (!uicc_pps_rate(p->buf[2], &f, &d))
		return "PPS with RFU F or D";
	/* between the defaults and what TA1 says */
	if (f < ISO7816_FD || f > atr->fi || d > atr->di)
		return "PPS proposes more than TA1 offers";
	return NULL;
}

static void seal(struct uicc_pps *p)
{
	p->buf[p->len - 1] = check(p->buf, p->len - 1);
}

static void agree(struct uicc_pps *p)
{
	p->protocol = p->buf[1] & 15;
	p->f = ISO7816_FD;
	p->d = ISO7816_DD;
	if (p->buf[1] & PPS1)
		uicc_pps_rate(p->buf[2], &p->f, &p->d);
}

static enum uicc_pps_result answer(struct uicc_pps *p)
{
	enum uicc_pps_mode mode = p->mode;

	if (p->times && !--p->times)
		p->mode = UICC_PPS_ACCEPT;
	switch (mode) {
	case UICC_PPS_ACCEPT:
		break;
	case UICC_PPS_REFUSE:
		return UICC_PPS_SILENT;
	case UICC_PPS_ALTER:
		if (p->buf[1] & PPS1)
			p->buf[2] ^= 0x03;
		else
			p->buf[1] ^= 0x01;
		seal(p);
		return UICC_PPS_SPOILT;
	case UICC_PPS_REDUCE:
		p->buf[1] &= 15;
		p->len = 3;
		seal(p);
		break;
	case UICC_PPS_BAD_PCK:
		p->buf[p->len - 1] ^= 0x01;
		return UICC_PPS_SPOILT;
	case UICC_PPS_EXTRA:
		/* of two, a request that has PPS2 gets the next */
		p->buf[1] |= p->buf[1] & PPS2 ? PPS3 : PPS2;
		p->buf[p->len++ - 1] = 0x00;
		seal(p);
		return UICC_PPS_SPOILT;
	}
	agree(p);
	return UICC_PPS_AGREED;
}

enum uicc_pps_result uicc_pps_byte(struct uicc_pps *p, const struct iso7816_atr_info *atr,
				   uint8_t byte)
{
	uint8_t pps0 = p->buf[1];
	size_t need = 3;

	p->buf[p->len++] = byte;
	if (p->len < 3)
		return UICC_PPS_MORE;
	need += !!(pps0 & PPS1) + !!(pps0 & PPS2) + !!(pps0 & PPS3);
	if (p->len < need)
		return UICC_PPS_MORE;
	p->defect = request_defect(p, atr);
	return p->defect ? UICC_PPS_SILENT : answer(p);
}
