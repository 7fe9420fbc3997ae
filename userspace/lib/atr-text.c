// SPDX-License-Identifier: BSD-3-Clause
/*
 * An Answer To Reset in words: TS, T0, the interface bytes, TCK, and the verdict.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <iso7816/timing.h>

#include "lib/atr-text.h"

#define T15	15

enum group_byte { TA, TB, TC, TD };

/*
 * struct walk - where we are in the ATR
 * @raw, @len: the ATR, at most 33 bytes
 * @pos: next byte
 * @group: number of the group, from 1
 * @y: which bytes of the group are there, bit = enum group_byte
 * @protocol: T of the TD that announced the group
 * @any_td: there was a TD
 * @tck: a TCK is due
 * @seen_t1, @seen_t15: bytes of these protocols found so far
 * @at_ta1, @at_ta2, @at_tc2, @at_td1: where these are
 * @at_t1: first byte that rules out T=1
 * @at_ifsc: an IFSC that is reserved
 * @missing: name of the first byte that is missing
 * @end: where the ATR should end, if that is known
 */
struct walk {
	const unsigned char *raw;
	size_t len, pos;
	unsigned int group, y, protocol;
	bool any_td, tck;
	unsigned int seen_t1, seen_t15;
	size_t at_ta1, at_ta2, at_tc2, at_td1, at_t1, at_ifsc;
	char missing[32];
	size_t end;
};

/* ----------------------------------------------------------------------- collecting */

struct atr_item *atr_item_new(struct atr_text *t, size_t at, size_t len, const char *name)
{
	struct atr_item *item;

	/* each item takes a byte: there is room for all, and this only makes sure */
	if (t->n_items == ATR_TEXT_ITEMS)
		t->n_items--;
	item = &t->items[t->n_items++];
	memset(item, 0, sizeof(*item));
	item->at = at;
	item->len = len;
	snprintf(item->name, sizeof(item->name), "%s", name);
	return item;
}

static void __attribute__((format(printf, 2, 0)))
say(struct atr_item *item, const char *fmt, va_list ap)
{
	size_t used = strlen(item->text);

	vsnprintf(item->text + used, sizeof(item->text) - used, fmt, ap);
}

void atr_item_say(struct atr_item *item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(item, fmt, ap);
	va_end(ap);
}

void atr_item_list(struct atr_item *item, const char *fmt, ...)
{
	va_list ap;

	if (item->text[0])
		atr_item_say(item, "; ");
	va_start(ap, fmt);
	say(item, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 4, 0)))
remark(struct atr_remark *list, size_t *n, size_t at, const char *fmt, va_list ap)
{
	if (*n == ATR_TEXT_REMARKS)
		return;
	list[*n].at = at;
	vsnprintf(list[*n].text, sizeof(list[*n].text), fmt, ap);
	++*n;
}

void atr_text_note(struct atr_text *t, size_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remark(t->notes, &t->n_notes, at, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 3, 4)))
lenient(struct atr_text *t, size_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remark(t->lenient, &t->n_lenient, at, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 3, 4)))
defective(struct atr_text *t, size_t at, const char *fmt, ...)
{
	va_list ap;

	t->reason.at = at;
	va_start(ap, fmt);
	vsnprintf(t->reason.text, sizeof(t->reason.text), fmt, ap);
	va_end(ap);
}

/* ---------------------------------------------------------------------------- times */

u64 atr_wt_ns(const struct iso7816_atr_info *info)
{
	return iso7816_wt_ns(info->wi, info->fi, ATR_TEXT_CLOCK_HZ);
}

u64 atr_bwt_ns(const struct iso7816_atr_info *info, u32 f, u32 d)
{
	return iso7816_bwt_ns(info->bwi, f, d, ATR_TEXT_CLOCK_HZ);
}

u64 atr_cwt_ns(const struct iso7816_atr_info *info, u32 f, u32 d)
{
	return iso7816_cwt_ns(info->cwi, f, d, ATR_TEXT_CLOCK_HZ);
}

static void say_ms(struct atr_item *item, u64 ns)
{
	u64 us = (ns + 500) / 1000;

	if (us < 10000)
		atr_item_say(item, "%llu.%03llu ms", (unsigned long long)(us / 1000),
			     (unsigned long long)(us % 1000));
	else
		atr_item_say(item, "%llu.%llu ms", (unsigned long long)(us / 1000),
			     (unsigned long long)(us % 1000 / 100));
}

