// SPDX-License-Identifier: BSD-3-Clause
/* Sessions of the agent: real DM engine and tree, a transport made of words. */
#include "agent-fixture.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
