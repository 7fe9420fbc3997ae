// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card's T=1 in trouble: the scenarios of recovery, faults of the card. */
#include "vuicc-t1-reader.h"

/* --- recovery: Annex A, from the card's side --- */

/*
 * ">" and a block to the card, ">x" a spoilt one; "<" a block of the card, "<x" one that the reader
 * does not get.
 */
static void play(struct reader *r, const char *const *steps)
{
	char want[600];
	uint8_t b[300];

	for (; *steps; steps++) {
		const char *s = *steps;
		bool bad = s[1] == 'x';

		if (s[0] == '>') {
			/* an error on the way is no fault of the reader's */
			if (bad)
				uicc_t1_hurt(&r->card.t1);
			put(r, s + 1 + bad, bad);
			continue;
		}
		uicc_hex_format(want, sizeof(want), b, uicc_hex_parse(s + 1 + bad, b, sizeof(b)));
		assert_string_equal(get(r), want);
	}
	assert_string_equal(get(r), "");
	assert_int_equal(violations(r), 0);
}

#define PART2	"2021222324252627 9000"
#define SCENARIO(name, prepare, ...)						\
static void name(void **state)							\
{										\
	static const char *const steps[] = { __VA_ARGS__, NULL };		\
	struct reader *r = on(state);						\
										\
	prepare;								\
	play(r, steps);								\
}

SCENARIO(scenario_01_plain_exchange, (void)0,
	 ">00" CMD, "<00 9000", ">40" CMD, "<40 9000", ">00" CMD, "<00 9000")
SCENARIO(scenario_02_wtx, (r->card.t1.wtx = 1, r->card.t1.wtx_factor = 3),
	 ">00" CMD, "<C3 03", ">E3 03", "<00 9000", ">40" CMD, "<C3 03", ">E3 03", "<40 9000")
SCENARIO(scenario_03_ifs_by_the_card, r->card.t1.ifs = 7,
	 ">00" CMD, "<C1 07", ">E1 07", "<00 9000", ">60 80EE0000020102", "<80",
	 ">00 00", "<40 0102 9000")
SCENARIO(scenario_04_ifs_by_the_reader, (void)0,
	 ">00" CMD, "<00 9000", ">C1 20", "<E1 20", ">40" CMD40, "<60" PART1, ">80", "<00" PART2)
SCENARIO(scenario_05_reader_chains, (void)0,
	 ">20 80F2", "<90", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_06_card_chains, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">90", "<40" PART2, ">40" CMD, "<00 9000")
SCENARIO(scenario_08_command_bad, (void)0,
	 ">x00" CMD, "<81", ">00" CMD, "<00 9000")
SCENARIO(scenario_09_response_bad, (void)0,
	 ">00" CMD, "<x00 9000", ">81", "<00 9000", ">40" CMD, "<40 9000")
SCENARIO(scenario_10_both_bad, (void)0,
	 ">x00" CMD, "<x81", ">81", "<80", ">00" CMD, "<00 9000")
