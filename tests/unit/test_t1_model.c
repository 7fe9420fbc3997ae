// SPDX-License-Identifier: BSD-3-Clause
/*
 * Model check of T=1: the machine against a correct card, over a line that spoils up
 * to two blocks.  Every block of the exchange (three I-blocks each way) is spoilt in
 * every way, and with each of these every later block of what follows from it.  The
 * same with three and four blocks that are lost or have a wrong EDC: then the machine
 * needs RESYNCH.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <iso7816/t1.h>

#include "t1-card.h"

#define BLOCKS_MAX	100	/* sent by both sides in one run, at most */
#define SEEN_BITS	22
#define NEVER		BLOCKS_MAX
#define PLAN_MAX	4

/* What the line does to a block; below FIRST_OF_CARD also to one of the reader */
enum fault {
	LOST,
	EDC_WRONG,
	TWICE,		/* the second before anybody can react */
	FIRST_OF_CARD,
	TWICE_LATER = FIRST_OF_CARD,	/* the second while the reader waits for more */
	LATE,		/* after the waiting time, and after the reader's reaction */
	PARITY,
	NAD_WRONG,
	PCB_WRONG,
	LEN_TOO_HIGH,
	LEN_TOO_LOW,
	TRUNCATED,
	NOISE_BEFORE,
	ZERO_BEFORE,
	NOISE_AFTER,
	SHORTENED,	/* LEN too low, and yet the EDC is right where it says */
	FAULTS,
};

/* The faults of a run: at which block, and what */
struct plan {
	size_t at[PLAN_MAX];
	enum fault what[PLAN_MAX];
};

/* How far to go: number of faults, and the first that is not tried */
struct depth {
	int faults;
	enum fault end;
};

/* What a card is like; room for the response, 0 = enough */
struct model {
	struct t1_card card;
	struct depth depth;
	size_t room;
};

/*
 * struct run - reader, card and line
 * @card_state: hash of @card
 * @sent: blocks sent by both sides so far
 * @from_card: bit n = block n was the card's
 * @line: characters on their way to the reader
 * @flag_at: which of them has a parity error, or none
 * @gap_at: before which of them the line is silent for longer than the BGT, or none
 * @later: characters that come after the reader's next block
 */
struct run {
	struct iso7816_t1 m;
	struct iso7816_out out;
	struct t1_card card;
	u64 card_state;
	struct plan plan;
	u64 now;
	size_t sent;
	u8 from_card[BLOCKS_MAX];
	u8 line[4 * CARD_BLOCK];
	size_t line_len, flag_at, gap_at;
	u8 later[CARD_BLOCK];
	size_t later_len;
	u8 resp[32];
};

static const u8 command[] = { 0x00, 0xd6, 0x00, 0x00, 0x07, 1, 2, 3, 4, 5, 6, 7 };

static u64 *seen;
static size_t states, runs, steps, resynchs, errors;

/* ------------------------------------------------------------------ states */

static u64 mix(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0x100000001b3ULL;
	return hash ^ hash >> 29;
}

/* Counts what was never seen before: all of the reader's and of the card's memory
 * that decides about the future
 */
static void note_state(const struct run *r)
{
	const struct iso7816_t1 *m = &r->m;
	u64 h = r->card_state;
	size_t i;

	h = mix(h, m->phase | m->line << 4 | m->ns << 8 | m->nr << 9 | m->ifsc << 16 |
		   (u64)m->ifsd << 24 | (u64)m->pos << 32 | (u64)m->chunk << 40 |
		   (u64)m->got << 48);
	h = mix(h, m->failures | m->i_tries << 4 | m->r_tries << 8 | m->s_tries << 12 |
		   m->resynchs << 16 | m->heard << 20 | m->alive << 21 | m->lost << 22 |
		   m->ifsd_settled << 23 | (u64)m->error << 24 | (u64)m->drained << 32 |
		   (u64)m->wtx << 48 | (u64)m->result << 56);
	h = mix(h, m->rx.len | m->rx.need << 8 | m->rx.noise << 24 | (u64)m->rx.error << 32);
	for (i = 0; i < m->rx.len; i++)
		h = mix(h, m->rx.buf[i]);
	h |= 1;
	for (i = h >> (64 - SEEN_BITS); seen[i]; i = (i + 1) % (1U << SEEN_BITS))
		if (seen[i] == h)
			return;
	assert_true(states < 1U << (SEEN_BITS - 1));
	seen[i] = h;
	states++;
}

/* -------------------------------------------------------------------- line */

static void event(struct run *r, enum iso7816_input what, u8 byte, u8 flags)
{
	struct iso7816_in in = { .what = what, .byte = byte, .flags = flags, .now_ns = r->now };

	iso7816_t1_step(&r->m, &in, &r->out);
	steps++;
	note_state(r);
	assert_true(r->out.done != ISO7816_RES_NONE || r->out.timer_ns);
}

