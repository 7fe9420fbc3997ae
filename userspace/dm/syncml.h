/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SyncML 1.2 messages, read into struct dm_message from XML or WBXML, and the text of XML.
 */
#ifndef DM_SYNCML_H
#define DM_SYNCML_H

#include "dm/buf.h"
#include "dm/message.h"
#include "dm/writer.h"
#include "mo/mo.h"

/*
 * What a Content-Type says a message is encoded in; NULL: what its first byte looks like. 0, or
 * -EBADMSG with the reason in why: another type, or another charset than UTF-8 and US-ASCII.
 */
int dm_syncml_encoding(const char *content_type, const void *body, size_t len,
		       enum dm_encoding *encoding, char *why, size_t why_len);
/*
 * 0, -EBADMSG (not a SyncML message; why says where and what), -ENOMEM. What is wrong inside
 * a single command is noted in its defect and is no error here.
 */
int dm_syncml_parse(enum dm_encoding encoding, const void *body, size_t len,
		    struct dm_message **ret, char *why, size_t why_len);

#define DM_TNDS_XML	"application/vnd.syncml.dmtnds+xml"
#define DM_TNDS_WBXML	"application/vnd.syncml.dmtnds+wbxml"

/*
 * Makes a subtree what the tree takes: XML text, with Format and Type saying so. It may be that, or
 * WBXML, or base64 of either; markup in Data became text when it was read. 0, -EBADMSG (none of
 * these, *v is as it was), -ENOMEM.
 */
int dm_tnds_to_xml(struct mo_value *v);
/* Is this the Type of a subtree? */
bool dm_tnds_is_type(const char *type);

/* Text with markup escaped; what XML cannot carry becomes '?'. */
void dm_xml_text(struct dm_buf *b, const char *data, size_t len);
/* The same for the value of an attribute. */
void dm_xml_attribute(struct dm_buf *b, const char *text);

#endif /* DM_SYNCML_H */
