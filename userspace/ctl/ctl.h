/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dmsc, the control program: one subcommand a file, all over the agent's varlink socket.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of dmsc */
enum {
	CTL_OK = 0,
	CTL_FAILED = 1,		/* the agent, or what was asked for, failed */
	CTL_USAGE = 2,
	CTL_TIMEOUT = 3,
};

struct ctl_options {
	const char *socket;
	bool json;
};

struct ctl_command {
	const char *name, *help;
	int (*run)(const struct ctl_options *o, int argc, char **argv);
};

extern const struct ctl_command cmd_status, cmd_notify, cmd_trigger, cmd_tree, cmd_ui, cmd_atr,
	cmd_reader, cmd_deliver, cmd_monitor, cmd_attach, cmd_bootstrap;

/* ----------------------------------------------------------------- varlink, client side */

struct ctl_link;

/* Connects; says on stderr what is wrong. NULL on failure. */
struct ctl_link *ctl_open(const struct ctl_options *o);
void ctl_close(struct ctl_link *l);
int ctl_fd(const struct ctl_link *l);
/* A whole reply is in the buffer: poll() on the descriptor would not tell of it. */
bool ctl_has_reply(const struct ctl_link *l);
/* Sends a call; takes over parameters (may be NULL). 0 or -errno. */
int ctl_send(struct ctl_link *l, const char *method, struct json_object *parameters, bool more);
/*
 * Next reply within timeout_ms (-1 = wait for ever): its parameters, to be put by the caller.  NULL on
 * an error, which is said on stderr unless quiet; *timed_out tells a time-out apart (may be NULL).
 */
struct json_object *ctl_receive(struct ctl_link *l, int timeout_ms, bool quiet, bool *timed_out);
/* Call and one reply. */
struct json_object *ctl_call(const struct ctl_options *o, const char *method,
			     struct json_object *parameters);

/* Members of a JSON object, with a default where missing. */
const char *ctl_str(struct json_object *o, const char *key, const char *def);
long long ctl_int(struct json_object *o, const char *key, long long def);
void ctl_print_json(struct json_object *o);
/* Session report in words, one line. */
void ctl_print_report(struct json_object *report);

/* A whole decimal number in [min, max]; says on stderr what is wrong. */
bool ctl_number(const char *what, const char *text, long min, long max, long *ret);

#endif /* CTL_CTL_H */
