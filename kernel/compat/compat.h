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
 * message for such a group.
 */
#ifdef ISO7816_HAVE_GENL_MCAST_CAP
#define ISO7816_HAVE_MCAST_NET_ADMIN	true
#define ISO7816_MCAST_NET_ADMIN		.flags = GENL_MCAST_CAP_NET_ADMIN,
#else
#define ISO7816_HAVE_MCAST_NET_ADMIN	false
#define ISO7816_MCAST_NET_ADMIN
#endif

#endif /* ISO7816_COMPAT_H */
