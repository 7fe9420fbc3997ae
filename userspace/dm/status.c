// SPDX-License-Identifier: BSD-3-Clause
/*
 * Queue of what the server has to get: Status and Results in the order in which it sent the
 * commands, and alerts. It outlives the message that it answers, since an answer may be split.
 */
#include "dm/engine.h"

#include <stdlib.h>
#include <string.h>

void dm_queue_init(struct dm_queue *q)
{
	memset(q, 0, sizeof(*q));
	q->end = &q->head;
}

void dm_out_free(struct dm_out *out)
{
	struct dm_out_item *item, *next;

	for (item = out->items; item; item = next) {
		next = item->next;
		mo_value_clear(&item->value);
		free(item->target);
		free(item->source);
		free(item->mark);
		free(item);
	}
	mo_value_clear(&out->value);
	free(out->cmd_ref);
	free(out->cmd);
	free(out->target_ref);
	free(out->correlator);
	free(out);
}

static size_t cost(const struct dm_out *out)
{
	return out->kind == DM_OUT_RESULTS ? out->value.len + DM_RESULT_COST : 0;
}

void dm_queue_put(struct dm_queue *q, struct dm_out *out)
{
	out->next = NULL;
	*q->end = out;
	q->end = &out->next;
	q->last = out;
	q->result_bytes += cost(out);
}

struct dm_out *dm_queue_take(struct dm_queue *q)
{
	struct dm_out *out = q->head;

	if (!out)
		return NULL;
	q->head = out->next;
	if (!q->head) {
		q->end = &q->head;
		q->last = NULL;
	}
	q->result_bytes -= cost(out);
	return out;
}

void dm_queue_clear(struct dm_queue *q)
{
	struct dm_out *out;

	while ((out = dm_queue_take(q)))
		dm_out_free(out);
}

void dm_queue_join(struct dm_queue *q, struct dm_queue *tail)
{
	if (tail->head) {
		*q->end = tail->head;
		q->end = tail->end;
		q->last = tail->last;
		q->result_bytes += tail->result_bytes;
	}
	dm_queue_init(tail);
}

bool dm_status_is_ok(int code)
{
	return code >= 200 && code < 300 && code != 214 && code != 215 && code != 216;
}

/* A new entry that does not stand in a queue yet; the texts may be NULL. */
static struct dm_out *out_new(struct dm_session *s, enum dm_out_kind kind, const char *cmd_ref,
			      const char *cmd, const char *uri)
{
	struct dm_out *out = calloc(1, sizeof(*out));

	if (!out)
		goto no_memory;
	out->kind = kind;
	out->msg_ref = s->peer_msg_id;
	out->cmd_ref = strdup(cmd_ref ? cmd_ref : "");
	out->cmd = strdup(cmd);
	if (uri)
		out->target_ref = strdup(uri);
	if (out->cmd_ref && out->cmd && (!uri || out->target_ref))
		return out;
	dm_out_free(out);
no_memory:
	s->no_memory = true;
	return NULL;
}

struct dm_out *dm_status_add(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
			     int code)
{
	struct dm_out *out = out_new(s, DM_OUT_STATUS, cmd->cmd_id, cmd->name, uri);

	if (out) {
		out->code = code;
		dm_queue_put(&s->queue, out);
	}
	return out;
}

struct dm_out *dm_alert_new(struct dm_session *s, int code)
{
	struct dm_out *out = out_new(s, DM_OUT_ALERT, NULL, "Alert", NULL);

	if (out)
		out->code = code;
	return out;
}

struct dm_out_item *dm_out_item_add(struct dm_session *s, struct dm_out *out, const char *target,
				    const char *source)
{
	struct dm_out_item *item = calloc(1, sizeof(*item)), **end = &out->items;

	if (item && target)
		item->target = strdup(target);
	if (item && source)
		item->source = strdup(source);
	if (!item || (target && !item->target) || (source && !item->source)) {
		if (item) {
			free(item->target);
			free(item);
		}
		s->no_memory = true;
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = item;
	return item;
}

void dm_alert_no_end_of_data(struct dm_session *s, const char *target, const char *source)
{
	struct dm_out *out = dm_alert_new(s, 1225);

	if (!out)
		return;
	dm_out_item_add(s, out, target, *source ? source : NULL);
	dm_queue_put(&s->queue, out);
}

void dm_results_add(struct dm_session *s, struct dm_queue *q, const struct dm_cmd *cmd,
		    const char *uri, struct mo_value *value)
{
	struct dm_out *out = out_new(s, DM_OUT_RESULTS, cmd->cmd_id, "Get", uri);

	if (!out) {
		mo_value_clear(value);
		return;
	}
	out->value = *value;
	out->binary = dm_value_is_binary(value);
	memset(value, 0, sizeof(*value));
	dm_queue_put(q, out);
}
