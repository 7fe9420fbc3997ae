// SPDX-License-Identifier: BSD-3-Clause
/*
 * Atomic beyond success and failure: the user asked in the middle of it, its statuses and the size
 * of a message, and which node made it fail (spec/oma-dm.md 8.4).
 */
#include "dm-fixture.h"

#define ATOMIC(id, members)	"<Atomic><CmdID>" id "</CmdID>" members "</Atomic>"
#define COPY(id, from, to)	"<Copy><CmdID>" id "</CmdID><Item><Target><LocURI>" to \
				"</LocURI></Target><Source><LocURI>" from "</LocURI></Source></Item></Copy>"
#define ASKING	ATOMIC("4", ADD("5", "./NAP/a", "1") ASK("6", "1101") ADD("7", "./NAP/b", "1"))

/* What others write while the user thinks is not part of the Atomic. */
static void nothing_is_open_while_asking(void **state)
{
	static const uint8_t nonce[] = "another nonce";
	struct fixture *f = *state;
	struct mo_account acc;

	assert_int_equal(run_commands(f, ASKING), DM_NEXT_WAIT_UI);
	assert_string_equal(leaf(f, "./NAP/a"), "-");
	assert_int_equal(mo_session_seen(f->tree, "dmsc.example", 0x77), 0);
	assert_int_equal(mo_account_set_nonce(f->tree, "dmsc.example", MO_CRED_CLIENT, nonce, 13), 0);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_REJECT), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 507);
	assert_int_equal(status(f, "5"), 216);
	assert_int_equal(status(f, "6"), 304);
	assert_int_equal(status(f, "7"), 215);
	assert_int_equal(mo_session_seen(f->tree, "dmsc.example", 0x77), 1);
	assert_int_equal(mo_account_load(f->tree, "dmsc.example", &acc), 0);
	assert_int_equal(acc.client.nonce_len, 13);
	mo_account_wipe(&acc);
	assert_int_equal(f->committed, 0);
}

static void done_again_once_he_agreed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ASKING), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(nth_status(f, "5", 1), 0);
	assert_int_equal(status(f, "7"), 200);
	assert_string_equal(leaf(f, "./NAP"), "a/b");
	assert_int_equal(f->committed, 1);
}

static void asked_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ATOMIC("4", ADD("5", "./NAP/a", "1") ASK("6", "1101")
		REPLACE("7", "./NAP/a", "2") ASK("8", "1101") ADD("9", "./NAP/b", "1"))), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_WAIT_UI);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_int_equal(f->asked, 2);
	assert_int_equal(status(f, "4"), 200);
	assert_string_equal(leaf(f, "./NAP/a"), "2");
	assert_int_equal(f->committed, 1);
}

/* The tree is another one when he comes back. */
static void changed_while_asking(void **state)
{
	struct mo_value v = { .data = (char *)"x", .len = 1, .format = "chr" };
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ASKING), DM_NEXT_WAIT_UI);
	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/a", &v), 200);
	assert_int_equal(dm_session_answer(f->s, f->question, DM_ANSWER_ACCEPT), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 507);
	assert_int_equal(status(f, "5"), 418);
	assert_int_equal(status(f, "7"), 215);
	assert_string_equal(leaf(f, "./NAP"), "a");
	assert_string_equal(leaf(f, "./NAP/a"), "x");
}

static void copy_is_rolled_back(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1") ATOMIC("5", COPY("6", "./NAP/a", "./NAP/b")
		     DELETE("7", "./NAP/a") DELETE("8", "./NAP/no")) ATOMIC("9", COPY("10", "./NAP/a",
		     "./NAP/c")));
	assert_int_equal(status(f, "5"), 507);
	assert_int_equal(status(f, "6"), 216);
	assert_int_equal(status(f, "7"), 216);
	assert_int_equal(status(f, "8"), 404);
	assert_int_equal(status(f, "9"), 200);
	assert_string_equal(leaf(f, "./NAP"), "a/c");
}

static enum dm_next limited(struct fixture *f, const char *limit, const char *commands)
{
	char cred[400], hdr[600], body[24000];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s<Meta><MaxMsgSize" METINF ">%s</MaxMsgSize></Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), limit);
	snprintf(body, sizeof(body), ACCEPT_1 "%s<Final/>", commands);
	return server_says(f, 1, hdr, body);
}

