// SPDX-License-Identifier: BSD-3-Clause
/*
 * Package #0: who sent it is known only from its digest, so nothing is done before that fits,
 * and nothing is ever sent back.
 */
#include "agent/push.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/log.h"

#define DATAGRAM_MAX	1500
#define DATAGRAMS_PER_WAKE	8

/* So many at once, and so many a second in the long run; the network does not eat the card's share. */
struct bucket {
	int64_t filled;			/* when, in ms */
	unsigned int millis;		/* thousandths of a notification */
	unsigned int dropped;		/* since it ran dry */
};

struct push {
	struct loop *loop;
	const struct config *cfg;
	struct mo_tree *tree;
	struct sessions *sessions;
	int fd;
	struct bucket local, remote;
	struct push_counts counts;
};

/* The two readings of the resync nonce 0x00000000 (spec/oma-dm.md 3.3). */
static const struct {
	const char *bytes;
	size_t len;
} resync_nonces[] = {
	{ "\0\0\0\0", 4 },
	{ "0x00000000", 10 },
};

const char *push_form_name(enum push_form form)
{
	switch (form) {
	case PUSH_WSP: return "wsp";
	case PUSH_SMS: return "sms";
	case PUSH_NOTIFICATION: return "notification";
	case PUSH_N_FORMS: break;
	}
	return "?";
}

/* --------------------------------------------------------------------------------- floods */

static bool take_token(struct bucket *b, const struct config *cfg)
{
	unsigned int full = cfg->push_burst * 1000;
	int64_t now = loop_now();
	int64_t more = (now - b->filled) * cfg->push_rate;

	/* a token takes up to a second: below that the clock's steps would be lost */
	if (more > 0) {
		b->millis = more > full - b->millis ? full : b->millis + (unsigned int)more;
		b->filled = now;
	}
	if (b->millis < 1000) {
		if (!b->dropped++)
			log_line(LOG_WARNING, "too many pushes, dropping some unread");
		return false;
	}
	b->millis -= 1000;
	if (b->dropped)
		log_line(LOG_WARNING, "%u pushes were dropped unread", b->dropped);
	b->dropped = 0;
	return true;
}

/* --------------------------------------------------------------------------------- digest */

static bool fits(const struct dm_notification *n, const struct mo_account *acc,
		 const uint8_t *nonce, size_t len)
{
	const struct mo_credential *c = &acc->server;

	if (dm_notification_check(n, c->secret, nonce, len))
		return true;
	/* some servers put their user name where the ServerID belongs */
	return *c->name && strcmp(c->name, n->server_id) &&
	       dm_notification_check_as(n, c->name, c->secret, nonce, len);
}

/* The stored nonce, the one before as long as it counts, then those for a new start. */
static bool check_digest(struct push *p, const struct dm_notification *n,
			 const struct mo_account *acc, struct session_request *req)
{
	if (fits(n, acc, acc->server.nonce, acc->server.nonce_len))
		return true;
	if (acc->has_previous && fits(n, acc, acc->previous, acc->previous_len))
		return true;
	for (size_t i = 0; p->cfg->push_resync && i < sizeof(resync_nonces) / sizeof(*resync_nonces); i++) {
		const uint8_t *nonce = (const uint8_t *)resync_nonces[i].bytes;

		if (!fits(n, acc, nonce, resync_nonces[i].len))
			continue;
		req->resync = true;
		req->resync_nonce_len = resync_nonces[i].len;
		memcpy(req->resync_nonce, nonce, resync_nonces[i].len);
		return true;
	}
	return false;
}

static int accept_notification(struct push *p, const struct dm_notification *n, const char *origin)
{
	struct session_request req = {
		.server_initiated = true,
		.session_id = n->session_id,
		.ui_mode = n->ui_mode == DM_UI_UNSPECIFIED ? p->cfg->push_ui_mode : n->ui_mode,
	};
	struct mo_account acc;
	int ret;

	if (strlen(n->server_id) >= sizeof(req.server_id))
		return -ENOENT;
	strcpy(req.server_id, n->server_id);
	snprintf(req.origin, sizeof(req.origin), "%s", origin);
	ret = mo_account_load(p->tree, req.server_id, &acc);
	/* without a secret anybody could make the digest */
	if (!ret && (!*acc.server.secret || !check_digest(p, n, &acc, &req)))
		ret = -EACCES;
	mo_account_wipe(&acc);
	/* before it counts as seen: the sender may try again */
	if (!ret && sessions_full(p->sessions))
		ret = -EBUSY;
	if (!ret)
		ret = mo_session_seen(p->tree, req.server_id, req.session_id);
	if (ret > 0)
		return -EALREADY;
	if (!ret)
		ret = sessions_request(p->sessions, &req);
	if (!ret)
		log_line(LOG_NOTICE, "%s: package #0 of %s, session %X, digest ok%s, %zu bytes of the vendor",
			 origin, req.server_id, req.session_id, req.resync ? " (resync nonce)" : "",
			 n->vendor_len);
	explicit_bzero(req.resync_nonce, sizeof(req.resync_nonce));
	return ret;
}

