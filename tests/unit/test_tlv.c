// SPDX-License-Identifier: BSD-3-Clause
/*
 * TLV codec, text decoder and the decoder of proactive commands.
 */
#include "unit/cat-rig.h"
#include "cat/text.h"

/* ---- TLV ---- */

static int next_of(const char *hex, struct cat_tlv *tlv)
{
	static uint8_t *copy;
	uint8_t buf[600];
	size_t len = unhex(hex, buf, sizeof(buf));
	struct cat_reader r;

	free(copy);
	copy = NULL;
	if (!tlv)
		return 0;
	copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, buf, len);
	r = (struct cat_reader){ .pos = copy, .left = len };
	return cat_tlv_next(&r, tlv);
}

static void reads_objects(void **state)
{
	struct cat_tlv tlv;

	assert_int_equal(next_of("", &tlv), 0);
	assert_int_equal(next_of("810301 2700", &tlv), 1);
	assert_int_equal(tlv.tag, 0x01);
	assert_true(tlv.cr);
	assert_int_equal(tlv.len, 3);
	assert_int_equal(next_of("2B00", &tlv), 1);
	assert_false(tlv.cr);
	assert_int_equal(tlv.len, 0);
	/* three-byte tag, CR in the second byte */
	assert_int_equal(next_of("7F8123 01 AA", &tlv), 1);
	assert_int_equal(tlv.tag, 0x123);
	assert_true(tlv.cr);
	assert_int_equal(tlv.value[0], 0xaa);
	/* long forms of the length */
	assert_int_equal(next_of("36 8101 AA", &tlv), 1);
	assert_int_equal(tlv.len, 1);
	assert_int_equal(next_of("36 820001 AA", &tlv), 1);
	assert_int_equal(next_of("36 83000001 AA", &tlv), 1);
	assert_int_equal(tlv.len, 1);
	next_of("", NULL);
}

static void refuses_malformed_objects(void **state)
{
	static const char * const bad[] = {
		"00", "80", "FF", "01", "0102 AA", "36 81", "36 82 01", "36 80", "36 84 00000001 AA",
		"36 81 FF AA", "7F", "7F 01", "7F0102", "7F0102 01", "36 83 FFFFFF AA",
	};
	struct cat_tlv tlv;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(next_of(bad[i], &tlv), -EBADMSG);
	next_of("", NULL);
}

static void opens_ber(void **state)
{
	static const uint8_t ok[] = { 0xd0, 0x01, 0xaa, 0xff };
	struct cat_reader r;

	assert_int_equal(cat_ber_open(ok, sizeof(ok), 0xd0, &r), 0);
	assert_int_equal(r.left, 1);
	assert_ptr_equal(r.pos, ok + 2);
	assert_int_equal(cat_ber_open(ok, 2, 0xd0, &r), -EBADMSG);
	assert_int_equal(cat_ber_open(ok, 1, 0xd0, &r), -EBADMSG);
	assert_int_equal(cat_ber_open(ok, 0, 0xd0, &r), -EBADMSG);
	assert_int_equal(cat_ber_open(ok, sizeof(ok), 0xd1, &r), -EBADMSG);
}

static void writes_bodies(void **state)
{
	uint8_t data[256] = { 0x11, 0x22 };
	struct cat_body body = { 0 };

	cat_body_add(&body, 0x81, data, 2);
	cat_body_add(&body, 0x2b, NULL, 0);
	assert_string_equal(to_hex(body.data, body.len), "810211222B00");
	cat_body_wrap(&body, 0xd6);
	assert_string_equal(to_hex(body.data, body.len), "D606810211222B00");

	/* the last length that fits, and one more */
	memset(&body, 0, sizeof(body));
	cat_body_add(&body, 0xb6, data, 0x7f);
	cat_body_add(&body, 0xb6, data, 123);
	assert_false(body.overflow);
	assert_int_equal(body.len, 254);
	cat_body_add(&body, 0xb6, data, 0);
	assert_true(body.overflow);
	assert_int_equal(body.len, 254);

	memset(&body, 0, sizeof(body));
	cat_body_add(&body, 0xb6, data, 252);
	assert_false(body.overflow);
	assert_int_equal(body.len, 255);
	assert_int_equal(body.data[1], 0x81);
	cat_body_wrap(&body, 0xd6);
	assert_true(body.overflow);

	memset(&body, 0, sizeof(body));
	cat_body_add(&body, 0xb6, data, 253);
	assert_true(body.overflow);
	assert_int_equal(body.len, 0);
	memset(&body, 0, sizeof(body));
	cat_body_add(&body, 0xb6, data, 256);
	assert_true(body.overflow);

	memset(&body, 0, sizeof(body));
	cat_body_add(&body, 0xb6, data, 0x80);
	cat_body_wrap(&body, 0xd6);
	assert_int_equal(body.data[1], 0x81);
	assert_int_equal(body.data[2], 0x83);
	assert_int_equal(body.len, 0x83 + 3);
}

