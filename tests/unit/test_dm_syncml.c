// SPDX-License-Identifier: BSD-3-Clause
/*
 * SyncML in XML read: what peers do differently and may, what they may not, and the Content-Type.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dm/dm.h"
#include "dm/syncml.h"

#define HEADER	"<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>2A</SessionID>" \
		"<MsgID>1</MsgID><Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source>" \
		"</SyncHdr>"
#define BEGIN	"<SyncML xmlns=\"SYNCML:SYNCML1.2\">" HEADER "<SyncBody>"
#define FINISH	"<Final/></SyncBody></SyncML>"
#define ADD(content)	"<Add><CmdID>2</CmdID><Item><Target><LocURI>./N</LocURI></Target>" content \
			"</Item></Add>"
#define XML_META	"<Meta><Format xmlns=\"syncml:metinf\">xml</Format></Meta>"

static char why[160];

static struct dm_message *read_xml(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);	/* no NUL behind it */
	struct dm_message *msg = NULL;
	int ret;

	memcpy(copy, text, len);
	why[0] = '\0';
	ret = dm_syncml_parse(DM_ENCODING_XML, copy, len, &msg, why, sizeof(why));
	free(copy);
	assert_true(ret == 0 || ret == -EBADMSG);
	return msg;
}

static struct dm_message *taken(const char *text)
{
	struct dm_message *msg = read_xml(text);

	if (!msg)
		fail_msg("%s", why);
	return msg;
}

static void refused(const char *text, const char *reason)
{
	if (read_xml(text))
		fail_msg("taken: %s", text);
	if (!strstr(why, reason))
		fail_msg("\"%s\" does not hold \"%s\"", why, reason);
}

static void data_is(const char *content, const char *wanted)
{
	char text[3000];
	struct dm_message *msg;

	snprintf(text, sizeof(text), BEGIN ADD("%s") FINISH, content);
	msg = taken(text);
	if (msg->cmds->defect)
		fail_msg("%s", msg->cmds->defect);
	assert_string_equal(msg->cmds->items->data, wanted);
	assert_int_equal(msg->cmds->items->data_len, strlen(wanted));
	dm_message_free(msg);
}

/* The first command is defective for this reason, the Get behind it is not. */
static void defect_is(const char *command, const char *wanted)
{
	char text[3000];
	struct dm_message *msg;

	snprintf(text, sizeof(text), BEGIN "%s<Get><CmdID>9</CmdID><Item><Target><LocURI>./N</LocURI>"
		 "</Target></Item></Get>" FINISH, command);
	msg = taken(text);
	assert_non_null(msg->cmds->defect);
	assert_string_equal(msg->cmds->defect, wanted);
	assert_null(msg->cmds->next->defect);
	assert_true(msg->final);
	dm_message_free(msg);
}

/* ----------------------------------------------------------------- what may differ */

static void namespaces(void **state)
{
	static const char *const texts[] = {
		/* none at all */
		"<SyncML>" HEADER "<SyncBody>" ADD("<Meta><Format>chr</Format></Meta><Data>x</Data>") FINISH,
		/* declared once, above */
		"<SyncML xmlns=\"SYNCML:SYNCML1.2\" xmlns:m=\"syncml:metinf\">" HEADER "<SyncBody>"
		ADD("<Meta><m:Format>chr</m:Format></Meta><Data>x</Data>") FINISH,
		/* of the version before */
		"<SyncML xmlns=\"SYNCML:SYNCML1.1\">" HEADER "<SyncBody>"
		ADD("<Meta><Format xmlns='syncml:metinf'>chr</Format></Meta><Data>x</Data>") FINISH,
		/* Meta's children in a MetInf of their own */
		BEGIN ADD("<Meta><MetInf xmlns='syncml:metinf'><Format>chr</Format></MetInf></Meta>"
			  "<Data>x</Data>") FINISH,
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct dm_message *msg = taken(texts[i]);

		assert_null(msg->cmds->defect);
		assert_string_equal(msg->cmds->items->meta.format, "chr");
		assert_string_equal(msg->cmds->items->data, "x");
		dm_message_free(msg);
	}
}

static void prefixes_everywhere(void **state)
{
	struct dm_message *msg = taken("<s:SyncML xmlns:s=\"SYNCML:SYNCML1.2\"><s:SyncHdr>"
		"<s:VerDTD>1.2</s:VerDTD><s:VerProto>DM/1.2</s:VerProto><s:SessionID>1</s:SessionID>"
		"<s:MsgID>1</s:MsgID></s:SyncHdr><s:SyncBody><s:Final/></s:SyncBody></s:SyncML>");

	assert_true(msg->final);
	dm_message_free(msg);
}