/* ------------------------------------------------------------------------------- delivery */

static int unwrap(const struct push_message *m, const uint8_t **body, size_t *len)
{
	int ret = 0;

	*body = m->data;
	*len = m->len;
	if (m->form == PUSH_SMS)
		ret = dm_sms_unwrap(*body, *len, body, len);
	if (!ret && m->form != PUSH_NOTIFICATION)
		ret = dm_wsp_unwrap(*body, *len, body, len);
	return ret;
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOMSG: return "not a DM notification";
	case -EBADMSG: return "not a WSP push";
	case -EOPNOTSUPP: return "a part of a short message, to be put together before";
	case -ENOENT: return "no account for this server (see [state] bootstrap)";
	case -EACCES: return "wrong digest: server secret or nonce differ";
	}
	return strerror(-err);
}

static int refuse(struct push *p, const char *origin, int err, const char *why)
{
	p->counts.refused++;
	log_line(LOG_WARNING, "%s: push dropped: %s", origin, why ? why : reason(err));
	return err;
}

int push_deliver(struct push *p, const struct push_message *m)
{
	struct dm_notification n;
	const char *why = NULL;
	const uint8_t *body;
	size_t body_len;
	int ret;

	p->counts.received++;
	if (!take_token(m->remote ? &p->remote : &p->local, p->cfg)) {
		p->counts.throttled++;
		return -EAGAIN;
	}
	ret = unwrap(m, &body, &body_len);
	if (ret)
		return refuse(p, m->origin, ret, NULL);
	ret = dm_notification_parse(body, body_len, &n, &why);
	if (ret)
		return refuse(p, m->origin, ret, why);
	ret = accept_notification(p, &n, m->origin);
	if (!ret) {
		p->counts.accepted++;
	} else if (ret == -EALREADY) {
		p->counts.duplicates++;
		log_line(LOG_INFO, "%s: session %X was asked for before, ignored", m->origin,
			 n.session_id);
	} else {
		refuse(p, m->origin, ret, NULL);
	}
	return ret;
}

/* ------------------------------------------------------------------------------- listener */

static void on_datagram(void *arg, int fd, uint32_t events)
{
	struct push *p = arg;
	uint8_t buf[DATAGRAM_MAX];
	char origin[64], addr[INET_ADDRSTRLEN];
	struct push_message m = { .form = PUSH_WSP, .data = buf, .origin = origin };

	for (int i = 0; i < DATAGRAMS_PER_WAKE; i++) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0)
			return;
		m.len = (size_t)n;
		m.remote = ntohl(from.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
		inet_ntop(AF_INET, &from.sin_addr, addr, sizeof(addr));
		snprintf(origin, sizeof(origin), "push from %s:%u", addr, ntohs(from.sin_port));
		if ((size_t)n > sizeof(buf)) {
			p->counts.received++;
			refuse(p, origin, -EMSGSIZE, "longer than any notification");
			continue;
		}
		push_deliver(p, &m);
	}
}

static int parse_listen(const char *text, struct sockaddr_in *sa)
{
	char addr[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	unsigned long port;
	char *end;

	if (!colon || (size_t)(colon - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, (size_t)(colon - text));
	addr[colon - text] = 0;
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port > 65535)
		return -EINVAL;
	*sa = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, addr, &sa->sin_addr) == 1 ? 0 : -EINVAL;
}

static int start_listening(struct push *p, const char *text)
{
	struct sockaddr_in sa;
	int ret = parse_listen(text, &sa);

	if (ret)
		return ret;
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	if (bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return -errno;
	return loop_watch(p->loop, p->fd, EPOLLIN, on_datagram, p);
}

int push_new(struct loop *loop, const struct config *cfg, struct mo_tree *tree,
	     struct sessions *sessions, struct push **ret)
{
	struct push *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	*p = (struct push){
		.loop = loop, .cfg = cfg, .tree = tree, .sessions = sessions, .fd = -1,
		.local = { loop_now(), cfg->push_burst * 1000, 0 },
		.remote = { loop_now(), cfg->push_burst * 1000, 0 },
	};
	if (*cfg->push_listen) {
		err = start_listening(p, cfg->push_listen);
		if (err) {
			log_line(LOG_ERR, "[push] listen = %s: %s", cfg->push_listen,
				 err == -EINVAL ? "not ADDRESS:PORT" : strerror(-err));
			push_free(p);
			return err;
		}
		log_line(LOG_INFO, "listening for pushes on udp %s", cfg->push_listen);
	}
	*ret = p;
	return 0;
}

void push_free(struct push *p)
{
	if (!p)
		return;
	if (p->fd >= 0) {
		loop_watch(p->loop, p->fd, 0, NULL, NULL);
		close(p->fd);
	}
	free(p);
}

void push_get_counts(const struct push *p, struct push_counts *c)
{
	*c = p->counts;
}
