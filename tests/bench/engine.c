// SPDX-License-Identifier: BSD-3-Clause
/*
 * The DM engine with a tree on disk, fed by a server that is made of words: messages of a hundred
 * commands, and one large object.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "dm/auth.h"
#include "dm/dm.h"
#include "dm/writer.h"

#define COMMANDS	100
#define LEAF_LEN	64
#define ROUNDS		20
#define OBJECT_LEN	(1024 * 1024)
#define CHUNK_LEN	48000

#define SERVER		"bench.example"
#define CPU_TARGET_MS	10.0
#define OBJECT_TARGET_KIB	(3 * 1024.0)

struct world {
	struct mo_tree *tree;
	struct mo_account acc;
	struct dm_session *s;
	enum dm_encoding encoding;
	unsigned int msg_id;		/* of the server's last message */
	struct dm_buf out;		/* ... itself */
	struct dm_writer w;
};

static bool open_world(struct world *w, const struct bench *b, const char **what)
{
	static const struct dm_ops ops = { .ask = NULL };
	struct mo_device dev = { .dev_id = "IMEI:004999010640000" };
	struct mo_value leaf = { .data = "", .format = "chr" };
	char path[300], uri[64];
	int ret;

	snprintf(path, sizeof(path), "%s/tree.db", b->folder);
	unlink(path);
	snprintf(w->acc.server_id, sizeof(w->acc.server_id), SERVER);
	snprintf(w->acc.addr, sizeof(w->acc.addr), "http://127.0.0.1:3516/dm");
	strcpy(w->acc.client.type, "BASIC");
	strcpy(w->acc.server.type, "BASIC");
	strcpy(w->acc.server.name, SERVER);
	strcpy(w->acc.server.secret, "secret");
	strcpy(w->acc.encoding, w->encoding == DM_ENCODING_WBXML ? "wbxml" : "");
	*what = "tree";
	ret = mo_tree_open(path, &w->tree) || mo_device_define(w->tree, &dev) ||
	      mo_account_create(w->tree, "Bench", &w->acc) ||
	      mo_tree_define(w->tree, "./Bench", "node", NULL, MO_ACCESS_GET | MO_ACCESS_ADD) ||
	      mo_tree_set_acl(w->tree, "./Bench", "Add=*&Get=*&Replace=*&Delete=*");
	if (!ret)
		ret = mo_tree_begin(w->tree) != MO_OK;
	for (int i = 0; i < COMMANDS && !ret; i++) {
		snprintf(uri, sizeof(uri), "./Bench/group%d/leaf%d", i / 10, i);
		ret = mo_tree_add(w->tree, NULL, uri, &leaf) != MO_OK;
	}
	if (!ret)
		ret = mo_tree_commit(w->tree) != MO_OK;
	*what = ret ? *what : "session";
	return !ret && !dm_session_new(&w->acc, w->tree, &ops, NULL, &w->s);
}

static void close_world(struct world *w)
{
	dm_session_free(w->s);
	mo_tree_close(w->tree);
	dm_buf_free(&w->out);
}

/* ------------------------------------------------------------- messages of the server */

static void put_uri(struct dm_writer *w, enum dm_tag tag, const char *uri)
{
	dm_writer_open(w, tag);
	dm_writer_element(w, DM_TAG_LOC_URI, uri);
	dm_writer_close(w);
}

static void put_credentials(struct dm_writer *w)
{
	char data[DM_BASIC_B64_LEN + 1];

	dm_auth_basic(SERVER, "secret", data);
	dm_writer_open(w, DM_TAG_CRED);
	dm_writer_open(w, DM_TAG_META);
	dm_writer_element(w, DM_TAG_FORMAT, "b64");
	dm_writer_element(w, DM_TAG_TYPE, "syncml:auth-basic");
	dm_writer_close(w);
	dm_writer_element(w, DM_TAG_DATA, data);
	dm_writer_close(w);
}

