// SPDX-License-Identifier: BSD-3-Clause
/*
 * The card as a witness, continued: each rule that a client may break in the middle of a session,
 * broken once, with the violation that has to come of it; and what looks alike and is none.
 */
#include "vuicc-dm-client.h"
#include "vectors/dm-wbxml.h"

#define GET_A	"<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
#define ITEM(meta, data) "<Item><Meta>" meta "</Meta><Data>" data "</Data></Item>"
#define FORMAT	"<Format" MI ">chr</Format>"
#define TYPE(t)	"<Type" MI ">" t "</Type>"
#define RESULTS(uri, data) \
	"<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>" uri \
	"</LocURI></Source><Data>" data "</Data></Item></Results>"
#define OK_GET	HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "200")
#define ALERT(items, code) "<Alert><CmdID>3</CmdID><Data>" code "</Data>" items "</Alert>"

struct example {
	const char *commands, *body, *violation;	/* NULL: there is none */
};

static void check(const struct example *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct card *c = opened(e[i].commands, NULL);
		unsigned int all, right;

		message(c, NULL, "%s", e[i].body);
		assert_int_equal(c->status, 200);
		all = logged(c, "\"event\":\"violation\"", "");
		right = e[i].violation ? logged(c, "\"event\":\"violation\"", e[i].violation) : 0;
		if (all != (e[i].violation ? 1U : 0U) || right != all) {
			show(c);
			fail_msg("%s: %u violations, %u are \"%s\"", e[i].body, all, right,
				 e[i].violation ? e[i].violation : "");
		}
		card_free(c);
	}
}

#define CHECK(table) check(table, sizeof(table) / sizeof((table)[0]))

static void packages(void **state)
{
	static const struct example v[] = {
		{ GET_A, OK_GET RESULTS("./A", "1") "<Final/>", NULL },
		/* ours was not complete, so the client's cannot be */
		{ "<?vuicc batch=1 package=file?>" GET_A GET_A, OK_GET RESULTS("./A", "1"), NULL },
		{ "<?vuicc batch=1 package=file?>" GET_A GET_A, OK_GET RESULTS("./A", "1") "<Final/>",
		  "has Final, our package is not complete" },
		{ "<?vuicc batch=1 package=file?>" GET_A GET_A,
		  HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") ALERT("", "1222"), NULL },
		{ "<?vuicc batch=1 package=file?>" GET_A GET_A, HDR_OK("1", "1"), "nor 1222" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") ALERT("", "1222") "<Final/>",
		  "has Final and asks for the next message" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") ALERT("", "1222"),
		  "asks for the next message (1222) of a complete package" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") ALERT("", "1200") "<Final/>",
		  "alert 1200 in the middle" },
		{ GET_A, OK_GET "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source>"
		  "<LocURI>./A</LocURI></Source><Meta><Size" MI ">99999</Size></Meta><Data>1</Data><MoreData/>"
		  "</Item></Results><Final/>", "has Final, and an object that goes on" },
	};

	CHECK(v);
}

static void elements(void **state)
{
	static const struct example v[] = {
		{ GET_A, HDR_OK("1", "1") "<Status><CmdID>2</CmdID><CmdRef>4</CmdRef><MsgRef>1</MsgRef>"
		  "<Cmd>Get</Cmd><Data>404</Data></Status><Final/>", "against the DTD: Element Status" },
		{ GET_A, HDR_OK("1", "1") "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef>"
		  "<Cmd>Get</Cmd><Data>404</Data><TargetRef>./A</TargetRef></Status><Final/>",
		  "against the DTD" },
		{ GET_A, OK_GET "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Data>1"
		  "</Data><Source><LocURI>./A</LocURI></Source></Item></Results><Final/>", "against the DTD" },
		{ GET_A, OK_GET "<Results><CmdID>9</CmdID><NoResp/><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item>"
		  "<Source><LocURI>./A</LocURI></Source></Item></Results><Final/>", "against the DTD" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404")
		  "<Alert><CmdID>3</CmdID>" ITEM(FORMAT TYPE("a/b"), "x") "<Data>1224</Data></Alert><Final/>",
		  "against the DTD" },
		/* what stands in Data is nobody's business */
		{ GET_A, OK_GET RESULTS("./A", "<MgmtTree xmlns=\"x\"><b/></MgmtTree>") "<Final/>", NULL },
	};

	CHECK(v);
}

static void results(void **state)
{
	static const struct example v[] = {
		{ GET_A, OK_GET RESULTS("A", "1") "<Final/>", NULL },
		{ GET_A, OK_GET RESULTS("./B", "1") "<Final/>", "Results of Get 4 are about ./B" },
		{ "<Get><Item><Target><LocURI>./A?list=Struct</LocURI></Target></Item></Get>",
		  OK_GET RESULTS("./A/b/c", "1") "<Final/>", NULL },
		{ "<Get><Item><Target><LocURI>./A?list=Struct</LocURI></Target></Item></Get>",
		  OK_GET RESULTS("./AB", "1") "<Final/>", "are about ./AB" },
		{ "<Get><Item><Target><LocURI>.?list=Struct</LocURI></Target></Item></Get>",
		  OK_GET RESULTS("./AB", "1") "<Final/>", NULL },
		{ GET_A, OK_GET RESULTS("./A", "it is ClientSecret1!") "<Final/>", "a password is in Data" },
		{ GET_A, OK_GET RESULTS("./A", "CardSecret1") "<Final/>", "a password is in Data" },
		{ "<Get><Item><Target><LocURI>./D/AAuthSecret</LocURI></Target></Item></Get>",
		  OK_GET RESULTS("./D/AAuthSecret", "1") "<Final/>", "the value of ./D/AAuthSecret" },
		{ GET_A, OK_GET "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source>"
		  "<LocURI>./A</LocURI></Source><Meta><Size" MI ">6</Size></Meta><Data>abc</Data><MoreData/>"
		  "</Item></Results>", "comes in chunks, though it would have fitted" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "213") "<Final/>",
		  "is 213, but it is complete" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "212") "<Final/>",
		  "is 212, which is for SyncHdr" },
		{ GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "304") "<Final/>",
		  "is answered with No (304)" },
	};

	CHECK(v);
}

