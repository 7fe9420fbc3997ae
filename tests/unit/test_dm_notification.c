// SPDX-License-Identifier: BSD-3-Clause
/*
 * Package #0 to the byte (spec/oma-dm.md 11.1, 3.1, 3.2, 3.5), and broken ones. What carries it is in
 * test_dm_wsp.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dm/auth.h"
#include "dm/dm.h"

static const uint8_t push[42] = {
	0x01, 0x06, 0x03, 0xC4, 0xAF, 0x87,
	0xF2, 0x2A, 0x6F, 0xE4, 0x8E, 0xD3, 0xF4, 0xB0, 0x63, 0xE9, 0x8A, 0xB1, 0x7F, 0x2A, 0x4D, 0x27,
	0x02, 0xF8, 0x00, 0x00, 0x00, 0x00, 0x2A, 0x0C,
	0x64, 0x6D, 0x73, 0x63, 0x2E, 0x65, 0x78, 0x61, 0x6D, 0x70, 0x6C, 0x65,
};

static const uint8_t nonce[16] = {
	0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF,
};

static void parse_worked_example(void **state)
{
	struct dm_notification n;
	const uint8_t *body;
	const char *why;
	size_t len;

	assert_int_equal(dm_wsp_unwrap(push, sizeof(push), &body, &len), 0);
	assert_int_equal(len, 36);
	assert_int_equal(dm_notification_parse(body, len, &n, &why), 0);
	assert_int_equal(n.version, 11);
	assert_int_equal(n.ui_mode, DM_UI_INTERACTION);
	assert_true(n.server_initiated);
	assert_int_equal(n.session_id, 0x2a);
	assert_string_equal(n.server_id, "dmsc.example");
	assert_int_equal(n.trigger_len, 20);
	assert_true(dm_notification_check(&n, "CardSecret1", nonce, 16));
	assert_false(dm_notification_check(&n, "CardSecret2", nonce, 16));
	assert_false(dm_notification_check(&n, "CardSecret1", nonce, 15));
}

static void any_flipped_bit_fails(void **state)
{
	uint8_t copy[36];
	struct dm_notification n;
	const char *why;
	unsigned int bit;

	for (bit = 0; bit < sizeof(copy) * 8; bit++) {
		memcpy(copy, push + 6, sizeof(copy));
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (dm_notification_parse(copy, sizeof(copy), &n, &why))
			assert_true(*why);
		else
			assert_false(dm_notification_check(&n, "CardSecret1", nonce, 16));
	}
}

static void resync_nonces(void **state)
{
	static const uint8_t zeros[16] = {
		0xD3, 0xC8, 0xDE, 0xAA, 0x81, 0x77, 0xBB, 0xCD,
		0xD2, 0xC0, 0xE8, 0x55, 0x31, 0x98, 0x06, 0x5D,
	};
	static const uint8_t ascii[16] = {
		0x90, 0x37, 0x0B, 0x1E, 0xA8, 0xDD, 0x94, 0xC3,
		0x29, 0xC4, 0xE7, 0x96, 0x87, 0xC2, 0xA8, 0x90,
	};
	uint8_t body[36];
	struct dm_notification n;
	const char *why;

	memcpy(body, push + 6, sizeof(body));
	memcpy(body, zeros, 16);
	assert_int_equal(dm_notification_parse(body, sizeof(body), &n, &why), 0);
	assert_true(dm_notification_check(&n, "CardSecret1", (const uint8_t *)"\0\0\0\0", 4));
	memcpy(body, ascii, 16);
	assert_int_equal(dm_notification_parse(body, sizeof(body), &n, &why), 0);
	assert_true(dm_notification_check(&n, "CardSecret1", (const uint8_t *)"0x00000000", 10));
}

static void build_worked_example(void **state)
{
	struct dm_notification n = {
		.ui_mode = DM_UI_INTERACTION, .server_initiated = true, .session_id = 0x2a,
		.server_id = "dmsc.example",
	};
	uint8_t buf[DM_NOTIFICATION_MAX];

	assert_int_equal(dm_notification_build(&n, "CardSecret1", nonce, 16, buf, sizeof(buf)), 42);
	assert_memory_equal(buf, push, 42);
	assert_int_equal(dm_notification_build(&n, "CardSecret1", nonce, 16, buf, 41), -EMSGSIZE);
	n.server_id[0] = '\0';
	assert_int_equal(dm_notification_build(&n, "CardSecret1", nonce, 16, buf, sizeof(buf)), -EINVAL);
}

/* The bytes printed in the literature, digest aside. */
static void literature_example(void **state)
{
	static const uint8_t trigger[] = {
		0x02, 0xD0, 0x00, 0x00, 0x00, 0x12, 0x34, 0x12, 'c', 'o', 'm', '.', 'm', 'g', 'm', 't',
		's', 'r', 'v', '.', 'm', 'a', 'n', 'a', 'g', 'e',
	};
	struct dm_notification n = {
		.ui_mode = DM_UI_BACKGROUND, .session_id = 0x1234, .server_id = "com.mgmtsrv.manage",
	};
	uint8_t buf[DM_NOTIFICATION_MAX];
	int len = dm_notification_build(&n, "x", NULL, 0, buf, sizeof(buf));

	assert_int_equal(len, 6 + 16 + (int)sizeof(trigger));
	assert_memory_equal(buf + 22, trigger, sizeof(trigger));
}

