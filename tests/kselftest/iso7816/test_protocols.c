// SPDX-License-Identifier: BSD-3-Clause
/*
 * Cards of many kinds, each in both conventions: activation with PPS, then a command
 * of 255 bytes, an answer of 256, and on T=1 4 000 bytes both ways.  Run on a
 * reader that hears itself, it tests the echo as well.
 */
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"
#include "profiles.h"

#define LONG_DATA	4000

static int fd = -1;

static enum ktap_result activate(const struct profile *p, const char *ts)
{
	struct iso7816_power_on on = { .protocols = p->protocols };
	struct iso7816_state state = { 0 };
	struct iso7816_atr atr = { 0 };
	uint8_t want[64];
	char hex[80];

	snprintf(hex, sizeof(hex), "%s%s", ts, p->atr);
	CHECK_EQ(card("atr %s", hex), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_ATR, &atr), 0);
	CHECK_EQ(atr.len, unhex(hex, want, sizeof(want)));
	CHECK(!memcmp(atr.atr, want, atr.len), "another ATR");
	CHECK_EQ(atr.convention, want[0] == 0x3f);
	CHECK_EQ(on.protocols, 1 << p->protocol);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.protocol, p->protocol);
	CHECK_EQ(state.fi, p->fi);
	CHECK_EQ(state.di, p->di);
	CHECK_EQ(state.ifsc, p->ifsc);
	return KTAP_PASS;
}

/* The card sends back what it gets: @n bytes, after a header of @head bytes. */
static enum ktap_result echoed(const uint8_t *head, size_t head_len, size_t n, size_t le_len,
			       bool by_write)
{
	size_t cmd_len = head_len + n + le_len;
	uint8_t *cmd = calloc(1, cmd_len), *resp = calloc(1, ISO7816_RESPONSE_MAX);
	uint32_t len = ISO7816_RESPONSE_MAX;
	ssize_t got = -1;
	size_t i;
	int ret;

	memcpy(cmd, head, head_len);
	for (i = 0; i < n; i++)
		cmd[head_len + i] = i * 7 + i / 251;
	if (by_write) {
		ret = write(fd, cmd, cmd_len) == (ssize_t)cmd_len ? 0 : -errno;
		got = ret ? ret : read(fd, resp, ISO7816_RESPONSE_MAX);
	} else {
		ret = xfer_bytes(fd, cmd, cmd_len, resp, &len, 0);
		got = ret ? ret : (ssize_t)len;
	}
	ret = got == (ssize_t)n + 2 ? memcmp(resp, cmd + head_len, n) : 1;
	len = got > 1 ? resp[got - 2] << 8 | resp[got - 1] : 0;
	free(cmd);
	free(resp);
	CHECK_EQ(got, (ssize_t)n + 2);
	CHECK(!ret, "other bytes");
	CHECK_EQ(len, 0x9000);
	return KTAP_PASS;
}

static enum ktap_result long_answer(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);
	unsigned int i;

	CHECK_EQ(xfer(fd, "80EE020000", resp, &len), 0);
	CHECK_EQ(len, 258);
	for (i = 0; i < 256; i++)
		CHECK_EQ(resp[i], i);
	CHECK_EQ(resp[256] << 8 | resp[257], 0x9000);
	return KTAP_PASS;
}

static enum ktap_result exchanges(const struct profile *p, const char *ts)
{
	static const uint8_t short_head[] = { 0x80, 0xee, 0, 0, 255 };
	static const uint8_t long_head[] = { 0x80, 0xee, 0, 0, 0, LONG_DATA >> 8,
					     LONG_DATA & 0xff };
	struct iso7816_state state = { 0 };

	CHECK_PASS(activate(p, ts));
	CHECK_PASS(echoed(short_head, sizeof(short_head), 255, 1, false));
	CHECK_PASS(long_answer());
	if (p->protocol == 1) {
		CHECK_PASS(echoed(long_head, sizeof(long_head), LONG_DATA, 2, false));
		CHECK_PASS(echoed(long_head, sizeof(long_head), LONG_DATA, 2, true));
		CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
		CHECK_EQ(state.ifsd, 254);
	}
	return KTAP_PASS;
}

int main(void)
{
	static const char *const ts[] = { TS_DIRECT, TS_INVERSE };
	const size_t n = sizeof(profiles) / sizeof(profiles[0]);
	struct iso7816_info info = { 0 };
	size_t i, failed = 0;

	fd = reader_open(0);
	if (fd < 0 || fresh_card(fd) != KTAP_PASS) {
		printf("TAP version 13\n1..1\nnot ok 1 - a reader and a card (%d)\n", fd);
		return 1;
	}
	reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info);
	printf("TAP version 13\n1..%zu\n", 2 * n);
	for (i = 0; i < 2 * n; i++) {
		bool ok = exchanges(&profiles[i / 2], ts[i % 2]) == KTAP_PASS;

		printf("%sok %zu - %s, %s%s\n", ok ? "" : "not ", i + 1, profiles[i / 2].name,
		       i % 2 ? "inverse" : "direct",
		       info.phy_caps & ISO7816_PHY_ECHO ? ", echo" : "");
		fflush(stdout);
		failed += !ok;
	}
	return failed ? 1 : 0;
}
