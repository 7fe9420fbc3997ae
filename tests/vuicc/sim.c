// SPDX-License-Identifier: BSD-3-Clause
/*
 * Behind a virtual reader of the driver: all that the reader does at the contacts comes as
 * records, in order and with its time, so that what it does is checked exactly.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/iso7816.h>
#include <linux/iso7816_sim.h>

#include "card.h"

/* Records moved at once */
#define BATCH		64
#define CLASS_ANY	0x80

/* ------------------------------------------------------------ the set-up */

static const struct {
	const char *word;
	uint64_t caps;
	uint32_t flags;
} words[] = {
	{ "parity", ISO7816_PHY_CHAR_ERRORS, 0 },
	{ "stop-bits", ISO7816_PHY_STOP_BITS, 0 },
	{ "echo", ISO7816_PHY_ECHO, 0 },
	{ "clock", ISO7816_PHY_CLOCK, 0 },
	{ "presence", 0, ISO7816_SIM_PRESENCE },
	{ "vcc", 0, ISO7816_SIM_VCC },
	{ "pace", 0, ISO7816_SIM_PACE },
};

static bool set_flag(struct iso7816_sim_setup *s, const char *word)
{
	bool on = strncmp(word, "no-", 3);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, on ? word : word + 3))
			continue;
		s->caps = on ? s->caps | words[i].caps : s->caps & ~words[i].caps;
		s->flags = on ? s->flags | words[i].flags : s->flags & ~words[i].flags;
		return true;
	}
	return false;
}

static bool set_value(struct iso7816_sim_setup *s, const char *word, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (!strcmp(word, "classes")) {
		s->classes = uicc_classes_parse(value);
		return s->classes || !strcmp(value, "0");
	}
	if (!*value || *end || n > INT32_MAX || n < INT32_MIN)
		return false;
	if (!strcmp(word, "error-ppm"))
		s->error_ppm = n;
	else if (!strcmp(word, "max-baud"))
		s->max_baud = n;
	else if (!strcmp(word, "divisor"))
		s->divisor_hz = n;
	else
		return false;
	return true;
}

bool uicc_sim_parse(struct uicc_options *o, const char *text)
{
	char copy[256], *word, *save = NULL;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (value ? !set_value(&o->sim_setup, word, value) :
			    !set_flag(&o->sim_setup, word))
			return false;
	}
	return true;
}

/* ---------------------------------------------------- from the reader */

static unsigned int voltage_of(uint32_t class)
{
	switch (class) {
	case ISO7816_CLASS_C:
		return 1;
	case ISO7816_CLASS_B:
		return 2;
	case ISO7816_CLASS_A:
		return 3;
	default:
		return 0;
	}
}

static void power(struct uicc *u, uint32_t class)
{
	unsigned int voltage = voltage_of(class);

	/* one that is switched off keeps its voltage for the next time */
	if (class && voltage != u->lines.voltage) {
		u->lines.voltage = voltage;
		uicc_voltage_changed(u);
	}
	if (!class && u->port.has_clk && u->port.clk)
		uicc_violation(&u->trace, "VCC switched off while CLK runs");
	uicc_line_changed(u, UICC_LINE_VCC, class);
}

static void clock_changed(struct uicc *u, bool on, uint64_t at)
{
	u->port.clk = on;
	u->port.clk_at = at;
	if (!u->vcc)
		uicc_violation(&u->trace, "CLK %s without VCC", on ? "started" : "stopped");
	if (u->rst)
		uicc_violation(&u->trace, "CLK %s while RST is high", on ? "started" : "stopped");
}

static void reset(struct uicc *u, bool level, uint64_t at)
{
	u->lines.at = at;
	if (level && u->port.has_clk)
		uicc_check_clock(u, at);
	uicc_line_changed(u, UICC_LINE_RST, level);
}

