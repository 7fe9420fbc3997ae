// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names, tokens and namespaces of the elements; numbers as OMA registered them.
 */
#include "dm/tags.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const syncml[] = {
	[0x05] = "Add", [0x06] = "Alert", [0x07] = "Archive", [0x08] = "Atomic", [0x09] = "Chal",
	[0x0a] = "Cmd", [0x0b] = "CmdID", [0x0c] = "CmdRef", [0x0d] = "Copy", [0x0e] = "Cred",
	[0x0f] = "Data", [0x10] = "Delete", [0x11] = "Exec", [0x12] = "Final", [0x13] = "Get",
	[0x14] = "Item", [0x15] = "Lang", [0x16] = "LocName", [0x17] = "LocURI", [0x18] = "Map",
	[0x19] = "MapItem", [0x1a] = "Meta", [0x1b] = "MsgID", [0x1c] = "MsgRef",
	[0x1d] = "NoResp", [0x1e] = "NoResults", [0x1f] = "Put", [0x20] = "Replace",
	[0x21] = "RespURI", [0x22] = "Results", [0x23] = "Search", [0x24] = "Sequence",
	[0x25] = "SessionID", [0x26] = "SftDel", [0x27] = "Source", [0x28] = "SourceRef",
	[0x29] = "Status", [0x2a] = "Sync", [0x2b] = "SyncBody", [0x2c] = "SyncHdr",
	[0x2d] = "SyncML", [0x2e] = "Target", [0x2f] = "TargetRef", [0x31] = "VerDTD",
	[0x32] = "VerProto", [0x33] = "NumberOfChanges", [0x34] = "MoreData", [0x35] = "Field",
	[0x36] = "Filter", [0x37] = "Record", [0x38] = "FilterType", [0x39] = "SourceParent",
	[0x3a] = "TargetParent", [0x3b] = "Move", [0x3c] = "Correlator",
};

static const char *const metinf[] = {
	[0x05] = "Anchor", [0x06] = "EMI", [0x07] = "Format", [0x08] = "FreeID",
	[0x09] = "FreeMem", [0x0a] = "Last", [0x0b] = "Mark", [0x0c] = "MaxMsgSize",
	[0x0d] = "Mem", [0x0e] = "MetInf", [0x0f] = "Next", [0x10] = "NextNonce",
	[0x11] = "SharedMem", [0x12] = "Size", [0x13] = "Type", [0x14] = "Version",
	[0x15] = "MaxObjSize", [0x16] = "FieldLevel",
};

static const char *const dmddf[] = {
	[0x05] = "AccessType", [0x06] = "ACL", [0x07] = "Add", [0x08] = "b64", [0x09] = "bin",
	[0x0a] = "bool", [0x0b] = "chr", [0x0c] = "CaseSense", [0x0d] = "CIS", [0x0e] = "Copy",
	[0x0f] = "CS", [0x10] = "date", [0x11] = "DDFName", [0x12] = "DefaultValue",
	[0x13] = "Delete", [0x14] = "Description", [0x15] = "DFFormat", [0x16] = "DFProperties",
	[0x17] = "DFTitle", [0x18] = "DFType", [0x19] = "Dynamic", [0x1a] = "Exec",
	[0x1b] = "float", [0x1c] = "Format", [0x1d] = "Get", [0x1e] = "int", [0x1f] = "Man",
	[0x20] = "MgmtTree", [0x21] = "MIME", [0x22] = "Mod", [0x23] = "Name", [0x24] = "Node",
	[0x25] = "node", [0x26] = "NodeName", [0x27] = "null", [0x28] = "Occurrence",
	[0x29] = "One", [0x2a] = "OneOrMore", [0x2b] = "OneOrN", [0x2c] = "Path",
	[0x2d] = "Permanent", [0x2e] = "Replace", [0x2f] = "RTProperties", [0x30] = "Scope",
	[0x31] = "Size", [0x32] = "time", [0x33] = "Title", [0x34] = "TStamp", [0x35] = "Type",
	[0x36] = "Value", [0x37] = "VerDTD", [0x38] = "VerNo", [0x39] = "xml",
	[0x3a] = "ZeroOrMore", [0x3b] = "ZeroOrN", [0x3c] = "ZeroOrOne",
};

static const struct {
	const char *const *names;
	size_t n;
	const char *space;
} pages[DM_PAGES] = {
	[DM_PAGE_SYNCML] = { syncml, sizeof(syncml) / sizeof(syncml[0]), "SYNCML:SYNCML1.2" },
	[DM_PAGE_METINF] = { metinf, sizeof(metinf) / sizeof(metinf[0]), "syncml:metinf" },
	[DM_PAGE_DMDDF] = { dmddf, sizeof(dmddf) / sizeof(dmddf[0]), "syncml:dmddf1.2" },
};

const char *dm_tag_name(unsigned int page, unsigned int token)
{
	if (page >= DM_PAGES || token >= pages[page].n)
		return NULL;
	return pages[page].names[token];
}

const char *dm_page_namespace(unsigned int page)
{
	return page < DM_PAGES ? pages[page].space : NULL;
}

/* All names, in the order of strcmp(). */
static const char *const sorted[] = {
	"ACL", "AccessType", "Add", "Alert", "Anchor", "Archive", "Atomic", "CIS", "CS",
	"CaseSense", "Chal", "Cmd", "CmdID", "CmdRef", "Copy", "Correlator", "Cred", "DDFName",
	"DFFormat", "DFProperties", "DFTitle", "DFType", "Data", "DefaultValue", "Delete",
	"Description", "Dynamic", "EMI", "Exec", "Field", "FieldLevel", "Filter", "FilterType",
	"Final", "Format", "FreeID", "FreeMem", "Get", "Item", "Lang", "Last", "LocName", "LocURI",
	"MIME", "Man", "Map", "MapItem", "Mark", "MaxMsgSize", "MaxObjSize", "Mem", "MetInf",
	"Meta", "MgmtTree", "Mod", "MoreData", "Move", "MsgID", "MsgRef", "Name", "Next",
	"NextNonce", "NoResp", "NoResults", "Node", "NodeName", "NumberOfChanges", "Occurrence",
	"One", "OneOrMore", "OneOrN", "Path", "Permanent", "Put", "RTProperties", "Record",
	"Replace", "RespURI", "Results", "Scope", "Search", "Sequence", "SessionID", "SftDel",
	"SharedMem", "Size", "Source", "SourceParent", "SourceRef", "Status", "Sync", "SyncBody",
	"SyncHdr", "SyncML", "TStamp", "Target", "TargetParent", "TargetRef", "Title", "Type",
	"Value", "VerDTD", "VerNo", "VerProto", "Version", "ZeroOrMore", "ZeroOrN", "ZeroOrOne",
	"b64", "bin", "bool", "chr", "date", "float", "int", "node", "null", "time", "xml",
};

static int compare(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

const char *dm_tag_find(const char *name)
{
	const char *const *found = bsearch(name, sorted, sizeof(sorted) / sizeof(sorted[0]),
					   sizeof(sorted[0]), compare);

	return found ? *found : NULL;
}
