// SPDX-License-Identifier: BSD-3-Clause
/* Event loop and user questions of the agent. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/loop.h"
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

static void on_answer(void *arg, enum ui_answer answer)
{
	answers[(intptr_t)arg] = answer;
	n_answers++;
}

static const struct ui_frontend front = { on_show, on_hide, NULL };

static int setup_ui(void **state)
{
	n_shown = n_hidden = n_answers = 0;
	answers[0] = answers[1] = -1;
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
	assert_false(ui_answered(ui, shown[0] + 1, UI_ACCEPT));
	assert_true(ui_answered(ui, shown[0], UI_REJECT));
	assert_false(ui_answered(ui, shown[0], UI_ACCEPT));
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
	assert_true(ui_answered(ui, shown[0], UI_ACCEPT));
	assert_int_equal(n_shown, 2);
	assert_true(ui_answered(ui, shown[1], UI_CANCEL));
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
	assert_false(ui_answered(ui, shown[0], UI_ACCEPT));
	ui_set_frontend(ui, &front);
	assert_int_equal(n_shown, 2);
	assert_true(ui_answered(ui, shown[1], UI_ACCEPT));
}

static void a_text_without_answer_ends_by_itself(void **state)
{
	const struct ui_question q = { .kind = UI_KIND_DISPLAY, .text = "Done", .min_ms = 10 };

	ui_set_frontend(ui, &front);
	ui_ask(ui, UI_ASKER_SESSION, &q, on_answer, (void *)UI_ASKER_SESSION);
	run_for(40);
	assert_int_equal(answers[UI_ASKER_SESSION], UI_ACCEPT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define U(f) cmocka_unit_test_setup_teardown(f, setup_ui, teardown_ui)

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
