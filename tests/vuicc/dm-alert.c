// SPDX-License-Identifier: BSD-3-Clause
/* Alerts of the client (spec/oma-dm.md 5.3, 5.5), and what its user answered to ours (5.4). */
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

enum {
	DISPLAY = 1100, CONFIRM, INPUT, SINGLE_CHOICE, MULTIPLE_CHOICE,
	SERVER_INITIATED = 1200, CLIENT_INITIATED,
	NEXT_MESSAGE = 1222, ABORT, CLIENT_EVENT, NO_END_OF_DATA, GENERIC,
};

/* ------------------------------------------------------------ alerts of the client */

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix)) && text[strlen(prefix)];
}

/* Type and Mark of a generic alert. */
static void check_generic(struct vdm_session *s, const xmlNode *item)
{
	static const char *const marks[] = { "fatal", "critical", "minor", "warning",
					     "informational", "harmless", "indeterminate", NULL };
	char text[VDM_TEXT];
	size_t i;

	vdm_text(vdm_meta(NULL, item, "Type"), text, sizeof(text));
	if (!has_prefix(text, "Reversed-Domain-Name: ") && !has_prefix(text, "Content-Type: "))
		vdm_violation(s, "generic alert of type '%s'", text);
	if (vdm_text(vdm_meta(NULL, item, "Mark"), text, sizeof(text)) < 0)
		return;
	for (i = 0; marks[i] && strcmp(marks[i], text); i++)
		;
	if (!marks[i])
		vdm_violation(s, "generic alert with Mark '%s'", text);
}

/* A generic alert, and a client event, must say what it is. */
static int check_told(struct vdm_session *s, const xmlNode *alert, bool generic)
{
	const char *what = generic ? "generic alert" : "client event";
	const xmlNode *item;
	size_t items = 0;

	for (item = alert->children; item; item = item->next) {
		if (!vdm_is(item, "Item"))
			continue;
		items++;
		if (!vdm_meta(NULL, item, "Type") || !vdm_meta(NULL, item, "Format") ||
		    !vdm_child(item, "Data")) {
			vdm_violation(s, "%s without Type, Format or Data", what);
			return 412;
		}
		if (generic)
			check_generic(s, item);
	}
	if (!items)
		vdm_violation(s, "%s without Item", what);
	return items ? 200 : 412;
}

/* It names the object that we broke. */
static int check_broken_object(struct vdm_session *s, const xmlNode *alert)
{
	const xmlNode *item = vdm_child(alert, "Item");
	enum vdm_fault fault = s->srv->fault;

	if (fault != VDM_FAULT_CHUNK_MIXED && fault != VDM_FAULT_CHUNK_LOST)
		vdm_violation(s, "alert 1225, but our objects are whole");
	if (!vdm_child(item, "Target") && !vdm_child(item, "Source"))
		vdm_violation(s, "alert 1225 does not say of which object");
	return 200;
}

static void add_text(struct json_object *f, const char *name, const xmlNode *n)
{
	if (n)
		json_object_object_add(f, name, vdm_json_text(n));
}

/* One line for each Item, or one. */
static void log_alert(struct vdm_session *s, const xmlNode *alert, long code)
{
	const xmlNode *item = vdm_child(alert, "Item");

	do {
		struct json_object *f = json_object_new_object();

		json_object_object_add(f, "code", json_object_new_int64(code));
		if (item) {
			json_object_object_add(f, "source", vdm_json_text(vdm_child(
				vdm_child(item, "Source"), "LocURI")));
			json_object_object_add(f, "type", vdm_json_text(vdm_meta(alert, item, "Type")));
			json_object_object_add(f, "data", vdm_json_text(vdm_child(item, "Data")));
			add_text(f, "mark", vdm_meta(alert, item, "Mark"));
		}
		add_text(f, "correlator", vdm_child(alert, "Correlator"));
		vdm_log_event(s, "alert", f);
		for (item = item ? item->next : NULL; item && !vdm_is(item, "Item");)
			item = item->next;
	} while (item);
}

int vdm_alert_take(struct vdm_session *s, const xmlNode *n, bool *abort)
{
	const struct vdm_server *srv = s->srv;
	long code = vdm_number(vdm_child(n, "Data"));
	int ret;

	log_alert(s, n, code);
	switch (code) {
	case SERVER_INITIATED:
	case CLIENT_INITIATED:
		vdm_step(s->srv, "session %s: alert %ld (%s)", s->id, code,
			 code == SERVER_INITIATED ? "started by a package #0" :
						    "started by the client");
		return 200;
	case NEXT_MESSAGE:
		return 200;
	case ABORT:
		*abort = true;
		return 200;
	case CLIENT_EVENT:
	case GENERIC:
		ret = check_told(s, n, code == GENERIC);
		vdm_step(s->srv, "session %s: alert %ld (%s)", s->id, code,
			 code == GENERIC ? "generic" : "client event");
		return ret == 200 && srv->options.alert_status ? (int)srv->options.alert_status : ret;
	case NO_END_OF_DATA:
		return check_broken_object(s, n);
	default:
		vdm_violation(s, "alert %ld is not for a client to send", code);
		return 406;
	}
}

