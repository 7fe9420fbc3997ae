// SPDX-License-Identifier: BSD-3-Clause
/*
 * ATRs in words: what is said of the bytes of real cards, and of everything that
 * is wrong with one.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/atr-text.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define WORDS		20

/* "NAME: WORDS": an item of that name has these words */
struct vector {
	const char *hex;
	enum atr_verdict verdict;
	const char *words[WORDS];
};

static const struct vector vectors[] = {
	{ "3B 9F 96 80 1F C7 80 31 A0 73 BE 21 13 67 43 20 07 18 00 00 01 A5", ATR_VERDICT_VALID,
	  { "TS: direct", "T0: TA1, TD1 follow; 15 historical bytes",
	    "TA1: Fi 512, Di 32: 16 clocks an etu, 250000 bit/s", "TD1: T=0; TD2 follows",
	    "TD2: T=15: interface bytes for all protocols; TA3 follows",
	    "TA3: either state; classes: A (5 V), B (3 V), C (1.8 V)", "category: compact-TLV",
	    "card service data: full DF name; BER-TLV objects in EF.DIR; "
	    "EF.DIR and EF.ATR by READ RECORD; with MF", "card capabilities: 3 bytes",
	    "selection methods: DF by full name; DF by path; DF by file identifier; "
	    "DF implicitly; short EF identifier; record number",
	    "data coding: proprietary; FF pads between objects; data unit of 1 byte",
	    "lengths and channels: by the card; 4 logical channels at most",
	    "pre-issuing data: 7 bytes", "TCK: correct" } },
	{ "3B 9F 96 80 1F 87 80 31 E0 73 FE 21 1B 67 4A 4C 75 30 34 05 4B A9", ATR_VERDICT_VALID,
	  { "TA3: may stop in state H; classes: A (5 V), B (3 V), C (1.8 V)",
	    "card service data: selection by partial DF name",
	    "selection methods: DF by partial name", "channels: card or by the reader; 4 logical",
	    "pre-issuing data: \"JLu04.K\"" } },
	{ "3B 9F 96 80 1F 87 80 31 E0 73 FE 21 1B 67 4A 35 75 30 35 02 65 F8", ATR_VERDICT_VALID,
	  { "TA1: Fi 512, Di 32", "TA3: in state H", "TCK: correct" } },
	{ "3B 9E 94 80 1F 47 80 31 A0 73 BE 21 13 66 86 88 02 10 42 10 14", ATR_VERDICT_VALID,
	  { "T0: 14 historical", "TA1: Fi 512, Di 8: 64 clocks an etu, 62500 bit/s",
	    "TA3: in state L; classes: A (5 V), B (3 V), C (1.8 V)",
	    "pre-issuing data: 6 bytes" } },
	{ "3B 9E 95 80 1F C7 80 31 E0 73 FE 21 1B 66 D0 00 07 00 1E 00 1A", ATR_VERDICT_VALID,
	  { "TA1: Fi 512, Di 16: 32 clocks an etu", "TCK: correct" } },
	{ "3B 3F 94 00 80 69 AF 03 07 06 67 00 00 0A 0E 83 3E 9F 16", ATR_VERDICT_VALID,
	  { "T0: TA1, TB1 follow; 15", "TA1: Fi 512, Di 8", "TB1: not used",
	    "category: compact-TLV" } },
	{ "3B FF 94 00 FF C0 0A 1F 43 80 31 E0 73 36 21 13 57 4A 43 49 1C 31 30 32 1C",
	  ATR_VERDICT_VALID,
	  { "TC1: N 255: least guard time", "TD1: T=0; TC2, TD2 follow", "TC2: WI 10: waiting",
	    "TA3: in state L; classes: A (5 V), B (3 V)", "card issuer's data: \"JCI.102\"" } },
	{ "3B DF 96 00 90 10 3F 07 00 80 31 E0 67 73 77 69 63 63 00 00 73 FE 21 00 06",
	  ATR_VERDICT_VALID,
	  { "TC1: N 0", "TD1: T=0; TA2, TD2 follow",
	    "TA2: specific mode: T=0, F and D implicit; the card can change",
	    "TD2: TA3, TB3 follow", "TA3: must not stop; classes: A (5 V), B (3 V), C (1.8 V)",
	    "TB3: C6 is not used", "pre-issuing data: \"swicc..\"",
	    "lengths and channels: no logical channels" } },
	{ "3F 2F 00 36 AF 69 02 04 01 80 00 00 0A 0E 83 3E 9F 16", ATR_VERDICT_VALID,
	  { "TS: inverse", "T0: TB1 follows; 15", "TB1: not used",
	    "historical bytes: proprietary" } },
	{ "3F 96 18 80 01 80 51 00 61 10 30 9F", ATR_VERDICT_VALID,
	  { "TS: inverse", "TA1: Fi 372, Di 12: 31 clocks an etu", "TD1: T=0; TD2", "TD2: T=1",
	    "card issuer's data: 1 byte", "pre-issuing data: 1 byte",
	    "card service data: " } },
	{ "3F FD 13 25 02 50 00 0F 33 B0 0F 69 FF 4A 50 D0 00 00 53 59 02", ATR_VERDICT_VALID,
	  { "TA1: Fi 372, Di 4: 93 clocks", "TB1: obsolete), ignored", "TC1: N 2: ",
	    "TD1: TA2, TC2 follow", "TA2: T=0, F and D of TA1; the card can change",
	    "TC2: WI 15: waiting time 1339.2 ms", "historical bytes: proprietary" } },
	{ "3F FD 11 25 02 50 80 0F 41 B0 0A 69 FF 4A 50 70 80 00 5A 45 03", ATR_VERDICT_VALID,
	  { "TA1: Fi 372, Di 1: 372 clocks", "TA2: T=0, F and D of TA1; the card cannot change" } },
	{ "3F FF 95 00 FF 91 81 71 A0 47 00 44 4E 41 53 50 30 31 30 20 52 65 76 41 32 30 48",
	  ATR_VERDICT_VALID,
	  { "TS: inverse", "TC1: N 255", "TA2: specific mode: T=1, F and D of TA1; the card cannot",
	    "TA3: IFSC 160", "TB3: BWI 4: block waiting time 1429.5 ms; CWI 7: character waiting "
	    "time 139 etu, 12.9 ms (1.112 ms with F 512, D 16)", "TC3: LRC",
	    "historical bytes: proprietary; \"DNASP010 RevA20\"" } },
	{ "3B 02 14 50", ATR_VERDICT_VALID,
	  { "T0: 2 historical bytes", "historical bytes: proprietary; 2 bytes" } },
	{ "3B 68 00 00 00 73 C8 40 12 00 90 00", ATR_VERDICT_VALID,
	  { "TC1: N 0", "category: then a status indicator", "selection methods: DF by partial",
	    "data coding: OR; FF pads between objects; data unit of 4 bits",
	    "lengths and channels: by the card; 3 logical",
	    "status indicator: life cycle 00 (no information); SW 9000 (normal)" } },
	{ "3B D0 96 FF 81 B1 FE 45 1F 07 2A", ATR_VERDICT_VALID,
	  { "T0: TA1, TC1, TD1 follow; 0 historical bytes", "TD1: T=1; TD2", "TA3: IFSC 254",
	    "TB3: BWI 4: ", "TB3: CWI 5: character waiting time 43 etu", "TD3: T=15",
	    "TA4: must not stop" } },
	{ "3B DE 18 FF 81 F1 FB 34 00 1F 07 44 45 53 46 69 72 65 53 41 4D 56 31 2E 30 D2",
	  ATR_VERDICT_VALID,
	  { "TA3: IFSC 251", "TB3: BWI 3: ", "TB3: CWI 4: ", "TC3: LRC", "TA4: must not stop",
	    "historical bytes: \"DESFireSAMV1.0\"" } },
	{ "3B DE 86 FF 91 01 F1 FB 34 00 1F 07 44 45 53 46 69 72 65 53 41 4D 56 31 2E 30 5D",
	  ATR_VERDICT_DEFECTIVE,
	  { "TA1: Fi index 8, Di index 6: one is reserved", "TA2: specific mode: T=1" } },
	{ "3B D2 18 02 C1 0A 31 FE 58 C8 0D 51", ATR_VERDICT_VALID,
	  { "TC1: N 2", "TD1: T=1; TC2, TD2 follow", "TC2: WI 10", "TA3: IFSC 254",
	    "TB3: BWI 5: ", "TB3: CWI 8: character waiting time 267 etu" } },
	{ "3B D5 18 FF 80 91 FE 1F C3 80 73 C8 21 13 08", ATR_VERDICT_VALID,
	  { "TD1: T=0", "TD2: T=1; TA3, TD3 follow", "TA3: IFSC 254", "TD3: T=15",
	    "TA4: either state; classes: A (5 V), B (3 V)" } },
	{ "3B 97 11 C0 FF B1 FE 35 1F 83 A5 05 01 01 02 A3 01 5F", ATR_VERDICT_VALID,
	  { "TD1: T=0; TC2, TD2 follow", "TC2: WI 255: waiting time 22766.4 ms",
	    "TD2: T=1; TA3, TB3, TD3", "TB3: BWI 3: ", "TB3: CWI 5: ",
	    "TA4: in state H; classes: A (5 V), B (3 V)" } },
	{ "3B FD 13 00 00 81 31 FE 15 80 73 C0 21 C0 57 59 75 62 69 4B 65 79 40",
	  ATR_VERDICT_VALID,
	  { "TB1: not used", "TB3: BWI 1: ", "lengths and channels: command chaining; extended "
	    "Lc and Le; no logical channels", "card issuer's data: \"YubiKey\"" } },
	{ "3B F0 12 00 FF 91 81 B1 7C 45 1F 03 99", ATR_VERDICT_VALID,
	  { "TA1: Fi 372, Di 2: 186 clocks", "TA2: T=1, F and D of TA1; the card cannot",
	    "TA3: IFSC 124", "TA4: classes: A (5 V), B (3 V)" } },
	{ "3B 9F 21 0E 49 52 44 45 54 4F 20 41 43 53 03 83 95 00 80 55", ATR_VERDICT_VALID,
	  { "TA1: Fi 558, Di 1: 558 clocks", "TA1: 6.0 MHz at most", "TD1: T=14",
	    "historical bytes: \"IRDETO ACS" } },
	{ "3B 81 1F 00 CC 52", ATR_VERDICT_LENIENT,
	  { "TD1: T=15: interface bytes for all protocols; TA2 follows",
	    "TA2: specific mode: T=0" } },
	{ "3B 81 80 01 80 80", ATR_VERDICT_VALID,
	  { "TD1: T=0", "TD2: T=1", "category: compact-TLV", "TCK: correct" } },
};

