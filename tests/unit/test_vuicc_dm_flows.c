// SPDX-License-Identifier: BSD-3-Clause
/*
 * Client against card: what the user answers, sessions that are lost, subtrees, the rest of the
 * commands, and what a client makes of each deliberate fault of the server.
 */
#include "vuicc-dm-device.h"

/* ------------------------------------------------------------------- the user */

#define UI(code, options, text, choices) \
	"<Alert><Data>" code "</Data><Item><Data>" options "</Data></Item><Item><Data>" text \
	"</Data></Item>" choices "</Alert>"
#define CHOICES	"<Item><Data>one</Data></Item><Item><Data>two</Data></Item><Item><Data>three</Data></Item>"
#define ALL_UI \
	UI("1100", "MINDT=1", "Hello", "") UI("1102", "MAXLEN=8", "Name?", "") \
	UI("1102", "ET=P&amp;MAXLEN=20", "PIN?", "") UI("1102", "IT=N", "How many?", "") \
	UI("1103", "DR=1", "One of", CHOICES) UI("1104", "", "Some of", CHOICES) \
	REPLACE("hostname", "asked")

static const char *const replies[] = { NULL, "J\xC3\xBCrgen", "s3cret-4711", "-3.5", "2", "1,3" };

static void user_answers(void **state)
{
	struct device *d = device_new(ALL_UI, NULL, "ClientSecret1");
	struct card *c = d->card;

	d->texts = replies;
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(c->complete);
	assert_fine(d);
	assert_int_equal(d->asked, 6);
	assert_logged(c, 6, "\"cmd\":\"Alert\"", "\"status\":200");
	assert_logged(c, 1, "\"event\":\"answer\"", "\"code\":1102,\"data\":[\"J\xC3\xBCrgen\"]");
	assert_logged(c, 1, "\"event\":\"answer\"", "\"code\":1102,\"data\":[\"***\"]");
	assert_logged(c, 1, "\"event\":\"answer\"", "\"code\":1102,\"data\":[\"-3.5\"]");
	assert_logged(c, 1, "\"event\":\"answer\"", "\"code\":1103,\"data\":[\"2\"]");
	assert_logged(c, 1, "\"event\":\"answer\"", "\"code\":1104,\"data\":[\"1\",\"3\"]");
	assert_logged(c, 5, "\"event\":\"answer\"", "");
	assert_logged(c, 0, "4711", "");
	assert_non_null(strstr(slurp(d->file), "hostname=asked\n"));
	device_free(d);
}

/* No, cancel, nobody there, in each place; the card knows what has to follow. */
static void user_refuses(void **state)
{
	static const struct {
		enum dm_answer answer;
		const char *alert;
	} v[] = {
		{ DM_ANSWER_REJECT, "304" }, { DM_ANSWER_CANCEL, "214" },
		{ DM_ANSWER_TIMEOUT, "408" }, { DM_ANSWER_UNDISPLAYABLE, "416" },
	};
	static const char *const around[][2] = {
		{ "<Sequence>", "</Sequence>" }, { "<Atomic>", "</Atomic>" }, { "", "" },
	};
	char file[1024];
	size_t i, k;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (k = 0; k < 3; k++) {
			bool changes, stops, atomic = k == 1;
			struct device *d;

			snprintf(file, sizeof(file), "%s" UI("1101", "", "Go?", "")
				 REPLACE("hostname", "gw") "%s" GET("./DevDetail/SwV"), around[k][0],
				 around[k][1]);
			d = device_new(file, NULL, "ClientSecret1");
			d->answer = v[i].answer;
			assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
			assert_fine(d);
			assert_logged(d->card, 1, "\"cmd\":\"Alert\"", v[i].alert);
			assert_logged(d->card, atomic, "\"cmd\":\"Atomic\"", "507");
			/* a cancel stops all, but for one that an Atomic has already failed by */
			stops = !atomic && (v[i].answer == DM_ANSWER_CANCEL ||
					    v[i].answer == DM_ANSWER_TIMEOUT);
			changes = k == 2 && !stops;
			assert_logged(d->card, 1, "./Settings/hostname", changes ? "200" : "215");
			assert_logged(d->card, 1, "\"cmd\":\"Get\"",
				      stops ? "\"status\":215" : "\"status\":200");
			assert_int_equal(!!strstr(slurp(d->file), "hostname=gw"), changes);
			device_free(d);
		}
	}
}

