// SPDX-License-Identifier: BSD-3-Clause
/* Properties and who may change them, Copy, the node that failed, alerts that wait, large values. */
#include <errno.h>
#include <time.h>
#include "mo-rig.h"

static int replace_as(struct world *w, const char *server, const char *uri, const char *data)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) };

	return mo_tree_replace(w->t, server, uri, &v);
}

/* ---------------------------------------------------------------------------- reading */

static void get_acl(void **state)
{
	struct world *w = *state;

	expect_get(w, ".?prop=ACL", "", "Add=*&Get=*");
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	/* empty, not what is inherited */
	expect_get(w, "./Settings/a?prop=ACL", "", "");
}

static void get_format_name_type(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a b", "int", "1"), MO_OK);
	expect_get(w, "./Settings/a%20b?prop=Format", "", "int");
	expect_get(w, "./Settings/a%20b?prop=Name", "", "a b");
	expect_get(w, "./Settings/a%20b?prop=Type", "", "text/plain");
	expect_get(w, "./Settings?prop=Format", "", "node");
	expect_get(w, "./Settings?prop=Name", "", "Settings");
	expect_get(w, "./Settings?prop=Type", "", "");
	expect_get(w, ".?prop=Name", "", "");
}

static void get_size(void **state)
{
	struct world *w = *state;
	struct mo_value bin = { .data = "\0\1\2", .len = 3, .format = "bin" };

	assert_int_equal(add(w, "./Settings/a", "", "h\xc3\xa4h"), MO_OK);
	expect_get(w, "./Settings/a?prop=Size", "", "4");
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings/b", &bin), MO_OK);
	expect_get(w, "./Settings/b?prop=Size", "", "3");
	expect_get(w, "./Settings/b?prop=Format", "", "bin");
	assert_int_equal(add(w, "./Settings/n", "null", ""), MO_OK);
	expect_get(w, "./Settings/n?prop=Size", "", "0");
	assert_int_equal(get(w, SRV, "./Settings?prop=Size"), MO_UNSUPPORTED_FEATURE);
}

static void get_tstamp(void **state)
{
	struct world *w = *state;
	struct mo_value v;
	struct tm tm = { .tm_sec = 0 };
	time_t now = time(NULL), then;

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(mo_tree_get(w->t, SRV, "./Settings/a?prop=TStamp", &v), MO_OK);
	assert_int_equal(v.len, 16);
	assert_non_null(strptime(v.data, "%Y%m%dT%H%M%SZ", &tm));
	then = timegm(&tm);
	assert_true(then >= now - 1 && then <= now + 5);
	mo_value_clear(&v);
}

static void get_verno(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	expect_get(w, "./Settings/a?prop=VerNo", "", "0");
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_OK);
	expect_get(w, "./Settings/a?prop=VerNo", "", "1");
	/* a property is a change, and so is what the device writes */
	assert_int_equal(replace(w, "./Settings/a?prop=Title", "t"), MO_OK);
	assert_int_equal(replace_as(w, NULL, "./Settings/a", "3"), MO_OK);
	expect_get(w, "./Settings/a?prop=VerNo", "", "3");
	/* 16 bits */
	assert_int_equal(sqlite3_exec(w->t->db, "UPDATE node SET verno = 65535 WHERE name = 'a'", NULL,
				      NULL, NULL), SQLITE_OK);
	expect_get(w, "./Settings/a?prop=VerNo", "", "65535");
	assert_int_equal(replace(w, "./Settings/a", "4"), MO_OK);
	expect_get(w, "./Settings/a?prop=VerNo", "", "0");
	/* the children are the value of an interior node */
	assert_int_equal(add(w, "./Settings/n", "node", ""), MO_OK);
	assert_int_equal(add(w, "./Settings/n/x", "", ""), MO_OK);
	expect_get(w, "./Settings/n?prop=VerNo", "", "1");
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/n/x"), MO_OK);
	expect_get(w, "./Settings/n?prop=VerNo", "", "2");
}

