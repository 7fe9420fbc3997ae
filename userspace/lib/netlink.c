// SPDX-License-Identifier: BSD-3-Clause
/*
 * See iso7816-netlink.h.  Two sockets, so that an answer is never behind a heap of
 * notifications, nor lost with one: libnl-genl does the rest.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/iso7816_netlink.h>

#include "lib/iso7816-netlink.h"

/* More than any message of the family, and than a part of a dump */
#define MESSAGE_MAX	32768

struct iso7816_nl {
	struct nl_sock *ask;
	struct nl_sock *events;
	int family;
	int error;		/* of the request under way, as the kernel said it */
	bool inconsistent;	/* the dump under way is */
	iso7816_nl_reader_fn *reader_fn;
	iso7816_nl_event_fn *event_fn;
	void *ctx;
};

/* What libnl says of an error of its own, or of a system call */
static int error_of(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_DUMP_INTR:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

/* -------------------------------------------------------------- messages */

static struct nla_policy reader_policy[ISO7816_A_READER_MAX + 1] = {
	[ISO7816_A_READER_ID] = { .type = NLA_U32 },
	[ISO7816_A_READER_NAME] = { .type = NLA_STRING, .maxlen = ISO7816_NAME_LEN - 1 },
	[ISO7816_A_READER_PHY] = { .type = NLA_STRING, .maxlen = ISO7816_NAME_LEN - 1 },
	[ISO7816_A_READER_FEATURES] = { .type = NLA_U64 },
	[ISO7816_A_READER_PHY_CAPS] = { .type = NLA_U64 },
	[ISO7816_A_READER_MAX_COMMAND] = { .type = NLA_U32 },
	[ISO7816_A_READER_MAX_RESPONSE] = { .type = NLA_U32 },
	[ISO7816_A_READER_MAX_BAUD] = { .type = NLA_U32 },
	[ISO7816_A_READER_SEQ] = { .type = NLA_U64 },
	[ISO7816_A_READER_STATE] = { .type = NLA_U32 },
	[ISO7816_A_READER_CLASS] = { .type = NLA_U32 },
	[ISO7816_A_READER_PROTOCOL] = { .type = NLA_U32 },
	[ISO7816_A_READER_FI] = { .type = NLA_U32 },
	[ISO7816_A_READER_DI] = { .type = NLA_U32 },
	[ISO7816_A_READER_CLOCK_HZ] = { .type = NLA_U32 },
	[ISO7816_A_READER_BAUD] = { .type = NLA_U32 },
	[ISO7816_A_READER_IFSC] = { .type = NLA_U32 },
	[ISO7816_A_READER_IFSD] = { .type = NLA_U32 },
	[ISO7816_A_READER_GENERATION] = { .type = NLA_U32 },
	[ISO7816_A_READER_LOCK_OWNER] = { .type = NLA_U32 },
	[ISO7816_A_READER_POLL_MS] = { .type = NLA_U32 },
	[ISO7816_A_READER_ATR] = { .type = NLA_UNSPEC, .maxlen = ISO7816_ATR_LEN },
	[ISO7816_A_READER_CONVENTION] = { .type = NLA_U32 },
	[ISO7816_A_READER_PROACTIVE_LEN] = { .type = NLA_U32 },
	[ISO7816_A_READER_EVENT] = { .type = NLA_U32 },
	[ISO7816_A_READER_EVENT_VALUE] = { .type = NLA_U32 },
	[ISO7816_A_READER_EVENT_TIME] = { .type = NLA_U64 },
	[ISO7816_A_READER_PREV_SEQ] = { .type = NLA_U64 },
};

static uint32_t u32_of(struct nlattr **tb, int attr)
{
	return tb[attr] ? nla_get_u32(tb[attr]) : 0;
}

static uint64_t u64_of(struct nlattr **tb, int attr)
{
	return tb[attr] ? nla_get_u64(tb[attr]) : 0;
}

static void text_of(struct nlattr **tb, int attr, char *text, size_t room)
{
	if (tb[attr])
		nla_strlcpy(text, tb[attr], room);
}

static void read_state(struct nlattr **tb, struct iso7816_state *st)
{
	st->state = u32_of(tb, ISO7816_A_READER_STATE);
	st->op_class = u32_of(tb, ISO7816_A_READER_CLASS);
	st->protocol = u32_of(tb, ISO7816_A_READER_PROTOCOL);
	st->fi = u32_of(tb, ISO7816_A_READER_FI);
	st->di = u32_of(tb, ISO7816_A_READER_DI);
	st->clock_hz = u32_of(tb, ISO7816_A_READER_CLOCK_HZ);
	st->baud = u32_of(tb, ISO7816_A_READER_BAUD);
	st->ifsc = u32_of(tb, ISO7816_A_READER_IFSC);
	st->ifsd = u32_of(tb, ISO7816_A_READER_IFSD);
	st->generation = u32_of(tb, ISO7816_A_READER_GENERATION);
	st->lock_owner = (int32_t)u32_of(tb, ISO7816_A_READER_LOCK_OWNER);
	st->poll_ms = u32_of(tb, ISO7816_A_READER_POLL_MS);
	st->proactive_len = u32_of(tb, ISO7816_A_READER_PROACTIVE_LEN);
	st->event_seq = u64_of(tb, ISO7816_A_READER_SEQ);
}

static void read_reader(struct nlattr **tb, struct iso7816_nl_reader *r)
{
	struct nlattr *atr = tb[ISO7816_A_READER_ATR];

	memset(r, 0, sizeof(*r));
	r->id = u32_of(tb, ISO7816_A_READER_ID);
	text_of(tb, ISO7816_A_READER_NAME, r->info.name, sizeof(r->info.name));
	text_of(tb, ISO7816_A_READER_PHY, r->info.phy, sizeof(r->info.phy));
	r->info.features = u64_of(tb, ISO7816_A_READER_FEATURES);
	r->info.phy_caps = u64_of(tb, ISO7816_A_READER_PHY_CAPS);
	r->info.max_command = u32_of(tb, ISO7816_A_READER_MAX_COMMAND);
	r->info.max_response = u32_of(tb, ISO7816_A_READER_MAX_RESPONSE);
	r->info.max_baud = u32_of(tb, ISO7816_A_READER_MAX_BAUD);
	read_state(tb, &r->st);
	r->proactive_known = tb[ISO7816_A_READER_PROACTIVE_LEN];
	if (atr) {
		r->atr.len = nla_len(atr);	/* the policy has limited it */
		memcpy(r->atr.atr, nla_data(atr), r->atr.len);
		r->atr.convention = u32_of(tb, ISO7816_A_READER_CONVENTION);
		r->atr.generation = r->st.generation;
	}
}

static bool parse(struct nl_msg *msg, struct nlattr **tb, int max, struct nla_policy *policy)
{
	return !genlmsg_parse(nlmsg_hdr(msg), 0, tb, max, policy);
}

/* A message that is none of ours, or not as it should be, is let go. */
static int take_reader(struct nl_msg *msg, void *arg)
{
	struct iso7816_nl *nl = arg;
	struct nlattr *tb[ISO7816_A_READER_MAX + 1];
	struct iso7816_nl_reader reader;

	if (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->inconsistent = true;
	if (!parse(msg, tb, ISO7816_A_READER_MAX, reader_policy) || !tb[ISO7816_A_READER_ID])
		return NL_SKIP;
	read_reader(tb, &reader);
	nl->reader_fn(&reader, nl->ctx);
	return NL_OK;
}

static bool kind_of(uint8_t cmd, enum iso7816_nl_kind *kind)
{
	switch (cmd) {
	case ISO7816_CMD_READER_ADD_NTF:
		*kind = ISO7816_NL_READER_ADDED;
		return true;
	case ISO7816_CMD_READER_DEL_NTF:
		*kind = ISO7816_NL_READER_GONE;
		return true;
	case ISO7816_CMD_CARD_NTF:
		*kind = ISO7816_NL_CARD;
		return true;
	case ISO7816_CMD_PROACTIVE_NTF:
		*kind = ISO7816_NL_PROACTIVE;
		return true;
	default:
		return false;
	}
}

static int take_event(struct nl_msg *msg, void *arg)
{
	struct iso7816_nl *nl = arg;
	struct nlattr *tb[ISO7816_A_READER_MAX + 1];
	struct iso7816_nl_event event = { 0 };

	if (nlmsg_hdr(msg)->nlmsg_type != nl->family ||
	    !kind_of(genlmsg_hdr(nlmsg_hdr(msg))->cmd, &event.kind) ||
	    !parse(msg, tb, ISO7816_A_READER_MAX, reader_policy) || !tb[ISO7816_A_READER_ID])
		return NL_SKIP;
	read_reader(tb, &event.reader);
	event.ev.seq = event.reader.st.event_seq;
	event.ev.time_ns = u64_of(tb, ISO7816_A_READER_EVENT_TIME);
	event.ev.type = u32_of(tb, ISO7816_A_READER_EVENT);
	event.ev.value = u32_of(tb, ISO7816_A_READER_EVENT_VALUE);
	event.ev.generation = event.reader.st.generation;
	event.prev_seq = u64_of(tb, ISO7816_A_READER_PREV_SEQ);
	nl->event_fn(&event, nl->ctx);
	return NL_OK;
}

static int take_error(struct sockaddr_nl *who, struct nlmsgerr *err, void *arg)
{
	struct iso7816_nl *nl = arg;

	nl->error = err->error;
	return NL_STOP;
}

/* --------------------------------------------------------------- sockets */

static struct nl_sock *connected(void)
{
	struct nl_sock *s = nl_socket_alloc();

	if (!s)
		return NULL;
	nl_socket_set_msg_buf_size(s, MESSAGE_MAX);
	if (!genl_connect(s))
		return s;
	nl_socket_free(s);
	return NULL;
}

int iso7816_nl_open(struct iso7816_nl **ret)
{
	struct iso7816_nl *nl = calloc(1, sizeof(*nl));
	int err = -ENOMEM;

	if (!nl)
		return -ENOMEM;
	nl->ask = connected();
	nl->events = connected();
	if (!nl->ask || !nl->events)
		goto fail;
	nl->family = genl_ctrl_resolve(nl->ask, ISO7816_FAMILY_NAME);
	if (nl->family < 0) {
		err = error_of(nl->family);
		goto fail;
	}
	nl_socket_modify_err_cb(nl->ask, NL_CB_CUSTOM, take_error, nl);
	nl_socket_disable_seq_check(nl->events);
	nl_socket_set_nonblocking(nl->events);
	nl_socket_modify_cb(nl->events, NL_CB_VALID, NL_CB_CUSTOM, take_event, nl);
	*ret = nl;
	return 0;
fail:
	iso7816_nl_close(nl);
	return err;
}

void iso7816_nl_close(struct iso7816_nl *nl)
{
	if (!nl)
		return;
	if (nl->ask)
		nl_socket_free(nl->ask);
	if (nl->events)
		nl_socket_free(nl->events);
	free(nl);
}

int iso7816_nl_set_buffer(struct iso7816_nl *nl, int bytes)
{
	return setsockopt(nl_socket_get_fd(nl->events), SOL_SOCKET, SO_RCVBUF, &bytes,
			  sizeof(bytes)) ? -errno : 0;
}

int iso7816_nl_subscribe(struct iso7816_nl *nl, bool proactive)
{
	int group = genl_ctrl_resolve_grp(nl->ask, ISO7816_FAMILY_NAME,
					  proactive ? ISO7816_MCGRP_PROACTIVE :
						      ISO7816_MCGRP_EVENTS);

	if (group < 0)
		return error_of(group);
	return error_of(nl_socket_add_membership(nl->events, group));
}

int iso7816_nl_fd(const struct iso7816_nl *nl)
{
	return nl_socket_get_fd(nl->events);
}

int iso7816_nl_readers(struct iso7816_nl *nl, iso7816_nl_reader_fn *fn, void *ctx)
{
	int err;

	nl->reader_fn = fn;
	nl->ctx = ctx;
	nl->error = 0;
	nl->inconsistent = false;
	nl_socket_modify_cb(nl->ask, NL_CB_VALID, NL_CB_CUSTOM, take_reader, nl);
	err = genl_send_simple(nl->ask, nl->family, ISO7816_CMD_READER_GET,
			       ISO7816_FAMILY_VERSION, NLM_F_DUMP);
	if (err >= 0)
		err = nl_recvmsgs_default(nl->ask);
	if (nl->error)
		return nl->error;
	if (err < 0)
		return error_of(err);
	return nl->inconsistent ? -EAGAIN : 0;
}

int iso7816_nl_receive(struct iso7816_nl *nl, iso7816_nl_event_fn *fn, void *ctx)
{
	int err;

	nl->event_fn = fn;
	nl->ctx = ctx;
	do {
		err = nl_recvmsgs_default(nl->events);
	} while (err >= 0);
	/* libnl has one error for a full socket buffer and for no memory: both lose */
	if (err == -NLE_NOMEM)
		return -ENOBUFS;
	return err == -NLE_AGAIN ? 0 : error_of(err);
}
