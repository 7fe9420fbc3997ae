// SPDX-License-Identifier: BSD-3-Clause
/*
 * The server proves who it is (spec/oma-dm.md 6.5 to 6.7), and the nonces that we give it for that.
 *
 * A nonce for the server is stored just before it is sent to a server that has proved itself. Until
 * the server answers that message, the one before stays valid: had the message been lost, the
 * server would know no other.
 */
#include "dm/engine.h"

#include <errno.h>
#include <string.h>

#include "dm/hmac.h"

/* An account may leave the proof of the server to the transport. */
static bool needs_no_proof(const struct mo_account *acc)
{
	return dm_scheme_is_transport(&acc->server) ||
	       (!acc->server.type[0] && !acc->server.name[0] && !acc->server.secret[0]);
}

static bool mac_fits(struct dm_session *s, const struct dm_hmac *h, const uint8_t *nonce, size_t len)
{
	const struct mo_credential *c = &s->acc.server;
	uint8_t want[DM_MD5_LEN];
	bool good;

	if (dm_auth_mac(c->name, c->secret, nonce, len, s->in.body, s->in.len, want))
		return false;
	good = dm_auth_equal(want, h->mac, sizeof(want));
	dm_auth_wipe(want, sizeof(want));
	return good && !strcmp(h->user, c->name);
}

static bool mac_is_good(struct dm_session *s)
{
	const struct mo_account *acc = &s->acc;
	struct dm_hmac h;

	if (dm_hmac_parse(s->in.hmac, &h)) {
		dm_log(s, LOG_WARNING, "the server's " DM_HMAC_HEADER " header cannot be read");
		return false;
	}
	if (mac_fits(s, &h, acc->server.nonce, acc->server.nonce_len))
		return true;
	return acc->has_previous && mac_fits(s, &h, acc->previous, acc->previous_len);
}

static bool cred_is_good(struct dm_session *s, const struct dm_cred *cred, enum dm_scheme scheme)
{
	const struct mo_account *acc = &s->acc;
	const struct mo_credential *c = &acc->server;

	if (!cred->data || (cred->meta.format && strcmp(cred->meta.format, "b64")))
		return false;
	if (scheme == DM_SCHEME_BASIC)
		return dm_auth_basic_check(c->name, c->secret, cred->data);
	if (scheme != DM_SCHEME_MD5)
		return false;
	if (dm_auth_md5_check(c->name, c->secret, c->nonce, c->nonce_len, cred->data))
		return true;
	return acc->has_previous && dm_auth_md5_check(c->name, c->secret, acc->previous,
						      acc->previous_len, cred->data);
}

/* A MAC counts for each message on its own; everything else once for the session. */
static bool is_known(const struct dm_session *s)
{
	return s->server_authenticated && s->server_scheme != DM_SCHEME_MAC;
}

enum dm_auth_result dm_server_check(struct dm_session *s, const struct dm_header *hdr)
{
	const struct dm_cred *cred = &hdr->cred;
	enum dm_scheme scheme;

	if (is_known(s))
		return DM_AUTH_GOOD;
	if (needs_no_proof(&s->acc)) {
		dm_log(s, LOG_NOTICE, "the account has no server credentials: relying on the transport");
		return DM_AUTH_GOOD;
	}
	if (!s->in.hmac && (!cred->present || s->server_authenticated))
		return DM_AUTH_MISSING;
	scheme = s->in.hmac ? DM_SCHEME_MAC : dm_scheme_of_type(cred->meta.type);
	if (scheme < dm_scheme_of_credential(&s->acc.server)) {
		dm_log(s, LOG_WARNING, "the server proves itself by less than the account asks for");
		return DM_AUTH_WRONG;
	}
	if (!(s->in.hmac ? mac_is_good(s) : cred_is_good(s, cred, scheme)))
		return DM_AUTH_WRONG;
	s->server_scheme = scheme;
	return DM_AUTH_GOOD;
}

int dm_server_challenge(struct dm_session *s)
{
	enum dm_scheme scheme = s->server_scheme;

	if (needs_no_proof(&s->acc))
		return 0;
	if (scheme == DM_SCHEME_NONE)
		scheme = dm_scheme_of_credential(&s->acc.server);
	if (scheme != DM_SCHEME_BASIC && dm_auth_random(s->hdr.nonce, sizeof(s->hdr.nonce))) {
		dm_log(s, LOG_ERR, "no random bytes for a nonce");
		return -EIO;
	}
	s->hdr.chal = scheme;
	if (scheme == DM_SCHEME_BASIC)
		return 0;
	memcpy(s->acc.server.nonce, s->hdr.nonce, sizeof(s->hdr.nonce));
	s->acc.server.nonce_len = sizeof(s->hdr.nonce);
	s->acc.has_previous = false;	/* it was asked for this one */
	return 0;
}

/* A message of the server arrived, so that it knows the nonce of the one before. */
static void forget_previous(struct dm_session *s)
{
	if (!s->nonce_issued)
		return;
	s->nonce_issued = false;
	if (mo_account_drop_previous(s->tree, s->acc.server_id))
		dm_log(s, LOG_WARNING, "cannot forget the nonce before the last");
}

int dm_server_accept(struct dm_session *s)
{
	bool first = !s->server_authenticated, mac = s->server_scheme == DM_SCHEME_MAC;

	forget_previous(s);
	s->hdr.code = needs_no_proof(&s->acc) || mac ? 200 : 212;
	if (first)
		dm_log(s, LOG_INFO, "the server is authenticated");
	s->server_authenticated = true;
	if (!first && !mac)
		return 0;
	if (s->server_scheme == DM_SCHEME_BASIC || !dm_server_challenge(s))
		return 0;
	return mac ? -EIO : 0;	/* without a nonce: the old one stays */
}

void dm_server_store_nonce(struct dm_session *s)
{
	if (mo_account_next_nonce(s->tree, s->acc.server_id, s->hdr.nonce, sizeof(s->hdr.nonce))) {
		dm_log(s, LOG_ERR, "cannot store the nonce for the server, the old one stays");
		/* a MAC needs one all the same: it holds for this session only */
		if (s->server_scheme != DM_SCHEME_MAC)
			s->hdr.chal = DM_SCHEME_NONE;
		return;
	}
	s->nonce_issued = true;
}
