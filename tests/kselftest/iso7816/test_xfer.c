// SPDX-License-Identifier: BSD-3-Clause
/*
 * Commands of all four cases by XFER and by write and read, and what the driver
 * does by itself: GET RESPONSE, the repeat after 6Cxx, the checks of lengths.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

static int fd = -1;

static enum ktap_result active(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	return active_card(fd);
}

static enum ktap_result case_1_and_3(void)
{
	int sw;

	CHECK_EQ(sw_of(fd, "80F2000C") >> 8, 0x90);
	/* VERIFY: right or wrong, but not a wrong length */
	sw = sw_of(fd, "00200001 08 31323334FFFFFFFF");
	CHECK(sw == 0x9000 || sw >> 8 == 0x63 || sw >> 8 == 0x69, "%04x", sw);
	return KTAP_PASS;
}

static enum ktap_result case_2(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	/* case 3 SELECT: the 61xx is ours to ignore */
	CHECK_EQ(sw_of(fd, "00A40004 02 2FE2") >> 8, 0x61);
	CHECK_EQ(xfer(fd, "00B00000 0A", resp, &len), 0);
	CHECK_EQ(len, 12);
	CHECK_EQ(resp[10] << 8 | resp[11], 0x9000);
	return KTAP_PASS;
}

/* Wrong Le: the card says 6C0A, and the driver asks again */
static enum ktap_result wrong_le(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_EQ(xfer(fd, "00B00000 00", resp, &len), 0);
	CHECK_EQ(len, 12);
	CHECK_EQ(resp[10] << 8 | resp[11], 0x9000);
	return KTAP_PASS;
}

static enum ktap_result case_4(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_EQ(xfer(fd, "80EE0000 04 DEADBEEF 00", resp, &len), 0);
	CHECK_EQ(len, 6);
	CHECK(!memcmp(resp, "\xde\xad\xbe\xef\x90\x00", 6), "another answer");
	return KTAP_PASS;
}

static enum ktap_result echo(unsigned int n, uint8_t seed)
{
	uint8_t cmd[5 + 255 + 1] = { 0x80, 0xee, 0, 0, n }, resp[300];
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = 5 + n + 1,
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
	};
	unsigned int i;

	for (i = 0; i < n; i++)
		cmd[5 + i] = i * 7 + seed;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), 0);
	CHECK_EQ(x.response_len, n + 2);
	CHECK_EQ(x.sw, 0x9000);
	CHECK(!memcmp(resp, cmd + 5, n), "other data");
	CHECK(x.duration_ns, "no duration");
	return KTAP_PASS;
}

static enum ktap_result all_lengths(void)
{
	unsigned int n;

	for (n = 1; n <= 255; n += n < 16 ? 1 : 17)
		CHECK_PASS(echo(n, n));
	return echo(255, 0);
}

/* Raw: the status words of the transport are shown, not acted upon */
static enum ktap_result raw(void)
{
	uint8_t cmd[] = { 0x80, 0xee, 0, 0, 2, 1, 2 }, resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = sizeof(cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
		.flags = ISO7816_XFER_RAW,
	};

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), 0);
	CHECK_EQ(x.response_len, 2);
	CHECK_EQ(x.sw, 0x6102);
	return KTAP_PASS;
}

/* The response is lost as a whole, and the next command works */
static enum ktap_result no_room(void)
{
	uint8_t resp[4];
	uint32_t len = sizeof(resp);

	CHECK_EQ(xfer(fd, "80EE0000 04 01020304 00", resp, &len), -EMSGSIZE);
	len = 1;
	CHECK_EQ(xfer(fd, "80F2000C00", resp, &len), -EINVAL);
	return echo(4, 1);
}

static enum ktap_result bad_commands(void)
{
	uint8_t resp[16];
	struct iso7816_xfer x = {
		.command = (uintptr_t)resp,
		.command_len = ISO7816_COMMAND_MAX + 1,
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
	};

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -EMSGSIZE);
	CHECK_EQ(sw_of(fd, "80F200"), -EINVAL);
	CHECK_EQ(sw_of(fd, "80EE0000 05 0102"), -EINVAL);
	CHECK_EQ(sw_of(fd, "FF100000 00"), -EINVAL);
	CHECK_EQ(sw_of(fd, "80600000 00"), -EINVAL);
	return echo(3, 3);
}