/* ---------------------------------------------------------------------------- helpers */

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		out[n++] = (unsigned char)strtoul((const char[]){ hex[0], hex[1], 0 }, NULL, 16);
		hex++;
	}
	return n;
}

/* What is true of any text, whatever the bytes */
static void check_shape(const struct atr_text *t, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < t->n_items; i++) {
		const struct atr_item *item = &t->items[i];

		assert_int_equal(item->at, at);
		assert_true(item->len > 0 && item->name[0]);
		assert_true(strlen(item->text) < sizeof(item->text) - 1);	/* not cut off */
		at += item->len;
	}
	assert_int_equal(at, len);
	assert_int_equal(t->verdict == ATR_VERDICT_DEFECTIVE, t->defect != ISO7816_ATR_OK);
	assert_int_equal(t->verdict == ATR_VERDICT_DEFECTIVE, t->reason.at <= len);
	assert_int_equal(t->info.lenient != 0, t->n_lenient != 0);
	for (size_t i = 0; i < t->n_lenient; i++)
		assert_true(t->lenient[i].at < len);
	for (size_t i = 0; i < t->n_notes; i++)
		assert_true(t->notes[i].at < len);
}

/* Decodes a copy that ends where the ATR ends, so that an over-read is seen */
static void decode(struct atr_text *t, const unsigned char *raw, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, raw, len);
	memset(t, 0xa5, sizeof(*t));
	atr_text_decode(t, copy, len);
	free(copy);
	check_shape(t, len);
}

