// SPDX-License-Identifier: BSD-3-Clause
/* Whole command APDUs: lengths, cases, responses that do not fit. */
#include <string.h>

#include "exchange.h"

#define INS_GET_RESPONSE	0xc0

void uicc_rsp_clear(struct uicc_rsp *rsp)
{
	explicit_bzero(rsp->data, rsp->len);
	rsp->len = 0;
	rsp->sw = 0x9000;
	rsp->no_procedure = false;
	rsp->mute = false;
}

void uicc_exchange_init(struct uicc_exchange *x, const struct uicc_apdu_ops *ops, void *ctx)
{
	memset(x, 0, sizeof(*x));
	x->ops = ops;
	x->ctx = ctx;
}

void uicc_exchange_reset(struct uicc_exchange *x)
{
	uicc_rsp_clear(&x->rsp);
	x->waits = false;
	x->len = 0;
}

static size_t be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Data and Le behind an Lc of lc bytes: false if the length does not fit. */
static bool take_body(struct uicc_cmd *cmd, const uint8_t *body, size_t len, size_t nc,
		      size_t le_size)
{
	cmd->data = body;
	cmd->nc = nc;
	if (len == nc)
		return true;
	if (len != nc + le_size)
		return false;
	cmd->ne = le_size == 1 ? body[nc] : be16(body + nc);
	if (!cmd->ne)
		cmd->ne = le_size == 1 ? 256 : 65536;
	return true;
}

static bool parse_lengths(struct uicc_cmd *cmd, const uint8_t *apdu, size_t len)
{
	const uint8_t *body = apdu + 4;
	size_t n = len - 4;

	if (!n)
		return true;
	if (n == 1)
		return take_body(cmd, body, 1, 0, 1);
	if (body[0])
		return take_body(cmd, body + 1, n - 1, body[0], 1);
	if (n == 3)
		return take_body(cmd, body + 1, 2, 0, 2);
	return n > 3 && be16(body + 1) && take_body(cmd, body + 3, n - 3, be16(body + 1), 2);
}

bool uicc_apdu_parse(struct uicc_cmd *cmd, const uint8_t *apdu, size_t len)
{
	memset(cmd, 0, sizeof(*cmd));
	memcpy(cmd->header, apdu, len < 4 ? len : 4);
	cmd->data = apdu;
	if (len < 4 || !parse_lengths(cmd, apdu, len)) {
		cmd->nc = 0;
		cmd->ne = 0;
		return false;
	}
	cmd->header[4] = cmd->nc ? cmd->nc : cmd->ne;
	return true;
}

static void answer(struct uicc_exchange *x, const struct uicc_cmd *cmd, const uint8_t *data,
		   size_t len, uint16_t sw)
{
	if (sw == 0x9000)
		sw = x->ops->finish(x->ctx, cmd->header);
	x->data = data;
	x->len = len;
	x->sw = sw;
	x->ops->response(x->ctx, data, len, sw);
}

/* len as SW2 has it: 00 means 256, and also more than that. */
static uint16_t with_length(uint16_t sw1, size_t len)
{
	return sw1 | (len < 256 ? len : 0);
}

/* Gives what is left of the response, as much as fits. */
static void give(struct uicc_exchange *x, const struct uicc_cmd *cmd)
{
	const uint8_t *data = x->rsp.data + x->pos;
	size_t left = x->rsp.len - x->pos;
	size_t n = left < cmd->ne ? left : cmd->ne;

	x->pos += n;
	left -= n;
	x->waits = left;
	answer(x, cmd, data, n, left ? with_length(0x6100, left) : x->rsp.sw);
}

static void get_response(struct uicc_exchange *x, const struct uicc_cmd *cmd)
{
	if (!x->waits) {
		answer(x, cmd, NULL, 0, 0x6f00);
	} else if (cmd->header[2] || cmd->header[3] || cmd->nc || !cmd->ne) {
		x->waits = false;
		answer(x, cmd, NULL, 0, 0x6b00);
	} else {
		give(x, cmd);
	}
}

static void execute(struct uicc_exchange *x, const struct uicc_cmd *cmd)
{
	enum uicc_data direction;
	uint16_t sw = 0x6f00;

	x->waits = false;
	uicc_rsp_clear(&x->rsp);
	direction = x->ops->direction(x->ctx, cmd->header, &sw);
	if (direction == UICC_DATA_OUT && cmd->nc)
		sw = 0x6700;
	if (direction == UICC_DATA_REFUSED || (direction == UICC_DATA_OUT && cmd->nc)) {
		answer(x, cmd, NULL, 0, sw);
		return;
	}
	x->ops->execute(x->ctx, cmd, &x->rsp);
	x->pos = 0;
	if (direction == UICC_DATA_OUT && x->rsp.len > cmd->ne)
		answer(x, cmd, NULL, 0, with_length(0x6c00, x->rsp.len));
	else
		give(x, cmd);
}

void uicc_exchange_run(struct uicc_exchange *x, const uint8_t *apdu, size_t len)
{
	struct uicc_cmd cmd;
	bool valid = uicc_apdu_parse(&cmd, apdu, len);

	x->ops->command(x->ctx, &cmd);
	if (!valid)
		answer(x, &cmd, NULL, 0, 0x6700);
	else if (cmd.header[1] == INS_GET_RESPONSE && !(cmd.header[0] & 0x7c))
		get_response(x, &cmd);
	else
		execute(x, &cmd);
}
