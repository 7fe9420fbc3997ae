// SPDX-License-Identifier: BSD-3-Clause
/*
 * We prove to the server who we are (spec/oma-dm.md 6.3, 6.4), and the nonces that it gives us for
 * that.
 *
 * A nonce from the server serves for the next proof at once, but replaces the stored one only when
 * both sides have proved themselves.
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dm/base64.h"
#include "dm/hmac.h"

void dm_client_begin(struct dm_session *s)
{
	s->client_scheme = s->acc.client.name[0] ? dm_scheme_first(&s->acc) : DM_SCHEME_NONE;
	s->send_cred = s->client_scheme != DM_SCHEME_NONE;
}

int dm_client_cred(struct dm_session *s, char cred[DM_BASIC_B64_LEN + 1])
{
	const struct mo_credential *c = &s->acc.client;

	if (s->client_scheme == DM_SCHEME_BASIC)
		return dm_auth_basic(c->name, c->secret, cred);
	return dm_auth_md5(c->name, c->secret, c->nonce, c->nonce_len, cred);
}

int dm_client_mac(struct dm_session *s, char *buf, size_t room)
{
	const struct mo_credential *c = &s->acc.client;
	struct dm_hmac h;
	int ret;

	snprintf(h.user, sizeof(h.user), "%s", c->name);
	ret = dm_auth_mac(c->name, c->secret, c->nonce, c->nonce_len, s->out.data, s->out.len, h.mac);
	return ret ? ret : dm_hmac_format(&h, buf, room);
}

/* NextNonce for our next proof. */
static int take_nonce(struct dm_session *s, const struct dm_meta *chal, const char **why)
{
	uint8_t nonce[MO_NONCE_LEN];
	ssize_t n;

	if (chal->format && strcmp(chal->format, "b64")) {
		*why = "the challenge is not in base64";
		return -EBADMSG;
	}
	if (!chal->next_nonce) {
		*why = "the challenge has no NextNonce";
		return -EBADMSG;
	}
	n = dm_b64_decode(chal->next_nonce, strlen(chal->next_nonce), nonce, sizeof(nonce));
	if (n < 0) {
		*why = "NextNonce is not base64 or too long";
		return -EBADMSG;
	}
	memcpy(s->acc.client.nonce, nonce, (size_t)n);
	s->acc.client.nonce_len = (size_t)n;
	s->nonce_dirty = true;
	dm_auth_wipe(nonce, sizeof(nonce));
	return 0;
}

/* The scheme and nonce that a 401 or 407 asks for. 0, or -EBADMSG with a reason in *why. */
static int take_challenge(struct dm_session *s, const struct dm_meta *chal, const char **why)
{
	enum dm_scheme scheme = dm_scheme_of_type(chal->type);

	*why = NULL;
	if (scheme == DM_SCHEME_NONE)
		*why = "the server asks for a type of authentication that is not known";
	else if (scheme < dm_scheme_weakest(&s->acc))
		*why = "the server asks for a weaker type of authentication than the account allows";
	if (*why)
		return -EBADMSG;
	if (scheme != DM_SCHEME_BASIC && take_nonce(s, chal, why))
		return -EBADMSG;
	s->client_scheme = scheme;
	return 0;
}

void dm_client_remember(struct dm_session *s)
{
	const char *name = dm_scheme_account_name(s->client_scheme);

	if (!s->client_accepted || !s->server_authenticated)
		return;
	if (s->client_scheme != DM_SCHEME_NONE && strcmp(s->acc.last_auth, name)) {
		if (mo_account_set_last_auth(s->tree, s->acc.server_id, name))
			dm_log(s, LOG_WARNING, "cannot remember the type of authentication");
		snprintf(s->acc.last_auth, sizeof(s->acc.last_auth), "%s", name);
	}
	if (!s->nonce_dirty)
		return;
	if (mo_account_set_nonce(s->tree, s->acc.server_id, MO_CRED_CLIENT, s->acc.client.nonce,
				 s->acc.client.nonce_len))
		dm_log(s, LOG_ERR, "cannot store the nonce of the server for the next session");
	s->nonce_dirty = false;
}

