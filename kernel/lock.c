// SPDX-License-Identifier: GPL-2.0-only
/*
 * LOCK and UNLOCK: exclusive use of the reader by one client.
 *
 *   FREE --LOCK, nothing of others under way--> OWNED --UNLOCK, close, gone--> FREE
 *   OWNED or busy --LOCK with a timeout--> the LOCK stands in the request queue
 *
 * A LOCK that waits is a request among others, so that it gets its turn behind
 * the commands that were there before it: the worker grants it between two of them,
 * and never while there is an owner.  There is no limit to how long a lock is held:
 * one that ends behind its owner's back is none.  GET_STATE tells who has it.
 */
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "iso7816-core.h"

/* The caller holds state_lock. */
bool iso7816_locked_out(const struct iso7816_reader *reader, u64 client)
{
	lockdep_assert_held(&reader->state_lock);

	return reader->lock_client && reader->lock_client != client;
}

static bool request_is_locked_out(const struct iso7816_request *req, u64 owner)
{
	return req->client != owner && req->type != ISO7816_REQ_LOCK;
}

static void lock_grant_locked(struct iso7816_reader *reader,
			      const struct iso7816_request *req)
{
	lockdep_assert_held(&reader->state_lock);

	reader->lock_client = req->client;
	reader->lock_pid = get_pid(req->pid);
	reader->st.lock_owner = pid_nr(req->pid);
	iso7816_event_locked(reader, ISO7816_EVENT_LOCK_CHANGED, reader->st.lock_owner);
}

/*
 * The worker has taken a LOCK from the queue: nothing is under way.  Commands of
 * others behind it came too late.
 */
void iso7816_lock_taken(struct iso7816_reader *reader, struct iso7816_request *req)
{
	LIST_HEAD(refused);
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	/* its client may have left meanwhile */
	if (!req->over) {
		lock_grant_locked(reader, req);
		iso7816_request_end_locked(reader, req, 0);
		iso7816_request_refuse_locked(reader, -EBUSY, request_is_locked_out,
					      req->client, &refused);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_request_put_list(&refused);
	iso7816_complete(reader, req, 0);
}

/* Is there a command of somebody else, or a LOCK that was here before? */
static bool lock_must_wait(const struct iso7816_reader *reader, u64 client)
{
	const struct iso7816_request *current_req = reader->current_req;

	return reader->lock_client || !list_empty(&reader->queue) ||
	       (current_req && current_req->client != client);
}

static int lock_try(struct iso7816_reader *reader, struct iso7816_request *req)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone) {
		ret = -ENODEV;
	} else if (reader->lock_client == req->client) {
		ret = -EALREADY;
	} else if (lock_must_wait(reader, req->client)) {
		ret = -EBUSY;
	} else {
		lock_grant_locked(reader, req);
		iso7816_request_end_locked(reader, req, 0);
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
	return ret;
}

/**
 * iso7816_lock() - get exclusive use of the reader
 * @reader: the reader
 * @client: who wants it
 * @timeout_ms: how long to wait for it, 0 = not at all
 * @generation: set to the generation in force then
 *
 * Return: 0; -EBUSY if it could not be had in time; -EALREADY if @client has it;
 * -ENODEV; -ECANCELED; -EINTR if a signal came
 */
int iso7816_lock(struct iso7816_reader *reader, struct iso7816_client *client,
		 u32 timeout_ms, u32 *generation)
{
	struct iso7816_request *req;
	int ret;

	req = iso7816_request_alloc(ISO7816_REQ_LOCK, 0, 0);
	if (!req)
		return -ENOMEM;
	req->client = client->id;
	req->pid = get_pid(task_tgid(current));

	ret = lock_try(reader, req);
	if (ret == -EBUSY && timeout_ms) {
		ret = iso7816_queue(reader, req);
		if (!ret)
			ret = iso7816_wait(reader, req, msecs_to_jiffies(timeout_ms),
					   -EBUSY, -EBUSY);
		/* a restart would begin the timeout anew */
		if (ret == -ERESTARTSYS)
			ret = -EINTR;
	}
	if (!ret)
		*generation = req->generation;
	iso7816_request_put(req);
	return ret;
}

static struct pid *lock_release_locked(struct iso7816_reader *reader)
{
	struct pid *pid = reader->lock_pid;

	lockdep_assert_held(&reader->state_lock);

	reader->lock_client = 0;
	reader->lock_pid = NULL;
	reader->st.lock_owner = 0;
	iso7816_event_locked(reader, ISO7816_EVENT_LOCK_CHANGED, 0);
	iso7816_kick(reader);
	return pid;
}

/**
 * iso7816_unlock() - give exclusive use up
 * @reader: the reader
 * @client: who has it; NULL for whoever has it, when the reader is gone
 *
 * Return: 0; -ENODEV if the reader is gone; -ENOLCK if @client has it not
 */
int iso7816_unlock(struct iso7816_reader *reader, const struct iso7816_client *client)
{
	struct pid *pid = NULL;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (client && reader->gone)
		ret = -ENODEV;
	else if (!reader->lock_client || (client && reader->lock_client != client->id))
		ret = -ENOLCK;
	else
		pid = lock_release_locked(reader);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	put_pid(pid);
	wake_up_interruptible(&reader->wait);
	return ret;
}

/* The owner as the caller's PID namespace knows it; the caller holds state_lock. */
s32 iso7816_lock_owner(const struct iso7816_reader *reader)
{
	lockdep_assert_held(&reader->state_lock);

	if (!reader->lock_pid)
		return 0;
	return pid_vnr(reader->lock_pid) ?: -1;
}
