// SPDX-License-Identifier: BSD-3-Clause
/* URIs, values and ACLs: the pure parts of the management tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "mo/private.h"

static void expect(const char *uri, int status, const char *canonical)
{
	char buf[MO_URI_BUF];
	struct mo_path p;
	int ret = mo_path_parse(uri, &p);

	if (ret != status)
		fail_msg("%.60s: %d instead of %d", uri, ret, status);
	if (status != MO_OK)
		return;
	mo_path_format(&p, 0, buf);
	assert_string_equal(buf, canonical);
}

static void test_forms(void **state)
{
	expect(".", MO_OK, "");
	expect("/", MO_OK, "");
	expect("./A/B", MO_OK, "A/B");
	expect("A/B", MO_OK, "A/B");
	expect("/A/B", MO_OK, "A/B");
	expect("  \n\t./A/B\r\n ", MO_OK, "A/B");
	expect("./a%20b", MO_OK, "a%20b");
	expect("./a b", MO_OK, "a%20b");
	expect("./%41", MO_OK, "A");
	expect("./a%2Fb/c", MO_OK, "a%2Fb/c");
	expect("./a%2fb", MO_OK, "a%2Fb");
	expect("./a%3fb", MO_OK, "a%3Fb");
	expect("./k=v&x+1", MO_OK, "k=v&x+1");
	expect("./Gr\xc3\xbc\xc3\x9f" "e", MO_OK, "Gr\xc3\xbc\xc3\x9f" "e");
	expect("./%C3%BC", MO_OK, "\xc3\xbc");
	expect("./.hidden/a..b", MO_OK, ".hidden/a..b");
}

static void test_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"./",
		"A/",
		"./A/",
		"A//B",
		"//A",
		".//A",
		"..",
		"./..",
		"./A/../B",
		"./A/.",
		"././A",
		"./%2e%2e/A",
		"./%2E",
		"./A%",
		"./A%4",
		"./A%zz",
		"./A%00B",
		"./A%0AB",
		"./A\nB",
		"./A\x7f",
		"./A%7F",
		"./\xff",
		"./%C3",
		"./\xc0\xaf",
		"./\xed\xa0\x80",
		"./\xf5\x80\x80\x80",
		"./\xe0\x80\x80",
		"./A?",
		"./A?prop",
		"./A?prop=",
		"./A?size=3",
		"./A?prop=%0",
		"?prop=ACL",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i], MO_NOT_FOUND, NULL);
}

static void test_query(void **state)
{
	struct mo_path p;

	assert_int_equal(mo_path_parse("./A/B?prop=ACL", &p), MO_OK);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.query, MO_QUERY_PROP);
	assert_string_equal(p.query_arg, "ACL");
	assert_string_equal(p.seg[1], "B");
	assert_int_equal(mo_path_parse(".?list=TNDS+Value+ACL", &p), MO_OK);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.query, MO_QUERY_LIST);
	assert_string_equal(p.query_arg, "TNDS+Value+ACL");
	expect("./A?list=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	       MO_UNSUPPORTED_FEATURE, NULL);
}

/* n segments of len letters. */
static char *long_uri(unsigned int n, unsigned int len, const char *letter)
{
	char *uri = calloc(n, (len + 1) * strlen(letter) + 1), *p = uri;
	unsigned int i, k;

	assert_non_null(uri);
	for (i = 0; i < n; i++) {
		if (i)
			*p++ = '/';
		for (k = 0; k < len; k++)
			p = stpcpy(p, letter);
	}
	return uri;
}

static void expect_long(unsigned int n, unsigned int len, const char *letter, int status)
{
	char *uri = long_uri(n, len, letter);
	struct mo_path p;

	assert_int_equal(mo_path_parse(uri, &p), status);
	free(uri);
}

