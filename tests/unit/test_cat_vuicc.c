// SPDX-License-Identifier: BSD-3-Clause
/*
 * The engine against the virtual card, with nothing between them but TPDUs: what one
 * understands of the standard is held against what the other does.  Over T=0, and the
 * same over T=1.
 */
#include "unit/cat-rig.h"
#include "unit/vuicc-reader.h"
#include "vuicc/t1-block.h"

#define T1_ATR	"3BD096FF81B1FE451F072A"

static struct reader card;
static bool over_t1;
static uint8_t t1_ns, t1_nr;

/* A block to the card, and the one that comes back; returns the length of its INF. */
static size_t t1_block(uint8_t pcb, const uint8_t *inf, size_t len, uint8_t *answer)
{
	uint8_t b[UICC_T1_BLOCK_MAX];
	size_t n = uicc_t1_build(b, pcb, inf, (uint8_t)len, false);

	uicc_skip_time(uicc_link_etu(&card.card, 13));
	uicc_take(&card.card, b, n);
	assert_true(recv(card.fd, answer, UICC_T1_BLOCK_MAX, MSG_DONTWAIT) >= 4);
	return answer[2];
}

/* An APDU that fits one block, a response that may not. */
static uint16_t t1_apdu(const uint8_t *cmd, size_t len, uint8_t *resp, size_t *resp_len)
{
	uint8_t b[UICC_T1_BLOCK_MAX], all[260];
	size_t n, got = 0;

	/* the rig's commands have P3, whatever the case */
	if (len == 5 && cmd[1] == 0xf2)
		len = 4;
	n = t1_block((uint8_t)(t1_ns << 6), cmd, len, b);
	t1_ns ^= 1;
	for (;;) {
		assert_int_equal(b[1] & ~UICC_T1_I_MORE, t1_nr << 6);
		assert_true(got + n <= sizeof(all));
		memcpy(all + got, b + 3, n);
		got += n;
		t1_nr ^= 1;
		if (!(b[1] & UICC_T1_I_MORE))
			break;
		n = t1_block(UICC_T1_R | (uint8_t)(t1_nr << 4), NULL, 0, b);
	}
	assert_true(got >= 2);
	*resp_len = got - 2;
	memcpy(resp, all, got - 2);
	return (uint16_t)(all[got - 2] << 8 | all[got - 1]);
}

static uint16_t card_apdu(const uint8_t *cmd, size_t len, uint8_t *resp, size_t *resp_len)
{
	return over_t1 ? t1_apdu(cmd, len, resp, resp_len) :
			 reader_tpdu(&card, cmd, len, resp, resp_len);
}

/* The card's turn: answers what is with it, until the engine has nothing more to say. */
static void serve(void)
{
	uint8_t resp[260];
	size_t len;
	uint16_t sw;

	while (rig.waiting) {
		sw = card_apdu(rig.apdu, rig.apdu_len, resp, &len);
		resp[len] = (uint8_t)(sw >> 8);
		resp[len + 1] = (uint8_t)sw;
		answer_bytes(resp, len + 2);
	}
}

/* STATUS, as the driver sends it on an idle line */
static void poll_card(void)
{
	static const uint8_t status[] = { 0x80, 0xf2, 0x00, 0x0c, 0x00 };
	uint8_t resp[260];
	size_t len;
	uint16_t sw = card_apdu(status, sizeof(status), resp, &len);

	if (sw >> 8 == 0x91)
		cat_proactive_pending(rig.cat, sw & 0xff ? sw & 0xff : 256);
	serve();
}

static void run(unsigned int rounds)
{
	while (rounds--) {
		pump_once(5);
		serve();
		poll_card();
	}
}

