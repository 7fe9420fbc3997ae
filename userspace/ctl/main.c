// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc: the table of subcommands.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "dmsc.h"

static const struct ctl_command *const commands[] = {
	&cmd_status, &cmd_notify, &cmd_trigger, &cmd_tree, &cmd_ui, &cmd_atr,
	&cmd_reader, &cmd_deliver, &cmd_monitor, &cmd_attach, &cmd_bootstrap,
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void usage(FILE *f)
{
	fputs("Usage: dmsc [--json] [--socket=PATH] COMMAND [ARGUMENT]...\n"
	      "Talks to dmscd, the OMA DM agent for smart cards.\n\nCommands:\n", f);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-10s%s\n", commands[i]->name, commands[i]->help);
	fputs("\nOptions:\n"
	      "  -j, --json          print JSON\n"
	      "  -s, --socket=PATH   control socket of dmscd (default " CONTROL_SOCKET_DEFAULT ")\n"
	      "  -h, --help          show this text; dmsc COMMAND --help shows the command's\n"
	      "  -V, --version       show the version\n\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 timed out.\n", f);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct ctl_options o = { .socket = CONTROL_SOCKET_DEFAULT };
	const char *env = getenv("DMSC_SOCKET");
	int c;

	if (env && *env)
		o.socket = env;
	while ((c = getopt_long(argc, argv, "+js:hV", longs, NULL)) != -1)
		switch (c) {
		case 'j': o.json = true; break;
		case 's': o.socket = optarg; break;
		case 'h': usage(stdout); return CTL_OK;
		case 'V': puts("dmsc " DMSC_VERSION); return CTL_OK;
		default: usage(stderr); return CTL_USAGE;
		}
	if (optind == argc) {
		usage(stderr);
		return CTL_USAGE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(argv[optind], commands[i]->name)) {
			int skip = optind;

			optind = 0;	/* the subcommand parses afresh */
			return commands[i]->run(&o, argc - skip, argv + skip);
		}
	fprintf(stderr, "dmsc: no command \"%s\"; see dmsc --help\n", argv[optind]);
	return CTL_USAGE;
}
