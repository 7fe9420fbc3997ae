// SPDX-License-Identifier: BSD-3-Clause
/*
 * Operating classes, on a reader whose supply does 1.8, 3 and 5 V: which is tried
 * when, and what the card and the caller have to say in it.  Where the devicetree
 * allows 3 and 5 V only, what that changes.
 */
#include <unistd.h>

#include "guest.h"

/* 1.8, 3 and 5 V; 3 and 5 V; 5 V only */
#define ATR_ABC		"3B9F96801FC78031A073BE21136743200718000001A5"
#define ATR_AB		"3BD518FF8091FE1FC38073C8211308"
#define ATR_A		"3B80801F011E"
#define ANY		0
/* The property that says which are allowed */
#define PROPERTY	"/sys/firmware/devicetree/base/pl011@9000000/iso7816-reader/classes"

static int fd = -1;

/* What the supply gives, in millivolts; -1 if it cannot be found */
static int millivolts(void)
{
	char path[80], name[40];
	int i, uv = -1;

	for (i = 0; i < 16 && uv < 0; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/sys/class/regulator/regulator.%d/name", i);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%39s", name) != 1 || strcmp(name, "iso7816-vcc")) {
			fclose(f);
			continue;
		}
		fclose(f);
		snprintf(path, sizeof(path), "/sys/class/regulator/regulator.%d/microvolts", i);
		f = fopen(path, "r");
		if (f && fscanf(f, "%d", &uv) != 1)
			uv = -1;
		if (f)
			fclose(f);
	}
	return uv < 0 ? -1 : uv / 1000;
}

static enum ktap_result begin(const char *atr, const char *fault)
{
	if (fd < 0)
		fd = reader_open(0);
	CHECK(fd >= 0, "open: %d", fd);
	CHECK_PASS(fresh_card(fd));
	CHECK_EQ(card("atr %s", atr), 0);
	if (fault)
		CHECK_EQ(card("fault %s", fault), 0);
	return KTAP_PASS;
}

static enum ktap_result chosen(uint32_t allowed, uint32_t class, int mv)
{
	struct iso7816_power_on on = { .classes = allowed };
	struct iso7816_state state = { 0 };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), 0);
	CHECK_EQ(on.classes, class);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.op_class, class);
	CHECK_EQ(millivolts(), mv);
	CHECK_EQ(sw_of(fd, "80F2000C00"), 0x9000);
	return KTAP_PASS;
}

static enum ktap_result refused(uint32_t allowed, int error)
{
	struct iso7816_power_on on = { .classes = allowed };

	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), error);
	CHECK_EQ(card_state(fd), ISO7816_STATE_FAILED);
	return KTAP_PASS;
}

static enum ktap_result lowest_first(void)
{
	CHECK_PASS(begin(ATR_ABC, NULL));
	return chosen(ANY, ISO7816_CLASS_C, 1800);
}

static enum ktap_result mute_in_one(void)
{
	CHECK_PASS(begin(ATR_ABC, "no-atr@1"));
	return chosen(ANY, ISO7816_CLASS_B, 3000);
}

static enum ktap_result mute_in_two(void)
{
	CHECK_PASS(begin(ATR_ABC, "no-atr@2"));
	return chosen(ANY, ISO7816_CLASS_A, 5000);
}

static enum ktap_result mute_in_all(void)
{
	CHECK_PASS(begin(ATR_ABC, "no-atr@3"));
	CHECK_PASS(refused(ANY, -ETIMEDOUT));
	return chosen(ANY, ISO7816_CLASS_C, 1800);
}

static enum ktap_result corrupt_twice(void)
{
	CHECK_PASS(begin(ATR_ABC, "bad-atr@2"));
	return chosen(ANY, ISO7816_CLASS_C, 1800);
}

static enum ktap_result corrupt_thrice(void)
{
	CHECK_PASS(begin(ATR_ABC, "bad-atr@3"));
	return chosen(ANY, ISO7816_CLASS_B, 3000);
}

