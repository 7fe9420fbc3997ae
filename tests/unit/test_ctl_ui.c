// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc ui and dmsc deliver against the agent's methods, over a real control socket: the command runs in
 * a process of its own, where a terminal is wanted behind a pseudo-terminal.
 */
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/agent.h"
#include "agent/log.h"
#include "userspace/ctl/util.c"
#include "userspace/ctl/link.c"
#include "userspace/ctl/prompt.c"

/* two files with a usage text and a run() of their own */
#define usage	ui_usage
#define run	ui_run
#include "userspace/ctl/ui.c"
#undef usage
#undef run
#define usage	deliver_usage
#define run	deliver_run
#include "userspace/ctl/deliver.c"
#undef usage
#undef run

#define PATIENCE	500	/* times 10 ms */

struct world {
	struct agent a;
	char dir[40], socket[64], out[64], file[64], printed[8192];
	pid_t pid;
	int terminal;		/* our side of the pseudo-terminal, -1 = none */
	bool answered;
	enum ui_answer answer;
	char text[64];
	uint64_t chosen;
};

static int setup(void **state)
{
	struct control_handler handler = agent_methods;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	log_set_level(-1);
	strcpy(w->dir, "/tmp/dmsc-test.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->socket, sizeof(w->socket), "%s/control", w->dir);
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	snprintf(w->file, sizeof(w->file), "%s/file", w->dir);
	w->terminal = -1;
	config_defaults(&w->a.cfg);
	w->a.cfg.push_listen[0] = 0;
	assert_int_equal(mo_tree_open(":memory:", &w->a.tree), 0);
	assert_int_equal(loop_new(&w->a.loop), 0);
	assert_int_equal(ui_new(w->a.loop, 20, &w->a.ui), 0);
	assert_int_equal(push_new(w->a.loop, &w->a.cfg, w->a.tree, NULL, &w->a.push), 0);
	handler.arg = &w->a;
	assert_int_equal(control_new(w->a.loop, w->socket, 0600, &handler, &w->a.control), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
	}
	if (w->terminal >= 0)
		close(w->terminal);
	control_free(w->a.control);
	push_free(w->a.push);
	ui_free(w->a.ui);
	loop_free(w->a.loop);
	mo_tree_close(w->a.tree);
	unlink(w->out);
	unlink(w->file);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static void stop(void *arg)
{
	loop_quit(arg, 0);
}

static void turn(struct world *w)
{
	loop_timer(w->a.loop, 10, stop, w->a.loop);
	assert_int_equal(loop_run(w->a.loop), 0);
}

/* Starts the command; with a terminal it also reads from and writes to it. */
static void launch(struct world *w, const struct ctl_command *cmd, bool terminal, int argc,
		   char **argv)
{
	struct ctl_options o = { .socket = w->socket };
	int status, slave = -1;

	fflush(NULL);
	if (terminal)
		assert_int_equal(openpty(&w->terminal, &slave, NULL, NULL, NULL), 0);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0) {
		if (terminal)
			dup2(slave, 0);
		if (terminal ? dup2(slave, 1) < 0 : !freopen(w->out, "w", stdout))
			_exit(99);
		if (dup2(1, 2) < 0)
			_exit(99);
		optind = 0;
		status = cmd->run(&o, argc, argv);
		fflush(NULL);
		exit(status);
	}
	if (terminal)
		close(slave);
}

static void start_ui(struct world *w, bool terminal, int argc, char **argv)
{
	int i;

	launch(w, &cmd_ui, terminal, argc, argv);
	for (i = 0; i < PATIENCE && !ui_has_frontend(w->a.ui); i++)
		turn(w);
	assert_true(ui_has_frontend(w->a.ui));
}

#define START(terminal, ...) do {						\
	char *args_[] = { (char *)"ui", __VA_ARGS__ };			\
	start_ui(w, terminal, (int)(sizeof(args_) / sizeof(*args_)), args_);	\
} while (0)

static void on_answer(void *arg, const struct ui_reply *r)
{
	struct world *w = arg;

	w->answered = true;
	w->answer = r->answer;
	w->chosen = r->chosen;
	snprintf(w->text, sizeof(w->text), "%s", r->text ? r->text : "-");
}

static void ask(struct world *w, const struct ui_question *q)
{
	w->answered = false;
	ui_ask(w->a.ui, UI_ASKER_SESSION, q, on_answer, w);
}

static void await(struct world *w)
{
	int i;

	for (i = 0; i < PATIENCE && !w->answered; i++)
		turn(w);
	assert_true(w->answered);
}

/* What came from the terminal until it says this */
static void expect(struct world *w, const char *text)
{
	size_t n = strlen(w->printed);
	int i;

	for (i = 0; i < PATIENCE && !strstr(w->printed, text); i++) {
		struct pollfd p = { w->terminal, POLLIN, 0 };
		ssize_t got;

		turn(w);
		if (poll(&p, 1, 0) <= 0)
			continue;
		got = read(w->terminal, w->printed + n, sizeof(w->printed) - 1 - n);
		n += got > 0 ? (size_t)got : 0;
		w->printed[n] = '\0';
	}
	if (!strstr(w->printed, text))
		print_error("no '%s' in: %s\n", text, w->printed);
	assert_non_null(strstr(w->printed, text));
}

