// SPDX-License-Identifier: BSD-3-Clause
/*
 * What was sent and what became of it: every command, members of Sequences and Atomics included,
 * must get its Status exactly once.
 *
 * A command with several Items gets one Status for all of them or one for each,
 * told apart by TargetRef; so it is Items that are ticked off here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

static void free_command(struct vdm_sent *cmd)
{
	size_t i;

	for (i = 0; i < cmd->items; i++)
		free(cmd->item[i].target);
	free(cmd->item);
}

void vdm_track_cut(struct vdm_session *s, size_t index)
{
	while (s->sent_count > index)
		free_command(&s->sent[--s->sent_count]);
}

static int add(struct vdm_session *s, const char *name, size_t items, unsigned int cmdid,
	       struct vdm_sent **ret)
{
	struct vdm_sent *cmd;

	if (s->sent_count == s->sent_room) {
		size_t room = s->sent_room ? s->sent_room * 2 : 16;
		struct vdm_sent *p;

		/* commands may be sent twice, when our credentials were stale the first time */
		if (s->sent_room > 4 * VDM_COMMANDS_MAX)
			return -ENOBUFS;
		p = reallocarray(s->sent, room, sizeof(*p));
		if (!p)
			return -ENOMEM;
		s->sent = p;
		s->sent_room = room;
	}
	cmd = &s->sent[s->sent_count];
	memset(cmd, 0, sizeof(*cmd));
	cmd->item = calloc(items, sizeof(*cmd->item));
	if (!cmd->item)
		return -ENOMEM;
	cmd->items = items;
	cmd->msg = s->msg_out;
	cmd->cmdid = cmdid;
	cmd->parent = -1;
	strncpy(cmd->cmd, name, sizeof(cmd->cmd) - 1);
	s->sent_count++;
	*ret = cmd;
	return 0;
}

int vdm_track_add(struct vdm_session *s, const xmlNode *n, unsigned int cmdid, long parent)
{
	char target[VDM_TEXT * 4];
	struct vdm_sent *cmd;
	size_t items = 0, i = 0;
	const xmlNode *c;
	int ret;

	/* the Items of an alert are its text, not what it is about */
	for (c = vdm_is(n, "Alert") ? NULL : n->children; c; c = c->next)
		items += vdm_is(c, "Item");
	ret = add(s, (const char *)n->name, items ? items : 1, cmdid, &cmd);
	if (ret)
		return ret;
	cmd->parent = parent;
	cmd->source = n;
	for (c = items ? n->children : NULL; c; c = c->next) {
		if (!vdm_is(c, "Item"))
			continue;
		ret = vdm_path_text(c, "Target/LocURI", target, sizeof(target));
		if (ret > 0) {
			cmd->item[i].target = strdup(target);
			if (!cmd->item[i].target) {
				vdm_track_cut(s, s->sent_count - 1);
				return -ENOMEM;
			}
		}
		i++;
	}
	return 0;
}

int vdm_track_add_internal(struct vdm_session *s, const char *name, unsigned int cmdid)
{
	struct vdm_sent *cmd;
	int ret = add(s, name, 1, cmdid, &cmd);

	if (!ret)
		cmd->internal = true;
	return ret;
}

int vdm_track_add_chunk(struct vdm_session *s, const xmlNode *n, unsigned int cmdid)
{
	int ret = vdm_track_add(s, n, cmdid, -1);

	if (!ret) {
		s->sent[s->sent_count - 1].internal = true;
		s->sent[s->sent_count - 1].chunk = true;
	}
	return ret;
}

struct vdm_sent *vdm_track_find(struct vdm_session *s, long msg, long cmdid)
{
	size_t i;

	for (i = 0; i < s->sent_count; i++)
		if (s->sent[i].msg == msg && s->sent[i].cmdid == cmdid)
			return &s->sent[i];
	return NULL;
}

static bool answered(const struct vdm_sent *cmd)
{
	size_t i;

	for (i = 0; i < cmd->items; i++)
		if (!cmd->item[i].status)
			return false;
	return true;
}

static bool touched(const struct vdm_sent *cmd)
{
	size_t i;

	for (i = 0; i < cmd->items; i++)
		if (cmd->item[i].status)
			return true;
	return false;
}

/* Adds an Item's target to what a log line will say: nothing, a string, or a list. */
static void add_target(struct json_object **targets, const char *target)
{
	struct json_object *one = target ? json_object_new_string(target) : NULL;

	if (!one)
		return;
	if (!*targets) {
		*targets = one;
		return;
	}
	if (!json_object_is_type(*targets, json_type_array)) {
		struct json_object *list = json_object_new_array();

		json_object_array_add(list, *targets);
		*targets = list;
	}
	json_object_array_add(*targets, one);
}

/* Statuses come in the order of the commands. */
static void check_order(struct vdm_session *s, const struct vdm_sent *cmd)
{
	const struct vdm_sent *later;

	for (later = cmd + 1; later < s->sent + s->sent_count && later->msg == cmd->msg; later++) {
		if (touched(later)) {
			vdm_violation(s, "the Status of command %u (%s) comes after that of %u",
				      cmd->cmdid, cmd->cmd, later->cmdid);
			return;
		}
	}
}

/* Ticks off the Items that the Status is about; the targets go to *targets. */
static void tick(struct vdm_session *s, struct vdm_sent *cmd, const xmlNode *status, int code,
		 struct json_object **targets)
{
	char ref[VDM_TEXT * 4];
	const xmlNode *c;
	bool any_ref = false;
	size_t i;

