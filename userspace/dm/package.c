// SPDX-License-Identifier: BSD-3-Clause
/*
 * Messages to the server: packages 1 and 3, as large as the server can take them.
 *
 * What does not fit stays in the queue; the message then has no Final and the server asks for
 * the next one (spec/oma-dm.md 2.4).
 */
#include "dm/engine.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dm/base64.h"
#include "dm/writer.h"

#define TAIL_LEN	100	/* Alert 1222 or 1223 and Final */
#define CHUNK_MIN	64	/* bytes of a value for which a message is worth while */
#define CHUNK_EXTRA	8	/* tags of Data that an empty one is written without */
#define ANSWERS_ONLY	2	/* commands of a message that only answers: to the header and to a 1222 */
#define FIRST_ALERTS_LEN	8192	/* alerts of package 1 */

struct package {
	struct dm_session *s;
	struct dm_writer w;
	unsigned int cmd_id;
};

static int put_cred(struct dm_session *s, struct dm_writer *w)
{
	const struct dm_out_meta meta = {
		.format = "b64", .type = dm_scheme_type(s->client_scheme),
	};
	char cred[DM_BASIC_B64_LEN + 1];
	int ret = dm_client_cred(s, cred);

	if (ret)
		return ret;
	dm_writer_open(w, DM_TAG_CRED);
	dm_writer_meta(w, &meta);
	dm_writer_element(w, DM_TAG_DATA, cred);
	dm_writer_close(w);
	dm_auth_wipe(cred, sizeof(cred));
	return 0;
}

/* The SyncHdr; SyncBody is open after that. */
static int put_header(struct package *p, struct dm_buf *b)
{
	struct dm_session *s = p->s;
	struct dm_writer *w = &p->w;
	const struct dm_out_meta meta = {
		.max_msg_size = s->max_msg,
		.max_obj_size = s->send_setup ? s->max_obj : 0,
	};

	dm_writer_start(w, s->encoding, b);
	dm_writer_open(w, DM_TAG_SYNCML);
	dm_writer_open(w, DM_TAG_SYNC_HDR);
	dm_writer_element(w, DM_TAG_VER_DTD, "1.2");
	dm_writer_element(w, DM_TAG_VER_PROTO, "DM/1.2");
	dm_writer_element(w, DM_TAG_SESSION_ID, s->id);
	dm_writer_number(w, DM_TAG_MSG_ID, s->msg_id);
	dm_writer_location(w, DM_TAG_TARGET, s->uri, NULL);
	dm_writer_location(w, DM_TAG_SOURCE, s->dev_id, s->send_cred ? s->acc.client.name : NULL);
	/* a MAC stands beside the message, see dm_session_output_hmac() */
	if (s->send_cred && s->client_scheme != DM_SCHEME_MAC && put_cred(s, w))
		return -EIO;
	dm_writer_meta(w, &meta);
	dm_writer_close(w);
	dm_writer_open(w, DM_TAG_SYNC_BODY);
	return 0;
}

static void open_command(struct package *p, enum dm_tag tag)
{
	dm_writer_open(&p->w, tag);
	dm_writer_number(&p->w, DM_TAG_CMD_ID, ++p->cmd_id);
}

static void put_chal(struct dm_writer *w, const struct dm_hdr_status *h)
{
	char text[DM_B64_LEN(DM_NONCE_LEN) + 1];
	const struct dm_out_meta meta = {
		.format = "b64", .type = dm_scheme_type(h->chal),
		.next_nonce = h->chal == DM_SCHEME_BASIC ? NULL : text,
	};

	dm_b64_encode(h->nonce, DM_NONCE_LEN, text);
	dm_writer_open(w, DM_TAG_CHAL);
	dm_writer_meta(w, &meta);
	dm_writer_close(w);
	dm_auth_wipe(text, sizeof(text));
}

