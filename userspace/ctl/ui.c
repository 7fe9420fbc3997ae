// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc ui: the user's side of a session, on a terminal or by fixed answers.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/prompt.h"

static const char usage[] =
	"Usage: dmsc [--json] ui [--answer=ANSWER] [--text=TEXT] [--choose=LIST] [--count=N]\n"
	"Shows the questions and texts of the card and answers them: at the terminal, or always with\n"
	"the same answer. Runs until interrupted or until dmscd ends.\n\n"
	"  -a, --answer=ANSWER yes, no, cancel, or ignore (let every question time out)\n"
	"  -t, --text=TEXT     with --answer=yes: what to enter (default: what the card suggests)\n"
	"  -c, --choose=LIST   with --answer=yes: numbers to choose, such as 1,3; - for none (default: what\n"
	"                      the card suggests)\n"
	"  -n, --count=N       end after N questions\n"
	"  -h, --help          show this text\n\n"
	"At the prompt: y yes, n no, c cancel, Return the answer shown in capitals, in brackets or with a\n"
	"star. What is typed for a question for a password is not shown.\n";

/* How to answer without a terminal; word NULL: ask there. */
struct fixed {
	const char *word;
	bool ignore;
	const char *text, *choose;
};

/* -------------------------------------------------------------------------- the question */

static enum prompt_kind kind_of(const char *name)
{
	static const char *const names[] = {
		[PROMPT_DISPLAY] = "display", [PROMPT_ACKNOWLEDGE] = "acknowledge", [PROMPT_CONFIRM] = "confirm",
		[PROMPT_INPUT] = "input", [PROMPT_CHOICE] = "choice", [PROMPT_CHOICES] = "choices",
	};
	unsigned int i;

	for (i = 0; i < PROMPT_UNKNOWN && strcmp(name, names[i]); i++)
		;
	return (enum prompt_kind)i;
}

static enum dm_input input_of(const char *name)
{
	static const char *const names[] = {
		[DM_INPUT_TEXT] = "text", [DM_INPUT_NUMBER] = "number", [DM_INPUT_DATE] = "date",
		[DM_INPUT_TIME] = "time", [DM_INPUT_PHONE] = "phone", [DM_INPUT_IPV4] = "ipv4",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return (enum dm_input)i;
	return DM_INPUT_TEXT;
}

static void take_choices(struct json_object *reply, struct prompt *q)
{
	struct json_object *list;

	if (json_object_object_get_ex(reply, "choices", &list) &&
	    json_object_is_type(list, json_type_array))
		q->n_choices = (unsigned int)json_object_array_length(list);
	if (q->n_choices > DM_MAX_CHOICES)
		q->n_choices = DM_MAX_CHOICES;
	if (!json_object_object_get_ex(reply, "chosen", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		int n = json_object_get_int(json_object_array_get_idx(list, i));

		if (n >= 1 && n <= DM_MAX_CHOICES)
			q->chosen |= 1ULL << (n - 1);
	}
}

static void take_question(struct json_object *reply, struct prompt *q)
{
	const char *def = ctl_str(reply, "default", NULL);
	long long max_len = ctl_int(reply, "max_len", DM_MAX_INPUT);

	*q = (struct prompt){
		.id = ctl_int(reply, "id", -1),
		.kind = kind_of(ctl_str(reply, "kind", "")),
		.input = input_of(ctl_str(reply, "input", "text")),
		.max_len = max_len < 1 || max_len > DM_MAX_INPUT ? DM_MAX_INPUT : (unsigned int)max_len,
	};
	if (q->kind == PROMPT_CONFIRM && def)
		q->def = *def == 'a' ? 'y' : *def == 'r' ? 'n' : 0;
	if (q->kind == PROMPT_INPUT) {
		struct json_object *hidden;

		q->hidden = json_object_object_get_ex(reply, "hidden", &hidden) &&
			    json_object_get_boolean(hidden);
		q->has_initial = def && strlen(def) < sizeof(q->initial);
		if (q->has_initial)
			strcpy(q->initial, def);
	}
	take_choices(reply, q);
}

/* --------------------------------------------------------------------------- the answer */

static struct json_object *chosen_to_json(unsigned long long chosen)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < DM_MAX_CHOICES; i++)
		if (chosen >> i & 1)
			json_object_array_add(list, json_object_new_int(i + 1));
	return list;
}

static void send_answer(const struct ctl_options *o, struct prompt *q,
			const struct prompt_answer *a)
{
	struct json_object *p = json_object_new_object(), *text = NULL, *reply;

	json_object_object_add(p, "id", json_object_new_int64(q->id));
	json_object_object_add(p, "answer", json_object_new_string(a->word));
	if (a->has_text) {
		text = json_object_new_string(a->text);
		json_object_object_add(p, "text", json_object_get(text));
	}
	if (a->has_chosen)
		json_object_object_add(p, "chosen", chosen_to_json(a->chosen));
	reply = ctl_call(o, "Answer", p);
	json_object_put(reply);
	if (text)
		explicit_bzero((char *)json_object_get_string(text),
			       (size_t)json_object_get_string_len(text));
	json_object_put(text);
	q->id = -1;
}

static bool needs_answer(const struct prompt *q)
{
	return q->id >= 0 && q->kind != PROMPT_DISPLAY;
}

