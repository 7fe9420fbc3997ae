/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Answer To Reset (ISO/IEC 7816-3, 8): a byte-fed machine that knows when the
 * ATR is complete, and the decoded interface bytes.
 */
#ifndef ISO7816_ATR_H
#define ISO7816_ATR_H

#include <iso7816/conv.h>
#include <iso7816/step.h>

#define ISO7816_ATR_MAX		33
#define ISO7816_ATR_HISTORICAL	15

/**
 * enum iso7816_atr_defect - what is wrong with an ATR
 * @ISO7816_ATR_OK: nothing
 * @ISO7816_ATR_BAD_TS: first character is not a TS
 * @ISO7816_ATR_BAD_TCK: check character does not match
 * @ISO7816_ATR_TOO_LONG: more than 32 characters after TS, announced or there,
 *	or (a complete ATR only) more characters than it announces
 * @ISO7816_ATR_SHORT: a character did not come within the initial waiting time
 * @ISO7816_ATR_PARITY: a character in error, as the UART says
 * @ISO7816_ATR_MUTE: no character at all
 * @ISO7816_ATR_REMOVED: card pulled
 * @ISO7816_ATR_BAD_VALUE: an interface byte the reader cannot live with
 */
enum iso7816_atr_defect {
	ISO7816_ATR_OK,
	ISO7816_ATR_BAD_TS,
	ISO7816_ATR_BAD_TCK,
	ISO7816_ATR_TOO_LONG,
	ISO7816_ATR_SHORT,
	ISO7816_ATR_PARITY,
	ISO7816_ATR_MUTE,
	ISO7816_ATR_REMOVED,
	ISO7816_ATR_BAD_VALUE,
};

/* struct iso7816_atr_info.lenient: what was wrong and let pass */
#define ISO7816_ATR_LENIENT_T15_FIRST	0x01	/* TD1 says T=15 */
#define ISO7816_ATR_LENIENT_RFU_TA1	0x02	/* RFU Fi or Di: defaults kept */
#define ISO7816_ATR_LENIENT_RFU_WI	0x04	/* TC2 = 00: default kept */
#define ISO7816_ATR_LENIENT_BAD_T1	0x08	/* RFU BWI: no T=1 */
#define ISO7816_ATR_LENIENT_RFU_IFSC	0x10	/* RFU IFSC: 32 kept */

/**
 * struct iso7816_atr_info - a complete ATR and what it says
 * @raw: TS T0 ... [TCK] in the card's own convention (TS = 3B or 3F)
 * @len: bytes in @raw
 * @conv: convention
 * @protocols: bit n = T=n offered and usable (T=15 is not a protocol)
 * @first_protocol: first offered protocol
 * @fi: Fi of TA1 (372 if absent)
 * @di: Di of TA1 (1 if absent)
 * @fmax_khz: highest card clock of TA1 in kHz
 * @ta1: TA1 (11 if absent)
 * @extra_guard: N of TC1 (0 if absent)
 * @has_ta2: specific mode
 * @ta2: specific mode byte
 * @wi: WI of TC2 (10 if absent)
 * @ifsc: T=1 IFSC (32 if absent)
 * @bwi: T=1 BWI (4 if absent)
 * @cwi: T=1 CWI (13 if absent)
 * @crc: T=1 EDC is a CRC
 * @has_t15: a T=15 group was there
 * @clock_stop: b8 b7 of T=15 TA (0 if absent)
 * @classes: b6..b1 of T=15 TA, 0 if absent
 * @historical: offset of the historical bytes in @raw
 * @historical_len: their number
 * @lenient: ISO7816_ATR_LENIENT_*
 */
struct iso7816_atr_info {
	u8 raw[ISO7816_ATR_MAX];
	u8 len;
	enum iso7816_convention conv;
	u16 protocols;
	u8 first_protocol;
	u16 fi;
	u8 di;
	u16 fmax_khz;
	u8 ta1;
	u8 extra_guard;
	bool has_ta2;
	u8 ta2;
	u8 wi;
	u8 ifsc;
	u8 bwi;
	u8 cwi;
	bool crc;
	bool has_t15;
	u8 clock_stop;
	u8 classes;
	u8 historical;
	u8 historical_len;
	u32 lenient;
};

enum iso7816_atr_state {
	ISO7816_ATR_WAIT_TS,
	ISO7816_ATR_IN_BODY,
	ISO7816_ATR_DONE,
};

/**
 * struct iso7816_atr_machine - receives one ATR; opaque but copyable
 * @state: where it stands
 * @need: characters after TS known to be due
 * @next_td: position of the next TD in info.raw, 0 = none
 * @tck: a TCK is due and counted in @need
 * @parity_known: inverse card: the UART has been seen to use the right parity
 * @iwt_ns: timer between characters
 * @defect: why it ended, ISO7816_ATR_OK until then
 * @info: the result, valid when @defect is ISO7816_ATR_OK
 */
struct iso7816_atr_machine {
	enum iso7816_atr_state state;
	u8 need;
	u8 next_td;
	bool tck;
	bool parity_known;
	u64 iwt_ns;
	enum iso7816_atr_defect defect;
	struct iso7816_atr_info info;
};

/**
 * iso7816_atr_init() - get ready for the first character
 * @m: the machine
 * @clock_hz: card clock in Hz; 0, unknown, is read as 1 MHz, the slowest
 * @out: set to the first action: no send, timer until the first character must
 *	be there (40 000 clocks plus slack)
 *
 * The machine must be fed *raw* UART bytes: it finds the convention in TS and
 * translates what follows itself.  A character
 * in error (flags) ends it, with one exception: the characters of an inverse
 * card that came before the UART knew of the odd parity all look wrong, and are
 * believed until the first one that looks right.
 */
void iso7816_atr_init(struct iso7816_atr_machine *m, u32 clock_hz,
		      struct iso7816_out *out);

/**
 * iso7816_atr_step() - take one event
 * @m: the machine
 * @in: the event; bytes as the UART has them
 * @out: what to do; @out->done is set when the ATR is complete (ISO7816_RES_OK)
 *	or cannot become one (MUTE, PROTO, REMOVED); then @m->defect says why
 *
 * The byte that completes a TS of an inverse card switches the convention at
 * once: the caller reads m->info.conv after each step to switch the UART parity.
 */
void iso7816_atr_step(struct iso7816_atr_machine *m, const struct iso7816_in *in,
		      struct iso7816_out *out);

/**
 * iso7816_atr_parse() - decode a complete ATR
 * @raw: TS ... in the card's own convention
 * @len: bytes at @raw
 * @info: filled as far as possible, even on a defect
 * Return: ISO7816_ATR_OK or the first defect
 */
enum iso7816_atr_defect iso7816_atr_parse(const u8 *raw, size_t len,
					  struct iso7816_atr_info *info);

/**
 * iso7816_atr_defect_name() - defect in words
 * @defect: of iso7816_atr_parse()
 * Return: never NULL
 */
const char *iso7816_atr_defect_name(enum iso7816_atr_defect defect);

#endif /* ISO7816_ATR_H */
