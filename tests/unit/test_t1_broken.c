// SPDX-License-Identifier: BSD-3-Clause
/*
 * T=1 and cards that are broken or mean: bad blocks, blocks out of turn, storms, every
 * character and event in every state, random answers.
 */
#include "t1-rig.h"

static const u8 read_binary[] = { 0x00, 0xb0, 0x00, 0x00, 0x10 };
static const u8 chained[] = { 0x00, 0xd6, 0x00, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8 };

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
		rig_turn(&r);
		/* where it is bad as such the line has to become silent first */
		if (!r.out.send)
			rig_expire(&r);
		r.error = rows[i].error;
		rig_play(&r, rows[i].name, ">R(0) <I(0,0) =OK");
		assert_int_equal(r.m.counters.bad_blocks, 1);
		assert_int_equal(r.m.counters.retransmits, 1);
	}
}

/* Whatever follows a good block before our turn has begun, it was none */
static void followed_blocks(void **state)
{
	static const struct {
		const char *name, *block;
	} rows[] = {
		{ "a character more", "000002900092" "FF" },
		{ "a NAD", "000002900092" "00" },
		{ "EDC twice", "000002900092" "92" },
		{ "the block twice", "000002900092" "000002900092" },
		{ "LEN too low, EDC right by chance", "000002900092" "009000" },
		{ "S-block", "00C30101C3" "01" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (u8 flags = 0; flags <= ISO7816_CHAR_PARITY; flags++) {
			struct t1_rig r;
			u8 block[16];
			size_t n = unhex(rows[i].block, block);

			set_up(&r, 32, 32, read_binary, sizeof(read_binary));
			rig_play(&r, __func__, "| >I(0,0)");
			rig_bytes(&r, block, n - 1);
			rig_event(&r, ISO7816_IN_BYTE, block[n - 1], flags);
			assert_int_equal(r.out.timer_ns, RIG_CWT_NS);
			assert_int_equal(r.m.counters.bad_blocks, 1);
			rig_expire(&r);
			r.error = 2;
			rig_play(&r, rows[i].name, ">R(0) <I(0,0) =OK");
			assert_int_equal(r.m.resp_len, 2);
		}
}

/* It counts when the guard time is over, not before; what comes then is not its own */
static void our_turn(void **state)
{
	static const u8 block[] = { 0x00, 0x00, 0x02, 0x90, 0x00, 0x92 };
	struct t1_rig r;

	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_play(&r, __func__, "| >I(0,0)");
	rig_bytes(&r, block, sizeof(block));
	assert_int_equal(r.out.done, ISO7816_RES_NONE);
	assert_null(r.out.send);
	assert_int_equal(r.out.timer_ns, RIG_BGT_NS);
	assert_int_equal(r.out.expect, 0);
	rig_expire(&r);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	rig_event(&r, ISO7816_IN_BYTE, 0xff, 0);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
	/* no answer is worth more than the caller's patience */
	rig_play(&r, __func__, "| >I(1,0)");
	r.m.req.deadline_ns = r.now + 10 * sizeof(block) + 5;
	rig_bytes(&r, (const u8[]){ 0x00, 0x40, 0x02, 0x90, 0x00, 0xd2 }, sizeof(block));
	assert_int_equal(r.out.timer_ns, 5);
	rig_expire(&r);
	assert_int_equal(r.out.done, ISO7816_RES_DEADLINE);
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
	/* twice a little less is let pass */
	set_up(&r, 32, 32, read_binary, sizeof(read_binary));
	rig_begin(&r, false);
	for (int round = 0; round < 2; round++) {
		let_go(&r);
		rig_bytes(&r, (const u8 *)"\x00\x00\xff", 3);
		for (unsigned int i = 1; i < ISO7816_T1_DRAIN_MAX; i++)
			rig_bytes(&r, (const u8 *)"\xff", 1);
		rig_expire(&r);
	}
	let_go(&r);
	rig_card(&r, 0x00, (const u8 *)"\x90\x00", 2);
	assert_int_equal(r.out.done, ISO7816_RES_OK);
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
	static const u8 block[] = { 0x00, 0x00, 0x02, 0x90, 0x00, 0x92 };
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
				if (dice >> 18 & 7)
					rig_turn(&r);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_blocks),
		cmocka_unit_test(followed_blocks),
		cmocka_unit_test(our_turn),
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
	};

	return cmocka_run_group_tests_name("t1_broken", tests, NULL, NULL);
}
