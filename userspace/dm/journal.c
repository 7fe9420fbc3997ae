// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a session did and could not tell: kept with the tree, told by a generic alert (1226) in the
 * next session with that server.
 *
 * The statuses of a command are written with the commit of what it did, so that nothing is ever
 * done of which the server does not hear, and taken away when the server is known to have them.
 * One that gets them twice can see it from the Correlator, SessionID/MsgRef/CmdRef. Data has one
 * line a Status: the command, its code and, where it is named, the target. Values are not repeated:
 * they may have changed, and package 1 goes to a server that has not proved itself yet.
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERIC_ALERT	1226
#define INTERRUPTED	506	/* of an Exec: it began, and nobody knows how it ended */

static void put_line(struct dm_buf *b, const char *cmd, int code, const char *uri)
{
	dm_buf_printf(b, "%s%s %d%s%s", b->len ? "\n" : "", cmd, code, uri ? " " : "",
		      uri ? uri : "");
}

/* Adds a row; its number in *row. A mo_status. */
static int add_row(struct dm_session *s, unsigned long msg_ref, const char *cmd_ref,
		   const struct dm_buf *lines, int64_t *row)
{
	struct mo_pending p = {
		.type = DM_RESULT_TYPE, .format = "chr", .mark = "informational",
		.data = lines->data, .len = lines->len,
	};

	if (lines->failed)
		return MO_FAILED;
	snprintf(p.server_id, sizeof(p.server_id), "%s", s->acc.server_id);
	snprintf(p.correlator, sizeof(p.correlator), "%s/%lu/%.30s", s->id, msg_ref, cmd_ref);
	if (mo_pending_add(s->tree, &p))
		return MO_FAILED;
	*row = mo_pending_last(s->tree);
	return MO_OK;
}

/* One row for the statuses from first on, up to the end of the queue or to stop. */
static int write_statuses(struct dm_session *s, struct dm_out *first, const struct dm_out *stop)
{
	struct dm_buf lines = { NULL, 0, 0, false };
	struct dm_out *out, *last = first;
	int64_t row = 0;
	int code;

	for (out = first; out && out != stop; out = out->next) {
		if (out->kind != DM_OUT_STATUS)
			continue;
		put_line(&lines, out->cmd, out->code, out->target_ref);
		last = out;
	}
	code = add_row(s, first->msg_ref, first->cmd_ref, &lines, &row);
	dm_buf_free(&lines);
	if (code != MO_OK)
		return code;
	for (out = first; out && out != stop; out = out->next)
		out->journaled = true;
	last->row = row;
	return MO_OK;
}

int dm_journal_statuses(struct dm_session *s, struct dm_out *first)
{
	return write_statuses(s, first, NULL);
}

void dm_journal_void(struct dm_out *first)
{
	for (; first; first = first->next) {
		first->journaled = false;
		first->row = 0;
	}
}

/* ----------------------------------------------------------------------- Exec */

void dm_journal_exec(struct dm_session *s, const struct dm_cmd *cmd, const char *uri)
{
	struct dm_buf lines = { NULL, 0, 0, false };

	s->exec_row = 0;
	put_line(&lines, cmd->name, INTERRUPTED, uri);
	if (add_row(s, s->peer_msg_id, cmd->cmd_id, &lines, &s->exec_row) != MO_OK)
		dm_log(s, LOG_WARNING, "%s %s: not journaled", cmd->name, uri);
	dm_buf_free(&lines);
}

void dm_journal_exec_done(struct dm_session *s, struct dm_out *first)
{
	if (!s->exec_row || !first)
		return;
	if (mo_tree_begin(s->tree) != MO_OK)
		return;		/* the row of before stays: better than none */
	if (!mo_pending_drop(s->tree, s->exec_row) && write_statuses(s, first, NULL) == MO_OK &&
	    mo_tree_commit(s->tree) == MO_OK) {
		s->exec_row = 0;
		return;
	}
	mo_tree_rollback(s->tree);
	dm_journal_void(first);
	first->journaled = true;
	first->row = s->exec_row;
	s->exec_row = 0;
}

/* ------------------------------------------------------------------- delivered */

/* Will the server never take this alert? */
static bool is_refused_for_good(int code)
{
	return code == 501 || (code >= 400 && code < 500 && code != 401 && code != 407 &&
			       code != 408 && code != 417);
}

