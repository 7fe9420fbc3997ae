// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc deliver: hands a notification to dmscd that came over a bearer which dmscd does not listen to,
 * such as a short message; to be called by whoever received it.
 */
#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

#define MESSAGE_MAX	1024

static const char usage[] =
	"Usage: dmsc deliver [--form=FORM] [--origin=TEXT] FILE\n"
	"Hands an OMA DM package #0 that came over another bearer to dmscd. FILE holds its bytes; - is the\n"
	"standard input.\n\n"
	"  -f, --form=FORM     wsp: a connectionless WSP push (default); sms: user data of a short message\n"
	"                      with its header; notification: package #0 with nothing around it\n"
	"  -o, --origin=TEXT   where it came from, for the log\n"
	"  -h, --help          show this text\n";

/* As base64; false if it cannot be read or is too long, which is said on stderr. */
static bool read_message(const char *file, char b64[4 * ((MESSAGE_MAX + 2) / 3) + 1])
{
	unsigned char buf[MESSAGE_MAX + 1];
	FILE *f = strcmp(file, "-") ? fopen(file, "rb") : stdin;
	size_t n;
	int err;

	if (!f) {
		fprintf(stderr, "dmsc: %s: %s\n", file, strerror(errno));
		return false;
	}
	n = fread(buf, 1, sizeof(buf), f);
	err = ferror(f);
	if (f != stdin)
		fclose(f);
	if (err || !n || n > MESSAGE_MAX) {
		fprintf(stderr, "dmsc: %s: %s\n", file, err ? "cannot be read" : n ?
			"longer than any notification" : "empty");
		return false;
	}
	EVP_EncodeBlock((unsigned char *)b64, buf, (int)n);
	return true;
}

static int deliver(const struct ctl_options *o, const char *file, const char *form,
		   const char *origin)
{
	struct json_object *p, *reply;
	char b64[4 * ((MESSAGE_MAX + 2) / 3) + 1];

	if (!read_message(file, b64))
		return CTL_FAILED;
	p = json_object_new_object();
	json_object_object_add(p, "data", json_object_new_string(b64));
	if (form)
		json_object_object_add(p, "form", json_object_new_string(form));
	if (origin)
		json_object_object_add(p, "origin", json_object_new_string(origin));
	reply = ctl_call(o, "Notify", p);
	if (!reply)
		return CTL_FAILED;
	if (o->json)
		ctl_print_json(reply);
	json_object_put(reply);
	return CTL_OK;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "form", required_argument, NULL, 'f' },
		{ "origin", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *form = NULL, *origin = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "f:o:h", longs, NULL)) != -1)
		switch (c) {
		case 'f':
			if (strcmp(optarg, "wsp") && strcmp(optarg, "sms") &&
			    strcmp(optarg, "notification")) {
				fprintf(stderr, "dmsc: --form is wsp, sms or notification\n");
				return CTL_USAGE;
			}
			form = optarg;
			break;
		case 'o': origin = optarg; break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	return deliver(o, argv[optind], form, origin);
}

const struct ctl_command cmd_deliver = {
	"deliver", "hand in a notification that came over another bearer", run,
};
