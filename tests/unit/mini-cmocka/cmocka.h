/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of cmocka that the tests of the protocol code use, in one header: for
 * targets for which there is a compiler and an emulator, but no cmocka.  Prints TAP.
 */
#ifndef MINI_CMOCKA_H
#define MINI_CMOCKA_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	int (*setup_func)(void **state);
	int (*teardown_func)(void **state);
	void *initial_state;
};

static jmp_buf mini_failed;

#define cmocka_unit_test(f)	{ #f, f, NULL, NULL, NULL }

#define print_message(...)	printf(__VA_ARGS__)

#define fail_msg(...) do {						\
	printf("# ");							\
	printf(__VA_ARGS__);						\
	printf("\n# %s:%d: error\n", __FILE__, __LINE__);		\
	longjmp(mini_failed, 1);					\
} while (0)

static inline void mini_numbers(uint64_t a, uint64_t b, int equal, const char *file, int line)
{
	if ((a == b) == equal)
		return;
	printf("# 0x%" PRIx64 " %s 0x%" PRIx64 "\n# %s:%d: error\n", a, equal ? "!=" : "==", b,
	       file, line);
	longjmp(mini_failed, 1);
}

static inline void mini_memory(const void *a, const void *b, size_t n, const char *file, int line)
{
	if (!memcmp(a, b, n))
		return;
	printf("# memory differs\n# %s:%d: error\n", file, line);
	longjmp(mini_failed, 1);
}

static inline void mini_true(int right, const char *what, const char *file, int line)
{
	if (right)
		return;
	printf("# %s\n# %s:%d: error\n", what, file, line);
	longjmp(mini_failed, 1);
}

#define mini_check(x)		mini_true(!!(x), #x, __FILE__, __LINE__)
#define assert_true(x)		mini_check(x)
#define assert_false(x)		mini_check(!(x))
#define assert_null(p)		mini_check(!(p))
#define assert_non_null(p)	mini_check(p)
#define assert_ptr_equal(a, b)	mini_check((a) == (b))
#define assert_in_range(x, low, high) \
	mini_check((uint64_t)(x) >= (uint64_t)(low) && (uint64_t)(x) <= (uint64_t)(high))
#define assert_int_equal(a, b) \
	mini_numbers((uint64_t)(a), (uint64_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
	mini_numbers((uint64_t)(a), (uint64_t)(b), 0, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n)	mini_memory(a, b, n, __FILE__, __LINE__)
#define assert_string_equal(a, b)	mini_check(!strcmp(a, b))
#define assert_string_not_equal(a, b)	mini_check(strcmp(a, b))

static inline int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
					  size_t count, int (*setup)(void **state),
					  int (*teardown)(void **state))
{
	volatile size_t i;
	volatile int failed = 0;
	void *state;

	for (i = 0; i < count; i++) {
		state = tests[i].initial_state;
		if (setjmp(mini_failed)) {
			printf("not ok %zu - %s\n", i + 1, tests[i].name);
			failed++;
			continue;
		}
		tests[i].test_func(&state);
		printf("ok %zu - %s\n", i + 1, tests[i].name);
	}
	return failed;
}

#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
	_cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif /* MINI_CMOCKA_H */
