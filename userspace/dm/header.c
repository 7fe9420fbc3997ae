// SPDX-License-Identifier: BSD-3-Clause
/*
 * The SyncHdr of a message of the server: whether it belongs to the session, what it changes
 * in it (spec/oma-dm.md 2.2), and the status that answers it.
 */
#include "dm/engine.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void copy_text(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from ? from : "");
}

/* Session ids are hexadecimal numbers: case and leading zeros do not matter. */
bool dm_header_same_session(const char *ours, const char *theirs)
{
	while (*theirs == '0' && theirs[1])
		theirs++;
	return !strcasecmp(ours, theirs);
}

/* scheme://authority of a URI, 0 if it is not one of HTTP. */
static size_t authority_len(const char *uri)
{
	size_t scheme = !strncasecmp(uri, "http://", 7) ? 7 : !strncasecmp(uri, "https://", 8) ? 8 : 0;
	size_t n = scheme ? strcspn(uri + scheme, "/?#") : 0;

	return n ? scheme + n : 0;
}

bool dm_header_usable_uri(const char *uri)
{
	const char *p;

	for (p = uri; *p; p++) {
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			return false;
	}
	return authority_len(uri) && p - uri < DM_URI_LEN;
}

/* A stranger may not send us, and our credentials, elsewhere. */
void dm_header_take_resp_uri(struct dm_session *s, const char *uri)
{
	size_t n = authority_len(uri);

	if (!s->server_authenticated &&
	    (n != authority_len(s->acc.addr) || strncasecmp(uri, s->acc.addr, n))) {
		dm_log(s, LOG_WARNING, "RespURI to another host before authentication is ignored");
		return;
	}
	copy_text(s->uri, sizeof(s->uri), uri);
}

void dm_header_take_limits(struct dm_session *s, const struct dm_meta *meta)
{
	unsigned long n;

	if (dm_parse_number(meta->max_msg_size, 1UL << 30, &n))
		s->peer_max_msg = n;
	if (dm_parse_number(meta->max_obj_size, 1UL << 30, &n))
		s->peer_max_obj = n;
}

int dm_header_refusal(const struct dm_header *hdr, const char **what)
{
	if (strcmp(hdr->ver_dtd, "1.2")) {
		*what = "VerDTD";
		return 505;
	}
	if (strcmp(hdr->ver_proto, "DM/1.2")) {
		*what = "VerProto";
		return 513;
	}
	if (hdr->resp_uri && !dm_header_usable_uri(hdr->resp_uri)) {
		*what = "RespURI";
		return 506;
	}
	return 0;
}

void dm_header_prepare_status(struct dm_session *s, const struct dm_header *hdr)
{
	s->hdr.due = true;
	s->hdr.code = MO_OK;
	s->hdr.chal = DM_SCHEME_NONE;
	s->hdr.msg_ref = s->peer_msg_id;
	copy_text(s->hdr.target, sizeof(s->hdr.target), hdr->target);
	copy_text(s->hdr.source, sizeof(s->hdr.source), hdr->source);
}
