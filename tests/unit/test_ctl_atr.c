// SPDX-License-Identifier: BSD-3-Clause
/*
 * dmsc atr: what it takes for an ATR, what it prints, how it ends.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "userspace/ctl/util.c"
#include "userspace/ctl/atr.c"

static char *printed, *complained;

/* Runs the command; what it says is in printed and complained afterwards */
static int atr(bool json, const char *input, int argc, char **argv)
{
	struct ctl_options o = { .json = json };
	FILE *out = stdout, *err = stderr, *in = stdin;
	size_t n, m;
	int ret;

	free(printed);
	free(complained);
	stdout = open_memstream(&printed, &n);
	stderr = open_memstream(&complained, &m);
	if (input)
		stdin = fmemopen((void *)(uintptr_t)input, strlen(input), "r");
	assert_true(stdout && stderr && stdin);
	optind = 0;
	ret = cmd_atr.run(&o, argc, argv);
	fclose(stdout);
	fclose(stderr);
	if (input)
		fclose(stdin);
	stdout = out;
	stderr = err;
	stdin = in;
	return ret;
}

#define ATR(json, input, ...) atr(json, input, \
	(int)(sizeof((char *[]){ "atr", __VA_ARGS__ }) / sizeof(char *)), \
	(char *[]){ "atr", __VA_ARGS__, NULL })

static void forms_of_the_bytes(void **state)
{
	assert_int_equal(ATR(false, NULL, "3B021450"), CTL_OK);
	assert_non_null(strstr(printed, "3B 02 14 50"));
	assert_string_equal(complained, "");
	assert_int_equal(ATR(false, NULL, "3b:02:14:50"), CTL_OK);
	assert_int_equal(ATR(false, NULL, " 3b 02\t14 50 "), CTL_OK);
	assert_int_equal(ATR(false, NULL, "3B", "02", "1450"), CTL_OK);
	assert_non_null(strstr(printed, "3B 02 14 50"));
}

static void wrong_usage(void **state)
{
	char many[600];

	assert_int_equal(ATR(false, NULL, "3B0"), CTL_USAGE);
	assert_non_null(strstr(complained, "3B0"));
	assert_string_equal(printed, "");
	assert_int_equal(ATR(false, NULL, "3", "B"), CTL_USAGE);
	assert_int_equal(ATR(false, NULL, "3B0G"), CTL_USAGE);
	assert_int_equal(ATR(false, NULL, ""), CTL_USAGE);
	assert_int_equal(ATR(false, NULL, "--what"), CTL_USAGE);
	assert_int_equal(atr(false, NULL, 1, (char *[]){ "atr", NULL }), CTL_USAGE);
	memset(many, '1', sizeof(many));
	many[512] = 0;
	assert_int_equal(ATR(false, NULL, many), CTL_FAILED);
	many[512] = '1';
	many[514] = 0;
	assert_int_equal(ATR(false, NULL, many), CTL_USAGE);
	assert_non_null(strstr(complained, "more than 256"));
	assert_int_equal(ATR(false, NULL, "--help"), CTL_OK);
	assert_non_null(strstr(printed, "Exit status"));
}

static void defective(void **state)
{
	assert_int_equal(ATR(false, NULL, "3B0214"), CTL_FAILED);
	assert_non_null(strstr(printed, "defective    byte 3: ends too early: historical byte 2"));
	assert_null(strstr(printed, "\nvalid"));
}

