// SPDX-License-Identifier: BSD-3-Clause
/*
 * Runs the commands of a message, in document order. Every command gets a Status, executed or not:
 * here is what is turned down before anything of it is looked at; what commands do to the tree is
 * in execute.c, Sequence and Atomic are in container.c.
 */
#include "dm/engine.h"

#include <string.h>

#define NOT_IMPLEMENTED	501

static void log_status(struct dm_session *s, const struct dm_cmd *cmd, const char *uri, int code)
{
	dm_log(s, dm_status_is_ok(code) ? LOG_INFO : LOG_NOTICE, "%s%s%s: %d", cmd->name,
	       uri ? " " : "", uri ? uri : "", code);
}

/* A container too deep to be entered: it and all below it in one go. */
static void refuse_deep(struct dm_session *s, const struct dm_cmd *cmd, int code, int members)
{
	const struct dm_cmd *m;

	dm_status_add(s, cmd, NULL, code);
	for (m = cmd->members; m; m = m->next) {
		/* XML depth bounds this recursion */
		s->counts.commands++;
		if (m->members)
			refuse_deep(s, m, members, members);
		else
			dm_status_add(s, m, m->items ? m->items->target : NULL, members);
	}
}

/* ------------------------------------------------------------ one command */

static bool is_container(const struct dm_cmd *cmd)
{
	return cmd->type == DM_CMD_ATOMIC || cmd->type == DM_CMD_SEQUENCE;
}

/* Two commands of one message with the same CmdID: their Status could not be told apart. */
static bool is_duplicate(const struct dm_cmd *list, const struct dm_cmd *cmd, bool *reached)
{
	for (; list && !*reached; list = list->next) {
		if (list == cmd) {
			*reached = true;
			return false;
		}
		if (list->cmd_id && !strcmp(list->cmd_id, cmd->cmd_id))
			return true;
		if (is_duplicate(list->members, cmd, reached))
			return true;
	}
	return false;
}

/* 0, or the code with which a command is turned down before anything of it is looked at. */
static int check_command(struct dm_session *s, const struct dm_cmd *cmd)
{
	const char *defect = cmd->defect;
	bool reached = false;

	if (!cmd->cmd_id || !*cmd->cmd_id || !strcmp(cmd->cmd_id, "0"))
		defect = "CmdID is missing or 0";
	else if (is_duplicate(s->msg->cmds, cmd, &reached))
		defect = "CmdID is used twice in this message";
	else if (cmd->type == DM_CMD_UNKNOWN)
		defect = "unknown command";
	else if (!cmd->items && !is_container(cmd) && cmd->type != DM_CMD_ALERT &&
		 cmd->type != DM_CMD_FOREIGN)
		defect = "no Item";
	else if (is_container(cmd) && !cmd->members)
		defect = "no command inside";
	else if (cmd->type == DM_CMD_EXEC && cmd->items->next)
		defect = "Exec with more than one Item";
	if (defect) {
		dm_log(s, LOG_WARNING, "%s %u: %s: %s", s->msg->unit, cmd->where, cmd->name,
		       defect);
		return MO_BAD_COMMAND;
	}
	if (cmd->type == DM_CMD_FOREIGN)
		return NOT_IMPLEMENTED;
	if (dm_atomic_frame(s) && (is_container(cmd) || cmd->type == DM_CMD_GET ||
			       cmd->type == DM_CMD_EXEC)) {
		dm_log(s, LOG_WARNING, "%s %u: %s is not allowed inside Atomic", s->msg->unit,
		       cmd->where, cmd->name);
		return MO_FAILED;
	}
	return 0;
}

/* A command that is not executed. */
static void refuse_command(struct dm_session *s, struct dm_cmd *cmd, int code, int members)
{
	if (is_container(cmd)) {
		dm_frame_push(s, cmd, code, members);
	} else {
		const char *uri = cmd->items && !cmd->items->next ? cmd->items->target : NULL;

		dm_status_add(s, cmd, uri, code);
		log_status(s, cmd, uri, code);
	}
}

static bool run_alert(struct dm_session *s, const struct dm_cmd *cmd)
{
	int code = 0;

	if (!dm_alert_run(s, cmd, &code)) {
		dm_atomic_suspend(s);
		return false;
	}
	dm_status_add(s, cmd, NULL, code);
	log_status(s, cmd, cmd->data, code);
	dm_commands_member_done(s, cmd, code);
	return true;
}

/* False if it waits for the user. */
static bool run_command(struct dm_session *s, struct dm_cmd *cmd)
{
	int refuse = dm_top_frame(s)->refuse ? dm_top_frame(s)->refuse : s->stopped ? DM_NOT_EXECUTED : 0;
	int code;

	s->counts.commands++;
	dm_object_guard(s, cmd, cmd->items);
	if (is_container(cmd) && s->depth > DM_MAX_NESTING) {
		refuse_deep(s, cmd, refuse ? refuse : MO_FAILED, refuse ? refuse : DM_NOT_EXECUTED);
		return true;
	}
	if (refuse) {
		refuse_command(s, cmd, refuse, refuse);
		return true;
	}
	code = check_command(s, cmd);
	if (code) {
		/* first, as a container becomes the top of the stack */
		dm_commands_member_done(s, cmd, code);
		refuse_command(s, cmd, code, DM_NOT_EXECUTED);
	} else if (is_container(cmd)) {
		dm_batch_end(s);
		dm_frame_push(s, cmd, MO_OK, 0);
	} else if (cmd->type == DM_CMD_ALERT) {
		dm_batch_end(s);
		return run_alert(s, cmd);
	} else {
		dm_commands_member_done(s, cmd, dm_execute(s, cmd));
	}
	return true;
}

void dm_commands_begin(struct dm_session *s, int refuse)
{
	memset(&s->frames[0], 0, sizeof(s->frames[0]));
	s->frames[0].next = s->msg->cmds;
	s->frames[0].refuse = refuse;
	s->depth = 1;
	s->stopped = false;
}

bool dm_commands_run(struct dm_session *s)
{
	dm_atomic_resume(s);
	while (s->depth) {
		struct dm_cmd *cmd = dm_top_frame(s)->next;

		if (!cmd) {
			dm_batch_end(s);
			dm_frame_pop(s);
			continue;
		}
		dm_top_frame(s)->next = cmd->next;
		if (!run_command(s, cmd))
			return false;
	}
	return true;
}

void dm_commands_drop(struct dm_session *s)
{
	/* a unit of work that is open is one of ours */
	dm_atomic_suspend(s);
	s->depth = 0;
}
