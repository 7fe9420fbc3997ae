// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every ATR of the list of pcsc-tools is decoded, both by the reader's machine and
 * into words.  The list is read where its Debian package puts it; ATR_LIST names
 * another file.
 */
#include <ctype.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <cmocka.h>

#include "lib/atr-text.h"

#define LIST		"/usr/share/pcsc/smartcard_list.txt"
#define DEFECTS		(ISO7816_ATR_BAD_VALUE + 1)
/* What a list of this kind has at least, and how much of it is wrong at most */
#define LITERAL_MIN	3000
#define REJECTED_MAX	20	/* one in so many */

struct count {
	unsigned int all, verdict[ATR_VERDICT_DEFECTIVE + 1], defect[DEFECTS];
};

struct corpus {
	struct count literal, wildcard;
	unsigned int not_hex;
};

/* ---------------------------------------------------------------------- the list */

/*
 * One hexadecimal digit of a pattern; "." and "[...]" stand for several: 0, or
 * the first of the choice.  Returns -1 at the end and for what is no digit.
 */
static int pattern_digit(const char **p, bool *wild)
{
	const char *close;
	int c = (unsigned char)**p;

	if (c == '.') {
		*wild = true;
		++*p;
		return 0;
	}
	if (c == '[') {
		close = strchr(*p, ']');
		c = (unsigned char)(*p)[1];
		if (!close || !isxdigit(c))
			return -1;
		*wild = true;
		*p = close + 1;
	} else if (isxdigit(c)) {
		++*p;
	} else {
		return -1;
	}
	return (int)strtol((const char[]){ (char)c, 0 }, NULL, 16);
}

static bool read_pattern(const char *p, unsigned char *raw, size_t room, size_t *len, bool *wild)
{
	*len = 0;
	*wild = false;
	for (;;) {
		int high, low;

		while (*p == ' ')
			p++;
		if (!*p)
			return *len > 0;
		high = pattern_digit(&p, wild);
		low = pattern_digit(&p, wild);
		if (high < 0 || low < 0 || *len == room)
			return false;
		raw[(*len)++] = (unsigned char)(high << 4 | low);
	}
}

/* --------------------------------------------------------------------- one ATR */

/* The machine, fed as by a UART: it ends within the ATR and agrees with the decoder */
static void feed(const unsigned char *raw, size_t len, const struct atr_text *t)
{
	struct iso7816_atr_machine m;
	struct iso7816_out out;
	size_t n;

	iso7816_atr_init(&m, ATR_TEXT_CLOCK_HZ, &out);
	for (n = 0; n < len && out.done == ISO7816_RES_NONE; n++) {
		enum iso7816_convention conv = raw[0] == ISO7816_TS_INVERSE ?
			ISO7816_CONV_INVERSE : ISO7816_CONV_DIRECT;
		struct iso7816_in in = {
			.what = ISO7816_IN_BYTE, .byte = iso7816_conv_byte(conv, raw[n]),
		};

		iso7816_atr_step(&m, &in, &out);
	}
	if (t->defect == ISO7816_ATR_OK || t->defect == ISO7816_ATR_BAD_TCK ||
	    t->defect == ISO7816_ATR_BAD_VALUE) {
		assert_int_equal(n, len);
		assert_int_equal(m.defect, t->defect);
	} else if (t->defect == ISO7816_ATR_SHORT) {
		assert_int_equal(out.done, ISO7816_RES_NONE);
	} else {
		assert_int_not_equal(out.done, ISO7816_RES_NONE);
	}
}

