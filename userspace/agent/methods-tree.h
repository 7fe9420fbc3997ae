/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods of the control socket that look into the tree and change it.
 */
#ifndef AGENT_METHODS_TREE_H
#define AGENT_METHODS_TREE_H

#include <stdbool.h>

struct agent;
struct control_call;

/* Their part of the interface's description. */
#define METHODS_TREE_TYPES \
	"# access: what servers may do by the device description. value: base64 if the format is\n" \
	"# bin; absent for interior nodes and secrets.\n" \
	"type TreeNode (uri: string, format: string, type: string, access: []string, acl: string,\n" \
	"  title: string, tstamp: string, verno: int, permanent: bool, secret: bool,\n" \
	"  value: ?string)\n"
#define METHODS_TREE \
	"# The tree below uri as TNDS, without secrets.\n" \
	"method Tree(uri: ?string) -> (xml: string)\n" \
	"# Its nodes, parents first.\n" \
	"method TreeList(uri: ?string, values: ?bool) -> (nodes: []TreeNode)\n" \
	"# One operation as the device itself; op: add, replace, delete. uri may have ?prop=.\n" \
	"method TreeWrite(op: string, uri: string, format: ?string, type: ?string,\n" \
	"  value: ?string) -> ()\n" \
	"# A TNDS document: added below uri, or in the place of uri. dry_run: only try.\n" \
	"method TreeImport(xml: string, uri: ?string, replace: ?bool, dry_run: ?bool) -> ()\n"
#define METHODS_TREE_ERRORS \
	"# code: status of OMA DM; uri: the node it is about\n" \
	"error Status (code: int, uri: string, reason: string)\n"

/* Answers the call if it is one of them. */
bool methods_tree_call(struct agent *a, const struct control_call *call);

#endif /* AGENT_METHODS_TREE_H */