/* ------------------------------------------------------------------ lost sessions */

/* What the card did not hear in one session it hears in the next, and only once. */
static void lost_session(void **state)
{
	struct device *d = device_new(REPLACE("hostname", "gw") DELETE("obsolete"), NULL,
				      "ClientSecret1");
	struct card *c = d->card;

	d->lose_after = 1;
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_TRANSPORT);
	assert_non_null(strstr(slurp(d->file), "hostname=gw\n"));
	assert_logged(c, 0, "\"code\":1226", "");
	vuicc_app_reset(c->app);
	vuicc_app_connected(c->app, CH);
	d->lose_after = 0;
	assert_int_equal(session(d, 0x2B), DM_OUTCOME_OK);
	assert_logged(c, 2, "\"code\":1226", "Reversed-Domain-Name: org.dmsc.session-result");
	assert_logged(c, 1, "Replace 200 ./Settings/hostname", "\"correlator\":\"2A/1/");
	assert_logged(c, 1, "Delete 200 ./Settings/obsolete", "\"session\":\"2B\"");
	assert_logged(c, 1, "./Settings/obsolete", "\"status\":404");	/* done already */
	assert_int_equal(session(d, 0x2C), DM_OUTCOME_OK);
	assert_logged(c, 2, "\"code\":1226", "");
	assert_fine(d);
	device_free(d);
}

/* A card that cannot take an alert now is told again; one that never can is not. */
static void alert_refused(void **state)
{
	static const struct {
		const char *status;
		unsigned int told;
	} v[] = { { "417", 2 }, { "406", 1 } };
	size_t i;

	for (i = 0; i < 2; i++) {
		char file[256];
		struct device *d;

		snprintf(file, sizeof(file), "<?vuicc alert-status=%s?>" REPLACE("hostname", "gw"),
			 v[i].status);
		d = device_new(file, NULL, "ClientSecret1");
		d->lose_after = 1;
		assert_int_equal(session(d, 0x2A), DM_OUTCOME_TRANSPORT);
		d->lose_after = 0;
		assert_int_equal(session(d, 0x2B), DM_OUTCOME_OK);
		assert_int_equal(session(d, 0x2C), DM_OUTCOME_OK);
		assert_logged(d->card, v[i].told, "\"code\":1226", "");
		assert_fine(d);
		device_free(d);
	}
}

/* A client event goes along with package 1. */
static void client_event(void **state)
{
	const struct dm_event e = { .source = "./Settings", .type = "org.example.event",
				    .format = "chr", .data = "it rains", .len = 8 };
	struct device *d = device_new(REPLACE("hostname", "gw"), NULL, "ClientSecret1");
	struct mo_account acc;
	enum dm_next next;

	assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
	assert_int_equal(dm_session_new(&acc, d->tree, &client_ops, d, &d->session), 0);
	assert_int_equal(dm_session_add_event(d->session, &e), 0);
	for (next = dm_session_start(d->session, false, 0x2A); next != DM_NEXT_DONE;)
		next = exchange_with_card(d);
	assert_int_equal(dm_session_get_outcome(d->session), DM_OUTCOME_OK);
	dm_session_free(d->session);
	mo_account_wipe(&acc);
	assert_logged(d->card, 1, "\"code\":1224", "it rains");
	assert_logged(d->card, 1, "\"code\":1201", "");
	assert_fine(d);
	device_free(d);
}

