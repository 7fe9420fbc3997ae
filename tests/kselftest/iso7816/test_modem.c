// SPDX-License-Identifier: BSD-3-Clause
/*
 * The line discipline on a UART with modem lines: RST on RTS or DTR, presence on CTS,
 * DSR, DCD or RI, each as it is and inverted.  The UART is in its loopback mode, where
 * an output is the input of another name (16550: RTS is CTS, DTR is DSR, OUT1 is RI,
 * OUT2 is DCD), so that this program sees what the driver drives, and the reverse.
 *
 * DMSC_MODEM	such a UART, which nobody else uses (default: /dev/ttyS1)
 */
#include <stdatomic.h>

#include "line.h"

/* The kernel's <asm/termios.h>, which cannot be had beside <sys/ioctl.h> */
#ifndef TIOCM_LOOP
#define TIOCM_OUT1	0x2000
#define TIOCM_OUT2	0x4000
#define TIOCM_LOOP	0x8000
#endif

/* An output, and what is seen of it */
struct modem_line {
	int out, in;
};

static const struct modem_line rts = { TIOCM_RTS, TIOCM_CTS };
static const struct modem_line dtr = { TIOCM_DTR, TIOCM_DSR };
static const struct modem_line out1 = { TIOCM_OUT1, TIOCM_RNG };
static const struct modem_line out2 = { TIOCM_OUT2, TIOCM_CAR };

static int line_open(struct line *l)
{
	const char *name = getenv("DMSC_MODEM");
	int loop = TIOCM_LOOP;

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->master = -1;
	l->tty = open(name ? name : "/dev/ttyS1", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->tty < 0 || ioctl(l->tty, TIOCMBIS, &loop)) {
		printf("1..0 # SKIP no UART with modem lines\n");
		exit(KTAP_SKIP);
	}
	return line_discipline(l);
}

static int drive(const struct line *l, const struct modem_line *which, bool on)
{
	return ioctl(l->tty, on ? TIOCMBIS : TIOCMBIC, &which->out) ? -errno : 0;
}

/* Is it on? -errno if that cannot be said */
static int seen(const struct line *l, const struct modem_line *which)
{
	int bits;

	return ioctl(l->tty, TIOCMGET, &bits) ? -errno : !!(bits & which->in);
}

/* ------------------------------------------------------------------- RST */

struct watch {
	const struct line *l;
	const struct modem_line *rst;
	int high;			/* level of the line at which RST is H */
	atomic_bool stop;
	atomic_uint times_high;
};

static void *watch_rst(void *arg)
{
	struct watch *w = arg;

	while (!w->stop) {
		if (seen(w->l, w->rst) == w->high)
			w->times_high++;
		sleep_ms(1);
	}
	return NULL;
}

/* There is no card: RST goes up for an ATR that does not come, and down again. */
static enum ktap_result reset_line(unsigned int number, const struct modem_line *rst,
				   bool inverted)
{
	struct iso7816_ldisc_attach wiring = {
		.reset = number,
		.flags = inverted ? ISO7816_LDISC_INVERT_RESET : 0,
	};
	struct watch w = { .rst = rst, .high = inverted };
	pthread_t thread;
	struct line l;
	int ret;

	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(drive(&l, rst, inverted), 0);
	CHECK_EQ(line_attach(&l, &wiring), 0);
	CHECK_EQ(seen(&l, rst), !inverted);
	w.l = &l;
	CHECK_EQ(pthread_create(&thread, NULL, watch_rst, &w), 0);
	ret = power_on(l.fd, NULL);
	w.stop = true;
	pthread_join(thread, NULL);
	CHECK_EQ(ret, -ETIMEDOUT);
	CHECK(w.times_high, "RST was never H");
	CHECK_EQ(seen(&l, rst), !inverted);
	line_close(&l);
	return KTAP_PASS;
}

static enum ktap_result reset_rts(void)
{
	return reset_line(ISO7816_LDISC_RESET_RTS, &rts, false);
}

static enum ktap_result reset_rts_inverted(void)
{
	return reset_line(ISO7816_LDISC_RESET_RTS, &rts, true);
}

static enum ktap_result reset_dtr(void)
{
	return reset_line(ISO7816_LDISC_RESET_DTR, &dtr, false);
}

static enum ktap_result reset_dtr_inverted(void)
{
	return reset_line(ISO7816_LDISC_RESET_DTR, &dtr, true);
}

/* -------------------------------------------------------------- presence */

static enum ktap_result comes_and_goes(struct line *l, const struct modem_line *detect,
				       bool inverted)
{
	int i;

	CHECK_EQ(card_state(l->fd), ISO7816_STATE_ABSENT);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(drive(l, detect, !inverted), 0);
		CHECK_EQ(event_of(l->fd, ISO7816_EVENT_CARD_INSERTED, NULL), 0);
		CHECK_EQ(card_state(l->fd), ISO7816_STATE_PRESENT);
		CHECK_EQ(drive(l, detect, inverted), 0);
		CHECK_EQ(event_of(l->fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
		CHECK_EQ(card_state(l->fd), ISO7816_STATE_ABSENT);
	}
	CHECK_EQ(power_on(l->fd, NULL), -ENOMEDIUM);
	return KTAP_PASS;
}

static enum ktap_result detect_line(unsigned int number, const struct modem_line *detect)
{
	struct iso7816_ldisc_attach wiring = {
		/* the line that is looked at must not be driven by the driver */
		.reset = detect == &rts ? ISO7816_LDISC_RESET_DTR : ISO7816_LDISC_RESET_RTS,
		.detect = number,
	};
	struct iso7816_info info = { 0 };
	struct line l;
	int inverted;

	for (inverted = 0; inverted < 2; inverted++) {
		wiring.flags = inverted ? ISO7816_LDISC_INVERT_DETECT : 0;
		CHECK_EQ(line_open(&l), 0);
		CHECK_EQ(drive(&l, detect, inverted), 0);
		CHECK_EQ(line_attach(&l, &wiring), 0);
		CHECK_EQ(reader_ioctl(l.fd, ISO7816_IOC_GET_INFO, &info), 0);
		CHECK(info.features & ISO7816_FEATURE_PRESENCE, "no presence");
		CHECK_PASS(comes_and_goes(&l, detect, inverted));
		line_close(&l);
	}
	return KTAP_PASS;
}

static enum ktap_result detect_cts(void)
{
	return detect_line(ISO7816_LDISC_DETECT_CTS, &rts);
}

static enum ktap_result detect_dsr(void)
{
	return detect_line(ISO7816_LDISC_DETECT_DSR, &dtr);
}

static enum ktap_result detect_dcd(void)
{
	return detect_line(ISO7816_LDISC_DETECT_DCD, &out2);
}

static enum ktap_result detect_ri(void)
{
	return detect_line(ISO7816_LDISC_DETECT_RI, &out1);
}

static const struct ktap_test tests[] = {
	{ "RST on RTS, on = L", reset_rts },
	{ "RST on RTS, inverted", reset_rts_inverted },
	{ "RST on DTR, on = L", reset_dtr },
	{ "RST on DTR, inverted", reset_dtr_inverted },
	{ "a card told of by CTS, and by its absence", detect_cts },
	{ "a card told of by DSR, and by its absence", detect_dsr },
	{ "a card told of by DCD, and by its absence", detect_dcd },
	{ "a card told of by RI, and by its absence", detect_ri },
};

KTAP_MAIN(tests)
