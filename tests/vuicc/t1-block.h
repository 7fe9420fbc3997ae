/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of T=1 as the card builds, spoils and reads them (ISO/IEC 7816-3, 11.3). */
#ifndef VUICC_T1_BLOCK_H
#define VUICC_T1_BLOCK_H

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

/* PCB */
#define UICC_T1_I_NS		0x40
#define UICC_T1_I_MORE		0x20
#define UICC_T1_R		0x80
#define UICC_T1_R_NR		0x10
#define UICC_T1_RESYNCH		0xc0
#define UICC_T1_IFS		0xc1
#define UICC_T1_ABORT		0xc2
#define UICC_T1_WTX		0xc3
#define UICC_T1_RESPONSE	0x20	/* added to a request */

/* Errors that an R-block tells of */
#define UICC_T1_EDC		0x01
#define UICC_T1_OTHER		0x02

/* Returns the length of the block; its NAD is 00. */
size_t uicc_t1_build(uint8_t *block, uint8_t pcb, const uint8_t *inf, uint8_t len, bool crc);
bool uicc_t1_edc_good(const uint8_t *block, size_t len, bool crc);
/* What is wrong with the form of a complete block from the reader, NULL if nothing. */
const char *uicc_t1_defect(const uint8_t *block, size_t len, bool crc);
/*
 * Shows the faults that are due at this block of the card, the nth since the reset. False if it
 * is not to be sent at all.
 */
bool uicc_t1_spoil(struct uicc_faults *f, unsigned int n, uint8_t *block, size_t len, bool crc);

#endif /* VUICC_T1_BLOCK_H */
