/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family inside: netlink.c (requests and dumps), netlink-notify.c
 * (multicast) and netlink-card.c (what goes to the card) share how a reader is
 * put into a message.
 */
#ifndef ISO7816_NETLINK_H
#define ISO7816_NETLINK_H

#include <net/genetlink.h>

#include "iso7816-core.h"
#include "netlink-gen.h"

extern struct genl_family iso7816_nl_family;

/* A message with all that there is to say of a reader fits into this */
#define ISO7816_NL_READER_SIZE	1024

/* netlink.c */
struct iso7816_reader *iso7816_nl_reader(struct genl_info *info, struct nlattr *id);
int iso7816_nl_put_state(struct sk_buff *msg, const struct iso7816_state *st);
int iso7816_nl_put_reader(struct sk_buff *msg, struct iso7816_reader *reader, bool admin);

#endif /* ISO7816_NETLINK_H */
