// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual readers: what include/uapi/linux/iso7816_sim.h says.  A slot is two
 * halves: the phy operations put records into a queue, the card program takes
 * them out by read(); what it writes goes up to the core.
 *
 * setup_lock (mutex) - @reader and the program's side: SETUP and write() one at a
 *	time.
 * lock (spinlock) - the queue, the line and what was last told of the contacts.
 *
 * setup_lock is taken around calls of the core, lock never.
 */
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <linux/iso7816.h>
#include <uapi/linux/iso7816_sim.h>

/* Power of two; a block of T=1 and all that may happen around it */
#define QUEUE_SIZE	1024
/* A card program that does not read holds an operation up for so long */
#define ROOM_TIMEOUT	HZ
/* Records moved in one go between the program and us */
#define BATCH		32
#define PPM		1000000
#define ERROR_PPM_MAX	500000
#define SIM_CAPS	(ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS | \
			 ISO7816_PHY_ECHO | ISO7816_PHY_CLOCK)
#define SIM_FLAGS	(ISO7816_SIM_PRESENCE | ISO7816_SIM_CARD_IN | \
			 ISO7816_SIM_VCC | ISO7816_SIM_PACE)
#define SIM_CLASSES	(ISO7816_CLASS_A | ISO7816_CLASS_B | ISO7816_CLASS_C)
#define CHAR_FLAGS	(ISO7816_SIM_ODD | ISO7816_SIM_FRAME | ISO7816_SIM_OVERRUN)

static_assert(sizeof(struct iso7816_sim_record) == 16);
static_assert(sizeof(struct iso7816_sim_setup) == 72);

/**
 * struct iso7816_sim - one slot
 * @setup_lock: see above
 * @reader: the reader, NULL before SETUP
 * @setup: what the slot is
 * @echo: what the line gives back
 * @lock: see above; all from here
 * @queue: records for the card program
 * @line: settings of the line in force
 * @class: VCC as last told
 * @rst: RST as last told
 * @clk: CLK as last told
 * @present: a card is in
 * @closing: the program is gone
 * @readable: the queue has got a record
 * @room: it has got room, or @closing
 */
struct iso7816_sim {
	struct mutex setup_lock;	/* @reader */
	struct iso7816_reader *reader;
	struct iso7816_sim_setup setup;
	struct iso7816_echo echo;

	spinlock_t lock;		/* all from here */
	DECLARE_KFIFO(queue, struct iso7816_sim_record, QUEUE_SIZE);
	struct iso7816_line line;
	u32 class;
	bool rst;
	bool clk;
	bool present;
	bool closing;

	wait_queue_head_t readable;
	wait_queue_head_t room;
};

/* ---------------------------------------- the reader's side: to the card */

static bool sim_put(struct iso7816_sim *sim, const struct iso7816_sim_record *record)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&sim->lock, flags);
	done = sim->closing || kfifo_put(&sim->queue, *record);
	spin_unlock_irqrestore(&sim->lock, flags);
	return done;
}

/* Nobody listens to a slot that is being closed; that is no error. */
static int sim_tell(struct iso7816_sim *sim, const struct iso7816_sim_record *record)
{
	if (!wait_event_timeout(sim->room, sim_put(sim, record), ROOM_TIMEOUT))
		return -ETIMEDOUT;
	wake_up_interruptible(&sim->readable);
	return 0;
}

/* Tells of a contact, unless it stays as it was. */
static int sim_contact(struct iso7816_sim *sim, u8 type, u32 value, u32 before)
{
	struct iso7816_sim_record record = {
		.time_ns = ktime_get_ns(),
		.type = type,
		.value = value,
	};

	return value == before ? 0 : sim_tell(sim, &record);
}

static int sim_power(struct iso7816_reader *reader, u32 class)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);
	int ret = sim_contact(sim, ISO7816_SIM_POWER, class, sim->class);

	if (!ret)
		sim->class = class;
	return ret;
}

static int sim_clock(struct iso7816_reader *reader, bool on)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);
	int ret = sim_contact(sim, ISO7816_SIM_CLOCK, on, sim->clk);

	if (!ret)
		sim->clk = on;
	return ret;
}