static uint16_t start_card(unsigned int local_trigger_s)
{
	uint16_t port;

	setup(NULL);
	port = free_port();
	memset(&card, 0, sizeof(card));
	uicc_options_default(&card.opt);
	card.opt.bip.port = port;
	card.opt.bip.local_trigger_s = local_trigger_s;
	if (over_t1)
		card.opt.atr_len = (size_t)uicc_hex_parse(T1_ATR, card.opt.atr, UICC_ATR_ROOM);
	reader_open(&card);
	reader_power(&card);
	reader_hex(&card);
	t1_ns = t1_nr = 0;
	if (over_t1)
		t1_block(UICC_T1_IFS, &(const uint8_t){ 254 }, 1, (uint8_t[UICC_T1_BLOCK_MAX]){ 0 });
	cat_card_reset(rig.cat);
	serve();
	poll_card();
	return port;
}

static int stop_card(void **state)
{
	reader_close(&card);
	return teardown(state);
}

static void gateway_opens(void **state)
{
	start_card(0);
	assert_true(cat_scws_ready(rig.cat));
	assert_false(cat_starting(rig.cat));
	assert_string_equal(uicc_bip_state(&card.card.bip), "listen");
	assert_int_equal(card.card.trace.violations, 0);
}

static void http_exchange(uint16_t port, const char *request, const char *reply, size_t len)
{
	int fd = connect_client(port);
	char got[16384];
	size_t n = 0;
	ssize_t r;
	int rounds = 2000;

	stub.log[0] = '\0';
	stub.reply = reply;
	stub.reply_len = len;
	stub.close = true;
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	while (rounds--) {
		run(1);
		r = recv(fd, got + n, sizeof(got) - n, MSG_DONTWAIT);
		if (!r)
			break;
		if (r > 0)
			n += (size_t)r;
	}
	close(fd);
	assert_int_equal(n, len);
	assert_memory_equal(got, reply, len);
	assert_non_null(strstr(stub.log, request));
}

static void http_through_the_gateway(void **state)
{
	uint16_t port = start_card(0);
	static char big[9000];

	memset(big, 'x', sizeof(big));
	memcpy(big, "HTTP/1.1 200 OK\r\n\r\n", 19);
	http_exchange(port, "GET /dm HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", 27);
	/* the channel is good for the next client, and for long answers */
	http_exchange(port, "GET /big HTTP/1.1\r\n\r\n", big, sizeof(big));
	http_exchange(port, "GET /dm HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", 27);
	run(3);
	assert_string_equal(uicc_bip_state(&card.card.bip), "listen");
	assert_int_equal(card.card.trace.violations, 0);
}

static void client_leaves_in_the_middle(void **state)
{
	uint16_t port = start_card(0);
	int fd = connect_client(port);

	run(3);
	assert_string_equal(uicc_bip_state(&card.card.bip), "established");
	close(fd);
	run(3);
	assert_string_equal(uicc_bip_state(&card.card.bip), "listen");
	http_exchange(port, "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", 27);
	assert_int_equal(card.card.trace.violations, 0);
}

static void local_trigger(void **state)
{
	struct sockaddr_in sa = loopback(UICC_PUSH_PORT);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;
	uint8_t got[600];

	assert_true(fd >= 0);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		/* another program on this machine listens for pushes */
		close(fd);
		start_card(0);
		skip();
	}
	start_card(5);
	stub.push_len = 300;
	advance(4999);
	run(2);
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
	advance(1);
	serve();
	run(3);
	/* more than one SEND DATA, yet one datagram */
	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), 300);
	for (i = 0; i < 300; i++)
		assert_int_equal(got[i], i & 0xff);
	assert_true(cat_scws_ready(rig.cat));
	assert_int_equal(card.card.trace.violations, 0);
	close(fd);
}

static int with_t1(void **state)
{
	over_t1 = true;
	return 0;
}

#define CASE(fn)	cmocka_unit_test_teardown(fn, stop_card)
#define CASE_T1(fn)	{ #fn "_over_t1", fn, with_t1, stop_card, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(gateway_opens),
		CASE(http_through_the_gateway),
		CASE(client_leaves_in_the_middle),
		CASE(local_trigger),
		CASE_T1(gateway_opens),
		CASE_T1(http_through_the_gateway),
		CASE_T1(client_leaves_in_the_middle),
		CASE_T1(local_trigger),
	};

	return cmocka_run_group_tests_name("cat vuicc", tests, NULL, NULL);
}