static size_t card_answers(struct run *r, const u8 *block, size_t n, u8 *answer)
{
	const u8 *card = (const u8 *)&r->card;
	size_t len = card_step(&r->card, block, n, answer);

	r->card_state = 0xcbf29ce484222325ULL;
	for (size_t i = 0; i < sizeof(r->card); i++)
		r->card_state = mix(r->card_state, card[i]);
	return len;
}

static void put(struct run *r, const u8 *p, size_t n)
{
	assert_true(r->line_len + n <= sizeof(r->line));
	memcpy(r->line + r->line_len, p, n);
	r->line_len += n;
}

/* The fault planned for the block that is sent now, or FAULTS */
static enum fault fault_now(struct run *r, bool card)
{
	size_t n = r->sent++;

	assert_true(n < BLOCKS_MAX);
	r->from_card[n] = card;
	for (int i = 0; i < PLAN_MAX; i++)
		if (r->plan.at[i] == n)
			return r->plan.what[i];
	return FAULTS;
}

static void change_block(struct run *r, enum fault fault, u8 *b, size_t *n)
{
	switch (fault) {
	case EDC_WRONG:
		b[*n - 1] ^= 0x04;
		break;
	case NAD_WRONG:
		b[0] = 0x21;
		break;
	case PCB_WRONG:
		b[1] ^= 0x40;
		break;
	case LEN_TOO_HIGH:
		b[2] += 3;
		break;
	case LEN_TOO_LOW:
		b[2] = b[2] ? b[2] - 1 : 0xff;
		break;
	case TRUNCATED:
		(*n)--;
		break;
	case SHORTENED:
		if (!b[2]) {
			b[(*n)++] = 0x00;
			break;
		}
		b[2]--;
		b[*n - 2] = card_xor(b, *n - 2);
		break;
	case PARITY:
		r->flag_at = r->line_len + 1;
		break;
	default:
		break;
	}
}

/* A block of the card goes onto the line */
static void card_sends(struct run *r, u8 *b, size_t n)
{
	static const u8 noise = 0xff, zero;
	enum fault fault = fault_now(r, true);

	if (fault == LOST)
		return;
	if (fault == LATE || fault == TWICE_LATER) {
		memcpy(r->later, b, n);
		r->later_len = n;
		if (fault == LATE)
			return;
	}
	change_block(r, fault, b, &n);
	if (fault == NOISE_BEFORE)
		put(r, &noise, 1);
	if (fault == ZERO_BEFORE)
		put(r, &zero, 1);
	put(r, b, n);
	if (fault == NOISE_AFTER)
		put(r, &noise, 1);
	if (fault == TWICE)
		put(r, b, n);
}

/* What the reader sends leaves the line; the card answers */
static void reader_sends(struct run *r)
{
	enum fault fault = fault_now(r, false);
	u8 block[CARD_BLOCK], answer[CARD_BLOCK];
	size_t n = r->out.send_len;

	assert_in_range(n, 4, sizeof(block));
	memcpy(block, r->out.send, n);
	/* what still comes meanwhile is lost in it */
	for (size_t i = 0; i < r->line_len; i++)
		event(r, ISO7816_IN_BYTE, r->line[i], 0);
	r->line_len = 0;
	r->flag_at = sizeof(r->line);
	r->gap_at = sizeof(r->line);
	event(r, ISO7816_IN_TX_DONE, 0, 0);
	if (r->later_len) {
		put(r, r->later, r->later_len);
		r->gap_at = r->later_len;
		r->later_len = 0;
	}
	if (fault == LOST)
		return;
	change_block(r, fault, block, &n);
	card_sends(r, answer, card_answers(r, block, n, answer));
	if (fault == TWICE)
		card_sends(r, answer, card_answers(r, block, n, answer));
}

/* The next thing that happens to the reader */
static void advance(struct run *r)
{
	if (r->out.send) {
		reader_sends(r);
	} else if (r->line_len && (r->gap_at || r->m.line != ISO7816_T1_TURNING)) {
		u8 byte = r->line[0];
		u8 flags = r->flag_at ? 0 : ISO7816_CHAR_PARITY;

		r->now += 10;
		r->flag_at--;
		r->gap_at--;
		memmove(r->line, r->line + 1, --r->line_len);
		event(r, ISO7816_IN_BYTE, byte, flags);
	} else {
		r->now += r->out.timer_ns;
		event(r, ISO7816_IN_TIMEOUT, 0, 0);
	}
}

/* -------------------------------------------------------------------- runs */

static void begin(struct run *r, size_t room)
{
	struct iso7816_apdu_req req = {
		.cmd = command, .cmd_len = sizeof(command), .resp = r->resp,
		.room = room ? room : sizeof(r->resp), .deadline_ns = UINT64_MAX, .raw = true,
	};

	memset(r->resp, 0, sizeof(r->resp));
	r->line_len = 0;	/* a driver drops what comes between exchanges */
	r->later_len = 0;
	r->flag_at = sizeof(r->line);
	r->gap_at = sizeof(r->line);
	iso7816_t1_start(&r->m, &req, &r->out);
}

