/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server of the hostile sessions: knows the protocol well enough to get far, asks for what it
 * has no right to, and has its messages spoiled (tests/vuicc/hostile.h) before they leave.
 */
#ifndef DM_HOSTILE_SERVER_H
#define DM_HOSTILE_SERVER_H

#include <libxml/parser.h>

#include "dm-fixture.h"
#include "dm-hostile-wbxml.h"
#include "dm/base64.h"
#include "dm/hmac.h"
#include "dm/node.h"
#include "vuicc/hostile.h"

enum evil_role {
	EVIL_KNOWN,		/* proves who it is, as accounts with md5 want it */
	EVIL_LATE,		/* commands first, proves it when it is asked to */
	EVIL_MAC,		/* a MAC for each message, spoiled or not */
	EVIL_TRANSPORT,		/* the account trusts the transport */
	EVIL_STRANGERS,		/* from here on they never prove anything */
	EVIL_NO_CRED = EVIL_STRANGERS,
	EVIL_WRONG_SECRET,
	EVIL_WRONG_MAC,
	EVIL_ROLES
};

enum evil_endless {
	EVIL_ENDS,
	EVIL_COMMANDS_FOR_EVER,
	EVIL_CHUNKS_FOR_EVER,
	EVIL_NEXT_FOR_EVER,	/* alert 1222 */
	EVIL_NOTHING_FOR_EVER,	/* neither a command nor an end */
	EVIL_CHALLENGES_FOR_EVER,
	EVIL_QUESTIONS_FOR_EVER,
	EVIL_ENDLESS
};

struct evil_command {
	char id[16], cmd[16];
};

struct evil {
	struct hostile h;
	enum evil_role role;
	enum evil_endless endless;
	bool wbxml, spoils, proved, challenged;
	struct mo_credential cred;	/* how it proves itself; the nonce is the client's last */
	unsigned int msg_id, client_msg, packages, cmd_id;
	struct evil_command answers[64];	/* what of the client's is to be answered */
	unsigned int n_answers;
	bool client_mac;
	bool object_open;
};

/* ------------------------------------------------------- the client's last message */

static const struct dm_node *evil_child(const struct dm_node *n, const char *name)
{
	const struct dm_node *c = n ? dm_node_element(n->first) : NULL;

	while (c && strcmp(c->name, name))
		c = dm_node_element(c->next);
	return c;
}

static const char *evil_text(const struct dm_node *n)
{
	return n && n->first && n->first->text ? n->first->text : "";
}

static void evil_take_status(struct evil *e, const struct dm_node *status)
{
	const struct dm_node *meta = evil_child(evil_child(status, "Chal"), "Meta");
	const char *nonce = evil_text(evil_child(meta, "NextNonce"));
	ssize_t n;

	if (!meta)
		return;
	e->challenged = true;
	n = dm_b64_decode(nonce, strlen(nonce), e->cred.nonce, sizeof(e->cred.nonce));
	e->cred.nonce_len = n > 0 ? (size_t)n : 0;
}

static void evil_hear(struct evil *e, enum dm_encoding encoding, const void *body, size_t len)
{
	struct dm_message *msg = dm_message_new();
	const struct dm_node *n, *hdr;
	struct dm_document doc;
	char why[200];

	dm_document_init(&doc, msg);
	if (encoding == DM_ENCODING_WBXML)
		dm_wbxml_read(&doc, body, len);
	else
		dm_xml_read(&doc, body, len, why, sizeof(why));
	assert_int_equal(doc.err, 0);
	hdr = evil_child(doc.root, "SyncHdr");
	e->client_msg = (unsigned int)atoi(evil_text(evil_child(hdr, "MsgID")));
	e->n_answers = 0;
	for (n = dm_node_element(evil_child(doc.root, "SyncBody")->first); n; n = dm_node_element(n->next)) {
		if (!strcmp(n->name, "Status")) {
			evil_take_status(e, n);
		} else if (strcmp(n->name, "Final") && e->n_answers < 64) {
			struct evil_command *c = &e->answers[e->n_answers++];

			snprintf(c->id, sizeof(c->id), "%s", evil_text(evil_child(n, "CmdID")));
			snprintf(c->cmd, sizeof(c->cmd), "%s", n->name);
		}
	}
	dm_message_free(msg);
}

/* ------------------------------------------------------------------ what it asks for */

#define EVIL_META(name, value)	"<" name METINF ">" value "</" name ">"

