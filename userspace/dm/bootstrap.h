/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bootstrap: how the first accounts get into the tree (spec/oma-dm.md 10).  A document is of one of two
 * profiles, each in XML or WBXML:
 *
 *	DM	a SyncML message whose Adds bring an account, or a bare TNDS document
 *	CP	wap-provisioningdoc with an application w7
 *
 * A head of MIME lines may come before it: its Content-Type may say the type, and carry a MAC.
 */
#ifndef DM_BOOTSTRAP_H
#define DM_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mo/mo.h"

#define DM_BOOTSTRAP_MAX	(128 * 1024)
#define DM_BOOTSTRAP_ACCOUNTS	8
#define DM_NETWORK_KEY_MAX	64
#define DM_PIN_MAX		64

enum dm_profile { DM_PROFILE_ANY, DM_PROFILE_DM, DM_PROFILE_CP };

/* What a document is protected with: SEC of its Content-Type. */
enum dm_security {
	DM_SECURITY_NONE,
	DM_SECURITY_NETWORK,		/* NETWPIN, NETWORKID: what the network knows, as the IMSI */
	DM_SECURITY_PIN,		/* USERPIN: what the user was told */
	DM_SECURITY_PIN_NETWORK,	/* USERNETWPIN, USERPIN_NETWORKID */
	DM_SECURITY_PIN_MAC,		/* USERPINMAC: the PIN has the MAC in it */
};

/* Belongs to the caller; "" and 0 = not known. */
struct dm_bootstrap_keys {
	char pin[DM_PIN_MAX];
	uint8_t network[DM_NETWORK_KEY_MAX];
	size_t network_len;
};

struct dm_bootstrap {
	const void *data;
	size_t len;
	enum dm_profile profile;	/* what it has to be */
	const char *content_type;	/* as its transport says it; NULL = its own head, or none */
	bool need_mac;
	const struct dm_bootstrap_keys *keys;
	const char *origin;		/* "card:...": what is from there is renewed */
	bool dry_run;			/* nothing stays in the tree */
};

struct dm_bootstrap_result {
	enum dm_profile profile;
	enum dm_security security;	/* that was checked */
	bool unchanged;			/* the tree has this document already */
	bool start;			/* its servers want to be told by a session */
	unsigned int n;			/* accounts that are new */
	char server[DM_BOOTSTRAP_ACCOUNTS][128];
	unsigned int skipped;		/* objects of no known kind */
	char why[256];			/* of a failure: what, where; no secrets */
};

/*
 * Puts the accounts of a document into the tree, or nothing of it.  0 or:
 *	-EBADMSG	not such a document, or a wrong one
 *	-EPERM		it would do more than bootstrap may
 *	-EEXIST		there is an account of that server from elsewhere: that one stays
 *	-ENOENT		no account in it
 *	-EACCES		the MAC is wrong, or missing where there has to be one
 *	-ENOKEY		the PIN or the secret of the network is needed for it
 *	-ENOMEM -ENOSPC -EIO
 */
int dm_bootstrap_apply(struct mo_tree *t, const struct dm_bootstrap *b,
		       struct dm_bootstrap_result *r);

/* --------------------------------------- bootstrap-mac.c: what a Content-Type says */

struct dm_bootstrap_type {
	enum dm_profile profile;	/* DM_PROFILE_ANY: a type that both may have */
	bool wbxml, known;
	enum dm_security security;
	bool has_mac;
	uint8_t mac[20];
};

/* 0 or -EBADMSG. */
int dm_bootstrap_type_parse(const char *content_type, struct dm_bootstrap_type *type, char *why,
			    size_t why_len);
/* Is the document what its MAC says? 0, -EACCES, -ENOKEY, -EIO. */
int dm_bootstrap_verify(const struct dm_bootstrap_type *type, const struct dm_bootstrap_keys *keys,
			const void *doc, size_t len, char *why, size_t why_len);
const char *dm_security_name(enum dm_security s);

/* The key that an IMSI is: its digits as EF_IMSI has them. 0 or -EINVAL. */
int dm_bootstrap_imsi(const char *digits, struct dm_bootstrap_keys *keys);

#endif /* DM_BOOTSTRAP_H */
