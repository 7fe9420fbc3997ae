// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a request from a client to the worker and back.
 *
 * Requests stand in one queue, first come first served, which is all the fairness
 * that clients need: however many commands one of them has, the others' turn comes
 * after those that were there before.  A client can leave the queue at any time,
 * by a signal or by CANCEL.  Once the worker has taken a request, the command goes
 * on to its own end, since stopping it in the middle would cost the card its state;
 * only the client is let go, and the answer dropped.
 *
 * A request ends for the client once, in iso7816_request_end_locked(), whoever is
 * first.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "iso7816-core.h"

/*
 * Beyond all limits of the worker: an exchange, and before it that of an
 * interrupted client, each with its resets.  Never met unless the worker hangs, or
 * the queue is very long.
 */
#define REQUEST_LIMIT	(3 * ISO7816_EXCHANGE_CAP_MAX_MS / MSEC_PER_SEC * HZ)

/* --------------------------------------------------------------- memory */

/* Room for a command and a response, both wiped when the last user is gone. */
struct iso7816_request *iso7816_request_alloc(enum iso7816_request_type type,
					      size_t cmd_len, size_t room)
{
	struct iso7816_request *req;

	req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);
	if (!req)
		return NULL;
	kref_init(&req->ref);
	INIT_LIST_HEAD(&req->node);
	init_completion(&req->done);
	req->type = type;
	req->cmd_len = cmd_len;
	req->room = room;
	if (cmd_len)
		req->cmd = kvzalloc(cmd_len, GFP_KERNEL_ACCOUNT);
	if (room)
		req->resp = kvzalloc(room, GFP_KERNEL_ACCOUNT);
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
	put_pid(req->pid);
	kfree(req);
}

/* May sleep: not under state_lock. */
void iso7816_request_put(struct iso7816_request *req)
{
	kref_put(&req->ref, iso7816_request_free);
}

/* Gives up the references of a list that nobody else sees. */
void iso7816_request_put_list(struct list_head *list)
{
	struct iso7816_request *req, *next;

	list_for_each_entry_safe(req, next, list, node) {
		list_del_init(&req->node);
		iso7816_request_put(req);
	}
}

/* ------------------------------------------------------------------ end */

/* The caller of iso7816_wait() is woken, or @end called. */
void iso7816_request_end_locked(struct iso7816_reader *reader,
				struct iso7816_request *req, int error)
{
	lockdep_assert_held(&reader->state_lock);

	if (req->over)
		return;
	req->over = true;
	req->error = error;
	req->generation = reader->st.generation;
	req->baud = reader->st.baud;
	req->class = reader->st.op_class;
	req->protocol = reader->st.protocol;
	complete(&req->done);
	if (req->end)
		req->end(req);
}

/* The worker is done with a request that it has taken. */
void iso7816_complete(struct iso7816_reader *reader, struct iso7816_request *req,
		      int error)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	iso7816_request_end_locked(reader, req, error);
	if (reader->current_req == req) {
		reader->current_req = NULL;
		reader->canceled = false;
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_pm_used(reader);
	iso7816_request_put(req);
	wake_up_interruptible(&reader->wait);
}

/*
 * Takes those of the queue that @which accepts out of it, to end with @error; for
 * the caller to put when the lock is released.
 */
void iso7816_request_refuse_locked(struct iso7816_reader *reader, int error,
				   bool (*which)(const struct iso7816_request *req, u64 client),
				   u64 client, struct list_head *refused)
{
	struct iso7816_request *req, *next;

	lockdep_assert_held(&reader->state_lock);

	list_for_each_entry_safe(req, next, &reader->queue, node) {
		if (!which(req, client))
			continue;
		list_move_tail(&req->node, refused);
		iso7816_request_end_locked(reader, req, error);
	}
}

static bool request_is_anyones(const struct iso7816_request *req, u64 client)
{
	return true;
}

/* The reader is gone: so are all that wait for it. */
void iso7816_request_refuse_all(struct iso7816_reader *reader, int error)
{
	LIST_HEAD(refused);
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	iso7816_request_refuse_locked(reader, error, request_is_anyones, 0, &refused);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_request_put_list(&refused);
	wake_up_interruptible(&reader->wait);
}

/* ---------------------------------------------------------------- queue */

