// SPDX-License-Identifier: BSD-3-Clause
/*
 * A command of the file whose Data fits no message goes in chunks (spec/oma-dm.md 2.5), each with
 * its command, Target and Meta, and a CmdID of its own; Size is with the first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define CHUNK_MIN	64	/* characters for which a message is worth while */

static const xmlNode *data_of(const xmlNode *cmd)
{
	return vdm_child(vdm_child(cmd, "Item"), "Data");
}

bool vdm_object_is_possible(const xmlNode *cmd)
{
	const xmlNode *data = data_of(cmd), *c;
	size_t items = 0;

	if (!data || !(vdm_is(cmd, "Add") || vdm_is(cmd, "Replace")))
		return false;
	for (c = cmd->children; c; c = c->next)
		items += vdm_is(c, "Item");
	for (c = data->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			return false;
	return items == 1;
}

static bool is_binary(const xmlNode *cmd)
{
	char format[16];

	vdm_text(vdm_meta(cmd, vdm_child(cmd, "Item"), "Format"), format, sizeof(format));
	return !strcmp(format, "bin");
}

/* The text of Data, base64 without its line ends. NULL: no memory. */
static char *text_of(const xmlNode *cmd, bool binary)
{
	char *text = (char *)xmlNodeGetContent(data_of(cmd)), *p, *q;

	if (text && binary) {
		for (p = q = text; *p; p++)
			if (!strchr(" \t\r\n", *p))
				*q++ = *p;
		*q = '\0';
	}
	return text;
}

/* What Size says: what is sent, which is the bytes themselves in an opaque of WBXML. */
static size_t size_of(const struct vdm_session *s, const char *text, bool binary)
{
	size_t len = strlen(text), pad;

	if (binary && s->encoding == VDM_WBXML) {
		pad = len >= 4 ? (text[len - 1] == '=') + (text[len - 2] == '=') : 0;
		len = len / 4 * 3 - pad;
	}
	if (s->srv->fault == VDM_FAULT_CHUNK_SIZE)
		len++;
	if (s->srv->fault == VDM_FAULT_LARGE_SIZE)
		len = s->max_obj + 1;
	return len;
}

static size_t escaped(unsigned char c)
{
	switch (c) {
	case '&':
	case '\r':
		return 5;
	case '<':
	case '>':
		return 4;
	case '"':
		return 6;
	}
	return 1;
}

/* How much of the text fits, in whole characters (and whole groups of base64). */
static size_t fitting(const char *text, size_t room, bool binary)
{
	size_t n, used = 0, fits = 0;

	for (n = 0; text[n]; n++) {
		if (((unsigned char)text[n] & 0xC0) != 0x80 && (!binary || n % 4 == 0))
			fits = n;
		used += escaped((unsigned char)text[n]);
		if (used > room)
			return fits;
	}
	return n;
}

/* Where Size goes: to the other properties, wherever they are. */
static const xmlNode *meta_with_size(const xmlNode *cmd)
{
	const xmlNode *item = vdm_child(vdm_child(cmd, "Item"), "Meta");

	return item ? item : vdm_child(cmd, "Meta");
}

static void write_meta(struct vdm_buf *b, const xmlNode *meta, const char *size)
{
	const xmlNode *c;

	vdm_buf_printf(b, "<Meta>");
	for (c = meta ? meta->children : NULL; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE && !vdm_is(c, "Size"))
			vdm_out_element(b, c, true);
	vdm_buf_printf(b, "%s</Meta>", size);
}

/* Everything up to the text of Data. */
static void write_head(struct vdm_buf *b, const xmlNode *cmd, unsigned int cmdid, const char *size)
{
	const xmlNode *item = vdm_child(cmd, "Item"), *where = meta_with_size(cmd), *c;

	vdm_buf_printf(b, "<%s><CmdID>%u</CmdID>", (const char *)cmd->name, cmdid);
	c = vdm_child(cmd, "Meta");
	if (c)
		write_meta(b, c, where == c ? size : "");
	vdm_buf_printf(b, "<Item>");
	for (c = item->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE && !vdm_is(c, "Meta") && !vdm_is(c, "Data"))
			vdm_out_element(b, c, false);
	c = vdm_child(item, "Meta");
	if (c || (!where && *size))
		write_meta(b, c, where == c ? size : "");
	vdm_buf_printf(b, "<Data>");
}

/* A command that has no business between chunks. */
static int intrude(struct vdm_out *o)
{
	static const char uri[] = "./DevInfo/Man";
	int ret = vdm_track_add_internal(o->s, "Get", o->next_cmdid);
	struct vdm_sent *cmd;

	if (ret)
		return ret;
	cmd = &o->s->sent[o->s->sent_count - 1];
	cmd->item[0].target = strdup(uri);
	vdm_buf_printf(&o->buf, "<Get><CmdID>%u</CmdID><Item><Target><LocURI>%s</LocURI></Target>"
		       "</Item></Get>", o->next_cmdid++, uri);
	return cmd->item[0].target ? 0 : -ENOMEM;
}

static int note_chunk(struct vdm_out *o, const xmlNode *cmd, unsigned int cmdid, bool last)
{
	o->commands += last;
	return last ? vdm_track_add(o->s, cmd, cmdid, -1) : vdm_track_add_chunk(o->s, cmd, cmdid);
}

static int send_chunk(struct vdm_out *o, const xmlNode *cmd, size_t limit, const char *text,
		      bool binary)
{
	static const char tail[] = "</Data><MoreData/></Item></Replace>";
	struct vdm_session *s = o->s;
	struct vdm_object *obj = &s->object;
	size_t start = o->buf.len, room, n;
	char size[96] = "", *part;
	unsigned int cmdid;
	bool last;

	if (obj->sent && s->srv->fault == VDM_FAULT_CHUNK_MIXED && intrude(o))
		return -ENOMEM;
	if (!obj->sent && s->srv->fault != VDM_FAULT_CHUNK_NO_SIZE)
		snprintf(size, sizeof(size), "<Size xmlns=\"" VDM_NS_METINF "\">%zu</Size>",
			 size_of(s, text, binary));
	cmdid = o->next_cmdid++;
	write_head(&o->buf, cmd, cmdid, size);
	room = vdm_out_room(o, limit);
	n = fitting(text + obj->sent, room > sizeof(tail) ? room - sizeof(tail) : 0, binary);
	last = !text[obj->sent + n];
	if (!last && n < CHUNK_MIN) {
		o->buf.len = start;
		o->next_cmdid--;
		return -EMSGSIZE;
	}
	part = strndup(text + obj->sent, n);
	if (!part || note_chunk(o, cmd, cmdid, last)) {
		free(part);
		return -ENOMEM;
	}
	vdm_buf_escape(&o->buf, part);
	vdm_buf_printf(&o->buf, "</Data>%s</Item></%s>", last ? "" : "<MoreData/>",
		       (const char *)cmd->name);
	free(part);
	obj->sent = last ? 0 : obj->sent + n;
	obj->active = !last;
	return !last;
}

int vdm_object_send(struct vdm_out *o, const xmlNode *cmd, size_t limit)
{
	bool binary = is_binary(cmd);
	char *text = text_of(cmd, binary);
	int ret;

	if (!text)
		return -ENOMEM;
	if (o->s->object.active && o->s->srv->fault == VDM_FAULT_CHUNK_LOST) {
		o->s->object.active = false;
		o->s->object.sent = 0;
		ret = 0;
	} else {
		ret = send_chunk(o, cmd, limit, text, binary);
	}
	xmlFree(text);
	return ret;
}

void vdm_object_status(struct vdm_session *s, int code)
{
	if (code == 213 || !s->object.active)
		return;
	/* the client does not want the rest of it */
	s->object.active = false;
	s->object.sent = 0;
	s->next++;
}