SCENARIO(scenario_11_response_and_r_bad, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_12_and_the_card_s_r, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<x91", ">81", "<00 9000")
SCENARIO(scenario_13_and_again, (void)0,
	 ">00" CMD, "<x00 9000", ">x81", "<x91", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_14_wtx_request_bad, r->card.t1.wtx = 1,
	 ">00" CMD, "<xC3 01", ">81", "<C3 01", ">E3 01", "<00 9000")
SCENARIO(scenario_15_and_r_bad, r->card.t1.wtx = 1,
	 ">00" CMD, "<xC3 01", ">x81", "<C3 01", ">E3 01", "<00 9000")
SCENARIO(scenario_16_ifs_request_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<xC1 40", ">81", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_17_and_r_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<xC1 40", ">x81", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_18_ifs_response_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">xE1 40", "<C1 40", ">E1 40", "<00 9000")
SCENARIO(scenario_19_i_after_ifs_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">E1 40", "<x00 9000", ">81", "<00 9000")
SCENARIO(scenario_20_and_r_bad, r->card.t1.ifs = 64,
	 ">00" CMD, "<C1 40", ">E1 40", "<x00 9000", ">x81", "<91", ">81", "<00 9000")
SCENARIO(scenario_21_acknowledgement_bad, (void)0,
	 ">20 80F2", "<x90", ">81", "<90", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_22_and_r_bad, (void)0,
	 ">20 80F2", "<x90", ">x81", "<91", ">60 00", "<80", ">00 0C", "<00 9000")
SCENARIO(scenario_23_reader_s_acknowledgement_bad, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">x90", "<91", ">90", "<40" PART2)
SCENARIO(scenario_24_and_the_card_s_r, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">x90", "<x91", ">90", "<40" PART2)
SCENARIO(scenario_25_reader_aborts_its_chain, (void)0,
	 ">20 80F2", "<90", ">C2", "<E2", ">40" CMD, "<00 9000")
SCENARIO(scenario_26_card_aborts_its_chain,
	 (r->card.t1.ifsd = 32, uicc_fault_arm(&r->card.faults, "abort@3")),
	 ">00" CMD40, "<20" PART1, ">90", "<C2", ">E2", "<90", ">40" CMD, "<40 9000")
SCENARIO(scenario_27_card_aborts_the_reader_s_chain,
	 uicc_fault_arm(&r->card.faults, "abort@3"),
	 ">20 80F2", "<90", ">60 00", "<C2", ">E2", "<80", ">00" CMD, "<00 9000")
SCENARIO(scenario_28_reader_aborts_the_card_s_chain, r->card.t1.ifsd = 32,
	 ">00" CMD40, "<20" PART1, ">C2", "<E2", ">40" CMD, "<00 9000")
SCENARIO(scenario_29_resynch, (void)0,
	 ">00" CMD, "<00 9000", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_30_resynch_response_bad, (void)0,
	 ">00" CMD, "<00 9000", ">C0", "<xE0", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_31_resynch_request_bad, (void)0,
	 ">00" CMD, "<00 9000", ">xC0", "<91", ">C0", "<E0", ">00" CMD, "<00 9000")
SCENARIO(scenario_33_never_gets_through, (void)0,
	 ">x00" CMD, "<81", ">x00" CMD, "<81", ">x00" CMD, "<81", ">C0", "<E0",
	 ">C1 FE", "<E1 FE", ">00" CMD, "<00 9000")

static void resynch_brings_back_the_sizes(void **state)
{
	struct reader *r = *state;

	r->card.t1.ifs = 8;
	on(state);
	expect_block(r, "00" CMD, "C1 08");
	expect_block(r, "E1 08", "00 9000");
	assert_int_equal(r->card.t1.ifsc, 8);
	expect_block(r, "C0", "E0");
	assert_int_equal(r->card.t1.ifsc, 254);
	assert_int_equal(r->card.t1.ifsd, 32);
	expect_block(r, "00" CMD40, "20" PART1);
}

/* After some invalid blocks the card only listens. */
static void patience_ends(void **state)
{
	struct reader *r = on(state);
	int i;

	uicc_t1_hurt(&r->card.t1);
	for (i = 0; i < 5; i++) {
		put(r, "00" CMD, true);
		assert_string_equal(get(r), i < 3 ? "81" : "");
	}
	expect_block(r, "C0", "E0");
}

/* A stray character makes another command of it, whose EDC is right by chance. */
static void struck_block_waits_for_silence(void **state)
{
	struct reader *r = on(state);
	uint64_t now = uicc_now();
	uint64_t apdus = r->card.apdus;

	assert_int_equal(uicc_fault_arm(&r->card.faults, "noise@in:4:0x7A"), 0);
	expect_block(r, "00" CMD, "");
	uicc_due(&r->card, now + 2000000000ULL);
	assert_string_equal(get(r), "82");
	assert_int_equal(r->card.apdus, apdus);
	/* one that was only late is taken, if a little later */
	assert_int_equal(uicc_fault_arm(&r->card.faults, "delay@in:4:1"), 0);
	expect_block(r, "00" CMD, "");
	uicc_due(&r->card, now + 4000000000ULL);
	uicc_due(&r->card, now + 6000000000ULL);
	assert_string_equal(get(r), "009000");
	expect_block(r, "40" CMD, "40 9000");
	assert_int_equal(violations(r), 0);
}

/* --- faults of the card --- */

static void spoilt_blocks(void **state)
{
	static const struct {
		const char *spec, *answer;
	} table[] = {
		{ "bad-edc@2", "000002900093" },
		{ "bad-seq@2", "0040029000D2" },
		{ "bad-pcb@2", "00DF0290004D" },
		{ "bad-len@2", "000003900093" },
		{ "bad-nad@2", "2100029000B3" },
		{ "lose-block@2", "" },
	};
	struct reader *r = *state;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		on(state);
		assert_int_equal(uicc_fault_arm(&r->card.faults, table[i].spec), 0);
		put(r, "00" CMD, false);
		assert_string_equal(reader_hex(r), table[i].answer);
		expect_block(r, "81", "00 9000");
		assert_int_equal(r->card.faults.struck, i + 1);
		reader_off(r);
	}
	assert_int_equal(violations(r), 0);
}