/* ------------------------------------------------------------------------- alerts */

static void alerts(void **state)
{
#define TOLD(items, code) { GET_A, HDR_OK("1", "1") STATUS("2", "1", "4", "Get", "404") \
	ALERT(items, code) "<Final/>"
	static const struct example v[] = {
		TOLD(ITEM(FORMAT TYPE("Reversed-Domain-Name: a.b"), "x"), "1226"), NULL },
		TOLD(ITEM(FORMAT TYPE("Content-Type: a/b"), "x"), "1226"), NULL },
		TOLD(ITEM(FORMAT TYPE("a/b"), "x"), "1226"), "generic alert of type 'a/b'" },
		TOLD(ITEM(FORMAT TYPE("Content-Type: a/b") "<Mark" MI ">minor</Mark>", "x"), "1226"), NULL },
		TOLD(ITEM(FORMAT TYPE("Content-Type: a/b") "<Mark" MI ">dire</Mark>", "x"), "1226"),
		  "with Mark 'dire'" },
		TOLD(ITEM(FORMAT TYPE("a/b"), "x"), "1224"), NULL },
		TOLD(ITEM(FORMAT, "x"), "1224"), "client event without Type" },
		TOLD("", "1224"), "client event without Item" },
		TOLD("<Item><Target><LocURI>./A</LocURI></Target></Item>", "1225"), "our objects are whole" },
	};

	CHECK(v);
}

#define ASK(code, options, choices) \
	"<Alert><Data>" code "</Data><Item><Data>" options "</Data></Item><Item><Data>?</Data></Item>" \
	choices "</Alert>"
