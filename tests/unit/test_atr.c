// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answer To Reset: ATRs of real cards, character by character and as a whole,
 * and every way in which one can be wrong.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/timing.h>

#include "vectors/atr.h"

#define CLOCK_HZ	3571200
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

/* An ATR with its TCK made right */
static size_t unhex_tck(const char *hex, u8 *out)
{
	size_t n = unhex(hex, out);
	u8 sum = 0;

	for (size_t i = 1; i < n - 1; i++)
		sum ^= out[i];
	out[n - 1] = sum;
	return n;
}

static struct iso7816_in byte_in(u8 byte, u8 flags)
{
	return (struct iso7816_in){ .what = ISO7816_IN_BYTE, .byte = byte, .flags = flags };
}

static enum iso7816_result event(struct iso7816_atr_machine *m, enum iso7816_input what)
{
	struct iso7816_in in = { .what = what };
	struct iso7816_out out;

	iso7816_atr_step(m, &in, &out);
	assert_null(out.send);
	assert_int_equal(out.send_len, 0);
	return out.done;
}

/* One character; whatever is not over has a timer and expects something */
static enum iso7816_result feed(struct iso7816_atr_machine *m, u8 raw, u8 flags)
{
	struct iso7816_in in = byte_in(raw, flags);
	struct iso7816_out out;

	iso7816_atr_step(m, &in, &out);
	assert_null(out.send);
	if (out.done == ISO7816_RES_NONE) {
		assert_int_equal(out.timer_ns, m->iwt_ns);
		assert_in_range(out.expect, 1, ISO7816_ATR_MAX);
	} else {
		assert_int_equal(out.timer_ns, 0);
	}
	return out.done;
}

static void begin(struct iso7816_atr_machine *m)
{
	struct iso7816_out out;

	memset(m, 0xa5, sizeof(*m));
	iso7816_atr_init(m, CLOCK_HZ, &out);
	assert_int_equal(out.done, ISO7816_RES_NONE);
	assert_null(out.send);
	assert_true(out.timer_ns > 0);
}

/* All characters as the UART of a reader would report them */
static enum iso7816_result feed_all(struct iso7816_atr_machine *m, const u8 *atr, size_t len)
{
	enum iso7816_convention conv = atr[0] == 0x3f ? ISO7816_CONV_INVERSE : ISO7816_CONV_DIRECT;
	enum iso7816_result result = ISO7816_RES_NONE;

	begin(m);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(result, ISO7816_RES_NONE);
		result = feed(m, iso7816_conv_byte(conv, atr[i]), 0);
	}
	return result;
}

static void check_info(const struct iso7816_atr_info *info, const struct atr_vector *v,
		       const u8 *atr, size_t len)
{
	assert_int_equal(info->len, len);
	assert_memory_equal(info->raw, atr, len);
	assert_int_equal(info->conv, atr[0] == 0x3f);
	assert_int_equal(info->protocols, v->protocols);
	assert_int_equal(info->first_protocol, v->first);
	assert_int_equal(info->fi, v->fi);
	assert_int_equal(info->di, v->di);
	assert_int_equal(info->extra_guard, v->n);
	assert_int_equal(info->has_ta2, v->ta2 >= 0);
	assert_int_equal(info->ta2, v->ta2 >= 0 ? v->ta2 : 0);
	assert_int_equal(info->wi, v->wi);
	assert_int_equal(info->ifsc, v->ifsc);
	assert_int_equal(info->bwi, v->bwi);
	assert_int_equal(info->cwi, v->cwi);
	assert_false(info->crc);
	assert_int_equal(info->has_t15, v->t15 != -1);
	assert_int_equal(info->clock_stop, v->t15 >= 0 ? v->t15 >> 6 : 0);
	assert_int_equal(info->classes, v->t15 >= 0 ? v->t15 & 0x3f : 0);
	assert_int_equal(info->historical_len, v->historical_len);
	assert_int_equal(info->lenient, v->lenient);
}

