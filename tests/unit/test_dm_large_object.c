// SPDX-License-Identifier: BSD-3-Clause
/*
 * Objects in chunks, both ways (spec/oma-dm.md 2.5 and the exchanges of 11.5): sizes, what may come
 * between, and that nothing but the whole is ever committed.
 */
#include "dm-fixture.h"

#include "dm/base64.h"

#define HDR_STATUS(msg, code) \
	"<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>" code "</Data></Status>"
#define NEXT(id)	"<Alert><CmdID>" id "</CmdID><Data>1222</Data></Alert>"
#define MORE		"<MoreData/>"

static char object[6000];

static int setup(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(object); i++)
		object[i] = (char)('a' + i % 26);
	return fixture_setup(state);
}

/* A command with n bytes of the object from at on. size 0: none is told. */
static const char *chunk(const char *cmd, const char *id, const char *uri, size_t size, size_t at,
			 int n, const char *more)
{
	static char text[8000];
	char meta[100] = "";

	if (size)
		sprintf(meta, "<Meta><Size" METINF ">%zu</Size></Meta>", size);
	snprintf(text, sizeof(text), "<%s><CmdID>%s</CmdID><Item><Target><LocURI>%s</LocURI></Target>%s"
		 "<Data>%.*s</Data>%s</Item></%s>", cmd, id, uri, meta, n, object + at, more, cmd);
	return text;
}

/* Message msg of the server, after the one that opens the session. */
static enum dm_next says_next(struct fixture *f, unsigned int msg, const char *body)
{
	char text[9000];

	snprintf(text, sizeof(text), "<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef>"
		 "<Cmd>SyncHdr</Cmd><Data>212</Data></Status>%s", msg, body);
	return server_says(f, msg, "", text);
}

static enum dm_next opens(struct fixture *f, const char *limit, const char *body)
{
	char cred[400], hdr[600], text[9000];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s%s", server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"),
		 limit);
	snprintf(text, sizeof(text), ACCEPT_1 "%s", body);
	return server_says(f, 1, hdr, text);
}

static void old_value(struct fixture *f)
{
	struct mo_value v = { .data = (char *)"old", .len = 3, .format = "chr" };

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	f->committed = 0;
}

static void assert_object(struct fixture *f, const char *uri, size_t len)
{
	struct mo_value v = { 0 };

	assert_int_equal(mo_tree_get(f->tree, NULL, uri, &v), 200);
	assert_int_equal(v.len, len);
	assert_memory_equal(v.data, object, len);
	mo_value_clear(&v);
}

/* What stands between the header and the end of the message that is due. */
static const char *body(struct fixture *f)
{
	return strstr(output(f), "<SyncBody>") + 10;
}

#define ANSWER(msg, rest) \
	"<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<TargetRef>" DEVICE_ID "</TargetRef><SourceRef>" SERVER_URI "</SourceRef><Data>212</Data>" \
	"</Status>" rest "</SyncBody></SyncML>"
#define STATUS_OF(id, msg, ref, code) \
	"<Status><CmdID>" id "</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref "</CmdRef>" \
	"<Cmd>Replace</Cmd><TargetRef>./NAP/a</TargetRef><Data>" code "</Data></Status>"

/* 11.5: 5000 bytes in 2000, 2000, 1000. */
static void three_chunks_to_the_client(void **state)
{
	struct fixture *f = *state;
	char last[8200];

	old_value(f);
	assert_int_equal(opens(f, "", ""), DM_NEXT_SEND);	/* the proof of the server is done */
	assert_int_equal(says_next(f, 2, chunk("Replace", "3", "./NAP/a", 5000, 0, 2000, MORE)),
			 DM_NEXT_SEND);
	assert_string_equal(body(f), ANSWER("2", STATUS_OF("2", "2", "3", "213") NEXT("3")));
	assert_int_equal(says_next(f, 3, chunk("Replace", "3", "./NAP/a", 0, 2000, 2000, MORE)),
			 DM_NEXT_SEND);
	assert_string_equal(body(f), ANSWER("3", STATUS_OF("2", "3", "3", "213") NEXT("3")));
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	assert_int_equal(f->committed, 0);
	snprintf(last, sizeof(last), "%s<Final/>",
		 chunk("Replace", "3", "./NAP/a", 0, 4000, 1000, ""));
	assert_int_equal(says_next(f, 4, last), DM_NEXT_SEND);
	assert_string_equal(body(f), ANSWER("4", STATUS_OF("2", "4", "3", "200") "<Final/>"));
	assert_object(f, "./NAP/a", 5000);
	assert_int_equal(f->committed, 1);
}

