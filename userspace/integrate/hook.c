// SPDX-License-Identifier: BSD-3-Clause
/*
 * The program that is told of a changed configuration: started without a shell, with
 * nothing of ours open, waited for with a limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "integrate/hook.h"

/* The agent may block signals or handle them by signalfd; the hook gets a clean slate. */
static void default_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child; only returns errno. report (3 or above) tells whether exec worked. */
static int exec_hook(const char *hook, const char *arg, int report)
{
	char *const argv[] = { (char *)hook, (char *)arg, NULL };
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL };
	int null;

	setpgid(0, 0);
	default_signals();
	/* an agent started after a crash runs the hook again: not beside this one */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || chdir("/") < 0)
		return errno;
	/* all but report, which exec closes */
	if (report > 3)
		syscall(SYS_close_range, 3U, (unsigned int)report - 1, 0U);
	syscall(SYS_close_range, (unsigned int)report + 1, ~0U, 0U);
	execve(hook, argv, envp);
	return errno;
}

/* A pipe whose writing end is not one of the standard descriptors. */
static int report_pipe(int report[2])
{
	int high;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	high = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
	if (high < 0) {
		int err = -errno;

		close(report[0]);
		close(report[1]);
		return err;
	}
	close(report[1]);
	report[1] = high;
	return 0;
}

/* Starts the hook. Its pid, or -errno if it could not be executed. */
static pid_t start(const char *hook, const char *arg)
{
	int report[2], err = report_pipe(report);
	ssize_t n = 0;
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (pid == 0) {
		err = exec_hook(hook, arg, report[1]);
		_exit(write(report[1], &err, sizeof(err)) == sizeof(err) ? 127 : 126);
	}
	if (pid < 0)
		err = errno;
	else
		setpgid(pid, pid);
	close(report[1]);
	do {
		n = pid > 0 ? read(report[0], &err, sizeof(err)) : 0;
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	if (err && pid > 0)
		waitpid(pid, NULL, 0);
	return err ? -err : pid;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Waits until pid has ended. 0, -ETIMEDOUT or -errno. */
static int wait_end(pid_t pid, unsigned int timeout_ms)
{
	long long end = now_ms() + timeout_ms, left;
	struct pollfd pfd = { .events = POLLIN };
	int n, err = 0;

	pfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pfd.fd < 0)
		return -errno;
	do {
		left = end - now_ms();
		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		err = -errno;
	else if (n == 0)
		err = -ETIMEDOUT;
	close(pfd.fd);
	return err;
}

int hook_run(const char *hook, const char *arg, unsigned int timeout_ms, char *msg,
	     size_t msg_len)
{
	pid_t pid = start(hook, arg), ended;
	int status = 0, err;

	if (pid < 0) {
		snprintf(msg, msg_len, "cannot run hook %s: %s", hook, strerror(-pid));
		return pid;
	}
	err = wait_end(pid, timeout_ms);
	if (err)
		kill(-pid, SIGKILL);
	do {
		ended = waitpid(pid, &status, 0);
	} while (ended < 0 && errno == EINTR);

	if (err == -ETIMEDOUT) {
		snprintf(msg, msg_len, "hook %s did not end within %u ms", hook, timeout_ms);
		return err;
	}
	if (err || ended < 0) {
		err = err ? err : -errno;
		snprintf(msg, msg_len, "cannot wait for hook %s: %s", hook, strerror(-err));
		return err;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		snprintf(msg, msg_len, "hook %s was ended by signal %d", hook, WTERMSIG(status));
	else
		snprintf(msg, msg_len, "hook %s ended with status %d", hook, WEXITSTATUS(status));
	return -ECANCELED;
}
