// SPDX-License-Identifier: BSD-3-Clause
/*
 * A reader that hears itself, and what it hears is not what it has sent.  On T=1 such
 * a block counts as sent, and the card asks for it again; on T=0 the command fails
 * and the card is reset.
 */
#include "slot.h"

/* T=0 only, WI 1; T=1 only, IFSC 254, BWI 1, CWI 5 */
#define ATR_T0		"3B90114001"
#define ATR_T1		"3B808131FE15DB"
#define STATUS		"80F2000C"
#define BLOCK_MAX	259

static const struct iso7816_sim_setup hears_itself = {
	.caps = CAPS | ISO7816_PHY_ECHO, .flags = FLAGS,
};

static uint64_t collisions(const struct slot *s)
{
	return stats_of(s->fd).collisions;
}

/* A character of the reader, echoed with @wrong inverted; -1 if none comes */
static int echo_one(struct slot *s, uint8_t wrong)
{
	struct iso7816_sim_record r;

	do {
		if (!next_record(s, &r))
			return -1;
	} while (r.type != ISO7816_SIM_CHAR);
	return put(s, r.value ^ wrong, r.flags & ISO7816_SIM_ODD) ? (int)r.value : -1;
}

/* A block of T=1, of which character @at comes back wrong; its PCB, -1 if none comes */
static int echo_block(struct slot *s, int at)
{
	int c, i, len = 4, pcb = -1;

	for (i = 0; i < len; i++) {
		c = echo_one(s, i == at ? 0x10 : 0);
		if (c < 0)
			return -1;
		if (i == 1)
			pcb = c;
		if (i == 2)
			len += c;
	}
	return pcb;
}

/* A block of the card's, from its bytes without the EDC */
static bool give(struct slot *s, const char *hex)
{
	uint8_t b[BLOCK_MAX], edc = 0;
	unsigned int i, n = unhex(hex, b, sizeof(b));

	for (i = 0; i < n; i++) {
		edc ^= b[i];
		if (!put(s, b[i], 0))
			return false;
	}
	return put(s, edc, 0);
}

struct command {
	pthread_t thread;
	int fd, sw;
};

static void *command_thread(void *arg)
{
	struct command *c = arg;

	c->sw = sw_of(c->fd, STATUS);
	return NULL;
}

static void command_begin(struct command *c, struct slot *s)
{
	c->fd = s->fd;
	if (pthread_create(&c->thread, NULL, command_thread, c))
		abort();
}

static int command_end(struct command *c)
{
	pthread_join(c->thread, NULL);
	return c->sw;
}

static enum ktap_result power(struct slot *s, const char *atr)
{
	struct user u;

	CHECK_EQ(slot_open(s, &hears_itself), 0);
	begin_power_on(&u, s);
	CHECK(answer(s, atr, 0), "no reset");
	CHECK_EQ(end_power_on(&u), 0);
	CHECK_EQ(collisions(s), 0);
	return KTAP_PASS;
}

/* A collision in each character of the block in turn: one exchange each */
static enum ktap_result t1_collision(void)
{
	struct command c;
	struct slot s;
	int at;

	CHECK_PASS(power(&s, ATR_T1));
	command_begin(&c, &s);
	CHECK_EQ(echo_block(&s, -1), 0xc1);
	CHECK(give(&s, "00E101FE"), "write");
	CHECK_EQ(echo_block(&s, -1), 0x00);
	CHECK(give(&s, "0000029000"), "write");
	CHECK_EQ(command_end(&c), 0x9000);
	for (at = 0; at < 8; at++) {
		bool odd = !(at & 1);

		command_begin(&c, &s);
		CHECK_EQ(echo_block(&s, at), odd ? 0x40 : 0x00);
		CHECK_EQ(collisions(&s), at + 1);
		/* so the card has it wrong too, and asks for it again */
		CHECK(give(&s, odd ? "009100" : "008100"), "write");
		CHECK_EQ(echo_block(&s, -1), odd ? 0x40 : 0x00);
		CHECK(give(&s, odd ? "0040029000" : "0000029000"), "write");
		CHECK_EQ(command_end(&c), 0x9000);
	}
	CHECK_EQ(collisions(&s), 8);
	CHECK_EQ(stats_of(s.fd).recoveries, 0);
	slot_close(&s);
	return KTAP_PASS;
}

static enum ktap_result t0_collision(void)
{
	struct command c;
	struct slot s;
	int i;

	CHECK_PASS(power(&s, ATR_T0));
	command_begin(&c, &s);
	for (i = 0; i < 5; i++)
		CHECK(echo_one(&s, i == 3 ? 0x01 : 0) >= 0, "character %d", i);
	/* the recovery */
	CHECK(answer(&s, ATR_T0, 0), "no reset");
	CHECK_EQ(command_end(&c), -EPROTO);
	CHECK_EQ(collisions(&s), 1);
	CHECK_EQ(stats_of(s.fd).recoveries, 1);
	command_begin(&c, &s);
	for (i = 0; i < 5; i++)
		CHECK(echo_one(&s, 0) >= 0, "character %d", i);
	CHECK(put(&s, 0x90, 0) && put(&s, 0x00, 0), "write");
	CHECK_EQ(command_end(&c), 0x9000);
	slot_close(&s);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "T=1: a block that collided is asked for again", t1_collision },
	{ "T=0: a collision ends the command, and the card is reset", t0_collision },
};

KTAP_MAIN(tests)
