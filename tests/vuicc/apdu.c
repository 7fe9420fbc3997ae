// SPDX-License-Identifier: BSD-3-Clause
/*
 * The commands of the card (TS 102 221, clause 11): which there are, which way their data goes,
 * who carries them out.  One is for tests only:
 *
 *   80 EE 00 00 Lc data	(case 4) gives the data back, through 61xx and GET RESPONSE
 *   80 EE 00 00		(case 1) 9000
 *   80 EE 01 00 Lc data	(case 3) takes the data, 9000
 *   80 EE 02 00 Le		(case 2) gives Le bytes 00 01 02 ...
 *
 * T=1 carries it with up to 65 535 bytes of data and 65 536 of response, and so does T=0 in
 * ENVELOPEs: 00 C2 with a piece of the command APDU each, an empty one to carry it out.
 *
 * P1 tells the cases apart because the bytes of T=0 do not.
 */
#include <string.h>

#include "card.h"

typedef void (*command_fn)(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);

static void select_file(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_fs_select(&u->fs, cmd, rsp);
}

static void status(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_fs_status(&u->fs, cmd, rsp);
}

static void read_binary(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_fs_read_binary(&u->fs, cmd, u->pin.verified, rsp);
}

static void read_record(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_fs_read_record(&u->fs, cmd, u->pin.verified, rsp);
}

static void pin(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	rsp->sw = uicc_pin_command(&u->pin, cmd->header, cmd->data, cmd->nc);
}

static void manage_channel(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_fs_manage_channel(&u->fs, cmd, rsp);
}

/* What the terminal can do is of no consequence for this card. */
static void terminal_capability(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	if (cmd->nc < 2 || cmd->data[0] != 0xa9)
		rsp->sw = 0x6a80;
}

static void toolkit(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	uicc_cat_command(&u->cat, cmd, rsp);
}

static void test_command(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	size_t i;

	switch (cmd->header[2]) {
	case 0x00:
		rsp->len = cmd->nc;
		memcpy(rsp->data, cmd->data, cmd->nc);
		break;
	case 0x01:
		break;
	case 0x02:
		rsp->len = cmd->ne;
		for (i = 0; i < cmd->ne; i++)
			rsp->data[i] = i;
		break;
	default:
		rsp->sw = 0x6a86;
	}
}

static void envelope(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp);

static const struct command {
	uint8_t cla;		/* 00: interindustry, 80: of ETSI */
	uint8_t ins;
	enum uicc_data data;
	command_fn fn;
} commands[] = {
	{ 0x00, 0xa4, UICC_DATA_IN, select_file },
	{ 0x00, 0xb0, UICC_DATA_OUT, read_binary },
	{ 0x00, 0xb2, UICC_DATA_OUT, read_record },
	{ 0x00, 0x20, UICC_DATA_IN, pin },
	{ 0x00, 0x24, UICC_DATA_IN, pin },
	{ 0x00, 0x2c, UICC_DATA_IN, pin },
	{ 0x00, 0x70, UICC_DATA_OUT, manage_channel },
	{ 0x00, 0xc2, UICC_DATA_IN, envelope },
	{ 0x80, 0xf2, UICC_DATA_OUT, status },
	{ 0x80, 0xaa, UICC_DATA_IN, terminal_capability },
	{ 0x80, 0x10, UICC_DATA_IN, toolkit },
	{ 0x80, 0x12, UICC_DATA_OUT, toolkit },
	{ 0x80, 0x14, UICC_DATA_IN, toolkit },
	{ 0x80, 0xc2, UICC_DATA_IN, toolkit },
	{ 0x80, 0xee, UICC_DATA_IN, test_command },
};

/* The command of that class if there is one, else one of another class. */
static const struct command *find(uint8_t cla, uint8_t ins)
{
	const struct command *other = NULL;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].ins != ins)
			continue;
		if (commands[i].cla == (cla & 0xf0))
			return &commands[i];
		other = &commands[i];
	}
	return other;
}

/* Status of a class byte the card does not take, 0 if it takes it. */
static uint16_t class_defect(const struct uicc *u, uint8_t cla)
{
	switch (cla & 0xf0) {
	case 0x00:
	case 0x80:
		if (!uicc_fs_channel_open(&u->fs, cla))
			return 0x6881;	/* logical channel */
		return cla & 0x0c ? 0x6882 : 0;	/* secure messaging */
	default:
		return 0x6e00;
	}
}

