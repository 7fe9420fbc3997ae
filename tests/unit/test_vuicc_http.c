// SPDX-License-Identifier: BSD-3-Clause
/* The card's HTTP server: framing in pieces of any size, limits, and the answers to bad requests. */
#include "vuicc-dm-client.h"
#include "vuicc/http.h"

#define POST_HEAD	"POST /dm HTTP/1.1\r\nHost: x\r\n"
#define DM_TYPE		"Content-Type: application/vnd.syncml.dm+xml\r\n"

struct example {
	const char *request;
	int status;
};

static void run(const struct example *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct card *c = card_new(NULL, NULL);

		raw(c, e[i].request, strlen(e[i].request));
		if (c->status != e[i].status)
			fail_msg("%s\n-> %d, not %d", e[i].request, c->status, e[i].status);
		card_free(c);
	}
}

#define RUN(examples) run(examples, sizeof(examples) / sizeof((examples)[0]))

static void refuses(void **state)
{
	static const struct example bad[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 400 },			/* no Host */
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET  HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\n\r\n", 505 },
		{ "GET / HTTP/11\r\n\r\n", 400 },
		{ "GET relative HTTP/1.1\r\n", 400 },
		{ "GET http://host HTTP/1.1\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n", 400 },
		{ "VERYVERYLONGMETHOD / HTTP/1.1\r\n", 501 },
		{ "GET / HTTP/1.1\r\nno colon\r\n", 400 },
		{ "GET / HTTP/1.1\r\nName : x\r\n", 400 },
		{ "GET / HTTP/1.1\r\n folded\r\n", 400 },
		{ POST_HEAD "\r\n", 411 },
		{ POST_HEAD "Content-Length: \r\n", 400 },
		{ POST_HEAD "Content-Length: -1\r\n", 400 },
		{ POST_HEAD "Content-Length: 1\r\nContent-Length: 2\r\n", 400 },
		{ POST_HEAD "Content-Length: 65537\r\n\r\n", 413 },
		{ POST_HEAD "Content-Length: 99999999999999999999999\r\n\r\n", 413 },
		{ POST_HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ POST_HEAD "Transfer-Encoding: gzip\r\n", 501 },
		{ POST_HEAD "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400 },
		{ POST_HEAD "Transfer-Encoding: chunked\r\n\r\n10001\r\n", 413 },
		{ POST_HEAD "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFF\r\n", 413 },
		{ POST_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", 400 },
		{ POST_HEAD "Expect: tea\r\n", 417 },
		{ POST_HEAD "Content-Length: 1\r\n\r\nx", 415 },
		{ POST_HEAD "Content-Type: application/vnd.syncml.notification\r\n"
		  "Content-Length: 1\r\n\r\nx", 415 },
		{ POST_HEAD DM_TYPE "Content-Length: 1\r\n\r\nx", 400 },	/* not XML */
		{ POST_HEAD DM_TYPE "Content-Length: 0\r\n\r\n", 400 },
		{ "GET /dm HTTP/1.1\r\nHost: x\r\n\r\n", 405 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405 },
		{ "GET /dmx HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
		{ "POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 404 },
	};

	RUN(bad);
}

static void accepts(void **state)
{
	static const struct example good[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
		{ "\r\nGET / HTTP/1.1\nhost:x\n\n", 200 },
		{ "GET / HTTP/1.0\r\n\r\n", 200 },
		{ "GET http://127.0.0.1:3516/ HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
	};

	RUN(good);
}

static void limits_head(void **state)
{
	struct card *c = card_new(NULL, NULL);
	static char big[10000];
	int n = snprintf(big, sizeof(big), "GET / HTTP/1.1\r\nHost: x\r\nX: ");

	memset(big + n, 'x', 9000);
	raw(c, big, (size_t)n + 9000);
	assert_int_equal(c->status, 431);
	assert_int_equal(c->closed, 1);
	/* the connection is over, what follows is dropped */
	raw(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_int_equal(c->out_len, 0);
	card_free(c);
}

/* Chunks are limited as a sum, each of them being small. */
static void limits_chunks(void **state)
{
	static const char head[] = POST_HEAD "Transfer-Encoding: chunked\r\n\r\n";
	static char chunk[0x8000 + 16];
	struct card *c = card_new(NULL, NULL);
	int n = snprintf(chunk, sizeof(chunk), "8000\r\n");

	memset(chunk + n, 'x', 0x8000);
	memcpy(chunk + n + 0x8000, "\r\n", 2);
	raw(c, head, sizeof(head) - 1);
	raw(c, chunk, (size_t)n + 0x8002);
	raw(c, chunk, (size_t)n + 0x8002);
	assert_int_equal(c->status, 0);		/* 64 KiB, just allowed */
	raw(c, "1\r\nx\r\n", 6);
	assert_int_equal(c->status, 413);
	assert_int_equal(c->closed, 1);
	card_free(c);
}

static void limits_target(void **state)
{
	struct card *c = card_new(NULL, NULL);
	char line[1024] = "GET /";

	memset(line + 5, 'a', 600);
	strcpy(line + 605, " HTTP/1.1\r\n");
	raw(c, line, strlen(line));
	assert_int_equal(c->status, 414);
	card_free(c);
}

/* Every way to cut a chunked request in two gives the same request. */
static void any_cut(void **state)
{
	static const char text[] =
		"POST /dm?s=2A HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n7\r\n, world\r\n0\r\nT: x\r\n\r\n";
	size_t cut, len = sizeof(text) - 1;

	for (cut = 0; cut <= len; cut++) {
		struct vhttp_conn h;
		size_t used = 0, more = 0;
		enum vhttp_result ret;

		vhttp_init(&h);
		ret = vhttp_feed(&h, (const uint8_t *)text, cut, &used);
		if (cut < len) {
			assert_int_equal(ret, VHTTP_MORE);
			ret = vhttp_feed(&h, (const uint8_t *)text + cut, len - cut, &more);
		}
		assert_int_equal(ret, VHTTP_REQUEST);
		assert_int_equal(used + more, len);
		assert_string_equal(h.req.path, "/dm");
		assert_string_equal(h.req.query, "s=2A");
		assert_int_equal(h.req.body_len, 12);
		assert_memory_equal(h.req.body, "hello, world", 12);
		assert_true(h.req.keep_alive);
		vhttp_clear(&h);
	}
}

static void expect_continue(void **state)
{
	static const char head[] = POST_HEAD DM_TYPE "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n";
	struct card *c = card_new(NULL, NULL);

	raw(c, head, sizeof(head) - 1);
	assert_int_equal(c->status, 100);
	raw(c, "<a/>", 4);
	assert_int_equal(c->status, 400);
	assert_int_equal(c->closed, 0);
	/* head and body at once: nothing to wait for */
	raw(c, POST_HEAD DM_TYPE "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n<a/>",
	    sizeof(head) - 1 + 4);
	assert_int_equal(c->status, 400);
	card_free(c);
}

static void keeps_and_closes(void **state)
{
	static const char two[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
				  "GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n"
				  "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct card *c = card_new(NULL, NULL);
	const char *second;

	raw(c, two, sizeof(two) - 1);
	assert_non_null(strstr(c->out, "Connection: keep-alive"));
	second = strstr(c->body, "HTTP/1.1 200 OK");
	assert_non_null(second);
	assert_non_null(strstr(second, "Connection: close"));
	/* the third came after the close */
	assert_null(strstr(second + 1, "HTTP/1.1 200 OK"));
	assert_int_equal(c->closed, 1);
	card_free(c);
}

/* A request cut off by the end of the connection leaves nothing behind for the next one. */
static void half_request(void **state)
{
	struct card *c = card_new(NULL, NULL);

	raw(c, POST_HEAD "Content-Length: 100\r\n\r\nhalf", strlen(POST_HEAD) + 27);
	assert_int_equal(c->out_len, 0);
	vuicc_app_disconnected(c->app, CH);
	raw(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_int_equal(c->out_len, 0);
	vuicc_app_connected(c->app, CH);
	raw(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_int_equal(c->status, 200);
	/* channels that do not exist */
	vuicc_app_connected(c->app, 99);
	vuicc_app_data(c->app, -1, (const uint8_t *)"x", 1);
	vuicc_app_disconnected(c->app, 8);
	card_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses), cmocka_unit_test(accepts),
		cmocka_unit_test(limits_head), cmocka_unit_test(limits_chunks),
		cmocka_unit_test(limits_target),
		cmocka_unit_test(any_cut), cmocka_unit_test(expect_continue),
		cmocka_unit_test(keeps_and_closes), cmocka_unit_test(half_request),
	};

	return cmocka_run_group_tests_name("vuicc_http", tests, NULL, NULL);
}
