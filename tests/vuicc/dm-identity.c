// SPDX-License-Identifier: BSD-3-Clause
/* Who the client is, and how the server proves who it is (spec/oma-dm.md 6). */
#include <errno.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define WRONG_MAX	2	/* wrong credentials: one more challenge, since the nonce may be stale */
#define ATTEMPTS_MAX	3	/* wrong or missing */

static void log_auth(struct vdm_session *s, const char *who, const char *how, enum vdm_auth auth)
{
	struct json_object *f = json_object_new_object();
	const char *type = vdm_auth_type(auth);

	json_object_object_add(f, who, json_object_new_string(how));
	json_object_object_add(f, "type", type ? json_object_new_string(type) : NULL);
	vdm_log_event(s, "auth", f);
}

/* "md5", for people */
static const char *short_name(enum vdm_auth auth)
{
	const char *type = vdm_auth_type(auth);

	return type ? type + strlen("syncml:auth-") : "none";
}

static bool mac_is_good(const struct vdm_server *srv, const struct vdm_nonce *nonce,
			const struct vdm_in *in)
{
	char want[VDM_B64_LEN];

	return !strcmp(in->mac.user, srv->client_id) &&
	       !vdm_auth_mac(srv->client_hash, nonce, in->req->body, in->req->len, want) &&
	       vdm_equal(want, in->mac.mac);
}

static bool basic_is_good(const struct vdm_server *srv, const struct vdm_in *in)
{
	struct vdm_buf want = { .p = NULL };
	bool ok = !vdm_auth_basic(srv->client_id, srv->client_secret, &want) &&
		  vdm_equal(want.p, in->cred_data);

	vdm_buf_clear(&want);
	return ok;
}

static bool cred_is_good(struct vdm_session *s, const struct vdm_in *in)
{
	const struct vdm_server *srv = s->srv;
	const struct vdm_nonce *nonce = s->challenged ? &s->challenge : &srv->client_nonce;

	switch (srv->options.client) {
	case VDM_AUTH_NONE:
		return true;
	case VDM_AUTH_MAC:
		return in->mac.present && mac_is_good(srv, nonce, in);
	case VDM_AUTH_BASIC:
		return in->has_cred && vdm_auth_of_type(in->cred_type) == VDM_AUTH_BASIC &&
		       basic_is_good(srv, in);
	case VDM_AUTH_MD5:
		return in->has_cred && vdm_auth_of_type(in->cred_type) == VDM_AUTH_MD5 &&
		       !strcmp(in->name, srv->client_id) &&
		       vdm_auth_match(srv->client_hash, nonce, in->cred_data);
	}
	return false;
}

/* How credentials have to look, right or not. */
static void check_form(struct vdm_session *s, const struct vdm_in *in)
{
	if (in->has_cred && in->mac.present)
		vdm_violation(s, "both a Cred and a MAC");
	if (in->has_cred && strcmp(in->cred_format, "b64"))
		vdm_violation(s, "Cred of format '%s'", in->cred_format);
	if (in->has_cred && vdm_auth_of_type(in->cred_type) == VDM_AUTH_MAC)
		vdm_violation(s, "a MAC is not for Cred");
	if (in->mac.present && strcmp(in->mac.user, in->name))
		vdm_violation(s, "the MAC is of user %s, the message of '%s'", in->mac.user,
			      in->name);
}

/* 0, 401 (wrong) or 407 (missing). */
static int check_credentials(struct vdm_session *s, const struct vdm_in *in)
{
	const struct vdm_server *srv = s->srv;

	check_form(s, in);
	if (srv->options.client == VDM_AUTH_NONE)
		return 0;
	if (!in->has_cred && !in->mac.present)
		return 407;
	if (srv->fault == VDM_FAULT_REFUSE_CLIENT ||
	    (srv->fault == VDM_FAULT_CHALLENGE_FIRST && !s->challenged))
		return 401;
	return cred_is_good(s, in) ? 0 : 401;
}

