// SPDX-License-Identifier: BSD-3-Clause
/*
 * HTTP binding of OMA DM (spec: POST, one message a request) over libcurl, driven by the
 * agent's event loop.  Redirects are not followed and proxies are not used: the server is the
 * card, behind the gateway on the loopback interface.
 */
#include "agent/transport.h"
#include "dm/dm.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

struct http {
	struct transport base;
	struct loop *loop;
	CURLM *multi;
	CURL *easy;			/* the request under way, NULL = none */
	struct curl_slist *headers;
	unsigned int port, timeout_s;
	size_t max_body;
	char *body;
	size_t len;
	bool too_long;
	bool has_hmac;
	char hmac[DM_HMAC_MAX];		/* of the answer */
	transport_done_fn done;
	void *arg;
	char error[CURL_ERROR_SIZE];
};

static struct http *to_http(struct transport *t)
{
	return (struct http *)t;
}

static void end_request(struct http *h)
{
	if (h->easy) {
		curl_multi_remove_handle(h->multi, h->easy);
		curl_easy_cleanup(h->easy);
	}
	curl_slist_free_all(h->headers);
	h->headers = NULL;
	h->easy = NULL;
	free(h->body);
	h->body = NULL;
	h->len = 0;
}

/* Codes after which the same message may be sent again (spec/HTTP binding). */
static bool worth_a_retry(long code)
{
	return code == 408 || code == 500 || code == 502 || code == 503 || code == 504;
}

static enum transport_result judge(struct http *h, CURLcode rc, char *why, size_t why_len)
{
	long code = 0;

	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &code);
	if (h->too_long) {
		snprintf(why, why_len, "answer is longer than %zu bytes", h->max_body);
		return TRANSPORT_FAILED;
	}
	if (rc != CURLE_OK) {
		snprintf(why, why_len, "%s", *h->error ? h->error : curl_easy_strerror(rc));
		return rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ?
			TRANSPORT_FAILED : TRANSPORT_RETRY;
	}
	if (code == 200)
		return TRANSPORT_OK;
	snprintf(why, why_len, "HTTP status %ld", code);
	return worth_a_retry(code) ? TRANSPORT_RETRY : TRANSPORT_FAILED;
}

static void finish(struct http *h, CURLcode rc)
{
	char why[CURL_ERROR_SIZE + 32] = "", type[128] = "";
	enum transport_result result = judge(h, rc, why, sizeof(why));
	transport_done_fn done = h->done;
	void *arg = h->arg;
	const char *ct = NULL;
	char *body = h->body;
	struct transport_message answer = {
		.content_type = type, .hmac = h->has_hmac ? h->hmac : NULL,
		.body = body ? body : "", .len = h->len,
	};

	if (curl_easy_getinfo(h->easy, CURLINFO_CONTENT_TYPE, &ct) == CURLE_OK && ct)
		snprintf(type, sizeof(type), "%s", ct);
	h->body = NULL;		/* outlives the request: done() may post the next one */
	end_request(h);
	done(arg, result, &answer, result == TRANSPORT_OK ? NULL : why);
	free(body);
}

static void reap(struct http *h)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left))) {
		if (msg->msg != CURLMSG_DONE || msg->easy_handle != h->easy)
			continue;
		finish(h, msg->data.result);
		return;
	}
}

static void on_fd(void *arg, int fd, uint32_t events)
{
	struct http *h = arg;
	int mask = 0, running;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(h->multi, fd, mask, &running);
	reap(h);
}

static void on_timer(void *arg)
{
	struct http *h = arg;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(h);
}

static int socket_cb(CURL *easy, curl_socket_t fd, int what, void *user, void *sockp)
{
	struct http *h = user;
	uint32_t events = 0;

	if (what != CURL_POLL_REMOVE) {
		if (what & CURL_POLL_IN)
			events |= EPOLLIN;
		if (what & CURL_POLL_OUT)
			events |= EPOLLOUT;
	}
	return loop_watch(h->loop, fd, events, on_fd, h) ? -1 : 0;
}

static int timer_cb(CURLM *multi, long ms, void *user)
{
	struct http *h = user;

	return loop_timer(h->loop, ms, on_timer, h) ? -1 : 0;
}

static size_t write_cb(char *ptr, size_t size, size_t n, void *user)
{
	struct http *h = user;
	size_t add = size * n;
	char *p;

	if (add > h->max_body - h->len) {
		h->too_long = true;
		return 0;
	}
	p = realloc(h->body, h->len + add + 1);
	if (!p)
		return 0;
	memcpy(p + h->len, ptr, add);
	h->body = p;
	h->len += add;
	p[h->len] = 0;
	return add;
}

/*
 * A header line of the answer, without a NUL. One that is too long or there twice must not look as
 * if there were none: it becomes a value that nothing fits.
 */
