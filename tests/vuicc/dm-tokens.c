// SPDX-License-Identifier: BSD-3-Clause
/* Tags of the three code pages of OMA DM (spec/oma-dm.md 7.2 to 7.4). */
#include <string.h>

#include "vuicc/dm-wbxml.h"

#define FIRST_TAG	0x05

static const char *const syncml[] = {
	"Add", "Alert", "Archive", "Atomic", "Chal", "Cmd", "CmdID", "CmdRef", "Copy", "Cred",
	"Data", "Delete", "Exec", "Final", "Get", "Item", "Lang", "LocName", "LocURI", "Map",
	"MapItem", "Meta", "MsgID", "MsgRef", "NoResp", "NoResults", "Put", "Replace", "RespURI",
	"Results", "Search", "Sequence", "SessionID", "SftDel", "Source", "SourceRef", "Status",
	"Sync", "SyncBody", "SyncHdr", "SyncML", "Target", "TargetRef", NULL, "VerDTD", "VerProto",
	"NumberOfChanges", "MoreData", "Field", "Filter", "Record", "FilterType", "SourceParent",
	"TargetParent", "Move", "Correlator",
};

static const char *const metinf[] = {
	"Anchor", "EMI", "Format", "FreeID", "FreeMem", "Last", "Mark", "MaxMsgSize", "Mem",
	"MetInf", "Next", "NextNonce", "SharedMem", "Size", "Type", "Version", "MaxObjSize",
	"FieldLevel",
};

static const char *const dmddf[] = {
	"AccessType", "ACL", "Add", "b64", "bin", "bool", "chr", "CaseSense", "CIS", "Copy", "CS",
	"date", "DDFName", "DefaultValue", "Delete", "Description", "DFFormat", "DFProperties",
	"DFTitle", "DFType", "Dynamic", "Exec", "float", "Format", "Get", "int", "Man", "MgmtTree",
	"MIME", "Mod", "Name", "Node", "node", "NodeName", "null", "Occurrence", "One",
	"OneOrMore", "OneOrN", "Path", "Permanent", "Replace", "RTProperties", "Scope", "Size",
	"time", "Title", "TStamp", "Type", "Value", "VerDTD", "VerNo", "xml", "ZeroOrMore",
	"ZeroOrN", "ZeroOrOne",
};

#define TAGS(a)	{ a, sizeof(a) / sizeof((a)[0]) }

static const struct {
	const char *const *name;
	size_t count;
} pages[VDM_PAGE_COUNT] = {
	[VDM_PAGE_SYNCML] = TAGS(syncml),
	[VDM_PAGE_METINF] = TAGS(metinf),
	[VDM_PAGE_DMDDF] = TAGS(dmddf),
};

const char *vdm_tag_name(unsigned int page, unsigned int code)
{
	if (page >= VDM_PAGE_COUNT || code < FIRST_TAG || code - FIRST_TAG >= pages[page].count)
		return NULL;
	return pages[page].name[code - FIRST_TAG];
}

int vdm_tag_code(unsigned int page, const char *name)
{
	size_t i;

	for (i = 0; page < VDM_PAGE_COUNT && i < pages[page].count; i++)
		if (pages[page].name[i] && !strcmp(pages[page].name[i], name))
			return (int)(FIRST_TAG + i);
	return -1;
}