/* The device gives up while the user thinks: alert 1223, and all that was done is told. */
static void client_aborts(void **state)
{
	struct device *d = device_new(REPLACE("hostname", "gw") UI("1101", "", "Go?", "") DELETE("obsolete"),
				      NULL, "ClientSecret1");
	struct mo_account acc;
	enum dm_next next;

	assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
	assert_int_equal(dm_session_new(&acc, d->tree, &client_ops, d, &d->session), 0);
	for (next = dm_session_start(d->session, true, 0x2A); next != DM_NEXT_DONE;)
		next = next == DM_NEXT_WAIT_UI ? dm_session_abort(d->session) : exchange_with_card(d);
	assert_int_equal(dm_session_get_outcome(d->session), DM_OUTCOME_ABORTED);
	dm_session_free(d->session);
	mo_account_wipe(&acc);
	assert_logged(d->card, 1, "\"code\":1223", "");
	assert_logged(d->card, 1, "./Settings/hostname", "200");
	assert_logged(d->card, 1, "\"event\":\"end\"", "the client aborted it");
	assert_fine(d);
	device_free(d);
}

/* -------------------------------------------------------------- subtrees and the rest */

#define TNDS(format, type, data) \
	"<Add><Item><Target><LocURI>./Inbox</LocURI></Target><Meta><Format>" format "</Format><Type>" type \
	"</Type></Meta><Data>" data "</Data></Item></Add>"
#define TYPE_XML	"application/vnd.syncml.dmtnds+xml"
#define TYPE_WBXML	"application/vnd.syncml.dmtnds+wbxml"
#define LEAF(name, value) \
	"<Node><NodeName>" name "</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain" \
	"</MIME></Type></RTProperties><Value>" value "</Value></Node>"
#define ACCOUNT \
	"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>Second</NodeName>" \
	"<RTProperties><ACL>Get=dmsc.example&amp;Replace=dmsc.example&amp;Delete=dmsc.example</ACL>" \
	"<Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>" \
	LEAF("AppID", "w7") LEAF("ServerID", "second.example") "</Node></MgmtTree>"

/* An account through the Inbox, in every form that a subtree has. */
static void account_through_inbox(void **state)
{
	static const char *const files[] = {
		TNDS("xml", TYPE_XML, "<![CDATA[" ACCOUNT "]]>"),
		"<?vuicc encoding=wbxml?>" TNDS("xml", TYPE_XML, "<![CDATA[" ACCOUNT "]]>"),
		"<?vuicc encoding=wbxml text=opaque?>" TNDS("xml", TYPE_XML, "<![CDATA[" ACCOUNT "]]>"),
		"<?vuicc encoding=wbxml?>" TNDS("xml", TYPE_XML, ACCOUNT),
		"<?vuicc encoding=wbxml?>" TNDS("bin", TYPE_WBXML, ACCOUNT),
		TNDS("xml", TYPE_XML, ACCOUNT),
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct device *d = device_new(files[i], NULL, "ClientSecret1");
		char id[64];

		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		if (!logged(d->card, "\"target\":\"./Inbox\"", "\"status\":200")) {
			show(d->card);
			fail_msg("%s: not installed", files[i]);
		}
		assert_fine(d);
		assert_int_equal(mo_account_nth(d->tree, 1, id, sizeof(id)), 0);
		assert_string_equal(id, "second.example");
		device_free(d);
	}
}

static void reads(void **state)
{
	static const char file[] =
		GET("./DevDetail?list=Struct") GET("./Settings?list=StructData")
		GET("./DMAcc?list=TNDS") GET("./Settings/hostname?prop=Format") GET(".")
		GET("./Settings?prop=ACL") GET("./DMAcc/Card/AppAuth/1/AAuthSecret") GET("./Inbox")
		GET("./DMAcc?list=StructData") GET("./Settings?list=Nope") GET("./Settings/hostname?prop=Nope");
	static const char *const encodings[] = { "", "wbxml" };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct device *d = device_with(file, NULL, &(const struct account){
			"DIGEST", "DIGEST", encodings[i], "ClientSecret1" });
		struct card *c = d->card;

		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		assert_true(c->complete);
		assert_fine(d);
		assert_logged(c, 1, "\"event\":\"results\"", "\"target\":\"./DevDetail/URI/MaxDepth\"");
		assert_logged(c, 1, "\"target\":\"./Settings/hostname\"", "\"data\":\"old\"");
		assert_logged(c, 1, "\"event\":\"results\"", "<NodeName>ServerID</NodeName>");
		assert_logged(c, 1, "\"target\":\"./Settings/hostname?prop=Format\"", "\"data\":\"chr\"");
		assert_logged(c, 1, "AAuthSecret\"", "\"status\":405");
		assert_logged(c, 1, "\"target\":\"./Inbox\"", "\"status\":405");
		assert_logged(c, 1, "list=Nope", "\"status\":406");
		assert_logged(c, 1, "prop=Nope", "\"status\":406");
		device_free(d);
	}
}