void dm_journal_delivered(struct dm_session *s, struct dm_queue *q,
			  int (*status_of)(const struct dm_session *s, const struct dm_out *out))
{
	struct dm_out *out;
	bool unit = false;
	int code;

	while ((out = dm_queue_take(q))) {
		code = out->kind == DM_OUT_ALERT && status_of ? status_of(s, out) : MO_OK;
		if (!out->row || (code != 200 && code != 202 && !is_refused_for_good(code))) {
			dm_out_free(out);
			continue;
		}
		if (code != 200 && code != 202)
			dm_log(s, LOG_WARNING, "the server refuses an alert with %d, it is dropped",
			       code);
		if (!unit)
			unit = mo_tree_begin(s->tree) == MO_OK;
		if (mo_pending_drop(s->tree, out->row))
			dm_log(s, LOG_WARNING, "a delivered result stays in the journal: %s",
			       mo_tree_error(s->tree));
		dm_out_free(out);
	}
	if (unit && mo_tree_commit(s->tree) != MO_OK)
		dm_log(s, LOG_WARNING, "delivered results stay in the journal: %s",
		       mo_tree_error(s->tree));
}

/* --------------------------------------------------------------------- the end */

/* What is worth telling in another session. */
static bool is_worth_it(const struct dm_out *out)
{
	if (out->kind != DM_OUT_STATUS || out->journaled || out->code == DM_CHUNK_ACCEPTED)
		return false;
	/* a request for the next message, or a question of which the session is over */
	return strcmp(out->cmd, "Alert") || out->code != MO_OK;
}

static int keep_queue(struct dm_session *s, struct dm_queue *q)
{
	struct dm_out *out = q->head, *stop;
	int code = MO_OK;

	while (out && code == MO_OK) {
		for (stop = out->next; stop && is_worth_it(stop) &&
		     stop->msg_ref == out->msg_ref && !strcmp(stop->cmd_ref, out->cmd_ref);
		     stop = stop->next)
			;
		if (is_worth_it(out))
			code = write_statuses(s, out, stop);
		out = stop;
	}
	return code;
}

void dm_journal_keep(struct dm_session *s)
{
	int code;

	if (!s->server_authenticated || (!s->unacked.head && !s->queue.head && !s->leftovers.head))
		return;
	code = mo_tree_begin(s->tree);
	if (code == MO_OK) {
		code = keep_queue(s, &s->unacked);
		if (code == MO_OK)
			code = keep_queue(s, &s->queue);
		if (code == MO_OK)
			code = keep_queue(s, &s->leftovers);
		if (code == MO_OK)
			code = mo_tree_commit(s->tree);
		else
			mo_tree_rollback(s->tree);
	}
	if (code == MO_OK)
		dm_log(s, LOG_NOTICE, "what the server did not hear is kept for the next session");
	else
		dm_log(s, LOG_ERR, "what the server did not hear is lost: %s", mo_tree_error(s->tree));
}

/* ----------------------------------------------------------------------- start */

static bool fill_item(struct dm_out_item *item, const struct mo_pending *p)
{
	struct mo_value *v = &item->value;

	if (p->mark[0]) {
		item->mark = strdup(p->mark);
		if (!item->mark)
			return false;
	}
	snprintf(v->format, sizeof(v->format), "%s", p->format);
	snprintf(v->type, sizeof(v->type), "%s", p->type);
	v->data = malloc(p->len + 1);
	if (!v->data)
		return false;
	if (p->len)
		memcpy(v->data, p->data, p->len);
	v->data[p->len] = '\0';
	v->len = p->len;
	return true;
}

static int load_one(void *arg, const struct mo_pending *p)
{
	struct dm_session *s = arg;
	struct dm_out *out = dm_alert_new(s, GENERIC_ALERT);
	struct dm_out_item *item;

	if (!out)
		return -ENOMEM;
	out->row = p->id;
	item = dm_out_item_add(s, out, NULL, p->source[0] ? p->source : NULL);
	if (p->correlator[0])
		out->correlator = strdup(p->correlator);
	if (!item || (p->correlator[0] && !out->correlator) || !fill_item(item, p)) {
		s->no_memory = true;
		dm_out_free(out);
		return -ENOMEM;
	}
	dm_queue_put(&s->alerts, out);
	return 0;
}

int dm_journal_load(struct dm_session *s)
{
	return mo_pending_each(s->tree, s->acc.server_id, load_one, s);
}
