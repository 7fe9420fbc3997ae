/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ISO/IEC 7816 contact card readers: character device /dev/iso7816-N.
 *
 * Every structure may grow at its end: the kernel looks at _IOC_SIZE() of the
 * request, treats what an old program did not pass as zero, and refuses
 * non-zero bytes that it does not know with E2BIG.  Reserved fields must be
 * zero (EINVAL).  Times are CLOCK_MONOTONIC nanoseconds unless said otherwise.
 */
#ifndef _UAPI_LINUX_ISO7816_H
#define _UAPI_LINUX_ISO7816_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define ISO7816_IOC_MAGIC	0xBB

#define ISO7816_NAME_LEN	32
/* TS plus at most 32 characters (ISO/IEC 7816-3, 8.2.1) */
#define ISO7816_ATR_LEN		33

/* Longest APDU that a reader takes, and the longest response with SW1 SW2 */
#define ISO7816_COMMAND_MAX	65544
#define ISO7816_RESPONSE_MAX	65538

/* struct iso7816_info.features */
#define ISO7816_FEATURE_T0		(1ULL << 0)
#define ISO7816_FEATURE_T1		(1ULL << 1)
#define ISO7816_FEATURE_PPS		(1ULL << 2)
#define ISO7816_FEATURE_POLL		(1ULL << 3)	/* SET_POLL */
#define ISO7816_FEATURE_PRESENCE	(1ULL << 4)	/* a presence contact */
#define ISO7816_FEATURE_VCC		(1ULL << 5)	/* VCC can be switched */
#define ISO7816_FEATURE_EXTENDED	(1ULL << 6)	/* extended APDUs */
#define ISO7816_FEATURE_LOCK		(1ULL << 7)	/* LOCK and UNLOCK */
#define ISO7816_FEATURE_CANCEL		(1ULL << 8)	/* CANCEL */
#define ISO7816_FEATURE_EVENT_MASK	(1ULL << 9)	/* SET_EVENT_MASK */
#define ISO7816_FEATURE_STATS		(1ULL << 10)	/* GET_STATS */

/* struct iso7816_info.phy_caps: what the line cannot or can do */
#define ISO7816_PHY_CHAR_ERRORS		(1ULL << 0)	/* tells which character was in error */
#define ISO7816_PHY_STOP_BITS		(1ULL << 1)	/* can send two stop bits */
#define ISO7816_PHY_ECHO		(1ULL << 2)	/* hears its own characters */
#define ISO7816_PHY_CLOCK		(1ULL << 3)	/* can stop the card clock */

/**
 * struct iso7816_info - what a reader is (ISO7816_IOC_GET_INFO)
 * @features: ISO7816_FEATURE_*
 * @phy_caps: ISO7816_PHY_*
 * @max_command: longest command APDU in bytes
 * @max_response: longest response in bytes, SW1 SW2 included
 * @max_baud: highest rate the line may be asked for, 0 = no limit known
 * @reserved: zero
 * @name: reader name, "iso7816-0", NUL-terminated
 * @phy: name of the physical layer's device, NUL-terminated
 */
struct iso7816_info {
	__u64 features;
	__u64 phy_caps;
	__u32 max_command;
	__u32 max_response;
	__u32 max_baud;
	__u32 reserved;
	char name[ISO7816_NAME_LEN];
	char phy[ISO7816_NAME_LEN];
};

/* struct iso7816_state.state: the card's life cycle */
#define ISO7816_STATE_ABSENT	0	/* no card in the reader */
#define ISO7816_STATE_PRESENT	1	/* card in, contacts unpowered */
#define ISO7816_STATE_RESETTING	2	/* activation or reset in progress */
#define ISO7816_STATE_ACTIVE	3	/* ATR received, APDUs possible */
#define ISO7816_STATE_FAILED	4	/* card in, but it gave no usable ATR, or was lost */

/* Operating classes (ISO/IEC 7816-3, 5.1.3), as coded in the ATR */
#define ISO7816_CLASS_A		0x01	/* 5 V */
#define ISO7816_CLASS_B		0x02	/* 3 V */
#define ISO7816_CLASS_C		0x04	/* 1.8 V */

