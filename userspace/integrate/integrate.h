/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Providers: how a subtree of the management tree becomes configuration of the system.
 */
#ifndef INTEGRATE_INTEGRATE_H
#define INTEGRATE_INTEGRATE_H

#include "mo/mo.h"

/*
 * Key=value file: leaf a/b with value v becomes the line "a/b=v".  Written to a temporary
 * file in the same folder, fsync, rename, fsync of the folder.  hook, if not NULL, is run
 * after the rename with the file's path as its argument (no shell, at most
 * hook_timeout_ms); if it fails, the old file is put back and the change is refused.
 * 0 or -errno; *ops and *ctx go to mo_tree_mount().
 */
struct keyvalue_config {
	const char *file;
	const char *hook;
	unsigned int hook_timeout_ms;	/* 0 = 10 000 */
	unsigned int mode;		/* file mode, 0 = 0644 */
};

int keyvalue_new(const struct keyvalue_config *cfg, const struct mo_provider_ops **ops, void **ctx);

#endif /* INTEGRATE_INTEGRATE_H */
