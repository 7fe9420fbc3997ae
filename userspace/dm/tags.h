/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The elements of SyncML 1.2, MetInf and DMDDF 1.2, numbered as WBXML does: code page, token.
 */
#ifndef DM_TAGS_H
#define DM_TAGS_H

#include <stdint.h>

#define DM_TAG(page, token)	((page) << 8 | (token))
#define DM_TAG_PAGE(tag)	((unsigned int)(tag) >> 8)
#define DM_TAG_TOKEN(tag)	((unsigned int)(tag) & 0x3f)

enum dm_page {
	DM_PAGE_SYNCML,
	DM_PAGE_METINF,
	DM_PAGE_DMDDF,
	DM_PAGES,
	DM_PAGE_NONE = DM_PAGES,	/* of an element in no namespace that is known */
};

/* Those that the engine writes, or asks for by number. */
enum dm_tag {
	DM_TAG_NONE,
	DM_TAG_ADD = DM_TAG(DM_PAGE_SYNCML, 0x05),
	DM_TAG_ALERT = DM_TAG(DM_PAGE_SYNCML, 0x06),
	DM_TAG_ATOMIC = DM_TAG(DM_PAGE_SYNCML, 0x08),
	DM_TAG_CHAL = DM_TAG(DM_PAGE_SYNCML, 0x09),
	DM_TAG_CMD = DM_TAG(DM_PAGE_SYNCML, 0x0a),
	DM_TAG_CMD_ID = DM_TAG(DM_PAGE_SYNCML, 0x0b),
	DM_TAG_CMD_REF = DM_TAG(DM_PAGE_SYNCML, 0x0c),
	DM_TAG_CRED = DM_TAG(DM_PAGE_SYNCML, 0x0e),
	DM_TAG_DATA = DM_TAG(DM_PAGE_SYNCML, 0x0f),
	DM_TAG_FINAL = DM_TAG(DM_PAGE_SYNCML, 0x12),
	DM_TAG_ITEM = DM_TAG(DM_PAGE_SYNCML, 0x14),
	DM_TAG_LOC_NAME = DM_TAG(DM_PAGE_SYNCML, 0x16),
	DM_TAG_LOC_URI = DM_TAG(DM_PAGE_SYNCML, 0x17),
	DM_TAG_META = DM_TAG(DM_PAGE_SYNCML, 0x1a),
	DM_TAG_MSG_ID = DM_TAG(DM_PAGE_SYNCML, 0x1b),
	DM_TAG_MSG_REF = DM_TAG(DM_PAGE_SYNCML, 0x1c),
	DM_TAG_REPLACE = DM_TAG(DM_PAGE_SYNCML, 0x20),
	DM_TAG_RESULTS = DM_TAG(DM_PAGE_SYNCML, 0x22),
	DM_TAG_SESSION_ID = DM_TAG(DM_PAGE_SYNCML, 0x25),
	DM_TAG_SOURCE = DM_TAG(DM_PAGE_SYNCML, 0x27),
	DM_TAG_SOURCE_REF = DM_TAG(DM_PAGE_SYNCML, 0x28),
	DM_TAG_STATUS = DM_TAG(DM_PAGE_SYNCML, 0x29),
	DM_TAG_SYNC_BODY = DM_TAG(DM_PAGE_SYNCML, 0x2b),
	DM_TAG_SYNC_HDR = DM_TAG(DM_PAGE_SYNCML, 0x2c),
	DM_TAG_SYNCML = DM_TAG(DM_PAGE_SYNCML, 0x2d),
	DM_TAG_TARGET = DM_TAG(DM_PAGE_SYNCML, 0x2e),
	DM_TAG_TARGET_REF = DM_TAG(DM_PAGE_SYNCML, 0x2f),
	DM_TAG_VER_DTD = DM_TAG(DM_PAGE_SYNCML, 0x31),
	DM_TAG_VER_PROTO = DM_TAG(DM_PAGE_SYNCML, 0x32),
	DM_TAG_MORE_DATA = DM_TAG(DM_PAGE_SYNCML, 0x34),
	DM_TAG_CORRELATOR = DM_TAG(DM_PAGE_SYNCML, 0x3c),

	DM_TAG_FORMAT = DM_TAG(DM_PAGE_METINF, 0x07),
	DM_TAG_MARK = DM_TAG(DM_PAGE_METINF, 0x0b),
	DM_TAG_MAX_MSG_SIZE = DM_TAG(DM_PAGE_METINF, 0x0c),
	DM_TAG_NEXT_NONCE = DM_TAG(DM_PAGE_METINF, 0x10),
	DM_TAG_SIZE = DM_TAG(DM_PAGE_METINF, 0x12),
	DM_TAG_TYPE = DM_TAG(DM_PAGE_METINF, 0x13),
	DM_TAG_MAX_OBJ_SIZE = DM_TAG(DM_PAGE_METINF, 0x15),

	DM_TAG_MGMT_TREE = DM_TAG(DM_PAGE_DMDDF, 0x20),
};

/* The element's name; NULL if there is no such token on that page. */
const char *dm_tag_name(unsigned int page, unsigned int token);
/* The name if any page has it, as a string that stays; else NULL. */
const char *dm_tag_find(const char *name);
/* The XML namespace of a page; NULL for others. */
const char *dm_page_namespace(unsigned int page);

#endif /* DM_TAGS_H */
