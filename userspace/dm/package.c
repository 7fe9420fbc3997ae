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
#include <stdlib.h>
#include <string.h>

#include "dm/base64.h"
#include "dm/syncml.h"

#define TAIL_LEN	128	/* Alert 1222 or 1223, Final and the closing tags */

struct writer {
	struct dm_session *s;
	struct dm_buf *b;
	unsigned int cmd_id;
};

static void put_location(struct dm_buf *b, const char *name, const char *uri, const char *loc_name)
{
	dm_buf_printf(b, "<%s>", name);
	dm_xml_element(b, "LocURI", uri);
	dm_xml_element(b, "LocName", loc_name);
	dm_buf_printf(b, "</%s>", name);
}

static int put_cred(struct dm_buf *b, const struct mo_credential *c)
{
	char cred[DM_MD5_B64_LEN + 1];

	if (dm_auth_md5(c->name, c->secret, c->nonce, c->nonce_len, cred))
		return -EIO;
	dm_buf_puts(b, "<Cred><Meta>");
	dm_xml_meta_element(b, "Format", "b64");
	dm_xml_meta_element(b, "Type", DM_AUTH_MD5_TYPE);
	dm_buf_puts(b, "</Meta>");
	dm_xml_element(b, "Data", cred);
	dm_buf_puts(b, "</Cred>");
	dm_auth_wipe(cred, sizeof(cred));
	return 0;
}

static int put_header(struct writer *w)
{
	struct dm_session *s = w->s;
	struct dm_buf *b = w->b;

	dm_buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		       "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>"
		       "<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>");
	dm_xml_element(b, "SessionID", s->id);
	dm_buf_printf(b, "<MsgID>%lu</MsgID>", s->msg_id);
	put_location(b, "Target", s->uri, NULL);
	put_location(b, "Source", s->dev_id, s->send_cred ? s->acc.client.name : NULL);
	if (s->send_cred && put_cred(b, &s->acc.client))
		return -EIO;
	dm_buf_printf(b, "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">%d</MaxMsgSize>",
		      DM_MAX_MSG_SIZE);
	if (s->send_setup)
		dm_buf_printf(b, "<MaxObjSize xmlns=\"syncml:metinf\">%d</MaxObjSize>",
			      DM_MAX_OBJ_SIZE);
	dm_buf_puts(b, "</Meta></SyncHdr><SyncBody>");
	return 0;
}

static void open_command(struct writer *w, const char *name)
{
	dm_buf_printf(w->b, "<%s><CmdID>%u</CmdID>", name, ++w->cmd_id);
}

static void put_chal(struct dm_buf *b, const uint8_t nonce[DM_NONCE_LEN])
{
	char text[DM_B64_LEN(DM_NONCE_LEN) + 1];

	dm_b64_encode(nonce, DM_NONCE_LEN, text);
	dm_buf_puts(b, "<Chal><Meta>");
	dm_xml_meta_element(b, "Format", "b64");
	dm_xml_meta_element(b, "Type", DM_AUTH_MD5_TYPE);
	dm_xml_meta_element(b, "NextNonce", text);
	dm_buf_puts(b, "</Meta></Chal>");
	dm_auth_wipe(text, sizeof(text));
}

static void put_hdr_status(struct writer *w)
{
	const struct dm_hdr_status *h = &w->s->hdr;

	open_command(w, "Status");
	dm_buf_printf(w->b, "<MsgRef>%lu</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>", h->msg_ref);
	dm_xml_element(w->b, "TargetRef", h->target[0] ? h->target : NULL);
	dm_xml_element(w->b, "SourceRef", h->source[0] ? h->source : NULL);
	if (h->chal)
		put_chal(w->b, h->nonce);
	dm_buf_printf(w->b, "<Data>%d</Data></Status>", h->code);
}

static void put_status(struct writer *w, const struct dm_out *out)
{
	open_command(w, "Status");
	dm_buf_printf(w->b, "<MsgRef>%lu</MsgRef>", out->msg_ref);
	dm_xml_element(w->b, "CmdRef", out->cmd_ref);
	dm_xml_element(w->b, "Cmd", out->cmd);
	dm_xml_element(w->b, "TargetRef", out->target_ref);
	dm_buf_printf(w->b, "<Data>%d</Data></Status>", out->code);
}

/* Bytes that XML cannot carry go as base64. */
static void put_b64(struct dm_buf *b, const struct mo_value *v)
{
	char *text = malloc(DM_B64_LEN(v->len) + 1);

	if (!text) {
		b->failed = true;
		return;
	}
	dm_b64_encode((const uint8_t *)v->data, v->len, text);
	dm_buf_puts(b, text);
	explicit_bzero(text, DM_B64_LEN(v->len));
	free(text);
}

