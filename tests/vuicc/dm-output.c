// SPDX-License-Identifier: BSD-3-Clause
/*
 * Writing of SyncML: header, Status, Alert, and the commands of the provisioning file with
 * CmdIDs of the card.
 *
 * A command of the file is written element by element, without the namespaces and prefixes it
 * had there: SyncML elements are in the default namespace of the message, and each child of a Meta
 * gets xmlns="syncml:metinf".  What stands inside Data is the author's own and copied as it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define METINF		" xmlns=\"" VDM_NS_METINF "\""
#define MESSAGE_END	"</SyncBody></SyncML>"

/* <name>text</name>, nothing if text is NULL */
static void element(struct vdm_buf *b, const char *name, const char *text)
{
	if (!text)
		return;
	vdm_buf_printf(b, "<%s>", name);
	vdm_buf_escape(b, text);
	vdm_buf_printf(b, "</%s>", name);
}

void vdm_out_auth_meta(struct vdm_buf *b, const char *type, const char *next_nonce)
{
	vdm_buf_printf(b, "<Meta><Format" METINF ">b64</Format><Type" METINF ">%s</Type>", type);
	if (next_nonce)
		vdm_buf_printf(b, "<NextNonce" METINF ">%s</NextNonce>", next_nonce);
	vdm_buf_printf(b, "</Meta>");
}

/* Where the client has to send what follows. */
static void resp_uri(struct vdm_out *o)
{
	const struct vdm_server *srv = o->s->srv;

	if (srv->fault == VDM_FAULT_FOREIGN_RESP_URI) {
		element(&o->buf, "RespURI", "http://192.0.2.1/dm");
		return;
	}
	vdm_buf_printf(&o->buf, "<RespURI>");
	vdm_buf_escape(&o->buf, srv->url);
	vdm_buf_printf(&o->buf, "?s=");
	vdm_buf_escape(&o->buf, o->s->id);
	vdm_buf_printf(&o->buf, "</RespURI>");
}

void vdm_out_header(struct vdm_out *o)
{
	struct vdm_session *s = o->s;
	struct vdm_server *srv = s->srv;
	struct vdm_buf *b = &o->buf;

	vdm_buf_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			  "<SyncML xmlns=\"" VDM_NS_SYNCML "\"><SyncHdr><VerDTD>%s</VerDTD>"
			  "<VerProto>%s</VerProto>",
		       srv->fault == VDM_FAULT_WRONG_VERSION ? "1.1" : "1.2",
		       srv->fault == VDM_FAULT_WRONG_PROTOCOL ? "DM/1.1" : "DM/1.2");
	element(b, "SessionID", srv->fault == VDM_FAULT_WRONG_SESSION_ID ? "BAD" : s->id);
	vdm_buf_printf(b, "<MsgID>%u</MsgID><Target>",
		       srv->fault == VDM_FAULT_SAME_MSG_ID ? 1 : s->msg_out);
	element(b, "LocURI", s->device);
	vdm_buf_printf(b, "</Target><Source>");
	element(b, "LocURI", srv->url);
	element(b, "LocName", srv->server_id);
	vdm_buf_printf(b, "</Source>");
	resp_uri(o);
	vdm_identity_cred(o);
	vdm_buf_printf(b, "<Meta><MaxMsgSize" METINF ">%lu</MaxMsgSize><MaxObjSize" METINF
			  ">%lu</MaxObjSize></Meta></SyncHdr><SyncBody>",
		       srv->options.max_msg, srv->options.max_obj);
}

