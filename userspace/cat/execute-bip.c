// SPDX-License-Identifier: BSD-3-Clause
/*
 * The proactive commands of the bearer independent protocol: OPEN CHANNEL, CLOSE
 * CHANNEL, RECEIVE DATA, SEND DATA, GET CHANNEL STATUS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <syslog.h>

#include "cat/internal.h"

#define BUFFER_DEFAULT		1500
#define PORT_PRIVILEGED		1024
/* Channel data that a TERMINAL RESPONSE of 255 bytes can carry beside the other objects */
#define RECEIVE_MAX		237
#define CONNECT_TIMEOUT_MS	10000
#define DRAIN_TIMEOUT_MS	5000
#define ADDRESS_IPV4		0x21
#define CLOSE_TO_LISTEN		0x01
#define SEND_IMMEDIATELY	0x01

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t capped(size_t n)
{
	return n > 0xff ? 0xff : (uint8_t)n;
}

/* ---- OPEN CHANNEL ---- */

static enum cat_bip_error open_error(int err)
{
	switch (err) {
	case -EADDRINUSE:
	case -EACCES:
		return CAT_BIP_PORT_UNAVAILABLE;
	case -ECONNREFUSED:
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ETIMEDOUT:
		return CAT_BIP_NOT_REACHABLE;
	case -ENOMEM:
		return CAT_BIP_BUFFER_SIZE;
	default:
		return CAT_BIP_NO_TRANSPORT;
	}
}

/* May the card have this port? */
static bool port_allowed(const struct cat *cat, enum cat_transport transport, uint16_t port)
{
	if (transport != CAT_TRANSPORT_TCP_SERVER)
		return port != 0;
	if (port < PORT_PRIVILEGED)
		return false;
	return !cat->cfg.scws_port || port == cat->cfg.scws_port;
}

/* The peer of a local connection is this device, whatever the card may ask for. */
static bool address_allowed(const struct cat_object *address)
{
	static const uint8_t loopback[] = { ADDRESS_IPV4, 127, 0, 0, 1 };

	if (!address || !address->len)
		return true;
	return address->len == sizeof(loopback) &&
	       !memcmp(address->value, loopback, sizeof(loopback));
}

static void respond_opened(struct cat *cat, const struct cat_channel *ch)
{
	const struct cat_object *bearer = cat_object(&cat->cmd, CAT_TAG_BEARER);
	uint16_t asked = be16(cat_object(&cat->cmd, CAT_TAG_BUFFER_SIZE)->value);
	const uint8_t size[] = { (uint8_t)(ch->size >> 8), (uint8_t)ch->size };
	uint8_t status[2];

	cat_respond(cat, ch->size < asked ? CAT_RESULT_MODIFIED : CAT_RESULT_OK);
	cat_channel_status(ch, status);
	cat_body_add(&cat->response, CAT_TAG_CHANNEL_STATUS, status, sizeof(status));
	if (bearer)
		cat_body_add(&cat->response, CAT_TAG_BEARER, bearer->value, bearer->len);
	cat_body_add(&cat->response, CAT_TAG_BUFFER_SIZE, size, sizeof(size));
}

static size_t granted_size(const struct cat *cat)
{
	size_t size = be16(cat_object(&cat->cmd, CAT_TAG_BUFFER_SIZE)->value);

	if (!size)
		size = BUFFER_DEFAULT;
	return size < cat->cfg.channel_buffer_max ? size : cat->cfg.channel_buffer_max;
}

static void open_transport(struct cat *cat, enum cat_transport transport, uint16_t port)
{
	struct cat_channel *ch = cat_channel_free(cat);
	int err;

	if (!ch) {
		cat_respond_bip(cat, CAT_BIP_NO_CHANNEL);
		return;
	}
	err = cat_channel_alloc(ch, transport, port, granted_size(cat));
	if (!err)
		err = transport == CAT_TRANSPORT_TCP_SERVER ? cat_server_open(ch) :
							      cat_client_open(ch);
	if (!err && ch->state == CAT_CHANNEL_CONNECTING)
		err = cat_state_timer(cat, CONNECT_TIMEOUT_MS);
	if (err) {
		cat_log(cat, LOG_WARNING, "OPEN CHANNEL, port %u of this device: %s", port,
			strerror(-err));
		cat_channel_step(ch, CAT_CHANNEL_EV_CARD_CLOSES);
		cat_respond_bip(cat, open_error(err));
	} else if (ch->state == CAT_CHANNEL_CONNECTING) {
		cat->wait = CAT_WAIT_CONNECT;
		cat->wait_channel = ch;
	} else {
		respond_opened(cat, ch);
	}
}

