// SPDX-License-Identifier: BSD-3-Clause
/*
 * Historical bytes of an ATR in words (ISO/IEC 7816-4): category indicator,
 * compact-TLV objects, status indicator.
 */
#include <stdio.h>
#include <string.h>

#include "lib/atr-text.h"

#define CATEGORY_STATUS_LAST	0x00
#define CATEGORY_DIR		0x10
#define CATEGORY_TLV		0x80

#define TAG_COUNTRY		1
#define TAG_ISSUER		2
#define TAG_SERVICE		3
#define TAG_ACCESS		4
#define TAG_CAPABILITIES	7
#define TAG_STATUS		8
#define TAG_AID			15

static const char * const tag_names[16] = {
	[TAG_COUNTRY] = "country code",
	[TAG_ISSUER] = "issuer identification number",
	[TAG_SERVICE] = "card service data",
	[TAG_ACCESS] = "initial access data",
	[5] = "card issuer's data",
	[6] = "pre-issuing data",
	[TAG_CAPABILITIES] = "card capabilities",
	[TAG_STATUS] = "status indicator",
	[TAG_AID] = "application identifier",
};

struct bit_name {
	unsigned char bit;
	const char *text;
};

static void say_bits(struct atr_item *item, unsigned char value,
		     const struct bit_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (value & names[i].bit)
			atr_item_list(item, "%s", names[i].text);
	}
}

#define SAY_BITS(item, value, names) \
	say_bits(item, value, names, sizeof(names) / sizeof((names)[0]))

/* The characters the bytes are if they look like text, otherwise only their number */
static void say_data(struct atr_item *item, const unsigned char *p, size_t len)
{
	size_t printable = 0;

	for (size_t i = 0; i < len; i++)
		printable += p[i] >= 0x20 && p[i] < 0x7f;
	if (printable < 3 || 2 * printable <= len) {
		atr_item_list(item, "%zu byte%s", len, len == 1 ? "" : "s");
		return;
	}
	atr_item_list(item, "\"");
	for (size_t i = 0; i < len; i++)
		atr_item_say(item, "%c", p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.');
	atr_item_say(item, "\"");
}

/* Decimal digits, one a half byte; F fills up */
static void say_digits(struct atr_item *item, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < 2 * len; i++) {
		unsigned int digit = i & 1 ? p[i / 2] & 15U : p[i / 2] >> 4;

		if (digit != 15)
			atr_item_say(item, "%X", digit);
	}
}

/* ---------------------------------------------------------------- objects with bits */

static void service_data(struct atr_item *item, unsigned char value)
{
	static const struct bit_name selection[] = {
		{ 0x80, "selection by full DF name" },
		{ 0x40, "selection by partial DF name" },
		{ 0x20, "BER-TLV objects in EF.DIR" },
		{ 0x10, "BER-TLV objects in EF.ATR" },
	};
	static const char * const access[8] = {
		[0] = "READ RECORD", [2] = "GET DATA", [4] = "READ BINARY",
	};
	const char *how = access[value >> 1 & 7];

	SAY_BITS(item, value, selection);
	if (how)
		atr_item_list(item, "EF.DIR and EF.ATR by %s", how);
	else
		atr_item_list(item, "access to EF.DIR and EF.ATR reserved (%u)", value >> 1 & 7U);
	atr_item_list(item, value & 0x01 ? "no MF" : "with MF");
}

/* First byte of the card capabilities: selection methods */
static void selection_methods(struct atr_item *item, unsigned char value)
{
	static const struct bit_name names[] = {
		{ 0x80, "DF by full name" }, { 0x40, "DF by partial name" },
		{ 0x20, "DF by path" }, { 0x10, "DF by file identifier" },
		{ 0x08, "DF implicitly" }, { 0x04, "short EF identifier" },
		{ 0x02, "record number" }, { 0x01, "record identifier" },
	};

	if (!value)
		atr_item_list(item, "no selection method");
	SAY_BITS(item, value, names);
}

