// SPDX-License-Identifier: BSD-3-Clause
/* Sessions and pushes of the agent: real DM engine and tree, a transport made of words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/log.h"
#include "agent/push.h"
#include "agent/session.h"

#define SERVER	"dmsc.example"
#define SECRET	"CardSecret1"

static struct loop *loop;
static struct mo_tree *tree;
static struct ui *ui;
static struct sessions *sessions;
static struct push *push;
static bool gateway;
static struct session_report last;
static int n_ended;

static struct config cfg;
static const uint8_t nonce[4] = { 0xA0, 0xA1, 0xA2, 0xA3 };

/* ------------------------------------------------------------------------ the transport */

static struct {
	int posts, cancels, post_error;
	char uri[128], body[4096];
	transport_done_fn done;
	void *arg;
} wire;

static int fake_post(struct transport *t, const char *uri, const struct transport_message *m,
		     transport_done_fn done, void *arg)
{
	wire.posts++;
	if (wire.post_error)
		return wire.post_error;
	assert_null(wire.done);		/* one message at a time */
	snprintf(wire.uri, sizeof(wire.uri), "%s", uri);
	snprintf(wire.body, sizeof(wire.body), "%.*s", (int)m->len,
		 (const char *)m->body);
	wire.done = done;
	wire.arg = arg;
	return 0;
}

static void fake_cancel(struct transport *t)
{
	wire.cancels++;
	wire.done = NULL;
}

static const struct transport_ops fake_ops = { fake_post, fake_cancel, NULL };
static struct transport fake = { &fake_ops };

static void answer(enum transport_result result, const char *body)
{
	const struct transport_message m = {
		.content_type = DM_CONTENT_TYPE_XML, .body = body, .len = strlen(body),
	};
	transport_done_fn done = wire.done;

	assert_non_null(done);
	wire.done = NULL;
	done(wire.arg, result, &m, result == TRANSPORT_OK ? NULL : "connection refused");
}

/* ---------------------------------------------------------------------------- the agent */

static bool is_ready(void *arg)
{
	return gateway;
}

static void on_end(void *arg, const struct session_report *report)
{
	last = *report;
	n_ended++;
}

static int setup(void **state)
{
	const struct session_hooks hooks = { is_ready, on_end, NULL };
	const struct mo_device dev = { .dev_id = "IMEI:1" };
	struct mo_account acc = {
		.server_id = SERVER, .addr = "http://127.0.0.1:3516/dm",
		.client = { .type = "DIGEST", .name = "client01", .secret = "ClientSecret1" },
		.server = { .type = "DIGEST", .name = SERVER, .secret = SECRET },
	};

	memcpy(acc.server.nonce, nonce, sizeof(nonce));
	acc.server.nonce_len = sizeof(nonce);
	memset(&wire, 0, sizeof(wire));
	memset(&last, 0, sizeof(last));
	n_ended = 0;
	gateway = true;
	log_set_level(-1);
	config_defaults(&cfg);
	cfg.push_listen[0] = 0;
	cfg.retries = 1;
	return loop_new(&loop) || mo_tree_open(":memory:", &tree) || mo_device_define(tree, &dev) ||
	       mo_account_create(tree, "Card", &acc) || ui_new(loop, 5, &ui) ||
	       sessions_new(loop, &cfg, tree, ui, &fake, &hooks, &sessions) ||
	       push_new(loop, &cfg, tree, sessions, &push);
}

static int teardown(void **state)
{
	push_free(push);
	sessions_free(sessions);
	ui_free(ui);
	mo_tree_close(tree);
	loop_free(loop);
	return 0;
}

static void stop(void *arg)
{
	loop_quit(loop, 0);
}

static void run_ms(int ms)
{
	loop_timer(loop, ms, stop, NULL);
	assert_int_equal(loop_run(loop), 0);
}

static int request(enum dm_ui_mode mode)
{
	struct session_request req = { .server_id = SERVER, .ui_mode = mode, .origin = "test" };

	return sessions_request(sessions, &req);
}

