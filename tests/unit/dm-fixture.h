/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the DM engine share: a tree in memory with the account of spec/oma-dm.md 11, a
 * user who can be told what to answer, a server of which each message is written by the test.
 */
#ifndef DM_FIXTURE_H
#define DM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dm/auth.h"
#include "dm/dm.h"
#include "dm-model.h"

#define SERVER_URI	"http://127.0.0.1:3516/dm"
#define RESP_URI	"http://127.0.0.1:3516/dm?s=2A"
#define DEVICE_ID	"IMEI:004999010640000"
#define METINF		" xmlns=\"syncml:metinf\""

/* What a server says to package 1 that it accepts. */
#define ACCEPT_1 \
	"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>212</Data></Status>"

struct fixture {
	struct mo_tree *tree;
	struct mo_account acc;
	struct dm_session *s;
	unsigned int asked, withdrawn, question;
	struct dm_question last;	/* texts are not kept */
	char last_text[200], last_dr[40];
	char log[16384];
	unsigned int prepared, committed;
	int check_status, prepare_status;	/* what the provider of ./NAP says */
	unsigned int execs;
	bool no_user;
	const char *out_uri, *out_type;
	const void *out;
	size_t out_len;
	char message[32768];
};

/* Known nonces: B0..BF first, then C0..CF and so on. */
static uint8_t fixture_next_random;

static inline int fixture_random(uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)(fixture_next_random + i);
	fixture_next_random = (uint8_t)(fixture_next_random + 0x10);
	return 0;
}

static inline int fixture_ask(void *ctx, const struct dm_question *q)
{
	struct fixture *f = ctx;

	f->asked++;
	f->question = q->id;
	f->last = *q;
	snprintf(f->last_text, sizeof(f->last_text), "%s", q->text);
	snprintf(f->last_dr, sizeof(f->last_dr), "%s", q->default_response ? q->default_response : "-");
	return f->no_user ? -1 : 0;
}

static inline void fixture_withdraw(void *ctx, unsigned int id)
{
	struct fixture *f = ctx;

	assert_int_equal(id, f->question);
	f->withdrawn++;
}

static inline void fixture_log(void *ctx, int level, const char *line)
{
	struct fixture *f = ctx;
	size_t n = strlen(f->log);

	snprintf(f->log + n, sizeof(f->log) - n, "%s\n", line);
}

static const struct dm_ops fixture_ops = {
	.ask = fixture_ask, .withdraw = fixture_withdraw, .log = fixture_log,
};

static inline int nap_check(void *ctx, enum mo_op op, const char *rel, const struct mo_value *v)
{
	return ((struct fixture *)ctx)->check_status;
}

static inline int nap_prepare(void *ctx, struct mo_tree *t, const char *uri, char *msg,
		       size_t msg_len)
{
	struct fixture *f = ctx;

	f->prepared++;
	snprintf(msg, msg_len, "refused by the test");
	return f->prepare_status;
}

static inline int nap_commit(void *ctx, char *msg, size_t msg_len)
{
	((struct fixture *)ctx)->committed++;
	return MO_OK;
}

static inline int nap_exec(void *ctx, const char *rel, const struct mo_value *arg)
{
	((struct fixture *)ctx)->execs++;
	return MO_OK;
}

static const struct mo_provider_ops nap_ops = {
	.name = "nap", .check = nap_check, .prepare = nap_prepare, .commit = nap_commit,
	.exec = nap_exec,
};

static inline void credential(struct mo_credential *c, const char *name, const char *secret,
			      uint8_t first)
{
	unsigned int i;

	strcpy(c->type, "DIGEST");
	strcpy(c->name, name);
	strcpy(c->secret, secret);
	c->nonce_len = 16;
	for (i = 0; i < 16; i++)
		c->nonce[i] = (uint8_t)(first + i);
}

static inline void fixture_open(struct fixture *f)
{
	const struct mo_device dev = {
		.dev_id = DEVICE_ID, .man = "ACME", .mod = "Gateway1", .dmv = "1.0", .lang = "en",
		.swv = "1.4.2",
	};
	struct mo_value pref = { .data = (char *)"", .format = "chr", .type = "text/plain" };

	memset(f, 0, sizeof(*f));
	f->check_status = MO_OK;
	f->prepare_status = MO_OK;
	fixture_next_random = 0xb0;
	dm_auth_random = fixture_random;
	assert_int_equal(mo_tree_open(":memory:", &f->tree), 0);
	assert_int_equal(mo_device_define(f->tree, &dev), 0);
	assert_int_equal(mo_tree_mount(f->tree, "./NAP", &nap_ops, f), 0);
	strcpy(f->acc.server_id, "dmsc.example");
	strcpy(f->acc.name, "Card");
	strcpy(f->acc.addr, SERVER_URI);
	credential(&f->acc.client, "client01", "ClientSecret1", 0x10);
	credential(&f->acc.server, "dmsc.example", "CardSecret1", 0xa0);
	assert_int_equal(mo_account_create(f->tree, "Card", &f->acc), 0);
	mo_tree_add(f->tree, NULL, "./DMAcc/Card/PrefConRef", &pref);
	f->prepared = 0;
	f->committed = 0;
}

static inline void fixture_session(struct fixture *f)
{
	assert_int_equal(dm_session_new(&f->acc, f->tree, &fixture_ops, f, &f->s), 0);
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_open(f);
	fixture_session(f);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	dm_session_free(f->s);
	mo_tree_close(f->tree);
	mo_account_wipe(&f->acc);
	free(f);
	return 0;
}