static void real_cards(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(atr_vectors); i++) {
		const struct atr_vector *v = &atr_vectors[i];
		struct iso7816_atr_machine m;
		struct iso7816_atr_info info;
		u8 atr[64];
		size_t len = unhex(v->hex, atr);
		bool tck;

		assert_int_equal(iso7816_atr_parse(atr, len, &info), v->defect);
		check_info(&info, v, atr, len);
		tck = info.protocols != T0 || info.has_t15 ||
		      info.lenient & ISO7816_ATR_LENIENT_BAD_T1;
		assert_int_equal(info.historical + info.historical_len + tck, len);

		assert_int_equal(feed_all(&m, atr, len),
				 v->defect ? ISO7816_RES_PROTO : ISO7816_RES_OK);
		assert_int_equal(m.defect, v->defect);
		check_info(&m.info, v, atr, len);
		assert_memory_equal(&m.info, &info, sizeof(info));
	}
}

static void first_bytes_count(void **state)
{
	struct iso7816_atr_info info;
	u8 atr[33];
	size_t len;

	/* T=1 twice: IFSC, BWI and EDC of the first; T=15 twice: classes of the first */
	len = unhex_tck("3B8081" "F1FE4501" "F1104400" "9FC7" "1F41" "00", atr);
	assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_OK);
	assert_int_equal(info.ifsc, 0xfe);
	assert_int_equal(info.bwi, 4);
	assert_int_equal(info.cwi, 5);
	assert_true(info.crc);
	assert_int_equal(info.clock_stop, 3);
	assert_int_equal(info.classes, 7);
	/* IFSC in the first group of T=1, BWI in the second */
	len = unhex_tck("3B8081" "91FE" "2145" "00", atr);
	assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_OK);
	assert_int_equal(info.ifsc, 0xfe);
	assert_int_equal(info.cwi, 5);
}

static void bytes_of_no_meaning_are_skipped(void **state)
{
	struct iso7816_atr_info info;
	u8 atr[33];
	size_t len;

	len = unhex_tck("3B8080" "FE112233" "6F2233" "00", atr);
	assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_OK);
	assert_int_equal(info.protocols, T0 | T14);
	assert_int_equal(info.ifsc, 32);
	assert_true(info.has_t15);
	assert_int_equal(info.classes, 0);
	/* TB1 and TB2 belong to the programming voltage of long ago */
	len = unhex("3BA0" "25" "20" "44", atr);
	assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_OK);
	assert_false(info.has_ta2);
	assert_int_equal(info.wi, 10);
}

static void t1_values(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		struct iso7816_atr_info info;
		u8 atr[33];
		size_t len = unhex("3B80811100", atr);
		bool good = value != 0 && value != 255;

		/* IFSC; T=1 is all the card offers */
		atr[4] = (u8)value;
		atr[5] = 0x80 ^ 0x81 ^ 0x11 ^ (u8)value;
		len = 6;
		assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_OK);
		assert_int_equal(info.ifsc, good ? value : 32);
		assert_int_equal(info.lenient, good ? 0 : ISO7816_ATR_LENIENT_RFU_IFSC);
		assert_int_equal(info.protocols, T1);

		/* BWI, CWI */
		atr[3] = 0x21;
		atr[5] ^= 0x11 ^ 0x21;
		good = value >> 4 <= 9;
		assert_int_equal(iso7816_atr_parse(atr, len, &info),
				 good ? ISO7816_ATR_OK : ISO7816_ATR_BAD_VALUE);
		assert_int_equal(info.protocols, good ? T1 : 0);
		assert_int_equal(info.bwi, good ? value >> 4 : 4);
		assert_int_equal(info.cwi, good ? value & 15 : 13);
	}
}

/* Every value of TA for T=15: clock stop in b8 b7, classes in the others */
static void class_indicator_and_clock_stop(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		u8 atr[] = { 0x3b, 0x80, 0x80, 0x1f, (u8)value, 0x00 };
		struct iso7816_atr_info info;

		atr[5] = 0x80 ^ 0x80 ^ 0x1f ^ (u8)value;
		assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_OK);
		assert_true(info.has_t15);
		assert_int_equal(info.clock_stop, value / 64);
		assert_int_equal(info.classes, value % 64);
		assert_int_equal(info.protocols, T0);
		assert_int_equal(info.lenient, 0);
	}
}

