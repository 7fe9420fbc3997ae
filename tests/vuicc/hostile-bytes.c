// SPDX-License-Identifier: BSD-3-Clause
/*
 * Spoils a finished message byte by byte, and the numbers that decide how and what.
 */
#include <stdlib.h>
#include <string.h>

#include "vuicc/hostile.h"

#define REPEATS		50

static const char *const names[HOSTILE_MUTATIONS] = {
	[HOSTILE_DROP] = "drop", [HOSTILE_DUPLICATE] = "duplicate", [HOSTILE_SWAP] = "swap",
	[HOSTILE_MOVE] = "move", [HOSTILE_RENAME] = "rename", [HOSTILE_FOREIGN] = "foreign",
	[HOSTILE_NEST] = "nest", [HOSTILE_NAMESPACE] = "namespace", [HOSTILE_EMPTY_TEXT] = "empty",
	[HOSTILE_LONG_TEXT] = "long", [HOSTILE_ODD_TEXT] = "odd-text", [HOSTILE_NUMBER] = "number",
	[HOSTILE_URI] = "uri", [HOSTILE_REFERENCE] = "reference", [HOSTILE_CMD_ID] = "cmd-id",
	[HOSTILE_CODE] = "code", [HOSTILE_SIZE] = "size", [HOSTILE_LIMIT] = "limit",
	[HOSTILE_META] = "meta", [HOSTILE_NONCE] = "nonce", [HOSTILE_SESSION] = "session",
	[HOSTILE_RESP_URI] = "resp-uri", [HOSTILE_FINAL] = "final", [HOSTILE_MORE_DATA] = "more-data",
	[HOSTILE_FLIP] = "flip", [HOSTILE_INSERT] = "insert", [HOSTILE_CUT_OUT] = "cut-out",
	[HOSTILE_TRUNCATE] = "truncate", [HOSTILE_REPEAT] = "repeat", [HOSTILE_PROLOG] = "prolog",
	[HOSTILE_TOKEN] = "token",
};

const char *hostile_name(enum hostile_mutation m)
{
	return names[m];
}

/* splitmix64: every seed is as good as any other */
static uint64_t next(struct hostile *h)
{
	uint64_t z = h->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void hostile_seed(struct hostile *h, uint64_t seed)
{
	memset(h, 0, sizeof(*h));
	h->state = seed;
}

unsigned int hostile_random(struct hostile *h, unsigned int below)
{
	return (unsigned int)((next(h) >> 32) * below >> 32);
}

bool hostile_chance(struct hostile *h, unsigned int one_of)
{
	return !hostile_random(h, one_of);
}

/* Puts n bytes in at a place. False without memory, the message is as it was then. */
static bool put_in(uint8_t **p, size_t *len, size_t at, const void *what, size_t n)
{
	uint8_t *longer = realloc(*p, *len + n);

	if (!longer)
		return false;
	memmove(longer + at + n, longer + at, *len - at);
	memcpy(longer + at, what, n);
	*p = longer;
	*len += n;
	return true;
}

static void cut_out(uint8_t *p, size_t *len, size_t at, size_t n)
{
	if (n > *len - at)
		n = *len - at;
	memmove(p + at, p + at + n, *len - at - n);
	*len -= n;
}

/* A piece of the message, many times in a row. */
static void repeat(struct hostile *h, uint8_t **p, size_t *len, size_t at)
{
	size_t n = 1 + hostile_random(h, 40), i;
	uint8_t piece[40];

	if (n > *len - at)
		n = *len - at;
	memcpy(piece, *p + at, n);
	for (i = 1 + hostile_random(h, REPEATS); i; i--) {
		if (!put_in(p, len, at, piece, n))
			return;
	}
}

static void put_prolog(struct hostile *h, uint8_t **p, size_t *len)
{
	static const char *const prologs[] = {
		"<!DOCTYPE SyncML [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>",
		"<!DOCTYPE SyncML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
		"<!DOCTYPE SyncML SYSTEM \"http://127.0.0.1:1/x.dtd\">",
		"<?xml version=\"1.0\" encoding=\"UTF-16\"?>", "<?xml version=\"1.0\" encoding=\"EBCDIC\"?>",
		"\xef\xbb\xbf", "\r\n \t<?xml version=\"1.1\"?>", "\xff\xfe", "<!-- -->", "<SyncML/>",
		"\x03\x01\x6a\x05\x31\x32\x33\x34", "\x02\x00\xff\xff\xff\xff\x7f\x6a",
	};
	const char *text = prologs[hostile_random(h, sizeof(prologs) / sizeof(prologs[0]))];

	put_in(p, len, 0, text, strlen(text));
}

/* What means something to a reader of WBXML, or of XML. */
static void put_token(struct hostile *h, uint8_t **p, size_t *len, size_t at)
{
	static const struct {
		const char *bytes;
		size_t n;
	} tokens[] = {
		{ "\0\2", 2 }, { "\0\xff", 2 }, { "\1", 1 }, { "\1\1\1\1", 4 }, { "\2\x87\xff\xff\x7f", 5 },
		{ "\3", 1 }, { "\4\0", 2 }, { "\x83\xff\x7f", 3 }, { "\xc3\xff\xff\xff\xff\x0f", 6 },
		{ "\xc3\x8f\xff\xff\xff\x7f", 6 }, { "\x43", 1 }, { "\xc0", 1 }, { "\xad", 1 }, { "\x6d\x6c", 2 },
		{ "<", 1 }, { "&x;", 3 }, { "&#x0;", 5 }, { "<![CDATA[", 9 }, { "]]>", 3 }, { "\0", 1 },
		{ "</SyncML>", 9 }, { "<a b=\"", 6 },
	};
	unsigned int i = hostile_random(h, sizeof(tokens) / sizeof(tokens[0]));

	put_in(p, len, at, tokens[i].bytes, tokens[i].n);
}

void hostile_any_of_bytes(struct hostile *h, uint8_t **p, size_t *len)
{
	enum hostile_mutation m = (enum hostile_mutation)(HOSTILE_OF_BYTES +
		hostile_random(h, HOSTILE_MUTATIONS - HOSTILE_OF_BYTES));
	size_t at;
	uint8_t byte;

	if (!*len)
		return;
	h->applied[m]++;
	at = hostile_random(h, (unsigned int)*len);
	switch (m) {
	case HOSTILE_FLIP:
		(*p)[at] ^= (uint8_t)(1U << hostile_random(h, 8));
		break;
	case HOSTILE_INSERT:
		byte = (uint8_t)hostile_random(h, 256);
		put_in(p, len, at, &byte, 1);
		break;
	case HOSTILE_CUT_OUT:
		cut_out(*p, len, at, 1 + hostile_random(h, 30));
		break;
	case HOSTILE_TRUNCATE:
		*len = at;
		break;
	case HOSTILE_REPEAT:
		repeat(h, p, len, at);
		break;
	case HOSTILE_PROLOG:
		put_prolog(h, p, len);
		break;
	default:
		put_token(h, p, len, at);
		break;
	}
}
