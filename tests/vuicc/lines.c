// SPDX-License-Identifier: BSD-3-Clause
/* RST, VCC and presence over QEMU's qtest socket or a plain one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"

/* Output lines that select the voltage, lowest bit first */
#define VOLTAGE_LINE	4
#define VOLTAGE_MAX	3
/* Registers of a PL011: integer and fractional (1/64) part of the divisor of clock / 16 */
#define PL011_IBRD	0x24
#define PL011_FBRD	0x28
#define PL011_FBRD_MASK	0x3f

static const char *const names[UICC_LINE_MAX_NR] = {
	[UICC_LINE_RST] = "RST",
	[UICC_LINE_VCC] = "VCC",
	[UICC_LINE_PRESENT] = "PRESENT",
};

const char *uicc_line_name(enum uicc_line line)
{
	return names[line];
}

static void lost(struct uicc_lines *l)
{
	uicc_conn_close(&l->end.conn);
	memset(&l->in, 0, sizeof(l->in));
	l->voltage = 0;
	l->awaited = 0;
	l->changed(l->ctx, UICC_LINE_RST, false);
	l->changed(l->ctx, UICC_LINE_VCC, false);
}

static void tell_present(struct uicc_lines *l)
{
	char text[512];
	int n;

	if (l->tell_present)
		l->tell_present(l->ctx, l->present);
	if (l->end.conn.fd < 0)
		return;
	if (l->qtest)
		n = snprintf(text, sizeof(text), "set_irq_in %s unnamed-gpio-in %d %d\n", l->qom,
			     UICC_LINE_PRESENT, l->present);
	else
		n = snprintf(text, sizeof(text), "PRESENT %d\n", l->present);
	if (n < (int)sizeof(text) && uicc_conn_write(&l->end.conn, text, n))
		lost(l);
}

void uicc_lines_greet(struct uicc_lines *l)
{
	char text[512];
	int n;

	if (l->qtest) {
		n = snprintf(text, sizeof(text), "irq_intercept_out %s\n", l->qom);
		if (n < (int)sizeof(text) && uicc_conn_write(&l->end.conn, text, n)) {
			lost(l);
			return;
		}
	}
	tell_present(l);
}

void uicc_lines_set_present(struct uicc_lines *l, bool present)
{
	if (l->present == present)
		return;
	l->present = present;
	tell_present(l);
}

static void set_voltage(struct uicc_lines *l, unsigned int voltage)
{
	if (l->voltage == voltage)
		return;
	l->voltage = voltage;
	l->voltage_changed(l->ctx);
}

void uicc_lines_ask_rate(struct uicc_lines *l)
{
	char text[80];
	int n;

	if (!l->pl011 || !l->qtest || l->end.conn.fd < 0)
		return;
	n = snprintf(text, sizeof(text), "readl 0x%" PRIx64 "\nreadl 0x%" PRIx64 "\n",
		     l->pl011 + PL011_IBRD, l->pl011 + PL011_FBRD);
	if (uicc_conn_write(&l->end.conn, text, n)) {
		lost(l);
		return;
	}
	l->awaited += 2;
	l->wanted = true;
}

void uicc_lines_forget_rate(struct uicc_lines *l)
{
	l->wanted = false;
}

/* The value of one register: they come in the order in which they were asked for. */
static void take_register(struct uicc_lines *l, uint32_t value)
{
	uint32_t divisor;

	if (!l->awaited)
		return;
	if (--l->awaited % 2) {
		l->ibrd = value;
		return;
	}
	divisor = (l->ibrd & 0xffff) << 6 | (value & PL011_FBRD_MASK);
	if (!l->awaited && l->wanted && divisor)
		l->rate_told(l->ctx, (unsigned int)(4ULL * l->pl011_hz / divisor));
}

static bool take_qtest(struct uicc_lines *l, const char *line)
{
	int nr, used = 0;
	bool level = true;
	uint32_t value;

	if (sscanf(line, "OK 0x%" SCNx32, &value) == 1) {
		take_register(l, value);
		return true;
	}

	if (sscanf(line, "IRQ raise %d%n", &nr, &used) != 1 || !used) {
		level = false;
		if (sscanf(line, "IRQ lower %d%n", &nr, &used) != 1 || !used)
			return !strncmp(line, "OK", 2);
	}
	/* other lines of the controller are not ours */
	if (nr == UICC_LINE_RST || nr == UICC_LINE_VCC)
		l->changed(l->ctx, nr, level);
	else if (nr == VOLTAGE_LINE || nr == VOLTAGE_LINE + 1)
		set_voltage(l, level ? l->voltage | 1U << (nr - VOLTAGE_LINE) :
			    l->voltage & ~(1U << (nr - VOLTAGE_LINE)));
	return true;
}

static bool take_plain(struct uicc_lines *l, const char *line)
{
	enum uicc_line nr;
	unsigned int value;
	int used = 0;

	if (sscanf(line, "BAUD %9u%n", &value, &used) == 1 && !line[used]) {
		l->baud(l->ctx, value);
		return true;
	}
	if (sscanf(line, "VOLTAGE %1u%n", &value, &used) == 1 && !line[used] &&
	    value <= VOLTAGE_MAX) {
		set_voltage(l, value);
		return true;
	}
	for (nr = UICC_LINE_RST; nr <= UICC_LINE_VCC; nr++) {
		size_t n = strlen(names[nr]);

		if (strncmp(line, names[nr], n))
			continue;
		l->at = 0;
		if (sscanf(line + n, " %1u%n %" SCNu64 "%n", &value, &used, &l->at, &used) < 1 ||
		    value > 1 || line[n] != ' ' || line[n + used])
			return false;
		l->changed(l->ctx, nr, value);
		return true;
	}
	return false;
}

bool uicc_lines_read(struct uicc_lines *l)
{
	char line[UICC_LINE_MAX];
	int ret;

	while (l->end.conn.fd >= 0) {
		ssize_t n = uicc_conn_read(&l->end.conn, uicc_linebuf_tail(&l->in),
					   uicc_linebuf_room(&l->in));

		if (n < 0) {
			lost(l);
			return false;
		}
		if (!n)
			break;
		l->in.len += n;
		while ((ret = uicc_linebuf_next(&l->in, line))) {
			if (ret < 0)
				l->complain(l->ctx, "(a line too long)");
			else if (!(l->qtest ? take_qtest(l, line) : take_plain(l, line)))
				l->complain(l->ctx, line);
		}
	}
	return true;
}