static void properties_and_commands(void **state)
{
	static const char *const get_only[] = { "Format", "Size", "TStamp", "Type", "VerNo" };
	struct world *w = *state;
	char uri[64];
	size_t i;

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	for (i = 0; i < sizeof(get_only) / sizeof(get_only[0]); i++) {
		snprintf(uri, sizeof(uri), "./Settings/a?prop=%s", get_only[i]);
		assert_int_equal(get(w, SRV, uri), MO_OK);
		assert_int_equal(replace(w, uri, "x"), MO_NOT_ALLOWED);
		assert_int_equal(add(w, uri, "", "x"), MO_NOT_ALLOWED);
		assert_int_equal(mo_tree_delete(w->t, SRV, uri), MO_NOT_ALLOWED);
		assert_int_equal(mo_tree_exec(w->t, SRV, uri, NULL), MO_NOT_ALLOWED);
		assert_int_equal(mo_tree_copy(w->t, SRV, uri, "./Settings/c"), MO_NOT_ALLOWED);
	}
	assert_int_equal(get(w, SRV, "./Settings/a?prop=Nope"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(replace(w, "./Settings/a?prop=Nope", "x"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Settings/z?prop=Name"), MO_NOT_FOUND);
	assert_int_equal(replace(w, "./Settings/z?prop=Name", "y"), MO_NOT_FOUND);
	/* all of them need the right to read the node */
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=other"), 0);
	assert_int_equal(get(w, SRV, "./Settings/a?prop=ACL"), MO_PERMISSION_DENIED);
	assert_int_equal(get(w, SRV, "./Settings/a?prop=VerNo"), MO_PERMISSION_DENIED);
}

/* ---------------------------------------------------------------------------- writing */

static void set_title(void **state)
{
	struct world *w = *state;
	char text[260];

	memset(text, 't', sizeof(text));
	text[255] = '\0';
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	expect_get(w, "./Settings/a?prop=Title", "", "");
	assert_int_equal(replace(w, "./Settings/a?prop=Title", text), MO_OK);
	expect_get(w, "./Settings/a?prop=Title", "", text);
	text[255] = 't';
	text[256] = '\0';
	assert_int_equal(replace(w, "./Settings/a?prop=Title", text), MO_TOO_LARGE);
	assert_int_equal(replace(w, "./Settings/a?prop=Title", "\xff"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=*"), 0);
	assert_int_equal(replace(w, "./Settings/a?prop=Title", "x"), MO_PERMISSION_DENIED);
}

static void rename_node(void **state)
{
	struct world *w = *state;
	char text[80];

	assert_int_equal(add(w, "./Settings/a/b", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/c", "", "2"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=Name", "n/m"), MO_OK);
	expect_get(w, "./Settings/n%2Fm/b", "chr", "1");
	assert_int_equal(get(w, SRV, "./Settings/a"), MO_NOT_FOUND);
	assert_string_equal(w->f.leaves, "c=2;n%2Fm/b=1;");
	/* taken; its own */
	assert_int_equal(replace(w, "./Settings/c?prop=Name", "n/m"), MO_EXISTS);
	assert_int_equal(replace(w, "./Settings/c?prop=Name", "c"), MO_OK);
	/* what is no name */
	assert_int_equal(replace(w, "./Settings/c?prop=Name", ""), MO_BAD_COMMAND);
	assert_int_equal(replace(w, "./Settings/c?prop=Name", ".."), MO_BAD_COMMAND);
	assert_int_equal(replace(w, "./Settings/c?prop=Name", "a\x01"), MO_BAD_COMMAND);
	memset(text, 'x', 65);
	text[65] = '\0';
	assert_int_equal(replace(w, "./Settings/c?prop=Name", text), MO_URI_TOO_LONG);
	/* permanent nodes and the root keep theirs */
	assert_int_equal(replace(w, "./Settings?prop=Name", "x"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, ".?prop=Name", "x"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_define(w->t, "./Settings/p", "chr", "", MO_ACCESS_GET |
					MO_ACCESS_REPLACE), 0);
	assert_int_equal(replace(w, "./Settings/p", "v"), MO_OK);
	assert_int_equal(replace(w, "./Settings/p?prop=Name", "q"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/c", "Get=*"), 0);
	assert_int_equal(replace(w, "./Settings/c?prop=Name", "d"), MO_PERMISSION_DENIED);
	/* the provider is asked */
	w->f.check_status = MO_FORBIDDEN;
	assert_int_equal(replace_as(w, NULL, "./Settings/c?prop=Name", "d"), MO_FORBIDDEN);
	assert_string_equal(w->f.last_rel, "d");
	expect_get(w, "./Settings/c", "chr", "2");
}

/* What is below has to stay within the limits. */
static void rename_too_long(void **state)
{
	struct world *w = *state;
	char uri[600] = "./Settings/a", name[70];
	int i;

	memset(name, 'n', 64);
	name[64] = '\0';
	for (i = 0; i < 7; i++) {
		strcat(uri, "/");
		strcat(uri, name);
	}
	assert_int_equal(add(w, uri, "", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=Name", name), MO_URI_TOO_LONG);
	name[10] = '\0';
	assert_int_equal(replace(w, "./Settings/a?prop=Name", name), MO_OK);
}

/* -------------------------------------------------------------------------------- ACL */

static void acl_of_interior(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Add=*&Get=*&Replace=up"), 0);
	assert_int_equal(mo_tree_add(w->t, NULL, "./Settings/n", &(struct mo_value){ .format = "node" }),
			 MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/n", "Get=*&Replace=on"), 0);
	/* Replace on the node or on its parent */
	assert_int_equal(replace_as(w, "on", "./Settings/n?prop=ACL", "Get=*&Replace=on+x"), MO_OK);
	assert_int_equal(replace_as(w, "up", "./Settings/n?prop=ACL", "Get=*&Replace=on"), MO_OK);
	assert_int_equal(replace_as(w, "none", "./Settings/n?prop=ACL", "Replace=none"),
			 MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, "up", "./Settings/n?prop=ACL", ""), MO_OK);
	expect_get(w, "./Settings/n?prop=ACL", "", "");
}

static void acl_of_leaf(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Add=*&Get=*&Replace=up"), 0);
	assert_int_equal(mo_tree_add(w->t, NULL, "./Settings/l", &(struct mo_value){ .format = "chr" }),
			 MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/l", "Get=*&Replace=on"), 0);
	/* Replace on the parent only */
	assert_int_equal(replace_as(w, "on", "./Settings/l", "v"), MO_OK);
	assert_int_equal(replace_as(w, "on", "./Settings/l?prop=ACL", "Replace=*"),
			 MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, "up", "./Settings/l", "v"), MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, "up", "./Settings/l?prop=ACL", "Get=*&Replace=up"), MO_OK);
	assert_int_equal(replace_as(w, "up", "./Settings/l", "v"), MO_OK);
}

static void acl_of_root(void **state)
{
	struct world *w = *state;

	assert_int_equal(replace_as(w, SRV, ".?prop=ACL", "Add=srv"), MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, NULL, ".?prop=ACL", "Add=*&Get=*&Replace=srv"), MO_OK);
	assert_int_equal(replace_as(w, SRV, ".?prop=ACL", ""), MO_NOT_ALLOWED);
	assert_int_equal(replace_as(w, SRV, ".?prop=ACL", "Add=*&Get=*"), MO_OK);
	expect_get(w, ".?prop=ACL", "", "Add=*&Get=*");
}

static void expect_acl(const char *text, const char *wanted)
{
	char acl[MO_MAX_ACL + 1];
	int status = mo_acl_normalise(text, acl);

	if (!wanted) {
		assert_int_equal(status, MO_BAD_COMMAND);
		return;
	}
	assert_int_equal(status, MO_OK);
	assert_string_equal(acl, wanted);
}

static void acl_syntax(void **state)
{
	struct world *w = *state;
	char longer[3 * MO_MAX_ACL], acl[MO_MAX_ACL + 1];
	size_t n;

	expect_acl("", "");
	expect_acl("Get=a&Replace=a&Get=b", "Get=a+b&Replace=a");
	expect_acl("Get=a+a+b+a", "Get=a+b");
	expect_acl("Get=a+*&Add=b", "Get=*&Add=b");
	expect_acl("Get=a&Get=*", "Get=*");
	expect_acl("Get=urn:x-y.z/1", "Get=urn:x-y.z/1");
	expect_acl("Get", NULL);
	expect_acl("Get=", NULL);
	expect_acl("Get=&Add=*", NULL);
	expect_acl("Get=a+", NULL);
	expect_acl("Get=+a", NULL);
	expect_acl("Get=a&", NULL);
	expect_acl("&Get=a", NULL);
	expect_acl("get=a", NULL);
	expect_acl("Put=a", NULL);
	expect_acl("Get=a b", NULL);
	expect_acl("Get=a=b", NULL);
	expect_acl("Get=a*", NULL);
	expect_acl("=a", NULL);
	strcpy(longer, "Get=");
	for (n = 0; strlen(longer) < MO_MAX_ACL + 8; n++)
		snprintf(longer + strlen(longer), 16, "%sid%zu", n ? "+" : "", n);
	assert_int_equal(mo_acl_normalise(longer, acl), MO_DEVICE_FULL);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=ACL", longer), MO_DEVICE_FULL);
	assert_int_equal(replace(w, "./Settings/a?prop=ACL", "Get=a b"), MO_BAD_COMMAND);
	assert_int_equal(replace(w, "./Settings/a?prop=ACL", "\n Get=a&Get=b "), MO_OK);
	assert_int_equal(get(w, "b", "./Settings/a"), MO_OK);
	assert_int_equal(get(w, SRV, "./Settings/a"), MO_PERMISSION_DENIED);
}

/* The right to delete a node is the right to delete what is below it. */
static void delete_asks_the_node_only(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/n/x", "", "1"), MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/n/x", "Get=other"), 0);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/n/x"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/n"), MO_OK);
}

static void server_is_forgotten(void **state)
{
	struct world *w = *state;
	struct mo_account acc = { .server_id = "gone", .addr = "http://127.0.0.1/" };

	assert_int_equal(mo_account_create(w->t, "Gone", &acc), 0);
	strcpy(acc.server_id, "stays");
	assert_int_equal(mo_account_create(w->t, "Stays", &acc), 0);
	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/b", "", "1"), MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=gone+stays&Replace=gone"), 0);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/b", "Get=gone"), 0);
	assert_int_equal(mo_tree_set_acl(w->t, ".", "Add=*&Get=*&Replace=gone"), 0);
	assert_int_equal(mo_tree_delete(w->t, "gone", "./DMAcc/Gone"), MO_OK);
	assert_int_equal(get(w, "stays", "./Settings/a"), MO_OK);
	assert_int_equal(get(w, "gone", "./Settings/a"), MO_PERMISSION_DENIED);
	/* an empty list inherits; the root gives what nobody is left for to everybody */
	expect_get(w, "./Settings/b?prop=ACL", "", "");
	expect_get(w, ".?prop=ACL", "", "Add=*&Get=*&Replace=*");
}

/* ------------------------------------------------------------------- Copy, failed node */

static void copy_leaf(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a", "int", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/b", "", "2"), MO_OK);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/b"), MO_OK);
	expect_get(w, "./Settings/b", "int", "1");
	/* independent from then on; a new target with its parents */
	assert_int_equal(replace(w, "./Settings/a", "9"), MO_OK);
	expect_get(w, "./Settings/b", "int", "1");
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/n/c"), MO_OK);
	expect_get(w, "./Settings/n/c", "int", "9");
	assert_string_equal(w->f.leaves, "a=9;b=1;n/c=9;");
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/a"), MO_OK);
}

static void copy_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a", "int", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/n/x", "", "2"), MO_OK);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/z", "./Settings/b"), MO_NOT_FOUND);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/z");
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/n", "./Settings/b"), MO_FORBIDDEN);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/n"), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "");
	/* Get on the source, Replace on the target, Add on its parent */
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Replace=*"), 0);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/b"),
			 MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/a", "Get=*"), 0);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/n/x", "./Settings/a"),
			 MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/n", "Get=*"), 0);
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/a", "./Settings/n/y"),
			 MO_PERMISSION_DENIED);
	assert_int_equal(get(w, SRV, "./Settings/b"), MO_NOT_FOUND);
}

