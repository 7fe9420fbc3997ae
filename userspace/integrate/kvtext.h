/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text of a key=value file: one line a leaf, escapes only where a line could not
 * be read back without them.  Documentation/tree.md describes the format.
 */
#ifndef INTEGRATE_KVTEXT_H
#define INTEGRATE_KVTEXT_H

#include <stddef.h>
#include "mo/mo.h"

struct kvtext {
	char *data;
	size_t len, room;
};

void kvtext_clear(struct kvtext *t);
/* Appends the line of a leaf. rel as mo_tree_each_leaf() gives it. 0 or -ENOMEM. */
int kvtext_add(struct kvtext *t, const char *rel, const struct mo_value *v);
/*
 * Calls fn for each key=value line; blanks around key and value are dropped, escapes decoded.
 * Blank lines and comments are passed over, lines without '=' counted in *unknown. Changes
 * text. fn's non-zero ends it.
 */
int kvtext_parse(char *text, size_t len, int (*fn)(void *arg, const char *key, char *value,
						    size_t value_len),
		 void *arg, unsigned int *unknown);

#endif /* INTEGRATE_KVTEXT_H */
