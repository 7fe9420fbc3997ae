// SPDX-License-Identifier: BSD-3-Clause
/* T=0, card side. */
#include <string.h>

#include "card-t0.h"
#include "trace.h"

#define NULL_BYTE	0x60
#define INS_GET_RESPONSE 0xc0

void uicc_t0_init(struct uicc_t0 *t, const struct uicc_apdu_ops *ops, void *ctx)
{
	memset(t, 0, sizeof(*t));
	t->ops = ops;
	t->ctx = ctx;
	t->state = UICC_T0_MUTE;
}

static void send_byte(struct uicc_t0 *t, uint8_t byte)
{
	t->ops->send(t->ctx, &byte, 1);
}

static void send_nulls(struct uicc_t0 *t)
{
	uint8_t nulls[255];

	memset(nulls, NULL_BYTE, sizeof(nulls));
	t->ops->send(t->ctx, nulls, t->nulls < sizeof(nulls) ? t->nulls : sizeof(nulls));
}

/* A byte that is no procedure byte for this INS, not even of the VPP variants. */
static uint8_t wrong_procedure(uint8_t ins)
{
	uint8_t d = ins ^ 0x55;

	return d == 0x00 || d == 0xff || d == 0x01 || d == 0xfe ? 0x00 : 0x55;
}

/* False if a fault replaced the procedure byte: the command is over for the card. */
static bool send_procedure(struct uicc_t0 *t, uint8_t byte)
{
	send_nulls(t);
	if (t->fault_procedure) {
		t->fault_procedure = false;
		send_byte(t, wrong_procedure(t->header[1]));
		t->state = UICC_T0_MUTE;
		return false;
	}
	send_byte(t, byte);
	return true;
}

static void end_command(struct uicc_t0 *t, const uint8_t *data, size_t len, uint16_t sw)
{
	uint8_t bytes[2];

	if (sw == 0x9000)
		sw = t->ops->finish(t->ctx, t->header);
	t->ops->response(t->ctx, data, len, sw);
	send_nulls(t);
	bytes[0] = sw >> 8;
	bytes[1] = sw;
	t->ops->send(t->ctx, bytes, 2);
	t->state = UICC_T0_HEADER;
	t->pos = 0;
}

static void give(struct uicc_t0 *t, const uint8_t *data, size_t len, uint16_t sw)
{
	uint8_t ins = t->header[1];
	size_t i = 0;

	if (t->rsp.no_procedure) {
		t->ops->send(t->ctx, data, len);
		i = len;
	}
	while (i < len) {
		bool single = t->ack == UICC_ACK_SINGLE || (t->ack == UICC_ACK_MIXED && !i);
		size_t n = single ? 1 : len - i;

		if (!send_procedure(t, single ? ins ^ 0xff : ins))
			return;
		t->ops->send(t->ctx, data + i, n);
		i += n;
	}
	end_command(t, data, len, sw);
}

/* len as SW2 has it: 00 means 256, or more. */
static uint16_t with_length(uint16_t sw1, size_t len)
{
	return sw1 | (len < 256 ? len : 0);
}

static size_t expected(const uint8_t header[5])
{
	return header[4] ? header[4] : 256;
}

static void get_response(struct uicc_t0 *t)
{
	struct uicc_cmd cmd = { .ne = expected(t->header) };
	size_t left = t->rsp.len - t->rsp_pos;
	const uint8_t *data = t->rsp.data + t->rsp_pos;

	memcpy(cmd.header, t->header, sizeof(cmd.header));
	t->ops->command(t->ctx, &cmd);
	if (!t->rsp_waits) {
		end_command(t, NULL, 0, 0x6f00);
	} else if (t->header[2] || t->header[3]) {
		t->rsp_waits = false;
		end_command(t, NULL, 0, 0x6b00);
	} else if (cmd.ne > left) {
		end_command(t, NULL, 0, with_length(0x6c00, left));
	} else if (cmd.ne < left) {
		t->rsp_pos += cmd.ne;
		left -= cmd.ne;
		give(t, data, cmd.ne, with_length(0x6100, left));
	} else {
		t->rsp_waits = false;
		give(t, data, cmd.ne, t->rsp.sw);
	}
}