/* A MAC is for its message alone; the others are what the options say. */
static bool for_each_message(const struct vdm_server *srv)
{
	return srv->options.client == VDM_AUTH_MAC ||
	       (srv->options.each_message && srv->options.client != VDM_AUTH_NONE);
}

static void challenge(struct vdm_session *s, struct vdm_status *hdr)
{
	hdr->chal = &s->challenge;
	hdr->chal_auth = s->srv->options.client;
}

static int accepted(struct vdm_session *s, const struct vdm_in *in, struct vdm_status *hdr)
{
	struct vdm_server *srv = s->srv;
	enum vdm_auth auth = srv->options.client;

	hdr->code = for_each_message(srv) || auth == VDM_AUTH_NONE ? 200 : 212;
	if (auth != VDM_AUTH_NONE && auth != VDM_AUTH_BASIC) {
		/* from now on in the card's memory, as it will be in the client's */
		challenge(s, hdr);
		srv->client_nonce = s->challenge;
		s->challenged = true;
	}
	if (s->client_ok)
		return 0;
	s->client_ok = true;
	vdm_step(srv, "session %s: %s authenticated (%s)", s->id,
		 *in->name ? in->name : "client", short_name(auth));
	return 0;
}

int vdm_identity_check(struct vdm_session *s, const struct vdm_in *in, struct vdm_status *hdr,
		       bool *give_up)
{
	struct vdm_server *srv = s->srv;
	int code;

	hdr->code = 212;
	if (s->client_ok && !for_each_message(srv))
		return 0;
	code = check_credentials(s, in);
	s->wrong += code == 401;
	s->missing += code == 407;
	if (code || !s->client_ok)
		log_auth(s, "client", code == 401 ? "wrong" : code ? "missing" : "ok",
			 srv->options.client);
	if (code && s->client_ok)
		vdm_violation(s, "the credentials of message %u are %s, after good ones", in->msg,
			      code == 401 ? "wrong" : "missing");
	*give_up = s->client_ok || s->wrong >= WRONG_MAX || s->wrong + s->missing >= ATTEMPTS_MAX;
	if (vdm_nonce_fresh(&s->challenge)) {
		*give_up = true;
		return hdr->code = 500;
	}
	if (!code) {
		*give_up = false;
		return accepted(s, in, hdr);
	}
	s->challenged = true;
	hdr->code = code;
	/* a challenge asks for another message, so there is none when it is over */
	if (!*give_up)
		challenge(s, hdr);
	vdm_step(srv, "session %s: %s: credentials %s, %s", s->id, *in->name ? in->name : "client",
		 code == 401 ? "wrong" : "missing", *give_up ? "given up" : "challenged");
	return code;
}

/* ------------------------------------------------------------------ who we are */

/* A nonce has to be new, or the answer to it could be an old one. */
static void check_nonce(struct vdm_session *s, const struct vdm_nonce *n)
{
	if (n->len < 8)
		vdm_violation(s, "a nonce of %zu bytes", n->len);
	if (n->len == s->server_nonce.len && !memcmp(n->b, s->server_nonce.b, n->len))
		vdm_violation(s, "the same nonce again");
}

static void check_challenge(struct vdm_session *s, const struct vdm_verdict *v)
{
	if (v->refusal && !v->has_chal)
		vdm_violation(s, "our credentials are refused without a challenge");
	if (v->accepted && s->server_auth == VDM_AUTH_MAC && !v->has_nonce)
		vdm_violation(s, "our MAC is accepted without a nonce for the next");
	if (v->server_ok && s->server_auth == VDM_AUTH_MAC)
		vdm_violation(s, "our MAC is accepted for the session, it is for one message");
	if (v->has_nonce)
		check_nonce(s, &v->nonce);
}

