// SPDX-License-Identifier: BSD-3-Clause
/*
 * Questions on a terminal. Texts come from a card and may not drive it; what is typed hidden is
 * neither echoed nor kept.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/prompt.h"

static struct termios normal;
static volatile sig_atomic_t echo_off;

static void restore(void)
{
	if (!echo_off)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &normal);
	echo_off = 0;
}

static void on_signal(int sig)
{
	restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

void prompt_set_echo(bool on)
{
	static bool prepared;
	struct termios quiet;

	if (on) {
		restore();
		return;
	}
	if (echo_off || tcgetattr(STDIN_FILENO, &normal))
		return;
	if (!prepared) {
		atexit(restore);
		signal(SIGINT, on_signal);
		signal(SIGTERM, on_signal);
		signal(SIGHUP, on_signal);
		prepared = true;
	}
	quiet = normal;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (!tcsetattr(STDIN_FILENO, TCSANOW, &quiet))
		echo_off = 1;
}

static void print_text(const char *s)
{
	for (; *s; s++)
		putchar(((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f ? '?' : *s);
}

static void print_choices(const struct prompt *q, struct json_object *reply)
{
	struct json_object *list;

	if (!json_object_object_get_ex(reply, "choices", &list))
		return;
	for (unsigned int i = 0; i < q->n_choices; i++) {
		printf("%c%3u) ", q->chosen >> i & 1 ? '*' : ' ', i + 1);
		print_text(json_object_get_string(json_object_array_get_idx(list, i)));
		putchar('\n');
	}
}

static void print_input_prompt(const struct prompt *q)
{
	static const char *const forms[] = {
		[DM_INPUT_TEXT] = "text", [DM_INPUT_NUMBER] = "a number",
		[DM_INPUT_DATE] = "a date, DDMMYYYY", [DM_INPUT_TIME] = "a time, hhmmss",
		[DM_INPUT_PHONE] = "a telephone number", [DM_INPUT_IPV4] = "an IPv4 address",
	};

	printf("(%s, at most %u characters%s; Ctrl-D cancels) ", forms[q->input], q->max_len,
	       q->hidden ? ", not shown" : "");
	if (q->has_initial && !q->hidden) {
		putchar('[');
		print_text(q->initial);
		fputs("] ", stdout);
	}
}

void prompt_show(const struct prompt *q, struct json_object *reply)
{
	printf("The card: ");
	print_text(ctl_str(reply, "text", ""));
	switch (q->kind) {
	case PROMPT_CONFIRM:
		printf(" [%c/%c/c] ", q->def == 'y' ? 'Y' : 'y', q->def == 'n' ? 'N' : 'n');
		break;
	case PROMPT_ACKNOWLEDGE:
		printf(" [Return] ");
		break;
	case PROMPT_INPUT:
		putchar('\n');
		print_input_prompt(q);
		break;
	case PROMPT_CHOICE:
	case PROMPT_CHOICES:
		putchar('\n');
		print_choices(q, reply);
		printf("%s (Return: the marked; c cancels) ", q->kind == PROMPT_CHOICE ? "Number" :
		       "Numbers, - for none");
		break;
	case PROMPT_DISPLAY:
	case PROMPT_UNKNOWN:
		putchar('\n');
	}
	fflush(stdout);
}

/*
 * A line without its end; -1 at the end of the input. Octet by octet: stdio would keep a copy, and
 * poll() could not see what it holds.
 */
static int read_line(char line[PROMPT_LINE_MAX])
{
	size_t n = 0;
	ssize_t got;
	char c;

	while ((got = read(STDIN_FILENO, &c, 1)) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		if (c == '\n') {
			line[n] = 0;
			return (int)n;
		}
		if (n < PROMPT_LINE_MAX - 1)
			line[n++] = c;
	}
	line[n] = 0;
	return n ? (int)n : -1;
}

bool prompt_parse_choices(const char *text, unsigned int n, unsigned long long *chosen)
{
	*chosen = 0;
	if (!strcmp(text, "-"))
		return true;
	while (*text) {
		char *end;
		unsigned long v = strtoul(text, &end, 10);

		if (end == text || v < 1 || v > n || v > DM_MAX_CHOICES)
			return false;
		*chosen |= 1ULL << (v - 1);
		text = end + strspn(end, ", ");
	}
	return *chosen;
}

static void try_again(const char *why)
{
	printf("%s: ", why);
	fflush(stdout);
}

static void read_confirm(const struct prompt *q, const char *line, struct prompt_answer *a)
{
	char c = *line ? (char)(*line | 0x20) : q->def;

	a->word = c == 'y' ? "accept" : c == 'n' ? "reject" : c == 'c' ? "cancel" : NULL;
	if (!a->word)
		try_again("Please answer y, n or c");
}

static void read_input(const struct prompt *q, struct prompt_answer *a)
{
	const char *why;

	if (!*a->text && q->has_initial)
		strcpy(a->text, q->initial);
	why = dm_input_check(q->input, q->max_len, a->text);
	if (why) {
		try_again(why);
		return;
	}
	a->has_text = true;
	a->word = "accept";
}

static void read_choice(const struct prompt *q, const char *line, struct prompt_answer *a)
{
	if (*line == 'c' || *line == 'C') {
		a->word = "cancel";
		return;
	}
	a->chosen = q->chosen;
	if ((*line && !prompt_parse_choices(line, q->n_choices, &a->chosen)) ||
	    (q->kind == PROMPT_CHOICE && (!a->chosen || a->chosen & (a->chosen - 1)))) {
		try_again(q->kind == PROMPT_CHOICE ? "One of the numbers, please" :
			  "Numbers of the list, please");
		return;
	}
	a->has_chosen = true;
	a->word = "accept";
}

void prompt_read(const struct prompt *q, struct prompt_answer *a)
{
	int len = read_line(a->text);

	if (q->hidden)
		putchar('\n');
	if (len < 0) {
		a->word = "cancel";
		return;
	}
	switch (q->kind) {
	case PROMPT_CONFIRM:
		read_confirm(q, a->text, a);
		break;
	case PROMPT_ACKNOWLEDGE:
		a->word = *a->text == 'c' ? "cancel" : "accept";
		break;
	case PROMPT_INPUT:
		read_input(q, a);
		break;
	case PROMPT_CHOICE:
	case PROMPT_CHOICES:
		read_choice(q, a->text, a);
		break;
	case PROMPT_DISPLAY:
	case PROMPT_UNKNOWN:
		break;
	}
}
