// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc atr: an Answer To Reset, byte by byte, in words or as JSON.
 */
#include <ctype.h>
#include <getopt.h>
#include <iso7816/timing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "ctl/ctl.h"
#include "lib/atr-text.h"

/* More than any ATR has: what is longer is no ATR but some mistake */
#define BYTES_MAX	256

static const char usage[] =
	"Usage: dmsc [--json] atr HEX...\n"
	"       dmsc [--json] atr -\n"
	"Explains an Answer To Reset, given in the card's own convention (it begins with\n"
	"3B or 3F). Blanks and colons between the bytes do not matter, and several\n"
	"arguments are one ATR. With \"-\": an ATR a line from standard input; empty lines\n"
	"and lines that begin with # are left out. Needs no dmscd. Times are for a card\n"
	"clock of 4 MHz.\n\n"
	"  -h, --help          show this text\n\n"
	"Exit status: 0 valid, if need be with leniency; 1 defective; 2 wrong usage.\n";

/* ------------------------------------------------------------------------- in words */

static void print_bytes(const unsigned char *raw, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%s%02X", i ? " " : "", raw[i]);
}

static void print_item(const struct atr_item *item, const unsigned char *raw)
{
	printf("%2zu  %-20s ", item->at, item->name);
	print_bytes(raw + item->at, item->len);
	printf("  %s\n", item->text);
}

static void print_remarks(const char *what, const struct atr_remark *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%-12s byte %zu: %s\n", what, r[i].at, r[i].text);
}

static void print_summary(const struct atr_text *t)
{
	const struct iso7816_atr_info *info = &t->info;

	printf("%-12s", "protocols");
	for (unsigned int i = 0; i < 15; i++) {
		if (info->protocols & 1U << i)
			printf(" T=%u%s", i, i == info->first_protocol &&
			       info->protocols & (info->protocols - 1U) ? " (first)" : "");
	}
	printf("%s\n%-12s ", info->protocols ? "" : " none that can be used", "mode");
	if (info->has_ta2)
		printf("specific: T=%u without PPS\n", info->ta2 & 15U);
	else
		puts("negotiable: begins with F 372, D 1; PPS may change that");
	if (info->protocols & 1U)
		printf("%-12s waiting time %.1f ms (WI %u)\n", "T=0",
		       (double)atr_wt_ns(info) / 1e6, info->wi);
	if (info->protocols & 2U)
		printf("%-12s IFSC %u, block waiting time %.1f ms (BWI %u), "
		       "character waiting time %.1f ms (CWI %u), %s\n", "T=1", info->ifsc,
		       (double)atr_bwt_ns(info, ISO7816_FD, ISO7816_DD) / 1e6, info->bwi,
		       (double)atr_cwt_ns(info, ISO7816_FD, ISO7816_DD) / 1e6, info->cwi,
		       info->crc ? "CRC" : "LRC");
}

static void print_text(const struct atr_text *t, const unsigned char *raw, size_t len)
{
	printf("%-12s ", "ATR");
	print_bytes(raw, len);
	putchar('\n');
	for (size_t i = 0; i < t->n_items; i++)
		print_item(&t->items[i], raw);
	if (t->defect == ISO7816_ATR_OK)
		print_summary(t);
	print_remarks("note", t->notes, t->n_notes);
	print_remarks("lenient", t->lenient, t->n_lenient);
	if (t->verdict == ATR_VERDICT_DEFECTIVE)
		print_remarks("defective", &t->reason, 1);
	else
		printf("%s\n", t->verdict == ATR_VERDICT_VALID ? "valid" :
		       "valid with leniency");
}

/* --------------------------------------------------------------------------- as JSON */

static void add_int(struct json_object *o, const char *key, long long value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static void add_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static void add_str(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void add_hex(struct json_object *o, const char *key, const unsigned char *raw, size_t len)
{
	char hex[2 * BYTES_MAX + 1] = "";

	for (size_t i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02X", raw[i]);
	add_str(o, key, hex);
}

static struct json_object *remark_json(const struct atr_remark *r)
{
	struct json_object *o = json_object_new_object();

	add_int(o, "at", (long long)r->at);
	add_str(o, "text", r->text);
	return o;
}

static void add_remarks(struct json_object *o, const char *key, const struct atr_remark *r,
			size_t n)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, remark_json(&r[i]));
	json_object_object_add(o, key, list);
}

static void add_items(struct json_object *o, const struct atr_text *t, const unsigned char *raw)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < t->n_items; i++) {
		const struct atr_item *item = &t->items[i];
		struct json_object *e = json_object_new_object();

		add_int(e, "at", (long long)item->at);
		add_str(e, "name", item->name);
		add_hex(e, "hex", raw + item->at, item->len);
		add_str(e, "text", item->text);
		json_object_array_add(list, e);
	}
	json_object_object_add(o, "bytes", list);
}

static void add_protocols(struct json_object *o, const struct iso7816_atr_info *info)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < 15; i++) {
		if (info->protocols & 1U << i)
			json_object_array_add(list, json_object_new_int(i));
	}
	json_object_object_add(o, "protocols", list);
	add_int(o, "first_protocol", info->first_protocol);
	add_bool(o, "specific_mode", info->has_ta2);
	if (info->has_ta2) {
		add_int(o, "specific_protocol", info->ta2 & 15);
		add_bool(o, "implicit_rate", info->ta2 & 0x10);
		add_bool(o, "mode_can_change", !(info->ta2 & 0x80));
	}
}

