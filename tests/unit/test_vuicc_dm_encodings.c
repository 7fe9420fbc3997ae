// SPDX-License-Identifier: BSD-3-Clause
/*
 * Client against card in every encoding and with every way to prove who one is, and large objects
 * in both directions; the card is the witness.
 */
#include "vuicc-dm-device.h"

static const char *const auth_words[] = { "basic", "md5", "mac" };
static const char *const auth_types[] = { "BASIC", "DIGEST", "HMAC" };

/* Some of everything, with what is easily damaged on the way. */
#define WORK \
	"<Sequence>" ADD("apn/name", "internet.example") ADD("apn/user", "&lt;&amp;&gt;") "</Sequence>" \
	ADD("text/utf8", "Gr\xC3\xBC\xC3\x9F" "e \xE2\x98\x83") ADD("text/empty", "") \
	"<Atomic>" REPLACE("hostname", "gw") ADD("mqtt/broker", "b") "</Atomic>" \
	"<Add><Item><Target><LocURI>./Settings/blob</LocURI></Target><Meta><Format>bin</Format></Meta>" \
	"<Data>AAECAwT//g==</Data></Item></Add>" \
	GET("./Settings/blob") GET("./DevDetail/SwV") GET("./Settings/text/utf8") GET("./Settings/none")

static void check_work(struct device *d, const char *what)
{
	const char *file = slurp(d->file);

	if (!d->card->complete || logged(d->card, "\"event\":\"violation\"", "")) {
		show(d->card);
		fail_msg("%s: not complete, or violations; client said:\n%s", what, d->log);
	}
	assert_non_null(strstr(file, "apn/user=<&>\n"));
	assert_non_null(strstr(file, "text/utf8=Gr\xC3\xBC\xC3\x9F" "e \xE2\x98\x83\n"));
	assert_non_null(strstr(file, "hostname=gw\n"));
	assert_non_null(strstr(file, "blob=AAECAwT//g==\n"));
	assert_logged(d->card, 1, "\"event\":\"results\"", "\"data\":\"AAECAwT//g==\"");
	assert_logged(d->card, 1, "\"event\":\"results\"", "\"data\":\"1.4.2\"");
	assert_logged(d->card, 1, "./Settings/none", "404");
}

/* Every pair of what the card asks for and gives, with accounts that fit, in both encodings. */
static void each_scheme(void **state)
{
	unsigned int client, server, wbxml;
	char file[4096], what[64];

	for (client = 0; client < 3; client++) {
		for (server = 0; server < 3; server++) {
			for (wbxml = 0; wbxml < 2; wbxml++) {
				const struct account a = {
					auth_types[client], auth_types[server],
					wbxml ? "wbxml" : "", "ClientSecret1",
				};
				struct device *d;
				unsigned int i;

				snprintf(what, sizeof(what), "client-auth=%s server-auth=%s",
					 auth_words[client], auth_words[server]);
				snprintf(file, sizeof(file), "<?vuicc %s batch=3?>" WORK, what);
				d = device_with(file, NULL, &a);
				/* a second session with the nonces of the first */
				for (i = 0; i < 2; i++) {
					assert_int_equal(session(d, (uint16_t)(0x2A + i)), DM_OUTCOME_OK);
					if (!i)
						check_work(d, what);
					assert_string_equal(d->type, wbxml ? VDM_TYPE_WBXML : VDM_TYPE_XML);
					assert_int_equal(d->macs, client == 2);
				}
				assert_logged(d->card, 2, "\"client\":\"ok\"", "");
				assert_logged(d->card, 0, "\"client\":\"wrong\"", "");
				assert_logged(d->card, 2, "\"server\":\"ok\"", "");
				assert_fine(d);
				device_free(d);
			}
		}
	}
}

