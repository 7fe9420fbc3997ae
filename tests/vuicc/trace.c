// SPDX-License-Identifier: BSD-3-Clause
/* Steps, violations, APDU trace, wire log. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "hex.h"
#include "trace.h"

/* Bytes in a line of the wire log. */
#define WIRE_COLUMNS	32
/* Violations said on stdout; the rest is counted. */
#define VIOLATIONS_SHOWN	100

static uint64_t skipped;

void uicc_skip_time(uint64_t ns)
{
	skipped += ns;
}

uint64_t uicc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return skipped + (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int open_log(FILE **f, const char *path)
{
	int ret;

	if (!path)
		return 0;
	*f = fopen(path, "we");
	if (!*f) {
		ret = -errno;
		fprintf(stderr, "vuicc: %s: %s\n", path, strerror(-ret));
		return ret;
	}
	setvbuf(*f, NULL, _IOLBF, 0);
	return 0;
}

int uicc_trace_open(struct uicc_trace *t, const char *apdu, const char *wire, bool steps)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->steps = steps;
	t->start_ns = uicc_now();
	ret = open_log(&t->apdu, apdu);
	if (!ret)
		ret = open_log(&t->wire, wire);
	if (ret)
		uicc_trace_close(t);
	return ret;
}

void uicc_trace_close(struct uicc_trace *t)
{
	uicc_wire_log_flush(t);
	if (t->apdu)
		fclose(t->apdu);
	if (t->wire)
		fclose(t->wire);
	t->apdu = NULL;
	t->wire = NULL;
}

static double stamp(const struct uicc_trace *t)
{
	return (uicc_now() - t->start_ns) / 1e9;
}

static void say(const char *what, const char *fmt, va_list ap)
{
	char line[512];

	/* one write a line, so that lines of several processes on one pipe stay whole */
	vsnprintf(line, sizeof(line), fmt, ap);
	printf("card: %s%s\n", what, line);
	fflush(stdout);
}

void uicc_step(struct uicc_trace *t, const char *fmt, ...)
{
	va_list ap;

	if (!t->steps)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void uicc_violation(struct uicc_trace *t, const char *fmt, ...)
{
	va_list ap;

	t->violations++;
	/* stdout may be a pipe that nobody empties: a flood must not stop the card */
	if (t->violations > VIOLATIONS_SHOWN)
		return;
	va_start(ap, fmt);
	say("VIOLATION ", fmt, ap);
	va_end(ap);
	if (t->violations == VIOLATIONS_SHOWN)
		uicc_step(t, "further violations are only counted");
}

bool uicc_is_secret(const uint8_t header[4])
{
	switch (header[1]) {
	case 0x20:	/* VERIFY */
	case 0x24:	/* CHANGE PIN */
	case 0x26:	/* DISABLE PIN */
	case 0x28:	/* ENABLE PIN */
	case 0x2c:	/* UNBLOCK PIN */
		return true;
	}
	return false;
}

/* " DATA", or as many asterisks. */
static void put_data(FILE *f, const uint8_t *data, size_t len, bool secret)
{
	char text[2 * 256 + 1];
	size_t i, n;

	if (len)
		fputc(' ', f);
	for (i = 0; i < len; i += n) {
		n = len - i < 256 ? len - i : 256;
		if (secret)
			fprintf(f, "%.*s", (int)(2 * n), (char *)memset(text, '*', 2 * n));
		else
			fputs(uicc_hex_format(text, sizeof(text), data + i, n), f);
	}
}

void uicc_trace_command(struct uicc_trace *t, const uint8_t header[5], const uint8_t *data,
			size_t len)
{
	char head[11];

	if (!t->apdu)
		return;
	uicc_hex_format(head, sizeof(head), header, 5);
	fprintf(t->apdu, "%12.6f > %s len=%zu", stamp(t), head, len);
	put_data(t->apdu, data, len, uicc_is_secret(header));
	fputc('\n', t->apdu);
}

void uicc_trace_response(struct uicc_trace *t, const uint8_t *data, size_t len, uint16_t sw)
{
	if (!t->apdu)
		return;
	fprintf(t->apdu, "%12.6f < len=%zu", stamp(t), len);
	put_data(t->apdu, data, len, false);
	fprintf(t->apdu, " sw=%04X\n", sw);
}

void uicc_wire_log_flush(struct uicc_trace *t)
{
	if (t->wire && t->run)
		fputc('\n', t->wire);
	t->run = 0;
}

void uicc_wire_log_byte(struct uicc_trace *t, bool from_reader, uint8_t byte, bool secret)
{
	if (!t->wire)
		return;
	if (t->run && (t->run_from_reader != from_reader || t->run == WIRE_COLUMNS))
		uicc_wire_log_flush(t);
	if (!t->run)
		fprintf(t->wire, "%12.6f %s", stamp(t), from_reader ? "reader>" : "card>  ");
	if (secret)
		fputs(" **", t->wire);
	else
		fprintf(t->wire, " %02X", byte);
	t->run_from_reader = from_reader;
	t->run++;
}

void uicc_wire_log_line(struct uicc_trace *t, const char *name, bool level)
{
	if (!t->wire)
		return;
	uicc_wire_log_flush(t);
	fprintf(t->wire, "%12.6f line    %s %d\n", stamp(t), name, level);
}

void uicc_wire_log_fault(struct uicc_trace *t, const char *what)
{
	if (!t->wire)
		return;
	uicc_wire_log_flush(t);
	fprintf(t->wire, "%12.6f fault   %s\n", stamp(t), what);
}
