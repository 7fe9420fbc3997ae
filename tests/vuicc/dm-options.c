// SPDX-License-Identifier: BSD-3-Clause
/*
 * Options of the DM server.
 *
 *	encoding=same|xml|wbxml		of the answers; same: as the client's message (default)
 *	text=inline|table|opaque	how WBXML holds text (default inline)
 *	client-auth=md5|basic|mac|none	what the client has to prove itself by (default md5)
 *	server-auth=md5|basic|mac|none	what the server proves itself by, unless asked for another
 *	accept=session|message		what credentials are good for (default session; mac: message)
 *	max-msg=N max-obj=N		MaxMsgSize (default 16384) and MaxObjSize (default 1048576)
 *	batch=N				at most N commands of the file in a message
 *	package=message|file		Final in each message with commands, or in the last
 *	alert-status=CODE		the Status for alerts 1224 and 1226
 *	hostile=SEED			half of its messages are spoiled, see hostile.h
 *	fault=NAME			as --dm-fault
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-options.h"

#define MSG_SIZE_MIN	512
#define BLANKS		" \t\r\n"

void vdm_options_default(struct vdm_options *o)
{
	memset(o, 0, sizeof(*o));
	o->client = o->server = VDM_AUTH_MD5;
	o->max_msg = 16384;
	o->max_obj = 1024 * 1024;
}

static const struct {
	const char *word, *type;
} auths[] = {
	[VDM_AUTH_NONE] = { "none", NULL },
	[VDM_AUTH_BASIC] = { "basic", "syncml:auth-basic" },
	[VDM_AUTH_MD5] = { "md5", "syncml:auth-md5" },
	[VDM_AUTH_MAC] = { "mac", "syncml:auth-MAC" },
};

#define AUTHS	(sizeof(auths) / sizeof(auths[0]))

const char *vdm_auth_type(enum vdm_auth auth)
{
	return auths[auth].type;
}

enum vdm_auth vdm_auth_of_type(const char *type)
{
	size_t i;

	for (i = 1; i < AUTHS; i++)
		if (!strcmp(auths[i].type, type))
			return (enum vdm_auth)i;
	return VDM_AUTH_NONE;
}

static bool parse_auth(const char *value, enum vdm_auth *ret)
{
	size_t i;

	for (i = 0; i < AUTHS; i++) {
		if (!strcmp(auths[i].word, value)) {
			*ret = (enum vdm_auth)i;
			return true;
		}
	}
	return false;
}

/* One of words (NULL ends them); its place. */
static bool parse_word(const char *value, const char *const *words, int *ret)
{
	for (*ret = 0; words[*ret]; ++*ret)
		if (!strcmp(words[*ret], value))
			return true;
	return false;
}

static bool parse_number(const char *value, unsigned long min, unsigned long max,
			 unsigned long *ret)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	*ret = strtoul(value, &end, 10);
	return !errno && !*end && *ret >= min && *ret <= max;
}

static bool parse_flag(const char *value, const char *no, const char *yes, bool *ret)
{
	*ret = !strcmp(value, yes);
	return *ret || !strcmp(value, no);
}

static bool take(struct vdm_options *o, const char *name, const char *value)
{
	static const char *const encodings[] = { "same", "xml", "wbxml", NULL };
	static const char *const texts[] = { "inline", "table", "opaque", NULL };
	int i;

	if (!strcmp(name, "encoding"))
		return parse_word(value, encodings, &i) && (o->encoding = i, true);
	if (!strcmp(name, "text"))
		return parse_word(value, texts, &i) && (o->text = i, true);
	if (!strcmp(name, "client-auth"))
		return parse_auth(value, &o->client);
	if (!strcmp(name, "server-auth"))
		return parse_auth(value, &o->server);
	if (!strcmp(name, "accept"))
		return parse_flag(value, "session", "message", &o->each_message);
	if (!strcmp(name, "max-msg"))
		return parse_number(value, MSG_SIZE_MIN, 65536, &o->max_msg);
	if (!strcmp(name, "max-obj"))
		return parse_number(value, 1, 16 * 1024 * 1024, &o->max_obj);
	if (!strcmp(name, "batch"))
		return parse_number(value, 1, 4096, &o->batch);
	if (!strcmp(name, "package"))
		return parse_flag(value, "message", "file", &o->open_packages);
	if (!strcmp(name, "alert-status"))
		return parse_number(value, 200, 599, &o->alert_status);
	if (!strcmp(name, "hostile"))
		return parse_number(value, 1, 999999999, &o->hostile);
	if (!strcmp(name, "fault"))
		return snprintf(o->fault, sizeof(o->fault), "%s", value) < (int)sizeof(o->fault);
	return false;
}

int vdm_options_parse(struct vdm_options *o, const char *where, const char *text)
{
	char word[64], *value;
	int len;

	for (text += strspn(text, BLANKS); *text; text += len + strspn(text + len, BLANKS)) {
		len = (int)strcspn(text, BLANKS);
		if (snprintf(word, sizeof(word), "%.*s", len, text) < (int)sizeof(word)) {
			value = strchr(word, '=');
			if (value)
				*value++ = '\0';
			if (value && take(o, word, value))
				continue;
		}
		fprintf(stderr, "%s: unknown option of the DM server, or a bad value: %.*s\n", where,
			len, text);
		return -EINVAL;
	}
	return 0;
}
