// SPDX-License-Identifier: BSD-3-Clause
/*
 * Client side of varlink: JSON objects, each ended by a NUL byte.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "dmsc.h"

#define REPLY_MAX	(4 * 1024 * 1024)
#define CALL_TIMEOUT_MS	30000

struct ctl_link {
	int fd;
	char *buf;
	size_t len, room;
};

struct ctl_link *ctl_open(const struct ctl_options *o)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct ctl_link *l;

	if (strlen(o->socket) >= sizeof(sa.sun_path)) {
		fprintf(stderr, "dmsc: %s: path too long\n", o->socket);
		return NULL;
	}
	strcpy(sa.sun_path, o->socket);
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&sa, sizeof(sa))) {
		fprintf(stderr, "dmsc: cannot reach dmscd at %s: %s%s\n", o->socket,
			strerror(errno), errno == ENOENT || errno == ECONNREFUSED ?
			"; is it running?" : "");
		ctl_close(l);
		return NULL;
	}
	return l;
}

void ctl_close(struct ctl_link *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l->buf);
	free(l);
}

int ctl_fd(const struct ctl_link *l)
{
	return l->fd;
}

bool ctl_has_reply(const struct ctl_link *l)
{
	return l->len && memchr(l->buf, 0, l->len);
}

int ctl_send(struct ctl_link *l, const char *method, struct json_object *parameters, bool more)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	char full[128];
	size_t len, pos = 0;
	int ret = 0;

	snprintf(full, sizeof(full), CONTROL_INTERFACE ".%s", method);
	json_object_object_add(o, "method", json_object_new_string(full));
	if (parameters)
		json_object_object_add(o, "parameters", parameters);
	if (more)
		json_object_object_add(o, "more", json_object_new_boolean(1));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	len = text ? strlen(text) + 1 : 0;
	while (pos < len) {
		ssize_t n = send(l->fd, text + pos, len - pos, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			ret = -errno;
			fprintf(stderr, "dmsc: lost dmscd: %s\n", strerror(errno));
			break;
		}
		pos += (size_t)n;
	}
	/* it may hold what was typed without being shown */
	if (text)
		explicit_bzero((char *)text, len);
	json_object_put(o);
	return len ? ret : -ENOMEM;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 1 data, 0 time-out, -1 connection lost */
static int fill(struct ctl_link *l, long long until)
{
	struct pollfd pfd = { l->fd, POLLIN, 0 };
	int wait = -1, n;
	ssize_t got;

	if (until >= 0) {
		long long left = until - now_ms();

		wait = left < 0 ? 0 : (int)left;
	}
	do
		n = poll(&pfd, 1, wait);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	if (l->room - l->len < 4096) {
		size_t room = l->room ? l->room * 2 : 8192;
		char *p = room <= REPLY_MAX ? realloc(l->buf, room) : NULL;

		if (!p)
			return -1;
		l->buf = p;
		l->room = room;
	}
	got = recv(l->fd, l->buf + l->len, l->room - l->len, 0);
	if (got <= 0)
		return -1;
	l->len += (size_t)got;
	return 1;
}

static struct json_object *take_reply(struct ctl_link *l, char *nul, bool quiet)
{
	struct json_object *o = json_tokener_parse(l->buf), *params = NULL, *err;
	size_t used = (size_t)(nul - l->buf) + 1;

	memmove(l->buf, l->buf + used, l->len - used);
	l->len -= used;
	json_object_object_get_ex(o, "parameters", &params);
	if (json_object_object_get_ex(o, "error", &err)) {
		const char *name = json_object_get_string(err);
		const char *reason = ctl_str(params, "reason", NULL);

		const char *uri = ctl_str(params, "uri", NULL);

		if (!quiet)
			fprintf(stderr, "dmsc: dmscd says %s%s%s%s%s\n", name, uri ? ": " : "",
				uri ? uri : "", reason ? ": " : "", reason ? reason : "");
		params = NULL;
	}
	params = json_object_is_type(params, json_type_object) ? json_object_get(params) : NULL;
	json_object_put(o);
	return params;
}

struct json_object *ctl_receive(struct ctl_link *l, int timeout_ms, bool quiet, bool *timed_out)
{
	long long until = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	char *nul;

	if (timed_out)
		*timed_out = false;
	while (!l->len || !(nul = memchr(l->buf, 0, l->len))) {
		int ret = fill(l, until);

		if (ret > 0)
			continue;
		if (!ret && timed_out)
			*timed_out = true;
		if (!quiet)
			fprintf(stderr, "dmsc: %s\n", ret ? "dmscd closed the connection" :
				"no answer from dmscd in time");
		return NULL;
	}
	return take_reply(l, nul, quiet);
}

struct json_object *ctl_call(const struct ctl_options *o, const char *method,
			     struct json_object *parameters)
{
	struct ctl_link *l = ctl_open(o);
	struct json_object *reply = NULL;

	if (!l)
		json_object_put(parameters);
	else if (!ctl_send(l, method, parameters, false))
		reply = ctl_receive(l, CALL_TIMEOUT_MS, false, NULL);
	ctl_close(l);
	return reply;
}
