// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every ioctl against every way to call it wrongly: sizes of other versions, wrong
 * direction, bad pointers, reserved fields; and once as it should be.
 */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

/* Longer than any argument, with room for what a newer program might have */
#define ROOM	512
#define TAIL	24
/* NULL is not enough: the kernel could test for it */
#define NOWHERE	((void *)8)

/**
 * struct call - an ioctl
 * @name: its name
 * @cmd: its number
 * @ret: what it says when called with all zeroes, or after @prepare
 * @prepare: fills in the argument; NULL where zeroes will do
 * @reserved: offsets of 32 bit words that must be zero, ended by 0
 */
struct call {
	const char *name;
	unsigned long cmd;
	int ret;
	void (*prepare)(void *arg);
	unsigned int reserved[3];
};

static int fd = -1;
static uint8_t response[16];

static void valid_xfer(void *arg)
{
	static const uint8_t command[] = { 0x80, 0xf2, 0, 0x0c, 0 };
	struct iso7816_xfer x = {
		.command = (uintptr_t)command,
		.command_len = sizeof(command),
		.response = (uintptr_t)response,
		.response_len = sizeof(response),
	};

	memcpy(arg, &x, sizeof(x));
}

static void all_events(void *arg)
{
	struct iso7816_event_mask mask = { .mask = ISO7816_EVENT_MASK_ALL };

	memcpy(arg, &mask, sizeof(mask));
}

#define RESERVED(type, member)	(offsetof(struct iso7816_ ## type, member))

static const struct call calls[] = {
	{ .name = "GET_INFO", .cmd = ISO7816_IOC_GET_INFO },
	{ .name = "GET_STATE", .cmd = ISO7816_IOC_GET_STATE },
	{ .name = "POWER_ON", .cmd = ISO7816_IOC_POWER_ON,
	  .reserved = { RESERVED(power_on, reserved) } },
	{ .name = "GET_ATR", .cmd = ISO7816_IOC_GET_ATR },
	{ .name = "RESET", .cmd = ISO7816_IOC_RESET,
	  .reserved = { RESERVED(reset, reserved[0]), RESERVED(reset, reserved[1]) } },
	{ .name = "XFER", .cmd = ISO7816_IOC_XFER, .prepare = valid_xfer,
	  /* 16 bits, the upper ones of a word on little endian */
	  .reserved = { RESERVED(xfer, sw) } },
	{ .name = "UNLOCK without a lock", .cmd = ISO7816_IOC_UNLOCK, .ret = -ENOLCK },
	{ .name = "LOCK", .cmd = ISO7816_IOC_LOCK,
	  .reserved = { RESERVED(lock, flags), RESERVED(lock, reserved) } },
	{ .name = "UNLOCK", .cmd = ISO7816_IOC_UNLOCK },
	{ .name = "GET_EVENT", .cmd = ISO7816_IOC_GET_EVENT },
	{ .name = "SET_EVENT_MASK", .cmd = ISO7816_IOC_SET_EVENT_MASK, .prepare = all_events },
	{ .name = "CANCEL", .cmd = ISO7816_IOC_CANCEL, .ret = -ENOENT },
	{ .name = "GET_STATS", .cmd = ISO7816_IOC_GET_STATS },
	{ .name = "SET_POLL", .cmd = ISO7816_IOC_SET_POLL,
	  .reserved = { RESERVED(poll, reserved) } },
	{ .name = "POWER_OFF", .cmd = ISO7816_IOC_POWER_OFF },
};

static unsigned long resized(const struct call *c, int by)
{
	return _IOC(_IOC_DIR(c->cmd), _IOC_TYPE(c->cmd), _IOC_NR(c->cmd), _IOC_SIZE(c->cmd) + by);
}

/* A valid argument of this call, and nothing but zeroes after it */
static void prepare(const struct call *c, uint8_t *arg)
{
	memset(arg, 0, ROOM);
	if (c->prepare)
		c->prepare(arg);
}

static void unlock(const struct call *c)
{
	if (c->cmd == ISO7816_IOC_LOCK)
		reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL);
}

/* ------------------------------------------------------ one call, each way */

