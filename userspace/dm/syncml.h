/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SyncML 1.2 in XML: reading into struct dm_message, and the pieces of which messages are written.
 */
#ifndef DM_SYNCML_H
#define DM_SYNCML_H

#include "dm/buf.h"
#include "dm/message.h"

#define DM_XML_MAX_DEPTH	32

/*
 * 0, -EBADMSG (not a SyncML message; why says where and what), -ENOMEM. What is wrong inside
 * a single command is noted in its defect and is no error here.
 */
int dm_syncml_parse(const void *body, size_t len, struct dm_message **ret, char *why,
		    size_t why_len);

/* Text with markup escaped; what XML cannot carry becomes '?'. */
void dm_xml_text(struct dm_buf *b, const char *data, size_t len);

#endif /* DM_SYNCML_H */
