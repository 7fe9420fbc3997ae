// SPDX-License-Identifier: BSD-3-Clause
/* What the card can say of the reader's timing. */
#include <iso7816/timing.h>

#include "card.h"

/*
 * Leading edges in opposite directions are 22 etu apart, but the card knows of the end of its own
 * character at best, 10 etu later, and clocks differ: less than this is surely too early.
 */
#define BGT_SEEN_ETU	8
/* Leading edges in opposite directions, T=0; and a character without its guard time */
#define TURN_ETU	16
#define CHAR_ETU	10
/* A rate may be off by so many percent, and then times are */
#define RATE_TOLERANCE	3
/* Extra guard times that sum up to less than this cannot be told from the host's own pace. */
#define GUARD_SURE_NS	40000000ULL

void uicc_check_quiet_lines(struct uicc *u, uint64_t now)
{
	if (u->rst)
		u->check.rst_high_at = now;
}

void uicc_check_rst(struct uicc *u, uint64_t now)
{
	uint64_t min = iso7816_clocks_to_ns(ISO7816_RESET_CLOCKS, u->opt->clock_hz);
	struct uicc_check *c = &u->check;
	uint64_t low = 0;

	if (!u->rst) {
		c->rst_fell_at = u->lines.at;
		return;
	}
	/* without times of the reader's own: no longer than since RST was last seen high */
	if (c->rst_fell_at && u->lines.at > c->rst_fell_at)
		low = u->lines.at - c->rst_fell_at;
	else if (c->rst_high_at)
		low = now - c->rst_high_at;
	if (low && low < min)
		uicc_violation(&u->trace, "RST low for %llu ns, at least %llu are due",
			       (unsigned long long)low, (unsigned long long)min);
	c->rst_high_at = 0;
}

void uicc_check_turn(struct uicc *u, uint64_t now)
{
	uint64_t gap = now - u->wire.written_at;

	if (u->link.state != UICC_LINK_T1 || !u->wire.written_at ||
	    !uicc_t1_between_blocks(&u->t1))
		return;
	if (!uicc_disturbed(u) && gap < uicc_link_etu(u, BGT_SEEN_ETU))
		uicc_violation(&u->trace, "T=1: block %llu ns after the card's, BGT is %llu",
			       (unsigned long long)gap,
			       (unsigned long long)uicc_link_etu(u, ISO7816_BGT_ETU));
}

/* N of TC1 in etu of the rate in force; none if it is 0 or 255. */
static unsigned int extra_guard(const struct uicc_link *l)
{
	const struct iso7816_atr_info *atr = &l->atr;

	if (atr->extra_guard == 255)
		return 0;
	if (!atr->has_t15 || !l->f || !atr->di)
		return atr->extra_guard;
	return atr->extra_guard * atr->fi * l->d / (atr->di * l->f);
}

/*
 * The first of them was sent after the card's last character had been written, so that the time
 * since then is longer than the reader took; half of what is due leaves room for the clocks.
 */
void uicc_check_guard(struct uicc *u, size_t n, uint64_t now)
{
	unsigned int etu = 12 + extra_guard(&u->link);
	struct uicc_check *c = &u->check;
	uint64_t need;

	/* a reader that tells its times is checked by those */
	if (c->char_at)
		return;

	if (c->burst_after != u->wire.written_at) {
		c->burst_after = u->wire.written_at;
		c->burst = 0;
	}
	c->burst += n;
	if (etu == 12 || !c->burst_after || uicc_disturbed(u) ||
	    u->link.state == UICC_LINK_OFF)
		return;
	need = uicc_link_etu(u, (unsigned int)(c->burst - 1) * etu);
	if (need < GUARD_SURE_NS || now - c->burst_after >= need / 2)
		return;
	uicc_violation(&u->trace, "%zu bytes of the reader within %llu ns, guard time makes %llu of them",
		       c->burst, (unsigned long long)(now - c->burst_after),
		       (unsigned long long)need);
	c->burst = 0;
}

/* n etu, less what rounding and a rate that is not quite right may cost */
static uint64_t nearly(const struct uicc *u, unsigned int n)
{
	return uicc_link_etu(u, n) * (100 - RATE_TOLERANCE) / 100;
}

void uicc_check_char(struct uicc *u, uint64_t at)
{
	bool t1 = u->link.state == UICC_LINK_T1;
	unsigned int guard = t1 && u->link.atr.extra_guard == 255 ? 11 : 12 + extra_guard(&u->link);
	unsigned int turn = t1 ? ISO7816_BGT_ETU : TURN_ETU;
	struct uicc_check *c = &u->check;
	bool turned = c->heard_then != u->wire.written;
	uint64_t before = c->char_at;

	c->char_at = at;
	c->heard_then = u->wire.written;
	if (u->link.state == UICC_LINK_OFF || uicc_disturbed(u))
		return;
	if (!turned) {
		if (at - before < nearly(u, guard))
			uicc_violation(&u->trace, "character %llu ns after the one before, guard time is %u etu",
				       (unsigned long long)(at - before), guard);
	} else if (u->wire.written_at && at - u->wire.written_at < nearly(u, turn - CHAR_ETU)) {
		uicc_violation(&u->trace, "character %llu ns after the end of the card's, leading edges are %u etu apart",
			       (unsigned long long)(at - u->wire.written_at), turn);
	}
}

void uicc_check_clock(struct uicc *u, uint64_t at)
{
	uint64_t min = iso7816_clocks_to_ns(ISO7816_RESET_CLOCKS, u->opt->clock_hz);

	if (!u->port.clk)
		uicc_violation(&u->trace, "RST high while CLK is stopped");
	else if (at - u->port.clk_at < min)
		uicc_violation(&u->trace, "RST high %llu ns after CLK was started, %llu are due",
			       (unsigned long long)(at - u->port.clk_at), (unsigned long long)min);
}

bool uicc_disturbed(const struct uicc *u)
{
	return u->link.state == UICC_LINK_T1 ? u->t1.hurt : u->wire.struck;
}

bool uicc_check_collision(struct uicc *u, size_t n, uint64_t now)
{
	bool t1 = u->link.state == UICC_LINK_T1;
	uint64_t patience;

	if (!u->wire.count)
		return false;
	/* a reader whose waiting time has run out may speak again */
	patience = t1 ? iso7816_cwt_ns(u->link.atr.cwi, u->link.f, u->link.d, u->opt->clock_hz) :
			uicc_link_etu(u, ISO7816_IWT_ETU);
	if (!uicc_disturbed(u) && u->wire.written_at && now - u->wire.written_at < patience)
		uicc_violation(&u->trace, "%zu bytes from the reader while the card is sending",
			       n);
	return true;
}