#define THREE	"<Item><Data>a</Data></Item><Item><Data>b</Data></Item><Item><Data>c</Data></Item>"
#define SAID(code, items) \
	HDR_OK("1", "1") "<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Alert</Cmd>" \
	"<Data>" code "</Data>" items "</Status><Final/>"
#define SAY(x)	"<Item><Data>" x "</Data></Item>"

static void answers(void **state)
{
	static const struct example v[] = {
		{ ASK("1100", "", ""), SAID("200", ""), NULL },
		{ ASK("1100", "", ""), SAID("200", SAY("x")), "the Status 200 of alert 1100 has Items" },
		{ ASK("1100", "", ""), SAID("304", ""), "alert 1100 is answered with No" },
		{ ASK("1101", "", ""), SAID("304", ""), NULL },
		{ ASK("1102", "MAXLEN=3", ""), SAID("200", SAY("\xE2\x82\xAC" "ab")), NULL },
		{ ASK("1102", "MAXLEN=3", ""), SAID("200", SAY("abcd")), "an input of 4 characters, MAXLEN is 3" },
		{ ASK("1102", "IT=N&amp;MAXLEN=9", ""), SAID("200", SAY("-1.5")), NULL },
		{ ASK("1102", "MAXLEN=9&amp;IT=N", ""), SAID("200", SAY("1x")), "no number" },
		{ ASK("1102", "", ""), SAID("200", ""), "alert 1102 is answered with 0 Items" },
		{ ASK("1102", "", ""), SAID("214", SAY("x")), "the Status 214 of alert 1102 has Items" },
		{ ASK("1102", "DR=x", ""), SAID("408", SAY("x")), NULL },
		{ ASK("1103", "", THREE), SAID("200", SAY("3")), NULL },
		{ ASK("1103", "", THREE), SAID("200", SAY("4")), "choice 4 of 3" },
		{ ASK("1103", "", THREE), SAID("200", SAY("0")), "choice 0 of 3" },
		{ ASK("1103", "", THREE), SAID("200", SAY("1") SAY("2")), "answered with 2 Items" },
		{ ASK("1104", "", THREE), SAID("200", SAY("3") SAY("1")), NULL },
		{ ASK("1104", "", THREE), SAID("200", ""), NULL },
		{ ASK("1104", "", THREE), SAID("200", SAY("2") SAY("2")), "choice 2 twice" },
	};

	CHECK(v);
}

/* What has to follow a No or a cancel. */
static void stopped(void **state)
{
#define ADD_B	"<Add><Item><Target><LocURI>./B</LocURI></Target><Data>1</Data></Item></Add>"
#define IN_SEQUENCE "<Sequence>" ASK("1101", "", "") ADD_B "</Sequence>" GET_A
#define SEQUENCE(alert, add, get) \
	HDR_OK("1", "1") STATUS("2", "1", "4", "Sequence", "200") STATUS("3", "1", "5", "Alert", alert) \
	STATUS("4", "1", "6", "Add", add) STATUS("5", "1", "7", "Get", get) "<Final/>"
	static const struct example v[] = {
		{ IN_SEQUENCE, SEQUENCE("304", "215", "404"), NULL },
		{ IN_SEQUENCE, SEQUENCE("304", "200", "404"), "the user answered 304 to command 5, but command 6" },
		{ IN_SEQUENCE, SEQUENCE("214", "215", "215"), NULL },
		{ IN_SEQUENCE, SEQUENCE("214", "215", "404"), "the user answered 214 to command 5, but command 7" },
	};

	CHECK(v);
}

