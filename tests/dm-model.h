/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holds a message that the client sends against the content models of spec/oma-dm.md 4.2 and the
 * rules of 2.1 and 2.3: which elements, in which order, in which namespace, how often. It knows
 * nothing of how messages are written; what it reads is what a reader made of the bytes.
 */
#ifndef DM_MODEL_H
#define DM_MODEL_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dm/node.h"
#include "dm/syncml.h"

#define DM_MODEL_TEXT	"#"	/* text and nothing else, not empty */
#define DM_MODEL_ANY	"*"

/*
 * A model is a sequence of names; (A|B) is a choice, behind it stands how often: ? * + or nothing.
 * Commands have the members that a client may send.
 */
static const struct dm_model {
	const char *name, *children;
} dm_models[] = {
	{ "SyncML", "SyncHdr SyncBody" },
	{ "SyncHdr", "VerDTD VerProto SessionID MsgID Target Source RespURI? NoResp? Cred? Meta?" },
	{ "SyncBody", "(Alert|Results|Status|Replace)+ Final?" },
	{ "Status", "CmdID MsgRef CmdRef Cmd TargetRef* SourceRef* Cred? Chal? Data Item*" },
	{ "Results", "CmdID MsgRef? CmdRef Meta? TargetRef? SourceRef? Item+" },
	{ "Replace", "CmdID NoResp? Cred? Meta? Item+" },
	{ "Alert", "CmdID NoResp? Cred? Data? Correlator? Item*" },
	{ "Item", "Target? Source? SourceParent? TargetParent? Meta? Data? MoreData?" },
	{ "Target", "LocURI LocName?" },
	{ "Source", "LocURI LocName?" },
	{ "Cred", "Meta? Data" },
	{ "Chal", "Meta" },
	{ "Final", "" },
	{ "MoreData", "" },
	{ "Data", DM_MODEL_ANY },
	/* what a reader that missed one would take for no text at all */
	{ "CmdRef", DM_MODEL_ANY },
	{ "LocURI", DM_MODEL_ANY },
	{ "TargetRef", DM_MODEL_ANY },
};

static const char dm_model_metinf[] =
	" FieldLevel Format Type Mark Size Anchor Version NextNonce MaxMsgSize MaxObjSize EMI Mem ";

struct dm_model_check {
	char *why;
	size_t why_len;
	unsigned int ids;	/* commands so far: CmdIDs count up from 1 */
};

static bool dm_model_fail(struct dm_model_check *c, const struct dm_node *node, const char *what)
{
	snprintf(c->why, c->why_len, "<%s>: %s", node->name, what);
	return false;
}

/* Is this name one of those in a particle, NAME or (NAME|NAME)? */
static bool dm_model_names(const char *particle, size_t len, const char *name)
{
	size_t n = strlen(name), i = 0, word;

	while (i < len) {
		i += strspn(particle + i, "(|");
		word = strcspn(particle + i, "|)?*+ ");
		if (word == n && !strncmp(particle + i, name, n))
			return true;
		i += word ? word : 1;
	}
	return false;
}

static bool dm_model_order(struct dm_model_check *c, const struct dm_node *node, const char *model)
{
	const struct dm_node *n = dm_node_element(node->first);

	while (*model) {
		size_t len = strcspn(model, " "), count = 0;
		char how = model[len - 1];

		while (n && dm_model_names(model, len, n->name)) {
			count++;
			n = dm_node_element(n->next);
			if (how != '*' && how != '+')
				break;
		}
		if (!count && how != '?' && how != '*')
			return dm_model_fail(c, node, n ? n->name : "a child is missing at the end");
		model += len;
		model += strspn(model, " ");
	}
	return n ? dm_model_fail(c, node, n->name) : true;
}

static bool dm_model_is_text(struct dm_model_check *c, const struct dm_node *node, bool any)
{
	const struct dm_node *n;

	for (n = node->first; n; n = n->next) {
		if (n->name)
			return dm_model_fail(c, node, "an element where there should be text");
	}
	return any || node->first ? true : dm_model_fail(c, node, "empty");
}

/* Each child of MetInf once at most, all in its namespace. */
static bool dm_model_meta(struct dm_model_check *c, const struct dm_node *node)
{
	const struct dm_node *n, *m;
	char name[40];

	if (!dm_node_element(node->first))
		return dm_model_fail(c, node, "empty");
	for (n = dm_node_element(node->first); n; n = dm_node_element(n->next)) {
		snprintf(name, sizeof(name), " %s ", n->name);
		if (!strstr(dm_model_metinf, name))
			return dm_model_fail(c, node, n->name);
		if (!n->space || strcmp(n->space, "syncml:metinf"))
			return dm_model_fail(c, n, "not in the namespace of MetInf");
		for (m = dm_node_element(n->next); m; m = dm_node_element(m->next)) {
			if (!strcmp(m->name, n->name))
				return dm_model_fail(c, node, "a child is there twice");
		}
		if (!dm_model_is_text(c, n, false))
			return false;
	}
	return true;
}

/* CmdIDs count from 1, which makes them unique and none of them 0. */
static bool dm_model_cmd_id(struct dm_model_check *c, const struct dm_node *node)
{
	char wanted[12];

	snprintf(wanted, sizeof(wanted), "%u", ++c->ids);
	if (!node->first || node->first->name || strcmp(node->first->text, wanted))
		return dm_model_fail(c, node, "does not count up from 1");
	return true;
}

static bool dm_model_element(struct dm_model_check *c, const struct dm_node *node)
{
	const char *model = DM_MODEL_TEXT;
	const struct dm_node *n;
	size_t i;

	if (!node->space || strcmp(node->space, "SYNCML:SYNCML1.2"))
		return dm_model_fail(c, node, "not in the namespace of SyncML");
	if (!strcmp(node->name, "Meta"))
		return dm_model_meta(c, node);
	if (!strcmp(node->name, "CmdID") && !dm_model_cmd_id(c, node))
		return false;
	for (i = 0; i < sizeof(dm_models) / sizeof(dm_models[0]); i++) {
		if (!strcmp(dm_models[i].name, node->name))
			model = dm_models[i].children;
	}
	if (!strcmp(model, DM_MODEL_TEXT) || !strcmp(model, DM_MODEL_ANY))
		return dm_model_is_text(c, node, !strcmp(model, DM_MODEL_ANY));
	if (!dm_model_order(c, node, model))
		return false;
	for (n = node->first; n; n = n->next) {
		if (!n->name)
			return dm_model_fail(c, node, "text between elements");
		if (!dm_model_element(c, n))	/* as deep as the models are */
			return false;
	}
	return true;
}

/* Is this a message that a client may send? Otherwise why says what is wrong. */
static inline bool dm_model_holds(enum dm_encoding encoding, const void *body, size_t len, char *why,
				  size_t why_len)
{
	struct dm_model_check c = { .why = why, .why_len = why_len };
	struct dm_message *msg = dm_message_new();
	struct dm_document doc;
	bool good;

	dm_document_init(&doc, msg);
	if (encoding == DM_ENCODING_WBXML)
		dm_wbxml_read(&doc, body, len);
	else
		dm_xml_read(&doc, body, len, why, why_len);
	good = !doc.err;
	if (!good && doc.what)
		snprintf(why, why_len, "%u: %s", doc.where, doc.what);
	if (good && strcmp(doc.root->name, "SyncML"))
		good = dm_model_fail(&c, doc.root, "not SyncML");
	good = good && dm_model_element(&c, doc.root);
	dm_message_free(msg);
	return good;
}

#endif /* DM_MODEL_H */
