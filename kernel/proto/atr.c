// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Answer To Reset: the machine counts characters until all that were announced
 * are there, then the decoder takes the whole apart.
 */
#include <iso7816/atr.h>
#include <iso7816/timing.h>

#define T15		15
/* The slowest card clock of the standard: longest, but still bounded, times */
#define SLOWEST_HZ	1000000

/* What the interface bytes of a group are about, by position in the group */
enum group_byte { TA, TB, TC, TD };

/*
 * struct walk - position in an ATR while it is taken apart
 * @pos: next character
 * @y: which characters of the group are there, bit = enum group_byte
 * @group: number of the group, from 1
 * @t: protocol of the TD that announced the group
 * @seen_t1: bytes for T=1 found so far: only the first of each counts
 * @seen_t15: the same for T=15
 * @any_td: there was a TD
 * @tck: a TCK is due
 * @bad_t1: values that make T=1 impossible
 * @rfu_ta1: Fi or Di unknown
 */
struct walk {
	u8 pos;
	u8 y;
	u8 group;
	u8 t;
	u8 seen_t1;
	u8 seen_t15;
	bool any_td;
	bool tck;
	bool bad_t1;
	bool rfu_ta1;
};

/* Index Fi of TA1: F and the highest clock; F = 0: reserved */
static const struct {
	u16 f;
	u16 fmax_khz;
} fi_table[16] = {
	{ 372, 4000 }, { 372, 5000 }, { 558, 6000 }, { 744, 8000 },
	{ 1116, 12000 }, { 1488, 16000 }, { 1860, 20000 }, { 0, 0 },
	{ 0, 0 }, { 512, 5000 }, { 768, 7500 }, { 1024, 10000 },
	{ 1536, 15000 }, { 2048, 20000 }, { 0, 0 }, { 0, 0 },
};

/* Index Di of TA1; 0: reserved */
static const u8 di_table[16] = { 0, 1, 2, 4, 8, 16, 32, 64, 12, 20 };

static u8 count_bits(u8 nibble)
{
	return (u8)((nibble & 1) + (nibble >> 1 & 1) + (nibble >> 2 & 1) + (nibble >> 3 & 1));
}

static void set_ta1(struct iso7816_atr_info *info, struct walk *w, u8 value)
{
	u8 fi = value >> 4;
	u8 di = value & 0x0f;

	info->ta1 = value;
	if (!fi_table[fi].f || !di_table[di]) {
		w->rfu_ta1 = true;
		info->lenient |= ISO7816_ATR_LENIENT_RFU_TA1;
		return;
	}
	info->fi = fi_table[fi].f;
	info->fmax_khz = fi_table[fi].fmax_khz;
	info->di = di_table[di];
}

/* Groups 1 and 2 have a fixed meaning; TB1 and TB2 were for VPP and are obsolete */
static void fixed_byte(struct iso7816_atr_info *info, struct walk *w,
		       enum group_byte which, u8 value)
{
	if (w->group == 1) {
		if (which == TA)
			set_ta1(info, w, value);
		else if (which == TC)
			info->extra_guard = value;
	} else if (which == TA) {
		info->has_ta2 = true;
		info->ta2 = value;
	} else if (which == TC) {
		if (value)
			info->wi = value;
		else
			info->lenient |= ISO7816_ATR_LENIENT_RFU_WI;
	}
}

static void t1_byte(struct iso7816_atr_info *info, struct walk *w,
		    enum group_byte which, u8 value)
{
	if (w->seen_t1 & 1U << which)
		return;
	w->seen_t1 |= (u8)(1U << which);
	if (which == TC) {
		info->crc = value & 1;
	} else if (which == TA) {
		if (value == 0x00 || value == 0xff)
			info->lenient |= ISO7816_ATR_LENIENT_RFU_IFSC;
		else
			info->ifsc = value;
	} else if (value >> 4 > 9) {
		w->bad_t1 = true;
	} else {
		info->bwi = value >> 4;
		info->cwi = value & 0x0f;
	}
}

/* TB (use of contact C6) and TC mean nothing to us */
static void t15_byte(struct iso7816_atr_info *info, struct walk *w,
		     enum group_byte which, u8 value)
{
	if (which != TA || w->seen_t15)
		return;
	w->seen_t15 = 1;
	info->clock_stop = value >> 6;
	info->classes = value & 0x3f;
}

static void interface_byte(struct iso7816_atr_info *info, struct walk *w,
			   enum group_byte which, u8 value)
{
	if (w->group <= 2)
		fixed_byte(info, w, which, value);
	else if (w->t == 1)
		t1_byte(info, w, which, value);
	else if (w->t == T15)
		t15_byte(info, w, which, value);
}

