// SPDX-License-Identifier: BSD-3-Clause
/*
 * The line discipline on a pseudo terminal whose other side is this program: what it
 * refuses, how it sets the line, which rates it takes, and how it goes away.
 */
#include <asm/termbits.h>
#include <poll.h>

#include "line.h"

static const struct iso7816_ldisc_attach usual = { .reset = ISO7816_LDISC_RESET_BAUD0 };

static int line_open(struct line *l)
{
	char name[64];

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->tty = -1;
	l->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (l->master < 0 || grantpt(l->master) || unlockpt(l->master) ||
	    ptsname_r(l->master, name, sizeof(name)))
		return -errno;
	l->tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (l->tty < 0)
		return -errno;
	return line_discipline(l);
}

/* Attaching fails so. */
static enum ktap_result refused(const struct iso7816_ldisc_attach *wiring, int error)
{
	struct line l;
	int ret;

	CHECK_EQ(line_open(&l), 0);
	ret = line_attach(&l, wiring);
	line_close(&l);
	CHECK_EQ(ret, error);
	return KTAP_PASS;
}

static enum ktap_result wrong_wiring(void)
{
	struct iso7816_ldisc_attach w = usual;

	w.reset = 0;
	CHECK_PASS(refused(&w, -EINVAL));
	w.reset = ISO7816_LDISC_RESET_BAUD0 + 1;
	CHECK_PASS(refused(&w, -EINVAL));
	w = usual;
	w.detect = ISO7816_LDISC_DETECT_RI + 1;
	CHECK_PASS(refused(&w, -EINVAL));
	w = usual;
	w.flags = ISO7816_LDISC_INVERT_RESET;
	CHECK_PASS(refused(&w, -EINVAL));
	w.flags = 1U << 31;
	CHECK_PASS(refused(&w, -EINVAL));
	w = usual;
	w.reserved[1] = 1;
	CHECK_PASS(refused(&w, -EINVAL));
	w = usual;
	w.clock_hz = 999999;
	CHECK_PASS(refused(&w, -EINVAL));
	/* a pty has no modem lines */
	w = usual;
	w.reset = ISO7816_LDISC_RESET_RTS;
	CHECK_PASS(refused(&w, -EOPNOTSUPP));
	w = usual;
	w.detect = ISO7816_LDISC_DETECT_CTS;
	return refused(&w, -EOPNOTSUPP);
}

static enum ktap_result twice(void)
{
	struct iso7816_ldisc_attach again = usual;
	struct iso7816_info info = { 0 };
	struct line l;

	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(ioctl(l.tty, ISO7816_IOC_POWER_OFF), -1);
	CHECK_EQ(errno, ENOTTY);
	CHECK_EQ(line_attach(&l, &usual), 0);
	CHECK(ioctl(l.tty, ISO7816_LDISC_ATTACH, &again) < 0 && errno == EBUSY, "%d", errno);
	CHECK_EQ(l.wiring.clock_hz, 3571200);
	CHECK_EQ(reader_ioctl(l.fd, ISO7816_IOC_GET_INFO, &info), 0);
	CHECK_EQ(info.phy_caps, ISO7816_PHY_CHAR_ERRORS | ISO7816_PHY_STOP_BITS);
	CHECK_EQ(info.features & ISO7816_FEATURE_PRESENCE, 0);
	line_close(&l);
	return KTAP_PASS;
}

/* The settings of the line, and RST as its rate */
static enum ktap_result settings(void)
{
	struct termios2 t;
	struct line l;

	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(line_attach(&l, &usual), 0);
	CHECK_EQ(ioctl(l.master, TCGETS2, &t), 0);
	CHECK_EQ(t.c_ospeed, 0);
	CHECK_EQ(power_on(l.fd, NULL), -ETIMEDOUT);
	/* it has been up, and is down again */
	CHECK_EQ(ioctl(l.master, TCGETS2, &t), 0);
	CHECK_EQ(t.c_ospeed, 0);
	CHECK_EQ(t.c_cflag & (CSTOPB | CRTSCTS | PARODD), CSTOPB);
	CHECK_EQ(t.c_lflag & (ICANON | ECHO | ISIG), 0);
	CHECK_EQ(t.c_oflag, 0);
	line_close(&l);
	return KTAP_PASS;
}

/* A UART of 28800 / n has 9600, one of 14000 / n has nothing within 2 % of it */
static enum ktap_result rates(void)
{
	struct iso7816_ldisc_attach w = usual;
	struct line l;

	w.base_baud = 28800;
	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(line_attach(&l, &w), 0);
	CHECK_EQ(power_on(l.fd, NULL), -ETIMEDOUT);
	line_close(&l);
	w.base_baud = 14000;
	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(line_attach(&l, &w), 0);
	CHECK_EQ(power_on(l.fd, NULL), -ERANGE);
	line_close(&l);
	return KTAP_PASS;
}

static enum ktap_result gone(struct line *l)
{
	CHECK(poll_for(l->fd, POLLHUP, 2000) & POLLHUP, "no POLLHUP");
	CHECK_EQ(event_of(l->fd, ISO7816_EVENT_READER_GONE, NULL), 0);
	CHECK_EQ(sw_of(l->fd, "80F2000C00"), -ENODEV);
	line_close(l);
	return KTAP_PASS;
}

static enum ktap_result hangup(void)
{
	struct line l;

	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(line_attach(&l, &usual), 0);
	close(l.master);
	l.master = -1;
	CHECK(poll_for(l.tty, POLLHUP, 2000) & POLLHUP, "the tty does not tell");
	return gone(&l);
}

static enum ktap_result other_discipline(void)
{
	int none = 0;
	struct line l;

	CHECK_EQ(line_open(&l), 0);
	CHECK_EQ(line_attach(&l, &usual), 0);
	CHECK_EQ(ioctl(l.tty, TIOCSETD, &none), 0);
	return gone(&l);
}

static const struct ktap_test tests[] = {
	{ "wiring that makes no sense, or that the tty has not", wrong_wiring },
	{ "a tty has one reader", twice },
	{ "raw, two stop bits, a rate of 0 for RST low", settings },
	{ "a rate more than 2 % off is refused", rates },
	{ "hangup: the reader is gone", hangup },
	{ "another discipline: the reader is gone", other_discipline },
};

KTAP_MAIN(tests)
