// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmscd.conf: a table of keys, read with inih.
 */
#include "agent/config.h"
#include "dm/dm.h"
#include "dmsc.h"
#include "mo/mo.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { STR, NUM, OCTAL, WORD };

struct key {
	const char *section, *name;
	enum kind kind;
	size_t offset, size;
	unsigned long min, max;
	const char *words;	/* WORD: those that are allowed, the value is min + position */
};

#define S(sec, nam, field) \
	{ sec, nam, STR, offsetof(struct config, field), sizeof(((struct config *)0)->field), 0, 0, NULL }
#define N(sec, nam, field, lo, hi) \
	{ sec, nam, NUM, offsetof(struct config, field), sizeof(unsigned int), lo, hi, NULL }
#define W(sec, nam, field, first, list) \
	{ sec, nam, WORD, offsetof(struct config, field), sizeof(unsigned int), first, 0, list }

static const struct key keys[] = {
	S("reader", "device", device),
	N("reader", "poll_ms", poll_ms, 0, 3600000),
	N("reader", "poll_busy_ms", poll_busy_ms, 10, 60000),
	S("push", "listen", push_listen),
	W("push", "ui_mode", push_ui_mode, DM_UI_BACKGROUND, "background|informative|ask"),
	N("push", "rate", push_rate, 1, 1000),
	N("push", "burst", push_burst, 1, 1000),
	W("push", "resync", push_resync, 0, "no|yes"),
	N("gateway", "port", scws_port, 1024, 65535),
	S("state", "dir", state_dir),
	S("state", "bootstrap", bootstrap),
	S("state", "ddf", ddf),
	W("bootstrap", "card", bootstrap_card, 0, "no|yes"),
	W("bootstrap", "keep_card_accounts", bootstrap_keep, 0, "no|yes"),
	W("bootstrap", "mac", bootstrap_mac, 0, "optional|required"),
	S("control", "socket", socket),
	{ "control", "mode", OCTAL, offsetof(struct config, socket_mode), sizeof(unsigned int),
	  0, 0777, NULL },
	N("session", "timeout_s", session_timeout_s, 1, 86400),
	N("session", "http_timeout_s", http_timeout_s, 1, 3600),
	N("session", "gateway_timeout_s", gateway_timeout_s, 1, 3600),
	N("session", "retries", retries, 0, 10),
	N("session", "max_message_bytes", max_msg_size, DM_MIN_MSG_SIZE, DM_MAX_MSG_SIZE),
	N("session", "max_object_bytes", max_obj_size, 1, MO_MAX_VALUE),
	N("ui", "timeout_s", ui_timeout_s, 1, 86400),
	S("ui", "script", ui_script),
	S("device", "id", dev_id),
	S("device", "man", man),
	S("device", "mod", mod),
	S("device", "lang", lang),
	S("device", "type", dev_typ),
	S("device", "oem", oem),
	S("device", "fwv", fwv),
	S("device", "swv", swv),
	S("device", "hwv", hwv),
};

static const struct key provider_keys[] = {
#define P(nam, field) \
	{ "", nam, STR, offsetof(struct config_provider, field), \
	  sizeof(((struct config_provider *)0)->field), 0, 0, NULL }
	P("type", type),
	P("subtree", subtree),
	P("file", file),
	P("hook", hook),
	{ "", "hook_timeout_ms", NUM, offsetof(struct config_provider, hook_timeout_ms),
	  sizeof(unsigned int), 1, 600000, NULL },
};

struct reading {
	struct config *cfg;
	char *err;
	size_t err_len;
};

void config_defaults(struct config *cfg)
{
	*cfg = (struct config){
		.poll_ms = 1000,
		.poll_busy_ms = 100,
		.push_listen = "127.0.0.1:2948",
		.push_ui_mode = DM_UI_BACKGROUND,
		.push_rate = 5,
		.push_burst = 20,
		.push_resync = 1,
		.scws_port = 3516,
		.state_dir = "/var/lib/dmsc",
		.bootstrap_card = 1,
		.socket = CONTROL_SOCKET_DEFAULT,
		.socket_mode = 0660,
		.session_timeout_s = 600,
		.http_timeout_s = 60,
		.gateway_timeout_s = 30,
		.retries = 3,
		.max_msg_size = DM_MAX_MSG_SIZE,
		.max_obj_size = DM_MAX_OBJ_SIZE,
		.ui_timeout_s = 60,
		.lang = "en",
		.dev_typ = "gateway",
	};
}