static enum ktap_result as_it_should_be(const struct call *c)
{
	uint8_t arg[ROOM];

	prepare(c, arg);
	CHECK_EQ(reader_ioctl(fd, c->cmd, arg), c->ret);
	return KTAP_PASS;
}

static enum ktap_result shorter(const struct call *c)
{
	uint8_t arg[ROOM];

	prepare(c, arg);
	CHECK_EQ(reader_ioctl(fd, resized(c, -1), arg), -ENOTTY);
	CHECK_EQ(reader_ioctl(fd, resized(c, -(int)_IOC_SIZE(c->cmd)), arg), -ENOTTY);
	return KTAP_PASS;
}

/* What this kernel does not know is zero there, and comes back as zero */
static enum ktap_result longer(const struct call *c)
{
	static const uint8_t zeroes[TAIL];
	unsigned int size = _IOC_SIZE(c->cmd);
	uint8_t arg[ROOM];

	unlock(c);
	prepare(c, arg);
	if (!(_IOC_DIR(c->cmd) & _IOC_WRITE))
		memset(arg, 0xaa, sizeof(arg));
	/* an empty ring is no fault of the size */
	if (c->cmd == ISO7816_IOC_GET_EVENT)
		power_on(fd, NULL);
	CHECK_EQ(reader_ioctl(fd, resized(c, TAIL), arg), c->ret);
	if (_IOC_DIR(c->cmd) & _IOC_READ)
		CHECK(!memcmp(arg + size, zeroes, TAIL), "the new part is not zero");
	if (_IOC_DIR(c->cmd) == _IOC_READ)
		CHECK_EQ(arg[size + TAIL], 0xaa);
	return KTAP_PASS;
}

static enum ktap_result longer_and_used(const struct call *c)
{
	uint8_t arg[ROOM];

	prepare(c, arg);
	arg[_IOC_SIZE(c->cmd) + TAIL - 1] = 1;
	CHECK_EQ(reader_ioctl(fd, resized(c, TAIL), arg), -E2BIG);
	return KTAP_PASS;
}

static enum ktap_result wrong_direction(const struct call *c)
{
	static const unsigned int dirs[] = {
		_IOC_NONE, _IOC_READ, _IOC_WRITE, _IOC_READ | _IOC_WRITE
	};
	uint8_t arg[ROOM];
	unsigned int i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (dirs[i] == _IOC_DIR(c->cmd))
			continue;
		prepare(c, arg);
		CHECK_EQ(reader_ioctl(fd, _IOC(dirs[i], _IOC_TYPE(c->cmd), _IOC_NR(c->cmd),
					       _IOC_SIZE(c->cmd)), arg), -ENOTTY);
	}
	return KTAP_PASS;
}

static enum ktap_result bad_pointer(const struct call *c)
{
	if (c->cmd == ISO7816_IOC_GET_EVENT)
		power_on(fd, NULL);
	CHECK_EQ(reader_ioctl(fd, c->cmd, NOWHERE), -EFAULT);
	CHECK_EQ(reader_ioctl(fd, c->cmd, NULL), -EFAULT);
	return KTAP_PASS;
}

static enum ktap_result reserved(const struct call *c)
{
	static const uint32_t upper = 0x10000;
	uint8_t arg[ROOM];
	unsigned int i;

	for (i = 0; c->reserved[i]; i++) {
		prepare(c, arg);
		memcpy(arg + c->reserved[i], &upper, sizeof(upper));
		CHECK_EQ(reader_ioctl(fd, c->cmd, arg), -EINVAL);
	}
	return KTAP_PASS;
}

static bool any_call(const struct call *c)
{
	(void)c;
	return true;
}

static bool has_arg(const struct call *c)
{
	return _IOC_SIZE(c->cmd);
}

static bool has_input(const struct call *c)
{
	return _IOC_DIR(c->cmd) & _IOC_WRITE;
}

static bool has_reserved(const struct call *c)
{
	return c->reserved[0];
}

