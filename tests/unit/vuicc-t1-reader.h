/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of the virtual card's T=1, on top of vuicc-reader.h: a reader that
 * sends and takes blocks, given as hex of PCB and INF.
 */
#ifndef VUICC_T1_READER_H
#define VUICC_T1_READER_H

#include "vuicc-reader.h"
#include "vuicc/t1-block.h"

/* T=1 only, IFSC 254, BWI 4, CWI 5 */
#define ATR		"3BD096FF81B1FE451F072A"

#define CMD	"80F2000C"
#define CMD40	"80EE0200 28"
#define PART1	"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static bool crc;

static inline struct reader *fresh(void **state, const char *atr)
{
	struct reader *r = calloc(1, sizeof(*r));

	crc = false;
	uicc_options_default(&r->opt);
	r->opt.atr_len = uicc_hex_parse(atr, r->opt.atr, sizeof(r->opt.atr));
	*state = r;
	return r;
}

static inline int setup(void **state)
{
	reader_open(fresh(state, ATR));
	return 0;
}

static inline int teardown(void **state)
{
	reader_close(*state);
	free(*state);
	return 0;
}

/* What a good reader leaves between the card's last character and its own first. */
static inline void guard(struct reader *r)
{
	uicc_skip_time(uicc_link_etu(&r->card, 13));
}

static inline void send_raw(struct reader *r, const uint8_t *block, size_t n)
{
	guard(r);
	uicc_take(&r->card, block, n);
}

/* A block from hex: PCB, then INF. */
static inline void put(struct reader *r, const char *hex, bool spoilt)
{
	uint8_t in[256], block[UICC_T1_BLOCK_MAX];
	ssize_t n = uicc_hex_parse(hex, in, sizeof(in));
	size_t len;

	assert_true(n >= 1);
	len = uicc_t1_build(block, in[0], in + 1, n - 1, crc);
	if (spoilt)
		block[len - 1] ^= 0x10;
	send_raw(r, block, len);
}

/* The block that the card sent, as hex of PCB and INF; "" if none. */
static inline const char *get(struct reader *r)
{
	static char text[600];
	uint8_t b[UICC_T1_BLOCK_MAX + 1];
	ssize_t n = recv(r->fd, b, sizeof(b), MSG_DONTWAIT);

	if (n <= 0)
		return "";
	assert_int_equal(n, 3 + b[2] + (crc ? 2 : 1));
	assert_int_equal(b[0], 0x00);
	assert_true(uicc_t1_edc_good(b, n, crc));
	b[2] = b[1];
	return uicc_hex_format(text, sizeof(text), b + 2, n - 2 - (crc ? 2 : 1));
}

static inline void power(struct reader *r)
{
	reader_power(r);
	assert_true(strlen(reader_hex(r)) > 10);
}

static inline struct reader *on(void **state)
{
	struct reader *r = *state;

	power(r);
	put(r, "C1FE", false);
	assert_string_equal(get(r), "E1FE");
	return r;
}

#define expect_block(r, in, out)	expect_block_at(r, in, out, __LINE__)
static inline void expect_block_at(struct reader *r, const char *in, const char *out, int line)
{
	char want[600];
	uint8_t b[300];

	put(r, in, false);
	uicc_hex_format(want, sizeof(want), b, uicc_hex_parse(out, b, sizeof(b)));
	_assert_string_equal(get(r), want, __FILE__, line);
}

static inline unsigned int violations(struct reader *r)
{
	return r->card.trace.violations;
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif /* VUICC_T1_READER_H */
