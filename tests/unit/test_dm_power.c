// SPDX-License-Identifier: BSD-3-Clause
/*
 * Power loss inside of an Atomic: a process that runs a session on a tree and a configuration file is
 * killed at random points (seeded); what the next start finds is the old state or the new one, in
 * the tree and in the file, and the server will hear of the new one.
 */
#include "dm-fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "integrate/integrate.h"
#include "unit/scratch.h"

#define ROUNDS	100
#define SEED	20260417U

struct world {
	char dir[SCRATCH_LEN], db[64], file[64];
	struct fixture f;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	scratch_make(w->dir);
	snprintf(w->db, sizeof(w->db), "%s/tree.db", w->dir);
	snprintf(w->file, sizeof(w->file), "%s/settings.conf", w->dir);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	scratch_remove(w->dir);
	free(w);
	return 0;
}

static void open_tree(struct world *w)
{
	const struct mo_device dev = { .dev_id = DEVICE_ID };
	struct keyvalue_config cfg = { .file = w->file };
	const struct mo_provider_ops *ops;
	void *ctx;

	assert_int_equal(mo_tree_open(w->db, &w->f.tree), 0);
	assert_int_equal(mo_device_define(w->f.tree, &dev), 0);
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), 0);
	assert_int_equal(mo_tree_mount(w->f.tree, "./Settings", ops, ctx), 0);
}

static void first_state(struct world *w)
{
	struct mo_value v = { .data = (char *)"first", .len = 5, .format = "chr" };

	open_tree(w);
	strcpy(w->f.acc.server_id, "dmsc.example");
	strcpy(w->f.acc.addr, SERVER_URI);
	credential(&w->f.acc.client, "client01", "ClientSecret1", 0x10);
	credential(&w->f.acc.server, "dmsc.example", "CardSecret1", 0xa0);
	assert_int_equal(mo_account_create(w->f.tree, "Card", &w->f.acc), 0);
	assert_int_equal(mo_tree_add(w->f.tree, NULL, "./Settings/a", &v), 200);
	assert_int_equal(mo_tree_add(w->f.tree, NULL, "./Settings/b", &v), 200);
	assert_int_equal(mo_tree_add(w->f.tree, NULL, "./Settings/c", &v), 200);
	mo_tree_close(w->f.tree);
}

/* One session with an Atomic that sets all three leaves; tells when it begins. */
static void run(struct world *w, const char *value, int told)
{
	char cred[400], body[1500];
	struct fixture *f = &w->f;

	open_tree(w);
	if (mo_account_load(f->tree, "dmsc.example", &f->acc))
		_exit(2);
	if (dm_session_new(&f->acc, f->tree, NULL, NULL, &f->s) || start_2a(f) != DM_NEXT_SEND)
		_exit(3);
	snprintf(body, sizeof(body), ACCEPT_1 "<Atomic><CmdID>4</CmdID>"
		 REPLACE("5", "./Settings/a", "%s") REPLACE("6", "./Settings/b", "%s")
		 REPLACE("7", "./Settings/c", "%s") "</Atomic><Final/>", value, value, value);
	server_cred(cred, f->acc.server.nonce, f->acc.server.nonce_len, "CardSecret1");
	if (write(told, "x", 1) != 1 || server_says(f, 1, cred, body) != DM_NEXT_SEND)
		_exit(4);
	if (write(told, "y", 1) != 1)
		_exit(5);
	pause();
}

/* Lets a child do it and kills it after that many microseconds. How long it took if it got through. */
static long run_and_kill(struct world *w, const char *value, long after_us)
{
	struct timespec begin, end, wait = { 0, after_us * 1000 };
	int told[2], status;
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(told), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(told[0]);
		run(w, value, told[1]);
		_exit(6);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (after_us < 0)
		assert_int_equal(read(told[0], &c, 1), 1);
	else
		nanosleep(&wait, NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(told[0]);
	return (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
}

struct found {
	unsigned int n;
	struct mo_tree *tree;
};

static int find_result(void *arg, const struct mo_pending *p)
{
	struct found *found = arg;

	if (!strcmp(p->correlator, "2A/1/4") && !strncmp(p->data, "Atomic 200\n", 11))
		found->n++;
	return mo_pending_drop(found->tree, p->id);
}

/* The state that is found: one value everywhere. Whether the server will hear of a success. */
static bool look(struct world *w, char value[32])
{
	struct found found = { 0, NULL };
	char text[200], line[200];
	FILE *file;
	size_t n;

	open_tree(w);
	snprintf(value, 32, "%.31s", leaf(&w->f, "./Settings/a"));
	assert_string_equal(leaf(&w->f, "./Settings/b"), value);
	assert_string_equal(leaf(&w->f, "./Settings/c"), value);
	file = fopen(w->file, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	snprintf(line, sizeof(line), "a=%s\nb=%s\nc=%s\n", value, value, value);
	assert_string_equal(text, line);
	found.tree = w->f.tree;
	assert_int_equal(mo_pending_each(w->f.tree, "dmsc.example", find_result, &found), 0);
	mo_tree_close(w->f.tree);
	assert_true(found.n <= 1);
	return found.n;
}

static void killed_inside_of_an_atomic(void **state)
{
	struct world *w = *state;
	unsigned int i, kept = 0, changed = 0, seed = SEED;
	char old[32] = "first", value[32], found[32];
	long whole;

	first_state(w);
	/* how long it takes, undisturbed */
	whole = run_and_kill(w, "undisturbed", -1);
	assert_true(look(w, found));
	assert_string_equal(found, "undisturbed");
	strcpy(old, found);
	for (i = 0; i < ROUNDS; i++) {
		snprintf(value, sizeof(value), "round-%u", i);
		run_and_kill(w, value, rand_r(&seed) % (whole * 5 / 4 + 1));
		if (look(w, found)) {
			assert_string_equal(found, value);
			changed++;
		} else {
			assert_string_equal(found, old);
			kept++;
		}
		strcpy(old, found);
	}
	printf("# figures: %u kills, seed %u: old state %u times, new state %u times\n", ROUNDS, SEED,
	       kept, changed);
	assert_int_not_equal(kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_inside_of_an_atomic, setup, teardown),
	};

	return cmocka_run_group_tests_name("dm_power", tests, NULL, NULL);
}
