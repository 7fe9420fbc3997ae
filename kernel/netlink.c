// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "iso7816": readers, cards and counters, asked for one
 * by one or all at once.  Policies and operations are generated from
 * Documentation/netlink/specs/iso7816.yaml.
 *
 * Operations run in parallel: a reader that is looked up is held by its device's
 * reference count, and what it says of itself is copied under its state_lock.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/netlink.h>

#include "netlink.h"

/* Groups with their permissions, which the generator does not know of */
static const struct genl_multicast_group iso7816_nl_mcgrps[] = {
	[ISO7816_NLGRP_EVENTS] = { .name = ISO7816_MCGRP_EVENTS },
	[ISO7816_NLGRP_PROACTIVE] = {
		.name = ISO7816_MCGRP_PROACTIVE,
		ISO7816_MCAST_NET_ADMIN
	},
};

/* Readers are no part of a network: the initial namespace has them all. */
struct genl_family iso7816_nl_family __ro_after_init = {
	.name		= ISO7816_FAMILY_NAME,
	.version	= ISO7816_FAMILY_VERSION,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= iso7816_nl_ops,
	.n_ops		= ARRAY_SIZE(iso7816_nl_ops),
	.mcgrps		= iso7816_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(iso7816_nl_mcgrps),
};

/* ------------------------------------------------------------- messages */

/* The reader that the attribute names, with a reference, or an ERR_PTR. */
struct iso7816_reader *iso7816_nl_reader(struct genl_info *info, struct nlattr *id)
{
	struct iso7816_reader *reader;

	if (!id) {
		NL_SET_ERR_MSG(info->extack, "the reader's id is missing");
		return ERR_PTR(-EINVAL);
	}
	reader = iso7816_reader_find(nla_get_u32(id));
	if (reader)
		return reader;
	NL_SET_ERR_MSG_ATTR(info->extack, id, "there is no such reader");
	return ERR_PTR(-ENODEV);
}

/* How reader and card stand, but for what an admin alone may know. */
int iso7816_nl_put_state(struct sk_buff *msg, const struct iso7816_state *st)
{
	if (nla_put_u32(msg, ISO7816_A_READER_STATE, st->state) ||
	    nla_put_u32(msg, ISO7816_A_READER_CLASS, st->op_class) ||
	    nla_put_u32(msg, ISO7816_A_READER_PROTOCOL, st->protocol) ||
	    nla_put_u32(msg, ISO7816_A_READER_FI, st->fi) ||
	    nla_put_u32(msg, ISO7816_A_READER_DI, st->di) ||
	    nla_put_u32(msg, ISO7816_A_READER_CLOCK_HZ, st->clock_hz) ||
	    nla_put_u32(msg, ISO7816_A_READER_BAUD, st->baud) ||
	    nla_put_u32(msg, ISO7816_A_READER_IFSC, st->ifsc) ||
	    nla_put_u32(msg, ISO7816_A_READER_IFSD, st->ifsd) ||
	    nla_put_u32(msg, ISO7816_A_READER_GENERATION, st->generation) ||
	    nla_put_s32(msg, ISO7816_A_READER_LOCK_OWNER, st->lock_owner) ||
	    nla_put_u32(msg, ISO7816_A_READER_POLL_MS, st->poll_ms))
		return -EMSGSIZE;
	return 0;
}

static int nl_put_info(struct sk_buff *msg, struct iso7816_reader *reader)
{
	struct iso7816_info info;

	iso7816_get_info(reader, &info);
	if (nla_put_u32(msg, ISO7816_A_READER_ID, reader->id) ||
	    nla_put_string(msg, ISO7816_A_READER_NAME, info.name) ||
	    nla_put_string(msg, ISO7816_A_READER_PHY, info.phy) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_FEATURES, info.features,
			      ISO7816_A_READER_PAD) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_PHY_CAPS, info.phy_caps,
			      ISO7816_A_READER_PAD) ||
	    nla_put_u32(msg, ISO7816_A_READER_MAX_COMMAND, info.max_command) ||
	    nla_put_u32(msg, ISO7816_A_READER_MAX_RESPONSE, info.max_response) ||
	    nla_put_u32(msg, ISO7816_A_READER_MAX_BAUD, info.max_baud))
		return -EMSGSIZE;
	return 0;
}

/* All of a reader, from one moment. */
int iso7816_nl_put_reader(struct sk_buff *msg, struct iso7816_reader *reader, bool admin)
{
	struct iso7816_state st;
	struct iso7816_atr atr;

	iso7816_snapshot(reader, &st, &atr);
	if (nl_put_info(msg, reader) || iso7816_nl_put_state(msg, &st) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_SEQ, st.event_seq,
			      ISO7816_A_READER_PAD))
		return -EMSGSIZE;
	if (atr.len && (nla_put(msg, ISO7816_A_READER_ATR, atr.len, atr.atr) ||
			nla_put_u32(msg, ISO7816_A_READER_CONVENTION, atr.convention)))
		return -EMSGSIZE;
	if (admin && nla_put_u32(msg, ISO7816_A_READER_PROACTIVE_LEN, st.proactive_len))
		return -EMSGSIZE;
	return 0;
}

/* Counters in the order of their attributes */
#define NL_STAT(_attr, _member)	{ ISO7816_A_STATS_##_attr,			\
				  offsetof(struct iso7816_stats, _member) }

