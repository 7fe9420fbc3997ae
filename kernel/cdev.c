// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iso7816-N: open, ioctl, poll, and the pair write(APDU), read(response).
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

#include "iso7816-core.h"

/* An answer that nobody fetches is forgotten after so long */
#define RESPONSE_LIFE	(60 * HZ)
/* CLA INS P1 P2, and SW1 SW2 */
#define COMMAND_MIN	4
#define RESPONSE_MIN	2
/* T=0 and T=1 */
#define POWER_ON_PROTOCOLS	(BIT(0) | BIT(1))

enum file_state {
	FILE_IDLE,
	FILE_BUSY,
	FILE_RESPONSE,
	FILE_ERROR,
};

/**
 * struct iso7816_file - an open file
 * @ref: held by the file and by its queued write
 * @reader: the reader
 * @client: what the core knows of the file
 * @lock: guards @state to @error, and @expires
 * @state: of the write and read pair
 * @closed: nobody is interested any more
 * @req: the request that is under way or answered
 * @pos: bytes of the answer already read
 * @error: ERROR: what went wrong
 * @in_flight: commands of this file under way, XFER included
 * @expires: when the answer is to be forgotten (jiffies)
 * @work: the queued write
 * @expire: forgets an answer
 */
struct iso7816_file {
	struct kref ref;
	struct iso7816_reader *reader;
	struct iso7816_client client;
	struct mutex lock;	/* @state to @error, and @expires */
	enum file_state state;
	bool closed;
	struct iso7816_request *req;
	size_t pos;
	int error;
	atomic_t in_flight;
	unsigned long expires;
	struct work_struct work;
	struct delayed_work expire;
};

static struct workqueue_struct *iso7816_file_wq;

