// SPDX-License-Identifier: BSD-3-Clause
/*
 * The connectionless WSP push that carries package #0, and the user data header of a short message
 * around it (spec/oma-dm.md 3.4). Reads any form of header that WSP allows, but looks at two only:
 * Content-Type and X-Wap-Application-Id. Pure functions over bytes.
 */
#include "dm/wsp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "dm/dm.h"

enum {
	PUSH = 0x06,			/* PDU type */
	NOTIFICATION = 0x44,		/* content type application/vnd.syncml.notification */
	LENGTH_QUOTE = 31,		/* a uintvar length follows */
	SHIFT_DELIMITER = 0x7f,		/* a header code page follows; before text: a quote */
	DEFAULT_PAGE = 1,
	FIELD_APP_ID = 0x2f,		/* X-Wap-Application-Id */
	APP_SYNCML_DM = 0x07,
	SHORT = 0x80,			/* a code in the octet itself */
	UINTVAR_OCTETS = 5,
};

/* Information elements of a user data header. */
enum {
	IE_CONCATENATED_8 = 0x00,
	IE_PORTS_16 = 0x05,
	IE_CONCATENATED_16 = 0x08,
	WAP_PUSH_PORT = 2948,
};

static const char text_type[] = "application/vnd.syncml.notification";

/* A variable length integer at *pos; false if it runs out or is longer than 32 bits. */
static bool get_uintvar(const uint8_t *p, size_t len, size_t *pos, size_t *value)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < UINTVAR_OCTETS && *pos < len; i++) {
		uint8_t octet = p[(*pos)++];

		v = v << 7 | (octet & 0x7f);
		if (octet & 0x80)
			continue;
		*value = (size_t)v;
		return v <= UINT32_MAX;
	}
	return false;
}

/* The length of a header value at p, 0 if it runs out. */
static size_t value_length(const uint8_t *p, size_t len)
{
	size_t pos = 1, value;
	const uint8_t *end;

	if (!len)
		return 0;
	if (p[0] & SHORT)
		return 1;
	if (p[0] > LENGTH_QUOTE) {
		end = memchr(p, 0, len);
		return end ? (size_t)(end - p) + 1 : 0;
	}
	value = p[0];
	if (p[0] == LENGTH_QUOTE && !get_uintvar(p, len, &pos, &value))
		return 0;
	return value <= len - pos ? pos + value : 0;
}

/* Text that ends with a NUL inside of len; a quote in front of it is no part of it. */
static const char *get_text(const uint8_t *p, size_t len)
{
	if (!len || p[0] <= LENGTH_QUOTE || p[0] & SHORT || !memchr(p, 0, len))
		return NULL;
	return (const char *)p + (p[0] == SHIFT_DELIMITER || p[0] == '"');
}

/* Is a short or long integer at p this number? Leading zeros do not matter. */
static bool is_number(const uint8_t *p, size_t len, unsigned int number)
{
	size_t n, value = 0, i;

	if (!len)
		return false;
	if (p[0] & SHORT)
		return (p[0] & 0x7fU) == number;
	n = p[0];
	if (!n || n >= LENGTH_QUOTE || n > len - 1)
		return false;
	for (i = 1; i <= n; i++) {
		if (value >> 24)
			return false;
		value = value << 8 | p[i];
	}
	return value == number;
}

/* The media type at p, whatever its form; parameters behind it do not matter. */
static bool is_notification(const uint8_t *p, size_t len)
{
	const char *text = get_text(p, len);
	size_t n = sizeof(text_type) - 1;

	if (!text)
		return is_number(p, len, NOTIFICATION);
	return !strncasecmp(text, text_type, n) &&
	       (!text[n] || text[n] == ';' || text[n] == ' ' || text[n] == '\t');
}

/*
 * The Content-Type at the start of the headers: -EBADMSG if it cannot be read, -ENOMSG if it is
 * another one, else its length.
 */
static int content_type(const uint8_t *p, size_t len)
{
	size_t n = value_length(p, len), head = 1, value;
	bool ours;

	if (!n)
		return -EBADMSG;
	if (p[0] & SHORT || p[0] > LENGTH_QUOTE) {
		ours = is_notification(p, n);
	} else {
		/* general form: a length, a media type, parameters */
		if (p[0] == LENGTH_QUOTE && !get_uintvar(p, n, &head, &value))
			return -EBADMSG;
		if (head == n)
			return -EBADMSG;
		ours = is_notification(p + head, n - head);
	}
	return ours ? (int)n : -ENOMSG;
}