/* A character at the card: with an error in its parity it is none. */
static void character(struct uicc *u, const struct iso7816_sim_record *r)
{
	bool odd = r->flags & ISO7816_SIM_ODD;
	uint8_t raw = r->value;

	u->port.odd = odd;
	if (u->link.state != UICC_LINK_OFF && odd != (u->conv == ISO7816_CONV_INVERSE)) {
		uicc_violation(&u->trace, "character of the wrong parity");
		return;
	}
	uicc_check_char(u, r->time_ns);
	uicc_take(u, &raw, 1);
}

static void take(struct uicc *u, const struct iso7816_sim_record *r)
{
	switch (r->type) {
	case ISO7816_SIM_CHAR:
		character(u, r);
		break;
	case ISO7816_SIM_POWER:
		power(u, r->value);
		break;
	case ISO7816_SIM_CLOCK:
		clock_changed(u, r->value, r->time_ns);
		break;
	case ISO7816_SIM_RESET:
		reset(u, r->value, r->time_ns);
		break;
	case ISO7816_SIM_LINE:
		u->port.odd = r->flags & ISO7816_SIM_ODD;
		u->link.baud = r->value;
		break;
	default:
		uicc_step(&u->trace, "reader: record of unknown type %u", r->type);
		break;
	}
}

static bool sim_serve(struct uicc *u)
{
	struct iso7816_sim_record records[BATCH];
	ssize_t i, n;

	while ((n = read(u->port.fd, records, sizeof(records))) > 0) {
		n /= sizeof(records[0]);
		for (i = 0; i < n; i++)
			take(u, &records[i]);
		explicit_bzero(records, sizeof(records));
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* ------------------------------------------------------ to the reader */

static int put(struct uicc *u, const struct iso7816_sim_record *records, size_t n)
{
	while (n) {
		ssize_t done = write(u->port.fd, records, n * sizeof(*records));

		if (done < 0)
			return -errno;
		records += done / sizeof(*records);
		n -= done / sizeof(*records);
	}
	return 0;
}

static int sim_deliver(struct uicc *u, const struct uicc_wire_char *chars, size_t n)
{
	bool odd = u->conv == ISO7816_CONV_INVERSE;
	struct iso7816_sim_record records[BATCH];
	size_t i, k = 0;
	int ret = 0;

	memset(records, 0, sizeof(records));
	for (i = 0; i < n && !ret; i++) {
		bool parity = chars[i].echo ? u->port.odd : odd;

		records[k].type = ISO7816_SIM_CHAR;
		records[k].flags = parity != chars[i].bad ? ISO7816_SIM_ODD : 0;
		records[k].value = chars[i].byte;
		if (++k == BATCH || i + 1 == n) {
			ret = put(u, records, k);
			k = 0;
		}
	}
	return ret;
}

static void sim_present(struct uicc *u, bool present)
{
	struct iso7816_sim_record r = { .type = ISO7816_SIM_CARD, .value = present };

	if (put(u, &r, 1))
		u->quit = true;
}

static void sim_close(struct uicc *u)
{
	close(u->port.fd);
	u->port.clk = false;
}

static int sim_open(struct uicc *u)
{
	struct iso7816_sim_setup setup = u->opt->sim_setup;
	int ret, fd = open(u->opt->sim, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	setup.clock_hz = u->opt->clock_hz;
	if (u->opt->echo)
		setup.caps |= ISO7816_PHY_ECHO;
	if (u->lines.present)
		setup.flags |= ISO7816_SIM_CARD_IN;
	if (fd < 0 || ioctl(fd, ISO7816_SIM_IOC_SETUP, &setup)) {
		ret = -errno;
		fprintf(stderr, "vuicc: %s: %s\n", u->opt->sim, strerror(-ret));
		if (fd >= 0)
			close(fd);
		return ret;
	}
	u->port.fd = fd;
	u->port.has_clk = setup.caps & ISO7816_PHY_CLOCK;
	u->wire.parity = setup.caps & ISO7816_PHY_CHAR_ERRORS;
	printf("reader: %s\n", setup.name);
	fflush(stdout);
	return 0;
}

const struct uicc_port_ops uicc_sim_ops = {
	.open = sim_open,
	.serve = sim_serve,
	.deliver = sim_deliver,
	.present = sim_present,
	.close = sim_close,
};
