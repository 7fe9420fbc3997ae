// SPDX-License-Identifier: BSD-3-Clause
/*
 * Puts the agent together: tree and accounts first, then the card, then what may trigger a
 * session.
 */
#include "agent/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/log.h"
#include "integrate/integrate.h"

/* ------------------------------------------------------------------- wiring between parts */

static void gateway_changed(void *arg)
{
	struct agent *a = arg;

	if (a->sessions)
		sessions_gateway_changed(a->sessions);
}

static void card_lost(void *arg, const char *why)
{
	struct agent *a = arg;

	if (a->sessions)
		sessions_card_lost(a->sessions, why);
}

static void card_file_read(void *arg, const struct card_file *file)
{
	struct agent *a = arg;

	enrolment_card(a->enrolment, file);
}

static bool gateway_ready(void *arg)
{
	struct agent *a = arg;

	return a->card && card_gateway_ready(a->card);
}

static void session_ended(void *arg, const struct session_report *report)
{
	agent_tell_watchers(arg, report);
}

static void tree_log(void *ctx, int level, const char *line)
{
	log_from_layer("tree", level, line);
}

/* ------------------------------------------------------------------------- tree, accounts */

/* Sessions of new accounts are begun from the loop, when all parts of the agent are there. */
static void tell_new_servers(void *arg)
{
	struct agent *a = arg;

	for (unsigned int i = 0; i < a->n_new; i++) {
		struct session_request req = { .origin = "bootstrap" };
		int ret;

		strcpy(req.server_id, a->new_server[i]);
		ret = sessions_request(a->sessions, &req);
		if (ret)
			log_line(LOG_WARNING, "bootstrap: no session with %s: %s", req.server_id,
				 strerror(-ret));
	}
	a->n_new = 0;
}

static void wants_session(void *arg, const char *server_id)
{
	struct agent *a = arg;

	if (a->n_new == DM_BOOTSTRAP_ACCOUNTS)
		return;
	snprintf(a->new_server[a->n_new++], sizeof(a->new_server[0]), "%s", server_id);
	loop_timer(a->loop, 0, tell_new_servers, a);
}

static int start_bootstrap(struct agent *a)
{
	const struct enrolment_hooks hooks = { .wants_session = wants_session, .arg = a };
	int ret = enrolment_new(&a->cfg, a->tree, &hooks, &a->enrolment);

	return ret ? ret : enrolment_install(a->enrolment);
}

static int start_providers(struct agent *a)
{
	for (size_t i = 0; i < a->cfg.n_providers; i++) {
		const struct config_provider *p = &a->cfg.provider[i];
		struct keyvalue_config kv = {
			.file = p->file,
			.hook = *p->hook ? p->hook : NULL,
			.hook_timeout_ms = p->hook_timeout_ms,
		};
		const struct mo_provider_ops *ops;
		void *ctx;
		int ret = keyvalue_new(&kv, &ops, &ctx);

		if (!ret)
			ret = mo_tree_mount(a->tree, p->subtree, ops, ctx);
		if (ret) {
			log_line(LOG_ERR, "provider %s (%s -> %s): %s", p->name, p->subtree,
				 p->file, strerror(-ret));
			return ret;
		}
		log_line(LOG_INFO, "provider %s: %s is %s", p->name, p->subtree, p->file);
	}
	return 0;
}

/*
 * A description that is asked for and cannot be had keeps the agent from starting.  Without any,
 * servers may add what they like where they may add at all; secrets stay secrets.
 */
static int load_descriptions(struct agent *a)
{
	const char *path = *a->cfg.ddf ? a->cfg.ddf : DDF_DIR_DEFAULT;
	char why[400];
	int ret;

	if (!*a->cfg.ddf && access(path, F_OK)) {
		log_line(LOG_WARNING, "no device description (%s): no management objects but what the "
			 "tree holds", path);
		return 0;
	}
	ret = mo_ddf_load(a->tree, path, why, sizeof(why));
	if (ret)
		log_line(LOG_ERR, "device description: %s", why);
	return ret;
}

