// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the reader says of itself.
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
	CHECK(!strcmp(i.name, basename(reader_path())), "name %s", i.name);
	CHECK(i.phy[0], "no phy name");
	CHECK(i.features & ISO7816_FEATURE_T0);
	CHECK(i.features & ISO7816_FEATURE_POLL);
	CHECK(!(i.features & ISO7816_FEATURE_PRESENCE) == !reader_sees_presence());
	/* a serial line has neither */
	CHECK(i.features & ISO7816_FEATURE_VCC || !reader_sees_presence());
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

static const struct ktap_test tests[] = {
	{ "GET_INFO describes the reader", info },
	{ "a reader can be open more than once", several_opens },
};

KTAP_MAIN(tests)
