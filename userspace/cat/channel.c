// SPDX-License-Identifier: BSD-3-Clause
/*
 * BIP channels (TS 102 223, 6.6.27 to 6.6.31): the state of each, its two buffers,
 * and the bytes between them and the socket.  Nothing is lost in between: a full
 * buffer stops the reading, a socket that does not take bytes keeps them here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "cat/internal.h"

/*
 * A client that closed its side may still wait for the answer; TCP does not tell it
 * from one that is gone.  After so long without any move of the card it counts as gone.
 */
#define GRACE_MS	10000
/* Bytes of a peer that are read and thrown away when the card hangs up on it */
#define DISCARD_MAX	65536

static const char * const state_names[] = {
	[CAT_CHANNEL_CLOSED] = "closed",
	[CAT_CHANNEL_LISTEN] = "listening",
	[CAT_CHANNEL_CONNECTING] = "connecting",
	[CAT_CHANNEL_ESTABLISHED] = "established",
	[CAT_CHANNEL_DROPPED] = "dropped",
};

static bool is_server(const struct cat_channel *ch)
{
	return ch->transport == CAT_TRANSPORT_TCP_SERVER;
}

static bool is_udp(const struct cat_channel *ch)
{
	return ch->transport == CAT_TRANSPORT_UDP_CLIENT_LOCAL;
}

void cat_channels_init(struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_CHANNELS; i++)
		cat->channels[i] = (struct cat_channel){
			.cat = cat, .id = (uint8_t)(i + 1), .listen_fd = -1, .fd = -1,
		};
}

void cat_channels_reset(struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_CHANNELS; i++) {
		cat_channel_step(&cat->channels[i], CAT_CHANNEL_EV_CARD_LOST);
		cat->channels[i].known = false;
	}
}

struct cat_channel *cat_channel_free(struct cat *cat)
{
	unsigned int i;

	for (i = 0; i < CAT_CHANNELS; i++) {
		if (cat->channels[i].state == CAT_CHANNEL_CLOSED)
			return &cat->channels[i];
	}
	return NULL;
}

int cat_channel_alloc(struct cat_channel *ch, enum cat_transport transport, uint16_t port,
		      size_t size)
{
	ch->rx = malloc(size);
	ch->tx = malloc(size);
	if (!ch->rx || !ch->tx) {
		free(ch->rx);
		free(ch->tx);
		ch->rx = ch->tx = NULL;
		return -ENOMEM;
	}
	ch->transport = transport;
	ch->port = port;
	ch->size = size;
	return 0;
}

void cat_channel_status(const struct cat_channel *ch, uint8_t status[2])
{
	status[0] = ch->id;
	status[1] = 0x00;
	switch (ch->state) {
	case CAT_CHANNEL_LISTEN:
		status[0] |= 0x40;
		break;
	case CAT_CHANNEL_ESTABLISHED:
		status[0] |= 0x80;
		break;
	case CAT_CHANNEL_DROPPED:
		status[1] = 0x05;
		break;
	case CAT_CHANNEL_CLOSED:
	case CAT_CHANNEL_CONNECTING:
		break;
	}
}

/* ---- the event loop ---- */

static void grace_over(void *arg)
{
	struct cat_channel *ch = arg;

	cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	cat_step(ch->cat, CAT_EV_WORK);
}

/* (Re)starts the time that a half-closed client is kept. */
static void extend_grace(struct cat_channel *ch)
{
	if (ch->eof && ch->state == CAT_CHANNEL_ESTABLISHED)
		ch->cat->ops.timer(ch->cat->ctx, GRACE_MS, grace_over, ch);
}

static uint32_t wanted_events(const struct cat_channel *ch)
{
	uint32_t events = EPOLLHUP;	/* always reported, and keeps the fd registered */
	bool room = is_udp(ch) ? !ch->rx_len : ch->rx_len < ch->size;

	if (ch->fd < 0)
		return 0;
	if (ch->state == CAT_CHANNEL_CONNECTING)
		return EPOLLOUT;
	if (room && !ch->eof)
		events |= EPOLLIN;
	if (ch->tx_flush)
		events |= EPOLLOUT;
	return events;
}

static uint32_t wanted_listen_events(const struct cat_channel *ch)
{
	/* the card hears of the next client after it heard of the end of the last one */
	if (ch->state != CAT_CHANNEL_LISTEN || ch->accept_paused ||
	    cat_envelope_queued(ch->cat, CAT_ENVELOPE_STATUS, ch->id))
		return 0;
	return EPOLLIN;
}