void vdm_identity_note(struct vdm_session *s, const struct vdm_verdict *v)
{
	check_challenge(s, v);
	if (v->refusal) {
		s->refusal = v->refusal;
		s->server_ok = false;
		log_auth(s, "server", "refused", s->server_auth);
		vdm_step(s->srv, "session %s: the client refuses our credentials (%d)", s->id,
			 v->refusal);
		if (v->has_chal && v->auth != VDM_AUTH_NONE)
			s->server_auth = v->auth;
	} else if (v->accepted && !s->server_known) {
		s->server_known = true;
		log_auth(s, "server", "ok", s->server_auth);
		vdm_step(s->srv, "session %s: the client accepts our credentials (%s)", s->id,
			 short_name(s->server_auth));
	}
	if (v->server_ok)
		s->server_ok = true;
	if (!v->has_nonce)
		return;
	s->server_nonce = v->nonce;
	/* a nonce that comes with a refusal is for this session only, the client does not keep it */
	if (!v->refusal)
		s->srv->server_nonce = v->nonce;
}

/* The hash of our password, or with the fault of another. */
static int own_hash(const struct vdm_server *srv, char hash[VDM_B64_LEN])
{
	if (srv->fault == VDM_FAULT_WRONG_SERVER_SECRET)
		return vdm_auth_hash(srv->server_id, "not the secret", hash);
	strcpy(hash, srv->server_hash);
	return 0;
}

static int own_digest(const struct vdm_session *s, struct vdm_buf *cred)
{
	char hash[VDM_B64_LEN], digest[VDM_B64_LEN];
	int ret = own_hash(s->srv, hash);

	if (!ret)
		ret = vdm_auth_digest(hash, &s->server_nonce, digest);
	if (!ret)
		vdm_buf_add(cred, digest, strlen(digest));
	explicit_bzero(hash, sizeof(hash));
	explicit_bzero(digest, sizeof(digest));
	return ret;
}

void vdm_identity_cred(struct vdm_out *o)
{
	const struct vdm_session *s = o->s;
	const struct vdm_server *srv = s->srv;
	struct vdm_buf cred = { .p = NULL };
	int ret;

	if (s->server_ok || srv->fault == VDM_FAULT_NO_SERVER_CRED ||
	    s->server_auth == VDM_AUTH_NONE || s->server_auth == VDM_AUTH_MAC)
		return;
	if (s->server_auth == VDM_AUTH_BASIC)
		ret = vdm_auth_basic(srv->server_id,
				     srv->fault == VDM_FAULT_WRONG_SERVER_SECRET ?
				     "not the secret" : srv->server_secret, &cred);
	else
		ret = own_digest(s, &cred);
	if (ret || cred.failed) {
		o->buf.failed = true;
		return;
	}
	vdm_buf_printf(&o->buf, "<Cred>");
	vdm_out_auth_meta(&o->buf, vdm_auth_type(s->server_auth), NULL);
	vdm_buf_printf(&o->buf, "<Data>%s</Data></Cred>", cred.p);
	vdm_buf_clear(&cred);
}

void vdm_identity_mac(struct vdm_session *s)
{
	const struct vdm_server *srv = s->srv;
	char hash[VDM_B64_LEN], mac[VDM_B64_LEN];

	s->answer_mac[0] = '\0';
	if (s->server_auth != VDM_AUTH_MAC || srv->fault == VDM_FAULT_NO_SERVER_CRED ||
	    (srv->fault == VDM_FAULT_NO_MAC && s->server_known))
		return;
	if (own_hash(srv, hash) ||
	    vdm_auth_mac(hash, &s->server_nonce, s->answer.p, s->answer.len, mac)) {
		s->answer.failed = true;
		return;
	}
	if (srv->fault == VDM_FAULT_WRONG_MAC && s->server_known)
		mac[0] = mac[0] == 'A' ? 'B' : 'A';
	snprintf(s->answer_mac, sizeof(s->answer_mac), "algorithm=MD5, username=\"%s\", mac=%s",
		 srv->server_id, mac);
	explicit_bzero(hash, sizeof(hash));
}
