/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ISO/IEC 7816 readers inside the kernel: what a physical layer (phy) gives to
 * the reader core, and what the core offers it.
 */
#ifndef _LINUX_ISO7816_H
#define _LINUX_ISO7816_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <uapi/linux/iso7816.h>

struct device;
struct iso7816_reader;

/* What a UART may say of a character (iso7816_rx()) */
#define ISO7816_RX_PARITY	BIT(0)
#define ISO7816_RX_FRAME	BIT(1)
#define ISO7816_RX_OVERRUN	BIT(2)

/* iso7816_phy_ops.power: besides ISO7816_CLASS_A, B, C */
#define ISO7816_CLASS_NONE	0
#define ISO7816_CLASS_ANY	0x80

/* The most that is sent at once: a block of T=1 with a CRC */
#define ISO7816_SEND_MAX	259

/**
 * struct iso7816_line - settings of the I/O line
 * @baud: wanted rate in bit/s
 * @odd_parity: parity is odd on the line (inverse convention), else even
 * @guard_etu: least distance between the leading edges of two characters sent,
 *	in etu; a phy that cannot send two stop bits may use 11 for 12
 */
struct iso7816_line {
	u32 baud;
	bool odd_parity;
	u16 guard_etu;
};

/**
 * struct iso7816_phy_ops - what the core asks of a phy
 * @power: switch VCC to an operating class, one of those of @classes in struct
 *	iso7816_phy; ISO7816_CLASS_NONE for off, ISO7816_CLASS_ANY where the phy
 *	has told of no class; optional
 * @clock: start or stop the card clock; optional
 * @reset: set RST: true is L (the card is held in reset)
 * @config: set the line; stores the rate that the UART really has in @achieved.
 *	Never called while a character is on its way, but for a phy with
 *	ISO7816_PHY_CHAR_ERRORS: between TS and T0 of an inverse card.
 * @send: send up to ISO7816_SEND_MAX characters and return when they have left the line, as well as
 *	the hardware can tell; 0 or a negative errno, -EIO on a collision.  Bounded:
 *	at most the time on the line plus 2 s.
 * @flush: forget what waits to be sent or is expected as echo; optional
 * @presence: 1 card in, 0 no card; NULL if the reader has no presence contact,
 *	a card is then taken to be always there
 *
 * All may sleep.  The core calls one at a time and none after
 * iso7816_unregister_reader() has returned.
 */
struct iso7816_phy_ops {
	int (*power)(struct iso7816_reader *reader, u32 class);
	int (*clock)(struct iso7816_reader *reader, bool on);
	int (*reset)(struct iso7816_reader *reader, bool low);
	int (*config)(struct iso7816_reader *reader,
		      const struct iso7816_line *line, u32 *achieved);
	int (*send)(struct iso7816_reader *reader, const u8 *buf, size_t len);
	void (*flush)(struct iso7816_reader *reader);
	int (*presence)(struct iso7816_reader *reader);
};

/**
 * struct iso7816_phy - a phy, as it introduces itself
 * @ops: its operations
 * @name: name of its device, for GET_INFO
 * @caps: ISO7816_PHY_*
 * @classes: operating classes it can supply, ISO7816_CLASS_*, 0 = not known
 * @vcc_switched: @ops->power does switch the supply
 * @vcc_delay_us: time that VCC takes to be stable
 * @clock_hz: card clock, 1 to 5 MHz
 * @max_baud: fastest rate of the line, 0 = not known
 */
struct iso7816_phy {
	const struct iso7816_phy_ops *ops;
	const char *name;
	u64 caps;
	u32 classes;
	bool vcc_switched;
	u32 vcc_delay_us;
	u32 clock_hz;
	u32 max_baud;
};

/* A card must work at these clock rates until the end of its ATR */
#define ISO7816_CLOCK_MIN_HZ	1000000
#define ISO7816_CLOCK_MAX_HZ	5000000
/* What a phy takes for the clock if nobody says: 9600 bit/s at F = 372 */
#define ISO7816_CLOCK_DEFAULT_HZ 3571200

struct iso7816_reader *iso7816_alloc_reader(struct device *parent,
					    const struct iso7816_phy *phy,
					    void *priv);
int iso7816_register_reader(struct iso7816_reader *reader);
void iso7816_unregister_reader(struct iso7816_reader *reader);
void iso7816_put_reader(struct iso7816_reader *reader);
void *iso7816_reader_priv(struct iso7816_reader *reader);
const char *iso7816_reader_name(struct iso7816_reader *reader);

long iso7816_line_timeout(const struct iso7816_line *line, size_t len);
int iso7816_line_write(struct iso7816_reader *reader, const struct iso7816_line *line,
		       const u8 *buf, size_t len, long timeout,
		       int (*write)(struct iso7816_reader *reader, const u8 *buf, size_t len,
				    long timeout));

/**
 * struct iso7816_echo - the echo of a line on which a phy hears itself
 * @lock: guards the rest
 * @expected: characters sent whose echo is due
 * @due: number of characters at @expected
 * @heard: echoes that came
 * @collision: one of them was another character
 * @heard_all: all came
 */
struct iso7816_echo {
	spinlock_t lock;	/* all from here */
	u8 expected[ISO7816_SEND_MAX];
	size_t due;
	size_t heard;
	bool collision;
	struct completion heard_all;
};

void iso7816_echo_init(struct iso7816_echo *echo);
void iso7816_echo_expect(struct iso7816_echo *echo, const u8 *buf, size_t len);
size_t iso7816_echo_take(struct iso7816_echo *echo, const u8 *buf, size_t len);
void iso7816_echo_wait(struct iso7816_echo *echo, unsigned long timeout);
int iso7816_echo_end(struct iso7816_echo *echo);

void iso7816_rx(struct iso7816_reader *reader, const u8 *buf, const u8 *flags,
		size_t len);
void iso7816_presence_changed(struct iso7816_reader *reader, bool present);

#endif /* _LINUX_ISO7816_H */
