// SPDX-License-Identifier: BSD-3-Clause
/*
 * T=1: times, sizes, status words, and cards that are broken or mean; the scenarios of
 * the standard are in test_t1_scenarios.c.
 */
#include <iso7816/timing.h>

#include "t1-rig.h"

static const u8 read_binary[] = { 0x00, 0xb0, 0x00, 0x00, 0x10 };
static const u8 chained[] = { 0x00, 0xd6, 0x00, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8 };

static size_t unhex(const char *hex, u8 *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (u8)strtoul(digits, NULL, 16);
	}
	return n;
}

static void set_up(struct t1_rig *r, u8 ifsc, u8 ifsd, const u8 *cmd, size_t len)
{
	struct iso7816_t1_params params = rig_params(ifsc, ifsd);

	rig_init(r, &params, cmd, len);
}

/* What the reader sends leaves the line, whatever it is */
static void let_go(struct t1_rig *r)
{
	assert_non_null(r->out.send);
	r->now += 10 * r->out.send_len;
	rig_event(r, ISO7816_IN_TX_DONE, 0, 0);
}

/* ------------------------------------------------------------------- times */

static void parameters(void **state)
{
	static const u8 atr[] = { 0x3b, 0xd0, 0x96, 0xff, 0x81, 0xb1, 0xfe, 0x45, 0x1f, 0x07,
				  0x2a };
	struct iso7816_atr_info info;
	struct iso7816_t1_params p;

	assert_int_equal(iso7816_atr_parse(atr, sizeof(atr), &info), ISO7816_ATR_OK);
	memset(&p, 0xa5, sizeof(p));
	iso7816_t1_params_init(&p, &info, 512, 32, 4000000, 1000);
	assert_int_equal(p.ifsc, 254);
	assert_int_equal(p.ifsd, 254);
	assert_false(p.crc);
	/* an etu is 4 us; BWI 4, CWI 5 */
	assert_int_equal(p.slack_ns, 12 * 4000 + 1000);
	assert_int_equal(p.cwt_ns, (11 + 32) * 4000 + p.slack_ns);
	assert_int_equal(p.bwt_ns, 11 * 4000 + 1428480000ULL);
	assert_int_equal(p.bgt_ns, 13 * 4000);
	info.crc = true;
	iso7816_t1_params_init(&p, &info, 372, 1, 4000000, UINT64_MAX);
	assert_true(p.crc);
	assert_int_equal(p.bwt_ns, 11 * 93000 + 1428480000ULL);
	/* what is not to be counted does not become short */
	assert_int_equal(p.slack_ns, UINT64_MAX);
	assert_int_equal(p.cwt_ns, UINT64_MAX);
}

static void waiting_times(void **state)
{
	struct t1_rig r;
	u8 noise[] = { 0xff };

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0)");
	assert_int_equal(r.out.timer_ns, RIG_BWT_NS + RIG_SLACK_NS);
	assert_int_equal(r.out.expect, 4);
	/* noise does not buy time */
	rig_bytes(&r, noise, 1);
	assert_int_equal(r.out.timer_ns, RIG_BWT_NS + RIG_SLACK_NS - 10);
	rig_bytes(&r, (u8[]){ 0x00 }, 1);
	assert_int_equal(r.out.timer_ns, RIG_CWT_NS);
	assert_int_equal(r.out.expect, 3);
	rig_bytes(&r, (u8[]){ 0x00, 0x02 }, 2);
	assert_int_equal(r.out.expect, 3);
	/* the card stops in the middle: R after the CWT */
	rig_expire(&r);
	r.error = 2;
	rig_play(&r, __func__, ">R(0)");
	/* noise in the last moment: the time is up at once */
	r.now += r.out.timer_ns;
	rig_event(&r, ISO7816_IN_BYTE, 0xff, 0);
	assert_int_equal(r.out.timer_ns, 1);
	rig_card(&r, 0x00, (u8[]){ 0x90, 0x00 }, 2);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	assert_int_equal(r.m.counters.timeouts, 1);
}

static void wtx_is_for_one_block(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0)");
	for (int wtx = 1; wtx < 256; wtx++) {
		u8 inf = (u8)wtx;

		rig_card(&r, 0xc3, &inf, 1);
		r.wait = wtx * RIG_BWT_NS + RIG_SLACK_NS;
		rig_sends(&r, 0xe3, &inf, 1);
	}
	assert_int_equal(r.m.counters.wtx, 255);
	rig_expire(&r);
	r.wait = RIG_BWT_NS + RIG_SLACK_NS;
	r.error = 2;
	rig_play(&r, __func__, ">R(0) <I(0,0) =OK");
}

