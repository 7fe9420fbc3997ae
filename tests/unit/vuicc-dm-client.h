/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For the tests of the card's DM server: a card without its lower half, and the hands of a
 * client: it posts messages written by the test and looks at what comes back.
 */
#ifndef UNIT_VUICC_DM_CLIENT_H
#define UNIT_VUICC_DM_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vuicc/app.h"
#include "vuicc/dm-server.h"

#define URL		"http://127.0.0.1:3516/dm"
#define DEVICE		"IMEI:004999010640000"
#define CLIENT_NONCE	"EBESExQVFhcYGRobHB0eHw=="
#define SERVER_NONCE	"oKGio6SlpqeoqaqrrK2urw=="
#define CLIENT_CRED	"pMhagk1xWZhF6/L5i8vJBQ=="	/* for CLIENT_NONCE */
#define SERVER_CRED	"5SIqs8ZX3dgbKqwMigf0Aw=="	/* for SERVER_NONCE */
#define MI		" xmlns=\"syncml:metinf\""
#define CH		1
/* What the HTTP binding asks of every request. */
#define BINDING \
	"Host: 127.0.0.1:3516\r\nAccept: " VDM_TYPE_XML ", " VDM_TYPE_WBXML "\r\n" \
	"Accept-Charset: utf-8\r\nCache-Control: no-store\r\n"

struct card {
	struct vuicc_app *app;
	char out[512 * 1024];		/* what the card sent on the channel */
	size_t out_len;
	char *body;			/* of the last response, in out */
	int status;			/* HTTP */
	unsigned int closed, ended;
	bool complete;
	char steps[64 * 1024];
	char provision[64], results[64];
	unsigned int msg;		/* MsgID of the client */
	bool ignore_resp_uri;
};

static int card_send(void *ctx, int channel, const uint8_t *buf, size_t len)
{
	struct card *c = ctx;

	assert_int_equal(channel, CH);
	assert_true(c->out_len + len < sizeof(c->out));
	memcpy(c->out + c->out_len, buf, len);
	c->out_len += len;
	c->out[c->out_len] = '\0';
	return 0;
}

static void card_close(void *ctx, int channel)
{
	((struct card *)ctx)->closed++;
}

static void card_ended(void *ctx, bool complete)
{
	struct card *c = ctx;

	c->ended++;
	c->complete = complete;
}

static void card_step(void *ctx, const char *line)
{
	struct card *c = ctx;

	assert_true(strlen(c->steps) + strlen(line) + 2 < sizeof(c->steps));
	strcat(c->steps, line);
	strcat(c->steps, "\n");
}

static const struct vuicc_app_ops card_ops = { card_send, card_close, card_ended, card_step };