static void failed_parent_is_named(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/leaf", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/leaf/b/c", "", "1"), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/leaf/b");
	assert_int_equal(add(w, "./Settings/leaf/b", "", "1"), MO_NOT_ALLOWED);
	assert_string_equal(mo_tree_failed_uri(w->t), "");
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Get=*"), 0);
	assert_int_equal(add(w, "./Settings/x/y/z", "", "1"), MO_PERMISSION_DENIED);
	assert_string_equal(mo_tree_failed_uri(w->t), "./Settings/x");
	assert_int_equal(add(w, "./Settings/x", "", "1"), MO_PERMISSION_DENIED);
	assert_string_equal(mo_tree_failed_uri(w->t), "");
}

/* All of it is undone together: value, ACL, name, TStamp, VerNo. */
static void rollback_covers_properties(void **state)
{
	struct world *w = *state;

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_true(mo_tree_busy(w->t));
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=Title", "t"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=ACL", "Get=*&Replace=*"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a?prop=Name", "b"), MO_OK);
	mo_tree_rollback(w->t);
	assert_false(mo_tree_busy(w->t));
	expect_get(w, "./Settings/a", "chr", "1");
	expect_get(w, "./Settings/a?prop=Title", "", "");
	expect_get(w, "./Settings/a?prop=ACL", "", "");
	expect_get(w, "./Settings/a?prop=VerNo", "", "0");
}

