// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader object: birth, unplug and death, and the way of a request from a
 * client to the worker and back.
 *
 * Locks, in the order in which they are taken:
 *
 * xfer_lock (mutex) - the wire.  Held by the client whose request is queued or
 *	being waited for; serialises the commands of different files.
 * ops_lock (rwsem) - the phy.  Held for reading around each use of the phy and
 *	while a request is queued, for writing only to set @gone, after which no phy
 *	operation is called and no request accepted.
 * state_lock (spinlock, interrupts off) - what client, worker and upcalls share:
 *	the fields so marked in struct iso7816_reader.
 *
 * The phy is used by the worker alone, once the reader is registered: one work
 * item on an ordered queue.  Upcalls and the timer only leave a note under
 * state_lock and kick it.
 */
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "iso7816-core.h"

#define ISO7816_MINORS	32

static DEFINE_IDA(iso7816_ids);
static dev_t iso7816_devt;

static struct class iso7816_class = {
	.name = "iso7816",
};

/*
 * Beyond all limits of the worker: an exchange, and before it that of an
 * interrupted client, each with its resets.  Never met unless the worker hangs.
 */
#define REQUEST_LIMIT	(3 * ISO7816_EXCHANGE_CAP_MAX_MS / MSEC_PER_SEC * HZ)

/* ------------------------------------------------------------- requests */

/* Room for a command and a response, both wiped when the last user is gone. */
struct iso7816_request *iso7816_request_alloc(enum iso7816_request_type type,
					      size_t cmd_len, size_t room)
{
	struct iso7816_request *req;

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (!req)
		return NULL;
	kref_init(&req->ref);
	init_completion(&req->done);
	req->type = type;
	req->cmd_len = cmd_len;
	req->room = room;
	if (cmd_len)
		req->cmd = kvzalloc(cmd_len, GFP_KERNEL);
	if (room)
		req->resp = kvzalloc(room, GFP_KERNEL);
	if ((cmd_len && !req->cmd) || (room && !req->resp)) {
		iso7816_request_put(req);
		return NULL;
	}
	return req;
}

static void iso7816_request_free(struct kref *ref)
{
	struct iso7816_request *req = container_of(ref, struct iso7816_request, ref);

	kvfree_sensitive(req->cmd, req->cmd_len);
	kvfree_sensitive(req->resp, req->room);
	kfree(req);
}

void iso7816_request_put(struct iso7816_request *req)
{
	kref_put(&req->ref, iso7816_request_free);
}

/* The only end of a request that the worker has taken. */
void iso7816_complete(struct iso7816_reader *reader, struct iso7816_request *req,
		      int error)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	req->error = error;
	req->generation = reader->st.generation;
	req->baud = reader->st.baud;
	req->class = reader->st.class;
	req->protocol = reader->st.protocol;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	complete(&req->done);
	iso7816_request_put(req);
	wake_up_interruptible(&reader->wait);
}

static int iso7816_queue(struct iso7816_reader *reader, struct iso7816_request *req)
{
	unsigned long flags;
	int ret = 0;

	lockdep_assert_held(&reader->xfer_lock);

	down_read(&reader->ops_lock);
	if (reader->gone) {
		ret = -ENODEV;
	} else {
		kref_get(&req->ref);
		spin_lock_irqsave(&reader->state_lock, flags);
		reader->queued = req;
		spin_unlock_irqrestore(&reader->state_lock, flags);
		iso7816_kick(reader);
	}
	up_read(&reader->ops_lock);
	return ret;
}

/* Takes a request back that the worker has not yet taken. */
static bool iso7816_unqueue(struct iso7816_reader *reader, struct iso7816_request *req)
{
	unsigned long flags;
	bool ours;

	spin_lock_irqsave(&reader->state_lock, flags);
	ours = reader->queued == req;
	if (ours)
		reader->queued = NULL;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	if (ours)
		iso7816_request_put(req);
	return ours;
}

/*
 * Hands a request to the worker and waits for its end.  An interrupted client
 * does not stop an exchange in the middle, which would cost the card its state:
 * the worker brings it to its end and drops the response.
 *
 * Return: the request's error; -ERESTARTSYS if nothing has happened yet, -EINTR
 * if the command was under way
 */
int iso7816_submit(struct iso7816_reader *reader, struct iso7816_request *req)
{
	long left;
	int ret;

	if (mutex_lock_interruptible(&reader->xfer_lock))
		return -ERESTARTSYS;
	ret = iso7816_queue(reader, req);
	if (ret)
		goto out_unlock;

	left = wait_for_completion_interruptible_timeout(&req->done, REQUEST_LIMIT);
	if (left > 0)
		ret = req->error;
	else if (iso7816_unqueue(reader, req))
		ret = left ? -ERESTARTSYS : -ETIMEDOUT;
	else
		ret = left ? -EINTR : -ETIMEDOUT;
out_unlock:
	mutex_unlock(&reader->xfer_lock);
	return ret;
}

/* -------------------------------------------------- clients and queries */

int iso7816_client_add(struct iso7816_reader *reader, struct iso7816_client *client)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone)
		ret = -ENODEV;
	else
		list_add_tail(&client->node, &reader->clients);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	if (!ret)
		get_device(&reader->dev);
	return ret;
}

void iso7816_client_del(struct iso7816_reader *reader, struct iso7816_client *client)
{
	unsigned long flags;

	iso7816_proactive_client_gone(reader, client);
	spin_lock_irqsave(&reader->state_lock, flags);
	list_del(&client->node);
	spin_unlock_irqrestore(&reader->state_lock, flags);
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

void iso7816_get_info(struct iso7816_reader *reader, struct iso7816_info *info)
{
	const struct iso7816_phy *phy = &reader->phy;

	memset(info, 0, sizeof(*info));
	info->features = ISO7816_FEATURE_T0 | ISO7816_FEATURE_T1 | ISO7816_FEATURE_PPS |
			 ISO7816_FEATURE_POLL | ISO7816_FEATURE_EXTENDED;
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

/* -------------------------------------------------------------- upcalls */

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

		if (!kfifo_put(&reader->rx, c))
			reader->stats.overrun++;
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
	mutex_init(&reader->xfer_lock);
	spin_lock_init(&reader->state_lock);
	INIT_KFIFO(reader->rx);
	INIT_LIST_HEAD(&reader->clients);
	init_waitqueue_head(&reader->wait);
	INIT_WORK(&reader->work, iso7816_fsm_work);
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
	reader->registered = true;
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

	down_write(&reader->ops_lock);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->gone = true;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_fsm_unplug(reader);
	up_write(&reader->ops_lock);

	cancel_work_sync(&reader->work);
	iso7816_event(reader, ISO7816_EVENT_READER_GONE, 0);
	cdev_device_del(&reader->cdev, &reader->dev);
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
	return 0;

err_region:
	unregister_chrdev_region(iso7816_devt, ISO7816_MINORS);
err_class:
	class_unregister(&iso7816_class);
	return ret;
}
module_init(iso7816_init);

static void __exit iso7816_exit(void)
{
	iso7816_cdev_exit();
	unregister_chrdev_region(iso7816_devt, ISO7816_MINORS);
	class_unregister(&iso7816_class);
	ida_destroy(&iso7816_ids);
}
module_exit(iso7816_exit);

MODULE_DESCRIPTION("ISO/IEC 7816 contact card readers");
MODULE_LICENSE("GPL");