static void write_file(char path[64], const char *text)
{
	int fd;

	strcpy(path, "/tmp/vuicc-dm-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The nonce in the memory of a card that has lost both, NULL = has not. */
static const char *card_lost_nonces;

static int __attribute__((unused)) card_try(struct card *c, const char *provision, const char *fault)
{
	struct vuicc_app_config cfg = {
		.path = "/dm", .url = URL,
		.server_id = "dmsc.example", .server_secret = "CardSecret1",
		.server_nonce = card_lost_nonces ? card_lost_nonces : SERVER_NONCE,
		.client_id = "client01", .client_secret = "ClientSecret1",
		.client_nonce = card_lost_nonces ? card_lost_nonces : CLIENT_NONCE,
		.provision = provision ? c->provision : NULL, .results = c->results,
		.session_id = 0x2A, .ui_mode = 3, .fault = fault,
	};
	int ret;

	memset(c, 0, sizeof(*c));
	write_file(c->results, "");
	if (provision)
		write_file(c->provision, provision);
	ret = vuicc_app_new(&cfg, &card_ops, c, &c->app);
	if (!ret)
		vuicc_app_connected(c->app, CH);
	return ret;
}

static struct card *card_new(const char *provision, const char *fault)
{
	struct card *c = malloc(sizeof(*c));

	assert_non_null(c);
	assert_int_equal(card_try(c, provision, fault), 0);
	return c;
}

static inline void card_free(struct card *c)
{
	vuicc_app_free(c->app);
	unlink(c->results);
	if (*c->provision)
		unlink(c->provision);
	free(c);
}

/* Sends raw bytes and takes apart the (last) response. */
static void raw(struct card *c, const char *bytes, size_t len)
{
	char *blank;

	c->out_len = 0;
	c->out[0] = '\0';
	c->status = 0;
	c->body = c->out;
	vuicc_app_data(c->app, CH, (const uint8_t *)bytes, len);
	if (sscanf(c->out, "HTTP/1.1 %d", &c->status) != 1)
		return;
	blank = strstr(c->out, "\r\n\r\n");
	assert_non_null(blank);
	c->body = blank + 4;
}

/* A value of a header of the last response, "" if it is not there. */
static inline void header(const struct card *c, const char *name, char *value, size_t room)
{
	const char *p = strstr(c->out, name);

	value[0] = '\0';
	if (p && p < c->body && !strncmp(p + strlen(name), ": ", 2))
		snprintf(value, room, "%.*s", (int)strcspn(p + strlen(name) + 2, "\r"),
			 p + strlen(name) + 2);
}

/* hmac: x-syncml-hmac or NULL */
static inline void post_bytes(struct card *c, const char *query, const char *type, const char *hmac,
			      const void *body, size_t len)
{
	char *req;
	int n = asprintf(&req,
			 "POST /dm%s HTTP/1.1\r\n" BINDING
			 "Content-Type: %s\r\n%s%s%s"
			 "Content-Length: %zu\r\n\r\n", query, type, hmac ? "x-syncml-hmac: " : "",
			 hmac ? hmac : "", hmac ? "\r\n" : "", len);

	assert_true(n > 0);
	req = realloc(req, (size_t)n + len + 1);
	assert_non_null(req);
	memcpy(req + n, body, len);
	raw(c, req, (size_t)n + len);
	free(req);
}

static inline void post(struct card *c, const char *query, const char *body)
{
	post_bytes(c, query, VDM_TYPE_XML, NULL, body, strlen(body));
}

/* A message of the client with its next MsgID; cred: Cred data or NULL. */
static void __attribute__((unused, format(printf, 3, 4)))
message(struct card *c, const char *cred, const char *fmt, ...)
{
	char *inner, *text, cred_text[512] = "";
	const char *query;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&inner, fmt, ap) >= 0);
	va_end(ap);
	if (cred)
		snprintf(cred_text, sizeof(cred_text),
			 "<Cred><Meta><Format" MI ">b64</Format><Type" MI
			 ">syncml:auth-md5</Type></Meta><Data>%s</Data></Cred>", cred);
	c->msg++;
	query = c->msg > 1 && !c->ignore_resp_uri ? "?s=2A" : "";
	assert_true(asprintf(&text,
			     "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
			     "<VerProto>DM/1.2</VerProto><SessionID>2A</SessionID>"
			     "<MsgID>%u</MsgID><Target><LocURI>" URL "%s</LocURI></Target>"
			     "<Source><LocURI>" DEVICE "</LocURI><LocName>client01</LocName>"
			     "</Source>%s<Meta><MaxMsgSize" MI ">4096</MaxMsgSize></Meta>"
			     "</SyncHdr><SyncBody>%s</SyncBody></SyncML>",
			     c->msg, query, cred_text, inner) > 0);
	post(c, query, text);
	free(inner);
	free(text);
}

/* What package 1 consists of; the CmdIDs are 11 and 12. */
#define PACKAGE1 \
	"<Alert><CmdID>11</CmdID><Data>1200</Data></Alert><Replace><CmdID>12</CmdID>" \
	"<Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>" DEVICE "</Data></Item>" \
	"<Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>ACME</Data></Item>" \
	"<Item><Source><LocURI>./DevInfo/Mod</LocURI></Source><Data>Gateway1</Data></Item>" \
	"<Item><Source><LocURI>./DevInfo/DmV</LocURI></Source><Data>1.0</Data></Item>" \
	"<Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>en</Data></Item></Replace>"