/* ------------------------------------------------------------------ interface bytes */

static void ta1(struct atr_text *t, struct walk *w, struct atr_item *item, unsigned char value)
{
	const struct iso7816_atr_info *info = &t->info;
	unsigned int centi = info->fi * 100U / info->di;

	w->at_ta1 = item->at;
	if (info->lenient & ISO7816_ATR_LENIENT_RFU_TA1) {
		atr_item_say(item, "Fi index %X, Di index %X: one is reserved; Fi 372, Di 1 stay",
			     value >> 4, value & 15U);
		return;
	}
	atr_item_say(item, "Fi %u, Di %u: %u", info->fi, info->di, centi / 100);
	if (centi % 100)
		atr_item_say(item, ".%02u", centi % 100);
	atr_item_say(item, " clocks an etu, %u bit/s at 4 MHz; clock of %u.%u MHz at most",
		     iso7816_baud(info->fi, info->di, ATR_TEXT_CLOCK_HZ),
		     info->fmax_khz / 1000U, info->fmax_khz % 1000U / 100);
}

static void tc1(struct atr_item *item, unsigned char value)
{
	if (value == 255)
		atr_item_say(item, "N 255: least guard time, 12 etu with T=0, 11 etu with T=1");
	else
		atr_item_say(item, "N %u: guard time of 12 + %u etu to the card", value, value);
}

static void ta2(struct atr_text *t, struct walk *w, struct atr_item *item, unsigned char value)
{
	w->at_ta2 = item->at;
	atr_item_say(item, "specific mode: T=%u, F and D %s; the card %s change its mode",
		     value & 15U, value & 0x10 ? "implicit" : "of TA1",
		     value & 0x80 ? "cannot" : "can");
	if (value & 0x60)
		atr_text_note(t, item->at, "reserved bits of TA2 are set");
}

static void tc2(struct atr_text *t, struct walk *w, struct atr_item *item, unsigned char value)
{
	w->at_tc2 = item->at;
	if (value)
		atr_item_say(item, "WI %u: waiting time ", value);
	else
		atr_item_say(item, "WI 0 is reserved: %u stays, waiting time ", t->info.wi);
	say_ms(item, atr_wt_ns(&t->info));
	atr_item_say(item, " at 4 MHz (T=0)");
}

static void vpp(struct atr_item *item, unsigned char value)
{
	atr_item_say(item, "programming voltage (obsolete)%s", value ? ", ignored" : ": not used");
}

static void fixed_byte(struct atr_text *t, struct walk *w, struct atr_item *item,
		       enum group_byte which, unsigned char value)
{
	if (which == TB)
		vpp(item, value);
	else if (w->group == 1 && which == TA)
		ta1(t, w, item, value);
	else if (w->group == 1)
		tc1(item, value);
	else if (which == TA)
		ta2(t, w, item, value);
	else
		tc2(t, w, item, value);
}

static void ifsc(struct walk *w, struct atr_item *item, unsigned char value)
{
	if (value && value != 255) {
		atr_item_say(item, "IFSC %u: longest information field to the card", value);
		return;
	}
	atr_item_say(item, "IFSC %u is reserved: 32 stays", value);
	if (w->at_ifsc == ATR_TEXT_NOWHERE)
		w->at_ifsc = item->at;
}

static void waiting_times(struct atr_text *t, struct walk *w, struct atr_item *item,
			  unsigned char value)
{
	const struct iso7816_atr_info *info = &t->info;

	if (value >> 4 > 9) {
		atr_item_say(item, "BWI %u is reserved; CWI %u", value >> 4, value & 15U);
		if (w->at_t1 == ATR_TEXT_NOWHERE)
			w->at_t1 = item->at;
		return;
	}
	atr_item_say(item, "BWI %u: block waiting time ", value >> 4);
	say_ms(item, atr_bwt_ns(info, ISO7816_FD, ISO7816_DD));
	atr_item_say(item, "; CWI %u: character waiting time %u etu, ", value & 15U,
		     11 + (1U << (value & 15)));
	say_ms(item, atr_cwt_ns(info, ISO7816_FD, ISO7816_DD));
	if (info->fi != ISO7816_FD || info->di != ISO7816_DD) {
		atr_item_say(item, " (");
		say_ms(item, atr_cwt_ns(info, info->fi, info->di));
		atr_item_say(item, " with F %u, D %u)", info->fi, info->di);
	}
	atr_item_say(item, " at 4 MHz");
}

