// SPDX-License-Identifier: BSD-3-Clause
/* Life of the process: opens the sockets, runs the poll loop, closes them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "card.h"

enum slot {
	SLOT_LINES,
	SLOT_UART,
	SLOT_SIGNAL,
	SLOT_CONTROL,
	SLOT_PEER,
	SLOTS = SLOT_PEER + UICC_CONTROL_PEERS,
};

static void complain(void *ctx, const char *text)
{
	struct uicc *u = ctx;

	uicc_step(&u->trace, "line socket: not understood: %s", text);
}

static void baud(void *ctx, unsigned int rate)
{
	struct uicc *u = ctx;

	u->link.baud = rate;
}

static void fault_strikes(void *ctx, const char *what)
{
	struct uicc *u = ctx;

	uicc_wire_log_fault(&u->trace, what);
	uicc_step(&u->trace, "fault %s shown", what);
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "vuicc: %s: %s\n", what, strerror(-err));
	return err;
}

static int deliver(void *ctx, const struct uicc_wire_char *chars, size_t n)
{
	struct uicc *u = ctx;

	return u->port.fd < 0 ? 0 : u->port.ops->deliver(u, chars, n);
}

static void tell_present(void *ctx, bool present)
{
	struct uicc *u = ctx;

	if (u->port.fd >= 0)
		u->port.ops->present(u, present);
}

/* A reader in this machine instead of sockets. */
static int open_port(struct uicc *u)
{
	u->port.ops = u->opt->pty ? &uicc_pty_ops : &uicc_sim_ops;
	u->port.fd = -1;
	u->wire.deliver = deliver;
	u->wire.ctx = u;
	u->lines.tell_present = tell_present;
	return u->port.ops->open(u);
}

void uicc_unplug(struct uicc *u)
{
	u->port.ops->close(u);
	u->port.fd = -1;
	uicc_line_changed(u, UICC_LINE_RST, false);
	uicc_line_changed(u, UICC_LINE_VCC, false);
}

/* The file that the card has for DM clients. */
static int load_bootstrap(struct uicc *u, const char *path)
{
	uint8_t data[UICC_EF_BOOTSTRAP_MAX];
	FILE *f = path ? fopen(path, "rb") : NULL;
	size_t len;

	if (!path)
		return 0;
	if (!f)
		return -errno;
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	return uicc_fs_bootstrap(&u->fs, data, len);
}

static int open_sockets(struct uicc *u)
{
	const struct uicc_options *o = u->opt;
	uint64_t now = uicc_now();
	int ret;

	u->lines.qtest = o->lines_qtest;
	u->lines.qom = o->qom;
	u->lines.present = !o->absent;
	u->lines.changed = uicc_line_changed;
	u->lines.voltage_changed = uicc_voltage_changed;
	u->lines.pl011 = o->pl011;
	u->lines.pl011_hz = o->pl011_hz;
	u->lines.rate_told = uicc_rate_told;
	u->lines.baud = baud;
	u->lines.complain = complain;
	u->lines.ctx = u;
	ret = uicc_endpoint_open(&u->uart, o->uart, o->uart_call, now);
	if (ret)
		return fail(o->uart, ret);
	ret = uicc_endpoint_open(&u->lines.end, o->lines, o->lines_call, now);
	if (ret)
		return fail(o->lines, ret);
	ret = o->sim || o->pty ? open_port(u) : 0;
	if (ret)
		return ret;
	ret = uicc_control_open(&u->control, o->control);
	return ret ? fail(o->control, ret) : 0;
}

int uicc_new(struct uicc *u, const struct uicc_options *opt)
{
	struct vuicc_app_config app = opt->app;
	int ret;

	memset(u, 0, sizeof(*u));
	u->opt = opt;
	uicc_endpoint_open(&u->uart, NULL, false, 0);
	uicc_endpoint_open(&u->lines.end, NULL, false, 0);
	uicc_control_open(&u->control, NULL);
	u->faults = opt->faults;
	u->mute = opt->mute;
	memcpy(u->atr, opt->atr, opt->atr_len);
	u->atr_len = opt->atr_len;
	u->classes = opt->classes;
	u->faults.tell = fault_strikes;
	u->faults.ctx = u;
	uicc_wire_init(&u->wire, &u->uart.conn, &u->trace, &u->faults);
	u->wire.pace = opt->pace;
	u->wire.delay_ns = opt->delay_ns;
	u->link.pps.mode = opt->pps;
	u->link.pps.times = opt->pps_times;
	uicc_t0_init(&u->t0, &uicc_apdu_ops, u);
	u->t0.ack = opt->ack;
	u->t0.nulls = opt->nulls;
	uicc_t1_init(&u->t1, &uicc_apdu_ops, u, &u->trace, &u->faults);
	u->t1.wtx = opt->wtx;
	u->t1.wtx_factor = opt->wtx_factor;
	u->t1.ifs = opt->ifs;
	uicc_pin_init(&u->pin);
	uicc_cat_init(&u->cat, &uicc_bip_cat_ops, &u->bip, &u->trace, &u->faults);
	uicc_bip_init(&u->bip, &opt->bip, &u->cat, &u->trace);
	ret = uicc_fs_init(&u->fs, opt->iccid);
	if (ret)
		return fail("--iccid: 18 to 20 digits are needed", ret);
	ret = load_bootstrap(u, opt->bootstrap);
	if (ret)
		return fail("--bootstrap", ret);
	ret = uicc_trace_open(&u->trace, opt->trace, opt->wire, opt->steps);
	if (ret)
		return ret;
	if (!app.url) {
		ret = snprintf(u->url, sizeof(u->url), "http://127.0.0.1:%u%s", opt->bip.port,
			       app.path);
		if (ret >= (int)sizeof(u->url))
			return fail("--dm-path", -ENAMETOOLONG);
		app.url = u->url;
	}
	ret = vuicc_app_new(&app, &uicc_bip_app_ops, &u->bip, &u->app);
	if (ret)
		return ret;
	u->bip.app = u->app;
	return open_sockets(u);
}

