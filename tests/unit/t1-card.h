/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A correct T=1 card, as small as can be: block in, block out.  It shares no code
 * with the reader's side.  It executes nothing: it notes the command and answers with
 * a response that depends on it.
 */
#ifndef T1_CARD_H
#define T1_CARD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CARD_IFSC	5
#define CARD_CHUNK	4	/* INF bytes of its own I-blocks, at most */
#define CARD_BUF	64
#define CARD_BLOCK	64

/*
 * struct t1_card - copyable
 * @ns: N(S) of its I-block under way, or of the next
 * @nr: N(S) of the reader's next I-block
 * @owes: an I-block of its own is unacknowledged
 * @asking: PCB of an unanswered S-request, 0 = none
 * @wtx: it asks for time before it answers
 * @ifs: it changes IFSC when the second block of a command has come
 * @abort_acks: an ABORT acknowledges its last block; not every card thinks so
 * @cmd: the command so far
 * @pos: bytes of the response that were acknowledged
 * @chunk: bytes in the I-block under way
 * @commands: commands that were complete
 */
struct t1_card {
	uint8_t ns, nr, asking;
	bool owes, wtx, ifs, abort_acks;
	uint8_t cmd[CARD_BUF], cmd_len;
	uint8_t resp[CARD_BUF], resp_len, pos, chunk;
	uint8_t commands;
	uint8_t last[CARD_BUF], last_len;
};

static inline uint8_t card_xor(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	for (size_t i = 0; i < n; i++)
		x ^= p[i];
	return x;
}

static inline size_t card_block(uint8_t *out, uint8_t pcb, const uint8_t *inf, uint8_t len)
{
	out[0] = 0;
	out[1] = pcb;
	out[2] = len;
	if (len)
		memcpy(out + 3, inf, len);
	out[3 + len] = card_xor(out, 3U + len);
	return 4U + len;
}

/* The answer to a command: three blocks of data and SW1 SW2 */
static inline uint8_t card_answer(const uint8_t *cmd, uint8_t len, uint8_t *resp)
{
	for (uint8_t i = 0; i < 8; i++)
		resp[i] = (uint8_t)(card_xor(cmd, len) + i);
	resp[8] = 0x90;
	resp[9] = 0x00;
	return 10;
}

static inline size_t card_r(struct t1_card *c, uint8_t error, uint8_t *out)
{
	return card_block(out, (uint8_t)(0x80 | c->nr << 4 | error), NULL, 0);
}

static inline size_t card_i(struct t1_card *c, uint8_t *out)
{
	uint8_t left = (uint8_t)(c->resp_len - c->pos);
	bool more = left > CARD_CHUNK;

	c->owes = true;
	c->chunk = more ? CARD_CHUNK : left;
	return card_block(out, (uint8_t)(c->ns << 6 | more << 5), c->resp + c->pos, c->chunk);
}

static inline size_t card_ask(struct t1_card *c, uint8_t pcb, uint8_t value, uint8_t *out)
{
	c->asking = pcb;
	return card_block(out, pcb, &value, 1);
}

static inline size_t card_ask_again(struct t1_card *c, uint8_t *out)
{
	return card_ask(c, c->asking, c->asking == 0xc3 ? 2 : CARD_IFSC, out);
}

/* The command block is taken: go on with what comes next */
static inline size_t card_go_on(struct t1_card *c, bool more, uint8_t *out)
{
	if (more)
		return card_r(c, 0, out);
	c->commands++;
	memcpy(c->last, c->cmd, c->cmd_len);
	c->last_len = c->cmd_len;
	c->resp_len = card_answer(c->cmd, c->cmd_len, c->resp);
	c->cmd_len = 0;
	c->pos = 0;
	if (c->wtx)
		return card_ask(c, 0xc3, 2, out);
	return card_i(c, out);
}

static inline size_t card_i_block(struct t1_card *c, const uint8_t *b, uint8_t *out)
{
	if (c->asking)
		return card_ask_again(c, out);
	if ((b[1] >> 6 & 1) != c->nr || c->cmd_len + b[2] > CARD_BUF)
		return card_r(c, 2, out);
	if (c->owes) {		/* a new command acknowledges the last response */
		c->owes = false;
		c->ns ^= 1;
	}
	c->nr ^= 1;
	memcpy(c->cmd + c->cmd_len, b + 3, b[2]);
	c->cmd_len = (uint8_t)(c->cmd_len + b[2]);
	if (c->ifs && b[1] & 0x20 && c->nr == 0)
		return card_ask(c, 0xc1, CARD_IFSC, out);
	return card_go_on(c, b[1] & 0x20, out);
}

static inline size_t card_r_block(struct t1_card *c, const uint8_t *b, uint8_t *out)
{
	uint8_t nr = b[1] >> 4 & 1;

	if (c->asking)
		return card_ask_again(c, out);
	if (!c->owes)
		return card_r(c, 0, out);
	if (nr == c->ns)
		return card_i(c, out);
	if (c->pos + c->chunk == c->resp_len)
		return card_r(c, 0, out);
	c->pos = (uint8_t)(c->pos + c->chunk);
	c->ns ^= 1;
	return card_i(c, out);
}

static inline size_t card_s_block(struct t1_card *c, const uint8_t *b, uint8_t *out)
{
	switch (b[1]) {
	case 0xc0:
		*c = (struct t1_card){ .wtx = c->wtx, .ifs = c->ifs, .abort_acks = c->abort_acks,
				       .commands = c->commands };
		return card_block(out, 0xe0, NULL, 0);
	case 0xc1:
		return card_block(out, 0xe1, b + 3, 1);
	case 0xc2:
		c->ns ^= c->owes && c->abort_acks;
		c->owes = false;
		c->asking = 0;
		return card_block(out, 0xe2, NULL, 0);
	case 0xe1:
	case 0xe3:
		if (c->asking != (b[1] & 0xdf))
			break;
		c->asking = 0;
		return b[1] == 0xe1 ? card_r(c, 0, out) : card_i(c, out);
	default:
		break;
	}
	return c->asking ? card_ask_again(c, out) : card_r(c, 2, out);
}

/* Takes characters as one block, gives its own block; a reader always gets one */
static inline size_t card_step(struct t1_card *c, const uint8_t *b, size_t n, uint8_t *out)
{
	if (n < 4 || b[2] + 4U != n || card_xor(b, n))
		return c->asking ? card_ask_again(c, out) : card_r(c, 1, out);
	if (!(b[1] & 0x80))
		return card_i_block(c, b, out);
	if (!(b[1] & 0x40))
		return card_r_block(c, b, out);
	return card_s_block(c, b, out);
}

#endif /* T1_CARD_H */
