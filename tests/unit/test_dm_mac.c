// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sessions with auth-MAC and auth-basic (spec/oma-dm.md 6.1 to 6.8): the header on every message,
 * a fresh nonce for every message, no way down to a weaker scheme; and what a cut session leaves.
 */
#include "dm-fixture.h"

#include "dm/base64.h"
#include "dm/hmac.h"

#define HDR_STATUS(ref, code, chal) \
	"<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" chal \
	"<Data>" code "</Data></Status>"
#define CHAL_TYPE(type, nonce) \
	"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">" type "</Type>" \
	"<NextNonce" METINF ">" nonce "</NextNonce></Meta></Chal>"
#define CHAL_MAC(nonce)	CHAL_TYPE("syncml:auth-MAC", nonce)
#define N1	"MTExMTExMTExMTExMTExMQ=="	/* 16 times '1' */
#define N2	"MjIyMjIyMjIyMjIyMjIyMg=="
#define NC	"EBESExQVFhcYGRobHB0eHw=="
#define NS	"oKGio6SlpqeoqaqrrK2urw=="
#define NB	"sLGys7S1tre4ubq7vL2+vw=="
#define NCC	"wMHCw8TFxsfIycrLzM3Ozw=="
#define ISSUED(type, nonce) \
	"<Type" METINF ">" type "</Type><NextNonce" METINF ">" nonce "</NextNonce></Meta></Chal>"

static const uint8_t b0[16] = {
	0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
};
static const uint8_t c0[16] = {
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
};
static const uint8_t a0[16] = {
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
};

static void stored(struct fixture *f, struct mo_account *acc)
{
	assert_int_equal(mo_account_load(f->tree, "dmsc.example", acc), 0);
}

static void assert_stored(struct fixture *f, const char *client, const char *server)
{
	struct mo_account acc;
	char text[DM_B64_LEN(MO_NONCE_LEN) + 1];

	stored(f, &acc);
	dm_b64_encode(acc.client.nonce, acc.client.nonce_len, text);
	assert_string_equal(text, client);
	dm_b64_encode(acc.server.nonce, acc.server.nonce_len, text);
	assert_string_equal(text, server);
	mo_account_wipe(&acc);
}

/* Another session, with the account as it is stored now. */
static void again(struct fixture *f)
{
	dm_session_free(f->s);
	stored(f, &f->acc);
	fixture_session(f);
}

static void use(struct fixture *f, const char *client, const char *server)
{
	strcpy(f->acc.client.type, client);
	strcpy(f->acc.server.type, server);
	dm_session_free(f->s);
	fixture_session(f);
}

/* Is the message that is due signed with this nonce? */
static bool signed_with(struct fixture *f, const char *nonce_b64)
{
	char text[DM_HMAC_MAX], want[DM_HMAC_MAX];
	struct dm_hmac h = { .user = "client01" };
	uint8_t nonce[16];
	const char *got;
	ssize_t n = dm_b64_decode(nonce_b64, strlen(nonce_b64), nonce, sizeof(nonce));

	fetch_output(f);
	got = dm_session_output_hmac(f->s, text);
	assert_int_equal(dm_auth_mac("client01", "ClientSecret1", nonce, (size_t)n, f->out, f->out_len,
				     h.mac), 0);
	assert_int_equal(dm_hmac_format(&h, want, sizeof(want)), 0);
	return got && !strcmp(got, want);
}

static bool is_signed(struct fixture *f)
{
	char text[DM_HMAC_MAX];

	return dm_session_output_hmac(f->s, text);
}

static enum dm_next say_mac(struct fixture *f, unsigned int msg_id, const uint8_t *nonce,
			    const char *user, const char *body)
{
	const char *text = compose(f, msg_id, "", body);
	struct dm_hmac h = { 0 };
	char header[DM_HMAC_MAX];

	strcpy(h.user, user);
	assert_int_equal(dm_auth_mac("dmsc.example", "CardSecret1", nonce, 16, text, strlen(text), h.mac),
			 0);
	assert_int_equal(dm_hmac_format(&h, header, sizeof(header)), 0);
	return dm_session_input_hmac(f->s, DM_CONTENT_TYPE_XML, header, text, strlen(text));
}

