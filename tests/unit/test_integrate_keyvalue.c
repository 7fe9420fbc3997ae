// SPDX-License-Identifier: BSD-3-Clause
/* The key=value provider: format, import, targets that cannot be written, configuration. */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "integrate/kvtext.h"
#include "keyvalue-fixture.h"

/* --------------------------------------------------------------------------- format */

static void test_ordinary(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	expect_folder(w, "");
	assert_int_equal(put_text(w, "./Settings/net/apn", "internet.example"), MO_OK);
	assert_int_equal(
		put_text(w, "./Settings/greeting", "Hello, World! #1 = \"x\" $HOME 'y' \xc3\xbc"),
		MO_OK);
	assert_int_equal(put(w, "./Settings/port", "int", "8080", 4), MO_OK);
	assert_int_equal(put(w, "./Settings/on", "bool", "true", 4), MO_OK);
	assert_int_equal(put(w, "./Settings/raw", "bin", "\0\1\2\3", 4), MO_OK);
	assert_int_equal(put(w, "./Settings/text64", "b64", "AAEC", 4), MO_OK);
	assert_int_equal(put(w, "./Settings/nothing", "null", "", 0), MO_OK);
	assert_int_equal(put(w, "./Settings/folder", "node", "", 0), MO_OK);
	expect_file(w->file,
		    "greeting=Hello, World! #1 = \"x\" $HOME 'y' \xc3\xbc\n"
		    "net/apn=internet.example\n"
		    "nothing=\n"
		    "on=true\n"
		    "port=8080\n"
		    "raw=AAECAw==\n"
		    "text64=AAEC\n");
	assert_int_equal(stat(w->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/net"), MO_OK);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/greeting"), MO_OK);
	expect_file(w->file, "nothing=\non=true\nport=8080\nraw=AAECAw==\ntext64=AAEC\n");
	expect_folder(w, "settings.conf ");
}

