/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of vuicc. */
#ifndef VUICC_OPTIONS_H
#define VUICC_OPTIONS_H

#include <linux/iso7816_sim.h>

#include "app.h"
#include "bip-card.h"
#include "card-t0.h"
#include "fault.h"
#include "pps-card.h"

/* Room for an ATR, also for one that is longer than allowed. */
#define UICC_ATR_ROOM	64

struct uicc_options {
	const char *sim;		/* virtual reader in this machine, in place of the sockets */
	struct iso7816_sim_setup sim_setup;
	const char *pty;		/* link to a pseudo terminal for the line discipline */
	const char *uart;
	bool uart_call;
	const char *lines;
	bool lines_call;
	bool lines_qtest;
	const char *qom;
	const char *control;
	const char *trace;
	const char *wire;
	bool steps;
	uint8_t atr[UICC_ATR_ROOM];
	size_t atr_len;
	unsigned int atr_delay;		/* clock cycles from RST high to the ATR */
	unsigned int clock_hz;
	const char *iccid;
	const char *bootstrap;		/* file, NULL = none on the card */
	uint8_t atr_warm[UICC_ATR_ROOM];	/* after a warm reset */
	size_t atr_warm_len;		/* 0 = as after a cold one */
	uint64_t pl011;			/* the reader's UART: address and clock, 0 = not known */
	unsigned int pl011_hz;
	unsigned int classes;		/* UICC_CLASS_* in which the card works */
	unsigned int mute_activations;
	bool inverse;			/* replaces TS of the ATRs */
	bool echo;
	bool absent;
	bool mute;
	unsigned int nulls;
	enum uicc_ack ack;
	enum uicc_pps_mode pps;
	unsigned int pps_times;		/* 0 = always */
	unsigned int wtx;
	uint8_t wtx_factor;
	uint8_t ifs;
	bool pace;
	uint64_t delay_ns;
	struct uicc_faults faults;
	struct uicc_bip_config bip;
	struct vuicc_app_config app;
};

/* Operating classes, as in T=15 TA of the ATR */
#define UICC_CLASS_A	0x01
#define UICC_CLASS_B	0x02
#define UICC_CLASS_C	0x04

enum uicc_options_result {
	UICC_OPTIONS_RUN,
	UICC_OPTIONS_HELP,	/* was printed */
	UICC_OPTIONS_WRONG,	/* said on stderr */
};

/* Letters of A, B, C; 0 if they are not. */
unsigned int uicc_classes_parse(const char *letters);
/* "HOW[:N]" of --pps; false if it is none. */
bool uicc_pps_mode_parse(const char *text, enum uicc_pps_mode *mode, unsigned int *times);
void uicc_options_default(struct uicc_options *o);
enum uicc_options_result uicc_options_parse(struct uicc_options *o, int argc, char **argv);

#endif /* VUICC_OPTIONS_H */
