// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink requests that go to the card: reset, power.  They can take longer than a
 * netlink operation, which holds up others, may: who asked waits a moment, and is
 * then told that it goes on without him, or that its turn did not come.
 */
#include "netlink.h"

/* A reset of a sound card is over by then, at the slowest rate too */
#define NL_PATIENCE	(2 * HZ)

static int nl_reply_generation(struct genl_info *info, u8 cmd, u32 id, u32 generation)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(nla_total_size(sizeof(u32)) * 2, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &iso7816_nl_family, 0, cmd);
	if (!hdr || nla_put_u32(msg, ISO7816_A_CARD_ID, id) ||
	    nla_put_u32(msg, ISO7816_A_CARD_GENERATION, generation)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* Takes over the reference to @req. */
static int nl_card(struct genl_info *info, u8 cmd, struct iso7816_reader *reader,
		   struct iso7816_request *req)
{
	int ret;

	ret = iso7816_queue(reader, req);
	if (!ret)
		ret = iso7816_wait(reader, req, NL_PATIENCE, -EBUSY, -EINPROGRESS);
	switch (ret) {
	case 0:
		ret = nl_reply_generation(info, cmd, reader->id, req->generation);
		break;
	case -ERESTARTSYS:
		/* a signal, while others had the reader */
		ret = -EBUSY;
		fallthrough;
	case -EBUSY:
		NL_SET_ERR_MSG(info->extack, "others use the reader");
		break;
	case -EINTR:
		/* netlink sends no answer with this one */
		ret = -EINPROGRESS;
		fallthrough;
	case -EINPROGRESS:
		NL_SET_ERR_MSG(info->extack, "goes on; events tell how it ends");
		break;
	}
	iso7816_request_put(req);
	return ret;
}

int iso7816_nl_card_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *type = info->attrs[ISO7816_A_CARD_RESET_TYPE];
	struct iso7816_reader *reader;
	struct iso7816_request *req;
	int ret;

	if (!type) {
		NL_SET_ERR_MSG(info->extack, "the type of the reset is missing");
		return -EINVAL;
	}
	reader = iso7816_nl_reader(info, info->attrs[ISO7816_A_CARD_ID]);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	ret = -ENOMEM;
	req = iso7816_request_alloc(ISO7816_REQ_RESET, 0, 0);
	if (req) {
		req->cold = nla_get_u32(type) == ISO7816_RESET_COLD;
		ret = nl_card(info, ISO7816_CMD_CARD_RESET, reader, req);
	}
	iso7816_put_reader(reader);
	return ret;
}

static u32 nl_optional(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

static int nl_wish(struct genl_info *info, const struct iso7816_reader *reader,
		   struct iso7816_wish *wish)
{
	wish->classes = nl_optional(info, ISO7816_A_CARD_CLASSES);
	wish->protocols = nl_optional(info, ISO7816_A_CARD_PROTOCOLS) ?: BIT(0) | BIT(1);
	wish->max_baud = nl_optional(info, ISO7816_A_CARD_MAX_BAUD);
	wish->no_pps = nla_get_flag(info->attrs[ISO7816_A_CARD_NO_PPS]);
	if (!wish->classes || !reader->phy.classes || wish->classes & reader->phy.classes)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[ISO7816_A_CARD_CLASSES],
			    "the reader has none of these classes");
	return -EOPNOTSUPP;
}

int iso7816_nl_card_power_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *power = info->attrs[ISO7816_A_CARD_POWER];
	struct iso7816_reader *reader;
	struct iso7816_request *req;
	bool on;
	int ret;

	if (!power) {
		NL_SET_ERR_MSG(info->extack, "power on or off?");
		return -EINVAL;
	}
	on = nla_get_u32(power) == ISO7816_POWER_ON;
	reader = iso7816_nl_reader(info, info->attrs[ISO7816_A_CARD_ID]);
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	req = iso7816_request_alloc(on ? ISO7816_REQ_POWER_ON : ISO7816_REQ_POWER_OFF, 0, 0);
	ret = -ENOMEM;
	if (!req)
		goto out_reader;
	if (on) {
		ret = nl_wish(info, reader, &req->wish);
		if (ret) {
			iso7816_request_put(req);
			goto out_reader;
		}
	}
	ret = nl_card(info, ISO7816_CMD_CARD_POWER, reader, req);
out_reader:
	iso7816_put_reader(reader);
	return ret;
}
