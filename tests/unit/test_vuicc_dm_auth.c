// SPDX-License-Identifier: BSD-3-Clause
/* Digests, nonces and package #0 of the card, against published and computed vectors. */
#include "vuicc-dm-client.h"

static void hashes(void **state)
{
	static const struct {
		const char *user, *secret, *nonce, *hash, *cred;
	} v[] = {
		{ "client01", "ClientSecret1", CLIENT_NONCE, "kdaeUZZ/HHJfpQr7AWFmrA==", CLIENT_CRED },
		{ "dmsc.example", "CardSecret1", SERVER_NONCE, "aHq0d2INoHmCN9DIwyZEAA==",
		  SERVER_CRED },
		{ "client01", "ClientSecret1", "AAAAAA==", "kdaeUZZ/HHJfpQr7AWFmrA==",
		  "l16RQ6g8R6uHr/KrJ6+WXA==" },
		{ "Bruce2", "OhBehave", "Tm9uY2U=", "PtEdr8lBQ45IbT1bZIkrOQ==",
		  "Zz6EivR3yeaaENcRN6lpAQ==" },
	};
	char hash[VDM_B64_LEN], cred[VDM_B64_LEN];
	struct vdm_nonce n;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(vdm_auth_hash(v[i].user, v[i].secret, hash), 0);
		assert_string_equal(hash, v[i].hash);
		assert_int_equal(vdm_nonce_decode(v[i].nonce, &n), 0);
		assert_int_equal(vdm_auth_digest(hash, &n, cred), 0);
		assert_string_equal(cred, v[i].cred);
		assert_true(vdm_auth_match(hash, &n, cred));
		cred[3] ^= 1;
		assert_false(vdm_auth_match(hash, &n, cred));
		assert_false(vdm_auth_match(hash, &n, ""));
	}
}

static void nonces(void **state)
{
	static const char *const bad[] = { "A", "AAA", "====", "A===", "AA=A", "AAAA=", "AA A", "AAA\n",
					   "-_-_", NULL };
	char big[128], b64[VDM_NONCE_MAX * 2];
	struct vdm_nonce a, b;
	int i;

	for (i = 0; bad[i]; i++)
		if (!vdm_nonce_decode(bad[i], &a))
			fail_msg("'%s' was decoded", bad[i]);
	memset(big, 'A', 88);
	big[88] = '\0';		/* 66 bytes */
	assert_int_not_equal(vdm_nonce_decode(big, &a), 0);
	strcpy(big + 86, "==");	/* 64 bytes */
	assert_int_equal(vdm_nonce_decode(big, &a), 0);
	assert_int_equal(a.len, 64);
	assert_int_equal(vdm_nonce_decode("", &a), 0);
	assert_int_equal(a.len, 0);
	assert_int_equal(vdm_nonce_fresh(&a), 0);
	assert_int_equal(vdm_nonce_fresh(&b), 0);
	assert_int_equal(a.len, 16);
	assert_memory_not_equal(a.b, b.b, 16);
	assert_int_equal(vdm_nonce_encode(&a, b64, sizeof(b64)), 24);
	assert_int_equal(vdm_nonce_decode(b64, &b), 0);
	assert_int_equal(b.len, 16);
	assert_memory_equal(a.b, b.b, 16);
	assert_int_equal(vdm_nonce_encode(&a, b64, 24), -EMSGSIZE);
}

static const uint8_t push[42] = {
	0x01, 0x06, 0x03, 0xC4, 0xAF, 0x87,
	0xF2, 0x2A, 0x6F, 0xE4, 0x8E, 0xD3, 0xF4, 0xB0, 0x63, 0xE9, 0x8A, 0xB1, 0x7F, 0x2A, 0x4D, 0x27,
	0x02, 0xF8, 0x00, 0x00, 0x00, 0x00, 0x2A, 0x0C,
	0x64, 0x6D, 0x73, 0x63, 0x2E, 0x65, 0x78, 0x61, 0x6D, 0x70, 0x6C, 0x65,
};

static void notification(void **state)
{
	struct card *c = card_new(NULL, NULL);
	uint8_t buf[64];

	assert_int_equal(vuicc_app_notification(c->app, buf, sizeof(buf)), 42);
	assert_memory_equal(buf, push, 42);
	assert_int_equal(vuicc_app_notification(c->app, buf, 42), 42);
	assert_int_equal(vuicc_app_notification(c->app, buf, 41), -EMSGSIZE);
	card_free(c);
}

static void wrong_digest(void **state)
{
	struct card *c = card_new(NULL, "wrong-digest");
	uint8_t buf[64];

	assert_int_equal(vuicc_app_notification(c->app, buf, sizeof(buf)), 42);
	assert_memory_equal(buf, push, 6);
	assert_memory_not_equal(buf + 6, push + 6, 16);
	assert_memory_equal(buf + 22, push + 22, 20);
	card_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes), cmocka_unit_test(nonces),
		cmocka_unit_test(notification), cmocka_unit_test(wrong_digest),
	};

	return cmocka_run_group_tests_name("vuicc_dm_auth", tests, NULL, NULL);
}
