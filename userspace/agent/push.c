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

struct push {
	struct loop *loop;
	struct mo_tree *tree;
	struct sessions *sessions;
	int fd;
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

static bool check_digest(const struct dm_notification *n, const struct mo_account *acc,
			 struct session_request *req)
{
	const char *secret = acc->server.secret;

	if (dm_notification_check(n, secret, acc->server.nonce, acc->server.nonce_len))
		return true;
	for (size_t i = 0; i < sizeof(resync_nonces) / sizeof(*resync_nonces); i++) {
		const uint8_t *nonce = (const uint8_t *)resync_nonces[i].bytes;

		if (!dm_notification_check(n, secret, nonce, resync_nonces[i].len))
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
		.ui_mode = n->ui_mode,
	};
	struct mo_account acc;
	int ret;

	if (strlen(n->server_id) >= sizeof(req.server_id))
		return -ENOENT;
	strcpy(req.server_id, n->server_id);
	snprintf(req.origin, sizeof(req.origin), "%s", origin);
	ret = mo_account_load(p->tree, req.server_id, &acc);
	if (!ret && !check_digest(n, &acc, &req))
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
		log_line(LOG_NOTICE, "%s: package #0 of %s, session %X, digest ok%s", origin,
			 req.server_id, req.session_id, req.resync ? " (resync nonce)" : "");
	return ret;
}

static void refuse(struct push *p, const char *origin, int err, const char *why)
{
	p->counts.refused++;
	log_line(LOG_WARNING, "%s: push dropped: %s", origin, why ? why : strerror(-err));
}

int push_deliver(struct push *p, const uint8_t *pdu, size_t len, const char *origin)
{
	struct dm_notification n;
	const char *why = NULL;
	const uint8_t *body;
	size_t body_len;
	int ret;

	p->counts.received++;
	ret = dm_wsp_unwrap(pdu, len, &body, &body_len);
	if (ret) {
		refuse(p, origin, ret, ret == -ENOMSG ? "not a DM notification" :
		       "not a WSP push");
		return ret;
	}
	ret = dm_notification_parse(body, body_len, &n, &why);
	if (ret) {
		refuse(p, origin, ret, why);
		return ret;
	}
	ret = accept_notification(p, &n, origin);
	switch (ret) {
	case 0:
		p->counts.accepted++;
		break;
	case -EALREADY:
		p->counts.duplicates++;
		log_line(LOG_INFO, "%s: session %X was asked for before, ignored", origin,
			 n.session_id);
		break;
	case -ENOENT:
		refuse(p, origin, ret, "no account for this server (see [state] bootstrap)");
		break;
	case -EACCES:
		refuse(p, origin, ret, "wrong digest: server secret or nonce differ");
		break;
	default:
		refuse(p, origin, ret, NULL);
	}
	return ret;
}

static void on_datagram(void *arg, int fd, uint32_t events)
{
	struct push *p = arg;
	uint8_t buf[DATAGRAM_MAX];
	char origin[64], addr[INET_ADDRSTRLEN];

	for (int i = 0; i < DATAGRAMS_PER_WAKE; i++) {
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC,
				     (struct sockaddr *)&from, &from_len);

		if (n < 0)
			return;
		inet_ntop(AF_INET, &from.sin_addr, addr, sizeof(addr));
		snprintf(origin, sizeof(origin), "push from %s:%u", addr, ntohs(from.sin_port));
		if ((size_t)n > sizeof(buf)) {
			p->counts.received++;
			refuse(p, origin, 0, "longer than any notification");
			continue;
		}
		push_deliver(p, buf, (size_t)n, origin);
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
	*p = (struct push){ .loop = loop, .tree = tree, .sessions = sessions, .fd = -1 };
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
