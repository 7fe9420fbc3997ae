// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol code for KUnit: what iso7816-kunit.ko tests is the code that is in
 * iso7816.ko. Only built where the kernel has KUnit.
 */
#include <linux/export.h>

#include <iso7816/atr.h>
#include <iso7816/conv.h>
#include <iso7816/pps.h>
#include <iso7816/t0.h>
#include <iso7816/t1.h>
#include <iso7816/timing.h>

EXPORT_SYMBOL_GPL(iso7816_conv_byte);
EXPORT_SYMBOL_GPL(iso7816_conv_from_ts);
EXPORT_SYMBOL_GPL(iso7816_clocks_to_ns);
EXPORT_SYMBOL_GPL(iso7816_etu_to_ns);
EXPORT_SYMBOL_GPL(iso7816_wt_ns);
EXPORT_SYMBOL_GPL(iso7816_cwt_ns);
EXPORT_SYMBOL_GPL(iso7816_baud);
EXPORT_SYMBOL_GPL(iso7816_atr_parse);
EXPORT_SYMBOL_GPL(iso7816_atr_init);
EXPORT_SYMBOL_GPL(iso7816_atr_step);
EXPORT_SYMBOL_GPL(iso7816_pps_plan);
EXPORT_SYMBOL_GPL(iso7816_t0_send);
EXPORT_SYMBOL_GPL(iso7816_t0_receive);
EXPORT_SYMBOL_GPL(iso7816_t0_step);
EXPORT_SYMBOL_GPL(iso7816_t1_init);
EXPORT_SYMBOL_GPL(iso7816_t1_start);
EXPORT_SYMBOL_GPL(iso7816_t1_step);
EXPORT_SYMBOL_GPL(iso7816_t1_cancel);
