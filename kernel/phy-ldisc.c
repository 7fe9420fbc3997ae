// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card on any tty, by a line discipline: Phoenix and Smartmouse readers, whose
 * RST and presence are modem lines, and ptys.  What the tty gives more than serdev
 * does: which character was in error, two stop bits, and the rate that it has.
 *
 * attach_lock (mutex) - the reader's coming and going.  The reader's own operations
 *	never take it: it is held while their end is waited for.
 */
#include <linux/capability.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/tty_ldisc.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/iso7816.h>
#include <uapi/linux/iso7816_ldisc.h>

/* Characters of 12 etu have two stop bits */
#define GUARD_ETU	12
/* Modem lines but DCD have to be looked at; twice the same level counts */
#define DETECT_MS	100
/* Characters handed on at once */
#define BATCH		64
/* Until the ATR has said otherwise */
#define CLOCKS_PER_ETU	372

#define LDISC_FLAGS	(ISO7816_LDISC_INVERT_RESET | ISO7816_LDISC_INVERT_DETECT | \
			 ISO7816_LDISC_ECHO)
#define LDISC_CAPS	(ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS)

static_assert(sizeof(struct iso7816_ldisc_attach) == 64);

/**
 * struct iso7816_ldisc - the discipline on a tty
 * @tty: the tty
 * @attach_lock: see above
 * @reader: the reader, NULL before ATTACH
 * @wiring: how it is wired
 * @echo: what the line gives back
 * @line: settings in force, or with BAUD0 those after the reset
 * @low: RST is L
 * @gone: hung up, or being closed
 * @writable: the tty may take more; @gone
 * @detect: looks at the presence line
 * @level: how it was when it was last looked at
 * @present: what the core was told
 */
struct iso7816_ldisc {
	struct tty_struct *tty;
	struct mutex attach_lock;	/* @reader, @gone */
	struct iso7816_reader *reader;
	struct iso7816_ldisc_attach wiring;
	struct iso7816_echo echo;
	struct iso7816_line line;
	bool low;
	bool gone;
	wait_queue_head_t writable;
	struct delayed_work detect;
	bool level;
	bool present;
};

/* ------------------------------------------------------------ the line */

/* Raw, and errors of characters told; no modem line has a say. */
static void ldisc_termios(const struct iso7816_line *line, struct ktermios *termios)
{
	termios->c_iflag = INPCK | PARMRK;
	termios->c_oflag = 0;
	termios->c_lflag &= EXTPROC;
	termios->c_cflag &= ~(CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS);
	termios->c_cflag |= CS8 | CREAD | CLOCAL | PARENB;
	if (line->odd_parity)
		termios->c_cflag |= PARODD;
	if (line->guard_etu >= GUARD_ETU)
		termios->c_cflag |= CSTOPB;
}

/* The rate that a UART with integer divisors makes of what it says it has */
static u32 ldisc_real_rate(const struct iso7816_ldisc_attach *wiring, u32 rate)
{
	if (!wiring->base_baud || !rate)
		return rate;
	return wiring->base_baud / max(DIV_ROUND_CLOSEST(wiring->base_baud, rate), 1U);
}

/* Sets the tty to @line at @baud; returns the rate that it has then. */
static u32 ldisc_set(struct iso7816_ldisc *ld, u32 baud)
{
	struct ktermios termios;
	u32 rate;

	down_read(&ld->tty->termios_rwsem);
	termios = ld->tty->termios;
	up_read(&ld->tty->termios_rwsem);
	ldisc_termios(&ld->line, &termios);
	tty_termios_encode_baud_rate(&termios, baud, baud);
	tty_set_termios(ld->tty, &termios);
	down_read(&ld->tty->termios_rwsem);
	rate = tty_termios_baud_rate(&ld->tty->termios);
	up_read(&ld->tty->termios_rwsem);
	return ldisc_real_rate(&ld->wiring, rate);
}

static int ldisc_config(struct iso7816_reader *reader, const struct iso7816_line *line,
			u32 *achieved)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);

	if (READ_ONCE(ld->gone))
		return -ENODEV;
	if (!line->baud)
		return -ERANGE;
	ld->line = *line;
	/* a rate would end the reset: what becomes of it is seen then */
	if (ld->wiring.reset == ISO7816_LDISC_RESET_BAUD0 && ld->low)
		*achieved = ldisc_real_rate(&ld->wiring, line->baud);
	else
		*achieved = ldisc_set(ld, line->baud);
	return 0;
}