static void times_do_not_overflow(void **state)
{
	struct t1_rig r;
	u8 inf = 255;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	r.m.params.bwt_ns = UINT64_MAX / 4;
	rig_begin(&r, false);
	let_go(&r);
	assert_int_equal(r.out.timer_ns, r.m.req.deadline_ns - r.now);
	rig_card(&r, 0xc3, &inf, 1);
	let_go(&r);
	assert_int_equal(r.m.until_ns, UINT64_MAX);
	assert_int_equal(r.out.timer_ns, r.m.req.deadline_ns - r.now);
}

/* At whatever event the deadline has passed, unless that event brings the end */
static void the_deadline_ends_all(void **state)
{
	static const enum iso7816_input whats[] = {
		ISO7816_IN_BYTE, ISO7816_IN_TX_DONE, ISO7816_IN_TIMEOUT,
	};
	struct t1_rig r, copy;

	set_up(&r, 5, 254, chained, sizeof(chained));
	rig_begin(&r, false);
	for (size_t n = 0; r.out.done == ISO7816_RES_NONE; n++) {
		for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
			copy = r;
			copy.now = copy.m.req.deadline_ns;
			rig_event(&copy, whats[i], 0x00, 0);
			assert_int_equal(copy.out.done, ISO7816_RES_DEADLINE);
			assert_true(copy.m.lost);
		}
		/* one step of an exchange in which the card does not answer well */
		if (r.out.send)
			let_go(&r);
		else if (n % 4)
			rig_event(&r, ISO7816_IN_BYTE, (u8)n, 0);
		else
			rig_expire(&r);
	}
	assert_int_equal(r.out.done, ISO7816_RES_PROTO);
}

static void timers_end_at_the_deadline(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_begin(&r, false);
	r.m.req.deadline_ns = r.now + 500;
	let_go(&r);
	assert_int_equal(r.out.timer_ns, r.m.req.deadline_ns - r.now);
	rig_expire(&r);
	assert_int_equal(r.out.done, ISO7816_RES_DEADLINE);
	/* the card never spoke: no RESYNCH, all anew */
	rig_play(&r, __func__, "| >I(0,0) <WTX? >WTX!");
	r.now = r.m.req.deadline_ns;
	rig_event(&r, ISO7816_IN_TIMEOUT, 0, 0);
	assert_int_equal(r.out.done, ISO7816_RES_DEADLINE);
	/* now it has */
	r.wait = RIG_BWT_NS + RIG_SLACK_NS;
	rig_play(&r, __func__, "| >RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK | >I(1,0) <I(1,0) =OK");
}

/* ------------------------------------------------------------ status words */

/* Commands that the card must get and what it answers, one block each */
struct talk {
	const char *name;
	const char *cmd;
	const char *steps[10];	/* command, response, command, response ... */
	const char *resp;
	enum iso7816_result result;	/* 0 = OK */
	u16 pending;
	bool raw;
};

