// SPDX-License-Identifier: BSD-3-Clause
/* Unix stream sockets that never block the card. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sock.h"

void uicc_conn_init(struct uicc_conn *c)
{
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

void uicc_conn_close(struct uicc_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->out);
	uicc_conn_init(c);
}

static ssize_t send_some(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	return n;
}

int uicc_conn_flush(struct uicc_conn *c)
{
	while (c->fd >= 0 && c->out_len) {
		ssize_t n = send_some(c->fd, c->out, c->out_len);

		if (n < 0)
			return n;
		if (!n)
			return 0;
		c->out_len -= n;
		memmove(c->out, c->out + n, c->out_len);
	}
	return 0;
}

int uicc_conn_write(struct uicc_conn *c, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	ssize_t n = 0;
	uint8_t *out;

	if (c->fd < 0)
		return -ENOTCONN;
	if (!c->out_len) {
		n = send_some(c->fd, p, len);
		if (n < 0)
			return n;
	}
	if ((size_t)n == len)
		return 0;
	p += n;
	len -= n;
	if (len > UICC_CONN_BACKLOG - c->out_len)
		return -ENOBUFS;
	out = realloc(c->out, c->out_len + len);
	if (!out)
		return -ENOMEM;
	memcpy(out + c->out_len, p, len);
	c->out = out;
	c->out_len += len;
	return 0;
}

ssize_t uicc_conn_read(struct uicc_conn *c, void *buf, size_t room)
{
	ssize_t n;

	if (c->fd < 0)
		return -ENOTCONN;
	do {
		n = recv(c->fd, buf, room, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	if (!n)
		return -EPIPE;
	return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
}

static int unix_address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	strcpy(a->sun_path, path);
	return 0;
}

int uicc_listen(const char *path, int backlog)
{
	struct sockaddr_un a;
	int ret, fd;

	ret = unix_address(&a, path);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, backlog)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int uicc_accept(int listen_fd)
{
	int fd;

	do {
		fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static int call_peer(const char *path)
{
	struct sockaddr_un a;
	int ret, fd;

	ret = unix_address(&a, path);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int uicc_endpoint_open(struct uicc_endpoint *e, const char *path, bool call, uint64_t now)
{
	memset(e, 0, sizeof(*e));
	e->listen_fd = -1;
	uicc_conn_init(&e->conn);
	e->path = path;
	e->call = call;
	if (!path)
		return 0;
	if (call) {
		e->call_at = now;
		e->give_up_at = now + UICC_CALL_PATIENCE_NS;
		return 0;
	}
	e->listen_fd = uicc_listen(path, 1);
	return e->listen_fd < 0 ? e->listen_fd : 0;
}

void uicc_endpoint_close(struct uicc_endpoint *e)
{
	uicc_conn_close(&e->conn);
	if (e->listen_fd >= 0) {
		close(e->listen_fd);
		unlink(e->path);
	}
	e->listen_fd = -1;
	e->call_at = 0;
}

int uicc_endpoint_fd(const struct uicc_endpoint *e)
{
	return e->conn.fd >= 0 ? e->conn.fd : e->listen_fd;
}

short uicc_endpoint_events(const struct uicc_endpoint *e)
{
	return e->conn.fd >= 0 && e->conn.out_len ? POLLIN | POLLOUT : POLLIN;
}

int uicc_endpoint_meet(struct uicc_endpoint *e, uint64_t now)
{
	int fd;

	if (!e->path || e->conn.fd >= 0)
		return 0;
	if (!e->call) {
		fd = uicc_accept(e->listen_fd);
		if (fd < 0)
			return 0;
	} else {
		if (!e->call_at || now < e->call_at)
			return 0;
		fd = call_peer(e->path);
		if (fd < 0) {
			e->call_at = now + UICC_CALL_EVERY_NS;
			return now < e->give_up_at ? 0 : fd;
		}
		e->call_at = 0;
	}
	uicc_conn_init(&e->conn);
	e->conn.fd = fd;
	return 1;
}

int uicc_linebuf_next(struct uicc_linebuf *l, char *line)
{
	char *end = memchr(l->buf, '\n', l->len);
	bool overlong = l->overlong;
	size_t n;

	if (!end) {
		if (l->len == sizeof(l->buf)) {
			l->len = 0;
			l->overlong = true;
		}
		return 0;
	}
	n = end - l->buf;
	memcpy(line, l->buf, n);
	line[n] = '\0';
	if (n && line[n - 1] == '\r')
		line[n - 1] = '\0';
	l->len -= n + 1;
	memmove(l->buf, end + 1, l->len);
	l->overlong = false;
	return overlong ? -EMSGSIZE : 1;
}
