// SPDX-License-Identifier: BSD-3-Clause
/*
 * Digests against the worked examples of spec/oma-dm.md 11.1 to 11.3, the text of the MAC header, the
 * schemes that an account allows, and base64.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dm/auth.h"
#include "dm/base64.h"
#include "dm/hmac.h"
#include "dm/scheme.h"
#include "vectors/dm-wbxml.h"

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

static void basic_vectors(void **state)
{
	static const struct {
		const char *user, *secret, *cred;
	} v[] = {
		{ "client01", "ClientSecret1", "Y2xpZW50MDE6Q2xpZW50U2VjcmV0MQ==" },
		{ "Bruce2", "OhBehave", "QnJ1Y2UyOk9oQmVoYXZl" },
		{ "", "", "Og==" },
	};
	char cred[DM_BASIC_B64_LEN + 1], name[129], secret[129];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(dm_auth_basic(v[i].user, v[i].secret, cred), 0);
		assert_string_equal(cred, v[i].cred);
		assert_true(dm_auth_basic_check(v[i].user, v[i].secret, cred));
		assert_false(dm_auth_basic_check(v[i].user, "other", cred));
		assert_false(dm_auth_basic_check("other", v[i].secret, cred));
		assert_false(dm_auth_basic_check(v[i].user, v[i].secret, ""));
		assert_false(dm_auth_basic_check(v[i].user, v[i].secret, "!"));
	}
	/* the longest that an account may hold, and one more */
	memset(name, 'n', sizeof(name));
	memset(secret, 's', sizeof(secret));
	name[127] = secret[127] = '\0';
	assert_int_equal(dm_auth_basic(name, secret, cred), 0);
	assert_true(dm_auth_basic_check(name, secret, cred));
	name[127] = 'n';
	name[128] = '\0';
	assert_int_equal(dm_auth_basic(name, secret, cred), 0);
	secret[127] = 's';
	secret[128] = '\0';
	assert_int_equal(dm_auth_basic(name, secret, cred), -EMSGSIZE);
}

#define WORKED_HEADER	"algorithm=MD5, username=\"client01\", mac=9YxjgHEGd0/fA/8352MmHw=="

static void mac_worked_example(void **state)
{
	uint8_t nonce[16];
	struct dm_hmac h = { .user = "client01" };
	char text[DM_HMAC_MAX];
	unsigned int i;

	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x10 + i);
	assert_int_equal(dm_auth_mac("client01", "ClientSecret1", nonce, 16, dm_wbxml_example,
				     sizeof(dm_wbxml_example), h.mac), 0);
	assert_int_equal(dm_hmac_format(&h, text, sizeof(text)), 0);
	assert_string_equal(text, WORKED_HEADER);
}

static void mac_header_forms(void **state)
{
	static const char *const good[] = {
		WORKED_HEADER,
		"username=\"client01\",mac=9YxjgHEGd0/fA/8352MmHw==",
		"mac=9YxjgHEGd0/fA/8352MmHw==, username=client01",
		"  MAC = \"9YxjgHEGd0/fA/8352MmHw==\" ,\tUserName = client01 , Algorithm = \"md5\"",
		"realm=\"a, b=c\", username=\"cli\\ent01\", mac=9YxjgHEGd0/fA/8352MmHw==",
		/* base64 of hexadecimal text, as printed in the literature */
		"username=\"client01\", mac=ZjU4YzYzODA3MTA2Nzc0ZmRmMDNmZjM3ZTc2MzI2MWY=",
	};
	static const char *const bad[] = {
		"", ",", "username=\"client01\"", "mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=\"client01, mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=\"client01\" mac=9YxjgHEGd0/fA/8352MmHw==",
		"algorithm=SHA1, username=\"client01\", mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=\"client01\", mac=9YxjgHEGd0/fA/8352MmHw==, mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=client01, username=client01, mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=\"client01\", mac=9YxjgHEGd0/fA/8352MmHw", "username=\"client01\", mac=",
		"username=\"client01\", mac=AAAA", "username, mac=9YxjgHEGd0/fA/8352MmHw==",
		"username=\"client01\", mac=ZjU4YzYzODA3MTA2Nzc0ZmRmMDNmZjM3ZTc2MzI2MXg=",
		"a23456789012345678901234567890123=1, username=c, mac=9YxjgHEGd0/fA/8352MmHw==",
	};
	uint8_t want[DM_MD5_LEN];
	struct dm_hmac h;
	size_t i;

	assert_int_equal(dm_b64_decode("9YxjgHEGd0/fA/8352MmHw==", 24, want, sizeof(want)), 16);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(dm_hmac_parse(good[i], &h), 0);
		assert_memory_equal(h.mac, want, sizeof(want));
		assert_string_equal(h.user, "client01");
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = dm_hmac_parse(bad[i], &h);

		if (!ret)
			print_error("taken: %s\n", bad[i]);
		assert_int_equal(ret, -EBADMSG);
	}
}

