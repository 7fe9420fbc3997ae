// SPDX-License-Identifier: BSD-3-Clause
/*
 * TNDS documents from a server, added to and put in the place of a subtree, through the Inbox too: a
 * document that is refused changes nothing, secrets stay inside, and what is in the tree
 * afterwards can be written and read again.
 *
 * The first byte says what is done, the rest is the document.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz/tree.h"
#include "mo/private.h"

/* The server has guessed it: what it writes itself is no secret. */
static bool knows_secret;

static struct mo_tree *open_tree(void)
{
	struct mo_tree *t = fuzz_tree();

	CHECK(!mo_tree_define(t, "./S", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD |
			      MO_ACCESS_REPLACE));
	CHECK(!mo_tree_define(t, "./S/P", "chr", "fixed", MO_ACCESS_GET));
	CHECK(!mo_tree_set_acl(t, "./S", MO_ACL_ALL));
	return t;
}

static char *export(struct mo_tree *t, const char *uri)
{
	char *xml = fuzz_export(t, uri);

	if (xml && !knows_secret)
		CHECK(!strstr(xml, SECRET));
	return xml;
}

static void read_again(struct mo_tree *t)
{
	char *before = export(t, "./S"), *after;
	struct mo_value v = { .data = before, .format = "xml", .type = MO_TNDS_XML };

	if (!before)
		return;
	v.len = strlen(before);
	CHECK(mo_tree_replace(t, NULL, "./S", &v) == MO_OK);
	after = export(t, "./S");
	CHECK(after && !strcmp(before, after));
	free(after);
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const targets[] = { "./S", "./S/new", "./Inbox", "./DMAcc/Card", ".", "./NAP",
					       "./Inbox/x", "./S/a/b" };
	struct mo_value v = { .format = "xml", .type = MO_TNDS_XML };
	static struct mo_tree *t;
	char *before, *after;
	int status;

	if (size < 1)
		return 0;
	if (!t)
		t = open_tree();
	knows_secret = memmem(data, size, SECRET, strlen(SECRET));
	v.len = size - 1;
	v.data = malloc(v.len + 1);
	CHECK(v.data);
	memcpy(v.data, data + 1, v.len);
	v.data[v.len] = '\0';
	CHECK(mo_tree_begin(t) == MO_OK);
	before = export(t, ".");
	if (data[0] & 0x80)
		status = mo_tree_replace(t, SERVER, targets[data[0] & 7], &v);
	else
		status = mo_tree_add(t, SERVER, targets[data[0] & 7], &v);
	CHECK(status >= 200 && status <= 500);
	after = export(t, ".");
	if (status != MO_OK)
		CHECK(before && after && !strcmp(before, after));
	else
		read_again(t);
	free(after);
	free(before);
	free(v.data);
	mo_tree_rollback(t);
	return 0;
}