void uicc_free(struct uicc *u)
{
	uicc_control_close(&u->control);
	if (u->port.ops && u->port.fd >= 0)
		uicc_unplug(u);
	uicc_endpoint_close(&u->lines.end);
	uicc_endpoint_close(&u->uart);
	if (u->app) {
		uicc_bip_reset(&u->bip);
		vuicc_app_free(u->app);
		u->app = NULL;
	}
	uicc_wire_free(&u->wire);
	uicc_trace_close(&u->trace);
}

static void fill(struct uicc *u, struct pollfd p[SLOTS], int signal_fd)
{
	unsigned int i;

	p[SLOT_LINES].fd = uicc_endpoint_fd(&u->lines.end);
	p[SLOT_LINES].events = uicc_endpoint_events(&u->lines.end);
	p[SLOT_UART].fd = u->port.ops ? u->port.fd : uicc_endpoint_fd(&u->uart);
	p[SLOT_UART].events = uicc_endpoint_events(&u->uart);
	p[SLOT_SIGNAL].fd = signal_fd;
	p[SLOT_SIGNAL].events = POLLIN;
	/* nobody new while all places are taken */
	p[SLOT_CONTROL].fd = -1;
	p[SLOT_CONTROL].events = POLLIN;
	for (i = 0; i < UICC_CONTROL_PEERS; i++) {
		const struct uicc_conn *c = &u->control.peers[i].conn;

		p[SLOT_PEER + i].fd = c->fd;
		p[SLOT_PEER + i].events = c->out_len ? POLLIN | POLLOUT : POLLIN;
		if (c->fd < 0)
			p[SLOT_CONTROL].fd = u->control.listen_fd;
	}
}

/* New peers of the lines and the UART. */
static int meet(struct uicc *u, uint64_t now)
{
	int ret;

	ret = uicc_endpoint_meet(&u->lines.end, now);
	if (ret > 0)
		uicc_lines_greet(&u->lines);
	if (ret >= 0)
		ret = uicc_endpoint_meet(&u->uart, now);
	if (ret < 0)
		fprintf(stderr, "vuicc: no peer at %s or %s: %s\n", u->opt->lines, u->opt->uart,
			strerror(-ret));
	return ret < 0 ? ret : 0;
}

static void look_at_lines(struct uicc *u)
{
	uint64_t now = uicc_now();

	uicc_lines_read(&u->lines);
	/* all that came before this was taken */
	uicc_check_quiet_lines(u, now);
}

/*
 * A change of a line reaches us before the bytes that follow it only if the lines are looked at
 * first, and again whenever bytes are there.
 */
static bool serve_uart(struct uicc *u)
{
	uint8_t buf[512];
	ssize_t n;

	if (u->port.ops)
		return u->port.fd < 0 || u->port.ops->serve(u);
	if (u->uart.conn.fd < 0)
		return true;
	if (uicc_conn_flush(&u->uart.conn))
		return false;
	look_at_lines(u);
	n = uicc_conn_read(&u->uart.conn, buf, sizeof(buf));
	if (n > 0)
		uicc_take(u, buf, n);
	explicit_bzero(buf, sizeof(buf));
	return n >= 0;
}

/* Milliseconds are too coarse for the pace of a line. */
static int sleep_until(struct pollfd p[SLOTS], uint64_t due, uint64_t now)
{
	uint64_t ns = due > now ? due - now : 0;
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return ppoll(p, SLOTS, due ? &ts : NULL, NULL);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static void turn(struct uicc *u, int signal_fd)
{
	struct pollfd p[SLOTS];
	uint64_t now = uicc_now();
	uint64_t due = uicc_due(u, now);
	unsigned int i;

	due = earlier(due, earlier(u->uart.call_at, u->lines.end.call_at));
	uicc_wire_log_flush(&u->trace);
	fill(u, p, signal_fd);
	if (sleep_until(p, due, now) < 0 && errno != EINTR) {
		u->status = 1;
		u->quit = true;
		return;
	}
	if (meet(u, uicc_now())) {
		u->status = 1;
		u->quit = true;
		return;
	}
	if (uicc_conn_flush(&u->lines.end.conn) == 0)
		look_at_lines(u);
	if (!serve_uart(u) || p[SLOT_SIGNAL].revents)
		u->quit = true;
	if (p[SLOT_CONTROL].revents)
		uicc_control_accept(&u->control);
	for (i = 0; i < UICC_CONTROL_PEERS; i++) {
		if (p[SLOT_PEER + i].revents)
			uicc_control_serve(u, i);
	}
}

int uicc_run(struct uicc *u)
{
	sigset_t set;
	int signal_fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* whoever reads our stdout may leave before us */
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	puts("READY");
	fflush(stdout);
	while (!u->quit)
		turn(u, signal_fd);
	if (signal_fd >= 0)
		close(signal_fd);
	printf("card: %llu APDUs, %llu bytes from the reader, %llu bytes to the reader, "
	       "%u violations\n",
	       (unsigned long long)u->apdus, (unsigned long long)u->rx,
	       (unsigned long long)u->wire.written, u->trace.violations);
	fflush(stdout);
	return u->status;
}