static void atomics(void **state)
{
#define THREE_ADDS "<Atomic>" ADD_B ADD_B ADD_B "</Atomic>"
#define ATOMIC(all, one, two, three) \
	HDR_OK("1", "1") STATUS("2", "1", "4", "Atomic", all) STATUS("3", "1", "5", "Add", one) \
	STATUS("4", "1", "6", "Add", two) STATUS("5", "1", "7", "Add", three) "<Final/>"
	static const struct example v[] = {
		{ THREE_ADDS, ATOMIC("200", "200", "200", "200"), NULL },
		{ THREE_ADDS, ATOMIC("200", "200", "200", "215"), "Atomic 4 is 200 but its member 7" },
		{ THREE_ADDS, ATOMIC("507", "216", "418", "215"), NULL },
		{ THREE_ADDS, ATOMIC("507", "516", "418", "215"), NULL },
		{ THREE_ADDS, ATOMIC("507", "216", "216", "216"), NULL },
		{ THREE_ADDS, ATOMIC("507", "216", "418", "404"), "member 7 (Add) is 404 behind the one" },
		{ THREE_ADDS, ATOMIC("507", "215", "418", "215"), "member 6 (Add) is 418 behind the one" },
		{ THREE_ADDS, ATOMIC("507", "418", "216", "215"), "member 6 (Add) is 216 behind the one" },
		{ THREE_ADDS, ATOMIC("507", "200", "418", "215"), "member 5 (Add) is still 200" },
	};

	CHECK(v);
}

/* ----------------------------------------------------------------- credentials */

#define HDR(chal, code) \
	"<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" chal "<Data>" code \
	"</Data></Status>"
#define CHAL(meta) "<Chal><Meta>" meta "</Meta></Chal>"
#define B64	"<Format" MI ">b64</Format>"
#define NONCE(n) "<NextNonce" MI ">" n "</NextNonce>"
#define GET_404	STATUS("2", "1", "4", "Get", "404") "<Final/>"
#define GET_401	STATUS("2", "1", "4", "Get", "401") "<Final/>"
#define FRESH	"sLGys7S1tre4ubq7vL2+vw=="

static void challenges(void **state)
{
	static const struct example v[] = {
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-md5") NONCE(FRESH)), "212") GET_404, NULL },
		{ GET_A, HDR("", "212") GET_404, NULL },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-md5")), "212") GET_404, "without a usable NextNonce" },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-md5") NONCE("x")), "212") GET_404, "a usable NextNonce" },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-md5") NONCE(SERVER_NONCE)), "212") GET_404,
		  "the same nonce again" },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-md5") NONCE("AAAA")), "212") GET_404,
		  "a nonce of 3 bytes" },
		{ GET_A, HDR(CHAL(TYPE("syncml:auth-md5") NONCE(FRESH)), "212") GET_404,
		  "challenge of format ''" },
		{ GET_A, HDR(CHAL(B64 TYPE("x") NONCE(FRESH)), "401") GET_401, "challenge of type 'x'" },
		{ GET_A, HDR("", "401") GET_401, "refused without a challenge" },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-basic")), "401") GET_401, NULL },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-basic") NONCE(FRESH)), "401") GET_401,
		  "a nonce for auth-basic" },
		{ GET_A, HDR(CHAL(B64 TYPE("syncml:auth-MAC") NONCE(FRESH)), "401") GET_401, NULL },
		{ "<?vuicc server-auth=mac?>" GET_A,
		  HDR(CHAL(B64 TYPE("syncml:auth-MAC") NONCE(FRESH)), "200") GET_404, NULL },
		{ "<?vuicc server-auth=mac?>" GET_A,
		  HDR(CHAL(B64 TYPE("syncml:auth-MAC") NONCE(FRESH)), "212") GET_404,
		  "accepted for the session, it is for one message" },
		{ "<?vuicc server-auth=mac?>" GET_A, HDR("", "200") GET_404, "without a nonce for the next" },
	};

	CHECK(v);
}

/* A first message posted with these headers; what the card says of it. */
static void first_with(const char *headers, const char *hmac, const char *query, const char *violation)
{
	static const char first[] = FIRST_MESSAGE;
	struct card *c = card_new(GET_A, NULL);
	char *req;
	int n = asprintf(&req, "POST /dm%s HTTP/1.1\r\nHost: x\r\nContent-Type: " VDM_TYPE_XML "\r\n"
			 "%s%s%s%sContent-Length: %zu\r\n\r\n%s", query, headers,
			 hmac ? "x-syncml-hmac: " : "", hmac ? hmac : "", hmac ? "\r\n" : "",
			 strlen(first), first);

	assert_true(n > 0);
	raw(c, req, (size_t)n);
	free(req);
	if (!violation)
		assert_clean(c);
	else
		assert_logged(c, 1, "\"event\":\"violation\"", violation);
	card_free(c);
}