static const struct {
	u16 attr;
	u16 offset;
} nl_stats[] = {
	NL_STAT(COMMANDS, commands),
	NL_STAT(POLLS, polls),
	NL_STAT(FAILURES, failures),
	NL_STAT(CANCELED, canceled),
	NL_STAT(RESETS, resets),
	NL_STAT(RECOVERIES, recoveries),
	NL_STAT(INSERTIONS, insertions),
	NL_STAT(ATR_ERRORS, atr_errors),
	NL_STAT(PPS_ERRORS, pps_errors),
	NL_STAT(TX_BYTES, tx_bytes),
	NL_STAT(RX_BYTES, rx_bytes),
	NL_STAT(PARITY_ERRORS, parity_errors),
	NL_STAT(FRAME_ERRORS, frame_errors),
	NL_STAT(OVERRUNS, overruns),
	NL_STAT(UNEXPECTED, unexpected),
	NL_STAT(COLLISIONS, collisions),
	NL_STAT(TIMEOUTS, timeouts),
	NL_STAT(NULLS, nulls),
	NL_STAT(WTX, wtx),
	NL_STAT(BAD_BLOCKS, bad_blocks),
	NL_STAT(RETRANSMITS, retransmits),
	NL_STAT(RESYNCHS, resynchs),
	NL_STAT(ABORTS, aborts),
	NL_STAT(EVENTS_LOST, events_lost),
};

static int nl_put_stats(struct sk_buff *msg, struct iso7816_reader *reader, bool admin)
{
	struct iso7816_stats stats;
	size_t i;
	int ret;

	ret = iso7816_get_stats(reader, &stats);
	if (ret)
		return ret;
	if (nla_put_u32(msg, ISO7816_A_STATS_ID, reader->id))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(nl_stats); i++)
		if (nla_put_u64_64bit(msg, nl_stats[i].attr,
				      *(u64 *)((char *)&stats + nl_stats[i].offset),
				      ISO7816_A_STATS_PAD))
			return -EMSGSIZE;
	return 0;
}

/* ------------------------------------------------------ requests, dumps */

typedef int nl_put_fn(struct sk_buff *msg, struct iso7816_reader *reader, bool admin);

static int nl_get(struct sk_buff *skb, struct genl_info *info, u8 cmd,
		  struct nlattr *id, nl_put_fn *put)
{
	struct iso7816_reader *reader;
	struct sk_buff *msg;
	void *hdr;
	int ret;

	reader = iso7816_nl_reader(info, id);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	ret = -ENOMEM;
	msg = genlmsg_new(ISO7816_NL_READER_SIZE, GFP_KERNEL);
	if (!msg)
		goto out_put;
	hdr = genlmsg_put_reply(msg, info, &iso7816_nl_family, 0, cmd);
	ret = hdr ? put(msg, reader, netlink_capable(skb, CAP_NET_ADMIN)) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(msg);
		goto out_put;
	}
	genlmsg_end(msg, hdr);
	ret = genlmsg_reply(msg, info);
out_put:
	iso7816_put_reader(reader);
	return ret;
}

static int nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		       nl_put_fn *put, struct iso7816_reader *reader)
{
	void *hdr;
	int ret;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &iso7816_nl_family, NLM_F_MULTI, cmd);
	if (!hdr)
		return -EMSGSIZE;
	ret = put(skb, reader, netlink_capable(cb->skb, CAP_NET_ADMIN));
	if (ret) {
		genlmsg_cancel(skb, hdr);
		return ret;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/*
 * A reader that comes or goes between two parts of a dump makes the dump
 * inconsistent, and the receiver is told.
 */
static int nl_dump(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, nl_put_fn *put)
{
	u32 id;

	cb->seq = iso7816_readers_seq();
	for (id = cb->args[0]; id < ISO7816_MINORS; id++) {
		struct iso7816_reader *reader = iso7816_reader_find(id);
		int ret;

		if (!reader)
			continue;
		ret = nl_dump_one(skb, cb, cmd, put, reader);
		iso7816_put_reader(reader);
		/* one that has gone meanwhile is no part of the dump */
		if (ret == -EMSGSIZE)
			break;
	}
	cb->args[0] = id;
	return skb->len;
}

int iso7816_nl_reader_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nl_get(skb, info, ISO7816_CMD_READER_GET, info->attrs[ISO7816_A_READER_ID],
		      iso7816_nl_put_reader);
}

int iso7816_nl_reader_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump(skb, cb, ISO7816_CMD_READER_GET, iso7816_nl_put_reader);
}

int iso7816_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nl_get(skb, info, ISO7816_CMD_STATS_GET, info->attrs[ISO7816_A_STATS_ID],
		      nl_put_stats);
}

int iso7816_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump(skb, cb, ISO7816_CMD_STATS_GET, nl_put_stats);
}

/* An interval that was set here holds until somebody sets another. */
int iso7816_nl_reader_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *poll = info->attrs[ISO7816_A_READER_POLL_MS];
	struct iso7816_reader *reader;
	int ret;

	if (!poll) {
		NL_SET_ERR_MSG(info->extack, "nothing to set");
		return -EINVAL;
	}
	reader = iso7816_nl_reader(info, info->attrs[ISO7816_A_READER_ID]);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	ret = -ENODEV;
	if (!iso7816_is_gone(reader))
		ret = iso7816_proactive_set(reader, NULL, nla_get_u32(poll));
	if (ret == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, poll, "the polling interval is too short");
	iso7816_put_reader(reader);
	return ret;
}

int __init iso7816_netlink_init(void)
{
	return genl_register_family(&iso7816_nl_family);
}

void iso7816_netlink_exit(void)
{
	genl_unregister_family(&iso7816_nl_family);
}
