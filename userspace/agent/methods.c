// SPDX-License-Identifier: BSD-3-Clause
/*
 * Methods of the control socket: interface org.dmsc.Agent, described by itself (varlink).
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/methods-tree.h"
#include "agent/methods.h"

static const char description[] =
	"# The DM agent: sessions with the card, the management tree, the user.\n"
	"interface org.dmsc.Agent\n\n"
	"type Reader (device: string, state: string, error: ?string, atr: ?string,\n"
	"  protocol: ?int, baud: ?int, generation: ?int, proactive: ?int)\n"
	"type Counts (messages_out: int, messages_in: int, commands: int, statuses_ok: int,\n"
	"  statuses_other: int, results: int)\n"
	"type Report (number: int, session: string, server: string, outcome: string,\n"
	"  reason: string, duration_ms: int, counts: Counts)\n"
	METHODS_TREE_TYPES
	"type Cat (apdus: int, fetches: int, envelopes: int, bytes_up: int, bytes_down: int)\n"
	"type Push (received: int, accepted: int, duplicates: int, refused: int, throttled: int)\n\n"
	"method Status() -> (version: string, reader: Reader, gateway: bool, session: string,\n"
	"  session_id: ?string, waiting: int, last: ?Report, cat: Cat, push: Push, ui: bool,\n"
	"  accounts: []string)\n"
	"# Starts a session (alert 1201); without server: with the first account.\n"
	"method Trigger(server: ?string) -> (server: string)\n"
	"# Package #0 that came over another bearer, base64. form: wsp (a WSP push; if absent), sms (user\n"
	"# data of a short message with its header) or notification (nothing around it).\n"
	"method Notify(data: string, form: ?string, origin: ?string) -> ()\n"
	"# With more: first a reply without report, then one for each session that ends.\n"
	"method Watch() -> (report: ?Report)\n"
	"# With more: this connection is the user. First a reply without question. withdrawn: take\n"
	"# that question down.\n"
	"# kind: display, acknowledge, confirm, input, choice (one), choices (any number).  default: accept\n"
	"# or reject of confirm, the initial text of input.  input: text, number, date (DDMMYYYY), time\n"
	"# (hhmmss), phone or ipv4.  hidden: do not show what is typed.  The first choice is number 1.\n"
	"method RegisterUi() -> (id: ?int, kind: ?string, text: ?string, min_ms: ?int,\n"
	"  max_ms: ?int, default: ?string, input: ?string, hidden: ?bool, max_len: ?int,\n"
	"  choices: ?[]string, chosen: ?[]int, withdrawn: ?int)\n"
	"# answer: accept, reject, cancel or unable (this cannot be shown).  To accept takes text for input,\n"
	"# chosen for choice and choices.\n"
	"method Answer(id: int, answer: string, text: ?string, chosen: ?[]int) -> ()\n"
	"# A document with accounts, base64; profile: dm or cp, content_type with SEC and MAC if it came with\n"
	"# one.  An account that is there stays.  security: by what its MAC was checked.\n"
	"method Bootstrap(data: string, profile: ?string, content_type: ?string, pin: ?string,\n"
	"  dry_run: ?bool) -> (profile: string, security: string, unchanged: bool,\n"
	"  accounts: []string, skipped: int)\n"
	METHODS_TREE "\n"
	METHODS_TREE_ERRORS
	"error Busy (reason: string)\n"
	"error NotFound (reason: string)\n"
	"error Refused (reason: string)\n"
	"error PinNeeded (reason: string)\n"
	"error Failed (reason: string)\n"
	"error BadAnswer (reason: string)\n";

void method_add_str(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

void method_add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

void method_fail(const struct control_call *call, const char *name, const char *reason)
{
	struct json_object *p = json_object_new_object();

	method_add_str(p, "reason", reason);
	control_error(call->peer, name, p);
}

void method_invalid_parameter(const struct control_call *call, const char *name)
{
	struct json_object *p = json_object_new_object();

	method_add_str(p, "parameter", name);
	control_error(call->peer, "org.varlink.service.InvalidParameter", p);
}

/* NULL if absent or not a string. */
const char *method_get_str(const struct control_call *call, const char *name)
{
	struct json_object *v;

	if (!json_object_object_get_ex(call->parameters, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

/* ---------------------------------------------------------------------------------- Status */

static struct json_object *report_to_json(const struct session_report *r)
{
	struct json_object *o = json_object_new_object(), *c = json_object_new_object();

	method_add_int(o, "number", r->number);
	method_add_str(o, "session", r->id);
	method_add_str(o, "server", r->server_id);
	method_add_str(o, "outcome", dm_outcome_name(r->outcome));
	method_add_str(o, "reason", r->reason);
	method_add_int(o, "duration_ms", r->duration_ms);
	method_add_int(c, "messages_out", r->counts.messages_out);
	method_add_int(c, "messages_in", r->counts.messages_in);
	method_add_int(c, "commands", r->counts.commands);
	method_add_int(c, "statuses_ok", r->counts.statuses_ok);
	method_add_int(c, "statuses_other", r->counts.statuses_other);
	method_add_int(c, "results", r->counts.results);
	json_object_object_add(o, "counts", c);
	return o;
}

static struct json_object *reader_to_json(struct agent *a)
{
	struct json_object *o = json_object_new_object();
	char hex[2 * ISO7816_ATR_LEN + 1] = "";
	struct iso7816_state st;
	struct iso7816_atr atr;

	method_add_str(o, "device", card_device(a->card));
	method_add_str(o, "state", card_state_name(card_get_state(a->card)));
	if (*card_last_error(a->card))
		method_add_str(o, "error", card_last_error(a->card));
	if (!card_get_reader_state(a->card, &st)) {
		method_add_int(o, "protocol", st.protocol);
		method_add_int(o, "baud", st.baud);
		method_add_int(o, "generation", st.generation);
		method_add_int(o, "proactive", st.proactive_len);
	}
	if (!card_get_reader_atr(a->card, &atr) && atr.len <= ISO7816_ATR_LEN) {
		for (uint32_t i = 0; i < atr.len; i++)
			sprintf(hex + 2 * i, "%02X", atr.atr[i]);
		method_add_str(o, "atr", hex);
	}
	return o;
}

static struct json_object *cat_to_json(struct agent *a)
{
	struct json_object *o = json_object_new_object();
	struct cat_stats st;

	card_get_cat_stats(a->card, &st);
	method_add_int(o, "apdus", (int64_t)st.apdus);
	method_add_int(o, "fetches", (int64_t)st.fetches);
	method_add_int(o, "envelopes", (int64_t)st.envelopes);
	method_add_int(o, "bytes_up", (int64_t)st.bytes_up);
	method_add_int(o, "bytes_down", (int64_t)st.bytes_down);
	return o;
}

static struct json_object *push_to_json(struct agent *a)
{
	struct json_object *o = json_object_new_object();
	struct push_counts c;

	push_get_counts(a->push, &c);
	method_add_int(o, "received", c.received);
	method_add_int(o, "accepted", c.accepted);
	method_add_int(o, "duplicates", c.duplicates);
	method_add_int(o, "refused", c.refused);
	method_add_int(o, "throttled", c.throttled);
	return o;
}

static struct json_object *accounts_to_json(struct agent *a)
{
	struct json_object *list = json_object_new_array();
	char id[128];

	for (unsigned int n = 0; !mo_account_nth(a->tree, n, id, sizeof(id)); n++)
		json_object_array_add(list, json_object_new_string(id));
	return list;
}

static void do_status(struct agent *a, const struct control_call *call)
{
	const struct session_report *last = sessions_last(a->sessions);
	struct json_object *o = json_object_new_object();

	method_add_str(o, "version", DMSC_VERSION);
	json_object_object_add(o, "reader", reader_to_json(a));
	json_object_object_add(o, "gateway", json_object_new_boolean(card_gateway_ready(a->card)));
	method_add_str(o, "session", session_state_name(sessions_get_state(a->sessions)));
	if (*sessions_current_id(a->sessions))
		method_add_str(o, "session_id", sessions_current_id(a->sessions));
	method_add_int(o, "waiting", sessions_waiting(a->sessions));
	if (last)
		json_object_object_add(o, "last", report_to_json(last));
	json_object_object_add(o, "cat", cat_to_json(a));
	json_object_object_add(o, "push", push_to_json(a));
	json_object_object_add(o, "ui", json_object_new_boolean(ui_has_frontend(a->ui)));
	json_object_object_add(o, "accounts", accounts_to_json(a));
	control_reply(call->peer, o, false);
}

/* --------------------------------------------------------------------------------- triggers */

static void do_trigger(struct agent *a, const struct control_call *call)
{
	struct session_request req = { .server_initiated = false, .origin = "dmsc trigger" };
	const char *server = method_get_str(call, "server");
	struct json_object *o;
	int ret = 0;

	if (server && strlen(server) >= sizeof(req.server_id)) {
		method_invalid_parameter(call, "server");
		return;
	}
	if (server)
		strcpy(req.server_id, server);
	else
		ret = mo_account_nth(a->tree, 0, req.server_id, sizeof(req.server_id));
	if (!ret)
		ret = sessions_request(a->sessions, &req);
	switch (ret) {
	case 0:
		o = json_object_new_object();
		method_add_str(o, "server", req.server_id);
		control_reply(call->peer, o, false);
		break;
	case -ENOENT:
		method_fail(call, "NotFound", "no account for this server");
		break;
	case -EBUSY:
		method_fail(call, "Busy", "too many sessions are waiting");
		break;
	default:
		method_fail(call, "Failed", strerror(-ret));
	}
}

/* Base64 into buf; false if it is not, or does not fit. */
static bool get_bytes(const char *b64, unsigned char *buf, size_t room, size_t *len)
{
	size_t n = b64 ? strlen(b64) : 0, pad = 0;
	int out;

	if (!n || n % 4 || n / 4 * 3 > room)
		return false;
	while (pad < 2 && b64[n - 1 - pad] == '=')
		pad++;
	out = EVP_DecodeBlock(buf, (const unsigned char *)b64, (int)n);
	if (out < (int)pad)
		return false;
	*len = (size_t)out - pad;
	return true;
}

static const char *notify_problem(int err)
{
	switch (err) {
	case -EACCES: return "wrong digest";
	case -ENOENT: return "unknown server";
	case -EBUSY: return "too many sessions are waiting";
	case -EAGAIN: return "too many notifications in a short time";
	case -EOPNOTSUPP: return "a part of a short message, to be put together before";
	}
	return "not a package #0";
}

static void do_notify(struct agent *a, const struct control_call *call)
{
	const char *form = method_get_str(call, "form"), *origin = method_get_str(call, "origin");
	unsigned char data[DM_NOTIFICATION_MAX * 2];
	struct push_message m = { .data = data, .origin = origin ? origin : "control socket" };
	int ret;

	while (form && m.form < PUSH_N_FORMS && strcmp(form, push_form_name(m.form)))
		m.form++;
	if (m.form == PUSH_N_FORMS) {
		method_invalid_parameter(call, "form");
		return;
	}
	if (!get_bytes(method_get_str(call, "data"), data, sizeof(data), &m.len)) {
		method_invalid_parameter(call, "data");
		return;
	}
	ret = push_deliver(a->push, &m);
	if (!ret || ret == -EALREADY)
		control_reply(call->peer, NULL, false);
	else
		method_fail(call, ret == -EBUSY || ret == -EAGAIN ? "Busy" : "Refused", notify_problem(ret));
}

/* --------------------------------------------------------------------------------- watching */

static void do_watch(struct agent *a, const struct control_call *call)
{
	for (int i = 0; i < AGENT_WATCHERS; i++) {
		if (a->watcher[i])
			continue;
		a->watcher[i] = call->peer;
		control_reply(call->peer, NULL, true);
		return;
	}
	method_fail(call, "Busy", "too many watchers");
}

void agent_tell_watchers(struct agent *a, const struct session_report *report)
{
	for (int i = 0; i < AGENT_WATCHERS; i++) {
		struct json_object *o;

		if (!a->watcher[i])
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "report", report_to_json(report));
		control_reply(a->watcher[i], o, true);
	}
}

/* ------------------------------------------------------------------------- varlink's own */

static void do_get_info(struct agent *a, const struct control_call *call)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	method_add_str(o, "vendor", "dmsc");
	method_add_str(o, "product", "dmscd");
	method_add_str(o, "version", DMSC_VERSION);
	method_add_str(o, "url", "");
	json_object_array_add(list, json_object_new_string("org.varlink.service"));
	json_object_array_add(list, json_object_new_string(CONTROL_INTERFACE));
	json_object_object_add(o, "interfaces", list);
	control_reply(call->peer, o, false);
}

static void do_get_description(struct agent *a, const struct control_call *call)
{
	const char *interface = method_get_str(call, "interface");
	struct json_object *o;

	if (!interface || strcmp(interface, CONTROL_INTERFACE)) {
		method_invalid_parameter(call, "interface");
		return;
	}
	o = json_object_new_object();
	method_add_str(o, "description", description);
	control_reply(call->peer, o, false);
}

static const struct {
	const char *name;
	void (*fn)(struct agent *a, const struct control_call *call);
} methods[] = {
	{ CONTROL_INTERFACE ".Status", do_status },
	{ CONTROL_INTERFACE ".Trigger", do_trigger },
	{ CONTROL_INTERFACE ".Notify", do_notify },
	{ CONTROL_INTERFACE ".Watch", do_watch },
	{ CONTROL_INTERFACE ".RegisterUi", method_register_ui },
	{ CONTROL_INTERFACE ".Answer", method_answer },
	{ CONTROL_INTERFACE ".Bootstrap", method_bootstrap },
	{ "org.varlink.service.GetInfo", do_get_info },
	{ "org.varlink.service.GetInterfaceDescription", do_get_description },
};

static void on_call(void *arg, const struct control_call *call)
{
	struct json_object *o;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (!strcmp(call->method, methods[i].name)) {
			methods[i].fn(arg, call);
			return;
		}
	if (methods_tree_call(arg, call))
		return;
	o = json_object_new_object();
	method_add_str(o, "method", call->method);
	control_error(call->peer, "org.varlink.service.MethodNotFound", o);
}

static void on_closed(void *arg, struct control_peer *peer)
{
	struct agent *a = arg;

	if (a->ui_peer == peer) {
		a->ui_peer = NULL;
		if (a->ui)
			ui_set_frontend(a->ui, NULL);
	}
	for (int i = 0; i < AGENT_WATCHERS; i++)
		if (a->watcher[i] == peer)
			a->watcher[i] = NULL;
}

const struct control_handler agent_methods = {
	.call = on_call,
	.closed = on_closed,
};
