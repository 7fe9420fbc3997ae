// SPDX-License-Identifier: BSD-3-Clause
/*
 * The session as a whole: the worked example of spec/oma-dm.md 11.4 with its nonces, the rules of
 * headers and packages, splitting, aborts, and each event in each state.
 */
#include "dm-fixture.h"

#include <errno.h>

#define OTHER_STATUSES \
	"<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd>" \
	"<Data>200</Data></Status>" \
	"<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Replace</Cmd>" \
	"<Data>200</Data></Status>"

static const char package_1[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>"
	"<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>2A</SessionID><MsgID>1</MsgID>"
	"<Target><LocURI>" SERVER_URI "</LocURI></Target>"
	"<Source><LocURI>" DEVICE_ID "</LocURI><LocName>client01</LocName></Source>"
	"<Cred><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type></Meta>"
	"<Data>pMhagk1xWZhF6/L5i8vJBQ==</Data></Cred>"
	"<Meta><MaxMsgSize" METINF ">65536</MaxMsgSize><MaxObjSize" METINF ">1048576</MaxObjSize></Meta>"
	"</SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>1200</Data></Alert>"
	"<Replace><CmdID>2</CmdID>"
	"<Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>" DEVICE_ID "</Data></Item>"
	"<Item><Source><LocURI>./DevInfo/DmV</LocURI></Source><Data>1.0</Data></Item>"
	"<Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>en</Data></Item>"
	"<Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>ACME</Data></Item>"
	"<Item><Source><LocURI>./DevInfo/Mod</LocURI></Source><Data>Gateway1</Data></Item>"
	"</Replace><Final/></SyncBody></SyncML>";

#define PACKAGE_2_HDR \
	"<RespURI>" RESP_URI "</RespURI>" \
	"<Cred><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type></Meta>" \
	"<Data>5SIqs8ZX3dgbKqwMigf0Aw==</Data></Cred>" \
	"<Meta><MaxMsgSize" METINF ">2048</MaxMsgSize></Meta>"

#define PACKAGE_2_BODY \
	"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<TargetRef>" SERVER_URI "</TargetRef><SourceRef>" DEVICE_ID "</SourceRef>" \
	"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type>" \
	"<NextNonce" METINF ">ICEiIyQlJicoKSorLC0uLw==</NextNonce></Meta></Chal>" \
	"<Data>212</Data></Status>" OTHER_STATUSES \
	"<Sequence><CmdID>4</CmdID>" \
	"<Alert><CmdID>5</CmdID><Data>1101</Data><Item><Data>MAXDT=60&amp;DR=1</Data></Item>" \
	"<Item><Data>Install the settings stored on your card?</Data></Item></Alert>" \
	"<Add><CmdID>6</CmdID><Item><Target><LocURI>./NAP/Card1</LocURI></Target>" \
	"<Meta><Format" METINF ">node</Format><Type" METINF ">urn:oma:mo:oma-connmo-nap:1.0</Type>" \
	"</Meta></Item></Add>" \
	"<Add><CmdID>7</CmdID><Meta><Format" METINF ">chr</Format><Type" METINF ">text/plain</Type>" \
	"</Meta>" ITEM("./NAP/Card1/AddrType", "APN") ITEM("./NAP/Card1/Addr", "internet.example") \
	"</Add>" REPLACE("8", "./DMAcc/Card/PrefConRef", "./NAP/Card1") \
	"</Sequence>" GET("9", "./DevDetail/SwV") "<Final/>"

#define HEADER_3(msg, uri) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>" \
	"<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>2A</SessionID><MsgID>" msg \
	"</MsgID><Target><LocURI>" uri "</LocURI></Target><Source><LocURI>" DEVICE_ID \
	"</LocURI></Source><Meta><MaxMsgSize" METINF ">65536</MaxMsgSize></Meta></SyncHdr><SyncBody>"

static const char package_3[] =
	HEADER_3("2", RESP_URI)
	"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
	"<TargetRef>" DEVICE_ID "</TargetRef><SourceRef>" SERVER_URI "</SourceRef>"
	"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type>"
	"<NextNonce" METINF ">sLGys7S1tre4ubq7vL2+vw==</NextNonce></Meta></Chal>"
	"<Data>212</Data></Status>"
	"<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Sequence</Cmd>"
	"<Data>200</Data></Status>"
	"<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>5</CmdRef><Cmd>Alert</Cmd>"
	"<Data>200</Data></Status>"
	"<Status><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>6</CmdRef><Cmd>Add</Cmd>"
	"<TargetRef>./NAP/Card1</TargetRef><Data>200</Data></Status>"
	"<Status><CmdID>5</CmdID><MsgRef>1</MsgRef><CmdRef>7</CmdRef><Cmd>Add</Cmd>"
	"<Data>200</Data></Status>"
	"<Status><CmdID>6</CmdID><MsgRef>1</MsgRef><CmdRef>8</CmdRef><Cmd>Replace</Cmd>"
	"<TargetRef>./DMAcc/Card/PrefConRef</TargetRef><Data>200</Data></Status>"
	"<Status><CmdID>7</CmdID><MsgRef>1</MsgRef><CmdRef>9</CmdRef><Cmd>Get</Cmd>"
	"<TargetRef>./DevDetail/SwV</TargetRef><Data>200</Data></Status>"
	"<Results><CmdID>8</CmdID><MsgRef>1</MsgRef><CmdRef>9</CmdRef>"
	"<Item><Source><LocURI>./DevDetail/SwV</LocURI></Source><Meta><Format" METINF ">chr</Format>"
	"<Type" METINF ">text/plain</Type></Meta><Data>1.4.2</Data></Item></Results>"
	"<Final/></SyncBody></SyncML>";

static const char package_3_again[] =
	HEADER_3("3", RESP_URI)
	"<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
	"<TargetRef>" DEVICE_ID "</TargetRef><SourceRef>" SERVER_URI "</SourceRef>"
	"<Data>212</Data></Status>"
	"<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>2</CmdRef><Cmd>Atomic</Cmd>"
	"<Data>507</Data></Status>"
	"<Status><CmdID>3</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Replace</Cmd>"
	"<TargetRef>./NAP/Card1/Addr</TargetRef><Data>216</Data></Status>"
	"<Status><CmdID>4</CmdID><MsgRef>2</MsgRef><CmdRef>4</CmdRef><Cmd>Replace</Cmd>"
	"<TargetRef>./NAP/Card1/Nope</TargetRef><Data>404</Data></Status>"
	"<Status><CmdID>5</CmdID><MsgRef>2</MsgRef><CmdRef>5</CmdRef><Cmd>Delete</Cmd>"
	"<TargetRef>./NAP/Card1/AddrType</TargetRef><Data>215</Data></Status>"
	"<Final/></SyncBody></SyncML>";

#define PACKAGE_4 \
	"<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>212</Data></Status><Atomic><CmdID>2</CmdID>" \
	REPLACE("3", "./NAP/Card1/Addr", "iot.example") REPLACE("4", "./NAP/Card1/Nope", "x") \
	DELETE("5", "./NAP/Card1/AddrType") "</Atomic><Final/>"

#define STATUS_ONLY(ref) \
	"<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>212</Data></Status><Final/>"

static void assert_nonces(struct fixture *f, uint8_t client, uint8_t server)
{
	struct mo_account acc;
	unsigned int i;

	assert_int_equal(mo_account_load(f->tree, "dmsc.example", &acc), 0);
	assert_int_equal(acc.client.nonce_len, 16);
	assert_int_equal(acc.server.nonce_len, 16);
	for (i = 0; i < 16; i++) {
		assert_int_equal(acc.client.nonce[i], client + i);
		assert_int_equal(acc.server.nonce[i], server + i);
	}
	mo_account_wipe(&acc);
}

static void worked_session(void **state)
{
	struct fixture *f = *state;
	struct dm_counts c;

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	assert_string_equal(output(f), package_1);
	assert_string_equal(output_uri(f), SERVER_URI);
	assert_string_equal(dm_session_id(f->s), "2A");
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), DM_NEXT_WAIT_UI);
	/* nothing was done before the user agreed */
	assert_string_equal(leaf(f, "./NAP/Card1/Addr"), "-");
	assert_int_equal(f->last.type, DM_ALERT_CONFIRM);
	assert_int_equal(f->last.max_display_s, 60);
	assert_string_equal(f->last_dr, "1");
	assert_string_equal(f->last_text, "Install the settings stored on your card?");
	assert_nonces(f, 0x20, 0xa0);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_string_equal(output(f), package_3);
	assert_string_equal(output_uri(f), RESP_URI);
	assert_nonces(f, 0x20, 0xb0);
	assert_string_equal(leaf(f, "./NAP/Card1/Addr"), "internet.example");
	assert_string_equal(leaf(f, "./DMAcc/Card/PrefConRef"), "./NAP/Card1");

	assert_int_equal(server_says(f, 2, "", PACKAGE_4), DM_NEXT_SEND);
	assert_string_equal(output(f), package_3_again);
	assert_string_equal(leaf(f, "./NAP/Card1/Addr"), "internet.example");
	assert_int_equal(outcome(f), DM_OUTCOME_RUNNING);
	assert_string_equal(dm_session_reason(f->s), "");

	assert_int_equal(server_says(f, 3, "", STATUS_ONLY("3")), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
	dm_session_get_counts(f->s, &c);
	assert_int_equal(c.messages_out, 3);
	assert_int_equal(c.messages_in, 3);
	assert_int_equal(c.commands, 10);
	assert_int_equal(c.statuses_ok, 6);
	assert_int_equal(c.statuses_other, 4);
	assert_int_equal(c.results, 1);
	/* nothing secret in the log */
	assert_null(strstr(f->log, "Secret"));
	assert_null(strstr(f->log, "internet.example"));
	assert_null(strstr(f->log, "pMhagk"));
}

