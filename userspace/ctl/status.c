// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc status: how the agent, the card and the last session stand.
 */
#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "ctl/ctl.h"

#define POLL_MS	100

static const char usage[] =
	"Usage: dmsc [--json] status [--wait-ready=SECONDS]\n"
	"Shows reader, card, gateway, the session under way and the last one.\n\n"
	"  -w, --wait-ready=S  wait until the card's server can be reached, at most S seconds\n"
	"  -h, --help          show this text\n";

static bool member(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static void print_reader(struct json_object *o)
{
	struct json_object *r = NULL;
	const char *error, *atr;

	json_object_object_get_ex(o, "reader", &r);
	error = ctl_str(r, "error", NULL);
	atr = ctl_str(r, "atr", NULL);
	printf("reader:   %s\n", *ctl_str(r, "device", "") ? ctl_str(r, "device", "") : "none");
	printf("card:     %s%s%s\n", ctl_str(r, "state", "?"), error ? ": " : "", error ? error : "");
	if (atr)
		printf("ATR:      %s (T=%lld, %lld bit/s, generation %lld)\n", atr,
		       ctl_int(r, "protocol", 0), ctl_int(r, "baud", 0),
		       ctl_int(r, "generation", 0));
}

static void print_status(struct json_object *o)
{
	struct json_object *cat = NULL, *push = NULL, *last = NULL, *accounts = NULL;

	json_object_object_get_ex(o, "cat", &cat);
	json_object_object_get_ex(o, "push", &push);
	json_object_object_get_ex(o, "accounts", &accounts);
	print_reader(o);
	printf("gateway:  %s\n", member(o, "gateway") ? "the card's server can be reached" :
	       "the card's server cannot be reached");
	printf("CAT:      %lld APDUs, %lld proactive commands, %lld envelopes, %lld bytes to the card, %lld from it\n",
	       ctl_int(cat, "apdus", 0), ctl_int(cat, "fetches", 0), ctl_int(cat, "envelopes", 0),
	       ctl_int(cat, "bytes_up", 0), ctl_int(cat, "bytes_down", 0));
	printf("pushes:   %lld received, %lld accepted, %lld duplicates, %lld refused\n",
	       ctl_int(push, "received", 0), ctl_int(push, "accepted", 0),
	       ctl_int(push, "duplicates", 0), ctl_int(push, "refused", 0));
	printf("user:     %s\n", member(o, "ui") ? "a UI agent is registered" : "no UI agent");
	for (size_t i = 0; accounts && i < json_object_array_length(accounts); i++)
		printf("account:  %s\n",
		       json_object_get_string(json_object_array_get_idx(accounts, i)));
	printf("session:  %s %s, %lld waiting\n", ctl_str(o, "session", "?"),
	       ctl_str(o, "session_id", ""), ctl_int(o, "waiting", 0));
	if (json_object_object_get_ex(o, "last", &last)) {
		printf("last:     ");
		ctl_print_report(last);
	}
}

static struct json_object *wait_ready(const struct ctl_options *o, long seconds)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	time_t end = time(NULL) + seconds;
	struct json_object *st = NULL;

	do {
		json_object_put(st);
		st = ctl_call(o, "Status", NULL);
		if (!st || member(st, "gateway"))
			return st;
		nanosleep(&pause, NULL);
	} while (time(NULL) <= end);
	return st;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "wait-ready", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct json_object *st;
	long wait = -1;
	int c, ret = CTL_OK;

	while ((c = getopt_long(argc, argv, "w:h", longs, NULL)) != -1)
		switch (c) {
		case 'w':
			if (!ctl_number("--wait-ready", optarg, 0, 86400, &wait))
				return CTL_USAGE;
			break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (optind < argc) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	st = wait < 0 ? ctl_call(o, "Status", NULL) : wait_ready(o, wait);
	if (!st)
		return CTL_FAILED;
	if (o->json)
		ctl_print_json(st);
	else
		print_status(st);
	if (wait >= 0 && !member(st, "gateway"))
		ret = CTL_TIMEOUT;
	json_object_put(st);
	return ret;
}

const struct ctl_command cmd_status = {
	"status", "show reader, card, gateway and sessions", run,
};
