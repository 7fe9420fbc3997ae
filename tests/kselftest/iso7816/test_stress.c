// SPDX-License-Identifier: BSD-3-Clause
/*
 * Card or reader taken away at random moments while processes use the reader in
 * every way there is.  No call lasts, files of a reader that has gone say so, the
 * next card works, the driver's module cannot be unloaded meanwhile, and nothing
 * is left over.
 *
 *   test_stress				a few cycles of each way
 *   test_stress WAY CYCLES [SEED [PROCESSES]]	(stress_ways in stress-way.c)
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "stress.h"

/* No call lasts longer, with all the others before it in the queue */
#define HANG_MS		20000
#define PROCESSES	8
/* An object lost a cycle shows, if there are more cycles than what comes and goes anyway */
#define LEAK_CYCLES	1000
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

struct stress *stress;
static const struct stress_way *way;
static unsigned int cycles, seed, processes;
static uint64_t pull_longest_ms, notice_longest_ms;

static unsigned int some(unsigned int n)
{
	return rand_r(&seed) % n;
}

/* Mostly at once, at times in the midst of an activation or a command */
static void wait_some(void)
{
	usleep(some(4) ? some(2000) : some(40000));
}

/* ----------------------------------------------------------- the processes */

static enum ktap_result start_load(void)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; i < processes; i++) {
		struct worker *w = &stress->worker[i];

		w->seed = seed + i;
		w->load = stress_loads[i % stress_n_loads];
		fflush(stdout);
		pid = fork();
		CHECK(pid >= 0, "fork: %d", errno);
		if (!pid) {
			/* the card, and who takes it away, do not queue behind the load */
			if (setpriority(PRIO_PROCESS, 0, 10))
				_exit(1);
			stress_load(i);
			_exit(0);
		}
		w->pid = pid;
	}
	return KTAP_PASS;
}

/* Is everybody alive, well, and not stuck? */
static enum ktap_result look_after(void)
{
	unsigned int i;

	for (i = 0; i < processes; i++) {
		struct worker *w = &stress->worker[i];
		uint64_t since = w->since_ms;

		CHECK(!w->complaint[0], "%s", w->complaint);
		CHECK(!since || now_ms() < since + HANG_MS, "%s: %s lasts", w->load, w->call);
		CHECK_EQ(waitpid(w->pid, NULL, WNOHANG), 0);
	}
	return KTAP_PASS;
}

/* All of them end; who does not is killed, which is a failure. */
static enum ktap_result stop_load(void)
{
	uint64_t limit = now_ms() + HANG_MS;
	enum ktap_result result = KTAP_PASS;
	unsigned int i;

	stress->stop = true;
	for (i = 0; i < processes; i++) {
		struct worker *w = &stress->worker[i];

		while (w->pid > 0 && !waitpid(w->pid, NULL, WNOHANG)) {
			if (now_ms() < limit) {
				sleep_ms(2);
				continue;
			}
			printf("# %s does not end, in %s\n", w->load, w->call);
			kill(w->pid, SIGKILL);
			result = KTAP_FAIL;
			break;
		}
		w->pid = 0;
		if (w->complaint[0]) {
			printf("# %s\n", w->complaint);
			result = KTAP_FAIL;
		}
	}
	return result;
}

/* -------------------------------------------------------------- one cycle */

/* The next event is of this type, and comes in time. */
static enum ktap_result next_event(int fd, uint32_t type)
{
	uint64_t start = now_ms();
	struct iso7816_event e;
	int ret;

	while ((ret = reader_ioctl(fd, ISO7816_IOC_GET_EVENT, &e)) == -EAGAIN) {
		CHECK(now_ms() < start + HANG_MS, "no event %u", type);
		poll_for(fd, POLLPRI, 1000);
	}
	CHECK_EQ(ret, 0);
	CHECK_EQ(e.type, type);
	CHECK_EQ(e.lost, 0);
	if (now_ms() - start > notice_longest_ms)
		notice_longest_ms = now_ms() - start;
	return KTAP_PASS;
}

