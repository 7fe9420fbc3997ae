// SPDX-License-Identifier: BSD-3-Clause
/*
 * libiso7816 as far as it can be tried without the driver: finding readers, the
 * way of an APDU through write and read (a socket plays the driver), names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>

#include "userspace/lib/reader.c"

static void tells_readers_from_other_nodes(void **state)
{
	assert_int_equal(reader_number("iso7816-0"), 0);
	assert_int_equal(reader_number("iso7816-17"), 17);
	assert_int_equal(reader_number("iso7816-999999999"), 999999999);
	assert_int_equal(reader_number("iso7816-9999999999"), -1);
	assert_int_equal(reader_number("iso7816-"), -1);
	assert_int_equal(reader_number("iso7816-1a"), -1);
	assert_int_equal(reader_number("iso7816--1"), -1);
	assert_int_equal(reader_number("iso7816"), -1);
	assert_int_equal(reader_number("ttyS0"), -1);
}

static void finds_them_in_order(void **state)
{
	static const char * const names[] = { "iso7816-10", "iso7816-2", "iso7816-x", "other" };
	char path[] = "/tmp/dmsc-test-XXXXXX", file[64];
	size_t i;
	DIR *dir;

	assert_non_null(mkdtemp(path));
	for (i = 0; i < 4; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		close(open(file, O_CREAT | O_WRONLY, 0600));
	}
	dir = opendir(path);
	assert_non_null(dir);
	assert_int_equal(next_number(dir, -1), 2);
	assert_int_equal(next_number(dir, 2), 10);
	assert_int_equal(next_number(dir, 10), -1);
	closedir(dir);
	for (i = 0; i < 4; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		unlink(file);
	}
	rmdir(path);
}

static void says_why_it_cannot_open(void **state)
{
	struct iso7816_reader *r = NULL;

	assert_int_equal(iso7816_reader_open("/dev/iso7816-none", &r), -ENOENT);
	assert_null(r);
	iso7816_reader_close(NULL);
}

/* The driver's end of a reader whose device is a socket */
static struct iso7816_reader *reader_on_socket(int *driver)
{
	struct iso7816_reader *r = malloc(sizeof(*r) + 1);
	int fds[2];

	assert_non_null(r);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	r->fd = fds[0];
	r->path[0] = '\0';
	*driver = fds[1];
	return r;
}

static void exchanges_apdus(void **state)
{
	static const uint8_t cmd[] = { 0x80, 0xf2, 0x00, 0x0c, 0x00 };
	uint8_t buf[8], big[600] = { 0 };
	size_t len = sizeof(buf);
	int driver;
	struct iso7816_reader *r = reader_on_socket(&driver);

	assert_int_equal(iso7816_collect(r, buf, &len), -EAGAIN);
	assert_int_equal(iso7816_submit(r, cmd, sizeof(cmd)), 0);
	assert_int_equal(read(driver, big, sizeof(big)), 5);
	assert_memory_equal(big, cmd, 5);
	assert_int_equal(iso7816_submit(r, cmd, (size_t)ISO7816_COMMAND_MAX + 1), -EMSGSIZE);

	assert_int_equal(write(driver, "\x91\x0b", 2), 2);
	assert_int_equal(iso7816_collect(r, buf, &len), 0);
	assert_int_equal(len, 2);
	assert_int_equal(buf[0], 0x91);

	/* exactly as long as the buffer */
	assert_int_equal(write(driver, "abcdef\x90", 8), 8);
	len = sizeof(buf);
	assert_int_equal(iso7816_collect(r, buf, &len), 0);
	assert_int_equal(len, 8);

	/* longer: lost whole, and nothing of it is taken for the next answer */
	assert_int_equal(write(driver, big, sizeof(big)), 600);
	len = sizeof(buf);
	assert_int_equal(iso7816_collect(r, buf, &len), -EMSGSIZE);
	len = sizeof(buf);
	assert_int_equal(iso7816_collect(r, buf, &len), -EAGAIN);

	assert_int_equal(write(driver, "\x90", 1), 1);
	len = sizeof(buf);
	assert_int_equal(iso7816_collect(r, buf, &len), -EPROTO);
	close(driver);
	/* nothing was submitted, as the driver says it */
	assert_int_equal(iso7816_collect(r, buf, &len), -EAGAIN);
	iso7816_reader_close(r);
}

static void a_file_is_no_reader(void **state)
{
	uint8_t resp[4];
	size_t len = sizeof(resp);
	struct iso7816_state st;
	int driver;
	struct iso7816_reader *r = reader_on_socket(&driver);

	assert_int_equal(iso7816_get_state(r, &st), -ENOTTY);
	assert_int_equal(iso7816_set_poll(r, 1000), -ENOTTY);
	assert_int_equal(iso7816_power_on(r, NULL), -ENOTTY);
	assert_int_equal(iso7816_transmit(r, resp, 4, resp, &len, 0), -ENOTTY);
	close(driver);
	iso7816_reader_close(r);
}

static void has_a_name_for_everything(void **state)
{
	char text[128];
	uint32_t i;
	int err;

	assert_string_equal(iso7816_event_name(ISO7816_EVENT_CARD_INSERTED), "CARD_INSERTED");
	assert_string_equal(iso7816_event_name(ISO7816_EVENT_READER_GONE), "READER_GONE");
	assert_string_equal(iso7816_event_name(0), "UNKNOWN_EVENT");
	assert_string_equal(iso7816_event_name(UINT32_MAX), "UNKNOWN_EVENT");
	for (i = ISO7816_EVENT_CARD_INSERTED; i <= ISO7816_EVENT_READER_GONE; i++)
		assert_string_not_equal(iso7816_event_name(i), "UNKNOWN_EVENT");
	assert_string_equal(iso7816_state_name(ISO7816_STATE_ABSENT), "absent");
	assert_string_equal(iso7816_state_name(ISO7816_STATE_FAILED), "failed");
	assert_string_equal(iso7816_state_name(5), "unknown");
	for (err = 0; err < 200; err++) {
		snprintf(text, sizeof(text), "%s", iso7816_strerror(err));
		assert_string_equal(iso7816_strerror(-err), text);
	}
	assert_non_null(strstr(iso7816_strerror(-ENOMEDIUM), "no card"));
	assert_string_equal(iso7816_strerror(0), "no error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_readers_from_other_nodes),
		cmocka_unit_test(finds_them_in_order),
		cmocka_unit_test(says_why_it_cannot_open),
		cmocka_unit_test(exchanges_apdus),
		cmocka_unit_test(a_file_is_no_reader),
		cmocka_unit_test(has_a_name_for_everything),
	};

	return cmocka_run_group_tests_name("libiso7816", tests, NULL, NULL);
}
