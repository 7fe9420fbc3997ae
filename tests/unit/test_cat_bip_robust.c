// SPDX-License-Identifier: BSD-3-Clause
/*
 * BIP channels whatever comes: every event in every state of a channel, and damaged commands of
 * every kind.
 */
#include "unit/cat-bip-rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_two_events_in_any_channel_state),
		IDLE(any_command_is_answered_once),
	};

	return cmocka_run_group_tests_name("cat bip robust", tests, NULL, NULL);
}