/* -------------------------------------------------------------------- values, alerts */

static void large_values(void **state)
{
	static const size_t sizes[] = { 32767, 32768, 1 << 20 };
	struct world *w = *state;
	struct mo_value v = { .format = "bin" }, back;
	size_t i, n;

	for (i = 0; i < 3; i++) {
		v.len = sizes[i];
		v.data = malloc(v.len);
		assert_non_null(v.data);
		for (n = 0; n < v.len; n++)
			v.data[n] = (char)(n * 7 + i);
		assert_int_equal(i ? mo_tree_replace(w->t, SRV, "./Settings/b", &v) :
				     mo_tree_add(w->t, SRV, "./Settings/b", &v), MO_OK);
		assert_int_equal(mo_tree_get(w->t, SRV, "./Settings/b", &back), MO_OK);
		assert_int_equal(back.len, v.len);
		assert_memory_equal(back.data, v.data, v.len);
		mo_value_clear(&back);
		free(v.data);
	}
	expect_get(w, "./Settings/b?prop=Size", "", "1048576");
	/* a fresh row that is large from the beginning */
	assert_int_equal(mo_tree_copy(w->t, SRV, "./Settings/b", "./Settings/c"), MO_OK);
	expect_get(w, "./Settings/c?prop=Size", "", "1048576");
}

