// SPDX-License-Identifier: BSD-3-Clause
/* The I/O contact: pacing, delays, faults of the line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define MS	1000000ULL

void uicc_wire_init(struct uicc_wire *w, struct uicc_conn *conn, struct uicc_trace *trace,
		    struct uicc_faults *faults)
{
	memset(w, 0, sizeof(*w));
	w->conn = conn;
	w->trace = trace;
	w->faults = faults;
}

void uicc_wire_free(struct uicc_wire *w)
{
	free(w->queue);
	memset(w, 0, sizeof(*w));
}

void uicc_wire_reset(struct uicc_wire *w)
{
	w->head = w->count = 0;
	w->free_at = 0;
	w->turn = w->stopped = w->struck = false;
	w->extra_ns = 0;
	w->written_at = 0;
}

static int make_room(struct uicc_wire *w)
{
	size_t room = w->room ? 2 * w->room : 512;
	struct uicc_wire_char *q;

	if (w->head) {
		memmove(w->queue, w->queue + w->head, w->count * sizeof(*w->queue));
		w->head = 0;
		return 0;
	}
	if (room > UICC_WIRE_ROOM)
		return -ENOBUFS;
	q = realloc(w->queue, room * sizeof(*q));
	if (!q)
		return -ENOMEM;
	w->queue = q;
	w->room = room;
	return 0;
}

static int put(struct uicc_wire *w, uint8_t byte, bool echo, bool bad)
{
	int ret;

	if (w->head + w->count == w->room) {
		ret = make_room(w);
		if (ret)
			return ret;
	}
	w->queue[w->head + w->count++] = (struct uicc_wire_char){
		.at = w->free_at, .byte = byte, .echo = echo, .bad = bad,
	};
	return 0;
}

/* The line is taken for one more character. */
static void occupy(struct uicc_wire *w, uint64_t now)
{
	if (w->free_at < now)
		w->free_at = now;
	if (w->pace)
		w->free_at += w->char_ns;
}

static void strikes(struct uicc_wire *w, enum uicc_byte_fault fault, bool in, unsigned int arg)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s %u", uicc_byte_fault_name(fault), in ? "in" : "out",
		 arg);
	w->struck = true;
	uicc_fault_strikes(w->faults, text);
}

static int send_char(struct uicc_wire *w, uint8_t raw, uint64_t now)
{
	unsigned int arg = 0;
	enum uicc_byte_fault fault = uicc_byte_fault_next(&w->faults->bytes, false, &arg);
	bool bad = false;
	int ret = 0;

	if (fault)
		strikes(w, fault, false, arg);
	switch (fault) {
	case UICC_BYTE_DROP:
		occupy(w, now);
		return 0;
	case UICC_BYTE_DUPLICATE:
	case UICC_BYTE_NOISE:
		occupy(w, now);
		ret = put(w, fault == UICC_BYTE_NOISE ? arg : raw, false,
			  false);
		break;
	case UICC_BYTE_FLIP:
	case UICC_BYTE_ALTER:
		raw ^= 1U << arg;
		bad = fault == UICC_BYTE_FLIP;
		break;
	case UICC_BYTE_DELAY:
		w->free_at = (w->free_at < now ? now : w->free_at) + arg * MS;
		break;
	case UICC_BYTE_REMOVE:
		w->pulled = true;
		w->stopped = true;
		return 0;
	case UICC_BYTE_STOP:
		w->stopped = true;
		return 0;
	case UICC_BYTE_NONE:
	case UICC_BYTE_FAULT_MAX:
		break;
	}
	occupy(w, now);
	return ret ? ret : put(w, raw, false, bad);
}

int uicc_wire_send(struct uicc_wire *w, const uint8_t *raw, size_t n, uint64_t now)
{
	size_t i;
	int ret = 0;

	if (w->turn) {
		w->turn = false;
		if (w->free_at < now)
			w->free_at = now;
		w->free_at += w->delay_ns + w->extra_ns + (w->pace ? w->turn_ns : 0);
		w->extra_ns = 0;
	}
	for (i = 0; i < n && !ret && !w->stopped; i++)
		ret = send_char(w, raw[i], now);
	return ret ? ret : uicc_wire_flush(w, now);
}

void uicc_wire_rest(struct uicc_wire *w, uint64_t ns, uint64_t now)
{
	if (w->free_at < now)
		w->free_at = now;
	w->free_at += ns;
}

int uicc_wire_heard(struct uicc_wire *w, uint8_t raw, bool echo, uint64_t now)
{
	occupy(w, now);
	w->turn = true;
	return echo ? put(w, raw, true, false) : 0;
}

size_t uicc_wire_arrives(struct uicc_wire *w, uint8_t raw, uint8_t out[2])
{
	unsigned int arg = 0;
	enum uicc_byte_fault fault = uicc_byte_fault_next(&w->faults->bytes, true, &arg);

	if (fault)
		strikes(w, fault, true, arg);
	out[0] = raw;
	out[1] = raw;
	switch (fault) {
	case UICC_BYTE_DROP:
		return 0;
	case UICC_BYTE_DUPLICATE:
		return 2;
	case UICC_BYTE_NOISE:
		out[0] = arg;
		return 2;
	case UICC_BYTE_FLIP:
		/* by its parity the card knows, and does not take it for a character */
		out[0] = raw ^ 1U << arg;
		return w->parity ? 0 : 1;
	case UICC_BYTE_ALTER:
		out[0] = raw ^ 1U << arg;
		return 1;
	case UICC_BYTE_DELAY:
		w->extra_ns += arg * MS;
		return 1;
	case UICC_BYTE_REMOVE:
		w->pulled = true;
		w->stopped = true;
		return 0;
	case UICC_BYTE_STOP:
		w->stopped = true;
		return 0;
	case UICC_BYTE_NONE:
	case UICC_BYTE_FAULT_MAX:
		break;
	}
	return 1;
}

static int hand_over(struct uicc_wire *w, const struct uicc_wire_char *chars, size_t n)
{
	uint8_t buf[512];
	size_t i;

	if (w->deliver)
		return w->deliver(w->ctx, chars, n);
	if (w->conn->fd < 0)
		return 0;
	for (i = 0; i < n; i++)
		buf[i] = chars[i].byte;
	return uicc_conn_write(w->conn, buf, n);
}

int uicc_wire_flush(struct uicc_wire *w, uint64_t now)
{
	struct uicc_wire_char chars[512];
	int ret = 0;

	while (!ret && w->count && w->queue[w->head].at <= now) {
		size_t n = 0;

		while (n < sizeof(chars) / sizeof(chars[0]) && w->count && w->queue[w->head].at <= now) {
			const struct uicc_wire_char *c = &w->queue[w->head];

			if (!c->echo) {
				uicc_wire_log_byte(w->trace, false, c->byte, false);
				w->written++;
			}
			chars[n++] = *c;
			w->head++;
			w->count--;
		}
		/* not later than the reader can have them: what follows is held against this */
		w->written_at = uicc_now();
		ret = hand_over(w, chars, n);
	}
	if (!w->count)
		w->head = 0;
	return ret;
}

uint64_t uicc_wire_due(const struct uicc_wire *w)
{
	return w->count ? w->queue[w->head].at : 0;
}
