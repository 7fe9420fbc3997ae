// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc monitor: what happens to readers and cards, as the driver tells it over netlink.
 * First all readers as they stand, then what changes. Where something was lost, that
 * is said, and all readers are shown once more.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/ctl.h"
#include "lib/iso7816-netlink.h"
#include "lib/libiso7816.h"
#include "lib/picture.h"

#define DUMP_TRIES	10

static const char usage[] =
	"Usage: dmsc [--json] monitor [OPTION]...\n"
	"Shows the smart card readers, and then what happens to them and to their cards, a\n"
	"line an event, until it is interrupted. Needs no dmscd. Events of proactive\n"
	"commands are shown to root only. Times are seconds since the system started.\n\n"
	"  -r, --reader=N      only iso7816-N\n"
	"  -1, --once          end when the readers have been shown\n"
	"  -c, --count=N       end after N events\n"
	"  -t, --timeout=S     end after S seconds; exit status 3 if --count was not reached\n"
	"  -b, --buffer=BYTES  room for events that were not read yet\n"
	"  -h, --help          show this text\n";

struct monitor {
	const struct ctl_options *o;
	struct iso7816_nl *nl;
	struct picture picture;
	long reader;		/* -1 = all */
	long count;		/* events still to come, -1 = no end */
	long timeout;		/* in s, -1 = none */
	bool once;
	bool lost;		/* the picture is not right any more */
};

/* ------------------------------------------------------------------------- output */

static void atr_hex(const struct iso7816_atr *atr, char text[2 * ISO7816_ATR_LEN + 1])
{
	*text = '\0';
	for (uint32_t i = 0; i < atr->len && i < ISO7816_ATR_LEN; i++)
		sprintf(text + 2 * i, "%02X", atr->atr[i]);
}

static void print_state(const struct iso7816_nl_reader *r)
{
	char atr[2 * ISO7816_ATR_LEN + 1];

	printf("%s, generation %u", iso7816_state_name(r->st.state), r->st.generation);
	if (r->st.state == ISO7816_STATE_ACTIVE)
		printf(", T=%u, %u bit/s", r->st.protocol, r->st.baud);
	if (r->atr.len) {
		atr_hex(&r->atr, atr);
		printf(", ATR %s", atr);
	}
	if (r->st.lock_owner)
		printf(", locked by %d", r->st.lock_owner);
	if (r->proactive_known && r->st.proactive_len)
		printf(", proactive command of %u bytes", r->st.proactive_len);
}

static void add_int(struct json_object *j, const char *key, int64_t value)
{
	json_object_object_add(j, key, json_object_new_int64(value));
}

static void add_text(struct json_object *j, const char *key, const char *value)
{
	json_object_object_add(j, key, json_object_new_string(value));
}

static struct json_object *reader_json(const char *what, const struct iso7816_nl_reader *r)
{
	struct json_object *j = json_object_new_object();
	char atr[2 * ISO7816_ATR_LEN + 1];

	add_text(j, "event", what);
	add_text(j, "reader", r->info.name);
	add_int(j, "id", r->id);
	add_int(j, "seq", (int64_t)r->st.event_seq);
	add_text(j, "state", iso7816_state_name(r->st.state));
	add_int(j, "generation", r->st.generation);
	add_int(j, "protocol", r->st.protocol);
	add_int(j, "baud", r->st.baud);
	add_int(j, "lock_owner", r->st.lock_owner);
	if (r->proactive_known)
		add_int(j, "proactive_len", r->st.proactive_len);
	if (r->atr.len) {
		atr_hex(&r->atr, atr);
		add_text(j, "atr", atr);
	}
	return j;
}

static void put_json(struct json_object *j)
{
	ctl_print_json(j);
	json_object_put(j);
}

static void show_reader(const struct monitor *m, const char *what,
			const struct iso7816_nl_reader *r)
{
	if (m->o->json) {
		struct json_object *j = reader_json(what, r);

		add_text(j, "phy", r->info.phy);
		put_json(j);
		return;
	}
	printf("%s on %s%s: ", r->info.name, r->info.phy,
	       strcmp(what, "READER_ADDED") ? "" : ", new");
	print_state(r);
	putchar('\n');
	fflush(stdout);
}

static void show_event(const struct monitor *m, const struct iso7816_event *ev,
		       const struct iso7816_nl_reader *r)
{
	const bool reset = ev->type == ISO7816_EVENT_CARD_RESET;

	if (m->o->json) {
		struct json_object *j = reader_json(iso7816_event_name(ev->type), r);

		add_int(j, "value", ev->value);
		if (reset)
			add_text(j, "reason", iso7816_reset_name(ev->value));
		add_int(j, "time_ns", (int64_t)ev->time_ns);
		put_json(j);
		return;
	}
	printf("%" PRIu64 ".%06" PRIu64 " %s #%" PRIu64 " %s", (uint64_t)ev->time_ns / 1000000000,
	       (uint64_t)ev->time_ns / 1000 % 1000000, r->info.name, (uint64_t)ev->seq,
	       iso7816_event_name(ev->type));
	if (reset)
		printf(" (%s)", iso7816_reset_name(ev->value));
	else if (ev->type == ISO7816_EVENT_ERROR)
		printf(" (%s)", iso7816_strerror((int)ev->value));
	printf(": ");
	print_state(r);
	putchar('\n');
	fflush(stdout);
}