static int complain(struct reading *r, const char *what, const char *section, const char *name)
{
	snprintf(r->err, r->err_len, "%s: [%s] %s", what, section, name);
	return 0;
}

/* The place of the value among words separated by '|'. */
static int set_word(struct reading *r, unsigned int *dst, const struct key *k, const char *section,
		    const char *value)
{
	size_t len = strlen(value);
	unsigned int n = (unsigned int)k->min;
	const char *word;

	for (word = k->words; word; word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL, n++) {
		if (strcspn(word, "|") != len || strncmp(word, value, len))
			continue;
		*dst = n;
		return 1;
	}
	snprintf(r->err, r->err_len, "[%s] %s: not one of %s", section, k->name, k->words);
	return 0;
}

static int set_value(struct reading *r, void *base, const struct key *k, const char *section,
		     const char *value)
{
	unsigned long n;
	char *end;

	if (k->kind == STR) {
		if (strlen(value) >= k->size)
			return complain(r, "value too long", section, k->name);
		strcpy((char *)base + k->offset, value);
		return 1;
	}
	if (k->kind == WORD)
		return set_word(r, (unsigned int *)((char *)base + k->offset), k, section, value);
	errno = 0;
	n = strtoul(value, &end, k->kind == OCTAL ? 8 : 10);
	if (errno || end == value || *end || *value == '-' || n < k->min || n > k->max) {
		snprintf(r->err, r->err_len, "[%s] %s: not a number from %lu to %lu", section,
			 k->name, k->min, k->max);
		return 0;
	}
	*(unsigned int *)((char *)base + k->offset) = (unsigned int)n;
	return 1;
}

static struct config_provider *find_provider(struct reading *r, const char *name)
{
	struct config *cfg = r->cfg;
	struct config_provider *p;

	for (size_t i = 0; i < cfg->n_providers; i++)
		if (!strcmp(cfg->provider[i].name, name))
			return &cfg->provider[i];
	if (!*name || strlen(name) >= sizeof(p->name) || cfg->n_providers == CONFIG_PROVIDERS)
		return NULL;
	p = &cfg->provider[cfg->n_providers++];
	*p = (struct config_provider){ .type = "keyvalue" };
	strcpy(p->name, name);
	return p;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (!strncmp(section, "provider ", 9)) {
		struct config_provider *p = find_provider(r, section + 9);

		if (!p)
			return complain(r, "bad name, or too many providers", section, name);
		for (size_t i = 0; i < sizeof(provider_keys) / sizeof(*provider_keys); i++)
			if (!strcmp(name, provider_keys[i].name))
				return set_value(r, p, &provider_keys[i], section, value);
		return complain(r, "unknown key", section, name);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(section, keys[i].section) && !strcmp(name, keys[i].name))
			return set_value(r, r->cfg, &keys[i], section, value);
	return complain(r, "unknown key", section, name);
}

static int check(const struct config *cfg, const char *file, char *err, size_t err_len)
{
	if (!*cfg->dev_id) {
		snprintf(err, err_len, "%s: [device] id is missing (IMEI:..., urn:uuid:...)", file);
		return -EINVAL;
	}
	for (size_t i = 0; i < cfg->n_providers; i++) {
		const struct config_provider *p = &cfg->provider[i];

		if (strcmp(p->type, "keyvalue")) {
			snprintf(err, err_len, "%s: [provider %s] type \"%s\" is not known (keyvalue)",
				 file, p->name, p->type);
			return -EINVAL;
		}
		if (!*p->subtree || !*p->file) {
			snprintf(err, err_len, "%s: [provider %s] subtree and file are needed",
				 file, p->name);
			return -EINVAL;
		}
	}
	return 0;
}

int config_read(const char *file, struct config *cfg, char *err, size_t err_len)
{
	char why[200] = "";
	struct reading r = { cfg, why, sizeof(why) };
	int ret;

	errno = 0;
	ret = ini_parse(file, on_key, &r);
	if (ret == -1) {
		ret = errno ? -errno : -EIO;
		snprintf(err, err_len, "%s: %s", file, strerror(-ret));
		return ret;
	}
	if (ret) {
		snprintf(err, err_len, "%s:%d: %s", file, ret > 0 ? ret : 0,
			 *why ? why : "not an INI line");
		return -EINVAL;
	}
	return check(cfg, file, err, err_len);
}
