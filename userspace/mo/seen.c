// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which notification sessions were seen of each server, so that a package #0 that
 * comes twice starts one session.  The newest of each server are remembered: a SessionID has
 * 16 bits and may come again in its time.
 */
#include "mo/private.h"

#define SEEN_PER_SERVER	32

/* Notes the session; *fresh: it was not there. */
static int note_session(struct mo_tree *t, const char *server_id, uint16_t session_id, bool *fresh)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_SEEN_ADD);
	int status;

	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 2, session_id);
	status = mo_stmt_run(t, stmt);
	*fresh = sqlite3_changes(t->db) > 0;
	if (status != MO_OK || !*fresh)
		return status;
	stmt = mo_stmt(t, MO_STMT_SEEN_TRIM);
	if (!stmt)
		return MO_FAILED;
	sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 2, SEEN_PER_SERVER);
	return mo_stmt_run(t, stmt);
}

int mo_session_seen(struct mo_tree *t, const char *server_id, uint16_t session_id)
{
	bool own, fresh = false;
	int status = mo_op_begin(t, &own);

	if (status == MO_OK)
		status = mo_op_end(t, own, note_session(t, server_id, session_id, &fresh), NULL);
	return status == MO_OK ? !fresh : mo_status_errno(status);
}
