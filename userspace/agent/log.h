/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines of the agent: to stderr, one a line, never a secret or a payload.
 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <syslog.h>

/* Lines above this level are dropped; LOG_INFO by default. */
void log_set_level(int level);
/* With the "<N>" prefix that the journal understands, as when run by a service manager. */
void log_set_journal(int on);

__attribute__((format(printf, 2, 3)))
void log_line(int level, const char *fmt, ...);

/* As the log callbacks of the lower layers want it; ctx is the name of the layer. */
void log_from_layer(const char *layer, int level, const char *line);

#endif /* AGENT_LOG_H */
