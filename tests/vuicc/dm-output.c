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
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define METINF		" xmlns=\"syncml:metinf\""
#define MESSAGE_END	"</SyncBody></SyncML>"
#define SMALL_MSG_SIZE	1200	/* of the fault small-messages */

void vdm_buf_add(struct vdm_buf *b, const char *s, size_t len)
{
	if (b->failed)
		return;
	if (b->room - b->len <= len) {
		size_t room = (b->len + len + 1) * 2;
		char *p = realloc(b->p, room);

		if (!p) {
			b->failed = true;
			return;
		}
		b->p = p;
		b->room = room;
	}
	memcpy(b->p + b->len, s, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void vdm_buf_printf(struct vdm_buf *b, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	vdm_buf_add(b, text, (size_t)n);
	free(text);
}

void vdm_buf_escape(struct vdm_buf *b, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "&<>\"\r");

		vdm_buf_add(b, s, n);
		s += n;
		switch (*s) {
		case '&':
			vdm_buf_printf(b, "&amp;");
			break;
		case '<':
			vdm_buf_printf(b, "&lt;");
			break;
		case '>':
			vdm_buf_printf(b, "&gt;");
			break;
		case '"':
			vdm_buf_printf(b, "&quot;");
			break;
		case '\r':	/* else lost in the receiver's line end handling */
			vdm_buf_printf(b, "&#13;");
			break;
		default:
			return;
		}
		s++;
	}
}

void vdm_buf_clear(struct vdm_buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->len);
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/* <name>text</name>, nothing if text is NULL */
static void element(struct vdm_buf *b, const char *name, const char *text)
{
	if (!text)
		return;
	vdm_buf_printf(b, "<%s>", name);
	vdm_buf_escape(b, text);
	vdm_buf_printf(b, "</%s>", name);
}

static void auth_meta(struct vdm_buf *b, const char *next_nonce)
{
	vdm_buf_printf(b, "<Meta><Format" METINF ">b64</Format><Type" METINF
			  ">syncml:auth-md5</Type>");
	if (next_nonce)
		vdm_buf_printf(b, "<NextNonce" METINF ">%s</NextNonce>", next_nonce);
	vdm_buf_printf(b, "</Meta>");
}

/* Our credentials, in every message until the client has accepted them for the session. */
static void credentials(struct vdm_out *o)
{
	struct vdm_server *srv = o->s->srv;
	char hash[VDM_B64_LEN], digest[VDM_B64_LEN];
	int ret = 0;

	if (o->s->server_ok || srv->fault == VDM_FAULT_NO_SERVER_CRED)
		return;
	strcpy(hash, srv->server_hash);
	if (srv->fault == VDM_FAULT_WRONG_SERVER_SECRET)
		ret = vdm_auth_hash(srv->server_id, "not the secret", hash);
	if (!ret)
		ret = vdm_auth_digest(hash, &o->s->server_nonce, digest);
	explicit_bzero(hash, sizeof(hash));
	if (ret) {
		o->buf.failed = true;
		return;
	}
	vdm_buf_printf(&o->buf, "<Cred>");
	auth_meta(&o->buf, NULL);
	element(&o->buf, "Data", digest);
	vdm_buf_printf(&o->buf, "</Cred>");
	explicit_bzero(digest, sizeof(digest));
}

void vdm_out_header(struct vdm_out *o)
{
	struct vdm_session *s = o->s;
	struct vdm_server *srv = s->srv;
	struct vdm_buf *b = &o->buf;
	bool small = srv->fault == VDM_FAULT_SMALL_MESSAGES;

	vdm_buf_printf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			  "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD>"
			  "<VerProto>DM/1.2</VerProto>");
	element(b, "SessionID", srv->fault == VDM_FAULT_WRONG_SESSION_ID ? "BAD" : s->id);
	vdm_buf_printf(b, "<MsgID>%u</MsgID><Target>", s->msg_out);
	element(b, "LocURI", s->device);
	vdm_buf_printf(b, "</Target><Source>");
	element(b, "LocURI", srv->url);
	element(b, "LocName", srv->server_id);
	vdm_buf_printf(b, "</Source><RespURI>");
	vdm_buf_escape(b, srv->url);
	vdm_buf_printf(b, "?s=");
	vdm_buf_escape(b, s->id);
	vdm_buf_printf(b, "</RespURI>");
	credentials(o);
	vdm_buf_printf(b, "<Meta><MaxMsgSize" METINF ">%d</MaxMsgSize></Meta></SyncHdr><SyncBody>",
		       small ? SMALL_MSG_SIZE : VDM_MAX_MSG_SIZE);
}

void vdm_out_status(struct vdm_out *o, const struct vdm_status *st)
{
	char nonce[VDM_NONCE_MAX * 2];
	struct vdm_buf *b = &o->buf;

	vdm_buf_printf(b, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef>", o->next_cmdid++,
		       st->msg_ref);
	element(b, "CmdRef", st->cmd_ref);
	element(b, "Cmd", st->cmd);
	element(b, "TargetRef", st->target_ref);
	element(b, "SourceRef", st->source_ref);
	if (st->chal && vdm_nonce_encode(st->chal, nonce, sizeof(nonce)) >= 0) {
		vdm_buf_printf(b, "<Chal>");
		auth_meta(b, nonce);
		vdm_buf_printf(b, "</Chal>");
	}
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

/* An element that is no command: Item, Target, Meta, Data and what may be in them. */
static void write_element(struct vdm_buf *b, const xmlNode *n, bool metinf)
{
	const char *name = (const char *)n->name;
	const xmlNode *c;

	vdm_buf_printf(b, "<%s%s", name, metinf ? METINF : "");
	write_attributes(b, n);
	if (!n->children) {
		vdm_buf_printf(b, "/>");
		return;
	}
	vdm_buf_printf(b, ">");
	if (vdm_is(n, "Data")) {
		write_data(b, n);
	} else {
		for (c = n->children; c; c = c->next) {
			if (c->type == XML_ELEMENT_NODE)
				write_element(b, c, vdm_is(n, "Meta"));
			else if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
				/* blanks between elements have no meaning */
				if (!xmlIsBlankNode(c))
					vdm_buf_escape(b, (const char *)c->content);
		}
	}
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
			write_element(b, c, false);
		}
	}
	vdm_buf_printf(b, "</%s>", (const char *)n->name);
	return 0;
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

void vdm_out_end(struct vdm_out *o, bool final)
{
	vdm_buf_printf(&o->buf, "%s" MESSAGE_END, final ? "<Final/>" : "");
	vdm_fault_spoil(o->s->srv->fault, &o->buf);
}
