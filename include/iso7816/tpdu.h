/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * APDU on T=0 (ISO/IEC 7816-3, 12.2; TS 102 221, 7.3.1.1): cases 1 to 4, short
 * and extended (ENVELOPE), GET RESPONSE after 61xx (9Fxx for class A0), repeat
 * after 6Cxx.
 */
#ifndef ISO7816_TPDU_H
#define ISO7816_TPDU_H

#include <iso7816/t0.h>

/**
 * struct iso7816_apdu - a command APDU taken apart (ISO/IEC 7816-3, 12.1)
 * @header: CLA INS P1 P2
 * @data: command data, NULL if none
 * @nc: bytes at @data
 * @ne: most response data bytes expected, 0 = none (case 1 and 3)
 * @extended: lengths are in extended form
 */
struct iso7816_apdu {
	u8 header[4];
	const u8 *data;
	size_t nc;
	size_t ne;
	bool extended;
};

/**
 * iso7816_apdu_parse() - take a command APDU apart
 * @buf: the command
 * @len: its length
 * @apdu: the result, points into @buf
 * Return: false if @buf is not an APDU
 */
bool iso7816_apdu_parse(const u8 *buf, size_t len, struct iso7816_apdu *apdu);

/**
 * struct iso7816_apdu_req - an exchange, as the caller wants it
 * @cmd: the command APDU; must outlive the exchange
 * @cmd_len: its length
 * @resp: room for response data and SW1 SW2
 * @room: bytes of room at @resp, at least 2
 * @wt_ns: waiting time, slack included
 * @deadline_ns: absolute end of the whole exchange
 * @raw: one TPDU as it is: no GET RESPONSE, no repeat
 */
struct iso7816_apdu_req {
	const u8 *cmd;
	size_t cmd_len;
	u8 *resp;
	size_t room;
	u64 wt_ns;
	u64 deadline_ns;
	bool raw;
};

enum iso7816_tpdu_phase {
	ISO7816_TPDU_COMMAND,		/* the command's own TPDU */
	ISO7816_TPDU_REPEAT,		/* the same with the Le that 6Cxx named */
	ISO7816_TPDU_ENVELOPE,		/* segments of an extended command */
	ISO7816_TPDU_GET_RESPONSE,
	ISO7816_TPDU_DONE,
};

/**
 * struct iso7816_tpdu - one APDU on T=0
 * @t0: the TPDU under way
 * @req: the caller's request
 * @apdu: the command, taken apart
 * @phase: which TPDU is under way
 * @got: response data bytes in req.resp
 * @resp_len: when done: bytes in req.resp, SW1 SW2 included
 * @env_pos: bytes of the command already sent by ENVELOPE
 * @header: header of the TPDU under way
 * @warn_sw: status to report after GET RESPONSE (warning with data), 0 = none
 * @repeats: how often the card made us repeat
 * @counters: sums over all TPDUs
 */
struct iso7816_tpdu {
	struct iso7816_t0 t0;
	struct iso7816_apdu_req req;
	struct iso7816_apdu apdu;
	enum iso7816_tpdu_phase phase;
	size_t got;
	size_t resp_len;
	size_t env_pos;
	u8 header[5];
	u16 warn_sw;
	u8 repeats;
	struct iso7816_t0_counters counters;
};

/**
 * iso7816_tpdu_start() - begin an exchange
 * @out: the first action; @out->done is ISO7816_RES_INVALID if the command is
 *	not an APDU or there is no room for SW1 SW2
 */
void iso7816_tpdu_start(struct iso7816_tpdu *m, const struct iso7816_apdu_req *req,
			struct iso7816_out *out);

/**
 * iso7816_tpdu_step() - take one event
 * @out: what to do; done with ISO7816_RES_OK: the response is in req.resp, its
 *	length in @m->resp_len
 */
void iso7816_tpdu_step(struct iso7816_tpdu *m, const struct iso7816_in *in,
		       struct iso7816_out *out);

#endif /* ISO7816_TPDU_H */