/* The one way of a command to the card, for write() and XFER. */
static int file_transmit(struct iso7816_file *file, struct iso7816_request *req)
{
	int ret;

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

static void file_work(struct work_struct *work)
{
	struct iso7816_file *file = container_of(work, struct iso7816_file, work);

	file_finish(file, file_transmit(file, file->req), true);
	kref_put(&file->ref, file_free);
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
	if (len < COMMAND_MIN)
		return -EINVAL;
	ret = file_begin(file, buf, len);
	if (ret)
		return ret;

	if (filp->f_flags & O_NONBLOCK) {
		kref_get(&file->ref);
		queue_work(iso7816_file_wq, &file->work);
		return len;
	}
	ret = file_transmit(file, file->req);
	file_finish(file, ret, false);
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
	bool active;

	poll_wait(filp, &reader->wait, wait);

	state = READ_ONCE(file->state);
	spin_lock_irqsave(&reader->state_lock, flags);
	active = reader->st.state == ISO7816_STATE_ACTIVE;
	if (iso7816_event_pending(&file->client) || reader->st.proactive_len)
		mask |= EPOLLPRI;
	if (reader->gone)
		mask |= EPOLLHUP;
	spin_unlock_irqrestore(&reader->state_lock, flags);

	if (state == FILE_RESPONSE)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (state == FILE_ERROR)
		mask |= EPOLLERR;
	if (active && !atomic_read(&file->in_flight) &&
	    (state == FILE_IDLE || state == FILE_ERROR))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* --------------------------------------------------------------- ioctl */

union ioctl_arg {
	struct iso7816_info info;
	struct iso7816_state state;
	struct iso7816_atr atr;
	struct iso7816_power_on power_on;
	struct iso7816_reset reset;
	struct iso7816_xfer xfer;
	struct iso7816_event event;
	struct iso7816_poll poll;
};

static int file_get_info(struct iso7816_file *file, union ioctl_arg *arg)
{
	if (iso7816_is_gone(file->reader))
		return -ENODEV;
	iso7816_get_info(file->reader, &arg->info);
	return 0;
}

static int file_get_state(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_reader *reader = file->reader;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone)
		ret = -ENODEV;
	else
		arg->state = reader->st;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

static int file_get_atr(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_reader *reader = file->reader;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone)
		ret = -ENODEV;
	else if (reader->st.state == ISO7816_STATE_ABSENT)
		ret = -ENOMEDIUM;
	else if (!reader->atr.len)
		ret = -ENOTCONN;
	else
		arg->atr = reader->atr;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

/* A request without a command, hence without secrets. */
static int file_control(struct iso7816_file *file, struct iso7816_request *req,
			u32 *generation)
{
	int ret;

	ret = iso7816_submit(file->reader, req);
	if (!ret && generation)
		*generation = req->generation;
	iso7816_request_put(req);
	return ret;
}

static int file_power_on(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_power_on *on = &arg->power_on;
	u32 classes = file->reader->phy.classes;
	struct iso7816_request *req;
	int ret;

	if (on->reserved || on->flags & ~ISO7816_POWER_NO_PPS ||
	    on->classes & ~(ISO7816_CLASS_A | ISO7816_CLASS_B | ISO7816_CLASS_C))
		return -EINVAL;
	if (on->classes && classes && !(on->classes & classes))
		return -EOPNOTSUPP;
	if (on->protocols && !(on->protocols & POWER_ON_PROTOCOLS))
		return -EOPNOTSUPP;

	req = iso7816_request_alloc(ISO7816_REQ_POWER_ON, 0, 0);
	if (!req)
		return -ENOMEM;
	req->wish.classes = on->classes;
	req->wish.protocols = on->protocols ?: POWER_ON_PROTOCOLS;
	req->wish.max_baud = on->max_baud;
	req->wish.no_pps = on->flags & ISO7816_POWER_NO_PPS;
	ret = iso7816_submit(file->reader, req);
	on->classes = req->class;
	on->protocols = BIT(req->protocol);
	on->max_baud = req->baud;
	on->generation = req->generation;
	iso7816_request_put(req);
	return ret;
}

static int file_reset(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_reset *reset = &arg->reset;
	struct iso7816_request *req;

	if (reset->reserved[0] || reset->reserved[1] ||
	    reset->type > ISO7816_RESET_COLD)
		return -EINVAL;

	req = iso7816_request_alloc(ISO7816_REQ_RESET, 0, 0);
	if (!req)
		return -ENOMEM;
	req->cold = reset->type == ISO7816_RESET_COLD;
	return file_control(file, req, &reset->generation);
}

static int file_power_off(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_request *req;

	req = iso7816_request_alloc(ISO7816_REQ_POWER_OFF, 0, 0);
	if (!req)
		return -ENOMEM;
	return file_control(file, req, NULL);
}

static int file_xfer(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_xfer *xfer = &arg->xfer;
	struct iso7816_request *req;
	int ret;

	if (xfer->reserved || xfer->flags & ~ISO7816_XFER_RAW ||
	    xfer->command_len < COMMAND_MIN || xfer->response_len < RESPONSE_MIN)
		return -EINVAL;
	if (xfer->command_len > ISO7816_COMMAND_MAX)
		return -EMSGSIZE;

	req = iso7816_request_alloc(ISO7816_REQ_XFER, xfer->command_len,
				    min_t(u32, xfer->response_len, ISO7816_RESPONSE_MAX));
	if (!req)
		return -ENOMEM;
	req->raw = xfer->flags & ISO7816_XFER_RAW;
	req->timeout_ms = xfer->timeout_ms;
	req->want_generation = xfer->generation;
	ret = -EFAULT;
	if (copy_from_user(req->cmd, u64_to_user_ptr(xfer->command), req->cmd_len))
		goto out_put;
	ret = file_transmit(file, req);
	if (ret)
		goto out_put;
	if (copy_to_user(u64_to_user_ptr(xfer->response), req->resp, req->resp_len))
		ret = -EFAULT;
	xfer->response_len = req->resp_len;
	xfer->sw = req->sw;
	xfer->generation = req->generation;
	xfer->duration_ns = req->duration_ns;
out_put:
	iso7816_request_put(req);
	return ret;
}

static int file_get_event(struct iso7816_file *file, union ioctl_arg *arg)
{
	return iso7816_event_pop(file->reader, &file->client, &arg->event);
}

static int file_set_poll(struct iso7816_file *file, union ioctl_arg *arg)
{
	if (arg->poll.reserved)
		return -EINVAL;
	if (iso7816_is_gone(file->reader))
		return -ENODEV;
	return iso7816_proactive_set(file->reader, &file->client, arg->poll.interval_ms);
}

/**
 * struct ioctl_op - an ioctl
 * @cmd: as the first version of the header has it
 * @size: of the argument, as this kernel knows it
 * @call: does it, on a copy of the argument
 */
struct ioctl_op {
	unsigned int cmd;
	size_t size;
	int (*call)(struct iso7816_file *file, union ioctl_arg *arg);
};

static const struct ioctl_op ioctl_ops[] = {
	{ ISO7816_IOC_GET_INFO,	 sizeof(struct iso7816_info),	  file_get_info },
	{ ISO7816_IOC_GET_STATE, sizeof(struct iso7816_state),	  file_get_state },
	{ ISO7816_IOC_GET_ATR,	 sizeof(struct iso7816_atr),	  file_get_atr },
	{ ISO7816_IOC_POWER_ON,	 sizeof(struct iso7816_power_on), file_power_on },
	{ ISO7816_IOC_RESET,	 sizeof(struct iso7816_reset),	  file_reset },
	{ ISO7816_IOC_POWER_OFF, 0,				  file_power_off },
	{ ISO7816_IOC_XFER,	 sizeof(struct iso7816_xfer),	  file_xfer },
	{ ISO7816_IOC_GET_EVENT, sizeof(struct iso7816_event),	  file_get_event },
	{ ISO7816_IOC_SET_POLL,	 sizeof(struct iso7816_poll),	  file_set_poll },
};

/* The size in a request may be any from that of the first version on. */
static const struct ioctl_op *ioctl_find(unsigned int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ioctl_ops); i++) {
		const unsigned int ours = ioctl_ops[i].cmd;

		if (_IOC_TYPE(cmd) == _IOC_TYPE(ours) && _IOC_NR(cmd) == _IOC_NR(ours) &&
		    _IOC_DIR(cmd) == _IOC_DIR(ours) && _IOC_SIZE(cmd) >= _IOC_SIZE(ours))
			return &ioctl_ops[i];
	}
	return NULL;
}