/* Second byte: data coding */
static void data_coding(struct atr_item *item, unsigned char value)
{
	static const char * const write[4] = { "one-time", "proprietary", "OR", "AND" };
	unsigned int bits = 4U << (value & 0x0f);

	if (value & 0x80)
		atr_item_list(item, "EFs of TLV structure");
	atr_item_list(item, "behaviour of write functions: %s", write[value >> 5 & 3]);
	atr_item_list(item, value & 0x10 ? "FF is a valid first byte of a tag" :
		      "FF pads between objects");
	if (bits < 8)
		atr_item_list(item, "data unit of 4 bits");
	else
		atr_item_list(item, "data unit of %u byte%s", bits / 8, bits > 8 ? "s" : "");
}

/* Third byte: command chaining, length fields, logical channels */
static void channels(struct atr_item *item, unsigned char value)
{
	static const struct bit_name names[] = {
		{ 0x80, "command chaining" },
		{ 0x40, "extended Lc and Le" },
		{ 0x20, "extended length information in EF.ATR" },
	};
	unsigned int n = (value & 7U) + 1;

	SAY_BITS(item, value, names);
	if (!(value & 0x18)) {
		atr_item_list(item, "no logical channels");
		return;
	}
	atr_item_list(item, "channel numbers given by the %s",
		      (value & 0x18) == 0x18 ? "card or by the reader" :
		      value & 0x10 ? "card" : "reader");
	atr_item_list(item, "%u logical channels%s", n, n == 8 ? " or more" : " at most");
}

/* ------------------------------------------------------------------------- status */

static const char *life_cycle(unsigned char lcs)
{
	switch (lcs) {
	case 0x00: return "no information";
	case 0x01: return "creation";
	case 0x03: return "initialisation";
	case 0x04:
	case 0x06: return "operational, deactivated";
	case 0x05:
	case 0x07: return "operational, activated";
	case 0x0c ... 0x0f: return "terminated";
	default: return lcs & 0xf0 ? "proprietary" : "reserved";
	}
}

static void say_status(struct atr_text *t, struct atr_item *item, const unsigned char *p,
		       size_t len)
{
	if (len == 1 || len == 3) {
		t->lcs = p[0];
		atr_item_list(item, "life cycle %02X (%s)", p[0], life_cycle(p[0]));
		p++;
		len--;
	}
	if (len == 2) {
		t->sw = p[0] << 8 | p[1];
		atr_item_list(item, "SW %04X%s", t->sw, !t->sw ? " (not indicated)" :
			      t->sw == 0x9000 ? " (normal)" : "");
	}
}

/* -------------------------------------------------------------------- compact-TLV */

static void capabilities(struct atr_text *t, const unsigned char *raw, size_t at, size_t len)
{
	static void (* const decode[3])(struct atr_item *, unsigned char) = {
		selection_methods, data_coding, channels,
	};
	static const char * const names[3] = {
		"selection methods", "data coding", "lengths and channels",
	};

	for (size_t i = 0; i < 3 && i < len; i++)
		decode[i](atr_item_new(t, at + i, 1, names[i]), raw[at + i]);
	if (len > 3)
		say_data(atr_item_new(t, at + 3, len - 3, "reserved"), raw + at + 3, len - 3);
	if (!len || len > 3)
		atr_text_note(t, at - 1, "card capabilities have 1 to 3 bytes, not %zu", len);
}

static void value_text(struct atr_text *t, struct atr_item *item, unsigned int tag,
		       const unsigned char *p, size_t len, size_t at)
{
	switch (tag) {
	case TAG_COUNTRY:
	case TAG_ISSUER:
		say_digits(item, p, len);
		break;
	case TAG_SERVICE:
		if (len == 1)
			service_data(item, p[0]);
		else
			atr_text_note(t, at, "card service data are 1 byte, not %zu", len);
		break;
	case TAG_STATUS:
		if (len && len <= 3)
			say_status(t, item, p, len);
		else
			atr_text_note(t, at, "a status indicator has 1 to 3 bytes, not %zu", len);
		break;
	case TAG_ACCESS:
		if (len == 5)
			atr_item_say(item, "a command");
		say_data(item, p, len);
		break;
	default:
		say_data(item, p, len);
		break;
	}
}

