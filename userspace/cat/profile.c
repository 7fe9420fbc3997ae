// SPDX-License-Identifier: BSD-3-Clause
/*
 * TERMINAL PROFILE (TS 102 223, 5.2): exactly what the engine executes, less what
 * its surroundings do not provide.
 */
#include <string.h>

#include "cat/internal.h"

#define BIT(n)	(1u << ((n) - 1))
#define PROFILE_BYTES	18

struct profile_bits {
	uint8_t byte;		/* 1 is the first */
	uint8_t bits;
};

static const struct profile_bits always[] = {
	{ 1, BIT(1) | BIT(6) },			/* profile download, timer expiration */
	{ 2, BIT(1) },				/* command result */
	{ 3, BIT(4) | BIT(6) | BIT(7) },	/* MORE TIME, POLL INTERVAL, POLLING OFF */
	{ 5, BIT(1) },				/* SET UP EVENT LIST */
	{ 6, BIT(3) | BIT(4) },			/* events data available, channel status */
	{ 8, BIT(1) | BIT(2) },			/* TIMER MANAGEMENT */
	{ 12, BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) },	/* channels: open ... status */
	{ 13, CAT_CHANNELS << 5 },		/* number of channels */
	{ 17, BIT(3) | BIT(4) | BIT(5) },	/* TCP server; TCP, UDP client local */
};

static const struct profile_bits with_user[] = {
	{ 2, BIT(7) | BIT(8) },			/* UCS2 display, long texts */
	{ 3, BIT(1) },				/* DISPLAY TEXT */
	{ 9, BIT(1) },				/* sustained DISPLAY TEXT */
	{ 18, BIT(1) },				/* its variable time-out */
};

static const struct profile_bits without_user[] = {
	{ 14, BIT(6) | BIT(7) },		/* no display, no keypad */
};

static const struct profile_bits with_reset[] = {
	{ 3, BIT(8) },				/* REFRESH */
};

static void set_bits(uint8_t *profile, const struct profile_bits *table, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		profile[table[i].byte - 1] |= table[i].bits;
}

#define SET_BITS(profile, table) set_bits(profile, table, sizeof(table) / sizeof((table)[0]))

size_t cat_profile(const struct cat *cat, uint8_t *buf, size_t room)
{
	uint8_t profile[PROFILE_BYTES] = { 0 };
	size_t len = sizeof(profile);

	SET_BITS(profile, always);
	if (cat->ops.show_text)
		SET_BITS(profile, with_user);
	else
		SET_BITS(profile, without_user);
	if (cat->ops.reset_card)
		SET_BITS(profile, with_reset);

	while (len && !profile[len - 1])
		len--;
	if (len > room)
		len = room;
	memcpy(buf, profile, len);
	return len;
}
