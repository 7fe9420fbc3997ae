/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An Answer To Reset in words: what each byte of it says, what a reader lets pass
 * and what it cannot live with.  The decoding that the driver acts on is that of
 * iso7816/atr.h; this explains it.
 */
#ifndef LIB_ATR_TEXT_H
#define LIB_ATR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <iso7816/atr.h>

/* Card clock that the times in the texts are for */
#define ATR_TEXT_CLOCK_HZ	4000000
/* An item covers at least one byte; what follows the 33rd byte is one item */
#define ATR_TEXT_ITEMS		(ISO7816_ATR_MAX + 1)
#define ATR_TEXT_REMARKS	16
/* Position in the ATR that stands for "none" */
#define ATR_TEXT_NOWHERE	((size_t)-1)

enum atr_verdict {
	ATR_VERDICT_VALID,
	ATR_VERDICT_LENIENT,	/* wrong somewhere, but a reader can work with it */
	ATR_VERDICT_DEFECTIVE,
};

/* One or more bytes of an ATR that belong together */
struct atr_item {
	size_t at, len;
	char name[32];
	char text[384];
};

struct atr_remark {
	size_t at;		/* byte it is about */
	char text[160];
};

/*
 * A whole ATR in words.  The items lie side by side: together they are all bytes
 * of the ATR, in order.
 */
struct atr_text {
	struct iso7816_atr_info info;
	enum iso7816_atr_defect defect;
	enum atr_verdict verdict;
	/* Why it is defective, and the byte at fault; if it ends too early, the first missing */
	struct atr_remark reason;
	/* What was let pass */
	struct atr_remark lenient[ATR_TEXT_REMARKS];
	size_t n_lenient;
	/* Oddities of no consequence for the reader */
	struct atr_remark notes[ATR_TEXT_REMARKS];
	size_t n_notes;
	struct atr_item items[ATR_TEXT_ITEMS];
	size_t n_items;
	int c6;			/* TB for T=15, use of contact C6; -1 none */
	int category;		/* first historical byte; -1 none */
	int lcs, sw;		/* status indicator in the historical bytes; -1 none */
	int tck;		/* check character; -1 none is due, or it is missing */
};

/* Takes @raw apart: TS ... in the card's own convention; any bytes, any length. */
void atr_text_decode(struct atr_text *t, const unsigned char *raw, size_t len);

/* Name of the verdict: "valid", "lenient", "defective". */
const char *atr_verdict_name(enum atr_verdict verdict);

/*
 * Longest times that the card may take, in ns at ATR_TEXT_CLOCK_HZ, with F and D in force:
 * between two characters with T=0; until a block starts, and between the characters of a block,
 * with T=1.
 */
u64 atr_wt_ns(const struct iso7816_atr_info *info);
u64 atr_bwt_ns(const struct iso7816_atr_info *info, u32 f, u32 d);
u64 atr_cwt_ns(const struct iso7816_atr_info *info, u32 f, u32 d);

/* ----------------------------------------------- between the files of the decoder */

/* A new item for the next @len bytes at @at */
struct atr_item *atr_item_new(struct atr_text *t, size_t at, size_t len, const char *name);
/* More words for an item; texts are cut off rather than overrun */
void atr_item_say(struct atr_item *item, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* One more member of a list in words: put "; " before it unless it is the first */
void atr_item_list(struct atr_item *item, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void atr_text_note(struct atr_text *t, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Historical bytes (ISO/IEC 7816-4, 12.1.1): @len bytes at @at of @raw */
void atr_historical_decode(struct atr_text *t, const unsigned char *raw, size_t at, size_t len);

#endif /* LIB_ATR_TEXT_H */
