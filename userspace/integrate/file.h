/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that are replaced as a whole: read, written durably beside the old one,
 * renamed over it.
 */
#ifndef INTEGRATE_FILE_H
#define INTEGRATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct file_text {
	bool exists;
	char *data;		/* a NUL follows */
	size_t len;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* A missing file is success with exists = false. 0 or -errno; -EMEDIUMTYPE: not a regular file. */
int file_read(const char *path, size_t max, struct file_text *ret);
void file_text_clear(struct file_text *f);
/*
 * Creates path, removing a left-over. like: the file whose owner it gets, if that exists.
 * durable: on the disk when it returns. 0 or -errno.
 */
int file_write(const char *path, const void *data, size_t len, mode_t mode,
	       const struct file_text *like, bool durable);
/* Renames, then fsyncs the folder. 0 or -errno. */
int file_rename(const char *from, const char *to);
/* Unlinks, then fsyncs the folder; a missing file is success. 0 or -errno. */
int file_remove(const char *path);
/* What an errno means to the person who reads the message. */
const char *file_strerror(int err);

#endif /* INTEGRATE_FILE_H */