static void atomic_of(char *text, unsigned int first, unsigned int n)
{
	unsigned int i;

	text += sprintf(text, "<Atomic><CmdID>%u</CmdID>", first);
	for (i = 1; i <= n; i++)
		text += sprintf(text, ADD("%u", "./NAP/n%u", "x"), first + i, first + i);
	strcpy(text, "</Atomic>");
}

static void statuses_larger_than_a_message(void **state)
{
	struct fixture *f = *state;
	char text[8000];

	atomic_of(text, 100, 20);
	assert_int_equal(limited(f, "2500", text), DM_NEXT_SEND);
	assert_int_equal(status(f, "100"), 517);
	assert_int_equal(status(f, "101"), 216);
	assert_string_equal(leaf(f, "./NAP"), "");
	assert_int_equal(f->committed, 0);
}

/* They would not fit behind what comes before them: they go to the next message as a whole. */
static void statuses_stay_together(void **state)
{
	struct fixture *f = *state;
	char text[16000];

	atomic_of(text, 100, 8);
	atomic_of(text + strlen(text), 200, 8);
	assert_int_equal(limited(f, "2500", text), DM_NEXT_SEND);
	assert_int_equal(status(f, "108"), 200);
	assert_int_equal(status(f, "200"), 0);
	assert_int_equal(server_says(f, 2, "", "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "200"), 200);
	assert_int_equal(status(f, "208"), 200);
	assert_true(says(f, "<Final/>"));
}

/* An implicit parent that cannot be: the Status names it. */
static void the_node_that_failed(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "leaf") ADD("5", "./NAP/a/b/c", "1")
		     ATOMIC("6", ADD("7", "./NAP/x", "1") ADD("8", "./NAP/a/b/c", "1")));
	assert_int_equal(status(f, "5"), 405);
	assert_int_equal(status(f, "6"), 507);
	assert_int_equal(status(f, "7"), 216);
	assert_true(says(f, "<CmdRef>5</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/a/b/c</TargetRef>"
			 "<Data>405</Data><Item><Target><LocURI>./NAP/a/b</LocURI></Target></Item></Status>"));
	assert_true(says(f, "<CmdRef>8</CmdRef><Cmd>Add</Cmd><TargetRef>./NAP/a/b/c</TargetRef>"
			 "<Data>405</Data><Item><Target><LocURI>./NAP/a/b</LocURI></Target></Item></Status>"));
}

/* ---------------------------------------------------------- the old state does not come back */

static int stuck_undo(void *ctx)
{
	return -5;
}

static int stuck_commit(void *ctx, char *msg, size_t msg_len)
{
	return MO_OK;
}

static int refuse_commit(void *ctx, char *msg, size_t msg_len)
{
	return MO_DEVICE_FULL;
}

static const struct mo_provider_ops refusing_ops = { .name = "refusing", .commit = refuse_commit };
static const struct mo_provider_ops stuck_ops = {
	.name = "stuck", .commit = stuck_commit, .undo = stuck_undo,
};

/* The one mounted last commits first, and cannot go back when the other refuses. */
static void rollback_fails(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mo_tree_mount(f->tree, "./Refusing", &refusing_ops, NULL), 0);
	assert_int_equal(mo_tree_mount(f->tree, "./Stuck", &stuck_ops, NULL), 0);
	run_commands(f, ATOMIC("4", ADD("5", "./Stuck/a", "1") ADD("6", "./Refusing/a", "1")));
	assert_int_equal(status(f, "4"), 507);
	assert_int_equal(status(f, "5"), 516);
	assert_int_equal(status(f, "6"), 516);
	assert_string_equal(leaf(f, "./Stuck"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_is_open_while_asking),
		T(done_again_once_he_agreed),
		T(asked_twice),
		T(changed_while_asking),
		T(copy_is_rolled_back),
		T(statuses_larger_than_a_message),
		T(statuses_stay_together),
		T(the_node_that_failed),
		T(rollback_fails),
	};

	return cmocka_run_group_tests_name("dm_atomic", tests, NULL, NULL);
}
