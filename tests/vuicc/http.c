// SPDX-License-Identifier: BSD-3-Clause
/*
 * HTTP/1.1, server side, as a machine that takes a byte stream in pieces of any size.
 *
 * A request that never gets complete is waited for without limit here: the card has
 * the channel below, and its end (vhttp_clear()) ends the wait.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vuicc/http.h"

#define CHUNK_LINE_MAX	256	/* size, extension and line end of one chunk */

void vhttp_init(struct vhttp_conn *c)
{
	memset(c, 0, sizeof(*c));
}

void vhttp_clear(struct vhttp_conn *c)
{
	free(c->req.body);
	vhttp_init(c);
}

void vhttp_next(struct vhttp_conn *c)
{
	if (c->state == VHTTP_DONE)
		vhttp_clear(c);
}

static enum vhttp_result bad(struct vhttp_conn *c, int status)
{
	c->state = VHTTP_DEAD;
	c->error = status;
	c->req.keep_alive = false;
	return VHTTP_BAD;
}

static bool is_token(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("!#$%&'*+-.^_`|~", s[i]))
			return false;
	return len > 0;
}

/* Splits the request target; the absolute form loses its scheme and authority. 0 or a status. */
static int set_target(struct vhttp_request *req, const char *target, size_t len)
{
	const char *query;
	size_t path_len;

	if (len > 7 && !strncasecmp(target, "http://", 7)) {
		const char *path = memchr(target + 7, '/', len - 7);

		if (!path)
			return 400;
		len -= (size_t)(path - target);
		target = path;
	}
	if (target[0] != '/')
		return 400;
	query = memchr(target, '?', len);
	path_len = query ? (size_t)(query - target) : len;
	if (path_len >= sizeof(req->path))
		return 414;
	memcpy(req->path, target, path_len);
	req->path[path_len] = '\0';
	if (!query)
		return 0;
	len -= path_len + 1;
	if (len >= sizeof(req->query))
		return 414;
	memcpy(req->query, query + 1, len);
	req->query[len] = '\0';
	return 0;
}

/* "METHOD SP target SP HTTP/1.x". 0 or the status to answer. */
static int request_line(struct vhttp_conn *c, const char *line)
{
	const char *target = strchr(line, ' ');
	const char *version = target ? strchr(target + 1, ' ') : NULL;
	size_t method_len;

	if (!target || !version || version == target + 1)
		return 400;
	method_len = (size_t)(target - line);
	if (!is_token(line, method_len))
		return 400;
	if (method_len >= sizeof(c->req.method))
		return 501;
	if (strncmp(version + 1, "HTTP/", 5) || strlen(version + 1) != 8 ||
	    !isdigit((unsigned char)version[6]) || version[7] != '.' ||
	    !isdigit((unsigned char)version[8]))
		return 400;
	if (version[6] != '1')
		return 505;
	c->minor_0 = version[8] == '0';
	c->req.keep_alive = !c->minor_0;
	memcpy(c->req.method, line, method_len);
	c->req.method[method_len] = '\0';
	return set_target(&c->req, target + 1, (size_t)(version - target - 1));
}

