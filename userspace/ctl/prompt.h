/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A question of dmscd to the user, as dmsc ui works with it.
 */
#ifndef CTL_PROMPT_H
#define CTL_PROMPT_H

#include "ctl/ctl.h"
#include "dm/dm.h"

#define PROMPT_LINE_MAX	(4 * DM_MAX_INPUT + 2)

enum prompt_kind { PROMPT_DISPLAY, PROMPT_ACKNOWLEDGE, PROMPT_CONFIRM, PROMPT_INPUT, PROMPT_CHOICE, PROMPT_CHOICES, PROMPT_UNKNOWN };

struct prompt {
	long long id;			/* -1 = none is open */
	enum prompt_kind kind;
	char def;			/* CONFIRM: 'y', 'n' or 0 */
	enum dm_input input;
	unsigned int max_len;
	bool hidden, has_initial;
	char initial[PROMPT_LINE_MAX];
	unsigned int n_choices;
	unsigned long long chosen;	/* bit n - 1 is choice n */
};

struct prompt_answer {
	const char *word;		/* NULL: not an answer, ask again */
	bool has_text, has_chosen;
	char text[PROMPT_LINE_MAX];
	unsigned long long chosen;
};

/* prompt.c */
/* Shows the question and what may be answered. */
void prompt_show(const struct prompt *q, struct json_object *reply);
/* Reads a line from the terminal and makes an answer of it; says what is wrong with it. */
void prompt_read(const struct prompt *q, struct prompt_answer *a);
/* Switches the echo of the terminal; it comes back at the latest when the program ends. */
void prompt_set_echo(bool on);
/* "1,3" or "1 3" as a set, "-" for none; false if it is none. */
bool prompt_parse_choices(const char *text, unsigned int n, unsigned long long *chosen);

#endif /* CTL_PROMPT_H */