static void summary(void **state)
{
	assert_int_equal(ATR(false, NULL, "3B 97 11 C0 FF B1 FE 35 1F 83 A5 05 01 01 02 A3 01 5F"),
			 CTL_OK);
	assert_non_null(strstr(printed, "protocols    T=0 (first) T=1\n"));
	assert_non_null(strstr(printed, "mode         negotiable"));
	assert_non_null(strstr(printed, "T=0          waiting time 22766.4 ms (WI 255)"));
	assert_non_null(strstr(printed, "T=1          IFSC 254, block waiting time 715.3 ms (BWI"));
	assert_non_null(strstr(printed, "\nvalid\n"));
	assert_int_equal(ATR(false, NULL, "3B 80 40 00"), CTL_OK);
	assert_non_null(strstr(printed, "lenient      byte 3: WI 0"));
	assert_non_null(strstr(printed, "\nvalid with leniency\n"));
	assert_int_equal(ATR(false, NULL, "3B 02 80 31"), CTL_OK);
	assert_non_null(strstr(printed, "note         byte 3: card service data"));
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

static void json_of_a_card(void **state)
{
	struct json_object *o, *list;

	assert_int_equal(ATR(true, NULL, "3F FF 95 00 FF 91 81 71 A0 47 00 44 4E 41 53 50 30 31 30"
			     "20 52 65 76 41 32 30 48"), CTL_OK);
	o = json_tokener_parse(printed);
	assert_non_null(o);
	assert_string_equal(ctl_str(o, "verdict", ""), "valid");
	assert_string_equal(ctl_str(o, "convention", ""), "inverse");
	assert_string_equal(ctl_str(o, "edc", ""), "LRC");
	assert_int_equal(ctl_int(o, "fi", 0), 512);
	assert_int_equal(ctl_int(o, "di", 0), 16);
	assert_int_equal(ctl_int(o, "ifsc", 0), 160);
	assert_int_equal(ctl_int(o, "extra_guard", 0), 255);
	assert_int_equal(ctl_int(o, "specific_protocol", 0), 1);
	assert_int_equal(ctl_int(o, "bwt_us", 0), 1429503);
	assert_int_equal(ctl_int(o, "cwt_us", 0), 12927);
	assert_int_equal(ctl_int(o, "tck", 0), 0x48);
	assert_false(json_object_get_boolean(member(o, "mode_can_change")));
	assert_string_equal(ctl_str(o, "historical", ""), "444E41535030313020526576413230");
	list = member(o, "protocols");
	assert_int_equal(json_object_array_length(list), 1);
	assert_int_equal(json_object_get_int(json_object_array_get_idx(list, 0)), 1);
	list = member(o, "bytes");
	assert_int_equal(json_object_array_length(list), 13);
	assert_string_equal(ctl_str(json_object_array_get_idx(list, 8), "name", ""), "TA3");
	assert_string_equal(ctl_str(json_object_array_get_idx(list, 8), "hex", ""), "A0");
	json_object_put(o);

	assert_int_equal(ATR(true, NULL, "3B DF 96 00 90 10 3F 07 00 80 31 E0 67 73 77 69 63 63 00"
			     "00 73 FE 21 00 06"), CTL_OK);
	o = json_tokener_parse(printed);
	assert_string_equal(ctl_str(o, "clock_stop", ""), "no");
	assert_int_equal(json_object_array_length(member(o, "classes")), 3);
	assert_int_equal(ctl_int(o, "c6", -1), 0);
	assert_int_equal(ctl_int(o, "category", -1), 0x80);
	json_object_put(o);

	assert_int_equal(ATR(true, NULL, "3B 68 00 00 00 73 C8 40 12 00 90 00"), CTL_OK);
	o = json_tokener_parse(printed);
	assert_int_equal(ctl_int(o, "lcs", -1), 0);
	assert_int_equal(ctl_int(o, "sw", -1), 0x9000);
	json_object_put(o);
}

static void json_of_a_defect(void **state)
{
	struct json_object *o, *defect;

	assert_int_equal(ATR(true, NULL, "3B0214"), CTL_FAILED);
	o = json_tokener_parse(printed);
	assert_string_equal(ctl_str(o, "verdict", ""), "defective");
	defect = member(o, "defect");
	assert_int_equal(ctl_int(defect, "at", -1), 3);
	assert_non_null(strstr(ctl_str(defect, "text", ""), "ends too early"));
	json_object_put(o);
	assert_int_equal(ATR(true, NULL, "00"), CTL_FAILED);
	o = json_tokener_parse(printed);
	assert_null(ctl_str(o, "convention", NULL));
	json_object_put(o);
}

static void lines_of_standard_input(void **state)
{
	assert_int_equal(ATR(true, "3B 02 14 50\r\n\n# text\n3B00\n", "-"), CTL_OK);
	assert_non_null(strstr(printed, "{\"atr\":\"3B021450\""));
	assert_non_null(strstr(printed, "\n{\"atr\":\"3B00\""));
	assert_int_equal(ATR(false, "3B0214\n3B00\n", "-"), CTL_FAILED);
	assert_non_null(strstr(printed, "\n\nATR          3B 00\n"));
	assert_int_equal(ATR(false, "3B..\n3B0214", "-"), CTL_USAGE);
	assert_non_null(strstr(complained, "3B.."));
	assert_non_null(strstr(printed, "3B 02 14\n"));
	assert_int_equal(ATR(false, "\n", "-"), CTL_OK);
}

static int clean(void **state)
{
	free(printed);
	free(complained);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_the_bytes),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(defective),
		cmocka_unit_test(summary),
		cmocka_unit_test(json_of_a_card),
		cmocka_unit_test(json_of_a_defect),
		cmocka_unit_test(lines_of_standard_input),
	};

	return cmocka_run_group_tests_name("ctl-atr", tests, NULL, clean);
}
