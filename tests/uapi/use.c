/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything in the header, used: in C90 and in C++, as its users may write it.
 */
#include <linux/iso7816.h>

#include <string.h>
#include <sys/ioctl.h>

/* An ioctl number is a constant, and there are no two alike */
static const char *name_of(unsigned long request)
{
	switch (request) {
	case ISO7816_IOC_GET_INFO: return "GET_INFO";
	case ISO7816_IOC_GET_STATE: return "GET_STATE";
	case ISO7816_IOC_GET_ATR: return "GET_ATR";
	case ISO7816_IOC_POWER_ON: return "POWER_ON";
	case ISO7816_IOC_RESET: return "RESET";
	case ISO7816_IOC_POWER_OFF: return "POWER_OFF";
	case ISO7816_IOC_XFER: return "XFER";
	case ISO7816_IOC_LOCK: return "LOCK";
	case ISO7816_IOC_UNLOCK: return "UNLOCK";
	case ISO7816_IOC_GET_EVENT: return "GET_EVENT";
	case ISO7816_IOC_SET_EVENT_MASK: return "SET_EVENT_MASK";
	case ISO7816_IOC_CANCEL: return "CANCEL";
	case ISO7816_IOC_GET_STATS: return "GET_STATS";
	case ISO7816_IOC_SET_POLL: return "SET_POLL";
	default: return "";
	}
}

/* An event is a constant, there are no two alike, and each has its bit */
static int bit_of(unsigned int type)
{
	switch (type) {
	case ISO7816_EVENT_CARD_INSERTED:
	case ISO7816_EVENT_CARD_REMOVED:
	case ISO7816_EVENT_CARD_RESET:
	case ISO7816_EVENT_PROACTIVE_PENDING:
	case ISO7816_EVENT_PROACTIVE_NONE:
	case ISO7816_EVENT_ERROR:
	case ISO7816_EVENT_LOCK_CHANGED:
	case ISO7816_EVENT_READER_GONE:
		return (ISO7816_EVENT_MASK_ALL & ISO7816_EVENT_BIT(type)) != 0;
	default:
		return (ISO7816_EVENT_MASK_ALL & ISO7816_EVENT_BIT(type)) == 0;
	}
}

static int call(int fd)
{
	struct iso7816_xfer xfer;
	struct iso7816_lock lock;
	unsigned char command[5], response[256 + 2];

	memset(&xfer, 0, sizeof(xfer));
	memset(&lock, 0, sizeof(lock));
	memset(command, 0, sizeof(command));
	xfer.command = (unsigned long)command;
	xfer.command_len = sizeof(command);
	xfer.response = (unsigned long)response;
	xfer.response_len = sizeof(response);
	return ioctl(fd, ISO7816_IOC_LOCK, &lock) < 0 || ioctl(fd, ISO7816_IOC_XFER, &xfer) < 0;
}

int main(void)
{
	unsigned int type;

	for (type = 0; type < 64; type++)
		if (!bit_of(type))
			return 1;
	return !*name_of(ISO7816_IOC_GET_STATS) || !call(-1);
}
