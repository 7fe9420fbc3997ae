// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a message of the server says about what it got from us: that it has our last message, and
 * whether it takes the Results that it gets in chunks.
 */
#include "dm/engine.h"

#include <string.h>

#define DONE	200

/* The code of the server's Status for a command of ours; 0: there is none. cmd_ref 0: any. */
static int find_status(const struct dm_session *s, unsigned long msg, unsigned int cmd_ref,
		       const char *cmd)
{
	const struct dm_in_status *st;
	unsigned long ref, code;

	for (st = s->msg->statuses; st; st = st->next) {
		if (!st->cmd || strcmp(st->cmd, cmd) || !dm_parse_number(st->msg_ref, ~0UL, &ref) ||
		    ref != msg || !dm_parse_number(st->data, 999, &code))
			continue;
		if (!cmd_ref || (dm_parse_number(st->cmd_ref, ~0U, &ref) && ref == cmd_ref))
			return (int)code;
	}
	return 0;
}

/* The rest of an object is of no use once a chunk of it was turned down. */
static void check_chunk(struct dm_session *s)
{
	struct dm_out *out = s->leftovers.head;
	int code;

	if (!out || !out->sent)
		return;
	code = find_status(s, out->sent_msg, 0, "Results");
	if (!code || code == DONE || code == DM_CHUNK_ACCEPTED)
		return;
	dm_log(s, LOG_WARNING, "Results for %s: the server answers a chunk with %d",
	       out->target_ref, code);
	dm_out_free(dm_queue_take(&s->leftovers));
}

static int status_of_alert(const struct dm_session *s, const struct dm_out *out)
{
	return find_status(s, out->sent_msg, out->sent_cmd, "Alert");
}

void dm_answers_take(struct dm_session *s)
{
	check_chunk(s);
	dm_journal_delivered(s, &s->unacked, status_of_alert);
}

void dm_answers_send_again(struct dm_session *s)
{
	struct dm_queue statuses, alerts;
	struct dm_out *out;

	dm_queue_init(&statuses);
	dm_queue_init(&alerts);
	while ((out = dm_queue_take(&s->unacked)))
		dm_queue_put(out->kind == DM_OUT_ALERT && out->code != 1225 ? &alerts : &statuses, out);
	dm_queue_join(&statuses, &s->leftovers);
	dm_queue_join(&s->leftovers, &statuses);
	dm_queue_join(&alerts, &s->alerts);
	dm_queue_join(&s->alerts, &alerts);
}
