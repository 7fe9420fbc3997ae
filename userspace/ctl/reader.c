// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc reader: a reader as its driver sees it: what it is, its card, who has it
 * locked, and its counters. Only looks: nothing is sent to the card.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "lib/libiso7816.h"

static const char usage[] =
	"Usage: dmsc [--json] reader [--stats] [DEVICE]\n"
	"Shows a smart card reader, its card, and which process has it locked. Needs no\n"
	"dmscd, and does not disturb it. DEVICE is a node like /dev/iso7816-0; without\n"
	"one, the first reader.\n\n"
	"  -S, --stats         the counters too; JSON has them always\n"
	"  -h, --help          show this text\n";

struct reader_view {
	const char *path;
	struct iso7816_info info;
	struct iso7816_state state;
	struct iso7816_atr atr;		/* len 0: there is none */
	struct iso7816_stats stats;
};

static const struct {
	const char *name;
	size_t offset;
} counters[] = {
#define COUNTER(member)	{ #member, offsetof(struct iso7816_stats, member) }
	COUNTER(commands), COUNTER(polls), COUNTER(failures), COUNTER(canceled),
	COUNTER(resets), COUNTER(recoveries), COUNTER(insertions), COUNTER(atr_errors),
	COUNTER(pps_errors), COUNTER(tx_bytes), COUNTER(rx_bytes), COUNTER(parity_errors),
	COUNTER(frame_errors), COUNTER(overruns), COUNTER(unexpected), COUNTER(collisions),
	COUNTER(timeouts), COUNTER(nulls), COUNTER(wtx), COUNTER(bad_blocks),
	COUNTER(retransmits), COUNTER(resynchs), COUNTER(aborts), COUNTER(events_lost),
};

#define N_COUNTERS	(sizeof(counters) / sizeof(counters[0]))

_Static_assert(N_COUNTERS * sizeof(uint64_t) == sizeof(struct iso7816_stats),
	       "a counter is missing");

static uint64_t counter(const struct iso7816_stats *stats, size_t i)
{
	uint64_t value;

	memcpy(&value, (const char *)stats + counters[i].offset, sizeof(value));
	return value;
}

static const char *class_name(uint32_t class)
{
	switch (class) {
	case ISO7816_CLASS_A: return "A (5 V)";
	case ISO7816_CLASS_B: return "B (3 V)";
	case ISO7816_CLASS_C: return "C (1.8 V)";
	default: return "not known";
	}
}

/* Name of a process, "" if it cannot be had */
static void process_name(long pid, char *name, size_t room)
{
	char path[64];
	FILE *f;

	*name = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(name, (int)room, f))
		*name = '\0';
	fclose(f);
	name[strcspn(name, "\n")] = '\0';
}

static void hex(const struct iso7816_atr *atr, char text[2 * ISO7816_ATR_LEN + 1])
{
	*text = '\0';
	for (uint32_t i = 0; i < atr->len && i < ISO7816_ATR_LEN; i++)
		sprintf(text + 2 * i, "%02X", atr->atr[i]);
}

/* ------------------------------------------------------------------------- output */

static void print_lock(const struct iso7816_state *state)
{
	char name[32];

	if (!state->lock_owner) {
		puts("lock:     nobody");
	} else if (state->lock_owner < 0) {
		puts("lock:     a process outside of this PID namespace");
	} else {
		process_name(state->lock_owner, name, sizeof(name));
		printf("lock:     process %d%s%s\n", state->lock_owner, *name ? ", " : "", name);
	}
}

static void print_card(const struct reader_view *v)
{
	const struct iso7816_state *s = &v->state;
	char atr[2 * ISO7816_ATR_LEN + 1];

	printf("card:     %s, generation %u\n", iso7816_state_name(s->state), s->generation);
	if (v->atr.len) {
		hex(&v->atr, atr);
		printf("ATR:      %s\n", atr);
	}
	if (s->state == ISO7816_STATE_ACTIVE)
		printf("line:     T=%u, F %u, D %u, %u bit/s, class %s\n", s->protocol, s->fi,
		       s->di, s->baud, class_name(s->op_class));
	if (s->proactive_len)
		printf("pending:  proactive command of %u bytes\n", s->proactive_len);
}