/* EDC: b1; the other bits are reserved and mean nothing */
static void edc_values(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		u8 atr[] = { 0x3b, 0x80, 0x81, 0x41, (u8)value, 0x00 };
		struct iso7816_atr_info info;

		atr[5] = 0x80 ^ 0x81 ^ 0x41 ^ (u8)value;
		assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_OK);
		assert_int_equal(info.crc, value & 1);
		assert_int_equal(info.protocols, T1);
	}
}

static void guard_and_waiting_values(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		const u8 tc1[] = { 0x3b, 0x40, (u8)value };
		const u8 tc2[] = { 0x3b, 0x80, 0x40, (u8)value };
		struct iso7816_atr_info info;

		assert_int_equal(iso7816_atr_parse(tc1, sizeof(tc1), &info), ISO7816_ATR_OK);
		assert_int_equal(info.extra_guard, value);
		assert_int_equal(iso7816_atr_parse(tc2, sizeof(tc2), &info), ISO7816_ATR_OK);
		assert_int_equal(info.wi, value ? value : 10);
		assert_int_equal(info.lenient, value ? 0 : ISO7816_ATR_LENIENT_RFU_WI);
	}
}

/* TA2: T must be offered, F and D must be known unless they are implicit */
static void specific_mode_values(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		u8 good[] = { 0x3b, 0x90, 0x96, 0x10, (u8)value };
		u8 rfu[] = { 0x3b, 0x90, 0x8f, 0x10, (u8)value };
		struct iso7816_atr_info info;
		bool t0 = !(value & 0x0f);

		assert_int_equal(iso7816_atr_parse(good, sizeof(good), &info),
				 t0 ? ISO7816_ATR_OK : ISO7816_ATR_BAD_VALUE);
		assert_true(info.has_ta2);
		assert_int_equal(info.ta2, value);
		assert_int_equal(iso7816_atr_parse(rfu, sizeof(rfu), &info),
				 t0 && value & 0x10 ? ISO7816_ATR_OK : ISO7816_ATR_BAD_VALUE);
	}
}

/* TD1: every protocol, with what it asks for */
static void protocol_values(void **state)
{
	for (u8 t = 0; t < 16; t++) {
		u8 atr[] = { 0x3b, 0x80, t, 0x00 };
		struct iso7816_atr_info info;

		atr[3] = 0x80 ^ t;
		assert_int_equal(iso7816_atr_parse(atr, t ? 4 : 3, &info), ISO7816_ATR_OK);
		assert_int_equal(info.has_t15, t == 15);
		assert_int_equal(info.protocols, t == 15 ? T0 : 1U << t);
		assert_int_equal(info.first_protocol, t == 15 ? 0 : t);
		assert_int_equal(info.lenient, t == 15 ? ISO7816_ATR_LENIENT_T15_FIRST : 0);
	}
}

static void ta1_values(void **state)
{
	static const u16 f[16] = { 372, 372, 558, 744, 1116, 1488, 1860, 0,
				   0, 512, 768, 1024, 1536, 2048, 0, 0 };
	static const u16 khz[16] = { 4000, 5000, 6000, 8000, 12000, 16000, 20000, 0,
				     0, 5000, 7500, 10000, 15000, 20000, 0, 0 };
	static const u8 d[16] = { 0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0 };

	for (unsigned int value = 0; value < 256; value++) {
		const u8 atr[] = { 0x3b, 0x10, (u8)value };
		struct iso7816_atr_info info;
		bool known = f[value >> 4] && d[value & 15];

		assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_OK);
		assert_int_equal(info.ta1, value);
		assert_int_equal(info.fi, known ? f[value >> 4] : 372);
		assert_int_equal(info.di, known ? d[value & 15] : 1);
		assert_int_equal(info.fmax_khz, known ? khz[value >> 4] : 5000);
		assert_int_equal(info.lenient, known ? 0 : ISO7816_ATR_LENIENT_RFU_TA1);
	}
}

