// SPDX-License-Identifier: BSD-3-Clause
/*
 * What libiso7816 asks the driver for, and what it makes of the answers: a function in
 * place of ioctl(2) plays the driver.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* The last call, and what is to be said to it */
static struct {
	unsigned long request;
	unsigned char arg[256];
	const void *answer;
	int error;
	unsigned int interrupted;	/* so many calls end with EINTR first */
	unsigned int calls;
} drv;

static int driver_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	drv.request = request;
	drv.calls++;
	if (arg && _IOC_DIR(request) & _IOC_WRITE)
		memcpy(drv.arg, arg, _IOC_SIZE(request));
	if (drv.interrupted) {
		drv.interrupted--;
		errno = EINTR;
		return -1;
	}
	if (drv.error) {
		errno = drv.error;
		return -1;
	}
	if (drv.answer && _IOC_DIR(request) & _IOC_READ)
		memcpy(arg, drv.answer, _IOC_SIZE(request));
	return 0;
}

#define ioctl driver_ioctl
#include "userspace/lib/reader.c"

static struct iso7816_reader reader;

static int begin(void **state)
{
	(void)state;
	memset(&drv, 0, sizeof(drv));
	return 0;
}

static void locks(void **state)
{
	const struct iso7816_lock answer = { .generation = 77 };
	struct iso7816_lock asked;
	uint32_t generation = 0;

	drv.answer = &answer;
	assert_int_equal(iso7816_lock(&reader, 1234, &generation), 0);
	memcpy(&asked, drv.arg, sizeof(asked));
	assert_int_equal(drv.request, ISO7816_IOC_LOCK);
	assert_int_equal(asked.timeout_ms, 1234);
	assert_int_equal(asked.flags, 0);
	assert_int_equal(asked.reserved, 0);
	assert_int_equal(generation, 77);
	assert_int_equal(iso7816_lock(&reader, 0, NULL), 0);
	drv.error = EBUSY;
	assert_int_equal(iso7816_lock(&reader, 0, &generation), -EBUSY);

	drv.error = 0;
	assert_int_equal(iso7816_unlock(&reader), 0);
	assert_int_equal(drv.request, ISO7816_IOC_UNLOCK);
	drv.error = ENOLCK;
	assert_int_equal(iso7816_unlock(&reader), -ENOLCK);
}

/* A timeout that begins anew with each signal would be none */
static void does_not_repeat_what_a_signal_ends(void **state)
{
	uint8_t resp[16];
	size_t len = sizeof(resp);

	drv.interrupted = 2;
	assert_int_equal(iso7816_lock(&reader, 1000, NULL), -EINTR);
	assert_int_equal(drv.calls, 1);
	assert_int_equal(iso7816_transmit(&reader, resp, 4, resp, &len, 0), -EINTR);
	assert_int_equal(drv.calls, 2);
}

static void repeats_a_question(void **state)
{
	struct iso7816_stats stats;

	drv.interrupted = 2;
	assert_int_equal(iso7816_get_stats(&reader, &stats), 0);
	assert_int_equal(drv.calls, 3);
}

static void cancels(void **state)
{
	assert_int_equal(iso7816_cancel(&reader), 0);
	assert_int_equal(drv.request, ISO7816_IOC_CANCEL);
	drv.error = ENOENT;
	assert_int_equal(iso7816_cancel(&reader), -ENOENT);
}

static void masks_events(void **state)
{
	struct iso7816_event_mask asked;

	assert_int_equal(iso7816_set_event_mask(&reader, 0x1f0), 0);
	memcpy(&asked, drv.arg, sizeof(asked));
	assert_int_equal(drv.request, ISO7816_IOC_SET_EVENT_MASK);
	assert_int_equal(asked.mask, 0x1f0);
}

static void counts(void **state)
{
	const struct iso7816_stats answer = { .commands = 5, .events_lost = 1ULL << 40 };
	struct iso7816_stats stats;

	drv.answer = &answer;
	assert_int_equal(iso7816_get_stats(&reader, &stats), 0);
	assert_int_equal(drv.request, ISO7816_IOC_GET_STATS);
	assert_int_equal(stats.commands, 5);
	assert_int_equal(stats.events_lost, 1ULL << 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(locks, begin),
		cmocka_unit_test_setup(does_not_repeat_what_a_signal_ends, begin),
		cmocka_unit_test_setup(repeats_a_question, begin),
		cmocka_unit_test_setup(cancels, begin),
		cmocka_unit_test_setup(masks_events, begin),
		cmocka_unit_test_setup(counts, begin),
	};

	return cmocka_run_group_tests_name("libiso7816 ioctls", tests, NULL, NULL);
}
