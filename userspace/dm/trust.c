// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who authenticated whom, and the nonces of both directions (spec/oma-dm.md section 6).
 *
 * A nonce from the server serves for the next proof at once, but replaces the stored one only when
 * both sides have proved themselves. A nonce for the server is stored as it is sent to a server
 * that has proved itself.
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dm/base64.h"

/* An account may leave the proof of the server to the transport. */
static bool server_needs_no_cred(const struct mo_account *acc)
{
	return !strcmp(acc->server.type, "TRANSPORT") ||
	       (!acc->server.type[0] && !acc->server.name[0] && !acc->server.secret[0]);
}

enum dm_auth_result dm_server_check(struct dm_session *s, const struct dm_header *hdr)
{
	const struct mo_credential *c = &s->acc.server;
	const struct dm_cred *cred = &hdr->cred;

	if (s->server_authenticated)
		return DM_AUTH_GOOD;
	if (server_needs_no_cred(&s->acc)) {
		dm_log(s, LOG_NOTICE, "the account has no server credentials: relying on the transport");
		return DM_AUTH_GOOD;
	}
	if (!cred->present)
		return DM_AUTH_MISSING;
	if (!cred->meta.type || strcmp(cred->meta.type, DM_AUTH_MD5_TYPE) || !cred->data)
		return DM_AUTH_WRONG;
	if (cred->meta.format && strcmp(cred->meta.format, "b64"))
		return DM_AUTH_WRONG;
	return dm_auth_md5_check(c->name, c->secret, c->nonce, c->nonce_len, cred->data) ?
	       DM_AUTH_GOOD : DM_AUTH_WRONG;
}

int dm_server_challenge(struct dm_session *s)
{
	if (server_needs_no_cred(&s->acc))
		return 0;
	if (dm_auth_random(s->hdr.nonce, sizeof(s->hdr.nonce))) {
		dm_log(s, LOG_ERR, "no random bytes for a nonce");
		return -EIO;
	}
	s->hdr.chal = true;
	memcpy(s->acc.server.nonce, s->hdr.nonce, sizeof(s->hdr.nonce));
	s->acc.server.nonce_len = sizeof(s->hdr.nonce);
	return 0;
}

void dm_server_store_nonce(struct dm_session *s)
{
	if (mo_account_set_nonce(s->tree, s->acc.server_id, MO_CRED_SERVER, s->hdr.nonce,
				 sizeof(s->hdr.nonce))) {
		dm_log(s, LOG_ERR, "cannot store the nonce for the server, the old one stays");
		s->hdr.chal = false;
	}
}

int dm_client_take_chal(struct dm_session *s, const struct dm_meta *chal, const char **why)
{
	uint8_t nonce[MO_NONCE_LEN];
	ssize_t n;

	*why = NULL;
	if (!chal->type || strcmp(chal->type, DM_AUTH_MD5_TYPE))
		*why = "the server asks for another type of authentication than syncml:auth-md5";
	else if (chal->format && strcmp(chal->format, "b64"))
		*why = "the challenge is not in base64";
	else if (!chal->next_nonce)
		*why = "the challenge has no NextNonce";
	if (*why)
		return -EBADMSG;
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

void dm_client_store_nonce(struct dm_session *s)
{
	if (!s->nonce_dirty || !s->client_accepted || !s->server_authenticated)
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

	if (s->client_retries++ >= DM_MAX_CLIENT_RETRIES)
		problem = "credentials refused again after a challenge";
	else if (!s->acc.client.name[0])
		problem = "the server wants credentials, the account has none";
	else if (!st->has_chal)
		problem = "credentials refused without a challenge";
	else if (!dm_client_take_chal(s, &st->chal, &problem))
		return DM_CLIENT_RETRY;
	snprintf(why, why_len, "status %s of the server: %s", st->data, problem);
	return DM_CLIENT_REFUSED;
}

enum dm_client_result dm_client_check(struct dm_session *s, char *why, size_t why_len)
{
	const struct dm_in_status *st = find_hdr_status(s);
	unsigned long code = 0;
	const char *problem;

	if (!st) {
		if (s->client_accepted)
			return DM_CLIENT_GOOD;
		snprintf(why, why_len, "message %lu of the server has no Status for the SyncHdr of our "
			 "message %lu", s->peer_msg_id, s->msg_id);
		return DM_CLIENT_BROKEN;
	}
	dm_parse_number(st->data, 999, &code);
	if (code == 401 || code == 407)
		return challenged(s, st, why, why_len);
	if (code != 200 && code != 212) {
		snprintf(why, why_len, "the server answers our message %lu with status %lu", s->msg_id,
			 code);
		return DM_CLIENT_BROKEN;
	}
	s->client_accepted = true;
	if (st->has_chal && dm_client_take_chal(s, &st->chal, &problem))
		dm_log(s, LOG_WARNING, "nonce for later ignored: %s", problem);
	/* 200 counts for one message only */
	s->send_cred = code == 200 && s->acc.client.name[0];
	return DM_CLIENT_GOOD;
}
