// SPDX-License-Identifier: BSD-3-Clause
/*
 * The client's message, element by element: each is checked against the rules that a
 * client must keep, logged, and answered.  Breaking a rule is noted as a violation and
 * does not by itself end the session.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define CHUNKS_MAX	65536	/* of one Results object */

static void check_session_id(struct vdm_session *s, const char *id)
{
	size_t n = strspn(id, "0123456789ABCDEF");

	if (n > 4 || id[n] || id[0] == '0')
		vdm_violation(s, "SessionID %s is not 1 to 4 upper case hexadecimal digits without leading zeros",
			      id);
}

/* MetInf elements need their namespace, declared on themselves or above. */
static void check_metinf(struct vdm_session *s, const xmlNode *n)
{
	const xmlNode *c;

	for (c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || vdm_is(c, "Data"))
			continue;
		if (vdm_is(n, "Meta") &&
		    (!c->ns || strcmp((const char *)c->ns->href, "syncml:metinf")))
			vdm_violation(s, "%s is not in the namespace syncml:metinf",
				      (const char *)c->name);
		check_metinf(s, c);
	}
}

static void check_target(struct vdm_session *s, const struct vdm_in *in, const char *query)
{
	const struct vdm_server *srv = s->srv;
	size_t n = strlen(srv->url);
	char want[64];

	if (strncmp(in->target, srv->url, n) || (in->target[n] && in->target[n] != '?'))
		vdm_violation(s, "Target is %s, the server is %s", in->target, srv->url);
	if (in->msg == 1)
		return;
	snprintf(want, sizeof(want), "s=%s", s->id);
	if (strcmp(query, want))
		vdm_violation(s, "message %u was not sent to RespURI", in->msg);
}

void vdm_inbound_header(struct vdm_session *s, const struct vdm_in *in, const char *query)
{
	const xmlNode *root = xmlDocGetRootElement(in->doc);

	if (!root->ns || strcmp((const char *)root->ns->href, "SYNCML:SYNCML1.2"))
		vdm_violation(s, "SyncML is not in the namespace SYNCML:SYNCML1.2");
	check_metinf(s, in->hdr);
	if (strcmp(in->ver_dtd, "1.2"))
		vdm_violation(s, "VerDTD is '%s'", in->ver_dtd);
	if (strcmp(in->ver_proto, "DM/1.2"))
		vdm_violation(s, "VerProto is '%s'", in->ver_proto);
	check_session_id(s, in->session);
	if (in->msg != s->msg_in + 1)
		vdm_violation(s, "MsgID is %u, %u was expected", in->msg, s->msg_in + 1);
	check_target(s, in, query);
	if (strcmp(in->source, s->device))
		vdm_violation(s, "Source changed from %s to %s", s->device, in->source);
	if (in->has_cred && !*in->name)
		vdm_violation(s, "credentials without a user name in Source/LocName");
	if (in->size > VDM_MAX_MSG_SIZE)
		vdm_violation(s, "message of %zu bytes, MaxMsgSize is %d", in->size,
			      VDM_MAX_MSG_SIZE);
}

/* Text of a field, as a new JSON string; null if it is not there. */
static struct json_object *json_text(const xmlNode *n)
{
	struct json_object *ret;
	xmlChar *text = n ? xmlNodeGetContent(n) : NULL;

	ret = text ? json_object_new_string((const char *)text) : NULL;
	xmlFree(text);
	return ret;
}

static const xmlNode *meta(const xmlNode *cmd, const xmlNode *item, const char *name)
{
	const xmlNode *n = vdm_child(vdm_child(item, "Meta"), name);

	return n ? n : vdm_child(vdm_child(cmd, "Meta"), name);
}

/* CmdIDs are unique in a message and never 0. */
static void check_cmdids(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *a, *b;
	char id[32], other[32];

	for (a = in->body->children; a; a = a->next) {
		if (a->type != XML_ELEMENT_NODE || vdm_is(a, "Final"))
			continue;
		if (vdm_path_text(a, "CmdID", id, sizeof(id)) <= 0) {
			vdm_violation(s, "%s without CmdID", (const char *)a->name);
			continue;
		}
		if (!strcmp(id, "0"))
			vdm_violation(s, "%s with CmdID 0", (const char *)a->name);
		for (b = in->body->children; b != a; b = b->next) {
			if (b->type != XML_ELEMENT_NODE)
				continue;
			vdm_path_text(b, "CmdID", other, sizeof(other));
			if (!strcmp(id, other)) {
				vdm_violation(s, "CmdID %s is used twice", id);
				break;
			}
		}
	}
}

