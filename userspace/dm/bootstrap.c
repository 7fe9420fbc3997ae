// SPDX-License-Identifier: BSD-3-Clause
/*
 * A bootstrap document into the tree, all of it or nothing: MAC, profile, what it may do, what came of
 * it.  Where the accounts come from is kept with them, so that only the source they are from can
 * renew or remove them.
 */
#include "dm/bootstrap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dm/auth.h"
#include "dm/base64.h"
#include "dm/cp.h"
#include "dm/syncml.h"

#define MAX_SERVERS	64

struct bootstrap {
	const struct dm_bootstrap *in;
	struct dm_bootstrap_result *out;
	struct mo_tree *t;
	struct dm_bootstrap_type type;
	const char *doc;		/* behind the head */
	size_t len;
	struct dm_message *msg;		/* memory of what was read */
	unsigned int n_before;		/* servers known before */
	char before[MAX_SERVERS][128];
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct bootstrap *b, int err, const char *fmt, ...)
{
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	vsnprintf(b->out->why, sizeof(b->out->why), fmt, ap);
	va_end(ap);
	for (i = 0; b->out->why[i]; i++) {
		/* parts come from the document */
		if ((unsigned char)b->out->why[i] < 0x20 || b->out->why[i] == 0x7f)
			b->out->why[i] = '?';
	}
	return err;
}

/* ------------------------------------------------------------------------ the head */

/* A line of the head; 0 = the empty one that ends it. *len is without its end. */
static size_t head_line(const char *p, const char *end, size_t *len)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	if (!nl)
		return 0;
	*len = (size_t)(nl - p);
	if (*len && p[*len - 1] == '\r')
		--*len;
	return (size_t)(nl - p) + 1;
}

/* Lines NAME: VALUE before the document; a document itself begins neither with a letter nor so. */
static int read_head(struct bootstrap *b)
{
	static const char name[] = "Content-Type:";
	const char *p = b->in->data, *end = p + b->in->len;
	char value[512] = "";
	size_t len, step;
	bool head = false;

	b->doc = p;
	b->len = b->in->len;
	while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || head)) {
		step = head_line(p, end, &len);
		if (!step || len >= sizeof(value))
			return refuse(b, -EBADMSG, "neither a document nor a head of Content-Type lines");
		head = true;
		p += step;
		if (!len) {
			b->doc = p;
			b->len = (size_t)(end - p);
			break;
		}
		if (len > strlen(name) && !strncasecmp(p - step, name, strlen(name)))
			snprintf(value, sizeof(value), "%.*s", (int)(len - strlen(name)),
				 p - step + strlen(name));
	}
	if (head && b->doc == b->in->data)
		return refuse(b, -EBADMSG, "the head has no empty line at its end");
	if (b->in->content_type || *value)
		return dm_bootstrap_type_parse(b->in->content_type ? b->in->content_type : value,
					       &b->type, b->out->why, sizeof(b->out->why));
	return 0;
}

/* --------------------------------------------------------------------- DM profile */

/* Where a document may add: objects that find their place themselves, and accounts. */
static bool is_place(const char *uri)
{
	static const char *const places[] = { "Inbox", "DMAcc" };
	size_t i, n;

	if (!strncmp(uri, "./", 2))
		uri += 2;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		n = strlen(places[i]);
		if (!strncmp(uri, places[i], n) && (uri[n] == '/' || (!uri[n] && !i)))
			return true;
	}
	return false;
}

static int make_value(const struct dm_cmd *cmd, const struct dm_item *item, struct mo_value *v)
{
	const char *format = item->meta.format ? item->meta.format : cmd->meta.format;
	const char *type = item->meta.type ? item->meta.type : cmd->meta.type;
	ssize_t n;

	memset(v, 0, sizeof(*v));
	if ((format && strlen(format) >= sizeof(v->format)) ||
	    (type && strlen(type) >= sizeof(v->type)))
		return -EBADMSG;
	strcpy(v->format, format ? format : "");
	strcpy(v->type, type ? type : "");
	v->data = malloc(item->data_len + 1);
	if (!v->data)
		return -ENOMEM;
	if (item->data_len)
		memcpy(v->data, item->data, item->data_len);
	v->data[item->data_len] = '\0';
	v->len = item->data_len;
	if (dm_tnds_is_type(v->type))
		return dm_tnds_to_xml(v);
	if (strcmp(v->format, "b64"))
		return 0;
	n = dm_b64_decode(v->data, v->len, (uint8_t *)v->data, v->len);
	if (n < 0)
		return -EBADMSG;
	v->len = (size_t)n;
	v->data[n] = '\0';
	strcpy(v->format, "bin");
	return 0;
}