struct seen {
	char text[400];
	int64_t drop;
	struct mo_tree *t;
};

static int note_pending(void *arg, const struct mo_pending *p)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "%s/%s/%s/%s/%s/%s/%.*s;", p->server_id,
		 p->correlator, p->source, p->type, p->mark, p->format, (int)p->len, p->data);
	return s->t ? mo_pending_drop(s->t, p->id) : 0;
}

static void alerts_wait(void **state)
{
	struct world *w = *state;
	struct mo_pending p = { .server_id = "a", .correlator = "job-17", .source = "./NAP/Card1",
				.type = "x", .mark = "informational", .format = "int", .data = "0", .len = 1 };
	struct seen s = { .text = "" };

	assert_int_equal(mo_pending_add(w->t, &p), 0);
	p.data = NULL, p.len = 0, p.correlator[0] = '\0';
	assert_int_equal(mo_pending_add(w->t, &p), 0);
	strcpy(p.server_id, "b");
	assert_int_equal(mo_pending_add(w->t, &p), 0);
	p.len = MO_PENDING_DATA + 1;
	assert_int_equal(mo_pending_add(w->t, &p), -EMSGSIZE);
	assert_int_equal(mo_pending_each(w->t, "a", note_pending, &s), 0);
	assert_string_equal(s.text, "a/job-17/./NAP/Card1/x/informational/int/0;"
			    "a//./NAP/Card1/x/informational/int/;");
	/* dropped while they are told */
	s.text[0] = '\0';
	s.t = w->t;
	assert_int_equal(mo_pending_each(w->t, "a", note_pending, &s), 0);
	s.text[0] = '\0';
	assert_int_equal(mo_pending_each(w->t, "a", note_pending, &s), 0);
	assert_string_equal(s.text, "");
	assert_int_equal(mo_pending_drop(w->t, 999), 0);
}

static int count_pending(void *arg, const struct mo_pending *p)
{
	++*(int *)arg;
	return 0;
}

/* They belong to the unit in which they were made, and the oldest make room. */
static void alerts_and_units(void **state)
{
	struct world *w = *state;
	struct mo_pending p = { .server_id = "a", .type = "x" };
	int i, n = 0;

	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	assert_int_equal(mo_pending_add(w->t, &p), 0);
	mo_tree_rollback(w->t);
	assert_int_equal(mo_pending_each(w->t, "a", count_pending, &n), 0);
	assert_int_equal(n, 0);
	for (i = 0; i < MO_PENDING_MAX + 3; i++)
		assert_int_equal(mo_pending_add(w->t, &p), 0);
	assert_int_equal(mo_pending_each(w->t, "a", count_pending, &n), 0);
	assert_int_equal(n, MO_PENDING_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(get_acl), T(get_format_name_type), T(get_size), T(get_tstamp), T(get_verno),
		T(properties_and_commands), T(set_title), T(rename_node), T(rename_too_long),
		T(acl_of_interior), T(acl_of_leaf), T(acl_of_root), T(acl_syntax),
		T(delete_asks_the_node_only), T(server_is_forgotten), T(copy_leaf), T(copy_refused),
		T(failed_parent_is_named), T(rollback_covers_properties), T(large_values),
		T(alerts_wait), T(alerts_and_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
