// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader object: birth, unplug and death, its clients and the upcalls of its
 * phy.
 *
 * Locks, in the order in which they are taken:
 *
 * ops_lock (rwsem) - the phy.  Held for reading around each use of the phy by the
 *	worker, for writing where the worker has to be kept away: to set @gone, after
 *	which no phy operation is called, and to deactivate the card (pm.c).
 * state_lock (spinlock, interrupts off) - what client, worker and upcalls share:
 *	the fields so marked in struct iso7816_reader, the queue of requests among
 *	them.  @gone is set under it too: after that no request is accepted.
 *
 * Clients never wait for a lock: those who want the wire stand in the queue
 * (request.c), which the worker empties one by one.
 *
 * The phy is used by the worker alone, but for that: one work item on an ordered
 * queue.  Upcalls and the timer only leave a note under
 * state_lock and kick it.
 */
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>

#include "iso7816-core.h"

static DEFINE_IDA(iso7816_ids);
static dev_t iso7816_devt;
/* changes with each reader that comes or goes; never 0 for long */
static atomic_t iso7816_readers_changed = ATOMIC_INIT(1);

static struct class iso7816_class = {
	.name = "iso7816",
	.pm = &iso7816_pm_ops,
	.dev_groups = iso7816_groups,
};

/* -------------------------------------------------- clients and queries */

int iso7816_client_add(struct iso7816_reader *reader, struct iso7816_client *client)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone) {
		ret = -ENODEV;
	} else {
		client->id = ++reader->last_client;
		client->pid_ns = get_pid_ns(task_active_pid_ns(current));
		client->mask = ISO7816_EVENT_MASK_ALL;
		list_add_tail(&client->node, &reader->clients);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	if (!ret)
		get_device(&reader->dev);
	return ret;
}

/* What it has under way or waiting is given up, and so is all that it has set. */
void iso7816_client_quit(struct iso7816_reader *reader, struct iso7816_client *client)
{
	iso7816_cancel(reader, client);
	iso7816_unlock(reader, client);
	iso7816_proactive_client_gone(reader, client);
}

void iso7816_client_del(struct iso7816_reader *reader, struct iso7816_client *client)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	list_del(&client->node);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	put_pid_ns(client->pid_ns);
	put_device(&reader->dev);
}

bool iso7816_is_gone(struct iso7816_reader *reader)
{
	unsigned long flags;
	bool gone;

	spin_lock_irqsave(&reader->state_lock, flags);
	gone = reader->gone;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return gone;
}

/* State and ATR of the same moment; @atr may be NULL. */
void iso7816_snapshot(struct iso7816_reader *reader, struct iso7816_state *st,
		      struct iso7816_atr *atr)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	*st = reader->st;
	if (atr)
		*atr = reader->atr;
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

/* The registered reader iso7816-@id, for iso7816_put_reader(), or NULL */
struct iso7816_reader *iso7816_reader_find(u32 id)
{
	struct device *dev;

	if (id >= ISO7816_MINORS)
		return NULL;
	dev = class_find_device_by_devt(&iso7816_class, MKDEV(MAJOR(iso7816_devt), id));
	return dev ? to_iso7816_reader(dev) : NULL;
}

u32 iso7816_readers_seq(void)
{
	return atomic_read(&iso7816_readers_changed);
}

void iso7816_get_info(struct iso7816_reader *reader, struct iso7816_info *info)
{
	const struct iso7816_phy *phy = &reader->phy;

	memset(info, 0, sizeof(*info));
	info->features = ISO7816_FEATURE_T0 | ISO7816_FEATURE_T1 | ISO7816_FEATURE_PPS |
			 ISO7816_FEATURE_POLL | ISO7816_FEATURE_EXTENDED |
			 ISO7816_FEATURE_LOCK | ISO7816_FEATURE_CANCEL |
			 ISO7816_FEATURE_EVENT_MASK | ISO7816_FEATURE_STATS;
	if (phy->ops->presence)
		info->features |= ISO7816_FEATURE_PRESENCE;
	if (phy->vcc_switched)
		info->features |= ISO7816_FEATURE_VCC;
	info->phy_caps = phy->caps;
	info->max_command = ISO7816_COMMAND_MAX;
	info->max_response = ISO7816_RESPONSE_MAX;
	info->max_baud = phy->max_baud;
	strscpy(info->name, dev_name(&reader->dev), sizeof(info->name));
	strscpy(info->phy, phy->name, sizeof(info->phy));
}

int iso7816_get_state(struct iso7816_reader *reader, struct iso7816_state *state)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone) {
		ret = -ENODEV;
	} else {
		*state = reader->st;
		state->lock_owner = iso7816_lock_owner(reader);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

int iso7816_get_stats(struct iso7816_reader *reader, struct iso7816_stats *stats)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone)
		ret = -ENODEV;
	else
		*stats = reader->stats;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

