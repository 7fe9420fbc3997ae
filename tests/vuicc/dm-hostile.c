// SPDX-License-Identifier: BSD-3-Clause
/*
 * The DM server that means harm (option hostile=SEED): half of its messages are spoiled on their
 * way out, as documents or as bytes, in a way that follows from the seed.
 */
#include <stdlib.h>
#include <string.h>

#include "vuicc/dm-server.h"

#define SPOILED		2	/* one in so many messages */
#define SPOILED_BYTES	15
#define AT_ONCE		3	/* things in one message, at most */

void vdm_hostile_begin(struct vdm_server *srv)
{
	hostile_seed(&srv->hostile, srv->options.hostile);
}

bool vdm_is_hostile(const struct vdm_server *srv)
{
	return srv->options.hostile;
}

void vdm_hostile_document(struct vdm_server *srv, xmlDoc *doc)
{
	unsigned int n;

	if (!vdm_is_hostile(srv) || !hostile_chance(&srv->hostile, SPOILED))
		return;
	for (n = 1 + hostile_random(&srv->hostile, AT_ONCE); n; n--)
		hostile_any_of_document(&srv->hostile, doc);
}

void vdm_hostile_bytes(struct vdm_server *srv, struct vdm_buf *b)
{
	uint8_t *copy;
	size_t len = b->len;

	if (!vdm_is_hostile(srv) || b->failed || !len || !hostile_chance(&srv->hostile, SPOILED_BYTES))
		return;
	copy = malloc(len);
	if (!copy)
		return;
	memcpy(copy, b->p, len);
	hostile_any_of_bytes(&srv->hostile, &copy, &len);
	vdm_buf_clear(b);
	vdm_buf_add(b, (char *)copy, len);
	free(copy);
}