/* Is the token in the comma-separated list? */
static bool list_has(const char *list, const char *token)
{
	size_t len = strlen(token);

	while (*list) {
		size_t n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,;");
		if (n == len && !strncasecmp(list, token, len))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static int set_length(struct vhttp_conn *c, const char *value)
{
	size_t len = 0;
	const char *p;

	if (!*value)
		return 400;
	for (p = value; *p; p++) {
		if (!isdigit((unsigned char)*p))
			return 400;
		if (len <= VHTTP_BODY_MAX)
			len = len * 10 + (size_t)(*p - '0');
	}
	/* two lengths are a way to smuggle requests, unless they agree */
	if (c->has_length && c->todo != len)
		return 400;
	c->has_length = true;
	c->todo = len;
	return 0;
}

/* Keeps the value; a header that may be given once only, or is too long, is refused. */
static int keep(char *field, size_t room, const char *value)
{
	if (*field || strlen(value) >= room)
		return 400;
	strcpy(field, value);
	return 0;
}

/* What the DM server has to know of a request. */
static int dm_header(struct vhttp_request *req, const char *name, const char *value)
{
	if (!strcasecmp(name, "Accept"))
		return keep(req->accept, sizeof(req->accept), value);
	if (!strcasecmp(name, "Accept-Charset"))
		return keep(req->accept_charset, sizeof(req->accept_charset), value);
	if (!strcasecmp(name, "Cache-Control"))
		return keep(req->cache_control, sizeof(req->cache_control), value);
	if (!strcasecmp(name, "x-syncml-hmac")) {
		req->has_hmac = true;
		return keep(req->hmac, sizeof(req->hmac), value);
	}
	return 0;
}

static int header_value(struct vhttp_conn *c, const char *name, const char *value)
{
	if (!strcasecmp(name, "Host")) {
		if (c->has_host)
			return 400;
		c->has_host = true;
	} else if (!strcasecmp(name, "Content-Length")) {
		return set_length(c, value);
	} else if (!strcasecmp(name, "Transfer-Encoding")) {
		if (c->chunked || c->minor_0)
			return 400;
		if (strcasecmp(value, "chunked"))
			return 501;
		c->chunked = true;
	} else if (!strcasecmp(name, "Content-Type")) {
		if (strlen(value) >= sizeof(c->req.content_type))
			return 415;
		strcpy(c->req.content_type, value);
	} else if (!strcasecmp(name, "Connection")) {
		if (list_has(value, "close"))
			c->req.keep_alive = false;
	} else if (!strcasecmp(name, "Expect")) {
		if (strcasecmp(value, "100-continue"))
			return 417;
		c->expect = !c->minor_0;
	} else {
		return dm_header(&c->req, name, value);
	}
	return 0;
}

/* One header line. 0 or the status to answer. */
static int header_line(struct vhttp_conn *c, char *line)
{
	char *colon = strchr(line, ':');
	char *value;
	size_t len;

	/* a folded line or blanks before the colon are refused by RFC 9112 */
	if (!colon || !is_token(line, (size_t)(colon - line)))
		return 400;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	len = strlen(value);
	while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
	return header_value(c, line, value);
}

/* The empty line after the headers: what follows? */
static enum vhttp_result head_end(struct vhttp_conn *c)
{
	bool post = !strcmp(c->req.method, "POST");

	if (!c->minor_0 && !c->has_host)
		return bad(c, 400);
	if (c->chunked && c->has_length)
		return bad(c, 400);
	if (post && !c->chunked && !c->has_length)
		return bad(c, 411);
	if (c->todo > VHTTP_BODY_MAX)
		return bad(c, 413);
	if (!c->chunked && !c->todo) {
		c->state = VHTTP_DONE;
		return VHTTP_REQUEST;
	}
	c->req.body = malloc(VHTTP_BODY_MAX);
	if (!c->req.body)
		return bad(c, 503);
	c->state = c->chunked ? VHTTP_CHUNK_SIZE : VHTTP_BODY;
	return c->expect ? VHTTP_CONTINUE : VHTTP_MORE;
}

static enum vhttp_result chunk_size(struct vhttp_conn *c, const char *line)
{
	size_t size = 0;
	const char *p;

	for (p = line; isxdigit((unsigned char)*p); p++) {
		int digit = tolower((unsigned char)*p);

		digit -= isdigit(digit) ? '0' : 'a' - 10;
		if (size <= VHTTP_BODY_MAX)
			size = size * 16 + (size_t)digit;
	}
	if (p == line || (*p && *p != ';' && *p != ' ' && *p != '\t'))
		return bad(c, 400);
	if (size > VHTTP_BODY_MAX - c->req.body_len)
		return bad(c, 413);
	c->todo = size;
	c->state = size ? VHTTP_CHUNK_DATA : VHTTP_TRAILER;
	return VHTTP_MORE;
}

/* A line without its line end, as text. */
static enum vhttp_result line_done(struct vhttp_conn *c)
{
	int status = 0;

	switch (c->state) {
	case VHTTP_REQUEST_LINE:
		/* an empty line left over from the request before is harmless */
		if (!c->line_len)
			return VHTTP_MORE;
		status = request_line(c, c->line);
		c->state = VHTTP_HEADER;
		break;
	case VHTTP_HEADER:
		if (!c->line_len)
			return head_end(c);
		status = header_line(c, c->line);
		break;
	case VHTTP_CHUNK_SIZE:
		return chunk_size(c, c->line);
	case VHTTP_CHUNK_END:
		if (c->line_len)
			return bad(c, 400);
		c->state = VHTTP_CHUNK_SIZE;
		break;
	case VHTTP_TRAILER:
		if (c->line_len)
			break;
		c->state = VHTTP_DONE;
		return VHTTP_REQUEST;
	case VHTTP_BODY:
	case VHTTP_CHUNK_DATA:
	case VHTTP_DONE:
	case VHTTP_DEAD:
		return bad(c, 500);
	}
	return status ? bad(c, status) : VHTTP_MORE;
}

/* One byte of a line; lines end with LF, a CR before it is dropped. */
static enum vhttp_result line_byte(struct vhttp_conn *c, uint8_t byte)
{
	bool chunk = c->state == VHTTP_CHUNK_SIZE || c->state == VHTTP_CHUNK_END;
	enum vhttp_result ret;

	/* chunk lines are limited one by one, since the body limits their number */
	if (!chunk && ++c->head_len > VHTTP_HEAD_MAX)
		return bad(c, 431);
	if (byte != '\n') {
		if (!byte || (chunk && c->line_len >= CHUNK_LINE_MAX))
			return bad(c, 400);
		c->line[c->line_len++] = (char)byte;
		return VHTTP_MORE;
	}
	if (c->line_len && c->line[c->line_len - 1] == '\r')
		c->line_len--;
	c->line[c->line_len] = '\0';
	ret = line_done(c);
	c->line_len = 0;
	return ret;
}

static enum vhttp_result body_bytes(struct vhttp_conn *c, const uint8_t *buf, size_t len,
				    size_t *used)
{
	size_t n = len < c->todo ? len : c->todo;

	memcpy(c->req.body + c->req.body_len, buf, n);
	c->req.body_len += n;
	c->todo -= n;
	*used += n;
	if (c->todo)
		return VHTTP_MORE;
	if (c->state == VHTTP_CHUNK_DATA) {
		c->state = VHTTP_CHUNK_END;
		return VHTTP_MORE;
	}
	c->state = VHTTP_DONE;
	return VHTTP_REQUEST;
}

enum vhttp_result vhttp_feed(struct vhttp_conn *c, const uint8_t *buf, size_t len, size_t *used)
{
	enum vhttp_result ret = VHTTP_MORE;

	*used = 0;
	while (ret == VHTTP_MORE && *used < len) {
		switch (c->state) {
		case VHTTP_BODY:
		case VHTTP_CHUNK_DATA:
			ret = body_bytes(c, buf + *used, len - *used, used);
			break;
		case VHTTP_DONE:
			return VHTTP_REQUEST;
		case VHTTP_DEAD:
			*used = len;
			break;
		case VHTTP_REQUEST_LINE:
		case VHTTP_HEADER:
		case VHTTP_CHUNK_SIZE:
		case VHTTP_CHUNK_END:
		case VHTTP_TRAILER:
			ret = line_byte(c, buf[(*used)++]);
			break;
		}
	}
	return ret;
}

const char *vhttp_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 400, "Bad Request" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 411, "Length Required" },
		{ 413, "Content Too Large" }, { 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

int vhttp_response_head(char *buf, size_t room, const struct vhttp_head *h)
{
	int n = snprintf(buf, room,
			 "HTTP/1.1 %d %s\r\n"
			 "Content-Type: %s\r\n"
			 "Content-Length: %zu\r\n"
			 "Cache-Control: no-store\r\n"
			 "%s%s%s%s%s%s"
			 "Connection: %s\r\n"
			 "\r\n",
			 h->status, vhttp_reason(h->status), h->type, h->body_len,
			 h->allow ? "Allow: " : "", h->allow ? h->allow : "", h->allow ? "\r\n" : "",
			 h->hmac ? "x-syncml-hmac: " : "", h->hmac ? h->hmac : "", h->hmac ? "\r\n" : "",
			 h->keep_alive ? "keep-alive" : "close");

	return n < 0 || (size_t)n >= room ? -EMSGSIZE : n;
}
