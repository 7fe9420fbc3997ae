/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which protocol and which rates are tried for which ATR, on which line, at a card
 * clock of 4 MHz.
 */
#ifndef VECTORS_PPS_H
#define VECTORS_PPS_H

#include <iso7816/pps.h>

#define PPS_CLOCK_HZ	4000000
#define T0		0x01
#define T1		0x02

/* @protocols, @max_baud: of the line; @rungs: TA1 of each rate that is tried, in order */
struct pps_vector {
	const char *atr;
	u16 protocols;
	u32 max_baud;
	enum iso7816_pps_choice choice;
	u8 protocol;
	bool specific;
	const char *rungs;	/* TA1 of each */
};

#define SIM96		"3B9F96801FC78031A073BE21136743200718000001A5"
#define SIM95		"3B9E95801FC78031E073FE211B66D00007001E001A"
#define SIM94		"3B9E94801F478031A073BE21136686880210421014"
#define T1_EGK		"3BD096FF81B1FE451F072A"
#define T0_T1_CARD	"3BD518FF8091FE1FC38073C8211308"

static const struct pps_vector pps_vectors[] = {
	{ SIM96, T0 | T1, 0, ISO7816_PPS_CHOSEN, 0, false, "969594181312" "11" },
	{ SIM95, T0 | T1, 0, ISO7816_PPS_CHOSEN, 0, false, "95941312" "11" },
	{ SIM94, T0 | T1, 0, ISO7816_PPS_CHOSEN, 0, false, "941312" "11" },
	{ "3B1097", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "97969594181312" "11" },
	{ "3B1018", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "181312" "11" },
	{ "3B1013", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "1312" "11" },
	{ "3B1012", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "12" "11" },
	{ "3B1011", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "11" },
	{ "3B00", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "11" },
	/* not on the ladder itself; 14 is faster than 94 */
	{ "3B1014", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "141312" "11" },
	{ "3B1002", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "02" "11" },
	/* 744/8 is slower than 512/8 */
	{ "3B1034", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "3412" "11" },
	/* 2048/64, 32 clocks a bit: 95 is no slower, 18 is faster */
	{ "3B10D7", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "D794131211" },
	/* 1116/1 is slower than the default itself */
	{ "3B1041", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "11" },
	/* RFU: the default */
	{ "3B1086", T0, 0, ISO7816_PPS_CHOSEN, 0, false, "11" },
	/* limits of the line */
	{ SIM96, T0, 250000, ISO7816_PPS_CHOSEN, 0, false, "969594181312" "11" },
	{ SIM96, T0, 249999, ISO7816_PPS_CHOSEN, 0, false, "9594181312" "11" },
	{ SIM96, T0, 125000, ISO7816_PPS_CHOSEN, 0, false, "95941312" "11" },
	{ SIM96, T0, 124999, ISO7816_PPS_CHOSEN, 0, false, "941312" "11" },
	{ SIM96, T0, 115200, ISO7816_PPS_CHOSEN, 0, false, "941312" "11" },
	{ SIM96, T0, 10753, ISO7816_PPS_CHOSEN, 0, false, "11" },
	{ SIM96, T0, 1, ISO7816_PPS_CHOSEN, 0, false, "11" },
	/* protocols */
	{ T1_EGK, T0 | T1, 0, ISO7816_PPS_CHOSEN, 1, false, "969594181312" "11" },
	{ T1_EGK, T0, 0, ISO7816_PPS_NO_PROTOCOL, 0, false, "" },
	{ T0_T1_CARD, T0 | T1, 0, ISO7816_PPS_CHOSEN, 0, false, "181312" "11" },
	{ T0_T1_CARD, T1, 0, ISO7816_PPS_CHOSEN, 1, false, "181312" "11" },
	{ T0_T1_CARD, T0, 0, ISO7816_PPS_CHOSEN, 0, false, "181312" "11" },
	{ T0_T1_CARD, 0, 0, ISO7816_PPS_NO_PROTOCOL, 0, false, "" },
	{ SIM96, T1, 0, ISO7816_PPS_NO_PROTOCOL, 0, false, "" },
	{ "3B9F210E49524445544F204143530383950" "08055", 0xffff, 0, ISO7816_PPS_NO_PROTOCOL, 0,
	  false, "" },
	/* specific mode */
	{ "3FFD13250250000F33B00F69FF4A50D00000535902", T0 | T1, 0, ISO7816_PPS_CHOSEN, 0, true,
	  "13" },
	{ "3FFF9500FF918171A04700444E4153503031302052657641323048", T0 | T1, 1,
	  ISO7816_PPS_CHOSEN, 1, true, "95" },
	{ "3BF01200FF9181B17C451F0399", T0, 0, ISO7816_PPS_NO_PROTOCOL, 0, true, "" },
};

#endif /* VECTORS_PPS_H */
