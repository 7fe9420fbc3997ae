// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc trigger: starts a session from the device's side (alert 1201), and waits for sessions.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static const char usage[] =
	"Usage: dmsc [--json] trigger [--server=ID] [--wait=SECONDS]\n"
	"       dmsc [--json] trigger --only-wait=SECONDS\n"
	"Starts a DM session with the card (alert 1201).\n\n"
	"  -S, --server=ID     account to use (default: the first one)\n"
	"  -w, --wait=S        wait for the end of the session, at most S seconds; the exit status\n"
	"                      then tells whether it was complete\n"
	"  -W, --only-wait=S   start nothing, wait for the next session to end\n"
	"  -h, --help          show this text\n";

static int wait_for_report(const struct ctl_options *o, struct ctl_link *watch, long seconds)
{
	struct json_object *reply, *report;
	bool timed_out;
	int ret;

	reply = ctl_receive(watch, (int)seconds * 1000, false, &timed_out);
	if (!reply)
		return timed_out ? CTL_TIMEOUT : CTL_FAILED;
	if (!json_object_object_get_ex(reply, "report", &report)) {
		json_object_put(reply);
		return CTL_FAILED;
	}
	if (o->json)
		ctl_print_json(report);
	else
		ctl_print_report(report);
	ret = strcmp(ctl_str(report, "outcome", ""), "ok") ? CTL_FAILED : CTL_OK;
	json_object_put(reply);
	return ret;
}

static int trigger(const struct ctl_options *o, const char *server)
{
	struct json_object *p = json_object_new_object(), *reply;

	if (server)
		json_object_object_add(p, "server", json_object_new_string(server));
	reply = ctl_call(o, "Trigger", p);
	if (!reply)
		return CTL_FAILED;
	if (!o->json)
		fprintf(stderr, "session with %s asked for\n", ctl_str(reply, "server", "?"));
	json_object_put(reply);
	return CTL_OK;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "server", required_argument, NULL, 'S' },
		{ "wait", required_argument, NULL, 'w' },
		{ "only-wait", required_argument, NULL, 'W' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct ctl_link *watch = NULL;
	struct json_object *first;
	const char *server = NULL;
	bool only_wait = false;
	long wait = -1;
	int c, ret = CTL_OK;

	while ((c = getopt_long(argc, argv, "S:w:W:h", longs, NULL)) != -1)
		switch (c) {
		case 'S': server = optarg; break;
		case 'W': only_wait = true; /* fall through */
		case 'w':
			if (!ctl_number("time to wait", optarg, 0, 86400, &wait))
				return CTL_USAGE;
			break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (optind < argc) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	if (wait >= 0) {	/* before the trigger, or the end could be missed */
		watch = ctl_open(o);
		if (!watch || ctl_send(watch, "Watch", NULL, true) ||
		    !(first = ctl_receive(watch, 30000, false, NULL))) {
			ctl_close(watch);
			return CTL_FAILED;
		}
		json_object_put(first);
	}
	if (!only_wait)
		ret = trigger(o, server);
	if (ret == CTL_OK && watch)
		ret = wait_for_report(o, watch, wait);
	ctl_close(watch);
	return ret;
}

const struct ctl_command cmd_trigger = {
	"trigger", "start a session with the card, or wait for one", run,
};
