// SPDX-License-Identifier: BSD-3-Clause
/*
 * BIP channels on real loopback sockets: the gateway to the card's server, and the
 * card's own connections to services of the device.
 */
#include "unit/cat-rig.h"

#include <sys/resource.h>

#define CLOSE_TO_LISTEN_1	"D009810306410182028121"
#define CLOSE_TO_LISTEN_1_OK	"810306410182028281830100"
#define CLOSE_1			"D009810308410082028121"
#define CLOSE_1_OK		"810308410082028281830100"
#define GET_STATUS		"D009810307440082028182"
#define STATUS_TR(objects)	"810307440082028281830100" objects
#define RECEIVE_1(n)		"D00C810303420082028121B701" n
#define RECEIVE_TR(tail)	"8103034200820282818301" tail
#define SEND_STORE_1_ABC	"D00E810304430082028121B603414243"
#define SEND_NOW_1_DEF		"D00E810305430182028121B603444546"
#define EVENT_STATUS_1(st)	"80C200000DD60B99010A82028281B802" st
#define EVENT_DATA_1(n)		"80C2000010D60E99010982028281B8028100B701" n

static uint16_t port;

/* OPEN CHANNEL in server mode at port, buffer size in hex */
static void open_server(uint16_t p, const char *size, const char *response_tail)
{
	char cmd[64], tr[96];

	snprintf(cmd, sizeof(cmd), "D0128103024000820281823902%s3C0303%04X", size, p);
	snprintf(tr, sizeof(tr), "81030240008202828183%s", response_tail);
	command(cmd, tr);
}

static int setup_server(void **state)
{
	setup_idle(state);
	port = free_port();
	command(EVENTS_BOTH, EVENTS_BOTH_OK);
	open_server(port, "05DC", "0100 38024100 390205DC");
	assert_idle();
	return 0;
}

/* A client that the card was told of */
static int told_client(void)
{
	int fd = connect_client(port);

	pump_until_apdu();
	exchange(EVENT_STATUS_1("8100"), "9000");
	assert_idle();
	return fd;
}

/* ---- the gateway ---- */

static void http_get_to_the_byte(void **state)
{
	static const char request[] = "GET /dm HTTP/1.1\r\nHost: 127.0.0.1:3516\r\n\r\n";
	static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
	struct cat_stats stats;
	char apdu[128];
	int fd;

	assert_int_equal(strlen(request), 42);
	setup(NULL);
	port = free_port();
	cat_card_reset(rig.cat);
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "910F");
	exchange("801200000F", "D00D810301050082028182 9902090A 9000");
	exchange("801400000C 810301050082028281830100", "9114");
	snprintf(apdu, sizeof(apdu), "D012 8103024000 82028182 390205DC 3C0303%04X 9000", port);
	exchange("8012000014", apdu);
	exchange("8014000014 8103024000 82028281 830100 38024100 390205DC", "9000");
	assert_true(cat_scws_ready(rig.cat));

	fd = connect_client(port);
	pump_until_apdu();
	exchange("80C200000D D60B 99010A 82028281 B8028100", "9000");
	assert_int_equal(send(fd, request, 42, 0), 42);
	pump_until_apdu();
	exchange("80C2000010 D60E 990109 82028281 B8028100 B7012A", "910E");
	exchange("801200000E", "D00C 8103034200 82028121 B701ED 9000");
	exchange("801400003B 8103034200 82028281 830102 B62A"
		 "474554202F646D20485454502F312E310D0A486F73743A203132372E302E302E313A33"
		 "3531360D0A0D0A B70100", "9120");
	exchange("8012000020", "D01E 8103044300 82028121 B613"
		 "485454502F312E3120323030204F4B0D0A436F 9000");
	exchange("801400000F 8103044300 82028281 830100 B701FF", "9122");
	exchange("8012000022", "D020 8103054301 82028121 B615"
		 "6E74656E742D4C656E6774683A20320D0A0D0A4F4B 9000");
	exchange("801400000F 8103054301 82028281 830100 B701FF", "910B");
	expect_bytes(fd, response, strlen(response));
	exchange("801200000B", "D009 8103064101 82028121 9000");
	exchange("801400000C 8103064101 82028281 830100", "9000");
	expect_end(fd);
	close(fd);
	pump_quiet();
	assert_idle();
	assert_true(cat_scws_ready(rig.cat));
	cat_get_stats(rig.cat, &stats);
	assert_int_equal(stats.bytes_up, 42);
	assert_int_equal(stats.bytes_down, 40);
	assert_int_equal(stats.envelopes, 2);
}

/* 411 bytes: two RECEIVE DATA and only one event */
static void post_in_two_parts(void **state)
{
	int fd = told_client(), i;
	uint8_t body[411];

	for (i = 0; i < 411; i++)
		body[i] = (uint8_t)i;
	assert_int_equal(send(fd, body, sizeof(body), 0), 411);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("FF"));
	deliver_command(RECEIVE_1("ED"));
	assert_int_equal(rig.apdu[4], 0xff);
	assert_int_equal(rig.apdu_len, 5 + 255);
	assert_string_equal(to_hex(rig.apdu + 5, 15), "810303420082028281830100B681ED");
	assert_memory_equal(rig.apdu + 20, body, 237);
	assert_string_equal(to_hex(rig.apdu + 257, 3), "B701AE");
	deliver_command(RECEIVE_1("ED"));
	assert_int_equal(rig.apdu[4], 192);
	assert_string_equal(to_hex(rig.apdu + 5, 15), "810303420082028281830102B681AE");
	assert_memory_equal(rig.apdu + 20, body + 237, 174);
	assert_string_equal(to_hex(rig.apdu + 194, 3), "B70100");
	answer("9000");
	assert_idle();
	/* once drained, new bytes are news */
	assert_int_equal(send(fd, "x", 1, 0), 1);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("01"));
	deliver_command(RECEIVE_1("01"));
	expect_response(RECEIVE_TR("00B60178B70100"));
	answer("9000");
	close(fd);
}

