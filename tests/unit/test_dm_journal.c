// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is told later (spec/oma-dm.md 5.5 and section 4 of the project brief): results of a session
 * that was lost, jobs that end after their Exec, client events.
 */
#include "dm-fixture.h"

#include <errno.h>

#define RESULT_ALERT(correlator, data) \
	"<Data>1226</Data><Correlator>" correlator "</Correlator><Item><Meta><Format" METINF \
	">chr</Format><Type" METINF ">" DM_RESULT_TYPE "</Type><Mark" METINF ">informational</Mark>" \
	"</Meta><Data>" data "</Data></Item></Alert>"
#define HDR_STATUS(msg) \
	"<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
	"<Data>212</Data></Status>"
#define ALERT_STATUS(msg, ref, code) \
	"<Status><CmdID>2</CmdID><MsgRef>" msg "</MsgRef><CmdRef>" ref "</CmdRef><Cmd>Alert</Cmd>" \
	"<Data>" code "</Data></Status>"

static int count_one(void *arg, const struct mo_pending *p)
{
	++*(unsigned int *)arg;
	return 0;
}

static unsigned int pending(struct fixture *f)
{
	unsigned int n = 0;

	assert_int_equal(mo_pending_each(f->tree, "dmsc.example", count_one, &n), 0);
	return n;
}

/* A new session, with the nonces that the last one left. */
static void again(struct fixture *f)
{
	dm_session_free(f->s);
	assert_int_equal(mo_account_load(f->tree, "dmsc.example", &f->acc), 0);
	fixture_session(f);
}

static enum dm_next accepted(struct fixture *f, const char *body)
{
	char cred[400], text[4000];

	snprintf(text, sizeof(text), ACCEPT_1 "%s<Final/>", body);
	return server_says(f, 1, server_cred(cred, f->acc.server.nonce, f->acc.server.nonce_len,
					     "CardSecret1"), text);
}

static void lost_results_are_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_commands(f, ADD("4", "./NAP/a", "1") REPLACE("5", "./NAP/no", "1")
				      "<Atomic><CmdID>6</CmdID>" ADD("7", "./NAP/b", "1")
				      ADD("8", "./NAP/c", "1") "</Atomic>"), DM_NEXT_SEND);
	assert_int_equal(pending(f), 2);	/* what was done; the other is no news yet */
	dm_session_lost(f->s);
	assert_int_equal(pending(f), 3);
	again(f);
	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	/* behind the alert that opens the session and DevInfo */
	assert_true(says(f, "</Replace><Alert><CmdID>3</CmdID>" RESULT_ALERT("2A/1/4", "Add 200 ./NAP/a")));
	assert_true(says(f, RESULT_ALERT("2A/1/6", "Atomic 200\nAdd 200 ./NAP/b\nAdd 200 ./NAP/c")));
	assert_true(says(f, "<CmdID>5</CmdID>" RESULT_ALERT("2A/1/5", "Replace 404 ./NAP/no") "<Final/>"));
	assert_int_equal(accepted(f, ALERT_STATUS("1", "3", "200") ALERT_STATUS("1", "4", "202")
				  ALERT_STATUS("1", "5", "500")), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_OK);
	assert_int_equal(pending(f), 1);	/* 500 may be gone the next time */
}

/* The process dies: nobody says "lost". */
static void crash_after_the_commit(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1"));
	again(f);	/* freed in the middle */
	assert_int_equal(pending(f), 1);
	start_2a(f);
	assert_true(says(f, RESULT_ALERT("2A/1/4", "Add 200 ./NAP/a")));
}

