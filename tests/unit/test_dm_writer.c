// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the engine writes: text that XML can carry, and the limits of the server.
 */
#include "dm-fixture.h"

#include "dm/syncml.h"
#include "dm/writer.h"

static void check_text(const char *in, size_t len, bool safe, const char *out)
{
	struct dm_buf b = { NULL, 0, 0, false };
	char *copy = malloc(len);	/* exact size, so that an over-read is seen */

	memcpy(copy, in, len);
	assert_int_equal(dm_text_is_safe(copy, len), safe);
	dm_xml_text(&b, copy, len);
	assert_false(b.failed);
	assert_string_equal(b.data, out);
	dm_buf_free(&b);
	free(copy);
}

static void text(void **state)
{
#define CASE(in, safe, out) check_text(in, sizeof(in) - 1, safe, out)
	CASE("a<b>&c\td\n\r", true, "a&lt;b&gt;&amp;c\td\n&#13;");
	CASE("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", true, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	CASE("\xf4\x8f\xbf\xbf\xee\x80\x80\xed\x9f\xbf", true, "\xf4\x8f\xbf\xbf\xee\x80\x80\xed\x9f\xbf");
	CASE("a\0b\x01\x1b", false, "a?b??");
	CASE("\x80\xbf", false, "??");
	CASE("\xc3", false, "?");		/* cut off */
	CASE("\xe2\x82", false, "??");
	CASE("\xc3(", false, "?(");
	CASE("\xc0\xaf", false, "??");		/* overlong */
	CASE("\xe0\x80\xaf", false, "???");
	CASE("\xf0\x80\x80\xaf", false, "????");
	CASE("\xed\xa0\x80", false, "???");	/* surrogate */
	CASE("\xef\xbf\xbe", false, "???");	/* no character */
	CASE("\xf4\x90\x80\x80", false, "????");	/* beyond Unicode */
	CASE("\xff\xf8", false, "??");
}

static void buffer_grows_and_shrinks(void **state)
{
	struct dm_buf b = { NULL, 0, 0, false };
	size_t i;

	for (i = 0; i < 3000; i++)
		dm_buf_printf(&b, "%04zu", i);
	assert_int_equal(b.len, 12000);
	assert_memory_equal(b.data + 4 * 2999, "2999", 5);
	dm_buf_truncate(&b, 20000);
	assert_int_equal(b.len, 12000);
	dm_buf_truncate(&b, 8);
	assert_string_equal(b.data, "00000001");
	dm_buf_put(&b, "x", (size_t)-1 / 2);
	assert_true(b.failed);
	dm_buf_puts(&b, "more");
	assert_int_equal(b.len, 8);
	dm_buf_free(&b);
	assert_null(b.data);
}

static enum dm_next with_limit(struct fixture *f, const char *limit, const char *body)
{
	char cred[400], hdr[600];

	assert_int_equal(start_2a(f), DM_NEXT_SEND);
	snprintf(hdr, sizeof(hdr), "%s<Meta>%s</Meta>",
		 server_cred(cred, f->acc.server.nonce, 16, "CardSecret1"), limit);
	return server_says(f, 1, hdr, body);
}

/* Smaller than any message: one answer at a time, and an end. */
static void absurd_max_msg_size(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(with_limit(f, "<MaxMsgSize" METINF ">1</MaxMsgSize>", ACCEPT_1
				    ADD("4", "./NAP/a", "1") ADD("5", "./NAP/b", "1")
				    GET("6", "./NAP/a") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "5"), 0);
	assert_non_null(strstr(f->log, "exceeds the server's MaxMsgSize"));
	assert_int_equal(server_says(f, 2, "", "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "1"), 200);
	assert_int_equal(status(f, "5"), 200);
	assert_int_equal(status(f, "6"), 0);
	assert_int_equal(server_says(f, 3, "", "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"),
			 DM_NEXT_SEND);
	assert_int_equal(status(f, "6"), 413);
	assert_true(says(f, "<Final/>"));
}

static void ended_too_early(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(with_limit(f, "<MaxMsgSize" METINF ">1</MaxMsgSize>", ACCEPT_1
				    ADD("4", "./NAP/a", "1") ADD("5", "./NAP/b", "1") "<Final/>"),
			 DM_NEXT_SEND);
	assert_int_equal(dm_session_input(f->s, NULL, NULL, 0), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_PROTOCOL);
}

static void max_obj_size(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(with_limit(f, "<MaxObjSize" METINF ">5</MaxObjSize>", ACCEPT_1
				    ADD("4", "./NAP/a", "12345") ADD("5", "./NAP/b", "123456")
				    GET("6", "./NAP/a") GET("7", "./NAP/b") "<Final/>"), DM_NEXT_SEND);
	assert_int_equal(status(f, "6"), 200);
	assert_int_equal(status(f, "7"), 413);
}

/* Many Results of large values: a bound on what is held in memory. */
static void too_many_results(void **state)
{
	struct fixture *f = *state;
	char *value = calloc(1, 50000), body[2000] = ACCEPT_1;
	struct mo_value v = { .data = value, .len = 50000, .format = "bin", .type = "text/plain" };
	unsigned int i;

	assert_int_equal(mo_tree_add(f->tree, NULL, "./NAP/big", &v), 200);
	for (i = 4; i < 10; i++)
		sprintf(body + strlen(body), GET("%u", "./NAP/big"), i);
	strcat(body, "<Final/>");
	assert_int_equal(with_limit(f, "", body), DM_NEXT_SEND);
	assert_int_equal(status(f, "4"), 200);
	assert_int_equal(status(f, "8"), 200);
	assert_int_equal(status(f, "9"), 413);
	free(value);
}

static void device_without_an_id(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mo_tree_define(f->tree, "./DevInfo/DevId", "chr", "", MO_ACCESS_GET), 0);
	assert_int_equal(start_2a(f), DM_NEXT_DONE);
	assert_int_equal(outcome(f), DM_OUTCOME_INTERNAL);
	assert_non_null(strstr(dm_session_reason(f->s), "DevId"));
}

static void outcomes_have_names(void **state)
{
	int o, other;

	for (o = DM_OUTCOME_RUNNING; o <= DM_OUTCOME_INTERNAL; o++) {
		for (other = o + 1; other <= DM_OUTCOME_INTERNAL; other++)
			assert_string_not_equal(dm_outcome_name((enum dm_outcome)o),
						dm_outcome_name((enum dm_outcome)other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(buffer_grows_and_shrinks),
		T(absurd_max_msg_size),
		T(ended_too_early),
		T(max_obj_size),
		T(too_many_results),
		T(device_without_an_id),
		cmocka_unit_test(outcomes_have_names),
	};

	return cmocka_run_group_tests_name("dm_writer", tests, NULL, NULL);
}
