/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of sessions and pushes share: real DM engine and tree, a transport made of words.
 */
#ifndef AGENT_FIXTURE_H
#define AGENT_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/log.h"
#include "agent/push.h"
#include "agent/session.h"

#define SERVER	"dmsc.example"
#define SECRET	"CardSecret1"

static struct loop *loop;
static struct mo_tree *tree;
static struct ui *ui;
static struct sessions *sessions;
static struct push *push;
static bool gateway;
static struct session_report last;
static int n_ended;

static struct config cfg;
static const uint8_t nonce[4] = { 0xA0, 0xA1, 0xA2, 0xA3 };

/* ------------------------------------------------------------------------ the transport */

static struct {
	int posts, cancels, post_error;
	char uri[128], body[4096];
	transport_done_fn done;
	void *arg;
} wire;

static inline int fake_post(struct transport *t, const char *uri, const struct transport_message *m,
		     transport_done_fn done, void *arg)
{
	wire.posts++;
	if (wire.post_error)
		return wire.post_error;
	assert_null(wire.done);		/* one message at a time */
	snprintf(wire.uri, sizeof(wire.uri), "%s", uri);
	snprintf(wire.body, sizeof(wire.body), "%.*s", (int)m->len,
		 (const char *)m->body);
	wire.done = done;
	wire.arg = arg;
	return 0;
}

static inline void fake_cancel(struct transport *t)
{
	wire.cancels++;
	wire.done = NULL;
}

static const struct transport_ops fake_ops = { fake_post, fake_cancel, NULL };
static struct transport fake = { &fake_ops };

static inline void answer(enum transport_result result, const char *body)
{
	const struct transport_message m = {
		.content_type = DM_CONTENT_TYPE_XML, .body = body, .len = strlen(body),
	};
	transport_done_fn done = wire.done;

	assert_non_null(done);
	wire.done = NULL;
	done(wire.arg, result, &m, result == TRANSPORT_OK ? NULL : "connection refused");
}

/* ---------------------------------------------------------------------------- the agent */

static inline bool is_ready(void *arg)
{
	return gateway;
}

static inline void on_end(void *arg, const struct session_report *report)
{
	last = *report;
	n_ended++;
}

static inline int setup(void **state)
{
	const struct session_hooks hooks = { is_ready, on_end, NULL };
	const struct mo_device dev = { .dev_id = "IMEI:1" };
	struct mo_account acc = {
		.server_id = SERVER, .addr = "http://127.0.0.1:3516/dm",
		.client = { .type = "DIGEST", .name = "client01", .secret = "ClientSecret1" },
		.server = { .type = "DIGEST", .name = SERVER, .secret = SECRET },
	};

	memcpy(acc.server.nonce, nonce, sizeof(nonce));
	acc.server.nonce_len = sizeof(nonce);
	memset(&wire, 0, sizeof(wire));
	memset(&last, 0, sizeof(last));
	n_ended = 0;
	gateway = true;
	log_set_level(-1);
	config_defaults(&cfg);
	cfg.push_listen[0] = 0;
	cfg.retries = 1;
	return loop_new(&loop) || mo_tree_open(":memory:", &tree) || mo_device_define(tree, &dev) ||
	       mo_account_create(tree, "Card", &acc) || ui_new(loop, 5, &ui) ||
	       sessions_new(loop, &cfg, tree, ui, &fake, &hooks, &sessions) ||
	       push_new(loop, &cfg, tree, sessions, &push);
}

static inline int teardown(void **state)
{
	push_free(push);
	sessions_free(sessions);
	ui_free(ui);
	mo_tree_close(tree);
	loop_free(loop);
	return 0;
}

static inline void stop(void *arg)
{
	loop_quit(loop, 0);
}

static inline void run_ms(int ms)
{
	loop_timer(loop, ms, stop, NULL);
	assert_int_equal(loop_run(loop), 0);
}

static inline int request(enum dm_ui_mode mode)
{
	struct session_request req = { .server_id = SERVER, .ui_mode = mode, .origin = "test" };

	return sessions_request(sessions, &req);
}

static inline void start(void)
{
	assert_int_equal(request(DM_UI_UNSPECIFIED), 0);
	run_ms(5);
	assert_int_equal(wire.posts, 1);
}

static inline void idle(enum dm_outcome outcome)
{
	assert_int_equal(n_ended, 1);
	assert_int_equal(last.outcome, outcome);
	assert_int_equal(sessions_get_state(sessions), SESSION_IDLE);
	assert_string_equal(sessions_current_id(sessions), "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* AGENT_FIXTURE_H */
