// SPDX-License-Identifier: BSD-3-Clause
/*
 * The control socket: connections, framing and the limits that keep a hostile client from
 * costing more than its connection.
 */
#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/log.h"

#define PEERS_MAX	16
#define JSON_DEPTH	16
/* A reply may carry a whole tree */
#define BACKLOG_MAX	(1024 * 1024)

struct control_peer {
	struct control *control;
	int fd;
	bool busy, doomed;
	char *in;
	size_t in_len;
	char *out;
	size_t out_len, out_pos;
};

struct control {
	struct loop *loop;
	struct control_handler handler;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;
	struct control_peer peer[PEERS_MAX];
};

static void on_peer(void *arg, int fd, uint32_t events);
static void on_doomed(void *arg);

static void close_peer(struct control_peer *p)
{
	struct control *c = p->control;

	if (p->fd < 0)
		return;
	loop_watch(c->loop, p->fd, 0, NULL, NULL);
	loop_timer(c->loop, -1, on_doomed, p);
	close(p->fd);
	explicit_bzero(p->in, CONTROL_MSG_MAX);
	free(p->in);
	free(p->out);
	*p = (struct control_peer){ .control = c, .fd = -1 };
	c->handler.closed(c->handler.arg, p);
}

static void on_doomed(void *arg)
{
	close_peer(arg);
}

/* A reply is sent from deep inside a call: the connection is closed from the loop. */
static void doom(struct control_peer *p)
{
	p->doomed = true;
	loop_timer(p->control->loop, 0, on_doomed, p);
}

static void push_out(struct control_peer *p)
{
	uint32_t events = EPOLLIN;

	while (p->out_pos < p->out_len) {
		ssize_t n = send(p->fd, p->out + p->out_pos, p->out_len - p->out_pos,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno != EAGAIN) {
				doom(p);
				return;
			}
			events |= EPOLLOUT;
			break;
		}
		p->out_pos += (size_t)n;
	}
	if (p->out_pos == p->out_len)
		p->out_pos = p->out_len = 0;
	if (loop_watch(p->control->loop, p->fd, events, on_peer, p))
		doom(p);
}

static void send_object(struct control_peer *p, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t add;
	char *out;

	if (p->fd < 0 || p->doomed || !text)
		return;
	add = strlen(text) + 1;
	if (add > BACKLOG_MAX - p->out_len) {
		log_line(LOG_WARNING, "control: a client does not read, connection closed");
		doom(p);
		return;
	}
	out = realloc(p->out, p->out_len + add);
	if (!out) {
		doom(p);
		return;
	}
	memcpy(out + p->out_len, text, add);
	p->out = out;
	p->out_len += add;
	push_out(p);
}

void control_reply(struct control_peer *p, struct json_object *parameters, bool continues)
{
	struct json_object *o = json_object_new_object();

	if (!o) {
		json_object_put(parameters);
		return;
	}
	json_object_object_add(o, "parameters",
			       parameters ? parameters : json_object_new_object());
	if (continues)
		json_object_object_add(o, "continues", json_object_new_boolean(1));
	send_object(p, o);
	json_object_put(o);
}

void control_error(struct control_peer *p, const char *name, struct json_object *parameters)
{
	struct json_object *o = json_object_new_object();
	char full[128];

	if (!o) {
		json_object_put(parameters);
		return;
	}
	snprintf(full, sizeof(full), "%s%s", strchr(name, '.') ? "" : CONTROL_INTERFACE ".", name);
	json_object_object_add(o, "error", json_object_new_string(full));
	json_object_object_add(o, "parameters",
			       parameters ? parameters : json_object_new_object());
	send_object(p, o);
	json_object_put(o);
}

static struct json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *o;

	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	if (tok->pb)
		explicit_bzero(tok->pb->buf, (size_t)tok->pb->size);
	json_tokener_free(tok);
	return o;
}