static void receive_limits(void **state)
{
	int fd = told_client();
	uint8_t body[600] = { 0 };

	/* nothing there */
	command(RECEIVE_1("ED"), RECEIVE_TR("02B600B70100"));
	command(RECEIVE_1("00"), RECEIVE_TR("00B600B70100"));
	assert_int_equal(send(fd, body, sizeof(body), 0), 600);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("FF"));
	/* FF is more than a response can carry: 237, and the counter of the rest is capped */
	deliver_command(RECEIVE_1("FF"));
	assert_string_equal(to_hex(rig.apdu + 5, 15), "810303420082028281830100B681ED");
	assert_string_equal(to_hex(rig.apdu + 257, 3), "B701FF");
	deliver_command(RECEIVE_1("EC"));
	assert_string_equal(to_hex(rig.apdu + 5, 15), "810303420082028281830100B681EC");
	assert_string_equal(to_hex(rig.apdu + 256, 3), "B7017F");
	deliver_command(RECEIVE_1("7F"));
	assert_string_equal(to_hex(rig.apdu + 5, 14), "810303420082028281830100B67F");
	answer("9000");
	assert_idle();
	close(fd);
}

/* Never to be reached from outside the device. */
static void listens_on_loopback_only(void **state)
{
	struct sockaddr_in sa = { 0 };
	socklen_t len = sizeof(sa);

	assert_int_equal(getsockname(rig.cat->channels[0].listen_fd, (struct sockaddr *)&sa, &len),
			 0);
	assert_int_equal(ntohl(sa.sin_addr.s_addr), INADDR_LOOPBACK);
	assert_int_equal(ntohs(sa.sin_port), port);
}

static void open_results(void **state)
{
	uint16_t other = free_port();
	char tr[64];

	/* the port is taken by our own first channel */
	open_server(port, "05DC", "023A10");
	/* privileged, or none */
	open_server(80, "05DC", "023A10");
	open_server(0, "05DC", "023A10");
	/* buffer reduced; the terminal's choice */
	open_server(other, "0800", "0107 38024200 390205DC");
	command("D009810308410082028122", "810308410082028281830100");
	open_server(other, "0000", "0100 38024200 390205DC");
	command("D009810308410082028122", "810308410082028281830100");
	open_server(other, "0001", "0100 38024200 39020001");
	command(GET_STATUS, STATUS_TR("B8024100B8024200"));
	command("D009810308410082028122", "810308410082028281830100");
	command(GET_STATUS, STATUS_TR("B8024100"));
	snprintf(tr, sizeof(tr), "D00E8103024000820281823C0303%04X", other);
	command(tr, "810302400082028281830136");
	command("D00D8103024000820281823902 05DC", "810302400082028281830136");
	command("D01281030240008202818239 0205DC3C03090DBC", "810302400082028281830132");
	command("D01281030240008202818239 0205DC3C03060DBC", "810302400082028281830130");
	command("D01281030240008202818239 0205DC3C03020DBC", "810302400082028281830130");
}

static void seven_channels(void **state)
{
	char tail[64];
	unsigned int i;

	for (i = 2; i <= 7; i++) {
		snprintf(tail, sizeof(tail), "0100 38024%u00 390205DC", i);
		open_server(free_port(), "05DC", tail);
	}
	open_server(free_port(), "05DC", "023A01");
	command(GET_STATUS, STATUS_TR("B8024100B8024200B8024300B8024400B8024500B8024600B8024700"));
	/* the lowest free id is the next one */
	command("D009810308410082028123", "810308410082028281830100");
	open_server(free_port(), "05DC", "0100 38024300 390205DC");
}

static void only_the_configured_port(void **state)
{
	struct cat_ops ops = rig_ops();
	struct cat_config cfg;
	uint16_t mine = free_port();

	cat_config_defaults(&cfg);
	cfg.scws_port = mine;
	cfg.channel_buffer_max = 1024;
	rig_new(&cfg, &ops);
	cat_card_reset(rig.cat);
	answer("9000");
	answer("9000");
	open_server((uint16_t)(mine ^ 1), "05DC", "023A10");
	assert_false(cat_scws_ready(rig.cat));
	open_server(mine, "05DC", "0107 38024100 39020400");
	assert_true(cat_scws_ready(rig.cat));
	command(CLOSE_1, CLOSE_1_OK);
	assert_false(cat_scws_ready(rig.cat));
}

static void close_results(void **state)
{
	int fd = told_client();

	/* never opened */
	command("D009810301410082028122", "81030141008202828183023A03");
	command("D009810301410082028127", "81030141008202828183023A03");
	/* back to LISTEN with a client, and without one */
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	expect_end(fd);
	close(fd);
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	command(GET_STATUS, STATUS_TR("B8024100"));
	/* a client and its listener */
	fd = told_client();
	command(CLOSE_1, CLOSE_1_OK);
	expect_end(fd);
	close(fd);
	command(GET_STATUS, STATUS_TR("B8020000"));
	assert_int_equal(watches_armed(), 0);
	/* closed, not invalid */
	command(CLOSE_1, "81030841008202828183023A02");
	command(RECEIVE_1("ED"), "81030342008202828183023A02");
	command(SEND_NOW_1_DEF, "81030543018202828183023A02");
	assert_false(cat_scws_ready(rig.cat));
	/* the port is free at once */
	open_server(port, "05DC", "0100 38024100 390205DC");
}

