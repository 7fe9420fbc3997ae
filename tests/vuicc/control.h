/* SPDX-License-Identifier: BSD-3-Clause */
/* The control socket: text commands, a line each, each answered by "OK ..." or "ERR reason". */
#ifndef VUICC_CONTROL_H
#define VUICC_CONTROL_H

#include "sock.h"

struct uicc;

#define UICC_CONTROL_PEERS	4

struct uicc_control_peer {
	struct uicc_conn conn;
	struct uicc_linebuf in;
};

struct uicc_control {
	const char *path;
	int listen_fd;
	struct uicc_control_peer peers[UICC_CONTROL_PEERS];
};

/* 0 or -errno; path may be NULL. */
int uicc_control_open(struct uicc_control *c, const char *path);
void uicc_control_close(struct uicc_control *c);
/* Somebody waits at the door. */
void uicc_control_accept(struct uicc_control *c);
/* Takes and answers what peer i has sent. */
void uicc_control_serve(struct uicc *u, unsigned int i);
/* Carries out one command; answer is set to one line. */
void uicc_control_command(struct uicc *u, char *line, char *answer, size_t room);

#endif /* VUICC_CONTROL_H */
