// SPDX-License-Identifier: BSD-3-Clause
/* Set-up and end of the DM server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "vuicc/dm-server.h"

#define SMALL_MSG_SIZE	1200	/* of the fault small-messages */

static int set_nonce(struct vdm_nonce *n, const char *b64, const char *whose)
{
	int ret = b64 ? vdm_nonce_decode(b64, n) : 0;

	if (ret)
		fprintf(stderr, "DM server: the nonce of the %s is not base64 of up to %d bytes\n",
			whose, VDM_NONCE_MAX);
	return ret;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

const xmlNode *vdm_server_command(const struct vdm_server *srv, size_t index)
{
	if (index < srv->fault_program.count)
		return srv->fault_program.command[index];
	index -= srv->fault_program.count;
	return index < srv->program.count ? srv->program.command[index] : NULL;
}

/* Of the command line, then of the file, which says what it needs. */
static int set_options(struct vdm_server *srv, const struct vuicc_app_config *cfg)
{
	struct vdm_options *o = &srv->options;
	int ret;

	vdm_options_default(o);
	ret = vdm_options_parse(o, "command line", text(cfg->options));
	if (!ret && cfg->provision)
		ret = vdm_program_load(&srv->program, cfg->provision);
	if (!ret && srv->program.options.len)
		ret = vdm_options_parse(o, cfg->provision, srv->program.options.p);
	if (!ret)
		ret = vdm_fault_find(cfg->fault ? cfg->fault : *o->fault ? o->fault : NULL,
				     &srv->fault);
	if (srv->fault == VDM_FAULT_SMALL_MESSAGES)
		o->max_msg = SMALL_MSG_SIZE;
	return ret;
}

static int load_fault(struct vdm_server *srv)
{
	struct vdm_buf b = { .p = NULL };
	int ret = 0;

	vdm_fault_commands(srv->fault, &b);
	if (b.failed)
		ret = -ENOMEM;
	else if (b.len)
		ret = vdm_program_parse(&srv->fault_program, "fault", b.p, b.len);
	vdm_buf_clear(&b);
	return ret;
}

static int configure(struct vdm_server *srv, const struct vuicc_app_config *cfg)
{
	int ret;

	srv->path = strdup(text(cfg->path));
	srv->url = strdup(text(cfg->url));
	srv->server_id = strdup(text(cfg->server_id));
	srv->client_id = strdup(text(cfg->client_id));
	srv->server_secret = strdup(text(cfg->server_secret));
	srv->client_secret = strdup(text(cfg->client_secret));
	if (!srv->path || !srv->url || !srv->server_id || !srv->client_id || !srv->server_secret ||
	    !srv->client_secret)
		return -ENOMEM;
	srv->session_id = cfg->session_id;
	srv->ui_mode = cfg->ui_mode;
	ret = set_options(srv, cfg);
	if (!ret)
		ret = set_nonce(&srv->server_nonce, cfg->server_nonce, "server");
	if (!ret)
		ret = set_nonce(&srv->client_nonce, cfg->client_nonce, "client");
	if (!ret)
		ret = vdm_auth_hash(srv->server_id, srv->server_secret, srv->server_hash);
	if (!ret)
		ret = vdm_auth_hash(srv->client_id, srv->client_secret, srv->client_hash);
	vdm_hostile_begin(srv);
	if (!ret)
		ret = load_fault(srv);
	return ret ? ret : vdm_log_open(&srv->log, cfg->results);
}

int vdm_server_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		   struct vdm_server **ret)
{
	struct vdm_server *srv = calloc(1, sizeof(*srv));
	int err;

	if (!srv)
		return -ENOMEM;
	srv->ops = ops;
	srv->ctx = ctx;
	err = configure(srv, cfg);
	if (err)
		vdm_server_free(srv);
	else
		*ret = srv;
	return err;
}

static void free_secret(char *secret)
{
	if (secret)
		OPENSSL_cleanse(secret, strlen(secret));
	free(secret);
}

void vdm_server_free(struct vdm_server *srv)
{
	if (!srv)
		return;
	vdm_session_free(srv->session);
	vdm_program_clear(&srv->fault_program);
	vdm_program_clear(&srv->program);
	vdm_log_close(&srv->log);
	free_secret(srv->server_secret);
	free_secret(srv->client_secret);
	free(srv->path);
	free(srv->url);
	free(srv->server_id);
	free(srv->client_id);
	OPENSSL_cleanse(srv, sizeof(*srv));
	free(srv);
}