static void put_hdr_status(struct package *p)
{
	const struct dm_hdr_status *h = &p->s->hdr;
	struct dm_writer *w = &p->w;

	open_command(p, DM_TAG_STATUS);
	dm_writer_number(w, DM_TAG_MSG_REF, h->msg_ref);
	dm_writer_element(w, DM_TAG_CMD_REF, "0");
	dm_writer_element(w, DM_TAG_CMD, "SyncHdr");
	dm_writer_element(w, DM_TAG_TARGET_REF, h->target[0] ? h->target : NULL);
	dm_writer_element(w, DM_TAG_SOURCE_REF, h->source[0] ? h->source : NULL);
	if (h->chal != DM_SCHEME_NONE)
		put_chal(w, h);
	dm_writer_number(w, DM_TAG_DATA, (unsigned long)h->code);
	dm_writer_close(w);
}

static void put_item(struct dm_writer *w, const struct dm_out_item *item)
{
	const struct mo_value *v = &item->value;
	const struct dm_out_meta meta = {
		.format = v->format[0] ? v->format : NULL, .type = v->type[0] ? v->type : NULL,
		.mark = item->mark,
	};

	dm_writer_open(w, DM_TAG_ITEM);
	if (item->target)
		dm_writer_location(w, DM_TAG_TARGET, item->target, NULL);
	if (item->source)
		dm_writer_location(w, DM_TAG_SOURCE, item->source, NULL);
	dm_writer_meta(w, &meta);
	if (v->data) {
		dm_writer_open(w, DM_TAG_DATA);
		dm_writer_text(w, v->data, v->len);
		dm_writer_close(w);
	}
	dm_writer_close(w);
}

static void put_status(struct package *p, const struct dm_out *out)
{
	const struct dm_out_item *item;
	struct dm_writer *w = &p->w;

	open_command(p, DM_TAG_STATUS);
	dm_writer_number(w, DM_TAG_MSG_REF, out->msg_ref);
	dm_writer_element(w, DM_TAG_CMD_REF, out->cmd_ref);
	dm_writer_element(w, DM_TAG_CMD, out->cmd);
	dm_writer_element(w, DM_TAG_TARGET_REF, out->target_ref);
	dm_writer_number(w, DM_TAG_DATA, (unsigned long)out->code);
	for (item = out->items; item; item = item->next)
		put_item(w, item);
	dm_writer_close(w);
}

static void put_alert(struct package *p, struct dm_out *out)
{
	const struct dm_out_item *item;
	struct dm_writer *w = &p->w;

	open_command(p, DM_TAG_ALERT);
	dm_writer_number(w, DM_TAG_DATA, (unsigned long)out->code);
	dm_writer_element(w, DM_TAG_CORRELATOR, out->correlator);
	for (item = out->items; item; item = item->next)
		put_item(w, item);
	dm_writer_close(w);
	out->sent_msg = p->s->msg_id;
	out->sent_cmd = p->cmd_id;
}

static void put_bare_alert(struct package *p, unsigned long code)
{
	open_command(p, DM_TAG_ALERT);
	dm_writer_number(&p->w, DM_TAG_DATA, code);
	dm_writer_close(&p->w);
}

/* ------------------------------------------------------------------- Results */

/* Bytes that text cannot carry go in the way of the encoding. */
bool dm_value_is_binary(const struct mo_value *v)
{
	return v->len && (!strcmp(v->format, "bin") || !dm_text_is_safe(v->data, v->len));
}

size_t dm_results_len(const struct dm_session *s, const struct mo_value *v)
{
	return s->encoding == DM_ENCODING_XML && dm_value_is_binary(v) ? DM_B64_LEN(v->len) : v->len;
}