static void session_ids(void **state)
{
	struct fixture *f = *state;

	fixture_next_random = 0;
	/* 0001 of the first random bytes: two hexadecimal zeros less */
	assert_int_equal(dm_session_start(f->s, false, 0), DM_NEXT_SEND);
	assert_string_equal(dm_session_id(f->s), "1");
	assert_true(says(f, "<SessionID>1</SessionID>"));
	assert_true(says(f, "<Data>1201</Data>"));
}

static void another_session(void **state)
{
	struct fixture *f = *state;
	char *text;

	start_2a(f);
	text = strstr((char *)(uintptr_t)compose(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), ">2A<");
	memcpy(text, ">2B<", 4);
	assert_int_equal(feed(f, f->message), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_non_null(strstr(dm_session_reason(f->s), "another session"));
}

static void session_id_spelling(void **state)
{
	struct fixture *f = *state;
	char *text;

	start_2a(f);
	text = strstr((char *)(uintptr_t)compose(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), "<SessionID>2A<");
	memcpy(text + 11, "2a", 2);
	assert_int_equal(feed(f, f->message), DM_NEXT_WAIT_UI);
}

static void msg_id_has_to_grow(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, GET("4", "./DevDetail/SwV")), DM_NEXT_SEND);
	assert_int_equal(server_says(f, 1, "", ACCEPT_1 ADD("4", "./NAP/x", "1") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_string_equal(leaf(f, "./NAP/x"), "-");
}

static void msg_id_is_a_number(void **state)
{
	struct fixture *f = *state;
	char *text;

	start_2a(f);
	text = strstr((char *)(uintptr_t)compose(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), "<MsgID>1");
	text[7] = 'x';
	assert_int_equal(feed(f, f->message), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
}

static void refuse_version(struct fixture *f, const char *good, const char *bad, int code)
{
	char *text;

	start_2a(f);
	text = strstr((char *)(uintptr_t)compose(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), good);
	memcpy(text, bad, strlen(bad));
	assert_int_equal(feed(f, f->message), DM_NEXT_SEND);
	assert_int_equal(status(f, "0"), code);
	assert_int_equal(status(f, "4"), code);
	assert_int_equal(status(f, "7"), code);
	assert_true(says(f, "<Final/>"));
	assert_int_equal(f->asked, 0);
	/* whatever comes now */
	assert_int_equal(server_says(f, 2, "", PACKAGE_4), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_string_equal(leaf(f, "./NAP/Card1/Addr"), "-");
}

static void wrong_dtd(void **state)
{
	refuse_version(*state, "<VerDTD>1.2", "<VerDTD>1.1", 505);
}

static void wrong_protocol(void **state)
{
	refuse_version(*state, "DM/1.2", "DM/1.1", 513);
}

static void unusable_resp_uri(void **state)
{
	refuse_version(*state, "<RespURI>http://", "<RespURI>file://", 506);
}

/* Another host before the server has proved itself: not followed. */
static void resp_uri_of_a_stranger(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, "<RespURI>http://evil.example/</RespURI>",
				     ACCEPT_1 GET("4", "./DevDetail/SwV") "<Final/>"), DM_NEXT_SEND);
	assert_string_equal(output_uri(f), SERVER_URI);
	assert_int_equal(status(f, "4"), 407);
}

static void resp_uri_of_a_friend(void **state)
{
	struct fixture *f = *state;
	char hdr[600] = "<RespURI>https://other.example/dm</RespURI>";

	start_2a(f);
	server_cred(hdr + strlen(hdr), f->acc.server.nonce, 16, "CardSecret1");
	assert_int_equal(server_says(f, 1, hdr, ACCEPT_1 GET("4", "./DevDetail/SwV") "<Final/>"),
			 DM_NEXT_SEND);
	assert_string_equal(output_uri(f), "https://other.example/dm");
}

static void no_status_for_header(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR, ADD("4", "./NAP/x", "1") "<Final/>"),
			 DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_string_equal(leaf(f, "./NAP/x"), "-");
}