static enum ktap_result generation(void)
{
	uint8_t cmd[] = { 0x80, 0xf2, 0, 0x0c, 0 }, resp[16];
	struct iso7816_state state = { 0 };
	struct iso7816_reset reset = { .type = ISO7816_RESET_WARM };
	struct iso7816_xfer x = {
		.command = (uintptr_t)cmd,
		.command_len = sizeof(cmd),
		.response = (uintptr_t)resp,
		.response_len = sizeof(resp),
	};

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	x.generation = state.generation;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &reset), 0);
	x.generation = state.generation;
	x.response_len = sizeof(resp);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), -ESTALE);
	x.generation = reset.generation;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_XFER, &x), 0);
	return KTAP_PASS;
}

static const uint8_t ECHO[] = { 0x80, 0xee, 0, 0, 3, 7, 8, 9, 0 };

static enum ktap_result write_and_read(void)
{
	uint8_t resp[16];

	CHECK_EQ(read(fd, resp, sizeof(resp)), 0);
	CHECK_EQ(write(fd, ECHO, sizeof(ECHO)), sizeof(ECHO));
	CHECK_EQ(poll_for(fd, POLLIN, 0) & POLLIN, POLLIN);
	CHECK(write(fd, ECHO, sizeof(ECHO)) < 0 && errno == EBUSY, "an unread answer is EBUSY");
	CHECK_EQ(read(fd, resp, 2), 2);
	CHECK_EQ(read(fd, resp + 2, sizeof(resp) - 2), 3);
	CHECK(!memcmp(resp, "\x07\x08\x09\x90\x00", 5), "another answer");
	CHECK_EQ(read(fd, resp, sizeof(resp)), 0);
	CHECK(write(fd, ECHO, 3) < 0 && errno == EINVAL, "3 bytes");
	return KTAP_PASS;
}

static enum ktap_result nonblocking(void)
{
	int other = reader_open(O_NONBLOCK);
	uint8_t resp[16];

	CHECK(other >= 0, "open: %d", other);
	CHECK_EQ(poll_for(other, POLLOUT, 100) & POLLOUT, POLLOUT);
	CHECK_EQ(write(other, ECHO, sizeof(ECHO)), sizeof(ECHO));
	CHECK(write(other, ECHO, sizeof(ECHO)) < 0 && errno == EBUSY, "busy");
	CHECK_EQ(poll_for(other, POLLIN, PATIENCE_MS) & POLLIN, POLLIN);
	CHECK_EQ(read(other, resp, sizeof(resp)), 5);
	CHECK_EQ(poll_for(other, POLLOUT, 100) & POLLOUT, POLLOUT);
	/* closed with a command under way: nobody minds */
	CHECK_EQ(write(other, ECHO, sizeof(ECHO)), sizeof(ECHO));
	close(other);
	return echo(5, 5);
}

static void *busy_client(void *arg)
{
	uint8_t want[7] = { 0, 0, 0, 0, 0, 0x90, 0 }, resp[16];
	char hex[64];
	int i, other = reader_open(0);

	memset(want, *(uint8_t *)arg, 5);
	snprintf(hex, sizeof(hex), "80EE0000 05 %02x%02x%02x%02x%02x 00",
		 want[0], want[0], want[0], want[0], want[0]);
	for (i = 0; i < 20; i++) {
		uint32_t len = sizeof(resp);

		if (xfer(other, hex, resp, &len) || len != 7 || memcmp(resp, want, 7))
			break;
	}
	close(other);
	return i == 20 ? NULL : arg;
}

/* Commands of several files do not mix */
static enum ktap_result many_clients(void)
{
	uint8_t seeds[4] = { 1, 2, 3, 4 };
	pthread_t threads[4];
	void *failed = NULL;
	int i;

	for (i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, busy_client, &seeds[i]), 0);
	for (i = 0; i < 4; i++) {
		void *ret = NULL;

		pthread_join(threads[i], &ret);
		failed = failed ?: ret;
	}
	CHECK(!failed, "client %d got another answer", *(uint8_t *)failed);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "card is active", active },
	{ "cases 1 and 3", case_1_and_3 },
	{ "case 2", case_2 },
	{ "6Cxx is repeated", wrong_le },
	{ "case 4 by GET RESPONSE", case_4 },
	{ "data of all lengths", all_lengths },
	{ "raw TPDU", raw },
	{ "no room for the response", no_room },
	{ "what is no command", bad_commands },
	{ "stale generation", generation },
	{ "write and read", write_and_read },
	{ "write without blocking", nonblocking },
	{ "four clients at once", many_clients },
};

KTAP_MAIN(tests)
