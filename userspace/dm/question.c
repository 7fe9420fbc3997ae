// SPDX-License-Identifier: BSD-3-Clause
/*
 * Items and options of an alert that asks the user (spec/oma-dm.md 5.4). An option that is not known,
 * or of which the value makes no sense, is as if it were not there.
 */
#include "dm/question.h"

#include <string.h>

#include "dm/writer.h"
#include "mo/hex.h"
#include "mo/mo.h"

#define MAX_SECONDS	86400UL
#define MAX_TEXT	4096	/* of the question and of one choice, in bytes */

#define INCOMPLETE	412
#define NOT_DISPLAYABLE	416

/* Undoes '+' and %xx in place; a NUL or a broken escape is left as it stands. */
static void url_decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int hi = *text == '%' ? mo_hex_digit(text[1]) : -1;
		int lo = hi >= 0 ? mo_hex_digit(text[2]) : -1;

		if (lo >= 0 && (hi || lo)) {
			*out++ = (char)(hi << 4 | lo);
			text += 2;
		} else {
			*out++ = *text == '+' ? ' ' : *text;
		}
	}
	*out = '\0';
}

static void set_seconds(unsigned int *ret, const char *value)
{
	unsigned long n;

	if (dm_parse_number(value, MAX_SECONDS, &n))
		*ret = (unsigned int)n;
}

static void set_input(struct dm_question *q, const char *value)
{
	static const char codes[] = {
		[DM_INPUT_TEXT] = 'A', [DM_INPUT_NUMBER] = 'N', [DM_INPUT_DATE] = 'D',
		[DM_INPUT_TIME] = 'T', [DM_INPUT_PHONE] = 'P', [DM_INPUT_IPV4] = 'I',
	};
	unsigned int i;

	for (i = 0; i < sizeof(codes); i++) {
		if (value[0] == codes[i] && !value[1])
			q->input = (enum dm_input)i;
	}
}

/* One name=value. */
static void set_option(struct dm_question *q, char *option)
{
	char *value = strchr(option, '=');
	unsigned long n;

	if (!value)
		return;
	*value++ = '\0';
	option += strspn(option, " \t\r\n");
	url_decode(value);
	if (!strcmp(option, "MINDT"))
		set_seconds(&q->min_display_s, value);
	else if (!strcmp(option, "MAXDT"))
		set_seconds(&q->max_display_s, value);
	else if (!strcmp(option, "DR"))
		q->default_response = value;
	else if (!strcmp(option, "MAXLEN") && dm_parse_number(value, ~0UL, &n) && n && n < DM_MAX_INPUT)
		q->max_len = (unsigned int)n;
	else if (!strcmp(option, "IT"))
		set_input(q, value);
	else if (!strcmp(option, "ET"))
		q->hidden = !strcmp(value, "P");
}

/* Splits first, decodes then. The options text stays with the message. */
static int read_options(struct dm_message *msg, const struct dm_item *item, struct dm_question *q)
{
	char *option, *save = NULL;
	char *copy = dm_message_strndup(msg, item->data ? item->data : "",
					item->data ? item->data_len : 0);

	if (!copy)
		return MO_FAILED;
	q->max_len = DM_MAX_INPUT;
	for (option = strtok_r(copy, "&", &save); option; option = strtok_r(NULL, "&", &save))
		set_option(q, option);
	return 0;
}

/* "2-3" as a set; false if a number is none of the choices, or more than one where one is due. */
static bool read_choices(const struct dm_question *q, const char *text, uint64_t *chosen)
{
	char number[8];
	unsigned long n;

	*chosen = 0;
	do {
		size_t len = strcspn(text, "-");

		if (!len || len >= sizeof(number))
			return false;
		memcpy(number, text, len);
		number[len] = '\0';
		if (!dm_parse_number(number, q->n_choices, &n) || !n)
			return false;
		*chosen |= UINT64_C(1) << (n - 1);
		text += len;
	} while (*text++ == '-');
	return q->type == DM_ALERT_MULTIPLE_CHOICE || !(*chosen & (*chosen - 1));
}

/* What DR means for this kind of question, if anything. */
static void read_default(struct dm_question *q)
{
	const char *dr = q->default_response;
	bool fits = false;

	if (!dr)
		return;
	switch (q->type) {
	case DM_ALERT_DISPLAY:
		break;
	case DM_ALERT_CONFIRM:
		fits = !strcmp(dr, "0") || !strcmp(dr, "1");
		break;
	case DM_ALERT_INPUT:
		fits = !dm_input_check(q->input, q->max_len, dr);
		break;
	case DM_ALERT_SINGLE_CHOICE:
	case DM_ALERT_MULTIPLE_CHOICE:
		fits = read_choices(q, dr, &q->chosen);
		break;
	}
	if (!fits) {
		q->default_response = NULL;
		q->chosen = 0;
	}
}

static int check_text(const struct dm_item *item)
{
	if (!item->data || !item->data_len)
		return INCOMPLETE;
	if (item->data_len > MAX_TEXT || !dm_text_is_safe(item->data, item->data_len))
		return NOT_DISPLAYABLE;
	return 0;
}

static int read_list(const struct dm_item *item, struct dm_question *q,
		     const char *list[DM_MAX_CHOICES])
{
	int code;

	if (!item)
		return INCOMPLETE;
	for (; item; item = item->next) {
		code = check_text(item);
		if (code)
			return code;
		if (q->n_choices == DM_MAX_CHOICES)
			return NOT_DISPLAYABLE;
		list[q->n_choices++] = item->data;
	}
	q->choices = list;
	return 0;
}

int dm_question_read(struct dm_message *msg, const struct dm_cmd *cmd, enum dm_alert type,
		     struct dm_question *q, const char *list[DM_MAX_CHOICES])
{
	const struct dm_item *options = cmd->items, *text = options ? options->next : NULL;
	int code = text ? check_text(text) : INCOMPLETE;

	memset(q, 0, sizeof(*q));
	q->type = type;
	if (!code)
		code = read_options(msg, options, q);
	if (!code && (type == DM_ALERT_SINGLE_CHOICE || type == DM_ALERT_MULTIPLE_CHOICE))
		code = read_list(text->next, q, list);
	if (code)
		return code;
	q->text = text->data;
	read_default(q);
	return 0;
}