/* All of it as one message, with credentials. */
#define FIRST_MESSAGE \
	"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>" \
	"<SessionID>2A</SessionID><MsgID>1</MsgID><Target><LocURI>" URL "</LocURI></Target>" \
	"<Source><LocURI>" DEVICE "</LocURI><LocName>client01</LocName></Source><Cred><Meta>" \
	"<Format" MI ">b64</Format><Type" MI ">syncml:auth-md5</Type></Meta><Data>" CLIENT_CRED \
	"</Data></Cred></SyncHdr><SyncBody>" PACKAGE1 "<Final/></SyncBody></SyncML>"

/* The Status for the header of the server's message, accepting it for the session. */
#define HDR_OK(id, msg) \
	"<Status><CmdID>" id "</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef>" \
	"<Cmd>SyncHdr</Cmd><Chal><Meta><Format" MI ">b64</Format><Type" MI ">syncml:auth-md5" \
	"</Type><NextNonce" MI ">sLGys7S1tre4ubq7vL2+vw==</NextNonce></Meta></Chal>" \
	"<Data>212</Data></Status>"
#define STATUS(id, msg, ref, cmd, code) \
	"<Status><CmdID>" id "</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>" cmd \
	"</Cmd><Data>" code "</Data></Status>"
#define STATUS_T(id, msg, ref, cmd, target, code) \
	"<Status><CmdID>" id "</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>" cmd \
	"</Cmd><TargetRef>" target "</TargetRef><Data>" code "</Data></Status>"

/* Lines of the results log that hold all of the given parts. */
static unsigned int __attribute__((unused)) logged(const struct card *c, const char *a, const char *b)
{
	FILE *f = fopen(c->results, "r");
	unsigned int n = 0;
	char *line = NULL;
	size_t room = 0;

	assert_non_null(f);
	while (getline(&line, &room, f) > 0) {
		struct json_object *o = json_tokener_parse(line);

		assert_non_null(o);	/* every line is JSON by itself */
		json_object_put(o);
		n += strstr(line, a) && strstr(line, b);
	}
	free(line);
	fclose(f);
	return n;
}

static void __attribute__((unused)) show(const struct card *c)
{
	FILE *f = fopen(c->results, "r");
	char buf[4096];
	size_t n;

	fprintf(stderr, "--- answer %d\n%s\n--- steps\n%s--- results\n", c->status, c->body, c->steps);
	while (f && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, stderr);
	if (f)
		fclose(f);
}

#define assert_has(c, what) do { \
	if (!strstr((c)->body, (what))) { \
		show(c); \
		fail_msg("the answer does not have %s", (what)); \
	} \
} while (0)
#define assert_has_not(c, what) do { \
	if (strstr((c)->body, (what))) { \
		show(c); \
		fail_msg("the answer has %s", (what)); \
	} \
} while (0)
#define assert_logged(c, n, a, b) do { \
	if (logged((c), (a), (b)) != (n)) { \
		show(c); \
		fail_msg("%u lines with %s and %s, not %u", logged((c), (a), (b)), (a), (b), \
			 (unsigned int)(n)); \
	} \
} while (0)
#define assert_clean(c) assert_logged(c, 0, "\"event\":\"violation\"", "")

/* The NextNonce in the answer. */
static void __attribute__((unused)) next_nonce(const struct card *c, struct vdm_nonce *n)
{
	const char *p = strstr(c->body, "<NextNonce" MI ">");
	char b64[128];

	assert_non_null(p);
	assert_int_equal(sscanf(p + strlen("<NextNonce" MI ">"), "%100[^<]", b64), 1);
	assert_int_equal(vdm_nonce_decode(b64, n), 0);
}

/* Cred data of a user for a nonce. */
static void __attribute__((unused)) make_cred(const char *user, const char *secret,
					      const struct vdm_nonce *n, char cred[VDM_B64_LEN])
{
	char hash[VDM_B64_LEN];

	assert_int_equal(vdm_auth_hash(user, secret, hash), 0);
	assert_int_equal(vdm_auth_digest(hash, n, cred), 0);
}

/* Opens a session up to package 2. */
static __attribute__((unused)) struct card *opened(const char *provision, const char *fault)
{
	struct card *c = card_new(provision, fault);

	message(c, CLIENT_CRED, PACKAGE1 "<Final/>");
	return c;
}

#endif /* UNIT_VUICC_DM_CLIENT_H */
