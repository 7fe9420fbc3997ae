// SPDX-License-Identifier: BSD-3-Clause
/*
 * The campaign: exchanges of random length over T=0 and T=1 while the line loses,
 * repeats, invents, changes and delays characters.
 *
 *   faults [--strict] COUNT SEED
 *
 * One fault a round; both what is done and what goes wrong follow from SEED.  A
 * round is survived if each request in it ended within its bound, with the right
 * answer or with an errno that Documentation/uapi.md names for it.  T=0 has no check
 * of its own but parity, which a serdev reader does not see: there a fault may also
 * end in an answer to another command than was sent, and an invented character leaves
 * the card in the middle of a command that the reader knows nothing of, until a reset.
 * On T=1 no fault may end in a wrong answer: a block that it has shifted has a wrong
 * EDC or, once in 256 times, characters too many.
 *
 * --strict is for a line that tells of parity errors, to both sides.  On T=0 only
 * characters with such an error come then, up to three a round, on T=1 they take turns
 * with all other faults.  A wrong answer is a failure, and so is a command that the
 * card has understood as another than was sent.
 *
 * After every BLOCK rounds, and at the end, all faults go off and the card must work, in
 * the same process on the same open file: as it is, only on T=0 without --strict after
 * a warm reset.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "guest.h"

#define BLOCK		20
/* What a request may take in all, as it asks for */
#define TIMEOUT_MS	2000
/*
 * Beyond that: a character on its way (1 s), and the recovery: up to six resets of
 * 0.23 s without an answer; two of them may be spoilt by a fault only in the ATR, which
 * costs a gap of 1 s each.
 */
#define BOUND_MS	(TIMEOUT_MS + 1000 + 6 * 230 + 2 * 1000)
/* One fault falls into so many characters, on average */
#define PERMILLE	8
/* Characters with a parity error in a round, at most */
#define FLIPS_MAX	3
#define DATA_MAX	700

static const struct {
	const char *atr;
	uint32_t protocol;
} cards[] = {
	/* waiting times of 0.1 to 0.2 s: most of the time here is spent waiting in vain */
	{ "3B90954001", 0 },					/* 512/16, WI 1 */
	{ "3F90114001", 0 },					/* inverse, 372/1, WI 1 */
	{ "3BFD1300008131FE158073C021C057597562694B657940", 1 },	/* 372/4, BWI 1 */
	{ "3FFD1300008131FE158073C021C057597562694B657940", 1 },	/* the same, inverse */
};

static struct {
	unsigned int rounds, struck, ok, failed, garbled, wrong, misunderstood, requests;
	uint64_t longest_ms;
	unsigned int errors[256];
} sum;

static int fd = -1;
static bool strict;
static uint64_t random_state;

/* xorshift64*: the same on every machine */
static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 2685821657736338717ULL >> 32) % n;
}

/* What uapi.md says a command may end in when the card or the line is at fault */
static bool documented(int error)
{
	return error == -ETIMEDOUT || error == -EPROTO || error == -ECANCELED ||
	       error == -EMSGSIZE;
}

struct exchange {
	uint8_t cmd[9 + DATA_MAX];
	uint32_t cmd_len;
	uint8_t want[DATA_MAX + 2];
	uint32_t want_len;
};

/* A command that the card answers with data of its own, or with ours */
static void random_exchange(struct exchange *x, uint32_t protocol)
{
	bool extended = protocol == 1 && !random_below(4);
	uint32_t i, n = 1 + random_below(extended ? DATA_MAX : 255);
	uint8_t *p = x->cmd;

	memset(x, 0, sizeof(*x));
	*p++ = 0x80;
	*p++ = 0xee;
	*p++ = 0;
	*p++ = 0;
	x->want_len = n + 2;
	if (random_below(2)) {
		x->cmd[2] = 0x02;
		if (extended) {
			*p++ = 0;
			*p++ = n >> 8;
		}
		*p++ = n;
		for (i = 0; i < n; i++)
			x->want[i] = i;
	} else {
		if (extended) {
			*p++ = 0;
			*p++ = n >> 8;
		}
		*p++ = n;
		for (i = 0; i < n; i++)
			x->want[i] = *p++ = random_below(256);
		*p++ = 0;
		if (extended)
			*p++ = 0;
	}
	x->want[n] = 0x90;
	x->cmd_len = p - x->cmd;
}

/* A number of the card's status line; 0 if it is not there */
static unsigned long long card_number(const char *name, int base)
{
	const char *at;

	if (card("status"))
		return 0;
	at = strstr(card_said(), name);
	return at ? strtoull(at + strlen(name), NULL, base) : 0;
}

/* FNV-1a of header and data, as the card has it of the newest command */
static uint32_t digest(const struct exchange *x)
{
	/* without P1 it gets the data that it is to give back */
	uint32_t i, data = x->cmd[2] ? 0 : x->want_len - 2;
	uint32_t hash = 0x811c9dc5;

	for (i = 0; i < 4; i++)
		hash = (hash ^ x->cmd[i]) * 0x01000193;
	for (i = 0; i < data; i++)
		hash = (hash ^ x->want[i]) * 0x01000193;
	return hash;
}

/* Has the card had another command than this one since it had @before? */
static bool misunderstood(const struct exchange *x, unsigned long long before)
{
	if (card_number(" apdus=", 10) == before)
		return false;
	return card_number(" command=", 16) != digest(x);
}

/* What there is to say of an answer that is not the right one; false if it may not be */
static bool excused(const struct exchange *x, uint32_t protocol, bool faulty, int ret, uint32_t len)
{
	if (faulty && ret && documented(ret)) {
		sum.failed++;
		sum.errors[-ret & 255]++;
		return true;
	}
	if (faulty && !ret && protocol == 0 && !strict) {
		sum.garbled++;
		return true;
	}
	sum.wrong += !ret;
	printf("# round %u: T=%u, %u bytes there, %u back: %d, %u bytes\n", sum.rounds, protocol,
	       x->cmd_len, x->want_len, ret, ret ? 0 : len);
	return false;
}

