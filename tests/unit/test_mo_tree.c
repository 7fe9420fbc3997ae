// SPDX-License-Identifier: BSD-3-Clause
/* The operations on the tree and the statuses they answer with, ACLs, TNDS. */
#include <errno.h>
#include <time.h>
#include <libxml/parser.h>
#include "mo-rig.h"

/* -------------------------------------------------------------------- commands */

static void test_add(void **state)
{
	struct world *w = *state;
	struct mo_value v = { .format = "node", .type = "urn:example:mo:1.0" };

	assert_int_equal(add(w, "./Settings/a", "", "1"), MO_OK);
	expect_get(w, "./Settings/a", "chr", "1");
	assert_string_equal(w->f.leaves, "a=1;");
	assert_int_equal(w->f.committed, 1);
	assert_int_equal(w->f.finished, 1);
	assert_int_equal(w->g.prepared, 0);
	/* exists, whatever it is */
	assert_int_equal(add(w, "./Settings/a", "", "2"), MO_EXISTS);
	assert_int_equal(add(w, ".", "", "2"), MO_EXISTS);
	assert_int_equal(add(w, "./Settings", "node", ""), MO_EXISTS);
	/* below a leaf */
	assert_int_equal(add(w, "./Settings/a/b", "", "2"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Settings/a/b/c", "", "2"), MO_NOT_ALLOWED);
	/* missing parents */
	assert_int_equal(add(w, "./Settings/n/o/p", "int", "7"), MO_OK);
	assert_string_equal(w->f.last_rel, "n/o/p");
	expect_get(w, "Settings/n", "node", "o");
	expect_get(w, "/Settings/n/o/p", "int", "7");
	/* interior with an MO identifier */
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings/mo", &v), MO_OK);
	assert_int_equal(mo_tree_get(w->t, SRV, "./Settings/mo", &v), MO_OK);
	assert_string_equal(v.data, "");
	mo_value_clear(&v);
	assert_int_equal(add(w, "./Settings/mo/x", "null", ""), MO_OK);
	expect_get(w, "./Settings/mo/x", "null", "");
	/* values */
	assert_int_equal(add(w, "./Settings/i", "int", "x"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add(w, "./Settings/i", "foo", "x"), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(add(w, "./Settings/i", "node", "x"), MO_BAD_COMMAND);
	assert_int_equal(get(w, SRV, "./Settings/i"), MO_NOT_FOUND);
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings/empty", NULL), MO_OK);
	expect_get(w, "./Settings/empty", "chr", "");
	/* nothing grows outside of the providers' subtrees */
	assert_int_equal(add(w, "./Foo", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Vendor/Foo", "", "1"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Foo/Bar", "", "1"), MO_NOT_ALLOWED);
}

static void test_replace(void **state)
{
	struct world *w = *state;
	struct mo_value v = { .data = "no", .len = 2, .format = "chr" };

	assert_int_equal(replace(w, "./Settings/a", "1"), MO_NOT_FOUND);
	assert_int_equal(replace(w, "./Settings/a/b", "1"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/a", "int", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/a", "2"), MO_OK);
	expect_get(w, "./Settings/a", "int", "2");
	assert_int_equal(replace(w, "./Settings/a", "two"), MO_UNSUPPORTED_FORMAT);
	expect_get(w, "./Settings/a", "int", "2");
	/* a Format that is given takes effect */
	assert_int_equal(mo_tree_replace(w->t, SRV, "./Settings/a", &v), MO_OK);
	expect_get(w, "./Settings/a", "chr", "no");
	strcpy(v.format, "node");
	v.data = "", v.len = 0;
	assert_int_equal(mo_tree_replace(w->t, SRV, "./Settings/a", &v), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, "./Settings", "1"), MO_NOT_ALLOWED);
	assert_int_equal(replace(w, ".", "1"), MO_NOT_ALLOWED);
}

static void test_delete(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/a"), MO_NOT_FOUND);
	assert_int_equal(mo_tree_delete(w->t, SRV, "."), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, NULL, "./Settings"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, NULL, "./Vendor"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./DMAcc"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./Settings/n/o/p", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/n/q", "", "2"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/n"), MO_OK);
	assert_string_equal(w->f.leaves, "");
	assert_int_equal(get(w, SRV, "./Settings/n/o/p"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/n", "", "leaf now"), MO_OK);
}

static void test_get(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, SRV, "./Nope"), MO_NOT_FOUND);
	expect_get(w, ".", "node", "DMAcc/Settings/Vendor");
	expect_get(w, "./Settings", "node", "");
	assert_int_equal(add(w, "./Settings/b", "", ""), MO_OK);
	assert_int_equal(add(w, "./Settings/a%2Fx", "", ""), MO_OK);
	assert_int_equal(add(w, "./Settings/c d", "", ""), MO_OK);
	expect_get(w, "./Settings", "node", "a%2Fx/b/c%20d");
	expect_get(w, "./Settings/c%20d", "chr", "");
}

static void test_exec(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_exec(w->t, SRV, "./Settings/job", NULL), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/job", "", ""), MO_OK);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./Settings/job", NULL), MO_OK);
	assert_int_equal(w->f.execs, 1);
	assert_string_equal(w->f.last_rel, "job");
	w->f.check_status = MO_FORBIDDEN;
	assert_int_equal(mo_tree_exec(w->t, SRV, "./Settings/job", NULL), MO_FORBIDDEN);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./Vendor/Other", NULL), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./DMAcc", NULL), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings/job", "Get=*"), 0);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./Settings/job", NULL), MO_PERMISSION_DENIED);
	assert_int_equal(w->f.execs, 1);
}

