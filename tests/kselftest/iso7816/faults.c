// SPDX-License-Identifier: BSD-3-Clause
/*
 * The campaign: exchanges of random length over T=0 and T=1 while the line loses,
 * repeats, invents, changes and delays characters.
 *
 *   faults COUNT SEED
 *
 * One fault a round; both what is done and what goes wrong follow from SEED.  A
 * round is survived if each request in it ended within its bound, with the right
 * answer or with an errno that Documentation/uapi.md names for it.  T=0 has no check
 * of its own but parity, which a serdev reader does not see: there a fault may also
 * end in an answer to another command than was sent, and an invented character leaves
 * the card in the middle of a command that the reader knows nothing of, until a reset.
 * On T=1 the check is one byte long: of 256 blocks that a fault has shifted it lets one
 * pass.  That many may be wrong, and no more.
 * After every BLOCK rounds, and at the end, all faults go off and the card must work, in
 * the same process on the same open file: on T=0 after a warm reset, on T=1 as it is.
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
	unsigned int rounds, struck, ok, failed, garbled, missed, requests;
	uint64_t longest_ms;
	unsigned int errors[256];
} sum;

static int fd = -1;
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

/* One request; false if it did not end as it should */
static bool request(const struct exchange *x, uint32_t protocol, bool faulty)
{
	uint8_t resp[1024];
	uint32_t len = sizeof(resp);
	uint64_t start = now_ms(), took;
	bool right;
	int ret;

	ret = xfer_bytes(fd, x->cmd, x->cmd_len, resp, &len, TIMEOUT_MS);
	took = now_ms() - start;
	if (took > sum.longest_ms)
		sum.longest_ms = took;
	sum.requests++;
	right = !ret && len == x->want_len && !memcmp(resp, x->want, len);
	if (took > BOUND_MS) {
		printf("# round %u: %" PRIu64 " ms\n", sum.rounds, took);
		return false;
	}
	if (right) {
		sum.ok++;
		return true;
	}
	if (!faulty || (ret && !documented(ret))) {
		printf("# round %u: T=%u, %u bytes there, %u back: %d, %u bytes\n", sum.rounds,
		       protocol, x->cmd_len, x->want_len, ret, ret ? 0 : len);
		return false;
	}
	if (ret) {
		sum.failed++;
		sum.errors[-ret & 255]++;
	} else if (protocol == 1) {
		sum.missed++;
	} else {
		sum.garbled++;
	}
	return true;
}

/* More than the LRC can have let pass, with room for bad luck in a short campaign? */
static bool too_many_missed(void)
{
	return sum.missed > 1 + sum.struck / 128;
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
	if (!cards[kind].protocol && reader_ioctl(fd, ISO7816_IOC_RESET, &warm))
		return false;
	for (i = 0; i < 3; i++) {
		random_exchange(&x, cards[kind].protocol);
		if (!request(&x, cards[kind].protocol, false))
			return false;
	}
	return true;
}

/* Faults that the card has shown in all */
static unsigned int faults_struck(void)
{
	const char *at;

	if (card("status"))
		return 0;
	at = strstr(card_said(), " faults=");
	return at ? strtoul(at + 8, NULL, 10) : 0;
}

static bool one_round(unsigned int kind)
{
	unsigned int before = faults_struck();
	struct exchange x;
	int i;

	sum.rounds++;
	if (card("fault random:%u:%u:1", 1 + random_below(1000000000), PERMILLE))
		return false;
	for (i = 0; i < 3; i++) {
		if (!powered(true))
			return false;
		random_exchange(&x, cards[kind].protocol);
		if (!request(&x, cards[kind].protocol, true))
			return false;
	}
	sum.struck += faults_struck() != before;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
	unsigned int i, survived = 0, kind = 0, unsound = 0;

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
	printf("# the line was hurt in %u of %u rounds\n", sum.struck, sum.rounds);
	printf("# %u requests: %u right, %u failed, %u garbled on T=0, %u past the LRC on T=1; "
	       "the longest took %" PRIu64 " ms of %d\n", sum.requests, sum.ok, sum.failed, sum.garbled, sum.missed,
	       sum.longest_ms, BOUND_MS);
	for (i = 0; i < 256; i++)
		if (sum.errors[i])
			printf("# %u times %s\n", sum.errors[i], strerror(i));
	printf("# %u times not in order with all faults off\n", unsound);
	printf("survived %u/%u\n", survived, count);
	return survived == count && !unsound && !too_many_missed() ? 0 : 1;
}