static void client_that_leaves(void **state)
{
	int fd = told_client();

	close(fd);
	pump_until_apdu();
	exchange(EVENT_STATUS_1("4100"), "9000");
	assert_idle();
	command(SEND_NOW_1_DEF, "81030543018202828183023A02");
	command(RECEIVE_1("ED"), "81030342008202828183023A02");
	/* the next one is served */
	fd = told_client();
	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	deliver_command(RECEIVE_1("03"));
	expect_response(RECEIVE_TR("00B603616263B70100"));
	answer("9000");
	close(fd);
}

/* A client that has its answer and closes is gone; there is nothing to wait for. */
static void client_that_has_its_answer_leaves(void **state)
{
	int fd = told_client();

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	deliver_command(RECEIVE_1("03"));
	answer("9000");
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	expect_bytes(fd, "DEF", 3);
	close(fd);
	pump_until_apdu();
	exchange(EVENT_STATUS_1("4100"), "9000");
	assert_idle();
}

/* What the client still had to say must not cost it the end of the answer. */
static void hanging_up_is_no_reset(void **state)
{
	static uint8_t much[20000];
	int fd = told_client();

	assert_int_equal(send(fd, much, sizeof(much), 0), sizeof(much));
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("FF"));
	deliver_command(SEND_NOW_1_DEF);
	answer("9000");
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	expect_bytes(fd, "DEF", 3);
	expect_end(fd);
	close(fd);
}

static void client_that_breaks_off(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	int fd = told_client();

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	pump_quiet();
	answer("9000");
	/* its bytes are gone with it */
	exchange(EVENT_STATUS_1("4100"), "9000");
	assert_idle();
	fd = told_client();
	command(RECEIVE_1("ED"), RECEIVE_TR("02B600B70100"));
	close(fd);
}

/* No event of data that went with the client while the card was too busy to hear of them. */
static void busy_card_does_not_hear_of_lost_data(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	int fd = told_client();

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	pump_quiet();
	answer("9300");
	advance(100);
	exchange(EVENT_STATUS_1("4100"), "9000");
	assert_idle();
}

static void send_finds_the_client_gone(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	int fd = told_client();

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	/* not even the event loop has noticed yet */
	deliver_command(SEND_NOW_1_DEF);
	expect_response("81030543018202828183023A02");
	answer("9000");
	exchange(EVENT_STATUS_1("4100"), "9000");
	assert_idle();
}

/* A client that has said all it has to say still wants its answer. */
static void half_closed_client_gets_its_answer(void **state)
{
	int fd = told_client();

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	shutdown(fd, SHUT_WR);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	pump_quiet();
	deliver_command(RECEIVE_1("03"));
	expect_response(RECEIVE_TR("00B603616263B70100"));
	answer("9000");
	pump_quiet();
	assert_idle();
	advance(9000);
	command(SEND_STORE_1_ABC, "810304430082028281830100B701FF");
	advance(9000);
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	expect_bytes(fd, "ABCDEF", 6);
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	expect_end(fd);
	close(fd);
	advance(60000);
	assert_idle();
}

static void half_closed_client_is_not_kept_for_ever(void **state)
{
	int fd = told_client();

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	shutdown(fd, SHUT_WR);
	pump_until_apdu();
	exchange(EVENT_DATA_1("03"), "9000");
	pump_quiet();
	advance(9999);
	assert_idle();
	advance(1);
	exchange(EVENT_STATUS_1("4100"), "9000");
	expect_end(fd);
	close(fd);
}

static void second_client_waits(void **state)
{
	int a = told_client(), b = connect_client(port);

	assert_int_equal(send(b, "second", 6, 0), 6);
	pump_quiet();
	assert_idle();
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	expect_end(a);
	pump_until_apdu();
	exchange(EVENT_STATUS_1("8100"), "9000");
	pump_until_apdu();
	exchange(EVENT_DATA_1("06"), "9000");
	close(a);
	close(b);
}

/* The card must have heard of the end of one client before the next one speaks. */
static void next_client_waits_for_the_news(void **state)
{
	int a = told_client(), b;

	close(a);
	pump_until_apdu();
	expect_apdu(EVENT_STATUS_1("4100"));
	b = connect_client(port);
	assert_int_equal(send(b, "x", 1, 0), 1);
	pump_quiet();
	answer("9300");
	pump_quiet();
	assert_idle();
	advance(100);
	exchange(EVENT_STATUS_1("4100"), "9000");
	pump_until_apdu();
	exchange(EVENT_STATUS_1("8100"), "9000");
	pump_until_apdu();
	exchange(EVENT_DATA_1("01"), "9000");
	close(b);
}

static void many_clients_fit_the_queue(void **state)
{
	int fds[40], i;

	deliver_command("D01A8103012180820281028D0F04546F6F6C6B697420546573742031");
	for (i = 0; i < 40; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		struct sockaddr_in sa = loopback(port);

		if (connect(fds[i], (struct sockaddr *)&sa, sizeof(sa)) < 0)
			assert_int_equal(errno, EINPROGRESS);
		close(fds[i]);
		pump_once(5);
	}
	pump_quiet();
	assert_in_range(rig.cat->envelopes.n, 1, 3);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	answer("9000");
	exchange(EVENT_STATUS_1("8100"), "9000");
	exchange(EVENT_STATUS_1("4100"), "9000");
}

