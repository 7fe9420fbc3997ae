// SPDX-License-Identifier: GPL-2.0-only
/*
 * What netlink listeners are told without having asked.  Events come from event.c,
 * which numbers them, in the order of their numbers; the group "proactive" has those
 * of proactive commands, "events" has all others.
 *
 * A listener that lost something learns it twice: by ENOBUFS from its socket, and
 * by the PREV_SEQ of the next message, which is not what it has seen last.
 */
#include "netlink.h"

/* May the group exist at all on this kernel? */
static bool nl_group_usable(enum iso7816_group group)
{
	return group != ISO7816_GROUP_PROACTIVE || ISO7816_HAVE_MCAST_NET_ADMIN;
}

static unsigned int nl_group(enum iso7816_group group)
{
	return group == ISO7816_GROUP_PROACTIVE ? ISO7816_NLGRP_PROACTIVE :
						  ISO7816_NLGRP_EVENTS;
}

static u8 nl_command(const struct iso7816_notice *notice)
{
	if (notice->group == ISO7816_GROUP_PROACTIVE)
		return ISO7816_CMD_PROACTIVE_NTF;
	if (notice->event.type == ISO7816_EVENT_READER_GONE)
		return ISO7816_CMD_READER_DEL_NTF;
	return ISO7816_CMD_CARD_NTF;
}

static int nl_put_notice(struct sk_buff *msg, struct iso7816_reader *reader,
			 const struct iso7816_notice *notice)
{
	const struct iso7816_event *event = &notice->event;

	if (nla_put_u32(msg, ISO7816_A_READER_ID, reader->id) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_SEQ, event->seq,
			      ISO7816_A_READER_PAD) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_PREV_SEQ, notice->prev_seq,
			      ISO7816_A_READER_PAD) ||
	    nla_put_u32(msg, ISO7816_A_READER_EVENT, event->type) ||
	    nla_put_u32(msg, ISO7816_A_READER_EVENT_VALUE, event->value) ||
	    nla_put_u64_64bit(msg, ISO7816_A_READER_EVENT_TIME, event->time_ns,
			      ISO7816_A_READER_PAD))
		return -EMSGSIZE;
	if (notice->group != ISO7816_GROUP_PROACTIVE)
		return iso7816_nl_put_state(msg, &notice->st);
	if (nla_put_u32(msg, ISO7816_A_READER_GENERATION, event->generation) ||
	    nla_put_u32(msg, ISO7816_A_READER_PROACTIVE_LEN, notice->st.proactive_len))
		return -EMSGSIZE;
	return 0;
}

/* Listeners of the group have lost something, for want of memory here. */
static void nl_lost(unsigned int group)
{
	genl_set_err(&iso7816_nl_family, &init_net, 0, group, ENOBUFS);
}

/* Tells the group of an event.  Sleeps. */
void iso7816_netlink_notice(struct iso7816_reader *reader,
			    const struct iso7816_notice *notice)
{
	unsigned int group = nl_group(notice->group);
	struct sk_buff *msg;
	void *hdr;

	if (!nl_group_usable(notice->group) ||
	    !genl_has_listeners(&iso7816_nl_family, &init_net, group))
		return;
	msg = genlmsg_new(ISO7816_NL_READER_SIZE, GFP_KERNEL);
	if (!msg) {
		nl_lost(group);
		return;
	}
	hdr = genlmsg_put(msg, 0, 0, &iso7816_nl_family, 0, nl_command(notice));
	if (!hdr || nl_put_notice(msg, reader, notice)) {
		nlmsg_free(msg);
		nl_lost(group);
		return;
	}
	genlmsg_end(msg, hdr);
	/* listeners without room are told by their sockets */
	genlmsg_multicast(&iso7816_nl_family, msg, 0, group, GFP_KERNEL);
}

/* Events were dropped before they could be told. */
void iso7816_netlink_overrun(void)
{
	nl_lost(ISO7816_NLGRP_EVENTS);
	nl_lost(ISO7816_NLGRP_PROACTIVE);
}

/* There is a new reader.  Sleeps. */
void iso7816_netlink_add(struct iso7816_reader *reader)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(ISO7816_NL_READER_SIZE, GFP_KERNEL);
	if (!msg) {
		nl_lost(ISO7816_NLGRP_EVENTS);
		return;
	}
	hdr = genlmsg_put(msg, 0, 0, &iso7816_nl_family, 0, ISO7816_CMD_READER_ADD_NTF);
	if (!hdr || iso7816_nl_put_reader(msg, reader, false)) {
		nlmsg_free(msg);
		nl_lost(ISO7816_NLGRP_EVENTS);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast(&iso7816_nl_family, msg, 0, ISO7816_NLGRP_EVENTS, GFP_KERNEL);
}
