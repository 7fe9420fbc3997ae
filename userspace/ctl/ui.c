// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc ui: the user's side of a session, on a terminal or by a fixed answer.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"

static const char usage[] =
	"Usage: dmsc [--json] ui [--answer=ANSWER] [--count=N]\n"
	"Shows the questions and texts of the card and answers them: at the terminal, or always with\n"
	"the same answer. Runs until interrupted or until dmscd ends.\n\n"
	"  -a, --answer=ANSWER yes, no, cancel, or ignore (let every question time out)\n"
	"  -n, --count=N       end after N questions\n"
	"  -h, --help          show this text\n\n"
	"At the prompt: y yes, n no, c cancel, Return the answer shown in capitals.\n";

struct question {
	long long id;
	char kind[16];
	char def;		/* 'y', 'n' or 0 */
};

static const char *word_of(char c)
{
	switch (c) {
	case 'y': return "accept";
	case 'n': return "reject";
	case 'c': return "cancel";
	}
	return NULL;
}

static int send_answer(const struct ctl_options *o, long long id, const char *word)
{
	struct json_object *p = json_object_new_object(), *reply;

	json_object_object_add(p, "id", json_object_new_int64(id));
	json_object_object_add(p, "answer", json_object_new_string(word));
	reply = ctl_call(o, "Answer", p);
	json_object_put(reply);
	return reply ? CTL_OK : CTL_FAILED;
}

/* Text from a card may not drive the terminal. */
static void print_text(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < 0x20 && *s != '\n' ? '?' : *s);
}

static void show(const struct ctl_options *o, struct json_object *reply, struct question *q)
{
	const char *def = ctl_str(reply, "default", "");

	q->id = ctl_int(reply, "id", -1);
	snprintf(q->kind, sizeof(q->kind), "%s", ctl_str(reply, "kind", ""));
	q->def = *def == 'a' ? 'y' : *def == 'r' ? 'n' : 0;
	if (o->json) {
		ctl_print_json(reply);
		return;
	}
	printf("The card: ");
	print_text(ctl_str(reply, "text", ""));
	if (!strcmp(q->kind, "confirm"))
		printf(" [%c/%c/c] ", q->def == 'y' ? 'Y' : 'y', q->def == 'n' ? 'N' : 'n');
	else if (!strcmp(q->kind, "acknowledge"))
		printf(" [Return] ");
	else
		putchar('\n');
	fflush(stdout);
}

/* The terminal's answer to q; 0 = not an answer. */
static char read_answer(const struct question *q)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		return 'c';
	if (!strcmp(q->kind, "acknowledge"))
		return *line == 'c' ? 'c' : 'y';
	if (*line == '\n')
		return q->def;
	return word_of((char)(*line | 0x20)) ? (char)(*line | 0x20) : 0;
}

static int answer_at_terminal(const struct ctl_options *o, struct question *q)
{
	char c = read_answer(q);

	if (!c) {
		printf("Please answer y, n or c: ");
		fflush(stdout);
		return CTL_OK;
	}
	send_answer(o, q->id, word_of(c));
	q->id = -1;
	return CTL_OK;
}

static void take_reply(const struct ctl_options *o, struct json_object *reply, struct question *q,
		       char fixed, long *left)
{
	long long gone = ctl_int(reply, "withdrawn", -1);

	if (gone >= 0) {
		if (gone == q->id) {
			q->id = -1;
			if (!o->json)
				puts("(withdrawn)");
		}
		return;
	}
	if (ctl_int(reply, "id", -1) < 0)
		return;		/* registration confirmed */
	show(o, reply, q);
	if (*left > 0)
		--*left;
	if (!fixed || !strcmp(q->kind, "display"))
		return;
	if (word_of(fixed)) {
		if (!o->json)
			printf("%s\n", fixed == 'y' ? "yes" : fixed == 'n' ? "no" : "cancel");
		fflush(stdout);
		send_answer(o, q->id, word_of(fixed));
		q->id = -1;
	}
}

static int serve(const struct ctl_options *o, struct ctl_link *l, char fixed, long left)
{
	struct question q = { .id = -1 };
	bool endless = left < 0;

	while (endless || left > 0 || q.id >= 0) {
		bool ask_tty = !fixed && q.id >= 0 && strcmp(q.kind, "display");
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
		take_reply(o, reply, &q, fixed, &left);
		json_object_put(reply);
	}
	return CTL_OK;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "answer", required_argument, NULL, 'a' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	static const struct { const char *word; char c; } answers[] = {
		{ "yes", 'y' }, { "no", 'n' }, { "cancel", 'c' }, { "ignore", 'i' },
	};
	struct ctl_link *l;
	char fixed = 0;
	long count = -1;
	int c, ret;

	while ((c = getopt_long(argc, argv, "a:n:h", longs, NULL)) != -1)
		switch (c) {
		case 'a':
			for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
				if (!strcmp(optarg, answers[i].word))
					fixed = answers[i].c;
			if (!fixed) {
				fprintf(stderr, "dmsc: --answer is yes, no, cancel or ignore\n");
				return CTL_USAGE;
			}
			break;
		case 'n':
			if (!ctl_number("--count", optarg, 1, 1000000, &count))
				return CTL_USAGE;
			break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (optind < argc) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	l = ctl_open(o);
	if (!l)
		return CTL_FAILED;
	ret = ctl_send(l, "RegisterUi", NULL, true) ? CTL_FAILED : serve(o, l, fixed, count);
	ctl_close(l);
	return ret;
}

const struct ctl_command cmd_ui = {
	"ui", "answer the card's questions", run,
};