static void only_listed_events_are_sent(void **state)
{
	int fd;

	command("D00B8103010500820281829900", EVENTS_BOTH_OK);
	fd = connect_client(port);
	pump_quiet();
	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_quiet();
	assert_idle();
	command(GET_STATUS, STATUS_TR("B8028100"));
	/* bytes that wait are reported to a card that asks for the event late */
	deliver_command("D00C810301050082028182990109");
	expect_response(EVENTS_BOTH_OK);
	answer("9000");
	exchange(EVENT_DATA_1("03"), "9000");
	close(fd);
	/* 0A is not in this list */
	pump_quiet();
	advance(60000);
	assert_idle();
	command(GET_STATUS, STATUS_TR("B8024100"));
}

static void event_list_is_replaced(void **state)
{
	int fd = connect_client(port);

	deliver_command("D01A8103012180820281028D0F04546F6F6C6B697420546573742031");
	pump_quiet();
	assert_int_equal(rig.cat->envelopes.n, 1);
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	deliver_command("D00B8103010500820281829900");
	expect_response(EVENTS_BOTH_OK);
	answer("9000");
	/* queued while it was wanted, not wanted any more */
	assert_idle();
	close(fd);
}

static void no_envelope_while_a_command_is_open(void **state)
{
	int fd = told_client();

	cat_proactive_pending(rig.cat, 11);
	expect_apdu("801200000B");
	assert_int_equal(send(fd, "ab", 2, 0), 2);
	pump_quiet();
	expect_apdu("801200000B");
	answer("D009810301020082028182 9000");
	expect_response("810301020082028281830100");
	assert_int_equal(send(fd, "cd", 2, 0), 2);
	pump_quiet();
	answer("910B");
	expect_apdu("801200000B");
	answer("D009810301020082028182 9000");
	answer("9000");
	/* one event for both */
	exchange(EVENT_DATA_1("04"), "9000");
	pump_quiet();
	assert_idle();
	close(fd);
}

/* Taken by the card before it was told: nothing to tell any more. */
static void data_taken_before_the_event(void **state)
{
	int fd = told_client();

	deliver_command("D01A8103012180820281028D0F04546F6F6C6B697420546573742031");
	assert_int_equal(send(fd, "ab", 2, 0), 2);
	pump_quiet();
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	deliver_command(RECEIVE_1("02"));
	expect_response(RECEIVE_TR("00B6026162B70100"));
	answer("9000");
	assert_idle();

	/* what comes after that is told, once */
	deliver_command("D01A8103012180820281028D0F04546F6F6C6B697420546573742031");
	assert_int_equal(send(fd, "cd", 2, 0), 2);
	pump_quiet();
	cat_text_answer(rig.cat, CAT_ANSWER_OK);
	deliver_command(RECEIVE_1("02"));
	assert_int_equal(send(fd, "e", 1, 0), 1);
	pump_quiet();
	answer("9000");
	exchange(EVENT_DATA_1("01"), "9000");
	assert_idle();
	close(fd);
}

static void refused_event_comes_again_after_a_session(void **state)
{
	int fd = told_client();

	assert_int_equal(send(fd, "ab", 2, 0), 2);
	pump_until_apdu();
	exchange(EVENT_DATA_1("02"), "6F00");
	assert_idle();
	deliver_command("D009810301020082028182");
	answer("9000");
	exchange(EVENT_DATA_1("02"), "9000");
	assert_idle();
	close(fd);
}

static void full_receive_buffer_holds_the_client(void **state)
{
	static uint8_t big[400000];
	size_t sent = 0, got = 0;
	int fd = told_client();
	ssize_t n;
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 >> 3);
	n = send(fd, big, sizeof(big), MSG_DONTWAIT);
	assert_true(n > 1500);
	sent = (size_t)n;
	pump_until_apdu();
	exchange(EVENT_DATA_1("FF"), "9000");
	pump_quiet();
	assert_int_equal(rig.cat->channels[0].rx_len, 1500);
	/* and the loop does not turn for what cannot be read */
	assert_false(pump_once(20));
	assert_idle();
	while (got < sent) {
		size_t len;

		deliver_command(RECEIVE_1("ED"));
		assert_int_equal(rig.apdu[5 + 9 + 3], 0xb6);
		len = rig.apdu[5 + 9 + 3 + 1];
		len = len == 0x81 ? rig.apdu[5 + 9 + 3 + 2] : len;
		assert_true(len > 0);
		assert_memory_equal(rig.apdu + 5 + 9 + 3 + (len > 0x7f ? 3 : 2), big + got, len);
		got += len;
		answer("9000");
		if (rig.waiting)
			answer("9000");
		if (got < sent && !rig.cat->channels[0].rx_len)
			pump_once(1000);
		else
			pump_once(0);
		if (rig.waiting)
			answer("9000");
	}
	assert_int_equal(got, sent);
	close(fd);
}