/* Each prefix, and each byte at each place: an error or a result, never a read beyond the end. */
static void broken_pushes(void **state)
{
	struct dm_notification n;
	const uint8_t *body;
	const char *why;
	size_t len, cut, at;
	unsigned int value;

	for (cut = 0; cut < sizeof(push); cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, push, cut);
		if (!dm_wsp_unwrap(copy, cut, &body, &len))
			assert_int_equal(dm_notification_parse(body, len, &n, &why), -EBADMSG);
		free(copy);
	}
	for (at = 0; at < 30; at++) {
		for (value = 0; value < 256; value++) {
			uint8_t *copy = malloc(sizeof(push));

			memcpy(copy, push, sizeof(push));
			copy[at] = (uint8_t)value;
			if (!dm_wsp_unwrap(copy, sizeof(push), &body, &len) &&
			    !dm_notification_parse(body, len, &n, &why))
				dm_notification_check(&n, "CardSecret1", nonce, 16);
			free(copy);
		}
	}
	assert_int_equal(dm_wsp_unwrap((const uint8_t *)"\x01\x07\x01\xC4", 4, &body, &len), -ENOMSG);
}

static void vendor_data_is_covered(void **state)
{
	uint8_t body[40];
	struct dm_notification n;
	const char *why;

	memcpy(body, push + 6, 36);
	memcpy(body + 36, "more", 4);
	assert_int_equal(dm_notification_parse(body, sizeof(body), &n, &why), 0);
	assert_int_equal(n.trigger_len, 24);
	assert_int_equal(n.vendor_len, 4);
	assert_memory_equal(n.vendor, "more", 4);
	assert_false(dm_notification_check(&n, "CardSecret1", nonce, 16));
}

static void vendor_data_is_sent(void **state)
{
	struct dm_notification n = {
		.version = 12, .session_id = 1, .server_id = "s", .vendor = (const uint8_t *)"abc",
		.vendor_len = 3,
	}, back;
	uint8_t buf[6 + 24 + 1 + 3];
	const char *why;

	assert_int_equal(dm_notification_build(&n, "x", NULL, 0, buf, sizeof(buf)), sizeof(buf));
	assert_int_equal(dm_notification_parse(buf + 6, sizeof(buf) - 6, &back, &why), 0);
	assert_int_equal(back.version, 12);
	assert_int_equal(back.vendor_len, 3);
	assert_memory_equal(back.vendor, "abc", 3);
	assert_true(dm_notification_check(&back, "x", NULL, 0));
	assert_int_equal(dm_notification_build(&n, "x", NULL, 0, buf, sizeof(buf) - 1), -EMSGSIZE);
	assert_int_equal(dm_notification_build(&n, "x", NULL, 0, buf, 5), -EMSGSIZE);
	n.vendor_len = SIZE_MAX;
	assert_int_equal(dm_notification_build(&n, "x", NULL, 0, buf, sizeof(buf)), -EMSGSIZE);
	n.vendor_len = 0;
	n.version = 1024;
	assert_int_equal(dm_notification_build(&n, "x", NULL, 0, buf, sizeof(buf)), -EINVAL);
}

/* Every value of every field comes out where it went in, and nowhere else. */
static void fields(void **state)
{
	uint8_t buf[24 + 2] = { 0 };
	struct dm_notification n;
	const char *why;
	unsigned int version, mode, initiator;

	buf[23] = 2;
	memcpy(buf + 24, "id", 2);
	buf[22] = 1;
	for (version = 0; version < 1024; version++) {
		buf[16] = (uint8_t)(version >> 2);
		buf[17] = (uint8_t)(version << 6);
		assert_int_equal(dm_notification_parse(buf, sizeof(buf), &n, &why),
				 version >= 10 && version <= 12 ? 0 : -EBADMSG);
	}
	buf[16] = 0x02;
	/* future-use is ignored */
	buf[18] = buf[19] = buf[20] = 0xff;
	for (mode = 0; mode < 4; mode++) {
		for (initiator = 0; initiator < 2; initiator++) {
			buf[17] = (uint8_t)(0xc7 | mode << 4 | initiator << 3);
			assert_int_equal(dm_notification_parse(buf, sizeof(buf), &n, &why), 0);
			assert_int_equal(n.version, 11);
			assert_int_equal(n.ui_mode, mode);
			assert_int_equal(n.server_initiated, initiator);
			assert_int_equal(n.session_id, 1);
			assert_string_equal(n.server_id, "id");
		}
	}
	buf[21] = 0xfe;
	buf[22] = 0xdc;
	assert_int_equal(dm_notification_parse(buf, sizeof(buf), &n, &why), 0);
	assert_int_equal(n.session_id, 0xfedc);
	buf[21] = buf[22] = 0;
	assert_int_equal(dm_notification_parse(buf, sizeof(buf), &n, &why), -EBADMSG);
	assert_string_equal(why, "session id is 0");
}

/* The name in the digest is the ServerID; some put their user name there. */
static void digest_by_another_name(void **state)
{
	struct dm_notification n;
	uint8_t body[36], digest[16];
	const char *why;

	memcpy(body, push + 6, sizeof(body));
	assert_int_equal(dm_notification_parse(body, sizeof(body), &n, &why), 0);
	assert_int_equal(dm_auth_mac("user", "CardSecret1", nonce, 16, n.trigger, n.trigger_len, digest), 0);
	memcpy(n.digest, digest, 16);
	assert_false(dm_notification_check(&n, "CardSecret1", nonce, 16));
	assert_true(dm_notification_check_as(&n, "user", "CardSecret1", nonce, 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_worked_example),
		cmocka_unit_test(any_flipped_bit_fails),
		cmocka_unit_test(resync_nonces),
		cmocka_unit_test(build_worked_example),
		cmocka_unit_test(literature_example),
		cmocka_unit_test(broken_pushes),
		cmocka_unit_test(vendor_data_is_covered),
		cmocka_unit_test(vendor_data_is_sent),
		cmocka_unit_test(fields),
		cmocka_unit_test(digest_by_another_name),
	};

	return cmocka_run_group_tests_name("dm_notification", tests, NULL, NULL);
}