static void type(struct world *w, const char *text)
{
	assert_int_equal(write(w->terminal, text, strlen(text)), strlen(text));
}

static const char *const colours[] = { "red", "green", "blue" };

static const struct ui_question confirm = {
	.kind = UI_KIND_CONFIRM, .text = "Go on?", .default_accept = -1,
};
static const struct ui_question name = {
	.kind = UI_KIND_INPUT, .text = "Name?", .max_len = 8, .initial = "box",
};
static const struct ui_question pin = {
	.kind = UI_KIND_INPUT, .text = "PIN?", .max_len = 8, .input = DM_INPUT_NUMBER, .hidden = true,
};
static const struct ui_question one = {
	.kind = UI_KIND_CHOICE, .text = "Which?", .choices = colours, .n_choices = 3, .chosen = 2,
};
static const struct ui_question some = {
	.kind = UI_KIND_CHOICES, .text = "Which?", .choices = colours, .n_choices = 3, .chosen = 6,
};

/* ---------------------------------------------------------------------------- fixed answers */

static void always_yes(void **state)
{
	struct world *w = *state;

	START(false, (char *)"--answer=yes");
	ask(w, &confirm);
	await(w);
	assert_int_equal(w->answer, UI_ACCEPT);
	ask(w, &name);
	await(w);
	assert_string_equal(w->text, "box");
	ask(w, &one);
	await(w);
	assert_int_equal(w->chosen, 2);
	ask(w, &some);
	await(w);
	assert_int_equal(w->chosen, 6);
	/* nothing is suggested, and nothing was given */
	ask(w, &pin);
	await(w);
	assert_int_equal(w->answer, UI_CANCEL);
}

static void given_answers(void **state)
{
	struct world *w = *state;

	START(false, (char *)"--answer=yes", (char *)"--text=12", (char *)"--choose=1,3");
	ask(w, &name);
	await(w);
	assert_string_equal(w->text, "12");
	ask(w, &some);
	await(w);
	assert_int_equal(w->chosen, 5);
	/* two where one is due: the agent refuses, the question stays */
	ask(w, &one);
	for (int i = 0; i < 20; i++)
		turn(w);
	assert_false(w->answered);
	ui_withdraw(w->a.ui, UI_ASKER_SESSION);
}

static void no_cancel_and_ignore(void **state)
{
	static char *const words[] = { (char *)"--answer=no", (char *)"--answer=cancel" };
	struct world *w = *state;
	struct ui_question short_one = confirm;

	for (int i = 0; i < 2; i++) {
		START(false, words[i], (char *)"--count=1");
		ask(w, &confirm);
		await(w);
		assert_int_equal(w->answer, i ? UI_CANCEL : UI_REJECT);
		for (int n = 0; n < PATIENCE && ui_has_frontend(w->a.ui); n++)
			turn(w);
		assert_int_equal(waitpid(w->pid, NULL, 0), w->pid);
		w->pid = 0;
	}
	START(false, (char *)"--answer=ignore");
	short_one.max_ms = 50;
	ask(w, &short_one);
	await(w);
	assert_int_equal(w->answer, UI_TIMEOUT);
}

/* ------------------------------------------------------------------------------- terminal */

static void typed_text(void **state)
{
	struct world *w = *state;

	START(true);
	ask(w, &name);
	expect(w, "at most 8 characters");
	expect(w, "[box]");
	type(w, "much too long\n");
	expect(w, "too long: ");
	assert_false(w->answered);
	type(w, "home\n");
	await(w);
	assert_string_equal(w->text, "home");
	ask(w, &name);
	type(w, "\n");
	await(w);
	assert_string_equal(w->text, "box");
	/* Ctrl-D */
	ask(w, &name);
	type(w, "\x04");
	await(w);
	assert_int_equal(w->answer, UI_CANCEL);
}

/* What is typed for a password comes back neither as echo nor in any other way. */
static void hidden_text(void **state)
{
	struct world *w = *state;

	START(true);
	ask(w, &pin);
	expect(w, "not shown");
	/* the echo is off after the prompt is out */
	usleep(100000);
	type(w, "907x\n");
	expect(w, "not a number: ");
	type(w, "90713524\n");
	await(w);
	assert_string_equal(w->text, "90713524");
	ask(w, &confirm);
	expect(w, "[y/n/c]");
	assert_null(strstr(w->printed, "907"));
	usleep(100000);
	type(w, "y\n");
	await(w);
	assert_int_equal(w->answer, UI_ACCEPT);
	/* and with the next question it is on again */
	expect(w, "[y/n/c] y");
}

