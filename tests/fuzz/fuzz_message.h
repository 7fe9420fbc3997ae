/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must be true of a message that was read, whatever it was encoded in: reading all of it,
 * as an engine would, stays inside of it.
 */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dm/node.h"
#include "dm/syncml.h"
#include "fuzz/fuzz.h"

static size_t fuzz_text(const char *text)
{
	return text ? strlen(text) : 0;
}

static size_t fuzz_meta(const struct dm_meta *m)
{
	return fuzz_text(m->format) + fuzz_text(m->type) + fuzz_text(m->size) + fuzz_text(m->mark) +
	       fuzz_text(m->next_nonce) + fuzz_text(m->max_msg_size) + fuzz_text(m->max_obj_size);
}

static size_t fuzz_commands(const struct dm_cmd *cmd, unsigned int depth)
{
	const struct dm_item *item;
	size_t sum = 0;

	CHECK(depth < DM_DOCUMENT_DEPTH);
	for (; cmd; cmd = cmd->next) {
		CHECK(cmd->name && *cmd->name);
		CHECK(!cmd->members || cmd->type == DM_CMD_ATOMIC || cmd->type == DM_CMD_SEQUENCE);
		sum += fuzz_text(cmd->cmd_id) + fuzz_text(cmd->data) + fuzz_text(cmd->correlator) +
		       fuzz_meta(&cmd->meta);
		for (item = cmd->items; item; item = item->next) {
			sum += fuzz_text(item->target) + fuzz_text(item->source) +
			       fuzz_meta(&item->meta);
			CHECK(item->data || !item->data_len);
			if (item->data)	/* a NUL follows, which is not counted */
				CHECK(!item->data[item->data_len]);
		}
		sum += fuzz_commands(cmd->members, depth + 1);
	}
	return sum;
}

/* Reads a copy of exactly that size, so that an over-read is seen. */
static struct dm_message *fuzz_read(enum dm_encoding encoding, const uint8_t *data, size_t size)
{
	struct dm_message *msg = NULL;
	const struct dm_in_status *st;
	char why[160] = "";
	uint8_t *copy = malloc(size ? size : 1);
	int ret;

	CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	ret = dm_syncml_parse(encoding, copy, size, &msg, why, sizeof(why));
	free(copy);	/* nothing of it is referred to */
	CHECK(ret == 0 || ret == -EBADMSG);
	CHECK(!ret == !!msg && !ret == !*why);
	if (ret)
		return NULL;
	CHECK(msg->hdr.ver_dtd && msg->hdr.ver_proto && msg->hdr.session_id && msg->hdr.msg_id);
	for (st = msg->statuses; st; st = st->next)
		fuzz_text(st->msg_ref);
	fuzz_commands(msg->cmds, 0);
	return msg;
}

#endif /* FUZZ_MESSAGE_H */