static int sim_reset(struct iso7816_reader *reader, bool low)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);
	int ret = sim_contact(sim, ISO7816_SIM_RESET, !low, sim->rst);

	if (!ret)
		sim->rst = !low;
	return ret;
}

/* The rate that a line with these divisors and this error really has */
static u32 sim_achieved(const struct iso7816_sim_setup *setup, u32 baud)
{
	u64 rate = baud;

	if (setup->divisor_hz)
		rate = setup->divisor_hz /
		       max(DIV_ROUND_CLOSEST(setup->divisor_hz, baud), 1U);
	return div_u64(rate * (u32)(PPM + setup->error_ppm), PPM);
}

static int sim_config(struct iso7816_reader *reader, const struct iso7816_line *line,
		      u32 *achieved)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);
	struct iso7816_sim_record record = {
		.time_ns = ktime_get_ns(),
		.type = ISO7816_SIM_LINE,
		.flags = line->odd_parity ? ISO7816_SIM_ODD : 0,
		.guard_etu = line->guard_etu,
	};
	unsigned long flags;

	if (!line->baud)
		return -ERANGE;
	*achieved = sim_achieved(&sim->setup, line->baud);
	if (!*achieved)
		return -ERANGE;
	spin_lock_irqsave(&sim->lock, flags);
	sim->line = *line;
	sim->line.baud = *achieved;
	spin_unlock_irqrestore(&sim->lock, flags);
	record.value = *achieved;
	return sim_tell(sim, &record);
}

/* Waits until the last character has left the line, or the program has. */
static void sim_pace(struct iso7816_sim *sim, u64 until_ns)
{
	s64 left = until_ns - ktime_get_ns();

	if (left > 0)
		wait_event_hrtimeout(sim->room, READ_ONCE(sim->closing),
				     ns_to_ktime(left));
}

static int sim_send(struct iso7816_reader *reader, const u8 *buf, size_t len)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);
	bool echo = sim->setup.caps & ISO7816_PHY_ECHO;
	u64 now = ktime_get_ns();
	u64 step = div_u64((u64)sim->line.guard_etu * NSEC_PER_SEC, sim->line.baud ?: 1);
	int ret = 0;
	size_t i;

	if (len > ISO7816_SEND_MAX)
		return -EMSGSIZE;
	if (echo)
		iso7816_echo_expect(&sim->echo, buf, len);
	for (i = 0; i < len && !ret; i++) {
		struct iso7816_sim_record record = {
			.time_ns = now + i * step,
			.type = ISO7816_SIM_CHAR,
			.flags = sim->line.odd_parity ? ISO7816_SIM_ODD : 0,
			.value = buf[i],
		};

		ret = sim_tell(sim, &record);
	}
	if (!ret && sim->setup.flags & ISO7816_SIM_PACE)
		sim_pace(sim, now + len * step);
	if (!ret && echo)
		iso7816_echo_wait(&sim->echo, ROOM_TIMEOUT);
	if (echo)
		ret = iso7816_echo_end(&sim->echo) ?: ret;
	return ret;
}

static int sim_presence(struct iso7816_reader *reader)
{
	struct iso7816_sim *sim = iso7816_reader_priv(reader);

	return READ_ONCE(sim->present);
}

static const struct iso7816_phy_ops sim_ops = {
	.power = sim_power,
	.clock = sim_clock,
	.reset = sim_reset,
	.config = sim_config,
	.send = sim_send,
};

static const struct iso7816_phy_ops sim_presence_ops = {
	.power = sim_power,
	.clock = sim_clock,
	.reset = sim_reset,
	.config = sim_config,
	.send = sim_send,
	.presence = sim_presence,
};

/* ----------------------------------------------- the card program's side */

static int sim_open(struct inode *inode, struct file *file)
{
	struct iso7816_sim *sim;

	sim = kvzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return -ENOMEM;
	mutex_init(&sim->setup_lock);
	spin_lock_init(&sim->lock);
	INIT_KFIFO(sim->queue);
	iso7816_echo_init(&sim->echo);
	init_waitqueue_head(&sim->readable);
	init_waitqueue_head(&sim->room);
	file->private_data = sim;
	return stream_open(inode, file);
}

