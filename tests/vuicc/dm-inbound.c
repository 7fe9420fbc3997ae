// SPDX-License-Identifier: BSD-3-Clause
/*
 * The body of the client's message, element by element: each is checked against the rules that a
 * client must keep, logged, and answered.  Breaking a rule is noted as a violation and
 * does not by itself end the session.
 */
#include <string.h>

#include "vuicc/dm-server.h"

struct json_object *vdm_json_text(const xmlNode *n)
{
	struct json_object *ret;
	xmlChar *text = n ? xmlNodeGetContent(n) : NULL;

	ret = text ? json_object_new_string((const char *)text) : NULL;
	xmlFree(text);
	return ret;
}

const xmlNode *vdm_meta(const xmlNode *cmd, const xmlNode *item, const char *name)
{
	const xmlNode *n = vdm_child(vdm_child(item, "Meta"), name);

	return n ? n : vdm_child(vdm_child(cmd, "Meta"), name);
}

/* --------------------------------------------------------------------- Results */

/* The object that came in chunks; bytes that are no text in base64. */
static struct json_object *chunked_data(const struct vdm_chunks *k)
{
	struct vdm_buf b64 = { .p = NULL };
	struct json_object *ret;

	if (!k->opaque || !k->data.len)
		return json_object_new_string(k->data.p ? k->data.p : "");
	vdm_b64_encode(k->data.p, k->data.len, &b64);
	ret = json_object_new_string(b64.p ? b64.p : "");
	vdm_buf_clear(&b64);
	return ret;
}

static void log_result(struct vdm_session *s, const struct vdm_sent *get, const xmlNode *results,
		       const xmlNode *item, bool chunked)
{
	struct json_object *f = json_object_new_object();
	const xmlNode *source = vdm_child(vdm_child(item, "Source"), "LocURI");
	const xmlNode *format = vdm_meta(results, item, "Format");

	json_object_object_add(f, "msg", json_object_new_int64(get->msg));
	json_object_object_add(f, "cmdid", json_object_new_int64(get->cmdid));
	json_object_object_add(f, "target", vdm_json_text(source));
	json_object_object_add(f, "format", format ? vdm_json_text(format) :
			       json_object_new_string(chunked && *s->chunks.format ?
						      s->chunks.format : "chr"));
	json_object_object_add(f, "data", chunked ? chunked_data(&s->chunks) :
						    vdm_json_text(vdm_child(item, "Data")));
	vdm_log_event(s, "results", f);
}

/* A URI without the "./" that may be left out. */
static const char *bare(const char *uri)
{
	return strncmp(uri, "./", 2) ? uri : uri + 2;
}

/* The Item is about what was asked for: the node, the same property, or with ?list one below. */
static void check_source(struct vdm_session *s, const struct vdm_sent *get, const xmlNode *item)
{
	char uri[VDM_TEXT * 4];
	const char *list, *want, *got;
	size_t i, len;

	vdm_path_text(item, "Source/LocURI", uri, sizeof(uri));
	got = bare(uri);
	for (i = 0; i < get->items; i++) {
		if (!get->item[i].target)
			continue;
		want = bare(get->item[i].target);
		list = strstr(want, "?list=");
		len = list ? (size_t)(list - want) : strlen(want);
		if (!strcmp(got, want))
			return;
		/* ?list of the root is about everything */
		if (list && (!strncmp(want, ".?", 2) ||
			     (!strncmp(got, want, len) && (!got[len] || strchr("/?", got[len])))))
			return;
	}
	vdm_violation(s, "Results of Get %u are about %s", get->cmdid, uri);
}

/* Nodes that nobody may read, wherever they are. */
static void check_secret_node(struct vdm_session *s, const xmlNode *item)
{
	static const char *const names[] = { "/AAuthSecret", "/AAuthData", "/AuthSecret", NULL };
	char uri[VDM_TEXT * 4];
	size_t i, len, n;

	vdm_path_text(item, "Source/LocURI", uri, sizeof(uri));
	len = strlen(uri);
	for (i = 0; names[i]; i++) {
		n = strlen(names[i]);
		if (len >= n && !strcmp(uri + len - n, names[i]) && vdm_child(item, "Data"))
			vdm_violation(s, "Results with the value of %s", uri);
	}
}

/* Results; the code is 200 (then no Status is sent) or what the client has to hear. */
static int take_results(struct vdm_session *s, const struct vdm_in *in, const xmlNode *n)
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
		check_source(s, cmd, item);
		check_secret_node(s, item);
		ret = vdm_chunks_take(s, in, n, item, &complete);
		if (ret != 200)
			code = ret;
		if (complete && !cmd->internal)
			log_result(s, cmd, n, item, chunked);
	}
	return code;
}

/* ---------------------------------------------------------------- everything else */

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

static int take_command(struct vdm_session *s, const xmlNode *n, bool *abort)
{
	if (vdm_is(n, "Alert"))
		return vdm_alert_take(s, n, abort);
	if (vdm_is(n, "Replace"))
		return take_replace(s, n);
	vdm_violation(s, "%s is not for a client to send", (const char *)n->name);
	return 405;
}

static void take(struct vdm_session *s, const struct vdm_in *in, const xmlNode *n, int code,
		 struct vdm_out *o, bool *abort)
{
	int ret;

	if (vdm_is(n, "Status")) {
		if (!code && !vdm_is_header_status(n))
			vdm_track_status(s, n);
	} else if (code) {
		/* nothing of an unknown client is looked at, but it is answered */
		answer(o, in, n, code);
	} else if (vdm_is(n, "Results")) {
		ret = take_results(s, in, n);
		if (ret != 200)
			answer(o, in, n, ret);
	} else {
		answer(o, in, n, take_command(s, n, abort));
	}
}

void vdm_inbound_body(struct vdm_session *s, const struct vdm_in *in, int code, struct vdm_out *o,
		      bool *abort)
{
	unsigned int before = s->violations;
	const xmlNode *n;

	vdm_rules_before(s, in);
	for (n = in->body->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !vdm_is(n, "Final"))
			take(s, in, n, code, o, abort);
	vdm_chunks_end(s);
	vdm_rules_after(s, in, before);
}
