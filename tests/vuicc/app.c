// SPDX-License-Identifier: BSD-3-Clause
/*
 * The application on the card: an HTTP connection for each BIP channel, and the DM server that
 * the requests go to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vuicc/app.h"
#include "vuicc/dm-server.h"
#include "vuicc/http.h"

#define CHANNELS	8	/* BIP knows 1 to 7 */

struct connection {
	bool open;
	bool mute;			/* a fault: nothing on it is answered any more */
	struct vhttp_conn http;
};

struct vuicc_app {
	struct vuicc_app_ops ops;
	void *ctx;
	struct vdm_server *dm;
	struct connection conn[CHANNELS];
};

static struct connection *find(struct vuicc_app *app, int channel)
{
	return channel >= 0 && channel < CHANNELS ? &app->conn[channel] : NULL;
}

static void end_connection(struct vuicc_app *app, int channel)
{
	struct connection *c = &app->conn[channel];

	vhttp_clear(&c->http);
	c->open = false;
	c->mute = false;
}

/* Closes from our side, once all that was queued is sent. */
static void close_channel(struct vuicc_app *app, int channel)
{
	end_connection(app, channel);
	app->ops.close(app->ctx, channel);
}

static int send_bytes(struct vuicc_app *app, int channel, const void *buf, size_t len)
{
	int ret = app->ops.send(app->ctx, channel, buf, len);

	if (ret)
		vdm_step(app->dm, "channel %d: %zu bytes cannot be sent: %s", channel, len,
			 strerror(-ret));
	return ret;
}

/* A whole response; closes the channel if that is what the head says. */
static void respond(struct vuicc_app *app, int channel, int status, const struct vdm_reply *reply,
		    const char *allow)
{
	struct connection *c = &app->conn[channel];
	bool truncate = app->dm->fault == VDM_FAULT_TRUNCATE && status == 200;
	bool keep = c->http.req.keep_alive && !truncate;
	const struct vhttp_head info = {
		.status = status, .type = reply->content_type, .body_len = reply->len,
		.keep_alive = keep, .allow = allow, .hmac = reply->hmac,
	};
	size_t len = truncate ? reply->len / 2 : reply->len;
	char head[1024];
	int n;

	n = vhttp_response_head(head, sizeof(head), &info);
	if (n < 0 || send_bytes(app, channel, head, (size_t)n) ||
	    (len && send_bytes(app, channel, reply->body, len)) || !keep)
		close_channel(app, channel);
}

static void respond_text(struct vuicc_app *app, int channel, int status, const char *text,
			 const char *allow)
{
	const struct vdm_reply reply = {
		.content_type = "text/plain; charset=utf-8", .body = text, .len = strlen(text),
	};

	respond(app, channel, status, &reply, allow);
}

static void respond_error(struct vuicc_app *app, int channel, int status, const char *allow)
{
	char text[80];

	snprintf(text, sizeof(text), "%d %s\n", status, vhttp_reason(status));
	vdm_step(app->dm, "channel %d: HTTP %d %s", channel, status, vhttp_reason(status));
	respond_text(app, channel, status, text, allow);
}

/* Only after the answer went out: who waits for the end may stop the card. */
static void tell_end(struct vuicc_app *app)
{
	bool complete;

	if (vdm_server_ended(app->dm, &complete) && app->ops.session_ended)
		app->ops.session_ended(app->ctx, complete);
}

/* POST to the DM server. */
static void dm_request(struct vuicc_app *app, int channel)
{
	const struct vhttp_request *req = &app->conn[channel].http.req;
	const struct vdm_request dm = {
		.query = req->query, .content_type = req->content_type, .accept = req->accept,
		.accept_charset = req->accept_charset, .cache_control = req->cache_control,
		.hmac = req->has_hmac ? req->hmac : NULL,
		.body = req->body ? (const void *)req->body : "", .len = req->body_len,
	};
	struct vdm_reply reply;
	int status;

	if (strcmp(req->method, "POST")) {
		respond_error(app, channel, 405, "POST");
		return;
	}
	if (!vdm_is_type(req->content_type, VDM_TYPE_XML) &&
	    !vdm_is_type(req->content_type, VDM_TYPE_WBXML)) {
		respond_error(app, channel, 415, NULL);
		return;
	}
	if (app->dm->fault == VDM_FAULT_NO_ANSWER) {
		vdm_step(app->dm, "channel %d: POST not answered (fault)", channel);
		app->conn[channel].mute = true;
		return;
	}
	if (app->dm->fault == VDM_FAULT_HTTP_500) {
		respond_error(app, channel, 500, NULL);
		return;
	}
	status = vdm_server_post(app->dm, &dm, &reply);
	if (status == 200)
		respond(app, channel, 200, &reply, NULL);
	else
		respond_error(app, channel, status, NULL);
	tell_end(app);
}

static void request(struct vuicc_app *app, int channel)
{
	const struct vhttp_request *req = &app->conn[channel].http.req;

	if (!strcmp(req->path, app->dm->path))
		dm_request(app, channel);
	else if (strcmp(req->path, "/"))
		respond_error(app, channel, 404, NULL);
	else if (strcmp(req->method, "GET"))
		respond_error(app, channel, 405, "GET");
	else
		respond_text(app, channel, 200, "vuicc, a virtual smart card\n", NULL);
}

void vuicc_app_data(struct vuicc_app *app, int channel, const uint8_t *buf, size_t len)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct connection *c = find(app, channel);

	while (c && c->open && !c->mute && len) {
		size_t used;
		enum vhttp_result ret = vhttp_feed(&c->http, buf, len, &used);

		buf += used;
		len -= used;
		switch (ret) {
		case VHTTP_MORE:
			break;
		case VHTTP_CONTINUE:
			/* a client that has sent its body already does not need to be asked */
			if (!len && send_bytes(app, channel, go_on, sizeof(go_on) - 1))
				close_channel(app, channel);
			break;
		case VHTTP_BAD:
			respond_error(app, channel, c->http.error, NULL);
			break;
		case VHTTP_REQUEST:
			request(app, channel);
			if (c->open)
				vhttp_next(&c->http);
			break;
		}
	}
}

void vuicc_app_connected(struct vuicc_app *app, int channel)
{
	struct connection *c = find(app, channel);

	if (!c)
		return;
	end_connection(app, channel);
	c->open = true;
}

void vuicc_app_disconnected(struct vuicc_app *app, int channel)
{
	/* the DM session goes on: each of its messages may use a connection of its own */
	if (find(app, channel))
		end_connection(app, channel);
}

void vuicc_app_reset(struct vuicc_app *app)
{
	int channel;

	for (channel = 0; channel < CHANNELS; channel++)
		end_connection(app, channel);
	vdm_server_abort(app->dm, "the card was reset");
}

int vuicc_app_notification(struct vuicc_app *app, uint8_t *buf, size_t room)
{
	return vdm_push(app->dm, buf, room);
}

int vuicc_app_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		  struct vuicc_app **ret)
{
	struct vuicc_app *app = calloc(1, sizeof(*app));
	int err;

	if (!app)
		return -ENOMEM;
	app->ops = *ops;
	app->ctx = ctx;
	err = vdm_server_new(cfg, &app->ops, ctx, &app->dm);
	if (err)
		free(app);
	else
		*ret = app;
	return err;
}

void vuicc_app_free(struct vuicc_app *app)
{
	int channel;

	if (!app)
		return;
	for (channel = 0; channel < CHANNELS; channel++)
		end_connection(app, channel);
	vdm_server_free(app->dm);
	free(app);
}
