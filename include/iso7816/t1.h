/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * T=1 (ISO/IEC 7816-3, 11): one struct for the life of the link, from a reset to the
 * next, that carries one APDU after another.
 *
 * What the application sees of 61xx and 6Cxx is as with T=0 (see tpdu.h): UICCs use
 * them on T=1 too.  Everything else, and everything in raw mode, is handed over as
 * it is.
 *
 * A block is error-free if no character follows it within the block guard time.
 *
 * Recovery: an invalid block, or none in time, is answered by an R-block or by the
 * same S-request again.  Three attempts in a row without an error-free block, or a
 * block sent three times in vain, lead to S(RESYNCH request), and the whole command
 * is sent again.  Three exchanges of RESYNCH that change nothing, three requests
 * without a response, or three attempts before the card has sent its first
 * error-free block end in ISO7816_RES_MUTE or ISO7816_RES_PROTO: the card needs a
 * reset.
 */
#ifndef ISO7816_T1_H
#define ISO7816_T1_H

#include <iso7816/apdu.h>
#include <iso7816/atr.h>
#include <iso7816/block.h>

#define ISO7816_T1_IFS_DEFAULT	32
#define ISO7816_T1_IFS_MAX	ISO7816_INF_MAX
#define ISO7816_T1_TRIES	3
#define ISO7816_T1_RESYNCHS	3
/* S-requests of the card, and chained I-blocks without data, in one exchange */
#define ISO7816_T1_REQUESTS_MAX	10000
/* Characters let fall while waiting for silence after a bad block */
#define ISO7816_T1_DRAIN_MAX	1024

/**
 * struct iso7816_t1_params - what reset and PPS have settled
 * @ifsc: IFSC of the ATR
 * @ifsd: IFSD to ask for: ISO7816_T1_IFS_MAX, or ISO7816_T1_IFS_DEFAULT not to ask
 * @crc: EDC is a CRC
 * @cwt_ns: character waiting time, slack included
 * @bwt_ns: block waiting time without slack: WTX multiplies it
 * @slack_ns: to be added to any multiple of @bwt_ns
 * @bgt_ns: what is left of the block guard time when a character is reported, not 0
 */
struct iso7816_t1_params {
	u8 ifsc;
	u8 ifsd;
	bool crc;
	u64 cwt_ns;
	u64 bwt_ns;
	u64 slack_ns;
	u64 bgt_ns;
};

/**
 * iso7816_t1_params_init() - parameters of a link
 * @p: all fields set
 * @info: the ATR
 * @f: F in force
 * @d: D in force
 * @clock_hz: card clock in Hz
 * @slack_ns: how late the host may hear of a character (ISO7816_HOST_SLACK_NS)
 */
void iso7816_t1_params_init(struct iso7816_t1_params *p,
			    const struct iso7816_atr_info *info, u16 f, u8 d,
			    u32 clock_hz, u64 slack_ns);

/**
 * struct iso7816_t1_counters - what happened on the link, for statistics
 * @wtx: S(WTX request) granted
 * @bad_blocks: blocks with an error in parity, EDC or form
 * @timeouts: waiting times that ran out
 * @retransmits: blocks sent because something went wrong
 * @resynchs: S(RESYNCH request) sent
 * @aborts: chains aborted, by either side
 */
struct iso7816_t1_counters {
	u32 wtx;
	u32 bad_blocks;
	u32 timeouts;
	u32 retransmits;
	u32 resynchs;
	u32 aborts;
};

/* What the exchange is about just now */
enum iso7816_t1_phase {
	ISO7816_T1_IDLE,
	ISO7816_T1_RESYNCH,	/* S(RESYNCH request) unanswered */
	ISO7816_T1_IFS,		/* S(IFS request) unanswered */
	ISO7816_T1_COMMAND,	/* I-blocks of the command; the last is unanswered */
	ISO7816_T1_RESPONSE,	/* chained I-blocks of the card */
	ISO7816_T1_ABORT,	/* S(ABORT request) unanswered */
	ISO7816_T1_ABORTED,	/* the card gave its chain up and owes an R-block */
	ISO7816_T1_DONE,
};

/* Where the line stands */
enum iso7816_t1_line {
	ISO7816_T1_SENDING,
	ISO7816_T1_WAITING,	/* for the first character of the card's block */
	ISO7816_T1_RECEIVING,
	ISO7816_T1_TURNING,	/* a good block: unless a character follows in the BGT */
	ISO7816_T1_DRAINING,	/* a bad block: until the line is silent */
};

