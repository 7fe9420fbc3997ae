// SPDX-License-Identifier: BSD-3-Clause
/*
 * Digests against the worked examples of spec/oma-dm.md 11.1 and 11.2, and base64.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dm/auth.h"
#include "dm/base64.h"

static void md5_vectors(void **state)
{
	static const struct {
		const char *user, *secret, *nonce_b64, *cred;
	} v[] = {
		{ "client01", "ClientSecret1", "EBESExQVFhcYGRobHB0eHw==", "pMhagk1xWZhF6/L5i8vJBQ==" },
		{ "dmsc.example", "CardSecret1", "oKGio6SlpqeoqaqrrK2urw==", "5SIqs8ZX3dgbKqwMigf0Aw==" },
		{ "client01", "ClientSecret1", "AAAAAA==", "l16RQ6g8R6uHr/KrJ6+WXA==" },
		{ "Bruce2", "OhBehave", "Tm9uY2U=", "Zz6EivR3yeaaENcRN6lpAQ==" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char cred[DM_MD5_B64_LEN + 1], other[DM_MD5_B64_LEN + 1];
		uint8_t nonce[16];
		ssize_t n = dm_b64_decode(v[i].nonce_b64, strlen(v[i].nonce_b64), nonce, 16);

		assert_true(n > 0);
		assert_int_equal(dm_auth_md5(v[i].user, v[i].secret, nonce, (size_t)n, cred), 0);
		assert_string_equal(cred, v[i].cred);
		assert_true(dm_auth_md5_check(v[i].user, v[i].secret, nonce, (size_t)n, cred));
		assert_false(dm_auth_md5_check(v[i].user, "other", nonce, (size_t)n, cred));
		assert_false(dm_auth_md5_check(v[i].user, v[i].secret, nonce, (size_t)n - 1, cred));
		assert_false(dm_auth_md5_check(v[i].user, v[i].secret, nonce, (size_t)n, ""));
		strcpy(other, cred);
		other[0] ^= 1;
		assert_false(dm_auth_md5_check(v[i].user, v[i].secret, nonce, (size_t)n, other));
	}
}

static void base64_round_trip(void **state)
{
	uint8_t in[64] = { 0 }, out[64];
	char text[DM_B64_LEN(64) + 1];
	size_t len, i;

	for (len = 0; len <= sizeof(in); len++) {
		for (i = 0; i < len; i++)
			in[i] = (uint8_t)(i * 37 + len);
		dm_b64_encode(in, len, text);
		assert_int_equal(strlen(text), DM_B64_LEN(len));
		assert_int_equal(dm_b64_decode(text, strlen(text), out, sizeof(out)), len);
		assert_memory_equal(in, out, len);
		if (len)
			assert_int_equal(dm_b64_decode(text, strlen(text), out, len - 1), -EMSGSIZE);
	}
}

static void base64_strict(void **state)
{
	static const char *const bad[] = {
		"A", "AA", "AAA", "=", "A===", "AA=A", "AAA=AAAA", "AB==", "AAB=", "AA$A", "AAAA=",
	};
	uint8_t out[8];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(dm_b64_decode(bad[i], strlen(bad[i]), out, sizeof(out)), -EBADMSG);
	assert_int_equal(dm_b64_decode("AA\0A", 4, out, sizeof(out)), -EBADMSG);
	assert_int_equal(dm_b64_decode(" QU\r\nJD\t", 8, out, sizeof(out)), 3);
	assert_memory_equal(out, "ABC", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_vectors),
		cmocka_unit_test(base64_round_trip),
		cmocka_unit_test(base64_strict),
	};

	return cmocka_run_group_tests_name("dm_auth", tests, NULL, NULL);
}