static void any_order(void **state)
{
	struct dm_message *msg = taken(BEGIN "<Final/><Add><Item><Data>x</Data><Meta><Size>1</Size>"
		"<Format>chr</Format></Meta><Target><LocName>n</LocName><LocURI> ./N\n</LocURI></Target>"
		"</Item><Meta><Type>a/b</Type></Meta><CmdID>\n 2 </CmdID></Add></SyncBody></SyncML>");

	assert_null(msg->cmds->defect);
	assert_string_equal(msg->cmds->cmd_id, "2");
	assert_string_equal(msg->cmds->meta.type, "a/b");
	assert_string_equal(msg->cmds->items->target, "./N");
	assert_string_equal(msg->cmds->items->meta.size, "1");
	assert_true(msg->final);
	dm_message_free(msg);
}

static void cdata_and_escapes(void **state)
{
	data_is("<Data><![CDATA[<a>&amp;</a>]]></Data>", "<a>&amp;</a>");
	data_is("<Data>&lt;a&gt;&amp;&quot;&apos;&#228;&#x20AC;</Data>", "<a>&\"'\xc3\xa4\xe2\x82\xac");
	data_is("<Data>a<![CDATA[ b ]]>c</Data>", "a b c");
	data_is("<Data>a<!-- not this -->b<?nor this?>c</Data>", "abc");
	data_is("<Data/>", "");
	data_is("<Data></Data>", "");
}

/* Laid out on lines of its own it is trimmed, otherwise white space is part of the value. */
static void white_space(void **state)
{
	data_is("<Data>\n\t\tvalue\n\t</Data>", "value");
	data_is("<Data> value </Data>", " value ");
	data_is("<Data>value\n</Data>", "value\n");
	data_is("<Data><![CDATA[\nvalue\n]]></Data>", "\nvalue\n");
	data_is("<Data>\r\n two\r\n lines\r\n</Data>", "two\n lines");
}

