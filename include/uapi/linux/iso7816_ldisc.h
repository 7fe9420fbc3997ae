/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Card readers on a serial line (Phoenix, Smartmouse): a line discipline.
 *
 * TIOCSETD with ISO7816_LDISC_NR puts the discipline on a tty, which takes
 * CAP_SYS_ADMIN; ISO7816_LDISC_ATTACH then says how the reader is wired and makes
 * /dev/iso7816-N appear.  The reader goes with the discipline, and when the tty hangs
 * up: poll() of the tty reports POLLHUP then.  The tty's settings are the driver's
 * while it is there.
 */
#ifndef _UAPI_LINUX_ISO7816_LDISC_H
#define _UAPI_LINUX_ISO7816_LDISC_H

#include <linux/types.h>
#include <linux/ioctl.h>

/* N_DEVELOPMENT of linux/tty.h, where that has it */
#define ISO7816_LDISC_NR	29

#define ISO7816_LDISC_NAME_LEN	32

/* struct iso7816_ldisc_attach.reset: what drives RST; the line is on = L */
#define ISO7816_LDISC_RESET_RTS		1
#define ISO7816_LDISC_RESET_DTR		2
/* A rate of 0 is L, any other H: for ttys without these lines, such as a pty */
#define ISO7816_LDISC_RESET_BAUD0	3

/* struct iso7816_ldisc_attach.detect: what tells of a card; the line is on = card in */
#define ISO7816_LDISC_DETECT_NONE	0	/* nothing does: always in */
#define ISO7816_LDISC_DETECT_CTS	1
#define ISO7816_LDISC_DETECT_DSR	2
#define ISO7816_LDISC_DETECT_DCD	3
#define ISO7816_LDISC_DETECT_RI		4

/* struct iso7816_ldisc_attach.flags */
#define ISO7816_LDISC_INVERT_RESET	(1U << 0)	/* on = H; not with BAUD0 */
#define ISO7816_LDISC_INVERT_DETECT	(1U << 1)	/* off = card in */
#define ISO7816_LDISC_ECHO		(1U << 2)	/* the line hears itself */

/**
 * struct iso7816_ldisc_attach - how a reader is wired (ISO7816_LDISC_ATTACH)
 * @reset: in: ISO7816_LDISC_RESET_*
 * @detect: in: ISO7816_LDISC_DETECT_*
 * @flags: in: ISO7816_LDISC_*
 * @clock_hz: in: clock that the reader gives the card in Hz, 0 = 3571200; out: the
 *	one in force
 * @max_baud: in: fastest rate of the line in bit/s, 0 = no limit known
 * @base_baud: in: the UART has only rates that are this divided by an integer (16550
 *	and the like), 0 = it has those that it says
 * @reserved: zero
 * @name: out: name of the reader, NUL-terminated
 */
struct iso7816_ldisc_attach {
	__u32 reset;
	__u32 detect;
	__u32 flags;
	__u32 clock_hz;
	__u32 max_baud;
	__u32 base_baud;
	__u32 reserved[2];
	char name[ISO7816_LDISC_NAME_LEN];
};

#define ISO7816_LDISC_ATTACH	_IOWR(0xBB, 0x90, struct iso7816_ldisc_attach)

#endif /* _UAPI_LINUX_ISO7816_LDISC_H */