static void t1_byte(struct atr_text *t, struct walk *w, struct atr_item *item,
		    enum group_byte which, unsigned char value)
{
	if (w->seen_t1 & 1U << which) {
		atr_item_say(item, "for T=1 again: only the first counts");
		return;
	}
	w->seen_t1 |= 1U << which;
	if (which == TA) {
		ifsc(w, item, value);
	} else if (which == TB) {
		waiting_times(t, w, item, value);
	} else {
		atr_item_say(item, "error detection code: %s", value & 1 ? "CRC" : "LRC");
		if (value & 0xfe)
			atr_text_note(t, item->at, "reserved bits of %s are set", item->name);
	}
}

static void classes(struct atr_text *t, struct atr_item *item, unsigned char value)
{
	static const char * const stop[4] = {
		"the clock must not stop", "the clock may stop in state L",
		"the clock may stop in state H", "the clock may stop in either state",
	};
	static const char * const names[6] = {
		"A (5 V)", "B (3 V)", "C (1.8 V)", "D (1.2 V)", "bit 5 (reserved)",
		"bit 6 (reserved)",
	};
	const char *comma = ": ";
	unsigned int bits = value & 7U;

	atr_item_say(item, "%s; classes", stop[value >> 6]);
	for (unsigned int i = 0; i < 6; i++) {
		if (!(value & 1U << i))
			continue;
		atr_item_say(item, "%s%s", comma, names[i]);
		comma = ", ";
	}
	if (!(value & 0x3f))
		atr_item_say(item, ": none");
	if (!bits || bits == 5)
		atr_text_note(t, item->at, "odd set of classes in %s", item->name);
}

static void t15_byte(struct atr_text *t, struct walk *w, struct atr_item *item,
		     enum group_byte which, unsigned char value)
{
	if (w->seen_t15 & 1U << which) {
		atr_item_say(item, "for T=15 again: only the first counts");
		return;
	}
	w->seen_t15 |= 1U << which;
	if (which == TA) {
		classes(t, item, value);
	} else if (which == TB) {
		t->c6 = value;
		atr_item_say(item, "contact C6 is %s", !value ? "not used" :
			     value & 0x80 ? "used in a proprietary way" : "used in a standard way");
	} else {
		atr_item_say(item, "reserved for T=15");
	}
}

/* What T0 or a TD announces */
static void say_followers(struct atr_item *item, const struct walk *w)
{
	const char *comma = "";

	for (unsigned int i = 0; i < 4; i++) {
		if (!(w->y & 1U << i))
			continue;
		atr_item_say(item, "%sT%c%u", comma, "ABCD"[i], w->group);
		comma = ", ";
	}
	if (w->y)
		atr_item_say(item, " follow%s", w->y & (w->y - 1) ? "" : "s");
}

static void td_byte(struct atr_text *t, struct walk *w, struct atr_item *item,
		    unsigned char value)
{
	w->protocol = value & 15;
	w->y = value >> 4;
	w->group++;
	if (!w->any_td)
		w->at_td1 = item->at;
	w->any_td = true;
	if (w->protocol)
		w->tck = true;
	if (w->protocol == T15)
		atr_item_say(item, "T=15: interface bytes for all protocols");
	else
		atr_item_say(item, "T=%u", w->protocol);
	if (w->y)
		atr_item_say(item, "; ");
	say_followers(item, w);
}

static void interface_byte(struct atr_text *t, struct walk *w, enum group_byte which)
{
	unsigned char value = w->raw[w->pos];
	struct atr_item *item;
	char name[24];

	snprintf(name, sizeof(name), "T%c%u", "ABCD"[which], w->group);
	item = atr_item_new(t, w->pos++, 1, name);
	if (which == TD)
		td_byte(t, w, item, value);
	else if (w->group <= 2)
		fixed_byte(t, w, item, which, value);
	else if (w->protocol == 1)
		t1_byte(t, w, item, which, value);
	else if (w->protocol == T15)
		t15_byte(t, w, item, which, value);
	else
		atr_item_say(item, "no known meaning for T=%u", w->protocol);
}

