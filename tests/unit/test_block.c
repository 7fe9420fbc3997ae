// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blocks of T=1: the examples of the standard and its readers, every PCB, every way in
 * which a block can be in error.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/block.h>
#include <iso7816/step.h>

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

static size_t unhex(const char *hex, u8 *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (u8)strtoul(digits, NULL, 16);
	}
	return n;
}

/* Feeds until there is a verdict; says after how many characters */
static enum iso7816_block_verdict feed(struct iso7816_block *b, const u8 *p, size_t n,
				       size_t *used)
{
	enum iso7816_block_verdict verdict = ISO7816_BLOCK_MORE;
	size_t i;

	for (i = 0; i < n && verdict == ISO7816_BLOCK_MORE; i++)
		verdict = iso7816_block_byte(b, p[i], 0);
	if (used)
		*used = i;
	return verdict;
}

static void lrc_examples(void **state)
{
	static const struct {
		u8 pcb;
		const char *inf, *block;
	} rows[] = {
		{ 0xc1, "FE", "00C101FE3E" },
		{ 0xe1, "FE", "00E101FE1E" },
		{ 0x00, "00A4000C023F00", "00000700A4000C023F0092" },
		{ 0x00, "9000", "000002900092" },
		{ 0x40, "9000", "0040029000D2" },
		{ 0x80, "", "00800080" },
		{ 0x90, "", "00900090" },
		{ 0x81, "", "00810081" },
		{ 0x92, "", "00920092" },
		{ 0xc0, "", "00C000C0" },
		{ 0xe2, "", "00E200E2" },
		{ 0xc3, "01", "00C30101C3" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct iso7816_block b;
		u8 inf[16], right[32], block[ISO7816_BLOCK_MAX];
		size_t len = unhex(rows[i].inf, inf);
		size_t n = unhex(rows[i].block, right);

		assert_int_equal(iso7816_block_build(block, rows[i].pcb, inf, (u8)len, false), n);
		assert_memory_equal(block, right, n);
		iso7816_block_init(&b, 32, false);
		assert_int_equal(feed(&b, right, n, NULL), ISO7816_BLOCK_GOOD);
		assert_int_equal(b.len, n);
	}
}

static void crc_examples(void **state)
{
	static const u8 zeros[] = { 0x00, 0x00, 0x00, 0xcc, 0xc6 };
	struct iso7816_block b;
	u8 block[ISO7816_BLOCK_MAX], inf[254];

	/* CRC of three zero bytes: C6CC, low byte first */
	assert_int_equal(iso7816_block_build(block, 0x00, NULL, 0, true), 5);
	assert_memory_equal(block, zeros, 5);
	iso7816_block_init(&b, 32, true);
	assert_int_equal(feed(&b, zeros, 5, NULL), ISO7816_BLOCK_GOOD);
	/* every flipped bit shows, in long blocks as well */
	memset(inf, 0x5a, sizeof(inf));
	assert_int_equal(iso7816_block_build(block, 0x40, inf, 254, true), 259);
	for (size_t bit = 3 * 8; bit < 259 * 8; bit++) {
		block[bit / 8] ^= (u8)(1 << bit % 8);
		iso7816_block_init(&b, 254, true);
		assert_int_equal(feed(&b, block, 259, NULL), ISO7816_BLOCK_BAD);
		assert_int_equal(b.error, ISO7816_BLOCK_EDC);
		block[bit / 8] ^= (u8)(1 << bit % 8);
	}
	iso7816_block_init(&b, 254, true);
	assert_int_equal(feed(&b, block, 259, NULL), ISO7816_BLOCK_GOOD);
}

/* Written from the tables of the standard, not from the code */
static bool pcb_right(unsigned int pcb, unsigned int len, u8 value)
{
	if (pcb == 0x00 || pcb == 0x20 || pcb == 0x40 || pcb == 0x60)
		return true;
	switch (pcb) {
	case 0x80: case 0x81: case 0x82: case 0x90: case 0x91: case 0x92:
	case 0xc0: case 0xe0: case 0xc2: case 0xe2:
		return len == 0;
	case 0xc1: case 0xe1:
		return len == 1 && value >= 1 && value <= 254;
	case 0xc3: case 0xe3:
		return len == 1 && value >= 1;
	default:
		return false;
	}
}

static void every_pcb(void **state)
{
	static const u8 values[] = { 0x00, 0x01, 0x7f, 0xfe, 0xff };

	for (unsigned int pcb = 0; pcb < 256; pcb++)
		for (u8 len = 0; len < 3; len++)
			for (size_t v = 0; v < ARRAY_LEN(values); v++) {
				u8 inf[2] = { values[v], values[v] };
				u8 block[ISO7816_BLOCK_MAX];
				struct iso7816_block b;
				size_t n = iso7816_block_build(block, (u8)pcb, inf, len, false);
				bool right = pcb_right(pcb, len, values[v]);

				iso7816_block_init(&b, 32, false);
				assert_int_equal(feed(&b, block, n, NULL),
						 right ? ISO7816_BLOCK_GOOD : ISO7816_BLOCK_BAD);
				assert_int_equal(b.error, right ? ISO7816_BLOCK_OK :
						 ISO7816_BLOCK_OTHER);
			}
}

/* The longest block is IFSD; what is longer, and FF, is bad at once */
static void every_length(void **state)
{
	static const u8 ifsd[] = { 1, 32, 253, 254 };
	u8 inf[256] = { 0 }, block[512];

	for (size_t k = 0; k < ARRAY_LEN(ifsd); k++)
		for (unsigned int len = 0; len < 256; len++) {
			struct iso7816_block b;
			size_t used, n;

			if (len < 255)
				n = iso7816_block_build(block, 0x40, inf, (u8)len, false);
			else
				n = 10;
			block[2] = (u8)len;
			iso7816_block_init(&b, ifsd[k], false);
			if (len <= ifsd[k]) {
				assert_int_equal(feed(&b, block, n, &used), ISO7816_BLOCK_GOOD);
				assert_int_equal(used, len + 4);
				assert_int_equal(b.need, len + 4);
			} else {
				assert_int_equal(feed(&b, block, n, &used), ISO7816_BLOCK_BAD);
				assert_int_equal(used, 3);
				assert_int_equal(b.error, ISO7816_BLOCK_OTHER);
			}
		}
}

static void characters_in_error(void **state)
{
	static const u8 block[] = { 0x00, 0x40, 0x02, 0x90, 0x00, 0xd2 };
	static const u8 flags[] = { ISO7816_CHAR_PARITY, ISO7816_CHAR_FRAME, ISO7816_CHAR_OVERRUN };

	for (size_t at = 0; at < sizeof(block); at++)
		for (size_t f = 0; f < ARRAY_LEN(flags); f++) {
			struct iso7816_block b;
			enum iso7816_block_verdict verdict = ISO7816_BLOCK_MORE;

			iso7816_block_init(&b, 32, false);
			for (size_t i = 0; i < sizeof(block); i++) {
				assert_int_equal(verdict, ISO7816_BLOCK_MORE);
				verdict = iso7816_block_byte(&b, block[i], i == at ? flags[f] : 0);
			}
			assert_int_equal(verdict, ISO7816_BLOCK_BAD);
			assert_int_equal(b.error, ISO7816_BLOCK_EDC);
		}
	/* the length itself: too long, but the parity says why */
	struct iso7816_block b;

	iso7816_block_init(&b, 32, false);
	iso7816_block_byte(&b, 0x00, 0);
	iso7816_block_byte(&b, 0x40, 0);
	assert_int_equal(iso7816_block_byte(&b, 0xff, ISO7816_CHAR_PARITY), ISO7816_BLOCK_BAD);
	assert_int_equal(b.error, ISO7816_BLOCK_EDC);
}

static void noise(void **state)
{
	static const u8 block[] = { 0x00, 0x40, 0x02, 0x90, 0x00, 0xd2 };
	struct iso7816_block b;

	for (int n = 0; n <= ISO7816_BLOCK_NOISE_MAX; n++) {
		iso7816_block_init(&b, 32, false);
		for (int i = 0; i < n; i++)
			assert_int_equal(iso7816_block_byte(&b, (u8)(0xff - i), i & 7),
					 ISO7816_BLOCK_MORE);
		assert_int_equal(b.len, 0);
		assert_int_equal(feed(&b, block, sizeof(block), NULL), ISO7816_BLOCK_GOOD);
	}
	iso7816_block_init(&b, 32, false);
	for (int i = 0; i < ISO7816_BLOCK_NOISE_MAX; i++)
		iso7816_block_byte(&b, 0xff, 0);
	assert_int_equal(iso7816_block_byte(&b, 0xff, 0), ISO7816_BLOCK_BAD);
	assert_int_equal(b.error, ISO7816_BLOCK_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lrc_examples),
		cmocka_unit_test(crc_examples),
		cmocka_unit_test(every_pcb),
		cmocka_unit_test(every_length),
		cmocka_unit_test(characters_in_error),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