static void mac_header_carries_any_name(void **state)
{
	struct dm_hmac h = { .user = "a\"b\\c, d=" }, back;
	char text[DM_HMAC_MAX], long_name[700];

	assert_int_equal(dm_hmac_format(&h, text, sizeof(text)), 0);
	assert_int_equal(dm_hmac_parse(text, &back), 0);
	assert_string_equal(back.user, h.user);
	assert_int_equal(dm_hmac_format(&h, text, 30), -EMSGSIZE);
	/* a name may not end the header and begin another */
	strcpy(h.user, "a\r\nX: y");
	assert_int_equal(dm_hmac_format(&h, text, sizeof(text)), -EINVAL);
	memset(h.user, '"', sizeof(h.user) - 1);
	assert_int_equal(dm_hmac_format(&h, text, sizeof(text)), 0);
	assert_int_equal(dm_hmac_parse(text, &back), 0);
	assert_string_equal(back.user, h.user);
	snprintf(long_name, sizeof(long_name), "username=%0600d, mac=9YxjgHEGd0/fA/8352MmHw==", 1);
	assert_int_equal(dm_hmac_parse(long_name, &back), -EBADMSG);
	snprintf(long_name, sizeof(long_name), "username=%0128d, mac=9YxjgHEGd0/fA/8352MmHw==", 1);
	assert_int_equal(dm_hmac_parse(long_name, &back), -EBADMSG);
}

/* AAuthType, AAuthPref (NULL: no such node), scheme of the last session */
static void scheme_by_account(void **state)
{
	static const struct {
		const char *type, *pref, *last;
		enum dm_scheme first, weakest;
	} v[] = {
		{ "DIGEST", NULL, "", DM_SCHEME_MD5, DM_SCHEME_MD5 },
		{ "", NULL, "", DM_SCHEME_MD5, DM_SCHEME_MD5 },
		{ "BASIC", NULL, "HMAC", DM_SCHEME_BASIC, DM_SCHEME_BASIC },
		{ "HMAC", NULL, "DIGEST", DM_SCHEME_MAC, DM_SCHEME_MAC },
		{ "DIGEST", "HMAC", "", DM_SCHEME_MAC, DM_SCHEME_MD5 },
		{ "DIGEST", "BASIC", "", DM_SCHEME_BASIC, DM_SCHEME_BASIC },
		{ "DIGEST", "", "HMAC", DM_SCHEME_MAC, DM_SCHEME_MD5 },
		{ "DIGEST", "", "", DM_SCHEME_MD5, DM_SCHEME_MD5 },
		/* no longer allowed */
		{ "DIGEST", "", "BASIC", DM_SCHEME_MD5, DM_SCHEME_MD5 },
		/* a preference we do not know */
		{ "DIGEST", "X509", "HMAC", DM_SCHEME_MD5, DM_SCHEME_MD5 },
		{ "TRANSPORT", "HMAC", "", DM_SCHEME_NONE, DM_SCHEME_NONE },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct mo_account acc = { .has_auth_pref = v[i].pref };

		strcpy(acc.client.type, v[i].type);
		strcpy(acc.auth_pref, v[i].pref ? v[i].pref : "");
		strcpy(acc.last_auth, v[i].last);
		assert_int_equal(dm_scheme_first(&acc), v[i].first);
		assert_int_equal(dm_scheme_weakest(&acc), v[i].weakest);
	}
}

static void scheme_names(void **state)
{
	static const char *const usable[] = { "", "BASIC", "DIGEST", "HMAC", "TRANSPORT" };
	static const char *const not_usable[] = { "X509", "SECURID", "HTTP-BASIC", "digest", "MD5" };
	struct mo_credential c = { .type = "" };
	enum dm_scheme s;
	size_t i;

	assert_null(dm_scheme_type(DM_SCHEME_NONE));
	assert_int_equal(dm_scheme_of_type(NULL), DM_SCHEME_NONE);
	assert_int_equal(dm_scheme_of_type("syncml:auth-mac"), DM_SCHEME_NONE);
	for (s = DM_SCHEME_BASIC; s <= DM_SCHEME_MAC; s++) {
		assert_int_equal(dm_scheme_of_type(dm_scheme_type(s)), s);
		assert_int_equal(dm_scheme_of_account(dm_scheme_account_name(s)), s);
	}
	assert_string_equal(dm_scheme_type(DM_SCHEME_MAC), "syncml:auth-MAC");
	for (i = 0; i < sizeof(usable) / sizeof(usable[0]); i++) {
		strcpy(c.type, usable[i]);
		assert_true(dm_scheme_usable(&c));
	}
	for (i = 0; i < sizeof(not_usable) / sizeof(not_usable[0]); i++) {
		strcpy(c.type, not_usable[i]);
		assert_false(dm_scheme_usable(&c));
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
		cmocka_unit_test(basic_vectors),
		cmocka_unit_test(mac_worked_example),
		cmocka_unit_test(mac_header_forms),
		cmocka_unit_test(mac_header_carries_any_name),
		cmocka_unit_test(scheme_by_account),
		cmocka_unit_test(scheme_names),
		cmocka_unit_test(base64_round_trip),
		cmocka_unit_test(base64_strict),
	};

	return cmocka_run_group_tests_name("dm_auth", tests, NULL, NULL);
}
