// SPDX-License-Identifier: BSD-3-Clause
/*
 * T=1: times, status words, sizes.  The scenarios of the standard are in
 * test_t1_scenarios.c, broken cards in test_t1_broken.c.
 */
#include <iso7816/timing.h>

#include "t1-rig.h"

static const u8 read_binary[] = { 0x00, 0xb0, 0x00, 0x00, 0x10 };
static const u8 chained[] = { 0x00, 0xd6, 0x00, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8 };

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

/* @n: N(S) of both sides, which are as many blocks apart from the RESYNCH */
static void run_talk(struct t1_rig *r, const struct talk *talk, u8 *n)
{
	u8 cmd[32], block[64], resp[64];

	r->cmd = cmd;
	r->cmd_len = unhex(talk->cmd, cmd);
	rig_begin(r, talk->raw);
	for (const char *const *step = talk->steps; *step; step += 2, *n ^= 1) {
		rig_sends(r, (u8)(*n << 6), block, unhex(step[0], block));
		rig_card(r, (u8)(*n << 6), block, unhex(step[1], block));
	}
	assert_int_equal(r->out.done, talk->result ? talk->result : ISO7816_RES_OK);
	assert_int_equal(r->m.pending_sw, talk->pending);
	if (talk->result) {
		assert_int_equal(r->m.resp_len, 0);
		return;
	}
	assert_int_equal(r->m.resp_len, unhex(talk->resp, resp));
	assert_memory_equal(r->resp, resp, r->m.resp_len);
	assert_int_equal(r->m.sw, resp[r->m.resp_len - 2] << 8 | resp[r->m.resp_len - 1]);
}

/* Each alone and after each other: an exchange knows nothing of the one before */
static void status_words(void **state)
{
	struct t1_rig r;

	for (size_t i = 0; i < ARRAY_LEN(talks); i++)
		for (size_t k = 0; k < ARRAY_LEN(talks); k++) {
			u8 n = 0;

			set_up(&r, 32, 32, NULL, 0);
			run_talk(&r, &talks[i], &n);
			if (!talks[i].result)
				run_talk(&r, &talks[k], &n);
		}
	/* three RESYNCHs in each */
	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0) <I(0,0) =OK");
	for (int i = 0; i < 2; i++) {
		rig_begin(&r, false);
		for (int resynchs = 0; resynchs < 3; resynchs++) {
			for (int tries = 0; tries < 3; tries++) {
				let_go(&r);
				rig_expire(&r);
			}
			rig_play(&r, __func__, ">RESYNCH? <RESYNCH!");
		}
		rig_play(&r, __func__, ">I(0,0) <I(0,0) =OK");
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

/* ---------------------------------------------------------------- counters */

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
		cmocka_unit_test(counters),
	};

	return cmocka_run_group_tests_name("t1", tests, NULL, NULL);
}
