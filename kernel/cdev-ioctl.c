// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of /dev/iso7816-N: arguments that may grow, and what each call does.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "cdev.h"
#include "uapi-layout.h"

/* T=0 and T=1 */
#define POWER_ON_PROTOCOLS	(BIT(0) | BIT(1))

union ioctl_arg {
	struct iso7816_info info;
	struct iso7816_state state;
	struct iso7816_atr atr;
	struct iso7816_power_on power_on;
	struct iso7816_reset reset;
	struct iso7816_xfer xfer;
	struct iso7816_lock lock;
	struct iso7816_event event;
	struct iso7816_event_mask event_mask;
	struct iso7816_stats stats;
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
	return iso7816_get_state(file->reader, &arg->state);
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

	req->client = file->client.id;
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
	req->client = file->client.id;
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
	    xfer->command_len < ISO7816_COMMAND_MIN ||
	    xfer->response_len < ISO7816_RESPONSE_MIN)
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
	ret = iso7816_file_transmit(file, req);
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

static int file_lock(struct iso7816_file *file, union ioctl_arg *arg)
{
	struct iso7816_lock *lock = &arg->lock;

	if (lock->reserved || lock->flags ||
	    lock->timeout_ms > ISO7816_LOCK_TIMEOUT_MAX_MS)
		return -EINVAL;
	return iso7816_lock(file->reader, &file->client, lock->timeout_ms,
			    &lock->generation);
}

static int file_unlock(struct iso7816_file *file, union ioctl_arg *arg)
{
	return iso7816_unlock(file->reader, &file->client);
}

static int file_get_event(struct iso7816_file *file, union ioctl_arg *arg)
{
	return iso7816_event_pop(file->reader, &file->client, &arg->event);
}

static void file_event_undelivered(struct iso7816_file *file, const union ioctl_arg *arg)
{
	iso7816_event_unpop(file->reader, &file->client, &arg->event);
}

static int file_set_event_mask(struct iso7816_file *file, union ioctl_arg *arg)
{
	return iso7816_event_set_mask(file->reader, &file->client, arg->event_mask.mask);
}

static int file_cancel(struct iso7816_file *file, union ioctl_arg *arg)
{
	if (iso7816_is_gone(file->reader))
		return -ENODEV;
	return iso7816_cancel(file->reader, &file->client);
}

static int file_get_stats(struct iso7816_file *file, union ioctl_arg *arg)
{
	return iso7816_get_stats(file->reader, &arg->stats);
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
 * @undelivered: the result could not be copied out; may be NULL
 */
struct ioctl_op {
	unsigned int cmd;
	size_t size;
	int (*call)(struct iso7816_file *file, union ioctl_arg *arg);
	void (*undelivered)(struct iso7816_file *file, const union ioctl_arg *arg);
};

#define OP(cmd, type, call)	{ ISO7816_IOC_ ## cmd, sizeof(type), call, NULL }
#define OP_NO_ARG(cmd, call)	{ ISO7816_IOC_ ## cmd, 0, call, NULL }

static const struct ioctl_op ioctl_ops[] = {
	OP(GET_INFO, struct iso7816_info, file_get_info),
	OP(GET_STATE, struct iso7816_state, file_get_state),
	OP(GET_ATR, struct iso7816_atr, file_get_atr),
	OP(POWER_ON, struct iso7816_power_on, file_power_on),
	OP(RESET, struct iso7816_reset, file_reset),
	OP_NO_ARG(POWER_OFF, file_power_off),
	OP(XFER, struct iso7816_xfer, file_xfer),
	OP(LOCK, struct iso7816_lock, file_lock),
	OP_NO_ARG(UNLOCK, file_unlock),
	{ ISO7816_IOC_GET_EVENT, sizeof(struct iso7816_event), file_get_event,
	  file_event_undelivered },
	OP(SET_EVENT_MASK, struct iso7816_event_mask, file_set_event_mask),
	OP_NO_ARG(CANCEL, file_cancel),
	OP(GET_STATS, struct iso7816_stats, file_get_stats),
	OP(SET_POLL, struct iso7816_poll, file_set_poll),
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

long iso7816_ioctl(struct file *filp, unsigned int cmd, unsigned long uarg)
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
	if (ret && op->undelivered)
		op->undelivered(filp->private_data, &arg);
	return ret;
}