static enum uicc_data direction(void *ctx, const uint8_t header[5], uint16_t *sw)
{
	const struct command *c = find(header[0], header[1]);

	*sw = class_defect(ctx, header[0]);
	if (*sw)
		return UICC_DATA_REFUSED;
	if (!c || c->cla != (header[0] & 0xf0)) {
		*sw = c ? 0x6e00 : 0x6d00;
		return UICC_DATA_REFUSED;
	}
	if (c->fn == test_command && header[2] == 0x02)
		return UICC_DATA_OUT;
	return c->data;
}

static void execute(void *ctx, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	struct uicc *u = ctx;
	const struct command *c = find(cmd->header[0], cmd->header[1]);

	/* an unfinished one is given up */
	if (c->fn != envelope)
		u->enveloped_len = 0;
	c->fn(u, cmd, rsp);
}

/* FNV-1a: by this a test can tell which command the card has understood. */
static uint32_t digest(const struct uicc_cmd *cmd)
{
	uint32_t hash = 0x811c9dc5;
	size_t i;

	for (i = 0; i < 4 + cmd->nc; i++)
		hash = (hash ^ (i < 4 ? cmd->header[i] : cmd->data[i - 4])) * 0x01000193;
	return hash;
}

static void command(void *ctx, const struct uicc_cmd *cmd)
{
	struct uicc *u = ctx;

	if (cmd->header[1] != 0xc0) {
		u->apdus++;
		u->command = digest(cmd);
	}
	uicc_trace_command(&u->trace, cmd->header, cmd->data, cmd->nc);
}

/* The whole command has come. */
static void run_enveloped(struct uicc *u, struct uicc_rsp *rsp)
{
	enum uicc_data direction;
	struct uicc_cmd cmd;

	if (!uicc_apdu_parse(&cmd, u->enveloped, u->enveloped_len)) {
		rsp->sw = 0x6700;
		return;
	}
	command(u, &cmd);
	direction = uicc_apdu_ops.direction(u, cmd.header, &rsp->sw);
	if (direction == UICC_DATA_REFUSED)
		return;
	rsp->sw = 0x9000;
	if (cmd.header[1] == 0xc2 || (direction == UICC_DATA_OUT && cmd.nc)) {
		rsp->sw = 0x6700;
		return;
	}
	find(cmd.header[0], cmd.header[1])->fn(u, &cmd, rsp);
	if (rsp->len > cmd.ne)
		rsp->len = cmd.ne;
}

static void envelope(struct uicc *u, const struct uicc_cmd *cmd, struct uicc_rsp *rsp)
{
	if (u->enveloped_len + cmd->nc > sizeof(u->enveloped)) {
		rsp->sw = 0x6700;
	} else if (cmd->nc) {
		memcpy(u->enveloped + u->enveloped_len, cmd->data, cmd->nc);
		u->enveloped_len += cmd->nc;
		return;
	} else {
		run_enveloped(u, rsp);
	}
	explicit_bzero(u->enveloped, u->enveloped_len);
	u->enveloped_len = 0;
}

static uint16_t finish(void *ctx, const uint8_t header[5])
{
	struct uicc *u = ctx;

	return uicc_cat_status(&u->cat, header[1]);
}

static void response(void *ctx, const uint8_t *data, size_t len, uint16_t sw)
{
	struct uicc *u = ctx;

	uicc_trace_response(&u->trace, data, len, sw);
}

static void send(void *ctx, const uint8_t *buf, size_t len)
{
	struct uicc *u = ctx;
	unsigned int before = u->faults.struck;
	uint64_t now = uicc_now();
	uint8_t raw[256];

	while (len) {
		size_t i, n = len < sizeof(raw) ? len : sizeof(raw);

		for (i = 0; i < n; i++)
			raw[i] = iso7816_conv_byte(u->conv, buf[i]);
		/* a peer that does not take what it asked for is gone; the loop will see that */
		if (uicc_wire_send(&u->wire, raw, n, now))
			u->quit = true;
		buf += n;
		len -= n;
	}
	if (u->faults.struck != before)
		uicc_t1_hurt(&u->t1);
}

const struct uicc_apdu_ops uicc_apdu_ops = {
	.send = send,
	.direction = direction,
	.execute = execute,
	.finish = finish,
	.command = command,
	.response = response,
};
