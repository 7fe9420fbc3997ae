/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of bootstrap share: a described tree, and documents from files and text. */
#ifndef UNIT_BOOTSTRAP_FIXTURE_H
#define UNIT_BOOTSTRAP_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dm/bootstrap.h"
#include "mo/mo.h"

#define SERVER	"dmsc.example"
#define VECTORS	DDF_DIR "/../../../tests/vectors/bootstrap/"

struct doc {
	uint8_t data[8192];
	size_t len;
};

static struct mo_tree *tree;
static struct dm_bootstrap_result result;

static inline int setup(void **state)
{
	char why[300];

	memset(&result, 0, sizeof(result));
	return mo_tree_open(":memory:", &tree) || mo_ddf_load(tree, DDF_DIR, why, sizeof(why));
}

static inline int teardown(void **state)
{
	mo_tree_close(tree);
	return 0;
}

static inline struct doc load(const char *name)
{
	struct doc d;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", VECTORS, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	d.len = fread(d.data, 1, sizeof(d.data), f);
	fclose(f);
	assert_in_range(d.len, 1, sizeof(d.data) - 1);
	return d;
}

static inline int apply_bytes(const void *data, size_t len, const char *origin)
{
	const struct dm_bootstrap b = { .data = data, .len = len, .origin = origin };

	return dm_bootstrap_apply(tree, &b, &result);
}

static inline int apply_text(const char *text)
{
	return apply_bytes(text, strlen(text), "file:test");
}

static inline int apply_file(const char *name, const char *origin)
{
	struct doc d = load(name);

	return apply_bytes(d.data, d.len, origin);
}

static inline void expect_leaf(const char *uri, const char *text)
{
	struct mo_value v;
	int status = mo_tree_get(tree, NULL, uri, &v);

	if (status != MO_OK)
		fail_msg("%s: %d", uri, status);
	assert_string_equal(v.data, text);
	mo_value_clear(&v);
}

static inline void expect_none(const char *uri)
{
	struct mo_value v;

	assert_int_equal(mo_tree_get(tree, NULL, uri, &v), MO_NOT_FOUND);
	mo_value_clear(&v);
}

/* All that is in the tree, to see that nothing has changed. */
static inline char *picture(void)
{
	char *xml;
	size_t len;

	assert_int_equal(mo_tree_to_xml(tree, ".", &xml, &len), 0);
	return xml;
}

/* The account that all files have. */
static inline void expect_account(void)
{
	struct mo_account acc;

	assert_int_equal(mo_account_load(tree, SERVER, &acc), 0);
	assert_string_equal(acc.addr, "http://127.0.0.1:3516/dm");
	assert_string_equal(acc.name, "Card");
	assert_string_equal(acc.client.type, "DIGEST");
	assert_string_equal(acc.client.name, "client01");
	assert_string_equal(acc.client.secret, "ClientSecret1");
	assert_int_equal(acc.client.nonce_len, 16);
	assert_int_equal(acc.client.nonce[0], 0x10);
	assert_string_equal(acc.server.type, "DIGEST");
	assert_string_equal(acc.server.name, SERVER);
	assert_string_equal(acc.server.secret, "CardSecret1");
	assert_int_equal(acc.server.nonce_len, 16);
	assert_int_equal(acc.server.nonce[15], 0xaf);
	mo_account_wipe(&acc);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* UNIT_BOOTSTRAP_FIXTURE_H */
