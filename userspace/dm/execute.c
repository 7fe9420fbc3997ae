// SPDX-License-Identifier: BSD-3-Clause
/*
 * Add, Replace, Delete, Copy, Exec and Get: the Items of one command against the management tree.
 *
 * Outside of an Atomic each command is a unit of work of its own, or shares one (batch.c); success is said
 * only after the tree has committed, and what is to be said is kept with what was done (journal.c).
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dm/base64.h"
#include "dm/syncml.h"

/* What came of one Item. */
struct dm_result {
	int code;
	char *node;		/* which node made it fail, if not the target */
};

static void log_status(struct dm_session *s, const struct dm_cmd *cmd, const char *uri, int code)
{
	dm_log(s, dm_status_is_ok(code) ? LOG_INFO : LOG_NOTICE, "%s%s%s: %d", cmd->name,
	       uri ? " " : "", uri ? uri : "", code);
}

/* ------------------------------------------------------------------ values */

static int copy_data(const struct dm_item *item, struct mo_value *v)
{
	v->data = malloc(item->data_len + 1);
	if (!v->data)
		return MO_FAILED;
	if (item->data_len)
		memcpy(v->data, item->data, item->data_len);
	v->data[item->data_len] = '\0';
	v->len = item->data_len;
	return MO_OK;
}

/* b64 is how XML carries binary: the node gets the bytes. */
static int decode_b64(struct mo_value *v)
{
	ssize_t n = dm_b64_decode(v->data, v->len, (uint8_t *)v->data, v->len);

	if (n < 0)
		return MO_BAD_COMMAND;
	v->len = (size_t)n;
	v->data[n] = '\0';
	strcpy(v->format, "bin");
	return MO_OK;
}

/*
 * The value of an Item; its own Meta comes before that of the command, and where there is none
 * the tree knows the defaults. optional: an argument of Exec may be left out. *v is to be
 * cleared in any case.
 */
static int item_value(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		      bool optional, struct mo_value *v)
{
	const char *format = item->meta.format ? item->meta.format : cmd->meta.format;
	const char *type = item->meta.type ? item->meta.type : cmd->meta.type;

	memset(v, 0, sizeof(*v));
	if (!format)
		format = "";
	if (!type)
		type = "";
	if (strlen(format) >= sizeof(v->format) || strlen(type) >= sizeof(v->type))
		return MO_UNSUPPORTED_FORMAT;
	strcpy(v->format, format);
	strcpy(v->type, type);
	if (!item->data && !optional && strcmp(format, "node") && strcmp(format, "null"))
		return MO_BAD_COMMAND;
	if (item->data_len > s->max_obj)
		return MO_TOO_LARGE;
	return copy_data(item, v);
}

/* The value of an Item or, where this was the last chunk, of the object. */
static int whole_value(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		       bool assembled, struct mo_value *v)
{
	int code;

	if (assembled)
		code = dm_object_value(s, v);
	else
		code = item_value(s, cmd, item, cmd->type == DM_CMD_EXEC, v);
	if (code == MO_OK && v->len && dm_tnds_is_type(v->type))
		return dm_tnds_to_xml(v) == -ENOMEM ? MO_FAILED : MO_OK;	/* the tree judges it */
	if (code == MO_OK && v->len && !strcmp(v->format, "b64"))
		code = decode_b64(v);
	return code;
}

/* ------------------------------------------------------------------- one Item */

/* Who does it later tells by an alert with this Correlator, or with the one that stands for the Exec. */
static int run_exec(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item,
		    const struct mo_value *arg)
{
	struct mo_job job = { .server_id = s->acc.server_id, .uri = item->target };

	if (cmd->correlator)
		snprintf(job.correlator, sizeof(job.correlator), "%s", cmd->correlator);
	else
		snprintf(job.correlator, sizeof(job.correlator), "%s/%lu/%.30s", s->id,
			 s->peer_msg_id, cmd->cmd_id);
	dm_journal_exec(s, cmd, item->target);
	return mo_tree_exec_job(s->tree, &job, arg->len || item->data ? arg : NULL);
}

static int run_with_value(struct dm_session *s, const struct dm_cmd *cmd,
			  const struct dm_item *item, bool assembled)
{
	struct mo_value v;
	int code = whole_value(s, cmd, item, assembled, &v);

	if (code == MO_OK && cmd->type == DM_CMD_EXEC)
		code = run_exec(s, cmd, item, &v);
	else if (code == MO_OK && cmd->type == DM_CMD_ADD)
		code = mo_tree_add(s->tree, s->acc.server_id, item->target, &v);
	else if (code == MO_OK)
		code = mo_tree_replace(s->tree, s->acc.server_id, item->target, &v);
	mo_value_clear(&v);
	return code;
}