static const char *const evil_uris[] = {
	"./Settings/Open/a", "./Settings/Open/b", "./Settings/Open/c/d", "./Settings/Open", "./Settings/New", "./NAP", ".",
	"./Settings/Private", "./Settings/Private/value", "./Settings/Private/new", "./DevInfo/DevId", "./DevInfo",
	"./DevDetail/SwV", "./DevDetail/URI/MaxDepth", "./DMAcc", "./DMAcc/Card", "./DMAcc/Other",
	"./DMAcc/Other/ServerID", "./DMAcc/Other/AppAuth/2/AAuthSecret", "./DMAcc/Other/AppAuth/9",
	"./DMAcc/Other/AppAuth/9/AAuthLevel", "./DMAcc/Other/AppAuth/9/AAuthSecret",
	"./DMAcc/Other/AppAddr/1/Addr", "./DMAcc/Card/AppAuth/1/AAuthSecret", "./DMAcc/Mine/ServerID",
	"./Inbox", "./Inbox/x", "./Settings/Private?prop=ACL", "./Settings/Private/value?prop=ACL", "./Settings?prop=ACL",
	".?prop=ACL", "./Settings/Private?prop=Name", "./Settings/Open/a?prop=Name", "./Settings?list=StructData",
	".?list=StructData", ".?list=TNDS", "./DMAcc?list=TNDS", "./Settings/Private?list=Struct",
	"./DMAcc/Other?prop=ACL", "./Settings/Open?prop=ACL",
};

static const char *const evil_values[] = {
	"1", "x", "", "other.example", "Get=*&amp;Replace=*&amp;Delete=*&amp;Add=*", "SRVCRED", "Private", "evil",
	"Add=dmsc.example&amp;Get=dmsc.example", "&lt;a/&gt;", "AAAA",
};

#define EVIL_TNDS \
	"<![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>%s</NodeName>" \
	"<RTProperties><ACL>Get=*&amp;Replace=*&amp;Delete=*</ACL><Format><node/></Format><Type><DDFName>%s</DDFName>" \
	"</Type></RTProperties><Node><NodeName>ServerID</NodeName><RTProperties><Format><chr/></Format><Type><MIME>" \
	"text/plain</MIME></Type></RTProperties><Value>other.example</Value></Node></Node></MgmtTree>]]>"

static const char *evil_uri(struct evil *e)
{
	return evil_uris[hostile_random(&e->h, sizeof(evil_uris) / sizeof(evil_uris[0]))];
}

static const char *evil_value(struct evil *e)
{
	return evil_values[hostile_random(&e->h, sizeof(evil_values) / sizeof(evil_values[0]))];
}

static void evil_open(struct evil *e, FILE *f, const char *cmd)
{
	fprintf(f, "<%s><CmdID>%u</CmdID>", cmd, ++e->cmd_id);
}

static void evil_item(struct evil *e, FILE *f, const char *uri, bool data)
{
	fprintf(f, "<Item><Target><LocURI>%s</LocURI></Target>", uri);
	if (hostile_chance(&e->h, 6))
		fprintf(f, "<Meta>" EVIL_META("Format", "%s") "</Meta>", hostile_chance(&e->h, 2) ? "node" : "b64");
	if (data)
		fprintf(f, "<Data>%s</Data>", evil_value(e));
	fprintf(f, "</Item>");
}

/* Add, Replace, Delete, Get, Exec on one node, or two */
static void evil_simple(struct evil *e, FILE *f)
{
	static const char *const cmds[] = { "Add", "Replace", "Replace", "Delete", "Get", "Exec" };
	const char *cmd = cmds[hostile_random(&e->h, 6)];
	bool data = *cmd == 'A' || *cmd == 'R';

	evil_open(e, f, cmd);
	evil_item(e, f, evil_uri(e), data);
	if (hostile_chance(&e->h, 4))
		evil_item(e, f, evil_uri(e), data);
	fprintf(f, "</%s>", cmd);
}

/* What it may not read to where it may. */
static void evil_copy(struct evil *e, FILE *f)
{
	static const char *const prey[] = {
		"./Settings/Private/value", "./DMAcc/Other/AppAuth/1/AAuthSecret",
		"./DMAcc/Card/AppAuth/1/AAuthSecret",
	};

	evil_open(e, f, "Copy");
	fprintf(f, "<Item><Target><LocURI>%s</LocURI></Target>",
		hostile_chance(&e->h, 2) ? evil_uri(e) : "./Settings/Open/b");
	fprintf(f, "<Source><LocURI>%s</LocURI></Source></Item></Copy>",
		hostile_chance(&e->h, 2) ? evil_uri(e) : prey[hostile_random(&e->h, 3)]);
	evil_open(e, f, "Get");
	evil_item(e, f, "./Settings/Open/b", false);
	fprintf(f, "</Get>");
}

