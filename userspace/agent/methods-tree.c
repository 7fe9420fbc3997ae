// SPDX-License-Identifier: BSD-3-Clause
/*
 * The methods of the control socket that look into the tree and change it.
 *
 * Who may open the socket is the device's administrator and may do what the device may; secrets can
 * be written but not read.  While a command of a server has a unit of work open, nothing is
 * written: it would belong to that unit.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/methods-tree.h"

static const struct { unsigned int bit; const char *name; } rights[] = {
	{ MO_ACCESS_ADD, "Add" }, { MO_ACCESS_COPY, "Copy" }, { MO_ACCESS_DELETE, "Delete" },
	{ MO_ACCESS_EXEC, "Exec" }, { MO_ACCESS_GET, "Get" }, { MO_ACCESS_REPLACE, "Replace" },
};

static void add_str(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static const char *get_str(const struct control_call *call, const char *name)
{
	struct json_object *v;

	if (!json_object_object_get_ex(call->parameters, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static bool get_bool(const struct control_call *call, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(call->parameters, name, &v) && json_object_get_boolean(v);
}

static void fail(const struct control_call *call, const char *error, const char *key,
		 const char *text)
{
	struct json_object *p = json_object_new_object();

	add_str(p, key, text);
	control_error(call->peer, error, p);
}

static void invalid_parameter(const struct control_call *call, const char *name)
{
	fail(call, "org.varlink.service.InvalidParameter", "parameter", name);
}

static const char *reason_of(int status)
{
	switch (status) {
	case MO_BAD_COMMAND: return "malformed";
	case MO_FORBIDDEN: return "forbidden";
	case MO_NOT_FOUND: return "no such node";
	case MO_NOT_ALLOWED: return "not allowed on this node";
	case MO_UNSUPPORTED_FEATURE: return "not supported";
	case MO_TOO_LARGE: return "too large";
	case MO_URI_TOO_LONG: return "URI too long or too deep";
	case MO_UNSUPPORTED_FORMAT: return "wrong format or type";
	case MO_EXISTS: return "exists already";
	case MO_DEVICE_FULL: return "no room";
	default: return "failed";
	}
}

/* The answer to a change; failed is the node that the status is about. */
static void answer(struct agent *a, const struct control_call *call, int status, const char *uri,
		   const char *failed)
{
	const char *reason = mo_tree_error(a->tree);
	struct json_object *p;

	if (status == MO_OK) {
		control_reply(call->peer, NULL, false);
		return;
	}
	p = json_object_new_object();
	json_object_object_add(p, "code", json_object_new_int(status));
	add_str(p, "uri", *failed ? failed : uri);
	add_str(p, "reason", *reason ? reason : reason_of(status));
	control_error(call->peer, "Status", p);
}

static bool busy(struct agent *a, const struct control_call *call)
{
	if (!mo_tree_busy(a->tree))
		return false;
	fail(call, "Busy", "reason", "a server's command is being executed");
	return true;
}

/* ---------------------------------------------------------------------------- reading */

static void do_tree(struct agent *a, const struct control_call *call)
{
	const char *uri = get_str(call, "uri");
	struct json_object *o;
	char *xml;
	size_t len;
	int ret = mo_tree_to_xml(a->tree, uri ? uri : ".", &xml, &len);

	if (ret) {
		fail(call, ret == -ENOENT ? "NotFound" : "Failed", "reason", strerror(-ret));
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "xml", json_object_new_string_len(xml, (int)len));
	free(xml);
	control_reply(call->peer, o, false);
}

static struct json_object *value_to_json(const struct mo_value *v)
{
	struct json_object *o;
	unsigned char *text;
	int n;

	if (strcmp(v->format, "bin"))
		return json_object_new_string_len(v->data, (int)v->len);
	text = malloc(v->len / 3 * 4 + 5);
	if (!text)
		return NULL;
	n = EVP_EncodeBlock(text, (const unsigned char *)v->data, (int)v->len);
	o = json_object_new_string_len((char *)text, n);
	free(text);
	return o;
}

static int add_node(void *arg, const struct mo_entry *e)
{
	struct json_object *o = json_object_new_object(), *access = json_object_new_array();

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (e->access & rights[i].bit)
			json_object_array_add(access, json_object_new_string(rights[i].name));
	add_str(o, "uri", e->uri);
	add_str(o, "format", e->format);
	add_str(o, "type", e->type);
	json_object_object_add(o, "access", access);
	add_str(o, "acl", e->acl);
	add_str(o, "title", e->title);
	add_str(o, "tstamp", e->tstamp);
	json_object_object_add(o, "verno", json_object_new_int((int)e->verno));
	add_bool(o, "permanent", e->permanent);
	add_bool(o, "secret", e->secret);
	if (e->value.data)
		json_object_object_add(o, "value", value_to_json(&e->value));
	return json_object_array_add(arg, o) ? -ENOMEM : 0;
}

