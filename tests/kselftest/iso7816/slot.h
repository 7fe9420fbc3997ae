/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtual reader from both sides, for tests that are the card and the user: its
 * slot, what the driver does at the contacts, record by record, and the user in a thread.
 */
#ifndef SLOT_H
#define SLOT_H

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/iso7816_sim.h>

#include "guest.h"

#define SIM		"/dev/iso7816-sim"
#define CLOCK_HZ	3571200
#define CAPS		(ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS | ISO7816_PHY_CLOCK)
#define FLAGS		(ISO7816_SIM_PRESENCE | ISO7816_SIM_CARD_IN | ISO7816_SIM_VCC)

struct slot {
	int card;		/* the file of the card program */
	int fd;			/* the reader */
	bool odd;		/* parity of the reader's line, as told */
	bool rst;
	uint64_t clk_at, rst_at;
	struct iso7816_sim_setup setup;
};

static inline int slot_open(struct slot *s, const struct iso7816_sim_setup *setup)
{
	char path[64];

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	s->setup = *setup;
	s->card = open(SIM, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->card < 0) {
		if (errno == ENOENT) {
			printf("1..0 # SKIP no " SIM "\n");
			exit(KTAP_SKIP);
		}
		return -errno;
	}
	if (ioctl(s->card, ISO7816_SIM_IOC_SETUP, &s->setup))
		return -errno;
	snprintf(path, sizeof(path), "/dev/%s", s->setup.name);
	s->fd = open(path, O_RDWR | O_CLOEXEC);
	return s->fd < 0 ? -errno : 0;
}

static inline void slot_close(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->card >= 0)
		close(s->card);
}

static const struct iso7816_sim_setup usual = { .caps = CAPS, .flags = FLAGS };

/* --------------------------------------------------------- the card */

/* The next record, and what it tells; false if none comes in time */
static inline bool next_record(struct slot *s, struct iso7816_sim_record *r)
{
	struct pollfd p = { .fd = s->card, .events = POLLIN };

	if (poll(&p, 1, PATIENCE_MS) != 1 || read(s->card, r, sizeof(*r)) != sizeof(*r))
		return false;
	if (r->type == ISO7816_SIM_LINE)
		s->odd = r->flags & ISO7816_SIM_ODD;
	if (r->type == ISO7816_SIM_CLOCK && r->value)
		s->clk_at = r->time_ns;
	if (r->type == ISO7816_SIM_RESET) {
		s->rst = r->value;
		s->rst_at = r->time_ns;
	}
	return true;
}

/* Takes records until one of this type and value; the rest of @r is what it was */
static inline bool await(struct slot *s, uint8_t type, uint32_t value, struct iso7816_sim_record *r)
{
	struct iso7816_sim_record own;

	if (!r)
		r = &own;
	while (next_record(s, r))
		if (r->type == type && r->value == value)
			return true;
	return false;
}

static inline bool put(struct slot *s, uint8_t byte, uint8_t flags)
{
	struct iso7816_sim_record r = {
		.type = ISO7816_SIM_CHAR, .flags = flags, .value = byte,
	};

	return write(s->card, &r, sizeof(r)) == sizeof(r);
}

/* An ATR after RST has risen; @bad: flags of its last character */
static inline bool answer(struct slot *s, const char *hex, uint8_t bad)
{
	uint8_t atr[40];
	unsigned int i, n = unhex(hex, atr, sizeof(atr));

	if (!await(s, ISO7816_SIM_RESET, 1, NULL))
		return false;
	for (i = 0; i < n; i++)
		if (!put(s, atr[i], i + 1 == n ? bad : 0))
			return false;
	return true;
}

/* --------------------------------------------------------- the user */

struct user {
	pthread_t thread;
	struct slot *slot;
	struct iso7816_power_on on;
	int ret;
};

static inline void *power_on_thread(void *arg)
{
	struct user *u = arg;

	u->ret = reader_ioctl(u->slot->fd, ISO7816_IOC_POWER_ON, &u->on);
	return NULL;
}

static inline void begin_power_on(struct user *u, struct slot *s)
{
	memset(u, 0, sizeof(*u));
	u->slot = s;
	if (pthread_create(&u->thread, NULL, power_on_thread, u))
		abort();
}

static inline int end_power_on(struct user *u)
{
	pthread_join(u->thread, NULL);
	return u->ret;
}

#endif /* SLOT_H */
