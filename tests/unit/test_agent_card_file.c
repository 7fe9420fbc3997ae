// SPDX-License-Identifier: BSD-3-Clause
/*
 * The way to the bootstrap file of a card: with the virtual card's file system on the other side, and
 * with answers that no good card gives.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/card-file.h"
#include "vuicc/fs.h"

static struct uicc_fs fs;
static struct uicc_rsp rsp;
static struct card_file file;
static char commands[4096];
static unsigned int sent;

static int setup(void **state)
{
	memset(commands, 0, sizeof(commands));
	sent = 0;
	card_file_start(&file);
	return uicc_fs_init(&fs, "8949000000000012345");
}

static int teardown(void **state)
{
	card_file_clear(&file);
	return 0;
}

static void give(size_t len)
{
	static uint8_t doc[UICC_EF_BOOTSTRAP_MAX];
	size_t i;

	for (i = 0; i < len; i++)
		doc[i] = (uint8_t)(i + 1);
	doc[len - 1] = 0x01;
	assert_int_equal(uicc_fs_bootstrap(&fs, doc, len), 0);
	uicc_fs_reset(&fs);
}

/* What the card says to an APDU. */
static void ask(const uint8_t *apdu, size_t len)
{
	struct uicc_cmd cmd = { .ne = 256 };

	memcpy(cmd.header, apdu, len < 5 ? len : 5);
	if (len > 5) {
		cmd.nc = apdu[4];
		cmd.data = apdu + 5;
		assert_true(len == 5 + cmd.nc || len == 6 + cmd.nc);
	} else if (len == 5) {
		cmd.ne = apdu[4];
	}
	rsp.len = 0;
	rsp.sw = 0x9000;
	if (!uicc_fs_channel_open(&fs, apdu[0]))
		rsp.sw = 0x6881;
	else if (apdu[1] == 0x70)
		uicc_fs_manage_channel(&fs, &cmd, &rsp);
	else if (apdu[1] == 0xa4)
		uicc_fs_select(&fs, &cmd, &rsp);
	else if (apdu[1] == 0xb0)
		uicc_fs_read_binary(&fs, &cmd, false, &rsp);
	else
		fail_msg("INS %02X", apdu[1]);
	rsp.data[rsp.len++] = rsp.sw >> 8;
	rsp.data[rsp.len++] = rsp.sw & 0xff;
}

/* One command and its answer; false at the end. */
static bool go_on(void)
{
	const uint8_t *apdu;
	size_t len, i, n = strlen(commands);

	apdu = card_file_next(&file, &len);
	if (!apdu)
		return false;
	sent++;
	for (i = 0; i < len && n + 4 < sizeof(commands); i++)
		n += (size_t)sprintf(commands + n, "%02X", apdu[i]);
	strcat(commands, "\n");
	ask(apdu, len);
	return true;
}

static void run(void)
{
	while (go_on()) {
		assert_in_range(sent, 1, CARD_FILE_APDUS + 1);
		card_file_response(&file, rsp.data, rsp.len, 0);
	}
}

static void expect_command(const char *hex)
{
	if (!strstr(commands, hex))
		fail_msg("%s is not in:\n%s", hex, commands);
}

static void a_card_with_the_file(void **state)
{
	give(700);
	run();
	assert_int_equal(file.result, CARD_FILE_FOUND);
	assert_string_equal(file.iccid, "8949000000000012345");
	assert_int_equal(file.len, 700);
	assert_int_equal(file.data[0], 1);
	assert_int_equal(file.data[698], (uint8_t)699);
	/* the commands of the specification, on a channel of their own */
	expect_command("0070000001\n");
	expect_command("01A404040CA000000063504B43532D313500\n");
	expect_command("01A40804047FFF503100\n");
	expect_command("01A40804047FFF643000\n");
	expect_command("01A40804047FFF643100\n");
	expect_command("01B00000E6\n");
	expect_command("01B000E6E6\n");
	expect_command("00708001\n");
	assert_false(fs.channel[1].open);
}