static bool is_dm_application(const uint8_t *p, size_t len)
{
	const char *text = get_text(p, len);

	if (!text)
		return is_number(p, len, APP_SYNCML_DM);
	return !strcasecmp(text, "x-wap-application:syncml.dm") || !strcasecmp(text, "syncml.dm");
}

/* Goes over a shift of the header code page; 0: there is none at p. */
static size_t page_shift(const uint8_t *p, size_t len, unsigned int *page)
{
	if (p[0] && p[0] <= LENGTH_QUOTE) {
		*page = p[0];
		return 1;
	}
	if (p[0] == SHIFT_DELIMITER && len > 1) {
		*page = p[1];
		return 2;
	}
	return 0;
}

/* Walks the headers behind the Content-Type; an application id other than ours is another push. */
static int check_headers(const uint8_t *p, size_t len)
{
	unsigned int page = DEFAULT_PAGE;
	size_t pos = 0, n;

	while (pos < len) {
		const char *name = NULL;
		bool app;

		n = page_shift(p + pos, len - pos, &page);
		if (n) {
			pos += n;
			continue;
		}
		if (p[pos] & SHORT) {
			app = page == DEFAULT_PAGE && p[pos] == (FIELD_APP_ID | SHORT);
			n = 1;
		} else {
			name = get_text(p + pos, len - pos);
			if (!name)
				return -EBADMSG;
			app = !strcasecmp(name, "x-wap-application-id");
			n = value_length(p + pos, len - pos);
		}
		pos += n;
		n = value_length(p + pos, len - pos);
		if (!n)
			return -EBADMSG;
		if (app && !is_dm_application(p + pos, n))
			return -ENOMSG;
		pos += n;
	}
	return 0;
}

int dm_wsp_unwrap(const uint8_t *pdu, size_t len, const uint8_t **body, size_t *body_len)
{
	size_t pos = 2, headers;
	int used, ret;

	if (len < 3)
		return -EBADMSG;
	if (pdu[1] != PUSH)		/* pdu[0]: transaction id, of no use to us */
		return -ENOMSG;
	if (!get_uintvar(pdu, len, &pos, &headers) || headers > len - pos)
		return -EBADMSG;
	used = content_type(pdu + pos, headers);
	if (used < 0)
		return used;
	ret = check_headers(pdu + pos + used, headers - (size_t)used);
	if (ret)
		return ret;
	*body = pdu + pos + headers;
	*body_len = len - pos - headers;
	return 0;
}

/* One information element; -EOPNOTSUPP if the message has further parts. */
static int check_element(uint8_t id, const uint8_t *p, size_t len, bool *for_push)
{
	switch (id) {
	case IE_PORTS_16:
		if (len != 4)
			return -EBADMSG;
		*for_push = (p[0] << 8 | p[1]) == WAP_PUSH_PORT;
		return 0;
	case IE_CONCATENATED_8:
		if (len != 3)
			return -EBADMSG;
		return p[1] > 1 ? -EOPNOTSUPP : 0;
	case IE_CONCATENATED_16:
		if (len != 4)
			return -EBADMSG;
		return p[2] > 1 ? -EOPNOTSUPP : 0;
	default:
		return 0;
	}
}

int dm_sms_unwrap(const uint8_t *data, size_t len, const uint8_t **pdu, size_t *pdu_len)
{
	bool for_push = false;
	size_t pos = 1, end;

	if (!len || data[0] > len - 1)
		return -EBADMSG;
	end = (size_t)data[0] + 1;
	while (pos < end) {
		size_t left = end - pos, n;
		int ret;

		if (left < 2 || data[pos + 1] > left - 2)
			return -EBADMSG;
		n = data[pos + 1];
		ret = check_element(data[pos], data + pos + 2, n, &for_push);
		if (ret)
			return ret;
		pos += 2 + n;
	}
	if (!for_push)
		return -ENOMSG;
	*pdu = data + end;
	*pdu_len = len - end;
	return 0;
}

size_t dm_wsp_push_head(uint8_t *buf, size_t room)
{
	static const uint8_t head[] = {
		0x01, PUSH, 3, NOTIFICATION | SHORT, FIELD_APP_ID | SHORT, APP_SYNCML_DM | SHORT,
	};

	if (room < sizeof(head))
		return 0;
	memcpy(buf, head, sizeof(head));
	return sizeof(head);
}
