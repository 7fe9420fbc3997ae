// SPDX-License-Identifier: BSD-3-Clause
/* The rules that a message of the client must keep as a whole (spec/oma-dm.md 2). */
#include <stdio.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define SECRET_MIN	6	/* shorter ones are found in any text */

void vdm_rules_metinf(struct vdm_session *s, const xmlNode *n)
{
	const xmlNode *c;

	for (c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE || vdm_is(c, "Data"))
			continue;
		if (vdm_is(n, "Meta") && (!c->ns || strcmp((const char *)c->ns->href, VDM_NS_METINF)))
			vdm_violation(s, "%s is not in the namespace " VDM_NS_METINF,
				      (const char *)c->name);
		vdm_rules_metinf(s, c);
	}
}

/* CmdIDs are unique in a message and never 0. */
static void check_cmdids(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *a, *b;
	char id[32], other[32];

	for (a = in->body->children; a; a = a->next) {
		if (a->type != XML_ELEMENT_NODE || vdm_is(a, "Final"))
			continue;
		if (vdm_path_text(a, "CmdID", id, sizeof(id)) <= 0) {
			vdm_violation(s, "%s without CmdID", (const char *)a->name);
			continue;
		}
		if (!strcmp(id, "0"))
			vdm_violation(s, "%s with CmdID 0", (const char *)a->name);
		for (b = in->body->children; b != a; b = b->next) {
			if (b->type != XML_ELEMENT_NODE)
				continue;
			vdm_path_text(b, "CmdID", other, sizeof(other));
			if (!strcmp(id, other)) {
				vdm_violation(s, "CmdID %s is used twice", id);
				break;
			}
		}
	}
}

static void check_final_is_last(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *c;
	bool seen = false;

	for (c = in->body->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE)
			continue;
		if (seen) {
			vdm_violation(s, "%s after Final", (const char *)c->name);
			return;
		}
		seen = vdm_is(c, "Final");
	}
}

static bool is_alert(const xmlNode *n, long code)
{
	return vdm_is(n, "Alert") && vdm_number(vdm_child(n, "Data")) == code;
}

/* Who completes a package, and who asks for what is still to come. */
static void check_package(struct vdm_session *s, const struct vdm_in *in)
{
	bool abort = false, next = false, more = false, anything = false;
	const xmlNode *c, *item;

	for (c = in->body->children; c; c = c->next) {
		abort |= is_alert(c, 1223);
		next |= is_alert(c, 1222);
		anything |= c->type == XML_ELEMENT_NODE && !vdm_is(c, "Final") &&
			    !(vdm_is(c, "Status") && vdm_is_header_status(c));
		for (item = vdm_is(c, "Results") ? c->children : NULL; item; item = item->next)
			more |= vdm_child(item, "MoreData") != NULL;
	}
	if (in->final && !s->may_final && !abort)
		vdm_violation(s, "message %u has Final, our package is not complete", in->msg);
	if (in->final && more)
		vdm_violation(s, "message %u has Final, and an object that goes on", in->msg);
	if (next && in->final)
		vdm_violation(s, "message %u has Final and asks for the next message (1222)", in->msg);
	else if (next && s->last_final)
		vdm_violation(s, "message %u asks for the next message (1222) of a complete package",
			      in->msg);
	if (!in->final && !anything)
		vdm_violation(s, "message %u has neither Final nor anything to say, nor 1222", in->msg);
}

static bool has_dev_info(const struct vdm_in *in, const char *leaf, char *value, size_t room)
{
	const xmlNode *cmd, *item;
	char uri[64];

	for (cmd = in->body->children; cmd; cmd = cmd->next) {
		if (!vdm_is(cmd, "Replace"))
			continue;
		for (item = cmd->children; item; item = item->next) {
			if (!vdm_is(item, "Item"))
				continue;
			vdm_path_text(item, "Source/LocURI", uri, sizeof(uri));
			if (!strncmp(uri, "./DevInfo/", 10) && !strcmp(uri + 10, leaf)) {
				vdm_path_text(item, "Data", value, room);
				return true;
			}
		}
	}
	return false;
}

/* Package 1: alert 1200 or 1201, then DevInfo with all its leaves. */
static void check_package1(struct vdm_session *s, const struct vdm_in *in)
{
	static const char *const leaves[] = { "DevId", "Man", "Mod", "DmV", "Lang" };
	const xmlNode *c;
	char value[VDM_TEXT];
	bool alert = false, before = false;
	size_t i;

	for (c = in->body->children; c && !alert; c = c->next) {
		alert = is_alert(c, 1200) || is_alert(c, 1201);
		before |= vdm_is(c, "Replace");
	}
	if (!alert)
		vdm_violation(s, "package 1 without alert 1200 or 1201");
	else if (before)
		vdm_violation(s, "DevInfo comes before the alert of package 1");
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		if (!has_dev_info(in, leaves[i], value, sizeof(value)))
			vdm_violation(s, "package 1 without ./DevInfo/%s", leaves[i]);
		else if (!i && strcmp(value, in->source))
			vdm_violation(s, "DevId %s is not the Source %s", value, in->source);
	}
	s->package1_seen = true;
}

/* What opens a session comes once. */
static void check_opened_once(struct vdm_session *s, const struct vdm_in *in)
{
	const xmlNode *c;

	for (c = in->body->children; c; c = c->next)
		if (is_alert(c, 1200) || is_alert(c, 1201))
			vdm_violation(s, "alert %ld in the middle of the session",
				      vdm_number(vdm_child(c, "Data")));
}

void vdm_rules_before(struct vdm_session *s, const struct vdm_in *in)
{
	vdm_rules_metinf(s, in->body);
	check_cmdids(s, in);
	check_final_is_last(s, in);
	check_package(s, in);
	if (s->package1_seen)
		check_opened_once(s, in);
	else
		check_package1(s, in);
}

/* No secret ever comes back, whatever it is called. */
static void check_secrets(struct vdm_session *s, const xmlNode *n, const char *secret)
{
	const xmlNode *c;

	for (c = n->children; c; c = c->next) {
		if (c->type == XML_ELEMENT_NODE)
			check_secrets(s, c, secret);
		else if (c->content && strstr((const char *)c->content, secret))
			vdm_violation(s, "a password is in %s", (const char *)n->name);
	}
}

void vdm_rules_after(struct vdm_session *s, const struct vdm_in *in, unsigned int before)
{
	const struct vdm_server *srv = s->srv;
	char why[256];

	if (strlen(srv->server_secret) >= SECRET_MIN)
		check_secrets(s, in->body, srv->server_secret);
	if (strlen(srv->client_secret) >= SECRET_MIN)
		check_secrets(s, in->body, srv->client_secret);
	/* where a rule of its own was broken, this would say it again */
	if (s->violations == before && !vdm_dtd_check(in->doc, why, sizeof(why)) && why[0])
		vdm_violation(s, "message %u is against the DTD: %s", in->msg, why);
}
