// SPDX-License-Identifier: BSD-3-Clause
/*
 * BER-TLV and COMPREHENSION-TLV codec.  Every length is checked against what is
 * left before a byte behind it is looked at.
 */
#include <errno.h>
#include <string.h>

#include "cat/tlv.h"

#define TAG_THREE_BYTES	0x7f

/* Takes a BER length of 1 to 4 bytes off the front. */
static int take_length(struct cat_reader *r, size_t *len)
{
	size_t bytes, i;

	if (!r->left)
		return -EBADMSG;
	if (r->pos[0] < 0x80) {
		*len = r->pos[0];
		bytes = 0;
	} else {
		bytes = r->pos[0] & 0x7f;
		if (bytes < 1 || bytes > 3 || r->left < 1 + bytes)
			return -EBADMSG;
		*len = 0;
		for (i = 1; i <= bytes; i++)
			*len = *len << 8 | r->pos[i];
	}
	r->pos += 1 + bytes;
	r->left -= 1 + bytes;
	return *len > r->left ? -EBADMSG : 0;
}

int cat_tlv_next(struct cat_reader *r, struct cat_tlv *tlv)
{
	size_t tag_len = 1;
	int err;

	if (!r->left)
		return 0;
	if (r->pos[0] == 0x00 || r->pos[0] == 0x80 || r->pos[0] == 0xff)
		return -EBADMSG;
	if (r->pos[0] == TAG_THREE_BYTES) {
		if (r->left < 3)
			return -EBADMSG;
		tlv->cr = r->pos[1] & CAT_TAG_CR;
		tlv->tag = (uint16_t)((r->pos[1] & 0x7f) << 8 | r->pos[2]);
		tag_len = 3;
	} else {
		tlv->cr = r->pos[0] & CAT_TAG_CR;
		tlv->tag = r->pos[0] & 0x7f;
	}
	r->pos += tag_len;
	r->left -= tag_len;

	err = take_length(r, &tlv->len);
	if (err)
		return err;
	tlv->value = r->pos;
	r->pos += tlv->len;
	r->left -= tlv->len;
	return 1;
}

int cat_ber_open(const uint8_t *buf, size_t len, uint8_t tag, struct cat_reader *inner)
{
	struct cat_reader r = { .pos = buf, .left = len };
	size_t value_len;
	int err;

	if (!len || buf[0] != tag)
		return -EBADMSG;
	r.pos++;
	r.left--;
	err = take_length(&r, &value_len);
	if (err)
		return err;
	inner->pos = r.pos;
	inner->left = value_len;
	return 0;
}

static size_t put_length(uint8_t *p, size_t len)
{
	if (len < 0x80) {
		p[0] = (uint8_t)len;
		return 1;
	}
	p[0] = 0x81;
	p[1] = (uint8_t)len;
	return 2;
}

void cat_body_add(struct cat_body *body, uint8_t tag, const void *value, size_t len)
{
	size_t need = (len < 0x80 ? 2 : 3) + len;

	if (body->overflow || len > 0xff || need > sizeof(body->data) - body->len) {
		body->overflow = true;
		return;
	}
	body->data[body->len++] = tag;
	body->len += put_length(body->data + body->len, len);
	if (len)
		memcpy(body->data + body->len, value, len);
	body->len += len;
}

void cat_body_wrap(struct cat_body *body, uint8_t tag)
{
	size_t head = body->len < 0x80 ? 2 : 3;

	if (body->overflow || head > sizeof(body->data) - body->len) {
		body->overflow = true;
		return;
	}
	memmove(body->data + head, body->data, body->len);
	body->data[0] = tag;
	put_length(body->data + 1, body->len);
	body->len += head;
}