/* One request; false if it did not end as it should */
static bool request(const struct exchange *x, uint32_t protocol, bool faulty)
{
	unsigned long long before = strict ? card_number(" apdus=", 10) : 0;
	uint8_t resp[1024];
	uint32_t len = sizeof(resp);
	uint64_t start = now_ms(), took;
	int ret;

	ret = xfer_bytes(fd, x->cmd, x->cmd_len, resp, &len, TIMEOUT_MS);
	took = now_ms() - start;
	if (took > sum.longest_ms)
		sum.longest_ms = took;
	sum.requests++;
	if (took > BOUND_MS) {
		printf("# round %u: %" PRIu64 " ms\n", sum.rounds, took);
		return false;
	}
	if (strict && misunderstood(x, before)) {
		sum.misunderstood++;
		printf("# round %u: T=%u, the card has understood another command\n", sum.rounds,
		       protocol);
		return false;
	}
	if (ret || len != x->want_len || memcmp(resp, x->want, len))
		return excused(x, protocol, faulty, ret, len);
	sum.ok++;
	return true;
}

/* Powers the card on if the last failure has left it off; faults may be on. */
static bool powered(bool faulty)
{
	struct iso7816_power_on on = { 0 };
	uint64_t start = now_ms();
	int i, ret = 0;

	for (i = 0; i < 3 && card_state(fd) != ISO7816_STATE_ACTIVE; i++) {
		ret = reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on);
		if (ret && !(faulty && documented(ret)))
			break;
	}
	if (card_state(fd) == ISO7816_STATE_ACTIVE)
		return true;
	printf("# round %u: POWER_ON: %d after %" PRIu64 " ms\n", sum.rounds, ret,
	       now_ms() - start);
	return false;
}

/* All faults off: does the card do what it should, without a reload? */
static bool sound(unsigned int kind, bool change)
{
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };
	struct iso7816_power_on on = { 0 };
	struct exchange x;
	int i;

	if (card("reset") || card("atr %s", cards[kind].atr))
		return false;
	if (change && reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on))
		return false;
	if (!powered(false))
		return false;
	if (!cards[kind].protocol && !strict && reader_ioctl(fd, ISO7816_IOC_RESET, &warm))
		return false;
	for (i = 0; i < 3; i++) {
		random_exchange(&x, cards[kind].protocol);
		if (!request(&x, cards[kind].protocol, false))
			return false;
	}
	return true;
}

/* Arms what goes wrong in this round; 0 if the card has taken it */
static int arm_faults(uint32_t protocol)
{
	uint32_t seed = 1 + random_below(1000000000);

	if (strict && (protocol == 0 || random_below(2)))
		return card("fault flips:%u:%u:%u", seed, PERMILLE, 1 + random_below(FLIPS_MAX));
	return card("fault random:%u:%u:1", seed, PERMILLE);
}

static bool one_round(unsigned int kind)
{
	struct iso7816_reset warm = { .type = ISO7816_RESET_WARM };
	unsigned long long before = card_number(" faults=", 10);
	unsigned int garbled = sum.garbled;
	struct exchange x;
	int i, ret;

	sum.rounds++;
	if (arm_faults(cards[kind].protocol))
		return false;
	for (i = 0; i < 3; i++) {
		if (!powered(true))
			return false;
		random_exchange(&x, cards[kind].protocol);
		if (!request(&x, cards[kind].protocol, true))
			return false;
	}
	sum.struck += card_number(" faults=", 10) != before;
	if (sum.garbled == garbled)
		return true;
	/* who gets nonsense does this too; the next fault is to meet a card in order */
	ret = reader_ioctl(fd, ISO7816_IOC_RESET, &warm);
	if (ret && !documented(ret)) {
		printf("# round %u: warm reset: %d\n", sum.rounds, ret);
		return false;
	}
	return true;
}

static void report(unsigned int unsound)
{
	unsigned int i;

	printf("# the line was hurt in %u of %u rounds\n", sum.struck, sum.rounds);
	printf("# %u requests: %u right, %u failed, %u garbled on T=0; the longest took %" PRIu64
	       " ms of %d\n", sum.requests, sum.ok, sum.failed, sum.garbled, sum.longest_ms,
	       BOUND_MS);
	for (i = 0; i < 256; i++)
		if (sum.errors[i])
			printf("# %u times %s\n", sum.errors[i], strerror(i));
	printf("# %u times not in order with all faults off\n", unsound);
	if (strict)
		printf("# answers wrong: %u, commands misunderstood: %u\n", sum.wrong,
		       sum.misunderstood);
}

int main(int argc, char **argv)
{
	unsigned int count, i, survived = 0, kind = 0, unsound = 0;

	strict = argc > 1 && !strcmp(argv[1], "--strict");
	argc -= strict;
	argv += strict;
	count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
	random_state = 1 + (argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
	fd = reader_open(0);
	if (fd < 0 || fresh_card(fd) != KTAP_PASS)
		return 1;
	for (i = 0; i < count; i++) {
		if (i % BLOCK == 0) {
			kind = i / BLOCK % (sizeof(cards) / sizeof(cards[0]));
			unsound += !sound(kind, true);
		}
		survived += one_round(kind);
		if (i % BLOCK == BLOCK - 1 || i + 1 == count)
			unsound += !sound(kind, false);
	}
	report(unsound);
	printf("survived %u/%u\n", survived, count);
	return survived == count && !unsound ? 0 : 1;
}