/* struct iso7816_atr.convention */
#define ISO7816_CONVENTION_DIRECT	0
#define ISO7816_CONVENTION_INVERSE	1

/**
 * struct iso7816_state - where the reader and its card stand (ISO7816_IOC_GET_STATE)
 * @state: ISO7816_STATE_*
 * @op_class: operating class in force, ISO7816_CLASS_*, 0 = unpowered or not known
 * @protocol: transmission protocol T in force
 * @fi: clock rate conversion integer F in force
 * @di: baud rate adjustment integer D in force
 * @clock_hz: card clock in Hz
 * @baud: rate of the line in bit/s
 * @ifsc: T=1 information field size of the card, 0 if T=0
 * @ifsd: T=1 information field size of the reader, 0 if T=0
 * @generation: counts resets, activations and insertions; never 0
 * @proactive_len: length of the pending proactive command (91xx, 00 read as
 *	256), 0 = none pending
 * @poll_ms: STATUS polling interval in force, 0 = off
 * @lock_owner: process that holds the lock, as the caller's PID namespace numbers
 *	it; 0 = not locked, -1 = held by a process outside that namespace
 * @reserved: zero
 * @event_seq: number of the newest event
 */
struct iso7816_state {
	__u32 state;
	__u32 op_class;
	__u32 protocol;
	__u32 fi;
	__u32 di;
	__u32 clock_hz;
	__u32 baud;
	__u32 ifsc;
	__u32 ifsd;
	__u32 generation;
	__u32 proactive_len;
	__u32 poll_ms;
	__s32 lock_owner;
	__u32 reserved;
	__u64 event_seq;
};

/**
 * struct iso7816_atr - the Answer To Reset (ISO7816_IOC_GET_ATR)
 * @len: bytes in @atr
 * @convention: ISO7816_CONVENTION_*
 * @generation: the generation that this ATR belongs to
 * @atr: TS T0 ... [TCK], in the card's own convention (TS is 3B or 3F)
 * @reserved: zero
 */
struct iso7816_atr {
	__u32 len;
	__u32 convention;
	__u32 generation;
	__u8 atr[ISO7816_ATR_LEN];
	__u8 reserved[3];
};

/* struct iso7816_power_on.flags */
#define ISO7816_POWER_NO_PPS	(1U << 0)	/* stay at the rate of the ATR */

/**
 * struct iso7816_power_on - activation and cold reset (ISO7816_IOC_POWER_ON)
 * @classes: in: ISO7816_CLASS_* allowed, 0 = all the reader has; out: the one chosen
 * @protocols: in: bit T allows T=0, T=1; 0 = all; out: the bit of the one chosen
 * @max_baud: in: highest rate allowed, 0 = no limit; out: rate in force
 * @flags: in: ISO7816_POWER_*
 * @generation: out: the new generation
 * @reserved: zero
 */
struct iso7816_power_on {
	__u32 classes;
	__u32 protocols;
	__u32 max_baud;
	__u32 flags;
	__u32 generation;
	__u32 reserved;
};

#define ISO7816_RESET_WARM	0
#define ISO7816_RESET_COLD	1

/**
 * struct iso7816_reset - reset of a powered card (ISO7816_IOC_RESET)
 * @type: in: ISO7816_RESET_*
 * @generation: out: the new generation
 * @reserved: zero
 */
struct iso7816_reset {
	__u32 type;
	__u32 generation;
	__u32 reserved[2];
};

/* struct iso7816_xfer.flags */
#define ISO7816_XFER_RAW	(1U << 0)	/* T=0: one TPDU, no GET RESPONSE, no 6Cxx repeat */

/**
 * struct iso7816_xfer - one command APDU and its response (ISO7816_IOC_XFER)
 * @command: user address of the command APDU
 * @response: user address of the buffer for the response
 * @command_len: length of the command in bytes
 * @response_len: in: room at @response; out: bytes written, SW1 SW2 included
 * @flags: ISO7816_XFER_*
 * @timeout_ms: caps the time the card may take in all; 0 = the reader's own cap
 * @generation: fail with ESTALE unless this is the generation in force; 0 = any
 * @sw: out: SW1 << 8 | SW2
 * @reserved: zero
 * @duration_ns: out: from the first character sent to the last one received
 *
 * A response that does not fit is lost whole and answered with EMSGSIZE.
 */
