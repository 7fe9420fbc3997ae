// SPDX-License-Identifier: BSD-3-Clause
/* T=1, card side. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "card-t1.h"
#include "t1-block.h"

/* Between the requests of a storm: well within any waiting time. */
#define STORM_NS	50000000ULL
#define IFS_DEFAULT	32
/* Invalid blocks in a row that are answered; then the card only listens. */
#define PATIENCE	3

void uicc_t1_init(struct uicc_t1 *t, const struct uicc_apdu_ops *ops, void *ctx,
		  struct uicc_trace *trace, struct uicc_faults *faults)
{
	memset(t, 0, sizeof(*t));
	uicc_exchange_init(&t->exchange, ops, ctx);
	t->trace = trace;
	t->faults = faults;
	t->wtx_factor = 1;
	t->state = UICC_T1_MUTE;
}

/* Only what cannot be the work of a fault on the line is held against the reader. */
static void __attribute__((format(printf, 2, 3))) wrong(struct uicc_t1 *t, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (t->hurt)
		uicc_step(t->trace, "T=1 after a fault: %s", text);
	else
		uicc_violation(t->trace, "T=1: %s", text);
}

static void forget_block(struct uicc_t1 *t)
{
	explicit_bzero(t->rx, sizeof(t->rx));
	t->rx_len = 0;
	t->drain = false;
	t->doubt = false;
	t->due_at = 0;
}

static void forget_chains(struct uicc_t1 *t)
{
	explicit_bzero(t->apdu, t->apdu_len);
	t->apdu_len = 0;
	t->complete = false;
	t->pos = t->total = t->chunk = 0;
	t->unacknowledged = false;
}

/* As after a reset, but for what the link remembers of the reader. */
static void initial_values(struct uicc_t1 *t)
{
	forget_chains(t);
	uicc_exchange_reset(&t->exchange);
	t->state = UICC_T1_COMMAND;
	t->ifsc = t->params.ifsc;
	t->ifsd = IFS_DEFAULT;
	t->ns = t->nr = 0;
	t->asked = 0;
}

void uicc_t1_start(struct uicc_t1 *t, const struct uicc_t1_params *params)
{
	t->params = *params;
	uicc_t1_step(t, UICC_T1_EV_RESET, 0, 0);
}

static void reset(struct uicc_t1 *t)
{
	initial_values(t);
	forget_block(t);
	t->hurt = t->ifs_seen = t->told = t->ifs_done = t->fault_storm = false;
	t->invalid = t->blocks = 0;
}

/* --- what the card sends --- */

static void send_block(struct uicc_t1 *t, uint8_t pcb, const uint8_t *inf, uint8_t len)
{
	uint8_t block[UICC_T1_BLOCK_MAX];
	size_t n = uicc_t1_build(block, pcb, inf, len, t->params.crc);

	t->blocks++;
	/* an R-block with the other N(R) makes the reader repeat what was taken */
	if (t->faults->at[UICC_FAULT_BAD_SEQ] && t->blocks >= t->faults->at[UICC_FAULT_BAD_SEQ])
		t->hurt = true;
	if (uicc_t1_spoil(t->faults, t->blocks, block, n, t->params.crc))
		t->exchange.ops->send(t->exchange.ctx, block, n);
	explicit_bzero(block, sizeof(block));
}

static void send_r(struct uicc_t1 *t, uint8_t error)
{
	send_block(t, UICC_T1_R | (t->nr ? UICC_T1_R_NR : 0) | error, NULL, 0);
}

static void send_request(struct uicc_t1 *t)
{
	bool has_inf = t->asked == UICC_T1_IFS || t->asked == UICC_T1_WTX;

	t->state = UICC_T1_ASKED;
	send_block(t, t->asked, &t->asked_inf, has_inf);
}

static void ask(struct uicc_t1 *t, uint8_t request, uint8_t inf)
{
	t->asked = request;
	t->asked_inf = inf;
	send_request(t);
}

/* The I-block that begins at pos; the same again if it was lost. */
static void send_i(struct uicc_t1 *t)
{
	const struct uicc_exchange *x = &t->exchange;
	uint8_t inf[UICC_T1_INF_MAX];
	bool more = t->pos + t->chunk < t->total;
	size_t i;

	for (i = 0; i < t->chunk; i++) {
		size_t at = t->pos + i;

		inf[i] = at < x->len ? x->data[at] : at == x->len ? x->sw >> 8 : x->sw & 0xff;
	}
	t->unacknowledged = true;
	t->state = more ? UICC_T1_CHAINING : UICC_T1_COMMAND;
	send_block(t, (t->ns ? UICC_T1_I_NS : 0) | (more ? UICC_T1_I_MORE : 0), inf, t->chunk);
	if (!more && x->rsp.mute)
		t->state = UICC_T1_MUTE;
}

static void send_next_i(struct uicc_t1 *t)
{
	t->chunk = t->total - t->pos < t->ifsd ? t->total - t->pos : t->ifsd;
	send_i(t);
}

