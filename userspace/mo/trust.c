// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the client remembers of a server beside its account: the scheme of the last session, and
 * the nonce before the present one for as long as the server may not know the present one.
 */
#include <errno.h>
#include <string.h>
#include "mo/private.h"

int mo_trust_load(struct mo_tree *t, struct mo_account *acc)
{
	sqlite3_stmt *stmt = mo_stmt(t, MO_STMT_TRUST_GET);
	int step, len;

	if (!stmt)
		return -EIO;
	sqlite3_bind_text(stmt, 1, acc->server_id, -1, SQLITE_STATIC);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW) {
		const char *last = (const char *)sqlite3_column_text(stmt, 0);

		if (last && strlen(last) < sizeof(acc->last_auth))
			strcpy(acc->last_auth, last);
		len = sqlite3_column_bytes(stmt, 1);
		if (sqlite3_column_type(stmt, 1) == SQLITE_BLOB && len <= MO_NONCE_LEN) {
			if (len)
				memcpy(acc->previous, sqlite3_column_blob(stmt, 1), (size_t)len);
			acc->previous_len = (size_t)len;
			acc->has_previous = true;
		}
	}
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	if (step == SQLITE_ROW || step == SQLITE_DONE)
		return 0;
	mo_db_failed(t);
	return -EIO;
}

/* One write as an operation of its own. */
static int run(struct mo_tree *t, enum mo_stmt which, const char *server_id, const void *value,
	       size_t len, bool blob)
{
	sqlite3_stmt *stmt;
	bool own;
	int status = mo_op_begin(t, &own);

	if (status != MO_OK)
		return mo_status_errno(status);
	stmt = mo_stmt(t, which);
	if (stmt) {
		sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
		if (blob)
			sqlite3_bind_blob(stmt, 2, value, (int)len, SQLITE_STATIC);
		else if (value)
			sqlite3_bind_text(stmt, 2, value, (int)len, SQLITE_STATIC);
	}
	return mo_status_errno(mo_op_end(t, own, mo_stmt_run(t, stmt), NULL));
}

int mo_account_set_last_auth(struct mo_tree *t, const char *server_id, const char *type)
{
	if (strlen(type) >= sizeof(((struct mo_account *)0)->last_auth))
		return -EMSGSIZE;
	return run(t, MO_STMT_TRUST_AUTH, server_id, type, strlen(type), false);
}

int mo_account_drop_previous(struct mo_tree *t, const char *server_id)
{
	return run(t, MO_STMT_TRUST_DROP, server_id, NULL, 0, false);
}

int mo_trust_forget(struct mo_tree *t, const char *server_id)
{
	static const enum mo_stmt both[] = { MO_STMT_TRUST_FORGET, MO_STMT_PENDING_FORGET };
	int status = MO_OK;

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]) && status == MO_OK; i++) {
		sqlite3_stmt *stmt = mo_stmt(t, both[i]);

		if (stmt)
			sqlite3_bind_text(stmt, 1, server_id, -1, SQLITE_STATIC);
		status = mo_stmt_run(t, stmt);
	}
	return status;
}

int mo_account_next_nonce(struct mo_tree *t, const char *server_id, const uint8_t *nonce, size_t len)
{
	bool own = t->unit == MO_UNIT_NONE;
	struct mo_account acc;
	int err = mo_account_load(t, server_id, &acc);

	if (!err && own)
		err = mo_status_errno(mo_tree_begin(t));
	if (err)
		goto out;
	err = run(t, MO_STMT_TRUST_PREVIOUS, server_id, acc.server.nonce, acc.server.nonce_len, true);
	if (!err)
		err = mo_account_set_nonce(t, server_id, MO_CRED_SERVER, nonce, len);
	if (own && err)
		mo_tree_rollback(t);
	else if (own)
		err = mo_status_errno(mo_tree_commit(t));
out:
	mo_account_wipe(&acc);
	return err;
}