static void test_properties(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, SRV, "./Settings?prop=Nope"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(get(w, SRV, "./Settings?list=Nope"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(replace(w, "./Settings?list=TNDS", "x"), MO_UNSUPPORTED_FEATURE);
	assert_int_equal(add(w, "./Settings/x?prop=Name", "", "x"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings?prop=ACL"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_exec(w->t, SRV, "./Settings?prop=ACL", NULL), MO_NOT_ALLOWED);
}

static void test_uri_errors(void **state)
{
	struct world *w = *state;
	char uri[700] = "./Settings/";

	memset(uri + 11, 'n', 65);
	assert_int_equal(add(w, uri, "", "1"), MO_URI_TOO_LONG);
	uri[11 + 64] = '\0';
	assert_int_equal(add(w, uri, "", "1"), MO_OK);
	assert_string_equal(w->f.last_rel, uri + 11);
	memset(uri, 'n', 600);
	assert_int_equal(get(w, SRV, uri), MO_URI_TOO_LONG);
	assert_int_equal(replace(w, uri, "1"), MO_URI_TOO_LONG);
	assert_int_equal(mo_tree_delete(w->t, SRV, uri), MO_URI_TOO_LONG);
	assert_int_equal(add(w, "./Settings/../x", "", "1"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/a//x", "", "1"), MO_NOT_FOUND);
	assert_int_equal(add(w, "./Settings/a\x01", "", "1"), MO_NOT_FOUND);
	/* 16 segments are the limit */
	assert_int_equal(add(w, "./Settings/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/2/3/4/5/6/7/8/9/10/11/12/13/14/15/x/17", "", "1"),
			 MO_URI_TOO_LONG);
}

static void test_define(void **state)
{
	struct world *w = *state;
	struct mo_device dev = { .dev_id = "urn:x:1", .man = "ACME", .mod = "G1", .swv = "1.4.2" };

	assert_int_equal(mo_device_define(w->t, &dev), 0);
	expect_get(w, "./DevInfo", "node", "DevId/DmV/Lang/Man/Mod");
	expect_get(w, "./DevInfo/DevId", "chr", "urn:x:1");
	expect_get(w, "./DevInfo/DmV", "chr", "1.2");
	expect_get(w, "./DevDetail/SwV", "chr", "1.4.2");
	expect_get(w, "./DevDetail/HwV", "chr", "");
	expect_get(w, "./DevDetail/URI/MaxTotLen", "chr", "512");
	expect_get(w, "./DevDetail/LrgObj", "bool", "true");
	assert_int_equal(replace(w, "./DevInfo/Man", "x"), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./DevInfo/Man"), MO_NOT_ALLOWED);
	assert_int_equal(add(w, "./DevInfo/New", "", "x"), MO_NOT_ALLOWED);
	/* a new software version */
	dev.swv = "1.5";
	assert_int_equal(mo_device_define(w->t, &dev), 0);
	expect_get(w, "./DevDetail/SwV", "chr", "1.5");
	/* a writable permanent node keeps its Format */
	assert_int_equal(
		mo_tree_define(w->t, "./X/Y", "int", "3", MO_ACCESS_GET | MO_ACCESS_REPLACE), 0);
	assert_int_equal(replace(w, "./X/Y", "4"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_set_acl(w->t, "./X", "Get=*&Replace=*"), 0);
	assert_int_equal(replace(w, "./X/Y", "4"), MO_OK);
	assert_int_equal(mo_tree_replace(w->t, SRV, "./X/Y", &(struct mo_value){
			.data = "x", .len = 1, .format = "chr" }), MO_NOT_ALLOWED);
	assert_int_equal(mo_tree_define(w->t, "./X", "chr", "3", 0), -EEXIST);
	assert_int_equal(mo_tree_define(w->t, "./X/Y/Z", "chr", "3", 0), -EPERM);
	assert_int_equal(mo_tree_define(w->t, "./X/W", "int", "three", 0), -EINVAL);
}

/* ------------------------------------------------------------------------- ACL */

static int get_as(struct world *w, const char *server, const char *uri)
{
	return get(w, server, uri);
}

static int replace_as(struct world *w, const char *server, const char *uri)
{
	struct mo_value v = { .data = "v", .len = 1 };

	return mo_tree_replace(w->t, server, uri, &v);
}

/* The reference tree of the standard. */
static void test_acl_reference(void **state)
{
	static const struct {
		const char *uri, *acl;
	} nodes[] = {
		{ "./NodeA", "Get=ServerC&Replace=ServerC" },
		{ "./NodeA/Node1", "Get=*" },
		{ "./NodeB", "Get=ServerA&Replace=ServerA" },
		{ "./NodeB/Node2", "" },
		{ "./NodeB/Node3", "Get=ServerB&Replace=ServerB&Delete=ServerB" },
		{ "./NodeB/Node3/Node4", "" },
		{ "./NodeB/Node3/Node5", "Get=ServerA&Replace=ServerA&Get=ServerB" },
	};
	struct world *w = *state;
	struct mo_value leaf = { .data = "v", .len = 1 };
	size_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		bool inner = i == 0 || i == 2 || i == 4;
		struct mo_value node = { .format = "node" };

		assert_int_equal(mo_tree_add(w->t, NULL, nodes[i].uri, inner ? &node : &leaf),
				 MO_OK);
		assert_int_equal(mo_tree_set_acl(w->t, nodes[i].uri, nodes[i].acl), 0);
	}
	assert_int_equal(get_as(w, "anyone", "./NodeA/Node1"), MO_OK);
	assert_int_equal(get_as(w, "anyone", "./NodeA"), MO_PERMISSION_DENIED);
	assert_int_equal(get_as(w, "ServerC", "./NodeA"), MO_OK);
	/* whole lists inherit, never merge: Replace=ServerC above does not count here */
	assert_int_equal(replace_as(w, "ServerC", "./NodeA/Node1"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, "ServerC", "./NodeA/Node1"), MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, "ServerA", "./NodeB/Node2"), MO_OK);
	assert_int_equal(replace_as(w, "ServerB", "./NodeB/Node2"), MO_PERMISSION_DENIED);
	assert_int_equal(get_as(w, "ServerB", "./NodeB/Node3/Node4"), MO_OK);
	assert_int_equal(get_as(w, "ServerA", "./NodeB/Node3/Node4"), MO_PERMISSION_DENIED);
	assert_int_equal(replace_as(w, "ServerA", "./NodeB/Node3/Node5"), MO_OK);
	assert_int_equal(get_as(w, "ServerB", "./NodeB/Node3/Node5"), MO_OK);
	assert_int_equal(replace_as(w, "ServerB", "./NodeB/Node3/Node5"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_add(w->t, "ServerA", "./NodeB/New", &leaf), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, "ServerB", "./NodeB/Node3"), MO_OK);
	/* the device may do all */
	assert_int_equal(get_as(w, NULL, "./NodeA"), MO_OK);
}

static void test_acl_creator(void **state)
{
	struct world *w = *state;

	/* Add without Replace: who creates an interior node may go on with it, others may not */
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Add=*&Get=*"), 0);
	assert_int_equal(add(w, "./Settings/n/o/leaf", "", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/n/o/leaf", "2"), MO_OK);
	assert_int_equal(replace_as(w, "other", "./Settings/n/o/leaf"), MO_PERMISSION_DENIED);
	assert_int_equal(get_as(w, "other", "./Settings/n/o/leaf"), MO_OK);
	assert_int_equal(add(w, "./Settings/m", "node", ""), MO_OK);
	assert_int_equal(add(w, "./Settings/m/leaf", "", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/m/leaf", "1"), MO_OK);
	/* a leaf gets none */
	assert_int_equal(add(w, "./Settings/leaf", "", "1"), MO_OK);
	assert_int_equal(replace(w, "./Settings/leaf", "1"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/leaf"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/n"), MO_OK);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Get=*"), 0);
	assert_int_equal(add(w, "./Settings/x", "", "1"), MO_PERMISSION_DENIED);
	assert_int_equal(mo_tree_set_acl(w->t, "./Settings", "Get"), -EINVAL);
	assert_int_equal(mo_tree_set_acl(w->t, ".", ""), -EPERM);
	assert_int_equal(mo_tree_set_acl(w->t, "./Nope", ""), -ENOENT);
}

/* ------------------------------------------------------------- walking, XML, size */

static int stop_at_b(void *arg, const char *rel, const struct mo_value *v)
{
	collect(arg, rel, v);
	return strcmp(rel, "b") ? 0 : 42;
}

static void test_each_leaf(void **state)
{
	struct world *w = *state;
	char s[4096] = "";

	assert_int_equal(add(w, "./Settings/b", "", "2"), MO_OK);
	assert_int_equal(add(w, "./Settings/a/z", "", "1"), MO_OK);
	assert_int_equal(add(w, "./Settings/a/y/x", "", "0"), MO_OK);
	assert_int_equal(add(w, "./Settings/a-b", "", "3"), MO_OK);
	assert_int_equal(add(w, "./Settings/c/empty", "node", ""), MO_OK);
	assert_int_equal(add(w, "./Settings/d e", "", "4"), MO_OK);
	assert_int_equal(mo_tree_each_leaf(w->t, "./Settings", collect, s), 0);
	assert_string_equal(s, "a/y/x=0;a/z=1;a-b=3;b=2;d%20e=4;");
	s[0] = '\0';
	assert_int_equal(mo_tree_each_leaf(w->t, "./Settings", stop_at_b, s), 42);
	assert_string_equal(s, "a/y/x=0;a/z=1;a-b=3;b=2;");
	s[0] = '\0';
	assert_int_equal(mo_tree_each_leaf(w->t, "./Settings/b", collect, s), 0);
	assert_string_equal(s, "=2;");
	assert_int_equal(mo_tree_each_leaf(w->t, "./Nope", collect, s), -ENOENT);
}

/* The text of the XML with everything between two marks that must be there. */
static void contains(const char *xml, const char *part)
{
	if (!strstr(xml, part))
		fail_msg("no %s in\n%s", part, xml);
}

static void test_xml(void **state)
{
	struct world *w = *state;
	struct mo_value bin = { .data = "\x01\x02\x00", .len = 3, .format = "bin",
				.type = "application/octet-stream" };
	struct mo_account acc = { .server_id = "card", .addr = "http://127.0.0.1:3516/dm" };
	char *xml;
	xmlDocPtr doc;
	size_t len;

	strcpy(acc.client.secret, "top secret");
	strcpy(acc.server.secret, "top secret");
	assert_int_equal(mo_account_create(w->t, "Card", &acc), 0);
	assert_int_equal(add(w, "./Settings/a/b", "", "<&>\"' \xc3\xbc\n end "), MO_OK);
	assert_int_equal(mo_tree_add(w->t, SRV, "./Settings/bin", &bin), MO_OK);
	assert_int_equal(add(w, "./Settings/z", "null", ""), MO_OK);
	assert_int_equal(mo_tree_to_xml(w->t, ".", &xml, &len), 0);
	assert_int_equal(strlen(xml), len);
	doc = xmlReadMemory(xml, (int)len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	xmlFreeDoc(doc);
	contains(xml, "<MgmtTree xmlns=\"syncml:dmddf1.2\">");
	contains(xml, "<NodeName>ServerID</NodeName>");
	contains(xml, "<Value>card</Value>");
	contains(xml, "<Value>&lt;&amp;&gt;");
	contains(xml, "\xc3\xbc\n end </Value>");
	contains(xml, "<Value>AQIA</Value>");
	contains(xml, "<DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName>");
	contains(xml, "<ACL>Add=*&amp;Delete=*&amp;Exec=*&amp;Get=*&amp;Replace=*</ACL>");
	assert_null(strstr(xml, "secret"));
	assert_null(strstr(xml, "AAuthSecret"));
	assert_null(strstr(xml, "AAuthData"));
	free(xml);
	assert_int_equal(mo_tree_to_xml(w->t, "./Settings/a/b", &xml, &len), 0);
	contains(xml, "<NodeName>b</NodeName>");
	contains(xml, "<Path>./Settings/a</Path>");
	assert_null(strstr(xml, "AQIA"));
	free(xml);
	assert_int_equal(mo_tree_to_xml(w->t, "./Nope", &xml, &len), -ENOENT);
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void test_many(void **state)
{
	struct world *w = *state;
	char uri[64];
	double start, spent;
	int i;

	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	for (i = 0; i < 1000; i++) {
		snprintf(uri, sizeof(uri), "./Settings/group%d/leaf%03d", i % 10, i);
		assert_int_equal(add(w, uri, "int", "1"), MO_OK);
	}
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	start = cpu_ms();
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	for (i = 0; i < 100; i++) {
		snprintf(uri, sizeof(uri), "./Settings/group%d/leaf%03d", i % 10, i);
		assert_int_equal(replace(w, uri, "2"), MO_OK);
	}
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	spent = cpu_ms() - start;
	print_message("# 100 Replaces in one unit: %.2f ms CPU\n", spent);
	/* about 2.5 ms without sanitizers; this is to notice a different order of growth */
	assert_true(spent < 300);
	expect_get(w, "./Settings/group3/leaf093", "int", "2");
	expect_get(w, "./Settings/group3/leaf103", "int", "1");
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/group3"), MO_OK);
	assert_int_equal(get(w, SRV, "./Settings/group3/leaf093"), MO_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_add),
		T(test_replace),
		T(test_delete),
		T(test_get),
		T(test_exec),
		T(test_properties),
		T(test_uri_errors),
		T(test_define),
		T(test_acl_reference),
		T(test_acl_creator),
		T(test_each_leaf),
		T(test_xml),
		T(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