static int run_item(struct dm_session *s, const struct dm_cmd *cmd, const struct dm_item *item)
{
	bool assembled = false;
	int code;

	if (!item->target || !*item->target)
		return MO_BAD_COMMAND;
	if (dm_object_take(s, cmd, item, &code)) {
		if (code != MO_OK)
			return code;
		assembled = true;
	}
	if (cmd->type == DM_CMD_COPY)
		return item->source && *item->source ?
		       mo_tree_copy(s->tree, s->acc.server_id, item->source, item->target) :
		       MO_BAD_COMMAND;
	if (cmd->type == DM_CMD_DELETE)
		return mo_tree_delete(s->tree, s->acc.server_id, item->target);
	code = run_with_value(s, cmd, item, assembled);
	if (assembled)
		dm_object_drop(s);
	return code;
}

/* ------------------------------------------------------------------ all Items */

/* Does anything stand for more than a chunk that waits for the others? */
static bool any_done(const struct dm_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (dm_status_is_ok(results[i].code) && results[i].code != DM_CHUNK_ACCEPTED)
			return true;
	}
	return false;
}

/*
 * Ends the unit of work of a command whose statuses begin with first; if the tree refuses, nothing
 * of it has happened.
 */
static void finish_unit(struct dm_session *s, struct dm_result *results, size_t n,
			struct dm_out *first)
{
	size_t i;
	int code;

	if (!any_done(results, n) || s->no_memory) {
		mo_tree_rollback(s->tree);
		return;
	}
	code = dm_journal_statuses(s, first);
	if (code == MO_OK) {
		code = mo_tree_commit(s->tree);
		if (code == MO_OK)
			return;
		dm_journal_void(first);
	} else {
		mo_tree_rollback(s->tree);
	}
	dm_log(s, LOG_ERR, "not committed: %s", mo_tree_error(s->tree));
	/* 516 is for members of an Atomic */
	if (code == MO_ROLLBACK_FAILED)
		code = MO_FAILED;
	for (; first; first = first->next) {
		if (dm_status_is_ok(first->code) && first->code != DM_CHUNK_ACCEPTED)
			first->code = code;
	}
	for (i = 0; i < n; i++) {
		if (dm_status_is_ok(results[i].code) && results[i].code != DM_CHUNK_ACCEPTED)
			results[i].code = code;
	}
}

/* The node that made an operation fail, if it was not its target; NULL, else to be freed. */
static char *failed_node(struct dm_session *s, const char *target)
{
	const char *uri = mo_tree_failed_uri(s->tree);

	return *uri && target && strcmp(uri, target) ? strdup(uri) : NULL;
}

/* In an Atomic the first Item that fails ends the command, else the Items stand for themselves. */
static void run_items(struct dm_session *s, const struct dm_cmd *cmd, struct dm_result *results,
		      bool inside, int code)
{
	const struct dm_item *item;
	size_t i = 0;

	for (item = cmd->items; item; item = item->next, i++) {
		if (i && code == MO_OK)
			dm_object_guard(s, cmd, item);
		results[i].code = code == MO_OK ? run_item(s, cmd, item) : code;
		if (code == MO_OK && !dm_status_is_ok(results[i].code))
			results[i].node = failed_node(s, item->target);
		if (inside && !dm_status_is_ok(results[i].code))
			code = DM_NOT_EXECUTED;
	}
}

/* One Status if the Items came out alike, else one an Item. The first of them, or NULL. */
static struct dm_out *add_statuses(struct dm_session *s, const struct dm_cmd *cmd,
				   const struct dm_result *results)
{
	struct dm_out **first = s->queue.end, *out;
	const struct dm_item *item;
	bool alike = true;
	size_t i = 0;

	for (item = cmd->items; item; item = item->next, i++)
		alike = alike && results[i].code == results[0].code && (!i || !results[i].node);
	if (alike) {
		/* with a single Item it can be named */
		out = dm_status_add(s, cmd, i == 1 ? cmd->items->target : NULL, results[0].code);
		if (out && results[0].node)
			dm_out_item_add(s, out, results[0].node, NULL);
		return *first;
	}
	for (item = cmd->items, i = 0; item; item = item->next, i++) {
		out = dm_status_add(s, cmd, item->target, results[i].code);
		if (out && results[i].node)
			dm_out_item_add(s, out, results[i].node, NULL);
	}
	return *first;
}

/* Exec has no unit of work: it may start what cannot be taken back. */
static void run_write(struct dm_session *s, const struct dm_cmd *cmd, struct dm_result *results,
		      size_t n)
{
	bool unit = !dm_atomic_frame(s) && cmd->type != DM_CMD_EXEC;
	bool shared = unit && dm_batch_takes(s, cmd);
	struct dm_out *first;
	int code = MO_OK;

	if (!shared)
		dm_batch_end(s);
	if (shared)
		code = dm_batch_begin(s);
	else if (unit)
		code = mo_tree_begin(s->tree);
	run_items(s, cmd, results, dm_atomic_frame(s), code);
	first = add_statuses(s, cmd, results);
	if (shared && code == MO_OK && any_done(results, n))
		dm_batch_add(s, first);
	else if (unit && !shared && code == MO_OK)
		finish_unit(s, results, n, first);
	else if (s->exec_row)
		dm_journal_exec_done(s, first);
}

/* ------------------------------------------------------------------------ Get */