static void answer_at_terminal(const struct ctl_options *o, struct prompt *q)
{
	struct prompt_answer a = { 0 };

	prompt_read(q, &a);
	if (a.word) {
		prompt_set_echo(true);
		send_answer(o, q, &a);
	}
	explicit_bzero(&a, sizeof(a));
}

/* To accept needs more for some questions: what was given, else what the card suggests. */
static void complete(const struct prompt *q, const struct fixed *f, struct prompt_answer *a)
{
	if (q->kind == PROMPT_INPUT) {
		const char *text = f->text ? f->text : q->has_initial ? q->initial : NULL;

		a->has_text = text && strlen(text) < sizeof(a->text);
		if (a->has_text)
			strcpy(a->text, text);
		else
			a->word = "cancel";
	} else if (q->kind == PROMPT_CHOICE || q->kind == PROMPT_CHOICES) {
		a->chosen = q->chosen;
		a->has_chosen = !f->choose || prompt_parse_choices(f->choose, q->n_choices, &a->chosen);
		if (!a->has_chosen || (q->kind == PROMPT_CHOICE && !a->chosen))
			a->word = "cancel";
	}
}

static void answer_fixed(const struct ctl_options *o, struct prompt *q, const struct fixed *f)
{
	struct prompt_answer a = { .word = f->word };

	if (!strcmp(a.word, "accept"))
		complete(q, f, &a);
	if (strcmp(a.word, "accept"))
		a.has_text = a.has_chosen = false;
	if (!o->json)
		printf("%s\n", *a.word == 'a' ? "yes" : *a.word == 'r' ? "no" : "cancel");
	fflush(stdout);
	send_answer(o, q, &a);
	explicit_bzero(&a, sizeof(a));
}

static void handle_reply(const struct ctl_options *o, struct json_object *reply,
		       struct prompt *q, const struct fixed *f, long *left)
{
	static const struct prompt_answer unable = { .word = "unable" };
	long long gone = ctl_int(reply, "withdrawn", -1);

	if (gone >= 0) {
		if (gone == q->id) {
			q->id = -1;
			prompt_set_echo(true);
			if (!o->json)
				puts("(withdrawn)");
		}
		return;
	}
	if (ctl_int(reply, "id", -1) < 0)
		return;		/* registration confirmed */
	take_question(reply, q);
	if (o->json)
		ctl_print_json(reply);
	else
		prompt_show(q, reply);
	if (*left > 0)
		--*left;
	if (q->kind == PROMPT_UNKNOWN)
		send_answer(o, q, &unable);
	else if (needs_answer(q) && f->word)
		answer_fixed(o, q, f);
	else if (needs_answer(q) && !f->ignore && q->hidden)
		prompt_set_echo(false);
}

static int serve(const struct ctl_options *o, struct ctl_link *l, const struct fixed *f, long left)
{
	struct prompt q = { .id = -1 };
	bool endless = left < 0;

	while (endless || left > 0 || q.id >= 0) {
		bool ask_tty = !f->word && !f->ignore && needs_answer(&q);
		struct pollfd pfd[2] = {
			{ ctl_fd(l), POLLIN, 0 },
			{ ask_tty ? STDIN_FILENO : -1, POLLIN, 0 },
		};
		struct json_object *reply;

		if (poll(pfd, 2, ctl_has_reply(l) ? 0 : -1) < 0) {
			if (errno == EINTR)
				continue;
			return CTL_FAILED;
		}
		if (pfd[1].revents)
			answer_at_terminal(o, &q);
		if (!pfd[0].revents && !ctl_has_reply(l))
			continue;
		reply = ctl_receive(l, 1000, false, NULL);
		if (!reply)
			return CTL_FAILED;
		handle_reply(o, reply, &q, f, &left);
		json_object_put(reply);
	}
	return CTL_OK;
}

static bool set_fixed(struct fixed *f, const char *arg)
{
	static const struct { const char *arg, *word; } words[] = {
		{ "yes", "accept" }, { "no", "reject" }, { "cancel", "cancel" },
	};

	f->ignore = !strcmp(arg, "ignore");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(arg, words[i].arg))
			f->word = words[i].word;
	if (f->word || f->ignore)
		return true;
	fprintf(stderr, "dmsc: --answer is yes, no, cancel or ignore\n");
	return false;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "answer", required_argument, NULL, 'a' },
		{ "text", required_argument, NULL, 't' },
		{ "choose", required_argument, NULL, 'c' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct fixed f = { NULL };
	struct ctl_link *l;
	long count = -1;
	int c, ret;

	while ((c = getopt_long(argc, argv, "a:t:c:n:h", longs, NULL)) != -1)
		switch (c) {
		case 'a':
			if (!set_fixed(&f, optarg))
				return CTL_USAGE;
			break;
		case 't': f.text = optarg; break;
		case 'c': f.choose = optarg; break;
		case 'n':
			if (!ctl_number("--count", optarg, 1, 1000000, &count))
				return CTL_USAGE;
			break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (optind < argc || ((f.text || f.choose) && !f.word)) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	l = ctl_open(o);
	if (!l)
		return CTL_FAILED;
	ret = ctl_send(l, "RegisterUi", NULL, true) ? CTL_FAILED : serve(o, l, &f, count);
	prompt_set_echo(true);
	ctl_close(l);
	return ret;
}

const struct ctl_command cmd_ui = {
	"ui", "answer the card's questions", run,
};
