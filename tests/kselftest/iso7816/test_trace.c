// SPDX-License-Identifier: BSD-3-Clause
/*
 * Tracepoints: what they say of a session with a card, and what they must not say.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

#define TRACING	"/sys/kernel/tracing"
#define STATUS	"80F2000C00"
/* PIN 1 of the card, wrong on purpose: 8 digits that occur nowhere else */
#define VERIFY	"0020000108 3937353331383634"

static int fd = -1;
static char trace[65536];

static enum ktap_result put(const char *name, const char *text)
{
	char path[128];
	int file;

	snprintf(path, sizeof(path), TRACING "/%s", name);
	file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CHECK(file >= 0, "%s: errno %d", path, errno);
	CHECK_EQ(write(file, text, strlen(text)), strlen(text));
	close(file);
	return KTAP_PASS;
}

static enum ktap_result begin(void)
{
	CHECK_PASS(put("trace", "\n"));
	CHECK_PASS(put("tracing_on", "1"));
	return put("events/iso7816/enable", "1");
}

static enum ktap_result end(void)
{
	size_t len = 0;
	ssize_t n;
	int file;

	CHECK_PASS(put("events/iso7816/enable", "0"));
	file = open(TRACING "/trace", O_RDONLY | O_CLOEXEC);
	CHECK(file >= 0, "trace");
	while (len + 1 < sizeof(trace)) {
		n = read(file, trace + len, sizeof(trace) - 1 - len);
		if (n <= 0)
			break;
		len += n;
	}
	close(file);
	trace[len] = 0;
	return KTAP_PASS;
}

/* Each of @words, in this order, in lines of the trace */
static enum ktap_result in_order(const char *const *words, size_t n)
{
	const char *at = trace;
	size_t i;

	for (i = 0; i < n; i++) {
		at = strstr(at, words[i]);
		CHECK(at, "\"%s\" is not in the trace, or not in its place", words[i]);
		at += strlen(words[i]);
	}
	return KTAP_PASS;
}

#define CHECK_TRACE(...)							\
	do {									\
		static const char *const words[] = { __VA_ARGS__ };		\
										\
		CHECK_PASS(in_order(words, sizeof(words) / sizeof(words[0])));	\
	} while (0)

static enum ktap_result activation(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	if (access(TRACING "/events/iso7816", F_OK))
		return KTAP_SKIP;
	CHECK_PASS(fresh_card(fd));
	CHECK_PASS(begin());
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(end());
	CHECK_TRACE("iso7816_reset: iso7816-", " power-on generation=",
		    "iso7816_state: iso7816-", " present -> discharge",
		    "discharge -> powering", "powering -> rst-low", "rst-low -> atr",
		    "-> active", "iso7816_event: iso7816-", " seq=", "CARD_RESET value=1 ");
	return KTAP_PASS;
}

static enum ktap_result command(void)
{
	char sw[32];
	int ret;

	CHECK_PASS(begin());
	ret = sw_of(fd, STATUS);
	CHECK_PASS(end());
	CHECK(ret > 0, "STATUS: %d", ret);
	CHECK_TRACE("active -> exchange", "iso7816_xfer_begin: iso7816-",
		    " T=0 header=80f2000c len=5",
		    "exchange -> active", "iso7816_xfer_end: iso7816-", " error=0 len=2 sw=");
	snprintf(sw, sizeof(sw), "sw=%04x", ret);
	CHECK(strstr(trace, sw), "no %s", sw);
	CHECK(!strstr(trace, "iso7816_t1_block"), "blocks with T=0");
	return KTAP_PASS;
}

/* A PIN is in none of them, in no form. */
static enum ktap_result secrets(void)
{
	static const char *const forms[] = {
		"3937353331383634", "39 37 35 33", "97531864", "393735", "9753",
	};
	size_t i;
	int ret;

	CHECK_PASS(begin());
	ret = sw_of(fd, VERIFY);
	CHECK_PASS(end());
	CHECK_EQ(ret >> 8 & 0xf0, 0x60);
	CHECK_TRACE("iso7816_xfer_begin: iso7816-", " T=0 header=00200001 len=13",
		    "iso7816_xfer_end: iso7816-", " error=0 len=2 sw=6");
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		CHECK(!strstr(trace, forms[i]), "the PIN is in the trace, as %s", forms[i]);
	return KTAP_PASS;
}

static enum ktap_result blocks(void)
{
	int ret;

	CHECK_PASS(fresh_card(fd));
	/* T=1 only */
	CHECK_EQ(card("atr 3BFD1300008131FE158073C021C057597562694B657940"), 0);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_PASS(begin());
	ret = sw_of(fd, STATUS);
	CHECK_PASS(end());
	CHECK(ret > 0, "STATUS: %d", ret);
	/* S(IFS request) and its response, then the command and its answer */
	CHECK_TRACE("xfer_begin: iso7816-", " T=1 header=80f2000c",
		    "iso7816_t1_block: iso7816-", " out nad=00 pcb=c1 len=1",
		    "iso7816_t1_block: iso7816-", " in nad=00 pcb=e1 len=1",
		    "iso7816_t1_block: iso7816-", " out nad=00 pcb=00 len=5",
		    "iso7816_t1_block: iso7816-", " in nad=00 pcb=00 len=2",
		    "iso7816_xfer_end: iso7816-", " error=0 len=2");
	return active_card(fd);
}

static enum ktap_result failure(void)
{
	uint8_t resp[16];
	uint32_t len = sizeof(resp);
	static const uint8_t status[] = { 0x80, 0xf2, 0x00, 0x0c, 0x00 };

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("fault null-storm@1"), 0);
	CHECK_PASS(begin());
	CHECK_EQ(xfer_bytes(fd, status, sizeof(status), resp, &len, 500), -ETIMEDOUT);
	CHECK_PASS(end());
	CHECK_TRACE("active -> exchange", "ERROR value=110 ", "iso7816_reset: iso7816-",
		    " recovery", "exchange -> rst-low", "-> active", "iso7816_xfer_end: iso7816-",
		    " error=-110");
	return active_card(fd);
}

static const struct ktap_test tests[] = {
	{ "an activation, state by state", activation },
	{ "a command and its response", command },
	{ "no PIN in the trace", secrets },
	{ "T=1 blocks by their prologues", blocks },
	{ "a command that fails, and the recovery", failure },
};

KTAP_MAIN(tests)
