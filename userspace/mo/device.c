// SPDX-License-Identifier: BSD-3-Clause
/*
 * DevInfo and DevDetail: what the device says of itself.
 */
#include <errno.h>
#include <stdio.h>
#include "mo/private.h"

#define STR(x)		STR_(x)
#define STR_(x)		#x

struct leaf {
	const char *uri, *format, *value;
};

static const struct leaf limits[] = {
	{ "./DevDetail/URI/MaxDepth", "chr", STR(MO_MAX_DEPTH) },
	{ "./DevDetail/URI/MaxTotLen", "chr", STR(MO_MAX_URI) },
	{ "./DevDetail/URI/MaxSegLen", "chr", STR(MO_MAX_SEGMENT) },
	{ "./DevDetail/LrgObj", "bool", "true" },
};

static int define_all(struct mo_tree *t, const struct leaf *leaf, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = mo_tree_define(t, leaf[i].uri, leaf[i].format,
				     leaf[i].value ? leaf[i].value : "", MO_ACCESS_GET);
	return err;
}

int mo_device_define(struct mo_tree *t, const struct mo_device *dev)
{
	const struct leaf leaves[] = {
		{ "./DevInfo/DevId", "chr", dev->dev_id },
		{ "./DevInfo/Man", "chr", dev->man },
		{ "./DevInfo/Mod", "chr", dev->mod },
		{ "./DevInfo/DmV", "chr", dev->dmv ? dev->dmv : "1.2" },
		{ "./DevInfo/Lang", "chr", dev->lang ? dev->lang : "en" },
		{ "./DevDetail/DevTyp", "chr", dev->dev_typ },
		{ "./DevDetail/OEM", "chr", dev->oem },
		{ "./DevDetail/FwV", "chr", dev->fwv },
		{ "./DevDetail/SwV", "chr", dev->swv },
		{ "./DevDetail/HwV", "chr", dev->hwv },
	};
	bool own = t->unit == MO_UNIT_NONE;
	int err = own ? mo_status_errno(mo_tree_begin(t)) : 0;

	if (err)
		return err;
	err = define_all(t, leaves, sizeof(leaves) / sizeof(leaves[0]));
	if (!err)
		err = define_all(t, limits, sizeof(limits) / sizeof(limits[0]));
	if (!own)
		return err;
	if (!err)
		return mo_status_errno(mo_tree_commit(t));
	mo_tree_rollback(t);
	return err;
}