/* One object at @at, of which @left bytes are there; returns how many it took */
static size_t object(struct atr_text *t, const unsigned char *raw, size_t at, size_t left)
{
	unsigned int tag = raw[at] >> 4;
	size_t len = raw[at] & 15U;
	const char *name = tag_names[tag] ? tag_names[tag] : "reserved object";
	struct atr_item *item;

	if (len > left - 1) {
		item = atr_item_new(t, at, left, name);
		atr_item_say(item, "%zu bytes announced, %zu there", len, left - 1);
		atr_text_note(t, at, "%s is cut off: %zu bytes announced, %zu there", name, len,
			      left - 1);
		return left;
	}
	if (tag == TAG_CAPABILITIES) {
		item = atr_item_new(t, at, 1, name);
		atr_item_say(item, "%zu byte%s", len, len == 1 ? "" : "s");
		capabilities(t, raw, at + 1, len);
		return len + 1;
	}
	item = atr_item_new(t, at, len + 1, name);
	value_text(t, item, tag, raw + at + 1, len, at);
	return len + 1;
}

static void objects(struct atr_text *t, const unsigned char *raw, size_t at, size_t len)
{
	size_t used;

	for (; len; at += used, len -= used)
		used = object(t, raw, at, len);
}

/* Objects, then LCS SW1 SW2 that have no tag of their own */
static void objects_and_status(struct atr_text *t, const unsigned char *raw, size_t at,
			       size_t len)
{
	struct atr_item *item;

	if (len < 3) {
		atr_text_note(t, at - 1, "category 00 wants three status bytes at the end");
		if (len)
			say_data(atr_item_new(t, at, len, "status indicator"), raw + at, len);
		return;
	}
	objects(t, raw, at, len - 3);
	item = atr_item_new(t, at + len - 3, 3, tag_names[TAG_STATUS]);
	say_status(t, item, raw + at + len - 3, 3);
}

/*
 * What readers make up for a contactless memory card (PC/SC, part 3): no compact-TLV
 * but an application identifier of 12 bytes in BER-TLV.
 */
static bool memory_card(struct atr_text *t, const unsigned char *raw, size_t at, size_t len)
{
	struct atr_item *item;

	if (len != 14 || raw[at] != 0x4f || raw[at + 1] != 12)
		return false;
	item = atr_item_new(t, at, len, "PC/SC identifier");
	atr_item_say(item, "contactless memory card; standard %02X; name %02X%02X", raw[at + 7],
		     raw[at + 8], raw[at + 9]);
	return true;
}

void atr_historical_decode(struct atr_text *t, const unsigned char *raw, size_t at, size_t len)
{
	struct atr_item *item;
	size_t rest;

	if (!len)
		return;
	rest = len - 1;
	t->category = raw[at];
	if (raw[at] != CATEGORY_STATUS_LAST && raw[at] != CATEGORY_DIR &&
	    (raw[at] & 0xf0) != CATEGORY_TLV) {
		item = atr_item_new(t, at, len, "historical bytes");
		atr_item_say(item, "proprietary");
		say_data(item, raw + at, len);
		return;
	}
	item = atr_item_new(t, at, 1, "category");
	switch (raw[at]) {
	case CATEGORY_STATUS_LAST:
		atr_item_say(item, "compact-TLV objects, then a status indicator");
		objects_and_status(t, raw, at + 1, rest);
		break;
	case CATEGORY_TLV:
		atr_item_say(item, "compact-TLV objects");
		if (!memory_card(t, raw, at + 1, rest))
			objects(t, raw, at + 1, rest);
		break;
	case CATEGORY_DIR:
		atr_item_say(item, "a DIR data reference follows");
		if (rest)
			say_data(atr_item_new(t, at + 1, rest, "DIR data reference"),
				 raw + at + 1, rest);
		break;
	default:
		atr_item_say(item, "reserved");
		atr_text_note(t, at, "category %02X is reserved", raw[at]);
		if (rest)
			say_data(atr_item_new(t, at + 1, rest, "historical bytes"),
				 raw + at + 1, rest);
		break;
	}
}
