/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proactive commands of the card (TS 102 223, 6.6): what we know of each, and
 * the decoder.
 */
#ifndef CAT_COMMAND_H
#define CAT_COMMAND_H

#include "cat/tlv.h"

enum cat_command_type {
	CAT_CMD_REFRESH			= 0x01,
	CAT_CMD_MORE_TIME		= 0x02,
	CAT_CMD_POLL_INTERVAL		= 0x03,
	CAT_CMD_POLLING_OFF		= 0x04,
	CAT_CMD_SET_UP_EVENT_LIST	= 0x05,
	CAT_CMD_DISPLAY_TEXT		= 0x21,
	CAT_CMD_TIMER_MANAGEMENT	= 0x27,
	CAT_CMD_OPEN_CHANNEL		= 0x40,
	CAT_CMD_CLOSE_CHANNEL		= 0x41,
	CAT_CMD_RECEIVE_DATA		= 0x42,
	CAT_CMD_SEND_DATA		= 0x43,
	CAT_CMD_GET_CHANNEL_STATUS	= 0x44,
};

/* General result (TS 102 223, 8.12) */
enum cat_result {
	CAT_RESULT_OK			= 0x00,
	CAT_RESULT_PARTIAL		= 0x01,	/* partial comprehension */
	CAT_RESULT_MISSING_INFO		= 0x02,
	CAT_RESULT_NO_ICON		= 0x04,
	CAT_RESULT_MODIFIED		= 0x07,
	CAT_RESULT_NAA_NOT_ACTIVE	= 0x08,
	CAT_RESULT_USER_ENDED		= 0x10,
	CAT_RESULT_USER_BACK		= 0x11,
	CAT_RESULT_USER_TIMEOUT		= 0x12,
	CAT_RESULT_UNABLE		= 0x20,	/* additional information follows */
	CAT_RESULT_TIMER_STATE		= 0x24,
	CAT_RESULT_BEYOND		= 0x30,	/* beyond terminal's capabilities */
	CAT_RESULT_TYPE_UNKNOWN		= 0x31,
	CAT_RESULT_DATA_UNKNOWN		= 0x32,
	CAT_RESULT_VALUE_MISSING	= 0x36,
	CAT_RESULT_BIP_ERROR		= 0x3a,	/* additional information follows */
};

/* Additional information of CAT_RESULT_UNABLE */
enum cat_unable {
	CAT_UNABLE_NO_CAUSE		= 0x00,
	CAT_UNABLE_SCREEN_BUSY		= 0x01,
};

/* Additional information of CAT_RESULT_BIP_ERROR */
enum cat_bip_error {
	CAT_BIP_NO_CAUSE		= 0x00,
	CAT_BIP_NO_CHANNEL		= 0x01,
	CAT_BIP_CHANNEL_CLOSED		= 0x02,
	CAT_BIP_CHANNEL_INVALID		= 0x03,
	CAT_BIP_BUFFER_SIZE		= 0x04,
	CAT_BIP_NO_TRANSPORT		= 0x06,
	CAT_BIP_NOT_REACHABLE		= 0x07,
	CAT_BIP_PORT_UNAVAILABLE	= 0x10,
};

/* One object of a command; points into the bytes that were decoded. */
struct cat_object {
	const uint8_t *value;
	size_t len;
	bool present;
};

#define CAT_OBJECT_TAGS	0x70	/* above every tag of a command that we execute */

struct cat_command {
	uint8_t number, type, qualifier;
	uint8_t destination;
	bool partial;		/* something optional was not understood */
	struct cat_object object[CAT_OBJECT_TAGS];	/* by tag, first occurrence */
};

/*
 * CAT_RESULT_OK, or the result that the card has to be answered with.  The
 * command details are set whenever they can be read, else they are zero.
 */
enum cat_result cat_command_decode(const uint8_t *buf, size_t len, struct cat_command *cmd);

/* "OPEN CHANNEL" ...; never NULL */
const char *cat_command_name(uint8_t type);

static inline const struct cat_object *cat_object(const struct cat_command *cmd, enum cat_tag tag)
{
	const struct cat_object *o = &cmd->object[tag];

	return o->present ? o : NULL;
}

#endif /* CAT_COMMAND_H */
