/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * T=1: the scenarios of ISO/IEC 7816-3, annex A, in the notation of unit/t1-rig.h.
 */
#ifndef VECTORS_T1_H
#define VECTORS_T1_H

#include <iso7816/t1.h>

/* UPDATE BINARY of 8 bytes: three blocks if the card takes 5 */
static const u8 t1_command[] = { 0x00, 0xd6, 0x00, 0x00, 0x08, 1, 2, 3, 4, 5, 6, 7, 8 };

struct t1_vector {
	const char *name;
	const char *script;
	u8 ifsc;	/* 0 = 32: the command is one block */
	u8 ifsd;	/* 0 = 32: no S(IFS request) */
};

static const struct t1_vector t1_vectors[] = {
	{ .name = "scenario_01_plain_exchange", .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <I(1,0) =OK" },
	{ .name = "scenario_02_waiting_time_extension",
	  .script = "| >I(0,0) <WTX? >WTX! <I(0,0) =OK | >I(1,0) <I(1,0) =OK" },
	{ .name = "scenario_03_ifs_by_card", .script = "| >I(0,0) <IFS? >IFS! <I(0,0) =OK | >I(1,0) <I(1,0) =OK" },
	{ .name = "scenario_04_ifs_by_reader",
	  .script = "| >IFS? <IFS! >I(0,0) <I(0,0) =OK | >I(1,0) <I(1,0) =OK", .ifsd = 254 },
	{ .name = "scenario_05_reader_chains",
	  .script = "| >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0) =OK", .ifsc = 5 },
	{ .name = "scenario_06_card_chains",
	  .script = "| >I(0,0) <I(0,1) >R(1) <I(1,0) =OK | >I(1,0) <I(0,0) =OK" },
	{ .name = "scenario_07_empty_last_block",
	  .script = "| >I(0,0) <I(0,1) >R(1) <I(1,1) >R(0) <I(0,1) >R(1) <I(1,0)e =OK" },
	{ .name = "scenario_08_command_lost", .script = "| >I(0,0)x <R(0)1 >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_09_response_lost", .script = "| >I(0,0) <I(0,0)x >R(0) <I(0,0) =OK" },
	{ .name = "scenario_10_command_and_r_lost",
	  .script = "| >I(0,0)x <R(0)x >R(0) <R(0) >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_11_response_and_r_lost",
	  .script = "| >I(0,0) <I(0,0)x >R(0)x <R(1) >R(0) <I(0,0) =OK" },
	{ .name = "scenario_12_and_r_of_card_lost",
	  .script = "| >I(0,0) <I(0,0)x >R(0)x <R(1)x >R(0) <I(0,0) =OK" },
	{ .name = "scenario_13_and_again",
	  .script = "| >I(0,0) <I(0,0)x >R(0)x <R(1)x >R(0)x <R(1) >R(0) <I(0,0) =OK" },
	{ .name = "scenario_14_wtx_request_lost",
	  .script = "| >I(0,0) <WTX?x >R(0) <WTX? >WTX! <I(0,0) =OK" },
	{ .name = "scenario_15_wtx_request_and_r_lost",
	  .script = "| >I(0,0) <WTX?x >R(0)x <- >R(0) <WTX? >WTX! <I(0,0) =OK" },
	{ .name = "scenario_16_ifs_request_lost",
	  .script = "| >I(0,0) <IFS?x >R(0) <IFS? >IFS! <I(0,0) =OK" },
	{ .name = "scenario_17_ifs_request_and_r_lost",
	  .script = "| >I(0,0) <IFS?x >R(0)x <IFS? >IFS! <I(0,0) =OK" },
	{ .name = "scenario_18_ifs_response_lost",
	  .script = "| >I(0,0) <IFS? >IFS!x <IFS? >IFS! <I(0,0) =OK" },
	{ .name = "scenario_19_block_after_ifs_lost",
	  .script = "| >I(0,0) <IFS? >IFS! <I(0,0)x >R(0) <I(0,0) =OK" },
	{ .name = "scenario_20_and_r_lost",
	  .script = "| >I(0,0) <IFS? >IFS! <I(0,0)x >R(0)x <R(1) >R(0) <I(0,0) =OK" },
	{ .name = "scenario_21_acknowledgement_lost",
	  .script = "| >I(0,1) <R(1)x >R(0) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0) =OK", .ifsc = 5 },
	{ .name = "scenario_22_and_r_lost",
	  .script = "| >I(0,1) <R(1)x >R(0)x <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0) =OK", .ifsc = 5 },
	{ .name = "scenario_23_reader_acknowledgement_lost",
	  .script = "| >I(0,0) <I(0,1) >R(1)x <R(1) >R(1) <I(1,0) =OK" },
	{ .name = "scenario_24_and_r_of_card_lost",
	  .script = "| >I(0,0) <I(0,1) >R(1)x <R(1)x >R(1) <I(1,0) =OK" },
	{ .name = "scenario_25_reader_aborts_its_chain",
	  .script = "| >I(0,1) cancel <R(1) >ABORT? <ABORT! =ABORTED "
	  "| >I(1,1) <R(0) >I(0,1) <R(1) >I(1,0) <I(0,0) =OK", .ifsc = 5 },
	{ .name = "scenario_26_card_aborts_its_chain",
	  .script = "| >I(0,0) <I(0,1) >R(1) <ABORT? >ABORT! <R(1) =ABORTED "
	  "| >I(1,0) <I(1,0) =OK" },
	{ .name = "scenario_27_card_aborts_reader_chain",
	  .script = "| >I(0,1) <R(1) >I(1,1) <ABORT? >ABORT! <R(0) =ABORTED "
	  "| >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0) =OK", .ifsc = 5 },
	/* the RESYNCH is ours: cards differ in which N(S) they go on with */
	{ .name = "scenario_28_reader_aborts_card_chain",
	  .script = "| >I(0,0) cancel <I(0,1) >ABORT? <ABORT! =ABORTED "
	  "| >RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK" },
	/* three attempts in vain bring the reader to a RESYNCH: 29 to 32 */
	{ .name = "scenario_29_resynch",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <I(1,0)x >R(1) <- >R(1) <- >RESYNCH? <RESYNCH! "
	  ">I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_30_resynch_response_lost",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH? <RESYNCH!x "
	  ">RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_31_resynch_request_lost",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH?x <R(0) "
	  ">RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_32_resynch_both_lost",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH?x <R(0)x "
	  ">RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_33_command_never_gets_through",
	  .script = "| >I(0,0)x <R(0)1 >I(0,0)x <R(0)1 >I(0,0)x <R(0)1 >RESYNCH? <RESYNCH! "
	  ">I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_34_resynch_fails",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH? <- >RESYNCH? <- "
	  ">RESYNCH? <- =MUTE" },
	{ .name = "scenario_35_mute_card",
	  .script = "| >I(0,0) <I(0,0) =OK | >I(1,0) <- >R(1) <- >R(1) <- >RESYNCH? <- >RESYNCH? <- "
	  ">RESYNCH? <- =MUTE | >RESYNCH? <RESYNCH! >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_36_mute_from_the_start", .script = "| >I(0,0) <- >R(0) <- >R(0) <- =MUTE" },
	{ .name = "scenario_37_ifs_request_of_reader_lost",
	  .script = "| >IFS?x <R(0)1 >IFS? <IFS!x >IFS? <IFS! >I(0,0) <I(0,0) =OK", .ifsd = 254 },
	{ .name = "scenario_38_ifs_again_after_resynch",
	  .script = "| >IFS? <IFS! >I(0,0) <I(0,0)x >R(0) <I(0,0)x >R(0) <I(0,0)x >RESYNCH? <RESYNCH! "
	  ">IFS? <IFS! >I(0,0) <I(0,0) =OK", .ifsd = 254 },
	{ .name = "scenario_39_ifs_refused",
	  .script = "| >IFS? <R(0) >IFS? <R(0) >IFS? <R(0) >I(0,0) <I(0,0) =OK | >I(1,0) <I(1,0) =OK",
	  .ifsd = 254 },
	{ .name = "scenario_40_whole_chain_after_resynch",
	  .script = "| >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0)x >R(0) <- >R(0) <- >RESYNCH? "
	  "<RESYNCH! >I(0,1) <R(1) >I(1,1) <R(0) >I(0,0) <I(0,0) =OK", .ifsc = 5 },
	{ .name = "scenario_41_abort_response_lost",
	  .script = "| >I(0,0) <I(0,1) >R(1) <ABORT? >ABORT!x <ABORT? >ABORT! <R(1)x >R(1) <R(1) =ABORTED "
	  "| >I(1,0) <I(1,0) =OK" },
	{ .name = "scenario_42_resynch_instead_of_abort",
	  .script = "| >I(0,0) cancel <I(0,1) >ABORT? <- >ABORT? <R(1) >ABORT? <R(1) >RESYNCH? <RESYNCH! "
	  "=ABORTED | >I(0,0) <I(0,0) =OK" },
	{ .name = "scenario_43_r_blocks_in_vain",
	  .script = "| >I(0,0) <R(1) >R(0) <R(1) >R(0) <R(1) >R(0) <R(1) >RESYNCH? <RESYNCH! "
	  ">I(0,0) <I(0,1) >R(1) <R(1) >R(1) <R(1) >R(1) <R(1) >RESYNCH? <RESYNCH! "
	  ">I(0,0) <I(0,1) >R(1) <I(1,1) >R(0) <I(0,1) >R(1) <I(1,1) >R(0) <I(0,0) =OK" },
	{ .name = "scenario_44_three_resynchs",
	  .script = "| >I(0,0) <- >R(0) <R(0) >I(0,0) <- >R(0) <- >R(0) <- >RESYNCH? <RESYNCH! "
	  ">I(0,0) <- >R(0) <- >R(0) <- >RESYNCH? <RESYNCH! "
	  ">I(0,0) <- >R(0) <- >R(0) <- >RESYNCH? <RESYNCH! "
	  ">I(0,0) <- >R(0) <- >R(0) <- =PROTO" },
};

#endif /* VECTORS_T1_H */