static int ldisc_write(struct iso7816_reader *reader, const u8 *buf, size_t len,
		       long timeout)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);
	struct tty_struct *tty = ld->tty;
	int n;

	while (len) {
		if (READ_ONCE(ld->gone))
			return -ENODEV;
		set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
		n = tty->ops->write(tty, buf, len);
		if (n < 0)
			return n;
		buf += n;
		len -= n;
		if (!len)
			break;
		timeout = wait_event_timeout(ld->writable, READ_ONCE(ld->gone) ||
					     tty_write_room(tty) > 0, timeout);
		if (!timeout)
			return -ETIMEDOUT;
	}
	return 0;
}

static int ldisc_send(struct iso7816_reader *reader, const u8 *buf, size_t len)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);
	bool echo = ld->wiring.flags & ISO7816_LDISC_ECHO;
	long timeout;
	int ret;

	if (len > ISO7816_SEND_MAX)
		return -EMSGSIZE;
	if (READ_ONCE(ld->gone) || !ld->line.baud)
		return -ENODEV;
	timeout = iso7816_line_timeout(&ld->line, len);
	if (echo)
		iso7816_echo_expect(&ld->echo, buf, len);
	ret = iso7816_line_write(reader, &ld->line, buf, len, timeout, ldisc_write);
	if (ret)
		tty_driver_flush_buffer(ld->tty);
	else if (echo)
		iso7816_echo_wait(&ld->echo, timeout);
	else
		tty_wait_until_sent(ld->tty, timeout);
	if (echo)
		ret = iso7816_echo_end(&ld->echo) ?: ret;
	return ret;
}

static void ldisc_flush(struct iso7816_reader *reader)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);

	if (!READ_ONCE(ld->gone))
		tty_driver_flush_buffer(ld->tty);
}

/* -------------------------------------------------------- the contacts */

static int ldisc_reset(struct iso7816_reader *reader, bool low)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);
	unsigned int bit = ld->wiring.reset == ISO7816_LDISC_RESET_RTS ? TIOCM_RTS : TIOCM_DTR;
	bool on = low != !!(ld->wiring.flags & ISO7816_LDISC_INVERT_RESET);

	if (READ_ONCE(ld->gone))
		return 0;
	ld->low = low;
	if (ld->wiring.reset != ISO7816_LDISC_RESET_BAUD0)
		return ld->tty->ops->tiocmset(ld->tty, on ? bit : 0, on ? 0 : bit);
	if (low)
		ldisc_set(ld, 0);
	else if (!ldisc_set(ld, ld->line.baud))
		return -ERANGE;
	return 0;
}

static const unsigned int ldisc_detect_bits[] = {
	[ISO7816_LDISC_DETECT_CTS] = TIOCM_CTS,
	[ISO7816_LDISC_DETECT_DSR] = TIOCM_DSR,
	[ISO7816_LDISC_DETECT_DCD] = TIOCM_CAR,
	[ISO7816_LDISC_DETECT_RI] = TIOCM_RNG,
};

static int ldisc_presence(struct iso7816_reader *reader)
{
	struct iso7816_ldisc *ld = iso7816_reader_priv(reader);
	int bits = ld->tty->ops->tiocmget(ld->tty);
	bool on;

	if (bits < 0)
		return bits;
	on = bits & ldisc_detect_bits[ld->wiring.detect];
	return on != !!(ld->wiring.flags & ISO7816_LDISC_INVERT_DETECT);
}

static void ldisc_look(struct work_struct *work)
{
	struct iso7816_ldisc *ld = container_of(to_delayed_work(work), struct iso7816_ldisc,
						detect);
	int level;

	if (READ_ONCE(ld->gone))
		return;
	level = ldisc_presence(ld->reader);
	if (level >= 0 && level == ld->level && level != ld->present) {
		ld->present = level;
		iso7816_presence_changed(ld->reader, level);
	}
	if (level >= 0)
		ld->level = level;
	schedule_delayed_work(&ld->detect, msecs_to_jiffies(DETECT_MS));
}

static const struct iso7816_phy_ops ldisc_phy_ops = {
	.reset = ldisc_reset,
	.config = ldisc_config,
	.send = ldisc_send,
	.flush = ldisc_flush,
};

static const struct iso7816_phy_ops ldisc_phy_presence_ops = {
	.reset = ldisc_reset,
	.config = ldisc_config,
	.send = ldisc_send,
	.flush = ldisc_flush,
	.presence = ldisc_presence,
};