/* A client that does not read: bytes stay here, the card sees the room shrink. */
static void slow_client_holds_the_card(void **state)
{
	char cmd[600], *p = cmd;
	unsigned int i, full = 0;
	size_t sent = 0, got = 0;
	uint8_t buf[4096];
	int fd = told_client();
	ssize_t n;

	p += sprintf(p, "D081FD 8103054301 82028121 B681F1");
	for (i = 0; i < 0xf1; i++)
		p += sprintf(p, "%02X", i);
	for (i = 0; i < 100000 && !full; i++) {
		deliver_command(cmd);
		if (rig.apdu_len == 5 + 13 && rig.apdu[5 + 9 + 2] == 0x3a) {
			expect_response("81030543018202828183023A04");
			full = 1;
		} else {
			assert_string_equal(to_hex(rig.apdu + 5, 14),
					    "810305430182028281830100B701");
			sent += 0xf1;
		}
		answer("9000");
	}
	assert_true(full);
	assert_true(rig.cat->channels[0].tx_flush > 1000);
	/* the client wakes up: every byte comes, in order */
	while (got < sent) {
		pump_once(0);
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			continue;
		}
		assert_true(n > 0);
		for (i = 0; i < (unsigned int)n; i++)
			assert_int_equal(buf[i], (got + i) % 0xf1);
		got += (size_t)n;
	}
	assert_int_equal(rig.cat->channels[0].tx_len, 0);
	close(fd);
}

/* Fills the way to the client until bytes stay in the channel's buffer. */
static void clog_line(int fd)
{
	char cmd[600], *p = cmd;
	unsigned int i;

	p += sprintf(p, "D081FD 8103054301 82028121 B681F1");
	for (i = 0; i < 0xf1; i++)
		p += sprintf(p, "%02X", i);
	for (i = 0; i < 100000 && !rig.cat->channels[0].tx_flush; i++) {
		deliver_command(cmd);
		answer("9000");
	}
	assert_true(rig.cat->channels[0].tx_flush > 0);
}

static void close_waits_for_the_last_bytes(void **state)
{
	int fd = told_client();
	uint8_t buf[65536];
	ssize_t n;

	clog_line(fd);
	deliver_command(CLOSE_TO_LISTEN_1);
	assert_false(rig.waiting);
	while (!rig.waiting) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		assert_true(n > 0 || errno == EAGAIN);
		pump_once(0);
	}
	expect_response(CLOSE_TO_LISTEN_1_OK);
	answer("9000");
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		;
	assert_int_equal(n, 0);
	close(fd);
	fd = told_client();

	/* but not for ever */
	clog_line(fd);
	deliver_command(CLOSE_1);
	assert_false(rig.waiting);
	advance(5000);
	expect_response(CLOSE_1_OK);
	answer("9000");
	close(fd);
	assert_int_equal(watches_armed(), 0);
}

static void client_dies_while_close_waits(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	int fd = told_client();

	clog_line(fd);
	deliver_command(CLOSE_1);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	pump_until_apdu();
	expect_response(CLOSE_1_OK);
	answer("9000");
	if (rig.waiting)
		exchange(EVENT_STATUS_1("4100"), "9000");
	command(GET_STATUS, STATUS_TR("B8020000"));
}

static void polls_faster_while_connected(void **state)
{
	int fd;

	assert_int_equal(rig.poll_ms, 30000);
	fd = told_client();
	assert_int_equal(rig.poll_ms, 500);
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	assert_int_equal(rig.poll_ms, 30000);
	close(fd);
	/* a card that does not want to be asked is not */
	command("D009810301040082028182", "810301040082028281830100");
	fd = told_client();
	assert_int_equal(rig.poll_ms, 0);
	close(fd);
}