struct iso7816_xfer {
	__u64 command;
	__u64 response;
	__u32 command_len;
	__u32 response_len;
	__u32 flags;
	__u32 timeout_ms;
	__u32 generation;
	__u16 sw;
	__u16 reserved;
	__u64 duration_ns;
};

/**
 * struct iso7816_lock - exclusive use of the reader (ISO7816_IOC_LOCK)
 * @timeout_ms: in: how long to wait until nobody else has the lock and no command
 *	of another file is under way; 0 = do not wait, at most
 *	ISO7816_LOCK_TIMEOUT_MAX_MS
 * @flags: in: zero, none are defined
 * @generation: out: the generation in force when the lock was given
 * @reserved: zero
 */
struct iso7816_lock {
	__u32 timeout_ms;
	__u32 flags;
	__u32 generation;
	__u32 reserved;
};

#define ISO7816_LOCK_TIMEOUT_MAX_MS	600000

/* struct iso7816_event.type; @value in brackets */
#define ISO7816_EVENT_CARD_INSERTED	1
#define ISO7816_EVENT_CARD_REMOVED	2
#define ISO7816_EVENT_CARD_RESET	3	/* [ISO7816_RESET_REASON_*] */
#define ISO7816_EVENT_PROACTIVE_PENDING	4	/* [length of the command, 1 to 256] */
#define ISO7816_EVENT_PROACTIVE_NONE	5	/* fetched, or forgotten by a reset */
#define ISO7816_EVENT_ERROR		6	/* [errno, positive] */
#define ISO7816_EVENT_LOCK_CHANGED	7	/* [owner, 0 = free; see iso7816_event] */
#define ISO7816_EVENT_READER_GONE	8

/* struct iso7816_event_mask.mask: the bit of an event */
#define ISO7816_EVENT_BIT(type)		(1ULL << (type))
/* All events that this header knows */
#define ISO7816_EVENT_MASK_ALL		0x1feULL

#define ISO7816_RESET_REASON_POWER_ON	1	/* activation asked for */
#define ISO7816_RESET_REASON_COLD	2
#define ISO7816_RESET_REASON_WARM	3
#define ISO7816_RESET_REASON_RECOVERY	4	/* the reader recovered from a protocol error */
#define ISO7816_RESET_REASON_POWER_OFF	5	/* deactivated */
#define ISO7816_RESET_REASON_IDLE	6	/* deactivated, for nobody used the card */
#define ISO7816_RESET_REASON_SLEEP	7	/* deactivated, for the system went to sleep */

/**
 * struct iso7816_event - one record of the event ring (ISO7816_IOC_GET_EVENT)
 * @seq: counts the reader's events, from 1; a masked or lost one leaves a gap
 * @time_ns: when it happened
 * @type: ISO7816_EVENT_*
 * @value: meaning depends on @type.  ISO7816_EVENT_LOCK_CHANGED: process that holds the
 *	lock, as the PID namespace in which the file was opened numbers it, 0xffffffff =
 *	one outside that namespace
 * @generation: the generation in force after the event
 * @lost: records that this file would have got between the record taken before and
 *	this one, had its ring not been full
 */
struct iso7816_event {
	__u64 seq;
	__u64 time_ns;
	__u32 type;
	__u32 value;
	__u32 generation;
	__u32 lost;
};

/**
 * struct iso7816_event_mask - which events a file wants (ISO7816_IOC_SET_EVENT_MASK)
 * @mask: ISO7816_EVENT_BIT() of each; ISO7816_EVENT_MASK_ALL after open
 *
 * Other events do not enter the file's ring and do not raise POLLPRI.  The bit of
 * ISO7816_EVENT_PROACTIVE_PENDING also decides whether a pending proactive command
 * raises it.  Records that are in the ring stay there.
 */
struct iso7816_event_mask {
	__u64 mask;
};

