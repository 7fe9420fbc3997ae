// SPDX-License-Identifier: BSD-3-Clause
/*
 * Authentication in both directions (spec/oma-dm.md 6.3 to 6.6): nothing is executed before the
 * server has proved itself, nonces are kept when they may be, retries have an end.
 */
#include "dm-fixture.h"

#include "dm/base64.h"

#define HDR_STATUS(ref, code, chal) \
	"<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" chal \
	"<Data>" code "</Data></Status>"
#define CHAL(nonce)	CHAL_TYPE("syncml:auth-md5", nonce)
#define CHAL_TYPE(type, nonce) \
	"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">" type "</Type>" \
	"<NextNonce" METINF ">" nonce "</NextNonce></Meta></Chal>"
#define N1	"MTExMTExMTExMTExMTExMQ=="	/* 16 times '1' */
#define N2	"MjIyMjIyMjIyMjIyMjIyMg=="

static const uint8_t b0[16] = {
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
};

static void assert_stored(struct fixture *f, const char *client, const char *server)
{
	struct mo_account acc;
	char text[DM_B64_LEN(MO_NONCE_LEN) + 1];

	assert_int_equal(mo_account_load(f->tree, "dmsc.example", &acc), 0);
	dm_b64_encode(acc.client.nonce, acc.client.nonce_len, text);
	assert_string_equal(text, client);
	dm_b64_encode(acc.server.nonce, acc.server.nonce_len, text);
	assert_string_equal(text, server);
	mo_account_wipe(&acc);
}

#define NC	"EBESExQVFhcYGRobHB0eHw=="
#define NS	"oKGio6SlpqeoqaqrrK2urw=="
#define NB	"sLGys7S1tre4ubq7vL2+vw=="
#define NCC	"wMHCw8TFxsfIycrLzM3Ozw=="

static bool proves_with(struct fixture *f, const char *nonce)
{
	char cred[DM_MD5_B64_LEN + 1];

	assert_int_equal(dm_auth_md5("client01", "ClientSecret1", (const uint8_t *)nonce, strlen(nonce),
				     cred), 0);
	return says(f, cred);
}

static enum dm_next say(struct fixture *f, unsigned int msg_id, const uint8_t *nonce,
			const char *secret, const char *body)
{
	char cred[400];

	return server_says(f, msg_id, secret ? server_cred(cred, nonce, 16, secret) : "", body);
}

/* The server sends commands but no credentials, then those for the challenge. */
static void server_challenged(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, ACCEPT_1 ADD("4", "./NAP/a", "1") "<Sequence><CmdID>5</CmdID>"
			     ADD("6", "./NAP/b", "1") "</Sequence><Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 407);
	assert_true(says(f, "<NextNonce" METINF ">" NB "</NextNonce>"));
	assert_int_equal(status(f, "4"), 407);
	assert_int_equal(status(f, "5"), 407);
	assert_int_equal(status(f, "6"), 407);
	assert_string_equal(leaf(f, "./NAP"), "");
	assert_stored(f, NC, NS);
	assert_int_equal(say(f, 2, b0, "CardSecret1", HDR_STATUS("2", "212", "")
			     ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 212);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, "<NextNonce" METINF ">" NCC "</NextNonce>"));
	assert_stored(f, NC, NCC);
	assert_string_equal(leaf(f, "./NAP"), "a");
}