static void check_final(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *c;
	bool seen = false;

	for (c = in->body->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE)
			continue;
		if (seen) {
			vdm_violation(s, "%s after Final", (const char *)c->name);
			return;
		}
		seen = vdm_is(c, "Final");
	}
}

static bool is_alert(const xmlNode *n, long code)
{
	return vdm_is(n, "Alert") && vdm_number(vdm_child(n, "Data")) == code;
}

static bool has_dev_info(const struct vdm_in *in, const char *leaf, char *value, size_t room)
{
	const xmlNode *cmd, *item;
	char uri[64];

	for (cmd = in->body->children; cmd; cmd = cmd->next) {
		if (!vdm_is(cmd, "Replace"))
			continue;
		for (item = cmd->children; item; item = item->next) {
			if (!vdm_is(item, "Item"))
				continue;
			vdm_path_text(item, "Source/LocURI", uri, sizeof(uri));
			if (!strncmp(uri, "./DevInfo/", 10) && !strcmp(uri + 10, leaf)) {
				vdm_path_text(item, "Data", value, room);
				return true;
			}
		}
	}
	return false;
}

/* Package 1: alert 1200 or 1201, then DevInfo with all its leaves. */
static void check_package1(struct vdm_session *s, const struct vdm_in *in)
{
	static const char *const leaves[] = { "DevId", "Man", "Mod", "DmV", "Lang" };
	const xmlNode *c;
	char value[VDM_TEXT];
	bool alert = false, before = false;
	size_t i;

	for (c = in->body->children; c && !alert; c = c->next) {
		alert = is_alert(c, 1200) || is_alert(c, 1201);
		before |= vdm_is(c, "Replace");
	}
	if (!alert)
		vdm_violation(s, "package 1 without alert 1200 or 1201");
	else if (before)
		vdm_violation(s, "DevInfo comes before the alert of package 1");
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		if (!has_dev_info(in, leaves[i], value, sizeof(value)))
			vdm_violation(s, "package 1 without ./DevInfo/%s", leaves[i]);
		else if (!i && strcmp(value, in->source))
			vdm_violation(s, "DevId %s is not the Source %s", value, in->source);
	}
	s->package1_seen = true;
}

/* MsgID of our message that the client answers; s->msg_out is the one being written. */
static unsigned int last_out(const struct vdm_session *s)
{
	return s->msg_out - 1;
}

/* Our credentials as the client sees them; MsgRef must be our last message. */
static void header_status(struct vdm_session *s, const xmlNode *st, struct vdm_verdict *v)
{
	const xmlNode *chal = vdm_child(st, "Chal");
	long code = vdm_number(vdm_child(st, "Data"));
	long msg = vdm_number(vdm_child(st, "MsgRef"));
	char text[VDM_NONCE_MAX * 2];

	if (msg != (long)last_out(s))
		vdm_violation(s, "the Status for SyncHdr refers to message %ld, not %u", msg,
			      last_out(s));
	v->server_ok = code == 212;
	if (code == 401 || code == 407)
		v->refusal = (int)code;
	else if (code != 200 && code != 212)
		vdm_violation(s, "the Status for SyncHdr is %ld", code);
	if (!chal)
		return;
	vdm_path_text(chal, "Meta/Type", text, sizeof(text));
	if (strcmp(text, "syncml:auth-md5"))
		vdm_violation(s, "challenge of type '%s'", text);
	if (vdm_path_text(chal, "Meta/NextNonce", text, sizeof(text)) > 0 &&
	    !vdm_nonce_decode(text, &v->nonce))
		v->has_nonce = true;
	else
		vdm_violation(s, "challenge without a usable NextNonce");
}

static bool is_header_status(const xmlNode *st)
{
	return vdm_number(vdm_child(st, "CmdRef")) == 0;
}

