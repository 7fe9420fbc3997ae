// SPDX-License-Identifier: BSD-3-Clause
/* The virtual card's toolkit and BIP, byte by byte, against the worked session of the SCWS. */
#include "vuicc-reader.h"

#define PROFILE	"80100000 11 2B01E800010C00072800001F8060000004"

static int setup(void **state)
{
	struct reader *r = calloc(1, sizeof(*r));

	uicc_options_default(&r->opt);
	reader_open(r);
	reader_power(r);
	reader_hex(r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	reader_close(*state);
	free(*state);
	return 0;
}

static void violations(struct reader *r, unsigned int n)
{
	assert_int_equal(r->card.trace.violations, n);
}

/* Up to the listening channel. */
static void listening(struct reader *r)
{
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "8012000014", "D012 8103024000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103024000 82028281 830100 38024100 390205DC", "9000");
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
}

static void connected(struct reader *r)
{
	listening(r);
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9000");
	assert_string_equal(uicc_bip_state(&r->card.bip), "established");
	assert_string_equal(stub.log, "+1 ");
}

static void worked_session(void **state)
{
	struct reader *r = *state;

	stub.reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
	stub.reply_len = 40;
	stub.close = true;
	r->card.bip.cfg.send_max = 19;
	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B7012A", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	expect(r, "80140000 3B 8103034200 82028281 830102 B62A"
		  "474554202F646D20485454502F312E310D0A"
		  "486F73743A203132372E302E302E313A333531360D0A0D0A B70100", "9120");
	assert_string_equal(stub.log, "+1 1=GET /dm HTTP/1.1\r\nHost: 127.0.0.1:3516\r\n\r\n ");
	expect(r, "8012000020", "D01E 8103044300 82028121"
				"B613 485454502F312E3120323030204F4B0D0A436F 9000");
	expect(r, "80140000 0F 8103044300 82028281 830100 B701FF", "9120");
	expect(r, "8012000020", "D01E 8103054300 82028121"
				"B613 6E74656E742D4C656E6774683A20320D0A0D0A 9000");
	expect(r, "80140000 0F 8103054300 82028281 830100 B701FF", "910F");
	expect(r, "801200000F", "D00D 8103064301 82028121 B602 4F4B 9000");
	expect(r, "80140000 0F 8103064301 82028281 830100 B701FF", "910B");
	expect(r, "801200000B", "D009 8103074101 82028121 9000");
	expect(r, "80140000 0C 8103074101 82028281 830100", "9000");
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
	violations(r, 0);
	/* the next client is a new one */
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9000");
	assert_string_equal(uicc_bip_state(&r->card.bip), "established");
}

static void request_in_two_pieces(void **state)
{
	struct reader *r = *state;
	char cmd[2200];

	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B701FF", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	snprintf(cmd, sizeof(cmd), "80140000FF 8103034200 82028281 830100 B681ED%s B701AE",
		 hex_run('a', 237));
	expect(r, cmd, "910E");
	expect(r, "801200000E", "D00C 8103044200 82028121 B701ED 9000");
	snprintf(cmd, sizeof(cmd), "80140000C0 8103044200 82028281 830102 B681AE%s B70100",
		 hex_run('b', 174));
	expect(r, cmd, "9000");
	assert_int_equal(strlen(stub.log), strlen("+1 ") + 2 * strlen("1= ") + 237 + 174);
	violations(r, 0);
}