/* A clean end: success with the right bytes at both ends, or one of two errors */
static void check_end(const struct run *r)
{
	u8 right[CARD_BUF];
	u8 n = card_answer(command, sizeof(command), right);

	if (r->out.done == ISO7816_RES_TOO_LONG) {
		assert_true(r->m.req.room < n);
		return;
	}
	if (r->out.done == ISO7816_RES_MUTE || r->out.done == ISO7816_RES_PROTO) {
		assert_int_equal(r->m.resp_len, 0);
		errors++;
		return;
	}
	assert_int_equal(r->out.done, ISO7816_RES_OK);
	assert_int_equal(r->m.resp_len, n);
	assert_memory_equal(r->resp, right, n);
	assert_int_equal(r->card.last_len, sizeof(command));
	assert_memory_equal(r->card.last, command, sizeof(command));
}

/*
 * From the reset on, with the faults of the plan; then a second exchange without
 * faults and without a reset, which must succeed.
 */
static void run(struct run *r, const struct plan *plan, const struct model *model)
{
	static const struct iso7816_t1_params params = {
		.ifsc = CARD_IFSC, .ifsd = 254, .cwt_ns = 100, .bwt_ns = 10000,
		.slack_ns = 5, .bgt_ns = 3,
	};
	size_t first;

	memset(r, 0, sizeof(*r));
	r->card = model->card;
	r->plan = *plan;
	iso7816_t1_init(&r->m, &params);
	begin(r, model->room);
	while (r->out.done == ISO7816_RES_NONE)
		advance(r);
	check_end(r);
	first = r->sent;
	resynchs += r->m.counters.resynchs != 0;
	runs++;

	for (int i = 0; i < PLAN_MAX; i++)
		r->plan.at[i] = NEVER;
	begin(r, 0);
	while (r->out.done == ISO7816_RES_NONE)
		advance(r);
	check_end(r);
	assert_int_equal(r->out.done, ISO7816_RES_OK);
	r->sent = first;
}

static bool applies(const struct run *r, size_t at, enum fault what)
{
	return at < r->sent && (what < FIRST_OF_CARD || r->from_card[at]);
}

/* Adds the fault with number @level, and those after it, to those of @plan */
static void explore(const struct model *model, const struct run *before,
		    struct plan *plan, int level)
{
	const struct depth *depth = &model->depth;
	size_t first = level ? plan->at[level - 1] + 1 : 0;
	struct run r;

	for (size_t at = first; at < before->sent; at++)
		for (enum fault what = 0; what < depth->end; what++) {
			if (!applies(before, at, what))
				continue;
			plan->at[level] = at;
			plan->what[level] = what;
			run(&r, plan, model);
			if (level + 1 < depth->faults)
				explore(model, &r, plan, level + 1);
		}
	plan->at[level] = NEVER;
}

static void check(void **state)
{
	const struct model *model = *state;
	struct plan plan = { .at = { NEVER, NEVER, NEVER, NEVER } };
	struct run none;

	seen = calloc(1U << SEEN_BITS, sizeof(*seen));
	assert_non_null(seen);
	states = runs = steps = resynchs = errors = 0;
	run(&none, &plan, model);
	explore(model, &none, &plan, 0);
	print_message("# figures: %zu states explored: %zu runs, %zu steps, %zu runs with RESYNCH, "
		      "%zu ended in an error\n", states, runs, steps, resynchs, errors);
	assert_true(states > 1000);
	/* two faults never cost more than a repetition; more do, but rarely all */
	assert_int_equal(resynchs != 0, model->depth.faults > 2);
	assert_int_equal(errors != 0, model->depth.faults > 2);
	assert_true(errors < runs / 10);
	free(seen);
}

int main(void)
{
	static struct model models[] = {
		{ .depth = { 2, FAULTS } },
		{ .card = { .wtx = true }, .depth = { 2, FAULTS } },
		{ .card = { .ifs = true }, .depth = { 2, FAULTS } },
		{ .card = { .wtx = true, .ifs = true }, .depth = { 2, FAULTS } },
		{ .depth = { 4, EDC_WRONG + 1 } },
		{ .depth = { 2, FAULTS }, .room = 3 },
		{ .card = { .abort_acks = true }, .depth = { 2, FAULTS }, .room = 3 },
	};
	const struct CMUnitTest tests[] = {
		{ "two_faults", check, NULL, NULL, &models[0] },
		{ "two_faults_card_asks_for_time", check, NULL, NULL, &models[1] },
		{ "two_faults_card_changes_ifsc", check, NULL, NULL, &models[2] },
		{ "two_faults_card_does_both", check, NULL, NULL, &models[3] },
		{ "four_losses", check, NULL, NULL, &models[4] },
		{ "two_faults_too_long", check, NULL, NULL, &models[5] },
		{ "two_faults_too_long_abort_acknowledges", check, NULL, NULL, &models[6] },
	};

	return cmocka_run_group_tests_name("t1_model", tests, NULL, NULL);
}
