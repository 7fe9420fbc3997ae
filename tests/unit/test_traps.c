// SPDX-License-Identifier: BSD-3-Clause
/*
 * What cards in the field get wrong, and what comes of it: T=0 and ATR.  Those of PPS
 * are in test_pps.c, those of T=1 in test_t1.c.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/atr.h>
#include <iso7816/tpdu.h>

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define WT		1000ULL
#define DEADLINE	100000ULL

static size_t unhex(const char *hex, u8 *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (u8)strtoul(digits, NULL, 16);
	}
	return n;
}

/* --------------------------------------------------------------------- T=0 */

struct desk {
	struct iso7816_tpdu m;
	struct iso7816_out out;
	u64 now;
	u8 cmd[32];
	u8 resp[300];
};

static void event(struct desk *d, enum iso7816_input what, u8 byte)
{
	struct iso7816_in in = { .what = what, .byte = byte, .now_ns = d->now };

	iso7816_tpdu_step(&d->m, &in, &d->out);
}

static void start(struct desk *d, const char *cmd)
{
	struct iso7816_apdu_req req = {
		.cmd = d->cmd, .cmd_len = unhex(cmd, d->cmd), .resp = d->resp,
		.room = sizeof(d->resp), .wt_ns = WT, .deadline_ns = DEADLINE,
	};

	memset(d->resp, 0xee, sizeof(d->resp));
	d->now = 1;
	iso7816_tpdu_start(&d->m, &req, &d->out);
}

/* "> hex" must be sent, "< hex" comes from the card */
static void talk(struct desk *d, const char *const *lines)
{
	u8 bytes[64];

	for (; *lines; lines++) {
		size_t n = unhex(*lines + 2, bytes);

		if (**lines == '>') {
			assert_int_equal(d->out.send_len, n);
			assert_memory_equal(d->out.send, bytes, n);
			event(d, ISO7816_IN_TX_DONE, 0);
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(d->out.done, ISO7816_RES_NONE);
			event(d, ISO7816_IN_BYTE, bytes[i]);
		}
	}
}

#define TALK(d, ...)	talk(d, (const char *const []){ __VA_ARGS__, NULL })

static void assert_response(const struct desk *d, const char *hex)
{
	u8 right[64];

	assert_int_equal(d->out.done, ISO7816_RES_OK);
	assert_int_equal(d->m.resp_len, unhex(hex, right));
	assert_memory_equal(d->resp, right, d->m.resp_len);
}

static void trap_05_fetch_without_procedure_byte(void **state)
{
	struct desk d;

	/* a proactive command begins with D0; it is no procedure byte of FETCH */
	start(&d, "801200000F");
	TALK(&d, "> 801200000F", "< D0");
	assert_int_equal(d.out.done, ISO7816_RES_PROTO);
	assert_int_equal(d.m.resp_len, 0);
	for (size_t i = 0; i < sizeof(d.resp); i++)
		assert_int_equal(d.resp[i], 0xee);
	/* what follows changes nothing */
	event(&d, ISO7816_IN_BYTE, 0x90);
	event(&d, ISO7816_IN_BYTE, 0x00);
	assert_int_equal(d.out.done, ISO7816_RES_PROTO);
	/* with it, all is well */
	start(&d, "8012000003");
	TALK(&d, "> 8012000003", "< 12D0010A9000");
	assert_response(&d, "D0010A9000");
}

static void trap_06_pending_outlives_other_words(void **state)
{
	struct desk d;

	/* 91xx in the middle of a command that ends with something else */
	start(&d, "00A40004023F0000");
	TALK(&d, "> 00A4000402", "< A4", "> 3F00", "< 6102", "> 00C0000002", "< C0AABB9112");
	assert_response(&d, "AABB9112");
	assert_int_equal(d.m.pending_sw, 0x9112);
	/* the latest length wins */
	start(&d, "80F2000C00");
	TALK(&d, "> 80F2000C00", "< 9100");
	assert_response(&d, "9100");
	assert_int_equal(d.m.pending_sw, 0x9100);
	/* other words say nothing about it: 0 is not "none any more" */
	start(&d, "00A40004023F0000");
	TALK(&d, "> 00A4000402", "< 6A82");
	assert_response(&d, "6A82");
	assert_int_equal(d.m.pending_sw, 0);
}

static void trap_07_6c00_is_256_and_once(void **state)
{
	struct desk d;

	start(&d, "00B0000010");
	TALK(&d, "> 00B0000010", "< 6C00", "> 00B0000000", "< 6C00");
	assert_response(&d, "6C00");
	assert_int_equal(d.m.repeats, 1);
	/* all of the 256 bytes go through; 16 were asked for */
	start(&d, "00B0000010");
	TALK(&d, "> 00B0000010", "< 6C00", "> 00B0000000", "< B0");
	for (int i = 0; i < 256; i++)
		event(&d, ISO7816_IN_BYTE, (u8)i);
	TALK(&d, "< 9000");
	assert_response(&d, "000102030405060708090A0B0C0D0E0F9000");
}

