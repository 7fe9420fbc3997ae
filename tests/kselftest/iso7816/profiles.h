/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real cards by their ATRs (pcsc-tools), and what the driver has to make of each: the
 * protocol and the rate on a reader that does every rate at 3.5712 MHz.  Each can
 * be had in both conventions: TS is not part of the string.
 */
#ifndef PROFILES_H
#define PROFILES_H

#include <stdint.h>

#define TS_DIRECT	"3B"
#define TS_INVERSE	"3F"

struct profile {
	const char *name;
	const char *atr;	/* from T0 on */
	uint32_t protocols;	/* asked for; 0 = any */
	uint32_t protocol;	/* got */
	uint32_t fi;
	uint32_t di;
	uint32_t ifsc;		/* T=1 */
};

static const struct profile profiles[] = {
	{ "sysmoUSIM, 512/32", "9F96801FC78031A073BE21136743200718000001A5", 0, 0, 512, 32, 0 },
	{ "Airspan USIM, 512/8", "9E94801F478031A073BE211366868802104210" "14", 0, 0, 512, 8, 0 },
	{ "H3G USIM, 512/16", "9E95801FC78031E073FE21" "1B66D00007001E001A", 0, 0, 512, 16, 0 },
	{ "SFR SIM, no TD", "3F94008069AF0307066700000A0E833E9F16", 0, 0, 512, 8, 0 },
	{ "UniverSIM, N=255, WI",
	  "FF9400FFC00A1F438031E0733621" "13574A4349" "1C3130321C", 0, 0, 512, 8, 0 },
	{ "old GSM SIM, 372/1", "2F0036AF69020401800000" "0A0E833E9F16", 0, 0, 372, 1, 0 },
	{ "Sky, specific 372/4, N=2", "FD13250250000F33B00F69FF4A50D00000535902", 0, 0, 372, 4, 0 },
	{ "Buypass, specific 372/1",
	  "FD11250250800F41B00A69FF4A50708000" "5A4503", 0, 0, 372, 1, 0 },
	{ "Multiflex, no interface bytes", "021450", 0, 0, 372, 1, 0 },
	{ "EMV card, T=0", "6800000073C8401200" "9000", 0, 0, 372, 1, 0 },
	{ "Atmel, T=0 first", "96188001805100611030" "9F", 0, 0, 372, 12, 0 },
	{ "Atmel, T=1 asked for", "961880018051006110309F", 2, 1, 372, 12, 32 },
	{ "Athena, T=0 first", "D518FF8091FE1FC38073C8211308", 0, 0, 372, 12, 0 },
	{ "Athena, T=1 asked for", "D518FF8091FE1FC38073C8211308", 2, 1, 372, 12, 254 },
	{ "tachograph, T=1 asked for", "9711C0FFB1FE351F83A505010102A3015F", 2, 1, 372, 1, 254 },
	{ "Nagra, specific T=1 512/16", "FF9500FF918171A04700444E4153503031302052657641323048",
	  0, 1, 512, 16, 160 },
	{ "German eGK, T=1 512/32, N=255", "D096FF81B1FE451F072A", 0, 1, 512, 32, 254 },
	{ "DESFire SAM, T=1 372/12", "DE18FF81F1FB34001F0744455346697265" "53414D56312E30D2",
	  0, 1, 372, 12, 251 },
	{ "CardOS, T=1, N=2", "D21802C10A31FE58C80D51", 0, 1, 372, 12, 254 },
	{ "YubiKey, T=1 372/4",
	  "FD130000813" "1FE158073C021C05759756269" "4B657940", 0, 1, 372, 4, 254 },
	{ "B-CAS, specific T=1 372/2", "F01200FF9181B17C451F0399", 0, 1, 372, 2, 124 },
};

#endif /* PROFILES_H */