static int ioctl_copy_out(void __user *to, size_t user_size, const void *from, size_t size)
{
	size_t n = min(user_size, size);

	if (copy_to_user(to, from, n))
		return -EFAULT;
	if (user_size > n && clear_user(to + n, user_size - n))
		return -EFAULT;
	return 0;
}

static long iso7816_ioctl(struct file *filp, unsigned int cmd, unsigned long uarg)
{
	const struct ioctl_op *op = ioctl_find(cmd);
	void __user *user = (void __user *)uarg;
	union ioctl_arg arg;
	int ret;

	if (!op)
		return -ENOTTY;
	memset(&arg, 0, sizeof(arg));
	if (_IOC_DIR(cmd) & _IOC_WRITE) {
		ret = copy_struct_from_user(&arg, op->size, user, _IOC_SIZE(cmd));
		if (ret)
			return ret;
	}
	ret = op->call(filp->private_data, &arg);
	if (ret)
		return ret;
	if (_IOC_DIR(cmd) & _IOC_READ)
		ret = ioctl_copy_out(user, _IOC_SIZE(cmd), &arg, op->size);
	return ret;
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

/* Queued writes of closed files end here: their readers are gone. */
void iso7816_cdev_exit(void)
{
	destroy_workqueue(iso7816_file_wq);
}
