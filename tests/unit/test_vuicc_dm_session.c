// SPDX-License-Identifier: BSD-3-Clause
/* The card's DM server in whole sessions: the worked example, authentication, splitting, ends. */
#include "vuicc-dm-client.h"

/* What the card of the worked session has to provision, with CmdIDs that mean nothing. */
#define WORKED \
	"<SyncBody><Sequence><CmdID>7</CmdID>" \
	"<Alert><CmdID>7</CmdID><Data>1101</Data><Item><Data>MAXDT=60&amp;DR=1</Data></Item>" \
	"<Item><Data>Install the settings stored on your card?</Data></Item></Alert>" \
	"<Add><Item><Target><LocURI>./NAP/Card1</LocURI></Target><Meta><Format>node</Format>" \
	"<Type>urn:oma:mo:oma-connmo-nap:1.0</Type></Meta></Item></Add>" \
	"<Add><Meta><Format>chr</Format><Type>text/plain</Type></Meta>" \
	"<Item><Target><LocURI>./NAP/Card1/AddrType</LocURI></Target><Data>APN</Data></Item>" \
	"<Item><Target><LocURI>./NAP/Card1/Addr</LocURI></Target><Data>internet.example</Data></Item>" \
	"</Add><Replace><Item><Target><LocURI>./DMAcc/Card/PrefConRef</LocURI></Target>" \
	"<Data>./NAP/Card1</Data></Item></Replace></Sequence>" \
	"<Get><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get></SyncBody>"

static void worked_session(void **state)
{
	struct card *c = opened(WORKED, NULL);

	assert_int_equal(c->status, 200);
	assert_has(c, "<SessionID>2A</SessionID><MsgID>1</MsgID><Target><LocURI>" DEVICE "</LocURI>");
	assert_has(c, "<LocURI>" URL "</LocURI><LocName>dmsc.example</LocName>");
	assert_has(c, "<RespURI>" URL "?s=2A</RespURI>");
	assert_has(c, "<Data>" SERVER_CRED "</Data></Cred>");
	assert_has(c, "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
		      "<TargetRef>" URL "</TargetRef><SourceRef>" DEVICE "</SourceRef><Chal>");
	assert_has(c, "<Data>212</Data></Status><Status><CmdID>2</CmdID><MsgRef>1</MsgRef>"
		      "<CmdRef>11</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>"
		      "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>12</CmdRef>"
		      "<Cmd>Replace</Cmd><Data>200</Data></Status>"
		      "<Sequence><CmdID>4</CmdID><Alert><CmdID>5</CmdID><Data>1101</Data>");
	assert_has(c, "<Meta><Format" MI ">node</Format><Type" MI ">urn:oma:mo:oma-connmo-nap:1.0</Type>");
	assert_has(c, "<Get><CmdID>9</CmdID>");
	assert_has(c, "</Get><Final/></SyncBody></SyncML>");
	assert_int_equal(c->ended, 0);

	message(c, NULL,
		HDR_OK("1", "1") STATUS("2", "1", "4", "Sequence", "200")
		STATUS("3", "1", "5", "Alert", "200")
		STATUS_T("4", "1", "6", "Add", "./NAP/Card1", "200")
		STATUS("5", "1", "7", "Add", "200")
		STATUS_T("6", "1", "8", "Replace", "./DMAcc/Card/PrefConRef", "200")
		STATUS_T("7", "1", "9", "Get", "./DevDetail/SwV", "200")
		"<Results><CmdID>8</CmdID><MsgRef>1</MsgRef><CmdRef>9</CmdRef><Item><Source>"
		"<LocURI>./DevDetail/SwV</LocURI></Source><Meta><Format" MI ">chr</Format></Meta>"
		"<Data>1.4.2</Data></Item></Results><Final/>");
	assert_has(c, "<SyncBody><Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef>"
		      "<Cmd>SyncHdr</Cmd>");
	assert_has(c, "<Data>212</Data></Status><Final/></SyncBody></SyncML>");
	assert_has_not(c, "<Cred>");
	assert_has_not(c, "<Chal>");
	assert_int_equal(c->ended, 1);
	assert_true(c->complete);

	assert_clean(c);
	assert_logged(c, 6, "\"event\":\"status\"", "\"msg\":1");
	assert_logged(c, 1, "\"cmd\":\"Add\",\"target\":\"./NAP/Card1\"", "\"status\":200");
	assert_logged(c, 1, "[\"./NAP/Card1/AddrType\",\"./NAP/Card1/Addr\"]", "\"status\":200");
	assert_non_null(strstr(c->steps, ": Add ./NAP/Card1/AddrType, ./NAP/Card1/Addr -> 200\n"));
	assert_logged(c, 1, "\"event\":\"results\"",
		      "\"msg\":1,\"cmdid\":9,\"target\":\"./DevDetail/SwV\",\"format\":\"chr\",\"data\":\"1.4.2\"");
	assert_logged(c, 1, "\"event\":\"auth\"", "\"client\":\"ok\"");
	assert_logged(c, 1, "\"event\":\"auth\"", "\"server\":\"ok\"");
	assert_logged(c, 1, "\"event\":\"end\"", "\"complete\":true,\"commands\":6,\"statuses\":6");
	assert_logged(c, 0, "Secret1", "");
	assert_null(strstr(c->steps, "Secret1"));
	assert_non_null(strstr(c->steps, "DM server: session 2A: client01 authenticated (md5)\n"));
	assert_non_null(strstr(c->steps, "DM server: session 2A: sent 6 commands in message 1\n"));
	assert_non_null(strstr(c->steps, "DM server: session 2A complete\n"));
	card_free(c);
}