static void every_prefix_is_short(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(atr_vectors); i++) {
		u8 atr[64];
		size_t len = unhex(atr_vectors[i].hex, atr);

		for (size_t n = 1; n < len; n++) {
			struct iso7816_atr_machine m;
			struct iso7816_atr_info info;

			assert_int_equal(iso7816_atr_parse(atr, n, &info), ISO7816_ATR_SHORT);
			assert_int_equal(feed_all(&m, atr, n), ISO7816_RES_NONE);
			assert_int_equal(event(&m, ISO7816_IN_TX_DONE), ISO7816_RES_NONE);
			assert_int_equal(event(&m, ISO7816_IN_TIMEOUT), ISO7816_RES_PROTO);
			assert_int_equal(m.defect, ISO7816_ATR_SHORT);

			feed_all(&m, atr, n);
			assert_int_equal(event(&m, ISO7816_IN_REMOVED), ISO7816_RES_REMOVED);
			assert_int_equal(m.defect, ISO7816_ATR_REMOVED);
		}
	}
}

static void trailing_characters(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(atr_vectors); i++) {
		struct iso7816_atr_machine m;
		struct iso7816_atr_info info;
		enum iso7816_result result;
		u8 atr[64];
		size_t len = unhex(atr_vectors[i].hex, atr);

		atr[len] = 0;
		assert_int_equal(iso7816_atr_parse(atr, len + 1, &info), ISO7816_ATR_TOO_LONG);
		/* on the line nobody waits for them, and nothing changes any more */
		result = feed_all(&m, atr, len);
		info = m.info;
		for (enum iso7816_input what = ISO7816_IN_BYTE; what <= ISO7816_IN_REMOVED; what++)
			assert_int_equal(event(&m, what), result);
		assert_memory_equal(&m.info, &info, sizeof(info));
	}
}

static void every_flipped_bit_fails_tck(void **state)
{
	u8 atr[64];
	size_t len = unhex(atr_vectors[0].hex, atr);

	for (size_t bit = 8 * 5; bit < 8 * len; bit++) {	/* after the last TD */
		struct iso7816_atr_machine m;
		struct iso7816_atr_info info;

		atr[bit / 8] ^= (u8)(1U << bit % 8);
		assert_int_equal(iso7816_atr_parse(atr, len, &info), ISO7816_ATR_BAD_TCK);
		assert_int_equal(info.historical_len, 15);
		assert_int_equal(feed_all(&m, atr, len), ISO7816_RES_PROTO);
		assert_int_equal(m.defect, ISO7816_ATR_BAD_TCK);
		atr[bit / 8] ^= (u8)(1U << bit % 8);
	}
}

static void too_long(void **state)
{
	struct iso7816_atr_machine m;
	struct iso7816_atr_info info;
	u8 atr[64];
	size_t n;

	/* each TD announces another group: 8 groups are 33 characters after TS */
	atr[0] = 0x3b;
	memset(atr + 1, 0xf0, sizeof(atr) - 1);
	begin(&m);
	for (n = 0; n < sizeof(atr); n++) {
		if (feed(&m, atr[n], 0) != ISO7816_RES_NONE)
			break;
	}
	assert_int_equal(n, 29);	/* T0 and 7 TDs: the last cannot be true */
	assert_int_equal(m.defect, ISO7816_ATR_TOO_LONG);
	assert_int_equal(iso7816_atr_parse(atr, 29, &info), ISO7816_ATR_SHORT);
	assert_int_equal(iso7816_atr_parse(atr, 33, &info), ISO7816_ATR_TOO_LONG);
	assert_int_equal(iso7816_atr_parse(atr, 34, &info), ISO7816_ATR_TOO_LONG);
	assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_TOO_LONG);
	assert_int_equal(info.len, 33);

	/* 33 characters in all are allowed, 34 are not */
	memset(atr + 1, 0, sizeof(atr) - 1);
	atr[1] = 0xff;
	atr[2] = 0x11;
	atr[5] = 0xf0;
	atr[9] = 0xf0;
	atr[13] = 0xf0;
	atr[17] = 0x10;
	assert_int_equal(iso7816_atr_parse(atr, 19 + 15, &info), ISO7816_ATR_TOO_LONG);
	assert_int_equal(iso7816_atr_parse(atr, 30, &info), ISO7816_ATR_TOO_LONG);
	atr[1] = 0xfe;
	assert_int_equal(iso7816_atr_parse(atr, 19 + 14, &info), ISO7816_ATR_OK);
	assert_int_equal(info.historical, 19);
	assert_int_equal(feed_all(&m, atr, 33), ISO7816_RES_OK);
	/* the TCK is one too many */
	atr[17] = 0x11;
	assert_int_equal(iso7816_atr_parse(atr, 33, &info), ISO7816_ATR_TOO_LONG);
	assert_int_equal(feed_all(&m, atr, 18), ISO7816_RES_PROTO);
	assert_int_equal(m.defect, ISO7816_ATR_TOO_LONG);
}