static int add(struct bootstrap *b, const char *uri, const struct mo_value *v)
{
	int status = mo_tree_add(b->t, NULL, uri, v);
	const char *node = mo_tree_failed_uri(b->t);

	switch (status) {
	case MO_OK:
		return 0;
	case MO_UNSUPPORTED_FORMAT:
		/* an object of a kind that the device does not have */
		if (!strncmp(uri, "./Inbox", 7) && *v->type) {
			b->out->skipped++;
			return 0;
		}
		break;
	case MO_EXISTS:
		return refuse(b, -EEXIST, "Add %.100s: %.80s is there already, and stays", uri,
			      *node ? node : "it");
	case MO_DEVICE_FULL:
		return refuse(b, -ENOSPC, "Add %.100s: no room", uri);
	case MO_FAILED:
		return refuse(b, -EIO, "Add %.100s: %.100s", uri, mo_tree_error(b->t));
	}
	return refuse(b, -EBADMSG, "Add %.100s: status %d%s%.80s", uri, status, *node ? " at " : "",
		      node);
}

static int run_add(struct bootstrap *b, const struct dm_cmd *cmd)
{
	const struct dm_item *item;
	struct mo_value v;
	int err = 0;

	for (item = cmd->items; item && !err; item = item->next) {
		if (!item->target || !is_place(item->target) || strchr(item->target, '?'))
			return refuse(b, -EPERM, "%s %u: Add of %.100s; only what goes to ./Inbox or"
				      " ./DMAcc is taken", b->msg->unit, cmd->where,
				      item->target ? item->target : "nothing");
		if (item->more_data)
			return refuse(b, -EBADMSG, "%s %u: an object in chunks", b->msg->unit,
				      cmd->where);
		err = make_value(cmd, item, &v);
		if (err)
			refuse(b, err, "%s %u: the value of %.100s cannot be read", b->msg->unit,
			       cmd->where, item->target);
		else
			err = add(b, item->target, &v);
		mo_value_clear(&v);
	}
	return err;
}

/* As deep as containers may be nested in a document. */
static int run_commands(struct bootstrap *b, const struct dm_cmd *cmd)
{
	int err = 0;

	for (; cmd && !err; cmd = cmd->next) {
		if (cmd->defect)
			return refuse(b, -EBADMSG, "%s %u: %.40s: %s", b->msg->unit, cmd->where,
				      cmd->name, cmd->defect);
		switch (cmd->type) {
		case DM_CMD_ADD:
			err = run_add(b, cmd);
			break;
		case DM_CMD_ATOMIC:
		case DM_CMD_SEQUENCE:
			err = run_commands(b, cmd->members);
			break;
		case DM_CMD_ALERT:
			break;		/* there is nobody to answer */
		default:
			return refuse(b, -EPERM, "%s %u: %.40s; bootstrap only adds", b->msg->unit,
				      cmd->where, cmd->name);
		}
	}
	return err;
}

static int run_message(struct bootstrap *b, bool wbxml)
{
	int err = dm_syncml_parse(wbxml ? DM_ENCODING_WBXML : DM_ENCODING_XML, b->doc, b->len,
				  &b->msg, b->out->why, sizeof(b->out->why));

	return err ? err : run_commands(b, b->msg->cmds);
}

/* A TNDS document by itself is what would be added to the Inbox. */
static int run_tnds(struct bootstrap *b, bool wbxml)
{
	struct mo_value v = { .len = b->len };
	int err;

	strcpy(v.format, wbxml ? "bin" : "xml");
	strcpy(v.type, wbxml ? DM_TNDS_WBXML : DM_TNDS_XML);
	v.data = malloc(b->len + 1);
	if (!v.data)
		return -ENOMEM;
	memcpy(v.data, b->doc, b->len);
	v.data[b->len] = '\0';
	err = dm_tnds_to_xml(&v);
	if (!err)
		err = add(b, "./Inbox", &v);
	mo_value_clear(&v);
	return err;
}

/* -------------------------------------------------------------- which of the two */

/* The public identifier of WBXML, the number behind the version. */
static unsigned long public_id(const uint8_t *doc, size_t len)
{
	unsigned long id = 0;
	size_t i;

	for (i = 1; i < len && i < 5; i++) {
		id = id << 7 | (doc[i] & 0x7f);
		if (!(doc[i] & 0x80))
			return id;
	}
	return 0;
}

static int check_profile(struct bootstrap *b, enum dm_profile profile)
{
	b->out->profile = profile;
	if ((b->in->profile != DM_PROFILE_ANY && b->in->profile != profile) ||
	    (b->type.profile != DM_PROFILE_ANY && b->type.profile != profile))
		return refuse(b, -EBADMSG, "this is a document of the %s profile, not of the one that it"
			      " should be", profile == DM_PROFILE_CP ? "CP" : "DM");
	return 0;
}

static int run_cp(struct bootstrap *b, const struct dm_node *root)
{
	struct dm_cp_result result;
	int err = check_profile(b, DM_PROFILE_CP);

	if (err)
		return err;
	err = dm_cp_apply(b->t, b->msg, root, &result);
	b->out->start = result.init;
	return err ? refuse(b, err, "%s", *result.why ? result.why : strerror(-err)) : 0;
}

static int run_dm(struct bootstrap *b, const char *root, bool wbxml)
{
	int err = check_profile(b, DM_PROFILE_DM);

	if (err)
		return err;
	dm_message_free(b->msg);
	b->msg = NULL;
	b->out->start = true;
	return !strcmp(root, "SyncML") ? run_message(b, wbxml) : run_tnds(b, wbxml);
}

