// SPDX-License-Identifier: BSD-3-Clause
/*
 * BIP channels on real loopback sockets, the clients of the card's server: how they come and go,
 * one after the other, and those that are slow to read or have much to say.
 */
#include "unit/cat-bip-rig.h"

/* ---- clients that leave ---- */

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

/* ---- one after the other ---- */

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

/* ---- more than fits ---- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		SERVER(full_receive_buffer_holds_the_client),
		SERVER(slow_client_holds_the_card),
		SERVER(close_waits_for_the_last_bytes),
		SERVER(client_dies_while_close_waits),
	};

	return cmocka_run_group_tests_name("cat bip clients", tests, NULL, NULL);
}