/* 241 bytes a piece; never more in the terminal's buffer than it has room for. */
static void long_answer(void **state)
{
	struct reader *r = *state;
	unsigned int stored = 0, total = 0, number = 4;
	uint8_t resp[260];
	char text[5001];
	size_t n;

	memset(text, 'x', 5000);
	text[5000] = '\0';
	stub.reply = text;
	stub.reply_len = 5000;
	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B70104", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	expect(r, "80140000 15 8103034200 82028281 830102 B604 0D0A0D0A B70100", "9100");
	while (total < 5000) {
		uint8_t cmd[20] = { 0x80, 0x12, 0, 0, 0 }, tr[20];
		uint16_t sw = reader_tpdu(r, cmd, 5, resp, &n);
		size_t piece;

		if (sw >> 8 == 0x6c) {
			cmd[4] = sw;
			sw = reader_tpdu(r, cmd, 5, resp, &n);
		}
		assert_int_equal(sw, 0x9000);
		assert_int_equal(resp[1] == 0x81 ? resp[2] + 3 : resp[1] + 2, n);
		piece = n - (resp[1] == 0x81 ? 15 : 13);
		assert_true(piece <= 241);
		stored += piece;
		total += piece;
		assert_true(stored <= 1500);
		if (resp[resp[1] == 0x81 ? 7 : 6] & 1)
			stored = 0;
		else
			assert_true(total < 5000);
		memcpy(tr, "\x80\x14\0\0\x0f\x81\x03\0\x43\0\x82\x02\x82\x81\x83\x01\0\xb7\x01\xff",
		       20);
		tr[7] = number++;
		tr[9] = resp[resp[1] == 0x81 ? 7 : 6];
		sw = reader_tpdu(r, tr, sizeof(tr), resp, &n);
		assert_int_equal(sw >> 8, total < 5000 ? 0x91 : 0x90);
	}
	assert_int_equal(total, 5000);
	assert_int_equal(stored, 0);
	violations(r, 0);
}

static void client_leaves_before_the_answer(void **state)
{
	struct reader *r = *state;

	stub.reply = "HTTP/1.1 200 OK\r\n\r\n";
	stub.reply_len = 19;
	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B70104", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	expect(r, "80140000 15 8103034200 82028281 830102 B604 0D0A0D0A B70100", "9120");
	/* the announced SEND DATA is dropped with its client */
	expect(r, "80C20000 0D D60B99010A82028281B8024100", "9000");
	assert_string_equal(stub.log, "+1 1=\r\n\r\n -1 ");
	expect(r, "8012000020", "6F00");
	/* or the terminal finds out first */
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9000");
	expect(r, "80C20000 10 D60E99010982028281B8028100B70104", "910E");
	expect(r, "801200000E", "D00C 8103054200 82028121 B701ED 9000");
	expect(r, "80140000 15 8103054200 82028281 830102 B604 0D0A0D0A B70100", "9120");
	expect(r, "8012000020", "D01E 8103064301 82028121"
				"B613 485454502F312E3120323030204F4B0D0A0D0A 9000");
	expect(r, "80140000 0D 8103064301 82028281 83023A02", "9000");
	assert_string_equal(stub.log, "+1 1=\r\n\r\n -1 +1 1=\r\n\r\n -1 ");
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
	violations(r, 0);
}

/* The application has closed: it hears no more of that client, whatever that one does. */
static void closing_ends_the_conversation(void **state)
{
	struct reader *r = *state;

	stub.close = true;
	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B70104", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	expect(r, "80140000 15 8103034200 82028281 830102 B604 0D0A0D0A B70100", "910B");
	expect(r, "80C20000 10 D60E99010982028281B8028100B70101", "910B");
	expect(r, "801200000B", "D009 8103044101 82028121 9000");
	expect(r, "80140000 0D 8103044101 82028281 83022000", "910E");
	expect(r, "801200000E", "D00C 8103054200 82028121 B701ED 9000");
	expect(r, "80140000 12 8103054200 82028281 830102 B60158 B70100", "910B");
	expect(r, "80C20000 0D D60B99010A82028281B8024100", "9000");
	assert_string_equal(stub.log, "+1 1=\r\n\r\n ");
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
	violations(r, 0);
}

