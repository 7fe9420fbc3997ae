/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OMA Client Provisioning: documents of characteristics with parameters (spec/oma-dm.md 10.2).
 */
#ifndef DM_CP_H
#define DM_CP_H

#include "dm/node.h"
#include "mo/mo.h"

#define DM_CP_PUBLIC_ID		0x0b	/* of WBXML */
#define DM_CP_MAX_ACCOUNTS	8

/* cp-tags.c: the tokens of WBXML. */
extern const struct dm_vocabulary dm_cp_vocabulary;

/* What came of a document. */
struct dm_cp_result {
	bool init;			/* INIT: some account wants a session now */
	char why[160];			/* of a failure */
};

/*
 * Adds the accounts (applications w7) of a document, and the access points and proxies that are in it,
 * to the tree, in the open unit. 0; -ENOENT: no w7 in it; -EEXIST: an account of that server is
 * there; -EBADMSG: not such a document; or -errno.
 */
int dm_cp_apply(struct mo_tree *t, struct dm_message *msg, const struct dm_node *root,
		struct dm_cp_result *r);

/* cp-read.c: what is below a characteristic. NULL if it is not there. */
const struct dm_node *dm_cp_next(struct dm_message *msg, const struct dm_node *after,
				 const char *type);
const struct dm_node *dm_cp_first(struct dm_message *msg, const struct dm_node *parent,
				  const char *type);
const char *dm_cp_parm(struct dm_message *msg, const struct dm_node *in, const char *name);
/* The n-th of that name, from 0. */
const char *dm_cp_parm_nth(struct dm_message *msg, const struct dm_node *in, const char *name,
			   unsigned int n);

/* cp-connection.c: NAPDEF and PXLOGICAL, and where they went. */
struct dm_cp_connections {
	unsigned int n;
	struct {
		char id[64];		/* NAPID or PROXY-ID */
		char uri[64];
	} list[16];
};

/* 0 or -errno; without descriptions of NAP and Proxy in the tree there is nothing to do. */
int dm_cp_connections_add(struct mo_tree *t, struct dm_message *msg, const struct dm_node *root,
			  struct dm_cp_connections *c);
/* What TO-NAPID or TO-PROXY means: a URI of the tree, or id itself if it is none of the document's. */
const char *dm_cp_reference(const struct dm_cp_connections *c, const char *id);

/* Adds text to the tree where it is given. 0 or -errno. */
int dm_cp_put(struct mo_tree *t, const char *base, const char *leaf, const char *text);
/* The first name 1, 2, 3 ... that is free below base ("./NAP"). 0 or -errno. */
int dm_cp_free_name(struct mo_tree *t, const char *base, char *uri, size_t room);

#endif /* DM_CP_H */
