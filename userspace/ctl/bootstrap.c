// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc bootstrap: gives dmscd a document with the account of a DM server.
 */
#include <errno.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/prompt.h"
#include "dm/bootstrap.h"

static const char usage[] =
	"Usage: dmsc [--json] bootstrap [--type=dm|cp] [--dry-run] [OPTION]... FILE\n"
	"Gives dmscd a bootstrap document (FILE, - = standard input): a SyncML message or a TNDS document\n"
	"with a DM account (dm), or an OMA Client Provisioning document with an application w7 (cp), in\n"
	"XML or WBXML. Lines of a MIME head with its Content-Type may come before it.\n\n"
	"  -t, --type=TYPE          dm or cp: refuse the other one\n"
	"  -n, --dry-run            only say whether it would be taken\n"
	"  -c, --content-type=TEXT  Content-Type that it came with, SEC and MAC included\n"
	"  -p, --pin-file=FILE      first line: the PIN that the MAC was made with; - = ask for it\n"
	"  -h, --help               show this text\n\n"
	"An account that is there already stays as it is. A PIN cannot be given on the command line, where\n"
	"others could read it. After three wrong ones none is listened to for ten minutes.\n";

struct job {
	const char *file, *profile, *content_type, *pin_file;
	bool dry_run;
	char pin[DM_PIN_MAX];
	uint8_t data[DM_BOOTSTRAP_MAX + 1];
	size_t len;
};

static bool read_document(struct job *j)
{
	FILE *f = strcmp(j->file, "-") ? fopen(j->file, "re") : stdin;
	bool ok;

	if (!f) {
		fprintf(stderr, "dmsc: %s: %s\n", j->file, strerror(errno));
		return false;
	}
	j->len = fread(j->data, 1, sizeof(j->data), f);
	ok = !ferror(f);
	if (!ok)
		fprintf(stderr, "dmsc: %s: cannot be read\n", j->file);
	else if (!j->len)
		fprintf(stderr, "dmsc: %s is empty\n", j->file);
	else if (j->len > DM_BOOTSTRAP_MAX)
		fprintf(stderr, "dmsc: %s has more than %d bytes\n", j->file, DM_BOOTSTRAP_MAX);
	if (f != stdin)
		fclose(f);
	return ok && j->len && j->len <= DM_BOOTSTRAP_MAX;
}

static bool read_pin(struct job *j)
{
	bool ask = !strcmp(j->pin_file, "-");
	FILE *f = ask ? stdin : fopen(j->pin_file, "re");
	bool ok;

	if (!f) {
		fprintf(stderr, "dmsc: %s: %s\n", j->pin_file, strerror(errno));
		return false;
	}
	setvbuf(f, NULL, _IONBF, 0);	/* leaves no copy in a stdio buffer */
	if (ask && isatty(STDIN_FILENO)) {
		fputs("PIN: ", stderr);
		prompt_set_echo(false);
	}
	ok = fgets(j->pin, sizeof(j->pin), f) && (strchr(j->pin, '\n') || feof(f));
	if (ask && isatty(STDIN_FILENO)) {
		prompt_set_echo(true);
		fputc('\n', stderr);
	}
	if (f != stdin)
		fclose(f);
	j->pin[strcspn(j->pin, "\r\n")] = 0;
	if (!ok || !*j->pin)
		fprintf(stderr, "dmsc: no PIN of at most %d characters\n", DM_PIN_MAX - 2);
	return ok && *j->pin;
}

static void print_result(const struct job *j, struct json_object *reply)
{
	struct json_object *list;
	size_t n = json_object_object_get_ex(reply, "accounts", &list) ?
		   json_object_array_length(list) : 0;

	if (json_object_object_get_ex(reply, "unchanged", &list) && json_object_get_boolean(list)) {
		puts("nothing new: its account is there already");
		return;
	}
	json_object_object_get_ex(reply, "accounts", &list);
	for (size_t i = 0; i < n; i++)
		printf("account for server %s %s\n",
		       json_object_get_string(json_object_array_get_idx(list, i)),
		       j->dry_run ? "would be created" : "created");
	printf("profile %s, checked by: %s\n", ctl_str(reply, "profile", "?"),
	       ctl_str(reply, "security", "?"));
}

static int send_document(const struct ctl_options *o, struct job *j)
{
	char *b64 = malloc(DM_BOOTSTRAP_MAX / 3 * 4 + 8);
	struct json_object *p, *reply;

	if (!b64)
		return CTL_FAILED;
	p = json_object_new_object();
	EVP_EncodeBlock((unsigned char *)b64, j->data, (int)j->len);
	json_object_object_add(p, "data", json_object_new_string(b64));
	OPENSSL_cleanse(b64, strlen(b64));
	free(b64);
	if (j->profile)
		json_object_object_add(p, "profile", json_object_new_string(j->profile));
	if (j->content_type)
		json_object_object_add(p, "content_type", json_object_new_string(j->content_type));
	if (*j->pin)
		json_object_object_add(p, "pin", json_object_new_string(j->pin));
	if (j->dry_run)
		json_object_object_add(p, "dry_run", json_object_new_boolean(1));
	reply = ctl_call(o, "Bootstrap", p);
	if (!reply)
		return CTL_FAILED;
	if (o->json)
		ctl_print_json(reply);
	else
		print_result(j, reply);
	json_object_put(reply);
	return CTL_OK;
}

static bool take_option(struct job *j, int c, const char *arg)
{
	switch (c) {
	case 't':
		j->profile = arg;
		return !strcmp(arg, "dm") || !strcmp(arg, "cp");
	case 'n':
		return j->dry_run = true;
	case 'c':
		j->content_type = arg;
		return true;
	case 'p':
		j->pin_file = arg;
		return true;
	}
	return false;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "type", required_argument, NULL, 't' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "content-type", required_argument, NULL, 'c' },
		{ "pin-file", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct job *j = calloc(1, sizeof(*j));
	int c, ret = CTL_USAGE;

	if (!j)
		return CTL_FAILED;
	while ((c = getopt_long(argc, argv, "t:nc:p:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			ret = CTL_OK;
			goto out;
		}
		if (!take_option(j, c, optarg)) {
			fputs(usage, stderr);
			goto out;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		goto out;
	}
	j->file = argv[optind];
	ret = CTL_FAILED;
	if (read_document(j) && (!j->pin_file || read_pin(j)))
		ret = send_document(o, j);
out:
	OPENSSL_cleanse(j, sizeof(*j));
	free(j);
	return ret;
}

const struct ctl_command cmd_bootstrap = {
	"bootstrap", "give dmscd a document with the account of a server", run,
};