/* -------------------------------------------------------------- the user's answers */

long vdm_alert_for_user(const struct vdm_sent *cmd)
{
	long code = cmd->source && !strcmp(cmd->cmd, "Alert") ?
		    vdm_number(vdm_child(cmd->source, "Data")) : 0;

	return code >= DISPLAY && code <= MULTIPLE_CHOICE ? code : 0;
}

static size_t count_items(const xmlNode *n)
{
	const xmlNode *c;
	size_t items = 0;

	for (c = n->children; c; c = c->next)
		items += vdm_is(c, "Item");
	return items;
}

/* The value of an option such as MAXLEN in the first Item; "" if it is not there. */
static void option(const struct vdm_sent *cmd, const char *name, char *value, size_t room)
{
	char text[VDM_TEXT];
	const char *p;
	size_t len = strlen(name);

	value[0] = '\0';
	vdm_text(vdm_child(vdm_child(cmd->source, "Item"), "Data"), text, sizeof(text));
	for (p = text; *p; p += strcspn(p, "&"), p += *p == '&') {
		if (strncmp(p, name, len) || p[len] != '=')
			continue;
		p += len + 1;
		if (strcspn(p, "&") < room) {
			memcpy(value, p, strcspn(p, "&"));
			value[strcspn(p, "&")] = '\0';
		}
		return;
	}
}

/* Characters, not bytes. */
static size_t utf8_length(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

static void check_input(struct vdm_session *s, const struct vdm_sent *cmd, const xmlNode *data)
{
	char max[16], type[8], text[VDM_TEXT];

	option(cmd, "MAXLEN", max, sizeof(max));
	option(cmd, "IT", type, sizeof(type));
	vdm_text(data, text, sizeof(text));
	if (*max && utf8_length(text) > strtoul(max, NULL, 10))
		vdm_violation(s, "an input of %zu characters, MAXLEN is %s", utf8_length(text), max);
	if (!strcmp(type, "N") && text[strspn(text, "0123456789.+-")])
		vdm_violation(s, "an input that is no number (IT=N)");
}

static void check_choices(struct vdm_session *s, const struct vdm_sent *cmd, const xmlNode *status)
{
	size_t choices = count_items(cmd->source);
	unsigned long long seen = 0;
	const xmlNode *item;
	long n;

	choices = choices > 2 ? choices - 2 : 0;
	for (item = status->children; item; item = item->next) {
		if (!vdm_is(item, "Item"))
			continue;
		n = vdm_number(vdm_child(item, "Data"));
		if (n < 1 || (size_t)n > choices || n > 64)
			vdm_violation(s, "choice %ld of %zu", n, choices);
		else if (seen >> (n - 1) & 1)
			vdm_violation(s, "choice %ld twice", n);
		else
			seen |= 1ULL << (n - 1);
	}
}

/* How many Items belong to a Status for the alert. */
static void check_items(struct vdm_session *s, long alert, int code, size_t items)
{
	bool may_hold = alert >= INPUT && (code == 200 || code == 408);

	if (items && !may_hold)
		vdm_violation(s, "the Status %d of alert %ld has Items", code, alert);
	else if (code == 200 && (alert == INPUT || alert == SINGLE_CHOICE) && items != 1)
		vdm_violation(s, "alert %ld is answered with %zu Items", alert, items);
	if (code == 304 && alert != CONFIRM)
		vdm_violation(s, "alert %ld is answered with No (304)", alert);
}

static void log_answer(struct vdm_session *s, const struct vdm_sent *cmd, const xmlNode *status,
		       long alert)
{
	struct json_object *f = json_object_new_object(), *data = json_object_new_array();
	const xmlNode *item;
	char hidden[8];

	option(cmd, "ET", hidden, sizeof(hidden));
	for (item = status->children; item; item = item->next)
		if (vdm_is(item, "Item"))
			json_object_array_add(data, !strcmp(hidden, "P") ?
				json_object_new_string("***") : vdm_json_text(vdm_child(item, "Data")));
	json_object_object_add(f, "msg", json_object_new_int64(cmd->msg));
	json_object_object_add(f, "cmdid", json_object_new_int64(cmd->cmdid));
	json_object_object_add(f, "code", json_object_new_int64(alert));
	json_object_object_add(f, "data", data);
	vdm_log_event(s, "answer", f);
}

void vdm_alert_answered(struct vdm_session *s, const struct vdm_sent *cmd, const xmlNode *status,
			int code)
{
	long alert = vdm_alert_for_user(cmd);
	size_t items = count_items(status);

	if (!alert) {
		if (code == 304)
			vdm_violation(s, "command %u (%s) is answered with No (304)", cmd->cmdid,
				      cmd->cmd);
		return;
	}
	check_items(s, alert, code, items);
	if (!items)
		return;
	if (alert == INPUT)
		check_input(s, cmd, vdm_child(vdm_child(status, "Item"), "Data"));
	if (alert == SINGLE_CHOICE || alert == MULTIPLE_CHOICE)
		check_choices(s, cmd, status);
	log_answer(s, cmd, status, alert);
}
