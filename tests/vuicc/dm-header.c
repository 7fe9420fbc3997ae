// SPDX-License-Identifier: BSD-3-Clause
/* The SyncHdr of the client, what came beside it over HTTP, and its Status for our SyncHdr. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "vuicc/dm-server.h"

static void check_session_id(struct vdm_session *s, const char *id)
{
	size_t n = strspn(id, "0123456789ABCDEF");

	if (n > 4 || id[n] || id[0] == '0')
		vdm_violation(s, "SessionID %s is not 1 to 4 upper case hexadecimal digits without leading zeros",
			      id);
}

static void check_target(struct vdm_session *s, const struct vdm_in *in)
{
	const struct vdm_server *srv = s->srv;
	size_t n = strlen(srv->url);
	char want[64];

	if (strncmp(in->target, srv->url, n) || (in->target[n] && in->target[n] != '?'))
		vdm_violation(s, "Target is %s, the server is %s", in->target, srv->url);
	if (in->msg == 1)
		return;
	snprintf(want, sizeof(want), "s=%s", s->id);
	if (strcmp(in->req->query, want))
		vdm_violation(s, "message %u was not sent to RespURI", in->msg);
}

/* Is the word in the comma-separated list, parameters aside? */
static bool lists(const char *list, const char *word)
{
	while (*list) {
		list += strspn(list, " \t,");
		if (vdm_is_type(list, word))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* The HTTP binding (spec/oma-dm.md 10.5). */
static void check_http(struct vdm_session *s, const struct vdm_request *req)
{
	if (!lists(req->accept, VDM_TYPE_XML) && !lists(req->accept, VDM_TYPE_WBXML))
		vdm_violation(s, "HTTP: Accept has no type of a DM message: '%s'", req->accept);
	if (!lists(req->accept, req->content_type))
		vdm_violation(s, "HTTP: Accept does not have the client's own type");
	if (!lists(req->accept_charset, "utf-8"))
		vdm_violation(s, "HTTP: Accept-Charset is '%s'", req->accept_charset);
	if (!lists(req->cache_control, "no-store") && !lists(req->cache_control, "private"))
		vdm_violation(s, "HTTP: Cache-Control is '%s'", req->cache_control);
}

void vdm_header_check(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *root = xmlDocGetRootElement(in->doc);

	check_http(s, in->req);
	if (!root->ns || strcmp((const char *)root->ns->href, VDM_NS_SYNCML))
		vdm_violation(s, "SyncML is not in the namespace " VDM_NS_SYNCML);
	vdm_rules_metinf(s, in->hdr);
	if (strcmp(in->ver_dtd, "1.2"))
		vdm_violation(s, "VerDTD is '%s'", in->ver_dtd);
	if (strcmp(in->ver_proto, "DM/1.2"))
		vdm_violation(s, "VerProto is '%s'", in->ver_proto);
	check_session_id(s, in->session);
	if (in->msg != s->msg_in + 1)
		vdm_violation(s, "MsgID is %u, %u was expected", in->msg, s->msg_in + 1);
	check_target(s, in);
	if (strcmp(in->source, s->device))
		vdm_violation(s, "Source changed from %s to %s", s->device, in->source);
	if ((in->has_cred || in->mac.present) && !*in->name &&
	    strcmp(in->cred_type, "syncml:auth-basic"))
		vdm_violation(s, "credentials without a user name in Source/LocName");
	if (in->size > s->srv->options.max_msg)
		vdm_violation(s, "message of %zu bytes, MaxMsgSize is %lu", in->size,
			      s->srv->options.max_msg);
}

/* ---------------------------------------------------- the Status for our SyncHdr */

/* MsgID of our message that the client answers; s->msg_out is the one being written. */
static unsigned int last_out(const struct vdm_session *s)
{
	return s->msg_out - 1;
}

static void take_challenge(struct vdm_session *s, const xmlNode *chal, struct vdm_verdict *v)
{
	char text[VDM_NONCE_MAX * 2];

	v->has_chal = true;
	vdm_path_text(chal, "Meta/Type", text, sizeof(text));
	v->auth = vdm_auth_of_type(text);
	if (v->auth == VDM_AUTH_NONE)
		vdm_violation(s, "challenge of type '%s'", text);
	vdm_path_text(chal, "Meta/Format", text, sizeof(text));
	if (strcmp(text, "b64"))
		vdm_violation(s, "challenge of format '%s'", text);
	if (v->auth == VDM_AUTH_BASIC) {
		if (vdm_path_text(chal, "Meta/NextNonce", text, sizeof(text)) >= 0)
			vdm_violation(s, "a nonce for auth-basic");
	} else if (vdm_path_text(chal, "Meta/NextNonce", text, sizeof(text)) > 0 &&
		   !vdm_nonce_decode(text, &v->nonce)) {
		v->has_nonce = true;
	} else {
		vdm_violation(s, "challenge without a usable NextNonce");
	}
}

/* Our credentials as the client sees them; MsgRef must be our last message. */
static void header_status(struct vdm_session *s, const xmlNode *st, struct vdm_verdict *v)
{
	const xmlNode *chal = vdm_child(st, "Chal");
	long code = vdm_number(vdm_child(st, "Data"));
	long msg = vdm_number(vdm_child(st, "MsgRef"));
	char cmd[16];

	if (msg != (long)last_out(s))
		vdm_violation(s, "the Status for SyncHdr refers to message %ld, not %u", msg,
			      last_out(s));
	vdm_path_text(st, "Cmd", cmd, sizeof(cmd));
	if (strcmp(cmd, "SyncHdr"))
		vdm_violation(s, "the Status for command 0 says Cmd %s", cmd);
	v->server_ok = code == 212;
	v->accepted = code == 200 || code == 212;
	if (code == 401 || code == 407)
		v->refusal = (int)code;
	else if (!v->accepted && code != 505 && code != 513)
		vdm_violation(s, "the Status for SyncHdr is %ld", code);
	if (chal)
		take_challenge(s, chal, v);
}

bool vdm_is_header_status(const xmlNode *st)
{
	return vdm_number(vdm_child(st, "CmdRef")) == 0;
}

/* One Status for our last SyncHdr, before everything else; none when nothing was sent yet. */
static void check_place(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *c;
	size_t n = 0, before = 0;

	for (c = in->body->children; c; c = c->next) {
		if (vdm_is(c, "Status") && vdm_is_header_status(c))
			n++;
		else if (!n && (vdm_is(c, "Status") || vdm_is(c, "Results")))
			before++;
	}
	if (!last_out(s) && n)
		vdm_violation(s, "a Status for SyncHdr in the first message");
	else if (last_out(s) && n != 1)
		vdm_violation(s, "%zu Statuses for SyncHdr in message %u", n, in->msg);
	else if (n && before)
		vdm_violation(s, "the Status for SyncHdr is not the first");
}

void vdm_header_verdict(struct vdm_session *s, const struct vdm_in *in, struct vdm_verdict *v)
{
	const xmlNode *n;

	memset(v, 0, sizeof(*v));
	check_place(s, in);
	for (n = in->body->children; n; n = n->next)
		if (vdm_is(n, "Status") && vdm_is_header_status(n))
			header_status(s, n, v);
}