static void typed_choices(void **state)
{
	struct world *w = *state;

	START(true);
	ask(w, &one);
	expect(w, "   1) red");
	expect(w, "*  2) green");
	type(w, "4\n");
	expect(w, "One of the numbers, please: ");
	type(w, "1 2\n3\n");
	await(w);
	assert_int_equal(w->chosen, 4);
	ask(w, &some);
	type(w, "1, 3\n");
	await(w);
	assert_int_equal(w->chosen, 5);
	ask(w, &some);
	type(w, "-\n");
	await(w);
	assert_int_equal(w->answer, UI_ACCEPT);
	assert_int_equal(w->chosen, 0);
	ask(w, &some);
	type(w, "c\n");
	await(w);
	assert_int_equal(w->answer, UI_CANCEL);
}

static void text_cannot_drive_the_terminal(void **state)
{
	const struct ui_question q = {
		.kind = UI_KIND_CONFIRM, .text = "a\x1b[2Jb\rc", .default_accept = 1,
	};
	struct world *w = *state;

	START(true);
	ask(w, &q);
	expect(w, "a?[2Jb?c [Y/n/c]");
	type(w, "maybe\n");
	expect(w, "Please answer y, n or c: ");
	type(w, "\n");
	await(w);
	assert_int_equal(w->answer, UI_ACCEPT);
}

/* Each answer that is none leaves the question open, and says why. */
static void answers_that_are_none(void **state)
{
	static const struct {
		const char *json, *error;
	} v[] = {
		{ "{\"answer\":\"accept\"}", "InvalidParameter" },
		{ "{\"id\":-1,\"answer\":\"accept\"}", "InvalidParameter" },
		{ "{\"id\":1}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"maybe\"}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"text\":5}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"text\":\"a\\u0000b\"}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"chosen\":1}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"chosen\":[0]}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"chosen\":[65]}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"chosen\":[\"1\"]}", "InvalidParameter" },
		{ "{\"id\":1,\"answer\":\"accept\",\"text\":\"much too long\"}", "BadAnswer" },
		{ "{\"id\":1,\"answer\":\"accept\"}", "BadAnswer" },
		{ "{\"id\":2,\"answer\":\"accept\"}", "NotFound" },
	};
	struct world *w = *state;
	struct ctl_options o = { .socket = w->socket };

	START(false, (char *)"--answer=ignore");
	ask(w, &name);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ctl_link *l = ctl_open(&o);
		char *nul = NULL;

		assert_non_null(l);
		assert_int_equal(ctl_send(l, "Answer", json_tokener_parse(v[i].json), false), 0);
		for (int n = 0; n < PATIENCE && !nul; n++) {
			struct pollfd p = { ctl_fd(l), POLLIN, 0 };

			turn(w);
			if (poll(&p, 1, 0) > 0)
				assert_int_equal(fill(l, 0), 1);
			nul = l->len ? memchr(l->buf, 0, l->len) : NULL;
		}
		assert_non_null(nul);
		if (!strstr(l->buf, v[i].error))
			print_error("%s: %s\n", v[i].json, l->buf);
		assert_non_null(strstr(l->buf, v[i].error));
		ctl_close(l);
	}
	assert_false(w->answered);
}

/* -------------------------------------------------------------------------------- deliver */

static int deliver_file(struct world *w, const char *form, const char *data, size_t len)
{
	char option[40];
	char *args[] = { (char *)"deliver", option, w->file };
	FILE *f = fopen(w->file, "wb");
	int status = 0, i;

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
	snprintf(option, sizeof(option), "--form=%s", form);
	launch(w, &cmd_deliver, false, 3, args);
	for (i = 0; i < PATIENCE && waitpid(w->pid, &status, WNOHANG) == 0; i++)
		turn(w);
	w->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void notifications_are_handed_in(void **state)
{
	static const char sms[] = "\x06\x05\x04\x0B\x85\xC0\x02ok";
	struct world *w = *state;
	struct push_counts c;

	assert_int_equal(deliver_file(w, "sms", sms, sizeof(sms) - 1), CTL_FAILED);
	assert_int_equal(deliver_file(w, "wsp", "\x01\x06\x01\xC4", 4), CTL_FAILED);
	assert_int_equal(deliver_file(w, "notification", "short", 5), CTL_FAILED);
	push_get_counts(w->a.push, &c);
	assert_int_equal(c.received, 3);
	assert_int_equal(c.refused, 3);
	assert_int_equal(deliver_file(w, "letter", "x", 1), CTL_USAGE);
	assert_int_equal(deliver_file(w, "wsp", "", 0), CTL_FAILED);
	push_get_counts(w->a.push, &c);
	assert_int_equal(c.received, 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(always_yes),
		T(given_answers),
		T(no_cancel_and_ignore),
		T(typed_text),
		T(hidden_text),
		T(typed_choices),
		T(text_cannot_drive_the_terminal),
		T(answers_that_are_none),
		T(notifications_are_handed_in),
	};

	return cmocka_run_group_tests_name("ctl_ui", tests, NULL, NULL);
}