/* Another type than the account has first is asked for, by either side. */
static void negotiated(void **state)
{
	const struct account md5 = { "DIGEST", "DIGEST", "", "ClientSecret1" };
	const struct account mac = { "DIGEST", "HMAC", "", "ClientSecret1" };
	const struct account basic = { "BASIC", "BASIC", "", "ClientSecret1" };
	struct device *d = device_with("<?vuicc client-auth=mac?>" WORK, NULL, &md5);

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	check_work(d, "mac for md5");
	assert_logged(d->card, 1, "\"client\":\"wrong\"", "auth-MAC");
	/* and is remembered */
	assert_int_equal(session(d, 0x2B), DM_OUTCOME_OK);
	assert_logged(d->card, 2, "\"client\":\"ok\"", "auth-MAC");
	device_free(d);

	/* the card offers less than the device takes, and is told */
	d = device_with("<?vuicc server-auth=md5?>" WORK, NULL, &mac);
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_logged(d->card, 1, "\"server\":\"refused\"", "auth-md5");
	assert_logged(d->card, 1, "\"server\":\"ok\"", "auth-MAC");
	assert_fine(d);
	device_free(d);

	d = device_with("<?vuicc client-auth=md5?>" WORK, NULL, &basic);
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	check_work(d, "md5 for basic");
	device_free(d);

	/* less than the account has is not given */
	d = device_with("<?vuicc client-auth=basic?>" WORK, NULL, &md5);
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_AUTH_CLIENT);
	assert_null(strstr(slurp(d->file), "hostname=gw"));
	device_free(d);
}

/* 200 in place of 212: credentials in each message, each with the nonce of the one before. */
static void each_message(void **state)
{
	struct device *d = device_with("<?vuicc accept=message batch=2?>" WORK, NULL, &usual);

	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	check_work(d, "accept=message");
	assert_true(d->messages > 4);
	device_free(d);
	d = device_with("<?vuicc accept=message client-auth=basic batch=2?>" WORK, NULL,
			&(const struct account){ "BASIC", "DIGEST", "", "ClientSecret1" });
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	check_work(d, "accept=message basic");
	device_free(d);
}

/* The card answers as it likes, and the device follows. */
static void card_chooses(void **state)
{
	static const char *const words[] = {
		"encoding=wbxml", "encoding=wbxml text=table", "encoding=wbxml text=opaque",
		"encoding=wbxml batch=1", "encoding=wbxml client-auth=mac server-auth=mac",
		"encoding=wbxml package=file batch=2", "package=file batch=1",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct account a = { "DIGEST", strstr(words[i], "mac") ? "HMAC" : "DIGEST", "",
					   "ClientSecret1" };
		char file[4096];
		struct device *d;

		snprintf(file, sizeof(file), "<?vuicc %s?>" WORK, words[i]);
		d = device_with(file, NULL, &a);
		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		check_work(d, words[i]);
		assert_string_equal(d->type, strstr(words[i], "wbxml") ? VDM_TYPE_WBXML : VDM_TYPE_XML);
		assert_logged(d->card, 1, "\"event\":\"start\"", "\"encoding\":\"xml\"");
		device_free(d);
	}
	/* and the other way round */
	{
		struct device *d = device_with("<?vuicc encoding=xml?>" WORK, NULL,
			&(const struct account){ "DIGEST", "DIGEST", "wbxml", "ClientSecret1" });

		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		check_work(d, "encoding=xml");
		assert_string_equal(d->type, VDM_TYPE_XML);
		assert_logged(d->card, 1, "\"event\":\"start\"", "\"encoding\":\"wbxml\"");
		device_free(d);
	}
}

/* ---------------------------------------------------------------- large objects */

#define LARGE	(100 * 1024)

/* A text without a period that chunks could hide in, with characters of several bytes. */
static char *large_text(size_t len)
{
	char *text = malloc(len + 16);
	size_t n = 0;
	unsigned int i;

	for (i = 0; n < len; i++)
		n += (size_t)sprintf(text + n, i % 7 ? "\xE2\x82\xAC\xE2\x98\x83\xE2\x82\xAC" : "%u;",
				     i * 7919 % 10007);
	text[n] = '\0';
	return text;
}

static void object_both_ways(const char *words, const char *encoding, size_t max_msg)
{
	char *text = large_text(LARGE), *file, want[64];
	struct device *d;

	assert_true(asprintf(&file, "<?vuicc %s?>" ADD("large", "%s") GET("./Settings/large")
			     REPLACE("hostname", "after"), words, text) > 0);
	d = device_with(file, NULL, &(const struct account){ "DIGEST", "DIGEST", encoding,
							     "ClientSecret1" });
	d->max_msg = max_msg;
	d->max_obj = 1 << 20;
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_fine(d);
	free(file);
	assert_true(asprintf(&file, "large=%s\n", text) > 0);
	assert_non_null(strstr(slurp(d->file), file));
	assert_non_null(strstr(slurp(d->file), "hostname=after\n"));
	assert_true(logged(d->card, "\"event\":\"chunk\"", "\"target\":\"./Settings/large\",\"status\":213") >=
		    LARGE / max_msg);
	assert_logged(d->card, 1, "\"cmd\":\"Add\"", "\"target\":\"./Settings/large\",\"status\":200");
	assert_logged(d->card, 1, "\"event\":\"results\"", text);
	snprintf(want, sizeof(want), "\"commands\":3,\"statuses\":3");
	assert_logged(d->card, 1, "\"event\":\"end\"", want);
	free(file);
	free(text);
	device_free(d);
}

