// SPDX-License-Identifier: BSD-3-Clause
/*
 * Deliberate faults of the DM server, to see what a client makes of them.
 *
 *	name			what the card does
 *	malformed-xml		every answer has a start tag without its end tag (WBXML: lacks an END)
 *	wrong-server-secret	its Cred is made with another password (package #0 is not)
 *	no-server-cred		it sends commands without a Cred
 *	unknown-command		a command <Frobnicate> comes before those of the file
 *	long-names		Adds with an over-long segment, an over-deep path, an over-long URI first
 *	abort			package 2 carries alert 1223 and nothing else
 *	no-answer		the POST is never answered
 *	http-500		every POST is answered 500
 *	wrong-session-id	SyncHdr/SessionID of the answers is not the session's
 *	huge			a Replace of 192 KiB first, whatever MaxMsgSize and MaxObjSize say
 *	no-status		no Status for the client's SyncHdr
 *	challenge-first		the first credentials are refused (401), right or not
 *	refuse-client		all credentials are refused
 *	small-messages		MaxMsgSize of the card is 1200 bytes
 *	truncate		the connection is closed in the middle of the first answer's body
 *	wrong-digest		one bit of the digest in package #0 is wrong
 *	wrong-mac no-mac	once it is known, the server's MAC is wrong or missing
 *	weak-challenge		it asks for auth-basic
 *	unknown-auth		it asks for a type of authentication that there is not
 *	bad-nonce		NextNonce is not base64
 *	wrong-version		VerDTD is 1.1
 *	wrong-protocol		VerProto is DM/1.1
 *	wrong-msg-ref		its Statuses are for message 99
 *	same-msg-id		MsgID is always 1
 *	foreign-resp-uri	RespURI is not on the card
 *	wrong-type		the Content-Type is text/plain
 *	endless			every message is answered with alert 1222 and without Final
 *	chunk-size		Size of a large object is one more than what is sent
 *	chunk-no-size		its first chunk has no Size
 *	chunk-mixed		a Get comes between its chunks
 *	chunk-lost		it does not go on after its first chunk
 *	large-size		Size is one more than the client's MaxObjSize
 *
 * no-answer, http-500 and truncate are done in app.c, wrong-digest in dm-push.c, refusals and
 * MACs in dm-identity.c, chunks in dm-object.c, endless and the type in dm-session.c, the rest of
 * what is not here in dm-output.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define HUGE_VALUE	(192 * 1024)
#define LONG_SEGMENT	300
#define DEEP_LEVELS	40
#define LONG_SEGMENTS	20	/* of 60 characters each: 1200 in all */

static const struct {
	const char *name;
	enum vdm_fault fault;
} faults[] = {
	{ "malformed-xml", VDM_FAULT_MALFORMED_XML },
	{ "wrong-server-secret", VDM_FAULT_WRONG_SERVER_SECRET },
	{ "no-server-cred", VDM_FAULT_NO_SERVER_CRED },
	{ "unknown-command", VDM_FAULT_UNKNOWN_COMMAND },
	{ "long-names", VDM_FAULT_LONG_NAMES },
	{ "abort", VDM_FAULT_ABORT },
	{ "no-answer", VDM_FAULT_NO_ANSWER },
	{ "http-500", VDM_FAULT_HTTP_500 },
	{ "wrong-session-id", VDM_FAULT_WRONG_SESSION_ID },
	{ "huge", VDM_FAULT_HUGE },
	{ "no-status", VDM_FAULT_NO_STATUS },
	{ "challenge-first", VDM_FAULT_CHALLENGE_FIRST },
	{ "refuse-client", VDM_FAULT_REFUSE_CLIENT },
	{ "small-messages", VDM_FAULT_SMALL_MESSAGES },
	{ "truncate", VDM_FAULT_TRUNCATE },
	{ "wrong-digest", VDM_FAULT_WRONG_DIGEST },
	{ "wrong-mac", VDM_FAULT_WRONG_MAC },
	{ "no-mac", VDM_FAULT_NO_MAC },
	{ "weak-challenge", VDM_FAULT_WEAK_CHALLENGE },
	{ "unknown-auth", VDM_FAULT_UNKNOWN_AUTH },
	{ "bad-nonce", VDM_FAULT_BAD_NONCE },
	{ "wrong-version", VDM_FAULT_WRONG_VERSION },
	{ "wrong-protocol", VDM_FAULT_WRONG_PROTOCOL },
	{ "wrong-msg-ref", VDM_FAULT_WRONG_MSG_REF },
	{ "same-msg-id", VDM_FAULT_SAME_MSG_ID },
	{ "foreign-resp-uri", VDM_FAULT_FOREIGN_RESP_URI },
	{ "wrong-type", VDM_FAULT_WRONG_TYPE },
	{ "endless", VDM_FAULT_ENDLESS },
	{ "chunk-size", VDM_FAULT_CHUNK_SIZE },
	{ "chunk-no-size", VDM_FAULT_CHUNK_NO_SIZE },
	{ "chunk-mixed", VDM_FAULT_CHUNK_MIXED },
	{ "chunk-lost", VDM_FAULT_CHUNK_LOST },
	{ "large-size", VDM_FAULT_LARGE_SIZE },
};

