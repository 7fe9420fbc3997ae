// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/iso7816.yaml */
/* YNL-GEN kernel source (tools/net/ynl of Linux 6.12.117-1~deb12u1) */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/iso7816_netlink.h>

/* ISO7816_CMD_READER_GET - do */
const struct nla_policy iso7816_reader_get_nl_policy[ISO7816_A_READER_ID + 1] = {
	[ISO7816_A_READER_ID] = { .type = NLA_U32, },
};

/* ISO7816_CMD_READER_SET - do */
const struct nla_policy iso7816_reader_set_nl_policy[ISO7816_A_READER_POLL_MS + 1] = {
	[ISO7816_A_READER_ID] = { .type = NLA_U32, },
	[ISO7816_A_READER_POLL_MS] = { .type = NLA_U32, },
};

/* ISO7816_CMD_CARD_RESET - do */
const struct nla_policy iso7816_card_reset_nl_policy[ISO7816_A_CARD_RESET_TYPE + 1] = {
	[ISO7816_A_CARD_ID] = { .type = NLA_U32, },
	[ISO7816_A_CARD_RESET_TYPE] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* ISO7816_CMD_CARD_POWER - do */
const struct nla_policy iso7816_card_power_nl_policy[ISO7816_A_CARD_NO_PPS + 1] = {
	[ISO7816_A_CARD_ID] = { .type = NLA_U32, },
	[ISO7816_A_CARD_POWER] = NLA_POLICY_MAX(NLA_U32, 1),
	[ISO7816_A_CARD_CLASSES] = NLA_POLICY_MAX(NLA_U32, 7),
	[ISO7816_A_CARD_PROTOCOLS] = NLA_POLICY_MAX(NLA_U32, 3),
	[ISO7816_A_CARD_MAX_BAUD] = { .type = NLA_U32, },
	[ISO7816_A_CARD_NO_PPS] = { .type = NLA_FLAG, },
};

/* ISO7816_CMD_STATS_GET - do */
const struct nla_policy iso7816_stats_get_nl_policy[ISO7816_A_STATS_ID + 1] = {
	[ISO7816_A_STATS_ID] = { .type = NLA_U32, },
};

/* Ops table for iso7816 */
const struct genl_ops iso7816_nl_ops[5] = {
	{
		.cmd		= ISO7816_CMD_READER_GET,
		.doit		= iso7816_nl_reader_get_doit,
		.dumpit		= iso7816_nl_reader_get_dumpit,
		.policy		= iso7816_reader_get_nl_policy,
		.maxattr	= ISO7816_A_READER_ID,
	},
	{
		.cmd		= ISO7816_CMD_READER_SET,
		.doit		= iso7816_nl_reader_set_doit,
		.policy		= iso7816_reader_set_nl_policy,
		.maxattr	= ISO7816_A_READER_POLL_MS,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= ISO7816_CMD_CARD_RESET,
		.doit		= iso7816_nl_card_reset_doit,
		.policy		= iso7816_card_reset_nl_policy,
		.maxattr	= ISO7816_A_CARD_RESET_TYPE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= ISO7816_CMD_CARD_POWER,
		.doit		= iso7816_nl_card_power_doit,
		.policy		= iso7816_card_power_nl_policy,
		.maxattr	= ISO7816_A_CARD_NO_PPS,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= ISO7816_CMD_STATS_GET,
		.doit		= iso7816_nl_stats_get_doit,
		.dumpit		= iso7816_nl_stats_get_dumpit,
		.policy		= iso7816_stats_get_nl_policy,
		.maxattr	= ISO7816_A_STATS_ID,
	},
};