/* Results with n bytes of the value from where the last chunk ended; more: that is not all. */
static void put_results(struct package *p, const struct dm_out *out, size_t n, bool more)
{
	const struct mo_value *v = &out->value;
	bool node = !strcmp(v->format, "node"), binary = out->binary;
	struct dm_writer *w = &p->w;
	const struct dm_out_meta meta = {
		.format = binary ? dm_writer_binary_format(w) : v->format[0] ? v->format : "chr",
		.type = node || !v->type[0] ? "text/plain" : v->type,
		.size = more && !out->sent ? dm_results_len(p->s, v) : 0,
	};

	open_command(p, DM_TAG_RESULTS);
	dm_writer_number(w, DM_TAG_MSG_REF, out->msg_ref);
	dm_writer_element(w, DM_TAG_CMD_REF, out->cmd_ref);
	dm_writer_open(w, DM_TAG_ITEM);
	dm_writer_location(w, DM_TAG_SOURCE, out->target_ref, NULL);
	dm_writer_meta(w, &meta);
	if (v->data && strcmp(v->format, "null")) {
		dm_writer_open(w, DM_TAG_DATA);
		if (binary)
			dm_writer_binary(w, v->data + out->sent, n);
		else
			dm_writer_text(w, v->data + out->sent, n);
		dm_writer_close(w);
	}
	if (more)
		dm_writer_empty(w, DM_TAG_MORE_DATA);
	dm_writer_close(w);
	dm_writer_close(w);
}

/* A value in chunks smaller than that would not come to an end within DM_MAX_MESSAGES. */
static size_t smallest_chunk(const struct mo_value *v)
{
	return CHUNK_MIN + v->len / (DM_MAX_MESSAGES / 4);
}

/* How much of the value fits as a chunk; nothing is written. */
static size_t chunk_room(struct package *p, const struct dm_out *out, size_t limit)
{
	const struct mo_value *v = &out->value;
	size_t rest = v->len - out->sent, used, n;
	struct package measure = *p;
	struct dm_mark before;

	dm_writer_mark(&measure.w, &before);
	put_results(&measure, out, 0, true);
	used = dm_writer_size(&measure.w) + CHUNK_EXTRA;
	dm_writer_rewind(&measure.w, &before);
	if (used >= limit)
		return 0;
	if (!out->binary)
		return dm_writer_text_fit(&p->w, v->data + out->sent, rest, limit - used);
	n = dm_writer_binary_fit(&p->w, rest, limit - used);
	return n < rest ? n - n % 3 : n;	/* base64 of the parts is that of the whole */
}

enum put_result { PUT_ALL, PUT_CHUNK, PUT_NOTHING };

/* As a whole, else as a chunk of a sensible size. force: something has to go. */
static enum put_result put_results_entry(struct package *p, struct dm_out *out, size_t limit,
					 bool force)
{
	size_t rest = out->value.len - out->sent, n;
	struct package start = *p;
	struct dm_mark before;

	/* no encoding makes a value shorter: a large one is not even tried as a whole */
	if (rest <= limit) {
		dm_writer_mark(&p->w, &before);
		put_results(p, out, rest, false);
		if (dm_writer_size(&p->w) <= limit)
			return PUT_ALL;
		dm_writer_rewind(&p->w, &before);
		p->cmd_id = start.cmd_id;
	}
	n = chunk_room(p, out, limit);
	if (!force && n < smallest_chunk(&out->value))
		return PUT_NOTHING;
	if (!n || n >= rest) {
		put_results(p, out, rest, false);
		return PUT_ALL;
	}
	put_results(p, out, n, true);
	out->sent += n;
	out->sent_msg = p->s->msg_id;
	return PUT_CHUNK;
}

bool dm_package_takes(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
		      const struct mo_value *v)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct package p = { .s = s };
	struct dm_out out = {
		.msg_ref = s->peer_msg_id, .cmd_ref = (char *)cmd->cmd_id, .target_ref = (char *)uri,
		.value = *v, .binary = dm_value_is_binary(v),
	};
	size_t limit = s->peer_max_msg;
	bool takes, whole;

	if (!limit)
		return true;
	takes = !put_header(&p, &b) && limit > TAIL_LEN;
	put_hdr_status(&p);
	if (takes) {
		struct dm_mark before;

		dm_writer_mark(&p.w, &before);
		whole = v->len <= limit;
		put_results(&p, &out, whole ? v->len : 0, false);
		whole = whole && dm_writer_size(&p.w) <= limit - TAIL_LEN;
		dm_writer_rewind(&p.w, &before);
		takes = whole || chunk_room(&p, &out, limit - TAIL_LEN) >= smallest_chunk(v);
	}
	takes = takes && !b.failed;
	dm_buf_free(&b);
	return takes;
}

