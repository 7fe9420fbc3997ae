/* SPDX-License-Identifier: BSD-3-Clause */
/* The server side of HTTP/1.1 on a byte stream: requests in, response heads out. */
#ifndef VUICC_HTTP_H
#define VUICC_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VHTTP_HEAD_MAX	8192
#define VHTTP_BODY_MAX	65536

enum vhttp_state {
	VHTTP_REQUEST_LINE,
	VHTTP_HEADER,
	VHTTP_BODY,
	VHTTP_CHUNK_SIZE,
	VHTTP_CHUNK_DATA,
	VHTTP_CHUNK_END,
	VHTTP_TRAILER,
	VHTTP_DONE,		/* a request is complete, the caller answers it */
	VHTTP_DEAD,		/* the stream is beyond repair, all input is dropped */
};

enum vhttp_result {
	VHTTP_MORE,		/* all input used, the request is not complete */
	VHTTP_CONTINUE,		/* the client waits for 100 Continue before it sends the body */
	VHTTP_REQUEST,		/* conn->req is complete */
	VHTTP_BAD,		/* conn->error is the status to answer, then close */
};

struct vhttp_request {
	char method[16];
	char path[512];		/* without the query */
	char query[256];	/* "" if none */
	char content_type[128];
	char accept[256], accept_charset[64], cache_control[64];	/* "" if none */
	char hmac[512];		/* x-syncml-hmac */
	bool has_hmac;
	bool keep_alive;
	uint8_t *body;
	size_t body_len;
};

struct vhttp_conn {
	enum vhttp_state state;
	int error;
	char line[VHTTP_HEAD_MAX + 1];	/* the line being received */
	size_t line_len;
	size_t head_len;		/* bytes of all lines of this request */
	bool minor_0;			/* HTTP/1.0 */
	bool has_host, has_length, chunked, expect;
	size_t todo;			/* bytes of the body or chunk to come */
	struct vhttp_request req;
};

void vhttp_init(struct vhttp_conn *c);
void vhttp_clear(struct vhttp_conn *c);

/*
 * Takes bytes of the stream up to the end of a request; *used says how many.  After
 * VHTTP_REQUEST, vhttp_next() makes ready for the next request on the connection.
 */
enum vhttp_result vhttp_feed(struct vhttp_conn *c, const uint8_t *buf, size_t len, size_t *used);
void vhttp_next(struct vhttp_conn *c);

struct vhttp_head {
	int status;
	const char *type;
	size_t body_len;
	bool keep_alive;
	const char *allow, *hmac;	/* headers Allow and x-syncml-hmac, NULL = none */
};

/* Writes the head of a response. Length or -EMSGSIZE. */
int vhttp_response_head(char *buf, size_t room, const struct vhttp_head *h);
const char *vhttp_reason(int status);

#endif /* VUICC_HTTP_H */
