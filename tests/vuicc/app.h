/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The seam inside the virtual UICC: below it the card as a smart card (wire, T=0, files,
 * CAT, BIP), above it the application on the card (HTTP server, DM server).  The application knows
 * nothing of APDUs; it sees byte streams.
 */
#ifndef VUICC_APP_H
#define VUICC_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vuicc_app;

/* What the application may ask of the card below it. */
struct vuicc_app_ops {
	/* Queues bytes for the client of the channel (SEND DATA). 0 or -errno. */
	int (*send)(void *ctx, int channel, const uint8_t *buf, size_t len);
	/* Once all is sent: CLOSE CHANNEL, back to LISTEN. */
	void (*close)(void *ctx, int channel);
	/* A DM session ended (complete: with all Statuses; else aborted). */
	void (*session_ended)(void *ctx, bool complete);
	/* One line for the person watching. */
	void (*step)(void *ctx, const char *line);
};

struct vuicc_app_config {
	const char *path;		/* of the DM server: "/dm" */
	const char *url;		/* own address as told to clients: http://127.0.0.1:3516/dm */
	const char *server_id;		/* name and password of the server, its nonce (base64) */
	const char *server_secret;
	const char *server_nonce;
	const char *client_id;		/* what is expected of the client */
	const char *client_secret;
	const char *client_nonce;
	const char *provision;		/* file with DM commands (SyncBody fragment), NULL = none */
	const char *results;		/* log of Status and Results, JSON lines, NULL = none */
	uint16_t session_id;		/* of package #0 sent by the card itself */
	uint8_t ui_mode;		/* likewise: 0 none, 1 background, 2 informative, 3 ask first */
	const char *fault;		/* name of a fault of the DM server, NULL = none */
	const char *options;		/* NAME=VALUE... of dm-options.c, NULL = none */
};

/* 0 or -errno; says on stderr what is wrong (unreadable or malformed provisioning file ...). */
int vuicc_app_new(const struct vuicc_app_config *cfg, const struct vuicc_app_ops *ops, void *ctx,
		  struct vuicc_app **ret);
void vuicc_app_free(struct vuicc_app *app);

/* A client connected to the channel, sent bytes, went away. */
void vuicc_app_connected(struct vuicc_app *app, int channel);
void vuicc_app_data(struct vuicc_app *app, int channel, const uint8_t *buf, size_t len);
void vuicc_app_disconnected(struct vuicc_app *app, int channel);
/* The card was reset: all sessions end, nonces stay (they are in non-volatile memory). */
void vuicc_app_reset(struct vuicc_app *app);

/* The WSP push with package #0 that starts a session; returns its length or -errno. */
int vuicc_app_notification(struct vuicc_app *app, uint8_t *buf, size_t room);

#endif /* VUICC_APP_H */
