// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names of the authentication schemes, and what an account says about them (spec/oma-dm.md 6.1,
 * 6.8, 9.1).
 *
 * An account names schemes in AAuthType and AAuthPref. The weakest that it names is the floor: a
 * peer may ask for more, never for less, or somebody in between could ask for the password itself.
 */
#include "dm/scheme.h"

#include <string.h>

static const struct {
	const char *type, *account;
} names[] = {
	[DM_SCHEME_NONE] = { NULL, "" },
	[DM_SCHEME_BASIC] = { "syncml:auth-basic", "BASIC" },
	[DM_SCHEME_MD5] = { "syncml:auth-md5", "DIGEST" },
	[DM_SCHEME_MAC] = { "syncml:auth-MAC", "HMAC" },
};

const char *dm_scheme_type(enum dm_scheme scheme)
{
	return names[scheme].type;
}

const char *dm_scheme_account_name(enum dm_scheme scheme)
{
	return names[scheme].account;
}

enum dm_scheme dm_scheme_of_type(const char *type)
{
	enum dm_scheme s;

	for (s = DM_SCHEME_MAC; type && s > DM_SCHEME_NONE; s--) {
		if (!strcmp(type, names[s].type))
			return s;
	}
	return DM_SCHEME_NONE;
}

enum dm_scheme dm_scheme_of_account(const char *name)
{
	enum dm_scheme s;

	for (s = DM_SCHEME_MAC; s > DM_SCHEME_NONE; s--) {
		if (!strcmp(name, names[s].account))
			return s;
	}
	return DM_SCHEME_NONE;
}

bool dm_scheme_is_transport(const struct mo_credential *c)
{
	return !strcmp(c->type, "TRANSPORT");
}

bool dm_scheme_usable(const struct mo_credential *c)
{
	return !c->type[0] || dm_scheme_is_transport(c) ||
	       dm_scheme_of_account(c->type) != DM_SCHEME_NONE;
}

enum dm_scheme dm_scheme_of_credential(const struct mo_credential *c)
{
	if (dm_scheme_is_transport(c))
		return DM_SCHEME_NONE;
	return c->type[0] ? dm_scheme_of_account(c->type) : DM_SCHEME_MD5;
}

enum dm_scheme dm_scheme_weakest(const struct mo_account *acc)
{
	enum dm_scheme named = dm_scheme_of_credential(&acc->client);
	enum dm_scheme preferred = dm_scheme_of_account(acc->auth_pref);

	return preferred != DM_SCHEME_NONE && preferred < named ? preferred : named;
}

/*
 * AAuthPref comes first. There but empty, it means the scheme of the last session; a scheme that
 * the account no longer allows is forgotten.
 */
enum dm_scheme dm_scheme_first(const struct mo_account *acc)
{
	enum dm_scheme named = dm_scheme_of_credential(&acc->client);
	enum dm_scheme preferred = dm_scheme_of_account(acc->auth_pref);
	enum dm_scheme last = dm_scheme_of_account(acc->last_auth);

	if (named == DM_SCHEME_NONE)
		return named;
	if (preferred != DM_SCHEME_NONE)
		return preferred;
	if (acc->has_auth_pref && !acc->auth_pref[0] && last >= dm_scheme_weakest(acc))
		return last;
	return named;
}
