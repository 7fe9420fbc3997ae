// SPDX-License-Identifier: BSD-3-Clause
/*
 * Local connections of the card: UDP and TCP client to services of this device,
 * on 127.0.0.1 and nowhere else.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cat/internal.h"

/* 0: connected, 1: will be, -errno */
static int connect_local(int fd, uint16_t port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return 0;
	return errno == EINPROGRESS || errno == EINTR ? 1 : -errno;
}

int cat_client_open(struct cat_channel *ch)
{
	bool udp = ch->transport == CAT_TRANSPORT_UDP_CLIENT_LOCAL;
	int type = udp ? SOCK_DGRAM : SOCK_STREAM;
	int fd, one = 1, res, err;

	fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!udp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	res = connect_local(fd, ch->port);
	if (res < 0) {
		close(fd);
		return res;
	}
	ch->fd = fd;
	cat_channel_step(ch, res ? CAT_CHANNEL_EV_CONNECTING : CAT_CHANNEL_EV_OPENED);
	err = cat_channel_watch(ch);
	if (err)
		cat_channel_step(ch, CAT_CHANNEL_EV_CARD_CLOSES);
	return err;
}

void cat_client_connected(struct cat_channel *ch)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(ch->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	cat_channel_step(ch, err ? CAT_CHANNEL_EV_PEER_GONE : CAT_CHANNEL_EV_CONNECTED);
	cat_execute_channel(ch, -err);
}
