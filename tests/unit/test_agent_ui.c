// SPDX-License-Identifier: BSD-3-Clause
/* Event loop and user questions of the agent. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/log.h"
#include "agent/loop.h"
#include "agent/ui-script.h"
#include "agent/ui.h"

static struct loop *loop;
static int fired[8], n_fired;

static void note(void *arg)
{
	fired[n_fired++ % 8] = (int)(intptr_t)arg;
}

static void stop(void *arg)
{
	loop_quit(loop, 7);
}

static int setup(void **state)
{
	n_fired = 0;
	return loop_new(&loop);
}

static int teardown(void **state)
{
	loop_free(loop);
	return 0;
}

static void run_for(int ms)
{
	loop_timer(loop, ms, stop, NULL);
	assert_int_equal(loop_run(loop), 7);
}

static void timers_run_in_order_and_once(void **state)
{
	loop_timer(loop, 20, note, (void *)2);
	loop_timer(loop, 10, note, (void *)1);
	loop_timer(loop, 15, note, (void *)3);
	loop_timer(loop, -1, note, (void *)3);
	run_for(40);
	assert_int_equal(n_fired, 2);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 2);
}

static void setting_a_timer_again_replaces_it(void **state)
{
	loop_timer(loop, 5, note, (void *)1);
	loop_timer(loop, 1000, note, (void *)1);
	run_for(30);
	assert_int_equal(n_fired, 0);
}

static void rearm(void *arg)
{
	n_fired++;
	loop_timer(loop, 0, rearm, arg);
}

static void a_timer_that_rearms_itself_starves_nobody(void **state)
{
	loop_timer(loop, 0, rearm, NULL);
	run_for(20);
	assert_true(n_fired > 0);
}

static int pipes[2];

static void forget(void *arg, int fd, uint32_t events)
{
	n_fired++;
	assert_int_equal(loop_watch(loop, fd, 0, NULL, NULL), 0);
	/* the other end of the pair is ready too: it must not be told any more */
	assert_int_equal(loop_watch(loop, *(int *)arg, 0, NULL, NULL), 0);
}

static void a_forgotten_fd_gets_no_event_of_the_same_round(void **state)
{
	int second[2];

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(second), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(write(second[1], "x", 1), 1);
	assert_int_equal(loop_watch(loop, pipes[0], EPOLLIN, forget, &second[0]), 0);
	assert_int_equal(loop_watch(loop, second[0], EPOLLIN, forget, &pipes[0]), 0);
	run_for(20);
	assert_int_equal(n_fired, 1);
	close(pipes[0]);
	close(pipes[1]);
	close(second[0]);
	close(second[1]);
}

static void watching_a_bad_fd_fails(void **state)
{
	assert_int_equal(loop_watch(loop, -1, EPOLLIN, forget, NULL), -EBADF);
	assert_int_equal(loop_watch(loop, 1000, EPOLLIN, forget, NULL), -EBADF);
	assert_int_equal(loop_watch(loop, -1, 0, NULL, NULL), -EBADF);
}

/* ------------------------------------------------------------------------------ questions */

static struct ui *ui;
static unsigned int shown[4], hidden[4], n_shown, n_hidden;
static int answers[UI_N_ASKERS], n_answers;

static void on_show(void *arg, unsigned int id, const struct ui_question *q)
{
	shown[n_shown++ % 4] = id;
}

static void on_hide(void *arg, unsigned int id)
{
	hidden[n_hidden++ % 4] = id;
}

static char last_text[64];
static uint64_t last_chosen;

static void on_answer(void *arg, const struct ui_reply *reply)
{
	answers[(intptr_t)arg] = reply->answer;
	snprintf(last_text, sizeof(last_text), "%s", reply->text ? reply->text : "-");
	last_chosen = reply->chosen;
	n_answers++;
}

static bool say(unsigned int id, enum ui_answer answer)
{
	const struct ui_reply reply = { answer, NULL, 0 };
	const char *why;

	return !ui_answered(ui, id, &reply, &why);
}

static const struct ui_frontend front = { on_show, on_hide, NULL };

static int setup_ui(void **state)
{
	n_shown = n_hidden = n_answers = 0;
	answers[0] = answers[1] = -1;
	log_set_level(-1);
	return setup(state) || ui_new(loop, 1, &ui);
}

static int teardown_ui(void **state)
{
	ui_free(ui);
	return teardown(state);
}

static void ask(enum ui_asker who, enum ui_kind kind, unsigned int max_ms)
{
	const struct ui_question q = { .kind = kind, .text = "Install?", .max_ms = max_ms,
				       .default_accept = -1 };

	ui_ask(ui, who, &q, on_answer, (void *)(intptr_t)who);
}

static void without_a_ui_agent_there_is_nobody(void **state)
{
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	assert_int_equal(n_answers, 0);		/* never from within the call */
	run_for(10);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_NOBODY);
	assert_int_equal(n_answers, 1);
}

