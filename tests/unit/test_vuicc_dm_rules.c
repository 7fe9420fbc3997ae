// SPDX-License-Identifier: BSD-3-Clause
/*
 * The card as a witness: rules a client may break, messages nobody can read, and the card's own
 * deliberate faults.
 */
#include "vuicc-dm-client.h"

#define GET	"<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
#define ADD2	"<Add><Item><Target><LocURI>./A</LocURI></Target><Data>1</Data></Item>" \
		"<Item><Target><LocURI>./B</LocURI></Target><Data>2</Data></Item></Add>"
#define ATOMIC	"<Atomic><Replace><Item><Target><LocURI>./A</LocURI></Target><Data>1</Data></Item>" \
		"</Replace><Delete><Item><Target><LocURI>./B</LocURI></Target></Item></Delete></Atomic>"

/* Package 3 as an answer to commands that start with CmdID 4. */
static void package3(const char *commands, const char *body, const char *violation)
{
	struct card *c = opened(commands, NULL);

	assert_clean(c);
	message(c, NULL, "%s", body);
	assert_int_equal(c->status, 200);
	if (violation)
		assert_logged(c, 1, "\"event\":\"violation\"", violation);
	assert_logged(c, violation ? 1 : 0, "\"event\":\"violation\"", "");
	card_free(c);
}

#define RESULTS(ref) "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>" ref "</CmdRef><Item><Source>" \
	"<LocURI>./A</LocURI></Source><Data>x</Data></Item></Results>"

static void statuses(void **state)
{
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") "<Final/>", NULL);
	package3(GET, STATUS("2", "1", "4", "Get", "404") "<Final/>", "0 Statuses for SyncHdr");
	package3(GET, STATUS("2", "1", "4", "Get", "404") HDR_OK("1", "1") "<Final/>",
		 "the Status for SyncHdr is not the first");
	package3(GET, HDR_OK("1", "7") STATUS("2", "1", "4", "Get", "404") "<Final/>",
		 "the Status for SyncHdr refers to message 7, not 1");
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Add", "404") "<Final/>",
		 "the Status of command 4 says Cmd Add, it was Get");
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404")
		 STATUS("3", "1", "5", "Get", "404") "<Final/>", "command 5, which was never sent");
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404")
		 STATUS("3", "1", "4", "Get", "404") "<Final/>", "is answered twice");
	package3(GET GET, HDR_OK("1", "1") STATUS("2", "1", "5", "Get", "404")
		 STATUS("3", "1", "4", "Get", "404") "<Final/>", "comes after that of 5");
	package3(GET, HDR_OK("1", "1") STATUS_T("2", "1", "4", "Get", "./X", "404") "<Final/>",
		 "TargetRef ./X in the Status of command 4 (Get) is none of its targets");
}

static void several_items(void **state)
{
	struct card *c;

	package3(ADD2, HDR_OK("1", "1") STATUS("2", "1", "4", "Add", "200") "<Final/>", NULL);
	package3(ADD2, HDR_OK("1", "1") STATUS_T("2", "1", "4", "Add", "./B", "200")
		 STATUS_T("3", "1", "4", "Add", "./A", "418") "<Final/>", NULL);
	/* one of two is not enough */
	c = opened(ADD2, NULL);
	message(c, NULL, HDR_OK("1", "1") STATUS_T("2", "1", "4", "Add", "./A", "200") "<Final/>");
	assert_logged(c, 1, "\"target\":\"./A\"", "\"status\":200");
	assert_logged(c, 1, "\"target\":\"./B\"", "\"status\":null");
	assert_false(c->complete);
	card_free(c);
}

static void results(void **state)
{
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "200") RESULTS("4") "<Final/>", NULL);
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "200") "<Final/>",
		 "is 200 but no Results came");
	package3(GET, HDR_OK("1", "1") RESULTS("4") STATUS("2", "1", "4", "Get", "200") "<Final/>",
		 "come before its Status");
	package3(GET, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "200") RESULTS("4")
		 "<Results><CmdID>10</CmdID><CmdRef>7</CmdRef></Results><Final/>",
		 "Results for message 1, command 7, which is no Get");
}

