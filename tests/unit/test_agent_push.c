// SPDX-License-Identifier: BSD-3-Clause
/*
 * Package #0 as the agent takes it (spec/oma-dm.md 3.3): whose it is, that it is taken once, what a
 * flood may cost, and what user and server notice of it.
 */
#include "agent-fixture.h"

#include <stdlib.h>

#include "dm/auth.h"

static int deliver_from(bool remote, enum push_form form, const void *data, size_t len)
{
	const struct push_message m = {
		.form = form, .data = data, .len = len, .remote = remote, .origin = "test",
	};

	return push_deliver(push, &m);
}

static int deliver_as(enum push_form form, const void *data, size_t len)
{
	return deliver_from(false, form, data, len);
}

static int deliver(const char *server, const char *secret, const void *n, size_t n_len,
		   uint16_t session)
{
	struct dm_notification note = { .version = 11, .server_initiated = true,
					.session_id = session };
	uint8_t pdu[DM_NOTIFICATION_MAX];
	int len;

	strcpy(note.server_id, server);
	len = dm_notification_build(&note, secret, n, n_len, pdu, sizeof(pdu));
	assert_true(len > 0);
	return deliver_as(PUSH_WSP, pdu, (size_t)len);
}

static void a_good_push_starts_a_session_with_its_id(void **state)
{
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 0x2A), 0);
	run_ms(5);
	assert_non_null(strstr(wire.body, "<SessionID>2A</SessionID>"));
	assert_non_null(strstr(wire.body, "<Data>1200</Data>"));
}

static void a_push_is_taken_once(void **state)
{
	struct push_counts c;

	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 7), 0);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 7), -EALREADY);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 8), 0);
	push_get_counts(push, &c);
	assert_int_equal(c.accepted, 2);
	assert_int_equal(c.duplicates, 1);
}

/* The session that the device began has an id as well. */
static void a_push_for_the_session_that_runs_is_ignored(void **state)
{
	uint16_t id;

	start();
	id = (uint16_t)strtoul(sessions_current_id(sessions), NULL, 16);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, id), -EALREADY);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, id ^ 1), 0);
}

static void a_push_of_others_has_no_effect(void **state)
{
	static const uint8_t wap[] = { 1, 6, 1, 0x81, 'h', 'i' };
	struct push_counts c;

	assert_int_equal(deliver(SERVER, "wrong", nonce, 4, 1), -EACCES);
	assert_int_equal(deliver(SERVER, SECRET, "zzzz", 4, 1), -EACCES);
	assert_int_equal(deliver("other", SECRET, nonce, 4, 1), -ENOENT);
	assert_int_equal(deliver_as(PUSH_WSP, wap, sizeof(wap)), -ENOMSG);
	assert_true(deliver_as(PUSH_WSP, wap, 2) < 0);
	push_get_counts(push, &c);
	assert_int_equal(c.refused, 5);
	assert_int_equal(c.accepted, 0);
	run_ms(5);
	assert_int_equal(wire.posts, 0);
	/* none of them made the true one look like a duplicate */
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
}

/* 3.3: both sides prove themselves with the resync nonce for the length of this session. */
static void both_readings_of_the_resync_nonce_are_understood(void **state)
{
	static const struct {
		const char *nonce;
		size_t len;
	} v[] = { { "\0\0\0\0", 4 }, { "0x00000000", 10 } };
	char cred[DM_MD5_B64_LEN + 1];

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(deliver(SERVER, SECRET, v[i].nonce, v[i].len, (uint16_t)(i + 1)), 0);
		run_ms(5);
		assert_int_equal(wire.posts, i + 1);
		dm_auth_md5("client01", "ClientSecret1", (const uint8_t *)v[i].nonce, v[i].len, cred);
		assert_non_null(strstr(wire.body, cred));
		answer(TRANSPORT_FAILED, "");
	}
}

static void the_resync_nonce_can_be_forbidden(void **state)
{
	cfg.push_resync = 0;
	assert_int_equal(deliver(SERVER, SECRET, "\0\0\0\0", 4, 1), -EACCES);
	assert_int_equal(deliver(SERVER, SECRET, "0x00000000", 10, 2), -EACCES);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 3), 0);
}

static void what_an_unspecified_ui_mode_means(void **state)
{
	cfg.push_ui_mode = DM_UI_INTERACTION;
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
	run_ms(5);
	/* nobody is there to be asked */
	idle(DM_OUTCOME_ABORTED);
	assert_int_equal(wire.posts, 0);
	cfg.push_ui_mode = DM_UI_BACKGROUND;
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 2), 0);
	run_ms(5);
	assert_int_equal(wire.posts, 1);
}

/* The message with the new nonce may have been lost: the old one counts until the server answers. */
static void the_nonce_before_the_last_counts_while_the_last_is_in_doubt(void **state)
{
	assert_int_equal(mo_account_next_nonce(tree, SERVER, (const uint8_t *)"new", 3), 0);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
	assert_int_equal(deliver(SERVER, SECRET, "new", 3, 2), 0);
	assert_int_equal(mo_account_drop_previous(tree, SERVER), 0);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 3), -EACCES);
	assert_int_equal(deliver(SERVER, SECRET, "new", 3, 4), 0);
}

