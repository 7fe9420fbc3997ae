// SPDX-License-Identifier: BSD-3-Clause
/* DMAcc, nonces, sessions seen, and the database file: durable, private, honest when damaged. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "mo/private.h"

struct world {
	char dir[32], path[64];
	struct mo_tree *t;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	strcpy(w->dir, "/tmp/mo-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/tree.db", w->dir);
	assert_int_equal(mo_tree_open(w->path, &w->t), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char cmd[64];

	mo_tree_close(w->t);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
	assert_int_equal(system(cmd), 0);
	free(w);
	return 0;
}

static void reopen(struct world *w)
{
	mo_tree_close(w->t);
	w->t = NULL;
	assert_int_equal(mo_tree_open(w->path, &w->t), 0);
}

static const struct mo_account card = {
	.server_id = "dmsc.example", .name = "My card", .addr = "http://127.0.0.1:3516/dm",
	.auth_pref = "DIGEST",
	.client = { .type = "DIGEST", .name = "client01", .secret = "pw-client",
		    .nonce = { 0, 1, 2, 0xff }, .nonce_len = 4 },
	.server = { .type = "HMAC", .name = "dmsc.example", .secret = "pw-server", .nonce_len = 0 },
};

static void same_credential(const struct mo_credential *a, const struct mo_credential *b)
{
	assert_string_equal(a->type, b->type);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->secret, b->secret);
	assert_int_equal(a->nonce_len, b->nonce_len);
	assert_memory_equal(a->nonce, b->nonce, a->nonce_len);
}

static void test_round_trip(void **state)
{
	struct world *w = *state;
	struct mo_account acc;

	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), -ENOENT);
	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	assert_int_equal(mo_account_create(w->t, "Other", &card), -EEXIST);
	reopen(w);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_string_equal(acc.node, "./DMAcc/Card");
	assert_string_equal(acc.server_id, card.server_id);
	assert_string_equal(acc.name, card.name);
	assert_string_equal(acc.addr, card.addr);
	assert_string_equal(acc.auth_pref, card.auth_pref);
	same_credential(&acc.client, &card.client);
	same_credential(&acc.server, &card.server);
	mo_account_wipe(&acc);
	assert_int_equal(acc.client.secret[0], 0);
	assert_int_equal(acc.node[0], 0);
}

static void test_several(void **state)
{
	struct world *w = *state;
	struct mo_account acc = card;
	char id[128], tiny[4];

	assert_int_equal(mo_account_nth(w->t, 0, id, sizeof(id)), -ENOENT);
	assert_int_equal(mo_account_create(w->t, "B", &acc), 0);
	strcpy(acc.server_id, "first");
	strcpy(acc.client.secret, "other secret");
	assert_int_equal(mo_account_create(w->t, "A b/c", &acc), 0);
	strcpy(acc.server_id, "third");
	assert_int_equal(mo_account_create(w->t, "B", &acc), -EEXIST);
	assert_int_equal(mo_account_nth(w->t, 0, id, sizeof(id)), 0);
	assert_string_equal(id, "first");
	assert_int_equal(mo_account_nth(w->t, 1, id, sizeof(id)), 0);
	assert_string_equal(id, "dmsc.example");
	assert_int_equal(mo_account_nth(w->t, 2, id, sizeof(id)), -ENOENT);
	assert_int_equal(mo_account_nth(w->t, 1, tiny, sizeof(tiny)), -EMSGSIZE);
	assert_int_equal(mo_account_load(w->t, "first", &acc), 0);
	assert_string_equal(acc.node, "./DMAcc/A%20b%2Fc");
	assert_string_equal(acc.client.secret, "other secret");
	mo_account_wipe(&acc);
}

/* An authenticated server is no friend of the others: their accounts are not its business. */
static void other_accounts_are_closed(void **state)
{
	static const char *const leaves[] = {
		"./DMAcc/Theirs/AppAuth/2/AAuthSecret", "./DMAcc/Theirs/AppAuth/2/AAuthName",
		"./DMAcc/Theirs/AppAddr/1/Addr", "./DMAcc/Theirs/Name", "./DMAcc/Theirs?prop=ACL",
		"./DMAcc/Theirs?prop=Name", "./DMAcc?prop=ACL",
	};
	struct world *w = *state;
	struct mo_account acc = card;
	struct mo_value got;
	size_t i;

	assert_int_equal(mo_account_create(w->t, "Mine", &acc), 0);
	strcpy(acc.server_id, "other.example");
	assert_int_equal(mo_account_create(w->t, "Theirs", &acc), 0);
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct mo_value v = { .data = (char *)"Get=*", .len = 5 };

		assert_int_equal(mo_tree_replace(w->t, "dmsc.example", leaves[i], &v), MO_PERMISSION_DENIED);
	}
	assert_int_equal(mo_tree_get(w->t, "dmsc.example", "./DMAcc/Theirs/AppAuth/2/AAuthName", &got),
			 MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, "dmsc.example", "./DMAcc/Theirs"), MO_PERMISSION_DENIED);
	/* nor may it give them another password beside the first */
	assert_int_equal(mo_tree_add(w->t, "dmsc.example", "./DMAcc/Theirs/AppAuth/3/AAuthLevel",
				     &(struct mo_value){ .data = (char *)"SRVCRED", .len = 7 }),
			 MO_PERMISSION_DENIED);
	/* its own is, but for who it is */
	assert_int_equal(mo_tree_replace(w->t, "dmsc.example", "./DMAcc/Mine/AppAuth/2/AAuthSecret",
					 &(struct mo_value){ .data = (char *)"new", .len = 3 }), MO_OK);
	assert_int_equal(mo_tree_replace(w->t, "dmsc.example", "./DMAcc/Mine?prop=Name",
					 &(struct mo_value){ .data = (char *)"Home", .len = 4 }), MO_OK);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_string_equal(acc.node, "./DMAcc/Home");
	/* an id that no ACL can name has no account */
	strcpy(acc.server_id, "a+b");
	assert_int_equal(mo_account_create(w->t, "Odd", &acc), -EINVAL);
	strcpy(acc.server_id, "*");
	assert_int_equal(mo_account_create(w->t, "Odd", &acc), -EINVAL);
}