static void busy_terminal_is_asked_again(void **state)
{
	struct reader *r = *state;
	int i;

	stub.reply = "answer";
	stub.reply_len = 6;
	connected(r);
	expect(r, "80C20000 10 D60E99010982028281B8028100B70104", "910E");
	expect(r, "801200000E", "D00C 8103034200 82028121 B701ED 9000");
	expect(r, "80140000 15 8103034200 82028281 830102 B604 0D0A0D0A B70100", "9113");
	for (i = 0; i < 3; i++) {
		char fetch[80], tr[80];

		snprintf(fetch, sizeof(fetch), "D011 8103%02X4301 82028121 B606 616E73776572 9000",
			 4 + i);
		snprintf(tr, sizeof(tr), "801400000D 8103%02X4301 82028281 83022000", 4 + i);
		expect(r, "8012000013", fetch);
		expect(r, tr, "9113");
	}
	/* then it is given up: the connection is closed */
	expect(r, "8012000013", "D011 8103074301 82028121 B606 616E73776572 9000");
	expect(r, "801400000D 8103074301 82028281 83022000", "910B");
	expect(r, "801200000B", "D009 8103084101 82028121 9000");
	expect(r, "801400000C 8103084101 82028281 830100", "9000");
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
}

static void profile_without_server_mode(void **state)
{
	struct reader *r = *state;

	/* bit 17.3 */
	expect(r, "80100000 11 2B01E800010C00072800001F8060000000", "9000");
	expect(r, "8012000001", "6F00");
	reader_off(r);
	reader_power(r);
	reader_hex(r);
	/* bit 6.4, channel status */
	expect(r, "80100000 11 2B01E800010400072800001F8060000004", "9000");
	expect(r, "80F2000C00", "9000");
	expect(r, "8010000000", "6700");
}

static void fetch_and_response_rules(void **state)
{
	struct reader *r = *state;

	expect(r, "8012000010", "6F00");
	expect(r, "80140000 0C 8103010500 82028281 830100", "6985");
	violations(r, 1);
	expect(r, PROFILE, "910F");
	expect(r, "8012000010", "6C0F");
	/* pending is a level: any good status says so */
	expect(r, "80F2000C00", "910F");
	expect(r, "00A4000C 02 3F00", "910F");
	expect(r, "00B0000001", "6986");
	expect(r, "00A40004 02 3F00", "611A");
	expect(r, "00C000001A", "62188202782183023F00A5038001718A0105C606900180830101 910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	/* nothing is announced until the response, nothing fetched twice */
	expect(r, "80F2000C00", "9000");
	expect(r, "801200000F", "6985");
	violations(r, 2);
	expect(r, "80C20000 0E D70C82028281A40101A503000010", "9300");
	/* a response must match */
	expect(r, "80140000 0C 8103020500 82028281 830100", "6A80");
	expect(r, "80140000 0C 8103010501 82028281 830100", "6A80");
	expect(r, "80140000 0C 8103010500 82028182 830100", "6A80");
	expect(r, "80140000 09 8103010500 82028281", "6A80");
	expect(r, "80140000 0C 8103010500 82028281 830200", "6A80");
	violations(r, 7);
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "80120100 14", "6B00");
}

static void open_channel_refused(void **state)
{
	struct reader *r = *state;
	int i;

	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	for (i = 2; i < 6; i++) {
		char fetch[80], tr[80];

		snprintf(fetch, sizeof(fetch),
			 "D012 8103%02X4000 82028182 390205DC 3C03030DBC 9000", i);
		snprintf(tr, sizeof(tr), "801400000D 8103%02X4000 82028281 83023A10", i);
		expect(r, "8012000014", fetch);
		expect(r, tr, "9000");
		/* not at once again, but after a while, and not for ever */
		expect(r, "80F2000C00", "9000");
		r->card.bip.open_at = uicc_now();
		expect(r, "80F2000C00", i < 5 ? "9114" : "9000");
	}
	assert_string_equal(uicc_bip_state(&r->card.bip), "closed");
	violations(r, 0);
}

static void smaller_buffer_is_kept(void **state)
{
	struct reader *r = *state;

	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "8012000014", "D012 8103024000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103024000 82028281 830107 38024100 39020400", "9000");
	assert_int_equal(r->card.bip.ch[1].size, 1024);
	violations(r, 0);
}