static int update_watch(struct cat_channel *ch, int fd, uint32_t *watched, uint32_t wanted,
			cat_fd_fn fn)
{
	int err;

	if (fd < 0 || *watched == wanted)
		return 0;
	err = ch->cat->ops.watch(ch->cat->ctx, fd, wanted, fn, ch);
	if (err) {
		cat_log(ch->cat, LOG_ERR, "channel %u: event loop refuses the socket: %s", ch->id,
			strerror(-err));
		return err;
	}
	*watched = wanted;
	return 0;
}

int cat_channel_watch(struct cat_channel *ch)
{
	int err = update_watch(ch, ch->listen_fd, &ch->listen_watched,
			       wanted_listen_events(ch), cat_server_accept);
	int err2 = update_watch(ch, ch->fd, &ch->watched, wanted_events(ch), cat_channel_ready);

	return err ? err : err2;
}

static void close_fd(struct cat_channel *ch, int *fd, uint32_t *watched, cat_fd_fn fn)
{
	if (*fd < 0)
		return;
	if (*watched)
		ch->cat->ops.watch(ch->cat->ctx, *fd, 0, fn, ch);
	*watched = 0;
	close(*fd);
	*fd = -1;
}

/* ---- states ---- */

/*
 * Ends the connection.  Bytes left unread would turn our FIN into a reset that can
 * overtake the last bytes of the card's answer, so they are taken off first.
 */
static void close_connection(struct cat_channel *ch)
{
	uint8_t scrap[1024];
	size_t total = 0;
	ssize_t n = 0;

	if (ch->fd >= 0 && !is_udp(ch) && ch->state == CAT_CHANNEL_ESTABLISHED) {
		shutdown(ch->fd, SHUT_WR);
		while (total < DISCARD_MAX && (n = recv(ch->fd, scrap, sizeof(scrap), 0)) > 0)
			total += (size_t)n;
		explicit_bzero(scrap, sizeof(scrap));
	}
	close_fd(ch, &ch->fd, &ch->watched, cat_channel_ready);
	if (ch->eof)
		ch->cat->ops.timer(ch->cat->ctx, -1, grace_over, ch);
}

static void empty_buffers(struct cat_channel *ch)
{
	if (ch->rx)
		explicit_bzero(ch->rx, ch->size);
	if (ch->tx)
		explicit_bzero(ch->tx, ch->size);
	ch->rx_len = ch->tx_len = ch->tx_flush = 0;
	ch->eof = ch->unanswered = ch->announced = false;
	cat_envelope_forget(ch->cat, CAT_ENVELOPE_DATA, ch->id);
}

static void release(struct cat_channel *ch)
{
	close_connection(ch);
	cat_server_forget(ch);
	close_fd(ch, &ch->listen_fd, &ch->listen_watched, cat_server_accept);
	empty_buffers(ch);
	free(ch->rx);
	free(ch->tx);
	ch->rx = ch->tx = NULL;
	ch->size = 0;
}

static void tell_status(struct cat_channel *ch)
{
	struct cat_envelope env = { .kind = CAT_ENVELOPE_STATUS, .id = ch->id };

	cat_channel_status(ch, env.status);
	cat_envelope_queue(ch->cat, &env);
}

static void set_state(struct cat_channel *ch, enum cat_channel_state state)
{
	int level = state == CAT_CHANNEL_DROPPED ? LOG_NOTICE : LOG_INFO;

	if (ch->state == state)
		return;
	cat_log(ch->cat, level, "channel %u, port %u: %s -> %s", ch->id, ch->port,
		state_names[ch->state], state_names[state]);
	ch->state = state;
	if (state == CAT_CHANNEL_LISTEN || state == CAT_CHANNEL_ESTABLISHED)
		ch->known = true;
}

static void step_established(struct cat_channel *ch, enum cat_channel_event ev)
{
	switch (ev) {
	case CAT_CHANNEL_EV_PEER_GONE:
		close_connection(ch);
		if (is_server(ch)) {
			empty_buffers(ch);
			set_state(ch, CAT_CHANNEL_LISTEN);
		} else {
			/* what the peer said before it left can still be received */
			ch->tx_len = ch->tx_flush = 0;
			ch->eof = false;
			set_state(ch, CAT_CHANNEL_DROPPED);
		}
		tell_status(ch);
		break;
	case CAT_CHANNEL_EV_CARD_HANGS_UP:
		if (is_server(ch)) {
			close_connection(ch);
			empty_buffers(ch);
			set_state(ch, CAT_CHANNEL_LISTEN);
			break;
		}
		/* a client channel has nothing to listen on */
		/* fallthrough */
	case CAT_CHANNEL_EV_CARD_CLOSES:
	case CAT_CHANNEL_EV_CARD_LOST:
		release(ch);
		set_state(ch, CAT_CHANNEL_CLOSED);
		break;
	case CAT_CHANNEL_EV_OPENED:
	case CAT_CHANNEL_EV_CONNECTING:
	case CAT_CHANNEL_EV_CONNECTED:
		break;
	}
}

