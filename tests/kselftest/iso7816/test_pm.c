// SPDX-License-Identifier: BSD-3-Clause
/*
 * An idle card is switched off after a while, if that is wanted and nobody needs
 * it, and so is any card when the system goes to sleep.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "guest.h"

#define STATUS		"80F2000C00"
#define IDLE_MS		300

static int fd = -1;

/* -------------------------------------------------------------- idle card */

/* After how many ms the card goes off; negative = never */
static int idle_limit(int ms)
{
	struct iso7816_info info = { 0 };
	char path[PATH_MAX], text[16];
	int ret = reader_ioctl(fd, ISO7816_IOC_GET_INFO, &info);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/sys/class/iso7816/%s/power/autosuspend_delay_ms",
		 info.name);
	snprintf(text, sizeof(text), "%d", ms);
	return file_put(path, text);
}

static enum ktap_result stays_on(void)
{
	fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(active_card(fd));
	sleep_ms(2 * IDLE_MS);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result goes_off(void)
{
	struct iso7816_state before = { 0 };
	struct iso7816_event event;
	uint32_t generation;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &before), 0);
	CHECK_EQ(idle_limit(IDLE_MS), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_IDLE);
	CHECK(event.generation != before.generation, "generation %u stays", event.generation);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(sw_of(fd, STATUS), -ENOTCONN);
	CHECK_EQ(power_on(fd, &generation), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

/* Commands that come often enough keep it on */
static enum ktap_result used_card(void)
{
	int i;

	CHECK_PASS(active_card(fd));
	for (i = 0; i < 8; i++) {
		sleep_ms(IDLE_MS / 4);
		CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	}
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	return KTAP_PASS;
}

static enum ktap_result locked_card(void)
{
	struct iso7816_lock lock = { 0 };

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_LOCK, &lock), 0);
	sleep_ms(3 * IDLE_MS);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_UNLOCK, NULL), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, NULL), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	return KTAP_PASS;
}

static enum ktap_result polled_card(void)
{
	struct iso7816_poll poll = { .interval_ms = 50 };

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), 0);
	sleep_ms(3 * IDLE_MS);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ACTIVE);
	poll.interval_ms = 0;
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_SET_POLL, &poll), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, NULL), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	CHECK_EQ(idle_limit(-1), 0);
	return KTAP_PASS;
}

/* ------------------------------------------------------------------ sleep */

/* Goes to sleep as far as devices are concerned, and wakes after a second. */
static int sleep_once(void)
{
	int ret;

	file_put("/sys/module/suspend/parameters/pm_test_delay", "1");
	ret = file_put("/sys/power/pm_test", "devices");
	if (ret)
		return ret;
	ret = file_put("/sys/power/state", "freeze");
	file_put("/sys/power/pm_test", "none");
	return ret;
}

static enum ktap_result sleeps(void)
{
	struct iso7816_state before = { 0 }, after = { 0 };
	struct iso7816_event event;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &before), 0);
	CHECK_EQ(sleep_once(), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &after), 0);
	CHECK_EQ(after.state, ISO7816_STATE_PRESENT);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_RESET, &event), 0);
	CHECK_EQ(event.value, ISO7816_RESET_REASON_SLEEP);
	CHECK(event.generation != before.generation, "generation of the sleep");
	CHECK(after.generation != event.generation, "generation of the waking");
	CHECK_EQ(sw_of(fd, STATUS), -ENOTCONN);
	CHECK_EQ(power_on(fd, NULL), 0);
	CHECK_EQ(sw_of(fd, STATUS), 0x9000);
	return KTAP_PASS;
}

static void *lasting_command(void *arg)
{
	*(int *)arg = sw_of(fd, STATUS);
	return NULL;
}

/* The command under way ends once, and does not keep the system awake. */
static enum ktap_result sleeps_in_a_command(void)
{
	pthread_t thread;
	int result = 1;

	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("mute on"), 0);
	CHECK_EQ(pthread_create(&thread, NULL, lasting_command, &result), 0);
	sleep_ms(200);
	CHECK_EQ(sleep_once(), 0);
	pthread_join(thread, NULL);
	CHECK(result == -EINTR || result == -ENOTCONN, "%d", result);
	CHECK_EQ(card_state(fd), ISO7816_STATE_PRESENT);
	return active_card(fd);
}

static enum ktap_result pulled_asleep(void)
{
	CHECK_PASS(active_card(fd));
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(sleep_once(), 0);
	CHECK_EQ(event_of(fd, ISO7816_EVENT_CARD_REMOVED, NULL), 0);
	CHECK_EQ(card_state(fd), ISO7816_STATE_ABSENT);
	return active_card(fd);
}

/* Nobody could see it go and come again: the sleep itself makes it another card */
static enum ktap_result swapped_asleep(void)
{
	struct iso7816_state before = { 0 }, after = { 0 };

	CHECK_PASS(active_card(fd));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &before), 0);
	CHECK_EQ(card("remove"), 0);
	CHECK_EQ(card("insert"), 0);
	CHECK_EQ(sleep_once(), 0);
	sleep_ms(200);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &after), 0);
	CHECK_EQ(after.state, ISO7816_STATE_PRESENT);
	CHECK(after.generation != before.generation, "the generation stays");
	return active_card(fd);
}

static const struct ktap_test tests[] = {
	{ "a card stays on if nothing else is wanted", stays_on },
	{ "an idle card goes off, and can be switched on again", goes_off },
	{ "a card in use stays on", used_card },
	{ "a locked card stays on until it is unlocked", locked_card },
	{ "a polled card stays on until polling ends", polled_card },
	{ "sleep switches the card off, waking makes a generation", sleeps },
	{ "a command under way ends when the system sleeps", sleeps_in_a_command },
	{ "a card pulled during sleep is gone afterwards", pulled_asleep },
	{ "a card swapped during sleep is another one", swapped_asleep },
};

KTAP_MAIN(tests)
