/* SPDX-License-Identifier: BSD-3-Clause */
/* A tree in memory with one account, for the targets whose input goes into one. */
#ifndef FUZZ_TREE_H
#define FUZZ_TREE_H

#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "mo/mo.h"

#define SERVER	"srv"
#define SECRET	"Tell-no-one"

static inline struct mo_tree *fuzz_tree(void)
{
	struct mo_account acc = { .server_id = SERVER, .addr = "http://127.0.0.1/" };
	struct mo_tree *t;
	char why[200];

	CHECK(!mo_tree_open(":memory:", &t));
	CHECK(!mo_ddf_load(t, DDF_DIR, why, sizeof(why)));
	strcpy(acc.client.secret, SECRET);
	CHECK(!mo_account_create(t, "Card", &acc));
	return t;
}

/* A subtree as TNDS; NULL if it is too large for that. */
static inline char *fuzz_export(struct mo_tree *t, const char *uri)
{
	char *xml = NULL;
	size_t len;
	int err = mo_tree_to_xml(t, uri, &xml, &len);

	CHECK(!err || err == -EMSGSIZE);
	return xml;
}

#endif /* FUZZ_TREE_H */