/* ---- text ---- */

static int decode_text(const char *hex, char *out, size_t room)
{
	uint8_t buf[300];
	size_t len = unhex(hex, buf, sizeof(buf));
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, buf, len);
	err = cat_text_to_utf8(copy, len, out, room);
	free(copy);
	return err;
}

static void decodes_text(void **state)
{
	static const struct {
		const char *hex, *utf8;
	} t[] = {
		{ "04 546F6F6C6B69742054657374203 1", "Toolkit Test 1" },
		{ "00 D4F79BBD4ED341D4F29C0E9A01", "Toolkit Test 3" },
		{ "F0 D4F79BBD4ED341D4F29C0E9A01", "Toolkit Test 3" },
		{ "F4 55736572", "User" },
		{ "08 0417041404200410", "\u0417\u0414\u0420\u0410" },
		{ "08 D83DDE00", "\U0001F600" },
		{ "08 D83D0041", "\uFFFD" "A" },
		{ "08 DE00", "\uFFFD" },
		{ "04 1B651B14", "\u20ac^" },
		{ "04 1B41", "A" },
		{ "04 00", "@" },
		{ "04 E9", "\uFFFD" },
		{ "04 0D", "\n" },
		{ "00", "" },
		/* seven characters fill seven bytes less seven bits: those are padding */
		{ "00 31D98C56B3DD00", "1234567" },
		/* an eighth one that is there */
		{ "00 31D98C56B3DD70", "12345678" },
		{ "00 31D98C56B3DD7039", "123456789" },
		/* a card that wants to steer the screen */
		{ "08 001B005B0032004A0007009B0000", " [2J   " },
	};
	char out[CAT_TEXT_ROOM];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(decode_text(t[i].hex, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].utf8);
	}
}

static void refuses_text(void **state)
{
	char out[CAT_TEXT_ROOM];
	uint8_t longest[255] = { 0x08 };

	assert_int_equal(decode_text("", out, sizeof(out)), -EBADMSG);
	assert_int_equal(decode_text("08 004100", out, sizeof(out)), -EBADMSG);
	assert_int_equal(decode_text("0C 41", out, sizeof(out)), -EOPNOTSUPP);
	assert_int_equal(decode_text("20 41", out, sizeof(out)), -EOPNOTSUPP);
	assert_int_equal(decode_text("F8 41", out, sizeof(out)), -EOPNOTSUPP);
	assert_int_equal(decode_text("C0 41", out, sizeof(out)), -EOPNOTSUPP);
	assert_int_equal(decode_text("04 4142", out, 2), -ENOBUFS);
	assert_string_equal(out, "A");
	assert_int_equal(decode_text("04 4142", out, 0), -ENOBUFS);

	/* the most that a command can bring fits */
	longest[0] = 0x04;
	memset(longest + 1, 0x0c, 254);
	assert_int_equal(cat_text_to_utf8(longest, 255, out, sizeof(out)), 0);
	assert_int_equal(strlen(out), 2 * 254);
	longest[0] = 0x00;
	memset(longest + 1, 0xff, 254);
	assert_int_equal(cat_text_to_utf8(longest, 255, out, sizeof(out)), 0);
}

/* ---- commands ---- */

static enum cat_result decode(const char *hex, struct cat_command *cmd)
{
	uint8_t buf[300];
	size_t len = unhex(hex, buf, sizeof(buf));
	uint8_t *copy = malloc(len ? len : 1);
	enum cat_result res;

	assert_non_null(copy);
	memcpy(copy, buf, len);
	res = cat_command_decode(copy, len, cmd);
	free(copy);
	return res;
}