static void test_limits(void **state)
{
	expect_long(1, MO_MAX_SEGMENT, "a", MO_OK);
	expect_long(1, MO_MAX_SEGMENT + 1, "a", MO_URI_TOO_LONG);
	/* characters, not bytes */
	expect_long(1, MO_MAX_SEGMENT, "\xc3\xbc", MO_OK);
	expect_long(1, MO_MAX_SEGMENT + 1, "\xc3\xbc", MO_URI_TOO_LONG);
	expect_long(1, MO_MAX_SEGMENT, "%C3%BC", MO_OK);
	expect_long(MO_MAX_DEPTH, 1, "a", MO_OK);
	expect_long(MO_MAX_DEPTH + 1, 1, "a", MO_URI_TOO_LONG);
	/* 8 * 63 + 7 separators = 511, 8 * 64 + 7 = 519 */
	expect_long(8, 63, "a", MO_OK);
	expect_long(8, 64, "a", MO_URI_TOO_LONG);
	/* 180 blanks are 540 characters once encoded, in whatever form they came */
	expect_long(6, 30, "x ", MO_URI_TOO_LONG);
	expect_long(1, 5000, "a", MO_URI_TOO_LONG);
	expect_long(3000, 1, "a", MO_URI_TOO_LONG);
}

/* Whatever comes in: no crash, and what is accepted has a canonical form that means the same. */
static void test_random(void **state)
{
	static const char alphabet[] = "./ab%2F?=prolist\xc3\xbc\n ";
	unsigned int seed = 1, i, k;

	for (i = 0; i < 200000; i++) {
		char uri[40], one[MO_URI_BUF], two[MO_URI_BUF];
		unsigned int len = (unsigned int)rand_r(&seed) % (sizeof(uri) - 1);
		struct mo_path p, q;

		for (k = 0; k < len; k++)
			uri[k] = alphabet[(unsigned int)rand_r(&seed) % (sizeof(alphabet) - 1)];
		uri[len] = '\0';
		if (mo_path_parse(uri, &p) != MO_OK || p.n == 0)
			continue;
		mo_path_format(&p, 0, one);
		assert_int_equal(mo_path_parse(one, &q), MO_OK);
		mo_path_format(&q, 0, two);
		assert_string_equal(one, two);
		assert_int_equal(p.n, q.n);
	}
}

/* ------------------------------------------------------------------------ values */

static void check_value(const char *format, const char *data, int status, const char *stored)
{
	struct mo_value v = { .data = (char *)data, .len = strlen(data) }, out;
	int ret;

	strcpy(v.format, format);
	ret = mo_value_check(&v, NULL, NULL, &out);
	if (ret != status)
		fail_msg("%s '%s': %d instead of %d", format, data, ret, status);
	if (status != MO_OK)
		return;
	assert_int_equal(out.len, strlen(stored));
	assert_memory_equal(out.data, stored, out.len);
}