static size_t header_cb(char *line, size_t size, size_t n, void *user)
{
	static const char name[] = DM_HMAC_HEADER ":";
	struct http *h = user;
	size_t len = size * n, skip = sizeof(name) - 1;

	if (len >= 5 && !memcmp(line, "HTTP/", 5))
		h->has_hmac = false;		/* a response of its own, after a 1xx */
	if (len < skip || strncasecmp(line, name, skip))
		return len;
	while (skip < len && strchr(" \t", line[skip]))
		skip++;
	while (len > skip && strchr(" \t\r\n", line[len - 1]))
		len--;
	if (h->has_hmac || len - skip >= sizeof(h->hmac)) {
		h->hmac[0] = 0;
	} else {
		memcpy(h->hmac, line + skip, len - skip);
		h->hmac[len - skip] = 0;
	}
	h->has_hmac = true;
	return size * n;
}

/* The URL may come from the card (RespURI): nothing but the gateway is ever connected to. */
static bool allowed(const struct http *h, const char *uri)
{
	char *host = NULL, *port = NULL, *scheme = NULL;
	CURLU *u = curl_url();
	bool ok = false;

	if (u && curl_url_set(u, CURLUPART_URL, uri, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		ok = !strcmp(scheme, "http") &&
		     (!strcmp(host, "127.0.0.1") || !strcmp(host, "localhost")) &&
		     strtoul(port, NULL, 10) == h->port;
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ok;
}

/* One header line more; an empty value means none. */
static bool add_header(struct http *h, const char *name, const char *value)
{
	char line[DM_HMAC_MAX + 32];
	struct curl_slist *next;

	if (snprintf(line, sizeof(line), "%s:%s%s", name, *value ? " " : "", value) >= (int)sizeof(line))
		return false;
	next = curl_slist_append(h->headers, line);
	if (!next)
		return false;
	h->headers = next;
	return true;
}

static int set_headers(struct http *h, const struct transport_message *m)
{
	static const struct { const char *name, *value; } fixed[] = {
		{ "Accept", DM_CONTENT_TYPE_XML ", " DM_CONTENT_TYPE_WBXML },
		{ "Accept-Charset", "utf-8" },
		{ "Cache-Control", "no-store" },
		{ "Expect", "" },	/* the card's memory is small, its rounds are slow */
	};

	if (!add_header(h, "Content-Type", m->content_type))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (!add_header(h, fixed[i].name, fixed[i].value))
			return -ENOMEM;
	return m->hmac && !add_header(h, DM_HMAC_HEADER, m->hmac) ? -ENOMEM : 0;
}

static void set_options(struct http *h, const char *uri, const struct transport_message *m)
{
	CURL *e = h->easy;

	curl_easy_setopt(e, CURLOPT_URL, uri);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_IPRESOLVE, CURL_IPRESOLVE_V4);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)h->timeout_s);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "dmsc/1.0");
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->len);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, m->body);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, write_cb);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, header_cb);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->error);
}

static int http_post(struct transport *t, const char *uri, const struct transport_message *m,
		     transport_done_fn done, void *arg)
{
	struct http *h = to_http(t);

	if (h->easy)
		return -EBUSY;
	if (!allowed(h, uri))
		return -EACCES;
	h->easy = curl_easy_init();
	if (!h->easy || set_headers(h, m)) {
		end_request(h);
		return -ENOMEM;
	}
	h->done = done;
	h->arg = arg;
	h->too_long = h->has_hmac = false;
	h->error[0] = 0;
	set_options(h, uri, m);
	if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK) {
		curl_easy_cleanup(h->easy);
		h->easy = NULL;
		end_request(h);
		return -ENOMEM;
	}
	return 0;
}

static void http_cancel(struct transport *t)
{
	end_request(to_http(t));
}

static void http_free(struct transport *t)
{
	struct http *h = to_http(t);

	end_request(h);
	curl_multi_cleanup(h->multi);
	loop_timer(h->loop, -1, on_timer, h);
	curl_global_cleanup();
	free(h);
}

static const struct transport_ops http_ops = {
	.post = http_post,
	.cancel = http_cancel,
	.free = http_free,
};

int transport_http_new(struct loop *loop, unsigned int port, unsigned int timeout_s,
		       size_t max_body, struct transport **ret)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_NOTHING))
		return -ENOMEM;
	h = calloc(1, sizeof(*h));
	if (!h)
		goto err_global;
	h->base.ops = &http_ops;
	h->loop = loop;
	h->port = port;
	h->timeout_s = timeout_s;
	h->max_body = max_body;
	h->multi = curl_multi_init();
	if (!h->multi)
		goto err_free;
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer_cb);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	*ret = &h->base;
	return 0;

err_free:
	free(h);
err_global:
	curl_global_cleanup();
	return -ENOMEM;
}
