/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the pure protocol code needs from its surroundings: integer types,
 * memcpy and friends.  The only file of the protocol code that knows whether it
 * is built into the kernel.
 */
#ifndef ISO7816_ENV_H
#define ISO7816_ENV_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/string.h>
#include <linux/math64.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}
#endif

#endif /* ISO7816_ENV_H */