static void execute(struct uicc_t1 *t)
{
	t->complete = false;
	uicc_exchange_run(&t->exchange, t->apdu, t->apdu_len);
	/* a PIN must not stay behind */
	explicit_bzero(t->apdu, t->apdu_len);
	t->apdu_len = 0;
	t->pos = 0;
	t->total = t->exchange.len + 2;
	send_next_i(t);
}

/* The card's turn: the next thing it has to say. */
static void go_on(struct uicc_t1 *t)
{
	if (uicc_fault_fires(t->faults, UICC_FAULT_ABORT, t->blocks + 1)) {
		forget_chains(t);
		ask(t, UICC_T1_ABORT, 0);
	} else if (t->complete && t->fault_storm) {
		ask(t, UICC_T1_WTX, t->wtx_factor);
	} else if (t->complete && t->ifs && !t->ifs_done) {
		ask(t, UICC_T1_IFS, t->ifs);
	} else if (t->complete && t->wtx_left) {
		t->wtx_left--;
		ask(t, UICC_T1_WTX, t->wtx_factor);
	} else if (t->complete) {
		execute(t);
	} else if (t->pos < t->total) {
		send_next_i(t);
	} else {
		send_r(t, 0);
	}
}

/* --- what the reader sends --- */

/* Rules 7.1 to 7.3: the request again if one is open, else an R-block. */
static void refuse(struct uicc_t1 *t, uint8_t error)
{
	if (++t->invalid > PATIENCE)
		return;
	if (t->state == UICC_T1_ASKED)
		send_request(t);
	else
		send_r(t, error);
}

static void acknowledged(struct uicc_t1 *t)
{
	t->pos += t->chunk;
	t->chunk = 0;
	t->ns ^= 1;
	t->unacknowledged = false;
}

static const char *i_defect(const struct uicc_t1 *t, uint8_t pcb, size_t len)
{
	if (t->state == UICC_T1_ASKED)
		return "I-block instead of an S(response)";
	if (t->state == UICC_T1_CHAINING)
		return "I-block while the card is chaining";
	if (!!(pcb & UICC_T1_I_NS) != t->nr)
		return "I-block with wrong N(S)";
	if (len > t->ifsc)
		return "I-block longer than IFSC";
	if (t->apdu_len + len > sizeof(t->apdu))
		return "command longer than any APDU";
	return NULL;
}

static void take_i(struct uicc_t1 *t, uint8_t pcb, const uint8_t *inf, size_t len)
{
	const char *defect = i_defect(t, pcb, len);

	if (!t->ifs_seen && !t->told) {
		t->told = true;
		wrong(t, "I-block before S(IFS request)");
	}
	if (defect) {
		wrong(t, "%s", defect);
		refuse(t, UICC_T1_OTHER);
		return;
	}
	t->invalid = 0;
	if (t->unacknowledged) {
		acknowledged(t);
		t->hurt = false;
	}
	t->nr ^= 1;
	memcpy(t->apdu + t->apdu_len, inf, len);
	t->apdu_len += len;
	t->complete = !(pcb & UICC_T1_I_MORE);
	t->wtx_left = t->wtx;
	go_on(t);
}

static void take_r(struct uicc_t1 *t, uint8_t pcb)
{
	bool mine = !!(pcb & UICC_T1_R_NR) == t->ns;

	t->invalid = 0;
	if (t->state == UICC_T1_ASKED) {
		send_request(t);
	} else if (t->unacknowledged && mine) {
		send_i(t);
	} else if (t->state == UICC_T1_CHAINING) {
		acknowledged(t);
		t->state = UICC_T1_COMMAND;
		go_on(t);
	} else if (mine) {
		/* the last block was an R-block, or what stands for one */
		send_r(t, 0);
	} else {
		wrong(t, "R-block with an N(R) that asks for nothing");
		refuse(t, UICC_T1_OTHER);
	}
}

/* A request of the reader's. */
static void take_request(struct uicc_t1 *t, uint8_t pcb, const uint8_t *inf, size_t len)
{
	if (t->state == UICC_T1_ASKED && pcb != UICC_T1_RESYNCH) {
		wrong(t, "S(request) instead of an S(response)");
		refuse(t, UICC_T1_OTHER);
		return;
	}
	t->invalid = 0;
	switch (pcb) {
	case UICC_T1_RESYNCH:
		initial_values(t);
		break;
	case UICC_T1_IFS:
		if (!t->ifs_seen && inf[0] != UICC_T1_INF_MAX)
			wrong(t, "first S(IFS request) asks for %u, not 254", inf[0]);
		t->ifs_seen = true;
		t->ifsd = inf[0];
		break;
	case UICC_T1_ABORT:
		forget_chains(t);
		t->state = UICC_T1_COMMAND;
		break;
	}
	send_block(t, pcb | UICC_T1_RESPONSE, inf, len);
}

