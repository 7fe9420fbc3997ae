// SPDX-License-Identifier: BSD-3-Clause
/*
 * The HTTP transport against a server of a few lines on the loopback interface: what goes out with a
 * message, what comes back with the answer, and whom it refuses to speak to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/loop.h"
#include "agent/transport.h"
#include "dm/dm.h"

#define MAX_BODY	64

static struct loop *loop;
static struct transport *transport;
static int listener, peer;
static unsigned int port;
static char request[4096];
static size_t request_len;
static const char *response;

/* ------------------------------------------------------------------------------ the server */

static void on_request(void *arg, int fd, uint32_t events)
{
	ssize_t n = recv(fd, request + request_len, sizeof(request) - 1 - request_len, MSG_DONTWAIT);

	if (n > 0) {
		request_len += (size_t)n;
		request[request_len] = '\0';
	}
	if (n > 0 && !strstr(request, "\r\n\r\nbody"))
		return;
	if (n > 0)
		assert_int_equal(send(fd, response, strlen(response), MSG_NOSIGNAL), strlen(response));
	loop_watch(loop, fd, 0, NULL, NULL);
	close(fd);
	peer = -1;
}

static void on_connect(void *arg, int fd, uint32_t events)
{
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(loop_watch(loop, peer, EPOLLIN, on_request, NULL), 0);
}

/* ------------------------------------------------------------------------------ the answer */

static struct {
	int n;
	enum transport_result result;
	char type[128], hmac[DM_HMAC_MAX], body[MAX_BODY + 1], why[200];
	bool has_hmac;
} answer;

static void on_done(void *arg, enum transport_result result, const struct transport_message *m,
		    const char *why)
{
	answer.n++;
	answer.result = result;
	answer.has_hmac = m->hmac;
	snprintf(answer.type, sizeof(answer.type), "%s", m->content_type);
	snprintf(answer.hmac, sizeof(answer.hmac), "%s", m->hmac ? m->hmac : "");
	snprintf(answer.body, sizeof(answer.body), "%.*s", (int)m->len, (const char *)m->body);
	snprintf(answer.why, sizeof(answer.why), "%s", why ? why : "");
	loop_quit(loop, 0);
}

static int setup(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	memset(&answer, 0, sizeof(answer));
	request_len = 0;
	peer = -1;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sa, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&sa, &len))
		return -1;
	port = ntohs(sa.sin_port);
	return loop_new(&loop) || loop_watch(loop, listener, EPOLLIN, on_connect, NULL) ||
	       transport_http_new(loop, port, 10, MAX_BODY, &transport);
}

static int teardown(void **state)
{
	transport->ops->free(transport);
	loop_watch(loop, listener, 0, NULL, NULL);
	close(listener);
	loop_free(loop);
	return 0;
}

static int post(const char *host, unsigned int to, const char *hmac)
{
	const struct transport_message m = {
		.content_type = DM_CONTENT_TYPE_WBXML, .hmac = hmac, .body = "body", .len = 4,
	};
	char uri[80];

	snprintf(uri, sizeof(uri), "http://%s:%u/dm", host, to);
	return transport->ops->post(transport, uri, &m, on_done, NULL);
}

static void stuck(void *arg)
{
	loop_quit(loop, 1);
}

static void exchange(const char *hmac, const char *reply)
{
	response = reply;
	request_len = 0;
	answer.n = 0;
	assert_int_equal(post("127.0.0.1", port, hmac), 0);
	loop_timer(loop, 10000, stuck, NULL);
	assert_int_equal(loop_run(loop), 0);
	loop_timer(loop, -1, stuck, NULL);
	assert_int_equal(answer.n, 1);
}

#define OK(headers, body)	"HTTP/1.1 200 OK\r\n" headers "Content-Length: 2\r\n\r\n" body
#define MAC	"algorithm=MD5, username=\"dmsc.example\", mac=AAAA"

