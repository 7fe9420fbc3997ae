/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the card can say of the reader's timing.  A loaded host makes gaps longer than they were on
 * the reader's side, and lets several events arrive at once; only what is wrong
 * in spite of that is a violation.
 */
#ifndef VUICC_CHECK_H
#define VUICC_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uicc;

struct uicc_check {
	uint64_t rst_high_at;	/* the last time RST was surely high */
	uint64_t rst_fell_at;	/* on the reader's clock, 0 = not told */
	uint64_t burst_after;	/* the card's last character before those of the reader */
	size_t burst;		/* bytes of the reader since then */
	uint64_t char_at;	/* leading edge of the reader's last character, if it tells */
	uint64_t heard_then;	/* characters that it had from the card by then */
};

/* RST has changed. */
void uicc_check_rst(struct uicc *u, uint64_t now);
/* The lines were looked at, and nothing new was there. */
void uicc_check_quiet_lines(struct uicc *u, uint64_t now);
/* The first of n bytes from the reader, to a card that may hear them. */
void uicc_check_turn(struct uicc *u, uint64_t now);
/* n bytes from the reader: were they further apart than TC1 of the ATR asks for? */
void uicc_check_guard(struct uicc *u, size_t n, uint64_t now);
/*
 * A reader that tells its times: a character whose leading edge was then, RST that rose then with CLK
 * running since port.clk_at.
 */
void uicc_check_char(struct uicc *u, uint64_t at);
void uicc_check_clock(struct uicc *u, uint64_t at);
/* Has a fault struck the line, so that what the reader does now may look wrong? */
bool uicc_disturbed(const struct uicc *u);
/*
 * n bytes from the reader while characters of the card are on their way: lost, and a violation
 * unless the reader may have waited in vain.
 */
bool uicc_check_collision(struct uicc *u, size_t n, uint64_t now);

#endif /* VUICC_CHECK_H */