static void an_answer_reaches_the_asker_once(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	assert_int_equal(n_shown, 1);
	assert_false(say(shown[0] + 1, UI_ACCEPT));
	assert_true(say(shown[0], UI_REJECT));
	assert_false(say(shown[0], UI_ACCEPT));
	run_for(10);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_REJECT);
	assert_int_equal(n_answers, 1);
	assert_int_equal(n_hidden, 0);		/* the user took it down himself */
}

static void silence_is_a_timeout_and_takes_the_question_down(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 20);
	run_for(60);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_TIMEOUT);
	assert_int_equal(n_hidden, 1);
	assert_int_equal(hidden[0], shown[0]);
}

static void two_askers_are_shown_one_after_the_other(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_CARD, UI_KIND_ACKNOWLEDGE, 0);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	assert_int_equal(n_shown, 1);
	assert_true(say(shown[0], UI_ACCEPT));
	assert_int_equal(n_shown, 2);
	assert_true(say(shown[1], UI_CANCEL));
	assert_int_equal(answers[UI_ASKER_CARD], UI_ACCEPT);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_CANCEL);
}

static void a_timeout_lets_the_next_question_through(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 20);
	ask(UI_ASKER_CARD, UI_KIND_ACKNOWLEDGE, 500);
	run_for(60);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_TIMEOUT);
	assert_int_equal(n_shown, 2);
	ui_withdraw(ui, UI_ASKER_CARD);
	assert_int_equal(answers[UI_ASKER_CARD], -1);
	assert_int_equal(n_hidden, 2);
}

static void a_second_question_of_one_asker_is_refused(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_BUSY);
	ui_withdraw(ui, UI_ASKER_SESSION);
}

static void an_open_question_survives_the_death_of_the_ui_agent(void **state)
{
	ui_set_frontend(ui, &front);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	ui_set_frontend(ui, NULL);
	assert_false(say(shown[0], UI_ACCEPT));
	ui_set_frontend(ui, &front);
	assert_int_equal(n_shown, 2);
	assert_true(say(shown[1], UI_ACCEPT));
}

static void a_text_without_answer_ends_by_itself(void **state)
{
	const struct ui_question q = { .kind = UI_KIND_DISPLAY, .text = "Done", .min_ms = 10 };

	ui_set_frontend(ui, &front);
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	run_for(40);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_ACCEPT);
}

static int enter_text(const char *text)
{
	const struct ui_reply reply = { UI_ACCEPT, text, 0 };
	const char *why;

	return ui_answered(ui, shown[0], &reply, &why);
}

/* What does not fit is refused here already, and the question stays. */
static void an_input_that_does_not_fit_is_refused(void **state)
{
	const struct ui_question q = {
		.kind = UI_KIND_INPUT, .text = "PIN?", .input = DM_INPUT_NUMBER, .max_len = 4,
		.hidden = true,
	};

	ui_set_frontend(ui, &front);
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	assert_int_equal(enter_text("12a"), -EINVAL);
	assert_int_equal(enter_text("12345"), -EINVAL);
	assert_int_equal(enter_text(NULL), -EINVAL);
	assert_int_equal(n_answers, 0);
	assert_int_equal(enter_text("1234"), 0);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_ACCEPT);
	assert_string_equal(last_text, "1234");
	assert_int_equal(enter_text("1234"), -ENOENT);
}

static int choose(uint64_t chosen)
{
	const struct ui_reply reply = { UI_ACCEPT, NULL, chosen };
	const char *why;

	return ui_answered(ui, shown[0], &reply, &why);
}

static void a_choice_is_one_of_the_list(void **state)
{
	static const char *const list[] = { "a", "b", "c" };
	struct ui_question q = {
		.kind = UI_KIND_CHOICE, .text = "Which?", .choices = list, .n_choices = 3,
	};

	ui_set_frontend(ui, &front);
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	assert_int_equal(choose(0), -EINVAL);
	assert_int_equal(choose(3), -EINVAL);
	assert_int_equal(choose(8), -EINVAL);
	assert_int_equal(choose(4), 0);
	assert_int_equal(last_chosen, 4);
	n_shown = 0;
	q.kind = UI_KIND_CHOICES;
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	assert_int_equal(choose(9), -EINVAL);
	assert_int_equal(choose(5), 0);
	assert_int_equal(last_chosen, 5);
}

/* --------------------------------------------------------------------------------- script */

static struct ui_script *script;
static char err[320];

static int with_script(const char *text)
{
	char name[] = "/tmp/ui-script-XXXXXX";
	int fd = mkstemp(name), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ret = ui_script_new(loop, ui, name, &script, err, sizeof(err));
	unlink(name);
	return ret;
}

static int teardown_script(void **state)
{
	ui_free(ui);
	ui_script_free(script);
	script = NULL;
	return teardown(state);
}

static void ask_script(enum ui_kind kind, const char *text)
{
	static const char *const list[] = { "a", "b", "c" };
	const struct ui_question q = {
		.kind = kind, .text = text, .choices = list, .n_choices = 3, .max_len = 8,
		.initial = "first", .chosen = 1, .max_ms = 30,
	};

	n_answers = 0;
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	assert_int_equal(n_answers, 0);		/* never from within the call */
	run_for(10);
}

