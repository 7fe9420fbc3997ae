// SPDX-License-Identifier: BSD-3-Clause
/*
 * What carries package #0 (spec/oma-dm.md 3.4): each form of WSP header, the user data header of a
 * short message, and what is another push or broken.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dm/dm.h"
#include "dm/wsp.h"

struct form {
	const char *headers;
	size_t len;
	int ret;
};

#define FORM(h, r) { h, sizeof(h) - 1, r }

/* At its exact size, so that an over-read is seen; the length of the headers in so many octets. */
static void try_push(const struct form *f, unsigned int octets)
{
	size_t total = 2 + octets + f->len + 2, pos = 2, len;
	uint8_t *pdu = malloc(total);
	const uint8_t *body;
	int ret;

	pdu[0] = 0x01;
	pdu[1] = 0x06;
	while (octets-- > 1)
		pdu[pos++] = 0x80 | (uint8_t)(octets < 2 ? f->len >> 7 * octets : 0);
	pdu[pos++] = (uint8_t)f->len & 0x7f;
	memcpy(pdu + pos, f->headers, f->len);
	memcpy(pdu + pos + f->len, "ok", 2);
	ret = dm_wsp_unwrap(pdu, total, &body, &len);
	if (ret != f->ret)
		print_error("headers of %zu bytes: %d instead of %d\n", f->len, ret, f->ret);
	assert_int_equal(ret, f->ret);
	if (!ret) {
		assert_int_equal(len, 2);
		assert_memory_equal(body, "ok", 2);
	}
	free(pdu);
}

static void try_all(const struct form *forms, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		try_push(&forms[i], forms[i].len < 128 ? 1 : 2);
}

#define TRY(forms)	try_all(forms, sizeof(forms) / sizeof((forms)[0]))

static void content_types(void **state)
{
	static const struct form forms[] = {
		FORM("\xC4\xAF\x87", 0),
		FORM("\x01\xC4\xAF\x87", 0),			/* length 1, general form */
		FORM("\x1F\x01\xC4\xAF\x87", 0),		/* quoted length */
		FORM("\x1F\x80\x80\x01\xC4\xAF\x87", 0),	/* in more octets than needed */
		FORM("\x02\x01\x44\xAF\x87", 0),		/* long integer */
		FORM("\x03\x02\x00\x44\xAF\x87", 0),
		FORM("application/vnd.syncml.notification\0\xAF\x87", 0),
		FORM("Application/Vnd.SyncML.Notification\0", 0),
		FORM("application/vnd.syncml.notification; charset=utf-8\0\xAF\x87", 0),
		FORM("\x1F\x24" "application/vnd.syncml.notification\0\xAF\x87", 0),
		FORM("\x7F" "application/vnd.syncml.notification\0\xAF\x87", 0),
		FORM("\xC4", 0),				/* no application id */
		FORM("\xB6\xAF\x87", -ENOMSG),			/* bootstrap (CP) */
		FORM("\xC2\xAF\x87", -ENOMSG),
		FORM("\xC3\xAF\x87", -ENOMSG),
		FORM("text/plain\0\xAF\x87", -ENOMSG),
		FORM("application/vnd.syncml.notification2\0", -ENOMSG),
		FORM("\x1F\x01\xB6\xAF\x87", -ENOMSG),
		FORM("\x02\x01\x36\xAF\x87", -ENOMSG),
		FORM("\x05\x04\x01\x00\x00\x44\xAF\x87", -ENOMSG),
		FORM("", -EBADMSG),
		FORM("\x05\xC4", -EBADMSG),
		FORM("\x00", -EBADMSG),
		FORM("\x1F", -EBADMSG),
		FORM("\x1F\x00", -EBADMSG),
		FORM("\x1F\xFF\xFF\xFF\xFF\x7F", -EBADMSG),
		FORM("\x1F\x80\x80\x80\x80\x80\x01\xC4", -EBADMSG),
		FORM("application/vnd", -EBADMSG),
	};

	TRY(forms);
}