static void server_wrong_twice(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, f->acc.server.nonce, "Wrong", ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 401);
	assert_int_equal(status(f, "4"), 401);
	assert_true(says(f, "<Chal>"));
	assert_int_equal(say(f, 2, b0, "Wrong", HDR_STATUS("2", "212", "") ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	/* no third chance, but every command has its status */
	assert_int_equal(status(f, "0"), 401);
	assert_int_equal(status(f, "4"), 401);
	assert_false(says(f, "<Chal>"));
	assert_true(says(f, "<Data>1223</Data>"));
	assert_int_equal(dm_session_input(f->s, NULL, "", 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_SERVER);
	assert_string_equal(leaf(f, "./NAP"), "");
	assert_stored(f, NC, NS);
}

/* The right secret with the nonce of before the challenge is wrong, too. */
static void server_with_old_nonce(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, b0, "CardSecret1", ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
	assert_int_equal(say(f, 2, f->acc.server.nonce, "CardSecret1", HDR_STATUS("2", "212", "")
			     ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_SERVER);
	assert_string_equal(leaf(f, "./NAP"), "");
}

static void server_says_nothing_and_proves_nothing(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, ACCEPT_1 "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_SERVER);
}

static void server_with_another_scheme(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, "<Cred><Meta><Type" METINF ">syncml:auth-basic</Type></Meta>"
				     "<Data>5SIqs8ZX3dgbKqwMigf0Aw==</Data></Cred>",
				     ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 401);
	assert_int_equal(status(f, "4"), 401);
}

static void server_proof_in_another_format(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, "<Cred><Meta><Format" METINF ">chr</Format><Type" METINF
				     ">syncml:auth-md5</Type></Meta><Data>5SIqs8ZX3dgbKqwMigf0Aw=="
				     "</Data></Cred>", ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
}

/* What the server said to an earlier message decides nothing about this one. */
static void status_of_an_earlier_message(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1")), DM_NEXT_SEND);
	assert_int_equal(say(f, 2, NULL, NULL, HDR_STATUS("1", "401", CHAL(N1)) ADD("4", "./NAP/b", "1")
			     "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_false(says(f, "1200"));
}

/* No question reaches the user from a server that has not proved itself. */
static void stranger_does_not_reach_the_user(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, ACCEPT_1 ASK("4", "1101") GET("5", "./DevDetail/SwV")
			     "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(f->asked, 0);
	assert_int_equal(status(f, "4"), 407);
	assert_int_equal(status(f, "5"), 407);
	assert_false(says(f, "<Results>"));
}

/* Once for the session: later messages need no Cred, and the status carries no new nonce. */
static void authenticated_for_the_session(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1")), DM_NEXT_SEND);
	assert_false(says(f, "<Cred>"));
	assert_int_equal(say(f, 2, NULL, NULL, HDR_STATUS("2", "200", "") ADD("4", "./NAP/b", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "0"), 212);
	assert_false(says(f, "<Chal>"));
}

/* The stored nonce was stale: once more with the one of the challenge. */
static void client_challenged(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, f->acc.server.nonce, "CardSecret1",
			     HDR_STATUS("1", "401", CHAL(N1)) "<Final/>"), DM_NEXT_SEND);
	assert_true(says(f, "<MsgID>2</MsgID>"));
	assert_true(proves_with(f, "1111111111111111"));
	assert_true(says(f, "<Data>1200</Data>"));
	assert_true(says(f, "./DevInfo/DevId"));
	assert_true(says(f, "<Final/>"));
	assert_int_equal(status(f, "0"), 212);
	assert_stored(f, NC, NB);	/* not yet: the server has not accepted it */
	assert_int_equal(say(f, 2, NULL, NULL, HDR_STATUS("2", "212", CHAL(N2))
			     ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_stored(f, N2, NB);
	assert_int_equal(status(f, "4"), 200);
	assert_false(says(f, "1200"));
}

static void client_refused_twice(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "407", CHAL(N1)) "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(say(f, 2, b0, "CardSecret1", HDR_STATUS("2", "401", CHAL(N2)) "<Final/>"),
			 DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_CLIENT);
	assert_stored(f, NC, NS);
}

/* Both at once: the repeated package 1 carries our challenge. */
static void both_challenged(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, f->acc.server.nonce, "Wrong",
			     HDR_STATUS("1", "401", CHAL(N1)) "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 401);
	assert_true(says(f, "<NextNonce" METINF ">" NB "</NextNonce>"));
	assert_true(says(f, "<Data>1200</Data>"));
	assert_true(proves_with(f, "1111111111111111"));
	assert_int_equal(say(f, 2, b0, "CardSecret1", HDR_STATUS("2", "212", CHAL(N2))
			     ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_stored(f, N2, NCC);
}

/* 6.4.5: the nonce of a stranger serves at once, but does not replace ours. */
static void nonce_of_a_stranger(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "212", CHAL(N1)) ADD("4", "./NAP/a", "1")
			     "<Final/>"), DM_NEXT_SEND);
	assert_stored(f, NC, NS);
	dm_session_lost(f->s);
	assert_stored(f, NC, NS);
}

static void nonce_kept_once_the_server_is_known(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "212", CHAL(N1)) ADD("4", "./NAP/a", "1")
			     "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(say(f, 2, b0, "CardSecret1", HDR_STATUS("2", "212", "") ADD("4", "./NAP/a", "1")
			     "<Final/>"), DM_NEXT_SEND);
	assert_stored(f, N1, NCC);
}

/* 200 counts for one message: credentials again, with the nonce that came along. */
static void status_200_is_for_one_message(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, f->acc.server.nonce, "CardSecret1", HDR_STATUS("1", "200", CHAL(N1))
			     GET("4", "./DevDetail/SwV") "<Final/>"), DM_NEXT_SEND);
	assert_true(proves_with(f, "1111111111111111"));
	assert_true(says(f, "<LocName>client01</LocName>"));
	assert_int_equal(say(f, 2, NULL, NULL, HDR_STATUS("2", "212", CHAL(N2))
			     GET("4", "./DevDetail/SwV") "<Final/>"), DM_NEXT_SEND);
	assert_false(says(f, "<Cred>"));
	assert_stored(f, N2, NB);
}