static int start_tree(struct agent *a)
{
	const struct config *c = &a->cfg;
	const struct mo_device dev = {
		.dev_id = c->dev_id, .man = c->man, .mod = c->mod, .dmv = DMSC_VERSION,
		.lang = c->lang, .dev_typ = c->dev_typ, .oem = c->oem, .fwv = c->fwv,
		.swv = c->swv, .hwv = c->hwv,
	};
	char path[CONFIG_STR + 16], why[512];
	int ret;

	if (mkdir(c->state_dir, 0700) && errno != EEXIST) {
		ret = -errno;
		log_line(LOG_ERR, "[state] dir = %s: %s", c->state_dir, strerror(-ret));
		return ret;
	}
	snprintf(path, sizeof(path), "%s/tree.db", c->state_dir);
	ret = mo_tree_open_why(path, &a->tree, why, sizeof(why));
	if (ret) {
		log_line(LOG_ERR, "management tree: %s", why);
		return ret;
	}
	mo_tree_set_log(a->tree, tree_log, a);
	ret = load_descriptions(a);
	if (ret)
		return ret;
	ret = mo_device_define(a->tree, &dev);
	if (ret) {
		log_line(LOG_ERR, "management tree %s: DevInfo: %s", path, strerror(-ret));
		return ret;
	}
	ret = start_bootstrap(a);
	return ret ? ret : start_providers(a);
}

/* ------------------------------------------------------------------------- start and stop */

static int start_ui(struct agent *a)
{
	char err[320];
	int ret = ui_new(a->loop, a->cfg.ui_timeout_s, &a->ui);

	if (ret || !*a->cfg.ui_script)
		return ret;
	ret = ui_script_new(a->loop, a->ui, a->cfg.ui_script, &a->script, err, sizeof(err));
	if (ret)
		log_line(LOG_ERR, "[ui] script = %s", err);
	return ret;
}

static int start_sessions(struct agent *a)
{
	const struct session_hooks hooks = { gateway_ready, session_ended, a };
	const struct card_listener listener = { gateway_changed, card_lost, card_file_read, a };
	const struct config *c = &a->cfg;
	int ret;

	ret = start_ui(a);
	if (!ret)
		ret = transport_http_new(a->loop, c->scws_port, c->http_timeout_s,
					 DM_MAX_MSG_SIZE, &a->transport);
	if (!ret)
		ret = sessions_new(a->loop, c, a->tree, a->ui, a->transport, &hooks,
				   &a->sessions);
	if (!ret)
		ret = card_new(a->loop, c, a->ui, &listener, &a->card);
	if (ret)
		log_line(LOG_ERR, "cannot start: %s", strerror(-ret));
	return ret;
}

static int start_control(struct agent *a)
{
	struct control_handler handler = agent_methods;
	int ret;

	handler.arg = a;
	ret = control_new(a->loop, a->cfg.socket, a->cfg.socket_mode, &handler, &a->control);
	if (ret)
		log_line(LOG_ERR, "[control] socket = %s: %s", a->cfg.socket,
			 ret == -EADDRINUSE ? "another dmscd is running" : strerror(-ret));
	return ret;
}

int agent_start(struct agent *a)
{
	int ret = loop_new(&a->loop);

	if (ret)
		return ret;
	ret = start_tree(a);
	if (!ret)
		ret = start_sessions(a);
	if (!ret)
		ret = push_new(a->loop, &a->cfg, a->tree, a->sessions, &a->push);
	if (!ret)
		ret = start_control(a);
	return ret;
}

void agent_stop(struct agent *a)
{
	control_free(a->control);
	push_free(a->push);
	sessions_free(a->sessions);
	card_free(a->card);
	if (a->transport)
		a->transport->ops->free(a->transport);
	ui_free(a->ui);
	ui_script_free(a->script);
	enrolment_free(a->enrolment);
	mo_tree_close(a->tree);
	loop_free(a->loop);
	memset(a, 0, sizeof(*a));
}