/* Nonces move on: the next session and the next package #0 use the new ones. */
static void next_session(void **state)
{
	struct card *c = opened("<Get><Item><Target><LocURI>./DevDetail/SwV</LocURI></Target></Item></Get>", NULL);
	struct vdm_nonce client, server;
	char client_cred[VDM_B64_LEN], server_cred[VDM_B64_LEN];
	uint8_t first[64], second[64];
	int n;

	n = vuicc_app_notification(c->app, first, sizeof(first));
	next_nonce(c, &client);
	message(c, NULL, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") "<Final/>");
	assert_true(c->complete);
	assert_clean(c);

	assert_int_equal(vuicc_app_notification(c->app, second, sizeof(second)), n);
	assert_memory_not_equal(first + 6, second + 6, 16);
	assert_int_equal(vdm_nonce_decode("sLGys7S1tre4ubq7vL2+vw==", &server), 0);
	make_cred("client01", "ClientSecret1", &client, client_cred);
	make_cred("dmsc.example", "CardSecret1", &server, server_cred);
	/* the nonces are in non-volatile memory */
	vuicc_app_reset(c->app);
	vuicc_app_connected(c->app, CH);
	c->msg = 0;
	message(c, client_cred, PACKAGE1 "<Final/>");
	assert_has(c, "<Data>212</Data>");
	assert_has(c, server_cred);
	/* and the old one is worth nothing any more */
	c->msg = 0;
	message(c, CLIENT_CRED, PACKAGE1 "<Final/>");
	assert_has(c, "<Data>401</Data>");
	card_free(c);
}

static void challenge_missing(void **state)
{
	struct card *c = card_new(WORKED, NULL);
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	message(c, NULL, PACKAGE1 "<Final/>");
	assert_has(c, "<Data>407</Data></Status><Status><CmdID>2</CmdID><MsgRef>1</MsgRef>"
		      "<CmdRef>11</CmdRef><Cmd>Alert</Cmd><Data>407</Data></Status>"
		      "<Status><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>12</CmdRef><Cmd>Replace</Cmd>"
		      "<Data>407</Data></Status><Final/>");
	assert_logged(c, 1, "\"event\":\"auth\"", "\"client\":\"missing\"");
	next_nonce(c, &n);
	make_cred("client01", "ClientSecret1", &n, cred);
	/* the client challenges the server in the same breath */
	message(c, cred, STATUS("1", "1", "0", "SyncHdr", "200") PACKAGE1 "<Final/>");
	assert_has(c, "<Data>212</Data>");
	assert_has(c, "<Sequence>");
	assert_clean(c);
	card_free(c);
}

static void wrong_credentials(void **state)
{
	struct card *c = card_new(WORKED, NULL);
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	message(c, SERVER_CRED, PACKAGE1 "<Final/>");
	assert_has(c, "<NextNonce");
	assert_has(c, "<Cmd>Alert</Cmd><Data>401</Data>");
	assert_has_not(c, "<Sequence>");
	next_nonce(c, &n);
	make_cred("client01", "wrong", &n, cred);
	message(c, cred, STATUS("1", "1", "0", "SyncHdr", "200") PACKAGE1 "<Final/>");
	/* no further challenge: the session is over */
	assert_has(c, "<Data>401</Data>");
	assert_has_not(c, "<Chal>");
	assert_has_not(c, "<Sequence>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_logged(c, 2, "\"event\":\"auth\"", "\"client\":\"wrong\"");
	assert_logged(c, 1, "\"event\":\"end\"", "\"complete\":false");
	card_free(c);
}

/* The old nonce is good again in the session after one that failed. */
static void wrong_keeps_nonce(void **state)
{
	struct card *c = card_new(NULL, NULL);

	message(c, SERVER_CRED, PACKAGE1 "<Final/>");
	assert_has(c, "<Data>401</Data>");
	c->msg = 0;
	message(c, CLIENT_CRED, PACKAGE1 "<Final/>");
	assert_has(c, "<Data>212</Data>");
	assert_int_equal(c->ended, 2);	/* the failed one, and this one without commands */
	assert_true(c->complete);
	card_free(c);
}

/* A client that challenges the server is heard once. */
static void server_challenged(void **state)
{
	static const char refusal[] =
		"<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal>"
		"<Meta><Format" MI ">b64</Format><Type" MI ">syncml:auth-md5</Type><NextNonce" MI
		">%s</NextNonce></Meta></Chal><Data>401</Data></Status>"
		"<Status><CmdID>2</CmdID><MsgRef>%u</MsgRef><CmdRef>%u</CmdRef><Cmd>Get</Cmd>"
		"<Data>401</Data></Status><Final/>";
	struct card *c = opened("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>", NULL);
	uint8_t before[64], after[64];
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	vuicc_app_notification(c->app, before, sizeof(before));
	vdm_nonce_decode("ICEiIyQlJicoKSorLC0uLw==", &n);
	make_cred("dmsc.example", "CardSecret1", &n, cred);
	message(c, NULL, refusal, 1, "ICEiIyQlJicoKSorLC0uLw==", 1, 4);
	assert_has(c, cred);
	assert_has(c, "<Get><CmdID>2</CmdID>");
	message(c, NULL, refusal, 2, "MDEyMzQ1Njc4OTo7PD0+Pw==", 2, 2);
	assert_has(c, "<Data>212</Data></Status><Final/>");
	assert_has_not(c, "<Get>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_clean(c);
	assert_logged(c, 2, "\"cmd\":\"Get\"", "\"status\":401");
	/* the nonce of a failed challenge is not for package #0 */
	vuicc_app_notification(c->app, after, sizeof(after));
	assert_memory_equal(before, after, 42);
	card_free(c);
}

static void server_challenged_then_accepted(void **state)
{
	struct card *c = opened("<Delete><Item><Target><LocURI>./A</LocURI></Target></Item></Delete>", NULL);

	message(c, NULL,
		"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"
		"<Format" MI ">b64</Format><Type" MI ">syncml:auth-md5</Type><NextNonce" MI ">QEFCQ0RFRkdISUpLTE1OTw=="
		"</NextNonce></Meta></Chal><Data>407</Data></Status>"
		STATUS("2", "1", "4", "Delete", "407") "<Final/>");
	message(c, NULL, HDR_OK("1", "2") STATUS("2", "2", "2", "Delete", "200") "<Final/>");
	assert_true(c->complete);
	assert_clean(c);
	card_free(c);
}

static void missing_status(void **state)
{
	struct card *c = opened("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
				"<Delete><Item><Target><LocURI>./B</LocURI></Target></Item></Delete>", NULL);

	message(c, NULL, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") "<Final/>");
	assert_logged(c, 1, "\"cmd\":\"Delete\",\"target\":\"./B\"", "\"status\":null");
	assert_logged(c, 1, "\"event\":\"end\"", "\"complete\":false,\"commands\":2,\"statuses\":1");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_has(c, "<Final/>");
	card_free(c);
}

/* No new command while a Status is missing, though there are more to send. */
static void missing_status_stops(void **state)
{
	static const char add[] = "<Add><Item><Target><LocURI>./v%d</LocURI></Target><Data>%02500d</Data>"
				  "</Item></Add>";
	char file[8192];
	struct card *c;

	snprintf(file, sizeof(file), add, 1, 1);
	snprintf(file + strlen(file), sizeof(file) - strlen(file), add, 2, 2);
	c = opened(file, NULL);
	assert_has(c, "./v1");
	assert_has_not(c, "./v2");
	message(c, NULL, HDR_OK("1", "1") "<Final/>");
	assert_has_not(c, "<Add>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_logged(c, 1, "\"event\":\"end\"", "\"commands\":1,\"statuses\":0,\"why\":\"a Status is missing\"");
	card_free(c);
}

/* A client that is challenged sends package 1 as a whole again. */
static void challenged_without_package1(void **state)
{
	struct card *c = card_new(WORKED, NULL);
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	message(c, NULL, PACKAGE1 "<Final/>");
	assert_clean(c);
	next_nonce(c, &n);
	make_cred("client01", "ClientSecret1", &n, cred);
	message(c, cred, STATUS("1", "1", "0", "SyncHdr", "200") "<Final/>");
	assert_logged(c, 1, "\"event\":\"violation\"", "package 1 without alert");
	assert_logged(c, 5, "\"event\":\"violation\"", "package 1 without ./DevInfo/");
	card_free(c);
}

/* A client's package in two messages: 1222 in between. */
static void next_message(void **state)
{
	struct card *c = opened("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
				"<Get><Item><Target><LocURI>./B</LocURI></Target></Item></Get>", NULL);

	message(c, NULL, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404"));
	assert_has(c, "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert></SyncBody>");
	assert_has_not(c, "<Final/>");
	message(c, NULL, STATUS("1", "2", "0", "SyncHdr", "212") STATUS("2", "2", "2", "Alert", "200")
		STATUS("3", "1", "5", "Get", "404") "<Final/>");
	assert_has(c, "<Final/>");
	assert_true(c->complete);
	assert_clean(c);
	assert_logged(c, 2, "\"event\":\"status\"", "");
	card_free(c);
}

/* The client asks for the next message by itself, and its 1222 gets a Status. */
static void client_asks_next(void **state)
{
	struct card *c = opened("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>", NULL);

	message(c, NULL, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404")
		"<Alert><CmdID>3</CmdID><Data>1222</Data></Alert>");
	assert_has(c, "<CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200</Data>");
	assert_logged(c, 1, "\"event\":\"violation\"", "(1222) of a complete package");
	message(c, NULL, STATUS("1", "2", "0", "SyncHdr", "212") "<Final/>");
	assert_logged(c, 1, "\"event\":\"violation\"", "no Status for alert 1222");
	assert_true(c->complete);
	card_free(c);
}

#define GET_A	"<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"

/* Results in chunks are put together; a wrong total is told. */
static void chunked_results(void **state)
{
	static const char chunk[] =
		"<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A"
		"</LocURI></Source><Meta>%s<Format" MI ">chr</Format></Meta><Data>%01500d</Data>%s</Item>"
		"</Results>";
	char one[2048], two[2048], whole[3001];
	unsigned int size;

	snprintf(whole, sizeof(whole), "%01500d%01500d", 1, 2);
	for (size = 3000; size <= 3001; size++) {
		struct card *c = opened("<?vuicc max-msg=3000?>" GET_A, NULL);
		char meta[64];

		snprintf(meta, sizeof(meta), "<Size" MI ">%u</Size>", size);
		snprintf(one, sizeof(one), chunk, meta, 1, "<MoreData/>");
		snprintf(two, sizeof(two), chunk, "", 2, "");
		message(c, NULL, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "200") "%s", one);
		assert_has(c, "<CmdRef>3</CmdRef><Cmd>Results</Cmd><Data>213</Data>");
		assert_has(c, "<Data>1222</Data>");
		message(c, NULL, STATUS("1", "2", "0", "SyncHdr", "212")
			STATUS("2", "2", "3", "Alert", "200") "%s<Final/>", two);
		assert_logged(c, size == 3000, "\"target\":\"./A\"", whole);
		if (size == 3001)
			assert_has(c, "<Cmd>Results</Cmd><Data>424</Data>");
		assert_logged(c, size == 3001, "\"event\":\"violation\"",
			      "./A has 3000 bytes, its Size was 3001");
		assert_logged(c, size == 3001, "\"event\":\"violation\"", "");
		card_free(c);
	}
}

/* More commands than fit one message of the client go out one after the other. */
static void split_over_messages(void **state)
{
	static const char add[] = "<Add><Item><Target><LocURI>./Settings/v%d</LocURI></Target>"
				  "<Data>%01500d</Data></Item></Add>";
	char file[16384] = "", statuses[4096];
	unsigned int sent = 0, round, limit = 4096;
	struct card *c;
	int i;

	for (i = 0; i < 5; i++)
		sprintf(file + strlen(file), add, i, i);
	/* this one fits none of the client's messages, and several Items do not go in chunks */
	sprintf(file + strlen(file), "<Add><Item><Target><LocURI>./Settings/big</LocURI></Target>"
		"<Data>%04500d</Data></Item><Item><Target><LocURI>./Settings/small</LocURI></Target>"
		"<Data>1</Data></Item></Add>", 1);
	sprintf(file + strlen(file), "<Get><Item><Target><LocURI>./Settings</LocURI></Target></Item></Get>");
	c = opened(file, NULL);
	for (round = 0; round < 10 && !c->ended; round++) {
		const char *p = c->body;
		unsigned int cmdid, msg = round + 1;

		assert_true(strlen(c->body) <= limit);
		snprintf(statuses, sizeof(statuses), "<Status><CmdID>1</CmdID><MsgRef>%u</MsgRef>"
			 "<CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>212</Data></Status>", msg);
		while ((p = strstr(p, "><CmdID>"))) {
			const char *name = p;
			size_t n;

			while (name[-1] != '<')
				name--;
			n = (size_t)(p - name);
			p += 8;
			if (!strncmp(name, "Status", 6))
				continue;
			cmdid = (unsigned int)atoi(p);
			sprintf(statuses + strlen(statuses),
				"<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef><CmdRef>%u</CmdRef>"
				"<Cmd>%.*s</Cmd><Data>404</Data></Status>", cmdid + 100, msg, cmdid,
				(int)n, name);
			sent++;
		}
		message(c, NULL, "%s<Final/>", statuses);
	}
	assert_int_equal(sent, 6);
	assert_int_equal(round, 4);	/* 1 + 2 + 2 + 1: the first has Cred and Chal to carry */
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_logged(c, 1, "\"event\":\"error\"", "\"target\":\"./Settings/big\"");
	assert_logged(c, 6, "\"event\":\"status\"", "404");
	assert_clean(c);
	card_free(c);
}

static void nothing_to_do(void **state)
{
	struct card *c = opened(NULL, NULL);

	assert_has(c, "<Data>200</Data></Status><Final/></SyncBody></SyncML>");
	assert_int_equal(c->ended, 1);
	assert_true(c->complete);
	card_free(c);
}

static void client_aborts(void **state)
{
	struct card *c = opened(WORKED, NULL);

	message(c, NULL, HDR_OK("1", "1") "<Alert><CmdID>2</CmdID><Data>1223</Data></Alert><Final/>");
	assert_has(c, "<Cmd>Alert</Cmd><Data>200</Data></Status><Final/>");
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_logged(c, 6, "\"status\":null", "");
	/* what comes after the end is answered but starts nothing */
	message(c, NULL, STATUS("1", "2", "0", "SyncHdr", "212") "<Final/>");
	assert_has(c, "<Final/>");
	assert_logged(c, 1, "\"event\":\"violation\"", "after the end");
	assert_int_equal(c->ended, 1);
	card_free(c);
}

/* The card is reset while commands are with the client. */
static void reset_in_session(void **state)
{
	struct card *c = opened(WORKED, NULL);
	struct vdm_nonce n;
	char cred[VDM_B64_LEN];

	next_nonce(c, &n);
	vuicc_app_reset(c->app);
	assert_int_equal(c->ended, 1);
	assert_false(c->complete);
	assert_logged(c, 1, "\"event\":\"end\"", "the card was reset");
	assert_logged(c, 6, "\"status\":null", "");
	/* nothing is heard before a new connection */
	message(c, NULL, HDR_OK("1", "1") "<Final/>");
	assert_int_equal(c->out_len, 0);
	vuicc_app_connected(c->app, CH);
	message(c, NULL, HDR_OK("1", "1") "<Final/>");
	assert_int_equal(c->status, 200);
	assert_has_not(c, "<Sequence>");
	/* a new session starts with the nonce of the old */
	c->msg = 0;
	make_cred("client01", "ClientSecret1", &n, cred);
	message(c, cred, PACKAGE1 "<Final/>");
	assert_has(c, "<Sequence>");
	assert_int_equal(c->ended, 1);
	vuicc_app_reset(c->app);
	vuicc_app_reset(c->app);
	assert_int_equal(c->ended, 2);
	card_free(c);
}

/* A request whose answer was lost gets the same answer, not another package. */
static void repeated_request(void **state)
{
	struct card *c = opened(WORKED, NULL);
	char *first = strdup(c->body);

	vuicc_app_disconnected(c->app, CH);
	vuicc_app_connected(c->app, CH);
	c->msg = 0;
	message(c, CLIENT_CRED, PACKAGE1 "<Final/>");
	assert_string_equal(c->body, first);
	assert_clean(c);
	assert_logged(c, 1, "\"event\":\"start\"", "");
	free(first);
	card_free(c);
}

static void unknown_session(void **state)
{
	struct card *c = card_new(WORKED, NULL);

	c->msg = 4;
	message(c, NULL, HDR_OK("1", "1") "<Final/>");
	assert_int_equal(c->status, 404);
	card_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_session), cmocka_unit_test(next_session),
		cmocka_unit_test(challenge_missing), cmocka_unit_test(wrong_credentials),
		cmocka_unit_test(wrong_keeps_nonce), cmocka_unit_test(server_challenged),
		cmocka_unit_test(server_challenged_then_accepted), cmocka_unit_test(missing_status),
		cmocka_unit_test(missing_status_stops),
		cmocka_unit_test(challenged_without_package1),
		cmocka_unit_test(next_message), cmocka_unit_test(client_asks_next),
		cmocka_unit_test(chunked_results), cmocka_unit_test(split_over_messages),
		cmocka_unit_test(nothing_to_do), cmocka_unit_test(client_aborts),
		cmocka_unit_test(reset_in_session), cmocka_unit_test(repeated_request),
		cmocka_unit_test(unknown_session),
	};

	return cmocka_run_group_tests_name("vuicc_dm_session", tests, NULL, NULL);
}