static void print_view(const struct reader_view *v, bool stats)
{
	printf("reader:   %s on %s, clock %u Hz\n", v->path, v->info.phy, v->state.clock_hz);
	print_card(v);
	if (v->state.poll_ms)
		printf("polling:  STATUS after %u ms\n", v->state.poll_ms);
	print_lock(&v->state);
	for (size_t i = 0; stats && i < N_COUNTERS; i++)
		printf("%-16s%llu\n", counters[i].name,
		       (unsigned long long)counter(&v->stats, i));
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void print_view_json(const struct reader_view *v)
{
	struct json_object *o = json_object_new_object(), *stats = json_object_new_object();
	const struct iso7816_state *s = &v->state;
	char atr[2 * ISO7816_ATR_LEN + 1];

	json_object_object_add(o, "device", json_object_new_string(v->path));
	json_object_object_add(o, "phy", json_object_new_string(v->info.phy));
	json_object_object_add(o, "state", json_object_new_string(iso7816_state_name(s->state)));
	hex(&v->atr, atr);
	json_object_object_add(o, "atr", v->atr.len ? json_object_new_string(atr) : NULL);
	add_int(o, "generation", s->generation);
	add_int(o, "protocol", s->protocol);
	add_int(o, "fi", s->fi);
	add_int(o, "di", s->di);
	add_int(o, "baud", s->baud);
	add_int(o, "clock_hz", s->clock_hz);
	add_int(o, "class", s->op_class);
	add_int(o, "proactive_len", s->proactive_len);
	add_int(o, "poll_ms", s->poll_ms);
	add_int(o, "lock_owner", s->lock_owner);
	for (size_t i = 0; i < N_COUNTERS; i++)
		json_object_object_add(stats, counters[i].name,
				       json_object_new_uint64(counter(&v->stats, i)));
	json_object_object_add(o, "stats", stats);
	ctl_print_json(o);
	json_object_put(o);
}

/* ---------------------------------------------------------------------------- run */

static int look(struct iso7816_reader *r, struct reader_view *v)
{
	int err = iso7816_get_info(r, &v->info);

	if (!err)
		err = iso7816_get_state(r, &v->state);
	if (!err)
		err = iso7816_get_stats(r, &v->stats);
	if (err)
		return err;
	/* no card, or an unpowered one, has none */
	if (iso7816_get_atr(r, &v->atr))
		v->atr.len = 0;
	v->path = iso7816_reader_path(r);
	return 0;
}

static int show(const struct ctl_options *o, const char *path, bool stats)
{
	struct iso7816_reader *r = NULL;
	struct reader_view v = { 0 };
	int err;

	err = iso7816_reader_open(path, &r);
	if (!err)
		err = look(r, &v);
	if (err)
		fprintf(stderr, "dmsc: %s: %s\n", path ? path : "no reader", iso7816_strerror(err));
	else if (o->json)
		print_view_json(&v);
	else
		print_view(&v, stats);
	iso7816_reader_close(r);
	return err ? CTL_FAILED : CTL_OK;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "stats", no_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool stats = false;
	int c;

	while ((c = getopt_long(argc, argv, "Sh", longs, NULL)) != -1)
		switch (c) {
		case 'S': stats = true; break;
		case 'h': fputs(usage, stdout); return CTL_OK;
		default: fputs(usage, stderr); return CTL_USAGE;
		}
	if (argc - optind > 1) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	return show(o, argv[optind], stats);
}

const struct ctl_command cmd_reader = {
	"reader", "show a reader, who has it locked, and its counters", run,
};
