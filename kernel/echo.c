// SPDX-License-Identifier: GPL-2.0-only
/*
 * Echo: where TX and RX share the I/O contact the UART hears itself.  What was
 * sent is expected back, character by character, and kept from the core; another
 * character in its place is a collision.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/string.h>

#include <linux/iso7816.h>

/**
 * iso7816_echo_init() - no echo is due
 * @echo: part of a phy
 */
void iso7816_echo_init(struct iso7816_echo *echo)
{
	memset(echo, 0, sizeof(*echo));
	spin_lock_init(&echo->lock);
	init_completion(&echo->heard_all);
}
EXPORT_SYMBOL_GPL(iso7816_echo_init);

/**
 * iso7816_echo_expect() - the phy is about to send
 * @echo: part of the phy
 * @buf: what it sends
 * @len: number of characters, at most ISO7816_SEND_MAX
 */
void iso7816_echo_expect(struct iso7816_echo *echo, const u8 *buf, size_t len)
{
	unsigned long flags;

	spin_lock_irqsave(&echo->lock, flags);
	memcpy(echo->expected, buf, len);
	echo->due = len;
	echo->heard = 0;
	echo->collision = false;
	reinit_completion(&echo->heard_all);
	spin_unlock_irqrestore(&echo->lock, flags);
}
EXPORT_SYMBOL_GPL(iso7816_echo_expect);

/**
 * iso7816_echo_take() - characters were received
 * @echo: part of the phy
 * @buf: the characters
 * @len: number of characters
 *
 * Any context.
 *
 * Return: how many of them, from the first on, are echo; the rest is the card's
 */
size_t iso7816_echo_take(struct iso7816_echo *echo, const u8 *buf, size_t len)
{
	unsigned long flags;
	size_t n = 0;

	spin_lock_irqsave(&echo->lock, flags);
	for (; n < len && echo->heard < echo->due; n++, echo->heard++) {
		if (buf[n] != echo->expected[echo->heard])
			echo->collision = true;
	}
	if (n && echo->heard == echo->due)
		complete(&echo->heard_all);
	spin_unlock_irqrestore(&echo->lock, flags);
	return n;
}
EXPORT_SYMBOL_GPL(iso7816_echo_take);

/**
 * iso7816_echo_wait() - all was sent: wait for the echo
 * @echo: part of the phy
 * @timeout: jiffies that it may take
 */
void iso7816_echo_wait(struct iso7816_echo *echo, unsigned long timeout)
{
	wait_for_completion_timeout(&echo->heard_all, timeout);
}
EXPORT_SYMBOL_GPL(iso7816_echo_wait);

/**
 * iso7816_echo_end() - what comes from now on is the card's
 * @echo: part of the phy
 *
 * Return: 0, or -EIO on a collision or if some of the echo did not come
 */
int iso7816_echo_end(struct iso7816_echo *echo)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&echo->lock, flags);
	if (echo->collision || echo->heard < echo->due)
		ret = -EIO;
	echo->due = 0;
	echo->heard = 0;
	memzero_explicit(echo->expected, sizeof(echo->expected));
	spin_unlock_irqrestore(&echo->lock, flags);
	return ret;
}
EXPORT_SYMBOL_GPL(iso7816_echo_end);
