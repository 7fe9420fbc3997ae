/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * APDU on T=0 (ISO/IEC 7816-3, 12.2; TS 102 221, 7.3.1.1): cases 1 to 4, short
 * and extended (ENVELOPE), GET RESPONSE after 61xx (9Fxx for class A0), repeat
 * after 6Cxx.
 *
 * What the application sees:
 * - 61xx and 6Cxx are consumed, except: 61xx of a command that expects no data
 *   or has got all it expects, and 6Cxx a second time.
 * - A case 4 command that ends in a warning (62xx, 63xx, 9xxx but 9000 and 91xx)
 *   is asked for data; the warning is its status, with or without data.
 * - 91xx ends a case 4 command as it is: a proactive command is pending, and a
 *   GET RESPONSE would hide that.  Whatever the final status, @pending_sw of
 *   struct iso7816_tpdu has the last 91xx seen.
 * - GET RESPONSE and ENVELOPE go out in the interindustry class on the
 *   command's logical channel, without chaining and secure messaging (TS 102
 *   221, 10.1.2); proprietary classes of unknown layout, and A0, are repeated
 *   as they are.  A card that refuses the class of the first GET RESPONSE (6D00,
 *   6E00) is asked once more in the command's own class.
 */
#ifndef ISO7816_TPDU_H
#define ISO7816_TPDU_H

#include <iso7816/t0.h>

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
 * @pending_sw: last 91xx of any TPDU, 0 = none
 * @rounds: GET RESPONSE commands so far
 * @repeats: how often the card made us repeat with another P3 or CLA
 * @repeated: the TPDU under way is such a repetition
 * @result: how it ended, ISO7816_RES_NONE until then
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
	u16 pending_sw;
	u16 rounds;
	u16 repeats;
	bool repeated;
	enum iso7816_result result;
	struct iso7816_t0_counters counters;
};

/**
 * iso7816_tpdu_start() - begin an exchange
 * @m: the machine
 * @req: the request, copied; its buffers must outlive the exchange
 * @out: the first action; @out->done is ISO7816_RES_INVALID if the command is
 *	not an APDU, T=0 cannot carry it, or there is no room for SW1 SW2
 */
void iso7816_tpdu_start(struct iso7816_tpdu *m, const struct iso7816_apdu_req *req,
			struct iso7816_out *out);

/**
 * iso7816_tpdu_step() - take one event
 * @m: the machine
 * @in: the event
 * @out: what to do; done with ISO7816_RES_OK: the response is in req.resp, its
 *	length in @m->resp_len (0 after any other result); the last SW1 SW2
 *	of the card is in @m->t0
 */
void iso7816_tpdu_step(struct iso7816_tpdu *m, const struct iso7816_in *in,
		       struct iso7816_out *out);

#endif /* ISO7816_TPDU_H */