static void wrong_channel_status(void **state)
{
	struct reader *r = *state;

	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "8012000014", "D012 8103024000 82028182 390205DC 3C03030DBC 9000");
	/* a client's "established" is no answer to a server's open */
	expect(r, "80140000 14 8103024000 82028281 830100 38028100 390205DC", "9000");
	violations(r, 1);
	assert_string_equal(uicc_bip_state(&r->card.bip), "closed");
}

static void wrong_events(void **state)
{
	struct reader *r = *state;

	expect(r, "80C20000 0D D60B99010A82028281B8028100", "6A80");
	violations(r, 1);
	listening(r);
	expect(r, "80C20000 0D D60B99010482028281B8028100", "6A80");
	violations(r, 2);
	expect(r, "80C20000 0D D60C99010A82028281B8028100", "6A80");
	violations(r, 3);
	expect(r, "80C20000 0D D60B99010A82028281B8038100", "6A80");
	violations(r, 4);
	/* one event at a time */
	expect(r, "80C20000 0E D60C9902090A82028281B8028100", "6A80");
	assert_string_equal(stub.log, "");
	expect(r, "80C20000 0D D60B99010A82028281B8028300", "9000");
	violations(r, 5);
	expect(r, "80C20000 09 D60799010A82028281", "9000");
	violations(r, 6);
	/* data before the status: taken, and noted */
	expect(r, "80C20000 10 D60E99010982028281B8028100B7012A", "910E");
	violations(r, 7);
	assert_string_equal(stub.log, "+1 ");
	/* a timer that does not run */
	expect(r, "80C20000 0E D70C82028281A40101A503000010", "910E");
	violations(r, 8);
	/* menu selection: nobody waits for it */
	expect(r, "80C20000 09 D30782020181900102", "910E");
	violations(r, 8);
}

static void busy_envelopes(void **state)
{
	struct reader *r = *state;

	listening(r);
	assert_int_equal(uicc_fault_arm(&r->card.faults, "busy-envelope@2"), 0);
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9300");
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9300");
	assert_string_equal(stub.log, "");
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9000");
	assert_string_equal(stub.log, "+1 ");
}

static void faults_of_the_toolkit(void **state)
{
	struct reader *r = *state;

	r->card.faults.at[UICC_FAULT_LATE_91] = 1;
	expect(r, PROFILE, "9000");
	expect(r, "00A4000C 02 3F00", "9000");
	expect(r, "80F2000C00", "910F");
	assert_int_equal(uicc_fault_arm(&r->card.faults, "wrong-fetch"), 0);
	reader_send(r, "801200000F");
	assert_string_equal(reader_hex(r), "D00D8103010500820281829902090A9000");
	reader_off(r);
	reader_power(r);
	reader_hex(r);
	uicc_faults_clear(&r->card.faults);
	assert_int_equal(uicc_fault_arm(&r->card.faults, "mute-fetched"), 0);
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	reader_send(r, "80F2000C00");
	assert_string_equal(reader_hex(r), "");
}

static void local_trigger(void **state)
{
	struct reader *r = *state;

	stub.push_len = 5;
	r->card.bip.cfg.local_trigger_s = 3725;
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "8012000014", "D012 8103024000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103024000 82028281 830100 38024100 390205DC", "9113");
	/* 01:02:05 */
	expect(r, "8012000013", "D011 8103032700 82028182 A40101 A503102050 9000");
	expect(r, "80140000 0F 8103032700 82028281 830100 A40101", "9000");
	expect(r, "80C20000 0E D70C82028281A40101A503102050", "911B");
	expect(r, "801200001B", "D019 8103044001 82028182 390205DC 3C03040B84 3E05217F000001 9000");
	expect(r, "80140000 14 8103044001 82028281 830100 38028200 390205DC", "9112");
	expect(r, "8012000012", "D010 8103054301 82028122 B605 0001020304 9000");
	expect(r, "80140000 0F 8103054301 82028281 830100 B701FF", "910B");
	expect(r, "801200000B", "D009 8103064100 82028122 9000");
	expect(r, "80140000 0C 8103064100 82028281 830100", "9000");
	assert_int_equal(r->card.bip.ch[2].state, UICC_CHANNEL_CLOSED);
	assert_string_equal(uicc_bip_state(&r->card.bip), "listen");
	violations(r, 0);
}