/* A tree from the time when all servers could change all accounts. */
static void old_accounts_are_closed(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_account_create(w->t, "Theirs", &card), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./DMAcc/Theirs", ""), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./DMAcc", MO_ACL_ALL), 0);
	assert_int_equal(mo_tree_delete(w->t, "evil", "./DMAcc/Theirs/Name"), MO_OK);
	assert_int_equal(mo_account_close_all(w->t), 0);
	assert_int_equal(mo_tree_delete(w->t, "evil", "./DMAcc/Theirs/AAuthPref"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, "dmsc.example", "./DMAcc/Theirs/AAuthPref"), MO_OK);
}

static void test_create_errors(void **state)
{
	struct world *w = *state;
	struct mo_account acc = card;
	char name[200];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(mo_account_create(w->t, "", &acc), -EINVAL);
	assert_int_equal(mo_account_create(w->t, name, &acc), -ENAMETOOLONG);
	acc.client.nonce_len = MO_NONCE_LEN + 1;
	assert_int_equal(mo_account_create(w->t, "x", &acc), -EINVAL);
	acc = card;
	acc.server_id[0] = '\0';
	assert_int_equal(mo_account_create(w->t, "x", &acc), -EINVAL);
	/* text that the tree cannot hold: nothing is left of the half account */
	acc = card;
	strcpy(acc.server.name, "\xff");
	assert_int_equal(mo_account_create(w->t, "x", &acc), -EINVAL);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), -ENOENT);
	assert_int_equal(mo_account_create(w->t, "x", &card), 0);
}

