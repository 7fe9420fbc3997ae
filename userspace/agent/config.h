/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration of the agent: dmscd.conf, and the bootstrap file with the first account.
 * Both are INI files; an unknown section or key is an error that names file and line.
 */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "dm/bootstrap.h"
#include "dm/dm.h"
#include "mo/mo.h"

#define CONFIG_STR	256
#define CONFIG_PROVIDERS	16
#define CONFIG_FILE_DEFAULT	"/etc/dmsc/dmscd.conf"

struct config_provider {
	char name[64];
	char type[16];			/* "keyvalue" */
	char subtree[CONFIG_STR];	/* "./Settings" */
	char file[CONFIG_STR];
	char hook[CONFIG_STR];
	unsigned int hook_timeout_ms;
};

struct config {
	/* [reader] */
	char device[CONFIG_STR];	/* "" = the first reader */
	unsigned int poll_ms;
	unsigned int poll_busy_ms;
	/* [push] */
	char push_listen[64];		/* address:port, "" = no listener */
	enum dm_ui_mode push_ui_mode;	/* what DM_UI_UNSPECIFIED means */
	unsigned int push_rate, push_burst;	/* notifications a second, and at once */
	unsigned int push_resync;	/* take notifications made with the resync nonce */
	/* [gateway] */
	unsigned int scws_port;
	/* [state] */
	char state_dir[CONFIG_STR];
	char bootstrap[CONFIG_STR];	/* file or folder, "" = none */
	char ddf[CONFIG_STR];		/* file or folder; "" = the default, if it is there */
	/* [bootstrap] */
	unsigned int bootstrap_card;	/* take the file of the card */
	unsigned int bootstrap_keep;	/* keep the accounts of a card that is another now */
	unsigned int bootstrap_mac;	/* documents without a MAC are refused */
	/* [control] */
	char socket[CONFIG_STR];
	unsigned int socket_mode;
	/* [session] */
	unsigned int session_timeout_s;
	unsigned int http_timeout_s;
	unsigned int gateway_timeout_s;
	unsigned int retries;
	unsigned int max_msg_size, max_obj_size;	/* bytes, as told to the server */
	/* [ui] */
	unsigned int ui_timeout_s;
	char ui_script[CONFIG_STR];	/* "" = none */
	/* [device] */
	char dev_id[CONFIG_STR], man[64], mod[64], lang[16];
	char dev_typ[64], oem[64], fwv[64], swv[64], hwv[64];
	/* [provider NAME] */
	struct config_provider provider[CONFIG_PROVIDERS];
	size_t n_providers;
};

void config_defaults(struct config *cfg);

/* 0 or -errno; err says file, line and reason. */
int config_read(const char *file, struct config *cfg, char *err, size_t err_len);

/*
 * Reads the accounts of a bootstrap file ([account NAME] sections) and hands each to fn; a
 * non-zero return of fn ends it and is returned.  Its section [security] goes to keys (may be NULL).
 * 0 or -errno; err as above, without secrets.
 */
int bootstrap_read(const char *file, int (*fn)(void *arg, const char *name,
					       const struct mo_account *acc),
		   void *arg, struct dm_bootstrap_keys *keys, char *err, size_t err_len);

#endif /* AGENT_CONFIG_H */
