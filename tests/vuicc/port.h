/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reader in the same machine, in place of the sockets: a virtual one of the driver
 * (sim.c) or the line discipline on a pseudo terminal (pty.c).
 */
#ifndef VUICC_PORT_H
#define VUICC_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uicc;
struct uicc_options;
struct uicc_wire_char;

struct uicc_port_ops {
	/* Makes the reader appear. 0 or -errno, said on stderr. */
	int (*open)(struct uicc *u);
	/* Takes everything that waits, without blocking; false if the reader is gone. */
	bool (*serve)(struct uicc *u);
	/* Characters to the reader. 0 or -errno. */
	int (*deliver)(struct uicc *u, const struct uicc_wire_char *chars, size_t n);
	void (*present)(struct uicc *u, bool present);
	/* The reader goes away. */
	void (*close)(struct uicc *u);
};

struct uicc_port {
	const struct uicc_port_ops *ops;	/* NULL = the sockets are used */
	int fd;			/* -1 = unplugged */
	/* sim */
	bool odd;		/* parity of the reader's line */
	bool has_clk;
	bool clk;
	uint64_t clk_at;	/* since when it runs */
	/* pty */
	int peer;		/* our hand on the reader's side */
	bool attached;		/* the reader has shown itself */
};

/* What --sim-setup may say; false if that is not understood. */
bool uicc_sim_parse(struct uicc_options *o, const char *words);
/* Takes a reader away that is there; port.ops->open() brings it back. */
void uicc_unplug(struct uicc *u);

extern const struct uicc_port_ops uicc_sim_ops, uicc_pty_ops;

#endif /* VUICC_PORT_H */