/* ------------------------------------------------------------------------ the whole */

static void first_bytes(struct atr_text *t, struct walk *w)
{
	struct atr_item *item = atr_item_new(t, 0, 1, "TS");

	atr_item_say(item, "%s convention", w->raw[0] == ISO7816_TS_DIRECT ? "direct" : "inverse");
	w->pos = 1;
	if (w->len < 2) {
		strcpy(w->missing, "T0");
		return;
	}
	w->y = w->raw[1] >> 4;
	item = atr_item_new(t, w->pos++, 1, "T0");
	say_followers(item, w);
	atr_item_list(item, "%u historical byte%s", w->raw[1] & 15U,
		     (w->raw[1] & 15) == 1 ? "" : "s");
}

/* Returns false if a byte is missing */
static bool group(struct atr_text *t, struct walk *w)
{
	unsigned int y = w->y;
	unsigned int number = w->group;

	w->y = 0;
	for (enum group_byte which = TA; which <= TD; which++) {
		if (!(y & 1U << which))
			continue;
		if (w->pos == w->len) {
			snprintf(w->missing, sizeof(w->missing), "T%c%u", "ABCD"[which], number);
			return false;
		}
		interface_byte(t, w, which);
	}
	return true;
}

static void check_character(struct atr_text *t, struct walk *w)
{
	struct atr_item *item;
	unsigned char sum = 0;

	for (size_t i = 1; i < w->pos; i++)
		sum ^= w->raw[i];
	t->tck = w->raw[w->pos];
	item = atr_item_new(t, w->pos++, 1, "TCK");
	if (sum == t->tck)
		atr_item_say(item, "correct");
	else
		atr_item_say(item, "wrong: should be %02X", sum);
}

/* Historical bytes and TCK, as far as they are there */
static void last_bytes(struct atr_text *t, struct walk *w)
{
	size_t due = w->raw[1] & 15U;
	size_t n = due < w->len - w->pos ? due : w->len - w->pos;

	w->end = w->pos + due + w->tck;
	atr_historical_decode(t, w->raw, w->pos, n);
	w->pos += n;
	if (n < due)
		snprintf(w->missing, sizeof(w->missing), "historical byte %zu of %zu", n + 1, due);
	else if (w->tck && w->pos == w->len)
		strcpy(w->missing, "TCK");
	else if (w->tck)
		check_character(t, w);
}

/* The bytes that were not taken apart */
static void rest(struct atr_text *t, const struct walk *w, size_t total)
{
	struct atr_item *item;

	if (w->pos == total)
		return;
	item = atr_item_new(t, w->pos, total - w->pos, "more");
	atr_item_say(item, "%zu byte%s %s", item->len, item->len == 1 ? "" : "s",
		     w->pos ? "too many" : "of no known meaning");
}

/* ---------------------------------------------------------------------- the verdict */

static void say_bad_value(struct atr_text *t, const struct walk *w)
{
	const struct iso7816_atr_info *info = &t->info;

	if (!info->protocols && w->at_t1 != ATR_TEXT_NOWHERE)
		defective(t, w->at_t1, "T=1 is all there is, and a value for it is reserved");
	else if (!info->has_ta2)
		defective(t, w->at_td1, "%s", iso7816_atr_defect_name(t->defect));
	else if (info->lenient & ISO7816_ATR_LENIENT_RFU_TA1 && !(info->ta2 & 0x10))
		defective(t, w->at_ta1, "specific mode at the rate of TA1, which is reserved");
	else
		defective(t, w->at_ta2, "specific mode for T=%u, which cannot be used",
			  info->ta2 & 15U);
}

static void say_too_long(struct atr_text *t, const struct walk *w, size_t total)
{
	if (!w->end)
		defective(t, ISO7816_ATR_MAX, "interface bytes without end");
	else if (w->end > ISO7816_ATR_MAX)
		defective(t, 1, "announces %zu bytes after TS, 32 are allowed", w->end - 1);
	else
		defective(t, w->end, "%zu byte%s more than announced", total - w->end,
			  total - w->end == 1 ? "" : "s");
}

