// SPDX-License-Identifier: BSD-3-Clause
/*
 * The elements that a client may send, and their order (spec/oma-dm.md 4.2, 4.3).
 *
 * It is the DTD of SyncML cut down to what a DM client has to say, which libxml2 checks; so
 * elements that DM does not use, and commands that only servers send, are against it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

#include "vuicc/dm-server.h"

#define TEXT(name)	"<!ELEMENT " name " (#PCDATA)>"
#define META(name)	TEXT(name) "<!ATTLIST " name " xmlns CDATA #IMPLIED>"

static const char dtd[] =
	"<!ELEMENT SyncML (SyncHdr, SyncBody)><!ATTLIST SyncML xmlns CDATA #IMPLIED>"
	"<!ELEMENT SyncHdr (VerDTD, VerProto, SessionID, MsgID, Target, Source, Cred?, Meta?)>"
	"<!ELEMENT SyncBody ((Alert | Replace | Results | Status)+, Final?)>"
	"<!ELEMENT Status (CmdID, MsgRef, CmdRef, Cmd, TargetRef*, SourceRef*, Chal?, Data, Item*)>"
	"<!ELEMENT Results (CmdID, MsgRef?, CmdRef, Meta?, TargetRef?, SourceRef?, Item+)>"
	"<!ELEMENT Replace (CmdID, Meta?, Item+)>"
	"<!ELEMENT Alert (CmdID, Data, Correlator?, Item*)>"
	"<!ELEMENT Item (Target?, Source?, Meta?, Data?, MoreData?)>"
	"<!ELEMENT Target (LocURI, LocName?)><!ELEMENT Source (LocURI, LocName?)>"
	"<!ELEMENT Cred (Meta?, Data)><!ELEMENT Chal (Meta)>"
	"<!ELEMENT Meta (Format | Type | Mark | Size | NextNonce | MaxMsgSize | MaxObjSize | EMI)*>"
	"<!ELEMENT Data ANY><!ATTLIST Data opaque CDATA #IMPLIED>"
	"<!ELEMENT Final EMPTY><!ELEMENT MoreData EMPTY>"
	TEXT("VerDTD") TEXT("VerProto") TEXT("SessionID") TEXT("MsgID") TEXT("LocURI")
	TEXT("LocName") TEXT("CmdID") TEXT("MsgRef") TEXT("CmdRef") TEXT("Cmd") TEXT("TargetRef")
	TEXT("SourceRef") TEXT("Correlator")
	META("Format") META("Type") META("Mark") META("Size") META("NextNonce") META("MaxMsgSize")
	META("MaxObjSize") META("EMI");

struct complaint {
	char *text;
	size_t room;
};

/* The first one is kept: what comes after it may follow from it. */
static void note(void *arg, const char *fmt, ...)
{
	struct complaint *c = arg;
	va_list ap;

	if (c->text[0])
		return;
	va_start(ap, fmt);
	vsnprintf(c->text, c->room, fmt, ap);
	va_end(ap);
	c->text[strcspn(c->text, "\n")] = '\0';
}

/* What stands in Data is not SyncML; all that is not needed goes, prefixes too. */
static void strip(xmlNode *n)
{
	xmlNode *c, *next;

	n->ns = NULL;
	if (n->nsDef) {
		xmlFreeNsList(n->nsDef);
		n->nsDef = NULL;
	}
	for (c = n->children; c; c = next) {
		next = c->next;
		if (c->type == XML_ELEMENT_NODE && vdm_is(n, "Data")) {
			xmlUnlinkNode(c);
			xmlFreeNode(c);
		} else if (c->type == XML_ELEMENT_NODE) {
			strip(c);
		}
	}
}

int vdm_dtd_check(const xmlDoc *doc, char *why, size_t why_len)
{
	xmlParserInputBuffer *text;
	xmlValidCtxt *ctxt = xmlNewValidCtxt();
	xmlDoc *copy = xmlCopyDoc((xmlDoc *)doc, 1);
	struct complaint c = { why, why_len };
	xmlDtd *rules = NULL;
	int ret = -ENOMEM;

	why[0] = '\0';
	text = xmlParserInputBufferCreateMem(dtd, sizeof(dtd) - 1, XML_CHAR_ENCODING_UTF8);
	if (text)	/* which takes it over */
		rules = xmlIOParseDTD(NULL, text, XML_CHAR_ENCODING_UTF8);
	if (ctxt && copy && rules) {
		strip(xmlDocGetRootElement(copy));
		ctxt->userData = &c;
		ctxt->error = note;
		if (!xmlValidateDtd(ctxt, copy, rules) && !why[0])
			snprintf(why, why_len, "elements against the DTD");
		ret = 0;
	}
	xmlFreeDtd(rules);
	xmlFreeDoc(copy);
	xmlFreeValidCtxt(ctxt);
	return ret;
}
