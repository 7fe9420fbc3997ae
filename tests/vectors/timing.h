/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Times in clocks, elementary time units and nanoseconds, and the rate of the line:
 * figures of the standard, rounding up, and the edges of the types.
 */
#ifndef VECTORS_TIMING_H
#define VECTORS_TIMING_H

#include <iso7816/timing.h>

#define NS_MAX	0xffffffffffffffffULL
#define HZ_MAX	0xffffffffU

static const struct clocks_vector {
	u64 clocks;
	u32 hz;
	u64 ns;
} clocks_vectors[] = {
	{ 0, 5000000, 0 },
	{ 1, 1000000, 1000 },
	{ 400, 1000000, 400000 },
	{ 400, 3571200, 112008 },		/* 112 007.17 rounded up */
	{ 40000, 4000000, 10000000 },
	{ 40000, 3571200, 11200717 },
	{ 1, 3, 333333334 },
	{ 2, 3, 666666667 },
	{ 3, 3, 1000000000 },
	{ 18446744072ULL, 1, 18446744072000000000ULL },
	{ 18446744073ULL, 1, NS_MAX },
	{ NS_MAX, 1, NS_MAX },
	{ NS_MAX, HZ_MAX, 4294967297000000000ULL },
	{ NS_MAX - 1, HZ_MAX, 4294967297000000000ULL },
	{ 5, 0, NS_MAX },
};

static const struct etu_vector {
	u64 etu;
	u32 f, d, hz;
	u64 ns;
} etu_vectors[] = {
	{ 1, 372, 1, 1000000, 372000 },
	{ 1, 372, 1, 4000000, 93000 },
	{ 1, 372, 8, 4000000, 11625 },		/* 46.5 clocks */
	{ 9600, 372, 1, 3571200, 1000000000 },
	{ 9600, 372, 1, 4000000, 892800000 },
	{ 12, 512, 32, 5000000, 38400 },
	{ 0, 372, 1, 4000000, 0 },
	{ 7, 0, 1, 4000000, 0 },
	{ 7, 372, 0, 4000000, NS_MAX },
	{ 7, 372, 1, 0, NS_MAX },
	{ NS_MAX / 372, 372, 64, 20000000, 14411518807585587188ULL },
	{ NS_MAX / 372 + 1, 372, 64, 20000000, NS_MAX },
	{ 1, 1, 4, HZ_MAX, 1 },
	{ 1, 1, 8, 0x80000000, 1 },		/* d * f = 2^34 */
	{ 1, 1, 5, HZ_MAX, NS_MAX },	/* d * f > 2^34 */
};

static const struct wt_vector {
	u8 wi;
	u32 fi, hz;
	u64 ns;
} wt_vectors[] = {
	{ 10, 372, 3571200, 1000000000 },
	{ 0, 372, 3571200, 1000000000 },
	{ 10, 372, 4000000, 892800000 },
	{ 10, 512, 4000000, 1228800000 },
	{ 1, 372, 5000000, 71424000 },
	{ 20, 372, 3571200, 2000000000 },
	{ 255, 372, 1000000, 91065600000ULL },
	{ 255, 372, 5000000, 18213120000ULL },
	{ 1, 372, 1000000, 357120000 },
	{ 255, 512, 5000000, 25067520000ULL },
	{ 255, 2048, 1000000, 501350400000ULL },
	{ 255, HZ_MAX, 1000000, 1051407993816000000ULL },
	{ 10, 372, 0, NS_MAX },
};

static const struct baud_vector {
	u32 f, d, hz, baud;
} baud_vectors[] = {
	{ 372, 1, 3571200, 9600 },
	{ 372, 1, 4000000, 10753 },
	{ 372, 1, 5000000, 13441 },
	{ 372, 2, 5000000, 26882 },
	{ 372, 12, 4000000, 129032 },
	{ 512, 64, 5000000, 625000 },
	{ 2, 1, 3, 2 },			/* 1.5 */
	{ 3, 1, 4, 1 },			/* 1.33 */
	{ 3, 1, 5, 2 },			/* 1.67 */
	{ 0, 1, 5, 0 },
	{ 372, 0, 5, 0 },
	{ 1, 1, HZ_MAX, HZ_MAX },
	{ 1, 2, HZ_MAX, HZ_MAX },
	{ HZ_MAX, HZ_MAX, HZ_MAX, HZ_MAX },
};

/* 11 + 2^CWI etu, for each CWI */
static const u32 cwt_vectors[] = {
	12, 13, 15, 19, 27, 43, 75, 139, 267, 523, 1035, 2059, 4107, 8203, 16395, 32779,
};

#endif /* VECTORS_TIMING_H */
