// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc attach: puts the line discipline of the driver on a serial line, so that the
 * reader on it becomes /dev/iso7816-N, and takes it away in the end.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/iso7816_ldisc.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ctl/ctl.h"

static const char usage[] =
	"Usage: dmsc [--json] attach [OPTION]... TTY\n"
	"Makes the smart card reader on a serial line (Phoenix, Smartmouse) known to the driver,\n"
	"prints its name (iso7816-N), and keeps it until a signal or until the line hangs up. Needs\n"
	"no dmscd; needs the module iso7816-ldisc and the right to administer the system.\n\n"
	"  -r, --reset=LINE    what drives RST: rts (the default), dtr, or baud0 for lines without\n"
	"                      these: a rate of 0 holds the card in reset. Line on: card in reset\n"
	"  -R, --invert-reset  line on: card runs\n"
	"  -d, --detect=LINE   what tells of a card: none (the default: always there), cts, dsr,\n"
	"                      dcd, ri. Line on: card in\n"
	"  -D, --invert-detect line off: card in\n"
	"  -e, --echo          the line hears itself, as most readers with one I/O line\n"
	"  -c, --clock=HZ      clock that the reader gives the card, 1000000 to 5000000\n"
	"                      (default 3571200; Phoenix readers have 3579545 or 6 MHz halved)\n"
	"  -m, --max-baud=N    no faster than N bit/s\n"
	"  -b, --base-baud=N   the UART has only rates that are N divided by an integer; 0: it has\n"
	"                      any (default: what the kernel says of a 16550 or its like)\n"
	"  -h, --help          show this text\n";

struct attach_options {
	bool json;
	const char *tty;
	struct iso7816_ldisc_attach wiring;
	bool base_given;
};

struct word {
	const char *name;
	uint32_t value;
};

static const struct word resets[] = {
	{ "rts", ISO7816_LDISC_RESET_RTS }, { "dtr", ISO7816_LDISC_RESET_DTR },
	{ "baud0", ISO7816_LDISC_RESET_BAUD0 }, { NULL, 0 },
};

static const struct word detects[] = {
	{ "none", ISO7816_LDISC_DETECT_NONE }, { "cts", ISO7816_LDISC_DETECT_CTS },
	{ "dsr", ISO7816_LDISC_DETECT_DSR }, { "dcd", ISO7816_LDISC_DETECT_DCD },
	{ "ri", ISO7816_LDISC_DETECT_RI }, { NULL, 0 },
};

static bool find_word(const struct word *words, const char *what, const char *text,
		      uint32_t *value)
{
	for (; words->name; words++)
		if (!strcmp(words->name, text)) {
			*value = words->value;
			return true;
		}
	fprintf(stderr, "dmsc attach: --%s: \"%s\" is none of the choices\n", what, text);
	return false;
}

static bool take_option(struct attach_options *o, int c)
{
	struct iso7816_ldisc_attach *w = &o->wiring;
	long n;

	switch (c) {
	case 'r': return find_word(resets, "reset", optarg, &w->reset);
	case 'd': return find_word(detects, "detect", optarg, &w->detect);
	case 'R': w->flags |= ISO7816_LDISC_INVERT_RESET; return true;
	case 'D': w->flags |= ISO7816_LDISC_INVERT_DETECT; return true;
	case 'e': w->flags |= ISO7816_LDISC_ECHO; return true;
	case 'c':
		if (!ctl_number("--clock", optarg, 1000000, 5000000, &n))
			return false;
		w->clock_hz = n;
		return true;
	case 'm':
		if (!ctl_number("--max-baud", optarg, 1, 100000000, &n))
			return false;
		w->max_baud = n;
		return true;
	case 'b':
		if (!ctl_number("--base-baud", optarg, 0, 1000000000, &n))
			return false;
		w->base_baud = n;
		o->base_given = true;
		return true;
	default:
		return false;
	}
}

