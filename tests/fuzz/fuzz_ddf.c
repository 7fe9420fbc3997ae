// SPDX-License-Identifier: BSD-3-Clause
/* Device descriptions: read to the end, or refused with a reason that names the file. */
#include <stdlib.h>
#include <string.h>
#include "fuzz/fuzz.h"
#include "mo/private.h"

static void check_nodes(const struct mo_ddf *d, unsigned int depth)
{
	CHECK(depth <= MO_MAX_DEPTH);
	for (; d; d = d->next) {
		CHECK(d->name);
		CHECK(!d->described || (d->format[0] && d->type));
		CHECK(!d->max || d->max >= d->min);
		CHECK(!mo_ddf_is_leaf(d) || !d->child);
		check_nodes(d->child, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mo_ddf *root = calloc(1, sizeof(*root));
	char why[200];
	int err;

	CHECK(root);
	err = mo_ddf_parse("fuzz.xml", (const char *)data, size, root, why, sizeof(why));
	if (err)
		CHECK(!strncmp(why, "fuzz.xml:", 9));
	else
		check_nodes(root->child, 0);
	mo_ddf_free(root);
	return 0;
}