static void say_defect(struct atr_text *t, const struct walk *w, size_t total)
{
	switch (t->defect) {
	case ISO7816_ATR_OK:
		break;
	case ISO7816_ATR_BAD_TS:
		defective(t, 0, "%02X is not a TS (3B or 3F)%s", w->raw[0],
			  w->raw[0] != ISO7816_TS_INVERSE_RAW ? "" :
			  "; it is what a UART makes of 3F: the bytes are not converted");
		break;
	case ISO7816_ATR_BAD_TCK:
		defective(t, total - 1, "check character does not match");
		break;
	case ISO7816_ATR_TOO_LONG:
		say_too_long(t, w, total);
		break;
	case ISO7816_ATR_SHORT:
		defective(t, total, "ends too early: %s is missing", w->missing);
		break;
	case ISO7816_ATR_BAD_VALUE:
		say_bad_value(t, w);
		break;
	default:
		defective(t, 0, "%s", iso7816_atr_defect_name(t->defect));
		break;
	}
}

static void say_lenient(struct atr_text *t, const struct walk *w)
{
	u32 what = t->info.lenient;

	if (what & ISO7816_ATR_LENIENT_T15_FIRST)
		lenient(t, w->at_td1, "T=15 comes first: taken as T=0");
	if (what & ISO7816_ATR_LENIENT_RFU_TA1)
		lenient(t, w->at_ta1, "TA1 has a reserved value: Fi 372, Di 1 stay");
	if (what & ISO7816_ATR_LENIENT_RFU_WI)
		lenient(t, w->at_tc2, "WI 0 is reserved: 10 stays");
	if (what & ISO7816_ATR_LENIENT_BAD_T1)
		lenient(t, w->at_t1, "a value for T=1 is reserved: T=1 is not used");
	if (what & ISO7816_ATR_LENIENT_RFU_IFSC)
		lenient(t, w->at_ifsc, "a reserved IFSC: 32 stays");
	what &= ~(u32)(ISO7816_ATR_LENIENT_T15_FIRST | ISO7816_ATR_LENIENT_RFU_TA1 |
		       ISO7816_ATR_LENIENT_RFU_WI | ISO7816_ATR_LENIENT_BAD_T1 |
		       ISO7816_ATR_LENIENT_RFU_IFSC);
	if (what)
		lenient(t, 0, "other leniency of the reader (%x)", what);
}

static void judge(struct atr_text *t, const struct walk *w, size_t total)
{
	say_lenient(t, w);
	say_defect(t, w, total);
	t->verdict = t->defect != ISO7816_ATR_OK ? ATR_VERDICT_DEFECTIVE :
		     t->info.lenient ? ATR_VERDICT_LENIENT : ATR_VERDICT_VALID;
}

void atr_text_decode(struct atr_text *t, const unsigned char *raw, size_t len)
{
	struct walk w = {
		.raw = raw, .len = len < ISO7816_ATR_MAX ? len : ISO7816_ATR_MAX, .group = 1,
		.at_ta1 = ATR_TEXT_NOWHERE, .at_ta2 = ATR_TEXT_NOWHERE,
		.at_tc2 = ATR_TEXT_NOWHERE, .at_td1 = ATR_TEXT_NOWHERE,
		.at_t1 = ATR_TEXT_NOWHERE, .at_ifsc = ATR_TEXT_NOWHERE,
	};

	memset(t, 0, sizeof(*t));
	t->reason.at = ATR_TEXT_NOWHERE;
	t->c6 = t->category = t->lcs = t->sw = t->tck = -1;
	t->defect = iso7816_atr_parse(raw, len, &t->info);
	if (len && t->defect != ISO7816_ATR_BAD_TS) {
		first_bytes(t, &w);
		while (w.y && group(t, &w))
			;
		if (!w.missing[0])
			last_bytes(t, &w);
	}
	rest(t, &w, len);
	judge(t, &w, len);
}

const char *atr_verdict_name(enum atr_verdict verdict)
{
	static const char * const names[] = { "valid", "lenient", "defective" };

	return names[verdict];
}