static void start(void)
{
	assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	run_ms(5);
	assert_int_equal(wire.posts, 1);
}

static void idle(enum dm_outcome outcome)
{
	assert_int_equal(n_ended, 1);
	assert_int_equal(last.outcome, outcome);
	assert_int_equal(sessions_get_state(sessions), SESSION_IDLE);
	assert_string_equal(sessions_current_id(sessions), "");
}

/* ----------------------------------------------------------------------------- sessions */

static void package_1_goes_to_the_account_s_address(void **state)
{
	start();
	assert_string_equal(wire.uri, "http://127.0.0.1:3516/dm");
	assert_non_null(strstr(wire.body, "<Data>1201</Data>"));
	assert_int_equal(sessions_get_state(sessions), SESSION_EXCHANGE);
	answer(TRANSPORT_OK, "<not xml");
	idle(DM_OUTCOME_MALFORMED);
}

static void an_unknown_server_gets_no_session(void **state)
{
	struct session_request req = { .server_id = "other" };

	assert_int_equal(sessions_request(sessions, &req), -ENOENT);
	run_ms(5);
	assert_int_equal(wire.posts, 0);
}

static void a_broken_connection_is_tried_again_with_the_same_message(void **state)
{
	char first[sizeof(wire.body)];

	start();
	strcpy(first, wire.body);
	answer(TRANSPORT_RETRY, "");
	assert_int_equal(sessions_get_state(sessions), SESSION_WAIT_RETRY);
	assert_int_equal(wire.posts, 1);
	run_ms(1100);
	assert_int_equal(wire.posts, 2);
	assert_string_equal(wire.body, first);
	answer(TRANSPORT_RETRY, "");
	idle(DM_OUTCOME_TRANSPORT);
	assert_non_null(strstr(last.reason, "connection refused"));
}

static void a_failure_for_good_is_not_tried_again(void **state)
{
	start();
	answer(TRANSPORT_FAILED, "");
	idle(DM_OUTCOME_TRANSPORT);
	assert_int_equal(wire.posts, 1);
}

static void a_message_that_cannot_be_sent_ends_the_session(void **state)
{
	wire.post_error = -EACCES;
	start();
	idle(DM_OUTCOME_TRANSPORT);
	assert_non_null(strstr(last.reason, "not the card's server"));
}

static void a_card_that_leaves_ends_the_session(void **state)
{
	start();
	sessions_card_lost(sessions, "removed");
	idle(DM_OUTCOME_TRANSPORT);
	assert_string_equal(last.reason, "card removed during the session");
	assert_int_equal(wire.cancels, 1);
	sessions_card_lost(sessions, "removed");
	assert_int_equal(n_ended, 1);
}

static void a_card_that_leaves_before_a_retry_ends_it_too(void **state)
{
	start();
	answer(TRANSPORT_RETRY, "");
	sessions_card_lost(sessions, "removed");
	idle(DM_OUTCOME_TRANSPORT);
	run_ms(1100);
	assert_int_equal(wire.posts, 1);
}

static void the_gateway_is_waited_for(void **state)
{
	gateway = false;
	assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	run_ms(5);
	assert_int_equal(sessions_get_state(sessions), SESSION_WAIT_GATEWAY);
	sessions_gateway_changed(sessions);
	assert_int_equal(wire.posts, 0);
	sessions_card_lost(sessions, "removed");	/* another card may come */
	gateway = true;
	sessions_gateway_changed(sessions);
	assert_int_equal(wire.posts, 1);
}

static void the_gateway_is_not_waited_for_for_ever(void **state)
{
	gateway = false;
	cfg.gateway_timeout_s = 0;
	assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	run_ms(30);
	idle(DM_OUTCOME_TRANSPORT);
	assert_non_null(strstr(last.reason, "did not open its server port"));
}

