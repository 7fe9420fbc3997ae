/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Virtual card readers: /dev/iso7816-sim.
 *
 * Each open file is an empty slot.  ISO7816_SIM_IOC_SETUP says what the slot can
 * do and makes a reader, /dev/iso7816-N, appear; closing the file unplugs it.  A
 * program behind the file is the card: read() gives what the reader does at the
 * contacts, in order, write() takes what the card does.  Both move whole records of
 * struct iso7816_sim_record, as many as fit.
 *
 * read() waits for a record unless the file is non-blocking (EAGAIN).  A program
 * that does not read holds the reader up for a second a record, no longer.  What
 * arrives at the reader faster than it looks is lost, as with a UART.  Before
 * ISO7816_SIM_IOC_SETUP both are ENOTCONN.
 */
#ifndef _UAPI_LINUX_ISO7816_SIM_H
#define _UAPI_LINUX_ISO7816_SIM_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define ISO7816_SIM_NAME_LEN	32

/* struct iso7816_sim_setup.flags */
#define ISO7816_SIM_PRESENCE	(1U << 0)	/* has a presence contact */
#define ISO7816_SIM_CARD_IN	(1U << 1)	/* a card is in from the beginning */
#define ISO7816_SIM_VCC		(1U << 2)	/* can switch VCC */
#define ISO7816_SIM_PACE	(1U << 3)	/* sending takes as long as on a line */

/**
 * struct iso7816_sim_setup - what a slot is (ISO7816_SIM_IOC_SETUP), once a file
 * @caps: in: ISO7816_PHY_* of linux/iso7816.h that the reader's line has
 * @flags: in: ISO7816_SIM_*
 * @classes: in: operating classes of the supply, ISO7816_CLASS_*, 0 = it tells none
 * @clock_hz: in: card clock in Hz, 0 = 3571200; out: the one in force
 * @max_baud: in: fastest rate of the line in bit/s, 0 = no limit
 * @divisor_hz: in: the line has only rates that are this divided by an integer, 0 =
 *	it has all
 * @error_ppm: in: how far the rate of the line is off, in parts per million
 * @vcc_delay_us: in: time that VCC takes to be stable
 * @reserved: zero
 * @name: out: name of the reader, NUL-terminated
 */
struct iso7816_sim_setup {
	__u64 caps;
	__u32 flags;
	__u32 classes;
	__u32 clock_hz;
	__u32 max_baud;
	__u32 divisor_hz;
	__s32 error_ppm;
	__u32 vcc_delay_us;
	__u32 reserved;
	char name[ISO7816_SIM_NAME_LEN];
};

/* struct iso7816_sim_record.type; the meaning of @value in brackets */
#define ISO7816_SIM_CHAR	1	/* both ways: a character [as a UART has it] */
#define ISO7816_SIM_POWER	2	/* VCC [ISO7816_CLASS_*, 0x80 any, 0 off] */
#define ISO7816_SIM_CLOCK	3	/* CLK [1 runs, 0 stopped] */
#define ISO7816_SIM_RESET	4	/* RST [level: 0 L, card in reset; 1 H] */
#define ISO7816_SIM_LINE	5	/* settings of the line [rate in bit/s] */
#define ISO7816_SIM_CARD	6	/* to the reader: presence [1 card in, 0 out] */

/* struct iso7816_sim_record.flags */
#define ISO7816_SIM_ODD		(1U << 0)	/* CHAR, LINE: parity is odd, else even */
#define ISO7816_SIM_FRAME	(1U << 1)	/* CHAR to the reader: no stop bit */
#define ISO7816_SIM_OVERRUN	(1U << 2)	/* CHAR to the reader: some before it are lost */

/**
 * struct iso7816_sim_record - something that happens at the contacts
 * @time_ns: from the reader: when (CLOCK_MONOTONIC); of a character its leading
 *	edge, at the distance that the reader keeps.  To the reader: zero, it is now
 * @type: what
 * @flags: ISO7816_SIM_ODD, FRAME, OVERRUN.  A character whose parity is not that
 *	of the reader's line has a parity error, if the reader can tell
 * @guard_etu: LINE: distance of the leading edges of characters sent, else zero
 * @value: see @type
 */
struct iso7816_sim_record {
	__u64 time_ns;
	__u8 type;
	__u8 flags;
	__u16 guard_etu;
	__u32 value;
};

#define ISO7816_SIM_IOC_SETUP	_IOWR(0xBB, 0x80, struct iso7816_sim_setup)

#endif /* _UAPI_LINUX_ISO7816_SIM_H */
