/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generic netlink with bare sockets, so that a test can send what a library would
 * not: messages with an unknown, a cut-off, or no attribute.  Functions return 0 or a
 * negative errno unless they say otherwise.
 */
#ifndef NL_H
#define NL_H

#include <linux/genetlink.h>
#include <linux/iso7816_netlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest.h"

#define NL_ROOM		16384

/**
 * struct nl - a socket
 * @fd: the socket
 * @family: number of "iso7816", 0 = not known
 * @group: numbers of its groups, 0 = there is none: "events", "proactive"
 * @seq: of the newest request
 * @replies: messages that answered it
 * @flags: flags of all of them together
 * @text: what the kernel said of an error
 * @reply: the first of them
 */
struct nl {
	int fd;
	uint16_t family;
	uint32_t group[2];
	uint32_t seq;
	int replies;
	int flags;
	char text[256];
	union {
		struct nlmsghdr h;
		char bytes[NL_ROOM];
	} reply;
};

/* A message under construction */
struct nl_msg {
	struct nlmsghdr h;
	struct genlmsghdr g;
	char attrs[512];
};

static inline void nl_begin(struct nl_msg *m, int family, uint8_t cmd, uint16_t flags)
{
	memset(m, 0, sizeof(*m));
	m->h.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->h.nlmsg_type = family;
	m->h.nlmsg_flags = NLM_F_REQUEST | flags;
	m->g.cmd = cmd;
	m->g.version = 1;
}

static inline void nl_put(struct nl_msg *m, uint16_t type, const void *data, uint16_t len)
{
	struct nlattr *a = (void *)((char *)m + m->h.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	m->h.nlmsg_len += NLA_ALIGN(a->nla_len);
}

static inline void nl_put_u32(struct nl_msg *m, uint16_t type, uint32_t value)
{
	nl_put(m, type, &value, sizeof(value));
}

/* The attribute in a run of attributes, or NULL */
static inline const struct nlattr *nl_find(const void *p, int len, uint16_t type)
{
	const struct nlattr *a = p;

	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		len -= NLA_ALIGN(a->nla_len);
		a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

static inline const void *nl_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline const struct nlattr *nl_attr(const struct nlmsghdr *h, uint16_t type)
{
	return nl_find((const char *)NLMSG_DATA(h) + GENL_HDRLEN,
		       (int)h->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), type);
}

static inline uint8_t nl_cmd(const struct nlmsghdr *h)
{
	return ((const struct genlmsghdr *)NLMSG_DATA(h))->cmd;
}

/* The number in the attribute, of 32 or 64 bits; -1 if there is none */
static inline long long nl_number(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = nl_attr(h, type);
	uint64_t wide;
	uint32_t narrow;

	if (a && a->nla_len == NLA_HDRLEN + sizeof(wide)) {
		memcpy(&wide, nl_data(a), sizeof(wide));
		return wide;
	}
	if (a && a->nla_len == NLA_HDRLEN + sizeof(narrow)) {
		memcpy(&narrow, nl_data(a), sizeof(narrow));
		return narrow;
	}
	return -1;
}

/* The kernel's text in an error message, into nl->text */
static inline void nl_take_text(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *err = NLMSG_DATA(h);
	unsigned int skip = sizeof(*err);
	const struct nlattr *a;

	nl->text[0] = 0;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	a = nl_find((const char *)err + NLMSG_ALIGN(skip),
		    (int)h->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG);
	if (a)
		snprintf(nl->text, sizeof(nl->text), "%.*s", a->nla_len - NLA_HDRLEN,
			 (const char *)nl_data(a));
}

/* Takes one message of an answer; 1 = more are to come */
static inline int nl_take(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *err = NLMSG_DATA(h);

	if (h->nlmsg_seq != nl->seq)
		return 1;
	nl->flags |= h->nlmsg_flags;
	if (h->nlmsg_type == NLMSG_DONE)
		return 0;
	if (h->nlmsg_type == NLMSG_ERROR) {
		nl_take_text(nl, h);
		return err->error;
	}
	if (!nl->replies++)
		memcpy(&nl->reply, h, h->nlmsg_len);
	return 1;
}

/* Sends @len bytes and takes in the whole answer. */
static inline int nl_ask_raw(struct nl *nl, struct nlmsghdr *h, size_t len)
{
	static union {
		struct nlmsghdr h;
		char bytes[NL_ROOM];
	} in;
	const struct nlmsghdr *p;
	int ret = 1, n;

	h->nlmsg_seq = ++nl->seq;
	nl->replies = 0;
	nl->flags = 0;
	memset(&nl->reply, 0, sizeof(nl->reply));
	if (send(nl->fd, h, len, 0) != (ssize_t)len)
		return -errno;
	while (ret > 0) {
		n = recv(nl->fd, &in, sizeof(in), 0);
		if (n < 0)
			return -errno;
		for (p = &in.h; ret > 0 && NLMSG_OK(p, (unsigned int)n); p = NLMSG_NEXT(p, n))
			ret = nl_take(nl, p);
	}
	return ret;
}

static inline int nl_ask(struct nl *nl, struct nl_msg *m)
{
	m->h.nlmsg_flags |= NLM_F_ACK;
	return nl_ask_raw(nl, &m->h, m->h.nlmsg_len);
}

static inline void nl_take_groups(struct nl *nl, const struct nlattr *groups)
{
	static const char *const names[] = { ISO7816_MCGRP_EVENTS, ISO7816_MCGRP_PROACTIVE };
	const char *p = nl_data(groups);
	int i, len = groups->nla_len - NLA_HDRLEN;

	while (len > NLA_HDRLEN) {
		const struct nlattr *one = (const void *)p;
		int inner = one->nla_len - NLA_HDRLEN;
		const struct nlattr *name = nl_find(nl_data(one), inner, CTRL_ATTR_MCAST_GRP_NAME);
		const struct nlattr *id = nl_find(nl_data(one), inner, CTRL_ATTR_MCAST_GRP_ID);

		for (i = 0; name && id && i < 2; i++)
			if (!strcmp(nl_data(name), names[i]))
				memcpy(&nl->group[i], nl_data(id), sizeof(nl->group[i]));
		len -= NLA_ALIGN(one->nla_len);
		p += NLA_ALIGN(one->nla_len);
	}
}

/* Opens a socket and looks the family up. */
static inline int nl_open(struct nl *nl)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int on = 1, ret;
	struct nl_msg m;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0 || bind(nl->fd, (struct sockaddr *)&self, sizeof(self)))
		return -errno;
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	nl_begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	nl_put(&m, CTRL_ATTR_FAMILY_NAME, ISO7816_FAMILY_NAME, sizeof(ISO7816_FAMILY_NAME));
	ret = nl_ask(nl, &m);
	if (ret || !nl_attr(&nl->reply.h, CTRL_ATTR_FAMILY_ID) ||
	    !nl_attr(&nl->reply.h, CTRL_ATTR_MCAST_GROUPS))
		return ret ? ret : -ENOENT;
	memcpy(&nl->family, nl_data(nl_attr(&nl->reply.h, CTRL_ATTR_FAMILY_ID)), 2);
	nl_take_groups(nl, nl_attr(&nl->reply.h, CTRL_ATTR_MCAST_GROUPS));
	return 0;
}

