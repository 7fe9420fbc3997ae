// SPDX-License-Identifier: BSD-3-Clause
/* What the Statuses of commands that belong together must say together (spec/oma-dm.md 5.4, 8.4). */
#include <string.h>

#include "vuicc/dm-server.h"

static bool is_below(const struct vdm_session *s, size_t index, size_t container)
{
	long up = s->sent[index].parent;

	while (up >= 0 && (size_t)up != container)
		up = s->sent[up].parent;
	return up >= 0;
}

/*
 * An Atomic that failed: what was done before is undone (216, 516), one Item has the reason, and
 * nothing behind it was done (215).  No Item has it if the configuration as a whole was refused.
 */
static void check_failed_atomic(struct vdm_session *s, size_t index)
{
	const struct vdm_sent *atomic = &s->sent[index];
	bool failed = false;
	size_t i, k;

	for (i = index + 1; i < s->sent_count; i++) {
		const struct vdm_sent *member = &s->sent[i];

		if (member->parent != (long)index)
			continue;
		for (k = 0; k < member->items; k++) {
			int got = member->item[k].status;
			bool done = got == 200 || got == 202, undone = got == 216 || got == 516;

			if (!got || got == 215) {
				failed |= got == 215;
			} else if (done) {
				vdm_violation(s, "Atomic %u is 507 but its member %u (%s) is still %d",
					      atomic->cmdid, member->cmdid, member->cmd, got);
			} else if (failed) {
				vdm_violation(s, "Atomic %u: member %u (%s) is %d behind the one that failed",
					      atomic->cmdid, member->cmdid, member->cmd, got);
			} else {
				failed = !undone;
			}
		}
	}
}

/* An Atomic is all or nothing, and so must be the codes. */
static void check_atomic(struct vdm_session *s, size_t index)
{
	const struct vdm_sent *atomic = &s->sent[index];
	int code = atomic->item[0].status;
	size_t i, k;

	if (code == 507)
		check_failed_atomic(s, index);
	for (i = index + 1; code == 200 && i < s->sent_count; i++) {
		const struct vdm_sent *member = &s->sent[i];

		if (member->parent != (long)index)
			continue;
		for (k = 0; k < member->items; k++) {
			int got = member->item[k].status;

			if (got >= 214)
				vdm_violation(s, "Atomic %u is 200 but its member %u (%s) is %d",
					      atomic->cmdid, member->cmdid, member->cmd, got);
		}
	}
}

/* What an answer of the user stops: the members of this container, -1 = all that follows. */
static long stopped_by(const struct vdm_session *s, const struct vdm_sent *alert, int code)
{
	long up;

	for (up = alert->parent; up >= 0; up = s->sent[up].parent)
		if (!strcmp(s->sent[up].cmd, "Atomic"))
			return up;
	return code == 304 ? alert->parent : -1;
}

/*
 * The user said No: what follows in the Sequence is not done.  The user canceled: nothing that follows
 * in the message is.  In an Atomic either one is the failure of the Atomic and goes no further.
 */
static void check_stopped(struct vdm_session *s, size_t index)
{
	const struct vdm_sent *alert = &s->sent[index];
	int code = alert->item[0].status;
	long container;
	size_t i, k;

	if (!vdm_alert_for_user(alert) || (code != 304 && code != 214) ||
	    (code == 304 && alert->parent < 0))
		return;
	container = stopped_by(s, alert, code);
	for (i = index + 1; i < s->sent_count && s->sent[i].msg == alert->msg; i++) {
		const struct vdm_sent *later = &s->sent[i];

		if (later->internal || (container >= 0 && !is_below(s, i, (size_t)container)))
			continue;
		for (k = 0; k < later->items; k++) {
			int got = later->item[k].status;

			if (got && got != 215)
				vdm_violation(s, "the user answered %d to command %u, but command %u (%s) is %d",
					      code, alert->cmdid, later->cmdid, later->cmd, got);
		}
	}
}

void vdm_verdict_check(struct vdm_session *s, size_t index)
{
	const struct vdm_sent *cmd = &s->sent[index];

	if (!strcmp(cmd->cmd, "Atomic"))
		check_atomic(s, index);
	if (!strcmp(cmd->cmd, "Get") && cmd->item[0].status == 200 && !cmd->results)
		vdm_violation(s, "Get %u is 200 but no Results came", cmd->cmdid);
	check_stopped(s, index);
}