static void size_is_required(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 0, 0, 100, MORE));
	assert_int_equal(status(f, "4"), 411);
	/* the rest is not an object of its own */
	says_next(f, 2, chunk("Replace", "4", "./NAP/a", 0, 100, 50, ""));
	assert_int_equal(status(f, "4"), 411);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	/* after that it is */
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 0, 0, 50, ""));
	assert_int_equal(status(f, "4"), 200);
	assert_object(f, "./NAP/a", 50);
}

static void larger_than_max_obj_size(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	assert_int_equal(dm_session_set_limits(f->s, 8192, 3000), 0);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 3001, 0, 2000, MORE));
	assert_int_equal(status(f, "4"), 413);
	says_next(f, 2, chunk("Replace", "4", "./NAP/a", 0, 2000, 500, MORE));
	assert_int_equal(status(f, "4"), 413);
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 0, 2500, 501, ""));
	assert_int_equal(status(f, "4"), 413);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	/* at the limit, and without chunks */
	says_next(f, 4, chunk("Replace", "4", "./NAP/a", 3000, 0, 2000, MORE));
	assert_int_equal(status(f, "4"), 213);
	says_next(f, 5, chunk("Replace", "4", "./NAP/a", 0, 2000, 1000, ""));
	assert_int_equal(status(f, "4"), 200);
	says_next(f, 6, chunk("Replace", "4", "./NAP/a", 0, 0, 3001, ""));
	assert_int_equal(status(f, "4"), 413);
	assert_object(f, "./NAP/a", 3000);
}

static void limits_are_announced(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(dm_session_set_limits(f->s, 1023, 10), -22);
	assert_int_equal(dm_session_set_limits(f->s, 4096, 0), -22);
	assert_int_equal(dm_session_set_limits(f->s, 4096, 65536), 0);
	start_2a(f);
	assert_true(says(f, "<Meta><MaxMsgSize" METINF ">4096</MaxMsgSize><MaxObjSize" METINF
			 ">65536</MaxObjSize></Meta>"));
	assert_int_equal(dm_session_set_limits(f->s, 4096, 10), -22);
}

static void chunks_hold_less(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, chunk("Replace", "4", "./NAP/a", 0, 200, 299, ""));
	assert_int_equal(status(f, "4"), 424);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	/* the whole once more */
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	assert_int_equal(status(f, "4"), 213);
	says_next(f, 4, chunk("Replace", "4", "./NAP/a", 0, 200, 300, ""));
	assert_int_equal(status(f, "4"), 200);
	assert_object(f, "./NAP/a", 500);
}

static void chunks_hold_more(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, chunk("Replace", "4", "./NAP/a", 0, 200, 301, MORE));
	assert_int_equal(status(f, "4"), 424);
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 0, 501, 20, ""));
	assert_int_equal(status(f, "4"), 424);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	says_next(f, 4, chunk("Replace", "4", "./NAP/a", 500, 0, 501, MORE));
	assert_int_equal(status(f, "4"), 424);
	assert_int_equal(f->committed, 0);
}

#define NO_END	"<Data>1225</Data><Item><Target><LocURI>./NAP/a</LocURI></Target></Item></Alert>"

static void another_command_between(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, ADD("4", "./NAP/b", "1"));
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, NO_END));
	assert_string_equal(leaf(f, "./NAP/b"), "1");
	/* what is left of the object is not an object */
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 0, 200, 300, ""));
	assert_int_equal(status(f, "4"), 424);
	assert_false(says(f, "1225"));
	assert_string_equal(leaf(f, "./NAP/a"), "old");
}

static void another_command_in_the_same_message(void **state)
{
	struct fixture *f = *state;
	char text[8200];

	old_value(f);
	snprintf(text, sizeof(text), "%s%s", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE),
		 GET("5", "./DevDetail/SwV"));
	opens(f, "", text);
	assert_int_equal(status(f, "4"), 213);
	assert_int_equal(status(f, "5"), 200);
	assert_true(says(f, NO_END));
	/* two chunks of it in one message are none of the rules either */
	strcpy(text, chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	strcat(text, chunk("Replace", "5", "./NAP/a", 0, 200, 300, ""));
	says_next(f, 2, text);
	assert_true(says(f, NO_END));
	assert_int_equal(f->committed, 0);
}

