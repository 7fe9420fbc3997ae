// SPDX-License-Identifier: BSD-3-Clause
/*
 * BIP channels on real loopback sockets, the gateway to the card's server: opening and closing
 * it, what passes through it, what the card is told of, and when the device cannot go on.
 */
#include "unit/cat-bip-rig.h"

#include <sys/resource.h>

/* ---- open, exchange, close ---- */

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

/* ---- events ---- */

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

/* ---- the device around it ---- */

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
		SERVER(only_listed_events_are_sent),
		SERVER(event_list_is_replaced),
		SERVER(no_envelope_while_a_command_is_open),
		SERVER(data_taken_before_the_event),
		SERVER(refused_event_comes_again_after_a_session),
		SERVER(polls_faster_while_connected),
		SERVER(loss_closes_everything),
		SERVER(event_loop_that_refuses),
		SERVER(accept_rests_without_descriptors),
		SERVER(no_payload_in_the_log),
	};

	return cmocka_run_group_tests_name("cat bip gateway", tests, NULL, NULL);
}