/* Markup in Data, where Format says that it is meant. */
static void inline_markup(void **state)
{
	data_is(XML_META "<Data><a xmlns=\"urn:x\" k=\"1 &amp; 2\"><b/>text &lt; <b>more</b> </a></Data>",
		"<a xmlns=\"urn:x\" k=\"1 &amp; 2\"><b/>text &lt; <b>more</b> </a>");
	data_is(XML_META "<Data>\n <MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>\n</Data>",
		"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
	/* its namespace forgotten, or given by a prefix */
	data_is(XML_META "<Data><MgmtTree><VerDTD>1.2</VerDTD></MgmtTree></Data>",
		"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
	data_is(XML_META "<Data><t:MgmtTree xmlns:t='syncml:dmddf1.2'><t:VerDTD>1.2</t:VerDTD></t:MgmtTree></Data>",
		"<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
	data_is(XML_META "<Data><a xmlns='' xml:lang='en&#10;x'/></Data>", "<a xml:lang=\"en&#10;x\"/>");
	defect_is(ADD("<Data>not <b>meant</b></Data>"), "markup inside Data is not escaped");
	/* what the prefix of an attribute means goes with it */
	data_is(XML_META "<Data><a xmlns='' xmlns:p='urn:p' p:k='1' l='2' p:m='3'/></Data>",
		"<a xmlns:p=\"urn:p\" p:k=\"1\" l=\"2\" p:m=\"3\"/>");
	data_is(XML_META "<Data><a xmlns='' q:k='1' l='2'/></Data>", "<a l=\"2\"/>");
}

/* ------------------------------------------------------------- what is wrong inside */

static void unknown_elements(void **state)
{
	static const char unknown[] = "unknown element inside a known one";

	defect_is(ADD("<Nope/>"), unknown);
	defect_is("<Add><CmdID>2</CmdID><Nope/></Add>", "unknown element inside the command");
	defect_is("<Add><CmdID>2</CmdID><Item><Target><LocURI>./N</LocURI><Nope/></Target></Item></Add>",
		  unknown);
	defect_is(ADD("<Meta><Nope xmlns='syncml:metinf'/></Meta>"), unknown);
	defect_is("<Alert><CmdID>2</CmdID><Data>1<b/></Data></Alert>", "element where text is expected");
	/* experimental data of peers is none of these */
	data_is("<Meta><EMI>a</EMI><EMI>b</EMI></Meta><Data>x</Data>", "x");
}

static void twice(void **state)
{
	static const char defect[] = "an element that may be there once is there twice";

	defect_is("<Add><CmdID>2</CmdID><CmdID>3</CmdID></Add>", defect);
	defect_is(ADD("<Target><LocURI>./M</LocURI></Target>"), defect);
	defect_is(ADD("<Data>a</Data><Data>b</Data>"), defect);
	defect_is(ADD("<Meta><Format>chr</Format><Format>int</Format></Meta>"), defect);
	refused("<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>"
		"<SessionID>2</SessionID><MsgID>1</MsgID></SyncHdr><SyncBody/></SyncML>", "there twice");
}

static void members_have_their_own(void **state)
{
	struct dm_message *msg = taken(BEGIN "<Atomic><CmdID>2</CmdID>" ADD("<Nope/>") ADD("<Data>x</Data>")
				       "</Atomic>" FINISH);

	assert_null(msg->cmds->defect);
	assert_non_null(msg->cmds->members->defect);
	assert_null(msg->cmds->members->next->defect);
	assert_int_equal(msg->cmds->members->where, 1);
	assert_string_equal(msg->unit, "line");
	dm_message_free(msg);
}

static void doctypes(void **state)
{
	static const char rest[] = BEGIN FINISH;
	char text[2000];

#define TAKEN(prolog) do { \
		snprintf(text, sizeof(text), "%s%s", prolog, rest); \
		dm_message_free(taken(text)); \
	} while (0)
#define REFUSED(prolog) do { \
		snprintf(text, sizeof(text), "%s%s", prolog, rest); \
		refused(text, "internal subset"); \
	} while (0)
	TAKEN("<!DOCTYPE SyncML>");
	TAKEN("<?xml version='1.0'?><!-- [ --><!DOCTYPE SyncML SYSTEM \"file:///x[y].dtd\">");
	TAKEN("<?x <!DOCTYPE a [ ?>");
	REFUSED("<!DOCTYPE SyncML []>");
	REFUSED("<?xml version='1.0'?>\n<!-- a --><!DOCTYPE SyncML SYSTEM 'x>' [<!ENTITY e 'x'>]>");
	REFUSED("<!DOCTYPE SyncML SYSTEM 'x>");
	/* it is not one where it is a value */
	data_is("<Data><![CDATA[<!DOCTYPE MgmtTree [<!ENTITY e 'x'>]><MgmtTree/>]]></Data>",
		"<!DOCTYPE MgmtTree [<!ENTITY e 'x'>]><MgmtTree/>");
}

static void bombs(void **state)
{
	size_t n = 20000, i;
	char *text = malloc(n * 4 + 2000), *end = text;

	end += sprintf(end, "%s", BEGIN);
	for (i = 0; i < n; i++)
		end = stpcpy(end, "<a/>");
	strcpy(end, FINISH);
	refused(text, "too many elements");
	free(text);
}

/* -------------------------------------------------------------------- Content-Type */

static void type_is(const char *type, const char *body, int ret, enum dm_encoding wanted)
{
	enum dm_encoding encoding = DM_ENCODING_XML;

	assert_int_equal(dm_syncml_encoding(type, body, strlen(body), &encoding, why, sizeof(why)), ret);
	if (!ret)
		assert_int_equal(encoding, wanted);
	else
		assert_true(*why);
}

static void content_types(void **state)
{
	type_is(DM_CONTENT_TYPE_XML, "", 0, DM_ENCODING_XML);
	type_is(DM_CONTENT_TYPE_WBXML, "", 0, DM_ENCODING_WBXML);
	type_is("Application/Vnd.SyncML.DM+WBXML", "", 0, DM_ENCODING_WBXML);
	type_is(" application/vnd.syncml.dm+wbxml ; verproto=DM/1.2;verdtd=\"1;2\"", "", 0, DM_ENCODING_WBXML);
	type_is("application/vnd.syncml.dm+xml;charset=UTF-8", "", 0, DM_ENCODING_XML);
	type_is("application/vnd.syncml.dm+xml; charset=\"utf-8\"", "", 0, DM_ENCODING_XML);
	type_is("application/vnd.syncml.dm+xml; verdtd=1.2; CharSet=US-ASCII", "", 0, DM_ENCODING_XML);
	type_is("text/xml", "", 0, DM_ENCODING_XML);
	type_is("application/vnd.syncml.dm+xml; charset=iso-8859-1", "", -EBADMSG, 0);
	type_is("application/vnd.syncml.dm+xml; verdtd=1.2; charset=utf-16", "", -EBADMSG, 0);
	type_is("application/vnd.syncml.dm", "", -EBADMSG, 0);
	type_is("application/vnd.syncml.dm+xmlx", "", -EBADMSG, 0);
	type_is("text/html; x=application/vnd.syncml.dm+xml", "", -EBADMSG, 0);
	type_is(";", "", -EBADMSG, 0);
	type_is("\"", "", -EBADMSG, 0);
	/* without one the first byte tells */
	type_is(NULL, "\x02\xa4", 0, DM_ENCODING_WBXML);
	type_is("", "\x03", 0, DM_ENCODING_WBXML);
	type_is(NULL, "<SyncML/>", 0, DM_ENCODING_XML);
	type_is(NULL, "", 0, DM_ENCODING_XML);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),
		cmocka_unit_test(prefixes_everywhere),
		cmocka_unit_test(any_order),
		cmocka_unit_test(cdata_and_escapes),
		cmocka_unit_test(white_space),
		cmocka_unit_test(inline_markup),
		cmocka_unit_test(unknown_elements),
		cmocka_unit_test(twice),
		cmocka_unit_test(members_have_their_own),
		cmocka_unit_test(doctypes),
		cmocka_unit_test(bombs),
		cmocka_unit_test(content_types),
	};

	return cmocka_run_group_tests_name("dm_syncml", tests, NULL, NULL);
}
