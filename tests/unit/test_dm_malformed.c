// SPDX-License-Identifier: BSD-3-Clause
/*
 * Messages that are none: cut at every byte, changed at every byte, nested, huge, with a DTD.
 * Nothing of them is executed, the reason says where, and the session ends.
 */
#include "dm-fixture.h"

#include "dm/syncml.h"

#define GOOD_BODY	ACCEPT_1 "<Sequence><CmdID>4</CmdID>" ADD("5", "./NAP/a", "1") \
			"</Sequence><Atomic><CmdID>6</CmdID>" ADD("7", "./NAP/b", "1") "</Atomic>" \
			GET("8", "./DevDetail/SwV") ASK("9", "1100") "<Final/>"

static const char *good(struct fixture *f)
{
	static char cred[400];

	return compose(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), GOOD_BODY);
}

static void again(struct fixture *f)
{
	dm_session_free(f->s);
	fixture_session(f);
	start_2a(f);
}

/* Feeds exactly len bytes, so that an over-read is seen. */
static enum dm_next feed_exact(struct fixture *f, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	enum dm_next next;

	memcpy(copy, text, len);
	next = dm_session_input(f->s, DM_CONTENT_TYPE_XML, copy, len);
	free(copy);
	return next;
}

static void expect_malformed(struct fixture *f, const char *text, const char *reason)
{
	again(f);
	assert_int_equal(feed_exact(f, text, strlen(text)), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_MALFORMED);
	if (!strstr(dm_session_reason(f->s), reason))
		fail_msg("\"%s\" does not hold \"%s\"", dm_session_reason(f->s), reason);
	assert_string_equal(leaf(f, "./NAP"), "");
}

static void cut_at_every_byte(void **state)
{
	struct fixture *f = *state;
	const char *text = good(f);
	size_t len = strlen(text), cut;

	for (cut = 1; cut < len; cut++) {
		again(f);
		assert_int_equal(feed_exact(f, text, cut), DM_NEXT_DONE);
		assert_int_equal(outcome(f), DM_OUTCOME_MALFORMED);
		assert_non_null(strstr(dm_session_reason(f->s), "line 1"));
		assert_int_equal(f->asked, 0);
	}
	assert_string_equal(leaf(f, "./NAP"), "");
	again(f);
	assert_int_equal(feed_exact(f, text, len), DM_NEXT_WAIT_UI);
	assert_string_equal(leaf(f, "./NAP"), "a/b");
}

/* One byte changed: whatever comes of it, it comes to an end. */
static void changed_at_every_byte(void **state)
{
	static const char values[] = { '<', '>', '&', 0, '/', '"', (char)0xff, '0', ' ' };
	struct fixture *f = *state;
	char text[8192];
	size_t len, at, i;

	snprintf(text, sizeof(text), "%s", good(f));
	len = strlen(text);
	for (at = 0; at < len; at += 3) {
		for (i = 0; i < sizeof(values); i++) {
			char kept = text[at];
			enum dm_next next;

			text[at] = values[i];
			again(f);
			next = feed_exact(f, text, len);
			if (next == DM_NEXT_WAIT_UI)
				next = dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT);
			if (next == DM_NEXT_SEND)
				assert_true(says(f, "</SyncML>"));
			else
				assert_int_not_equal(outcome(f), DM_OUTCOME_RUNNING);
			text[at] = kept;
		}
	}
}

