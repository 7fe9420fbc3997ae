/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The card's contacts besides I/O: RST and VCC come from the reader, presence goes to it. Two
 * ways to carry them:
 *
 *   qtest	QEMU's test socket: output lines 0 (RST) and 1 (VCC) and input line 2 (presence)
 *		of a GPIO controller; RST is the contact's level, high = card runs
 *   plain	text lines "RST 0|1" and "VCC 0|1" from the reader, "PRESENT 0|1" to it; a number
 *		behind the level is the reader's time of it in ns, "BAUD N" its rate
 *
 * Output lines 4 and 5, "VOLTAGE 0..3" on a plain socket, tell which voltage VCC has where the
 * supply can do several: 1, 2, 3 for classes C, B, A; 0 = it does not tell.
 */
#ifndef VUICC_LINES_H
#define VUICC_LINES_H

#include "sock.h"

enum uicc_line {
	UICC_LINE_RST,
	UICC_LINE_VCC,
	UICC_LINE_PRESENT,
	UICC_LINE_MAX_NR,
};

struct uicc_lines {
	struct uicc_endpoint end;
	bool qtest;
	const char *qom;	/* QOM path of the GPIO controller */
	bool present;
	unsigned int voltage;	/* 0 not told, 1 to 3 class C, B, A */
	uint64_t at;		/* time of the change on the reader's clock, 0 = not told */
	struct uicc_linebuf in;
	/* In place of the socket, if set. */
	void (*tell_present)(void *ctx, bool present);
	/* RST or VCC changed. */
	void (*changed)(void *ctx, enum uicc_line line, bool level);
	uint64_t pl011;		/* address of the reader's UART in the machine, 0 = not known */
	unsigned int pl011_hz;	/* its clock */
	unsigned int awaited;	/* answers to uicc_lines_ask_rate() on their way */
	bool wanted;		/* the last of them is of use */
	uint32_t ibrd;
	/* Answer to uicc_lines_ask_rate(), in bit/s. */
	void (*rate_told)(void *ctx, unsigned int rate);
	/* The voltage was switched over. */
	void (*voltage_changed)(void *ctx);
	/* The reader has set its UART to this rate. */
	void (*baud)(void *ctx, unsigned int rate);
	/* Something came that is not understood. */
	void (*complain)(void *ctx, const char *text);
	void *ctx;
};

const char *uicc_line_name(enum uicc_line line);
/* The peer is new: tells it what it has to know. */
void uicc_lines_greet(struct uicc_lines *l);
void uicc_lines_set_present(struct uicc_lines *l, bool present);
/*
 * Asks the machine how its UART is set, by the divisors in the registers of the PL011; the answer
 * comes through rate_told().  Nothing happens where that is not known.
 */
void uicc_lines_ask_rate(struct uicc_lines *l);
/* The answer is of no use any more: the line was reset. */
void uicc_lines_forget_rate(struct uicc_lines *l);
/*
 * Takes everything that waits, without blocking.  The levels drop when the peer goes away.
 * Returns false then.
 */
bool uicc_lines_read(struct uicc_lines *l);

#endif /* VUICC_LINES_H */
