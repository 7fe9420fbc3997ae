// SPDX-License-Identifier: BSD-3-Clause
/*
 * Methods of the control socket for the user: a UI agent registers, gets questions and answers
 * them. What is typed is wiped as soon as it is handed on.
 */
#include <errno.h>
#include <string.h>

#include "agent/methods.h"

static const char *input_name(enum dm_input input)
{
	switch (input) {
	case DM_INPUT_TEXT: return "text";
	case DM_INPUT_NUMBER: return "number";
	case DM_INPUT_DATE: return "date";
	case DM_INPUT_TIME: return "time";
	case DM_INPUT_PHONE: return "phone";
	case DM_INPUT_IPV4: return "ipv4";
	}
	return "text";
}

static void add_input(struct json_object *o, const struct ui_question *q)
{
	method_add_str(o, "input", input_name(q->input));
	method_add_int(o, "max_len", q->max_len);
	if (q->hidden)
		json_object_object_add(o, "hidden", json_object_new_boolean(1));
	if (q->initial)
		method_add_str(o, "default", q->initial);
}

static void add_choices(struct json_object *o, const struct ui_question *q)
{
	struct json_object *list = json_object_new_array(), *chosen = json_object_new_array();

	for (unsigned int i = 0; i < q->n_choices; i++) {
		json_object_array_add(list, json_object_new_string(q->choices[i]));
		if (q->chosen >> i & 1)
			json_object_array_add(chosen, json_object_new_int((int)i + 1));
	}
	json_object_object_add(o, "choices", list);
	json_object_object_add(o, "chosen", chosen);
}

static void show_question(void *arg, unsigned int id, const struct ui_question *q)
{
	struct agent *a = arg;
	struct json_object *o = json_object_new_object();

	method_add_int(o, "id", id);
	method_add_str(o, "kind", ui_kind_name(q->kind));
	method_add_str(o, "text", q->text);
	if (q->min_ms)
		method_add_int(o, "min_ms", q->min_ms);
	if (q->max_ms)
		method_add_int(o, "max_ms", q->max_ms);
	switch (q->kind) {
	case UI_KIND_CONFIRM:
		if (q->default_accept >= 0)
			method_add_str(o, "default", q->default_accept ? "accept" : "reject");
		break;
	case UI_KIND_INPUT:
		add_input(o, q);
		break;
	case UI_KIND_CHOICE:
	case UI_KIND_CHOICES:
		add_choices(o, q);
		break;
	case UI_KIND_DISPLAY:
	case UI_KIND_ACKNOWLEDGE:
		break;
	}
	control_reply(a->ui_peer, o, true);
}

static void hide_question(void *arg, unsigned int id)
{
	struct agent *a = arg;
	struct json_object *o = json_object_new_object();

	method_add_int(o, "withdrawn", id);
	control_reply(a->ui_peer, o, true);
}

void method_register_ui(struct agent *a, const struct control_call *call)
{
	const struct ui_frontend front = { show_question, hide_question, a };

	if (!call->more) {
		method_invalid_parameter(call, "more");
		return;
	}
	if (a->ui_peer && a->ui_peer != call->peer) {
		method_fail(call, "Busy", "another UI agent is registered");
		return;
	}
	a->ui_peer = call->peer;
	control_reply(call->peer, NULL, true);
	ui_set_frontend(a->ui, &front);
}

/* -------------------------------------------------------------------------------- answers */

static bool get_answer(const struct control_call *call, enum ui_answer *answer)
{
	static const struct { const char *word; enum ui_answer answer; } words[] = {
		{ "accept", UI_ACCEPT }, { "reject", UI_REJECT }, { "cancel", UI_CANCEL },
		{ "unable", UI_UNABLE },
	};
	const char *word = method_get_str(call, "answer");

	for (size_t i = 0; word && i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i].word))
			continue;
		*answer = words[i].answer;
		return true;
	}
	return false;
}

/* An array of numbers from 1; absent: none. */
static bool get_chosen(const struct control_call *call, uint64_t *chosen)
{
	struct json_object *list;

	*chosen = 0;
	if (!json_object_object_get_ex(call->parameters, "chosen", &list) || !list)
		return true;
	if (!json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *v = json_object_array_get_idx(list, i);
		int64_t n = json_object_get_int64(v);

		if (!json_object_is_type(v, json_type_int) || n < 1 || n > DM_MAX_CHOICES)
			return false;
		*chosen |= UINT64_C(1) << (n - 1);
	}
	return true;
}

/* What the user typed; a NUL would end it unseen. */
static bool get_text(const struct control_call *call, const char **text)
{
	struct json_object *v;

	*text = NULL;
	if (!json_object_object_get_ex(call->parameters, "text", &v) || !v)
		return true;
	*text = method_get_str(call, "text");
	return *text && strlen(*text) == (size_t)json_object_get_string_len(v);
}

/* The string of a JSON value lies in the value itself: nothing else has a copy to wipe. */
static void wipe_text(const struct control_call *call)
{
	struct json_object *v;

	if (json_object_object_get_ex(call->parameters, "text", &v) &&
	    json_object_is_type(v, json_type_string))
		explicit_bzero((char *)json_object_get_string(v),
			       (size_t)json_object_get_string_len(v));
}

static bool get_id(const struct control_call *call, unsigned int *id)
{
	struct json_object *v;

	if (!json_object_object_get_ex(call->parameters, "id", &v) ||
	    !json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0 ||
	    json_object_get_int64(v) > UINT32_MAX)
		return false;
	*id = (unsigned int)json_object_get_int64(v);
	return true;
}

/* Also from another connection than the UI agent's: whoever may open the socket may answer. */
void method_answer(struct agent *a, const struct control_call *call)
{
	struct ui_reply reply = { 0 };
	const char *why;
	unsigned int id;

	if (!get_id(call, &id)) {
		method_invalid_parameter(call, "id");
	} else if (!get_answer(call, &reply.answer)) {
		method_invalid_parameter(call, "answer");
	} else if (!get_text(call, &reply.text)) {
		method_invalid_parameter(call, "text");
	} else if (!get_chosen(call, &reply.chosen)) {
		method_invalid_parameter(call, "chosen");
	} else {
		switch (ui_answered(a->ui, id, &reply, &why)) {
		case 0:
			control_reply(call->peer, NULL, false);
			break;
		case -EINVAL:
			method_fail(call, "BadAnswer", why);
			break;
		default:
			method_fail(call, "NotFound", why);
		}
	}
	wipe_text(call);
}