static void challenges_we_cannot_meet(void **state)
{
	static const struct {
		const char *status, *reason;
	} c[] = {
		{ HDR_STATUS("1", "401", ""), "without a challenge" },
		{ HDR_STATUS("1", "407", CHAL_TYPE("syncml:auth-basic", N1)), "a weaker type" },
		{ HDR_STATUS("1", "407", CHAL_TYPE("syncml:auth-securid", N1)), "not known" },
		{ HDR_STATUS("1", "401", CHAL("!")), "not base64" },
		{ HDR_STATUS("1", "401", "<Chal><Meta><Type>syncml:auth-md5</Type></Meta></Chal>"),
		  "no NextNonce" },
	};
	struct fixture *f = *state;
	char body[1000];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		start_2a(f);
		snprintf(body, sizeof(body), "%s<Final/>", c[i].status);
		assert_int_equal(say(f, 1, f->acc.server.nonce, "CardSecret1", body), DM_NEXT_DONE);
		assert_int_equal(outcome(f), DM_OUTCOME_AUTH_CLIENT);
		assert_non_null(strstr(dm_session_reason(f->s), c[i].reason));
		dm_session_free(f->s);
		mo_account_load(f->tree, "dmsc.example", &f->acc);
		fixture_session(f);
	}
}

/* It looks like base64 itself: decoded once, not twice. */
static void nonce_that_looks_like_base64(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	/* B64("QUJDREVG") */
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "401", CHAL("UVVKRFJFVkc=")) "<Final/>"),
			 DM_NEXT_SEND);
	assert_true(proves_with(f, "QUJDREVG"));
}

static void commands_with_a_refusal_are_not_run(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say(f, 1, f->acc.server.nonce, "CardSecret1", HDR_STATUS("1", "401", CHAL(N1))
			     ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 215);
	assert_true(says(f, "<Data>1200</Data>"));
	assert_string_equal(leaf(f, "./NAP"), "");
}

/* An account whose transport does all of it. */
static void no_credentials_in_the_account(void **state)
{
	struct fixture *f = *state;

	memset(&f->acc.client, 0, sizeof(f->acc.client));
	memset(&f->acc.server, 0, sizeof(f->acc.server));
	dm_session_free(f->s);
	fixture_session(f);
	start_2a(f);
	assert_false(says(f, "<Cred>"));
	assert_false(says(f, "<LocName>"));
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "200", "") ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 200);
	assert_int_equal(status(f, "4"), 200);
	assert_false(says(f, "<Chal>"));
	assert_non_null(strstr(f->log, "relying on the transport"));
}

static void challenged_without_credentials(void **state)
{
	struct fixture *f = *state;

	memset(&f->acc.client, 0, sizeof(f->acc.client));
	dm_session_free(f->s);
	fixture_session(f);
	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, HDR_STATUS("1", "407", CHAL(N1)) "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_CLIENT);
}

/* A name without a secret is an account gone wrong, not one that trusts the transport. */
static void half_an_account_is_not_open(void **state)
{
	struct fixture *f = *state;

	f->acc.server.secret[0] = '\0';
	f->acc.server.type[0] = '\0';
	dm_session_free(f->s);
	fixture_session(f);
	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 407);
}

static int no_random(uint8_t *buf, size_t len)
{
	return -5;
}

static void no_random_bytes(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	dm_auth_random = no_random;
	/* without a nonce no challenge; the known server keeps its old one */
	assert_int_equal(say(f, 1, f->acc.server.nonce, "CardSecret1", ACCEPT_1 ADD("4", "./NAP/a", "1")
			     "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 212);
	assert_false(says(f, "<Chal>"));
	assert_stored(f, NC, NS);
	dm_session_free(f->s);
	fixture_session(f);
	start_2a(f);
	assert_int_equal(say(f, 1, NULL, NULL, ACCEPT_1 ADD("5", "./NAP/b", "1") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_INTERNAL);
	dm_session_free(f->s);
	fixture_session(f);
	assert_int_equal(dm_session_start(f->s, false, 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(server_challenged),
		T(server_wrong_twice),
		T(server_with_old_nonce),
		T(server_says_nothing_and_proves_nothing),
		T(server_with_another_scheme),
		T(server_proof_in_another_format),
		T(status_of_an_earlier_message),
		T(stranger_does_not_reach_the_user),
		T(authenticated_for_the_session),
		T(client_challenged),
		T(client_refused_twice),
		T(both_challenged),
		T(nonce_of_a_stranger),
		T(nonce_kept_once_the_server_is_known),
		T(status_200_is_for_one_message),
		T(challenges_we_cannot_meet),
		T(nonce_that_looks_like_base64),
		T(commands_with_a_refusal_are_not_run),
		T(no_credentials_in_the_account),
		T(challenged_without_credentials),
		T(half_an_account_is_not_open),
		T(no_random_bytes),
	};

	return cmocka_run_group_tests_name("dm_server_auth", tests, NULL, NULL);
}