static void trap_15_card_dies(void **state)
{
	static const char *const heard[] = {
		"", "60", "DF", "14", "1490", "90", "1460", "141490",
	};

	/* TERMINAL RESPONSE, and the card is mute from some byte on */
	for (size_t i = 0; i < ARRAY_LEN(heard); i++) {
		struct desk d;
		u8 bytes[8];
		size_t n = unhex(heard[i], bytes);

		start(&d, "80140000028103");
		event(&d, ISO7816_IN_TX_DONE, 0);
		for (size_t k = 0; k < n && d.out.done == ISO7816_RES_NONE; k++) {
			if (d.out.send)
				event(&d, ISO7816_IN_TX_DONE, 0);
			event(&d, ISO7816_IN_BYTE, bytes[k]);
		}
		if (d.out.send)
			event(&d, ISO7816_IN_TX_DONE, 0);
		if (d.out.done == ISO7816_RES_NONE) {
			assert_in_range(d.out.timer_ns, 1, WT);
			d.now += d.out.timer_ns;
			event(&d, ISO7816_IN_TIMEOUT, 0);
			assert_int_equal(d.out.done, ISO7816_RES_MUTE);
		} else {	/* the second 14 had nothing left to ask for */
			assert_int_equal(d.out.done, ISO7816_RES_PROTO);
		}
		assert_int_equal(d.m.resp_len, 0);
	}
	/* or only pretends to live */
	struct desk d;
	size_t nulls = 0;

	start(&d, "8012000010");
	event(&d, ISO7816_IN_TX_DONE, 0);
	for (; d.out.done == ISO7816_RES_NONE; nulls++) {
		d.now += d.out.timer_ns - 1;
		event(&d, ISO7816_IN_BYTE, 0x60);
		assert_true(nulls < 2 * DEADLINE / WT + WT);
		if (d.out.timer_ns == 1)
			d.now++;
	}
	assert_int_equal(d.out.done, ISO7816_RES_DEADLINE);
}

/* --------------------------------------------------------------------- ATR */

/* The decoder gets exactly these bytes: one more and the sanitizer speaks */
static enum iso7816_atr_defect parse_exactly(const u8 *atr, size_t len,
					      struct iso7816_atr_info *info)
{
	enum iso7816_atr_defect defect;
	u8 *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, atr, len);
	defect = iso7816_atr_parse(copy, len, info);
	free(copy);
	assert_string_not_equal(iso7816_atr_defect_name(defect), "unknown defect");
	if (defect == ISO7816_ATR_OK) {
		assert_true(info->historical + info->historical_len <= info->len);
		assert_true(info->protocols);
	}
	return defect;
}

static void trap_16_malformed_atrs(void **state)
{
	static const char *const atrs[] = {
		"3B9F96801FC78031A073BE21136743200718000001A5",
		"3BFF9400FFC00A1F438031E073362113574A43491C3130321C",
		"3BDE18FF81F1FB34001F074445534669726553414D56312E30D2",
		"3FFF9500FF918171A04700444E4153503031302052657641323048",
	};
	size_t defects[ISO7816_ATR_BAD_VALUE + 1] = { 0 };
	struct iso7816_atr_info info;

	for (size_t i = 0; i < ARRAY_LEN(atrs); i++) {
		u8 atr[40] = { 0 };
		size_t len = unhex(atrs[i], atr);

		assert_int_equal(parse_exactly(atr, len, &info), ISO7816_ATR_OK);
		/* too short, too long, every other value of every byte */
		for (size_t n = 0; n < len; n++)
			assert_int_equal(parse_exactly(atr, n, &info),
					 n ? ISO7816_ATR_SHORT : ISO7816_ATR_MUTE);
		for (size_t n = len + 1; n <= sizeof(atr); n++)
			assert_int_equal(parse_exactly(atr, n, &info), ISO7816_ATR_TOO_LONG);
		for (size_t at = 0; at < len; at++)
			for (unsigned int change = 1; change < 256; change++) {
				enum iso7816_atr_defect defect;

				atr[at] ^= (u8)change;
				defect = parse_exactly(atr, len, &info);
				/* TCK covers all but TS, unless there is none any more */
				assert_true(defect != ISO7816_ATR_OK || !at ||
					    (info.protocols == 1 && !info.has_t15));
				defects[defect]++;
				atr[at] ^= (u8)change;
			}
	}
	/* each has its name */
	assert_true(defects[ISO7816_ATR_BAD_TS] && defects[ISO7816_ATR_BAD_TCK] &&
		    defects[ISO7816_ATR_TOO_LONG] && defects[ISO7816_ATR_SHORT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trap_05_fetch_without_procedure_byte),
		cmocka_unit_test(trap_06_pending_outlives_other_words),
		cmocka_unit_test(trap_07_6c00_is_256_and_once),
		cmocka_unit_test(trap_15_card_dies),
		cmocka_unit_test(trap_16_malformed_atrs),
	};

	return cmocka_run_group_tests_name("traps", tests, NULL, NULL);
}
