// SPDX-License-Identifier: BSD-3-Clause
/*
 * UICC server mode: the card's HTTP server (SCWS) behind a TCP port.  The port
 * exists only while the card has the channel open, on the loopback only; one client
 * at a time, the next ones wait in the backlog.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "cat/internal.h"

#define BACKLOG		4
#define ACCEPT_PAUSE_MS	1000

static void accept_again(void *arg)
{
	struct cat_channel *ch = arg;

	ch->accept_paused = false;
	cat_channel_watch(ch);
}

void cat_server_forget(struct cat_channel *ch)
{
	if (ch->accept_paused)
		ch->cat->ops.timer(ch->cat->ctx, -1, accept_again, ch);
	ch->accept_paused = false;
}

/* Without a pause an event loop out of descriptors would spin on the listener. */
static void pause_accept(struct cat_channel *ch, int err)
{
	cat_log(ch->cat, LOG_WARNING, "channel %u: cannot accept a client: %s", ch->id,
		strerror(err));
	ch->accept_paused = !ch->cat->ops.timer(ch->cat->ctx, ACCEPT_PAUSE_MS, accept_again, ch);
	cat_channel_watch(ch);
}

void cat_server_accept(void *arg, int listen_fd, uint32_t events)
{
	struct cat_channel *ch = arg;
	int fd, one = 1;

	if (listen_fd != ch->listen_fd || ch->state != CAT_CHANNEL_LISTEN)
		return;
	fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/* a client that changed its mind is no reason to rest */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accept(ch, errno);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	ch->fd = fd;
	cat_channel_step(ch, CAT_CHANNEL_EV_CONNECTED);
	/* a connection that is not watched would never be served */
	if (cat_channel_watch(ch) < 0)
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	cat_step(ch->cat, CAT_EV_WORK);
}

int cat_server_open(struct cat_channel *ch)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(ch->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd, one = 1, err;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* clients of a former life may linger in TIME_WAIT */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, BACKLOG) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	ch->listen_fd = fd;
	cat_channel_step(ch, CAT_CHANNEL_EV_OPENED);
	err = cat_channel_watch(ch);
	if (err)
		cat_channel_step(ch, CAT_CHANNEL_EV_CARD_CLOSES);
	return err;
}