static void a_script_answers_by_its_first_rule(void **state)
{
	assert_int_equal(with_script("[keep]\nkind = confirm\ncontains = Keep\nanswer = reject\n"
				     "[yes]\nkind = confirm\nanswer = accept\n"
				     "[name]\nkind = input\ncontains = name\ntext = box 7\n"
				     "[other]\nkind = input\n"
				     "[long]\nkind = choices\nchosen = 2 3\n"
				     "[one]\nkind = choice\n"
				     "[wait]\nkind = acknowledge\nanswer = ignore\n"), 0);
	assert_true(ui_has_frontend(ui));
	ask_script(UI_KIND_CONFIRM, "Keep it?");
	assert_int_equal(answers[UI_ASKER_SESSION], UI_REJECT);
	ask_script(UI_KIND_CONFIRM, "Install it?");
	assert_int_equal(answers[UI_ASKER_SESSION], UI_ACCEPT);
	ask_script(UI_KIND_INPUT, "Your name?");
	assert_string_equal(last_text, "box 7");
	ask_script(UI_KIND_INPUT, "Your town?");
	assert_string_equal(last_text, "first");
	ask_script(UI_KIND_CHOICES, "Which?");
	assert_int_equal(last_chosen, 6);
	ask_script(UI_KIND_CHOICE, "Which?");
	assert_int_equal(last_chosen, 1);
	ask_script(UI_KIND_ACKNOWLEDGE, "Read this.");
	assert_int_equal(n_answers, 0);
	run_for(50);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_TIMEOUT);
	ask_script(UI_KIND_DISPLAY, "Hello");	/* no rule */
	assert_int_equal(answers[UI_ASKER_SESSION], UI_UNABLE);
}

static void a_script_that_does_not_fit_cancels(void **state)
{
	assert_int_equal(with_script("[a]\nkind = input\ntext = much too long for it\n"), 0);
	ask_script(UI_KIND_INPUT, "Your name?");
	assert_int_equal(answers[UI_ASKER_SESSION], UI_CANCEL);
}

static void a_person_comes_before_the_script(void **state)
{
	assert_int_equal(with_script("[a]\nanswer = accept\n"), 0);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	ui_set_frontend(ui, &front);
	run_for(10);
	assert_int_equal(n_answers, 0);
	assert_int_equal(n_shown, 1);
	assert_true(say(shown[0], UI_REJECT));
	assert_int_equal(answers[UI_ASKER_SESSION], UI_REJECT);
	ui_set_frontend(ui, NULL);
	ask_script(UI_KIND_CONFIRM, "Again?");
	assert_int_equal(answers[UI_ASKER_SESSION], UI_ACCEPT);
}

static void a_question_withdrawn_from_the_script(void **state)
{
	assert_int_equal(with_script("[a]\nanswer = accept\n"), 0);
	ask(UI_ASKER_SESSION, UI_KIND_CONFIRM, 0);
	ui_withdraw(ui, UI_ASKER_SESSION);
	run_for(10);
	assert_int_equal(n_answers, 0);
}

static void a_bad_script_says_where(void **state)
{
	static const struct {
		const char *text, *why;
	} v[] = {
		{ "[a]\nkind = question\n", ":2: [a] kind" },
		{ "[a]\n\nanswer = maybe\n", ":3: [a] answer" },
		{ "[a]\nchosen = 1 b\n", "[a] chosen" },
		{ "[a]\nchosen = 65\n", "[a] chosen" },
		{ "[a]\ncolour = red\n", "unknown key" },
		{ "answer = accept\n", "bad name" },
		{ "[a]\nanswer\n", ":2:" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(with_script(v[i].text), -EINVAL);
		assert_non_null(strstr(err, v[i].why));
	}
	assert_int_equal(ui_script_new(loop, ui, "/nonexistent/x", &script, err, sizeof(err)), -ENOENT);
	assert_false(ui_has_frontend(ui));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define U(f) cmocka_unit_test_setup_teardown(f, setup_ui, teardown_ui)
#define S(f) cmocka_unit_test_setup_teardown(f, setup_ui, teardown_script)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(timers_run_in_order_and_once),
		T(setting_a_timer_again_replaces_it),
		T(a_timer_that_rearms_itself_starves_nobody),
		T(a_forgotten_fd_gets_no_event_of_the_same_round),
		T(watching_a_bad_fd_fails),
		U(without_a_ui_agent_there_is_nobody),
		U(an_answer_reaches_the_asker_once),
		U(silence_is_a_timeout_and_takes_the_question_down),
		U(two_askers_are_shown_one_after_the_other),
		U(a_timeout_lets_the_next_question_through),
		U(a_second_question_of_one_asker_is_refused),
		U(an_open_question_survives_the_death_of_the_ui_agent),
		U(a_text_without_answer_ends_by_itself),
		U(an_input_that_does_not_fit_is_refused),
		U(a_choice_is_one_of_the_list),
		S(a_script_answers_by_its_first_rule),
		S(a_script_that_does_not_fit_cancels),
		S(a_person_comes_before_the_script),
		S(a_question_withdrawn_from_the_script),
		S(a_bad_script_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