/* Copy, rename, Exec, nested containers and several Items, with the codes that belong to them. */
static void commands(void **state)
{
	static const char file[] =
		"<Copy><Item><Target><LocURI>./Settings/copy</LocURI></Target><Source><LocURI>"
		"./Settings/hostname</LocURI></Source></Item></Copy>"
		"<Replace><Item><Target><LocURI>./Settings/obsolete?prop=Name</LocURI></Target><Data>kept</Data>"
		"</Item></Replace>"
		"<Exec><Item><Target><LocURI>./Settings/hostname</LocURI></Target></Item></Exec>"
		"<Sequence>" ADD("s/one", "1") "<Atomic>" ADD("s/two", "2") ADD("s/two", "3") "</Atomic>"
		ADD("s/three", "3") "</Sequence>"
		"<Atomic>" ADD("a", "1") GET("./Settings/a") "</Atomic>"
		"<Atomic><Add><Item><Target><LocURI>./Settings/m1</LocURI></Target><Data>1</Data></Item><Item>"
		"<Target><LocURI>./Settings/hostname</LocURI></Target><Data>2</Data></Item><Item><Target><LocURI>"
		"./Settings/m3</LocURI></Target><Data>3</Data></Item></Add></Atomic>";
	struct device *d = device_new(file, NULL, "ClientSecret1");
	struct card *c = d->card;
	const char *text;

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(c->complete);
	assert_fine(d);
	assert_logged(c, 1, "\"cmd\":\"Copy\"", "\"status\":200");
	assert_logged(c, 1, "?prop=Name", "\"status\":200");
	assert_logged(c, 1, "\"cmd\":\"Exec\"", "\"status\":405");
	assert_logged(c, 3, "\"cmd\":\"Atomic\"", "\"status\":507");
	assert_logged(c, 1, "./Settings/s/three", "\"status\":200");
	assert_logged(c, 1, "\"cmd\":\"Get\"", "\"status\":500");
	text = slurp(d->file);
	assert_non_null(strstr(text, "copy=old\n"));
	assert_non_null(strstr(text, "kept=1\n"));
	assert_null(strstr(text, "s/two"));
	assert_null(strstr(text, "m1="));
	device_free(d);
}

/* The card has lost its nonces: package #0 and session with the nonce that says so. */
static void resync(void **state)
{
	static const char *const nonces[] = { "AAAAAA==", "MHgwMDAwMDAwMA==" };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct device *d;
		struct vdm_nonce n;
		struct dm_notification note;
		struct mo_account acc;
		enum dm_next next;
		uint8_t buf[128];
		const uint8_t *body;
		const char *why;
		size_t len;
		int ret;

		card_lost_nonces = nonces[i];
		d = device_new(REPLACE("hostname", "gw"), NULL, "ClientSecret1");
		card_lost_nonces = NULL;
		assert_int_equal(vdm_nonce_decode(nonces[i], &n), 0);
		ret = vuicc_app_notification(d->card->app, buf, sizeof(buf));
		assert_true(ret > 0);
		assert_int_equal(dm_wsp_unwrap(buf, (size_t)ret, &body, &len), 0);
		assert_int_equal(dm_notification_parse(body, len, &note, &why), 0);
		assert_true(dm_notification_check(&note, "CardSecret1", n.b, n.len));
		assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
		memcpy(acc.client.nonce, n.b, n.len);
		memcpy(acc.server.nonce, n.b, n.len);
		acc.client.nonce_len = acc.server.nonce_len = n.len;
		assert_int_equal(dm_session_new(&acc, d->tree, &client_ops, d, &d->session), 0);
		for (next = dm_session_start(d->session, true, 0x2A); next != DM_NEXT_DONE;)
			next = exchange_with_card(d);
		assert_int_equal(dm_session_get_outcome(d->session), DM_OUTCOME_OK);
		dm_session_free(d->session);
		mo_account_wipe(&acc);
		/* both have fresh ones now, and agree */
		assert_int_equal(session(d, 0x2B), DM_OUTCOME_OK);
		assert_logged(d->card, 2, "\"client\":\"ok\"", "");
		assert_logged(d->card, 0, "\"client\":\"wrong\"", "");
		assert_logged(d->card, 0, "\"server\":\"refused\"", "");
		assert_fine(d);
		device_free(d);
	}
}