/* -------------------------------------------------------------- upcalls */

/* The caller holds state_lock. */
static void iso7816_count_char(struct iso7816_stats *stats, u8 flags)
{
	stats->rx_bytes++;
	if (flags & ISO7816_RX_PARITY)
		stats->parity_errors++;
	if (flags & ISO7816_RX_FRAME)
		stats->frame_errors++;
	if (flags & ISO7816_RX_OVERRUN)
		stats->overruns++;
}

/* Makes the worker look at its notes; any context. */
void iso7816_kick(struct iso7816_reader *reader)
{
	queue_work(reader->wq, &reader->work);
}

/**
 * iso7816_rx() - characters were received
 * @reader: the reader
 * @buf: the characters, as the UART has them (LSB first, H = 1)
 * @flags: ISO7816_RX_* of each character, or NULL if the phy cannot tell
 * @len: number of characters
 *
 * May be called in any context until iso7816_put_reader().
 */
void iso7816_rx(struct iso7816_reader *reader, const u8 *buf, const u8 *flags,
		size_t len)
{
	unsigned long irq;
	size_t i;

	spin_lock_irqsave(&reader->state_lock, irq);
	if (reader->gone)
		len = 0;
	for (i = 0; i < len; i++) {
		struct iso7816_rx_char c = {
			.byte = buf[i],
			.flags = flags ? flags[i] : 0,
		};

		iso7816_count_char(&reader->stats, c.flags);
		if (!kfifo_put(&reader->rx, c))
			reader->stats.overruns++;
	}
	if (len) {
		reader->last_rx = ktime_get();
		iso7816_kick(reader);
	}
	spin_unlock_irqrestore(&reader->state_lock, irq);
}
EXPORT_SYMBOL_GPL(iso7816_rx);

/**
 * iso7816_presence_changed() - a card came or went
 * @reader: the reader
 * @present: a card is there, contacts have settled
 *
 * May be called in any context until iso7816_put_reader().
 */
void iso7816_presence_changed(struct iso7816_reader *reader, bool present)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (!reader->gone) {
		if (!present)
			reader->pulled = true;
		reader->present = present;
		iso7816_kick(reader);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
}
EXPORT_SYMBOL_GPL(iso7816_presence_changed);

/* ------------------------------------------------------- life and death */

static void iso7816_reader_release(struct device *dev)
{
	struct iso7816_reader *reader = to_iso7816_reader(dev);

	if (reader->wq)
		destroy_workqueue(reader->wq);
	iso7816_fsm_destroy(reader);
	kfree(reader->phy.name);
	ida_free(&iso7816_ids, reader->id);
	/* the receive queue may have seen card data */
	kfree_sensitive(reader);
}

