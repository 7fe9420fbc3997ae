/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the card tells: steps and violations on stdout, one line per command and response in the
 * APDU trace, every byte and line change in the wire log.  PINs are masked
 * in both.
 */
#ifndef VUICC_TRACE_H
#define VUICC_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct uicc_trace {
	bool steps;			/* step lines wanted */
	FILE *apdu;
	FILE *wire;
	uint64_t start_ns;
	unsigned int violations;
	unsigned int run;		/* bytes in the wire log's current line */
	bool run_from_reader;
};

/* Monotonic time in ns. */
uint64_t uicc_now(void);
/* Lets it jump ahead, for those who test the card and have no time to wait. */
void uicc_skip_time(uint64_t ns);

/* Opens the files (NULL = none). 0 or -errno, said on stderr. */
int uicc_trace_open(struct uicc_trace *t, const char *apdu, const char *wire, bool steps);
void uicc_trace_close(struct uicc_trace *t);

/* "card: ..." on stdout. */
void uicc_step(struct uicc_trace *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "card: VIOLATION ..." on stdout, and counted. */
void uicc_violation(struct uicc_trace *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Does the command carry a PIN? */
bool uicc_is_secret(const uint8_t header[4]);
void uicc_trace_command(struct uicc_trace *t, const uint8_t header[5], const uint8_t *data,
			size_t len);
void uicc_trace_response(struct uicc_trace *t, const uint8_t *data, size_t len, uint16_t sw);

void uicc_wire_log_byte(struct uicc_trace *t, bool from_reader, uint8_t byte, bool secret);
void uicc_wire_log_line(struct uicc_trace *t, const char *name, bool level);
void uicc_wire_log_fault(struct uicc_trace *t, const char *what);
/* Ends the current line; called whenever the card goes to sleep. */
void uicc_wire_log_flush(struct uicc_trace *t);

#endif /* VUICC_TRACE_H */
