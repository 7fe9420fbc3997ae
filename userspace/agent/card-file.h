/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the card's number and its DM bootstrap file, APDU by APDU: no reader, no waiting.
 *
 *	card_file_start()
 *	as long as card_file_next() gives a command:
 *		send it, card_file_response() with what came of it
 */
#ifndef AGENT_CARD_FILE_H
#define AGENT_CARD_FILE_H

#include "agent/pkcs15.h"

#define CARD_FILE_MAX		32768	/* what READ BINARY can reach */
#define CARD_FILE_APDUS		600	/* a card that gives it byte by byte is given up */
#define CARD_ICCID_LEN		20

enum card_file_step {
	CARD_FILE_OPEN_CHANNEL,
	CARD_FILE_SELECT_ICCID,
	CARD_FILE_READ_ICCID,
	CARD_FILE_SELECT_APPLICATION,
	CARD_FILE_SELECT_ODF,
	CARD_FILE_READ_ODF,
	CARD_FILE_SELECT_DODF,
	CARD_FILE_READ_DODF,
	CARD_FILE_SELECT_OBJECT,
	CARD_FILE_READ_OBJECT,
	CARD_FILE_CLOSE_CHANNEL,
	CARD_FILE_END,
};

enum card_file_result {
	CARD_FILE_NONE,		/* the card has no such file */
	CARD_FILE_FOUND,
	CARD_FILE_FAILED,	/* it could not be read; why says where */
};

struct card_file {
	enum card_file_step step;
	enum card_file_result result;
	char iccid[CARD_ICCID_LEN + 1];		/* "" = could not be read */
	char why[96];
	uint8_t *data;				/* of the file that is read; FOUND: the document */
	size_t len;

	uint8_t channel, apdu[32];
	size_t apdu_len;
	unsigned int apdus, directory;		/* commands so far; which DODF */
	size_t size;				/* of the file, 0 = not told */
	struct pkcs15_path path;
	uint8_t odf[512];
	size_t odf_len;
};

void card_file_start(struct card_file *f);
/* The command to send; NULL: it is at its end. */
const uint8_t *card_file_next(struct card_file *f, size_t *len);
/* What came back, with its status word; err: -errno if nothing did. */
void card_file_response(struct card_file *f, const uint8_t *rsp, size_t len, int err);
/* Wipes and frees what was read; at any time. */
void card_file_clear(struct card_file *f);

#endif /* AGENT_CARD_FILE_H */