/* A file that hears of nothing but cards and the end of the reader */
static int open_watch(int reader)
{
	struct iso7816_event_mask mask = {
		.mask = ISO7816_EVENT_BIT(ISO7816_EVENT_CARD_INSERTED) |
			ISO7816_EVENT_BIT(ISO7816_EVENT_CARD_REMOVED) |
			ISO7816_EVENT_BIT(ISO7816_EVENT_READER_GONE),
	};
	int fd = stress_open(reader, 0), ret;

	if (fd < 0)
		return fd;
	ret = reader_ioctl(fd, ISO7816_IOC_SET_EVENT_MASK, &mask);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* The module that all files belong to; tried now and then, with a file open */
static enum ktap_result try_rmmod(unsigned int n)
{
	if (n % 16)
		return KTAP_PASS;
	CHECK_EQ(syscall(SYS_delete_module, "iso7816", O_NONBLOCK) ? -errno : 0, -EAGAIN);
	return KTAP_PASS;
}

static enum ktap_result timed_pull(void)
{
	uint64_t start = now_ms();

	stress->gone_ms = start;
	CHECK_EQ(way->pull(), 0);
	if (now_ms() - start > pull_longest_ms)
		pull_longest_ms = now_ms() - start;
	CHECK(now_ms() < start + HANG_MS, "took %llu ms", (long long)(now_ms() - start));
	return KTAP_PASS;
}

/* Each card that goes and comes is told of, once. */
static enum ktap_result cycle_card(int fd)
{
	CHECK_PASS(timed_pull());
	CHECK_PASS(next_event(fd, ISO7816_EVENT_CARD_REMOVED));
	wait_some();
	CHECK(way->push() >= 0, "not put in");
	return next_event(fd, ISO7816_EVENT_CARD_INSERTED);
}

/* The card of the new reader is there: it is in from the beginning. */
static enum ktap_result await_card(int fd)
{
	uint64_t limit = now_ms() + HANG_MS;

	while (card_state(fd) == ISO7816_STATE_ABSENT && now_ms() < limit)
		sleep_ms(1);
	CHECK(card_state(fd) > ISO7816_STATE_ABSENT, "state %d", card_state(fd));
	return KTAP_PASS;
}

/* The old file hears of the end; a new reader, with its card, takes over. */
static enum ktap_result cycle_reader(int *fd)
{
	int reader, ret;

	stress->reader = -1;
	CHECK_PASS(timed_pull());
	CHECK(poll_for(*fd, POLLHUP, 100) & POLLHUP, "no POLLHUP");
	CHECK_EQ(event_of(*fd, ISO7816_EVENT_READER_GONE, NULL), 0);
	CHECK_EQ(card_state(*fd), -ENODEV);
	ret = power_on(*fd, NULL);
	close(*fd);
	*fd = -1;
	CHECK_EQ(ret, -ENODEV);
	reader = way->push();
	CHECK(reader >= 0, "%s: %d", way->name, reader);
	*fd = open_watch(reader);
	CHECK(*fd >= 0, "open: %d", *fd);
	stress->reader = reader;
	return await_card(*fd);
}

/* --------------------------------------------------- what is left at the end */

static int module_references(void)
{
	FILE *file = fopen("/sys/module/iso7816/refcnt", "re");
	int n = -1;

	if (file && fscanf(file, "%d", &n) != 1)
		n = -1;
	if (file)
		fclose(file);
	return n;
}

static unsigned int readers(void)
{
	DIR *dir = opendir("/sys/class/iso7816");
	struct dirent *entry;
	unsigned int n = 0;

	while (dir && (entry = readdir(dir)))
		n += !strncmp(entry->d_name, "iso7816-", 8);
	if (dir)
		closedir(dir);
	return n;
}

/*
 * Objects that kmalloc() has given out, all sizes together; -1 if nobody tells.  The debug
 * kernel counts those that KASAN keeps after kfree(), too; there kmemleak looks.
 */
static long slab_objects(void)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[512], name[64];
	long n, sum = -1;

	if (file && !access(KMEMLEAK, F_OK)) {
		fclose(file);
		return -1;
	}
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &n) == 2 && !strncmp(name, "kmalloc-", 8))
			sum += n + (sum < 0);
	}
	if (file)
		fclose(file);
	return sum;
}

/* ------------------------------------------------------------------ a run */

