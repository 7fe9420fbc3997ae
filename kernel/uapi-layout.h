/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Layout of the structures in <linux/iso7816.h>, which is the same on every
 * architecture: it can never change, but for more members at the end.  Checked in
 * the kernel build, and by tests for 32 and 64 bit programs.
 *
 * Whoever includes this provides static_assert() and offsetof().
 */
#ifndef ISO7816_UAPI_LAYOUT_H
#define ISO7816_UAPI_LAYOUT_H

#define ISO7816_SIZE(name, size) \
	static_assert(sizeof(struct iso7816_ ## name) == (size), "iso7816_" #name)
#define ISO7816_OFFSET(name, member, offset) \
	static_assert(offsetof(struct iso7816_ ## name, member) == (offset), \
		      "iso7816_" #name "." #member)

ISO7816_SIZE(info, 96);
ISO7816_OFFSET(info, features, 0);
ISO7816_OFFSET(info, phy_caps, 8);

ISO7816_SIZE(state, 64);
ISO7816_OFFSET(state, event_seq, 56);

ISO7816_SIZE(atr, 48);

ISO7816_SIZE(power_on, 24);

ISO7816_SIZE(reset, 16);

ISO7816_SIZE(xfer, 48);
ISO7816_OFFSET(xfer, command, 0);
ISO7816_OFFSET(xfer, response, 8);
ISO7816_OFFSET(xfer, duration_ns, 40);

ISO7816_SIZE(lock, 16);

ISO7816_SIZE(event, 32);
ISO7816_OFFSET(event, seq, 0);
ISO7816_OFFSET(event, time_ns, 8);

ISO7816_SIZE(event_mask, 8);
ISO7816_OFFSET(event_mask, mask, 0);

ISO7816_SIZE(stats, 192);
ISO7816_OFFSET(stats, commands, 0);
ISO7816_OFFSET(stats, polls, 8);
ISO7816_OFFSET(stats, failures, 16);
ISO7816_OFFSET(stats, canceled, 24);
ISO7816_OFFSET(stats, resets, 32);
ISO7816_OFFSET(stats, recoveries, 40);
ISO7816_OFFSET(stats, insertions, 48);
ISO7816_OFFSET(stats, atr_errors, 56);
ISO7816_OFFSET(stats, pps_errors, 64);
ISO7816_OFFSET(stats, tx_bytes, 72);
ISO7816_OFFSET(stats, rx_bytes, 80);
ISO7816_OFFSET(stats, parity_errors, 88);
ISO7816_OFFSET(stats, frame_errors, 96);
ISO7816_OFFSET(stats, overruns, 104);
ISO7816_OFFSET(stats, unexpected, 112);
ISO7816_OFFSET(stats, collisions, 120);
ISO7816_OFFSET(stats, timeouts, 128);
ISO7816_OFFSET(stats, nulls, 136);
ISO7816_OFFSET(stats, wtx, 144);
ISO7816_OFFSET(stats, bad_blocks, 152);
ISO7816_OFFSET(stats, retransmits, 160);
ISO7816_OFFSET(stats, resynchs, 168);
ISO7816_OFFSET(stats, aborts, 176);
ISO7816_OFFSET(stats, events_lost, 184);

ISO7816_SIZE(poll, 8);

#endif /* ISO7816_UAPI_LAYOUT_H */