static void td_byte(struct iso7816_atr_info *info, struct walk *w, u8 value)
{
	w->t = value & 0x0f;
	w->y = value >> 4;
	w->group++;
	if (w->t)
		w->tck = true;
	if (w->t == T15) {
		info->has_t15 = true;
		if (!w->any_td)
			info->lenient |= ISO7816_ATR_LENIENT_T15_FIRST;
	} else {
		if (!info->protocols)
			info->first_protocol = w->t;
		info->protocols |= (u16)(1U << w->t);
	}
	w->any_td = true;
}

/* Returns false if the ATR ends too early */
static bool walk_group(struct iso7816_atr_info *info, struct walk *w)
{
	enum group_byte which;
	u8 y = w->y;

	w->y = 0;
	for (which = TA; which <= TD; which++) {
		if (!(y & 1U << which))
			continue;
		if (w->pos >= info->len)
			return false;
		if (which == TD)
			td_byte(info, w, info->raw[w->pos]);
		else
			interface_byte(info, w, which, info->raw[w->pos]);
		w->pos++;
	}
	return true;
}

static bool tck_matches(const struct iso7816_atr_info *info)
{
	u8 sum = 0;
	u8 i;

	for (i = 1; i < info->len; i++)
		sum ^= info->raw[i];
	return !sum;
}

/* Everything is there: can a reader work with it */
static enum iso7816_atr_defect judge(struct iso7816_atr_info *info, const struct walk *w)
{
	if (w->bad_t1) {
		info->lenient |= ISO7816_ATR_LENIENT_BAD_T1;
		info->protocols &= (u16)~(1U << 1);
	}
	if (!info->protocols)
		return ISO7816_ATR_BAD_VALUE;
	if (!info->has_ta2)
		return ISO7816_ATR_OK;
	/* specific mode leaves no choice: the rate and the protocol must be known */
	if (w->rfu_ta1 && !(info->ta2 & 0x10))
		return ISO7816_ATR_BAD_VALUE;
	if (!(info->protocols & 1U << (info->ta2 & 0x0f)))
		return ISO7816_ATR_BAD_VALUE;
	return ISO7816_ATR_OK;
}

static void set_defaults(struct iso7816_atr_info *info)
{
	memset(info, 0, sizeof(*info));
	info->fi = ISO7816_FD;
	info->di = ISO7816_DD;
	info->fmax_khz = 5000;
	info->ta1 = 0x11;
	info->wi = ISO7816_WI_DEFAULT;
	info->ifsc = 32;
	info->bwi = 4;
	info->cwi = 13;
}

static enum iso7816_atr_defect decode(struct iso7816_atr_info *info)
{
	struct walk w = { .pos = 2, .group = 1 };
	size_t total;

	if (info->len < 2)
		return ISO7816_ATR_SHORT;
	w.y = info->raw[1] >> 4;
	while (w.y) {
		if (!walk_group(info, &w))
			return info->len == ISO7816_ATR_MAX ? ISO7816_ATR_TOO_LONG :
			       ISO7816_ATR_SHORT;
	}
	if (!info->protocols) {		/* no TD but perhaps T=15: T=0 */
		info->protocols = 1U << 0;
		info->first_protocol = 0;
	}
	total = w.pos + (info->raw[1] & 0x0fU) + w.tck;
	if (total > ISO7816_ATR_MAX || total < info->len)
		return ISO7816_ATR_TOO_LONG;
	if (total > info->len)
		return ISO7816_ATR_SHORT;
	info->historical = w.pos;
	info->historical_len = info->raw[1] & 0x0f;
	if (w.tck && !tck_matches(info))
		return ISO7816_ATR_BAD_TCK;
	return judge(info, &w);
}

enum iso7816_atr_defect iso7816_atr_parse(const u8 *raw, size_t len,
					  struct iso7816_atr_info *info)
{
	set_defaults(info);
	info->len = (u8)(len < ISO7816_ATR_MAX ? len : ISO7816_ATR_MAX);
	memcpy(info->raw, raw, info->len);
	if (!len)
		return ISO7816_ATR_MUTE;
	if (raw[0] != ISO7816_TS_DIRECT && raw[0] != ISO7816_TS_INVERSE)
		return ISO7816_ATR_BAD_TS;
	if (raw[0] == ISO7816_TS_INVERSE)
		info->conv = ISO7816_CONV_INVERSE;
	if (len > ISO7816_ATR_MAX)
		return ISO7816_ATR_TOO_LONG;
	return decode(info);
}

void iso7816_atr_init(struct iso7816_atr_machine *m, u32 clock_hz,
		      struct iso7816_out *out)
{
	u64 slack;

	if (!clock_hz)
		clock_hz = SLOWEST_HZ;
	slack = iso7816_etu_to_ns(ISO7816_WT_SLACK_ETU, ISO7816_FD, ISO7816_DD,
				  clock_hz) + ISO7816_HOST_SLACK_NS;
	memset(m, 0, sizeof(*m));
	memset(out, 0, sizeof(*out));
	set_defaults(&m->info);
	m->iwt_ns = iso7816_etu_to_ns(ISO7816_IWT_ETU, ISO7816_FD, ISO7816_DD,
				      clock_hz) + slack;
	out->timer_ns = iso7816_clocks_to_ns(ISO7816_ATR_CLOCKS, clock_hz) + slack;
	out->expect = 2;
}

