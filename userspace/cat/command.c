// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoder of proactive commands, driven by a table: for each command that we
 * execute, where it may be addressed to and which objects it may carry.
 */
#include <string.h>

#include "cat/command.h"

struct object_rule {
	uint8_t tag;
	uint8_t min, max;	/* length of the value */
	bool mandatory;		/* part of the minimum set */
};

#define M(tag, min, max)	{ tag, min, max, true }
#define O(tag, min, max)	{ tag, min, max, false }
/* Objects that tell how to present the command to a user; seen and not used */
#define PRESENTATION		O(CAT_TAG_ALPHA, 0, 255), O(CAT_TAG_ICON, 2, 2), \
				O(CAT_TAG_TEXT_ATTRIBUTE, 0, 255), O(CAT_TAG_FRAME, 0, 255)
#define RULES_MAX		16

enum destination { TO_TERMINAL, TO_DISPLAY, TO_CHANNEL };

struct command_desc {
	uint8_t type;
	enum destination to;
	const char *name;
	bool executed;		/* false: known, but beyond our capabilities */
	struct object_rule rules[RULES_MAX];	/* up to the first tag 0 */
};

static const struct command_desc commands[] = {
	{ CAT_CMD_REFRESH, TO_TERMINAL, "REFRESH", true, {
		O(CAT_TAG_FILE_LIST, 1, 255), O(CAT_TAG_AID, 0, 255),
		O(CAT_TAG_REFRESH_POLICY, 0, 255), PRESENTATION } },
	{ CAT_CMD_MORE_TIME, TO_TERMINAL, "MORE TIME", true, { } },
	{ CAT_CMD_POLL_INTERVAL, TO_TERMINAL, "POLL INTERVAL", true, {
		M(CAT_TAG_DURATION, 2, 2) } },
	{ CAT_CMD_POLLING_OFF, TO_TERMINAL, "POLLING OFF", true, { } },
	{ CAT_CMD_SET_UP_EVENT_LIST, TO_TERMINAL, "SET UP EVENT LIST", true, {
		M(CAT_TAG_EVENT_LIST, 0, 255) } },
	{ CAT_CMD_DISPLAY_TEXT, TO_DISPLAY, "DISPLAY TEXT", true, {
		M(CAT_TAG_TEXT, 1, 255), O(CAT_TAG_IMMEDIATE, 0, 0),
		O(CAT_TAG_DURATION, 2, 2), PRESENTATION } },
	{ CAT_CMD_TIMER_MANAGEMENT, TO_TERMINAL, "TIMER MANAGEMENT", true, {
		M(CAT_TAG_TIMER_ID, 1, 1), O(CAT_TAG_TIMER_VALUE, 3, 3) } },
	{ CAT_CMD_OPEN_CHANNEL, TO_TERMINAL, "OPEN CHANNEL", true, {
		M(CAT_TAG_BUFFER_SIZE, 2, 2), O(CAT_TAG_TRANSPORT, 3, 3),
		O(CAT_TAG_BEARER, 1, 255), O(CAT_TAG_ADDRESS, 0, 17),
		O(CAT_TAG_NETWORK_NAME, 0, 255), O(CAT_TAG_TEXT, 0, 255), PRESENTATION } },
	{ CAT_CMD_CLOSE_CHANNEL, TO_CHANNEL, "CLOSE CHANNEL", true, { PRESENTATION } },
	{ CAT_CMD_RECEIVE_DATA, TO_CHANNEL, "RECEIVE DATA", true, {
		M(CAT_TAG_CHANNEL_DATA_LENGTH, 1, 1), PRESENTATION } },
	{ CAT_CMD_SEND_DATA, TO_CHANNEL, "SEND DATA", true, {
		M(CAT_TAG_CHANNEL_DATA, 0, 255), PRESENTATION } },
	{ CAT_CMD_GET_CHANNEL_STATUS, TO_TERMINAL, "GET CHANNEL STATUS", true, { } },

	{ .type = 0x10, .name = "SET UP CALL" },
	{ .type = 0x11, .name = "SEND SS" },
	{ .type = 0x12, .name = "SEND USSD" },
	{ .type = 0x13, .name = "SEND SHORT MESSAGE" },
	{ .type = 0x14, .name = "SEND DTMF" },
	{ .type = 0x15, .name = "LAUNCH BROWSER" },
	{ .type = 0x16, .name = "GEOGRAPHICAL LOCATION REQUEST" },
	{ .type = 0x20, .name = "PLAY TONE" },
	{ .type = 0x22, .name = "GET INKEY" },
	{ .type = 0x23, .name = "GET INPUT" },
	{ .type = 0x24, .name = "SELECT ITEM" },
	{ .type = 0x25, .name = "SET UP MENU" },
	{ .type = 0x26, .name = "PROVIDE LOCAL INFORMATION" },
	{ .type = 0x28, .name = "SET UP IDLE MODE TEXT" },
	{ .type = 0x30, .name = "PERFORM CARD APDU" },
	{ .type = 0x31, .name = "POWER ON CARD" },
	{ .type = 0x32, .name = "POWER OFF CARD" },
	{ .type = 0x33, .name = "GET READER STATUS" },
	{ .type = 0x34, .name = "RUN AT COMMAND" },
	{ .type = 0x35, .name = "LANGUAGE NOTIFICATION" },
	{ .type = 0x45, .name = "SERVICE SEARCH" },
	{ .type = 0x46, .name = "GET SERVICE INFORMATION" },
	{ .type = 0x47, .name = "DECLARE SERVICE" },
	{ .type = 0x50, .name = "SET FRAMES" },
	{ .type = 0x51, .name = "GET FRAMES STATUS" },
	{ .type = 0x60, .name = "RETRIEVE MULTIMEDIA MESSAGE" },
	{ .type = 0x61, .name = "SUBMIT MULTIMEDIA MESSAGE" },
	{ .type = 0x62, .name = "DISPLAY MULTIMEDIA MESSAGE" },
	{ .type = 0x70, .name = "ACTIVATE" },
	{ .type = 0x71, .name = "CONTACTLESS STATE CHANGED" },
	{ .type = 0x72, .name = "COMMAND CONTAINER" },
	{ .type = 0x73, .name = "ENCAPSULATED SESSION CONTROL" },
};

