/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A question of dmscd to the user, as dmsc ui works with it.
 */
#ifndef CTL_UI_H
#define CTL_UI_H

#include "ctl/ctl.h"
#include "dm/dm.h"

#define UI_LINE_MAX	(4 * DM_MAX_INPUT + 2)

enum ui_kind { UI_DISPLAY, UI_ACKNOWLEDGE, UI_CONFIRM, UI_INPUT, UI_CHOICE, UI_CHOICES, UI_UNKNOWN };

struct ui_question {
	long long id;			/* -1 = none is open */
	enum ui_kind kind;
	char def;			/* CONFIRM: 'y', 'n' or 0 */
	enum dm_input input;
	unsigned int max_len;
	bool hidden, has_initial;
	char initial[UI_LINE_MAX];
	unsigned int n_choices;
	unsigned long long chosen;	/* bit n - 1 is choice n */
};

struct ui_answer {
	const char *word;		/* NULL: not an answer, ask again */
	bool has_text, has_chosen;
	char text[UI_LINE_MAX];
	unsigned long long chosen;
};

/* ui-terminal.c */
/* Shows the question and what may be answered. */
void ui_show(const struct ui_question *q, struct json_object *reply);
/* Reads a line from the terminal and makes an answer of it; says what is wrong with it. */
void ui_read(const struct ui_question *q, struct ui_answer *a);
/* Switches the echo of the terminal; it comes back at the latest when the program ends. */
void ui_set_echo(bool on);
/* "1,3" or "1 3" as a set, "-" for none; false if it is none. */
bool ui_parse_choices(const char *text, unsigned int n, unsigned long long *chosen);

#endif /* CTL_UI_H */