static void evil_alert(struct evil *e, FILE *f)
{
	unsigned int i, n = hostile_random(&e->h, 6);

	evil_open(e, f, "Alert");
	fprintf(f, "<Data>%u</Data>", hostile_chance(&e->h, 4) ? 1222 + hostile_random(&e->h, 5) * 2 :
								 1100 + hostile_random(&e->h, 6));
	for (i = 0; i < n; i++)
		fprintf(f, "<Item><Data>%s</Data></Item>", i ? evil_value(e) : "MINDT=1&amp;MAXDT=9&amp;DR=1&amp;MAXLEN=3");
	fprintf(f, "</Alert>");
}

static void evil_subtree(struct evil *e, FILE *f)
{
	const char *cmd = hostile_chance(&e->h, 2) ? "Add" : "Replace";

	evil_open(e, f, cmd);
	fprintf(f, "<Item><Target><LocURI>%s</LocURI></Target><Meta>" EVIL_META("Format", "xml")
		EVIL_META("Type", "application/vnd.syncml.dmtnds+xml") "</Meta><Data>", evil_uri(e));
	fprintf(f, EVIL_TNDS, hostile_chance(&e->h, 2) ? "" : "Private",
		hostile_chance(&e->h, 2) ? "" : "urn:oma:mo:oma-dm-dmacc:1.0");
	fprintf(f, "</Data></Item></%s>", cmd);
}

/* A chunk: the first of an object, or another one, or the last. */
static void evil_chunk(struct evil *e, FILE *f, bool more)
{
	evil_open(e, f, "Replace");
	fprintf(f, "<Item><Target><LocURI>./Settings/Open/a</LocURI></Target>");
	if (!e->object_open)
		fprintf(f, "<Meta>" EVIL_META("Size", "%u") "</Meta>",
			hostile_chance(&e->h, 4) ? hostile_random(&e->h, 100000) : 30);
	fprintf(f, "<Data>0123456789</Data>%s</Item></Replace>", more ? "<MoreData/>" : "");
	e->object_open = more;
}

static void evil_any(struct evil *e, FILE *f, unsigned int depth)
{
	const char *container = hostile_chance(&e->h, 2) ? "Atomic" : "Sequence";
	unsigned int n;

	switch (hostile_random(&e->h, depth < 3 ? 12 : 10)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		evil_simple(e, f);
		return;
	case 5:
		evil_copy(e, f);
		return;
	case 6:
		evil_alert(e, f);
		return;
	case 7:
	case 8:
		evil_subtree(e, f);
		return;
	case 9:
		evil_chunk(e, f, !hostile_chance(&e->h, 3));
		return;
	}
	evil_open(e, f, container);
	for (n = 1 + hostile_random(&e->h, 4); n; n--)
		evil_any(e, f, depth + 1);
	fprintf(f, "</%s>", container);
}