/* Two servers with the same user name: the ServerID says which, and the other's secret is no use. */
static void the_right_one_of_several_accounts(void **state)
{
	struct mo_account acc = {
		.server_id = "second.example", .addr = "http://127.0.0.1:3516/second",
		.client = { .type = "DIGEST", .name = "client02", .secret = "ClientSecret2" },
		.server = { .type = "DIGEST", .name = SERVER, .secret = "CardSecret2" },
	};

	assert_int_equal(mo_account_create(tree, "Second", &acc), 0);
	assert_int_equal(deliver("second.example", SECRET, nonce, 4, 1), -EACCES);
	assert_int_equal(deliver("second.example", "CardSecret2", "", 0, 1), 0);
	run_ms(5);
	assert_string_equal(wire.uri, "http://127.0.0.1:3516/second");
	answer(TRANSPORT_FAILED, "");
	/* the same SessionID of another server is another session */
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
	run_ms(5);
	assert_string_equal(wire.uri, "http://127.0.0.1:3516/dm");
}

/* A digest over the server's user name instead of its ServerID */
static void the_user_name_in_the_digest(void **state)
{
	struct mo_account acc = {
		.server_id = "third.example", .addr = "http://127.0.0.1:3516/third",
		.server = { .type = "DIGEST", .name = "someuser", .secret = "CardSecret3" },
	};
	struct dm_notification n = { .session_id = 1, .server_id = "third.example" }, parsed;
	uint8_t pdu[DM_NOTIFICATION_MAX];
	const char *why;
	int len;

	assert_int_equal(mo_account_create(tree, "Third", &acc), 0);
	len = dm_notification_build(&n, "CardSecret3", NULL, 0, pdu, sizeof(pdu));
	assert_int_equal(dm_notification_parse(pdu + 6, (size_t)len - 6, &parsed, &why), 0);
	dm_auth_mac("someuser", "CardSecret3", NULL, 0, parsed.trigger, parsed.trigger_len, pdu + 6);
	assert_int_equal(deliver_as(PUSH_WSP, pdu, (size_t)len), 0);
}

/* Without a secret everybody can make the digest. */
static void an_account_without_a_secret_takes_none(void **state)
{
	struct mo_account acc = {
		.server_id = "open.example", .addr = "http://127.0.0.1:3516/open",
		.server = { .type = "TRANSPORT" },
	};

	assert_int_equal(mo_account_create(tree, "Open", &acc), 0);
	assert_int_equal(deliver("open.example", "", "", 0, 1), -EACCES);
}

static void other_forms_than_a_wsp_push(void **state)
{
	struct dm_notification n = {
		.session_id = 1, .server_id = SERVER, .vendor = (const uint8_t *)"xyz", .vendor_len = 3,
	};
	uint8_t sms[7 + DM_NOTIFICATION_MAX] = { 0x06, 0x05, 0x04, 0x0B, 0x84, 0xC0, 0x02 };
	int len = dm_notification_build(&n, SECRET, nonce, 4, sms + 7, sizeof(sms) - 7);

	assert_int_equal(deliver_as(PUSH_SMS, sms + 7, (size_t)len), -EBADMSG);
	assert_int_equal(deliver_as(PUSH_NOTIFICATION, sms + 7, (size_t)len), -EBADMSG);
	assert_int_equal(deliver_as(PUSH_SMS, sms, 7 + (size_t)len), 0);
	assert_int_equal(deliver_as(PUSH_NOTIFICATION, sms + 7 + 6, (size_t)len - 6), -EALREADY);
	sms[4] = 0x85;
	assert_int_equal(deliver_as(PUSH_SMS, sms, 7 + (size_t)len), -ENOMSG);
}

static void a_flood_is_cut_off(void **state)
{
	static const uint8_t wap[] = { 1, 6, 1, 0x81, 'h', 'i' };
	struct push_counts c;

	cfg.push_rate = 10;
	push_free(push);
	cfg.push_burst = 3;
	assert_int_equal(push_new(loop, &cfg, tree, sessions, &push), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(deliver_from(true, PUSH_WSP, wap, sizeof(wap)), -ENOMSG);
	for (int i = 0; i < 50; i++)
		assert_int_equal(deliver_from(true, PUSH_WSP, wap, sizeof(wap)), -EAGAIN);
	push_get_counts(push, &c);
	assert_int_equal(c.received, 53);
	assert_int_equal(c.refused, 3);
	assert_int_equal(c.throttled, 50);
	/* the card is not the one who floods */
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
	/* and time heals */
	run_ms(150);
	assert_int_equal(deliver_from(true, PUSH_WSP, wap, sizeof(wap)), -ENOMSG);
}

static void a_push_that_finds_no_room_may_come_again(void **state)
{
	start();
	for (int i = 0; i < 8; i++)
		assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 9), -EBUSY);
	answer(TRANSPORT_FAILED, "");
	run_ms(5);
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_push_starts_a_session_with_its_id),
		T(a_push_is_taken_once),
		T(a_push_for_the_session_that_runs_is_ignored),
		T(a_push_of_others_has_no_effect),
		T(both_readings_of_the_resync_nonce_are_understood),
		T(the_resync_nonce_can_be_forbidden),
		T(what_an_unspecified_ui_mode_means),
		T(the_nonce_before_the_last_counts_while_the_last_is_in_doubt),
		T(the_right_one_of_several_accounts),
		T(the_user_name_in_the_digest),
		T(an_account_without_a_secret_takes_none),
		T(other_forms_than_a_wsp_push),
		T(a_flood_is_cut_off),
		T(a_push_that_finds_no_room_may_come_again),
	};

	return cmocka_run_group_tests_name("agent_push", tests, NULL, NULL);
}