static void test_nonces(void **state)
{
	struct world *w = *state;
	uint8_t nonce[MO_NONCE_LEN + 1];
	struct mo_account acc;
	size_t i;

	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(i * 7);
	assert_int_equal(mo_account_set_nonce(w->t, "dmsc.example", MO_CRED_CLIENT, nonce, 16),
			 -ENOENT);
	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	assert_int_equal(
		mo_account_set_nonce(w->t, "dmsc.example", MO_CRED_SERVER, nonce, MO_NONCE_LEN), 0);
	reopen(w);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_int_equal(acc.server.nonce_len, MO_NONCE_LEN);
	assert_memory_equal(acc.server.nonce, nonce, MO_NONCE_LEN);
	same_credential(&acc.client, &card.client);
	assert_int_equal(mo_account_set_nonce(w->t, "dmsc.example", MO_CRED_CLIENT, nonce + 1, 16),
			 0);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_memory_equal(acc.client.nonce, nonce + 1, 16);
	assert_string_equal(acc.client.secret, card.client.secret);
	assert_int_equal(
		mo_account_set_nonce(w->t, "dmsc.example", MO_CRED_CLIENT, nonce, sizeof(nonce)),
		-EMSGSIZE);
	/* a nonce that vanished comes back */
	assert_int_equal(mo_tree_delete(w->t, "dmsc.example", "./DMAcc/Card/AppAuth/1/AAuthData"),
			 MO_OK);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_int_equal(acc.client.nonce_len, 0);
	assert_int_equal(mo_account_set_nonce(w->t, "dmsc.example", MO_CRED_CLIENT, nonce, 8), 0);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_int_equal(acc.client.nonce_len, 8);
	mo_account_wipe(&acc);
}

static int get(struct world *w, const char *uri)
{
	struct mo_value v;
	int status = mo_tree_get(w->t, "dmsc.example", uri, &v);

	mo_value_clear(&v);
	return status;
}

static int write_node(struct world *w, bool add, const char *uri, const char *format,
		      const char *data)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) };

	strcpy(v.format, format);
	return add ? mo_tree_add(w->t, "dmsc.example", uri, &v) :
		     mo_tree_replace(w->t, "dmsc.example", uri, &v);
}

static void test_server_access(void **state)
{
	struct world *w = *state;
	struct mo_account acc;
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	assert_int_equal(get(w, "./DMAcc/Card/ServerID"), MO_OK);
	assert_int_equal(get(w, "./DMAcc/Card/AppAuth/1/AAuthName"), MO_OK);
	assert_int_equal(get(w, "./DMAcc/Card/AppAuth/1/AAuthSecret"), MO_NOT_ALLOWED);
	assert_int_equal(get(w, "./DMAcc/Card/AppAuth/2/AAuthData"), MO_NOT_ALLOWED);
	/* who one is cannot be changed, the rest can */
	assert_int_equal(write_node(w, false, "./DMAcc/Card/ServerID", "", "x"), MO_NOT_ALLOWED);
	assert_int_equal(write_node(w, false, "./DMAcc/Card/Name", "", "new"), MO_OK);
	assert_int_equal(write_node(w, false, "./DMAcc/Card/AppAuth/1/AAuthSecret", "", "s3"),
			 MO_OK);
	assert_int_equal(
		write_node(w, false, "./DMAcc/Card/AppAuth/1/AAuthData", "b64", "AQIDBA=="), MO_OK);
	assert_int_equal(write_node(w, true, "./DMAcc/Card/PrefConRef", "", "./NAP/1"), MO_OK);
	assert_int_equal(mo_account_load(w->t, "dmsc.example", &acc), 0);
	assert_string_equal(acc.name, "new");
	assert_string_equal(acc.client.secret, "s3");
	assert_int_equal(acc.client.nonce_len, 4);
	assert_memory_equal(acc.client.nonce, "\1\2\3\4", 4);
	/* what an account could not be loaded with is refused */
	assert_int_equal(write_node(w, false, "./DMAcc/Card/AppAuth/1/AAuthSecret", "", text),
			 MO_TOO_LARGE);
	assert_int_equal(write_node(w, false, "./DMAcc/Card/AppAuth/1/AAuthData", "bin", text),
			 MO_TOO_LARGE);
	assert_int_equal(write_node(w, true, "./DMAcc/New/ServerID", "", text), MO_TOO_LARGE);
	assert_int_equal(write_node(w, true, "./DMAcc/leaf", "", "x"), MO_NOT_ALLOWED);
	/* an account made by a server keeps its secrets, too */
	assert_int_equal(write_node(w, true, "./DMAcc/New/ServerID", "", "two"), MO_OK);
	assert_int_equal(write_node(w, true, "./DMAcc/New/AppAuth/x/AAuthSecret", "", "s"), MO_OK);
	assert_int_equal(get(w, "./DMAcc/New/AppAuth/x/AAuthSecret"), MO_NOT_ALLOWED);
	assert_int_equal(mo_account_load(w->t, "two", &acc), 0);
	assert_string_equal(acc.addr, "");
	assert_int_equal(mo_tree_delete(w->t, "dmsc.example", "./DMAcc/New"), MO_OK);
	assert_int_equal(mo_account_load(w->t, "two", &acc), -ENOENT);
}

