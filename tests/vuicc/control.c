// SPDX-License-Identifier: BSD-3-Clause
/* The control socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "control.h"
#include "hex.h"

static const char help[] =
	"OK remove | insert | mute on|off | proactive HEX | display TEXT | remove-after N | "
	"fault SPEC | atr HEX | classes LETTERS | baud N | pps HOW | plug | unplug | reset | status | quit";

int uicc_control_open(struct uicc_control *c, const char *path)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->listen_fd = -1;
	c->path = path;
	for (i = 0; i < UICC_CONTROL_PEERS; i++)
		uicc_conn_init(&c->peers[i].conn);
	if (!path)
		return 0;
	c->listen_fd = uicc_listen(path, UICC_CONTROL_PEERS);
	return c->listen_fd < 0 ? c->listen_fd : 0;
}

static void peer_close(struct uicc_control_peer *p)
{
	uicc_conn_close(&p->conn);
	memset(&p->in, 0, sizeof(p->in));
}

void uicc_control_close(struct uicc_control *c)
{
	unsigned int i;

	for (i = 0; i < UICC_CONTROL_PEERS; i++)
		peer_close(&c->peers[i]);
	if (c->listen_fd >= 0) {
		close(c->listen_fd);
		unlink(c->path);
	}
	c->listen_fd = -1;
}

void uicc_control_accept(struct uicc_control *c)
{
	unsigned int i;

	for (i = 0; i < UICC_CONTROL_PEERS; i++) {
		if (c->peers[i].conn.fd < 0) {
			int fd = uicc_accept(c->listen_fd);

			c->peers[i].conn.fd = fd < 0 ? -1 : fd;
			return;
		}
	}
}

static const char *queue_answer(int ret)
{
	switch (ret) {
	case 0:
		return "OK queued";
	case -ENOSPC:
		return "ERR queue full";
	case -EMSGSIZE:
		return "ERR too long for a FETCH of 256 bytes";
	case -ENOTCONN:
		return "ERR no TERMINAL PROFILE yet";
	case -EILSEQ:
		return "ERR not text of the basic plane in UTF-8";
	default:
		return "ERR bad command";
	}
}

static const char *do_remove(struct uicc *u, const char *arg)
{
	uicc_set_present(u, false);
	return "OK removed";
}

static const char *do_insert(struct uicc *u, const char *arg)
{
	uicc_set_present(u, true);
	return "OK inserted";
}

static const char *do_mute(struct uicc *u, const char *arg)
{
	bool on = !strcmp(arg, "on");

	if (!on && strcmp(arg, "off"))
		return "ERR mute on|off";
	uicc_set_mute(u, on);
	return on ? "OK mute" : "OK answers after the next reset";
}

static const char *do_proactive(struct uicc *u, const char *arg)
{
	uint8_t buf[256];
	ssize_t n = uicc_hex_parse(arg, buf, sizeof(buf));

	if (n <= 0)
		return "ERR 1 to 256 bytes in hex";
	return queue_answer(uicc_cat_queue_raw(&u->cat, buf, n));
}

static const char *do_display(struct uicc *u, const char *arg)
{
	if (!*arg)
		return "ERR no text";
	return queue_answer(uicc_cat_display(&u->cat, arg));
}

static const char *do_remove_after(struct uicc *u, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || !n || n > 1000000000)
		return "ERR remove-after N, N from 1";
	u->faults.remove_after = n;
	return "OK armed";
}

static const char *do_fault(struct uicc *u, const char *arg)
{
	switch (uicc_fault_arm(&u->faults, arg)) {
	case 0:
		return "OK armed";
	case -ENOSPC:
		return "ERR too many faults";
	default:
		return "ERR unknown fault";
	}
}

static const char *do_baud(struct uicc *u, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n > 100000000)
		return "ERR baud N, 0 = as the reader tells";
	u->link.baud_given = n;
	return "OK the reader's rate";
}

static const char *do_unplug(struct uicc *u, const char *arg)
{
	if (!u->port.ops || u->port.fd < 0)
		return "ERR no reader of this machine is there";
	uicc_unplug(u);
	return "OK the reader is gone";
}

static const char *do_plug(struct uicc *u, const char *arg)
{
	if (!u->port.ops || u->port.fd >= 0)
		return "ERR there is nothing to plug in";
	return u->port.ops->open(u) ? "ERR no reader" : "OK the reader is back";
}

static const char *do_pps(struct uicc *u, const char *arg)
{
	if (!uicc_pps_mode_parse(arg, &u->link.pps.mode, &u->link.pps.times))
		return "ERR pps HOW[:N], as --pps";
	return "OK from the next request on";
}

static const char *do_atr(struct uicc *u, const char *arg)
{
	uint8_t atr[UICC_ATR_ROOM];
	ssize_t n = uicc_hex_parse(arg, atr, sizeof(atr));

	if (n <= 0)
		return "ERR 1 to 64 bytes in hex";
	memcpy(u->atr, atr, n);
	u->atr_len = n;
	return "OK from the next reset on";
}

static const char *do_classes(struct uicc *u, const char *arg)
{
	unsigned int classes = uicc_classes_parse(arg);

	if (!classes)
		return "ERR letters of A, B, C";
	u->classes = classes;
	return "OK from the next reset on";
}

static const char *do_reset(struct uicc *u, const char *arg)
{
	uicc_faults_clear(&u->faults);
	u->t0.fault_procedure = false;
	u->t0.fault_storm = false;
	u->t1.fault_storm = false;
	memcpy(u->atr, u->opt->atr, u->opt->atr_len);
	u->atr_len = u->opt->atr_len;
	u->classes = u->opt->classes;
	u->link.pps.mode = u->opt->pps;
	u->link.pps.times = u->opt->pps_times;
	uicc_set_mute(u, false);
	uicc_set_present(u, true);
	return "OK all faults off";
}

static const char *do_quit(struct uicc *u, const char *arg)
{
	u->quit = true;
	return "OK bye";
}

static const char *do_help(struct uicc *u, const char *arg)
{
	return help;
}

static const struct {
	const char *name;
	const char *(*fn)(struct uicc *u, const char *arg);
} commands[] = {
	{ "remove", do_remove }, { "insert", do_insert }, { "mute", do_mute },
	{ "proactive", do_proactive }, { "display", do_display },
	{ "remove-after", do_remove_after }, { "fault", do_fault }, { "atr", do_atr },
	{ "classes", do_classes }, { "baud", do_baud }, { "pps", do_pps },
	{ "unplug", do_unplug }, { "plug", do_plug },
	{ "reset", do_reset }, { "quit", do_quit }, { "help", do_help },
};

static void put_status(const struct uicc *u, char *answer, size_t room)
{
	snprintf(answer, room,
		 "OK apdus=%llu rx=%llu tx=%llu violations=%u vcc=%d rst=%d present=%d mute=%d "
		 "channel=%s queued=%zu faults=%u protocol=%u f=%u d=%u command=%08x",
		 (unsigned long long)u->apdus, (unsigned long long)u->rx,
		 (unsigned long long)u->wire.written, u->trace.violations, u->vcc, u->rst,
		 u->lines.present, u->mute, uicc_bip_state(&u->bip), u->cat.count,
		 u->faults.struck, u->link.protocol, u->link.f, u->link.d,
		 u->command);
}

void uicc_control_command(struct uicc *u, char *line, char *answer, size_t room)
{
	char *arg = line + strcspn(line, " \t");
	unsigned int i;

	if (*arg)
		*arg++ = '\0';
	arg += strspn(arg, " \t");
	if (!strcmp(line, "status")) {
		put_status(u, answer, room);
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, line)) {
			snprintf(answer, room, "%s", commands[i].fn(u, arg));
			return;
		}
	}
	snprintf(answer, room, "ERR unknown command");
}

void uicc_control_serve(struct uicc *u, unsigned int i)
{
	struct uicc_control_peer *p = &u->control.peers[i];
	char line[UICC_LINE_MAX], answer[512];
	ssize_t n;
	int ret;

	if (uicc_conn_flush(&p->conn)) {
		peer_close(p);
		return;
	}
	n = uicc_conn_read(&p->conn, uicc_linebuf_tail(&p->in), uicc_linebuf_room(&p->in));
	if (n < 0) {
		peer_close(p);
		return;
	}
	p->in.len += n;
	while ((ret = uicc_linebuf_next(&p->in, line))) {
		/* a serial line may bring an empty line or two of its own */
		if (ret > 0 && !line[0])
			continue;
		if (ret < 0)
			snprintf(answer, sizeof(answer), "ERR line too long");
		else
			uicc_control_command(u, line, answer, sizeof(answer) - 1);
		strcat(answer, "\n");
		if (uicc_conn_write(&p->conn, answer, strlen(answer))) {
			peer_close(p);
			return;
		}
	}
}