/* The response to a request of mine. */
static void take_response(struct uicc_t1 *t, uint8_t pcb, const uint8_t *inf, size_t len,
			  uint64_t now)
{
	bool answers = t->state == UICC_T1_ASKED && pcb == (t->asked | UICC_T1_RESPONSE);

	if (!answers || (len && inf[0] != t->asked_inf)) {
		wrong(t, "S(response) %02X that nobody asked for", pcb);
		refuse(t, UICC_T1_OTHER);
		return;
	}
	t->invalid = 0;
	t->state = UICC_T1_COMMAND;
	if (t->asked == UICC_T1_IFS) {
		t->ifsc = t->asked_inf;
		t->ifs_done = true;
	}
	if (t->fault_storm && t->complete) {
		t->state = UICC_T1_STORM;
		t->due_at = now + STORM_NS;
		return;
	}
	go_on(t);
}

static void take_block(struct uicc_t1 *t, uint64_t now)
{
	uint8_t block[UICC_T1_BLOCK_MAX];
	uint8_t pcb = t->rx[1], len = t->rx[2];
	const char *defect = uicc_t1_defect(t->rx, t->rx_len, t->params.crc);

	if (t->state == UICC_T1_MUTE || t->state == UICC_T1_STORM) {
		forget_block(t);
		return;
	}
	if (defect) {
		bool edc = !uicc_t1_edc_good(t->rx, t->rx_len, t->params.crc);

		wrong(t, "%s (PCB %02X)", defect, pcb);
		forget_block(t);
		refuse(t, edc ? UICC_T1_EDC : UICC_T1_OTHER);
		return;
	}
	memcpy(block, t->rx, t->rx_len);
	forget_block(t);
	if (!(pcb & 0x80))
		take_i(t, pcb, block + 3, len);
	else if ((pcb & 0xc0) == UICC_T1_R)
		take_r(t, pcb);
	else if (pcb & UICC_T1_RESPONSE)
		take_response(t, pcb, block + 3, len, now);
	else
		take_request(t, pcb, block + 3, len);
	explicit_bzero(block, sizeof(block));
}

static bool whole(const struct uicc_t1 *t)
{
	return t->rx_len >= 3 && t->rx_len == 3u + t->rx[2] + (t->params.crc ? 2 : 1);
}

static bool take_byte(struct uicc_t1 *t, uint8_t byte, uint64_t now)
{
	bool endless;

	/* the time of a storm goes on whatever comes */
	if (t->state == UICC_T1_MUTE || t->state == UICC_T1_STORM)
		return false;
	t->due_at = now + t->params.silence_ns;
	/* a block that something follows was none */
	t->drain |= whole(t);
	if (t->drain)
		return false;
	t->rx[t->rx_len++] = byte;
	endless = t->rx_len == 3 && t->rx[2] > UICC_T1_INF_MAX;
	if (t->rx[0] || endless) {
		wrong(t, t->rx[0] ? "NAD is not 00" : "LEN is FF");
		t->drain = true;
		return false;
	}
	/* where a fault has struck, silence must show that this is all */
	if (!whole(t) || t->doubt)
		return false;
	take_block(t, now);
	return true;
}

static bool time_is_up(struct uicc_t1 *t, uint64_t now)
{
	bool other = t->drain;

	t->due_at = 0;
	if (t->state == UICC_T1_STORM) {
		ask(t, UICC_T1_WTX, t->wtx_factor);
		return true;
	}
	if (!t->rx_len)
		return false;
	if (whole(t) && !other) {
		take_block(t, now);
		return true;
	}
	/* not held against the reader, nor what follows: its host may have been slow */
	uicc_step(t->trace, "T=1: silence after %zu characters of a block", t->rx_len);
	t->hurt = true;
	forget_block(t);
	refuse(t, other ? UICC_T1_OTHER : UICC_T1_EDC);
	return true;
}

bool uicc_t1_step(struct uicc_t1 *t, enum uicc_t1_event event, uint8_t byte, uint64_t now)
{
	switch (event) {
	case UICC_T1_EV_RESET:
		reset(t);
		return false;
	case UICC_T1_EV_BYTE:
		return take_byte(t, byte, now);
	case UICC_T1_EV_TIME:
		return time_is_up(t, now);
	}
	return false;
}

bool uicc_t1_in_secret(const struct uicc_t1 *t)
{
	size_t before = t->apdu_len;
	uint8_t header[4];
	size_t i;

	/* in INF or EDC of an I-block, behind the header of the command */
	if (t->rx_len < 3 || t->rx[1] & 0x80 || t->drain)
		return false;
	if (before + t->rx_len - 3 < 5)
		return false;
	for (i = 0; i < 4; i++)
		header[i] = i < before ? t->apdu[i] : t->rx[3 + i - before];
	return uicc_is_secret(header);
}

bool uicc_t1_between_blocks(const struct uicc_t1 *t)
{
	return !t->rx_len;
}

void uicc_t1_hurt(struct uicc_t1 *t)
{
	t->hurt = true;
}

void uicc_t1_struck(struct uicc_t1 *t)
{
	t->hurt = true;
	t->doubt = true;
}
