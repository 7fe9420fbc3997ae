/* SPDX-License-Identifier: BSD-3-Clause */
/* PIN1 of the card: VERIFY, CHANGE PIN, UNBLOCK PIN (TS 102 221, 11.1.9 to 11.1.13). */
#ifndef VUICC_PIN_H
#define VUICC_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UICC_PIN_LEN	8

struct uicc_pin {
	uint8_t value[UICC_PIN_LEN];	/* in non-volatile memory, as the counters are */
	uint8_t puk[UICC_PIN_LEN];
	unsigned int tries;
	unsigned int puk_tries;
	bool verified;			/* until the reset */
};

/* PIN 1234 with three tries, PUK 12345678 with ten. */
void uicc_pin_init(struct uicc_pin *p);
/* The three commands, by INS (20, 24, 2C) and key reference: the status word. */
uint16_t uicc_pin_command(struct uicc_pin *p, const uint8_t header[4], const uint8_t *data,
			  size_t len);

#endif /* VUICC_PIN_H */
