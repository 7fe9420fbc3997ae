// SPDX-License-Identifier: BSD-3-Clause
/*
 * Log lines of the agent.
 */
#include "agent/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_LEN	512

static int max_level = LOG_INFO;
static int journal;

void log_set_level(int level)
{
	max_level = level;
}

void log_set_journal(int on)
{
	journal = on;
}

/* What comes from the card or the push may try to forge lines or drive the terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s))
			*s = '?';
}

void log_line(int level, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	make_printable(line);
	if (journal)
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "dmscd: %s%s\n", level <= LOG_ERR ? "error: " : "", line);
}

void log_from_layer(const char *layer, int level, const char *line)
{
	log_line(level, "%s: %s", layer, line);
}