static void large_objects(void **state)
{
	object_both_ways("max-msg=16384", "", 65536);
	object_both_ways("max-msg=2000", "", 4096);
	object_both_ways("max-msg=16384", "wbxml", 16384);
	object_both_ways("max-msg=60000 encoding=wbxml text=opaque", "", 8000);
}

/* Bytes: base64 in XML, opaques in WBXML. */
static void large_binary(void **state)
{
	static const char *const encodings[] = { "", "wbxml" };
	struct vdm_buf b64 = { .p = NULL };
	uint8_t bytes[40000];
	char *file, *line;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i >> 3 ^ i);
	vdm_b64_encode(bytes, sizeof(bytes) - 1, &b64);
	for (i = 0; i < 2; i++) {
		struct device *d;

		assert_true(asprintf(&file, "<?vuicc max-msg=5000?><Add><Meta><Format>bin</Format></Meta>"
				     "<Item><Target><LocURI>./Settings/blob</LocURI></Target><Data>%s</Data>"
				     "</Item></Add>" GET("./Settings/blob"), b64.p) > 0);
		d = device_with(file, NULL, &(const struct account){ "DIGEST", "DIGEST", encodings[i],
								     "ClientSecret1" });
		d->max_msg = 7000;
		d->max_obj = 1 << 20;
		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		assert_true(d->card->complete);
		assert_fine(d);
		assert_true(asprintf(&line, "blob=%s\n", b64.p) > 0);
		assert_non_null(strstr(slurp(d->file), line));
		assert_logged(d->card, 1, "\"event\":\"results\"", b64.p);
		free(line);
		free(file);
		device_free(d);
	}
	vdm_buf_clear(&b64);
}

/* What the device must make of objects that the card spoils: its Status, and nothing changed. */
static void spoiled_objects(void **state)
{
	static const struct {
		const char *fault, *status;
		bool told;		/* alert 1225 */
	} v[] = {
		{ "chunk-size", "424", false }, { "chunk-no-size", "411", false },
		{ "large-size", "413", false }, { "chunk-mixed", NULL, true },
		{ "chunk-lost", NULL, true },
	};
	char *text = large_text(20000), *file;
	size_t i;

	assert_true(asprintf(&file, REPLACE("hostname", "%s") GET("./DevDetail/SwV"), text) > 0);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct device *d = device_new(file, v[i].fault, "ClientSecret1");

		d->max_msg = 8000;
		d->max_obj = 50000;
		assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
		if (v[i].status && !logged(d->card, "./Settings/hostname", v[i].status)) {
			show(d->card);
			fail_msg("%s: no Status %s", v[i].fault, v[i].status);
		}
		assert_logged(d->card, v[i].told, "\"event\":\"alert\"", "\"code\":1225");
		assert_logged(d->card, 1, "\"event\":\"results\"", "1.4.2");
		assert_non_null(strstr(slurp(d->file), "hostname=old\n"));
		assert_fine(d);
		device_free(d);
	}
	free(file);
	free(text);
}

/* More than the card takes is not sent to it. */
static void too_large_for_the_card(void **state)
{
	char *text = large_text(20000), *file;
	struct device *d;

	assert_true(asprintf(&file, "<?vuicc max-obj=10000 max-msg=4096?>" ADD("large", "%s")
			     GET("./Settings/large") GET("./DevDetail/SwV"), text) > 0);
	d = device_new(file, NULL, "ClientSecret1");
	assert_int_equal(session(d, 0x2A), DM_OUTCOME_OK);
	assert_true(d->card->complete);
	assert_logged(d->card, 1, "\"cmd\":\"Get\"", "413");
	assert_logged(d->card, 1, "\"event\":\"results\"", "");
	assert_fine(d);
	free(file);
	free(text);
	device_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scheme), cmocka_unit_test(negotiated),
		cmocka_unit_test(each_message), cmocka_unit_test(card_chooses),
		cmocka_unit_test(large_objects), cmocka_unit_test(large_binary),
		cmocka_unit_test(spoiled_objects), cmocka_unit_test(too_large_for_the_card),
	};

	return cmocka_run_group_tests_name("vuicc_dm_encodings", tests, NULL, NULL);
}
