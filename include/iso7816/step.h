/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The common language of the step machines: what happens to them (events) and
 * what they want done (actions).  A machine never waits, allocates or looks at a
 * clock; buffers belong to the caller and must outlive the exchange.
 */
#ifndef ISO7816_STEP_H
#define ISO7816_STEP_H

#include <iso7816/env.h>

/**
 * enum iso7816_input - what can happen to a step machine
 * @ISO7816_IN_BYTE: a character arrived, already in the card's own convention
 * @ISO7816_IN_TX_DONE: the last action's send buffer has left the line; the
 *	caller reports it before any character that came after it
 * @ISO7816_IN_TIMEOUT: the timer of the last action expired
 * @ISO7816_IN_REMOVED: the card was pulled or the reader is going away
 */
enum iso7816_input {
	ISO7816_IN_BYTE,
	ISO7816_IN_TX_DONE,
	ISO7816_IN_TIMEOUT,
	ISO7816_IN_REMOVED,
};

/* struct iso7816_in.flags: what the UART said of the character */
#define ISO7816_CHAR_PARITY	0x01
#define ISO7816_CHAR_FRAME	0x02
#define ISO7816_CHAR_OVERRUN	0x04

/**
 * struct iso7816_in - one event
 * @what: the event
 * @byte: the character (ISO7816_IN_BYTE)
 * @flags: ISO7816_CHAR_* (ISO7816_IN_BYTE)
 * @now_ns: monotonic time of the event; only differences are used
 */
struct iso7816_in {
	enum iso7816_input what;
	u8 byte;
	u8 flags;
	u64 now_ns;
};

/**
 * enum iso7816_result - how an exchange ended
 * @ISO7816_RES_NONE: not ended
 * @ISO7816_RES_OK: success
 * @ISO7816_RES_MUTE: no answer within the waiting time
 * @ISO7816_RES_PROTO: the card broke the protocol; needs a reset
 * @ISO7816_RES_DEADLINE: the card asked for more time than the caller allows
 * @ISO7816_RES_TOO_LONG: the response does not fit the caller's buffer
 * @ISO7816_RES_REMOVED: the card was pulled
 * @ISO7816_RES_INVALID: the caller's command is not an APDU
 * @ISO7816_RES_ABORTED: T=1: the command or the response was given up on the way;
 *	the link is in order
 */
enum iso7816_result {
	ISO7816_RES_NONE,
	ISO7816_RES_OK,
	ISO7816_RES_MUTE,
	ISO7816_RES_PROTO,
	ISO7816_RES_DEADLINE,
	ISO7816_RES_TOO_LONG,
	ISO7816_RES_REMOVED,
	ISO7816_RES_INVALID,
	ISO7816_RES_ABORTED,
};

/**
 * struct iso7816_out - what the machine wants done now
 * @send: characters to send, in the card's own convention, NULL = nothing;
 *	points into the machine or into the caller's buffers, valid until the
 *	next step
 * @send_len: bytes at @send
 * @send_delay_ns: wait this long, counted from the event, before the first of
 *	these characters (guard time when the direction changes); 0 = the caller's
 *	own turn-around time is enough
 * @timer_ns: (re)arm the one timer: expire so many ns after the event (after
 *	the last character left the line when @send is set); 0 = stop the timer
 * @expect: how many more characters are certain to come before the machine has
 *	something to decide (a hint for FIFO levels)
 * @done: ISO7816_RES_NONE while the exchange goes on; once it is over every
 *	further step says the same again and changes nothing
 */
struct iso7816_out {
	const u8 *send;
	size_t send_len;
	u64 send_delay_ns;
	u64 timer_ns;
	size_t expect;
	enum iso7816_result done;
};

#endif /* ISO7816_STEP_H */
