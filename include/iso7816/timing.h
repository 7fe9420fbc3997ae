/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Times of ISO/IEC 7816-3 in nanoseconds: pure functions of the card clock and
 * of the parameters in the ATR.  All saturate at the highest value of their type
 * instead of overflowing; a zero divisor counts as saturation.
 */
#ifndef ISO7816_TIMING_H
#define ISO7816_TIMING_H

#include <iso7816/env.h>

#define ISO7816_NSEC_PER_SEC	1000000000ULL

/* A UART tells of a character only when it is over: slack of a waiting time, in etu */
#define ISO7816_WT_SLACK_ETU	12
/*
 * How late the host may hear of a character that was in time: FIFO trigger
 * levels, DMA, scheduling.  To be added to every waiting time.
 */
#define ISO7816_HOST_SLACK_NS	200000000ULL
/* Initial waiting time: gap between the characters of an ATR or PPS, in etu */
#define ISO7816_IWT_ETU		9600
/* RST low at a reset, at least (clock cycles) */
#define ISO7816_RESET_CLOCKS	400
/* First character of the ATR after RST went high, at most (clock cycles) */
#define ISO7816_ATR_CLOCKS	40000
/* T=1: leading edges of characters in opposite directions, at least (etu) */
#define ISO7816_BGT_ETU		22
/* A UART reports a character no earlier than so many etu after its leading edge */
#define ISO7816_REPORT_ETU	9
#define ISO7816_FD		372
#define ISO7816_DD		1
#define ISO7816_WI_DEFAULT	10

/**
 * iso7816_clocks_to_ns() - duration of clock cycles, rounded up
 * @clocks: number of card clock cycles
 * @clock_hz: card clock in Hz, not 0
 */
u64 iso7816_clocks_to_ns(u64 clocks, u32 clock_hz);

/**
 * iso7816_etu_to_ns() - duration of elementary time units, rounded up
 * @etu: number of etu
 * @f: clock rate conversion integer in force
 * @d: baud rate adjustment integer in force, not 0
 * @clock_hz: card clock in Hz, not 0; @d * @clock_hz is at most 2^34
 */
u64 iso7816_etu_to_ns(u64 etu, u32 f, u32 d, u32 clock_hz);

/**
 * iso7816_wt_ns() - T=0 waiting time WT = WI * 960 * Fi / f (ISO/IEC 7816-3, 10.2)
 * @wi: waiting time integer 1 to 255 (0 is read as the default 10)
 * @fi: Fi of TA1, even if another F is in use
 * @clock_hz: card clock in Hz, not 0
 * The slack of ISO7816_WT_SLACK_ETU is not included.
 */
u64 iso7816_wt_ns(u8 wi, u32 fi, u32 clock_hz);

/**
 * iso7816_cwt_ns() - T=1 character waiting time, 11 + 2^CWI etu (ISO/IEC 7816-3, 11.4.3)
 * @cwi: character waiting time integer, 0 to 15
 * @f: clock rate conversion integer in force
 * @d: baud rate adjustment integer in force, not 0
 * @clock_hz: card clock in Hz, not 0
 */
u64 iso7816_cwt_ns(u8 cwi, u32 f, u32 d, u32 clock_hz);

/**
 * iso7816_bwt_ns() - T=1 block waiting time, 11 etu + 2^BWI * 960 * Fd / f
 *	(ISO/IEC 7816-3, 11.4.3)
 * @bwi: block waiting time integer, 0 to 9
 * @f: clock rate conversion integer in force
 * @d: baud rate adjustment integer in force, not 0
 * @clock_hz: card clock in Hz, not 0
 */
u64 iso7816_bwt_ns(u8 bwi, u32 f, u32 d, u32 clock_hz);

/**
 * iso7816_wtx_ns() - block waiting time that the card asked for
 * @bwt_ns: block waiting time
 * @multiplier: of S(WTX request)
 * @slack_ns: what the host adds to any waiting time
 */
u64 iso7816_wtx_ns(u64 bwt_ns, u8 multiplier, u64 slack_ns);

/**
 * iso7816_baud() - rate of the line, f * D / F rounded to nearest
 * @f: clock rate conversion integer F
 * @d: baud rate adjustment integer D
 * @clock_hz: frequency f of the card's clock
 * Return: bit/s, 0 if @f is 0
 */
u32 iso7816_baud(u32 f, u32 d, u32 clock_hz);

/**
 * iso7816_baud_usable() - is the achieved rate within 2 % of the wanted one
 * @wanted: bit/s
 * @achieved: bit/s, 0 = none
 */
bool iso7816_baud_usable(u32 wanted, u32 achieved);

#endif /* ISO7816_TIMING_H */