int vdm_fault_find(const char *name, enum vdm_fault *ret)
{
	size_t i, n = sizeof(faults) / sizeof(faults[0]);

	*ret = VDM_FAULT_NONE;
	if (!name)
		return 0;
	for (i = 0; i < n; i++) {
		if (!strcmp(faults[i].name, name)) {
			*ret = faults[i].fault;
			return 0;
		}
	}
	fprintf(stderr, "DM server: unknown fault '%s'; known:", name);
	for (i = 0; i < n; i++)
		fprintf(stderr, " %s", faults[i].name);
	fprintf(stderr, "\n");
	return -EINVAL;
}

static void add_leaf(struct vdm_buf *out, const char *cmd, const char *uri, size_t value_len)
{
	vdm_buf_printf(out, "<%s><Item><Target><LocURI>%s</LocURI></Target><Data>", cmd, uri);
	while (value_len--)
		vdm_buf_add(out, "x", 1);
	vdm_buf_printf(out, "</Data></Item></%s>", cmd);
}

static void long_names(struct vdm_buf *out)
{
	char uri[LONG_SEGMENTS * 61 + 32];
	size_t i, n;

	n = (size_t)sprintf(uri, "./Settings/");
	memset(uri + n, 'n', LONG_SEGMENT);
	uri[n + LONG_SEGMENT] = '\0';
	add_leaf(out, "Add", uri, 1);

	n = (size_t)sprintf(uri, "./Settings");
	for (i = 0; i < DEEP_LEVELS; i++)
		n += (size_t)sprintf(uri + n, "/d");
	add_leaf(out, "Add", uri, 1);

	n = (size_t)sprintf(uri, "./Settings");
	for (i = 0; i < LONG_SEGMENTS; i++)
		n += (size_t)sprintf(uri + n, "/%060zu", i);
	add_leaf(out, "Add", uri, 1);
}

void vdm_fault_commands(enum vdm_fault fault, struct vdm_buf *out)
{
	switch (fault) {
	case VDM_FAULT_UNKNOWN_COMMAND:
		add_leaf(out, "Frobnicate", "./Settings/frobnicated", 1);
		break;
	case VDM_FAULT_LONG_NAMES:
		long_names(out);
		break;
	case VDM_FAULT_ABORT:
		vdm_buf_printf(out, "<Alert><Data>1223</Data></Alert>");
		break;
	case VDM_FAULT_HUGE:
		add_leaf(out, "Replace", "./Settings/hostname", HUGE_VALUE);
		break;
	default:
		break;
	}
}

void vdm_fault_spoil(enum vdm_fault fault, enum vdm_encoding encoding, struct vdm_buf *answer)
{
	char *end;

	if (fault != VDM_FAULT_MALFORMED_XML || answer->failed)
		return;
	if (encoding == VDM_WBXML) {
		answer->len--;
		return;
	}
	/* the answer was made here and ends so: rename one end tag */
	end = strstr(answer->p, "</SyncBody>");
	if (end)
		memcpy(end, "</SyncBoby>", 11);
}
