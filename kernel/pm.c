// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power management of a reader.  Both kinds do no more than deactivate the card, in
 * order: what a card knew is lost with its supply, so that nobody but its user
 * can activate it again.
 *
 * Sleep of the system: the card is deactivated before the phy's device sleeps, and
 * until it wakes no phy operation is called.  Whether a card is there is looked up
 * anew then; that it is the same card nobody can tell, hence a new generation.
 *
 * Runtime: a reader is in use from the first command until some time after the last,
 * as power/autosuspend_delay_ms says.  It is negative from the start: a card stays
 * on until somebody switches it off.  A card whose lock is held, that has a proactive
 * command to be fetched or is asked for one, is in use, too.
 */
#include <linux/pm_runtime.h>

#include "iso7816-core.h"

static int iso7816_suspend(struct device *dev)
{
	struct iso7816_reader *reader = to_iso7816_reader(dev);

	down_write(&reader->ops_lock);
	if (!reader->gone) {
		iso7816_fsm_deactivate(reader, ISO7816_RESET_REASON_SLEEP);
		reader->asleep = true;
	}
	up_write(&reader->ops_lock);
	return 0;
}

static int iso7816_resume(struct device *dev)
{
	struct iso7816_reader *reader = to_iso7816_reader(dev);
	int present = 1;

	down_write(&reader->ops_lock);
	reader->asleep = false;
	if (!reader->gone) {
		iso7816_fsm_wake(reader);
		if (reader->phy.ops->presence)
			present = reader->phy.ops->presence(reader);
	}
	up_write(&reader->ops_lock);
	if (present < 0) {
		dev_warn(dev, "presence: error %d\n", present);
		present = 0;
	}
	/* also makes the worker look at what waited for it */
	iso7816_presence_changed(reader, present);
	return 0;
}

static bool iso7816_in_use(struct iso7816_reader *reader)
{
	unsigned long flags;
	bool in_use;

	spin_lock_irqsave(&reader->state_lock, flags);
	in_use = !list_empty(&reader->queue) || reader->st.lock_owner || reader->st.poll_ms ||
		 reader->st.proactive_len;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return in_use || iso7816_fsm_busy(reader);
}

static int iso7816_runtime_suspend(struct device *dev)
{
	struct iso7816_reader *reader = to_iso7816_reader(dev);
	int ret = 0;

	/*
	 * Not waited for: who has it uses the phy right now.  And the phy may wait for
	 * the runtime PM of other devices, whose work lockdep takes for this one.
	 */
	if (!down_write_trylock(&reader->ops_lock)) {
		pm_runtime_mark_last_busy(dev);
		return -EBUSY;
	}
	if (!reader->gone && !reader->asleep) {
		if (iso7816_in_use(reader))
			ret = -EBUSY;
		else
			iso7816_fsm_deactivate(reader, ISO7816_RESET_REASON_IDLE);
	}
	up_write(&reader->ops_lock);
	/* tried again after another delay */
	if (ret)
		pm_runtime_mark_last_busy(dev);
	return ret;
}

/* The card is activated by a request, not by the reader's being in use. */
static int iso7816_runtime_resume(struct device *dev)
{
	return 0;
}

const struct dev_pm_ops iso7816_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(iso7816_suspend, iso7816_resume)
	SET_RUNTIME_PM_OPS(iso7816_runtime_suspend, iso7816_runtime_resume, NULL)
};

/* The reader is registered; its device counts as unused. */
void iso7816_pm_start(struct iso7816_reader *reader)
{
	pm_runtime_set_autosuspend_delay(&reader->dev, -1);
	pm_runtime_use_autosuspend(&reader->dev);
	pm_runtime_enable(&reader->dev);
}

/* Before the reader is gone: no callback is called any more. */
void iso7816_pm_stop(struct iso7816_reader *reader)
{
	pm_runtime_disable(&reader->dev);
	pm_runtime_dont_use_autosuspend(&reader->dev);
}

/*
 * A request has ended.  Only notes that, for the caller may have ops_lock, which the
 * callback that switches the card off waits for.
 */
void iso7816_pm_used(struct iso7816_reader *reader)
{
	pm_runtime_get(&reader->dev);
	pm_runtime_mark_last_busy(&reader->dev);
	pm_runtime_put_autosuspend(&reader->dev);
}
