/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The I/O contact: when a character of the card leaves, and what faults of the line do to it.
 * Characters are put in a queue with the time at which they are over; without pacing
 * and delays that is at once.  A character of the reader begins when it is read from the socket.
 */
#ifndef VUICC_WIRE_H
#define VUICC_WIRE_H

#include "fault.h"
#include "sock.h"
#include "trace.h"

/* Characters that may wait; more than this is a reader that does not read. */
#define UICC_WIRE_ROOM	(128 * 1024)

struct uicc_wire_char {
	uint64_t at;		/* not before this time */
	uint8_t byte;
	bool echo;
	bool bad;		/* its parity is wrong */
};

struct uicc_wire {
	struct uicc_conn *conn;
	/* in place of the socket, if set: 0 or -errno */
	int (*deliver)(void *ctx, const struct uicc_wire_char *chars, size_t n);
	void *ctx;
	bool parity;		/* the line tells of parity errors, to both sides */
	struct uicc_trace *trace;
	struct uicc_faults *faults;
	/* the rate in force */
	bool pace;
	uint64_t char_ns;	/* a character with its guard time */
	uint64_t turn_ns;	/* what the turn to the card costs on top of that */
	uint64_t delay_ns;	/* before each answer */
	/* the line */
	uint64_t free_at;	/* when the last character is over */
	bool turn;		/* the reader has sent since the card did */
	bool stopped;		/* fault: nothing more from the card until the reset */
	bool pulled;		/* fault: the card is to be removed */
	bool struck;		/* a fault struck since the reset */
	uint64_t extra_ns;	/* fault: the next answer is later by this */
	uint64_t written_at;	/* the last character left, or later */
	uint64_t written;	/* characters given to the reader, echo not counted */
	/* what waits */
	struct uicc_wire_char *queue;
	size_t head, count, room;
};

void uicc_wire_init(struct uicc_wire *w, struct uicc_conn *conn, struct uicc_trace *trace,
		    struct uicc_faults *faults);
void uicc_wire_free(struct uicc_wire *w);
/* Drops what waits; the line is idle. */
void uicc_wire_reset(struct uicc_wire *w);
/* The card sends: line characters, convention already applied. 0 or -errno. */
int uicc_wire_send(struct uicc_wire *w, const uint8_t *raw, size_t n, uint64_t now);
/* The card lets the line rest for so long before it goes on. */
void uicc_wire_rest(struct uicc_wire *w, uint64_t ns, uint64_t now);
/* A character from the reader takes its time on the line, and comes back if echo is set. */
int uicc_wire_heard(struct uicc_wire *w, uint8_t raw, bool echo, uint64_t now);
/*
 * What a fault makes of a character from the reader: the characters that arrive at the card, in
 * out; returns how many, 0 to 2.
 */
size_t uicc_wire_arrives(struct uicc_wire *w, uint8_t raw, uint8_t out[2]);
/* Sends what is due by now. 0 or -errno. */
int uicc_wire_flush(struct uicc_wire *w, uint64_t now);
/* When something is due next, 0 = nothing waits. */
uint64_t uicc_wire_due(const struct uicc_wire *w);

#endif /* VUICC_WIRE_H */
