// SPDX-License-Identifier: BSD-3-Clause
/*
 * Queue of Status and Results that the server has to get, in the order in which it sent the
 * commands. It outlives the message that it answers, since an answer may be split.
 */
#include "dm/engine.h"

#include <stdlib.h>
#include <string.h>

void dm_queue_init(struct dm_queue *q)
{
	q->head = NULL;
	q->end = &q->head;
	q->result_bytes = 0;
}

static void out_free(struct dm_out *out)
{
	mo_value_clear(&out->value);
	free(out->cmd_ref);
	free(out->cmd);
	free(out->target_ref);
	free(out);
}

void dm_queue_pop(struct dm_queue *q)
{
	struct dm_out *out = q->head;

	q->head = out->next;
	if (!q->head)
		q->end = &q->head;
	q->result_bytes -= out->value.len;
	out_free(out);
}

void dm_queue_clear(struct dm_queue *q)
{
	while (q->head)
		dm_queue_pop(q);
}

void dm_queue_join(struct dm_queue *q, struct dm_queue *tail)
{
	if (tail->head) {
		*q->end = tail->head;
		q->end = tail->end;
		q->result_bytes += tail->result_bytes;
	}
	dm_queue_init(tail);
}

bool dm_status_is_ok(int code)
{
	return code >= 200 && code < 300 && code != 214 && code != 215 && code != 216;
}

static struct dm_out *queue_add(struct dm_session *s, const struct dm_cmd *cmd, const char *uri)
{
	struct dm_out *out = calloc(1, sizeof(*out));

	if (!out)
		goto no_memory;
	out->msg_ref = s->peer_msg_id;
	out->cmd_ref = strdup(cmd->cmd_id ? cmd->cmd_id : "");
	out->cmd = strdup(cmd->name);
	if (uri)
		out->target_ref = strdup(uri);
	if (!out->cmd_ref || !out->cmd || (uri && !out->target_ref)) {
		out_free(out);
		goto no_memory;
	}
	*s->queue.end = out;
	s->queue.end = &out->next;
	return out;
no_memory:
	s->no_memory = true;
	return NULL;
}

struct dm_out *dm_status_add(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
			     int code)
{
	struct dm_out *out = queue_add(s, cmd, uri);

	if (out)
		out->code = code;
	return out;
}

void dm_status_add_items(struct dm_session *s, const struct dm_cmd *cmd, const int *codes)
{
	const struct dm_item *item;
	bool alike = true;
	size_t i = 0;

	for (item = cmd->items; item; item = item->next, i++)
		alike = alike && codes[i] == codes[0];
	if (alike) {
		/* with a single Item it can be named */
		dm_status_add(s, cmd, i == 1 ? cmd->items->target : NULL, codes[0]);
		return;
	}
	for (item = cmd->items, i = 0; item; item = item->next, i++)
		dm_status_add(s, cmd, item->target, codes[i]);
}

void dm_results_add(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
		    struct mo_value *value)
{
	struct dm_out *out = queue_add(s, cmd, uri);

	if (!out) {
		mo_value_clear(value);
		return;
	}
	out->is_results = true;
	out->value = *value;
	memset(value, 0, sizeof(*value));
	s->queue.result_bytes += out->value.len;
}

void dm_status_undo(struct dm_out *atomic)
{
	struct dm_out *out;

	for (out = atomic->next; out; out = out->next) {
		if (!out->is_results && dm_status_is_ok(out->code))
			out->code = 216;
	}
}