static void the_longest_file_of_the_card(void **state)
{
	give(UICC_EF_BOOTSTRAP_MAX - 16);
	run();
	assert_int_equal(file.result, CARD_FILE_FOUND);
	assert_int_equal(file.len, UICC_EF_BOOTSTRAP_MAX - 16);
}

static void a_card_without_it(void **state)
{
	run();
	assert_int_equal(file.result, CARD_FILE_NONE);
	assert_string_equal(file.iccid, "8949000000000012345");
	assert_null(file.data);
}

static void a_card_without_channels(void **state)
{
	give(10);
	fs.channels = false;
	run();
	assert_int_equal(file.result, CARD_FILE_FOUND);
	assert_int_equal(file.len, 10);
	assert_null(strstr(commands, "007080"));
	expect_command("00A40804047FFF643100\n");
}

static void a_file_behind_a_pin(void **state)
{
	give(10);
	for (size_t i = 0; i < fs.count; i++)
		fs.files[i].pin = fs.files[i].fid == 0x6431;
	run();
	assert_int_equal(file.result, CARD_FILE_FAILED);
	assert_non_null(strstr(file.why, "PIN"));
	assert_false(fs.channel[1].open);
}

static void a_directory_that_names_nothing(void **state)
{
	give(10);
	for (size_t i = 0; i < fs.count; i++)
		if (fs.files[i].fid == 0x6430)
			memset(fs.files[i].data, 0xff, fs.files[i].len);
	run();
	assert_int_equal(file.result, CARD_FILE_NONE);
	assert_false(fs.channel[1].open);
}

/* Whatever is answered to whichever command: it ends, and nothing is left open. */
static void any_answer_at_any_step(void **state)
{
	static const uint16_t statuses[] = { 0x9000, 0x9110, 0x6282, 0x6881, 0x6982, 0x6a82, 0x6b00, 0x6c10,
					     0x6d00, 0x6f00 };
	static const size_t lengths[] = { 0, 1, 10, 230, 256 };

	for (unsigned int at = 0; at < 14; at++)
		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
			for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
				setup(NULL);
				give(300);
				while (go_on()) {
					if (sent - 1 == at) {
						memset(rsp.data, 0x62, lengths[k]);
						rsp.len = lengths[k];
						rsp.data[rsp.len++] = statuses[i] >> 8;
						rsp.data[rsp.len++] = statuses[i] & 0xff;
					}
					assert_in_range(sent, 1, CARD_FILE_APDUS + 1);
					card_file_response(&file, rsp.data, rsp.len, 0);
				}
				assert_int_equal(file.step, CARD_FILE_END);
				assert_true(file.result == CARD_FILE_FOUND || !file.data);
				teardown(NULL);
			}
}

static void no_answer_at_any_step(void **state)
{
	for (unsigned int at = 0; at < 14; at++) {
		setup(NULL);
		give(300);
		while (go_on()) {
			bool silent = sent - 1 == at;

			card_file_response(&file, rsp.data, silent ? 0 : rsp.len, silent ? -ETIMEDOUT : 0);
		}
		assert_int_equal(file.step, CARD_FILE_END);
		teardown(NULL);
	}
	card_file_start(&file);
	go_on();
	card_file_response(&file, (const uint8_t *)"\x90", 1, 0);
	assert_int_equal(file.result, CARD_FILE_FAILED);
}

/* A file of no told size that comes byte by byte. */
static void a_card_that_never_ends(void **state)
{
	static const uint8_t byte[] = { 0x55, 0x62, 0x00 };
	size_t len;

	give(300);
	while (file.step != CARD_FILE_READ_ODF && go_on())
		card_file_response(&file, rsp.data, rsp.len, 0);
	file.size = CARD_FILE_MAX;
	while (card_file_next(&file, &len)) {
		assert_in_range(++sent, 1, CARD_FILE_APDUS + 2);
		card_file_response(&file, byte, sizeof(byte), 0);
	}
	assert_int_equal(file.result, CARD_FILE_FAILED);
	assert_non_null(strstr(file.why, "no end"));
}

/* -------------------------------------------------------------------------- PKCS#15 */

static const uint8_t oid[] = { 0x67, 0x2b, 0x07, 0x01 };

