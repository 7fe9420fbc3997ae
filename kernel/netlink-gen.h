/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/iso7816.yaml */
/* YNL-GEN kernel header (tools/net/ynl of Linux 6.12.117-1~deb12u1) */

#ifndef _LINUX_ISO7816_GEN_H
#define _LINUX_ISO7816_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/iso7816_netlink.h>

extern const struct nla_policy iso7816_reader_get_nl_policy[ISO7816_A_READER_ID + 1];

extern const struct nla_policy iso7816_reader_set_nl_policy[ISO7816_A_READER_POLL_MS + 1];

extern const struct nla_policy iso7816_card_reset_nl_policy[ISO7816_A_CARD_RESET_TYPE + 1];

extern const struct nla_policy iso7816_card_power_nl_policy[ISO7816_A_CARD_NO_PPS + 1];

extern const struct nla_policy iso7816_stats_get_nl_policy[ISO7816_A_STATS_ID + 1];

/* Ops table for iso7816 */
extern const struct genl_ops iso7816_nl_ops[5];

int iso7816_nl_reader_get_doit(struct sk_buff *skb, struct genl_info *info);
int iso7816_nl_reader_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int iso7816_nl_reader_set_doit(struct sk_buff *skb, struct genl_info *info);
int iso7816_nl_card_reset_doit(struct sk_buff *skb, struct genl_info *info);
int iso7816_nl_card_power_doit(struct sk_buff *skb, struct genl_info *info);
int iso7816_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int iso7816_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);

enum {
	ISO7816_NLGRP_EVENTS,
	ISO7816_NLGRP_PROACTIVE,
};

#endif /* _LINUX_ISO7816_GEN_H */