static void parameters(void **state)
{
	static const struct form forms[] = {
		FORM("\x02\xC4\x80\xAF\x87", 0),
		FORM("\x03\xC4\x81\xEA\xAF\x87", 0),		/* charset=utf-8 */
		FORM("\x0D\xC4verproto\0\"1\0\xAF\x87", 0),	/* a quoted string, untyped */
		FORM("\x08\xC4" "a\0\"b;c\0\xAF\x87", 0),
		FORM("\x1F\x0D\xC4verproto\0\"1\0\xAF\x87", 0),
	};

	TRY(forms);
}

static void application_ids(void **state)
{
	static const struct form forms[] = {
		FORM("\xC4\xAF\x01\x07", 0),
		FORM("\xC4\xAF\x02\x00\x07", 0),
		FORM("\xC4\xAFx-wap-application:syncml.dm\0", 0),
		FORM("\xC4\xAFX-WAP-Application:SyncML.DM\0", 0),
		FORM("\xC4X-Wap-Application-Id\0syncml.dm\0", 0),
		FORM("\xC4x-wap-application-id\0\x87", 0),
		FORM("\xC4x-wap-application-id\0\x01\x07", 0),
		FORM("\xC4\xAF\x85", -ENOMSG),			/* data synchronisation */
		FORM("\xC4\xAF\x02\x90\x5B", -ENOMSG),		/* content identification */
		FORM("\xC4\xAF\x05\x07\x00\x00\x00\x07", -ENOMSG),
		FORM("\xC4\xAFx-wap-application:wml.ua\0", -ENOMSG),
		FORM("\xC4x-wap-application-id\0\x82", -ENOMSG),
		FORM("\xC4\xAF", -EBADMSG),
		FORM("\xC4\xAF\x05\x01", -EBADMSG),
		FORM("\xC4\xAFx-wap", -EBADMSG),
		FORM("\xC4X-Wap", -EBADMSG),
		FORM("\xC4X-Wap-Application-Id\0", -EBADMSG),
	};

	TRY(forms);
}

static void other_headers(void **state)
{
	static const struct form forms[] = {
		FORM("\xC4\x8D\x85\xAF\x87\xB4\x87", 0),	/* around it */
		FORM("\xC4\xAF\x87\x8D\x02\x12\x34", 0),	/* Content-Length, behind it */
		FORM("\xC4\x8D\x02\x12\x34\xAF\x85", -ENOMSG),
		FORM("\xC4X-Any\0some text\0\xAF\x87", 0),
		FORM("\xC4X-Any\0\x1F\x03\x81\x82\x83\xAF\x87", 0),
		FORM("\xC4X-Any\0\"quoted\0\xAF\x87", 0),
		FORM("\xC4X-Any\0\x00\xAF\x87", 0),		/* no value */
		/* in another code page 2F is another header; back in the first it counts */
		FORM("\xC4\x02\xAF\x85", 0),
		FORM("\xC4\x7F\x02\xAF\x85", 0),
		FORM("\xC4\x02\xAF\x85\x01\xAF\x85", -ENOMSG),
		FORM("\xC4\x02\xAF\x85\x7F\x01\xAF\x85", -ENOMSG),
		FORM("\xC4\x02", 0),
		FORM("\xC4\x7F", -EBADMSG),
		FORM("\xC4\x00", -EBADMSG),
		FORM("\xC4\x8D\x1F\x81\xFF\xFF\xFF\x7F", -EBADMSG),
	};

	TRY(forms);
}

static void length_of_the_headers(void **state)
{
	static const struct form small = FORM("\xC4\xAF\x87", 0);
	static const struct form long_value =
		FORM("\xC4\xAF\x87X-Any\0"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "\0", 0);
	static const struct form too_many_octets = FORM("\xC4\xAF\x87", -EBADMSG);
	unsigned int octets;

	for (octets = 1; octets <= 5; octets++)
		try_push(&small, octets);
	for (octets = 2; octets <= 5; octets++)
		try_push(&long_value, octets);
	try_push(&too_many_octets, 6);
}

