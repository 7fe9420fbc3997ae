// SPDX-License-Identifier: BSD-3-Clause
/*
 * libwbxml as the second opinion, by its tools xml2wbxml and wbxml2xml: what they make of XML
 * messages is read like the XML, and what the engine writes in WBXML they turn into what it writes
 * in XML. Without the tools (Debian: libwbxml2-utils) the tests are skipped.
 */
#include "dm-fixture.h"

#include <glob.h>
#include <unistd.h>

#include "dm/node.h"
#include "dm/syncml.h"

#define DOCTYPE "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" \"none.dtd\">"
#define CORPUS	"/../fuzz/corpus/fuzz_syncml/seed-*"	/* from here */

struct blob {
	char *p;
	size_t len;
};

static char folder[] = "/tmp/dm-oracle-XXXXXX";

static bool has_tools(void)
{
	return !system("command -v xml2wbxml wbxml2xml >/dev/null 2>&1");
}

static const char *path(const char *name)
{
	static char text[2][64];
	static unsigned int turn;

	turn ^= 1;
	snprintf(text[turn], sizeof(text[turn]), "%s/%s", folder, name);
	return text[turn];
}

static struct blob slurp(const char *file)
{
	struct blob b = { NULL, 0 };
	FILE *f = fopen(file, "rb");
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	b.p = malloc((size_t)size + 1);
	b.len = fread(b.p, 1, (size_t)size, f);
	assert_int_equal(b.len, size);
	b.p[b.len] = '\0';
	fclose(f);
	return b;
}

