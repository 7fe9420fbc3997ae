// SPDX-License-Identifier: BSD-3-Clause
/*
 * The DM client engine against the card's DM server, message by message and without
 * anything between them: two implementations that share no code must agree.
 */
#include "vuicc-dm-client.h"

#include <sys/stat.h>

#include "dm/dm.h"
#include "integrate/integrate.h"
#include "mo/mo.h"

struct device {
	struct card *card;
	struct mo_tree *tree;
	struct dm_session *session;
	char file[64];
	enum dm_answer answer;
	unsigned int asked, question;
	char log[32768];
};

static int ask(void *ctx, const struct dm_question *q)
{
	struct device *d = ctx;

	d->asked++;
	d->question = q->id;
	return 0;
}

static void withdraw(void *ctx, unsigned int id)
{
}

static void client_log(void *ctx, int level, const char *line)
{
	struct device *d = ctx;

	if (strlen(d->log) + strlen(line) + 2 < sizeof(d->log)) {
		strcat(d->log, line);
		strcat(d->log, "\n");
	}
}

static const struct dm_ops client_ops = { ask, withdraw, client_log };

static void credential(struct mo_credential *c, const char *name, const char *secret,
		       const char *nonce)
{
	struct vdm_nonce n;

	strcpy(c->type, "DIGEST");
	strcpy(c->name, name);
	strcpy(c->secret, secret);
	assert_int_equal(vdm_nonce_decode(nonce, &n), 0);
	memcpy(c->nonce, n.b, n.len);
	c->nonce_len = n.len;
}

static void leaf(struct device *d, const char *uri, const char *value)
{
	struct mo_value v = { .data = (char *)value, .len = strlen(value), .format = "chr" };

	assert_int_equal(mo_tree_add(d->tree, NULL, uri, &v), MO_OK);
}

/* A device with an account for the card and two settings. */
static struct device *device_new(const char *provision, const char *fault, const char *secret)
{
	static const struct mo_device info = { .dev_id = DEVICE, .man = "ACME", .mod = "Gateway1",
					       .swv = "1.4.2" };
	struct device *d = calloc(1, sizeof(*d));
	struct keyvalue_config cfg = { 0 };
	const struct mo_provider_ops *ops;
	struct mo_account acc = { .server_id = "dmsc.example", .name = "card", .addr = URL,
				  .auth_pref = "DIGEST" };
	void *ctx;

	assert_non_null(d);
	d->card = card_new(provision, fault);
	write_file(d->file, "");
	cfg.file = d->file;
	assert_int_equal(mo_tree_open(":memory:", &d->tree), 0);
	assert_int_equal(mo_device_define(d->tree, &info), 0);
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), 0);
	assert_int_equal(mo_tree_mount(d->tree, "./Settings", ops, ctx), 0);
	leaf(d, "./Settings/hostname", "old");
	leaf(d, "./Settings/obsolete", "1");
	credential(&acc.client, "client01", secret, CLIENT_NONCE);
	credential(&acc.server, "dmsc.example", "CardSecret1", SERVER_NONCE);
	assert_int_equal(mo_account_create(d->tree, "Card", &acc), 0);
	return d;
}

static void device_free(struct device *d)
{
	mo_tree_close(d->tree);
	card_free(d->card);
	unlink(d->file);
	free(d);
}

/* A session from package 1 to its end; returns how the client saw it. */
static enum dm_outcome session(struct device *d, uint16_t id)
{
	struct mo_account acc;
	enum dm_outcome outcome;
	enum dm_next next;
	unsigned int rounds = 0;

	assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
	assert_int_equal(dm_session_new(&acc, d->tree, &client_ops, d, &d->session), 0);
	next = dm_session_start(d->session, true, id);
	while (next != DM_NEXT_DONE && rounds++ < 50) {
		const char *uri, *type, *query;
		const void *body;
		size_t len;
		char *text;

		if (next == DM_NEXT_WAIT_UI) {
			next = dm_session_answer(d->session, d->question, d->answer);
			continue;
		}
		dm_session_output(d->session, &uri, &type, &body, &len);
		assert_string_equal(type, DM_CONTENT_TYPE_XML);
		query = strchr(uri, '?');
		text = strndup(body, len);
		post(d->card, query ? query : "", text);
		free(text);
		if (d->card->status != 200) {
			dm_session_lost(d->session);
			break;
		}
		next = dm_session_input(d->session, DM_CONTENT_TYPE_XML, d->card->body,
					strlen(d->card->body));
	}
	assert_true(rounds < 50);
	outcome = dm_session_get_outcome(d->session);
	dm_session_free(d->session);
	mo_account_wipe(&acc);
	return outcome;
}

static char *slurp(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

#define ADD(uri, value) \
	"<Add><Item><Target><LocURI>./Settings/" uri "</LocURI></Target><Data>" value "</Data></Item></Add>"
#define REPLACE(uri, value) \
	"<Replace><Item><Target><LocURI>./Settings/" uri "</LocURI></Target><Data>" value \
	"</Data></Item></Replace>"
#define DELETE(uri) "<Delete><Item><Target><LocURI>./Settings/" uri "</LocURI></Target></Item></Delete>"
#define GET(uri) "<Get><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define CONFIRM "<Alert><Data>1101</Data><Item><Data>MAXDT=60</Data></Item><Item><Data>Go?</Data></Item></Alert>"

#define EVERYTHING \
	"<Sequence>" CONFIRM ADD("apn/name", "internet.example") ADD("apn/user", "&lt;&amp;&gt;") "</Sequence>" \
	"<Atomic>" REPLACE("hostname", "gw") ADD("mqtt/broker", "b") "</Atomic>" \
	"<Atomic>" REPLACE("hostname", "lost") REPLACE("missing", "x") "</Atomic>" \
	DELETE("obsolete") GET("./DevDetail/SwV") GET("./Settings") GET("./Settings/none") \
	"<Add><Item><Target><LocURI>./Settings/a</LocURI></Target><Data>1</Data></Item>" \
	"<Item><Target><LocURI>./Settings/hostname</LocURI></Target><Data>2</Data></Item></Add>"

#define assert_fine(d) do { \
	if (logged((d)->card, "\"event\":\"violation\"", "")) { \
		show((d)->card); \
		fail_msg("violations; client said:\n%s", (d)->log); \
	} \
} while (0)

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
