// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc tree against the agent's methods for the tree, over a real control socket: the command runs in a
 * process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/agent.h"
#include "agent/log.h"
#include "userspace/ctl/util.c"
#include "userspace/ctl/link.c"
#include "userspace/ctl/tree.c"

struct world {
	struct agent a;
	char dir[40], socket[64], out[64], err[64], file[64];
	char printed[16384], complained[4096];
};

static int setup(void **state)
{
	struct mo_account acc = { .server_id = "card", .addr = "http://127.0.0.1/" };
	struct mo_value v = { .data = "two \"lines\"\nof it", .len = 17 };
	struct control_handler handler = agent_methods;
	struct world *w = calloc(1, sizeof(*w));
	char why[300];

	assert_non_null(w);
	log_set_level(-1);
	strcpy(w->dir, "/tmp/dmsc-test.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->socket, sizeof(w->socket), "%s/control", w->dir);
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	snprintf(w->err, sizeof(w->err), "%s/err", w->dir);
	snprintf(w->file, sizeof(w->file), "%s/file", w->dir);
	strcpy(acc.client.secret, "TopSecret");
	assert_int_equal(mo_tree_open(":memory:", &w->a.tree), 0);
	assert_int_equal(mo_ddf_load(w->a.tree, DDF_DIR, why, sizeof(why)), 0);
	assert_int_equal(mo_account_create(w->a.tree, "Card", &acc), 0);
	assert_int_equal(mo_tree_add(w->a.tree, NULL, "./S/a b/x", &v), MO_OK);
	assert_int_equal(loop_new(&w->a.loop), 0);
	handler.arg = &w->a;
	assert_int_equal(control_new(w->a.loop, w->socket, 0600, &handler, &w->a.control), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	control_free(w->a.control);
	loop_free(w->a.loop);
	mo_tree_close(w->a.tree);
	unlink(w->out);
	unlink(w->err);
	unlink(w->file);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static void stop(void *arg)
{
	loop_quit(arg, 0);
}

static void read_all(const char *file, char *text, size_t room)
{
	FILE *f = fopen(file, "r");
	size_t n = f ? fread(text, 1, room - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
}

/* Runs the command; what it says is in printed and complained afterwards. Its exit status. */
static int tree(struct world *w, bool json, int argc, char **argv)
{
	struct ctl_options o = { .socket = w->socket, .json = json };
	int status = 0, i;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!freopen(w->out, "w", stdout) || !freopen(w->err, "w", stderr))
			_exit(99);
		optind = 0;
		status = cmd_tree.run(&o, argc, argv);
		fflush(NULL);
		_exit(status);
	}
	for (i = 0; i < 1000 && waitpid(pid, &status, WNOHANG) == 0; i++) {
		loop_timer(w->a.loop, 10, stop, w->a.loop);
		assert_int_equal(loop_run(w->a.loop), 0);
	}
	assert_true(WIFEXITED(status));
	read_all(w->out, w->printed, sizeof(w->printed));
	read_all(w->err, w->complained, sizeof(w->complained));
	return WEXITSTATUS(status);
}

#define TREE(json, ...) tree(w, json, \
	(int)(sizeof((char *[]){ "tree", __VA_ARGS__ }) / sizeof(char *)), \
	(char *[]){ "tree", __VA_ARGS__, NULL })

static void printed(const struct world *w, const char *part)
{
	if (!strstr(w->printed, part))
		fail_msg("no \"%s\" in\n%s%s", part, w->printed, w->complained);
}

static void shows(void **state)
{
	struct world *w = *state;

	assert_int_equal(TREE(false, "./S"), CTL_OK);
	assert_string_equal(w->printed,
		"./S                                node\n"
		"  a%20b                            node\n"
		"    x                              chr  text/plain\n");
	assert_int_equal(TREE(false, "show", "--values", "--acl", "."), CTL_OK);
	printed(w, "x                            chr  text/plain  \"two \\\"lines\\\"\\nof it\"\n");
	printed(w, "[Add=*&Get=*]");
	printed(w, "chr  text/plain  (secret)\n");
	assert_null(strstr(w->printed, "TopSecret"));
	assert_int_equal(TREE(true, "show", "-v"), CTL_OK);
	printed(w, "\"uri\"");
	printed(w, "urn:oma:mo:oma-dm-dmacc:1.0");
	assert_null(strstr(w->printed, "TopSecret"));
	assert_int_equal(TREE(false, "show", "./Nope"), CTL_FAILED);
	assert_non_null(strstr(w->complained, "NotFound"));
}

static void gets_values(void **state)
{
	struct world *w = *state;

	assert_int_equal(TREE(false, "get", "./S/a%20b/x"), CTL_OK);
	assert_string_equal(w->printed, "two \"lines\"\nof it\n");
	assert_int_equal(TREE(false, "get", ".?prop=ACL"), CTL_OK);
	assert_string_equal(w->printed, "Add=*&Get=*\n");
	assert_int_equal(TREE(false, "get", "./S/a%20b?prop=Name"), CTL_OK);
	assert_string_equal(w->printed, "a%20b\n");
	assert_int_equal(TREE(false, "get", "./DMAcc/Card/AppAuth/1/AAuthSecret"), CTL_FAILED);
	assert_string_equal(w->printed, "");
	assert_int_equal(TREE(false, "get", "./S"), CTL_FAILED);
	assert_int_equal(TREE(false, "get", "./S?prop=Nope"), CTL_FAILED);
}

static void holds(struct world *w, const char *uri, const char *data, size_t len)
{
	struct mo_value v;

	assert_int_equal(mo_tree_get(w->a.tree, NULL, uri, &v), MO_OK);
	assert_int_equal(v.len, len);
	assert_memory_equal(v.data, data, len);
	mo_value_clear(&v);
}

static void changes(void **state)
{
	struct world *w = *state;

	assert_int_equal(TREE(false, "add", "./S/new", "v"), CTL_OK);
	holds(w, "./S/new", "v", 1);
	assert_int_equal(TREE(false, "add", "./S/new", "v"), CTL_FAILED);
	assert_non_null(strstr(w->complained, "./S/new: exists already"));
	assert_int_equal(TREE(false, "set", "--format=int", "./S/new", "7"), CTL_OK);
	holds(w, "./S/new?prop=Format", "int", 3);
	assert_int_equal(TREE(false, "set", "./S/new", "seven"), CTL_FAILED);
	assert_int_equal(TREE(false, "add", "--format=bin", "--type=a/b", "./S/bin", "AQIA"), CTL_OK);
	holds(w, "./S/bin", "\1\2\0", 3);
	assert_int_equal(TREE(false, "set", "--format=bin", "./S/bin", "AQ=="), CTL_OK);
	holds(w, "./S/bin", "\1", 1);
	assert_int_equal(TREE(false, "get", "./S/bin"), CTL_OK);
	assert_string_equal(w->printed, "AQ==\n");
	assert_int_equal(TREE(false, "set", "--format=bin", "./S/bin", "AQ"), CTL_FAILED);
	assert_int_equal(TREE(false, "set", "./S?prop=ACL", "Get=a"), CTL_OK);
	holds(w, "./S?prop=ACL", "Get=a", 5);
	assert_int_equal(TREE(false, "set", "./S?prop=ACL", "Get"), CTL_FAILED);
	assert_int_equal(TREE(false, "delete", "./S"), CTL_OK);
	assert_int_equal(TREE(false, "delete", "./S"), CTL_FAILED);
	assert_int_equal(TREE(false, "delete", "./DMAcc"), CTL_FAILED);
	/* a secret can be written */
	assert_int_equal(TREE(false, "set", "./DMAcc/Card/AppAuth/1/AAuthSecret", "new"), CTL_OK);
	holds(w, "./DMAcc/Card/AppAuth/1/AAuthSecret", "new", 3);
}

static void exports_and_imports(void **state)
{
	struct world *w = *state;
	char option[80];

	snprintf(option, sizeof(option), "--output=%s", w->file);
	assert_int_equal(TREE(false, "export", option, "./S"), CTL_OK);
	assert_int_equal(TREE(false, "import", w->file), CTL_FAILED);
	assert_non_null(strstr(w->complained, "./S: exists already"));
	assert_int_equal(TREE(false, "delete", "./S"), CTL_OK);
	assert_int_equal(TREE(false, "import", "--dry-run", w->file), CTL_OK);
	assert_int_equal(TREE(false, "get", "./S?prop=Name"), CTL_FAILED);
	assert_int_equal(TREE(false, "import", w->file), CTL_OK);
	holds(w, "./S/a%20b/x", "two \"lines\"\nof it", 17);
	assert_int_equal(TREE(false, "add", "./S/more", "v"), CTL_OK);
	assert_int_equal(TREE(false, "import", "--replace", w->file, "./S"), CTL_OK);
	assert_int_equal(TREE(false, "get", "./S/more"), CTL_FAILED);
	holds(w, "./S/a%20b/x", "two \"lines\"\nof it", 17);
	assert_int_equal(TREE(false, "export", "./DMAcc"), CTL_OK);
	printed(w, "<NodeName>AAuthName</NodeName>");
	assert_null(strstr(w->printed, "TopSecret"));
	assert_int_equal(TREE(false, "import", "/nonexistent/file"), CTL_FAILED);
	assert_int_equal(TREE(false, "import", "--replace", w->file), CTL_USAGE);
	assert_int_equal(TREE(false, "import", w->socket), CTL_FAILED);
}

/* What is written while a server's command is open would belong to it. */
static void waits_for_no_unit(void **state)
{
	struct world *w = *state;

	assert_int_equal(mo_tree_begin(w->a.tree), MO_OK);
	assert_int_equal(TREE(false, "set", "./S/a%20b/x", "v"), CTL_FAILED);
	assert_non_null(strstr(w->complained, "Busy"));
	assert_int_equal(TREE(false, "get", "./S/a%20b/x"), CTL_OK);
	mo_tree_rollback(w->a.tree);
	assert_int_equal(TREE(false, "set", "./S/a%20b/x", "v"), CTL_OK);
}

static void usage_errors(void **state)
{
	struct world *w = *state;

	assert_int_equal(TREE(false, "--help"), CTL_OK);
	printed(w, "dmsc tree import");
	assert_int_equal(TREE(false, "--nope"), CTL_USAGE);
	assert_int_equal(TREE(false, "nope"), CTL_USAGE);
	assert_int_equal(TREE(false, "set", "./S"), CTL_USAGE);
	assert_int_equal(TREE(false, "get"), CTL_USAGE);
	assert_int_equal(TREE(false, "delete", "./S", "./T"), CTL_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(shows), T(gets_values), T(changes), T(exports_and_imports), T(waits_for_no_unit),
		T(usage_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