/* Each message that a test looks at has to be one that the DTD allows. */
static inline void fetch_output(struct fixture *f)
{
	char why[200];

	dm_session_output(f->s, &f->out_uri, &f->out_type, &f->out, &f->out_len);
	assert_string_equal(f->out_type, DM_CONTENT_TYPE_XML);
	assert_int_equal(strlen(f->out), f->out_len);
	if (f->out_len && !dm_model_holds(DM_ENCODING_XML, f->out, f->out_len, why, sizeof(why)))
		fail_msg("%s in %s", why, (const char *)f->out);
}

static inline const char *output(struct fixture *f)
{
	fetch_output(f);
	return f->out;
}

static inline const char *output_uri(struct fixture *f)
{
	fetch_output(f);
	return f->out_uri;
}

/* The n-th Status (from 0) of CmdRef in the message that is due; 0 if there is none. */
static inline int nth_status(struct fixture *f, const char *cmd_ref, unsigned int n)
{
	char ref[64];
	const char *p = output(f);

	snprintf(ref, sizeof(ref), *cmd_ref ? "<CmdRef>%s</CmdRef><Cmd>" : "<CmdRef/><Cmd>%s", cmd_ref);
	for (;;) {
		p = strstr(p, ref);
		if (!p)
			return 0;
		p = strstr(p, "<Data>");
		if (!n--)
			return atoi(p + 6);
	}
}

static inline int status(struct fixture *f, const char *cmd_ref)
{
	return nth_status(f, cmd_ref, 0);
}

static inline bool says(struct fixture *f, const char *text)
{
	return strstr(output(f), text) != NULL;
}

static inline char *server_cred(char buf[400], const uint8_t *nonce, size_t len, const char *secret)
{
	char cred[DM_MD5_B64_LEN + 1];

	assert_int_equal(dm_auth_md5("dmsc.example", secret, nonce, len, cred), 0);
	snprintf(buf, 400, "<Cred><Meta><Format" METINF ">b64</Format><Type" METINF
		 ">syncml:auth-md5</Type></Meta><Data>%s</Data></Cred>", cred);
	return buf;
}

/* Writes a message of the server; hdr: what follows Source in the SyncHdr. */
static inline const char *compose(struct fixture *f, unsigned int msg_id, const char *hdr,
				  const char *body)
{
	snprintf(f->message, sizeof(f->message),
		 "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
		 "<VerProto>DM/1.2</VerProto><SessionID>2A</SessionID><MsgID>%u</MsgID>"
		 "<Target><LocURI>" DEVICE_ID "</LocURI></Target><Source><LocURI>" SERVER_URI
		 "</LocURI><LocName>dmsc.example</LocName></Source>%s</SyncHdr><SyncBody>%s"
		 "</SyncBody></SyncML>", msg_id, hdr, body);
	return f->message;
}

static inline enum dm_next feed(struct fixture *f, const char *text)
{
	return dm_session_input(f->s, DM_CONTENT_TYPE_XML, text, strlen(text));
}

static inline enum dm_next server_says(struct fixture *f, unsigned int msg_id, const char *hdr,
				const char *body)
{
	return feed(f, compose(f, msg_id, hdr, body));
}

static inline enum dm_next start_2a(struct fixture *f)
{
	return dm_session_start(f->s, true, 0x2a);
}

/* Opens the session and has the accepted server send these commands in package 2. */
static inline enum dm_next run_commands(struct fixture *f, const char *commands)
{
	char cred[400], body[24000];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(body, sizeof(body), ACCEPT_1 "%s<Final/>", commands);
	return server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), body);
}

/* A leaf as text, or "-" */
static inline const char *leaf(struct fixture *f, const char *uri)
{
	static char text[256];
	struct mo_value v = { 0 };

	if (mo_tree_get(f->tree, NULL, uri, &v) != MO_OK)
		return "-";
	snprintf(text, sizeof(text), "%.*s", (int)v.len, v.data);
	mo_value_clear(&v);
	return text;
}

static inline enum dm_outcome outcome(struct fixture *f)
{
	return dm_session_get_outcome(f->s);
}

/* Commands as a server writes them. */
#define ITEM(uri, data)	"<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define ADD(id, uri, data)	"<Add><CmdID>" id "</CmdID>" ITEM(uri, data) "</Add>"
#define REPLACE(id, uri, data)	"<Replace><CmdID>" id "</CmdID>" ITEM(uri, data) "</Replace>"
#define DELETE(id, uri)	"<Delete><CmdID>" id "</CmdID><Item><Target><LocURI>" uri \
			"</LocURI></Target></Item></Delete>"
#define GET(id, uri)	"<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri \
			"</LocURI></Target></Item></Get>"
#define EXEC(id, uri)	"<Exec><CmdID>" id "</CmdID><Item><Target><LocURI>" uri \
			"</LocURI></Target></Item></Exec>"
#define ASK(id, code)	"<Alert><CmdID>" id "</CmdID><Data>" code "</Data><Item><Data>" \
			"MINDT=2&amp;MAXDT=60&amp;XX=1&amp;DR=1</Data></Item>" \
			"<Item><Data>Install &lt;it&gt;?</Data></Item></Alert>"

#define T(name)	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif /* DM_FIXTURE_H */
