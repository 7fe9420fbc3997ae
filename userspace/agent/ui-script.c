// SPDX-License-Identifier: BSD-3-Clause
/*
 * The script: an INI file of rules. The first whose kind and text fit a question answers it; one
 * that no rule fits cannot be shown. The file may hold passwords, so that its texts are wiped.
 */
#include "agent/ui-script.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/log.h"

#define RULES_MAX	64
#define NAME_MAX_LEN	64

struct rule {
	char name[NAME_MAX_LEN];
	bool any_kind;
	enum ui_kind kind;
	char contains[128];		/* "" = any text */
	bool ignore;			/* leave it to its deadline */
	enum ui_answer answer;
	bool has_text, has_chosen;
	char text[DM_MAX_INPUT * 4 + 1];
	uint64_t chosen;
};

struct ui_script {
	struct loop *loop;
	struct ui *ui;
	unsigned int id;		/* of the question that is shown, 0 = none */
	struct ui_reply reply;
	size_t n_rules;
	struct rule rule[RULES_MAX];
	char initial[DM_MAX_INPUT * 4 + 1];
};

/* ---------------------------------------------------------------------------- the answers */

static const struct rule *find_rule(const struct ui_script *s, const struct ui_question *q)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		const struct rule *r = &s->rule[i];

		if ((r->any_kind || r->kind == q->kind) && strstr(q->text, r->contains))
			return r;
	}
	return NULL;
}

static void give_answer(void *arg)
{
	struct ui_script *s = arg;
	unsigned int id = s->id;
	struct ui_reply cancel = { .answer = UI_CANCEL };
	const char *why;

	s->id = 0;
	if (ui_answered(s->ui, id, &s->reply, &why) != -EINVAL)
		return;
	log_line(LOG_WARNING, "ui script: the answer does not fit the question: %s", why);
	ui_answered(s->ui, id, &cancel, &why);
}

/* From the loop, as a person would: never within the question. */
static void show(void *arg, unsigned int id, const struct ui_question *q)
{
	struct ui_script *s = arg;
	const struct rule *r = find_rule(s, q);

	if (!r) {
		log_line(LOG_WARNING, "ui script: no rule for a question of kind %s",
			 ui_kind_name(q->kind));
		s->reply = (struct ui_reply){ .answer = UI_UNABLE };
	} else if (r->ignore) {
		log_line(LOG_INFO, "ui script: rule %s ignores the question", r->name);
		return;
	} else {
		log_line(LOG_INFO, "ui script: rule %s answers", r->name);
		snprintf(s->initial, sizeof(s->initial), "%s", q->initial ? q->initial : "");
		s->reply = (struct ui_reply){
			.answer = r->answer,
			.text = r->has_text ? r->text : q->initial ? s->initial : NULL,
			.chosen = r->has_chosen ? r->chosen : q->chosen,
		};
	}
	s->id = id;
	loop_timer(s->loop, 0, give_answer, s);
}

static void hide(void *arg, unsigned int id)
{
	struct ui_script *s = arg;

	if (s->id != id)
		return;
	s->id = 0;
	loop_timer(s->loop, -1, give_answer, s);
}

/* ------------------------------------------------------------------------------- the file */

struct reading {
	struct ui_script *s;
	char why[160];
};

static int complain(struct reading *r, const char *section, const char *key, const char *what)
{
	snprintf(r->why, sizeof(r->why), "[%.60s] %.40s: %s", section, key, what);
	return 0;
}

static int set_kind(struct reading *r, struct rule *rule, const char *section, const char *value)
{
	static const enum ui_kind kinds[] = {
		UI_KIND_DISPLAY, UI_KIND_ACKNOWLEDGE, UI_KIND_CONFIRM, UI_KIND_INPUT, UI_KIND_CHOICE,
		UI_KIND_CHOICES,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(value, ui_kind_name(kinds[i])))
			continue;
		rule->any_kind = false;
		rule->kind = kinds[i];
		return 1;
	}
	return complain(r, section, "kind", "display, acknowledge, confirm, input, choice or choices");
}