static int sim_release(struct inode *inode, struct file *file)
{
	struct iso7816_sim *sim = file->private_data;
	unsigned long flags;

	spin_lock_irqsave(&sim->lock, flags);
	sim->closing = true;
	spin_unlock_irqrestore(&sim->lock, flags);
	wake_up(&sim->room);
	if (sim->reader) {
		iso7816_unregister_reader(sim->reader);
		iso7816_put_reader(sim->reader);
	}
	mutex_destroy(&sim->setup_lock);
	/* characters of commands may be left in the queue */
	kvfree_sensitive(sim, sizeof(*sim));
	return 0;
}

static bool sim_valid(const struct iso7816_sim_setup *setup)
{
	return !(setup->caps & ~SIM_CAPS) && !(setup->flags & ~SIM_FLAGS) &&
	       !(setup->classes & ~SIM_CLASSES) && !setup->reserved &&
	       setup->error_ppm >= -ERROR_PPM_MAX && setup->error_ppm <= ERROR_PPM_MAX &&
	       setup->vcc_delay_us <= USEC_PER_SEC;
}

static struct miscdevice sim_misc;

static int sim_setup_locked(struct iso7816_sim *sim, const struct iso7816_sim_setup *setup)
{
	bool presence = setup->flags & ISO7816_SIM_PRESENCE;
	struct iso7816_phy phy = {
		.ops = presence ? &sim_presence_ops : &sim_ops,
		.name = "iso7816-sim",
		.caps = setup->caps,
		.classes = setup->classes,
		.vcc_switched = setup->flags & ISO7816_SIM_VCC,
		.vcc_delay_us = setup->vcc_delay_us,
		.clock_hz = setup->clock_hz ?: ISO7816_CLOCK_DEFAULT_HZ,
		.max_baud = setup->max_baud,
	};
	struct iso7816_reader *reader;
	int ret;

	lockdep_assert_held(&sim->setup_lock);

	if (sim->reader)
		return -EBUSY;
	reader = iso7816_alloc_reader(sim_misc.this_device, &phy, sim);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	sim->setup = *setup;
	sim->setup.clock_hz = phy.clock_hz;
	sim->present = setup->flags & ISO7816_SIM_CARD_IN;
	strscpy(sim->setup.name, iso7816_reader_name(reader), sizeof(sim->setup.name));
	ret = iso7816_register_reader(reader);
	if (ret) {
		iso7816_put_reader(reader);
		return ret;
	}
	/* read() looks without the lock */
	smp_store_release(&sim->reader, reader);
	return 0;
}

static long sim_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct iso7816_sim *sim = file->private_data;
	struct iso7816_sim_setup setup;
	int ret;

	if (cmd != ISO7816_SIM_IOC_SETUP)
		return -ENOTTY;
	if (copy_from_user(&setup, (void __user *)arg, sizeof(setup)))
		return -EFAULT;
	if (!sim_valid(&setup))
		return -EINVAL;
	mutex_lock(&sim->setup_lock);
	ret = sim_setup_locked(sim, &setup);
	mutex_unlock(&sim->setup_lock);
	if (!ret && copy_to_user((void __user *)arg, &sim->setup, sizeof(sim->setup)))
		ret = -EFAULT;
	return ret;
}

static unsigned int sim_take(struct iso7816_sim *sim, struct iso7816_sim_record *batch,
			     unsigned int n)
{
	unsigned long flags;

	spin_lock_irqsave(&sim->lock, flags);
	n = kfifo_out(&sim->queue, batch, n);
	spin_unlock_irqrestore(&sim->lock, flags);
	if (n)
		wake_up(&sim->room);
	return n;
}

static ssize_t sim_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct iso7816_sim *sim = file->private_data;
	struct iso7816_sim_record batch[BATCH];
	unsigned int n = min_t(size_t, count / sizeof(*batch), BATCH);
	ssize_t ret;

	if (!n)
		return -EINVAL;
	/* pairs with sim_setup_locked() */
	if (!smp_load_acquire(&sim->reader))
		return -ENOTCONN;
	while (!(ret = sim_take(sim, batch, n))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(sim->readable, !kfifo_is_empty(&sim->queue));
		if (ret)
			return ret;
	}
	ret *= sizeof(*batch);
	if (copy_to_user(buf, batch, ret))
		ret = -EFAULT;
	memzero_explicit(batch, sizeof(batch));
	return ret;
}

