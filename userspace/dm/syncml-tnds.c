// SPDX-License-Identifier: BSD-3-Clause
/*
 * Subtrees (TNDS) as values. They arrive as XML text, as markup, as WBXML inside of
 * WBXML or as base64 of these (spec/oma-dm.md 7.6); the tree takes XML text.
 */
#include "dm/syncml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dm/base64.h"
#include "dm/node.h"

/* The subtype with its encoding left out. */
bool dm_tnds_is_type(const char *type)
{
	static const char stem[] = "application/vnd.syncml.dmtnds+";

	if (strncasecmp(type, stem, sizeof(stem) - 1))
		return false;
	type += sizeof(stem) - 1;
	return !strcasecmp(type, "xml") || !strcasecmp(type, "wbxml");
}

/* XML text cannot begin like that. */
static bool looks_like_wbxml(const uint8_t *data, size_t len)
{
	return len && data[0] >= 0x01 && data[0] <= 0x03;
}

static int wbxml_to_xml(const uint8_t *data, size_t len, struct dm_buf *out)
{
	struct dm_message *msg = dm_message_new();
	struct dm_document doc;
	struct dm_node around = { .name = "Data" };
	char *xml;
	size_t xml_len;
	int err;

	if (!msg)
		return -ENOMEM;
	dm_document_init(&doc, msg);
	dm_wbxml_read(&doc, data, len);
	err = doc.err;
	if (!err && strcmp(doc.root->name, "MgmtTree"))
		err = -EBADMSG;
	if (!err) {
		around.first = doc.root;
		err = dm_node_to_xml(msg, &around, &xml, &xml_len);
	}
	if (!err) {
		dm_buf_put(out, xml, xml_len);
		err = out->failed ? -ENOMEM : 0;
	}
	dm_message_free(msg);
	return err;
}

static int text_to_xml(const char *data, size_t len, struct dm_buf *out)
{
	if (!dm_text_is_safe(data, len))
		return -EBADMSG;
	dm_buf_put(out, data, len);
	return out->failed ? -ENOMEM : 0;
}

static int base64_to_xml(const char *data, size_t len, struct dm_buf *out)
{
	uint8_t *bytes = malloc(len + 1);
	ssize_t n;
	int err;

	if (!bytes)
		return -ENOMEM;
	n = dm_b64_decode(data, len, bytes, len);
	if (n < 0)
		err = -EBADMSG;
	else if (looks_like_wbxml(bytes, (size_t)n))
		err = wbxml_to_xml(bytes, (size_t)n, out);
	else
		err = text_to_xml((const char *)bytes, (size_t)n, out);
	explicit_bzero(bytes, len);
	free(bytes);
	return err;
}

static int take_xml(struct mo_value *v, struct dm_buf *xml)
{
	char *copy = malloc(xml->len + 1);

	if (!copy)
		return -ENOMEM;
	if (xml->len)
		memcpy(copy, xml->data, xml->len);
	copy[xml->len] = '\0';
	mo_value_clear(v);
	v->data = copy;
	v->len = xml->len;
	return 0;
}

int dm_tnds_to_xml(struct mo_value *v)
{
	struct dm_buf xml = { NULL, 0, 0, false };
	int err = 0;

	if (looks_like_wbxml((const uint8_t *)v->data, v->len))
		err = wbxml_to_xml((const uint8_t *)v->data, v->len, &xml);
	else if (!strcmp(v->format, "b64"))
		err = base64_to_xml(v->data, v->len, &xml);
	else if (!dm_text_is_safe(v->data, v->len))
		err = -EBADMSG;
	if (!err && xml.len)
		err = take_xml(v, &xml);
	dm_buf_free(&xml);
	if (err)
		return err;
	strcpy(v->format, "xml");
	strcpy(v->type, DM_TNDS_XML);
	return 0;
}
