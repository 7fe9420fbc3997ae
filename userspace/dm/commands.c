// SPDX-License-Identifier: BSD-3-Clause
/*
 * Runs the commands of a message against the management tree, in document order.
 *
 * The lists that are being run (SyncBody, Sequence, Atomic) form a small stack, so that a run can
 * stop at a question to the user and go on later. Every command gets a Status, executed or not.
 * An Atomic is one unit of work, every other command one of its own; success is said only after
 * the tree has committed.
 */
#include "dm/engine.h"

#include <stdlib.h>
#include <string.h>

#include "dm/base64.h"

#define NOT_EXECUTED	215
#define ATOMIC_FAILED	507
#define NOT_IMPLEMENTED	501

static struct dm_frame *top(struct dm_session *s)
{
	return &s->frames[s->depth - 1];
}

static struct dm_frame *open_atomic(struct dm_session *s)
{
	unsigned int i;

	for (i = s->depth; i; i--) {
		if (s->frames[i - 1].atomic_open)
			return &s->frames[i - 1];
	}
	return NULL;
}

static void log_status(struct dm_session *s, const struct dm_cmd *cmd, const char *uri, int code)
{
	dm_log(s, dm_status_is_ok(code) ? LOG_INFO : LOG_NOTICE, "%s%s%s: %d", cmd->name,
	       uri ? " " : "", uri ? uri : "", code);
}

/* ------------------------------------------------------------------ values */

/* b64 is how XML carries binary: the node gets the bytes. */
static int decode_b64(const struct dm_item *item, struct mo_value *v)
{
	ssize_t n;

	v->data = malloc(item->data_len + 1);
	if (!v->data)
		return MO_FAILED;
	n = dm_b64_decode(item->data, item->data_len, (uint8_t *)v->data, item->data_len);
	if (n < 0) {
		free(v->data);
		v->data = NULL;
		return MO_BAD_COMMAND;
	}
	v->len = (size_t)n;
	v->data[n] = '\0';
	strcpy(v->format, "bin");
	return MO_OK;
}

static int copy_data(const struct dm_item *item, struct mo_value *v)
{
	v->data = malloc(item->data_len + 1);
	if (!v->data)
		return MO_FAILED;
	if (item->data_len)
		memcpy(v->data, item->data, item->data_len);
	v->data[item->data_len] = '\0';
	v->len = item->data_len;
	return MO_OK;
}

/*
 * The value of an Item; its own Meta comes before that of the command, and where there is none
 * the tree knows the defaults. optional: an argument of Exec may be left out. *v is to be
 * cleared in any case.
 */
static int item_value(const struct dm_cmd *cmd, const struct dm_item *item, bool optional,
		      struct mo_value *v)
{
	const char *format = item->meta.format ? item->meta.format : cmd->meta.format;
	const char *type = item->meta.type ? item->meta.type : cmd->meta.type;

	memset(v, 0, sizeof(*v));
	if (!format)
		format = "";
	if (!type)
		type = "";
	if (strlen(format) >= sizeof(v->format) || strlen(type) >= sizeof(v->type))
		return MO_UNSUPPORTED_FORMAT;
	strcpy(v->format, format);
	strcpy(v->type, type);
	if (!item->data && !optional && strcmp(format, "node") && strcmp(format, "null"))
		return MO_BAD_COMMAND;
	if (item->data_len > DM_MAX_OBJ_SIZE)
		return MO_TOO_LARGE;
	if (!strcmp(format, "b64") && item->data)
		return decode_b64(item, v);
	return copy_data(item, v);
}

/* ------------------------------------------------------ commands on the tree */

static int run_exec(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	struct mo_value arg;
	int code = item_value(cmd, item, true, &arg);

	if (code == MO_OK)
		code = mo_tree_exec(s->tree, s->acc.server_id, item->target,
				    item->data ? &arg : NULL);
	mo_value_clear(&arg);
	return code;
}

static int run_write(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	struct mo_value v;
	int code;

	if (cmd->type == DM_CMD_DELETE)
		return mo_tree_delete(s->tree, s->acc.server_id, item->target);
	code = item_value(cmd, item, false, &v);
	if (code == MO_OK && cmd->type == DM_CMD_ADD)
		code = mo_tree_add(s->tree, s->acc.server_id, item->target, &v);
	else if (code == MO_OK)
		code = mo_tree_replace(s->tree, s->acc.server_id, item->target, &v);
	mo_value_clear(&v);
	return code;
}

