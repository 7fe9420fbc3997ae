// SPDX-License-Identifier: BSD-3-Clause
/*
 * Files that are replaced as a whole: read, written durably beside the old one,
 * renamed over it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "integrate/file.h"

const char *file_strerror(int err)
{
	return err == -EMEDIUMTYPE ? "Not a regular file" : strerror(-err);
}

void file_text_clear(struct file_text *f)
{
	if (f->data) {
		explicit_bzero(f->data, f->len);
		free(f->data);
	}
	memset(f, 0, sizeof(*f));
}

static int read_all(int fd, size_t size, struct file_text *f)
{
	size_t room = size + 1;
	ssize_t n;

	f->data = malloc(room);
	if (!f->data)
		return -ENOMEM;
	while ((n = read(fd, f->data + f->len, room - f->len - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		f->len += (size_t)n;
		if (f->len == room - 1)
			break;
	}
	/* it grew meanwhile: somebody is writing it */
	if (n > 0 && read(fd, f->data + f->len, 1) > 0)
		return -EAGAIN;
	f->data[f->len] = '\0';
	return 0;
}

int file_read(const char *path, size_t max, struct file_text *ret)
{
	struct file_text f = { .exists = true };
	struct stat st;
	int fd, err;

	memset(ret, 0, sizeof(*ret));
	/* O_NONBLOCK: a FIFO must not hold us */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = -EMEDIUMTYPE;
	else if ((unsigned long long)st.st_size > max)
		err = -EFBIG;
	else
		err = read_all(fd, (size_t)st.st_size, &f);
	close(fd);
	if (err) {
		file_text_clear(&f);
		return err;
	}
	f.mode = st.st_mode & 07777;
	f.uid = st.st_uid;
	f.gid = st.st_gid;
	*ret = f;
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode,
	       const struct file_text *like, bool durable)
{
	int fd, err;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, data, len);
	/* the owner before the mode: chown clears bits; without the right to it the file is ours */
	if (!err && like->exists && (like->uid != geteuid() || like->gid != getegid()) &&
	    fchown(fd, like->uid, like->gid) < 0 && errno != EPERM && errno != EINVAL)
		err = -errno;
	if (!err && fchmod(fd, mode) < 0)
		err = -errno;
	if (!err && durable && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	if (err)
		unlink(path);
	return err;
}

/* Makes what happened to the names in path's folder durable. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) :
			       strdup(".");
	int fd, err = 0;

	if (!folder)
		return -ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return -errno;
	/* EINVAL: a file system that has no such thing */
	if (fsync(fd) < 0 && errno != EINVAL)
		err = -errno;
	close(fd);
	return err;
}

int file_rename(const char *from, const char *to)
{
	if (rename(from, to) < 0)
		return -errno;
	return sync_folder(to);
}

int file_remove(const char *path)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder(path);
}