/* What asks the client for credentials. */
static void put_challenge(struct vdm_out *o, const struct vdm_status *st)
{
	char nonce[VDM_NONCE_MAX * 2];
	enum vdm_fault fault = o->s->srv->fault;
	const char *type = vdm_auth_type(st->chal_auth);
	bool with_nonce = st->chal_auth != VDM_AUTH_BASIC;

	if (!type || vdm_nonce_encode(st->chal, nonce, sizeof(nonce)) < 0)
		return;
	if (fault == VDM_FAULT_WEAK_CHALLENGE) {
		type = vdm_auth_type(VDM_AUTH_BASIC);
		with_nonce = false;
	}
	if (fault == VDM_FAULT_UNKNOWN_AUTH)
		type = "syncml:auth-none-such";
	vdm_buf_printf(&o->buf, "<Chal>");
	vdm_out_auth_meta(&o->buf, type,
			  !with_nonce ? NULL : fault == VDM_FAULT_BAD_NONCE ? "####" : nonce);
	vdm_buf_printf(&o->buf, "</Chal>");
}

void vdm_out_status(struct vdm_out *o, const struct vdm_status *st)
{
	struct vdm_buf *b = &o->buf;

	vdm_buf_printf(b, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef>", o->next_cmdid++,
		       o->s->srv->fault == VDM_FAULT_WRONG_MSG_REF ? 99 : st->msg_ref);
	element(b, "CmdRef", st->cmd_ref);
	element(b, "Cmd", st->cmd);
	element(b, "TargetRef", st->target_ref);
	element(b, "SourceRef", st->source_ref);
	if (st->chal)
		put_challenge(o, st);
	vdm_buf_printf(b, "<Data>%d</Data></Status>", st->code);
}

void vdm_out_alert(struct vdm_out *o, int code)
{
	vdm_buf_printf(&o->buf, "<Alert><CmdID>%u</CmdID><Data>%d</Data></Alert>", o->next_cmdid,
		       code);
	if (vdm_track_add_internal(o->s, "Alert", o->next_cmdid))
		o->buf.failed = true;
	o->next_cmdid++;
}

/* Content of Data: text, CDATA and foreign elements with the namespaces in force there. */
static void write_data(struct vdm_buf *b, const xmlNode *data)
{
	xmlBuffer *text = xmlBufferCreate();
	xmlNode *c;

	if (!text) {
		b->failed = true;
		return;
	}
	for (c = data->children; c; c = c->next) {
		xmlNode *copy;

		if (c->type == XML_TEXT_NODE) {
			vdm_buf_escape(b, (const char *)c->content);
			continue;
		}
		/* the copy declares by itself what it inherits */
		copy = xmlDocCopyNode(c, data->doc, 1);
		if (!copy || xmlNodeDump(text, data->doc, copy, 0, 0) < 0)
			b->failed = true;
		else
			vdm_buf_add(b, (const char *)xmlBufferContent(text),
				    (size_t)xmlBufferLength(text));
		xmlBufferEmpty(text);
		xmlFreeNode(copy);
	}
	xmlBufferFree(text);
}

static void write_attributes(struct vdm_buf *b, const xmlNode *n)
{
	xmlAttr *a;

	for (a = n->properties; a; a = a->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, a->children, 1);

		vdm_buf_printf(b, " %s=\"", (const char *)a->name);
		vdm_buf_escape(b, value ? (const char *)value : "");
		vdm_buf_printf(b, "\"");
		xmlFree(value);
	}
}

static void write_content(struct vdm_buf *b, const xmlNode *n)
{
	const xmlNode *c;

	for (c = n->children; c; c = c->next) {
		if (c->type == XML_ELEMENT_NODE)
			vdm_out_element(b, c, vdm_is(n, "Meta"));
		else if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			/* blanks between elements have no meaning */
			if (!xmlIsBlankNode(c))
				vdm_buf_escape(b, (const char *)c->content);
	}
}

/* An element that is no command: Item, Target, Meta, Data and what may be in them. */
void vdm_out_element(struct vdm_buf *b, const xmlNode *n, bool metinf)
{
	const char *name = (const char *)n->name;

	vdm_buf_printf(b, "<%s%s", name, metinf ? METINF : "");
	write_attributes(b, n);
	if (!n->children) {
		vdm_buf_printf(b, "/>");
		return;
	}
	vdm_buf_printf(b, ">");
	if (vdm_is(n, "Data"))
		write_data(b, n);
	else
		write_content(b, n);
	vdm_buf_printf(b, "</%s>", name);
}

