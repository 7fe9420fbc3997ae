// SPDX-License-Identifier: BSD-3-Clause
/*
 * qmp SOCKET SECONDS ACTION: asks a running QEMU over its machine protocol.
 *
 *   find TYPE		prints the path of the first device of that QOM type
 *   connected LABEL...	waits until these character devices have a peer
 *   cont		starts the processors
 *   quit		ends QEMU
 *
 * Exit status: 0, 1 for an error, 2 if it is not so after SECONDS.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#define MAX_LINE	(1 << 20)
#define MAX_DEPTH	6

static FILE *qmp;
static time_t deadline;

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void fail(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("qmp: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(status);
}

static void nap(void)
{
	const struct timespec ts = { .tv_nsec = 50 * 1000 * 1000 };

	if (now() >= deadline)
		fail(2, "time is over");
	nanosleep(&ts, NULL);
}

/* QEMU may still be starting: no socket yet, or nobody behind it. */
static void dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = 10 };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		fail(1, "path too long: %s", path);
	strcpy(sun.sun_path, path);
	for (;;) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			fail(1, "socket: %s", strerror(errno));
		if (!connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
			break;
		close(fd);
		nap();
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	qmp = fdopen(fd, "r");
	if (!qmp)
		fail(1, "fdopen: %s", strerror(errno));
}

static struct json_object *receive(void)
{
	static char line[MAX_LINE];
	struct json_object *obj;

	if (!fgets(line, sizeof(line), qmp))
		fail(1, "QEMU does not answer");
	obj = json_tokener_parse(line);
	if (!obj)
		fail(1, "QEMU's answer is no JSON");
	return obj;
}

/* The "return" member of the answer; events in between are skipped. */
static struct json_object *command(const char *name, const char *key, const char *value)
{
	struct json_object *req = json_object_new_object();
	struct json_object *answer, *ret;

	json_object_object_add(req, "execute", json_object_new_string(name));
	if (key) {
		struct json_object *args = json_object_new_object();

		json_object_object_add(args, key, json_object_new_string(value));
		json_object_object_add(req, "arguments", args);
	}
	if (dprintf(fileno(qmp), "%s\n",
		    json_object_to_json_string_ext(req, JSON_C_TO_STRING_PLAIN)) < 0)
		fail(1, "%s: %s", name, strerror(errno));
	json_object_put(req);
	for (;;) {
		answer = receive();
		if (json_object_object_get_ex(answer, "return", &ret))
			break;
		if (json_object_object_get_ex(answer, "error", NULL))
			fail(1, "%s: %s", name, json_object_to_json_string(answer));
		json_object_put(answer);
	}
	json_object_get(ret);
	json_object_put(answer);
	return ret;
}

static const char *member(struct json_object *obj, const char *key)
{
	struct json_object *val;

	if (!json_object_object_get_ex(obj, key, &val))
		return "";
	return json_object_get_string(val);
}

/* Depth first below path; prints the first child of that type. */
static bool find(const char *path, const char *type, int depth)
{
	struct json_object *list = command("qom-list", "path", path);
	size_t i, n = json_object_array_length(list);
	char want[128], child[1024];
	bool found = false;

	snprintf(want, sizeof(want), "child<%s>", type);
	for (i = 0; i < n && !found; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *t = member(entry, "type");

		if (strncmp(t, "child<", 6))
			continue;
		if ((size_t)snprintf(child, sizeof(child), "%s/%s", path, member(entry, "name")) >=
		    sizeof(child))
			continue;
		if (!strcmp(t, want)) {
			puts(child);
			found = true;
		} else if (depth < MAX_DEPTH) {
			found = find(child, type, depth + 1);
		}
	}
	json_object_put(list);
	return found;
}

static bool connected(const char *label)
{
	struct json_object *list = command("query-chardev", NULL, NULL);
	size_t i, n = json_object_array_length(list);
	bool known = false, up = false;

	for (i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (strcmp(member(entry, "label"), label))
			continue;
		known = true;
		up = strncmp(member(entry, "filename"), "disconnected:", 13) != 0;
	}
	json_object_put(list);
	if (!known)
		fail(1, "QEMU has no character device %s", label);
	return up;
}

int main(int argc, char **argv)
{
	const char *action = argc > 3 ? argv[3] : "";
	int i;

	if (argc < 4)
		fail(1, "usage: qmp SOCKET SECONDS find TYPE | connected LABEL... | cont | quit");
	deadline = now() + atoi(argv[2]);
	dial(argv[1]);
	json_object_put(receive());
	json_object_put(command("qmp_capabilities", NULL, NULL));
	if (!strcmp(action, "find") && argc == 5) {
		if (!find("/machine", argv[4], 0))
			fail(1, "no device of type %s", argv[4]);
	} else if (!strcmp(action, "connected") && argc > 4) {
		for (i = 4; i < argc; i++)
			while (!connected(argv[i]))
				nap();
	} else if ((!strcmp(action, "cont") || !strcmp(action, "quit")) && argc == 4) {
		json_object_put(command(action, NULL, NULL));
	} else {
		fail(1, "unknown action %s", action);
	}
	return 0;
}