/* Adds a chunk; returns the status for it and *complete when the object is whole. */
static int add_chunk(struct vdm_session *s, const xmlNode *cmd, const xmlNode *item, bool *complete)
{
	struct vdm_chunks *k = &s->chunks;
	bool more = vdm_child(item, "MoreData");
	char source[VDM_TEXT];
	xmlChar *text;

	*complete = !more;
	if (!more && !k->active)
		return 200;
	vdm_path_text(item, "Source/LocURI", source, sizeof(source));
	if (!k->active) {
		vdm_buf_clear(&k->data);
		k->active = true;
		k->size = vdm_number(meta(cmd, item, "Size"));
		strcpy(k->source, source);
		vdm_text(meta(cmd, item, "Format"), k->format, sizeof(k->format));
		if (k->size < 0)
			vdm_violation(s, "first chunk of %s without Size", source);
	} else if (strcmp(k->source, source)) {
		vdm_violation(s, "%s comes between the chunks of %s", source, k->source);
		k->active = false;
		return 400;
	}
	text = xmlNodeGetContent(vdm_child(item, "Data"));
	if (text && k->data.len + strlen((const char *)text) <= CHUNKS_MAX)
		vdm_buf_add(&k->data, (const char *)text, strlen((const char *)text));
	else
		k->data.failed = true;
	xmlFree(text);
	if (k->data.failed) {
		k->active = false;
		*complete = false;
		return 413;
	}
	if (more)
		return 213;
	k->active = false;
	if (k->size >= 0 && (size_t)k->size != k->data.len) {
		*complete = false;
		return 424;
	}
	return 200;
}

static void log_result(struct vdm_session *s, const struct vdm_sent *get, const xmlNode *results,
		       const xmlNode *item, bool chunked)
{
	struct json_object *f = json_object_new_object();
	const xmlNode *source = vdm_child(vdm_child(item, "Source"), "LocURI");
	const xmlNode *format = meta(results, item, "Format");

	json_object_object_add(f, "msg", json_object_new_int64(get->msg));
	json_object_object_add(f, "cmdid", json_object_new_int64(get->cmdid));
	json_object_object_add(f, "target", json_text(source));
	json_object_object_add(f, "format", format ? json_text(format) :
			       json_object_new_string(chunked && *s->chunks.format ?
						      s->chunks.format : "chr"));
	json_object_object_add(f, "data", chunked ?
			       json_object_new_string(s->chunks.data.p ? s->chunks.data.p : "") :
			       json_text(vdm_child(item, "Data")));
	vdm_log_event(s, "results", f);
}

/* Results; the code is 200 (then no Status is sent) or what the client has to hear. */
static int take_results(struct vdm_session *s, const xmlNode *n)
{
	const xmlNode *msg_ref = vdm_child(n, "MsgRef");
	long msg = msg_ref ? vdm_number(msg_ref) : 1;
	long ref = vdm_number(vdm_child(n, "CmdRef"));
	struct vdm_sent *cmd = vdm_track_find(s, msg, ref);
	const xmlNode *item;
	int code = 200;

	if (!cmd || strcmp(cmd->cmd, "Get")) {
		vdm_violation(s, "Results for message %ld, command %ld, which is no Get", msg, ref);
		return 400;
	}
	if (!cmd->item[0].status)
		vdm_violation(s, "Results of Get %u come before its Status", cmd->cmdid);
	cmd->results = true;
	for (item = n->children; item; item = item->next) {
		bool chunked = s->chunks.active, complete;
		int ret;

		if (!vdm_is(item, "Item"))
			continue;
		ret = add_chunk(s, n, item, &complete);
		if (ret != 200)
			code = ret;
		if (complete)
			log_result(s, cmd, n, item, chunked);
	}
	return code;
}

/* A generic alert must say what it is. */
static int check_generic(struct vdm_session *s, const xmlNode *alert)
{
	const xmlNode *item;
	size_t items = 0;

	for (item = alert->children; item; item = item->next) {
		if (!vdm_is(item, "Item"))
			continue;
		items++;
		if (!meta(NULL, item, "Type") || !meta(NULL, item, "Format") ||
		    !vdm_child(item, "Data")) {
			vdm_violation(s, "generic alert without Type, Format or Data");
			return 412;
		}
	}
	if (!items)
		vdm_violation(s, "generic alert without Item");
	return items ? 200 : 412;
}