static void wtx_storm_lasts_until_the_reset(void **state)
{
	struct reader *r = on(state);
	uint64_t now = uicc_now();
	int i;

	assert_int_equal(uicc_fault_arm(&r->card.faults, "wtx-storm"), 0);
	expect_block(r, "00" CMD, "C3 01");
	for (i = 1; i <= 20; i++) {
		expect_block(r, "E3 01", "");
		uicc_due(&r->card, now + i * 1000000000ULL);
		assert_string_equal(get(r), "C301");
	}
	reader_off(r);
	on(state);
	expect_block(r, "00" CMD, "00 9000");
	assert_int_equal(violations(r), 0);
}

static void mute_after_fetch(void **state)
{
	struct reader *r = on(state);

	expect_block(r, "00 80100000 11 2B01E800010C00072800001F8060000004", "00 910F");
	uicc_fault_arm(&r->card.faults, "mute-fetched");
	expect_block(r, "40 80120000 0F", "40 D00D8103010500820281829902090A 9000");
	expect_block(r, "00" CMD, "");
	expect_block(r, "C0", "");
	reader_off(r);
	on(state);
	expect_block(r, "00" CMD, "00 9000");
}

/* No stream of bytes takes the card out of bounds, and a reset always brings it back. */
static void random_bytes(void **state)
{
	struct reader *r = on(state);
	uint64_t later = uicc_now();
	unsigned int i, j;

	srand(78163);
	for (i = 0; i < 200; i++) {
		for (j = 0; j < 200; j++) {
			uint8_t b[UICC_T1_BLOCK_MAX];
			size_t n = 1;

			b[0] = rand();
			if (rand() % 4) {
				uint8_t inf[254];
				uint8_t len = rand() % 8 ? rand() % 8 : rand() % 255;

				memset(inf, rand(), sizeof(inf));
				n = uicc_t1_build(b, rand() % 3 ? (rand() & 0xe3) : rand(), inf,
						  len, false);
			}
			uicc_take(&r->card, b, n);
			later += 300000000ULL;
			if (!(rand() % 4))
				uicc_due(&r->card, later);
			assert_in_range(r->card.t1.state, UICC_T1_COMMAND, UICC_T1_MUTE);
			reader_hex(r);
		}
		reader_off(r);
		on(state);
		expect_block(r, "00" CMD, "00 9000");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(scenario_01_plain_exchange),
		CASE(scenario_02_wtx),
		CASE(scenario_03_ifs_by_the_card),
		CASE(scenario_04_ifs_by_the_reader),
		CASE(scenario_05_reader_chains),
		CASE(scenario_06_card_chains),
		CASE(scenario_08_command_bad),
		CASE(scenario_09_response_bad),
		CASE(scenario_10_both_bad),
		CASE(scenario_11_response_and_r_bad),
		CASE(scenario_12_and_the_card_s_r),
		CASE(scenario_13_and_again),
		CASE(scenario_14_wtx_request_bad),
		CASE(scenario_15_and_r_bad),
		CASE(scenario_16_ifs_request_bad),
		CASE(scenario_17_and_r_bad),
		CASE(scenario_18_ifs_response_bad),
		CASE(scenario_19_i_after_ifs_bad),
		CASE(scenario_20_and_r_bad),
		CASE(scenario_21_acknowledgement_bad),
		CASE(scenario_22_and_r_bad),
		CASE(scenario_23_reader_s_acknowledgement_bad),
		CASE(scenario_24_and_the_card_s_r),
		CASE(scenario_25_reader_aborts_its_chain),
		CASE(scenario_26_card_aborts_its_chain),
		CASE(scenario_27_card_aborts_the_reader_s_chain),
		CASE(scenario_28_reader_aborts_the_card_s_chain),
		CASE(scenario_29_resynch),
		CASE(scenario_30_resynch_response_bad),
		CASE(scenario_31_resynch_request_bad),
		CASE(scenario_33_never_gets_through),
		CASE(resynch_brings_back_the_sizes),
		CASE(patience_ends),
		CASE(struck_block_waits_for_silence),
		CASE(spoilt_blocks),
		CASE(wtx_storm_lasts_until_the_reset),
		CASE(mute_after_fetch),
		CASE(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
