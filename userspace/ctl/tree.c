// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc tree: looks into the management tree of the agent and changes it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "dmsc.h"

static const char usage[] =
	"Usage: dmsc [--json] tree [show] [--values] [--acl] [URI]\n"
	"       dmsc tree export [--output=FILE] [URI]\n"
	"       dmsc tree import [--replace] [--dry-run] FILE [URI]\n"
	"       dmsc tree get URI[?prop=...]\n"
	"       dmsc tree add [--format=F] [--type=T] URI [VALUE]\n"
	"       dmsc tree set [--format=F] [--type=T] URI[?prop=...] VALUE\n"
	"       dmsc tree delete URI\n"
	"The management tree of dmscd, which has to be running. Passwords and nonces can be set but\n"
	"are never shown. URI is ./A/B; without it: the whole tree.\n\n"
	"  show      the nodes, their Format and Type (the default)\n"
	"  export    what is below URI as a TNDS document\n"
	"  import    a TNDS document (FILE, - = standard input): its nodes are added below URI\n"
	"  get       value or property (ACL Format Name Size Title TStamp Type VerNo) of a node\n"
	"  add       a node: Format chr or node (for an interior one), bin: VALUE is base64\n"
	"  set       another value, or ?prop=ACL, ?prop=Name, ?prop=Title\n"
	"  delete    a node with all that is below it\n\n"
	"  -a, --acl           show access control lists\n"
	"  -f, --format=F      Format of the value\n"
	"  -n, --dry-run       only say whether it could be imported\n"
	"  -o, --output=FILE   write to FILE\n"
	"  -r, --replace       the document takes the place of the node URI\n"
	"  -t, --type=T        Type of the value\n"
	"  -v, --values        show values\n"
	"  -h, --help          show this text\n";

struct tree_options {
	const struct ctl_options *ctl;
	bool values, acl, dry_run, replace;
	const char *output, *format, *type;
};

static void put_str(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_object_object_add(o, key, json_object_new_string(value));
}

static void put_true(struct json_object *o, const char *key, bool value)
{
	if (value)
		json_object_object_add(o, key, json_object_new_boolean(1));
}

static bool get_bool(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

/* A call whose answer has nothing to tell but that it went well. */
static int change(const struct tree_options *t, const char *method, struct json_object *p)
{
	struct json_object *reply = ctl_call(t->ctl, method, p);

	if (!reply)
		return CTL_FAILED;
	if (t->ctl->json)
		ctl_print_json(reply);
	json_object_put(reply);
	return CTL_OK;
}

/* -------------------------------------------------------------------------------- show */

static struct json_object *list(const struct tree_options *t, const char *uri, bool values)
{
	struct json_object *p = json_object_new_object();

	put_str(p, "uri", uri);
	put_true(p, "values", values);
	return ctl_call(t->ctl, "TreeList", p);
}

/* Text of a value, on one line. */
static void print_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s >= 0x20 && *s != 0x7f)
			putchar(*s);
		else
			printf("\\x%02x", (unsigned char)*s);
	}
	putchar('"');
}

static void print_node(const struct tree_options *t, struct json_object *n, const char *name,
		       int depth)
{
	const char *type = ctl_str(n, "type", ""), *acl = ctl_str(n, "acl", "");

	printf("%*s%-*s %s", 2 * depth, "", 2 * depth < 34 ? 34 - 2 * depth : 0, name,
	       ctl_str(n, "format", ""));
	if (*type)
		printf("  %s", type);
	if (t->values && get_bool(n, "secret"))
		fputs("  (secret)", stdout);
	else if (t->values && ctl_str(n, "value", NULL)) {
		fputs("  ", stdout);
		print_text(ctl_str(n, "value", ""));
	}
	if (t->acl && *acl)
		printf("  [%s]", acl);
	putchar('\n');
}

static int show(const struct tree_options *t, const char *uri)
{
	struct json_object *reply = list(t, uri, t->values), *nodes;
	size_t skip = 0;

	if (!reply)
		return CTL_FAILED;
	if (t->ctl->json) {
		ctl_print_json(reply);
		json_object_put(reply);
		return CTL_OK;
	}
	if (!json_object_object_get_ex(reply, "nodes", &nodes))
		nodes = NULL;
	for (size_t i = 0; nodes && i < json_object_array_length(nodes); i++) {
		struct json_object *n = json_object_array_get_idx(nodes, i);
		const char *full = ctl_str(n, "uri", ""), *name = full;
		int depth = 0;

		/* the first one in full, the others by their names below it */
		if (i == 0)
			skip = strlen(full);
		for (const char *s = full + skip; i && *s; s++)
			if (*s == '/')
				depth++, name = s + 1;
		print_node(t, n, name, depth);
	}
	json_object_put(reply);
	return CTL_OK;
}

/* ---------------------------------------------------------------------- export, import */

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

static int export(const struct tree_options *t, const char *uri)
{
	struct json_object *p = json_object_new_object(), *reply;
	int ret = CTL_OK;

	put_str(p, "uri", uri);
	reply = ctl_call(t->ctl, "Tree", p);
	if (!reply)
		return CTL_FAILED;
	if (t->ctl->json)
		ctl_print_json(reply);
	else
		ret = write_out(t->output, ctl_str(reply, "xml", ""));
	json_object_put(reply);
	return ret;
}