static void open_channel(struct cat *cat)
{
	const struct cat_object *transport = cat_object(&cat->cmd, CAT_TAG_TRANSPORT);
	uint16_t port;

	if (!transport) {
		/* a bearer of the network, or nothing that tells what is wanted */
		cat_respond(cat, cat_object(&cat->cmd, CAT_TAG_BEARER) ?
				 CAT_RESULT_BEYOND : CAT_RESULT_VALUE_MISSING);
		return;
	}
	port = be16(transport->value + 1);
	switch (transport->value[0]) {
	case CAT_TRANSPORT_UDP_CLIENT_LOCAL:
	case CAT_TRANSPORT_TCP_CLIENT_LOCAL:
		if (!address_allowed(cat_object(&cat->cmd, CAT_TAG_ADDRESS))) {
			cat_respond_bip(cat, CAT_BIP_NOT_REACHABLE);
			return;
		}
		/* fallthrough */
	case CAT_TRANSPORT_TCP_SERVER:
		if (!port_allowed(cat, transport->value[0], port)) {
			cat_log(cat, LOG_WARNING, "card may not use port %u", port);
			cat_respond_bip(cat, CAT_BIP_PORT_UNAVAILABLE);
			return;
		}
		open_transport(cat, transport->value[0], port);
		break;
	case 0x01:	/* UDP, TCP client of the network; direct channel */
	case 0x02:
	case 0x06:
		cat_respond(cat, CAT_RESULT_BEYOND);
		break;
	default:
		cat_respond(cat, CAT_RESULT_DATA_UNKNOWN);
		break;
	}
}

/* ---- commands to an open channel ---- */

/* The channel that the command is addressed to, or NULL and the response is set. */
static struct cat_channel *addressed_channel(struct cat *cat)
{
	struct cat_channel *ch = &cat->channels[cat->cmd.destination - CAT_DEV_CHANNEL_1];

	if (ch->state != CAT_CHANNEL_CLOSED)
		return ch;
	cat_respond_bip(cat, ch->known ? CAT_BIP_CHANNEL_CLOSED : CAT_BIP_CHANNEL_INVALID);
	return NULL;
}

static void finish_close(struct cat *cat, struct cat_channel *ch)
{
	cat_channel_step(ch, cat->cmd.qualifier & CLOSE_TO_LISTEN ?
			     CAT_CHANNEL_EV_CARD_HANGS_UP : CAT_CHANNEL_EV_CARD_CLOSES);
	cat_respond(cat, CAT_RESULT_OK);
}

static void close_channel(struct cat *cat)
{
	struct cat_channel *ch = addressed_channel(cat);

	if (!ch)
		return;
	/* the end of the answer may still be on its way to a slow client */
	if (ch->tx_flush && !cat_state_timer(cat, DRAIN_TIMEOUT_MS)) {
		cat->wait = CAT_WAIT_DRAIN;
		cat->wait_channel = ch;
		return;
	}
	finish_close(cat, ch);
}

static void receive_data(struct cat *cat)
{
	size_t wanted = cat_object(&cat->cmd, CAT_TAG_CHANNEL_DATA_LENGTH)->value[0];
	struct cat_channel *ch = addressed_channel(cat);
	uint8_t data[RECEIVE_MAX], left;
	size_t n;

	if (!ch)
		return;
	if (ch->state != CAT_CHANNEL_ESTABLISHED &&
	    !(ch->state == CAT_CHANNEL_DROPPED && ch->rx_len)) {
		cat_respond_bip(cat, CAT_BIP_CHANNEL_CLOSED);
		return;
	}
	n = cat_channel_receive(ch, data, wanted < sizeof(data) ? wanted : sizeof(data));
	/* "missing information" is what the peer did not send, not what waits for the next time */
	cat_respond(cat, n < wanted && !ch->rx_len ? CAT_RESULT_MISSING_INFO : CAT_RESULT_OK);
	left = capped(ch->rx_len);
	cat_body_add(&cat->response, CAT_TAG_CHANNEL_DATA | CAT_TAG_CR, data, n);
	cat_body_add(&cat->response, CAT_TAG_CHANNEL_DATA_LENGTH | CAT_TAG_CR, &left, 1);
	explicit_bzero(data, sizeof(data));
}

