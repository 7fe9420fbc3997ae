// SPDX-License-Identifier: BSD-3-Clause
/* Reading of SyncML messages: the parser's limits, the header, the MAC beside it, access to elements. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "vuicc/dm-server.h"

bool vdm_is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name);
}

xmlNode *vdm_child(const xmlNode *n, const char *name)
{
	xmlNode *c;

	for (c = n ? n->children : NULL; c; c = c->next)
		if (vdm_is(c, name))
			return c;
	return NULL;
}

int vdm_text(const xmlNode *n, char *buf, size_t room)
{
	char *text, *p;
	size_t len;

	buf[0] = '\0';
	if (!n)
		return -ENOENT;
	text = (char *)xmlNodeGetContent(n);
	if (!text)
		return -ENOMEM;
	p = text + strspn(text, " \t\r\n");
	len = strlen(p);
	while (len && strchr(" \t\r\n", p[len - 1]))
		len--;
	if (len < room) {
		memcpy(buf, p, len);
		buf[len] = '\0';
	}
	xmlFree(text);
	return len < room ? (int)len : -EMSGSIZE;
}

int vdm_path_text(const xmlNode *n, const char *path, char *buf, size_t room)
{
	char name[32];

	while (n && *path) {
		size_t len = strcspn(path, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		n = vdm_child(n, name);
		path += len + (path[len] == '/');
	}
	return vdm_text(n, buf, room);
}

long vdm_number(const xmlNode *n)
{
	char text[16], *end;
	long value;

	if (vdm_text(n, text, sizeof(text)) <= 0 || text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	return *end || errno ? -1 : value;
}

/*
 * Entities are refused as a whole: nothing of DM needs them, and expanding them is where
 * the harm is.  A DOCTYPE without declarations is harmless and legal.
 */
static const char *check_document(xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);

	if (doc->intSubset && doc->intSubset->children)
		return "declarations in a DTD are not accepted";
	if (!vdm_is(root, "SyncML"))
		return "the root element is not SyncML";
	if (!vdm_child(root, "SyncHdr"))
		return "no SyncHdr";
	if (!vdm_child(root, "SyncBody"))
		return "no SyncBody";
	return NULL;
}

static const char *read_header(struct vdm_in *in)
{
	xmlNode *cred = vdm_child(in->hdr, "Cred");
	long msg = vdm_number(vdm_child(in->hdr, "MsgID"));
	long max = vdm_number(vdm_child(vdm_child(in->hdr, "Meta"), "MaxMsgSize"));
	long max_obj = vdm_number(vdm_child(vdm_child(in->hdr, "Meta"), "MaxObjSize"));

	vdm_path_text(in->hdr, "VerDTD", in->ver_dtd, sizeof(in->ver_dtd));
	vdm_path_text(in->hdr, "VerProto", in->ver_proto, sizeof(in->ver_proto));
	if (vdm_path_text(in->hdr, "SessionID", in->session, sizeof(in->session)) <= 0)
		return "no usable SessionID";
	if (msg <= 0 || msg > 1000000)
		return "no usable MsgID";
	in->msg = (unsigned int)msg;
	vdm_path_text(in->hdr, "Target/LocURI", in->target, sizeof(in->target));
	if (vdm_path_text(in->hdr, "Source/LocURI", in->source, sizeof(in->source)) <= 0)
		return "no usable Source/LocURI";
	vdm_path_text(in->hdr, "Source/LocName", in->name, sizeof(in->name));
	in->has_cred = cred;
	vdm_path_text(cred, "Meta/Type", in->cred_type, sizeof(in->cred_type));
	vdm_path_text(cred, "Meta/Format", in->cred_format, sizeof(in->cred_format));
	vdm_path_text(cred, "Data", in->cred_data, sizeof(in->cred_data));
	in->max_msg = max > 0 ? (unsigned long)max : 0;
	in->max_obj = max_obj > 0 ? (unsigned long)max_obj : 0;
	in->final = vdm_child(in->body, "Final");
	return NULL;
}