static void http(void **state)
{
#define ACCEPT	"Accept: " VDM_TYPE_XML "\r\n"
#define CHARSET	"Accept-Charset: utf-8\r\n"
#define CACHE	"Cache-Control: private, no-store\r\n"
	first_with(ACCEPT CHARSET CACHE, NULL, "", NULL);
	first_with("Accept: a/b\r\n" CHARSET CACHE, NULL, "", "Accept has no type of a DM message");
	first_with("Accept: " VDM_TYPE_WBXML "\r\n" CHARSET CACHE, NULL, "", "the client's own type");
	first_with("Accept: a/b, " VDM_TYPE_XML ";q=1\r\n" CHARSET CACHE, NULL, "", NULL);
	first_with(ACCEPT CACHE, NULL, "", "Accept-Charset is ''");
	first_with(ACCEPT CHARSET, NULL, "", "Cache-Control is ''");
	first_with(ACCEPT CHARSET CACHE, "username=\"client01\", mac=AAAA", "", "both a Cred and a MAC");
	first_with(ACCEPT CHARSET CACHE, "algorithm=MD5, username=\"other\", mac=AAAA", "",
		   "the MAC is of user other");
}

/* The header as it is printed in specifications, and as nobody may send it. */
static void mac_header(void **state)
{
	struct vdm_mac mac;

	assert_int_equal(vdm_mac_parse("algorithm=MD5, username=\"Robert Jordan\", mac=AbC+/w==", &mac), 0);
	assert_string_equal(mac.user, "Robert Jordan");
	assert_string_equal(mac.mac, "AbC+/w==");
	assert_int_equal(vdm_mac_parse("mac=x,username=\"y\"", &mac), 0);
	assert_int_equal(vdm_mac_parse("", &mac), -EBADMSG);
	assert_int_equal(vdm_mac_parse("username=\"y\"", &mac), -EBADMSG);
	assert_int_equal(vdm_mac_parse("algorithm=SHA1, username=\"y\", mac=x", &mac), -EBADMSG);
	assert_int_equal(vdm_mac_parse("username=\"y, mac=x", &mac), -EBADMSG);
	assert_int_equal(vdm_mac_parse("mac x", &mac), -EBADMSG);
}

/* spec/oma-dm.md 11.2 and 11.3 */
static void vectors(void **state)
{
	struct vdm_buf basic = { .p = NULL };
	struct vdm_nonce n;
	char hash[VDM_B64_LEN], mac[VDM_B64_LEN];

	assert_int_equal(vdm_auth_basic("client01", "ClientSecret1", &basic), 0);
	assert_string_equal(basic.p, "Y2xpZW50MDE6Q2xpZW50U2VjcmV0MQ==");
	vdm_buf_clear(&basic);
	assert_int_equal(vdm_auth_hash("client01", "ClientSecret1", hash), 0);
	assert_int_equal(vdm_nonce_decode(CLIENT_NONCE, &n), 0);
	assert_int_equal(vdm_auth_mac(hash, &n, dm_wbxml_example, sizeof(dm_wbxml_example), mac), 0);
	assert_string_equal(mac, "9YxjgHEGd0/fA/8352MmHw==");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages), cmocka_unit_test(elements), cmocka_unit_test(results),
		cmocka_unit_test(alerts), cmocka_unit_test(answers), cmocka_unit_test(stopped),
		cmocka_unit_test(atomics), cmocka_unit_test(challenges), cmocka_unit_test(http),
		cmocka_unit_test(mac_header), cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests_name("vuicc_dm_witness", tests, NULL, NULL);
}