/**
 * struct iso7816_stats - counters since the reader appeared (ISO7816_IOC_GET_STATS)
 * @commands: commands of users given to the card
 * @polls: STATUS commands of the reader itself
 * @failures: commands, own ones too, without a response that could be used
 * @canceled: commands whose caller had gone when they came to their end
 * @resets: resets of the card, activations included
 * @recoveries: resets because a command had failed
 * @insertions: cards found in the reader
 * @atr_errors: ATRs that were corrupt, or not for this reader
 * @pps_errors: PPS exchanges that were not confirmed
 * @tx_bytes: characters sent
 * @rx_bytes: characters received, own echoes not included
 * @parity_errors: characters received with a parity error, if the phy can tell
 * @frame_errors: characters received with a framing error, if the phy can tell
 * @overruns: characters lost for want of room
 * @unexpected: characters received while none was due
 * @collisions: transmissions whose echo was something else, or did not come
 * @timeouts: waiting times that ran out
 * @nulls: T=0: NULL procedure bytes, by which a card asks for time
 * @wtx: T=1: S(WTX request) blocks, by which a card asks for time
 * @bad_blocks: T=1: blocks with an error in parity, EDC or form
 * @retransmits: T=1: blocks sent because something had gone wrong
 * @resynchs: T=1: S(RESYNCH request) blocks sent
 * @aborts: T=1: chains of blocks given up, by either side
 * @events_lost: event records that found a full ring, over all files
 */
struct iso7816_stats {
	__u64 commands;
	__u64 polls;
	__u64 failures;
	__u64 canceled;
	__u64 resets;
	__u64 recoveries;
	__u64 insertions;
	__u64 atr_errors;
	__u64 pps_errors;
	__u64 tx_bytes;
	__u64 rx_bytes;
	__u64 parity_errors;
	__u64 frame_errors;
	__u64 overruns;
	__u64 unexpected;
	__u64 collisions;
	__u64 timeouts;
	__u64 nulls;
	__u64 wtx;
	__u64 bad_blocks;
	__u64 retransmits;
	__u64 resynchs;
	__u64 aborts;
	__u64 events_lost;
};

/**
 * struct iso7816_poll - proactive polling (ISO7816_IOC_SET_POLL)
 * @interval_ms: STATUS is sent after so many ms of an idle line; 0 = never
 *	(the default); at least ISO7816_POLL_MIN_MS otherwise
 * @reserved: zero
 */
struct iso7816_poll {
	__u32 interval_ms;
	__u32 reserved;
};

#define ISO7816_POLL_MIN_MS	10

#define ISO7816_IOC_GET_INFO	_IOR(ISO7816_IOC_MAGIC, 0, struct iso7816_info)
#define ISO7816_IOC_GET_STATE	_IOR(ISO7816_IOC_MAGIC, 1, struct iso7816_state)
#define ISO7816_IOC_GET_ATR	_IOR(ISO7816_IOC_MAGIC, 2, struct iso7816_atr)
#define ISO7816_IOC_POWER_ON	_IOWR(ISO7816_IOC_MAGIC, 3, struct iso7816_power_on)
#define ISO7816_IOC_RESET	_IOWR(ISO7816_IOC_MAGIC, 4, struct iso7816_reset)
#define ISO7816_IOC_POWER_OFF	_IO(ISO7816_IOC_MAGIC, 5)
#define ISO7816_IOC_XFER	_IOWR(ISO7816_IOC_MAGIC, 6, struct iso7816_xfer)
#define ISO7816_IOC_LOCK	_IOWR(ISO7816_IOC_MAGIC, 7, struct iso7816_lock)
#define ISO7816_IOC_UNLOCK	_IO(ISO7816_IOC_MAGIC, 8)
#define ISO7816_IOC_GET_EVENT	_IOR(ISO7816_IOC_MAGIC, 9, struct iso7816_event)
#define ISO7816_IOC_SET_EVENT_MASK _IOW(ISO7816_IOC_MAGIC, 10, struct iso7816_event_mask)
#define ISO7816_IOC_CANCEL	_IO(ISO7816_IOC_MAGIC, 11)
#define ISO7816_IOC_GET_STATS	_IOR(ISO7816_IOC_MAGIC, 12, struct iso7816_stats)
#define ISO7816_IOC_SET_POLL	_IOW(ISO7816_IOC_MAGIC, 13, struct iso7816_poll)

#endif /* _UAPI_LINUX_ISO7816_H */
