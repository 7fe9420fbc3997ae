// SPDX-License-Identifier: BSD-3-Clause
/*
 * The exchanges of spec/oma-dm.md 11.5 to the byte: what the client sends in each of them, written
 * out. The session of 11.4 is in test_dm_session.c.
 */
#include "dm-fixture.h"

#define PROLOG	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>"
#define FRAME(msg) \
	"<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>2A</SessionID><MsgID>" msg "</MsgID>" \
	"<Target><LocURI>" SERVER_URI "</LocURI></Target><Source><LocURI>" DEVICE_ID "</LocURI>"
#define LIMIT	"<MaxMsgSize" METINF ">65536</MaxMsgSize>"
#define BEGIN(msg)	PROLOG FRAME(msg) "</Source><Meta>" LIMIT "</Meta></SyncHdr><SyncBody>"
#define END	"</SyncBody></SyncML>"
#define FINAL	"<Final/>" END

/* Our Status for the header of a message; chal: with a nonce for the server. */
#define NONCE_B0	"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type>" \
			"<NextNonce" METINF ">sLGys7S1tre4ubq7vL2+vw==</NextNonce></Meta></Chal>"
#define HEADER_STATUS(ref, chal) \
	"<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>" \
	DEVICE_ID "</TargetRef><SourceRef>" SERVER_URI "</SourceRef>" chal
#define HEADER_OK(ref, chal)	HEADER_STATUS(ref, chal) "<Data>212</Data></Status>"
#define STATUS(id, msg, ref, cmd, target, code) \
	"<Status><CmdID>" id "</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>" cmd "</Cmd>" target \
	"<Data>" code "</Data></Status>"
#define AT(uri)	"<TargetRef>" uri "</TargetRef>"
#define ALERT(id, code)	"<Alert><CmdID>" id "</CmdID><Data>" code "</Data></Alert>"

#define LEAF(uri, text)	"<Item><Source><LocURI>./DevInfo/" uri "</LocURI></Source><Data>" text "</Data></Item>"
#define DEV_INFO(id) \
	"<Replace><CmdID>" id "</CmdID>" LEAF("DevId", DEVICE_ID) LEAF("DmV", "1.0") LEAF("Lang", "en") \
	LEAF("Man", "ACME") LEAF("Mod", "Gateway1") "</Replace>"

/* The server's side: Status for the header and for an alert 1222. */
#define TAKEN(msg)	"<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
			"<Data>212</Data></Status>"
#define TAKEN_NEXT(msg, ref)	TAKEN(msg) "<Status><CmdID>2</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref \
				"</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>"
#define CHUNK(size, data, more) \
	"<Replace><CmdID>3</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target>" size "<Data>" data "</Data>" \
	more "</Item></Replace>"

static void expect(struct fixture *f, const char *message)
{
	assert_string_equal(output(f), message);
}

static void challenge(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	assert_int_equal(server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"),
		"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
		"<Chal><Meta><Format" METINF ">b64</Format><Type" METINF ">syncml:auth-md5</Type><NextNonce" METINF
		">EBESExQVFhcYGRobHB0eHw==</NextNonce></Meta></Chal><Data>407</Data></Status>"
		"<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd><Data>407</Data></Status>"
		"<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Replace</Cmd><Data>407</Data></Status>"
		"<Final/>"), DM_NEXT_SEND);
	/* Cred with the nonce of the challenge: the worked one of 11.2 */
	expect(f, PROLOG FRAME("2") "<LocName>client01</LocName></Source><Cred><Meta><Format" METINF ">b64</Format><Type"
	       METINF ">syncml:auth-md5</Type></Meta><Data>pMhagk1xWZhF6/L5i8vJBQ==</Data></Cred><Meta>" LIMIT
	       "<MaxObjSize" METINF ">1048576</MaxObjSize></Meta></SyncHdr><SyncBody>" HEADER_OK("1", NONCE_B0)
	       ALERT("2", "1200") DEV_INFO("3") FINAL);
	assert_int_equal(server_says(f, 2, "", TAKEN("2") GET("4", "./DevDetail/SwV") "<Final/>"), DM_NEXT_SEND);
	expect(f, BEGIN("3") HEADER_OK("2", "") STATUS("2", "2", "4", "Get", AT("./DevDetail/SwV"), "200")
	       "<Results><CmdID>3</CmdID><MsgRef>2</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./DevDetail/SwV"
	       "</LocURI></Source><Meta><Format" METINF ">chr</Format><Type" METINF ">text/plain</Type></Meta>"
	       "<Data>1.4.2</Data></Item></Results>" FINAL);
}