static void local_trigger_is_tried_three_times(void **state)
{
	struct reader *r = *state;
	char cmd[80], answer[80];
	int i, nr = 3;

	r->card.bip.cfg.local_trigger_s = 5;
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "9114");
	expect(r, "8012000014", "D012 8103024000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103024000 82028281 830100 38024100 390205DC", "9113");
	for (i = 0; i < 3; i++, nr += 2) {
		snprintf(answer, sizeof(answer),
			 "D011 8103%02X2700 82028182 A40101 A503000050 9000", nr);
		expect(r, "8012000013", answer);
		snprintf(cmd, sizeof(cmd), "801400000F 8103%02X2700 82028281 830100 A40101", nr);
		expect(r, cmd, "9000");
		expect(r, "80C20000 0E D70C82028281A40101A503000050", "911B");
		snprintf(answer, sizeof(answer),
			 "D019 8103%02X4001 82028182 390205DC 3C03040B84 3E05217F000001 9000",
			 nr + 1);
		expect(r, "801200001B", answer);
		snprintf(cmd, sizeof(cmd), "801400000D 8103%02X4001 82028281 83023A01", nr + 1);
		expect(r, cmd, i < 2 ? "9113" : "9000");
	}
}

static void control_command_without_profile(void **state)
{
	struct reader *r = *state;
	char line[] = "proactive 810301020082028182", odd[] = "proactive D0058103010200FF";
	char answer[128];

	uicc_control_command(&r->card, line, answer, sizeof(answer));
	assert_string_equal(answer, "OK queued");
	expect(r, "80F2000C00", "910B");
	expect(r, "801200000B", "D009 8103010200 82028182 9000");
	expect(r, "80140000 0C 8103010200 82028281 830100", "9000");
	/* malformed on purpose: handed out as it is, any response ends it */
	uicc_control_command(&r->card, odd, answer, sizeof(answer));
	expect(r, "80F2000C00", "9108");
	expect(r, "8012000008", "D0058103010200FF 9000");
	expect(r, "80140000 0C 8103000000 82028281 830132", "9000");
	violations(r, 0);
}

static void texts(void **state)
{
	struct reader *r = *state;
	char ascii[] = "display Hi", utf8[] = "display \xc3\xa9\xe2\x82\xac";
	char bad[] = "display \xff";
	char answer[128], long_text[300] = "display ";

	listening(r);
	uicc_control_command(&r->card, ascii, answer, sizeof(answer));
	expect(r, "80F2000C00", "9110");
	expect(r, "8012000010", "D00E 8103032181 82028102 8D03044869 9000");
	expect(r, "80140000 0C 8103032181 82028281 830100", "9000");
	uicc_control_command(&r->card, utf8, answer, sizeof(answer));
	expect(r, "80F2000C00", "9112");
	expect(r, "8012000012", "D010 8103042181 82028102 8D050800E920AC 9000");
	expect(r, "80140000 0C 8103042181 82028281 830100", "9000");
	uicc_control_command(&r->card, bad, answer, sizeof(answer));
	assert_string_equal(answer, "ERR not text of the basic plane in UTF-8");
	memset(long_text + 8, 'x', 250);
	uicc_control_command(&r->card, long_text, answer, sizeof(answer));
	assert_string_equal(answer, "ERR too long for a FETCH of 256 bytes");
}

static void queue_has_an_end(void **state)
{
	struct reader *r = *state;
	char answer[128];
	int i;

	for (i = 0; i <= UICC_CAT_CONTROL; i++) {
		char line[] = "proactive 810301020082028182";

		uicc_control_command(&r->card, line, answer, sizeof(answer));
		assert_string_equal(answer, i < UICC_CAT_CONTROL ? "OK queued" : "ERR queue full");
	}
	/* the card's own commands have room all the same */
	r->card.bip.cfg.servers = 7;
	expect(r, PROFILE, "910B");
	assert_int_equal(r->card.cat.count, UICC_CAT_CONTROL + 8);
}