static void show_loss(const struct monitor *m)
{
	struct json_object *j;

	if (!m->o->json) {
		puts("events were lost; the readers as they stand now:");
		fflush(stdout);
		return;
	}
	j = json_object_new_object();
	add_text(j, "event", "LOST");
	put_json(j);
}

/* -------------------------------------------------------------------------- picture */

static bool wanted(const struct monitor *m, uint32_t id)
{
	return m->reader < 0 || (uint32_t)m->reader == id;
}

static void take_reader(const struct iso7816_nl_reader *reader, void *ctx)
{
	struct monitor *m = ctx;

	picture_add(&m->picture, reader);
}

/* All readers from the beginning; readers that come or go meanwhile make it fail. */
static int take_picture(struct monitor *m)
{
	int err, tries = 0;

	do {
		picture_clear(&m->picture);
		err = iso7816_nl_readers(m->nl, take_reader, m);
	} while (err == -EAGAIN && ++tries < DUMP_TRIES);
	m->lost = false;
	for (uint32_t id = 0; !err && id < PICTURE_READERS; id++)
		if (picture_reader(&m->picture, id) && wanted(m, id))
			show_reader(m, "READER", picture_reader(&m->picture, id));
	return err;
}

static void take_event(const struct iso7816_nl_event *event, void *ctx)
{
	struct monitor *m = ctx;
	struct iso7816_nl_reader before = { 0 };
	const struct iso7816_nl_reader *now = picture_reader(&m->picture, event->reader.id);

	/* what follows a loss is in the next picture, or comes after it */
	if (m->lost || !m->count)
		return;
	if (now)
		before = *now;
	switch (picture_apply(&m->picture, event)) {
	case PICTURE_OLD:
		return;
	case PICTURE_LOST:
		m->lost = true;
		return;
	case PICTURE_NEWS:
		break;
	}
	if (!wanted(m, event->reader.id))
		return;
	now = picture_reader(&m->picture, event->reader.id);
	before.st.event_seq = event->ev.seq;	/* shown only of a reader that is gone */
	if (event->kind == ISO7816_NL_READER_ADDED)
		show_reader(m, "READER_ADDED", now);
	else
		show_event(m, &event->ev, now ? now : &before);
	if (m->count > 0)
		m->count--;
}

/* ------------------------------------------------------------------------------ run */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int watch(struct monitor *m)
{
	struct pollfd p = { .fd = iso7816_nl_fd(m->nl), .events = POLLIN };
	const int64_t end = now_ms() + m->timeout * 1000;
	int64_t left = -1;
	int err;

	while (m->count) {
		if (m->timeout >= 0) {
			left = end - now_ms();
			if (left <= 0)
				return -ETIME;
		}
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		err = iso7816_nl_receive(m->nl, take_event, m);
		if (err == -ENOBUFS)
			m->lost = true;
		else if (err)
			return err;
		if (!m->lost)
			continue;
		show_loss(m);
		err = take_picture(m);
		if (err)
			return err;
	}
	return 0;
}

static int start(struct monitor *m, long buffer)
{
	int err = iso7816_nl_open(&m->nl);

	if (!err && buffer >= 0)
		err = iso7816_nl_set_buffer(m->nl, (int)buffer);
	if (!err)
		err = iso7816_nl_subscribe(m->nl, false);
	if (err)
		return err;
	/* others do without */
	err = iso7816_nl_subscribe(m->nl, true);
	return err == -EPERM ? 0 : err;
}

static int finish(struct monitor *m, int err)
{
	iso7816_nl_close(m->nl);
	if (err == -ETIME)
		return m->count > 0 ? CTL_TIMEOUT : CTL_OK;
	if (!err)
		return CTL_OK;
	if (err == -ENOENT)
		fputs("dmsc: the kernel has no netlink family \"iso7816\": is iso7816.ko loaded?\n", stderr);
	else
		fprintf(stderr, "dmsc: %s\n", iso7816_strerror(err));
	return CTL_FAILED;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "reader", required_argument, NULL, 'r' },
		{ "once", no_argument, NULL, '1' },
		{ "count", required_argument, NULL, 'c' },
		{ "timeout", required_argument, NULL, 't' },
		{ "buffer", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	/* too big for a small stack */
	static struct monitor m;
	long buffer = -1;
	int c, err;

	m = (struct monitor){ .o = o, .reader = -1, .count = -1, .timeout = -1 };
	while ((c = getopt_long(argc, argv, "r:1c:t:b:h", longs, NULL)) != -1) {
		bool ok = true;

		switch (c) {
		case 'r': ok = ctl_number("--reader", optarg, 0, PICTURE_READERS - 1, &m.reader); break;
		case '1': m.once = true; break;
		case 'c': ok = ctl_number("--count", optarg, 1, INT32_MAX, &m.count); break;
		case 't': ok = ctl_number("--timeout", optarg, 0, 86400, &m.timeout); break;
		case 'b': ok = ctl_number("--buffer", optarg, 1, INT32_MAX / 2, &buffer); break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
		if (!ok)
			return CTL_USAGE;
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	err = start(&m, buffer);
	if (!err)
		err = take_picture(&m);
	if (!err && !m.once)
		err = watch(&m);
	return finish(&m, err);
}

const struct ctl_command cmd_monitor = {
	"monitor", "show what happens to readers and cards", run,
};