static void wrong_msg_ref(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR,
				     "<Status><CmdID>1</CmdID><MsgRef>7</MsgRef><CmdRef>0</CmdRef>"
				     "<Cmd>SyncHdr</Cmd><Data>212</Data></Status>"
				     ADD("4", "./NAP/x", "1") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_non_null(strstr(f->log, "Status for message 7"));
	assert_string_equal(leaf(f, "./NAP/x"), "-");
}

static void header_refused(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR,
				     "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef>"
				     "<Cmd>SyncHdr</Cmd><Data>503</Data></Status><Final/>"),
			 DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	assert_non_null(strstr(dm_session_reason(f->s), "503"));
}

static void package_2_ends_it(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR, ACCEPT_1 "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
}

static void empty_bodies(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, GET("4", "./DevDetail/SwV")), DM_NEXT_SEND);
	assert_int_equal(dm_session_input(f->s, NULL, NULL, 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
}

static void empty_body_for_package_1(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(dm_session_input(f->s, NULL, "", 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
}

static void too_large(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(DM_MAX_MSG_SIZE + 2);

	start_2a(f);
	memset(text, ' ', DM_MAX_MSG_SIZE + 1);
	assert_int_equal(dm_session_input(f->s, NULL, text, DM_MAX_MSG_SIZE + 1), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
	free(text);
}

static void wbxml_is_refused(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(dm_session_input(f->s, DM_CONTENT_TYPE_WBXML "; charset=utf-8", "\x02", 1),
			 DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_MALFORMED);
}

static void aborted_by_server(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ADD("4", "./NAP/x", "1")
				      "<Alert><CmdID>5</CmdID><Data>1223</Data></Alert>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_ABORTED);
	assert_string_equal(leaf(f, "./NAP/x"), "-");
}

/* A package in several messages: 1222 as long as the server has not finished. */
static void server_package_in_parts(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR, ACCEPT_1 ADD("4", "./NAP/x", "1")), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, "<Data>1222</Data></Alert></SyncBody>"));
	assert_false(says(f, "<Final/>"));
	assert_int_equal(server_says(f, 2, "", "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0"
				     "</CmdRef><Cmd>SyncHdr</Cmd><Data>212</Data></Status>"
				     ADD("2", "./NAP/y", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "2"), 200);
	assert_true(says(f, "<Final/>"));
	assert_false(says(f, "1222"));
}

static void server_never_finishes(void **state)
{
	struct fixture *f = *state;
	enum dm_next next;
	unsigned int i;

	start_2a(f);
	next = server_says(f, 1, PACKAGE_2_HDR, ACCEPT_1);
	for (i = 2; next == DM_NEXT_SEND && i < 100; i++)
		next = server_says(f, i, "", "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>");
	assert_int_equal(next, DM_NEXT_DONE);
	assert_true(i < 10);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
}

/* More statuses than the server can take at once: several messages, Final in the last. */
static void answer_is_split(void **state)
{
	struct fixture *f = *state;
	char cred[400], hdr[600], body[16000] = ACCEPT_1;
	unsigned int i, seen = 0, msg;
	enum dm_next next;

	start_2a(f);
	snprintf(hdr, sizeof(hdr), "%s<Meta><MaxMsgSize" METINF ">1500</MaxMsgSize></Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"));
	for (i = 0; i < 40; i++)
		sprintf(body + strlen(body), ADD("%u", "./NAP/n%u", "%u"), 100 + i, i, i);
	strcat(body, "<Final/>");
	next = server_says(f, 1, hdr, body);
	for (msg = 2; msg < 40; msg++) {
		const char *p = output(f);
		char ref[64], next_message[400];

		assert_int_equal(next, DM_NEXT_SEND);
		assert_true(strlen(p) <= 1500);
		for (;; seen++) {
			sprintf(ref, "<CmdRef>%u</CmdRef><Cmd>Add</Cmd>", 100 + seen);
			p = strstr(p, ref);
			if (!p)
				break;
		}
		assert_false(says(f, "1222"));
		if (says(f, "<Final/>"))
			break;
		if (msg > 2)	/* the request for more was answered, before the rest */
			assert_true(says(f, "<CmdRef>9</CmdRef><Cmd>Alert</Cmd><Data>200</Data>"));
		sprintf(next_message, "<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef>"
			"<Cmd>SyncHdr</Cmd><Data>212</Data></Status>"
			"<Alert><CmdID>9</CmdID><Data>1222</Data></Alert>", msg);
		next = server_says(f, msg, "", next_message);
	}
	assert_int_equal(seen, 40);
	assert_true(msg > 3);
	assert_string_equal(leaf(f, "./NAP/n39"), "39");
	assert_int_equal(server_says(f, msg, "", "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
}

static void lost_in_each_state(void **state)
{
	struct fixture *f = *state;

	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_TRANSPORT);
	dm_session_free(f->s);

	fixture_session(f);
	start_2a(f);
	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_TRANSPORT);
	dm_session_free(f->s);

	/* the user is being asked, inside of an Atomic */
	fixture_session(f);
	assert_int_equal(run_commands(f, "<Atomic><CmdID>4</CmdID>" ADD("5", "./NAP/x", "1")
				      ASK("6", "1101") "</Atomic>"), DM_NEXT_WAIT_UI);
	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_TRANSPORT);
	assert_int_equal(f->withdrawn, 1);
	assert_string_equal(leaf(f, "./NAP/x"), "-");
	assert_int_equal(mo_tree_begin(f->tree), 200);	/* no unit of work was left open */
	mo_tree_rollback(f->tree);
	/* nothing goes on after the end */
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_DONE);
	assert_int_equal(dm_session_abort(f->s), DM_NEXT_DONE);
	assert_int_equal(feed(f, "x"), DM_NEXT_DONE);
	assert_int_equal(start_2a(f), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_TRANSPORT);
	dm_session_free(f->s);

	fixture_session(f);
	assert_int_equal(run_commands(f, ADD("4", "./NAP/x", "1")), DM_NEXT_SEND);
	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_TRANSPORT);
	assert_string_equal(leaf(f, "./NAP/x"), "1");	/* said and done */
}

