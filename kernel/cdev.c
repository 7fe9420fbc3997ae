// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iso7816-N: open, poll, and the pair write(APDU), read(response).
 *
 * The pair has a state of its own in each open file:
 *
 *   IDLE --write--> BUSY --answer--> RESPONSE --read, or 60 s--> IDLE
 *                   BUSY --failure of a queued write--> ERROR --read, write--> IDLE
 *
 * The file's lock guards it; it is never held while the card works.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "cdev.h"

/* An answer that nobody fetches is forgotten after so long */
#define RESPONSE_LIFE	(60 * HZ)

static struct workqueue_struct *iso7816_file_wq;

/* A command that is waited for, by a blocking write() or by XFER. */
int iso7816_file_transmit(struct iso7816_file *file, struct iso7816_request *req)
{
	int ret;

	req->client = file->client.id;
	atomic_inc(&file->in_flight);
	ret = iso7816_submit(file->reader, req);
	atomic_dec(&file->in_flight);
	wake_up_interruptible(&file->reader->wait);
	return ret;
}

/* ------------------------------------------------------ write and read */

static void file_free(struct kref *ref)
{
	struct iso7816_file *file = container_of(ref, struct iso7816_file, ref);

	if (file->req)
		iso7816_request_put(file->req);
	iso7816_client_del(file->reader, &file->client);
	mutex_destroy(&file->lock);
	kfree(file);
}

static void file_idle(struct iso7816_file *file)
{
	lockdep_assert_held(&file->lock);

	if (file->req)
		iso7816_request_put(file->req);
	file->req = NULL;
	file->pos = 0;
	file->error = 0;
	file->state = FILE_IDLE;
	cancel_delayed_work(&file->expire);
}

/* The command has ended; @queued: nobody waits in write() for the error. */
static void file_finish(struct iso7816_file *file, int error, bool queued)
{
	mutex_lock(&file->lock);
	if (!error && !file->closed) {
		file->state = FILE_RESPONSE;
		file->expires = jiffies + RESPONSE_LIFE;
		mod_delayed_work(iso7816_file_wq, &file->expire, RESPONSE_LIFE);
	} else {
		file_idle(file);
		if (error && queued) {
			file->error = error;
			file->state = FILE_ERROR;
		}
	}
	mutex_unlock(&file->lock);
	wake_up_interruptible(&file->reader->wait);
}

/* A queued write has ended, and file_ended() has left word of it. */
static void file_work(struct work_struct *work)
{
	struct iso7816_file *file = container_of(work, struct iso7816_file, work);

	file_finish(file, file->req->error, true);
	kref_put(&file->ref, file_free);
}

static void file_ended(struct iso7816_request *req)
{
	struct iso7816_file *file = req->context;

	queue_work(iso7816_file_wq, &file->work);
}

/* A write that nobody waits for; file_work() sees to its end. */
static int file_queue(struct iso7816_file *file)
{
	struct iso7816_request *req = file->req;
	int ret;

	req->client = file->client.id;
	req->end = file_ended;
	req->context = file;
	kref_get(&file->ref);
	ret = iso7816_queue(file->reader, req);
	if (ret) {
		file_finish(file, ret, false);
		kref_put(&file->ref, file_free);
	}
	return ret;
}

static void file_expire(struct work_struct *work)
{
	struct iso7816_file *file = container_of(to_delayed_work(work),
						 struct iso7816_file, expire);

	mutex_lock(&file->lock);
	/* it may have been on its way for an earlier answer */
	if (file->state == FILE_RESPONSE && time_after_eq(jiffies, file->expires))
		file_idle(file);
	mutex_unlock(&file->lock);
	wake_up_interruptible(&file->reader->wait);
}

/* Takes the command in; the file is BUSY afterwards. */
static int file_begin(struct iso7816_file *file, const char __user *buf, size_t len)
{
	struct iso7816_request *req;
	int ret;

	req = iso7816_request_alloc(ISO7816_REQ_XFER, len, ISO7816_RESPONSE_MAX);
	if (!req)
		return -ENOMEM;
	if (copy_from_user(req->cmd, buf, len)) {
		ret = -EFAULT;
		goto err_put;
	}

	mutex_lock(&file->lock);
	if (file->state == FILE_BUSY || file->state == FILE_RESPONSE) {
		ret = -EBUSY;
	} else {
		ret = 0;
		file_idle(file);
		file->req = req;
		file->state = FILE_BUSY;
	}
	mutex_unlock(&file->lock);
	if (!ret)
		return 0;
err_put:
	iso7816_request_put(req);
	return ret;
}