static const struct way {
	const char *name;
	bool (*fits)(const struct call *c);
	enum ktap_result (*run)(const struct call *c);
} ways[] = {
	{ "works", any_call, as_it_should_be },
	{ "shorter than ever is ENOTTY", has_arg, shorter },
	{ "wrong direction is ENOTTY", any_call, wrong_direction },
	{ "bad pointer is EFAULT", has_arg, bad_pointer },
	{ "reserved fields are EINVAL", has_reserved, reserved },
	{ "longer and used is E2BIG", has_input, longer_and_used },
	{ "longer and zero works", has_arg, longer },
};

/* ------------------------------------------------- flags, values, numbers */

static enum ktap_result unknown_values(void)
{
	struct iso7816_power_on flags = { .flags = 1U << 31 };
	struct iso7816_power_on classes = { .classes = 0x40 };
	struct iso7816_power_on protocols = { .protocols = 1 << 15 };
	struct iso7816_reset reset = { .type = 2 };
	struct iso7816_xfer x = { .flags = 1U << 31, .command_len = 4, .response_len = 2 };
	struct iso7816_lock lock = { .timeout_ms = ISO7816_LOCK_TIMEOUT_MAX_MS + 1 };
	struct iso7816_event_mask above = { .mask = ISO7816_EVENT_MASK_ALL + 2 };
	struct iso7816_event_mask below = { .mask = 1 };
	struct iso7816_poll poll = { .interval_ms = ISO7816_POLL_MIN_MS - 1 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &flags), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &classes), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &protocols), -EOPNOTSUPP);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_LOCK, &lock), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_EVENT_MASK, &above), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_EVENT_MASK, &below), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), -EINVAL);
	return KTAP_PASS;
}

static enum ktap_result unknown_numbers(void)
{
	uint8_t arg[ROOM] = { 0 };
	unsigned int nr, dir, size;

	for (nr = 14; nr < 256; nr++)
		for (dir = 0; dir < 4; dir++)
			for (size = 0; size <= 64; size += 32)
				CHECK_EQ(reader_ioctl(fd, _IOC(dir, ISO7816_IOC_MAGIC, nr, size),
						      arg), -ENOTTY);
	CHECK_EQ(reader_ioctl(fd, _IOR('7', 0, struct iso7816_info), arg), -ENOTTY);
	return KTAP_PASS;
}

static enum ktap_result xfer_pointers(void)
{
	struct iso7816_xfer x;

	CHECK_EQ(power_on(fd, NULL), 0);
	valid_xfer(&x);
	x.command = (uintptr_t)NOWHERE;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EFAULT);
	valid_xfer(&x);
	x.response = (uintptr_t)NOWHERE;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EFAULT);
	/* above all of user space, for 32 and 64 bit programs */
	valid_xfer(&x);
	x.command = ~0ULL - 4095;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EFAULT);
	valid_xfer(&x);
	x.response_len = UINT32_MAX;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), 0);
	CHECK_EQ(x.response_len, 2);
	CHECK_EQ(x.sw, 0x9000);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "unknown flags and values are refused", unknown_values },
	{ "unknown numbers are ENOTTY", unknown_numbers },
	{ "XFER: addresses of command and response", xfer_pointers },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static size_t plan(void)
{
	size_t i, n = 0;

	for (i = 0; i < COUNT(calls) * COUNT(ways); i++)
		n += ways[i % COUNT(ways)].fits(&calls[i / COUNT(ways)]);
	return 1 + n + COUNT(tests);
}

int main(void)
{
	struct ktap_totals totals = { 0 };
	char name[100];
	size_t i;

	fd = reader_open(0);
	ktap_begin(plan());
	ktap_report(&totals, "a card", fd < 0 ? KTAP_FAIL : active_card(fd));
	for (i = 0; i < COUNT(calls) * COUNT(ways); i++) {
		const struct call *c = &calls[i / COUNT(ways)];
		const struct way *way = &ways[i % COUNT(ways)];

		if (!way->fits(c))
			continue;
		snprintf(name, sizeof(name), "%s: %s", c->name, way->name);
		ktap_report(&totals, name, way->run(c));
	}
	for (i = 0; i < COUNT(tests); i++)
		ktap_report(&totals, tests[i].name, tests[i].run());
	return ktap_end(&totals);
}