static const struct talk talks[] = {
	{ .name = "case 1", .cmd = "00040000", .steps = { "00040000", "9000" }, .resp = "9000" },
	{ .name = "data", .cmd = "00B0000002", .steps = { "00B0000002", "AABB9000" },
	  .resp = "AABB9000" },
	{ .name = "more than asked for", .cmd = "00B0000001", .steps = { "00B0000001", "AABB9000" },
	  .resp = "AABB9000" },
	{ .name = "61", .cmd = "00A40004023F0000",
	  .steps = { "00A40004023F0000", "6103", "00C0000003", "AABBCC9000" },
	  .resp = "AABBCC9000" },
	{ .name = "61 with data, on channel 1", .cmd = "81B0000000",
	  .steps = { "81B0000000", "AA6100", "01C00000FF", "BB6102", "01C0000002", "CCDD9000" },
	  .resp = "AABBCCDD9000" },
	{ .name = "61, less wanted than there is", .cmd = "00B0000002",
	  .steps = { "00B0000002", "6105", "00C0000002", "AABB6103" }, .resp = "AABB6103" },
	{ .name = "61 of a command that expects nothing", .cmd = "00D6000001AA",
	  .steps = { "00D6000001AA", "6110" }, .resp = "6110" },
	{ .name = "6C", .cmd = "00B0000000", .steps = { "00B0000000", "6C02", "00B0000002", "AABB9000" },
	  .resp = "AABB9000" },
	{ .name = "trap_07", .cmd = "00B0000001",
	  .steps = { "00B0000001", "6C00", "00B0000000", "6C00" }, .resp = "6C00" },
	{ .name = "6C with data is none", .cmd = "00B0000000", .steps = { "00B0000000", "AA6C02" },
	  .resp = "AA6C02" },
	{ .name = "6C of a command with data", .cmd = "00A40004023F0000",
	  .steps = { "00A40004023F0000", "6C02" }, .resp = "6C02" },
	{ .name = "6C of GET RESPONSE", .cmd = "00A40004023F0000",
	  .steps = { "00A40004023F0000", "6110", "00C0000010", "6C02", "00C0000002", "AABB9000" },
	  .resp = "AABB9000" },
	{ .name = "6C of the repeated", .cmd = "00B0000000",
	  .steps = { "00B0000000", "6C02", "00B0000002", "6102", "00C0000002", "AABB9000" },
	  .resp = "AABB9000" },
	{ .name = "6C, 61, 6C; P1 P2 are the command's own", .cmd = "00B0112200",
	  .steps = { "00B0112200", "6C10", "00B0112210", "6108", "00C0000008", "6C02",
		     "00C0000002", "AABB9000" }, .resp = "AABB9000" },
	{ .name = "6C of GET RESPONSE after data", .cmd = "00B0000000",
	  .steps = { "00B0000000", "AA6102", "00C0000002", "6C01", "00C0000001", "BB9000" },
	  .resp = "AABB9000" },
	{ .name = "GET RESPONSE without a status", .cmd = "00B0000000",
	  .steps = { "00B0000000", "AA6102", "00C0000002", "90" }, .result = ISO7816_RES_PROTO },
	{ .name = "extended", .cmd = "00B00000000100",
	  .steps = { "00B00000000100", "6C02", "00B0000002", "AABB9000" }, .resp = "AABB9000" },
	{ .name = "61 without data twice", .cmd = "00B0000000",
	  .steps = { "00B0000000", "6101", "00C0000001", "6101" }, .result = ISO7816_RES_PROTO },
	{ .name = "warning with data", .cmd = "00A40004023F0000",
	  .steps = { "00A40004023F0000", "AABB6283" }, .resp = "AABB6283" },
	{ .name = "trap_06, pending is noted under other words", .cmd = "00B0000000",
	  .steps = { "00B0000000", "AA9112" }, .resp = "AA9112", .pending = 0x9112 },
	{ .name = "raw 61", .cmd = "00B0000000", .steps = { "00B0000000", "6110" }, .resp = "6110",
	  .raw = true },
	{ .name = "raw 6C", .cmd = "00B0000000", .steps = { "00B0000000", "6C10" }, .resp = "6C10",
	  .raw = true },
	{ .name = "no status", .cmd = "00B0000000", .steps = { "00B0000000", "90" },
	  .result = ISO7816_RES_PROTO },
	{ .name = "nothing", .cmd = "00B0000000", .steps = { "00B0000000", "" },
	  .result = ISO7816_RES_PROTO },
};

static void status_words(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
		const struct talk *talk = &talks[i];
		u8 cmd[32], block[64], resp[64];
		struct t1_rig r;
		u8 n = 0;

		set_up(&r, 32, 32, cmd, unhex(talk->cmd, cmd));
		rig_begin(&r, talk->raw);
		for (const char *const *step = talk->steps; *step; step += 2, n ^= 1) {
			rig_sends(&r, (u8)(n << 6), block, unhex(step[0], block));
			rig_card(&r, (u8)(n << 6), block, unhex(step[1], block));
		}
		assert_int_equal(r.out.done, talk->result ? talk->result : ISO7816_RES_OK);
		assert_int_equal(r.m.pending_sw, talk->pending);
		if (talk->result) {
			assert_int_equal(r.m.resp_len, 0);
			continue;
		}
		assert_int_equal(r.m.resp_len, unhex(talk->resp, resp));
		assert_memory_equal(r.resp, resp, r.m.resp_len);
		assert_int_equal(r.m.sw, resp[r.m.resp_len - 2] << 8 | resp[r.m.resp_len - 1]);
	}
}

static void endless_get_response(void **state)
{
	static u8 room[4096];
	struct t1_rig r;
	size_t sent = 0;
	u8 n = 0;

	set_up(&r, 32, 32, (const u8 *)"\x00\xb0\x00\x00\x00\x00\x00", 7);
	r.m.req.room = sizeof(room);
	struct iso7816_apdu_req req = {
		.cmd = r.cmd, .cmd_len = 7, .resp = room, .room = sizeof(room),
		.deadline_ns = UINT64_MAX,
	};

	iso7816_t1_start(&r.m, &req, &r.out);
	for (; r.out.done == ISO7816_RES_NONE; n ^= 1, sent++) {
		let_go(&r);
		rig_card(&r, (u8)(n << 6), (const u8 *)"\xaa\x61\x01", 3);
	}
	assert_int_equal(r.out.done, ISO7816_RES_PROTO);
	assert_int_equal(sent, 1 + ISO7816_APDU_ROUNDS);
}

/* ------------------------------------------------------------------- sizes */

