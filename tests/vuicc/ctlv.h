/* SPDX-License-Identifier: BSD-3-Clause */
/* COMPREHENSION-TLV objects (TS 102 223, clause 9; TS 101 220), card side: read and write. */
#ifndef VUICC_CTLV_H
#define VUICC_CTLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum uicc_tag {
	UICC_TAG_DETAILS = 0x01,
	UICC_TAG_DEVICES = 0x02,
	UICC_TAG_RESULT = 0x03,
	UICC_TAG_DURATION = 0x04,
	UICC_TAG_TEXT = 0x0d,
	UICC_TAG_EVENT_LIST = 0x19,
	UICC_TAG_TIMER_ID = 0x24,
	UICC_TAG_TIMER_VALUE = 0x25,
	UICC_TAG_CHANNEL_DATA = 0x36,
	UICC_TAG_DATA_LENGTH = 0x37,
	UICC_TAG_CHANNEL_STATUS = 0x38,
	UICC_TAG_BUFFER_SIZE = 0x39,
	UICC_TAG_TRANSPORT = 0x3c,
	UICC_TAG_OTHER_ADDRESS = 0x3e,
};

#define UICC_CR		0x80	/* comprehension required */

struct uicc_tlv {
	unsigned int tag;	/* without the CR flag */
	bool cr;
	const uint8_t *value;
	size_t len;
};

/* Takes the next object off *p, *len. 1 = one, 0 = end, -EINVAL = malformed. */
int uicc_ctlv_next(const uint8_t **p, size_t *len, struct uicc_tlv *tlv);
/* First object with the tag and at least min bytes; false if there is none. */
bool uicc_ctlv_find(const uint8_t *buf, size_t len, unsigned int tag, size_t min,
		    struct uicc_tlv *tlv);
/* Are there only well-formed objects? */
bool uicc_ctlv_valid(const uint8_t *buf, size_t len);
/* Takes a BER-TLV apart (one-byte tag) that fills buf exactly; its tag, or -EINVAL. */
int uicc_ber_open(const uint8_t *buf, size_t len, const uint8_t **value, size_t *value_len);

/* Objects being written; too much sets full, and nothing is written past the end. */
struct uicc_tlv_out {
	uint8_t *buf;
	size_t room;
	size_t len;
	bool full;
};

/* tag with its CR flag as on the wire. */
void uicc_ctlv_put(struct uicc_tlv_out *o, uint8_t tag, const void *value, size_t len);
/* Tag, length and value of a BER-TLV; its length, 0 if there is no room. */
size_t uicc_ber_wrap(uint8_t tag, const uint8_t *value, size_t len, uint8_t *buf, size_t room);

#endif /* VUICC_CTLV_H */