/* What an Item lacks, before it is executed. */
static int check_item(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	if (!item->target || !*item->target)
		return MO_BAD_COMMAND;
	if (item->more_data) {
		dm_log(s, LOG_WARNING,
		       "%s %s: an object in several chunks (MoreData) is not supported", cmd->name,
		       item->target);
		return MO_TOO_LARGE;
	}
	return MO_OK;
}

static int run_item(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	int code = check_item(s, cmd, item);

	if (code != MO_OK)
		return code;
	return cmd->type == DM_CMD_EXEC ? run_exec(s, cmd, item) : run_write(s, cmd, item);
}

static bool any_ok(const int *codes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (dm_status_is_ok(codes[i]))
			return true;
	}
	return false;
}

/* Ends the unit of work of a command; if the tree refuses, nothing of it has happened. */
static void finish_unit(struct dm_session *s, int *codes, size_t n)
{
	int code;
	size_t i;

	if (!any_ok(codes, n)) {
		mo_tree_rollback(s->tree);
		return;
	}
	code = mo_tree_commit(s->tree);
	if (code == MO_OK)
		return;
	dm_log(s, LOG_ERR, "not committed: %s", mo_tree_error(s->tree));
	for (i = 0; i < n; i++) {
		if (dm_status_is_ok(codes[i]))
			codes[i] = code;
	}
}

/*
 * Add, Replace, Delete and Exec. In an Atomic the first Item that fails ends the command, else
 * the Items stand for themselves. Exec is synchronous and has no unit of work: it may start
 * what cannot be taken back.
 */
static void run_items(struct dm_session *s, const struct dm_cmd *cmd, int *codes, size_t n)
{
	bool inside = open_atomic(s), unit = !inside && cmd->type != DM_CMD_EXEC;
	const struct dm_item *item;
	size_t i = 0;
	int code = unit ? mo_tree_begin(s->tree) : MO_OK;

	for (item = cmd->items; item; item = item->next, i++) {
		if (code == MO_OK)
			codes[i] = run_item(s, cmd, item);
		else
			codes[i] = code;
		if (inside && !dm_status_is_ok(codes[i]))
			code = NOT_EXECUTED;
	}
	if (unit && code == MO_OK)
		finish_unit(s, codes, n);
}

/* Reads one Item; *v is the value if the answer is 200. */
static int get_item(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		    struct mo_value *v)
{
	int code = check_item(s, cmd, item);

	if (code != MO_OK)
		return code;
	code = mo_tree_get(s->tree, s->acc.server_id, item->target, v);
	if (code != MO_OK)
		return code;
	if (v->len > DM_MAX_OBJ_SIZE || (s->peer_max_obj && v->len > s->peer_max_obj) ||
	    s->queue.result_bytes + v->len > DM_MAX_RESULT_BYTES ||
	    !dm_package_fits(s, cmd, item->target, v)) {
		dm_log(s, LOG_WARNING, "Get %s: the value does not fit a message", item->target);
		return MO_TOO_LARGE;
	}
	return MO_OK;
}

/* Statuses come before all Results, hence the two passes. */
static void run_get(struct dm_session *s, const struct dm_cmd *cmd, int *codes, size_t n)
{
	struct mo_value *values = calloc(n, sizeof(*values));
	const struct dm_item *item;
	size_t i;

	if (!values) {
		s->no_memory = true;
		return;
	}
	for (item = cmd->items, i = 0; item; item = item->next, i++)
		codes[i] = get_item(s, cmd, item, &values[i]);
	dm_status_add_items(s, cmd, codes);
	for (item = cmd->items, i = 0; item; item = item->next, i++) {
		if (codes[i] == MO_OK)
			dm_results_add(s, cmd, item->target, &values[i]);
		mo_value_clear(&values[i]);
	}
	free(values);
}

/* The first code of the Items that is not a success, else the first. */
static int worst(const int *codes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!dm_status_is_ok(codes[i]))
			return codes[i];
	}
	return codes[0];
}

static void run_on_tree(struct dm_session *s, const struct dm_cmd *cmd)
{
	const struct dm_item *item;
	size_t n = 0, i;
	int *codes;

	for (item = cmd->items; item; item = item->next)
		n++;
	codes = calloc(n ? n : 1, sizeof(*codes));
	if (!codes) {
		s->no_memory = true;
		return;
	}
	if (cmd->type == DM_CMD_GET) {
		run_get(s, cmd, codes, n);
	} else {
		run_items(s, cmd, codes, n);
		dm_status_add_items(s, cmd, codes);
	}
	for (item = cmd->items, i = 0; item; item = item->next, i++)
		log_status(s, cmd, item->target, codes[i]);
	dm_commands_member_done(s, cmd, worst(codes, n));
	free(codes);
}

