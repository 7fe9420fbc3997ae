/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the agent and its control program agree on.
 */
#ifndef DMSC_H
#define DMSC_H

#define DMSC_VERSION		"0.1"

/* Control socket: its varlink interface, longest call, and where it is */
#define CONTROL_INTERFACE	"org.dmsc.Agent"
#define CONTROL_MSG_MAX		(256 * 1024)
#define CONTROL_SOCKET_DEFAULT	"/run/dmsc/control"

/* Device descriptions; make install puts them there */
#ifndef DMSC_DATADIR
#define DMSC_DATADIR		"/usr/share/dmsc"
#endif
#define DDF_DIR_DEFAULT		DMSC_DATADIR "/ddf"

#endif /* DMSC_H */