/* The next one that the worker may begin; a LOCK waits until there is no owner. */
struct iso7816_request *iso7816_request_next_locked(struct iso7816_reader *reader)
{
	struct iso7816_request *req;

	lockdep_assert_held(&reader->state_lock);

	list_for_each_entry(req, &reader->queue, node) {
		if (req->type == ISO7816_REQ_LOCK && reader->lock_client)
			continue;
		list_del_init(&req->node);
		reader->current_req = req;
		return req;
	}
	return NULL;
}

/**
 * iso7816_queue() - hand a request to the worker
 * @reader: the reader
 * @req: the request; its @end is called, or @done completed, if this succeeds
 *
 * Return: 0; -ENODEV if the reader is gone; -EBUSY if another client has locked it
 */
int iso7816_queue(struct iso7816_reader *reader, struct iso7816_request *req)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone) {
		ret = -ENODEV;
	} else if (req->type != ISO7816_REQ_LOCK &&
		   iso7816_locked_out(reader, req->client)) {
		ret = -EBUSY;
	} else {
		kref_get(&req->ref);
		list_add_tail(&req->node, &reader->queue);
		iso7816_kick(reader);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

/* The client waits no longer: @queued or, if the worker has it, @taken says why. */
static void request_leave(struct iso7816_reader *reader, struct iso7816_request *req,
			  int queued, int taken)
{
	unsigned long flags;
	bool was_queued;

	spin_lock_irqsave(&reader->state_lock, flags);
	was_queued = !list_empty(&req->node);
	list_del_init(&req->node);
	if (!was_queued && !req->over)
		reader->stats.canceled++;
	iso7816_request_end_locked(reader, req, was_queued ? queued : taken);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	if (was_queued)
		iso7816_request_put(req);
}

/**
 * iso7816_wait() - wait for the end of a queued request
 * @reader: the reader
 * @req: the request, not one that has an @end
 * @limit: jiffies
 * @queued: error if the worker has not taken it by then, which it never will
 * @taken: error if it has, and goes on
 *
 * Return: the request's error; @queued; @taken; -ERESTARTSYS if a signal came while nothing
 * had happened yet, -EINTR if the command was under way
 */
int iso7816_wait(struct iso7816_reader *reader, struct iso7816_request *req,
		 unsigned long limit, int queued, int taken)
{
	long left;

	left = wait_for_completion_interruptible_timeout(&req->done, limit);
	if (left < 0)
		request_leave(reader, req, -ERESTARTSYS, -EINTR);
	else if (!left)
		request_leave(reader, req, queued, taken);
	return req->error;
}

/**
 * iso7816_submit() - have a request carried out
 * @reader: the reader
 * @req: the request
 *
 * Return: that of iso7816_queue() or iso7816_wait(); -ETIMEDOUT if the worker hangs
 */
int iso7816_submit(struct iso7816_reader *reader, struct iso7816_request *req)
{
	int ret = iso7816_queue(reader, req);

	return ret ?: iso7816_wait(reader, req, REQUEST_LIMIT, -ETIMEDOUT,
				   -ETIMEDOUT);
}

/* --------------------------------------------------------------- cancel */

static bool request_is_of(const struct iso7816_request *req, u64 client)
{
	return req->client == client;
}

/**
 * iso7816_cancel() - let all requests of a client end with -ECANCELED
 * @reader: the reader
 * @client: the client
 *
 * The one under way goes on without its client, which T=1 can make short: a chain
 * of blocks is given up.
 *
 * Return: 0, or -ENOENT if there was none
 */
int iso7816_cancel(struct iso7816_reader *reader, const struct iso7816_client *client)
{
	struct iso7816_request *req;
	LIST_HEAD(refused);
	unsigned long flags;
	int ret = -ENOENT;

	spin_lock_irqsave(&reader->state_lock, flags);
	iso7816_request_refuse_locked(reader, -ECANCELED, request_is_of, client->id,
				      &refused);
	if (!list_empty(&refused))
		ret = 0;
	req = reader->current_req;
	if (req && request_is_of(req, client->id) && !req->over) {
		iso7816_request_end_locked(reader, req, -ECANCELED);
		reader->stats.canceled++;
		reader->canceled = true;
		iso7816_kick(reader);
		ret = 0;
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_request_put_list(&refused);
	wake_up_interruptible(&reader->wait);
	return ret;
}
