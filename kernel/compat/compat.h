/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the modules build on.  Included before
 * every file by Kbuild, which also tests for the features; nothing else may look
 * at a kernel version or at one of these macros.
 */
#ifndef ISO7816_COMPAT_H
#define ISO7816_COMPAT_H

#include <linux/types.h>
#include <linux/hrtimer.h>

/* What serdev_device_ops.receive_buf() returns */
#ifdef ISO7816_HAVE_SERDEV_SIZE_T
#define iso7816_serdev_rx_t	size_t
#else
#define iso7816_serdev_rx_t	int
#endif

#ifndef ISO7816_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * Netlink groups that only CAP_NET_ADMIN may join.  A kernel without them gets no
 * message for such a group.  5.10 calls the right like that of an operation.
 */
#if defined(ISO7816_HAVE_GENL_MCAST_CAP)
#define ISO7816_HAVE_MCAST_NET_ADMIN	true
#define ISO7816_MCAST_NET_ADMIN		.flags = GENL_MCAST_CAP_NET_ADMIN,
#elif defined(ISO7816_HAVE_GENL_MCAST_FLAGS)
#define ISO7816_HAVE_MCAST_NET_ADMIN	true
#define ISO7816_MCAST_NET_ADMIN		.flags = GENL_UNS_ADMIN_PERM,
#else
#define ISO7816_HAVE_MCAST_NET_ADMIN	false
#define ISO7816_MCAST_NET_ADMIN
#endif

/* The operations of a line discipline, as the headers of their functions */
#ifdef ISO7816_HAVE_LDISC_VOID_HANGUP
#define iso7816_ldisc_hangup_t	void
#else
#define iso7816_ldisc_hangup_t	int
#endif

#ifdef ISO7816_HAVE_LDISC_IOCTL3
#define ISO7816_LDISC_IOCTL(name) \
	int name(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
#else
#define ISO7816_LDISC_IOCTL(name) \
	int name(struct tty_struct *tty, struct file *file, unsigned int cmd, \
		 unsigned long arg)
#endif

#if defined(ISO7816_HAVE_LDISC_U8)
#define ISO7816_LDISC_RECEIVE(name) \
	void name(struct tty_struct *tty, const u8 *cp, const u8 *fp, size_t count)
#elif defined(ISO7816_HAVE_LDISC_CONST_FLAGS)
#define ISO7816_LDISC_RECEIVE(name) \
	void name(struct tty_struct *tty, const u8 *cp, const char *fp, int count)
#else
#define ISO7816_LDISC_RECEIVE(name) \
	void name(struct tty_struct *tty, const u8 *cp, char *fp, int count)
#endif

#ifdef ISO7816_HAVE_LDISC_REGISTER1
#define iso7816_ldisc_register(nr, ops)	tty_register_ldisc(ops)
#define iso7816_ldisc_unregister(nr, ops) tty_unregister_ldisc(ops)
#else
#define iso7816_ldisc_register(nr, ops)	tty_register_ldisc(nr, ops)
#define iso7816_ldisc_unregister(nr, ops) tty_unregister_ldisc(nr)
#endif

#endif /* ISO7816_COMPAT_H */
