// SPDX-License-Identifier: BSD-3-Clause
/*
 * Objects that the server sends in chunks (spec/oma-dm.md 2.5), one at a time: buffered up to the
 * Size that the first chunk told, handed to the command that carries the last one.
 *
 * Whatever comes instead of the next chunk breaks the object, which alert 1225 tells the server.
 * What is left of a refused or broken object must not pass for an object of its own: its chunks in
 * the same message or the next get the same code again.
 */
#include "dm/engine.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_REQUIRED	411
#define SIZE_MISMATCH	424

void dm_object_drop(struct dm_session *s)
{
	struct dm_object *o = &s->object;

	if (o->data) {
		explicit_bzero(o->data, o->len);
		free(o->data);
	}
	free(o->target);
	free(o->source);
	free(o->format);
	free(o->mime);
	memset(o, 0, sizeof(*o));
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static bool is_same(const struct dm_object *o, const struct dm_cmd *cmd, const struct dm_item *item)
{
	return item && cmd->type == o->type && !strcmp(or_empty(item->target), o->target);
}

/* The value goes, the identity stays for what may follow of it. */
static int refuse(struct dm_session *s, int code)
{
	struct dm_object *o = &s->object;

	if (o->data) {
		explicit_bzero(o->data, o->len);
		free(o->data);
		o->data = NULL;
	}
	o->state = DM_OBJECT_REFUSED;
	o->refused = code;
	o->seen = s->counts.messages_in;
	return code;
}

static void break_off(struct dm_session *s)
{
	struct dm_object *o = &s->object;

	dm_log(s, LOG_WARNING, "%zu of %zu bytes for %s, then something else: alert 1225", o->len,
	       o->size, o->target);
	dm_alert_no_end_of_data(s, o->target, o->source);
	refuse(s, SIZE_MISMATCH);
}

void dm_object_guard(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	const struct dm_object *o = &s->object;

	if (o->state != DM_OBJECT_OPEN || dm_alert_is(cmd, 1222))
		return;
	if (s->depth == 1 && o->seen != s->counts.messages_in && is_same(o, cmd, item))
		return;
	break_off(s);
}

void dm_object_end_of_message(struct dm_session *s)
{
	if (s->object.state == DM_OBJECT_OPEN && s->msg->final &&
	    s->object.seen != s->counts.messages_in)
		break_off(s);
}

/* Remembers what the object is; false: no memory. */
static bool identify(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	const char *format = item->meta.format ? item->meta.format : cmd->meta.format;
	const char *mime = item->meta.type ? item->meta.type : cmd->meta.type;
	struct dm_object *o = &s->object;

	dm_object_drop(s);
	o->type = cmd->type;
	o->target = strdup(item->target);
	o->source = strdup(or_empty(item->source));
	o->format = strdup(or_empty(format));
	o->mime = strdup(or_empty(mime));
	return o->target && o->source && o->format && o->mime;
}

static int append(struct dm_session *s, const struct dm_item *item)
{
	struct dm_object *o = &s->object;

	if (item->data_len > o->size - o->len) {
		dm_log(s, LOG_WARNING, "%s: chunks hold more than the Size of %zu bytes", o->target,
		       o->size);
		return refuse(s, SIZE_MISMATCH);
	}
	if (item->data_len)
		memcpy(o->data + o->len, item->data, item->data_len);
	o->len += item->data_len;
	o->data[o->len] = '\0';
	o->seen = s->counts.messages_in;
	if (item->more_data)
		return DM_CHUNK_ACCEPTED;
	if (o->len == o->size)
		return MO_OK;
	dm_log(s, LOG_WARNING, "%s: chunks hold %zu bytes, Size says %zu", o->target, o->len, o->size);
	return refuse(s, SIZE_MISMATCH);
}

/* The first chunk. */
static int begin(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	const char *text = item->meta.size ? item->meta.size : cmd->meta.size;
	struct dm_object *o = &s->object;
	unsigned long size;

	if (s->depth != 1 || (cmd->type != DM_CMD_ADD && cmd->type != DM_CMD_REPLACE &&
			      cmd->type != DM_CMD_EXEC)) {
		dm_log(s, LOG_WARNING, "%s %u: %s with MoreData here", s->msg->unit,
		       cmd->where, cmd->name);
		return MO_BAD_COMMAND;
	}
	if (!identify(s, cmd, item)) {
		dm_object_drop(s);
		return MO_FAILED;
	}
	if (!dm_parse_number(text, ~0UL >> 1, &size)) {
		dm_log(s, LOG_WARNING, "%s %s: first chunk without Size", cmd->name, o->target);
		return refuse(s, SIZE_REQUIRED);
	}
	o->size = size;
	if (size > s->max_obj) {
		dm_log(s, LOG_WARNING, "%s %s: %lu bytes, MaxObjSize is %zu", cmd->name, o->target,
		       size, s->max_obj);
		return refuse(s, MO_TOO_LARGE);
	}
	o->data = malloc(size + 1);
	if (!o->data)
		return refuse(s, MO_DEVICE_FULL);
	o->state = DM_OBJECT_OPEN;
	return append(s, item);
}

bool dm_object_take(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		    int *code)
{
	struct dm_object *o = &s->object;
	bool next = o->state == DM_OBJECT_REFUSED && o->seen + 1 >= s->counts.messages_in;

	if (o->state == DM_OBJECT_OPEN && is_same(o, cmd, item))
		*code = append(s, item);
	else if (next && is_same(o, cmd, item) && !item->meta.size && !cmd->meta.size)
		*code = refuse(s, o->refused);
	else if (item->more_data)
		*code = begin(s, cmd, item);
	else
		return false;
	/* that was all of it */
	if (!item->more_data && *code != MO_OK)
		dm_object_drop(s);
	return true;
}

int dm_object_value(struct dm_session *s, struct mo_value *v)
{
	struct dm_object *o = &s->object;

	memset(v, 0, sizeof(*v));
	if (strlen(o->format) >= sizeof(v->format) || strlen(o->mime) >= sizeof(v->type))
		return MO_UNSUPPORTED_FORMAT;
	strcpy(v->format, o->format);
	strcpy(v->type, o->mime);
	v->data = o->data;
	v->len = o->len;
	o->data = NULL;
	return MO_OK;
}