/* LISTEN, CONNECTING and DROPPED: no connection that bytes could be in */
static void step_unconnected(struct cat_channel *ch, enum cat_channel_event ev)
{
	switch (ev) {
	case CAT_CHANNEL_EV_CONNECTED:
		if (ch->state == CAT_CHANNEL_LISTEN) {
			set_state(ch, CAT_CHANNEL_ESTABLISHED);
			tell_status(ch);
		} else if (ch->state == CAT_CHANNEL_CONNECTING) {
			set_state(ch, CAT_CHANNEL_ESTABLISHED);
		}
		break;
	case CAT_CHANNEL_EV_CARD_HANGS_UP:
	case CAT_CHANNEL_EV_PEER_GONE:
		if (ch->state == CAT_CHANNEL_LISTEN)
			break;
		if (ch->state == CAT_CHANNEL_DROPPED && ev == CAT_CHANNEL_EV_PEER_GONE)
			break;
		/* fallthrough */
	case CAT_CHANNEL_EV_CARD_CLOSES:
	case CAT_CHANNEL_EV_CARD_LOST:
		release(ch);
		set_state(ch, CAT_CHANNEL_CLOSED);
		break;
	case CAT_CHANNEL_EV_OPENED:
	case CAT_CHANNEL_EV_CONNECTING:
		break;
	}
}

static void step_closed(struct cat_channel *ch, enum cat_channel_event ev)
{
	switch (ev) {
	case CAT_CHANNEL_EV_OPENED:
		set_state(ch, is_server(ch) ? CAT_CHANNEL_LISTEN : CAT_CHANNEL_ESTABLISHED);
		break;
	case CAT_CHANNEL_EV_CONNECTING:
		set_state(ch, CAT_CHANNEL_CONNECTING);
		break;
	case CAT_CHANNEL_EV_CARD_CLOSES:
	case CAT_CHANNEL_EV_CARD_LOST:
		/* an OPEN CHANNEL that failed half-way */
		release(ch);
		break;
	case CAT_CHANNEL_EV_CONNECTED:
	case CAT_CHANNEL_EV_PEER_GONE:
	case CAT_CHANNEL_EV_CARD_HANGS_UP:
		break;
	}
}

void cat_channel_step(struct cat_channel *ch, enum cat_channel_event ev)
{
	switch (ch->state) {
	case CAT_CHANNEL_CLOSED:
		step_closed(ch, ev);
		break;
	case CAT_CHANNEL_LISTEN:
	case CAT_CHANNEL_CONNECTING:
	case CAT_CHANNEL_DROPPED:
		step_unconnected(ch, ev);
		break;
	case CAT_CHANNEL_ESTABLISHED:
		step_established(ch, ev);
		break;
	}
	cat_channel_watch(ch);
	cat_polling_update(ch->cat);
}

/* ---- bytes ---- */

void cat_channel_announce(struct cat_channel *ch)
{
	struct cat_envelope env = { .kind = CAT_ENVELOPE_DATA, .id = ch->id };

	if (!ch->rx_len || ch->announced)
		return;
	if (!(ch->cat->events & 1u << CAT_EVENT_DATA_AVAILABLE))
		return;
	ch->announced = true;
	cat_envelope_queue(ch->cat, &env);
}

size_t cat_channel_receive(struct cat_channel *ch, uint8_t *buf, size_t room)
{
	size_t n = ch->rx_len < room ? ch->rx_len : room;

	memcpy(buf, ch->rx, n);
	ch->rx_len -= n;
	memmove(ch->rx, ch->rx + n, ch->rx_len);
	explicit_bzero(ch->rx + ch->rx_len, n);
	if (!ch->rx_len) {
		ch->announced = false;
		cat_envelope_forget(ch->cat, CAT_ENVELOPE_DATA, ch->id);
	}
	extend_grace(ch);
	cat_channel_watch(ch);
	return n;
}