static void atomics(void **state)
{
	package3(ATOMIC, HDR_OK("1", "1") STATUS("2", "1", "4", "Atomic", "507")
		 STATUS("3", "1", "5", "Replace", "216") STATUS("4", "1", "6", "Delete", "404") "<Final/>",
		 NULL);
	package3(ATOMIC, HDR_OK("1", "1") STATUS("2", "1", "4", "Atomic", "507")
		 STATUS("3", "1", "5", "Replace", "200") STATUS("4", "1", "6", "Delete", "404") "<Final/>",
		 "Atomic 4 is 507 but its member 5 (Replace) is still 200");
	package3(ATOMIC, HDR_OK("1", "1") STATUS("2", "1", "4", "Atomic", "200")
		 STATUS("3", "1", "5", "Replace", "200") STATUS("4", "1", "6", "Delete", "404") "<Final/>",
		 "Atomic 4 is 200 but its member 6 (Delete) is 404");
}

static void elements(void **state)
{
#define OK_GET	HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404")
#define EVENT	"<Item><Meta><Format" MI ">chr</Format><Type" MI ">text/plain</Type></Meta>" \
		"<Data>x</Data></Item>"
	package3(GET, OK_GET "<Get><CmdID>3</CmdID><Item/></Get><Final/>", "Get is not for a client");
	package3(GET, OK_GET "<Alert><CmdID>2</CmdID><Data>1224</Data>" EVENT "</Alert><Final/>",
		 "CmdID 2 is used twice");
	package3(GET, OK_GET "<Alert><CmdID>0</CmdID><Data>1224</Data>" EVENT "</Alert><Final/>",
		 "Alert with CmdID 0");
	package3(GET, OK_GET "<Alert><Data>1224</Data>" EVENT "</Alert><Final/>", "Alert without CmdID");
	package3(GET, OK_GET "<Alert><CmdID>3</CmdID><Data>1101</Data></Alert><Final/>",
		 "alert 1101 is not for a client");
	package3(GET, OK_GET "<Alert><CmdID>3</CmdID><Data>1226</Data></Alert><Final/>",
		 "generic alert without Item");
	package3(GET, OK_GET "<Final/><Alert><CmdID>3</CmdID><Data>1224</Data>" EVENT "</Alert>",
		 "Alert after Final");
	package3(GET, OK_GET "<Replace><CmdID>3</CmdID><Item><Source><LocURI>./Settings/x</LocURI></Source>"
		 "<Data>1</Data></Item></Replace><Final/>", "Replace of './Settings/x'");
	package3(GET, OK_GET "<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Source><LocURI>./A</LocURI>"
		 "</Source><Meta><Format>int</Format><Type" MI ">Reversed-Domain-Name: org.example.x</Type>"
		 "</Meta><Data>0</Data></Item></Alert><Final/>",
		 "Format is not in the namespace syncml:metinf");
}

static void resp_uri(void **state)
{
	struct card *c = opened(GET, NULL);

	c->ignore_resp_uri = true;
	message(c, NULL, OK_GET "<Final/>");
	assert_logged(c, 1, "\"event\":\"violation\"", "message 2 was not sent to RespURI");
	assert_true(c->complete);
	card_free(c);
}

/* The generic alert is for the log. */
static void generic_alert(void **state)
{
	struct card *c = opened(GET, NULL);

	message(c, NULL, OK_GET "<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Source><LocURI>./A</LocURI>"
		"</Source><Meta><Format" MI ">int</Format><Type" MI ">Reversed-Domain-Name: org.example.x"
		"</Type></Meta><Data>7</Data></Item></Alert><Final/>");
	assert_has(c, "<CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200</Data>");
	assert_logged(c, 1, "\"code\":1226,\"source\":\"./A\",\"type\":\"Reversed-Domain-Name: org.example.x\"",
		      "\"data\":\"7\"");
	assert_clean(c);
	card_free(c);
}

/* A first message in which one text is replaced by another. */
static struct card *altered(const char *from, const char *to, const char *query)
{
	static const char first[] = FIRST_MESSAGE;
	struct card *c = card_new(GET, NULL);
	const char *at = strstr(first, from);
	char text[8192];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - first), first, to, at + strlen(from));
	post(c, query, text);
	return c;
}