/* --------------------------------------------------------------------- queue */

static void put_entry(struct package *p, struct dm_out *out)
{
	if (out->kind == DM_OUT_STATUS)
		put_status(p, out);
	else
		put_alert(p, out);
}

/* It is in the message now; what can be said again is kept until the server has it. */
static void sent(struct dm_session *s, struct dm_queue *q)
{
	struct dm_out *out = dm_queue_take(q);

	switch (out->kind) {
	case DM_OUT_RESULTS:
		s->counts.results++;
		dm_out_free(out);
		return;
	case DM_OUT_STATUS:
		if (dm_status_is_ok(out->code))
			s->counts.statuses_ok++;
		else
			s->counts.statuses_other++;
		break;
	case DM_OUT_ALERT:
		break;
	}
	dm_queue_put(&s->unacked, out);
}

/* How many bytes of a message may be in use before its end is put. */
static size_t limit_of(const struct dm_session *s)
{
	if (!s->peer_max_msg || s->send_setup)
		return SIZE_MAX;
	return s->peer_max_msg > TAIL_LEN ? s->peer_max_msg - TAIL_LEN : 1;
}

/* Writes the first entry and those that have to be with it. How many. */
static size_t put_group(struct package *p, bool together)
{
	struct dm_out *out = p->s->queue.head;
	size_t n = 0;

	do {
		put_entry(p, out);
		n++;
		out = out->next;
	} while (together && out && out->glued);
	return n;
}

static void exceeds(struct dm_session *s)
{
	dm_log(s, LOG_WARNING, "a message exceeds the server's MaxMsgSize of %lu", s->peer_max_msg);
}

/*
 * The statuses at the head of the queue, those of an Atomic in one message if they fit any; false:
 * the message is full. force: at least one.
 */
static bool put_statuses(struct package *p, size_t limit, bool force)
{
	struct dm_session *s = p->s;
	unsigned int cmd_id = p->cmd_id;
	struct dm_mark before;
	size_t n;

	dm_writer_mark(&p->w, &before);
	n = put_group(p, true);
	if (dm_writer_size(&p->w) > limit) {
		dm_writer_rewind(&p->w, &before);
		p->cmd_id = cmd_id;
		if (!force)
			return false;
		n = put_group(p, false);
		if (dm_writer_size(&p->w) > limit)
			exceeds(s);
	}
	while (n--)
		sent(s, &s->queue);
	return true;
}

/*
 * As many entries of the queue as fit; one at least, so that there is an end. The Status of the
 * alert that asked for this message does not count: with it alone we would get no further.
 */
static void put_queue(struct package *p)
{
	size_t limit = limit_of(p->s);
	struct dm_queue *q = &p->s->queue;
	bool force = true;

	while (q->head && !p->s->out.failed) {
		bool answers_alert = q->head->kind == DM_OUT_STATUS && !strcmp(q->head->cmd, "Alert");

		if (q->head->kind != DM_OUT_RESULTS) {
			if (!put_statuses(p, limit, force))
				return;
			force = force && answers_alert;
			continue;
		}
		if (put_results_entry(p, q->head, limit, force) != PUT_ALL)
			return;
		if (dm_writer_size(&p->w) > limit)
			exceeds(p->s);
		sent(p->s, q);
		force = false;
	}
}