static void out_of_place_events(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	assert_int_equal(dm_session_answer(f->s, 1, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_string_equal(output(f), package_1);
	assert_int_equal(server_says(f, 1, PACKAGE_2_HDR, PACKAGE_2_BODY), DM_NEXT_WAIT_UI);
	assert_int_equal(server_says(f, 2, "", PACKAGE_4), DM_NEXT_WAIT_UI);
	assert_int_equal(start_2a(f), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question + 1, DM_ANSWER_REJECT), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_string_equal(output(f), package_3);
}

static void used_before_start(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed(f, "x"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_INTERNAL);
}

static void abort_in_each_state(void **state)
{
	struct fixture *f = *state;

	start_2a(f);
	assert_int_equal(dm_session_abort(f->s), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_ABORTED);
	dm_session_free(f->s);

	fixture_session(f);
	assert_int_equal(run_commands(f, ADD("4", "./NAP/x", "1")), DM_NEXT_SEND);
	assert_int_equal(dm_session_abort(f->s), DM_NEXT_SEND);
	assert_true(says(f, "<MsgID>3</MsgID>"));
	assert_true(says(f, "<SyncBody><Alert><CmdID>1</CmdID><Data>1223</Data></Alert><Final/>"));
	assert_int_equal(dm_session_input(f->s, NULL, NULL, 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_ABORTED);
	dm_session_free(f->s);

	/* with the question open: what was done is told, the rest is 215 */
	fixture_session(f);
	assert_int_equal(run_commands(f, ADD("4", "./NAP/y", "1") ASK("5", "1101")
				      ADD("6", "./NAP/z", "1")), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_abort(f->s), DM_NEXT_SEND);
	assert_int_equal(f->withdrawn, 1);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 214);
	assert_int_equal(status(f, "6"), 215);
	assert_true(says(f, "<Data>1223</Data></Alert><Final/>"));
	dm_session_lost(f->s);
	assert_int_equal(outcome(f), DM_OUTCOME_ABORTED);
	assert_string_equal(leaf(f, "./NAP/z"), "-");
}

static void accounts_it_cannot_serve(void **state)
{
	struct fixture *f = *state;
	struct dm_session *s;
	struct mo_account acc = f->acc;

	strcpy(acc.client.type, "X509");
	assert_int_equal(dm_session_new(&acc, f->tree, NULL, NULL, &s), -EOPNOTSUPP);
	acc = f->acc;
	strcpy(acc.addr, "ftp://x/");
	assert_int_equal(dm_session_new(&acc, f->tree, NULL, NULL, &s), -EINVAL);
	mo_account_wipe(&acc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(worked_session),
		T(session_ids),
		T(another_session),
		T(session_id_spelling),
		T(msg_id_has_to_grow),
		T(msg_id_is_a_number),
		T(wrong_dtd),
		T(wrong_protocol),
		T(unusable_resp_uri),
		T(resp_uri_of_a_stranger),
		T(resp_uri_of_a_friend),
		T(no_status_for_header),
		T(wrong_msg_ref),
		T(header_refused),
		T(package_2_ends_it),
		T(empty_bodies),
		T(empty_body_for_package_1),
		T(too_large),
		T(wbxml_is_refused),
		T(aborted_by_server),
		T(server_package_in_parts),
		T(server_never_finishes),
		T(answer_is_split),
		T(lost_in_each_state),
		T(out_of_place_events),
		T(used_before_start),
		T(abort_in_each_state),
		T(accounts_it_cannot_serve),
	};

	return cmocka_run_group_tests_name("dm_session", tests, NULL, NULL);
}
