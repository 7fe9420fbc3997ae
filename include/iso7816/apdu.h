/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * APDU as the application knows it (ISO/IEC 7816-3, 12.1), whatever protocol
 * carries it.
 */
#ifndef ISO7816_APDU_H
#define ISO7816_APDU_H

#include <iso7816/env.h>

#define ISO7816_INS_GET_RESPONSE	0xc0
#define ISO7816_SHORT_NE_MAX		256
/* GET RESPONSE commands in one exchange, at most: 64 kB in pieces of 64 */
#define ISO7816_APDU_ROUNDS		1024

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
 * struct iso7816_apdu_req - an exchange, as the caller wants it
 * @cmd: the command APDU; must outlive the exchange
 * @cmd_len: its length
 * @resp: room for response data and SW1 SW2
 * @room: bytes of room at @resp, at least 2
 * @wt_ns: T=0: waiting time, slack included
 * @deadline_ns: absolute end of the whole exchange
 * @raw: one TPDU as it is: no GET RESPONSE, no repeat, no ENVELOPE
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

/**
 * iso7816_apdu_header_valid() - is this a header of ISO/IEC 7816-4
 * @header: CLA INS ...
 * Return: false for CLA FF (begins a PPS) and INS 6x, 9x (T=0 takes it for SW1)
 */
bool iso7816_apdu_header_valid(const u8 *header);

/**
 * iso7816_apdu_parse() - take a command APDU apart
 * @buf: the command
 * @len: its length
 * @apdu: the result, points into @buf
 * Return: false if @buf is not an APDU
 */
bool iso7816_apdu_parse(const u8 *buf, size_t len, struct iso7816_apdu *apdu);

/**
 * iso7816_apdu_transport_cla() - class for GET RESPONSE and ENVELOPE
 * @cla: class of the command they belong to
 * Return: the interindustry class of the same logical channel, @cla if that is of
 *	unknown layout
 */
u8 iso7816_apdu_transport_cla(u8 cla);

#endif /* ISO7816_APDU_H */
