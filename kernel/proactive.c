// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proactive commands (ETSI TS 102 221, 7.4.2): the card says 91xx instead of
 * 9000 as long as one waits to be fetched.  Pending is a level: the latest length
 * wins, other status words leave it alone, FETCH or a reset ends it.  A card that
 * is asked nothing can say nothing, hence STATUS on an idle line.
 */
#include <linux/ktime.h>

#include "iso7816-core.h"

#define SW1_PROACTIVE	0x91
#define SW_OK		0x9000
#define CLA_UICC	0x80
#define CLA_SIM		0xa0
#define INS_FETCH	0x12

/* STATUS, no data wanted */
const u8 iso7816_proactive_status[ISO7816_PROACTIVE_STATUS_LEN] = {
	0x80, 0xf2, 0x00, 0x0c, 0x00
};

static void proactive_set_locked(struct iso7816_reader *reader, u32 len)
{
	lockdep_assert_held(&reader->state_lock);

	if (reader->st.proactive_len == len)
		return;
	reader->st.proactive_len = len;
	if (len)
		iso7816_event_locked(reader, ISO7816_EVENT_PROACTIVE_PENDING, len);
	else
		iso7816_event_locked(reader, ISO7816_EVENT_PROACTIVE_NONE, 0);
}

static bool is_fetch(const struct iso7816_request *req)
{
	return req->cmd_len >= 2 && req->cmd[1] == INS_FETCH &&
	       (req->cmd[0] == CLA_UICC || req->cmd[0] == CLA_SIM);
}

/* Takes the status word @sw, or the last 91xx before it, of an answered command. */
void iso7816_proactive_response(struct iso7816_reader *reader,
				const struct iso7816_request *req, u16 sw)
{
	bool proactive = sw >> 8 == SW1_PROACTIVE;
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (is_fetch(req) && (proactive || sw == SW_OK))
		proactive_set_locked(reader, 0);
	if (proactive)
		proactive_set_locked(reader, sw & 0xff ?: 256);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
}

/* The card was reset, unpowered or pulled. */
void iso7816_proactive_forget(struct iso7816_reader *reader)
{
	unsigned long flags;

	spin_lock_irqsave(&reader->state_lock, flags);
	proactive_set_locked(reader, 0);
	spin_unlock_irqrestore(&reader->state_lock, flags);
	wake_up_interruptible(&reader->wait);
}

/* How long the line must be idle before STATUS is due; 0 = it is not. */
u64 iso7816_proactive_interval(struct iso7816_reader *reader)
{
	unsigned long flags;
	u64 ns = 0;

	spin_lock_irqsave(&reader->state_lock, flags);
	if (!reader->st.proactive_len)
		ns = (u64)reader->st.poll_ms * NSEC_PER_MSEC;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	return ns;
}

/* The interval lives as long as the client that asked for it. */
int iso7816_proactive_set(struct iso7816_reader *reader,
			  struct iso7816_client *client, u32 interval_ms)
{
	unsigned long flags;

	if (interval_ms && interval_ms < ISO7816_POLL_MIN_MS)
		return -EINVAL;

	spin_lock_irqsave(&reader->state_lock, flags);
	reader->st.poll_ms = interval_ms;
	reader->poll_owner = interval_ms ? client : NULL;
	reader->poll_changed = true;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	iso7816_kick(reader);
	return 0;
}

void iso7816_proactive_client_gone(struct iso7816_reader *reader,
				   struct iso7816_client *client)
{
	unsigned long flags;
	bool mine;

	spin_lock_irqsave(&reader->state_lock, flags);
	mine = reader->poll_owner == client;
	spin_unlock_irqrestore(&reader->state_lock, flags);
	if (mine)
		iso7816_proactive_set(reader, NULL, 0);
}