/* text is NUL-terminated; false: not varlink, the connection is not worth keeping. */
static bool handle(struct control_peer *p, const char *text)
{
	struct json_object *o = parse(text, strlen(text) + 1), *method, *params, *more;
	struct control *c = p->control;
	struct control_call call = { .peer = p };

	if (!o || !json_object_object_get_ex(o, "method", &method) ||
	    !json_object_is_type(method, json_type_string)) {
		json_object_put(o);
		return false;
	}
	call.method = json_object_get_string(method);
	if (json_object_object_get_ex(o, "parameters", &params) &&
	    json_object_is_type(params, json_type_object))
		call.parameters = json_object_get(params);
	else
		call.parameters = json_object_new_object();
	call.more = json_object_object_get_ex(o, "more", &more) && json_object_get_boolean(more);
	if (call.parameters)
		c->handler.call(c->handler.arg, &call);
	json_object_put(call.parameters);
	json_object_put(o);
	return true;
}

static void read_peer(struct control_peer *p)
{
	char *nul;
	ssize_t n = recv(p->fd, p->in + p->in_len, CONTROL_MSG_MAX - p->in_len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_peer(p);
		return;
	}
	p->in_len += (size_t)n;
	while (!p->doomed && (nul = memchr(p->in, 0, p->in_len))) {
		size_t used = (size_t)(nul - p->in) + 1;

		if (!handle(p, p->in)) {
			log_line(LOG_WARNING, "control: a client sent no varlink, connection closed");
			doom(p);
			return;
		}
		memmove(p->in, p->in + used, p->in_len - used);
		p->in_len -= used;
		/* it may have been an answer that was typed without being shown */
		explicit_bzero(p->in + p->in_len, used);
	}
	if (p->in_len == CONTROL_MSG_MAX) {
		log_line(LOG_WARNING, "control: message over %d bytes, connection closed",
			 CONTROL_MSG_MAX);
		doom(p);
	}
}

static void on_peer(void *arg, int fd, uint32_t events)
{
	struct control_peer *p = arg;

	if (p->doomed)
		return;
	if (events & EPOLLOUT)
		push_out(p);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_peer(p);
}

static void on_connect(void *arg, int fd, uint32_t events)
{
	struct control *c = arg;
	struct control_peer *p = NULL;
	int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (peer < 0)
		return;
	for (int i = 0; i < PEERS_MAX && !p; i++)
		if (c->peer[i].fd < 0)
			p = &c->peer[i];
	if (p)
		p->in = malloc(CONTROL_MSG_MAX);
	if (!p || !p->in || loop_watch(c->loop, peer, EPOLLIN, on_peer, p)) {
		log_line(LOG_WARNING, "control: too many clients");
		if (p) {
			free(p->in);
			p->in = NULL;
		}
		close(peer);
		return;
	}
	p->fd = peer;
}

/* A socket file left by a dead agent is replaced, that of a living one is not. */
static int claim_path(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ret = 0;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)sa, sizeof(*sa)))
		ret = -EADDRINUSE;
	else if (errno == ECONNREFUSED && unlink(sa->sun_path))
		ret = -errno;
	close(fd);
	return ret;
}

static int start_listening(struct control *c, unsigned int mode)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t old;
	int ret;

	strcpy(sa.sun_path, c->path);
	ret = claim_path(&sa);
	if (ret)
		return ret;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	old = umask(0777 & ~mode);
	ret = bind(c->fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
	umask(old);
	if (!ret && listen(c->fd, PEERS_MAX))
		ret = -errno;
	return ret ? ret : loop_watch(c->loop, c->fd, EPOLLIN, on_connect, c);
}

int control_new(struct loop *loop, const char *path, unsigned int mode,
		const struct control_handler *handler, struct control **ret)
{
	struct control *c;
	int err;

	if (strlen(path) >= sizeof(c->path))
		return -ENAMETOOLONG;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->loop = loop;
	c->handler = *handler;
	c->fd = -1;
	strcpy(c->path, path);
	for (int i = 0; i < PEERS_MAX; i++)
		c->peer[i] = (struct control_peer){ .control = c, .fd = -1 };
	err = start_listening(c, mode);
	if (err) {
		if (c->fd >= 0)
			close(c->fd);
		free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	for (int i = 0; i < PEERS_MAX; i++)
		close_peer(&c->peer[i]);
	loop_watch(c->loop, c->fd, 0, NULL, NULL);
	close(c->fd);
	unlink(c->path);
	free(c);
}
