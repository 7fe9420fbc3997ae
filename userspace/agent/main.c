// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmscd: command line, signals, life and death of the agent.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/log.h"

static const char usage[] =
	"Usage: dmscd [OPTION]...\n"
	"OMA DM client whose server is the smart card.\n\n"
	"  -c, --config=FILE   configuration (default " CONFIG_FILE_DEFAULT ")\n"
	"  -d, --device=PATH   reader, instead of [reader] device\n"
	"  -s, --socket=PATH   control socket, instead of [control] socket\n"
	"  -t, --test          check the configuration and exit\n"
	"  -v, --verbose       also log what is of use only when looking for a fault\n"
	"  -q, --quiet         log warnings and errors only\n"
	"  -h, --help          show this text\n"
	"  -V, --version       show the version\n\n"
	"Stays in the foreground; SIGTERM and SIGINT end it in order. Exit status: 0 ended in\n"
	"order, 1 could not start or failed, 2 wrong usage or configuration.\n";

static void on_signal(void *arg, int fd, uint32_t events)
{
	struct agent *a = arg;
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof(si)) != sizeof(si))
		return;
	log_line(LOG_NOTICE, "signal %u, ending", si.ssi_signo);
	loop_quit(a->loop, 0);
}

static int watch_signals(struct agent *a)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	return loop_watch(a->loop, fd, EPOLLIN, on_signal, a);
}

/* DM passwords are in memory: no core dump, no ptrace by others of the same user. */
static void protect_memory(void)
{
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

struct options {
	const char *config, *device, *socket;
	int test;
};

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "device", required_argument, NULL, 'd' },
		{ "socket", required_argument, NULL, 's' },
		{ "test", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:d:s:tvqhV", longs, NULL)) != -1)
		switch (c) {
		case 'c': o->config = optarg; break;
		case 'd': o->device = optarg; break;
		case 's': o->socket = optarg; break;
		case 't': o->test = 1; break;
		case 'v': log_set_level(LOG_DEBUG); break;
		case 'q': log_set_level(LOG_WARNING); break;
		case 'h': fputs(usage, stdout); exit(0);
		case 'V': puts("dmscd " DMSC_VERSION); exit(0);
		default: return 2;
		}
	if (optind < argc) {
		fprintf(stderr, "dmscd: unexpected argument \"%s\"\n", argv[optind]);
		return 2;
	}
	return 0;
}

static int override(char *dst, size_t size, const char *value, const char *option)
{
	if (!value)
		return 0;
	if (strlen(value) >= size) {
		log_line(LOG_ERR, "%s: path too long", option);
		return 2;
	}
	strcpy(dst, value);
	return 0;
}

static int run(const struct options *o)
{
	static struct agent a;
	char err[640];
	int ret;

	config_defaults(&a.cfg);
	if (config_read(o->config, &a.cfg, err, sizeof(err))) {
		log_line(LOG_ERR, "%s", err);
		return 2;
	}
	if (override(a.cfg.device, sizeof(a.cfg.device), o->device, "--device") ||
	    override(a.cfg.socket, sizeof(a.cfg.socket), o->socket, "--socket"))
		return 2;
	if (o->test) {
		printf("%s: ok\n", o->config);
		return 0;
	}
	protect_memory();
	ret = agent_start(&a);
	if (!ret)
		ret = watch_signals(&a);
	if (!ret) {
		log_line(LOG_INFO, "dmscd %s ready", DMSC_VERSION);
		ret = loop_run(a.loop);
	}
	agent_stop(&a);
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = { .config = CONFIG_FILE_DEFAULT };
	int ret = parse_options(argc, argv, &o);

	if (ret) {
		fputs("Try 'dmscd --help'.\n", stderr);
		return ret;
	}
	log_set_journal(getenv("JOURNAL_STREAM") != NULL);
	return run(&o);
}