static void decode(const unsigned char *raw, size_t len, struct count *count)
{
	unsigned char *copy = malloc(len);	/* an over-read is seen */
	struct atr_text *t = malloc(sizeof(*t));
	size_t at = 0;

	assert_true(copy && t);
	memcpy(copy, raw, len);
	atr_text_decode(t, copy, len);
	for (size_t i = 0; i < t->n_items; i++) {
		assert_int_equal(t->items[i].at, at);
		at += t->items[i].len;
	}
	assert_int_equal(at, len);
	if (t->defect == ISO7816_ATR_OK) {
		assert_int_equal(t->info.len, len);
		assert_int_equal(t->info.historical + t->info.historical_len + (t->tck >= 0), len);
	} else {
		assert_true(t->reason.text[0]);	/* the defect is named */
	}
	feed(copy, len, t);
	count->all++;
	count->verdict[t->verdict]++;
	count->defect[t->defect]++;
	free(copy);
	free(t);
}

static void print_count(const char *what, const struct count *c)
{
	printf("# figures: %s: %u ATRs, %u valid, %u lenient, %u rejected (", what, c->all,
	       c->verdict[ATR_VERDICT_VALID], c->verdict[ATR_VERDICT_LENIENT],
	       c->verdict[ATR_VERDICT_DEFECTIVE]);
	for (int d = 1, first = 1; d < DEFECTS; d++) {
		if (!c->defect[d])
			continue;
		printf("%s%u %s", first ? "" : ", ", c->defect[d],
		       iso7816_atr_defect_name((enum iso7816_atr_defect)d));
		first = 0;
	}
	puts(")");
}

/* ------------------------------------------------------------------------ tests */

static void decode_list(FILE *f, struct corpus *corpus)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, f) > 0) {
		unsigned char raw[64];
		size_t len;
		bool wild;

		line[strcspn(line, "\r\n")] = 0;
		if (!*line || *line == '#' || isspace((unsigned char)*line))
			continue;
		if (read_pattern(line, raw, sizeof(raw), &len, &wild))
			decode(raw, len, wild ? &corpus->wildcard : &corpus->literal);
		else
			corpus->not_hex++;
	}
	free(line);
}

/* Trap 16: lists of ATRs have malformed ones; the defect is named, nothing breaks */
static void trap_16_all_of_pcsc_tools(void **state)
{
	const char *name = getenv("ATR_LIST") ? getenv("ATR_LIST") : LIST;
	FILE *f = fopen(name, "r");
	struct corpus corpus = { .not_hex = 0 };
	const struct count *c = &corpus.literal;

	if (!f)
		fail_msg("no %s: install the Debian package pcsc-tools", name);
	decode_list(f, &corpus);
	fclose(f);
	print_count("literal", &corpus.literal);
	print_count("wildcards as 00", &corpus.wildcard);
	printf("# figures: %u lines of another form\n", corpus.not_hex);
	assert_int_equal(c->all, c->verdict[0] + c->verdict[1] + c->verdict[2]);
	assert_true(c->all >= LITERAL_MIN);
	assert_true(c->verdict[ATR_VERDICT_DEFECTIVE] <= c->all / REJECTED_MAX);
	assert_true(corpus.not_hex <= c->all / REJECTED_MAX);
}

static void patterns(void **state)
{
	unsigned char raw[4];
	size_t len;
	bool wild;

	assert_true(read_pattern("3B 02 14", raw, 4, &len, &wild));
	assert_int_equal(len, 3);
	assert_false(wild);
	assert_true(read_pattern("3B .. 0[1,3] [AF]E", raw, 4, &len, &wild));
	assert_memory_equal(raw, "\x3b\x00\x01\xae", 4);
	assert_true(wild);
	assert_false(read_pattern("3B 02 14 50 60", raw, 4, &len, &wild));
	assert_false(read_pattern("3B 0", raw, 4, &len, &wild));
	assert_false(read_pattern("3B 0[", raw, 4, &len, &wild));
	assert_false(read_pattern("ATR", raw, 4, &len, &wild));
	assert_false(read_pattern("", raw, 4, &len, &wild));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(trap_16_all_of_pcsc_tools),
	};

	setlinebuf(stdout);
	return cmocka_run_group_tests_name("atr-corpus", tests, NULL, NULL);
}
