// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the numbers of the driver mean, for people: events, states, errors.
 */
#include <errno.h>
#include <string.h>

#include "lib/libiso7816.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char * const event_names[] = {
	[ISO7816_EVENT_CARD_INSERTED] = "CARD_INSERTED",
	[ISO7816_EVENT_CARD_REMOVED] = "CARD_REMOVED",
	[ISO7816_EVENT_CARD_RESET] = "CARD_RESET",
	[ISO7816_EVENT_PROACTIVE_PENDING] = "PROACTIVE_PENDING",
	[ISO7816_EVENT_PROACTIVE_NONE] = "PROACTIVE_NONE",
	[ISO7816_EVENT_ERROR] = "ERROR",
	[ISO7816_EVENT_LOCK_CHANGED] = "LOCK_CHANGED",
	[ISO7816_EVENT_READER_GONE] = "READER_GONE",
};

static const char * const state_names[] = {
	[ISO7816_STATE_ABSENT] = "absent",
	[ISO7816_STATE_PRESENT] = "present",
	[ISO7816_STATE_RESETTING] = "resetting",
	[ISO7816_STATE_ACTIVE] = "active",
	[ISO7816_STATE_FAILED] = "failed",
};

static const char * const reset_names[] = {
	[ISO7816_RESET_REASON_POWER_ON] = "power-on",
	[ISO7816_RESET_REASON_COLD] = "cold",
	[ISO7816_RESET_REASON_WARM] = "warm",
	[ISO7816_RESET_REASON_RECOVERY] = "recovery",
	[ISO7816_RESET_REASON_POWER_OFF] = "power-off",
	[ISO7816_RESET_REASON_IDLE] = "idle",
	[ISO7816_RESET_REASON_SLEEP] = "sleep",
};

static const struct {
	int err;
	const char *text;
} errors[] = {
	{ ENOMEDIUM, "no card in the reader: insert one" },
	{ ENODEV, "the reader is gone, or there is none: is its driver loaded and bound?" },
	{ ENXIO, "the reader is gone, or there is none: is its driver loaded and bound?" },
	{ ENOENT, "no such reader: is its driver loaded and bound?" },
	{ ESTALE, "the card was reset or changed meanwhile: start over with it" },
	{ ETIMEDOUT, "the card does not answer: check that it sits right, then reset it" },
	{ EPROTO, "the card broke the transmission protocol: reset it, check contacts and card" },
	{ EBUSY, "the reader is in use: another command is under way, or another program has it locked" },
	{ EALREADY, "this program has the reader locked already" },
	{ ENOLCK, "this program does not have the reader locked" },
	{ EMSGSIZE, "command or response is too long for the reader" },
	{ ENOTCONN, "the card is not powered: power it on first" },
	{ ECANCELED, "the command was canceled" },
	{ EACCES, "no permission to use the reader: check owner and mode of its device node" },
	{ EPERM, "not permitted: needs more privileges" },
	{ EINVAL, "the reader does not understand the request" },
	{ E2BIG, "the reader's driver is older than this program: a part of the request is unknown to it" },
	{ ENOTTY, "the reader's driver does not have this function" },
	{ EOPNOTSUPP, "the reader cannot do this" },
	{ EAGAIN, "nothing there yet" },
	{ EINTR, "interrupted by a signal; the card may have executed the command" },
	{ EIO, "the line to the card failed: check reader and contacts" },
	{ ENOMEM, "out of memory" },
};

const char *iso7816_event_name(uint32_t type)
{
	if (type < COUNT(event_names) && event_names[type])
		return event_names[type];
	return "UNKNOWN_EVENT";
}

const char *iso7816_state_name(uint32_t state)
{
	return state < COUNT(state_names) ? state_names[state] : "unknown";
}

const char *iso7816_reset_name(uint32_t reason)
{
	if (reason < COUNT(reset_names) && reset_names[reason])
		return reset_names[reason];
	return "unknown";
}

const char *iso7816_strerror(int err)
{
	size_t i;

	if (err < 0)
		err = -err;
	if (!err)
		return "no error";
	for (i = 0; i < COUNT(errors); i++) {
		if (errors[i].err == err)
			return errors[i].text;
	}
	return strerror(err);
}