static inline void nl_close(struct nl *nl)
{
	close(nl->fd);
}

/* Joins group 0 ("events") or 1 ("proactive"). */
static inline int nl_join(struct nl *nl, int group)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl->group[group],
			  sizeof(nl->group[group])) ? -errno : 0;
}

/* The next notification, into nl->reply; -ETIME after @timeout_ms, -ENOBUFS, ... */
static inline int nl_notice(struct nl *nl, int timeout_ms)
{
	int n;

	if (!(poll_for(nl->fd, POLLIN | POLLERR, timeout_ms) & (POLLIN | POLLERR)))
		return -ETIME;
	n = recv(nl->fd, &nl->reply, sizeof(nl->reply), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	return n >= (int)NLMSG_LENGTH(GENL_HDRLEN) && nl->reply.h.nlmsg_type == nl->family ?
	       0 : -EPROTO;
}

/* N of the reader under test, which is its ID */
static inline uint32_t nl_reader_id(void)
{
	const char *number = strrchr(reader_path(), '-');

	return number ? strtoul(number + 1, NULL, 10) : 0;
}

/* A request about the reader under test, one u32 attribute more if @type is not 0 */
static inline int nl_call(struct nl *nl, uint8_t cmd, uint16_t flags, uint16_t type,
			  uint32_t value)
{
	struct nl_msg m;

	nl_begin(&m, nl->family, cmd, flags);
	if (!(flags & NLM_F_DUMP))
		nl_put_u32(&m, ISO7816_A_READER_ID, nl_reader_id());
	if (type)
		nl_put_u32(&m, type, value);
	return nl_ask(nl, &m);
}

#endif /* NL_H */
