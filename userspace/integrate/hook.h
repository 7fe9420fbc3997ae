/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program that is told of a changed configuration.
 */
#ifndef INTEGRATE_HOOK_H
#define INTEGRATE_HOOK_H

#include <stddef.h>

/*
 * Runs hook (absolute path) with one argument, no shell, stdin and stdout on /dev/null, for at
 * most timeout_ms; then it and its process group are killed.  0; -ECANCELED: it ended with a
 * failure; -ETIMEDOUT; or -errno: it could not be run.  On failure msg says what happened.
 */
int hook_run(const char *hook, const char *arg, unsigned int timeout_ms, char *msg,
	     size_t msg_len);

#endif /* INTEGRATE_HOOK_H */