static ssize_t iso7816_write(struct file *filp, const char __user *buf, size_t len,
			     loff_t *pos)
{
	struct iso7816_file *file = filp->private_data;
	int ret;

	if (iso7816_is_gone(file->reader))
		return -ENODEV;
	if (len > ISO7816_COMMAND_MAX)
		return -EMSGSIZE;
	if (len < ISO7816_COMMAND_MIN)
		return -EINVAL;
	ret = file_begin(file, buf, len);
	if (ret)
		return ret;

	if (filp->f_flags & O_NONBLOCK) {
		ret = file_queue(file);
	} else {
		ret = iso7816_file_transmit(file, file->req);
		file_finish(file, ret, false);
	}
	return ret ? ret : len;
}

/* Hands out what is left of the answer, and wipes what was handed out. */
static ssize_t file_take(struct iso7816_file *file, char __user *buf, size_t len)
{
	u8 *from = file->req->resp + file->pos;

	len = min(len, file->req->resp_len - file->pos);
	if (copy_to_user(buf, from, len)) {
		file_idle(file);
		return -EFAULT;
	}
	memzero_explicit(from, len);
	file->pos += len;
	if (file->pos == file->req->resp_len)
		file_idle(file);
	return len;
}

static bool file_settled(struct iso7816_file *file)
{
	return READ_ONCE(file->state) != FILE_BUSY;
}

static ssize_t iso7816_read(struct file *filp, char __user *buf, size_t len,
			    loff_t *pos)
{
	struct iso7816_file *file = filp->private_data;
	ssize_t ret;

	if (!(filp->f_flags & O_NONBLOCK) &&
	    wait_event_interruptible(file->reader->wait, file_settled(file)))
		return -ERESTARTSYS;

	mutex_lock(&file->lock);
	switch (file->state) {
	case FILE_IDLE:
		ret = iso7816_is_gone(file->reader) ? -ENODEV : 0;
		break;
	case FILE_BUSY:
		ret = -EAGAIN;
		break;
	case FILE_RESPONSE:
		ret = file_take(file, buf, len);
		break;
	case FILE_ERROR:
		ret = file->error;
		file_idle(file);
		break;
	}
	mutex_unlock(&file->lock);
	wake_up_interruptible(&file->reader->wait);
	return ret;
}

static __poll_t iso7816_poll(struct file *filp, poll_table *wait)
{
	struct iso7816_file *file = filp->private_data;
	struct iso7816_reader *reader = file->reader;
	enum file_state state;
	unsigned long flags;
	__poll_t mask = 0;
	bool usable;

	poll_wait(filp, &reader->wait, wait);

	state = READ_ONCE(file->state);
	spin_lock_irqsave(&reader->state_lock, flags);
	usable = reader->st.state == ISO7816_STATE_ACTIVE &&
		 !iso7816_locked_out(reader, file->client.id);
	if (iso7816_event_pending(reader, &file->client))
		mask |= EPOLLPRI;
	if (reader->gone)
		mask |= EPOLLHUP;
	spin_unlock_irqrestore(&reader->state_lock, flags);

	if (state == FILE_RESPONSE)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (state == FILE_ERROR)
		mask |= EPOLLERR;
	if (usable && !atomic_read(&file->in_flight) &&
	    (state == FILE_IDLE || state == FILE_ERROR))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* ------------------------------------------------------- open and close */

static int iso7816_open(struct inode *inode, struct file *filp)
{
	struct iso7816_file *file;
	int ret;

	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	kref_init(&file->ref);
	mutex_init(&file->lock);
	INIT_WORK(&file->work, file_work);
	INIT_DELAYED_WORK(&file->expire, file_expire);
	file->reader = container_of(inode->i_cdev, struct iso7816_reader, cdev);

	ret = iso7816_client_add(file->reader, &file->client);
	if (ret) {
		kfree(file);
		return ret;
	}
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int iso7816_release(struct inode *inode, struct file *filp)
{
	struct iso7816_file *file = filp->private_data;

	mutex_lock(&file->lock);
	file->closed = true;
	mutex_unlock(&file->lock);
	iso7816_client_quit(file->reader, &file->client);
	cancel_delayed_work_sync(&file->expire);
	kref_put(&file->ref, file_free);
	return 0;
}

const struct file_operations iso7816_fops = {
	.owner = THIS_MODULE,
	.open = iso7816_open,
	.release = iso7816_release,
	.read = iso7816_read,
	.write = iso7816_write,
	.poll = iso7816_poll,
	.unlocked_ioctl = iso7816_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

int iso7816_cdev_init(void)
{
	iso7816_file_wq = alloc_workqueue("iso7816-files", WQ_UNBOUND, 0);
	return iso7816_file_wq ? 0 : -ENOMEM;
}

/* Closed files have let their queued writes go: what is left here is soon done. */
void iso7816_cdev_exit(void)
{
	destroy_workqueue(iso7816_file_wq);
}
