// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc tree: the management tree as XML (TNDS).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

static const char usage[] =
	"Usage: dmsc [--json] tree [--output=FILE] [URI]\n"
	"Prints the management tree below URI (default: all of it) as a TNDS document; passwords and\n"
	"nonces are left out.\n\n"
	"  -o, --output=FILE   write to FILE\n"
	"  -h, --help          show this text\n";

static int write_out(const char *file, const char *xml)
{
	FILE *f = file ? fopen(file, "w") : stdout;
	int bad;

	if (!f) {
		fprintf(stderr, "dmsc: %s: %m\n", file);
		return CTL_FAILED;
	}
	bad = fputs(xml, f) < 0;
	bad |= file ? fclose(f) : fflush(f);
	if (bad)
		fprintf(stderr, "dmsc: %s: %m\n", file ? file : "standard output");
	return bad ? CTL_FAILED : CTL_OK;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct json_object *p, *reply;
	const char *file = NULL;
	int c, ret = CTL_OK;

	while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1)
		switch (c) {
		case 'o': file = optarg; break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (argc - optind > 1) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	p = json_object_new_object();
	if (optind < argc)
		json_object_object_add(p, "uri", json_object_new_string(argv[optind]));
	reply = ctl_call(o, "Tree", p);
	if (!reply)
		return CTL_FAILED;
	if (o->json)
		ctl_print_json(reply);
	else
		ret = write_out(file, ctl_str(reply, "xml", ""));
	json_object_put(reply);
	return ret;
}

const struct ctl_command cmd_tree = {
	"tree", "print the management tree as XML", run,
};