static void another_item_between(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/x</LocURI></Target><Meta><Size"
	      METINF ">9</Size></Meta><Data>1</Data><MoreData/></Item>" ITEM("./NAP/b", "2") "</Add>");
	assert_int_equal(nth_status(f, "4", 0), 213);
	assert_int_equal(nth_status(f, "4", 1), 200);
	assert_true(says(f, "<Data>1225</Data>"));
	assert_string_equal(leaf(f, "./NAP"), "a/b");
}

static void another_object_between(void **state)
{
	struct fixture *f = *state;

	opens(f, "", chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, chunk("Add", "4", "./NAP/b", 400, 0, 200, MORE));
	assert_int_equal(status(f, "4"), 213);
	assert_true(says(f, NO_END));
	says_next(f, 3, chunk("Add", "4", "./NAP/b", 0, 200, 200, ""));
	assert_int_equal(status(f, "4"), 200);
	assert_object(f, "./NAP/b", 400);
	assert_string_equal(leaf(f, "./NAP"), "b");
}

static void a_question_between(void **state)
{
	struct fixture *f = *state;

	opens(f, "", chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	assert_int_equal(says_next(f, 2, ASK("4", "1101")), DM_NEXT_WAIT_UI);
	dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT);
	assert_true(says(f, NO_END));
}