static void test_seen(void **state)
{
	struct world *w = *state;
	unsigned int i;

	assert_int_equal(mo_session_seen(w->t, "a", 0x2a), 0);
	assert_int_equal(mo_session_seen(w->t, "a", 0x2a), 1);
	assert_int_equal(mo_session_seen(w->t, "b", 0x2a), 0);
	reopen(w);
	assert_int_equal(mo_session_seen(w->t, "a", 0x2a), 1);
	assert_int_equal(mo_session_seen(w->t, "a", 0xffff), 0);
	assert_int_equal(mo_session_seen(w->t, "a", 0xffff), 1);
	/* the newest 32 are remembered */
	for (i = 0; i < 31; i++)
		assert_int_equal(mo_session_seen(w->t, "a", (uint16_t)(1000 + i)), 0);
	assert_int_equal(mo_session_seen(w->t, "a", 0xffff), 1);
	assert_int_equal(mo_session_seen(w->t, "a", 0x2a), 0);
	assert_int_equal(mo_session_seen(w->t, "b", 0x2a), 1);
}

/* ------------------------------------------------------------------------ the file */

static void test_private_file(void **state)
{
	static const char *const suffixes[] = { "", "-wal" };
	struct world *w = *state;
	struct stat st;
	char path[80];
	size_t i;

	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, suffixes[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	/* a file that others could read is closed to them */
	mo_tree_close(w->t);
	w->t = NULL;
	assert_int_equal(chmod(w->path, 0644), 0);
	assert_int_equal(mo_tree_open(w->path, &w->t), 0);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void expect_refused(const char *path, int err, const char *part)
{
	struct mo_tree *t = NULL;
	char why[300];
	int ret = mo_tree_open_why(path, &t, why, sizeof(why));

	assert_int_equal(ret, err);
	assert_null(t);
	if (!strstr(why, path) || !strstr(why, part))
		fail_msg("\"%s\" lacks %s or %s", why, path, part);
	assert_int_equal(mo_tree_open(path, &t), err);
}

static void overwrite(const char *path, long offset, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, offset), (ssize_t)len);
	close(fd);
}

static void test_damaged_file(void **state)
{
	struct world *w = *state;
	char path[80], junk[8192];

	mo_tree_close(w->t);
	w->t = NULL;
	snprintf(path, sizeof(path), "%s/nowhere/tree.db", w->dir);
	expect_refused(path, -ENOENT, "No such file");
	expect_refused(w->dir, -EISDIR, "directory");
	snprintf(path, sizeof(path), "%s/text", w->dir);
	memset(junk, 'j', sizeof(junk));
	overwrite(path, 0, junk, sizeof(junk));
	expect_refused(path, -EUCLEAN, "not a database");
	/* a page in the middle */
	assert_int_equal(mo_tree_open(w->path, &w->t), 0);
	assert_int_equal(mo_account_create(w->t, "Card", &card), 0);
	mo_tree_close(w->t);
	w->t = NULL;
	overwrite(w->path, 4096, junk, sizeof(junk));
	expect_refused(w->path, -EUCLEAN, "damaged");
}