static void reset_forgets_everything(void **state)
{
	struct reader *r = *state;

	connected(r);
	uicc_line_changed(&r->card, UICC_LINE_RST, false);
	assert_string_equal(stub.log, "+1 R ");
	reader_power(r);
	reader_hex(r);
	assert_string_equal(uicc_bip_state(&r->card.bip), "closed");
	expect(r, "80F2000C00", "9000");
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
}

static void several_channels(void **state)
{
	struct reader *r = *state;

	r->card.bip.cfg.servers = 2;
	r->card.bip.cfg.poll_interval_s = 20;
	expect(r, PROFILE, "910F");
	expect(r, "801200000F", "D00D 8103010500 82028182 9902090A 9000");
	expect(r, "80140000 0C 8103010500 82028281 830100", "910F");
	expect(r, "801200000F", "D00D 8103020300 82028182 84020114 9000");
	expect(r, "80140000 10 8103020300 82028281 830100 84020114", "9114");
	expect(r, "8012000014", "D012 8103034000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103034000 82028281 830100 38024100 390205DC", "9114");
	expect(r, "8012000014", "D012 8103044000 82028182 390205DC 3C03030DBC 9000");
	expect(r, "80140000 14 8103044000 82028281 830100 38024200 390205DC", "9000");
	expect(r, "80C20000 0D D60B99010A82028281B8028200", "9000");
	expect(r, "80C20000 0D D60B99010A82028281B8028100", "9000");
	expect(r, "80C20000 10 D60E99010982028281B8028200B70101", "910E");
	expect(r, "801200000E", "D00C 8103054200 82028122 B701ED 9000");
	expect(r, "80140000 12 8103054200 82028281 830102 B60158 B70100", "9000");
	assert_string_equal(stub.log, "+2 +1 2=X ");
	violations(r, 0);
}

/* Objects cut short anywhere: an error, and no byte read past the end. */
static void objects_cut_short(void **state)
{
	static const uint8_t whole[] = {
		0x81, 3, 1, 0x42, 0, 0x7f, 0x80, 0x01, 1, 0xaa, 0xb6, 0x81, 2, 1, 2, 0x37, 0x82, 0, 1, 9,
	};
	static const size_t ends[] = { 0, 5, 10, 15, 20 };
	size_t n, i;

	for (n = 0; n <= sizeof(whole); n++) {
		uint8_t *copy = malloc(n ? n : 1);
		bool at_end = false;

		memcpy(copy, whole, n);
		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			at_end |= n == ends[i];
		assert_int_equal(uicc_ctlv_valid(copy, n), at_end);
		free(copy);
	}
	/* a length that reaches just one byte too far */
	assert_false(uicc_ctlv_valid((const uint8_t[]){ 0x03, 2, 0 }, 3));
	assert_false(uicc_ctlv_valid((const uint8_t[]){ 0x03, 0x80, 0 }, 3));
	assert_false(uicc_ctlv_valid((const uint8_t[]){ 0x00, 0 }, 2));
	assert_false(uicc_ctlv_valid((const uint8_t[]){ 0xff, 0 }, 2));
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(worked_session),
		CASE(request_in_two_pieces),
		CASE(long_answer),
		CASE(client_leaves_before_the_answer),
		CASE(closing_ends_the_conversation),
		CASE(busy_terminal_is_asked_again),
		CASE(profile_without_server_mode),
		CASE(fetch_and_response_rules),
		CASE(open_channel_refused),
		CASE(smaller_buffer_is_kept),
		CASE(wrong_channel_status),
		CASE(wrong_events),
		CASE(busy_envelopes),
		CASE(faults_of_the_toolkit),
		CASE(local_trigger),
		CASE(local_trigger_is_tried_three_times),
		CASE(control_command_without_profile),
		CASE(texts),
		CASE(queue_has_an_end),
		CASE(reset_forgets_everything),
		CASE(several_channels),
		cmocka_unit_test(objects_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
