// SPDX-License-Identifier: BSD-3-Clause
/* BIP channels on real loopback sockets: the card's own connections to services of the device. */
#include "unit/cat-bip-rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("cat bip connect", tests, NULL, NULL);
}
