// SPDX-License-Identifier: BSD-3-Clause
/* Results that come in chunks (spec/oma-dm.md 2.5). */
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

/* The bytes of Data as they were sent: base64 in XML counts as it is. */
static int data_bytes(const xmlNode *data, struct vdm_buf *ret, bool *opaque)
{
	xmlChar *kind = data ? xmlGetNoNsProp((xmlNode *)data, BAD_CAST "opaque") : NULL;
	xmlChar *text = data ? xmlNodeGetContent(data) : NULL;
	int err = 0;

	*opaque = kind;
	if (text && kind)
		err = vdm_b64_decode((const char *)text, ret);
	else if (text)
		vdm_buf_add(ret, (const char *)text, strlen((const char *)text));
	xmlFree(kind);
	xmlFree(text);
	return err;
}

/* The object could have gone whole in the place of its first chunk. */
static void check_need(struct vdm_session *s, const struct vdm_in *in, size_t chunk)
{
	const struct vdm_chunks *k = &s->chunks;
	unsigned long limit = s->srv->options.max_msg;

	if (k->size >= 0 && in->size - chunk + (size_t)k->size <= limit)
		vdm_violation(s, "%s comes in chunks, though it would have fitted", k->source);
}

static void begin(struct vdm_session *s, const struct vdm_in *in, const xmlNode *cmd,
		  const xmlNode *item, size_t chunk)
{
	struct vdm_chunks *k = &s->chunks;

	vdm_buf_clear(&k->data);
	k->active = true;
	k->size = vdm_number(vdm_meta(cmd, item, "Size"));
	vdm_path_text(item, "Source/LocURI", k->source, sizeof(k->source));
	vdm_text(vdm_meta(cmd, item, "Format"), k->format, sizeof(k->format));
	if (k->size < 0)
		vdm_violation(s, "first chunk of %s without Size", k->source);
	check_need(s, in, chunk);
}

/* Nothing may stand behind an object that goes on. */
static void check_last(struct vdm_session *s, const xmlNode *cmd, const xmlNode *item)
{
	const xmlNode *n;

	for (n = item->next; n; n = n->next)
		if (vdm_is(n, "Item"))
			vdm_violation(s, "an Item behind one with MoreData");
	for (n = cmd->next; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !vdm_is(n, "Final"))
			vdm_violation(s, "%s behind an Item with MoreData", (const char *)n->name);
}

static int add(struct vdm_session *s, const struct vdm_buf *bytes)
{
	struct vdm_chunks *k = &s->chunks;
	unsigned long limit = s->srv->options.max_obj;

	if (k->data.len + bytes->len > limit || k->size > (long)limit) {
		vdm_violation(s, "%s is larger than our MaxObjSize of %lu", k->source, limit);
		return 413;
	}
	vdm_buf_add(&k->data, bytes->p ? bytes->p : "", bytes->len);
	return k->data.failed ? 420 : 0;
}

/* A chunk of the object that is under way, or the first one. */
static int take_chunk(struct vdm_session *s, bool more,
		      const struct vdm_buf *bytes, bool *complete)
{
	struct vdm_chunks *k = &s->chunks;
	int code = add(s, bytes);

	if (code) {
		k->active = false;
		return code;
	}
	vdm_step(s->srv, "session %s: %zu bytes of %s%s", s->id, k->data.len, k->source,
		 more ? ", more to come" : "");
	if (more)
		return 213;
	k->active = false;
	if (k->size >= 0 && (size_t)k->size != k->data.len) {
		vdm_violation(s, "%s has %zu bytes, its Size was %ld", k->source, k->data.len, k->size);
		return 424;
	}
	*complete = true;
	return 200;
}

int vdm_chunks_take(struct vdm_session *s, const struct vdm_in *in, const xmlNode *cmd,
		    const xmlNode *item, bool *complete)
{
	struct vdm_chunks *k = &s->chunks;
	struct vdm_buf bytes = { .p = NULL };
	bool more = vdm_child(item, "MoreData");
	char source[VDM_TEXT];
	int code;

	*complete = !more && !k->active;
	if (*complete)
		return 200;
	if (more)
		check_last(s, cmd, item);
	vdm_path_text(item, "Source/LocURI", source, sizeof(source));
	if (data_bytes(vdm_child(item, "Data"), &bytes, &k->opaque)) {
		k->active = false;
		return 400;
	}
	if (!k->active) {
		begin(s, in, cmd, item, bytes.len);
	} else if (strcmp(k->source, source)) {
		vdm_violation(s, "%s comes between the chunks of %s", source, k->source);
		k->active = false;
		vdm_buf_clear(&bytes);
		return 400;
	} else if (vdm_meta(cmd, item, "Size")) {
		vdm_violation(s, "Size again in a later chunk of %s", source);
	}
	k->continued = true;
	code = take_chunk(s, more, &bytes, complete);
	vdm_buf_clear(&bytes);
	return code;
}

void vdm_chunks_end(struct vdm_session *s)
{
	struct vdm_chunks *k = &s->chunks;

	if (k->active && !k->continued) {
		vdm_violation(s, "%s does not go on", k->source);
		k->active = false;
	}
	k->continued = false;
}
