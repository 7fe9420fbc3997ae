// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of a reader: numbered, stamped, and put into the ring of every client.
 * A full ring loses its oldest record; the client sees the gap in the numbers.
 */
#include <linux/ktime.h>

#include "iso7816-core.h"

/* May be called in any context, the caller holds state_lock. */
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
	list_for_each_entry(client, &reader->clients, node) {
		client->ring[client->head++ % ISO7816_EVENT_RING_SIZE] = event;
		if (client->head - client->tail > ISO7816_EVENT_RING_SIZE)
			client->tail = client->head - ISO7816_EVENT_RING_SIZE;
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

/* The caller holds state_lock. */
bool iso7816_event_pending(struct iso7816_client *client)
{
	return client->head != client->tail;
}

int iso7816_event_pop(struct iso7816_reader *reader, struct iso7816_client *client,
		      struct iso7816_event *event)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (iso7816_event_pending(client))
		*event = client->ring[client->tail++ % ISO7816_EVENT_RING_SIZE];
	else
		ret = reader->gone ? -ENODEV : -EAGAIN;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}