static void package_ends_within_the_object(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	assert_int_equal(says_next(f, 2, "<Final/>"), DM_NEXT_SEND);
	assert_true(says(f, NO_END));
	assert_true(says(f, "<Final/>"));
	assert_int_equal(says_next(f, 3, "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
}

static void next_message_between(void **state)
{
	struct fixture *f = *state;

	opens(f, "", chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, NEXT("2"));
	assert_false(says(f, "1225"));
	says_next(f, 3, chunk("Add", "4", "./NAP/a", 0, 200, 300, ""));
	assert_int_equal(status(f, "4"), 200);
	assert_object(f, "./NAP/a", 500);
}

static void not_inside_of_a_container(void **state)
{
	struct fixture *f = *state;
	char text[8200];

	snprintf(text, sizeof(text), "<Atomic><CmdID>2</CmdID>%s</Atomic>",
		 chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	opens(f, "", text);
	assert_int_equal(status(f, "2"), 507);
	assert_int_equal(status(f, "4"), 400);
	snprintf(text, sizeof(text), "<Sequence><CmdID>2</CmdID>%s</Sequence>",
		 chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	says_next(f, 2, text);
	assert_int_equal(status(f, "4"), 400);
	says_next(f, 3, "<Get><CmdID>4</CmdID><Item><Target><LocURI>./NAP</LocURI></Target><MoreData/>"
		  "</Item></Get>");
	assert_int_equal(status(f, "4"), 400);
	says_next(f, 4, chunk("Delete", "4", "./NAP", 500, 0, 200, MORE));
	assert_int_equal(status(f, "4"), 400);
	assert_string_equal(leaf(f, "./NAP"), "");
}

/* Format and Type of the first chunk count; base64 is measured as it is sent. */
static void binary_in_chunks(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };

	opens(f, "", "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/bin</LocURI></Target><Meta><Format"
	      METINF ">b64</Format><Type" METINF ">application/x-own</Type><Size" METINF ">8</Size></Meta>"
	      "<Data>AAE</Data><MoreData/></Item></Add>");
	assert_int_equal(status(f, "4"), 213);
	says_next(f, 2, "<Add><CmdID>4</CmdID>" ITEM("./NAP/bin", "C/wA=") "</Add>");
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/bin", &v), 200);
	assert_string_equal(v.format, "bin");
	assert_string_equal(v.type, "application/x-own");
	assert_int_equal(v.len, 5);
	assert_memory_equal(v.data, "\0\1\2\377\0", 5);
	mo_value_clear(&v);
}

static void the_item_before_is_done(void **state)
{
	struct fixture *f = *state;

	opens(f, "", "<Add><CmdID>4</CmdID>" ITEM("./NAP/b", "2") "<Item><Target><LocURI>./NAP/a</LocURI>"
	      "</Target><Meta><Size" METINF ">3</Size></Meta><Data>ab</Data><MoreData/></Item></Add>");
	assert_int_equal(nth_status(f, "4", 0), 200);
	assert_int_equal(nth_status(f, "4", 1), 213);
	assert_string_equal(leaf(f, "./NAP"), "b");
	says_next(f, 2, "<Add><CmdID>4</CmdID>" ITEM("./NAP/a", "c") ITEM("./NAP/c", "3") "</Add>");
	assert_int_equal(status(f, "4"), 200);
	assert_string_equal(leaf(f, "./NAP"), "a/b/c");
	assert_string_equal(leaf(f, "./NAP/a"), "abc");
}

static void refused_at_the_end(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Add", "4", "./NAP/a", 500, 0, 200, MORE));
	assert_int_equal(status(f, "4"), 213);
	says_next(f, 2, chunk("Add", "4", "./NAP/a", 0, 200, 300, ""));
	assert_int_equal(status(f, "4"), 418);
	f->prepare_status = MO_DEVICE_FULL;
	says_next(f, 3, chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	assert_int_equal(status(f, "4"), 213);
	says_next(f, 4, chunk("Replace", "4", "./NAP/a", 0, 200, 300, ""));
	assert_int_equal(status(f, "4"), 420);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
}

static void lost_within_the_object(void **state)
{
	struct fixture *f = *state;

	old_value(f);
	opens(f, "", chunk("Replace", "4", "./NAP/a", 500, 0, 200, MORE));
	dm_session_lost(f->s);
	dm_session_free(f->s);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	assert_int_equal(mo_account_load(f->tree, "dmsc.example", &f->acc), 0);
	fixture_session(f);
	/* a new session knows nothing of it: MoreData without Size */
	opens(f, "", chunk("Replace", "4", "./NAP/a", 0, 200, 100, MORE));
	assert_int_equal(status(f, "4"), 411);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
}

/* ------------------------------------------------------------ from the client */

/* Collects the Data of the Results in the message that is due; true: there is more. */
static bool collect(struct fixture *f, char *got, size_t *len)
{
	const char *p = strstr(output(f), "<Results>"), *end;
	bool more;

	assert_non_null(p);
	more = strstr(p, "<MoreData/></Item></Results>") != NULL;
	p = strstr(p, "<Data>") + 6;
	end = strstr(p, "</Data>");
	memcpy(got + *len, p, (size_t)(end - p));
	*len += (size_t)(end - p);
	got[*len] = '\0';
	assert_int_equal(more, !says(f, "<Final/>"));
	assert_false(says(f, "1222"));
	return more;
}

static unsigned int read_in_chunks(struct fixture *f, char *got, size_t *len, size_t limit)
{
	unsigned int msg = 1;

	*len = 0;
	while (collect(f, got, len)) {
		assert_true(strlen(output(f)) <= limit);
		assert_true(strlen(output(f)) > limit / 2);
		assert_int_equal(says(f, "<Size" METINF ">"), msg == 1);
		msg++;
		assert_true(msg < 100);
		assert_int_equal(says_next(f, msg, "<Status><CmdID>2</CmdID><MsgRef>0</MsgRef><CmdRef>3"
				 "</CmdRef><Cmd>Results</Cmd><Data>213</Data></Status>" NEXT("3")),
				 DM_NEXT_SEND);
		assert_true(says(f, "<CmdRef>4</CmdRef><Item><Source><LocURI>./NAP/a</LocURI></Source>"));
		assert_true(says(f, "<MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item>"));
	}
	return msg;
}

#define LIMIT(n)	"<Meta><MaxMsgSize" METINF ">" n "</MaxMsgSize></Meta>"

static void large_result(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 5000, .format = "chr", .type = "text/plain" };
	char got[8000];
	size_t len;

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	assert_int_equal(opens(f, LIMIT("2000"), GET("4", "./NAP/a") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, "<Size" METINF ">5000</Size>"));
	assert_true(read_in_chunks(f, got, &len, 2000) >= 4);
	assert_int_equal(len, 5000);
	assert_memory_equal(got, object, 5000);
	assert_int_equal(says_next(f, 60, "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
}

static void large_binary_result(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 4000, .format = "bin", .type = "text/plain" };
	char got[8000];
	uint8_t raw[5000];
	size_t len;

	object[7] = '\0';
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	opens(f, LIMIT("2000"), GET("4", "./NAP/a") "<Final/>");
	assert_true(says(f, "<Size" METINF ">5336</Size>"));
	read_in_chunks(f, got, &len, 2000);
	assert_int_equal(len, 5336);
	assert_int_equal(dm_b64_decode(got, len, raw, sizeof(raw)), 4000);
	assert_memory_equal(raw, object, 4000);
}

/* Whole characters, and none of them lost to escaping. */
static void large_result_of_other_characters(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 3000, .format = "chr", .type = "text/plain" };
	size_t i, len, n = 0;
	char got[20000];

	for (i = 0; i < 3000; i += 6)
		memcpy(object + i, "\xe2\x82\xac<&x", 6);
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	opens(f, LIMIT("1500"), GET("4", "./NAP/a") "<Final/>");
	assert_true(says(f, "<Size" METINF ">3000</Size>"));
	read_in_chunks(f, got, &len, 1500);
	assert_int_equal(len, 500 * (3 + 4 + 5 + 1));
	for (i = 0; i < len; i += 13)
		n += !memcmp(got + i, "\xe2\x82\xac&lt;&amp;x", 13);
	assert_int_equal(n, 500);
}

/* Nothing new between the chunks, not even if the server asks for it. */
static void command_within_a_large_result(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 3000, .format = "chr", .type = "text/plain" };
	const char *get, *rest;
	unsigned int msg;

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	opens(f, LIMIT("2000"), GET("4", "./NAP/a") "<Final/>");
	assert_true(says(f, MORE));
	says_next(f, 2, GET("9", "./DevDetail/SwV") "<Final/>");
	get = strstr(output(f), "<CmdRef>9</CmdRef><Cmd>Get</Cmd>");
	rest = strstr(output(f), "<CmdRef>4</CmdRef><Item>");
	assert_true(get && rest && get < rest);
	assert_true(says(f, MORE));
	assert_false(says(f, "<CmdRef>9</CmdRef><Item>"));
	for (msg = 3; says(f, MORE) && msg < 20; msg++)
		says_next(f, msg, NEXT("9"));
	rest = strstr(output(f), "<CmdRef>4</CmdRef><Item>");
	get = strstr(output(f), "<CmdRef>9</CmdRef><Item>");
	assert_true(get && rest && rest < get);
}

static void server_refuses_a_chunk(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 5000, .format = "chr", .type = "text/plain" };

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	opens(f, LIMIT("2000"), GET("4", "./NAP/a") GET("5", "./DevDetail/SwV") "<Final/>");
	assert_true(says(f, MORE));
	says_next(f, 2, "<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>4</CmdRef><Cmd>Results</Cmd>"
		  "<Data>413</Data></Status>" NEXT("3"));
	assert_false(says(f, "./NAP/a"));
	assert_true(says(f, "<Data>1.4.2</Data></Item></Results><Final/>"));
}

static void result_larger_than_max_obj_size(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 3000, .format = "bin", .type = "text/plain" };

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	/* base64 counts: 4000 */
	opens(f, "<Meta><MaxObjSize" METINF ">3999</MaxObjSize></Meta>", GET("4", "./NAP/a") "<Final/>");
	assert_int_equal(status(f, "4"), 413);
	says_next(f, 2, GET("4", "./DevDetail/SwV") "<Final/>");
	assert_int_equal(status(f, "4"), 200);
}