/* --------------------------------------------------- attach and detach */

static bool ldisc_valid(const struct iso7816_ldisc_attach *wiring)
{
	bool baud0 = wiring->reset == ISO7816_LDISC_RESET_BAUD0;

	return wiring->reset >= ISO7816_LDISC_RESET_RTS &&
	       wiring->reset <= ISO7816_LDISC_RESET_BAUD0 &&
	       wiring->detect < ARRAY_SIZE(ldisc_detect_bits) &&
	       !(wiring->flags & ~LDISC_FLAGS) &&
	       !(baud0 && wiring->flags & ISO7816_LDISC_INVERT_RESET) &&
	       !wiring->reserved[0] && !wiring->reserved[1];
}

static bool ldisc_wirable(struct tty_struct *tty, const struct iso7816_ldisc_attach *wiring)
{
	if (wiring->reset != ISO7816_LDISC_RESET_BAUD0 && !tty->ops->tiocmset)
		return false;
	return !wiring->detect || tty->ops->tiocmget;
}

static int ldisc_begin(struct iso7816_ldisc *ld, const struct iso7816_phy *phy)
{
	struct iso7816_reader *reader;
	int ret;

	lockdep_assert_held(&ld->attach_lock);

	reader = iso7816_alloc_reader(ld->tty->dev, phy, ld);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	/* as the core wants to find the contacts */
	ld->line.baud = phy->clock_hz / CLOCKS_PER_ETU;
	ld->line.guard_etu = GUARD_ETU;
	ldisc_set(ld, ld->wiring.reset == ISO7816_LDISC_RESET_BAUD0 ? 0 : ld->line.baud);
	ret = ldisc_reset(reader, true);
	if (!ret)
		ret = iso7816_register_reader(reader);
	if (ret) {
		iso7816_put_reader(reader);
		return ret;
	}
	strscpy(ld->wiring.name, iso7816_reader_name(reader), sizeof(ld->wiring.name));
	/* what was received before is of no card */
	smp_store_release(&ld->reader, reader);
	if (ld->wiring.detect)
		schedule_delayed_work(&ld->detect, 0);
	return 0;
}

static int ldisc_attach(struct iso7816_ldisc *ld, const struct iso7816_ldisc_attach *wiring)
{
	struct iso7816_phy phy = {
		.ops = wiring->detect ? &ldisc_phy_presence_ops : &ldisc_phy_ops,
		.name = tty_name(ld->tty),
		.caps = LDISC_CAPS,
		.clock_hz = wiring->clock_hz ?: ISO7816_CLOCK_DEFAULT_HZ,
		.max_baud = wiring->max_baud,
	};
	int ret;

	if (!ldisc_valid(wiring))
		return -EINVAL;
	if (!ldisc_wirable(ld->tty, wiring))
		return -EOPNOTSUPP;
	if (wiring->flags & ISO7816_LDISC_ECHO)
		phy.caps |= ISO7816_PHY_ECHO;
	mutex_lock(&ld->attach_lock);
	if (ld->gone) {
		ret = -EIO;
	} else if (ld->reader) {
		ret = -EBUSY;
	} else {
		ld->wiring = *wiring;
		ld->wiring.clock_hz = phy.clock_hz;
		ret = ldisc_begin(ld, &phy);
	}
	mutex_unlock(&ld->attach_lock);
	return ret;
}

/* Unplugs the reader.  @alive: the tty still works, the card can be deactivated. */
static void ldisc_detach(struct iso7816_ldisc *ld, bool alive)
{
	mutex_lock(&ld->attach_lock);
	if (!alive)
		WRITE_ONCE(ld->gone, true);
	wake_up(&ld->writable);
	if (ld->reader)
		iso7816_unregister_reader(ld->reader);
	WRITE_ONCE(ld->gone, true);
	wake_up(&ld->writable);
	mutex_unlock(&ld->attach_lock);
	cancel_delayed_work_sync(&ld->detect);
}

/* ------------------------------------------------------ the discipline */

static int ldisc_open(struct tty_struct *tty)
{
	struct iso7816_ldisc *ld;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!tty->ops->write)
		return -EOPNOTSUPP;
	ld = kzalloc(sizeof(*ld), GFP_KERNEL);
	if (!ld)
		return -ENOMEM;
	ld->tty = tty;
	mutex_init(&ld->attach_lock);
	iso7816_echo_init(&ld->echo);
	init_waitqueue_head(&ld->writable);
	INIT_DELAYED_WORK(&ld->detect, ldisc_look);
	tty->disc_data = ld;
	tty->receive_room = 65536;
	return 0;
}

