// SPDX-License-Identifier: BSD-3-Clause
/*
 * The method of the control socket that takes a bootstrap document.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/methods.h"

/* Base64 into memory of its own; NULL if it is not, or there is no memory. */
static uint8_t *get_document(const struct control_call *call, size_t *len)
{
	const char *b64 = method_get_str(call, "data");
	size_t n = b64 ? strlen(b64) : 0, pad = 0;
	uint8_t *data;
	int out;

	if (!n || n % 4)
		return NULL;
	while (pad < 2 && b64[n - 1 - pad] == '=')
		pad++;
	data = malloc(n / 4 * 3 + 1);
	if (!data)
		return NULL;
	out = EVP_DecodeBlock(data, (const unsigned char *)b64, (int)n);
	if (out < (int)pad) {
		free(data);
		return NULL;
	}
	*len = (size_t)out - pad;
	return data;
}

static bool get_profile(const struct control_call *call, enum dm_profile *profile)
{
	const char *name = method_get_str(call, "profile");

	*profile = DM_PROFILE_ANY;
	if (!name)
		return true;
	*profile = strcmp(name, "cp") ? DM_PROFILE_DM : DM_PROFILE_CP;
	return *profile == DM_PROFILE_CP || !strcmp(name, "dm");
}

static void reply(const struct control_call *call, const struct dm_bootstrap_result *r)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (unsigned int i = 0; i < r->n; i++)
		json_object_array_add(list, json_object_new_string(r->server[i]));
	method_add_str(o, "profile", r->profile == DM_PROFILE_CP ? "cp" :
		       r->profile == DM_PROFILE_DM ? "dm" : "");
	method_add_str(o, "security", dm_security_name(r->security));
	json_object_object_add(o, "unchanged", json_object_new_boolean(r->unchanged));
	json_object_object_add(o, "accounts", list);
	method_add_int(o, "skipped", r->skipped);
	control_reply(call->peer, o, false);
}

static const char *error_name(int err)
{
	switch (err) {
	case -ENOKEY:
		return "PinNeeded";
	case -EACCES:
	case -EPERM:
	case -EEXIST:
	case -ENOENT:
	case -EBADMSG:
		return "Refused";
	case -EAGAIN:
		return "Busy";
	}
	return "Failed";
}

void method_bootstrap(struct agent *a, const struct control_call *call)
{
	struct dm_bootstrap doc = { .origin = "dmsc bootstrap" };
	struct dm_bootstrap_result r;
	struct json_object *dry_run;
	uint8_t *data;
	int ret;

	if (mo_tree_busy(a->tree)) {
		method_fail(call, "Busy", "a command of a server is being run");
		return;
	}
	if (!get_profile(call, &doc.profile)) {
		method_invalid_parameter(call, "profile");
		return;
	}
	data = get_document(call, &doc.len);
	if (!data) {
		method_invalid_parameter(call, "data");
		return;
	}
	doc.data = data;
	doc.content_type = method_get_str(call, "content_type");
	doc.dry_run = json_object_object_get_ex(call->parameters, "dry_run", &dry_run) &&
		      json_object_get_boolean(dry_run);
	ret = enrolment_document(a->enrolment, &doc, method_get_str(call, "pin"), &r);
	OPENSSL_cleanse(data, doc.len);
	free(data);
	if (ret)
		method_fail(call, error_name(ret), r.why);
	else
		reply(call, &r);
}
