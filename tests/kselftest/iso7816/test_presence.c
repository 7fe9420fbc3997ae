// SPDX-License-Identifier: BSD-3-Clause
/*
 * The presence contact: what was there before the reader, contacts that bounce, and
 * one that never settles.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

/* More than the driver waits for the contact to settle */
#define SETTLED_MS	300
#define BOUNCES		15
/* As the driver has it; and how often a storm may be too slow for that */
#define DEBOUNCE_MS	30
#define TRIES		20

static int fd = -1;

/* Number of events of this type, and of any other one that a card causes */
static int count_events(uint32_t type, int *others)
{
	struct iso7816_event e;
	int n = 0;

	*others = 0;
	while (!reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &e)) {
		if (e.type == type)
			n++;
		else
			++*others;
	}
	return n;
}

/* Edges follow each other faster than the contact may settle; how many ms apart at most */
static int storm(const char *first, const char *last)
{
	uint64_t before = now_ms(), longest = 0;
	int i, ret;

	for (i = 0; i < 2 * BOUNCES; i++) {
		uint64_t start = now_ms();

		ret = card("%s", i % 2 ? last : first);
		if (ret)
			return ret;
		/* the edge before came after the command for it had been sent */
		if (now_ms() - before > longest)
			longest = now_ms() - before;
		before = start;
	}
	return longest;
}

/* From settled, out or in, to the other by bounces */
static enum ktap_result bounce(const char *from, const char *to, uint32_t event)
{
	int n, others, gap, tries = 0;

	do {
		/* a busy machine bounces too slowly */
		if (tries++ == TRIES)
			return KTAP_SKIP;
		CHECK_EQ(card(from), 0);
		sleep_ms(SETTLED_MS);
		forget_events(fd);
		CHECK_EQ(card(to), 0);
		gap = storm(from, to);
		CHECK(gap >= 0, "card: %d", gap);
	} while (gap >= DEBOUNCE_MS);
	sleep_ms(SETTLED_MS);
	n = count_events(event, &others);
	printf("# %d edges, at most %d ms apart: %d events\n", 2 * BOUNCES + 1, gap, n + others);
	CHECK_EQ(n, 1);
	CHECK_EQ(others, 0);
	return KTAP_PASS;
}

static enum ktap_result bounces_in(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	CHECK_PASS(bounce("remove", "insert", ISO7816_EVENT_CARD_INSERTED));
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(power_on(fd, NULL), 0);
	return KTAP_PASS;
}

static enum ktap_result bounces_out(void)
{
	CHECK_PASS(fresh_card(fd));
	CHECK_PASS(bounce("insert", "remove", ISO7816_EVENT_CARD_REMOVED));
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	return KTAP_PASS;
}

/* Mostly out, but with an edge again before it has settled, for ever */
static enum ktap_result never_settles(void)
{
	uint64_t start;
	int n = 0, others = 0;

	CHECK_PASS(fresh_card(fd));
	forget_events(fd);
	start = now_ms();
	while (!n && now_ms() < start + PATIENCE_MS) {
		CHECK_EQ(card("insert"), 0);
		CHECK_EQ(card("remove"), 0);
		sleep_ms(5);
		n = count_events(ISO7816_EVENT_CARD_REMOVED, &others);
	}
	CHECK(n, "nothing is told of a card that comes and goes for %u ms", PATIENCE_MS);
	printf("# told after %llu ms\n", (long long)(now_ms() - start));
	return fresh_card(fd);
}

/* A reader that comes after the card, as when the machine starts, finds it. */
static enum ktap_result there_before(void)
{
	struct iso7816_event event;

	CHECK_PASS(fresh_card(fd));
	close(fd);
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(reader_bind(), 0);
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	sleep_ms(SETTLED_MS);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(stats_of(fd).insertions, 1);
	CHECK_EQ(power_on(fd, NULL), 0);
	forget_events(fd);

	close(fd);
	CHECK_EQ(reader_unbind(), 0);
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(reader_bind(), 0);
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	sleep_ms(SETTLED_MS);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	CHECK_EQ(stats_of(fd).insertions, 0);
	CHECK_EQ(card("insert"), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_INSERTED, &event), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	return KTAP_PASS;
}

/* The contact of a virtual reader does not bounce: each change is one. */
static enum ktap_result skip_virtual(enum ktap_result (*test)(void))
{
	return getenv("DMSC_READER") ? KTAP_SKIP : test();
}

static enum ktap_result bounces_in_serdev(void)
{
	enum ktap_result result = skip_virtual(bounces_in);

	if (result == KTAP_SKIP)
		fd = reader_open(0);
	return result;
}

static enum ktap_result bounces_out_serdev(void)
{
	return skip_virtual(bounces_out);
}

static enum ktap_result never_settles_serdev(void)
{
	return skip_virtual(never_settles);
}

static const struct ktap_test tests[] = {
	{ "contacts that bounce as the card goes in: one event", bounces_in_serdev },
	{ "contacts that bounce as it is pulled: one event", bounces_out_serdev },
	{ "a contact that never settles is told of all the same", never_settles_serdev },
	{ "a card that was there before the reader is found", there_before },
};

KTAP_MAIN(tests)