static enum dm_next say_plain(struct fixture *f, unsigned int msg_id, const char *cred,
			      const char *body)
{
	return server_says(f, msg_id, cred, body);
}

/* Both sides with a MAC, from the first to the last message. */
static void mac_both_ways(void **state)
{
	struct fixture *f = *state;

	use(f, "HMAC", "HMAC");
	start_2a(f);
	assert_true(signed_with(f, NC));
	assert_false(says(f, "<Cred>"));
	assert_true(says(f, "<LocName>client01</LocName>"));
	assert_int_equal(say_mac(f, 1, a0, "dmsc.example", HDR_STATUS("1", "200", CHAL_MAC(N1))
				 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 200);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, ISSUED("syncml:auth-MAC", NB)));
	assert_true(signed_with(f, N1));
	assert_true(says(f, "<LocName>client01</LocName>"));
	assert_stored(f, N1, NB);
	assert_int_equal(say_mac(f, 2, b0, "dmsc.example", HDR_STATUS("2", "200", CHAL_MAC(N2))
				 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, ISSUED("syncml:auth-MAC", NCC)));
	assert_true(signed_with(f, N2));
	assert_stored(f, N2, NCC);
	assert_int_equal(say_mac(f, 3, c0, "dmsc.example", HDR_STATUS("3", "200", CHAL_MAC(N1))
				 "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
	assert_stored(f, N1, NCC);
}

static void start_mac(struct fixture *f)
{
	use(f, "HMAC", "HMAC");
	start_2a(f);
	assert_int_equal(say_mac(f, 1, a0, "dmsc.example", HDR_STATUS("1", "200", CHAL_MAC(N1))
				 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
}

/* Once there, the MAC has to be there and right each time; a nonce serves once. */
static void mac_missing_wrong_or_stale(void **state)
{
	static const char second[] = HDR_STATUS("2", "200", CHAL_MAC(N2)) ADD("4", "./NAP/b", "1")
				     "<Final/>";
	struct fixture *f = *state;
	char cred[400];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		enum dm_next next = DM_NEXT_SEND;

		again(f);
		memcpy(f->acc.server.nonce, a0, 16);
		start_mac(f);
		if (i == 0)
			next = say_plain(f, 2, "", second);
		else if (i == 1)
			next = say_mac(f, 2, a0, "dmsc.example", second);
		else if (i == 2)
			next = say_mac(f, 2, b0, "somebody", second);
		else if (i == 3)
			next = say_plain(f, 2, server_cred(cred, b0, 16, "CardSecret1"), second);
		else if (i == 4)
			next = dm_session_input_hmac(f->s, DM_CONTENT_TYPE_XML, "mac=AAAA",
						     compose(f, 2, "", second),
						     strlen(compose(f, 2, "", second)));
		assert_int_equal(next, DM_NEXT_DONE);
		assert_int_equal(outcome(f), DM_OUTCOME_AUTH_SERVER);
		assert_string_equal(leaf(f, "./NAP/b"), "-");
		fixture_next_random = 0xb0;
		assert_int_equal(mo_tree_delete(f->tree, NULL, "./NAP/a"), MO_OK);
	}
}

/* A byte of the message changed on its way */
static void mac_covers_the_message(void **state)
{
	struct fixture *f = *state;
	const char *text;
	struct dm_hmac h = { .user = "dmsc.example" };
	char header[DM_HMAC_MAX];

	use(f, "HMAC", "HMAC");
	start_2a(f);
	text = compose(f, 1, "", HDR_STATUS("1", "200", CHAL_MAC(N1)) ADD("4", "./NAP/a", "1") "<Final/>");
	assert_int_equal(dm_auth_mac("dmsc.example", "CardSecret1", a0, 16, text, strlen(text), h.mac), 0);
	assert_int_equal(dm_hmac_format(&h, header, sizeof(header)), 0);
	strstr(f->message, "NAP/a")[4] = 'z';
	assert_int_equal(dm_session_input_hmac(f->s, DM_CONTENT_TYPE_XML, header, text, strlen(text)),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 401);
	assert_int_equal(status(f, "4"), 401);
	assert_true(says(f, ISSUED("syncml:auth-MAC", NB)));
	assert_string_equal(leaf(f, "./NAP"), "");
	/* our own message is signed all the same */
	assert_true(signed_with(f, N1));
}

/* A server that does not send a MAC is asked for one; md5 is less than this account wants. */
static void mac_is_demanded(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	use(f, "DIGEST", "HMAC");
	start_2a(f);
	assert_false(is_signed(f));
	assert_int_equal(say_plain(f, 1, server_cred(cred, a0, 16, "CardSecret1"),
				   ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 401);
	assert_int_equal(status(f, "4"), 401);
	assert_true(says(f, ISSUED("syncml:auth-MAC", NB)));
	assert_int_equal(say_mac(f, 2, b0, "dmsc.example", HDR_STATUS("2", "212", "")
				 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 200);
	assert_int_equal(status(f, "4"), 200);
	assert_false(is_signed(f));
}

/* More than the account asks for is welcome; it holds for the session. */
static void server_may_do_more(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(say_mac(f, 1, a0, "dmsc.example", ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 200);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "212", "") ADD("4", "./NAP/b", "1")
				   "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_SERVER);
}

/* 6.3: always 200 with a nonce for the next message, anything else is the end. */
static void mac_of_the_client_needs_a_nonce(void **state)
{
	static const char *const c[] = {
		HDR_STATUS("1", "200", ""),
		HDR_STATUS("1", "212", CHAL_MAC(N1)),
		HDR_STATUS("1", "200", CHAL_TYPE("syncml:auth-md5", N1)),
		HDR_STATUS("1", "200", CHAL_MAC("!")),
		"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd>"
		"<Data>200</Data></Status>",
	};
	struct fixture *f = *state;
	char body[1000];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		use(f, "HMAC", "HMAC");
		start_2a(f);
		snprintf(body, sizeof(body), "%s" ADD("4", "./NAP/a", "1") "<Final/>", c[i]);
		assert_int_equal(say_mac(f, 1, a0, "dmsc.example", body), DM_NEXT_DONE);
		assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
		assert_string_equal(leaf(f, "./NAP"), "");
	}
	/* also later in the session: no Status for our header at all */
	again(f);
	start_mac(f);
	assert_int_equal(say_mac(f, 2, b0, "dmsc.example", ADD("4", "./NAP/b", "1") "<Final/>"),
			 DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
}

static void mac_refused_later(void **state)
{
	struct fixture *f = *state;

	start_mac(f);
	assert_int_equal(say_mac(f, 2, b0, "dmsc.example", HDR_STATUS("2", "401", CHAL_MAC(N2))
				 "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_AUTH_CLIENT);
}

/* md5 was tried, the server wants a MAC; the next session begins with it (AAuthPref is empty). */
static void challenge_to_more(void **state)
{
	struct fixture *f = *state;
	struct mo_account acc;
	char cred[400];

	start_2a(f);
	assert_int_equal(say_plain(f, 1, server_cred(cred, a0, 16, "CardSecret1"),
				   HDR_STATUS("1", "401", CHAL_MAC(N1)) "<Final/>"), DM_NEXT_SEND);
	assert_true(signed_with(f, N1));
	assert_false(says(f, "<Cred>"));
	assert_true(says(f, "<Data>1200</Data>"));
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "200", CHAL_MAC(N2)) ADD("4", "./NAP/a", "1")
				   "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(signed_with(f, N2));
	stored(f, &acc);
	assert_string_equal(acc.last_auth, "HMAC");
	assert_true(acc.has_auth_pref);
	again(f);
	start_2a(f);
	assert_true(signed_with(f, N2));
}

/* Somebody in between asks for the password, or for a proof that covers less. */
static void downgrade_is_refused(void **state)
{
	static const struct {
		const char *account, *challenge;
	} c[] = {
		{ "DIGEST", CHAL_TYPE("syncml:auth-basic", N1) },
		{ "HMAC", CHAL_TYPE("syncml:auth-basic", N1) },
		{ "HMAC", CHAL_TYPE("syncml:auth-md5", N1) },
	};
	struct fixture *f = *state;
	char body[1000];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		use(f, c[i].account, "DIGEST");
		start_2a(f);
		snprintf(body, sizeof(body), "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef>"
			 "<Cmd>SyncHdr</Cmd>%s<Data>401</Data></Status><Final/>", c[i].challenge);
		assert_int_equal(say_plain(f, 1, "", body), DM_NEXT_DONE);
		assert_int_equal(outcome(f), DM_OUTCOME_AUTH_CLIENT);
		assert_non_null(strstr(dm_session_reason(f->s), "weaker"));
	}
}

#define CRED_BASIC	"<Cred><Meta><Format" METINF ">b64</Format><Type" METINF \
			">syncml:auth-basic</Type></Meta><Data>%s</Data></Cred>"

/* An account that says BASIC on both sides; basic has no nonces. */
static void basic_both_ways(void **state)
{
	struct fixture *f = *state;
	char hdr[600], cred[DM_BASIC_B64_LEN + 1];

	use(f, "BASIC", "BASIC");
	start_2a(f);
	assert_true(says(f, "<Type" METINF ">syncml:auth-basic</Type></Meta>"
			 "<Data>Y2xpZW50MDE6Q2xpZW50U2VjcmV0MQ==</Data></Cred>"));
	assert_int_equal(dm_auth_basic("dmsc.example", "CardSecret2", cred), 0);
	snprintf(hdr, sizeof(hdr), CRED_BASIC, cred);
	assert_int_equal(say_plain(f, 1, hdr, ACCEPT_1 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
	assert_true(says(f, "<Type" METINF ">syncml:auth-basic</Type></Meta></Chal>"));
	assert_int_equal(dm_auth_basic("dmsc.example", "CardSecret1", cred), 0);
	snprintf(hdr, sizeof(hdr), CRED_BASIC, cred);
	assert_int_equal(say_plain(f, 2, hdr, HDR_STATUS("2", "212", "") ADD("4", "./NAP/a", "1")
				   "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), 212);
	assert_int_equal(status(f, "4"), 200);
	assert_false(says(f, "<Chal>"));
	assert_stored(f, NC, NS);
}

/* Challenged to basic by an account that allows it, then to each message anew (200). */
static void basic_by_challenge(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	strcpy(f->acc.auth_pref, "DIGEST");
	use(f, "BASIC", "DIGEST");
	start_2a(f);
	assert_true(says(f, "syncml:auth-md5"));
	assert_int_equal(say_plain(f, 1, server_cred(cred, a0, 16, "CardSecret1"),
				   HDR_STATUS("1", "401", "<Chal><Meta><Format" METINF ">b64</Format><Type"
					      METINF ">syncml:auth-basic</Type></Meta></Chal>") "<Final/>"),
			 DM_NEXT_SEND);
	assert_true(says(f, "<Data>Y2xpZW50MDE6Q2xpZW50U2VjcmV0MQ==</Data></Cred>"));
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "200", "") ADD("4", "./NAP/a", "1")
				   "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, "<Data>Y2xpZW50MDE6Q2xpZW50U2VjcmV0MQ==</Data></Cred>"));
}

/* 6.6: the message with the nonce was lost, the server knows only the one before. */
static void nonce_before_the_last(void **state)
{
	struct fixture *f = *state;
	struct mo_account acc;
	char cred[400];

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1")), DM_NEXT_SEND);
	dm_session_lost(f->s);
	stored(f, &acc);
	assert_true(acc.has_previous);
	assert_memory_equal(acc.previous, a0, 16);
	assert_stored(f, NC, NB);
	again(f);
	start_2a(f);
	assert_int_equal(say_plain(f, 1, server_cred(cred, a0, 16, "CardSecret1"),
				   ACCEPT_1 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_stored(f, NC, NCC);
	/* and with a MAC */
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_int_equal(say_mac(f, 1, b0, "dmsc.example", ACCEPT_1 ADD("4", "./NAP/c", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
}

/* It went through: the one before is of no use any more. */
static void nonce_before_the_last_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct mo_account acc;
	char cred[400];

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1")), DM_NEXT_SEND);
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "212", "") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
	stored(f, &acc);
	assert_false(acc.has_previous);
	again(f);
	start_2a(f);
	assert_int_equal(say_plain(f, 1, server_cred(cred, a0, 16, "CardSecret1"),
				   ACCEPT_1 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
}

/* A challenge asks for its own nonce and no other. */
static void challenge_outdates_the_one_before(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1")), DM_NEXT_SEND);
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_int_equal(say_plain(f, 1, "", ACCEPT_1 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 407);
	assert_int_equal(say_plain(f, 2, server_cred(cred, a0, 16, "CardSecret1"),
				   HDR_STATUS("2", "212", "") ADD("4", "./NAP/b", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 401);
}

/* 6.6: an account without AAuthData counts on an empty nonce. */
static void no_nonce_at_all(void **state)
{
	struct fixture *f = *state;
	char cred[DM_MD5_B64_LEN + 1], hdr[400];

	f->acc.client.nonce_len = f->acc.server.nonce_len = 0;
	use(f, "DIGEST", "DIGEST");
	start_2a(f);
	assert_int_equal(dm_auth_md5("client01", "ClientSecret1", NULL, 0, cred), 0);
	assert_true(says(f, cred));
	assert_int_equal(say_plain(f, 1, server_cred(hdr, NULL, 0, "CardSecret1"),
				   ACCEPT_1 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
}

/* New secrets in the account count from the next session on. */
static void new_secret_counts_next_session(void **state)
{
	struct fixture *f = *state;
	char cred[DM_MD5_B64_LEN + 1], hdr[400];

	assert_int_equal(run_commands(f, REPLACE("4", "./DMAcc/Card/AppAuth/1/AAuthSecret", "New1")
				      REPLACE("5", "./DMAcc/Card/AppAuth/2/AAuthSecret", "New2")),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "200", "") ADD("4", "./NAP/a", "1")
				   "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(dm_auth_md5("client01", "ClientSecret1", f->acc.client.nonce, 16, cred), 0);
	assert_true(says(f, cred));
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_int_equal(dm_auth_md5("client01", "New1", f->acc.client.nonce, 16, cred), 0);
	assert_true(says(f, cred));
	assert_int_equal(say_plain(f, 1, server_cred(hdr, b0, 16, "New2"),
				   ACCEPT_1 ADD("4", "./NAP/b", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
}

static int no_random(uint8_t *buf, size_t len)
{
	return -5;
}

/* Without a nonce for the next message there is no next message. */
static void mac_without_random_bytes(void **state)
{
	struct fixture *f = *state;

	use(f, "HMAC", "HMAC");
	start_2a(f);
	dm_auth_random = no_random;
	assert_int_equal(say_mac(f, 1, a0, "dmsc.example", HDR_STATUS("1", "200", CHAL_MAC(N1))
				 ADD("4", "./NAP/a", "1") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_INTERNAL);
	assert_string_equal(leaf(f, "./NAP"), "");
}

/* No line of the log has a secret, a nonce or a proof in it. */
static void nothing_secret_is_logged(void **state)
{
	static const char *const secrets[] = {
		"ClientSecret1", "CardSecret1", N1, N2, NC, NS, NB, "mac=", "Y2xpZW50",
	};
	struct fixture *f = *state;
	size_t i;

	start_mac(f);
	assert_int_equal(say_plain(f, 2, "", HDR_STATUS("2", "200", CHAL_MAC(N2)) "<Final/>"), DM_NEXT_DONE);
	use(f, "BASIC", "BASIC");
	start_2a(f);
	assert_int_equal(say_plain(f, 1, "", HDR_STATUS("1", "401", CHAL_MAC(N1)) "<Final/>"), DM_NEXT_SEND);
	dm_session_lost(f->s);
	assert_true(strlen(f->log) > 100);
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_null(strstr(f->log, secrets[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(mac_both_ways),
		T(mac_missing_wrong_or_stale),
		T(mac_covers_the_message),
		T(mac_is_demanded),
		T(server_may_do_more),
		T(mac_of_the_client_needs_a_nonce),
		T(mac_refused_later),
		T(challenge_to_more),
		T(downgrade_is_refused),
		T(basic_both_ways),
		T(basic_by_challenge),
		T(nonce_before_the_last),
		T(nonce_before_the_last_is_dropped),
		T(challenge_outdates_the_one_before),
		T(no_nonce_at_all),
		T(new_secret_counts_next_session),
		T(mac_without_random_bytes),
		T(nothing_secret_is_logged),
	};

	return cmocka_run_group_tests_name("dm_mac", tests, NULL, NULL);
}