static int run_document(struct bootstrap *b)
{
	bool wbxml = b->len && b->doc[0] >= 0x01 && b->doc[0] <= 0x03;
	struct dm_document doc;
	char root[32];

	if (b->type.known && b->type.wbxml != wbxml)
		return refuse(b, -EBADMSG, "its Content-Type says %s, but it is not",
			      b->type.wbxml ? "WBXML" : "XML");
	b->msg = dm_message_new();
	if (!b->msg)
		return -ENOMEM;
	b->msg->unit = wbxml ? "byte" : "line";
	dm_document_init(&doc, b->msg);
	if (!wbxml || public_id((const uint8_t *)b->doc, b->len) == DM_CP_PUBLIC_ID)
		doc.vocabulary = &dm_cp_vocabulary;
	if (wbxml)
		dm_wbxml_read(&doc, (const uint8_t *)b->doc, b->len);
	else
		dm_xml_read(&doc, b->doc, b->len, b->out->why, sizeof(b->out->why));
	if (doc.err)
		return doc.what ? refuse(b, doc.err, "%s %u: %s", b->msg->unit, doc.where, doc.what) :
		       doc.err;
	if (!strcmp(doc.root->name, "wap-provisioningdoc"))
		return run_cp(b, doc.root);
	snprintf(root, sizeof(root), "%s", doc.root->name);
	if (!strcmp(root, "SyncML") || !strcmp(root, "MgmtTree"))
		return run_dm(b, root, wbxml);
	return refuse(b, -EBADMSG, "the root element is %s: neither SyncML, MgmtTree nor"
		      " wap-provisioningdoc", root);
}

/* ------------------------------------------------------------------- the unit of work */

static int list_servers(struct bootstrap *b)
{
	int err = 0;

	while (!err && b->n_before < MAX_SERVERS) {
		err = mo_account_nth(b->t, b->n_before, b->before[b->n_before],
				     sizeof(b->before[0]));
		if (!err)
			b->n_before++;
	}
	return err == -ENOENT ? 0 : err ? err : -ENOSPC;
}

static int list_new(struct bootstrap *b)
{
	struct dm_bootstrap_result *out = b->out;
	char id[128];
	unsigned int n, i;
	int err = 0;

	for (n = 0; out->n < DM_BOOTSTRAP_ACCOUNTS; n++) {
		err = mo_account_nth(b->t, n, id, sizeof(id));
		if (err)
			break;
		for (i = 0; i < b->n_before && strcmp(b->before[i], id); i++)
			;
		if (i == b->n_before)
			strcpy(out->server[out->n++], id);
	}
	return err == -ENOENT ? 0 : err;
}

static int run_in_unit(struct bootstrap *b, const uint8_t digest[MO_DIGEST_LEN])
{
	int64_t mark = 0;
	int err = mo_origin_drop(b->t, b->in->origin);

	if (err >= 0)
		err = list_servers(b);
	if (!err)
		err = mo_origin_begin(b->t, &mark);
	if (!err)
		err = run_document(b);
	if (!err)
		err = mo_origin_end(b->t, mark, b->in->origin, digest, b->out->why,
				    sizeof(b->out->why));
	return err ? err : list_new(b);
}

static int run(struct bootstrap *b)
{
	uint8_t digest[MO_DIGEST_LEN];
	int err = dm_auth_sha256(b->doc, b->len, digest);

	if (!err)
		err = mo_origin_get(b->t, b->in->origin, digest);
	if (err < 0)
		return err;
	b->out->unchanged = err == MO_ORIGIN_SAME;
	if (b->out->unchanged)
		return 0;
	if (mo_tree_begin(b->t) != MO_OK)
		return -EIO;
	err = run_in_unit(b, digest);
	if (err || b->in->dry_run) {
		mo_tree_rollback(b->t);
		return err;
	}
	return mo_tree_commit(b->t) == MO_OK ? 0 :
	       refuse(b, -EIO, "not committed: %.200s", mo_tree_error(b->t));
}

int dm_bootstrap_apply(struct mo_tree *t, const struct dm_bootstrap *in,
		       struct dm_bootstrap_result *out)
{
	struct bootstrap *b = calloc(1, sizeof(*b));
	int err;

	memset(out, 0, sizeof(*out));
	if (!b)
		return -ENOMEM;
	b->in = in;
	b->out = out;
	b->t = t;
	if (in->len > DM_BOOTSTRAP_MAX)
		err = refuse(b, -EBADMSG, "more than %d bytes", DM_BOOTSTRAP_MAX);
	else
		err = read_head(b);
	if (!err && in->need_mac && b->type.security == DM_SECURITY_NONE)
		err = refuse(b, -EACCES, "it has no MAC, and [bootstrap] mac = required");
	if (!err)
		err = dm_bootstrap_verify(&b->type, in->keys, b->doc, b->len, out->why,
					  sizeof(out->why));
	out->security = b->type.security;
	if (!err)
		err = run(b);
	if (err) {
		out->n = 0;
		if (!*out->why)
			refuse(b, err, "%s", strerror(-err));
	}
	dm_message_free(b->msg);
	free(b);
	return err;
}
