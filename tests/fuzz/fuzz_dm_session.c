// SPDX-License-Identifier: BSD-3-Clause
/*
 * Fuzz target: a whole session against a server that sends what it likes, with a tree in memory.
 *
 * The first byte says how the account authenticates, what we speak first and what the user does;
 * the messages of the server follow, each after a line "=====". Whatever comes, the session ends,
 * each message that goes out is one that a client may send, and the tree is what it was unless the
 * server has proved who it is.
 */
#include <stdlib.h>
#include <string.h>

#include "dm-model.h"
#include "dm/auth.h"
#include "dm/dm.h"
#include "fuzz/fuzz.h"

#define SEPARATOR	"\n=====\n"
#define SECRET		"ClientSecret1"
#define MESSAGES	32	/* of the server; after that the line is dead */

#define FLAG_MUST_PROVE	0x01	/* the server has to authenticate, and cannot */
#define FLAG_WBXML	0x02
#define FLAG_NO_USER	0x04
#define FLAG_REJECTS	0x08
#define FLAG_NO_TYPE	0x10	/* the answers have no Content-Type */
#define FLAG_ABORT	0x20	/* after the first answer */

struct world {
	uint8_t flags;
	bool knows_secret;	/* the server has guessed it: what it says of it is its own affair */
	struct mo_tree *tree;
	struct dm_session *s;
	unsigned int asked, question;
	enum dm_alert type;		/* of the question */
	enum dm_input input;
};

static int ask(void *ctx, const struct dm_question *q)
{
	struct world *w = ctx;

	CHECK(q->text && q->id != w->question);
	w->asked++;
	w->question = q->id;
	w->type = q->type;
	w->input = q->input;
	return w->flags & FLAG_NO_USER ? -1 : 0;
}

static void withdraw(void *ctx, unsigned int id)
{
	CHECK(id == ((struct world *)ctx)->question);
}

static void log_line(void *ctx, int level, const char *line)
{
	const struct world *w = ctx;

	CHECK(*line && !strpbrk(line, "\n\r\x1b"));
	CHECK(w->knows_secret || !strstr(line, SECRET));
}

static const struct dm_ops ops = { .ask = ask, .withdraw = withdraw, .log = log_line };

static int random_bytes(uint8_t *buf, size_t len)
{
	memset(buf, 0x42, len);
	return 0;
}

static void credential(struct mo_credential *c, const char *type, const char *name,
		       const char *secret)
{
	strcpy(c->type, type);
	strcpy(c->name, name);
	strcpy(c->secret, secret);
	c->nonce_len = 16;
	memset(c->nonce, 0x10, 16);
}

static void open_world(struct world *w, struct mo_account *acc)
{
	static const struct mo_provider_ops provider = { .name = "none" };
	const struct mo_device dev = { .dev_id = "IMEI:1", .man = "m", .mod = "n", .swv = "1" };

	dm_auth_random = random_bytes;
	memset(acc, 0, sizeof(*acc));
	strcpy(acc->server_id, "s");
	strcpy(acc->name, "s");
	strcpy(acc->addr, "http://s/dm");
	credential(&acc->client, "DIGEST", "c", SECRET);
	credential(&acc->server, w->flags & FLAG_MUST_PROVE ? "DIGEST" : "TRANSPORT", "s", "S1");
	CHECK(!mo_tree_open(":memory:", &w->tree));
	CHECK(!mo_device_define(w->tree, &dev));
	CHECK(!mo_tree_mount(w->tree, "./NAP", &provider, NULL));
	CHECK(!mo_account_create(w->tree, "s", acc));
	CHECK(!dm_session_new(acc, w->tree, &ops, w, &w->s));
}

static char *tree_text(struct world *w)
{
	char *xml;
	size_t len;

	CHECK(!mo_tree_to_xml(w->tree, ".", &xml, &len));
	return xml;
}