static void test_foreign_file(void **state)
{
	struct world *w = *state;
	char path[80];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/other.db", w->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE x(y)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	expect_refused(path, -EUCLEAN, "another program");
	mo_tree_close(w->t);
	w->t = NULL;
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	expect_refused(w->path, -ENOTSUP, "schema 99");
}

/* A file of the first version: its tree goes on as it was, with what has come since. */
static void test_first_version(void **state)
{
	static const char sql[] =
		"CREATE TABLE node(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node(id) ON DELETE"
		" CASCADE, name TEXT NOT NULL, format TEXT NOT NULL, type TEXT NOT NULL, access INTEGER NOT"
		" NULL, flags INTEGER NOT NULL, acl TEXT NOT NULL, value BLOB, UNIQUE(parent, name));"
		"CREATE TABLE seen(seq INTEGER PRIMARY KEY AUTOINCREMENT, server TEXT NOT NULL, session"
		" INTEGER NOT NULL, UNIQUE(server, session));"
		"INSERT INTO seen VALUES(1, 'a', 42);"
		"INSERT INTO node VALUES(1, NULL, '', 'node', '', 1, 1, 'Add=*&Get=*', NULL);"
		"INSERT INTO node VALUES(2, 1, 'DMAcc', 'node', '', 5, 1, 'Get=*', NULL);"
		"INSERT INTO node VALUES(3, 2, 'Card', 'node', '', 15, 0, '', NULL);"
		"INSERT INTO node VALUES(4, 3, 'ServerID', 'chr', 'text/plain', 1, 0, '', x'73');"
		"INSERT INTO node VALUES(5, 1, 'S', 'node', '', 5, 1, 'Get=*&Replace=*&Add=*', NULL);"
		"INSERT INTO node VALUES(6, 5, 'x', 'chr', 'text/plain', 15, 0, 'Get=*', x'3132');"
		"PRAGMA user_version = 1; PRAGMA application_id = 0x646d7363;";
	struct world *w = *state;
	struct mo_account acc;
	struct mo_value v;
	sqlite3 *db;

	mo_tree_close(w->t);
	w->t = NULL;
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	reopen(w);
	assert_int_equal(mo_account_load(w->t, "s", &acc), 0);
	assert_int_equal(mo_session_seen(w->t, "a", 42), 1);
	assert_int_equal(mo_tree_get(w->t, "s", "./S/x", &v), MO_OK);
	assert_string_equal(v.data, "12");
	mo_value_clear(&v);
	/* the mount point keeps the ACL it had; children go with their parents as before */
	assert_int_equal(mo_tree_get(w->t, "s", "./DMAcc?prop=ACL", &v), MO_OK);
	assert_string_equal(v.data, "Get=*");
	mo_value_clear(&v);
	assert_int_equal(mo_tree_copy(w->t, "s", "./S/x", "./S/z"), MO_OK);
	assert_int_equal(mo_tree_copy(w->t, NULL, "./S/x", "./S/y"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, NULL, "./DMAcc/Card"), MO_OK);
	assert_int_equal(mo_account_load(w->t, "s", &acc), -ENOENT);
	reopen(w);
	assert_int_equal(mo_tree_get(w->t, NULL, "./S/y?prop=VerNo", &v), MO_OK);
	mo_value_clear(&v);
}

/* A second agent on the same tree is refused, also from another process. */
static void test_in_use(void **state)
{
	struct world *w = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct mo_tree *t;
		char why[200] = "";
		int ret = mo_tree_open_why(w->path, &t, why, sizeof(why));

		_exit(ret == -EBUSY && strstr(why, w->path) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_round_trip), T(test_several), T(other_accounts_are_closed),
		T(old_accounts_are_closed), T(test_create_errors), T(test_nonces),
		T(test_server_access), T(test_seen), T(test_private_file), T(test_damaged_file),
		T(test_foreign_file), T(test_first_version), T(test_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