static void decodes_commands(void **state)
{
	static const struct {
		const char *hex;
		enum cat_result result;
	} t[] = {
		{ "D009810301020082028182", CAT_RESULT_OK },
		{ "D00D81030103008202818284020114", CAT_RESULT_OK },
		{ "D010810301010182028182920 5013F002FE2", CAT_RESULT_OK },
		{ "D00C810301050082028182990104", CAT_RESULT_OK },
		{ "D00B8103010500820281829900", CAT_RESULT_OK },
		{ "D01A8103012180820281028D0F04546F6F6C6B697420546573742031", CAT_RESULT_OK },
		{ "D0118103012700820281 82A40101A503005000", CAT_RESULT_OK },
		{ "D01281030240008202818239 0205DC3C03030DBC", CAT_RESULT_OK },
		{ "D00C810301420082028121B701C8", CAT_RESULT_OK },
		{ "D0138103014301820281 21B6080001020304050607", CAT_RESULT_OK },
		/* known, but not ours */
		{ "D0158103012200820281828D0A04456E74657220222B22", CAT_RESULT_BEYOND },
		{ "D0098103012603 82028182", CAT_RESULT_BEYOND },
		{ "D0098103019900 82028182", CAT_RESULT_TYPE_UNKNOWN },
		/* outer length one too small, one too large */
		{ "D00C81030103008202818284020114", CAT_RESULT_DATA_UNKNOWN },
		{ "D00E81030103008202818284020114", CAT_RESULT_DATA_UNKNOWN },
		/* unknown objects */
		{ "D00C810301020082028182F00100", CAT_RESULT_DATA_UNKNOWN },
		{ "D00C810301020082028182700100", CAT_RESULT_OK },
		/* missing objects of the minimum set */
		{ "D005810301 0200", CAT_RESULT_VALUE_MISSING },
		{ "D009810301030082028182", CAT_RESULT_VALUE_MISSING },
		{ "D009810301430082028121", CAT_RESULT_VALUE_MISSING },
		{ "D009810301 4200 82028121", CAT_RESULT_VALUE_MISSING },
		{ "D00E8103024000820281823C03030DBC", CAT_RESULT_VALUE_MISSING },
		/* devices */
		{ "D009810301020082028183", CAT_RESULT_DATA_UNKNOWN },
		{ "D009810301020082028282", CAT_RESULT_DATA_UNKNOWN },
		{ "D009810301410082028128", CAT_RESULT_DATA_UNKNOWN },
		{ "D009810301410082028120", CAT_RESULT_DATA_UNKNOWN },
		{ "D009810301410082028182", CAT_RESULT_DATA_UNKNOWN },
		/* lengths of known objects */
		{ "D00C810301030082028182840101", CAT_RESULT_DATA_UNKNOWN },
		{ "D00C810301030082028182040101", CAT_RESULT_DATA_UNKNOWN },
		{ "D00B8103012180820281028D00", CAT_RESULT_DATA_UNKNOWN },
		/* no details */
		{ "D00482028182", CAT_RESULT_DATA_UNKNOWN },
		{ "D00882028182 81020102", CAT_RESULT_DATA_UNKNOWN },
		{ "D000", CAT_RESULT_DATA_UNKNOWN },
		{ "D1098103010200 82028182", CAT_RESULT_DATA_UNKNOWN },
		{ "", CAT_RESULT_DATA_UNKNOWN },
		{ "D0", CAT_RESULT_DATA_UNKNOWN },
		{ "D081", CAT_RESULT_DATA_UNKNOWN },
		{ "D08103", CAT_RESULT_DATA_UNKNOWN },
	};
	struct cat_command cmd;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(decode(t[i].hex, &cmd), t[i].result);
}

static void keeps_details_of_bad_commands(void **state)
{
	struct cat_command cmd;

	decode("D00E81030703058202818284020114", &cmd);
	assert_int_equal(cmd.number, 7);
	assert_int_equal(cmd.type, 3);
	assert_int_equal(cmd.qualifier, 5);
	decode("D081FD81030843018202812 1B6", &cmd);
	assert_int_equal(cmd.number, 8);
	assert_int_equal(cmd.type, 0x43);
	decode("D00981030999 00 82028182", &cmd);
	assert_int_equal(cmd.number, 9);
	assert_string_equal(cat_command_name(cmd.type), "unknown command");
}

/* No truncation and no changed byte may make the decoder read what is not there. */
static void survives_any_damage(void **state)
{
	uint8_t good[64], *copy;
	size_t len = unhex("D02281030240008202818239 0205DC3C03030DBC 1E020001 05024142 3E05217F000001",
			   good, sizeof(good));
	struct cat_command cmd;
	unsigned int value;
	size_t i;

	good[1] = (uint8_t)(len - 2);
	assert_int_equal(cat_command_decode(good, len, &cmd), CAT_RESULT_OK);
	for (i = 0; i < len; i++) {
		copy = malloc(i ? i : 1);
		assert_non_null(copy);
		memcpy(copy, good, i);
		assert_int_not_equal(cat_command_decode(copy, i, &cmd), CAT_RESULT_OK);
		free(copy);
		copy = malloc(len);
		assert_non_null(copy);
		for (value = 0; value < 256; value++) {
			memcpy(copy, good, len);
			copy[i] = (uint8_t)value;
			cat_command_decode(copy, len, &cmd);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_objects),
		cmocka_unit_test(refuses_malformed_objects),
		cmocka_unit_test(opens_ber),
		cmocka_unit_test(writes_bodies),
		cmocka_unit_test(decodes_text),
		cmocka_unit_test(refuses_text),
		cmocka_unit_test(decodes_commands),
		cmocka_unit_test(keeps_details_of_bad_commands),
		cmocka_unit_test(survives_any_damage),
	};

	return cmocka_run_group_tests_name("tlv", tests, NULL, NULL);
}