static void a_session_is_not_endless(void **state)
{
	cfg.session_timeout_s = 0;
	assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	run_ms(30);
	idle(DM_OUTCOME_TRANSPORT);
	assert_non_null(strstr(last.reason, "timeout_s"));
	assert_null(wire.done);
}

static void requests_wait_for_each_other(void **state)
{
	start();
	for (int i = 0; i < 8; i++)
		assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	assert_true(sessions_full(sessions));
	assert_int_equal(request(DM_UI_UNSPECIFIED), -EBUSY);
	assert_int_equal(sessions_waiting(sessions), 8);
	answer(TRANSPORT_FAILED, "");
	run_ms(5);
	assert_int_equal(wire.posts, 2);
	assert_int_equal(sessions_waiting(sessions), 7);
}

static unsigned int shown;

static void on_show(void *arg, unsigned int id, const struct ui_question *q)
{
	shown = id;
}

static void ui_mode_3_asks_first(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	assert_int_equal(sessions_get_state(sessions), SESSION_WAIT_USER);
	assert_true(ui_answered(ui, shown, UI_REJECT));
	idle(DM_OUTCOME_ABORTED);
	assert_int_equal(wire.posts, 0);
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	assert_true(ui_answered(ui, shown, UI_ACCEPT));
	assert_int_equal(wire.posts, 1);
}

static void ui_mode_3_without_a_user_is_a_no(void **state)
{
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	idle(DM_OUTCOME_ABORTED);
}

/* ------------------------------------------------------------------------------- pushes */

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
	return push_deliver(push, pdu, (size_t)len, "test");
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

static void a_push_of_others_has_no_effect(void **state)
{
	static const uint8_t wap[] = { 1, 6, 1, 0x81, 'h', 'i' };
	struct push_counts c;

	assert_int_equal(deliver(SERVER, "wrong", nonce, 4, 1), -EACCES);
	assert_int_equal(deliver(SERVER, SECRET, "zzzz", 4, 1), -EACCES);
	assert_int_equal(deliver("other", SECRET, nonce, 4, 1), -ENOENT);
	assert_int_equal(push_deliver(push, wap, sizeof(wap), "test"), -ENOMSG);
	assert_true(push_deliver(push, wap, 2, "test") < 0);
	push_get_counts(push, &c);
	assert_int_equal(c.refused, 5);
	assert_int_equal(c.accepted, 0);
	run_ms(5);
	assert_int_equal(wire.posts, 0);
	/* none of them made the true one look like a duplicate */
	assert_int_equal(deliver(SERVER, SECRET, nonce, 4, 1), 0);
}

static void both_readings_of_the_resync_nonce_are_understood(void **state)
{
	assert_int_equal(deliver(SERVER, SECRET, "\0\0\0\0", 4, 1), 0);
	run_ms(5);
	answer(TRANSPORT_FAILED, "");
	assert_int_equal(deliver(SERVER, SECRET, "0x00000000", 10, 2), 0);
	run_ms(5);
	assert_int_equal(wire.posts, 2);
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(package_1_goes_to_the_account_s_address),
		T(an_unknown_server_gets_no_session),
		T(a_broken_connection_is_tried_again_with_the_same_message),
		T(a_failure_for_good_is_not_tried_again),
		T(a_message_that_cannot_be_sent_ends_the_session),
		T(a_card_that_leaves_ends_the_session),
		T(a_card_that_leaves_before_a_retry_ends_it_too),
		T(the_gateway_is_waited_for),
		T(the_gateway_is_not_waited_for_for_ever),
		T(a_session_is_not_endless),
		T(requests_wait_for_each_other),
		T(ui_mode_3_asks_first),
		T(ui_mode_3_without_a_user_is_a_no),
		T(a_good_push_starts_a_session_with_its_id),
		T(a_push_is_taken_once),
		T(a_push_of_others_has_no_effect),
		T(both_readings_of_the_resync_nonce_are_understood),
		T(a_push_that_finds_no_room_may_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