/* Events and what is to be told of earlier sessions. What the server takes is not known at first. */
static void put_alerts(struct package *p)
{
	struct dm_session *s = p->s;
	size_t limit = limit_of(s), first_limit = dm_writer_size(&p->w) + FIRST_ALERTS_LEN;
	bool any = false, fresh = p->cmd_id <= ANSWERS_ONLY;

	if (s->send_setup && limit > first_limit)
		limit = first_limit;
	while (s->alerts.head && !s->queue.head && !s->out.failed) {
		unsigned int cmd_id = p->cmd_id;
		struct dm_mark before;

		dm_writer_mark(&p->w, &before);
		put_entry(p, s->alerts.head);
		if (dm_writer_size(&p->w) > limit && (any || !s->send_setup)) {
			dm_writer_rewind(&p->w, &before);
			p->cmd_id = cmd_id;
			if (any || !fresh)
				return;
			/* it fits no message and may not stop the others for ever */
			dm_out_free(dm_queue_take(&s->alerts));
			exceeds(s);
			continue;
		}
		sent(s, &s->alerts);
		any = true;
	}
}

bool dm_package_holds(struct dm_session *s, struct dm_out *from)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct package p = { .s = s };
	bool holds;

	if (!s->peer_max_msg)
		return true;
	holds = !put_header(&p, &b);
	put_hdr_status(&p);
	for (; from; from = from->next)
		put_entry(&p, from);
	holds = holds && !b.failed && dm_writer_size(&p.w) + TAIL_LEN <= s->peer_max_msg;
	dm_buf_free(&b);
	return holds;
}

/* ------------------------------------------------------------------- messages */

static int put_dev_info_leaf(void *arg, const char *rel, const struct mo_value *v)
{
	struct dm_writer *w = arg;
	char uri[MO_MAX_URI];

	if (snprintf(uri, sizeof(uri), "./DevInfo/%s", rel) >= (int)sizeof(uri))
		return -ENAMETOOLONG;
	dm_writer_open(w, DM_TAG_ITEM);
	dm_writer_location(w, DM_TAG_SOURCE, uri, NULL);
	dm_writer_open(w, DM_TAG_DATA);
	dm_writer_text(w, v->data, v->len);
	dm_writer_close(w);
	dm_writer_close(w);
	return 0;
}

/* What makes package 1: the alert that opens the session, and who we are. */
static int put_setup(struct package *p)
{
	int ret;

	put_bare_alert(p, p->s->server_initiated ? 1200 : 1201);
	open_command(p, DM_TAG_REPLACE);
	ret = mo_tree_each_leaf(p->s->tree, "./DevInfo", put_dev_info_leaf, &p->w);
	dm_writer_close(&p->w);
	return ret;
}

static void put_end(struct package *p)
{
	struct dm_session *s = p->s;
	bool last = s->send_abort || s->state == DM_STATE_CLOSING;

	if (s->send_abort)
		put_bare_alert(p, 1223);
	if (last || s->send_setup || (s->server_final && !s->queue.head && !s->alerts.head)) {
		dm_writer_empty(&p->w, DM_TAG_FINAL);
		s->server_final = false;
	} else if (!s->queue.head && !s->alerts.head) {
		put_bare_alert(p, 1222);	/* the server has not finished its package */
	}
	dm_writer_close(&p->w);
	dm_writer_close(&p->w);
}

int dm_package_build(struct dm_session *s)
{
	struct package p = { .s = s };
	int ret;

	dm_buf_free(&s->out);
	s->out_encoding = s->encoding;
	s->msg_id++;
	if (s->hdr.due && s->hdr.chal != DM_SCHEME_NONE && dm_status_is_ok(s->hdr.code))
		dm_server_store_nonce(s);
	ret = put_header(&p, &s->out);
	if (ret)
		return ret;
	if (s->hdr.due)
		put_hdr_status(&p);
	put_queue(&p);
	if (s->send_setup) {
		ret = put_setup(&p);
		if (ret)
			return ret < 0 ? ret : -EIO;
	}
	if (!s->send_abort && s->state != DM_STATE_CLOSING)
		put_alerts(&p);
	put_end(&p);
	if (s->out.failed)
		return -ENOMEM;
	memset(&s->hdr, 0, sizeof(s->hdr));
	s->send_setup = false;
	s->counts.messages_out++;
	return 0;
}
