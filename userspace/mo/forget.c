// SPDX-License-Identifier: BSD-3-Clause
/*
 * A server whose account is gone is forgotten: its id is taken out of all ACLs, and what the client
 * remembered of it goes, so that nobody who later comes under the same name inherits its rights.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mo/private.h"

#define MAX_SERVERS	64

struct mo_ids {
	unsigned int n;
	char id[MAX_SERVERS][128];
};

int mo_account_ids(struct mo_tree *t, struct mo_ids **ret)
{
	struct mo_ids *ids = calloc(1, sizeof(*ids));
	int err = 0;

	if (!ids)
		return MO_FAILED;
	while (!err && ids->n < MAX_SERVERS) {
		err = mo_account_nth(t, ids->n, ids->id[ids->n], sizeof(ids->id[0]));
		if (!err)
			ids->n++;
	}
	if (err && err != -ENOENT) {
		free(ids);
		return MO_FAILED;
	}
	*ret = ids;
	return MO_OK;
}

/* The root keeps all its commands: what nobody is left for is everybody's. */
static int strip_root(char acl[MO_MAX_ACL + 1], const char *before)
{
	char text[MO_MAX_ACL + 8];
	size_t n;

	for (; *before; before += n + (before[n] == '&')) {
		n = strcspn(before, "&");
		snprintf(text, sizeof(text), "%.*s", (int)(strcspn(before, "=") + 1), before);
		if (strstr(acl, text))
			continue;
		if (strlen(acl) + strlen(text) + 2 > MO_MAX_ACL)
			return MO_DEVICE_FULL;
		if (*acl)
			strcat(acl, "&");
		strcat(acl, text);
		strcat(acl, "*");
	}
	return MO_OK;
}

static int strip(struct mo_tree *t, int64_t id, const char *before, const char *server)
{
	char acl[MO_MAX_ACL + 1];
	int status = MO_OK;

	if (!mo_acl_strip(before, server, acl))
		return MO_OK;
	if (id == MO_ROOT_ID)
		status = strip_root(acl, before);
	return status == MO_OK ? mo_node_set_acl(t, id, acl) : status;
}

static int strip_all(struct mo_tree *t, const char *server)
{
	static const char sql[] =
		"SELECT id, acl FROM node WHERE id > ?1 AND instr(acl, ?2) ORDER BY id LIMIT 1";
	sqlite3_stmt *stmt;
	int64_t id = 0;
	int rc, status = MO_OK;

	if (sqlite3_prepare_v2(t->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return mo_db_failed(t);
	/* one at a time, since the table is written meanwhile */
	do {
		char before[MO_MAX_ACL + 1];

		sqlite3_reset(stmt);
		sqlite3_bind_int64(stmt, 1, id);
		sqlite3_bind_text(stmt, 2, server, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
		if (rc != SQLITE_ROW)
			break;
		id = sqlite3_column_int64(stmt, 0);
		snprintf(before, sizeof(before), "%s", (const char *)sqlite3_column_text(stmt, 1));
		sqlite3_reset(stmt);
		status = strip(t, id, before, server);
	} while (status == MO_OK);
	if (status == MO_OK && rc != SQLITE_DONE)
		status = mo_db_failed(t);
	sqlite3_finalize(stmt);
	return status;
}

static bool contains(const struct mo_ids *ids, const char *id)
{
	unsigned int i;

	for (i = 0; i < ids->n; i++)
		if (!strcmp(ids->id[i], id))
			return true;
	return false;
}

int mo_account_forget(struct mo_tree *t, const struct mo_ids *before)
{
	struct mo_ids *now;
	unsigned int i;
	int status = mo_account_ids(t, &now);

	if (status != MO_OK)
		return status;
	for (i = 0; i < before->n && status == MO_OK; i++)
		if (!contains(now, before->id[i])) {
			status = strip_all(t, before->id[i]);
			if (status == MO_OK)
				status = mo_trust_forget(t, before->id[i]);
		}
	free(now);
	return status;
}
