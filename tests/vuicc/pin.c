// SPDX-License-Identifier: BSD-3-Clause
/* PIN1 of the card. */
#include <string.h>

#include "pin.h"

#define TRIES		3
#define PUK_TRIES	10
#define KEY_PIN1	0x01

void uicc_pin_init(struct uicc_pin *p)
{
	memset(p, 0, sizeof(*p));
	memcpy(p->value, "1234\xff\xff\xff\xff", UICC_PIN_LEN);
	memcpy(p->puk, "12345678", UICC_PIN_LEN);
	p->tries = TRIES;
	p->puk_tries = PUK_TRIES;
}

/* Compares, keeps count; 9000, 63Cx or 6983. */
static uint16_t check(const uint8_t *given, const uint8_t *right, unsigned int *tries,
		      unsigned int all)
{
	if (!*tries)
		return 0x6983;
	if (memcmp(given, right, UICC_PIN_LEN)) {
		(*tries)--;
		return 0x63c0 | *tries;
	}
	*tries = all;
	return 0x9000;
}

static uint16_t verify(struct uicc_pin *p, const uint8_t *data)
{
	uint16_t sw = check(data, p->value, &p->tries, TRIES);

	p->verified = sw == 0x9000;
	return sw;
}

static uint16_t change(struct uicc_pin *p, const uint8_t *data)
{
	uint16_t sw = verify(p, data);

	if (sw == 0x9000)
		memcpy(p->value, data + UICC_PIN_LEN, UICC_PIN_LEN);
	return sw;
}

static uint16_t unblock(struct uicc_pin *p, const uint8_t *data)
{
	uint16_t sw = check(data, p->puk, &p->puk_tries, PUK_TRIES);

	if (sw != 0x9000)
		return sw;
	memcpy(p->value, data + UICC_PIN_LEN, UICC_PIN_LEN);
	p->tries = TRIES;
	p->verified = true;
	return sw;
}

uint16_t uicc_pin_command(struct uicc_pin *p, const uint8_t header[4], const uint8_t *data,
			  size_t len)
{
	bool puk = header[1] == 0x2c;
	unsigned int tries = puk ? p->puk_tries : p->tries;

	if (header[2])
		return 0x6b00;
	if (header[3] != KEY_PIN1)
		return 0x6a88;
	/* without data the command asks how many tries are left */
	if (!len && header[1] != 0x24)
		return tries ? 0x63c0 | tries : 0x6983;
	if (len != (header[1] == 0x20 ? UICC_PIN_LEN : 2 * UICC_PIN_LEN))
		return 0x6700;
	switch (header[1]) {
	case 0x20:
		return verify(p, data);
	case 0x24:
		return change(p, data);
	case 0x2c:
		return unblock(p, data);
	}
	return 0x6d00;
}
