// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contacts of the card (ISO/IEC 7816-3, 6.2 and 6.4) and the one timer: thin
 * calls of the phy in the order that the standard wants, for the worker only.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include "iso7816-core.h"

/* Longer than any guard time at 1 MHz; more would be a clock that jumped */
#define GUARD_MAX_NS	(20 * NSEC_PER_MSEC)
#define GUARD_TRIES	4

/* @class: 0 where the phy has told of none */
int iso7816_contacts_vcc_on(struct iso7816_reader *reader, u32 class)
{
	const struct iso7816_phy *phy = &reader->phy;
	int ret;

	lockdep_assert_held(&reader->ops_lock);

	ret = phy->ops->reset(reader, true);
	if (ret || !phy->ops->power)
		return ret;
	return phy->ops->power(reader, class ?: ISO7816_CLASS_ANY);
}

int iso7816_contacts_clock_on(struct iso7816_reader *reader)
{
	lockdep_assert_held(&reader->ops_lock);

	return reader->phy.ops->clock ? reader->phy.ops->clock(reader, true) : 0;
}

int iso7816_contacts_rst(struct iso7816_reader *reader, bool low)
{
	lockdep_assert_held(&reader->ops_lock);

	return reader->phy.ops->reset(reader, low);
}

/* Deactivation goes on whatever fails: RST, CLK, I/O (idle), VCC. */
void iso7816_contacts_off(struct iso7816_reader *reader)
{
	const struct iso7816_phy_ops *ops = reader->phy.ops;
	int ret;

	lockdep_assert_held(&reader->ops_lock);

	ret = ops->reset(reader, true);
	if (ops->clock)
		ret = ops->clock(reader, false) ?: ret;
	if (ops->flush)
		ops->flush(reader);
	if (ops->power)
		ret = ops->power(reader, ISO7816_CLASS_NONE) ?: ret;
	if (ret)
		dev_warn_ratelimited(&reader->dev, "deactivation: error %d\n", ret);
}

/* What is left of @delay_ns since the newest character was reported. */
static s64 contacts_guard_left(struct iso7816_reader *reader, u64 delay_ns)
{
	unsigned long flags;
	ktime_t last;

	spin_lock_irqsave(&reader->state_lock, flags);
	last = reader->last_rx;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ktime_to_ns(ktime_sub(ktime_add_ns(last, delay_ns), ktime_get()));
}

/*
 * Sends, but not before the card had time to turn from sending to listening:
 * @delay_ns after the newest character was reported, which may be long ago.
 */
int iso7816_contacts_send(struct iso7816_reader *reader, const u8 *buf, size_t len,
			  u64 delay_ns)
{
	unsigned long flags;
	int tries, ret;

	lockdep_assert_held(&reader->ops_lock);

	/* a character may have come meanwhile; but not for ever */
	for (tries = 0; tries < GUARD_TRIES; tries++) {
		s64 wait_ns = contacts_guard_left(reader, delay_ns);
		unsigned long us;

		if (wait_ns <= 0 || wait_ns > GUARD_MAX_NS)
			break;
		us = div_u64(wait_ns, NSEC_PER_USEC) + 1;
		usleep_range(us, us + us / 4);
	}
	ret = reader->phy.ops->send(reader, buf, len);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->stats.tx_bytes += len;
	if (ret == -EIO)
		reader->stats.collisions++;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ret;
}

/* Forgets all characters on their way, in both directions. */
void iso7816_contacts_flush(struct iso7816_reader *reader)
{
	unsigned long flags;

	lockdep_assert_held(&reader->ops_lock);

	if (reader->phy.ops->flush)
		reader->phy.ops->flush(reader);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->stats.unexpected += kfifo_len(&reader->rx);
	kfifo_reset(&reader->rx);
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

/* (Re)arms the timer; an expiry that the worker has not yet seen is forgotten. */
void iso7816_timer_arm(struct iso7816_reader *reader, u64 ns)
{
	iso7816_timer_stop(reader);
	hrtimer_start(&reader->timer, ns_to_ktime(min_t(u64, ns, KTIME_MAX / 4)),
		      HRTIMER_MODE_REL);
}

void iso7816_timer_stop(struct iso7816_reader *reader)
{
	unsigned long flags;

	hrtimer_cancel(&reader->timer);
	spin_lock_irqsave(&reader->state_lock, flags);
	reader->timer_fired = false;
	spin_unlock_irqrestore(&reader->state_lock, flags);
}

enum hrtimer_restart iso7816_timer_fired(struct hrtimer *timer)
{
	struct iso7816_reader *reader = container_of(timer, struct iso7816_reader, timer);
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	reader->timer_fired = true;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_kick(reader);
	return HRTIMER_NORESTART;
}