static void loss_closes_everything(void **state)
{
	int fd = told_client();
	struct sockaddr_in sa = loopback(port);
	int probe;

	assert_int_equal(send(fd, "abc", 3, 0), 3);
	pump_until_apdu();
	cat_card_lost(rig.cat);
	/* there is no card that the driver could be told how to poll */
	assert_int_equal(rig.poll_ms, 500);
	expect_end(fd);
	assert_int_equal(watches_armed(), 0);
	assert_int_equal(timers_armed(), 0);
	assert_false(cat_scws_ready(rig.cat));
	probe = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(probe, (struct sockaddr *)&sa, sizeof(sa)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(probe);
	close(fd);
	/* the next card knows of no channel */
	cat_card_reset(rig.cat);
	answer("9000");
	exchange("00A4000C023F00", "9000");
	exchange(PROFILE_WITH_ALL, "9000");
	command(CLOSE_1, "81030841008202828183023A03");
	open_server(port, "05DC", "0100 38024100 390205DC");
	/* nor is the old event list in force */
	fd = connect_client(port);
	pump_quiet();
	assert_idle();
	close(fd);
}

static void event_loop_that_refuses(void **state)
{
	uint16_t other = free_port();
	int fd;

	rig.watch_err = -ENOSPC;
	open_server(other, "05DC", "023A06");
	command(GET_STATUS, STATUS_TR("B8024100"));
	/* an accepted client that cannot be watched is not kept waiting */
	fd = connect_client(port);
	pump_until_apdu();
	rig.watch_err = 0;
	exchange(EVENT_STATUS_1("8100"), "9000");
	exchange(EVENT_STATUS_1("4100"), "9000");
	expect_end(fd);
	close(fd);
}

/* What the event loop would do, in a process that has no descriptor left. */
static void accept_without_descriptors(struct cat_channel *ch)
{
	struct rlimit old, none;
	int probe = dup(0);

	assert_true(probe >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ .rlim_cur = (rlim_t)probe, .rlim_max = old.rlim_max };
	close(probe);
	setrlimit(RLIMIT_NOFILE, &none);
	cat_server_accept(ch, ch->listen_fd, EPOLLIN);
	setrlimit(RLIMIT_NOFILE, &old);
}

/* The listener rests instead of turning the loop. */
static void accept_rests_without_descriptors(void **state)
{
	struct cat_channel *ch = &rig.cat->channels[0];
	int fd = connect_client(port);

	accept_without_descriptors(ch);
	assert_int_equal(ch->state, CAT_CHANNEL_LISTEN);
	assert_true(cat_scws_ready(rig.cat));
	assert_false(pump_once(20));
	advance(999);
	assert_false(pump_once(20));
	advance(1);
	pump_until_apdu();
	exchange(EVENT_STATUS_1("8100"), "9000");
	close(fd);

	/* nor is the rest outlived by the channel */
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	fd = connect_client(port);
	accept_without_descriptors(ch);
	assert_int_equal(timers_armed(), 1);
	command(CLOSE_1, CLOSE_1_OK);
	assert_int_equal(timers_armed(), 0);
	close(fd);

	/* a client that is not there after all is no reason to rest */
	open_server(port, "05DC", "0100 38024100 390205DC");
	cat_server_accept(ch, ch->listen_fd, EPOLLIN);
	assert_int_equal(timers_armed(), 0);
}

static void no_payload_in_the_log(void **state)
{
	int fd = told_client();

	assert_int_equal(send(fd, "secret", 6, 0), 6);
	pump_until_apdu();
	deliver_command(RECEIVE_1("06"));
	answer("9000");
	command("D011810305430182028121B606736563726574", "810305430182028281830100B701FF");
	expect_bytes(fd, "secret", 6);
	assert_null(strstr(rig.all_logs, "secret"));
	assert_null(strstr(rig.all_logs, "736563"));
	assert_null(memmem((const void *)rig.cat, sizeof(*rig.cat), "secret", 6));
	assert_null(memmem(rig.cat->channels[0].rx, 1500, "secret", 6));
	assert_null(memmem(rig.cat->channels[0].tx, 1500, "secret", 6));
	close(fd);
}

/* ---- the card as a client ---- */

static void open_client(unsigned int protocol, uint16_t p, const char *more, const char *tr_tail)
{
	size_t extra = strlen(more) / 2;
	char cmd[128], tr[96];

	snprintf(cmd, sizeof(cmd), "D0%02X81030240018202818239 0205783C03%02X%04X%s",
		 (unsigned int)(18 + extra), protocol, p, more);
	snprintf(tr, sizeof(tr), "81030240018202828183%s", tr_tail);
	deliver_command(cmd);
	if (!rig.waiting)
		pump_until_apdu();
	expect_response(tr);
	answer("9000");
}

static void udp_push_of_the_card(void **state)
{
	uint16_t p;
	uint8_t buf[64];
	int fd = bound_socket(SOCK_DGRAM, &p);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	open_client(4, p, "3E05217F000001", "0100 38028100 39020578");
	command(GET_STATUS, STATUS_TR("B8028100"));
	assert_false(cat_scws_ready(rig.cat));
	/* stored and sent as one datagram */
	command(SEND_STORE_1_ABC, "810304430082028281830100B701FF");
	assert_int_equal(poll(&pfd, 1, 20), 0);
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	assert_int_equal(poll(&pfd, 1, 1000), 1);
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), 6);
	assert_memory_equal(buf, "ABCDEF", 6);
	command(CLOSE_1, CLOSE_1_OK);
	command(GET_STATUS, STATUS_TR("B8020000"));
	close(fd);
	assert_int_equal(watches_armed(), 0);
}

static void udp_datagrams_keep_their_ends(void **state)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	static uint8_t big[2000];
	uint16_t p;
	uint8_t buf[64];
	int fd = bound_socket(SOCK_DGRAM, &p);

	command(EVENTS_BOTH, EVENTS_BOTH_OK);
	open_client(4, p, "", "0100 38028100 39020578");
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	assert_int_equal(recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&peer, &len), 3);
	/* one that does not fit is dropped whole */
	assert_int_equal(sendto(fd, big, sizeof(big), 0, (struct sockaddr *)&peer, len), 2000);
	assert_int_equal(sendto(fd, "one", 3, 0, (struct sockaddr *)&peer, len), 3);
	assert_int_equal(sendto(fd, "four", 4, 0, (struct sockaddr *)&peer, len), 4);
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("03"));
	/* the next one waits, and does not turn the loop */
	assert_false(pump_once(20));
	deliver_command(RECEIVE_1("ED"));
	expect_response(RECEIVE_TR("02B6036F6E65B70100"));
	answer("9000");
	pump_until_apdu();
	expect_apdu(EVENT_DATA_1("04"));
	deliver_command(RECEIVE_1("04"));
	expect_response(RECEIVE_TR("00B604666F7572B70100"));
	answer("9000");
	pump_quiet();
	assert_idle();
	close(fd);
}

static void udp_without_a_listener(void **state)
{
	uint16_t p;
	uint8_t buf[8];
	int fd = bound_socket(SOCK_DGRAM, &p);
	struct sockaddr_in sa = loopback(p);

	close(fd);
	open_client(4, p, "", "0100 38028100 39020578");
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	/* noticed by the event loop, once, and no reason to close */
	assert_true(pump_once(1000));
	assert_false(pump_once(20));
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	/* the error of the first one must not cost us the second one */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), 3);
	close(fd);
	pump_quiet();
	command(GET_STATUS, STATUS_TR("B8028100"));
}

