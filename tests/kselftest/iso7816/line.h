/* SPDX-License-Identifier: BSD-3-Clause */
/* A tty with the line discipline on it, and the reader that comes of that. */
#ifndef LINE_H
#define LINE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/iso7816_ldisc.h>

#include "guest.h"

struct line {
	int master;		/* the other side of a pty, or -1 */
	int tty;
	int fd;			/* the reader */
	struct iso7816_ldisc_attach wiring;
};

/* Puts the discipline on l->tty; without it in the kernel the program is skipped. */
static inline int line_discipline(struct line *l)
{
	int number = ISO7816_LDISC_NR;

	if (!ioctl(l->tty, TIOCSETD, &number))
		return 0;
	if (errno == EINVAL || errno == EAGAIN) {
		printf("1..0 # SKIP no line discipline %d\n", number);
		exit(KTAP_SKIP);
	}
	return -errno;
}

static inline int line_attach(struct line *l, const struct iso7816_ldisc_attach *wiring)
{
	char path[64];

	l->wiring = *wiring;
	if (ioctl(l->tty, ISO7816_LDISC_ATTACH, &l->wiring))
		return -errno;
	snprintf(path, sizeof(path), "/dev/%s", l->wiring.name);
	l->fd = open(path, O_RDWR | O_CLOEXEC);
	return l->fd < 0 ? -errno : 0;
}

static inline void line_close(struct line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->tty >= 0)
		close(l->tty);
	if (l->master >= 0)
		close(l->master);
}

#endif /* LINE_H */
