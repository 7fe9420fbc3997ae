/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The card's own WBXML (spec/oma-dm.md 7): a document to bytes and back.  Shares nothing with the
 * client's codec: one is held against the other.
 *
 * What XML cannot hold is base64 in the document, with an attribute opaque="b64" on the element.
 */
#ifndef VUICC_DM_WBXML_H
#define VUICC_DM_WBXML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vdm_buf;

#define VDM_NS_SYNCML	"SYNCML:SYNCML1.2"
#define VDM_NS_METINF	"syncml:metinf"
#define VDM_NS_DMDDF	"syncml:dmddf1.2"

enum vdm_page { VDM_PAGE_SYNCML, VDM_PAGE_METINF, VDM_PAGE_DMDDF, VDM_PAGE_COUNT };

/* dm-tokens.c: NULL for a code without a name; -1 for a name without a code. */
const char *vdm_tag_name(unsigned int page, unsigned int code);
int vdm_tag_code(unsigned int page, const char *name);

/* How text is written; all of them mean the same. */
enum vdm_text {
	VDM_TEXT_INLINE,	/* STR_I */
	VDM_TEXT_TABLE,		/* STR_T: all of it in the string table */
	VDM_TEXT_OPAQUE,	/* OPAQUE */
};

/*
 * dm-encode.c: the document, in the public identifier of SyncML 1.2.  Data of Format bin is taken for
 * base64 and becomes an OPAQUE; MgmtTree elements in Data become tags of page 2, or with the type
 * application/vnd.syncml.dmtnds+wbxml a document of its own.  0 or -errno.
 */
int vdm_wbxml_encode(const xmlDoc *doc, enum vdm_text style, struct vdm_buf *out);

/* dm-decode.c: 0, -EBADMSG (why says what is wrong) or -ENOMEM. */
int vdm_wbxml_decode(const void *buf, size_t len, xmlDoc **ret, char *why, size_t why_len);

#endif /* VUICC_DM_WBXML_H */
