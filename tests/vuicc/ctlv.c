// SPDX-License-Identifier: BSD-3-Clause
/* COMPREHENSION-TLV objects, card side. */
#include <errno.h>
#include <string.h>

#include "ctlv.h"

/* Length field (one to three bytes) at *p. */
static int take_length(const uint8_t **p, size_t *left, size_t *len)
{
	size_t n, i, value = 0;

	if (!*left)
		return -EINVAL;
	if (**p < 0x80) {
		*len = **p;
		n = 1;
	} else {
		n = **p & 0x7f;
		if (n < 1 || n > 2 || *left < n + 1)
			return -EINVAL;
		for (i = 1; i <= n; i++)
			value = value << 8 | (*p)[i];
		*len = value;
		n++;
	}
	*p += n;
	*left -= n;
	return *len > *left ? -EINVAL : 0;
}

int uicc_ctlv_next(const uint8_t **p, size_t *len, struct uicc_tlv *tlv)
{
	size_t n = 1;

	if (!*len)
		return 0;
	switch (**p) {
	case 0x00:
	case 0x80:
	case 0xff:
		return -EINVAL;
	case 0x7f:
		if (*len < 3)
			return -EINVAL;
		tlv->cr = (*p)[1] & UICC_CR;
		tlv->tag = ((*p)[1] & 0x7f) << 8 | (*p)[2];
		n = 3;
		break;
	default:
		tlv->cr = **p & UICC_CR;
		tlv->tag = **p & 0x7f;
	}
	*p += n;
	*len -= n;
	if (take_length(p, len, &tlv->len))
		return -EINVAL;
	tlv->value = *p;
	*p += tlv->len;
	*len -= tlv->len;
	return 1;
}

bool uicc_ctlv_find(const uint8_t *buf, size_t len, unsigned int tag, size_t min,
		    struct uicc_tlv *tlv)
{
	while (uicc_ctlv_next(&buf, &len, tlv) > 0) {
		if (tlv->tag == tag && tlv->len >= min)
			return true;
	}
	return false;
}

bool uicc_ctlv_valid(const uint8_t *buf, size_t len)
{
	struct uicc_tlv tlv;
	int ret;

	while ((ret = uicc_ctlv_next(&buf, &len, &tlv)) > 0)
		;
	return !ret;
}

int uicc_ber_open(const uint8_t *buf, size_t len, const uint8_t **value, size_t *value_len)
{
	int tag;

	if (len < 2)
		return -EINVAL;
	tag = *buf++;
	len--;
	if (take_length(&buf, &len, value_len) || *value_len != len)
		return -EINVAL;
	*value = buf;
	return tag;
}

static void put(struct uicc_tlv_out *o, const void *p, size_t len)
{
	if (o->full || len > o->room - o->len) {
		o->full = true;
		return;
	}
	if (len)
		memcpy(o->buf + o->len, p, len);
	o->len += len;
}

static void put_length(struct uicc_tlv_out *o, size_t len)
{
	uint8_t form[3] = { 0x82, len >> 8, len };

	if (len < 0x80) {
		put(o, form + 2, 1);
	} else if (len < 0x100) {
		form[1] = 0x81;
		put(o, form + 1, 2);
	} else {
		put(o, form, 3);
	}
}

void uicc_ctlv_put(struct uicc_tlv_out *o, uint8_t tag, const void *value, size_t len)
{
	put(o, &tag, 1);
	put_length(o, len);
	put(o, value, len);
}

size_t uicc_ber_wrap(uint8_t tag, const uint8_t *value, size_t len, uint8_t *buf, size_t room)
{
	struct uicc_tlv_out o = { .buf = buf, .room = room };

	put(&o, &tag, 1);
	put_length(&o, len);
	put(&o, value, len);
	return o.full ? 0 : o.len;
}