static int write_command(struct vdm_out *o, const xmlNode *n, long parent)
{
	struct vdm_buf *b = &o->buf;
	unsigned int cmdid = o->next_cmdid++;
	long self = (long)o->s->sent_count;
	const xmlNode *c;
	int ret;

	ret = vdm_track_add(o->s, n, cmdid, parent);
	if (ret)
		return ret;
	o->commands++;
	vdm_buf_printf(b, "<%s", (const char *)n->name);
	write_attributes(b, n);
	vdm_buf_printf(b, "><CmdID>%u</CmdID>", cmdid);
	for (c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || vdm_is(c, "CmdID"))
			continue;
		if (vdm_is_container(n) && vdm_is_command(c)) {
			ret = write_command(o, c, self);
			if (ret)
				return ret;
		} else {
			vdm_out_element(b, c, false);
		}
	}
	vdm_buf_printf(b, "</%s>", (const char *)n->name);
	return 0;
}

size_t vdm_out_room(const struct vdm_out *o, size_t limit)
{
	size_t used = o->buf.len + strlen("<Final/>" MESSAGE_END);

	return limit > used ? limit - used : 0;
}

int vdm_out_command(struct vdm_out *o, const xmlNode *cmd, size_t limit)
{
	size_t len = o->buf.len, sent = o->s->sent_count;
	unsigned int cmdid = o->next_cmdid, commands = o->commands;
	int ret = write_command(o, cmd, -1);

	if (!ret && o->buf.failed)
		ret = -ENOMEM;
	if (!ret && limit && o->buf.len + strlen("<Final/>" MESSAGE_END) > limit)
		ret = -EMSGSIZE;
	if (ret) {
		o->buf.len = len;
		o->next_cmdid = cmdid;
		o->commands = commands;
		vdm_track_cut(o->s, sent);
	}
	return ret;
}

/* Format bin is for WBXML; in XML the same base64 goes as b64. */
static void name_binary(xmlNode *n)
{
	xmlNode *c;

	for (c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || vdm_is(c, "Data"))
			continue;
		if (vdm_is(c, "Format") && xmlStrEqual(c->children ? c->children->content : NULL,
						       BAD_CAST "bin"))
			xmlNodeSetContent(c, BAD_CAST "b64");
		name_binary(c);
	}
}

/* The message is made as XML; this makes of it what goes on the wire. */
static int encode(struct vdm_out *o)
{
	struct vdm_buf wire = { .p = NULL };
	xmlChar *text = NULL;
	char why[128];
	xmlDoc *doc;
	int len = 0, ret = 0;

	if (o->s->encoding == VDM_XML && !strstr(o->buf.p, ">bin</") && !vdm_is_hostile(o->s->srv))
		return 0;
	doc = vdm_xml_parse(o->buf.p, o->buf.len, why, sizeof(why));
	if (!doc)
		return -EBADMSG;
	vdm_hostile_document(o->s->srv, doc);
	if (o->s->encoding == VDM_WBXML) {
		ret = vdm_wbxml_encode(doc, o->s->srv->options.text, &wire);
	} else {
		name_binary(xmlDocGetRootElement(doc));
		xmlDocDumpMemoryEnc(doc, &text, &len, "UTF-8");
		vdm_buf_add(&wire, text ? (char *)text : "", (size_t)len);
		xmlFree(text);
	}
	xmlFreeDoc(doc);
	vdm_buf_clear(&o->buf);
	o->buf = wire;
	vdm_hostile_bytes(o->s->srv, &o->buf);
	return ret;
}

void vdm_out_end(struct vdm_out *o, bool final)
{
	vdm_buf_printf(&o->buf, "%s" MESSAGE_END, final ? "<Final/>" : "");
	if (o->buf.failed || encode(o))
		o->buf.failed = true;
	vdm_fault_spoil(o->s->srv->fault, o->s->encoding, &o->buf);
}