static void execute(struct uicc_t0 *t, enum uicc_data direction)
{
	struct uicc_cmd cmd = { .data = t->data };
	struct uicc_rsp *rsp = &t->rsp;

	memcpy(cmd.header, t->header, sizeof(cmd.header));
	if (direction == UICC_DATA_IN)
		cmd.nc = t->header[4];
	else
		cmd.ne = expected(t->header);
	t->ops->command(t->ctx, &cmd);
	uicc_rsp_clear(rsp);
	t->ops->execute(t->ctx, &cmd, rsp);
	/* a PIN must not stay behind */
	explicit_bzero(t->data, sizeof(t->data));
	if (direction == UICC_DATA_IN && rsp->len) {
		t->rsp_waits = true;
		t->rsp_pos = 0;
		end_command(t, NULL, 0, with_length(0x6100, rsp->len));
	} else if (direction == UICC_DATA_OUT && rsp->len && rsp->len != cmd.ne) {
		end_command(t, NULL, 0, with_length(0x6c00, rsp->len));
	} else {
		give(t, rsp->data, rsp->len, rsp->sw);
	}
	if (rsp->mute)
		t->state = UICC_T0_MUTE;
}

/* Asks for the next data bytes of the command. */
static void ask(struct uicc_t0 *t)
{
	bool single = t->ack == UICC_ACK_SINGLE || (t->ack == UICC_ACK_MIXED && !t->pos);

	t->chunk = single ? 1 : t->header[4] - t->pos;
	t->state = UICC_T0_DATA;
	send_procedure(t, single ? t->header[1] ^ 0xff : t->header[1]);
}

static bool header_byte(struct uicc_t0 *t, uint8_t byte)
{
	struct uicc_cmd cmd = { .nc = 0 };
	enum uicc_data direction;
	uint16_t sw = 0x6f00;

	t->header[t->pos++] = byte;
	if (t->pos < sizeof(t->header))
		return false;
	t->pos = 0;
	if (t->fault_storm) {
		t->fault_storm = false;
		t->state = UICC_T0_STORM;
		send_byte(t, NULL_BYTE);
		return true;
	}
	if (t->header[1] == INS_GET_RESPONSE && !(t->header[0] & 0x7c)) {
		get_response(t);
		return true;
	}
	t->rsp_waits = false;
	direction = t->ops->direction(t->ctx, t->header, &sw);
	if (direction == UICC_DATA_REFUSED) {
		memcpy(cmd.header, t->header, sizeof(cmd.header));
		t->ops->command(t->ctx, &cmd);
		end_command(t, NULL, 0, sw);
	} else if (direction == UICC_DATA_IN && t->header[4]) {
		ask(t);
	} else {
		execute(t, direction);
	}
	return true;
}

static bool data_byte(struct uicc_t0 *t, uint8_t byte)
{
	t->data[t->pos++] = byte;
	if (--t->chunk)
		return false;
	if (t->pos < t->header[4])
		ask(t);
	else
		execute(t, UICC_DATA_IN);
	return true;
}

static bool take_byte(struct uicc_t0 *t, uint8_t byte)
{
	switch (t->state) {
	case UICC_T0_HEADER:
		return header_byte(t, byte);
	case UICC_T0_DATA:
		return data_byte(t, byte);
	case UICC_T0_STORM:
	case UICC_T0_MUTE:
		break;
	}
	return false;
}

static void reset(struct uicc_t0 *t)
{
	explicit_bzero(t->data, sizeof(t->data));
	uicc_rsp_clear(&t->rsp);
	t->pos = 0;
	t->chunk = 0;
	t->rsp_waits = false;
	t->state = UICC_T0_HEADER;
}

bool uicc_t0_step(struct uicc_t0 *t, enum uicc_t0_event event, uint8_t byte)
{
	switch (event) {
	case UICC_T0_EV_RESET:
		reset(t);
		return false;
	case UICC_T0_EV_BYTE:
		return take_byte(t, byte);
	case UICC_T0_EV_TICK:
		if (t->state == UICC_T0_STORM)
			send_byte(t, NULL_BYTE);
		return t->state == UICC_T0_STORM;
	}
	return false;
}

bool uicc_t0_in_secret(const struct uicc_t0 *t)
{
	return t->state == UICC_T0_DATA && uicc_is_secret(t->header);
}