static void ldisc_close(struct tty_struct *tty)
{
	struct iso7816_ldisc *ld = tty->disc_data;

	/* after a hangup nothing is left to do here */
	ldisc_detach(ld, true);
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	if (ld->reader)
		iso7816_put_reader(ld->reader);
	tty->disc_data = NULL;
	mutex_destroy(&ld->attach_lock);
	kfree(ld);
}

static iso7816_ldisc_hangup_t ldisc_hangup(struct tty_struct *tty)
{
	ldisc_detach(tty->disc_data, false);
	return (iso7816_ldisc_hangup_t)0;
}

static ISO7816_LDISC_IOCTL(ldisc_ioctl)
{
	struct iso7816_ldisc *ld = tty->disc_data;
	struct iso7816_ldisc_attach wiring;
	int ret;

	if (cmd != ISO7816_LDISC_ATTACH)
		return -ENOIOCTLCMD;
	if (copy_from_user(&wiring, (void __user *)arg, sizeof(wiring)))
		return -EFAULT;
	ret = ldisc_attach(ld, &wiring);
	if (!ret && copy_to_user((void __user *)arg, &ld->wiring, sizeof(ld->wiring)))
		ret = -EFAULT;
	return ret;
}

static __poll_t ldisc_poll(struct tty_struct *tty, struct file *file,
			   struct poll_table_struct *wait)
{
	struct iso7816_ldisc *ld = tty->disc_data;

	poll_wait(file, &ld->writable, wait);
	return READ_ONCE(ld->gone) ? EPOLLHUP : 0;
}

static u8 ldisc_rx_flag(u8 flag)
{
	switch (flag) {
	case TTY_NORMAL:
		return 0;
	case TTY_PARITY:
		return ISO7816_RX_PARITY;
	case TTY_OVERRUN:
		return ISO7816_RX_OVERRUN;
	default:	/* TTY_FRAME, TTY_BREAK */
		return ISO7816_RX_FRAME;
	}
}

static ISO7816_LDISC_RECEIVE(ldisc_receive)
{
	struct iso7816_ldisc *ld = tty->disc_data;
	struct iso7816_reader *reader;
	u8 flags[BATCH];
	size_t i, n, len = count;

	/* with the wiring that ldisc_begin() has stored before it */
	reader = smp_load_acquire(&ld->reader);
	if (!reader)
		return;
	if (ld->wiring.flags & ISO7816_LDISC_ECHO) {
		n = iso7816_echo_take(&ld->echo, cp, len);
		cp += n;
		fp = fp ? fp + n : NULL;
		len -= n;
	}
	for (; len; len -= n, cp += n) {
		n = min_t(size_t, len, BATCH);
		for (i = 0; i < n; i++)
			flags[i] = fp ? ldisc_rx_flag(fp[i]) : 0;
		iso7816_rx(reader, cp, flags, n);
		fp = fp ? fp + n : NULL;
	}
}

static void ldisc_write_wakeup(struct tty_struct *tty)
{
	struct iso7816_ldisc *ld = tty->disc_data;

	wake_up(&ld->writable);
}

static struct tty_ldisc_ops ldisc_ops = {
	.owner = THIS_MODULE,
	.num = ISO7816_LDISC_NR,
	.name = "iso7816",
	.open = ldisc_open,
	.close = ldisc_close,
	.hangup = ldisc_hangup,
	.ioctl = ldisc_ioctl,
	.compat_ioctl = ldisc_ioctl,
	.poll = ldisc_poll,
	.receive_buf = ldisc_receive,
	.write_wakeup = ldisc_write_wakeup,
};

static int __init ldisc_init(void)
{
	return iso7816_ldisc_register(ISO7816_LDISC_NR, &ldisc_ops);
}
module_init(ldisc_init);

static void __exit ldisc_exit(void)
{
	iso7816_ldisc_unregister(ISO7816_LDISC_NR, &ldisc_ops);
}
module_exit(ldisc_exit);

MODULE_DESCRIPTION("ISO/IEC 7816 card on a tty");
MODULE_LICENSE("GPL");
MODULE_ALIAS_LDISC(ISO7816_LDISC_NR);
