// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of a reader: numbered, stamped, put into the ring of every client that wants
 * them, and from there to netlink and uevents: the same record, so that they cannot
 * disagree.  A full ring loses its oldest record; the next one taken out says how many
 * went before it.
 *
 * Events come from contexts that must not sleep, messages are sent from ones that
 * may: between them is a queue, and work that empties it.
 */
#include <linux/ktime.h>
#include <linux/pid.h>

#include "iso7816-core.h"
#include "trace.h"

/* The newest is what a listener needs most: a full queue loses the oldest. */
static void notice_put(struct iso7816_reader *reader, const struct iso7816_event *event)
{
	struct iso7816_notice notice = { .event = *event, .st = reader->st };

	lockdep_assert_held(&reader->state_lock);

	if (reader->notices_over)
		return;
	reader->notices_over = event->type == ISO7816_EVENT_READER_GONE;
	if (event->type == ISO7816_EVENT_PROACTIVE_PENDING ||
	    event->type == ISO7816_EVENT_PROACTIVE_NONE)
		notice.group = ISO7816_GROUP_PROACTIVE;
	notice.prev_seq = reader->group_seq[notice.group];
	reader->group_seq[notice.group] = event->seq;
	if (kfifo_is_full(&reader->notices)) {
		kfifo_skip(&reader->notices);
		reader->notices_lost = true;
	}
	kfifo_put(&reader->notices, notice);
	schedule_work(&reader->notice_work);
}

static bool notice_take(struct iso7816_reader *reader, struct iso7816_notice *notice,
			bool *lost)
{
	bool some;

	spin_lock_irq(&reader->state_lock);
	some = kfifo_get(&reader->notices, notice);
	*lost = reader->notices_lost;
	reader->notices_lost = false;
	spin_unlock_irq(&reader->state_lock);
	return some;
}

static void notice_work(struct work_struct *work)
{
	struct iso7816_reader *reader = container_of(work, struct iso7816_reader,
						     notice_work);
	struct iso7816_notice notice;
	bool lost;

	while (notice_take(reader, &notice, &lost)) {
		if (lost)
			iso7816_netlink_overrun();
		iso7816_netlink_notice(reader, &notice);
		if (notice.event.type == ISO7816_EVENT_CARD_INSERTED ||
		    notice.event.type == ISO7816_EVENT_CARD_REMOVED)
			iso7816_uevent(reader, notice.event.type ==
					       ISO7816_EVENT_CARD_INSERTED);
		else if (lost)
			iso7816_uevent(reader, notice.st.state != ISO7816_STATE_ABSENT);
	}
}

void iso7816_notice_init(struct iso7816_reader *reader)
{
	INIT_KFIFO(reader->notices);
	INIT_WORK(&reader->notice_work, notice_work);
}

/* The owner of the lock goes by the number that the client knows it by. */
static u32 event_value(const struct iso7816_reader *reader,
		       const struct iso7816_client *client,
		       const struct iso7816_event *event)
{
	if (event->type != ISO7816_EVENT_LOCK_CHANGED || !event->value)
		return event->value;
	return pid_nr_ns(reader->lock_pid, client->pid_ns) ?: -1;
}

static void event_put(struct iso7816_reader *reader, struct iso7816_client *client,
		      const struct iso7816_event *event)
{
	struct iso7816_event *slot = &client->ring[client->head++ % ISO7816_EVENT_RING_SIZE];

	*slot = *event;
	slot->value = event_value(reader, client, event);
	if (client->head - client->tail <= ISO7816_EVENT_RING_SIZE)
		return;
	client->tail++;
	client->lost++;
	reader->stats.events_lost++;
}

/*
 * The one source of events, whoever is told of them.  May be called in any context,
 * the caller holds state_lock.
 */
void iso7816_event_locked(struct iso7816_reader *reader, u32 type, u32 value)
{
	struct iso7816_client *client;
	struct iso7816_event event = {
		.time_ns = ktime_get_ns(),
		.type = type,
		.value = value,
		.generation = reader->st.generation,
	};

	lockdep_assert_held(&reader->state_lock);

	event.seq = ++reader->st.event_seq;
	trace_iso7816_event(reader->id, &event);
	notice_put(reader, &event);
	list_for_each_entry(client, &reader->clients, node) {
		if (client->mask & ISO7816_EVENT_BIT(type))
			event_put(reader, client, &event);
	}
}

void iso7816_event(struct iso7816_reader *reader, u32 type, u32 value)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	iso7816_event_locked(reader, type, value);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
}

static bool event_ring_empty(const struct iso7816_client *client)
{
	return client->head == client->tail;
}

/*
 * Is there anything that the client wants to know?  A proactive command that waits
 * to be fetched is, as long as it waits.  The caller holds state_lock.
 */
bool iso7816_event_pending(const struct iso7816_reader *reader,
			   const struct iso7816_client *client)
{
	lockdep_assert_held(&reader->state_lock);

	return !event_ring_empty(client) ||
	       (reader->st.proactive_len &&
		client->mask & ISO7816_EVENT_BIT(ISO7816_EVENT_PROACTIVE_PENDING));
}

/* Events from now on; what is in the ring stays. */
int iso7816_event_set_mask(struct iso7816_reader *reader,
			   struct iso7816_client *client, u64 mask)
{
	unsigned long flags;
	int ret = 0;

	if (mask & ~ISO7816_EVENT_MASK_ALL)
		return -EINVAL;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (reader->gone)
		ret = -ENODEV;
	else
		client->mask = mask;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
	return ret;
}

int iso7816_event_pop(struct iso7816_reader *reader, struct iso7816_client *client,
		      struct iso7816_event *event)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (event_ring_empty(client)) {
		ret = reader->gone ? -ENODEV : -EAGAIN;
	} else {
		*event = client->ring[client->tail++ % ISO7816_EVENT_RING_SIZE];
		event->lost = client->lost;
		client->lost = 0;
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

/*
 * The record could not be handed over: it is the next again.  If its place is taken,
 * or another was taken out meanwhile, it is lost.
 */
void iso7816_event_unpop(struct iso7816_reader *reader, struct iso7816_client *client,
			 const struct iso7816_event *event)
{
	unsigned int before;
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	before = client->tail - 1;
	if (client->head - before <= ISO7816_EVENT_RING_SIZE &&
	    client->ring[before % ISO7816_EVENT_RING_SIZE].seq == event->seq) {
		client->tail = before;
		client->lost = event->lost;
	} else {
		client->lost += event->lost + 1;
		reader->stats.events_lost++;
	}
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
}