static void finish(struct iso7816_atr_machine *m, enum iso7816_atr_defect defect)
{
	m->state = ISO7816_ATR_DONE;
	m->defect = defect;
}

static void first_character(struct iso7816_atr_machine *m, const struct iso7816_in *in)
{
	if (!iso7816_conv_from_ts(in->byte, &m->info.conv)) {
		finish(m, ISO7816_ATR_BAD_TS);
		return;
	}
	if (m->info.conv == ISO7816_CONV_DIRECT && in->flags) {
		finish(m, ISO7816_ATR_PARITY);
		return;
	}
	m->info.raw[m->info.len++] = iso7816_conv_byte(m->info.conv, in->byte);
	m->need = 1;
	m->state = ISO7816_ATR_IN_BODY;
}

/* T0 or a TD, at raw[@pos]: what else is to come */
static void announced(struct iso7816_atr_machine *m, u8 pos)
{
	u8 value = m->info.raw[pos];
	u8 n = count_bits(value >> 4);

	m->need += n;
	m->next_td = value & 0x80 ? pos + n : 0;
	if (pos == 1) {
		m->need += value & 0x0f;
	} else if (!m->tck && value & 0x0f) {
		m->tck = true;
		m->need++;
	}
}

/* Is the character in error; see iso7816_atr_init() for the inverse card */
static bool in_error(struct iso7816_atr_machine *m, u8 flags)
{
	if (!flags) {
		m->parity_known = true;
		return false;
	}
	return m->info.conv == ISO7816_CONV_DIRECT || m->parity_known ||
	       flags != ISO7816_CHAR_PARITY;
}

static void next_character(struct iso7816_atr_machine *m, const struct iso7816_in *in)
{
	struct iso7816_atr_info info;
	u8 pos = m->info.len;

	if (in_error(m, in->flags)) {
		finish(m, ISO7816_ATR_PARITY);
		return;
	}
	m->info.raw[pos] = iso7816_conv_byte(m->info.conv, in->byte);
	m->info.len++;
	if (pos == 1 || pos == m->next_td)
		announced(m, pos);
	if (m->need >= ISO7816_ATR_MAX) {
		finish(m, ISO7816_ATR_TOO_LONG);
	} else if (pos == m->need) {
		finish(m, iso7816_atr_parse(m->info.raw, m->info.len, &info));
		m->info = info;
	}
}

static void step(struct iso7816_atr_machine *m, const struct iso7816_in *in)
{
	bool first = m->state == ISO7816_ATR_WAIT_TS;

	switch (in->what) {
	case ISO7816_IN_BYTE:
		if (first)
			first_character(m, in);
		else
			next_character(m, in);
		break;
	case ISO7816_IN_TX_DONE:	/* we sent nothing; the waiting goes on */
		break;
	case ISO7816_IN_TIMEOUT:
		finish(m, first ? ISO7816_ATR_MUTE : ISO7816_ATR_SHORT);
		break;
	case ISO7816_IN_REMOVED:
	default:
		finish(m, ISO7816_ATR_REMOVED);
		break;
	}
}

static enum iso7816_result result_of(enum iso7816_atr_defect defect)
{
	switch (defect) {
	case ISO7816_ATR_OK:
		return ISO7816_RES_OK;
	case ISO7816_ATR_MUTE:
		return ISO7816_RES_MUTE;
	case ISO7816_ATR_REMOVED:
		return ISO7816_RES_REMOVED;
	default:
		return ISO7816_RES_PROTO;
	}
}

void iso7816_atr_step(struct iso7816_atr_machine *m, const struct iso7816_in *in,
		      struct iso7816_out *out)
{
	memset(out, 0, sizeof(*out));
	if (m->state != ISO7816_ATR_DONE)
		step(m, in);
	if (m->state == ISO7816_ATR_DONE) {
		out->done = result_of(m->defect);
		return;
	}
	out->timer_ns = m->iwt_ns;
	out->expect = m->need + 1U - m->info.len;
}

const char *iso7816_atr_defect_name(enum iso7816_atr_defect defect)
{
	switch (defect) {
	case ISO7816_ATR_OK:
		return "no defect";
	case ISO7816_ATR_BAD_TS:
		return "first character is not a TS";
	case ISO7816_ATR_BAD_TCK:
		return "check character does not match";
	case ISO7816_ATR_TOO_LONG:
		return "too many characters";
	case ISO7816_ATR_SHORT:
		return "ends too early";
	case ISO7816_ATR_PARITY:
		return "character in error";
	case ISO7816_ATR_MUTE:
		return "no character at all";
	case ISO7816_ATR_REMOVED:
		return "card removed";
	case ISO7816_ATR_BAD_VALUE:
		return "interface byte out of range";
	}
	return "unknown defect";
}
