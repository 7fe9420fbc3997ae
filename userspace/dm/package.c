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
		.max_msg_size = DM_MAX_MSG_SIZE,
		.max_obj_size = s->send_setup ? DM_MAX_OBJ_SIZE : 0,
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

static void put_status(struct package *p, const struct dm_out *out)
{
	struct dm_writer *w = &p->w;

	open_command(p, DM_TAG_STATUS);
	dm_writer_number(w, DM_TAG_MSG_REF, out->msg_ref);
	dm_writer_element(w, DM_TAG_CMD_REF, out->cmd_ref);
	dm_writer_element(w, DM_TAG_CMD, out->cmd);
	dm_writer_element(w, DM_TAG_TARGET_REF, out->target_ref);
	dm_writer_number(w, DM_TAG_DATA, (unsigned long)out->code);
	dm_writer_close(w);
}

/* Meta and Data of a value; bytes that text cannot carry go in the way of the encoding. */
static void put_value(struct dm_writer *w, const struct mo_value *v)
{
	bool node = !strcmp(v->format, "node");
	bool binary = v->len && (!strcmp(v->format, "bin") || !dm_text_is_safe(v->data, v->len));
	const struct dm_out_meta meta = {
		.format = binary ? dm_writer_binary_format(w) : v->format[0] ? v->format : "chr",
		.type = node || !v->type[0] ? "text/plain" : v->type,
	};

	dm_writer_meta(w, &meta);
	if (!strcmp(v->format, "null"))
		return;
	dm_writer_open(w, DM_TAG_DATA);
	if (binary)
		dm_writer_binary(w, v->data, v->len);
	else
		dm_writer_text(w, v->data, v->len);
	dm_writer_close(w);
}

static void put_results(struct package *p, unsigned long msg_ref, const char *cmd_ref,
			const char *uri, const struct mo_value *v)
{
	struct dm_writer *w = &p->w;

	open_command(p, DM_TAG_RESULTS);
	dm_writer_number(w, DM_TAG_MSG_REF, msg_ref);
	dm_writer_element(w, DM_TAG_CMD_REF, cmd_ref);
	dm_writer_open(w, DM_TAG_ITEM);
	dm_writer_location(w, DM_TAG_SOURCE, uri, NULL);
	put_value(w, v);
	dm_writer_close(w);
	dm_writer_close(w);
}

static void put_entry(struct package *p, const struct dm_out *out)
{
	if (out->is_results)
		put_results(p, out->msg_ref, out->cmd_ref, out->target_ref, &out->value);
	else
		put_status(p, out);
}

static void count(struct dm_counts *c, const struct dm_out *out)
{
	if (out->is_results)
		c->results++;
	else if (dm_status_is_ok(out->code))
		c->statuses_ok++;
	else
		c->statuses_other++;
}

/*
 * As many entries of the queue as fit; one at least, so that there is an end. The Status of the
 * alert that asked for this message does not count: with it alone we would get no further.
 */
static void put_queue(struct package *p)
{
	struct dm_session *s = p->s;
	size_t limit = s->peer_max_msg && !s->send_setup ? s->peer_max_msg : SIZE_MAX;
	bool first = true;

	while (s->queue.head && !s->out.failed) {
		struct dm_mark before;

		dm_writer_mark(&p->w, &before);
		put_entry(p, s->queue.head);
		if (limit < TAIL_LEN || dm_writer_size(&p->w) > limit - TAIL_LEN) {
			if (!first) {
				dm_writer_rewind(&p->w, &before);
				return;
			}
			dm_log(s, LOG_WARNING, "a message exceeds the server's MaxMsgSize of %lu",
			       s->peer_max_msg);
		}
		first = first && !strcmp(s->queue.head->cmd, "Alert");
		count(&s->counts, s->queue.head);
		dm_queue_pop(&s->queue);
	}
}

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

static void put_alert(struct package *p, unsigned long code)
{
	open_command(p, DM_TAG_ALERT);
	dm_writer_number(&p->w, DM_TAG_DATA, code);
	dm_writer_close(&p->w);
}

/* What makes package 1: the alert that opens the session, and who we are. */
static int put_setup(struct package *p)
{
	int ret;

	put_alert(p, p->s->server_initiated ? 1200 : 1201);
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
		put_alert(p, 1223);
	if (last || s->send_setup || (s->server_final && !s->queue.head)) {
		dm_writer_empty(&p->w, DM_TAG_FINAL);
		s->server_final = false;
	} else if (!s->queue.head) {
		put_alert(p, 1222);	/* the server has not finished its package */
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
	put_end(&p);
	if (s->out.failed)
		return -ENOMEM;
	memset(&s->hdr, 0, sizeof(s->hdr));
	s->send_setup = false;
	s->counts.messages_out++;
	return 0;
}

bool dm_package_fits(struct dm_session *s, const struct dm_cmd *cmd, const char *uri,
		     const struct mo_value *value)
{
	struct dm_buf b = { NULL, 0, 0, false };
	struct package p = { .s = s };
	bool fits;

	if (!s->peer_max_msg)
		return true;
	fits = !put_header(&p, &b);
	put_hdr_status(&p);
	put_results(&p, s->peer_msg_id, cmd->cmd_id, uri, value);
	fits = fits && !b.failed && dm_writer_size(&p.w) + TAIL_LEN <= s->peer_max_msg;
	dm_buf_free(&b);
	return fits;
}