/**
 * struct iso7816_t1 - a link and the exchange under way; copyable
 * @params: what reset and PPS have settled
 * @ns: N(S) of the I-block under way, or of the next
 * @nr: N(S) of the card's next I-block
 * @ifsc: most INF bytes the card takes
 * @ifsd: most INF bytes the card may send
 * @alive: the card has sent an error-free block since the reset
 * @ifsd_settled: IFSD was agreed, or cannot be
 * @lost: sequence numbers are in doubt: the next exchange begins with a RESYNCH
 * @req: the caller's request
 * @apdu: the command, taken apart
 * @cmd: APDU on the way to the card: req.cmd or @sub
 * @cmd_len: its length
 * @sub: GET RESPONSE, or the command with the Le of a 6Cxx
 * @phase: see enum iso7816_t1_phase
 * @line: see enum iso7816_t1_line
 * @pos: bytes of @cmd that the card has acknowledged
 * @chunk: bytes of @cmd in the I-block under way
 * @got: response bytes in req.resp
 * @base: those that earlier APDUs of this exchange brought
 * @resp_len: when done: bytes in req.resp, SW1 SW2 included
 * @sw: last SW1 SW2 of the card
 * @pending_sw: last 91xx seen, 0 = none
 * @rounds: GET RESPONSE commands so far
 * @repeated: the APDU under way repeats one after 6Cxx
 * @cancelled: iso7816_t1_cancel() was called
 * @failures: attempts in a row without an error-free block
 * @i_tries: how often the I-block under way was sent
 * @r_tries: how often the R-block under way was sent
 * @s_tries: how often the S-request under way was sent
 * @resynchs: RESYNCHs of this exchange
 * @requests: S-requests of the card and empty chained blocks in this exchange
 * @heard: a character came in this exchange, or in this RESYNCH
 * @wtx: multiplier of the next block waiting time, 0 = none granted
 * @until_ns: end of the block waiting time
 * @error: error bits of the next R-block
 * @drained: characters let fall after a bad block
 * @verdict: result to come once the chain is aborted, ISO7816_RES_NONE = none
 * @result: how the exchange ended, ISO7816_RES_NONE until then
 * @counters: sums over the life of the link
 * @rx: the block that comes
 * @tx: the block that goes
 */
struct iso7816_t1 {
	struct iso7816_t1_params params;
	u8 ns;
	u8 nr;
	u8 ifsc;
	u8 ifsd;
	bool alive;
	bool ifsd_settled;
	bool lost;

	struct iso7816_apdu_req req;
	struct iso7816_apdu apdu;
	const u8 *cmd;
	size_t cmd_len;
	u8 sub[5];
	enum iso7816_t1_phase phase;
	enum iso7816_t1_line line;
	size_t pos;
	size_t chunk;
	size_t got;
	size_t base;
	size_t resp_len;
	u16 sw;
	u16 pending_sw;
	u16 rounds;
	bool repeated;
	bool cancelled;

	u8 failures;
	u8 i_tries;
	u8 r_tries;
	u8 s_tries;
	u8 resynchs;
	u16 requests;
	bool heard;
	u8 wtx;
	u64 until_ns;
	enum iso7816_block_error error;
	u16 drained;
	enum iso7816_result verdict;
	enum iso7816_result result;
	struct iso7816_t1_counters counters;
	struct iso7816_block rx;
	u8 tx[ISO7816_BLOCK_MAX];
};

/**
 * iso7816_t1_init() - a new link, after each reset (and PPS)
 * @m: the machine
 * @params: copied
 */
void iso7816_t1_init(struct iso7816_t1 *m, const struct iso7816_t1_params *params);

/**
 * iso7816_t1_start() - begin an exchange
 * @m: the machine, no exchange under way
 * @req: the request, copied; its buffers must outlive the exchange; wt_ns is not
 *	used
 * @out: the first action; @out->done is ISO7816_RES_INVALID if the command is not
 *	an APDU or there is no room for SW1 SW2
 *
 * The first exchange begins with S(IFS request).
 */
void iso7816_t1_start(struct iso7816_t1 *m, const struct iso7816_apdu_req *req,
		      struct iso7816_out *out);

/**
 * iso7816_t1_step() - take one event; total: every event has an answer in every state
 * @m: the machine
 * @in: the event
 * @out: what to do.  Done with
 *	ISO7816_RES_OK: the response is in req.resp, its length in @m->resp_len
 *	ISO7816_RES_ABORTED: the card or iso7816_t1_cancel() ended a chain
 *	ISO7816_RES_TOO_LONG: more than the caller's buffer holds
 *	after these three the link goes on; the others want a reset and
 *	iso7816_t1_init(), or else the next exchange begins with a RESYNCH
 */
void iso7816_t1_step(struct iso7816_t1 *m, const struct iso7816_in *in,
		     struct iso7816_out *out);

/**
 * iso7816_t1_cancel() - the caller lost interest
 * @m: the machine
 *
 * The chain under way, of either side, is aborted at the reader's next turn and the
 * exchange ends in ISO7816_RES_ABORTED.  What is not a chain goes on to its end.
 */
void iso7816_t1_cancel(struct iso7816_t1 *m);

#endif /* ISO7816_T1_H */
