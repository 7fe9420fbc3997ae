// SPDX-License-Identifier: BSD-3-Clause
/* The results log: one JSON object a line and event, flushed at once; and step lines. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "vuicc/dm-server.h"

int vdm_log_open(struct vdm_log *log, const char *path)
{
	int ret;

	log->f = NULL;
	log->failed = false;
	if (!path)
		return 0;
	log->f = fopen(path, "ae");
	if (log->f)
		return 0;
	ret = -errno;
	fprintf(stderr, "DM server: cannot write results to %s: %s\n", path, strerror(-ret));
	return ret;
}

void vdm_log_close(struct vdm_log *log)
{
	if (log->f)
		fclose(log->f);
	log->f = NULL;
}

static struct json_object *now(void)
{
	struct timespec ts;
	struct tm tm;
	char text[64];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03ldZ", ts.tv_nsec / 1000000);
	return json_object_new_string(text);
}

static void write_line(struct vdm_log *log, struct json_object *line)
{
	const char *text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text && fprintf(log->f, "%s\n", text) > 0 && !fflush(log->f))
		return;
	if (!log->failed)
		fprintf(stderr, "DM server: the results log cannot be written\n");
	log->failed = true;
}

void vdm_log_event(struct vdm_session *s, const char *event, struct json_object *fields)
{
	struct vdm_log *log = &s->srv->log;
	struct json_object *line;

	if (!log->f) {
		json_object_put(fields);
		return;
	}
	line = json_object_new_object();
	if (line) {
		json_object_object_add(line, "time", now());
		json_object_object_add(line, "session", json_object_new_string(s->id));
		json_object_object_add(line, "event", json_object_new_string(event));
		if (fields) {
			json_object_object_foreach(fields, key, value)
				json_object_object_add(line, key, json_object_get(value));
		}
		write_line(log, line);
	}
	json_object_put(line);
	json_object_put(fields);
}

/* " ./A, ./B": the targets for a line that people read. */
static void list_targets(struct json_object *target, char *buf, size_t room)
{
	size_t i, n = 0, count = 1;
	bool list = json_object_is_type(target, json_type_array);

	buf[0] = '\0';
	if (list)
		count = json_object_array_length(target);
	for (i = 0; target && i < count && n < room; i++) {
		struct json_object *one = list ? json_object_array_get_idx(target, i) : target;

		n += (size_t)snprintf(buf + n, room - n, "%s %s", i ? "," : "",
				      json_object_get_string(one));
	}
}

void vdm_log_status(struct vdm_session *s, const struct vdm_sent *cmd, struct json_object *target,
		    int code)
{
	struct json_object *f = json_object_new_object();
	char where[VDM_TEXT], status[16] = "no Status";

	list_targets(target, where, sizeof(where));
	if (code)
		snprintf(status, sizeof(status), "%d", code);
	vdm_step(s->srv, "session %s: %s%s -> %s", s->id, cmd->cmd, where, status);

	json_object_object_add(f, "msg", json_object_new_int64(cmd->msg));
	json_object_object_add(f, "cmdid", json_object_new_int64(cmd->cmdid));
	json_object_object_add(f, "cmd", json_object_new_string(cmd->cmd));
	json_object_object_add(f, "target", target);
	json_object_object_add(f, "status", code ? json_object_new_int(code) : NULL);
	vdm_log_event(s, "status", f);
}

void vdm_violation(struct vdm_session *s, const char *fmt, ...)
{
	struct json_object *f = json_object_new_object();
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	s->violations++;
	vdm_step(s->srv, "session %s: violation: %s", s->id, what);
	json_object_object_add(f, "what", json_object_new_string(what));
	vdm_log_event(s, "violation", f);
}

void vdm_step(struct vdm_server *srv, const char *fmt, ...)
{
	char line[1280] = "DM server: ";
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	for (; line[n]; n++)
		if ((unsigned char)line[n] < 0x20 || line[n] == 0x7F)
			line[n] = '?';
	if (srv->ops->step)
		srv->ops->step(srv->ctx, line);
}
