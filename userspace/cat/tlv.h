/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BER-TLV and COMPREHENSION-TLV objects (TS 101 220, 7.1): reading and writing.
 */
#ifndef CAT_TLV_H
#define CAT_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tags of BER-TLV objects */
#define CAT_BER_PROACTIVE	0xd0
#define CAT_BER_EVENT		0xd6
#define CAT_BER_TIMER		0xd7

/* Tags of COMPREHENSION-TLV objects, without the CR bit (TS 102 223, 9.3) */
enum cat_tag {
	CAT_TAG_COMMAND_DETAILS		= 0x01,
	CAT_TAG_DEVICES			= 0x02,
	CAT_TAG_RESULT			= 0x03,
	CAT_TAG_DURATION		= 0x04,
	CAT_TAG_ALPHA			= 0x05,
	CAT_TAG_TEXT			= 0x0d,
	CAT_TAG_FILE_LIST		= 0x12,
	CAT_TAG_EVENT_LIST		= 0x19,
	CAT_TAG_ICON			= 0x1e,
	CAT_TAG_TIMER_ID		= 0x24,
	CAT_TAG_TIMER_VALUE		= 0x25,
	CAT_TAG_IMMEDIATE		= 0x2b,
	CAT_TAG_AID			= 0x2f,
	CAT_TAG_BEARER			= 0x35,
	CAT_TAG_CHANNEL_DATA		= 0x36,
	CAT_TAG_CHANNEL_DATA_LENGTH	= 0x37,
	CAT_TAG_CHANNEL_STATUS		= 0x38,
	CAT_TAG_BUFFER_SIZE		= 0x39,
	CAT_TAG_REFRESH_POLICY		= 0x3a,
	CAT_TAG_TRANSPORT		= 0x3c,
	CAT_TAG_ADDRESS			= 0x3e,
	CAT_TAG_NETWORK_NAME		= 0x47,
	CAT_TAG_TEXT_ATTRIBUTE		= 0x50,
	CAT_TAG_FRAME			= 0x68,
};

#define CAT_TAG_CR		0x80	/* comprehension required */

/* Device identities (TS 102 223, 8.7) */
#define CAT_DEV_DISPLAY		0x02
#define CAT_DEV_CHANNEL_1	0x21
#define CAT_DEV_CHANNEL_7	0x27
#define CAT_DEV_UICC		0x81
#define CAT_DEV_TERMINAL	0x82

struct cat_tlv {
	uint16_t tag;		/* without CR; 3-byte tags keep their 15 bits */
	bool cr;
	const uint8_t *value;
	size_t len;
};

/* A stretch of bytes that is read object by object. */
struct cat_reader {
	const uint8_t *pos;
	size_t left;
};

/* 1: *tlv is the next COMPREHENSION-TLV, 0: no more, -EBADMSG: malformed */
int cat_tlv_next(struct cat_reader *r, struct cat_tlv *tlv);

/*
 * Opens the BER-TLV object at buf: its value becomes *inner.  Bytes after it are
 * left alone (cards pad).  -EBADMSG if the tag is another or the length does not fit.
 */
int cat_ber_open(const uint8_t *buf, size_t len, uint8_t tag, struct cat_reader *inner);

/* One command or response body of at most Lc bytes, written object by object. */
#define CAT_BODY_MAX	255

struct cat_body {
	uint8_t data[CAT_BODY_MAX];
	size_t len;
	bool overflow;		/* something did not fit; the body is not to be sent */
};

/* Appends an object; tag as it goes on the wire, CR bit included. */
void cat_body_add(struct cat_body *body, uint8_t tag, const void *value, size_t len);
/* Wraps all that was added so far into a BER-TLV object. */
void cat_body_wrap(struct cat_body *body, uint8_t tag);

#endif /* CAT_TLV_H */
