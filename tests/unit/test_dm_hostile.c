// SPDX-License-Identifier: BSD-3-Clause
/*
 * The engine, with a tree in memory, against a server that means harm: a thousand sessions, each
 * made of its number. Whatever the server does,
 *
 *	the session ends, within so many messages and so much time and memory;
 *	each message of the client is one that a client may send, to the host of the account;
 *	until the server has proved who it is the tree stays as it was, and no user is asked;
 *	what the server has no right to change stays as it was, and what it may not read is in no
 *	message.
 *
 *	HOSTILE_SEED=N HOSTILE_SESSIONS=1 test_dm_hostile	that session, and what was said
 */
#include <strings.h>
#include <time.h>

#include "dm-hostile-server.h"
#include "dm/syncml.h"

#define SESSIONS	1000
#define PACKAGES	8	/* of the server, where it does end */
#define MESSAGES	64	/* of the client then */
#define MESSAGES_AT_ALL	4096	/* DM_MAX_MESSAGES of the engine */
#define SOME		32	/* of those that do not end, each so many is looked at */
#define CPU_SECONDS	10
#define CPU_SECONDS_ENDLESS	60
#define MEMORY		(16U << 20)	/* bytes more than at the start */
#define PRIVATE_VALUE	"PrivateValue7"
#define OTHER_SECRET	"OtherSecret9"

/* Of the sanitizer, if there is one. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* What a session frees is used again soon, else page faults take most of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}

struct rig {
	struct fixture f;
	struct evil e;
	uint64_t seed;
	struct mo_account other;	/* of another server */
	char *whole, *private;		/* the tree, and the part without rights, at the start */
	size_t memory;
	struct timespec start;
	unsigned int user;		/* decides what the user answers */
	uint64_t talk;			/* a hash of all that was said */
	bool show;
};

struct figures {
	unsigned int sessions, messages, most, ends[DM_OUTCOME_INTERNAL + 1];
	unsigned int proved, applied[HOSTILE_MUTATIONS];
	double slowest;
};

#define FAIL(r, ...) do { \
	print_error("session %llu: ", (unsigned long long)(r)->seed); \
	fail_msg(__VA_ARGS__); \
} while (0)

/* --------------------------------------------------------------------------- the tree */

static const char *const closed[] = { "./DevInfo", "./DevDetail", "./DMAcc/Other", "./Settings/Private" };

static int tell(void *arg, const struct mo_entry *e)
{
	fprintf(arg, "%s %s %s [%s] %s %s %u %x ", e->uri, e->format, e->type, e->acl, e->title, e->tstamp, e->verno,
		e->access);
	if (e->value.data)
		fwrite(e->value.data, 1, e->value.len, arg);
	fputc('\n', arg);
	return 0;
}