/* Up to the Status of the header of the client's message. */
static void begin_message(struct world *w)
{
	struct dm_writer *wr = &w->w;

	dm_buf_truncate(&w->out, 0);
	dm_writer_start(wr, w->encoding, &w->out);
	dm_writer_open(wr, DM_TAG_SYNCML);
	dm_writer_open(wr, DM_TAG_SYNC_HDR);
	dm_writer_element(wr, DM_TAG_VER_DTD, "1.2");
	dm_writer_element(wr, DM_TAG_VER_PROTO, "DM/1.2");
	dm_writer_element(wr, DM_TAG_SESSION_ID, dm_session_id(w->s));
	dm_writer_number(wr, DM_TAG_MSG_ID, ++w->msg_id);
	put_uri(wr, DM_TAG_TARGET, "IMEI:004999010640000");
	put_uri(wr, DM_TAG_SOURCE, w->acc.addr);
	put_credentials(wr);
	dm_writer_close(wr);
	dm_writer_open(wr, DM_TAG_SYNC_BODY);
	dm_writer_open(wr, DM_TAG_STATUS);
	dm_writer_number(wr, DM_TAG_CMD_ID, 1);
	dm_writer_number(wr, DM_TAG_MSG_REF, w->msg_id);
	dm_writer_number(wr, DM_TAG_CMD_REF, 0);
	dm_writer_element(wr, DM_TAG_CMD, "SyncHdr");
	dm_writer_element(wr, DM_TAG_DATA, "212");
	dm_writer_close(wr);
}

static bool end_message(struct world *w, bool final)
{
	if (final)
		dm_writer_empty(&w->w, DM_TAG_FINAL);
	dm_writer_close(&w->w);
	dm_writer_close(&w->w);
	return !w->out.failed;
}

static void put_replace(struct world *w, unsigned int id, const char *uri, const char *data, size_t len,
			size_t size, bool more)
{
	struct dm_writer *wr = &w->w;

	dm_writer_open(wr, DM_TAG_REPLACE);
	dm_writer_number(wr, DM_TAG_CMD_ID, id);
	dm_writer_open(wr, DM_TAG_ITEM);
	put_uri(wr, DM_TAG_TARGET, uri);
	if (size) {
		dm_writer_open(wr, DM_TAG_META);
		dm_writer_number(wr, DM_TAG_SIZE, size);
		dm_writer_close(wr);
	}
	dm_writer_open(wr, DM_TAG_DATA);
	dm_writer_text(wr, data, len);
	dm_writer_close(wr);
	if (more)
		dm_writer_empty(wr, DM_TAG_MORE_DATA);
	dm_writer_close(wr);
	dm_writer_close(wr);
}

static bool make_hundred(struct world *w, unsigned int round)
{
	char uri[64], data[LEAF_LEN + 1];

	begin_message(w);
	for (unsigned int i = 0; i < COMMANDS; i++) {
		snprintf(uri, sizeof(uri), "./Bench/group%u/leaf%u", i / 10, i);
		snprintf(data, sizeof(data), "%08u%056u", round, i);
		put_replace(w, i + 2, uri, data, LEAF_LEN, 0, false);
	}
	return end_message(w, true);
}

/* ------------------------------------------------------------------- the client's turn */

/* Gives the message to the engine and takes its answer; how many bytes that has, 0 = it is over. */
static size_t exchange(struct world *w)
{
	const char *uri, *type;
	const void *body;
	size_t len = 0;

	if (dm_session_input(w->s, w->encoding == DM_ENCODING_WBXML ? DM_CONTENT_TYPE_WBXML :
			     DM_CONTENT_TYPE_XML, w->out.data, w->out.len) == DM_NEXT_SEND)
		dm_session_output(w->s, &uri, &type, &body, &len);
	return len;
}