/* Size 25, chunks of 10, 10 and 5 */
static void large_object_to_the_client(void **state)
{
	struct fixture *f = *state;
	char cred[400];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	assert_int_equal(server_says(f, 1, server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"),
		ACCEPT_1 ADD("2", "./NAP/a", "old") CHUNK("<Meta><Size" METINF ">25</Size></Meta>", "0123456789",
		"<MoreData/>")), DM_NEXT_SEND);
	expect(f, BEGIN("2") HEADER_OK("1", NONCE_B0) STATUS("2", "1", "2", "Add", AT("./NAP/a"), "200")
	       STATUS("3", "1", "3", "Replace", AT("./NAP/a"), "213") ALERT("4", "1222") END);
	assert_int_equal(server_says(f, 2, "", TAKEN_NEXT("2", "4") CHUNK("", "abcdefghij", "<MoreData/>")),
			 DM_NEXT_SEND);
	expect(f, BEGIN("3") HEADER_OK("2", "") STATUS("2", "2", "3", "Replace", AT("./NAP/a"), "213")
	       ALERT("3", "1222") END);
	assert_string_equal(leaf(f, "./NAP/a"), "old");
	assert_int_equal(server_says(f, 3, "", TAKEN_NEXT("3", "3") CHUNK("", "KLMNO", "") "<Final/>"), DM_NEXT_SEND);
	expect(f, BEGIN("4") HEADER_OK("3", "") STATUS("2", "3", "3", "Replace", AT("./NAP/a"), "200") FINAL);
	assert_string_equal(leaf(f, "./NAP/a"), "0123456789abcdefghijKLMNO");
}

#define RESULTS(id, meta, data, more) \
	"<Results><CmdID>" id "</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./NAP/a</LocURI>" \
	"</Source><Meta><Format" METINF ">chr</Format><Type" METINF ">text/plain</Type>" meta "</Meta><Data>%.*s</Data>" \
	more "</Item></Results>"

/* The bytes of the Data of the Results that is due; it is what is left to check by hand. */
static int chunk_len(struct fixture *f)
{
	const char *results = strstr(output(f), "<Results>");
	const char *data = results ? strstr(results, "<Data>") : NULL;

	assert_non_null(data);
	return (int)(strstr(data, "</Data>") - data - 6);
}

static void large_result_from_the_client(void **state)
{
	struct fixture *f = *state;
	char cred[400], hdr[500], object[2001], want[3000];
	struct mo_value v = { .data = object, .len = 2000, .format = "chr", .type = "text/plain" };
	int n, rest, i;

	for (i = 0; i < 2000; i++)
		object[i] = (char)('a' + i % 26);
	object[2000] = '\0';
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), MO_OK);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s<Meta><MaxMsgSize" METINF ">2048</MaxMsgSize></Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"));
	assert_int_equal(server_says(f, 1, hdr, ACCEPT_1 GET("4", "./NAP/a") "<Final/>"), DM_NEXT_SEND);
	n = chunk_len(f);
	/* as much as the server can take, and no Final */
	snprintf(want, sizeof(want), BEGIN("2") HEADER_OK("1", NONCE_B0)
		 STATUS("2", "1", "4", "Get", AT("./NAP/a"), "200")
		 RESULTS("3", "<Size" METINF ">2000</Size>", "%.*s", "<MoreData/>") END, n, object);
	expect(f, want);
	assert_true(f->out_len <= 2048 && f->out_len > 1900);
	assert_int_equal(server_says(f, 2, "", TAKEN("2")
		"<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Results</Cmd><Data>213</Data></Status>"
		ALERT("3", "1222")), DM_NEXT_SEND);
	rest = chunk_len(f);
	snprintf(want, sizeof(want), BEGIN("3") HEADER_OK("2", "") STATUS("2", "2", "3", "Alert", "", "200")
		 RESULTS("3", "", "%.*s", "<MoreData/>") END, rest, object + n);
	if (n + rest < 2000)
		expect(f, want);
	for (i = 3; n + rest < 2000; i++) {
		char body[400];

		n += rest;
		snprintf(body, sizeof(body), "<Status><CmdID>1</CmdID><MsgRef>%d</MsgRef><CmdRef>0</CmdRef>"
			 "<Cmd>SyncHdr</Cmd><Data>212</Data></Status>" ALERT("3", "1222"), i);
		assert_int_equal(server_says(f, (unsigned int)i, "", body), DM_NEXT_SEND);
		rest = chunk_len(f);
	}
	/* the last chunk has no MoreData, and the package ends with it */
	assert_int_equal(n + rest, 2000);
	snprintf(want, sizeof(want), RESULTS("3", "", "%.*s", "") FINAL, rest, object + n);
	assert_string_equal(strstr(output(f), "<Results>"), want);
}

/* More than a message of 1500 bytes takes, but not more than two */
#define GETS	7

