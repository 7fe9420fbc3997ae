// SPDX-License-Identifier: BSD-3-Clause
/*
 * Packages and messages (spec/oma-dm.md 2.4): the reference run, and what is taken from peers that
 * write things otherwise (12.1).
 */
#include "dm-fixture.h"

#define HDR_STATUS(msg) \
	"<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>212</Data></Status>"
#define NEXT	"<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>"

static enum dm_next limited(struct fixture *f, const char *limit, const char *body)
{
	char cred[400], hdr[600];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s<Meta><MaxMsgSize" METINF ">%s</MaxMsgSize></Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), limit);
	return server_says(f, 1, hdr, body);
}

/* 1, 2, 3 in two messages, 4 in three with an object in chunks, 3, 4, 3, and the end. */
static void reference_run(void **state)
{
	struct fixture *f = *state;
	char body[4000] = ACCEPT_1;
	unsigned int i;

	for (i = 10; i < 19; i++)
		sprintf(body + strlen(body), ADD("%u", "./NAP/n%u", "%u"), i, i, i);
	strcat(body, "<Final/>");
	assert_int_equal(limited(f, "1700", body), DM_NEXT_SEND);
	assert_int_equal(status(f, "10"), 200);
	assert_int_equal(status(f, "18"), 0);
	assert_false(says(f, "<Final/>"));
	assert_int_equal(server_says(f, 2, "", HDR_STATUS("2") NEXT), DM_NEXT_SEND);
	assert_int_equal(status(f, "2"), 200);
	assert_int_equal(status(f, "18"), 200);
	assert_true(says(f, "<Final/>"));
	assert_int_equal(server_says(f, 3, "", HDR_STATUS("3") "<Replace><CmdID>4</CmdID><Item><Target>"
				     "<LocURI>./NAP/n10</LocURI></Target><Meta><Size" METINF ">6</Size>"
				     "</Meta><Data>abc</Data><MoreData/></Item></Replace>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 213);
	assert_true(says(f, "<Data>1222</Data></Alert></SyncBody>"));
	assert_int_equal(server_says(f, 4, "", HDR_STATUS("4") "<Status><CmdID>2</CmdID><MsgRef>4</MsgRef>"
				     "<CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>"
				     REPLACE("4", "./NAP/n10", "def") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_true(says(f, "<Final/>"));
	assert_string_equal(leaf(f, "./NAP/n10"), "abcdef");
	assert_int_equal(server_says(f, 5, "", HDR_STATUS("5") GET("4", "./NAP/n10") "<Final/>"),
			 DM_NEXT_SEND);
	assert_true(says(f, "<Data>abcdef</Data></Item></Results><Final/>"));
	assert_int_equal(server_says(f, 6, "", HDR_STATUS("6") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
}

static void alerts_nobody_knows(void **state)
{
	static const unsigned int codes[] = { 1105, 1199, 1202, 1221, 1227, 1299, 1, 9999 };
	struct fixture *f = *state;
	char body[2000] = "", id[8];
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		sprintf(body + strlen(body), "<Alert><CmdID>%zu</CmdID><Data>%u</Data><Item/><Item><Data>x"
			"</Data></Item></Alert>", 10 + i, codes[i]);
	assert_int_equal(run_commands(f, body), DM_NEXT_SEND);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		sprintf(id, "%zu", 10 + i);
		assert_int_equal(status(f, id), 406);
	}
	assert_int_equal(f->asked, 0);
}

/* MetInf elements in any order, with the namespace or without. */
static void meta_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct mo_value v = { 0 };

	run_commands(f, "<Add><CmdID>4</CmdID><Item><Target><LocURI>./NAP/a</LocURI></Target><Meta>"
		     "<Type>text/x-own</Type><EMI>x</EMI><Format>int</Format></Meta><Data>1</Data></Item></Add>");
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(mo_tree_get(f->tree, NULL, "./NAP/a", &v), 200);
	assert_string_equal(v.format, "int");
	assert_string_equal(v.type, "text/x-own");
	mo_value_clear(&v);
}

static void blanks_around_texts(void **state)
{
	struct fixture *f = *state;

	run_commands(f, "<Add><CmdID> 4\n</CmdID><Item><Target><LocURI>\n  NAP/a\t</LocURI></Target><Meta>"
		     "<Format> chr </Format></Meta><Data>1</Data></Item></Add>");
	assert_int_equal(status(f, "4"), 200);
	assert_string_equal(leaf(f, "./NAP/a"), "1");
}

/* ------------------------------------------------------------ subtrees and properties */

static void list_struct(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/x/a", "one") ADD("5", "./NAP/x/b", "two")
		     GET("6", "./NAP/x?list=Struct") GET("7", "./NAP/x?list=StructData")
		     GET("8", "./NAP/none?list=Struct") GET("9", "./NAP/x?list=Other"));
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 200);
	assert_int_equal(status(f, "8"), 404);
	assert_int_equal(status(f, "9"), 406);
	assert_true(says(f, "<CmdRef>6</CmdRef><Item><Source><LocURI>./NAP/x/a</LocURI></Source><Meta>"
			 "<Format" METINF ">chr</Format><Type" METINF ">text/plain</Type></Meta></Item>"));
	assert_true(says(f, "<CmdRef>7</CmdRef><Item><Source><LocURI>./NAP/x/b</LocURI></Source><Meta>"
			 "<Format" METINF ">chr</Format><Type" METINF ">text/plain</Type></Meta>"
			 "<Data>two</Data></Item>"));
	assert_true(says(f, "<CmdRef>7</CmdRef><Item><Source><LocURI>./NAP/x</LocURI></Source><Meta>"
			 "<Format" METINF ">node</Format><Type" METINF ">text/plain</Type></Meta></Item>"));
}

/* Too much to be held: 413, and none of it. */
static void list_too_large(void **state)
{
	char *big = calloc(1, 100000);
	struct mo_value v = { .data = big, .len = 100000, .format = "bin" };
	struct fixture *f = *state;
	char uri[20];
	int i;

	for (i = 0; i < 4; i++) {
		sprintf(uri, "./NAP/n%d", i);
		assert_int_equal(mo_tree_add(f->tree, NULL, uri, &v), 200);
	}
	free(big);
	run_commands(f, GET("4", "./NAP?list=StructData") GET("5", "./NAP?list=Struct"));
	assert_int_equal(status(f, "4"), 413);
	assert_false(says(f, "<CmdRef>4</CmdRef><Item>"));
	assert_int_equal(status(f, "5"), 200);
}

static void properties(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "one") GET("5", "./NAP/a?prop=Format")
		     REPLACE("6", "./NAP/a?prop=Name", "b") GET("7", "./NAP/b"));
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 200);
	assert_true(says(f, "<Source><LocURI>./NAP/a?prop=Format</LocURI></Source>"));
	assert_string_equal(leaf(f, "./NAP"), "b");
}

static void tnds_of_a_subtree(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/t/a", "v") GET("5", "./NAP/t?list=TNDS"));
	assert_int_equal(status(f, "5"), 200);
	assert_true(says(f, "application/vnd.syncml.dmtnds+xml</Type>"));
	assert_true(says(f, "&lt;Value&gt;v&lt;/Value&gt;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reference_run),
		T(alerts_nobody_knows),
		T(meta_in_any_order),
		T(blanks_around_texts),
		T(list_struct),
		T(list_too_large),
		T(properties),
		T(tnds_of_a_subtree),
	};

	return cmocka_run_group_tests_name("dm_packages", tests, NULL, NULL);
}
