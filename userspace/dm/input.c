// SPDX-License-Identifier: BSD-3-Clause
/*
 * Does what the user typed fit the input type of the question (option IT, spec/oma-dm.md 5.4)? Shared
 * by the engine and whoever reads the answer.
 */
#include <ctype.h>
#include <string.h>

#include "dm/dm.h"
#include "dm/writer.h"

static size_t count_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static bool all_digits(const char *text, size_t len)
{
	return strspn(text, "0123456789") == len && !text[len];
}

/* The number that n digits at text stand for. */
static unsigned int digits(const char *text, size_t n)
{
	unsigned int value = 0;

	while (n--)
		value = value * 10 + (unsigned int)(*text++ - '0');
	return value;
}

static const char *check_number(const char *text)
{
	size_t whole, fraction = 0;

	text += *text == '+' || *text == '-';
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '.') {
		fraction = strspn(text + 1, "0123456789");
		text += 1 + fraction;
	}
	return *text || !(whole + fraction) ? "not a number" : NULL;
}

/* DDMMYYYY */
static const char *check_date(const char *text)
{
	static const unsigned int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned int day, month, year;

	if (!all_digits(text, 8))
		return "not a date of eight digits, DDMMYYYY";
	day = digits(text, 2);
	month = digits(text + 2, 2);
	year = digits(text + 4, 4);
	if (!month || month > 12 || !day || day > days[month - 1] ||
	    (day == 29 && month == 2 && (year % 4 || (!(year % 100) && year % 400))))
		return "no such day";
	return NULL;
}

/* hhmmss */
static const char *check_time(const char *text)
{
	if (!all_digits(text, 6))
		return "not a time of six digits, hhmmss";
	if (digits(text, 2) > 23 || digits(text + 2, 2) > 59 || digits(text + 4, 2) > 59)
		return "no such time";
	return NULL;
}

static const char *check_phone(const char *text)
{
	text += *text == '+';
	return !*text || strspn(text, "0123456789pws") != strlen(text) ? "not a telephone number" : NULL;
}

static const char *check_ipv4(const char *text)
{
	unsigned int part;

	for (part = 0; part < 4; part++) {
		size_t n = strspn(text, "0123456789");

		if (!n || n > 3 || digits(text, n) > 255 || text[n] != (part < 3 ? '.' : '\0'))
			return "not an IPv4 address";
		text += n + 1;
	}
	return NULL;
}

static const char *check_text(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			return "control characters are not allowed";
	}
	return NULL;
}

const char *dm_input_check(enum dm_input input, unsigned int max_len, const char *text)
{
	size_t len = strnlen(text, DM_MAX_INPUT * 4 + 1);

	if (len > DM_MAX_INPUT * 4 || count_characters(text) > max_len)
		return "too long";
	if (!dm_text_is_safe(text, len))
		return "not text in UTF-8";
	switch (input) {
	case DM_INPUT_TEXT:
		return check_text(text);
	case DM_INPUT_NUMBER:
		return check_number(text);
	case DM_INPUT_DATE:
		return check_date(text);
	case DM_INPUT_TIME:
		return check_time(text);
	case DM_INPUT_PHONE:
		return check_phone(text);
	case DM_INPUT_IPV4:
		return check_ipv4(text);
	}
	return "not an input type";
}
