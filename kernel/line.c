// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending over a UART that knows stop bits but no guard time: what a phy on such a
 * one needs, whoever drives the UART.
 */
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/math64.h>

#include <linux/iso7816.h>

/*
 * Two stop bits; where the UART has but one, characters of 11 etu are taken for it.
 * More is made by a pause.
 */
#define GUARD_ETU	12
/* Beyond the time on the line, for a UART that drains late */
#define SLACK_MS		1000

/**
 * iso7816_line_timeout() - how long sending may take
 * @line: settings in force; the rate is not 0
 * @len: number of characters, at most ISO7816_SEND_MAX
 *
 * Return: the time on the line with some slack, in jiffies
 */
long iso7816_line_timeout(const struct iso7816_line *line, size_t len)
{
	u64 line_ms = div_u64((u64)len * line->guard_etu * MSEC_PER_SEC, line->baud);

	return msecs_to_jiffies(line_ms + SLACK_MS);
}
EXPORT_SYMBOL_GPL(iso7816_line_timeout);

/**
 * iso7816_line_write() - give characters to the UART, no faster than the card may take them
 * @reader: the reader
 * @line: settings in force; the rate is not 0
 * @buf: the characters
 * @len: number of characters
 * @timeout: for each call of @write, in jiffies
 * @write: hands all of them to the UART within the time; 0 or a negative errno
 *
 * Extra guard time (ISO/IEC 7816-3, 7.2 and 8.3) is a pause after each character.
 * May sleep.
 *
 * Return: 0, or what @write failed with; what comes after that is not sent
 */
int iso7816_line_write(struct iso7816_reader *reader, const struct iso7816_line *line,
		       const u8 *buf, size_t len, long timeout,
		       int (*write)(struct iso7816_reader *reader, const u8 *buf, size_t len,
				    long timeout))
{
	unsigned long us;
	size_t i;
	int ret;

	if (line->guard_etu <= GUARD_ETU)
		return write(reader, buf, len, timeout);
	us = DIV_ROUND_UP(line->guard_etu * USEC_PER_SEC, line->baud);
	for (i = 0; i < len; i++) {
		ret = write(reader, buf + i, 1, timeout);
		if (ret)
			return ret;
		if (i + 1 < len)
			usleep_range(us, us + us / 8 + 1);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(iso7816_line_write);
