/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A received SyncML message as the engine works with it, whatever it was encoded in.
 *
 * All strings belong to the message and go with it; what it held is wiped.
 */
#ifndef DM_MESSAGE_H
#define DM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

enum dm_cmd_type {
	DM_CMD_ADD,
	DM_CMD_REPLACE,
	DM_CMD_DELETE,
	DM_CMD_GET,
	DM_CMD_COPY,
	DM_CMD_EXEC,
	DM_CMD_ALERT,
	DM_CMD_ATOMIC,
	DM_CMD_SEQUENCE,
	DM_CMD_FOREIGN,		/* SyncML, but not DM: Put, Search, Sync, Map */
	DM_CMD_UNKNOWN,
};

/* Members are NULL where the element was absent. */
struct dm_meta {
	const char *format;
	const char *type;
	const char *size;		/* of the whole object, with its first chunk */
	const char *mark;
	const char *next_nonce;
	const char *max_msg_size;
	const char *max_obj_size;
};

struct dm_item {
	struct dm_item *next;
	const char *target;
	const char *source;
	struct dm_meta meta;
	const char *data;		/* NULL = no Data element */
	size_t data_len;
	bool more_data;
};

struct dm_cmd {
	struct dm_cmd *next;
	enum dm_cmd_type type;
	const char *name;		/* element name as sent */
	const char *cmd_id;		/* NULL = missing */
	struct dm_meta meta;
	const char *data;		/* of an Alert: its code */
	const char *correlator;
	struct dm_item *items;
	struct dm_cmd *members;		/* of Atomic and Sequence */
	const char *defect;		/* why it cannot be executed (static text), else NULL */
	unsigned int where;		/* line, or byte of WBXML */
};

struct dm_cred {
	bool present;
	struct dm_meta meta;
	const char *data;
};

struct dm_in_status {
	struct dm_in_status *next;
	const char *msg_ref, *cmd_ref, *cmd, *data;
	bool has_chal;
	struct dm_meta chal;
};

struct dm_header {
	const char *ver_dtd, *ver_proto, *session_id, *msg_id;
	const char *target, *source, *source_name, *resp_uri;
	struct dm_cred cred;
	struct dm_meta meta;
};

struct dm_arena;

struct dm_message {
	struct dm_arena *arena;
	struct dm_header hdr;
	struct dm_in_status *statuses;
	struct dm_cmd *cmds;
	bool final;
	const char *unit;		/* of dm_cmd.where: "line", "byte" */
};

struct dm_message *dm_message_new(void);
void dm_message_free(struct dm_message *m);
/* Zeroed memory that lives as long as the message; NULL if there is none. */
void *dm_message_alloc(struct dm_message *m, size_t len);
char *dm_message_strndup(struct dm_message *m, const char *text, size_t len);

/* An unsigned decimal number of at most max; false if text is anything else. */
bool dm_parse_number(const char *text, unsigned long max, unsigned long *value);

#endif /* DM_MESSAGE_H */