static void test_escapes(void **state)
{
	struct world *w = *state;

	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(put_text(w, "./Settings/a", "two\nlines\r"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/b", "C:\\new"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/c", "  in  side\t"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/d", " "), MO_OK);
	assert_int_equal(put_text(w, "./Settings/e=f", "g=h"), MO_OK);
	assert_int_equal(put_text(w, "./Settings/%23i j", "#"), MO_OK);
	expect_file(w->file,
		    "%23i%20j=#\n"
		    "a=two\\nlines\\r\n"
		    "b=C:\\\\new\n"
		    "c=\\0040 in  side\\0011\n"
		    "d=\\0040\n"
		    "e%3Df=g=h\n");
	/* text that no line can hold */
	assert_int_equal(put(w, "./Settings/z", "chr", "a\0b", 3), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(put(w, "./Settings/z", "int", "one", 3), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(put(w, "./Settings/z", "bool", "yes", 3), MO_UNSUPPORTED_FORMAT);
	assert_int_equal(status_of(w, "./Settings/z"), MO_NOT_FOUND);
}

struct pair {
	char key[64], value[64];
	size_t len;
	int count;
};

static int take_pair(void *arg, const char *key, char *value, size_t len)
{
	struct pair *p = arg;

	snprintf(p->key, sizeof(p->key), "%s", key);
	memcpy(p->value, value, len);
	p->len = len;
	p->count++;
	return 0;
}

/* What is written reads back the same, whatever bytes the value has. */
static void test_format_round_trip(void **state)
{
	unsigned int seed = 7, i, k, unknown = 0;

	for (i = 0; i < 50000; i++) {
		static const char bytes[] = "\\\\n0r=# \t\r\n'\"1a\x01\x7f\xc3";
		struct kvtext t = { 0 };
		struct mo_value v = { .format = "chr" };
		struct pair p = { .count = 0 };
		char data[16];

		v.len = (unsigned int)rand_r(&seed) % sizeof(data);
		for (k = 0; k < v.len; k++)
			data[k] = bytes[(unsigned int)rand_r(&seed) % (sizeof(bytes) - 1)];
		v.data = data;
		assert_int_equal(kvtext_add(&t, "a=b/c", &v), 0);
		assert_int_equal(kvtext_parse(t.data, t.len, take_pair, &p, &unknown), 0);
		assert_int_equal(p.count, 1);
		assert_string_equal(p.key, "a%3Db/c");
		assert_int_equal(p.len, v.len);
		assert_memory_equal(p.value, data, v.len);
		kvtext_clear(&t);
	}
	assert_int_equal(unknown, 0);
}

/* The escapes are those of printf %b, so a shell reads any value back. */
static void test_shell_reads(void **state)
{
	struct world *w = *state;
	char cmd[400], buf[64];
	size_t n;
	FILE *p;

	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(put_text(w, "./Settings/a", " 5 \\n two\nlines\\ 7\t"), MO_OK);
	snprintf(cmd, sizeof(cmd), "while IFS== read -r k v; do printf %%b \"$v\"; done <%s",
		 w->file);
	p = popen(cmd, "r");
	assert_non_null(p);
	n = fread(buf, 1, sizeof(buf) - 1, p);
	buf[n] = '\0';
	pclose(p);
	assert_string_equal(buf, " 5 \\n two\nlines\\ 7\t");
}

static void test_big_file(void **state)
{
	struct world *w = *state;
	char uri[64], line[64];
	FILE *f;
	int i;

	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(mo_tree_begin(w->t), MO_OK);
	for (i = 0; i < 1000; i++) {
		snprintf(uri, sizeof(uri), "./Settings/leaf%04d", i);
		assert_int_equal(put_text(w, uri, uri), MO_OK);
	}
	assert_int_equal(mo_tree_commit(w->t), MO_OK);
	f = fopen(w->file, "r");
	assert_non_null(f);
	for (i = 0; i < 1000; i++) {
		snprintf(uri, sizeof(uri), "leaf%04d=./Settings/leaf%04d\n", i, i);
		assert_non_null(fgets(line, sizeof(line), f));
		assert_string_equal(line, uri);
	}
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
}

/* --------------------------------------------------------------------------- import */

static const char old_config[] =
	"# written by hand\n"
	"\n"
	"apn = internet.example  \n"
	"net/mtu=1500\n"
	"no equal sign\n"
	"empty=\n"
	"quoted=\"a b\"\n"
	"twice=1\n"
	"twice=2\n"
	"esc=a\\nb\\q";

static void test_import(void **state)
{
	struct world *w = *state;
	char orig[128];
	struct stat st;

	write_file(w->file, old_config, 0600);
	make_hook(w, "exit 0");
	assert_int_equal(mount_kv(w, w->file, w->hook, 0), 0);
	assert_non_null(strstr(w->logged, "7 lines"));
	assert_non_null(strstr(w->logged, "1 not"));
	expect_value_of(w, "./Settings/apn", "internet.example");
	expect_value_of(w, "./Settings/net/mtu", "1500");
	expect_value_of(w, "./Settings/empty", "");
	expect_value_of(w, "./Settings/quoted", "\"a b\"");
	expect_value_of(w, "./Settings/twice", "2");
	expect_value_of(w, "./Settings/esc", "a\nb\\q");
	expect_file(w->file, "apn=internet.example\nempty=\nesc=a\\nb\\\\q\nnet/mtu=1500\n"
			     "quoted=\"a b\"\ntwice=2\n");
	snprintf(orig, sizeof(orig), "%s.orig", w->file);
	expect_file(orig, old_config);
	assert_int_equal(stat(orig, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	expect_file(w->log, "apn=internet.example\n");
}

/* What the file holds is imported at the first mount only: afterwards the tree is right. */
static void test_import_once(void **state)
{
	struct world *w = *state;
	char db[64], orig[128];

	snprintf(db, sizeof(db), "%s/tree.db", w->dir);
	mo_tree_close(w->t);
	assert_int_equal(mo_tree_open(db, &w->t), 0);
	write_file(w->file, "a=1\n", 0644);
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(mo_tree_delete(w->t, SRV, "./Settings/a"), MO_OK);
	expect_file(w->file, "");
	mo_tree_close(w->t);
	write_file(w->file, "b=2\n", 0644);
	assert_int_equal(mo_tree_open(db, &w->t), 0);
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	expect_file(w->file, "");
	assert_int_equal(status_of(w, "./Settings/b"), MO_NOT_FOUND);
	snprintf(orig, sizeof(orig), "%s.orig", w->file);
	expect_file(orig, "a=1\n");
}

/* --------------------------------------------------- targets that cannot be written */

static void test_missing_folder(void **state)
{
	struct world *w = *state;
	char file[128];

	snprintf(file, sizeof(file), "%s/none/settings.conf", w->dir);
	assert_int_equal(mount_kv(w, file, NULL, 0), 0);
	expect_refused(w, MO_FAILED, "No such file or directory");
	assert_non_null(strstr(mo_tree_error(w->t), "./Settings: cannot write /tmp/kv-"));
	/* when the folder appears, all goes well without a restart */
	*strrchr(file, '/') = '\0';
	assert_int_equal(mkdir(file, 0755), 0);
	assert_int_equal(put_text(w, "./Settings/a", "1"), MO_OK);
}

static void test_directory(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->file, 0755), 0);
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	expect_refused(w, MO_FAILED, "settings.conf: Is a directory");
	expect_folder(w, "settings.conf ");
}

static void test_fifo(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkfifo(w->file, 0644), 0);
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	expect_refused(w, MO_FAILED, "Not a regular file");
}

/* A disk that is full: the limit on the size of files stands for it. */
static void test_full(void **state)
{
	struct world *w = *state;
	struct rlimit limit, small = { .rlim_cur = 100, .rlim_max = RLIM_INFINITY };
	char big[200];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(put_text(w, "./Settings/a", "1"), MO_OK);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(put_text(w, "./Settings/b", big), MO_DEVICE_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_file(w->file, "a=1\n");
	expect_folder(w, "settings.conf ");
	assert_int_equal(status_of(w, "./Settings/b"), MO_NOT_FOUND);
	assert_int_equal(put_text(w, "./Settings/b", "2"), MO_OK);
	expect_file(w->file, "a=1\nb=2\n");
}

/* In a mount namespace of its own: 0 as it should be, 77 cannot be tried, else a line. */
static int on_small_disk(struct world *w)
{
	char big[30000], options[] = "size=64k,mode=755";

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", w->dir, "tmpfs", 0, options) < 0)
		return 77;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	if (mount_kv(w, w->file, NULL, 0) || put_text(w, "./Settings/a", "1") != MO_OK)
		return 1 + __LINE__ % 76;
	if (put_text(w, "./Settings/b", big) != MO_OK)
		return 1 + __LINE__ % 76;
	if (put_text(w, "./Settings/c", big) != MO_DEVICE_FULL ||
	    !strstr(mo_tree_error(w->t), "No space left") ||
	    status_of(w, "./Settings/c") != MO_NOT_FOUND)
		return 1 + __LINE__ % 76;
	if (mount(NULL, w->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return 77;
	if (mo_tree_delete(w->t, SRV, "./Settings/b") != MO_FAILED ||
	    !strstr(mo_tree_error(w->t), "settings.conf: Read-only file system") ||
	    status_of(w, "./Settings/b") != MO_OK)
		return 1 + __LINE__ % 76;
	return 0;
}

static void test_disk(void **state)
{
	struct world *w = *state;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(on_small_disk(w));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_symlink(void **state)
{
	struct world *w = *state;
	char target[128];
	struct stat st;

	snprintf(target, sizeof(target), "%s/real.conf", w->dir);
	write_file(target, "a=1\n", 0644);
	assert_int_equal(symlink("real.conf", w->file), 0);
	assert_int_equal(mount_kv(w, w->file, NULL, 0), 0);
	assert_int_equal(put_text(w, "./Settings/a", "2"), MO_OK);
	assert_int_equal(lstat(w->file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	expect_file(target, "a=2\n");
	assert_int_equal(unlink(target), 0);
	expect_refused(w, MO_FAILED, "cannot read");
}

/* -------------------------------------------------------------------- configuration */

static void test_config(void **state)
{
	const struct mo_provider_ops *ops;
	struct keyvalue_config cfg = { .file = "" };
	void *ctx;

	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), -EINVAL);
	cfg.file = "x";
	cfg.hook = "";
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), -EINVAL);
	cfg.hook = NULL;
	cfg.mode = 010644;
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), -EINVAL);
	cfg.mode = 0600;
	assert_int_equal(keyvalue_new(&cfg, &ops, &ctx), 0);
	ops->free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_ordinary), T(test_escapes), T(test_format_round_trip), T(test_shell_reads),
		T(test_big_file), T(test_import), T(test_import_once), T(test_missing_folder),
		T(test_directory), T(test_fifo), T(test_full), T(test_disk), T(test_symlink),
		T(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