static void first_character(void **state)
{
	struct iso7816_atr_machine m;
	struct iso7816_atr_info info;
	u8 none = 0;

	for (unsigned int b = 0; b < 256; b++) {
		u8 atr[2] = { (u8)b, 0 };

		begin(&m);
		if (b == 0x3b || b == 0x03) {
			assert_int_equal(feed(&m, (u8)b, 0), ISO7816_RES_NONE);
			assert_int_equal(m.info.raw[0], b == 0x3b ? 0x3b : 0x3f);
			assert_int_equal(m.info.conv, b == 0x03);
		} else {
			assert_int_equal(feed(&m, (u8)b, 0), ISO7816_RES_PROTO);
			assert_int_equal(m.defect, ISO7816_ATR_BAD_TS);
		}
		assert_int_equal(iso7816_atr_parse(atr, 2, &info),
				 b == 0x3b || b == 0x3f ? ISO7816_ATR_OK : ISO7816_ATR_BAD_TS);
	}
	assert_int_equal(iso7816_atr_parse(&none, 0, &info), ISO7816_ATR_MUTE);
}

static void silence(void **state)
{
	struct iso7816_atr_machine m;

	begin(&m);
	assert_int_equal(event(&m, ISO7816_IN_TX_DONE), ISO7816_RES_NONE);
	assert_int_equal(event(&m, ISO7816_IN_TIMEOUT), ISO7816_RES_MUTE);
	assert_int_equal(m.defect, ISO7816_ATR_MUTE);
	begin(&m);
	assert_int_equal(event(&m, ISO7816_IN_REMOVED), ISO7816_RES_REMOVED);
	assert_int_equal(m.defect, ISO7816_ATR_REMOVED);
	/* what the machine does not know ends it, too */
	begin(&m);
	assert_int_equal(event(&m, (enum iso7816_input)99), ISO7816_RES_REMOVED);
}

/* A character in error ends the ATR of a direct card, wherever it is */
static void flags_direct(void **state)
{
	static const u8 flags[] = { ISO7816_CHAR_PARITY, ISO7816_CHAR_FRAME, ISO7816_CHAR_OVERRUN };
	u8 atr[64];
	size_t len = unhex(atr_vectors[0].hex, atr);

	for (size_t bad = 0; bad < len; bad++) {
		for (size_t f = 0; f < ARRAY_LEN(flags); f++) {
			struct iso7816_atr_machine m;

			begin(&m);
			for (size_t i = 0; i < bad; i++)
				assert_int_equal(feed(&m, atr[i], 0), ISO7816_RES_NONE);
			assert_int_equal(feed(&m, atr[bad], flags[f]), ISO7816_RES_PROTO);
			assert_int_equal(m.defect, ISO7816_ATR_PARITY);
		}
	}
}

/* The UART of an inverse card learns of the parity late: after @late characters */
static void flags_inverse(void **state)
{
	u8 atr[64];
	size_t len = unhex(atr_vectors[8].hex, atr);

	for (size_t late = 0; late <= len; late++) {
		struct iso7816_atr_machine m;
		struct iso7816_atr_machine fork;

		begin(&m);
		for (size_t i = 0; i < len; i++) {
			u8 raw = iso7816_conv_byte(ISO7816_CONV_INVERSE, atr[i]);

			if (i) {
				fork = m;
				assert_int_equal(feed(&fork, raw, ISO7816_CHAR_FRAME),
						 ISO7816_RES_PROTO);
			}
			if (i > late && i > 1) {	/* one looked right already */
				fork = m;
				assert_int_equal(feed(&fork, raw, ISO7816_CHAR_PARITY),
						 ISO7816_RES_PROTO);
				assert_int_equal(fork.defect, ISO7816_ATR_PARITY);
			}
			assert_int_equal(feed(&m, raw, i < late ? ISO7816_CHAR_PARITY : 0),
					 i + 1 < len ? ISO7816_RES_NONE : ISO7816_RES_OK);
		}
	}
}