/* The document, NULL if it cannot be read or is longer than a call may be. */
static char *read_in(const char *file)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "r") : stdin;
	char *text = f ? malloc(CONTROL_MSG_MAX) : NULL;
	size_t n = 0;

	if (text)
		n = fread(text, 1, CONTROL_MSG_MAX, f);
	if (!text || ferror(f)) {
		fprintf(stderr, "dmsc: %s: %m\n", file);
		free(text);
		text = NULL;
	} else if (n == CONTROL_MSG_MAX || memchr(text, '\0', n)) {
		fprintf(stderr, "dmsc: %s: %s\n", file,
			n == CONTROL_MSG_MAX ? "too long" : "not an XML document");
		free(text);
		text = NULL;
	} else {
		text[n] = '\0';
	}
	if (f && f != stdin)
		fclose(f);
	return text;
}

static int import(const struct tree_options *t, const char *file, const char *uri)
{
	struct json_object *p;
	char *xml;

	if (t->replace && !uri) {
		fputs("dmsc: --replace needs the URI of the node\n", stderr);
		return CTL_USAGE;
	}
	xml = read_in(file);
	if (!xml)
		return CTL_FAILED;
	p = json_object_new_object();
	put_str(p, "xml", xml);
	free(xml);
	put_str(p, "uri", uri);
	put_true(p, "replace", t->replace);
	put_true(p, "dry_run", t->dry_run);
	return change(t, "TreeImport", p);
}

/* ------------------------------------------------------------------------- single nodes */

/* The property of a node as it is in the list. */
static int print_property(struct json_object *n, const char *name)
{
	static const char *const keys[][2] = {
		{ "ACL", "acl" }, { "Format", "format" }, { "Title", "title" },
		{ "TStamp", "tstamp" }, { "Type", "type" },
	};
	const char *uri = ctl_str(n, "uri", "");

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(keys[i][0], name))
			return puts(ctl_str(n, keys[i][1], "")) < 0 ? CTL_FAILED : CTL_OK;
	if (!strcmp(name, "VerNo"))
		return printf("%lld\n", ctl_int(n, "verno", 0)) < 0 ? CTL_FAILED : CTL_OK;
	if (!strcmp(name, "Name"))
		return puts(strrchr(uri, '/') ? strrchr(uri, '/') + 1 : "") < 0 ? CTL_FAILED : CTL_OK;
	fprintf(stderr, "dmsc: no property %s\n", name);
	return CTL_FAILED;
}

static int get(const struct tree_options *t, const char *uri)
{
	char *node = strdup(uri), *query = node ? strstr(node, "?prop=") : NULL;
	struct json_object *reply, *nodes, *n = NULL;
	int ret = CTL_FAILED;

	if (query)
		*query = '\0';
	reply = node ? list(t, node, !query) : NULL;
	if (reply && json_object_object_get_ex(reply, "nodes", &nodes))
		n = json_object_array_get_idx(nodes, 0);
	if (n && t->ctl->json) {
		ctl_print_json(n);
		ret = CTL_OK;
	} else if (n && query) {
		ret = print_property(n, query + 6);
	} else if (n && get_bool(n, "secret")) {
		fprintf(stderr, "dmsc: %s is a secret\n", node);
	} else if (n && !strcmp(ctl_str(n, "format", ""), "node")) {
		fprintf(stderr, "dmsc: %s is an interior node (use show)\n", node);
	} else if (n) {
		ret = puts(ctl_str(n, "value", "")) < 0 ? CTL_FAILED : CTL_OK;
	}
	json_object_put(reply);
	free(node);
	return ret;
}

static int write_node(const struct tree_options *t, const char *op, const char *uri,
		      const char *value)
{
	struct json_object *p = json_object_new_object();

	put_str(p, "op", op);
	put_str(p, "uri", uri);
	put_str(p, "format", t->format);
	put_str(p, "type", t->type);
	put_str(p, "value", value);
	return change(t, "TreeWrite", p);
}

static int bad_usage(void)
{
	fputs(usage, stderr);
	return CTL_USAGE;
}

/* What to do with n words; words[n] is NULL. */
static int dispatch(const struct tree_options *t, int n, char **words)
{
	const char *verb = n ? words[0] : "show";

	if (!strcmp(verb, "show") && n <= 2)
		return show(t, n == 2 ? words[1] : NULL);
	if (!strcmp(verb, "export") && n <= 2)
		return export(t, words[1]);
	if (!strcmp(verb, "import") && (n == 2 || n == 3))
		return import(t, words[1], words[2]);
	if (!strcmp(verb, "get") && n == 2)
		return get(t, words[1]);
	if (!strcmp(verb, "add") && (n == 2 || n == 3))
		return write_node(t, "add", words[1], words[2]);
	if (!strcmp(verb, "set") && n == 3)
		return write_node(t, "replace", words[1], words[2]);
	if (!strcmp(verb, "delete") && n == 2)
		return write_node(t, "delete", words[1], NULL);
	/* a URI alone: show is what is meant */
	if (n == 1 && (verb[0] == '.' || verb[0] == '/'))
		return show(t, verb);
	return bad_usage();
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "acl", no_argument, NULL, 'a' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ "replace", no_argument, NULL, 'r' },
		{ "type", required_argument, NULL, 't' },
		{ "values", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	struct tree_options t = { .ctl = o };
	int c;

	while ((c = getopt_long(argc, argv, "af:hno:rt:v", longs, NULL)) != -1)
		switch (c) {
		case 'a': t.acl = true; break;
		case 'f': t.format = optarg; break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		case 'n': t.dry_run = true; break;
		case 'o': t.output = optarg; break;
		case 'r': t.replace = true; break;
		case 't': t.type = optarg; break;
		case 'v': t.values = true; break;
		default: return bad_usage();
		}
	return dispatch(&t, argc - optind, argv + optind);
}

const struct ctl_command cmd_tree = {
	"tree", "show, export, import or change the management tree", run,
};
