/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * T=0 at TPDU level (ISO/IEC 7816-3, 10.3): header, procedure bytes, data,
 * SW1 SW2.
 */
#ifndef ISO7816_T0_H
#define ISO7816_T0_H

#include <iso7816/apdu.h>
#include <iso7816/step.h>

/**
 * struct iso7816_t0_counters - what the card did, for statistics
 * @nulls: NULL procedure bytes (60)
 * @single: bytes moved one by one (~INS)
 */
struct iso7816_t0_counters {
	u32 nulls;
	u32 single;
};

enum iso7816_t0_state {
	ISO7816_T0_IDLE,
	ISO7816_T0_HEADER,	/* header on the line */
	ISO7816_T0_PROCEDURE,	/* waiting for a procedure byte */
	ISO7816_T0_SENDING,	/* command data on the line */
	ISO7816_T0_RECEIVING,	/* response data coming */
	ISO7816_T0_SW2,		/* SW1 was there */
	ISO7816_T0_DONE,
};

/**
 * struct iso7816_t0 - one TPDU
 * @state: where it stands
 * @header: CLA INS P1 P2 P3
 * @data: command data, P3 bytes, NULL if the card is to send
 * @data_len: bytes at @data
 * @data_pos: bytes of @data already sent
 * @buf: room for response data
 * @room: bytes of room at @buf
 * @got: bytes received into @buf
 * @dropped: bytes received that did not fit
 * @want: bytes the card is to send (P3, 0 read as 256), 0 if it is to receive
 * @chunk: bytes left of the transfer the last procedure byte allowed
 * @acked: the card acknowledged a transfer of no bytes (P3 = 0)
 * @wt_ns: waiting time with slack
 * @deadline_ns: absolute end of patience: neither a NULL nor a character buys
 *	time beyond it
 * @result: how it ended, ISO7816_RES_NONE until then
 * @sw1: first status byte
 * @sw2: second status byte
 * @counters: statistics
 */
struct iso7816_t0 {
	enum iso7816_t0_state state;
	u8 header[5];
	const u8 *data;
	size_t data_len;
	size_t data_pos;
	u8 *buf;
	size_t room;
	size_t got;
	size_t dropped;
	size_t want;
	size_t chunk;
	bool acked;
	u64 wt_ns;
	u64 deadline_ns;
	enum iso7816_result result;
	u8 sw1;
	u8 sw2;
	struct iso7816_t0_counters counters;
};

/**
 * iso7816_t0_send() - begin a TPDU that sends data, or has none (case 1 and 3)
 * @m: the machine
 * @header: CLA INS P1 P2 P3
 * @data: P3 bytes, may be NULL if P3 is 0
 * @wt_ns: waiting time, slack included
 * @deadline_ns: absolute end of patience
 * @out: the first action; done with ISO7816_RES_INVALID if the header is not
 *	valid or the data are missing
 */
void iso7816_t0_send(struct iso7816_t0 *m, const u8 header[5], const u8 *data,
		     u64 wt_ns, u64 deadline_ns, struct iso7816_out *out);

/**
 * iso7816_t0_receive() - begin a TPDU that receives data (case 2)
 * @m: the machine
 * @header: CLA INS P1 P2 P3, P3 = 0 means 256
 * @buf: where the data go
 * @room: bytes of room at @buf; a card that sends more ends in
 *	ISO7816_RES_TOO_LONG, its SW taken all the same
 * @wt_ns: waiting time, slack included
 * @deadline_ns: absolute end of patience
 * @out: the first action; done with ISO7816_RES_INVALID if the header is not valid
 */
void iso7816_t0_receive(struct iso7816_t0 *m, const u8 header[5], u8 *buf,
			size_t room, u64 wt_ns, u64 deadline_ns,
			struct iso7816_out *out);

/**
 * iso7816_t0_step() - take one event; total: every event has an answer in every state
 * @m: the machine
 * @in: the event
 * @out: what to do
 *
 * A character in error, a character before the header or the data have left
 * the line, a procedure byte with no meaning or for which no data are left, and
 * the deprecated INS ^ 01 and INS ^ FE end in ISO7816_RES_PROTO.  One INS for a
 * transfer of no bytes (P3 = 0) is let pass: some cards acknowledge it.  Events
 * nobody waits for restart the waiting time, but never beyond the deadline.
 */
void iso7816_t0_step(struct iso7816_t0 *m, const struct iso7816_in *in,
		     struct iso7816_out *out);

#endif /* ISO7816_T0_H */