static void evil_endless(struct evil *e, FILE *f)
{
	switch (e->endless) {
	case EVIL_COMMANDS_FOR_EVER:
		fprintf(f, GET("9", "./Settings/Open/a") "<Final/>");
		break;
	case EVIL_CHUNKS_FOR_EVER:
		fprintf(f, "<Replace><CmdID>9</CmdID><Item><Target><LocURI>./Settings/Open/a</LocURI></Target>");
		if (!e->object_open)
			fprintf(f, "<Meta>" EVIL_META("Size", "65536") "</Meta>");
		fprintf(f, "<Data>.</Data><MoreData/></Item></Replace>");
		e->object_open = true;
		break;
	case EVIL_NEXT_FOR_EVER:
		fprintf(f, "<Alert><CmdID>9</CmdID><Data>1222</Data></Alert>");
		break;
	case EVIL_QUESTIONS_FOR_EVER:
		fprintf(f, ASK("9", "1101") "<Final/>");
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------ what it answers */

static void evil_chal(FILE *f, bool mac)
{
	fprintf(f, "<Chal><Meta>" EVIL_META("Format", "b64") EVIL_META("Type", "syncml:auth-%s")
		EVIL_META("NextNonce", "ICEiIyQlJicoKSorLC0uLw==") "</Meta></Chal>", mac ? "MAC" : "md5");
}

static void evil_statuses(struct evil *e, FILE *f)
{
	bool refuses = e->endless == EVIL_CHALLENGES_FOR_EVER || (!e->endless && hostile_chance(&e->h, 12));
	unsigned int i;

	fprintf(f, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>", ++e->cmd_id,
		e->client_msg);
	if (refuses || e->client_mac || hostile_chance(&e->h, 3))
		evil_chal(f, e->client_mac);
	fprintf(f, "<Data>%u</Data></Status>", refuses ? 401U : e->client_mac ? 200U : 212U);
	for (i = 0; i < e->n_answers; i++)
		fprintf(f, "<Status><CmdID>%u</CmdID><MsgRef>%u</MsgRef><CmdRef>%s</CmdRef><Cmd>%s</Cmd><Data>%u"
			"</Data></Status>", ++e->cmd_id, e->client_msg, e->answers[i].id, e->answers[i].cmd,
			hostile_chance(&e->h, 8) ? 500U : 200U);
}

static void evil_header(struct evil *e, FILE *f)
{
	bool shows = e->role == EVIL_KNOWN || e->role == EVIL_WRONG_SECRET || (e->role == EVIL_LATE && e->challenged);
	char cred[DM_MD5_B64_LEN + 1];

	fprintf(f, "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
		"<SessionID>2A</SessionID><MsgID>%u</MsgID><Target><LocURI>" DEVICE_ID "</LocURI></Target><Source>"
		"<LocURI>" SERVER_URI "</LocURI><LocName>dmsc.example</LocName></Source>", ++e->msg_id);
	if (shows) {
		assert_int_equal(dm_auth_md5(e->cred.name, e->cred.secret, e->cred.nonce, e->cred.nonce_len,
					     cred), 0);
		fprintf(f, "<Cred><Meta>" EVIL_META("Format", "b64") EVIL_META("Type", "syncml:auth-md5")
			"</Meta><Data>%s</Data></Cred>", cred);
	}
	if (hostile_chance(&e->h, 3))
		fprintf(f, "<Meta>" EVIL_META("MaxMsgSize", "%u") "</Meta>", 1024 + hostile_random(&e->h, 4000));
	fprintf(f, "</SyncHdr>");
	e->proved |= shows && e->role < EVIL_STRANGERS;
}

static xmlDoc *evil_compose(struct evil *e)
{
	bool last = !e->endless && !e->packages;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned int n;
	xmlDoc *doc;

	assert_non_null(f);
	e->cmd_id = 0;
	evil_header(e, f);
	fprintf(f, "<SyncBody>");
	evil_statuses(e, f);
	if (e->endless) {
		evil_endless(e, f);
	} else {
		for (n = last ? 0 : hostile_random(&e->h, 6); n; n--)
			evil_any(e, f, 0);
		if (last || !hostile_chance(&e->h, 4))
			fprintf(f, "<Final/>");
	}
	fprintf(f, "</SyncBody></SyncML>");
	assert_int_equal(fclose(f), 0);
	doc = xmlReadMemory(text, (int)len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	free(text);
	if (e->packages)
		e->packages--;
	return doc;
}

static const char *evil_mac(struct evil *e, const void *body, size_t len, char buf[DM_HMAC_MAX])
{
	struct dm_hmac h;

	if (e->role != EVIL_MAC && e->role != EVIL_WRONG_MAC)
		return NULL;
	strcpy(h.user, e->cred.name);
	assert_int_equal(dm_auth_mac(e->cred.name, e->cred.secret, e->cred.nonce, e->cred.nonce_len, body, len,
				     h.mac), 0);
	assert_int_equal(dm_hmac_format(&h, buf, DM_HMAC_MAX), 0);
	e->proved |= e->role == EVIL_MAC;
	return buf;
}

/* Its next message, on heap of exactly that size; mac: the header that goes with it, or NULL. */
static uint8_t *evil_say(struct evil *e, size_t *len, const char **mac, char buf[DM_HMAC_MAX])
{
	xmlDoc *doc = evil_compose(e);
	unsigned int n = e->spoils && !e->endless && hostile_chance(&e->h, 2) ? 1 + hostile_random(&e->h, 3) : 0;
	xmlChar *text;
	uint8_t *p, *exact;
	int size;

	for (; n; n--)
		hostile_any_of_document(&e->h, doc);
	if (e->wbxml) {
		p = evil_to_wbxml(doc, len);
	} else {
		xmlDocDumpMemoryEnc(doc, &text, &size, "UTF-8");
		*len = (size_t)size;
		p = malloc(*len);
		memcpy(p, text, *len);
		xmlFree(text);
	}
	xmlFreeDoc(doc);
	if (e->spoils && !e->endless && hostile_chance(&e->h, 15))
		hostile_any_of_bytes(&e->h, &p, len);
	exact = malloc(*len ? *len : 1);
	memcpy(exact, p, *len);
	free(p);
	*mac = evil_mac(e, exact, *len, buf);
	return exact;
}

#endif /* DM_HOSTILE_SERVER_H */