static void decode_hex(struct atr_text *t, const char *hex)
{
	unsigned char raw[64];

	decode(t, raw, unhex(hex, raw));
}

/* The same with the last byte made a right TCK */
static void decode_tck(struct atr_text *t, const char *hex)
{
	unsigned char raw[64], sum = 0;
	size_t len = unhex(hex, raw);

	for (size_t i = 1; i < len; i++)
		sum ^= raw[i];
	raw[len++] = sum;
	decode(t, raw, len);
}

static bool has_words(const struct atr_text *t, const char *words)
{
	const char *colon = strchr(words, ':');
	char name[40];

	snprintf(name, sizeof(name), "%.*s", (int)(colon - words), words);
	for (size_t i = 0; i < t->n_items; i++) {
		if (strstr(t->items[i].name, name) && strstr(t->items[i].text, colon + 2))
			return true;
	}
	return false;
}

static void assert_words(const struct atr_text *t, const char *words)
{
	if (has_words(t, words))
		return;
	for (size_t i = 0; i < t->n_items; i++)
		print_error("%s: %s\n", t->items[i].name, t->items[i].text);
	fail_msg("nobody says \"%s\"", words);
}

static void assert_defect(const struct atr_text *t, enum iso7816_atr_defect defect, size_t at,
			  const char *words)
{
	assert_int_equal(t->verdict, ATR_VERDICT_DEFECTIVE);
	assert_int_equal(t->defect, defect);
	assert_int_equal(t->reason.at, at);
	if (!strstr(t->reason.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, t->reason.text);
}

static void assert_lenient(const struct atr_text *t, size_t at, const char *words)
{
	assert_int_equal(t->verdict, ATR_VERDICT_LENIENT);
	assert_int_equal(t->n_lenient, 1);
	assert_int_equal(t->lenient[0].at, at);
	if (!strstr(t->lenient[0].text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, t->lenient[0].text);
}

static bool has_note(const struct atr_text *t, size_t at, const char *words)
{
	for (size_t i = 0; i < t->n_notes; i++) {
		if (t->notes[i].at == at && strstr(t->notes[i].text, words))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------------ tests */

static void real_cards(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct atr_text t;

		decode_hex(&t, v->hex);
		assert_int_equal(t.verdict, v->verdict);
		for (size_t w = 0; w < WORDS && v->words[w]; w++)
			assert_words(&t, v->words[w]);
	}
}

static void numbers(void **state)
{
	struct atr_text t;

	decode_hex(&t, vectors[0].hex);
	assert_int_equal(t.category, 0x80);
	assert_int_equal(t.tck, 0xa5);
	assert_int_equal(t.c6, -1);
	assert_int_equal(t.sw, -1);
	assert_int_equal(atr_wt_ns(&t.info), 1228800000);
	assert_int_equal(atr_bwt_ns(&t.info, 372, 1), 1429503000);
	assert_int_equal(atr_cwt_ns(&t.info, 372, 1), 762879000);
	assert_int_equal(atr_cwt_ns(&t.info, 512, 32), 32812000);
	decode_hex(&t, vectors[7].hex);
	assert_int_equal(t.c6, 0);
	decode_hex(&t, vectors[13].hex);
	assert_int_equal(t.tck, -1);
	decode_hex(&t, vectors[14].hex);
	assert_int_equal(t.lcs, 0);
	assert_int_equal(t.sw, 0x9000);
	decode_hex(&t, "3B00");
	assert_int_equal(t.category, -1);
}

static void every_prefix_says_what_is_missing(void **state)
{
	struct atr_text t;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		unsigned char raw[64];
		size_t len = unhex(vectors[i].hex, raw);

		for (size_t n = 1; n < len; n++) {
			decode(&t, raw, n);
			assert_defect(&t, ISO7816_ATR_SHORT, n, " is missing");
			assert_null(strstr(t.reason.text, ":  is"));
		}
		decode(&t, raw, 0);
		assert_defect(&t, ISO7816_ATR_MUTE, 0, "no character");
	}
	decode_hex(&t, "3B");
	assert_defect(&t, ISO7816_ATR_SHORT, 1, "T0 is missing");
	decode_hex(&t, "3B F0 12 00");
	assert_defect(&t, ISO7816_ATR_SHORT, 4, "TC1 is missing");
	decode_hex(&t, "3B F0 12 00 FF 91 81 B1 7C");
	assert_defect(&t, ISO7816_ATR_SHORT, 9, "TB3 is missing");
	decode_hex(&t, "3B 03 01 02");
	assert_defect(&t, ISO7816_ATR_SHORT, 4, "historical byte 3 of 3 is missing");
	decode_hex(&t, "3B 81 80 01 80");
	assert_defect(&t, ISO7816_ATR_SHORT, 5, "TCK is missing");
}

static void check_character(void **state)
{
	unsigned char raw[64];
	size_t len = unhex(vectors[0].hex, raw);
	struct atr_text t;

	for (size_t bit = 8 * 5; bit < 8 * len; bit++) {	/* after the last TD */
		raw[bit / 8] ^= (unsigned char)(1U << bit % 8);
		decode(&t, raw, len);
		assert_defect(&t, ISO7816_ATR_BAD_TCK, len - 1, "does not match");
		assert_words(&t, "TCK: wrong: should be ");
		raw[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
}

static void first_character(void **state)
{
	struct atr_text t;

	decode_hex(&t, "00 02 14 50");
	assert_defect(&t, ISO7816_ATR_BAD_TS, 0, "00 is not a TS");
	decode_hex(&t, "03 BF 14 50");
	assert_defect(&t, ISO7816_ATR_BAD_TS, 0, "what a UART makes of 3F");
}

static void too_long(void **state)
{
	unsigned char raw[80];
	struct atr_text t;

	decode_hex(&t, "3B 02 14 50 00");
	assert_defect(&t, ISO7816_ATR_TOO_LONG, 4, "1 byte more than announced");
	assert_words(&t, "more: 1 byte too many");
	memset(raw, 0xf0, sizeof(raw));
	raw[0] = 0x3b;
	decode(&t, raw, sizeof(raw));
	assert_defect(&t, ISO7816_ATR_TOO_LONG, 33, "without end");
	assert_words(&t, "more: 47 bytes too many");
	/* 7 groups of 4 and 15 historical bytes */
	memset(raw + 1, 0x11, sizeof(raw) - 1);
	for (size_t i = 1; i < 24; i += 4)
		raw[i] = i == 1 ? 0xff : 0xf0;
	raw[25] = 0x10;
	decode(&t, raw, 42);
	assert_defect(&t, ISO7816_ATR_TOO_LONG, 1, "announces 41 bytes after TS");
}

static void reserved_values(void **state)
{
	struct atr_text t;

	decode_hex(&t, "3B 10 F1");
	assert_lenient(&t, 2, "TA1 has a reserved value");
	decode_hex(&t, "3B 10 1F");
	assert_lenient(&t, 2, "TA1 has a reserved value");
	decode_hex(&t, "3B 80 40 00");
	assert_lenient(&t, 3, "WI 0 is reserved");
	assert_words(&t, "TC2: WI 0 is reserved: 10 stays, waiting time 892.8 ms");
	decode_tck(&t, "3B 80 80 11 00");
	assert_lenient(&t, 4, "a reserved IFSC: 32 stays");
	assert_words(&t, "TA3: IFSC 0 is reserved: 32 stays");
	decode_tck(&t, "3B 80 80 11 FF");
	assert_lenient(&t, 4, "a reserved IFSC: 32 stays");
	decode_tck(&t, "3B 80 80 31 FE A5");
	assert_lenient(&t, 5, "T=1 is not used");
	assert_words(&t, "TB3: BWI 10 is reserved; CWI 5");
	decode_tck(&t, "3B 80 80 21 A5");
	assert_lenient(&t, 4, "T=1 is not used");
	/* nothing but T=1 */
	decode_tck(&t, "3B 80 81 21 A5");
	assert_defect(&t, ISO7816_ATR_BAD_VALUE, 4, "T=1 is all there is");
}

static void specific_mode_without_sense(void **state)
{
	struct atr_text t;

	decode_hex(&t, vectors[17].hex);
	assert_defect(&t, ISO7816_ATR_BAD_VALUE, 2, "rate of TA1");
	decode_hex(&t, "3B 80 10 01");
	assert_defect(&t, ISO7816_ATR_BAD_VALUE, 3, "T=1, which cannot be used");
}

static void odd_interface_bytes(void **state)
{
	struct atr_text t;

	/* T=1 and T=15 twice, CRC, C6, bytes nobody knows */
	decode_tck(&t, "3B 80 81 F1 FE 45 01 F1 10 44 00 FF C7 80 11 1F 41");
	assert_words(&t, "TC3: CRC");
	assert_words(&t, "TA4: for T=1 again: only the first counts");
	assert_words(&t, "TA5: either state");
	assert_words(&t, "TB5: C6 is used in a proprietary way");
	assert_words(&t, "TC5: reserved for T=15");
	assert_words(&t, "TA6: for T=15 again");
	assert_int_equal(t.c6, 0x80);
	decode_tck(&t, "3B 80 81 4E 33");
	assert_words(&t, "TC3: no known meaning for T=14");
	decode_tck(&t, "3B 80 81 41 FE");
	assert_true(has_note(&t, 4, "reserved bits of TC3"));
	decode_hex(&t, "3B 80 10 70");
	assert_true(has_note(&t, 3, "reserved bits of TA2"));
	decode_tck(&t, "3B 80 80 1F 05");
	assert_true(has_note(&t, 4, "odd set of classes"));
	decode_tck(&t, "3B 80 80 1F 00");
	assert_words(&t, "TA3: classes: none");
	decode_tck(&t, "3B 80 80 3F 3A 01");
	assert_words(&t, "TA3: classes: B (3 V), D (1.2 V), bit 5 (reserved), bit 6 (reserved)");
	assert_words(&t, "TB3: used in a standard way");
	decode_hex(&t, "3B 10 14");
	assert_words(&t, "TA1: 46.50 clocks an etu");
}

static void historical_objects(void **state)
{
	struct atr_text t;

	decode_hex(&t, "3B 0E 80 12 49 0F 23 12 34 56 45 00 B0 00 00 04");
	assert_words(&t, "country code: 490");
	assert_words(&t, "issuer identification number: 123456");
	assert_words(&t, "initial access data: a command; 5 bytes");
	decode_hex(&t, "3B 0B 80 F3 A0 00 41 91 00 83 07 63 82");
	assert_words(&t, "application identifier: 3 bytes");
	assert_words(&t, "reserved object: 1 byte");
	assert_words(&t, "status indicator: life cycle 07 (operational, activated); SW 6382");
	decode_hex(&t, "3B 04 80 81 0F 31");
	assert_words(&t, "status indicator: life cycle 0F (terminated)");
	assert_true(has_note(&t, 5, "card service data is cut off: 1 bytes announced, 0 there"));
	decode_hex(&t, "3B 04 80 82 00 00");
	assert_words(&t, "status indicator: SW 0000 (not indicated)");
	assert_int_equal(t.lcs, -1);
	assert_int_equal(t.sw, 0);
	decode_hex(&t, "3B 0B 80 75 00 0F 27 AA BB 30 32 01 02");
	assert_words(&t, "selection methods: no selection method");
	assert_words(&t, "data coding: one-time; FF pads between objects; data unit of 16384 b");
	assert_words(&t, "channels: extended length information in EF.ATR; no logical");
	assert_words(&t, "reserved: 2 bytes");
	assert_true(has_note(&t, 3, "1 to 3 bytes, not 5"));
	assert_true(has_note(&t, 9, "1 byte, not 0"));
	assert_true(has_note(&t, 10, "1 byte, not 2"));
	decode_hex(&t, "3B 05 80 73 81 B2 8F");
	assert_words(&t, "selection methods: record identifier");
	assert_words(&t, "data coding: EFs of TLV structure; behaviour of write functions: "
		     "proprietary; FF is a valid first byte of a tag; data unit of 2 bytes");
	assert_words(&t, "lengths and channels: by the reader; 8 logical channels or more");
	decode_hex(&t, "3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A");
	assert_words(&t, "PC/SC identifier: contactless memory card; standard 03; name 0001");
	assert_int_equal(t.n_notes, 0);
	decode_hex(&t, "3B 0F 80 4F 0D A0 00 00 03 06 03 00 01 00 00 00 00");
	assert_words(&t, "initial access data: 15 bytes announced, 13 there");
	decode_hex(&t, "3B 02 80 31");
	assert_true(has_note(&t, 3, "cut off"));
	decode_hex(&t, "3B 03 80 31 13");
	assert_words(&t, "card service data: EF.ATR; access to EF.DIR and EF.ATR reserved (1); no");
}

static void historical_categories(void **state)
{
	struct atr_text t;

	decode_hex(&t, "3B 03 00 90 00");
	assert_true(has_note(&t, 2, "three status bytes"));
	decode_hex(&t, "3B 01 00");
	assert_true(has_note(&t, 2, "three status bytes"));
	decode_hex(&t, "3B 04 00 05 90 00");
	assert_words(&t, "status indicator: life cycle 05 (operational, activated); SW 9000");
	assert_int_equal(t.n_notes, 0);
	decode_hex(&t, "3B 03 10 01 02");
	assert_words(&t, "category: a DIR data reference follows");
	assert_words(&t, "DIR data reference: 2 bytes");
	decode_hex(&t, "3B 02 81 01");
	assert_words(&t, "category: reserved");
	assert_true(has_note(&t, 2, "category 81 is reserved"));
	decode_hex(&t, "3B 04 41 42 43 00");
	assert_words(&t, "historical bytes: proprietary; \"ABC.\"");
}

/* Any bytes of any length: words for each, none cut off */
static void noise(void **state)
{
	u32 seed = 7;

	for (unsigned int round = 0; round < 50000; round++) {
		struct atr_text t;
		unsigned char raw[48];
		size_t len;

		for (size_t i = 0; i < sizeof(raw); i++) {
			seed = seed * 1664525 + 1013904223;
			raw[i] = (unsigned char)(seed >> 24);
		}
		len = seed % (sizeof(raw) + 1);
		if (round % 8)
			raw[0] = round & 1 ? 0x3b : 0x3f;
		if (round & 2)
			raw[1] &= 0x0f;
		decode(&t, raw, len);
	}
}

static void names(void **state)
{
	assert_string_equal(atr_verdict_name(ATR_VERDICT_VALID), "valid");
	assert_string_equal(atr_verdict_name(ATR_VERDICT_LENIENT), "lenient");
	assert_string_equal(atr_verdict_name(ATR_VERDICT_DEFECTIVE), "defective");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_cards),
		cmocka_unit_test(numbers),
		cmocka_unit_test(every_prefix_says_what_is_missing),
		cmocka_unit_test(check_character),
		cmocka_unit_test(first_character),
		cmocka_unit_test(too_long),
		cmocka_unit_test(reserved_values),
		cmocka_unit_test(specific_mode_without_sense),
		cmocka_unit_test(odd_interface_bytes),
		cmocka_unit_test(historical_objects),
		cmocka_unit_test(historical_categories),
		cmocka_unit_test(noise),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("atr-text", tests, NULL, NULL);
}