static char *dump(struct rig *r, const char *const *uris, size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	for (; n; n--)
		assert_int_equal(mo_tree_each_node(r->f.tree, *uris++, true, tell, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static char *dump_whole(struct rig *r)
{
	static const char *const root = ".";

	return dump(r, &root, 1);
}

static char *dump_private(struct rig *r)
{
	return dump(r, closed, sizeof(closed) / sizeof(closed[0]));
}

static void differ(struct rig *r, const char *what, const char *before, const char *after)
{
	while (*before && *before == *after) {
		before++;
		after++;
	}
	FAIL(r, "%s: '%.80s' became '%.80s'", what, before, after);
}

static void put_leaf(struct rig *r, const char *uri, const char *text)
{
	struct mo_value v = { .data = (char *)text, .len = strlen(text), .format = "chr", .type = "text/plain" };

	assert_int_equal(mo_tree_add(r->f.tree, NULL, uri, &v), MO_OK);
}

/* A device that knows two servers; ours has a place of its own. */
static void make_tree(struct rig *r)
{
	struct mo_tree *t = r->f.tree;
	char why[200] = "";

	assert_int_equal(mo_tree_mount(t, "./Settings", &nap_ops, &r->f), 0);
	assert_int_equal(mo_ddf_load(t, DDF_DIR, why, sizeof(why)), 0);
	strcpy(r->other.server_id, "other.example");
	strcpy(r->other.name, "Other");
	strcpy(r->other.addr, "http://other.example/dm");
	credential(&r->other.client, "client02", OTHER_SECRET, 0x30);
	credential(&r->other.server, "other.example", OTHER_SECRET, 0x50);
	assert_int_equal(mo_account_create(t, "Other", &r->other), 0);
	put_leaf(r, "./Settings/Open/a", "1");
	put_leaf(r, "./Settings/Open/b", "2");
	put_leaf(r, "./Settings/Private/value", PRIVATE_VALUE);
	assert_int_equal(mo_tree_set_acl(t, "./Settings", "Add=*&Get=*"), 0);
	assert_int_equal(mo_tree_set_acl(t, "./Settings/Open", "Add=dmsc.example&Delete=dmsc.example&Exec=dmsc.example&"
					 "Get=*&Replace=dmsc.example"), 0);
	assert_int_equal(mo_tree_set_acl(t, "./Settings/Private", "Add=other.example&Delete=other.example&"
					 "Get=other.example&Replace=other.example"), 0);
}

/* Nothing was given to it that it could use later. */
static void check_accounts(struct rig *r)
{
	struct mo_account now;

	assert_int_equal(mo_account_load(r->f.tree, "other.example", &now), 0);
	if (strcmp(now.client.secret, OTHER_SECRET) || strcmp(now.server.secret, OTHER_SECRET) ||
	    strcmp(now.addr, r->other.addr) || memcmp(now.server.nonce, r->other.server.nonce, 16))
		FAIL(r, "the account of another server is not what it was");
	if (r->e.proved)
		return;
	assert_int_equal(mo_account_load(r->f.tree, "dmsc.example", &now), 0);
	if (now.client.nonce_len != 16 || memcmp(now.client.nonce, r->f.acc.client.nonce, 16) ||
	    now.server.nonce_len != 16 || memcmp(now.server.nonce, r->f.acc.server.nonce, 16))
		FAIL(r, "a nonce was stored for a server that proved nothing");
}

static void check_tree(struct rig *r, bool end)
{
	char *now = r->e.proved ? dump_private(r) : dump_whole(r);
	const char *before = r->e.proved ? r->private : r->whole;

	if ((end || !r->e.proved) && strcmp(now, before))
		differ(r, r->e.proved ? "changed without a right" : "changed by a stranger", before, now);
	free(now);
	if (!r->e.proved && (r->f.asked || r->f.execs))
		FAIL(r, "the user, or a provider, was asked for a stranger");
}

/* ---------------------------------------------------------------------------- messages */

static void hear(struct rig *r, const void *p, size_t len)
{
	const uint8_t *b = p;

	for (; len; len--)
		r->talk = (r->talk ^ *b++) * 0x100000001b3;
}

static void show(struct rig *r, const char *who, const void *p, size_t len)
{
	hear(r, p, len);
	if (!r->show)
		return;
	printf("# %s: ", who);
	for (; len; len--, p = (const char *)p + 1)
		putchar(*(const unsigned char *)p < 0x20 ? '.' : *(const char *)p);
	printf("\n");
}

static void check_no_secret(struct rig *r, const void *p, size_t len)
{
	static const char *const secrets[] = { PRIVATE_VALUE, OTHER_SECRET, "ClientSecret1", "CardSecret1" };
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (memmem(p, len, secrets[i], strlen(secrets[i])))
			FAIL(r, "tells %s", secrets[i]);
	}
}

/* The client's message, which the server hears. */
static void check_output(struct rig *r, bool looks)
{
	enum dm_encoding encoding;
	const char *uri, *type;
	const void *body;
	size_t len;
	char why[200];

	dm_session_output(r->f.s, &uri, &type, &body, &len);
	show(r, "client", body, len);
	encoding = strstr(type, "wbxml") ? DM_ENCODING_WBXML : DM_ENCODING_XML;
	if (looks && !dm_model_holds(encoding, body, len, why, sizeof(why)))
		FAIL(r, "a message that no client sends: %s", why);
	check_no_secret(r, body, len);
	if (!r->e.proved && strncasecmp(uri, SERVER_URI, strlen("http://127.0.0.1:3516/")))
		FAIL(r, "sent to %s by a stranger", uri);
	evil_hear(&r->e, encoding, body, len);
}

static enum dm_next answer_user(struct rig *r)
{
	struct hostile *h = &r->e.h;
	unsigned int id = r->f.question;
	enum dm_next next;

	switch (hostile_random(h, 6)) {
	case 0:
		next = dm_session_answer_text(r->f.s, id, "12");
		break;
	case 1:
		next = dm_session_answer_choices(r->f.s, id, 1 + hostile_random(h, 4));
		break;
	default:
		next = dm_session_answer(r->f.s, id, (enum dm_answer)hostile_random(h, DM_ANSWER_UNDISPLAYABLE + 1));
		break;
	}
	/* one that does not fit is no answer */
	if (next == DM_NEXT_WAIT_UI && r->f.question == id)
		next = dm_session_answer(r->f.s, id, DM_ANSWER_CANCEL);
	return next;
}

static void check_memory(struct rig *r)
{
	if (__sanitizer_get_current_allocated_bytes &&
	    __sanitizer_get_current_allocated_bytes() > r->memory + MEMORY)
		FAIL(r, "holds more than %u bytes", MEMORY);
}

static enum dm_next exchange(struct rig *r)
{
	char buf[DM_HMAC_MAX];
	const char *mac, *type;
	enum dm_next next;
	uint8_t *p;
	size_t len;

	p = evil_say(&r->e, &len, &mac, buf);
	show(r, "server", p, len);
	type = hostile_chance(&r->e.h, 40) ? NULL : r->e.wbxml == (r->e.endless || !hostile_chance(&r->e.h, 40)) ?
	       DM_CONTENT_TYPE_WBXML : DM_CONTENT_TYPE_XML;
	if (!r->e.endless && hostile_chance(&r->e.h, 60))
		len = 0;
	next = dm_session_input_hmac(r->f.s, type, mac, p, len);
	free(p);
	check_memory(r);
	while (next == DM_NEXT_WAIT_UI)
		next = answer_user(r);
	return next;
}

/* -------------------------------------------------------------------------- a session */

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void open_rig(struct rig *r, uint64_t seed)
{
	struct hostile *h = &r->e.h;
	struct mo_account *acc = &r->f.acc;

	memset(r, 0, sizeof(*r));
	r->seed = seed;
	hostile_seed(h, seed);
	fixture_open(&r->f);
	make_tree(r);
	r->e.role = (enum evil_role)hostile_random(h, EVIL_ROLES);
	r->e.wbxml = hostile_chance(h, 2);
	r->e.spoils = !hostile_chance(h, 8);
	r->e.packages = 1 + hostile_random(h, PACKAGES);
	if (r->e.role == EVIL_TRANSPORT)
		strcpy(acc->server.type, "TRANSPORT");
	if (r->e.role == EVIL_MAC || r->e.role == EVIL_WRONG_MAC)
		strcpy(acc->server.type, "HMAC");
	r->e.client_mac = hostile_chance(h, 5);
	if (r->e.client_mac)
		strcpy(acc->client.type, "HMAC");
	if (r->e.wbxml && hostile_chance(h, 2))
		strcpy(acc->encoding, "wbxml");
	r->e.cred = acc->server;
	r->e.proved = r->e.role == EVIL_TRANSPORT;
	if (r->e.role == EVIL_WRONG_SECRET || r->e.role == EVIL_WRONG_MAC)
		strcpy(r->e.cred.secret, "guess");
	r->f.no_user = hostile_chance(h, 4);
	fixture_session(&r->f);
	r->whole = dump_whole(r);
	r->private = dump_private(r);
	r->memory = __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &r->start);
}

static void close_rig(struct rig *r)
{
	free(r->whole);
	free(r->private);
	dm_session_free(r->f.s);
	mo_tree_close(r->f.tree);
}

/* From the first message to the end; returns how many the client sent. */
static unsigned int talk(struct rig *r)
{
	/* only what asks for something may go on for so long */
	bool busy = r->e.endless == EVIL_COMMANDS_FOR_EVER || r->e.endless == EVIL_CHUNKS_FOR_EVER ||
		    r->e.endless == EVIL_QUESTIONS_FOR_EVER;
	unsigned int bound = busy ? MESSAGES_AT_ALL : MESSAGES, n;
	enum dm_next next = dm_session_start(r->f.s, true, 0x2a);

	for (n = 0; next == DM_NEXT_SEND; n++) {
		if (n >= bound)
			FAIL(r, "no end after %u messages", n);
		check_output(r, n < MESSAGES || !(n % SOME));
		if (!r->e.endless && hostile_chance(&r->e.h, 50)) {
			dm_session_lost(r->f.s);
			break;
		}
		if (!r->e.endless && hostile_chance(&r->e.h, 50))
			next = dm_session_abort(r->f.s);
		else
			next = exchange(r);
		if (n < MESSAGES)
			check_tree(r, false);
		r->f.log[0] = '\0';
	}
	check_tree(r, true);
	check_accounts(r);
	if (outcome(&r->f) == DM_OUTCOME_RUNNING || !*dm_session_reason(r->f.s))
		FAIL(r, "over, but nobody says how");
	return n;
}

static void run(struct rig *r, struct figures *fig)
{
	unsigned int n = talk(r), i;
	double seconds = seconds_since(&r->start);

	if (seconds > (r->e.endless ? CPU_SECONDS_ENDLESS : CPU_SECONDS))
		FAIL(r, "took %.1f s", seconds);
	fig->sessions++;
	fig->messages += n;
	fig->most = n > fig->most ? n : fig->most;
	fig->slowest = seconds > fig->slowest ? seconds : fig->slowest;
	fig->proved += r->e.proved;
	fig->ends[outcome(&r->f)]++;
	for (i = 0; i < HOSTILE_MUTATIONS; i++)
		fig->applied[i] += r->e.h.applied[i];
}

static unsigned long environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void print_figures(const struct figures *fig)
{
	unsigned int i;

	printf("# figures: %u sessions (%u with a server that proved who it is), %u messages of the client, "
	       "%u in one at most, %.2f s CPU at most\n", fig->sessions, fig->proved, fig->messages, fig->most,
	       fig->slowest);
	printf("# figures: ends:");
	for (i = 0; i <= DM_OUTCOME_INTERNAL; i++)
		printf(" %s %u", dm_outcome_name((enum dm_outcome)i), fig->ends[i]);
	printf("\n# figures: spoiled:");
	for (i = 0; i < HOSTILE_MUTATIONS; i++)
		printf(" %s %u", hostile_name((enum hostile_mutation)i), fig->applied[i]);
	printf("\n");
}

static void spoiled_sessions(void **state)
{
	unsigned long seed = environment("HOSTILE_SEED", 1), n = environment("HOSTILE_SESSIONS", SESSIONS);
	struct figures fig = { 0 };
	struct rig *r = malloc(sizeof(*r));
	unsigned long i;

	for (i = 0; i < n; i++) {
		open_rig(r, seed + i);
		r->show = n == 1;
		run(r, &fig);
		close_rig(r);
	}
	free(r);
	print_figures(&fig);
	if (n < SESSIONS)
		return;
	/* a server that never gets in, or a mutation that never comes about, tests nothing */
	assert_true(fig.proved > n / 4);
	assert_true(fig.ends[DM_OUTCOME_OK] > n / 20);
	for (i = 0; i < HOSTILE_MUTATIONS; i++)
		assert_true(fig.applied[i] > 0);
}

/* What has no end of its own is ended. */
static void endless_sessions(void **state)
{
	struct figures fig = { 0 };
	struct rig *r = malloc(sizeof(*r));
	unsigned int kind;

	for (kind = EVIL_ENDS + 1; kind < EVIL_ENDLESS; kind++) {
		open_rig(r, kind);
		close_rig(r);
		open_rig(r, kind);
		r->e.endless = (enum evil_endless)kind;
		dm_session_free(r->f.s);
		strcpy(r->f.acc.server.type, "TRANSPORT");
		strcpy(r->f.acc.client.type, "DIGEST");
		r->e.role = EVIL_TRANSPORT;
		r->e.client_mac = false;
		r->e.proved = true;
		fixture_session(&r->f);
		run(r, &fig);
		if (outcome(&r->f) == DM_OUTCOME_OK)
			FAIL(r, "no end for %u, but it ended well", kind);
		close_rig(r);
	}
	free(r);
	printf("# figures: %u endless sessions, %u messages at most, %.2f s CPU at most\n", fig.sessions, fig.most,
	       fig.slowest);
}

/* A session can be had again by its number. */
static void same_number_same_session(void **state)
{
	struct figures fig = { 0 };
	struct rig *r = malloc(sizeof(*r));
	uint64_t first = 0;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		open_rig(r, 5 + i / 2);
		run(r, &fig);
		if (i % 2)
			assert_int_equal(r->talk, first);
		first = r->talk;
		close_rig(r);
	}
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spoiled_sessions),
		cmocka_unit_test(endless_sessions),
		cmocka_unit_test(same_number_same_session),
	};

	return cmocka_run_group_tests_name("dm_hostile", tests, NULL, NULL);
}
