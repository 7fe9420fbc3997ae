// SPDX-License-Identifier: BSD-3-Clause
/*
 * T=1: recovery on the link, recovery by reset, chains that are aborted, and the longest
 * APDUs there are.
 */
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

/* T=1, 372/4, IFSC 254, BWI 1, CWI 5: a block waiting time of 0.2 s */
#define ATR_T1		"3BFD13000081" "31FE158073C021C057597562694B657940"
#define STATUS		"80F2000C00"
/* 256 bytes: two blocks at an IFSD of 254 */
#define LONG_ANSWER	"80EE020000"

static int fd = -1;

static enum ktap_result begin(uint32_t *generation)
{
	if (fd < 0)
		fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr " ATR_T1), 0);
	CHECK_EQ(power_on(fd, generation), 0);
	forget_events(fd);
	return KTAP_PASS;
}

static uint32_t generation_now(void)
{
	struct iso7816_state state = { 0 };

	reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state);
	return state.generation;
}

static enum ktap_result answers(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);
	unsigned int i;

	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), 0);
	CHECK_EQ(len, 258);
	for (i = 0; i < 256; i++)
		CHECK_EQ(resp[i], i);
	CHECK_EQ(resp[256] << 8 | resp[257], 0x9000);
	return KTAP_PASS;
}

static enum ktap_result sizes(void)
{
	struct iso7816_state state = { 0 };
	struct iso7816_info info = { 0 };

	CHECK_PASS(begin(NULL));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK(info.features & ISO7816_FEATURE_T1, "no T=1");
	CHECK(info.features & ISO7816_FEATURE_PPS, "no PPS");
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.protocol, 1);
	CHECK_EQ(state.ifsc, 254);
	CHECK_EQ(state.ifsd, 32);
	CHECK_PASS(answers());
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.ifsd, 254);
	return KTAP_PASS;
}

/* One fault that the protocol itself gets over: no reset, no error */
static enum ktap_result survives(const char *fault)
{
	uint32_t generation;
	int block;

	for (block = 1; block <= 3; block++) {
		CHECK_PASS(begin(&generation));
		CHECK_EQ(card("fault %s@%d", fault, block), 0);
		CHECK_PASS(answers());
		CHECK_PASS(answers());
		CHECK_EQ(generation_now(), generation);
	}
	return KTAP_PASS;
}

static enum ktap_result bad_edc(void) { return survives("bad-edc"); }
static enum ktap_result bad_seq(void) { return survives("bad-seq"); }
static enum ktap_result bad_pcb(void) { return survives("bad-pcb"); }
static enum ktap_result bad_len(void) { return survives("bad-len"); }
static enum ktap_result bad_nad(void) { return survives("bad-nad"); }
static enum ktap_result lost_block(void) { return survives("lose-block"); }

static enum ktap_result aborted(void)
{
	uint32_t generation, len;
	uint8_t resp[300];

	CHECK_PASS(begin(&generation));
	CHECK_PASS(answers());
	/* so far: S(IFS response), two I-blocks; now the second of a chain */
	CHECK_EQ(card("fault abort@5"), 0);
	len = sizeof(resp);
	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), -ECANCELED);
	CHECK_EQ(generation_now(), generation);
	return answers();
}

/* The card needed a reset: the caller is told, and all is well again */
static enum ktap_result recovers(const char *fault, int error, uint32_t timeout_ms,
				 uint64_t bound_ms)
{
	static const uint8_t cmd[] = { 0x80, 0xee, 0x02, 0x00, 0x00 };
	struct iso7816_event event;
	uint32_t generation, len = 300;
	uint8_t resp[300];
	uint64_t start;

	CHECK_PASS(begin(&generation));
	CHECK_PASS(answers());
	CHECK_EQ(card("fault %s", fault), 0);
	start = now_ms();
	CHECK_EQ(xfer_bytes(fd, cmd, sizeof(cmd), resp, &len, timeout_ms), error);
	CHECK(now_ms() - start < bound_ms, "%llu ms",
	      (unsigned long long)(now_ms() - start));
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_RECOVERY);
	CHECK(generation_now() != generation, "same generation");
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	return answers();
}

/* Three attempts and three S(RESYNCH request)s, each with a BWT of 0.2 s and slack */
static enum ktap_result silent(void)
{
	return recovers("stop@out:1", -ETIMEDOUT, 0, 8000);
}

static enum ktap_result wtx_storm(void)
{
	return recovers("wtx-storm@1", -ETIMEDOUT, 700, 5000);
}

static enum ktap_result no_room(void)
{
	uint8_t resp[100];
	uint32_t generation, len = sizeof(resp);

	CHECK_PASS(begin(&generation));
	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), -EMSGSIZE);
	CHECK_PASS(answers());
	CHECK_EQ(generation_now(), generation);
	return KTAP_PASS;
}

/* 65 544 bytes there and 65 538 back, by write and read */
static enum ktap_result longest(void)
{
	const size_t nc = 65535, cmd_len = 7 + nc + 2;
	uint8_t *cmd = calloc(1, cmd_len), *resp = calloc(1, ISO7816_RESPONSE_MAX);
	static const uint8_t most[] = { 0x80, 0xee, 0x02, 0x00, 0x00, 0x00, 0x00 };
	ssize_t wrote, got, got_most;
	int same, sw;
	size_t i;

	CHECK_EQ(cmd_len, ISO7816_COMMAND_MAX);
	CHECK_PASS(begin(NULL));
	memcpy(cmd, "\x80\xee\x00\x00\x00\xff\xff", 7);
	for (i = 0; i < nc; i++)
		cmd[7 + i] = i * 7 + i / 251;
	wrote = write(fd, cmd, cmd_len);
	got = read(fd, resp, ISO7816_RESPONSE_MAX);
	same = !memcmp(resp, cmd + 7, nc);
	sw = resp[nc] << 8 | resp[nc + 1];
	wrote = wrote == (ssize_t)cmd_len ? write(fd, most, sizeof(most)) : -1;
	got_most = read(fd, resp, ISO7816_RESPONSE_MAX);
	for (i = 0; i < 65536; i++)
		same = same && resp[i] == (i & 0xff);
	free(cmd);
	free(resp);
	CHECK_EQ(wrote, (ssize_t)sizeof(most));
	CHECK_EQ(got, (ssize_t)nc + 2);
	CHECK_EQ(got_most, ISO7816_RESPONSE_MAX);
	CHECK_EQ(sw, 0x9000);
	CHECK(same, "other bytes");
	return KTAP_PASS;
}

static enum ktap_result pulled(void)
{
	uint8_t resp[300];
	uint32_t len = sizeof(resp);

	CHECK_PASS(begin(NULL));
	CHECK_EQ(card("fault remove@out:120"), 0);
	CHECK_EQ(xfer(fd, LONG_ANSWER, resp, &len), -ENOMEDIUM);
	CHECK_PASS(begin(NULL));
	return answers();
}

static const struct ktap_test tests[] = {
	{ "features and sizes", sizes },
	{ "EDC wrong", bad_edc },
	{ "sequence number wrong", bad_seq },
	{ "PCB wrong", bad_pcb },
	{ "LEN wrong", bad_len },
	{ "NAD wrong", bad_nad },
	{ "block lost", lost_block },
	{ "chain aborted by the card: ECANCELED, no reset", aborted },
	{ "silent card: reset", silent },
	{ "WTX without end: reset", wtx_storm },
	{ "answer too long for its room: no reset", no_room },
	{ "card pulled in an answer", pulled },
	{ "longest command and answer", longest },
};

KTAP_MAIN(tests)