/* A server that takes hardly anything: 413 instead of thousands of messages. */
static void no_room_for_a_chunk(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { .data = object, .len = 5000, .format = "chr", .type = "text/plain" };

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	opens(f, LIMIT("900"), GET("4", "./NAP/a") GET("5", "./DevDetail/SwV") "<Final/>");
	assert_int_equal(status(f, "4"), 413);
}

#define T_LO(name)	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T_LO(three_chunks_to_the_client),
		T_LO(size_is_required),
		T_LO(larger_than_max_obj_size),
		T_LO(limits_are_announced),
		T_LO(chunks_hold_less),
		T_LO(chunks_hold_more),
		T_LO(another_command_between),
		T_LO(another_command_in_the_same_message),
		T_LO(another_item_between),
		T_LO(another_object_between),
		T_LO(a_question_between),
		T_LO(package_ends_within_the_object),
		T_LO(next_message_between),
		T_LO(not_inside_of_a_container),
		T_LO(binary_in_chunks),
		T_LO(the_item_before_is_done),
		T_LO(refused_at_the_end),
		T_LO(lost_within_the_object),
		T_LO(large_result),
		T_LO(large_binary_result),
		T_LO(large_result_of_other_characters),
		T_LO(command_within_a_large_result),
		T_LO(server_refuses_a_chunk),
		T_LO(result_larger_than_max_obj_size),
		T_LO(no_room_for_a_chunk),
	};

	return cmocka_run_group_tests_name("dm_large_object", tests, NULL, NULL);
}
