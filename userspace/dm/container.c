// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sequence and Atomic (spec/oma-dm.md 8.4). The lists that are being run (SyncBody, Sequence,
 * Atomic) form a small stack, so that a run can stop at a question to the user and go on later.
 *
 * An Atomic is one unit of work. It is not kept open while the user thinks, since what others
 * write meanwhile must not belong to it: it is rolled back, and done again up to the question
 * when he has agreed.
 */
#include "dm/engine.h"

#include <string.h>

#define ATOMIC_FAILED		507
#define ATOMIC_TOO_LARGE	517
#define ROLLED_BACK		216

struct dm_frame *dm_top_frame(struct dm_session *s)
{
	return &s->frames[s->depth - 1];
}

struct dm_frame *dm_atomic_frame(struct dm_session *s)
{
	unsigned int i;

	for (i = s->depth; i; i--) {
		if (s->frames[i - 1].atomic != DM_ATOMIC_NONE)
			return &s->frames[i - 1];
	}
	return NULL;
}

/* What had succeeded behind the Status of an Atomic did not happen. */
static void undo_statuses(struct dm_out *atomic, int code, int members)
{
	struct dm_out *out;

	atomic->code = code;
	for (out = atomic->next; out; out = out->next) {
		if (out->kind == DM_OUT_STATUS && dm_status_is_ok(out->code))
			out->code = members;
	}
}

static void fail_atomic(struct dm_session *s, struct dm_frame *f, int code)
{
	if (f->atomic == DM_ATOMIC_OPEN)
		mo_tree_rollback(s->tree);
	f->atomic = DM_ATOMIC_NONE;
	f->refuse = DM_NOT_EXECUTED;
	if (f->out)
		undo_statuses(f->out, code, ROLLED_BACK);
}

void dm_commands_member_done(struct dm_session *s, const struct dm_cmd *cmd, int code)
{
	struct dm_frame *f = dm_top_frame(s), *atomic = dm_atomic_frame(s);
	bool canceled = code == 214 || code == 408;

	if (dm_status_is_ok(code))
		return;
	if (atomic) {
		/* whatever the failure was, it stays inside of the Atomic */
		fail_atomic(s, atomic, ATOMIC_FAILED);
		return;
	}
	if (cmd->type != DM_CMD_ALERT)
		return;
	/*
	 * What follows in a Sequence was to happen with the consent of the user. That holds as
	 * well where he could not be asked (406, 412), unless it was a mere display.
	 */
	if (f->container && f->container->type == DM_CMD_SEQUENCE && !f->refuse &&
	    (canceled || !dm_alert_is(cmd, DM_ALERT_DISPLAY)))
		f->refuse = DM_NOT_EXECUTED;
	if (canceled)
		s->stopped = true;
}

/* All members of an Atomic succeeded. */
static void commit_atomic(struct dm_session *s, struct dm_frame *f)
{
	struct dm_out *out;
	int code;

	if (s->no_memory || !f->out) {
		fail_atomic(s, f, ATOMIC_FAILED);
		return;
	}
	if (!dm_package_holds(s, f->out)) {
		dm_log(s, LOG_WARNING, "Atomic: its statuses do not fit one message of %lu bytes",
		       s->peer_max_msg);
		fail_atomic(s, f, ATOMIC_TOO_LARGE);
		return;
	}
	code = dm_journal_statuses(s, f->out);
	if (code != MO_OK) {
		dm_log(s, LOG_ERR, "Atomic not committed: %s", mo_tree_error(s->tree));
		fail_atomic(s, f, ATOMIC_FAILED);
		return;
	}
	f->atomic = DM_ATOMIC_NONE;
	code = mo_tree_commit(s->tree);
	if (code != MO_OK) {
		dm_log(s, LOG_ERR, "Atomic not committed (%d): %s", code, mo_tree_error(s->tree));
		dm_journal_void(f->out);
		undo_statuses(f->out, ATOMIC_FAILED,
			      code == MO_ROLLBACK_FAILED ? code : ROLLED_BACK);
		return;
	}
	for (out = f->out->next; out; out = out->next)
		out->glued = true;
}

void dm_frame_pop(struct dm_session *s)
{
	struct dm_frame *f = dm_top_frame(s);

	if (f->atomic == DM_ATOMIC_OPEN)
		commit_atomic(s, f);
	if (f->container && f->out)
		dm_log(s, dm_status_is_ok(f->out->code) ? LOG_INFO : LOG_NOTICE, "%s: %d",
		       f->container->name, f->out->code);
	s->depth--;
}

void dm_frame_push(struct dm_session *s, struct dm_cmd *cmd, int code, int refuse)
{
	struct dm_frame *f = &s->frames[s->depth++];

	memset(f, 0, sizeof(*f));
	f->container = cmd;
	f->next = cmd->members;
	f->refuse = refuse;
	f->out = dm_status_add(s, cmd, NULL, code);
	if (refuse || cmd->type != DM_CMD_ATOMIC)
		return;
	code = mo_tree_begin(s->tree);
	if (code == MO_OK) {
		f->atomic = DM_ATOMIC_OPEN;
	} else {
		f->refuse = DM_NOT_EXECUTED;
		if (f->out)
			f->out->code = code;
	}
}

void dm_atomic_suspend(struct dm_session *s)
{
	struct dm_frame *f = dm_atomic_frame(s);

	if (!f || f->atomic != DM_ATOMIC_OPEN)
		return;
	mo_tree_rollback(s->tree);
	f->atomic = DM_ATOMIC_SUSPENDED;
}

/* What had succeeded and does not any more. */
static void amend_status(struct dm_frame *f, const struct dm_cmd *cmd, int code)
{
	struct dm_out *out;

	for (out = f->out; out; out = out->next) {
		if (!strcmp(out->cmd_ref, cmd->cmd_id)) {
			out->code = code;
			return;
		}
	}
}

void dm_atomic_resume(struct dm_session *s)
{
	struct dm_frame *f = dm_atomic_frame(s);
	const struct dm_cmd *m;
	int code;

	if (!f || f->atomic != DM_ATOMIC_SUSPENDED)
		return;
	code = mo_tree_begin(s->tree);
	if (code != MO_OK) {
		dm_log(s, LOG_ERR, "Atomic cannot go on (%d): %s", code, mo_tree_error(s->tree));
		fail_atomic(s, f, ATOMIC_FAILED);
		return;
	}
	f->atomic = DM_ATOMIC_OPEN;
	for (m = f->container->members; m != f->next; m = m->next) {
		code = m->type == DM_CMD_ALERT ? MO_OK : dm_execute_again(s, m);
		if (dm_status_is_ok(code))
			continue;
		dm_log(s, LOG_NOTICE, "%s: %d, after the user was asked", m->name, code);
		amend_status(f, m, code);
		fail_atomic(s, f, ATOMIC_FAILED);
		return;
	}
}