static void nothing_is_kept_of_what_was_heard(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1") ADD("5", "./NAP/a", "1"));
	assert_int_equal(pending(f), 1);
	assert_int_equal(server_says(f, 2, "", HDR_STATUS("2") ADD("4", "./NAP/b", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(pending(f), 1);	/* of the second message */
	assert_int_equal(dm_session_input(f->s, NULL, NULL, 0), DM_NEXT_DONE);
	assert_int_equal(pending(f), 0);
}

static void refused_commits_are_not_told_as_done(void **state)
{
	struct fixture *f = *state;

	f->prepare_status = MO_DEVICE_FULL;
	run_commands(f, ADD("4", "./NAP/a", "1")
		     "<Atomic><CmdID>5</CmdID>" ADD("6", "./NAP/b", "1") "</Atomic>");
	assert_int_equal(pending(f), 0);
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_true(says(f, RESULT_ALERT("2A/1/4", "Add 420 ./NAP/a")));
	assert_true(says(f, RESULT_ALERT("2A/1/5", "Atomic 507")));
	assert_true(says(f, RESULT_ALERT("2A/1/6", "Add 216 ./NAP/b")));
}

/* A stranger learns nothing that it could have others forget. */
static void a_stranger_cannot_take_them(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1"));
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_int_equal(server_says(f, 1, "", ACCEPT_1 ALERT_STATUS("1", "3", "200")
				     ADD("9", "./NAP/x", "1") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "9"), 407);
	assert_int_equal(pending(f), 1);
	dm_session_lost(f->s);
	assert_int_equal(pending(f), 1);	/* 407 is nothing to tell a server that is known */
}

static void refused_for_good(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1"));
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	accepted(f, ALERT_STATUS("1", "3", "406"));
	assert_int_equal(pending(f), 0);
	assert_non_null(strstr(f->log, "refuses an alert with 406"));
}

/* Package 1 again, after a challenge: with the alerts. */
static void told_again_after_a_challenge(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1"));
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_int_equal(server_says(f, 1, "", "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef>"
				     "<Cmd>SyncHdr</Cmd><Chal><Meta><Format" METINF ">b64</Format><Type"
				     METINF ">syncml:auth-md5</Type><NextNonce" METINF ">AAEC</NextNonce>"
				     "</Meta></Chal><Data>401</Data></Status><Final/>"), DM_NEXT_SEND);
	assert_true(says(f, RESULT_ALERT("2A/1/4", "Add 200 ./NAP/a")));
	assert_true(says(f, "<Data>1200</Data>"));
}

/* More than package 1 should hold: the rest goes with the next messages, Final in the last. */
static void many_results(void **state)
{
	struct fixture *f = *state;
	struct dm_event e = { .type = "Reversed-Domain-Name: org.example.x", .format = "chr",
			      .data = "0", .len = 1 };
	char text[3000];
	unsigned int i, seen = 0;
	const char *p;

	memset(text, 'x', sizeof(text));
	e.data = text;
	e.len = sizeof(text);
	for (i = 0; i < 5; i++)
		assert_int_equal(dm_alert_queue(f->tree, "dmsc.example", &e), 0);
	start_2a(f);
	for (p = output(f); (p = strstr(p, "<Data>1226</Data>")); p++)
		seen++;
	assert_int_equal(seen, 2);
	assert_true(says(f, "<Final/>"));
	/* the server has nothing to say, but we do */
	assert_int_equal(accepted(f, ALERT_STATUS("1", "3", "200")), DM_NEXT_SEND);
	for (p = output(f); (p = strstr(p, "<Data>1226</Data>")); p++)
		seen++;
	assert_int_equal(seen, 5);
	assert_int_equal(pending(f), 4);
}

static void values_are_not_repeated(void **state)
{
	struct fixture *f = *state;

	run_commands(f, GET("4", "./DevDetail/SwV"));
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_true(says(f, RESULT_ALERT("2A/1/4", "Get 200 ./DevDetail/SwV")));
	assert_false(says(f, "1.4.2"));
}

static void aborted_by_the_server(void **state)
{
	struct fixture *f = *state;

	run_commands(f, ADD("4", "./NAP/a", "1"));
	assert_int_equal(server_says(f, 2, "", HDR_STATUS("2") "<Alert><CmdID>2</CmdID><Data>1223</Data>"
				     "</Alert><Final/>"), DM_NEXT_DONE);
	assert_int_equal(pending(f), 1);
}

/* ----------------------------------------------------------------------- Exec */

static struct mo_job last_job;

static int job_exec(void *ctx, const struct mo_job *job, const char *rel, const struct mo_value *arg)
{
	last_job = *job;
	return 202;
}

static const struct mo_provider_ops job_ops = { .name = "job", .exec_job = job_exec };

static void exec_that_takes_long(void **state)
{
	struct dm_event e = { .source = "./Job", .type = "Reversed-Domain-Name: example.dmsc.netapply",
			      .format = "int", .mark = "informational", .data = "0", .len = 1 };
	struct fixture *f = *state;

	assert_int_equal(mo_tree_mount(f->tree, "./Job", &job_ops, NULL), 0);
	run_commands(f, EXEC("4", "./Job") "<Exec><CmdID>5</CmdID><Correlator>job-17</Correlator><Item>"
		     "<Target><LocURI>./Job</LocURI></Target></Item></Exec>");
	assert_int_equal(status(f, "4"), 202);
	assert_int_equal(status(f, "5"), 202);
	assert_string_equal(last_job.correlator, "job-17");
	assert_int_equal(server_says(f, 2, "", HDR_STATUS("2") "<Final/>"), DM_NEXT_DONE);
	assert_int_equal(pending(f), 0);
	/* now the job ends */
	e.correlator = last_job.correlator;
	assert_int_equal(dm_alert_queue(f->tree, "dmsc.example", &e), 0);
	again(f);
	start_2a(f);
	/* spec/oma-dm.md 11.5 */
	assert_true(says(f, "<Alert><CmdID>3</CmdID><Data>1226</Data><Correlator>job-17</Correlator>"
			 "<Item><Source><LocURI>./Job</LocURI></Source><Meta><Format" METINF ">int</Format>"
			 "<Type" METINF ">Reversed-Domain-Name: example.dmsc.netapply</Type><Mark" METINF
			 ">informational</Mark></Meta><Data>0</Data></Item></Alert><Final/>"));
}

static struct fixture *executing;

/* As if the process died while the job ran: what the journal holds then. */
static int looking_exec(void *ctx, const struct mo_job *job, const char *rel,
			const struct mo_value *arg)
{
	assert_int_equal(pending(executing), 1);
	assert_string_equal(job->correlator, "2A/1/4");
	return 200;
}

static const struct mo_provider_ops looking_ops = { .name = "job", .exec_job = looking_exec };

static void exec_is_noted_before_it_begins(void **state)
{
	struct fixture *f = *state;

	executing = f;
	assert_int_equal(mo_tree_mount(f->tree, "./Job", &looking_ops, NULL), 0);
	run_commands(f, EXEC("4", "./Job"));
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(pending(f), 1);
	dm_session_lost(f->s);
	again(f);
	start_2a(f);
	assert_true(says(f, RESULT_ALERT("2A/1/4", "Exec 200 ./Job")));
}

/* --------------------------------------------------------------------- events */

static void client_event(void **state)
{
	struct fixture *f = *state;
	struct dm_event e = { .type = "text/plain", .format = "chr", .data = "low battery", .len = 11 };

	assert_int_equal(dm_session_add_event(f->s, &e), 0);
	start_2a(f);
	assert_true(says(f, "</Replace><Alert><CmdID>3</CmdID><Data>1224</Data><Item><Meta><Format" METINF
			 ">chr</Format><Type" METINF ">text/plain</Type></Meta><Data>low battery</Data>"
			 "</Item></Alert><Final/>"));
	/* and in package 3 */
	e.source = "./DevInfo";
	e.correlator = "c";
	e.mark = "fatal";
	assert_int_equal(dm_session_add_event(f->s, &e), 0);
	accepted(f, GET("4", "./DevDetail/SwV"));
	assert_true(says(f, "</Results><Alert><CmdID>4</CmdID><Data>1224</Data><Correlator>c</Correlator>"
			 "<Item><Source><LocURI>./DevInfo</LocURI></Source><Meta>"));
	assert_true(says(f, "fatal</Mark></Meta><Data>low battery</Data></Item></Alert><Final/>"));
	dm_session_lost(f->s);
	assert_int_equal(dm_session_add_event(f->s, &e), -ESHUTDOWN);
}

static void events_that_are_none(void **state)
{
	struct fixture *f = *state;
	const struct dm_event good = { .type = "Content-Type: text/plain", .format = "chr", .data = "x",
				       .len = 1, .mark = "minor" };
	struct dm_event e;
	char uri[MO_MAX_URI + 1];

	assert_int_equal(dm_alert_queue(f->tree, "dmsc.example", &good), 0);
#define BAD(member, value, err) \
	do { e = good; e.member = value; \
	     assert_int_equal(dm_alert_queue(f->tree, "dmsc.example", &e), -(err)); } while (0)
	BAD(type, NULL, EINVAL);
	BAD(type, "text/plain", EINVAL);
	BAD(type, "Reversed-Domain-Name: ", EINVAL);
	BAD(format, NULL, EINVAL);
	BAD(format, "muchtoolong", EMSGSIZE);
	BAD(mark, "mild", EINVAL);
	BAD(len, DM_EVENT_MAX + 1, EMSGSIZE);
	BAD(data, "\x01", EINVAL);
	BAD(data, NULL, EINVAL);
	memset(uri, 'x', MO_MAX_URI);
	uri[MO_MAX_URI] = '\0';
	BAD(source, uri, EMSGSIZE);
	uri[64] = '\0';
	BAD(correlator, uri, EMSGSIZE);
	assert_int_equal(pending(f), 1);
	assert_int_equal(dm_session_add_event(f->s, &e), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lost_results_are_told),
		T(crash_after_the_commit),
		T(nothing_is_kept_of_what_was_heard),
		T(refused_commits_are_not_told_as_done),
		T(a_stranger_cannot_take_them),
		T(refused_for_good),
		T(told_again_after_a_challenge),
		T(many_results),
		T(values_are_not_repeated),
		T(aborted_by_the_server),
		T(exec_that_takes_long),
		T(exec_is_noted_before_it_begins),
		T(client_event),
		T(events_that_are_none),
	};

	return cmocka_run_group_tests_name("dm_journal", tests, NULL, NULL);
}
