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

#endif /* ISO7816_COMPAT_H */