static void what_goes_with_a_message(void **state)
{
	exchange("algorithm=MD5, username=\"c\", mac=BBBB", OK("Content-Type: a/b; c=d\r\n", "ok"));
	assert_int_equal(answer.result, TRANSPORT_OK);
	assert_string_equal(answer.type, "a/b; c=d");
	assert_string_equal(answer.body, "ok");
	assert_false(answer.has_hmac);
	assert_non_null(strstr(request, "POST /dm HTTP/1.1\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Type: " DM_CONTENT_TYPE_WBXML "\r\n"));
	assert_non_null(strstr(request, "\r\nx-syncml-hmac: algorithm=MD5, username=\"c\", mac=BBBB\r\n"));
	assert_null(strstr(request, "Expect:"));
	exchange(NULL, OK("", "ok"));
	assert_null(strstr(request, "hmac"));
	assert_string_equal(answer.type, "");
}

static void the_mac_of_the_answer(void **state)
{
	static const struct {
		const char *reply, *want;
	} v[] = {
		{ OK("x-syncml-hmac: " MAC "\r\n", "ok"), MAC },
		{ OK("X-SYNCML-HMAC:" MAC " \t\r\n", "ok"), MAC },
		{ OK("x-syncml-hmac: \r\n", "ok"), "" },
		/* two of them: neither counts, but it is not as if there were none */
		{ OK("x-syncml-hmac: " MAC "\r\nx-syncml-hmac: " MAC "\r\n", "ok"), "" },
		/* of an interim response: not of this one */
		{ "HTTP/1.1 100 Continue\r\nx-syncml-hmac: " MAC "\r\n\r\n" OK("", "ok"), NULL },
		{ OK("x-syncml-hmac2: " MAC "\r\n", "ok"), NULL },
	};
	char longer[2048];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		exchange(NULL, v[i].reply);
		assert_int_equal(answer.result, TRANSPORT_OK);
		assert_int_equal(answer.has_hmac, v[i].want != NULL);
		assert_string_equal(answer.hmac, v[i].want ? v[i].want : "");
	}
	snprintf(longer, sizeof(longer), OK("x-syncml-hmac: %0600d\r\n", "ok"), 1);
	exchange(NULL, longer);
	assert_true(answer.has_hmac);
	assert_string_equal(answer.hmac, "");
}

static void answers_by_their_code(void **state)
{
	static const struct {
		const char *reply;
		enum transport_result result;
	} v[] = {
		{ "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", TRANSPORT_RETRY },
		{ "HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", TRANSPORT_RETRY },
		{ "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n", TRANSPORT_FAILED },
		/* not followed */
		{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		  TRANSPORT_FAILED },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", TRANSPORT_RETRY },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n"
		  "0123456789012345678901234567890123456789012345678901234567890123456789", TRANSPORT_FAILED },
		{ "nonsense", TRANSPORT_FAILED },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		exchange(NULL, v[i].reply);
		if (answer.result != v[i].result)
			print_error("answer %zu: %s\n", i, answer.why);
		assert_int_equal(answer.result, v[i].result);
		assert_true(*answer.why);
	}
}

static void only_the_gateway_is_spoken_to(void **state)
{
	assert_int_equal(post("127.0.0.1", port + 1, NULL), -EACCES);
	assert_int_equal(post("127.0.0.2", port, NULL), -EACCES);
	assert_int_equal(post("example.com", port, NULL), -EACCES);
	assert_int_equal(post("127.0.0.1@example.com", port, NULL), -EACCES);
	assert_int_equal(post("localhost", port, NULL), 0);
	assert_int_equal(post("localhost", port, NULL), -EBUSY);
	transport->ops->cancel(transport);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_goes_with_a_message),
		T(the_mac_of_the_answer),
		T(answers_by_their_code),
		T(only_the_gateway_is_spoken_to),
	};

	return cmocka_run_group_tests_name("agent_transport", tests, NULL, NULL);
}
