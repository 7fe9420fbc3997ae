/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A folder for a test that dies in the middle and looks at what is left: in memory,
 * if there is such a place, for it is the process that is killed and not the disk.
 */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define SCRATCH_LEN	40

static inline void scratch_make(char dir[SCRATCH_LEN])
{
	snprintf(dir, SCRATCH_LEN, "%s/dmsc-test-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	assert_non_null(mkdtemp(dir));
}

static inline void scratch_remove(const char *dir)
{
	char cmd[SCRATCH_LEN + 16];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
}

#endif /* UNIT_SCRATCH_H */