static bool sim_record_valid(const struct iso7816_sim_record *record)
{
	if (record->time_ns || record->guard_etu)
		return false;
	if (record->type == ISO7816_SIM_CHAR)
		return record->value <= 0xff && !(record->flags & ~CHAR_FLAGS);
	return record->type == ISO7816_SIM_CARD && record->value <= 1 && !record->flags;
}

/* What the reader's UART makes of a character */
static u8 sim_rx_flags(const struct iso7816_sim_record *record, bool odd_parity)
{
	u8 flags = 0;

	if (odd_parity != !!(record->flags & ISO7816_SIM_ODD))
		flags |= ISO7816_RX_PARITY;
	if (record->flags & ISO7816_SIM_FRAME)
		flags |= ISO7816_RX_FRAME;
	if (record->flags & ISO7816_SIM_OVERRUN)
		flags |= ISO7816_RX_OVERRUN;
	return flags;
}

/* Characters in a row; returns how many there are. */
static unsigned int sim_characters(struct iso7816_sim *sim,
				   const struct iso7816_sim_record *batch, unsigned int n)
{
	bool told = sim->setup.caps & ISO7816_PHY_CHAR_ERRORS;
	u8 buf[BATCH], errors[BATCH];
	unsigned int i, own = 0;
	unsigned long flags;

	spin_lock_irqsave(&sim->lock, flags);
	for (i = 0; i < n && batch[i].type == ISO7816_SIM_CHAR; i++) {
		buf[i] = batch[i].value;
		errors[i] = sim_rx_flags(&batch[i], sim->line.odd_parity);
	}
	spin_unlock_irqrestore(&sim->lock, flags);
	if (sim->setup.caps & ISO7816_PHY_ECHO)
		own = iso7816_echo_take(&sim->echo, buf, i);
	if (own < i)
		iso7816_rx(sim->reader, buf + own, told ? errors + own : NULL, i - own);
	memzero_explicit(buf, sizeof(buf));
	return i;
}

static void sim_act(struct iso7816_sim *sim, const struct iso7816_sim_record *batch,
		    unsigned int n)
{
	unsigned int i = 0;

	while (i < n) {
		if (batch[i].type == ISO7816_SIM_CHAR) {
			i += sim_characters(sim, batch + i, n - i);
			continue;
		}
		WRITE_ONCE(sim->present, batch[i].value);
		if (sim->setup.flags & ISO7816_SIM_PRESENCE)
			iso7816_presence_changed(sim->reader, batch[i].value);
		i++;
	}
}

static ssize_t sim_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct iso7816_sim *sim = file->private_data;
	struct iso7816_sim_record batch[BATCH];
	unsigned int i, n = min_t(size_t, count / sizeof(*batch), BATCH);

	if (!n)
		return -EINVAL;
	if (copy_from_user(batch, buf, n * sizeof(*batch)))
		return -EFAULT;
	for (i = 0; i < n; i++)
		if (!sim_record_valid(&batch[i]))
			return -EINVAL;
	mutex_lock(&sim->setup_lock);
	if (sim->reader)
		sim_act(sim, batch, n);
	else
		n = 0;
	mutex_unlock(&sim->setup_lock);
	memzero_explicit(batch, sizeof(batch));
	return n ? n * sizeof(*batch) : -ENOTCONN;
}

static __poll_t sim_poll(struct file *file, poll_table *wait)
{
	struct iso7816_sim *sim = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &sim->readable, wait);
	/* pairs with sim_setup_locked() */
	if (!smp_load_acquire(&sim->reader))
		return 0;
	if (!kfifo_is_empty(&sim->queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask | EPOLLOUT | EPOLLWRNORM;
}

static const struct file_operations sim_fops = {
	.owner = THIS_MODULE,
	.open = sim_open,
	.release = sim_release,
	.read = sim_read,
	.write = sim_write,
	.poll = sim_poll,
	.unlocked_ioctl = sim_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice sim_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "iso7816-sim",
	.fops = &sim_fops,
	.mode = 0600,
};
module_misc_device(sim_misc);

MODULE_DESCRIPTION("Virtual ISO/IEC 7816 card readers");
MODULE_LICENSE("GPL");