static enum ktap_result corrupt_always(void)
{
	CHECK_PASS(begin(ATR_ABC, "bad-atr@9"));
	CHECK_PASS(refused(ANY, -EPROTO));
	return chosen(ANY, ISO7816_CLASS_C, 1800);
}

static enum ktap_result indicator(void)
{
	CHECK_PASS(begin(ATR_AB, NULL));
	CHECK_PASS(chosen(ANY, ISO7816_CLASS_B, 3000));
	CHECK_PASS(begin(ATR_A, NULL));
	return chosen(ANY, ISO7816_CLASS_A, 5000);
}

static enum ktap_result nothing_in_common(void)
{
	CHECK_PASS(begin(ATR_A, NULL));
	return refused(ISO7816_CLASS_B | ISO7816_CLASS_C, -EPROTO);
}

static enum ktap_result allowed(void)
{
	CHECK_PASS(begin(ATR_ABC, NULL));
	CHECK_PASS(chosen(ISO7816_CLASS_A, ISO7816_CLASS_A, 5000));
	return chosen(ISO7816_CLASS_A | ISO7816_CLASS_B, ISO7816_CLASS_B, 3000);
}

/* Resets and recoveries stay where the card answered */
static enum ktap_result stays(void)
{
	struct iso7816_reset cold = { .type = ISO7816_RESET_COLD };
	struct iso7816_state state = { 0 };

	CHECK_PASS(begin(ATR_ABC, "no-atr@1"));
	CHECK_PASS(chosen(ANY, ISO7816_CLASS_B, 3000));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_RESET, &cold), 0);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.op_class, ISO7816_CLASS_B);
	/* the warm reset of the recovery brings nothing, the cold one does */
	CHECK_EQ(card("fault stop@out:1"), 0);
	CHECK_EQ(card("fault no-atr@1"), 0);
	CHECK_EQ(sw_of(fd, "80F2000C00"), -ETIMEDOUT);
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_GET_STATE, &state), 0);
	CHECK_EQ(state.state, ISO7816_STATE_ACTIVE);
	CHECK_EQ(state.op_class, ISO7816_CLASS_B);
	CHECK_EQ(millivolts(), 3000);
	return KTAP_PASS;
}

static const struct ktap_test tests[] = {
	{ "the lowest voltage first", lowest_first },
	{ "mute in class C: class B", mute_in_one },
	{ "mute in C and B: class A", mute_in_two },
	{ "mute in all: ETIMEDOUT", mute_in_all },
	{ "corrupt twice: the same class", corrupt_twice },
	{ "corrupt three times: the next class", corrupt_thrice },
	{ "corrupt in all: EPROTO", corrupt_always },
	{ "the ATR asks for another class", indicator },
	{ "no class in common: EPROTO", nothing_in_common },
	{ "POWER_ON says which classes", allowed },
	{ "reset and recovery keep the class", stays },
};

static enum ktap_result left_out(void)
{
	struct iso7816_power_on on = { .classes = ISO7816_CLASS_C };

	CHECK_PASS(begin(ATR_ABC, NULL));
	CHECK_PASS(chosen(ANY, ISO7816_CLASS_B, 3000));
	CHECK_EQ(reader_ioctl(fd, ISO7816_IOC_POWER_ON, &on), -EOPNOTSUPP);
	return chosen(ISO7816_CLASS_A | ISO7816_CLASS_C, ISO7816_CLASS_A, 5000);
}

static enum ktap_result two_are_all(void)
{
	CHECK_PASS(begin(ATR_ABC, "no-atr@1"));
	CHECK_PASS(chosen(ANY, ISO7816_CLASS_A, 5000));
	CHECK_PASS(begin(ATR_ABC, "no-atr@2"));
	CHECK_PASS(refused(ANY, -ETIMEDOUT));
	return chosen(ANY, ISO7816_CLASS_B, 3000);
}

static const struct ktap_test restricted[] = {
	{ "a class that the property leaves out is not tried", left_out },
	{ "mute in the two that it names: ETIMEDOUT", two_are_all },
};

int main(void)
{
	if (!access(PROPERTY, F_OK))
		return ktap_run(restricted, sizeof(restricted) / sizeof(restricted[0]));
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
