// SPDX-License-Identifier: BSD-3-Clause
/*
 * Behind a pseudo terminal that has the driver's line discipline on its other side. There are no
 * modem lines: a rate of 0 is RST low (dmsc attach --reset=baud0), VCC is always on, and nobody can
 * tell the reader whether a card is in.
 *
 * Packet mode tells of changed settings (with EXTPROC), but only that there were some since
 * the last look. A pulse of RST that was over by then is known by the flush in it.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "card.h"

#define BATCH	512
/* First byte of a packet (ioctl_tty(2)) */
#define PACKET_DATA	0
#define PACKET_FLUSHED	2

static void set_raw(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t))
		return;
	t.c_iflag = 0;
	t.c_oflag = 0;
	t.c_lflag = EXTPROC;
	t.c_cflag = CS8 | CREAD | CLOCAL | B9600;
	ioctl(fd, TCSETS2, &t);
}

/* The settings of the reader's side, and what they say of RST */
static void look(struct uicc *u, bool flushed)
{
	struct termios2 t;

	if (ioctl(u->port.fd, TCGETS2, &t))
		return;
	u->lines.at = 0;
	if (u->rst && flushed)
		uicc_line_changed(u, UICC_LINE_RST, false);
	if (t.c_ospeed)
		u->link.baud = t.c_ospeed;
	if (u->port.attached)
		uicc_line_changed(u, UICC_LINE_RST, t.c_ospeed);
	/* a rate that was there before the reader is none of its */
	u->port.attached |= !t.c_ospeed;
}

static bool pty_serve(struct uicc *u)
{
	uint8_t packet[1 + BATCH];
	ssize_t n;

	while ((n = read(u->port.fd, packet, sizeof(packet))) > 0) {
		if (packet[0] != PACKET_DATA)
			look(u, packet[0] & PACKET_FLUSHED);
		else if (n > 1 && u->port.attached)
			uicc_take(u, packet + 1, n - 1);
	}
	explicit_bzero(packet, sizeof(packet));
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static int pty_deliver(struct uicc *u, const struct uicc_wire_char *chars, size_t n)
{
	uint8_t buf[BATCH];
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		buf[k++] = chars[i].byte;
		if (k < BATCH && i + 1 < n)
			continue;
		if (write(u->port.fd, buf, k) != (ssize_t)k)
			return -ENOBUFS;
		k = 0;
	}
	return 0;
}

static void pty_present(struct uicc *u, bool present)
{
}

/* The other side hangs up. */
static void pty_close(struct uicc *u)
{
	unlink(u->opt->pty);
	close(u->port.peer);
	close(u->port.fd);
	u->port.attached = false;
}

static int fail(int fd, const char *what)
{
	int ret = -errno;

	fprintf(stderr, "vuicc: %s: %s\n", what, strerror(-ret));
	close(fd);
	return ret;
}

static int pty_open(struct uicc *u)
{
	int on = 1, fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	char name[64];

	if (fd < 0)
		return fail(fd, "/dev/ptmx");
	if (grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, sizeof(name)))
		return fail(fd, "pty");
	/* held open, so that the card is there while the reader comes and goes */
	u->port.peer = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (u->port.peer < 0)
		return fail(fd, name);
	set_raw(u->port.peer);
	if (ioctl(fd, TIOCPKT, &on)) {
		close(u->port.peer);
		return fail(fd, "TIOCPKT");
	}
	unlink(u->opt->pty);
	if (symlink(name, u->opt->pty)) {
		close(u->port.peer);
		return fail(fd, u->opt->pty);
	}
	u->port.fd = fd;
	uicc_line_changed(u, UICC_LINE_VCC, true);
	printf("line: %s\n", name);
	fflush(stdout);
	return 0;
}

const struct uicc_port_ops uicc_pty_ops = {
	.open = pty_open,
	.serve = pty_serve,
	.deliver = pty_deliver,
	.present = pty_present,
	.close = pty_close,
};
