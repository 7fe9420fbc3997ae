// SPDX-License-Identifier: BSD-3-Clause
/*
 * The document type of device descriptions, DDF 1.2, and its check.  Built in, so that no file and no
 * network is needed for it.
 */
#include <libxml/parser.h>
#include <libxml/valid.h>
#include <stdio.h>
#include <string.h>
#include "mo/private.h"

static const char dtd_text[] =
	"<!ELEMENT MgmtTree (VerDTD, Man?, Mod?, Node+)>\n"
	"<!ATTLIST MgmtTree xmlns CDATA #IMPLIED>\n"
	"<!ELEMENT Node (NodeName, Path?, RTProperties?, DFProperties?, (Node* | Value?))>\n"
	"<!ELEMENT RTProperties (ACL?, Format?, Name?, Size?, Title?, TStamp?, Type, VerNo?)>\n"
	"<!ELEMENT DFProperties (AccessType, DefaultValue?, Description?, DFFormat, Occurrence?,"
	" Scope?, DFTitle?, DFType, CaseSense?)>\n"
	"<!ELEMENT AccessType (Add | Copy | Delete | Exec | Get | Replace)*>\n"
	"<!ELEMENT Format (b64 | bin | bool | chr | int | node | null | xml | date | time | float)>\n"
	"<!ELEMENT DFFormat (b64 | bin | bool | chr | int | node | null | xml | date | time | float)>\n"
	"<!ELEMENT Occurrence (One | ZeroOrOne | ZeroOrMore | OneOrMore | ZeroOrN | OneOrN)>\n"
	"<!ELEMENT Scope (Permanent | Dynamic)>\n"
	"<!ELEMENT DFType (MIME+ | DDFName)>\n"
	"<!ELEMENT Type (MIME | DDFName)>\n"
	"<!ELEMENT CaseSense (CS | CIS)>\n";

/* The rest of the elements: text, or nothing. */
static const char *const texts[] = {
	"VerDTD", "Man", "Mod", "NodeName", "Path", "Value", "ACL", "Name", "Size", "Title",
	"TStamp", "VerNo", "DefaultValue", "Description", "DFTitle", "MIME", "DDFName", "ZeroOrN",
	"OneOrN",
};

static const char *const empties[] = {
	"Add", "Copy", "Delete", "Exec", "Get", "Replace", "b64", "bin", "bool", "chr", "int",
	"node", "null", "xml", "date", "time", "float", "One", "ZeroOrOne", "ZeroOrMore",
	"OneOrMore", "Permanent", "Dynamic", "CS", "CIS",
};

static size_t declare(char *out, const char *const *names, size_t n, const char *model)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++)
		len += (size_t)sprintf(out + len, "<!ELEMENT %s %s>\n", names[i], model);
	return len;
}

static xmlDtdPtr parse_dtd(void)
{
	char text[sizeof(dtd_text) + 2048];
	xmlParserInputBufferPtr in;
	size_t len = sizeof(dtd_text) - 1;

	memcpy(text, dtd_text, len);
	len += declare(text + len, texts, sizeof(texts) / sizeof(texts[0]), "(#PCDATA)");
	len += declare(text + len, empties, sizeof(empties) / sizeof(empties[0]), "EMPTY");
	in = xmlParserInputBufferCreateMem(text, (int)len, XML_CHAR_ENCODING_NONE);
	/* takes over the buffer, also on failure */
	return in ? xmlIOParseDTD(NULL, in, XML_CHAR_ENCODING_NONE) : NULL;
}

bool mo_ddf_valid(xmlDocPtr doc)
{
	xmlValidCtxtPtr ctxt;
	xmlDtdPtr dtd;
	bool valid = false;

	/* entities of its own are nothing that a description needs */
	if (doc->intSubset && doc->intSubset->children)
		return false;
	dtd = parse_dtd();
	ctxt = xmlNewValidCtxt();
	if (dtd && ctxt) {
		const xmlNode *root = xmlDocGetRootElement(doc);

		valid = xmlValidateDtd(ctxt, doc, dtd) == 1 && root &&
			!strcmp((const char *)root->name, "MgmtTree");
	}
	xmlFreeValidCtxt(ctxt);
	xmlFreeDtd(dtd);
	return valid;
}