static int set_answer(struct reading *r, struct rule *rule, const char *section, const char *value)
{
	static const struct { const char *word; enum ui_answer answer; } words[] = {
		{ "accept", UI_ACCEPT }, { "reject", UI_REJECT }, { "cancel", UI_CANCEL },
		{ "unable", UI_UNABLE },
	};

	rule->ignore = !strcmp(value, "ignore");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(value, words[i].word))
			continue;
		rule->answer = words[i].answer;
		return 1;
	}
	return rule->ignore ? 1 : complain(r, section, "answer",
					   "accept, reject, cancel, unable or ignore");
}

/* Numbers from 1, separated by blanks; none at all is a choice, too. */
static int set_chosen(struct reading *r, struct rule *rule, const char *section, const char *value)
{
	rule->has_chosen = true;
	rule->chosen = 0;
	for (value += strspn(value, " \t"); *value; value += strspn(value, " \t")) {
		char *end;
		unsigned long n = strtoul(value, &end, 10);

		if (end == value || n < 1 || n > DM_MAX_CHOICES || (*end && !strchr(" \t", *end)))
			return complain(r, section, "chosen", "numbers from 1, separated by blanks");
		rule->chosen |= UINT64_C(1) << (n - 1);
		value = end;
	}
	return 1;
}

static int set_text(struct reading *r, char *dst, size_t size, const char *section,
		    const char *key, const char *value)
{
	if (strlen(value) >= size)
		return complain(r, section, key, "too long");
	strcpy(dst, value);
	return 1;
}

/* A section is a rule; its keys come one after the other. */
static struct rule *get_rule(struct ui_script *s, const char *name)
{
	struct rule *rule = s->n_rules ? &s->rule[s->n_rules - 1] : NULL;

	if (rule && !strcmp(rule->name, name))
		return rule;
	if (s->n_rules == RULES_MAX || !*name || strlen(name) >= NAME_MAX_LEN)
		return NULL;
	rule = &s->rule[s->n_rules++];
	rule->any_kind = true;
	strcpy(rule->name, name);
	return rule;
}

static int on_key(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;
	struct rule *rule = get_rule(r->s, section);

	if (!rule)
		return complain(r, section, key, "bad name of the rule, or too many rules");
	if (!strcmp(key, "kind"))
		return set_kind(r, rule, section, value);
	if (!strcmp(key, "answer"))
		return set_answer(r, rule, section, value);
	if (!strcmp(key, "chosen"))
		return set_chosen(r, rule, section, value);
	if (!strcmp(key, "contains"))
		return set_text(r, rule->contains, sizeof(rule->contains), section, key, value);
	if (!strcmp(key, "text")) {
		rule->has_text = true;
		return set_text(r, rule->text, sizeof(rule->text), section, key, value);
	}
	return complain(r, section, key, "unknown key");
}

int ui_script_new(struct loop *loop, struct ui *u, const char *file, struct ui_script **ret,
		  char *err, size_t err_len)
{
	struct ui_script *s = calloc(1, sizeof(*s));
	struct ui_frontend front = { show, hide, s };
	struct reading r = { .s = s };
	int line;

	if (!s) {
		snprintf(err, err_len, "%s: out of memory", file);
		return -ENOMEM;
	}
	s->loop = loop;
	s->ui = u;
	errno = 0;
	line = ini_parse(file, on_key, &r);
	if (!line) {
		ui_set_script(u, &front);
		*ret = s;
		return 0;
	}
	if (line < 0)
		snprintf(err, err_len, "%s: %s", file, strerror(errno ? errno : EIO));
	else
		snprintf(err, err_len, "%s:%d: %s", file, line, *r.why ? r.why : "not an INI line");
	ui_script_free(s);
	return line < 0 && errno ? -errno : -EINVAL;
}

void ui_script_free(struct ui_script *s)
{
	if (!s)
		return;
	loop_timer(s->loop, -1, give_answer, s);
	explicit_bzero(s, sizeof(*s));
	free(s);
}