static int take_alert(struct vdm_session *s, const xmlNode *n, bool *abort)
{
	long code = vdm_number(vdm_child(n, "Data"));
	const xmlNode *item = vdm_child(n, "Item");
	struct json_object *f = json_object_new_object();

	json_object_object_add(f, "code", json_object_new_int64(code));
	if (item) {
		json_object_object_add(f, "source",
				       json_text(vdm_child(vdm_child(item, "Source"), "LocURI")));
		json_object_object_add(f, "type", json_text(meta(n, item, "Type")));
		json_object_object_add(f, "data", json_text(vdm_child(item, "Data")));
	}
	vdm_log_event(s, "alert", f);
	switch (code) {
	case 1200:
	case 1201:
		vdm_step(s->srv, "session %s: alert %ld (%s)", s->id, code,
			 code == 1200 ? "started by a package #0" : "started by the client");
		return 200;
	case 1222:
		return 200;
	case 1223:
		*abort = true;
		return 200;
	case 1224:
	case 1226:
		return check_generic(s, n);
	default:
		vdm_violation(s, "alert %ld is not for a client to send", code);
		return 406;
	}
}

/* The only Replace of a client is the one with DevInfo. */
static int take_replace(struct vdm_session *s, const xmlNode *n)
{
	const xmlNode *item;
	char uri[VDM_TEXT];

	for (item = n->children; item; item = item->next) {
		if (!vdm_is(item, "Item"))
			continue;
		vdm_path_text(item, "Source/LocURI", uri, sizeof(uri));
		if (strncmp(uri, "./DevInfo/", 10)) {
			vdm_violation(s, "Replace of '%s', which is not DevInfo", uri);
			return 405;
		}
	}
	return 200;
}

static void answer(struct vdm_out *o, const struct vdm_in *in, const xmlNode *n, int code)
{
	char ref[32];
	struct vdm_status st = {
		.msg_ref = in->msg, .cmd_ref = ref, .cmd = (const char *)n->name, .code = code,
	};

	/* without a CmdID there is nothing to refer to; that was noted already */
	if (vdm_path_text(n, "CmdID", ref, sizeof(ref)) > 0)
		vdm_out_status(o, &st);
}

/* One Status for our last SyncHdr, before everything else; none when nothing was sent yet. */
static void check_header_status(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *c;
	size_t n = 0, before = 0;

	for (c = in->body->children; c; c = c->next) {
		if (vdm_is(c, "Status") && is_header_status(c))
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

void vdm_inbound_verdict(struct vdm_session *s, const struct vdm_in *in, struct vdm_verdict *v)
{
	const xmlNode *n;

	memset(v, 0, sizeof(*v));
	check_header_status(s, in);
	for (n = in->body->children; n; n = n->next)
		if (vdm_is(n, "Status") && is_header_status(n))
			header_status(s, n, v);
}

static int take_command(struct vdm_session *s, const xmlNode *n, bool *abort)
{
	if (vdm_is(n, "Alert"))
		return take_alert(s, n, abort);
	if (vdm_is(n, "Replace"))
		return take_replace(s, n);
	vdm_violation(s, "%s is not for a client to send", (const char *)n->name);
	return 405;
}

void vdm_inbound_body(struct vdm_session *s, const struct vdm_in *in, int code, struct vdm_out *o,
		      bool *abort)
{
	const xmlNode *n;
	int ret;

	check_metinf(s, in->body);
	check_cmdids(s, in);
	check_final(s, in);
	if (!s->package1_seen)
		check_package1(s, in);
	for (n = in->body->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || vdm_is(n, "Final"))
			continue;
		if (vdm_is(n, "Status")) {
			if (!code && !is_header_status(n))
				vdm_track_status(s, n);
		} else if (code) {
			/* nothing of an unknown client is looked at, but it is answered */
			answer(o, in, n, code);
		} else if (vdm_is(n, "Results")) {
			ret = take_results(s, n);
			if (ret != 200)
				answer(o, in, n, ret);
		} else {
			answer(o, in, n, take_command(s, n, abort));
		}
	}
}