static const struct command_desc *find_desc(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].type == type)
			return &commands[i];
	}
	return NULL;
}

const char *cat_command_name(uint8_t type)
{
	const struct command_desc *desc = find_desc(type);

	return desc ? desc->name : "unknown command";
}

static const struct object_rule *find_rule(const struct command_desc *desc, uint16_t tag)
{
	static const struct object_rule common[] = {
		M(CAT_TAG_COMMAND_DETAILS, 3, 3), M(CAT_TAG_DEVICES, 2, 2),
	};
	size_t i;

	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (common[i].tag == tag)
			return &common[i];
	}
	for (i = 0; i < RULES_MAX && desc->rules[i].tag; i++) {
		if (desc->rules[i].tag == tag)
			return &desc->rules[i];
	}
	return NULL;
}

/* Reads the command details even if what follows them is broken. */
static bool read_details(struct cat_reader r, struct cat_command *cmd)
{
	struct cat_tlv tlv;

	while (cat_tlv_next(&r, &tlv) == 1) {
		if (tlv.tag != CAT_TAG_COMMAND_DETAILS)
			continue;
		if (tlv.len != 3)
			return false;
		cmd->number = tlv.value[0];
		cmd->type = tlv.value[1];
		cmd->qualifier = tlv.value[2];
		return true;
	}
	return false;
}

/* Files one object, or tells why it makes the command unusable. */
static enum cat_result take_object(const struct command_desc *desc, const struct cat_tlv *tlv,
				   struct cat_command *cmd)
{
	const struct object_rule *rule = find_rule(desc, tlv->tag);
	struct cat_object *o;

	if (!rule || tlv->len < rule->min || tlv->len > rule->max) {
		if (tlv->cr || (rule && rule->mandatory))
			return CAT_RESULT_DATA_UNKNOWN;
		cmd->partial = true;
		return CAT_RESULT_OK;
	}
	o = &cmd->object[rule->tag];
	if (!o->present)
		*o = (struct cat_object){ .value = tlv->value, .len = tlv->len, .present = true };
	return CAT_RESULT_OK;
}

static bool destination_fits(enum destination to, uint8_t device)
{
	switch (to) {
	case TO_TERMINAL:
		return device == CAT_DEV_TERMINAL;
	case TO_DISPLAY:
		return device == CAT_DEV_DISPLAY;
	case TO_CHANNEL:
		return device >= CAT_DEV_CHANNEL_1 && device <= CAT_DEV_CHANNEL_7;
	}
	return false;
}

static enum cat_result check_minimum_set(const struct command_desc *desc, struct cat_command *cmd)
{
	const struct cat_object *devices = cat_object(cmd, CAT_TAG_DEVICES);
	size_t i;

	if (!devices)
		return CAT_RESULT_VALUE_MISSING;
	cmd->destination = devices->value[1];
	if (devices->value[0] != CAT_DEV_UICC || !destination_fits(desc->to, cmd->destination))
		return CAT_RESULT_DATA_UNKNOWN;
	for (i = 0; i < RULES_MAX && desc->rules[i].tag; i++) {
		if (desc->rules[i].mandatory && !cat_object(cmd, desc->rules[i].tag))
			return CAT_RESULT_VALUE_MISSING;
	}
	return CAT_RESULT_OK;
}

enum cat_result cat_command_decode(const uint8_t *buf, size_t len, struct cat_command *cmd)
{
	const struct command_desc *desc;
	struct cat_reader r;
	struct cat_tlv tlv;
	enum cat_result res;
	int more;

	memset(cmd, 0, sizeof(*cmd));
	if (cat_ber_open(buf, len, CAT_BER_PROACTIVE, &r) < 0) {
		/* an outer length that lies does not hide the details from us */
		size_t head = len > 1 && buf[1] == 0x81 ? 3 : 2;

		if (len > head && buf[0] == CAT_BER_PROACTIVE) {
			r = (struct cat_reader){ .pos = buf + head, .left = len - head };
			read_details(r, cmd);
		}
		return CAT_RESULT_DATA_UNKNOWN;
	}
	if (!read_details(r, cmd))
		return CAT_RESULT_DATA_UNKNOWN;
	desc = find_desc(cmd->type);
	if (!desc)
		return CAT_RESULT_TYPE_UNKNOWN;
	if (!desc->executed)
		return CAT_RESULT_BEYOND;

	while ((more = cat_tlv_next(&r, &tlv)) == 1) {
		res = take_object(desc, &tlv, cmd);
		if (res != CAT_RESULT_OK)
			return res;
	}
	if (more < 0)
		return CAT_RESULT_DATA_UNKNOWN;
	return check_minimum_set(desc, cmd);
}