/* The status of the SyncHdr that answers our last message, or NULL. */
static const struct dm_in_status *find_hdr_status(struct dm_session *s)
{
	const struct dm_in_status *st, *found = NULL;
	unsigned long ref, code;

	for (st = s->msg->statuses; st; st = st->next) {
		if (!dm_parse_number(st->msg_ref, ~0UL, &ref) || !st->cmd_ref || !st->cmd ||
		    !dm_parse_number(st->data, 999, &code)) {
			dm_log(s, LOG_WARNING, "Status without MsgRef, CmdRef, Cmd or Data ignored");
		} else if (!ref || ref > s->msg_id) {
			dm_log(s, LOG_WARNING, "Status for message %lu, which we never sent", ref);
		} else if (!strcmp(st->cmd_ref, "0") && !strcmp(st->cmd, "SyncHdr")) {
			if (ref == s->msg_id && !found)
				found = st;
		} else if (!dm_status_is_ok((int)code)) {
			dm_log(s, LOG_NOTICE, "the server answers our %s with %lu", st->cmd, code);
		}
	}
	return found;
}

/* 401 and 407: once more with what the Chal says, if we can. */
static enum dm_client_result challenged(struct dm_session *s, const struct dm_in_status *st,
					char *why, size_t why_len)
{
	const char *problem;

	if (s->client_accepted && s->client_scheme == DM_SCHEME_MAC)
		problem = "a MAC is refused in the middle of the session";
	else if (s->client_retries++ >= DM_MAX_CLIENT_RETRIES)
		problem = "credentials refused again after a challenge";
	else if (!s->acc.client.name[0])
		problem = "the server wants credentials, the account has none";
	else if (!st->has_chal)
		problem = "credentials refused without a challenge";
	else if (!take_challenge(s, &st->chal, &problem))
		return DM_CLIENT_RETRY;
	snprintf(why, why_len, "status %s of the server: %s", st->data, problem);
	return DM_CLIENT_REFUSED;
}

/* 200 or 212. The MAC of the next message needs a nonce; for the others one may come. */
static const char *accepted(struct dm_session *s, const struct dm_in_status *st, unsigned long code)
{
	const char *problem = NULL;
	bool mac = s->client_scheme == DM_SCHEME_MAC;

	if (mac && (code != MO_OK || !st->has_chal))
		return "the server takes a MAC, but gives no nonce for the next (200 with a challenge)";
	if (st->has_chal && dm_scheme_of_type(st->chal.type) != s->client_scheme)
		problem = "it is for another type of authentication";
	else if (st->has_chal && s->client_scheme != DM_SCHEME_BASIC)
		take_nonce(s, &st->chal, &problem);
	if (problem && mac)
		return problem;
	if (problem)
		dm_log(s, LOG_WARNING, "nonce for later ignored: %s", problem);
	s->client_accepted = true;
	/* 200 counts for one message only */
	s->send_cred = code == MO_OK && s->client_scheme != DM_SCHEME_NONE;
	return NULL;
}

/* Without a Status for our header nothing is refused, unless each message has to be taken. */
static enum dm_client_result not_answered(struct dm_session *s, char *why, size_t why_len)
{
	if (s->client_accepted && s->client_scheme != DM_SCHEME_MAC)
		return DM_CLIENT_GOOD;
	snprintf(why, why_len, "message %lu of the server has no Status for the SyncHdr of our "
		 "message %lu", s->peer_msg_id, s->msg_id);
	return DM_CLIENT_BROKEN;
}

enum dm_client_result dm_client_check(struct dm_session *s, char *why, size_t why_len)
{
	const struct dm_in_status *st = find_hdr_status(s);
	unsigned long code = 0;
	const char *problem;

	if (!st)
		return not_answered(s, why, why_len);
	dm_parse_number(st->data, 999, &code);
	if (code == 401 || code == 407)
		return challenged(s, st, why, why_len);
	if (code != 200 && code != 212) {
		snprintf(why, why_len, "the server answers our message %lu with status %lu", s->msg_id,
			 code);
		return DM_CLIENT_BROKEN;
	}
	problem = accepted(s, st, code);
	if (!problem)
		return DM_CLIENT_GOOD;
	snprintf(why, why_len, "status %lu of the server: %s", code, problem);
	return DM_CLIENT_BROKEN;
}
