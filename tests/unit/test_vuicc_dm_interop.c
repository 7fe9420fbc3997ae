// SPDX-License-Identifier: BSD-3-Clause
/*
 * The DM client engine against the card's DM server, message by message and without
 * anything between them: two implementations that share no code must agree.
 */
#include "vuicc-dm-device.h"

static void everything(void **state)
{
	struct device *d = device_new(EVERYTHING, NULL, "ClientSecret1");
	struct card *c = d->card;
	const char *file;

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(c->complete);
	assert_fine(d);
	assert_int_equal(d->asked, 1);
	assert_logged(c, 1, "./Settings/apn/name", "200");
	assert_logged(c, 1, "\"cmd\":\"Atomic\"", "\"status\":200");
	assert_logged(c, 1, "\"cmd\":\"Atomic\"", "\"status\":507");
	assert_logged(c, 1, "./Settings/missing", "404");
	assert_logged(c, 1, "./Settings/hostname", "216");
	assert_logged(c, 1, "./Settings/none", "404");
	assert_logged(c, 1, "\"event\":\"results\"", "\"data\":\"1.4.2\"");
	assert_logged(c, 1, "\"target\":\"./Settings/a\"", "200");
	assert_logged(c, 1, "\"target\":\"./Settings/hostname\"", "418");
	file = slurp(d->file);
	assert_non_null(strstr(file, "apn/name=internet.example\n"));
	assert_non_null(strstr(file, "apn/user=<&>\n"));
	assert_non_null(strstr(file, "hostname=gw\n"));
	assert_non_null(strstr(file, "mqtt/broker=b\n"));
	assert_null(strstr(file, "obsolete"));

	/* both sides have moved on to new nonces */
	assert_int_equal(session(d, 0x2B), DM_OUTCOME_OK);
	assert_logged(c, 2, "\"client\":\"ok\"", "");
	assert_logged(c, 0, "\"client\":\"wrong\"", "");
	assert_logged(c, 2, "\"server\":\"ok\"", "");
	assert_fine(d);
	device_free(d);
}

static void package0(void **state)
{
	struct device *d = device_new(EVERYTHING, NULL, "ClientSecret1");
	uint8_t buf[128];
	struct dm_notification n;
	struct mo_account acc;
	const uint8_t *body;
	const char *why;
	size_t len;
	int i, ret;

	/* before a session, and with the nonces after it */
	for (i = 0; i < 2; i++) {
		ret = vuicc_app_notification(d->card->app, buf, sizeof(buf));
		assert_true(ret > 0);
		assert_int_equal(dm_wsp_unwrap(buf, (size_t)ret, &body, &len), 0);
		assert_int_equal(dm_notification_parse(body, len, &n, &why), 0);
		assert_int_equal(n.session_id, 0x2A);
		assert_string_equal(n.server_id, "dmsc.example");
		assert_int_equal(n.ui_mode, DM_UI_INTERACTION);
		assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
		assert_true(dm_notification_check(&n, acc.server.secret, acc.server.nonce,
						  acc.server.nonce_len));
		assert_int_equal(session(d, (uint16_t)(0x2A + i)), DM_OUTCOME_OK);
	}
	device_free(d);
}

static void user_says_no(void **state)
{
	struct device *d = device_new(EVERYTHING, NULL, "ClientSecret1");

	d->answer = DM_ANSWER_REJECT;
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	assert_logged(d->card, 1, "\"cmd\":\"Alert\"", "304");
	assert_logged(d->card, 1, "./Settings/apn/name", "215");
	device_free(d);
}

static void wrong_password(void **state)
{
	struct device *d = device_new(EVERYTHING, NULL, "wrong");

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_AUTH_CLIENT);
	assert_logged(d->card, 2, "\"client\":\"wrong\"", "");
	assert_int_equal(d->card->ended, 1);
	assert_false(d->card->complete);
	assert_fine(d);
	device_free(d);
}

static void many_messages(void **state)
{
	char file[65536] = "";
	struct device *d;
	int i;

	for (i = 0; i < 12; i++)
		sprintf(file + strlen(file), "<Add><Item><Target><LocURI>./Settings/v%02d</LocURI>"
			"</Target><Data>%03000d</Data></Item></Add>", i, i);
	for (i = 0; i < 12; i++)
		sprintf(file + strlen(file), GET("./Settings/v%02d"), i);
	d = device_new(file, NULL, "ClientSecret1");
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	assert_logged(d->card, 12, "\"cmd\":\"Add\"", "200");
	assert_logged(d->card, 12, "\"event\":\"results\"", "");
	device_free(d);
}

/* Every fault: the client ends, and its configuration is what it was. */
static void faults(void **state)
{
	static const struct {
		const char *fault;
		enum dm_outcome outcome;
	} v[] = {
		{ "malformed-xml", DM_OUTCOME_MALFORMED },
		{ "wrong-server-secret", DM_OUTCOME_AUTH_SERVER },
		{ "no-server-cred", DM_OUTCOME_AUTH_SERVER },
		{ "abort", DM_OUTCOME_ABORTED },
		{ "wrong-session-id", DM_OUTCOME_PROTOCOL },
		{ "huge", DM_OUTCOME_PROTOCOL },
		{ "refuse-client", DM_OUTCOME_AUTH_CLIENT },
		{ "http-500", DM_OUTCOME_TRANSPORT },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct device *d = device_new(REPLACE("hostname", "changed"), v[i].fault,
					      "ClientSecret1");
		enum dm_outcome outcome = session(d, 0x2A);

		if (outcome != v[i].outcome)
			fail_msg("%s: %s, not %s\n%s", v[i].fault, dm_outcome_name(outcome),
				 dm_outcome_name(v[i].outcome), d->log);
		if (strstr(slurp(d->file), "changed"))
			fail_msg("%s: the configuration was changed", v[i].fault);
		device_free(d);
	}
}

/* Faults of single commands, or of manners: the session is good all the same. */
static void survived(void **state)
{
	struct device *d = device_new(REPLACE("hostname", "new"), "unknown-command", "ClientSecret1");

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_logged(d->card, 1, "\"cmd\":\"Frobnicate\"", "\"status\":");
	assert_logged(d->card, 1, "./Settings/hostname", "200");
	device_free(d);

	d = device_new(REPLACE("hostname", "new"), "long-names", "ClientSecret1");
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	assert_logged(d->card, 3, "\"cmd\":\"Add\"", "\"status\":414");
	assert_non_null(strstr(slurp(d->file), "hostname=new\n"));
	device_free(d);

	d = device_new(REPLACE("hostname", "new"), "challenge-first", "ClientSecret1");
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	device_free(d);

	d = device_new(EVERYTHING, "small-messages", "ClientSecret1");
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	device_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything), cmocka_unit_test(package0),
		cmocka_unit_test(user_says_no), cmocka_unit_test(wrong_password),
		cmocka_unit_test(many_messages), cmocka_unit_test(faults),
		cmocka_unit_test(survived),
	};

	return cmocka_run_group_tests_name("vuicc_dm_interop", tests, NULL, NULL);
}