static void expect_path(const void *dir, size_t len, const void *path, size_t path_len)
{
	struct pkcs15_path p = { .len = 0 };

	assert_true(pkcs15_object(dir, len, oid, sizeof(oid), &p));
	assert_int_equal(p.len, path_len);
	assert_memory_equal(p.fid, path, path_len);
}

static void entries_in_both_codings(void **state)
{
	static const uint8_t opaque[] =
		"\x30\x20\x30\x0e\x0c\x0c" "DM Bootstrap" "\x30\x06\x06\x04\x67\x2b\x07\x01\xa1\x06\x30\x04\x04\x02"
		"\x64\x31\xff\xff";
	static const uint8_t doubled[] =
		"\xa1\x27\x30\x00\x30\x11\x0c\x0f" "LwM2M Bootstrap" "\xa1\x10\x30\x0e\x06\x06\x06\x04\x67\x2b\x07"
		"\x01\x30\x04\x04\x02\x64\x32";
	static const uint8_t absolute[] =
		"\x30\x12\x30\x06\x06\x04\x67\x2b\x07\x01\xa1\x08\x30\x06\x04\x04\x3f\x00\x64\x31";
	struct pkcs15_path p;

	expect_path(opaque, sizeof(opaque) - 1, "\x64\x31", 2);
	expect_path(doubled, sizeof(doubled) - 1, "\x64\x32", 2);
	expect_path(absolute, sizeof(absolute) - 1, "\x3f\x00\x64\x31", 4);
	/* cut off anywhere it is none, and nothing is read beyond */
	for (size_t n = 0; n < sizeof(doubled) - 1; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		assert_non_null(copy);
		memcpy(copy, doubled, n);
		assert_false(pkcs15_object(copy, n, oid, sizeof(oid), &p));
		free(copy);
	}
}

static void directories_in_their_order(void **state)
{
	static const uint8_t odf[] =
		"\xa0\x06\x30\x04\x04\x02\x44\x00\xa7\x06\x30\x04\x04\x02\x64\x30\xa7\x06\x30\x04\x04\x02\x64\x33\xff";
	struct pkcs15_path p;

	assert_true(pkcs15_dodf(odf, sizeof(odf) - 1, 0, &p));
	assert_memory_equal(p.fid, "\x64\x30", 2);
	assert_true(pkcs15_dodf(odf, sizeof(odf) - 1, 1, &p));
	assert_memory_equal(p.fid, "\x64\x33", 2);
	assert_false(pkcs15_dodf(odf, sizeof(odf) - 1, 2, &p));
}

/* Lengths beyond the end, deep nesting, odd paths. */
static void directories_that_are_broken(void **state)
{
	static const uint8_t long_len[] = { 0x30, 0x83, 0x01, 0x00, 0x00 }, beyond[] = { 0x30, 0x7f, 0x06 };
	static const uint8_t odd[] = "\x30\x0d\x30\x06\x06\x04\x67\x2b\x07\x01\x30\x03\x04\x01\x64";
	uint8_t deep[64];
	struct pkcs15_path p;

	for (size_t i = 0; i < sizeof(deep); i += 2) {
		deep[i] = 0x30;
		deep[i + 1] = (uint8_t)(sizeof(deep) - i - 2);
	}
	assert_false(pkcs15_object(long_len, sizeof(long_len), oid, sizeof(oid), &p));
	assert_false(pkcs15_object(beyond, sizeof(beyond), oid, sizeof(oid), &p));
	assert_false(pkcs15_object(odd, sizeof(odd) - 1, oid, sizeof(oid), &p));
	assert_false(pkcs15_object(deep, sizeof(deep), oid, sizeof(oid), &p));
	assert_false(pkcs15_object(NULL, 0, oid, sizeof(oid), &p));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_card_with_the_file),
		T(the_longest_file_of_the_card),
		T(a_card_without_it),
		T(a_card_without_channels),
		T(a_file_behind_a_pin),
		T(a_directory_that_names_nothing),
		T(any_answer_at_any_step),
		T(no_answer_at_any_step),
		T(a_card_that_never_ends),
		T(entries_in_both_codings),
		T(directories_in_their_order),
		T(directories_that_are_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