/* What we are about to send. */
static void check_output(struct world *w)
{
	const char *uri, *type;
	const void *body;
	size_t len;
	char why[200];
	bool wbxml;

	dm_session_output(w->s, &uri, &type, &body, &len);
	wbxml = strstr(type, "wbxml");
	CHECK(*uri && len);
	if (!dm_model_holds(wbxml ? DM_ENCODING_WBXML : DM_ENCODING_XML, body, len, why, sizeof(why)))
		fuzz_fail(why, __FILE__, __LINE__);
}

/* The user answers what is asked for, or says no. */
static enum dm_next answer(struct world *w)
{
	static const char *const texts[] = {
		[DM_INPUT_TEXT] = "1", [DM_INPUT_NUMBER] = "1", [DM_INPUT_DATE] = "31122026",
		[DM_INPUT_TIME] = "235959", [DM_INPUT_PHONE] = "1", [DM_INPUT_IPV4] = "127.0.0.1",
	};

	if (w->flags & FLAG_REJECTS)
		return dm_session_answer(w->s, w->question, DM_ANSWER_REJECT);
	switch (w->type) {
	case DM_ALERT_INPUT:
		return dm_session_answer_text(w->s, w->question, texts[w->input]);
	case DM_ALERT_SINGLE_CHOICE:
	case DM_ALERT_MULTIPLE_CHOICE:
		return dm_session_answer_choices(w->s, w->question, 1);
	default:
		return dm_session_answer(w->s, w->question, DM_ANSWER_ACCEPT);
	}
}

static enum dm_next settle_user(struct world *w, enum dm_next next)
{
	unsigned int answers, id;

	for (answers = 0; next == DM_NEXT_WAIT_UI; answers++) {
		CHECK(answers < 4096);
		id = w->question;
		next = answer(w);
		/* a MAXLEN that nothing fits */
		if (next == DM_NEXT_WAIT_UI && w->question == id)
			next = dm_session_answer(w->s, id, DM_ANSWER_CANCEL);
	}
	return next;
}

/* The next message of the server; the last one goes to the end of the input. */
static enum dm_next say(struct world *w, const uint8_t **p, size_t *left)
{
	const uint8_t *end = memmem(*p, *left, SEPARATOR, strlen(SEPARATOR));
	size_t len = end ? (size_t)(end - *p) : *left, skip = len + (end ? strlen(SEPARATOR) : 0);
	const char *type = w->flags & FLAG_NO_TYPE ? NULL : len && **p <= 3 ?
			   DM_CONTENT_TYPE_WBXML : DM_CONTENT_TYPE_XML;
	uint8_t *copy = malloc(len ? len : 1);
	enum dm_next next;

	CHECK(copy);
	if (len)
		memcpy(copy, *p, len);
	*p += skip;
	*left -= skip;
	next = dm_session_input(w->s, type, copy, len);
	free(copy);
	return next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .flags = size ? *data : 0 };
	struct mo_account acc;
	unsigned int messages;
	enum dm_next next;
	char *before;

	data += size ? 1 : 0;
	size -= size ? 1 : 0;
	w.knows_secret = size && memmem(data, size, SECRET, strlen(SECRET));
	open_world(&w, &acc);
	before = tree_text(&w);
	next = dm_session_start(w.s, true, 0x2a);
	CHECK(next == DM_NEXT_SEND);
	for (messages = 0; next == DM_NEXT_SEND; messages++) {
		check_output(&w);
		if (!size || messages == MESSAGES) {
			dm_session_lost(w.s);
			break;
		}
		next = settle_user(&w, say(&w, &data, &size));
		if (w.flags & FLAG_ABORT && next == DM_NEXT_SEND)
			next = dm_session_abort(w.s);
	}
	CHECK(dm_session_get_outcome(w.s) != DM_OUTCOME_RUNNING);
	CHECK(*dm_session_reason(w.s));
	if (w.flags & FLAG_MUST_PROVE) {
		char *after = tree_text(&w);

		CHECK(!strcmp(before, after));
		CHECK(!w.asked);
		free(after);
	}
	free(before);
	dm_session_free(w.s);
	mo_tree_close(w.tree);
	return 0;
}
