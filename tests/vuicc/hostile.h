/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DM server that means harm: takes the messages of a well-behaved one and spoils them, where
 * the structure of SyncML says that it hurts. The same seed spoils the same messages in the same
 * way.
 *
 *	hostile-document.c	elements: dropped, moved, nested, with other names, texts and numbers
 *	hostile-bytes.c		the finished message: bits, lengths, tokens, prolog
 */
#ifndef VUICC_HOSTILE_H
#define VUICC_HOSTILE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hostile_mutation {
	/* of the document */
	HOSTILE_DROP,
	HOSTILE_DUPLICATE,
	HOSTILE_SWAP,
	HOSTILE_MOVE,
	HOSTILE_RENAME,
	HOSTILE_FOREIGN,
	HOSTILE_NEST,
	HOSTILE_NAMESPACE,
	HOSTILE_EMPTY_TEXT,
	HOSTILE_LONG_TEXT,
	HOSTILE_ODD_TEXT,
	HOSTILE_NUMBER,
	HOSTILE_URI,
	HOSTILE_REFERENCE,
	HOSTILE_CMD_ID,
	HOSTILE_CODE,
	HOSTILE_SIZE,
	HOSTILE_LIMIT,
	HOSTILE_META,
	HOSTILE_NONCE,
	HOSTILE_SESSION,
	HOSTILE_RESP_URI,
	HOSTILE_FINAL,
	HOSTILE_MORE_DATA,
	/* of the bytes */
	HOSTILE_FLIP,
	HOSTILE_INSERT,
	HOSTILE_CUT_OUT,
	HOSTILE_TRUNCATE,
	HOSTILE_REPEAT,
	HOSTILE_PROLOG,
	HOSTILE_TOKEN,
	HOSTILE_MUTATIONS
};

#define HOSTILE_OF_BYTES	HOSTILE_FLIP	/* the first of these */

struct hostile {
	uint64_t state;
	unsigned int applied[HOSTILE_MUTATIONS];
};

void hostile_seed(struct hostile *h, uint64_t seed);
/* A number from 0 to below - 1. */
unsigned int hostile_random(struct hostile *h, unsigned int below);
/* True in one of so many cases. */
bool hostile_chance(struct hostile *h, unsigned int one_of);
const char *hostile_name(enum hostile_mutation m);

/* Spoils a SyncML document once; false if this mutation found nothing to spoil. */
bool hostile_document(struct hostile *h, enum hostile_mutation m, xmlDoc *doc);
/* The same with a mutation that does find something. */
void hostile_any_of_document(struct hostile *h, xmlDoc *doc);
/* Spoils a finished message, XML or WBXML; p is heap and may become longer. */
void hostile_any_of_bytes(struct hostile *h, uint8_t **p, size_t *len);

#endif /* VUICC_HOSTILE_H */