/* -------------------------------------------------------- Sequence and Atomic */

static void fail_atomic(struct dm_session *s, struct dm_frame *f)
{
	mo_tree_rollback(s->tree);
	f->atomic_open = false;
	f->refuse = NOT_EXECUTED;
	if (f->out) {
		f->out->code = ATOMIC_FAILED;
		dm_status_undo(f->out);
	}
}

void dm_commands_member_done(struct dm_session *s, const struct dm_cmd *cmd, int code)
{
	struct dm_frame *f = top(s), *atomic = open_atomic(s);
	bool canceled = code == 214 || code == 408;

	if (dm_status_is_ok(code))
		return;
	if (atomic) {
		/* whatever the failure was, it stays inside of the Atomic */
		fail_atomic(s, atomic);
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
		f->refuse = NOT_EXECUTED;
	if (canceled)
		s->stopped = true;
}

static void pop_frame(struct dm_session *s)
{
	struct dm_frame *f = top(s);
	int code;

	if (f->atomic_open) {
		f->atomic_open = false;
		code = mo_tree_commit(s->tree);
		if (code != MO_OK) {
			dm_log(s, LOG_ERR, "Atomic not committed (%d): %s", code,
			       mo_tree_error(s->tree));
			if (f->out) {
				f->out->code = ATOMIC_FAILED;
				dm_status_undo(f->out);
			}
		}
	}
	if (f->container)
		log_status(s, f->container, NULL, f->out ? f->out->code : MO_FAILED);
	s->depth--;
}

/* Goes into a container. refuse: it is not run, its Status is code and its members get refuse. */
static void push_frame(struct dm_session *s, struct dm_cmd *cmd, int code, int refuse)
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
		f->atomic_open = true;
	} else {
		f->refuse = NOT_EXECUTED;
		if (f->out)
			f->out->code = code;
	}
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
	if (open_atomic(s) && (is_container(cmd) || cmd->type == DM_CMD_GET ||
			       cmd->type == DM_CMD_EXEC)) {
		dm_log(s, LOG_WARNING, "%s %u: %s is not allowed inside Atomic", s->msg->unit,
		       cmd->where, cmd->name);
		return MO_FAILED;
	}
	return cmd->type == DM_CMD_COPY ? MO_UNSUPPORTED_FEATURE : 0;
}

/* A command that is not executed. */
static void refuse_command(struct dm_session *s, struct dm_cmd *cmd, int code, int members)
{
	if (is_container(cmd)) {
		push_frame(s, cmd, code, members);
	} else {
		const char *uri = cmd->items && !cmd->items->next ? cmd->items->target : NULL;

		dm_status_add(s, cmd, uri, code);
		log_status(s, cmd, uri, code);
	}
}

static bool run_alert(struct dm_session *s, const struct dm_cmd *cmd)
{
	int code = 0;

	if (!dm_alert_run(s, cmd, &code))
		return false;
	dm_status_add(s, cmd, NULL, code);
	log_status(s, cmd, cmd->data, code);
	dm_commands_member_done(s, cmd, code);
	return true;
}

/* False if it waits for the user. */
static bool run_command(struct dm_session *s, struct dm_cmd *cmd)
{
	int refuse = top(s)->refuse ? top(s)->refuse : s->stopped ? NOT_EXECUTED : 0;
	int code;

	s->counts.commands++;
	if (is_container(cmd) && s->depth > DM_MAX_NESTING) {
		refuse_deep(s, cmd, refuse ? refuse : MO_FAILED, refuse ? refuse : NOT_EXECUTED);
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
		refuse_command(s, cmd, code, NOT_EXECUTED);
	} else if (is_container(cmd)) {
		push_frame(s, cmd, MO_OK, 0);
	} else if (cmd->type == DM_CMD_ALERT) {
		return run_alert(s, cmd);
	} else {
		run_on_tree(s, cmd);
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
	while (s->depth) {
		struct dm_cmd *cmd = top(s)->next;

		if (!cmd) {
			pop_frame(s);
			continue;
		}
		top(s)->next = cmd->next;
		if (!run_command(s, cmd))
			return false;
	}
	return true;
}

void dm_commands_drop(struct dm_session *s)
{
	if (open_atomic(s))
		mo_tree_rollback(s->tree);
	s->depth = 0;
}