static void iso7816_reader_init(struct iso7816_reader *reader)
{
	init_rwsem(&reader->ops_lock);
	spin_lock_init(&reader->state_lock);
	INIT_KFIFO(reader->rx);
	INIT_LIST_HEAD(&reader->queue);
	INIT_LIST_HEAD(&reader->clients);
	init_waitqueue_head(&reader->wait);
	INIT_WORK(&reader->work, iso7816_fsm_work);
	iso7816_notice_init(reader);
	hrtimer_setup(&reader->timer, iso7816_timer_fired, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	reader->st.state = ISO7816_STATE_ABSENT;
	reader->st.generation = 1;
	reader->st.clock_hz = reader->phy.clock_hz;
}

/**
 * iso7816_alloc_reader() - make a reader
 * @parent: the phy's device
 * @phy: what the phy is; copied, @phy->ops must stay
 * @priv: for iso7816_reader_priv()
 *
 * Balance with iso7816_put_reader().
 *
 * Return: the reader, or an ERR_PTR
 */
struct iso7816_reader *iso7816_alloc_reader(struct device *parent,
					    const struct iso7816_phy *phy,
					    void *priv)
{
	struct iso7816_reader *reader;
	int ret;

	if (!phy->ops->reset || !phy->ops->config || !phy->ops->send ||
	    phy->clock_hz < ISO7816_CLOCK_MIN_HZ ||
	    phy->clock_hz > ISO7816_CLOCK_MAX_HZ)
		return ERR_PTR(-EINVAL);

	reader = kzalloc(sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return ERR_PTR(-ENOMEM);
	reader->id = ida_alloc_max(&iso7816_ids, ISO7816_MINORS - 1, GFP_KERNEL);
	if (reader->id < 0) {
		ret = reader->id;
		kfree(reader);
		return ERR_PTR(ret);
	}
	reader->phy = *phy;
	reader->priv = priv;
	iso7816_reader_init(reader);

	device_initialize(&reader->dev);
	reader->dev.class = &iso7816_class;
	reader->dev.parent = parent;
	reader->dev.devt = MKDEV(MAJOR(iso7816_devt), reader->id);
	reader->dev.release = iso7816_reader_release;
	cdev_init(&reader->cdev, &iso7816_fops);
	reader->cdev.owner = THIS_MODULE;

	ret = -ENOMEM;
	reader->phy.name = kstrdup(phy->name, GFP_KERNEL);
	if (!reader->phy.name)
		goto err_put;
	ret = dev_set_name(&reader->dev, "iso7816-%d", reader->id);
	if (ret)
		goto err_put;
	ret = iso7816_fsm_init(reader);
	if (ret)
		goto err_put;
	ret = -ENOMEM;
	reader->wq = alloc_ordered_workqueue("iso7816-%d", WQ_HIGHPRI, reader->id);
	if (!reader->wq)
		goto err_put;
	return reader;

err_put:
	put_device(&reader->dev);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(iso7816_alloc_reader);

/**
 * iso7816_register_reader() - let users see the reader
 * @reader: the reader; its contacts are unpowered, RST is L
 *
 * A card that is already there is noticed.  The phy must be ready for its
 * operations before the call, and report changes of presence after it.
 *
 * Return: 0 or a negative errno
 */
int iso7816_register_reader(struct iso7816_reader *reader)
{
	int present = 1;
	int ret;

	if (reader->phy.ops->presence) {
		present = reader->phy.ops->presence(reader);
		if (present < 0)
			return present;
	}

	ret = cdev_device_add(&reader->cdev, &reader->dev);
	if (ret)
		return ret;
	atomic_inc(&iso7816_readers_changed);
	reader->registered = true;
	iso7816_pm_start(reader);
	iso7816_netlink_add(reader);
	iso7816_presence_changed(reader, present);
	return 0;
}
EXPORT_SYMBOL_GPL(iso7816_register_reader);

/**
 * iso7816_unregister_reader() - the phy goes away
 * @reader: the reader; nothing happens if it is not registered
 *
 * The request under way ends with -ENODEV, the card is deactivated, and no phy
 * operation is called any more.  Open files stay and find the reader gone.
 */
void iso7816_unregister_reader(struct iso7816_reader *reader)
{
	unsigned long flags;

	if (!reader->registered)
		return;
	reader->registered = false;
	iso7816_pm_stop(reader);

	down_write(&reader->ops_lock);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->gone = true;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_fsm_unplug(reader);
	up_write(&reader->ops_lock);

	cancel_work_sync(&reader->work);
	iso7816_unlock(reader, NULL);
	iso7816_event(reader, ISO7816_EVENT_READER_GONE, 0);
	/* no more are queued after this event */
	flush_work(&reader->notice_work);
	cdev_device_del(&reader->cdev, &reader->dev);
	atomic_inc(&iso7816_readers_changed);
}
EXPORT_SYMBOL_GPL(iso7816_unregister_reader);

/**
 * iso7816_put_reader() - give up the reference of iso7816_alloc_reader()
 * @reader: the reader
 */
void iso7816_put_reader(struct iso7816_reader *reader)
{
	put_device(&reader->dev);
}
EXPORT_SYMBOL_GPL(iso7816_put_reader);

/**
 * iso7816_reader_priv() - what the phy gave to iso7816_alloc_reader()
 * @reader: the reader
 *
 * Return: the pointer
 */
void *iso7816_reader_priv(struct iso7816_reader *reader)
{
	return reader->priv;
}
EXPORT_SYMBOL_GPL(iso7816_reader_priv);

/**
 * iso7816_reader_name() - the name of the device node
 * @reader: the reader
 *
 * Return: a string that lives as long as the reader
 */
const char *iso7816_reader_name(struct iso7816_reader *reader)
{
	return dev_name(&reader->dev);
}
EXPORT_SYMBOL_GPL(iso7816_reader_name);

static int __init iso7816_init(void)
{
	int ret;

	ret = class_register(&iso7816_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&iso7816_devt, 0, ISO7816_MINORS, "iso7816");
	if (ret)
		goto err_class;
	ret = iso7816_cdev_init();
	if (ret)
		goto err_region;
	ret = iso7816_netlink_init();
	if (ret)
		goto err_cdev;
	return 0;

err_cdev:
	iso7816_cdev_exit();
err_region:
	unregister_chrdev_region(iso7816_devt, ISO7816_MINORS);
err_class:
	class_unregister(&iso7816_class);
	return ret;
}
module_init(iso7816_init);

static void __exit iso7816_exit(void)
{
	iso7816_netlink_exit();
	iso7816_cdev_exit();
	unregister_chrdev_region(iso7816_devt, ISO7816_MINORS);
	class_unregister(&iso7816_class);
	ida_destroy(&iso7816_ids);
}
module_exit(iso7816_exit);

MODULE_DESCRIPTION("ISO/IEC 7816 contact card readers");
MODULE_LICENSE("GPL");