struct listing {
	struct dm_session *s;
	const struct dm_cmd *cmd;
	struct dm_queue queue;	/* of this Item */
	size_t before;		/* bytes of Results that are queued already */
	int refused;		/* why a list could not be taken */
};

/* How long may the value be? The first Results are bounded by the sizes of objects only. */
static int check_size(const struct listing *l, size_t queued, const char *uri,
		      const struct mo_value *v)
{
	size_t len = dm_results_len(l->s, v), peer = l->s->peer_max_obj;

	if (len > l->s->max_obj || (peer && len > peer) ||
	    (queued && queued + v->len > DM_MAX_RESULT_BYTES) ||
	    !dm_package_takes(l->s, l->cmd, uri, v))
		return MO_TOO_LARGE;
	return MO_OK;
}

static int add_result(struct listing *l, const char *uri, struct mo_value *v)
{
	int code = check_size(l, l->before + l->queue.result_bytes, uri, v);

	if (code == MO_OK)
		dm_results_add(l->s, &l->queue, l->cmd, uri, v);
	mo_value_clear(v);
	return code;
}

/* A node of ?list=. */
static int add_listed(void *arg, const char *uri, const struct mo_value *v)
{
	struct listing *l = arg;
	struct mo_value copy = *v;

	copy.data = NULL;
	if (v->data) {
		copy.data = malloc(v->len + 1);
		if (!copy.data) {
			l->s->no_memory = true;
			return -1;
		}
		memcpy(copy.data, v->data, v->len);
		copy.data[v->len] = '\0';
	}
	l->refused = add_result(l, uri, &copy);
	if (l->refused == MO_OK)
		l->refused = 0;
	return l->refused;
}

static bool is_list_of_items(const char *uri)
{
	const char *query = strchr(uri, '?');

	return query && (!strcmp(query, "?list=Struct") || !strcmp(query, "?list=StructData"));
}

/* Reads one Item into the listing. */
static int get_item(struct listing *l, const struct dm_item *item)
{
	struct dm_session *s = l->s;
	struct mo_value v = { 0 };
	int code;

	if (!item->target || !*item->target || item->more_data)
		return MO_BAD_COMMAND;
	if (is_list_of_items(item->target)) {
		code = mo_tree_list(s->tree, s->acc.server_id, item->target, add_listed, l);
		if (l->refused)
			code = l->refused;
	} else {
		code = mo_tree_get(s->tree, s->acc.server_id, item->target, &v);
		if (code == MO_OK)
			code = add_result(l, item->target, &v);
		mo_value_clear(&v);
	}
	if (code == MO_TOO_LARGE)
		dm_log(s, LOG_WARNING, "Get %s: too large for the server or for memory", item->target);
	return code;
}

/* Statuses come before all Results, hence the queue of its own. */
static void run_get(struct dm_session *s, const struct dm_cmd *cmd, struct dm_result *results)
{
	struct dm_queue found;
	const struct dm_item *item;
	size_t i;

	dm_queue_init(&found);
	for (item = cmd->items, i = 0; item; item = item->next, i++) {
		struct listing l = { .s = s, .cmd = cmd };

		l.before = s->queue.result_bytes + found.result_bytes;
		dm_queue_init(&l.queue);
		results[i].code = get_item(&l, item);
		if (results[i].code == MO_OK)
			dm_queue_join(&found, &l.queue);
		else
			dm_queue_clear(&l.queue);
	}
	add_statuses(s, cmd, results);
	dm_queue_join(&s->queue, &found);
}

/* ------------------------------------------------------------------- a command */

/* The first code of the Items that is not a success, else the first. */
static int worst(const struct dm_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!dm_status_is_ok(results[i].code))
			return results[i].code;
	}
	return results[0].code;
}

static struct dm_result *results_new(struct dm_session *s, const struct dm_cmd *cmd, size_t *n)
{
	const struct dm_item *item;
	struct dm_result *results;

	*n = 0;
	for (item = cmd->items; item; item = item->next)
		++*n;
	results = calloc(*n ? *n : 1, sizeof(*results));
	if (!results)
		s->no_memory = true;
	return results;
}

static void results_free(struct dm_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(results[i].node);
	free(results);
}

int dm_execute(struct dm_session *s, const struct dm_cmd *cmd)
{
	const struct dm_item *item;
	struct dm_result *results;
	size_t n, i;
	int code;

	results = results_new(s, cmd, &n);
	if (!results)
		return MO_FAILED;
	if (cmd->type == DM_CMD_GET) {
		/* what it reads is there to stay */
		dm_batch_end(s);
		run_get(s, cmd, results);
	} else {
		run_write(s, cmd, results, n);
	}
	for (item = cmd->items, i = 0; item; item = item->next, i++)
		log_status(s, cmd, item->target, results[i].code);
	code = worst(results, n);
	results_free(results, n);
	return code;
}

int dm_execute_again(struct dm_session *s, const struct dm_cmd *cmd)
{
	struct dm_result *results;
	size_t n;
	int code;

	results = results_new(s, cmd, &n);
	if (!results)
		return MO_FAILED;
	run_items(s, cmd, results, true, MO_OK);
	code = worst(results, n);
	results_free(results, n);
	return code;
}
