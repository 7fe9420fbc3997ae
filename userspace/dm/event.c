// SPDX-License-Identifier: BSD-3-Clause
/*
 * Alerts that the device raises of its own: client events (1224) of the session under way, and
 * generic alerts (1226, spec/oma-dm.md 5.5), which wait in the tree for a session.
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dm/writer.h"

#define CLIENT_EVENT	1224

static bool starts_with(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(text, prefix, n) && text[n];
}

static bool is_mark(const char *mark)
{
	static const char *const marks[] = {
		"fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate",
	};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!strcmp(marks[i], mark))
			return true;
	}
	return false;
}

/* Type, Format and Data have to be there, and to be text. */
static int check_event(const struct dm_event *e)
{
	if (!e->type || !*e->type || !e->format || !*e->format || (!e->data && e->len))
		return -EINVAL;
	if (strlen(e->type) >= sizeof(((struct mo_pending *)0)->type) ||
	    strlen(e->format) >= MO_FORMAT_LEN || e->len > DM_EVENT_MAX)
		return -EMSGSIZE;
	if (e->correlator && strlen(e->correlator) >= sizeof(((struct mo_pending *)0)->correlator))
		return -EMSGSIZE;
	if (e->source && strlen(e->source) >= MO_MAX_URI)
		return -EMSGSIZE;
	if (e->mark && !is_mark(e->mark))
		return -EINVAL;
	return dm_text_is_safe(e->data ? e->data : "", e->len) ? 0 : -EINVAL;
}

int dm_session_add_event(struct dm_session *s, const struct dm_event *e)
{
	struct dm_out_item *item;
	struct dm_out *out;
	int ret = check_event(e);

	if (ret)
		return ret;
	if (s->state == DM_STATE_CLOSING || s->state == DM_STATE_DONE)
		return -ESHUTDOWN;
	out = dm_alert_new(s, CLIENT_EVENT);
	if (!out)
		return -ENOMEM;
	item = dm_out_item_add(s, out, NULL, e->source);
	if (item)
		item->value.data = malloc(e->len + 1);
	if (e->correlator)
		out->correlator = strdup(e->correlator);
	if (item && e->mark)
		item->mark = strdup(e->mark);
	if (!item || !item->value.data || (e->correlator && !out->correlator) ||
	    (e->mark && !item->mark)) {
		dm_out_free(out);
		return -ENOMEM;
	}
	if (e->len)
		memcpy(item->value.data, e->data, e->len);
	item->value.data[e->len] = '\0';
	item->value.len = e->len;
	strcpy(item->value.format, e->format);
	strcpy(item->value.type, e->type);
	dm_queue_put(&s->alerts, out);
	return 0;
}

int dm_alert_queue(struct mo_tree *tree, const char *server_id, const struct dm_event *e)
{
	struct mo_pending p = { .data = (char *)(e->data ? e->data : ""), .len = e->len };
	int ret = check_event(e);

	if (!ret && !starts_with(e->type, "Reversed-Domain-Name: ") &&
	    !starts_with(e->type, "Content-Type: "))
		ret = -EINVAL;
	if (!ret && strlen(server_id) >= sizeof(p.server_id))
		ret = -EMSGSIZE;
	if (ret)
		return ret;
	strcpy(p.server_id, server_id);
	strcpy(p.type, e->type);
	strcpy(p.format, e->format);
	snprintf(p.correlator, sizeof(p.correlator), "%s", e->correlator ? e->correlator : "");
	snprintf(p.source, sizeof(p.source), "%s", e->source ? e->source : "");
	snprintf(p.mark, sizeof(p.mark), "%s", e->mark ? e->mark : "");
	return mo_pending_add(tree, &p);
}
