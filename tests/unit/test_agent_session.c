// SPDX-License-Identifier: BSD-3-Clause
/* Sessions of the agent: real DM engine and tree, a transport made of words. */
#include "agent-fixture.h"

#include "dm/auth.h"

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
static enum ui_kind shown_kind;
static char shown_text[128];

static bool say(enum ui_answer what, const char *text, uint64_t chosen)
{
	const struct ui_reply reply = { what, text, chosen };
	const char *why;

	return !ui_answered(ui, shown, &reply, &why);
}

static void on_show(void *arg, unsigned int id, const struct ui_question *q)
{
	shown = id;
	shown_kind = q->kind;
	snprintf(shown_text, sizeof(shown_text), "%s", q->text);
}

static void ui_mode_3_asks_first(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	assert_int_equal(sessions_get_state(sessions), SESSION_WAIT_USER);
	assert_true(say(UI_REJECT, NULL, 0));
	idle(DM_OUTCOME_ABORTED);
	assert_int_equal(wire.posts, 0);
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	assert_true(say(UI_ACCEPT, NULL, 0));
	assert_int_equal(wire.posts, 1);
}

static void ui_mode_3_without_a_user_is_a_no(void **state)
{
	assert_int_equal(request(DM_UI_INTERACTION), 0);
	run_ms(5);
	idle(DM_OUTCOME_ABORTED);
}

/* The user is told, and the session does not wait for him. */
static void ui_mode_2_tells_and_goes_on(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	assert_int_equal(request(DM_UI_INFORMATIVE), 0);
	run_ms(5);
	assert_int_equal(shown_kind, UI_KIND_DISPLAY);
	assert_non_null(strstr(shown_text, "manages this device"));
	assert_int_equal(wire.posts, 1);
}

static void ui_mode_1_is_silent(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	shown = 0;
	ui_set_frontend(ui, &front);
	assert_int_equal(request(DM_UI_BACKGROUND), 0);
	run_ms(5);
	assert_int_equal(shown, 0);
	assert_int_equal(wire.posts, 1);
}

/* The answer of a server that proves itself, with these commands */
static void server_answer(const char *commands)
{
	char cred[DM_MD5_B64_LEN + 1], text[3000];

	dm_auth_md5(SERVER, SECRET, nonce, sizeof(nonce), cred);
	snprintf(text, sizeof(text),
		 "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>%s"
		 "</SessionID><MsgID>1</MsgID><Target><LocURI>IMEI:1</LocURI></Target><Source><LocURI>"
		 "http://127.0.0.1:3516/dm</LocURI></Source><Cred><Meta><Format>b64</Format><Type>"
		 "syncml:auth-md5</Type></Meta><Data>%s</Data></Cred></SyncHdr><SyncBody><Status><CmdID>1"
		 "</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>212</Data></Status>%s"
		 "<Final/></SyncBody></SyncML>", sessions_current_id(sessions), cred, commands);
	answer(TRANSPORT_OK, text);
}

#define QUESTION(id, code, options, items) \
	"<Alert><CmdID>" id "</CmdID><Data>" code "</Data><Item><Data>" options "</Data></Item>" \
	"<Item><Data>Question " id "</Data></Item>" items "</Alert>"
#define ITEM(text)	"<Item><Data>" text "</Data></Item>"

/* All kinds of questions, from the server to the user and back. */
static void questions_go_to_the_user_and_back(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	start();
	server_answer(QUESTION("2", "1101", "", "") QUESTION("3", "1102", "IT=N", "")
		      QUESTION("4", "1103", "", ITEM("a") ITEM("b"))
		      QUESTION("5", "1104", "", ITEM("a") ITEM("b") ITEM("c")));
	assert_int_equal(sessions_get_state(sessions), SESSION_QUESTION);
	assert_int_equal(shown_kind, UI_KIND_CONFIRM);
	assert_true(say(UI_ACCEPT, NULL, 0));
	assert_int_equal(shown_kind, UI_KIND_INPUT);
	assert_string_equal(shown_text, "Question 3");
	assert_false(say(UI_ACCEPT, "abc", 0));
	assert_true(say(UI_ACCEPT, "-12.5", 0));
	assert_int_equal(shown_kind, UI_KIND_CHOICE);
	assert_true(say(UI_ACCEPT, NULL, 2));
	assert_int_equal(shown_kind, UI_KIND_CHOICES);
	assert_int_equal(wire.posts, 1);
	assert_true(say(UI_ACCEPT, NULL, 5));
	assert_int_equal(wire.posts, 2);
	assert_non_null(strstr(wire.body, "<Data>200</Data><Item><Data>-12.5</Data></Item></Status>"));
	assert_non_null(strstr(wire.body, "<Data>200</Data><Item><Data>2</Data></Item></Status>"));
	assert_non_null(strstr(wire.body, "<Data>200</Data><Item><Data>1</Data></Item>"
					  "<Item><Data>3</Data></Item></Status>"));
}

static void a_question_nobody_can_show_is_416(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	start();
	server_answer(QUESTION("2", "1101", "", ""));
	assert_true(say(UI_UNABLE, NULL, 0));
	assert_non_null(strstr(wire.body, "<Data>416</Data></Status>"));
}

/* The question goes down with the session. */
static void a_card_that_leaves_takes_its_question_along(void **state)
{
	const struct ui_frontend front = { .show = on_show };

	ui_set_frontend(ui, &front);
	start();
	server_answer(QUESTION("2", "1101", "", ""));
	sessions_card_lost(sessions, "removed");
	idle(DM_OUTCOME_TRANSPORT);
	assert_false(say(UI_ACCEPT, NULL, 0));
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
		T(ui_mode_2_tells_and_goes_on),
		T(ui_mode_1_is_silent),
		T(questions_go_to_the_user_and_back),
		T(a_question_nobody_can_show_is_416),
		T(a_card_that_leaves_takes_its_question_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