static void other_pdus(void **state)
{
	const uint8_t *body;
	size_t len;

	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\x01\x07\x01\xC4", 4, &body, &len), -ENOMSG);
	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\x01\x06", 2, &body, &len), -EBADMSG);
	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\x01\x06\x02\xC4", 4, &body, &len), -EBADMSG);
	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\x01\x06\xFF\xFF\xFF\xFF\x7F\xC4", 8, &body, &len),
			 -EBADMSG);
	/* any transaction id; nothing behind the headers is package #0's business */
	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\xFE\x06\x01\xC4", 4, &body, &len), 0);
	assert_int_equal(len, 0);
}

/* The head that we write is one that we read. */
static void own_head(void **state)
{
	uint8_t buf[6];
	const uint8_t *body;
	size_t len;

	assert_int_equal(dm_wsp_push_head(buf, 5), 0);
	assert_int_equal(dm_wsp_push_head(buf, 6), 6);
	assert_memory_equal(buf, "\x01\x06\x03\xC4\xAF\x87", 6);
	assert_int_equal(dm_wsp_unwrap(buf, sizeof(buf), &body, &len), 0);
}

static void short_messages(void **state)
{
	static const struct {
		struct form f;
		size_t head;
	} v[] = {
		{ FORM("\x06\x05\x04\x0B\x84\xC0\x02ok", 0), 7 },	/* spec/oma-dm.md 3.5 */
		{ FORM("\x0B\x05\x04\x0B\x84\x00\x00\x00\x03\x07\x01\x01ok", 0), 12 },	/* one part of one */
		{ FORM("\x0B\x00\x03\x07\x01\x01\x05\x04\x0B\x84\x00\x00ok", 0), 12 },
		{ FORM("\x0C\x08\x04\x00\x07\x01\x01\x05\x04\x0B\x84\x00\x00ok", 0), 13 },
		{ FORM("\x0A\x70\x02\x01\x02\x05\x04\x0B\x84\x00\x00ok", 0), 11 },
		{ FORM("\x0B\x00\x03\x07\x02\x01\x05\x04\x0B\x84\x00\x00ok", -EOPNOTSUPP), 0 },
		{ FORM("\x0C\x08\x04\x00\x07\x03\x01\x05\x04\x0B\x84\x00\x00ok", -EOPNOTSUPP), 0 },
		{ FORM("\x06\x05\x04\x0B\x85\xC0\x02ok", -ENOMSG), 0 },	/* another port */
		{ FORM("\x06\x05\x04\xC0\x02\x0B\x84ok", -ENOMSG), 0 },	/* as the source */
		{ FORM("\x00ok", -ENOMSG), 0 },
		{ FORM("", -EBADMSG), 0 },
		{ FORM("\x06", -EBADMSG), 0 },
		{ FORM("\x06\x05\x04\x0B\x84\xC0", -EBADMSG), 0 },
		{ FORM("\x06\x05\x05\x0B\x84\xC0\x02\x00", -EBADMSG), 0 },
		{ FORM("\x05\x05\x03\x0B\x84\xC0ok", -EBADMSG), 0 },
		{ FORM("\x01\x05ok", -EBADMSG), 0 },
		{ FORM("\x04\x00\x02\x01\x01ok", -EBADMSG), 0 },
		{ FORM("\x05\x08\x03\x01\x01\x01ok", -EBADMSG), 0 },
	};
	const uint8_t *pdu;
	size_t i, len;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		uint8_t *copy = malloc(v[i].f.len + 1);
		int ret;

		memcpy(copy + 1, v[i].f.headers, v[i].f.len);
		ret = dm_sms_unwrap(copy + 1, v[i].f.len, &pdu, &len);
		if (ret != v[i].f.ret)
			print_error("short message %zu: %d\n", i, ret);
		assert_int_equal(ret, v[i].f.ret);
		if (!ret) {
			assert_ptr_equal(pdu, copy + 1 + v[i].head);
			assert_int_equal(len, 2);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_types),
		cmocka_unit_test(parameters),
		cmocka_unit_test(application_ids),
		cmocka_unit_test(other_headers),
		cmocka_unit_test(length_of_the_headers),
		cmocka_unit_test(other_pdus),
		cmocka_unit_test(own_head),
		cmocka_unit_test(short_messages),
	};

	return cmocka_run_group_tests_name("dm_wsp", tests, NULL, NULL);
}