static void invalid_requests(void **state)
{
	static const struct {
		const char *cmd;
		size_t room;
	} rows[] = {
		{ "00B000", 10 }, { "", 10 }, { "FFB0000000", 10 }, { "0060000000", 10 },
		{ "00B0000002AA", 10 }, { "00B0000000", 1 }, { "00B0000000", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		u8 cmd[16];
		struct t1_rig r;

		set_up(&r, 32, 254, cmd, unhex(rows[i].cmd, cmd));
		r.room = rows[i].room;
		rig_begin(&r, false);
		assert_int_equal(r.out.done, ISO7816_RES_INVALID);
		assert_null(r.out.send);
		assert_false(r.m.lost);
		/* over is over */
		for (enum iso7816_input what = 0; what <= ISO7816_IN_REMOVED; what++) {
			rig_event(&r, what, 0, 0);
			assert_int_equal(r.out.done, ISO7816_RES_INVALID);
		}
	}
}

static void nothing_begun(void **state)
{
	struct iso7816_t1_params params = rig_params(32, 254);
	struct iso7816_t1 m;

	iso7816_t1_init(&m, &params);
	for (enum iso7816_input what = 0; what <= ISO7816_IN_REMOVED; what++) {
		struct iso7816_in in = { .what = what };
		struct iso7816_out out;

		iso7816_t1_step(&m, &in, &out);
		assert_int_equal(out.done, ISO7816_RES_NONE);
		assert_null(out.send);
		assert_int_equal(out.timer_ns, 0);
	}
}

static void too_long_in_one_block(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	r.room = 4;
	rig_play(&r, __func__, "| >I(0,0)");
	rig_card(&r, 0x00, (const u8 *)"\xaa\xbb\x90\x00", 4);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	rig_play(&r, __func__, "| >I(1,0)");
	rig_card(&r, 0x40, (const u8 *)"\xaa\xbb\xcc\x90\x00", 5);
	assert_int_equal(r.out.done, ISO7816_RES_TOO_LONG);
	assert_int_equal(r.m.resp_len, 0);
	for (size_t i = 4; i < sizeof(r.resp); i++)
		assert_int_equal(r.resp[i], 0xee);
	rig_play(&r, __func__, "| >I(0,0) <I(0,0) =OK");
}

/* The rest of the chain is not waited for */
static void too_long_in_a_chain(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	r.room = 2;
	rig_play(&r, __func__, "| >I(0,0) <I(0,1) >R(1) <I(1,1) >R(0) <I(0,1) >ABORT? <ABORT! =TOO_LONG"
		 " | >RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK");
	assert_int_equal(r.m.counters.aborts, 1);
	rig_play(&r, __func__, "| >I(1,0) <I(1,1) >R(0) <I(0,1) >R(1) <I(1,1) >ABORT? <- >ABORT? <- "
		 ">ABORT? <- >RESYNCH? <RESYNCH! =TOO_LONG | >I(0,0) <I(0,0) =OK");
}

/* An exchange with a card that takes @ifsc bytes and sends @chunk at a time */
static void exchange_64k(u8 ifsc, u8 chunk)
{
	static u8 cmd[65544], got[65544], resp[65540];
	struct t1_rig r;
	struct iso7816_apdu_req req = {
		.cmd = cmd, .cmd_len = sizeof(cmd), .resp = resp, .room = sizeof(resp),
		.deadline_ns = UINT64_MAX,
	};
	size_t have = 0, pos = 0;
	u8 nr = 0, ns = 0, answer[256];

	memcpy(cmd, (const u8 *)"\x00\xd7\x00\x00\x00\xff\xff", 7);
	for (size_t i = 7; i < sizeof(cmd) - 2; i++)
		cmd[i] = (u8)(i * 31 >> 3);
	set_up(&r, ifsc, 254, cmd, sizeof(cmd));
	iso7816_t1_start(&r.m, &req, &r.out);
	rig_sends(&r, 0xc1, (const u8 *)"\xfe", (r.wait = r.out.timer_ns, 1));
	rig_card(&r, 0xe1, (const u8 *)"\xfe", 1);
	for (bool more = true; more; nr ^= 1) {
		u8 block[300];

		memcpy(block, r.out.send, r.out.send_len);
		assert_int_equal(block[1] & 0x40, nr << 6);
		assert_true(block[2] <= ifsc);
		more = block[1] & 0x20;
		memcpy(got + have, block + 3, block[2]);
		have += block[2];
		let_go(&r);
		if (more)
			rig_card(&r, (u8)(0x80 | !nr << 4), NULL, 0);
	}
	assert_int_equal(have, sizeof(cmd));
	assert_memory_equal(got, cmd, sizeof(cmd));
	for (; pos < 65538; ns ^= 1) {
		size_t n = 65538 - pos < chunk ? 65538 - pos : chunk;
		bool more = pos + n < 65538;

		for (size_t i = 0; i < n; i++)
			answer[i] = pos + i == 65536 ? 0x90 : pos + i == 65537 ? 0x00 :
				    (u8)((pos + i) * 7 >> 2);
		rig_card(&r, (u8)(ns << 6 | more << 5), answer, n);
		pos += n;
		if (more) {
			assert_int_equal(r.out.send[1], 0x80 | !ns << 4);
			let_go(&r);
		}
	}
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	assert_int_equal(r.m.resp_len, 65538);
	for (size_t i = 0; i < 65536; i++)
		assert_int_equal(resp[i], (u8)(i * 7 >> 2));
	assert_int_equal(r.m.sw, 0x9000);
}

static void all_of_64k(void **state)
{
	exchange_64k(254, 254);
	exchange_64k(1, 1);
	exchange_64k(32, 253);
}

/* A card that changes its mind about IFSC while the reader chains */
static void ifsc_changes_in_a_chain(void **state)
{
	struct t1_rig r;

	set_up(&r, 5, 32, chained, sizeof(chained));
	rig_play(&r, __func__, "| >I(0,1) <IFS? >IFS! <R(1)");
	/* now 20: the other 8 bytes in one block */
	rig_sends(&r, 0x40, chained + 5, 8);
	rig_card(&r, 0x00, (const u8 *)"\x90\x00", 2);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	/* less than before, and the block under way has to be sent again */
	set_up(&r, 9, 32, chained, sizeof(chained));
	rig_begin(&r, false);
	rig_sends(&r, 0x20, chained, 9);
	rig_card(&r, 0xc1, (const u8 *)"\x04", 1);
	rig_sends(&r, 0xe1, (const u8 *)"\x04", 1);
	rig_card(&r, 0x80, NULL, 0);
	rig_sends(&r, 0x20, chained, 4);
	rig_card(&r, 0x90, NULL, 0);
	rig_sends(&r, 0x60, chained + 4, 4);
	rig_card(&r, 0x80, NULL, 0);
	rig_sends(&r, 0x20, chained + 8, 4);
}

/* IFSC is that of the ATR again, and IFSD 32 until the card has agreed anew */
static void resynch_restores_the_sizes(void **state)
{
	struct t1_rig r;

	set_up(&r, 5, 254, chained, sizeof(chained));
	rig_play(&r, __func__, "| >IFS? <IFS! >I(0,1) <IFS? >IFS! <- >R(0) <- >R(0) <- >RESYNCH? <RESYNCH!");
	assert_int_equal(r.m.ifsc, 5);
	assert_int_equal(r.m.ifsd, 32);
	rig_play(&r, __func__, ">IFS?");
	rig_bytes(&r, (const u8 *)"\x00\x00\x21", 3);
	assert_int_equal(r.m.line, ISO7816_T1_DRAINING);
	rig_expire(&r);
	rig_play(&r, __func__, ">IFS? <IFS!");
	assert_int_equal(r.m.ifsd, 254);
	rig_sends(&r, 0x20, chained, 5);
}

/* ------------------------------------------------------------ broken cards */

/* A bad block in answer to a command: characters, and the error bits of the R-block */
static void bad_blocks(void **state)
{
	static const struct {
		const char *name, *block;
		u8 error;
	} rows[] = {
		{ "wrong NAD", "210002900093" "B1", 2 },
		{ "LEN FF", "0000FF9000", 2 },
		{ "LEN over IFSD", "000021", 2 },
		{ "WTX 00", "00C30100C2", 2 },
		{ "IFS 00", "00C10100C0", 2 },
		{ "IFS FF", "00C101FF3F", 2 },
		{ "IFS without a value", "00C100C1", 2 },
		{ "IFS with two values", "00C1022020C3", 2 },
		{ "R with b6", "00A000A0", 2 },
		{ "R with data", "008001AA2B", 2 },
		{ "R with unknown error", "00830083", 2 },
		{ "R with b3", "00840084", 2 },
		{ "I with b1", "000102900093", 2 },
		{ "VPP", "00C400C4", 2 },
		{ "RESYNCH request", "00C000C0", 2 },
		{ "RESYNCH response", "00E000E0", 2 },
		{ "ABORT response", "00E200E2", 2 },
		{ "IFS response", "00E10120C0", 2 },
		{ "WTX response", "00E30101E3", 2 },
		{ "N(S) of the next", "0040029000D2", 2 },
		{ "EDC", "000002900093", 1 },
		{ "EDC of a bad PCB", "00FF00FE", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct t1_rig r;
		u8 block[16];

		set_up(&r, 32, 32, read_binary, sizeof(read_binary));
		rig_play(&r, __func__, "| >I(0,0)");
		rig_bytes(&r, block, unhex(rows[i].block, block));
		/* where it is bad as such the line has to become silent first */
		if (!r.out.send)
			rig_expire(&r);
		r.error = rows[i].error;
		rig_play(&r, rows[i].name, ">R(0) <I(0,0) =OK");
		assert_int_equal(r.m.counters.bad_blocks, 1);
		assert_int_equal(r.m.counters.retransmits, 1);
	}
}

static void duplicates(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	/* the acknowledgement was lost, and the card is impatient */
	rig_play(&r, __func__, "| >I(0,0) <I(0,1) >R(1) <I(0,1)");
	r.error = 2;
	rig_play(&r, __func__, ">R(1) <I(0,1)");
	r.error = 2;
	rig_play(&r, __func__, ">R(1) <I(1,0) =OK");
	assert_int_equal(r.m.resp_len, 3);
	assert_memory_equal(r.resp, "\xd0\x90\x00", 3);
}

/* No I-block before the whole command is out, nor instead of another answer */
static void blocks_out_of_turn(void **state)
{
	struct t1_rig r;

	set_up(&r, 5, 254, chained, sizeof(chained));
	rig_play(&r, __func__, "| >IFS? <I(0,0) >IFS? <WTX? >WTX! <ABORT? >IFS? <IFS! >I(0,1) <I(0,0)");
	r.error = 2;
	rig_play(&r, __func__, ">R(0) <R(0) >I(0,1) <R(1) >I(1,1) <ABORT? >ABORT! <I(0,0)");
	r.error = 2;
	rig_play(&r, __func__, ">R(0) <ABORT? >ABORT! <R(0) =ABORTED");
	rig_play(&r, __func__, "| >I(0,1) cancel <R(1) >ABORT? <I(0,0) >ABORT? <WTX? >WTX! <R(1) >ABORT? "
		 "<ABORT! =ABORTED");
	/* 1 of the card and 1 of the reader; the repeated ones do not count */
	assert_int_equal(r.m.counters.aborts, 2);
	/* and in a RESYNCH */
	rig_play(&r, __func__, "| >I(1,1) <- >R(0) <- >R(0) <- >RESYNCH? <WTX? >RESYNCH? <IFS! >RESYNCH? "
		 "<I(0,0) =PROTO");
}

/* Another value than the reader asked for is no answer */
static void ifs_of_another_size(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 254, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >IFS?");
	for (int i = 0; i < 2; i++) {
		rig_card(&r, 0xe1, (const u8 *)"\x20", 1);
		rig_play(&r, __func__, ">IFS?");
	}
	rig_card(&r, 0xe1, (const u8 *)"\x20", 1);
	rig_play(&r, __func__, ">I(0,0) <I(0,0) =OK | >I(1,0)");
	/* 32 stays */
	rig_bytes(&r, (const u8 *)"\x00\x40\x21", 3);
	rig_expire(&r);
	r.error = 2;
	rig_play(&r, __func__, ">R(1)");
}

static void cancel_without_a_chain(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0) cancel <I(0,0) =OK | >I(1,0) <I(1,1) >R(0) <I(0,0) =OK");
}

/* The same block to whatever the reader says: always an end */
static void stubborn_cards(void **state)
{
	static const u8 values[] = { 0x00, 0x01, 0x20, 0xfe };
	size_t most = 0;

	for (unsigned int pcb = 0; pcb < 256; pcb++)
		for (size_t v = 0; v < 2 * ARRAY_LEN(values); v++) {
			struct t1_rig r;
			size_t sent = 0;
			u8 inf = values[v / 2];

			set_up(&r, 5, v & 2 ? 254 : 32, chained, sizeof(chained));
			rig_begin(&r, false);
			while (r.out.done == ISO7816_RES_NONE) {
				sent++;
				let_go(&r);
				rig_card(&r, (u8)pcb, &inf, v & 1);
				if (r.out.done == ISO7816_RES_NONE && !r.out.send)
					rig_expire(&r);
			}
			if (sent > most)
				most = sent;
			assert_true(sent <= ISO7816_T1_REQUESTS_MAX + 40);
		}
	assert_true(most > ISO7816_T1_REQUESTS_MAX);
}

/* Blocks that are legal one by one, without end */
static void storms(void **state)
{
	struct t1_rig r;
	u8 n;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	/* chained I-blocks without data */
	rig_play(&r, __func__, "| >I(0,0)");
	for (n = 0; r.out.done == ISO7816_RES_NONE; n ^= 1) {
		rig_card(&r, (u8)(n << 6 | 0x20), NULL, 0);
		if (r.out.send)
			let_go(&r);
	}
	assert_int_equal(r.out.done, ISO7816_RES_PROTO);
	assert_int_equal(r.m.requests, ISO7816_T1_REQUESTS_MAX + 1);
	/* noise without end, and characters after a bad block */
	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_begin(&r, false);
	let_go(&r);
	for (unsigned int i = 0; i < ISO7816_BLOCK_NOISE_MAX + ISO7816_T1_DRAIN_MAX; i++)
		rig_bytes(&r, (const u8 *)"\xff", 1);
	assert_int_equal(r.out.done, ISO7816_RES_NONE);
	assert_int_equal(r.out.expect, 1);
	rig_bytes(&r, (const u8 *)"\xff", 1);
	assert_int_equal(r.out.done, ISO7816_RES_PROTO);
}

/* A card that dies at any point: an end within eight waiting times */
static void trap_15_card_dies(void **state)
{
	static const u8 block[] = { 0x00, 0x00, 0x02, 0x90, 0x00, 0x92 };

	for (size_t n = 0; n < sizeof(block); n++) {
		struct t1_rig r;
		u64 begun;
		size_t waits = 0;

		set_up(&r, 32, 32, read_binary, sizeof(read_binary));
		rig_play(&r, __func__, "| >I(0,0) <I(0,0) =OK | >I(1,0)");
		rig_bytes(&r, block, n);
		begun = r.now;
		for (; r.out.done == ISO7816_RES_NONE; waits++) {
			rig_expire(&r);
			if (r.out.send)
				let_go(&r);
		}
		assert_int_equal(r.out.done, ISO7816_RES_MUTE);
		assert_int_equal(waits, 3 + ISO7816_T1_TRIES);
		assert_true(r.now - begun < 8 * (RIG_BWT_NS + RIG_SLACK_NS));
	}
	/* one that never lived */
	struct t1_rig r;

	set_up(&r, 32, 254, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >IFS? <- >IFS? <- >IFS? <- =MUTE");
	/* or never said anything that makes sense */
	rig_play(&r, __func__, "| >IFS? <IFS!x >IFS? <IFS!x >IFS? <IFS!x =PROTO");
}

/* ------------------------------------------------------ every event, anywhere */

/* In any state the line can be in, every character and every event has an answer */
static void every_byte_in_every_state(void **state)
{
	static const char *const scripts[] = {
		"| >IFS?", "| >IFS? <IFS! >I(0,1)", "| >IFS? <IFS! >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0)",
		"| >IFS? <IFS! >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,1) >R(1)",
		"| >IFS? <IFS! >I(0,1) cancel <R(1) >ABORT?",
		"| >IFS? <IFS! >I(0,1) <ABORT? >ABORT!",
		"| >IFS? <IFS! >I(0,1) <- >R(0) <- >R(0) <- >RESYNCH?",
	};
	static const u8 block[] = { 0x00, 0x00, 0x02, 0x90, 0x00 };
	size_t states = 0;

	for (size_t s = 0; s < ARRAY_LEN(scripts); s++) {
		struct t1_rig at, r;

		set_up(&at, 5, 254, chained, sizeof(chained));
		rig_play(&at, __func__, scripts[s]);
		for (size_t n = 0; n <= sizeof(block); n++) {
			states++;
			for (unsigned int b = 0; b < 256; b++)
				for (u8 flags = 0; flags < 8; flags++) {
					r = at;
					rig_event(&r, ISO7816_IN_BYTE, (u8)b, flags);
				}
			r = at;
			rig_event(&r, ISO7816_IN_REMOVED, 0, 0);
			assert_int_equal(r.out.done, ISO7816_RES_REMOVED);
			assert_true(r.m.lost);
			r = at;
			rig_event(&r, (enum iso7816_input)99, 0, 0);
			assert_int_equal(r.out.done, ISO7816_RES_REMOVED);
			/* nothing was on the line: the waiting goes on */
			r = at;
			rig_event(&r, ISO7816_IN_TX_DONE, 0, 0);
			assert_int_equal(r.m.line, at.m.line);
			assert_int_equal(r.out.timer_ns, at.out.timer_ns);
			r = at;
			rig_expire(&r);
			if (n < sizeof(block))
				rig_event(&at, ISO7816_IN_BYTE, block[n], 0);
		}
	}
	print_message("# figures: %zu states, every character and event in each\n", states);
}

static void while_sending(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_begin(&r, false);
	/* lost in what the reader sends */
	rig_event(&r, ISO7816_IN_BYTE, 0x00, 0);
	assert_null(r.out.send);
	assert_int_equal(r.out.timer_ns, RIG_BWT_NS + RIG_SLACK_NS);
	rig_event(&r, ISO7816_IN_TX_DONE, 0, 0);
	rig_card(&r, 0x00, (const u8 *)"\x90\x00", 2);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	/* a line that does not get rid of it */
	rig_begin(&r, false);
	rig_expire(&r);
	assert_int_equal(r.out.done, ISO7816_RES_MUTE);
	rig_play(&r, __func__, "| >RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK");
}

/* A card that sends anything: blocks with a good EDC more often than not */
static void malice(void **state)
{
	size_t ends[ISO7816_RES_ABORTED + 1] = { 0 };
	u64 seed = 1;

	for (int i = 0; i < 20000; i++) {
		struct t1_rig r;
		size_t sent = 0;

		set_up(&r, 5, i & 1 ? 254 : 32, chained, sizeof(chained));
		r.room = 4;
		rig_begin(&r, false);
		while (r.out.done == ISO7816_RES_NONE) {
			u8 inf[4], len;
			u64 dice;

			if (r.out.send) {
				sent++;
				let_go(&r);
			}
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			dice = seed >> 33;
			for (int k = 0; k < 4; k++)
				inf[k] = (u8)(dice >> 5 * k);
			len = dice >> 4 & 3;
			if (dice % 8 == 0 || r.m.line == ISO7816_T1_DRAINING) {
				rig_expire(&r);
			} else if (dice % 8 == 1) {
				rig_event(&r, ISO7816_IN_BYTE, inf[0], dice >> 7 & 1);
			} else {
				static const u8 pcbs[] = {
					0x00, 0x20, 0x40, 0x60, 0x80, 0x90, 0x81, 0x92, 0xc1,
					0xc2, 0xc3, 0xe0, 0xe1, 0xe2, 0xc0, 0x55,
				};
				u8 block[16], pcb = pcbs[dice >> 12 & 15];
				size_t n;

				if (pcb & 0x80 && dice >> 16 & 3)
					len = (pcb & 0x40) && (pcb & 1);
				n = rig_block(block, 0, pcb, inf, len, false);

				for (size_t k = 0; k < n && r.out.done == ISO7816_RES_NONE; k++)
					rig_event(&r, ISO7816_IN_BYTE, block[k], 0);
			}
		}
		assert_true(sent < 2000);
		ends[r.out.done]++;
	}
	print_message("# figures: ends: %zu OK, %zu PROTO, %zu MUTE, %zu ABORTED, %zu TOO_LONG\n",
		      ends[ISO7816_RES_OK], ends[ISO7816_RES_PROTO], ends[ISO7816_RES_MUTE],
		      ends[ISO7816_RES_ABORTED], ends[ISO7816_RES_TOO_LONG]);
	assert_true(ends[ISO7816_RES_OK] && ends[ISO7816_RES_PROTO] && ends[ISO7816_RES_ABORTED] &&
		    ends[ISO7816_RES_TOO_LONG]);
}

static void counters(void **state)
{
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0) <WTX? >WTX! <I(0,0)x >R(0) <- >R(0) <I(0,0) =OK");
	assert_int_equal(r.m.counters.wtx, 1);
	assert_int_equal(r.m.counters.bad_blocks, 1);
	assert_int_equal(r.m.counters.timeouts, 1);
	assert_int_equal(r.m.counters.retransmits, 2);
	/* they are sums over the life of the link */
	rig_play(&r, __func__, "| >I(1,0) <R(1) >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH? <RESYNCH! "
		 ">I(0,0) <I(0,0) =OK");
	assert_int_equal(r.m.counters.timeouts, 4);
	assert_int_equal(r.m.counters.retransmits, 5);
	assert_int_equal(r.m.counters.resynchs, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),
		cmocka_unit_test(waiting_times),
		cmocka_unit_test(wtx_is_for_one_block),
		cmocka_unit_test(times_do_not_overflow),
		cmocka_unit_test(the_deadline_ends_all),
		cmocka_unit_test(timers_end_at_the_deadline),
		cmocka_unit_test(status_words),
		cmocka_unit_test(endless_get_response),
		cmocka_unit_test(invalid_requests),
		cmocka_unit_test(nothing_begun),
		cmocka_unit_test(too_long_in_one_block),
		cmocka_unit_test(too_long_in_a_chain),
		cmocka_unit_test(all_of_64k),
		cmocka_unit_test(ifsc_changes_in_a_chain),
		cmocka_unit_test(resynch_restores_the_sizes),
		cmocka_unit_test(bad_blocks),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(blocks_out_of_turn),
		cmocka_unit_test(ifs_of_another_size),
		cmocka_unit_test(cancel_without_a_chain),
		cmocka_unit_test(stubborn_cards),
		cmocka_unit_test(storms),
		cmocka_unit_test(trap_15_card_dies),
		cmocka_unit_test(every_byte_in_every_state),
		cmocka_unit_test(while_sending),
		cmocka_unit_test(malice),
		cmocka_unit_test(counters),
	};

	return cmocka_run_group_tests_name("t1", tests, NULL, NULL);
}