static int flush_stream(struct cat_channel *ch)
{
	while (ch->tx_flush) {
		ssize_t n = send(ch->fd, ch->tx, ch->tx_flush, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		ch->cat->stats.bytes_down += (uint64_t)n;
		ch->tx_len -= (size_t)n;
		ch->tx_flush -= (size_t)n;
		memmove(ch->tx, ch->tx + n, ch->tx_len);
		explicit_bzero(ch->tx + ch->tx_len, (size_t)n);
	}
	return 0;
}

static int flush_datagram(struct cat_channel *ch)
{
	size_t len = ch->tx_len;
	unsigned int tries = 2;
	ssize_t n = -1;

	/* the first attempt may only report what became of an earlier datagram */
	while (len && tries--) {
		n = send(ch->fd, ch->tx, len, MSG_NOSIGNAL);
		if (n >= 0 || (errno != ECONNREFUSED && errno != EINTR))
			break;
	}
	explicit_bzero(ch->tx, len);
	ch->tx_len = ch->tx_flush = 0;
	if (!len)
		return 0;
	if (n < 0)
		return -EIO;
	ch->cat->stats.bytes_down += len;
	return 0;
}

int cat_channel_send(struct cat_channel *ch, const uint8_t *buf, size_t len, bool now)
{
	int err = 0;

	if (len > ch->size - ch->tx_len)
		return -ENOBUFS;
	memcpy(ch->tx + ch->tx_len, buf, len);
	ch->tx_len += len;
	if (now) {
		ch->tx_flush = ch->tx_len;
		ch->unanswered = false;
		err = is_udp(ch) ? flush_datagram(ch) : flush_stream(ch);
	}
	if (err == -EPIPE) {
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
		return err;
	}
	extend_grace(ch);
	cat_channel_watch(ch);
	return err;
}

/* 0: look again later, 1: end of stream, -errno: connection broken */
static int read_stream(struct cat_channel *ch)
{
	while (ch->rx_len < ch->size) {
		ssize_t n = recv(ch->fd, ch->rx + ch->rx_len, ch->size - ch->rx_len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!n)
			return 1;
		ch->rx_len += (size_t)n;
		ch->unanswered = true;
		ch->cat->stats.bytes_up += (uint64_t)n;
	}
	return 0;
}

/* One datagram at a time, so that the card sees where each ends. */
static int read_datagram(struct cat_channel *ch)
{
	ssize_t n;

	if (ch->rx_len)
		return 0;
	n = recv(ch->fd, ch->rx, ch->size, MSG_TRUNC);
	if (n > 0 && (size_t)n > ch->size) {
		cat_log(ch->cat, LOG_WARNING,
			"channel %u: datagram of %zd bytes dropped, buffer has %zu", ch->id, n,
			ch->size);
		explicit_bzero(ch->rx, ch->size);
	} else if (n > 0) {
		ch->rx_len = (size_t)n;
		ch->cat->stats.bytes_up += (uint64_t)n;
	}
	/* errors are those of our own datagrams, and UDP has no connection to lose */
	return 0;
}

static void end_of_stream(struct cat_channel *ch)
{
	ch->eof = true;
	if (is_server(ch) && (ch->rx_len || ch->tx_len || ch->unanswered))
		extend_grace(ch);
	else
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
}

static void read_peer(struct cat_channel *ch)
{
	int res = is_udp(ch) ? read_datagram(ch) : read_stream(ch);

	/* a broken server connection takes its bytes along; a client's may be received */
	if (res < 0)
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	else if (res > 0)
		end_of_stream(ch);
	cat_channel_announce(ch);
}

void cat_channel_ready(void *arg, int fd, uint32_t events)
{
	struct cat_channel *ch = arg;

	if (fd != ch->fd)
		return;
	if (ch->state == CAT_CHANNEL_CONNECTING) {
		cat_client_connected(ch);
		return;
	}
	if (events & EPOLLOUT && ch->tx_flush && flush_stream(ch) == -EPIPE)
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	if (ch->fd >= 0 && events & EPOLLIN)
		read_peer(ch);
	if (ch->fd >= 0 && !is_udp(ch) && events & EPOLLERR)
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	if (ch->fd >= 0 && !is_udp(ch) && events & EPOLLHUP && !(events & EPOLLIN))
		cat_channel_step(ch, CAT_CHANNEL_EV_PEER_GONE);
	if (ch->fd >= 0 && is_udp(ch) && events & EPOLLERR)
		getsockopt(ch->fd, SOL_SOCKET, SO_ERROR, &(int){ 0 }, &(socklen_t){ sizeof(int) });

	cat_channel_watch(ch);
	if (ch->state != CAT_CHANNEL_ESTABLISHED || !ch->tx_flush)
		cat_execute_channel(ch, 0);
	cat_step(ch->cat, CAT_EV_WORK);
}
