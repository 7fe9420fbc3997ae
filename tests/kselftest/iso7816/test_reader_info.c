// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the reader says of itself, and how the ioctls treat their arguments:
 * sizes of other versions, reserved fields, unknown numbers.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

static int fd = -1;

static enum ktap_result info(void)
{
	struct iso7816_info i = { 0 };

	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &i), 0);
	CHECK(!strcmp(i.name, "iso7816-0"), "name %s", i.name);
	CHECK(i.phy[0], "no phy name");
	CHECK(i.features & ISO7816_FEATURE_T0);
	CHECK(i.features & ISO7816_FEATURE_POLL);
	CHECK(i.features & ISO7816_FEATURE_PRESENCE);
	CHECK(i.features & ISO7816_FEATURE_VCC);
	CHECK_EQ(i.max_command, ISO7816_COMMAND_MAX);
	CHECK_EQ(i.max_response, ISO7816_RESPONSE_MAX);
	CHECK_EQ(i.reserved, 0);
	return KTAP_PASS;
}

static enum ktap_result several_opens(void)
{
	struct iso7816_info i = { 0 };
	int other = reader_open(0);

	CHECK(other >= 0, "second open: %d", other);
	CHECK_EQ(reader_ioctl(other, ISO7816_IOC_GET_INFO, &i), 0);
	close(other);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &i), 0);
	return KTAP_PASS;
}

/* A program of the future: a longer struct, known fields filled, the rest zero */
static enum ktap_result longer_out(void)
{
	struct {
		struct iso7816_info i;
		uint8_t more[40];
	} big;
	uint8_t zero[sizeof(big.more)] = { 0 };
	unsigned long cmd = _IOC(_IOC_READ, ISO7816_IOC_MAGIC, 0, sizeof(big));

	memset(&big, 0xaa, sizeof(big));
	CHECK_EQ(reader_ioctl(fd, cmd, &big), 0);
	CHECK(!strcmp(big.i.name, "iso7816-0"), "name");
	CHECK(!memcmp(big.more, zero, sizeof(zero)), "what we do not know must be zero");
	return KTAP_PASS;
}

static enum ktap_result longer_in(void)
{
	struct {
		struct iso7816_poll p;
		uint32_t more[2];
	} big = { 0 };
	unsigned long cmd = _IOC(_IOC_WRITE, ISO7816_IOC_MAGIC, 13, sizeof(big));

	CHECK_EQ(reader_ioctl(fd, cmd, &big), 0);
	big.more[1] = 1;
	CHECK_EQ(reader_ioctl(fd, cmd, &big), -E2BIG);
	return KTAP_PASS;
}

static enum ktap_result reserved_fields(void)
{
	struct iso7816_poll poll = { .reserved = 1 };
	struct iso7816_power_on on = { .reserved = 1 };
	struct iso7816_reset reset = { .reserved = { 0, 1 } };
	struct iso7816_xfer x = { .reserved = 1, .command_len = 4, .response_len = 2 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EINVAL);
	return KTAP_PASS;
}

static enum ktap_result unknown_flags(void)
{
	struct iso7816_power_on on = { .flags = 1U << 31 };
	struct iso7816_power_on classes = { .classes = 0x40 };
	struct iso7816_reset reset = { .type = 2 };
	struct iso7816_xfer x = { .flags = 1U << 31, .command_len = 4, .response_len = 2 };
	struct iso7816_poll poll = { .interval_ms = ISO7816_POLL_MIN_MS - 1 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &classes), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EINVAL);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), -EINVAL);
	return KTAP_PASS;
}

static enum ktap_result unknown_ioctls(void)
{
	uint8_t buf[256] = { 0 };

	CHECK_EQ(reader_ioctl(fd, _IO(ISO7816_IOC_MAGIC, 200), buf), -ENOTTY);
	CHECK_EQ(reader_ioctl(fd, _IOR('7', 0, struct iso7816_info), buf), -ENOTTY);
	/* right number, wrong direction; right number, shorter than ever */
	CHECK_EQ(reader_ioctl(fd, _IOW(ISO7816_IOC_MAGIC, 0, struct iso7816_info), buf), -ENOTTY);
	CHECK_EQ(reader_ioctl(fd, _IOR(ISO7816_IOC_MAGIC, 0, uint32_t), buf), -ENOTTY);
	return KTAP_PASS;
}

static enum ktap_result bad_pointers(void)
{
	struct iso7816_xfer x = { .command = 8, .command_len = 5, .response_len = 2 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, (void *)8), -EFAULT);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, (void *)8), -EFAULT);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EFAULT);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "GET_INFO describes the reader", info },
	{ "a reader can be open more than once", several_opens },
	{ "a longer result is filled up with zeroes", longer_out },
	{ "a longer argument is taken if the rest is zero", longer_in },
	{ "reserved fields must be zero", reserved_fields },
	{ "unknown flags and values are refused", unknown_flags },
	{ "unknown ioctls are ENOTTY", unknown_ioctls },
	{ "bad pointers are EFAULT", bad_pointers },
};

KTAP_MAIN(tests)