static void tcp_client_of_the_card(void **state)
{
	uint16_t p;
	int listener = bound_socket(SOCK_STREAM, &p), fd;

	command(EVENTS_BOTH, EVENTS_BOTH_OK);
	open_client(5, p, "350103", "0100 38028100 350103 39020578");
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	command(SEND_STORE_1_ABC, "810304430082028281830100B701FF");
	command(SEND_NOW_1_DEF, "810305430182028281830100B701FF");
	expect_bytes(fd, "ABCDEF", 6);
	assert_int_equal(send(fd, "hello", 5, 0), 5);
	close(fd);
	pump_until_apdu();
	/* the link is down, but what was said can be received */
	exchange(EVENT_STATUS_1("0105"), "9000");
	exchange("80C2000010D60E99010982028281B8020105B70105", "9000");
	command(GET_STATUS, STATUS_TR("B8020105"));
	command(SEND_NOW_1_DEF, "81030543018202828183023A02");
	command(RECEIVE_1("02"), RECEIVE_TR("00B6026865B70103"));
	command(RECEIVE_1("03"), RECEIVE_TR("00B6036C6C6FB70100"));
	command(RECEIVE_1("03"), "81030342008202828183023A02");
	command(CLOSE_1, CLOSE_1_OK);
	command(CLOSE_1, "81030841008202828183023A02");
	close(listener);
}

/* Bytes for a peer that is gone must not hold up the card's CLOSE CHANNEL. */
static void dropped_channel_closes_at_once(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	uint16_t p;
	int listener = bound_socket(SOCK_STREAM, &p), fd;

	open_client(5, p, "", "0100 38028100 39020578");
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	clog_line(fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	pump_quiet();
	command(GET_STATUS, STATUS_TR("B8020105"));
	command(CLOSE_1, CLOSE_1_OK);
	close(listener);
}

static void tcp_client_that_is_refused(void **state)
{
	open_client(5, free_port(), "", "023A07");
	command(GET_STATUS, STATUS_TR("B8020000"));
	assert_int_equal(watches_armed(), 0);
	command(CLOSE_1, "81030841008202828183023A03");
}

static void tcp_connect_has_a_deadline(void **state)
{
	uint16_t p = 0;
	int listener = bound_socket(SOCK_STREAM, &p);
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "D012810302400182028182390205783C0305%04X", p);
	deliver_command(cmd);
	if (rig.waiting) {
		/* connected at once; nothing to wait for */
		close(listener);
		skip();
	}
	advance(10000);
	expect_response("81030240018202828183023A07");
	answer("9000");
	command(GET_STATUS, STATUS_TR("B8020000"));
	close(listener);
}

static void card_leaves_while_it_connects(void **state)
{
	uint16_t p = 0;
	int listener = bound_socket(SOCK_STREAM, &p);
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "D012810302400182028182390205783C0305%04X", p);
	deliver_command(cmd);
	cat_card_lost(rig.cat);
	assert_int_equal(watches_armed(), 0);
	assert_int_equal(timers_armed(), 0);
	close(listener);
}

static void only_this_device(void **state)
{
	open_client(4, 2948, "3E05210A000001", "023A07");
	open_client(5, 2948, "3E05217F000002", "023A07");
	open_client(4, 2948, "3E115700000000000000000000000000000001", "023A07");
	open_client(4, 0, "", "023A10");
}

static void client_close_ignores_listen(void **state)
{
	uint16_t p;
	int fd = bound_socket(SOCK_DGRAM, &p);

	open_client(4, p, "3E00", "0100 38028100 39020578");
	command(CLOSE_TO_LISTEN_1, CLOSE_TO_LISTEN_1_OK);
	command(GET_STATUS, STATUS_TR("B8020000"));
	close(fd);
}

/* ---- every event in every state of a channel ---- */

static struct cat_channel *into_channel_state(enum cat_channel_state s, bool udp, int *peer)
{
	uint16_t p;
	char cmd[64];

	*peer = -1;
	if (s == CAT_CHANNEL_CLOSED) {
		setup_idle(NULL);
	} else if (s == CAT_CHANNEL_CONNECTING || s == CAT_CHANNEL_DROPPED || udp) {
		setup_idle(NULL);
		*peer = bound_socket(udp ? SOCK_DGRAM : SOCK_STREAM, &p);
		snprintf(cmd, sizeof(cmd), "D0128103024001820281823902057 83C03%02X%04X",
			 udp ? 4 : 5, p);
		deliver_command(cmd);
		if (s == CAT_CHANNEL_DROPPED) {
			pump_until_apdu();
			answer("9000");
			cat_channel_step(&rig.cat->channels[0], CAT_CHANNEL_EV_PEER_GONE);
		}
	} else {
		setup_server(NULL);
		if (s == CAT_CHANNEL_ESTABLISHED)
			*peer = told_client();
	}
	return &rig.cat->channels[0];
}

static void any_two_events_in_any_channel_state(void **state)
{
	struct cat_channel *ch;
	int s, a, b, udp, peer;

	for (s = CAT_CHANNEL_CLOSED; s <= CAT_CHANNEL_DROPPED; s++) {
		for (a = 0; a <= CAT_CHANNEL_EV_CARD_LOST; a++) {
			for (b = 0; b <= CAT_CHANNEL_EV_CARD_LOST; b++) {
				udp = s == CAT_CHANNEL_ESTABLISHED && b & 1;
				ch = into_channel_state((enum cat_channel_state)s, udp, &peer);
				assert_int_equal(ch->state, s);
				cat_channel_step(ch, (enum cat_channel_event)a);
				cat_channel_step(ch, (enum cat_channel_event)b);
				if (a == CAT_CHANNEL_EV_CARD_LOST)
					assert_int_equal(ch->fd, -1);
				cat_card_lost(rig.cat);
				assert_int_equal(ch->state, CAT_CHANNEL_CLOSED);
				assert_null(ch->rx);
				if (peer >= 0)
					close(peer);
				assert_int_equal(teardown(NULL), 0);
			}
		}
	}
}