static void frames(void **state)
{
	struct fixture *f = *state;

	expect_malformed(f, "garbage", "line 1");
	expect_malformed(f, "   ", "no XML document");
	expect_malformed(f, "\xef\xbb\xbf", "no XML document");
	expect_malformed(f, "<DM/>", "root element is not SyncML");
	expect_malformed(f, "<SyncML/>", "does not start with SyncHdr");
	expect_malformed(f, "<SyncML><SyncBody/></SyncML>", "does not start with SyncHdr");
	expect_malformed(f, "<SyncML>\n<SyncHdr/>\n<Alert/></SyncML>", "line 3: SyncHdr is not followed");
	expect_malformed(f, "<SyncML>\n\n<SyncHdr/>\n<SyncBody/></SyncML>", "line 3: SyncHdr without");
	expect_malformed(f, "\n\n<SyncML>\n<SyncHdr></SyncHdr><SyncBody>\n</SyncBdy></SyncML>", "line 5");
	expect_malformed(f, "<SyncML><SyncHdr/><SyncBody/><SyncBody/></SyncML>", "element after SyncBody");
	expect_malformed(f, "<SyncML><SyncHdr/><SyncBody/></SyncML><SyncML/>", "line 1");
	expect_malformed(f, "<SyncML>&nope;</SyncML>", "line 1");
	expect_malformed(f, "<SyncML>\x01</SyncML>", "line 1");
	expect_malformed(f, "<SyncML>\xc3(</SyncML>", "line 1");
	/* it is UTF-8, whatever it says */
	expect_malformed(f, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><DM>\xe4</DM>", "line 1");
}

static void with_a_prefix(struct fixture *f, const char *prefix)
{
	char text[9000];

	snprintf(text, sizeof(text), "%s%s", prefix, good(f));
	again(f);
	assert_int_equal(feed(f, text), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_int_equal(status(f, "8"), 200);
}

static void prefixes_that_are_tolerated(void **state)
{
	struct fixture *f = *state;

	with_a_prefix(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	with_a_prefix(f, "\r\n <?xml version=\"1.0\"?>");
	with_a_prefix(f, "\xef\xbb\xbf\n<?xml version=\"1.0\"?>");
	with_a_prefix(f, "\n\xef\xbb\xbf<?xml version=\"1.0\"?>");
	with_a_prefix(f, "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" "
		      "\"file:///etc/passwd\">");
}

static void entities(void **state)
{
	struct fixture *f = *state;

	expect_malformed(f, "<!DOCTYPE SyncML [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
			 "<SyncML>&b;</SyncML>", "internal subset");
	expect_malformed(f, "<!DOCTYPE SyncML SYSTEM \"http://127.0.0.1:1/x.dtd\" [<!ENTITY x SYSTEM "
			 "\"file:///etc/passwd\">]><SyncML>&x;</SyncML>", "internal subset");
	/* declared nowhere that is read */
	expect_malformed(f, "<!DOCTYPE SyncML SYSTEM \"file:///nowhere.dtd\"><SyncML><SyncHdr>&x;"
			 "</SyncHdr><SyncBody/></SyncML>", "line 1");
}

static void deep(struct fixture *f, const char *open, const char *close, unsigned int n, char *text)
{
	unsigned int i;

	strcpy(text, "<SyncML><SyncHdr/><SyncBody>");
	for (i = 0; i < n; i++)
		strcat(text, open);
	for (i = 0; i < n; i++)
		strcat(text, close);
	strcat(text, "</SyncBody></SyncML>");
}

static void nested_deep(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(DM_MAX_MSG_SIZE);

	deep(f, "<a>", "</a>", 31, text);
	expect_malformed(f, text, "too deep");
	deep(f, "<Atomic>", "</Atomic>", 200, text);
	expect_malformed(f, text, "too deep");
	deep(f, "<a>", "</a>", 2000, text);
	expect_malformed(f, text, "line 1");
	deep(f, "<a>", "</a>", 30, text);
	expect_malformed(f, text, "SyncHdr without");	/* deep enough to be read */
	free(text);
}

static void huge_text(void **state)
{
	struct fixture *f = *state;
	char cred[400], *body = malloc(DM_MAX_MSG_SIZE), *end = body;

	end += sprintf(body, ACCEPT_1 "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target><Data>");
	memset(end, 'x', 14000);
	strcpy(end + 14000, "</Data></Item></Add><Final/>");
	again(f);
	assert_int_equal(server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), body),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(strlen(leaf(f, "./NAP/a")), 255);	/* as far as leaf() reads */
	free(body);
}

/* A command for each name XML allows: every one gets its Status. */
static void many_commands(void **state)
{
	struct fixture *f = *state;
	char body[13000] = ACCEPT_1, cred[400], ref[8];
	unsigned int i, n;

	for (n = 0; strlen(body) < 12000; n++)
		sprintf(body + strlen(body), "<x><CmdID>%u</CmdID></x>", 10 + n);
	strcat(body, "<Final/>");
	again(f);
	assert_int_equal(server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), body),
			 DM_NEXT_SEND);
	for (i = 0; i < n; i++) {
		sprintf(ref, "%u", 10 + i);
		assert_int_equal(status(f, ref), 400);
	}
}

static void statuses_without_references(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	again(f);
	assert_int_equal(server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"),
				     "<Status/><Status><MsgRef>x</MsgRef></Status><Status><Data>"
				     "999999999999</Data></Status><Results/>" ACCEPT_1
				     GET("4", "./DevDetail/SwV") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(cut_at_every_byte),
		T(changed_at_every_byte),
		T(frames),
		T(prefixes_that_are_tolerated),
		T(entities),
		T(nested_deep),
		T(huge_text),
		T(many_commands),
		T(statuses_without_references),
	};

	return cmocka_run_group_tests_name("dm_malformed", tests, NULL, NULL);
}
