// SPDX-License-Identifier: BSD-3-Clause
/*
 * A thousand sessions of the agent, all of it but the reader: loop, session manager, engine, HTTP over
 * the loopback to the card's DM server, tree on disk with the standard descriptions, listener and
 * control socket. What counts is that memory does not grow.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/control.h"
#include "agent/log.h"
#include "agent/push.h"
#include "agent/session.h"
#include "bench/bench.h"

#define SESSIONS	1000
#define RSS_TARGET_KIB	(8 * 1024.0)

struct world {
	struct loop *loop;
	struct mo_tree *tree;
	struct ui *ui;
	struct transport *transport;
	struct sessions *sessions;
	struct push *push;
	struct control *control;
	struct config cfg;
	unsigned int done, good;
	char reason[128];
};

static bool is_ready(void *arg)
{
	return true;
}

static void ended(void *arg, const struct session_report *report)
{
	struct world *w = arg;

	w->done++;
	w->good += report->outcome == DM_OUTCOME_OK && report->counts.commands >= 6;
	if (report->outcome != DM_OUTCOME_OK)
		snprintf(w->reason, sizeof(w->reason), "%s: %.100s", dm_outcome_name(report->outcome),
			 report->reason);
	loop_quit(w->loop, 0);
}

static void on_call(void *arg, const struct control_call *call)
{
}

static void on_closed(void *arg, struct control_peer *peer)
{
}

static int make_account(struct world *w, unsigned int port)
{
	struct mo_account acc = {
		.server_id = "bench.example",
		.client = { .type = "DIGEST", .name = "client01", .secret = "ClientSecret1",
			    .nonce_len = 16 },
		.server = { .type = "DIGEST", .name = "bench.example", .secret = "secret",
			    .nonce_len = 16 },
	};

	snprintf(acc.addr, sizeof(acc.addr), "http://127.0.0.1:%u/dm", port);
	for (unsigned int i = 0; i < 16; i++) {
		acc.client.nonce[i] = (uint8_t)(0x10 + i);
		acc.server.nonce[i] = (uint8_t)(0xa0 + i);
	}
	return mo_account_create(w->tree, "Card", &acc);
}

static int make_tree(struct world *w, const struct bench *b, unsigned int port)
{
	const struct mo_device dev = { .dev_id = "IMEI:004999010640000", .swv = "1.0" };
	struct mo_value leaf = { .data = "", .format = "chr" };
	char path[300], why[300], uri[32];
	int ret;

	snprintf(path, sizeof(path), "%s/tree.db", b->folder);
	unlink(path);
	ret = mo_tree_open(path, &w->tree) || mo_ddf_load(w->tree, DDF_DIR, why, sizeof(why)) ||
	      mo_device_define(w->tree, &dev) || make_account(w, port) ||
	      mo_tree_define(w->tree, "./Bench", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD) ||
	      mo_tree_set_acl(w->tree, "./Bench", "Add=*&Get=*&Replace=*&Delete=*");
	for (int i = 0; i < 5 && !ret; i++) {
		snprintf(uri, sizeof(uri), "./Bench/leaf%d", i);
		ret = mo_tree_add(w->tree, NULL, uri, &leaf) != MO_OK;
	}
	return ret;
}

static int make_agent(struct world *w, const struct bench *b, unsigned int port)
{
	const struct session_hooks hooks = { is_ready, ended, w };
	const struct control_handler handler = { .call = on_call, .closed = on_closed, .arg = w };
	struct config *cfg = &w->cfg;

	config_defaults(cfg);
	snprintf(cfg->push_listen, sizeof(cfg->push_listen), "127.0.0.1:0");
	snprintf(cfg->socket, sizeof(cfg->socket), "%.200s/control", b->folder);
	cfg->scws_port = port;
	log_set_level(-1);
	return loop_new(&w->loop) || make_tree(w, b, port) || ui_new(w->loop, 5, &w->ui) ||
	       transport_http_new(w->loop, port, cfg->http_timeout_s, DM_MAX_MSG_SIZE, &w->transport) ||
	       sessions_new(w->loop, cfg, w->tree, w->ui, w->transport, &hooks, &w->sessions) ||
	       push_new(w->loop, cfg, w->tree, w->sessions, &w->push) ||
	       control_new(w->loop, cfg->socket, cfg->socket_mode, &handler, &w->control);
}

static void free_agent(struct world *w, const struct bench *b)
{
	char path[300];

	control_free(w->control);
	push_free(w->push);
	sessions_free(w->sessions);
	if (w->transport)
		w->transport->ops->free(w->transport);
	ui_free(w->ui);
	mo_tree_close(w->tree);
	loop_free(w->loop);
	snprintf(path, sizeof(path), "%s/provision.xml", b->folder);
	unlink(path);
}

static bool run_until(struct world *w, unsigned int n)
{
	struct session_request req = { .server_id = "bench.example", .origin = "bench" };

	while (w->done < n) {
		unsigned int before = w->done;

		if (sessions_request(w->sessions, &req) || loop_run(w->loop) || w->done == before)
			return false;
	}
	return w->good == w->done;
}

static void measure(struct world *w, unsigned int sessions, struct figures *f)
{
	double first, at_100, last, cpu, wall;
	unsigned int tenth = sessions / 10;
	bool ok;

	ok = run_until(w, 1);
	first = bench_rss_kib();
	ok = ok && run_until(w, tenth);
	at_100 = bench_rss_kib();
	cpu = bench_cpu_ms();
	wall = bench_wall_ms();
	ok = ok && run_until(w, sessions);
	cpu = bench_cpu_ms() - cpu;
	wall = bench_wall_ms() - wall;
	last = bench_rss_kib();
	if (!ok) {
		bench_fail(f, "%u of %u sessions were complete; %s", w->good, sessions, w->reason);
		return;
	}
	bench_add(f, "memory after the first session", first, "KiB", 0);
	bench_add(f, "after a tenth of them", at_100, "KiB", 0);
	bench_add(f, "after all of them", last, "KiB", RSS_TARGET_KIB);
	bench_add(f, "of it private", bench_private_kib(), "KiB", 0);
	bench_add(f, "growth over the last nine tenths", last - at_100, "KiB", 0);
	bench_add(f, "sessions", sessions, "", 0);
	bench_add(f, "sessions a second (6 commands, 4 messages)", 1e3 * (sessions - tenth) / wall, "1/s", 0);
	bench_add(f, "CPU of a session", cpu / (sessions - tenth), "ms", 0);
}

void bench_sessions(const struct bench *b, struct figures *f)
{
	struct world w = { .done = 0 };
	unsigned int port = 0;
	int server = bench_server_start(b, &port);

	if (server < 0 || make_agent(&w, b, port))
		bench_fail(f, "cannot begin");
	else
		measure(&w, b->quick ? 20 : SESSIONS, f);
	free_agent(&w, b);
	bench_server_stop(server);
}