static void add_line(struct json_object *o, const struct iso7816_atr_info *info)
{
	add_int(o, "fi", info->fi);
	add_int(o, "di", info->di);
	add_int(o, "fmax_khz", info->fmax_khz);
	add_int(o, "extra_guard", info->extra_guard);
	add_int(o, "wi", info->wi);
	add_int(o, "wt_us", (long long)(atr_wt_ns(info) / 1000));
	add_int(o, "ifsc", info->ifsc);
	add_int(o, "bwi", info->bwi);
	add_int(o, "bwt_us", (long long)(atr_bwt_ns(info, ISO7816_FD, ISO7816_DD) / 1000));
	add_int(o, "cwi", info->cwi);
	add_int(o, "cwt_us", (long long)(atr_cwt_ns(info, ISO7816_FD, ISO7816_DD) / 1000));
	add_str(o, "edc", info->crc ? "CRC" : "LRC");
}

static void add_contacts(struct json_object *o, const struct atr_text *t)
{
	static const char * const stop[4] = { "no", "low", "high", "any" };
	struct json_object *list;

	if (!t->info.has_t15)
		return;
	add_str(o, "clock_stop", stop[t->info.clock_stop & 3]);
	list = json_object_new_array();
	for (int i = 0; i < 6; i++) {
		if (t->info.classes & 1U << i)
			json_object_array_add(list, json_object_new_string_len(&"ABCDEF"[i], 1));
	}
	json_object_object_add(o, "classes", list);
	if (t->c6 >= 0)
		add_int(o, "c6", t->c6);
}

static void add_historical(struct json_object *o, const struct atr_text *t)
{
	const struct iso7816_atr_info *info = &t->info;

	if (info->historical)
		add_hex(o, "historical", info->raw + info->historical, info->historical_len);
	if (t->category >= 0)
		add_int(o, "category", t->category);
	if (t->lcs >= 0)
		add_int(o, "lcs", t->lcs);
	if (t->sw >= 0)
		add_int(o, "sw", t->sw);
	if (t->tck >= 0)
		add_int(o, "tck", t->tck);
}

static void print_json(const struct atr_text *t, const unsigned char *raw, size_t len)
{
	struct json_object *o = json_object_new_object();

	add_hex(o, "atr", raw, len);
	add_str(o, "verdict", atr_verdict_name(t->verdict));
	if (t->verdict == ATR_VERDICT_DEFECTIVE)
		json_object_object_add(o, "defect", remark_json(&t->reason));
	add_remarks(o, "lenient", t->lenient, t->n_lenient);
	add_remarks(o, "notes", t->notes, t->n_notes);
	if (t->defect != ISO7816_ATR_BAD_TS) {
		add_str(o, "convention",
			t->info.conv == ISO7816_CONV_INVERSE ? "inverse" : "direct");
		add_protocols(o, &t->info);
		add_line(o, &t->info);
		add_contacts(o, t);
		add_historical(o, t);
	}
	add_items(o, t, raw);
	ctl_print_json(o);
	json_object_put(o);
}

/* ----------------------------------------------------------------------------- input */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends the bytes of a text; says on stderr what is wrong with it */
static bool read_hex(const char *text, unsigned char *raw, size_t *len)
{
	const char *p = text;

	for (;;) {
		while (isspace((unsigned char)*p) || *p == ':')
			p++;
		if (!*p)
			return true;
		if (digit(p[0]) < 0 || digit(p[1]) < 0) {
			fprintf(stderr, "dmsc: not hexadecimal bytes: \"%s\"\n", text);
			return false;
		}
		if (*len == BYTES_MAX) {
			fprintf(stderr, "dmsc: more than %d bytes\n", BYTES_MAX);
			return false;
		}
		raw[(*len)++] = (unsigned char)(digit(p[0]) << 4 | digit(p[1]));
		p += 2;
	}
}

static int explain(const struct ctl_options *o, const unsigned char *raw, size_t len)
{
	struct atr_text t;

	atr_text_decode(&t, raw, len);
	if (o->json)
		print_json(&t, raw, len);
	else
		print_text(&t, raw, len);
	return t.verdict == ATR_VERDICT_DEFECTIVE ? CTL_FAILED : CTL_OK;
}

/* The worst of all lines is the exit status */
static int explain_lines(const struct ctl_options *o)
{
	unsigned char raw[BYTES_MAX];
	char *line = NULL;
	size_t room = 0;
	bool first = true;
	int ret = CTL_OK;

	while (getline(&line, &room, stdin) > 0) {
		size_t len = 0;
		int status;

		line[strcspn(line, "\r\n")] = 0;
		if (*line == '#')
			continue;
		if (!read_hex(line, raw, &len)) {
			ret = CTL_USAGE;
			continue;
		}
		if (!len)
			continue;
		if (!first && !o->json)
			putchar('\n');
		first = false;
		status = explain(o, raw, len);
		if (status > ret)
			ret = status;
	}
	free(line);
	return ret;
}

static int run(const struct ctl_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	unsigned char raw[BYTES_MAX];
	size_t len = 0;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		fputs(usage, c == 'h' ? stdout : stderr);
		return c == 'h' ? CTL_OK : CTL_USAGE;
	}
	if (optind + 1 == argc && !strcmp(argv[optind], "-"))
		return explain_lines(o);
	for (int i = optind; i < argc; i++) {
		if (!read_hex(argv[i], raw, &len))
			return CTL_USAGE;
	}
	if (!len) {
		fputs(usage, stderr);
		return CTL_USAGE;
	}
	return explain(o, raw, len);
}

const struct ctl_command cmd_atr = {
	"atr", "explain an Answer To Reset", run,
};