static void put_value(struct dm_buf *b, const struct mo_value *v)
{
	bool node = !strcmp(v->format, "node");
	bool binary = v->len && (!strcmp(v->format, "bin") || !dm_xml_safe(v->data, v->len));

	dm_buf_puts(b, "<Meta>");
	dm_xml_meta_element(b, "Format", binary ? "b64" : v->format[0] ? v->format : "chr");
	dm_xml_meta_element(b, "Type", node || !v->type[0] ? "text/plain" : v->type);
	dm_buf_puts(b, "</Meta>");
	if (!strcmp(v->format, "null"))
		return;
	dm_buf_puts(b, "<Data>");
	if (binary)
		put_b64(b, v);
	else if (v->len)
		dm_xml_text(b, v->data, v->len);
	dm_buf_puts(b, "</Data>");
}

static void put_results(struct writer *w, unsigned long msg_ref, const char *cmd_ref,
			const char *uri, const struct mo_value *v)
{
	open_command(w, "Results");
	dm_buf_printf(w->b, "<MsgRef>%lu</MsgRef>", msg_ref);
	dm_xml_element(w->b, "CmdRef", cmd_ref);
	dm_buf_puts(w->b, "<Item>");
	put_location(w->b, "Source", uri, NULL);
	put_value(w->b, v);
	dm_buf_puts(w->b, "</Item></Results>");
}

static void put_entry(struct writer *w, const struct dm_out *out)
{
	if (out->is_results)
		put_results(w, out->msg_ref, out->cmd_ref, out->target_ref, &out->value);
	else
		put_status(w, out);
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
static void put_queue(struct writer *w)
{
	struct dm_session *s = w->s;
	size_t limit = s->peer_max_msg && !s->send_setup ? s->peer_max_msg : SIZE_MAX;
	bool first = true;

	while (s->queue.head && !w->b->failed) {
		size_t before = w->b->len;

		put_entry(w, s->queue.head);
		if (limit < TAIL_LEN || w->b->len > limit - TAIL_LEN) {
			if (!first) {
				dm_buf_truncate(w->b, before);
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
	struct writer *w = arg;

	dm_buf_puts(w->b, "<Item><Source><LocURI>./DevInfo/");
	dm_xml_text(w->b, rel, strlen(rel));
	dm_buf_puts(w->b, "</LocURI></Source><Data>");
	if (v->len)
		dm_xml_text(w->b, v->data, v->len);
	dm_buf_puts(w->b, "</Data></Item>");
	return 0;
}

static void put_alert(struct writer *w, int code)
{
	open_command(w, "Alert");
	dm_buf_printf(w->b, "<Data>%d</Data></Alert>", code);
}

/* What makes package 1: the alert that opens the session, and who we are. */
static int put_setup(struct writer *w)
{
	int ret;

	put_alert(w, w->s->server_initiated ? 1200 : 1201);
	open_command(w, "Replace");
	ret = mo_tree_each_leaf(w->s->tree, "./DevInfo", put_dev_info_leaf, w);
	dm_buf_puts(w->b, "</Replace>");
	return ret;
}

static void put_end(struct writer *w)
{
	struct dm_session *s = w->s;
	bool last = s->send_abort || s->state == DM_STATE_CLOSING;

	if (s->send_abort)
		put_alert(w, 1223);
	if (last || s->send_setup || (s->server_final && !s->queue.head)) {
		dm_buf_puts(w->b, "<Final/>");
		s->server_final = false;
	} else if (!s->queue.head) {
		put_alert(w, 1222);	/* the server has not finished its package */
	}
	dm_buf_puts(w->b, "</SyncBody></SyncML>");
}

int dm_package_build(struct dm_session *s)
{
	struct writer w = { s, &s->out, 0 };
	int ret;

	dm_buf_free(&s->out);
	s->msg_id++;
	if (s->hdr.due && s->hdr.chal && s->hdr.code == 212)
		dm_server_store_nonce(s);
	ret = put_header(&w);
	if (ret)
		return ret;
	if (s->hdr.due)
		put_hdr_status(&w);
	put_queue(&w);
	if (s->send_setup) {
		ret = put_setup(&w);
		if (ret)
			return ret < 0 ? ret : -EIO;
	}
	put_end(&w);
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
	struct writer w = { s, &b, 0 };
	bool fits;

	if (!s->peer_max_msg)
		return true;
	fits = !put_header(&w);
	put_hdr_status(&w);
	put_results(&w, s->peer_msg_id, cmd->cmd_id, uri, value);
	fits = fits && !b.failed && b.len + TAIL_LEN <= s->peer_max_msg;
	dm_buf_free(&b);
	return fits;
}