static void times(void **state)
{
	struct iso7816_atr_machine m;
	struct iso7816_out out;
	u64 slack = ISO7816_HOST_SLACK_NS;

	iso7816_atr_init(&m, 4000000, &out);
	assert_int_equal(out.timer_ns, 10000000 + 12 * 93000 + slack);
	assert_int_equal(m.iwt_ns, 9612ULL * 93000 + slack);
	assert_int_equal(out.expect, 2);
	iso7816_atr_init(&m, 0, &out);
	assert_int_equal(out.timer_ns, 40000000 + 12 * 372000 + slack);
	assert_int_equal(m.iwt_ns, 9612ULL * 372000 + slack);
	iso7816_atr_init(&m, 1, &out);
	assert_true(out.timer_ns > 40000 * ISO7816_NSEC_PER_SEC);
}

/* Any bytes: the machine and the decoder agree, and both end within 33 */
static void noise(void **state)
{
	u32 seed = 1;

	for (unsigned int round = 0; round < 200000; round++) {
		enum iso7816_result result = ISO7816_RES_NONE;
		struct iso7816_atr_machine m;
		struct iso7816_atr_info info;
		u8 atr[40];
		size_t n;

		for (n = 0; n < sizeof(atr); n++) {
			seed = seed * 1664525 + 1013904223;
			atr[n] = (u8)(seed >> 24);
		}
		atr[0] = round & 1 ? 0x3b : 0x3f;
		begin(&m);
		for (n = 0; n < sizeof(atr) && result == ISO7816_RES_NONE; n++)
			result = feed(&m, iso7816_conv_byte(round & 1 ? ISO7816_CONV_DIRECT :
							    ISO7816_CONV_INVERSE, atr[n]), 0);
		assert_int_not_equal(result, ISO7816_RES_NONE);
		assert_in_range(n, 2, ISO7816_ATR_MAX);
		if (m.defect != ISO7816_ATR_TOO_LONG)
			assert_int_equal(iso7816_atr_parse(atr, n, &info), m.defect);
		else
			assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), m.defect);
	}
}

static void names(void **state)
{
	for (int d = ISO7816_ATR_OK; d <= ISO7816_ATR_BAD_VALUE; d++) {
		const char *name = iso7816_atr_defect_name((enum iso7816_atr_defect)d);

		assert_string_not_equal(name, "unknown defect");
		for (int e = ISO7816_ATR_OK; e < d; e++)
			assert_string_not_equal(name,
						iso7816_atr_defect_name((enum iso7816_atr_defect)e));
	}
	assert_string_equal(iso7816_atr_defect_name((enum iso7816_atr_defect)99), "unknown defect");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_cards),
		cmocka_unit_test(first_bytes_count),
		cmocka_unit_test(bytes_of_no_meaning_are_skipped),
		cmocka_unit_test(t1_values),
		cmocka_unit_test(class_indicator_and_clock_stop),
		cmocka_unit_test(edc_values),
		cmocka_unit_test(guard_and_waiting_values),
		cmocka_unit_test(specific_mode_values),
		cmocka_unit_test(protocol_values),
		cmocka_unit_test(ta1_values),
		cmocka_unit_test(every_prefix_is_short),
		cmocka_unit_test(trailing_characters),
		cmocka_unit_test(every_flipped_bit_fails_tck),
		cmocka_unit_test(too_long),
		cmocka_unit_test(first_character),
		cmocka_unit_test(silence),
		cmocka_unit_test(flags_direct),
		cmocka_unit_test(flags_inverse),
		cmocka_unit_test(times),
		cmocka_unit_test(noise),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("atr", tests, NULL, NULL);
}
