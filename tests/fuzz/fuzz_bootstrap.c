// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bootstrap documents of either profile, with and without a head: one that is refused changes nothing,
 * one that is taken brings whole accounts, and never touches the account that is there.  PKCS#15
 * directories of a card on the way.
 *
 * The first byte says whether it is a document or a directory, and whether a MAC is demanded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "agent/pkcs15.h"
#include "dm/bootstrap.h"
#include "fuzz/tree.h"

static void directory(const uint8_t *data, size_t size)
{
	static const uint8_t oid[] = { 0x67, 0x2b, 0x07, 0x01 };
	struct pkcs15_path path = { .len = 0 };

	for (unsigned int n = 0; n < 4 && pkcs15_dodf(data, size, n, &path); n++)
		CHECK(path.len && path.len <= sizeof(path.fid) && !(path.len % 2));
	if (pkcs15_object(data, size, oid, sizeof(oid), &path))
		CHECK(path.len && path.len <= sizeof(path.fid) && !(path.len % 2));
}

static void check_taken(struct mo_tree *t, const struct dm_bootstrap_result *r)
{
	struct mo_account acc;
	char origin[MO_ORIGIN_LEN];

	CHECK(r->n <= DM_BOOTSTRAP_ACCOUNTS);
	for (unsigned int i = 0; i < r->n; i++) {
		CHECK(strcmp(r->server[i], SERVER));
		CHECK(!mo_account_load(t, r->server[i], &acc));
		CHECK(!mo_account_origin(t, r->server[i], origin, sizeof(origin)));
		CHECK(!strcmp(origin, "fuzz"));
		mo_account_wipe(&acc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dm_bootstrap_keys keys = { .pin = "4711", .network = "n", .network_len = 1 };
	static struct mo_tree *t;
	struct dm_bootstrap_result r;
	struct dm_bootstrap doc = { .origin = "fuzz", .keys = &keys };
	char *before, *card, *after;
	int ret;

	if (size < 1)
		return 0;
	if (data[0] & 0x80) {
		directory(data + 1, size - 1);
		return 0;
	}
	if (!t)
		t = fuzz_tree();
	doc.data = data + 1;
	doc.len = size - 1;
	doc.need_mac = data[0] & 1;
	before = fuzz_export(t, ".");
	card = fuzz_export(t, "./DMAcc/Card");
	ret = dm_bootstrap_apply(t, &doc, &r);
	CHECK(!mo_tree_busy(t));
	CHECK(ret || !doc.need_mac || r.security != DM_SECURITY_NONE);
	if (ret) {
		CHECK(*r.why && !r.n);
		after = fuzz_export(t, ".");
		CHECK(before && after && !strcmp(before, after));
	} else {
		check_taken(t, &r);
		after = fuzz_export(t, "./DMAcc/Card");
		CHECK(card && after && !strcmp(card, after));
		CHECK(mo_origin_drop(t, "fuzz") > 0);
	}
	free(after);
	free(card);
	free(before);
	return 0;
}