static void send_data(struct cat *cat)
{
	const struct cat_object *data = cat_object(&cat->cmd, CAT_TAG_CHANNEL_DATA);
	struct cat_channel *ch = addressed_channel(cat);
	uint8_t room;
	int err;

	if (!ch)
		return;
	if (ch->state != CAT_CHANNEL_ESTABLISHED) {
		cat_respond_bip(cat, CAT_BIP_CHANNEL_CLOSED);
		return;
	}
	err = cat_channel_send(ch, data->value, data->len,
			       cat->cmd.qualifier & SEND_IMMEDIATELY);
	switch (err) {
	case 0:
		room = capped(ch->size - ch->tx_len);
		cat_respond(cat, CAT_RESULT_OK);
		cat_body_add(&cat->response, CAT_TAG_CHANNEL_DATA_LENGTH | CAT_TAG_CR, &room, 1);
		break;
	case -ENOBUFS:
		cat_respond_bip(cat, CAT_BIP_BUFFER_SIZE);
		break;
	case -EPIPE:
		cat_respond_bip(cat, CAT_BIP_CHANNEL_CLOSED);
		break;
	default:
		cat_respond_bip(cat, CAT_BIP_NO_CAUSE);
		break;
	}
}

static void get_channel_status(struct cat *cat)
{
	uint8_t status[2] = { 0, 0 };
	bool any = false;
	unsigned int i;

	cat_respond(cat, CAT_RESULT_OK);
	for (i = 0; i < CAT_CHANNELS; i++) {
		if (cat->channels[i].state == CAT_CHANNEL_CLOSED)
			continue;
		cat_channel_status(&cat->channels[i], status);
		cat_body_add(&cat->response, CAT_TAG_CHANNEL_STATUS | CAT_TAG_CR, status,
			     sizeof(status));
		any = true;
	}
	if (!any)
		cat_body_add(&cat->response, CAT_TAG_CHANNEL_STATUS | CAT_TAG_CR, status,
			     sizeof(status));
}

void cat_execute_bip(struct cat *cat)
{
	switch (cat->cmd.type) {
	case CAT_CMD_OPEN_CHANNEL:
		open_channel(cat);
		break;
	case CAT_CMD_CLOSE_CHANNEL:
		close_channel(cat);
		break;
	case CAT_CMD_RECEIVE_DATA:
		receive_data(cat);
		break;
	case CAT_CMD_SEND_DATA:
		send_data(cat);
		break;
	case CAT_CMD_GET_CHANNEL_STATUS:
		get_channel_status(cat);
		break;
	}
}

/* ---- commands that waited ---- */

static void finish_wait(struct cat *cat, enum cat_wait wait, struct cat_channel *ch, int err)
{
	if (wait == CAT_WAIT_DRAIN) {
		finish_close(cat, ch);
	} else if (err) {
		cat_channel_step(ch, CAT_CHANNEL_EV_CARD_CLOSES);
		cat_respond_bip(cat, open_error(err));
	} else {
		respond_opened(cat, ch);
	}
}

void cat_execute_channel(struct cat_channel *ch, int err)
{
	struct cat *cat = ch->cat;
	enum cat_wait wait = cat->wait;

	if ((wait != CAT_WAIT_CONNECT && wait != CAT_WAIT_DRAIN) || cat->wait_channel != ch)
		return;
	cat->wait = CAT_WAIT_NONE;
	cat->wait_channel = NULL;
	finish_wait(cat, wait, ch, err);
	cat_step(cat, CAT_EV_EXECUTED);
}

void cat_execute_bip_timeout(struct cat *cat, enum cat_wait wait)
{
	struct cat_channel *ch = cat->wait_channel;

	cat->wait_channel = NULL;
	if (wait == CAT_WAIT_DRAIN)
		cat_log(cat, LOG_WARNING, "channel %u: client does not take %zu bytes, closed",
			ch->id, ch->tx_flush);
	finish_wait(cat, wait, ch, -ETIMEDOUT);
}
