/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of client against card: a device with the DM client engine, a tree and a user, on a
 * card without its lower half; messages go from one to the other and nothing is between them.
 */
#ifndef UNIT_VUICC_DM_DEVICE_H
#define UNIT_VUICC_DM_DEVICE_H

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
	/* what the user says: to everything, or to the n-th question by one of these */
	enum dm_answer answer;
	const char *const *texts;	/* "2,3" are choices */
	unsigned int asked;
	struct dm_question question;
	/* of the last session */
	unsigned int messages;
	char type[64];			/* of its last message */
	bool macs;			/* each message had a MAC */
	unsigned int lose_after;	/* the transport fails after so many answers, 0 = never */
	size_t max_msg, max_obj;	/* 0 = as the engine has it */
	char log[32768];
};

static inline int ask(void *ctx, const struct dm_question *q)
{
	struct device *d = ctx;

	d->asked++;
	d->question = *q;
	return 0;
}

static inline void withdraw(void *ctx, unsigned int id)
{
}

static inline void client_log(void *ctx, int level, const char *line)
{
	struct device *d = ctx;

	if (strlen(d->log) + strlen(line) + 2 < sizeof(d->log)) {
		strcat(d->log, line);
		strcat(d->log, "\n");
	}
}

static const struct dm_ops client_ops = { ask, withdraw, client_log };

static inline void credential(struct mo_credential *c, const char *auth, const char *name,
			      const char *secret, const char *nonce)
{
	struct vdm_nonce n;

	strcpy(c->type, auth);
	strcpy(c->name, name);
	strcpy(c->secret, secret);
	assert_int_equal(vdm_nonce_decode(nonce, &n), 0);
	memcpy(c->nonce, n.b, n.len);
	c->nonce_len = n.len;
}

static inline void leaf(struct device *d, const char *uri, const char *value)
{
	struct mo_value v = { .data = (char *)value, .len = strlen(value), .format = "chr" };

	assert_int_equal(mo_tree_add(d->tree, NULL, uri, &v), MO_OK);
}

/* How the device's account is. */
struct account {
	const char *client, *server;	/* AAuthTypes */
	const char *encoding;		/* "" or "wbxml" */
	const char *secret;		/* of the client */
};

static const struct account usual = { "DIGEST", "DIGEST", "", "ClientSecret1" };

/* A device with an account for the card, the objects of the DDF files and two settings. */
static inline struct device *device_with(const char *provision, const char *fault,
					 const struct account *a)
{
	static const struct mo_device info = { .dev_id = DEVICE, .man = "ACME", .mod = "Gateway1",
					       .swv = "1.4.2" };
	struct device *d = calloc(1, sizeof(*d));
	struct keyvalue_config cfg = { 0 };
	const struct mo_provider_ops *ops;
	struct mo_account acc = { .server_id = "dmsc.example", .name = "card", .addr = URL };
	char why[256];
	void *ctx;

	assert_non_null(d);
	d->card = card_new(provision, fault);
	write_file(d->file, "");
	cfg.file = d->file;
	assert_int_equal(mo_tree_open(":memory:", &d->tree), 0);
	if (mo_ddf_load(d->tree, DDF_DIR, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(mo_device_define(d->tree, &info), 0);
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), 0);
	assert_int_equal(mo_tree_mount(d->tree, "./Settings", ops, ctx), 0);
	leaf(d, "./Settings/hostname", "old");
	leaf(d, "./Settings/obsolete", "1");
	strcpy(acc.auth_pref, a->client);
	strcpy(acc.encoding, a->encoding);
	credential(&acc.client, a->client, "client01", a->secret, CLIENT_NONCE);
	credential(&acc.server, a->server, "dmsc.example", "CardSecret1", SERVER_NONCE);
	assert_int_equal(mo_account_create(d->tree, "Card", &acc), 0);
	return d;
}

static inline struct device *device_new(const char *provision, const char *fault, const char *secret)
{
	struct account a = usual;

	a.secret = secret;
	return device_with(provision, fault, &a);
}

static inline void device_free(struct device *d)
{
	mo_tree_close(d->tree);
	card_free(d->card);
	unlink(d->file);
	free(d);
}

/* The user's answer to the question that is open. */
static inline enum dm_next answer_user(struct device *d)
{
	const char *text = d->texts ? d->texts[d->asked - 1] : NULL;
	uint64_t chosen = 0;

	if (!text)
		return dm_session_answer(d->session, d->question.id, d->answer);
	if (d->question.type == DM_ALERT_INPUT)
		return dm_session_answer_text(d->session, d->question.id, text);
	for (; *text; text += strspn(text, ",")) {
		chosen |= 1ULL << (strtoul(text, (char **)&text, 10) - 1);
	}
	return dm_session_answer_choices(d->session, d->question.id, chosen);
}

/* One message there and back. */
static inline enum dm_next exchange_with_card(struct device *d)
{
	const char *uri, *type, *query, *hmac;
	char mac[DM_HMAC_MAX], answer_mac[DM_HMAC_MAX];
	const void *body;
	size_t len;

	dm_session_output(d->session, &uri, &type, &body, &len);
	hmac = dm_session_output_hmac(d->session, mac);
	d->messages++;
	d->macs = d->macs && hmac;
	snprintf(d->type, sizeof(d->type), "%s", type);
	query = strchr(uri, '?');
	post_bytes(d->card, query ? query : "", type, hmac, body, len);
	if (d->card->status != 200 || (d->lose_after && d->messages > d->lose_after)) {
		dm_session_lost(d->session);
		return DM_NEXT_DONE;
	}
	header(d->card, "Content-Type", d->type, sizeof(d->type));
	header(d->card, "x-syncml-hmac", answer_mac, sizeof(answer_mac));
	return dm_session_input_hmac(d->session, d->type, *answer_mac ? answer_mac : NULL,
				     d->card->body, d->card->out_len - (size_t)(d->card->body - d->card->out));
}

/* A session from package 1 to its end; returns how the client saw it. */
static inline enum dm_outcome session(struct device *d, uint16_t id)
{
	struct mo_account acc;
	enum dm_outcome outcome;
	enum dm_next next;

	d->messages = d->asked = 0;
	d->macs = true;
	assert_int_equal(mo_account_load(d->tree, "dmsc.example", &acc), 0);
	assert_int_equal(dm_session_new(&acc, d->tree, &client_ops, d, &d->session), 0);
	if (d->max_msg)
		assert_int_equal(dm_session_set_limits(d->session, d->max_msg, d->max_obj), 0);
	next = dm_session_start(d->session, true, id);
	while (next != DM_NEXT_DONE && d->messages < 300)
		next = next == DM_NEXT_WAIT_UI ? answer_user(d) : exchange_with_card(d);
	assert_true(d->messages < 300);
	outcome = dm_session_get_outcome(d->session);
	dm_session_free(d->session);
	mo_account_wipe(&acc);
	return outcome;
}

static inline char *slurp(const char *path)
{
	static char text[4 << 20];
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

#endif /* UNIT_VUICC_DM_DEVICE_H */
