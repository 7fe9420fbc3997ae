/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of BIP channels, on top of cat-rig.h: the commands and envelopes of channel 1,
 * channels that the card opens as a server and as a client, and clients of its server.
 */
#ifndef TESTS_CAT_BIP_RIG_H
#define TESTS_CAT_BIP_RIG_H

#include "unit/cat-rig.h"

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
static inline void open_server(uint16_t p, const char *size, const char *response_tail)
{
	char cmd[64], tr[96];

	snprintf(cmd, sizeof(cmd), "D0128103024000820281823902%s3C0303%04X", size, p);
	snprintf(tr, sizeof(tr), "81030240008202828183%s", response_tail);
	command(cmd, tr);
}

static inline int setup_server(void **state)
{
	setup_idle(state);
	port = free_port();
	command(EVENTS_BOTH, EVENTS_BOTH_OK);
	open_server(port, "05DC", "0100 38024100 390205DC");
	assert_idle();
	return 0;
}

/* A client that the card was told of */
static inline int told_client(void)
{
	int fd = connect_client(port);

	pump_until_apdu();
	exchange(EVENT_STATUS_1("8100"), "9000");
	assert_idle();
	return fd;
}

/* Fills the way to the client until bytes stay in the channel's buffer. */
static inline void clog_line(int fd)
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

static inline void open_client(unsigned int protocol, uint16_t p, const char *more,
			       const char *tr_tail)
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

#define IDLE(test)	cmocka_unit_test_setup_teardown(test, setup_idle, teardown)
#define SERVER(test)	cmocka_unit_test_setup_teardown(test, setup_server, teardown)
#define OWN(test)	cmocka_unit_test_teardown(test, teardown)

#endif /* TESTS_CAT_BIP_RIG_H */