/* ---- damaged commands ---- */

static const char * const any_command[] = {
	"D009810301020082028182", "D00D81030103008202818284020114", "D009810301010482028182",
	EVENTS_BOTH, "D01A8103012180820281028D0F04546F6F6C6B697420546573742031",
	"D0128103012180820281028D050441424344AB00", "D011810301270082028182A40101A503005000",
	"D00C810301270182028182A40101", "D0128103024000820281823902057 83C030304D2",
	"D01A81030240008202818239020578 3C030304D2 3E05217F000001 350103", CLOSE_1,
	CLOSE_TO_LISTEN_1, RECEIVE_1("ED"), SEND_NOW_1_DEF, SEND_STORE_1_ABC, GET_STATUS,
};

static uint32_t random_state = 2463534242u;

static uint32_t next_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % below;
}

/* A command with up to three bytes changed; never one that connects to this machine's services. */
static size_t damaged_command(uint8_t *buf, size_t room)
{
	size_t n = sizeof(any_command) / sizeof(any_command[0]), i;
	size_t len = unhex(any_command[next_random((uint32_t)n)], buf, room);
	uint32_t changes = next_random(4);

	while (changes--)
		buf[next_random((uint32_t)len)] = (uint8_t)next_random(256);
	if (!next_random(8))
		len = next_random((uint32_t)len + 1);
	for (i = 0; i + 2 < len; i++) {
		if ((buf[i] & 0x7f) == CAT_TAG_TRANSPORT && buf[i + 1] == 3)
			buf[i + 2] &= 0x03;
	}
	return len;
}

static void any_command_is_answered_once(void **state)
{
	uint8_t cmd[64], *resp;
	size_t len;
	int i;

	for (i = 0; i < 30000; i++) {
		len = damaged_command(cmd, sizeof(cmd));
		cat_proactive_pending(rig.cat, 1);
		expect_apdu("8012000001");
		resp = malloc(len + 2);
		assert_non_null(resp);
		memcpy(resp, cmd, len);
		resp[len] = 0x90;
		resp[len + 1] = 0x00;
		rig.waiting = false;
		cat_response(rig.cat, resp, len + 2, 0);
		free(resp);
		if (!len) {
			/* nothing was fetched, so there is nothing to answer */
			assert_idle();
			advance(128000);
			while (rig.waiting)
				answer("9000");
			continue;
		}
		cat_text_answer(rig.cat, CAT_ANSWER_OK);
		assert_true(rig.waiting);
		assert_string_equal(to_hex(rig.apdu, 2), "8014");
		assert_int_equal(rig.apdu_len, 5 + rig.apdu[4]);
		answer("9000");
		while (rig.waiting)
			answer("9000");
		if (rig.cat->state == CAT_OFF)
			cat_card_reset(rig.cat);
		while (rig.waiting)
			answer("9000");
		assert_idle();
		rig.all_logs[0] = '\0';
	}
}

#define IDLE(test)	cmocka_unit_test_setup_teardown(test, setup_idle, teardown)
#define SERVER(test)	cmocka_unit_test_setup_teardown(test, setup_server, teardown)
#define OWN(test)	cmocka_unit_test_teardown(test, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWN(http_get_to_the_byte),
		SERVER(post_in_two_parts),
		SERVER(receive_limits),
		SERVER(listens_on_loopback_only),
		SERVER(open_results),
		SERVER(seven_channels),
		OWN(only_the_configured_port),
		SERVER(close_results),
		SERVER(client_that_leaves),
		SERVER(client_that_has_its_answer_leaves),
		SERVER(hanging_up_is_no_reset),
		SERVER(client_that_breaks_off),
		SERVER(busy_card_does_not_hear_of_lost_data),
		SERVER(send_finds_the_client_gone),
		SERVER(half_closed_client_gets_its_answer),
		SERVER(half_closed_client_is_not_kept_for_ever),
		SERVER(second_client_waits),
		SERVER(next_client_waits_for_the_news),
		SERVER(many_clients_fit_the_queue),
		SERVER(only_listed_events_are_sent),
		SERVER(event_list_is_replaced),
		SERVER(no_envelope_while_a_command_is_open),
		SERVER(data_taken_before_the_event),
		SERVER(refused_event_comes_again_after_a_session),
		SERVER(full_receive_buffer_holds_the_client),
		SERVER(slow_client_holds_the_card),
		SERVER(close_waits_for_the_last_bytes),
		SERVER(client_dies_while_close_waits),
		SERVER(polls_faster_while_connected),
		SERVER(loss_closes_everything),
		SERVER(event_loop_that_refuses),
		SERVER(accept_rests_without_descriptors),
		SERVER(no_payload_in_the_log),
		IDLE(udp_push_of_the_card),
		IDLE(udp_datagrams_keep_their_ends),
		IDLE(udp_without_a_listener),
		IDLE(tcp_client_of_the_card),
		IDLE(dropped_channel_closes_at_once),
		IDLE(tcp_client_that_is_refused),
		IDLE(tcp_connect_has_a_deadline),
		IDLE(card_leaves_while_it_connects),
		IDLE(only_this_device),
		IDLE(client_close_ignores_listen),
		cmocka_unit_test(any_two_events_in_any_channel_state),
		IDLE(any_command_is_answered_once),
	};

	return cmocka_run_group_tests_name("cat bip", tests, NULL, NULL);
}