static void test_formats(void **state)
{
	check_value("int", "0", MO_OK, "0");
	check_value("int", " -2147483648\n", MO_OK, "-2147483648");
	check_value("int", "2147483647", MO_OK, "2147483647");
	check_value("int", "2147483648", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "-2147483649", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "99999999999999999999999", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "-", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "1 2", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("int", "0x10", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("bool", "true", MO_OK, "true");
	check_value("bool", "false", MO_OK, "false");
	check_value("bool", "True", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("bool", "1", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("float", "-1.5e-3", MO_OK, "-1.5e-3");
	check_value("float", ".5", MO_OK, ".5");
	check_value("float", "INF", MO_OK, "INF");
	check_value("float", ".", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("float", "1e", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("float", "1,5", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("date", "20240131", MO_OK, "20240131");
	check_value("date", "tomorrow", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("time", "12:30:00Z", MO_OK, "12:30:00Z");
	check_value("b64", "AQID", MO_OK, "AQID");
	check_value("b64", "AQI=", MO_OK, "AQI=");
	check_value("b64", "AQI", MO_OK, "AQI");
	check_value("b64", "A", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("b64", "A*==", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("b64", "AQI=AQI=", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("chr", "  as it is \n", MO_OK, "  as it is \n");
	check_value("", "text", MO_OK, "text");
	check_value("chr", "bell \a", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("chr", "\xff", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("chr", "\xef\xbf\xbf", MO_UNSUPPORTED_FORMAT, NULL);
	check_value("bin", "\xff", MO_OK, "\xff");
	check_value("null", "", MO_OK, "");
	check_value("null", "x", MO_BAD_COMMAND, NULL);
	check_value("node", "x", MO_BAD_COMMAND, NULL);
	check_value("char", "x", MO_UNSUPPORTED_FORMAT, NULL);
}

static void test_defaults(void **state)
{
	struct mo_value v = { .data = "1", .len = 1 }, out;

	assert_int_equal(mo_value_check(&v, NULL, NULL, &out), MO_OK);
	assert_string_equal(out.format, "chr");
	assert_string_equal(out.type, "text/plain");
	/* Replace without Meta keeps what the node has */
	assert_int_equal(mo_value_check(&v, "int", "text/x", &out), MO_OK);
	assert_string_equal(out.format, "int");
	assert_string_equal(out.type, "text/x");
	strcpy(v.type, "application/vnd.syncml.dmtnds+xml");
	assert_int_equal(mo_value_check(&v, NULL, NULL, &out), MO_UNSUPPORTED_FORMAT);
	strcpy(v.type, "");
	v.data = calloc(1, MO_MAX_VALUE + 1);
	assert_non_null(v.data);
	memset(v.data, 'x', MO_MAX_VALUE + 1);
	v.len = MO_MAX_VALUE;
	assert_int_equal(mo_value_check(&v, NULL, NULL, &out), MO_OK);
	v.len++;
	assert_int_equal(mo_value_check(&v, NULL, NULL, &out), MO_TOO_LARGE);
	free(v.data);
}

static void test_base64(void **state)
{
	uint8_t out[6];

	assert_int_equal(mo_base64_decode("Zm9vYmFy", 8, out, sizeof(out)), 6);
	assert_memory_equal(out, "foobar", 6);
	assert_int_equal(mo_base64_decode("Zm9v\r\nYmE=", 10, out, sizeof(out)), 5);
	assert_memory_equal(out, "fooba", 5);
	assert_int_equal(mo_base64_decode("Zm9vYg==", 8, out, sizeof(out)), 4);
	assert_memory_equal(out, "foob", 4);
	assert_int_equal(mo_base64_decode("Zm9vYmFyYg==", 12, out, sizeof(out)), -1);
	assert_int_equal(mo_base64_decode("", 0, out, sizeof(out)), 0);
}

/* --------------------------------------------------------------------------- ACL */

static bool acl_valid(const char *text)
{
	char acl[MO_MAX_ACL + 1];

	return mo_acl_normalise(text, acl) == MO_OK;
}

static void test_acl(void **state)
{
	char acl[MO_MAX_ACL + 1], longid[MO_MAX_ACL];

	assert_true(mo_acl_allows("Get=*", "Get", "a"));
	assert_false(mo_acl_allows("Get=*", "Replace", "a"));
	assert_true(mo_acl_allows("Add=a+b&Get=c", "Add", "b"));
	assert_false(mo_acl_allows("Add=a+b&Get=c", "Add", "c"));
	assert_false(mo_acl_allows("Add=ab", "Add", "a"));
	assert_false(mo_acl_allows("Add=a", "Add", "ab"));
	assert_true(mo_acl_allows("Get=a&Replace=a&Get=b", "Get", "b"));	/* union */
	assert_true(mo_acl_allows("Get=a+*", "Get", "z"));
	/* malformed: nobody */
	assert_false(mo_acl_allows("Get=*&", "Get", "a"));
	assert_false(mo_acl_allows("Read=*&Get=*", "Get", "a"));
	assert_true(acl_valid(""));
	assert_true(acl_valid(MO_ACL_ALL));
	assert_true(acl_valid(MO_ACL_ROOT));
	assert_false(acl_valid("Get"));
	assert_false(acl_valid("Get="));
	assert_false(acl_valid("Get=a++b"));
	assert_false(acl_valid("get=*"));
	assert_false(acl_valid("Get=a b"));
	mo_acl_creator("srv", acl);
	assert_string_equal(acl, "Add=srv&Delete=srv&Get=*&Replace=srv");
	mo_acl_creator("a+b", acl);
	assert_string_equal(acl, "");
	memset(longid, 'x', sizeof(longid) - 1);
	longid[sizeof(longid) - 1] = '\0';
	mo_acl_creator(longid, acl);
	assert_string_equal(acl, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_acl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
