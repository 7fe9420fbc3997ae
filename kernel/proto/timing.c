// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Times of ISO/IEC 7816-3 in nanoseconds.  Waiting times are rounded up, so that
 * a card is never called late that is not; a result that does not fit is the
 * highest value, so that no overflow ever makes a long time short.
 */
#include <iso7816/timing.h>

#define NS_MAX	(~(u64)0)
#define BAUD_MAX	(~(u32)0)

/* Greater values are reserved */
#define BWI_MAX		9

/* The remainder of a division by more than this cannot be turned into ns */
#define DIVISOR_MAX	0x400000000ULL

/* ceil(num * 10^9 / den) */
static u64 ratio_to_ns(u64 num, u64 den)
{
	u64 seconds, rest;

	if (!den || den > DIVISOR_MAX)
		return NS_MAX;
	seconds = div64_u64(num, den);
	rest = num - seconds * den;
	rest = div64_u64(rest * ISO7816_NSEC_PER_SEC + den - 1, den);
	if (seconds >= NS_MAX / ISO7816_NSEC_PER_SEC)
		return NS_MAX;
	return seconds * ISO7816_NSEC_PER_SEC + rest;
}

u64 iso7816_clocks_to_ns(u64 clocks, u32 clock_hz)
{
	return ratio_to_ns(clocks, clock_hz);
}

u64 iso7816_etu_to_ns(u64 etu, u32 f, u32 d, u32 clock_hz)
{
	if (f && etu > div_u64(NS_MAX, f))
		return NS_MAX;
	return ratio_to_ns(etu * f, (u64)d * clock_hz);
}

u64 iso7816_wt_ns(u8 wi, u32 fi, u32 clock_hz)
{
	if (!wi)
		wi = ISO7816_WI_DEFAULT;
	return ratio_to_ns((u64)wi * 960 * fi, clock_hz);
}

/* a + b */
static u64 add_ns(u64 a, u64 b)
{
	return a > NS_MAX - b ? NS_MAX : a + b;
}

u64 iso7816_cwt_ns(u8 cwi, u32 f, u32 d, u32 clock_hz)
{
	return iso7816_etu_to_ns(11 + (1ULL << (cwi & 15)), f, d, clock_hz);
}

u64 iso7816_bwt_ns(u8 bwi, u32 f, u32 d, u32 clock_hz)
{
	if (bwi > BWI_MAX)
		bwi = BWI_MAX;
	return add_ns(iso7816_etu_to_ns(11, f, d, clock_hz),
		      ratio_to_ns((960ULL * ISO7816_FD) << bwi, clock_hz));
}

u64 iso7816_wtx_ns(u64 bwt_ns, u8 multiplier, u64 slack_ns)
{
	if (multiplier && bwt_ns > div_u64(NS_MAX, multiplier))
		return NS_MAX;
	return add_ns(bwt_ns * multiplier, slack_ns);
}

u32 iso7816_baud(u32 f, u32 d, u32 clock_hz)
{
	u64 product = (u64)clock_hz * d;
	u64 baud, rest;

	if (!f)
		return 0;
	baud = div_u64(product, f);
	rest = product - baud * f;
	if (rest >= f - rest)
		baud++;
	return baud > BAUD_MAX ? BAUD_MAX : (u32)baud;
}

bool iso7816_baud_usable(u32 wanted, u32 achieved)
{
	u32 off = wanted > achieved ? wanted - achieved : achieved - wanted;

	return wanted && (u64)off * 50 <= wanted;
}