static void do_list(struct agent *a, const struct control_call *call)
{
	struct json_object *nodes = json_object_new_array(), *o;
	const char *uri = get_str(call, "uri");
	int ret = mo_tree_each_node(a->tree, uri ? uri : ".", get_bool(call, "values"), add_node,
				    nodes);

	if (ret) {
		json_object_put(nodes);
		fail(call, ret == -ENOENT ? "NotFound" : "Failed", "reason", strerror(-ret));
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "nodes", nodes);
	control_reply(call->peer, o, false);
}

/* ---------------------------------------------------------------------------- writing */

/* The value of the call; bytes is what bin is decoded to, to be freed. */
static bool read_value(const struct control_call *call, struct mo_value *v, char **bytes)
{
	const char *text = get_str(call, "value"), *format = get_str(call, "format");
	const char *type = get_str(call, "type");
	int n;

	*v = (struct mo_value){ .data = (char *)(text ? text : "") };
	*bytes = NULL;
	v->len = strlen(v->data);
	if ((format && strlen(format) >= sizeof(v->format)) ||
	    (type && strlen(type) >= sizeof(v->type)))
		return false;
	strcpy(v->format, format ? format : "");
	strcpy(v->type, type ? type : "");
	if (strcmp(v->format, "bin") || !v->len)
		return true;
	if (v->len % 4)
		return false;
	*bytes = malloc(v->len);
	n = *bytes ? EVP_DecodeBlock((unsigned char *)*bytes, (const unsigned char *)text,
				     (int)v->len) : -1;
	if (n < 0)
		return false;
	v->len = (size_t)n - (text[v->len - 1] == '=') - (text[v->len - 2] == '=');
	v->data = *bytes;
	return true;
}

static void do_write(struct agent *a, const struct control_call *call)
{
	const char *op = get_str(call, "op"), *uri = get_str(call, "uri");
	struct mo_value v;
	char *bytes = NULL;
	int status;

	if (busy(a, call))
		return;
	if (!uri) {
		invalid_parameter(call, "uri");
	} else if (!read_value(call, &v, &bytes)) {
		invalid_parameter(call, "value");
	} else if (op && (!strcmp(op, "add") || !strcmp(op, "replace") || !strcmp(op, "delete"))) {
		status = *op == 'a' ? mo_tree_add(a->tree, NULL, uri, &v) :
			 *op == 'r' ? mo_tree_replace(a->tree, NULL, uri, &v) :
				      mo_tree_delete(a->tree, NULL, uri);
		answer(a, call, status, uri, mo_tree_failed_uri(a->tree));
	} else {
		invalid_parameter(call, "op");
	}
	free(bytes);
}

static void do_import(struct agent *a, const struct control_call *call)
{
	const char *xml = get_str(call, "xml"), *uri = get_str(call, "uri");
	struct mo_value v = { .data = (char *)xml, .format = "xml", .type = MO_TNDS_XML };
	char failed[MO_MAX_URI + 16];
	int status;

	if (busy(a, call))
		return;
	if (!xml || (get_bool(call, "replace") && !uri)) {
		invalid_parameter(call, xml ? "uri" : "xml");
		return;
	}
	v.len = strlen(xml);
	status = mo_tree_begin(a->tree);
	if (status == MO_OK && get_bool(call, "replace"))
		status = mo_tree_replace(a->tree, NULL, uri, &v);
	else if (status == MO_OK)
		status = mo_tree_add(a->tree, NULL, uri ? uri : ".", &v);
	strcpy(failed, mo_tree_failed_uri(a->tree));
	if (status == MO_OK && !get_bool(call, "dry_run"))
		status = mo_tree_commit(a->tree);
	else
		mo_tree_rollback(a->tree);
	answer(a, call, status, uri ? uri : ".", failed);
}

bool methods_tree_call(struct agent *a, const struct control_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct agent *a, const struct control_call *call);
	} methods[] = {
		{ CONTROL_INTERFACE ".Tree", do_tree },
		{ CONTROL_INTERFACE ".TreeList", do_list },
		{ CONTROL_INTERFACE ".TreeWrite", do_write },
		{ CONTROL_INTERFACE ".TreeImport", do_import },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strcmp(call->method, methods[i].name))
			continue;
		methods[i].run(a, call);
		return true;
	}
	return false;
}
