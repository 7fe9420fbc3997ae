/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schemes with which client and server prove who they are (spec/oma-dm.md 6.1), and which of
 * them an account allows.
 */
#ifndef DM_SCHEME_H
#define DM_SCHEME_H

#include <stdbool.h>

#include "mo/mo.h"

/* In the order of their strength. */
enum dm_scheme {
	DM_SCHEME_NONE,		/* left to the transport, or not known */
	DM_SCHEME_BASIC,	/* name and password in clear */
	DM_SCHEME_MD5,		/* proves the secret, once a session */
	DM_SCHEME_MAC,		/* proves the secret and the message, each message */
};

/* Type of a Cred or Chal, such as "syncml:auth-md5"; NULL for none. */
const char *dm_scheme_type(enum dm_scheme scheme);
enum dm_scheme dm_scheme_of_type(const char *type);
/* AAuthType, such as "DIGEST"; "" for none. */
const char *dm_scheme_account_name(enum dm_scheme scheme);
enum dm_scheme dm_scheme_of_account(const char *name);

/* Can this engine work with the credential? An empty AAuthType counts as DIGEST. */
bool dm_scheme_usable(const struct mo_credential *c);
/* Has the account left this side to the transport? */
bool dm_scheme_is_transport(const struct mo_credential *c);
enum dm_scheme dm_scheme_of_credential(const struct mo_credential *c);

/* What the client starts with, and the weakest that a challenge may make of it. */
enum dm_scheme dm_scheme_first(const struct mo_account *acc);
enum dm_scheme dm_scheme_weakest(const struct mo_account *acc);

#endif /* DM_SCHEME_H */