static void report(uint64_t took_ms, long objects)
{
	uint64_t calls = 0, longest = 0, gone = 0, gone_longest = 0;
	const char *name = "-", *load = "-";
	unsigned int i;

	for (i = 0; i < processes; i++) {
		struct worker *w = &stress->worker[i];

		calls += w->calls;
		gone += w->gone;
		if (w->gone_longest_ms > gone_longest)
			gone_longest = w->gone_longest_ms;
		if (w->longest_ms <= longest)
			continue;
		longest = w->longest_ms;
		name = w->longest;
		load = w->load;
	}
	printf("# %s: %u cycles in %.1f s; %llu calls, the longest took %llu ms (%s: %s)\n",
	       way->name, cycles, took_ms / 1000.0, (long long)calls, (long long)longest, load,
	       name);
	printf("# at most: taking away %llu ms, an event %llu ms, ENODEV %llu ms (%llu files)\n",
	       (long long)pull_longest_ms, (long long)notice_longest_ms,
	       (long long)gone_longest, (long long)gone);
	printf("# %+ld slab objects\n", objects);
}

static enum ktap_result run_cycles(int *fd)
{
	unsigned int n;

	for (n = 0; n < cycles; n++) {
		wait_some();
		CHECK_PASS(try_rmmod(n));
		CHECK_PASS(way->reader_goes ? cycle_reader(fd) : cycle_card(*fd));
		CHECK_PASS(look_after());
	}
	return KTAP_PASS;
}

/* Nobody disturbs any more: the card has to work. */
static enum ktap_result works(int fd)
{
	int sw;

	CHECK_EQ(power_on(fd, NULL), 0);
	sw = sw_of(fd, "80F2000C00");
	CHECK(sw == 0x9000 || sw >> 8 == 0x91, "%d", sw);
	return KTAP_PASS;
}

static enum ktap_result run_way(void)
{
	int references = module_references(), fd = -1, reader;
	unsigned int before = readers();
	enum ktap_result result;
	uint64_t start;
	long objects;

	memset(stress, 0, sizeof(*stress));
	stress->reader = -1;
	pull_longest_ms = 0;
	notice_longest_ms = 0;
	/* before there is a slot, for its files must not be theirs, too */
	CHECK_PASS(start_load());
	reader = way->begin();
	if (reader < 0) {
		stop_load();
		printf("# nothing to take away: %s\n", strerror(-reader));
		return reader == -ENOENT ? KTAP_SKIP : KTAP_FAIL;
	}
	start = now_ms();
	objects = slab_objects();
	fd = open_watch(reader);
	stress->reader = reader;
	result = fd < 0 ? KTAP_FAIL : run_cycles(&fd);
	if (stop_load())
		result = KTAP_FAIL;
	start = now_ms() - start;
	if (!result)
		result = works(fd);
	if (fd >= 0)
		close(fd);
	objects = slab_objects() - objects;
	report(start, objects);
	if (way->end)
		way->end();
	CHECK_PASS(result);
	CHECK_EQ(readers(), before);
	CHECK_EQ(module_references(), references);
	CHECK(cycles < LEAK_CYCLES || objects < cycles, "%ld objects more", objects);
	return KTAP_PASS;
}

static void run_named(struct ktap_totals *totals, const struct stress_way *w, unsigned int n)
{
	char name[128];

	way = w;
	cycles = n;
	snprintf(name, sizeof(name), "%u x %s, %u processes", n, w->what, processes);
	ktap_report(totals, name, run_way());
}

/*
 * The debug kernel scans for leaks now and then, in a thread of low priority that RCU
 * waits for, and that gets nowhere under this load.  Scans asked for are still done.
 */
static void no_scans(void)
{
	FILE *file = fopen(KMEMLEAK, "we");

	if (!file)
		return;
	fputs("scan=off", file);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct ktap_totals totals = { 0 };
	unsigned int i, n;

	stress = mmap(NULL, sizeof(*stress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (stress == MAP_FAILED)
		return KTAP_FAIL;
	seed = argc > 3 ? strtoul(argv[3], NULL, 0) : 1;
	processes = argc > 4 ? strtoul(argv[4], NULL, 0) : PROCESSES;
	if (argc == 2 || processes < 1 || processes > STRESS_WORKERS) {
		fprintf(stderr, "usage: %s [WAY CYCLES [SEED [PROCESSES]]]\n", argv[0]);
		return KTAP_FAIL;
	}
	for (i = n = 0; i < stress_n_ways; i++)
		n += argc == 1 || !strcmp(argv[1], stress_ways[i].name);
	no_scans();
	ktap_begin(n);
	for (i = 0; i < stress_n_ways; i++) {
		if (argc == 1)
			run_named(&totals, &stress_ways[i], stress_ways[i].cycles);
		else if (!strcmp(argv[1], stress_ways[i].name))
			run_named(&totals, &stress_ways[i], strtoul(argv[2], NULL, 0));
	}
	return ktap_end(&totals);
}