/* CTL_OK, or an exit status if that was all. */
static int parse(struct attach_options *o, int argc, char **argv, bool *done)
{
	static const struct option longs[] = {
		{ "reset", required_argument, NULL, 'r' },
		{ "invert-reset", no_argument, NULL, 'R' },
		{ "detect", required_argument, NULL, 'd' },
		{ "invert-detect", no_argument, NULL, 'D' },
		{ "echo", no_argument, NULL, 'e' },
		{ "clock", required_argument, NULL, 'c' },
		{ "max-baud", required_argument, NULL, 'm' },
		{ "base-baud", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	*done = true;
	while ((c = getopt_long(argc, argv, "r:Rd:Dec:m:b:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return CTL_OK;
		}
		if (!take_option(o, c)) {
			if (c == '?')
				fputs(usage, stderr);
			return CTL_USAGE;
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	if (o->wiring.reset == ISO7816_LDISC_RESET_BAUD0 &&
	    o->wiring.flags & ISO7816_LDISC_INVERT_RESET) {
		fputs("dmsc attach: --invert-reset makes no sense with --reset=baud0\n", stderr);
		return CTL_USAGE;
	}
	o->tty = argv[optind];
	*done = false;
	return CTL_OK;
}

/* A 16550 takes any rate and has the nearest that its divisor makes. */
static uint32_t base_baud_of(int fd)
{
	struct serial_struct s;

	memset(&s, 0, sizeof(s));
	if (ioctl(fd, TIOCGSERIAL, &s) || s.baud_base <= 0)
		return 0;
	return s.type >= PORT_8250 && s.type <= PORT_16850 ? s.baud_base : 0;
}

static int complain(const struct attach_options *o, const char *what)
{
	fprintf(stderr, "dmsc attach: %s: %s: %s\n", o->tty, what, strerror(errno));
	return CTL_FAILED;
}

static int set_discipline(const struct attach_options *o, int fd)
{
	int number = ISO7816_LDISC_NR;

	if (!ioctl(fd, TIOCSETD, &number))
		return CTL_OK;
	if (errno == EINVAL || errno == EAGAIN)
		fprintf(stderr, "dmsc attach: the kernel has no line discipline %d: is the module iso7816-ldisc loaded?\n",
			number);
	else if (errno == EPERM)
		fprintf(stderr, "dmsc attach: %s: only an administrator may make readers\n", o->tty);
	else
		complain(o, "line discipline");
	return CTL_FAILED;
}

static void announce(const struct attach_options *o)
{
	struct json_object *j;

	if (!o->json) {
		printf("%s\n", o->wiring.name);
		fflush(stdout);
		return;
	}
	j = json_object_new_object();
	json_object_object_add(j, "reader", json_object_new_string(o->wiring.name));
	json_object_object_add(j, "tty", json_object_new_string(o->tty));
	json_object_object_add(j, "clock_hz", json_object_new_int64(o->wiring.clock_hz));
	json_object_object_add(j, "base_baud", json_object_new_int64(o->wiring.base_baud));
	ctl_print_json(j);
	fflush(stdout);
	json_object_put(j);
}

/* Until a signal (CTL_OK) or the end of the line. */
static int wait_for_end(const struct attach_options *o, int fd, int signals)
{
	struct pollfd p[2] = { { .fd = fd }, { .fd = signals, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return complain(o, "poll");
		if (p[1].revents)
			return CTL_OK;
		if (p[0].revents) {
			fprintf(stderr, "dmsc attach: %s: the line hung up\n", o->tty);
			return CTL_FAILED;
		}
	}
}

static int attach(struct attach_options *o, int fd, int signals)
{
	int ret, none = 0;

	if (!o->base_given)
		o->wiring.base_baud = base_baud_of(fd);
	ret = set_discipline(o, fd);
	if (ret)
		return ret;
	if (ioctl(fd, ISO7816_LDISC_ATTACH, &o->wiring)) {
		if (errno == EOPNOTSUPP)
			fprintf(stderr, "dmsc attach: %s has no modem lines: use --reset=baud0 and no --detect\n",
				o->tty);
		else
			complain(o, "attach");
		ret = CTL_FAILED;
	} else {
		announce(o);
		ret = wait_for_end(o, fd, signals);
	}
	/* N_TTY; after a hangup that is so already */
	ioctl(fd, TIOCSETD, &none);
	return ret;
}

static int run(const struct ctl_options *ctl, int argc, char **argv)
{
	struct attach_options o = {
		.json = ctl->json,
		.wiring = { .reset = ISO7816_LDISC_RESET_RTS },
	};
	struct termios2 before;
	int fd, signals, ret;
	sigset_t set;
	bool done;

	ret = parse(&o, argc, argv, &done);
	if (done)
		return ret;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	/* without carrier a tty would not open */
	fd = open(o.tty, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || signals < 0) {
		ret = complain(&o, "open");
	} else if (ioctl(fd, TCGETS2, &before)) {
		ret = complain(&o, "not a terminal line");
	} else if (ioctl(fd, TIOCEXCL)) {
		ret = complain(&o, "in use");
	} else {
		ret = attach(&o, fd, signals);
		ioctl(fd, TCSETS2, &before);
		ioctl(fd, TIOCNXCL);
	}
	if (fd >= 0)
		close(fd);
	if (signals >= 0)
		close(signals);
	return ret;
}

const struct ctl_command cmd_attach = {
	"attach", "make the reader on a serial line known to the driver", run,
};