bool vdm_is_type(const char *content_type, const char *type)
{
	size_t n = strcspn(type, ";, \t");

	return strcspn(content_type, ";, \t") == n && !strncasecmp(content_type, type, n);
}

/* One parameter of the header: a word, =, a word or quoted text. */
static const char *mac_parameter(const char *p, char name[16], char value[128])
{
	size_t n = strcspn(p, "=, \t"), quote;

	if (!n || n >= 16 || p[n] != '=')
		return NULL;
	snprintf(name, 16, "%.*s", (int)n, p);
	p += n + 1;
	quote = *p == '"';
	p += quote;
	n = strcspn(p, quote ? "\"" : ", \t");
	if (n >= 128 || (quote && p[n] != '"'))
		return NULL;
	snprintf(value, 128, "%.*s", (int)n, p);
	return p + n + quote;
}

int vdm_mac_parse(const char *value, struct vdm_mac *mac)
{
	char name[16], text[128];
	const char *p;

	memset(mac, 0, sizeof(*mac));
	for (p = value + strspn(value, " \t"); *p; p += strspn(p, ", \t")) {
		p = mac_parameter(p, name, text);
		if (!p)
			return -EBADMSG;
		if (!strcmp(name, "algorithm") && strcmp(text, "MD5"))
			return -EBADMSG;
		if (!strcmp(name, "username"))
			snprintf(mac->user, sizeof(mac->user), "%s", text);
		if (!strcmp(name, "mac") && strlen(text) < sizeof(mac->mac))
			memcpy(mac->mac, text, strlen(text) + 1);
	}
	mac->present = true;
	return *mac->user && *mac->mac ? 0 : -EBADMSG;
}

xmlDoc *vdm_xml_parse(const char *text, size_t len, char *why, size_t why_len)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	size_t skip = 0;
	xmlDoc *doc;

	if (!ctxt) {
		snprintf(why, why_len, "out of memory");
		return NULL;
	}
	/* blanks before an XML declaration are seen in the field and accepted */
	if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
		skip = 3;
	while (skip < len && strchr(" \t\r\n", text[skip]) && text[skip])
		skip++;
	doc = xmlCtxtReadMemory(ctxt, text + skip, (int)(len - skip), NULL, NULL,
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc) {
		const xmlError *e = xmlCtxtGetLastError(ctxt);

		snprintf(why, why_len, "malformed XML: line %d: %s", e ? e->line : 0,
			 e && e->message ? e->message : "unreadable");
		why[strcspn(why, "\n")] = '\0';
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

static int read_document(struct vdm_in *in, const struct vdm_request *req, char *why,
			 size_t why_len)
{
	in->encoding = vdm_is_type(req->content_type, VDM_TYPE_WBXML) ? VDM_WBXML : VDM_XML;
	if (in->encoding == VDM_WBXML)
		return vdm_wbxml_decode(req->body, req->len, &in->doc, why, why_len);
	in->doc = vdm_xml_parse(req->body, req->len, why, why_len);
	return in->doc ? 0 : -EBADMSG;
}

int vdm_in_parse(struct vdm_in *in, const struct vdm_request *req, char *why, size_t why_len)
{
	const char *wrong;
	int ret;

	memset(in, 0, sizeof(*in));
	in->req = req;
	in->size = req->len;
	ret = read_document(in, req, why, why_len);
	if (ret)
		return ret;
	wrong = check_document(in->doc);
	if (!wrong && req->hmac && vdm_mac_parse(req->hmac, &in->mac))
		wrong = "x-syncml-hmac cannot be read";
	if (!wrong) {
		in->hdr = vdm_child(xmlDocGetRootElement(in->doc), "SyncHdr");
		in->body = vdm_child(xmlDocGetRootElement(in->doc), "SyncBody");
		wrong = read_header(in);
	}
	if (!wrong)
		return 0;
	snprintf(why, why_len, "%s", wrong);
	vdm_in_clear(in);
	return -EBADMSG;
}

void vdm_in_clear(struct vdm_in *in)
{
	xmlFreeDoc(in->doc);
	explicit_bzero(in, sizeof(*in));
}
