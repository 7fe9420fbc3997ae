/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix stream sockets that never block the card: a connection with an output
 * buffer, and an endpoint that waits for (or calls) its one peer.
 */
#ifndef VUICC_SOCK_H
#define VUICC_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A peer that lets this much pile up is cut off. */
#define UICC_CONN_BACKLOG	(64 * 1024)
/* How long, and how often, an endpoint calls a peer that is not there yet. */
#define UICC_CALL_PATIENCE_NS	30000000000ULL
#define UICC_CALL_EVERY_NS	100000000ULL

struct uicc_conn {
	int fd;			/* -1 = closed */
	uint8_t *out;
	size_t out_len;
};

void uicc_conn_init(struct uicc_conn *c);
void uicc_conn_close(struct uicc_conn *c);
/* Sends or buffers everything: 0, or -errno and the connection is to be closed. */
int uicc_conn_write(struct uicc_conn *c, const void *buf, size_t len);
int uicc_conn_flush(struct uicc_conn *c);
/* Bytes read, 0 = nothing there now, -errno (-EPIPE: the peer closed). */
ssize_t uicc_conn_read(struct uicc_conn *c, void *buf, size_t room);

struct uicc_endpoint {
	const char *path;	/* NULL = not used */
	bool call;		/* connect to the path instead of listening there */
	int listen_fd;
	uint64_t call_at;	/* next attempt, 0 = none planned */
	uint64_t give_up_at;
	struct uicc_conn conn;
};

/* Listens, or plans the first call. 0 or -errno. */
int uicc_endpoint_open(struct uicc_endpoint *e, const char *path, bool call, uint64_t now);
void uicc_endpoint_close(struct uicc_endpoint *e);
/* What poll() should look at: the peer if there is one, else the listening socket; -1 = nothing. */
int uicc_endpoint_fd(const struct uicc_endpoint *e);
short uicc_endpoint_events(const struct uicc_endpoint *e);
/* Takes a peer that waits, or calls it when it is time. 1 = a peer is new, 0, -errno = gave up. */
int uicc_endpoint_meet(struct uicc_endpoint *e, uint64_t now);

/* Listening socket at path (an old one is removed), or -errno. */
int uicc_listen(const char *path, int backlog);
/* Next waiting peer, or -errno (-EAGAIN: nobody). */
int uicc_accept(int listen_fd);

/* Text lines out of a stream. */
#define UICC_LINE_MAX	2048
struct uicc_linebuf {
	char buf[UICC_LINE_MAX];
	size_t len;
	bool overlong;		/* the rest of a line that did not fit is skipped */
};

/*
 * Copies the next complete line without its end into line (UICC_LINE_MAX bytes), taken from what
 * was put into the buffer by reading at most uicc_linebuf_room() bytes to
 * uicc_linebuf_tail(). 1 = a line, 0 = none yet, -EMSGSIZE = a line was too long.
 */
int uicc_linebuf_next(struct uicc_linebuf *l, char *line);
static inline char *uicc_linebuf_tail(struct uicc_linebuf *l)
{
	return l->buf + l->len;
}

static inline size_t uicc_linebuf_room(const struct uicc_linebuf *l)
{
	return sizeof(l->buf) - l->len;
}

#endif /* VUICC_SOCK_H */