	for (c = status->children; c; c = c->next) {
		if (!vdm_is(c, "TargetRef"))
			continue;
		vdm_text(c, ref, sizeof(ref));
		any_ref = true;
		for (i = 0; i < cmd->items; i++) {
			struct vdm_item *item = &cmd->item[i];

			if (!item->status && item->target && !strcmp(item->target, ref)) {
				item->status = code;
				add_target(targets, item->target);
				break;
			}
		}
		if (i == cmd->items)
			vdm_violation(s, "TargetRef %s in the Status of command %u (%s) is none of its targets",
				      ref, cmd->cmdid, cmd->cmd);
	}
	/* a lone Item, or all of them */
	if (any_ref && (*targets || cmd->items > 1))
		return;
	for (i = 0; i < cmd->items; i++) {
		if (!cmd->item[i].status) {
			cmd->item[i].status = code;
			add_target(targets, cmd->item[i].target);
		}
	}
}

/* Codes that some commands only can have. */
static void check_code(struct vdm_session *s, const struct vdm_sent *cmd, long code)
{
	if (code == 213 && !cmd->chunk)
		vdm_violation(s, "command %u (%s) is 213, but it is complete", cmd->cmdid, cmd->cmd);
	if (code == 200 && cmd->chunk)
		vdm_violation(s, "a chunk of %s is 200, but more is to come", cmd->item[0].target);
	if (code == 212)
		vdm_violation(s, "command %u (%s) is 212, which is for SyncHdr", cmd->cmdid, cmd->cmd);
}

/* A chunk that was not the last. */
static void chunk_status(struct vdm_session *s, struct vdm_sent *cmd, int code)
{
	struct json_object *f;

	vdm_object_status(s, code);
	if (code != 213) {
		/* it is the end of the command, that of all its chunks */
		cmd->internal = false;
		return;
	}
	f = json_object_new_object();
	json_object_object_add(f, "msg", json_object_new_int64(cmd->msg));
	json_object_object_add(f, "cmdid", json_object_new_int64(cmd->cmdid));
	json_object_object_add(f, "target", cmd->item[0].target ?
			       json_object_new_string(cmd->item[0].target) : NULL);
	json_object_object_add(f, "status", json_object_new_int(code));
	vdm_log_event(s, "chunk", f);
}

void vdm_track_status(struct vdm_session *s, const xmlNode *status)
{
	long msg = vdm_number(vdm_child(status, "MsgRef"));
	long ref = vdm_number(vdm_child(status, "CmdRef"));
	long code = vdm_number(vdm_child(status, "Data"));
	struct vdm_sent *cmd = vdm_track_find(s, msg, ref);
	struct json_object *targets = NULL;
	char name[64];

	if (!cmd) {
		vdm_violation(s, "a Status for message %ld, command %ld, which was never sent", msg,
			      ref);
		return;
	}
	vdm_text(vdm_child(status, "Cmd"), name, sizeof(name));
	if (strcmp(name, cmd->cmd))
		vdm_violation(s, "the Status of command %u says Cmd %s, it was %s", cmd->cmdid,
			      name, cmd->cmd);
	if (code < 101 || code > 599) {
		vdm_violation(s, "the Status of command %u (%s) has no status code", cmd->cmdid,
			      cmd->cmd);
		return;
	}
	if (answered(cmd)) {
		vdm_violation(s, "command %u (%s) of message %ld is answered twice", cmd->cmdid,
			      cmd->cmd, msg);
		return;
	}
	check_order(s, cmd);
	check_code(s, cmd, code);
	tick(s, cmd, status, (int)code, &targets);
	if (cmd->chunk)
		chunk_status(s, cmd, (int)code);
	vdm_alert_answered(s, cmd, status, (int)code);
	if (cmd->internal) {
		json_object_put(targets);
		return;
	}
	vdm_log_status(s, cmd, targets, (int)code);
	if (answered(cmd))
		s->statuses++;
}

size_t vdm_track_open(const struct vdm_session *s)
{
	size_t i, n = 0;

	for (i = s->closed; i < s->sent_count; i++)
		n += !answered(&s->sent[i]);
	return n;
}

size_t vdm_track_results_due(const struct vdm_session *s)
{
	size_t i, n = 0;

	for (i = s->closed; i < s->sent_count; i++)
		n += !strcmp(s->sent[i].cmd, "Get") && s->sent[i].item[0].status == 200 &&
		     !s->sent[i].results;
	return n;
}

static void close_command(struct vdm_session *s, size_t index)
{
	struct vdm_sent *cmd = &s->sent[index];
	struct json_object *targets = NULL;
	size_t k;

	if (answered(cmd)) {
		vdm_verdict_check(s, index);
		return;
	}
	if (cmd->internal) {
		vdm_violation(s, "no Status for %s (command %u of message %u)",
			      cmd->chunk ? "a chunk" : "alert 1222", cmd->cmdid, cmd->msg);
		return;
	}
	for (k = 0; k < cmd->items; k++)
		if (!cmd->item[k].status)
			add_target(&targets, cmd->item[k].target);
	vdm_log_status(s, cmd, targets, 0);
}

void vdm_track_close(struct vdm_session *s)
{
	for (; s->closed < s->sent_count; s->closed++)
		close_command(s, s->closed);
}
