// SPDX-License-Identifier: BSD-3-Clause
/*
 * Time and memory of the agent, as one table: see usage. Nothing here fails because a figure is bad:
 * machines differ; a "!" marks what is beyond its target.
 */
#include "bench/bench.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"Usage: bench [--json] [--quick] [--folder=DIR] [NAME]...\n"
	"Measures the agent on this machine and prints one table. NAMEs choose among: message-xml,\n"
	"message-wbxml, large-object, sessions.\n\n"
	"  -j, --json         print JSON\n"
	"  -q, --quick        a few rounds only: to see that it works, not to measure\n"
	"  -f, --folder=DIR   where databases go, for the time of the measurement (default .)\n"
	"  -h, --help         show this text\n\n"
	"CPU is user and system time of the process. Memory is resident memory, the pages of shared\n"
	"libraries with it; private is without them; \"above base\" is the peak less what there was\n"
	"before. A \"!\" marks a figure beyond its target.\n";

static const struct measurement {
	const char *name;
	void (*run)(const struct bench *b, struct figures *f);
} measurements[] = {
	{ "message-xml", bench_message_xml },
	{ "message-wbxml", bench_message_wbxml },
	{ "large-object", bench_large_object },
	{ "sessions", bench_sessions },
};

#define N_MEASUREMENTS	(sizeof(measurements) / sizeof(measurements[0]))

void bench_add(struct figures *f, const char *name, double value, const char *unit, double target)
{
	struct figure *one = &f->list[f->n];

	if (f->n == BENCH_FIGURES)
		return;
	f->n++;
	snprintf(one->name, sizeof(one->name), "%s", name);
	snprintf(one->unit, sizeof(one->unit), "%s", unit);
	one->value = value;
	one->target = target;
}

void bench_fail(struct figures *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	f->failed = true;
}

static double clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

double bench_cpu_ms(void)
{
	return clock_ms(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_wall_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* A line of /proc/self/status in KiB. */
static double status_kib(const char *key)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	double kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kib = atof(line + strlen(key));
	if (f)
		fclose(f);
	return kib;
}

double bench_rss_kib(void)
{
	return status_kib("VmRSS:");
}

double bench_private_kib(void)
{
	return status_kib("RssAnon:");
}

bool bench_peak_begin(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "we");
	bool ok = f && fputs("5\n", f) >= 0;

	return f && !fclose(f) && ok;
}

double bench_peak_kib(void)
{
	return status_kib("VmHWM:");
}

/*
 * In a process and with a program start of its own: what one takes is not counted for the next, and
 * what libraries take is.
 */
static void be_child(const struct bench *b, const struct measurement *m, int out)
{
	char folder[320], fd[16];

	snprintf(folder, sizeof(folder), "--folder=%s", b->folder);
	snprintf(fd, sizeof(fd), "--child=%d", out);
	execl("/proc/self/exe", "bench", folder, fd, m->name, b->quick ? "--quick" : NULL, NULL);
	_exit(127);
}

static void run(const struct bench *b, const struct measurement *m, struct figures *f)
{
	int ends[2], status;
	pid_t pid;

	memset(f, 0, sizeof(*f));
	if (pipe(ends) || (pid = fork()) < 0) {
		bench_fail(f, "%s", strerror(errno));
		return;
	}
	if (!pid) {
		close(ends[0]);
		be_child(b, m, ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], f, sizeof(*f)) != sizeof(*f))
		bench_fail(f, "the measurement died");
	close(ends[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		bench_fail(f, "the measurement ended with status %#x", status);
}

static int measure(const struct bench *b, const char *name, int out)
{
	struct figures f;

	memset(&f, 0, sizeof(f));
	for (size_t i = 0; i < N_MEASUREMENTS; i++)
		if (!strcmp(measurements[i].name, name))
			measurements[i].run(b, &f);
	return write(out, &f, sizeof(f)) == sizeof(f) ? 0 : 1;
}

static void print(const struct measurement *m, const struct figures *f)
{
	if (f->failed)
		printf("%-14s FAILED: %s\n", m->name, f->why);
	for (unsigned int i = 0; i < f->n && !f->failed; i++) {
		const struct figure *one = &f->list[i];

		printf("%-14s %-44s %10.2f %-5s", i ? "" : m->name, one->name, one->value, one->unit);
		if (one->target > 0)
			printf("  %3.0f %% of %g %s%s", 100 * one->value / one->target, one->target,
			       one->unit, one->value < one->target ? "" : " !");
		putchar('\n');
	}
	fflush(stdout);
}

static struct json_object *to_json(const struct figures *f)
{
	struct json_object *o = json_object_new_object();

	if (f->failed)
		json_object_object_add(o, "failed", json_object_new_string(f->why));
	for (unsigned int i = 0; i < f->n; i++) {
		const struct figure *one = &f->list[i];
		struct json_object *fig = json_object_new_object();

		json_object_object_add(fig, "value", json_object_new_double(one->value));
		json_object_object_add(fig, "unit", json_object_new_string(one->unit));
		if (one->target > 0)
			json_object_object_add(fig, "ratio",
					       json_object_new_double(one->value / one->target));
		json_object_object_add(o, one->name, fig);
	}
	return o;
}

static bool chosen(const char *name, char **names, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return !n;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < N_MEASUREMENTS; i++)
		if (!strcmp(measurements[i].name, name))
			return true;
	fprintf(stderr, "bench: no measurement \"%s\"; see --help\n", name);
	return false;
}

static int run_all(const struct bench *b, bool json, char **names, int n)
{
	struct json_object *all = json ? json_object_new_object() : NULL;
	struct figures f;
	int ret = 0;

	for (size_t i = 0; i < N_MEASUREMENTS; i++) {
		if (!chosen(measurements[i].name, names, n))
			continue;
		run(b, &measurements[i], &f);
		ret |= f.failed;
		if (json)
			json_object_object_add(all, measurements[i].name, to_json(&f));
		else
			print(&measurements[i], &f);
	}
	if (json)
		puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
	json_object_put(all);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "quick", no_argument, NULL, 'q' },
		{ "folder", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "child", required_argument, NULL, 'c' },	/* between bench and itself */
		{ NULL, 0, NULL, 0 }
	};
	struct bench b = { .folder = "." };
	char folder[256];
	bool json = false;
	int c, ret, out = -1;

	while ((c = getopt_long(argc, argv, "jqf:h", longs, NULL)) != -1)
		switch (c) {
		case 'j': json = true; break;
		case 'q': b.quick = true; break;
		case 'f': b.folder = optarg; break;
		case 'c': out = atoi(optarg); break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	for (int i = optind; i < argc; i++)
		if (!known(argv[i]))
			return 2;
	if (out >= 0 && optind < argc)
		return measure(&b, argv[optind], out);
	if (snprintf(folder, sizeof(folder), "%s/bench-XXXXXX", b.folder) >= (int)sizeof(folder) ||
	    !mkdtemp(folder)) {
		fprintf(stderr, "bench: --folder=%s: %s\n", b.folder, strerror(errno));
		return 2;
	}
	b.folder = folder;
	ret = run_all(&b, json, argv + optind, argc - optind);
	for (const char *const *end = (const char *const[]){ "", "-wal", "-shm", "-journal", NULL }; *end; end++) {
		char file[300];

		snprintf(file, sizeof(file), "%s/tree.db%s", folder, *end);
		unlink(file);
	}
	rmdir(folder);
	return ret;
}