/* -------------------------------------------------------------------------- faults */

/* Whatever the server does, the session ends, and nothing changes that must not. */
static void faults(void **state)
{
	static const struct {
		const char *words, *fault;
		enum dm_outcome outcome;
		bool changes;
	} v[] = {
		{ "client-auth=mac server-auth=mac", "wrong-mac", DM_OUTCOME_AUTH_SERVER, true },
		{ "client-auth=mac server-auth=mac", "no-mac", DM_OUTCOME_AUTH_SERVER, true },
		{ "client-auth=mac server-auth=mac", "wrong-server-secret", DM_OUTCOME_AUTH_SERVER, false },
		{ "client-auth=mac server-auth=mac", "weak-challenge", DM_OUTCOME_AUTH_CLIENT, false },
		{ "client-auth=mac server-auth=mac", "unknown-auth", DM_OUTCOME_AUTH_CLIENT, false },
		{ "client-auth=mac server-auth=mac", "bad-nonce", DM_OUTCOME_AUTH_CLIENT, false },
		{ "server-auth=none", "wrong-server-secret", DM_OUTCOME_AUTH_SERVER, false },
		{ "encoding=wbxml", "malformed-xml", DM_OUTCOME_MALFORMED, false },
		{ "", "wrong-type", DM_OUTCOME_MALFORMED, false },
		{ "", "wrong-version", DM_OUTCOME_PROTOCOL, false },
		{ "", "wrong-protocol", DM_OUTCOME_PROTOCOL, false },
		{ "", "wrong-msg-ref", DM_OUTCOME_PROTOCOL, false },
		{ "", "same-msg-id", DM_OUTCOME_PROTOCOL, true },
		{ "", "foreign-resp-uri", DM_OUTCOME_OK, true },
		{ "", "endless", DM_OUTCOME_PROTOCOL, false },
	};
	char file[512];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const char *auth = i < 3 ? "HMAC" : "DIGEST";
		const struct account a = { auth, auth, "", "ClientSecret1" };
		enum dm_outcome outcome;
		struct device *d;

		snprintf(file, sizeof(file), "<?vuicc fault=%s %s batch=1?>" REPLACE("hostname", "changed")
			 GET("./DevDetail/SwV"), v[i].fault, v[i].words);
		d = device_with(file, NULL, &a);
		outcome = session(d, 0x2A);
		if (outcome != v[i].outcome)
			fail_msg("%s: %s, not %s\n%s", v[i].fault, dm_outcome_name(outcome),
				 dm_outcome_name(v[i].outcome), d->log);
		if (!!strstr(slurp(d->file), "changed") != v[i].changes)
			fail_msg("%s: the configuration was %s", v[i].fault,
				 v[i].changes ? "not changed" : "changed");
		device_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_answers), cmocka_unit_test(user_refuses),
		cmocka_unit_test(lost_session), cmocka_unit_test(alert_refused),
		cmocka_unit_test(client_event), cmocka_unit_test(client_aborts),
		cmocka_unit_test(account_through_inbox), cmocka_unit_test(reads),
		cmocka_unit_test(commands), cmocka_unit_test(resync), cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests_name("vuicc_dm_flows", tests, NULL, NULL);
}