static bool start(struct world *w)
{
	const char *uri, *type;
	const void *body;
	size_t len;

	if (dm_session_start(w->s, false, 0) != DM_NEXT_SEND)
		return false;
	dm_session_output(w->s, &uri, &type, &body, &len);
	/* one round without counting: what is made once, is made */
	return make_hundred(w, 0) && exchange(w);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure_messages(const struct bench *b, struct figures *f, enum dm_encoding encoding)
{
	unsigned int rounds = b->quick ? 2 : ROUNDS, i;
	struct world w = { .encoding = encoding };
	double cpu[ROUNDS], wall = 0, base, t;
	struct dm_counts counts;
	const char *what;
	size_t answer = 1;

	if (!open_world(&w, b, &what) || !start(&w)) {
		bench_fail(f, "cannot begin (%s): %s", what, w.s ? dm_session_reason(w.s) : "?");
		return;
	}
	base = bench_rss_kib();
	bench_peak_begin();
	for (i = 0; i < rounds && answer && make_hundred(&w, i + 1); i++) {
		t = bench_wall_ms();
		cpu[i] = bench_cpu_ms();
		answer = exchange(&w);
		cpu[i] = bench_cpu_ms() - cpu[i];
		wall += bench_wall_ms() - t;
	}
	dm_session_get_counts(w.s, &counts);
	if (i < rounds || !answer || counts.statuses_ok < COMMANDS * (rounds + 1)) {
		bench_fail(f, "round %u: %u of %u commands went well; %s", i, counts.statuses_ok,
			   COMMANDS * (rounds + 1), dm_session_reason(w.s));
		return;
	}
	qsort(cpu, rounds, sizeof(*cpu), by_value);
	bench_add(f, "CPU of 100 Replaces of 64 bytes, committed", cpu[rounds / 2], "ms", CPU_TARGET_MS);
	bench_add(f, "such messages a second, fsync included", 1e3 * rounds / wall, "1/s", 0);
	bench_add(f, "bytes of such a message", (double)w.out.len, "B", 0);
	bench_add(f, "peak memory above base", bench_peak_kib() - base, "KiB", 0);
	close_world(&w);
}

void bench_message_xml(const struct bench *b, struct figures *f)
{
	measure_messages(b, f, DM_ENCODING_XML);
}

void bench_message_wbxml(const struct bench *b, struct figures *f)
{
	measure_messages(b, f, DM_ENCODING_WBXML);
}

void bench_large_object(const struct bench *b, struct figures *f)
{
	struct world w = { .encoding = DM_ENCODING_XML };
	static char chunk[CHUNK_LEN];
	struct mo_value v = { .data = NULL };
	double base, cpu;
	const char *what;
	size_t sent, n, answer = 1;

	if (!open_world(&w, b, &what) || !start(&w)) {
		bench_fail(f, "cannot begin (%s)", what);
		return;
	}
	memset(chunk, 'x', sizeof(chunk));
	base = bench_rss_kib();
	bench_peak_begin();
	cpu = bench_cpu_ms();
	for (sent = 0; sent < OBJECT_LEN && answer; sent += n) {
		n = OBJECT_LEN - sent < CHUNK_LEN ? OBJECT_LEN - sent : CHUNK_LEN;
		begin_message(&w);
		put_replace(&w, 2, "./Bench/group0/leaf0", chunk, n, sent ? 0 : OBJECT_LEN,
			    sent + n < OBJECT_LEN);
		if (!end_message(&w, sent + n == OBJECT_LEN))
			break;
		answer = exchange(&w);
	}
	cpu = bench_cpu_ms() - cpu;
	bench_add(f, "1 MiB object in chunks: peak above base", bench_peak_kib() - base, "KiB",
		  OBJECT_TARGET_KIB);
	bench_add(f, "CPU for it", cpu, "ms", 0);
	if (mo_tree_get(w.tree, NULL, "./Bench/group0/leaf0", &v) != MO_OK || v.len != OBJECT_LEN)
		bench_fail(f, "the object is not there: %zu bytes; %s", v.len, dm_session_reason(w.s));
	mo_value_clear(&v);
	close_world(&w);
}