static void first_message(void **state)
{
	static const struct {
		const char *from, *to, *violation, *answer;
	} v[] = {
		{ "<VerDTD>1.2", "<VerDTD>1.1", "VerDTD is '1.1'", "<Data>505</Data>" },
		{ "DM/1.2", "DM/1.3", "VerProto is 'DM/1.3'", "<Data>513</Data>" },
		{ "<SessionID>2A", "<SessionID>2a", "SessionID 2a is not", "<Get>" },
		{ "<SessionID>2A", "<SessionID>02", "SessionID 02 is not", "<Get>" },
		{ "<LocURI>" URL, "<LocURI>http://elsewhere/", "Target is http://elsewhere/", "<Get>" },
		{ "<Data>1200", "<Data>1226", "generic alert without Item", "<Data>412</Data>" },
		{ "./DevInfo/Lang", "./DevInfo/Lung", "package 1 without ./DevInfo/Lang", "<Get>" },
		{ "<Data>" DEVICE, "<Data>IMEI:1", "DevId IMEI:1 is not the Source " DEVICE, "<Get>" },
		{ "<LocName>client01", "<LocName>client02", NULL, "<Data>401</Data>" },
		{ "<LocName>client01</LocName>", "", "credentials without a user name", "<Data>401</Data>" },
		{ "syncml:auth-md5", "syncml:auth-basic", NULL, "<Data>401</Data>" },
		{ ">b64<", ">chr<", "Cred of format 'chr'", "<Get>" },
		{ " xmlns=\"SYNCML:SYNCML1.2\"", "", "SyncML is not in the namespace", "<Get>" },
		{ "<Format" MI, "<Format", "Format is not in the namespace", "<Get>" },
		{ "<SyncML", "\xEF\xBB\xBF\n<?xml version=\"1.0\"?><SyncML", NULL, "<Get>" },
		{ "<SyncML", "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"x.dtd\"><SyncML",
		  NULL, "<Get>" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct card *c = altered(v[i].from, v[i].to, "");

		assert_int_equal(c->status, 200);
		assert_has(c, v[i].answer);
		if (v[i].violation)
			assert_logged(c, 1, "\"event\":\"violation\"", v[i].violation);
		else
			assert_clean(c);
		card_free(c);
	}
}

/* Messages that are no SyncML at all: HTTP 400, and no session of them. */
static void unreadable(void **state)
{
	static const struct {
		const char *from, *to;
	} v[] = {
		{ "</SyncBody>", "</SyncBoby>" },
		{ "<SyncML", "<SyncMl" },
		{ "<SessionID>2A</SessionID>", "" },
		{ "<SessionID>2A", "<SessionID>0123456789012345678901234567890123456789" },
		{ "<MsgID>1", "<MsgID>0" },
		{ "<MsgID>1", "<MsgID>-1" },
		{ "<MsgID>1", "<MsgID>99999999999999999999" },
		{ "<Source><LocURI>" DEVICE "</LocURI>", "<Source>" },
		{ "<SyncHdr>", "<SyncHdr>&e;" },
		{ "<SyncML", "<!DOCTYPE x [<!ENTITY a \"b\">]><SyncML" },
		{ "<SyncML", "<!DOCTYPE x [<!ENTITY a \"bbbbbbbb\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		  "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><SyncML a=\"&c;\"" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct card *c = altered(v[i].from, v[i].to, "");

		if (c->status != 400)
			fail_msg("%s -> %d", v[i].to, c->status);
		assert_logged(c, 0, "", "");
		card_free(c);
	}
}

/* Rubbish that names the running session ends it; rubbish that does not is ignored. */
static void unreadable_in_session(void **state)
{
	struct card *c = opened(GET, NULL);

	post(c, "", "<rubbish/>");
	post(c, "?s=2B", "<rubbish/>");
	assert_int_equal(c->ended, 0);
	post(c, "?s=2A", "<rubbish/>");
	assert_int_equal(c->status, 400);
	assert_int_equal(c->ended, 1);
	assert_logged(c, 1, "\"event\":\"end\"", "an unreadable message");
	card_free(c);
}

/* Every cut and many a flipped byte: whatever comes, there is one answer and no crash. */
static void damaged(void **state)
{
	char whole[8192], text[8192];
	struct card *c = opened(ATOMIC GET, NULL);
	size_t len, i;

	snprintf(whole, sizeof(whole),
		 "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
		 "<SessionID>2A</SessionID><MsgID>2</MsgID><Target><LocURI>" URL "?s=2A</LocURI></Target>"
		 "<Source><LocURI>" DEVICE "</LocURI></Source></SyncHdr><SyncBody>" HDR_OK("1", "1")
		 STATUS_T("3", "1", "5", "Replace", "./A", "200") RESULTS("4") "<Final/></SyncBody></SyncML>");
	len = strlen(whole);
	for (i = 0; i < len; i++) {
		memcpy(text, whole, i);
		text[i] = '\0';
		c->steps[0] = '\0';
		post(c, "", text);
		assert_int_equal(c->status, 400);
	}
	assert_int_equal(c->ended, 0);
	card_free(c);
	for (i = 0; i < len; i++) {
		c = opened(ATOMIC GET, NULL);
		strcpy(text, whole);
		text[i] ^= i % 2 ? 0x01 : 0x14;
		post(c, "?s=2A", text);
		assert_true(c->status == 200 || c->status == 400 || c->status == 404);
		card_free(c);
	}
}

/* ---------------------------------------------------------------- the card's own faults */

static void faults_in_answer(void **state)
{
	struct vdm_request req = { .content_type = VDM_TYPE_XML };
	struct vdm_in in;
	char why[128];
	struct card *c = opened(GET, "malformed-xml");

	assert_int_equal(c->status, 200);
	req.body = c->body;
	req.len = strlen(c->body);
	assert_int_equal(vdm_in_parse(&in, &req, why, sizeof(why)), -EBADMSG);
	card_free(c);

	c = opened(GET, "wrong-server-secret");
	assert_has(c, "<Cred>");
	assert_has_not(c, SERVER_CRED);
	card_free(c);

	c = opened(GET, "no-server-cred");
	assert_has_not(c, "<Cred>");
	assert_has(c, "<Get>");
	card_free(c);

	c = opened(GET, "unknown-command");
	assert_has(c, "<Frobnicate><CmdID>4</CmdID><Item>");
	assert_has(c, "<Get><CmdID>5</CmdID>");
	card_free(c);

	c = opened(GET, "long-names");
	assert_has(c, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	assert_has(c, "/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d<");
	assert_has(c, "/000000000000000000000000000000000000000000000000000000000019<");
	card_free(c);

	c = opened(GET, "wrong-session-id");
	assert_has(c, "<SessionID>BAD</SessionID>");
	card_free(c);

	c = opened(GET, "huge");
	assert_true(strlen(c->body) > 192 * 1024);
	assert_has(c, "./Settings/hostname");
	card_free(c);

	c = opened(GET, "no-status");
	assert_has_not(c, "<Cmd>SyncHdr</Cmd>");
	card_free(c);

	c = opened(GET, "small-messages");
	assert_has(c, ">1200</MaxMsgSize>");
	card_free(c);
}

static void fault_abort(void **state)
{
	struct card *c = opened(GET, "abort");

	assert_has(c, "<Alert><CmdID>4</CmdID><Data>1223</Data></Alert><Final/>");
	assert_has_not(c, "<Get>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	card_free(c);
}

static void fault_no_answer(void **state)
{
	struct card *c = opened(GET, "no-answer");

	assert_int_equal(c->out_len, 0);
	assert_int_equal(c->closed, 0);
	c->msg = 0;
	message(c, CLIENT_CRED, PACKAGE1 "<Final/>");
	assert_int_equal(c->out_len, 0);
	card_free(c);
}

static void fault_http(void **state)
{
	struct card *c = opened(GET, "http-500");
	const char *length;

	assert_int_equal(c->status, 500);
	card_free(c);

	c = opened(GET, "truncate");
	length = strstr(c->out, "Content-Length: ");
	assert_non_null(length);
	assert_int_equal(strlen(c->body), atoi(length + 16) / 2);
	assert_int_equal(c->closed, 1);
	card_free(c);
}

static void fault_refusals(void **state)
{
	struct card *c = opened(GET, "challenge-first");
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	assert_has(c, "<Data>401</Data>");
	next_nonce(c, &n);
	make_cred("client01", "ClientSecret1", &n, cred);
	message(c, cred, STATUS("1", "1", "0", "SyncHdr", "200") PACKAGE1 "<Final/>");
	assert_has(c, "<Data>212</Data>");
	assert_has(c, "<Get>");
	card_free(c);

	c = opened(GET, "refuse-client");
	next_nonce(c, &n);
	make_cred("client01", "ClientSecret1", &n, cred);
	message(c, cred, STATUS("1", "1", "0", "SyncHdr", "200") PACKAGE1 "<Final/>");
	assert_has(c, "<Data>401</Data>");
	assert_has_not(c, "<Get>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	card_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses), cmocka_unit_test(several_items),
		cmocka_unit_test(results), cmocka_unit_test(atomics),
		cmocka_unit_test(elements), cmocka_unit_test(resp_uri),
		cmocka_unit_test(generic_alert),
		cmocka_unit_test(first_message), cmocka_unit_test(unreadable),
		cmocka_unit_test(unreadable_in_session), cmocka_unit_test(damaged),
		cmocka_unit_test(faults_in_answer), cmocka_unit_test(fault_abort),
		cmocka_unit_test(fault_no_answer), cmocka_unit_test(fault_http),
		cmocka_unit_test(fault_refusals),
	};

	return cmocka_run_group_tests_name("vuicc_dm_rules", tests, NULL, NULL);
}