static void put(const char *name, const char *before, const void *data, size_t len)
{
	FILE *f = fopen(path(name), "wb");

	assert_non_null(f);
	fputs(before, f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Runs a tool from the file "in" to the file "out"; p is NULL if it does not succeed. */
static struct blob convert(const char *tool, const char *before, const void *data, size_t len)
{
	struct blob none = { NULL, 0 };
	char command[300];

	put("in", before, data, len);
	unlink(path("out"));
	snprintf(command, sizeof(command), "%s -o %s/out %s/in >%s/log 2>&1", tool, folder, folder,
		 folder);
	if (system(command) || access(path("out"), R_OK))
		return none;
	return slurp(path("out"));
}

static int setup_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown_folder(void **state)
{
	unlink(path("in"));
	unlink(path("out"));
	unlink(path("log"));
	return rmdir(folder);
}

/* ------------------------------------------------------------ reading their WBXML */

static void same_text(const char *a, const char *b, const char *where)
{
	if (a != b && (!a || !b || strcmp(a, b)))
		fail_msg("%s: \"%s\" and \"%s\"", where, a ? a : "none", b ? b : "none");
}

/* libwbxml calls every subtree one of WBXML. */
static void same_meta(const struct dm_meta *a, const struct dm_meta *b)
{
	same_text(a->format, b->format, "Format");
	same_text(a->size, b->size, "Size");
	same_text(a->mark, b->mark, "Mark");
	same_text(a->next_nonce, b->next_nonce, "NextNonce");
	same_text(a->max_msg_size, b->max_msg_size, "MaxMsgSize");
	same_text(a->max_obj_size, b->max_obj_size, "MaxObjSize");
	if (!a->type || !dm_tnds_is_type(a->type))
		same_text(a->type, b->type, "Type");
}

static struct mo_value value_of(const struct dm_cmd *cmd, const struct dm_item *item)
{
	const char *type = item->meta.type ? item->meta.type : cmd->meta.type;
	struct mo_value v = { .data = malloc(item->data_len + 1), .len = item->data_len };

	memcpy(v.data, item->data, item->data_len + 1);
	if (type && dm_tnds_is_type(type))
		assert_int_equal(dm_tnds_to_xml(&v), 0);
	return v;
}

static void same_items(const struct dm_cmd *a, const struct dm_cmd *b)
{
	const struct dm_item *i, *k;

	for (i = a->items, k = b->items; i && k; i = i->next, k = k->next) {
		same_text(i->target, k->target, "Target");
		same_text(i->source, k->source, "Source");
		same_meta(&i->meta, &k->meta);
		assert_int_equal(i->more_data, k->more_data);
		assert_int_equal(!i->data, !k->data);
		if (i->data) {
			struct mo_value v = value_of(a, i), w = value_of(b, k);

			same_text(v.data, w.data, "Data");
			assert_int_equal(v.len, w.len);
			mo_value_clear(&v);
			mo_value_clear(&w);
		}
	}
	assert_true(!i && !k);
}

static void same_commands(const struct dm_cmd *a, const struct dm_cmd *b)
{
	for (; a && b; a = a->next, b = b->next) {
		same_text(a->name, b->name, "command");
		same_text(a->cmd_id, b->cmd_id, "CmdID");
		same_text(a->data, b->data, "Data");
		same_text(a->correlator, b->correlator, "Correlator");
		same_text(a->defect, b->defect, "defect");
		same_meta(&a->meta, &b->meta);
		same_items(a, b);
		same_commands(a->members, b->members);
	}
	assert_true(!a && !b);
}

static void same_messages(const struct dm_message *a, const struct dm_message *b)
{
	const struct dm_in_status *s, *t;

	same_text(a->hdr.session_id, b->hdr.session_id, "SessionID");
	same_text(a->hdr.msg_id, b->hdr.msg_id, "MsgID");
	same_text(a->hdr.target, b->hdr.target, "Target");
	same_text(a->hdr.source, b->hdr.source, "Source");
	same_text(a->hdr.source_name, b->hdr.source_name, "LocName");
	same_text(a->hdr.resp_uri, b->hdr.resp_uri, "RespURI");
	same_text(a->hdr.cred.data, b->hdr.cred.data, "Cred");
	same_meta(&a->hdr.cred.meta, &b->hdr.cred.meta);
	same_meta(&a->hdr.meta, &b->hdr.meta);
	for (s = a->statuses, t = b->statuses; s && t; s = s->next, t = t->next) {
		same_text(s->msg_ref, t->msg_ref, "MsgRef");
		same_text(s->cmd_ref, t->cmd_ref, "CmdRef");
		same_text(s->cmd, t->cmd, "Cmd");
		same_text(s->data, t->data, "Data");
		same_meta(&s->chal, &t->chal);
	}
	assert_true(!s && !t);
	assert_int_equal(a->final, b->final);
	same_commands(a->cmds, b->cmds);
}

static struct dm_message *read_message(enum dm_encoding encoding, const void *p, size_t len,
				       const char *file)
{
	struct dm_message *msg = NULL;
	char why[160] = "";

	if (dm_syncml_parse(encoding, p, len, &msg, why, sizeof(why)))
		fail_msg("%s: %s", file, why);
	return msg;
}

/* True if xml2wbxml takes the message: it knows no elements but those of SyncML. */
static bool check_message(const char *file, const char *tool)
{
	struct blob xml = slurp(file), wbxml = convert(tool, DOCTYPE, xml.p, xml.len);
	struct dm_message *a, *b;

	if (wbxml.p) {
		a = read_message(DM_ENCODING_XML, xml.p, xml.len, file);
		b = read_message(DM_ENCODING_WBXML, wbxml.p, wbxml.len, file);
		same_messages(a, b);
		dm_message_free(a);
		dm_message_free(b);
	}
	free(xml.p);
	free(wbxml.p);
	return wbxml.p;
}

/* Every way that xml2wbxml has to write one and the same, over all messages of the fuzz corpus. */
static void their_wbxml_is_read(void **state)
{
	static const char *const tools[] = {
		"xml2wbxml", "xml2wbxml -n -v 1.1", "xml2wbxml -v 1.2", "xml2wbxml -n -a",
	};
	unsigned int taken = 0;
	char pattern[4096];
	glob_t files;
	size_t i, k;

	if (!has_tools())
		skip();
	snprintf(pattern, sizeof(pattern), "%.*s" CORPUS, (int)(strrchr(__FILE__, '/') - __FILE__),
		 __FILE__);
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (i = 0; i < files.gl_pathc; i++) {
		for (k = 0; k < sizeof(tools) / sizeof(tools[0]); k++)
			taken += check_message(files.gl_pathv[i], tools[k]);
	}
	/* all but the one with an unknown command, of which it cannot make anything each time */
	assert_true(taken >= (files.gl_pathc - 1) * 4);
	assert_true(files.gl_pathc >= 15);
	globfree(&files);
}

/* ------------------------------------------------------------- writing WBXML for them */

static void same_nodes(const struct dm_node *a, const struct dm_node *b)
{
	for (; a && b; a = a->next, b = b->next) {
		same_text(a->name, b->name, "element");
		same_text(a->space, b->space, "namespace");
		if (!a->name) {
			same_text(a->text, b->text, "text");
			continue;
		}
		same_nodes(a->first, b->first);
	}
	if (a || b)
		fail_msg("%s is left over", (a ? a : b)->name ? (a ? a : b)->name : (a ? a : b)->text);
}

static void same_documents(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct dm_message *ma = dm_message_new(), *mb = dm_message_new();
	struct dm_document da, db;
	char why[160] = "";

	dm_document_init(&da, ma);
	dm_document_init(&db, mb);
	dm_xml_read(&da, a, a_len, why, sizeof(why));
	dm_xml_read(&db, b, b_len, why, sizeof(why));
	if (da.err || db.err)
		fail_msg("%s", why);
	same_nodes(da.root, db.root);
	dm_message_free(ma);
	dm_message_free(mb);
}

/* The same session twice, in XML and in WBXML. */
struct pair {
	struct fixture xml, wbxml;
};

static void open_pair(struct pair *p)
{
	fixture_open(&p->xml);
	fixture_session(&p->xml);
	assert_int_equal(start_2a(&p->xml), DM_NEXT_SEND);
	fixture_open(&p->wbxml);
	strcpy(p->wbxml.acc.encoding, "wbxml");
	fixture_session(&p->wbxml);
	assert_int_equal(start_2a(&p->wbxml), DM_NEXT_SEND);
}

static void close_pair(struct pair *p)
{
	struct fixture *f;

	for (f = &p->xml; f; f = f == &p->xml ? &p->wbxml : NULL) {
		dm_session_free(f->s);
		mo_tree_close(f->tree);
		mo_account_wipe(&f->acc);
	}
}

/* What the two are about to send means the same. */
static void same_output(struct pair *p)
{
	const void *a, *b;
	const char *uri, *type;
	size_t a_len, b_len;
	struct blob xml;

	dm_session_output(p->xml.s, &uri, &type, &a, &a_len);
	assert_string_equal(type, DM_CONTENT_TYPE_XML);
	dm_session_output(p->wbxml.s, &uri, &type, &b, &b_len);
	assert_string_equal(type, DM_CONTENT_TYPE_WBXML);
	assert_true(b_len < a_len);
	xml = convert("wbxml2xml -m 0 -k", "", b, b_len);
	assert_non_null(xml.p);
	same_documents(a, a_len, xml.p, xml.len);
	free(xml.p);
}

/* The server says the same to both. */
static void both_hear(struct pair *p, const char *commands)
{
	char cred[400], body[20000];
	enum dm_next a, b;
	struct blob wbxml;
	const char *xml;

	snprintf(body, sizeof(body), ACCEPT_1 "%s<Final/>", commands);
	/* the nonces of both are the same, as the random numbers are known */
	xml = compose(&p->xml, 1, server_cred(cred, p->xml.acc.server.nonce, 16, "CardSecret1"), body);
	wbxml = convert("xml2wbxml", DOCTYPE, xml, strlen(xml));
	assert_non_null(wbxml.p);
	fixture_next_random = 0xd0;
	a = dm_session_input(p->xml.s, DM_CONTENT_TYPE_XML, xml, strlen(xml));
	fixture_next_random = 0xd0;
	b = dm_session_input(p->wbxml.s, DM_CONTENT_TYPE_WBXML, wbxml.p, wbxml.len);
	free(wbxml.p);
	assert_int_equal(a, b);
	while (a == DM_NEXT_WAIT_UI) {
		a = dm_session_answer(p->xml.s, p->xml.question, DM_ANSWER_ACCEPT);
		b = dm_session_answer(p->wbxml.s, p->wbxml.question, DM_ANSWER_ACCEPT);
		assert_int_equal(a, b);
	}
	assert_int_equal(a, DM_NEXT_SEND);
}

static void check_commands(const char *commands)
{
	struct pair *p = malloc(sizeof(*p));

	open_pair(p);
	same_output(p);		/* package 1, with Cred and DevInfo */
	both_hear(p, commands);
	same_output(p);
	close_pair(p);
	free(p);
}

static void our_wbxml_is_read(void **state)
{
	static const char *const all[] = {
		ADD("4", "./NAP/a", "1") ADD("5", "./NAP/a", "1") REPLACE("6", "./NAP/a", "&lt;&amp;\xc3\xa4")
		GET("7", "./NAP/a") GET("8", "./NAP") GET("9", "./Nope") DELETE("10", "./NAP/a")
		EXEC("11", "./NAP"),
		"<Atomic><CmdID>4</CmdID>" ADD("5", "./NAP/a", "1") REPLACE("6", "./NAP/b", "1") "</Atomic>"
		"<Sequence><CmdID>7</CmdID>" ASK("8", "1101") ADD("9", "./NAP/c", "1") "</Sequence>",
		"<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target><Meta><Format" METINF
		">chr</Format><Size" METINF ">99</Size></Meta><Data>first</Data><MoreData/></Item></Add>",
		GET("4", "./DevInfo?list=TNDS-TStamp") GET("5", "./DevInfo?list=StructData") GET("6", "./NAP?prop=ACL"),
	};
	size_t i;

	if (!has_tools())
		skip();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_commands(all[i]);
}

/* All elements there are, on their pages: the tables agree. */
static void tables_agree(void **state)
{
	struct dm_message *msg;
	struct dm_document doc;
	struct blob wbxml;
	char xml[6000];
	const char *name;
	unsigned int token;
	const struct dm_node *n;
	size_t len;

	if (!has_tools())
		skip();
	len = (size_t)sprintf(xml, "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><Meta>");
	for (token = 5; token < 0x40; token++) {
		name = dm_tag_name(DM_PAGE_METINF, token);
		if (name)
			len += (size_t)sprintf(xml + len, "<%s" METINF "/>", name);
	}
	len += (size_t)sprintf(xml + len, "</Meta></SyncHdr><SyncBody>");
	for (token = 5; token < 0x40; token++) {
		name = dm_tag_name(DM_PAGE_SYNCML, token);
		if (name)
			len += (size_t)sprintf(xml + len, "<%s/>", name);
	}
	sprintf(xml + len, "</SyncBody></SyncML>");
	wbxml = convert("xml2wbxml", DOCTYPE, xml, strlen(xml));
	assert_non_null(wbxml.p);
	msg = dm_message_new();
	dm_document_init(&doc, msg);
	dm_wbxml_read(&doc, (const uint8_t *)wbxml.p, wbxml.len);
	assert_int_equal(doc.err, 0);
	n = doc.root->first->first->first;
	for (token = 5; token < 0x40; token++) {
		if (dm_tag_name(DM_PAGE_METINF, token)) {
			assert_string_equal(n->name, dm_tag_name(DM_PAGE_METINF, token));
			n = n->next;
		}
	}
	assert_null(n);
	n = doc.root->last->first;
	for (token = 5; token < 0x40; token++) {
		if (dm_tag_name(DM_PAGE_SYNCML, token)) {
			assert_string_equal(n->name, dm_tag_name(DM_PAGE_SYNCML, token));
			n = n->next;
		}
	}
	assert_null(n);
	dm_message_free(msg);
	free(wbxml.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(their_wbxml_is_read),
		cmocka_unit_test(our_wbxml_is_read),
		cmocka_unit_test(tables_agree),
	};

	return cmocka_run_group_tests_name("dm_oracle", tests, setup_folder, teardown_folder);
}
