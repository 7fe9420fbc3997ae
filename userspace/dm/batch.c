// SPDX-License-Identifier: BSD-3-Clause
/*
 * Commands of a message that follow each other share one unit of work: what they do is made durable
 * once, before the message that says so is built, and not once a command.
 *
 * A command is by itself where that could be told from outside: what a provider puts into force, a
 * subtree, a member of a container, and whatever is no plain change.  If the unit cannot be
 * committed, nothing of it has happened, and all its commands say so.
 */
#include "dm/engine.h"

#include "dm/syncml.h"

static bool is_plain(const struct dm_cmd *cmd)
{
	return cmd->type == DM_CMD_ADD || cmd->type == DM_CMD_REPLACE || cmd->type == DM_CMD_DELETE ||
	       cmd->type == DM_CMD_COPY;
}

bool dm_batch_takes(const struct dm_session *s, const struct dm_cmd *cmd)
{
	const struct dm_item *item;

	if (s->depth != 1 || !is_plain(cmd))
		return false;
	for (item = cmd->items; item; item = item->next) {
		const char *type = item->meta.type ? item->meta.type : cmd->meta.type;

		if ((type && dm_tnds_is_type(type)) ||
		    (item->target && mo_tree_is_provided(s->tree, item->target)))
			return false;
	}
	return true;
}

int dm_batch_begin(struct dm_session *s)
{
	int code;

	if (s->batch.open)
		return MO_OK;
	code = mo_tree_begin(s->tree);
	s->batch.open = code == MO_OK;
	s->batch.first = NULL;
	return code;
}

/* Nothing of the unit has happened. */
static void take_back(struct dm_session *s, int code)
{
	struct dm_out *out;

	dm_log(s, LOG_ERR, "not committed: %s", mo_tree_error(s->tree));
	/* 516 is for members of an Atomic */
	if (code == MO_ROLLBACK_FAILED || code == MO_OK)
		code = MO_FAILED;
	dm_journal_void(s->batch.first);
	for (out = s->batch.first; out; out = out->next) {
		if (dm_status_is_ok(out->code) && out->code != DM_CHUNK_ACCEPTED)
			out->code = code;
	}
	s->batch.first = NULL;
	s->batch.open = false;
}

void dm_batch_add(struct dm_session *s, struct dm_out *first)
{
	int code = first ? dm_journal_statuses(s, first) : MO_FAILED;

	if (!s->batch.first)
		s->batch.first = first;
	if (code == MO_OK)
		return;
	mo_tree_rollback(s->tree);
	take_back(s, code);
}

void dm_batch_end(struct dm_session *s)
{
	int code = MO_FAILED;

	if (!s->batch.open)
		return;
	if (!s->batch.first || s->no_memory)
		mo_tree_rollback(s->tree);
	else
		code = mo_tree_commit(s->tree);
	if (code != MO_OK && s->batch.first)
		take_back(s, code);
	s->batch.open = false;
	s->batch.first = NULL;
}
