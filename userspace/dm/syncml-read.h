/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filling structures from the elements of a document: what syncml-read.c and syncml-command.c share.
 */
#ifndef DM_SYNCML_READ_H
#define DM_SYNCML_READ_H

#include "dm/message.h"
#include "dm/node.h"

struct dm_read {
	struct dm_message *msg;
	/*
	 * What was wrong first in what is being read (static text): a command goes on with it as its
	 * defect, the header makes the message malformed.
	 */
	const char *defect;
};

typedef int (*dm_read_fn)(struct dm_read *r, const struct dm_node *node, void *arg);

struct dm_element {
	const char *name;
	dm_read_fn read;	/* NULL: known, of no use to DM */
	size_t offset;		/* into the structure that is being filled */
	bool many;		/* may be there more than once */
};

#define DM_ELEMENT(element, fn, type, member) \
	{ .name = element, .read = fn, .offset = offsetof(type, member) }
#define DM_TEXT(element, type, member)	DM_ELEMENT(element, dm_read_text, type, member)
#define DM_UNUSED(element)	{ .name = element }
#define DM_MANY(element)	{ .name = element, .many = true }
#define DM_END			{ .name = NULL }

void dm_read_defect(struct dm_read *r, const char *what);
/*
 * Fills what arg points to from the children of node that are in the table, which ends with a
 * NULL name. Others, and a second one of its kind, are defects. 0 or -ENOMEM.
 */
int dm_read_children(struct dm_read *r, const struct dm_node *node, const struct dm_element *table,
		     void *arg);

/* The row of a child; NULL if there is none. */
const struct dm_element *dm_read_find(const struct dm_element *table, const char *name);
/* Those children only that have a row. */
int dm_read_parts(struct dm_read *r, const struct dm_node *node, const struct dm_element *table,
		  void *arg);

/* Of type dm_read_fn; arg: const char *, bool, struct dm_meta, const char * (a LocURI). */
int dm_read_text(struct dm_read *r, const struct dm_node *node, void *arg);
int dm_read_flag(struct dm_read *r, const struct dm_node *node, void *arg);
int dm_read_meta(struct dm_read *r, const struct dm_node *node, void *arg);
int dm_read_uri(struct dm_read *r, const struct dm_node *node, void *arg);

/* syncml-command.c: a command and all in it, put behind **end. 0 or -ENOMEM. */
int dm_read_command(struct dm_read *r, const struct dm_node *node, struct dm_cmd ***end);

#endif /* DM_SYNCML_READ_H */