static void too_many_statuses(void **state)
{
	struct fixture *f = *state;
	char cred[400], hdr[500], commands[4000] = ACCEPT_1, want[2000];
	unsigned int i, told;
	const char *p;

	for (i = 0; i < GETS; i++)
		sprintf(commands + strlen(commands), "<Get><CmdID>%u</CmdID><Item><Target><LocURI>./NAP/none</LocURI>"
			"</Target></Item></Get>", 10 + i);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s<Meta><MaxMsgSize" METINF ">1500</MaxMsgSize></Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"));
	strcat(commands, "<Final/>");
	assert_int_equal(server_says(f, 1, hdr, commands), DM_NEXT_SEND);
	for (told = 0, p = output(f); (p = strstr(p, "<Cmd>Get</Cmd>")); p++)
		told++;
	assert_true(told > 2 && told < GETS);
	strcpy(want, BEGIN("2") HEADER_OK("1", NONCE_B0));
	for (i = 0; i < told; i++)
		sprintf(want + strlen(want), STATUS("%u", "1", "%u", "Get", AT("./NAP/none"), "404"), 2 + i, 10 + i);
	strcat(want, END);
	expect(f, want);
	assert_true(f->out_len <= 1500);
	/* the rest, when it is asked for, behind the Status for the alert that asked */
	assert_int_equal(server_says(f, 2, "", TAKEN("2") ALERT("2", "1222")), DM_NEXT_SEND);
	strcpy(want, BEGIN("3") HEADER_OK("2", "") STATUS("2", "2", "2", "Alert", "", "200"));
	for (i = told; i < GETS; i++)
		sprintf(want + strlen(want), STATUS("%u", "1", "%u", "Get", AT("./NAP/none"), "404"), 3 + i - told,
			10 + i);
	strcat(want, FINAL);
	expect(f, want);
}

static void abort_by_the_client(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1") ASK("5", "1101") ADD("6", "./NAP/b", "1")),
			 DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_abort(f->s), DM_NEXT_SEND);
	expect(f, BEGIN("2") HEADER_OK("1", NONCE_B0) STATUS("2", "1", "4", "Add", AT("./NAP/a"), "200")
	       STATUS("3", "1", "5", "Alert", "", "214") STATUS("4", "1", "6", "Add", AT("./NAP/b"), "215")
	       ALERT("5", "1223") FINAL);
}

#define TNDS_LEAF(name, value) \
	"<Node><NodeName>" name "</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type>" \
	"</RTProperties><Value>" value "</Value></Node>"

static void subtree_through_the_inbox(void **state)
{
	struct fixture *f = *state;
	char why[200] = "";

	assert_int_equal(mo_ddf_load(f->tree, DDF_DIR, why, sizeof(why)), 0);
	assert_int_equal(run_commands(f, "<Add><CmdID>4</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target>"
		"<Meta><Format" METINF ">xml</Format><Type" METINF ">application/vnd.syncml.dmtnds+xml</Type></Meta>"
		"<Data><![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>\n<Node><NodeName>Card</NodeName>"
		"<RTProperties><ACL>Get=dmsc.example&amp;Replace=dmsc.example&amp;Delete=dmsc.example</ACL><Format><node/>"
		"</Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>"
		TNDS_LEAF("AppID", "w7") TNDS_LEAF("ServerID", "dmsc2.example") "</Node></MgmtTree>]]></Data></Item></Add>"),
		DM_NEXT_SEND);
	expect(f, BEGIN("2") HEADER_OK("1", NONCE_B0) STATUS("2", "1", "4", "Add", AT("./Inbox"), "200") FINAL);
}

static void generic_alert_after_provisioning(void **state)
{
	struct fixture *f = *state;
	const struct dm_event e = {
		.correlator = "job-17", .source = "./NAP/Card1", .format = "int",
		.type = "Reversed-Domain-Name: example.dmsc.netapply", .mark = "informational", .data = "0", .len = 1,
	};

	assert_int_equal(dm_alert_queue(f->tree, "dmsc.example", &e), 0);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	assert_string_equal(strstr(output(f), "<SyncBody>"), "<SyncBody>" ALERT("1", "1200") DEV_INFO("2")
		"<Alert><CmdID>3</CmdID><Data>1226</Data><Correlator>job-17</Correlator><Item><Source><LocURI>./NAP/Card1"
		"</LocURI></Source><Meta><Format" METINF ">int</Format><Type" METINF ">Reversed-Domain-Name: "
		"example.dmsc.netapply</Type><Mark" METINF ">informational</Mark></Meta><Data>0</Data></Item></Alert>" FINAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(challenge), T(large_object_to_the_client), T(large_result_from_the_client), T(too_many_statuses),
		T(abort_by_the_client), T(subtree_through_the_inbox), T(generic_alert_after_provisioning),
	};

	return cmocka_run_group_tests_name("dm_examples", tests, NULL, NULL);
}
